//! Property types.

use std::fmt;

/// A property type: the low 16 bits of a property tag. Spec: msg-format 2.1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PropType(u16);

macro_rules! types {
    ($($name:ident = $value:literal, $doc:literal;)+) => {
        impl PropType {
            $(#[doc = $doc] pub const $name: PropType = PropType($value);)+

            /// MAPI's name of the type, such as `PT_LONG`; `None` for types MAPI does not name.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 { $($value => Some(stringify!($name)),)+ _ => None }
            }

            /// The type of this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<PropType> {
                match name { $(stringify!($name) => Some(PropType::$name),)+ _ => None }
            }
        }
    };
}

types! {
    PT_UNSPECIFIED = 0x0000, "Any type; never stored.";
    PT_NULL        = 0x0001, "No value.";
    PT_I2          = 0x0002, "16-bit integer.";
    PT_LONG        = 0x0003, "32-bit integer.";
    PT_R4          = 0x0004, "32-bit float.";
    PT_DOUBLE      = 0x0005, "64-bit float.";
    PT_CURRENCY    = 0x0006, "64-bit integer in 1/10 000 units.";
    PT_APPTIME     = 0x0007, "Days since 1899-12-30 as a 64-bit float, local time.";
    PT_ERROR       = 0x000A, "An SCODE.";
    PT_BOOLEAN     = 0x000B, "True or false.";
    PT_OBJECT      = 0x000D, "An object: table, message or storage.";
    PT_I8          = 0x0014, "64-bit integer.";
    PT_STRING8     = 0x001E, "8-bit text in a code page.";
    PT_UNICODE     = 0x001F, "UTF-16 text.";
    PT_SYSTIME     = 0x0040, "FILETIME.";
    PT_CLSID       = 0x0048, "GUID.";
    PT_SVREID      = 0x00FB, "Server identifier, opaque bytes.";
    PT_SRESTRICTION = 0x00FD, "Restriction in its stored form, opaque bytes.";
    PT_ACTIONS     = 0x00FE, "Rule actions in their stored form, opaque bytes.";
    PT_BINARY      = 0x0102, "Bytes.";
    PT_MV_I2       = 0x1002, "Array of 16-bit integers.";
    PT_MV_LONG     = 0x1003, "Array of 32-bit integers.";
    PT_MV_R4       = 0x1004, "Array of 32-bit floats.";
    PT_MV_DOUBLE   = 0x1005, "Array of 64-bit floats.";
    PT_MV_CURRENCY = 0x1006, "Array of currency values.";
    PT_MV_APPTIME  = 0x1007, "Array of application times.";
    PT_MV_I8       = 0x1014, "Array of 64-bit integers.";
    PT_MV_STRING8  = 0x101E, "Array of 8-bit texts.";
    PT_MV_UNICODE  = 0x101F, "Array of UTF-16 texts.";
    PT_MV_SYSTIME  = 0x1040, "Array of FILETIMEs.";
    PT_MV_CLSID    = 0x1048, "Array of GUIDs.";
    PT_MV_BINARY   = 0x1102, "Array of byte strings.";
}

/// How the value of a type is stored. Spec: msg-format 1.2.1, 1.2.2, 1.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storing {
    /// In the eight bytes of the property stream's entry.
    Inline,
    /// In one stream of its own.
    Stream,
    /// A packed array of elements of this many bytes, in one stream.
    Packed(usize),
    /// A stream of lengths and a stream for each element.
    Elements,
    /// A storage.
    Object,
}

impl PropType {
    /// The multivalue bit, `MV_FLAG`.
    pub const MV_FLAG: u16 = 0x1000;
    /// The bit for one row per value in tables, `MV_INSTANCE`; never stored.
    pub const MV_INSTANCE: u16 = 0x2000;

    /// From the number.
    #[must_use]
    pub const fn new(value: u16) -> PropType {
        PropType(value)
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> u16 {
        self.0
    }

    /// Whether this is an array type.
    #[must_use]
    pub const fn is_multivalue(self) -> bool {
        self.0 & Self::MV_FLAG != 0
    }

    /// Whether this is one of the two text types, single-valued.
    #[must_use]
    pub const fn is_string(self) -> bool {
        matches!(self.0, 0x001E | 0x001F)
    }

    /// How values of this type are stored; `None` for types that this library does not know.
    pub(crate) const fn storing(self) -> Option<Storing> {
        Some(match self.0 {
            0x0000..=0x0007 | 0x000A | 0x000B | 0x0014 | 0x0040 => Storing::Inline,
            0x000D => Storing::Object,
            0x001E | 0x001F | 0x0048 | 0x00FB | 0x00FD | 0x00FE | 0x0102 => Storing::Stream,
            0x1002 => Storing::Packed(2),
            0x1003 | 0x1004 => Storing::Packed(4),
            0x1005..=0x1007 | 0x1014 | 0x1040 => Storing::Packed(8),
            0x1048 => Storing::Packed(16),
            0x101E | 0x101F | 0x1102 => Storing::Elements,
            _ => return None,
        })
    }
}

impl fmt::Display for PropType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "0x{:04X}", self.0),
        }
    }
}

impl fmt::Debug for PropType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
