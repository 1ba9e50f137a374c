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
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

/// The handles that are open below, by key: a slot or an address.
#[derive(Debug, Default)]
struct Open {
    handles: Handles,
    dropped: Option<Box<Dropped>>,
}

/// A handle that is open below.
#[derive(Debug)]
enum Child {
    Life(Weak<Life>),
    /// One with nothing below it, by the number it was born with.
    Leaf(u64),
}

/// Handles that were dropped while others are open below them.
#[derive(Debug, Default)]
struct Dropped {
    by_key: KeyMap<u64, Vec<Weak<Life>>>,
    /// How many keys call for a look at which are over.
    look_at: usize,
}

/// Few are looked through, many have a map.
#[derive(Debug, Default)]
struct Handles {
    few: Vec<(u64, Child)>,
    many: Option<Box<KeyMap<u64, Child>>>,
}

impl Handles {
    const FEW: usize = 8;

    fn get(&self, key: u64) -> Option<&Child> {
        let few = self.few.iter().find(|(at, _)| *at == key).map(|(_, child)| child);
        few.or_else(|| self.many.as_ref().and_then(|many| many.get(&key)))
    }

    /// Adds one whose key is not there.
    fn add(&mut self, key: u64, child: Child) {
        if self.few.len() < Handles::FEW {
            if self.few.is_empty() {
                // Mostly one at a time: in a deep file there are many lists.
                self.few.reserve_exact(1);
            }
            self.few.push((key, child));
        } else {
            self.many.get_or_insert_default().insert(key, child);
        }
    }

    fn remove(&mut self, key: u64) -> Option<Child> {
        match self.few.iter().position(|(at, _)| *at == key) {
            Some(at) => Some(self.few.swap_remove(at).1),
            None => self.many.as_mut().and_then(|many| many.remove(&key)),
        }
    }

    /// Takes leaves, those that are over and those that `ends` says.
    fn take_if(&mut self, ends: impl Fn(&Life) -> bool) -> Vec<Child> {
        let all = std::mem::take(self);
        let many = all.many.into_iter().flat_map(|many| many.into_iter());
        let (gone, stay): (Vec<_>, Vec<_>) = all
            .few
            .into_iter()
            .chain(many)
            .partition(|(_, child)| child.upgrade().is_none_or(|life| ends(&life)));
        stay.into_iter().for_each(|(key, child)| self.add(key, child));
        gone.into_iter().map(|(_, child)| child).collect()
    }

    fn take(&mut self) -> impl Iterator<Item = Child> + use<> {
        let all = std::mem::take(self);
        all.few
            .into_iter()
            .map(|(_, child)| child)
            .chain(all.many.into_iter().flat_map(|many| many.into_values()))
    }
}

impl Child {
    /// Its life; a leaf has none of its own.
    fn upgrade(&self) -> Option<Arc<Life>> {
        match self {
            Child::Life(life) => life.upgrade(),
            Child::Leaf(_) => None,
        }
    }

    fn is(&self, life: &Arc<Life>) -> bool {
        matches!(self, Child::Life(listed) if std::ptr::eq(listed.as_ptr(), Arc::as_ptr(life)))
    }
}

/// One handle's life. It holds the one above, so that whoever ends that finds this one, whatever was
/// dropped in between.
#[derive(Debug, Default)]
pub(crate) struct Life {
    key: u64,
    dead: AtomicBool,
    /// Whether it is an enumerator's, which the release of its storage does not end.
    enumerator: bool,
    /// Who keeps the element open: its handle and its enumerators. Not asked of a root.
    keepers: AtomicU32,
    open: Mutex<Open>,
    /// How often handles below were ended; changes under the lock of `open`.
    ended: AtomicU64,
    above: Option<Arc<Life>>,
    /// What must not go before this life has.
    kept: OnceLock<Kept>,
}

/// Something that stays as long as a handle does.
pub(crate) type Kept = Arc<dyn Any + Send + Sync>;

/// The right to one element of one parent; given back when dropped. An enumerator shares that of its
/// storage.
#[derive(Debug)]
pub(crate) struct Claim(Arc<Life>);

/// The same for an element with nothing below it, a stream: no life of its own, only a place in the
/// list of the one above. It is over when that list has it no more.
#[derive(Debug)]
pub(crate) struct Leaf {
    above: Arc<Life>,
    key: u64,
    /// How often handles beside it had been ended when it began: with the key, that tells it from
    /// one that took its place.
    born: u64,
    /// The same when it was last looked for in the list.
    seen: AtomicU64,
}

impl Open {
    fn drain(&mut self) -> impl Iterator<Item = Arc<Life>> {
        let dropped = self.take_dropped().map(Child::Life);
        self.handles.take().chain(dropped).filter_map(|child| child.upgrade())
    }

    /// The same without the enumerators.
    fn drain_for_release(&mut self) -> Vec<Arc<Life>> {
        let dropped = self.take_dropped().map(Child::Life);
        let gone = self.handles.take_if(|life| !life.enumerator).into_iter().chain(dropped);
        gone.filter_map(|life| life.upgrade()).collect()
    }

    fn take_dropped(&mut self) -> impl Iterator<Item = Weak<Life>> + use<> {
        let dropped = self.dropped.take().into_iter();
        dropped.flat_map(|dropped| dropped.by_key.into_values()).flatten()
    }

    fn add_dropped(&mut self, key: u64, life: Weak<Life>) {
        let dropped = self.dropped.get_or_insert_default();
        if dropped.by_key.len() >= dropped.look_at {
            dropped.by_key.retain(|_, lives| {
                lives.retain(|life| life.strong_count() > 0);
                !lives.is_empty()
            });
            dropped.look_at = 2 * dropped.by_key.len() + 8;
        }
        let lives = dropped.by_key.entry(key).or_default();
        lives.retain(|life| life.strong_count() > 0);
        lives.push(life);
    }
}

impl Life {
    /// A life below, on the list of those that are open there.
    fn below(above: &Arc<Life>, open: &mut Open, key: u64, enumerator: bool) -> Claim {
        let life = Arc::new(Life {
            key,
            dead: AtomicBool::default(),
            keepers: AtomicU32::new(1),
            open: Mutex::default(),
            ended: AtomicU64::new(0),
            above: Some(Arc::clone(above)),
            enumerator,
            kept: OnceLock::new(),
        });
        open.handles.add(key, Child::Life(Arc::downgrade(&life)));
        Claim(life)
    }

    /// One that keeps it open goes; the last one takes it off the list of those that are open.
    fn let_go(self: &Arc<Life>) {
        let last = self.keepers.fetch_sub(1, Ordering::AcqRel) == 1;
        let Some(above) = self.above.as_ref().filter(|_| last) else { return };
        let mut open = above.open();
        // Another handle may have taken the place of a killed one: give back only our own.
        if open.handles.get(self.key).is_some_and(|listed| listed.is(self)) {
            open.handles.remove(self.key);
        }
        // Who is open below this handle holds its life.
        if Arc::strong_count(self) > 1 && !self.dead.load(Ordering::Acquire) {
            open.add_dropped(self.key, Arc::downgrade(self));
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The handles that are open below, of which some are about to end: leaves look again.
    fn open_to_end(&self) -> MutexGuard<'_, Open> {
        let open = self.open();
        self.ended.fetch_add(1, Ordering::Release);
        open
    }

    /// Ends this life and every one below, deepest handles included; no recursion.
    fn kill(self: &Arc<Life>) {
        let mut stack = vec![Arc::clone(self)];
        while let Some(life) = stack.pop() {
            life.dead.store(true, Ordering::Release);
            stack.extend(life.open_to_end().drain());
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
        Claim(Arc::default())
    }

    /// Holds `what` as long as this handle or one below it lives.
    pub(crate) fn keep(self, what: Kept) -> Claim {
        self.0.kept.get_or_init(|| what);
        self
    }

    /// What the handles above this one keep, nearest first.
    pub(crate) fn kept_above(&self) -> impl Iterator<Item = Kept> {
        let lives = std::iter::successors(self.0.above.clone(), |life| life.above.clone());
        lives.filter_map(|life| life.kept.get().cloned())
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
        let mut open = self.0.open();
        // Under the lock: a life that ends meanwhile still finds this child, or was seen to be over.
        self.check(doing)?;
        if open.handles.get(key).is_some() {
            return Err(open_already(doing));
        }
        Ok(Life::below(&self.0, &mut open, key, false))
    }

    /// The same for an element that has nothing below it.
    pub(crate) fn leaf(&self, key: u64, doing: &'static str) -> Result<Leaf> {
        let mut open = self.0.open();
        self.check(doing)?;
        if open.handles.get(key).is_some() {
            return Err(open_already(doing));
        }
        let born = self.0.ended.load(Ordering::Relaxed);
        open.handles.add(key, Child::Leaf(born));
        Ok(Leaf { above: Arc::clone(&self.0), key, born, seen: AtomicU64::new(born) })
    }

    /// A life below that is no element's: any number of them at once.
    pub(crate) fn extra(&self, doing: &'static str) -> Result<Claim> {
        self.child(extra_key(), doing)
    }

    /// An enumerator's life below; of an enumerator, another beside it. It keeps the storage open and
    /// outlives the release of its handle, nothing else. Spec: S-104, S-106.
    pub(crate) fn enumerator(&self, doing: &'static str) -> Result<Claim> {
        let storage = self.0.above.as_ref().filter(|_| self.0.enumerator).unwrap_or(&self.0);
        let mut open = storage.open();
        self.check(doing)?;
        // An enumerator may have been taken off the list already, to be ended.
        let listed = || open.handles.get(self.0.key).is_some_and(|listed| listed.is(&self.0));
        if self.0.enumerator && !listed() {
            return Err(Error::new(Code::StgReverted, doing));
        }
        storage.keepers.fetch_add(1, Ordering::Relaxed);
        Ok(Life::below(storage, &mut open, extra_key(), true))
    }

    /// Whether the element of this key is open.
    pub(crate) fn is_open(&self, key: u64) -> bool {
        self.0.open().handles.get(key).is_some()
    }

    /// Whether any element is open.
    pub(crate) fn has_open(&self) -> bool {
        let open = self.0.open();
        let is_open = |child: &Child| match child {
            Child::Life(life) => life.upgrade().is_some_and(|life| !life.enumerator),
            Child::Leaf(_) => true,
        };
        open.handles.few.iter().any(|(_, child)| is_open(child))
            || open.handles.many.iter().flat_map(|many| many.values()).any(is_open)
    }

    /// Refuses an element that is open.
    pub(crate) fn check_free(&self, key: u64, doing: &'static str) -> Result<()> {
        if self.is_open(key) { Err(open_already(doing)) } else { Ok(()) }
    }

    /// Ends the handle of one element below, and all below that.
    pub(crate) fn kill_child(&self, key: u64) {
        let mut open = self.0.open_to_end();
        let handle = open.handles.remove(key);
        let dropped = open.dropped.as_mut().and_then(|dropped| dropped.by_key.remove(&key));
        drop(open);
        let dropped = dropped.into_iter().flatten().map(Child::Life);
        let lives = handle.into_iter().chain(dropped);
        lives.filter_map(|life| life.upgrade()).for_each(|life| life.kill());
    }

    /// Ends all handles below, not this one.
    pub(crate) fn kill_children(&self) {
        let children: Vec<_> = self.0.open_to_end().drain().collect();
        children.iter().for_each(Life::kill);
    }

    /// Ends this handle and all below.
    pub(crate) fn kill(&self) {
        self.0.kill();
    }

    /// Ends this handle and all below but its enumerators, as COM's last release does.
    pub(crate) fn release(&self) {
        self.0.dead.store(true, Ordering::Release);
        let gone = self.0.open_to_end().drain_for_release();
        gone.iter().for_each(Life::kill);
    }

    /// Refuses work on a dead handle.
    pub(crate) fn check(&self, doing: &'static str) -> Result<()> {
        match self.0.dead.load(Ordering::Acquire) {
            false => Ok(()),
            true => Err(Error::new(Code::StgReverted, doing)),
        }
    }
}

impl Leaf {
    /// Refuses work on a dead handle.
    pub(crate) fn check(&self, doing: &'static str) -> Result<()> {
        if self.above.ended.load(Ordering::Acquire) == self.seen.load(Ordering::Relaxed) {
            return Ok(());
        }
        let open = self.above.open();
        if !self.is_listed(&open) {
            return Err(Error::new(Code::StgReverted, doing));
        }
        self.seen.store(self.above.ended.load(Ordering::Relaxed), Ordering::Relaxed);
        Ok(())
    }

    fn is_listed(&self, open: &Open) -> bool {
        matches!(open.handles.get(self.key), Some(Child::Leaf(born)) if *born == self.born)
    }
}

impl Drop for Leaf {
    fn drop(&mut self) {
        let mut open = self.above.open();
        // Another handle may have taken the place of a killed one: give back only our own.
        if self.is_listed(&open) {
            open.handles.remove(self.key);
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

impl Drop for Claim {
    fn drop(&mut self) {
        self.0.let_go();
        if let Some(storage) = self.0.above.as_ref().filter(|_| self.0.enumerator) {
            storage.let_go();
        }
    }
}

#[cfg(test)]
#[path = "life_tests.rs"]
mod tests;
