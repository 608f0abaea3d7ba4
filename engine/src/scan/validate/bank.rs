//! Banks and their accounts: IBAN, BIC and US routing numbers.

use super::card::{has_issuer, is_luhn};
use super::check_digits::{iso7064_mod_97_10, weighted_mod};
use super::date::is_date;
use super::digits;

/// Countries of the IBAN registry (ISO 13616) with the length of their IBANs.
#[rustfmt::skip]
const IBAN_LENGTHS: &[(&str, usize)] = &[
    ("AD", 24), ("AE", 23), ("AL", 28), ("AT", 20), ("AZ", 28), ("BA", 20), ("BE", 16), ("BG", 22),
    ("BH", 22), ("BI", 27), ("BR", 29), ("BY", 28), ("CH", 21), ("CR", 22), ("CY", 28), ("CZ", 24),
    ("DE", 22), ("DJ", 27), ("DK", 18), ("DO", 28), ("EE", 20), ("EG", 29), ("ES", 24), ("FI", 18),
    ("FK", 18), ("FO", 18), ("FR", 27), ("GB", 22), ("GE", 22), ("GI", 23), ("GL", 18), ("GR", 27),
    ("GT", 28), ("HN", 28), ("HR", 21), ("HU", 28), ("IE", 22), ("IL", 23), ("IQ", 23), ("IS", 26),
    ("IT", 27), ("JO", 30), ("KW", 30), ("KZ", 20), ("LB", 28), ("LC", 32), ("LI", 21), ("LT", 20),
    ("LU", 20), ("LV", 21), ("LY", 25), ("MC", 27), ("MD", 24), ("ME", 22), ("MK", 19), ("MN", 20),
    ("MR", 27), ("MT", 31), ("MU", 30), ("NI", 28), ("NL", 18), ("NO", 15), ("OM", 23), ("PK", 24),
    ("PL", 28), ("PS", 29), ("PT", 25), ("QA", 29), ("RO", 24), ("RS", 22), ("RU", 33), ("SA", 24),
    ("SC", 31), ("SD", 18), ("SE", 24), ("SI", 19), ("SK", 24), ("SM", 27), ("SO", 23), ("ST", 25),
    ("SV", 28), ("TL", 23), ("TN", 24), ("TR", 26), ("UA", 29), ("VA", 22), ("VG", 24), ("XK", 20),
    ("YE", 30),
];

/// Whether a text is an IBAN: country, that country's length, ISO 7064 MOD 97-10.
pub(super) fn is_iban(text: &str) -> bool {
    let account: String =
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let (Some(country), Some(check), Some(rest)) = (account.get(..2), account.get(2..4), account.get(4..))
    else {
        return false;
    };
    let length = IBAN_LENGTHS.binary_search_by(|(name, _)| (*name).cmp(country));
    let is_length = length.is_ok_and(|at| IBAN_LENGTHS.get(at).is_some_and(|(_, n)| *n == account.len()));
    is_length
        && check.bytes().all(|b| b.is_ascii_digit())
        && iso7064_mod_97_10(&values(&[rest, country, check]))
}

/// The digits that the parts write, a letter being a number from 10.
fn values(parts: &[&str]) -> Vec<u8> {
    let values = parts.iter().flat_map(|part| part.chars()).filter_map(|c| c.to_digit(36));
    let values = values.filter_map(|value| u8::try_from(value).ok());
    values.flat_map(|value| [value / 10, value % 10].into_iter().skip(usize::from(value < 10))).collect()
}

/// Countries and territories of ISO 3166-1, and Kosovo, which has no code of its own there.
#[rustfmt::skip]
const COUNTRIES: &[&str] = &[
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ", "BA", "BB",
    "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS", "BT", "BV", "BW", "BY",
    "BZ", "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN", "CO", "CR", "CU", "CV", "CW", "CX",
    "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK",
    "FM", "FO", "FR", "GA", "GB", "GD", "GE", "GF", "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GS",
    "GT", "GU", "GW", "GY", "HK", "HM", "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IR",
    "IS", "IT", "JE", "JM", "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ", "LA",
    "LB", "LC", "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK",
    "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS", "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NC", "NE",
    "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ", "OM", "PA", "PE", "PF", "PG", "PH", "PK", "PL", "PM",
    "PN", "PR", "PS", "PT", "PW", "PY", "QA", "RE", "RO", "RS", "RU", "RW", "SA", "SB", "SC", "SD", "SE", "SG",
    "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS", "ST", "SV", "SX", "SY", "SZ", "TC", "TD", "TF",
    "TG", "TH", "TJ", "TK", "TL", "TM", "TN", "TO", "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "UM", "US", "UY",
    "UZ", "VA", "VC", "VE", "VG", "VI", "VN", "VU", "WF", "WS", "XK", "YE", "YT", "ZA", "ZM", "ZW",
];

/// Whether a text has the form of a BIC (ISO 9362): institution, country, location, branch or none.
///
/// No location begins with 0 or 1, and none ends with the letter O.
pub(super) fn is_bic(text: &str) -> bool {
    let code: String =
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let (Some(institution), Some(country), Some(location)) = (code.get(..4), code.get(4..6), code.get(6..8))
    else {
        return false;
    };
    matches!(code.len(), 8 | 11)
        && institution.bytes().all(|byte| byte.is_ascii_uppercase())
        && COUNTRIES.binary_search(&country).is_ok()
        && !location.starts_with(['0', '1'])
        && !location.ends_with('O')
}

/// Least and most digits of an account number, in countries that have no IBAN.
const ACCOUNT_DIGITS: std::ops::RangeInclusive<usize> = 6..=17;

/// Whether a text can be an account number or a British sort code.
///
/// An account has no check digit that holds everywhere, so this tells what it is not:
/// a routing number, a card, a date, one digit repeated.
pub(super) fn is_bank_account(text: &str) -> bool {
    let digits = digits(text);
    let is_card = digits.len() > 12 && has_issuer(text, &digits) && is_luhn(text, &digits);
    let is_one_digit = digits.iter().all(|digit| Some(digit) == digits.first());
    ACCOUNT_DIGITS.contains(&digits.len()) && !is_one_digit && !is_aba(text) && !is_card && !is_date(text)
}

/// Prefixes of routing numbers: Federal Reserve districts, thrifts, electronic, traveller's cheques.
const ABA_PREFIXES: [(u8, u8); 4] = [(1, 12), (21, 32), (61, 72), (80, 80)];

/// Whether a text is a US routing number: nine digits, prefix, check digit.
pub(super) fn is_aba(text: &str) -> bool {
    let digits = digits(text);
    let [a, b, _, _, _, _, _, _, _] = digits.as_slice() else {
        return false;
    };
    let prefix = a.saturating_mul(10).saturating_add(*b);
    ABA_PREFIXES.iter().any(|(first, last)| (*first..=*last).contains(&prefix))
        && weighted_mod(&digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1], 10) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ibans() {
        assert!(IBAN_LENGTHS.is_sorted());
        let table = [
            ("DE89 3704 0044 0532 0130 00", true),
            ("GB29NWBK60161331926819", true),
            ("fr14 2004 1010 0505 0001 3m02 606", true),
            ("NO93-8601-1117-947", true),
            ("MT84MALT011000012345MTLCAST001S", true),
            ("SC18SSCB11010000000000001497USD", true),
            ("DE89 3704 0044 0532 0130 01", false),
            ("DE89 3704 0044 0532 0130 000", false),
            ("ZZ89370400440532013000", false),
            ("DEXX370400440532013000", false),
            ("DE", false),
            ("", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_iban(text), expected, "{text}");
        }
    }

    #[test]
    fn bank_identifiers() {
        assert!(COUNTRIES.is_sorted());
        let table = [
            ("DEUTDEFF", true),
            ("DEUTDEFF500", true),
            ("NEDSZAJJXXX", true),
            ("deutdeff", true),
            ("DEUT DE FF", true),
            ("DEUTXXFF", false),
            ("DEUTDE0F", false),
            ("DEUTDEFO", false),
            ("DEUTDEFF5", false),
            ("D3UTDEFF", false),
            ("PAYMENTS", false),
            ("DEUT", false),
            ("", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_bic(text), expected, "{text}");
        }
    }

    #[test]
    fn accounts() {
        let table = [
            ("12345678", true),
            ("20-00-00", true),
            ("0001 2345 6789", true),
            ("021000021", false),
            ("4111111111111111", false),
            ("2026-11-20", false),
            ("00000000", false),
            ("12345", false),
            ("123456789012345678", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_bank_account(text), expected, "{text}");
        }
    }

    #[test]
    fn routing_numbers() {
        let table = [
            ("021000021", true),
            ("011401533", true),
            ("122105155", true),
            ("121000248", true),
            ("021000022", false),
            ("501000020", false),
            ("02100002", false),
            ("0210000210", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_aba(text), expected, "{text}");
        }
    }
}
