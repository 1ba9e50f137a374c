//! The bytes: limits of the format, tolerance of the reader, what a writer leaves behind.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;
#[path = "common/meter.rs"]
mod meter;

use common::image::{self, Image};
use common::{Item, READ, RW, listing, name, stream_bytes};
use openimsg::{
    Clock, CommitFlags, CompoundFile, ElementKind, ElementTimes, FileTime, MemoryLockBytes,
    Storage, StorageOptions,
};
use std::io::{Cursor, Read};
use std::sync::Arc;

#[global_allocator]
static METER: meter::Meter = meter::Meter;

fn write(storage: &dyn Storage, path: &str, content: &[u8]) {
    storage.create_stream(&name(path), RW).unwrap().write_at(0, content).unwrap();
}

fn committed(fill: impl FnOnce(&CompoundFile)) -> Image {
    let file = CompoundFile::memory();
    fill(&file);
    file.commit(CommitFlags::empty()).unwrap();
    Image(file.to_bytes().unwrap())
}

fn open(image: &Image) -> CompoundFile {
    CompoundFile::from_bytes(image.0.clone()).unwrap()
}

/// Spec: S-149
#[test]
fn the_110th_fat_sector_needs_exactly_one_difat_sector() {
    let content: Vec<u8> = (0..7_143_424_u32).map(|at| (at % 247) as u8).collect();
    let without = committed(|file| write(file, "x", &content[..7_070_000]));
    assert_eq!((without.u32(44), without.u32(72)), (109, 0));
    let image = committed(|file| write(file, "x", &content));
    assert_eq!((image.u32(44), image.u32(72)), (110, 1));
    let file = open(&image);
    assert!(stream_bytes(&file, &name("x")).as_ref() == Ok(&content));
    let mut other = cfb::CompoundFile::open_strict(Cursor::new(&image.0)).unwrap();
    let mut bytes = Vec::new();
    other.open_stream("/x").unwrap().read_to_end(&mut bytes).unwrap();
    assert!(bytes == content);
}

/// Spec: F-111, F-112, F-113
#[test]
fn another_reader_accepts_our_files_strictly() {
    for large in [false, true] {
        let file = StorageOptions::new().large_sectors(large).memory();
        for at in 0..300_usize {
            write(&file, &format!("{:x}", at * 37), &vec![at as u8; at * 31]);
        }
        let inner = file.create_storage(&name("inner"), RW).unwrap();
        write(&*inner, "mini", &[1; 4095]);
        write(&*inner, "regular", &[2; 4096]);
        drop(inner);
        file.commit(CommitFlags::empty()).unwrap();
        let bytes = file.to_bytes().unwrap();
        let mut other = cfb::CompoundFile::open_strict(Cursor::new(&bytes)).unwrap();
        for (path, item) in listing(Arc::new(file)) {
            if let Item::Stream(Ok(content)) = item {
                let mut bytes = Vec::new();
                other.open_stream(&path).unwrap().read_to_end(&mut bytes).unwrap();
                assert!(bytes == content, "{path}");
            }
        }
    }
}

/// Spec: S-151
#[test]
fn a_version_3_size_has_no_high_word() {
    let mut image = committed(|file| {
        write(file, "mini", b"abc");
        write(file, "regular", &[7; 5000]);
    });
    for stream in ["mini", "regular"] {
        image.set(image.slot(stream), image::SIZE_HIGH, 0xDEAD_BEEF);
    }
    let file = open(&image);
    assert_eq!(stream_bytes(&file, &name("mini")), Ok(b"abc".to_vec()));
    assert_eq!(stream_bytes(&file, &name("regular")), Ok(vec![7; 5000]));
    let edited = CompoundFile::edit_bytes(image.0).unwrap();
    edited.commit(CommitFlags::CONSOLIDATE).unwrap();
    assert_eq!(edited.check().unwrap(), []);
}

/// The clock's time is the root's unless a caller gave another, whichever way it is written.
#[test]
fn a_root_keeps_the_time_that_it_is_given() {
    let time = FileTime::from_ticks;
    let at = |modified| ElementTimes { modified: Some(time(modified)), ..ElementTimes::default() };
    let options = StorageOptions::new().clock(Clock::Fixed(time(7)));
    let bytes = Arc::new(MemoryLockBytes::default());
    for file in [options.memory(), options.create_on(bytes).unwrap()] {
        let modified = |file: &CompoundFile| file.stat().unwrap().modified.ticks();
        let stored = || modified(&CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap());
        file.set_element_times(None, at(1)).unwrap();
        file.revert().unwrap();
        assert_eq!(modified(&file), 7, "that of its creation");
        write(&file, "x", &[1; 5000]);
        file.set_element_times(None, at(2)).unwrap();
        file.commit(CommitFlags::empty()).unwrap();
        assert_eq!((modified(&file), stored()), (2, 2));
        file.open_stream(&name("x"), RW).unwrap().write_at(0, &[2]).unwrap();
        file.commit(CommitFlags::empty()).unwrap();
        assert_eq!((modified(&file), stored()), (7, 7), "a commit that writes");
        file.set_element_times(None, at(3)).unwrap();
        file.set_state_bits(1, 1).unwrap();
        file.commit(CommitFlags::empty()).unwrap();
        assert_eq!((modified(&file), stored()), (3, 3));
    }
}

/// Spec: S-155
#[test]
fn names_that_may_not_be_created_are_read_and_kept() {
    let mut image = committed(|file| {
        write(file, "aXb", b"1");
        write(file, "other", b"2");
    });
    for bad in ["a/b", "a:b", "a!b", "a\\b"] {
        let slot = image.0.windows(6).position(|w| w[0] == b'a' && w[4] == b'b').unwrap();
        image.put(slot + 2, 2, bad.encode_utf16().nth(1).unwrap().into());
        let file = open(&image);
        let stat = file.elements().unwrap()[0].clone();
        assert_eq!(stat.name.unwrap().to_string(), bad);
        assert_eq!(stream_bytes(&file, &stat.name.unwrap()), Ok(b"1".to_vec()));
        let edited = CompoundFile::edit_bytes(image.0.clone()).unwrap();
        edited.destroy_element(&name("other")).unwrap();
        edited.commit(CommitFlags::empty()).unwrap();
        let kept = CompoundFile::from_bytes(edited.to_bytes().unwrap()).unwrap();
        assert_eq!(kept.elements().unwrap()[0].name, stat.name);
    }
}

/// Spec: S-156
#[test]
fn a_name_with_half_a_surrogate_pair_is_a_name() {
    let mut image = committed(|file| {
        write(file, "aXb", b"1");
        write(file, "aYb", b"2");
    });
    for (letter, unit) in [("aXb", 0xD800), ("aYb", 0xDC01)] {
        let at = image.entries()[image.slot(letter) as usize];
        image.put(at + 2, 2, unit);
    }
    let file = open(&image);
    let names: Vec<_> = file.elements().unwrap().into_iter().map(|s| s.name.unwrap()).collect();
    let units: Vec<_> = names.iter().map(|name| name.units()[1]).collect();
    assert_eq!(units, [0xD800, 0xDC01]);
    for (name, content) in names.iter().zip([b"1", b"2"]) {
        assert_eq!(stream_bytes(&file, name), Ok(content.to_vec()));
    }
    let edited = CompoundFile::edit_bytes(image.0).unwrap();
    edited.commit(CommitFlags::CONSOLIDATE).unwrap();
    let kept = CompoundFile::from_bytes(edited.to_bytes().unwrap()).unwrap();
    let kept: Vec<_> = kept.elements().unwrap().into_iter().map(|s| s.name.unwrap()).collect();
    assert!(kept.iter().zip(&names).all(|(a, b)| a.is_identical(b)));
}

/// Spec: S-157
#[test]
fn a_last_sector_cut_short_harms_only_what_lies_in_the_missing_bytes() {
    let image = committed(|file| {
        write(file, "mini", &[1; 100]);
        write(file, "first", &[2; 5000]);
        write(file, "last longest", &[3; 5000]);
    });
    let used = 5000 % 512;
    for cut in 1..512 {
        let mut bytes = image.0.clone();
        bytes.truncate(bytes.len() - cut);
        let file = CompoundFile::from_bytes(bytes).unwrap();
        assert_eq!(stream_bytes(&file, &name("mini")), Ok(vec![1; 100]));
        assert_eq!(stream_bytes(&file, &name("first")), Ok(vec![2; 5000]));
        // What is missing reads as zeros.
        let mut expected = vec![3; 5000];
        expected[5000 - (cut + used).saturating_sub(512)..].fill(0);
        assert!(stream_bytes(&file, &name("last longest")) == Ok(expected), "{cut}");
    }
}

/// Spec: S-164
#[test]
fn creating_and_destroying_leaves_no_trace() {
    let file = CompoundFile::memory();
    file.commit(CommitFlags::empty()).unwrap();
    let len = file.to_bytes().unwrap().len();
    for at in 0..4000 {
        write(&file, "x", &[1; 1000]);
        if at % 10 == 0 {
            file.commit(CommitFlags::empty()).unwrap();
        }
        file.destroy_element(&name("x")).unwrap();
        if at % 10 == 5 {
            file.commit(CommitFlags::empty()).unwrap();
        }
    }
    file.commit(CommitFlags::empty()).unwrap();
    assert_eq!(file.to_bytes().unwrap().len(), len);
}

/// Nodes that nobody holds are forgotten at a commit: many commits cost no more memory than one.
#[test]
fn memory_does_not_grow_from_commit_to_commit() {
    let file = CompoundFile::memory();
    let mut peaks = Vec::new();
    for round in 0..20_u8 {
        let ((), peak, _) = meter::measure(|| {
            let inner = match round {
                0 => file.create_storage(&name("s"), RW).unwrap(),
                _ => file.open_storage(&name("s"), RW).unwrap(),
            };
            for at in 0..20 {
                let create = RW.and(openimsg::Mode::CREATE);
                let stream = inner.create_stream(&name(&at.to_string()), create).unwrap();
                stream.write_at(0, &vec![round; 10_000]).unwrap();
            }
            file.commit(CommitFlags::empty()).unwrap();
        });
        peaks.push(peak);
    }
    assert!(peaks[19] <= peaks[2] + peaks[2] / 4, "{peaks:?}");
}

/// Spec: S-177
#[test]
fn truncating_a_file_that_is_open_ends_no_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    for threshold in [0, 1 << 20] {
        let _ = std::fs::remove_file(&path);
        let file = CompoundFile::create(&path).unwrap();
        write(&file, "x", &[7; 200_000]);
        write(&file, "mini", &[8; 100]);
        file.commit(CommitFlags::empty()).unwrap();
        drop(file);
        let options = StorageOptions::new().read_whole_up_to(threshold);
        let file = options.open(&path).unwrap();
        let stream = file.open_stream(&name("x"), READ).unwrap();
        let edited = options.edit(&path).unwrap();
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(1000).unwrap();
        let mut piece = vec![0; 100_000];
        for at in (0..200_000).step_by(50_000) {
            match stream.read_at(at, &mut piece) {
                Ok(got) => assert!(piece[..got].iter().all(|byte| *byte == 7)),
                Err(error) => {
                    let code = error.code();
                    assert!(code == openimsg::Code::StgReadFault, "{code}");
                    assert_eq!(threshold, 0, "bytes in memory do not go away");
                }
            }
        }
        let _ = file.elements();
        let _ = file.check();
        write(&edited, "new", b"1");
        let _ = edited.commit(CommitFlags::empty());
    }
}

/// A file read by window gives what a file read whole gives, also after commits.
#[test]
fn windows_and_memory_agree() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let file = StorageOptions::new().read_whole_up_to(0).create(&path).unwrap();
    for at in 0..200_usize {
        write(&file, &format!("{at}"), &vec![at as u8; at * at]);
    }
    file.commit(CommitFlags::empty()).unwrap();
    let held = file.open_stream(&name("150"), RW).unwrap();
    held.write_at(70_000, b"page").unwrap();
    file.destroy_element(&name("151")).unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    let mut piece = [0; 4];
    assert_eq!((held.read_at(70_000, &mut piece).unwrap(), &piece), (4, b"page"));
    drop((held, file));
    let whole: Arc<dyn Storage> = Arc::new(CompoundFile::open(&path).unwrap());
    let options = StorageOptions::new().read_whole_up_to(0);
    let window: Arc<dyn Storage> = Arc::new(options.open(&path).unwrap());
    assert!(listing(Arc::clone(&window)) == listing(whole));
    let stream = window.open_stream(&name("150"), READ).unwrap();
    assert!(stream.as_bytes().is_none());
}

/// Spec: S-180
#[test]
fn ten_times_the_members_cost_about_ten_times_the_allocations() {
    let run = |count: u32| {
        let (file, _, made) = meter::measure(|| {
            let file = CompoundFile::memory();
            for at in 0..count {
                file.create_stream(&name(&format!("{:06x}", at ^ 0x155)), RW).unwrap();
            }
            file.commit(CommitFlags::empty()).unwrap();
            file
        });
        let bytes = file.to_bytes().unwrap();
        drop(file);
        let (listed, _, read) = meter::measure(|| {
            let file = CompoundFile::from_bytes(bytes).unwrap();
            let mut listed = 0;
            let mut last = None;
            loop {
                let some = file.elements_after(last.as_ref(), 100).unwrap();
                let Some(stat) = some.last() else { break };
                last = stat.name;
                listed += some.len();
            }
            assert_eq!(file.elements().unwrap()[0].kind, ElementKind::Stream);
            listed
        });
        assert_eq!(listed, count as usize);
        (made, read)
    };
    let (small, large) = (run(100_000), run(1_000_000));
    assert!(large.0 <= 12 * small.0, "made: {small:?} {large:?}");
    assert!(large.1 <= 12 * small.1, "read: {small:?} {large:?}");
}
