//! Identifiers of the east: Bulgaria, Romania, Croatia and the other states of former Yugoslavia, Ukraine.

use super::check_digits::{is_date, iso7064_mod_11_10, weighted_mod};
use super::{digits, exactly, number, year};

/// Whether a text is a Bulgarian uniform civil number (EGN).
///
/// After GRAO: date, whose month has 20 more before 1900 and 40 more from 2000
/// on, region and serial, a check by 11.
pub(super) fn is_bg_egn(text: &str) -> bool {
    let digits = digits(text);
    let [y1, y2, m1, m2, d1, d2, _, _, _, check] = *digits else {
        return false;
    };
    let (century, month) = match number(&[m1, m2]) {
        month @ 21..=32 => (18, month.saturating_sub(20)),
        month @ 41..=52 => (20, month.saturating_sub(40)),
        month => (19, month),
    };
    is_date(year(century, y1, y2), month, number(&[d1, d2]))
        && weighted_mod(&digits, &[2, 4, 8, 5, 10, 9, 7, 3, 6], 11) % 10 == u32::from(check)
}

/// Whether a text is a Romanian personal numeric code.
///
/// After the Ministry of Internal Affairs: a digit for sex and century (7 to 9
/// for residents from abroad), date, county, serial, a check by 11.
pub(super) fn is_ro_cnp(text: &str) -> bool {
    let digits = digits(text);
    let [sex, y1, y2, m1, m2, d1, d2, c1, c2, _, _, _, check] = *digits else {
        return false;
    };
    let centuries = match sex {
        1 | 2 => 19..=19,
        3 | 4 => 18..=18,
        5 | 6 => 20..=20,
        7..=9 => 19..=20,
        _ => return false,
    };
    let is_born = centuries
        .into_iter()
        .any(|century| is_date(year(century, y1, y2), number(&[m1, m2]), number(&[d1, d2])));
    // 47 and 48 were sectors of Bucharest, 70 is given since 2020 without a county.
    let is_county = matches!(number(&[c1, c2]), 1..=48 | 51 | 52 | 70);
    let remainder = match weighted_mod(&digits, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9], 11) {
        10 => 1,
        remainder => remainder,
    };
    is_born && is_county && remainder == u32::from(check)
}

/// Whether a text is a Croatian personal identification number (OIB): ISO/IEC 7064 MOD 11,10.
///
/// After the tax administration.
pub(super) fn is_hr_oib(text: &str) -> bool {
    let digits = digits(text);
    digits.len() == 11 && digits.iter().any(|digit| *digit != 0) && iso7064_mod_11_10(&digits)
}

/// The region of a unique master citizen number (JMBG), if it is one.
///
/// After the Yugoslav law of 1976: date with three digits of the year, region,
/// serial, a check by 11 that is never 10.
fn jmbg_region(text: &str) -> Option<u64> {
    let digits = digits(text);
    let [d1, d2, m1, m2, y1, y2, y3, r1, r2, _, _, _, _] = *digits else {
        return None;
    };
    let millennium = if y1 >= 8 { 10 } else { 20 };
    let years = number(&[y1, y2, y3]);
    let year = u64::saturating_add(if millennium == 10 { 1_000 } else { 2_000 }, years);
    let is_born = (1_850..2_100).contains(&year) && is_date(year, number(&[m1, m2]), number(&[d1, d2]));
    let is_checked = weighted_mod(&digits, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1], 11) == 0;
    (is_born && is_checked).then(|| number(&[r1, r2]))
}

/// Whether a text is a Slovenian EMŠO: a JMBG of the regions 50 to 59.
pub(super) fn is_si_emso(text: &str) -> bool {
    jmbg_region(text).is_some_and(|region| matches!(region, 50..=59))
}

/// Whether a text is a JMBG of another state: Bosnia and Herzegovina, Montenegro,
/// Croatia, North Macedonia, Serbia, Kosovo, or of someone from abroad.
pub(super) fn is_jmbg(text: &str) -> bool {
    jmbg_region(text).is_some_and(|region| matches!(region, 1..=49 | 60..=99))
}

/// Last day that a Ukrainian tax number is taken to count to from 1900: in 2100.
const UA_DAYS_MAX: u64 = 73_050;

/// Whether a text is a Ukrainian registration number of a taxpayer.
///
/// After order 822 of 2017 of the Ministry of Finance: days from 1900, serial, a check by 11.
pub(super) fn is_ua_rnokpp(text: &str) -> bool {
    let Some([d1, d2, d3, d4, d5, s1, s2, s3, s4, check]) = exactly(text) else {
        return false;
    };
    let values = [d1, d2, d3, d4, d5, s1, s2, s3, s4];
    // The first weight is minus one, which is ten by 11.
    (1..=UA_DAYS_MAX).contains(&number(&[d1, d2, d3, d4, d5]))
        && weighted_mod(&values, &[10, 5, 7, 9, 4, 6, 10, 5, 7], 11) % 10 == u32::from(check)
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
    fn bg_egn() {
        check(
            is_bg_egn,
            &[
                ("7523169263", true),
                ("0041203378", true), // of this century
                ("8032110019", true),
                ("7523169264", false),
                ("7513169263", false),
                ("752316926", false),
            ],
        );
    }

    #[test]
    fn ro_cnp() {
        check(
            is_ro_cnp,
            &[
                ("1851014250015", true),
                ("6031117220092", true),
                ("1851014250016", false),
                ("1851314250015", false),
                ("0851014250015", false),
                ("1851014530012", false), // no county
                ("185101425001", false),
            ],
        );
    }

    #[test]
    fn hr_oib() {
        check(
            is_hr_oib,
            &[
                ("33392005961", true),
                ("HR94577403194", true),
                ("33392005962", false),
                ("3339200596", false),
                ("", false),
            ],
        );
    }

    #[test]
    fn si_emso() {
        check(
            is_si_emso,
            &[
                ("0101006500006", true),
                ("2307986505127", true),
                ("0101006500007", false),
                ("0113006500006", false),
                ("0710980710006", false), // of Serbia
                ("010100650000", false),
            ],
        );
    }

    #[test]
    fn jmbg() {
        check(
            is_jmbg,
            &[
                ("0710980710006", true),
                ("1505966710215", true),
                ("0710980710007", false),
                ("0101006500006", false), // of Slovenia
                ("071098071000", false),
            ],
        );
    }

    #[test]
    fn ua_rnokpp() {
        check(
            is_ua_rnokpp,
            &[
                ("1759013531", true),
                ("3254809171", true),
                ("1759013532", false),
                ("9126088338", false), // beyond the days
                ("0000000000", false),
                ("175901353", false),
            ],
        );
    }
}
