//! Reports: what became of a message, for each of its recipients.

use super::field::{fields, view};
use crate::error::Result;
use crate::msg::message::Message;
use crate::msg::recipient::Recipient;
use crate::prop::PropValue;
use crate::tags::*;
use crate::wire::FileTime;

/// What a report says, by its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReportKind {
    /// `.NDR`: not delivered.
    NonDelivery,
    /// `.DR`: delivered.
    Delivery,
    /// `.Delayed.DR`.
    Delayed,
    /// `.Expanded.DR`: given to the members of a list.
    Expanded,
    /// `.Relayed.DR`: given to a system that does not report.
    Relayed,
    /// `.IPNRN`: read.
    Read,
    /// `.IPNNRN`: deleted without being read.
    NotRead,
    /// Another one.
    Other,
}

view! {
    /// A report on another message: `REPORT.*`. See [`Item`](crate::Item).
    Report
}

fields! { Report {
    /// The subject of the message reported on.
    original_subject: String = PR_ORIGINAL_SUBJECT_W;
    /// When it was sent, UTC.
    original_submit_time: FileTime = PR_ORIGINAL_SUBMIT_TIME;
    /// Whom it was sent to, as text.
    original_display_to: String = PR_ORIGINAL_DISPLAY_TO_W;
    /// When the report was made, UTC.
    report_time: FileTime = PR_REPORT_TIME;
    /// The report for people.
    text: String = PR_REPORT_TEXT_W;
    /// The body of the report.
    body: String = PR_BODY_W;
}}

/// What became of a message for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportRecipient {
    /// The name to show.
    pub name: Option<String>,
    /// The best address, as [`Recipient::address`] finds it.
    pub address: Option<String>,
    /// Why it was not delivered, in broad: `PR_NDR_REASON_CODE`.
    pub reason: Option<i32>,
    /// Why it was not delivered, in detail: `PR_NDR_DIAG_CODE`.
    pub diagnostic: Option<i32>,
    /// The status as the transport has it: 511 for 5.1.1.
    pub status: Option<i32>,
    /// What the transport said.
    pub info: Option<String>,
    /// The machine that said it.
    pub remote_mta: Option<String>,
    /// The report on this recipient for people.
    pub text: Option<String>,
    /// When the message was delivered, UTC.
    pub delivered: Option<FileTime>,
}

impl<'s> Report<'s> {
    /// What the report says.
    ///
    /// # Errors
    /// As [`Message::item_class`].
    pub fn kind(&self) -> Result<ReportKind> {
        let class = self.message.item_class()?;
        // Longer endings first.
        let kinds = [
            ("Delayed.DR", ReportKind::Delayed),
            ("Expanded.DR", ReportKind::Expanded),
            ("Relayed.DR", ReportKind::Relayed),
            ("NDR", ReportKind::NonDelivery),
            ("DR", ReportKind::Delivery),
            ("IPNRN", ReportKind::Read),
            ("IPNNRN", ReportKind::NotRead),
        ];
        let found = kinds.into_iter().find(|(end, _)| class.ends_with(end));
        Ok(found.map_or(ReportKind::Other, |(_, kind)| kind))
    }

    /// The class of the message reported on: as stored, else what stands in the report's own class.
    ///
    /// # Errors
    /// As [`Message::item_class`].
    pub fn original_class(&self) -> Result<Option<String>> {
        let stored = self.message.get(PR_ORIG_MESSAGE_CLASS_W)?;
        if let Some(stored) = stored.filter(|class| !class.is_empty()) {
            return Ok(Some(stored));
        }
        let class = self.message.item_class()?;
        let middle = class.after("REPORT").unwrap_or_default();
        let ends =
            [".Delayed.DR", ".Expanded.DR", ".Relayed.DR", ".NDR", ".DR", ".IPNRN", ".IPNNRN"];
        let cut = ends.iter().find_map(|end| {
            let at = middle.len().checked_sub(end.len())?;
            middle.get(at..)?.eq_ignore_ascii_case(end).then(|| middle.get(..at))?
        });
        Ok(cut.filter(|class| !class.is_empty()).map(str::to_owned))
    }

    /// What became of the message for each recipient reported on.
    ///
    /// # Errors
    /// As [`Message::recipients`].
    pub fn recipients(&self) -> Result<Vec<ReportRecipient>> {
        Ok(self.message.recipients()?.iter().map(outcome).collect())
    }

    /// The message reported on, if the report brings it along.
    ///
    /// # Errors
    /// As [`Message::open_attach`].
    pub fn reported_message(&self) -> Result<Option<Message<'s>>> {
        super::embedded(&self.message)
    }
}

fn outcome(row: &Recipient) -> ReportRecipient {
    let long = |tag: crate::PropTag| match row.get(tag) {
        Some(PropValue::Long(value)) => Some(*value),
        _ => None,
    };
    let time = |tag: crate::PropTag| match row.get(tag) {
        Some(PropValue::SysTime(time)) if !time.is_none() => Some(*time),
        _ => None,
    };
    ReportRecipient {
        name: row.display_name(),
        address: row.address(),
        reason: long(PR_NDR_REASON_CODE.tag()),
        diagnostic: long(PR_NDR_DIAG_CODE.tag()),
        status: long(PR_NDR_STATUS_CODE.tag()),
        info: row.text(PR_SUPPLEMENTARY_INFO_W.tag().id().value()),
        remote_mta: row.text(PR_DSN_REMOTE_MTA_W.tag().id().value()),
        text: row.text(PR_REPORT_TEXT_W.tag().id().value()),
        delivered: time(PR_DELIVER_TIME.tag()),
    }
}
