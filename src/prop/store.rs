//! The properties of one object, on its storage. Values are read when asked for.
//!
//! Opening reads the property stream alone. Changes stay in memory until [`PropStore::flush`]
//! writes the streams that changed and the property stream, nothing else.

use super::codec;
use super::stream::{
    HeaderKind, NAME, PropStream, RawEntry, element_name, size_field, tag_of_usual_name, value_name,
};
use super::{Prop, PropId, PropTag, PropType, PropValue, Storing};
use crate::error::{Code, Error, Place, Result, map_storage_code};
use crate::limits::Limits;
use crate::stg::{ElementName, MEMBER_READ, MEMBER_RW, Mode, Storage, Stream};
use crate::wire::KeyMap;
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

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
    /// Streams of properties that were removed or changed their type.
    stale: HashSet<PropTag>,
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
        let (index, stale) = (None, HashSet::new());
        PropStore { storage, kind, header, items, index, stale, changed: false, limits }
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
        self.items.iter().map(|item| (item.raw.tag(), item.raw.flags()))
    }

    /// The position of a property. Of duplicates the first counts; of the two text widths PT_UNICODE.
    fn position(&mut self, id: PropId) -> Option<usize> {
        if self.items.len() < INDEX_FROM {
            let matching = |item: &Item| item.raw.tag().id() == id;
            let first = self.items.iter().position(matching)?;
            return Some(self.preferred(first));
        }
        if self.index.is_none() {
            let mut index = KeyMap::default();
            index.reserve(self.items.len());
            for (at, item) in self.items.iter().enumerate() {
                index.entry(item.raw.tag().id()).or_insert(at);
            }
            self.index = Some(index);
        }
        let first = *self.index.as_ref()?.get(&id)?;
        Some(self.preferred(first))
    }

    /// Where a PT_STRING8 has a PT_UNICODE twin, the twin. Spec: msg-format 1.6.
    fn preferred(&self, first: usize) -> usize {
        let Some(tag) = self.items.get(first).map(|item| item.raw.tag()) else { return first };
        if tag.prop_type() != PropType::PT_STRING8 {
            return first;
        }
        let twin = tag.with_type(PropType::PT_UNICODE);
        self.items.iter().position(|item| item.raw.tag() == twin).unwrap_or(first)
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
            Pending::Set(value) => Some((**value).clone()),
            Pending::Stored | Pending::Opened => self.read(tag, item.raw).map_err(|error| {
                error.place(Place::new(format!("/{}", value_name(tag))).rule("MS-OXMSG 2.4.2"))
            })?,
        };
        Ok(value.map(|value| Prop { tag, value }))
    }

    fn read(&self, tag: PropTag, raw: RawEntry) -> Result<Option<PropValue>> {
        let prop_type = tag.prop_type();
        match prop_type.storing() {
            Some(Storing::Inline) => Ok(Some(codec::decode_inline(prop_type, raw.value()))),
            Some(Storing::Stream | Storing::Packed(_)) => {
                let limit = match prop_type {
                    PropType::PT_UNICODE | PropType::PT_STRING8 => self.limits.text_bytes,
                    _ => self.limits.value_bytes,
                };
                self.with_stream(&value_name(tag), limit, |bytes| {
                    codec::decode_stream(prop_type, bytes)
                })
            }
            Some(Storing::Elements) => self.read_elements(tag),
            Some(Storing::Object) => Ok(self.has_storage(tag)?.then_some(PropValue::Object)),
            None => {
                let limit = self.limits.value_bytes;
                let stored = self.with_stream(&value_name(tag), limit, <[u8]>::to_vec)?;
                let bytes = stored.unwrap_or_else(|| raw.value().to_vec());
                Ok(Some(PropValue::Opaque(prop_type, bytes)))
            }
        }
    }

    /// Whether an object property has its storage.
    pub(crate) fn has_storage(&self, tag: PropTag) -> Result<bool> {
        match self.storage.open_storage(&value_name(tag), MEMBER_READ) {
            Ok(_) => Ok(true),
            // Open already: then it is there.
            Err(e) if e.code() == Code::StgAccessDenied => Ok(true),
            Err(e) if e.code() == Code::StgFileNotFound => Ok(false),
            Err(e) => Err(mapped(e)),
        }
    }

    /// Calls `f` with all bytes of a stream, where they lie if possible. `None` if there is none.
    fn with_stream<T>(
        &self,
        name: &ElementName,
        limit: u64,
        f: impl Fn(&[u8]) -> T,
    ) -> Result<Option<T>> {
        let mut result = None;
        let work = &mut |bytes: &[u8]| result = Some(f(bytes));
        self.storage.with_stream(name, limit, work).map_err(mapped)?;
        Ok(result)
    }

    /// A multivalued text or binary. The value streams are the truth; a missing one is empty.
    ///
    /// Spec: F-026, msg-format 1.4.
    fn read_elements(&self, tag: PropTag) -> Result<Option<PropValue>> {
        let stride = codec::length_stride(tag.prop_type());
        let limit = self.limits.value_bytes;
        let lengths =
            self.with_stream(&value_name(tag), limit, |bytes| bytes.len() as u64 / stride)?;
        let mut elements = Vec::new();
        let mut total = 0_u64;
        for index in 0..u32::MAX {
            let element = self.with_stream(&element_name(tag, index), limit, <[u8]>::to_vec)?;
            match (element, lengths) {
                (None, None) => break,
                (None, Some(count)) if u64::from(index) >= count => break,
                (element, _) => {
                    let element = element.unwrap_or_default();
                    total = total.saturating_add(element.len() as u64 + 16);
                    if total > self.limits.value_bytes {
                        return Err(Error::new(Code::TooBig, "read multivalued property"));
                    }
                    elements.push(element);
                }
            }
        }
        if lengths.is_none() && elements.is_empty() {
            return Ok(None);
        }
        Ok(Some(codec::decode_elements(tag.prop_type(), elements)))
    }

    /// Sets a property. The flags are those it has, or `flags` when it is new.
    pub(crate) fn set(&mut self, prop: Prop, flags: u32) {
        let Prop { tag, value } = prop;
        self.changed = true;
        let fixed = codec::encode_inline(&value);
        let place = |raw: RawEntry| raw.with_value(fixed.unwrap_or_else(|| raw.value()));
        let pending = if fixed.is_some() { Pending::Stored } else { Pending::Set(Box::new(value)) };
        if let Some(at) = self.position(tag.id()) {
            let old = self.items.get(at).map(|item| item.raw.tag());
            // A stream that is written anew keeps the name it was found under; elements of a
            // multivalued property may become fewer.
            if old != Some(tag) || tag.prop_type().storing() == Some(Storing::Elements) {
                self.retire(at);
            }
            if let Some(item) = self.items.get_mut(at) {
                // A changed type is a new entry in the old place.
                let raw = if old == Some(tag) {
                    item.raw
                } else {
                    RawEntry::new(tag, item.raw.flags(), [0; 8])
                };
                *item = Item { raw: place(raw), value: pending };
            }
            return;
        }
        let raw = place(RawEntry::new(tag, flags, [0; 8]));
        self.push(Item { raw, value: pending });
    }

    /// Makes an entry for a value that is written through a stream or storage of its own.
    pub(crate) fn set_opened(&mut self, tag: PropTag, flags: u32, field: [u8; 8]) {
        self.changed = true;
        if let Some(at) = self.position(tag.id()) {
            if self.items.get(at).is_some_and(|item| item.raw.tag() != tag) {
                self.retire(at);
            }
            if let Some(item) = self.items.get_mut(at) {
                let flags = item.raw.flags();
                *item = Item { raw: RawEntry::new(tag, flags, field), value: Pending::Opened };
            }
            return;
        }
        self.push(Item { raw: RawEntry::new(tag, flags, field), value: Pending::Opened });
    }

    /// Appends an entry exactly as given; for restoring.
    pub(crate) fn push_raw(&mut self, prop: Prop, flags: u32) {
        self.changed = true;
        let fixed = codec::encode_inline(&prop.value);
        let raw = RawEntry::new(prop.tag, flags, fixed.unwrap_or_default());
        let value =
            if fixed.is_some() { Pending::Stored } else { Pending::Set(Box::new(prop.value)) };
        self.push(Item { raw, value });
    }

    /// Appends the entry of an object whose storage is written by somebody else; for restoring.
    pub(crate) fn push_object(&mut self, tag: PropTag, flags: u32, reserved: u32) {
        self.changed = true;
        let raw = RawEntry::new(tag, flags, size_field(u32::MAX, reserved));
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

    pub(crate) fn set_flags(&mut self, id: PropId, flags: u32) -> bool {
        let Some(at) = self.position(id) else { return false };
        if let Some(item) = self.items.get_mut(at)
            && item.raw.flags() != flags
        {
            item.raw = item.raw.with_flags(flags);
            self.changed = true;
        }
        true
    }

    /// Removes a property, all entries of its identifier included. False if it was absent.
    pub(crate) fn remove(&mut self, id: PropId) -> bool {
        let mut found = false;
        while let Some(at) = self.items.iter().position(|item| item.raw.tag().id() == id) {
            self.retire(at);
            self.items.remove(at);
            found = true;
        }
        if found {
            self.index = None;
            self.changed = true;
        }
        found
    }

    /// Opens the value stream of a property for writing, made empty if asked for.
    pub(crate) fn open_value_stream(
        &mut self,
        tag: PropTag,
        create: bool,
    ) -> Result<Arc<dyn Stream>> {
        let name = value_name(tag);
        // A value that was set and not yet written must be what the stream begins with.
        let pending = self.position(tag.id()).and_then(|at| match self.items.get(at) {
            Some(Item { raw, value: Pending::Set(value) }) if raw.tag() == tag => {
                codec::encode_stream(value)
            }
            _ => None,
        });
        self.stale.remove(&tag);
        let stream = if create || pending.is_some() {
            self.storage.create_stream(&name, MEMBER_RW.and(Mode::CREATE))
        } else {
            self.storage.open_stream(&name, MEMBER_RW)
        };
        let stream = stream.map_err(mapped)?;
        if let Some(bytes) = pending.filter(|_| !create) {
            stream.write_at(0, &bytes).map_err(mapped)?;
        }
        self.set_opened(tag, ORDINARY, [0; 8]);
        Ok(stream)
    }

    /// Writes what changed: value streams first, then the property stream.
    ///
    /// Nothing changed means nothing written. On an error everything stays pending and the next flush
    /// tries again in full.
    pub(crate) fn flush(&mut self) -> Result<bool> {
        if !self.changed {
            return Ok(false);
        }
        self.write_values()?;
        let mut stream = self.header.clone();
        stream.entries = self.items.iter().map(|item| item.raw).collect();
        let name = ElementName::ascii(NAME);
        write_stream(&*self.storage, &name, &stream.to_bytes(self.kind))?;
        for item in &mut self.items {
            item.value = Pending::Stored;
        }
        self.stale.clear();
        self.changed = false;
        Ok(true)
    }

    fn write_values(&mut self) -> Result<()> {
        if !self.stale.is_empty() {
            self.remove_stale()?;
        }
        for item in &mut self.items {
            let tag = item.raw.tag();
            let prop_type = tag.prop_type();
            match &item.value {
                Pending::Stored => {}
                Pending::Opened if prop_type.storing() == Some(Storing::Object) => {}
                Pending::Opened => {
                    let size = stream_size(&*self.storage, &value_name(tag))?;
                    item.raw = item.raw.with_value(size_field(codec::size_for(prop_type, size), 0));
                }
                Pending::Set(value) => {
                    let len = write_value(&*self.storage, tag, value)?;
                    item.raw = item.raw.with_value(size_field(codec::size_for(prop_type, len), 0));
                }
            }
        }
        Ok(())
    }

    /// Destroys the streams of values that are gone, elements of multivalued ones included.
    fn remove_stale(&self) -> Result<()> {
        for tag in &self.stale {
            destroy(&*self.storage, &value_name(*tag))?;
            if tag.prop_type().storing() == Some(Storing::Elements) {
                let first = element_name(*tag, 0);
                let mut after: Option<ElementName> = None;
                // Neighbours in name order: same prefix, any index, gaps allowed.
                loop {
                    let found = self.storage.elements_after(after.as_ref(), 64).map_err(mapped)?;
                    let Some(last) = found.last().and_then(|stat| stat.name) else { break };
                    for name in found.iter().filter_map(|stat| stat.name) {
                        if same_prefix(&name, &first) {
                            destroy(&*self.storage, &name)?;
                        }
                    }
                    after = Some(last);
                }
            }
        }
        Ok(())
    }
}

/// Reads all properties of an object that is a member of `parent` in one pass, without opening it;
/// `take` gets each that has a value, with its flags and the number of entries, in stored order.
///
/// False where it is not as simple as that, damage included: then what `take` got does not count, and
/// the object is to be opened.
pub(crate) fn read_simple(
    parent: &dyn Storage,
    name: &ElementName,
    limits: &Limits,
    mut take: impl FnMut(Prop, u32, usize),
) -> bool {
    let property_stream = ElementName::ascii(NAME);
    let mut header = None;
    let mut streams: Vec<(PropTag, Cow<'_, [u8]>)> = Vec::with_capacity(24);
    let mut usual = true;
    let complete = parent.each_stream_of(name, &mut |name, bytes| match tag_of_usual_name(name) {
        Some(tag) => streams.push((tag, bytes)),
        None if *name == property_stream => header = Some(bytes),
        None => usual = false,
    });
    let (Ok(true), true, Some(bytes)) = (complete, usual, header) else { return false };
    let Some((_, entries)) = bytes.split_at_checked(HeaderKind::Sub.len()) else { return false };
    let (entries, _) = entries.as_chunks::<16>();
    if entries.len() > limits.properties {
        return false;
    }
    for raw in entries.iter().map(|entry| RawEntry(*entry)) {
        let tag = raw.tag();
        let prop_type = tag.prop_type();
        let value = match prop_type.storing() {
            Some(Storing::Inline) => codec::decode_inline(prop_type, raw.value()),
            Some(Storing::Stream | Storing::Packed(_)) => {
                // The names are sorted, so the tags are.
                let Ok(at) = streams.binary_search_by_key(&tag, |(tag, _)| *tag) else { continue };
                let Some((_, bytes)) = streams.get(at) else { continue };
                if bytes.len() as u64 > limits.text_bytes.min(limits.value_bytes) {
                    return false;
                }
                codec::decode_stream(prop_type, bytes)
            }
            _ => return false,
        };
        take(Prop { tag, value }, raw.flags(), entries.len());
    }
    true
}

/// Whether both are elements of one multivalued property.
fn same_prefix(a: &ElementName, b: &ElementName) -> bool {
    let (mut x, mut y) = ([0; 31], [0; 31]);
    let prefix =
        |name: Option<&[u8]>| name.and_then(|n| n.get(..21)).map(<[u8]>::to_ascii_uppercase);
    let (a_len, b_len) = (a.units().len(), b.units().len());
    a_len == b_len && prefix(a.as_ascii(&mut x)) == prefix(b.as_ascii(&mut y))
}

fn destroy(storage: &dyn Storage, name: &ElementName) -> Result<()> {
    match storage.destroy_element(name) {
        Err(e) if e.code() != Code::StgFileNotFound => Err(mapped(e)),
        _ => Ok(()),
    }
}

fn stream_size(storage: &dyn Storage, name: &ElementName) -> Result<u64> {
    match storage.open_stream(name, MEMBER_READ) {
        Ok(stream) => stream.size().map_err(mapped),
        Err(e) if e.code() == Code::StgAccessDenied => {
            // Open elsewhere: the enumeration knows its size.
            let all = storage.elements().map_err(mapped)?;
            let found = all.iter().find(|stat| stat.name.as_ref() == Some(name));
            Ok(found.map_or(0, |stat| stat.size))
        }
        Err(e) if e.code() == Code::StgFileNotFound => Ok(0),
        Err(e) => Err(mapped(e)),
    }
}

/// Writes the streams of one value; the length that its size field speaks of.
fn write_value(storage: &dyn Storage, tag: PropTag, value: &PropValue) -> Result<u64> {
    if let Some(bytes) = codec::encode_stream(value) {
        write_stream(storage, &value_name(tag), &bytes)?;
        return Ok(bytes.len() as u64);
    }
    let Some(elements) = codec::encode_elements(value) else { return Ok(0) };
    let lengths = codec::length_stream(tag.prop_type(), &elements);
    write_stream(storage, &value_name(tag), &lengths)?;
    for (index, element) in elements.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        write_stream(storage, &element_name(tag, index), element)?;
    }
    Ok(lengths.len() as u64)
}

/// Replaces the content of a stream; one that is there keeps its name as it was found.
pub(crate) fn write_stream(storage: &dyn Storage, name: &ElementName, bytes: &[u8]) -> Result<()> {
    let stream = match storage.open_stream(name, MEMBER_RW) {
        Err(e) if e.code() == Code::StgFileNotFound => {
            storage.create_stream(name, MEMBER_RW.and(Mode::CREATE))
        }
        opened => opened,
    };
    let stream = stream.map_err(mapped)?;
    stream.set_size(0).map_err(mapped)?;
    stream.write_at(0, bytes).map_err(mapped)
}

/// A storage's error as the message door answers it.
pub(crate) fn mapped(error: Error) -> Error {
    let code = map_storage_code(error.code());
    if code == error.code() { error } else { error.wrap(code, "access the message's storage") }
}
