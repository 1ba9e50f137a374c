//! The model of a storage, and random steps to take on it.
#![allow(unreachable_pub, reason = "a part of a test")]

use proptest::prelude::*;
use std::collections::BTreeMap;

/// A storage of the model. Keys are in upper case, as names compare.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model(pub BTreeMap<String, (String, Node)>);

#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Storage(Model),
    Stream(Vec<u8>),
}

/// One step. Storages are chosen among those open now, members by name.
#[derive(Clone, Debug)]
pub enum Step {
    CreateStream { at: usize, name: usize, replace: bool },
    CreateStorage { at: usize, name: usize, replace: bool, transacted: bool },
    OpenStorage { at: usize, name: usize, transacted: bool },
    Close { at: usize },
    Write { at: usize, name: usize, offset: u32, len: u32, byte: u8 },
    Resize { at: usize, name: usize, size: u32 },
    CutAndGrow { at: usize, name: usize, to: u32 },
    Read { at: usize, name: usize, offset: u32, len: u32 },
    WriteOverCommit { at: usize, name: usize, offset: u32, byte: u8 },
    Rename { at: usize, old: usize, new: usize },
    Destroy { at: usize, name: usize },
    Commit { at: usize },
    Revert { at: usize },
    CommitRoot,
    Reopen,
}

/// Names on both sides of every rule of the order: length, case, punctuation.
pub const NAMES: [&str; 9] = ["a", "B", "b", "_", "aa", "Zz", "__x", "longer name", "\u{5}é"];

/// Sizes and offsets near the places where something changes.
fn place() -> impl Strategy<Value = u32> {
    let edges = [0_u32, 1, 63, 64, 512, 4095, 4096, 4097, 65_535, 65_536, 65_537, 131_072];
    prop_oneof![
        4 => (0..edges.len(), 0..3_u32).prop_map(move |(at, by)| edges[at] + by),
        2 => 0..5_000_u32,
        1 => 0..140_000_u32,
    ]
}

pub fn step() -> impl Strategy<Value = Step> {
    let at = 0..8_usize;
    let name = 0..NAMES.len();
    prop_oneof![
        4 => (at.clone(), name.clone(), any::<bool>())
            .prop_map(|(at, name, replace)| Step::CreateStream { at, name, replace }),
        3 => (at.clone(), name.clone(), any::<bool>(), any::<bool>()).prop_map(
            |(at, name, replace, transacted)| Step::CreateStorage { at, name, replace, transacted }
        ),
        3 => (at.clone(), name.clone(), any::<bool>())
            .prop_map(|(at, name, transacted)| Step::OpenStorage { at, name, transacted }),
        2 => at.clone().prop_map(|at| Step::Close { at }),
        8 => (at.clone(), name.clone(), place(), place(), any::<u8>()).prop_map(
            |(at, name, offset, len, byte)| Step::Write { at, name, offset, len, byte }
        ),
        3 => (at.clone(), name.clone(), place())
            .prop_map(|(at, name, size)| Step::Resize { at, name, size }),
        2 => (at.clone(), name.clone(), place())
            .prop_map(|(at, name, to)| Step::CutAndGrow { at, name, to }),
        2 => (at.clone(), name.clone(), place(), any::<u8>())
            .prop_map(|(at, name, offset, byte)| Step::WriteOverCommit { at, name, offset, byte }),
        2 => (at.clone(), name.clone(), place(), place())
            .prop_map(|(at, name, offset, len)| Step::Read { at, name, offset, len }),
        3 => (at.clone(), name.clone(), name.clone())
            .prop_map(|(at, old, new)| Step::Rename { at, old, new }),
        2 => (at.clone(), name).prop_map(|(at, name)| Step::Destroy { at, name }),
        3 => at.clone().prop_map(|at| Step::Commit { at }),
        1 => at.prop_map(|at| Step::Revert { at }),
        2 => Just(Step::CommitRoot),
        1 => Just(Step::Reopen),
    ]
}
