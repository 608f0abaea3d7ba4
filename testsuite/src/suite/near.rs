//! Near names for messages: "did you mean".

/// The candidate nearest to `word`, when one is near: at most a third of its letters differ.
///
/// Ties go to the first in alphabetical order, so that messages are stable.
pub(crate) fn near<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let letters: Vec<char> = word.chars().take(LETTERS_MAX).collect();
    let most = (letters.len() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&letters, candidate), candidate))
        .filter(|&(far, _)| far <= most)
        .min()
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

/// Longest word that is compared; the work is quadratic, and real names are shorter.
const LETTERS_MAX: usize = 64;

/// How many letters must be put in, left out, replaced or swapped with their neighbour.
fn distance(word: &[char], candidate: &str) -> usize {
    let other: Vec<char> = candidate.chars().take(LETTERS_MAX).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, &letter) in word.iter().enumerate() {
        let mut line = Vec::with_capacity(last.len());
        line.push(row + 1);
        for (column, &facing) in other.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX - 1);
            let replaced = at(&last, column) + usize::from(letter != facing);
            let mut fewest = replaced.min(at(&last, column + 1) + 1).min(at(&line, column) + 1);
            let is_swap = row > 0
                && column > 0
                && word.get(row - 1) == Some(&facing)
                && other.get(column - 1) == Some(&letter);
            if is_swap {
                fewest = fewest.min(at(&before, column - 1) + 1);
            }
            line.push(fewest);
        }
        before = std::mem::replace(&mut last, line);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["verdict", "reason", "route", "rules"];
        for (word, expected) in [
            ("verdit", Some("verdict")),
            ("resaon", Some("reason")),
            ("roote", Some("route")),
            ("colour", None),
        ] {
            let found = near(word, names);
            assert_eq!(found, expected.map(|name| format!("did you mean `{name}`?")), "{word}");
        }
    }
}
