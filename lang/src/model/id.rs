//! Numbers for declarations; each is an index into the [`Model`](super::Model)'s list of its kind.

/// Declares one number type a kind.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(pub u32);

            impl $name {
                /// As an index.
                pub const fn index(self) -> usize {
                    self.0 as usize
                }

                /// From an index; saturates, and package limits keep all counts far below.
                pub fn from_index(index: usize) -> Self {
                    Self(u32::try_from(index).unwrap_or(u32::MAX))
                }
            }
        )*
    };
}

ids! {
    /// A region.
    RegionId;
    /// A zone.
    ZoneId;
    /// An attestation.
    AttestationId;
    /// A provider.
    ProviderId;
    /// An endpoint, over all providers.
    EndpointId;
    /// A model that can be asked for.
    ModelId;
    /// A chain.
    ChainId;
    /// A category of findings.
    CategoryId;
    /// A detector.
    DetectorId;
    /// A redaction.
    RedactionId;
    /// A profile.
    ProfileId;
    /// A tenant.
    TenantId;
    /// What a tenant may reach; equal ones are one.
    AccessId;
    /// A limit or a budget.
    LimitId;
    /// A rule.
    RuleId;
    /// An exception.
    ExceptionId;
    /// A workload.
    WorkloadId;
    /// An invariant.
    InvariantId;
}
