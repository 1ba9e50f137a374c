//! Reports: what became of a mail. Spec: msg-format 6.12 (RFC 3464, RFC 8098).
//!
//! ```text
//!   multipart/report   for people                        the bodies
//!                      message/delivery-status           class, one recipient for each that it tells of
//!                      message/disposition-notification  class, the message that was read
//!                      the mail it is about              an attachment
//! ```

use super::addressees::row;
use super::dates::date;
use super::decode;
use super::entity::Entity;
use super::head::{Head, plain};
use super::people::Listed;
use super::source::{Kind, Multi, PartId, failed};
use super::words;
use crate::error::Result;
use crate::mime::Conversion;
use crate::msg::{Message, Modify, Recipient};
use crate::prop::{Prop, PropTag, PropValue};
use crate::tags::{
    PID_TAG_REPORTING_MESSAGE_TRANSFER_AGENT, PR_CLIENT_SUBMIT_TIME, PR_DELIVER_TIME,
    PR_DSN_REMOTE_MTA_W, PR_INTERNET_REFERENCES_W, PR_MESSAGE_CLASS_W, PR_NDR_DIAG_CODE,
    PR_NDR_REASON_CODE, PR_NDR_STATUS_CODE, PR_ORIGINAL_SUBMIT_TIME, PR_PARENT_KEY, PR_REPORT_TIME,
    PR_SUPPLEMENTARY_INFO_W,
};
use std::io::Read;

/// The most of a report that is read.
const MAX: u64 = 16 << 20;
/// `PidTagOriginalMessageId`.
const ORIGINAL_MESSAGE_ID: PropTag = PropTag::new(0x1046_001F);
/// `MAPI_DIAG_NO_DIAGNOSTIC`.
const NO_DIAGNOSTIC: i32 = -1;

/// Reads a report into the message; gives the part that was taken over.
pub(super) fn read(
    entity: &Entity<'_>,
    root: PartId,
    head: &Head,
    message: &Message<'_>,
    conversion: &mut Conversion,
) -> Result<Option<PartId>> {
    let Some(report) =
        entity.tree().get(root).filter(|part| part.kind == Kind::Multi(Multi::Report))
    else {
        return Ok(None);
    };
    for child in &report.children {
        let Some(part) = entity.tree().get(*child) else { continue };
        let media = entity.head(*child)?.content_type().map(|content| content.value);
        let delivery = match media.as_deref() {
            Some("message/delivery-status" | "message/global-delivery-status") => true,
            Some(
                "message/disposition-notification" | "message/global-disposition-notification",
            ) => false,
            _ => continue,
        };
        let mut bytes = Vec::new();
        let mut content = decode::content(entity.source(), part).take(MAX);
        content.read_to_end(&mut bytes).map_err(failed)?;
        let blocks = blocks(&bytes);
        let done = match delivery {
            true => delivery_status(&blocks, message)?,
            false => disposition(&blocks, message)?,
        };
        if !done {
            let what = "a report without an action that is known is kept as an attachment";
            conversion.forgive("mail-report", &entity.place(*child), what);
            return Ok(None);
        }
        if message.get(PR_REPORT_TIME)?.is_none()
            && let Some(time) = head.first("date").and_then(date)
        {
            message.set(PR_REPORT_TIME, time)?;
        }
        return Ok(Some(*child));
    }
    Ok(None)
}

/// The groups of fields, which empty lines part.
fn blocks(bytes: &[u8]) -> Vec<Head> {
    let text: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != b'\r').collect();
    let mut blocks = Vec::new();
    let mut block = Vec::new();
    for line in text.split(|byte| *byte == b'\n').chain([&b""[..]]) {
        if !line.trim_ascii().is_empty() {
            block.extend_from_slice(line);
            block.push(b'\n');
        } else if !block.is_empty() {
            blocks.push(Head::parse(&std::mem::take(&mut block), None));
        }
    }
    blocks
}

/// A value behind its type: `rfc822;ana@example.org`.
fn typed(value: &str) -> String {
    let value = value.split_once(';').map_or(value, |(_, value)| value);
    plain(&words::decoded(value.trim()))
}

/// The class of a report by what was done, the weightiest first.
const ACTIONS: [(&str, &str); 5] = [
    ("failed", "NDR"),
    ("delayed", "Delayed.DR"),
    ("delivered", "DR"),
    ("relayed", "Relayed.DR"),
    ("expanded", "Expanded.DR"),
];

/// Whether the report tells of an action that is known.
fn delivery_status(blocks: &[Head], message: &Message<'_>) -> Result<bool> {
    let action = |block: &Head| {
        let value = block.first("action").unwrap_or_default().to_ascii_lowercase();
        let word = value.split([' ', '(', ';']).next().unwrap_or_default().to_owned();
        ACTIONS.iter().position(|(name, _)| *name == word)
    };
    let Some(class) = blocks.iter().filter_map(action).min().and_then(|at| ACTIONS.get(at)) else {
        return Ok(false);
    };
    message.set(PR_MESSAGE_CLASS_W, format!("REPORT.IPM.Note.{}", class.1).as_str())?;
    if let Some(first) = blocks.first() {
        if let Some(mta) = first.first("reporting-mta") {
            message.set(PID_TAG_REPORTING_MESSAGE_TRANSFER_AGENT, typed(mta).as_str())?;
        }
        if let Some(time) = first.first("arrival-date").and_then(date) {
            message.set(PR_ORIGINAL_SUBMIT_TIME, time)?;
        }
    }
    let time = message.get(PR_CLIENT_SUBMIT_TIME)?;
    let reported = blocks.iter().filter(|block| action(block).is_some());
    let rows: Vec<Recipient> = reported.map(|block| recipient(block, time)).collect();
    message.modify_recipients(Modify::Replace, &rows)?;
    Ok(true)
}

/// What became of the mail for one recipient.
fn recipient(block: &Head, reported: Option<crate::wire::FileTime>) -> Recipient {
    let address = block.first("final-recipient").or(block.first("original-recipient"));
    let address = typed(address.unwrap_or_default());
    let name = block.text("x-display-name").unwrap_or_default();
    let known = address.contains('@');
    let mut row = row(
        &Listed {
            name: if name.is_empty() && !known { address.clone() } else { name },
            address: if known { address } else { String::new() },
        },
        1,
    );
    let mut set = |tag: PropTag, value: PropValue| row.set(Prop { tag, value });
    if let Some((class, subject, detail)) = block.first("status").and_then(status) {
        set(PR_NDR_STATUS_CODE.tag(), PropValue::Long(class * 100 + subject * 10 + detail));
        if class != 2 {
            let code = format!("{class}.{subject}.{detail}");
            set(PR_NDR_REASON_CODE.tag(), PropValue::Long(reason(&code)));
            set(PR_NDR_DIAG_CODE.tag(), PropValue::Long(diagnostic(&code)));
        }
    }
    if let Some(info) = block.first("diagnostic-code").or(block.first("x-supplementary-info")) {
        set(PR_SUPPLEMENTARY_INFO_W.tag(), PropValue::Unicode(typed(info).as_str().into()));
    }
    if let Some(mta) = block.first("remote-mta") {
        set(PR_DSN_REMOTE_MTA_W.tag(), PropValue::Unicode(typed(mta).as_str().into()));
    }
    if let Some(time) = block.first("last-attempt-date").and_then(date) {
        set(PR_DELIVER_TIME.tag(), PropValue::SysTime(time));
    }
    if let Some(time) = reported {
        set(PR_REPORT_TIME.tag(), PropValue::SysTime(time));
    }
    row
}

/// The three numbers of a status; of long ones the last digits cannot be kept.
fn status(value: &str) -> Option<(i32, i32, i32)> {
    let code = value.split([' ', '(', '\t']).find(|word| !word.is_empty())?;
    let mut numbers = code.split('.').map(|number| number.parse::<i32>().ok());
    let (class, subject, detail) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let sound = matches!(class, 2 | 4 | 5) && (0..=9).contains(&subject) && detail >= 0;
    sound.then_some((class, subject, detail.min(9)))
}

/// Codes of MAPI whose status is a given one. Spec: msg-format 6.12.
const REASONS: [(&str, i32); 6] =
    [("5.4.0", 0), ("5.1.0", 1), ("5.6.5", 2), ("5.2.0", 4), ("5.3.0", 5), ("4.4.3", 6)];
const DIAGNOSTICS: [(&str, i32); 27] = [
    ("5.1.0", 0),
    ("5.1.4", 1),
    ("4.4.5", 2),
    ("4.4.6", 3),
    ("4.4.7", 5),
    ("5.3.0", 6),
    ("5.6.0", 7),
    ("5.6.3", 8),
    ("5.6.2", 9),
    ("5.5.4", 11),
    ("5.3.4", 13),
    ("5.6.1", 15),
    ("5.5.3", 16),
    ("5.5.5", 17),
    ("5.3.3", 18),
    ("4.6.4", 22),
    ("5.7.3", 26),
    ("5.7.2", 28),
    ("5.7.1", 29),
    ("5.2.4", 30),
    ("5.1.3", 32),
    ("5.1.1", 35),
    ("5.1.6", 40),
    ("5.0.0", 44),
    ("5.7.0", 46),
    ("5.1.2", 48),
    ("5.6.5", NO_DIAGNOSTIC),
];

/// The reason of a status: its own, that of its class and subject, or that the transfer failed.
fn reason(code: &str) -> i32 {
    let of = |code: &str| REASONS.iter().find(|(own, _)| *own == code).map(|(_, reason)| *reason);
    let broad = || of(&format!("{}.0", code.get(..3)?));
    of(code).or_else(broad).unwrap_or(0)
}

fn diagnostic(code: &str) -> i32 {
    let found = DIAGNOSTICS.iter().find(|(own, _)| *own == code);
    found.map_or(NO_DIAGNOSTIC, |(_, diagnostic)| *diagnostic)
}

/// Whether the report tells of a disposition that is known.
fn disposition(blocks: &[Head], message: &Message<'_>) -> Result<bool> {
    let Some(block) = blocks.iter().find(|block| block.first("disposition").is_some()) else {
        return Ok(false);
    };
    let value = block.first("disposition").unwrap_or_default().to_ascii_lowercase();
    let what = value.rsplit(';').next().unwrap_or_default();
    let class = match what.split(['/', ',', ' ']).find(|word| !word.is_empty()) {
        Some("displayed" | "dispatched" | "processed") => "IPNRN",
        Some("deleted" | "denied" | "failed") => "IPNNRN",
        _ => return Ok(false),
    };
    message.set(PR_MESSAGE_CLASS_W, format!("REPORT.IPM.Note.{class}").as_str())?;
    if let Some(id) = block.text("original-message-id") {
        let value = PropValue::Unicode(id.as_str().into());
        message.set_props(&[Prop { tag: ORIGINAL_MESSAGE_ID, value }])?;
        if message.get(PR_INTERNET_REFERENCES_W)?.is_none() {
            message.set(PR_INTERNET_REFERENCES_W, id.as_str())?;
        }
    }
    if let Some(key) = block.first("x-msexch-correlation-key") {
        let key = decode::base64(key);
        if !key.is_empty() {
            message.set(PR_PARENT_KEY, key)?;
        }
    }
    if let Some(time) = block.first("x-report-time").and_then(date) {
        message.set(PR_REPORT_TIME, time)?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_three_numbers() {
        assert_eq!(status("5.1.1 (no such user)"), Some((5, 1, 1)));
        assert_eq!(status("4.7.23"), Some((4, 7, 9)));
        for none in ["", "5.1", "3.1.1", "5.x.1", "5.10.1"] {
            assert_eq!(status(none), None, "{none}");
        }
        assert_eq!((reason("5.1.1"), diagnostic("5.1.1")), (1, 35));
        assert_eq!((reason("5.7.9"), diagnostic("5.7.9")), (0, -1));
    }
}
