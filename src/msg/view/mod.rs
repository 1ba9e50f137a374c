//! Items: a message seen as what it is, with typed properties, for people who do not know MAPI.
//!
//! A view is a handle on the message and holds nothing itself: what it gives is read when asked for,
//! what it sets is a property of the message, to be saved with it. `class` decides which view an item
//! has, `field` makes the getters and setters; the other files hold one view each.
//!
//! Spec: msg-format 3.3 to 3.6; decision 0017.

mod appointment;
mod attendee;
mod class;
mod common;
mod contact;
mod dist_list;
mod field;
mod local_date;
mod meeting;
mod note;
mod report;
mod task;

pub use appointment::{Appointment, BusyStatus};
pub use attendee::{Attendee, AttendeeKind, ResponseStatus};
pub use class::ItemClass;
pub use common::{Common, Importance, Sensitivity};
pub use contact::{Contact, ContactEmail, EmailSlot, PostalAddress};
pub use dist_list::{DistList, ListMember};
pub use local_date::LocalDate;
pub use meeting::{Meeting, MeetingKind};
pub use note::{Journal, Note, NoteColor, Post};
pub use report::{Report, ReportKind, ReportRecipient};
pub use task::{Task, TaskRequest, TaskRequestKind, TaskStatus};

use super::message::Message;
use crate::error::Result;

/// A message as what it is, by its class.
///
/// # Example
/// ```
/// use openimsg::{CompoundFile, FileTime, Item, Message, tags::*};
///
/// let message = Message::create(CompoundFile::memory())?;
/// message.set(PR_MESSAGE_CLASS_W, "IPM.Appointment.Custom")?;
/// let Item::Appointment(meeting) = message.item()? else { panic!() };
/// meeting.set_location("Room 7")?;
/// meeting.set_times(FileTime::UNIX_EPOCH, FileTime::from_unix(3600, 0).unwrap())?;
/// assert_eq!(meeting.duration()?, Some(60));
/// assert_eq!(meeting.all_day()?, None); // absent is not false
/// # Ok::<(), openimsg::Error>(())
/// ```
///
/// Spec: msg-format 3.6.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Item<'s> {
    /// `IPM.Note`, and whatever has no class: a mail.
    Mail(Message<'s>),
    /// `IPM.Appointment`, and the occurrences that differ from their series.
    Appointment(Appointment<'s>),
    /// `IPM.Schedule.Meeting`: a request, a cancellation or an answer.
    Meeting(Meeting<'s>),
    /// `IPM.Contact`.
    Contact(Contact<'s>),
    /// `IPM.DistList`: a personal distribution list.
    DistList(DistList<'s>),
    /// `IPM.Task`.
    Task(Task<'s>),
    /// `IPM.TaskRequest`: a task given to somebody, or the answer.
    TaskRequest(TaskRequest<'s>),
    /// `IPM.StickyNote`.
    Note(Note<'s>),
    /// `IPM.Activity`.
    Journal(Journal<'s>),
    /// `IPM.Post`.
    Post(Post<'s>),
    /// `REPORT.*`: a delivery, non-delivery or read report.
    Report(Report<'s>),
    /// Of another class.
    Other(Message<'s>),
}

impl<'s> Message<'s> {
    /// The message as what its class says it is.
    ///
    /// # Errors
    /// [`Code::CorruptData`](crate::Code::CorruptData) if the class cannot be read.
    pub fn item(&self) -> Result<Item<'s>> {
        let message = self.clone();
        Ok(match self.item_class()?.kind() {
            class::Kind::Mail => Item::Mail(message),
            class::Kind::Appointment => Item::Appointment(Appointment { message }),
            class::Kind::Meeting => Item::Meeting(Meeting { message }),
            class::Kind::Contact => Item::Contact(Contact { message }),
            class::Kind::DistList => Item::DistList(DistList { message }),
            class::Kind::Task => Item::Task(Task { message }),
            class::Kind::TaskRequest => Item::TaskRequest(TaskRequest { message }),
            class::Kind::Note => Item::Note(Note { message }),
            class::Kind::Journal => Item::Journal(Journal { message }),
            class::Kind::Post => Item::Post(Post { message }),
            class::Kind::Report => Item::Report(Report { message }),
            class::Kind::Other => Item::Other(message),
        })
    }

    /// The class of the message, made ready for comparing. Without one it is `IPM.Note`.
    ///
    /// # Errors
    /// As [`Message::item`].
    pub fn item_class(&self) -> Result<ItemClass> {
        let stored = self.get(crate::tags::PR_MESSAGE_CLASS_W)?;
        Ok(ItemClass::new(&stored.unwrap_or_default()))
    }

    /// What every item has: categories, importance, reminder, flag.
    #[must_use]
    pub fn common(&self) -> Common<'s> {
        Common { message: self.clone() }
    }
}

/// The message in the first attachment that holds one.
fn embedded<'s>(message: &Message<'s>) -> Result<Option<Message<'s>>> {
    for number in message.attachment_numbers()? {
        let attachment = message.open_attach(number)?;
        if attachment.has_message()? {
            return attachment.open_message().map(Some);
        }
    }
    Ok(None)
}
