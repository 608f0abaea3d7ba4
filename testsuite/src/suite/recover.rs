//! Cases around a fault of syntax: the text is cut at them, each piece is read alone.

use crate::yaml::{self, Fault, Node, Value};

/// What could be read of a suite whose YAML is broken.
pub(super) struct Pieces {
    /// All but the cases.
    pub(super) head: Result<Node, Fault>,
    /// Each case, or what is wrong with it.
    pub(super) cases: Vec<Result<Node, Fault>>,
}

/// Most pieces that are read apart; past this a file is no suite.
const PIECES_MAX: usize = super::CASES_MAX;

/// Cuts a suite at its cases; `None` when none of them can be told.
///
/// A case begins where a `- ` stands as deep as the first one does. That is
/// what YAML itself demands of a list, unless the fault hides it; then two
/// cases are read as one and fail together, which is still no silence.
pub(super) fn pieces(text: &str) -> Option<Pieces> {
    if text.len() > yaml::SUITE_BYTES_MAX {
        return None;
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let top = lines.iter().position(|line| is_cases(line))?;
    let begin = |line: &&str| line.trim_start().starts_with("- ") || line.trim() == "-";
    let first = top + 1 + lines.iter().skip(top + 1).position(begin)?;
    let indent = depth(lines.get(first)?);
    let is_case = |line: &&str| begin(line) && depth(line) == indent;
    let is_end = |line: &&str| !line.starts_with([' ', '-', '#', '\n', '\r']);
    let end = lines.iter().skip(first).position(is_end).map_or(lines.len(), |at| first + at);

    let head: String = lines
        .iter()
        .enumerate()
        .map(|(at, line)| if (top..end).contains(&at) { "\n" } else { line })
        .collect();
    let mut starts: Vec<usize> = lines
        .iter()
        .enumerate()
        .take(end)
        .skip(first)
        .filter(|(_, line)| is_case(line))
        .map(|(at, _)| at)
        .take(PIECES_MAX)
        .collect();
    starts.push(end);
    let cases = starts.windows(2).filter_map(|pair| match pair {
        [start, end] => Some(read(lines.get(*start..*end)?, *start)),
        _ => None,
    });
    Some(Pieces { cases: cases.collect(), head: yaml::parse(&head) })
}

fn is_cases(line: &str) -> bool {
    line.strip_prefix("cases:").is_some_and(|rest| {
        let rest = rest.trim();
        rest.is_empty() || rest.starts_with('#')
    })
}

fn depth(line: &str) -> usize {
    line.len().saturating_sub(line.trim_start_matches(' ').len())
}

/// Reads one piece, a list of one case; places count from the top of the suite.
fn read(lines: &[&str], above: usize) -> Result<Node, Fault> {
    let above = u32::try_from(above).unwrap_or(u32::MAX);
    let down = |mut fault: Fault| {
        fault.place.line = fault.place.line.saturating_add(above);
        fault
    };
    let mut node = yaml::parse(&lines.concat()).map_err(down)?;
    node.move_places(&|place| place.line = place.line.saturating_add(above));
    match node.value {
        Value::Sequence(items) => {
            let mut items = items.into_iter();
            match (items.next(), items.next()) {
                (Some(case), None) => Ok(case),
                _ => Err(Fault::new(node.place, "this is not one case")),
            }
        }
        Value::Scalar(_) | Value::Mapping(_) | Value::Broken(_) => {
            Err(Fault::new(node.place, "this is not a case"))
        }
    }
}
