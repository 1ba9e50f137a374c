//! A series: its rule, the days left out, and the occurrences that differ.

use super::clock::{Clocks, When, Zones, by_clock, time};
use super::event::Instance;
use super::line::Lines;
use super::people::People;
use super::rule::{rule, same_day};
use super::time::{DAY, Stamp};
use super::work::Work;
use super::zone::Zone;
use crate::error::Result;
use crate::msg::{BusyStatus, Message};
use crate::named::PID_LID_EXCEPTION_REPLACE_TIME;
use crate::prop::{Recurrence, RecurrenceException};

/// The class of an occurrence that differs, in an attachment of its series.
pub(super) const EXCEPTION: &str = "IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}";
/// More attachments are not looked through for occurrences.
const MOST: usize = 1000;
/// The body of an occurrence differs, which the recurrence says and does not hold.
const BODY: u16 = 0x0200;

/// What a series adds to its event, and the events beside it.
#[derive(Debug, Default)]
pub(super) struct Series {
    /// RRULE and EXDATE.
    pub(super) lines: Lines,
    pub(super) exceptions: Vec<Instance>,
    /// When the exceptions would have been, by the clock of the series, and what of them lies elsewhere.
    originals: Vec<(Stamp, bool)>,
}

/// The zone of a series: the one it names, else one in which it begins when it does.
pub(super) fn zone_of(
    clocks: &Clocks,
    recurrence: &Recurrence,
    start: Option<Stamp>,
    work: &mut Work<'_>,
) -> Zone {
    if let Some(zone) = &clocks.recurs {
        return zone.clone();
    }
    let local = first_of(recurrence);
    let east = local.zip(start).map(|(local, utc)| local.0 - utc.0);
    let east = east.filter(|east| east % 900 == 0 && east.abs() <= 14 * 3600);
    work.find(
        "calendar-zone",
        "the series names no time zone; it is written without changes of clocks",
    );
    Zone::fixed(east.unwrap_or(0))
}

/// When it begins, by its own clock.
pub(super) fn first_of(recurrence: &Recurrence) -> Option<Stamp> {
    let day = Stamp::of_minutes(recurrence.start_day)?;
    Some(day.midnight().plus(of_day(recurrence)))
}

/// The time of the day at which it begins.
fn of_day(recurrence: &Recurrence) -> i64 {
    recurrence.times.map_or(0, |(start, _)| i64::from(start) * 60).min(DAY - 60)
}

/// The series of `main`, which begins at `first` by the clock of `zone`.
pub(super) fn series(
    recurrence: &Recurrence,
    main: &Instance,
    first: Stamp,
    zone: &Zone,
    zones: &mut Zones,
    work: &mut Work<'_>,
) -> Series {
    let mut series = Series::default();
    let shown = |local: Stamp, zones: &mut Zones| {
        if main.all_day { When::Date(local.midnight()) } else { by_clock(local, zone, zones) }
    };
    let until = |day: Stamp| {
        if main.all_day { day.date() } else { zone.utc(day.plus(of_day(recurrence))).utc() }
    };
    match rule(recurrence, first, until) {
        Ok(rule) => series.lines.plain("RRULE", &rule),
        Err(why) => {
            work.lose(
                "recurrence",
                "RRULE",
                format!("{why}; only the first occurrence is written"),
            );
            return series;
        }
    }
    if let Some(damage) = &recurrence.damage {
        work.lose("recurrence", "RECURRENCE-ID", damage.to_string());
    }
    let changed = |day: Stamp| {
        let mut originals = recurrence.exceptions.iter();
        originals.any(|exception| {
            Stamp::of_minutes(exception.original_start).is_some_and(|at| same_day(at, day))
        })
    };
    for day in &recurrence.deleted {
        if let Some(day) = Stamp::of_minutes(*day).filter(|day| !changed(*day)) {
            let when = shown(day.midnight().plus(of_day(recurrence)), zones);
            series.lines.push(when.line("EXDATE"));
        }
    }
    for exception in &recurrence.exceptions {
        match occurrence(exception, main, zone, zones) {
            Some((original, instance)) => {
                series.exceptions.push(instance);
                series.originals.push((original, exception.overrides & BODY != 0));
            }
            None => work.lose("recurrence", "RECURRENCE-ID", "an occurrence without a time"),
        }
    }
    series
}

/// Adds what the attachments tell of the occurrences that differ: text and people.
pub(super) fn details(
    message: &Message<'_>,
    (asks, main): (bool, &People),
    zone: &Zone,
    series: &mut Series,
    work: &mut Work<'_>,
) -> Result<()> {
    if series.originals.is_empty() {
        return Ok(());
    }
    for number in message.attachment_numbers()?.into_iter().take(MOST) {
        let Some(attachment) = work.read("RECURRENCE-ID", message.open_attach(number).map(Some))?
        else {
            continue;
        };
        if !work.read("RECURRENCE-ID", attachment.has_message().map(Some))?.unwrap_or(false) {
            continue;
        }
        let Some(inner) = work.read("RECURRENCE-ID", attachment.open_message().map(Some))? else {
            continue;
        };
        if !inner.item_class()?.is(EXCEPTION) {
            continue;
        }
        let at = time(&inner, PID_LID_EXCEPTION_REPLACE_TIME, "RECURRENCE-ID", work)?;
        let Some(at) = at.map(|utc| zone.local(utc)) else { continue };
        let found = series.originals.iter_mut().zip(&mut series.exceptions);
        let Some(((_, differs), instance)) = found.into_iter().find(|((known, _), _)| *known == at)
        else {
            continue;
        };
        if *differs {
            let text = work.read("DESCRIPTION", inner.body_text())?;
            instance.text = Some(text.map(|body| body.text).unwrap_or_default());
            *differs = false;
        }
        if inner.recipient_count()? > 0 {
            let people = People::of_meeting(&inner, asks, work)?;
            instance.people = Some(people.organized_like(main));
        }
    }
    for _ in series.originals.iter().filter(|(_, differs)| *differs) {
        work.lose("recurrence", "DESCRIPTION", "the text of one occurrence is not in the message");
    }
    Ok(())
}

fn occurrence(
    exception: &RecurrenceException,
    main: &Instance,
    zone: &Zone,
    zones: &mut Zones,
) -> Option<(Stamp, Instance)> {
    let original = Stamp::of_minutes(exception.original_start)?;
    let id = if main.all_day {
        When::Date(original.midnight())
    } else {
        by_clock(original, zone, zones)
    };
    let start = Stamp::of_minutes(exception.start)?;
    let end = Stamp::of_minutes(exception.end).filter(|end| *end >= start);
    let all_day = exception.all_day.unwrap_or(main.all_day);
    let (first, last) = if all_day {
        let day = start.midnight();
        let last = end.map_or(day, Stamp::midnight).max(day.plus(DAY));
        (When::Date(day), Some(When::Date(last)))
    } else {
        (by_clock(start, zone, zones), end.map(|end| by_clock(end, zone, zones)))
    };
    let delta = exception.reminder_delta.map(i64::from);
    let reminder = match exception.reminder_set {
        Some(false) => None,
        Some(true) => delta.or(main.reminder).or(Some(15)),
        None => main.reminder.map(|known| delta.unwrap_or(known)),
    };
    let busy = exception.busy_status.and_then(|raw| i32::try_from(raw).ok());
    let instance = Instance {
        start: Some(first),
        end: last,
        recurrence_id: Some(id),
        all_day,
        location: exception.location.clone().or_else(|| main.location.clone()),
        busy: busy.map(BusyStatus::from_raw).or(main.busy),
        subject: exception.subject.clone().or_else(|| main.subject.clone()),
        reminder,
        cancelled: exception.meeting_type.is_some_and(|kind| kind & 4 != 0) || main.cancelled,
        text: None,
        people: None,
    };
    Some((original, instance))
}
