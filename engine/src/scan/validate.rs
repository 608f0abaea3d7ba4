//! Checks on hits that regular expressions cannot express.
//!
//! Each takes the text of a hit, separators and all, and says whether it can
//! be what the detector is about. None of them allocates more than the hit.

mod africa_west_asia;
mod america_north;
mod america_south;
mod asia_east;
mod asia_south;
mod assignment;
mod bank;
mod base58;
mod bech32;
mod card;
mod check_digits;
mod contact;
mod crypto;
mod date;
mod europe_central;
mod europe_east;
mod europe_north;
mod europe_south;
mod europe_vat;
mod europe_west;
mod health;
mod oceania;
mod phone;
mod placeholder;
mod secret;
mod travel;

use super::normalise;
use lang::model::Validator;
use smallvec::SmallVec;

/// How values are compared, so that two spellings of one value get one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// By their digits: numbers with check digits, telephone numbers.
    Digits,
    /// By letters and digits, in upper case: IBANs.
    Alphanumeric,
    /// In lower case: addresses.
    Lower,
    /// As they are.
    Exact,
}

impl Form {
    /// A value in this form; one that would be empty stays as it is.
    ///
    /// Spellings that only look different are undone first, so that they too have one token.
    pub(super) fn apply(self, value: &str) -> String {
        let value = &*normalise::normal(value);
        let formed: String = match self {
            Self::Digits => value.chars().filter(char::is_ascii_digit).collect(),
            Self::Alphanumeric => {
                value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
            }
            Self::Lower => value.to_lowercase(),
            Self::Exact => value.to_owned(),
        };
        if formed.is_empty() { value.to_owned() } else { formed }
    }
}

/// What tells whether a hit passes a check.
#[derive(Clone, Copy, Debug)]
enum Passes {
    /// Its text.
    Text(fn(&str) -> bool),
    /// Its text, and the digits in it, which are read once for all ends that are tried.
    Digits(fn(&str, &[u8]) -> bool),
}

/// What a check is.
#[derive(Debug)]
pub(super) struct Check {
    /// How the values that pass it are compared.
    pub(super) form: Form,
    /// One in how many random texts of the right shape passes it.
    pub(super) passing_one_in: u64,
    /// What tells whether a hit passes it.
    passes: Passes,
    /// Whether a hit that fails is not tried again with a nearer end.
    ///
    /// Of a version of six numbers, four are no address, and of a date no month in which a
    /// card runs out; but what follows a card in digits is its expiry date more often than not.
    pub(super) is_whole: bool,
    /// Characters right behind which a hit is a piece of something longer: a fraction, a version, an
    /// identifier. Where there are some, so are the letters and digits of alphabets with spaces.
    not_behind: &'static str,
    /// Characters before and after a hit that is a piece of something longer when it stands between them.
    not_between: (&'static str, &'static str),
    /// Words that claim the number after them for something else, and words that claim it back.
    claimed_by: (&'static [&'static str], &'static [&'static str]),
    /// Whether a number before a hit, with a separator between, claims it as its end.
    claimed_by_numbers: bool,
}

/// Most separators between two groups of one number: `) `.
const SEPARATORS_MAX: usize = 2;

/// How far before a hit a word that claims it may begin, in bytes: `NHS number on the invoice: it should read` fits.
pub(super) const CLAIM_BYTES_MAX: usize = 48;

impl Check {
    /// Whether a hit passes it, in which these digits stand.
    pub(super) fn passes(&self, hit: &str, digits: &[u8]) -> bool {
        match self.passes {
            Passes::Text(passes) => passes(hit),
            Passes::Digits(passes) => passes(hit, digits),
        }
    }

    /// Whether it asks for the digits of a hit.
    pub(super) const fn reads_digits(&self) -> bool {
        matches!(self.passes, Passes::Digits(_))
    }

    /// The same, for hits that are taken whole or not at all.
    const fn whole(self) -> Self {
        Self { is_whole: true, ..self }
    }

    /// The same, for hits that stand behind none of these characters.
    const fn not_behind(self, characters: &'static str) -> Self {
        Self { not_behind: characters, ..self }
    }

    /// The same, for hits that do not stand behind one of the first and before one of the second.
    const fn not_between(self, before: &'static str, after: &'static str) -> Self {
        Self { not_between: (before, after), ..self }
    }

    /// The same, for hits that a word shortly before them does not claim for something else,
    /// unless one of `own` stands behind it.
    const fn not_claimed_by(self, words: &'static [&'static str], own: &'static [&'static str]) -> Self {
        Self { claimed_by: (words, own), ..self }
    }

    /// The same, for hits that are not the end of a longer number.
    const fn not_behind_a_number(self) -> Self {
        Self { claimed_by_numbers: true, ..self }
    }

    /// Whether a word at the end of what stands before a hit claims it, with no other number between,
    /// or a number.
    pub(super) fn is_claimed(&self, before: &str) -> bool {
        let number = before.trim_end_matches([' ', '.', '-', '/', '(', ')']);
        let is_apart = before.len().saturating_sub(number.len()) > SEPARATORS_MAX;
        if self.claimed_by_numbers && !is_apart && number.ends_with(|c: char| c.is_ascii_digit()) {
            return true;
        }
        let (claims, own) = self.claimed_by;
        if claims.is_empty() {
            return false;
        }
        let near = before.get(before.ceil_char_boundary(before.len().saturating_sub(CLAIM_BYTES_MAX))..);
        let near = near.unwrap_or_default().rsplit(|c: char| c.is_ascii_digit()).next().unwrap_or_default();
        let is_among =
            |word: &str, known: &[&str]| known.iter().any(|known| word.eq_ignore_ascii_case(known));
        let mut words = near.rsplit(|c: char| !c.is_ascii_alphabetic());
        let last = words.find(|word| is_among(word, claims) || is_among(word, own));
        last.is_some_and(|word| is_among(word, claims))
    }

    /// Whether a hit may stand between two characters, or is a piece of something longer.
    ///
    /// A sign at its beginning parts it from what is before.
    pub(super) fn may_stand(&self, hit: &str, before: Option<char>, after: Option<char>) -> bool {
        let is_parted = hit.starts_with(|c: char| !c.is_alphanumeric());
        let is_among = |known: &str, one: Option<char>| one.is_some_and(|one| known.contains(one));
        let is_joined = is_among(self.not_behind, before)
            || !self.not_behind.is_empty() && before.is_some_and(goes_on_into_a_word);
        let (first, second) = self.not_between;
        (is_parted || !is_joined) && !(is_among(first, before) && is_among(second, after))
    }
}

/// What a validator checks, in one place.
#[expect(clippy::too_many_lines, reason = "a table, one row a validator")]
pub(super) const fn check(validator: Validator) -> Check {
    use Form::{Alphanumeric, Digits, Exact, Lower};
    match validator {
        Validator::Aba => row(Digits, 30, bank::is_aba),
        Validator::AeEmiratesId => row(Digits, 100, africa_west_asia::is_ae_emirates_id),
        Validator::ArCuit => row(Digits, 100, america_south::is_ar_cuit),
        Validator::AssignedKey => row(Exact, 4, assignment::is_assigned_key),
        Validator::AtSvnr => row(Digits, 200, europe_central::is_at_svnr),
        Validator::AuAbn => row(Digits, 89, oceania::is_au_abn),
        Validator::AuMedicare => row(Digits, 20, oceania::is_au_medicare),
        Validator::AuTfn => row(Digits, 11, oceania::is_au_tfn),
        Validator::BalticCode => row(Digits, 400, europe_north::is_baltic_code),
        Validator::BankAccount => row(Digits, 2, bank::is_bank_account).whole(),
        Validator::Base64Json => row(Exact, 1_000, secret::is_base64_json),
        Validator::BasicAuth => row(Exact, 1_000, assignment::is_basic_auth),
        Validator::BeNrn => row(Digits, 300, europe_west::is_be_nrn),
        Validator::BgEgn => row(Digits, 90, europe_east::is_bg_egn),
        Validator::Bic => row(Alphanumeric, 3, bank::is_bic),
        Validator::BrCnpj => row(Alphanumeric, 100, america_south::is_br_cnpj),
        Validator::BrCpf => row(Digits, 100, america_south::is_br_cpf),
        Validator::CaSin => row(Digits, 12, america_north::is_ca_sin),
        Validator::CardExpiry => row(Digits, 8, date::is_card_expiry).whole().not_behind("./-"),
        Validator::ChAhv => row(Digits, 10, europe_central::is_ch_ahv),
        Validator::ClRut => row(Alphanumeric, 11, america_south::is_cl_rut),
        Validator::CnId => row(Alphanumeric, 500, asia_east::is_cn_id),
        Validator::CoNit => row(Digits, 11, america_south::is_co_nit),
        Validator::CryptoAddress => row(Exact, 1_000, crypto::is_crypto_address),
        Validator::CyTic => row(Alphanumeric, 26, europe_south::is_cy_tic),
        Validator::CzRodneCislo => row(Digits, 100, europe_central::is_cz_rodne_cislo),
        Validator::Date => row(Lower, 4, date::is_date).whole().not_behind("./-"),
        Validator::DePersonalausweis => row(Alphanumeric, 2, europe_central::is_de_personalausweis),
        Validator::DeSteuerId => row(Digits, 200, europe_central::is_de_steuer_id),
        Validator::DeSvnr => row(Alphanumeric, 200, europe_central::is_de_svnr),
        Validator::Dea => row(Alphanumeric, 14, health::is_dea),
        Validator::DkCpr => row(Digits, 25, europe_north::is_dk_cpr),
        Validator::DrivingLicence => row(Alphanumeric, 2, travel::is_driving_licence),
        Validator::EcCi => row(Digits, 60, america_south::is_ec_ci),
        Validator::EgId => row(Digits, 400, africa_west_asia::is_eg_id),
        Validator::Email => row(Lower, 2, contact::is_email).whole().not_behind("@").not_between(":", ":/"),
        Validator::Entropy => row(Exact, 4, secret::is_random),
        Validator::EsDni => row(Alphanumeric, 23, europe_south::is_es_dni),
        Validator::EsNie => row(Alphanumeric, 23, europe_south::is_es_nie),
        Validator::EuVat => row(Alphanumeric, 11, europe_vat::is_eu_vat),
        Validator::FiHetu => row(Alphanumeric, 700, europe_north::is_fi_hetu),
        Validator::FrNir => row(Alphanumeric, 150, europe_west::is_fr_nir),
        Validator::GithubChecksum => row(Exact, 1_000, secret::is_github_token),
        Validator::GrAfm => row(Digits, 10, europe_south::is_gr_afm),
        Validator::GrAmka => row(Digits, 250, europe_south::is_gr_amka),
        Validator::HkId => row(Alphanumeric, 11, asia_east::is_hk_id),
        Validator::HrOib => row(Digits, 10, europe_east::is_hr_oib),
        Validator::HuTaj => row(Digits, 10, europe_central::is_hu_taj),
        Validator::HuTaxId => row(Digits, 12, europe_central::is_hu_tax_id),
        Validator::Iban => row(Alphanumeric, 97, bank::is_iban),
        Validator::IdNik => row(Digits, 50, asia_south::is_id_nik),
        Validator::IePpsn => row(Alphanumeric, 23, europe_west::is_ie_ppsn),
        Validator::IlId => row(Digits, 10, africa_west_asia::is_il_id),
        Validator::InAadhaar => row(Digits, 12, asia_south::is_in_aadhaar),
        Validator::InPan => row(Alphanumeric, 2, asia_south::is_in_pan),
        Validator::IpAddress => row(Lower, 2, contact::is_ip_address).whole().not_behind(".:-"),
        Validator::IsKennitala => row(Digits, 700, europe_north::is_is_kennitala),
        Validator::IssuerPrefix => of_digits(3, card::has_issuer).not_behind(".+"),
        Validator::ItCodiceFiscale => row(Alphanumeric, 50, europe_south::is_it_codice_fiscale),
        Validator::Jmbg => row(Digits, 1_000, europe_east::is_jmbg),
        Validator::JpMyNumber => row(Digits, 11, asia_east::is_jp_my_number),
        Validator::KrRrn => row(Digits, 100, asia_east::is_kr_rrn),
        Validator::LuMatricule => row(Digits, 50_000, europe_west::is_lu_matricule),
        Validator::Luhn => of_digits(10, card::is_luhn),
        Validator::LvPersonasKods => row(Digits, 80, europe_north::is_lv_personas_kods),
        Validator::MacAddress => row(Alphanumeric, 2, contact::is_mac_address).whole().not_behind(".:-"),
        Validator::MtId => row(Alphanumeric, 3, europe_south::is_mt_id),
        Validator::MxCurp => row(Alphanumeric, 1_000, america_north::is_mx_curp),
        Validator::MxRfc => row(Alphanumeric, 25, america_north::is_mx_rfc),
        Validator::MyNric => row(Digits, 30, asia_south::is_my_nric),
        Validator::NlBsn => row(Digits, 11, europe_west::is_nl_bsn),
        Validator::NoFodselsnummer => row(Digits, 400, europe_north::is_no_fodselsnummer),
        Validator::NoPlaceholder => row(Exact, 1, placeholder::is_absent),
        Validator::Npi => row(Digits, 50, health::is_npi).whole().not_behind(".-/#$€£"),
        Validator::Passport => row(Alphanumeric, 2, travel::is_passport),
        Validator::PeRuc => row(Digits, 200, america_south::is_pe_ruc),
        Validator::Phone => row(Digits, 2, phone::is_phone).whole().not_behind("./-#$€£").not_claimed_by(
            &["nhs", "sku", "isbn"],
            &["phone", "tel", "telephone", "mobile", "cell", "fax", "call", "ring", "contact", "hotline"],
        ),
        Validator::PhoneNational => row(Digits, 2, phone::is_national)
            .whole()
            .not_behind("+./-#$€£")
            .not_behind_a_number()
            .not_claimed_by(
                phone::NATIONAL_CLAIMS,
                &["call", "calls", "contact", "dial", "messages", "reach", "ring", "text"],
            ),
        Validator::PlNip => row(Digits, 11, europe_central::is_pl_nip),
        Validator::PlPesel => row(Digits, 100, europe_central::is_pl_pesel),
        Validator::PtNif => row(Digits, 10, europe_south::is_pt_nif),
        Validator::RoCnp => row(Digits, 500, europe_east::is_ro_cnp),
        Validator::SaId => row(Digits, 50, africa_west_asia::is_sa_id),
        Validator::SePersonnummer => row(Digits, 150, europe_north::is_se_personnummer),
        Validator::SgNric => row(Alphanumeric, 26, asia_south::is_sg_nric),
        Validator::SiEmso => row(Digits, 1_000, europe_east::is_si_emso),
        Validator::ThId => row(Digits, 12, asia_south::is_th_id),
        Validator::TrKimlik => row(Digits, 100, europe_south::is_tr_kimlik),
        Validator::TwId => row(Alphanumeric, 25, asia_east::is_tw_id),
        Validator::UaRnokpp => row(Digits, 12, europe_east::is_ua_rnokpp),
        Validator::UkNhs => row(Digits, 11, europe_west::is_uk_nhs),
        Validator::UkNino => row(Alphanumeric, 2, europe_west::is_uk_nino),
        Validator::UkUtr => row(Digits, 11, europe_west::is_uk_utr),
        Validator::UrlPassword => row(Exact, 2, placeholder::has_password),
        Validator::UsEin => row(Digits, 2, america_north::is_us_ein),
        Validator::UsItin => row(Digits, 15, america_north::is_us_itin),
        Validator::UsSsn => row(Digits, 2, contact::is_us_ssn),
        Validator::UyCi => row(Digits, 10, america_south::is_uy_ci),
        Validator::Vin => row(Alphanumeric, 11, travel::is_vin),
        Validator::ZaId => row(Digits, 500, africa_west_asia::is_za_id),
    }
}

const fn of_digits(passing_one_in: u64, passes: fn(&str, &[u8]) -> bool) -> Check {
    with(Form::Digits, passing_one_in, Passes::Digits(passes))
}

const fn row(form: Form, passing_one_in: u64, passes: fn(&str) -> bool) -> Check {
    with(form, passing_one_in, Passes::Text(passes))
}

const fn with(form: Form, passing_one_in: u64, passes: Passes) -> Check {
    Check {
        form,
        passing_one_in,
        passes,
        is_whole: false,
        not_behind: "",
        not_between: ("", ""),
        claimed_by: (&[], &[]),
        claimed_by_numbers: false,
    }
}

/// Whether a word that holds this character goes on into letters and digits; scripts without spaces do not.
fn goes_on_into_a_word(character: char) -> bool {
    let is_of_latin_greek_cyrillic = ('\u{C0}'..='\u{52F}').contains(&character);
    character.is_ascii_alphanumeric() || character == '_' || is_of_latin_greek_cyrillic
}

/// Whether `text` passes a check.
///
/// # Examples
///
/// ```
/// # use engine::scan::passes;
/// # use lang::model::Validator;
/// assert!(passes(Validator::Luhn, "4111 1111 1111 1111"));
/// assert!(!passes(Validator::Luhn, "4111 1111 1111 1112"));
/// ```
pub fn passes(validator: Validator, text: &str) -> bool {
    check(validator).passes(text, &digits(text))
}

/// Most digits of one number that are read without an allocation; the longest number with a check has 34.
pub(super) const DIGITS_MAX: usize = 40;

/// The ASCII digits of a text, as numbers.
pub(super) fn digits(text: &str) -> SmallVec<[u8; DIGITS_MAX]> {
    let (mut first, mut count) = ([0; DIGITS_MAX], 0_usize);
    for byte in text.bytes().filter(u8::is_ascii_digit) {
        let Some(place) = first.get_mut(count) else {
            return text.bytes().filter(u8::is_ascii_digit).map(|byte| byte.wrapping_sub(b'0')).collect();
        };
        *place = byte.wrapping_sub(b'0');
        count = count.saturating_add(1);
    }
    SmallVec::from_buf_and_len(first, count)
}

/// The number that digits write; more than 19 of them saturate.
fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |sum: u64, digit| sum.saturating_mul(10).saturating_add(u64::from(*digit)))
}

/// The digits of a text, if there are exactly so many.
fn exactly<const COUNT: usize>(text: &str) -> Option<[u8; COUNT]> {
    digits(text).as_slice().try_into().ok()
}

/// The ASCII letters and digits of a text, in upper case.
fn characters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// The ASCII letters and digits of a text as numbers, from 10 for `A` to 35 for `Z`.
fn values(text: &str) -> Vec<u8> {
    text.chars().filter_map(|c| c.to_digit(36)).filter_map(|value| u8::try_from(value).ok()).collect()
}

/// The year of a century that two digits write: 19 and `84` are 1984.
fn year(century: u64, tens: u8, ones: u8) -> u64 {
    century.saturating_mul(100).saturating_add(number(&[tens, ones]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_ascii() {
        assert_eq!(digits("1-2٣ 4").as_slice(), [1, 2, 4]);
        assert_eq!(number(&[1, 2, 4]), 124);
    }

    #[test]
    fn a_word_before_a_number_can_claim_it() {
        let table = [
            ("NHS number: ", true),
            ("\"nhs_no\": \"", true),
            ("Wrong NHS number on the invoice! It must read ", true),
            ("My NHS doctor's phone is ", false),
            ("the NHS, 4 of us, ", false),
            ("unhsa ", false),
            ("", false),
        ];
        for (before, expected) in table {
            assert_eq!(check(Validator::Phone).is_claimed(before), expected, "{before}");
            assert!(!check(Validator::UkNhs).is_claimed(before), "{before}");
        }
    }

    #[test]
    fn pieces_of_something_longer_do_not_stand() {
        use Validator::{Email, IpAddress, IssuerPrefix, Phone, UsSsn};
        let table = [
            (IssuerPrefix, "4111111111111111", Some('.'), None, false),
            (IssuerPrefix, "4111111111111111", Some('x'), None, false),
            (IssuerPrefix, "4111111111111111", Some('ж'), None, false),
            (IssuerPrefix, "4111111111111111", Some('是'), Some('.'), true),
            (IssuerPrefix, "4111111111111111", Some('-'), None, true),
            (IssuerPrefix, "4111111111111111", None, None, true),
            (IpAddress, "6.1.4.1", Some('.'), None, false),
            (Phone, "+49 30 901820", Some('/'), None, true),
            (Phone, "415-555-2671", Some('-'), None, false),
            (Email, "secret@db.example.com", Some(':'), Some('/'), false),
            (Email, "ecret@db.example.com", Some('s'), Some(' '), false),
            (Email, "jane@example.com", Some(':'), Some(' '), true),
            (UsSsn, "536-22-8741", Some('.'), None, true),
        ];
        for (validator, hit, before, after, expected) in table {
            assert_eq!(
                check(validator).may_stand(hit, before, after),
                expected,
                "{before:?} {hit} {after:?}"
            );
        }
    }
}
