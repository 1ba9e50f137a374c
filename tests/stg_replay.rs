//! Crash replay: every step of a commit is recorded, cut at each point, with what was not flushed torn
//! and reordered, and what is left is opened again. There is the old state or the new one, and never a
//! third. Random transactions; those that aim at one place are in `stg_scripts.rs`.
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

use disk::{Target, Way};
use openimsg::{CommitFlags, StorageOptions};
use replay::{Count, Run};

const CACHE: CommitFlags = CommitFlags::DANGEROUSLY_COMMIT_MERELY_TO_DISK_CACHE;

/// More of the same, for a long run.
fn factor() -> u64 {
    std::env::var("OPENIMSG_REPLAY_FACTOR").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Random transactions on one file, each commit cut everywhere.
fn random_transactions(way: Way, seed: u64, transactions: u64) -> Count {
    // Whole in memory, by windows, or changing between them; small sectors and large ones.
    let threshold = [1 << 25, 0, 60_000][(seed % 3) as usize];
    let options =
        StorageOptions::new().large_sectors(seed.is_multiple_of(4)).read_whole_up_to(threshold);
    let target = Target::new(way, options, None);
    let file = target.create();
    let mut run = Run::new(target, file, seed, &format!("{way:?}, seed {seed}"));
    for _ in 0..transactions {
        for _ in 0..1 + run.random.next() % 6 {
            run.change();
        }
        let flags = match run.random.next() % 12 {
            0 => CommitFlags::CONSOLIDATE,
            1 | 2 => CACHE,
            3 => CommitFlags::ONLY_IF_CURRENT,
            _ => CommitFlags::empty(),
        };
        run.commit(flags);
        if run.random.one_in(5) {
            run.file = None;
            run.file = Some(run.target.edit());
        }
    }
    run.count
}

fn many(way: Way, files: std::ops::Range<u64>) -> Count {
    let mut count = Count::default();
    for seed in files.start..files.end * factor() {
        count.add(random_transactions(way, seed, 10));
    }
    println!("{way:?}: {count:?}");
    assert!(count.old > 0 && count.new > 0 && count.third == 0 && count.strict > 0);
    count
}

#[test]
fn random_transactions_on_lock_bytes_leave_no_third_state() {
    assert!(many(Way::Bytes, 0..50).transactions >= 500);
}

#[test]
fn random_transactions_on_a_path_in_place_leave_no_third_state() {
    assert!(many(Way::InPlace, 100..150).transactions >= 500);
}

#[test]
fn random_transactions_by_renaming_leave_no_third_state() {
    let count = many(Way::Replace, 0..50);
    assert!(count.transactions >= 500 && count.cleared > 50);
}

/// Not one write of the device, of 512 bytes at most, is left out, with either writer; and what the
/// next commit finds of a killed one, it removes.
///
/// Spec: S-166, S-179
#[test]
fn a_commit_killed_after_any_device_write_leaves_the_old_state_or_the_new_one() {
    for way in [Way::Bytes, Way::InPlace, Way::Replace] {
        let target = Target::new(way, StorageOptions::new(), None);
        let file = target.create();
        let mut run = Run::new(target, file, 77, &format!("{way:?}, every write"));
        run.every = true;
        for round in 0..12 {
            for _ in 0..4 {
                run.change();
            }
            run.put("z", vec![round; 6_000 + 9_000 * usize::from(round % 3)]);
            run.commit(CommitFlags::empty());
        }
        println!("{way:?}: {:?}", run.count);
        assert!(run.count.cuts > 500 && run.count.old > 0 && run.count.new > 0);
        assert!(way != Way::Replace || run.count.cleared >= 48);
    }
}

/// On a disk that forgets to flush there are third states: the cuts above would show them.
#[test]
fn without_flushes_there_would_be_third_states() {
    for way in [Way::Bytes, Way::InPlace, Way::Replace] {
        let target = Target::new(way, StorageOptions::new(), None);
        let file = target.create();
        let mut run = Run::new(target, file, 1, "deaf");
        (run.deaf, run.rounds) = (true, 20);
        run.put("a", vec![1; 5000]);
        run.put("b", vec![2; 300]);
        run.commit(CommitFlags::empty());
        run.put("a", vec![3; 6000]);
        run.commit(CommitFlags::empty());
        assert!(run.count.third > 0, "{way:?}: {:?}", run.count);
    }
}
