//! What a message holds, in a form that two files can be compared in: texts decoded, named
//! properties under their names.

use openimsg::{
    Attachment, MapiProp, Message, NamedProp, PropId, PropSet, PropValue, Recipient, Text,
};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{Item, listing};

pub type Values = BTreeMap<String, String>;

/// A message, with all that is in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tree {
    pub props: Values,
    pub recipients: Vec<Values>,
    pub attachments: Vec<(Values, Data)>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    None,
    Message(Box<Tree>),
    Storage(BTreeMap<String, Item>),
    /// It cannot be read.
    Damaged(String),
}

/// Reads a message with everything in it.
pub fn tree(message: &Message<'_>) -> Tree {
    let names: HashMap<PropId, NamedProp> = message.all_names().unwrap().into_iter().collect();
    read(message, &names)
}

fn read(message: &Message<'_>, names: &HashMap<PropId, NamedProp>) -> Tree {
    let recipients = message.recipients().unwrap();
    let row = |row: &Recipient| {
        row.props()
            .iter()
            .map(|prop| (key(prop.tag.id(), names), plain(message, &prop.value)))
            .collect()
    };
    let mut tree = Tree {
        props: stored(message, names),
        recipients: recipients.iter().map(row).collect(),
        attachments: Vec::new(),
    };
    for number in message.attachment_numbers().unwrap() {
        tree.attachments.push(match message.open_attach(number) {
            Ok(attachment) => (stored(&attachment, names), data(&attachment, names)),
            Err(error) => (Values::new(), Data::Damaged(error.code().to_string())),
        });
    }
    tree
}

fn data(attachment: &Attachment<'_>, names: &HashMap<PropId, NamedProp>) -> Data {
    match (attachment.has_storage(), attachment.has_message()) {
        (Ok(true), Ok(true)) => match attachment.open_message() {
            Ok(message) => Data::Message(Box::new(read(&message, names))),
            Err(error) => Data::Damaged(error.code().to_string()),
        },
        (Ok(true), _) => Data::Storage(listing(Arc::clone(&attachment.open_storage().unwrap()))),
        (Err(error), _) | (_, Err(error)) => Data::Damaged(error.code().to_string()),
        _ => Data::None,
    }
}

/// The properties as they are stored; what cannot be read is not among them.
fn stored(object: &MapiProp<'_>, names: &HashMap<PropId, NamedProp>) -> Values {
    let mut values = Values::new();
    for prop in object.stored_props().unwrap() {
        let Ok(Some(value)) = prop.value else { continue };
        if prop.flags & 6 == 4 {
            continue;
        }
        let value = plain(object, &value);
        let key = key(prop.tag.id(), names);
        // Of two text widths the Unicode one counts, of other duplicates the first.
        let wide = prop.tag.prop_type().value() & 0xFFF == 0x1F;
        if wide || !values.contains_key(&key) {
            values.insert(key, value);
        }
    }
    values
}

fn key(id: PropId, names: &HashMap<PropId, NamedProp>) -> String {
    match names.get(&id).filter(|_| id.value() >= 0x8000) {
        // Header names are created in lower case.
        Some(name) if name.set == PropSet::PS_INTERNET_HEADERS.0 => {
            format!("{name:?}").to_ascii_lowercase()
        }
        Some(name) => format!("{name:?}"),
        None => format!("{:04X}", id.value()),
    }
}

/// A value as text, with 8-bit texts decoded.
fn plain(object: &MapiProp<'_>, value: &PropValue) -> String {
    let decode = |bytes: &[u8]| Text::from(&*object.decode(bytes).unwrap().text);
    match value {
        PropValue::String8(bytes) => format!("{:?}", PropValue::Unicode(decode(bytes))),
        PropValue::MvString8(texts) => {
            format!("{:?}", PropValue::MvUnicode(texts.iter().map(|t| decode(t)).collect()))
        }
        PropValue::Binary(bytes) if bytes.len() > 64 => {
            format!("Binary of {} {}", bytes.len(), super::sha256(bytes))
        }
        other => format!("{other:?}"),
    }
}
