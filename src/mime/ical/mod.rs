//! Calendars: appointments, meetings, tasks and journals as text/calendar, both ways.
//!
//! ```text
//!   a message -> event, task (with clock, people, uid, rule)  -> line -> text
//!   text -> parse: components and lines -> read               -> a message
//!                       time, zone: both ways
//! ```
//! No clock is asked: what is written depends on the message alone. A time zone is written as it is
//! stored, and read only from the calendar itself. Spec: msg-format 6.11; MS-OXCICAL; RFC 5545, 5546.

mod clock;
mod common;
mod event;
mod parse;
pub(crate) mod people;
mod read;
mod recur;
mod rule;
mod series;
mod task;
mod uid;
mod value;
mod zone;

pub(crate) mod line;
pub(crate) mod time;
pub(crate) mod work;

use super::Conversion;
use crate::error::{Code, Error, Result};
use crate::msg::{Item, MeetingKind, Message};
use line::Lines;
use work::Work;

/// A message as text/calendar, and the method that its part of a mail names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CalendarText {
    /// `PUBLISH`, `REQUEST`, `REPLY`, `COUNTER` or `CANCEL`.
    pub(crate) method: &'static str,
    /// The calendar, in UTF-8, with lines that end in CR LF.
    pub(crate) text: String,
}

/// A message as text/calendar; from [`calendar`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Calendar {
    /// What is to be done with it: `PUBLISH`, `REQUEST`, `REPLY`, `COUNTER` or `CANCEL`.
    pub method: &'static str,
    /// The calendar, in UTF-8, with lines that end in CR LF: what an .ics file holds.
    pub text: String,
    /// What it does not hold.
    pub conversion: Conversion,
}

/// An appointment, a meeting message, a task or a journal entry as a calendar (.ics); `None` for other
/// messages.
///
/// The same message always gives the same text: no clock is asked.
///
/// # Example
/// ```
/// use openimsg::{Appointment, CompoundFile, FileTime, Message, mime};
///
/// let message = Message::create(CompoundFile::memory())?;
/// let lunch = Appointment::of(&message);
/// lunch.set_subject("Lunch")?;
/// lunch.set_times(FileTime::UNIX_EPOCH, FileTime::from_unix(3600, 0).unwrap())?;
/// let calendar = mime::calendar(&message)?.unwrap();
/// assert_eq!(calendar.method, "PUBLISH");
/// assert!(calendar.text.contains("DTSTART:19700101T000000Z\r\n"));
/// # Ok::<(), openimsg::Error>(())
/// ```
///
/// Spec: msg-format 6.11.
///
/// # Errors
/// Those of reading the message. A damaged property is a loss and no error.
pub fn calendar(message: &Message<'_>) -> Result<Option<Calendar>> {
    let mut conversion = Conversion::default();
    let made = calendar_of(message, "", &mut conversion)?;
    Ok(made.map(|CalendarText { method, text }| Calendar { method, text, conversion }))
}

/// The calendar of a message; `None` if it is not of a class that has one.
pub(crate) fn calendar_of(
    message: &Message<'_>,
    place: &str,
    conversion: &mut Conversion,
) -> Result<Option<CalendarText>> {
    let work = &mut Work { place, conversion };
    let (method, body) = match message.item()? {
        Item::Appointment(_) => event::write(message, event::Kind::Publish, work)?,
        Item::Meeting(meeting) => {
            let answer = match meeting.kind()? {
                MeetingKind::Request => return event_of(message, event::Kind::Request, work),
                MeetingKind::Canceled => return event_of(message, event::Kind::Cancel, work),
                MeetingKind::Accepted => "ACCEPTED",
                MeetingKind::Tentative => "TENTATIVE",
                MeetingKind::Declined => "DECLINED",
                MeetingKind::Forwarded | MeetingKind::Other => return Ok(None),
            };
            let counter = work.read("METHOD", meeting.is_counter_proposal())?.unwrap_or(false);
            event::write(message, event::Kind::Answer { answer, counter }, work)?
        }
        Item::Task(task) => ("PUBLISH", task::task(&task, work)?),
        Item::Journal(journal) => ("PUBLISH", task::journal(&journal, work)?),
        _ => return Ok(None),
    };
    Ok(Some(whole(method, body)))
}

fn event_of(
    message: &Message<'_>,
    kind: event::Kind,
    work: &mut Work<'_>,
) -> Result<Option<CalendarText>> {
    let (method, body) = event::write(message, kind, work)?;
    Ok(Some(whole(method, body)))
}

/// The calendar around its components.
fn whole(method: &'static str, body: Lines) -> CalendarText {
    let mut out = Lines::new();
    out.begin("VCALENDAR");
    out.plain("PRODID", "-//openimsg//openimsg//EN");
    out.plain("VERSION", "2.0");
    out.plain("METHOD", method);
    out.append(&body);
    out.end("VCALENDAR");
    CalendarText { method, text: out.finish() }
}

/// Reads a calendar (.ics) into a new message. The message is not saved.
///
/// The method makes the class: an appointment without one, or to be published; a meeting request, an
/// answer or a cancellation. The first event is read with the changed occurrences of its series, else the
/// first task or journal entry. What the message has already - subject, body, sender, recipients - stays.
/// A time zone is one that the calendar itself describes.
///
/// # Example
/// ```
/// use openimsg::{Appointment, CompoundFile, Message, mime};
///
/// let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:7\r\nDTSTART:20240305T140000Z\r\n\
///     DURATION:PT1H\r\nSUMMARY:Lunch\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
/// let message = Message::create(CompoundFile::memory())?;
/// mime::read_ics(text, &message)?;
/// let lunch = Appointment::of(&message);
/// assert_eq!(lunch.subject()?.as_deref(), Some("Lunch"));
/// assert_eq!(lunch.duration()?, Some(60));
/// # Ok::<(), openimsg::Error>(())
/// ```
///
/// Spec: msg-format 6.8, 6.11.
///
/// # Errors
/// [`CorruptData`](Code::CorruptData) if there is nothing in it that a message can be; those of setting
/// properties.
pub fn read_ics(text: &str, message: &Message<'_>) -> Result<Conversion> {
    let mut conversion = Conversion::default();
    if read_calendar(text, message, "", &mut conversion)? {
        return Ok(conversion);
    }
    let wrong = Error::new(Code::CorruptData, "read calendar");
    Err(wrong.note("no event, task or journal entry that a message can be"))
}

/// Reads a calendar into a message. `false`: there is nothing in it that a message can be, and the
/// message is as it was.
pub(crate) fn read_calendar(
    text: &str,
    message: &Message<'_>,
    place: &str,
    conversion: &mut Conversion,
) -> Result<bool> {
    read::read(text, message, Work { place, conversion })
}
