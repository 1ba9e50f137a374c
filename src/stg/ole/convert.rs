//! The stream U+0001 `Ole`, of which one bit asks for a conversion.
//!
//! ```text
//!   0  u32  version 0x02000001
//!   4  u32  flags: 1 linked, 4 to be converted
//!   8  u32  when a link is updated     12  u32  reserved     16  u32  length of a moniker, 0: none
//! ```
//! Spec: S-095 (MS-OLEDS 2.3.3).

use crate::error::{Code, Error, Result};
use crate::stg::{ElementName, MEMBER_READ, MEMBER_RW, Storage};
use std::sync::Arc;

const VERSION: u32 = 0x0200_0001;
const CONVERT: u32 = 4;
const FLAGS_AT: u64 = 4;

fn name() -> ElementName {
    ElementName::ascii(b"\x01Ole")
}

/// Whether the object is to be converted when next opened: `GetConvertStg`.
///
/// # Errors
/// [`Code::StgFileNotFound`] without a stream U+0001 `Ole`; [`Code::StgReadFault`] if it is too short
/// to hold the flag.
pub fn get_convert_stg(storage: &Arc<dyn Storage>) -> Result<bool> {
    let stream = storage.open_stream(&name(), MEMBER_READ)?;
    Ok(flags(&*stream, "read conversion flag")? & CONVERT != 0)
}

/// Sets or clears that flag: `SetConvertStg`. Makes the stream if there is none, and leaves all else
/// in it as it is.
///
/// # Errors
/// As [`get_convert_stg`], and those of writing.
pub fn set_convert_stg(storage: &Arc<dyn Storage>, convert: bool) -> Result<()> {
    let stream = match storage.open_stream(&name(), MEMBER_RW) {
        Err(e) if e.code() == Code::StgFileNotFound => {
            let stream = storage.create_stream(&name(), MEMBER_RW)?;
            let flags = if convert { CONVERT } else { 0 };
            let fields = [VERSION, flags, 0, 0, 0];
            let bytes: Vec<u8> = fields.into_iter().flat_map(u32::to_le_bytes).collect();
            return stream.write_at(0, &bytes);
        }
        opened => opened?,
    };
    let old = flags(&*stream, "set conversion flag")?;
    let new = if convert { old | CONVERT } else { old & !CONVERT };
    if new != old { stream.write_at(FLAGS_AT, &new.to_le_bytes()) } else { Ok(()) }
}

fn flags(stream: &dyn crate::stg::Stream, doing: &'static str) -> Result<u32> {
    let mut bytes = [0; 4];
    match stream.read_at(FLAGS_AT, &mut bytes)? {
        4 => Ok(u32::from_le_bytes(bytes)),
        _ => Err(Error::new(Code::StgReadFault, doing).note("the stream is too short")),
    }
}
