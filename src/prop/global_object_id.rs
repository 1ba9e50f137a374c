//! The identifier that all copies of a meeting share. Spec: msg-format 2.9.

use crate::error::{Code, Error, Result};
use crate::wire::{FileTime, Reader};

/// `PidLidGlobalObjectId`: which meeting a calendar item belongs to.
///
/// # Example
/// ```
/// use openimsg::GlobalObjectId;
///
/// let id = GlobalObjectId::from_uid("7f3a@example.org");
/// assert_eq!(GlobalObjectId::read(&id.to_bytes())?.uid(), "7f3a@example.org");
/// # Ok::<(), openimsg::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlobalObjectId {
    bytes: Vec<u8>,
    /// Where the data begin and end.
    data: (usize, usize),
}

const CLASS: [u8; 16] = [4, 0, 0, 0, 0x82, 0, 0xE0, 0, 0x74, 0xC5, 0xB7, 0x10, 0x1A, 0x82, 0xE0, 8];
const VCAL: &[u8] = b"vCal-Uid\x01\0\0\0";

impl GlobalObjectId {
    /// Reads the bytes of the property.
    ///
    /// # Errors
    /// [`Code::CorruptData`] if it is none or cut off.
    pub fn read(bytes: &[u8]) -> Result<GlobalObjectId> {
        let broken = |note: &str| Error::new(Code::CorruptData, "read global object id").note(note);
        let mut reader = Reader::new(bytes);
        if reader.array() != Some(CLASS) {
            return Err(broken("it does not begin as one"));
        }
        // Date, creation time, reserved.
        let size = reader.take(20).and_then(|_| reader.u32());
        let size = size.and_then(|size| usize::try_from(size).ok());
        let size = size.ok_or_else(|| broken("it is cut off"))?;
        let start = reader.position();
        reader.take(size).ok_or_else(|| broken("it is cut off"))?;
        Ok(GlobalObjectId { bytes: bytes.to_vec(), data: (start, start + size) })
    }

    /// The identifier for an iCalendar UID.
    #[must_use]
    pub fn from_uid(uid: &str) -> GlobalObjectId {
        let mut bytes = CLASS.to_vec();
        bytes.extend([0; 20]);
        let len = VCAL.len() + uid.len() + 1;
        bytes.extend(u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes());
        let start = bytes.len();
        bytes.extend(VCAL);
        bytes.extend(uid.as_bytes());
        bytes.push(0);
        GlobalObjectId { bytes, data: (start, start + len) }
    }

    /// The bytes of the property.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// The occurrence of a series that it means: year, month and day; `None` for the series.
    #[must_use]
    pub fn occurrence(&self) -> Option<(u16, u8, u8)> {
        let [high, low, month, day] = *self.bytes.get(16..)?.first_chunk()?;
        let year = u16::from_be_bytes([high, low]);
        ((year, month, day) != (0, 0, 0)).then_some((year, month, day))
    }

    /// When it was made; `None` if it does not say.
    #[must_use]
    pub fn created(&self) -> Option<FileTime> {
        let ticks = self.bytes.get(20..)?.first_chunk()?;
        Some(FileTime::from_ticks(u64::from_le_bytes(*ticks))).filter(|time| !time.is_none())
    }

    /// The UID of iCalendar: the one embedded, else the hexadecimal bytes without the occurrence.
    ///
    /// Spec: F-059.
    #[must_use]
    pub fn uid(&self) -> String {
        use std::fmt::Write;
        let data = self.bytes.get(self.data.0..self.data.1).unwrap_or_default();
        if let Some(uid) = data.strip_prefix(VCAL) {
            let end = uid.iter().position(|byte| *byte == 0).unwrap_or(uid.len());
            return String::from_utf8_lossy(uid.get(..end).unwrap_or_default()).into_owned();
        }
        let mut text = String::with_capacity(self.bytes.len() * 2);
        for (at, byte) in self.bytes.iter().enumerate() {
            let byte = if (16..20).contains(&at) { 0 } else { *byte };
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02X}");
        }
        text
    }
}
