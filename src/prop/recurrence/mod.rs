//! Recurrence: how often an appointment or a task comes again, and which occurrences differ.
//!
//! ```text
//! pattern     versions, frequency, rule, range, deleted and changed days    appointments and tasks
//! times       start and end of an occurrence, minutes after midnight        appointments only
//! exceptions  the occurrences that differ, 8-bit texts
//! extended    the same again with Unicode texts
//! ```
//! Every date is local: minutes since 1601-01-01 in the time zone of the appointment, which stands in
//! other properties. Spec: msg-format 2.11 (MS-OXOCAL 2.2.1.44).

mod exceptions;
mod write;

pub use exceptions::RecurrenceException;

use super::fields::Fields;
use crate::error::{Error, Result};
use crate::wire::FileTime;

/// A local time: minutes since 1601-01-01 in the time zone of the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalMinutes(pub u32);

impl LocalMinutes {
    /// Year, month, day, hour and minute; `None` for the marks of "none" and "no end".
    ///
    /// # Example
    /// ```
    /// use openimsg::LocalMinutes;
    ///
    /// assert_eq!(LocalMinutes(24 * 60 + 61).civil(), Some((1601, 1, 2, 1, 1)));
    /// assert_eq!(LocalMinutes(0x5AE9_80DF).civil(), None);
    /// ```
    #[must_use]
    pub fn civil(self) -> Option<(i32, u8, u8, u8, u8)> {
        // 4500-12-31 23:59 is "no end", 4501-01-01 "none".
        if matches!(self.0, 0x5AE9_80DF | 0x5AE9_80E0) {
            return None;
        }
        // One tick later, as 0 would be "no time".
        let ticks = u64::from(self.0) * 600_000_000 + 1;
        let (year, month, day, hour, minute, _) = FileTime::from_ticks(ticks).civil()?;
        Some((year, month, day, hour, minute))
    }
}

/// Which days of the week, as bits: 1 Sunday, 2 Monday, .. 64 Saturday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weekdays(pub u32);

impl Weekdays {
    /// Whether it has this day: 0 Sunday, 1 Monday, .. 6 Saturday.
    #[must_use]
    pub fn has(self, day: u8) -> bool {
        day < 7 && self.0 >> day & 1 == 1
    }
}

/// The rule by which days are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecurrencePattern {
    /// Every so many minutes of whole days.
    Day,
    /// On these days of every so many weeks.
    Week(Weekdays),
    /// On this day of the month; 31 also stands for the last one.
    MonthDay {
        /// The day, from 1.
        day: u32,
        /// Whether months are those of the Hijri calendar.
        hijri: bool,
    },
    /// On the nth of these days of the month.
    MonthNth {
        /// The days counted; all seven for "day", Monday to Friday for "weekday".
        days: Weekdays,
        /// 1 to 4, or 5 for the last.
        nth: u32,
        /// Whether months are those of the Hijri calendar.
        hijri: bool,
    },
    /// On the last day of the month.
    MonthEnd {
        /// The day as stored.
        day: u32,
        /// Whether months are those of the Hijri calendar.
        hijri: bool,
    },
}

/// How often it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// 0x200A.
    Daily,
    /// 0x200B.
    Weekly,
    /// 0x200C.
    Monthly,
    /// 0x200D.
    Yearly,
}

/// When it stops coming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecurrenceEnd {
    /// After the day in [`Recurrence::last_day`].
    Date,
    /// After so many occurrences.
    Count(u32),
    /// Never.
    Never,
}

/// `PidLidAppointmentRecur` or `PidLidTaskRecurrence`, taken apart.
///
/// What follows the pattern may be damaged without a loss of the pattern: then the parts read so far
/// are there and [`Recurrence::damage`] says what is wrong.
///
/// Spec: msg-format 2.11.
#[derive(Debug)]
#[non_exhaustive]
pub struct Recurrence {
    /// How often.
    pub frequency: Frequency,
    /// On which days.
    pub pattern: RecurrencePattern,
    /// The calendar: 0 and 1 Gregorian, 6 Hijri, others as stored.
    pub calendar: u16,
    /// Where counting starts, as stored.
    pub first: LocalMinutes,
    /// Every so many: minutes for a daily pattern, weeks, or months.
    pub period: u32,
    /// Whether the next task counts from when the last one was done.
    pub sliding: bool,
    /// When it stops.
    pub end: RecurrenceEnd,
    /// The first day of the week: 0 Sunday to 6 Saturday.
    pub week_start: u32,
    /// Days on which it does not come as the pattern says: deleted or changed ones, at midnight.
    pub deleted: Vec<LocalMinutes>,
    /// The days on which changed ones come instead, at midnight.
    pub modified: Vec<LocalMinutes>,
    /// The first day.
    pub start_day: LocalMinutes,
    /// The last day, or the mark of no end.
    pub last_day: LocalMinutes,
    /// Start and end of an occurrence in minutes after its midnight; `None` in tasks.
    pub times: Option<(u32, u32)>,
    /// The occurrences that differ.
    pub exceptions: Vec<RecurrenceException>,
    /// Why parts after the pattern are missing.
    pub damage: Option<Error>,
}

impl Recurrence {
    /// Takes the stored bytes apart.
    ///
    /// # Errors
    /// [`Code::CorruptData`](crate::Code::CorruptData) with the offset if the pattern itself cannot
    /// be read: it ends early, a count is more than the bytes hold, the rule is unknown.
    ///
    /// # Example
    /// ```
    /// use openimsg::{Code, Recurrence};
    ///
    /// let cut = Recurrence::parse(&[0x04, 0x30, 0x04]).unwrap_err();
    /// assert_eq!(cut.code(), Code::CorruptData);
    /// ```
    pub fn parse(bytes: &[u8]) -> Result<Recurrence> {
        let mut fields = Fields::new(bytes, "read recurrence", "MS-OXOCAL 2.2.1.44");
        let mut read = read_pattern(&mut fields)?;
        // A task has the pattern alone; some writers pad it.
        if fields.rest().len() >= 4 && read.times.is_none() {
            read.damage = exceptions::read(&mut fields, &mut read).err();
        }
        Ok(read)
    }

    /// The interval in units of the frequency: days, weeks, months or years.
    #[must_use]
    pub fn interval(&self) -> u32 {
        match self.frequency {
            Frequency::Daily if matches!(self.pattern, RecurrencePattern::Day) => {
                self.period / 1440
            }
            Frequency::Yearly => self.period / 12,
            _ => self.period,
        }
    }
}

fn read_pattern(fields: &mut Fields<'_>) -> Result<Recurrence> {
    fields.take(4)?;
    let at = *fields;
    let frequency = match fields.u16()? {
        0x200A => Frequency::Daily,
        0x200B => Frequency::Weekly,
        0x200C => Frequency::Monthly,
        0x200D => Frequency::Yearly,
        _ => return Err(at.fault("an unknown frequency")),
    };
    let rule_at = *fields;
    let rule = fields.u16()?;
    let calendar = fields.u16()?;
    let first = LocalMinutes(fields.u32()?);
    let period = fields.u32()?;
    let sliding = fields.u32()? != 0;
    let hijri = matches!(rule, 0xA..=0xC);
    let pattern = match rule {
        0 => RecurrencePattern::Day,
        1 => RecurrencePattern::Week(Weekdays(fields.u32()?)),
        2 | 0xA => RecurrencePattern::MonthDay { day: fields.u32()?, hijri },
        3 | 0xB => {
            let days = Weekdays(fields.u32()?);
            RecurrencePattern::MonthNth { days, nth: fields.u32()?, hijri }
        }
        4 | 0xC => RecurrencePattern::MonthEnd { day: fields.u32()?, hijri },
        _ => return Err(rule_at.fault("an unknown pattern")),
    };
    let end_at = *fields;
    let (end, occurrences) = (fields.u32()?, fields.u32()?);
    let end = match end {
        0x2021 => RecurrenceEnd::Date,
        0x2022 => RecurrenceEnd::Count(occurrences),
        0x2023 | u32::MAX => RecurrenceEnd::Never,
        _ => return Err(end_at.fault("an unknown kind of end")),
    };
    let week_start = fields.u32()?;
    let deleted = days(fields)?;
    let modified = days(fields)?;
    let (start_day, last_day) = (LocalMinutes(fields.u32()?), LocalMinutes(fields.u32()?));
    Ok(Recurrence {
        frequency,
        pattern,
        calendar,
        first,
        period,
        sliding,
        end,
        week_start,
        deleted,
        modified,
        start_day,
        last_day,
        times: None,
        exceptions: Vec::new(),
        damage: None,
    })
}

fn days(fields: &mut Fields<'_>) -> Result<Vec<LocalMinutes>> {
    let count = fields.count(4)?;
    (0..count).map(|_| fields.u32().map(LocalMinutes)).collect()
}
