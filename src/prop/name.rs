//! Names of named properties: a property set and a number or a text.

use crate::wire::Guid;
use std::fmt;

/// A property set: the GUID that named properties are grouped under.
///
/// The well-known sets are constants with the documents' names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PropSet(pub Guid);

macro_rules! sets {
    ($($name:ident = $guid:expr;)+) => {
        impl PropSet {
            $(
                #[doc = concat!("`", stringify!($name), "`.")]
                pub const $name: PropSet = PropSet($guid);
            )+

            /// The documents' name of the set, such as `PSETID_Common`, if it is a well-known one.
            #[must_use]
            pub fn well_known_name(self) -> Option<&'static str> {
                [$((PropSet::$name, stringify!($name))),+]
                    .into_iter()
                    .find_map(|(set, name)| (set == self).then_some(name))
            }
        }
    };
}

sets! {
    PS_MAPI = Guid::mapi(0x0002_0328);
    PS_PUBLIC_STRINGS = Guid::mapi(0x0002_0329);
    PS_INTERNET_HEADERS = Guid::mapi(0x0002_0386);
    PSETID_APPOINTMENT = Guid::mapi(0x0006_2002);
    PSETID_TASK = Guid::mapi(0x0006_2003);
    PSETID_ADDRESS = Guid::mapi(0x0006_2004);
    PSETID_COMMON = Guid::mapi(0x0006_2008);
    PSETID_LOG = Guid::mapi(0x0006_200A);
    PSETID_NOTE = Guid::mapi(0x0006_200E);
    PSETID_REPORT = Guid::mapi(0x0006_2013);
    PSETID_REMOTE = Guid::mapi(0x0006_2014);
    PSETID_SHARING = Guid::mapi(0x0006_2040);
    PSETID_POST_RSS = Guid::mapi(0x0006_2041);
    PSETID_MEETING = Guid::from_fields(0x6ED8_DA90, 0x450B, 0x101B, [0x98, 0xDA, 0x00, 0xAA, 0x00, 0x3F, 0x13, 0x05]);
    PSETID_CALENDAR_ASSISTANT = Guid::from_fields(0x1100_0E07, 0xB51B, 0x40D6, [0xAF, 0x21, 0xCA, 0xA8, 0x5E, 0xDA, 0xB1, 0xD0]);
    PSETID_UNIFIED_MESSAGING = Guid::from_fields(0x4442_858E, 0xA9E3, 0x4E80, [0xB9, 0x00, 0x31, 0x7A, 0x21, 0x0C, 0xC1, 0x5B]);
    PSETID_AIR_SYNC = Guid::from_fields(0x7103_5549, 0x0739, 0x4DCB, [0x91, 0x63, 0x00, 0xF0, 0x58, 0x0D, 0xBB, 0xDF]);
    PSETID_MESSAGING = Guid::from_fields(0x41F2_8F13, 0x83F4, 0x4114, [0xA5, 0x84, 0xEE, 0xDB, 0x5A, 0x6B, 0x0B, 0xFF]);
    PSETID_ATTACHMENT = Guid::from_fields(0x9635_7F7F, 0x59E1, 0x47D0, [0x99, 0xA7, 0x46, 0x51, 0x5C, 0x18, 0x3B, 0x54]);
    PSETID_XML_EXTRACTED_ENTITIES = Guid::from_fields(0x2323_9608, 0x685D, 0x4732, [0x9C, 0x55, 0x4C, 0x95, 0xCB, 0x4E, 0x8E, 0x33]);
}

impl From<Guid> for PropSet {
    fn from(guid: Guid) -> PropSet {
        PropSet(guid)
    }
}

impl fmt::Display for PropSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for PropSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.well_known_name() {
            Some(name) => f.write_str(name),
            None => fmt::Debug::fmt(&self.0, f),
        }
    }
}

/// The name of a named property, MAPI's `MAPINAMEID`: a property set and a number or a text.
///
/// # Example
/// ```
/// use openimsg::{NamedProp, PropSet};
///
/// let keywords = NamedProp::text(PropSet::PS_PUBLIC_STRINGS, "Keywords");
/// assert_eq!(keywords.to_string(), "{00020329-0000-0000-c000-000000000046}:Keywords");
/// let location = NamedProp::id(PropSet::PSETID_APPOINTMENT, 0x8208);
/// assert_eq!(location.to_string(), "{00062002-0000-0000-c000-000000000046}:0x8208");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NamedProp {
    /// The property set.
    pub set: Guid,
    /// The number or text in that set.
    pub name: PropName,
}

/// The part of a [`NamedProp`] inside its set.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PropName {
    /// `MNID_ID`: a number (LID).
    Id(u32),
    /// `MNID_STRING`: a text.
    Text(String),
}

impl NamedProp {
    /// A numeric name.
    pub fn id(set: impl Into<PropSet>, id: u32) -> NamedProp {
        NamedProp { set: set.into().0, name: PropName::Id(id) }
    }

    /// A string name.
    pub fn text(set: impl Into<PropSet>, name: impl Into<String>) -> NamedProp {
        NamedProp { set: set.into().0, name: PropName::Text(name.into()) }
    }
}

impl fmt::Display for NamedProp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            PropName::Id(id) => write!(f, "{}:0x{id:04X}", self.set),
            PropName::Text(name) => write!(f, "{}:{name}", self.set),
        }
    }
}
