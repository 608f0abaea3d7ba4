//! What cases share: defaults, named requests and named replies, said by the suite or by files it includes.
//!
//! What a file says itself goes before what it includes, and what it includes
//! first goes before what it includes later.

use super::fields::{Layers, check_keys};
use super::keys::{DEFAULTS, FIXTURES, REQUEST};
use super::{Word, case, near, reply, value};
use crate::yaml::{self, Entry, Fault, Node, Place};

/// Deepest chain of includes: a suite, its team's fixtures, the company's, and as many again.
const INCLUDE_DEPTH_MAX: usize = 8;

/// Most files that one suite includes, directly or not; more are hard to find one's way in.
const INCLUDES_MAX: usize = 64;

/// Most bytes of included files; twice the largest suite, so that trees stay as bounded as it is.
const INCLUDED_BYTES_MAX: usize = 2 * yaml::SUITE_BYTES_MAX;

/// Gives the text of an included file, by its name below the package's directory.
pub type Fetch<'a> = dyn Fn(&str) -> Result<String, String> + 'a;

/// An included file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// Its name below the package's directory.
    pub file: String,
    /// Where the suite includes it, or the file that does.
    pub place: Place,
}

/// Takes in included files.
pub(super) struct Gathering<'a> {
    fetch: &'a Fetch<'a>,
    /// The files that are being read, each included by the one before.
    open: Vec<String>,
    bytes: usize,
    /// All files so far; a place in the n-th of them has the file number n, counted from one.
    pub(super) includes: Vec<Include>,
    /// Their trees, the nearest first.
    pub(super) trees: Vec<Node>,
}

impl<'a> Gathering<'a> {
    /// Begins at a suite's file.
    pub(super) fn new(file: &str, fetch: &'a Fetch<'a>) -> Self {
        Self { fetch, open: vec![file.to_owned()], bytes: 0, includes: Vec::new(), trees: Vec::new() }
    }

    /// Takes in what a suite with these fields includes.
    pub(super) fn gather(&mut self, fields: &[Entry]) -> Result<(), Fault> {
        for word in included(fields)? {
            self.take(&word, word.place)?;
        }
        Ok(())
    }

    /// Takes in one file and what it includes; `home` is the place in the suite that led here.
    fn take(&mut self, word: &Word, home: Place) -> Result<(), Fault> {
        let refused =
            |why: String| Err(Fault::new(word.place, format!("cannot include `{}`: {why}", word.text)));
        let beside = self.open.last().and_then(|file| beside(file, &word.text));
        let Some(file) = beside else { return refused("the path leads out of the package".into()) };
        if self.open.contains(&file) {
            let way = self.open.iter().skip_while(|open| **open != file).chain([&file]);
            let way: Vec<String> = way.map(|file| format!("`{file}`")).collect();
            return refused(format!("it includes itself: {}", way.join(", ")));
        }
        if self.includes.iter().any(|include| include.file == file) {
            return Ok(()); // By two ways, it is the same file, and taken in once.
        }
        if self.open.len() > INCLUDE_DEPTH_MAX {
            return refused(format!("includes are nested deeper than {INCLUDE_DEPTH_MAX} levels"));
        }
        if self.includes.len() >= INCLUDES_MAX {
            return refused(format!("a suite includes at most {INCLUDES_MAX} files"));
        }
        let text = (self.fetch)(&file).or_else(refused_text(word))?;
        self.bytes = self.bytes.saturating_add(text.len());
        if self.bytes > INCLUDED_BYTES_MAX {
            return refused(format!("a suite includes at most {} MiB", INCLUDED_BYTES_MAX >> 20));
        }
        self.includes.push(Include { file: file.clone(), place: home });
        let number = u32::try_from(self.includes.len()).unwrap_or(u32::MAX);
        let tree = yaml::parse(&text).map_err(|fault| fault.of_file(number))?.of_file(number);
        let fields = value::mapping(&tree, FIXTURES.what)?;
        check_keys(fields, &FIXTURES)?;
        let more = included(fields)?;
        self.trees.push(tree);
        self.open.push(file);
        for word in more {
            self.take(&word, home)?;
        }
        self.open.pop();
        Ok(())
    }
}

fn refused_text(word: &Word) -> impl FnOnce(String) -> Result<String, Fault> {
    move |why| Err(Fault::new(word.place, format!("cannot include `{}`: {why}", word.text)))
}

fn included(fields: &[Entry]) -> Result<Vec<Word>, Fault> {
    let words = Layers::new(&[fields]).read("include", |node| value::one_or_many(node, value::word))?;
    Ok(words.unwrap_or_default())
}

/// A path relative to a file, as a name below the package's directory; `None` when it leads out of that.
fn beside(file: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains('\\') {
        return None;
    }
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// All that cases of one suite share.
pub(super) struct Fixtures<'a> {
    /// The nearest first.
    defaults: Vec<&'a [Entry]>,
    requests: Vec<&'a Entry>,
    replies: Vec<&'a Entry>,
}

impl<'a> Fixtures<'a> {
    /// Reads what these say, the nearest first, and refuses what no case could use.
    pub(super) fn read(files: &[&'a [Entry]]) -> Result<Self, Fault> {
        let mut fixtures = Self { defaults: Vec::new(), requests: Vec::new(), replies: Vec::new() };
        for fields in files {
            let fields = Layers::new(&[fields]);
            let mapping = |key: &str, what: &str| fields.read(key, |node| value::mapping(node, what));
            if let Some(defaults) = mapping("defaults", DEFAULTS.what)? {
                check_keys(defaults, &DEFAULTS)?;
                fixtures.defaults.push(defaults);
            }
            fixtures.requests.extend(mapping("requests", "requests by name")?.into_iter().flatten());
            fixtures.replies.extend(mapping("replies", "replies by name")?.into_iter().flatten());
        }
        for entry in &fixtures.requests {
            let fields = value::mapping(&entry.value, REQUEST.what)?;
            check_keys(fields, &REQUEST)?;
            case::check_request(&Layers::new(&[fields]), &fixtures)?;
        }
        fixtures.replies.iter().try_for_each(|entry| reply::read_named(&entry.value).map(drop))?;
        Ok(fixtures)
    }

    /// The defaults, with the named requests that they take in.
    pub(super) fn defaults(&self) -> Result<Layers<'a>, Fault> {
        let layers = self.defaults.iter().map(|fields| self.with(fields)).collect::<Result<Vec<_>, _>>()?;
        Ok(Layers::of_defaults(layers.concat()))
    }

    /// Fields, and below them the named requests that they take in.
    pub(super) fn with<'f>(&self, fields: &'f [Entry]) -> Result<Vec<&'f [Entry]>, Fault>
    where
        'a: 'f,
    {
        let names = Layers::new(&[fields]).read("with", |node| value::one_or_many(node, value::word))?;
        let mut layers = vec![fields];
        for word in names.into_iter().flatten() {
            let entry: &'f Entry = named("request", &word, &self.requests)?;
            layers.push(value::mapping(&entry.value, REQUEST.what)?);
        }
        Ok(layers)
    }

    /// A named reply, or a list of them.
    pub(super) fn reply(&self, word: &Word) -> Result<&'a Node, Fault> {
        named("reply", word, &self.replies).map(|entry| &entry.value)
    }
}

fn named<'a>(kind: &str, word: &Word, all: &[&'a Entry]) -> Result<&'a Entry, Fault> {
    all.iter().copied().find(|entry| entry.key == word.text).ok_or_else(|| {
        let help = near(&word.text, all.iter().map(|entry| entry.key.as_str()));
        Fault::new(word.place, format!("there is no {kind} named `{}`", word.text)).help_maybe(help)
    })
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn paths_are_relative_to_their_file_and_stay_inside() {
        for (file, path, expected) in [
            ("a.test.yaml", "b.yaml", Some("b.yaml")),
            ("tests/a.test.yaml", "b.yaml", Some("tests/b.yaml")),
            ("tests/a.test.yaml", "../shared/./b.yaml", Some("shared/b.yaml")),
            ("tests/a.test.yaml", "../../b.yaml", None),
            ("a.test.yaml", "..", None),
            ("a.test.yaml", ".", None),
            ("a.test.yaml", "/etc/hostname", None),
            ("a.test.yaml", "..\\b.yaml", None),
        ] {
            assert_eq!(beside(file, path).as_deref(), expected, "{file} {path}");
        }
    }
}
