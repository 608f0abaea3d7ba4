//! Identifiers of South and South East Asia: India, Singapore, Malaysia, Thailand, Indonesia.

use super::check_digits::{is_date, verhoeff, weighted_mod};
use super::{characters, exactly, number, year};

/// Whether a text is an Indian Aadhaar number: twelve digits from 2 on, Verhoeff (UIDAI).
///
/// One that reads the same backwards is not given.
pub(super) fn is_in_aadhaar(text: &str) -> bool {
    let Some(digits) = exactly::<12>(text) else {
        return false;
    };
    let is_palindrome = digits.iter().eq(digits.iter().rev());
    matches!(digits, [2..=9, ..]) && !is_palindrome && verhoeff(&digits)
}

/// Whether a text is an Indian permanent account number (PAN).
///
/// After the Income Tax Department: five letters, the fourth for the kind of
/// holder, four digits from 0001 on, a letter.
pub(super) fn is_in_pan(text: &str) -> bool {
    let code = characters(text);
    let [a, b, c, holder, e, n1, n2, n3, n4, check] = code.as_bytes() else {
        return false;
    };
    let number = [n1, n2, n3, n4];
    [a, b, c, e, check].iter().all(|byte| byte.is_ascii_uppercase())
        && b"ABCFGHJKLPT".contains(holder)
        && number.iter().all(|byte| byte.is_ascii_digit())
        && number.iter().any(|byte| **byte != b'0')
}

/// The check letters of Singapore's citizens and residents, by remainder.
const NRIC_CITIZENS: &[u8; 11] = b"JZIHGFEDCBA";

/// Those of the holders of passes.
const NRIC_PASSES: &[u8; 11] = b"XWUTRQPNMLK";

/// Those of the series of 2022.
const NRIC_M_SERIES: &[u8; 11] = b"XWUTRQPNJLK";

/// Whether a text is a Singaporean NRIC number or FIN.
///
/// A letter for the century or the pass, seven digits, a letter by 11. The
/// Immigration & Checkpoints Authority does not publish the rule; it is as people found it.
pub(super) fn is_sg_nric(text: &str) -> bool {
    let code = characters(text);
    let [series, _, _, _, _, _, _, _, check] = code.as_bytes() else {
        return false;
    };
    let (letters, more) = match series {
        b'S' => (NRIC_CITIZENS, 0),
        b'T' => (NRIC_CITIZENS, 4),
        b'F' => (NRIC_PASSES, 0),
        b'G' => (NRIC_PASSES, 4),
        b'M' => (NRIC_M_SERIES, 3),
        _ => return false,
    };
    let Some(digits) = exactly::<7>(text) else {
        return false;
    };
    let sum = weighted_mod(&digits, &[2, 7, 6, 5, 4, 3, 2], 11).saturating_add(more) % 11;
    usize::try_from(sum).ok().and_then(|at| letters.get(at)) == Some(check)
}

/// Whether a text is a Malaysian identity card number.
///
/// After the National Registration Department: date, a code for the state or
/// country of birth, four digits. There is no check digit.
pub(super) fn is_my_nric(text: &str) -> bool {
    let Some([y1, y2, m1, m2, d1, d2, p1, p2, _, _, _, _]) = exactly(text) else {
        return false;
    };
    let is_place =
        matches!(number(&[p1, p2]), 1..=16 | 21..=59 | 60..=68 | 71 | 72 | 74..=79 | 82..=93 | 98 | 99);
    is_place
        && [19, 20]
            .into_iter()
            .any(|century| is_date(year(century, y1, y2), number(&[m1, m2]), number(&[d1, d2])))
}

/// Whether a text is a Thai identity number: a digit for the kind, eleven more, a check by 11.
///
/// After the Department of Provincial Administration.
pub(super) fn is_th_id(text: &str) -> bool {
    let Some(digits) = exactly::<13>(text) else {
        return false;
    };
    let [kind, .., check] = digits;
    let remainder = weighted_mod(&digits, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2], 11);
    (1..=8).contains(&kind) && 11_u32.saturating_sub(remainder) % 10 == u32::from(check)
}

/// Whether a text is an Indonesian NIK, as far as it can be told.
///
/// After the law on population administration of 2006: province, regency and
/// district, date with 40 more in the day of women, serial from 0001 on.
pub(super) fn is_id_nik(text: &str) -> bool {
    let Some(digits) = exactly::<16>(text) else {
        return false;
    };
    let [p1, p2, r1, r2, s1, s2, d1, d2, m1, m2, y1, y2, serial @ ..] = digits;
    let is_province =
        matches!(number(&[p1, p2]), 11..=21 | 31..=36 | 51..=53 | 61..=65 | 71..=76 | 81 | 82 | 91..=97);
    let day = match number(&[d1, d2]) {
        day @ 41..=71 => day.saturating_sub(40),
        day => day,
    };
    is_province
        && number(&[r1, r2]) > 0
        && number(&[s1, s2]) > 0
        && number(&serial) > 0
        && [19, 20].into_iter().any(|century| is_date(year(century, y1, y2), number(&[m1, m2]), day))
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
    fn in_aadhaar() {
        check(
            is_in_aadhaar,
            &[
                ("2341 2341 2346", true),
                ("2341 2341 2347", false),
                ("1234 2341 2346", false),
                ("2222 2222 2222", false),
                ("2341 2341 234", false),
            ],
        );
    }

    #[test]
    fn in_pan() {
        check(
            is_in_pan,
            &[
                ("ACUPA7085R", true),
                ("aaaph4444a", true),
                ("ACUXA7085R", false),
                ("ACUPA0000R", false),
                ("ACUPA70B5R", false),
                ("ACUP17085R", false),
                ("ACUPA7085", false),
            ],
        );
    }

    #[test]
    fn sg_nric() {
        check(
            is_sg_nric,
            &[
                ("S1234567D", true),
                ("T1234567J", true),
                ("F1234567N", true),
                ("G1234567X", true),
                ("M1234567K", true),
                ("s1234567d", true),
                ("S1234567E", false),
                ("T1234567D", false),
                ("A1234567D", false),
                ("S123456D", false),
            ],
        );
    }

    #[test]
    fn my_nric() {
        check(
            is_my_nric,
            &[
                ("770305-02-1234", true),
                ("000229-14-5678", true),
                ("771305-02-1234", false),
                ("770305-17-1234", false),
                ("770305-02-123", false),
            ],
        );
    }

    #[test]
    fn th_id() {
        check(
            is_th_id,
            &[
                ("1-2345-45678-78-1", true),
                ("3600100445631", true),
                ("1-2345-45678-78-9", false),
                ("9600100445631", false),
                ("360010044563", false),
            ],
        );
    }

    #[test]
    fn id_nik() {
        check(
            is_id_nik,
            &[
                ("3171011708450001", true),
                ("3171015708450001", true), // of a woman
                ("3171013208450001", false),
                ("3171011708450000", false),
                ("1071011708450001", false),
                ("317101170845000", false),
            ],
        );
    }
}
