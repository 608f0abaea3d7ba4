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
    "at_svnr" AtSvnr "An Austrian social insurance number: date of birth, check by 11.";
    "baltic_code" BalticCode "An Estonian or Lithuanian personal code: century, date of birth, check by 11.";
    "base64_json" Base64Json "Starts with base64url of a JSON object, as a JWT does.";
    "be_nrn" BeNrn "A Belgian national register or BIS number: date of birth, check by 97.";
    "bg_egn" BgEgn "A Bulgarian uniform civil number (EGN): date of birth, check by 11.";
    "ch_ahv" ChAhv "A Swiss AHV number: 756 and the check digit of EAN-13.";
    "cy_tic" CyTic "A Cypriot tax identification code: eight digits, check letter by 26.";
    "cz_rodne_cislo" CzRodneCislo "A Czech or Slovak birth number: date of birth; divisible by 11 since 1954.";
    "de_personalausweis" DePersonalausweis "The serial number of a German identity card; its check digit where it is written.";
    "de_steuer_id" DeSteuerId "A German tax identification number: one digit repeated, ISO/IEC 7064 MOD 11,10.";
    "de_svnr" DeSvnr "A German pension insurance number: day of birth, letter, check digit.";
    "dk_cpr" DkCpr "A Danish CPR number: a date of birth that goes with its century digit.";
    "email" Email "An address whose domain has a plausible shape (RFC 5321 lengths, labels, top level of letters).";
    "entropy" Entropy "At least 3.5 bits a character (Shannon), as random keys have.";
    "es_dni" EsDni "A Spanish DNI, or a NIF with K, L or M: check letter by 23.";
    "es_nie" EsNie "A Spanish identity number for foreigners: X, Y or Z, check letter by 23.";
    "eu_vat" EuVat "A VAT number of an EU member state or Northern Ireland: country, form, check digits.";
    "fi_hetu" FiHetu "A Finnish personal identity code: date of birth, sign of the century, check by 31.";
    "fr_nir" FrNir "A French NIR with its key by 97, Corsica's departments included.";
    "github_checksum" GithubChecksum "A GitHub token whose last six characters are the CRC-32 of the rest, in base 62.";
    "gr_afm" GrAfm "A Greek tax number: nine digits, check by 11.";
    "gr_amka" GrAmka "A Greek social security number: date of birth, Luhn.";
    "hr_oib" HrOib "A Croatian personal identification number: ISO/IEC 7064 MOD 11,10.";
    "hu_taj" HuTaj "A Hungarian social security number: nine digits, check by 10.";
    "hu_tax_id" HuTaxId "A Hungarian tax number of a person: 8, days since 1867, check by 11.";
    "iban" Iban "An IBAN: country, that country's length, ISO 7064 MOD 97-10.";
    "ie_ppsn" IePpsn "An Irish personal public service number: check letter by 23.";
    "ip_address" IpAddress "An IPv4 or IPv6 address.";
    "is_kennitala" IsKennitala "An Icelandic kennitala: date of birth, check by 11, digit of the century.";
    "issuer_prefix" IssuerPrefix "A card number whose prefix and length an issuer uses (ISO/IEC 7812).";
    "it_codice_fiscale" ItCodiceFiscale "An Italian codice fiscale: date of birth, check letter by 26; letters for digits included.";
    "jmbg" Jmbg "A unique master citizen number of a state of former Yugoslavia: date of birth, region, check by 11.";
    "lu_matricule" LuMatricule "A Luxembourgish matricule of a person: date of birth, Luhn, Verhoeff.";
    "luhn" Luhn "A number whose last digit is the Luhn check digit (ISO/IEC 7812-1).";
    "lv_personas_kods" LvPersonasKods "A Latvian personal code: date of birth and check by 11, or 32 in front.";
    "mt_id" MtId "A Maltese identity card number: digits and the letter of a register.";
    "nl_bsn" NlBsn "A Dutch citizen service number: nine digits, 11-proof.";
    "no_fodselsnummer" NoFodselsnummer "A Norwegian birth or D-number: date of birth, two checks by 11.";
    "phone" Phone "A telephone number of plausible length: E.164, or a national form with its separators.";
    "pl_nip" PlNip "A Polish tax identification number: ten digits, check by 11.";
    "pl_pesel" PlPesel "A Polish PESEL: date of birth, check by 10.";
    "pt_nif" PtNif "A Portuguese tax number: nine digits, check by 11.";
    "ro_cnp" RoCnp "A Romanian personal numeric code: date of birth, county, check by 11.";
    "se_personnummer" SePersonnummer "A Swedish personal identity or coordination number: date of birth, Luhn.";
    "si_emso" SiEmso "A Slovenian EMŠO: date of birth, region, check by 11.";
    "tr_kimlik" TrKimlik "A Turkish identity number: eleven digits, two checks by 10.";
    "ua_rnokpp" UaRnokpp "A Ukrainian taxpayer number: days since 1900, check by 11.";
    "uk_nhs" UkNhs "An NHS or CHI number: ten digits, check by 11.";
    "uk_nino" UkNino "A British National Insurance number: letters that are used, six digits, a suffix.";
    "uk_utr" UkUtr "A British unique taxpayer reference: ten digits, the first checks the others.";
    "us_ssn" UsSsn "A US social security number outside the ranges that are never issued.";
}
