//! Coverage as pages: an index, and each file of the package with its lines marked.
//!
//! A page stands by itself: its style is in it, it runs no script and fetches
//! nothing. Marks are signs as well as colours, and both schemes of colour are
//! readable.

use super::lines::{Line, Standing, by_file};
use super::summary::{Summary, Tally};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// One file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its path below the folder of all pages, with `/` between.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The style of every page.
const STYLE: &str = include_str!("pages/style.css");

/// The pages of the packages of a run; `since` is the revision that a part of them is counted since.
pub fn render(packages: &[Summary], since: Option<&str>) -> Vec<Page> {
    let mut pages = Vec::new();
    let mut index = String::new();
    for (number, summary) in packages.iter().enumerate() {
        // Names of packages may repeat, and one package needs no folder.
        let folder =
            if packages.len() > 1 { format!("{}-{}/", number, summary.package) } else { String::new() };
        package(&mut index, summary, since, &folder);
        let lines = by_file(summary);
        for (file, text) in &summary.files {
            let path = format!("{folder}{file}.html");
            let none = BTreeMap::new();
            let lines = lines.get(file.as_str()).unwrap_or(&none);
            pages.push(Page { text: source(summary, file, text, lines, &path), path });
        }
    }
    pages.insert(0, Page { path: "index.html".into(), text: page("Coverage", &index) });
    pages
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escaped(title)
    )
}

/// A package in the index.
fn package(html: &mut String, summary: &Summary, since: Option<&str>, folder: &str) {
    let _ = writeln!(html, "<h1>Coverage of {}</h1>", escaped(&summary.package));
    if let Some(since) = since {
        let _ = writeln!(html, "<p>Only what changed since <code>{}</code> is counted.</p>", escaped(since));
    }
    html.push_str("<table>\n<tr><th>kind</th><th>covered</th><th>of</th><th>percent</th></tr>\n");
    for (kind, tally) in summary.kinds() {
        row(html, kind.as_str(), tally);
    }
    row(html, "<strong>all</strong>", summary.tally());
    html.push_str("</table>\n<table>\n<tr><th>file</th><th>covered</th><th>of</th><th>percent</th></tr>\n");
    let tallies: BTreeMap<&str, Tally> = summary.by_file().into_iter().collect();
    for file in summary.files.keys() {
        let link =
            format!("<a href=\"{}\">{}</a>", escaped(&link(&format!("{folder}{file}.html"))), escaped(file));
        match tallies.get(file.as_str()) {
            Some(tally) => row(html, &link, *tally),
            None => {
                let _ = writeln!(html, "<tr><td>{link}</td><td colspan=\"3\">nothing to count</td></tr>");
            }
        }
    }
    html.push_str("</table>\n");
    missing(html, summary, folder);
}

fn row(html: &mut String, name: &str, tally: Tally) {
    let (covered, countable, percent) = (tally.covered, tally.countable, tally.percent());
    let _ = writeln!(
        html,
        "<tr><td>{name}</td><td>{covered}</td><td>{countable}</td><td>{percent} \
         <meter min=\"0\" max=\"1000\" value=\"{}\"></meter></td></tr>",
        tally.permille()
    );
}

/// What is not covered, with a link to its line.
fn missing(html: &mut String, summary: &Summary, folder: &str) {
    let mut items = summary.missing().peekable();
    if items.peek().is_none() {
        return;
    }
    html.push_str("<h2>Not covered</h2>\n<ul>\n");
    for one in items {
        let link = escaped(&link(&format!("{folder}{}.html", one.file)));
        let _ = writeln!(
            html,
            "<li><a href=\"{link}#L{0}\">{1}:{0}</a> {2} never {3}<br><small>{4}</small></li>",
            one.line,
            escaped(&one.file),
            in_words(&one.unit.what),
            in_words(&one.unit.outcome),
            in_words(&one.unit.hint)
        );
    }
    html.push_str("</ul>\n");
}

/// A file with its lines marked.
fn source(summary: &Summary, file: &str, text: &str, lines: &BTreeMap<u32, Line<'_>>, path: &str) -> String {
    let up = "../".repeat(path.matches('/').count());
    let mut html =
        format!("<p><a href=\"{up}index.html\">Coverage of {}</a></p>\n", escaped(&summary.package));
    let _ = writeln!(html, "<h1>{}</h1>\n<table class=\"source\">", escaped(file));
    for (number, written) in (1_u32..).zip(text.lines()) {
        let line = lines.get(&number);
        let (class, sign, times) = match line.map(|line| (line.standing(), line.times())) {
            Some((Standing::Covered, times)) => ("covered", "✓", times.to_string()),
            Some((Standing::Partly, times)) => ("partly", "~", times.to_string()),
            Some((Standing::Missed, _)) => ("missed", "✗", "0".to_owned()),
            None => ("plain", "", String::new()),
        };
        let _ = writeln!(
            html,
            "<tr id=\"L{number}\" class=\"{class}\"><td>{number}</td><td>{times}</td><td>{sign}</td><td><pre>{}</pre>{}</td></tr>",
            escaped(written),
            line.map(notes).unwrap_or_default()
        );
    }
    html.push_str("</table>\n");
    page(&format!("{file}: coverage of {}", summary.package), &html)
}

/// What of a line did not come.
fn notes(line: &Line<'_>) -> String {
    let missing: Vec<String> = line
        .units
        .iter()
        .filter(|one| one.times == 0)
        .map(|one| {
            let (what, outcome) = (in_words(&one.unit.what), in_words(&one.unit.outcome));
            format!("<li>{what} never {outcome}<br><small>{}</small></li>", in_words(&one.unit.hint))
        })
        .collect();
    if missing.is_empty() { String::new() } else { format!("<ul>{}</ul>", missing.concat()) }
}

/// Prose with code between backticks.
fn in_words(text: &str) -> String {
    let mut html = String::new();
    for (number, part) in text.split('`').enumerate() {
        if number % 2 == 1 {
            let _ = write!(html, "<code>{}</code>", escaped(part));
        } else {
            html.push_str(&escaped(part));
        }
    }
    html
}

/// Text as HTML shows it, between tags and in attributes.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(letter),
        }
    }
    html
}

/// A path as a link: what is no plain letter is written as its bytes.
fn link(path: &str) -> String {
    let mut link = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._/~".contains(&byte) {
            link.push(char::from(byte));
        } else {
            let _ = write!(link, "%{byte:02X}");
        }
    }
    link
}
