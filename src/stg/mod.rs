//! Layer 1: structured storage. Storages hold storages and streams, as folders hold files.
//!
//! [`Storage`] and [`Stream`] are the interfaces that a message lies on. [`CompoundFile`] is our
//! implementation of them on compound files; a caller may bring another.
//!
//! ```text
//!   cursor, elements, copy, ole, com      what COM's callers need beside the two interfaces
//!        |
//!   CompoundFile (a root)                 caller's own Storage
//!    options, legal, opening, share         |      how roots are opened, and who else may be there
//!        |                                  |
//!   txn: levels of changes, nested; commit publishes one level down; spill: where they wait
//!        |
//!   commit: save (a new file, renamed) or in_place (the same bytes, by shadow sectors)
//!        |
//!   cfb: the committed bytes, read where they lie; writers; check.   salvage: a way round all this
//! ```
//!
//! This layer knows nothing of messages. Spec: structured-storage.md.

mod cfb;
#[doc(hidden)]
pub mod com;
mod commit;
mod compound;
mod copy;
mod cursor;
mod disk;
mod elements;
mod in_place;
mod legal;
mod life;
mod lock_bytes;
mod memory_stream;
mod mode;
mod name;
pub mod ole;
mod opening;
mod options;
mod salvage;
mod save;
mod share;
mod switch;
mod swmr;
mod txn;

pub use cfb::check::check_bytes;
pub use commit::Writer;
pub use compound::CompoundFile;
pub use copy::{Exclude, Transfer, copy_storage, move_element_to};
pub use cursor::{Copied, SeekOrigin, SeekStream, StreamCursor};
pub(crate) use cursor::{copy as copy_cursors, io_error};
#[doc(hidden)]
pub use disk::Disk;
pub use elements::{Elements, ElementsIter};
pub use lock_bytes::{FileLockBytes, LockBytes, LockTypes, MemoryLockBytes};
pub use memory_stream::MemoryStream;
pub use mode::{Clock, CommitFlags, Committed, ElementKind, ElementTimes, Mode, StatStg};
pub(crate) use mode::{MEMBER_READ, MEMBER_RW};
pub use name::ElementName;
pub use options::StorageOptions;
pub use salvage::{Salvage, SalvageItem, SalvageSummary};
pub use swmr::DirectWriterLock;
#[doc(hidden)]
pub use txn::Level;
pub(crate) use txn::overlay;

use crate::error::Result;
use crate::wire::Guid;
use std::borrow::Cow;
use std::sync::Arc;

/// A storage: a folder of streams and further storages, COM's `IStorage`.
///
/// Handles share their element: all methods take `&self`, and every implementation is free-threaded.
/// Members are opened exclusively, at most once at a time through one storage. What a transacted
/// storage accepts is seen through it at once and by its parent after [`Storage::commit`].
/// Dropping a handle never writes; what was not committed is gone.
///
/// Spec: structured-storage 2.4. Codes are the storage's own (`STG_E_*`).
pub trait Storage: Send + Sync {
    /// Name, mode, class, times and state bits.
    ///
    /// # Errors
    /// [`StgReverted`](crate::Code::StgReverted) after the storage was closed, destroyed or reverted;
    /// that holds for every method.
    fn stat(&self) -> Result<StatStg>;

    /// Creates a stream and opens it. `mode` is exclusive, direct, and may hold `CREATE`.
    ///
    /// # Errors
    /// [`StgFileAlreadyExists`](crate::Code::StgFileAlreadyExists) without `CREATE` if the name is
    /// taken; [`StgAccessDenied`](crate::Code::StgAccessDenied) in a read-only direct storage;
    /// [`StgInvalidFlag`](crate::Code::StgInvalidFlag) for a mode that is not legal here.
    fn create_stream(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Stream>>;

    /// Opens a stream.
    ///
    /// # Errors
    /// [`StgFileNotFound`](crate::Code::StgFileNotFound) if there is none of that name (a storage
    /// does not count); [`StgAccessDenied`](crate::Code::StgAccessDenied) if it is open already.
    fn open_stream(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Stream>>;

    /// Creates a storage and opens it, direct or `TRANSACTED`.
    ///
    /// # Errors
    /// As [`Storage::create_stream`].
    fn create_storage(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Storage>>;

    /// Opens a storage, direct or `TRANSACTED`.
    ///
    /// # Errors
    /// As [`Storage::open_stream`].
    fn open_storage(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Storage>>;

    /// At most `limit` members in name order, starting after `after`; live, so that a walk neither
    /// repeats nor skips members that come and go meanwhile.
    ///
    /// # Errors
    /// Those of reading the storage.
    fn elements_after(&self, after: Option<&ElementName>, limit: usize) -> Result<Vec<StatStg>>;

    /// Removes a member and all in it; handles on it die.
    ///
    /// # Errors
    /// [`StgFileNotFound`](crate::Code::StgFileNotFound), or
    /// [`StgAccessDenied`](crate::Code::StgAccessDenied) in a read-only direct storage.
    fn destroy_element(&self, name: &ElementName) -> Result<()>;

    /// Renames a member; content, class and times stay.
    ///
    /// # Errors
    /// [`StgFileAlreadyExists`](crate::Code::StgFileAlreadyExists) if the new name is another
    /// member's, [`StgFileNotFound`](crate::Code::StgFileNotFound),
    /// [`StgAccessDenied`](crate::Code::StgAccessDenied) while the member is open.
    fn rename_element(&self, old: &ElementName, new: &ElementName) -> Result<()>;

    /// Sets times of a member, or of this storage (`None`). Streams store none: accepted, ignored.
    ///
    /// # Errors
    /// [`StgFileNotFound`](crate::Code::StgFileNotFound) for a name that is not there.
    fn set_element_times(&self, name: Option<&ElementName>, times: ElementTimes) -> Result<()>;

    /// Sets the class of this storage.
    ///
    /// # Errors
    /// [`StgAccessDenied`](crate::Code::StgAccessDenied) on a read-only direct storage.
    fn set_class(&self, class: Guid) -> Result<()>;

    /// Sets those state bits of this storage that `mask` names.
    ///
    /// # Errors
    /// As [`Storage::set_class`].
    fn set_state_bits(&self, bits: u32, mask: u32) -> Result<()>;

    /// Publishes the changes of a transacted storage one level down; a root's reach the disk, all or
    /// nothing. Handles stay valid. Does nothing on a direct storage.
    ///
    /// # Errors
    /// [`StgAccessDenied`](crate::Code::StgAccessDenied) if it was opened for reading;
    /// [`StgMediumFull`](crate::Code::StgMediumFull) and other failures of the disk leave the old
    /// state on it and the changes pending, to be committed again.
    fn commit(&self, flags: CommitFlags) -> Result<()>;

    /// As [`Storage::commit`], and tells whether the storage was laid out anew if that was asked for.
    ///
    /// Spec: S-176.
    ///
    /// # Errors
    /// As [`Storage::commit`].
    fn commit_as(&self, flags: CommitFlags) -> Result<Committed> {
        self.commit(flags).map(|()| Committed::Done)
    }

    /// Drops the changes of a transacted storage; every handle below dies, this one stays.
    ///
    /// # Errors
    /// Only [`StgReverted`](crate::Code::StgReverted).
    fn revert(&self) -> Result<()>;

    /// The full path, if this is the root of a file: what COM's `Stat` names it. Spec: S-083.
    fn path(&self) -> Option<std::path::PathBuf> {
        None
    }

    /// A transacted storage that this one lists only from its first commit on.
    #[doc(hidden)]
    fn create_pending_storage(&self, name: &ElementName) -> Result<Arc<dyn Storage>> {
        self.create_storage(name, MEMBER_RW.and(Mode::CREATE).and(Mode::TRANSACTED))
    }

    /// Closes this handle and every one opened through it; each answers
    /// [`StgReverted`](crate::Code::StgReverted) from now on. Nothing is written.
    ///
    /// A storage that is only dropped leaves what was opened through it open. Implementations without
    /// such handles do nothing.
    fn close(&self) {
        self.end();
    }

    /// What [`Storage::close`] does.
    #[doc(hidden)]
    fn end(&self) {}

    /// The same as COM's last `Release` does it: enumerators stay, and keep the element open.
    #[doc(hidden)]
    fn release(&self) {
        self.end();
    }

    /// Whether somebody took this storage away from whoever holds it: a message on it is closed then.
    #[doc(hidden)]
    fn is_gone(&self) -> bool {
        false
    }

    /// This storage for an enumerator: a handle that keeps the element open, ends when it is destroyed
    /// or reverted, and is not ended by [`Storage::release`].
    #[doc(hidden)]
    fn for_elements(&self) -> Result<Option<Arc<dyn Storage>>> {
        Ok(None)
    }

    /// Another handle for reading beside this one: what is open through this one is not through it.
    #[doc(hidden)]
    fn view(&self) -> Result<Option<Arc<dyn Storage>>> {
        Ok(None)
    }

    /// A level of our own transactions to put another one on; other implementations have none.
    #[doc(hidden)]
    fn level(&self) -> Result<Option<Level>> {
        Ok(None)
    }

    /// Hands all bytes of a stream to `work`, as opening, reading and closing it would give them,
    /// where they lie if possible. False if there is no such stream.
    #[doc(hidden)]
    fn with_stream(
        &self,
        name: &ElementName,
        limit: u64,
        work: &mut dyn FnMut(&[u8]),
    ) -> Result<bool> {
        read_stream(self, name, limit, work)
    }

    /// Hands each stream of a member storage whose name is wanted to `work`, in name order, as opening
    /// and reading them one by one would give them. False where it is not that simple: large and
    /// damaged streams, other implementations. What was handed over until then does not count.
    #[doc(hidden)]
    fn each_stream_of<'a>(
        &'a self,
        name: &ElementName,
        wanted: &dyn Fn(&ElementName) -> bool,
        work: &mut dyn FnMut(&ElementName, Cow<'a, [u8]>),
    ) -> Result<bool> {
        let _ = (name, wanted, work);
        Ok(false)
    }

    /// Hands the name of each member that is a storage to `work`, in name order.
    #[doc(hidden)]
    fn each_storage(&self, work: &mut dyn FnMut(&ElementName)) -> Result<()> {
        for stat in self.elements()? {
            if let (Some(name), ElementKind::Storage) = (&stat.name, stat.kind) {
                work(name);
            }
        }
        Ok(())
    }

    /// All members in name order.
    ///
    /// # Errors
    /// As [`Storage::elements_after`].
    fn elements(&self) -> Result<Vec<StatStg>> {
        self.elements_after(None, usize::MAX)
    }
}

/// A stream of bytes, COM's `IStream` without the seek pointer: every access says where.
///
/// Spec: structured-storage 2.5.
pub trait Stream: Send + Sync {
    /// Name, size and mode.
    ///
    /// # Errors
    /// [`StgReverted`](crate::Code::StgReverted) once the stream or a storage above it is gone; that
    /// holds for every method.
    fn stat(&self) -> Result<StatStg>;

    /// The declared size in bytes. Damage may make fewer readable.
    ///
    /// # Errors
    /// As [`Stream::stat`].
    fn size(&self) -> Result<u64>;

    /// Reads from `offset` until `buffer` is full or the stream ends; 0 at and past the end.
    ///
    /// # Errors
    /// [`StgDocFileCorrupt`](crate::Code::StgDocFileCorrupt) where the chain of the stream is broken:
    /// the sound bytes before it are given first. [`StgReadFault`](crate::Code::StgReadFault) if the
    /// medium fails.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize>;

    /// Writes all of `data` at `offset`; a gap before it is filled with zeros.
    ///
    /// # Errors
    /// [`StgAccessDenied`](crate::Code::StgAccessDenied) on a stream opened for reading,
    /// [`StgMediumFull`](crate::Code::StgMediumFull).
    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()>;

    /// Cuts the stream, or extends it with zeros.
    ///
    /// # Errors
    /// As [`Stream::write_at`].
    fn set_size(&self, size: u64) -> Result<()>;

    /// Whether it is of a root opened `STGM_SIMPLE`: a cursor then tells its position as size.
    #[doc(hidden)]
    fn is_simple(&self) -> bool {
        false
    }

    /// The whole content where it lies in memory, in one piece; `None` if it does not.
    ///
    /// This is the way to read without copying; [`Stream::read_at`] always works.
    fn as_bytes(&self) -> Option<&[u8]> {
        None
    }
}

/// Opens a stream, hands all its bytes to `work` and lets it go. False if there is none.
pub(crate) fn read_stream<S: Storage + ?Sized>(
    storage: &S,
    name: &ElementName,
    limit: u64,
    work: &mut dyn FnMut(&[u8]),
) -> Result<bool> {
    let stream = match storage.open_stream(name, MEMBER_READ) {
        Err(e) if e.code() == crate::Code::StgFileNotFound => return Ok(false),
        opened => opened?,
    };
    match stream.as_bytes().filter(|bytes| bytes.len() as u64 <= limit) {
        Some(bytes) => work(bytes),
        None => work(&read_all(&*stream, limit)?),
    }
    Ok(true)
}

/// Reads a whole stream, at most `limit` bytes. Memory grows with what is there, not with claims.
///
/// # Errors
/// [`Code::TooBig`](crate::Code::TooBig) above the limit, else those of [`Stream::read_at`].
pub(crate) fn read_all(stream: &dyn Stream, limit: u64) -> Result<Vec<u8>> {
    use crate::error::{Code, Error};
    let too_big = |size: u64| {
        let note = format!("{size} bytes, the limit is {limit}");
        Err(Error::new(Code::TooBig, "read stream").note(note))
    };
    if let Some(bytes) = stream.as_bytes() {
        let size = bytes.len() as u64;
        return if size > limit { too_big(size) } else { Ok(bytes.to_vec()) };
    }
    let size = stream.size()?;
    if size > limit {
        return too_big(size);
    }
    const STEP: u64 = 1 << 20;
    let mut bytes = Vec::new();
    loop {
        let at = bytes.len();
        let want = size.saturating_sub(at as u64).clamp(1, STEP.max(at as u64));
        let want = usize::try_from(want).unwrap_or(usize::MAX);
        bytes.resize(at.saturating_add(want), 0);
        let got = stream.read_at(at as u64, bytes.get_mut(at..).unwrap_or_default())?;
        bytes.truncate(at.saturating_add(got));
        if got == 0 || bytes.len() as u64 >= size {
            return Ok(bytes);
        }
    }
}
