//! The sequential writer: lays out a whole new compound file, then writes it front to back.
//!
//! ```text
//!   header | FAT | DIFAT | directory | mini FAT | mini stream | streams of 4096 bytes and more
//! ```
//! Every chain is a single run. Sizes are known before the first byte is written, so the sink needs
//! no seeking, and equal input gives equal bytes. Members form a perfectly balanced tree with the
//! deepest incomplete level red. Spec: structured-storage 1.7, 1.9, part 3.

use super::super::mode::ElementKind;
use super::super::name::ElementName;
use super::dirent::{self, NewDirent, TYPE_ROOT, TYPE_STORAGE, TYPE_STREAM};
use super::header::{HEADER_DIFAT, Header, MINI_SECTOR, Version};
use super::layout::{Layout, Span};
use super::special::{DIFSECT, END_OF_CHAIN, FATSECT, FREE, NO_STREAM, RANGE_LOCK};
use crate::error::{Code, Error, Result};
use crate::wire::{FileTime, Guid};
use std::io::Write;
use std::sync::Arc;

/// The bytes of one stream to write.
pub(crate) trait Content: Send + Sync {
    fn len(&self) -> u64;
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize>;
    fn as_bytes(&self) -> Option<&[u8]> {
        None
    }
}

impl Content for super::CfbStream {
    /// What can be read of it: a rewrite heals a broken chain.
    fn len(&self) -> u64 {
        self.available()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        super::CfbStream::read_at(self, offset, buffer)
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        super::CfbStream::as_bytes(self)
    }
}

/// Class, state bits and times of a storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Meta {
    pub(crate) class: Guid,
    pub(crate) state_bits: u32,
    pub(crate) created: FileTime,
    pub(crate) modified: FileTime,
}

/// An element of a plan.
pub(crate) struct Element {
    pub(crate) name: ElementName,
    pub(crate) what: What,
}

/// What an element is.
pub(crate) enum What {
    /// A storage with `count` members from entry `first` of the plan on, sorted by name.
    Storage {
        meta: Meta,
        first: u32,
        count: u32,
    },
    Stream(Arc<dyn Content>),
}

/// Everything that a new file shall hold. Entry 0 is the root; members of one storage are neighbours.
pub(crate) struct Plan {
    pub(crate) version: Version,
    pub(crate) transaction: u32,
    /// Sectors at the beginning of the file that it leaves alone, free in the new FAT.
    pub(crate) origin: u64,
    pub(crate) entries: Vec<Element>,
}

impl Plan {
    pub(crate) fn new(version: Version, transaction: u32, root: Meta) -> Plan {
        let what = What::Storage { meta: root, first: 0, count: 0 };
        let name = ElementName::ascii(b"Root Entry");
        Plan { version, transaction, origin: 0, entries: vec![Element { name, what }] }
    }

    /// Adds the members of the storage at entry `parent`, in name order; their first entry.
    pub(crate) fn add_members(&mut self, parent: u32, members: Vec<Element>) -> u32 {
        let start = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let added = u32::try_from(members.len()).unwrap_or(u32::MAX);
        self.entries.extend(members);
        if let Some(Element { what: What::Storage { first, count, .. }, .. }) =
            self.entries.get_mut(parent as usize)
        {
            (*first, *count) = (start, added);
        }
        start
    }
}

/// Writes little-endian words and keeps count of the bytes in the current sector.
struct Out<'a> {
    sink: &'a mut dyn Write,
    buffer: Vec<u8>,
    sector: usize,
    written: u64,
    /// The byte where the range-lock sector begins, if there is one.
    gap: Option<u64>,
}

const BUFFER: usize = 1 << 18;

impl Out<'_> {
    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.len() >= BUFFER {
            self.flush()?;
            return self.pass(bytes);
        }
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    fn word(&mut self, word: u32) -> Result<()> {
        self.bytes(&word.to_le_bytes())
    }

    fn flush(&mut self) -> Result<()> {
        let buffer = std::mem::take(&mut self.buffer);
        self.pass(&buffer)?;
        self.buffer = buffer;
        self.buffer.clear();
        Ok(())
    }

    fn pass(&mut self, bytes: &[u8]) -> Result<()> {
        let fault = |e| Error::from_io(e, Code::StgWriteFault, "commit storage");
        let end = self.written + bytes.len() as u64;
        if let Some(gap) = self.gap.filter(|gap| *gap < end) {
            let before = usize::try_from(gap - self.written).unwrap_or(0);
            let (now, later) = bytes.split_at(before.min(bytes.len()));
            self.sink.write_all(now).map_err(fault)?;
            self.sink.write_all(&vec![0; self.sector]).map_err(fault)?;
            self.written += (now.len() + self.sector) as u64;
            self.gap = None;
            return self.pass(later);
        }
        self.written = end;
        self.sink.write_all(bytes).map_err(fault)
    }

    fn fill(&mut self, len: usize, fill: u8) -> Result<()> {
        self.buffer.resize(self.buffer.len() + len, fill);
        self.bytes(&[])
    }

    /// Fills the current sector with `fill`.
    fn pad(&mut self, written: u64, fill: u8) -> Result<()> {
        let over = usize::try_from(written % self.sector as u64).unwrap_or(0);
        if over > 0 {
            self.fill(self.sector - over, fill)?;
        }
        Ok(())
    }
}

/// The length of the file that a plan makes.
pub(crate) fn plan_len(plan: &Plan) -> Result<u64> {
    Ok(Layout::new(plan)?.file_len())
}

/// Writes a whole compound file to `sink`.
///
/// # Errors
/// [`Code::StgDocFileTooLarge`] above 2 GiB in version 3; the sink's errors; those of reading the
/// streams that are copied.
pub(crate) fn write_plan(plan: &Plan, sink: &mut dyn Write) -> Result<()> {
    let layout = Layout::new(plan)?;
    let sector = usize::try_from(plan.version.sector()).unwrap_or(512);
    let mut head = header(plan, &layout).to_bytes();
    head.resize(sector, 0);
    sink.write_all(&head).map_err(|e| Error::from_io(e, Code::StgWriteFault, "commit storage"))?;
    write_sectors(plan, &layout, sink)
}

/// Writes everything but the header; what comes first belongs at the sector `origin`. The header that
/// leads there.
///
/// # Errors
/// As [`write_plan`].
pub(crate) fn write_behind(plan: &Plan, sink: &mut dyn Write) -> Result<Vec<u8>> {
    let layout = Layout::new(plan)?;
    write_sectors(plan, &layout, sink)?;
    Ok(header(plan, &layout).to_bytes())
}

fn write_sectors(plan: &Plan, layout: &Layout, sink: &mut dyn Write) -> Result<()> {
    let sector = plan.version.sector();
    let begin = (u64::from(layout.physical(layout.origin)) + 1) * sector;
    let mut out = Out {
        sink,
        buffer: Vec::with_capacity(
            BUFFER.min(usize::try_from(layout.file_len()).unwrap_or(BUFFER)),
        ),
        sector: usize::try_from(sector).unwrap_or(512),
        written: begin,
        gap: layout
            .has_range_lock()
            .then_some((RANGE_LOCK + 1) * sector)
            .filter(|gap| *gap >= begin),
    };
    write_fat(plan, layout, &mut out)?;
    write_difat(layout, &mut out)?;
    write_directory(plan, layout, &mut out)?;
    write_minifat(layout, &mut out)?;
    for mini in [true, false] {
        let mut written = 0;
        for (element, placed) in plan.entries.iter().zip(&layout.streams) {
            if let (What::Stream(content), true) = (&element.what, placed.is_mini() == mini) {
                let unit = if mini { MINI_SECTOR } else { sector };
                write_content(&**content, placed.size, unit, &mut out)?;
                written += placed.size.next_multiple_of(unit);
            }
        }
        out.pad(written, 0)?;
    }
    out.flush()
}

fn header(plan: &Plan, layout: &Layout) -> Header {
    let narrow = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    let in_header = layout.fat.count.min(HEADER_DIFAT as u64);
    Header {
        version: plan.version,
        minor: 0x3E,
        major: 0,
        byte_order: 0xFFFE,
        reserved_is_zero: true,
        num_dir_sectors: if plan.version == Version::V3 { 0 } else { narrow(layout.dir.count) },
        num_fat_sectors: narrow(layout.fat.count),
        first_dir_sector: layout.first(layout.dir),
        transaction: plan.transaction,
        first_minifat_sector: layout.first(layout.minifat),
        num_minifat_sectors: narrow(layout.minifat.count),
        first_difat_sector: layout.first(layout.difat),
        num_difat_sectors: narrow(layout.difat.count),
        difat: (0..in_header).map(|at| layout.physical(layout.fat.start + at)).collect(),
    }
}

fn write_fat(plan: &Plan, layout: &Layout, out: &mut Out<'_>) -> Result<()> {
    let mut physical = 0_u64;
    let mut put = |out: &mut Out<'_>, word: u32| -> Result<()> {
        if layout.has_range_lock() && physical == RANGE_LOCK {
            out.word(END_OF_CHAIN)?;
            physical += 1;
        }
        physical += 1;
        out.word(word)
    };
    for _ in 0..layout.origin {
        put(out, FREE)?;
    }
    for _ in 0..layout.fat.count {
        put(out, FATSECT)?;
    }
    for _ in 0..layout.difat.count {
        put(out, DIFSECT)?;
    }
    let sector = plan.version.sector();
    let big = layout.streams.iter().filter(|placed| !placed.is_mini());
    let big = big.map(|placed| Span { start: placed.start, count: placed.size.div_ceil(sector) });
    for span in [layout.dir, layout.minifat, layout.mini].into_iter().chain(big) {
        for at in 1..=span.count {
            let last = at == span.count;
            put(out, if last { END_OF_CHAIN } else { layout.physical(span.start + at) })?;
        }
    }
    out.pad(physical * 4, 0xFF)
}

fn write_difat(layout: &Layout, out: &mut Out<'_>) -> Result<()> {
    let per_sector = layout.version.sector() / 4 - 1;
    let mut block = HEADER_DIFAT as u64;
    for at in 0..layout.difat.count {
        for _ in 0..per_sector {
            let there = block < layout.fat.count;
            out.word(if there { layout.physical(layout.fat.start + block) } else { FREE })?;
            block += 1;
        }
        let last = at + 1 == layout.difat.count;
        out.word(if last { END_OF_CHAIN } else { layout.physical(layout.difat.start + at + 1) })?;
    }
    Ok(())
}

fn write_minifat(layout: &Layout, out: &mut Out<'_>) -> Result<()> {
    let mut written = 0_u64;
    for placed in layout.streams.iter().filter(|placed| placed.is_mini()) {
        let count = placed.size.div_ceil(MINI_SECTOR);
        for at in 1..=count {
            let next = u32::try_from(placed.start + at).unwrap_or(END_OF_CHAIN);
            out.word(if at == count { END_OF_CHAIN } else { next })?;
        }
        written += count * 4;
    }
    out.pad(written, 0xFF)
}

/// Left sibling, right sibling and colour of each entry.
#[derive(Clone, Copy)]
pub(super) struct Links {
    pub(super) left: u32,
    pub(super) right: u32,
    pub(super) black: bool,
}

/// Links the members `first..first + count` into a balanced tree; its root.
pub(super) fn link_tree(links: &mut [Links], first: u32, count: u32) -> u32 {
    // Levels that are full whatever the count; what lies below them is red.
    let full_levels = (count + 1).ilog2();
    let mut root = NO_STREAM;
    // (low, high, depth, where the middle is hung: parent and side)
    let mut work = vec![(first, first + count, 0, None)];
    while let Some((low, high, depth, hang)) = work.pop() {
        if low == high {
            continue;
        }
        let middle = low.midpoint(high);
        match hang {
            None => root = middle,
            Some((parent, left)) => {
                if let Some(link) = links.get_mut(parent as usize) {
                    *(if left { &mut link.left } else { &mut link.right }) = middle;
                }
            }
        }
        if let Some(link) = links.get_mut(middle as usize) {
            link.black = depth < full_levels;
        }
        work.push((low, middle, depth + 1, Some((middle, true))));
        work.push((middle + 1, high, depth + 1, Some((middle, false))));
    }
    root
}

fn write_directory(plan: &Plan, layout: &Layout, out: &mut Out<'_>) -> Result<()> {
    let mut links =
        vec![Links { left: NO_STREAM, right: NO_STREAM, black: true }; plan.entries.len()];
    let mut children = Vec::with_capacity(plan.entries.len());
    for element in &plan.entries {
        children.push(match element.what {
            What::Storage { first, count, .. } if count > 0 => link_tree(&mut links, first, count),
            _ => NO_STREAM,
        });
    }
    let mut bytes = Vec::with_capacity(128);
    let rows = plan.entries.iter().zip(links).zip(children).zip(&layout.streams);
    for (at, (((element, links), child), placed)) in rows.enumerate() {
        let (kind, meta) = match &element.what {
            What::Storage { meta, .. } => (ElementKind::Storage, *meta),
            What::Stream(_) => (ElementKind::Stream, Meta::default()),
        };
        let mini = kind == ElementKind::Stream && placed.is_mini();
        let (object_type, start, size) = match kind {
            ElementKind::Storage if at == 0 => {
                (TYPE_ROOT, layout.first(layout.mini), layout.mini_bytes)
            }
            ElementKind::Storage => (TYPE_STORAGE, 0, 0),
            ElementKind::Stream if placed.size == 0 => (TYPE_STREAM, END_OF_CHAIN, 0),
            ElementKind::Stream if mini => {
                (TYPE_STREAM, u32::try_from(placed.start).unwrap_or(END_OF_CHAIN), placed.size)
            }
            ElementKind::Stream => (TYPE_STREAM, layout.physical(placed.start), placed.size),
        };
        bytes.clear();
        NewDirent {
            name: element.name.units(),
            object_type,
            black: at != 0 && links.black,
            left: links.left,
            right: links.right,
            child,
            class: meta.class,
            state_bits: meta.state_bits,
            created: if at == 0 { FileTime::default() } else { meta.created },
            modified: meta.modified,
            start,
            size,
        }
        .write(&mut bytes);
        out.bytes(&bytes)?;
    }
    let sector = layout.version.sector();
    let used = plan.entries.len() as u64 * 128;
    for _ in 0..(used.next_multiple_of(sector) - used) / 128 {
        bytes.clear();
        dirent::write_free(&mut bytes);
        out.bytes(&bytes)?;
    }
    Ok(())
}

/// Copies one stream, padded to whole units.
fn write_content(content: &dyn Content, size: u64, unit: u64, out: &mut Out<'_>) -> Result<()> {
    if let Some(bytes) = content.as_bytes().filter(|bytes| bytes.len() as u64 == size) {
        out.bytes(bytes)?;
    } else {
        let mut piece = vec![0; usize::try_from(size.min(1 << 20)).unwrap_or(1 << 20)];
        let mut at = 0;
        while at < size {
            let want = usize::try_from((size - at).min(piece.len() as u64)).unwrap_or(0);
            let got = content.read_at(at, piece.get_mut(..want).unwrap_or_default())?;
            if got == 0 {
                let note = "a stream became shorter while it was copied";
                return Err(Error::new(Code::StgReadFault, "commit storage").note(note));
            }
            out.bytes(piece.get(..got).unwrap_or_default())?;
            at += got as u64;
        }
    }
    let over = size % unit;
    match over {
        0 => Ok(()),
        _ => out.fill(usize::try_from(unit - over).unwrap_or(0), 0),
    }
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
