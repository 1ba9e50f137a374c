//! `StgCreateDocfile` and relatives. Spec: structured-storage 2.3.

use super::export;
use crate::abi::*;
use crate::ffi::{Iface, In, Out, Ref};
use crate::gate;
use crate::objects::family::Names;
use crate::objects::lock_bytes::{self, LockBytesObject};
use crate::objects::storage::{self, StorageObject, units_of};
use crate::objects::stream::StreamObject;
use crate::values::listed;
use openimsg::com::roots::{self, Opening, RootFormat, RootSuccess};
use openimsg::{
    Code, CompoundFile, ElementName, Error, FileTime, Guid, MemoryLockBytes, MemoryStream, Result,
};
use std::ptr::null_mut;
use std::sync::Arc;

/// Calls something that makes a root, and gives it out.
fn root(
    mut out: Out<Raw>,
    make: impl FnOnce(Option<&mut Option<CompoundFile>>) -> Result<RootSuccess>,
) -> Scode {
    gate::scode(|| {
        let place = out.begin(null_mut());
        let mut made = None;
        let success = make(place.is_some().then_some(&mut made))?;
        if let (Some(place), Some(made)) = (place, made) {
            *place = Ref::new(StorageObject::of_root(made)).into_raw();
        }
        Ok(success.scode())
    })
}

/// A root that is opened again: it is released in every case, and its path is the name.
fn again(priority: Iface, name: Option<&[u16]>) -> Option<Vec<u16>> {
    let path = storage::given(priority).and_then(|(storage, _)| {
        let path = storage.path();
        storage.end();
        path
    });
    path.map(|path| units_of(&path)).or_else(|| name.map(<[u16]>::to_vec))
}

/// The names in an SNB.
fn names(exclude: In<In<u16>>) -> Result<Option<Vec<ElementName>>> {
    let Some(names) = listed(exclude) else { return Ok(None) };
    names
        .iter()
        .map(|name| openimsg::com::to_find(name, "open compound file"))
        .collect::<Result<_>>()
        .map(Some)
}

/// `STGFMT`.
fn format(number: u32, doing: &'static str) -> Result<RootFormat> {
    Ok(match number {
        0 => RootFormat::Storage,
        3 => RootFormat::File,
        4 => RootFormat::Any,
        5 => RootFormat::DocFile,
        _ => return Err(Error::new(Code::StgInvalidParameter, doing).note("an unknown format")),
    })
}

/// Refuses an interface that roots do not have.
fn check_interface(iid: In<GUID>, doing: &'static str) -> Result<()> {
    match iid.get().map(|iid| Guid::from(*iid)) {
        None => Err(Error::new(Code::StgInvalidParameter, doing).note("the interface is null")),
        Some(iid) if [Guid::mapi(0), Guid::mapi(0x0B)].contains(&iid) => Ok(()),
        Some(_) => gate::refuse(Code::InterfaceNotSupported, doing),
    }
}

/// The sector size in `STGOPTIONS`, if they say one.
fn sector_size(options: In<StgOptions>) -> Option<u32> {
    options.get().map(|options| options.sector_size).filter(|size| *size != 0)
}

export! {
    /// Creates a compound file.
    fn StgCreateDocfile(name: In<u16>, mode: u32, reserved: u32, out: Out<Raw>) -> Scode {
        root(out, |slot| roots::stg_create_docfile(name.terminated(), mode, reserved, slot))
    }

    /// Creates a compound file on a byte array.
    fn StgCreateDocfileOnILockBytes(
        bytes: Iface,
        mode: u32,
        reserved: u32,
        out: Out<Raw>,
    ) -> Scode {
        root(out, |slot| {
            let bytes = lock_bytes::given(bytes);
            roots::stg_create_docfile_on_ilock_bytes(bytes, mode, reserved, slot)
        })
    }

    /// Creates a compound file, with a choice of sector sizes.
    fn StgCreateStorageEx(
        name: In<u16>,
        mode: u32,
        kind: u32,
        attributes: u32,
        options: In<StgOptions>,
        _security: Raw,
        iid: In<GUID>,
        out: Out<Raw>,
    ) -> Scode {
        const DOING: &str = "create compound file";
        root(out, |slot| {
            check_interface(iid, DOING)?;
            let (kind, size) = (format(kind, DOING)?, sector_size(options));
            roots::stg_create_storage_ex(name.terminated(), mode, kind, size, attributes, slot)
        })
    }

    /// Opens a compound file.
    fn StgOpenStorage(
        name: In<u16>,
        priority: Iface,
        mode: u32,
        exclude: In<In<u16>>,
        reserved: u32,
        out: Out<Raw>,
    ) -> Scode {
        root(out, |slot| {
            let name = again(priority, name.terminated());
            let exclude = names(exclude)?;
            let opening = Opening { priority: None, exclude: exclude.as_deref(), reserved };
            roots::stg_open_storage(name.as_deref(), opening, mode, slot)
        })
    }

    /// Opens a compound file on a byte array.
    fn StgOpenStorageOnILockBytes(
        bytes: Iface,
        priority: Iface,
        mode: u32,
        exclude: In<In<u16>>,
        reserved: u32,
        out: Out<Raw>,
    ) -> Scode {
        root(out, |slot| {
            // Only released: the bytes say where the file is.
            again(priority, None);
            let exclude = names(exclude)?;
            let opening = Opening { priority: None, exclude: exclude.as_deref(), reserved };
            roots::stg_open_storage_on_ilock_bytes(lock_bytes::given(bytes), opening, mode, slot)
        })
    }

    /// Opens a compound file.
    fn StgOpenStorageEx(
        name: In<u16>,
        mode: u32,
        kind: u32,
        attributes: u32,
        _options: In<StgOptions>,
        _reserved: Raw,
        iid: In<GUID>,
        out: Out<Raw>,
    ) -> Scode {
        const DOING: &str = "open compound file";
        root(out, |slot| {
            check_interface(iid, DOING)?;
            if format(kind, DOING)? == RootFormat::File {
                let error = Error::new(Code::StgInvalidParameter, DOING);
                return Err(error.note("not a format of storages"));
            }
            let opening = Opening { reserved: attributes, ..Opening::default() };
            roots::stg_open_storage(name.terminated(), opening, mode, slot)
        })
    }

    /// Whether a file is a compound file: `S_OK` or `S_FALSE`.
    fn StgIsStorageFile(name: In<u16>) -> Scode {
        gate::scode(|| roots::stg_is_storage_file(name.terminated()).map(|is| u32::from(!is)))
    }

    /// Whether a byte array holds a compound file: `S_OK` or `S_FALSE`.
    fn StgIsStorageILockBytes(bytes: Iface) -> Scode {
        gate::scode(|| {
            let bytes = lock_bytes::given(bytes);
            roots::stg_is_storage_ilock_bytes(bytes.as_deref()).map(|is| u32::from(!is))
        })
    }

    /// Sets the times of a file's root.
    fn StgSetTimes(
        name: In<u16>,
        created: In<FILETIME>,
        accessed: In<FILETIME>,
        modified: In<FILETIME>,
    ) -> Scode {
        gate::done(|| {
            let time = |time: In<FILETIME>| time.get().map(|time| FileTime::from(*time));
            roots::stg_set_times(name.terminated(), time(created), time(accessed), time(modified))
        })
    }

    /// Bytes in memory. There are no global handles here: `memory` is null.
    fn CreateILockBytesOnHGlobal(memory: Raw, _delete: i32, mut out: Out<Raw>) -> Scode {
        const DOING: &str = "create lock bytes";
        gate::done(|| {
            let Some(place) = out.begin(null_mut()) else { return gate::null(DOING) };
            if !memory.is_null() {
                return gate::refuse(Code::StgUnimplementedFunction, DOING);
            }
            let bytes = LockBytesObject::new(Arc::new(MemoryLockBytes::default()));
            *place = Ref::new(bytes).into_raw();
            Ok(())
        })
    }

    /// A stream in memory. There are no global handles here: `memory` is null.
    fn CreateStreamOnHGlobal(memory: Raw, _delete: i32, mut out: Out<Raw>) -> Scode {
        const DOING: &str = "create stream";
        gate::done(|| {
            let Some(place) = out.begin(null_mut()) else { return gate::null(DOING) };
            if !memory.is_null() {
                return gate::refuse(Code::StgUnimplementedFunction, DOING);
            }
            let stream = StreamObject::new(Arc::new(MemoryStream::new()), Names::Task);
            *place = Ref::new(stream).into_raw();
            Ok(())
        })
    }
}
