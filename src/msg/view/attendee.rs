//! Who is asked to a meeting, and what they said.

use super::field::stored_enum;
use crate::error::Result;
use crate::msg::message::Message;
use crate::msg::recipient::{Recipient, RecipientType};
use crate::prop::PropValue;
use crate::tags::{PR_RECIPIENT_FLAGS, PR_RECIPIENT_TRACKSTATUS, PR_RECIPIENT_TRACKSTATUS_TIME};
use crate::wire::FileTime;

stored_enum! {
    /// What somebody answered to a meeting.
    ResponseStatus {
        /// 0: nothing to answer.
        None = 0,
        /// 1: it is the organiser.
        Organized = 1,
        /// 2.
        Tentative = 2,
        /// 3.
        Accepted = 3,
        /// 4.
        Declined = 4,
        /// 5.
        NotResponded = 5,
    }
}

/// How somebody takes part in a meeting, by the kind of recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttendeeKind {
    /// By the recipient flags.
    Organizer,
    /// A To recipient.
    Required,
    /// A Cc recipient.
    Optional,
    /// A Bcc recipient: a room or a device.
    Resource,
}

/// Somebody asked to a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attendee {
    /// How they take part.
    pub kind: AttendeeKind,
    /// The name to show.
    pub name: Option<String>,
    /// The best address, as [`Recipient::address`] finds it.
    pub address: Option<String>,
    /// What they answered, as the organiser's copy knows.
    pub response: Option<ResponseStatus>,
    /// When they answered, UTC.
    pub responded: Option<FileTime>,
}

/// The recipient is the organiser.
const ORGANIZER: i32 = 2;

pub(super) fn attendees(message: &Message<'_>) -> Result<Vec<Attendee>> {
    Ok(message.recipients()?.iter().map(attendee).collect())
}

fn attendee(row: &Recipient) -> Attendee {
    let long = |value: Option<&PropValue>| match value {
        Some(PropValue::Long(value)) => Some(*value),
        _ => None,
    };
    let organizer = long(row.get(PR_RECIPIENT_FLAGS.tag())).is_some_and(|f| f & ORGANIZER != 0);
    let kind = match row.kind() {
        _ if organizer => AttendeeKind::Organizer,
        RecipientType::Originator => AttendeeKind::Organizer,
        RecipientType::Cc => AttendeeKind::Optional,
        RecipientType::Bcc => AttendeeKind::Resource,
        RecipientType::To | RecipientType::Resend => AttendeeKind::Required,
    };
    let responded = match row.get(PR_RECIPIENT_TRACKSTATUS_TIME.tag()) {
        Some(PropValue::SysTime(time)) if !time.is_none() => Some(*time),
        _ => None,
    };
    Attendee {
        kind,
        name: row.display_name(),
        address: row.address(),
        response: long(row.get(PR_RECIPIENT_TRACKSTATUS.tag())).map(ResponseStatus::from_raw),
        responded,
    }
}
