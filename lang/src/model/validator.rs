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
    "ae_emirates_id" AeEmiratesId "A number of an identity card of the Emirates: 784, year of birth, Luhn.";
    "ar_cuit" ArCuit "An Argentine CUIT or CUIL: kind of person, check by 11.";
    "assigned_key" AssignedKey "A name and its value, which is random: letters, digits, no words. A hit is left to other detectors of its category that find the value itself.";
    "at_svnr" AtSvnr "An Austrian social insurance number: date of birth, check by 11.";
    "au_abn" AuAbn "An Australian business number: eleven digits, check by 89.";
    "au_medicare" AuMedicare "An Australian Medicare card number: check by 10, issue, place on the card.";
    "au_tfn" AuTfn "An Australian tax file number: nine digits, check by 11.";
    "baltic_code" BalticCode "An Estonian or Lithuanian personal code: century, date of birth, check by 11.";
    "bank_account" BankAccount "An account number of 6 to 17 digits that is no routing number, card or date.";
    "base64_json" Base64Json "Starts with base64url of a JSON object, as a JWT does.";
    "basic_auth" BasicAuth "Ends with base 64 of a name, a colon and a password (RFC 7617).";
    "be_nrn" BeNrn "A Belgian national register or BIS number: date of birth, check by 97.";
    "bg_egn" BgEgn "A Bulgarian uniform civil number (EGN): date of birth, check by 11.";
    "bic" Bic "A BIC (ISO 9362): institution, country, location, branch or none.";
    "br_cnpj" BrCnpj "A Brazilian CNPJ, with letters too: two checks by 11.";
    "br_cpf" BrCpf "A Brazilian CPF: nine digits, two checks by 11.";
    "ca_sin" CaSin "A Canadian social insurance number: nine digits, Luhn.";
    "card_expiry" CardExpiry "The month in which a card in use runs out: 2020 to 2049.";
    "ch_ahv" ChAhv "A Swiss AHV number: 756 and the check digit of EAN-13.";
    "cl_rut" ClRut "A Chilean RUT: seven or eight digits, check by 11.";
    "cn_id" CnId "A Chinese resident identity number: province, date of birth, ISO/IEC 7064 MOD 11-2.";
    "co_nit" CoNit "A Colombian NIT: eight to ten digits, check by 11.";
    "crypto_address" CryptoAddress "An address of a cryptographic currency with the checksum of its own.";
    "cy_tic" CyTic "A Cypriot tax identification code: eight digits, check letter by 26.";
    "cz_rodne_cislo" CzRodneCislo "A Czech or Slovak birth number: date of birth; divisible by 11 since 1954.";
    "date" Date "A date of the calendar from 1900 to 2099.";
    "de_personalausweis" DePersonalausweis "The serial number of a German identity card; its check digit where it is written.";
    "de_steuer_id" DeSteuerId "A German tax identification number: one digit repeated, ISO/IEC 7064 MOD 11,10.";
    "de_svnr" DeSvnr "A German pension insurance number: day of birth, letter, check digit.";
    "dea" Dea "A DEA registration number: kind of registrant, letter of the name, check digit.";
    "dk_cpr" DkCpr "A Danish CPR number: a date of birth that goes with its century digit.";
    "driving_licence" DrivingLicence "A number that a driving licence can have; a British one holds a date.";
    "ec_ci" EcCi "An Ecuadorian identity number: province, Luhn.";
    "eg_id" EgId "An Egyptian national number: century, date of birth, governorate.";
    "email" Email "An address whose domain has a plausible shape (RFC 5321 lengths, labels, top level of letters).";
    "entropy" Entropy "At least 3.5 bits a character (Shannon), as random keys have; 3 where all are hexadecimal digits.";
    "es_dni" EsDni "A Spanish DNI, or a NIF with K, L or M: check letter by 23.";
    "es_nie" EsNie "A Spanish identity number for foreigners: X, Y or Z, check letter by 23.";
    "eu_vat" EuVat "A VAT number of an EU member state or Northern Ireland: country, form, check digits.";
    "fi_hetu" FiHetu "A Finnish personal identity code: date of birth, sign of the century, check by 31.";
    "fr_nir" FrNir "A French NIR with its key by 97, Corsica's departments included.";
    "github_checksum" GithubChecksum "A GitHub token whose last six characters are the CRC-32 of the rest, in base 62.";
    "gr_afm" GrAfm "A Greek tax number: nine digits, check by 11.";
    "gr_amka" GrAmka "A Greek social security number: date of birth, Luhn.";
    "hk_id" HkId "A Hong Kong identity card number: letters, six digits, check by 11.";
    "hr_oib" HrOib "A Croatian personal identification number: ISO/IEC 7064 MOD 11,10.";
    "hu_taj" HuTaj "A Hungarian social security number: nine digits, check by 10.";
    "hu_tax_id" HuTaxId "A Hungarian tax number of a person: 8, days since 1867, check by 11.";
    "iban" Iban "An IBAN: country, that country's length, ISO 7064 MOD 97-10.";
    "id_nik" IdNik "An Indonesian NIK: region, date of birth, serial.";
    "ie_ppsn" IePpsn "An Irish personal public service number: check letter by 23.";
    "il_id" IlId "An Israeli identity number: eight or nine digits, Luhn.";
    "in_aadhaar" InAadhaar "An Indian Aadhaar number: twelve digits from 2 on, Verhoeff.";
    "in_pan" InPan "An Indian permanent account number: letters with the kind of holder, four digits, a letter.";
    "ip_address" IpAddress "An IPv4 or IPv6 address that can be somebody's.";
    "is_kennitala" IsKennitala "An Icelandic kennitala: date of birth, check by 11, digit of the century.";
    "issuer_prefix" IssuerPrefix "A card number whose prefix and length an issuer uses (ISO/IEC 7812), in groups as on a card.";
    "it_codice_fiscale" ItCodiceFiscale "An Italian codice fiscale: date of birth, check letter by 26; letters for digits included.";
    "jmbg" Jmbg "A unique master citizen number of a state of former Yugoslavia: date of birth, region, check by 11.";
    "jp_my_number" JpMyNumber "A Japanese individual number: twelve digits, check by 11.";
    "kr_rrn" KrRrn "A Korean resident registration number: date of birth, check by 11 until October 2020.";
    "lu_matricule" LuMatricule "A Luxembourgish matricule of a person: date of birth, Luhn, Verhoeff.";
    "luhn" Luhn "A number whose last digit is the Luhn check digit (ISO/IEC 7812-1).";
    "lv_personas_kods" LvPersonasKods "A Latvian personal code: date of birth and check by 11, or 32 in front.";
    "mac_address" MacAddress "A hardware address of 48 bits, in pairs or groups of four.";
    "mt_id" MtId "A Maltese identity card number: digits and the letter of a register.";
    "mx_curp" MxCurp "A Mexican CURP: date of birth, sex, state, check by 10.";
    "mx_rfc" MxRfc "A Mexican RFC: a date before its last three characters.";
    "my_nric" MyNric "A Malaysian identity card number: date of birth, place of birth.";
    "nl_bsn" NlBsn "A Dutch citizen service number: nine digits, 11-proof.";
    "no_fodselsnummer" NoFodselsnummer "A Norwegian birth or D-number: date of birth, two checks by 11.";
    "no_placeholder" NoPlaceholder "Holds nothing that stands for a key in examples: `your`, `xxxxxx`, `1234567890`, `<…>`.";
    "npi" Npi "A US National Provider Identifier: ten digits, Luhn with 80840 before them.";
    "passport" Passport "A number that a passport can have, or its machine-readable zone (ICAO Doc 9303).";
    "pe_ruc" PeRuc "A Peruvian RUC: kind of taxpayer, check by 11.";
    "phone" Phone "A telephone number: E.164, a national form with its separators, or any national one behind a word.";
    "phone_national" PhoneNational "A telephone number of 7 to 12 digits in a national form that says nothing by itself: no date, no number that stands behind a word of its own.";
    "pl_nip" PlNip "A Polish tax identification number: ten digits, check by 11.";
    "pl_pesel" PlPesel "A Polish PESEL: date of birth, check by 10.";
    "pt_nif" PtNif "A Portuguese tax number: nine digits, check by 11.";
    "ro_cnp" RoCnp "A Romanian personal numeric code: date of birth, county, check by 11.";
    "sa_id" SaId "A Saudi identity number: 1 or 2, nine digits, Luhn.";
    "se_personnummer" SePersonnummer "A Swedish personal identity or coordination number: date of birth, Luhn.";
    "sg_nric" SgNric "A Singaporean NRIC number or FIN: series, seven digits, check letter by 11.";
    "si_emso" SiEmso "A Slovenian EMŠO: date of birth, region, check by 11.";
    "th_id" ThId "A Thai identity number: thirteen digits, check by 11.";
    "tr_kimlik" TrKimlik "A Turkish identity number: eleven digits, two checks by 10.";
    "tw_id" TwId "A Taiwanese identity number: register, sex, check by 10.";
    "ua_rnokpp" UaRnokpp "A Ukrainian taxpayer number: days since 1900, check by 11.";
    "uk_nhs" UkNhs "An NHS or CHI number: ten digits, check by 11.";
    "uk_nino" UkNino "A British National Insurance number: letters that are used, six digits, a suffix.";
    "uk_utr" UkUtr "A British unique taxpayer reference: ten digits, the first checks the others.";
    "url_password" UrlPassword "An address whose password is no placeholder such as `password` or `xxx`; anything that is no address passes.";
    "us_ein" UsEin "A US employer number whose prefix is in use.";
    "us_itin" UsItin "A US individual taxpayer number: 9 and the ranges in use.";
    "us_ssn" UsSsn "A US social security number outside the ranges that are never issued.";
    "uy_ci" UyCi "A Uruguayan identity number: six or seven digits, check by 10.";
    "vin" Vin "A vehicle number (ISO 3779): check digit of North America, or a word before others.";
    "za_id" ZaId "A South African identity number: date of birth, citizenship, Luhn.";
}
