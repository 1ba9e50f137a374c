//! What events, tasks and journals have alike: texts, class, priority, categories, stamps.

use super::clock::time;
use super::line::{Line, Lines};
use super::time::Stamp;
use super::work::Work;
use crate::error::Result;
use crate::msg::{BodySource, Message};
use crate::named::*;
use crate::tags::*;

/// The most HTML that a calendar carries, in bytes. It is in the mail as well.
const MOST_HTML: usize = 1 << 20;
/// `PidLidReminderDelta`: as the user likes it. Outlook's users like a quarter of an hour.
const DEFAULT_DELTA: i32 = 0x5AE9_80E1;
const DEFAULT_MINUTES: i64 = 15;

/// What is the same in every kind of component.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) subject: Option<String>,
    text: Option<String>,
    html: Option<String>,
    /// Whether the text is what somebody answered.
    comment: bool,
    class: &'static str,
    priority: i64,
    categories: Vec<String>,
    stamp: Stamp,
    created: Option<Stamp>,
    modified: Option<Stamp>,
    /// Minutes before the start.
    pub(super) reminder: Option<i64>,
}

impl Common {
    /// Reads them; of an answer the text is a comment, and has no HTML beside it.
    pub(super) fn of(
        message: &Message<'_>,
        is_answer: bool,
        work: &mut Work<'_>,
    ) -> Result<Common> {
        let view = message.common();
        let text = message.body_text();
        let text = work.read("DESCRIPTION", text)?.map(|body| body.text);
        let html = work.read("X-ALT-DESC", message.body_html())?;
        let html = html.filter(|html| {
            !is_answer && !matches!(html.source, BodySource::Plain | BodySource::TextInRtf)
        });
        let html = html.map(|html| html.text).filter(|html| {
            let fits = html.len() <= MOST_HTML;
            if !fits {
                work.lose(
                    "calendar-field",
                    "X-ALT-DESC",
                    "too long for a calendar; it is text only",
                );
            }
            fits
        });
        let sensitivity = work.read("CLASS", message.get(PR_SENSITIVITY))?;
        let private = work.read("CLASS", view.is_private())?.unwrap_or(false);
        let class = match sensitivity {
            Some(1) => "X-PERSONAL",
            Some(2) => "PRIVATE",
            Some(3) => "CONFIDENTIAL",
            _ if private => "PRIVATE",
            _ => "PUBLIC",
        };
        // Beyond the range it is clamped.
        let priority = match work.read("PRIORITY", message.get(PR_IMPORTANCE))? {
            Some(2..) => 1,
            Some(..=0) => 9,
            _ => 5,
        };
        let (created, modified) = (
            time(message, PR_CREATION_TIME, "CREATED", work)?,
            time(message, PR_LAST_MODIFICATION_TIME, "LAST-MODIFIED", work)?,
        );
        let owner = time(message, PID_LID_OWNER_CRITICAL_CHANGE, "DTSTAMP", work)?;
        let attendee = time(message, PID_LID_ATTENDEE_CRITICAL_CHANGE, "DTSTAMP", work)?;
        let sent = time(message, PR_CLIENT_SUBMIT_TIME, "DTSTAMP", work)?;
        let critical = if is_answer { attendee.or(owner) } else { owner };
        let stamp = critical.or(modified).or(sent).or(created);
        let set = work.read("VALARM", view.reminder_set())?.unwrap_or(false);
        let delta = work.read("VALARM", message.get(PID_LID_REMINDER_DELTA))?;
        let minutes = match delta {
            Some(DEFAULT_DELTA) | None => DEFAULT_MINUTES,
            Some(minutes) => i64::from(minutes),
        };
        Ok(Common {
            subject: work.read("SUMMARY", message.get(PR_SUBJECT_W))?,
            text: text.filter(|text| !text.trim().is_empty()),
            html: html.filter(|html| !html.trim().is_empty()),
            comment: is_answer,
            class,
            priority,
            categories: work.read("CATEGORIES", view.categories())?.unwrap_or_default(),
            stamp: stamp.or(Stamp::day(1970, 1, 1)).unwrap_or(Stamp(0)),
            created,
            modified,
            reminder: set.then_some(minutes).filter(|minutes| *minutes >= 0),
        })
    }

    /// DTSTAMP, CREATED, LAST-MODIFIED.
    pub(super) fn stamps(&self, out: &mut Lines) {
        out.plain("DTSTAMP", &self.stamp.utc());
        if let Some(at) = self.created {
            out.plain("CREATED", &at.utc());
        }
        if let Some(at) = self.modified {
            out.plain("LAST-MODIFIED", &at.utc());
        }
    }

    /// The texts but the subject, class, priority, categories; `other` is the text of one occurrence.
    pub(super) fn write(&self, other: Option<&str>, out: &mut Lines) {
        let name = if self.comment { "COMMENT" } else { "DESCRIPTION" };
        out.text(name, other.or(self.text.as_deref()));
        if let Some(html) = self.html.as_ref().filter(|_| other.is_none()) {
            out.push(Line::new("X-ALT-DESC").param("FMTTYPE", "text/html").text(html));
        }
        out.plain("CLASS", self.class);
        out.plain("PRIORITY", &self.priority.to_string());
        let sound: Vec<&String> = self.categories.iter().filter(|name| !name.is_empty()).collect();
        if !sound.is_empty() {
            out.push(Line::new("CATEGORIES").texts(&sound, ","));
        }
    }
}
