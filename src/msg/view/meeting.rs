//! Meeting messages: requests, cancellations and answers.

use super::appointment::Appointment;
use super::field::{fields, view};
use crate::error::Result;
use crate::msg::message::Message;
use crate::named::*;
use crate::wire::FileTime;

/// What a meeting message says, by its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MeetingKind {
    /// `.Request`: come, or come at another time.
    Request,
    /// `.Canceled`: it does not take place.
    Canceled,
    /// `.Resp.Pos`.
    Accepted,
    /// `.Resp.Tent`.
    Tentative,
    /// `.Resp.Neg`.
    Declined,
    /// `.Notification.Forward`: somebody asked a further person.
    Forwarded,
    /// Another one.
    Other,
}

view! {
    /// A meeting message: `IPM.Schedule.Meeting`. See [`Item`](crate::Item).
    Meeting
}

fields! { Meeting {
    /// Where the meeting is, as the sender's program wrote it beside the location.
    place: String = PID_LID_WHERE;
    /// As stored: 1 new, 0x10000 full update, 0x20000 informational, ..
    meeting_type: i32 = PID_LID_MEETING_TYPE;
    /// When an answer proposes to start instead, UTC.
    proposed_start: FileTime = PID_LID_APPOINTMENT_PROPOSED_START_WHOLE;
    /// When an answer proposes to end instead, UTC.
    proposed_end: FileTime = PID_LID_APPOINTMENT_PROPOSED_END_WHOLE;
    /// Whether an answer proposes another time.
    is_counter_proposal: bool = PID_LID_APPOINTMENT_COUNTER_PROPOSAL;
}}

impl<'s> Meeting<'s> {
    /// What the message says.
    ///
    /// # Errors
    /// As [`Message::item_class`].
    pub fn kind(&self) -> Result<MeetingKind> {
        let class = self.message.item_class()?;
        let kinds = [
            ("IPM.Schedule.Meeting.Request", MeetingKind::Request),
            ("IPM.Schedule.Meeting.Canceled", MeetingKind::Canceled),
            ("IPM.Schedule.Meeting.Resp.Pos", MeetingKind::Accepted),
            ("IPM.Schedule.Meeting.Resp.Tent", MeetingKind::Tentative),
            ("IPM.Schedule.Meeting.Resp.Neg", MeetingKind::Declined),
            ("IPM.Schedule.Meeting.Notification.Forward", MeetingKind::Forwarded),
        ];
        let found = kinds.into_iter().find(|(name, _)| class.is(name));
        Ok(found.map_or(MeetingKind::Other, |(_, kind)| kind))
    }

    /// The meeting it is about: times, location, attendees, identity.
    #[must_use]
    pub fn appointment(&self) -> Appointment<'s> {
        Appointment { message: self.message.clone() }
    }
}
