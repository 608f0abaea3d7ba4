//! Identifiers of North America: United States, Canada, Mexico.

use super::check_digits::{is_date, luhn, weighted_mod};
use super::{exactly, number, values, year};

/// Whether a text is a US individual taxpayer number.
///
/// After publication 1915 of the Internal Revenue Service: nine digits from 900
/// on; the fourth and fifth lie in the ranges given to people.
pub(super) fn is_us_itin(text: &str) -> bool {
    let Some([9, _, _, g1, g2, _, _, _, _]) = exactly(text) else {
        return false;
    };
    matches!(number(&[g1, g2]), 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

/// Whether a text is a US employer number: nine digits, whose first two an
/// office of the Internal Revenue Service uses.
pub(super) fn is_us_ein(text: &str) -> bool {
    let Some([p1, p2, _, _, _, _, _, _, _]) = exactly(text) else {
        return false;
    };
    matches!(
        number(&[p1, p2]),
        1..=6 | 10..=16 | 20..=27 | 30..=48 | 50..=68 | 71..=77 | 80..=88 | 90..=95 | 98 | 99
    )
}

/// Whether a text is a Canadian social insurance number.
///
/// After Employment and Social Development Canada: nine digits, Luhn. The first
/// is never 8, and 0 is in invented ones.
pub(super) fn is_ca_sin(text: &str) -> bool {
    exactly::<9>(text).is_some_and(|digits| !matches!(digits, [0 | 8, ..]) && luhn(&digits))
}

/// The codes of the states of Mexico in a CURP; NE is abroad.
const CURP_STATES: &[&[u8; 2]] = &[
    b"AS", b"BC", b"BS", b"CC", b"CH", b"CL", b"CM", b"CS", b"DF", b"DG", b"GR", b"GT", b"HG", b"JC", b"MC",
    b"MN", b"MS", b"NE", b"NL", b"NT", b"OC", b"PL", b"QR", b"QT", b"SL", b"SP", b"SR", b"TC", b"TL", b"TS",
    b"VZ", b"YN", b"ZS",
];

/// What the places of a CURP count.
const CURP_WEIGHTS: [u32; 17] = [18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2];

/// Whether a text is a Mexican CURP.
///
/// After RENAPO: four letters of the names, date, sex, state, three letters,
/// a digit for those born before 2000 and a letter for others, a check by 10.
pub(super) fn is_mx_curp(text: &str) -> bool {
    let code = super::characters(text);
    let values = values(text);
    let [_, _, _, _, y1, y2, m1, m2, d1, d2, _, _, _, _, _, _, century, check] = *values else {
        return false;
    };
    let state = code.as_bytes().get(11..13).unwrap_or_default();
    let sex = code.as_bytes().get(10);
    // The alphabet has Ñ after N, so that the letters from O on count one more.
    let spaced: Vec<u8> =
        values.iter().map(|value| value.saturating_add(u8::from(*value >= 24))).take(17).collect();
    let remainder = weighted_mod(&spaced, &CURP_WEIGHTS, 10);
    let century = if century <= 9 { 19 } else { 20 };
    [y1, y2, m1, m2, d1, d2, check].iter().all(|value| *value <= 9)
        && is_date(year(century, y1, y2), number(&[m1, m2]), number(&[d1, d2]))
        && matches!(sex, Some(b'H' | b'M' | b'X'))
        && CURP_STATES.iter().any(|known| known.as_slice() == state)
        && (remainder.saturating_add(u32::from(check))).is_multiple_of(10)
}

/// Whether a text is a Mexican RFC, as far as it can be told.
///
/// After the tax administration: three letters for a company or four for a
/// person, a date, three characters. Enough of those in use break the rule for
/// the last one that it is not asked for.
pub(super) fn is_mx_rfc(text: &str) -> bool {
    let values = values(text);
    // Before the date stand `&` and `Ñ`, too, which are no values.
    let Some([y1, y2, m1, m2, d1, d2, _, _, _]) = values.last_chunk::<9>() else {
        return false;
    };
    [y1, y2, m1, m2, d1, d2].iter().all(|value| **value <= 9)
        && [19, 20]
            .into_iter()
            .any(|century| is_date(year(century, *y1, *y2), number(&[*m1, *m2]), number(&[*d1, *d2])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(passes: fn(&str) -> bool, table: &[(&str, bool)]) {
        for (text, expected) in table {
            assert_eq!(passes(text), *expected, "{text}");
        }
    }

    #[test]
    fn us_itin() {
        check(
            is_us_itin,
            &[
                ("912-90-3456", true),
                ("900 70 0000", true),
                ("ITIN: 999884321", true),
                ("912-93-3456", false),
                ("912-66-3456", false),
                ("812-70-3456", false),
                ("912-90-345", false),
            ],
        );
    }

    #[test]
    fn us_ein() {
        check(
            is_us_ein,
            &[
                ("91-1144442", true),
                ("04 2103594", true),
                ("07-1144442", false),
                ("49-1144442", false),
                ("00-1144442", false),
                ("97-1144442", false),
                ("91-114444", false),
            ],
        );
    }

    #[test]
    fn ca_sin() {
        check(
            is_ca_sin,
            &[
                ("123-456-782", true),
                ("130 692 544", true),
                ("046 454 286", false), // the number of advertisements
                ("803 456 784", false),
                ("123-456-783", false),
                ("123-456-78", false),
            ],
        );
    }

    #[test]
    fn mx_curp() {
        check(
            is_mx_curp,
            &[
                ("BOXW310820HNERXN09", true),
                ("boxw310820hnerxn09", true),
                ("HEGG560427MVZRRL04", true), // the example of RENAPO
                ("BOXW310820HNERXN08", false),
                ("BOXW311320HNERXN09", false),
                ("BOXW310820ANERXN09", false),
                ("BOXW310820HXXRXN09", false),
                ("BOXW310820HNERXN0", false),
            ],
        );
    }

    #[test]
    fn mx_rfc() {
        check(
            is_mx_rfc,
            &[
                ("GODE 561231 GR8", true), // the example of the administration
                ("MAB-930714-8T4", true),
                ("Ñ&A930714 8T4", true),
                ("GODE 561331 GR8", false),
                ("GODE 56123A GR8", false),
                ("561231G", false),
            ],
        );
    }
}
