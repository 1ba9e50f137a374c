//! Globally unique identifiers: class ids and property sets.

use std::fmt;
use std::str::FromStr;

/// A GUID (class id, property set), held as its 16 bytes on disk.
///
/// On disk the first three groups are little-endian. Prints as `{00020d0b-0000-0000-c000-000000000046}`.
///
/// # Example
/// ```
/// use openimsg::Guid;
///
/// let class: Guid = "{00020D0B-0000-0000-C000-000000000046}".parse()?;
/// assert_eq!(class, Guid::CLSID_MAIL_MESSAGE);
/// assert_eq!(class.to_bytes()[..4], [0x0B, 0x0D, 0x02, 0x00]);
/// # Ok::<(), openimsg::ParseGuidError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Guid([u8; 16]);

impl Guid {
    /// All zero: no class.
    pub const NULL: Guid = Guid([0; 16]);
    /// The class of a message file, `CLSID_MailMessage`. Spec: F-002.
    pub const CLSID_MAIL_MESSAGE: Guid = Guid::mapi(0x0002_0D0B);

    /// `data1-0000-0000-C000-000000000046`, the pattern of nearly all of MAPI's GUIDs.
    #[must_use]
    pub const fn mapi(data1: u32) -> Guid {
        Guid::from_fields(data1, 0, 0, [0xC0, 0, 0, 0, 0, 0, 0, 0x46])
    }

    /// From the four fields as they are printed.
    #[must_use]
    pub const fn from_fields(data1: u32, data2: u16, data3: u16, data4: [u8; 8]) -> Guid {
        let [a0, a1, a2, a3] = data1.to_le_bytes();
        let [b0, b1] = data2.to_le_bytes();
        let [c0, c1] = data3.to_le_bytes();
        let [d0, d1, d2, d3, d4, d5, d6, d7] = data4;
        Guid([a0, a1, a2, a3, b0, b1, c0, c1, d0, d1, d2, d3, d4, d5, d6, d7])
    }

    /// From the 16 bytes as they stand in a file.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Guid {
        Guid(bytes)
    }

    /// The 16 bytes as they stand in a file.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// Whether all bytes are zero.
    #[must_use]
    pub fn is_null(self) -> bool {
        self == Guid::NULL
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a0, a1, a2, a3, b0, b1, c0, c1, d0, d1, tail @ ..] = self.0;
        let (a, b) = (u32::from_le_bytes([a0, a1, a2, a3]), u16::from_le_bytes([b0, b1]));
        let c = u16::from_le_bytes([c0, c1]);
        write!(f, "{{{a:08x}-{b:04x}-{c:04x}-{d0:02x}{d1:02x}-")?;
        tail.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("}")
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not a GUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseGuidError;

impl fmt::Display for ParseGuidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not a GUID; expected 00020d0b-0000-0000-c000-000000000046, with or without braces",
        )
    }
}

impl std::error::Error for ParseGuidError {}

/// Accepts the printed form in either case, with or without braces.
impl FromStr for Guid {
    type Err = ParseGuidError;

    fn from_str(text: &str) -> Result<Guid, ParseGuidError> {
        let bare = match text.strip_prefix('{') {
            Some(rest) => rest.strip_suffix('}').ok_or(ParseGuidError)?,
            None => text,
        };
        let mut groups = bare.split('-');
        let mut group = |len: usize| {
            groups
                .next()
                .filter(|g| g.len() == len && g.bytes().all(|b| b.is_ascii_hexdigit()))
                .and_then(|g| u64::from_str_radix(g, 16).ok())
                .ok_or(ParseGuidError)
        };
        let (a, b, c, d, e) = (group(8)?, group(4)?, group(4)?, group(4)?, group(12)?);
        if groups.next().is_some() {
            return Err(ParseGuidError);
        }
        let narrow = |v: u64| u16::try_from(v).map_err(|_| ParseGuidError);
        Ok(Guid::from_fields(
            u32::try_from(a).map_err(|_| ParseGuidError)?,
            narrow(b)?,
            narrow(c)?,
            ((d << 48) | e).to_be_bytes(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spec: F-002
    #[test]
    fn the_class_of_a_message_has_the_documented_bytes() {
        let bytes = [0x0B, 0x0D, 2, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46];
        assert_eq!(Guid::CLSID_MAIL_MESSAGE.to_bytes(), bytes);
    }

    #[test]
    fn text_round_trips_and_nonsense_is_refused() {
        let text = "{96357f7f-59e1-47d0-99a7-46515c183b54}";
        assert_eq!(text.parse::<Guid>().unwrap().to_string(), text);
        for bad in [
            "",
            "{",
            "96357f7f-59e1-47d0-99a7-46515c183b5",
            "{96357f7f-59e1-47d0-99a7-46515c183b54",
            "+6357f7f-59e1-47d0-99a7-46515c183b54",
        ] {
            assert!(bad.parse::<Guid>().is_err(), "{bad}");
        }
    }
}
