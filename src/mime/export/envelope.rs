//! The header of a mail: who, when, what about, and all other fields. Spec: msg-format 6.2, 6.4.

use super::Exporter;
use super::transport::Transport;
use crate::error::Result;
use crate::mime::Conversion;
use crate::mime::fields::mailbox::{self, Written};
use crate::mime::fields::map::{RULES, Stored};
use crate::mime::fields::{date, field, line, map, words};
use crate::msg::{ItemClass, Mailbox, Message, PropKey, Recipient, RecipientType, mail_date};
use crate::named::{PID_LID_FLAG_REQUEST, PID_NAME_KEYWORDS};
use crate::prop::{EntryId, Kind, PropSet, PropTag, PropType, PropValue};
use crate::prop::{NamedProp, PropId, PropName};
use crate::tags::*;
use crate::wire::FileTime;
use std::collections::HashSet;

/// `PR_MESSAGE_FLAGS`: the message was not sent.
const UNSENT: i32 = 0x8;
/// Classes whose third kind of recipients is not a blind copy.
const WITHOUT_BCC: [&str; 4] =
    ["IPM.Schedule.Meeting", "IPM.Appointment", "IPM.Task", "IPM.TaskRequest"];

/// The fields of the header but those of the body.
pub(super) fn of(work: &mut Exporter<'_>, message: &Message<'_>, place: &str) -> Result<String> {
    let transport = Transport::of(message);
    let mut out = String::new();
    if work.options.trace {
        out.push_str(&transport.trace());
    }
    people(work, message, place, &mut out)?;
    let subject = subject(message)?;
    let tokens = words::unstructured(&subject);
    if !tokens.is_empty() {
        out.push_str(&field("Subject", tokens));
    }
    if let Some(found) = message.date()? {
        let told = transport.first("date");
        let east = told.filter(|told| mail_date(told).is_some_and(|own| near(own, found.time)));
        let east = east.and_then(date::zone_of).unwrap_or(0);
        let text = date::mail_date(found.time, east);
        if let Some(text) = text.or_else(|| date::mail_date(found.time, 0)) {
            out.push_str(&field("Date", line::tokens(&text)));
        }
    }
    rules(work, message, &transport, &mut out)?;
    special(message, &mut out)?;
    let named = named_fields(message, work.options.limits.names)?;
    for (name, value) in &named {
        if !transport.covers(name, value) {
            let spelled = transport.spelling(name).unwrap_or(name);
            out.push_str(&field(spelled, words::unstructured(value)));
        }
    }
    out.push_str(&transport.others(&named)?);
    Ok(out)
}

/// A property, or nothing if it cannot be read: the report of losses tells of it.
pub(super) fn get<K: Kind>(message: &Message<'_>, key: impl PropKey<K>) -> Option<K::Value> {
    message.get(key).ok().flatten()
}

fn near(one: FileTime, other: FileTime) -> bool {
    one.ticks().abs_diff(other.ticks()) < 10_000_000
}

/// From, Sender, To, Cc, Bcc, Reply-To, and the addresses of receipts.
fn people(
    work: &mut Exporter<'_>,
    message: &Message<'_>,
    place: &str,
    out: &mut String,
) -> Result<()> {
    let domain = &work.options.domain;
    let from = message.sent_representing()?;
    let sender = message.sender()?;
    if let Some(from) = &from {
        out.push_str(&field("From", mailbox::tokens(&[written(from, None, domain)])));
    }
    if let (Some(from), Some(sender)) = (&from, &sender)
        && let (Some(one), Some(other)) = (&from.address, &sender.address)
        && !one.eq_ignore_ascii_case(other)
    {
        out.push_str(&field("Sender", mailbox::tokens(&[written(sender, None, domain)])));
    }
    let class = message.item_class()?;
    let blind = !WITHOUT_BCC.iter().any(|own| class.is(own));
    let rows = message.recipients()?;
    let mut seen = HashSet::new();
    for (name, kind) in
        [("To", RecipientType::To), ("Cc", RecipientType::Cc), ("Bcc", RecipientType::Bcc)]
    {
        if kind == RecipientType::Bcc && !(blind && work.options.bcc) {
            if blind && rows.iter().any(|row| row.kind() == kind) {
                work.conversion.lose("bcc", place, "Bcc", "blind copies are not named, as asked");
            }
            continue;
        }
        let mut list = Vec::new();
        for (index, row) in rows.iter().enumerate().filter(|(_, row)| row.kind() == kind) {
            let person = row.mailbox();
            let address = person.address.as_deref().unwrap_or_default().to_lowercase();
            if work.options.drop_duplicates && !address.is_empty() && !seen.insert((name, address))
            {
                continue;
            }
            let one = written(&person, row_kind(row).as_deref(), domain);
            if matches!(one, Written::Name(_)) {
                no_address(&mut work.conversion, place, index, &person);
            }
            list.push(one);
        }
        if !list.is_empty() {
            out.push_str(&field(name, mailbox::tokens(&list)));
        }
    }
    let reply = reply_to(message, domain);
    if !reply.is_empty() {
        out.push_str(&field("Reply-To", mailbox::tokens(&reply)));
    }
    receipts(message, from.or(sender), domain, out);
    Ok(())
}

fn no_address(conversion: &mut Conversion, place: &str, index: usize, person: &Mailbox) {
    let place = if place.is_empty() { String::new() } else { format!("{place}/") };
    let name = person.name.clone().or_else(|| person.address.clone()).unwrap_or_default();
    conversion.lose(
        "address",
        &format!("{place}recipient {index}"),
        name,
        "no address is known; the name stands as a group without members",
    );
}

fn row_kind(row: &Recipient) -> Option<String> {
    match row.get(PropTag::from_parts(PropId::new(0x3002), PropType::PT_UNICODE)) {
        Some(PropValue::Unicode(kind)) => Some(kind.to_string()),
        _ => None,
    }
}

/// Somebody as a header names them; `kind`: what kind of address it is.
pub(super) fn written(person: &Mailbox, kind: Option<&str>, domain: &str) -> Written {
    let name = person.name.clone().unwrap_or_default();
    if let Some(address) = person.address.as_ref().filter(|_| person.has_smtp_address()) {
        return Written::Address { name, address: address.clone() };
    }
    let x500 = person.x500.as_deref();
    let stored = person.address.as_deref().filter(|address| !address.trim().is_empty());
    let by_name = |address: &str| address.starts_with('/') && address.contains('=');
    if let Some(own) = x500.or_else(|| stored.filter(|address| by_name(address))) {
        return Written::Address { name, address: mailbox::imcea("EX", own, domain) };
    }
    match (stored, kind) {
        (Some(own), _) if own.contains('@') => Written::Address { name, address: own.to_owned() },
        (Some(own), Some(kind)) if !kind.is_empty() && !kind.eq_ignore_ascii_case("SMTP") => {
            Written::Address { name, address: mailbox::imcea(kind, own, domain) }
        }
        (Some(own), _) if name.is_empty() => Written::Name(own.to_owned()),
        _ => Written::Name(name),
    }
}

/// Whom answers go to: `PR_REPLY_RECIPIENT_ENTRIES`.
fn reply_to(message: &Message<'_>, domain: &str) -> Vec<Written> {
    let Some(bytes) = get(message, PR_REPLY_RECIPIENT_ENTRIES) else { return Vec::new() };
    let entries = crate::prop::read_flat_entry_list(&bytes).unwrap_or_default();
    entries.iter().filter_map(|entry| of_entry(entry, domain)).collect()
}

fn of_entry(entry: &[u8], domain: &str) -> Option<Written> {
    match EntryId::parse(entry).ok()? {
        EntryId::OneOff(id) => {
            let person = Mailbox { name: Some(id.name), address: Some(id.address), x500: None };
            Some(written(&person, Some(&id.address_type), domain))
        }
        EntryId::AddressBook(id) => {
            let address = mailbox::imcea("EX", &id.distinguished_name, domain);
            Some(Written::Address { name: String::new(), address })
        }
        _ => None,
    }
}

fn receipts(message: &Message<'_>, from: Option<Mailbox>, domain: &str, out: &mut String) {
    let delivery = get(message, PR_ORIGINATOR_DELIVERY_REPORT_REQUESTED) == Some(true);
    let read = get(message, PR_READ_RECEIPT_REQUESTED) == Some(true);
    if !delivery && !read {
        return;
    }
    let own = get(message, PID_TAG_READ_RECEIPT_EMAIL_ADDRESS).filter(|own| own.contains('@'));
    let own = own.map(|address| Written::Address { name: String::new(), address });
    let entry = get(message, PR_READ_RECEIPT_ENTRYID).and_then(|entry| of_entry(&entry, domain));
    let asked = own.or(entry);
    let author = from.map(|from| written(&from, None, domain));
    if let Some(to) = author.clone().filter(|_| delivery) {
        out.push_str(&field("Return-Receipt-To", mailbox::tokens(&[to])));
    }
    if let Some(to) = asked.or(author).filter(|_| read) {
        out.push_str(&field("Disposition-Notification-To", mailbox::tokens(&[to])));
    }
}

/// The subject: as a whole, else put together.
pub(super) fn subject(message: &Message<'_>) -> Result<String> {
    let whole = get(message, PR_SUBJECT_W).filter(|subject| !subject.is_empty());
    Ok(match whole {
        Some(subject) => subject,
        None => {
            let prefix = get(message, PR_SUBJECT_PREFIX_W).unwrap_or_default();
            prefix + &get(message, PR_NORMALIZED_SUBJECT_W).unwrap_or_default()
        }
    })
}

/// The fields of the table.
fn rules(
    work: &Exporter<'_>,
    message: &Message<'_>,
    transport: &Transport,
    out: &mut String,
) -> Result<()> {
    for rule in RULES {
        let told = transport.first(rule.field);
        if let Some(tokens) = tokens_of(message, rule.stored, told.is_some()) {
            out.push_str(&field(rule.field, tokens));
            continue;
        }
        // What the mail came with, where the message has no property for it.
        let taken = matches!(rule.stored, Stored::Text(_) | Stored::Bytes(_));
        if let Some(told) = told.filter(|_| taken && !rule.field.starts_with("X-")) {
            out.push_str(&super::transport::as_it_came(rule.field, told));
        } else if rule.field == "Message-ID" {
            out.push_str(&field("Message-ID", [work.scan.message_id(&work.options.domain)]));
        }
    }
    Ok(())
}

/// The tokens of a field, if the message has its property. `told`: the mail came with this field, so
/// that it is written also where it says what is so without it.
fn tokens_of(message: &Message<'_>, stored: Stored, told: bool) -> Option<Vec<String>> {
    let value = |id: PropId, kind| message.get_prop(PropTag::from_parts(id, kind)).ok().flatten();
    let number = |id| match value(id, PropType::PT_LONG) {
        Some(PropValue::Long(number)) => Some(number),
        _ => None,
    };
    let of_text = |text: &str| {
        let text = text.trim();
        let ascii = text.is_ascii().then(|| line::tokens(text).map(str::to_owned).collect());
        Some(ascii.unwrap_or_else(|| words::unstructured(text))).filter(|t: &Vec<_>| !t.is_empty())
    };
    match stored {
        Stored::Text(id) => match value(id, PropType::PT_UNICODE)? {
            PropValue::Unicode(text) => of_text(&bracketed(id, text.to_string())),
            _ => None,
        },
        Stored::NamedText(name) => of_text(&get(message, name)?),
        Stored::Long(id) => Some(vec![number(id)?.to_string()]),
        Stored::Words(id, words) => {
            let number = number(id)?;
            // What lies outside is clamped. Spec: Q-83.
            let usual = if id == map::PR_IMPORTANCE { 1 } else { 0 };
            let (word, at) = match words.iter().find(|(_, at)| *at == number) {
                Some(found) => *found,
                None if number < 0 => return None,
                None => *words.last()?,
            };
            (at != usual || told).then(|| vec![word.to_owned()])
        }
        Stored::Bits(id, words) => match number(id)? {
            0 => told.then(|| vec!["None".to_owned()]),
            -1 => Some(vec!["All".to_owned()]),
            bits => {
                let set = words.iter().filter(|(_, bit)| bits & bit != 0).map(|(word, _)| *word);
                let set: Vec<&str> = set.collect();
                (!set.is_empty())
                    .then(|| line::tokens(&set.join(", ")).map(str::to_owned).collect())
            }
        },
        Stored::Flag(id) => match value(id, PropType::PT_BOOLEAN)? {
            PropValue::Boolean(flag) => (flag || told).then(|| vec![flag.to_string()]),
            _ => None,
        },
        Stored::NamedFlag(name) => get(message, name).map(|flag| vec![flag.to_string()]),
        Stored::Time(id) => match value(id, PropType::PT_SYSTIME)? {
            PropValue::SysTime(time) if !time.is_none() => {
                let text = date::mail_date(time, 0)?;
                Some(line::tokens(&text).map(str::to_owned).collect())
            }
            _ => None,
        },
        Stored::Bytes(id) => match value(id, PropType::PT_BINARY)? {
            PropValue::Binary(bytes) if !bytes.is_empty() => Some(in_lines(&words::base64(&bytes))),
            _ => None,
        },
        Stored::Octets(id) => match value(id, PropType::PT_BINARY)? {
            PropValue::Binary(bytes) => {
                let text = String::from_utf8_lossy(&bytes).trim_end_matches('\0').to_owned();
                of_text(&text)
            }
            _ => None,
        },
    }
}

/// Message identifiers stand in angle brackets, also where a program left them out.
fn bracketed(id: PropId, text: String) -> String {
    let one = matches!(id.value(), 0x1035 | 0x1042) && !text.contains(['<', ' ']);
    if one && !text.is_empty() { format!("<{text}>") } else { text }
}

/// Base64 in tokens between which a line may end.
fn in_lines(text: &str) -> Vec<String> {
    let bytes = text.as_bytes().chunks(68);
    let pieces = bytes.map(|piece| piece.iter().copied().map(char::from).collect::<String>());
    pieces.enumerate().map(|(n, piece)| if n == 0 { piece } else { format!(" {piece}") }).collect()
}

/// Fields with rules of their own.
fn special(message: &Message<'_>, out: &mut String) -> Result<()> {
    match get(message, PR_IMPORTANCE) {
        Some(2..) => out.push_str("X-Priority: 1\r\n"),
        Some(0) => out.push_str("X-Priority: 5\r\n"),
        _ => {}
    }
    if let Some(keywords) = get(message, PID_NAME_KEYWORDS).filter(|own| !own.is_empty()) {
        out.push_str(&field("Keywords", words::unstructured(&keywords.join(", "))));
    }
    if let Some(request) = get(message, PID_LID_FLAG_REQUEST).filter(|own| !own.is_empty()) {
        out.push_str(&field("X-Message-Flag", words::unstructured(&request)));
    }
    let language = get(message, PR_MESSAGE_LOCALE_ID).and_then(crate::mime::fields::language::tag);
    if let Some(language) = language {
        out.push_str(&field("Content-Language", [language]));
    }
    let flags = get(message, PR_MESSAGE_FLAGS).unwrap_or_default();
    let class: ItemClass = message.item_class()?;
    if flags & UNSENT != 0 && class.is("IPM.Note") {
        out.push_str("X-Unsent: 1\r\n");
    }
    Ok(())
}

/// The fields that are named properties, in lower case, by name.
fn named_fields(message: &Message<'_>, most: usize) -> Result<Vec<(String, String)>> {
    let mut out = Vec::new();
    for (id, NamedProp { set, name }) in message.all_names()?.into_iter().take(most) {
        let PropName::Text(name) = name else { continue };
        let name = name.to_lowercase();
        let own = name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
        let system = name.starts_with("x-microsoft-exchange-organization")
            || name.starts_with("x-microsoft-exchange-forest");
        let refused = !own || name.is_empty() || map::is_known(&name) || system;
        if set != PropSet::PS_INTERNET_HEADERS.0 || refused {
            continue;
        }
        let tag = PropTag::from_parts(id, PropType::PT_UNICODE);
        if let Ok(Some(PropValue::Unicode(value))) = message.get_prop(tag) {
            out.push((name, value.to_string()));
        }
    }
    out.sort();
    Ok(out)
}
