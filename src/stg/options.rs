//! How compound files are opened and created.

use super::cfb::{Base, Cfb, ReadStorage, Version, check};
use super::commit::{FileCommit, Medium, Opened, Writer, empty_file};
use super::compound::{CompoundFile, Kind};
use super::disk::{Disk, SystemDisk};
use super::lock_bytes::LockBytes;
use super::share::{Lease, Locked};
use super::txn::{self, Source, Spill, StorageNode, TxnStorage};
use super::{Clock, Mode, legal, opening, save};
use crate::error::{Code, Error, Place, Result};
use crate::finding::Validation;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex};

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
    writer: Writer,
    in_place_above: u64,
    disk: Arc<dyn Disk>,
    spill_above: u64,
}

impl Default for StorageOptions {
    fn default() -> Self {
        StorageOptions {
            read_whole_up_to: 32 << 20,
            clock: Clock::System,
            version: Version::V3,
            validation: Validation::Lenient,
            writer: Writer::Auto,
            in_place_above: 1 << 20,
            disk: Arc::new(SystemDisk),
            spill_above: 32 << 20,
        }
    }
}

const OPEN: Mode = Mode::READ.and(Mode::SHARE_DENY_WRITE);
const ALONE: Mode = Mode::READ.and(Mode::SHARE_EXCLUSIVE);
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

    /// Bytes of uncommitted changes that are kept in memory (32 MiB by default), counted over all
    /// streams and transactions of a root. What is written beyond goes to a file without a name in
    /// the system's folder for temporary files; when that is full, writing answers
    /// [`Code::StgMediumFull`] and the stream stays as it was.
    ///
    /// # Example
    /// ```
    /// use openimsg::StorageOptions;
    ///
    /// let file = StorageOptions::new().spill_above(1 << 20).memory();
    /// # let _ = file;
    /// ```
    #[must_use]
    pub fn spill_above(mut self, bytes: u64) -> StorageOptions {
        self.spill_above = bytes;
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

    /// How commits of files are written; the library chooses by default.
    #[must_use]
    pub fn writer(mut self, writer: Writer) -> StorageOptions {
        self.writer = writer;
        self
    }

    /// Files from this many bytes on (1 MiB by default) are changed where they lie if less than half
    /// of them changed; smaller ones are written anew. Opened for change, they are read by pieces.
    /// See [`Writer::Auto`].
    #[must_use]
    pub fn in_place_above(mut self, bytes: u64) -> StorageOptions {
        self.in_place_above = bytes;
        self
    }

    /// Lets tests stand between commits and the file system.
    #[doc(hidden)]
    #[must_use]
    pub fn disk(mut self, disk: Arc<dyn Disk>) -> StorageOptions {
        self.disk = disk;
        self
    }

    /// As [`CompoundFile::open`].
    ///
    /// # Errors
    /// As [`CompoundFile::open`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<CompoundFile> {
        self.open_mode(path, OPEN)
    }

    /// As [`CompoundFile::edit`].
    ///
    /// # Errors
    /// As [`CompoundFile::edit`].
    pub fn edit(&self, path: impl AsRef<Path>) -> Result<CompoundFile> {
        self.open_mode(path, EDIT)
    }

    /// As [`CompoundFile::create`].
    ///
    /// # Errors
    /// As [`CompoundFile::create`].
    pub fn create(&self, path: impl AsRef<Path>) -> Result<CompoundFile> {
        self.create_mode(path, CREATE)
    }

    /// As [`CompoundFile::create_or_replace`].
    ///
    /// # Errors
    /// As [`CompoundFile::create_or_replace`].
    pub fn create_or_replace(&self, path: impl AsRef<Path>) -> Result<CompoundFile> {
        self.create_mode(path, CREATE.and(Mode::CREATE))
    }

    /// Opens a file with any legal mode, as `StgOpenStorage` does.
    ///
    /// A **direct** root gathers its changes in memory; they reach the file at [`Storage::commit`],
    /// at the commit of a transacted storage right below, or at [`CompoundFile::finish`]. Dropping it
    /// writes nothing. A **transacted** root opened for reading takes any change and refuses to
    /// commit. What other openers may do meanwhile is the share mode's to say; how far that goes on
    /// which system is told in the crate's decision record 11. Spec: structured-storage 2.2, 2.3.
    ///
    /// [`Storage::commit`]: crate::Storage::commit
    ///
    /// # Errors
    /// [`Code::StgInvalidFlag`] or [`Code::StgInvalidFunction`] for a mode that is not legal;
    /// [`Code::StgShareViolation`] or [`Code::StgLockViolation`] if another opener is in the way;
    /// [`Code::StgAccessDenied`] if the system forbids it; and those of [`CompoundFile::open`].
    ///
    /// # Example
    /// ```
    /// use openimsg::{Code, CompoundFile, Mode, StorageOptions};
    /// # let path = std::env::temp_dir().join(format!("openimsg-mode-{}.msg", std::process::id()));
    /// # drop(CompoundFile::create_or_replace(&path)?.finish()?);
    ///
    /// let alone = Mode::READ.and(Mode::SHARE_EXCLUSIVE);
    /// let first = StorageOptions::new().open_mode(&path, alone)?;
    /// let second = StorageOptions::new().open_mode(&path, alone);
    /// assert_eq!(second.unwrap_err().code(), Code::StgShareViolation);
    /// # drop(first);
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    pub fn open_mode(&self, path: impl AsRef<Path>, mode: Mode) -> Result<CompoundFile> {
        let path = opening::absolute(path.as_ref());
        let mode = legal::check_open_root(mode)?;
        let (file, len, mut lease) = opening::open(&path, mode)?;
        let place = |error: Error| error.place(Place::new(path.display().to_string()));
        let whole = self.whole(mode);
        if !mode.can_write() && len > whole {
            save::mark_reader(&file);
        }
        let cfb = self.read_file(file, len, whole).map_err(place)?;
        if mode.has(Mode::DELETE_ON_RELEASE) {
            lease.get_or_insert_with(Lease::none).remove_on_release(&path);
        }
        Ok(self.opened(Medium::Path(path), cfb, mode, lease))
    }

    /// Creates a file with any legal mode, as `StgCreateDocfile` does. A direct root's file is an
    /// empty compound file at once; so is a transacted one's if the name was free, and otherwise the
    /// old file stays until the first commit.
    ///
    /// With [`Mode::CONVERT`] the bytes of an existing file become the stream `CONTENTS`.
    ///
    /// # Errors
    /// [`Code::StgInvalidFlag`] for a mode that is not legal; [`Code::StgFileAlreadyExists`] without
    /// `CREATE` and `CONVERT`; and those of [`StorageOptions::open_mode`].
    pub fn create_mode(&self, path: impl AsRef<Path>, mode: Mode) -> Result<CompoundFile> {
        self.create_root(Some(path.as_ref()), mode).map(|(file, _)| file)
    }

    /// A new file of a name of its own in the folder for temporary files, as `StgCreateDocfile` makes
    /// without a name. It stays, unless the mode holds [`Mode::DELETE_ON_RELEASE`].
    ///
    /// # Errors
    /// As [`StorageOptions::create_mode`].
    pub fn create_temporary(&self, mode: Mode) -> Result<CompoundFile> {
        self.create_root(None, mode).map(|(file, _)| file)
    }

    /// Creates a root, and says whether old content was converted.
    pub(super) fn create_root(
        &self,
        path: Option<&Path>,
        mode: Mode,
    ) -> Result<(CompoundFile, bool)> {
        legal::check_create_root(mode)?;
        let empty = empty_file(self.version, self.clock)?;
        let made = match path {
            Some(path) => opening::create(&*self.disk, &opening::absolute(path), mode, &empty)?,
            None => opening::create_temporary(&*self.disk, mode, &empty)?,
        };
        let opening::Made { path, lease, old } = made;
        let old = match old {
            Some(file) if mode.has(Mode::CONVERT) => Some(opening::read_all(file, &path)?),
            Some(_) if !mode.is_transacted() => {
                opening::replace(&*self.disk, &path, &empty, &lease)?;
                None
            }
            _ => None,
        };
        if mode.has(Mode::DELETE_ON_RELEASE) {
            lease.remove_on_release(&path);
        }
        let file = CompoundFile(self.root(Medium::Path(path), None, mode, lease));
        match old {
            Some(old) => opening::convert(&file, &old, mode).map(|()| (file, true)),
            None => Ok((file, false)),
        }
    }

    /// As [`CompoundFile::memory`].
    #[must_use]
    pub fn memory(&self) -> CompoundFile {
        let mode = CREATE.and(Mode::CREATE);
        CompoundFile(self.root(Medium::Memory, None, mode, Lease::none()))
    }

    /// As [`CompoundFile::from_bytes`].
    ///
    /// # Errors
    /// As [`CompoundFile::from_bytes`].
    pub fn from_bytes(&self, bytes: Vec<u8>) -> Result<CompoundFile> {
        let cfb = self.accept(Base::Memory(bytes))?;
        Ok(self.opened(Medium::Memory, cfb, ALONE, None))
    }

    /// As [`CompoundFile::edit_bytes`].
    ///
    /// # Errors
    /// As [`CompoundFile::edit_bytes`].
    pub fn edit_bytes(&self, bytes: Vec<u8>) -> Result<CompoundFile> {
        let cfb = self.accept(Base::Memory(bytes))?;
        Ok(self.opened(Medium::Memory, cfb, CREATE, None))
    }

    /// Up to how many bytes are read whole. A file that will be changed where it lies is not: little
    /// of it will be looked at.
    fn whole(&self, mode: Mode) -> u64 {
        let in_place = mode.can_write() && self.writer != Writer::Replace;
        if in_place {
            self.read_whole_up_to.min(self.in_place_above)
        } else {
            self.read_whole_up_to
        }
    }

    fn read_file(&self, mut file: File, len: u64, whole: u64) -> Result<Arc<Cfb>> {
        if len > whole {
            return self.accept(Base::window(file, len));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0).saturating_add(1));
        let read = file.by_ref().take(whole).read_to_end(&mut bytes);
        read.map_err(|e| Error::from_io(e, Code::StgReadFault, "open file"))?;
        self.accept(Base::Memory(bytes))
    }

    fn accept(&self, base: Base) -> Result<Arc<Cfb>> {
        let cfb = Cfb::open(base)?;
        if self.validation == Validation::Strict {
            check::refuse_deviations(&cfb)?;
        }
        Ok(cfb)
    }

    /// As [`CompoundFile::create_on`].
    ///
    /// # Errors
    /// As [`CompoundFile::create_on`].
    pub fn create_on(&self, bytes: Arc<dyn LockBytes>) -> Result<CompoundFile> {
        self.create_on_mode(bytes, CREATE.and(Mode::CREATE))
    }

    /// Makes a compound file of lock bytes with any legal mode, as `StgCreateDocfileOnILockBytes`
    /// does. Whatever they held is replaced at once, or becomes the stream `CONTENTS` with
    /// [`Mode::CONVERT`].
    ///
    /// # Errors
    /// [`Code::StgInvalidFlag`] for a mode that is not legal, [`Code::StgInvalidFunction`] for
    /// `DELETEONRELEASE`; those of the lock bytes and of their locks.
    pub fn create_on_mode(&self, bytes: Arc<dyn LockBytes>, mode: Mode) -> Result<CompoundFile> {
        self.create_root_on(bytes, mode).map(|(file, _)| file)
    }

    /// The same, and says whether old content was converted.
    pub(super) fn create_root_on(
        &self,
        bytes: Arc<dyn LockBytes>,
        mode: Mode,
    ) -> Result<(CompoundFile, bool)> {
        legal::check_create_root(mode)?;
        check_nameless(mode)?;
        let lease = Lease::take(Locked::Bytes(Arc::clone(&bytes)), mode)?;
        let old = match mode.has(Mode::CONVERT) && bytes.size()? > 0 {
            true => Some(read_lock_bytes(&bytes, bytes.size()?)?),
            false => None,
        };
        // Old content stays until the commit that puts it into its stream.
        if old.is_none() {
            let empty = empty_file(self.version, self.clock)?;
            bytes.set_size(0)?;
            bytes.write_at(0, &empty)?;
            bytes.flush()?;
        }
        let file = CompoundFile(self.root(Medium::Bytes(bytes), None, mode, lease));
        match old {
            Some(old) => opening::convert(&file, &old, mode).map(|()| (file, true)),
            None => Ok((file, false)),
        }
    }

    /// As [`CompoundFile::open_on`].
    ///
    /// # Errors
    /// As [`CompoundFile::open_on`].
    pub fn open_on(&self, bytes: Arc<dyn LockBytes>) -> Result<CompoundFile> {
        self.open_on_mode(bytes, ALONE)
    }

    /// As [`CompoundFile::edit_on`].
    ///
    /// # Errors
    /// As [`CompoundFile::edit_on`].
    pub fn edit_on(&self, bytes: Arc<dyn LockBytes>) -> Result<CompoundFile> {
        self.open_on_mode(bytes, EDIT)
    }

    /// Opens lock bytes with any legal mode, as `StgOpenStorageOnILockBytes` does.
    ///
    /// # Errors
    /// Those of [`StorageOptions::open_mode`], of the lock bytes and of their locks;
    /// [`Code::StgInvalidFunction`] for `DELETEONRELEASE`.
    pub fn open_on_mode(&self, bytes: Arc<dyn LockBytes>, mode: Mode) -> Result<CompoundFile> {
        let mode = legal::check_open_root(mode)?;
        check_nameless(mode)?;
        let lease = Lease::take(Locked::Bytes(Arc::clone(&bytes)), mode)?;
        let len = bytes.size()?;
        let base = match len > self.whole(mode) {
            true => Base::bytes(Arc::clone(&bytes), len),
            false => Base::Memory(read_lock_bytes(&bytes, len)?),
        };
        let cfb = self.accept(base)?;
        Ok(self.opened(Medium::Bytes(bytes), cfb, mode, Some(lease)))
    }

    /// A root over what was found: for reading, handles on the committed file are enough.
    fn opened(
        &self,
        medium: Medium,
        cfb: Arc<Cfb>,
        mode: Mode,
        lease: Option<Lease>,
    ) -> CompoundFile {
        if mode.is_transacted() || mode.can_write() || mode.has(Mode::SIMPLE) {
            let lease = lease.unwrap_or_else(Lease::none);
            return CompoundFile(self.root(medium, Some(cfb), mode, lease));
        }
        let path = match medium {
            Medium::Path(path) => Some(path),
            Medium::Memory | Medium::Bytes(_) => None,
        };
        let kept = lease.clone().map(|lease| Arc::new(lease) as _);
        let storage = ReadStorage::root(cfb, mode, kept);
        CompoundFile(Kind::Read { storage, path: Mutex::new(path), lease })
    }

    fn root(&self, medium: Medium, cfb: Option<Arc<Cfb>>, mode: Mode, lease: Lease) -> Kind {
        let meta = cfb
            .as_ref()
            .and_then(|cfb| StorageNode::source_meta(&Source::Committed(Arc::clone(cfb), 0)).ok());
        let meta = meta.unwrap_or_else(|| txn::new_root_meta(self.clock));
        let (threshold, version) = (self.whole(mode), self.version);
        let (writer, in_place_above) = (self.writer, self.in_place_above);
        let (kept, disk) = (lease.clone(), Arc::clone(&self.disk));
        let opened =
            Opened { medium, threshold, cfb, version, lease, writer, in_place_above, disk };
        let commit = Arc::new(FileCommit::new(opened));
        let (spill, of_root) = (Spill::above(self.spill_above), Box::new(Arc::clone(&commit)));
        let storage = TxnStorage::root(of_root, meta, mode, self.clock, spill);
        Kind::Change { storage: Arc::new(storage), commit, lease: kept, access: Arc::default() }
    }
}

/// What has no name cannot be removed.
fn check_nameless(mode: Mode) -> Result<()> {
    match mode.has(Mode::DELETE_ON_RELEASE) {
        true => {
            let note = "DELETEONRELEASE is for files";
            Err(Error::new(Code::StgInvalidFunction, "open lock bytes").note(note))
        }
        false => Ok(()),
    }
}

/// All of a caller's bytes; memory grows with what is there, not with what is claimed.
fn read_lock_bytes(bytes: &Arc<dyn LockBytes>, len: u64) -> Result<Vec<u8>> {
    const STEP: u64 = 1 << 20;
    let mut whole = Vec::new();
    while (whole.len() as u64) < len {
        let at = whole.len();
        let step = (len - at as u64).min(STEP.max(at as u64));
        let end = at.saturating_add(usize::try_from(step).unwrap_or(0));
        whole.resize(end, 0);
        let got = bytes.read_at(at as u64, whole.get_mut(at..).unwrap_or_default())?;
        whole.truncate(at.saturating_add(got));
        if got == 0 {
            break;
        }
    }
    Ok(whole)
}
