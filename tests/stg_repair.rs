//! Salvage: a sound file with everything that can be reached of a damaged one.
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
#[path = "common/targets.rs"]
mod targets;
#[path = "common/watchdog.rs"]
mod watchdog;

use common::image::{self, Image};
use common::{Item, RW, listing, name};
use hostile::{Random, fragmented, mutate, sample, within_limits};
use openimsg::{Code, CommitFlags, CompoundFile, Salvage, SalvageItem, Storage};
use std::collections::BTreeMap;
use std::sync::Arc;

#[global_allocator]
static METER: meter::Meter = meter::Meter;

fn salvage(image: &Image) -> (Salvage, Vec<u8>) {
    let salvage = Salvage::from_bytes(image.0.clone()).unwrap();
    let bytes = salvage.to_bytes().unwrap();
    assert_eq!(CompoundFile::from_bytes(bytes.clone()).unwrap().check().unwrap(), []);
    (salvage, bytes)
}

/// Salvages, and holds the result to what must be true of it; another reader reads it too. False if
/// nothing could be salvaged.
fn repaired(what: &str, bytes: &[u8]) -> bool {
    match targets::salvaged(bytes) {
        Some((new, streams)) => {
            other_reader_reads(what, new, &streams);
            true
        }
        None => false,
    }
}

/// Reads a file with the crate `cfb`.
fn other_reader_reads(what: &str, bytes: Vec<u8>, ours: &BTreeMap<String, Vec<u8>>) {
    use std::io::Read;
    // It takes names for UTF-16, which they need not be.
    if ours.keys().any(|path| path.contains(char::REPLACEMENT_CHARACTER)) {
        return;
    }
    let mut file = cfb::CompoundFile::open_strict(std::io::Cursor::new(bytes))
        .unwrap_or_else(|error| panic!("{what}: the other reader: {error}"));
    for (path, bytes) in ours {
        let mut theirs = Vec::new();
        let mut stream = file.open_stream(path).unwrap_or_else(|e| panic!("{what}: {path}: {e}"));
        stream.read_to_end(&mut theirs).unwrap();
        assert!(theirs == *bytes, "{what}: {path}: the other reader reads other bytes");
    }
}

fn codes(salvage: &Salvage) -> Vec<&'static str> {
    salvage.report().iter().map(|item| item.finding().code()).collect()
}

fn items(bytes: &[u8]) -> BTreeMap<String, Item> {
    listing(Arc::new(CompoundFile::from_bytes(bytes.to_vec()).unwrap()))
}

fn item<'a>(salvage: &'a Salvage, code: &str) -> &'a SalvageItem {
    let item = salvage.report().iter().find(|item| item.finding().code() == code);
    item.unwrap_or_else(|| panic!("no {code} in {:?}", salvage.report()))
}

#[test]
fn a_sound_file_stays_what_it_is_and_the_report_is_empty() {
    for image in [sample(false), fragmented(), sample(true)] {
        let (salvage, bytes) = salvage(&image);
        assert!(salvage.report().is_empty() && salvage.is_complete(), "{:?}", salvage.report());
        let before = items(&image.0);
        assert!(before == items(&bytes));
        let summary = salvage.summary();
        assert_eq!((summary.streams, summary.storages), (17, 2));
        assert_eq!(summary.bytes_kept, summary.bytes_declared);
    }
}

/// What opening refuses, by the fields of the header.
#[test]
fn wrong_header_fields_are_done_without() {
    type Patch = fn(&mut Image) -> &mut Image;
    let cases: [(&str, Patch); 7] = [
        ("sector shift", |i| i.put(30, 2, 10)),
        ("the other sector shift", |i| i.put(30, 2, 12)),
        ("mini sector shift", |i| i.put(32, 2, 7)),
        ("cutoff", |i| i.put(56, 4, 0)),
        ("signature", |i| i.put(0, 8, 0)),
        ("all of them", |i| i.put(0, 4, 1).put(30, 2, 0).put(32, 2, 0).put(56, 4, 9)),
        ("counts", |i| i.put(40, 4, 9).put(44, 4, 0).put(64, 4, 77)),
    ];
    for (what, patch) in cases {
        for image in [sample(false), fragmented()] {
            let mut damaged = image.clone();
            patch(&mut damaged);
            let (salvage, bytes) = salvage(&damaged);
            assert!(items(&image.0) == items(&bytes), "{what}");
            let told = codes(&salvage).iter().all(|code| *code == "salvage-header");
            assert!(told && salvage.report().is_empty() == (what == "counts"), "{what}");
        }
    }
    let mut large = sample(true);
    let before = items(&large.0);
    large.put(30, 2, 9);
    assert!(before == items(&salvage(&large).1), "version 4 said to be 3");
}

/// The DIFAT lost, or the FAT itself.
#[test]
fn a_lost_allocation_table_is_found_or_done_without() {
    for image in [sample(false), fragmented(), sample(true)] {
        let before = items(&image.0);
        for named in [0xFFFF_FFFF, 0x00FF_FFFF] {
            let mut damaged = image.clone();
            damaged.put(76, 4, named);
            let (salvage, bytes) = salvage(&damaged);
            assert!(before == items(&bytes), "block 0 said to be in {named:#x}");
            let codes = codes(&salvage);
            assert_eq!(codes[0], "salvage-fat");
            assert!(!codes.contains(&"salvage-guess") && !codes.contains(&"salvage-short"));
        }
    }
    // Overwritten, it cannot be found. What lies in one piece is whole all the same.
    for fill in [0, 0xA5] {
        for image in [sample(false), sample(true)] {
            let mut damaged = image.clone();
            let (at, len) = (image.sector(0), image.sector_len());
            damaged.0[at..at + len].fill(fill);
            let (salvage, bytes) = salvage(&damaged);
            assert!(items(&image.0) == items(&bytes), "{fill} {}", image.sector_len());
            assert!(codes(&salvage).contains(&"salvage-guess"));
            assert!(!salvage.is_complete());
        }
    }
}

/// The directory's chain cut, or not to be found at all.
#[test]
fn a_cut_directory_is_put_together() {
    for image in [sample(false), fragmented()] {
        let before = items(&image.0);
        let chain = image.chain(image.u32(48));
        for to in [image::FREE, image::END, 0x7000, chain[0]] {
            let mut damaged = image.clone();
            damaged.set_fat(chain[1], to);
            let (salvage, bytes) = salvage(&damaged);
            assert!(before == items(&bytes), "cut by {to:#x}");
            assert_eq!(codes(&salvage), ["salvage-directory"]);
        }
        for start in [u64::from(image::END), 0x7000] {
            let mut damaged = image.clone();
            damaged.put(48, 4, start);
            assert!(CompoundFile::from_bytes(damaged.0.clone()).is_err());
            let (salvage, bytes) = salvage(&damaged);
            assert!(before == items(&bytes), "begins at {start:#x}");
            assert_eq!(codes(&salvage), ["salvage-directory"]);
        }
    }
}

#[test]
fn elements_that_no_storage_lists_are_kept_apart() {
    let image = sample(false);
    let mut damaged = image.clone();
    damaged.set(image.slot("inner"), image::CHILD, image::NONE);
    let (salvage, bytes) = salvage(&damaged);
    let (before, after) = (items(&image.0), items(&bytes));
    assert!(after["/Lost and found/deep"] == before["/inner/deep"]);
    assert!(after["/Lost and found/deeper/deepest"] == before["/inner/deeper/deepest"]);
    assert_eq!(codes(&salvage), ["salvage-orphan", "salvage-orphan"]);
    assert_eq!(item(&salvage, "salvage-orphan").finding().place().path(), "/Lost and found/deep");

    // A storage that lists itself.
    let deeper = damaged.slot("deeper");
    damaged.set(deeper, image::LEFT, image::NONE).set(deeper, image::CHILD, u64::from(deeper));
    let (_, bytes) = self::salvage(&damaged);
    let after = items(&bytes);
    for (at, was) in [("deep", "deep"), ("deepest", "deeper/deepest")] {
        assert!(after[&format!("/Lost and found/{at}")] == before[&format!("/inner/{was}")]);
    }
    assert!(after.contains_key("/Lost and found/deeper"), "{:?}", after.keys());
}

#[test]
fn orphans_that_list_each_other_are_listed_once() {
    let file = CompoundFile::memory();
    let mut at: Arc<dyn Storage> = file.create_storage(&name("top"), RW).unwrap();
    let mut handles = Vec::new();
    for inner in ["one", "two", "three"] {
        let next = at.create_storage(&name(inner), RW).unwrap();
        handles.push(std::mem::replace(&mut at, next));
    }
    hostile::write(&*at, "x", b"deep");
    file.commit(CommitFlags::empty()).unwrap();
    let mut image = Image(file.to_bytes().unwrap());
    let one = image.slot("one");
    image.set(image.slot("top"), image::CHILD, image::NONE);
    // The stream at the bottom has the storage at the top for a sibling.
    image.set(image.slot("x"), image::LEFT, u64::from(one));
    let (salvage, bytes) = salvage(&image);
    let after = items(&bytes);
    assert_eq!(after["/Lost and found/one/two/three/x"], Item::Stream(Ok(b"deep".to_vec())));
    assert_eq!(codes(&salvage), ["salvage-orphan"]);
}

#[test]
fn names_that_cannot_be_are_replaced_and_the_report_says_by_which() {
    let mut image = sample(false);
    let before = items(&image.0);
    image.rename(image.slot("a"), "a/b:c");
    image.rename(image.slot("mini 3"), "mini 4");
    let (salvage, bytes) = salvage(&image);
    let after = items(&bytes);
    assert!(after["/a_b_c"] == before["/a"]);
    assert_eq!(item(&salvage, "salvage-name").new_path(), Some("/a_b_c"));
    let new = item(&salvage, "salvage-duplicate").new_path().unwrap();
    assert_eq!(new, "/mini 4~2");
    let two = [&after["/mini 4"], &after[new]];
    let wanted = [&before["/mini 3"], &before["/mini 4"]];
    assert!(two == wanted || two == [wanted[1], wanted[0]]);
}

#[test]
fn a_stream_keeps_its_sound_beginning_and_the_report_says_how_much() {
    let mut image = sample(false);
    image.set(image.slot("c"), image::SIZE, 0x7FFF_FFFF);
    let (salvage, bytes) = salvage(&image);
    let Item::Stream(Ok(kept)) = &items(&bytes)["/c"] else { panic!() };
    assert_eq!(kept.len(), 4096);
    let short = item(&salvage, "salvage-short");
    assert_eq!((short.kept(), short.declared()), (Some(4096), Some(0x7FFF_FFFF)));
    assert_eq!(short.finding().place().path(), "/c");
    assert!(short.to_string().ends_with("[salvage-short], 4096 of 2147483647 bytes"), "{short}");
}

#[test]
fn a_broken_link_is_mended_where_just_one_chain_fits() {
    let image = sample(false);
    let chain = image.chain(image.start(image.slot("b")));
    let mut damaged = image.clone();
    damaged.set_fat(chain[3], 0x00AB_CDEF);
    let (salvage, bytes) = salvage(&damaged);
    assert!(items(&bytes) == items(&image.0));
    assert_eq!(codes(&salvage), ["salvage-guess"]);
    // Where another stream's sectors come next, nothing is invented.
    let mut damaged = fragmented();
    let chain = damaged.chain(damaged.start(damaged.slot("b")));
    damaged.set_fat(chain[3], 0x00AB_CDEF);
    let (salvage, _) = self::salvage(&damaged);
    assert_eq!(item(&salvage, "salvage-short").kept(), Some(4 * 512));
}

#[test]
fn shared_sectors_give_each_owner_a_copy() {
    let mut image = sample(false);
    let start = image.start(image.slot("b"));
    image.set(image.slot("a"), image::START, u64::from(start));
    let before = items(&image.0);
    let (salvage, bytes) = salvage(&image);
    assert!(before == items(&bytes));
    assert_eq!(codes(&salvage), ["salvage-shared"]);
}

#[test]
fn a_file_that_is_something_else_is_refused() {
    let code = |bytes: &[u8]| Salvage::from_bytes(bytes.to_vec()).unwrap_err().code();
    assert_eq!(code(b"From: ana@example.org"), Code::StgFileAlreadyExists);
    assert_eq!(code(&[0; 5000]), Code::StgFileAlreadyExists);
    assert_eq!(code(&sample(false).0[..512]), Code::StgDocFileCorrupt, "nothing is left");
}

/// Every hostile and cut file of the corpus: what is read whole is kept, and the rest is told.
#[test]
fn hostile_files_of_the_corpus_come_out_sound() {
    let mut count = 0;
    for kind in ["hostile", "cfb", "msg"] {
        for path in common::corpus_files("hostile_files_of_the_corpus_come_out_sound", kind) {
            let bytes = std::fs::read(&path).unwrap();
            let what = path.display().to_string();
            repaired(&what, &bytes);
            count += 1;
            if kind == "hostile" {
                for part in 1..8 {
                    repaired(&what, &bytes[..bytes.len() * part / 8]);
                }
            }
        }
    }
    eprintln!("{count} files");
}

/// Files by other people with nothing wrong in them lose nothing.
#[test]
fn sound_files_of_the_corpus_have_an_empty_report() {
    for path in common::corpus_files("sound_files_of_the_corpus_have_an_empty_report", "msg") {
        let salvage = Salvage::open(&path).unwrap();
        let items: Vec<String> = salvage.report().iter().map(ToString::to_string).collect();
        assert!(items.is_empty(), "{}: {items:?}", path.display());
        let before = listing(Arc::new(CompoundFile::open(&path).unwrap()));
        assert!(before == self::items(&salvage.to_bytes().unwrap()), "{}", path.display());
    }
}

#[test]
fn cut_files_come_out_sound() {
    for image in [sample(false), fragmented(), sample(true)] {
        let len = image.0.len();
        for step in 0..64 {
            repaired("cut", &image.0[..len * step / 64 + step]);
        }
    }
}

#[test]
fn damaged_files_come_out_sound_and_nothing_that_was_read_is_missing() {
    let images = [sample(false), fragmented(), sample(true)];
    let rounds = std::env::var("OPENIMSG_MUTATIONS").map_or(2400, |n| n.parse().unwrap());
    let mut random = Random(77);
    let mut salvaged = 0;
    for round in 0..rounds {
        let mut image = images[round % images.len()].clone();
        let sector = image.sector_len();
        for _ in 0..=random.below(6) {
            mutate(&mut image, sector, &mut random);
        }
        within_limits(&format!("round {round}"), &image.0, |bytes| {
            salvaged += usize::from(repaired(&format!("round {round}"), bytes));
        });
    }
    assert!(salvaged * 10 > rounds * 9, "{salvaged} of {rounds}");
}

/// Streams that all name one long chain: copies up to the bound of reading, and little memory.
#[test]
fn many_names_for_one_chain_do_not_make_many_copies() {
    let file = CompoundFile::memory();
    hostile::write(&file, "victim", &hostile::pattern(1 << 18, 1));
    for at in 0..2000 {
        hostile::write(&file, &format!("{at}"), b"");
    }
    file.commit(CommitFlags::empty()).unwrap();
    let mut image = Image(file.to_bytes().unwrap());
    let start = u64::from(image.start(image.slot("victim")));
    let entries = image.entries();
    for at in &entries[1..=2001] {
        image.put(at + 116, 4, start).put(at + 120, 8, 1 << 18);
    }
    within_limits("bomb", &image.0, |bytes| {
        let salvage = Salvage::from_bytes(bytes.to_vec()).unwrap();
        let summary = salvage.summary();
        let bound = 100 * bytes.len() as u64;
        assert!((bound / 2..=bound).contains(&summary.bytes_kept), "{summary:?}");
        assert_eq!(summary.streams, 2001);
        assert!(item(&salvage, "salvage-short").finding().text().contains("many streams"));
        assert!(salvage.report().len() < 3000 && summary.items > 2000);
    });
}

#[test]
fn storages_inside_each_other_are_salvaged_however_deep() {
    let depth = 20_000;
    let file = CompoundFile::memory();
    let mut at: Arc<dyn Storage> = file.create_storage(&name("d"), RW).unwrap();
    let mut handles = Vec::new();
    for _ in 1..depth {
        let next = at.create_storage(&name("d"), RW).unwrap();
        handles.push(std::mem::replace(&mut at, next));
    }
    hostile::write(&*at, "x", b"deep");
    file.commit(CommitFlags::empty()).unwrap();
    drop((at, handles));
    let mut image = Image(file.to_bytes().unwrap());
    // The topmost one is not listed any more.
    image.set(0, image::CHILD, image::NONE);
    within_limits("deep", &image.0, |bytes| {
        let salvage = Salvage::from_bytes(bytes.to_vec()).unwrap();
        let summary = salvage.summary();
        assert_eq!((summary.storages, summary.streams), (depth + 1, 1));
        assert_eq!(codes(&salvage), ["salvage-orphan"]);
        let new = CompoundFile::from_bytes(salvage.to_bytes().unwrap()).unwrap();
        assert_eq!(new.check().unwrap(), []);
    });
}
