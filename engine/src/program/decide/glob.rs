//! Names of tools against patterns with `*`.

/// Whether a name matches a pattern in which `*` stands for any run of characters.
///
/// The last star takes what it can; no earlier one need be tried again.
pub(super) fn glob(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut from) = (0usize, 0usize);
    // Where to go on after a mismatch: behind the last star, and one further in the name.
    let mut retry: Option<(usize, usize)> = None;
    while let Some(byte) = name.get(from) {
        match pattern.get(at) {
            Some(b'*') => {
                at = at.saturating_add(1);
                retry = Some((at, from));
            }
            Some(known) if known == byte => {
                at = at.saturating_add(1);
                from = from.saturating_add(1);
            }
            Some(_) | None => {
                let Some((star, start)) = retry else { return false };
                let start = start.saturating_add(1);
                (at, from) = (star, start);
                retry = Some((star, start));
            }
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn a_star_stands_for_any_run() {
        let rows = [
            ("search", "search", true),
            ("search*", "search_kb", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*_read", "kb_read_read", true),
            ("mcp:jira/*", "mcp:git/create", false),
        ];
        for (pattern, name, expected) in rows {
            assert_eq!(glob(pattern, name), expected, "{pattern} {name}");
        }
    }
}
