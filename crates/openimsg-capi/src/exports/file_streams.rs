//! `OpenStreamOnFile`. Spec: imessage-contract 1.12.

use super::export;
use crate::abi::*;
use crate::ffi::{In, Out, Ref};
use crate::gate;
use crate::objects::family::Names;
use crate::objects::file_stream::FileStream;
use crate::objects::stream::StreamObject;
use openimsg::{Code, Error, Mode, Result, StreamCursor};
use std::path::PathBuf;
use std::ptr::null_mut;
use std::sync::Arc;

/// `SOF_UNIQUEFILENAME`: a new file, in the folder that is named or the one for temporary files.
const UNIQUE: u32 = 0x8000_0000;
/// What of `STGM` says how to open a file.
const MODE: u32 = 0x0400_1073;

fn open(
    allocators: (Option<AllocateBuffer>, Option<FreeBuffer>),
    flags: u32,
    name: Option<PathBuf>,
    prefix: Option<String>,
    mut out: Out<Raw>,
) -> Result<()> {
    const DOING: &str = "open stream on file";
    let place = out.begin(null_mut());
    let (Some(place), (Some(_), Some(_))) = (place, allocators) else { return gate::null(DOING) };
    if flags & !(UNIQUE | MODE) != 0 {
        return Err(Error::new(Code::UnknownFlags, DOING).note(format!("{flags:#x}")));
    }
    let mode = Mode::from_bits(flags & MODE);
    let file = match (flags & UNIQUE != 0, name) {
        (true, folder) => {
            let folder = folder.unwrap_or_else(std::env::temp_dir);
            FileStream::unique(&folder, &prefix.unwrap_or_else(|| "SOF".to_owned()), mode)?
        }
        (false, Some(path)) => FileStream::open(&path, mode)?,
        (false, None) => return gate::null(DOING),
    };
    let stream = StreamCursor::new(Arc::new(file));
    *place = Ref::new(StreamObject::new(Arc::new(stream), Names::Task)).into_raw();
    Ok(())
}

/// A path of 8-bit characters: UTF-8, as the system has them; on Windows the same.
fn narrow(text: In<u8>) -> Option<String> {
    text.terminated().map(|text| String::from_utf8_lossy(text).into_owned())
}

fn wide(text: In<u16>) -> Option<String> {
    text.terminated().map(String::from_utf16_lossy)
}

export! {
    /// A stream on a file, by `STGM` bits and `SOF_UNIQUEFILENAME`.
    fn OpenStreamOnFile(
        allocate: Option<AllocateBuffer>,
        free: Option<FreeBuffer>,
        flags: u32,
        name: In<u8>,
        prefix: In<u8>,
        out: Out<Raw>,
    ) -> Scode {
        gate::done(|| {
            open((allocate, free), flags, narrow(name).map(PathBuf::from), narrow(prefix), out)
        })
    }

    /// The same with wide names.
    fn OpenStreamOnFileW(
        allocate: Option<AllocateBuffer>,
        free: Option<FreeBuffer>,
        flags: u32,
        name: In<u16>,
        prefix: In<u16>,
        out: Out<Raw>,
    ) -> Scode {
        gate::done(|| {
            open((allocate, free), flags, wide(name).map(PathBuf::from), wide(prefix), out)
        })
    }
}
