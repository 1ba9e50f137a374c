//! A day without a time or a time zone.

use super::field::Shown;
use crate::prop::{IntoValue, PropValue, kind};
use crate::wire::FileTime;

/// A day of somebody's calendar, the same wherever it is looked at. Stored as midnight UTC.
///
/// # Example
/// ```
/// use openimsg::LocalDate;
///
/// let day = LocalDate::new(2024, 2, 29).unwrap();
/// assert_eq!(day.to_file_time().to_rfc3339().unwrap(), "2024-02-29T00:00:00Z");
/// assert_eq!(LocalDate::new(2023, 2, 29), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDate {
    year: u16,
    month: u8,
    day: u8,
}

impl LocalDate {
    /// Of year, month and day from 1; `None` for a day that is none, or not from 1602 to 4500.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<LocalDate> {
        let date = LocalDate { year, month, day };
        let sound = (1602..=4500).contains(&year) && (1..=12).contains(&month);
        // A day too many is the first of the next month.
        (sound && LocalDate::of(date.to_file_time()) == Some(date)).then_some(date)
    }

    /// The day of a stored time, read as if it were UTC; `None` when it is "none".
    #[must_use]
    pub fn of(time: FileTime) -> Option<LocalDate> {
        let (year, month, day, ..) = time.civil()?;
        Some(LocalDate { year: u16::try_from(year).ok()?, month, day })
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    #[must_use]
    pub fn day(self) -> u8 {
        self.day
    }

    /// Midnight UTC of the day, as it is stored.
    #[must_use]
    pub fn to_file_time(self) -> FileTime {
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        // Years begin in March here, so that a leap day is the last of one.
        let year = i64::from(self.year) - i64::from(month <= 2);
        let days = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        FileTime::from_unix((days + of_year - 719_468) * 86_400, 0).unwrap_or_default()
    }
}

impl std::fmt::Display for LocalDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Shown<FileTime> for LocalDate {
    fn shown(stored: FileTime) -> Option<LocalDate> {
        LocalDate::of(stored)
    }
}

impl IntoValue<kind::SysTime> for LocalDate {
    fn into_value(self) -> PropValue {
        PropValue::SysTime(self.to_file_time())
    }
}
