//! Organiser and attendees into sender and recipients, where the message has none.

use super::super::parse::{Component, Property};
use super::Read;
use super::event::Act;
use crate::error::Result;
use crate::msg::{Modify, Recipient};
use crate::prop::{OneOffId, Prop, PropValue};
use crate::tags::*;

/// More attendees are not read.
const MOST: usize = 10_000;

/// The address of a line with a person; `None` without one of Internet mail.
fn address(person: &Property) -> Option<String> {
    let value = person.value.trim();
    let (scheme, rest) = value.split_once(':').unwrap_or(("mailto", value));
    let rest = rest.split('?').next().unwrap_or_default();
    let decoded = percent(rest);
    let sound = scheme.eq_ignore_ascii_case("mailto") && decoded.contains('@');
    (sound && !decoded.contains(char::is_control)).then(|| decoded.trim().to_owned())
}

/// Undoes percent-encoding; what is none stays.
fn percent(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        let byte = match (first, after) {
            (b'%', [high, low, ..]) => digit(high).zip(digit(low)),
            _ => None,
        };
        let byte = byte.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        out.push(byte.unwrap_or(*first));
        rest = after.get(if byte.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The name of a person; the address without one.
fn name(person: &Property, address: &str) -> String {
    let name = person.param("CN").map(str::trim).filter(|name| !name.is_empty());
    name.unwrap_or(address).to_owned()
}

impl Read<'_, '_> {
    pub(super) fn people(&mut self, event: &Component, act: Act) -> Result<()> {
        let message = self.message;
        let answers = matches!(act, Act::Answer { .. });
        let organizer = event.get("ORGANIZER");
        let attendees: Vec<&Property> = event.all("ATTENDEE").take(MOST).collect();
        if event.all("ATTENDEE").nth(MOST).is_some() {
            self.work.lose("calendar-field", "ATTENDEE", "too many; the rest is not read");
        }
        let author = if answers { attendees.first().copied() } else { organizer };
        if let Some(author) = author
            && message.sent_representing()?.is_none()
        {
            self.author(author)?;
        }
        if !message.recipients()?.is_empty() {
            return Ok(());
        }
        let mut rows = Vec::new();
        let mut asked = false;
        if answers {
            rows.extend(organizer.and_then(|person| {
                let to = address(person)?;
                Some(Recipient::new(&name(person, &to), &to))
            }));
        } else {
            for person in &attendees {
                asked |= person.has("RSVP", "TRUE");
                rows.push(self.attendee(person));
            }
        }
        if !rows.is_empty() {
            message.modify_recipients(Modify::Add, &rows)?;
        }
        if act == Act::Ask {
            message.set(PR_RESPONSE_REQUESTED, asked)?;
            message.set(PR_REPLY_REQUESTED, asked)?;
        }
        Ok(())
    }

    fn attendee(&mut self, person: &Property) -> Recipient {
        let known = address(person);
        if known.is_none() {
            let text = format!("no mail address: {}", person.value);
            self.work.lose("calendar-field", "ATTENDEE", text);
        }
        let known = known.unwrap_or_default();
        let row = Recipient::new(&name(person, &known), &known);
        let resource = person.has("CUTYPE", "RESOURCE") || person.has("CUTYPE", "ROOM");
        let mut row = if resource {
            row.bcc()
        } else if person.has("ROLE", "OPT-PARTICIPANT") || person.has("ROLE", "NON-PARTICIPANT") {
            row.cc()
        } else {
            row
        };
        let status =
            match person.param("PARTSTAT").unwrap_or_default().to_ascii_uppercase().as_str() {
                "TENTATIVE" => 2,
                "ACCEPTED" => 3,
                "DECLINED" => 4,
                "NEEDS-ACTION" | "" => 0,
                _ => 5,
            };
        let value = PropValue::Long(status);
        row.set(Prop { tag: PR_RECIPIENT_TRACKSTATUS.tag(), value });
        row
    }

    fn author(&mut self, person: &Property) -> Result<()> {
        let message = self.message;
        let Some(address) = address(person) else {
            if let Some(name) = person.param("CN") {
                message.set(PR_SENT_REPRESENTING_NAME_W, name)?;
            }
            return Ok(());
        };
        let name = name(person, &address);
        let (name, address) = (name.as_str(), address.as_str());
        let id = OneOffId::smtp(name, address).to_bytes();
        message.set(PR_SENT_REPRESENTING_NAME_W, name)?;
        message.set(PR_SENT_REPRESENTING_ADDRTYPE_W, "SMTP")?;
        message.set(PR_SENT_REPRESENTING_EMAIL_ADDRESS_W, address)?;
        message.set(PR_SENT_REPRESENTING_SMTP_ADDRESS_W, address)?;
        message.set(PR_SENT_REPRESENTING_ENTRYID, id.clone())?;
        if message.get(PR_SENDER_NAME_W)?.is_none() {
            message.set(PR_SENDER_NAME_W, name)?;
            message.set(PR_SENDER_ADDRTYPE_W, "SMTP")?;
            message.set(PR_SENDER_EMAIL_ADDRESS_W, address)?;
            message.set(PR_SENDER_SMTP_ADDRESS_W, address)?;
            message.set(PR_SENDER_ENTRYID, id)?;
        }
        Ok(())
    }
}
