//! What every item has.

use super::field::{fields, stored_enum};
use crate::error::Result;
use crate::msg::message::Message;
use crate::named::*;
use crate::prop::{Verb, read_verbs};
use crate::tags::*;
use crate::wire::FileTime;

stored_enum! {
    /// How important an item is: `PR_IMPORTANCE`.
    Importance {
        /// 0.
        Low = 0,
        /// 1.
        Normal = 1,
        /// 2.
        High = 2,
    }
}

stored_enum! {
    /// Who should see an item: `PR_SENSITIVITY`.
    Sensitivity {
        /// 0.
        Normal = 0,
        /// 1.
        Personal = 1,
        /// 2.
        Private = 2,
        /// 3: company confidential.
        Confidential = 3,
    }
}

/// Use the delay that the user chose for all items.
const DEFAULT_DELAY: i32 = 0x5AE9_80E1;

/// What every item has: categories, importance, reminder, flag. From [`Message::common`], and from
/// `common` of every view.
///
/// # Example
/// ```
/// use openimsg::{CompoundFile, Importance, Message};
///
/// let message = Message::create(CompoundFile::memory())?;
/// let common = message.common();
/// common.set_categories(&["boat", "harbour"])?;
/// common.set_importance(Importance::High)?;
/// assert_eq!(common.categories()?.unwrap(), ["boat", "harbour"]);
/// assert_eq!(common.sensitivity()?, None);
/// # Ok::<(), openimsg::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Common<'s> {
    pub(super) message: Message<'s>,
}

impl Common<'_> {
    const CLASS: Option<&'static str> = None;
}

fields! { Common {
    /// The subject.
    subject, set_subject(&str): String = PR_SUBJECT_W;
    /// The body as plain text, as stored.
    body, set_body(&str): String = PR_BODY_W;
    /// The categories: `PidNameKeywords`.
    categories, set_categories(&[&str]): Vec<String> = PID_NAME_KEYWORDS;
    /// How important it is.
    importance, set_importance(Importance): Importance = PR_IMPORTANCE;
    /// Who should see it.
    sensitivity, set_sensitivity(Sensitivity): Sensitivity = PR_SENSITIVITY;
    /// Whether it is marked private.
    is_private, set_private(bool): bool = PID_LID_PRIVATE;
    /// Whether to remind.
    reminder_set, set_reminder(bool): bool = PID_LID_REMINDER_SET;
    /// When the time is that is reminded of, UTC: the start of an appointment, for one.
    reminder_time: FileTime = PID_LID_REMINDER_TIME;
    /// When to remind, UTC.
    reminder_signal_time, set_reminder_signal_time(FileTime): FileTime
        = PID_LID_REMINDER_SIGNAL_TIME;
    /// What to do about it, such as `Follow up`.
    flag_request, set_flag_request(&str): String = PID_LID_FLAG_REQUEST;
    /// The flag as stored: 1 done, 2 to do.
    flag_status: i32 = PR_FLAG_STATUS;
    /// When what the flag asked for was done, UTC.
    flag_completed: FileTime = PR_FLAG_COMPLETE_TIME;
    /// When work on it starts; as other tasks, a local date at midnight UTC.
    common_start: FileTime = PID_LID_COMMON_START;
    /// When it is due; a local date at midnight UTC in tasks and flagged mail.
    common_end: FileTime = PID_LID_COMMON_END;
    /// The vote that an answer carries.
    vote: String = PID_LID_VERB_RESPONSE;
}}

impl Common<'_> {
    /// How many minutes before its time to remind; `None` also for "the user's default".
    ///
    /// # Errors
    /// As [`MapiProp::get`](crate::MapiProp::get).
    pub fn reminder_minutes(&self) -> Result<Option<i32>> {
        Ok(self.message.get(PID_LID_REMINDER_DELTA)?.filter(|delta| *delta != DEFAULT_DELAY))
    }

    /// Reminds so many minutes before the time that the item has.
    ///
    /// # Errors
    /// As [`MapiProp::set`](crate::MapiProp::set).
    pub fn set_reminder_minutes(&self, minutes: i32) -> Result<()> {
        self.message.set(PID_LID_REMINDER_DELTA, minutes)?;
        self.message.set(PID_LID_REMINDER_SET, true)
    }

    /// The votes and other answers that the message offers.
    ///
    /// # Errors
    /// As [`MapiProp::get`](crate::MapiProp::get) and [`read_verbs`].
    pub fn verbs(&self) -> Result<Option<Vec<Verb>>> {
        self.message.get(PID_LID_VERB_STREAM)?.map(|bytes| read_verbs(&bytes)).transpose()
    }
}
