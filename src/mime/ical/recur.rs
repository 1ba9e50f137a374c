//! RRULE as a recurrence. Spec: RFC 5545 3.3.10; MS-OXOCAL 2.2.1.44.1.

use super::rule::DAYS;
use super::time::{DAY, Stamp, days_in_month};
use super::value::{Form, stamp};
use crate::prop::{
    Frequency, LocalMinutes, Recurrence, RecurrenceEnd, RecurrencePattern, Weekdays,
};

/// What stands for "no end": 4500-12-31 23:59.
const NO_END: LocalMinutes = LocalMinutes(0x5AE9_80DF);
/// More occurrences than these are not counted.
const MOST: u32 = 10_000;
const WORKDAYS: u32 = 0b11_1110;

/// The parts of a rule.
#[derive(Debug, Default)]
struct Parts {
    frequency: String,
    interval: u32,
    count: Option<u32>,
    until: Option<String>,
    /// The nth, 0 for every one, and the day from 0 Sunday.
    days: Vec<(i64, u32)>,
    month_days: Vec<i64>,
    months: Vec<i64>,
    position: Option<i64>,
    week_start: u32,
}

fn parts(text: &str) -> Result<Parts, String> {
    let mut parts = Parts { interval: 1, week_start: 1, ..Parts::default() };
    for part in text.split(';').filter(|part| !part.trim().is_empty()).take(32) {
        let (name, value) = part.split_once('=').ok_or_else(|| format!("{part} is no part"))?;
        let value = value.trim().to_ascii_uppercase();
        let wrong = || format!("{part} cannot be stored");
        let numbers = || -> Option<Vec<i64>> {
            value.split(',').take(64).map(|number| number.trim().parse().ok()).collect()
        };
        match name.trim().to_ascii_uppercase().as_str() {
            "FREQ" => parts.frequency = value,
            "INTERVAL" => {
                let interval = value.parse().ok().filter(|number| (1..=999).contains(number));
                parts.interval = interval.ok_or_else(wrong)?;
            }
            "COUNT" => {
                let count = value.parse().ok().filter(|number| (1..=MOST).contains(number));
                parts.count = Some(count.ok_or_else(wrong)?);
            }
            "UNTIL" => parts.until = Some(value),
            "BYDAY" => {
                for day in value.split(',').take(64) {
                    parts.days.push(weekday(day.trim()).ok_or_else(wrong)?);
                }
            }
            "BYMONTHDAY" => parts.month_days = numbers().ok_or_else(wrong)?,
            "BYMONTH" => parts.months = numbers().ok_or_else(wrong)?,
            "BYSETPOS" => parts.position = Some(value.parse().map_err(|_| wrong())?),
            "WKST" => parts.week_start = weekday(&value).ok_or_else(wrong)?.1,
            _ => return Err(wrong()),
        }
    }
    Ok(parts)
}

fn weekday(text: &str) -> Option<(i64, u32)> {
    let (nth, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let day = DAYS.iter().zip(0_u32..).find(|(known, _)| **known == name)?.1;
    let nth = if nth.is_empty() { 0 } else { nth.parse().ok()? };
    Some((nth, day))
}

/// A rule as it is stored, of a series that begins at `start` by its own clock and whose occurrences
/// last so many minutes; `None` for tasks. With it the number of its occurrences, if it ends by a date.
/// An error says what cannot be stored.
pub(super) fn recurrence(
    text: &str,
    start: Stamp,
    minutes: Option<u32>,
    utc_of: impl Fn(Stamp) -> Stamp,
) -> Result<(Recurrence, u32), String> {
    let parts = parts(text)?;
    let (frequency, pattern, period) = pattern(&parts, start)?;
    let day = start.midnight();
    let stored =
        |at: Stamp| at.to_minutes().ok_or_else(|| "a day that cannot be stored".to_owned());
    let of_day = u32::try_from(start.of_day() / 60).unwrap_or(0);
    let mut made = Recurrence {
        frequency,
        pattern,
        calendar: 0,
        first: LocalMinutes(0),
        period,
        sliding: false,
        end: RecurrenceEnd::Never,
        week_start: parts.week_start,
        deleted: Vec::new(),
        modified: Vec::new(),
        start_day: stored(day)?,
        last_day: NO_END,
        times: minutes.map(|minutes| (of_day, of_day.saturating_add(minutes))),
        exceptions: Vec::new(),
        damage: None,
    };
    made.first = stored(first(&made, day))?;
    let mut occurrences = 0;
    if let Some(count) = parts.count {
        made.end = RecurrenceEnd::Count(count);
        let last = days(&made, day).take(usize::try_from(count).unwrap_or(0)).last();
        made.last_day = stored(last.unwrap_or(day))?;
    } else if let Some(until) = &parts.until {
        let (until, form) = stamp(until).ok_or_else(|| format!("UNTIL={until} is no time"))?;
        // By the clock of the series: a day is in it if its beginning is not after that time.
        let ends = |at: Stamp| match form {
            Form::Day => at.midnight() <= until,
            Form::Local => at <= until,
            Form::Utc => utc_of(at) <= until,
        };
        let mut last = day;
        let time = start.of_day();
        for next in days(&made, day).take_while(|day| ends(day.plus(time))) {
            last = next;
            occurrences += 1;
            if occurrences >= MOST {
                last = until.midnight();
                break;
            }
        }
        made.end = RecurrenceEnd::Date;
        made.last_day = stored(last)?;
    }
    Ok((made, occurrences))
}

fn pattern(parts: &Parts, start: Stamp) -> Result<(Frequency, RecurrencePattern, u32), String> {
    let at = start.civil();
    let set = parts.days.iter().fold(0, |set, (_, day)| set | 1 << day);
    let plain = parts.days.iter().all(|(nth, _)| *nth == 0);
    let alone = parts.month_days.is_empty() && parts.months.is_empty();
    match parts.frequency.as_str() {
        "DAILY" if alone && parts.days.is_empty() && parts.position.is_none() => {
            Ok((Frequency::Daily, RecurrencePattern::Day, parts.interval * 1440))
        }
        // Every workday is a weekly pattern of the daily frequency, as Outlook has it.
        "DAILY" if alone && plain && parts.interval == 1 && parts.position.is_none() => {
            Ok((Frequency::Daily, RecurrencePattern::Week(Weekdays(set)), 1))
        }
        "WEEKLY" if alone && plain && parts.position.is_none() => {
            let own = u32::try_from(start.weekday()).unwrap_or(0);
            let set = if set == 0 { 1 << own } else { set };
            let daily = set == WORKDAYS && parts.interval == 1;
            let frequency = if daily { Frequency::Daily } else { Frequency::Weekly };
            Ok((frequency, RecurrencePattern::Week(Weekdays(set)), parts.interval))
        }
        "MONTHLY" if parts.months.is_empty() => {
            Ok((Frequency::Monthly, of_month(parts, set, plain, at.day)?, parts.interval))
        }
        "YEARLY" if parts.months.iter().all(|month| *month == at.month) => {
            let of_month = of_month(parts, set, plain, at.day)?;
            // Without a month the nth day is that of the year.
            if parts.months.is_empty() && !parts.days.is_empty() {
                return Err("a day counted in the year cannot be stored".to_owned());
            }
            Ok((Frequency::Yearly, of_month, parts.interval * 12))
        }
        other => Err(format!("this kind of {other} rule cannot be stored")),
    }
}

/// The day of a month.
fn of_month(parts: &Parts, set: u32, plain: bool, own: i64) -> Result<RecurrencePattern, String> {
    let day = |day: i64| {
        let day = u32::try_from(day).ok().filter(|day| (1..=31).contains(day));
        let day = day.ok_or_else(|| "there is no such day of a month".to_owned())?;
        Ok(RecurrencePattern::MonthDay { day, hijri: false })
    };
    match (parts.days.as_slice(), parts.month_days.as_slice(), parts.position) {
        ([], [], None) => day(own),
        ([], [-1], None | Some(1 | -1)) => {
            Ok(RecurrencePattern::MonthEnd { day: 31, hijri: false })
        }
        ([], [one], None | Some(1 | -1)) => day(*one),
        // The last of the 28th, the 29th and so on is the last one that there is.
        ([], [28, rest @ ..], Some(-1)) if (29..).zip(rest).all(|(at, day)| at == *day) => {
            day(rest.last().copied().unwrap_or(28))
        }
        ([(nth, _)], [], None) if *nth != 0 => nth_of(*nth, set),
        (_, [], Some(nth)) if plain && set != 0 => nth_of(nth, set),
        _ => Err("these days of a month cannot be stored".to_owned()),
    }
}

fn nth_of(nth: i64, set: u32) -> Result<RecurrencePattern, String> {
    let nth = match nth {
        -1 => 5,
        1 => 1,
        2 => 2,
        3 => 3,
        4 => 4,
        _ => return Err("this day of a month cannot be stored".to_owned()),
    };
    Ok(RecurrencePattern::MonthNth { days: Weekdays(set), nth, hijri: false })
}

/// From where periods are counted. Spec: MS-OXOCAL 2.2.1.44.1, FirstDateTime.
fn first(recurrence: &Recurrence, day: Stamp) -> Stamp {
    let period = i64::from(recurrence.period.max(1));
    match recurrence.pattern {
        RecurrencePattern::Day => Stamp(day.0.rem_euclid(period * 60)),
        RecurrencePattern::Week(_) => Stamp(week(recurrence, day).0.rem_euclid(period * 7 * DAY)),
        _ => {
            let at = day.civil();
            let month = ((at.year - 1601) * 12 + at.month - 1).rem_euclid(period);
            Stamp::day(1601 + month / 12, month % 12 + 1, 1).unwrap_or(Stamp(0))
        }
    }
}

/// The first day of a week.
fn week(recurrence: &Recurrence, day: Stamp) -> Stamp {
    let back = (day.weekday() - i64::from(recurrence.week_start % 7)).rem_euclid(7);
    day.plus(-back * DAY)
}

/// The days of a recurrence that begins on a day, without end.
fn days(recurrence: &Recurrence, start: Stamp) -> impl Iterator<Item = Stamp> {
    let period = i64::from(recurrence.period.max(1));
    let pattern = recurrence.pattern;
    let week = week(recurrence, start);
    let begin = start.civil();
    let of_step = move |step: i64| -> Vec<Stamp> {
        match pattern {
            RecurrencePattern::Day => vec![start.plus(step * period * 60)],
            RecurrencePattern::Week(set) => {
                let first = week.plus(step * period * 7 * DAY);
                let days = (0..7).map(|at| first.plus(at * DAY));
                days.filter(|day| u8::try_from(day.weekday()).is_ok_and(|at| set.has(at))).collect()
            }
            _ => {
                let months = begin.year * 12 + begin.month - 1 + step * period;
                let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
                in_month(pattern, year, month).into_iter().collect()
            }
        }
    };
    (0..i64::from(MOST) * 2).flat_map(of_step).filter(move |day| *day >= start)
}

/// The day in a month.
fn in_month(pattern: RecurrencePattern, year: i64, month: i64) -> Option<Stamp> {
    let first = Stamp::day(year, month, 1)?;
    let days = days_in_month(year, month);
    let day = match pattern {
        RecurrencePattern::MonthDay { day, .. } => i64::from(day).min(days),
        RecurrencePattern::MonthEnd { .. } => days,
        RecurrencePattern::MonthNth { days: set, nth, .. } => {
            let has = |day: &i64| {
                let at = first.plus((day - 1) * DAY).weekday();
                u8::try_from(at).is_ok_and(|at| set.has(at))
            };
            if nth == 5 {
                (1..=days).rev().find(has)?
            } else {
                (1..=days).filter(has).nth(usize::try_from(nth.checked_sub(1)?).ok()?)?
            }
        }
        RecurrencePattern::Day | RecurrencePattern::Week(_) => return None,
    };
    Some(first.plus((day - 1) * DAY))
}

#[cfg(test)]
mod tests {
    use super::super::rule::rule;
    use super::super::zone::at;
    use super::*;

    fn read(text: &str, start: Stamp) -> Result<(Recurrence, u32), String> {
        recurrence(text, start, Some(30), |local| local)
    }

    /// The days are those of RFC 5545 3.8.5.3, whose examples begin on 1997-09-02.
    #[test]
    fn last_days_are_those_of_the_examples() {
        let last = |text: &str, day: i64| {
            let (made, _) = read(text, at(1997, 9, day, 9, 0)).unwrap();
            Stamp::of_minutes(made.last_day).unwrap().date()
        };
        assert_eq!(last("FREQ=DAILY;COUNT=10", 2), "19970911");
        assert_eq!(last("FREQ=DAILY;INTERVAL=10;COUNT=5", 2), "19971012");
        assert_eq!(last("FREQ=WEEKLY;COUNT=10", 2), "19971104");
        assert_eq!(last("FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", 2), "19971016");
        assert_eq!(last("FREQ=MONTHLY;COUNT=10;BYDAY=1FR", 5), "19980605");
        assert_eq!(last("FREQ=MONTHLY;COUNT=10;BYMONTHDAY=-1", 30), "19980630");
        assert_eq!(last("FREQ=DAILY;UNTIL=19971224T000000Z", 2), "19971223");
    }

    #[test]
    fn what_cannot_be_stored_says_so() {
        let start = at(2024, 1, 15, 9, 0);
        for text in [
            "FREQ=HOURLY",
            "FREQ=YEARLY;BYMONTH=1,2",
            "FREQ=MONTHLY;BYMONTHDAY=1,15",
            "FREQ=WEEKLY;BYDAY=XX",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;COUNT=99999999999999",
            "FREQ=YEARLY;BYWEEKNO=20",
            "nonsense",
            "",
        ] {
            assert!(read(text, start).is_err(), "{text}");
        }
    }

    #[test]
    fn rules_that_are_read_are_written_alike() {
        let start = at(2024, 1, 15, 9, 0);
        for text in [
            "FREQ=DAILY;INTERVAL=3;COUNT=5",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=MO",
            "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;WKST=SU;COUNT=20",
            "FREQ=MONTHLY;BYMONTHDAY=15",
            "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=-1;COUNT=4",
            "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1",
            "FREQ=MONTHLY;BYDAY=-1FR;COUNT=3",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1",
            "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=15",
            "FREQ=YEARLY;INTERVAL=2;BYMONTH=1;BYDAY=3MO;COUNT=2",
            "FREQ=WEEKLY;BYDAY=MO;WKST=MO;UNTIL=20240129T090000Z",
        ] {
            let (made, occurrences) = read(text, start).unwrap();
            let stored = Recurrence::parse(&made.to_bytes(occurrences)).unwrap();
            let until = |day: Stamp| day.plus(9 * 3600).utc();
            assert_eq!(rule(&stored, start, until).unwrap(), text);
        }
    }

    #[test]
    fn periods_are_counted_from_where_outlook_counts() {
        // MS-OXOCAL 2.2.1.44.1: days modulo the period; weeks by the first day of the first week.
        let made = |text| read(text, at(2024, 1, 17, 9, 0)).unwrap().0;
        let days = (at(2024, 1, 17, 0, 0).0 / 60) % (3 * 1440);
        assert_eq!(i64::from(made("FREQ=DAILY;INTERVAL=3").first.0), days);
        let sunday = at(2024, 1, 14, 0, 0).0 / 60;
        let weeks = made("FREQ=WEEKLY;INTERVAL=2;BYDAY=WE;WKST=SU").first.0;
        assert_eq!(i64::from(weeks), sunday % (2 * 7 * 1440));
        // 5076 months since 1601; every second one, from January 1601.
        assert_eq!(made("FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=17").first.0, 0);
        assert_eq!(made("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=17").first.0, 0);
    }
}
