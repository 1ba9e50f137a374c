//! A file system with a record of every step, and compound files on it: as lock bytes, replaced by
//! renaming, changed in place.
#![allow(dead_code, reason = "each test binary uses a part")]

use crate::common::journal::{Call, Fault, Image, Journal, ONLY, Op, Record};
use openimsg::{
    CompoundFile, Disk, FileLockBytes, LockBytes, Mode, Result, StorageOptions, Writer,
};
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Seek};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

/// The file system itself.
#[derive(Debug)]
struct Real;

impl Disk for Real {}

/// Does everything on the real file system and writes it down; or fails instead.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    record: Arc<Mutex<Record>>,
    /// The number of each file by its inode.
    numbers: Mutex<HashMap<u64, u64>>,
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().into()
}

impl Recorder {
    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap()
    }

    fn call(&self, call: Call) -> io::Result<()> {
        self.record().call(call).map_err(|fault| fault.error.into())
    }

    fn number(&self, stat: &Metadata) -> u64 {
        let next = self.record().image.next_file();
        *self.numbers.lock().unwrap().entry(stat.ino()).or_insert(next)
    }

    /// Takes note of a file that is there.
    fn know(&self, path: &Path) {
        let number = self.number(&fs::metadata(path).unwrap());
        self.record().image.put(&file_name(path), number, fs::read(path).unwrap());
    }
}

impl Disk for Recorder {
    fn open(&self, path: &Path, write: bool) -> io::Result<File> {
        self.call(Call::Open)?;
        Real.open(path, write)
    }

    fn create(&self, path: &Path, private: bool) -> io::Result<File> {
        self.call(Call::Create)?;
        let file = Real.create(path, private)?;
        // The inode may have been somebody else's before.
        let number = self.record().image.next_file();
        self.numbers.lock().unwrap().insert(file.metadata()?.ino(), number);
        self.record().push(Op::Name(file_name(path), number));
        Ok(file)
    }

    fn create_shared(&self, path: &Path, _: &mut OpenOptions) -> io::Result<File> {
        self.create(path, false)
    }

    fn write(&self, file: &File, bytes: &[u8]) -> io::Result<usize> {
        let mut at = file;
        let at = at.stream_position()?;
        let number = self.number(&file.metadata()?);
        let failed = self.call(Call::Write);
        // A write that fails may have written some of it.
        let some = if failed.is_err() { &bytes[..bytes.len() / 2] } else { bytes };
        let wrote = Real.write(file, some)?;
        self.record().push(Op::Write(number, at, some[..wrote].to_vec()));
        failed.map(|()| wrote)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        self.call(Call::Flush)?;
        let number = self.number(&file.metadata()?);
        self.record().push(Op::Flush(number));
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call(Call::Rename)?;
        let number = self.number(&fs::metadata(from)?);
        Real.rename(from, to)?;
        self.record().push(Op::Rename(file_name(from), file_name(to), number));
        Ok(())
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        self.call(Call::FlushNames)?;
        self.record().push(Op::FlushNames);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        Real.remove(path)?;
        self.record().push(Op::Unname(file_name(path)));
        Ok(())
    }

    fn bytes(&self, file: File, path: &Path) -> Arc<dyn LockBytes> {
        let number = self.number(&file.metadata().unwrap());
        let record = Arc::clone(&self.record);
        Arc::new(Recorded { number, record, inner: FileLockBytes::new(file, path) })
    }
}

/// A file as lock bytes, with a record.
struct Recorded {
    number: u64,
    record: Arc<Mutex<Record>>,
    inner: Arc<FileLockBytes>,
}

impl Recorded {
    fn call(&self, call: Call) -> Result<()> {
        self.record.lock().unwrap().call(call).map_err(|fault| fault.as_error())
    }

    fn push(&self, op: Op) {
        self.record.lock().unwrap().push(op);
    }
}

impl LockBytes for Recorded {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        self.call(Call::Read)?;
        self.inner.read_at(offset, buffer)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        let failed = self.call(Call::Write);
        let half = data.len() / 2 / 512 * 512;
        let some = if failed.is_err() { &data[..half] } else { data };
        self.inner.write_at(offset, some)?;
        self.push(Op::Write(self.number, offset, some.to_vec()));
        failed
    }

    fn flush(&self) -> Result<()> {
        self.call(Call::Flush)?;
        self.push(Op::Flush(self.number));
        Ok(())
    }

    fn set_size(&self, size: u64) -> Result<()> {
        self.call(Call::SetSize)?;
        self.inner.set_size(size)?;
        self.push(Op::SetSize(self.number, size));
        Ok(())
    }

    fn size(&self) -> Result<u64> {
        self.inner.size()
    }
}

/// Where a compound file lies and how it is committed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// Lock bytes: design B.
    Bytes,
    /// A path, replaced: design A.
    Replace,
    /// A path, changed in place: design B.
    InPlace,
}

/// Transacted, and nobody is kept out.
fn shared(access: Mode) -> Mode {
    access.and(Mode::TRANSACTED).and(Mode::SHARE_DENY_NONE)
}

/// A compound file on a disk with a record.
pub(crate) struct Target {
    pub(crate) way: Way,
    options: StorageOptions,
    record: Arc<Mutex<Record>>,
    bytes: Option<Arc<dyn LockBytes>>,
    folder: tempfile::TempDir,
}

impl Target {
    /// With these bytes; with none, there is nothing yet, but for empty lock bytes.
    pub(crate) fn new(way: Way, options: StorageOptions, start: Option<&[u8]>) -> Target {
        let folder = tempfile::tempdir().unwrap();
        if way == Way::Bytes {
            let journal = Journal::new(start.unwrap_or_default().to_vec());
            let record = Arc::clone(&journal.0);
            return Target { way, options, record, bytes: Some(Arc::new(journal)), folder };
        }
        let writer = if way == Way::Replace { Writer::Replace } else { Writer::InPlace };
        let recorder = Recorder::default();
        if let Some(start) = start {
            let path = folder.path().join(ONLY);
            fs::write(&path, start).unwrap();
            recorder.know(&path);
        }
        let record = Arc::clone(&recorder.record);
        let options = options.writer(writer).disk(Arc::new(recorder));
        Target { way, options, record, bytes: None, folder }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join(ONLY)
    }

    pub(crate) fn try_create(&self) -> Result<CompoundFile> {
        match &self.bytes {
            Some(bytes) => self.options.create_on(Arc::clone(bytes)),
            None => self.options.create(self.path()),
        }
    }

    pub(crate) fn create(&self) -> CompoundFile {
        self.try_create().unwrap()
    }

    pub(crate) fn try_edit(&self) -> Result<CompoundFile> {
        match &self.bytes {
            Some(bytes) => self.options.edit_on(Arc::clone(bytes)),
            // As one of several openers.
            None => self.options.open_mode(self.path(), shared(Mode::READWRITE)),
        }
    }

    pub(crate) fn edit(&self) -> CompoundFile {
        self.try_edit().unwrap()
    }

    /// A reader of the file as it is now, by windows.
    pub(crate) fn reader(&self) -> CompoundFile {
        let options = StorageOptions::new().read_whole_up_to(0);
        options.open_mode(self.path(), shared(Mode::READ)).unwrap()
    }

    pub(crate) fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap()
    }

    /// Begins a new record; what is on the disk now.
    pub(crate) fn start(&self) -> Image {
        let mut record = self.record();
        record.start(None);
        record.image.clone()
    }

    /// From now on this call fails.
    pub(crate) fn fail(&self, fault: Option<Fault>) {
        self.record().start(fault);
    }

    pub(crate) fn calls(&self) -> BTreeMap<Call, u64> {
        self.record().calls()
    }

    /// The bytes that a reader finds now. The record must have missed nothing.
    pub(crate) fn now(&self) -> Vec<u8> {
        let image = self.record().image.clone();
        if self.way != Way::Bytes {
            let mut names = Vec::new();
            for entry in fs::read_dir(self.folder.path()).unwrap() {
                let path = entry.unwrap().path();
                let name = file_name(&path);
                let real = fs::read(&path).unwrap();
                assert!(image.content(&name) == Some(real), "{name}: an unrecorded change");
                names.push(name);
            }
            assert_eq!(names.len(), image.names.len(), "an unrecorded name");
        }
        image.content(ONLY).unwrap()
    }
}

/// Makes a folder of an image, commits to the file in it, and tells the names that are there then.
pub(crate) fn names_after_the_next_commit(image: &Image) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for name in image.names.keys() {
        fs::write(folder.path().join(name), image.content(name).unwrap()).unwrap();
    }
    let options = StorageOptions::new().writer(Writer::Replace);
    let file = options.edit(folder.path().join(ONLY)).unwrap();
    let flags = openimsg::CommitFlags::CONSOLIDATE
        | openimsg::CommitFlags::DANGEROUSLY_COMMIT_MERELY_TO_DISK_CACHE;
    openimsg::Storage::commit(&file, flags).unwrap();
    fs::read_dir(folder.path()).unwrap().map(|entry| file_name(&entry.unwrap().path())).collect()
}
