//! Property identifiers and tags.

use super::PropType;
use std::fmt;

/// A property identifier: the high 16 bits of a property tag. 0x8000 and above are named.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PropId(u16);

impl PropId {
    /// The first identifier of named properties.
    pub const FIRST_NAMED: PropId = PropId(0x8000);

    /// From the number.
    #[must_use]
    pub const fn new(id: u16) -> PropId {
        PropId(id)
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> u16 {
        self.0
    }

    /// Whether the identifier stands for a named property.
    #[must_use]
    pub const fn is_named(self) -> bool {
        self.0 >= 0x8000
    }
}

impl fmt::Debug for PropId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:04X}", self.0)
    }
}

/// A property tag: identifier in the high, type in the low 16 bits; `PR_SUBJECT_W` is 0x0037001F.
///
/// # Example
/// ```
/// use openimsg::{PropTag, PropType, tags::PR_SUBJECT_W};
///
/// let tag = PropTag::new(0x0037_001F);
/// assert_eq!(tag.prop_type(), PropType::PT_UNICODE);
/// assert_eq!(tag, PR_SUBJECT_W.tag());
/// assert_eq!(tag.to_string(), "0x0037001F");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PropTag(u32);

impl PropTag {
    /// From the number.
    #[must_use]
    pub const fn new(tag: u32) -> PropTag {
        PropTag(tag)
    }

    /// From identifier and type.
    #[must_use]
    pub const fn from_parts(id: PropId, prop_type: PropType) -> PropTag {
        PropTag(((id.0 as u32) << 16) | prop_type.value() as u32)
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> u32 {
        self.0
    }

    /// The identifier.
    #[must_use]
    pub const fn id(self) -> PropId {
        let [_, _, low, high] = self.0.to_le_bytes();
        PropId(u16::from_le_bytes([low, high]))
    }

    /// The type.
    #[must_use]
    pub const fn prop_type(self) -> PropType {
        let [low, high, _, _] = self.0.to_le_bytes();
        PropType::new(u16::from_le_bytes([low, high]))
    }

    /// The same identifier with another type.
    #[must_use]
    pub const fn with_type(self, prop_type: PropType) -> PropTag {
        PropTag::from_parts(self.id(), prop_type)
    }
}

impl fmt::Display for PropTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08X}", self.0)
    }
}

impl fmt::Debug for PropTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
