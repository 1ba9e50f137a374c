//! Times as calendars write them.

use crate::prop::LocalMinutes;
use crate::wire::FileTime;

/// Seconds in a day.
pub(crate) const DAY: i64 = 86_400;
/// 1970-01-01 after 1601-01-01, in seconds.
const UNIX: i64 = 11_644_473_600;
/// 1601-01-01 after 0000-03-01, in days.
const MARCH_0000: i64 = 584_694;

/// Seconds since 1601-01-01 00:00, of UTC or of the clock of some time zone. May be before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp(pub(crate) i64);

/// A date of the Gregorian calendar with a time of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
}

/// Days since 1601-01-01 of a date, which may have a day too many or too few.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that a leap day is the last of one.
    let year = year - i64::from(month <= 2);
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leaps + (153 * ((month + 9) % 12) + 2) / 5 + day - 1 - MARCH_0000
}

/// How many days a month has.
pub(crate) fn days_in_month(year: i64, month: i64) -> i64 {
    let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days_of(next_year, next, 1) - days_of(year, month, 1)
}

impl Stamp {
    /// Of a stored time, in UTC; `None` when it is "none".
    pub(crate) fn of(time: FileTime) -> Option<Stamp> {
        time.unix_seconds().map(|seconds| Stamp(seconds + UNIX))
    }

    /// Of minutes of some clock; `None` for the marks of "none" and "no end".
    pub(crate) fn of_minutes(minutes: LocalMinutes) -> Option<Stamp> {
        minutes.civil().map(|_| Stamp(i64::from(minutes.0) * 60))
    }

    /// Of a date and a time; `None` if there is no such date or time. A leap second is the one before.
    pub(crate) fn new(civil: Civil) -> Option<Stamp> {
        let Civil { year, month, day, hour, minute, second } = civil;
        let sound = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..=60).contains(&second);
        let time = hour * 3600 + minute * 60 + second.min(59);
        sound.then(|| Stamp(days_of(year, month, day) * DAY + time))
    }

    /// Midnight of a date.
    pub(crate) fn day(year: i64, month: i64, day: i64) -> Option<Stamp> {
        Stamp::new(Civil { year, month, day, hour: 0, minute: 0, second: 0 })
    }

    /// As it is stored; `None` before 1601.
    pub(crate) fn to_file_time(self) -> Option<FileTime> {
        FileTime::from_unix(self.0.checked_sub(UNIX)?, 0)
    }

    /// As the minutes of some clock; `None` if they cannot be stored.
    pub(crate) fn to_minutes(self) -> Option<LocalMinutes> {
        u32::try_from(self.0.div_euclid(60)).ok().map(LocalMinutes)
    }

    /// So many seconds later.
    pub(crate) fn plus(self, seconds: i64) -> Stamp {
        Stamp(self.0.saturating_add(seconds))
    }

    /// The beginning of its day.
    pub(crate) fn midnight(self) -> Stamp {
        Stamp(self.0.div_euclid(DAY) * DAY)
    }

    /// The seconds since midnight.
    pub(crate) fn of_day(self) -> i64 {
        self.0.rem_euclid(DAY)
    }

    /// 0 Sunday to 6 Saturday.
    pub(crate) fn weekday(self) -> i64 {
        // 1601-01-01 was a Monday.
        (self.0.div_euclid(DAY) + 1).rem_euclid(7)
    }

    pub(crate) fn civil(self) -> Civil {
        let z = self.0.div_euclid(DAY) + MARCH_0000;
        let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let rest = self.of_day();
        Civil {
            year: yoe + era * 400 + i64::from(month <= 2),
            month,
            day: doy - (153 * mp + 2) / 5 + 1,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
        }
    }

    /// `20240229`.
    pub(crate) fn date(self) -> String {
        let at = self.civil();
        format!("{:04}{:02}{:02}", at.year, at.month, at.day)
    }

    /// `20240229T173000`, without a word on which clock it is.
    pub(crate) fn local(self) -> String {
        let at = self.civil();
        format!("{}T{:02}{:02}{:02}", self.date(), at.hour, at.minute, at.second)
    }

    /// `20240229T173000Z`.
    pub(crate) fn utc(self) -> String {
        format!("{}Z", self.local())
    }

    /// `2024-02-29`.
    pub(crate) fn dashed(self) -> String {
        let at = self.civil();
        format!("{:04}-{:02}-{:02}", at.year, at.month, at.day)
    }
}

/// `+0100` of seconds east of Greenwich, with the seconds where there are some.
pub(crate) fn offset(seconds: i64) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let all = seconds.saturating_abs();
    let text = format!("{sign}{:02}{:02}", all / 3600, all / 60 % 60);
    if all % 60 == 0 { text } else { format!("{text}{:02}", all % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_and_dates_are_one_to_one() {
        assert_eq!(Stamp::day(1601, 1, 1), Some(Stamp(0)));
        assert_eq!(Stamp(0).weekday(), 1);
        assert_eq!(Stamp::of(FileTime::UNIX_EPOCH).unwrap().utc(), "19700101T000000Z");
        let leap = Stamp::day(2024, 2, 29).unwrap().plus(17 * 3600 + 1);
        assert_eq!((leap.local().as_str(), leap.weekday()), ("20240229T170001", 4));
        assert_eq!(Stamp::day(2023, 2, 29), None);
        assert_eq!(Stamp::day(1600, 12, 31).unwrap().date(), "16001231");
    }

    #[test]
    fn offsets_have_a_sign_and_four_digits() {
        assert_eq!((offset(3600).as_str(), offset(-12_600).as_str()), ("+0100", "-0330"));
        assert_eq!((offset(0).as_str(), offset(1172).as_str()), ("+0000", "+001932"));
    }
}
