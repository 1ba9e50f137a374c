//! Commits in place, by shadow sectors: nothing that is committed is overwritten.
//!
//! ```text
//!   1  new bytes of streams          to sectors that are free in the committed state, or appended
//!   2  mini stream, mini FAT,        their changed sectors get new homes, the chains are relinked
//!      directory
//!   3  FAT, DIFAT                    the changed blocks of them, too (table)
//!   4  flush
//!   5  the header                    512 bytes in one write: from here on the new state counts
//!   6  flush
//! ```
//! A crash before 5 leaves the old header, which leads to sectors that were not touched; after it,
//! the new one, whose sectors are on the medium. What the new state does not use is free for the
//! next commit. Cost: the changed sectors and the blocks of the FAT that speak of them.
//! Spec: structured-storage part 3, design B.

mod chain;
mod directory;
mod edit;
mod mini;
mod stream;
mod table;

pub(crate) use edit::{Change, Edit, MemberEdit, StorageEdit, StreamEdit};

use super::super::lock_bytes::LockBytes;
use super::file::Cfb;
use super::header::{HEADER_DIFAT, Header};
use super::special::END_OF_CHAIN;
use super::{Base, check};
use crate::error::{Code, Error, Result};
use crate::finding::Severity;
use directory::Directory;
use mini::Mini;
use std::collections::HashSet;
use std::sync::Arc;
use table::Table;

/// How to commit.
pub(crate) struct How {
    /// The signature that the new header carries.
    pub(crate) transaction: u32,
    /// Whether the medium is flushed before and after the switch.
    pub(crate) durable: bool,
    /// Whether free sectors are taken. Not while others may read an older state in them.
    pub(crate) reuse: bool,
    /// Free sectors that readers of older states still need.
    pub(crate) blocked: HashSet<u32>,
    /// Where nothing free lies before.
    pub(crate) hints: Hints,
}

/// Numbers before which nothing is free, so that no commit searches what the one before has searched.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Hints {
    sector: u32,
    mini: u32,
    slot: u32,
}

/// What a commit made.
pub(crate) struct Done {
    pub(crate) cfb: Arc<Cfb>,
    /// Sectors that the state before used and this one does not.
    pub(crate) freed: Vec<u32>,
    pub(crate) hints: Hints,
}

/// Whether a file is sound enough to be changed where it lies. Else it is to be written anew, which
/// heals it. Reads all that is not content of a stream.
pub(crate) fn is_editable(cfb: &Arc<Cfb>) -> Result<bool> {
    let header = &cfb.header;
    let counts = header.num_fat_sectors as usize == cfb.fat.blocks.len()
        && header.num_difat_sectors as usize == cfb.fat.difat_sectors.len();
    if !counts || cfb.fat.blocks.iter().any(|block| cfb.fat.offset(*block).is_none()) {
        return Ok(false);
    }
    // A commit that was interrupted leaves sectors at the end that the FAT does not know: free ones.
    let harmless = |code: &str| ["fat-short", "file-length"].contains(&code);
    let findings = check::check(cfb)?;
    Ok(findings.iter().all(|it| it.severity() == Severity::Note || harmless(it.code())))
}

/// Where new sectors are written, and the bytes of the new state if those of the old one are in
/// memory.
struct Out<'a> {
    medium: &'a dyn LockBytes,
    shift: u32,
    memory: Option<Vec<u8>>,
}

impl<'a> Out<'a> {
    fn new(cfb: &Cfb, medium: &'a dyn LockBytes) -> Out<'a> {
        let mut memory = None;
        if let Base::Memory(bytes) = &cfb.base {
            let mut copy = Vec::new();
            if copy.try_reserve(bytes.len() + (64 << 10)).is_ok() {
                copy.extend_from_slice(bytes);
                memory = Some(copy);
            }
        }
        Out { medium, shift: cfb.header.version.shift(), memory }
    }

    /// Writes whole sectors that follow each other.
    fn sectors(&mut self, first: u32, bytes: &[u8]) -> Result<()> {
        self.bytes((u64::from(first) + 1) << self.shift, bytes)
    }

    fn bytes(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.medium.write_at(offset, bytes)?;
        let Some(memory) = &mut self.memory else { return Ok(()) };
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(bytes.len());
        if end > memory.len() {
            if memory.try_reserve(end - memory.len()).is_err() {
                self.memory = None;
                return Ok(());
            }
            memory.resize(end, 0);
        }
        if let Some(target) = memory.get_mut(start..end) {
            target.copy_from_slice(bytes);
        }
        Ok(())
    }
}

/// Makes the changes of `edit` to a sound file, where it lies. Up to `threshold` bytes, the new
/// state is kept in memory if the old one is.
///
/// # Errors
/// Those of the medium, and [`Code::StgDocFileTooLarge`]. Before the header is written the committed
/// state is untouched; if writing it fails, the medium has the one or the other.
pub(crate) fn commit(
    cfb: &Arc<Cfb>,
    edit: &Edit,
    medium: &Arc<dyn LockBytes>,
    how: How,
    threshold: u64,
) -> Result<Done> {
    let mut editor = Editor {
        table: Table::new(cfb, how.reuse, how.hints.sector, how.blocked),
        directory: Directory::new(cfb, how.hints.slot),
        mini: Mini::new(cfb, how.hints.mini),
        out: Out::new(cfb, &**medium),
        fresh: HashSet::new(),
        cfb: Arc::clone(cfb),
    };
    editor.apply(edit)?;
    let header = editor.settle(how.transaction)?;
    let used = if how.reuse { editor.table.used()? } else { editor.table.total() };
    if how.durable {
        medium.flush()?;
    }
    editor.out.bytes(0, &header.to_bytes())?;
    // From here on the new state is the committed one, whatever comes.
    if how.durable {
        medium.flush()?;
    }
    let hints = Hints {
        sector: editor.table.hint(how.hints.sector),
        mini: editor.mini.hint(),
        slot: editor.directory.hint(),
    };
    let Editor { table, out, .. } = editor;
    let len = (u64::from(used) + 1) << header.version.shift();
    if used < table.total() || used < cfb.fat.num_sectors {
        // What nobody uses any more goes; if it cannot, it is free all the same.
        let _ = medium.set_size(len);
    }
    let base = match out.memory {
        Some(mut bytes) if len <= threshold => {
            bytes.resize(usize::try_from(len).unwrap_or(0), 0);
            Base::Memory(bytes)
        }
        _ => Base::bytes(Arc::clone(medium), len),
    };
    Ok(Done { cfb: Cfb::open(base)?, freed: table.into_freed(), hints })
}

/// A commit under way.
struct Editor<'a> {
    cfb: Arc<Cfb>,
    table: Table,
    directory: Directory,
    mini: Mini,
    /// Slots of elements that this commit makes.
    fresh: HashSet<u32>,
    out: Out<'a>,
}

impl Editor<'_> {
    /// Gives everything that changed its place; the header that leads to it.
    fn settle(&mut self, transaction: u32) -> Result<Header> {
        let Editor { table, directory, mini, out, cfb, .. } = self;
        let mut put = |sector: u32, bytes: &[u8]| out.sectors(sector, bytes);
        mini.settle(table, &mut put)?;
        let (start, size) = mini.stream();
        directory.set_stream(0, start, size)?;
        directory.chain.settle(table, &mut put)?;
        table.settle()?;
        table.write(&mut put)?;
        let narrow = |count: usize| {
            let too_many = |_| Error::new(Code::StgDocFileTooLarge, "commit storage");
            u32::try_from(count).map_err(too_many)
        };
        let (first_minifat_sector, minifat) = mini.fat();
        let version = cfb.header.version;
        let v3 = version == super::Version::V3;
        Ok(Header {
            num_dir_sectors: if v3 { 0 } else { narrow(directory.chain.len())? },
            num_fat_sectors: narrow(table.homes().len())?,
            first_dir_sector: directory.chain.first(),
            transaction,
            first_minifat_sector,
            num_minifat_sectors: narrow(minifat)?,
            first_difat_sector: table.difat().first().copied().unwrap_or(END_OF_CHAIN),
            num_difat_sectors: narrow(table.difat().len())?,
            difat: table.homes().iter().copied().take(HEADER_DIFAT).collect(),
            ..cfb.header.clone()
        })
    }
}
