//! How sure a finding is.

use super::validate;
use lang::model::Validator;

/// How sure a finding is, in thousandths.
///
/// What is left is doubt, and each piece of evidence divides it. A pattern or
/// phrase alone leaves half. A pattern that begins with fixed text (as
/// `ghp_` does) leaves a fifth of that, a word near the hit a quarter, and a
/// check what share of random text of the same shape passes it: a tenth for
/// Luhn, a ninety-seventh for an IBAN. So a card number with both checks has
/// 983, and 995 with "card" beside it. It never reaches 1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Confidence(u16);

impl Confidence {
    /// The greatest.
    pub const MAX: Self = Self(999);

    /// In thousandths.
    pub const fn permille(self) -> u16 {
        self.0
    }

    /// As a fraction, as conditions read it.
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / 1_000.0
    }

    /// From the evidence for a hit.
    pub(super) fn of(is_signature: bool, is_near: bool, checks: &[Validator]) -> Self {
        let mut doubt: u64 = 500_000_000;
        if is_signature {
            doubt /= 5;
        }
        if is_near {
            doubt /= 4;
        }
        for check in checks {
            doubt = doubt.checked_div(validate::check(*check).passing_one_in).unwrap_or(doubt);
        }
        let certain = 1_000_u64.saturating_sub(doubt.div_ceil(1_000_000));
        Self(u16::try_from(certain).unwrap_or(0)).min(Self::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_adds_up_and_never_to_certainty() {
        let card = [Validator::Luhn, Validator::IssuerPrefix];
        assert_eq!(Confidence::of(false, false, &[]).permille(), 500);
        assert_eq!(Confidence::of(true, false, &[]).permille(), 900);
        assert_eq!(Confidence::of(false, true, &[]).permille(), 875);
        assert_eq!(Confidence::of(false, false, &card).permille(), 983);
        assert_eq!(Confidence::of(false, true, &card).permille(), 995);
        assert_eq!(Confidence::of(true, true, &[Validator::GithubChecksum]), Confidence::MAX);
    }
}
