//! What a message is, for people who do not know MAPI: appointments, contacts, tasks, notes, journal
//! entries, distribution lists and reports, each with its named properties by name and type.
//!
//! A view is a message with more methods. It holds nothing of its own, so several views of one message
//! see each other's changes. Spec: msg-format 3.3-3.6.

mod appointment;
mod common;
mod contact;
mod dist_list;
mod note;
mod report;
mod task;

pub use appointment::{Appointment, Attendee, BusyStatus, ResponseStatus};
pub use common::{Importance, Sensitivity};
pub use contact::{Contact, EmailAddress, PostalAddress};
pub use dist_list::{DistList, Member};
pub use note::{Journal, Note, NoteColor};
pub use report::{Report, ReportKind};
pub use task::{Task, TaskStatus};

use super::message::Message;
use crate::error::Result;
use crate::prop::tags::PR_MESSAGE_CLASS_W;
use crate::wire::FileTime;

/// Makes getters and setters of properties that are given as they are stored.
macro_rules! props {
    ($view:ident { $($(#[doc = $doc:literal])+ $get:ident, $set:ident: $key:expr => $value:ty, $arg:ty;)+ }) => {
        impl $view<'_> {$(
            $(#[doc = $doc])+
            ///
            /// # Errors
            /// Those of [`MapiProp::get`](crate::MapiProp::get).
            pub fn $get(&self) -> crate::Result<Option<$value>> {
                crate::msg::view::Shown::shown(self.0.get($key)?)
            }

            #[doc = concat!("Sets what [`", stringify!($get), "`](Self::", stringify!($get), ") gives.")]
            ///
            /// # Errors
            /// Those of [`MapiProp::set`](crate::MapiProp::set).
            pub fn $set(&self, value: $arg) -> crate::Result<()> {
                self.0.set($key, value)
            }
        )+}
    };
}
use props;

/// Makes a view of messages.
macro_rules! view {
    ($(#[doc = $doc:literal])+ $view:ident, $class:literal) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        pub struct $view<'s>(crate::msg::message::Message<'s>);

        impl<'s> $view<'s> {
            /// Views a message as this, whatever its class is.
            #[must_use]
            pub fn of(message: &crate::msg::message::Message<'s>) -> $view<'s> {
                $view(message.clone())
            }

            #[doc = concat!("Makes a message this: its class becomes `", $class, "`, unless it is one already.")]
            ///
            /// # Errors
            /// Those of [`MapiProp::set`](crate::MapiProp::set).
            pub fn make(message: &crate::msg::message::Message<'s>) -> crate::Result<$view<'s>> {
                let class = message.get(crate::prop::tags::PR_MESSAGE_CLASS_W)?;
                if !class.is_some_and(|class| crate::msg::view::is_class(&class, $class)) {
                    message.set(crate::prop::tags::PR_MESSAGE_CLASS_W, $class)?;
                }
                Ok($view(message.clone()))
            }
        }

        impl<'s> std::ops::Deref for $view<'s> {
            type Target = crate::msg::message::Message<'s>;

            fn deref(&self) -> &crate::msg::message::Message<'s> {
                &self.0
            }
        }
    };
}
use view;

/// A value as people are shown it.
trait Shown: Sized {
    fn shown(value: Option<Self>) -> Result<Option<Self>> {
        Ok(value)
    }
}

impl Shown for String {}
impl Shown for Vec<String> {}
impl Shown for i32 {}
impl Shown for i16 {}
impl Shown for f64 {}
impl Shown for bool {}

impl Shown for FileTime {
    /// The values that Outlook writes for "none" are none. Spec: F-050.
    fn shown(value: Option<FileTime>) -> Result<Option<FileTime>> {
        Ok(value.filter(|time| !time.is_none()))
    }
}

/// Whether a class is the other or one derived from it: case does not matter, dots are boundaries.
fn is_class(class: &str, base: &str) -> bool {
    let (head, rest) = class.split_at_checked(base.len()).unwrap_or((class, "-"));
    head.eq_ignore_ascii_case(base) && (rest.is_empty() || rest.starts_with('.'))
}

/// What a message is, by its class.
///
/// # Example
/// ```
/// use openimsg::{CompoundFile, Contact, Item, Message};
///
/// let message = Message::create(CompoundFile::memory())?;
/// let contact = Contact::make(&message)?;
/// contact.set_given_name("Ana")?;
/// let Item::Contact(found) = message.item()? else { panic!() };
/// assert_eq!(found.given_name()?.as_deref(), Some("Ana"));
/// # Ok::<(), openimsg::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Item<'s> {
    /// Mail: `IPM.Note` and its kin, or no class at all.
    Mail(Message<'s>),
    /// `IPM.Appointment`, and an exception of a series.
    Appointment(Appointment<'s>),
    /// `IPM.Schedule.Meeting.*`: a request, an answer, a cancellation.
    Meeting(Appointment<'s>),
    /// `IPM.Contact`.
    Contact(Contact<'s>),
    /// `IPM.DistList`.
    DistList(DistList<'s>),
    /// `IPM.Task`.
    Task(Task<'s>),
    /// `IPM.TaskRequest` and its answers.
    TaskRequest(Task<'s>),
    /// `IPM.StickyNote`.
    Note(Note<'s>),
    /// `IPM.Activity`.
    Journal(Journal<'s>),
    /// `IPM.Post`.
    Post(Message<'s>),
    /// `REPORT.*`.
    Report(Report<'s>),
    /// Another class.
    Other(Message<'s>),
}

/// The class of occurrences that differ from their series.
const EXCEPTION: &str = "IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}";

impl<'s> Message<'s> {
    /// What the message is, by `PR_MESSAGE_CLASS`. Without one it is mail.
    ///
    /// # Errors
    /// Those of reading the class.
    pub fn item(&self) -> Result<Item<'s>> {
        let class = self.get(PR_MESSAGE_CLASS_W)?.unwrap_or_default();
        let class = class.trim_end_matches('\0');
        let is = |base| is_class(class, base);
        Ok(if class.is_empty() || is("IPM.Note") || class.eq_ignore_ascii_case("IPM") {
            Item::Mail(self.clone())
        } else if is("IPM.Appointment") || is(EXCEPTION) {
            Item::Appointment(Appointment::of(self))
        } else if is("IPM.Schedule.Meeting") {
            Item::Meeting(Appointment::of(self))
        } else if is("IPM.Contact") || is("IPM.AbchPerson") {
            Item::Contact(Contact::of(self))
        } else if is("IPM.DistList") {
            Item::DistList(DistList::of(self))
        } else if is("IPM.TaskRequest") {
            Item::TaskRequest(Task::of(self))
        } else if is("IPM.Task") {
            Item::Task(Task::of(self))
        } else if is("IPM.StickyNote") {
            Item::Note(Note::of(self))
        } else if is("IPM.Activity") {
            Item::Journal(Journal::of(self))
        } else if is("IPM.Post") {
            Item::Post(self.clone())
        } else if is("REPORT") {
            Item::Report(Report::of(self))
        } else {
            Item::Other(self.clone())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::is_class;

    #[test]
    fn classes_end_at_dots() {
        assert!(is_class("IPM.Note", "IPM.Note") && is_class("ipm.note.SMIME", "IPM.Note"));
        assert!(!is_class("IPM.Notebook", "IPM.Note") && !is_class("IPM", "IPM.Note"));
        assert!(!is_class("", "IPM.Note") && !is_class("IPM.N\u{F6}te", "IPM.N\u{F6}"));
    }
}
