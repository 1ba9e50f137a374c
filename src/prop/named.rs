//! The named-property map `__nameid_version1.0`: identifiers from 0x8000 up and what they mean.
//!
//! ```text
//!   00020102  GUIDs, 16 bytes each; index 3 is the first (1 is PS_MAPI, 2 PS_PUBLIC_STRINGS)
//!   00030102  entries, 8 bytes: LID or string offset | kind and GUID index u16 | property index u16
//!   00040102  strings: length u32, UTF-16LE, padded to 4
//!   1000..101E 0102  hash buckets: LID or CRC | the last four bytes of the entry
//! ```
//! The entries decide; buckets are for Outlook's look-ups and never read. A name that is added goes to
//! the end of each stream; nothing else changes. `docs/format/named-properties.md` has an example.
//! Spec: msg-format 1.7, 1.12.

use super::store::mapped;
use super::stream::value_name;
use super::{NamedProp, PropId, PropName, PropSet, PropTag};
use crate::error::{Code, Error, Place, Result};
use crate::finding::{Finding, Severity};
use crate::limits::Limits;
use crate::stg::{ElementName, MEMBER_READ, MEMBER_RW, Mode, Storage, read_all};
use crate::wire::{Guid, Reader, Text, crc};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// Name of the storage.
pub(crate) const NAME: &[u8] = b"__nameid_version1.0";

pub(crate) const BUCKETS: u32 = 0x1F;
/// Identifiers from 0x8000 to 0xFFFE.
const MAX_ENTRIES: u16 = 0x7FFF;
/// More than all names in one bucket.
const BUCKET_BYTES: u64 = 1 << 20;
const FIRST_GUID_INDEX: u16 = 3;

/// The map of one file.
#[derive(Debug, Default, Clone)]
pub(crate) struct NameMap {
    guids: Vec<Guid>,
    /// Entries as stored, in their order.
    stored: Vec<Entry>,
    /// Entries to append.
    added: Vec<Entry>,
    /// In the order of identifiers, so that the next one is known without looking at all.
    names: BTreeMap<PropId, NamedProp>,
    /// By name; those of PS_INTERNET_HEADERS in lower case.
    ids: HashMap<NamedProp, PropId>,
    strings_len: u64,
    stored_guids: usize,
    /// Entries in the stored stream, those that mean nothing included.
    stored_entries: usize,
    exists: bool,
    /// A base stream could not be read: nothing may be appended to it.
    damaged: bool,
    limit: Option<usize>,
    findings: Vec<Finding>,
}

/// One named property, ready for the entry stream and its bucket.
#[derive(Debug, Clone)]
struct Entry {
    name: NamedProp,
    guid_index: u16,
    prop_index: u16,
}

impl Entry {
    /// Spec: F-036, F-037.
    fn bucket(&self) -> u32 {
        let guid = u32::from(self.guid_index) << 1;
        let mixed = match &self.name.name {
            PropName::Id(id) => id ^ guid,
            PropName::Text(text) => hash(text) ^ (guid | 1),
        };
        0x1000 + mixed % BUCKETS
    }

    /// The last four bytes, the same in the entry stream and in the bucket. Spec: F-039.
    fn tail(&self) -> [u8; 4] {
        let kind = u16::from(matches!(self.name.name, PropName::Text(_)));
        let [a, b] = ((self.guid_index << 1) | kind).to_le_bytes();
        let [c, d] = self.prop_index.to_le_bytes();
        [a, b, c, d]
    }

    fn bucket_bytes(&self) -> [u8; 8] {
        let key = match &self.name.name {
            PropName::Id(id) => *id,
            PropName::Text(text) => hash(text),
        };
        let ([a, b, c, d], [e, f, g, h]) = (key.to_le_bytes(), self.tail());
        [a, b, c, d, e, f, g, h]
    }
}

/// CRC of a name's UTF-16LE bytes. Spec: F-035.
pub(crate) fn hash(text: &str) -> u32 {
    text.encode_utf16().fold(0, |crc, unit| crc::crc32(crc, &unit.to_le_bytes()))
}

pub(crate) fn base_stream(number: u32) -> ElementName {
    value_name(PropTag::new((number << 16) | 0x0102))
}

impl NameMap {
    /// Reads the map below a message's storage. A missing map is an empty one.
    ///
    /// Spec: F-041, F-042, F-043, F-044, F-045.
    pub(crate) fn load(message: &Arc<dyn Storage>, limits: Limits) -> Result<NameMap> {
        let mut map = NameMap { limit: Some(limits.names), ..NameMap::default() };
        let storage = match message.open_storage(&ElementName::ascii(NAME), MEMBER_READ) {
            Err(e) if e.code() == Code::StgFileNotFound => return Ok(map),
            opened => opened.map_err(mapped)?,
        };
        map.exists = true;
        let mut damaged = Vec::new();
        let mut stream = |number| -> Result<Vec<u8>> {
            match storage.open_stream(&base_stream(number), MEMBER_READ) {
                Ok(stream) => match read_all(&*stream, limits.value_bytes).map_err(mapped) {
                    Err(e) if e.code() == Code::CorruptData => {
                        damaged.push(number);
                        Ok(Vec::new())
                    }
                    read => read,
                },
                Err(e) if e.code() == Code::StgFileNotFound => Ok(Vec::new()),
                Err(e) => Err(mapped(e)),
            }
        };
        let (guids, entries, strings) = (stream(2)?, stream(3)?, stream(4)?);
        map.damaged = !damaged.is_empty();
        for number in damaged {
            let place = Place::new(format!("/__nameid_version1.0/{}", base_stream(number)));
            let text = "the stream cannot be read";
            map.findings.push(Finding::new(Severity::Error, "name-unreadable", place, text));
        }
        map.guids = guids.as_chunks().0.iter().map(|guid| Guid::from_bytes(*guid)).collect();
        map.stored_guids = map.guids.len();
        map.strings_len = strings.len() as u64;
        let entries = entries.as_chunks::<8>().0;
        if entries.len() > limits.names {
            let note = format!("{} named properties, the limit is {}", entries.len(), limits.names);
            return Err(Error::new(Code::TooBig, "read named properties").note(note));
        }
        map.stored_entries = entries.len();
        for (at, entry) in entries.iter().enumerate() {
            map.read_entry(at, *entry, &strings);
        }
        Ok(map)
    }

    fn read_entry(&mut self, at: usize, bytes: [u8; 8], strings: &[u8]) {
        let mut reader = Reader::new(&bytes);
        let key = reader.u32().unwrap_or(0);
        let kind = reader.u16().unwrap_or(0);
        let prop_index = reader.u16().unwrap_or(0);
        let guid_index = kind >> 1;
        let set = self.guid(guid_index);
        let place = || Place::new("/__nameid_version1.0/__substg1.0_00030102").at(8 * at as u64);
        let mut note = |severity, code, text: String| {
            self.findings.push(Finding::new(
                severity,
                code,
                place().rule("MS-OXMSG 2.2.3.1"),
                text,
            ));
        };
        if usize::from(prop_index) != at {
            note(Severity::Warning, "name-index", format!("entry {at} has the index {prop_index}"));
        }
        let Some(set) = set else {
            note(Severity::Error, "name-guid", format!("there is no GUID with index {guid_index}"));
            return;
        };
        let name = if kind & 1 == 0 {
            PropName::Id(key)
        } else {
            match string_at(strings, key) {
                Some(text) => PropName::Text(text),
                None => {
                    let text = format!("the string offset {key:#x} leads nowhere");
                    note(Severity::Error, "name-string", text);
                    return;
                }
            }
        };
        if prop_index >= MAX_ENTRIES {
            return;
        }
        let id = PropId::new(0x8000 | prop_index);
        let name = NamedProp { set, name };
        if name != filler() {
            self.names.entry(id).or_insert_with(|| name.clone());
            self.ids.entry(folded(&name)).or_insert(id);
        }
        self.stored.push(Entry { name, guid_index, prop_index });
    }

    fn guid(&self, index: u16) -> Option<Guid> {
        match index {
            0 => None,
            1 => Some(PropSet::PS_MAPI.0),
            2 => Some(PropSet::PS_PUBLIC_STRINGS.0),
            _ => self.guids.get(usize::from(index - FIRST_GUID_INDEX)).copied(),
        }
    }

    /// What was odd about the stored map.
    pub(crate) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The name of an identifier.
    pub(crate) fn name(&self, id: PropId) -> Option<&NamedProp> {
        self.names.get(&id)
    }

    /// All names by identifier.
    pub(crate) fn all(&self) -> BTreeMap<PropId, &NamedProp> {
        self.names.iter().map(|(id, name)| (*id, name)).collect()
    }

    /// The identifier of a name. Texts in PS_INTERNET_HEADERS compare without letter case.
    pub(crate) fn id(&self, name: &NamedProp) -> Option<PropId> {
        self.ids.get(&folded(name)).copied()
    }

    /// The identifier of a name, given now if it has none. Spec: C-165, F-048.
    ///
    /// # Errors
    /// [`Code::TooBig`] when all identifiers are taken, [`Code::CorruptData`] if the stored map cannot
    /// be read.
    pub(crate) fn create(&mut self, name: &NamedProp) -> Result<PropId> {
        const DOING: &str = "name property";
        if let Some(id) = self.id(name) {
            return Ok(id);
        }
        if self.damaged {
            let note = "the stored name map cannot be read, so nothing can be added to it";
            return Err(Error::new(Code::CorruptData, DOING).note(note));
        }
        let limit = self.limit.unwrap_or(usize::MAX).min(usize::from(MAX_ENTRIES));
        let index = self.next_index().filter(|index| usize::from(*index) < limit);
        let full = || Error::new(Code::TooBig, DOING).note(format!("there are {limit} names"));
        let index = index.ok_or_else(full)?;
        self.insert(index, folded(name));
        Ok(PropId::new(0x8000 + index))
    }

    /// One more than the highest index in use; equal to the number of entries in a sound map.
    fn next_index(&self) -> Option<u16> {
        let highest = self.names.last_key_value().map(|(id, _)| id.value() & 0x7FFF);
        let entries = u16::try_from(self.stored_entries + self.added.len()).ok()?;
        Some(highest.map_or(entries, |highest| entries.max(highest + 1)))
    }

    /// Gives `name` the identifier 0x8000 + `index`. An index that was left out before gets an entry
    /// that means nothing, since readers count entries.
    pub(crate) fn insert(&mut self, index: u16, name: NamedProp) {
        while self.stored_entries + self.added.len() < usize::from(index) {
            let at = u16::try_from(self.stored_entries + self.added.len()).unwrap_or(MAX_ENTRIES);
            self.added.push(Entry { name: filler(), guid_index: 1, prop_index: at });
        }
        let guid_index = self.guid_index(name.set);
        let id = PropId::new(0x8000 | index);
        self.names.insert(id, name.clone());
        self.ids.entry(folded(&name)).or_insert(id);
        self.added.push(Entry { name, guid_index, prop_index: index });
    }

    fn guid_index(&mut self, set: Guid) -> u16 {
        if set == PropSet::PS_MAPI.0 {
            return 1;
        }
        if set == PropSet::PS_PUBLIC_STRINGS.0 {
            return 2;
        }
        let at = self.guids.iter().position(|guid| *guid == set).unwrap_or_else(|| {
            self.guids.push(set);
            self.guids.len() - 1
        });
        u16::try_from(at).unwrap_or(u16::MAX - FIRST_GUID_INDEX) + FIRST_GUID_INDEX
    }

    /// Whether [`NameMap::flush`] has something to write.
    pub(crate) fn is_changed(&self) -> bool {
        !self.added.is_empty()
    }

    /// Writes what was added; `create` writes the (empty) streams of a new file too.
    pub(crate) fn flush(&mut self, message: &Arc<dyn Storage>, create: bool) -> Result<()> {
        if self.added.is_empty() && (self.exists || !create) {
            return Ok(());
        }
        let name = ElementName::ascii(NAME);
        let storage = match message.open_storage(&name, MEMBER_RW) {
            Err(e) if e.code() == Code::StgFileNotFound => {
                message.create_storage(&name, MEMBER_RW.and(Mode::CREATE))
            }
            opened => opened,
        };
        let storage = storage.map_err(mapped)?;
        let mut entries = Vec::with_capacity(8 * self.added.len());
        let mut strings = Vec::new();
        let offset = self.strings_len.next_multiple_of(4);
        strings.resize(usize::try_from(offset - self.strings_len).unwrap_or(0), 0);
        for entry in &self.added {
            let key = match &entry.name.name {
                PropName::Id(id) => *id,
                PropName::Text(text) => {
                    let at = self.strings_len + strings.len() as u64;
                    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
                    strings.extend(u32::try_from(bytes.len()).unwrap_or(0).to_le_bytes());
                    strings.extend(bytes);
                    strings.resize(strings.len().next_multiple_of(4), 0);
                    u32::try_from(at).unwrap_or(u32::MAX)
                }
            };
            entries.extend(key.to_le_bytes());
            entries.extend(entry.tail());
        }
        let new_guids = self.guids.get(self.stored_guids..).unwrap_or_default();
        let guids: Vec<u8> = new_guids.iter().flat_map(|guid| guid.to_bytes()).collect();
        // Everything has its fixed place, so that a save that failed can be tried again.
        let at = |count: usize, size: u64| size.saturating_mul(count as u64);
        put(&*storage, &base_stream(2), at(self.stored_guids, 16), &guids)?;
        put(&*storage, &base_stream(3), at(self.stored_entries, 8), &entries)?;
        put(&*storage, &base_stream(4), self.strings_len, &strings)?;
        self.write_buckets(&*storage)?;
        self.strings_len += strings.len() as u64;
        self.stored_guids = self.guids.len();
        self.stored_entries += self.added.len();
        self.stored.append(&mut self.added);
        self.exists = true;
        Ok(())
    }

    /// Appends the new names to their buckets. A file without any gets all of them built.
    fn write_buckets(&self, storage: &dyn Storage) -> Result<()> {
        let has_buckets = (0..BUCKETS)
            .any(|bucket| storage.open_stream(&base_stream(0x1000 + bucket), MEMBER_READ).is_ok());
        let stored = if has_buckets { &[][..] } else { &self.stored[..] };
        let mut buckets: BTreeMap<u32, Vec<[u8; 8]>> = BTreeMap::new();
        for entry in stored.iter().chain(&self.added).filter(|entry| entry.name != filler()) {
            buckets.entry(entry.bucket()).or_default().push(entry.bucket_bytes());
        }
        buckets.iter().try_for_each(|(bucket, new)| {
            let name = base_stream(*bucket);
            let old = match storage.open_stream(&name, MEMBER_READ) {
                Ok(stream) => read_all(&*stream, BUCKET_BYTES).map_err(mapped)?,
                Err(e) if e.code() == Code::StgFileNotFound => Vec::new(),
                Err(e) => return Err(mapped(e)),
            };
            let old = old.as_chunks::<8>().0;
            let known: HashSet<&[u8; 8]> = old.iter().collect();
            let bytes: Vec<u8> =
                new.iter().filter(|e| !known.contains(e)).flatten().copied().collect();
            put(storage, &name, 8 * old.len() as u64, &bytes)
        })
    }
}

/// The name of an entry that means nothing.
fn filler() -> NamedProp {
    NamedProp::id(PropSet::PS_MAPI, 0)
}

/// The form in which a name is stored and compared: lower case in PS_INTERNET_HEADERS.
fn folded(name: &NamedProp) -> NamedProp {
    match &name.name {
        PropName::Text(text) if name.set == PropSet::PS_INTERNET_HEADERS.0 => {
            NamedProp::text(name.set, text.to_ascii_lowercase())
        }
        _ => name.clone(),
    }
}

/// The name at an offset of the string stream. Spec: F-043.
fn string_at(strings: &[u8], offset: u32) -> Option<String> {
    let mut reader = Reader::new(strings.get(usize::try_from(offset).ok()?..)?);
    let len = usize::try_from(reader.u32()?).ok().filter(|len| len.is_multiple_of(2))?;
    Some(Text::from_utf16le(reader.take(len)?).into_string_lossy())
}

/// Writes bytes at a place of a stream, which is created if need be.
fn put(storage: &dyn Storage, name: &ElementName, at: u64, bytes: &[u8]) -> Result<()> {
    let stream = match storage.open_stream(name, MEMBER_RW) {
        Err(e) if e.code() == Code::StgFileNotFound => {
            storage.create_stream(name, MEMBER_RW.and(Mode::CREATE))
        }
        opened => opened,
    };
    let stream = stream.map_err(mapped)?;
    if bytes.is_empty() { Ok(()) } else { stream.write_at(at, bytes).map_err(mapped) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stg::CompoundFile;

    fn entry(name: NamedProp, guid_index: u16) -> Entry {
        Entry { name, guid_index, prop_index: 0 }
    }

    /// Spec: F-036, F-037
    #[test]
    fn names_go_to_the_documented_buckets() {
        let keywords = entry(NamedProp::text(PropSet::PS_PUBLIC_STRINGS, "Keywords"), 2);
        assert_eq!((keywords.bucket(), hash("Keywords")), (0x1015, 0x2EDA_4D3B));
        let common = |lid| entry(NamedProp::id(PropSet::PSETID_COMMON, lid), 3).bucket();
        assert_eq!((common(0x8554), common(0x8514)), (0x101E, 0x101C));
    }

    /// Spec: F-038, F-039, F-040, F-048
    #[test]
    fn a_written_map_has_the_documented_bytes_and_reads_back() {
        let file: Arc<dyn Storage> = CompoundFile::memory().into();
        let mut map = NameMap::default();
        let names = [
            NamedProp::text(PropSet::PS_PUBLIC_STRINGS, "Keywords"),
            NamedProp::id(PropSet::PSETID_COMMON, 0x8514),
            NamedProp::id(PropSet::PSETID_TASK, 0x8101),
            NamedProp::text(PropSet::PS_INTERNET_HEADERS, "X-Test"),
        ];
        let ids: Vec<_> = names.iter().map(|name| map.create(name).unwrap().value()).collect();
        assert_eq!(ids, [0x8000, 0x8001, 0x8002, 0x8003]);
        map.flush(&file, true).unwrap();
        let storage = file.open_storage(&ElementName::ascii(NAME), MEMBER_READ).unwrap();
        let read = |number| {
            let stream = storage.open_stream(&base_stream(number), MEMBER_READ).unwrap();
            read_all(&*stream, 1000).unwrap()
        };
        let (guids, entries, strings) = (read(2), read(3), read(4));
        assert_eq!(guids.len(), 48);
        assert_eq!(entries[12..14], (3_u16 << 1).to_le_bytes());
        assert_eq!(entries[20..22], (4_u16 << 1).to_le_bytes());
        assert_eq!(entries[28..30], ((5_u16 << 1) | 1).to_le_bytes());
        assert_eq!((&strings[..4], &strings[20..24]), (&[16, 0, 0, 0][..], &[12, 0, 0, 0][..]));
        assert_eq!(entries[24..28], 20_u32.to_le_bytes());
        drop(storage);
        let back = NameMap::load(&file, Limits::default()).unwrap();
        assert!(back.findings().is_empty());
        assert_eq!(
            back.name(PropId::new(0x8003)),
            Some(&NamedProp::text(PropSet::PS_INTERNET_HEADERS, "x-test"))
        );
        assert_eq!(back.id(&names[3]), Some(PropId::new(0x8003)));
    }
}
