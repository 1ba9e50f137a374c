//! Appointments and meeting messages as VEVENT. Spec: msg-format 6.11; MS-OXCICAL 2.1.3.1.1.20.

use super::clock::{Clocks, When, Zones, day_of, time, timed};
use super::common::Common;
use super::line::Lines;
use super::people::People;
use super::series::{EXCEPTION, Series, details, first_of, series, zone_of};
use super::time::{DAY, Stamp};
use super::uid::{self, Identity};
use super::work::Work;
use super::zone::Zone;
use crate::error::Result;
use crate::msg::{Appointment, BusyStatus, Message};
use crate::named::*;
use crate::prop::Recurrence;
use crate::tags::*;

/// What the message does with the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Publish,
    Request,
    Cancel,
    Answer { answer: &'static str, counter: bool },
}

impl Kind {
    fn method(self) -> &'static str {
        match self {
            Kind::Publish => "PUBLISH",
            Kind::Request => "REQUEST",
            Kind::Cancel => "CANCEL",
            Kind::Answer { counter: false, .. } => "REPLY",
            Kind::Answer { counter: true, .. } => "COUNTER",
        }
    }

    fn is_answer(self) -> bool {
        matches!(self, Kind::Answer { .. })
    }
}

/// What one VEVENT says and another one of the same series may say otherwise.
#[derive(Debug, Clone)]
pub(super) struct Instance {
    pub(super) start: Option<When>,
    pub(super) end: Option<When>,
    pub(super) recurrence_id: Option<When>,
    pub(super) all_day: bool,
    pub(super) location: Option<String>,
    pub(super) busy: Option<BusyStatus>,
    pub(super) subject: Option<String>,
    /// Minutes before the start at which to remind.
    pub(super) reminder: Option<i64>,
    pub(super) cancelled: bool,
    /// Its own text, and who comes to it, where they are not those of the series.
    pub(super) text: Option<String>,
    pub(super) people: Option<People>,
}

/// The method, and the components: time zones, then events.
pub(super) fn write(
    message: &Message<'_>,
    kind: Kind,
    work: &mut Work<'_>,
) -> Result<(&'static str, Lines)> {
    let mut zones = Zones::default();
    let event = Event::of(message, kind, &mut zones, work)?;
    let mut events = Lines::new();
    event.write(&event.main, Some(&event.series.lines), &mut events);
    for exception in &event.series.exceptions {
        event.write(exception, None, &mut events);
    }
    let mut out = Lines::new();
    zones.write(&mut out);
    out.append(&events);
    Ok((kind.method(), out))
}

/// What all VEVENTs of a series have in common, and the main one.
struct Event {
    kind: Kind,
    uid: String,
    common: Common,
    people: People,
    sequence: i64,
    /// Lines of our own making.
    extra: Vec<(&'static str, String)>,
    main: Instance,
    series: Series,
}

impl Event {
    fn of(
        message: &Message<'_>,
        kind: Kind,
        zones: &mut Zones,
        work: &mut Work<'_>,
    ) -> Result<Event> {
        let view = Appointment::of(message);
        let mut clocks = Clocks::of(message, work)?;
        let Identity { uid, instance } = uid::of_meeting(message, work)?;
        let all_day = work.read("DTSTART", view.all_day())?.unwrap_or(false);
        let (mut start, mut end) = times(message, kind, work)?;
        let replaces = replaced(message, instance, start, &clocks, work)?;
        let recurrence = recurrence(&view, kind, work)?.filter(|_| replaces.is_none());
        let zone = recurrence.as_ref().map(|found| zone_of(&clocks, found, start, work));
        if let (Some(recurrence), Some(zone)) = (&recurrence, &zone) {
            // A rule and its beginning are by one clock.
            if !all_day || clocks.start.is_none() {
                (clocks.start, clocks.end) = (Some(zone.clone()), Some(zone.clone()));
            }
            start = start.or_else(|| first_of(recurrence).map(|local| zone.utc(local)));
            end = end.or_else(|| {
                let (from, to) = recurrence.times?;
                Some(start?.plus(i64::from(to.checked_sub(from)?) * 60))
            });
        }
        if start.is_none() {
            work.lose("calendar-field", "DTSTART", "the item has no start");
        }
        let shown = |utc: Stamp, zone: Option<&Zone>, zones: &mut Zones| {
            if all_day { When::Date(day_of(utc, zone)) } else { timed(utc, zone, zones) }
        };
        let first = start.map(|utc| shown(utc, clocks.start.as_ref(), zones));
        let last = end.map(|utc| shown(utc, clocks.end.as_ref(), zones));
        // A day ends where the next one begins.
        let last = match (&first, last) {
            (Some(When::Date(first)), Some(When::Date(last))) if last <= *first => {
                Some(When::Date(first.plus(DAY)))
            }
            (_, last) => last,
        };
        let recurrence_id = replaces.map(|utc| shown(utc, clocks.recurs.as_ref(), zones));
        let common = Common::of(message, kind.is_answer(), work)?;
        let people = match kind {
            Kind::Answer { answer, .. } => People::of_answer(message, answer, work)?,
            _ => People::of_meeting(message, kind == Kind::Request, work)?,
        };
        let busy = work.read("TRANSP", view.busy_status())?;
        let sequence = work.read("SEQUENCE", view.sequence())?.map_or(0, i64::from).max(0);
        let main = Instance {
            start: first,
            end: last,
            recurrence_id,
            all_day,
            location: work.read("LOCATION", view.location())?,
            busy,
            subject: common.subject.clone(),
            reminder: common.reminder,
            cancelled: kind == Kind::Cancel
                || work.read("STATUS", view.is_cancelled())?.unwrap_or(false),
            text: None,
            people: None,
        };
        let series = match (&recurrence, &zone, start) {
            (Some(recurrence), Some(zone), Some(start)) => {
                let first = match &main.start {
                    Some(When::Date(day)) => *day,
                    _ => zone.local(start),
                };
                let mut made = series(recurrence, &main, first, zone, zones, work);
                details(message, (kind == Kind::Request, &people), zone, &mut made, work)?;
                made
            }
            _ => Series::default(),
        };
        let extra = extra(message, &view, kind, sequence, work)?;
        Ok(Event { kind, uid, common, people, sequence, extra, main, series })
    }

    /// Writes one VEVENT.
    fn write(&self, this: &Instance, series: Option<&Lines>, out: &mut Lines) {
        out.begin("VEVENT");
        out.text("UID", Some(&self.uid));
        if let Some(when) = &this.recurrence_id {
            out.push(when.line("RECURRENCE-ID"));
        }
        out.plain("SEQUENCE", &self.sequence.to_string());
        self.common.stamps(out);
        if let Some(when) = &this.start {
            out.push(when.line("DTSTART"));
        }
        if let Some(when) = &this.end {
            out.push(when.line("DTEND"));
        }
        if let Some(lines) = series {
            out.append(lines);
        }
        out.text("SUMMARY", this.subject.as_deref());
        out.text("LOCATION", this.location.as_deref());
        this.people.as_ref().unwrap_or(&self.people).write(out);
        self.common.write(this.text.as_deref(), out);
        let status = match this.busy {
            _ if this.cancelled => "CANCELLED",
            Some(BusyStatus::Tentative) => "TENTATIVE",
            _ => "CONFIRMED",
        };
        if !self.kind.is_answer() {
            out.plain("STATUS", status);
        }
        if let Some(busy) = this.busy {
            let free = busy == BusyStatus::Free;
            out.plain("TRANSP", if free { "TRANSPARENT" } else { "OPAQUE" });
            out.plain("X-MICROSOFT-CDO-BUSYSTATUS", status_name(busy));
        }
        out.plain("X-MICROSOFT-CDO-ALLDAYEVENT", if this.all_day { "TRUE" } else { "FALSE" });
        // One that happens once, a series, an occurrence that differs.
        let kind = match (&this.recurrence_id, series.is_some_and(|lines| !lines.is_empty())) {
            (Some(_), _) => "3",
            (None, true) => "1",
            (None, false) => "0",
        };
        out.plain("X-MICROSOFT-CDO-INSTTYPE", kind);
        for (name, value) in &self.extra {
            out.plain(name, value);
        }
        if let Some(minutes) = this.reminder.filter(|_| !self.kind.is_answer()) {
            out.begin("VALARM");
            out.plain("ACTION", "DISPLAY");
            out.plain("DESCRIPTION", "Reminder");
            out.plain("TRIGGER", &format!("-PT{minutes}M"));
            out.end("VALARM");
        }
        out.end("VEVENT");
    }
}

/// How it comes again; nothing in an answer, and for what comes once.
fn recurrence(
    view: &Appointment<'_>,
    kind: Kind,
    work: &mut Work<'_>,
) -> Result<Option<Recurrence>> {
    let once = work.read("RRULE", view.is_recurring())? == Some(false);
    if kind.is_answer() || once {
        return Ok(None);
    }
    work.read("RRULE", view.recurrence())
}

fn status_name(busy: BusyStatus) -> &'static str {
    match busy {
        BusyStatus::Free => "FREE",
        BusyStatus::Tentative => "TENTATIVE",
        BusyStatus::OutOfOffice => "OOF",
        BusyStatus::WorkingElsewhere => "WORKINGELSEWHERE",
        BusyStatus::Busy | BusyStatus::Other(_) => "BUSY",
    }
}

/// Start and end; those proposed, in a proposal.
fn times(
    message: &Message<'_>,
    kind: Kind,
    work: &mut Work<'_>,
) -> Result<(Option<Stamp>, Option<Stamp>)> {
    let mut start = time(message, PID_LID_APPOINTMENT_START_WHOLE, "DTSTART", work)?;
    let mut end = time(message, PID_LID_APPOINTMENT_END_WHOLE, "DTEND", work)?;
    // Programs that do not know the first have the others.
    if start.is_none() {
        start = time(message, PID_LID_COMMON_START, "DTSTART", work)?;
        end = end.or(time(message, PID_LID_COMMON_END, "DTEND", work)?);
    }
    if start.is_none() {
        start = time(message, PR_START_DATE, "DTSTART", work)?;
        end = end.or(time(message, PR_END_DATE, "DTEND", work)?);
    }
    if matches!(kind, Kind::Answer { counter: true, .. }) {
        start = time(message, PID_LID_APPOINTMENT_PROPOSED_START_WHOLE, "DTSTART", work)?.or(start);
        end = time(message, PID_LID_APPOINTMENT_PROPOSED_END_WHOLE, "DTEND", work)?.or(end);
    }
    // An end before the start is not one that readers take.
    Ok((start, end.filter(|end| start.is_none_or(|start| *end >= start))))
}

/// The occurrence that this replaces, in UTC.
fn replaced(
    message: &Message<'_>,
    instance: Option<Stamp>,
    start: Option<Stamp>,
    clocks: &Clocks,
    work: &mut Work<'_>,
) -> Result<Option<Stamp>> {
    let stored = time(message, PID_LID_EXCEPTION_REPLACE_TIME, "RECURRENCE-ID", work)?;
    let is_one = work.read("RECURRENCE-ID", message.get(PID_LID_IS_EXCEPTION))?.unwrap_or(false)
        || message.item_class()?.is(EXCEPTION);
    // A series may have the time of one that was changed last.
    let Some(day) = instance else { return Ok(stored.filter(|_| is_one)) };
    if stored.is_some() {
        return Ok(stored);
    }
    // Hours, minutes and seconds in 6 bits each.
    let packed = work.read("RECURRENCE-ID", message.get(PID_LID_START_RECURRENCE_TIME))?;
    let packed = packed.map(i64::from).filter(|packed| *packed >= 0);
    let of_day = packed.map(|at| (at >> 12 & 31) * 3600 + (at >> 6 & 63) * 60 + (at & 63));
    let zone = clocks.recurs.as_ref();
    let local = |utc: Stamp| zone.map_or(utc, |zone| zone.local(utc));
    let of_day = of_day.or(start.map(|start| local(start).of_day())).unwrap_or(0);
    let at = day.plus(of_day.min(DAY - 1));
    Ok(Some(zone.map_or(at, |zone| zone.utc(at))))
}

/// What only Microsoft's programs know.
fn extra(
    message: &Message<'_>,
    view: &Appointment<'_>,
    kind: Kind,
    sequence: i64,
    work: &mut Work<'_>,
) -> Result<Vec<(&'static str, String)>> {
    let mut lines = vec![("X-MICROSOFT-CDO-APPT-SEQUENCE", sequence.to_string())];
    let intended = message.get(PID_LID_INTENDED_BUSY_STATUS);
    let intended = work.read("X-MICROSOFT-CDO-INTENDEDSTATUS", intended)?;
    if let Some(intended) = intended.filter(|intended| (0..=4).contains(intended)) {
        let name = status_name(BusyStatus::from_raw(intended));
        lines.push(("X-MICROSOFT-CDO-INTENDEDSTATUS", name.to_owned()));
    }
    let importance = work.read("X-MICROSOFT-CDO-IMPORTANCE", message.get(PR_IMPORTANCE))?;
    if let Some(importance) = importance {
        lines.push(("X-MICROSOFT-CDO-IMPORTANCE", importance.clamp(0, 2).to_string()));
    }
    if let Some(id) = work.read("X-MICROSOFT-CDO-OWNERAPPTID", message.get(PR_OWNER_APPT_ID))? {
        lines.push(("X-MICROSOFT-CDO-OWNERAPPTID", id.to_string()));
    }
    let silent = message.get(PID_LID_APPOINTMENT_NOT_ALLOW_PROPOSE);
    if let Some(silent) = work.read("X-MICROSOFT-DISALLOW-COUNTER", silent)? {
        let text = if silent { "TRUE" } else { "FALSE" };
        lines.push(("X-MICROSOFT-DISALLOW-COUNTER", text.to_owned()));
    }
    let mut stamp = |name: &'static str, found: Option<Stamp>| {
        lines.extend(found.map(|at| (name, at.utc())));
    };
    let change = time(message, PID_LID_OWNER_CRITICAL_CHANGE, "DTSTAMP", work)?;
    stamp("X-MICROSOFT-CDO-OWNER-CRITICAL-CHANGE", change);
    let change = time(message, PID_LID_ATTENDEE_CRITICAL_CHANGE, "DTSTAMP", work)?;
    stamp("X-MICROSOFT-CDO-ATTENDEE-CRITICAL-CHANGE", change);
    if matches!(kind, Kind::Answer { counter: true, .. }) {
        stamp("X-MS-OLK-ORIGINALSTART", work.read("DTSTART", view.start())?.and_then(Stamp::of));
        stamp("X-MS-OLK-ORIGINALEND", work.read("DTEND", view.end())?.and_then(Stamp::of));
    }
    Ok(lines)
}
