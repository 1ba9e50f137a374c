//! Dates in header fields. Spec: msg-format 6.13.

use crate::wire::FileTime;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Tue, 05 Mar 2024 14:03:22 +0000`; `east`: the minutes by which the clock that is shown is ahead
/// of UTC. `None` for what is no time of a calendar with four digits.
pub(crate) fn mail_date(time: FileTime, east: i32) -> Option<String> {
    let seconds = time.unix_seconds()?;
    let local = FileTime::from_unix(seconds.checked_add(i64::from(east) * 60)?, 0)?;
    let (year, month, day, hour, minute, second) = local.civil()?;
    let days = local.unix_seconds()?.div_euclid(86_400);
    // 1970-01-01 was a Thursday.
    let weekday = DAYS.get(usize::try_from((days + 3).rem_euclid(7)).ok()?)?;
    let month = MONTHS.get(usize::from(month).checked_sub(1)?)?;
    let sign = if east < 0 { '-' } else { '+' };
    let (hours, minutes) = (east.unsigned_abs() / 60, east.unsigned_abs() % 60);
    (year <= 9999).then(|| {
        format!(
            "{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} \
             {sign}{hours:02}{minutes:02}"
        )
    })
}

/// The minutes east of Greenwich that the text of a date tells, if it tells them in figures.
pub(crate) fn zone_of(text: &str) -> Option<i32> {
    let word = text.split_whitespace().skip(3).find(|word| word.starts_with(['+', '-']))?;
    let digits = word.get(1..).filter(|d| d.len() == 4 && d.bytes().all(|b| b.is_ascii_digit()))?;
    let number: i32 = digits.parse().ok()?;
    let (hours, minutes) = (number / 100, number % 100);
    let east = hours * 60 + minutes;
    (hours <= 14 && minutes <= 59).then_some(if word.starts_with('-') { -east } else { east })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_mail_has_them() {
        let time = FileTime::from_unix(1_709_647_402, 0).unwrap();
        assert_eq!(mail_date(time, 0).unwrap(), "Tue, 05 Mar 2024 14:03:22 +0000");
        assert_eq!(mail_date(time, -330).unwrap(), "Tue, 05 Mar 2024 08:33:22 -0530");
        let old = FileTime::from_unix(-86_400, 0).unwrap();
        assert_eq!(mail_date(old, 600).unwrap(), "Wed, 31 Dec 1969 10:00:00 +1000");
        for shown in [(time, 0), (time, 845), (old, -720)] {
            let text = mail_date(shown.0, shown.1).unwrap();
            assert_eq!(crate::msg::mail_date(&text), Some(shown.0), "{text}");
            assert_eq!(zone_of(&text), Some(shown.1));
        }
        assert_eq!(mail_date(FileTime::from_ticks(u64::MAX), 0), None);
        assert_eq!(zone_of("Tue, 05 Mar 2024 14:03:22 GMT"), None);
        assert_eq!(zone_of("Tue, 05 Mar 2024 14:03:22 +9900"), None);
    }
}
