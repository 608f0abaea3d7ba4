//! The native validators: one table of name, variant and meaning.
//!
//! What each accepts is written in the engine, which matches over all of them.

/// Declares the native validators: name in the language, variant, meaning.
macro_rules! validators {
    ($($name:literal $variant:ident $doc:literal;)*) => {
        /// A check on a hit that regular expressions cannot express.
        ///
        /// The names are the language's; the engine's match over them is exhaustive.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Validator {
            $(#[doc = $doc] $variant,)*
        }

        impl Validator {
            /// All of them, by name.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name after `check`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it accepts, in a sentence.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }
        }
    };
}

validators! {
    "aba" Aba "A US routing number: nine digits, ABA check digit and Federal Reserve prefix.";
    "bank_account" BankAccount "An account number of 6 to 17 digits that is no routing number, card or date.";
    "base64_json" Base64Json "Starts with base64url of a JSON object, as a JWT does.";
    "bic" Bic "A BIC (ISO 9362): institution, country, location, branch or none.";
    "card_expiry" CardExpiry "The month in which a card in use runs out: 2020 to 2049.";
    "crypto_address" CryptoAddress "An address of a cryptographic currency with the checksum of its own.";
    "date" Date "A date of the calendar from 1900 to 2099.";
    "dea" Dea "A DEA registration number: kind of registrant, letter of the name, check digit.";
    "email" Email "An address whose domain has a plausible shape (RFC 5321 lengths, labels, top level of letters).";
    "entropy" Entropy "At least 3.5 bits a character (Shannon), as random keys have.";
    "github_checksum" GithubChecksum "A GitHub token whose last six characters are the CRC-32 of the rest, in base 62.";
    "iban" Iban "An IBAN: country, that country's length, ISO 7064 MOD 97-10.";
    "ip_address" IpAddress "An IPv4 or IPv6 address that can be somebody's.";
    "issuer_prefix" IssuerPrefix "A card number whose prefix and length an issuer uses (ISO/IEC 7812), in groups as on a card.";
    "luhn" Luhn "A number whose last digit is the Luhn check digit (ISO/IEC 7812-1).";
    "mac_address" MacAddress "A hardware address of 48 bits, in pairs or groups of four.";
    "npi" Npi "A US National Provider Identifier: ten digits, Luhn with 80840 before them.";
    "phone" Phone "A telephone number: E.164, a national form with its separators, or any national one behind a word.";
    "us_ssn" UsSsn "A US social security number outside the ranges that are never issued.";
}
