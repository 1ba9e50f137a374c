//! Appointments, and what meeting messages have in common with them.

use super::attendee::{Attendee, ResponseStatus, attendees};
use super::field::{fields, stored_enum, view, write};
use crate::error::{Code, Error, Result};
use crate::msg::message::Message;
use crate::msg::sender::Mailbox;
use crate::named::*;
use crate::prop::{GlobalObjectId, Recurrence};
use crate::tags::{PR_END_DATE, PR_START_DATE};
use crate::wire::FileTime;

stored_enum! {
    /// How the time of an appointment looks to others: `PidLidBusyStatus`.
    BusyStatus {
        /// 0.
        Free = 0,
        /// 1.
        Tentative = 1,
        /// 2.
        Busy = 2,
        /// 3.
        OutOfOffice = 3,
        /// 4.
        WorkingElsewhere = 4,
    }
}

view! {
    /// An appointment or a meeting in a calendar: `IPM.Appointment`. See [`Item`](crate::Item).
    ///
    /// Spec: msg-format 3.4.
    Appointment, "IPM.Appointment"
}

fields! { Appointment {
    /// The subject.
    subject, set_subject(&str): String = crate::tags::PR_SUBJECT_W;
    /// When it starts, UTC.
    start: FileTime = PID_LID_APPOINTMENT_START_WHOLE;
    /// When it ends, UTC.
    end: FileTime = PID_LID_APPOINTMENT_END_WHOLE;
    /// How long it is, in minutes, as stored.
    duration: i32 = PID_LID_APPOINTMENT_DURATION;
    /// Where it is.
    location, set_location(&str): String = PID_LID_LOCATION;
    /// Whether it takes whole days; its start and end are then midnights in its own time zone.
    all_day, set_all_day(bool): bool = PID_LID_APPOINTMENT_SUB_TYPE;
    /// How its time looks to others.
    busy_status, set_busy_status(BusyStatus): BusyStatus = PID_LID_BUSY_STATUS;
    /// What the owner of this copy answered.
    response_status: ResponseStatus = PID_LID_RESPONSE_STATUS;
    /// As stored: 1 a meeting, 2 received, 4 cancelled.
    state_flags: i32 = PID_LID_APPOINTMENT_STATE_FLAGS;
    /// Which version of the meeting this is, from 0.
    sequence: i32 = PID_LID_APPOINTMENT_SEQUENCE;
    /// Whether it comes again.
    is_recurring: bool = PID_LID_RECURRING;
    /// How often it comes, as text for people.
    recurrence_text: String = PID_LID_RECURRENCE_PATTERN;
    /// The name of its time zone, for people.
    time_zone: String = PID_LID_TIME_ZONE_DESCRIPTION;
    /// When an occurrence that differs would have started, UTC.
    replaces: FileTime = PID_LID_EXCEPTION_REPLACE_TIME;
}}

impl Appointment<'_> {
    /// Sets start and end, both UTC, and all that follows from them.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] if it ends before it starts or either is "none"; else as
    /// [`MapiProp::set`](crate::MapiProp::set).
    pub fn set_times(&self, start: FileTime, end: FileTime) -> Result<()> {
        let wrong = || Error::new(Code::InvalidParameter, "set appointment times");
        if start.is_none() || end.is_none() {
            return Err(wrong().note("a time that means none"));
        }
        let ticks = end.ticks().checked_sub(start.ticks());
        let minutes = ticks.and_then(|ticks| i32::try_from(ticks / 600_000_000).ok());
        let minutes = minutes.ok_or_else(|| wrong().note("the end is before the start"))?;
        let message = &self.message;
        write(message, Self::CLASS, PID_LID_APPOINTMENT_START_WHOLE, start)?;
        message.set(PID_LID_APPOINTMENT_END_WHOLE, end)?;
        message.set(PID_LID_APPOINTMENT_DURATION, minutes)?;
        message.set(PID_LID_COMMON_START, start)?;
        message.set(PID_LID_COMMON_END, end)?;
        message.set(PR_START_DATE, start)?;
        message.set(PR_END_DATE, end)
    }

    /// Whether it was cancelled; `None` if it does not say.
    ///
    /// # Errors
    /// As [`MapiProp::get`](crate::MapiProp::get).
    pub fn is_cancelled(&self) -> Result<Option<bool>> {
        Ok(self.state_flags()?.map(|flags| flags & 4 != 0))
    }

    /// Who called the meeting.
    ///
    /// # Errors
    /// As [`Message::sent_representing`].
    pub fn organizer(&self) -> Result<Option<Mailbox>> {
        self.message.sent_representing()
    }

    /// Who is asked to it, in row order.
    ///
    /// # Errors
    /// As [`Message::recipients`].
    pub fn attendees(&self) -> Result<Vec<Attendee>> {
        attendees(&self.message)
    }

    /// How often it comes, on which days, and which occurrences differ.
    ///
    /// # Errors
    /// As [`MapiProp::get`](crate::MapiProp::get) and [`Recurrence::parse`].
    pub fn recurrence(&self) -> Result<Option<Recurrence>> {
        let stored = self.message.get(PID_LID_APPOINTMENT_RECUR)?;
        stored.map(|bytes| Recurrence::parse(&bytes)).transpose()
    }

    /// The identity of the meeting, with the day of the occurrence if it is one.
    ///
    /// # Errors
    /// As [`MapiProp::get`](crate::MapiProp::get) and [`GlobalObjectId::parse`].
    pub fn global_object_id(&self) -> Result<Option<GlobalObjectId>> {
        let stored = self.message.get(PID_LID_GLOBAL_OBJECT_ID)?;
        stored.map(|bytes| GlobalObjectId::parse(&bytes)).transpose()
    }

    /// The UID of the meeting as calendars exchange it; that of the series for an occurrence.
    ///
    /// # Errors
    /// As [`Appointment::global_object_id`].
    pub fn uid(&self) -> Result<Option<String>> {
        if let Some(id) = self.global_object_id()? {
            return Ok(Some(id.uid()));
        }
        let clean = self.message.get(PID_LID_CLEAN_GLOBAL_OBJECT_ID)?;
        clean.map(|bytes| Ok(GlobalObjectId::parse(&bytes)?.uid())).transpose()
    }

    /// Gives the appointment the UID it has in another calendar.
    ///
    /// # Errors
    /// As [`MapiProp::set`](crate::MapiProp::set).
    pub fn set_uid(&self, uid: &str) -> Result<()> {
        let id = GlobalObjectId::from_uid(uid).to_bytes();
        write(&self.message, Self::CLASS, PID_LID_GLOBAL_OBJECT_ID, id.as_slice())?;
        self.message.set(PID_LID_CLEAN_GLOBAL_OBJECT_ID, id)
    }
}
