//! Who a message is from. Spec: msg-format 2.6.5; docs/decisions/0018 has the order and its reasons.

use super::address::{looks_like_address, one_off_smtp, search_key_smtp};
use super::body::Body;
use super::handle::ObjectId;
use super::headers::{HeaderMailbox, Headers};
use super::message::Message;
use super::resolve::{local_part_confirms, names_agree};
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
    /// The X.500 name in an Exchange directory, where that is what is stored.
    pub x500: Option<String>,
}

impl Mailbox {
    /// Whether the address is one of Internet mail.
    #[must_use]
    pub fn has_smtp_address(&self) -> bool {
        self.address.as_deref().is_some_and(looks_like_address)
    }

    fn is_empty(&self) -> bool {
        self.name.is_none() && self.address.is_none()
    }
}

/// The properties that describe one role.
struct Role {
    name: u16,
    smtp: u16,
    address_type: u16,
    address: u16,
    entry_id: u16,
    search_key: u16,
}

const SENDER: Role = Role {
    name: 0x0C1A,
    smtp: 0x5D01,
    address_type: 0x0C1E,
    address: 0x0C1F,
    entry_id: 0x0C19,
    search_key: 0x0C1D,
};
const REPRESENTED: Role = Role {
    name: 0x0042,
    smtp: 0x5D02,
    address_type: 0x0064,
    address: 0x0065,
    entry_id: 0x0041,
    search_key: 0x003B,
};

impl Message<'_> {
    /// Who sent the message: the secretary, if a director's letter was sent by one.
    ///
    /// The address is the first of: `PR_SENDER_SMTP_ADDRESS`; `PR_SENDER_EMAIL_ADDRESS` if its type is
    /// SMTP or it looks like an address; the one-off entry identifier; the search key; the transport
    /// headers Sender and From, and Return-Path, if they name the same person; the person represented,
    /// if it is the same; and else what is stored, an X.500 name for one. Who saved the item last is
    /// never asked. `None` if the message does not say, as a draft.
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
            if sender.has_smtp_address() {
                return Ok(Some(sender));
            }
            let represented = body.mailbox(id, &REPRESENTED)?;
            let one = sender.is_empty() || same_person(&sender, &represented);
            if one && represented.has_smtp_address() {
                return Ok(some(merge(sender, represented)));
            }
            let Some(headers) = body.transport_headers(id)? else {
                return Ok(some(merge(sender, represented)));
            };
            if sender.is_empty() && represented.is_empty() {
                let named = headers.mailbox("sender").or_else(|| headers.mailbox("from"));
                return Ok(named.map(|named| whole(&sender, named)));
            }
            let known = if sender.is_empty() { &represented } else { &sender };
            let alone = one || represented.is_empty();
            Ok(match named_in(&headers, known, alone) {
                Some(address) => Some(Mailbox { address: Some(address), ..known.clone() }),
                None => some(merge(sender, represented)),
            })
        })
    }

    /// Whom the message is from, as its readers see it: the director.
    ///
    /// As [`Message::sender`] from `PR_SENT_REPRESENTING_*`, of the headers only From; the sender where
    /// those are silent.
    ///
    /// # Errors
    /// As [`Message::sender`].
    pub fn sent_representing(&self) -> Result<Option<Mailbox>> {
        self.handle().with("read author", |body, id| {
            let represented = body.mailbox(id, &REPRESENTED)?;
            if represented.has_smtp_address() && represented.name.is_some() {
                return Ok(Some(represented));
            }
            let sender = body.mailbox(id, &SENDER)?;
            if !represented.has_smtp_address()
                && let Some(headers) = body.transport_headers(id)?
                && let Some(from) = headers.mailbox("from")
            {
                if represented.is_empty() && sender.is_empty() {
                    return Ok(Some(whole(&represented, from)));
                }
                let known = if represented.is_empty() { &sender } else { &represented };
                if !known.has_smtp_address() && accepts(known, &from, true) {
                    return Ok(Some(Mailbox { address: Some(from.address), ..known.clone() }));
                }
            }
            Ok(some(merge(represented, sender)))
        })
    }
}

/// The address that the headers give for somebody who sent the message; `alone`: that the properties
/// tell of nobody else.
fn named_in(headers: &Headers, known: &Mailbox, alone: bool) -> Option<String> {
    let sender = headers.mailbox("sender");
    // Where there is no Sender, the author sent it: RFC 5322 wants one otherwise.
    let alone = alone && headers.first("sender").is_none();
    let from = headers.mailbox("from").filter(|from| accepts(known, from, alone));
    let found = sender.filter(|sender| accepts(known, sender, true)).or(from);
    let found = found.map(|named| named.address);
    // The envelope's sender is often a machine; it counts when it spells the name of the person.
    found.or_else(|| {
        let path = headers.mailbox("return-path")?.address;
        let (local, _) = path.split_once('@')?;
        names_agree(known.name.as_deref()?, local).then_some(path)
    })
}

/// Whether a header names the person that the properties name. One without a name is believed only
/// where it speaks of that person for certain (`alone`).
fn accepts(known: &Mailbox, named: &HeaderMailbox, alone: bool) -> bool {
    match (&known.name, &named.name) {
        (None, _) => alone,
        (Some(name), Some(other)) if !looks_like_address(other) => names_agree(name, other),
        (Some(name), _) => {
            name.eq_ignore_ascii_case(&named.address)
                || (alone && local_part_confirms(name, &named.address))
        }
    }
}

/// The first with what it lacks from the second, if both are the same person.
fn merge(first: Mailbox, second: Mailbox) -> Mailbox {
    if first.is_empty() {
        return second;
    }
    if second.is_empty() || !same_person(&first, &second) {
        return first;
    }
    let better = second.has_smtp_address() && !first.has_smtp_address();
    let address = if better { second.address } else { first.address.or(second.address) };
    Mailbox { name: first.name.or(second.name), address, x500: first.x500.or(second.x500) }
}

/// Whether two roles are filled by one person: by the directory, or else by the name. Where neither
/// can say, they are not.
fn same_person(one: &Mailbox, other: &Mailbox) -> bool {
    if let (Some(one), Some(other)) = (&one.x500, &other.x500) {
        return one.eq_ignore_ascii_case(other);
    }
    match (&one.name, &other.name) {
        (Some(one), Some(other)) => one.trim().to_lowercase() == other.trim().to_lowercase(),
        _ => false,
    }
}

/// A mailbox that only a header knows.
fn whole(known: &Mailbox, named: HeaderMailbox) -> Mailbox {
    Mailbox { name: named.name, address: Some(named.address), ..known.clone() }
}

fn some(mailbox: Mailbox) -> Option<Mailbox> {
    (mailbox != Mailbox::default()).then_some(mailbox)
}

impl Body {
    /// What the properties of a role say.
    fn mailbox(&mut self, id: ObjectId, role: &Role) -> Result<Mailbox> {
        let mut text = |prop| -> Result<Option<String>> {
            Ok(self.stored_text(id, PropId::new(prop))?.filter(|text| !text.trim().is_empty()))
        };
        let (name, smtp) = (text(role.name)?, text(role.smtp)?);
        let (kind, stored) = (text(role.address_type)?, text(role.address)?);
        // Identifiers are read only where the texts do not say it.
        let says = [&smtp, &stored].into_iter().flatten().any(|text| looks_like_address(text));
        let mut bytes = |prop| if says { Ok(None) } else { self.stored_bytes(id, prop) };
        let (entry_id, search_key) = (bytes(role.entry_id)?, bytes(role.search_key)?);
        Ok(super::resolve::resolve(super::resolve::Known {
            name,
            smtp,
            kind,
            stored,
            one_off: entry_id.and_then(|bytes| one_off_smtp(&bytes)),
            search_key: search_key.and_then(|key| search_key_smtp(&key)),
            other: None,
        }))
    }

    fn stored_bytes(&mut self, id: ObjectId, prop: u16) -> Result<Option<Vec<u8>>> {
        let found = self.core(id)?.props.get(PropId::new(prop))?;
        Ok(found.and_then(|prop| match prop.value {
            PropValue::Binary(bytes) => Some(bytes),
            _ => None,
        }))
    }

    /// The transport headers of a message, if it has any.
    pub(crate) fn transport_headers(&mut self, id: ObjectId) -> Result<Option<Headers>> {
        let block = self.stored_text(id, PropId::new(0x007D))?;
        Ok(block.and_then(|block| Headers::parse(&block)))
    }
}

#[cfg(test)]
mod tests;
