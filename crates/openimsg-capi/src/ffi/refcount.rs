//! Objects that callers see: a table, counts and a content.
//!
//! ```text
//!   strong   what AddRef and Release count      0: the content is dropped
//!   weak     those that know the address        0: the memory is given back
//! ```
//! The content ends with the last `Release`; a callback that is still to name the object keeps the
//! memory, and may lend it a content again. Memory of ended objects is kept for a while, so that one
//! `Release` too many, or a call on an object just released, meets an object without content, which
//! answers as a closed one does, and not somebody else's memory.

use super::{Iface, In, Out};
use crate::abi::*;
use openimsg::Guid;
use std::cell::UnsafeCell;
use std::collections::{HashMap, VecDeque};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Objects that are not ended.
static ALIVE: AtomicU32 = AtomicU32::new(0);

/// How many objects callers still hold.
pub(crate) fn alive() -> u32 {
    ALIVE.load(Ordering::Relaxed)
}

/// What an object answers to `QueryInterface`.
pub(crate) enum Answer {
    /// It is that interface, by the same pointer.
    This,
    /// Another object is, which now has one more reference.
    Other(Raw),
    /// It does not have it.
    No,
}

impl Answer {
    /// The answer of another object that shares its identity: where that one means itself, it is it.
    pub(crate) fn instead_of<C: Class>(self, other: &Ref<C>) -> Answer {
        match self {
            Answer::This => Answer::Other(other.clone().into_raw()),
            answer => answer,
        }
    }
}

/// What can be the content of an object.
pub(crate) trait Class: Send + Sync + Sized + 'static {
    /// The table that callers call it by: it begins with an [`UnknownTable`].
    fn table(&self) -> *const UnknownTable<This<Self>>;

    /// Whether it has an interface beside `IUnknown`.
    fn query(this: &Ref<Self>, iid: Guid) -> Answer;

    /// The last reference at this address is gone.
    fn retire(&self, address: usize) {
        let _ = address;
    }

    /// After [`Class::retire`], with nothing locked.
    fn ended(self) {}
}

/// An object as callers see it.
#[repr(C)]
pub(crate) struct Com<C: Class> {
    table: *const UnknownTable<This<C>>,
    strong: AtomicU32,
    weak: AtomicU32,
    /// The content was taken by whoever brought `strong` to 0.
    taken: AtomicBool,
    content: UnsafeCell<Option<C>>,
}

impl<C: Class> Com<C> {
    /// One more reference, unless the object ended.
    fn try_add_ref(&self) -> bool {
        let add = |count: u32| (count > 0).then(|| count.saturating_add(1));
        self.strong.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).is_ok()
    }

    /// The content, while there is a reference.
    fn content(&self) -> Option<&C> {
        // SAFETY: the content is only taken or replaced by whoever brought the count to 0, or found
        // it at 0 as the one callback that may; whoever calls this holds a reference, or holds one
        // too few and then finds nothing.
        unsafe { (*self.content.get()).as_ref() }
    }
}

/// One reference fewer; gives how many are left.
fn release<C: Class>(object: NonNull<Com<C>>) -> u32 {
    // SAFETY: the memory is there as long as `weak` is not 0, which holds for who has a reference,
    // and for a while after.
    let com = unsafe { object.as_ref() };
    let sub = |count: u32| count.checked_sub(1);
    let Ok(before) = com.strong.fetch_update(Ordering::Release, Ordering::Relaxed, sub) else {
        return 0;
    };
    if before > 1 {
        return before - 1;
    }
    fence(Ordering::Acquire);
    if let Some(content) = com.content() {
        content.retire(object.as_ptr().addr());
    }
    // SAFETY: the count is 0, so this is the only one who looks at the content.
    let content = unsafe { (*com.content.get()).take() };
    // Before the content ends, since its end may lend the object a new one.
    com.taken.store(true, Ordering::Release);
    ALIVE.fetch_sub(1, Ordering::Relaxed);
    if let Some(content) = content {
        content.ended();
    }
    forget(object);
    0
}

/// One fewer who knows the address.
fn forget<C: Class>(object: NonNull<Com<C>>) {
    // SAFETY: who calls this counted in `weak`.
    let com = unsafe { object.as_ref() };
    if com.weak.fetch_sub(1, Ordering::Release) == 1 {
        fence(Ordering::Acquire);
        retire(Retired { object: object.cast(), free: free::<C> });
    }
}

/// Gives back the memory of an object that nobody knows any more.
fn free<C: Class>(object: NonNull<()>) {
    // SAFETY: it was made by `Box` in `Ref::new`, for this type, and is freed once, here.
    drop(unsafe { Box::from_raw(object.cast::<Com<C>>().as_ptr()) });
}

/// Memory of an ended object.
struct Retired {
    object: NonNull<()>,
    free: fn(NonNull<()>),
}

// SAFETY: nobody else uses the memory, and `free` drops an empty object.
unsafe impl Send for Retired {}

/// How many ended objects keep their memory.
const KEPT: usize = 256;
static RETIRED: Mutex<VecDeque<Retired>> = Mutex::new(VecDeque::new());

fn retire(ended: Retired) {
    let oldest = {
        let mut all = lock(&RETIRED);
        all.push_back(ended);
        if all.len() > KEPT { all.pop_front() } else { None }
    };
    if let Some(Retired { object, free }) = oldest {
        free(object);
    }
}

/// The lock of a table that no panic can leave half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A reference of ours to an object.
pub(crate) struct Ref<C: Class>(NonNull<Com<C>>);

// SAFETY: the counts are atomic, and contents are `Send` and `Sync`.
unsafe impl<C: Class> Send for Ref<C> {}
// SAFETY: as above.
unsafe impl<C: Class> Sync for Ref<C> {}

impl<C: Class> Ref<C> {
    /// A new object with one reference.
    pub(crate) fn new(content: C) -> Ref<C> {
        ALIVE.fetch_add(1, Ordering::Relaxed);
        let com = Com {
            table: content.table(),
            strong: AtomicU32::new(1),
            weak: AtomicU32::new(1),
            taken: AtomicBool::new(false),
            content: UnsafeCell::new(Some(content)),
        };
        Ref(NonNull::from(Box::leak(Box::new(com))))
    }

    /// The content.
    pub(crate) fn get(&self) -> Option<&C> {
        self.com().content()
    }

    fn com(&self) -> &Com<C> {
        // SAFETY: this is a reference, so the object is there.
        unsafe { self.0.as_ref() }
    }

    /// Hands the reference to a caller.
    pub(crate) fn into_raw(self) -> Raw {
        let raw = self.0.as_ptr().cast();
        std::mem::forget(self);
        raw
    }

    /// What callers call it by, for as long as this reference lasts.
    pub(crate) fn raw(&self) -> Raw {
        self.0.as_ptr().cast()
    }

    /// Something that knows the object and does not keep its content.
    pub(crate) fn held(&self) -> Held<C> {
        self.com().weak.fetch_add(1, Ordering::Relaxed);
        Held(self.0)
    }

    /// The object behind a caller's pointer, if it is one of this class, by its table.
    pub(crate) fn of(object: Iface, table: *const UnknownTable<This<C>>) -> Option<Ref<C>> {
        let address: NonNull<Com<C>> = object.pointer()?.cast();
        if object.table().addr() != table.addr() {
            return None;
        }
        // SAFETY: only objects of this class have that table, and the caller holds a reference.
        unsafe { address.as_ref() }.try_add_ref().then_some(Ref(address))
    }
}

impl<C: Class> Clone for Ref<C> {
    fn clone(&self) -> Ref<C> {
        self.com().strong.fetch_add(1, Ordering::Relaxed);
        Ref(self.0)
    }
}

impl<C: Class> Drop for Ref<C> {
    fn drop(&mut self) {
        release(self.0);
    }
}

/// Knows an object's address without keeping its content.
pub(crate) struct Held<C: Class>(NonNull<Com<C>>);

// SAFETY: as `Ref`.
unsafe impl<C: Class> Send for Held<C> {}
// SAFETY: as above.
unsafe impl<C: Class> Sync for Held<C> {}

impl<C: Class> Held<C> {
    /// The object, with this content if it ended. Only one may do this at a time, and only when
    /// nobody else can have the address: for the callback at the end of a message.
    pub(crate) fn lend(&self, content: C) -> Ref<C> {
        // SAFETY: `weak` counts this.
        let com = unsafe { self.0.as_ref() };
        if com.try_add_ref() {
            return Ref(self.0);
        }
        // Another thread may just be about to take the old content.
        while !com.taken.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        com.taken.store(false, Ordering::Relaxed);
        // SAFETY: the count is 0 and the content taken; callers hold no reference, and the one
        // callback of a message runs once.
        unsafe { *com.content.get() = Some(content) };
        ALIVE.fetch_add(1, Ordering::Relaxed);
        com.weak.fetch_add(1, Ordering::Relaxed);
        com.strong.store(1, Ordering::Release);
        Ref(self.0)
    }
}

impl<C: Class> Drop for Held<C> {
    fn drop(&mut self) {
        forget(self.0);
    }
}

/// What a method is called on: one of our objects, or null.
#[repr(transparent)]
pub(crate) struct This<C: Class>(*mut Com<C>);

impl<C: Class> This<C> {
    fn com(&self) -> Option<&Com<C>> {
        // SAFETY: callers call the methods of an object on that object, or on null.
        unsafe { self.0.as_ref() }
    }

    /// The content; `None` for null and for an object that ended.
    pub(crate) fn get(&self) -> Option<&C> {
        self.com()?.content()
    }

    /// A reference; `None` for null and for an object that ended.
    pub(crate) fn reference(&self) -> Option<Ref<C>> {
        let com = self.com()?;
        com.try_add_ref().then(|| Ref(NonNull::from(com)))
    }
}

/// `IUnknown::QueryInterface`.
pub(crate) extern "system" fn query_interface<C: Class>(
    this: This<C>,
    iid: In<GUID>,
    mut out: Out<Raw>,
) -> Scode {
    crate::gate::scode(|| {
        let (Some(place), Some(iid)) = (out.begin(std::ptr::null_mut()), iid.get()) else {
            return crate::gate::null("query interface");
        };
        let iid = Guid::from(*iid);
        let Some(this) = this.reference() else { return crate::gate::ended("query interface") };
        let answer = match iid {
            openimsg::mapi::IID_IUNKNOWN => Answer::This,
            iid => C::query(&this, iid),
        };
        match answer {
            Answer::This => *place = this.into_raw(),
            Answer::Other(raw) => *place = raw,
            Answer::No => {
                return crate::gate::refuse(
                    openimsg::Code::InterfaceNotSupported,
                    "query interface",
                );
            }
        }
        Ok(0)
    })
}

/// `IUnknown::AddRef`.
pub(crate) extern "system" fn add_ref<C: Class>(this: This<C>) -> u32 {
    let Some(com) = this.com() else { return 0 };
    match com.try_add_ref() {
        true => com.strong.load(Ordering::Relaxed),
        false => 0,
    }
}

/// `IUnknown::Release`.
pub(crate) extern "system" fn release_this<C: Class>(this: This<C>) -> u32 {
    let Some(object) = NonNull::new(this.0) else { return 0 };
    let mut left = 0;
    crate::gate::scode(|| {
        left = release(object);
        Ok(0)
    });
    left
}

/// The first three slots of a class.
pub(crate) const fn unknown<C: Class>() -> UnknownTable<This<C>> {
    UnknownTable {
        query_interface: query_interface::<C>,
        add_ref: add_ref::<C>,
        release: release_this::<C>,
    }
}

/// Objects that are found again by a number while callers hold them.
pub(crate) struct Registry<C: Class>(Mutex<HashMap<usize, Known<C>>>);

struct Known<C: Class>(NonNull<Com<C>>);

// SAFETY: as `Ref`.
unsafe impl<C: Class> Send for Known<C> {}

impl<C: Class> Default for Registry<C> {
    fn default() -> Registry<C> {
        Registry(Mutex::default())
    }
}

impl<C: Class> Registry<C> {
    /// The object of that number, or a new one of this content. A content that is not needed comes
    /// back.
    pub(crate) fn find_or_new(&self, number: usize, content: C) -> (Ref<C>, Option<C>) {
        let mut known = lock(&self.0);
        if let Some(Known(object)) = known.get(&number) {
            // SAFETY: an object is taken out under this lock, by `Class::retire`, before its memory
            // is given back.
            if unsafe { object.as_ref() }.try_add_ref() {
                return (Ref(*object), Some(content));
            }
        }
        let made = Ref::new(content);
        known.insert(number, Known(made.0));
        (made, None)
    }

    /// Takes out the object at an address: for [`Class::retire`].
    pub(crate) fn remove(&self, number: usize, address: usize) {
        let mut known = lock(&self.0);
        if known.get(&number).is_some_and(|Known(object)| object.as_ptr().addr() == address) {
            known.remove(&number);
        }
    }
}
