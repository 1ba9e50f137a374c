//! Who a message is from. Spec: msg-format 2.6.5.

use super::address::{is_smtp, looks_like_address, one_off_smtp, search_key_smtp};
use super::body::Body;
use super::handle::ObjectId;
use super::message::Message;
use crate::error::Result;
use crate::prop::{PropId, PropValue};

/// A person or a mailbox: a name and an address, either of which may be unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Mailbox {
    /// The display name.
    pub name: Option<String>,
    /// The SMTP address where the message knows one, else what it stores; nothing is invented.
    pub address: Option<String>,
}

/// The properties that describe one role.
struct Role {
    name: u16,
    smtp: u16,
    address_type: u16,
    address: u16,
    entry_id: u16,
    search_key: u16,
    /// Header lines that name the same person, best first.
    headers: &'static [&'static str],
}

const SENDER: Role = Role {
    name: 0x0C1A,
    smtp: 0x5D01,
    address_type: 0x0C1E,
    address: 0x0C1F,
    entry_id: 0x0C19,
    search_key: 0x0C1D,
    // From names the person represented, who may be somebody else; see `merge`. Return-Path often
    // names a machine.
    headers: &["sender"],
};
const REPRESENTED: Role = Role {
    name: 0x0042,
    smtp: 0x5D02,
    address_type: 0x0064,
    address: 0x0065,
    entry_id: 0x0041,
    search_key: 0x003B,
    headers: &["from"],
};

impl Message<'_> {
    /// Who sent the message: `PR_SENDER_*`, and where those are silent the transport headers and the
    /// person represented. `None` if the message does not say, as a draft.
    ///
    /// # Errors
    /// Those of reading the properties.
    ///
    /// # Example
    /// ```
    /// use openimsg::{CompoundFile, Message, tags::*};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// assert_eq!(message.sender()?, None);
    /// message.set(PR_SENDER_NAME_W, "Ana")?;
    /// message.set(PR_SENDER_SMTP_ADDRESS_W, "ana@example.org")?;
    /// let sender = message.sender()?.unwrap();
    /// assert_eq!(sender.address.as_deref(), Some("ana@example.org"));
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    pub fn sender(&self) -> Result<Option<Mailbox>> {
        self.handle().with("read sender", |body, id| {
            let sender = body.mailbox(id, &SENDER)?;
            let complete = sender.address.as_deref().is_some_and(looks_like_address);
            if complete {
                return Ok(Some(sender));
            }
            let represented = body.mailbox(id, &REPRESENTED)?;
            Ok(some(merge(sender, represented)))
        })
    }

    /// Whom the message is from, as its readers see it: `PR_SENT_REPRESENTING_*`, or the sender where
    /// those are silent.
    ///
    /// # Errors
    /// As [`Message::sender`].
    pub fn sent_representing(&self) -> Result<Option<Mailbox>> {
        self.handle().with("read author", |body, id| {
            let represented = body.mailbox(id, &REPRESENTED)?;
            if represented.address.is_some() && represented.name.is_some() {
                return Ok(Some(represented));
            }
            let sender = body.mailbox(id, &SENDER)?;
            Ok(some(if represented == Mailbox::default() {
                sender
            } else {
                merge(represented, sender)
            }))
        })
    }
}

/// The first with what it lacks from the second, if both can be the same person.
fn merge(first: Mailbox, second: Mailbox) -> Mailbox {
    let same_name = first.name.is_none() || second.name.is_none() || first.name == second.name;
    if !same_name {
        return if first.address.is_some() || first.name.is_some() { first } else { second };
    }
    let better = |address: &String| looks_like_address(address);
    let address = match (first.address, second.address) {
        (Some(own), Some(other)) if !better(&own) && better(&other) => Some(other),
        (own, other) => own.or(other),
    };
    Mailbox { name: first.name.or(second.name), address }
}

fn some(mailbox: Mailbox) -> Option<Mailbox> {
    (mailbox != Mailbox::default()).then_some(mailbox)
}

impl Body {
    fn mailbox(&mut self, id: ObjectId, role: &Role) -> Result<Mailbox> {
        let mut text = |prop| -> Result<Option<String>> {
            Ok(self.stored_text(id, PropId::new(prop))?.filter(|text| !text.is_empty()))
        };
        let (name, smtp) = (text(role.name)?, text(role.smtp)?);
        let (kind, stored) = (text(role.address_type)?, text(role.address)?);
        if smtp.is_some() || (is_smtp(kind.as_deref()) && stored.is_some()) {
            return Ok(Mailbox { name, address: smtp.or(stored) });
        }
        let entry_id = self.stored_bytes(id, role.entry_id)?;
        let mut address = entry_id.and_then(|bytes| one_off_smtp(&bytes));
        if address.is_none() {
            address = self.stored_bytes(id, role.search_key)?.and_then(|key| search_key_smtp(&key));
        }
        if address.is_none()
            && let Some(headers) = self.stored_text(id, PropId::new(0x007D))?
        {
            address = role.headers.iter().find_map(|header| header_address(&headers, header));
        }
        Ok(Mailbox { name, address: address.or(stored) })
    }

    fn stored_bytes(&mut self, id: ObjectId, prop: u16) -> Result<Option<Vec<u8>>> {
        let found = self.core(id)?.props.get(PropId::new(prop))?;
        Ok(found.and_then(|prop| match prop.value {
            PropValue::Binary(bytes) => Some(bytes),
            _ => None,
        }))
    }
}

/// The address in a header line, which may be folded: what stands in angle brackets, or all of it.
fn header_address(headers: &str, name: &str) -> Option<String> {
    let mut lines = headers.lines().skip_while(|line| {
        let own = line.split_once(':').map(|(own, _)| own);
        !own.is_some_and(|own| own.eq_ignore_ascii_case(name))
    });
    let mut value = lines.next()?.split_once(':')?.1.to_owned();
    for more in lines.take_while(|line| line.starts_with([' ', '\t'])) {
        value.push_str(more);
    }
    let address = match value.rsplit_once('<') {
        Some((_, rest)) => rest.split('>').next()?,
        None => &value,
    };
    let address = address.trim();
    looks_like_address(address).then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stg::CompoundFile;
    use crate::tags::*;

    fn message() -> Message<'static> {
        Message::create(CompoundFile::memory()).unwrap()
    }

    /// Spec: F-058
    #[test]
    fn the_last_modifier_is_never_the_sender() {
        let message = message();
        message.set(PR_LAST_MODIFIER_NAME_W, "Mallory").unwrap();
        assert_eq!(message.sender().unwrap(), None);
        assert_eq!(message.sent_representing().unwrap(), None);
    }

    #[test]
    fn an_exchange_sender_is_found_in_the_headers_and_never_made_up() {
        let message = message();
        message.set(PR_SENDER_NAME_W, "Ana").unwrap();
        message.set(PR_SENDER_ADDRTYPE_W, "EX").unwrap();
        message.set(PR_SENDER_EMAIL_ADDRESS_W, "/o=Org/cn=Recipients/cn=ana").unwrap();
        let found = message.sender().unwrap().unwrap();
        assert_eq!(found.address.as_deref(), Some("/o=Org/cn=Recipients/cn=ana"));
        let headers =
            "Received: x\r\nFrom: =?utf-8?q?Ana?=\r\n <ana@example.org>\r\nTo: b@example.org\r\n";
        message.set(PR_TRANSPORT_MESSAGE_HEADERS_W, headers).unwrap();
        let found = message.sender().unwrap().unwrap();
        assert_eq!(
            (found.name.as_deref(), found.address.as_deref()),
            (Some("Ana"), Some("ana@example.org"))
        );
    }

    #[test]
    fn two_people_are_not_mixed_into_one() {
        let message = message();
        message.set(PR_SENDER_NAME_W, "Secretary").unwrap();
        message.set(PR_SENT_REPRESENTING_NAME_W, "Director").unwrap();
        message.set(PR_SENT_REPRESENTING_SMTP_ADDRESS_W, "director@example.org").unwrap();
        assert_eq!(message.sender().unwrap().unwrap().address, None);
        let author = message.sent_representing().unwrap().unwrap();
        assert_eq!(author.name.as_deref(), Some("Director"));
    }
}
