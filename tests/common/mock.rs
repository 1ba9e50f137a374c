//! A caller's own storage: another implementation of the interfaces, around a compound file. It
//! counts what is called and what is alive, and fails when told to.

use openimsg::{
    Code, CommitFlags, CompoundFile, ElementName, ElementTimes, Error, Guid, Mode, Result, StatStg,
    Storage, Stream,
};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// The numbers of roots in the order they were let go of.
pub type Log = Arc<Mutex<Vec<u32>>>;

/// What all handles of one mock share.
#[derive(Default)]
pub struct Shared {
    /// Commits of the root, by flags.
    pub commits: Mutex<Vec<CommitFlags>>,
    /// Calls that change something: create, destroy, rename, write, size, class, bits, times.
    pub changes: AtomicU64,
    /// Storages and streams that were opened, and lists of members that were asked for.
    pub opens: AtomicU64,
    pub lists: AtomicU64,
    pub storages: AtomicI64,
    pub streams: AtomicI64,
    /// What `Stat` answers instead of the truth.
    pub stat: Mutex<Option<Code>>,
    pub mode: Mutex<Option<Mode>>,
    /// The next commits of the root fail with these, the first first.
    pub commit_failures: Mutex<Vec<Code>>,
    /// Where the root writes its number when it is let go of.
    pub log: Mutex<Option<(Log, u32)>>,
    /// Changes from this one on fail with this code, that many times.
    pub failure: Mutex<Option<(u64, Code, u64)>>,
}

impl Shared {
    fn change(&self) -> Result<()> {
        let now = self.changes.fetch_add(1, Ordering::SeqCst) + 1;
        let mut failure = self.failure.lock().unwrap();
        match &mut *failure {
            Some((at, code, times)) if now >= *at && *times > 0 => {
                *times -= 1;
                Err(Error::new(*code, "change the mock"))
            }
            _ => Ok(()),
        }
    }

    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    /// What `work` opened, listed and changed.
    pub fn counted(&self, work: impl FnOnce()) -> (u64, u64, u64) {
        let all = [&self.opens, &self.lists, &self.changes];
        let before = all.map(|count| count.load(Ordering::SeqCst));
        work();
        let [opens, lists, changes] = all.map(|count| count.load(Ordering::SeqCst));
        (opens - before[0], lists - before[1], changes - before[2])
    }

    pub fn commits(&self) -> Vec<CommitFlags> {
        self.commits.lock().unwrap().clone()
    }

    /// Live storages and streams, the root included.
    pub fn live(&self) -> (i64, i64) {
        (self.storages.load(Ordering::SeqCst), self.streams.load(Ordering::SeqCst))
    }

    /// The `nth` change from now on fails, once.
    pub fn fail_change(&self, nth: u64, code: Code) {
        *self.failure.lock().unwrap() = Some((self.changes() + nth, code, 1));
    }
}

/// A storage of the mock.
pub struct MockStorage {
    inner: Arc<dyn Storage>,
    shared: Arc<Shared>,
    root: bool,
}

struct MockStream {
    inner: Arc<dyn Stream>,
    shared: Arc<Shared>,
}

/// A mock around an empty compound file in memory.
pub fn mock() -> (Arc<dyn Storage>, Arc<Shared>) {
    over(CompoundFile::memory().into())
}

/// A mock around any storage.
pub fn over(inner: Arc<dyn Storage>) -> (Arc<dyn Storage>, Arc<Shared>) {
    let shared = Arc::new(Shared::default());
    let storage = MockStorage::make(inner, &shared, true);
    (storage, shared)
}

impl MockStorage {
    fn make(inner: Arc<dyn Storage>, shared: &Arc<Shared>, root: bool) -> Arc<dyn Storage> {
        shared.storages.fetch_add(1, Ordering::SeqCst);
        Arc::new(MockStorage { inner, shared: Arc::clone(shared), root })
    }

    fn stream(&self, inner: Arc<dyn Stream>) -> Arc<dyn Stream> {
        self.shared.streams.fetch_add(1, Ordering::SeqCst);
        Arc::new(MockStream { inner, shared: Arc::clone(&self.shared) })
    }
}

impl Drop for MockStorage {
    fn drop(&mut self) {
        self.shared.storages.fetch_sub(1, Ordering::SeqCst);
        if let Some((log, number)) = self.shared.log.lock().unwrap().as_ref().filter(|_| self.root)
        {
            log.lock().unwrap().push(*number);
        }
    }
}

impl Drop for MockStream {
    fn drop(&mut self) {
        self.shared.streams.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Storage for MockStorage {
    fn stat(&self) -> Result<StatStg> {
        if let Some(code) = *self.shared.stat.lock().unwrap() {
            return Err(Error::new(code, "stat the mock"));
        }
        let mut stat = self.inner.stat()?;
        if let Some(mode) = self.shared.mode.lock().unwrap().filter(|_| self.root) {
            stat.mode = mode;
        }
        Ok(stat)
    }

    fn create_stream(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Stream>> {
        self.shared.change()?;
        Ok(self.stream(self.inner.create_stream(name, mode)?))
    }

    fn open_stream(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Stream>> {
        self.shared.opens.fetch_add(1, Ordering::SeqCst);
        Ok(self.stream(self.inner.open_stream(name, mode)?))
    }

    fn create_storage(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Storage>> {
        self.shared.change()?;
        Ok(MockStorage::make(self.inner.create_storage(name, mode)?, &self.shared, false))
    }

    fn open_storage(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Storage>> {
        self.shared.opens.fetch_add(1, Ordering::SeqCst);
        Ok(MockStorage::make(self.inner.open_storage(name, mode)?, &self.shared, false))
    }

    fn elements_after(&self, after: Option<&ElementName>, limit: usize) -> Result<Vec<StatStg>> {
        self.shared.lists.fetch_add(1, Ordering::SeqCst);
        self.inner.elements_after(after, limit)
    }

    fn destroy_element(&self, name: &ElementName) -> Result<()> {
        self.shared.change()?;
        self.inner.destroy_element(name)
    }

    fn rename_element(&self, old: &ElementName, new: &ElementName) -> Result<()> {
        self.shared.change()?;
        self.inner.rename_element(old, new)
    }

    fn set_element_times(&self, name: Option<&ElementName>, times: ElementTimes) -> Result<()> {
        self.shared.change()?;
        self.inner.set_element_times(name, times)
    }

    fn set_class(&self, class: Guid) -> Result<()> {
        self.shared.change()?;
        self.inner.set_class(class)
    }

    fn set_state_bits(&self, bits: u32, mask: u32) -> Result<()> {
        self.shared.change()?;
        self.inner.set_state_bits(bits, mask)
    }

    fn commit(&self, flags: CommitFlags) -> Result<()> {
        if self.root {
            self.shared.commits.lock().unwrap().push(flags);
            let mut failures = self.shared.commit_failures.lock().unwrap();
            if !failures.is_empty() {
                return Err(Error::new(failures.remove(0), "commit the mock"));
            }
        }
        self.inner.commit(flags)
    }

    fn revert(&self) -> Result<()> {
        self.inner.revert()
    }
}

impl Stream for MockStream {
    fn stat(&self) -> Result<StatStg> {
        self.inner.stat()
    }

    fn size(&self) -> Result<u64> {
        self.inner.size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        self.inner.read_at(offset, buffer)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        self.shared.change()?;
        self.inner.write_at(offset, data)
    }

    fn set_size(&self, size: u64) -> Result<()> {
        self.shared.change()?;
        self.inner.set_size(size)
    }
}
