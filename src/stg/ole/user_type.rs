//! The stream U+0001 `CompObj`: what an embedded object calls itself.
//!
//! ```text
//!   0  28  header: 01 00 FE FF, 03 0A 00 00, FF FF FF FF, then the class; readers ignore all of it
//!      .   name of the type, 8-bit          u32 bytes with the terminator, then they; 0: empty
//!      .   clipboard format, 8-bit          u32 0: none; FFFFFFFF or FFFFFFFE: u32 number; else a name
//!      .   reserved, 8-bit                  not 0, or what follows does not count
//!      4   71B239F4: the rest is there
//!      .   name of the type, UTF-16         u32 units with the terminator, then they
//!      .   clipboard format, UTF-16
//!      .   reserved, UTF-16
//! ```
//! Spec: S-094 (MS-OLEDS 2.3.8).

use crate::error::{Code, Error, Result};
use crate::stg::{ElementName, MEMBER_READ, MEMBER_RW, Mode, Storage, read_all};
use crate::wire::{CodePage, Reader, Text};
use std::sync::Arc;

const HEADER: [u8; 12] = [1, 0, 0xFE, 0xFF, 3, 0x0A, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF];
const WINDOWS: u32 = 0xFFFF_FFFF;
const MACINTOSH: u32 = 0xFFFF_FFFE;
const UNICODE: u32 = 0x71B2_39F4;
/// Longer streams are none of these.
const LIMIT: u64 = 1 << 20;

/// A clipboard format.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ClipFormat {
    /// None is given.
    #[default]
    None,
    /// A format of Windows, by its `CF_` number.
    Windows(u32),
    /// A format of the Macintosh, by its number.
    Macintosh(u32),
    /// A registered format, by its name.
    Named(Text),
}

/// What an object says of its type; see [`read_fmt_user_type_stg`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserType {
    /// The name of the type, for people.
    pub name: Text,
    /// The format of the object's data.
    pub format: ClipFormat,
}

fn stream_name() -> ElementName {
    ElementName::ascii(b"\x01CompObj")
}

/// Writes the name and the format of an object's type: `WriteFmtUserTypeStg`.
///
/// This makes or replaces the stream U+0001 `CompObj`, and nothing else. The class in it is that of
/// the storage. 8-bit copies are in the Windows code page 1252.
///
/// # Errors
/// As [`Storage::create_stream`].
pub fn write_fmt_user_type_stg(storage: &Arc<dyn Storage>, user_type: &UserType) -> Result<()> {
    let mut bytes = HEADER.to_vec();
    bytes.extend(storage.stat()?.class.to_bytes());
    put_ansi(&mut bytes, &user_type.name);
    put_format(&mut bytes, &user_type.format, put_ansi);
    // An empty text with a terminator: the rest counts.
    bytes.extend([1, 0, 0, 0, 0]);
    bytes.extend(UNICODE.to_le_bytes());
    put_wide(&mut bytes, &user_type.name);
    put_format(&mut bytes, &user_type.format, put_wide);
    bytes.extend([0; 4]);
    let stream = storage.create_stream(&stream_name(), MEMBER_RW.and(Mode::CREATE))?;
    stream.write_at(0, &bytes)
}

fn put_ansi(bytes: &mut Vec<u8>, text: &Text) {
    let text = text.to_string_lossy();
    let text = text.split('\0').next().unwrap_or_default();
    let encoded = CodePage::WINDOWS_1252.encode(text).bytes;
    let len = if encoded.is_empty() { 0 } else { encoded.len().saturating_add(1) };
    bytes.extend(u32::try_from(len).unwrap_or(0).to_le_bytes());
    if len > 0 {
        bytes.extend(encoded.iter());
        bytes.push(0);
    }
}

fn put_wide(bytes: &mut Vec<u8>, text: &Text) {
    let units: Vec<u16> = text.units().take_while(|unit| *unit != 0).collect();
    let len = if units.is_empty() { 0 } else { units.len().saturating_add(1) };
    bytes.extend(u32::try_from(len).unwrap_or(0).to_le_bytes());
    if len > 0 {
        bytes.extend(units.into_iter().chain([0]).flat_map(u16::to_le_bytes));
    }
}

fn put_format(bytes: &mut Vec<u8>, format: &ClipFormat, put: fn(&mut Vec<u8>, &Text)) {
    let mut number = |marker: u32, number: u32| {
        bytes.extend(marker.to_le_bytes());
        bytes.extend(number.to_le_bytes());
    };
    match format {
        ClipFormat::None => bytes.extend([0; 4]),
        ClipFormat::Windows(value) => number(WINDOWS, *value),
        ClipFormat::Macintosh(value) => number(MACINTOSH, *value),
        ClipFormat::Named(name) => put(bytes, name),
    }
}

/// Reads the name and the format of an object's type: `ReadFmtUserTypeStg`.
///
/// A UTF-16 field counts if it is there and not empty, else the 8-bit one, in code page 1252.
///
/// # Errors
/// [`Code::StgFileNotFound`] without a stream U+0001 `CompObj`; [`Code::StgReadFault`] if it ends
/// inside the 8-bit fields.
pub fn read_fmt_user_type_stg(storage: &Arc<dyn Storage>) -> Result<UserType> {
    const DOING: &str = "read user type";
    let stream = storage.open_stream(&stream_name(), MEMBER_READ)?;
    let bytes = read_all(&*stream, LIMIT)?;
    let mut reader = Reader::new(&bytes);
    let narrow = reader.take(28).and_then(|_| read_fields(&mut reader, take_ansi));
    let Some(narrow) = narrow else {
        return Err(Error::new(Code::StgReadFault, DOING).note("the stream ends too early"));
    };
    let wide = take_ansi(&mut reader)
        .and_then(|_| reader.u32().filter(|marker| *marker == UNICODE))
        .and_then(|_| read_fields(&mut reader, take_wide));
    // Writers that know no UTF-16 leave its fields there, and empty.
    let Some(wide) = wide else { return Ok(narrow) };
    Ok(UserType {
        name: if wide.name.is_empty() { narrow.name } else { wide.name },
        format: if wide.format == ClipFormat::None { narrow.format } else { wide.format },
    })
}

type Take = fn(&mut Reader<'_>) -> Option<Text>;

fn read_fields(reader: &mut Reader<'_>, take: Take) -> Option<UserType> {
    let name = take(reader)?;
    let mut ahead = *reader;
    let format = match ahead.u32()? {
        0 => ClipFormat::None,
        WINDOWS => ClipFormat::Windows(ahead.u32()?),
        MACINTOSH => ClipFormat::Macintosh(ahead.u32()?),
        _ => {
            ahead = *reader;
            ClipFormat::Named(take(&mut ahead)?)
        }
    };
    *reader = ahead;
    Some(UserType { name, format })
}

fn take_ansi(reader: &mut Reader<'_>) -> Option<Text> {
    let len = reader.u32().and_then(|len| usize::try_from(len).ok())?;
    let bytes = reader.take(len)?;
    let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    Some(Text::from(&*CodePage::WINDOWS_1252.decode(bytes).text))
}

fn take_wide(reader: &mut Reader<'_>) -> Option<Text> {
    let len = reader.u32().and_then(|len| usize::try_from(len).ok())?;
    let bytes = reader.take(len.checked_mul(2)?)?;
    Some(Text::from_utf16le(bytes).trim_nuls())
}
