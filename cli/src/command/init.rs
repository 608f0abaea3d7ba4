//! `policy init`: a package to start from, with tests, a CI workflow and one fresh caller key.

use super::Outcome;
use super::key::FreshKey;
use crate::args::{Init, Template};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use std::io::Write as _;
use std::path::{Path, PathBuf};

mod template;

use template::File;

/// Writes the package and says what to do with it.
pub(super) fn run(args: &Init, output: &mut Output) -> Outcome {
    if args.dir.metadata().is_ok_and(|found| !found.is_dir()) {
        let failure = Failure::usage(format!("`{}` is not a directory", args.dir.display()));
        return Err(failure.help("name a new directory, as in `policy init demo`"));
    }
    let key = FreshKey::draw()?;
    let files = template::files(args.from, &key)?;
    let paths: Vec<PathBuf> = files.iter().map(|file| args.dir.join(file.name)).collect();
    let in_the_way: Vec<String> = paths
        .iter()
        .filter(|path| path.symlink_metadata().is_ok())
        .map(|path| format!("`{}`", path.display()))
        .collect();
    if !in_the_way.is_empty() {
        return Err(Failure::usage(format!(
            "nothing is overwritten, and these exist: {}",
            in_the_way.join(", ")
        ))
        .help("name another directory, as in `policy init demo`"));
    }
    for (path, file) in paths.iter().zip(&files) {
        write_new(path, file)?;
        output.detail(&format!("wrote {}", path.display()));
    }
    if output.is_quiet() {
        output.result(&format!("{}\n", key.text));
    } else {
        output.result(&farewell(args, &key, files.len()));
    }
    Ok(Exit::Well)
}

fn write_new(path: &Path, file: &File) -> Result<(), Failure> {
    let failed = |error| Failure::writing(path, &error);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    // Fails where someone else was faster, so that nothing is overwritten after all.
    let mut to = std::fs::File::create_new(path).map_err(failed)?;
    to.write_all(file.text.as_bytes()).map_err(failed)
}

fn farewell(args: &Init, key: &FreshKey, count: usize) -> String {
    let dir = args.dir.display();
    let declined = "Why was 4111 1111 1111 1111 declined?";
    let (tenant, model, question) = match args.from {
        Template::Minimal => ("app", "mistral-small", declined),
        Template::Fintech => ("retail", "gpt-4o", declined),
        Template::Healthcare => ("portal", "gpt-4o-mini", "My MRN is 00482913. What shall I bring?"),
        Template::EuSaas => ("brightdesk", "gpt-4o", "Draft an answer to anna@kunde.example."),
    };
    let others = match args.from {
        Template::Minimal => "",
        Template::Fintech | Template::Healthcare | Template::EuSaas => {
            "\nThe other tenants list digests of keys that nobody holds; `policy key new` makes one for each.\n"
        }
    };
    format!(
        "Wrote {count} files to `{dir}`.\n\n\
         The key of tenant `{tenant}`, shown this once; the package holds its digest:\n\n  \
         {key}\n{others}\n\
         Check it, test it, and serve it with a stand-in for the providers:\n\n  \
         policy check {dir}\n  \
         policy test {dir}\n  \
         policy serve {dir} --simulate\n\n\
         Then, from another terminal:\n\n  \
         curl -i http://127.0.0.1:8080/v1/chat/completions \\\n    \
         -H \"Authorization: Bearer {key}\" \\\n    \
         -H \"Content-Type: application/json\" \\\n    \
         -d '{{\"model\": \"{model}\", \"messages\": [{{\"role\": \"user\", \"content\": \
         \"{question}\"}}]}}'\n",
        key = key.text,
    )
}
