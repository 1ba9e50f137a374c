//! Tasks as VTODO, journal entries as VJOURNAL. Spec: RFC 5545 3.6.2, 3.6.3.

use super::clock::{When, time};
use super::common::Common;
use super::line::{Line, Lines};
use super::rule::rule;
use super::time::Stamp;
use super::uid;
use super::work::Work;
use crate::error::Result;
use crate::msg::{Journal, LocalDate, Task, TaskStatus};
use crate::named::*;

/// The component of a task. Its days are those of its owner, wherever they are.
pub(super) fn task(task: &Task<'_>, work: &mut Work<'_>) -> Result<Lines> {
    let message = task.message();
    let mut out = Lines::new();
    let common = Common::of(message, false, work)?;
    out.begin("VTODO");
    out.text("UID", Some(&uid::other(message, work)?.uid));
    common.stamps(&mut out);
    let mut start = work.read("DTSTART", task.start())?.and_then(day);
    let due = work.read("DUE", task.due())?.and_then(day);
    let recurrence = work.read("RRULE", task.recurrence())?;
    if let (Some(from), Some(to)) = (start, due)
        && to < from
    {
        work.lose("calendar-field", "DTSTART", "the task is due before it starts");
        start = None;
    }
    let once = work.read("RRULE", task.is_recurring())? == Some(false);
    if let Some(recurrence) = recurrence.filter(|_| !once) {
        let first = start.or(due).or_else(|| Stamp::of_minutes(recurrence.start_day));
        // A rule counts from the start.
        start = first;
        match rule(&recurrence, first.unwrap_or(Stamp(0)), Stamp::date) {
            Ok(rule) => out.plain("RRULE", &rule),
            Err(why) => work.lose("recurrence", "RRULE", why),
        }
        if recurrence.sliding {
            work.lose("recurrence", "RRULE", "the next task counts from when the last was done");
        }
    }
    let mut put = |name, day: Option<Stamp>| {
        if let Some(day) = day {
            out.push(When::Date(day).line(name));
        }
    };
    put("DTSTART", start);
    put("DUE", due);
    if let Some(done) = work.read("COMPLETED", task.completed())?.and_then(day) {
        out.plain("COMPLETED", &done.utc());
    }
    let complete = work.read("STATUS", task.is_complete())?.unwrap_or(false);
    let status = work.read("STATUS", task.status())?;
    let name = match status {
        Some(TaskStatus::Complete) => Some("COMPLETED"),
        _ if complete => Some("COMPLETED"),
        Some(TaskStatus::InProgress) => Some("IN-PROCESS"),
        Some(TaskStatus::NotStarted | TaskStatus::Waiting | TaskStatus::Deferred) => {
            Some("NEEDS-ACTION")
        }
        Some(TaskStatus::Other(_)) | None => None,
    };
    if let Some(name) = name {
        out.plain("STATUS", name);
    }
    if let Some(status @ (TaskStatus::Waiting | TaskStatus::Deferred)) = status {
        let shown = if status == TaskStatus::Waiting { "waits for somebody" } else { "deferred" };
        work.lose("calendar-field", "STATUS", format!("{shown}; it is written as not started"));
    }
    let part = work.read("PERCENT-COMPLETE", task.percent_complete())?;
    if let Some(part) = part.filter(|part| (0.0..=1.0).contains(part)) {
        // Without a cast: the whole percents are those that fit.
        let percent = (0..=100_u32).rev().find(|percent| f64::from(*percent) <= part * 100.0 + 0.5);
        out.plain("PERCENT-COMPLETE", &percent.unwrap_or(0).to_string());
    }
    out.text("SUMMARY", common.subject.as_deref());
    common.write(None, &mut out);
    for (item, minutes) in [
        ("actual effort", work.read("actual effort", task.actual_effort())?),
        ("estimated effort", work.read("estimated effort", task.estimated_effort())?),
    ] {
        if let Some(minutes) = minutes.filter(|minutes| *minutes != 0) {
            work.lose("calendar-field", item, format!("{minutes} minutes"));
        }
    }
    if common.reminder.is_some() {
        alarm(task, &mut out, work)?;
    }
    out.end("VTODO");
    Ok(out)
}

/// A day of the Gregorian calendar that is one.
fn day(date: LocalDate) -> Option<Stamp> {
    Stamp::day(date.year().into(), date.month().into(), date.day().into())
}

/// A task reminds at a time, not so long before one.
fn alarm(task: &Task<'_>, out: &mut Lines, work: &mut Work<'_>) -> Result<()> {
    let signal = time(task.message(), PID_LID_REMINDER_SIGNAL_TIME, "VALARM", work)?;
    let at = signal.or(time(task.message(), PID_LID_REMINDER_TIME, "VALARM", work)?);
    if let Some(at) = at {
        out.begin("VALARM");
        out.plain("ACTION", "DISPLAY");
        out.plain("DESCRIPTION", "Reminder");
        out.push(Line::new("TRIGGER").param("VALUE", "DATE-TIME").value(&at.utc()));
        out.end("VALARM");
    }
    Ok(())
}

/// The component of a journal entry. What it has no name for has one of ours.
pub(super) fn journal(journal: &Journal<'_>, work: &mut Work<'_>) -> Result<Lines> {
    let message = journal.message();
    let mut out = Lines::new();
    let common = Common::of(message, false, work)?;
    out.begin("VJOURNAL");
    out.text("UID", Some(&uid::other(message, work)?.uid));
    common.stamps(&mut out);
    if let Some(start) = work.read("DTSTART", journal.start())?.and_then(Stamp::of) {
        out.plain("DTSTART", &start.utc());
    }
    out.text("SUMMARY", common.subject.as_deref());
    common.write(None, &mut out);
    let kind = work.read("X-OPENIMSG-JOURNAL-TYPE", journal.kind())?;
    out.text("X-OPENIMSG-JOURNAL-TYPE", kind.as_deref());
    if let Some(end) = work.read("X-OPENIMSG-JOURNAL-END", journal.end())?.and_then(Stamp::of) {
        out.plain("X-OPENIMSG-JOURNAL-END", &end.utc());
    }
    if let Some(minutes) = work.read("X-OPENIMSG-JOURNAL-MINUTES", journal.duration())? {
        out.plain("X-OPENIMSG-JOURNAL-MINUTES", &minutes.to_string());
    }
    out.end("VJOURNAL");
    Ok(out)
}
