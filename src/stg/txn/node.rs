//! The nodes of a level: storages and streams that were touched.

use super::super::cfb::{Cfb, Meta};
use super::super::mode::ElementKind;
use super::super::name::ElementName;
use super::super::{MEMBER_RW, Storage};
use super::content::{Pages, Under};
use super::members::Members;
use super::spill::Spill;
use crate::error::{Code, Error, Result};
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Where the untouched members of a storage are.
#[derive(Clone)]
pub(crate) enum Source {
    /// Nowhere: the storage is new.
    New,
    /// In a committed file, at this slot.
    Committed(Arc<Cfb>, u32),
    /// In a storage of somebody else.
    Foreign(Arc<dyn Storage>),
    /// In a node of the level below.
    Outer(Arc<StorageNode>),
}

/// A storage in a level.
pub(crate) struct StorageNode {
    state: RwLock<StorageState>,
}

pub(crate) struct StorageState {
    pub(crate) source: Source,
    pub(crate) meta: Meta,
    /// Whether class, bits, times or the set of members changed since the last commit.
    pub(crate) dirty: bool,
    /// All members by name, once the storage was looked into.
    pub(crate) members: Option<Members>,
    /// Names of the source that were destroyed or renamed away since the last commit.
    pub(crate) removed: BTreeSet<ElementName>,
}

/// A member of a storage.
#[derive(Clone)]
pub(crate) enum Member {
    /// As it is in the source; in a committed file at this slot.
    Untouched(ElementKind, u32),
    Storage(Arc<StorageNode>),
    Stream(Arc<StreamNode>),
}

impl Member {
    pub(crate) fn kind(&self) -> ElementKind {
        match self {
            Member::Untouched(kind, _) => *kind,
            Member::Storage(_) => ElementKind::Storage,
            Member::Stream(_) => ElementKind::Stream,
        }
    }
}

/// A stream in a level.
pub(crate) struct StreamNode {
    state: RwLock<StreamState>,
}

pub(crate) struct StreamState {
    pub(crate) pages: Pages,
    pub(crate) dirty: bool,
    /// The node of the level below that this one came from.
    pub(crate) outer: Option<Arc<StreamNode>>,
}

impl StreamNode {
    pub(crate) fn new(
        pages: Pages,
        dirty: bool,
        outer: Option<Arc<StreamNode>>,
    ) -> Arc<StreamNode> {
        Arc::new(StreamNode { state: RwLock::new(StreamState { pages, dirty, outer }) })
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, StreamState> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, StreamState> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StorageNode {
    pub(crate) fn new(source: Source, meta: Meta, dirty: bool) -> Arc<StorageNode> {
        let members = matches!(source, Source::New).then(Members::default);
        Arc::new(StorageNode {
            state: RwLock::new(StorageState {
                source,
                meta,
                dirty,
                members,
                removed: BTreeSet::new(),
            }),
        })
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, StorageState> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, StorageState> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, with all members known.
    pub(crate) fn loaded(&self) -> Result<RwLockWriteGuard<'_, StorageState>> {
        let state = self.write();
        if state.members.is_some() {
            return Ok(state);
        }
        drop(state);
        // The lowest level first: each then finds the one below ready, however many there are.
        for below in self.levels_below(|state| state.members.is_some()).iter().rev() {
            drop(below.load()?);
        }
        self.load()
    }

    fn load(&self) -> Result<RwLockWriteGuard<'_, StorageState>> {
        let mut state = self.write();
        if state.members.is_none() {
            state.members = Some(state.source.members()?);
        }
        Ok(state)
    }

    /// This storage in its level and in all levels below.
    pub(crate) fn views(self: &Arc<StorageNode>) -> Vec<Arc<StorageNode>> {
        let mut views = self.levels_below(|_| false);
        views.push(Arc::clone(self));
        views
    }

    /// This storage's nodes in the levels below, up to one for which `done` holds.
    fn levels_below(&self, done: impl Fn(&StorageState) -> bool) -> Vec<Arc<StorageNode>> {
        let next = |state: &StorageState| match &state.source {
            Source::Outer(outer) if !done(state) => Some(Arc::clone(outer)),
            _ => None,
        };
        let mut levels = Vec::new();
        let mut below = next(&self.read());
        while let Some(level) = below {
            below = next(&level.read());
            levels.push(level);
        }
        levels
    }

    /// The same for reading only.
    pub(crate) fn loaded_read(&self) -> Result<RwLockReadGuard<'_, StorageState>> {
        let state = self.read();
        if state.members.is_some() {
            return Ok(state);
        }
        drop(state);
        drop(self.loaded()?);
        Ok(self.read())
    }

    /// What the source says of a storage's class, bits and times.
    pub(crate) fn source_meta(source: &Source) -> Result<Meta> {
        Ok(match source {
            Source::New => Meta::default(),
            Source::Committed(cfb, slot) => {
                let entry = cfb.entry(*slot)?;
                Meta {
                    class: entry.class(),
                    state_bits: entry.state_bits(),
                    created: entry.created(),
                    modified: entry.modified(),
                }
            }
            Source::Foreign(storage) => foreign_meta(&**storage)?,
            Source::Outer(node) => node.read().meta,
        })
    }
}

/// What somebody else's storage tells of itself; nothing, if it does not implement `Stat`.
pub(crate) fn foreign_meta(storage: &dyn Storage) -> Result<Meta> {
    match storage.stat() {
        Ok(stat) => Ok(Meta {
            class: stat.class,
            state_bits: stat.state_bits,
            created: stat.created,
            modified: stat.modified,
        }),
        Err(e) if matches!(e.code(), Code::NoSupport | Code::StgUnimplementedFunction) => {
            Ok(Meta::default())
        }
        Err(e) => Err(e),
    }
}

fn not_found(name: &ElementName, doing: &'static str) -> Error {
    Error::new(Code::StgFileNotFound, doing).note(format!("no element named {name:?}"))
}

impl Source {
    /// The names and kinds of all members.
    pub(crate) fn members(&self) -> Result<Members> {
        let mut members = Members::default();
        match self {
            Source::New => {}
            Source::Committed(cfb, slot) => {
                for slot in cfb.members(*slot)? {
                    let entry = cfb.entry(slot)?;
                    if let Some(kind) = entry.kind() {
                        // Of two members with one name, the first in tree order counts.
                        members.list(entry.name(), Member::Untouched(kind, slot));
                    }
                }
            }
            Source::Foreign(storage) => {
                for stat in storage.elements()? {
                    if let Some(name) = stat.name {
                        members.list(name, Member::Untouched(stat.kind, 0));
                    }
                }
            }
            Source::Outer(node) => {
                let state = node.loaded_read()?;
                for (name, member) in state.members.iter().flatten() {
                    members.list(*name, Member::Untouched(member.kind(), 0));
                }
            }
        }
        Ok(members.listed())
    }

    /// The node of an untouched member storage.
    fn storage(&self, name: &ElementName, slot: u32) -> Result<Arc<StorageNode>> {
        const DOING: &str = "open storage";
        let source = match self {
            Source::New => return Err(not_found(name, DOING)),
            Source::Committed(cfb, _) => Source::Committed(Arc::clone(cfb), slot),
            Source::Foreign(storage) => Source::Foreign(storage.open_storage(name, MEMBER_RW)?),
            Source::Outer(node) => match touch_one(node, name)? {
                Member::Storage(node) => Source::Outer(node),
                _ => return Err(not_found(name, DOING)),
            },
        };
        let meta = StorageNode::source_meta(&source)?;
        Ok(StorageNode::new(source, meta, false))
    }

    /// The node of an untouched member stream.
    fn stream(&self, name: &ElementName, slot: u32) -> Result<Arc<StreamNode>> {
        const DOING: &str = "open stream";
        Ok(match self {
            Source::New => return Err(not_found(name, DOING)),
            Source::Committed(cfb, _) => {
                let stream = Under::Committed(Arc::new(cfb.stream(slot, &cfb.entry(slot)?)?));
                StreamNode::new(Pages::over(stream)?, false, None)
            }
            Source::Foreign(storage) => {
                let stream = Under::Foreign(storage.open_stream(name, MEMBER_RW)?);
                StreamNode::new(Pages::over(stream)?, false, None)
            }
            Source::Outer(node) => match touch_one(node, name)? {
                Member::Stream(outer) => {
                    let pages = outer.read().pages.clone();
                    StreamNode::new(pages, false, Some(outer))
                }
                _ => return Err(not_found(name, DOING)),
            },
        })
    }
}

/// The node of a member, made now if the member was untouched.
pub(crate) fn touch(node: &Arc<StorageNode>, name: &ElementName) -> Result<Member> {
    drop(node.loaded()?);
    let untouched = |state: &StorageState| match &state.members {
        Some(members) => matches!(members.get(name), Some(Member::Untouched(..))),
        None => true,
    };
    // The lowest level first, as in loading.
    for below in node.levels_below(|state| !untouched(state)).iter().rev() {
        touch_one(below, name)?;
    }
    touch_one(node, name)
}

fn touch_one(node: &Arc<StorageNode>, name: &ElementName) -> Result<Member> {
    let mut state = node.loaded()?;
    let source = state.source.clone();
    let members = state.members.get_or_insert_default();
    let member = members.get(name).ok_or_else(|| not_found(name, "open element"))?;
    let member = match member {
        Member::Untouched(ElementKind::Storage, slot) => {
            Member::Storage(source.storage(name, *slot)?)
        }
        Member::Untouched(ElementKind::Stream, slot) => Member::Stream(source.stream(name, *slot)?),
        node => return Ok(node.clone()),
    };
    members.put(name, member.clone());
    Ok(member)
}

/// Takes a member with all in it into pages; its source is not needed any more.
pub(crate) fn detach(member: &Member, spill: &Arc<Spill>) -> Result<()> {
    let mut todo = vec![member.clone()];
    // Storages of others may close what was opened through them: all stay open until the end.
    let mut sources = Vec::new();
    while let Some(member) = todo.pop() {
        match member {
            Member::Storage(node) => {
                let names: Vec<ElementName> =
                    node.loaded()?.members.iter().flatten().map(|(name, _)| *name).collect();
                for name in names {
                    todo.push(touch(&node, &name)?);
                }
                let mut state = node.write();
                sources.push(std::mem::replace(&mut state.source, Source::New));
                state.dirty = true;
            }
            Member::Stream(node) => {
                let mut state = node.write();
                state.pages.spill_to(spill);
                state.pages.detach()?;
                state.dirty = true;
            }
            Member::Untouched(..) => {}
        }
    }
    Ok(())
}

/// What a node that goes away held. Taken apart with a list of our own: depth is the file's and the
/// caller's choice, and must not use the stack.
#[derive(Default)]
struct Remains {
    storages: Vec<Arc<StorageNode>>,
    streams: Vec<Arc<StreamNode>>,
}

impl Remains {
    fn of_storage(&mut self, state: &mut StorageState) {
        for (_, member) in state.members.take().into_iter().flatten() {
            match member {
                Member::Storage(node) => self.storages.push(node),
                Member::Stream(node) => self.streams.push(node),
                Member::Untouched(..) => {}
            }
        }
        if let Source::Outer(node) = std::mem::replace(&mut state.source, Source::New) {
            self.storages.push(node);
        }
    }

    fn take_apart(mut self) {
        loop {
            if let Some(node) = self.storages.pop() {
                if let Some(mut node) = Arc::into_inner(node) {
                    let state = node.state.get_mut().unwrap_or_else(PoisonError::into_inner);
                    self.of_storage(state);
                }
            } else if let Some(node) = self.streams.pop() {
                if let Some(mut node) = Arc::into_inner(node) {
                    let state = node.state.get_mut().unwrap_or_else(PoisonError::into_inner);
                    self.streams.extend(state.outer.take());
                }
            } else {
                break;
            }
        }
    }
}

impl Drop for StorageNode {
    fn drop(&mut self) {
        let mut remains = Remains::default();
        remains.of_storage(self.state.get_mut().unwrap_or_else(PoisonError::into_inner));
        remains.take_apart();
    }
}

impl Drop for StreamNode {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let streams = state.outer.take().into_iter().collect();
        Remains { streams, ..Remains::default() }.take_apart();
    }
}
