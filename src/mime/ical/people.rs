//! Organisers and attendees. Spec: RFC 5545 3.8.4.1, 3.8.4.3; MS-OXCICAL 2.1.3.1.1.20.2.

use super::line::{Line, Lines};
use super::work::Work;
use crate::error::Result;
use crate::msg::{Attendee, AttendeeKind, Mailbox, Message, ResponseStatus};
use crate::tags::{PR_REPLY_REQUESTED, PR_RESPONSE_REQUESTED};
use std::fmt::Write as _;

/// What MS-OXCICAL writes for somebody without an address of Internet mail.
const NOBODY: &str = "invalid:nomail";

/// Who comes with the event, and how.
#[derive(Debug, Clone, Default)]
pub(super) struct People {
    organizer: Option<Person>,
    attendees: Vec<Attendee>,
    /// Whether attendees are asked to answer.
    asked: bool,
    /// The answer of the only attendee, in an answer.
    answer: Option<&'static str>,
}

/// A person as a line has it.
#[derive(Debug, Clone, Default)]
struct Person {
    name: Option<String>,
    address: String,
}

impl Person {
    fn of(name: Option<&str>, address: Option<&str>) -> Person {
        let address = address.map(bare).filter(|address| is_mail(address));
        let uri = address.map_or_else(|| NOBODY.to_owned(), mailto);
        let name = name.map(str::trim).filter(|name| !name.is_empty()).or(address);
        Person { name: name.map(str::to_owned), address: uri }
    }
}

/// The address, if it stands in brackets after a name.
fn bare(address: &str) -> &str {
    let inside = address.trim().strip_suffix('>').and_then(|text| text.rsplit_once('<'));
    inside.map_or(address, |(_, inside)| inside)
}

/// Whether a mail could be sent there.
fn is_mail(address: &str) -> bool {
    let (local, domain) = address.rsplit_once('@').unwrap_or_default();
    !local.is_empty()
        && !domain.is_empty()
        && !address.contains(|c: char| c.is_control() || c.is_whitespace() || "<>\"".contains(c))
}

/// The URI of an address. Spec: RFC 6068 2.
pub(crate) fn mailto(address: &str) -> String {
    let mut uri = "mailto:".to_owned();
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"@.-_+!$'*=/~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

impl People {
    /// Of an appointment, a request or a cancellation: the author is the organiser.
    pub(super) fn of_meeting(
        message: &Message<'_>,
        asks: bool,
        work: &mut Work<'_>,
    ) -> Result<People> {
        let author = work.read("ORGANIZER", message.sent_representing())?;
        let rows = crate::msg::Appointment::of(message).attendees();
        let attendees = work.read("ATTENDEE", rows.map(Some))?.unwrap_or_default();
        let mut people = People { asked: asks, ..People::default() };
        let flag = work.read("RSVP", message.get(PR_RESPONSE_REQUESTED))?;
        let flag = flag.or(work.read("RSVP", message.get(PR_REPLY_REQUESTED))?);
        people.asked = asks && flag != Some(false);
        let named = attendees.iter().find(|attendee| attendee.kind == AttendeeKind::Organizer);
        let author = match (author, named) {
            (Some(Mailbox { name, address, .. }), _) => Some((name, address)),
            (None, Some(named)) => Some((named.name.clone(), named.address.clone())),
            (None, None) => None,
        };
        // An appointment of one's own has no organiser.
        if asks || !attendees.is_empty() {
            people.organizer = author.map(|(name, address)| {
                if address.as_deref().is_none_or(|address| !is_mail(bare(address))) {
                    let shown = name.as_deref().or(address.as_deref()).unwrap_or_default();
                    work.lose("calendar-field", "ORGANIZER", format!("no mail address: {shown}"));
                }
                Person::of(name.as_deref(), address.as_deref())
            });
        }
        for attendee in attendees {
            if attendee.kind == AttendeeKind::Organizer {
                continue;
            }
            if attendee.address.as_deref().is_none_or(|address| !is_mail(bare(address))) {
                let shown = attendee.name.as_deref().or(attendee.address.as_deref());
                let shown = shown.unwrap_or_default();
                work.lose("calendar-field", "ATTENDEE", format!("no mail address: {shown}"));
            }
            people.attendees.push(attendee);
        }
        Ok(people)
    }

    /// Of an answer: the author is the only attendee, whom it is to is the organiser.
    pub(super) fn of_answer(
        message: &Message<'_>,
        answer: &'static str,
        work: &mut Work<'_>,
    ) -> Result<People> {
        let author = work.read("ATTENDEE", message.sent_representing())?.unwrap_or_default();
        let rows = crate::msg::Appointment::of(message).attendees();
        let rows = work.read("ORGANIZER", rows.map(Some))?.unwrap_or_default();
        let to = rows.first().map(|to| Person::of(to.name.as_deref(), to.address.as_deref()));
        let attendee = Attendee {
            kind: AttendeeKind::Required,
            name: author.name,
            address: author.address,
            response: None,
            responded: None,
        };
        Ok(People { organizer: to, attendees: vec![attendee], asked: false, answer: Some(answer) })
    }

    /// The same with the organiser of the series, where an occurrence names none of its own.
    pub(super) fn organized_like(self, series: &People) -> People {
        let organizer = self.organizer.or_else(|| series.organizer.clone());
        People { organizer, ..self }
    }

    pub(super) fn write(&self, out: &mut Lines) {
        if let Some(organizer) = &self.organizer {
            let line = Line::new("ORGANIZER").maybe("CN", organizer.name.as_deref());
            out.push(line.value(&organizer.address));
        }
        for attendee in &self.attendees {
            let who = Person::of(attendee.name.as_deref(), attendee.address.as_deref());
            let line = Line::new("ATTENDEE").maybe("CN", who.name.as_deref());
            let line = match (self.answer, attendee.kind) {
                (Some(answer), _) => line.param("PARTSTAT", answer),
                (None, kind) => {
                    let (cutype, role) = match kind {
                        AttendeeKind::Resource => ("RESOURCE", "NON-PARTICIPANT"),
                        AttendeeKind::Optional => ("INDIVIDUAL", "OPT-PARTICIPANT"),
                        _ => ("INDIVIDUAL", "REQ-PARTICIPANT"),
                    };
                    let line = line.param("CUTYPE", cutype).param("ROLE", role);
                    let line = line.param("PARTSTAT", partstat(attendee.response));
                    if self.asked { line.param("RSVP", "TRUE") } else { line }
                }
            };
            out.push(line.value(&who.address));
        }
    }
}

fn partstat(response: Option<ResponseStatus>) -> &'static str {
    match response {
        Some(ResponseStatus::Accepted | ResponseStatus::Organized) => "ACCEPTED",
        Some(ResponseStatus::Declined) => "DECLINED",
        Some(ResponseStatus::Tentative) => "TENTATIVE",
        _ => "NEEDS-ACTION",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_escaped_in_its_uri() {
        assert_eq!(mailto("a+b@example.org"), "mailto:a+b@example.org");
        assert_eq!(mailto("a b?x:y@ü.org"), "mailto:a%20b%3Fx%3Ay@%C3%BC.org");
        assert_eq!(Person::of(Some("Ana"), Some("/o=Org/cn=ana")).address, NOBODY);
    }
}
