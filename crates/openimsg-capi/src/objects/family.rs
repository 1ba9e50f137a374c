//! What all objects of one top-level message share: allocators, and who is open.

use super::props::PropObject;
use super::storage::StorageObject;
use super::stream::StreamObject;
use crate::abi::*;
use crate::ffi::alloc::{string_by, task};
use crate::ffi::{Allocators, Class, Foreign, Iface, Ref, Registry};
use std::sync::{Arc, Weak};

/// The caller's `IMalloc`.
pub(crate) type Malloc = Foreign<MallocTable<Iface>>;

/// What of the caller's a message keeps until it ends.
pub(crate) struct Keep {
    pub(crate) malloc: Malloc,
    /// The storage, if it is one of ours: its last `Release` would close it.
    pub(crate) _storage: Option<Ref<StorageObject>>,
}

/// Makes the names in `STATSTG`, which the caller frees.
#[derive(Clone)]
pub(crate) enum Names {
    /// In task memory.
    Task,
    /// By the `IMalloc` of a message, while that is open.
    Message(Weak<Keep>),
}

impl Names {
    /// UTF-16 with its end; null if there is no memory.
    pub(crate) fn string(&self, units: &[u16]) -> Raw {
        let keep = match self {
            Names::Task => None,
            Names::Message(keep) => keep.upgrade(),
        };
        let allocate = |size| match &keep {
            Some(keep) => (keep.malloc.table().alloc)(keep.malloc.this(), size),
            None => task::allocate(size),
        };
        string_by(allocate, units)
    }
}

/// One top-level message and everything opened in it. Opening what is open already gives the same
/// object. Spec: imessage-contract 1.8.
pub(crate) struct Family {
    /// Makes what callers free. Spec: imessage-contract 1.11.
    pub(crate) allocators: Allocators,
    pub(crate) names: Names,
    props: Registry<PropObject>,
    streams: Registry<StreamObject>,
    storages: Registry<StorageObject>,
}

/// An object's place in its family.
pub(crate) struct Member {
    pub(crate) family: Arc<Family>,
    /// Tells the object from others of its class.
    pub(crate) number: usize,
}

/// A class whose objects are found again.
pub(crate) trait Kin: Class {
    fn registry(family: &Family) -> &Registry<Self>;
    fn member(&self) -> Option<&Member>;
}

impl Family {
    pub(crate) fn new(allocators: Allocators, names: Names) -> Arc<Family> {
        Arc::new(Family {
            allocators,
            names,
            props: Registry::default(),
            streams: Registry::default(),
            storages: Registry::default(),
        })
    }

    /// The object of this content: the one that is open, or a new one.
    pub(crate) fn object<C: Kin>(&self, content: C) -> Ref<C> {
        let Some(number) = content.member().map(|member| member.number) else {
            return Ref::new(content);
        };
        let (object, unneeded) = C::registry(self).find_or_new(number, content);
        // Not while the registry is locked: it may be the last handle on something.
        drop(unneeded);
        object
    }
}

impl Member {
    /// Takes an object out of its family.
    pub(crate) fn leave<C: Kin>(&self, address: usize) {
        C::registry(&self.family).remove(self.number, address);
    }
}

impl Kin for PropObject {
    fn registry(family: &Family) -> &Registry<PropObject> {
        &family.props
    }

    fn member(&self) -> Option<&Member> {
        Some(&self.member)
    }
}

impl Kin for StreamObject {
    fn registry(family: &Family) -> &Registry<StreamObject> {
        &family.streams
    }

    fn member(&self) -> Option<&Member> {
        self.member.as_ref()
    }
}

impl Kin for StorageObject {
    fn registry(family: &Family) -> &Registry<StorageObject> {
        &family.storages
    }

    fn member(&self) -> Option<&Member> {
        self.member.as_ref()
    }
}
