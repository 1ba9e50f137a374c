//! A message with all that is in it, read once: what the dump prints.

use openimsg::{
    Code, ElementKind, ElementName, Error, Finding, Guid, MapiProp, Message, Mode, NamedProp,
    Place, PropId, PropTag, PropValue, RawMember, RawStorage, Result, Severity, Storage,
    StoredProp, Stream,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How deep storages of foreign attachments may nest.
const MAX_STORAGES: usize = 64;

/// A message file.
pub(crate) struct Tree {
    pub(crate) class: Guid,
    pub(crate) unicode: bool,
    pub(crate) names: BTreeMap<PropId, NamedProp>,
    pub(crate) message: MessageTree,
    /// What could not be read; the message and its file tell the rest.
    pub(crate) findings: Vec<Finding>,
}

/// A message, embedded or not.
pub(crate) struct MessageTree {
    pub(crate) properties: Vec<PropTree>,
    pub(crate) recipients: Vec<Vec<PropTree>>,
    pub(crate) attachments: Vec<AttachTree>,
}

/// An attachment.
pub(crate) struct AttachTree {
    pub(crate) number: u32,
    pub(crate) properties: Vec<PropTree>,
    pub(crate) data: Data,
}

/// What an attachment holds besides properties.
pub(crate) enum Data {
    None,
    Message(Box<MessageTree>),
    Storage(RawStorage),
}

/// A property.
pub(crate) struct PropTree {
    pub(crate) tag: PropTag,
    pub(crate) flags: u32,
    pub(crate) value: Result<PropValue, Code>,
    /// The texts of 8-bit strings: one, or one for each element.
    pub(crate) decoded: Vec<String>,
    /// Whether the decoded texts are not the whole truth about the bytes.
    pub(crate) lossy: bool,
}

impl Tree {
    /// Reads an open message.
    pub(crate) fn read(message: &Message<'_>) -> Result<Tree> {
        let mut findings = Vec::new();
        let tree = read_message(message, "message", &mut findings)?;
        Ok(Tree {
            class: message.class_id()?,
            unicode: message.is_unicode()?,
            names: message.all_names()?.into_iter().collect(),
            message: tree,
            findings,
        })
    }
}

fn read_message(
    message: &Message<'_>,
    path: &str,
    findings: &mut Vec<Finding>,
) -> Result<MessageTree> {
    let own = properties(message, message.stored_props()?, path, findings)?;
    let mut recipients = Vec::new();
    for (index, row) in message.stored_recipients()?.into_iter().enumerate() {
        let path = format!("{path}/recipient {index}");
        recipients.push(properties(message, row, &path, findings)?);
    }
    let mut attachments = Vec::new();
    for number in message.attachment_numbers()? {
        let path = format!("{path}/attachment {number}");
        match read_attachment(message, number, &path, findings) {
            Ok(attachment) => attachments.push(attachment),
            Err(error) => {
                findings.push(lost("attachment-unreadable", &path, &error));
                let (properties, data) = (Vec::new(), Data::None);
                attachments.push(AttachTree { number, properties, data });
            }
        }
    }
    Ok(MessageTree { properties: own, recipients, attachments })
}

fn read_attachment(
    message: &Message<'_>,
    number: u32,
    path: &str,
    findings: &mut Vec<Finding>,
) -> Result<AttachTree> {
    let attachment = message.open_attach(number)?;
    let properties = properties(&attachment, attachment.stored_props()?, path, findings)?;
    let data = if attachment.has_message()? {
        attachment.open_message().and_then(|message| {
            let tree = read_message(&message, &format!("{path}/message"), findings)?;
            Ok(Data::Message(Box::new(tree)))
        })
    } else if attachment.has_storage()? {
        attachment.open_storage().and_then(|storage| Ok(Data::Storage(read_storage(&storage)?)))
    } else {
        Ok(Data::None)
    };
    let data = data.unwrap_or_else(|error| {
        findings.push(lost("attachment-unreadable", path, &error));
        Data::None
    });
    Ok(AttachTree { number, properties, data })
}

/// The finding that something could not be read: where the error says, else at `path`.
fn lost(code: &'static str, path: &str, error: &Error) -> Finding {
    let place = error.where_().cloned().unwrap_or_else(|| Place::new(path));
    let reason = format!("{}: {}", error.doing(), error.code().text());
    let reason = error.detail().map(|detail| format!("{reason}: {detail}")).unwrap_or(reason);
    Finding::new(Severity::Error, code, place, reason)
}

/// The properties of an object that have a value; `object` knows how its 8-bit strings are coded.
fn properties(
    object: &MapiProp<'_>,
    stored: Vec<StoredProp>,
    path: &str,
    findings: &mut Vec<Finding>,
) -> Result<Vec<PropTree>> {
    let mut properties = Vec::with_capacity(stored.len());
    for StoredProp { tag, flags, value, .. } in stored {
        let path = || format!("{path}/{tag}");
        let value = match value {
            Ok(None) => {
                let reason = "an entry of the property stream has no value stream";
                let place = Place::new(path()).rule("MS-OXMSG 2.4.2");
                findings.push(Finding::new(Severity::Error, "value-missing", place, reason));
                continue;
            }
            Ok(Some(value)) => Ok(value),
            Err(error) => {
                findings.push(lost("value-unreadable", &path(), &error));
                Err(error.code())
            }
        };
        let mut prop = PropTree { tag, flags, value, decoded: Vec::new(), lossy: false };
        let strings = match &prop.value {
            Ok(PropValue::String8(bytes)) => std::slice::from_ref(bytes),
            Ok(PropValue::MvString8(all)) => all.as_slice(),
            _ => &[],
        };
        for bytes in strings {
            let decoded = object.decode(bytes)?;
            let (text, malformed) = (decoded.text.into_owned(), decoded.malformed);
            prop.lossy |= malformed || *object.encode(&text)?.bytes != **bytes;
            prop.decoded.push(text);
        }
        properties.push(prop);
    }
    Ok(properties)
}

/// A storage with all its members.
pub(crate) fn read_storage(storage: &Arc<dyn Storage>) -> Result<RawStorage> {
    storage_level(storage, 0)
}

const READ: Mode = Mode::READ.and(Mode::SHARE_EXCLUSIVE);

fn storage_level(storage: &Arc<dyn Storage>, depth: usize) -> Result<RawStorage> {
    if depth == MAX_STORAGES {
        return Err(Error::new(Code::TooComplex, "read storage"));
    }
    let stat = storage.stat()?;
    let mut members: Vec<(ElementName, RawMember)> = Vec::new();
    for member in storage.elements()? {
        let Some(name) = member.name else { continue };
        let content = match member.kind {
            ElementKind::Stream => RawMember::Stream(all(&*storage.open_stream(&name, READ)?)?),
            ElementKind::Storage => {
                let below = storage.open_storage(&name, READ)?;
                RawMember::Storage(storage_level(&below, depth + 1)?)
            }
        };
        members.push((name, content));
    }
    Ok(RawStorage { class: stat.class, state_bits: stat.state_bits, members })
}

/// All bytes of a stream; memory grows with what is there, not with what is claimed.
pub(crate) fn all(stream: &dyn Stream) -> Result<Vec<u8>> {
    if let Some(bytes) = stream.as_bytes() {
        return Ok(bytes.to_vec());
    }
    let mut bytes = Vec::new();
    let mut piece = vec![0; 1 << 18];
    loop {
        let got = stream.read_at(bytes.len() as u64, &mut piece)?;
        bytes.extend_from_slice(piece.get(..got).unwrap_or_default());
        if got == 0 {
            return Ok(bytes);
        }
    }
}
