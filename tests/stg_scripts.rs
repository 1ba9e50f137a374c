//! Crash replay of scripted transactions: each aims at one place of the file where something moves.
//! What every cut leaves is the old state or the new one; see `stg_replay.rs` for random ones.
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

use disk::{Target, Way};
use openimsg::{CommitFlags, StorageOptions};
use replay::{Count, Run};
use script::Do::{self, *};

const PLAIN: CommitFlags = CommitFlags::empty();
const COMPACT: CommitFlags = CommitFlags::CONSOLIDATE;
const CACHE: CommitFlags = CommitFlags::DANGEROUSLY_COMMIT_MERELY_TO_DISK_CACHE;

/// What every script begins with.
const BASE: &[Do] = &[
    Put("big", 70_000),
    Put("cutoff", 4096),
    Put("below", 4095),
    Put("tiny", 10),
    Put("none", 0),
    Many("mini", 6, 200),
    Dir("d"),
    Put("d/inside", 9000),
    Put("d/small", 100),
    Dir("d/e"),
    Put("d/e/deep", 5000),
    Dir("empty"),
];

/// Each with the changes of its transactions; the last commit is not written out.
const SCRIPTS: &[(&str, &[Do])] = &[
    ("nothing at all", &[]),
    ("one byte in the middle", &[Write("big", 35_000, 1)]),
    ("the first sector", &[Write("big", 0, 512)]),
    ("over a sector's end", &[Write("big", 1020, 10)]),
    ("the last, partial sector", &[Write("big", 69_990, 10)]),
    ("one byte more", &[Write("big", 70_000, 1)]),
    ("much more", &[Write("big", 70_000, 200_000)]),
    ("one byte less", &[Size("big", 69_999)]),
    ("to the end of a sector", &[Size("big", 136 * 512)]),
    ("one byte over the end of a sector", &[Size("big", 136 * 512 + 1)]),
    ("to the smallest regular stream", &[Size("big", 4096)]),
    ("to the largest mini stream", &[Size("big", 4095)]),
    ("to nothing", &[Size("big", 0)]),
    ("from nothing", &[Put("none", 100_000)]),
    ("from nothing to a mini stream", &[Write("none", 0, 65)]),
    ("from mini to regular", &[Write("below", 4095, 1)]),
    ("from mini to regular and back", &[Write("below", 0, 9000), Commit(PLAIN), Size("below", 9)]),
    ("zeros only", &[Size("tiny", 60_000)]),
    ("a gap", &[Write("tiny", 50_000, 3)]),
    ("cut to nothing and grown again", &[Size("big", 0), Size("big", 70_000)]),
    ("a mini sector in place", &[Write("mini1", 70, 20)]),
    ("a mini stream gets one more", &[Write("mini1", 201, 64)]),
    ("a mini stream gets shorter", &[Size("mini2", 60)]),
    ("a mini stream becomes empty", &[Size("mini2", 0)]),
    ("the last mini streams go", &[Del("d/small"), Del("mini5"), Del("mini4")]),
    (
        "the mini stream vanishes and comes back",
        &[
            DelAll("mini"),
            Del("tiny"),
            Del("below"),
            Del("d/small"),
            Commit(PLAIN),
            Put("tiny", 70),
        ],
    ),
    ("the mini FAT grows", &[Many("more", 20, 4000)]),
    ("the mini FAT shrinks", &[Many("more", 20, 4000), Commit(PLAIN), DelAll("more")]),
    ("a stream goes", &[Del("cutoff")]),
    ("a storage goes with all in it", &[Del("d")]),
    ("everything goes", &[DelAll("")]),
    ("everything goes, something comes", &[DelAll(""), Put("new", 5000), Put("small", 5)]),
    ("a storage comes", &[Dir("new")]),
    (
        "storages in storages",
        &[
            Dir("1"),
            Dir("1/2"),
            Dir("1/2/3"),
            Dir("1/2/3/4"),
            Dir("1/2/3/4/5"),
            Put("1/2/3/4/5/x", 6),
        ],
    ),
    ("a new name of the same length", &[Rename("tiny", "tine")]),
    ("the longest name", &[Rename("big", "0123456789012345678901234567890")]),
    ("only the case of a name", &[Rename("big", "BIG")]),
    ("a storage gets a name", &[Rename("d", "after everything else")]),
    ("names change places", &[Rename("big", "t"), Rename("tiny", "big"), Rename("t", "tiny")]),
    ("a name and what is in it", &[Rename("d", "dd"), Write("dd/inside", 4000, 600)]),
    ("gone and there again", &[Del("big"), Put("big", 71_000)]),
    ("a stream becomes a storage", &[Del("big"), Dir("big"), Put("big/x", 5000)]),
    ("a storage becomes a stream", &[Del("d"), Put("d", 5000)]),
    ("the directory grows", &[Many("n", 5, 0)]),
    ("the directory grows much", &[Many("n", 90, 30)]),
    (
        "slots are used again",
        &[Many("n", 30, 600), Commit(PLAIN), DelAll("n"), Commit(PLAIN), Many("k", 40, 70)],
    ),
    ("bits of the root", &[Bits("", 7)]),
    ("bits far inside", &[Bits("d/e", 9)]),
    ("the FAT grows by a block", &[Put("new", 66_000)]),
    ("the FAT grows by many blocks", &[Put("new", 400_000)]),
    ("the tail goes at once", &[Put("z", 300_000), Commit(PLAIN), Del("z")]),
    (
        "the tail goes later",
        &[Put("z", 300_000), Commit(PLAIN), Del("z"), Commit(PLAIN), Write("tiny", 0, 1)],
    ),
    (
        "freed sectors are used again",
        &[Del("big"), Commit(PLAIN), Put("one", 30_000), Commit(PLAIN), Put("two", 40_000)],
    ),
    (
        "to and fro",
        &[
            Write("tiny", 0, 5),
            Commit(PLAIN),
            Write("tiny", 1, 5),
            Commit(PLAIN),
            Write("tiny", 2, 5),
            Commit(PLAIN),
            Write("tiny", 3, 5),
            Commit(PLAIN),
            Write("tiny", 4, 5),
        ],
    ),
    ("laid out anew, unchanged", &[Commit(COMPACT)]),
    ("laid out anew, changed", &[Write("big", 100, 900), Del("cutoff"), Commit(COMPACT)]),
    ("laid out anew, smaller", &[Put("z", 200_000), Commit(PLAIN), Del("z"), Commit(COMPACT)]),
    (
        "laid out anew, larger, then changed",
        &[Put("z", 200_000), Commit(COMPACT), Write("z", 100_000, 5_000)],
    ),
    ("everything goes, laid out anew", &[DelAll(""), Commit(COMPACT), Put("new", 5000)]),
    ("a level inside", &[Inner("d", &[Put("new", 5000), Write("inside", 0, 10)], true)]),
    ("a level inside is reverted", &[Inner("d", &[Del("inside")], false), Put("tiny", 3)]),
    (
        "levels in levels",
        &[Inner(
            "d",
            &[
                Put("one", 1),
                Inner("e", &[Put("deep", 7000), Put("two", 2)], true),
                Inner("e", &[Del("deep")], false),
            ],
            true,
        )],
    ),
    (
        "a level inside, twice",
        &[
            Inner("d", &[Put("inside", 100)], true),
            Commit(PLAIN),
            Inner("d", &[Put("inside", 10_000)], true),
        ],
    ),
    ("only to the cache", &[Put("new", 9000), Commit(CACHE), Write("new", 0, 9), Commit(CACHE)]),
    ("with the words of the old space", &[Put("big", 9), Commit(CommitFlags::OVERWRITE)]),
    ("only if current", &[Put("new", 5), Commit(CommitFlags::ONLY_IF_CURRENT)]),
    ("opened anew between", &[Del("d"), Commit(PLAIN), Reopen, Put("d", 80_000)]),
    ("five hundred members", &[Dir("m"), Many("m/x", 500, 0), Commit(PLAIN), Del("m/x250")]),
];

fn base_bytes(large: bool) -> Vec<u8> {
    let options = StorageOptions::new().large_sectors(large);
    let target = Target::new(Way::Bytes, options, None);
    let file = target.create();
    let mut run = Run::new(target, file, 1, "base");
    for (salt, todo) in BASE.iter().enumerate() {
        script::step(&mut run, salt, *todo);
    }
    run.commit(COMPACT);
    run.target.now()
}

fn scripts(way: Way) -> Count {
    let mut count = Count::default();
    for (large, threshold) in [(false, 1 << 25), (false, 0), (true, 0)] {
        let base = base_bytes(large);
        let options = StorageOptions::new().read_whole_up_to(threshold);
        for (at, (name, steps)) in SCRIPTS.iter().enumerate() {
            let target = Target::new(way, options.clone(), Some(&base));
            let file = target.edit();
            let mut run = Run::new(target, file, at as u64 + 1, &format!("{way:?}, {name}"));
            (run.rounds, run.pieces) = (4, 16);
            for (salt, todo) in steps.iter().enumerate() {
                script::step(&mut run, salt + 100 * at + 20, *todo);
            }
            if !matches!(steps.last(), Some(Commit(_))) {
                run.commit(PLAIN);
            }
            count.add(run.count);
        }
    }
    println!("{way:?}: {} scripts: {count:?}", SCRIPTS.len());
    assert!(count.old > 0 && count.new > 0 && count.third == 0);
    assert!(count.transactions >= 50 && count.strict == count.transactions);
    count
}

#[test]
fn scripted_transactions_on_lock_bytes_leave_no_third_state() {
    scripts(Way::Bytes);
}

#[test]
fn scripted_transactions_on_a_path_in_place_leave_no_third_state() {
    scripts(Way::InPlace);
}

#[test]
fn scripted_transactions_by_renaming_leave_no_third_state() {
    assert!(scripts(Way::Replace).cleared > 50);
}
