//! The name map: its base streams, their entries, the hash buckets. Spec: msg-format 1.7.

use super::{Members, Report, read};
use crate::error::Place;
use crate::finding::Severity;
use crate::prop::named::{self, base_stream};
use crate::prop::{PropId, PropSet};
use crate::stg::{ElementName, MEMBER_READ, Storage};
use crate::wire::crc::crc32;
use crate::wire::{Guid, u16_at, u32_at};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// Which identifiers have a name.
#[derive(Default)]
pub(super) struct Names {
    known: HashSet<PropId>,
}

impl Names {
    pub(super) fn knows(&self, id: PropId) -> bool {
        self.known.contains(&id)
    }
}

const BASE: [(u32, &str); 3] = [(2, "GUID"), (3, "entry"), (4, "string")];

/// Checks the map below a message's storage.
pub(super) fn check(message: &Arc<dyn Storage>, root: &Members, report: &mut Report) -> Names {
    let name = ElementName::ascii(named::NAME);
    let place = || Place::new(format!("/{name}")).rule("MS-OXMSG 2.2.3");
    if !root.has_storage(&name) {
        // Outlook refuses such a file; what the lack costs is said of each property.
        report.add(Severity::Warning, "nameid-missing", || (place(), "there is no name map"));
        return Names::default();
    }
    let opened = message.open_storage(&name, MEMBER_READ);
    let Some((storage, members)) = opened.ok().and_then(|s| Members::of(&*s).ok().map(|m| (s, m)))
    else {
        report.add(Severity::Error, "value-unreadable", || (place(), "it cannot be listed"));
        return Names::default();
    };
    let mut stream = |(number, what): (u32, &str)| {
        let name = base_stream(number);
        let bytes = members.stream(&name).and_then(|_| read(&*storage, &name));
        if bytes.is_none() {
            report.add(Severity::Warning, "nameid-stream", || {
                (place(), format!("the {what} stream {name} is missing or cannot be read"))
            });
        }
        bytes.unwrap_or_default()
    };
    let [guids, entries, strings] = BASE.map(&mut stream);
    let map = Map { path: format!("/{name}"), guids, entries, strings };
    map.check_sizes(report);
    let mut names = Names::default();
    let mut wanted = Buckets::new();
    map.check_entries(&mut names, &mut wanted, report);
    map.check_buckets(&*storage, &members, &wanted, report);
    names
}

/// What each bucket has to hold: the last four bytes of the entry and the keys that will do.
type Buckets = BTreeMap<u32, HashSet<(u32, u32)>>;

struct Map {
    path: String,
    guids: Vec<u8>,
    entries: Vec<u8>,
    strings: Vec<u8>,
}

impl Map {
    fn place(&self, number: u32) -> Place {
        Place::new(format!("{}/{}", self.path, base_stream(number)))
    }

    fn check_sizes(&self, report: &mut Report) {
        for (number, bytes, size) in [(2, &self.guids, 16), (3, &self.entries, 8)] {
            if !bytes.len().is_multiple_of(size) {
                report.add(Severity::Warning, "nameid-size", || {
                    (self.place(number), format!("{} bytes, {size} for each entry", bytes.len()))
                });
            }
        }
    }

    fn guid(&self, index: u16) -> Option<Guid> {
        match index {
            0 => None,
            1 => Some(PropSet::PS_MAPI.0),
            2 => Some(PropSet::PS_PUBLIC_STRINGS.0),
            _ => {
                let guids = self.guids.as_chunks::<16>().0;
                guids.get(usize::from(index - 3)).map(|bytes| Guid::from_bytes(*bytes))
            }
        }
    }

    /// The UTF-16LE bytes of a name.
    fn string(&self, offset: u32) -> Option<&[u8]> {
        let rest = self.strings.get(usize::try_from(offset).ok()?..)?;
        let len = usize::try_from(u32_at(rest.get(..4)?, 0)).ok()?;
        rest.get(4..4_usize.checked_add(len)?).filter(|text| text.len().is_multiple_of(2))
    }

    fn check_entries(&self, names: &mut Names, wanted: &mut Buckets, report: &mut Report) {
        let mut seen: HashMap<(Guid, bool, &[u8]), u16> = HashMap::new();
        for (at, entry) in self.entries.as_chunks::<8>().0.iter().enumerate() {
            let place = || self.place(3).at(8 * at as u64).rule("MS-OXMSG 2.2.3.1.2");
            let (kind, index) = (u16_at(entry, 4), u16_at(entry, 6));
            if usize::from(index) != at {
                report.add(Severity::Warning, "nameid-index", || {
                    (place(), format!("the entry {at} has the index {index}"))
                });
            }
            let guid_index = kind >> 1;
            let Some(set) = self.guid(guid_index) else {
                report.add(Severity::Error, "nameid-guid", || {
                    (place(), format!("there is no GUID with the index {guid_index}"))
                });
                continue;
            };
            let text = kind & 1 == 1;
            let key = if text {
                let offset = u32_at(entry, 0);
                let Some(name) = self.string(offset) else {
                    report.add(Severity::Error, "nameid-string", || {
                        (place(), format!("the string offset {offset:#x} leads nowhere"))
                    });
                    continue;
                };
                if !offset.is_multiple_of(4) {
                    report.add(Severity::Warning, "nameid-index", || {
                        (place(), format!("the string offset {offset:#x} is no multiple of 4"))
                    });
                }
                name
            } else {
                entry.get(..4).unwrap_or_default()
            };
            if index < 0x7FFF {
                names.known.insert(PropId::new(0x8000 | index));
            }
            // An entry of PS_MAPI with the number 0 fills a gap.
            if set == PropSet::PS_MAPI.0 && !text && key == [0; 4] {
                continue;
            }
            if let Some(first) = seen.insert((set, text, key), index) {
                report.add(Severity::Warning, "nameid-duplicate", || {
                    (place(), format!("its name is that of the index {first} too"))
                });
            }
            self.want(set, text, key, u32_at(entry, 4), wanted, &place, report);
        }
    }

    /// Notes what the bucket of a name holds.
    #[expect(clippy::too_many_arguments, reason = "the parts of one entry")]
    fn want(
        &self,
        set: Guid,
        text: bool,
        key: &[u8],
        tail: u32,
        wanted: &mut Buckets,
        place: &impl Fn() -> Place,
        report: &mut Report,
    ) {
        let mut hash = if text { crc32(0, key) } else { u32_at(key, 0) };
        if text && set == PropSet::PS_INTERNET_HEADERS.0 {
            let lower: Vec<u8> = key.iter().map(u8::to_ascii_lowercase).collect();
            if lower != key {
                report.add(Severity::Note, "nameid-case", || {
                    (place(), "the name of a header is not in lower case")
                });
                // Outlook hashes the name in lower case, others as stored; nobody can tell whose.
                hash = crc32(0, &lower);
                let other = crc32(0, key);
                wanted.entry(bucket(other, tail)).or_default().insert((tail, other));
            }
        }
        wanted.entry(bucket(hash, tail)).or_default().insert((tail, hash));
    }

    fn check_buckets(
        &self,
        storage: &dyn Storage,
        members: &Members,
        wanted: &Buckets,
        report: &mut Report,
    ) {
        let range = 0x1000..0x1000 + named::BUCKETS;
        let there: Vec<u32> =
            range.filter(|bucket| members.stream(&base_stream(*bucket)).is_some()).collect();
        if there.is_empty() {
            if !wanted.is_empty() {
                report.add(Severity::Note, "nameid-no-buckets", || {
                    (Place::new(&self.path), "there are no hash buckets")
                });
            }
            return;
        }
        // By the last four bytes: which keys the buckets have for the entry, and where.
        let mut found: HashMap<u32, HashSet<(u32, u32)>> = HashMap::new();
        for bucket in there {
            let bytes = read(storage, &base_stream(bucket)).unwrap_or_default();
            for (at, entry) in bytes.as_chunks::<8>().0.iter().enumerate() {
                let (key, tail) = (u32_at(entry, 0), u32_at(entry, 4));
                found.entry(tail).or_default().insert((bucket, key));
                let known = wanted.get(&bucket).is_some_and(|all| all.contains(&(tail, key)));
                if !known {
                    report.add(Severity::Warning, "nameid-bucket", || {
                        (self.place(bucket).at(8 * at as u64), "an entry of no name in this bucket")
                    });
                }
            }
        }
        let mut missing: BTreeMap<u32, bool> = BTreeMap::new();
        for (bucket, all) in wanted {
            for (tail, key) in all {
                let here = found.get(tail).is_some_and(|at| at.contains(&(*bucket, *key)));
                *missing.entry(*tail).or_insert(true) &= !here;
            }
        }
        for tail in missing.into_iter().filter(|(_, gone)| *gone).map(|(tail, _)| tail) {
            report.add(Severity::Warning, "nameid-bucket", || {
                let index = tail >> 16;
                (Place::new(&self.path), format!("the name with the index {index} is in no bucket"))
            });
        }
    }
}

/// The bucket of a key. Spec: F-036, F-037.
fn bucket(key: u32, tail: u32) -> u32 {
    // The low half of the tail is kind and GUID index as they enter the hash.
    0x1000 + (key ^ (tail & 0xFFFF)) % named::BUCKETS
}
