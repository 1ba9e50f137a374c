//! Reports: delivered, not delivered, read. Spec: msg-format 6.12 (RFC 3462, 3464, 8098).

use super::{Exporter, attachments, bodies};
use crate::error::Result;
use crate::mime::entity::{Content, Part};
use crate::mime::fields::{date, field, line, words};
use crate::msg::{Item, Message, Report, ReportKind, ReportRecipient};
use crate::tags::{
    PID_TAG_REPORTING_MESSAGE_TRANSFER_AGENT, PR_INTERNET_REFERENCES_W, PR_PARENT_KEY,
    PR_REPORT_TIME,
};

/// Status by the reason, then by the diagnostic. Spec: D-18.
const BY_REASON: [&str; 7] = ["5.4.0", "5.1.0", "5.6.5", "5.6.5", "5.2.0", "5.3.0", "4.4.3"];
const BY_DIAGNOSTIC: [&str; 49] = [
    "5.1.0", "5.1.4", "4.4.5", "4.4.6", "5.1.0", "4.4.7", "5.3.0", "5.6.0", "5.6.3", "5.6.2",
    "5.6.0", "5.5.4", "5.6.0", "5.3.4", "5.6.0", "5.6.1", "5.5.3", "5.5.5", "5.3.3", "5.6.2",
    "5.6.0", "5.6.0", "4.6.4", "4.6.4", "4.6.4", "4.6.4", "5.7.3", "4.4.6", "5.7.2", "5.7.1",
    "5.2.4", "5.6.1", "5.1.3", "5.1.0", "5.1.3", "5.1.1", "5.1.0", "5.3.0", "5.3.0", "5.1.0",
    "5.1.6", "5.1.0", "5.1.0", "5.1.6", "5.0.0", "5.0.0", "5.7.0", "5.0.0", "5.1.2",
];

/// The root of a report; `None` for any other message.
pub(super) fn root<'s>(
    work: &mut Exporter<'_>,
    message: &Message<'s>,
    place: &str,
) -> Result<Option<Part<'s>>> {
    let Item::Report(report) = message.item()? else { return Ok(None) };
    let (kind, fields) = match report.kind()? {
        ReportKind::Read => ("disposition-notification", disposition(&report, true)?),
        ReportKind::NotRead => ("disposition-notification", disposition(&report, false)?),
        ReportKind::NonDelivery => ("delivery-status", status(work, &report, "failed")?),
        ReportKind::Delivery => ("delivery-status", status(work, &report, "delivered")?),
        ReportKind::Delayed => ("delivery-status", status(work, &report, "delayed")?),
        ReportKind::Expanded => ("delivery-status", status(work, &report, "expanded")?),
        ReportKind::Relayed => ("delivery-status", status(work, &report, "relayed")?),
        ReportKind::Other => return Ok(None),
    };
    let texts = bodies::texts(work, message, place)?;
    let attached = attachments::of(work, message, place, &texts)?;
    let media = match kind {
        "delivery-status" => "message/delivery-status",
        _ => "message/disposition-notification",
    };
    let mut parts = vec![texts.into_part(), Part::new(Content::Fields { media, text: fields })];
    parts.extend(attached.related);
    parts.extend(attached.attached);
    let params = vec![("report-type", kind.to_owned())];
    Ok(Some(Part::new(Content::Parts { subtype: "report", params, parts })))
}

/// The fields of a delivery report: of the message, then of each recipient.
fn status(work: &Exporter<'_>, report: &Report<'_>, action: &str) -> Result<String> {
    let message = report.message();
    let own = message.get(PID_TAG_REPORTING_MESSAGE_TRANSFER_AGENT).ok().flatten();
    let mta = own.filter(|own| !own.is_empty()).unwrap_or_else(|| work.options.domain.clone());
    let mut out = typed("Reporting-MTA", "dns", &mta);
    if let Some(sent) = report.original_submit_time()?.filter(|sent| !sent.is_none())
        && let Some(text) = date::mail_date(sent, 0)
    {
        out.push_str(&field("Arrival-Date", line::tokens(&text)));
    }
    let rows = report.recipients()?;
    let unknown = rows.is_empty().then(|| "unknown".to_owned());
    if let Some(unknown) = unknown {
        out.push_str("\r\n");
        out.push_str(&typed("Final-Recipient", "rfc822", &unknown));
        out.push_str(&field("Action", [action]));
        out.push_str(&field("Status", [by_action(action)]));
    }
    for row in rows {
        out.push_str("\r\n");
        let address = row.address.clone().or_else(|| row.name.clone()).unwrap_or_default();
        out.push_str(&typed("Final-Recipient", "rfc822", &address));
        out.push_str(&field("Action", [action]));
        out.push_str(&field("Status", [status_of(&row, action)]));
        if let Some(mta) = row.remote_mta.as_deref().filter(|mta| !mta.is_empty()) {
            out.push_str(&typed("Remote-MTA", "dns", mta));
        }
        if let Some(info) = row.info.as_deref().filter(|info| !info.trim().is_empty()) {
            out.push_str(&typed("Diagnostic-Code", "smtp", info));
        }
        if let Some(name) = row.name.as_deref().filter(|name| !name.is_empty()) {
            out.push_str(&field("X-Display-Name", words::unstructured(name)));
        }
        if let Some(at) = row.delivered.and_then(|at| date::mail_date(at, 0)) {
            out.push_str(&field("Last-Attempt-Date", line::tokens(&at)));
        }
    }
    Ok(out)
}

/// `name: kind;value`.
fn typed(name: &str, kind: &str, value: &str) -> String {
    let mut tokens = words::unstructured(value);
    match tokens.first_mut() {
        Some(first) => first.insert_str(0, &format!("{kind};")),
        None => tokens.push(format!("{kind};unknown")),
    }
    field(name, tokens)
}

/// The status x.y.z: as the transport had it, else by the diagnostic or the reason of MAPI.
fn status_of(row: &ReportRecipient, action: &str) -> String {
    if let Some(code @ 200..=599) = row.status {
        return format!("{}.{}.{}", code / 100, code / 10 % 10, code % 10);
    }
    let at = |table: &'static [&'static str], index: Option<i32>| {
        table.get(usize::try_from(index?).ok()?).copied()
    };
    if action != "failed" {
        return by_action(action).to_owned();
    }
    let found = at(&BY_DIAGNOSTIC, row.diagnostic).or_else(|| at(&BY_REASON, row.reason));
    found.unwrap_or(by_action(action)).to_owned()
}

fn by_action(action: &str) -> &'static str {
    match action {
        "failed" => "5.0.0",
        "delayed" => "4.0.0",
        _ => "2.0.0",
    }
}

/// The fields of a report on reading.
fn disposition(report: &Report<'_>, read: bool) -> Result<String> {
    let message = report.message();
    let reader = message.sent_representing()?.unwrap_or_default();
    let reader = reader.address.or(reader.name).unwrap_or_default();
    let mut out = typed("Final-Recipient", "rfc822", &reader);
    let original = message.get(PR_INTERNET_REFERENCES_W).ok().flatten();
    let original = original.and_then(|ids| ids.split_whitespace().last().map(str::to_owned));
    if let Some(original) = original.filter(|id| id.is_ascii()) {
        out.push_str(&field("Original-Message-ID", [original]));
    }
    let word = if read { "displayed" } else { "deleted" };
    let how = format!("manual-action/MDN-sent-automatically; {word}");
    out.push_str(&field("Disposition", [how]));
    if let Some(key) = message.get(PR_PARENT_KEY).ok().flatten().filter(|key| !key.is_empty()) {
        out.push_str(&field("X-MSExch-Correlation-Key", [words::base64(&key)]));
    }
    if let Some(at) = message.get(PR_REPORT_TIME).ok().flatten().filter(|at| !at.is_none())
        && let Some(text) = date::mail_date(at, 0)
    {
        out.push_str(&field("X-Report-Time", line::tokens(&text)));
    }
    Ok(out)
}
