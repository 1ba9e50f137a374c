//! What makes an item the same in every calendar. Spec: msg-format 2.9, 6.11, Q-84.

use super::time::Stamp;
use super::work::Work;
use crate::error::Result;
use crate::msg::Message;
use crate::named::*;
use crate::prop::GlobalObjectId;
use crate::tags::{PR_SEARCH_KEY, PR_SUBJECT_W};
use crate::wire::FileTime;
use std::fmt::Write as _;

/// The identity of an item.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) uid: String,
    /// The day of the occurrence that it is, by its own clock.
    pub(super) instance: Option<Stamp>,
}

/// Upper-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

/// What is stored of a UID: the identifier itself if it is one in hexadecimal digits, else one that holds
/// the text.
pub(super) fn id_of(uid: &str) -> GlobalObjectId {
    let bytes = uid.as_bytes().chunks(2).map(|pair| {
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        let [high, low] = pair else { return None };
        u8::try_from(digit(high)? * 16 + digit(low)?).ok()
    });
    let bytes: Option<Vec<u8>> = bytes.collect();
    let parsed = bytes.and_then(|bytes| GlobalObjectId::parse(&bytes).ok());
    // Only what gives the same text again.
    let same = parsed.filter(|id| id.uid().eq_ignore_ascii_case(uid));
    same.unwrap_or_else(|| GlobalObjectId::from_uid(uid))
}

/// The identity of a meeting, from either of its identifiers; else [`other`].
pub(super) fn of_meeting(message: &Message<'_>, work: &mut Work<'_>) -> Result<Identity> {
    let full = work.read("UID", message.get(PID_LID_GLOBAL_OBJECT_ID))?;
    let clean = work.read("UID", message.get(PID_LID_CLEAN_GLOBAL_OBJECT_ID))?;
    let present = |bytes: Option<Vec<u8>>| bytes.filter(|bytes| !bytes.is_empty());
    let (full, clean) = (present(full), present(clean));
    let parsed = |bytes: &Option<Vec<u8>>| {
        bytes.as_deref().and_then(|bytes| GlobalObjectId::parse(bytes).ok())
    };
    let ids = (parsed(&full), parsed(&clean));
    let day = ids.0.as_ref().and_then(|id| id.instance);
    let instance =
        day.and_then(|(year, month, day)| Stamp::day(year.into(), month.into(), day.into()));
    if let Some(id) = ids.0.or(ids.1).filter(|id| !id.uid().is_empty()) {
        return Ok(Identity { uid: id.uid(), instance });
    }
    let Some(bytes) = full.or(clean) else { return other(message, work) };
    work.find("calendar-uid", "the identifier of the meeting is malformed; it is used as it is");
    Ok(Identity { uid: malformed(&bytes), instance: None })
}

/// The text that malformed bytes are, else their hexadecimal digits.
fn malformed(bytes: &[u8]) -> String {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    let text = std::str::from_utf8(bytes.get(..end).unwrap_or_default()).ok();
    let text = text.filter(|text| !text.is_empty() && !text.contains(char::is_control));
    text.map_or_else(|| hex(bytes), str::to_owned)
}

/// Of what is no meeting: the identifier of a task, the search key, else what tells it from others.
pub(super) fn other(message: &Message<'_>, work: &mut Work<'_>) -> Result<Identity> {
    let of_task = work.read("UID", message.get(PID_LID_TASK_GLOBAL_ID))?;
    let key = work.read("UID", message.get(PR_SEARCH_KEY))?;
    let found = of_task.into_iter().chain(key).find(|bytes| !bytes.is_empty());
    if let Some(bytes) = found {
        let parsed = GlobalObjectId::parse(&bytes).ok();
        let uid = parsed.map_or_else(|| hex(&bytes), |id| id.uid());
        return Ok(Identity { uid, instance: None });
    }
    let subject = work.read("UID", message.get(PR_SUBJECT_W))?.unwrap_or_default();
    let start = work.read("UID", message.get(PID_LID_COMMON_START))?.map_or(0, FileTime::ticks);
    // FNV-1a: the same item has the same number whenever it is asked for.
    let bytes = subject.bytes().chain(start.to_le_bytes());
    let sum = bytes.fold(0xCBF2_9CE4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    Ok(Identity { uid: format!("openimsg-{sum:016x}"), instance: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_identifiers_are_text_or_digits() {
        assert_eq!(malformed(b"meeting-7@example.org\0"), "meeting-7@example.org");
        assert_eq!(malformed(&[4, 0, 0, 0, 0x82, 0]), "040000008200");
        assert_eq!(malformed(&[0, 0]), "0000");
    }
}
