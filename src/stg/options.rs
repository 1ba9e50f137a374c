//! How compound files are opened and created.

use super::cfb::{Base, Cfb, ReadStorage, Version, check};
use super::commit::{FileCommit, Medium, Opened, Writer, empty_file};
use super::compound::{CompoundFile, Kind};
use super::disk::{Disk, SystemDisk};
use super::lock_bytes::LockBytes;
use super::share::{Lease, Locked};
use super::txn::{self, Source, Spill, StorageNode, TxnStorage};
use super::{Clock, Mode, save};
use crate::error::{Code, Error, Place, Result};
use crate::finding::Validation;
use std::fs::OpenOptions;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
            in_place_above: 32 << 20,
            disk: Arc::new(SystemDisk),
            spill_above: 64 << 20,
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

    /// Bytes of uncommitted changes that are kept in memory (64 MiB by default), counted over all
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

    /// Files from this many bytes on (32 MiB by default) are changed where they lie if less than half
    /// of them changed; smaller ones are written anew. See [`Writer::Auto`].
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
        let path = absolute(path.as_ref());
        let cfb = self.read_path(&path, false)?;
        let mode = Mode::READ.and(Mode::SHARE_DENY_WRITE);
        Ok(CompoundFile(Kind::Read { storage: ReadStorage::root(cfb, mode), path: Some(path) }))
    }

    /// As [`CompoundFile::edit`].
    ///
    /// # Errors
    /// As [`CompoundFile::edit`].
    pub fn edit(&self, path: impl AsRef<Path>) -> Result<CompoundFile> {
        let path = absolute(path.as_ref());
        let cfb = self.read_path(&path, true)?;
        self.change(Some(path), Some(cfb), EDIT)
    }

    /// As [`CompoundFile::create`].
    ///
    /// # Errors
    /// As [`CompoundFile::create`].
    pub fn create(&self, path: impl AsRef<Path>) -> Result<CompoundFile> {
        let path = absolute(path.as_ref());
        let file = self.change(Some(path.clone()), None, CREATE)?;
        save::create_new(&*self.disk, &path, &empty_file(self.version, self.clock)?)?;
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
        let mode = CREATE.and(Mode::CREATE);
        CompoundFile(self.root(Medium::Memory, None, mode, Lease::none()))
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

    /// Reads a file. For `change` it must be writable, even though only its name will be needed.
    fn read_path(&self, path: &Path, change: bool) -> Result<Arc<Cfb>> {
        let place = || Place::new(path.display().to_string());
        let fail = |e| save::error_at(e, Code::StgReadFault, "open file", path);
        if std::fs::metadata(path).map_err(fail)?.is_dir() {
            let note = "it is a folder";
            return Err(Error::new(Code::StgAccessDenied, "open file").note(note).place(place()));
        }
        let mut file = OpenOptions::new().read(true).write(change).open(path).map_err(fail)?;
        let stat = file.metadata().map_err(fail)?;
        let base = if stat.len() <= self.read_whole_up_to {
            let len = usize::try_from(stat.len()).unwrap_or(0);
            let mut bytes = Vec::with_capacity(len.saturating_add(1));
            file.by_ref().take(self.read_whole_up_to).read_to_end(&mut bytes).map_err(fail)?;
            Base::Memory(bytes)
        } else {
            if !change {
                save::mark_reader(&file);
            }
            Base::window(file, stat.len())
        };
        self.accept(base).map_err(|error| error.place(place()))
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
        let lease = Lease::take(Locked::Bytes(Arc::clone(&bytes)), CREATE)?;
        let empty = empty_file(self.version, self.clock)?;
        bytes.set_size(0)?;
        bytes.write_at(0, &empty)?;
        bytes.flush()?;
        Ok(CompoundFile(self.root(Medium::Bytes(bytes), None, CREATE.and(Mode::CREATE), lease)))
    }

    /// As [`CompoundFile::edit_on`].
    ///
    /// # Errors
    /// As [`CompoundFile::edit_on`].
    pub fn edit_on(&self, bytes: Arc<dyn LockBytes>) -> Result<CompoundFile> {
        let lease = Lease::take(Locked::Bytes(Arc::clone(&bytes)), EDIT)?;
        let cfb = self.read_lock_bytes(&bytes)?;
        Ok(CompoundFile(self.root(Medium::Bytes(bytes), Some(cfb), EDIT, lease)))
    }

    fn read_lock_bytes(&self, bytes: &Arc<dyn LockBytes>) -> Result<Arc<Cfb>> {
        let len = bytes.size()?;
        if len > self.read_whole_up_to {
            return self.accept(Base::bytes(Arc::clone(bytes), len));
        }
        let mut whole = vec![0; usize::try_from(len).unwrap_or(0)];
        let got = bytes.read_at(0, &mut whole)?;
        whole.truncate(got);
        self.accept(Base::Memory(whole))
    }

    fn change(
        &self,
        path: Option<PathBuf>,
        cfb: Option<Arc<Cfb>>,
        mode: Mode,
    ) -> Result<CompoundFile> {
        let lease = Lease::take(Locked::Nothing, mode)?;
        Ok(CompoundFile(self.root(path.map_or(Medium::Memory, Medium::Path), cfb, mode, lease)))
    }

    fn root(&self, medium: Medium, cfb: Option<Arc<Cfb>>, mode: Mode, lease: Lease) -> Kind {
        let meta = cfb
            .as_ref()
            .and_then(|cfb| StorageNode::source_meta(&Source::Committed(Arc::clone(cfb), 0)).ok());
        let meta = meta.unwrap_or_else(|| txn::new_root_meta(self.clock));
        let (threshold, version) = (self.read_whole_up_to, self.version);
        let (writer, in_place_above) = (self.writer, self.in_place_above);
        let disk = Arc::clone(&self.disk);
        let opened =
            Opened { medium, threshold, cfb, version, lease, writer, in_place_above, disk };
        let commit = Arc::new(FileCommit::new(opened));
        let (spill, of_root) = (Spill::above(self.spill_above), Box::new(Arc::clone(&commit)));
        let storage = TxnStorage::root(of_root, meta, mode, self.clock, spill);
        Kind::Change { storage, commit }
    }
}

/// A relative path is resolved once, at opening. Spec: S-083.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
