//! Attributes: their numbers, and their headers in the stream.
//!
//! ```text
//!   stream     signature u32 0x223E9F78 | key u16 | attributes
//!   attribute  level u8: 1 message, 2 attachment | id u32 | length u32 | data | sum of the data u16
//! ```
//! Spec: msg-format 6.10 (MS-OXTNEF 2.1.3.2).

use super::bytes::{Bytes, Data};
use crate::error::Result;

pub(super) const SIGNATURE: u32 = 0x223E_9F78;
/// Signature and key.
pub(super) const START: u64 = 6;
/// Level, id and length.
const HEADER: u64 = 9;

macro_rules! attributes {
    ($($name:ident = $id:literal, $text:literal;)+) => {
        $(pub(super) const $name: u32 = $id;)+

        /// The name of an attribute in the published documents.
        pub(super) fn name(id: u32) -> Option<&'static str> {
            match id { $($id => Some($text),)+ _ => None }
        }
    };
}

attributes! {
    OWNER = 0x0006_0000, "attOwner";
    SENT_FOR = 0x0006_0001, "attSentFor";
    DELEGATE = 0x0006_0002, "attDelegate";
    ORIGINAL_CLASS = 0x0007_0600, "attOriginalMessageClass";
    DATE_START = 0x0003_0006, "attDateStart";
    DATE_END = 0x0003_0007, "attDateEnd";
    AID_OWNER = 0x0005_0008, "attAidOwner";
    REQUEST_RES = 0x0004_0009, "attRequestRes";
    FROM = 0x0000_8000, "attFrom";
    SUBJECT = 0x0001_8004, "attSubject";
    DATE_SENT = 0x0003_8005, "attDateSent";
    DATE_RECEIVED = 0x0003_8006, "attDateRecd";
    MESSAGE_STATUS = 0x0006_8007, "attMessageStatus";
    MESSAGE_CLASS = 0x0007_8008, "attMessageClass";
    MESSAGE_ID = 0x0001_8009, "attMessageID";
    PARENT_ID = 0x0001_800A, "attParentID";
    CONVERSATION_ID = 0x0001_800B, "attConversationID";
    BODY = 0x0002_800C, "attBody";
    PRIORITY = 0x0004_800D, "attPriority";
    ATTACH_DATA = 0x0006_800F, "attAttachData";
    ATTACH_TITLE = 0x0001_8010, "attAttachTitle";
    ATTACH_META_FILE = 0x0006_8011, "attAttachMetaFile";
    ATTACH_CREATE_DATE = 0x0003_8012, "attAttachCreateDate";
    ATTACH_MODIFY_DATE = 0x0003_8013, "attAttachModifyDate";
    DATE_MODIFIED = 0x0003_8020, "attDateModified";
    ATTACH_TRANSPORT_FILENAME = 0x0006_9001, "attAttachTransportFilename";
    ATTACH_REND_DATA = 0x0006_9002, "attAttachRendData";
    MSG_PROPS = 0x0006_9003, "attMsgProps";
    RECIP_TABLE = 0x0006_9004, "attRecipTable";
    ATTACHMENT = 0x0006_9005, "attAttachment";
    TNEF_VERSION = 0x0008_9006, "attTnefVersion";
    OEM_CODEPAGE = 0x0006_9007, "attOemCodepage";
}

/// The number that real files have where the documents say [`ORIGINAL_CLASS`].
const ORIGINAL_CLASS_AS_WRITTEN: u32 = 0x0007_0006;

/// An attribute in the stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Attribute {
    pub(super) level: u8,
    pub(super) id: u32,
    /// Where the attribute, and where its data begin.
    pub(super) header: u64,
    pub(super) start: u64,
    /// Where its data end: at the end of the stream, if it promises more.
    pub(super) end: u64,
    /// Whether it promises more than there is.
    pub(super) cut: bool,
}

impl Attribute {
    /// Where the next one begins.
    pub(super) fn next(&self) -> u64 {
        self.end.saturating_add(2)
    }
}

/// The attribute that begins at a position of a stream that ends at `end`; `None` if there are not as
/// many bytes as its header has.
pub(super) fn at(bytes: &mut Bytes<'_>, at: u64, end: u64) -> Result<Option<Attribute>> {
    bytes.seek(at);
    let mut data = Data::new(bytes, end);
    if data.left() < HEADER {
        return Ok(None);
    }
    let Some([level, rest @ ..]) = data.array::<9>()? else { return Ok(None) };
    let [a, b, c, d, e, f, g, h] = rest;
    let len = u64::from(u32::from_le_bytes([e, f, g, h]));
    let id = match u32::from_le_bytes([a, b, c, d]) {
        ORIGINAL_CLASS_AS_WRITTEN => ORIGINAL_CLASS,
        id => id,
    };
    let (start, left) = (data.at(), data.left());
    let (end, cut) = (start.saturating_add(len.min(left)), len > left);
    Ok(Some(Attribute { level, id, header: at, start, end, cut }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn a_length_is_held_against_what_is_there() {
        let mut source = Cursor::new(b"\x01\x04\x80\x01\x00\x05\x00\x00\x00abcde\x00\x00".to_vec());
        let mut bytes = Bytes::new(&mut source).unwrap();
        let sound = Attribute { level: 1, id: SUBJECT, header: 0, start: 9, end: 14, cut: false };
        assert_eq!(at(&mut bytes, 0, 16).unwrap(), Some(sound));
        assert_eq!(sound.next(), 16);
        let cut = Attribute { end: 12, cut: true, ..sound };
        assert_eq!(at(&mut bytes, 0, 12).unwrap(), Some(cut));
        assert_eq!(at(&mut bytes, 0, 8).unwrap(), None);
    }

    #[test]
    fn the_original_class_has_two_numbers() {
        let mut source = Cursor::new(b"\x01\x06\x00\x07\x00\x00\x00\x00\x00".to_vec());
        let mut bytes = Bytes::new(&mut source).unwrap();
        assert_eq!(at(&mut bytes, 0, 9).unwrap().unwrap().id, ORIGINAL_CLASS);
    }
}
