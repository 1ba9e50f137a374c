//! How often an appointment or a task comes again. Spec: msg-format 2.11.

use crate::error::{Code, Error, Place, Result};
use crate::wire::Reader;

/// Minutes since 1601-01-01 00:00 in the calendar's own time zone, not UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalMinutes(pub u32);

impl LocalMinutes {
    /// Year, month, day, hour and minute; `None` for the values that mean no date.
    #[must_use]
    pub fn civil(self) -> Option<(i32, u8, u8, u8, u8)> {
        let ticks = u64::from(self.0).saturating_mul(60 * 10_000_000);
        let civil = crate::wire::FileTime::from_ticks(ticks.max(1)).civil()?;
        Some((civil.0, civil.1, civil.2, civil.3, civil.4))
    }
}

/// On which days it comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecurrenceDays {
    /// Every `period` minutes, of whole days.
    Daily,
    /// On these days of the week, bit 0 being Sunday.
    Weekly(u32),
    /// On this day of the month.
    Monthly(u32),
    /// On the nth (5: the last) of these days of the week, bit 0 being Sunday.
    MonthlyNth {
        /// The days.
        days: u32,
        /// 1 to 4, or 5 for the last.
        nth: u32,
    },
    /// On the last day of the month.
    MonthEnd(u32),
    /// In the Hijri calendar or another way; the number of the pattern.
    Other(u16),
}

/// When it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecurrenceEnd {
    /// On a day.
    On(LocalMinutes),
    /// After that many times.
    After(u32),
    /// Never.
    Never,
}

/// A series: `PidLidAppointmentRecur` and `PidLidTaskRecurrence`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recurrence {
    /// 0x200A daily, 0x200B weekly, 0x200C monthly, 0x200D yearly.
    pub frequency: u16,
    /// Every how many minutes, weeks or months.
    pub period: u32,
    /// On which days.
    pub days: RecurrenceDays,
    /// When it ends.
    pub end: RecurrenceEnd,
    /// The first day of the week, 0 being Sunday.
    pub first_weekday: u32,
    /// The original days of occurrences that were deleted or moved.
    pub deleted: Vec<LocalMinutes>,
    /// The days that occurrences were moved to.
    pub modified: Vec<LocalMinutes>,
    /// The first day.
    pub start: LocalMinutes,
    /// Start and end of each occurrence in minutes after midnight; `None` for tasks.
    pub times: Option<(u32, u32)>,
    /// How many occurrences differ from the series.
    pub exceptions: u16,
}

struct Bytes<'a>(Reader<'a>);

impl Bytes<'_> {
    fn short(&self) -> Error {
        let place = Place::default().at(self.0.position() as u64).rule("MS-OXOCAL 2.2.1.44");
        Error::new(Code::CorruptData, "read recurrence").note("it is cut off").place(place)
    }

    fn u16(&mut self) -> Result<u16> {
        self.0.u16().ok_or_else(|| self.short())
    }

    fn u32(&mut self) -> Result<u32> {
        self.0.u32().ok_or_else(|| self.short())
    }

    fn dates(&mut self) -> Result<Vec<LocalMinutes>> {
        let count = usize::try_from(self.u32()?).unwrap_or(usize::MAX);
        let bytes = count.checked_mul(4).and_then(|len| self.0.take(len));
        let bytes = bytes.ok_or_else(|| self.short())?;
        let dates = bytes.as_chunks::<4>().0.iter();
        Ok(dates.map(|date| LocalMinutes(u32::from_le_bytes(*date))).collect())
    }
}

impl Recurrence {
    /// Reads the bytes of the property.
    ///
    /// # Errors
    /// [`Code::CorruptData`] if it is none or cut off, with the offset.
    pub fn read(bytes: &[u8]) -> Result<Recurrence> {
        let mut bytes = Bytes(Reader::new(bytes));
        let version = (bytes.u16()?, bytes.u16()?);
        if version != (0x3004, 0x3004) {
            let note = format!("version {:04X}/{:04X}", version.0, version.1);
            return Err(Error::new(Code::CorruptData, "read recurrence").note(note));
        }
        let (frequency, pattern) = (bytes.u16()?, bytes.u16()?);
        bytes.u16()?;
        bytes.u32()?;
        let period = bytes.u32()?;
        bytes.u32()?;
        let days = match pattern {
            0 => RecurrenceDays::Daily,
            1 => RecurrenceDays::Weekly(bytes.u32()?),
            2 => RecurrenceDays::Monthly(bytes.u32()?),
            3 => RecurrenceDays::MonthlyNth { days: bytes.u32()?, nth: bytes.u32()? },
            4 => RecurrenceDays::MonthEnd(bytes.u32()?),
            other => {
                // The Hijri patterns have the shape of the others: A as 2, B as 3, C as 4.
                let words = if other == 0xB { 2 } else { 1 };
                for _ in 0..words {
                    bytes.u32()?;
                }
                RecurrenceDays::Other(other)
            }
        };
        let (end_type, occurrences) = (bytes.u32()?, bytes.u32()?);
        let first_weekday = bytes.u32()?;
        let (deleted, modified) = (bytes.dates()?, bytes.dates()?);
        let (start, last) = (LocalMinutes(bytes.u32()?), LocalMinutes(bytes.u32()?));
        let end = match end_type {
            0x2021 => RecurrenceEnd::On(last),
            0x2022 => RecurrenceEnd::After(occurrences),
            _ => RecurrenceEnd::Never,
        };
        let mut series = Recurrence {
            frequency,
            period,
            days,
            end,
            first_weekday,
            deleted,
            modified,
            start,
            times: None,
            exceptions: 0,
        };
        // Tasks end here.
        if bytes.0.rest().len() >= 16 {
            bytes.u32()?;
            bytes.u32()?;
            series.times = Some((bytes.u32()?, bytes.u32()?));
            series.exceptions = bytes.0.u16().unwrap_or(0);
        }
        Ok(series)
    }
}
