//! Tasks.

use super::{props, view};
use crate::error::Result;
use crate::prop::Recurrence;
use crate::prop::named_tags::*;
use crate::wire::FileTime;

view! {
    /// A task.
    ///
    /// Start, due and completion dates are days: midnight, of no time zone. Spec: msg-format 3.4
    /// (PSETID_Task).
    ///
    /// # Example
    /// ```
    /// use openimsg::{CompoundFile, Message, Task, TaskStatus};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// let task = Task::make(&message)?;
    /// task.set_status(TaskStatus::InProgress)?;
    /// task.set_percent_complete(0.5)?;
    /// assert_eq!(task.status()?, Some(TaskStatus::InProgress));
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    Task, "IPM.Task"
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskStatus {
    /// Not started.
    NotStarted,
    /// In progress.
    InProgress,
    /// Complete.
    Complete,
    /// Waiting for somebody else.
    Waiting,
    /// Deferred.
    Deferred,
}

props! { Task {
    /// How much is done, from 0.0 to 1.0.
    percent_complete, set_percent_complete: PID_LID_PERCENT_COMPLETE => f64, f64;
    /// The day it begins.
    start_date, set_start_date: PID_LID_TASK_START_DATE => FileTime, FileTime;
    /// The day it is due.
    due_date, set_due_date: PID_LID_TASK_DUE_DATE => FileTime, FileTime;
    /// The day it was completed.
    date_completed, set_date_completed: PID_LID_TASK_DATE_COMPLETED => FileTime, FileTime;
    /// Whether it is complete.
    is_complete, set_complete: PID_LID_TASK_COMPLETE => bool, bool;
    /// The work it took, in minutes.
    actual_effort, set_actual_effort: PID_LID_TASK_ACTUAL_EFFORT => i32, i32;
    /// The work it was expected to take, in minutes.
    estimated_effort, set_estimated_effort: PID_LID_TASK_ESTIMATED_EFFORT => i32, i32;
    /// Who does it.
    owner, set_owner: PID_LID_TASK_OWNER => String, &str;
    /// Who gave it out.
    assigner, set_assigner: PID_LID_TASK_ASSIGNER => String, &str;
    /// Whether it comes again.
    is_recurring, set_recurring: PID_LID_TASK_F_RECURRING => bool, bool;
    /// Whether several people do it.
    is_team_task, set_team_task: PID_LID_TEAM_TASK => bool, bool;
} }

impl Task<'_> {
    /// How far it is.
    ///
    /// # Errors
    /// Those of reading the property.
    pub fn status(&self) -> Result<Option<TaskStatus>> {
        Ok(match self.get(PID_LID_TASK_STATUS)? {
            Some(0) => Some(TaskStatus::NotStarted),
            Some(1) => Some(TaskStatus::InProgress),
            Some(2) => Some(TaskStatus::Complete),
            Some(3) => Some(TaskStatus::Waiting),
            Some(4) => Some(TaskStatus::Deferred),
            _ => None,
        })
    }

    /// Says how far it is; what is complete is done in full.
    ///
    /// # Errors
    /// Those of setting the properties.
    pub fn set_status(&self, status: TaskStatus) -> Result<()> {
        let value = match status {
            TaskStatus::NotStarted => 0,
            TaskStatus::InProgress => 1,
            TaskStatus::Complete => 2,
            TaskStatus::Waiting => 3,
            TaskStatus::Deferred => 4,
        };
        self.set(PID_LID_TASK_STATUS, value)?;
        let complete = status == TaskStatus::Complete;
        self.set_complete(complete)?;
        if complete { self.set_percent_complete(1.0) } else { Ok(()) }
    }

    /// The series that it is; `None` if it is none.
    ///
    /// # Errors
    /// [`CorruptData`](crate::Code::CorruptData) if it cannot be read; those of reading the property.
    pub fn recurrence(&self) -> Result<Option<Recurrence>> {
        self.get(PID_LID_TASK_RECURRENCE)?.map(|bytes| Recurrence::read(&bytes)).transpose()
    }
}
