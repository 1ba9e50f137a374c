//! Roots on lock bytes: what is asked of the bytes, and who locks them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{READ, RW, name};
use openimsg::com::roots::{
    Opening, stg_create_docfile_on_ilock_bytes, stg_is_storage_file, stg_is_storage_ilock_bytes,
    stg_open_storage_on_ilock_bytes, stg_set_times,
};
use openimsg::{
    Code, CommitFlags, CompoundFile, Error, Guid, LockBytes, LockTypes, MemoryLockBytes, Mode,
    Result, Storage, StorageOptions,
};
use std::sync::{Arc, Mutex};

const X: u32 = 0x10;
const CR: u32 = 0x1000;
const T: u32 = 0x1_0000;

/// Who has locked what: shared by several openers of the same bytes.
type Table = Arc<Mutex<Vec<(usize, u64, u64)>>>;

/// Bytes in memory that note every call to their locks.
struct Watched {
    bytes: Arc<MemoryLockBytes>,
    offered: LockTypes,
    /// The code that every lock fails with.
    failing: Option<Code>,
    table: Table,
    opener: usize,
    calls: Mutex<Vec<(bool, u64, u64, LockTypes)>>,
}

impl Watched {
    fn new(offered: LockTypes, failing: Option<Code>) -> Arc<Watched> {
        Watched::beside(&Arc::default(), &Table::default(), 0, offered, failing)
    }

    fn beside(
        bytes: &Arc<MemoryLockBytes>,
        table: &Table,
        opener: usize,
        offered: LockTypes,
        failing: Option<Code>,
    ) -> Arc<Watched> {
        let (bytes, table) = (Arc::clone(bytes), Arc::clone(table));
        Arc::new(Watched { bytes, offered, failing, table, opener, calls: Mutex::default() })
    }

    fn calls(&self) -> usize {
        self.calls.lock().unwrap().len()
    }
}

impl LockBytes for Watched {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        self.bytes.read_at(offset, buffer)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        self.bytes.write_at(offset, data)
    }

    fn flush(&self) -> Result<()> {
        self.bytes.flush()
    }

    fn set_size(&self, size: u64) -> Result<()> {
        self.bytes.set_size(size)
    }

    fn size(&self) -> Result<u64> {
        self.bytes.size()
    }

    fn locks_supported(&self) -> LockTypes {
        self.offered
    }

    fn lock_region(&self, offset: u64, len: u64, kind: LockTypes) -> Result<()> {
        self.calls.lock().unwrap().push((true, offset, len, kind));
        if let Some(code) = self.failing {
            return Err(Error::new(code, "lock region"));
        }
        let mut table = self.table.lock().unwrap();
        let meets = |(_, at, n): &(usize, u64, u64)| offset < at + n && *at < offset + len;
        if table.iter().any(meets) {
            return Err(Error::new(Code::StgLockViolation, "lock region"));
        }
        table.push((self.opener, offset, len));
        Ok(())
    }

    fn unlock_region(&self, offset: u64, len: u64, kind: LockTypes) -> Result<()> {
        self.calls.lock().unwrap().push((false, offset, len, kind));
        let mut table = self.table.lock().unwrap();
        let ours = table.iter().position(|entry| *entry == (self.opener, offset, len));
        table.remove(ours.expect("only what was locked is unlocked, with the same arguments"));
        Ok(())
    }
}

fn all() -> LockTypes {
    LockTypes::WRITE | LockTypes::EXCLUSIVE | LockTypes::ONLY_ONCE
}

fn mode(bits: u32) -> Mode {
    Mode::from_bits(bits)
}

/// Spec: S-136
#[test]
fn bytes_without_locks_are_never_asked_for_one() {
    for offered in [LockTypes::empty(), LockTypes::WRITE] {
        let bytes = Watched::new(offered, Some(Code::StgInvalidFunction));
        let file = CompoundFile::create_on(Arc::clone(&bytes) as Arc<dyn LockBytes>).unwrap();
        file.create_stream(&name("x"), RW).unwrap();
        file.commit(CommitFlags::empty()).unwrap();
        drop(file);
        for bits in [X, T | 0x22, X | 2, T, 0x20] {
            let bytes = Arc::clone(&bytes) as Arc<dyn LockBytes>;
            assert!(StorageOptions::new().open_on_mode(bytes, mode(bits)).is_ok());
        }
        assert_eq!(bytes.calls(), 0);
    }
}

/// Spec: S-137
#[test]
fn bytes_with_locks_are_locked_and_given_back() {
    let bytes = Watched::new(all(), None);
    let file = CompoundFile::create_on(Arc::clone(&bytes) as Arc<dyn LockBytes>).unwrap();
    assert!(bytes.calls() > 0);
    let held: Vec<u64> = bytes.table.lock().unwrap().iter().map(|(_, at, _)| *at).collect();
    assert_eq!(held, [0x7FFF_FF93, 0x7FFF_FFA7, 0x7FFF_FFBB, 0x7FFF_FFCF]);
    file.create_stream(&name("x"), RW).unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    drop(file);
    assert!(bytes.table.lock().unwrap().is_empty());
}

/// Spec: S-138
#[test]
fn a_lock_that_was_claimed_and_fails_is_the_answer_of_the_creation() {
    let bytes = Watched::new(all(), Some(Code::StgInvalidFunction));
    bytes.write_at(0, b"as before").unwrap();
    for bits in [CR | X | 2, CR | X | 2 | T] {
        let mut out = None;
        let lock_bytes = Arc::clone(&bytes) as Arc<dyn LockBytes>;
        let answer = stg_create_docfile_on_ilock_bytes(Some(lock_bytes), bits, 0, Some(&mut out));
        assert_eq!(answer.unwrap_err().code(), Code::StgInvalidFunction);
        assert!(out.is_none());
    }
    assert!(bytes.calls() > 0);
    assert_eq!(bytes.bytes.to_vec(), b"as before");
}

/// Openers of the same bytes through objects of their own meet in the caller's locks.
#[test]
fn openers_of_locked_bytes_keep_each_other_out() {
    let (bytes, table) = (Arc::default(), Table::default());
    let opener =
        |number| -> Arc<dyn LockBytes> { Watched::beside(&bytes, &table, number, all(), None) };
    let file = CompoundFile::create_on(opener(0)).unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    let open = |number, bits| StorageOptions::new().open_on_mode(opener(number), mode(bits));
    assert_eq!(open(1, T).unwrap_err().code(), Code::StgShareViolation);
    drop(file);
    let (one, two) = (open(1, T).unwrap(), open(2, T | 0x42).unwrap());
    assert_eq!(open(3, X | 2).unwrap_err().code(), Code::StgLockViolation);
    two.create_stream(&name("x"), RW).unwrap();
    two.commit(CommitFlags::empty()).unwrap();
    assert_eq!(one.elements().unwrap(), [], "its opening state");
    drop((one, two));
    assert_eq!(open(3, X | 2).unwrap().elements().unwrap().len(), 1);
    assert!(table.lock().unwrap().is_empty());
}

/// Spec: S-079
#[test]
fn lock_bytes_are_a_storage_after_creation() {
    let bytes = Arc::new(MemoryLockBytes::default());
    let is_storage = || stg_is_storage_ilock_bytes(Some(&*bytes)).unwrap();
    assert!(!is_storage());
    bytes.write_at(0, b"seven b").unwrap();
    assert!(!is_storage());
    let lock_bytes = Arc::clone(&bytes) as Arc<dyn LockBytes>;
    let mut root = None;
    stg_create_docfile_on_ilock_bytes(Some(lock_bytes), CR | X | 2, 0, Some(&mut root)).unwrap();
    assert!(is_storage());
    let none = stg_is_storage_ilock_bytes(None).unwrap_err();
    assert_eq!(none.code(), Code::StgInvalidPointer);
}

#[test]
fn a_file_is_looked_at_by_its_first_bytes_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let wide: Vec<u16> = path.to_str().unwrap().encode_utf16().collect();
    let look = || stg_is_storage_file(Some(&wide)).map_err(|e| e.code());
    assert_eq!(look(), Err(Code::StgFileNotFound));
    std::fs::write(&path, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]).unwrap();
    assert_eq!(look(), Ok(true));
    std::fs::write(&path, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A]).unwrap();
    assert_eq!(look(), Ok(false));
    assert_eq!(stg_is_storage_file(None).unwrap_err().code(), Code::StgInvalidName);
}

#[test]
fn times_of_a_root_are_set_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let wide: Vec<u16> = path.to_str().unwrap().encode_utf16().collect();
    let time = openimsg::FileTime::UNIX_EPOCH;
    assert_eq!(stg_set_times(None, None, None, None).unwrap_err().code(), Code::StgInvalidName);
    let missing = stg_set_times(Some(&wide), Some(time), None, None).unwrap_err();
    assert_eq!(missing.code(), Code::StgFileNotFound);
    CompoundFile::create(&path).unwrap().finish().unwrap();
    let modified = || CompoundFile::open(&path).unwrap().stat().unwrap().modified;
    let before = modified();
    stg_set_times(Some(&wide), Some(time), Some(time), None).unwrap();
    assert_eq!(modified(), before);
    stg_set_times(Some(&wide), Some(time), None, Some(time)).unwrap();
    assert_eq!(modified(), time);
}

/// Spec: S-080
#[test]
fn stat_of_a_root_in_memory_tells_its_mode_without_create() {
    let bytes = Arc::new(MemoryLockBytes::default());
    let file = StorageOptions::new().create_on_mode(bytes, mode(0x1012)).unwrap();
    let class = Guid::from_bytes([9; 16]);
    file.set_class(class).unwrap();
    let stat = file.stat().unwrap();
    assert_eq!((stat.name, Storage::path(&file)), (None, None));
    assert_eq!(stat.kind, openimsg::ElementKind::Storage);
    assert_eq!((stat.mode.bits(), stat.class), (0x12, class));
}

/// Spec: S-081
#[test]
fn nothing_is_kept_of_lock_bytes_when_the_root_is_gone() {
    for whole in [1 << 20, 0] {
        let bytes = Arc::new(MemoryLockBytes::default());
        let options = StorageOptions::new().read_whole_up_to(whole);
        let lock_bytes = || Arc::clone(&bytes) as Arc<dyn LockBytes>;
        let file = options.create_on_mode(lock_bytes(), mode(0x1012)).unwrap();
        assert!(Arc::strong_count(&bytes) > 1, "the root holds a reference");
        file.create_stream(&name("x"), RW).unwrap().write_at(0, &[1; 5000]).unwrap();
        file.finish().unwrap();
        assert_eq!(Arc::strong_count(&bytes), 1);
        for bits in [X, X | 2, T | 0x22] {
            let root: Arc<dyn Storage> =
                options.open_on_mode(lock_bytes(), mode(bits)).unwrap().into();
            drop(root.open_stream(&name("x"), READ).unwrap());
            assert_eq!(Arc::strong_count(&root), 1);
            drop(root);
            assert_eq!(Arc::strong_count(&bytes), 1);
        }
    }
}

/// Spec: S-082
#[test]
fn creation_cuts_old_content_off() {
    let bytes = Arc::new(MemoryLockBytes::default());
    let create = |bits| {
        let lock_bytes = Arc::clone(&bytes) as Arc<dyn LockBytes>;
        StorageOptions::new().create_on_mode(lock_bytes, mode(bits)).unwrap()
    };
    let file = create(0x1012);
    file.set_class(Guid::from_bytes([9; 16])).unwrap();
    file.finish().unwrap();
    for bits in [0x1012, 0x1_1012] {
        bytes.set_size(2512).unwrap();
        drop(create(bits));
        assert!(bytes.size().unwrap() < 2512);
        let back = CompoundFile::open_on(Arc::clone(&bytes) as Arc<dyn LockBytes>).unwrap();
        assert_eq!(back.stat().unwrap().class, Guid::NULL);
    }
}

/// Spec: S-141
#[test]
fn empty_bytes_and_junk_are_no_compound_file() {
    for content in [&b""[..], b"ten bytes!"] {
        let bytes = Arc::new(MemoryLockBytes::new(content.to_vec()));
        for bits in [X, T | 0x22] {
            let lock_bytes = Arc::clone(&bytes) as Arc<dyn LockBytes>;
            let mut out = None;
            let answer = stg_open_storage_on_ilock_bytes(
                Some(lock_bytes),
                Opening::default(),
                bits,
                Some(&mut out),
            );
            assert_eq!(answer.unwrap_err().code(), Code::StgFileAlreadyExists);
            assert!(out.is_none());
        }
        assert_eq!(bytes.to_vec(), content);
    }
}

/// Spec: S-139, S-140
#[test]
fn bytes_zeroed_before_and_after_the_first_commit() {
    let bytes = Arc::new(MemoryLockBytes::default());
    let lock_bytes = Arc::clone(&bytes) as Arc<dyn LockBytes>;
    let file = StorageOptions::new().create_on_mode(lock_bytes, mode(CR | X | 2 | T)).unwrap();
    let zero = || {
        let len = usize::try_from(bytes.size().unwrap()).unwrap();
        bytes.write_at(0, &vec![0; len]).unwrap();
    };
    zero();
    file.commit(CommitFlags::empty()).unwrap();
    assert!(bytes.to_vec().starts_with(&[0xD0, 0xCF, 0x11, 0xE0]));
    zero();
    file.create_stream(&name("x"), RW).unwrap();
    let code = file.commit(CommitFlags::empty()).unwrap_err().code();
    assert_eq!(code, Code::StgInvalidHeader);
    assert!(bytes.to_vec().iter().all(|byte| *byte == 0));
}
