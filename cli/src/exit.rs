//! Exit codes, and how a verb says that it failed.

/// What the process tells its caller; CI gates on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All well.
    Well,
    /// The answer is no: a test failed, an invariant is refuted, a file is not formatted.
    No,
    /// The call is wrong: an unknown flag, a missing file.
    Usage,
    /// The package does not compile.
    Compile,
    /// The machine failed: I/O, network.
    Machine,
}

impl Exit {
    /// The number.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Well => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::Compile => 3,
            Self::Machine => 4,
        }
    }
}

/// Why a verb could not do its work, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// What went wrong, in one line; with `Compile`, rendered diagnostics.
    pub(crate) message: String,
    /// What to do next.
    pub(crate) help: Option<String>,
}

impl Failure {
    /// The call is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into(), help: None }
    }

    /// The package does not compile.
    pub(crate) fn compile(message: impl Into<String>) -> Self {
        Self { exit: Exit::Compile, message: message.into(), help: None }
    }

    /// The machine failed.
    pub(crate) fn machine(message: impl Into<String>) -> Self {
        Self { exit: Exit::Machine, message: message.into(), help: None }
    }

    /// A file that could not be read: a missing one is a wrong call, anything else is the machine's failure.
    pub(crate) fn reading(path: &std::path::Path, error: &std::io::Error) -> Self {
        let message = format!("cannot read `{}`: {}", path.display(), said(error));
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::usage(message),
            _ => Self::machine(message),
        }
    }

    /// A file that could not be written.
    pub(crate) fn writing(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::machine(format!("cannot write `{}`: {}", path.display(), said(error)))
    }

    /// A text of a package that is not text.
    pub(crate) fn not_text(name: &str) -> Self {
        Self::compile(format!("error: `{name}` is not UTF-8")).help("save it as UTF-8")
    }

    /// Says what to do next.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// What the system says of an error, without its number.
pub(crate) fn said(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" (os error ").map(|(words, _)| words.to_owned()).unwrap_or(text)
}
