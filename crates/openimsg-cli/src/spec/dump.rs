//! A dump on its way back to a file: schema `openimsg.dump/1`, docs/dump-schema.md.
//!
//! Texts in 8-bit form are decoded in a dump. Which bytes they were depends on what the message says
//! of its code page, and the message layer knows that rule: so a skeleton of the message is made in
//! memory first, and asked.

use super::file_name;
use crate::errors::Failure;
use crate::json::{Fields, Node};
use crate::values;
use openimsg::{
    CompoundFile, ElementName, Guid, MapiProp, Message, NamedProp, PropId, PropName, PropTag,
    PropType, PropValue, RawAttachment, RawData, RawMember, RawMessage, RawProp, RawStorage,
    Storage,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// How deep messages may nest.
const MAX_DEPTH: usize = 64;

/// A message to write exactly as a dump tells.
#[derive(Debug)]
pub(crate) struct Restore {
    /// The name of the file to make, safe.
    pub(crate) file: String,
    class: Guid,
    names: BTreeMap<PropId, NamedProp>,
    message: RawMessage,
    /// What the dump could not read, so that it cannot be restored.
    pub(crate) missing: Vec<String>,
}

/// Parses a dump; `default` names it if it does not name itself.
pub(super) fn parse(mut fields: Fields<'_>, default: Option<&Path>) -> Result<Restore, Failure> {
    let schema = fields.require("schema")?;
    let known = schema.string()?;
    if known != "openimsg.dump/1" {
        return Err(schema.complain(format!("\"{known}\" is not openimsg.dump/1")));
    }
    let own = fields.take("file").map(|node| node.string()).transpose()?;
    let own = own.or_else(|| default.map(|path| path.with_extension("").display().to_string()));
    let class = match fields.take("class_id") {
        Some(node) if !node.is_null() => node.parsed(str::parse)?,
        _ => Guid::NULL,
    };
    // The properties say it themselves, and findings are about the file that was read.
    let _ = (fields.take("unicode"), fields.take("findings"));
    let mut reader = Reader { names: BTreeMap::new(), missing: Vec::new() };
    if let Some(node) = fields.take("names") {
        node.array()?.iter().try_for_each(|node| reader.name_of_map(node))?;
    }
    let message = reader.message(fields.require("message")?, 0)?;
    fields.finish()?;
    let Reader { names, missing } = reader;
    let mut restore =
        Restore { file: file_name(&own.unwrap_or_default()), class, names, message, missing };
    restore.encode_texts()?;
    Ok(restore)
}

struct Reader {
    names: BTreeMap<PropId, NamedProp>,
    missing: Vec<String>,
}

impl Reader {
    fn message(&mut self, node: Node<'_>, depth: usize) -> Result<RawMessage, Failure> {
        if depth == MAX_DEPTH {
            return Err(node.complain(format!("more than {MAX_DEPTH} messages inside each other")));
        }
        let mut fields = node.object()?;
        let props = self.properties(&mut fields)?;
        let mut recipients = Vec::new();
        for node in list(&mut fields, "recipients")? {
            let mut row = node.object()?;
            recipients.push(self.properties(&mut row)?);
            row.finish()?;
        }
        let mut attachments = Vec::new();
        for node in list(&mut fields, "attachments")? {
            attachments.push(self.attachment(&node, depth)?);
        }
        fields.finish()?;
        Ok(RawMessage { props, recipients, attachments })
    }

    fn attachment(&mut self, node: &Node<'_>, depth: usize) -> Result<RawAttachment, Failure> {
        let mut fields = node.object()?;
        let props = self.properties(&mut fields)?;
        let (message, storage) = (fields.take("message"), fields.take("storage"));
        fields.finish()?;
        let data = match (message, storage) {
            (Some(message), None) => RawData::Message(Box::new(self.message(message, depth + 1)?)),
            (None, Some(node)) => RawData::Storage(storage_of(&node, 0)?),
            (None, None) => RawData::None,
            _ => return Err(node.complain("an attachment holds a message or a storage, not both")),
        };
        Ok(RawAttachment { props, data })
    }

    fn properties(&mut self, fields: &mut Fields<'_>) -> Result<Vec<RawProp>, Failure> {
        let mut props = Vec::new();
        for node in list(fields, "properties")? {
            props.extend(self.property(&node)?);
        }
        Ok(props)
    }

    /// A property; `None` for one whose value the dump could not read.
    fn property(&mut self, node: &Node<'_>) -> Result<Option<RawProp>, Failure> {
        let mut fields = node.object()?;
        let tag = fields.require("tag")?;
        let tag = PropTag::new(tag.parsed(|text| hex(text, 8))?);
        let flags = fields.take("flags").map(|node| node.int()).transpose()?.unwrap_or(6);
        let _ = fields.take("name");
        if let Some(node) = fields.take("type") {
            let name = node.string()?;
            if name != tag.prop_type().to_string() {
                let of = tag.prop_type();
                return Err(node.complain(format!("{name} is not the type of {tag}, {of} is")));
            }
        }
        if let Some(node) = fields.take("named") {
            let mut name = node.object()?;
            let property = named(&mut name)?;
            name.finish()?;
            self.add_name(tag.id(), property, &node)?;
        }
        let value = fields.require("value")?;
        let bytes = fields.take("bytes");
        fields.finish()?;
        if value.is_object() && value.object()?.has("error") {
            self.missing.push(format!("{tag} ({})", value.place()));
            return Ok(None);
        }
        let value = match (tag.prop_type(), bytes) {
            (PropType::PT_STRING8, Some(bytes)) => PropValue::String8(bytes.base64()?),
            (PropType::PT_MV_STRING8, Some(bytes)) => {
                let all = bytes.array()?;
                PropValue::MvString8(all.iter().map(Node::base64).collect::<Result<_, _>>()?)
            }
            (_, Some(bytes)) => return Err(bytes.complain("only 8-bit text has bytes beside it")),
            (prop_type, None) => values::from_dump(&value, prop_type)?,
        };
        Ok(Some(RawProp { tag, flags, value }))
    }

    /// An entry of the map of names.
    fn name_of_map(&mut self, node: &Node<'_>) -> Result<(), Failure> {
        let mut fields = node.object()?;
        let id: u32 = fields.require("tag")?.parsed(|text| hex(text, 4))?;
        let property = named(&mut fields)?;
        fields.finish()?;
        let id = u16::try_from(id).map_err(|_| node.complain("not an identifier"))?;
        self.add_name(PropId::new(id), property, node)
    }

    fn add_name(&mut self, id: PropId, name: NamedProp, node: &Node<'_>) -> Result<(), Failure> {
        if !id.is_named() {
            return Err(node.complain("only identifiers from 0x8000 up have names"));
        }
        match self.names.get(&id) {
            Some(known) if *known != name => {
                Err(node.complain(format!("0x{:04X} has two names", id.value())))
            }
            _ => {
                self.names.insert(id, name);
                Ok(())
            }
        }
    }
}

fn list<'a>(fields: &mut Fields<'a>, key: &'static str) -> Result<Vec<Node<'a>>, Failure> {
    fields.take(key).map_or_else(|| Ok(Vec::new()), |node| node.array())
}

fn named(fields: &mut Fields<'_>) -> Result<NamedProp, Failure> {
    let set: Guid = fields.require("set")?.parsed(str::parse)?;
    let (id, name) = (fields.take("id"), fields.take("name"));
    let name = match (id, name) {
        (Some(id), None) if id.is_string() => PropName::Id(id.parsed(|text| hex(text, 1))?),
        (Some(id), None) => PropName::Id(id.int()?),
        (None, Some(name)) => PropName::Text(name.string()?),
        _ => return Err(fields.owner().complain("a name has either \"id\" or \"name\"")),
    };
    Ok(NamedProp { set, name })
}

/// A `0x` number with at least this many digits.
fn hex(text: &str, digits: usize) -> Result<u32, String> {
    let bare = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or_default();
    let sound = bare.len() >= digits && bare.bytes().all(|b| b.is_ascii_hexdigit());
    match u32::from_str_radix(bare, 16) {
        Ok(number) if sound => Ok(number),
        _ => Err(format!("expected 0x and {digits} hexadecimal digits, found \"{text}\"")),
    }
}

fn storage_of(node: &Node<'_>, depth: usize) -> Result<RawStorage, Failure> {
    if depth == MAX_DEPTH {
        return Err(node.complain("storages nest too deeply"));
    }
    let mut fields = node.object()?;
    let class = match fields.take("class_id") {
        Some(node) if !node.is_null() => node.parsed(str::parse)?,
        _ => Guid::NULL,
    };
    let state_bits = fields.take("state_bits").map(|node| node.int()).transpose()?.unwrap_or(0);
    let mut members = Vec::new();
    for node in list(&mut fields, "members")? {
        let mut member = node.object()?;
        let name = member.require("name")?;
        let name = ElementName::new(&name.string()?)
            .map_err(|error| name.complain(error.detail().unwrap_or_default()))?;
        let content = match (member.take("storage"), member.take("stream")) {
            (Some(node), None) => RawMember::Storage(storage_of(&node, depth + 1)?),
            (None, Some(node)) => RawMember::Stream(values::bytes(&node)?),
            _ => return Err(node.complain("a member is either a \"storage\" or a \"stream\"")),
        };
        member.finish()?;
        members.push((name, content));
    }
    fields.finish()?;
    Ok(RawStorage { class, state_bits, members })
}

impl Restore {
    /// Writes the message to an empty storage, which is not committed.
    pub(crate) fn write(&self, storage: &Arc<dyn Storage>) -> openimsg::Result<()> {
        let names: Vec<_> = self.names.iter().map(|(id, name)| (*id, name.clone())).collect();
        openimsg::restore(&self.message, self.class, &names, storage)
    }

    /// Gives 8-bit texts their bytes.
    fn encode_texts(&mut self) -> Result<(), Failure> {
        let plain = |text: &str| Some(text.as_bytes().to_vec()).filter(|text| text.is_ascii());
        if encode_message(&mut self.message, None, &plain)? {
            return Ok(());
        }
        let storage: Arc<dyn Storage> = CompoundFile::memory().into();
        openimsg::restore(&skeleton(&self.message), Guid::NULL, &[], &storage)?;
        let message = Message::open(storage)?;
        encode_message(&mut self.message, Some(&message), &plain)?;
        Ok(())
    }
}

/// The message with only what tells its code page: numbers, and the transport headers.
fn skeleton(message: &RawMessage) -> RawMessage {
    let telling = |prop: &&RawProp| {
        let headers = prop.tag.id() == PropId::new(0x007D);
        matches!(prop.value, PropValue::Long(_)) || headers && prop.value.prop_type().is_string()
    };
    let attachments = message.attachments.iter().map(|attachment| {
        let data = match &attachment.data {
            RawData::Message(message) => RawData::Message(Box::new(skeleton(message))),
            _ => RawData::None,
        };
        let props = attachment.props.iter().filter(telling).cloned().collect();
        RawAttachment { props, data }
    });
    RawMessage {
        props: message.props.iter().filter(telling).cloned().collect(),
        recipients: Vec::new(),
        attachments: attachments.collect(),
    }
}

type Plain<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

/// Encodes the 8-bit texts of a message and of all in it, as far as that is possible without asking
/// `asked`; whether none is left.
fn encode_message(
    message: &mut RawMessage,
    asked: Option<&Message<'_>>,
    plain: Plain<'_>,
) -> Result<bool, Failure> {
    let object = asked.map(|message| &**message);
    let mut done = encode_props(&mut message.props, object, plain)?;
    for row in &mut message.recipients {
        done &= encode_props(row, object, plain)?;
    }
    let numbers = asked.map(|message| message.attachment_numbers()).transpose()?;
    for (at, attachment) in message.attachments.iter_mut().enumerate() {
        done &= encode_props(&mut attachment.props, object, plain)?;
        let RawData::Message(inner) = &mut attachment.data else { continue };
        let opened = match (asked, numbers.as_ref().and_then(|numbers| numbers.get(at))) {
            (Some(message), Some(number)) => Some(message.open_attach(*number)?.open_message()?),
            _ => None,
        };
        done &= encode_message(inner, opened.as_ref(), plain)?;
    }
    Ok(done)
}

fn encode_props(
    props: &mut [RawProp],
    object: Option<&MapiProp<'_>>,
    plain: Plain<'_>,
) -> Result<bool, Failure> {
    let encode = |text: &openimsg::Text| -> Result<Option<Vec<u8>>, Failure> {
        let text = text.to_string_lossy();
        match (plain(&text), object) {
            (Some(bytes), _) => Ok(Some(bytes)),
            (None, Some(object)) => Ok(Some(object.encode(&text)?.bytes.into_owned())),
            (None, None) => Ok(None),
        }
    };
    let mut done = true;
    for prop in props {
        let encoded = match (prop.tag.prop_type(), &prop.value) {
            (PropType::PT_STRING8, PropValue::Unicode(text)) => {
                encode(text)?.map(PropValue::String8)
            }
            (PropType::PT_MV_STRING8, PropValue::MvUnicode(texts)) => {
                let all = texts.iter().map(encode).collect::<Result<Option<_>, _>>()?;
                all.map(PropValue::MvString8)
            }
            _ => continue,
        };
        match encoded {
            Some(value) => prop.value = value,
            None => done = false,
        }
    }
    Ok(done)
}
