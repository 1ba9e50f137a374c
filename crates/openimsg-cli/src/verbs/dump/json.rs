//! The dump as JSON, schema `openimsg.dump/1`; docs/dump-schema.md describes it.
//! Spec: F-136, F-137 (msg-format 12).

use crate::json::{Base64, Bytes, TextJson};
use crate::tree::{AttachTree, Data, MessageTree, PropTree, Tree};
use crate::values::ValueJson;
use openimsg::{
    ElementName, Finding, Guid, NamedProp, PropId, PropName, PropValue, RawMember, RawStorage, Text,
};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// The schema that this file writes.
pub(crate) const SCHEMA: &str = "openimsg.dump/1";

/// A whole file.
pub(crate) struct Document<'a> {
    pub(crate) file: &'a str,
    pub(crate) tree: &'a Tree,
    pub(crate) digest: bool,
}

/// The storages and streams of a file.
pub(crate) struct RawDocument<'a> {
    pub(crate) file: &'a str,
    pub(crate) storage: &'a RawStorage,
    pub(crate) digest: bool,
}

struct With<'a, T> {
    it: &'a T,
    tree: &'a Tree,
    digest: bool,
}

impl<'a, T> With<'a, T> {
    fn all<U>(&self, items: &'a [U]) -> Vec<With<'a, U>> {
        items.iter().map(|it| With { it, tree: self.tree, digest: self.digest }).collect()
    }

    fn one<U>(&self, it: &'a U) -> With<'a, U> {
        With { it, tree: self.tree, digest: self.digest }
    }
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Document { file, tree, digest } = *self;
        let names: Vec<NameJson<'_>> =
            tree.names.iter().map(|(id, name)| NameJson { id: Some(*id), name }).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", SCHEMA)?;
        map.serialize_entry("file", file)?;
        map.serialize_entry("class_id", &class(tree.class))?;
        map.serialize_entry("unicode", &tree.unicode)?;
        map.serialize_entry("message", &With { it: &tree.message, tree, digest })?;
        map.serialize_entry("names", &names)?;
        map.serialize_entry("findings", &findings(&tree.findings))?;
        map.end()
    }
}

impl Serialize for RawDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", "openimsg.storage/1")?;
        map.serialize_entry("file", self.file)?;
        map.serialize_entry("storage", &StorageJson(self.storage, self.digest))?;
        map.end()
    }
}

fn class(class: Guid) -> Option<String> {
    (!class.is_null()).then(|| class.to_string())
}

impl Serialize for With<'_, MessageTree> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("properties", &self.all(&self.it.properties))?;
        map.serialize_entry("recipients", &self.all(&self.it.recipients))?;
        map.serialize_entry("attachments", &self.all(&self.it.attachments))?;
        map.end()
    }
}

/// A recipient.
impl Serialize for With<'_, Vec<PropTree>> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("properties", &self.all(self.it))?;
        map.end()
    }
}

impl Serialize for With<'_, AttachTree> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("properties", &self.all(&self.it.properties))?;
        match &self.it.data {
            Data::None => {}
            Data::Message(message) => map.serialize_entry("message", &self.one(&**message))?,
            Data::Storage(storage) => {
                map.serialize_entry("storage", &StorageJson(storage, self.digest))?;
            }
        }
        map.end()
    }
}

impl Serialize for With<'_, PropTree> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let PropTree { tag, flags, value, decoded, lossy } = self.it;
        let named = self.tree.names.get(&tag.id());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("tag", &tag.to_string())?;
        let known = named.and_then(openimsg::named_fact).map(openimsg::NamedFact::canonical_name);
        match openimsg::prop_name(*tag) {
            Some(name) => map.serialize_entry("name", &*name)?,
            None => map.serialize_entry("name", &known)?,
        }
        map.serialize_entry("type", &tag.prop_type().to_string())?;
        map.serialize_entry("flags", flags)?;
        if let Some(name) = named {
            map.serialize_entry("named", &NameJson { id: None, name })?;
        }
        match value {
            Ok(value) => {
                let digest = self.digest;
                map.serialize_entry("value", &ValueJson { value, decoded, digest })?;
            }
            Err(code) => map.serialize_entry("value", &Unreadable { error: code.mapi_name() })?,
        }
        match value {
            Ok(PropValue::String8(bytes)) if *lossy => {
                map.serialize_entry("bytes", &Base64(bytes))?;
            }
            Ok(PropValue::MvString8(all)) if *lossy => {
                let all: Vec<Base64<'_>> = all.iter().map(|bytes| Base64(bytes)).collect();
                map.serialize_entry("bytes", &all)?;
            }
            _ => {}
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Unreadable {
    error: &'static str,
}

/// A name, alone or with its identifier as an entry of the map.
struct NameJson<'a> {
    id: Option<PropId>,
    name: &'a NamedProp,
}

impl Serialize for NameJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(id) = self.id {
            map.serialize_entry("tag", &format!("0x{:04X}", id.value()))?;
        }
        map.serialize_entry("set", &self.name.set.to_string())?;
        match &self.name.name {
            PropName::Id(id) => map.serialize_entry("id", &format!("0x{id:04X}"))?,
            PropName::Text(name) => map.serialize_entry("name", name)?,
        }
        map.end()
    }
}

struct StorageJson<'a>(&'a RawStorage, bool);

impl Serialize for StorageJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members: Vec<MemberJson<'_>> = self
            .0
            .members
            .iter()
            .map(|(name, member)| MemberJson { name, member, digest: self.1 })
            .collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("class_id", &class(self.0.class))?;
        map.serialize_entry("state_bits", &self.0.state_bits)?;
        map.serialize_entry("members", &members)?;
        map.end()
    }
}

struct MemberJson<'a> {
    name: &'a ElementName,
    member: &'a RawMember,
    digest: bool,
}

impl Serialize for MemberJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = Text::from_units(self.name.units());
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("name", &TextJson(&name))?;
        match self.member {
            RawMember::Storage(storage) => {
                map.serialize_entry("storage", &StorageJson(storage, self.digest))?;
            }
            RawMember::Stream(bytes) => {
                map.serialize_entry("stream", &Bytes { bytes, digest: self.digest })?;
            }
        }
        map.end()
    }
}

/// The findings of a file or a check.
pub(crate) fn findings(findings: &[Finding]) -> Vec<FindingJson<'_>> {
    findings.iter().map(FindingJson::from).collect()
}

/// A finding.
#[derive(Serialize)]
pub(crate) struct FindingJson<'a> {
    severity: &'static str,
    code: &'a str,
    text: &'a str,
    path: &'a str,
    offset: Option<u64>,
    rule: Option<&'static str>,
}

impl<'a> From<&'a Finding> for FindingJson<'a> {
    fn from(finding: &'a Finding) -> Self {
        let place = finding.place();
        FindingJson {
            severity: finding.severity().name(),
            code: finding.code(),
            text: finding.text(),
            path: place.path(),
            offset: place.offset(),
            rule: place.broken_rule(),
        }
    }
}
