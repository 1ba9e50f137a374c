//! The properties of one object, on its storage. Values are read when asked for.
//!
//! Opening reads the property stream alone. Changes stay in memory until [`PropStore::flush`]
//! writes the streams that changed and the property stream, nothing else.

mod read;
mod simple;
mod write;

pub(crate) use simple::read_simple;
pub(crate) use write::write_stream;

use super::codec;
use super::stream::{HeaderKind, NAME, PropStream, RawEntry, size_field, value_name};
use super::{Prop, PropId, PropTag, PropType, PropValue, Storing};
use crate::error::{Code, Error, Place, Result, map_storage_code};
use crate::limits::Limits;
use crate::stg::{ElementName, MEMBER_READ, MEMBER_RW, Mode, Storage, Stream};
use crate::wire::KeyMap;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};

/// Readable and writeable: the flags of an ordinary property. Spec: F-028.
pub(crate) const ORDINARY: u32 = 6;

/// The properties of a message, recipient or attachment.
pub(crate) struct PropStore {
    storage: Arc<dyn Storage>,
    kind: HeaderKind,
    header: PropStream,
    items: Vec<Item>,
    /// Position by identifier, once there are many.
    index: Option<KeyMap<PropId, usize>>,
    /// Whether some identifier has several entries; not known before it matters.
    duplicates: Option<bool>,
    /// Streams of properties that were removed or changed their type.
    stale: HashSet<PropTag>,
    /// Value streams that were given out and may still be open: an element is open once only.
    given_out: HashMap<PropTag, Weak<dyn Stream>>,
    changed: bool,
    limits: Limits,
}

struct Item {
    raw: RawEntry,
    value: Pending,
}

enum Pending {
    /// As stored.
    Stored,
    /// Set, not yet written.
    Set(Box<PropValue>),
    /// Written through a stream or storage of its own; the size is taken at the flush.
    Opened,
    /// Removed; the entry goes at the flush, so that positions stay.
    Gone,
}

impl Item {
    fn is_live(&self) -> bool {
        !matches!(self.value, Pending::Gone)
    }
}

/// From where on an index pays.
const INDEX_FROM: usize = 24;

impl PropStore {
    /// Reads the property stream of an object.
    ///
    /// # Errors
    /// [`Code::CorruptData`] if there is none or it lacks its header, else the storage's code mapped.
    pub(crate) fn open(
        storage: Arc<dyn Storage>,
        kind: HeaderKind,
        limits: Limits,
    ) -> Result<PropStore> {
        let name = ElementName::ascii(NAME);
        // Longer ones hold too many properties in any case.
        let limit = (limits.properties as u64).saturating_mul(16).saturating_add(64);
        let mut read = None;
        let item = |raw| Item { raw, value: Pending::Stored };
        let work = &mut |bytes: &[u8]| {
            read = Some(PropStream::read_as(bytes, kind, limits.properties, item));
        };
        storage.with_stream(&name, limit, work).map_err(mapped)?;
        let Some(read) = read else {
            let note = "there is no property stream";
            let error = Error::new(Code::CorruptData, "read property stream").note(note);
            return Err(error.place(Place::new("/__properties_version1.0").rule("MS-OXMSG 2.4")));
        };
        let (header, items) = read?;
        Ok(PropStore::with(storage, kind, header, items, limits))
    }

    /// An object without properties, not yet stored.
    pub(crate) fn new(storage: Arc<dyn Storage>, kind: HeaderKind, limits: Limits) -> PropStore {
        let mut store = PropStore::with(storage, kind, PropStream::new(kind), Vec::new(), limits);
        store.changed = true;
        store
    }

    fn with(
        storage: Arc<dyn Storage>,
        kind: HeaderKind,
        header: PropStream,
        items: Vec<Item>,
        limits: Limits,
    ) -> PropStore {
        PropStore {
            storage,
            kind,
            header,
            items,
            index: None,
            duplicates: None,
            stale: HashSet::new(),
            given_out: HashMap::new(),
            changed: false,
            limits,
        }
    }

    pub(crate) fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    pub(crate) fn header(&self) -> &PropStream {
        &self.header
    }

    pub(crate) fn set_counters(&mut self, counters: super::stream::Counters) {
        if self.header.counters() != counters {
            self.header.set_counters(counters);
            self.changed = true;
        }
    }

    pub(crate) fn is_changed(&self) -> bool {
        self.changed
    }

    /// Tags and flags in stored order, duplicates included.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (PropTag, u32)> + '_ {
        self.positions().map(|(_, tag, flags)| (tag, flags))
    }

    /// The same with the positions that [`PropStore::get_at`] takes.
    pub(crate) fn positions(&self) -> impl Iterator<Item = (usize, PropTag, u32)> + '_ {
        let live = self.items.iter().enumerate().filter(|(_, item)| item.is_live());
        live.map(|(at, item)| (at, item.raw.tag(), item.raw.flags()))
    }

    /// Whether there are that many properties.
    pub(crate) fn has_reached(&self, limit: usize) -> bool {
        self.items.len() >= limit
            && self.items.iter().filter(|item| item.is_live()).count() >= limit
    }

    /// The position of a property. Of duplicates the first counts; of the two text widths PT_UNICODE.
    fn position(&mut self, id: PropId) -> Option<usize> {
        let first = if self.items.len() < INDEX_FROM {
            self.items.iter().position(|item| item.is_live() && item.raw.tag().id() == id)?
        } else {
            *self.index().get(&id)?
        };
        Some(self.preferred(first))
    }

    fn index(&mut self) -> &KeyMap<PropId, usize> {
        let items = &self.items;
        self.index.get_or_insert_with(|| {
            let mut index = KeyMap::default();
            index.reserve(items.len());
            for (at, item) in items.iter().enumerate().filter(|(_, item)| item.is_live()) {
                index.entry(item.raw.tag().id()).or_insert(at);
            }
            index
        })
    }

    fn has_duplicates(&mut self) -> bool {
        let items = &self.items;
        *self.duplicates.get_or_insert_with(|| {
            let mut seen = HashSet::with_capacity(items.len());
            items.iter().filter(|item| item.is_live()).any(|item| !seen.insert(item.raw.tag().id()))
        })
    }

    /// Where a PT_STRING8 has a PT_UNICODE twin, the twin. Spec: msg-format 1.6.
    fn preferred(&mut self, first: usize) -> usize {
        let Some(tag) = self.items.get(first).map(|item| item.raw.tag()) else { return first };
        let wide = match tag.prop_type() {
            PropType::PT_STRING8 => PropType::PT_UNICODE,
            PropType::PT_MV_STRING8 => PropType::PT_MV_UNICODE,
            _ => return first,
        };
        if !self.has_duplicates() {
            return first;
        }
        let twin = tag.with_type(wide);
        let is_twin = |item: &Item| item.is_live() && item.raw.tag() == twin;
        self.items.iter().position(is_twin).unwrap_or(first)
    }

    /// The stored tag of a property, whatever its type.
    pub(crate) fn tag(&mut self, id: PropId) -> Option<PropTag> {
        let at = self.position(id)?;
        self.items.get(at).map(|item| item.raw.tag())
    }

    /// Whether the value was set and is not yet in its stream.
    pub(crate) fn is_pending(&mut self, id: PropId) -> bool {
        let at = self.position(id);
        at.and_then(|at| self.items.get(at))
            .is_some_and(|item| matches!(item.value, Pending::Set(_)))
    }

    pub(crate) fn flags(&mut self, id: PropId) -> Option<u32> {
        let at = self.position(id)?;
        self.items.get(at).map(|item| item.raw.flags())
    }

    /// Changes the attribute bits of a property's flags word. False if it is absent.
    pub(crate) fn set_flags(&mut self, id: PropId, bits: u32) -> bool {
        let Some(at) = self.position(id) else { return false };
        let Some(item) = self.items.get_mut(at) else { return false };
        let flags = (item.raw.flags() & !7) | bits;
        if item.raw.flags() != flags {
            item.raw = RawEntry::new(item.raw.tag(), flags, item.raw.value());
            self.changed = true;
        }
        true
    }

    /// The value of a property with its stored tag. `None` if it is absent, or has an entry but no
    /// stream. Spec: F-030.
    ///
    /// # Errors
    /// [`Code::CorruptData`] if the value cannot be read, [`Code::TooBig`] above a limit.
    pub(crate) fn get(&mut self, id: PropId) -> Result<Option<Prop>> {
        match self.position(id) {
            Some(at) => self.get_at(at),
            None => Ok(None),
        }
    }

    /// The value of the entry at a position of [`PropStore::entries`].
    pub(crate) fn get_at(&self, at: usize) -> Result<Option<Prop>> {
        let Some(item) = self.items.get(at) else { return Ok(None) };
        let tag = item.raw.tag();
        let value = match &item.value {
            Pending::Gone => return Ok(None),
            Pending::Set(value) => Some((**value).clone()),
            Pending::Stored | Pending::Opened => self.read(tag, item.raw).map_err(|error| {
                error.place(Place::new(format!("/{}", value_name(tag))).rule("MS-OXMSG 2.4.2"))
            })?,
        };
        Ok(value.map(|value| Prop { tag, value }))
    }

    /// Sets a property. The flags are those it has, or `flags` when it is new.
    pub(crate) fn set(&mut self, prop: Prop, flags: u32) {
        let Prop { tag, value } = prop;
        let fixed = codec::encode_inline(&value);
        let pending = match fixed {
            Some(_) => Pending::Stored,
            None => Pending::Set(Box::new(value)),
        };
        // A stream that is written anew keeps the name it was found under; elements of a
        // multivalued property may become fewer.
        let renewed = tag.prop_type().storing() == Some(Storing::Elements);
        self.enter(tag, flags, fixed, pending, renewed);
    }

    /// Makes an entry for a value that is written through a stream or storage of its own.
    pub(crate) fn set_opened(&mut self, tag: PropTag, flags: u32, field: [u8; 8]) {
        self.enter(tag, flags, Some(field), Pending::Opened, false);
        // What lies under this name now is the new value, even if an older one was to be removed.
        self.stale.remove(&tag);
    }

    /// Puts an entry in the place of those with its identifier, or at the end.
    fn enter(
        &mut self,
        tag: PropTag,
        flags: u32,
        field: Option<[u8; 8]>,
        value: Pending,
        renewed: bool,
    ) {
        self.changed = true;
        let Some(at) = self.position(tag.id()) else {
            let raw = RawEntry::new(tag, flags, field.unwrap_or_default());
            return self.push(Item { raw, value });
        };
        if self.has_duplicates() {
            self.remove_twins(at, tag);
        }
        let Some(old) = self.items.get(at).map(|item| item.raw) else { return };
        // A changed type is a new entry in the old place.
        let mut raw = old;
        if old.tag() != tag {
            raw = RawEntry::new(tag, old.flags(), [0; 8]);
        }
        if let Some(field) = field {
            raw = raw.with_value(field);
        }
        if renewed || old.tag() != tag {
            self.retire(at);
        }
        if let Some(item) = self.items.get_mut(at) {
            *item = Item { raw, value };
        }
    }

    /// An edited property has one entry: the others of its identifier go.
    fn remove_twins(&mut self, kept: usize, tag: PropTag) {
        for at in 0..self.items.len() {
            let found = self.items.get(at).filter(|item| item.is_live()).map(|item| item.raw.tag());
            let Some(found) = found.filter(|found| at != kept && found.id() == tag.id()) else {
                continue;
            };
            if found != tag {
                self.retire(at);
            }
            if let Some(item) = self.items.get_mut(at) {
                item.value = Pending::Gone;
            }
        }
        if let Some(index) = &mut self.index {
            index.insert(tag.id(), kept);
        }
    }

    /// Appends an entry exactly as given; for restoring.
    pub(crate) fn push_raw(&mut self, prop: Prop, flags: u32) {
        self.changed = true;
        let fixed = codec::encode_inline(&prop.value);
        let raw = RawEntry::new(prop.tag, flags, fixed.unwrap_or_default());
        let value =
            if fixed.is_some() { Pending::Stored } else { Pending::Set(Box::new(prop.value)) };
        self.duplicates = None;
        self.push(Item { raw, value });
    }

    /// Appends the entry of an object whose storage is written by somebody else; for restoring.
    pub(crate) fn push_object(&mut self, tag: PropTag, flags: u32, reserved: u32) {
        self.changed = true;
        let raw = RawEntry::new(tag, flags, size_field(u32::MAX, reserved));
        self.duplicates = None;
        self.push(Item { raw, value: Pending::Opened });
    }

    fn push(&mut self, item: Item) {
        if let Some(index) = &mut self.index {
            index.entry(item.raw.tag().id()).or_insert(self.items.len());
        }
        self.items.push(item);
    }

    /// Notes the streams of the entry at `at` for removal, if another value takes its place or none.
    fn retire(&mut self, at: usize) {
        let tag = self.items.get(at).map(|item| item.raw.tag());
        if let Some(tag) = tag
            && tag.prop_type().storing() != Some(Storing::Inline)
        {
            self.stale.insert(tag);
        }
    }

    /// Removes a property, all entries of its identifier included. False if it was absent.
    pub(crate) fn remove(&mut self, id: PropId) -> bool {
        let Some(at) = self.position(id) else { return false };
        if self.has_duplicates()
            && let Some(tag) = self.items.get(at).map(|item| item.raw.tag())
        {
            self.remove_twins(at, tag);
        }
        self.retire(at);
        if let Some(item) = self.items.get_mut(at) {
            item.value = Pending::Gone;
        }
        if let Some(index) = &mut self.index {
            index.remove(&id);
        }
        self.changed = true;
        true
    }

    /// The value stream of a property for reading; `None` if its entry has no stream.
    pub(crate) fn give_out(&mut self, tag: PropTag) -> Result<Option<Arc<dyn Stream>>> {
        let stream = match self.storage.open_stream(&value_name(tag), MEMBER_READ) {
            Err(e) if e.code() == Code::StgFileNotFound => return Ok(None),
            opened => opened.map_err(mapped)?,
        };
        self.given_out.insert(tag, Arc::downgrade(&stream));
        Ok(Some(stream))
    }

    /// The value stream of a property for reading, also if it is open already.
    pub(crate) fn stream_of(&mut self, tag: PropTag) -> Result<Option<Arc<dyn Stream>>> {
        match self.opened_stream(tag) {
            Some(open) => Ok(Some(open)),
            None => self.give_out(tag),
        }
    }

    /// The size that the entry of a property claims for its stream.
    pub(crate) fn size_hint(&mut self, id: PropId) -> Option<u32> {
        let at = self.position(id)?;
        let [a, b, c, d, ..] = self.items.get(at)?.raw.value();
        Some(u32::from_le_bytes([a, b, c, d]))
    }

    /// The value stream of a property for change. `create` begins with an empty one and enters the
    /// property; else the caller tells with [`PropStore::was_written`] when it wrote.
    pub(crate) fn give_out_for_change(
        &mut self,
        tag: PropTag,
        create: Option<u32>,
    ) -> Result<Arc<dyn Stream>> {
        let name = value_name(tag);
        let stream = match create {
            Some(_) => self.storage.create_stream(&name, MEMBER_RW.and(Mode::CREATE)),
            None => self.storage.open_stream(&name, MEMBER_RW),
        };
        let stream = stream.map_err(mapped)?;
        if let Some(flags) = create {
            self.set_opened(tag, flags, [0; 8]);
        }
        self.given_out.insert(tag, Arc::downgrade(&stream));
        Ok(stream)
    }

    /// The value of a property changed in the stream that was given out.
    pub(crate) fn was_written(&mut self, tag: PropTag) {
        let Some(at) = self.position(tag.id()) else { return };
        if let Some(item) = self.items.get_mut(at).filter(|item| item.raw.tag() == tag) {
            item.value = Pending::Opened;
            self.changed = true;
        }
    }

    fn opened_stream(&self, tag: PropTag) -> Option<Arc<dyn Stream>> {
        self.given_out.get(&tag).and_then(Weak::upgrade)
    }
}

/// A storage's error as the message door answers it.
pub(crate) fn mapped(error: Error) -> Error {
    let code = map_storage_code(error.code());
    if code == error.code() { error } else { error.wrap(code, "access the message's storage") }
}
