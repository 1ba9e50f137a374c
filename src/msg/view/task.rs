//! Tasks, and the messages that give them to others.

use super::field::{fields, stored_enum, view, write};
use super::local_date::LocalDate;
use crate::error::{Code, Error, Result};
use crate::msg::message::Message;
use crate::named::*;
use crate::prop::Recurrence;

stored_enum! {
    /// How far a task is: `PidLidTaskStatus`.
    TaskStatus {
        /// 0.
        NotStarted = 0,
        /// 1.
        InProgress = 1,
        /// 2.
        Complete = 2,
        /// 3: for somebody else.
        Waiting = 3,
        /// 4.
        Deferred = 4,
    }
}

view! {
    /// A task: `IPM.Task`. See [`Item`](crate::Item).
    ///
    /// The dates of a task are local: the same day wherever it is looked at.
    ///
    /// # Example
    /// ```
    /// use openimsg::{CompoundFile, LocalDate, Message, Task, TaskStatus, tags::*};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// let task = Task::of(&message);
    /// task.set_due(LocalDate::new(2024, 2, 29).unwrap())?;
    /// task.set_status(TaskStatus::Complete)?;
    /// assert_eq!(task.percent_complete()?, Some(1.0));
    /// assert_eq!(message.get(PR_MESSAGE_CLASS_W)?.as_deref(), Some("IPM.Task"));
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    Task, "IPM.Task"
}

fields! { Task {
    /// The subject.
    subject, set_subject(&str): String = crate::tags::PR_SUBJECT_W;
    /// How far it is.
    status: TaskStatus = PID_LID_TASK_STATUS;
    /// How much is done, from 0.0 to 1.0.
    percent_complete: f64 = PID_LID_PERCENT_COMPLETE;
    /// The day on which work starts.
    start: LocalDate = PID_LID_TASK_START_DATE;
    /// The day on which it is due.
    due: LocalDate = PID_LID_TASK_DUE_DATE;
    /// The day on which it was done.
    completed, set_completed(LocalDate): LocalDate = PID_LID_TASK_DATE_COMPLETED;
    /// Whether it is done.
    is_complete: bool = PID_LID_TASK_COMPLETE;
    /// The minutes spent on it.
    actual_effort: i32 = PID_LID_TASK_ACTUAL_EFFORT;
    /// The minutes it was thought to take.
    estimated_effort: i32 = PID_LID_TASK_ESTIMATED_EFFORT;
    /// Who has to do it.
    owner, set_owner(&str): String = PID_LID_TASK_OWNER;
    /// Who gave it to the owner.
    assigner: String = PID_LID_TASK_ASSIGNER;
    /// Whether it comes again.
    is_recurring: bool = PID_LID_TASK_F_RECURRING;
}}

impl Task<'_> {
    /// Sets how far it is, and whether it is done with it; a complete task is done to 100 %.
    ///
    /// # Errors
    /// As [`MapiProp::set`](crate::MapiProp::set).
    pub fn set_status(&self, status: TaskStatus) -> Result<()> {
        let done = status == TaskStatus::Complete;
        write(&self.message, Self::CLASS, PID_LID_TASK_STATUS, status)?;
        self.message.set(PID_LID_TASK_COMPLETE, done)?;
        if done { self.message.set(PID_LID_PERCENT_COMPLETE, 1.0) } else { Ok(()) }
    }

    /// Sets how much is done; the status stays.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] outside 0.0 to 1.0; else as [`MapiProp::set`](crate::MapiProp::set).
    pub fn set_percent_complete(&self, part: f64) -> Result<()> {
        if !(0.0..=1.0).contains(&part) {
            let wrong = Error::new(Code::InvalidParameter, "set part of task");
            return Err(wrong.note("not from 0.0 to 1.0"));
        }
        write(&self.message, Self::CLASS, PID_LID_PERCENT_COMPLETE, part)
    }

    /// Sets the day on which work starts, also for lists of things to do.
    ///
    /// # Errors
    /// As [`MapiProp::set`](crate::MapiProp::set).
    pub fn set_start(&self, day: LocalDate) -> Result<()> {
        write(&self.message, Self::CLASS, PID_LID_TASK_START_DATE, day)?;
        self.message.set(PID_LID_COMMON_START, day)
    }

    /// Sets the day on which it is due, also for lists of things to do.
    ///
    /// # Errors
    /// As [`MapiProp::set`](crate::MapiProp::set).
    pub fn set_due(&self, day: LocalDate) -> Result<()> {
        write(&self.message, Self::CLASS, PID_LID_TASK_DUE_DATE, day)?;
        self.message.set(PID_LID_COMMON_END, day)
    }

    /// How often it comes, and on which days.
    ///
    /// # Errors
    /// As [`MapiProp::get`](crate::MapiProp::get) and [`Recurrence::parse`].
    pub fn recurrence(&self) -> Result<Option<Recurrence>> {
        let stored = self.message.get(PID_LID_TASK_RECURRENCE)?;
        stored.map(|bytes| Recurrence::parse(&bytes)).transpose()
    }
}

/// What a task message says, by its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskRequestKind {
    /// Do this.
    Request,
    /// `.Accept`.
    Accepted,
    /// `.Decline`.
    Declined,
    /// `.Update`: how far it is.
    Update,
    /// Another one.
    Other,
}

view! {
    /// A message that gives a task to somebody, or answers one: `IPM.TaskRequest`.
    TaskRequest
}

impl<'s> TaskRequest<'s> {
    /// What the message says.
    ///
    /// # Errors
    /// As [`Message::item_class`].
    pub fn kind(&self) -> Result<TaskRequestKind> {
        let class = self.message.item_class()?;
        let after = class.after("IPM.TaskRequest").unwrap_or_default().to_ascii_lowercase();
        Ok(match after.split('.').next().unwrap_or_default() {
            "" => TaskRequestKind::Request,
            "accept" => TaskRequestKind::Accepted,
            "decline" => TaskRequestKind::Declined,
            "update" => TaskRequestKind::Update,
            _ => TaskRequestKind::Other,
        })
    }

    /// The task itself, which is a message in the first attachment that holds one.
    ///
    /// # Errors
    /// As [`Message::open_attach`].
    pub fn task(&self) -> Result<Option<Task<'s>>> {
        Ok(super::embedded(&self.message)?.map(|message| Task { message }))
    }
}
