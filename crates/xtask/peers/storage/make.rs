//! The files: everything a compound file can hold, by each of our two writers, in both versions.

use super::Answer;
use super::ours::RW;
use openimsg::{
    Clock, CommitFlags, CompoundFile, ElementName, ElementTimes, FileLockBytes, FileTime, Guid,
    LockBytes, Mode, Storage, StorageOptions,
};
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;

/// One content: its name, and what fills a new root.
pub struct Content {
    pub name: &'static str,
    pub fill: fn(&CompoundFile) -> Answer<()>,
}

pub const CONTENTS: &[Content] = &[
    Content { name: "members-0", fill: |_| Ok(()) },
    Content { name: "members-1", fill: |root| members(root, 1) },
    Content { name: "members-2", fill: |root| members(root, 2) },
    Content { name: "members-3", fill: |root| members(root, 3) },
    Content { name: "members-10", fill: |root| members(root, 10) },
    Content { name: "members-1000", fill: |root| members(root, 1000) },
    Content { name: "members-10000", fill: |root| members(root, 10_000) },
    Content { name: "sizes", fill: sizes },
    Content { name: "names", fill: names },
    Content { name: "letters", fill: letters },
    Content { name: "dots", fill: dots },
    Content { name: "facts", fill: facts },
    Content { name: "deep-100", fill: |root| deep(root, 100) },
    Content { name: "deep-1000", fill: |root| deep(root, 1000) },
    Content { name: "difat", fill: |root| stream(root, "x", &bytes(7_600_000, 9)) },
    Content { name: "fragmented", fill: fragmented },
];

/// The writers.
#[derive(Clone, Copy, PartialEq)]
pub enum Way {
    /// A new file, laid out from one end to the other.
    Anew,
    /// Free sectors of the file that is there.
    InPlace,
}

/// Numbers that look random and are always the same.
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Numbers {
        Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end.max(1)
    }
}

pub fn bytes(len: u64, seed: u64) -> Vec<u8> {
    let mut numbers = Numbers::new(seed);
    (0..len).map(|_| numbers.below(256).to_le_bytes()[0]).collect()
}

pub fn options(large: bool) -> StorageOptions {
    // A fixed clock: the same files on every run.
    let clock = Clock::Fixed(FileTime::from_ticks(0x01DA_5E1F_0000_0000));
    StorageOptions::new().large_sectors(large).clock(clock)
}

/// A root that is committed by one of the writers.
pub fn create(path: &Path, way: Way, large: bool) -> Answer<CompoundFile> {
    match way {
        Way::Anew => Ok(options(large).create_or_replace(path)?),
        Way::InPlace => {
            let file =
                OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
            Ok(options(large).create_on(FileLockBytes::new(file, path) as Arc<dyn LockBytes>)?)
        }
    }
}

/// The same for a file that is there.
pub fn edit(path: &Path, way: Way) -> Answer<CompoundFile> {
    match way {
        Way::Anew => Ok(options(false).writer(openimsg::Writer::Replace).edit(path)?),
        Way::InPlace => Ok(options(false).writer(openimsg::Writer::InPlace).edit(path)?),
    }
}

pub fn commit(root: &CompoundFile) -> Answer<()> {
    Ok(root.commit(CommitFlags::DANGEROUSLY_COMMIT_MERELY_TO_DISK_CACHE)?)
}

pub fn stream(storage: &dyn Storage, name: &str, bytes: &[u8]) -> Answer<()> {
    let name = ElementName::new(name)?;
    let stream = storage.create_stream(&name, RW.and(Mode::CREATE))?;
    Ok(stream.write_at(0, bytes)?)
}

fn storage(storage: &dyn Storage, name: &str) -> Answer<Arc<dyn Storage>> {
    Ok(storage.create_storage(&ElementName::new(name)?, RW)?)
}

/// So many members, every tenth a storage.
fn members(root: &CompoundFile, count: u64) -> Answer<()> {
    for at in 0..count {
        let name = format!("{:x}", at * 7919 + 13);
        match at % 10 {
            9 => stream(&*storage(root, &name)?, "inner", name.as_bytes())?,
            _ => stream(root, &name, &bytes(at % 200, at))?,
        }
    }
    Ok(())
}

/// Both sides of every size where something changes.
fn sizes(root: &CompoundFile) -> Answer<()> {
    let inner = storage(root, "inner")?;
    for (seed, size) in [0, 1, 63, 64, 65, 511, 512, 513, 4095, 4096, 4097, 65_535, 65_536, 1 << 20]
        .iter()
        .enumerate()
    {
        let content = bytes(*size, u64::try_from(seed)?);
        stream(root, &format!("size {size}"), &content)?;
        stream(&*inner, &format!("{size}"), &content)?;
    }
    // A stream that was set to a size, and one that was cut.
    let set = root.create_stream(&ElementName::new("set")?, RW)?;
    set.set_size(10_000)?;
    stream(root, "cut", &bytes(100_000, 3))?;
    Ok(root.open_stream(&ElementName::new("cut")?, RW)?.set_size(70)?)
}

/// Names at the borders of what is legal. Their order decides how the tree looks.
fn names(root: &CompoundFile) -> Answer<()> {
    let inner = storage(root, "Case")?;
    for name in ["abc", "ABD", "abE", "a_b", "A[B", "Z", "_", "a", "[", "`", "{"] {
        stream(root, name, name.as_bytes())?;
        stream(&*inner, &name.to_ascii_uppercase(), b"other case")?;
    }
    let (long, mail) = ("x".repeat(31), "\u{1F4E7}".repeat(15));
    let odd = ["\u{1}CompObj", "\u{5}SummaryInformation", "\u{1f}", " ", "  a", "a ", "..."];
    let more = ["%0041", "a?*<>|\"b", "~", "'", &long, "\u{4e2d}\u{6587}", "\u{1F600}", "\u{fffd}"];
    for name in odd.iter().chain(&more) {
        stream(root, name, name.as_bytes())?;
    }
    for control in (1..32_u8).filter(|control| !b"\t\n\r\x1f".contains(control)) {
        stream(&*inner, &char::from(control).to_string(), &[control])?;
    }
    stream(&*storage(root, &mail)?, &mail, b"30 units")
}

/// Names that mean something to those who take elements for files.
fn dots(root: &CompoundFile) -> Answer<()> {
    stream(root, "..", b"two")?;
    stream(&*storage(root, ".")?, "..", b"inner")
}

/// Pairs of letters that are one name, and letters without a pair.
fn letters(root: &CompoundFile) -> Answer<()> {
    let inner = storage(root, "Case")?;
    let pairs = [("\u{e4}", "\u{c4}"), ("\u{f6}", "\u{d6}"), ("\u{ff}", "\u{178}")];
    let more = [("\u{430}", "\u{410}"), ("\u{3c3}x", "\u{3a3}x"), ("\u{ff41}", "\u{ff21}")];
    for (small, capital) in pairs.iter().chain(&more) {
        stream(root, small, small.as_bytes())?;
        stream(&*inner, capital, b"other case")?;
    }
    for name in
        ["\u{df}", "\u{3c2}", "\u{131}", "\u{130}", "\u{149}", "\u{b5}", "\u{17f}", "i", "S"]
    {
        stream(root, name, name.as_bytes())?;
    }
    Ok(())
}

/// Class, state bits and times of storages.
fn facts(root: &CompoundFile) -> Answer<()> {
    root.set_class(Guid::CLSID_MAIL_MESSAGE)?;
    root.set_state_bits(0x8765_4321, u32::MAX)?;
    for at in 1..20_u32 {
        let name = format!("storage {at}");
        let inner = storage(root, &name)?;
        inner.set_class(Guid::from_fields(
            at << 20,
            0x1234,
            0xFEDC,
            [1, 2, 3, 4, 5, 6, 7, 0xFF],
        ))?;
        inner.set_state_bits(u32::MAX << at, u32::MAX >> 1)?;
        stream(&*inner, "x", &[1])?;
        let created = FileTime::from_ticks(u64::from(at) << 50);
        let modified = FileTime::from_ticks((u64::from(at) << 51) + 12_345_678);
        let times = ElementTimes { created: Some(created), modified: Some(modified) };
        root.set_element_times(Some(&ElementName::new(&name)?), times)?;
    }
    Ok(())
}

/// Storages in storages; in each a stream.
fn deep(root: &CompoundFile, depth: u32) -> Answer<()> {
    let mut held: Vec<Arc<dyn Storage>> = vec![storage(root, "0")?];
    for at in 1..depth {
        let Some(last) = held.last() else { break };
        stream(&**last, "s", &at.to_le_bytes())?;
        let next = storage(&**last, &format!("{}", at % 10))?;
        held.push(next);
    }
    Ok(())
}

/// What hundreds of small commits leave behind.
fn fragmented(root: &CompoundFile) -> Answer<()> {
    let mut numbers = Numbers::new(77);
    for round in 0..400 {
        for _ in 0..3 {
            let name = format!("s{}", numbers.below(40));
            let element = ElementName::new(&name)?;
            match numbers.below(10) {
                0 => drop(root.destroy_element(&element)),
                1 => drop(
                    root.rename_element(&element, &ElementName::new(&format!("{name}{round}"))?),
                ),
                2 => {
                    if let Ok(stream) = root.open_stream(&element, RW) {
                        stream.set_size(numbers.below(30_000))?;
                    }
                }
                3..6 => match root.open_stream(&element, RW) {
                    Ok(stream) => {
                        stream
                            .write_at(numbers.below(20_000), &bytes(numbers.below(9_000), round))?;
                    }
                    Err(_) => stream(root, &name, &bytes(numbers.below(3_000), round))?,
                },
                6 => {
                    let inner = root.create_storage(&element, RW.and(Mode::CREATE))?;
                    stream(&*inner, "mini", &bytes(numbers.below(4_000), round))?;
                }
                _ => stream(root, &name, &bytes(numbers.below(12_000), round))?,
            }
        }
        commit(root)?;
    }
    Ok(())
}

/// Makes halves of surrogate pairs out of the X of these names, in the bytes of a file: a name with
/// one cannot be given to us as text.
pub fn odd_names(path: &Path, way: Way, large: bool) -> Answer<()> {
    let root = create(path, Way::Anew, large)?;
    for name in ["aXb", "Xb", "aX", "\r", "\n", "a\tb"] {
        stream(&root, name, name.as_bytes())?;
    }
    stream(&*storage(&root, "XX")?, "x", b"in a storage")?;
    commit(&root)?;
    drop(root);
    let mut bytes = std::fs::read(path)?;
    let mut at = 0;
    // Entries begin at multiples of 128 bytes; the names of streams here are their content, too.
    while at + 128 <= bytes.len() {
        if let Some(entry) = bytes.get_mut(at..at + 128).filter(|entry| is_entry(entry)) {
            for unit in entry.chunks_exact_mut(2).take(3).filter(|unit| **unit == [b'X', 0]) {
                unit.copy_from_slice(&[if at % 256 == 0 { 1 } else { 0xFF }, 0xDB]);
            }
        }
        at += 128;
    }
    std::fs::write(path, bytes)?;
    // What is found must come out as it was, by either writer.
    let root = edit(path, way)?;
    stream(&root, "added", b"beside them")?;
    commit(&root)
}

/// A used directory entry, as its name's length and its type tell.
fn is_entry(entry: &[u8]) -> bool {
    matches!(entry, [.., _] if matches!(entry.get(64..67), Some([2..=64, 0, 1 | 2])))
}

/// A stream beyond 2 GiB, with something at both ends and in the middle of it.
pub fn huge(path: &Path) -> Answer<()> {
    let root = create(path, Way::Anew, true)?;
    let stream = root.create_stream(&ElementName::new("huge")?, RW)?;
    stream.set_size((1 << 31) + 12_345)?;
    for at in [0, 1 << 30, (1 << 31) - 100, 1 << 31] {
        stream.write_at(at, &bytes(5_000, at))?;
    }
    drop(stream);
    super::make::stream(&root, "after", b"after")?;
    commit(&root)
}
