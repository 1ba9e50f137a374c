//! `imsg show`: a page for people.

use crate::driver::{Desk, Kind, Verdict, each};
use crate::errors::{Failure, worth_telling};
use crate::output::Style;
use crate::text::{body, one_line, size};
use clap::Args;
use openimsg::tags::*;
use openimsg::{
    AttachContent, Attachment, DateSource, Disposition, FileTime, InlineReason, Mailbox, Message,
    Recipient, RecipientType, named,
};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Show messages for reading
///
/// Subject, sender, recipients, dates, the body as text, and the attachments; messages inside
/// messages are indented. Times are UTC. Characters that could steer a terminal are escaped.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Show {
    /// Message files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  imsg show letter.msg
  imsg show inbox/*.msg | less";

impl Show {
    pub(crate) fn run(self) -> u8 {
        let style = Style::of_stdout();
        each(
            Kind::Reads,
            &self.files,
            |file| super::display(file),
            |file, desk: &mut Desk<'_>| {
                let opened = super::open(file)?;
                let page = Page::of(&super::display(file), &opened, style)?;
                desk.out.write_all(page.text.as_bytes())?;
                desk.findings(&opened.findings());
                page.unreadable.iter().for_each(|trouble| desk.remark(trouble));
                Ok(Verdict::Good)
            },
        )
    }
}

/// The page of a message file.
pub(super) fn page(path: &Path, style: Style) -> Result<String, Failure> {
    Ok(Page::of(&super::display(path), &super::open(path)?, style)?.text)
}

/// Recipients above this number are counted, not listed.
const MAX_RECIPIENTS: usize = 100;
/// How much deeper an embedded message stands.
const STEP: &str = "    ";
/// Message flags. Spec: msg-format 1.10.
const UNSENT: i32 = 0x8;

struct Page {
    text: String,
    style: Style,
    /// What could not be read.
    unreadable: Vec<String>,
}

impl Page {
    fn of(file: &str, opened: &super::Opened, style: Style) -> Result<Page, Failure> {
        let mut page = Page { text: String::new(), style, unreadable: Vec::new() };
        let _ = writeln!(page.text, "{}", style.bold(&format!("=== {} ===", one_line(file))));
        page.message(&opened.message, "")?;
        let count = worth_telling(&opened.findings()).count() + page.unreadable.len();
        if count > 0 {
            page.field("", "Findings", &format!("{count}, told on standard error"));
        }
        page.text.push('\n');
        Ok(page)
    }

    /// A value that the page can do without.
    fn value<T>(&mut self, read: openimsg::Result<Option<T>>) -> Option<T> {
        read.unwrap_or_else(|error| {
            self.unreadable.push(format!("error: {}", Failure::from(error)));
            None
        })
    }

    fn field(&mut self, indent: &str, label: &str, value: &str) {
        let label = self.style.dim(&format!("{:<12}", format!("{label}:")));
        let _ = writeln!(self.text, "{indent}{label} {value}");
    }

    fn text_field(&mut self, indent: &str, label: &str, value: Option<String>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.field(indent, label, &one_line(&value));
        }
    }

    fn message(&mut self, message: &Message<'_>, indent: &str) -> Result<(), Failure> {
        let subject =
            self.value(message.get(PR_SUBJECT_W)).unwrap_or_else(|| "(no subject)".into());
        let subject = self.style.bold(&one_line(&subject));
        self.field(indent, "Subject", &subject);
        self.from(message, indent);
        self.recipients(message, indent)?;
        self.dates(message, indent)?;
        let place = self.value(message.get(named::PID_LID_LOCATION));
        self.text_field(indent, "Where", place);
        for (label, value) in super::item::lines(message) {
            let value = self.value(value);
            self.text_field(indent, label, value);
        }
        let categories = self.value(message.get(named::PID_NAME_KEYWORDS)).unwrap_or_default();
        self.text_field(indent, "Categories", Some(categories.join(", ")));
        match self.value(message.get(PR_IMPORTANCE)) {
            Some(0) => self.field(indent, "Importance", "low"),
            Some(2) => self.field(indent, "Importance", "high"),
            _ => {}
        }
        let class = self.value(message.get(PR_MESSAGE_CLASS_W));
        self.text_field(indent, "Class", class);
        self.body(message, indent);
        self.attachments(message, indent)
    }

    fn from(&mut self, message: &Message<'_>, indent: &str) {
        let author = self.value(message.sent_representing());
        let sender = self.value(message.sender());
        let same = |author: &Mailbox, sender: &Mailbox| match (&author.address, &sender.address) {
            (Some(author), Some(sender)) => author.eq_ignore_ascii_case(sender),
            _ => author == sender,
        };
        let somebody_else = match (&author, &sender) {
            (Some(author), Some(sender)) if same(author, sender) => None,
            _ => sender,
        };
        self.text_field(indent, "From", author.map(told));
        self.text_field(indent, "Sent by", somebody_else.map(told));
    }

    fn recipients(&mut self, message: &Message<'_>, indent: &str) -> Result<(), Failure> {
        let rows = message.recipients()?;
        for (label, kind) in
            [("To", RecipientType::To), ("Cc", RecipientType::Cc), ("Bcc", RecipientType::Bcc)]
        {
            let of_kind = || rows.iter().filter(|row| row.kind() == kind);
            let mut names: Vec<String> = of_kind().take(MAX_RECIPIENTS).map(recipient).collect();
            match of_kind().count() {
                0 => continue,
                more if more > MAX_RECIPIENTS => {
                    names.push(format!(".. and {} more", more - MAX_RECIPIENTS));
                }
                _ => {}
            }
            self.field(indent, label, &names.join("; "));
        }
        Ok(())
    }

    fn dates(&mut self, message: &Message<'_>, indent: &str) -> Result<(), Failure> {
        let date = self.value(message.date());
        let shown = date.and_then(|date| Some((date.source, moment(date.time)?)));
        let flags = self.value(message.get(PR_MESSAGE_FLAGS));
        match shown {
            Some((source, at)) if source.is_of_mail() => {
                let received = self.value(message.get(PR_MESSAGE_DELIVERY_TIME)).and_then(moment);
                let label = if source == DateSource::Delivered { "Received" } else { "Sent" };
                let arrived = received.filter(|time| label == "Sent" && *time != at);
                self.field(indent, label, &at);
                if let Some(arrived) = arrived {
                    self.field(indent, "Received", &arrived);
                }
            }
            other => {
                if flags.is_some_and(|flags| flags & UNSENT != 0) {
                    self.field(indent, "Sent", "not yet, this is a draft");
                }
                if let Some((source, at)) = other {
                    let label = if source == DateSource::Created { "Created" } else { "Saved" };
                    self.field(indent, label, &at);
                }
            }
        }
        let start =
            self.value(message.get(named::PID_LID_APPOINTMENT_START_WHOLE)).and_then(moment);
        let end = self.value(message.get(named::PID_LID_APPOINTMENT_END_WHOLE)).and_then(moment);
        match (start, end) {
            (Some(start), Some(end)) => self.field(indent, "When", &format!("{start} to {end}")),
            (Some(start), None) => self.field(indent, "When", &start),
            _ => {}
        }
        Ok(())
    }

    /// The body as text, made of the HTML or the RTF if need be.
    fn body(&mut self, message: &Message<'_>, indent: &str) {
        let Some(found) = self.value(message.body_text()) else { return };
        for finding in worth_telling(&found.findings) {
            self.unreadable.push(finding.to_string());
        }
        let text = plain(&found.text);
        if text.is_empty() {
            return;
        }
        self.text.push('\n');
        for line in body(&text).lines() {
            let line = line.trim_end();
            let _ = writeln!(self.text, "{}{line}", if line.is_empty() { "" } else { indent });
        }
    }

    fn attachments(&mut self, message: &Message<'_>, indent: &str) -> Result<(), Failure> {
        let numbers = message.attachment_numbers()?;
        if !numbers.is_empty() {
            self.text.push('\n');
        }
        for (at, number) in (1..).zip(numbers) {
            let attachment = match message.open_attach(number) {
                Ok(attachment) => attachment,
                Err(error) => {
                    let failure = Failure::from(error).to_string();
                    self.field(indent, &format!("Attachment {at}"), &format!("({failure})"));
                    continue;
                }
            };
            let line = describe(&attachment)?;
            let label = self.style.dim(&format!("Attachment {at}:"));
            let _ = writeln!(self.text, "{indent}{label} {line}");
            if attachment.has_message()? {
                self.embedded(&attachment, &format!("{indent}{STEP}"))?;
            }
        }
        Ok(())
    }

    fn embedded(&mut self, attachment: &Attachment<'_>, indent: &str) -> Result<(), Failure> {
        match attachment.open_message() {
            Ok(message) => self.message(&message, indent),
            Err(error) => {
                let _ = writeln!(self.text, "{indent}({})", Failure::from(error));
                Ok(())
            }
        }
    }
}

fn recipient(row: &Recipient) -> String {
    let told = told(row.mailbox());
    if told.is_empty() { "(no name)".into() } else { told }
}

/// Somebody, for people.
fn told(mailbox: Mailbox) -> String {
    let name = mailbox.name.unwrap_or_default();
    let told = match mailbox.address.filter(|address| !address.is_empty()) {
        // An X.500 name tells people nothing.
        Some(address) if mailbox.x500.as_ref() == Some(&address) && !name.is_empty() => name,
        Some(address) if name.is_empty() || name == address => address,
        Some(address) => format!("{name} <{address}>"),
        None => name,
    };
    one_line(&told).into_owned()
}

/// A body with lines that end in one way, without empty ones around it, and without the NULs that some
/// programs leave in it.
fn plain(text: &str) -> String {
    let lines = text.replace('\0', "").replace("\r\n", "\n").replace('\r', "\n");
    lines.trim_end().trim_start_matches('\n').to_owned()
}

/// A time for people; `None` for those that mean no time.
fn moment(time: FileTime) -> Option<String> {
    let seconds = time.unix_seconds()?;
    Some(match jiff::Timestamp::from_second(seconds) {
        Ok(time) => time.strftime("%a %-d %b %Y, %H:%M UTC").to_string(),
        Err(_) => time.to_rfc3339()?,
    })
}

/// Name, size, type and what else is to be said of an attachment.
fn describe(attachment: &Attachment<'_>) -> Result<String, Failure> {
    let name = attachment.file_name()?.unwrap_or_else(|| "(no name)".into());
    let mut parts = vec![one_line(&name).into_owned()];
    if attachment.has_message()? {
        parts.push("a message".into());
    } else {
        parts.push(match attachment.content()? {
            AttachContent::Bytes(data) => size(data.size()?),
            AttachContent::Storage(_) => "an object of another program".into(),
            AttachContent::Reference(path) if path.is_empty() => "a link to nothing".into(),
            AttachContent::Reference(path) => format!("a link to {}", one_line(&path)),
            AttachContent::Web(web) => format!("a link to {}", one_line(&web.url)),
            _ => "no data".into(),
        });
    }
    if let Some(kind) = attachment.get(PR_ATTACH_MIME_TAG_W)?.filter(|kind| !kind.is_empty()) {
        parts.push(one_line(&kind).into_owned());
    }
    if let Disposition::Inline(reason) = attachment.disposition()? {
        parts.push(format!("inline ({})", inline(reason)));
    }
    Ok(parts.join(", "))
}

/// Why an attachment is part of the body, in a word or two.
fn inline(reason: InlineReason) -> &'static str {
    match reason {
        InlineReason::Hidden => "hidden",
        InlineReason::Rendered => "shown in the body",
        InlineReason::Referenced => "named by the HTML",
        InlineReason::Placed => "placed in the body",
        _ => "in the body",
    }
}
