//! `IStorage`: roots of files, their members, and the storages in attachments.

use super::elements::EnumObject;
use super::family::{Family, Member, Names};
use super::root::RootObject;
use super::stream::{StreamObject, reverted, stat_stg};
use crate::abi::*;
use crate::ffi::foreign::ForeignStorage;
use crate::ffi::refcount::unknown;
use crate::ffi::{Answer, Class, Foreign, Iface, In, Out, Ref, This};
use crate::gate;
use crate::values::listed;
use openimsg::com::members;
use openimsg::mapi::IID_ISTORAGE;
use openimsg::{CompoundFile, ElementTimes, FileTime, Guid, Result, Storage};
use std::ptr::null_mut;
use std::sync::Arc;

/// A storage of a caller's. The last `Release` closes it and what was opened through it.
pub(crate) struct StorageObject {
    pub(crate) storage: Arc<dyn Storage>,
    /// The root itself, if it is one.
    pub(crate) root: Option<Arc<CompoundFile>>,
    /// Its place, if opening again gives the same object.
    pub(crate) member: Option<Member>,
    /// Makes the names in `STATSTG`; task memory otherwise.
    names: Names,
}

impl StorageObject {
    /// The root of a compound file.
    pub(crate) fn of_root(file: CompoundFile) -> StorageObject {
        let root = Arc::new(file);
        let storage = Arc::clone(&root) as Arc<dyn Storage>;
        StorageObject { storage, root: Some(root), member: None, names: Names::Task }
    }

    /// The storage in an attachment.
    pub(crate) fn of_attachment(family: &Arc<Family>, storage: Arc<dyn Storage>) -> StorageObject {
        let number = Arc::as_ptr(&storage).addr();
        let member = Member { family: Arc::clone(family), number };
        let names = family.names.clone();
        StorageObject { storage, root: None, member: Some(member), names }
    }

    /// Something opened in this one.
    fn below(&self, storage: Arc<dyn Storage>) -> StorageObject {
        StorageObject { storage, root: None, member: None, names: self.names.clone() }
    }
}

/// The table of storages.
pub(crate) static STORAGE: StorageTable<This<StorageObject>> = StorageTable {
    unknown: unknown::<StorageObject>(),
    create_stream,
    open_stream,
    create_storage,
    open_storage,
    copy_to,
    move_element_to,
    commit,
    revert,
    enum_elements,
    destroy_element,
    rename_element,
    set_element_times,
    set_class,
    set_state_bits,
    stat,
};

impl Class for StorageObject {
    fn table(&self) -> *const UnknownTable<This<StorageObject>> {
        &raw const STORAGE.unknown
    }

    fn query(this: &Ref<StorageObject>, iid: Guid) -> Answer {
        match iid {
            IID_ISTORAGE => Answer::This,
            super::root::IID_IROOTSTORAGE => match this.get() {
                Some(StorageObject { root: Some(_), .. }) => {
                    Answer::Other(Ref::new(RootObject::new(this.clone())).into_raw())
                }
                _ => Answer::No,
            },
            _ => Answer::No,
        }
    }

    fn retire(&self, address: usize) {
        if let Some(member) = &self.member {
            member.leave::<StorageObject>(address);
        }
    }

    fn ended(self) {
        self.storage.release();
    }
}

/// The object that a method is called on.
fn object(this: &This<StorageObject>) -> Result<&StorageObject> {
    this.get().ok_or_else(|| reverted("use storage"))
}

fn run(this: &This<StorageObject>, work: impl FnOnce(&Arc<dyn Storage>) -> Result<()>) -> Scode {
    gate::done(|| work(&object(this)?.storage))
}

/// A caller's storage, and our object if it is one: as long as that is there, it is not closed.
pub(crate) type Given = (Arc<dyn Storage>, Option<Ref<StorageObject>>);

/// A caller's storage: one of ours as it is, or another's wrapped; `None` for null.
pub(crate) fn given(storage: Iface) -> Option<Given> {
    if let Some(own) = Ref::of(storage, &raw const STORAGE.unknown) {
        let inner = Arc::clone(&own.get()?.storage);
        return Some((inner, Some(own)));
    }
    Some((ForeignStorage::new(Foreign::keep(storage)?), None))
}

/// Calls something that makes a stream, and gives it out.
fn stream(
    this: &This<StorageObject>,
    mut out: Out<Raw>,
    open: impl FnOnce(&dyn Storage, Option<&mut Option<openimsg::StreamCursor>>) -> Result<()>,
) -> Scode {
    gate::done(|| {
        let place = out.begin(null_mut());
        let object = object(this)?;
        let mut made = None;
        open(&*object.storage, place.is_some().then_some(&mut made))?;
        if let (Some(place), Some(made)) = (place, made) {
            let stream = StreamObject::new(Arc::new(made), object.names.clone());
            *place = Ref::new(stream).into_raw();
        }
        Ok(())
    })
}

/// Calls something that makes a storage, and gives it out.
fn storage(
    this: &This<StorageObject>,
    mut out: Out<Raw>,
    open: impl FnOnce(&dyn Storage, Option<&mut Option<Arc<dyn Storage>>>) -> Result<()>,
) -> Scode {
    gate::done(|| {
        let place = out.begin(null_mut());
        let object = object(this)?;
        let mut made = None;
        open(&*object.storage, place.is_some().then_some(&mut made))?;
        if let (Some(place), Some(made)) = (place, made) {
            *place = Ref::new(object.below(made)).into_raw();
        }
        Ok(())
    })
}

extern "system" fn create_stream(
    this: This<StorageObject>,
    name: In<u16>,
    mode: u32,
    reserved1: u32,
    reserved2: u32,
    out: Out<Raw>,
) -> Scode {
    stream(&this, out, |storage, slot| {
        members::create_stream(storage, name.terminated(), mode, reserved1, reserved2, slot)
    })
}

extern "system" fn open_stream(
    this: This<StorageObject>,
    name: In<u16>,
    reserved1: Raw,
    mode: u32,
    reserved2: u32,
    out: Out<Raw>,
) -> Scode {
    stream(&this, out, |storage, slot| {
        let reserved1 = !reserved1.is_null();
        members::open_stream(storage, name.terminated(), reserved1, mode, reserved2, slot)
    })
}

extern "system" fn create_storage(
    this: This<StorageObject>,
    name: In<u16>,
    mode: u32,
    reserved1: u32,
    reserved2: u32,
    out: Out<Raw>,
) -> Scode {
    storage(&this, out, |storage, slot| {
        members::create_storage(storage, name.terminated(), mode, reserved1, reserved2, slot)
    })
}

extern "system" fn open_storage(
    this: This<StorageObject>,
    name: In<u16>,
    priority: Iface,
    mode: u32,
    exclude: In<In<u16>>,
    reserved: u32,
    out: Out<Raw>,
) -> Scode {
    storage(&this, out, |storage, slot| {
        let (priority, snb) = (!priority.is_null(), !exclude.is_null());
        members::open_storage(storage, name.terminated(), priority, mode, snb, reserved, slot)
    })
}

extern "system" fn copy_to(
    this: This<StorageObject>,
    count: u32,
    interfaces: In<GUID>,
    exclude: In<In<u16>>,
    target: Iface,
) -> Scode {
    run(&this, |storage| {
        let interfaces = interfaces.slice(count).unwrap_or_default();
        let interfaces: Vec<Guid> = interfaces.iter().map(|iid| Guid::from(*iid)).collect();
        let names = listed(exclude);
        let names: Option<Vec<&[u16]>> =
            names.as_ref().map(|names| names.iter().map(Vec::as_slice).collect());
        let target = given(target);
        let target = target.as_ref().map(|(storage, _)| storage);
        members::copy_to(storage, &interfaces, names.as_deref(), target)
    })
}

extern "system" fn move_element_to(
    this: This<StorageObject>,
    name: In<u16>,
    target: Iface,
    new_name: In<u16>,
    flags: u32,
) -> Scode {
    run(&this, |storage| {
        let target = given(target);
        let target = target.as_ref().map(|(storage, _)| storage);
        let (name, new_name) = (name.terminated(), new_name.terminated());
        members::move_element_to(storage, name, target, new_name, flags)
    })
}

extern "system" fn commit(this: This<StorageObject>, flags: u32) -> Scode {
    run(&this, |storage| members::commit(&**storage, flags))
}

extern "system" fn revert(this: This<StorageObject>) -> Scode {
    run(&this, |storage| storage.revert())
}

extern "system" fn enum_elements(
    this: This<StorageObject>,
    _reserved1: u32,
    _reserved2: Raw,
    _reserved3: u32,
    mut out: Out<Raw>,
) -> Scode {
    gate::done(|| {
        let place = out.begin(null_mut());
        let object = object(&this)?;
        let mut made = None;
        members::enum_elements(&object.storage, place.is_some().then_some(&mut made))?;
        if let (Some(place), Some(made)) = (place, made) {
            *place = Ref::new(EnumObject::new(made, object.names.clone())).into_raw();
        }
        Ok(())
    })
}

extern "system" fn destroy_element(this: This<StorageObject>, name: In<u16>) -> Scode {
    run(&this, |storage| members::destroy_element(&**storage, name.terminated()))
}

extern "system" fn rename_element(this: This<StorageObject>, old: In<u16>, new: In<u16>) -> Scode {
    run(&this, |storage| members::rename_element(&**storage, old.terminated(), new.terminated()))
}

extern "system" fn set_element_times(
    this: This<StorageObject>,
    name: In<u16>,
    created: In<FILETIME>,
    _accessed: In<FILETIME>,
    modified: In<FILETIME>,
) -> Scode {
    run(&this, |storage| {
        let time = |time: In<FILETIME>| time.get().map(|time| FileTime::from(*time));
        let times = ElementTimes { created: time(created), modified: time(modified) };
        members::set_element_times(&**storage, name.terminated(), times)
    })
}

extern "system" fn set_class(this: This<StorageObject>, class: In<GUID>) -> Scode {
    run(&this, |storage| {
        members::set_class(&**storage, class.get().map(|class| Guid::from(*class)))
    })
}

extern "system" fn set_state_bits(this: This<StorageObject>, bits: u32, mask: u32) -> Scode {
    run(&this, |storage| storage.set_state_bits(bits, mask))
}

extern "system" fn stat(this: This<StorageObject>, mut out: Out<STATSTG>, flag: u32) -> Scode {
    gate::done(|| {
        let place = out.begin(STATSTG::EMPTY);
        let object = object(&this)?;
        let mut found = None;
        members::stat(&*object.storage, place.is_some().then_some(&mut found), flag)?;
        if let (Some(place), Some(found)) = (place, found) {
            let path = object.storage.path().map(|path| units_of(&path));
            *place = stat_stg(&found, path.as_deref(), flag, &object.names)?;
        }
        Ok(())
    })
}

/// A path as callers have them.
pub(crate) fn units_of(path: &std::path::Path) -> Vec<u16> {
    #[cfg(windows)]
    {
        use std::os::windows::ffi::OsStrExt;
        path.as_os_str().encode_wide().collect()
    }
    #[cfg(not(windows))]
    path.to_string_lossy().encode_utf16().collect()
}
