//! Tasks and journal entries. Spec: RFC 5545 3.6.2, 3.6.3.

use super::super::parse::Component;
use super::super::recur::recurrence;
use super::super::uid::id_of;
use super::super::value::{Moment, duration};
use super::Read;
use crate::error::Result;
use crate::msg::{LocalDate, Task, TaskStatus};
use crate::named::*;
use crate::tags::PR_MESSAGE_CLASS_W;

impl Read<'_, '_> {
    pub(super) fn task(&mut self, at: usize, part: &Component) -> Result<()> {
        let message = self.message;
        message.set(PR_MESSAGE_CLASS_W, "IPM.Task")?;
        self.common(part)?;
        let task = Task::of(message);
        let start = self.moment(part, "DTSTART");
        let mut due = self.moment(part, "DUE");
        if due.is_none()
            && let (Some(start), Some(property)) = (&start, part.get("DURATION"))
            && let Some(seconds) = duration(&property.value).filter(|seconds| *seconds >= 0)
        {
            let (utc, local) = (start.utc.plus(seconds), start.local.plus(seconds));
            due = Some(Moment { utc, local, ..start.clone() });
        }
        if let Some(day) = start.as_ref().and_then(day) {
            task.set_start(day)?;
        }
        if let Some(day) = due.as_ref().and_then(day) {
            task.set_due(day)?;
        }
        let done = self.moment(part, "COMPLETED");
        let status = match part.text("STATUS").unwrap_or_default().to_ascii_uppercase().as_str() {
            "COMPLETED" => Some(TaskStatus::Complete),
            "IN-PROCESS" => Some(TaskStatus::InProgress),
            "NEEDS-ACTION" => Some(TaskStatus::NotStarted),
            "CANCELLED" => Some(TaskStatus::Deferred),
            _ => done.is_some().then_some(TaskStatus::Complete),
        };
        if let Some(percent) = part.text("PERCENT-COMPLETE")
            && let Ok(percent) = percent.trim().parse::<u8>()
        {
            task.set_percent_complete(f64::from(percent.min(100)) / 100.0)?;
        }
        if let Some(status) = status {
            task.set_status(status)?;
        }
        if let Some(day) = done.as_ref().and_then(day) {
            task.set_completed(day)?;
        }
        if let Some(uid) = part.text("UID") {
            message.set(PID_LID_TASK_GLOBAL_ID, id_of(uid.trim()).to_bytes())?;
        }
        if let (Some(rule), Some(start)) = (part.get("RRULE"), start.as_ref().or(due.as_ref())) {
            match recurrence(&rule.value, start.local.midnight(), None, |local| local) {
                Ok((made, occurrences)) => {
                    message.set(PID_LID_TASK_RECURRENCE, made.to_bytes(occurrences))?;
                    message.set(PID_LID_TASK_F_RECURRING, true)?;
                }
                Err(why) => self.work.lose("recurrence", "RRULE", why),
            }
        }
        let base = due.or(start).and_then(|moment| moment.utc.to_file_time());
        self.alarm(at, base)?;
        self.leftover(part, &["DUE", "DURATION", "COMPLETED", "PERCENT-COMPLETE", "RRULE"]);
        Ok(())
    }

    pub(super) fn journal(&mut self, _at: usize, part: &Component) -> Result<()> {
        let message = self.message;
        message.set(PR_MESSAGE_CLASS_W, "IPM.Activity")?;
        self.common(part)?;
        let start = self.moment(part, "DTSTART").and_then(|moment| moment.utc.to_file_time());
        let end = self.moment(part, "X-OPENIMSG-JOURNAL-END");
        let end = end.and_then(|moment| moment.utc.to_file_time());
        if let Some(start) = start {
            message.set(PID_LID_LOG_START, start)?;
            message.set(PID_LID_COMMON_START, start)?;
        }
        if let Some(end) = end.or(start) {
            message.set(PID_LID_LOG_END, end)?;
            message.set(PID_LID_COMMON_END, end)?;
        }
        let minutes = part.text("X-OPENIMSG-JOURNAL-MINUTES");
        if let Some(minutes) = minutes.and_then(|text| text.trim().parse::<i32>().ok()) {
            message.set(PID_LID_LOG_DURATION, minutes)?;
        }
        let kind = part.text("X-OPENIMSG-JOURNAL-TYPE");
        let kind = super::one_line(kind.as_deref().unwrap_or("Note"));
        message.set(PID_LID_LOG_TYPE, kind.as_str())?;
        message.set(PID_LID_LOG_TYPE_DESC, kind.as_str())?;
        self.leftover(
            part,
            &["X-OPENIMSG-JOURNAL-END", "X-OPENIMSG-JOURNAL-MINUTES", "X-OPENIMSG-JOURNAL-TYPE"],
        );
        Ok(())
    }
}

/// The day by its own clock.
fn day(moment: &Moment) -> Option<LocalDate> {
    let at = moment.local.civil();
    let part = |value: i64| u8::try_from(value).ok();
    LocalDate::new(u16::try_from(at.year).ok()?, part(at.month)?, part(at.day)?)
}
