//! Sound files to damage, and what everything is done to them with.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]

use super::common::image::{self, END, Image};
use super::common::{READ, RW, name};
use super::meter::measure;
use openimsg::{
    Code, CommitFlags, CompoundFile, ElementKind, Mode, Storage, StorageOptions, check_bytes,
};
use std::collections::BTreeMap;
use std::sync::Arc;

pub fn write(storage: &dyn Storage, path: &str, content: &[u8]) {
    storage.create_stream(&name(path), RW).unwrap().write_at(0, content).unwrap();
}

pub fn pattern(len: usize, seed: usize) -> Vec<u8> {
    (0..len).map(|at| (at.wrapping_mul(31) ^ seed) as u8).collect()
}

/// Mini streams, regular streams, storages in storages.
pub fn sample(large_sectors: bool) -> Image {
    let file = StorageOptions::new().large_sectors(large_sectors).memory();
    for at in 0..12 {
        write(&file, &format!("mini {at}"), &pattern(at * 60, at));
    }
    write(&file, "a", &pattern(6000, 1));
    write(&file, "b", &pattern(20_000, 2));
    write(&file, "c", &pattern(4096, 3));
    let inner = file.create_storage(&name("inner"), RW).unwrap();
    write(&*inner, "deep", &pattern(5000, 4));
    write(&*inner.create_storage(&name("deeper"), RW).unwrap(), "deepest", &pattern(70, 5));
    file.commit(CommitFlags::empty()).unwrap();
    Image(file.to_bytes().unwrap())
}

/// The same with the sectors of all streams shuffled, so that no chain is a run.
pub fn fragmented() -> Image {
    let mut image = sample(false);
    let names = ["a", "b", "c", "deep"];
    let slots: Vec<u32> = names.iter().map(|name| image.slot(name)).collect();
    let mut order: Vec<u32> =
        slots.iter().flat_map(|slot| image.chain(image.start(*slot))).collect();
    let contents: Vec<(Vec<u32>, Vec<Vec<u8>>)> = slots
        .iter()
        .map(|slot| {
            let chain = image.chain(image.start(*slot));
            let bytes = chain.iter().map(|s| image.0[image.sector(*s)..][..512].to_vec());
            let bytes = bytes.collect();
            (chain, bytes)
        })
        .collect();
    let mut random = Random(9);
    for at in (1..order.len()).rev() {
        order.swap(at, random.below(at + 1));
    }
    let mut next = order.into_iter();
    for (slot, (chain, contents)) in slots.into_iter().zip(contents) {
        let places: Vec<u32> = next.by_ref().take(chain.len()).collect();
        image.set(slot, image::START, u64::from(places[0]));
        for (at, (place, bytes)) in places.iter().zip(contents).enumerate() {
            let to = image.sector(*place);
            image.0[to..to + 512].copy_from_slice(&bytes);
            image.set_fat(*place, places.get(at + 1).copied().unwrap_or(END));
        }
    }
    image
}

/// A small generator of our own: the same numbers everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// What reading a whole root found. The walk has no guard of its own: the library must end it.
#[derive(Default)]
pub struct Found {
    /// Every stream: bytes that could be read, and the code that ended it.
    pub streams: BTreeMap<String, (usize, Option<Code>)>,
    pub storages: usize,
}

pub fn read_all(root: Arc<dyn Storage>, keep_paths: bool) -> Found {
    let mut found = Found::default();
    let mut todo = vec![(String::new(), root)];
    let mut piece = vec![0; 64 << 10];
    while let Some((path, storage)) = todo.pop() {
        found.storages += 1;
        let Ok(members) = storage.elements() else { continue };
        for member in members {
            let name = member.name.unwrap();
            let at = if keep_paths { format!("{path}/{name}") } else { String::new() };
            if member.kind == ElementKind::Storage {
                if let Ok(inner) = storage.open_storage(&name, READ) {
                    todo.push((at, inner));
                }
                continue;
            }
            let mut len = 0;
            let code = match storage.open_stream(&name, READ) {
                Err(error) => Some(error.code()),
                Ok(stream) => loop {
                    match stream.read_at(len as u64, &mut piece) {
                        Ok(0) => break None,
                        Ok(got) => len += got,
                        Err(error) => break Some(error.code()),
                    }
                },
            };
            found.streams.insert(at, (len, code));
        }
    }
    found
}

/// Opens, reads, checks, edits and commits; whatever the bytes are.
pub fn exercise(bytes: &[u8]) {
    let _ = check_bytes(bytes.to_vec());
    if let Ok(file) = CompoundFile::from_bytes(bytes.to_vec()) {
        read_all(Arc::new(file), true);
    }
    let Ok(file) = CompoundFile::edit_bytes(bytes.to_vec()) else { return };
    let members = file.elements().unwrap_or_default();
    for member in members.iter().take(4) {
        let element = member.name.unwrap();
        match member.kind {
            ElementKind::Storage => {
                if let Ok(inner) = file.open_storage(&element, RW.and(Mode::TRANSACTED)) {
                    let _ = inner.create_stream(&name("new"), RW);
                    let _ = inner.commit(CommitFlags::empty());
                }
            }
            ElementKind::Stream => {
                if let Ok(stream) = file.open_stream(&element, RW) {
                    let _ = stream.write_at(100, b"changed");
                    let size = stream.size().unwrap_or(0);
                    let _ = stream.set_size(size.min(5000));
                }
            }
        }
    }
    if let Some(last) = members.last() {
        let _ = file.rename_element(&last.name.unwrap(), &name("renamed"));
    }
    if let Some(first) = members.get(4) {
        let _ = file.destroy_element(&first.name.unwrap());
    }
    // Damage never keeps a file from being rewritten, and the rewrite heals it.
    file.commit(CommitFlags::CONSOLIDATE).unwrap();
    let findings = check_bytes(file.to_bytes().unwrap()).unwrap();
    let bad = findings.iter().find(|finding| finding.code() != "dir-name");
    assert!(bad.is_none(), "{bad:?}");
}

/// Runs `work` on `bytes` and holds it to the limits of S-163.
pub fn within_limits(what: &str, bytes: &[u8], work: impl FnOnce(&[u8])) {
    // Work without an end is ended by the watchdog.
    super::watchdog::begin(0);
    let ((), peak, _) = measure(|| work(bytes));
    // Three copies of the file are ours: two that are handed over and the one that is taken back.
    let limit = 4 * bytes.len() + (16 << 20);
    assert!(peak <= limit, "{what}: {peak} bytes at once for a file of {}", bytes.len());
}

/// One change: of any byte, or of a field that matters.
pub fn mutate(image: &mut Image, sector: usize, random: &mut Random) {
    let interesting = [0, 1, 2, 0xFF, 0x1000, 0x7FFF_FFFF, 0xFFFF_FFFA, 0xFFFF_FFFC, 0xFFFF_FFFE];
    let sectors = image.0.len() / sector;
    let value = match random.below(3) {
        0 => interesting[random.below(interesting.len())],
        1 => random.below(sectors) as u64,
        _ => random.next(),
    };
    let fields = [
        image::LEFT,
        image::RIGHT,
        image::CHILD,
        image::START,
        image::SIZE,
        image::SIZE_HIGH,
        image::TYPE,
        image::NAME_LEN,
        image::COLOR,
    ];
    // Where things lie in the sound image: header, FAT at sector 0, then the directory.
    match random.below(4) {
        0 => {
            let at = random.below(image.0.len());
            image.0[at] = value as u8;
        }
        1 => {
            let at = 24 + random.below(120) * 4;
            image.put(at, 4, value);
        }
        2 => {
            let at = sector + random.below(sectors.min(128)) * 4;
            image.put(at, 4, value);
        }
        _ => {
            let field = fields[random.below(fields.len())];
            let at = 2 * sector + random.below(20) * 128;
            let bytes = value.to_le_bytes();
            let (from, len) = field.place();
            image.0[at + from..at + from + len].copy_from_slice(&bytes[..len]);
        }
    }
}
