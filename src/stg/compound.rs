//! Compound files: the root storage, whichever way it was opened.

use super::cfb::{Cfb, ReadStorage, check};
use super::commit::{FileCommit, empty_file};
use super::share::Lease;
use super::swmr::{DirectWriterLock, WriteAccess};
use super::txn::TxnStorage;
use super::{
    CommitFlags, Committed, ElementName, ElementTimes, Level, LockBytes, Mode, StatStg, Storage,
    StorageOptions, Stream,
};
#[cfg(doc)]
use crate::error::Code;
use crate::error::Result;
use crate::finding::Finding;
use crate::wire::Guid;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A compound file: the root storage of a .msg file, or of any other.
///
/// Opened for reading, nothing is copied or decoded until asked for. Opened for change, everything
/// waits for [`Storage::commit`], which writes a new file beside the old one and renames it into
/// place: a crash or a full disk leaves the old file. Dropping it without a commit changes nothing.
/// As long as a root is there, or anything opened through it, its share mode tells others what they
/// may do with the file.
///
/// # Example
/// ```
/// use openimsg::{CommitFlags, CompoundFile, ElementName, Mode, Storage, Stream};
///
/// let file = CompoundFile::memory();
/// let name = ElementName::new("greeting")?;
/// let stream = file.create_stream(&name, Mode::READWRITE.and(Mode::SHARE_EXCLUSIVE))?;
/// stream.write_at(0, b"hello")?;
/// file.commit(CommitFlags::empty())?;
///
/// let copy = CompoundFile::from_bytes(file.to_bytes()?)?;
/// let stream = copy.open_stream(&name, Mode::READ.and(Mode::SHARE_EXCLUSIVE))?;
/// assert_eq!(stream.as_bytes(), Some(&b"hello"[..]));
/// # Ok::<(), openimsg::Error>(())
/// ```
pub struct CompoundFile(pub(super) Kind);

pub(super) enum Kind {
    Read {
        storage: ReadStorage,
        path: Mutex<Option<PathBuf>>,
        /// What it has locked; its handles keep it too.
        lease: Option<Lease>,
    },
    Change {
        storage: Arc<TxnStorage>,
        commit: Arc<FileCommit>,
        lease: Lease,
        access: Arc<WriteAccess>,
    },
}

impl CompoundFile {
    /// Opens a file for reading (`STGM_READ | STGM_SHARE_DENY_WRITE`), while nobody writes it.
    ///
    /// # Errors
    /// [`Code::StgFileNotFound`]; [`Code::StgLockViolation`] while somebody has it open for change; [`Code::StgFileAlreadyExists`] if it is not a compound file (the
    /// code is COM's); [`Code::StgInvalidHeader`], [`Code::StgDocFileCorrupt`], [`Code::StgOldFormat`]
    /// if it is one but cannot be read; [`Code::StgReadFault`] if the disk fails.
    pub fn open(path: impl AsRef<Path>) -> Result<CompoundFile> {
        StorageOptions::new().open(path)
    }

    /// Opens a file for change
    /// (`STGM_READWRITE | STGM_TRANSACTED | STGM_SHARE_DENY_WRITE`), one opener at a time. For others
    /// beside, and for every other mode, see [`StorageOptions::open_mode`].
    ///
    /// # Errors
    /// As [`CompoundFile::open`]; [`Code::StgShareViolation`] if somebody has it open for change.
    pub fn edit(path: impl AsRef<Path>) -> Result<CompoundFile> {
        StorageOptions::new().edit(path)
    }

    /// Creates a file that must not exist. Until the first commit it is an empty compound file.
    ///
    /// # Errors
    /// [`Code::StgFileAlreadyExists`], [`Code::StgPathNotFound`] and what else the disk answers.
    pub fn create(path: impl AsRef<Path>) -> Result<CompoundFile> {
        StorageOptions::new().create(path)
    }

    /// Creates a file, or replaces one at the first commit; until then the old file stays.
    ///
    /// # Errors
    /// As [`CompoundFile::create`], but for the existing file; [`Code::StgShareViolation`] or
    /// [`Code::StgLockViolation`] if somebody has that open.
    pub fn create_or_replace(path: impl AsRef<Path>) -> Result<CompoundFile> {
        StorageOptions::new().create_or_replace(path)
    }

    /// A new, empty compound file in memory; [`CompoundFile::to_bytes`] gives what was committed.
    #[must_use]
    pub fn memory() -> CompoundFile {
        StorageOptions::new().memory()
    }

    /// Opens bytes for reading. They are kept as they are; nothing is copied.
    ///
    /// # Errors
    /// As [`CompoundFile::open`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<CompoundFile> {
        StorageOptions::new().from_bytes(bytes)
    }

    /// Opens bytes for change in memory; [`CompoundFile::to_bytes`] gives what was committed.
    ///
    /// # Errors
    /// As [`CompoundFile::open`].
    pub fn edit_bytes(bytes: Vec<u8>) -> Result<CompoundFile> {
        StorageOptions::new().edit_bytes(bytes)
    }

    /// Opens lock bytes for reading (`STGM_READ | STGM_SHARE_EXCLUSIVE`).
    ///
    /// # Errors
    /// As [`CompoundFile::open`].
    pub fn open_on(bytes: Arc<dyn LockBytes>) -> Result<CompoundFile> {
        StorageOptions::new().open_on(bytes)
    }

    /// Makes an empty compound file of lock bytes, whatever they held, and opens it for change. It is
    /// committed in place, by shadow sectors. Spec: S-082.
    ///
    /// # Errors
    /// Those of the lock bytes.
    pub fn create_on(bytes: Arc<dyn LockBytes>) -> Result<CompoundFile> {
        StorageOptions::new().create_on(bytes)
    }

    /// Opens lock bytes for change; see [`CompoundFile::create_on`].
    ///
    /// # Errors
    /// As [`CompoundFile::open`].
    pub fn edit_on(bytes: Arc<dyn LockBytes>) -> Result<CompoundFile> {
        StorageOptions::new().edit_on(bytes)
    }

    pub(super) fn cfb(&self) -> Option<Arc<Cfb>> {
        match &self.0 {
            Kind::Read { storage, .. } => Some(Arc::clone(storage.cfb())),
            Kind::Change { commit, .. } => commit.cfb(),
        }
    }

    /// A copy of the bytes that are committed, as a file would hold them.
    ///
    /// # Errors
    /// [`Code::StgReadFault`] for a large file that cannot be read any more.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let cfb = match &self.0 {
            Kind::Read { storage, .. } => Arc::clone(storage.cfb()),
            Kind::Change { storage, commit, .. } => match commit.cfb() {
                Some(cfb) => cfb,
                None => return empty_file(commit.version(), storage.clock()),
            },
        };
        let mut bytes = vec![0; usize::try_from(cfb.base.len()).unwrap_or(0)];
        cfb.base.read(0, &mut bytes)?;
        Ok(bytes)
    }

    /// The full path, for a file on disk. Spec: S-083.
    #[must_use]
    pub fn path(&self) -> Option<PathBuf> {
        match &self.0 {
            Kind::Read { path, .. } => path.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Kind::Change { storage, .. } => storage.path(),
        }
    }

    /// The deviations from the file format that were met so far.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        self.cfb().map(|cfb| cfb.findings()).unwrap_or_default()
    }

    /// Every rule of the file format that the committed bytes break; none for a root that was never
    /// committed. Takes time and memory in proportion to the file's length.
    ///
    /// Codes are stable; what each means is in the list of [`check_bytes`](crate::check_bytes).
    ///
    /// # Errors
    /// [`Code::StgReadFault`] for a large file that cannot be read any more.
    pub fn check(&self) -> Result<Vec<Finding>> {
        self.cfb().map_or_else(|| Ok(Vec::new()), |cfb| check::check(&cfb))
    }

    /// Closes this root and everything opened through it: each answers
    /// [`Code::StgReverted`] from now on. Nothing is written, and all locks are given back.
    pub fn close(self) {
        self.end_all();
    }

    fn end_all(&self) {
        match &self.0 {
            Kind::Read { storage, lease, .. } => {
                storage.close();
                lease.iter().for_each(Lease::release);
            }
            Kind::Change { storage, lease, access, .. } => {
                storage.close();
                access.give_back();
                lease.release();
            }
        }
    }

    /// Commits, and closes as [`CompoundFile::close`] does: what releasing a direct root does in COM,
    /// where the changes are in the file already. Here `Drop` never writes, so a direct root that is
    /// merely dropped loses what was not committed. A root opened for reading is only closed.
    ///
    /// # Errors
    /// Those of [`Storage::commit`]; the root is closed all the same.
    pub fn finish(self) -> Result<()> {
        let done = match &self.0 {
            Kind::Change { storage, .. } if storage.mode().can_write() => {
                storage.commit(CommitFlags::empty()).map(drop)
            }
            _ => Ok(()),
        };
        self.end_all();
        done
    }

    /// `IDirectWriterLock`, which the writer beside readers has ([`Mode::DIRECT_SWMR`]); nobody else.
    /// Spec: S-042, S-043.
    #[must_use]
    pub fn writer_lock(&self) -> Option<DirectWriterLock> {
        match &self.0 {
            Kind::Change { storage, lease, access, .. }
                if storage.mode().has(Mode::DIRECT_SWMR) && storage.mode().can_write() =>
            {
                Some(DirectWriterLock::new(storage, lease, access))
            }
            _ => None,
        }
    }

    fn storage(&self) -> &dyn Storage {
        match &self.0 {
            Kind::Read { storage, .. } => storage,
            Kind::Change { storage, .. } => &**storage,
        }
    }
}

impl std::fmt::Debug for CompoundFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let reading = matches!(self.0, Kind::Read { .. });
        f.debug_struct("CompoundFile")
            .field("path", &self.path())
            .field("reading", &reading)
            .finish()
    }
}

impl From<CompoundFile> for Arc<dyn Storage> {
    fn from(file: CompoundFile) -> Arc<dyn Storage> {
        Arc::new(file)
    }
}

impl Storage for CompoundFile {
    fn stat(&self) -> Result<StatStg> {
        self.storage().stat()
    }

    fn create_stream(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Stream>> {
        self.storage().create_stream(name, mode)
    }

    fn open_stream(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Stream>> {
        self.storage().open_stream(name, mode)
    }

    fn create_storage(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Storage>> {
        self.storage().create_storage(name, mode)
    }

    fn open_storage(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Storage>> {
        self.storage().open_storage(name, mode)
    }

    fn elements_after(&self, after: Option<&ElementName>, limit: usize) -> Result<Vec<StatStg>> {
        self.storage().elements_after(after, limit)
    }

    fn destroy_element(&self, name: &ElementName) -> Result<()> {
        self.storage().destroy_element(name)
    }

    fn rename_element(&self, old: &ElementName, new: &ElementName) -> Result<()> {
        self.storage().rename_element(old, new)
    }

    fn set_element_times(&self, name: Option<&ElementName>, times: ElementTimes) -> Result<()> {
        self.storage().set_element_times(name, times)
    }

    fn set_class(&self, class: Guid) -> Result<()> {
        self.storage().set_class(class)
    }

    fn set_state_bits(&self, bits: u32, mask: u32) -> Result<()> {
        self.storage().set_state_bits(bits, mask)
    }

    fn commit(&self, flags: CommitFlags) -> Result<()> {
        self.storage().commit(flags)
    }

    fn commit_as(&self, flags: CommitFlags) -> Result<Committed> {
        self.storage().commit_as(flags)
    }

    fn revert(&self) -> Result<()> {
        self.storage().revert()
    }

    fn end(&self) {
        self.end_all();
    }

    fn path(&self) -> Option<PathBuf> {
        CompoundFile::path(self)
    }

    fn release(&self) {
        self.storage().release();
    }

    fn for_elements(&self) -> Result<Option<Arc<dyn Storage>>> {
        self.storage().for_elements()
    }

    fn view(&self) -> Result<Option<Arc<dyn Storage>>> {
        self.storage().view()
    }

    fn with_stream(
        &self,
        name: &ElementName,
        limit: u64,
        work: &mut dyn FnMut(&[u8]),
    ) -> Result<bool> {
        self.storage().with_stream(name, limit, work)
    }

    fn each_stream_of<'a>(
        &'a self,
        name: &ElementName,
        wanted: &dyn Fn(&ElementName) -> bool,
        work: &mut dyn FnMut(&ElementName, Cow<'a, [u8]>),
    ) -> Result<bool> {
        self.storage().each_stream_of(name, wanted, work)
    }

    fn each_storage(&self, work: &mut dyn FnMut(&ElementName)) -> Result<()> {
        self.storage().each_storage(work)
    }

    fn level(&self) -> Result<Option<Level>> {
        self.storage().level()
    }
}
