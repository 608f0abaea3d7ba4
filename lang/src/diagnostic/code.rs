//! Every diagnostic code once, with its stable number.
//!
//! Codes are grouped by stage and never reused. Each has a page in
//! `docs/diagnostics/` and a case that produces it; a test checks both.

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The package does not compile.
    Error,
    /// The package compiles; `--deny-warnings` refuses it.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Declares the codes: number, name, severity, what it means in one line.
macro_rules! codes {
    ($($number:literal $name:ident $severity:ident $title:literal;)*) => {
        /// Which mistake a diagnostic is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $name,)*
        }

        impl Code {
            /// All codes, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable number, as in `ASCP0201`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => concat!("ASCP", $number),)* }
            }

            /// Whether it keeps a package from compiling.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// What it means, in one line.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// Its page in Markdown: meaning, wrong, right, why.
            pub const fn page(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../../../docs/diagnostics/ASCP", $number, ".md")),)*
                }
            }
        }
    };
}

impl Code {
    /// The two digits of its group: 1 for syntax, 2 for names, 3 for conditions.
    fn group(self) -> u8 {
        self.as_str().get(4..6).and_then(|digits| digits.parse().ok()).unwrap_or(0)
    }

    /// Whether text was not understood, so that what it says is unknown.
    pub(crate) fn is_syntax(self) -> bool {
        matches!(
            self,
            Self::LiteralTooLong
                | Self::SyntaxError
                | Self::UnknownDeclaration
                | Self::UnknownStatement
                | Self::StatementShape
                | Self::BadName
                | Self::BadLiteral
                | Self::NumberTooLarge
                | Self::KeyInClear
        )
    }

    /// Whether nothing of a file was read.
    pub(crate) fn hides_file(self) -> bool {
        matches!(
            self,
            Self::NotUtf8
                | Self::SourceTooLarge
                | Self::PackageTooLarge
                | Self::NestingTooDeep
                | Self::UnclosedBlock
        )
    }

    /// Whether what the primary span covers must not be shown.
    pub(crate) fn is_secret(self) -> bool {
        matches!(self, Self::KeyInClear)
    }

    /// Whether a declaration or a name is left out of the model: syntax, names, declarations.
    pub(crate) fn leaves_gap(self) -> bool {
        matches!(self.severity(), Severity::Error) && matches!(self.group(), 1 | 2 | 4)
    }
}

codes! {
    // 01: text and syntax.
    "0101" NotUtf8 Error "a file is not UTF-8";
    "0102" SourceTooLarge Error "a file is larger than the limit";
    "0103" PackageTooLarge Error "a package is larger than the limit";
    "0104" NestingTooDeep Error "blocks or brackets are nested too deeply";
    "0105" LiteralTooLong Error "a literal is longer than the limit";
    "0106" SyntaxError Error "the text is not a statement";
    "0107" UnclosedBlock Error "a block, bracket or string is not closed";
    "0108" UnknownDeclaration Error "no declaration begins with this word";
    "0109" UnknownStatement Error "no statement of this block begins with this word";
    "0110" StatementShape Error "a statement does not have the form it must have";
    "0111" BadName Error "a name is not of the form `[a-z][a-z0-9_]*`, or is reserved";
    "0112" BadLiteral Error "a literal is not of the form it must have";
    "0113" NumberTooLarge Error "a number is larger than can be kept";
    "0114" SaidTwice Error "a statement that may stand once in its block stands twice";
    "0115" MissingStatement Error "a statement that must stand in a block is missing";
    "0116" ReaderDrift Error "the grammar and its reader disagree: a defect of ours";
    "0118" StrayDoc Error "a `///` comment stands before nothing that it could document";
    "0119" KeyInClear Error "a key stands in the text where its digest should";

    // 02: names.
    "0201" UnknownName Error "nothing of this kind has this name";
    "0202" DuplicateName Error "two declarations of one kind have the same name";
    "0203" NoPolicyBlock Error "the package has no `policy` block";
    "0204" TwoPolicyBlocks Error "the package has more than one `policy` block";
    "0205" UnknownModule Error "the standard library has no such module or declaration";
    "0206" CyclicUse Error "packages use each other in a circle";
    "0207" DigestMismatch Error "a used package is not the one that was pinned";
    "0208" CyclicExtends Error "profiles or zones extend each other in a circle";
    "0209" DuplicateAlias Error "two models or chains answer to the same client name";
    "0210" PackageUnreadable Error "a used package cannot be read";
    "0211" LanguageEdition Error "the language edition is not one that this compiler knows";

    // 03: conditions.
    "0301" ConditionNotBool Error "a condition is not a `bool`";
    "0302" ConditionSyntax Error "a condition is not CEL";
    "0303" UnknownFact Error "conditions cannot read this name";
    "0304" UnknownFunction Error "there is no such function";
    "0305" TypeMismatch Error "the operands of an operator or function have the wrong types";
    "0306" ArgumentNotLiteral Error "an argument that must be a literal is not one";
    "0307" UnknownLiteral Error "a literal is compared with names and is not one of them";
    "0308" BadRegex Error "a regular expression does not compile";
    "0309" PolicyLiteralInCondition Error "a literal of the policy language stands in a CEL condition";
    "0310" FactNotHere Error "this name cannot be read in this place";
    "0311" ConditionTooLong Error "a condition is longer or deeper than the limit";
    "0312" NotSupported Error "a construct of CEL has no meaning here";
    "0313" ConstantCondition Warning "a condition is always true or always false";
    "0314" ConditionAlwaysFails Error "a condition fails whatever the request is";
    "0315" DuplicateKey Error "a map literal has the same key twice";
    "0316" BadConversion Error "a literal cannot be converted to the type that it is given to";

    // 04: declarations.
    "0401" BadUrl Error "an address is not of the form `https://host/path`";
    "0402" InsecureUrl Error "an `http:` address of an endpoint that is not `private`";
    "0403" NotOffered Error "a chain names a model that the provider does not offer";
    "0404" OfferTwice Error "one endpoint offers a model twice";
    "0405" CurrencyMixed Error "a package speaks of two currencies";
    "0406" PatternTooLarge Error "a pattern is larger than the limit when compiled";
    "0407" WordsUnreadable Error "a file of words cannot be read";
    "0408" BadCountry Error "a country is not a code of ISO 3166-1";
    "0409" BadHeader Error "a header's name or value is not one that HTTP allows";
    "0410" LimitPlace Error "an option of a limit or budget stands where it has no meaning";
    "0411" EmptyZone Warning "a zone holds no region";
    "0412" NoIdentity Warning "a tenant has no way to be identified";
    "0413" SharedKey Error "one key identifies two callers";
    "0414" ForeignWorkload Error "a key is bound to another tenant's workload";

    // 05: meets.
    "0501" ProfilesDisagree Error "two profiles disagree on a field that the nearest decides";
    "0502" TransformsConflict Error "one detector has two different transforms on one surface";
    "0503" RoutesConflict Error "two rules with different routes can fire together";

    // 06: routes.
    "0601" EmptyRoute Error "a chain has no candidate for a tenant that can be routed to it";
    "0602" UnservedModel Warning "a tenant may use a model that nothing can serve";
    "0603" EmbeddingsChain Error "a chain for embeddings holds more than one model";
    "0604" NotSpoken Warning "an endpoint speaks a protocol that this version does not";

    // 07: rules.
    "0701" EffectTooLate Error "an effect shapes the route, and its condition is known only after";
    "0702" HoldsAnswer Warning "a rule holds every answer back to its end";
    "0703" UnreachableRule Warning "a rule can never fire";

    // 08: dates.
    "0801" DatePast Error "a date lies before the day of the check";
    "0802" DateExpired Warning "a date has passed, and what it limited has ended";
    "0803" UselessException Warning "an exception permits what is permitted anyway";

    // 09: doubts.
    "0901" Unused Warning "nothing uses a declaration";
}
