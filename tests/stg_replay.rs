//! Crash replay: every write and flush of a commit is recorded, cut at each point, with unflushed
//! writes torn and reordered, and what is left is opened again. There is the old state or the new
//! one, and never a third.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    reason = "a test may panic and say why"
)]

mod common;

use common::journal::{Journal, Op, Random};
use common::{RW, name};
use openimsg::{
    CommitFlags, CompoundFile, ElementKind, LockBytes, Mode, Severity, Storage, StorageOptions,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Every element by its path; `None` for storages.
type State = BTreeMap<String, Option<Vec<u8>>>;

fn state_of(storage: &dyn Storage) -> State {
    let mut state = State::new();
    let mut todo = vec![(String::new(), None::<Arc<dyn Storage>>)];
    while let Some((path, inner)) = todo.pop() {
        let at: &dyn Storage = inner.as_ref().map_or(storage, |inner| &**inner);
        for member in at.elements().unwrap() {
            let name = member.name.unwrap();
            let path = format!("{path}/{name}");
            match member.kind {
                ElementKind::Storage => {
                    state.insert(path.clone(), None);
                    todo.push((path, Some(at.open_storage(&name, common::READ).unwrap())));
                }
                ElementKind::Stream => {
                    let bytes = common::stream_bytes(at, &name).unwrap();
                    assert_eq!(bytes.len() as u64, member.size, "{path}");
                    state.insert(path, Some(bytes));
                }
            }
        }
    }
    state
}

/// What a reader finds in these bytes. They must be a sound compound file.
fn reopened(image: Vec<u8>, what: &str) -> State {
    let file = CompoundFile::from_bytes(image).unwrap_or_else(|e| panic!("{what}: {e}"));
    let state = state_of(&file);
    let findings = file.check().unwrap();
    // What a crash leaves at the end, no FAT knows; nothing else is wrong.
    let bad = findings.iter().filter(|it| it.severity() != Severity::Note);
    let bad: Vec<_> = bad.filter(|it| !["fat-short", "file-length"].contains(&it.code())).collect();
    assert!(bad.is_empty(), "{what}: {bad:?}");
    state
}

/// Counts what the cuts of one commit left.
#[derive(Default, Debug, PartialEq, Eq)]
struct Count {
    old: u64,
    new: u64,
}

/// Cuts the recorded operations at each point: with all that was not flushed, with nothing of it, and
/// with `rounds` random parts of it.
fn replay(before: &[u8], ops: &[Op], old: &State, new: &State, rounds: u64, seed: u64) -> Count {
    let mut count = Count::default();
    let mut random = Random(seed | 1);
    for cut in 0..=ops.len() {
        let flushed = ops[..cut].iter().rposition(|op| matches!(op, Op::Flush)).unwrap_or(0);
        let mut image = before.to_vec();
        ops[..flushed].iter().for_each(|op| op.apply(&mut image));
        let pending = &ops[flushed..cut];
        for round in 0..rounds + 2 {
            let mut image = image.clone();
            match round {
                0 => pending.iter().for_each(|op| op.apply(&mut image)),
                1 => {}
                _ => {
                    // Torn to pieces that a disk writes at once, some lost, the rest in any order.
                    let mut pieces: Vec<Op> = pending.iter().flat_map(Op::torn).collect();
                    pieces.retain(|_| random.next().is_multiple_of(2));
                    random.shuffle(&mut pieces);
                    pieces.iter().for_each(|op| op.apply(&mut image));
                }
            }
            let found = reopened(image, &format!("cut {cut} of {}, round {round}", ops.len()));
            if found == *old {
                count.old += 1;
            } else {
                assert!(found == *new, "a third state after {cut} of {} steps", ops.len());
                count.new += 1;
            }
        }
    }
    count
}

fn random_content(random: &mut Random) -> Vec<u8> {
    let len = match random.next() % 8 {
        0 => 0,
        1 | 2 => random.next() % 64,
        3 | 4 => random.next() % 4096,
        5 => 4096 + random.next() % 3,
        6 => random.next() % 20_000,
        _ => random.next() % 200_000,
    };
    let salt = random.next();
    (0..len).map(|at| (at ^ salt) as u8).collect()
}

/// One random change below `storage`, made in the model too.
fn change(storage: &dyn Storage, model: &mut State, random: &mut Random, prefix: &str, depth: u32) {
    let names = ["a", "b", "c", "dd", "ee", "a rather long name of units"];
    let pick = names[random.next() as usize % names.len()];
    let path = format!("{prefix}/{pick}");
    let below = format!("{path}/");
    let forget =
        |model: &mut State| model.retain(|key, _| *key != path && !key.starts_with(&below));
    let there = model.get(&path).cloned();
    match (random.next() % 10, there) {
        (0, Some(_)) => {
            storage.destroy_element(&name(pick)).unwrap();
            forget(model);
        }
        (1, Some(_)) => {
            let new = names[random.next() as usize % names.len()];
            let new_path = format!("{prefix}/{new}");
            if !model.contains_key(&new_path) {
                storage.rename_element(&name(pick), &name(new)).unwrap();
                let moved: Vec<_> = model
                    .iter()
                    .filter(|(key, _)| **key == path || key.starts_with(&below))
                    .map(|(key, value)| (key.replacen(&path, &new_path, 1), value.clone()))
                    .collect();
                forget(model);
                model.extend(moved);
            }
        }
        (2..=4, Some(None)) if depth < 4 => {
            let mode = if random.next().is_multiple_of(3) { RW.and(Mode::TRANSACTED) } else { RW };
            let inner = storage.open_storage(&name(pick), mode).unwrap();
            let kept = model.clone();
            for _ in 0..1 + random.next() % 4 {
                change(&*inner, model, random, &path, depth + 1);
            }
            if random.next().is_multiple_of(4) && mode.is_transacted() {
                inner.revert().unwrap();
                *model = kept;
            } else {
                inner.commit(CommitFlags::empty()).unwrap();
            }
        }
        (5 | 6, Some(Some(mut bytes))) => {
            let stream = storage.open_stream(&name(pick), RW).unwrap();
            if random.next().is_multiple_of(3) {
                let size = random.next() % (bytes.len() as u64 * 2 + 5);
                stream.set_size(size).unwrap();
                bytes.resize(size as usize, 0);
            }
            let at = random.next() % (bytes.len() as u64 + 10);
            let data = random_content(random);
            let data = &data[..data.len().min(700)];
            stream.write_at(at, data).unwrap();
            if !data.is_empty() {
                let end = at as usize + data.len();
                bytes.resize(bytes.len().max(end), 0);
                bytes[at as usize..end].copy_from_slice(data);
            }
            model.insert(path, Some(bytes));
        }
        (7, _) => {
            storage.create_storage(&name(pick), RW.and(Mode::CREATE)).unwrap();
            forget(model);
            model.insert(path, None);
        }
        (_, there) => {
            if there.is_some() && random.next().is_multiple_of(2) {
                return;
            }
            let stream = storage.create_stream(&name(pick), RW.and(Mode::CREATE)).unwrap();
            let content = random_content(random);
            stream.write_at(0, &content).unwrap();
            forget(model);
            model.insert(path, Some(content));
        }
    }
}

/// Random transactions on one file, each commit cut everywhere.
fn random_transactions(seed: u64, transactions: u64, large_sectors: bool) {
    let journal = Arc::new(Journal::default());
    let options = StorageOptions::new().large_sectors(large_sectors);
    let file = options.create_on(Arc::clone(&journal) as Arc<dyn LockBytes>).unwrap();
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut model = State::new();
    let mut old = State::new();
    for round in 0..transactions {
        for _ in 0..1 + random.next() % 6 {
            change(&file, &mut model, &mut random, "", 0);
        }
        let before = journal.start();
        file.commit(CommitFlags::empty()).unwrap();
        let ops = journal.ops();
        assert_eq!(reopened(journal.image(), "committed"), model, "seed {seed}, commit {round}");
        assert_eq!(state_of(&file), model, "seed {seed}: the open object");
        let count = replay(&before, &ops, &old, &model, 2, seed ^ round);
        assert!(ops.is_empty() || old == model || (count.old > 0 && count.new > 0), "{count:?}");
        old = model.clone();
    }
}

/// Design B: shadow sectors on lock bytes, version 3.
#[test]
fn random_transactions_in_place_leave_no_third_state() {
    for seed in 0..45 {
        random_transactions(seed, 10, false);
    }
}

#[test]
fn random_transactions_in_large_sectors_leave_no_third_state() {
    for seed in 100..110 {
        random_transactions(seed, 10, true);
    }
}
