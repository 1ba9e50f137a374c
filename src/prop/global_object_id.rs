//! GlobalObjectId: what makes a meeting the same in every calendar.

use super::fields::Fields;
use crate::error::Result;
use crate::wire::FileTime;
use std::fmt::Write as _;

const MAGIC: [u8; 16] = [
    0x04, 0x00, 0x00, 0x00, 0x82, 0x00, 0xE0, 0x00, 0x74, 0xC5, 0xB7, 0x10, 0x1A, 0x82, 0xE0, 0x08,
];
/// Says that the data is the UID of an iCalendar object.
const VCAL: &[u8] = b"vCal-Uid\x01\0\0\0";

/// The identity of a meeting, in `PidLidGlobalObjectId` and `PidLidCleanGlobalObjectId`.
///
/// Spec: msg-format 2.9, F-059 (MS-OXOCAL 2.2.1.27).
///
/// # Example
/// ```
/// use openimsg::GlobalObjectId;
///
/// let id = GlobalObjectId::from_uid("meeting-7@example.org");
/// assert_eq!(GlobalObjectId::parse(&id.to_bytes())?.uid(), "meeting-7@example.org");
/// # Ok::<(), openimsg::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GlobalObjectId {
    /// The local date of one occurrence of a series: year, month, day. `None` for the series, or
    /// for a meeting that happens once.
    pub instance: Option<(u16, u8, u8)>,
    /// When the meeting was made; may be [`FileTime::is_none`].
    pub created: FileTime,
    /// Zero in every file seen.
    pub reserved: [u8; 8],
    /// What makes the meeting unique.
    pub data: Vec<u8>,
}

impl GlobalObjectId {
    /// Of a meeting that another calendar gave a UID.
    #[must_use]
    pub fn from_uid(uid: &str) -> GlobalObjectId {
        let data = [VCAL, uid.as_bytes(), &[0]].concat();
        GlobalObjectId { instance: None, created: FileTime::default(), reserved: [0; 8], data }
    }

    /// Takes the stored bytes apart. Bytes after the data are passed over.
    ///
    /// # Errors
    /// [`Code::CorruptData`](crate::Code::CorruptData) with the offset for other bytes at the
    /// beginning, or if they end early.
    pub fn parse(bytes: &[u8]) -> Result<GlobalObjectId> {
        let mut fields = Fields::new(bytes, "read global object id", "MS-OXOCAL 2.2.1.27");
        let start = fields;
        if fields.array()? != MAGIC {
            return Err(start.fault("the bytes at the beginning are not those of a meeting"));
        }
        let [high, low, month, day] = fields.array()?;
        let date = (u16::from_be_bytes([high, low]), month, day);
        let instance = (date != (0, 0, 0)).then_some(date);
        let created = FileTime::from_ticks(u64::from_le_bytes(fields.array()?));
        let reserved = fields.array()?;
        let size = fields.u32()?;
        let data = fields.take_claimed(size)?.to_vec();
        Ok(GlobalObjectId { instance, created, reserved, data })
    }

    /// The bytes as they are stored.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (year, month, day) = self.instance.unwrap_or_default();
        let mut out = MAGIC.to_vec();
        out.extend(year.to_be_bytes());
        out.extend([month, day]);
        out.extend(self.created.ticks().to_le_bytes());
        out.extend(self.reserved);
        out.extend(u32::try_from(self.data.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend(&self.data);
        out
    }

    /// The same without the date of the occurrence: what all occurrences of a series share.
    #[must_use]
    pub fn clean(&self) -> GlobalObjectId {
        GlobalObjectId { instance: None, ..self.clone() }
    }

    /// The UID as calendars exchange it: the text after `vCal-Uid`, else all bytes without the date
    /// in upper-case hexadecimal.
    #[must_use]
    pub fn uid(&self) -> String {
        if let Some(uid) = self.data.strip_prefix(VCAL) {
            let end = uid.iter().position(|byte| *byte == 0).unwrap_or(uid.len());
            let uid = uid.get(..end).unwrap_or_default();
            return String::from_utf8_lossy(uid).into_owned();
        }
        let mut text = String::new();
        for byte in self.clean().to_bytes() {
            let _ = write!(text, "{byte:02X}");
        }
        text
    }
}
