//! Our storages beside the model of each: what a step does to both, and that they agree.
#![allow(unreachable_pub, reason = "a part of a test")]

use super::common::{RW, name};
use super::model::{Model, NAMES, NOW, Node, Step, Without, key};
use super::model_file::{Carrier, class};
use openimsg::{
    Code, CommitFlags, CompoundFile, ElementTimes, Exclude, FileTime, Mode, Storage, Stream,
    copy_storage,
};
use std::sync::Arc;

/// A transacted storage's own state, to be published.
pub struct Level {
    pub model: Model,
    /// Whether the storage itself changed, not only what is in it.
    changed: bool,
}

/// An open storage: its handle, where it is, and the state of its level if it has one.
pub struct Open {
    pub storage: Arc<dyn Storage>,
    /// Which open storage it was opened through, and under which name.
    parent: Option<(u64, String)>,
    id: u64,
    level: Option<Level>,
}

/// Our storages beside the model of each.
pub struct World {
    pub open: Vec<Open>,
    committed: Model,
    carrier: Carrier,
    file: Arc<CompoundFile>,
    next: u64,
    /// Steps so far.
    pub step: usize,
}

impl World {
    pub fn new(carrier: Carrier) -> World {
        let file = Arc::new(carrier.create());
        let committed = Model::root();
        let mut world = World { open: Vec::new(), committed, carrier, file, next: 1, step: 0 };
        world.restart();
        world
    }

    fn restart(&mut self) {
        let root: Arc<dyn Storage> = Arc::clone(&self.file) as _;
        let level = Some(Level { model: self.committed.clone(), changed: false });
        self.open = vec![Open { storage: root, parent: None, id: 0, level }];
    }

    fn pick(&self, at: usize) -> usize {
        at.min(self.open.len() * 8 - 1) % self.open.len()
    }

    fn index(&self, id: u64) -> usize {
        self.open.iter().position(|open| open.id == id).expect("parents stay open")
    }

    /// What is seen through an open storage. A direct one is a part of its parent's.
    pub fn model(&mut self, at: usize) -> &mut Model {
        let mut names = Vec::new();
        let mut index = at;
        while self.open[index].level.is_none() {
            let (parent, name) = self.open[index].parent.clone().expect("the root has a level");
            names.push(name);
            index = self.index(parent);
        }
        let mut model = &mut self.open[index].level.as_mut().expect("found above").model;
        for name in names.iter().rev() {
            match model.members.get_mut(&key(name)) {
                Some((_, Node::Storage(inner))) => model = inner,
                other => panic!("{name} is open and not there: {other:?}"),
            }
        }
        model
    }

    /// The storage itself was changed: its level publishes that.
    fn touch(&mut self, at: usize) {
        if let Some(level) = &mut self.open[at].level {
            level.changed = true;
        }
    }

    /// Members came or went.
    fn changed(&mut self, at: usize) {
        self.model(at).meta.modified = NOW;
        self.touch(at);
    }

    fn is_open(&self, at: usize, name: &str) -> bool {
        let id = self.open[at].id;
        self.open.iter().any(|open| {
            open.parent.as_ref().is_some_and(|(parent, n)| *parent == id && key(n) == key(name))
        })
    }

    /// Forgets the handles on a member and below; they must answer that they are dead.
    fn kill(&mut self, at: usize, name: Option<&str>) {
        let id = self.open[at].id;
        let mut dead: Vec<u64> = Vec::new();
        for open in &self.open {
            let Some((parent, n)) = &open.parent else { continue };
            let direct = *parent == id && name.is_none_or(|name| key(n) == key(name));
            if direct || dead.contains(parent) {
                dead.push(open.id);
            }
        }
        for open in self.open.iter().filter(|open| dead.contains(&open.id)) {
            assert_eq!(open.storage.stat().unwrap_err().code(), Code::StgReverted);
        }
        self.open.retain(|open| !dead.contains(&open.id));
    }

    /// Lets handles go, the deepest first.
    fn close(&mut self, at: usize) {
        let mut gone = vec![self.open[at].id];
        for open in &self.open {
            if open.parent.as_ref().is_some_and(|(parent, _)| gone.contains(parent)) {
                gone.push(open.id);
            }
        }
        for id in gone.iter().rev() {
            let index = self.index(*id);
            self.open.remove(index);
        }
    }

    pub fn run(&mut self, step: Step) {
        match step {
            Step::CreateStream { at, name: n, replace } => self.create(at, NAMES[n], replace, None),
            Step::CreateStorage { at, name: n, replace, transacted } => {
                self.create(at, NAMES[n], replace, Some(transacted));
            }
            Step::OpenStorage { at, name: n, transacted } => self.open(at, NAMES[n], transacted),
            Step::Nest { at, name: n } => {
                for _ in 0..3 {
                    self.create(at, NAMES[n], false, Some(true));
                    self.open(at, NAMES[n], true);
                }
            }
            Step::Close { at } => {
                let at = self.pick(at);
                if at > 0 {
                    self.close(at);
                }
            }
            Step::Write { at, name: n, offset, len, byte } => {
                self.with_stream(at, NAMES[n], |stream, model| {
                    let data = vec![byte; len as usize % 70_000];
                    stream.write_at(offset.into(), &data).unwrap();
                    let end = offset as usize + data.len();
                    if !data.is_empty() {
                        model.resize(model.len().max(end), 0);
                        model[offset as usize..end].copy_from_slice(&data);
                    }
                });
            }
            Step::Resize { at, name: n, size } => {
                self.with_stream(at, NAMES[n], |stream, model| {
                    stream.set_size(size.into()).unwrap();
                    model.resize(size as usize, 0);
                });
            }
            Step::CutAndGrow { at, name: n, to } => {
                self.with_stream(at, NAMES[n], |stream, model| {
                    let (size, to) = (model.len(), (to as usize).min(model.len()));
                    for len in [to, size] {
                        stream.set_size(len as u64).unwrap();
                        model.resize(len, 0);
                    }
                });
            }
            Step::WriteOverCommit { at, name: n, offset, byte } => {
                // One handle, held while the root is committed below it.
                let at = self.pick(at);
                let n = self.stream_name(at, NAMES[n]);
                let Ok(stream) = self.open[at].storage.open_stream(&name(&n), RW) else { return };
                for byte in [byte, !byte] {
                    stream.write_at(offset.into(), &[byte; 3]).unwrap();
                    let Some((_, Node::Stream(model))) = self.model(at).members.get_mut(&key(&n))
                    else {
                        panic!("{n} is a stream")
                    };
                    let end = offset as usize + 3;
                    model.resize(model.len().max(end), 0);
                    model[end - 3..end].fill(byte);
                    self.commit(0, CommitFlags::empty());
                }
            }
            Step::Read { at, name: n, offset, len } => {
                self.with_stream(at, NAMES[n], |stream, model| {
                    let mut piece = vec![0xEE; len as usize];
                    let got = stream.read_at(offset.into(), &mut piece).unwrap();
                    let expected = model.get(offset as usize..).unwrap_or_default();
                    assert!(piece[..got] == expected[..expected.len().min(len as usize)]);
                });
            }
            Step::Rename { at, old, new } => self.rename(at, NAMES[old], NAMES[new]),
            Step::Destroy { at, name: n } => {
                let at = self.pick(at);
                let answer = self.open[at].storage.destroy_element(&name(NAMES[n]));
                let was = self.model(at).members.remove(&key(NAMES[n]));
                assert_eq!(
                    answer.err().map(|e| e.code()),
                    was.is_none().then_some(Code::StgFileNotFound)
                );
                if was.is_some() {
                    self.changed(at);
                }
                self.kill(at, Some(NAMES[n]));
            }
            Step::SetClass { at, class: number } => {
                let at = self.pick(at);
                self.open[at].storage.set_class(class(number)).unwrap();
                let was = std::mem::replace(&mut self.model(at).meta.class, number);
                if was != number {
                    self.touch(at);
                }
            }
            Step::SetState { at, bits, mask } => {
                let at = self.pick(at);
                self.open[at].storage.set_state_bits(bits, mask).unwrap();
                let was = self.model(at).meta.state;
                let new = was ^ ((was ^ bits) & mask);
                self.model(at).meta.state = new;
                if was != new {
                    self.touch(at);
                }
            }
            Step::SetTimes { at, name: n, created, modified } => {
                self.set_times(at, n.map(|n| NAMES[n]), created, modified);
            }
            Step::Copy { from, to, without } => self.copy(from, to, &without),
            Step::Commit { at, flags } => {
                let at = self.pick(at);
                self.commit(at, CommitFlags::from_bits(flags).unwrap());
            }
            Step::Revert { at } => {
                let at = self.pick(at);
                self.revert(at);
            }
            Step::CommitRoot { flags } => self.commit(0, CommitFlags::from_bits(flags).unwrap()),
            Step::Reopen => {
                self.open.clear();
                let other = Arc::new(CompoundFile::memory());
                let file = std::mem::replace(&mut self.file, other);
                self.file = Arc::new(self.carrier.reopen(file));
                self.restart();
            }
        }
    }

    fn create(&mut self, at: usize, n: &str, replace: bool, storage: Option<bool>) {
        let at = self.pick(at);
        let mut mode = if replace { RW.and(Mode::CREATE) } else { RW };
        if storage == Some(true) {
            mode = mode.and(Mode::TRANSACTED);
        }
        let taken = self.model(at).members.contains_key(&key(n));
        let handle = Arc::clone(&self.open[at].storage);
        let answer = match storage {
            None => handle.create_stream(&name(n), mode).map(|_| None),
            Some(_) => handle.create_storage(&name(n), mode).map(Some),
        };
        if taken && !replace {
            assert_eq!(answer.err().unwrap().code(), Code::StgFileAlreadyExists);
            return;
        }
        let created = answer.unwrap();
        self.kill(at, Some(n));
        let node = match storage {
            None => Node::Stream(Vec::new()),
            Some(_) => Node::Storage(Model::new()),
        };
        self.changed(at);
        self.model(at).members.insert(key(n), (n.to_owned(), node));
        if let (Some(storage), Some(transacted)) = (created, storage) {
            self.add(at, n, storage, transacted.then(Model::new));
        }
    }

    fn add(&mut self, at: usize, n: &str, storage: Arc<dyn Storage>, model: Option<Model>) {
        let level = model.map(|model| Level { model, changed: false });
        let parent = Some((self.open[at].id, n.to_owned()));
        self.open.push(Open { storage, parent, id: self.next, level });
        self.next += 1;
    }

    fn open(&mut self, at: usize, n: &str, transacted: bool) {
        let at = self.pick(at);
        let mode = if transacted { RW.and(Mode::TRANSACTED) } else { RW };
        let is_open = self.is_open(at, n);
        let inner = match self.model(at).members.get(&key(n)) {
            Some((_, Node::Storage(inner))) => Some(inner.clone()),
            _ => None,
        };
        match self.open[at].storage.open_storage(&name(n), mode) {
            Ok(storage) => {
                let inner = inner.expect("a storage that the model has");
                assert!(!is_open);
                self.add(at, n, storage, transacted.then_some(inner));
            }
            Err(error) => {
                let expected =
                    if inner.is_none() { Code::StgFileNotFound } else { Code::StgAccessDenied };
                assert_eq!(error.code(), expected);
                assert_eq!(is_open, expected == Code::StgAccessDenied);
            }
        }
    }

    /// A stream that is there, if there is one; the name decides which.
    fn stream_name(&mut self, at: usize, n: &str) -> String {
        let members = self.model(at).members.values();
        let streams = members.filter(|(_, node)| matches!(node, Node::Stream(_)));
        let streams: Vec<String> = streams.map(|(text, _)| text.clone()).collect();
        let place = NAMES.iter().position(|name| *name == n).unwrap_or(0);
        if streams.is_empty() { n.to_owned() } else { streams[place % streams.len()].clone() }
    }

    fn with_stream(&mut self, at: usize, n: &str, work: impl FnOnce(&dyn Stream, &mut Vec<u8>)) {
        let at = self.pick(at);
        let n = &*self.stream_name(at, n);
        let answer = self.open[at].storage.open_stream(&name(n), RW);
        match (answer, self.model(at).members.get_mut(&key(n))) {
            (Ok(stream), Some((_, Node::Stream(bytes)))) => {
                work(&*stream, bytes);
                assert_eq!(stream.size().unwrap(), bytes.len() as u64);
            }
            (Ok(_), other) => panic!("a stream, and in the model {other:?}"),
            (Err(error), Some((_, Node::Stream(_)))) => panic!("{error}"),
            (Err(error), _) => assert_eq!(error.code(), Code::StgFileNotFound),
        }
    }

    fn rename(&mut self, at: usize, old: &str, new: &str) {
        let at = self.pick(at);
        let answer = self.open[at].storage.rename_element(&name(old), &name(new));
        let is_open = self.is_open(at, old);
        let model = self.model(at);
        let code = match () {
            () if key(old) != key(new) && model.members.contains_key(&key(new)) => {
                Some(Code::StgFileAlreadyExists)
            }
            () if !model.members.contains_key(&key(old)) => Some(Code::StgFileNotFound),
            () if is_open => Some(Code::StgAccessDenied),
            () => None,
        };
        assert_eq!(answer.err().map(|error| error.code()), code);
        if code.is_none() {
            let (_, node) = model.members.remove(&key(old)).expect("it is there");
            model.members.insert(key(new), (new.to_owned(), node));
            self.changed(at);
        }
    }

    fn set_times(
        &mut self,
        at: usize,
        n: Option<&str>,
        created: Option<u64>,
        modified: Option<u64>,
    ) {
        let at = self.pick(at);
        // The creation time of a root is not stored.
        let created = created.filter(|_| at > 0 || n.is_some());
        let time = |ticks: Option<u64>| ticks.map(FileTime::from_ticks);
        let times = ElementTimes { created: time(created), modified: time(modified) };
        let element = n.map(name);
        let answer = self.open[at].storage.set_element_times(element.as_ref(), times);
        let model = self.model(at);
        let meta = match n.map(|n| model.members.get_mut(&key(n))) {
            None => &mut model.meta,
            Some(Some((_, Node::Storage(inner)))) => &mut inner.meta,
            Some(Some((_, Node::Stream(_)))) => return answer.unwrap(),
            Some(None) => return assert_eq!(answer.unwrap_err().code(), Code::StgFileNotFound),
        };
        answer.unwrap();
        meta.created = created.unwrap_or(meta.created);
        meta.modified = modified.unwrap_or(meta.modified);
        if n.is_none() {
            self.touch(at);
        }
    }

    /// The names on the way from one open storage down to another, if the other is below it, and
    /// whether a transacted storage lies between: what is below that may not be there for the upper.
    fn way_down(&self, from: usize, to: usize) -> Option<(String, bool)> {
        let (mut index, mut hidden) = (to, false);
        while let Some((parent, name)) = &self.open[index].parent {
            if *parent == self.open[from].id {
                return Some((name.clone(), hidden));
            }
            index = self.index(*parent);
            hidden |= self.open[index].level.is_some();
        }
        None
    }

    fn copy(&mut self, from: usize, to: usize, without: &Without) {
        let (from, to) = (self.pick(from), self.pick(to));
        let source = self.model(from).clone();
        let left_out = without.name.map(|n| NAMES[n]);
        let way = self.way_down(from, to).filter(|(first, _)| {
            !without.storages && left_out.is_none_or(|name| key(name) != key(first))
        });
        let may_be_inside = way.as_ref().is_some_and(|(_, hidden)| *hidden);
        let inside = from == to || way.is_some_and(|(_, hidden)| !hidden);
        // Where a copy would stop half way there is nothing to compare.
        let target = self.model(to).clone();
        let mut open = self.open.iter().filter_map(|open| open.parent.as_ref());
        let id = self.open[to].id;
        let meets_open =
            open.any(|(parent, name)| *parent == id && source.members.contains_key(&key(name)));
        if !inside && (meets_open || target.refuses(&source, without)) {
            return;
        }
        let exclude = Exclude {
            storages: without.storages,
            streams: without.streams,
            names: left_out.map(name).into_iter().collect(),
        };
        let (ours, theirs) = (&self.open[from].storage, &self.open[to].storage);
        match copy_storage(ours, theirs, &exclude) {
            Ok(()) if !inside => {
                if self.model(to).merge(&source, without) {
                    self.touch(to);
                }
            }
            Err(error) if inside || may_be_inside => {
                assert_eq!(error.code(), Code::StgAccessDenied);
            }
            other => panic!("{from} {to} {without:?}: {other:?}"),
        }
    }

    pub fn commit(&mut self, at: usize, flags: CommitFlags) {
        self.open[at].storage.commit(flags).unwrap();
        let parent = self.open[at].parent.clone();
        let Some(level) = &mut self.open[at].level else { return };
        let (changed, mut model) = (std::mem::take(&mut level.changed), level.model.clone());
        let Some((parent, n)) = parent else {
            if model.meta.modified == self.committed.meta.modified {
                // Nobody set it, so a commit that writes does.
                let shown = self.file.stat().unwrap().modified.ticks();
                assert!(shown == NOW || (model == self.committed && shown == model.meta.modified));
                model.meta.modified = shown;
                self.open[0].level.as_mut().unwrap().model.meta.modified = shown;
            }
            self.committed = model;
            return self.carrier.check(&self.file, &self.committed);
        };
        let parent = self.index(parent);
        match self.model(parent).members.get_mut(&key(&n)) {
            Some((_, Node::Storage(inner))) => {
                // What the parent set meanwhile stays unless there is something newer.
                if !changed {
                    model.meta = inner.meta.clone();
                }
                *inner = model;
            }
            other => panic!("{other:?}"),
        }
    }

    fn revert(&mut self, at: usize) {
        self.open[at].storage.revert().unwrap();
        if self.open[at].level.is_none() {
            return;
        }
        let below = match self.open[at].parent.clone() {
            None => self.committed.clone(),
            Some((parent, n)) => {
                let parent = self.index(parent);
                match self.model(parent).members.get(&key(&n)) {
                    Some((_, Node::Storage(inner))) => inner.clone(),
                    other => panic!("{other:?}"),
                }
            }
        };
        self.open[at].level = Some(Level { model: below, changed: false });
        self.kill(at, None);
    }
}
