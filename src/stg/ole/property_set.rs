//! Property sets: which there are, and their streams.
//!
//! A property set is a stream of its storage, named after the set's format id. What is in it is the
//! caller's business; a new one holds the code page of its strings and no other property.
//!
//! ```text
//!   0  u16 FFFE   2  u16 version 0   4  u32 system   8  16 class   24  u32 number of sets, 1
//!  28  16 format id   44  u32 offset of the set, 48
//!  48  u32 size, 24   52  u32 number of properties, 1   56  u32 id 1   60  u32 offset, 16
//!  64  u32 type 2 (16-bit integer)   68  u16 code page   70  u16 0
//! ```
//! Spec: S-096, S-097 (MS-OLEPS 2.21, 2.24).

use crate::error::{Code, Error, Result};
use crate::stg::{ElementName, MEMBER_READ, MEMBER_RW, Mode, Storage, Stream};
use crate::wire::Guid;
use std::sync::Arc;

const SUMMARY: Guid = Guid::from_fields(
    0xF29F_85E0,
    0x4FF9,
    0x1068,
    [0xAB, 0x91, 0x08, 0x00, 0x2B, 0x27, 0xB3, 0xD9],
);
const DOCUMENT_SUMMARY: Guid = document(0xD5CD_D502);
const USER_DEFINED: Guid = document(0xD5CD_D505);

const fn document(data1: u32) -> Guid {
    Guid::from_fields(data1, 0x2E9C, 0x101B, [0x93, 0x97, 0x08, 0x00, 0x2B, 0x2C, 0xF9, 0xAE])
}

/// Windows 6.0, as writers of today say.
const SYSTEM: u32 = 0x0002_0006;
const UTF16: u16 = 1200;
const WINDOWS_1252: u16 = 1252;
/// `PROPSETFLAG_ANSI`.
pub(crate) const ANSI: u32 = 2;

/// The name of the stream that a property set lies in: `FmtIdToPropStgName`.
///
/// Well-known sets have names of their own; the user-defined properties lie in the stream of the
/// document summary. Others are named by their 128 bits, five to a letter, the lowest first.
///
/// # Example
/// ```
/// use openimsg::ole::property_set_name;
///
/// let summary = "{F29F85E0-4FF9-1068-AB91-08002B27B3D9}".parse()?;
/// assert_eq!(property_set_name(summary).to_string(), "\u{5}SummaryInformation");
/// # Ok::<(), openimsg::ParseGuidError>(())
/// ```
#[must_use]
pub fn property_set_name(format: Guid) -> ElementName {
    match format {
        SUMMARY => return ElementName::ascii(b"\x05SummaryInformation"),
        DOCUMENT_SUMMARY | USER_DEFINED => {
            return ElementName::ascii(b"\x05DocumentSummaryInformation");
        }
        _ => {}
    }
    let mut rest = u128::from_le_bytes(format.to_bytes());
    let mut name = [5; 27];
    for letter in name.iter_mut().skip(1) {
        let [low, ..] = (rest & 31).to_le_bytes();
        *letter = if low < 26 { b'a' + low } else { b'0' + (low - 26) };
        rest >>= 5;
    }
    ElementName::ascii(&name)
}

/// Creates a property set, in place of an older one of this format: `IPropertySetStorage::Create`.
/// Its stream holds a valid set without properties; strings in it will be UTF-16.
///
/// # Errors
/// [`Code::StgInvalidFlag`] unless `mode` is `CREATE | READWRITE | SHARE_EXCLUSIVE`;
/// [`Code::StgUnimplementedFunction`] for the user-defined properties, which share the stream of the
/// document summary; else as [`Storage::create_stream`].
pub fn create_property_set(
    storage: &Arc<dyn Storage>,
    format: Guid,
    class: Guid,
    mode: Mode,
) -> Result<Arc<dyn Stream>> {
    create_with(storage, format, class, false, mode)
}

/// The same with 8-bit strings, if so asked.
pub(crate) fn create_with(
    storage: &Arc<dyn Storage>,
    format: Guid,
    class: Guid,
    ansi: bool,
    mode: Mode,
) -> Result<Arc<dyn Stream>> {
    const DOING: &str = "create property set";
    if mode != MEMBER_RW.and(Mode::CREATE) {
        let note = "property sets are created with CREATE, READWRITE and SHARE_EXCLUSIVE";
        return Err(Error::new(Code::StgInvalidFlag, DOING).note(note));
    }
    refuse_shared(format, DOING)?;
    let stream = storage.create_stream(&property_set_name(format), mode)?;
    stream.write_at(0, &empty_set(format, class, if ansi { WINDOWS_1252 } else { UTF16 }))?;
    Ok(stream)
}

/// Opens the stream of a property set: `IPropertySetStorage::Open`.
///
/// # Errors
/// [`Code::StgInvalidFlag`] for a `mode` with `CREATE`; [`Code::StgFileNotFound`] if there is no such
/// set, whatever else the mode says; else as [`Storage::open_stream`].
pub fn open_property_set(
    storage: &Arc<dyn Storage>,
    format: Guid,
    mode: Mode,
) -> Result<Arc<dyn Stream>> {
    const DOING: &str = "open property set";
    if mode.is_create() {
        let note = "a property set is opened without CREATE";
        return Err(Error::new(Code::StgInvalidFlag, DOING).note(note));
    }
    refuse_shared(format, DOING)?;
    let name = property_set_name(format);
    match storage.open_stream(&name, MEMBER_READ) {
        Err(e) if e.code() == Code::StgAccessDenied => {}
        opened => drop(opened?),
    }
    storage.open_stream(&name, mode)
}

/// Destroys a property set: `IPropertySetStorage::Delete`.
///
/// # Errors
/// [`Code::StgFileNotFound`] if there is no such set; else as [`Storage::destroy_element`].
pub fn delete_property_set(storage: &Arc<dyn Storage>, format: Guid) -> Result<()> {
    refuse_shared(format, "delete property set")?;
    storage.destroy_element(&property_set_name(format))
}

fn refuse_shared(format: Guid, doing: &'static str) -> Result<()> {
    if format != USER_DEFINED {
        return Ok(());
    }
    let note = "the user-defined properties lie in the stream of the document summary";
    Err(Error::new(Code::StgUnimplementedFunction, doing).note(note))
}

fn empty_set(format: Guid, class: Guid, page: u16) -> Vec<u8> {
    let mut bytes = vec![0xFE, 0xFF, 0, 0];
    bytes.extend(SYSTEM.to_le_bytes());
    bytes.extend(class.to_bytes());
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(format.to_bytes());
    for field in [48_u32, 24, 1, 1, 16, 2] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(page.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}
