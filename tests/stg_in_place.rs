//! Commits in place: what they write, what they leave alone, and who may still read the state before.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{READ, RW, listing, name, stream_bytes};
use openimsg::{
    Clock, CommitFlags, CompoundFile, ElementKind, FileTime, LockBytes, MemoryLockBytes, Mode,
    Result, Storage, StorageOptions, Writer,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

const PLAIN: CommitFlags = CommitFlags::empty();

/// Lock bytes that hold huge files of zeros in little memory, and count what is written.
#[derive(Default)]
struct Sparse(Mutex<SparseState>);

#[derive(Default)]
struct SparseState {
    len: u64,
    pages: BTreeMap<u64, Vec<u8>>,
    written: u64,
    /// Where something was written since the count began.
    places: Vec<(u64, u64)>,
}

const PAGE: u64 = 4096;

impl Sparse {
    fn start(&self) {
        let mut state = self.0.lock().unwrap();
        state.written = 0;
        state.places.clear();
    }

    fn written(&self) -> u64 {
        self.0.lock().unwrap().written
    }

    /// Whether any byte of the range was written since the count began.
    fn touched(&self, from: u64, to: u64) -> bool {
        self.0.lock().unwrap().places.iter().any(|(at, len)| *at < to && at + len > from)
    }
}

impl LockBytes for Sparse {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let state = self.0.lock().unwrap();
        let len = state.len.saturating_sub(offset).min(buffer.len() as u64) as usize;
        buffer[..len].fill(0);
        let mut done = 0;
        while done < len {
            let at = offset + done as u64;
            let within = (at % PAGE) as usize;
            let step = (PAGE as usize - within).min(len - done);
            if let Some(page) = state.pages.get(&(at / PAGE)) {
                buffer[done..done + step].copy_from_slice(&page[within..within + step]);
            }
            done += step;
        }
        Ok(len)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        let mut state = self.0.lock().unwrap();
        state.written += data.len() as u64;
        state.places.push((offset, data.len() as u64));
        state.len = state.len.max(offset + data.len() as u64);
        let mut done = 0;
        while done < data.len() {
            let at = offset + done as u64;
            let within = (at % PAGE) as usize;
            let step = (PAGE as usize - within).min(data.len() - done);
            let part = &data[done..done + step];
            if state.pages.contains_key(&(at / PAGE)) || part.iter().any(|byte| *byte != 0) {
                let page = state.pages.entry(at / PAGE).or_insert_with(|| vec![0; PAGE as usize]);
                page[within..within + step].copy_from_slice(part);
            }
            done += step;
        }
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }

    fn set_size(&self, size: u64) -> Result<()> {
        let mut state = self.0.lock().unwrap();
        state.len = size;
        state.pages.split_off(&size.div_ceil(PAGE));
        Ok(())
    }

    fn size(&self) -> Result<u64> {
        Ok(self.0.lock().unwrap().len)
    }
}

/// A file with one stream of `size` zeros and a small one, `subject`.
fn huge(size: u64, large_sectors: bool) -> (Arc<Sparse>, CompoundFile) {
    let bytes = Arc::new(Sparse::default());
    let options = StorageOptions::new().large_sectors(large_sectors);
    let file = options.create_on(Arc::clone(&bytes) as Arc<dyn LockBytes>).unwrap();
    file.create_stream(&name("attachment"), RW).unwrap().set_size(size).unwrap();
    file.create_stream(&name("subject"), RW).unwrap().write_at(0, b"old").unwrap();
    file.commit(PLAIN).unwrap();
    drop(file);
    let file = options.edit_on(Arc::clone(&bytes) as Arc<dyn LockBytes>).unwrap();
    (bytes, file)
}

/// Wanted: at most 8 MiB for one property of a file of 1 GB, and the rest stays where it is.
#[test]
fn a_small_change_in_a_gigabyte_writes_little() {
    const GIB: u64 = 1 << 30;
    for large_sectors in [false, true] {
        let (bytes, file) = huge(GIB, large_sectors);
        bytes.start();
        let subject = file.open_stream(&name("subject"), RW).unwrap();
        subject.write_at(0, b"a new subject").unwrap();
        file.commit(PLAIN).unwrap();
        let written = bytes.written();
        eprintln!("one property in 1 GiB: {written} bytes written");
        assert!(written <= 128 << 10, "{written}");
        // The bytes of the large stream, which lie between its ends, are where they were.
        assert!(!bytes.touched(16 << 20, GIB - (16 << 20)));

        bytes.start();
        let attachment = file.open_stream(&name("attachment"), RW).unwrap();
        attachment.write_at(GIB / 2, &[7; 64]).unwrap();
        file.commit(PLAIN).unwrap();
        eprintln!("64 bytes in the middle: {} bytes written", bytes.written());
        assert!(bytes.written() <= 1 << 20, "{}", bytes.written());

        drop((subject, attachment, file));
        let file = CompoundFile::edit_on(Arc::clone(&bytes) as Arc<dyn LockBytes>).unwrap();
        assert_eq!(stream_bytes(&file, &name("subject")).unwrap(), b"a new subject");
        let attachment = file.open_stream(&name("attachment"), READ).unwrap();
        let mut piece = [1; 66];
        assert_eq!(attachment.read_at(GIB / 2 - 1, &mut piece).unwrap(), 66);
        assert_eq!((piece[0], piece[1], piece[64], piece[65]), (0, 7, 7, 0));
        assert_eq!(attachment.size().unwrap(), GIB);
        assert!(file.check().unwrap().is_empty(), "{:?}", file.check().unwrap());
    }
}

/// Sectors that a commit frees are taken by the one after it, so the file does not grow for ever.
#[test]
fn free_space_is_used_again() {
    let bytes = Arc::new(MemoryLockBytes::default());
    let file = CompoundFile::create_on(Arc::clone(&bytes) as Arc<dyn LockBytes>).unwrap();
    let mut sizes = Vec::new();
    for round in 0..60_u8 {
        let small = file.create_stream(&name("small"), RW.and(Mode::CREATE)).unwrap();
        small.write_at(0, &[round; 1000]).unwrap();
        let large = file.create_stream(&name("large"), RW.and(Mode::CREATE)).unwrap();
        large.write_at(0, &vec![round; 20_000]).unwrap();
        file.commit(PLAIN).unwrap();
        sizes.push(bytes.size().unwrap());
        assert_eq!(stream_bytes_open(&*large), vec![round; 20_000]);
    }
    let early = sizes[..6].iter().max().unwrap();
    assert!(sizes[6..].iter().all(|size| size <= early), "{sizes:?}");
}

fn stream_bytes_open(stream: &dyn openimsg::Stream) -> Vec<u8> {
    let mut bytes = vec![0; stream.size().unwrap() as usize];
    assert_eq!(stream.read_at(0, &mut bytes).unwrap(), bytes.len());
    bytes
}

/// Creating and destroying, each committed in place.
///
/// Spec: S-164
#[test]
fn creating_and_destroying_in_place_does_not_grow_the_file() {
    let bytes = Arc::new(MemoryLockBytes::default());
    let file = CompoundFile::create_on(Arc::clone(&bytes) as Arc<dyn LockBytes>).unwrap();
    let mut largest = 0;
    for round in 0..4000_u32 {
        file.create_stream(&name("x"), RW).unwrap().write_at(0, &[1; 1000]).unwrap();
        file.commit(PLAIN).unwrap();
        file.destroy_element(&name("x")).unwrap();
        file.commit(PLAIN).unwrap();
        if round == 10 {
            largest = bytes.size().unwrap();
        }
        assert!(round <= 10 || bytes.size().unwrap() <= largest, "round {round}");
    }
}

/// A level that was opened before keeps reading its own bytes through any number of commits.
#[test]
fn an_older_state_stays_readable_while_it_is_read() {
    let bytes = Arc::new(MemoryLockBytes::default());
    // Nothing is held in memory: what is read comes from the bytes as they are now.
    let options = StorageOptions::new().read_whole_up_to(0);
    let file = options.create_on(Arc::clone(&bytes) as Arc<dyn LockBytes>).unwrap();
    let inner = file.create_storage(&name("inner"), RW).unwrap();
    let first = vec![0xAB; 30_000];
    inner.create_stream(&name("large"), RW).unwrap().write_at(0, &first).unwrap();
    inner.create_stream(&name("small"), RW).unwrap().write_at(0, &first[..300]).unwrap();
    file.commit(PLAIN).unwrap();
    drop(inner);
    let snapshot = file.open_storage(&name("inner"), RW.and(Mode::TRANSACTED)).unwrap();
    let large = snapshot.open_stream(&name("large"), RW).unwrap();
    let small = snapshot.open_stream(&name("small"), RW).unwrap();
    for round in 0..20_u8 {
        file.create_stream(&name("other"), RW.and(Mode::CREATE))
            .unwrap()
            .write_at(0, &vec![round; 25_000 + usize::from(round) * 700])
            .unwrap();
        file.commit(PLAIN).unwrap();
        assert_eq!(stream_bytes_open(&*large), first, "round {round}");
        assert_eq!(stream_bytes_open(&*small), first[..300], "round {round}");
    }
    small.write_at(0, b"changed").unwrap();
    snapshot.commit(PLAIN).unwrap();
    file.commit(PLAIN).unwrap();
    drop((large, small, snapshot, file));
    let file = CompoundFile::from_bytes(bytes.to_vec()).unwrap();
    let inner = file.open_storage(&name("inner"), READ).unwrap();
    assert_eq!(stream_bytes(&*inner, &name("small")).unwrap()[..7], *b"changed");
    assert_eq!(stream_bytes(&*inner, &name("large")).unwrap(), first);
}

/// `CONSOLIDATE` on lock bytes gives the bytes that a new file would have.
///
/// Spec: S-176
#[test]
fn consolidating_in_place_gives_the_sequential_layout() {
    let clock = Clock::Fixed(FileTime::UNIX_EPOCH);
    let options = StorageOptions::new().clock(clock);
    let bytes = Arc::new(MemoryLockBytes::default());
    let file = options.create_on(Arc::clone(&bytes) as Arc<dyn LockBytes>).unwrap();
    let fill = |file: &CompoundFile, last: bool| {
        for at in 0..20_u8 {
            let stream = format!("stream {at}");
            let stream = file.create_stream(&name(&stream), RW.and(Mode::CREATE)).unwrap();
            stream.write_at(0, &vec![at; usize::from(at) * 900]).unwrap();
            if !last {
                file.commit(PLAIN).unwrap();
            }
        }
    };
    fill(&file, false);
    file.create_stream(&name("gone"), RW).unwrap().write_at(0, &[1; 200_000]).unwrap();
    file.commit(PLAIN).unwrap();
    file.destroy_element(&name("gone")).unwrap();
    file.commit(PLAIN).unwrap();
    let before = bytes.size().unwrap();
    assert_eq!(file.commit_as(CommitFlags::CONSOLIDATE).unwrap(), openimsg::Committed::Done);

    let plain = options.memory();
    fill(&plain, true);
    plain.commit(PLAIN).unwrap();
    let mut wanted = plain.to_bytes().unwrap();
    let mut got = bytes.to_vec();
    assert!(got.len() < before as usize);
    // The signatures count different numbers of commits.
    [&mut wanted, &mut got].into_iter().for_each(|bytes| bytes[52..56].fill(0));
    assert!(wanted == got);

    // A level inside has nothing to consolidate.
    let inner = file.create_storage(&name("inner"), RW.and(Mode::TRANSACTED)).unwrap();
    assert_eq!(
        inner.commit_as(CommitFlags::CONSOLIDATE).unwrap(),
        openimsg::Committed::CannotConsolidate
    );
}

/// A file with two names keeps both: it is changed where it lies.
#[cfg(unix)]
#[test]
fn a_hard_link_stays_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("a.msg"), folder.path().join("b.msg"));
    let file = CompoundFile::create(&path).unwrap();
    file.create_stream(&name("x"), RW).unwrap().write_at(0, b"one").unwrap();
    file.commit(PLAIN).unwrap();
    drop(file);
    std::fs::hard_link(&path, &link).unwrap();
    let file = CompoundFile::edit(&path).unwrap();
    file.open_stream(&name("x"), RW).unwrap().write_at(0, b"two").unwrap();
    file.create_stream(&name("y"), RW).unwrap().write_at(0, &[5; 9000]).unwrap();
    file.commit(PLAIN).unwrap();
    drop(file);
    assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(&link).unwrap());
    let file = CompoundFile::open(&link).unwrap();
    assert_eq!(stream_bytes(&file, &name("x")).unwrap(), b"two");
    assert_eq!(stream_bytes(&file, &name("y")).unwrap(), [5; 9000]);
    assert!(file.check().unwrap().is_empty());
}

/// Real files: one stream more, in place; everything else has the same bytes.
///
/// Spec: S-172
#[test]
fn editing_real_files_in_place_leaves_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        common::corpus_files("editing in place", "msg"),
        common::corpus_files("editing in place", "cfb"),
    ];
    for source in files.concat() {
        let Ok(bytes) = std::fs::read(&source) else { continue };
        let Ok(file) = CompoundFile::from_bytes(bytes.clone()) else { continue };
        let before = listing(Arc::new(file));
        let path = folder.path().join("copy");
        std::fs::write(&path, bytes).unwrap();
        let file = StorageOptions::new().writer(Writer::InPlace).edit(&path).unwrap();
        let stream = file.create_stream(&name("added by a test"), RW).unwrap();
        stream.write_at(0, b"new").unwrap();
        file.commit(PLAIN).unwrap();
        stream.write_at(0, &[9; 5000]).unwrap();
        file.commit(PLAIN).unwrap();
        drop((stream, file));
        let file = CompoundFile::open(&path).unwrap();
        assert_eq!(stream_bytes(&file, &name("added by a test")).unwrap(), [9; 5000]);
        let mut after = listing(Arc::new(file));
        after.remove("/added by a test");
        for (place, item) in &before {
            let damaged = matches!(item, common::Item::Stream(Err(_)));
            assert!(damaged || after.get(place) == Some(item), "{source:?} {place}");
        }
        assert_eq!(before.len(), after.len(), "{source:?}");
    }
}

/// Spec: S-168
#[test]
fn the_signature_grows_by_one_for_each_commit_in_place() {
    let bytes = Arc::new(MemoryLockBytes::default());
    let file = CompoundFile::create_on(Arc::clone(&bytes) as Arc<dyn LockBytes>).unwrap();
    let signature = || u32::from_le_bytes(bytes.to_vec()[52..56].try_into().unwrap());
    assert_eq!(signature(), 0);
    for wanted in 1..5_u32 {
        let inner = file.create_storage(&name(&wanted.to_string()), RW.and(Mode::TRANSACTED));
        let inner = inner.unwrap();
        inner.create_stream(&name("x"), RW).unwrap();
        inner.commit(PLAIN).unwrap();
        assert_eq!(signature(), wanted - 1, "an inner commit does not count");
        file.commit(PLAIN).unwrap();
        assert_eq!(signature(), wanted);
    }
    assert!(file.elements().unwrap().iter().all(|it| it.kind == ElementKind::Storage));
}

/// A plain reader takes no lock that keeps writers out; what it reads by pieces stays all the same.
#[cfg(unix)]
#[test]
fn a_plain_reader_of_a_large_file_keeps_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let file = CompoundFile::create(&path).unwrap();
    let first = vec![0xAB; 300_000];
    file.create_stream(&name("large"), RW).unwrap().write_at(0, &first).unwrap();
    file.commit(PLAIN).unwrap();
    drop(file);
    let reader = StorageOptions::new().read_whole_up_to(0).open(&path).unwrap();
    let large = reader.open_stream(&name("large"), READ).unwrap();
    let file = StorageOptions::new().writer(Writer::InPlace).edit(&path).unwrap();
    let mut sizes = Vec::new();
    for round in 0..8_u8 {
        let stream = file.create_stream(&name("large"), RW.and(Mode::CREATE)).unwrap();
        stream.write_at(0, &vec![round; 300_000]).unwrap();
        file.commit(PLAIN).unwrap();
        assert_eq!(stream_bytes_open(&*large), first, "round {round}");
        sizes.push(std::fs::metadata(&path).unwrap().len());
    }
    assert!(sizes.is_sorted_by(|a, b| a < b), "while it reads, nothing is taken again: {sizes:?}");
    drop((large, reader));
    let before = *sizes.last().unwrap();
    file.create_stream(&name("more"), RW).unwrap().write_at(0, &[1; 300_000]).unwrap();
    file.commit(PLAIN).unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() <= before, "now it is");
}

/// A file that grows past 2 GiB in place leaves out the sector of the range locks.
///
/// Spec: S-171
#[test]
fn growing_past_2_gib_in_place_leaves_the_range_lock_sector_out() {
    const LOCK: u64 = 0x7FFF_F000;
    let (bytes, file) = huge((1 << 31) - (4 << 20), true);
    assert!(bytes.size().unwrap() < LOCK);
    bytes.start();
    let content: Vec<u8> = (0..9_000_000_u32).map(|at| (at % 251) as u8 + 1).collect();
    file.create_stream(&name("more"), RW).unwrap().write_at(0, &content).unwrap();
    file.commit(PLAIN).unwrap();
    assert!(bytes.size().unwrap() > LOCK + 4096);
    assert!(!bytes.touched(LOCK, LOCK + 4096), "nothing is ever written there");
    drop(file);
    let file = CompoundFile::open_on(Arc::clone(&bytes) as Arc<dyn LockBytes>).unwrap();
    assert_eq!(file.check().unwrap(), []);
    assert!(stream_bytes(&file, &name("more")).unwrap() == content);
    // Its word in the FAT, found through the DIFAT by hand.
    let word = |at: u64| {
        let mut word = [0; 4];
        bytes.read_at(at, &mut word).unwrap();
        u32::from_le_bytes(word)
    };
    let (block, within) = (0x7FFFE / 1024, 0x7FFFE % 1024);
    assert!(block >= 109, "the header has no place for it");
    let difat = (u64::from(word(68)) + 1) << 12;
    let home = word(difat + 4 * (block - 109));
    assert_eq!(word(((u64::from(home) + 1) << 12) + 4 * within), 0xFFFF_FFFE);
}

/// The same operations give the same bytes.
#[test]
fn commits_in_place_are_deterministic() {
    let run = || {
        let bytes = Arc::new(MemoryLockBytes::default());
        let options = StorageOptions::new().clock(Clock::Fixed(FileTime::UNIX_EPOCH));
        let file = options.create_on(Arc::clone(&bytes) as Arc<dyn LockBytes>).unwrap();
        for round in 0..30_u32 {
            let inner =
                file.create_storage(&name(&format!("s{}", round % 7)), RW.and(Mode::CREATE));
            let inner = inner.unwrap();
            for at in 0..round % 5 {
                let stream = inner.create_stream(&name(&at.to_string()), RW).unwrap();
                stream.write_at(0, &vec![round as u8; (round * 397 % 9000) as usize]).unwrap();
            }
            file.commit(PLAIN).unwrap();
        }
        bytes.to_vec()
    };
    assert!(run() == run());
}
