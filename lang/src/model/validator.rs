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
    "assigned_key" AssignedKey "A name and its value, which is random and has no known issuer's prefix: letters, digits, no words.";
    "base64_json" Base64Json "Starts with base64url of a JSON object, as a JWT does.";
    "basic_auth" BasicAuth "Ends with base 64 of a name, a colon and a password (RFC 7617).";
    "email" Email "An address whose domain has a plausible shape (RFC 5321 lengths, labels, top level of letters).";
    "entropy" Entropy "At least 3.5 bits a character (Shannon), as random keys have; 3 where all are hexadecimal digits.";
    "github_checksum" GithubChecksum "A GitHub token whose last six characters are the CRC-32 of the rest, in base 62.";
    "iban" Iban "An IBAN: country, that country's length, ISO 7064 MOD 97-10.";
    "ip_address" IpAddress "An IPv4 or IPv6 address.";
    "issuer_prefix" IssuerPrefix "A card number whose prefix and length an issuer uses (ISO/IEC 7812).";
    "luhn" Luhn "A number whose last digit is the Luhn check digit (ISO/IEC 7812-1).";
    "no_placeholder" NoPlaceholder "Holds nothing that stands for a key in examples: `your`, `xxxxxx`, `1234567890`, `<…>`.";
    "phone" Phone "A telephone number of plausible length: E.164, or a national form with its separators.";
    "url_password" UrlPassword "An address whose password is no placeholder such as `password` or `xxx`; anything that is no address passes.";
    "us_ssn" UsSsn "A US social security number outside the ranges that are never issued.";
}
