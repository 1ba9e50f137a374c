//! Who a mail is from and who it is to, as the properties of people. Spec: msg-format 6.2, 6.4.

use super::head::Head;
use super::people::Listed;
use crate::error::Result;
use crate::mime::Conversion;
use crate::msg::{Message, Modify, Recipient};
use crate::prop::{
    AddressBookId, AddressKey, EntryId, Prop, PropTag, PropValue, write_flat_entry_list,
};
use crate::tags::{
    PID_TAG_READ_RECEIPT_ADDRESS_TYPE, PID_TAG_READ_RECEIPT_EMAIL_ADDRESS,
    PID_TAG_READ_RECEIPT_NAME, PID_TAG_READ_RECEIPT_SMTP_ADDRESS, PR_ADDRTYPE_W, PR_DISPLAY_NAME_W,
    PR_EMAIL_ADDRESS_W, PR_ENTRYID, PR_NON_RECEIPT_NOTIFICATION_REQUESTED,
    PR_ORIGINATOR_DELIVERY_REPORT_REQUESTED, PR_READ_RECEIPT_ENTRYID, PR_READ_RECEIPT_REQUESTED,
    PR_READ_RECEIPT_SEARCH_KEY, PR_RECIPIENT_TYPE, PR_REPLY_RECIPIENT_ENTRIES,
    PR_REPLY_RECIPIENT_NAMES_W, PR_RESPONSIBILITY, PR_SEARCH_KEY, PR_SENDER_ADDRTYPE_W,
    PR_SENDER_EMAIL_ADDRESS_W, PR_SENDER_ENTRYID, PR_SENDER_NAME_W, PR_SENDER_SEARCH_KEY,
    PR_SENDER_SMTP_ADDRESS_W, PR_SENT_REPRESENTING_ADDRTYPE_W,
    PR_SENT_REPRESENTING_EMAIL_ADDRESS_W, PR_SENT_REPRESENTING_ENTRYID,
    PR_SENT_REPRESENTING_NAME_W, PR_SENT_REPRESENTING_SEARCH_KEY,
    PR_SENT_REPRESENTING_SMTP_ADDRESS_W, PR_SMTP_ADDRESS_W, PR_TRANSMITABLE_DISPLAY_NAME_W,
};

/// The most recipients of one mail: a row costs a hundred times what it costs in a header.
const MAX_ROWS: usize = 50_000;
/// How many are given to the message at once.
const AT_ONCE: usize = 1000;

/// The properties of somebody in a row, in the order of the sets below.
const ROW: [PropTag; 6] = [
    PR_DISPLAY_NAME_W.tag(),
    PR_ADDRTYPE_W.tag(),
    PR_EMAIL_ADDRESS_W.tag(),
    PR_SMTP_ADDRESS_W.tag(),
    PR_ENTRYID.tag(),
    PR_SEARCH_KEY.tag(),
];
const REPRESENTED: [PropTag; 6] = [
    PR_SENT_REPRESENTING_NAME_W.tag(),
    PR_SENT_REPRESENTING_ADDRTYPE_W.tag(),
    PR_SENT_REPRESENTING_EMAIL_ADDRESS_W.tag(),
    PR_SENT_REPRESENTING_SMTP_ADDRESS_W.tag(),
    PR_SENT_REPRESENTING_ENTRYID.tag(),
    PR_SENT_REPRESENTING_SEARCH_KEY.tag(),
];
const SENDER: [PropTag; 6] = [
    PR_SENDER_NAME_W.tag(),
    PR_SENDER_ADDRTYPE_W.tag(),
    PR_SENDER_EMAIL_ADDRESS_W.tag(),
    PR_SENDER_SMTP_ADDRESS_W.tag(),
    PR_SENDER_ENTRYID.tag(),
    PR_SENDER_SEARCH_KEY.tag(),
];
const RECEIPT: [PropTag; 6] = [
    PID_TAG_READ_RECEIPT_NAME.tag(),
    PID_TAG_READ_RECEIPT_ADDRESS_TYPE.tag(),
    PID_TAG_READ_RECEIPT_EMAIL_ADDRESS.tag(),
    PID_TAG_READ_RECEIPT_SMTP_ADDRESS.tag(),
    PR_READ_RECEIPT_ENTRYID.tag(),
    PR_READ_RECEIPT_SEARCH_KEY.tag(),
];

/// The people of a mail.
pub(super) fn set(
    head: &Head,
    message: &Message<'_>,
    place: &str,
    conversion: &mut Conversion,
) -> Result<()> {
    let from = head.people("from");
    let sender = head.people("sender");
    for other in from.iter().skip(1) {
        conversion.lose(
            "author",
            place,
            other.shown(),
            "a message has one author; the first stays",
        );
    }
    if let Some(author) = from.first() {
        put(message, author, REPRESENTED)?;
    }
    if let Some(sender) = sender.first().or(from.first()) {
        put(message, sender, SENDER)?;
    }
    let mut count = 0;
    for (field, kind) in [("to", 1), ("cc", 2), ("bcc", 3)] {
        let people = head.people(field);
        let room = MAX_ROWS.saturating_sub(count).min(people.len());
        count += room;
        for some in people.get(..room).unwrap_or_default().chunks(AT_ONCE) {
            let rows: Vec<Recipient> = some.iter().map(|somebody| row(somebody, kind)).collect();
            message.modify_recipients(Modify::Add, &rows)?;
        }
        if room < people.len() {
            let why = format!("{} of them are too many", people.len() - room);
            conversion.lose("recipients", place, field, why);
        }
    }
    reply_to(head, message)?;
    if head.first("return-receipt-to").is_some_and(|value| !value.is_empty()) {
        message.set(PR_ORIGINATOR_DELIVERY_REPORT_REQUESTED, true)?;
    }
    if let Some(to) = head.people("disposition-notification-to").first() {
        message.set(PR_READ_RECEIPT_REQUESTED, true)?;
        message.set(PR_NON_RECEIPT_NOTIFICATION_REQUESTED, true)?;
        put(message, to, RECEIPT)?;
    }
    Ok(())
}

/// Reply-To: the list of identifiers, and the names.
fn reply_to(head: &Head, message: &Message<'_>) -> Result<()> {
    let people = head.people("reply-to");
    if people.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = people.iter().map(Listed::shown).collect();
    let rows = people.iter().map(|somebody| row(somebody, 1));
    let ids = rows.filter_map(|row| match row.get(PR_ENTRYID.tag()) {
        Some(PropValue::Binary(id)) => Some(id.clone()),
        _ => None,
    });
    message.set(PR_REPLY_RECIPIENT_ENTRIES, write_flat_entry_list(ids.collect::<Vec<_>>())?)?;
    message.set(PR_REPLY_RECIPIENT_NAMES_W, names.join("; ").as_str())
}

/// Sets the properties of somebody. What is not known of them is not set.
fn put(message: &Message<'_>, somebody: &Listed, tags: [PropTag; 6]) -> Result<()> {
    let row = row(somebody, 1);
    let known = ROW.into_iter().zip(tags);
    let props =
        known.filter_map(|(own, tag)| row.get(own).map(|value| Prop { tag, value: value.clone() }));
    message.set_props(&props.collect::<Vec<_>>())?;
    Ok(())
}

/// A row of the recipient table. Spec: F-101.
pub(super) fn row(somebody: &Listed, kind: i32) -> Recipient {
    let name = somebody.shown();
    let mut row = match directory_name(&somebody.address) {
        Some(dn) => in_directory(if somebody.name.is_empty() { &dn } else { name }, &dn),
        None if somebody.address.is_empty() => nobody(name),
        None => Recipient::new(name, &somebody.address),
    };
    row.set(Prop { tag: PR_RECIPIENT_TYPE.tag(), value: PropValue::Long(kind) });
    row.set(Prop {
        tag: PR_TRANSMITABLE_DISPLAY_NAME_W.tag(),
        value: PropValue::Unicode(name.into()),
    });
    row.set(Prop { tag: PR_RESPONSIBILITY.tag(), value: PropValue::Boolean(true) });
    row
}

/// Somebody of whom only a name is known.
fn nobody(name: &str) -> Recipient {
    let named = Recipient::new(name, "");
    let known = [PR_ADDRTYPE_W.tag(), PR_EMAIL_ADDRESS_W.tag(), PR_SMTP_ADDRESS_W.tag()];
    let unknown = |prop: &Prop| known.contains(&prop.tag) || prop.tag == PR_SEARCH_KEY.tag();
    let props = named.props().iter().filter(|prop| !unknown(prop)).cloned();
    Recipient::from_props(props.collect())
}

/// Somebody in a directory.
fn in_directory(name: &str, dn: &str) -> Recipient {
    let id =
        AddressBookId { flags: [0; 4], version: 1, kind: 0, distinguished_name: dn.to_owned() };
    let id = EntryId::AddressBook(id).to_bytes();
    let usual = Recipient::new(name, dn);
    let props = usual.props().iter().filter(|prop| prop.tag != PR_SMTP_ADDRESS_W.tag());
    let mut row = Recipient::from_props(props.cloned().collect());
    let kind = PropValue::Unicode("EX".into());
    row.set(Prop { tag: PR_ADDRTYPE_W.tag(), value: kind });
    let key = AddressKey::new("EX", dn).to_bytes();
    row.set(Prop { tag: PR_SEARCH_KEY.tag(), value: PropValue::Binary(key) });
    for tag in [PR_ENTRYID.tag(), PropTag::new(0x5FF7_0102)] {
        row.set(Prop { tag, value: PropValue::Binary(id.clone()) });
    }
    row
}

/// The X.500 name that stands in an address of a domain that cannot exist. Spec: msg-format 6.4.
fn directory_name(address: &str) -> Option<String> {
    const PREFIX: &str = "IMCEAEX-";
    let (local, domain) = address.rsplit_once('@')?;
    let invalid = domain.len() >= 8 && domain.to_ascii_lowercase().ends_with(".invalid");
    let head = local.get(..PREFIX.len())?;
    if !invalid || !head.eq_ignore_ascii_case(PREFIX) {
        return None;
    }
    let mut bytes = Vec::new();
    let mut rest = local.get(PREFIX.len()..)?.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        let digits = tail.first_chunk::<2>().filter(|_| *byte == b'+');
        let hex = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(coded) => {
                bytes.push(coded);
                rest = tail.get(2..)?;
            }
            None => bytes.push(if *byte == b'_' { b'/' } else { *byte }),
        }
    }
    String::from_utf8(bytes).ok().filter(|dn| dn.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_500_names_are_read_from_addresses_that_cannot_be() {
        let address = "IMCEAEX-_o=Org_ou=First+20Group_cn=Recipients_cn=jd@example.invalid";
        let dn = "/o=Org/ou=First Group/cn=Recipients/cn=jd";
        assert_eq!(directory_name(address).as_deref(), Some(dn));
        assert_eq!(directory_name(&address.replace(".invalid", ".org")), None);
        assert_eq!(directory_name("jd@example.invalid"), None);
        let row = row(&Listed { name: String::new(), address: address.into() }, 2);
        assert_eq!(row.address().as_deref(), Some(dn));
        assert_eq!(row.get(PR_SMTP_ADDRESS_W.tag()), None);
    }
}
