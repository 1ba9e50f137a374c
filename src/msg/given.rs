//! The storage of an attachment in a caller's hands. It keeps the attachment and its message, as
//! everything opened in them does, and a close by force takes it away from the caller, with all that
//! was opened through it. Spec: C-018, C-020 (imessage-contract 1.8, 1.9).

use super::handle::Handle;
use crate::error::{Code, Error, Result};
use crate::stg::{
    CommitFlags, Committed, ElementName, ElementTimes, Level, Mode, StatStg, Storage, Stream,
};
use crate::wire::Guid;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// One storage that was given out and everything opened through it.
pub(crate) struct Tree {
    /// Keeps the attachment and its message. Never dropped under the lock of the message.
    _handle: Arc<Handle>,
    members: Mutex<Members>,
}

#[derive(Default)]
struct Members {
    all: Vec<Weak<dyn LetGo>>,
    sweep_at: usize,
    ended: bool,
}

/// What can be taken away from the caller.
trait LetGo: Send + Sync {
    fn let_go(&self);
}

/// Something of the storage layer, until it is taken away.
struct Given<T: ?Sized> {
    inner: Mutex<Option<Arc<T>>>,
    tree: Arc<Tree>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tree {
    /// Puts a storage into a caller's hands, who keeps `handle` by it.
    pub(crate) fn give(
        handle: Arc<Handle>,
        inner: Arc<dyn Storage>,
    ) -> (Arc<Tree>, Arc<dyn Storage>) {
        let tree = Arc::new(Tree { _handle: handle, members: Mutex::default() });
        let given = tree.given(inner);
        (tree, given)
    }

    fn given<T>(self: &Arc<Tree>, inner: Arc<T>) -> Arc<Given<T>>
    where
        T: ?Sized,
        Given<T>: LetGo + 'static,
    {
        let given = Arc::new(Given { inner: Mutex::new(Some(inner)), tree: Arc::clone(self) });
        let mut members = lock(&self.members);
        if members.ended {
            drop(members);
            given.let_go();
            return given;
        }
        if members.all.len() >= members.sweep_at {
            members.all.retain(|member| member.strong_count() > 0);
            members.sweep_at = (members.all.len() * 2).max(16);
        }
        let weak = Arc::downgrade(&given);
        members.all.push(weak);
        drop(members);
        given
    }

    /// Takes everything away: the caller holds nothing of the message's storage any more.
    pub(crate) fn end(&self) {
        let mut members = lock(&self.members);
        members.ended = true;
        let all = std::mem::take(&mut members.all);
        drop(members);
        all.iter().filter_map(Weak::upgrade).for_each(|member| member.let_go());
    }
}

impl<T: ?Sized> Given<T> {
    fn inner(&self, doing: &'static str) -> Result<Arc<T>> {
        let inner = lock(&self.inner).clone();
        inner.ok_or_else(|| Error::new(Code::StgReverted, doing))
    }
}

impl LetGo for Given<dyn Storage> {
    fn let_go(&self) {
        let inner = lock(&self.inner).take();
        if let Some(inner) = inner {
            inner.end();
        }
    }
}

impl LetGo for Given<dyn Stream> {
    fn let_go(&self) {
        let inner = lock(&self.inner).take();
        drop(inner);
    }
}

impl Storage for Given<dyn Storage> {
    fn stat(&self) -> Result<StatStg> {
        self.inner("stat storage")?.stat()
    }

    fn create_stream(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Stream>> {
        Ok(self.tree.given(self.inner("create stream")?.create_stream(name, mode)?))
    }

    fn open_stream(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Stream>> {
        Ok(self.tree.given(self.inner("open stream")?.open_stream(name, mode)?))
    }

    fn create_storage(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Storage>> {
        Ok(self.tree.given(self.inner("create storage")?.create_storage(name, mode)?))
    }

    fn open_storage(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Storage>> {
        Ok(self.tree.given(self.inner("open storage")?.open_storage(name, mode)?))
    }

    fn elements_after(&self, after: Option<&ElementName>, limit: usize) -> Result<Vec<StatStg>> {
        self.inner("list elements")?.elements_after(after, limit)
    }

    fn destroy_element(&self, name: &ElementName) -> Result<()> {
        self.inner("destroy element")?.destroy_element(name)
    }

    fn rename_element(&self, old: &ElementName, new: &ElementName) -> Result<()> {
        self.inner("rename element")?.rename_element(old, new)
    }

    fn set_element_times(&self, name: Option<&ElementName>, times: ElementTimes) -> Result<()> {
        self.inner("set times")?.set_element_times(name, times)
    }

    fn set_class(&self, class: Guid) -> Result<()> {
        self.inner("set class")?.set_class(class)
    }

    fn set_state_bits(&self, bits: u32, mask: u32) -> Result<()> {
        self.inner("set state bits")?.set_state_bits(bits, mask)
    }

    fn commit(&self, flags: CommitFlags) -> Result<()> {
        self.inner("commit storage")?.commit(flags)
    }

    fn commit_as(&self, flags: CommitFlags) -> Result<Committed> {
        self.inner("commit storage")?.commit_as(flags)
    }

    fn revert(&self) -> Result<()> {
        self.inner("revert storage")?.revert()
    }

    fn create_pending_storage(&self, name: &ElementName) -> Result<Arc<dyn Storage>> {
        Ok(self.tree.given(self.inner("create storage")?.create_pending_storage(name)?))
    }

    fn end(&self) {
        self.let_go();
    }

    fn is_gone(&self) -> bool {
        match self.inner("use storage") {
            // Its attachment may be deleted, or have other data by now.
            Ok(inner) => inner.stat().is_err_and(|e| e.code() == Code::StgReverted),
            Err(_) => true,
        }
    }

    fn release(&self) {
        if let Ok(inner) = self.inner("release storage") {
            inner.release();
        }
    }

    fn for_elements(&self) -> Result<Option<Arc<dyn Storage>>> {
        let given = |inner| self.tree.given(inner) as Arc<dyn Storage>;
        Ok(self.inner("enumerate elements")?.for_elements()?.map(given))
    }

    fn view(&self) -> Result<Option<Arc<dyn Storage>>> {
        let given = |inner| self.tree.given(inner) as Arc<dyn Storage>;
        Ok(self.inner("view storage")?.view()?.map(given))
    }

    fn level(&self) -> Result<Option<Level>> {
        self.inner("overlay storage")?.level()
    }

    fn with_stream(
        &self,
        name: &ElementName,
        limit: u64,
        work: &mut dyn FnMut(&[u8]),
    ) -> Result<bool> {
        self.inner("read stream")?.with_stream(name, limit, work)
    }

    fn each_storage(&self, work: &mut dyn FnMut(&ElementName)) -> Result<()> {
        self.inner("list elements")?.each_storage(work)
    }
}

impl Stream for Given<dyn Stream> {
    fn stat(&self) -> Result<StatStg> {
        self.inner("stat stream")?.stat()
    }

    fn size(&self) -> Result<u64> {
        self.inner("stat stream")?.size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        self.inner("read stream")?.read_at(offset, buffer)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        self.inner("write stream")?.write_at(offset, data)
    }

    fn set_size(&self, size: u64) -> Result<()> {
        self.inner("set stream size")?.set_size(size)
    }

    fn is_simple(&self) -> bool {
        self.inner("stat stream").is_ok_and(|inner| inner.is_simple())
    }
}
