//! The life of a handle: who is open below it, and whether it has been reverted.
//!
//! A handle dies when its storage is closed, its element destroyed, or a transaction above it
//! reverted. Then every handle opened through it dies with it, and each answers
//! `STG_E_REVERTED`. A dead handle is valid memory and can do no harm. An element is open at most
//! once through one parent handle. Spec: structured-storage 2.4, S-069, S-070, S-071, S-072,
//! S-073, S-165.

use crate::error::{Code, Error, Result};
use crate::wire::KeyMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// The handles that are open below, by key: a slot or an address.
type Open = KeyMap<u64, Weak<Life>>;

/// One handle's life.
#[derive(Debug, Default)]
pub(crate) struct Life {
    dead: AtomicBool,
    open: Mutex<Open>,
    /// Whether it is an enumerator's, which the release of its storage does not end.
    enumerator: bool,
}

/// The right to one element of one parent; given back when dropped.
#[derive(Debug)]
pub(crate) struct Claim {
    life: Arc<Life>,
    place: Option<Arc<Place>>,
}

/// A place among what is open through one parent. An enumerator holds that of its storage, too.
#[derive(Debug)]
struct Place {
    life: Weak<Life>,
    parent: Arc<Life>,
    key: u64,
    _above: Option<Arc<Place>>,
}

impl Life {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends this life and every one below, deepest handles included; no recursion.
    fn kill(self: &Arc<Life>) {
        let mut stack = vec![Arc::clone(self)];
        while let Some(life) = stack.pop() {
            life.dead.store(true, Ordering::Release);
            stack.extend(life.open().drain().filter_map(|(_, child)| child.upgrade()));
        }
    }
}

impl Claim {
    /// The life of a root.
    pub(crate) fn root() -> Claim {
        Claim { life: Arc::default(), place: None }
    }

    /// Opens an element below: `key` tells elements of one parent apart.
    pub(crate) fn child(&self, key: u64, doing: &'static str) -> Result<Claim> {
        let mut open = self.life.open();
        // Under the lock: a life that ends meanwhile still finds this child, or was seen to be over.
        self.check(doing)?;
        if open.get(&key).is_some_and(|child| child.strong_count() > 0) {
            return Err(open_already(doing));
        }
        Ok(Claim::insert(&self.life, &mut open, key, None))
    }

    /// Puts a new life into a parent's list; `above` is the parent's own place for an enumerator.
    fn insert(parent: &Arc<Life>, open: &mut Open, key: u64, above: Option<&Claim>) -> Claim {
        let life = Arc::new(Life { enumerator: above.is_some(), ..Life::default() });
        open.insert(key, Arc::downgrade(&life));
        let above = above.and_then(|above| above.place.clone());
        let (weak, parent) = (Arc::downgrade(&life), Arc::clone(parent));
        Claim { life, place: Some(Arc::new(Place { life: weak, parent, key, _above: above })) }
    }

    /// A life below that is no element's: any number of them at once.
    pub(crate) fn extra(&self, doing: &'static str) -> Result<Claim> {
        self.child(extra_key(), doing)
    }

    /// An enumerator's life below; of an enumerator, another beside it. It keeps the storage open and
    /// outlives the release of its handle, nothing else. Spec: S-104, S-106.
    pub(crate) fn enumerator(&self, doing: &'static str) -> Result<Claim> {
        match self.place.as_ref().filter(|_| self.life.enumerator) {
            None => {
                let mut open = self.life.open();
                self.check(doing)?;
                Ok(Claim::insert(&self.life, &mut open, extra_key(), Some(self)))
            }
            Some(place) => {
                let mut open = place.parent.open();
                self.check(doing)?;
                // It may have been taken off the list already, to be ended.
                if !open.get(&place.key).is_some_and(|life| life.ptr_eq(&place.life)) {
                    return Err(Error::new(Code::StgReverted, doing));
                }
                Ok(Claim::insert(&place.parent, &mut open, extra_key(), Some(self)))
            }
        }
    }

    /// Whether the element of this key is open.
    pub(crate) fn is_open(&self, key: u64) -> bool {
        self.life.open().get(&key).is_some_and(|child| child.strong_count() > 0)
    }

    /// Refuses an element that is open.
    pub(crate) fn check_free(&self, key: u64, doing: &'static str) -> Result<()> {
        if self.is_open(key) { Err(open_already(doing)) } else { Ok(()) }
    }

    /// Ends the handle of one element below, and all below that.
    pub(crate) fn kill_child(&self, key: u64) {
        let child = self.life.open().remove(&key).and_then(|child| child.upgrade());
        if let Some(child) = child {
            child.kill();
        }
    }

    /// Ends all handles below, not this one.
    pub(crate) fn kill_children(&self) {
        let children: Vec<_> = self.life.open().drain().collect();
        children.iter().filter_map(|(_, child)| child.upgrade()).for_each(|child| child.kill());
    }

    /// Ends this handle and all below.
    pub(crate) fn kill(&self) {
        self.life.kill();
    }

    /// Ends this handle and all below but its enumerators, as COM's last release does.
    pub(crate) fn release(&self) {
        self.life.dead.store(true, Ordering::Release);
        let ends = |child: &Arc<Life>| !child.enumerator;
        let children: Vec<_> = {
            let mut open = self.life.open();
            let gone = open.extract_if(|_, child| child.upgrade().as_ref().is_none_or(ends));
            gone.filter_map(|(_, child)| child.upgrade()).collect()
        };
        children.iter().for_each(Life::kill);
    }

    /// Refuses work on a dead handle.
    pub(crate) fn check(&self, doing: &'static str) -> Result<()> {
        match self.life.dead.load(Ordering::Acquire) {
            false => Ok(()),
            true => Err(Error::new(Code::StgReverted, doing)),
        }
    }
}

fn open_already(doing: &'static str) -> Error {
    let note = "it is open already; an element is open once through one storage";
    Error::new(Code::StgAccessDenied, doing).note(note)
}

/// A key that is nobody's address: odd. See `key` of the storages.
fn extra_key() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed) << 1 | 1
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.parent.open();
        // Another handle may have taken the place of a killed one: give back only our own.
        if open.get(&self.key).is_some_and(|child| child.ptr_eq(&self.life)) {
            open.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spec: S-069, S-070
    #[test]
    fn an_element_is_open_once_and_free_again_after_release() {
        let root = Claim::root();
        let child = root.child(7, "open").unwrap();
        assert_eq!(root.child(7, "open").unwrap_err().code(), Code::StgAccessDenied);
        drop(child);
        assert!(root.child(7, "open").is_ok());
    }

    /// Spec: S-104, S-106, S-107
    #[test]
    fn an_enumerator_outlives_the_release_of_its_storage_and_not_its_destruction() {
        let root = Claim::root();
        let storage = root.child(2, "open").unwrap();
        let stream = storage.child(4, "open").unwrap();
        let first = storage.enumerator("enumerate").unwrap();
        storage.release();
        assert!(stream.check("read").is_err() && storage.check("stat").is_err());
        drop(storage);
        let second = first.enumerator("clone").unwrap();
        drop(first);
        assert!(second.check("next").is_ok() && root.is_open(2));
        root.kill_child(2);
        assert!(second.check("next").is_err() && second.enumerator("clone").is_err());
        assert!(root.child(2, "open").is_ok());
        drop(second);
        assert!(root.child(2, "open").is_ok());
    }

    #[test]
    fn killing_reaches_every_depth_without_recursion() {
        let root = Claim::root();
        let mut chain = vec![root.child(0, "open").unwrap()];
        for _ in 0..100_000 {
            let next = chain.last().unwrap().child(0, "open").unwrap();
            chain.push(next);
        }
        root.kill_children();
        assert!(chain.iter().all(|claim| claim.check("read").is_err()));
        assert!(root.check("read").is_ok() && root.child(0, "open").is_ok());
    }
}
