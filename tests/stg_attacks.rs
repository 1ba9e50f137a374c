//! The attacks of structured-storage part 4, one by one.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;
#[path = "common/hostile.rs"]
mod hostile;
#[path = "common/meter.rs"]
mod meter;
#[path = "common/watchdog.rs"]
mod watchdog;

use common::image::{self, END, Image};
use common::{READ, RW, name};
use hostile::{Found, exercise, fragmented, pattern, read_all, sample, within_limits, write};
use meter::measure;
use openimsg::{Code, CommitFlags, CompoundFile, Storage, StorageOptions, check_bytes};
use std::sync::Arc;

#[global_allocator]
static METER: meter::Meter = meter::Meter;

fn found(image: &Image) -> Found {
    read_all(Arc::new(CompoundFile::from_bytes(image.0.clone()).unwrap()), true)
}

/// Spec: S-159
#[test]
fn a_cycle_costs_its_stream_only() {
    for image in [sample(false), fragmented(), sample(true)] {
        let sound = found(&image);
        let chain = image.chain(image.start(image.slot("b")));
        for (from, to, whole) in [(1, 1, 2), (3, 0, 4), (3, 2, 4), (4, 1, 5), (0, 0, 1)] {
            if whole == chain.len() {
                continue;
            }
            let mut broken = image.clone();
            broken.set_fat(chain[from], chain[to]);
            let mut streams = found(&broken).streams;
            let expected = (whole * image.sector_len(), Some(Code::StgDocFileCorrupt));
            assert_eq!(streams.insert("/b".into(), sound.streams["/b"]), Some(expected));
            assert!(streams == sound.streams);
        }
        let mut mini = image.clone();
        let start = mini.start(mini.slot("mini 11"));
        mini.set_minifat(start + 2, start);
        let expected = (192, Some(Code::StgDocFileCorrupt));
        assert_eq!(found(&mini).streams["/mini 11"], expected);
    }
}

/// Spec: S-160
#[test]
fn links_that_lead_back_are_cut_and_each_slot_is_listed_once() {
    let image = sample(false);
    let all = found(&image).streams.len();
    let inner = image.slot("inner");
    let deeper = image.slot("deeper");
    let deep = image.slot("deep");
    let cases = [
        (inner, image::CHILD, 0),
        (inner, image::CHILD, inner),
        (deeper, image::CHILD, inner),
        (deeper, image::CHILD, deeper),
        (deep, image::LEFT, deep),
        (deep, image::RIGHT, deep),
        (deep, image::LEFT, 0),
        (deep, image::RIGHT, inner),
        (deep, image::LEFT, 0x00FF_FFFF),
        (0, image::LEFT, 0),
    ];
    for (slot, field, to) in cases {
        let mut broken = image.clone();
        broken.set(slot, field, u64::from(to));
        let file = CompoundFile::from_bytes(broken.0.clone()).unwrap();
        for _ in 0..2 {
            // A second walk finds what the first did.
            let names: Vec<_> =
                file.elements().unwrap().into_iter().map(|s| s.name.unwrap()).collect();
            assert!(names.is_sorted() && names.len() == 16, "{names:?}");
        }
        assert!(found(&broken).streams.len() <= all);
        exercise(&broken.0);
    }
}

/// Spec: S-161
#[test]
fn a_size_that_lies_allocates_nothing() {
    let mut image = sample(false);
    image.set(image.slot("c"), image::SIZE, 0x7FFF_FFFF);
    let bytes = image.0.clone();
    let (file, ..) = measure(|| CompoundFile::from_bytes(bytes).unwrap());
    let ((), peak, _) = measure(|| {
        let stream = file.open_stream(&name("c"), READ).unwrap();
        assert_eq!(stream.size().unwrap(), 0x7FFF_FFFF);
        assert!(stream.as_bytes().is_none());
        let mut piece = [0; 5000];
        assert_eq!(stream.read_at(0, &mut piece).unwrap(), 4096);
        assert_eq!(stream.read_at(4096, &mut piece).unwrap_err().code(), Code::StgDocFileCorrupt);
    });
    assert!(peak < 64 << 10, "{peak}");
    // Version 4 has 64 bits to lie with.
    let mut large = sample(true);
    large.set(large.slot("c"), image::SIZE, u64::MAX);
    within_limits("64 bits", &large.0, exercise);
    let (_, peak, _) = measure(|| found(&large));
    assert!(peak < 2 * large.0.len() + (1 << 20), "{peak}");
}

/// A size decides which allocator the start belongs to, whatever was meant.
#[test]
fn a_size_in_the_wrong_class_reads_from_the_other_allocator_within_bounds() {
    let mut image = sample(false);
    image.set(image.slot("b"), image::SIZE, 100);
    image.set(image.slot("mini 11"), image::SIZE, 5000);
    image.set(image.slot("mini 3"), image::START, 0x7FFF_FFFF);
    image.set(image.slot("mini 4"), image::START, u64::from(END));
    let found = found(&image);
    assert_eq!(found.streams["/mini 3"], (0, Some(Code::StgDocFileCorrupt)));
    assert_eq!(found.streams["/mini 4"], (0, Some(Code::StgDocFileCorrupt)));
    assert!(found.streams["/b"].0 <= 128);
    exercise(&image.0);
}

/// A chain into the FAT's own sectors is damage. Spec: structured-storage part 4.
#[test]
fn a_chain_through_the_tables_is_refused() {
    let mut image = sample(false);
    let chain = image.chain(image.start(image.slot("b")));
    image.set_fat(chain[1], 0);
    assert_eq!(found(&image).streams["/b"], (1024, Some(Code::StgDocFileCorrupt)));
    image.set(image.slot("b"), image::START, 0);
    assert_eq!(found(&image).streams["/b"], (0, Some(Code::StgDocFileCorrupt)));
}

/// Two streams in the same sectors are both readable; a rewrite gives each its own.
#[test]
fn shared_sectors_are_read_and_parted_by_a_rewrite() {
    let mut image = sample(false);
    let start = image.start(image.slot("b"));
    image.set(image.slot("a"), image::START, u64::from(start));
    let before = found(&image);
    assert_eq!(before.streams["/a"], (6000, None));
    let file = CompoundFile::edit_bytes(image.0).unwrap();
    file.commit(CommitFlags::CONSOLIDATE).unwrap();
    assert_eq!(file.check().unwrap(), []);
    assert!(found(&Image(file.to_bytes().unwrap())).streams == before.streams);
}

/// Thousands of streams that all name one long chain: time and bytes stay bounded.
///
/// Spec: S-163
#[test]
fn an_extraction_bomb_is_stopped() {
    let file = CompoundFile::memory();
    write(&file, "victim", &pattern(1 << 20, 1));
    for at in 0..20_000 {
        write(&file, &format!("{at}"), b"");
    }
    file.commit(CommitFlags::empty()).unwrap();
    let mut image = Image(file.to_bytes().unwrap());
    let start = u64::from(image.start(image.slot("victim")));
    let entries = image.entries();
    for at in &entries[1..=20_001] {
        image.put(at + 116, 4, start).put(at + 120, 8, 1 << 20);
    }
    within_limits("bomb", &image.0, |bytes| {
        let _ = check_bytes(bytes.to_vec());
        let file = CompoundFile::from_bytes(bytes.to_vec()).unwrap();
        let found = read_all(Arc::new(file), true);
        let total: usize = found.streams.values().map(|(len, _)| len).sum();
        assert!(total <= 101 * bytes.len(), "{total}");
        assert!(found.streams.values().any(|(_, code)| *code == Some(Code::StgDocFileCorrupt)));
    });
    // Cycles of two sectors under huge sizes bring few bytes, so they must cost little time.
    image.set_fat(start as u32, start as u32 + 1).set_fat(start as u32 + 1, start as u32);
    for at in &entries[1..=20_001] {
        image.put(at + 120, 8, 0x7FFF_FFFF);
    }
    within_limits("cycles", &image.0, |bytes| {
        let file = CompoundFile::from_bytes(bytes.to_vec()).unwrap();
        let found = read_all(Arc::new(file), true);
        assert!(found.streams.values().all(|(len, _)| *len <= 1024));
    });
}

/// Deep nesting needs no stack and no path for every element.
#[test]
fn a_hundred_thousand_storages_inside_each_other_are_walked_and_rewritten() {
    let depth = 100_000;
    let file = CompoundFile::memory();
    let mut at: Arc<dyn Storage> = file.create_storage(&name("d"), RW).unwrap();
    let mut handles = Vec::new();
    for _ in 1..depth {
        let next = at.create_storage(&name("d"), RW).unwrap();
        handles.push(std::mem::replace(&mut at, next));
    }
    write(&*at, "x", b"deep");
    file.commit(CommitFlags::empty()).unwrap();
    drop((at, handles));
    let bytes = file.to_bytes().unwrap();
    drop(file);
    within_limits("deep", &bytes, |bytes| {
        assert_eq!(check_bytes(bytes.to_vec()).unwrap(), []);
        let file = CompoundFile::edit_bytes(bytes.to_vec()).unwrap();
        file.commit(CommitFlags::CONSOLIDATE).unwrap();
        let found = read_all(Arc::new(CompoundFile::from_bytes(bytes.to_vec()).unwrap()), false);
        assert_eq!((found.storages, found.streams.len()), (depth + 1, 1));
    });
    // Every level touched, and destroyed from the top.
    let file = CompoundFile::edit_bytes(bytes).unwrap();
    let mut at: Arc<dyn Storage> = file.open_storage(&name("d"), RW).unwrap();
    for _ in 1..depth {
        at = at.open_storage(&name("d"), RW).unwrap();
    }
    file.commit(CommitFlags::CONSOLIDATE).unwrap();
    file.destroy_element(&name("d")).unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    assert_eq!(file.to_bytes().unwrap().len(), 1536);
}

/// A tree that is one long branch is as good as any other.
///
/// Spec: S-152
#[test]
fn linear_black_and_misordered_trees_list_and_open_everything() {
    let file = CompoundFile::memory();
    let count = 20_000_u32;
    for at in 0..count {
        write(&file, &format!("{at:05}"), b"x");
    }
    file.commit(CommitFlags::empty()).unwrap();
    let sound = Image(file.to_bytes().unwrap());
    let entries = sound.entries();
    let all_open = |image: &Image| {
        let file = CompoundFile::from_bytes(image.0.clone()).unwrap();
        let listed = file.elements().unwrap();
        assert_eq!(listed.len(), count as usize);
        assert!(listed.is_sorted_by_key(|stat| stat.name.unwrap()));
        for at in (0..count).step_by(97) {
            assert!(file.open_stream(&name(&format!("{at:05}")), READ).is_ok());
        }
    };
    for (field, other) in [(image::RIGHT, image::LEFT), (image::LEFT, image::RIGHT)] {
        let mut linear = sound.clone();
        linear.put(entries[0] + image::CHILD.place().0, 4, 1);
        for slot in 1..=count {
            let next = if slot == count { 0xFFFF_FFFF } else { slot + 1 };
            let at = entries[slot as usize];
            linear.put(at + field.place().0, 4, u64::from(next));
            linear.put(at + other.place().0, 4, 0xFFFF_FFFF);
            linear.put(at + image::COLOR.place().0, 1, 1);
        }
        // Downwards on the right is in order, on the left it is all wrong.
        within_limits("linear", &linear.0, |_| all_open(&linear));
    }
}

/// Spec: S-162
#[test]
fn opening_costs_an_eighth_of_the_file_at_most() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    // The worst case: nothing but directory.
    let file = CompoundFile::create(&path).unwrap();
    let storage = file.create_storage(&name("s"), RW).unwrap();
    for at in 0..30_000 {
        storage.create_stream(&name(&format!("{at}")), RW).unwrap();
    }
    write(&file, "mini", &[1; 4000]);
    drop(storage);
    file.commit(CommitFlags::empty()).unwrap();
    drop(file);
    let len = usize::try_from(std::fs::metadata(&path).unwrap().len()).unwrap();
    let whole = StorageOptions::new();
    let (_, peak, _) = measure(|| whole.open(&path).unwrap());
    assert!(peak <= len + len / 8 + (64 << 10), "{peak} for {len}");
    let window = StorageOptions::new().read_whole_up_to(0);
    let (file, peak, _) = measure(|| window.open(&path).unwrap());
    assert!(peak <= len / 8 + (64 << 10), "{peak} for {len}");
    let (_, peak, _) = measure(|| file.open_stream(&name("mini"), READ).unwrap());
    assert!(peak <= 3 << 20, "{peak}");
}

/// Every stream of 12 and more lies: names, types, lengths.
#[test]
fn entries_of_impossible_types_and_names_are_passed_over() {
    let image = sample(false);
    let names = found(&image).streams.len();
    for kind in [0, 3, 4, 5, 6, 255] {
        let mut broken = image.clone();
        broken.set(broken.slot("a"), image::TYPE, kind);
        assert_eq!(found(&broken).streams.len(), names - 1, "type {kind}: its siblings stay");
    }
    for len in [0, 1, 3, 65, 66, 0xFFFF] {
        let mut broken = image.clone();
        broken.set(broken.slot("mini 11"), image::NAME_LEN, len);
        let found = found(&broken);
        assert!(found.streams.contains_key("/mini 11"), "length {len}: the NUL decides");
    }
}
