//! Every flag, and the only reader of arguments and environment.
//!
//! Help texts, completions and man pages come from these definitions. A doc
//! comment here is what a user reads.

use clap::{Args as Group, CommandFactory as _, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Policy as code for AI traffic: write it, check it, test it, serve it.
#[derive(Debug, Parser)]
#[command(name = "policy", version, disable_help_subcommand = true, arg_required_else_help = true)]
#[command(after_help = "Example:\n  policy init demo && policy check demo")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What every verb takes.
#[derive(Debug, Group)]
pub(crate) struct Global {
    /// Say nothing but results and failures.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more about what is done.
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Init(Init),
    Check(Check),
    Fmt(Fmt),
    Test(Test),
    Explain(Explain),
    Scan(Scan),
    Graph(Graph),
    Serve(Serve),
    #[command(subcommand)]
    Key(Key),
    Help(Help),
    Completions(Completions),
    Man(Man),
}

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON document with a `schema` field.
    Json,
}

/// Write a package that passes its checks and tests, with a CI workflow and a fresh caller key.
///
/// Nothing is overwritten. The key is printed once; the package holds its digest.
#[derive(Debug, Group)]
#[command(after_help = "Example:\n  policy init demo --from minimal")]
pub(crate) struct Init {
    /// Where to; made if it does not exist.
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// What to start from.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) from: Template,
}

/// What `init` starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Template {
    /// One tenant, one model, one rule.
    #[default]
    Minimal,
    /// A bank: six tenants, chains, redactions, exceptions, invariants.
    Fintech,
    /// A hospital group under HIPAA: agreements, minimum necessary, de-identification.
    Healthcare,
    /// A European software company under the GDPR: customers on plans, sub-processors, places.
    #[value(name = "eu_saas")]
    EuSaas,
}

/// Check a package: names, types, meets, reachability, routes and invariants.
///
/// Exit code 3 means that it does not compile, 1 that an invariant is refuted.
#[derive(Debug, Group)]
#[command(after_help = "Example:\n  policy check policies/fintech --deny-warnings")]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) package: Package,
    /// Warnings fail too, with exit code 3.
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    #[command(flatten)]
    pub(crate) at: At,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: CheckFormat,
}

/// How the result of a check is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON document with a `schema` field.
    Json,
    /// SARIF 2.1.0, which code scanning reads.
    Sarif,
}

/// Lay out policy text in the one layout; comments stay.
///
/// Files are replaced whole, or not at all. Exit code 1 means that `--check` found one that is not laid out.
#[derive(Debug, Group)]
#[command(after_help = "Example:\n  policy fmt --check policies/fintech")]
pub(crate) struct Fmt {
    /// Files and directories; `-` is standard input; left out, this directory.
    pub(crate) paths: Vec<PathBuf>,
    /// Change nothing; list what is not laid out.
    #[arg(long)]
    pub(crate) check: bool,
    /// Change nothing; show what would change.
    #[arg(long)]
    pub(crate) diff: bool,
}

/// Run the tests of a package: the `*.test.yaml` files below its directory.
///
/// Exit code 1 means that a case failed, or that none ran; 3 that the package does not compile.
#[derive(Debug, Group)]
#[command(
    after_help = "Example:\n  policy test policies/fintech --filter EEA\n  policy test policies/fintech --fuzz 200 --seed 7"
)]
pub(crate) struct Test {
    /// Packages, folders of tests or single files; left out, the package around here.
    pub(crate) paths: Vec<PathBuf>,
    /// Only cases with this text in their suite's or their own name.
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    /// Only cases with this tag; several add up.
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// No case with this tag; several add up.
    #[arg(long = "skip-tag", value_name = "TAG")]
    pub(crate) skip_tags: Vec<String>,
    /// Print the JSON Schema of suites, for editors, and run nothing.
    #[arg(long, exclusive = true)]
    pub(crate) schema: bool,
    /// How many cases run at once; left out, one a processor.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) snapshots: Snapshots,
    /// Stay, and after each save run what it affects.
    #[arg(long)]
    pub(crate) watch: bool,
    #[command(flatten)]
    pub(crate) coverage: Passed,
    #[command(flatten)]
    pub(crate) mutation: Noticed,
    #[command(flatten)]
    pub(crate) fuzzing: Fuzzing,
    #[command(flatten)]
    pub(crate) at: At,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TestFormat,
}

/// How the result of tests is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum TestFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON document with a `schema` field.
    Json,
    /// JUnit XML, which most CI systems draw.
    Junit,
    /// Version 14 of the Test Anything Protocol.
    Tap,
    /// Annotations of GitHub Actions.
    Github,
}

/// What becomes of snapshots that are new or differ.
#[derive(Debug, Group)]
pub(crate) struct Snapshots {
    /// Accept new and changed snapshots, and remove those that no case has.
    #[arg(long)]
    pub(crate) update: bool,
    /// Show new and changed snapshots one by one, and ask about each; needs a terminal.
    #[arg(long, conflicts_with_all = ["update", "watch"])]
    pub(crate) review: bool,
}

/// Whether the tests would notice a weaker policy.
#[derive(Debug, Group)]
pub(crate) struct Noticed {
    /// Weaken the policy one step at a time, and tell which mutants no case notices.
    #[arg(long, conflicts_with_all = ["update", "watch"])]
    pub(crate) mutate: bool,
    /// Fail when the mutation score is below so many percent.
    #[arg(long, value_name = "PERCENT", requires = "mutate", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) mutate_min: Option<u8>,
}

/// Whether random requests keep what must always hold.
#[derive(Debug, Group)]
pub(crate) struct Fuzzing {
    /// After the cases, try so many random requests that fit the package.
    #[arg(long, value_name = "N", conflicts_with = "watch")]
    pub(crate) fuzz: Option<NonZeroUsize>,
    /// Where drawing the requests begins; the same seed makes the same requests.
    #[arg(long, value_name = "NUMBER", requires = "fuzz")]
    pub(crate) seed: Option<u64>,
    /// Add a case for each property that a request breaks to this suite, made if it is not there.
    #[arg(long, value_name = "FILE", requires = "fuzz")]
    pub(crate) fuzz_write: Option<PathBuf>,
}

/// What of the package is passed by its tests; each of these flags asks for it.
#[derive(Debug, Group)]
pub(crate) struct Passed {
    /// Say how much of the package the cases pass, and what they do not.
    #[arg(long)]
    pub(crate) coverage: bool,
    /// Exit code 1 when less than so many percent are covered.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) min: Option<u8>,
    /// Write the coverage as a tracefile of lcov too.
    #[arg(long, value_name = "FILE")]
    pub(crate) coverage_lcov: Option<PathBuf>,
    /// Write the coverage as pages of HTML too, below this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) coverage_html: Option<PathBuf>,
    /// Count only declarations that differ from those at this revision of git.
    #[arg(long, value_name = "REV")]
    pub(crate) changed_since: Option<String>,
}

/// Decide one request, and say why, down to file and line.
///
/// The request is a JSON file: `tenant` (or `headers` with a credential), `operation`, `body`, and when wanted `caller`,
/// `workload`, `usage`, `now`, `down`. Nothing is sent: a stand-in answers in place of the providers.
#[derive(Debug, Group)]
#[command(
    after_help = "Example:\n  echo '{\"tenant\":\"retail\",\"body\":{\"model\":\"gpt-4o\",\"messages\":\
[{\"role\":\"user\",\"content\":\"hello\"}]}}' | policy explain policies/fintech --request -"
)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) package: Package,
    /// The request file; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) request: PathBuf,
    #[command(flatten)]
    pub(crate) at: At,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

/// Find what the detectors find in a text, and show what redaction would make of it.
///
/// Without a package all detectors of the standard library look, and each finding becomes its detector's name in
/// brackets. With a package its detectors look; findings become what the redactions of `--tenant` make of them on
/// input, or without a tenant the strictest that any redaction of the package does. Values are shown with `--show` alone.
#[derive(Debug, Group)]
#[command(after_help = "Example:\n  echo 'Charge 4111 1111 1111 1111, please' | policy scan")]
pub(crate) struct Scan {
    /// The package's directory; left out, the standard library. A file in its place is the text.
    pub(crate) package: Option<PathBuf>,
    /// The text; `-` or left out, standard input.
    pub(crate) file: Option<PathBuf>,
    /// The text is lines of `{"id": …, "text": "…"}`; each is scanned by itself and answered with a line.
    #[arg(long, conflicts_with_all = ["format", "show", "redacted"])]
    pub(crate) jsonl: bool,
    /// What the redactions of this tenant do; needs a package.
    #[arg(long, value_name = "TENANT")]
    pub(crate) tenant: Option<String>,
    /// Write the redacted text in place of the findings.
    #[arg(long, conflicts_with = "show")]
    pub(crate) redacted: bool,
    /// Show the values that were found.
    #[arg(long)]
    pub(crate) show: bool,
    #[command(flatten)]
    pub(crate) at: At,
    #[command(flatten)]
    pub(crate) format: FormatArg,
}

/// Draw what a package decides: phases and rules, tenants, models, and candidates in order.
#[derive(Debug, Group)]
#[command(after_help = "Example:\n  policy graph policies/fintech --tenant retail --as mermaid")]
pub(crate) struct Graph {
    #[command(flatten)]
    pub(crate) package: Package,
    /// Only what holds for this tenant.
    #[arg(long, value_name = "TENANT")]
    pub(crate) tenant: Option<String>,
    /// In which form.
    #[arg(long = "as", value_enum, default_value_t)]
    pub(crate) drawing: Drawing,
}

/// A form of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Drawing {
    /// A Mermaid flowchart, as Markdown pages show it.
    #[default]
    Mermaid,
    /// A Graphviz digraph.
    Dot,
    /// Nodes and edges, for programs.
    Json,
}

/// Serve a package: the sidecar that clients call in place of the providers.
///
/// The package is watched, and swapped in whole whenever a change of it compiles.
#[derive(Debug, Group)]
#[command(after_help = "Example:\n  policy serve policies/fintech --simulate")]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) package: Package,
    /// The settings; left out, the defaults.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Answer in place of the providers, so that no account and no key of one is needed.
    #[arg(long)]
    pub(crate) simulate: bool,
    /// Where clients connect, in place of the settings' `listen`; port 0 is any free one.
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub(crate) listen: Option<SocketAddr>,
    /// Where operators connect, in place of the settings' `admin.listen`.
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub(crate) admin_listen: Option<SocketAddr>,
}

/// Make caller keys and their digests.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  policy key new")]
pub(crate) enum Key {
    /// Print a new key, once, and the line that lets a tenant know its holder.
    #[command(after_help = "Example:\n  policy key new")]
    New,
    /// Print the digest of a key that is piped in, or typed without being shown; never of an argument.
    #[command(after_help = "Example:\n  printf %s \"$KEY\" | policy key hash")]
    Hash,
}

/// Explain a diagnostic code, such as ASCP0201, or a verb.
#[derive(Debug, Group)]
#[command(after_help = "Example:\n  policy help ASCP0201")]
pub(crate) struct Help {
    /// A code or a verb, such as `key new`; left out, what there is.
    pub(crate) topic: Vec<String>,
}

/// Print a script that completes this command in a shell.
#[derive(Debug, Group)]
#[command(after_help = "Example:\n  policy completions bash > policy.bash")]
pub(crate) struct Completions {
    /// Which shell.
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Write the man pages of this command and of its verbs.
#[derive(Debug, Group)]
#[command(after_help = "Example:\n  policy man target/man")]
pub(crate) struct Man {
    /// Where to; made if it does not exist.
    pub(crate) dir: PathBuf,
}

/// Which package.
#[derive(Debug, Group)]
pub(crate) struct Package {
    /// The package's directory; left out, the nearest around here that holds a `policy` block.
    pub(crate) package: Option<PathBuf>,
}

/// Which day.
#[derive(Debug, Group)]
pub(crate) struct At {
    /// The day that dates are compared with, as in 2027-01-31; left out, today in UTC.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) at: Option<Date>,
}

/// Which form.
#[derive(Debug, Group)]
pub(crate) struct FormatArg {
    /// How the result is written.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Reads the command line; what is wrong with it, and requests for help, are errors of clap.
pub(crate) fn read() -> Result<Args, clap::Error> {
    Args::try_parse()
}

/// The definitions, for help texts, completions and man pages.
pub(crate) fn definitions() -> clap::Command {
    Args::command()
}

/// Whether the environment asks for no colour: `NO_COLOR` is set and not empty.
pub(crate) fn is_plain() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

fn date(text: &str) -> Result<Date, String> {
    lang::units::parse_date(text).ok_or_else(|| "write it as year-month-day, as in 2027-01-31".to_owned())
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "write it as number and port, as in 127.0.0.1:8080 or [::1]:8080".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_hold_together() {
        definitions().debug_assert();
    }

    #[test]
    fn each_verb_has_an_example() {
        for verb in definitions().get_subcommands() {
            let example = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(example.starts_with("Example:\n  "), "{}", verb.get_name());
        }
    }
}
