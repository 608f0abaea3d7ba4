//! The types of CEL: how they print, join and compare.

use super::{Type, TypeName};
use std::fmt;

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Uint => f.write_str("uint"),
            Self::Double => f.write_str("double"),
            Self::String => f.write_str("string"),
            Self::Bytes => f.write_str("bytes"),
            Self::Null => f.write_str("null"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Duration => f.write_str("duration"),
            Self::List(element) => write!(f, "list({element})"),
            Self::Map(key, value) => write!(f, "map({key}, {value})"),
            Self::Type => f.write_str("type"),
            Self::Finding => f.write_str("finding"),
            Self::ToolCall => f.write_str("tool call"),
            Self::Route => f.write_str("route"),
            Self::Dyn => f.write_str("dyn"),
        }
    }
}

impl Type {
    /// Its name as a sentence has it: ``an `int` ``, `` a `string` ``, `` `null` ``.
    pub(super) fn with_article(&self) -> String {
        match self {
            Self::Null => format!("`{self}`"),
            Self::Int => format!("an `{self}`"),
            Self::Bool
            | Self::Uint
            | Self::Double
            | Self::String
            | Self::Bytes
            | Self::Timestamp
            | Self::Duration
            | Self::List(_)
            | Self::Map(..)
            | Self::Type
            | Self::Finding
            | Self::ToolCall
            | Self::Route
            | Self::Dyn => format!("a `{self}`"),
        }
    }

    /// `int`, `uint` or `double`; these compare with each other.
    pub const fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Uint | Self::Double)
    }

    /// Whether a value of one can equal a value of the other.
    pub fn is_comparable(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Dyn, _) | (_, Self::Dyn) => true,
            (Self::List(a), Self::List(b)) => a.is_comparable(b),
            (Self::Map(a, c), Self::Map(b, d)) => a.is_comparable(b) && c.is_comparable(d),
            (a, b) => a == b || a.is_number() && b.is_number(),
        }
    }

    /// Whether a value of one orders before or after a value of the other.
    pub const fn is_ordered(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Dyn, other) | (other, Self::Dyn) => other.is_orderable(),
            (Self::Bool, Self::Bool)
            | (Self::String, Self::String)
            | (Self::Bytes, Self::Bytes)
            | (Self::Timestamp, Self::Timestamp)
            | (Self::Duration, Self::Duration) => true,
            (a, b) => a.is_number() && b.is_number(),
        }
    }

    /// Whether `<` has a meaning for it at all.
    const fn is_orderable(&self) -> bool {
        match self {
            Self::Bool
            | Self::Int
            | Self::Uint
            | Self::Double
            | Self::String
            | Self::Bytes
            | Self::Timestamp
            | Self::Duration
            | Self::Dyn => true,
            Self::Null
            | Self::List(_)
            | Self::Map(..)
            | Self::Type
            | Self::Finding
            | Self::ToolCall
            | Self::Route => false,
        }
    }

    /// The one type that holds values of both; `dyn` when there is none other.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::List(a), Self::List(b)) => Self::List(Box::new(a.join(*b))),
            (Self::Map(a, c), Self::Map(b, d)) => Self::Map(Box::new(a.join(*b)), Box::new(c.join(*d))),
            (_, _) => Self::Dyn,
        }
    }

    /// A list of these.
    #[must_use]
    pub fn list_of(element: Self) -> Self {
        Self::List(Box::new(element))
    }
}

impl TypeName {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Bool,
        Self::Int,
        Self::Uint,
        Self::Double,
        Self::String,
        Self::Bytes,
        Self::Null,
        Self::Timestamp,
        Self::Duration,
        Self::List,
        Self::Map,
        Self::Type,
    ];

    /// The name in CEL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Double => "double",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Null => "null_type",
            Self::Timestamp => "google.protobuf.Timestamp",
            Self::Duration => "google.protobuf.Duration",
            Self::List => "list",
            Self::Map => "map",
            Self::Type => "type",
        }
    }

    /// The type with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|ty| ty.as_str() == name)
    }
}
