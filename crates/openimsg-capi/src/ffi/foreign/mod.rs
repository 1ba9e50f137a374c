//! Objects of the caller's: storages, streams, byte arrays, allocators, messages, progress.
//!
//! Each is wrapped as the trait that the library knows, so that nothing above asks whose it is. An
//! object is used by several threads only if several threads use ours that were made on it.

mod lock_bytes;
mod progress;
mod props;
mod rows;
mod storage;
mod stream;
mod support;

pub(crate) use lock_bytes::ForeignLockBytes;
pub(crate) use progress::ForeignProgress;
pub(crate) use props::ForeignProps;
pub(crate) use rows::free_rows;
pub(crate) use storage::ForeignStorage;
pub(crate) use stream::{ForeignCursor, write_all};
pub(crate) use support::{ForeignSupport, Routine};

use super::alloc::task;
use super::{In, Out};
use crate::abi::*;
use openimsg::{Code, Error, Guid, Result};
use std::marker::PhantomData;
use std::ptr::{NonNull, null_mut};

/// What every interface pointer points to.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Object {
    table: *const UnknownTable<Iface>,
}

/// An interface pointer that a caller passes: null, or an object whose reference he holds during the
/// call.
#[repr(transparent)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Iface(*mut Object);

impl Iface {
    /// Null.
    pub(crate) const NULL: Iface = Iface(null_mut());

    pub(crate) fn is_null(self) -> bool {
        self.0.is_null()
    }

    /// Where the object is.
    pub(crate) fn pointer(self) -> Option<NonNull<Object>> {
        NonNull::new(self.0)
    }

    /// The table that it is called by; null for null.
    pub(crate) fn table(self) -> *const UnknownTable<Iface> {
        // SAFETY: null, or an object of the caller's, which begins with its table.
        self.pointer().map_or(std::ptr::null(), |object| unsafe { (*object.as_ptr()).table })
    }

    /// The first three slots.
    fn unknown(&self) -> Option<&UnknownTable<Iface>> {
        // SAFETY: every table begins with these slots, and lives as long as its object.
        unsafe { self.table().as_ref() }
    }

    /// `IUnknown::AddRef`.
    pub(crate) fn add_ref(self) -> u32 {
        self.unknown().map_or(0, |table| (table.add_ref)(self))
    }

    /// `IUnknown::Release`.
    pub(crate) fn release(self) -> u32 {
        self.unknown().map_or(0, |table| (table.release)(self))
    }

    /// `IUnknown::QueryInterface`: what it gave is the caller's.
    pub(crate) fn query(self, iid: Guid) -> Option<Iface> {
        let table = self.unknown()?;
        let mut found: Raw = null_mut();
        let result =
            (table.query_interface)(self, In::lend(&[GUID::from(iid)]), Out::lend(&mut found));
        (result >= 0 && !found.is_null()).then(|| Iface(found.cast()))
    }
}

/// An interface: its table as callers' objects have it, and its identifier.
///
/// # Safety
/// A table begins with an [`UnknownTable`], and an object that is asked for `IID` has this table.
pub(crate) unsafe trait Interface: 'static {
    const IID: Guid;
}

macro_rules! interfaces {
    ($($table:ident = $iid:expr;)*) => {$(
        // SAFETY: the tables are laid out as the interfaces of these identifiers.
        unsafe impl Interface for $table<Iface> {
            const IID: Guid = $iid;
        }
    )*};
}

interfaces! {
    UnknownTable = Guid::mapi(0);
    MallocTable = Guid::mapi(2);
    LockBytesTable = Guid::mapi(0x0A);
    StorageTable = Guid::mapi(0x0B);
    StreamTable = Guid::mapi(0x0C);
    EnumTable = Guid::mapi(0x0D);
    TableTable = Guid::mapi(0x0002_0301);
    PropTable = Guid::mapi(0x0002_0303);
    MessageTable = Guid::mapi(0x0002_0307);
    SupportTable = Guid::mapi(0x0002_030F);
    ProgressTable = Guid::mapi(0x0002_031F);
}

/// A reference of ours to an object of the caller's.
pub(crate) struct Foreign<T: Interface> {
    object: Iface,
    table: PhantomData<T>,
}

// SAFETY: MAPI's objects are free-threaded by contract (1.10), and so must be what they are built on.
unsafe impl<T: Interface> Send for Foreign<T> {}
// SAFETY: as above.
unsafe impl<T: Interface> Sync for Foreign<T> {}

impl<T: Interface> Foreign<T> {
    /// Adds a reference to what a caller passes as this interface; `None` for null.
    pub(crate) fn keep(object: Iface) -> Option<Foreign<T>> {
        object.pointer()?;
        object.add_ref();
        Some(Foreign { object, table: PhantomData })
    }

    /// Takes over the reference that a call gave, if it did.
    pub(crate) fn given(object: Raw) -> Option<Foreign<T>> {
        (!object.is_null()).then(|| Foreign { object: Iface(object.cast()), table: PhantomData })
    }

    /// What its methods are called on.
    pub(crate) fn this(&self) -> Iface {
        self.object
    }

    /// Its methods.
    pub(crate) fn table(&self) -> &T {
        // SAFETY: the object was passed or asked for as this interface, so it has its table; it
        // lives as long as our reference.
        unsafe { &*self.object.table().cast::<T>() }
    }

    /// Another interface of the same object.
    pub(crate) fn query<U: Interface>(&self) -> Option<Foreign<U>> {
        let object = self.object.query(U::IID)?;
        Some(Foreign { object, table: PhantomData })
    }
}

impl<T: Interface> Clone for Foreign<T> {
    fn clone(&self) -> Foreign<T> {
        self.object.add_ref();
        Foreign { object: self.object, table: PhantomData }
    }
}

impl<T: Interface> Drop for Foreign<T> {
    fn drop(&mut self) {
        self.object.release();
    }
}

impl<T: Interface> std::fmt::Debug for Foreign<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Foreign").field(&self.object).finish()
    }
}

/// What a caller's object answered: a success, or an error of the same code.
pub(crate) fn answered(scode: Scode, doing: &'static str) -> Result<Scode> {
    if scode >= 0 {
        return Ok(scode);
    }
    let value = scode.cast_unsigned();
    let code = Code::from_scode(value).or_else(|| {
        Code::from_scode(openimsg::map_storage_scode(value))
            .filter(|code| *code != Code::CallFailed)
    });
    let error = Error::new(code.unwrap_or(Code::CallFailed), doing);
    Err(error.note(format!("the caller's object answered {value:#010x}")))
}

/// The same of a MAPI object: the code of a storage, which only its storages and streams may answer,
/// is MAPI's for it.
pub(crate) fn mapi_answered(scode: Scode, doing: &'static str) -> Result<Scode> {
    answered(scode, doing).map_err(|error| {
        let code = openimsg::map_storage_code(error.code());
        if code == error.code() { error } else { Error::new(code, doing).source(error) }
    })
}

/// The name in a `STATSTG`, which is ours to free.
fn take_name(stat: &STATSTG) -> Option<Vec<u16>> {
    let name = In::<u16>::block(stat.name).terminated().map(<[u16]>::to_vec);
    task::free(stat.name);
    name
}

/// A name with its end, to pass.
fn zero_ended(units: &[u16]) -> Vec<u16> {
    units.iter().copied().chain([0]).collect()
}

/// A name that an object must have said.
fn missing(doing: &'static str) -> Error {
    Error::new(Code::CallFailed, doing).note("the caller's object gave no object")
}
