//! The life of a handle: who is open below it, and whether it has been reverted.
//!
//! A handle dies when its storage is closed, its element destroyed, or a transaction above it
//! reverted. Then every handle opened through it dies with it, and each answers
//! `STG_E_REVERTED`. A dead handle is valid memory and can do no harm. An element is open at most
//! once through one parent handle. Spec: structured-storage 2.4, S-069, S-070, S-071, S-072,
//! S-073, S-165.

use crate::error::{Code, Error, Result};
use crate::wire::KeyMap;
use std::any::Any;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// The handles that are open below, by key: a slot or an address.
type Open = KeyMap<u64, Weak<Life>>;

/// One handle's life.
#[derive(Debug, Default)]
pub(crate) struct Life {
    dead: AtomicBool,
    open: Mutex<Open>,
    /// What every handle of the root keeps: its locks.
    kept: Option<Kept>,
}

/// Something that stays as long as a handle does.
pub(crate) type Kept = Arc<dyn Any + Send + Sync>;

/// The right to one element of one parent; given back when dropped.
#[derive(Debug)]
pub(crate) struct Claim {
    life: Arc<Life>,
    parent: Option<(Arc<Life>, u64)>,
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
        Claim { life: Arc::default(), parent: None }
    }

    /// The life of a root whose handles all keep something.
    pub(crate) fn root_keeping(kept: Option<Kept>) -> Claim {
        Claim { life: Arc::new(Life { kept, ..Life::default() }), parent: None }
    }

    /// Opens an element below: `key` tells elements of one parent apart.
    pub(crate) fn child(&self, key: u64, doing: &'static str) -> Result<Claim> {
        let mut open = self.life.open();
        // Under the lock: a life that ends meanwhile still finds this child, or was seen to be over.
        self.check(doing)?;
        if open.get(&key).is_some_and(|child| child.strong_count() > 0) {
            return Err(open_already(doing));
        }
        let life = Arc::new(Life { kept: self.life.kept.clone(), ..Life::default() });
        open.insert(key, Arc::downgrade(&life));
        Ok(Claim { life, parent: Some((Arc::clone(&self.life), key)) })
    }

    /// A life below that is no element's: any number of them at once.
    pub(crate) fn extra(&self, doing: &'static str) -> Result<Claim> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        // Odd, so that it is nobody's address; see `key` of the storages.
        self.child(NEXT.fetch_add(1, Ordering::Relaxed) << 1 | 1, doing)
    }

    /// Whether the element of this key is open.
    pub(crate) fn is_open(&self, key: u64) -> bool {
        self.life.open().get(&key).is_some_and(|child| child.strong_count() > 0)
    }

    /// Whether any element is open.
    pub(crate) fn has_open(&self) -> bool {
        self.life.open().values().any(|child| child.strong_count() > 0)
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

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some((parent, key)) = &self.parent {
            let mut open = parent.open();
            // Another handle may have taken the place of a killed one: give back only our own.
            if open
                .get(key)
                .is_some_and(|child| std::ptr::eq(child.as_ptr(), &raw const *self.life))
            {
                open.remove(key);
            }
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
