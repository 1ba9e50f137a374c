//! The model of a storage, and random steps to take on it.
#![allow(unreachable_pub, reason = "a part of a test")]

use proptest::prelude::*;
use std::collections::BTreeMap;

/// The time of every change: the clock stands still.
pub const NOW: u64 = 0x01DA_0000_0000_0000;

/// What a storage has besides its members.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meta {
    /// First field of the class; 0 is no class.
    pub class: u32,
    pub state: u32,
    pub created: u64,
    pub modified: u64,
}

/// A storage of the model. Keys are in upper case, as names compare.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    pub meta: Meta,
    pub members: BTreeMap<String, (String, Node)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Storage(Model),
    Stream(Vec<u8>),
}

/// What a copy leaves out.
#[derive(Clone, Debug, Default)]
pub struct Without {
    pub storages: bool,
    pub streams: bool,
    /// One name of the top level.
    pub name: Option<usize>,
}

pub fn key(name: &str) -> String {
    name.to_uppercase()
}

impl Model {
    /// A storage that is created now.
    pub fn new() -> Model {
        let meta = Meta { created: NOW, modified: NOW, ..Meta::default() };
        Model { meta, members: BTreeMap::new() }
    }

    /// A root that is created now: its creation time is not stored.
    pub fn root() -> Model {
        Model { meta: Meta { created: 0, ..Model::new().meta }, members: BTreeMap::new() }
    }

    /// The members that a copy takes.
    fn taken<'a>(
        &'a self,
        without: &'a Without,
    ) -> impl Iterator<Item = (&'a String, &'a (String, Node))> {
        // Names are not looked at where all storages are left out.
        let left_out = without.name.filter(|_| !without.storages).map(|name| key(NAMES[name]));
        self.members.iter().filter(move |(key, (_, node))| {
            left_out.as_ref() != Some(*key)
                && match node {
                    Node::Storage(_) => !without.storages,
                    Node::Stream(_) => !without.streams,
                }
        })
    }

    /// Whether a copy of `from` would meet a stream where it needs a storage.
    pub fn refuses(&self, from: &Model, without: &Without) -> bool {
        let deeper = Without { name: None, ..without.clone() };
        from.taken(without).any(|(key, (_, node))| match (node, self.members.get(key)) {
            (Node::Storage(_), Some((_, Node::Stream(_)))) => true,
            (Node::Storage(from), Some((_, Node::Storage(to)))) => to.refuses(from, &deeper),
            _ => false,
        })
    }

    /// Copies into this storage; whether anything of the storage itself changed.
    pub fn merge(&mut self, from: &Model, without: &Without) -> bool {
        let before = self.meta.clone();
        let mut changed = false;
        (self.meta.class, self.meta.state) = (from.meta.class, from.meta.state);
        let deeper = Without { name: None, ..without.clone() };
        for (key, (text, node)) in from.taken(without) {
            match (node, self.members.get_mut(key)) {
                (Node::Storage(from), Some((_, Node::Storage(to)))) => {
                    to.merge(from, &deeper);
                    continue;
                }
                (Node::Storage(from), _) => {
                    let mut to = Model::new();
                    to.merge(from, &deeper);
                    self.members.insert(key.clone(), (text.clone(), Node::Storage(to)));
                }
                (Node::Stream(_), _) => {
                    self.members.insert(key.clone(), (text.clone(), node.clone()));
                }
            }
            self.meta.modified = NOW;
            changed = true;
        }
        changed || self.meta != before
    }
}

/// One step. Storages are chosen among those open now, members by name.
#[derive(Clone, Debug)]
pub enum Step {
    CreateStream {
        at: usize,
        name: usize,
        replace: bool,
    },
    CreateStorage {
        at: usize,
        name: usize,
        replace: bool,
        transacted: bool,
    },
    OpenStorage {
        at: usize,
        name: usize,
        transacted: bool,
    },
    /// Three transacted storages, each in the other.
    Nest {
        at: usize,
        name: usize,
    },
    Close {
        at: usize,
    },
    Write {
        at: usize,
        name: usize,
        offset: u32,
        len: u32,
        byte: u8,
    },
    Resize {
        at: usize,
        name: usize,
        size: u32,
    },
    CutAndGrow {
        at: usize,
        name: usize,
        to: u32,
    },
    Read {
        at: usize,
        name: usize,
        offset: u32,
        len: u32,
    },
    WriteOverCommit {
        at: usize,
        name: usize,
        offset: u32,
        byte: u8,
    },
    Rename {
        at: usize,
        old: usize,
        new: usize,
    },
    Destroy {
        at: usize,
        name: usize,
    },
    SetClass {
        at: usize,
        class: u32,
    },
    SetState {
        at: usize,
        bits: u32,
        mask: u32,
    },
    SetTimes {
        at: usize,
        name: Option<usize>,
        created: Option<u64>,
        modified: Option<u64>,
    },
    Copy {
        from: usize,
        to: usize,
        without: Without,
    },
    Commit {
        at: usize,
        flags: u32,
    },
    Revert {
        at: usize,
    },
    CommitRoot {
        flags: u32,
    },
    Reopen,
}

/// Names on both sides of every rule of the order: length, case, punctuation.
pub const NAMES: [&str; 10] = [
    "a",
    "B",
    "b",
    "_",
    "aa",
    "Zz",
    "__x",
    "longer name",
    "\u{5}é",
    "a name of thirty-one units, all",
];

/// Sizes and offsets near the places where something changes.
fn place() -> impl Strategy<Value = u32> {
    let edges = [0_u32, 1, 63, 64, 512, 4095, 4096, 4097, 65_535, 65_536, 65_537, 131_072];
    prop_oneof![
        4 => (0..edges.len(), 0..3_u32).prop_map(move |(at, by)| edges[at] + by),
        2 => 0..5_000_u32,
        1 => 0..140_000_u32,
    ]
}

/// Commit flags: mostly none; `OVERWRITE`, to the cache only, `CONSOLIDATE`.
fn flags() -> impl Strategy<Value = u32> {
    prop_oneof![4 => Just(4_u32), 1 => Just(0), 1 => Just(5), 1 => Just(12)]
}

fn time() -> impl Strategy<Value = Option<u64>> {
    prop_oneof![Just(None), (1..1_u64 << 60).prop_map(Some)]
}

/// Which open storage: any, or often the one that was opened last.
fn at() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 0..8_usize, 1 => Just(usize::MAX)]
}

fn without() -> impl Strategy<Value = Without> {
    let name = prop_oneof![3 => Just(None), 1 => (0..NAMES.len()).prop_map(Some)];
    (0..8_u8, name).prop_map(|(kind, name)| Without {
        storages: kind == 0,
        streams: kind == 1,
        name,
    })
}

pub fn step() -> impl Strategy<Value = Step> {
    prop_oneof![24 => member_step(), 14 => stream_step(), 10 => storage_step(), 9 => commit_step()]
}

fn member_step() -> impl Strategy<Value = Step> {
    let name = 0..NAMES.len();
    prop_oneof![
        4 => (at(), name.clone(), any::<bool>())
            .prop_map(|(at, name, replace)| Step::CreateStream { at, name, replace }),
        4 => (at(), name.clone(), any::<bool>(), any::<bool>()).prop_map(
            |(at, name, replace, transacted)| Step::CreateStorage { at, name, replace, transacted }
        ),
        4 => (at(), name.clone(), any::<bool>())
            .prop_map(|(at, name, transacted)| Step::OpenStorage { at, name, transacted }),
        1 => (at(), name.clone()).prop_map(|(at, name)| Step::Nest { at, name }),
        2 => at().prop_map(|at| Step::Close { at }),
        3 => (at(), name.clone(), name.clone())
            .prop_map(|(at, old, new)| Step::Rename { at, old, new }),
        2 => (at(), name).prop_map(|(at, name)| Step::Destroy { at, name }),
    ]
}

fn stream_step() -> impl Strategy<Value = Step> {
    let name = 0..NAMES.len();
    prop_oneof![
        8 => (at(), name.clone(), place(), place(), any::<u8>()).prop_map(
            |(at, name, offset, len, byte)| Step::Write { at, name, offset, len, byte }
        ),
        3 => (at(), name.clone(), place())
            .prop_map(|(at, name, size)| Step::Resize { at, name, size }),
        2 => (at(), name.clone(), place())
            .prop_map(|(at, name, to)| Step::CutAndGrow { at, name, to }),
        2 => (at(), name.clone(), place(), any::<u8>())
            .prop_map(|(at, name, offset, byte)| Step::WriteOverCommit { at, name, offset, byte }),
        2 => (at(), name, place(), place())
            .prop_map(|(at, name, offset, len)| Step::Read { at, name, offset, len }),
    ]
}

fn storage_step() -> impl Strategy<Value = Step> {
    let name = prop_oneof![Just(None), (0..NAMES.len()).prop_map(Some)];
    prop_oneof![
        2 => (at(), 0..3_u32).prop_map(|(at, class)| Step::SetClass { at, class }),
        2 => (at(), any::<u32>(), any::<u32>())
            .prop_map(|(at, bits, mask)| Step::SetState { at, bits, mask }),
        2 => (at(), name, time(), time())
            .prop_map(|(at, name, created, modified)| Step::SetTimes { at, name, created, modified }),
        2 => (at(), at(), without())
            .prop_map(|(from, to, without)| Step::Copy { from, to, without }),
    ]
}

fn commit_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (at(), flags()).prop_map(|(at, flags)| Step::Commit { at, flags }),
        2 => at().prop_map(|at| Step::Revert { at }),
        2 => flags().prop_map(|flags| Step::CommitRoot { flags }),
        1 => Just(Step::Reopen),
    ]
}
