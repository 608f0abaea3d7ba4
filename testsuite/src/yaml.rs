//! A small YAML tree that knows where everything stands.
//!
//! Suites are written by people and read by machines that nobody watches, so
//! the tree is strict: one document, keys once, no anchors, aliases or tags,
//! and ceilings on size and nesting. A fault inside a value does not stop the
//! rest: it stands in the tree as [`Value::Broken`] and is told by whoever
//! reads that value. Only a fault of syntax ends the text.

use granit_parser::{Event, Marker, Parser, ScalarStyle};
use std::collections::BTreeSet;

/// Largest suite, in bytes.
///
/// Ten thousand cases of four lines are about 2 MiB; more belongs in several files.
pub const SUITE_BYTES_MAX: usize = 4 << 20;

/// Deepest nesting of lists and mappings.
///
/// A request body with tools and schemas nests about twelve deep. Readers and
/// destructors recurse once per level, so this also bounds their stack.
pub const NESTING_DEPTH_MAX: usize = 64;

/// Most values in one suite.
///
/// A node is a few dozen bytes of text and a hundred of memory: this bounds
/// the tree at some 50 MiB, ten times the largest suite that is pleasant to read.
pub const NODES_MAX: usize = 400_000;

/// A place in a suite, counted from one; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which file: 0 is the suite itself, and n the n-th file that it includes.
    pub file: u32,
    /// Line, from one.
    pub line: u32,
    /// Column, from one.
    pub column: u32,
}

impl Place {
    /// The first character of a text.
    pub const START: Self = Self { file: 0, line: 1, column: 1 };

    fn of(marker: Marker) -> Self {
        let column = to_u32(marker.col().saturating_add(1));
        Self { file: 0, line: to_u32(marker.line().max(1)), column }
    }
}

/// What is wrong with a suite, where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it is wrong.
    pub place: Place,
    /// What is wrong, in one line: lower case, no full stop.
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<String>,
}

impl Fault {
    /// A fault at `place`.
    pub fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: message.into(), help: None }
    }

    /// The same in the n-th included file.
    #[must_use]
    pub fn of_file(mut self, file: u32) -> Self {
        self.place.file = file;
        self
    }

    /// Adds the help when there is one.
    #[must_use]
    pub fn help_maybe(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        self.help.iter().try_for_each(|help| write!(f, "; {help}"))
    }
}

/// A value and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub value: Value,
}

impl Node {
    /// Passes unless the value itself could not be read.
    ///
    /// # Errors
    ///
    /// Why it could not.
    pub fn sound(&self) -> Result<(), Fault> {
        match &self.value {
            Value::Broken(why) => Err(Fault::new(self.place, why.clone())),
            Value::Scalar(_) | Value::Sequence(_) | Value::Mapping(_) => Ok(()),
        }
    }

    /// The same in the n-th included file.
    #[must_use]
    pub fn of_file(mut self, file: u32) -> Self {
        self.move_places(&|place| place.file = file);
        self
    }

    /// Moves every place of a tree, whose depth is bounded.
    pub fn move_places(&mut self, to: &dyn Fn(&mut Place)) {
        to(&mut self.place);
        match &mut self.value {
            Value::Scalar(_) | Value::Broken(_) => {}
            Value::Sequence(items) => items.iter_mut().for_each(|item| item.move_places(to)),
            Value::Mapping(entries) => entries.iter_mut().for_each(|entry| {
                to(&mut entry.place);
                entry.value.move_places(to);
            }),
        }
    }
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A scalar, its escapes undone.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping, in the order in which it was written.
    Mapping(Vec<Entry>),
    /// What cannot be read, and why.
    Broken(String),
}

/// A scalar; whether it is a number or a text is for its reader to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// Its text.
    pub text: String,
    /// Whether it stood without quotes and may be a number, a bool or nothing.
    pub is_plain: bool,
}

/// One entry of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub place: Place,
    /// The value.
    pub value: Node,
}

/// Reads one document.
///
/// # Errors
///
/// A fault of syntax, or a ceiling that is passed; both end the reading.
pub fn parse(text: &str) -> Result<Node, Fault> {
    if text.len() > SUITE_BYTES_MAX {
        let message = format!("the suite is larger than {} MiB", SUITE_BYTES_MAX >> 20);
        return Err(Fault::new(Place::START, message));
    }
    let options = granit_parser::options! {
        disallow_directives: true,
        emit_unresolved_aliases: true,
        emit_comments: false,
    };
    let mut builder = Builder::default();
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|error| Fault::new(Place::of(*error.marker()), syntax(&error)))?;
        builder.take(event, Place::of(span.start))?;
    }
    builder.root.ok_or_else(|| Fault::new(Place::START, "the suite is empty"))
}

/// The parser's message, as one line of ours.
fn syntax(error: &granit_parser::ScanError) -> String {
    format!("this is not YAML: {}", error.info().replace('\n', " "))
}

/// Builds the tree from the parser's events, without recursion.
#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
}

/// A list or mapping that is not yet closed.
struct Open {
    place: Place,
    broken: Option<String>,
    kind: OpenKind,
}

enum OpenKind {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<Entry>, keys: BTreeSet<String>, key: Option<Key> },
}

/// A key that waits for its value.
struct Key {
    text: String,
    place: Place,
    broken: Option<String>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, place: Place) -> Result<(), Fault> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = matches!(style, ScalarStyle::Plain);
                let value = match refusal(anchor, tag.is_some()) {
                    Some(why) => Value::Broken(why),
                    None => Value::Scalar(Scalar { text: text.into_owned(), is_plain }),
                };
                self.add(Node { place, value })
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(place, refusal(anchor, tag.is_some()), OpenKind::Sequence(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                let kind = OpenKind::Mapping { entries: Vec::new(), keys: BTreeSet::new(), key: None };
                self.open(place, refusal(anchor, tag.is_some()), kind)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let why = "aliases are not read; shared fields belong in `defaults`";
                self.add(Node { place, value: Value::Broken(why.into()) })
            }
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(Fault::new(place, "a second document begins here; a suite is one document"))
            }
            _ => Ok(()), // Marks of the stream and the document, which carry no value.
        }
    }

    fn open(&mut self, place: Place, broken: Option<String>, kind: OpenKind) -> Result<(), Fault> {
        if self.open.len() >= NESTING_DEPTH_MAX {
            return Err(Fault::new(place, format!("nested deeper than {NESTING_DEPTH_MAX} levels")));
        }
        self.open.push(Open { place, broken, kind });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let value = match (open.broken, open.kind) {
            (Some(why), _) => Value::Broken(why),
            (None, OpenKind::Sequence(items)) => Value::Sequence(items),
            (None, OpenKind::Mapping { entries, .. }) => Value::Mapping(entries),
        };
        self.add(Node { place: open.place, value })
    }

    fn add(&mut self, node: Node) -> Result<(), Fault> {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes > NODES_MAX {
            return Err(Fault::new(node.place, format!("more than {NODES_MAX} values in one suite")));
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.root = Some(node),
            Some(OpenKind::Sequence(items)) => items.push(node),
            Some(OpenKind::Mapping { entries, keys, key }) => match key.take() {
                None => *key = Some(to_key(node, keys)),
                Some(Key { text, place, broken }) => {
                    let value = match broken {
                        Some(why) => Node { place, value: Value::Broken(why) },
                        None => node,
                    };
                    entries.push(Entry { key: text, place, value });
                }
            },
        }
        Ok(())
    }
}

fn to_key(node: Node, keys: &mut BTreeSet<String>) -> Key {
    let place = node.place;
    match node.value {
        Value::Scalar(scalar) => {
            let is_new = keys.insert(scalar.text.clone());
            let broken = (!is_new).then(|| format!("`{}` is said twice", scalar.text));
            Key { text: scalar.text, place, broken }
        }
        Value::Broken(why) => Key { text: String::new(), place, broken: Some(why) },
        Value::Sequence(_) | Value::Mapping(_) => {
            Key { text: String::new(), place, broken: Some("a key is a single word".into()) }
        }
    }
}

fn refusal(anchor: usize, is_tagged: bool) -> Option<String> {
    if anchor != 0 {
        return Some("anchors are not read; shared fields belong in `defaults`".into());
    }
    is_tagged.then(|| "tags such as `!x` are not read".into())
}

/// Saturates; [`SUITE_BYTES_MAX`] keeps lines and columns far below.
fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Fault {
        parse(text).unwrap_err()
    }

    fn broken(node: &Node) -> Option<(u32, &str)> {
        match &node.value {
            Value::Broken(why) => Some((node.place.line, why)),
            Value::Scalar(_) => None,
            Value::Sequence(items) => items.iter().find_map(broken),
            Value::Mapping(entries) => entries.iter().find_map(|entry| broken(&entry.value)),
        }
    }

    #[test]
    fn places_are_kept() {
        let tree = parse("a: 1\nb:\n  - é: {x: \"2\"}\n").unwrap();
        let Value::Mapping(entries) = &tree.value else { panic!("a mapping") };
        assert_eq!(entries[1].place, Place { file: 0, line: 2, column: 1 });
        let Value::Sequence(items) = &entries[1].value.value else { panic!("a list") };
        let Value::Mapping(inner) = &items[0].value else { panic!("a mapping") };
        assert_eq!(inner[0].value.place, Place { file: 0, line: 3, column: 8 });
    }

    #[test]
    fn what_is_refused_stands_in_the_tree() {
        for (text, line, part) in [
            ("a: 1\na: 2", 2, "said twice"),
            ("a: &x 1", 1, "anchors"),
            ("a: 1\nb: *x", 2, "aliases"),
            ("a: !!str 1", 1, "tags"),
            ("a:\n  ? [1, 2]\n  : 3", 2, "single word"),
        ] {
            let tree = parse(text).unwrap();
            let (at, why) = broken(&tree).unwrap_or_else(|| panic!("nothing broken in {text:?}"));
            assert_eq!(at, line, "{text:?}");
            assert!(why.contains(part), "{text:?}: {why}");
        }
    }

    #[test]
    fn ceilings_hold_at_their_edge() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&nested(NESTING_DEPTH_MAX)).is_ok());
        assert!(fault(&nested(NESTING_DEPTH_MAX + 1)).message.contains("nested deeper"));
        let block: Vec<String> = (0..=NESTING_DEPTH_MAX).map(|n| format!("{}a:", " ".repeat(n))).collect();
        assert!(fault(&block.join("\n")).message.contains("nested deeper"));
        assert!(fault(&" ".repeat(SUITE_BYTES_MAX + 1)).message.contains("4 MiB"));
        assert!(fault(&format!("[{}]", "a,".repeat(NODES_MAX))).message.contains("values in one suite"));
        assert!(parse(&format!("[{}]", "a,".repeat(NODES_MAX - 1))).is_ok());
    }

    #[test]
    fn syntax_faults_have_a_place() {
        assert_eq!(fault("a: 1\nb: [\n").place.line, 2);
        assert!(fault("a: 1\n---\nb: 2").message.contains("second document"));
        assert!(fault("").message.contains("empty"));
    }
}
