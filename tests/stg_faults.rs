//! Every call of the medium that a commit makes fails once, and from then on: the commit answers with
//! the medium's code, the old state (or, after the switch, the new one) is what a reader finds, and the
//! object goes on.
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

use common::journal::{Call, Fault, ONLY};
use disk::{Target, Way};
use openimsg::{Code, CommitFlags, Storage, StorageOptions};
use replay::{Run, State, peer_state, state_of, try_state_of};
use script::Do::{self, *};
use std::io::ErrorKind;

const PLAIN: CommitFlags = CommitFlags::empty();
const COMPACT: CommitFlags = CommitFlags::CONSOLIDATE;
const WAYS: [Way; 3] = [Way::Bytes, Way::InPlace, Way::Replace];

const BASE: &[Do] = &[
    Put("big", 70_000),
    Put("below", 4095),
    Put("tiny", 10),
    Many("mini", 6, 200),
    Dir("d"),
    Put("d/inside", 9000),
    Put("d/small", 100),
];

/// What is changed, how it is committed, and whether the file is new.
const COMMITS: &[(&str, &[Do], CommitFlags, bool)] = &[
    ("a small change", &[Write("tiny", 3, 3)], PLAIN, false),
    (
        "a change of everything",
        &[
            Write("big", 1000, 40_000),
            Del("below"),
            Size("d/inside", 50),
            Rename("d", "the other name"),
            Put("new", 80_000),
            Many("more", 9, 300),
        ],
        PLAIN,
        false,
    ),
    ("a smaller file", &[Del("big"), DelAll("mini"), Del("d")], PLAIN, false),
    ("laid out anew", &[Write("big", 9, 9), Del("below")], COMPACT, false),
    ("a new file", &[Put("big", 70_000), Put("tiny", 10), Dir("d"), Put("d/x", 9)], PLAIN, true),
    ("a new file, laid out anew", &[Put("big", 70_000), Put("tiny", 10)], COMPACT, true),
];

fn base() -> Vec<u8> {
    let target = Target::new(Way::Replace, StorageOptions::new(), None);
    let file = target.create();
    let mut run = Run::new(target, file, 1, "base");
    for (salt, todo) in BASE.iter().enumerate() {
        script::step(&mut run, salt, *todo);
    }
    run.commit(PLAIN);
    run.target.now()
}

fn options(threshold: u64) -> StorageOptions {
    StorageOptions::new().read_whole_up_to(threshold)
}

/// A file with pending changes, as each round begins.
fn begun(way: Way, threshold: u64, base: &[u8], steps: &[Do], new: bool) -> Run {
    let target = Target::new(way, options(threshold), (!new).then_some(base));
    let file = if new { target.create() } else { target.edit() };
    let mut run = Run::new(target, file, 1, "fault");
    for (salt, todo) in steps.iter().enumerate() {
        script::step(&mut run, salt + 9, *todo);
    }
    run
}

#[derive(Default, Debug)]
struct Count {
    faults: u64,
    refused_old: u64,
    refused_new: u64,
    went_through: u64,
}

/// The state that a fresh reader finds; both readers agree, and the file is sound.
fn found(run: &Run) -> State {
    let bytes = run.target.now();
    let (state, bad) = replay::reopened(bytes.clone()).unwrap();
    assert!(bad.is_empty(), "{bad:?}");
    assert!(peer_state(&bytes).0 == state);
    state
}

fn one_fault(mut run: Run, flags: CommitFlags, fault: Fault, count: &mut Count, what: &str) {
    let what = format!("{what}, {fault:?}");
    run.target.fail(Some(fault));
    let done = run.file().commit(flags);
    count.faults += 1;
    assert!(run.target.record().struck, "{what}");
    let state = found(&run);
    match &done {
        Ok(()) => {
            assert!(state == run.model, "{what}: it said that it is committed");
            count.went_through += 1;
        }
        Err(error) => {
            let wanted = fault.code();
            // Opening for writing is a part of writing.
            let open = fault.call == Call::Open && error.code() == Code::StgWriteFault;
            assert!(error.code() == wanted || open, "{what}: {error}");
            assert!(state == run.old || state == run.model, "{what}: a third state");
            let is_new = state == run.model;
            count.refused_new += u64::from(is_new);
            count.refused_old += u64::from(!is_new);
            let names: Vec<String> = run.target.record().image.names.keys().cloned().collect();
            assert_eq!(names, [ONLY], "{what}: nothing is left over");
        }
    }
    // The medium is well again. What is pending is seen, and the next commit has all of it.
    run.target.fail(None);
    assert!(state_of(run.file()) == run.model, "{what}: through the object");
    // What it wrote is known as its own, unless the medium could not be asked any more.
    let blind = fault.call == Call::Read && fault.on;
    let flags = if blind { PLAIN } else { CommitFlags::ONLY_IF_CURRENT };
    run.file().commit(flags).unwrap_or_else(|e| panic!("{what}: {e}"));
    assert!(found(&run) == run.model, "{what}: the next commit");
    script::step(&mut run, 3, Put("after", 6000));
    run.file().commit(PLAIN).unwrap();
    assert!(found(&run) == run.model, "{what}: the commit after it");
    assert!(state_of(run.file()) == run.model, "{what}: through the object, after all");
}

fn faults(way: Way, threshold: u64) -> Count {
    let base = base();
    let mut count = Count::default();
    for (name, steps, flags, new) in COMMITS {
        let what = format!("{way:?}, up to {threshold}, {name}");
        let run = begun(way, threshold, &base, steps, *new);
        run.target.fail(None);
        run.file().commit(*flags).unwrap();
        assert!(found(&run) == run.model, "{what}");
        for (call, times) in run.target.calls() {
            let full = matches!(call, Call::Write | Call::SetSize | Call::Create);
            let errors = [ErrorKind::Other, ErrorKind::StorageFull];
            for error in errors.into_iter().take(1 + usize::from(full)) {
                for nth in 0..times {
                    for on in [false, true] {
                        let run = begun(way, threshold, &base, steps, *new);
                        let fault = Fault { call, nth, on, error };
                        one_fault(run, *flags, fault, &mut count, &what);
                    }
                }
            }
        }
    }
    println!("{way:?}, up to {threshold}: {count:?}");
    assert!(count.faults > 50 && count.refused_old > 0 && count.refused_new > 0);
    count
}

/// Spec: S-167
#[test]
fn every_call_of_a_commit_may_fail_and_the_next_one_has_everything() {
    for way in WAYS {
        for threshold in [1 << 25, 0] {
            faults(way, threshold);
        }
    }
}

/// Opening for change, for reading, reading everything, checking: READFAULT or the truth.
#[test]
fn every_read_may_fail_while_a_file_is_opened_and_read() {
    let large: &[Do] = &[Put("large", 900_000), Many("m", 99, 3000), Dir("l"), Put("l/x", 300_000)];
    let run = begun(Way::Replace, 0, &base(), large, false);
    run.file().commit(PLAIN).unwrap();
    let (base, truth) = (run.target.now(), run.model);
    let mut failed = 0;
    for threshold in [1 << 25, 0] {
        let target = Target::new(Way::Bytes, options(threshold), Some(&base));
        {
            for on in [false, true] {
                for nth in 0.. {
                    let fault = Fault { call: Call::Read, nth, on, error: ErrorKind::Other };
                    target.fail(Some(fault));
                    let opened = target.try_edit();
                    let read = match &opened {
                        Err(error) => Err(error.code().to_string()),
                        Ok(file) => try_state_of(file),
                    };
                    match read {
                        Ok(state) => assert!(state == truth, "{fault:?}: not all, and no error"),
                        Err(error) => {
                            failed += 1;
                            let code = Code::StgReadFault.to_string();
                            assert!(error.contains(&code), "{fault:?}: {error}");
                        }
                    }
                    if !target.record().struck {
                        break;
                    }
                    // The same object, when the medium is well again.
                    target.fail(None);
                    if let Ok(file) = opened {
                        assert!(state_of(&file) == truth, "{fault:?}: afterwards");
                    }
                }
            }
        }
    }
    println!("{failed} reads failed");
    assert!(failed > 20);
}

/// A file that cannot be created leaves its name free, and is created when the medium is well again.
#[test]
fn every_call_of_a_creation_may_fail() {
    for way in WAYS {
        let probe = Target::new(way, options(0), None);
        probe.fail(None);
        drop(probe.create());
        for (call, times) in probe.calls() {
            for nth in 0..times {
                let target = Target::new(way, options(0), None);
                let fault = Fault { call, nth, on: true, error: ErrorKind::StorageFull };
                target.fail(Some(fault));
                let error = target.try_create().err().unwrap();
                assert_eq!(error.code(), Code::StgMediumFull, "{way:?}, {fault:?}");
                if way != Way::Bytes {
                    assert!(target.record().image.names.is_empty(), "{way:?}, {fault:?}");
                }
                target.fail(None);
                let file = target.create();
                file.commit(PLAIN).unwrap();
                drop(file);
                assert!(state_of(&target.edit()).is_empty());
            }
        }
    }
}
