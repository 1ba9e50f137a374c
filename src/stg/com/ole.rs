//! The functions of OLE on storages and streams.

use super::{Out, given, output};
use crate::error::{Code, Error, Result};
use crate::stg::ole::{self, ClipFormat, UserType};
use crate::stg::{Mode, SeekStream, Storage, StreamCursor};
use crate::wire::{Guid, Text};
use std::sync::Arc;

/// `E_INVALIDARG`.
const INVALID: Code = Code::InvalidParameter;

/// `WriteClassStg`.
///
/// # Errors
/// Null storage [`Code::InvalidParameter`] (`E_INVALIDARG`), null class [`Code::StgInvalidPointer`],
/// else as [`ole::write_class_stg`].
pub fn write_class_stg(storage: Option<&Arc<dyn Storage>>, class: Option<Guid>) -> Result<()> {
    const DOING: &str = "write class of storage";
    let storage = given(storage, INVALID, DOING)?;
    ole::write_class_stg(&**storage, given(class, Code::StgInvalidPointer, DOING)?)
}

/// `ReadClassStg`.
///
/// # Errors
/// Nulls [`Code::InvalidParameter`] (`E_INVALIDARG`), else as [`ole::read_class_stg`].
pub fn read_class_stg(storage: Option<&Arc<dyn Storage>>, class: Option<&mut Guid>) -> Result<()> {
    const DOING: &str = "read class of storage";
    let (storage, class) = (given(storage, INVALID, DOING)?, given(class, INVALID, DOING)?);
    *class = Guid::NULL;
    *class = ole::read_class_stg(&**storage)?;
    Ok(())
}

/// `WriteClassStm`.
///
/// # Errors
/// Nulls [`Code::InvalidParameter`] (`E_INVALIDARG`), else as [`ole::write_class_stm`].
pub fn write_class_stm(stream: Option<&dyn SeekStream>, class: Option<Guid>) -> Result<()> {
    const DOING: &str = "write class to stream";
    let stream = given(stream, INVALID, DOING)?;
    ole::write_class_stm(stream, given(class, INVALID, DOING)?)
}

/// `ReadClassStm`. Nulls leave the output as it is; a stream that is too short nulls it.
///
/// # Errors
/// Nulls [`Code::InvalidParameter`] (`E_INVALIDARG`), else as [`ole::read_class_stm`].
pub fn read_class_stm(stream: Option<&dyn SeekStream>, class: Option<&mut Guid>) -> Result<()> {
    const DOING: &str = "read class from stream";
    let (stream, class) = (given(stream, INVALID, DOING)?, given(class, INVALID, DOING)?);
    *class = Guid::NULL;
    *class = ole::read_class_stm(stream)?;
    Ok(())
}

/// `WriteFmtUserTypeStg`. A registered format is written by its number, since only the system it is
/// registered with knows its name; 0 is none. A null type is empty.
///
/// # Errors
/// Null storage [`Code::InvalidParameter`] (`E_INVALIDARG`), else as
/// [`ole::write_fmt_user_type_stg`].
pub fn write_fmt_user_type_stg(
    storage: Option<&Arc<dyn Storage>>,
    format: u16,
    user_type: Option<&[u16]>,
) -> Result<()> {
    let storage = given(storage, INVALID, "write user type")?;
    let format = match format {
        0 => ClipFormat::None,
        number => ClipFormat::Windows(u32::from(number)),
    };
    let name = Text::from_units(user_type.unwrap_or_default());
    ole::write_fmt_user_type_stg(storage, &UserType { name, format })
}

/// `ReadFmtUserTypeStg`; both outputs may be null. A format by name is given as 0: the caller would
/// have to register it.
///
/// # Errors
/// Null storage [`Code::InvalidParameter`] (`E_INVALIDARG`), else as
/// [`ole::read_fmt_user_type_stg`].
pub fn read_fmt_user_type_stg(
    storage: Option<&Arc<dyn Storage>>,
    format: Option<&mut u16>,
    user_type: Out<'_, Text>,
) -> Result<()> {
    let read = given(storage, INVALID, "read user type").and_then(ole::read_fmt_user_type_stg);
    let (number, name, result) = match read {
        Ok(UserType { name, format: ClipFormat::Windows(number) }) => (number, Some(name), Ok(())),
        Ok(UserType { name, .. }) => (0, Some(name), Ok(())),
        Err(error) => (0, None, Err(error)),
    };
    if let Some(format) = format {
        *format = u16::try_from(number).unwrap_or(0);
    }
    if let Some(user_type) = user_type {
        *user_type = name;
    }
    result
}

/// `GetConvertStg`: true is `S_OK`, false `S_FALSE`.
///
/// # Errors
/// Null storage [`Code::InvalidParameter`] (`E_INVALIDARG`), else as [`ole::get_convert_stg`].
pub fn get_convert_stg(storage: Option<&Arc<dyn Storage>>) -> Result<bool> {
    ole::get_convert_stg(given(storage, INVALID, "read conversion flag")?)
}

/// `SetConvertStg`.
///
/// # Errors
/// Null storage [`Code::InvalidParameter`] (`E_INVALIDARG`), else as [`ole::set_convert_stg`].
pub fn set_convert_stg(storage: Option<&Arc<dyn Storage>>, convert: bool) -> Result<()> {
    ole::set_convert_stg(given(storage, INVALID, "set conversion flag")?, convert)
}

/// `IPropertySetStorage::Create`; a null class is the null class.
///
/// # Errors
/// Null identifier or output [`Code::InvalidParameter`] (`E_INVALIDARG`), flags other than
/// `PROPSETFLAG_ANSI` and `UNBUFFERED` [`Code::StgUnimplementedFunction`] or, unknown,
/// [`Code::StgInvalidFlag`]; else as [`ole::create_property_set`].
pub fn create_property_set(
    storage: &Arc<dyn Storage>,
    format: Option<Guid>,
    class: Option<Guid>,
    flags: u32,
    mode: u32,
    set: Out<'_, StreamCursor>,
) -> Result<()> {
    const DOING: &str = "create property set";
    let slot = output(set, INVALID, DOING)?;
    let format = given(format, INVALID, DOING)?;
    match flags {
        0 | ole::ANSI | 4 | 6 => {}
        0..=0xF => {
            let note = "property sets that are storages or distinguish letter case";
            return Err(Error::new(Code::StgUnimplementedFunction, DOING).note(note));
        }
        _ => return Err(Error::new(Code::StgInvalidFlag, DOING).note("a flag that is not known")),
    }
    let (class, mode) = (class.unwrap_or(Guid::NULL), Mode::from_bits(mode));
    let stream = ole::create_with(storage, format, class, flags & ole::ANSI != 0, mode)?;
    *slot = Some(StreamCursor::new(stream));
    Ok(())
}

/// `IPropertySetStorage::Open`.
///
/// # Errors
/// Null identifier or output [`Code::InvalidParameter`] (`E_INVALIDARG`), else as
/// [`ole::open_property_set`].
pub fn open_property_set(
    storage: &Arc<dyn Storage>,
    format: Option<Guid>,
    mode: u32,
    set: Out<'_, StreamCursor>,
) -> Result<()> {
    const DOING: &str = "open property set";
    let slot = output(set, INVALID, DOING)?;
    let format = given(format, INVALID, DOING)?;
    let stream = ole::open_property_set(storage, format, Mode::from_bits(mode))?;
    *slot = Some(StreamCursor::new(stream));
    Ok(())
}

/// `IPropertySetStorage::Delete`.
///
/// # Errors
/// Null identifier [`Code::InvalidParameter`] (`E_INVALIDARG`), else as
/// [`ole::delete_property_set`].
pub fn delete_property_set(storage: &Arc<dyn Storage>, format: Option<Guid>) -> Result<()> {
    ole::delete_property_set(storage, given(format, INVALID, "delete property set")?)
}
