//! Handles on the storages of a level.

use super::super::cfb::Meta;
use super::super::life::Claim;
use super::super::mode::{Clock, CommitFlags, Committed, ElementKind, ElementTimes, Mode, StatStg};
use super::super::name::ElementName;
use super::super::{Storage, Stream, cfb, read_stream};
use super::content::Pages;
use super::level::Level;
use super::node::{Member, Source, StorageNode, StreamNode, detach, touch};
use super::root::{Root, RootCommit};
use super::spill::Spill;
use super::stream::TxnStream;
use super::{enumerate, merge, meta};
use crate::error::{Code, Error, Result};
use crate::wire::{FileTime, Guid};
use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

/// Whose transaction a handle works in.
pub(super) enum Role {
    /// The outermost level.
    Root,
    /// Part of the level of a storage above.
    Direct,
    /// A level of its own over this node.
    Inner(Arc<StorageNode>),
    /// The same, over a node that its parent does not list before the first commit.
    Pending { outer: Arc<StorageNode>, parent: Arc<StorageNode> },
}

/// A storage of a level.
pub(crate) struct TxnStorage {
    /// First, so that it goes first: its key is the address of a node, which must not be free yet.
    pub(super) claim: Claim,
    pub(super) node: Arc<StorageNode>,
    pub(super) root: Arc<Root>,
    pub(super) name: Option<ElementName>,
    pub(super) mode: Mode,
    pub(super) role: Role,
    /// Whether the level that this storage works in, or publishes into, is that of a direct root.
    pub(super) straight: bool,
}

/// The key that an element has among the open ones of its parent: even, as addresses of nodes are.
pub(super) fn key<T>(node: &Arc<T>) -> u64 {
    Arc::as_ptr(node) as usize as u64
}

impl TxnStorage {
    /// The root of a level over what `commit` has committed.
    pub(crate) fn root(
        commit: Box<dyn RootCommit>,
        meta: Meta,
        mode: Mode,
        clock: Clock,
        spill: Spill,
    ) -> TxnStorage {
        let node = StorageNode::new(commit.committed(), meta, false);
        let root = Arc::new(Root::new(commit, &node, mode, clock, spill));
        let claim = Claim::root().keep(Arc::clone(&node) as _);
        let (role, straight) = (Role::Root, !mode.is_transacted());
        TxnStorage { node, root, name: None, mode, claim, role, straight }
    }

    /// The mode of opening.
    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) fn close(&self) {
        self.claim.kill();
    }

    pub(crate) fn clock(&self) -> Clock {
        self.root.clock
    }

    pub(crate) fn path(&self) -> Option<PathBuf> {
        self.root.commit.path()
    }

    /// Whether what is done here is done at once, as seen from outside this handle.
    fn is_direct(&self) -> bool {
        match self.role {
            Role::Direct => true,
            Role::Root => self.straight,
            Role::Inner(_) | Role::Pending { .. } => false,
        }
    }

    /// A direct storage grants no more than it was opened with; a transacted one takes any change
    /// and refuses at commit. Spec: structured-storage 2.2.
    fn check_write(&self, code: Code, doing: &'static str) -> Result<()> {
        self.claim.check(doing)?;
        if self.is_direct() && !self.mode.can_write() {
            return Err(Error::new(code, doing).note("the storage was opened for reading"));
        }
        Ok(())
    }

    /// The same for the access of a member.
    pub(super) fn check_grant(&self, member: Mode, code: Code, doing: &'static str) -> Result<()> {
        self.claim.check(doing)?;
        if self.is_direct() && !self.mode.grants(member) {
            let note = "more access than the storage was opened with";
            return Err(Error::new(code, doing).note(note));
        }
        Ok(())
    }

    /// Simple roots have no storages. Spec: S-142.
    pub(super) fn check_storages(&self, doing: &'static str) -> Result<()> {
        match self.root.simple {
            true => {
                let note = "a simple root holds streams only";
                Err(Error::new(Code::StgInvalidFunction, doing).note(note))
            }
            false => Ok(()),
        }
    }

    /// In a simple root one stream is open at a time.
    fn check_alone(&self, doing: &'static str) -> Result<()> {
        match self.root.simple && self.claim.has_open() {
            true => {
                let note = "a simple root has one stream open at a time";
                Err(Error::new(Code::StgAccessDenied, doing).note(note))
            }
            false => Ok(()),
        }
    }

    /// A handle on a member storage.
    fn member(
        &self,
        node: Arc<StorageNode>,
        name: &ElementName,
        mode: Mode,
        doing: &'static str,
    ) -> Result<Arc<dyn Storage>> {
        let claim = self.claim.child(key(&node), doing)?;
        let (root, name) = (Arc::clone(&self.root), Some(*name));
        let straight = self.straight && self.is_direct();
        let (node, role) = if mode.is_transacted() {
            let source = Source::Outer(Arc::clone(&node));
            let meta = StorageNode::source_meta(&source)?;
            (StorageNode::new(source, meta, false), Role::Inner(node))
        } else {
            (node, Role::Direct)
        };
        let claim = claim.keep(Arc::clone(&node) as _);
        Ok(Arc::new(TxnStorage { claim, node, root, name, mode, role, straight }))
    }
}

impl Storage for TxnStorage {
    fn stat(&self) -> Result<StatStg> {
        self.claim.check("stat storage")?;
        let meta = self.node.read().meta;
        Ok(StatStg {
            name: self.name,
            kind: ElementKind::Storage,
            size: 0,
            modified: meta.modified,
            created: meta.created,
            mode: self.mode.reported(),
            class: meta.class,
            state_bits: meta.state_bits,
        })
    }

    fn create_stream(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Stream>> {
        const DOING: &str = "create stream";
        cfb::check_member_mode(mode, true, true, DOING)?;
        self.check_write(Code::StgAccessDenied, DOING)?;
        self.check_grant(mode, Code::StgAccessDenied, DOING)?;
        if self.root.simple && mode.is_create() {
            let note = "a simple root replaces no stream";
            return Err(Error::new(Code::StgInvalidFlag, DOING).note(note));
        }
        self.check_alone(DOING)?;
        let _gate = self.root.shared();
        let mut state = self.node.loaded()?;
        self.vacate(&mut state, name, mode, DOING)?;
        let node = StreamNode::new(Pages::empty(), true, None);
        let claim = self.claim.leaf(key(&node), DOING)?;
        state.members.get_or_insert_default().insert(*name, Member::Stream(Arc::clone(&node)));
        self.changed(&mut state);
        Ok(Arc::new(TxnStream::new(node, Arc::clone(&self.root), *name, mode, claim)))
    }

    fn open_stream(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Stream>> {
        const DOING: &str = "open stream";
        cfb::check_member_mode(mode, true, false, DOING)?;
        self.check_grant(mode, Code::StgInvalidFlag, DOING)?;
        self.check_alone(DOING)?;
        let _gate = self.root.shared();
        match touch(&self.node, name)? {
            Member::Stream(node) => {
                let claim = self.claim.leaf(key(&node), DOING)?;
                Ok(Arc::new(TxnStream::new(node, Arc::clone(&self.root), *name, mode, claim)))
            }
            _ => {
                Err(Error::new(Code::StgFileNotFound, DOING).note(format!("{name:?} is a storage")))
            }
        }
    }

    fn create_storage(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Storage>> {
        const DOING: &str = "create storage";
        self.check_storages(DOING)?;
        cfb::check_member_mode(mode, false, true, DOING)?;
        self.claim.check(DOING)?;
        let _gate = self.root.shared();
        let mut state = self.node.loaded()?;
        let read_only = self.is_direct() && !(self.mode.can_write() && self.mode.grants(mode));
        // A read-only parent says that the name is taken before it says that it is read-only.
        let replace = if read_only { Mode::default() } else { mode };
        self.vacate(&mut state, name, replace, DOING)?;
        self.check_write(Code::StgAccessDenied, DOING)?;
        self.check_grant(mode, Code::StgAccessDenied, DOING)?;
        let now = self.root.clock.now();
        let meta = Meta { created: now, modified: now, ..Meta::default() };
        let node = StorageNode::new(Source::New, meta, true);
        let opened = self.member(Arc::clone(&node), name, mode.reported(), DOING)?;
        state.members.get_or_insert_default().insert(*name, Member::Storage(node));
        Self::changed_at(&mut state, now);
        Ok(opened)
    }

    fn open_storage(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Storage>> {
        const DOING: &str = "open storage";
        self.check_storages(DOING)?;
        cfb::check_member_mode(mode, false, false, DOING)?;
        self.check_grant(mode, Code::StgAccessDenied, DOING)?;
        let _gate = self.root.shared();
        let Member::Storage(node) = touch(&self.node, name)? else {
            return Err(
                Error::new(Code::StgFileNotFound, DOING).note(format!("{name:?} is a stream"))
            );
        };
        self.member(node, name, mode, DOING)
    }

    fn elements_after(&self, after: Option<&ElementName>, limit: usize) -> Result<Vec<StatStg>> {
        self.claim.check("enumerate elements")?;
        let _gate = self.root.shared();
        let state = self.node.loaded_read()?;
        enumerate::elements_after(&state, after, limit)
    }

    fn destroy_element(&self, name: &ElementName) -> Result<()> {
        const DOING: &str = "destroy element";
        self.check_write(Code::StgAccessDenied, DOING)?;
        let _gate = self.root.alone();
        let mut state = self.node.loaded()?;
        if !state.members.get_or_insert_default().contains_key(name) {
            let note = format!("no element named {name:?}");
            return Err(Error::new(Code::StgFileNotFound, DOING).note(note));
        }
        self.remove(&mut state, name);
        Ok(())
    }

    fn rename_element(&self, old: &ElementName, new: &ElementName) -> Result<()> {
        const DOING: &str = "rename element";
        self.check_write(Code::StgAccessDenied, DOING)?;
        let _gate = self.root.alone();
        {
            let state = self.node.loaded_read()?;
            let members = state.members.as_ref();
            if old != new && members.is_some_and(|members| members.contains_key(new)) {
                let note = format!("there is an element named {new:?}");
                return Err(Error::new(Code::StgFileAlreadyExists, DOING).note(note));
            }
        }
        let member = touch(&self.node, old)?;
        let open = match &member {
            Member::Storage(node) => self.claim.is_open(key(node)),
            Member::Stream(node) => self.claim.is_open(key(node)),
            Member::Untouched(..) => false,
        };
        if open {
            return Err(Error::new(Code::StgAccessDenied, DOING).note(format!("{old:?} is open")));
        }
        if matches!(self.node.read().source, Source::Foreign(_)) {
            // There it will be destroyed under its old name and made anew under the new one.
            detach(&member, &self.root.spill)?;
        }
        let mut state = self.node.loaded()?;
        let members = state.members.get_or_insert_default();
        members.remove(old);
        members.insert(*new, member);
        state.removed.insert(*old);
        self.changed(&mut state);
        Ok(())
    }

    fn set_element_times(&self, name: Option<&ElementName>, times: ElementTimes) -> Result<()> {
        self.check_write(Code::StgAccessDenied, "set element times")?;
        let _gate = self.root.shared();
        meta::set_times(&self.node, name, times)
    }

    fn set_class(&self, class: Guid) -> Result<()> {
        self.check_write(Code::StgAccessDenied, "set class")?;
        let _gate = self.root.shared();
        meta::change(&self.node, |meta| meta.class = class);
        Ok(())
    }

    fn set_state_bits(&self, bits: u32, mask: u32) -> Result<()> {
        self.check_write(Code::StgAccessDenied, "set state bits")?;
        let _gate = self.root.shared();
        let new = |old: u32| (old & !mask) | (bits & mask);
        meta::change(&self.node, |meta| meta.state_bits = new(meta.state_bits));
        Ok(())
    }

    fn commit(&self, flags: CommitFlags) -> Result<()> {
        self.commit_as(flags).map(|_| ())
    }

    fn commit_as(&self, flags: CommitFlags) -> Result<Committed> {
        const DOING: &str = "commit storage";
        self.claim.check(DOING)?;
        if flags != CommitFlags::from_bits_truncate(flags.bits()) {
            return Err(
                Error::new(Code::StgInvalidFlag, DOING).note("a commit flag that is not known")
            );
        }
        if !self.mode.can_write() {
            if self.is_direct() {
                return Ok(Committed::Done);
            }
            return Err(Error::new(Code::StgAccessDenied, DOING).note("it was opened for reading"));
        }
        let _gate = self.root.alone();
        match &self.role {
            Role::Root if !self.straight => {
                return self.root.commit.commit(&self.node, flags, self.root.clock);
            }
            Role::Root | Role::Direct => {}
            Role::Inner(outer) => merge::merge(&self.node, outer)?,
            Role::Pending { outer, parent } => {
                if let Some(name) = self.name {
                    self.join(parent, outer, &name)?;
                }
                merge::merge(&self.node, outer)?;
            }
        }
        if matches!(self.role, Role::Root) {
            return self.root.publish(flags);
        }
        let consolidate = flags.contains(CommitFlags::CONSOLIDATE);
        if self.straight {
            self.root.publish(flags.difference(CommitFlags::CONSOLIDATE))?;
        }
        Ok(match consolidate && !matches!(self.role, Role::Direct) {
            true => Committed::CannotConsolidate,
            false => Committed::Done,
        })
    }

    fn revert(&self) -> Result<()> {
        self.claim.check("revert storage")?;
        let source = match &self.role {
            _ if self.is_direct() => return Ok(()),
            Role::Direct => return Ok(()),
            Role::Inner(outer) | Role::Pending { outer, .. } => Source::Outer(Arc::clone(outer)),
            Role::Root => self.root.commit.committed(),
        };
        let _gate = self.root.alone();
        self.claim.kill_children();
        let meta = match &source {
            Source::New => new_root_meta(self.root.clock),
            _ => StorageNode::source_meta(&source)?,
        };
        let fresh = matches!(source, Source::New).then(Default::default);
        let mut state = self.node.write();
        state.meta = meta;
        state.source = source;
        state.dirty = false;
        state.members = fresh;
        state.removed.clear();
        Ok(())
    }

    fn create_pending_storage(&self, name: &ElementName) -> Result<Arc<dyn Storage>> {
        const DOING: &str = "create storage";
        self.check_write(Code::StgAccessDenied, DOING)?;
        let now = self.root.clock.now();
        let meta = Meta { created: now, modified: now, ..Meta::default() };
        let outer = StorageNode::new(Source::New, meta, true);
        let claim = self.claim.child(key(&outer), DOING)?;
        let node = StorageNode::new(Source::Outer(Arc::clone(&outer)), meta, false);
        let claim = claim.keep(Arc::clone(&node) as _);
        let role = Role::Pending { outer, parent: Arc::clone(&self.node) };
        let mode = Mode::READWRITE.and(Mode::TRANSACTED).and(Mode::SHARE_EXCLUSIVE);
        let (root, name) = (Arc::clone(&self.root), Some(*name));
        let straight = self.straight && self.is_direct();
        Ok(Arc::new(TxnStorage { node, root, name, mode, claim, role, straight }))
    }

    fn end(&self) {
        self.close();
    }

    fn release(&self) {
        self.claim.release();
    }

    fn for_elements(&self) -> Result<Option<Arc<dyn Storage>>> {
        let claim = self.claim.enumerator("enumerate elements")?;
        let (node, root) = (Arc::clone(&self.node), Arc::clone(&self.root));
        let (name, mode, role) = (self.name, self.mode, Role::Direct);
        Ok(Some(Arc::new(TxnStorage { claim, node, root, name, mode, role, straight: false })))
    }

    fn with_stream(
        &self,
        name: &ElementName,
        limit: u64,
        work: &mut dyn FnMut(&[u8]),
    ) -> Result<bool> {
        match self.peek_stream(name, limit, work)? {
            Some(found) => Ok(found),
            None => read_stream(self, name, limit, work),
        }
    }

    fn each_stream_of<'a>(
        &'a self,
        name: &ElementName,
        wanted: &dyn Fn(&ElementName) -> bool,
        work: &mut dyn FnMut(&ElementName, Cow<'a, [u8]>),
    ) -> Result<bool> {
        let kept = |bytes: Cow<'_, [u8]>| Cow::Owned(bytes.into_owned());
        self.peek_streams_of(name, wanted, &mut |name, bytes| work(name, kept(bytes)))
    }

    fn each_storage(&self, work: &mut dyn FnMut(&ElementName)) -> Result<()> {
        self.peek_storages(work)
    }

    fn level(&self) -> Result<Option<Level>> {
        let (node, root) = (Arc::clone(&self.node), Arc::clone(&self.root));
        let claim = self.claim.extra("overlay storage")?;
        let straight = self.straight && self.is_direct();
        Ok(Some(Level { node, root, claim, straight }))
    }
}

/// Times of a root that is new.
pub(crate) fn new_root_meta(clock: Clock) -> Meta {
    Meta { modified: clock.now(), created: FileTime::default(), ..Meta::default() }
}
