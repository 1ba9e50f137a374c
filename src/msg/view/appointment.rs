//! Appointments and meetings.

use super::{props, view};
use crate::error::Result;
use crate::msg::recipient::{Recipient, RecipientType};
use crate::msg::sender::Mailbox;
use crate::prop::named_tags::*;
use crate::prop::tags::{PR_END_DATE, PR_START_DATE};
use crate::prop::{GlobalObjectId, PropTag, PropValue, Recurrence};
use crate::wire::FileTime;

view! {
    /// An appointment, or a message about a meeting.
    ///
    /// Times are UTC. Spec: msg-format 3.4 (PSETID_Appointment, PSETID_Meeting).
    ///
    /// # Example
    /// ```
    /// use openimsg::{Appointment, CompoundFile, FileTime, Message};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// let meeting = Appointment::make(&message)?;
    /// let start = FileTime::from_unix(1_700_000_000, 0).unwrap();
    /// let end = FileTime::from_unix(1_700_003_600, 0).unwrap();
    /// meeting.set_times(start, end)?;
    /// meeting.set_location("Room 7")?;
    /// assert_eq!(meeting.start()?, Some(start));
    /// assert_eq!(meeting.duration_minutes()?, Some(60));
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    Appointment, "IPM.Appointment"
}

/// How a calendar shows the time of an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BusyStatus {
    /// Free.
    Free,
    /// Tentative.
    Tentative,
    /// Busy.
    Busy,
    /// Out of office.
    OutOfOffice,
    /// Working elsewhere.
    Elsewhere,
}

/// What somebody answered to an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseStatus {
    /// It was no invitation.
    None,
    /// It is the organiser's own.
    Organizer,
    /// Perhaps.
    Tentative,
    /// Accepted.
    Accepted,
    /// Declined.
    Declined,
    /// Not answered.
    NotResponded,
}

/// Somebody who is invited, or a room or thing that is booked.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Attendee {
    /// To: required, Cc: optional, Bcc: a room or thing.
    pub kind: RecipientType,
    /// The row.
    pub recipient: Recipient,
    /// What they answered, as far as the organiser knows.
    pub response: Option<ResponseStatus>,
}

fn response(value: i32) -> Option<ResponseStatus> {
    Some(match value {
        0 => ResponseStatus::None,
        1 => ResponseStatus::Organizer,
        2 => ResponseStatus::Tentative,
        3 => ResponseStatus::Accepted,
        4 => ResponseStatus::Declined,
        5 => ResponseStatus::NotResponded,
        _ => return None,
    })
}

props! { Appointment {
    /// Where it takes place.
    location, set_location: PID_LID_LOCATION => String, &str;
    /// Whether it takes whole days.
    is_all_day, set_all_day: PID_LID_APPOINTMENT_SUB_TYPE => bool, bool;
    /// The recurrence as text for people.
    recurrence_text, set_recurrence_text: PID_LID_RECURRENCE_PATTERN => String, &str;
    /// How often the meeting was changed: iCalendar's SEQUENCE.
    sequence, set_sequence: PID_LID_APPOINTMENT_SEQUENCE => i32, i32;
    /// All who are invited, as one text.
    all_attendees, set_all_attendees: PID_LID_ALL_ATTENDEES_STRING => String, &str;
} }

impl Appointment<'_> {
    /// When it begins: the whole start, else the common one, else `PR_START_DATE`.
    ///
    /// # Errors
    /// Those of reading the properties.
    pub fn start(&self) -> Result<Option<FileTime>> {
        let found = match self.get(PID_LID_APPOINTMENT_START_WHOLE)? {
            None => self.get(PID_LID_COMMON_START)?,
            found => found,
        };
        let found = if found.is_none() { self.get(PR_START_DATE)? } else { found };
        Ok(found.filter(|time| !time.is_none()))
    }

    /// When it ends, likewise.
    ///
    /// # Errors
    /// Those of reading the properties.
    pub fn end(&self) -> Result<Option<FileTime>> {
        let found = match self.get(PID_LID_APPOINTMENT_END_WHOLE)? {
            None => self.get(PID_LID_COMMON_END)?,
            found => found,
        };
        let found = if found.is_none() { self.get(PR_END_DATE)? } else { found };
        Ok(found.filter(|time| !time.is_none()))
    }

    /// Sets start and end with all that repeats them, and the duration.
    ///
    /// # Errors
    /// Those of setting the properties.
    pub fn set_times(&self, start: FileTime, end: FileTime) -> Result<()> {
        self.set(PID_LID_APPOINTMENT_START_WHOLE, start)?;
        self.set(PID_LID_APPOINTMENT_END_WHOLE, end)?;
        self.set(PID_LID_COMMON_START, start)?;
        self.set(PID_LID_COMMON_END, end)?;
        self.set(PR_START_DATE, start)?;
        self.set(PR_END_DATE, end)?;
        let minutes = end.ticks().saturating_sub(start.ticks()) / (60 * 10_000_000);
        self.set(PID_LID_APPOINTMENT_DURATION, i32::try_from(minutes).unwrap_or(i32::MAX))
    }

    /// How long it takes: from start to end, else as it says.
    ///
    /// # Errors
    /// Those of reading the properties.
    pub fn duration_minutes(&self) -> Result<Option<u32>> {
        if let (Some(start), Some(end)) = (self.start()?, self.end()?)
            && end >= start
        {
            return Ok(u32::try_from((end.ticks() - start.ticks()) / (60 * 10_000_000)).ok());
        }
        Ok(self.get(PID_LID_APPOINTMENT_DURATION)?.and_then(|minutes| u32::try_from(minutes).ok()))
    }

    /// How a calendar shows the time.
    ///
    /// # Errors
    /// Those of reading the property.
    pub fn busy_status(&self) -> Result<Option<BusyStatus>> {
        Ok(match self.get(PID_LID_BUSY_STATUS)? {
            Some(0) => Some(BusyStatus::Free),
            Some(1) => Some(BusyStatus::Tentative),
            Some(2) => Some(BusyStatus::Busy),
            Some(3) => Some(BusyStatus::OutOfOffice),
            Some(4) => Some(BusyStatus::Elsewhere),
            _ => None,
        })
    }

    /// Says how a calendar shows the time.
    ///
    /// # Errors
    /// Those of setting the property.
    pub fn set_busy_status(&self, status: BusyStatus) -> Result<()> {
        let value = match status {
            BusyStatus::Free => 0,
            BusyStatus::Tentative => 1,
            BusyStatus::Busy => 2,
            BusyStatus::OutOfOffice => 3,
            BusyStatus::Elsewhere => 4,
        };
        self.set(PID_LID_BUSY_STATUS, value)
    }

    /// Whether others are invited.
    ///
    /// # Errors
    /// Those of reading the property.
    pub fn is_meeting(&self) -> Result<bool> {
        Ok(self.state()? & 1 != 0)
    }

    /// Whether it was cancelled.
    ///
    /// # Errors
    /// Those of reading the property.
    pub fn is_cancelled(&self) -> Result<bool> {
        Ok(self.state()? & 4 != 0)
    }

    fn state(&self) -> Result<i32> {
        Ok(self.get(PID_LID_APPOINTMENT_STATE_FLAGS)?.unwrap_or(0))
    }

    /// What the owner of this calendar answered.
    ///
    /// # Errors
    /// Those of reading the property.
    pub fn response(&self) -> Result<Option<ResponseStatus>> {
        Ok(self.get(PID_LID_RESPONSE_STATUS)?.and_then(response))
    }

    /// Whether it comes again.
    ///
    /// # Errors
    /// Those of reading the properties.
    pub fn is_recurring(&self) -> Result<bool> {
        let says = self.get(PID_LID_RECURRING)?.unwrap_or(false);
        Ok(says || self.get(PID_LID_IS_RECURRING)?.unwrap_or(false))
    }

    /// The series that it is; `None` if it is none.
    ///
    /// # Errors
    /// [`CorruptData`](crate::Code::CorruptData) if it cannot be read; those of reading the property.
    pub fn recurrence(&self) -> Result<Option<Recurrence>> {
        self.get(PID_LID_APPOINTMENT_RECUR)?.map(|bytes| Recurrence::read(&bytes)).transpose()
    }

    /// Which meeting it belongs to.
    ///
    /// # Errors
    /// [`CorruptData`](crate::Code::CorruptData) if it cannot be read; those of reading the property.
    pub fn global_object_id(&self) -> Result<Option<GlobalObjectId>> {
        self.get(PID_LID_GLOBAL_OBJECT_ID)?.map(|bytes| GlobalObjectId::read(&bytes)).transpose()
    }

    /// Sets which meeting it belongs to.
    ///
    /// # Errors
    /// Those of setting the properties.
    pub fn set_global_object_id(&self, id: &GlobalObjectId) -> Result<()> {
        self.set(PID_LID_GLOBAL_OBJECT_ID, &id.to_bytes()[..])?;
        let mut clean = id.to_bytes();
        if let Some(date) = clean.get_mut(16..20) {
            date.fill(0);
        }
        self.set(PID_LID_CLEAN_GLOBAL_OBJECT_ID, &clean[..])
    }

    /// Who invites: whom the message represents, else its sender.
    ///
    /// # Errors
    /// Those of reading the properties.
    pub fn organizer(&self) -> Result<Option<Mailbox>> {
        match self.sent_representing()? {
            None => self.sender(),
            found => Ok(found),
        }
    }

    /// Who is invited and what they answered.
    ///
    /// # Errors
    /// Those of reading the recipients.
    pub fn attendees(&self) -> Result<Vec<Attendee>> {
        let attendee = |recipient: Recipient| {
            // PR_RECIPIENT_TRACKSTATUS.
            let status = match recipient.get(PropTag::new(0x5FFF_0003)) {
                Some(PropValue::Long(status)) => response(*status),
                _ => None,
            };
            Attendee { kind: recipient.kind(), recipient, response: status }
        };
        Ok(self.recipients()?.into_iter().map(attendee).collect())
    }
}
