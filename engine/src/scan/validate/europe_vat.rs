//! VAT identification numbers of the European Union, and of Northern Ireland.
//!
//! Each country has its own form and check digits, which the tax authorities
//! publish; the Commission lists the forms with VIES. Those of people are
//! their tax numbers, and are checked by the same functions.

use super::check_digits::{iso7064_mod_11_10, iso7064_mod_97_10, luhn, weighted_mod};
use super::europe_central::{is_cz_rodne_cislo, is_pl_nip};
use super::europe_east::{is_bg_egn, is_hr_oib};
use super::europe_north::is_lv_personas_kods;
use super::europe_south::{is_cy_tic, is_es_dni, is_es_nie, is_gr_afm, is_pt_nif};
use super::europe_west::{is_ie_ppsn, is_nl_bsn};
use super::{characters, digits, number};

/// Whether a text is a VAT number of a member state: prefix, form, check digits.
pub(super) fn is_eu_vat(text: &str) -> bool {
    let text = characters(text);
    let (Some(country), Some(code)) = (text.get(..2), text.get(2..)) else {
        return false;
    };
    let values = digits(code);
    let is_numeric = values.len() == code.len();
    match country {
        "AT" => code.starts_with('U') && code.len() == 9 && is_at(&values),
        "CY" => is_cy_tic(code),
        "ES" => is_es(code),
        "FR" => is_fr(code),
        "IE" => is_ie_ppsn(code) || is_ie_old(code),
        "NL" => is_nl(code),
        _ => is_numeric && is_digits_of(country, code, &values),
    }
}

/// Countries whose numbers are digits alone.
fn is_digits_of(country: &str, code: &str, values: &[u8]) -> bool {
    let by = |count: usize, weights: &[u32], modulus: u32| {
        values.len() == count && number(values) != 0 && weighted_mod(values, weights, modulus) == 0
    };
    match country {
        "BE" => is_be(values),
        "BG" => is_bg(code, values),
        "CZ" => is_cz(code, values),
        "DE" => values.len() == 9 && !values.starts_with(&[0]) && iso7064_mod_11_10(values),
        "DK" => !values.starts_with(&[0]) && by(8, &[2, 7, 6, 5, 4, 3, 2, 1], 11),
        "EE" => by(9, &[3, 7, 1, 3, 7, 1, 3, 7, 1], 10),
        "EL" => is_gr_afm(code),
        "FI" => by(8, &[7, 9, 10, 5, 8, 4, 2, 1], 11),
        "HR" => is_hr_oib(code),
        "HU" => by(8, &[9, 7, 3, 1, 9, 7, 3, 1], 10),
        "IT" => is_it(values),
        "LT" => is_lt(values),
        "LU" => values.len() == 8 && number(values) != 0 && number(values) / 100 % 89 == number(values) % 100,
        "LV" => is_lv(code, values),
        "MT" => !values.starts_with(&[0]) && by(8, &[3, 4, 6, 7, 8, 9, 10, 1], 37),
        "PL" => is_pl_nip(code),
        "PT" => is_pt_nif(code),
        "RO" => is_ro(values),
        "SE" => {
            matches!(values, [body @ .., _, _] if body.len() == 10 && luhn(body))
                && !number(values).is_multiple_of(100)
        }
        "SI" => is_si(values),
        "SK" => {
            matches!(values, [1..=9, _, 2..=4 | 7..=9, ..])
                && values.len() == 10
                && number(values).is_multiple_of(11)
        }
        "XI" => is_xi(values),
        _ => false,
    }
}

/// Austria: Luhn's sum of seven digits, four and the check digit.
fn is_at(values: &[u8]) -> bool {
    let [body @ .., check] = values else {
        return false;
    };
    // Two places before the others Luhn does not double either.
    let whole: Vec<u8> = [check.saturating_add(4) % 10, 0].into_iter().chain(body.iter().copied()).collect();
    body.len() == 7 && luhn(&whole)
}

/// Belgium: 97 minus the remainder of the first eight digits.
fn is_be(values: &[u8]) -> bool {
    let whole = number(values);
    values.len() == 10
        && matches!(values, [0 | 1, ..])
        && whole / 100 > 0
        && 97_u64.saturating_sub(whole / 100 % 97) == whole % 100
}

/// Bulgaria: nine digits of a company, by 11 with a second row of weights; ten of a person.
fn is_bg(code: &str, values: &[u8]) -> bool {
    let [body @ .., check] = values else {
        return false;
    };
    let remainder = match weighted_mod(body, &[1, 2, 3, 4, 5, 6, 7, 8], 11) {
        10 => weighted_mod(body, &[3, 4, 5, 6, 7, 8, 9, 10], 11) % 10,
        remainder => remainder,
    };
    body.len() == 8 && remainder == u32::from(*check) || is_bg_egn(code)
}

/// Czechia: eight digits of a company, or a birth number.
fn is_cz(code: &str, values: &[u8]) -> bool {
    let [body @ .., check] = values else {
        return false;
    };
    let expected = match weighted_mod(body, &[8, 7, 6, 5, 4, 3, 2], 11) {
        0 => 1,
        1 => 0,
        remainder => 11_u32.saturating_sub(remainder),
    };
    body.len() == 7 && !body.starts_with(&[9]) && expected == u32::from(*check) || is_cz_rodne_cislo(code)
}

/// Spain: people as in their cards; companies a letter, and a Luhn digit or its letter.
fn is_es(code: &str) -> bool {
    let [first, body @ .., check] = code.as_bytes() else {
        return false;
    };
    let values = digits(code.get(1..8).unwrap_or_default());
    let expected = (0..=9_u8).find(|check| luhn(&values.iter().copied().chain([*check]).collect::<Vec<_>>()));
    let letters = b"JABCDEFGHI";
    let is_check = expected.is_some_and(|expected| {
        let is_digit = *check == b'0'.wrapping_add(expected);
        let is_letter = letters.get(usize::from(expected)) == Some(check);
        match first {
            b'A' | b'B' | b'H' => is_digit,
            b'C'..=b'G' | b'J' | b'N' | b'P'..=b'S' | b'U'..=b'W' => is_digit || is_letter,
            _ => false,
        }
    });
    is_es_dni(code) || is_es_nie(code) || body.len() == 7 && values.len() == 7 && is_check
}

/// France: a key, then the SIREN, which passes Luhn; a key of digits follows from it.
fn is_fr(code: &str) -> bool {
    let (Some(key), Some(siren)) = (code.get(..2), code.get(2..)) else {
        return false;
    };
    let values = digits(siren);
    let keys = digits(key);
    let expected = number(&values).saturating_mul(3).saturating_add(12) % 97;
    let is_key = match keys.len() {
        2 => number(&keys) == expected,
        // Keys with a letter are reserved, and are computed in another way.
        _ => !key.contains(['I', 'O']),
    };
    siren.len() == 9 && values.len() == 9 && number(&values) != 0 && luhn(&values) && is_key
}

/// Ireland, until 2013: a letter for the second digit, which moves to the front.
fn is_ie_old(code: &str) -> bool {
    let [first, letter, body @ .., check] = code.as_bytes() else {
        return false;
    };
    let moved: Option<String> = std::str::from_utf8(body)
        .ok()
        .map(|body| format!("0{body}{}{}", char::from(*first), char::from(*check)));
    body.len() == 5 && letter.is_ascii_uppercase() && moved.is_some_and(|moved| is_ie_ppsn(&moved))
}

/// The Netherlands: an 11-proof, or since 2020 MOD 97-10 over letters as numbers; `B`, two digits.
fn is_nl(code: &str) -> bool {
    let (Some(body), Some(b'B'), Some(branch)) = (code.get(..9), code.as_bytes().get(9), code.get(10..))
    else {
        return false;
    };
    let mut whole = vec![2, 3, 2, 1]; // N, L
    whole.extend(digits(body));
    whole.extend([1, 1]); // B
    whole.extend(digits(branch));
    let is_form = code.len() == 12 && digits(body).len() == 9 && digits(branch).len() == 2;
    is_form && digits(branch).as_slice() != [0, 0] && (is_nl_bsn(body) || iso7064_mod_97_10(&whole))
}

/// Italy: a serial, the office (a province or one of a few others), Luhn.
fn is_it(values: &[u8]) -> bool {
    let office = number(values.get(7..10).unwrap_or_default());
    values.len() == 11
        && number(values) / 10_000 != 0
        && matches!(office, 1..=100 | 120 | 121 | 888 | 999)
        && luhn(values)
}

/// Lithuania: nine or twelve digits, by 11 with a second row of weights.
fn is_lt(values: &[u8]) -> bool {
    let [body @ .., mark, check] = values else {
        return false;
    };
    let summed: Vec<u8> = body.iter().copied().chain([*mark]).collect();
    let (first, second): (&[u32], &[u32]) = match values.len() {
        9 => (&[1, 2, 3, 4, 5, 6, 7, 8], &[3, 4, 5, 6, 7, 8, 9, 1]),
        12 => (&[1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2], &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4]),
        _ => return false,
    };
    let remainder = match weighted_mod(&summed, first, 11) {
        10 => weighted_mod(&summed, second, 11) % 10,
        remainder => remainder,
    };
    *mark == 1 && remainder == u32::from(*check)
}

/// Latvia: a company begins with 4 to 9, a person has a personal code.
fn is_lv(code: &str, values: &[u8]) -> bool {
    match values {
        [4..=9, ..] => {
            values.len() == 11 && weighted_mod(values, &[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1], 11) == 3
        }
        _ => is_lv_personas_kods(code),
    }
}

/// Romania: up to ten digits, aligned to the right of the weights.
fn is_ro(values: &[u8]) -> bool {
    let [body @ .., check] = values else {
        return false;
    };
    let weights = [7, 5, 3, 2, 1, 7, 5, 3, 2];
    let aligned = weights.len().checked_sub(body.len()).and_then(|skipped| weights.get(skipped..));
    let sum = aligned.map(|weights| weighted_mod(body, weights, 11).saturating_mul(10) % 11 % 10);
    body.len() >= 4 && !body.starts_with(&[0]) && sum == Some(u32::from(*check))
}

/// Slovenia: eight digits by 11, of which 10 becomes zero.
fn is_si(values: &[u8]) -> bool {
    let [body @ .., check] = values else {
        return false;
    };
    let expected = match weighted_mod(body, &[8, 7, 6, 5, 4, 3, 2], 11) {
        0 => return false,
        1 => 0,
        remainder => 11_u32.saturating_sub(remainder),
    };
    body.len() == 7 && !body.starts_with(&[0]) && expected == u32::from(*check)
}

/// Northern Ireland: as in Britain, nine digits by 97, or 55 more since 2009.
fn is_xi(values: &[u8]) -> bool {
    let last = number(values) % 100;
    let sum = u64::from(weighted_mod(values, &[8, 7, 6, 5, 4, 3, 2], 97)).saturating_add(last);
    values.len() == 9
        && number(values) != 0
        && (sum.is_multiple_of(97) || sum.saturating_add(55).is_multiple_of(97))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vat_numbers() {
        // Those that companies and tax authorities print.
        let valid = [
            "ATU13585627",
            "BE0403019261",
            "BG175074752",
            "CY10259033P",
            "CZ25123891",
            "DE136695976",
            "DK13585628",
            "EE100931558",
            "EL094259216",
            "ESJ99216582",
            "ES54362315K",
            "ESX2482300W",
            "FI20774740",
            "FR40303265045",
            "FR83404833048",
            "HR33392005961",
            "HU12892312",
            "IE6433435F",
            "IE6433435OA",
            "IE8D79739I",
            "IT00743110157",
            "LT119511515",
            "LT100001919017",
            "LU15027442",
            "LV40003521600",
            "LV16117519997",
            "MT11679112",
            "NL004495445B01",
            "NL000099998B57",
            "PL8567346215",
            "PT501964843",
            "RO18547290",
            "SE123456789701",
            "SI50223054",
            "SK2022749619",
            "XI980780684",
            "CZ7103192745",
            "BG7523169263",
        ];
        for text in valid {
            assert!(is_eu_vat(text), "{text}");
        }
    }

    #[test]
    fn what_is_near_a_vat_number_is_none() {
        let wrong = [
            "DE136695977",
            "FR84404833048",
            "ATU13585628",
            "NL004495446B01",
            "BE0403019262",
            "GB980780684",
            "DE13669597",
            "136695976",
            "ZZ136695976",
            "NL004495445",
            "D",
            "DE",
            "FR",
            "NL",
            "IE",
            "ES",
            "",
        ];
        for text in wrong {
            assert!(!is_eu_vat(text), "{text}");
        }
    }
}
