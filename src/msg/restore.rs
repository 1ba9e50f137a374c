//! Restoring: writing exactly the properties that are given. Nothing is computed, added or dropped
//! but the counters of headers and the name map. Spec: msg-format 12, F-137.

use super::rows::{attachment_name, recipient_name};
use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::prop::named::NameMap;
use crate::prop::store::{PropStore, mapped};
use crate::prop::stream::{Counters, HeaderKind, value_name};
use crate::prop::{NamedProp, Prop, PropId, PropTag, PropValue};
use crate::stg::{ElementName, MEMBER_RW, Storage};
use crate::wire::Guid;
use std::sync::Arc;

/// A property to write as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct RawProp {
    /// The tag.
    pub tag: PropTag,
    /// The flags word of its entry.
    pub flags: u32,
    /// The value.
    pub value: PropValue,
}

/// A message to write as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawMessage {
    /// Its properties, in the order they are stored.
    pub props: Vec<RawProp>,
    /// Its recipients, each with its properties.
    pub recipients: Vec<Vec<RawProp>>,
    /// Its attachments.
    pub attachments: Vec<RawAttachment>,
}

/// An attachment to write as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct RawAttachment {
    /// Its properties.
    pub props: Vec<RawProp>,
    /// The object in it.
    pub data: RawData,
}

/// The object in an attachment.
#[derive(Debug, Clone, PartialEq)]
pub enum RawData {
    /// None: bytes, a reference, or nothing.
    None,
    /// An embedded message.
    Message(Box<RawMessage>),
    /// Another object.
    Storage(RawStorage),
}

/// A storage to write as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawStorage {
    /// Its class.
    pub class: Guid,
    /// Its state bits.
    pub state_bits: u32,
    /// Its members.
    pub members: Vec<(ElementName, RawMember)>,
}

/// A member of a [`RawStorage`].
#[derive(Debug, Clone, PartialEq)]
pub enum RawMember {
    /// A storage.
    Storage(RawStorage),
    /// A stream.
    Stream(Vec<u8>),
}

/// Something that is still to be written.
enum Todo<'a> {
    Message(&'a RawMessage, Arc<dyn Storage>, HeaderKind),
    Storage(&'a RawStorage, Arc<dyn Storage>),
}

/// Writes a message with exactly these properties, class and names to an empty storage, which is not
/// committed.
///
/// # Errors
/// [`Code::Collision`] if the storage holds a message; those of writing to it.
///
/// # Example
/// ```
/// use openimsg::{CompoundFile, Guid, Message, RawMessage, RawProp, Storage, tags::*};
/// use std::sync::Arc;
///
/// let file: Arc<dyn Storage> = CompoundFile::memory().into();
/// let subject = RawProp {
///     tag: PR_SUBJECT_W.tag(),
///     flags: 6,
///     value: openimsg::PropValue::Unicode("as it was".into()),
/// };
/// let message = RawMessage { props: vec![subject], ..RawMessage::default() };
/// openimsg::restore(&message, Guid::CLSID_MAIL_MESSAGE, &[], &file)?;
/// assert_eq!(Message::open(file)?.get(PR_SUBJECT_W)?.as_deref(), Some("as it was"));
/// # Ok::<(), openimsg::Error>(())
/// ```
pub fn restore(
    message: &RawMessage,
    class: Guid,
    names: &[(PropId, NamedProp)],
    storage: &Arc<dyn Storage>,
) -> Result<()> {
    let empty = storage.elements().map_err(mapped)?.is_empty();
    if !empty {
        let note = "the storage is not empty";
        return Err(Error::new(Code::Collision, "restore message").note(note));
    }
    storage.set_class(class).map_err(mapped)?;
    let mut map = NameMap::default();
    let mut names: Vec<_> = names.iter().filter(|(id, _)| id.is_named()).collect();
    names.sort_by_key(|(id, _)| *id);
    for (id, name) in names {
        map.insert(id.value() & 0x7FFF, name.clone());
    }
    map.flush(storage, true)?;
    let mut todo = vec![Todo::Message(message, Arc::clone(storage), HeaderKind::TopLevel)];
    while let Some(next) = todo.pop() {
        match next {
            Todo::Message(message, storage, kind) => {
                write_message(message, &storage, kind, &mut todo)?
            }
            Todo::Storage(raw, storage) => write_storage(raw, &storage, &mut todo)?,
        }
    }
    Ok(())
}

fn write_message<'a>(
    message: &'a RawMessage,
    storage: &Arc<dyn Storage>,
    kind: HeaderKind,
    todo: &mut Vec<Todo<'a>>,
) -> Result<()> {
    let recipients = numbers(message.recipients.iter().map(Vec::as_slice), 0x3000);
    let attachments = numbers(message.attachments.iter().map(|a| a.props.as_slice()), 0x0E21);
    let next =
        |numbers: &[u32]| numbers.iter().max().map_or(0, |highest| highest.saturating_add(1));
    let count = |numbers: &[u32]| u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    let mut store = PropStore::new(Arc::clone(storage), kind, Limits::default());
    store.set_counters(Counters {
        next_recipient: next(&recipients),
        next_attachment: next(&attachments),
        recipients: count(&recipients),
        attachments: count(&attachments),
    });
    write_props(store, &message.props, 0)?;
    for (row, number) in message.recipients.iter().zip(recipients) {
        let inner = storage.create_storage(&recipient_name(number), MEMBER_RW).map_err(mapped)?;
        write_props(PropStore::new(inner, HeaderKind::Sub, Limits::default()), row, 0)?;
    }
    for (attachment, number) in message.attachments.iter().zip(attachments) {
        let inner = storage.create_storage(&attachment_name(number), MEMBER_RW).map_err(mapped)?;
        let reserved = match attachment.data {
            RawData::None => 0,
            RawData::Message(_) => 1,
            RawData::Storage(_) => 4,
        };
        let store = PropStore::new(Arc::clone(&inner), HeaderKind::Sub, Limits::default());
        write_props(store, &attachment.props, reserved)?;
        let name = value_name(super::open::DATA_OBJ);
        match &attachment.data {
            RawData::None => {}
            RawData::Message(message) => {
                let data = inner.create_storage(&name, MEMBER_RW).map_err(mapped)?;
                todo.push(Todo::Message(message, data, HeaderKind::Embedded));
            }
            RawData::Storage(raw) => {
                let data = inner.create_storage(&name, MEMBER_RW).map_err(mapped)?;
                todo.push(Todo::Storage(raw, data));
            }
        }
    }
    Ok(())
}

fn write_props(mut store: PropStore, props: &[RawProp], object_kind: u32) -> Result<()> {
    for prop in props {
        let RawProp { tag, flags, value } = prop;
        if *value == PropValue::Object {
            store.push_object(*tag, *flags, object_kind);
        } else {
            store.push_raw(Prop { tag: *tag, value: value.clone() }, *flags);
        }
    }
    store.flush().map(drop)
}

fn write_storage<'a>(
    raw: &'a RawStorage,
    storage: &Arc<dyn Storage>,
    todo: &mut Vec<Todo<'a>>,
) -> Result<()> {
    storage.set_class(raw.class).map_err(mapped)?;
    storage.set_state_bits(raw.state_bits, u32::MAX).map_err(mapped)?;
    for (name, member) in &raw.members {
        match member {
            RawMember::Stream(bytes) => crate::prop::store::write_stream(&**storage, name, bytes)?,
            RawMember::Storage(inner) => {
                let created = storage.create_storage(name, MEMBER_RW).map_err(mapped)?;
                todo.push(Todo::Storage(inner, created));
            }
        }
    }
    Ok(())
}

/// The numbers that the rows carry themselves, if those are in order and each is there; else 0, 1, ..
fn numbers<'a>(rows: impl Iterator<Item = &'a [RawProp]>, id: u16) -> Vec<u32> {
    let own = |row: &[RawProp]| {
        let found = row.iter().find(|prop| prop.tag.id() == PropId::new(id))?;
        match found.value {
            PropValue::Long(number) => Some(u32::from_le_bytes(number.to_le_bytes())),
            _ => None,
        }
    };
    let numbers: Vec<Option<u32>> = rows.map(own).collect();
    let sound: Option<Vec<u32>> = numbers.iter().copied().collect();
    match sound.filter(|numbers| numbers.is_sorted_by(|a, b| a < b)) {
        Some(numbers) => numbers,
        None => (0..u32::try_from(numbers.len()).unwrap_or(u32::MAX)).collect(),
    }
}
