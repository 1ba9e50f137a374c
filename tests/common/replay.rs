//! Commits that are cut everywhere: what is left is the old state or the new one, and never a third.
#![allow(dead_code, reason = "each test binary uses a part")]

use crate::common::journal::{Image, ONLY, Op, Random, scrambled, settled};
use crate::common::{self, RW, name};
use crate::disk::{Target, Way, names_after_the_next_commit};
use openimsg::{CommitFlags, Committed, CompoundFile, ElementKind, Mode, Severity, Storage};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::sync::Arc;

/// Every element by its path; `None` for storages. State bits, where there are some, stand beside the
/// path of their storage.
pub(crate) type State = BTreeMap<String, Option<Vec<u8>>>;

pub(crate) fn state_of(storage: &dyn Storage) -> State {
    try_state_of(storage).unwrap()
}

/// The state, or what stood in the way of reading it.
pub(crate) fn try_state_of(storage: &dyn Storage) -> Result<State, String> {
    let mut state = State::new();
    let mut todo = vec![(String::new(), None::<Arc<dyn Storage>>)];
    while let Some((path, inner)) = todo.pop() {
        let at: &dyn Storage = inner.as_deref().unwrap_or(storage);
        let bits = at.stat().map_err(|e| e.code().to_string())?.state_bits;
        if bits != 0 {
            state.insert(format!("{path}:bits"), Some(bits.to_le_bytes().to_vec()));
        }
        for member in at.elements().map_err(|e| e.code().to_string())? {
            let name = member.name.unwrap();
            let path = format!("{path}/{name}");
            match member.kind {
                ElementKind::Storage => {
                    let inner =
                        at.open_storage(&name, common::READ).map_err(|e| e.code().to_string())?;
                    state.insert(path.clone(), None);
                    todo.push((path, Some(inner)));
                }
                ElementKind::Stream => {
                    let bytes = common::stream_bytes(at, &name)?;
                    if bytes.len() as u64 != member.size {
                        return Err(format!("{path} is shorter than it says"));
                    }
                    state.insert(path, Some(bytes));
                }
            }
        }
    }
    Ok(state)
}

/// What a reader finds in these bytes, and the findings that matter.
pub(crate) fn reopened(bytes: Vec<u8>) -> Result<(State, Vec<String>), String> {
    let file = CompoundFile::from_bytes(bytes).map_err(|e| e.to_string())?;
    let findings = file.check().map_err(|e| e.to_string())?;
    // What a crash leaves at the end, no FAT knows; nothing else is wrong.
    let bad = findings.iter().filter(|it| it.severity() != Severity::Note);
    let bad = bad.filter(|it| !["fat-short", "file-length"].contains(&it.code()));
    let bad = bad.map(|it| format!("{it:?}")).collect();
    Ok((try_state_of(&file)?, bad))
}

/// What the `cfb` crate finds, and whether it does so in its strict mode.
pub(crate) fn peer_state(bytes: &[u8]) -> (State, bool) {
    let strict = cfb::CompoundFile::open_strict(Cursor::new(bytes));
    let is_strict = strict.is_ok();
    let mut file = strict.or_else(|_| cfb::CompoundFile::open(Cursor::new(bytes))).unwrap();
    let entries: Vec<_> = file.walk().collect();
    let mut state = State::new();
    for entry in entries {
        let bits = entry.state_bits();
        if bits != 0 {
            let path = entry.path().to_str().unwrap().trim_end_matches('/');
            state.insert(format!("{path}:bits"), Some(bits.to_le_bytes().to_vec()));
        }
        if entry.is_root() {
            continue;
        }
        let path = entry.path().to_str().unwrap().to_owned();
        let content = entry.is_stream().then(|| {
            let mut content = Vec::new();
            file.open_stream(entry.path()).unwrap().read_to_end(&mut content).unwrap();
            content
        });
        state.insert(path, content);
    }
    (state, is_strict)
}

/// What the cuts left.
#[derive(Default, Debug, Clone, Copy)]
pub(crate) struct Count {
    pub(crate) transactions: u64,
    pub(crate) cuts: u64,
    pub(crate) old: u64,
    pub(crate) new: u64,
    pub(crate) third: u64,
    /// Commits that the `cfb` crate read, and those it read in strict mode.
    pub(crate) peer: u64,
    pub(crate) strict: u64,
    pub(crate) cleared: u64,
}

impl Count {
    pub(crate) fn add(&mut self, other: Count) {
        self.transactions += other.transactions;
        self.cuts += other.cuts;
        self.old += other.old;
        self.new += other.new;
        self.third += other.third;
        self.peer += other.peer;
        self.strict += other.strict;
        self.cleared += other.cleared;
    }
}

/// A compound file whose commits are cut everywhere.
pub(crate) struct Run {
    pub(crate) target: Target,
    pub(crate) file: Option<CompoundFile>,
    /// What is committed, and what it will be.
    pub(crate) old: State,
    pub(crate) model: State,
    /// Whether the file was damaged before this run, so that the old state has findings.
    pub(crate) damaged: bool,
    /// Whether something is open in it, so that it cannot be read through the object too.
    pub(crate) held: bool,
    /// Random outcomes of each cut.
    pub(crate) rounds: u64,
    pub(crate) count: Count,
    pub(crate) random: Random,
    /// How many of the pieces of one write a dying process may leave, at most.
    pub(crate) pieces: usize,
    /// Every piece of every write, and clearing up after every cut.
    pub(crate) every: bool,
    /// As if the disk ignored every flush; to see that the test would notice.
    pub(crate) deaf: bool,
    pub(crate) what: String,
}

impl Run {
    pub(crate) fn new(target: Target, file: CompoundFile, seed: u64, what: &str) -> Run {
        let old = state_of(&file);
        Run {
            target,
            model: old.clone(),
            old,
            file: Some(file),
            damaged: false,
            held: false,
            rounds: 2,
            pieces: 2,
            count: Count::default(),
            random: Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            every: false,
            deaf: false,
            what: what.into(),
        }
    }

    pub(crate) fn file(&self) -> &CompoundFile {
        self.file.as_ref().unwrap()
    }

    /// A random change, here and in the model.
    pub(crate) fn change(&mut self) {
        let file = self.file.as_ref().unwrap();
        change(file, &mut self.model, &mut self.random, "", 0);
    }

    /// Writes a stream anew, at a path of storages that exist; here and in the model.
    pub(crate) fn put(&mut self, path: &str, content: Vec<u8>) {
        self.with(path, |at, last| {
            let stream = at.create_stream(&name(last), RW.and(Mode::CREATE)).unwrap();
            stream.write_at(0, &content).unwrap();
        });
        self.model.insert(format!("/{path}"), Some(content));
    }

    /// The storage at a path, for change.
    pub(crate) fn with<T>(&self, path: &str, work: impl FnOnce(&dyn Storage, &str) -> T) -> T {
        let mut names: Vec<&str> = path.split('/').collect();
        let last = names.pop().unwrap();
        let mut inner: Option<Arc<dyn Storage>> = None;
        for step in names {
            let at: &dyn Storage = inner.as_deref().unwrap_or(self.file());
            inner = Some(at.open_storage(&name(step), RW).unwrap());
        }
        work(inner.as_deref().unwrap_or(self.file()), last)
    }

    /// Commits, has the result read by others, and cuts everywhere.
    pub(crate) fn commit(&mut self, flags: CommitFlags) -> Committed {
        let before = self.target.start();
        let what = format!("{}, commit {}", self.what, self.count.transactions);
        let done = self.file().commit_as(flags).unwrap_or_else(|e| panic!("{what}: {e}"));
        let mut ops = self.target.record().ops.clone();
        let after = self.target.now();
        let (found, bad) = reopened(after.clone()).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert!(found == self.model, "{what}: a reader");
        assert!(bad.is_empty(), "{what}: {bad:?}");
        assert!(self.held || state_of(self.file()) == self.model, "{what}: the open object");
        let (peer, strict) = peer_state(&after);
        assert!(peer == self.model, "{what}: the cfb crate");
        self.count.peer += 1;
        self.count.strict += u64::from(strict);
        if self.deaf {
            ops.retain(|op| !matches!(op, Op::Flush(_) | Op::FlushNames));
        }
        let durable = !flags.contains(CommitFlags::DANGEROUSLY_COMMIT_MERELY_TO_DISK_CACHE);
        self.replay(&before, &after, &ops, durable, &what);
        self.count.transactions += 1;
        self.old = self.model.clone();
        done
    }

    /// Cuts after each step: as when the process dies there; and, for a commit that promises it, as
    /// when the power fails there: with nothing of what is pending, and with random parts of it.
    fn replay(&mut self, before: &Image, after: &[u8], ops: &[Op], durable: bool, what: &str) {
        let start = before.content(ONLY).unwrap();
        let (old, new, mut died) = (self.count.old, self.count.new, before.clone());
        for cut in 0..=ops.len() {
            let what = format!("{what}, cut {cut} of {}", ops.len());
            if let Some(op) = cut.checked_sub(1).and_then(|last| ops.get(last)) {
                // A large write is many of the device.
                let pieces = op.torn();
                let inner = pieces.len().saturating_sub(1);
                let step = if self.every { 1 } else { inner.div_ceil(self.pieces).max(1) };
                let mut partly = died.clone();
                for (at, piece) in pieces.iter().enumerate().take(inner) {
                    partly.apply(piece);
                    if at % step == 0 && matches!(piece, Op::Write(..)) {
                        self.count.cuts += 1;
                        self.judge(&partly, &start, after, &what);
                        if self.random.one_in(16) {
                            self.clear(&partly, &what);
                        }
                    }
                }
                died.apply(op);
            }
            self.count.cuts += 1;
            self.judge(&died, &start, after, &what);
            if self.every || self.random.one_in(8) {
                self.clear(&died, &what);
            }
            if durable {
                let (image, pending) = settled(before, &ops[..cut]);
                self.judge(&image, &start, after, &what);
                let rounds = if pending.is_empty() { 0 } else { self.rounds };
                for _ in 0..rounds {
                    let image = scrambled(&image, &pending, &mut self.random);
                    self.judge(&image, &start, after, &what);
                }
            }
        }
        if self.old != self.model && !self.deaf {
            assert!(self.count.old > old && self.count.new > new, "{what}: both were seen");
        }
    }

    /// The next commit leaves nothing of this one behind, if it died with its temporary there.
    fn clear(&mut self, image: &Image, what: &str) {
        if self.target.way == Way::Replace && image.names.len() > 1 {
            assert_eq!(names_after_the_next_commit(image), [ONLY], "{what}");
            self.count.cleared += 1;
        }
    }

    fn judge(&mut self, image: &Image, start: &[u8], after: &[u8], what: &str) {
        let bytes = image.content(ONLY).unwrap_or_else(|| panic!("{what}: the file is gone"));
        let same = self.old == self.model;
        // Both of these have been read.
        if bytes == start || (same && bytes == after) {
            self.count.old += 1;
            return;
        }
        if bytes == after {
            self.count.new += 1;
            return;
        }
        let (found, bad) = match reopened(bytes) {
            Ok(found) => found,
            Err(_) if self.deaf => {
                self.count.third += 1;
                return;
            }
            Err(error) => panic!("{what}: {error}"),
        };
        let (is_old, is_new) = (found == self.old, found == self.model);
        let sound = bad.is_empty() || (self.damaged && is_old);
        if self.deaf && !(sound && (is_old || is_new)) {
            self.count.third += 1;
            return;
        }
        assert!(sound, "{what}: {bad:?}");
        assert!(is_old || is_new, "a third state: {what}");
        self.count.old += u64::from(is_old);
        self.count.new += u64::from(is_new && !is_old);
    }
}

pub(crate) fn random_content(random: &mut Random) -> Vec<u8> {
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
pub(crate) fn change(
    storage: &dyn Storage,
    model: &mut State,
    random: &mut Random,
    prefix: &str,
    depth: u32,
) {
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
