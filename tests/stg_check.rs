//! The check of a compound file: silent on our own files, one code for each broken rule.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::image::{self, END, FREE, Image, NONE};
use common::{RW, name};
use openimsg::{
    CommitFlags, CompoundFile, FileTime, Finding, Severity, Storage, StorageOptions, Validation,
    check_bytes,
};

fn write(storage: &dyn Storage, path: &str, len: usize) {
    let stream = storage.create_stream(&name(path), RW).unwrap();
    stream.write_at(0, &vec![0x5A; len]).unwrap();
}

/// Streams on both sides of the cutoff, a storage in a storage, an empty stream.
fn sample(large_sectors: bool) -> Image {
    let file = StorageOptions::new().large_sectors(large_sectors).memory();
    write(&file, "mini", 150);
    write(&file, "mini2", 64);
    write(&file, "regular", 20_000);
    write(&file, "other", 9_000);
    write(&file, "empty", 0);
    let inner = file.create_storage(&name("inner"), RW).unwrap();
    write(&*inner, "deep", 70);
    inner.create_storage(&name("deeper"), RW).unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    Image(file.to_bytes().unwrap())
}

fn codes(findings: &[Finding]) -> Vec<(&'static str, Severity)> {
    let mut codes: Vec<_> = findings.iter().map(|f| (f.code(), f.severity())).collect();
    codes.sort();
    codes.dedup();
    codes
}

fn check(image: &Image) -> Vec<(&'static str, Severity)> {
    codes(&check_bytes(image.0.clone()).unwrap())
}

/// Spec: S-153
#[test]
fn our_own_files_break_no_rule_however_many_members_they_have() {
    for large in [false, true] {
        for count in [0_usize, 1, 2, 3, 10, 1000, 10_000] {
            let file = StorageOptions::new().large_sectors(large).memory();
            let nested = file.create_storage(&name("nested"), RW).unwrap();
            for at in 0..count {
                write(&*nested, &format!("{:x}", at * 7919 % 99_991), at % 200);
            }
            file.commit(CommitFlags::empty()).unwrap();
            let findings = file.check().unwrap();
            assert!(findings.is_empty(), "{count} members: {findings:?}");
            assert!(check_bytes(file.to_bytes().unwrap()).unwrap().is_empty());
        }
        let empty = StorageOptions::new().large_sectors(large).memory();
        assert!(empty.check().unwrap().is_empty());
        assert!(check_bytes(empty.to_bytes().unwrap()).unwrap().is_empty());
        assert_eq!(check(&sample(large)), []);
    }
}

/// Spec: S-149, S-153
#[test]
fn our_own_files_break_no_rule_with_a_difat_in_memory_or_by_window() {
    for large in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        let options = StorageOptions::new().large_sectors(large);
        let file = options.create(&path).unwrap();
        assert!(file.check().unwrap().is_empty());
        assert!(check_bytes(std::fs::read(&path).unwrap()).unwrap().is_empty(), "as created");
        write(&file, "large", 21 << 20);
        write(&file, "small", 100);
        file.commit(CommitFlags::empty()).unwrap();
        assert!(file.check().unwrap().is_empty());
        drop(file);
        let window = options.read_whole_up_to(1000).open(&path).unwrap();
        assert_eq!(window.check().unwrap(), []);
        let strict = StorageOptions::new().validation(Validation::Strict);
        assert!(strict.open(&path).is_ok());
    }
}

/// One code for one broken rule; whether other codes come with it is the second list.
#[test]
fn each_broken_rule_of_the_header_has_its_code() {
    use Severity::{Error, Note, Warning};
    type Patch = fn(&mut Image) -> &mut Image;
    let cases: &[(&[(&str, Severity)], Patch)] = &[
        (&[("header-minor", Note)], |i| i.put(24, 2, 0x3B)),
        (&[("header-major", Warning)], |i| i.put(26, 2, 4)),
        (&[("header-byte-order", Warning)], |i| i.put(28, 2, 0)),
        (&[("header-reserved", Warning)], |i| i.put(8, 1, 1)),
        (&[("header-reserved", Warning)], |i| i.put(39, 1, 1)),
        (&[("header-count", Warning)], |i| i.put(40, 4, 3)),
        (&[("header-count", Warning)], |i| i.put(44, 4, 9)),
        (&[("header-count", Warning)], |i| i.put(64, 4, 9)),
        (&[("header-count", Warning)], |i| i.put(72, 4, 9)),
        (&[("header-none", Note)], |i| i.put(68, 4, NONE)),
        (&[("difat-chain", Error)], |i| i.put(68, 4, 0x1234)),
        (&[("fat-long", Note), ("header-count", Warning), ("difat-range", Warning)], |i| {
            i.put(80, 4, 0x1234)
        }),
        (
            &[
                ("fat-long", Note),
                ("header-count", Warning),
                ("difat-range", Warning),
                ("difat-hole", Warning),
            ],
            |i| i.put(84, 4, 0x1234),
        ),
    ];
    for (at, (expected, patch)) in cases.iter().enumerate() {
        let mut image = sample(false);
        patch(&mut image);
        let mut expected = expected.to_vec();
        expected.sort();
        assert_eq!(check(&image), expected, "case {at}");
        assert!(CompoundFile::from_bytes(image.0).is_ok(), "case {at}");
    }
    let mut large = sample(true);
    large.put(600, 1, 1);
    assert_eq!(check(&large), [("header-reserved", Warning)]);
    let mut large = sample(true);
    large.put(40, 4, 0);
    assert_eq!(check(&large), [("header-count", Warning)]);
}

#[test]
fn each_broken_rule_of_the_tables_has_its_code() {
    use Severity::{Error, Note, Warning};
    let sound = sample(false);
    let chain = sound.chain(sound.start(sound.slot("regular")));
    let other = sound.start(sound.slot("other"));
    let case = |what: &str, expected: &[(&str, Severity)], patch: &dyn Fn(&mut Image)| {
        let mut image = sound.clone();
        patch(&mut image);
        let mut expected = expected.to_vec();
        expected.sort();
        assert_eq!(check(&image), expected, "{what}");
    };
    case("a FAT sector marked free", &[("fat-mark", Warning)], &|i| {
        i.set_fat(0, FREE);
    });
    let lost = ("fat-lost", Note);
    let expected = [("fat-mark", Warning), ("stream-short", Error), lost];
    case("a sector marked as FAT", &expected, &|i| {
        i.set_fat(chain[3], 0xFFFF_FFFD);
    });
    case("entries after the end", &[("fat-excess", Note)], &|i| {
        let last = i.sectors();
        i.set_fat(last, 0);
    });
    case("a chain into another", &[("stream-shared", Error), ("fat-lost", Note)], &|i| {
        i.set_fat(chain[3], other);
    });
    case("a chain into itself", &[("stream-shared", Error), ("fat-lost", Note)], &|i| {
        i.set_fat(chain[3], chain[1]);
    });
    case("a chain into the directory", &[("stream-shared", Error), ("fat-lost", Note)], &|i| {
        let directory = i.u32(48);
        i.set_fat(chain[3], directory);
    });
    case("a chain out of the file", &[("stream-short", Error), ("fat-lost", Note)], &|i| {
        i.set_fat(chain[3], 0x0100_0000);
    });
    case("a chain into a free sector", &[("stream-short", Error), ("fat-lost", Note)], &|i| {
        i.set_fat(chain[3], FREE);
    });
    case("a size below the chain", &[("stream-long", Warning)], &|i| {
        i.set(i.slot("regular"), image::SIZE, 5000);
    });
    case("a size above the chain", &[("stream-short", Error)], &|i| {
        i.set(i.slot("regular"), image::SIZE, 50_000);
    });
    case("a chain that ends free", &[("stream-end", Warning)], &|i| {
        i.set_fat(*chain.last().unwrap(), FREE);
    });
    case("mini sectors of two", &[("stream-shared", Error), ("minifat-lost", Note)], &|i| {
        let start = i.start(i.slot("mini"));
        i.set(i.slot("deep"), image::START, u64::from(start));
    });
    case("mini sectors outside", &[("stream-short", Error), ("minifat-lost", Note)], &|i| {
        i.set(i.slot("deep"), image::START, 5000);
    });
    case("more mini FAT than mini stream", &[("minifat-excess", Note)], &|i| {
        i.set_minifat(100, 0);
    });
    case("an odd mini stream", &[("mini-size", Note)], &|i| {
        let size = i.get(0, image::SIZE);
        i.set(0, image::SIZE, size - 1);
    });
    case("the directory leads away", &[("chain-broken", Error)], &|i| {
        let last = *i.chain(i.u32(48)).last().unwrap();
        i.set_fat(last, 0x7000);
    });
    case("the directory leads back", &[("chain-shared", Error)], &|i| {
        let sectors = i.chain(i.u32(48));
        i.set_fat(*sectors.last().unwrap(), sectors[0]);
    });
    let mut cut = sound.clone();
    cut.0.truncate(cut.0.len() - 10);
    assert_eq!(check(&cut), [("file-length", Warning)], "what is missing belongs to no stream");
    cut.0.truncate(cut.0.len() - 480);
    assert_eq!(check(&cut), [("file-length", Warning), ("stream-truncated", Error)]);
}

#[test]
fn each_broken_rule_of_the_directory_has_its_code() {
    use Severity::{Error, Note, Warning};
    let sound = sample(false);
    let case = |expected: &[(&str, Severity)], patch: &dyn Fn(&mut Image)| {
        let mut image = sound.clone();
        patch(&mut image);
        let mut expected = expected.to_vec();
        expected.sort();
        assert_eq!(check(&image), expected);
    };
    let set = |element: &'static str, field, value| {
        move |i: &mut Image| {
            i.set(i.slot(element), field, value);
        }
    };
    case(&[("dir-name", Warning)], &set("deep", image::NAME_LEN, 9));
    case(&[("dir-name", Warning)], &|i| {
        i.rename(i.slot("deep"), "d:ep");
    });
    case(&[("dir-name-padding", Note)], &|i| {
        let at = i.entries()[i.slot("deep") as usize];
        i.put(at + 40, 1, 7);
    });
    case(&[("dir-color", Warning), ("dir-all-black", Note)], &set("deep", image::COLOR, 7));
    case(&[("dir-stream-child", Warning)], &set("deep", image::CHILD, 1));
    case(&[("dir-stream-fields", Note)], &set("deep", image::CREATED, 1));
    case(&[("dir-storage-fields", Note)], &set("deeper", image::START, u64::from(END)));
    case(&[("dir-size-high", Note)], &set("deep", image::SIZE_HIGH, 1));
    case(&[("stream-empty", Note)], &set("empty", image::START, 0));
    case(&[("dir-type", Error), ("minifat-lost", Note)], &set("deep", image::TYPE, 3));
    case(&[("dir-root", Warning)], &set("Root Entry", image::TYPE, 1));
    case(&[("dir-root-time", Note)], &set("Root Entry", image::CREATED, 1));
    case(&[("dir-root", Warning)], &|i| {
        i.rename(0, "R");
    });
    case(&[("dir-range", Error), ("dir-orphan", Error), ("minifat-lost", Note)], &|i| {
        i.set(i.slot("inner"), image::CHILD, 777);
    });
    case(&[("dir-link", Error)], &|i| {
        let deep = i.slot("deep");
        i.set(deep, image::LEFT, u64::from(deep));
    });
    case(&[("dir-link", Error)], &|i| {
        i.set(i.slot("deep"), image::LEFT, 0);
    });
    case(&[("dir-order", Warning)], &|i| {
        i.rename(i.slot("deep"), "deepest");
    });
    case(&[("dir-duplicate", Error)], &|i| {
        i.rename(i.slot("mini2"), "other");
    });
    case(&[("dir-free", Note)], &|i| {
        let free = i.entries().len() - 1;
        i.set(u32::try_from(free).unwrap(), image::STATE, 1);
    });
    // The six members of the root: one on top, two below it, the deepest red.
    let top = sound.get(0, image::CHILD);
    let top = u32::try_from(top).unwrap();
    let left = u32::try_from(sound.get(top, image::LEFT)).unwrap();
    case(&[("dir-red-root", Warning)], &|i| {
        i.set(top, image::COLOR, 0);
    });
    case(&[("dir-red-red", Warning), ("dir-black-height", Note)], &|i| {
        i.set(left, image::COLOR, 0);
    });
    case(&[("dir-all-black", Note)], &|i| {
        (1..9).for_each(|slot| {
            i.set(slot, image::COLOR, 1);
        });
    });
}

/// Rules that only files of a certain size can break.
#[test]
fn each_broken_rule_of_larger_files_has_its_code() {
    use Severity::{Error, Note, Warning};
    let of = |sizes: &[usize]| {
        let file = CompoundFile::memory();
        for (at, size) in sizes.iter().enumerate() {
            write(&file, &format!("{at}"), *size);
        }
        file.commit(CommitFlags::empty()).unwrap();
        let image = Image(file.to_bytes().unwrap());
        assert_eq!(check(&image), []);
        image
    };
    let has = |image: &Image, wanted: (&'static str, Severity)| {
        let codes = check(image);
        assert!(codes.contains(&wanted), "{wanted:?} is not among {codes:?}");
    };
    // More than 128 sectors: two sectors of FAT.
    let two = of(&[100_000]);
    let mut shared = two.clone();
    shared.put(80, 4, u64::from(two.u32(76)));
    has(&shared, ("difat-shared", Error));
    let mut short = two.clone();
    short.put(80, 4, NONE).put(44, 4, 1);
    has(&short, ("fat-short", Warning));
    // More than 128 mini sectors: two sectors of mini FAT.
    let minis = of(&[4000, 4000, 4000]);
    let mut short = minis.clone();
    let chain = minis.chain(minis.u32(60));
    assert_eq!(chain.len(), 2);
    short.set_fat(chain[0], END);
    has(&short, ("minifat-short", Warning));
    let mut short = minis.clone();
    short.set(0, image::SIZE, 1 << 20);
    has(&short, ("chain-short", Error));
    let mut long = minis.clone();
    long.set(0, image::SIZE, 4096);
    has(&long, ("chain-long", Note));
    // More than 109 sectors of FAT: a list of DIFAT sectors.
    let mut end = of(&[8 << 20]);
    let last = end.sector(end.u32(68)) + 508;
    end.put(last, 4, NONE);
    assert_eq!(check(&end), [("difat-end", Note)]);
}

/// Files that are long on paper: nothing of them is ever written.
#[test]
fn files_beyond_two_gibibytes_have_rules_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    for (large, len, code) in
        [(false, (1_u64 << 31) + 512, "file-size"), (true, (1 << 31) + 8192, "range-lock")]
    {
        let path = folder.path().join(code);
        std::fs::write(&path, sample(large).0).unwrap();
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(len).unwrap();
        let codes = codes(&CompoundFile::open(&path).unwrap().check().unwrap());
        let mut expected = [("fat-short", Severity::Warning), (code, Severity::Warning)];
        expected.sort();
        assert_eq!(codes, expected);
    }
}

/// Spec: F-115
#[test]
fn cycles_in_fat_difat_and_directory_each_end_with_a_finding() {
    let sound = sample(false);
    let mut fat = sound.clone();
    let start = fat.start(fat.slot("regular"));
    fat.set_fat(start, start);
    assert!(check(&fat).contains(&("stream-shared", Severity::Error)));
    let mut directory = sound.clone();
    let first = directory.u32(48);
    directory.set_fat(first, first);
    assert!(check(&directory).contains(&("chain-shared", Severity::Error)));

    let file = CompoundFile::memory();
    write(&file, "large", 21 << 20);
    file.commit(CommitFlags::empty()).unwrap();
    let mut difat = Image(file.to_bytes().unwrap());
    let first = difat.u32(68);
    let next = difat.sector(first) + 508;
    assert_ne!(difat.u32(next), END, "two DIFAT sectors at least");
    difat.put(next, 4, u64::from(first));
    let codes = check(&difat);
    assert!(codes.contains(&("difat-chain", Severity::Error)), "{codes:?}");
}

/// The list stays short, whatever the file holds; nothing is kept silent.
#[test]
fn damage_that_repeats_is_counted() {
    let file = CompoundFile::memory();
    for at in 0..500 {
        write(&file, &format!("{at}"), 10);
    }
    file.commit(CommitFlags::empty()).unwrap();
    let mut image = Image(file.to_bytes().unwrap());
    for slot in 1..=500 {
        image.set(slot, image::COLOR, 9);
    }
    let findings = check_bytes(image.0).unwrap();
    let colors: Vec<_> = findings.iter().filter(|f| f.code() == "dir-color").collect();
    assert_eq!(colors.len(), 101);
    assert!(colors[100].text().starts_with("400 more"), "{}", colors[100]);
}

/// What was read before does not change what is found.
#[test]
fn a_finding_names_its_element_and_offset() {
    let mut image = sample(false);
    let slot = image.slot("deep");
    image.set(slot, image::SIZE, 3000);
    let file = CompoundFile::from_bytes(image.0.clone()).unwrap();
    file.elements().unwrap();
    let findings = file.check().unwrap();
    assert_eq!(findings, check_bytes(image.0).unwrap());
    let [finding] = &*findings else { panic!("{findings:?}") };
    assert_eq!((finding.code(), finding.place().path()), ("stream-short", "/inner/deep"));
    assert_eq!(finding.place().broken_rule(), Some("MS-CFB 2.3"));
}

/// Strict opening refuses what is more than a note, with the place.
#[test]
fn strict_opening_refuses_warnings_and_lets_notes_pass() {
    let strict = StorageOptions::new().validation(Validation::Strict);
    let mut image = sample(false);
    let slot = image.slot("deep");
    image.put(24, 2, 0x3B);
    assert!(strict.from_bytes(image.0.clone()).is_ok());
    image.set(slot, image::COLOR, 7);
    let error = strict.from_bytes(image.0.clone()).unwrap_err();
    assert_eq!(error.code(), openimsg::Code::StgDocFileCorrupt);
    assert_eq!(error.where_().unwrap().path(), "/inner/deep");
    assert!(CompoundFile::from_bytes(image.0).is_ok());
}

/// Real messages are sound but for what is listed: nothing of any is lost.
#[test]
fn no_real_message_has_errors() {
    for path in common::corpus_files("no_real_message_has_errors", "msg") {
        let findings = CompoundFile::open(&path).unwrap().check().unwrap();
        let errors: Vec<_> =
            findings.iter().filter(|finding| finding.severity() == Severity::Error).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
    }
}

/// Spec: F-117
#[test]
fn a_fixed_clock_gives_equal_bytes() {
    let make = || {
        let clock = openimsg::Clock::Fixed(FileTime::UNIX_EPOCH);
        let file = StorageOptions::new().clock(clock).memory();
        write(&file, "x", 5000);
        write(&*file.create_storage(&name("s"), RW).unwrap(), "y", 5);
        file.commit(CommitFlags::empty()).unwrap();
        file.to_bytes().unwrap()
    };
    assert_eq!(make(), make());
}
