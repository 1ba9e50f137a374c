//! Compound files: opening, creating, committing.

use super::cfb::{Base, Cfb, Meta, Plan, ReadStorage, Version, plan_len, write_plan};
use super::txn::{self, RootCommit, Source, StorageNode, TxnStorage};
use super::{
    Clock, CommitFlags, ElementName, ElementTimes, Level, Mode, StatStg, Storage, Stream, save,
};
use crate::error::{Code, Error, Place, Result};
use crate::finding::{Finding, Validation};
use crate::wire::Guid;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A compound file: the root storage of a .msg file, or of any other.
///
/// Opened for reading, nothing is copied or decoded until asked for. Opened for change, everything
/// waits for [`Storage::commit`], which writes a new file beside the old one and renames it into
/// place: a crash or a full disk leaves the old file. Dropping it without a commit changes nothing.
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
pub struct CompoundFile(Kind);

enum Kind {
    Read { storage: ReadStorage, path: Option<PathBuf> },
    Change { storage: TxnStorage, commit: Arc<FileCommit> },
}

/// How compound files are opened and written; the defaults suit nearly everyone.
///
/// # Example
/// ```
/// use openimsg::{Clock, FileTime, StorageOptions};
///
/// // The same work gives the same bytes.
/// let file = StorageOptions::new().clock(Clock::Fixed(FileTime::UNIX_EPOCH)).memory();
/// # let _ = file;
/// ```
#[derive(Debug, Clone)]
pub struct StorageOptions {
    read_whole_up_to: u64,
    clock: Clock,
    version: Version,
    validation: Validation,
}

impl Default for StorageOptions {
    fn default() -> Self {
        StorageOptions {
            read_whole_up_to: 32 << 20,
            clock: Clock::System,
            version: Version::V3,
            validation: Validation::Lenient,
        }
    }
}

const EDIT: Mode = Mode::READWRITE.and(Mode::TRANSACTED).and(Mode::SHARE_DENY_WRITE);
const CREATE: Mode = Mode::READWRITE.and(Mode::TRANSACTED).and(Mode::SHARE_EXCLUSIVE);

impl StorageOptions {
    /// The defaults.
    #[must_use]
    pub fn new() -> StorageOptions {
        StorageOptions::default()
    }

    /// Files up to this many bytes are read whole into memory (32 MiB by default); larger ones are
    /// read by pieces when asked for.
    #[must_use]
    pub fn read_whole_up_to(mut self, bytes: u64) -> StorageOptions {
        self.read_whole_up_to = bytes;
        self
    }

    /// Where times come from.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> StorageOptions {
        self.clock = clock;
        self
    }

    /// New files get 4096-byte sectors (version 4) instead of 512.
    #[must_use]
    pub fn large_sectors(mut self, large: bool) -> StorageOptions {
        self.version = if large { Version::V4 } else { Version::V3 };
        self
    }

    /// Strict: a file that breaks a rule is refused on opening, with the first broken rule.
    #[must_use]
    pub fn validation(mut self, validation: Validation) -> StorageOptions {
        self.validation = validation;
        self
    }

    /// As [`CompoundFile::open`].
    ///
    /// # Errors
    /// As [`CompoundFile::open`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<CompoundFile> {
        let path = absolute(path.as_ref());
        let cfb = self.read_path(&path)?;
        let mode = Mode::READ.and(Mode::SHARE_DENY_WRITE);
        Ok(CompoundFile(Kind::Read { storage: ReadStorage::root(cfb, mode), path: Some(path) }))
    }

    /// As [`CompoundFile::edit`].
    ///
    /// # Errors
    /// As [`CompoundFile::edit`].
    pub fn edit(&self, path: impl AsRef<Path>) -> Result<CompoundFile> {
        let path = absolute(path.as_ref());
        let cfb = self.read_path(&path)?;
        self.change(Some(path), Some(cfb), EDIT)
    }

    /// As [`CompoundFile::create`].
    ///
    /// # Errors
    /// As [`CompoundFile::create`].
    pub fn create(&self, path: impl AsRef<Path>) -> Result<CompoundFile> {
        let path = absolute(path.as_ref());
        let file = self.change(Some(path.clone()), None, CREATE)?;
        save::create_new(&path, &empty_file(self.version, self.clock)?)?;
        Ok(file)
    }

    /// As [`CompoundFile::create_or_replace`].
    ///
    /// # Errors
    /// As [`CompoundFile::create_or_replace`].
    pub fn create_or_replace(&self, path: impl AsRef<Path>) -> Result<CompoundFile> {
        let path = absolute(path.as_ref());
        if std::fs::symlink_metadata(&path).is_ok() {
            return self.change(Some(path), None, CREATE.and(Mode::CREATE));
        }
        self.create(path)
    }

    /// As [`CompoundFile::memory`].
    #[must_use]
    pub fn memory(&self) -> CompoundFile {
        CompoundFile(self.root(None, None, CREATE.and(Mode::CREATE)))
    }

    /// As [`CompoundFile::from_bytes`].
    ///
    /// # Errors
    /// As [`CompoundFile::from_bytes`].
    pub fn from_bytes(&self, bytes: Vec<u8>) -> Result<CompoundFile> {
        let cfb = self.read_bytes(bytes)?;
        let mode = Mode::READ.and(Mode::SHARE_EXCLUSIVE);
        Ok(CompoundFile(Kind::Read { storage: ReadStorage::root(cfb, mode), path: None }))
    }

    /// As [`CompoundFile::edit_bytes`].
    ///
    /// # Errors
    /// As [`CompoundFile::edit_bytes`].
    pub fn edit_bytes(&self, bytes: Vec<u8>) -> Result<CompoundFile> {
        let cfb = self.read_bytes(bytes)?;
        self.change(None, Some(cfb), CREATE)
    }

    fn read_bytes(&self, bytes: Vec<u8>) -> Result<Arc<Cfb>> {
        self.accept(Base::Memory(bytes))
    }

    fn read_path(&self, path: &Path) -> Result<Arc<Cfb>> {
        let place = || Place::new(path.display().to_string());
        let fail = |e| Error::from_io(e, Code::StgReadFault, "open file").place(place());
        let mut file = File::open(path).map_err(fail)?;
        let stat = file.metadata().map_err(fail)?;
        if stat.is_dir() {
            let note = "it is a folder";
            return Err(Error::new(Code::StgAccessDenied, "open file").note(note).place(place()));
        }
        let base = if stat.len() <= self.read_whole_up_to {
            let len = usize::try_from(stat.len()).unwrap_or(0);
            let mut bytes = Vec::with_capacity(len.saturating_add(1));
            file.by_ref().take(self.read_whole_up_to).read_to_end(&mut bytes).map_err(fail)?;
            Base::Memory(bytes)
        } else {
            Base::window(file, stat.len())
        };
        self.accept(base).map_err(|error| error.place(place()))
    }

    fn accept(&self, base: Base) -> Result<Arc<Cfb>> {
        let cfb = Cfb::open(base)?;
        if self.validation == Validation::Strict {
            super::cfb::check::refuse_deviations(&cfb)?;
        }
        Ok(cfb)
    }

    fn change(
        &self,
        path: Option<PathBuf>,
        cfb: Option<Arc<Cfb>>,
        mode: Mode,
    ) -> Result<CompoundFile> {
        Ok(CompoundFile(self.root(path, cfb, mode)))
    }

    fn root(&self, path: Option<PathBuf>, cfb: Option<Arc<Cfb>>, mode: Mode) -> Kind {
        let replacing = cfb.is_none();
        let version = cfb.as_ref().map_or(self.version, |cfb| cfb.header.version);
        let transaction = cfb.as_ref().map_or(0, |cfb| cfb.header.transaction);
        let on_disk = cfb.as_ref().map(|cfb| cfb.header.transaction);
        let meta = cfb
            .as_ref()
            .and_then(|cfb| StorageNode::source_meta(&Source::Committed(Arc::clone(cfb), 0)).ok());
        let meta = meta.unwrap_or_else(|| txn::new_root_meta(self.clock));
        let state = State { cfb, version, transaction, on_disk, must_write: replacing };
        let threshold = self.read_whole_up_to;
        let commit = Arc::new(FileCommit { path, threshold, state: Mutex::new(state) });
        let storage = TxnStorage::root(Box::new(Arc::clone(&commit)), meta, mode, self.clock);
        Kind::Change { storage, commit }
    }
}

/// A relative path is resolved once, at opening. Spec: S-083.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

fn empty_file(version: Version, clock: Clock) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let meta = Meta { modified: clock.now(), ..Meta::default() };
    write_plan(&Plan::new(version, 0, meta), &mut bytes)?;
    Ok(bytes)
}

/// Commits of a root that lies in a file or in memory.
struct FileCommit {
    path: Option<PathBuf>,
    threshold: u64,
    state: Mutex<State>,
}

struct State {
    /// What is committed; `None` until the first commit of a new root.
    cfb: Option<Arc<Cfb>>,
    version: Version,
    transaction: u32,
    /// The signature that this opener last saw in the file.
    on_disk: Option<u32>,
    must_write: bool,
}

impl FileCommit {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the file still carries the signature this opener saw. Spec: S-131, S-140.
    fn check_current(&self, state: &State, flags: CommitFlags) -> Result<()> {
        let (Some(path), Some(seen)) = (&self.path, state.on_disk) else { return Ok(()) };
        let Ok(mut file) = File::open(path) else { return Ok(()) };
        let mut head = [0; 512];
        let there = file.read_exact(&mut head).is_ok();
        let place = || Place::new(path.display().to_string());
        if !there || !super::cfb::looks_like_compound_file(&head) {
            let note = "somebody overwrote the file; it is no compound file any more";
            return Err(Error::new(Code::StgInvalidHeader, "commit storage")
                .note(note)
                .place(place()));
        }
        if flags.contains(CommitFlags::ONLY_IF_CURRENT) && crate::wire::u32_at(&head, 52) != seen {
            let note = "another opener committed to the file in between";
            return Err(Error::new(Code::StgNotCurrent, "commit storage")
                .note(note)
                .place(place()));
        }
        Ok(())
    }

    fn write(&self, plan: &Plan, durable: bool) -> Result<Arc<Cfb>> {
        let len = plan_len(plan)?;
        let in_memory = self.path.is_none() || len <= self.threshold;
        let mut bytes = Vec::new();
        if in_memory {
            bytes.reserve_exact(usize::try_from(len).unwrap_or(0));
            write_plan(plan, &mut bytes)?;
        }
        let Some(path) = &self.path else { return Cfb::open(Base::Memory(bytes)) };
        let file = save::replace(path, durable, |file| match in_memory {
            true => std::io::Write::write_all(file, &bytes)
                .map_err(|e| Error::from_io(e, Code::StgWriteFault, "commit storage")),
            false => write_plan(plan, file),
        })?;
        Cfb::open(if in_memory { Base::Memory(bytes) } else { Base::window(file, len) })
    }
}

impl RootCommit for Arc<FileCommit> {
    fn commit(&self, root: &Arc<StorageNode>, flags: CommitFlags, clock: Clock) -> Result<()> {
        let mut state = self.state();
        let consolidate = flags.contains(CommitFlags::CONSOLIDATE);
        if !state.must_write && !consolidate && !txn::is_dirty(root) {
            return Ok(());
        }
        self.check_current(&state, flags)?;
        root.write().meta.modified = clock.now();
        let transaction = state.transaction.wrapping_add(1);
        let mut plan = txn::plan_of(root, state.version, transaction)?;
        if plan_len(&plan).is_err() && plan.version == Version::V3 {
            // Too large for 512-byte sectors; version 4 holds 16 TiB.
            plan.version = Version::V4;
        }
        let durable = !flags.contains(CommitFlags::DANGEROUSLY_COMMIT_MERELY_TO_DISK_CACHE);
        let cfb = self.write(&plan, durable)?;
        txn::rebase(root, &cfb)?;
        *state = State {
            version: plan.version,
            transaction,
            on_disk: Some(transaction),
            cfb: Some(cfb),
            must_write: false,
        };
        Ok(())
    }

    fn committed(&self) -> Source {
        match &self.state().cfb {
            Some(cfb) => Source::Committed(Arc::clone(cfb), 0),
            None => Source::New,
        }
    }

    fn path(&self) -> Option<PathBuf> {
        self.path.clone()
    }
}

impl CompoundFile {
    /// Opens a file for reading (`STGM_READ | STGM_SHARE_DENY_WRITE`).
    ///
    /// # Errors
    /// [`Code::StgFileNotFound`]; [`Code::StgFileAlreadyExists`] if it is not a compound file (the
    /// code is COM's); [`Code::StgInvalidHeader`], [`Code::StgDocFileCorrupt`], [`Code::StgOldFormat`]
    /// if it is one but cannot be read; [`Code::StgReadFault`] if the disk fails.
    pub fn open(path: impl AsRef<Path>) -> Result<CompoundFile> {
        StorageOptions::new().open(path)
    }

    /// Opens a file for change
    /// (`STGM_READWRITE | STGM_TRANSACTED | STGM_SHARE_DENY_WRITE`).
    ///
    /// # Errors
    /// As [`CompoundFile::open`].
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
    /// As [`CompoundFile::create`], but for the existing file.
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

    fn cfb(&self) -> Option<Arc<Cfb>> {
        match &self.0 {
            Kind::Read { storage, .. } => Some(Arc::clone(storage.cfb())),
            Kind::Change { commit, .. } => commit.state().cfb.clone(),
        }
    }

    /// A copy of the bytes that are committed, as a file would hold them.
    ///
    /// # Errors
    /// [`Code::StgReadFault`] for a large file that cannot be read any more.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let Some(cfb) = self.cfb() else { return empty_file(Version::V3, Clock::System) };
        let mut bytes = vec![0; usize::try_from(cfb.base.len()).unwrap_or(0)];
        cfb.base.read(0, &mut bytes)?;
        Ok(bytes)
    }

    /// The full path, for a file on disk. Spec: S-083.
    #[must_use]
    pub fn path(&self) -> Option<PathBuf> {
        match &self.0 {
            Kind::Read { path, .. } => path.clone(),
            Kind::Change { storage, .. } => storage.path(),
        }
    }

    /// The deviations from the file format that were met so far.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        self.cfb().map(|cfb| cfb.findings()).unwrap_or_default()
    }

    /// Closes this root and everything opened through it: each answers
    /// [`Code::StgReverted`] from now on. Nothing is written.
    pub fn close(self) {
        match &self.0 {
            Kind::Read { storage, .. } => storage.close(),
            Kind::Change { storage, .. } => storage.close(),
        }
    }

    fn storage(&self) -> &dyn Storage {
        match &self.0 {
            Kind::Read { storage, .. } => storage,
            Kind::Change { storage, .. } => storage,
        }
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

    fn revert(&self) -> Result<()> {
        self.storage().revert()
    }

    fn level(&self) -> Result<Option<Level>> {
        self.storage().level()
    }
}

impl std::fmt::Debug for CompoundFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let writable = matches!(self.0, Kind::Change { .. });
        f.debug_struct("CompoundFile")
            .field("path", &self.path())
            .field("writable", &writable)
            .finish_non_exhaustive()
    }
}
