//! The nearest name, to ask "did you mean" only when one is near.

/// The candidate nearest to `name`, when it is near enough to be a slip of the hand.
///
/// The distance counts inserted, left out, changed and swapped characters. One
/// is allowed in a name of up to four characters, two in one of up to eight,
/// three beyond. Of several at one distance the first in order of text is
/// taken, so that the answer does not depend on where names were declared.
///
/// # Examples
///
/// ```
/// # use lang::near::nearest;
/// assert_eq!(nearest("retial", ["labs", "retail"]), Some("retail"));
/// assert_eq!(nearest("finance", ["labs", "retail"]), None);
/// ```
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = match name.chars().count() {
        0..=4 => 1,
        5..=8 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        .filter_map(|candidate| distance(name, candidate, allowed).map(|found| (found, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

/// ``did you mean `retail`?``, when a name is near.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, candidates).map(|near| format!("did you mean `{near}`?"))
}

/// The near name, or all there are when they are few.
///
/// ``there are `labs` and `retail` `` helps more than silence; a list of fifty does not.
pub(crate) fn near_or_all(name: &str, candidates: &[&str], noun: &str) -> Option<String> {
    const FEW: usize = 6;
    let near = did_you_mean(name, candidates.iter().copied());
    near.or_else(|| match candidates {
        [] => Some(format!("no {noun} is declared")),
        [only] => Some(format!("the only {noun} is `{only}`")),
        few if few.len() <= FEW => Some(format!("there are {}", list_of(few))),
        _ => None,
    })
}

/// `` `a`, `b` and `c` ``
pub(crate) fn list_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// The Damerau-Levenshtein distance (adjacent swaps) of two names, unless it exceeds `allowed`.
fn distance(from: &str, to: &str, allowed: usize) -> Option<usize> {
    let to: Vec<char> = to.chars().collect();
    if from.chars().count().abs_diff(to.len()) > allowed {
        return None;
    }
    // One row of the table a character of `from`; a swap looks two rows back.
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    let mut from_before = None;
    for (at, from_char) in from.chars().enumerate() {
        let mut row = vec![at + 1];
        let mut to_before = None;
        for (column, &to_char) in to.iter().enumerate() {
            let cell = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX - 1);
            let mut best = (cell(&last, column) + usize::from(from_char != to_char))
                .min(cell(&last, column + 1) + 1)
                .min(cell(&row, column) + 1);
            if from_before == Some(to_char) && to_before == Some(from_char) && column > 0 {
                best = best.min(cell(&before, column - 1) + 1);
            }
            row.push(best);
            to_before = Some(to_char);
        }
        before = std::mem::replace(&mut last, row);
        from_before = Some(from_char);
    }
    last.last().copied().filter(|&found| found <= allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        let rows = [
            ("equal", "retail", "retail", Some(0)),
            ("a swap is one", "retial", "retail", Some(1)),
            ("left out", "retal", "retail", Some(1)),
            ("doubled", "rettail", "retail", Some(1)),
            ("changed", "gpt-4o", "gpt_4o", Some(1)),
            ("far", "finance", "retail", None),
            ("empty", "", "abc", Some(3)),
            ("not bytes", "é", "e", Some(1)),
        ];
        for (name, from, to, expected) in rows {
            assert_eq!(distance(from, to, 3), expected, "{name}");
            assert_eq!(distance(to, from, 3), expected, "{name}, the other way");
        }
    }

    #[test]
    fn the_cutoff_grows_with_the_name() {
        let rows = [
            ("labs", "lbas", true),
            ("labs", "lab", true),
            ("labs", "la", false),
            ("retail", "ratial", true),
            ("retail", "rxxxil", false),
            ("no_autonomous", "no_autnmos", true),
        ];
        for (candidate, written, near) in rows {
            assert_eq!(nearest(written, [candidate]).is_some(), near, "{written} for {candidate}");
        }
    }

    #[test]
    fn the_order_of_candidates_does_not_matter() {
        assert_eq!(nearest("zone", ["zonb", "zona"]), nearest("zone", ["zona", "zonb"]));
    }
}
