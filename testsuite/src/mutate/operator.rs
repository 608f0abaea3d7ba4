//! The ways to weaken a policy, each with a name that reports use.

/// Declares the operators, each with its name in reports.
macro_rules! operators {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A way to weaken a policy by one step.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operator {
            $($(#[$doc])* $variant,)*
        }

        impl Operator {
            /// All of them, in the order of reports.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in reports.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

operators! {
    /// A rule that denies, flags or caps is left out.
    DropRule = "drop a rule",
    /// A rule that routes or prefers is left out, or a tenant's `route`.
    DropRoute = "drop a route",
    /// `deny` of a rule becomes `flag`.
    DenyToFlag = "deny becomes flag",
    /// A rule, redaction, limit or budget is only on trial.
    AddShadow = "add a shadow",
    /// What is on trial is in force.
    EndShadow = "end a shadow",
    /// What is on trial stays so for a year more.
    ExtendShadow = "extend a shadow",
    /// A condition asks for the opposite, in one place.
    Negate = "negate",
    /// `<` becomes `<=`, and so on.
    FlipComparison = "flip a comparison",
    /// `&&` becomes `||`, or the other way round.
    SwapLogic = "swap && and ||",
    /// One side of `&&` or `||` is left out.
    DropOperand = "drop an operand",
    /// A number of a condition is one more or one less.
    OffByOne = "off by one",
    /// A text of a condition is another.
    ChangeText = "change a text",
    /// A `redact` is left out.
    DropRedact = "drop a redact",
    /// A row of a redaction is left out.
    DropRow = "drop a row",
    /// A row of a redaction only flags, or keeps more.
    WeakenAction = "weaken an action",
    /// A surface of `on` is left out.
    DropSurface = "drop a surface",
    /// A `require` is left out.
    DropRequire = "drop a require",
    /// A `reside` is left out.
    DropReside = "drop a reside",
    /// A zone or a `reside` holds one region more.
    WidenZone = "widen a zone",
    /// An `except` is left out.
    DropExcept = "drop an except",
    /// An `allow` holds one name more.
    WidenAllow = "widen an allow",
    /// A `deny` of a tenant, profile or the baseline holds one name less.
    DropDeny = "drop a deny",
    /// A profile is not extended.
    DropProfile = "drop a profile",
    /// A workload has one model or one kind of data more, or says none.
    WidenWorkload = "widen a workload",
    /// A limit or budget is tenfold, or its burst is.
    RaiseLimit = "raise a limit",
    /// A limit or budget is left out, or its burst is.
    DropLimit = "drop a limit",
    /// A limit of each caller or workload is one of the tenant.
    ShareLimit = "share a limit",
    /// A cap is twice as high.
    RaiseCap = "raise a cap",
    /// A cap is left out.
    DropCap = "drop a cap",
    /// An exception lasts a day or a year longer.
    ExtendException = "extend an exception",
    /// An exception lets in more, or another tenant.
    WidenException = "widen an exception",
    /// Two steps of a chain, or two endpoints of a step, change places.
    SwapSteps = "swap steps",
    /// A step of a chain, or an endpoint of a step, is left out.
    DropStep = "drop a step",
    /// A failure of a chain's `on` is left out.
    DropFailure = "drop a failure",
    /// A breaker is left out.
    DropBreaker = "drop a breaker",
    /// A timeout is tenfold, or left out.
    ChangeTimeout = "change a timeout",
    /// One retry more, or none.
    ChangeRetry = "change a retry",
}
