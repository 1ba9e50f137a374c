//! `IRootStorage`: an interface of roots, by a pointer of its own.

use super::storage::StorageObject;
use super::stream::reverted;
use crate::abi::*;
use crate::ffi::refcount::{query_interface, unknown};
use crate::ffi::{Answer, Class, In, Out, Ref, This};
use crate::gate;
use openimsg::Guid;
use std::path::PathBuf;
use std::ptr::null_mut;

/// `IID_IRootStorage`.
pub(super) const IID_IROOTSTORAGE: Guid = Guid::mapi(0x12);

/// The second face of a root. It keeps the root, and leads back to it.
pub(crate) struct RootObject(Ref<StorageObject>);

impl RootObject {
    pub(super) fn new(storage: Ref<StorageObject>) -> RootObject {
        RootObject(storage)
    }
}

/// Its table.
static ROOT: RootTable<This<RootObject>> = RootTable {
    unknown: UnknownTable { query_interface: query_root, ..unknown::<RootObject>() },
    switch_to_file,
};

impl Class for RootObject {
    fn table(&self) -> *const UnknownTable<This<RootObject>> {
        &raw const ROOT.unknown
    }

    fn query(this: &Ref<RootObject>, iid: Guid) -> Answer {
        match this.get() {
            Some(_) if iid == IID_IROOTSTORAGE => Answer::This,
            Some(RootObject(storage)) => StorageObject::query(storage, iid).instead_of(storage),
            None => Answer::No,
        }
    }
}

/// `QueryInterface`: both faces give one pointer for `IUnknown`, the storage's.
extern "system" fn query_root(this: This<RootObject>, iid: In<GUID>, mut out: Out<Raw>) -> Scode {
    let is_unknown = iid.get().is_some_and(|iid| Guid::from(*iid) == Guid::mapi(0));
    if !is_unknown {
        return query_interface(this, iid, out);
    }
    gate::scode(|| {
        let Some(place) = out.begin(null_mut()) else { return gate::null("query interface") };
        let root = this.get().ok_or_else(|| reverted("query interface"))?;
        *place = root.0.clone().into_raw();
        Ok(0)
    })
}

extern "system" fn switch_to_file(this: This<RootObject>, name: In<u16>) -> Scode {
    gate::done(|| {
        const DOING: &str = "switch to file";
        let object = this.get().ok_or_else(|| reverted(DOING))?;
        let storage = object.0.get().ok_or_else(|| reverted(DOING))?;
        let root = storage.root.as_ref().ok_or_else(|| reverted(DOING))?;
        let Some(units) = name.terminated() else { return root.switch_to_file(None) };
        root.switch_to_file(Some(&path_of(units)))
    })
}

/// The path of a caller's name.
fn path_of(units: &[u16]) -> PathBuf {
    #[cfg(windows)]
    {
        use std::os::windows::ffi::OsStringExt;
        PathBuf::from(std::ffi::OsString::from_wide(units))
    }
    #[cfg(not(windows))]
    PathBuf::from(String::from_utf16_lossy(units))
}
