//! Crash replay where a commit meets something special: a DIFAT, damage, somebody else's commit, a
//! reader of an older state.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    reason = "a test may panic and say why"
)]

mod common;
#[path = "common/disk.rs"]
mod disk;
#[path = "common/replay.rs"]
mod replay;
#[path = "common/script.rs"]
mod script;

use common::{RW, name};
use disk::{Target, Way};
use openimsg::{
    Code, CommitFlags, Committed, CompoundFile, Mode, Severity, Storage, StorageOptions,
};
use replay::Run;
use script::Do::{self, *};
use std::sync::OnceLock;

const PLAIN: CommitFlags = CommitFlags::empty();
const COMPACT: CommitFlags = CommitFlags::CONSOLIDATE;
const WAYS: [Way; 3] = [Way::Bytes, Way::InPlace, Way::Replace];

fn windows() -> StorageOptions {
    StorageOptions::new().read_whole_up_to(0)
}

/// A file in memory after these steps.
fn made(steps: &[Do]) -> Vec<u8> {
    let target = Target::new(Way::Replace, StorageOptions::new(), None);
    let file = target.create();
    let mut run = Run::new(target, file, 1, "made");
    run.rounds = 0;
    for (salt, todo) in steps.iter().enumerate() {
        script::step(&mut run, salt, *todo);
    }
    run.commit(PLAIN);
    run.target.now()
}

fn over(way: Way, options: StorageOptions, base: &[u8], what: &str) -> Run {
    let target = Target::new(way, options, Some(base));
    let file = target.edit();
    let mut run = Run::new(target, file, 9, &format!("{way:?}, {what}"));
    (run.rounds, run.pieces) = (2, 2);
    run
}

fn steps(run: &mut Run, steps: &[Do]) {
    for (salt, todo) in steps.iter().enumerate() {
        script::step(run, salt + 50, *todo);
    }
}

/// Sectors of the DIFAT, as the header says. MS-CFB 2.2.
fn difat(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes[72..76].try_into().unwrap())
}

/// A file whose FAT has 109 blocks or a little less: the next ones need a DIFAT sector.
fn seven_megabytes() -> &'static [u8] {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    MADE.get_or_init(|| made(&[Put("large", 7_050_000), Put("tiny", 9), Put("mid", 30_000)]))
}

/// The DIFAT appears, moves, moves with more blocks, and goes.
#[test]
fn a_difat_that_comes_moves_and_goes_leaves_no_third_state() {
    assert_eq!(difat(seven_megabytes()), 0);
    for way in [Way::Bytes, Way::Replace] {
        let mut run = over(way, windows(), seven_megabytes(), "DIFAT");
        (run.rounds, run.pieces) = (1, 1);
        let mut seen = Vec::new();
        let turns: [&[Do]; 5] = [
            &[Put("more", 130_000), Commit(PLAIN)],
            &[Write("tiny", 2, 3), Commit(PLAIN)],
            &[Put("last", 9_000), Commit(PLAIN)],
            &[Write("more", 60_000, 66_000), Del("mid"), Commit(PLAIN)],
            &[Del("more"), Commit(COMPACT)],
        ];
        for turn in turns {
            steps(&mut run, turn);
            seen.push(difat(&run.target.now()));
        }
        assert_eq!(seen, [1, 1, 1, 1, 0], "{way:?}");
        println!("{way:?}: {:?}", run.count);
        assert_eq!(run.count.third, 0);
    }
}

/// A file whose header says a wrong number of mini FAT sectors, which readers forgive.
fn damaged() -> Vec<u8> {
    let mut bytes = made(&[Put("big", 40_000), Many("mini", 9, 100), Dir("d"), Put("d/x", 5000)]);
    bytes[64] += 3;
    let findings = CompoundFile::from_bytes(bytes.clone()).unwrap().check().unwrap();
    assert!(findings.iter().any(|it| it.severity() != Severity::Note), "{findings:?}");
    bytes
}

/// Spec: structured-storage part 3: what has findings of damage is written anew as a whole.
#[test]
fn commits_over_a_damaged_file_write_it_anew_and_leave_no_third_state() {
    let base = damaged();
    for way in WAYS {
        for options in [windows(), StorageOptions::new()] {
            let mut run = over(way, options, &base, "damaged");
            (run.damaged, run.rounds, run.pieces) = (true, 6, 64);
            steps(&mut run, &[Write("big", 10_000, 5), Commit(PLAIN)]);
            if way != Way::Replace {
                let len = run.target.now().len();
                assert!(len > base.len() + 40_000, "all of it stands behind the old: {len}");
            }
            run.damaged = false;
            steps(&mut run, &[Del("mini3"), Commit(PLAIN), Put("d/y", 9000), Commit(COMPACT)]);
            assert!(run.target.now().len() < base.len() + 20_000);
        }
    }
}

/// Two openers of one file: the last commit wins, wherever it is cut.
#[test]
fn a_commit_over_that_of_another_opener_leaves_no_third_state() {
    let base = made(&[Put("big", 40_000), Many("mini", 9, 100), Dir("d"), Put("d/x", 5000)]);
    for way in WAYS {
        let mut run = over(way, StorageOptions::new(), &base, "two openers");
        (run.rounds, run.pieces) = (6, 64);
        let other = run.target.edit();
        let stream = other.create_stream(&name("other"), RW).unwrap();
        stream.write_at(0, &[5; 20_000]).unwrap();
        drop(stream);
        other.destroy_element(&name("big")).unwrap();
        other.commit(PLAIN).unwrap();
        // Theirs is what is committed now.
        let (ours, theirs) = (run.old.clone(), replay::state_of(&other));
        drop(other);
        steps(&mut run, &[Write("big", 5, 5)]);
        let only = run.file().commit(CommitFlags::ONLY_IF_CURRENT).unwrap_err();
        assert_eq!(only.code(), Code::StgNotCurrent);
        assert!(replay::peer_state(&run.target.now()).0 == theirs);
        run.old = theirs;
        run.commit(PLAIN);
        assert!(!run.model.contains_key("/other") && run.model.contains_key("/big"));
        assert!(run.model != ours);
        steps(&mut run, &[Put("more", 9000), Commit(CommitFlags::ONLY_IF_CURRENT)]);
        assert_eq!(run.count.third, 0);
    }
}

/// A reader that has the file open by windows keeps its state through many commits in place.
#[test]
fn a_reader_by_windows_keeps_its_state_through_commits_in_place() {
    let base = made(&[Put("big", 90_000), Many("mini", 9, 100), Dir("d"), Put("d/x", 5000)]);
    let mut run = over(Way::InPlace, windows(), &base, "reader");
    let reader = run.target.reader();
    let seen = replay::state_of(&reader);
    for round in 0..12 {
        for _ in 0..4 {
            run.change();
        }
        run.put("big", vec![round; 80_000 + usize::from(round) * 100]);
        let flags = if round % 4 == 3 { COMPACT } else { PLAIN };
        let done = run.commit(flags);
        assert!(flags == PLAIN || done != Committed::Done, "somebody reads what would be moved");
        assert!(replay::state_of(&reader) == seen, "round {round}");
    }
    // Without it, the space is used again.
    let len = run.target.now().len();
    drop(reader);
    run.put("tiny", vec![1]);
    assert_eq!(run.commit(COMPACT), Committed::Done);
    assert!(run.target.now().len() < len / 2);
}

/// A level inside that has changes of its own reads what was committed before, whatever is committed
/// around it: also when all is laid out anew, or somebody else committed in between.
#[test]
fn a_level_inside_keeps_its_older_state_through_commits_around_it() {
    let base = made(&[Put("big", 30_000), Dir("d"), Put("d/x", 600_000), Put("d/y", 90)]);
    for way in WAYS {
        for foreign in [false, true] {
            let mut run = over(way, windows(), &base, "level inside");
            run.held = true;
            let inside = run.file().open_storage(&name("d"), RW.and(Mode::TRANSACTED)).unwrap();
            let stream = inside.open_stream(&name("x"), RW).unwrap();
            stream.write_at(7, b"pending").unwrap();
            let mut expected = run.model["/d/x"].clone().unwrap();
            expected[7..14].copy_from_slice(b"pending");
            if foreign {
                let other = run.target.edit();
                other.create_stream(&name("other"), RW).unwrap().write_at(0, &[5; 20_000]).unwrap();
                other.commit(PLAIN).unwrap();
                run.old = replay::state_of(&other);
            }
            for round in 0..6_u8 {
                run.put("big", vec![round; 30_000 + usize::from(round) * 1000]);
                run.put("small", vec![round; 30]);
                run.commit(if round % 2 == 1 { COMPACT } else { PLAIN });
                // A place that was not read before, and so is in no cache.
                let (at, mut found) = (70_000 * (usize::from(round) + 2), [0; 500]);
                stream.read_at(at as u64, &mut found).unwrap();
                assert!(found == expected[at..at + 500], "{way:?}, {foreign}, round {round}");
            }
            drop(stream);
            inside.commit(PLAIN).unwrap();
            drop(inside);
            run.held = false;
            run.model.insert("/d/x".into(), Some(expected));
            run.commit(PLAIN);
            run.put("small", vec![1; 31]);
            assert_eq!(run.commit(COMPACT), Committed::Done, "{way:?}");
        }
    }
}
