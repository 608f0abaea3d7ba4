//! Payment card numbers: check digit and issuer.

use super::check_digits::luhn;
use super::number;
use smallvec::SmallVec;

/// Whether the last digit is the check digit of ISO/IEC 7812-1.
///
/// A number of zeros alone passes the sum and is no card.
pub(super) fn is_luhn(_: &str, digits: &[u8]) -> bool {
    digits.len() >= 2 && luhn(digits) && digits.iter().any(|digit| *digit != 0)
}

/// A range of issuer identification numbers with the lengths in use.
struct Issuer {
    /// How many leading digits are compared.
    digits: usize,
    first: u64,
    last: u64,
    shortest: usize,
    longest: usize,
}

const fn issuer(digits: usize, (first, last): (u64, u64), (shortest, longest): (usize, usize)) -> Issuer {
    Issuer { digits, first, last, shortest, longest }
}

/// Ranges of ISO/IEC 7812 in use, as the schemes publish them.
///
/// Lengths are those that a scheme's rules allow, not only the usual one.
const ISSUERS: &[Issuer] = &[
    issuer(1, (4, 4), (13, 13)),       // Visa, old
    issuer(1, (4, 4), (16, 16)),       // Visa
    issuer(1, (4, 4), (19, 19)),       // Visa
    issuer(2, (51, 55), (16, 16)),     // Mastercard
    issuer(4, (2221, 2720), (16, 16)), // Mastercard
    issuer(2, (34, 34), (15, 15)),     // American Express
    issuer(2, (37, 37), (15, 15)),     // American Express
    issuer(4, (6011, 6011), (16, 19)), // Discover
    issuer(3, (644, 649), (16, 19)),   // Discover
    issuer(2, (65, 65), (16, 19)),     // Discover, RuPay, Elo, Troy, Verve
    issuer(3, (300, 305), (14, 19)),   // Diners Club
    issuer(4, (3095, 3095), (14, 19)), // Diners Club
    issuer(2, (36, 36), (14, 19)),     // Diners Club
    issuer(2, (38, 39), (14, 19)),     // Diners Club
    issuer(2, (35, 35), (16, 19)),     // JCB, now 3528 to 3589
    issuer(4, (1800, 1800), (15, 15)), // JCB, old
    issuer(4, (2131, 2131), (15, 15)), // JCB, old
    issuer(2, (62, 62), (16, 19)),     // UnionPay
    issuer(4, (8100, 8171), (16, 19)), // UnionPay
    issuer(2, (50, 50), (16, 19)),     // Maestro, RuPay, Verve, Elo, Dankort
    issuer(2, (56, 58), (16, 19)),     // Maestro
    issuer(2, (63, 63), (16, 19)),     // Maestro, Elo
    issuer(2, (67, 67), (16, 19)),     // Maestro
    issuer(4, (5018, 5018), (12, 15)), // Maestro, the ranges of its short numbers
    issuer(4, (5020, 5020), (12, 15)), // Maestro
    issuer(4, (5038, 5038), (12, 15)), // Maestro
    issuer(4, (5893, 5893), (12, 15)), // Maestro
    issuer(2, (56, 58), (12, 12)),     // Maestro
    issuer(4, (604, 604), (12, 12)),   // Maestro, 0604
    issuer(4, (6390, 6390), (12, 12)), // Maestro
    issuer(4, (6304, 6304), (12, 15)), // Maestro
    issuer(4, (6759, 6763), (12, 15)), // Maestro
    issuer(4, (2200, 2205), (16, 19)), // Mir, BelKart
    issuer(2, (60, 60), (16, 16)),     // RuPay, Hipercard, UkrCard
    issuer(2, (81, 82), (16, 16)),     // RuPay
    issuer(4, (9792, 9792), (16, 16)), // Troy
    issuer(4, (8600, 8600), (16, 16)), // Uzcard
    issuer(4, (9860, 9860), (16, 16)), // Humo
];

/// Groups of unequal size in which cards of a length are printed: American Express
/// and UATP, Diners Club, Visa of 13 digits, and the long ones of 19.
const GROUPS: &[&[usize]] =
    &[&[4, 6, 5], &[4, 6, 4], &[4, 3, 3, 3], &[6, 13], &[4, 5, 6], &[4, 4, 5], &[6, 10]];

/// Whether digits stand in groups as they do on a card: in one, in a printed form, or in equal ones.
///
/// Without this, one window in fifty of a row of numbers is a card. Equal groups may end with
/// a shorter one; one line break may stand between them, for a column of numbers has more.
fn is_grouped_as_a_card(text: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    let sizes: SmallVec<[usize; 20]> =
        text.split(|c: char| !is_digit(c)).map(str::len).filter(|size| *size > 0).collect();
    let [first, rest @ ..] = sizes.as_slice() else {
        return false;
    };
    let is_equal = match rest.split_last() {
        None => true,
        Some((last, middle)) => last <= first && middle.iter().all(|size| size == first),
    };
    let breaks = text.split(is_digit).filter(|between| between.contains('\n')).count();
    breaks <= 1 && (is_equal || GROUPS.contains(&sizes.as_slice()))
}

/// Whether an issuer uses this prefix with this length, and the digits stand in groups as on a card.
pub(super) fn has_issuer(text: &str, digits: &[u8]) -> bool {
    ISSUERS.iter().any(|issuer| {
        (issuer.shortest..=issuer.longest).contains(&digits.len())
            && (issuer.first..=issuer.last).contains(&number(digits.get(..issuer.digits).unwrap_or_default()))
    }) && is_grouped_as_a_card(text)
}

#[cfg(test)]
mod tests {
    use super::super::passes;
    use super::*;
    use lang::model::Validator;

    #[test]
    fn cards_of_the_schemes_pass() {
        // Test numbers that the schemes and processors publish.
        let table = [
            ("Visa", "4111 1111 1111 1111"),
            ("Visa, 13", "4222222222222"),
            ("Visa, 19", "4000000000000000006"),
            ("Mastercard", "5555-5555-5555-4444"),
            ("Mastercard, series 2", "2223003122003222"),
            ("American Express", "3782 822463 10005"),
            ("Discover", "6011111111111117"),
            ("Diners Club", "3056 930902 5904"),
            ("Diners Club, 36", "36227206271667"),
            ("JCB", "3566002020360505"),
            ("JCB, old", "213101230218629"),
            ("UnionPay", "6200000000000005"),
            ("Maestro", "6759649826438453"),
            ("Mir", "2200000000000004"),
            ("RuPay", "6074820000000009"),
        ];
        for (name, text) in table {
            assert!(passes(Validator::Luhn, text), "{name}: check digit");
            assert!(passes(Validator::IssuerPrefix, text), "{name}: issuer");
        }
    }

    #[test]
    fn groups() {
        let table = [
            ("4111111111111111", true),
            ("4111 1111 1111 1111", true),
            ("4111-1111.1111/1111", true),
            ("41 11 11 11 11 11 11 11", true),
            ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", true),
            ("41111111 11111111", true),
            ("4111 1111\n1111 1111", true),
            ("3782 822463 10005", true),
            ("4000 0000 0000 0000 006", true),
            ("4111\n1111\n1111\n1111", false),
            ("41 1111 1111 111111", false),
            ("4 111111111111111", false),
            ("4111 11 11 1111 1111", false),
            ("", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_grouped_as_a_card(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_near_a_card_number_is_none() {
        let table = [
            ("one digit off", "4111111111111112", false, true),
            ("two digits swapped", "5555555555554444".replace("5444", "4544").as_str(), false, true),
            ("no issuer", "9999999999999995", true, false),
            ("Visa of 15 digits", "411111111111116", true, false),
            ("Mastercard range ends at 2720", "2721000000000004", true, false),
            ("zeros", "0000000000000000", false, false),
            ("nothing", "", false, false),
            ("one digit", "0", false, false),
        ]
        .map(|(name, text, luhn, issuer)| (name, text.to_owned(), luhn, issuer));
        for (name, text, luhn, issuer) in table {
            assert_eq!(passes(Validator::Luhn, &text), luhn, "{name}: check digit");
            assert_eq!(passes(Validator::IssuerPrefix, &text), issuer, "{name}: issuer");
        }
    }
}
