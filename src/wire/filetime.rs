//! FILETIME: 100 ns ticks since 1601-01-01 00:00 UTC.

use std::time::{Duration, SystemTime};

/// A point in time as the files store it: 100 ns ticks since 1601-01-01 00:00:00 UTC.
///
/// The raw number is kept for round trips. Outlook writes several numbers for "none"; they are
/// [`FileTime::is_none`] and have no other form.
///
/// Spec: F-049, F-050 (msg-format 2.3).
///
/// # Example
/// ```
/// use openimsg::FileTime;
///
/// assert_eq!(FileTime::UNIX_EPOCH.unix_seconds(), Some(0));
/// assert!(FileTime::from_ticks(0x0CB3_4557_A3DD_4000).is_none());   // 4501-01-01, Outlook's "None"
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FileTime(u64);

const TICKS_PER_SECOND: u64 = 10_000_000;
const UNIX_EPOCH_TICKS: u64 = 0x019D_B1DE_D53E_8000;

impl FileTime {
    /// 1970-01-01 00:00:00 UTC.
    pub const UNIX_EPOCH: FileTime = FileTime(UNIX_EPOCH_TICKS);
    /// Outlook's "None", 4501-01-01 00:00.
    pub const OUTLOOK_NONE: FileTime = FileTime(0x0CB3_4557_A3DD_4000);

    /// From the stored number.
    #[must_use]
    pub const fn from_ticks(ticks: u64) -> FileTime {
        FileTime(ticks)
    }

    /// The stored number.
    #[must_use]
    pub const fn ticks(self) -> u64 {
        self.0
    }

    /// The current time of the system clock, to 100 ns.
    #[must_use]
    pub fn now() -> FileTime {
        SystemTime::now().into()
    }

    /// Whether the number means "no time": 0, 4501-01-01, or beyond what Outlook uses for overflow.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0 || self.0 == Self::OUTLOOK_NONE.0 || self.0 >= 0x1FFF_FFE0_0000_0000
    }

    /// From whole seconds and nanoseconds since 1970; `None` before 1601 or too far ahead.
    #[must_use]
    pub fn from_unix(seconds: i64, nanos: u32) -> Option<FileTime> {
        let ticks = i128::from(seconds) * i128::from(TICKS_PER_SECOND)
            + i128::from(nanos / 100)
            + i128::from(UNIX_EPOCH_TICKS);
        u64::try_from(ticks).ok().map(FileTime)
    }

    /// Whole seconds since 1970, rounded down; `None` when [`FileTime::is_none`].
    #[must_use]
    pub fn unix_seconds(self) -> Option<i64> {
        if self.is_none() {
            return None;
        }
        let seconds = i64::try_from(self.0 / TICKS_PER_SECOND).ok()?;
        seconds.checked_sub(i64::try_from(UNIX_EPOCH_TICKS / TICKS_PER_SECOND).ok()?)
    }

    /// The nanoseconds after [`FileTime::unix_seconds`].
    #[must_use]
    pub fn subsec_nanos(self) -> u32 {
        u32::try_from(self.0 % TICKS_PER_SECOND).unwrap_or(0) * 100
    }

    /// The UTC date and time `(year, month, day, hour, minute, second)`; `None` when there is none.
    #[must_use]
    pub fn civil(self) -> Option<(i32, u8, u8, u8, u8, u8)> {
        let seconds = self.unix_seconds()?;
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        // Days to a date of the proleptic Gregorian calendar, in eras of 400 years from 0000-03-01.
        let z = days.checked_add(719_468)?;
        let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = u8::try_from(doy - (153 * mp + 2) / 5 + 1).ok()?;
        let month = u8::try_from(if mp < 10 { mp + 3 } else { mp - 9 }).ok()?;
        let year = i32::try_from(yoe + era * 400 + i64::from(month <= 2)).ok()?;
        let part = |v: i64| u8::try_from(v).ok();
        Some((year, month, day, part(rest / 3600)?, part(rest / 60 % 60)?, part(rest % 60)?))
    }

    /// RFC 3339 in UTC with as many decimals as needed (at most seven); `None` when there is no time.
    #[must_use]
    pub fn to_rfc3339(self) -> Option<String> {
        let (y, mo, d, h, mi, s) = self.civil()?;
        let mut text = format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}");
        let ticks = self.0 % TICKS_PER_SECOND;
        if ticks != 0 {
            let digits = format!(".{ticks:07}");
            text.push_str(digits.trim_end_matches('0'));
        }
        text.push('Z');
        Some(text)
    }
}

impl From<SystemTime> for FileTime {
    fn from(time: SystemTime) -> FileTime {
        let ticks = |d: Duration| {
            let whole = d.as_secs().saturating_mul(TICKS_PER_SECOND);
            whole.saturating_add(u64::from(d.subsec_nanos() / 100))
        };
        FileTime(match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => UNIX_EPOCH_TICKS.saturating_add(ticks(after)),
            Err(before) => UNIX_EPOCH_TICKS.saturating_sub(ticks(before.duration())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spec: F-049
    #[test]
    fn raw_values_round_trip_and_the_epoch_is_1970() {
        assert_eq!(FileTime::from_ticks(0x01DA_6F01_2345_6789).ticks(), 0x01DA_6F01_2345_6789);
        let epoch = FileTime::from_ticks(116_444_736_000_000_000);
        assert_eq!(epoch.to_rfc3339().as_deref(), Some("1970-01-01T00:00:00Z"));
    }

    /// Spec: F-050
    #[test]
    fn the_markers_for_none_expose_none() {
        let overflow = [0x1FFF_FFEF_3BA6_3C00, 0x1FFF_FFF7_9D6A_A400, 0x1FFF_FFE0_0000_0000];
        let markers = [0, 0x0CB3_4557_A3DD_4000, i64::MAX as u64, u64::MAX, 1 << 63];
        for ticks in overflow.into_iter().chain(markers) {
            assert!(FileTime::from_ticks(ticks).is_none());
            assert_eq!(FileTime::from_ticks(ticks).to_rfc3339(), None);
        }
    }

    #[test]
    fn dates_agree_with_known_days() {
        let at = |s| FileTime::from_unix(s, 0).unwrap().to_rfc3339().unwrap();
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(-11_644_473_600 + 86_400), "1601-01-02T00:00:00Z");
        assert_eq!(at(4_102_444_799), "2099-12-31T23:59:59Z");
        let fine = FileTime::from_unix(1_700_000_000, 120_000_000).unwrap();
        assert_eq!(fine.to_rfc3339().unwrap(), "2023-11-14T22:13:20.12Z");
    }
}
