//! Dates: whether what is written can be one.

use super::number;

/// Years in which people who are written about were born, or cards run out.
const YEAR_FIRST: u64 = 1_900;
const YEAR_LAST: u64 = 2_099;

/// Years in which a card that is in use runs out.
///
/// Cards are issued for eight years at most; the rest leaves room for the years to come.
const EXPIRY_YEAR_FIRST: u64 = 2_020;
const EXPIRY_YEAR_LAST: u64 = 2_049;

/// Whether a text is a date of the calendar.
///
/// Numbers alone are read as year, month, day or with the year last, in either
/// order of day and month. With the month as a word, the numbers are day and year.
pub(super) fn is_date(text: &str) -> bool {
    let numbers = numbers(text);
    match numbers.as_slice() {
        [(year, 4), month, day] => is_day(*year, month.0, day.0),
        [first, second, (year, 4)] => is_day(*year, second.0, first.0) || is_day(*year, first.0, second.0),
        [first, second, (year, 2)] => [1_900, 2_000].iter().any(|century| {
            let year = year.saturating_add(*century);
            is_day(year, second.0, first.0) || is_day(year, first.0, second.0)
        }),
        [(day, 1 | 2), (year, 4)] | [(year, 4), (day, 1 | 2)] => is_year(*year) && (1..=31).contains(day),
        [(day, 8)] => is_compact(*day),
        // A month by its name.
        [(_, 2)] => text.starts_with(char::is_alphabetic),
        [(year, 4)] => text.starts_with(char::is_alphabetic) && is_year(*year),
        _ => false,
    }
}

/// Whether eight digits are year, month and day.
fn is_compact(digits: u64) -> bool {
    is_day(digits / 10_000, digits / 100 % 100, digits % 100)
}

/// The numbers in a text, each with how many digits write it.
fn numbers(text: &str) -> Vec<(u64, usize)> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(|digits| (number(&super::digits(digits)), digits.len()))
        .collect()
}

fn is_year(year: u64) -> bool {
    (YEAR_FIRST..=YEAR_LAST).contains(&year)
}

fn is_day(year: u64, month: u64, day: u64) -> bool {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    };
    is_year(year) && (1..=days).contains(&day)
}

/// Whether a text is the month in which a card runs out: month and year, or year and month.
pub(super) fn is_card_expiry(text: &str) -> bool {
    let is_expiry = |month: u64, year: u64| {
        let year = if year < 100 { year.saturating_add(2_000) } else { year };
        (1..=12).contains(&month) && (EXPIRY_YEAR_FIRST..=EXPIRY_YEAR_LAST).contains(&year)
    };
    match numbers(text).as_slice() {
        [(month, 1 | 2), (year, 2 | 4)] | [(year, 4), (month, 2)] => is_expiry(*month, *year),
        [(both, 4)] => is_expiry(both / 100, both % 100),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        let table = [
            ("1985-03-12", true),
            ("12.03.1985", true),
            ("03/12/1985", true),
            ("12.03.85", true),
            ("31/12/99", true),
            ("12 March 1985", true),
            ("March 12th, 1985", true),
            ("1985年3月12日", true),
            ("2000-02-29", true),
            ("19850312", true),
            ("1900-02-29", false),
            ("1985-02-30", false),
            ("1985-13-12", false),
            ("32.01.1985", false),
            ("0000-00-00", false),
            ("1885-03-12", false),
            ("1.2.3", false),
            ("12.03.1985.4", false),
            ("12", false),
            ("", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_date(text), expected, "{text}");
        }
    }

    #[test]
    fn months_in_which_cards_run_out() {
        let table = [
            ("12/27", true),
            ("1 / 2030", true),
            ("2027-12", true),
            ("1227", true),
            ("EXP 1227", true),
            ("13/27", false),
            ("00/27", false),
            ("12/15", false),
            ("12/27/26", false),
            ("2027", false),
            ("12/99", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_card_expiry(text), expected, "{text}");
        }
    }
}
