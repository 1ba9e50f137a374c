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
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

/// The handles that are open below, by key: a slot or an address.
#[derive(Debug, Default)]
struct Open {
    handles: Handles,
    /// Handles that were dropped while others are open below them.
    dropped: KeyMap<u64, Vec<Weak<Life>>>,
    /// How many of those call for a look at which are over.
    look_at: usize,
}

/// Few are looked through, many have a map.
#[derive(Debug, Default)]
struct Handles {
    few: Vec<(u64, Weak<Life>)>,
    many: KeyMap<u64, Weak<Life>>,
}

impl Handles {
    const FEW: usize = 8;

    fn get(&self, key: u64) -> Option<&Weak<Life>> {
        let few = self.few.iter().find(|(at, _)| *at == key).map(|(_, life)| life);
        few.or_else(|| if self.many.is_empty() { None } else { self.many.get(&key) })
    }

    /// Adds one whose key is not there.
    fn add(&mut self, key: u64, life: Weak<Life>) {
        if self.few.len() < Handles::FEW {
            self.few.push((key, life));
        } else {
            self.many.insert(key, life);
        }
    }

    fn remove(&mut self, key: u64) -> Option<Weak<Life>> {
        match self.few.iter().position(|(at, _)| *at == key) {
            Some(at) => Some(self.few.swap_remove(at).1),
            None if self.many.is_empty() => None,
            None => self.many.remove(&key),
        }
    }

    fn take(&mut self) -> impl Iterator<Item = Weak<Life>> + use<> {
        let all = std::mem::take(self);
        all.few.into_iter().map(|(_, life)| life).chain(all.many.into_values())
    }
}

/// One handle's life. It holds the one above, so that whoever ends that finds this one, whatever was
/// dropped in between.
#[derive(Debug, Default)]
pub(crate) struct Life {
    dead: AtomicBool,
    open: Mutex<Open>,
    above: Option<Arc<Life>>,
    /// What must not go before this life has.
    kept: OnceLock<Kept>,
}

/// Something that stays as long as a handle does.
pub(crate) type Kept = Arc<dyn Any + Send + Sync>;

/// The right to one element of one parent; given back when dropped.
#[derive(Debug)]
pub(crate) struct Claim {
    life: Arc<Life>,
    key: u64,
}

impl Open {
    fn drain(&mut self) -> impl Iterator<Item = Arc<Life>> {
        let dropped = std::mem::take(&mut self.dropped).into_values().flatten();
        let handles = self.handles.take();
        handles.chain(dropped).filter_map(|child| child.upgrade())
    }

    fn add_dropped(&mut self, key: u64, life: Weak<Life>) {
        if self.dropped.len() >= self.look_at {
            self.dropped.retain(|_, lives| {
                lives.retain(|life| life.strong_count() > 0);
                !lives.is_empty()
            });
            self.look_at = 2 * self.dropped.len() + 8;
        }
        let lives = self.dropped.entry(key).or_default();
        lives.retain(|life| life.strong_count() > 0);
        lives.push(life);
    }
}

impl Life {
    fn below(above: &Arc<Life>) -> Life {
        let above = Some(Arc::clone(above));
        Life { dead: AtomicBool::default(), open: Mutex::default(), above, kept: OnceLock::new() }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends this life and every one below, deepest handles included; no recursion.
    fn kill(self: &Arc<Life>) {
        let mut stack = vec![Arc::clone(self)];
        while let Some(life) = stack.pop() {
            life.dead.store(true, Ordering::Release);
            stack.extend(life.open().drain());
        }
    }
}

/// No recursion: depth is the caller's choice.
impl Drop for Life {
    fn drop(&mut self) {
        let mut above = self.above.take();
        while let Some(mut life) = above.and_then(Arc::into_inner) {
            above = life.above.take();
        }
    }
}

impl Claim {
    /// The life of a root.
    pub(crate) fn root() -> Claim {
        Claim { life: Arc::default(), key: 0 }
    }

    /// Holds `what` as long as this handle or one below it lives.
    pub(crate) fn keep(self, what: Kept) -> Claim {
        self.life.kept.get_or_init(|| what);
        self
    }

    /// The life of a root whose handles all keep something.
    pub(crate) fn root_keeping(kept: Option<Kept>) -> Claim {
        let root = Claim::root();
        match kept {
            Some(kept) => root.keep(kept),
            None => root,
        }
    }

    /// Opens an element below: `key` tells elements of one parent apart.
    pub(crate) fn child(&self, key: u64, doing: &'static str) -> Result<Claim> {
        let mut open = self.life.open();
        // Under the lock: a life that ends meanwhile still finds this child, or was seen to be over.
        self.check(doing)?;
        if open.handles.get(key).is_some() {
            return Err(open_already(doing));
        }
        let life = Arc::new(Life::below(&self.life));
        open.handles.add(key, Arc::downgrade(&life));
        Ok(Claim { life, key })
    }

    /// A life below that is no element's: any number of them at once.
    pub(crate) fn extra(&self, doing: &'static str) -> Result<Claim> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        // Odd, so that it is nobody's address; see `key` of the storages.
        self.child(NEXT.fetch_add(1, Ordering::Relaxed) << 1 | 1, doing)
    }

    /// Whether the element of this key is open.
    pub(crate) fn is_open(&self, key: u64) -> bool {
        self.life.open().handles.get(key).is_some()
    }

    /// Whether any element is open.
    pub(crate) fn has_open(&self) -> bool {
        let open = self.life.open();
        !open.handles.few.is_empty() || !open.handles.many.is_empty()
    }

    /// Refuses an element that is open.
    pub(crate) fn check_free(&self, key: u64, doing: &'static str) -> Result<()> {
        if self.is_open(key) { Err(open_already(doing)) } else { Ok(()) }
    }

    /// Ends the handle of one element below, and all below that.
    pub(crate) fn kill_child(&self, key: u64) {
        let mut open = self.life.open();
        let (handle, dropped) = (open.handles.remove(key), open.dropped.remove(&key));
        drop(open);
        let lives = handle.into_iter().chain(dropped.into_iter().flatten());
        lives.filter_map(|life| life.upgrade()).for_each(|life| life.kill());
    }

    /// Ends all handles below, not this one.
    pub(crate) fn kill_children(&self) {
        let children: Vec<_> = self.life.open().drain().collect();
        children.iter().for_each(Life::kill);
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
        let Some(above) = &self.life.above else { return };
        let mut open = above.open();
        // Another handle may have taken the place of a killed one: give back only our own.
        let own = |life: &Weak<Life>| std::ptr::eq(life.as_ptr(), &raw const *self.life);
        if open.handles.get(self.key).is_some_and(own) {
            open.handles.remove(self.key);
        }
        // Who is open below this handle holds its life.
        if Arc::strong_count(&self.life) > 1 && !self.life.dead.load(Ordering::Acquire) {
            open.add_dropped(self.key, Arc::downgrade(&self.life));
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
    /// Handles below a dropped one were once out of reach of whoever ended those above.
    #[test]
    fn a_dropped_handle_does_not_hide_those_below_it() {
        let root = Claim::root();
        let mut open = root.child(0, "open").unwrap();
        for key in 1..100_000 {
            // Each handle goes as soon as there is one below.
            open = open.child(key, "open").unwrap();
        }
        let other = root.child(0, "open").unwrap();
        assert!(open.check("read").is_ok());
        drop(other);
        root.kill_child(0);
        assert!(open.check("read").is_err());
        drop(open);
        let open = root.child(1, "open").unwrap().child(2, "open").unwrap();
        root.kill_children();
        assert!(open.check("read").is_err() && root.check("read").is_ok());
    }

    #[test]
    fn what_is_kept_goes_with_the_last_handle_below() {
        let (root, what) = (Claim::root(), Arc::new(7));
        let child = root.child(0, "open").unwrap().keep(Arc::clone(&what) as _);
        let below = child.child(0, "open").unwrap().child(0, "open").unwrap();
        drop(child);
        assert_eq!(Arc::strong_count(&what), 2);
        drop(below);
        assert_eq!(Arc::strong_count(&what), 1);
        for key in 0..1000 {
            let _ = root.child(key, "open").unwrap().child(0, "open").unwrap();
        }
        assert!(root.life.open().dropped.len() <= 16, "what is over is forgotten");
    }
}
