//! An event into an appointment or a meeting message. Spec: MS-OXCICAL 2.1.3.1.1.20.

use super::super::parse::Component;
use super::super::time::{DAY, Stamp};
use super::super::uid::id_of;
use super::super::value::{Moment, duration};
use super::super::zone::Zone;
use super::Read;
use crate::error::Result;
use crate::msg::BusyStatus;
use crate::named::*;
use crate::tags::*;

/// What the method makes of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Keep,
    Ask,
    Cancel,
    Answer { counter: bool },
}

/// What is read of an event, or has no meaning for one.
const KNOWN: [&str; 22] = [
    "DTEND",
    "DURATION",
    "LOCATION",
    "ORGANIZER",
    "ATTENDEE",
    "RRULE",
    "EXDATE",
    "RECURRENCE-ID",
    "TRANSP",
    "METHOD",
    "REQUEST-STATUS",
    "X-MICROSOFT-CDO-BUSYSTATUS",
    "X-MICROSOFT-CDO-INTENDEDSTATUS",
    "X-MICROSOFT-CDO-ALLDAYEVENT",
    "X-MICROSOFT-CDO-OWNERAPPTID",
    "X-MICROSOFT-CDO-INSTTYPE",
    "X-MICROSOFT-DISALLOW-COUNTER",
    "X-MICROSOFT-CDO-OWNER-CRITICAL-CHANGE",
    "X-MICROSOFT-CDO-ATTENDEE-CRITICAL-CHANGE",
    "X-MS-OLK-ORIGINALSTART",
    "X-MS-OLK-ORIGINALEND",
    "X-MS-OLK-CONFTYPE",
];

impl Read<'_, '_> {
    /// Reads the event; `false` if its method is for calendars and not for people.
    pub(super) fn event(&mut self, at: usize, event: &Component, method: &str) -> Result<bool> {
        let act = match method.to_ascii_uppercase().as_str() {
            "" | "PUBLISH" => Act::Keep,
            "REQUEST" => Act::Ask,
            "CANCEL" => Act::Cancel,
            "REPLY" => Act::Answer { counter: false },
            "COUNTER" => Act::Answer { counter: true },
            other => {
                self.work.lose("calendar-field", "METHOD", format!("{other} has no message class"));
                return Ok(false);
            }
        };
        let Some(class) = self.class(event, act) else { return Ok(false) };
        let message = self.message;
        message.set(PR_MESSAGE_CLASS_W, class)?;
        self.common(event)?;
        let is_meeting = act != Act::Keep || event.get("ATTENDEE").is_some();
        let start = self.moment(event, "DTSTART");
        let end = self.end(event, start.as_ref());
        if let Some(start) = &start {
            self.times(start, &end, event, act)?;
        }
        self.identity(event, start.as_ref())?;
        let sequence = event.text("SEQUENCE").and_then(|text| text.trim().parse::<i32>().ok());
        message.set(PID_LID_APPOINTMENT_SEQUENCE, sequence.unwrap_or(0).max(0))?;
        if let Some(location) = event.text("LOCATION") {
            let location = super::one_line(&location);
            message.set(PID_LID_LOCATION, location.as_str())?;
            if is_meeting {
                message.set(PID_LID_WHERE, location.as_str())?;
            }
        }
        self.busy(event, act)?;
        let cancelled = act == Act::Cancel
            || event.text("STATUS").is_some_and(|text| text.eq_ignore_ascii_case("CANCELLED"));
        let received = matches!(act, Act::Ask | Act::Cancel);
        let flags = i32::from(is_meeting) | i32::from(received) << 1 | i32::from(cancelled) << 2;
        message.set(PID_LID_APPOINTMENT_STATE_FLAGS, flags)?;
        if act == Act::Ask {
            // Not answered yet.
            message.set(PID_LID_RESPONSE_STATUS, 5)?;
        }
        self.extra(event, act)?;
        self.people(event, act)?;
        let signal = start.as_ref().and_then(|start| start.utc.to_file_time());
        self.alarm(at, signal)?;
        if let (Some(start), false) = (&start, matches!(act, Act::Answer { .. })) {
            self.series(at, event, start, &end)?;
        }
        self.leftover(event, &KNOWN);
        Ok(true)
    }

    /// The class; `None` for an answer that is none.
    fn class(&mut self, event: &Component, act: Act) -> Option<&'static str> {
        match act {
            Act::Keep => Some("IPM.Appointment"),
            Act::Ask => Some("IPM.Schedule.Meeting.Request"),
            Act::Cancel => Some("IPM.Schedule.Meeting.Canceled"),
            // A proposal of another time is a tentative answer.
            Act::Answer { counter: true } => Some("IPM.Schedule.Meeting.Resp.Tent"),
            Act::Answer { counter: false } => {
                let answer = event.get("ATTENDEE").and_then(|who| who.param("PARTSTAT"));
                match answer.unwrap_or_default().to_ascii_uppercase().as_str() {
                    "ACCEPTED" => Some("IPM.Schedule.Meeting.Resp.Pos"),
                    "DECLINED" => Some("IPM.Schedule.Meeting.Resp.Neg"),
                    "TENTATIVE" => Some("IPM.Schedule.Meeting.Resp.Tent"),
                    other => {
                        let text = format!("the answer {other:?} has no message class");
                        self.work.lose("calendar-field", "ATTENDEE", text);
                        None
                    }
                }
            }
        }
    }

    /// The end, by whichever property tells it; a day, or no time at all, without one.
    fn end(&mut self, event: &Component, start: Option<&Moment>) -> Option<Moment> {
        let start = start?;
        if let Some(end) = self.moment(event, "DTEND") {
            if end.utc < start.utc {
                self.work
                    .find("calendar-time", "the event ends before it starts; it has no length");
                return Some(start.clone());
            }
            return Some(end);
        }
        let told = event.get("DURATION").and_then(|property| duration(&property.value));
        let seconds = told.unwrap_or(if start.is_day { DAY } else { 0 }).max(0);
        Some(Moment {
            utc: start.utc.plus(seconds),
            local: start.local.plus(seconds),
            ..start.clone()
        })
    }

    fn times(
        &mut self,
        start: &Moment,
        end: &Option<Moment>,
        event: &Component,
        act: Act,
    ) -> Result<()> {
        let end = end.as_ref().unwrap_or(start);
        let message = self.message;
        let original = |read: &mut Self, name, known: &Moment| {
            let found = event.get(name).is_some().then(|| read.moment(event, name)).flatten();
            found.map_or(known.utc, |found| found.utc)
        };
        let (mut from, mut to) = (start.utc, end.utc);
        if act == (Act::Answer { counter: true }) {
            if let (Some(start), Some(end)) = (from.to_file_time(), to.to_file_time()) {
                message.set(PID_LID_APPOINTMENT_COUNTER_PROPOSAL, true)?;
                message.set(PID_LID_APPOINTMENT_PROPOSED_START_WHOLE, start)?;
                message.set(PID_LID_APPOINTMENT_PROPOSED_END_WHOLE, end)?;
            }
            from = original(self, "X-MS-OLK-ORIGINALSTART", start);
            to = original(self, "X-MS-OLK-ORIGINALEND", end).max(from);
        }
        let minutes = i32::try_from((to.0 - from.0) / 60).unwrap_or(i32::MAX);
        let (Some(first), Some(last)) = (from.to_file_time(), to.to_file_time()) else {
            self.work.lose("calendar-field", "DTSTART", "a time that cannot be stored");
            return Ok(());
        };
        message.set(PID_LID_APPOINTMENT_START_WHOLE, first)?;
        message.set(PID_LID_APPOINTMENT_END_WHOLE, last)?;
        message.set(PID_LID_APPOINTMENT_DURATION, minutes)?;
        message.set(PID_LID_COMMON_START, first)?;
        message.set(PID_LID_COMMON_END, last)?;
        message.set(PR_START_DATE, first)?;
        message.set(PR_END_DATE, last)?;
        let marked = event.text("X-MICROSOFT-CDO-ALLDAYEVENT");
        let marked = marked.is_some_and(|text| text.trim().eq_ignore_ascii_case("TRUE"));
        let whole = start.local.of_day() == 0 && end.local.of_day() == 0 && from < to;
        message.set(PID_LID_APPOINTMENT_SUB_TYPE, start.is_day || marked && whole)?;
        // Days are those of no place: their clock is that of UTC.
        let utc = Zone::fixed(0);
        let of_start = if start.is_day { Some(&utc) } else { start.zone.as_ref() };
        let of_end = if end.is_day { Some(&utc) } else { end.zone.as_ref() };
        if let Some(zone) = of_start {
            let key = PID_LID_APPOINTMENT_TIME_ZONE_DEFINITION_START_DISPLAY;
            message.set(key, zone.to_definition())?;
        }
        if let Some(zone) = of_end {
            let key = PID_LID_APPOINTMENT_TIME_ZONE_DEFINITION_END_DISPLAY;
            message.set(key, zone.to_definition())?;
        }
        Ok(())
    }

    /// The identity of the meeting, and of the occurrence.
    fn identity(&mut self, event: &Component, start: Option<&Moment>) -> Result<()> {
        let message = self.message;
        let Some(uid) = event.text("UID") else {
            self.work.find("calendar-uid", "the event has no UID");
            return Ok(());
        };
        let id = id_of(uid.trim());
        let mut full = id.clean();
        if let Some(replaced) = self.moment(event, "RECURRENCE-ID") {
            // The day by the clock of the series.
            let clock = start.and_then(|start| start.zone.as_ref());
            let utc_of_zone = replaced.zone.as_ref().is_some_and(Zone::is_utc);
            let local = match clock.filter(|_| utc_of_zone && !replaced.is_day) {
                Some(zone) => zone.local(replaced.utc),
                None => replaced.local,
            };
            let at = local.civil();
            let part = |value: i64| u8::try_from(value).unwrap_or(0);
            full.instance =
                Some((u16::try_from(at.year).unwrap_or(0), part(at.month), part(at.day)));
            if let Some(at) = replaced.utc.to_file_time() {
                message.set(PID_LID_EXCEPTION_REPLACE_TIME, at)?;
            }
            message.set(PID_LID_IS_EXCEPTION, true)?;
            message.set(PID_LID_IS_RECURRING, true)?;
        }
        message.set(PID_LID_GLOBAL_OBJECT_ID, full.to_bytes())?;
        message.set(PID_LID_CLEAN_GLOBAL_OBJECT_ID, id.clean().to_bytes())
    }

    /// How the time looks to others. One who is asked is tentative until they answer.
    fn busy(&mut self, event: &Component, act: Act) -> Result<()> {
        let status = |name: &str| {
            let text = event.text(name)?;
            match text.trim().to_ascii_uppercase().as_str() {
                "FREE" => Some(BusyStatus::Free),
                "TENTATIVE" => Some(BusyStatus::Tentative),
                "BUSY" => Some(BusyStatus::Busy),
                "OOF" => Some(BusyStatus::OutOfOffice),
                "WORKINGELSEWHERE" => Some(BusyStatus::WorkingElsewhere),
                _ => None,
            }
        };
        let is = |name: &str, value: &str| {
            event.text(name).is_some_and(|text| text.trim().eq_ignore_ascii_case(value))
        };
        let told = status("X-MICROSOFT-CDO-BUSYSTATUS");
        let intended = status("X-MICROSOFT-CDO-INTENDEDSTATUS");
        let shown = told.unwrap_or({
            if is("TRANSP", "TRANSPARENT") {
                BusyStatus::Free
            } else if is("STATUS", "TENTATIVE") {
                BusyStatus::Tentative
            } else {
                BusyStatus::Busy
            }
        });
        let message = self.message;
        let shown = match act {
            Act::Ask => {
                message.set(PID_LID_INTENDED_BUSY_STATUS, intended.unwrap_or(shown).raw())?;
                let asked = intended.is_none() && shown != BusyStatus::Free;
                if asked { BusyStatus::Tentative } else { shown }
            }
            Act::Cancel => BusyStatus::Free,
            Act::Keep | Act::Answer { .. } => {
                if let Some(intended) = intended {
                    message.set(PID_LID_INTENDED_BUSY_STATUS, intended.raw())?;
                }
                shown
            }
        };
        message.set(PID_LID_BUSY_STATUS, shown)
    }

    /// What only Microsoft's programs write, and the stamp of the last change that matters.
    fn extra(&mut self, event: &Component, act: Act) -> Result<()> {
        let message = self.message;
        let change = |read: &mut Self, name: &str| {
            let found = event.get(name).is_some().then(|| read.moment(event, name)).flatten();
            found.and_then(|moment| moment.utc.to_file_time())
        };
        let answer = matches!(act, Act::Answer { .. });
        let stamp = change(self, "DTSTAMP").filter(|stamp| Stamp::of(*stamp).is_some());
        let owner = change(self, "X-MICROSOFT-CDO-OWNER-CRITICAL-CHANGE");
        if let Some(at) = owner.or(stamp.filter(|_| !answer)) {
            message.set(PID_LID_OWNER_CRITICAL_CHANGE, at)?;
        }
        let attendee = change(self, "X-MICROSOFT-CDO-ATTENDEE-CRITICAL-CHANGE");
        if let Some(at) = attendee.or(stamp.filter(|_| answer)) {
            message.set(PID_LID_ATTENDEE_CRITICAL_CHANGE, at)?;
        }
        if let Some(text) = event.text("X-MICROSOFT-CDO-OWNERAPPTID")
            && let Ok(id) = text.trim().parse::<i32>()
        {
            message.set(PR_OWNER_APPT_ID, id)?;
        }
        if let Some(text) = event.text("X-MICROSOFT-DISALLOW-COUNTER") {
            let silent = text.trim().eq_ignore_ascii_case("TRUE");
            message.set(PID_LID_APPOINTMENT_NOT_ALLOW_PROPOSE, silent)?;
        }
        Ok(())
    }
}
