//! `IStorage`: members, and the storage itself.

use super::{Out, given, output, put_stat, reserved, to_find};
use crate::error::{Code, Error, Result};
use crate::stg::cfb::check_member_mode;
use crate::stg::{
    CommitFlags, ElementName, ElementTimes, Elements, Exclude, Mode, StatStg, Storage,
    StreamCursor, Transfer, copy_storage,
};
use crate::wire::Guid;
use std::sync::Arc;

const IID_ISTORAGE: Guid = Guid::mapi(0x0B);
const IID_ISTREAM: Guid = Guid::mapi(0x0C);

/// Whether the storage is gone. Other failures of `Stat` are not this question's.
fn alive(storage: &dyn Storage) -> Result<()> {
    match storage.stat() {
        Err(e) if e.code() == Code::StgReverted => Err(e),
        _ => Ok(()),
    }
}

/// A name that no element can have is found out last: first `refusal`, if the storage is direct, was
/// opened for reading and this `changes` it.
fn usable(
    storage: &dyn Storage,
    name: Result<ElementName>,
    changes: bool,
    refusal: Code,
    doing: &'static str,
) -> Result<ElementName> {
    let error = match name {
        Ok(name) => return Ok(name),
        Err(error) => error,
    };
    let mode = storage.stat()?.mode;
    if changes && !mode.is_transacted() && !mode.can_write() {
        return Err(Error::new(refusal, doing).note("the storage was opened for reading"));
    }
    Err(error)
}

/// `IStorage::CreateStream`.
///
/// # Errors
/// In this order: null output [`Code::StgInvalidPointer`], null name [`Code::StgInvalidName`],
/// reserved argument [`Code::StgInvalidParameter`], mode [`Code::StgInvalidFlag`],
/// [`Code::StgReverted`], then as [`Storage::create_stream`], last a name that is not valid.
pub fn create_stream(
    storage: &dyn Storage,
    name: Option<&[u16]>,
    mode: u32,
    reserved1: u32,
    reserved2: u32,
    stream: Out<'_, StreamCursor>,
) -> Result<()> {
    const DOING: &str = "create stream";
    let slot = output(stream, Code::StgInvalidPointer, DOING)?;
    let name = given(name, Code::StgInvalidName, DOING)?;
    reserved(reserved1 == 0 && reserved2 == 0, DOING)?;
    let mode = Mode::from_bits(mode);
    if let Err(error) = check_member_mode(mode, true, true, DOING) {
        if error.code() != Code::StgInvalidFlag {
            alive(storage)?;
        }
        return Err(error);
    }
    let name = ElementName::from_units(name);
    let name = usable(storage, name, true, Code::StgAccessDenied, DOING)?;
    *slot = Some(StreamCursor::new(storage.create_stream(&name, mode)?));
    Ok(())
}

/// `IStorage::OpenStream`; `reserved1` says whether that pointer is given.
///
/// # Errors
/// In this order: null name or output [`Code::InvalidParameter`] (`E_INVALIDARG`), reserved argument
/// [`Code::StgInvalidParameter`], then as [`Storage::open_stream`], last a name that is too long.
pub fn open_stream(
    storage: &dyn Storage,
    name: Option<&[u16]>,
    reserved1: bool,
    mode: u32,
    reserved2: u32,
    stream: Out<'_, StreamCursor>,
) -> Result<()> {
    const DOING: &str = "open stream";
    let slot = output(stream, Code::InvalidParameter, DOING)?;
    let name = given(name, Code::InvalidParameter, DOING)?;
    reserved(!reserved1 && reserved2 == 0, DOING)?;
    let mode = Mode::from_bits(mode);
    check_member_mode(mode, true, false, DOING)?;
    let name = to_find(name, DOING);
    let name = usable(storage, name, mode.can_write(), Code::StgInvalidFlag, DOING)?;
    *slot = Some(StreamCursor::new(storage.open_stream(&name, mode)?));
    Ok(())
}

/// `IStorage::CreateStorage`.
///
/// # Errors
/// In this order: null output [`Code::StgInvalidPointer`], null name [`Code::StgInvalidName`],
/// reserved argument [`Code::StgInvalidParameter`], then as [`Storage::create_storage`], last a name
/// that is not valid.
pub fn create_storage(
    storage: &dyn Storage,
    name: Option<&[u16]>,
    mode: u32,
    reserved1: u32,
    reserved2: u32,
    created: Out<'_, Arc<dyn Storage>>,
) -> Result<()> {
    const DOING: &str = "create storage";
    let slot = output(created, Code::StgInvalidPointer, DOING)?;
    let name = given(name, Code::StgInvalidName, DOING)?;
    reserved(reserved1 == 0 && reserved2 == 0, DOING)?;
    let mode = Mode::from_bits(mode);
    check_member_mode(mode, false, true, DOING)?;
    let name = ElementName::from_units(name);
    let name = usable(storage, name, true, Code::StgAccessDenied, DOING)?;
    *slot = Some(storage.create_storage(&name, mode)?);
    Ok(())
}

/// `IStorage::OpenStorage`; `priority` and `snb` say whether those pointers are given. A priority
/// storage is for roots and is ignored.
///
/// # Errors
/// In this order: null name or output [`Code::InvalidParameter`] (`E_INVALIDARG`), an SNB or a
/// reserved argument [`Code::StgInvalidParameter`], then as [`Storage::open_storage`], last a name
/// that is too long.
pub fn open_storage(
    storage: &dyn Storage,
    name: Option<&[u16]>,
    priority: bool,
    mode: u32,
    snb: bool,
    reserved1: u32,
    opened: Out<'_, Arc<dyn Storage>>,
) -> Result<()> {
    const DOING: &str = "open storage";
    let slot = output(opened, Code::InvalidParameter, DOING)?;
    let name = given(name, Code::InvalidParameter, DOING)?;
    let _ = priority;
    reserved(!snb && reserved1 == 0, DOING)?;
    let mode = Mode::from_bits(mode);
    check_member_mode(mode, false, false, DOING)?;
    let name = to_find(name, DOING);
    let name = usable(storage, name, mode.can_write(), Code::StgAccessDenied, DOING)?;
    *slot = Some(storage.open_storage(&name, mode)?);
    Ok(())
}

/// `IStorage::CopyTo`: `interfaces` may hold the identifiers of `IStorage` and `IStream`, others
/// exclude nothing.
///
/// # Errors
/// Null target [`Code::StgInvalidPointer`], else as [`copy_storage`].
pub fn copy_to(
    storage: &Arc<dyn Storage>,
    interfaces: &[Guid],
    snb: Option<&[&[u16]]>,
    target: Option<&Arc<dyn Storage>>,
) -> Result<()> {
    const DOING: &str = "copy storage";
    let target = given(target, Code::StgInvalidPointer, DOING)?;
    let names = snb.unwrap_or_default().iter();
    let exclude = Exclude {
        storages: interfaces.contains(&IID_ISTORAGE),
        streams: interfaces.contains(&IID_ISTREAM),
        names: names.filter_map(|name| to_find(name, DOING).ok()).collect(),
    };
    copy_storage(storage, target, &exclude)
}

/// `IStorage::MoveElementTo`; without a new name it keeps its own.
///
/// # Errors
/// Null name or target [`Code::StgInvalidPointer`], flags [`Code::StgInvalidFlag`], else as
/// [`move_element_to`](crate::move_element_to), last a new name that is not valid.
pub fn move_element_to(
    storage: &Arc<dyn Storage>,
    name: Option<&[u16]>,
    target: Option<&Arc<dyn Storage>>,
    new_name: Option<&[u16]>,
    flags: u32,
) -> Result<()> {
    const DOING: &str = "move element";
    let name = given(name, Code::StgInvalidPointer, DOING)?;
    let target = given(target, Code::StgInvalidPointer, DOING)?;
    let how = Transfer::from_bits(flags)?;
    let old = usable(&**storage, to_find(name, DOING), true, Code::StgAccessDenied, DOING)?;
    let new = ElementName::from_units(new_name.unwrap_or(name));
    let new = usable(&**target, new, true, Code::StgAccessDenied, DOING)?;
    crate::stg::move_element_to(storage, &old, target, &new, how)
}

/// `IStorage::Commit`.
///
/// # Errors
/// Unknown flags [`Code::StgInvalidFlag`], else as [`Storage::commit`].
pub fn commit(storage: &dyn Storage, flags: u32) -> Result<()> {
    alive(storage)?;
    let flags = CommitFlags::from_bits(flags).ok_or_else(|| {
        Error::new(Code::StgInvalidFlag, "commit storage").note("a commit flag that is not known")
    })?;
    storage.commit(flags)
}

/// `IStorage::EnumElements`; its reserved arguments are ignored.
///
/// # Errors
/// Null output [`Code::InvalidParameter`] (`E_INVALIDARG`), else as [`Elements::new`].
pub fn enum_elements(storage: &Arc<dyn Storage>, elements: Out<'_, Elements>) -> Result<()> {
    let slot = output(elements, Code::InvalidParameter, "enumerate elements")?;
    *slot = Some(Elements::new(storage)?);
    Ok(())
}

/// `IStorage::DestroyElement`.
///
/// # Errors
/// Null name [`Code::StgInvalidPointer`], else as [`Storage::destroy_element`], last a name that is
/// too long.
pub fn destroy_element(storage: &dyn Storage, name: Option<&[u16]>) -> Result<()> {
    const DOING: &str = "destroy element";
    let name = given(name, Code::StgInvalidPointer, DOING)?;
    let name = usable(storage, to_find(name, DOING), true, Code::StgAccessDenied, DOING)?;
    storage.destroy_element(&name)
}

/// `IStorage::RenameElement`.
///
/// # Errors
/// A null name [`Code::StgInvalidPointer`], else as [`Storage::rename_element`]; a new name that is
/// not valid [`Code::StgInvalidName`].
pub fn rename_element(
    storage: &dyn Storage,
    old: Option<&[u16]>,
    new: Option<&[u16]>,
) -> Result<()> {
    const DOING: &str = "rename element";
    let old = given(old, Code::StgInvalidPointer, DOING)?;
    let new = given(new, Code::StgInvalidPointer, DOING)?;
    let old = usable(storage, to_find(old, DOING), true, Code::StgAccessDenied, DOING)?;
    let new = usable(storage, ElementName::from_units(new), true, Code::StgAccessDenied, DOING)?;
    storage.rename_element(&old, &new)
}

/// `IStorage::SetElementTimes`: a null name is this storage. The time of access is not stored.
///
/// # Errors
/// As [`Storage::set_element_times`], last a name that is too long.
pub fn set_element_times(
    storage: &dyn Storage,
    name: Option<&[u16]>,
    times: ElementTimes,
) -> Result<()> {
    const DOING: &str = "set element times";
    let find = |name| usable(storage, to_find(name, DOING), true, Code::StgAccessDenied, DOING);
    let name = name.map(find).transpose()?;
    storage.set_element_times(name.as_ref(), times)
}

/// `IStorage::SetClass`.
///
/// # Errors
/// Null class [`Code::StgInvalidPointer`], else as [`Storage::set_class`].
pub fn set_class(storage: &dyn Storage, class: Option<Guid>) -> Result<()> {
    storage.set_class(given(class, Code::StgInvalidPointer, "set class")?)
}

/// `IStorage::Stat`. The name of a root in a file is its path, which the caller knows.
///
/// # Errors
/// Null output [`Code::StgInvalidPointer`], flags [`Code::StgInvalidFlag`], else as
/// [`Storage::stat`].
pub fn stat(storage: &dyn Storage, stat: Out<'_, StatStg>, flag: u32) -> Result<()> {
    put_stat(|| storage.stat(), stat, flag, "stat storage")
}
