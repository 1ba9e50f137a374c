//! A level over a storage of somebody else.

use crate::error::Result;
use crate::stg::{
    Clock, CommitFlags, CompoundFile, ElementKind, ElementName, ElementTimes, MEMBER_READ,
    MEMBER_RW, Mode, StatStg, Storage, Stream, overlay,
};
use crate::wire::Guid;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Our storage, behind an interface that does not say so. Counts what its enumerations deliver.
struct Foreign(Arc<dyn Storage>, Arc<AtomicUsize>);

impl Foreign {
    fn wrap(&self, inner: Result<Arc<dyn Storage>>) -> Result<Arc<dyn Storage>> {
        Ok(Arc::new(Foreign(inner?, Arc::clone(&self.1))))
    }
}

impl Storage for Foreign {
    fn stat(&self) -> Result<StatStg> {
        self.0.stat()
    }
    fn create_stream(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Stream>> {
        self.0.create_stream(name, mode)
    }
    fn open_stream(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Stream>> {
        self.0.open_stream(name, mode)
    }
    fn create_storage(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Storage>> {
        self.wrap(self.0.create_storage(name, mode))
    }
    fn open_storage(&self, name: &ElementName, mode: Mode) -> Result<Arc<dyn Storage>> {
        self.wrap(self.0.open_storage(name, mode))
    }
    fn elements_after(&self, after: Option<&ElementName>, limit: usize) -> Result<Vec<StatStg>> {
        let some = self.0.elements_after(after, limit)?;
        self.1.fetch_add(some.len(), Ordering::Relaxed);
        Ok(some)
    }
    fn destroy_element(&self, name: &ElementName) -> Result<()> {
        self.0.destroy_element(name)
    }
    fn rename_element(&self, old: &ElementName, new: &ElementName) -> Result<()> {
        self.0.rename_element(old, new)
    }
    fn set_element_times(&self, name: Option<&ElementName>, times: ElementTimes) -> Result<()> {
        self.0.set_element_times(name, times)
    }
    fn set_class(&self, class: Guid) -> Result<()> {
        self.0.set_class(class)
    }
    fn set_state_bits(&self, bits: u32, mask: u32) -> Result<()> {
        self.0.set_state_bits(bits, mask)
    }
    fn commit(&self, flags: CommitFlags) -> Result<()> {
        self.0.commit(flags)
    }
    fn revert(&self) -> Result<()> {
        self.0.revert()
    }
}

fn name(text: &str) -> ElementName {
    ElementName::new(text).unwrap()
}

fn put(storage: &dyn Storage, stream: &str, content: &[u8]) {
    storage.create_stream(&name(stream), MEMBER_RW).unwrap().write_at(0, content).unwrap();
}

fn base() -> Arc<dyn Storage> {
    let file: Arc<dyn Storage> = Arc::new(CompoundFile::memory());
    for stream in ["a", "b", "c", "d"] {
        put(&*file, stream, &[stream.as_bytes()[0]; 5000]);
    }
    let inner = file.create_storage(&name("s"), MEMBER_RW).unwrap();
    inner.set_class(Guid::from_bytes([3; 16])).unwrap();
    put(&*inner, "in", b"in s");
    put(&*inner.create_storage(&name("t"), MEMBER_RW).unwrap(), "deep", &[9; 70_000]);
    file
}

/// Every path with its class or content.
fn listing(root: &Arc<dyn Storage>) -> BTreeMap<String, (Guid, Vec<u8>)> {
    let mut items = BTreeMap::new();
    let mut todo = vec![(String::new(), Arc::clone(root))];
    while let Some((path, storage)) = todo.pop() {
        for stat in storage.elements().unwrap() {
            let (element, mut content) = (stat.name.unwrap(), Vec::new());
            let at = format!("{path}/{element}");
            if stat.kind == ElementKind::Storage {
                todo.push((at.clone(), storage.open_storage(&element, MEMBER_READ).unwrap()));
            } else {
                let stream = storage.open_stream(&element, MEMBER_READ).unwrap();
                content = vec![0; usize::try_from(stat.size).unwrap()];
                assert_eq!(stream.read_at(0, &mut content).unwrap(), content.len());
            }
            items.insert(at, (stat.class, content));
        }
    }
    items
}

/// The same of our own storage while somebody else has members open.
fn seen(storage: &Arc<dyn Storage>) -> BTreeMap<String, (Guid, Vec<u8>)> {
    listing(&overlay(storage, Clock::System).unwrap())
}

/// Work of every kind, on whatever storage.
fn work(storage: &dyn Storage) {
    let rename = |old, new| storage.rename_element(&name(old), &name(new)).unwrap();
    // Names change hands, a stream is renamed that was never opened, another one while changed.
    for (old, new) in [("a", "tmp"), ("b", "a"), ("tmp", "b")] {
        rename(old, new);
    }
    let stream = storage.open_stream(&name("c"), MEMBER_RW).unwrap();
    stream.write_at(4998, b"xyz").unwrap();
    drop(stream);
    rename("c", "C");
    // Cut and grown again to the same size.
    let stream = storage.open_stream(&name("d"), MEMBER_RW).unwrap();
    stream.set_size(10).unwrap();
    stream.set_size(5000).unwrap();
    drop(stream);
    // A storage with all in it, changed inside.
    let inner = storage.open_storage(&name("s"), MEMBER_RW).unwrap();
    let deeper = inner.open_storage(&name("t"), MEMBER_RW).unwrap();
    deeper.open_stream(&name("deep"), MEMBER_RW).unwrap().write_at(69_000, b"!").unwrap();
    drop((deeper, inner));
    rename("s", "moved");
    put(storage, "s", b"a stream now");
    let new = storage.create_storage(&name("new"), MEMBER_RW).unwrap();
    new.set_state_bits(6, 7).unwrap();
    put(&*new, "x", b"1");
}

/// Renaming over somebody else's storage once destroyed the old element and made no new one.
#[test]
fn a_commit_makes_there_what_was_done_here() {
    let (plain, below) = (base(), base());
    work(&*plain);
    let foreign: Arc<dyn Storage> = Arc::new(Foreign(Arc::clone(&below), Arc::default()));
    let before = seen(&below);
    let level = overlay(&foreign, Clock::System).unwrap();
    work(&*level);
    assert!(listing(&level) == listing(&plain), "as seen through the level");
    assert!(seen(&below) == before, "nothing is published yet");
    level.commit(CommitFlags::empty()).unwrap();
    assert!(seen(&below) == listing(&plain), "as published");
    assert!(listing(&level) == listing(&plain), "as seen after the commit");
    level.destroy_element(&name("moved")).unwrap();
    level.revert().unwrap();
    level.open_storage(&name("moved"), MEMBER_RW).unwrap();
    level.commit(CommitFlags::empty()).unwrap();
    assert!(seen(&below) == listing(&plain));
}

/// The same over a storage of our own, where a level lies on a level.
#[test]
fn a_commit_over_our_own_storage_does_the_same() {
    let (plain, below) = (base(), base());
    work(&*plain);
    let before = listing(&below);
    let level = overlay(&below, Clock::System).unwrap();
    let other = overlay(&below, Clock::System).unwrap();
    work(&*level);
    assert!(listing(&below) == before);
    level.commit(CommitFlags::empty()).unwrap();
    assert!(listing(&below) == listing(&plain) && listing(&level) == listing(&plain));
    drop(other);
    below.commit(CommitFlags::empty()).unwrap();
    assert!(listing(&below) == listing(&plain));
}

/// Asking somebody else's storage about each member by enumerating all was quadratic.
#[test]
fn enumerating_asks_the_other_side_once_for_each_member() {
    let below: Arc<dyn Storage> = Arc::new(CompoundFile::memory());
    let count = 3000;
    for at in 0..count {
        put(&*below, &format!("{at}"), b"x");
    }
    let delivered = Arc::new(AtomicUsize::new(0));
    let foreign: Arc<dyn Storage> = Arc::new(Foreign(below, Arc::clone(&delivered)));
    let level = overlay(&foreign, Clock::System).unwrap();
    level.destroy_element(&name("7")).unwrap();
    assert_eq!(level.elements().unwrap().len(), count - 1);
    for step in [1, 50] {
        delivered.store(0, Ordering::Relaxed);
        let (mut last, mut listed) = (None, 0);
        loop {
            let some = level.elements_after(last.as_ref(), step).unwrap();
            let Some(stat) = some.last() else { break };
            assert_eq!(stat.size, 1);
            last = stat.name;
            listed += some.len();
        }
        assert_eq!(listed, count - 1);
        assert!(delivered.load(Ordering::Relaxed) <= 2 * count + 10);
    }
}
