//! Read-only handles on a committed file: nothing is copied, nothing can change.

use super::super::life::{Claim, Kept, Leaf};
use super::super::mode::{CommitFlags, ElementKind, ElementTimes, Mode, StatStg};
use super::super::name::ElementName;
use super::super::{MEMBER_READ, Storage, Stream, read_all};
use super::chain::CfbStream;
use super::dirent::{DIRENT_LEN, Dirent};
use super::file::{Cfb, Hint, ROOT};
use crate::error::{Code, Error, Result};
use crate::wire::{FileTime, Guid};
use std::borrow::{Borrow, Cow};
use std::sync::{Arc, OnceLock};

/// What a member's handle was opened as; checked before anything else. Spec: S-067, S-069.
pub(crate) fn check_member_mode(
    mode: Mode,
    stream: bool,
    create: bool,
    doing: &'static str,
) -> Result<()> {
    let known = Mode::from_bits(0x73)
        .and(Mode::CREATE)
        .and(Mode::TRANSACTED)
        .and(Mode::DELETE_ON_RELEASE)
        .and(Mode::PRIORITY);
    let refuse = |code, note: &str| Err(Error::new(code, doing).note(note));
    if !known.has(mode) || mode.access() == 3 || mode.share() > Mode::SHARE_DENY_NONE.bits() {
        return refuse(Code::StgInvalidFlag, "a mode bit that is not known");
    }
    let own = if create || stream { Code::StgInvalidFlag } else { Code::StgInvalidFunction };
    if mode.share() != Mode::SHARE_EXCLUSIVE.bits() {
        return refuse(own, "members are opened with SHARE_EXCLUSIVE");
    }
    if mode.is_create() && !create {
        return refuse(Code::StgInvalidFlag, "CREATE on opening");
    }
    if mode.has(Mode::DELETE_ON_RELEASE) || mode.has(Mode::PRIORITY) {
        let code = if stream { Code::StgInvalidFunction } else { own };
        return refuse(code, "DELETEONRELEASE and PRIORITY are for roots");
    }
    if stream && mode.is_transacted() {
        return refuse(Code::StgInvalidFunction, "streams are never transacted");
    }
    Ok(())
}

/// A storage of a committed file, opened for reading.
pub(crate) struct ReadStorage {
    cfb: Arc<Cfb>,
    slot: u32,
    mode: Mode,
    claim: Claim,
    members: OnceLock<Vec<u32>>,
    /// Where to look for the next member: they are mostly asked for in their order.
    hint: Hint,
}

/// A stream of a committed file, opened for reading.
struct ReadStream {
    stream: CfbStream,
    mode: Mode,
    claim: Leaf,
}

/// What `Stat` tells of a directory entry.
pub(crate) fn stat_of<B: Borrow<[u8; DIRENT_LEN]>>(
    entry: &Dirent<B>,
    cfb: &Cfb,
    mode: Mode,
) -> StatStg {
    let stream = entry.kind() == Some(ElementKind::Stream);
    let time = |time| if stream { FileTime::default() } else { time };
    StatStg {
        name: Some(entry.name()),
        kind: if stream { ElementKind::Stream } else { ElementKind::Storage },
        size: if stream { entry.size(cfb.header.version) } else { 0 },
        modified: time(entry.modified()),
        created: time(entry.created()),
        mode,
        class: if stream { Guid::NULL } else { entry.class() },
        state_bits: if stream { 0 } else { entry.state_bits() },
    }
}

impl ReadStorage {
    /// A root whose handles all keep something.
    pub(crate) fn root(cfb: Arc<Cfb>, mode: Mode, kept: Option<Kept>) -> ReadStorage {
        ReadStorage::new(cfb, ROOT, mode, Claim::root_keeping(kept))
    }

    fn new(cfb: Arc<Cfb>, slot: u32, mode: Mode, claim: Claim) -> ReadStorage {
        let (members, hint) = (OnceLock::new(), Hint::default());
        ReadStorage { cfb, slot, mode, claim, members, hint }
    }

    pub(crate) fn cfb(&self) -> &Arc<Cfb> {
        &self.cfb
    }

    /// The mode of opening.
    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    /// Ends this handle and every one opened through it.
    pub(crate) fn close(&self) {
        self.claim.kill();
    }

    fn members(&self) -> Result<&[u32]> {
        if let Some(members) = self.members.get() {
            return Ok(members);
        }
        let members = self.cfb.members(self.slot)?;
        Ok(self.members.get_or_init(|| members))
    }

    fn lookup(&self, name: &ElementName) -> Result<Option<u32>> {
        self.cfb.find_member(self.members()?, name, &self.hint)
    }

    fn find(&self, name: &ElementName, kind: ElementKind, doing: &'static str) -> Result<u32> {
        if let Some(slot) = self.lookup(name)?
            && self.cfb.with_entry(slot, |entry| entry.kind())? == Some(kind)
        {
            return Ok(slot);
        }
        let note = format!("no {kind:?} named {name:?}");
        Err(Error::new(Code::StgFileNotFound, doing).note(note))
    }

    fn denied<T>(&self, doing: &'static str) -> Result<T> {
        self.claim.check(doing)?;
        let note = "the storage was opened for reading";
        Err(Error::new(Code::StgAccessDenied, doing).note(note))
    }
}

impl Storage for ReadStorage {
    fn stat(&self) -> Result<StatStg> {
        self.claim.check("stat storage")?;
        let mut stat = stat_of(&self.cfb.entry(self.slot)?, &self.cfb, self.mode.reported());
        stat.kind = ElementKind::Storage;
        if self.slot == ROOT {
            stat.name = None;
        }
        Ok(stat)
    }

    fn create_stream(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Stream>> {
        let _ = name;
        check_member_mode(mode, true, true, "create stream")?;
        self.denied("create stream")
    }

    fn open_stream(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Stream>> {
        const DOING: &str = "open stream";
        check_member_mode(mode, true, false, DOING)?;
        self.claim.check(DOING)?;
        if mode.can_write() {
            let note = "the storage was opened for reading";
            return Err(Error::new(Code::StgInvalidFlag, DOING).note(note));
        }
        let slot = self.find(name, ElementKind::Stream, DOING)?;
        let claim = self.claim.leaf(u64::from(slot), DOING)?;
        let stream = self.cfb.stream_at(slot)?;
        Ok(Arc::new(ReadStream { stream, mode, claim }))
    }

    fn create_storage(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Storage>> {
        check_member_mode(mode, false, true, "create storage")?;
        self.claim.check("create storage")?;
        if self.lookup(name)?.is_some() {
            return Err(Error::new(Code::StgFileAlreadyExists, "create storage"));
        }
        self.denied("create storage")
    }

    fn open_storage(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Storage>> {
        const DOING: &str = "open storage";
        check_member_mode(mode, false, false, DOING)?;
        if mode.can_write() {
            return self.denied(DOING);
        }
        self.claim.check(DOING)?;
        let slot = self.find(name, ElementKind::Storage, DOING)?;
        let claim = self.claim.child(u64::from(slot), DOING)?;
        Ok(Arc::new(ReadStorage::new(Arc::clone(&self.cfb), slot, mode, claim)))
    }

    fn elements_after(&self, after: Option<&ElementName>, limit: usize) -> Result<Vec<StatStg>> {
        self.claim.check("enumerate elements")?;
        let members = self.members()?;
        let mut start = 0;
        if let Some(after) = after {
            let mut end = members.len();
            while start < end {
                let middle = start.midpoint(end);
                let Some(slot) = members.get(middle) else { break };
                match self.cfb.with_entry(*slot, |entry| entry.compare(after))? {
                    std::cmp::Ordering::Greater => end = middle,
                    _ => start = middle + 1,
                }
            }
        }
        let rest = members.get(start..).unwrap_or_default();
        let mut found = Vec::with_capacity(rest.len().min(limit));
        for slot in rest.iter().take(limit) {
            found.push(
                self.cfb.with_entry(*slot, |entry| stat_of(&entry, &self.cfb, Mode::default()))?,
            );
        }
        Ok(found)
    }

    fn destroy_element(&self, _: &ElementName) -> Result<()> {
        self.denied("destroy element")
    }

    fn rename_element(&self, _: &ElementName, _: &ElementName) -> Result<()> {
        self.denied("rename element")
    }

    fn set_element_times(&self, _: Option<&ElementName>, _: ElementTimes) -> Result<()> {
        self.denied("set element times")
    }

    fn set_class(&self, _: Guid) -> Result<()> {
        self.denied("set class")
    }

    fn set_state_bits(&self, _: u32, _: u32) -> Result<()> {
        self.denied("set state bits")
    }

    fn commit(&self, _: CommitFlags) -> Result<()> {
        match self.mode.is_transacted() {
            true => self.denied("commit storage"),
            false => self.claim.check("commit storage"),
        }
    }

    fn end(&self) {
        self.close();
    }

    fn release(&self) {
        self.claim.release();
    }

    fn for_elements(&self) -> Result<Option<Arc<dyn Storage>>> {
        let claim = self.claim.enumerator("enumerate elements")?;
        Ok(Some(Arc::new(ReadStorage::new(Arc::clone(&self.cfb), self.slot, self.mode, claim))))
    }

    fn view(&self) -> Result<Option<Arc<dyn Storage>>> {
        let claim = self.claim.extra("copy storage")?;
        Ok(Some(Arc::new(ReadStorage::new(Arc::clone(&self.cfb), self.slot, self.mode, claim))))
    }

    /// Without a handle: what takes an exclusive one for a moment needs none.
    fn with_stream(
        &self,
        name: &ElementName,
        limit: u64,
        work: &mut dyn FnMut(&[u8]),
    ) -> Result<bool> {
        const DOING: &str = "open stream";
        self.claim.check(DOING)?;
        let Some(slot) = self.lookup(name)? else { return Ok(false) };
        if self.cfb.with_entry(slot, |entry| entry.kind())? != Some(ElementKind::Stream) {
            return Ok(false);
        }
        self.claim.check_free(u64::from(slot), DOING)?;
        match self.cfb.bytes(slot, limit)? {
            Some(bytes) => work(&bytes),
            None => {
                let claim = self.claim.leaf(u64::from(slot), DOING)?;
                let stream = self.cfb.stream_at(slot)?;
                let stream = ReadStream { stream, mode: MEMBER_READ, claim };
                work(&read_all(&stream, limit)?);
            }
        }
        Ok(true)
    }

    fn each_stream_of<'a>(
        &'a self,
        name: &ElementName,
        wanted: &dyn Fn(&ElementName) -> bool,
        work: &mut dyn FnMut(&ElementName, Cow<'a, [u8]>),
    ) -> Result<bool> {
        const DOING: &str = "open storage";
        self.claim.check(DOING)?;
        let slot = self.find(name, ElementKind::Storage, DOING)?;
        self.claim.check_free(u64::from(slot), DOING)?;
        self.cfb.each_stream_below(slot, wanted, work)
    }

    fn each_storage(&self, work: &mut dyn FnMut(&ElementName)) -> Result<()> {
        self.claim.check("enumerate elements")?;
        for slot in self.members()? {
            self.cfb.with_entry(*slot, |entry| {
                if entry.kind() == Some(ElementKind::Storage) {
                    work(&entry.name());
                }
            })?;
        }
        Ok(())
    }

    fn revert(&self) -> Result<()> {
        self.claim.check("revert storage")?;
        if self.mode.is_transacted() {
            self.claim.kill_children();
        }
        Ok(())
    }
}

impl Stream for ReadStream {
    fn stat(&self) -> Result<StatStg> {
        self.claim.check("stat stream")?;
        Ok(StatStg {
            name: Some(self.stream.name()?),
            kind: ElementKind::Stream,
            size: self.stream.size(),
            modified: FileTime::default(),
            created: FileTime::default(),
            mode: self.mode,
            class: Guid::NULL,
            state_bits: 0,
        })
    }

    fn size(&self) -> Result<u64> {
        self.claim.check("stat stream")?;
        Ok(self.stream.size())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        self.claim.check("read stream")?;
        self.stream.read_at(offset, buffer)
    }

    fn write_at(&self, _: u64, _: &[u8]) -> Result<()> {
        self.claim.check("write stream")?;
        Err(Error::new(Code::StgAccessDenied, "write stream").note("it was opened for reading"))
    }

    fn set_size(&self, _: u64) -> Result<()> {
        self.claim.check("set stream size")?;
        Err(Error::new(Code::StgAccessDenied, "set stream size").note("it was opened for reading"))
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        self.claim.check("read stream").ok().and_then(|()| self.stream.as_bytes())
    }
}
