//! Random work against a plain model: a nested map that does at once what a storage shall do.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;
#[path = "common/model.rs"]
mod model;

use common::{RW, name};
use model::{Model, NAMES, Node, Step, step};
use openimsg::{
    Code, CommitFlags, CompoundFile, ElementKind, ElementName, Mode, Storage, StorageOptions,
    Stream,
};
use proptest::prelude::*;
use std::io::Read;
use std::sync::Arc;

/// An open storage: its handle, where it is, and the state of its level if it has one.
struct Open {
    storage: Arc<dyn Storage>,
    /// Which open storage it was opened through, and under which name.
    parent: Option<(u64, String)>,
    id: u64,
    /// The model of a transacted storage, to be published.
    level: Option<Model>,
}

/// Our storages beside the model of each.
struct World {
    open: Vec<Open>,
    committed: Model,
    options: StorageOptions,
    file: Arc<CompoundFile>,
    next: u64,
}

fn key(name: &str) -> String {
    name.to_uppercase()
}

impl World {
    fn new(options: StorageOptions) -> World {
        let file = Arc::new(options.memory());
        let mut world =
            World { open: Vec::new(), committed: Model::default(), options, file, next: 1 };
        world.restart();
        world
    }

    fn restart(&mut self) {
        let root: Arc<dyn Storage> = Arc::clone(&self.file) as _;
        let level = Some(self.committed.clone());
        self.open = vec![Open { storage: root, parent: None, id: 0, level }];
    }

    fn pick(&self, at: usize) -> usize {
        at % self.open.len()
    }

    fn index(&self, id: u64) -> usize {
        self.open.iter().position(|open| open.id == id).expect("parents stay open")
    }

    /// What is seen through an open storage. A direct one is a part of its parent's.
    fn model(&mut self, at: usize) -> &mut Model {
        let mut names = Vec::new();
        let mut index = at;
        while self.open[index].level.is_none() {
            let (parent, name) = self.open[index].parent.clone().expect("the root has a level");
            names.push(name);
            index = self.index(parent);
        }
        let mut model = self.open[index].level.as_mut().expect("found above");
        for name in names.iter().rev() {
            match model.0.get_mut(&key(name)) {
                Some((_, Node::Storage(inner))) => model = inner,
                other => panic!("{name} is open and not there: {other:?}"),
            }
        }
        model
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

    fn run(&mut self, step: Step) {
        match step {
            Step::CreateStream { at, name: n, replace } => self.create(at, NAMES[n], replace, None),
            Step::CreateStorage { at, name: n, replace, transacted } => {
                self.create(at, NAMES[n], replace, Some(transacted));
            }
            Step::OpenStorage { at, name: n, transacted } => self.open(at, NAMES[n], transacted),
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
                    let Some((_, Node::Stream(model))) = self.model(at).0.get_mut(&key(&n)) else {
                        panic!("{n} is a stream")
                    };
                    let end = offset as usize + 3;
                    model.resize(model.len().max(end), 0);
                    model[end - 3..end].fill(byte);
                    self.commit(0);
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
                let was = self.model(at).0.remove(&key(NAMES[n]));
                assert_eq!(
                    answer.err().map(|e| e.code()),
                    was.is_none().then_some(Code::StgFileNotFound)
                );
                self.kill(at, Some(NAMES[n]));
            }
            Step::Commit { at } => {
                let at = self.pick(at);
                self.commit(at);
            }
            Step::Revert { at } => {
                let at = self.pick(at);
                self.revert(at);
            }
            Step::CommitRoot => self.commit(0),
            Step::Reopen => {
                let bytes = self.file.to_bytes().unwrap();
                self.open.clear();
                self.file = Arc::new(self.options.edit_bytes(bytes).unwrap());
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
        let taken = self.model(at).0.contains_key(&key(n));
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
            Some(_) => Node::Storage(Model::default()),
        };
        self.model(at).0.insert(key(n), (n.to_owned(), node));
        if let (Some(storage), Some(transacted)) = (created, storage) {
            self.add(at, n, storage, transacted.then(Model::default));
        }
    }

    fn add(&mut self, at: usize, n: &str, storage: Arc<dyn Storage>, level: Option<Model>) {
        let parent = Some((self.open[at].id, n.to_owned()));
        self.open.push(Open { storage, parent, id: self.next, level });
        self.next += 1;
    }

    fn open(&mut self, at: usize, n: &str, transacted: bool) {
        let at = self.pick(at);
        let mode = if transacted { RW.and(Mode::TRANSACTED) } else { RW };
        let is_open = self.is_open(at, n);
        let inner = match self.model(at).0.get(&key(n)) {
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
        let members = self.model(at).0.values();
        let streams = members.filter(|(_, node)| matches!(node, Node::Stream(_)));
        let streams: Vec<String> = streams.map(|(text, _)| text.clone()).collect();
        let place = NAMES.iter().position(|name| *name == n).unwrap_or(0);
        if streams.is_empty() { n.to_owned() } else { streams[place % streams.len()].clone() }
    }

    fn with_stream(&mut self, at: usize, n: &str, work: impl FnOnce(&dyn Stream, &mut Vec<u8>)) {
        let at = self.pick(at);
        let n = &*self.stream_name(at, n);
        let answer = self.open[at].storage.open_stream(&name(n), RW);
        match (answer, self.model(at).0.get_mut(&key(n))) {
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
            () if key(old) != key(new) && model.0.contains_key(&key(new)) => {
                Some(Code::StgFileAlreadyExists)
            }
            () if !model.0.contains_key(&key(old)) => Some(Code::StgFileNotFound),
            () if is_open => Some(Code::StgAccessDenied),
            () => None,
        };
        assert_eq!(answer.err().map(|error| error.code()), code);
        if code.is_none() {
            let (_, node) = model.0.remove(&key(old)).expect("it is there");
            model.0.insert(key(new), (new.to_owned(), node));
        }
    }

    fn commit(&mut self, at: usize) {
        self.open[at].storage.commit(CommitFlags::empty()).unwrap();
        let Some(level) = self.open[at].level.clone() else { return };
        match self.open[at].parent.clone() {
            None => {
                self.committed = level;
                self.check_file();
            }
            Some((parent, n)) => {
                let parent = self.index(parent);
                match self.model(parent).0.get_mut(&key(&n)) {
                    Some((_, Node::Storage(inner))) => *inner = level,
                    other => panic!("{other:?}"),
                }
            }
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
                match self.model(parent).0.get(&key(&n)) {
                    Some((_, Node::Storage(inner))) => inner.clone(),
                    other => panic!("{other:?}"),
                }
            }
        };
        self.open[at].level = Some(below);
        self.kill(at, None);
    }

    /// Every open storage shows what the model says.
    fn check(&mut self) {
        for at in 0..self.open.len() {
            let storage = Arc::clone(&self.open[at].storage);
            let model = self.model(at).clone();
            let listed = storage.elements().unwrap();
            assert!(listed.is_sorted_by_key(|stat| stat.name.unwrap()));
            assert_eq!(listed.len(), model.0.len());
            for stat in listed {
                let shown = stat.name.unwrap();
                let (text, node) = &model.0[&key(&shown.to_string())];
                assert!(shown.is_identical(&name(text)), "{shown} {text}");
                match node {
                    Node::Storage(_) => assert_eq!(stat.kind, ElementKind::Storage),
                    Node::Stream(bytes) => {
                        assert_eq!(
                            (stat.kind, stat.size),
                            (ElementKind::Stream, bytes.len() as u64)
                        );
                        assert!(read(&*storage, &shown) == *bytes, "{shown}");
                    }
                }
            }
        }
    }

    /// What was committed, as we and as another reader find it in the bytes.
    fn check_file(&self) {
        let bytes = self.file.to_bytes().unwrap();
        assert_eq!(openimsg::check_bytes(bytes.clone()).unwrap(), []);
        let ours: Arc<dyn Storage> = Arc::new(CompoundFile::from_bytes(bytes.clone()).unwrap());
        let mut theirs = cfb::CompoundFile::open_strict(std::io::Cursor::new(bytes)).unwrap();
        let mut todo = vec![(String::from("/"), ours, self.committed.clone())];
        let mut entries = 1;
        while let Some((path, ours, model)) = todo.pop() {
            assert_eq!(ours.elements().unwrap().len(), model.0.len());
            for (text, node) in model.0.into_values() {
                entries += 1;
                let at = format!("{path}{text}");
                match node {
                    Node::Storage(inner) => {
                        let below = ours.open_storage(&name(&text), common::READ).unwrap();
                        todo.push((format!("{at}/"), below, inner));
                    }
                    Node::Stream(expected) => {
                        assert!(read(&*ours, &name(&text)) == expected, "{at}");
                        let mut found = Vec::new();
                        theirs.open_stream(&at).unwrap().read_to_end(&mut found).unwrap();
                        assert!(found == expected, "{at}");
                    }
                }
            }
        }
        assert_eq!(theirs.walk().count(), entries);
    }
}

fn read(storage: &dyn Storage, element: &ElementName) -> Vec<u8> {
    common::stream_bytes(storage, element).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").map_or(150, |cases| cases.parse().unwrap()),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Spec: S-118, S-127, S-169
    #[test]
    fn a_storage_does_what_a_nested_map_does(
        steps in prop::collection::vec(step(), 1..80),
        large in any::<bool>(),
    ) {
        let mut world = World::new(StorageOptions::new().large_sectors(large));
        for step in steps {
            world.run(step);
            world.check();
        }
        world.commit(0);
    }
}
