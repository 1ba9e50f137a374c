//! The occurrences of a series that differ from its pattern.

use super::{LocalMinutes, Recurrence};
use crate::error::Result;
use crate::prop::fields::{Fields, latin};

const SUBJECT: u16 = 0x0001;
const MEETING_TYPE: u16 = 0x0002;
const REMINDER_DELTA: u16 = 0x0004;
const REMINDER_SET: u16 = 0x0008;
const LOCATION: u16 = 0x0010;
const BUSY_STATUS: u16 = 0x0020;
const ATTACHMENT: u16 = 0x0040;
const ALL_DAY: u16 = 0x0080;
const COLOR: u16 = 0x0100;
/// The version from which an extended exception begins with a highlight block.
pub(super) const WITH_HIGHLIGHT: u32 = 0x3009;

/// One occurrence that differs. What is `None` is as in the series.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecurrenceException {
    /// When it starts, local.
    pub start: LocalMinutes,
    /// When it ends, local.
    pub end: LocalMinutes,
    /// When it would have started, local.
    pub original_start: LocalMinutes,
    /// Which fields differ, as stored.
    pub overrides: u16,
    /// Its subject; from the extended part where that is sound, else as Windows-1252.
    pub subject: Option<String>,
    /// Its location; as the subject.
    pub location: Option<String>,
    /// Its `PidLidAppointmentStateFlags`.
    pub meeting_type: Option<u32>,
    /// Minutes before its start at which to remind.
    pub reminder_delta: Option<u32>,
    /// Whether to remind.
    pub reminder_set: Option<bool>,
    /// Its busy status.
    pub busy_status: Option<u32>,
    /// Whether it has attachments.
    pub has_attachment: Option<bool>,
    /// Whether it takes the whole day.
    pub all_day: Option<bool>,
    /// Its colour.
    pub color: Option<u32>,
}

/// Reads what follows the pattern in an appointment. What was read before an error stays in `to`.
pub(super) fn read(fields: &mut Fields<'_>, to: &mut Recurrence) -> Result<()> {
    let at = *fields;
    // 0x3006 is what all writers say.
    if fields.u32()? != 0x3006 {
        return Err(at.fault("no appointment after the pattern"));
    }
    let version = fields.u32()?;
    to.times = Some((fields.u32()?, fields.u32()?));
    let count = fields.short_count(14)?;
    for _ in 0..count {
        to.exceptions.push(read_one(fields)?);
    }
    block(fields)?;
    for exception in &mut to.exceptions {
        extend(fields, version, exception)?;
    }
    block(fields)
}

fn read_one(fields: &mut Fields<'_>) -> Result<RecurrenceException> {
    let mut time = || fields.u32().map(LocalMinutes);
    let (start, end, original_start) = (time()?, time()?, time()?);
    let overrides = fields.u16()?;
    let has = |bit: u16| overrides & bit != 0;
    let text = |fields: &mut Fields<'_>, bit| -> Result<Option<String>> {
        if !has(bit) {
            return Ok(None);
        }
        fields.u16()?;
        let len = fields.u16()?;
        Ok(Some(latin(fields.take(usize::from(len))?)))
    };
    let number = |fields: &mut Fields<'_>, bit| -> Result<Option<u32>> {
        if has(bit) { fields.u32().map(Some) } else { Ok(None) }
    };
    let flag = |fields: &mut Fields<'_>, bit| Ok(number(fields, bit)?.map(|value| value != 0));
    Ok(RecurrenceException {
        start,
        end,
        original_start,
        overrides,
        subject: text(fields, SUBJECT)?,
        meeting_type: number(fields, MEETING_TYPE)?,
        reminder_delta: number(fields, REMINDER_DELTA)?,
        reminder_set: flag(fields, REMINDER_SET)?,
        location: text(fields, LOCATION)?,
        busy_status: number(fields, BUSY_STATUS)?,
        has_attachment: flag(fields, ATTACHMENT)?,
        all_day: flag(fields, ALL_DAY)?,
        color: number(fields, COLOR)?,
    })
}

/// A block of bytes reserved for later versions.
fn block(fields: &mut Fields<'_>) -> Result<()> {
    let size = fields.u32()?;
    fields.take_claimed(size).map(drop)
}

/// The extended part of one exception: its texts in Unicode.
fn extend(fields: &mut Fields<'_>, version: u32, to: &mut RecurrenceException) -> Result<()> {
    if version >= WITH_HIGHLIGHT {
        block(fields)?;
    }
    block(fields)?;
    let text = |fields: &mut Fields<'_>| -> Result<String> {
        let len = fields.u16()?;
        fields.wide_units(usize::from(len))
    };
    if to.overrides & (SUBJECT | LOCATION) != 0 {
        fields.take(12)?;
        if to.overrides & SUBJECT != 0 {
            to.subject = Some(text(fields)?);
        }
        if to.overrides & LOCATION != 0 {
            to.location = Some(text(fields)?);
        }
        block(fields)?;
    }
    Ok(())
}
