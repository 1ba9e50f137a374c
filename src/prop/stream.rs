//! The property stream `__properties_version1.0`: a header and 16 bytes per property.
//!
//! ```text
//!   top level  32 bytes: 8 reserved, next recipient id, next attachment id,
//!                        recipient count, attachment count, 8 reserved
//!   embedded   24 bytes: the same without the last 8
//!   recipient,
//!   attachment  8 bytes: reserved
//!   then entries:  tag u32 | flags u32 | 8 bytes: the value, or size u32 and reserved u32
//! ```
//! Unchanged entries keep their 16 bytes, garbage included. More in `docs/format/message.md`.
//! Spec: msg-format 1.2, 1.12.

use super::PropTag;
use crate::error::{Code, Error, Place, Result};
use crate::wire::{Reader, u32_at};

/// Name of the stream.
pub(crate) const NAME: &[u8] = b"__properties_version1.0";

const MVI_FLAG: u32 = 0x2000;

/// Which header a property stream has, by the position of its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeaderKind {
    TopLevel,
    Embedded,
    /// Recipient or attachment.
    Sub,
}

impl HeaderKind {
    pub(crate) const fn len(self) -> usize {
        match self {
            HeaderKind::TopLevel => 32,
            HeaderKind::Embedded => 24,
            HeaderKind::Sub => 8,
        }
    }
}

/// The counters of a message's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counters {
    pub(crate) next_recipient: u32,
    pub(crate) next_attachment: u32,
    pub(crate) recipients: u32,
    pub(crate) attachments: u32,
}

/// One entry, as it stands in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawEntry(pub(crate) [u8; 16]);

impl RawEntry {
    pub(crate) fn new(tag: PropTag, flags: u32, value: [u8; 8]) -> RawEntry {
        let mut bytes = [0; 16];
        let parts = tag.value().to_le_bytes().into_iter().chain(flags.to_le_bytes()).chain(value);
        bytes.iter_mut().zip(parts).for_each(|(slot, byte)| *slot = byte);
        RawEntry(bytes)
    }

    /// The tag. The flag for table instances never belongs in a file and is masked away.
    pub(crate) fn tag(&self) -> PropTag {
        let tag = u32_at(&self.0, 0);
        PropTag::new(if tag & 0x1000 != 0 { tag & !MVI_FLAG } else { tag })
    }

    pub(crate) fn flags(&self) -> u32 {
        u32_at(&self.0, 4)
    }

    /// The last eight bytes: a fixed value, or size and reserved.
    pub(crate) fn value(&self) -> [u8; 8] {
        let mut reader = Reader::new(&self.0);
        reader.take(8);
        reader.array().unwrap_or_default()
    }

    /// The same tag and flags with another value.
    pub(crate) fn with_value(self, value: [u8; 8]) -> RawEntry {
        RawEntry::new(PropTag::new(u32_at(&self.0, 0)), self.flags(), value)
    }
}

/// Size and reserved field of a variable-length property.
pub(crate) fn size_field(size: u32, reserved: u32) -> [u8; 8] {
    let [a, b, c, d] = size.to_le_bytes();
    let [e, f, g, h] = reserved.to_le_bytes();
    [a, b, c, d, e, f, g, h]
}

/// The bytes before the first entry.
#[derive(Debug, Clone)]
struct Header {
    bytes: [u8; 32],
    len: usize,
}

impl Header {
    fn new(kind: HeaderKind, from: &[u8]) -> Header {
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(from).take(kind.len()).for_each(|(slot, byte)| *slot = *byte);
        Header { bytes, len: kind.len() }
    }
}

/// A property stream taken apart.
#[derive(Debug, Clone)]
pub(crate) struct PropStream {
    header: Header,
    pub(crate) entries: Vec<RawEntry>,
    /// Bytes after the last whole entry; written by some programs, meaningless. Spec: F-006.
    pub(crate) trailing: usize,
}

impl PropStream {
    pub(crate) fn new(kind: HeaderKind) -> PropStream {
        PropStream { header: Header::new(kind, &[0; 32]), entries: Vec::new(), trailing: 0 }
    }

    /// Takes the bytes apart. At most `limit` entries are accepted.
    ///
    /// Spec: F-004, F-006, C-043.
    ///
    /// # Errors
    /// [`Code::CorruptData`] if not even the header is there; [`Code::TooBig`] above the limit.
    pub(crate) fn read(bytes: &[u8], kind: HeaderKind, limit: usize) -> Result<PropStream> {
        let (stream, entries) = PropStream::read_as(bytes, kind, limit, |entry| entry)?;
        Ok(PropStream { entries, ..stream })
    }

    /// The same with the entries beside it, each as `make` makes it.
    ///
    /// # Errors
    /// As [`PropStream::read`].
    pub(crate) fn read_as<T>(
        bytes: &[u8],
        kind: HeaderKind,
        limit: usize,
        make: impl Fn(RawEntry) -> T,
    ) -> Result<(PropStream, Vec<T>)> {
        const DOING: &str = "read property stream";
        let mut reader = Reader::new(bytes);
        let Some(header) = reader.take(kind.len()) else {
            let note = format!("{} bytes, its header alone has {}", bytes.len(), kind.len());
            let place = Place::new("").rule("MS-OXMSG 2.4.1");
            return Err(Error::new(Code::CorruptData, DOING).note(note).place(place));
        };
        let (entries, tail) = reader.rest().as_chunks::<16>();
        if entries.len() > limit {
            let note = format!("{} properties, the limit is {limit}", entries.len());
            return Err(Error::new(Code::TooBig, DOING).note(note));
        }
        let entries = entries.iter().map(|entry| make(RawEntry(*entry))).collect();
        let header = Header::new(kind, header);
        Ok((PropStream { header, entries: Vec::new(), trailing: tail.len() }, entries))
    }

    /// The counters, of a message.
    pub(crate) fn counters(&self) -> Counters {
        Counters {
            next_recipient: u32_at(self.header(), 8),
            next_attachment: u32_at(self.header(), 12),
            recipients: u32_at(self.header(), 16),
            attachments: u32_at(self.header(), 20),
        }
    }

    pub(crate) fn set_counters(&mut self, counters: Counters) {
        let Counters { next_recipient, next_attachment, recipients, attachments } = counters;
        let fields = [next_recipient, next_attachment, recipients, attachments];
        let bytes = fields.into_iter().flat_map(u32::to_le_bytes);
        let Header { bytes: header, len } = &mut self.header;
        let slots = header.iter_mut().take(*len).skip(8).take(16);
        slots.zip(bytes).for_each(|(slot, byte)| *slot = byte);
    }

    /// The bytes of the header.
    pub(crate) fn header(&self) -> &[u8] {
        self.header.bytes.get(..self.header.len).unwrap_or_default()
    }

    /// The stream with the header of another position; reserved bytes stay as far as they fit.
    pub(crate) fn to_bytes(&self, kind: HeaderKind) -> Vec<u8> {
        let mut out = Vec::with_capacity(kind.len() + 16 * self.entries.len());
        out.extend(self.header());
        out.resize(kind.len(), 0);
        self.entries.iter().for_each(|entry| out.extend(entry.0));
        out
    }
}

/// The name of a property's value stream or storage, such as `__substg1.0_0037001F`.
pub(crate) fn value_name(tag: PropTag) -> crate::stg::ElementName {
    let mut name = *b"__substg1.0_00000000";
    hex(&mut name, 12, tag.value());
    crate::stg::ElementName::ascii(&name)
}

/// The name of one value of a multivalued property, such as `__substg1.0_8003101F-0000000A`.
pub(crate) fn element_name(tag: PropTag, index: u32) -> crate::stg::ElementName {
    let mut name = *b"__substg1.0_00000000-00000000";
    hex(&mut name, 12, tag.value());
    hex(&mut name, 21, index);
    crate::stg::ElementName::ascii(&name)
}

/// Puts eight upper-case hexadecimal digits at `at`.
pub(crate) fn hex(name: &mut [u8], at: usize, value: u32) {
    let mut rest = value;
    for slot in name.iter_mut().skip(at).take(8) {
        rest = rest.rotate_left(4);
        let [digit, ..] = (rest & 0xF).to_le_bytes();
        *slot = digit + if digit < 10 { b'0' } else { b'A' - 10 };
    }
}

/// The tag in a name of the form `__substg1.0_PPPPTTTT`.
pub(crate) fn tag_of_name(name: &crate::stg::ElementName) -> Option<PropTag> {
    let mut buffer = [0; 31];
    let (head, digits) = name.as_ascii(&mut buffer)?.split_at_checked(12)?;
    head.eq_ignore_ascii_case(b"__substg1.0_").then(|| parse_hex(digits))?.map(PropTag::new)
}

/// The tag in a name of the form `__substg1.0_PPPPTTTT-IIIIIIII`.
pub(crate) fn tag_of_element(name: &crate::stg::ElementName) -> Option<PropTag> {
    let mut buffer = [0; 31];
    let rest = name.as_ascii(&mut buffer)?;
    let (head, digits) = rest.split_at_checked(12)?;
    let (tag, index) = digits.split_at_checked(8)?;
    parse_hex(index.strip_prefix(b"-")?)?;
    head.eq_ignore_ascii_case(b"__substg1.0_").then(|| parse_hex(tag))?.map(PropTag::new)
}

/// The same for a name in the usual spelling, quickly; `None` for every other name.
pub(crate) fn tag_of_usual_name(name: &crate::stg::ElementName) -> Option<PropTag> {
    let (head, digits) = name.units().split_first_chunk::<12>()?;
    let prefix = b"__substg1.0_".iter().map(|byte| u16::from(*byte));
    if digits.len() != 8 || !head.iter().copied().eq(prefix) {
        return None;
    }
    let tag = digits.iter().try_fold(0, |tag: u32, digit| {
        let digit = match digit {
            0x30..=0x39 => digit - 0x30,
            0x41..=0x46 => digit - 0x41 + 10,
            _ => return None,
        };
        Some(tag << 4 | u32::from(digit))
    });
    tag.map(PropTag::new)
}

/// Eight hexadecimal digits of either case.
pub(crate) fn parse_hex(digits: &[u8]) -> Option<u32> {
    if digits.len() != 8 {
        return None;
    }
    let value = |byte: &u8| char::from(*byte).to_digit(16);
    digits.iter().try_fold(0, |sum: u32, byte| Some((sum << 4) | value(byte)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spec: F-006
    #[test]
    fn trailing_bytes_do_not_hide_the_whole_entries_before_them() {
        let mut bytes = vec![0; 8];
        bytes.extend(RawEntry::new(PropTag::new(0x0E07_0003), 6, [1, 0, 0, 0, 9, 9, 9, 9]).0);
        bytes.extend([7; 4]);
        let stream = PropStream::read(&bytes, HeaderKind::Sub, 100).unwrap();
        assert_eq!((stream.entries.len(), stream.trailing), (1, 4));
        assert_eq!(stream.entries[0].tag(), PropTag::new(0x0E07_0003));
        assert_eq!(stream.to_bytes(HeaderKind::Sub), bytes[..24]);
    }

    /// Spec: C-043, F-004
    #[test]
    fn ten_bytes_are_no_property_stream() {
        for kind in [HeaderKind::TopLevel, HeaderKind::Embedded] {
            let error = PropStream::read(&[0; 10], kind, 100).unwrap_err();
            assert_eq!(error.code(), Code::CorruptData);
        }
    }

    /// Spec: F-024
    #[test]
    fn value_names_are_upper_case_hexadecimal() {
        let tag = PropTag::new(0x80AB_101F);
        assert_eq!(value_name(tag).to_string(), "__substg1.0_80AB101F");
        assert_eq!(element_name(tag, 16).to_string(), "__substg1.0_80AB101F-00000010");
        assert_eq!(tag_of_name(&value_name(tag)), Some(tag));
    }
}
