//! Header fields that are properties. Spec: msg-format 6.2.
//!
//! What is one value for one field stands in `fields::map`; here are the fields that need more.

use super::dates::date;
use super::decode;
use super::head::{Head, plain};
use super::words;
use crate::error::{Code, Result};
use crate::mime::fields::language::locale;
use crate::mime::fields::map::{self, PR_IMPORTANCE, Stored};
use crate::mime::{Conversion, ImportOptions};
use crate::msg::Message;
use crate::prop::named_tags::{PID_LID_FLAG_REQUEST, PID_LID_TASK_STATUS, PID_NAME_KEYWORDS};
use crate::prop::{NamedProp, Prop, PropId, PropSet, PropTag, PropType, PropValue};
use crate::tags::{
    PR_AUTO_RESPONSE_SUPPRESS, PR_BODY_CONTENT_ID_W, PR_BODY_CONTENT_LOCATION_W,
    PR_CLIENT_SUBMIT_TIME, PR_CONVERSATION_TOPIC_W, PR_FLAG_STATUS, PR_MESSAGE_CLASS_W,
    PR_MESSAGE_DELIVERY_TIME, PR_MESSAGE_LOCALE_ID, PR_NORMALIZED_SUBJECT_W, PR_SUBJECT_W,
    PR_TODO_ITEM_FLAGS, PR_TRANSPORT_MESSAGE_HEADERS_W,
};
use std::collections::HashSet;

/// The most fields that become named properties of one message.
const MAX_NAMED: usize = 1000;
/// The most keywords: each is a stream of its own.
const MAX_KEYWORDS: usize = 1000;
/// The longest name of one.
const MAX_NAME: usize = 127;
/// `PR_FLAG_STATUS`: flagged for follow-up.
const FLAGGED: i32 = 2;
/// `PR_TODO_ITEM_FLAGS`: the sender flagged it for its recipients.
const RECIPIENT_FLAGGED: i32 = 8;

/// Sets what the fields say, people and bodies apart.
pub(super) fn set(
    head: &Head,
    block: &str,
    message: &Message<'_>,
    place: &str,
    conversion: &mut Conversion,
) -> Result<()> {
    if !block.is_empty() {
        message.set(PR_TRANSPORT_MESSAGE_HEADERS_W, block)?;
    }
    by_table(head, message, place, conversion)?;
    subject(head, message)?;
    importance(head, message)?;
    times(head, message, place, conversion)?;
    others(head, message, place, conversion)?;
    named(head, message, place, conversion)
}

/// Received mail, or a draft; with the time of delivery.
pub(super) fn mark(head: &Head, message: &Message<'_>, options: &ImportOptions) -> Result<()> {
    let unsent = head.first("x-unsent").is_some_and(|value| value.trim() == "1");
    if unsent || !options.received {
        return message.mark_as_draft();
    }
    // The topmost one was written last, by who delivered.
    let received = head.first("received").and_then(|value| date(value.rsplit(';').next()?));
    if let Some(time) = received.or(options.now) {
        message.set(PR_MESSAGE_DELIVERY_TIME, time)?;
    }
    message.mark_as_received()
}

/// The fields of the table. The first of a name counts.
fn by_table(
    head: &Head,
    message: &Message<'_>,
    place: &str,
    conversion: &mut Conversion,
) -> Result<()> {
    let mut seen = HashSet::new();
    for (field, value) in head.fields() {
        let Some(rule) = map::rule_of(field) else { continue };
        if value.is_empty() || !seen.insert(rule.field) {
            continue;
        }
        if !apply(rule.stored, value, message)? {
            conversion.forgive("mail-field", place, format!("{field} has a value without meaning"));
        }
    }
    Ok(())
}

/// Sets one property; whether the value means something.
fn apply(stored: Stored, value: &str, message: &Message<'_>) -> Result<bool> {
    let word = |words: &[(&str, i32)], text: &str| {
        words.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, value)| *value)
    };
    let truth = |text: &str| match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    };
    let set = |id: PropId, kind: PropType, value: Option<PropValue>| -> Result<bool> {
        let Some(value) = value else { return Ok(false) };
        message.set_props(&[Prop { tag: PropTag::from_parts(id, kind), value }])?;
        Ok(true)
    };
    let long = |id, value: Option<i32>| set(id, PropType::PT_LONG, value.map(PropValue::Long));
    match stored {
        Stored::Text(id) => {
            let text = spaced(&plain(&words::decoded(value)));
            set(id, PropType::PT_UNICODE, Some(PropValue::Unicode(text.as_str().into())))
        }
        Stored::Long(id) => long(id, value.parse().ok()),
        Stored::Words(id, words) => long(id, word(words, value)),
        Stored::Bits(id, words) => long(id, bits(words, value)),
        Stored::Flag(id) => set(id, PropType::PT_BOOLEAN, truth(value).map(PropValue::Boolean)),
        Stored::Time(id) => set(id, PropType::PT_SYSTIME, date(value).map(PropValue::SysTime)),
        Stored::Bytes(id) => {
            let bytes = decode::base64(value);
            let bytes = Some(bytes).filter(|bytes| !bytes.is_empty());
            set(id, PropType::PT_BINARY, bytes.map(PropValue::Binary))
        }
        Stored::Octets(id) => {
            let bytes = [plain(value).as_bytes(), b"\0"].concat();
            set(id, PropType::PT_BINARY, Some(PropValue::Binary(bytes)))
        }
        Stored::NamedText(tag) => {
            message.set(tag, plain(&words::decoded(value)).as_str())?;
            Ok(true)
        }
        Stored::NamedFlag(tag) => match truth(value) {
            Some(value) => message.set(tag, value).map(|()| true),
            None => Ok(false),
        },
    }
}

/// White space of any kind as one space.
fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Words joined with commas, `All` or `None`, or the number itself.
fn bits(words: &[(&str, i32)], value: &str) -> Option<i32> {
    let mut sum = 0;
    for part in value.split(',').map(str::trim) {
        sum |= match part.to_ascii_lowercase().as_str() {
            "all" | "-1" => return Some(-1),
            "none" | "0" => return Some(0),
            _ => words.iter().find(|(name, _)| name.eq_ignore_ascii_case(part))?.1,
        };
    }
    Some(sum)
}

/// Subject, and the topic of the conversation where nothing else tells it.
fn subject(head: &Head, message: &Message<'_>) -> Result<()> {
    let Some(value) = head.first("subject") else { return Ok(()) };
    message.set(PR_SUBJECT_W, plain(&words::decoded(value)).as_str())?;
    if head.text("thread-topic").is_none()
        && let Some(topic) = message.get(PR_NORMALIZED_SUBJECT_W)?
    {
        message.set(PR_CONVERSATION_TOPIC_W, topic.as_str())?;
    }
    Ok(())
}

/// Importance where the field of that name does not tell it: Priority, X-Priority, X-MSMail-Priority.
/// Spec: F-104.
fn importance(head: &Head, message: &Message<'_>) -> Result<()> {
    let known = |value: &str, words: &[(&str, i32)]| {
        let value = value.trim();
        words.iter().find(|(word, _)| word.eq_ignore_ascii_case(value)).map(|(_, value)| *value)
    };
    if head.first("importance").and_then(|value| known(value, map::IMPORTANCE)).is_some() {
        return Ok(());
    }
    let priority = head
        .first("priority")
        .and_then(|value| known(value, &[("Non-Urgent", 0), ("Normal", 1), ("Urgent", 2)]));
    let x_priority = || {
        let digit = head.first("x-priority")?.trim().chars().next()?;
        match digit {
            '4' | '5' => Some(0),
            '3' => Some(1),
            '1' | '2' => Some(2),
            _ => None,
        }
    };
    let microsoft = || known(head.first("x-msmail-priority")?, map::IMPORTANCE);
    if let Some(value) = priority.or_else(x_priority).or_else(microsoft) {
        let tag = PropTag::from_parts(PR_IMPORTANCE, PropType::PT_LONG);
        message.set_props(&[Prop { tag, value: PropValue::Long(value) }])?;
    }
    Ok(())
}

fn times(
    head: &Head,
    message: &Message<'_>,
    place: &str,
    conversion: &mut Conversion,
) -> Result<()> {
    let Some(value) = head.first("date").filter(|value| !value.is_empty()) else { return Ok(()) };
    match date(value) {
        Some(time) => message.set(PR_CLIENT_SUBMIT_TIME, time),
        None => {
            conversion.forgive("mail-date", place, "the date cannot be read");
            Ok(())
        }
    }
}

/// The fields that mean more than their value.
fn others(
    head: &Head,
    message: &Message<'_>,
    place: &str,
    conversion: &mut Conversion,
) -> Result<()> {
    let keywords = head.text("keywords").unwrap_or_default();
    let mut keywords: Vec<&str> =
        keywords.split([',', ';']).map(str::trim).filter(|word| !word.is_empty()).collect();
    if keywords.len() > MAX_KEYWORDS {
        let why = format!("{} of them are too many", keywords.len() - MAX_KEYWORDS);
        conversion.lose("keywords", place, "Keywords", why);
        keywords.truncate(MAX_KEYWORDS);
    }
    if !keywords.is_empty() {
        message.set(PID_NAME_KEYWORDS, keywords.as_slice())?;
    }
    if let Some(flag) = head.text("x-message-flag") {
        message.set(PID_LID_FLAG_REQUEST, flag.as_str())?;
        message.set(PR_FLAG_STATUS, FLAGGED)?;
        message.set(PR_TODO_ITEM_FLAGS, RECIPIENT_FLAGGED)?;
        message.set(PID_LID_TASK_STATUS, 0)?;
    }
    if let Some(class) = head.first("content-class").and_then(class_of) {
        message.set(PR_MESSAGE_CLASS_W, class.as_str())?;
    }
    if let Some(language) = head.first("content-language").filter(|value| !value.is_empty()) {
        match locale(language.split(',').next().unwrap_or_default().trim()) {
            Some(locale) => message.set(PR_MESSAGE_LOCALE_ID, locale)?,
            None => conversion.lose("language", place, language, "no locale has this name"),
        }
    }
    if let Some(id) = head.identifier("content-id") {
        message.set(PR_BODY_CONTENT_ID_W, id.as_str())?;
    }
    if let Some(location) = head.text("content-location") {
        message.set(PR_BODY_CONTENT_LOCATION_W, location.as_str())?;
    }
    let automatic = head.text("auto-submitted").is_some_and(|value| {
        let word = value.split([';', ' ']).next().unwrap_or_default().to_ascii_lowercase();
        word != "no"
    });
    if automatic && message.get(PR_AUTO_RESPONSE_SUPPRESS)?.is_none() {
        message.set(PR_AUTO_RESPONSE_SUPPRESS, -1)?;
    }
    Ok(())
}

/// The message class that a Content-Class means.
fn class_of(value: &str) -> Option<String> {
    let value = value.trim().to_ascii_lowercase();
    let class = match value.as_str() {
        "fax" => "IPM.Note.Microsoft.Fax",
        "fax-ca" => "IPM.Note.Microsoft.Fax.CA",
        "missedcall" => "IPM.Note.Microsoft.Missed.Voice",
        "voice" => "IPM.Note.Microsoft.Voicemail.UM",
        "voice-ca" => "IPM.Note.Microsoft.Voicemail.UM.CA",
        "voice-uc" => "IPM.Note.Microsoft.Conversation.Voice",
        _ => {
            let form = value.strip_prefix("infopathform.")?;
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            return form.chars().all(plain).then(|| format!("IPM.InfoPathForm.{form}"));
        }
    };
    Some(class.to_owned())
}

/// Fields without a rule: properties by the name of the field.
fn named(
    head: &Head,
    message: &Message<'_>,
    place: &str,
    conversion: &mut Conversion,
) -> Result<()> {
    let mut seen = HashSet::new();
    for (field, value) in head.fields() {
        let name = field.to_ascii_lowercase();
        let carried = name.starts_with("x-")
            || matches!(
                name.as_str(),
                "user-agent" | "content-class" | "accept-language" | "content-base"
            );
        if !carried || map::is_known(&name) {
            continue;
        }
        let name = if name == "x-accept-language" { "accept-language".to_owned() } else { name };
        if seen.contains(&name) {
            let why = "a property has one value; the first stays, all are in the transport headers";
            conversion.lose("repeated-field", place, field, why);
            continue;
        }
        if seen.len() >= MAX_NAMED || name.len() > MAX_NAME {
            conversion.lose("field", place, field, "too many or too long for a named property");
            continue;
        }
        let text = plain(&words::decoded(value));
        let set = set_named(message, &name, &text);
        match set {
            Err(error) if error.code() == Code::TooBig => {
                conversion.lose("field", place, field, "all names of properties are taken");
            }
            done => done?,
        }
        seen.insert(name);
    }
    Ok(())
}

fn set_named(message: &Message<'_>, name: &str, text: &str) -> Result<()> {
    let name = NamedProp::text(PropSet::PS_INTERNET_HEADERS, name);
    let ids = message.ids_from_names(std::slice::from_ref(&name), true)?;
    let Some(id) = ids.into_iter().flatten().next() else { return Ok(()) };
    let tag = PropTag::from_parts(id, PropType::PT_UNICODE);
    message.set_props(&[Prop { tag, value: PropValue::Unicode(text.into()) }])?;
    Ok(())
}
