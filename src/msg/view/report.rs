//! Reports: what became of a message.

use super::{is_class, view};
use crate::error::Result;
use crate::msg::message::Message;
use crate::prop::tags::{
    PR_MESSAGE_CLASS_W, PR_ORIGINAL_DELIVERY_TIME, PR_ORIGINAL_SUBJECT_W, PR_REPORT_TEXT_W,
    PR_REPORT_TIME, PR_SUBJECT_W,
};
use crate::wire::FileTime;

view! {
    /// A report about another message: not delivered, delivered, read, ..
    ///
    /// Who it is about stands in its recipients. Spec: msg-format 3.3 (Report and NDR), 3.6.
    Report, "REPORT.IPM.Note.DR"
}

/// What a report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReportKind {
    /// It was not delivered.
    NotDelivered,
    /// It was delivered.
    Delivered,
    /// It is on its way, late.
    Delayed,
    /// It was delivered to a list, and passed on.
    Expanded,
    /// It was passed to a system that sends no reports.
    Relayed,
    /// It was read.
    Read,
    /// It was deleted unread.
    NotRead,
}

impl<'s> Report<'s> {
    /// What it says, by its class; `None` for a class that is not known.
    ///
    /// # Errors
    /// Those of reading the class.
    pub fn kind(&self) -> Result<Option<ReportKind>> {
        let class = self.get(PR_MESSAGE_CLASS_W)?.unwrap_or_default().to_ascii_uppercase();
        if !is_class(&class, "REPORT") {
            return Ok(None);
        }
        let ends = |end: &str| class.ends_with(end);
        Ok(if ends(".DELAYED.DR") {
            Some(ReportKind::Delayed)
        } else if ends(".EXPANDED.DR") {
            Some(ReportKind::Expanded)
        } else if ends(".RELAYED.DR") {
            Some(ReportKind::Relayed)
        } else if ends(".NDR") {
            Some(ReportKind::NotDelivered)
        } else if ends(".DR") {
            Some(ReportKind::Delivered)
        } else if ends(".IPNRN") {
            Some(ReportKind::Read)
        } else if ends(".IPNNRN") {
            Some(ReportKind::NotRead)
        } else {
            None
        })
    }

    /// The class of the message that it is about, such as `IPM.Note`.
    ///
    /// # Errors
    /// Those of reading the class.
    pub fn original_class(&self) -> Result<Option<String>> {
        let class = self.get(PR_MESSAGE_CLASS_W)?.unwrap_or_default();
        let Some((head, rest)) = class.split_once('.') else { return Ok(None) };
        let known = head.eq_ignore_ascii_case("REPORT");
        let original = rest.rsplit_once('.').map(|(original, _)| original);
        let shortened = original.map(|original| match original.rsplit_once('.') {
            Some((class, word))
                if ["Delayed", "Expanded", "Relayed"]
                    .iter()
                    .any(|w| word.eq_ignore_ascii_case(w)) =>
            {
                class
            }
            _ => original,
        });
        Ok(shortened.filter(|_| known).map(str::to_owned))
    }

    /// The subject of the message that it is about: as it says, else its own.
    ///
    /// # Errors
    /// Those of reading the properties.
    pub fn original_subject(&self) -> Result<Option<String>> {
        match self.get(PR_ORIGINAL_SUBJECT_W)? {
            None => self.get(PR_SUBJECT_W),
            found => Ok(found),
        }
    }

    /// When it happened: when it was delivered, else when the report was made.
    ///
    /// # Errors
    /// Those of reading the properties.
    pub fn time(&self) -> Result<Option<FileTime>> {
        let found = match self.get(PR_ORIGINAL_DELIVERY_TIME)? {
            None => self.get(PR_REPORT_TIME)?,
            found => found,
        };
        Ok(found.filter(|time| !time.is_none()))
    }

    /// The text of the report.
    ///
    /// # Errors
    /// Those of reading the property.
    pub fn text(&self) -> Result<Option<String>> {
        self.get(PR_REPORT_TEXT_W)
    }

    /// The message that it is about, if it is enclosed.
    ///
    /// # Errors
    /// Those of reading the attachments.
    pub fn original(&self) -> Result<Option<Message<'s>>> {
        for number in self.attachment_numbers()? {
            let attachment = self.open_attach(number)?;
            if attachment.has_message()? {
                return attachment.open_message().map(Some);
            }
        }
        Ok(None)
    }
}
