//! A recurrence as RRULE. Spec: RFC 5545 3.3.10; MS-OXCICAL 2.1.3.2.1.

use super::time::{DAY, Stamp, days_in_month};
use crate::prop::{Frequency, Recurrence, RecurrenceEnd, RecurrencePattern, Weekdays};

/// The days of the week in the order of their numbers.
pub(super) const DAYS: [&str; 7] = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

/// The rule of a recurrence whose first occurrence is on this day. `until` writes the last one's time.
/// An error says why no rule can say it.
pub(super) fn rule(
    recurrence: &Recurrence,
    first: Stamp,
    until: impl Fn(Stamp) -> String,
) -> Result<String, &'static str> {
    let mut text = match recurrence.pattern {
        RecurrencePattern::Day => format!("FREQ=DAILY{}", interval(recurrence.interval())),
        RecurrencePattern::Week(days) => {
            let start = DAYS.get(usize::try_from(recurrence.week_start).unwrap_or(7));
            let start = start.map_or(String::new(), |day| format!(";WKST={day}"));
            let every = interval(recurrence.period);
            format!("FREQ=WEEKLY{every};BYDAY={}{start}", names(days)?)
        }
        RecurrencePattern::MonthDay { day, hijri } => {
            let (frequency, month) = monthly(recurrence, hijri, first)?;
            format!("{frequency}{}", month_day(day, month)?)
        }
        RecurrencePattern::MonthEnd { hijri, .. } => {
            format!("{};BYMONTHDAY=-1", monthly(recurrence, hijri, first)?.0)
        }
        RecurrencePattern::MonthNth { days, nth, hijri } => {
            let nth = match nth {
                1..=4 => nth.to_string(),
                5 => "-1".to_owned(),
                _ => return Err("there is no such week of a month"),
            };
            let (frequency, _) = monthly(recurrence, hijri, first)?;
            let names = names(days)?;
            if names.len() == 2 {
                format!("{frequency};BYDAY={nth}{names}")
            } else {
                format!("{frequency};BYDAY={names};BYSETPOS={nth}")
            }
        }
    };
    match recurrence.end {
        RecurrenceEnd::Count(count) => text.push_str(&format!(";COUNT={}", count.max(1))),
        RecurrenceEnd::Date => {
            if let Some(last) = Stamp::of_minutes(recurrence.last_day) {
                text.push_str(&format!(";UNTIL={}", until(last.midnight())));
            }
        }
        RecurrenceEnd::Never => {}
    }
    Ok(text)
}

fn interval(number: u32) -> String {
    if number <= 1 { String::new() } else { format!(";INTERVAL={number}") }
}

/// The days of a set, in order.
fn names(days: Weekdays) -> Result<String, &'static str> {
    let all: Vec<&str> =
        DAYS.into_iter().zip(0..).filter(|(_, at)| days.has(*at)).map(|(name, _)| name).collect();
    if all.is_empty() { Err("no day of the week") } else { Ok(all.join(",")) }
}

/// The beginning of a rule by months, and the month if it is only one in a year.
fn monthly(
    recurrence: &Recurrence,
    hijri: bool,
    first: Stamp,
) -> Result<(String, Option<i64>), &'static str> {
    // Of the calendars that have a number, these have the months of the Gregorian one.
    if hijri || !matches!(recurrence.calendar, 0..=5 | 7 | 9..=12) {
        return Err("months of another calendar");
    }
    let period = recurrence.period.max(1);
    if recurrence.frequency == Frequency::Yearly && period.is_multiple_of(12) {
        let month = first.civil().month;
        return Ok((format!("FREQ=YEARLY{};BYMONTH={month}", interval(period / 12)), Some(month)));
    }
    Ok((format!("FREQ=MONTHLY{}", interval(period)), None))
}

/// A day that is the last one where a month has fewer.
fn month_day(day: u32, month: Option<i64>) -> Result<String, &'static str> {
    // Of a leap year: February may have 29.
    let most = month.map_or(31, |month| days_in_month(2024, month));
    let fewest = month.map_or(28, |month| days_in_month(2023, month));
    let day = i64::from(day);
    Ok(match day {
        1.. if day <= fewest => format!(";BYMONTHDAY={day}"),
        29..=31 if day >= most => ";BYMONTHDAY=-1".to_owned(),
        29..=31 => {
            let days: Vec<String> = (28..=day).map(|day| day.to_string()).collect();
            format!(";BYMONTHDAY={};BYSETPOS=-1", days.join(","))
        }
        _ => return Err("there is no such day of a month"),
    })
}

/// Whether two times are on one day.
pub(super) fn same_day(one: Stamp, other: Stamp) -> bool {
    one.0.div_euclid(DAY) == other.0.div_euclid(DAY)
}
