//! Compressed RTF. Spec: imessage-contract 1.12.

use super::export;
use crate::abi::*;
use crate::ffi::{Iface, Out, Ref};
use crate::gate;
use crate::objects::rtf_stream::{RtfWriter, TextReader};
use crate::objects::stream::{StreamObject, seek_stream};
use openimsg::body::rtf_decompress;
use openimsg::mapi::MODIFY;
use openimsg::{Code, Error, Result, SeekOrigin, SeekStream, Validation};
use std::ptr::null_mut;
use std::sync::Arc;

/// `STORE_UNCOMPRESSED_RTF`.
const UNCOMPRESSED: u32 = 0x8000;
/// The most bytes of RTF that are given out. Spec: msg-format 9.1.
const LIMIT: u64 = 256 << 20;
const DOING: &str = "wrap compressed RTF";

/// The RTF of a whole value, whatever was read of it before.
fn rtf_of(value: &dyn SeekStream) -> Result<Vec<u8>> {
    value.seek(0, SeekOrigin::SET)?;
    let mut compressed = Vec::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        match value.read(&mut piece)? {
            0 => break,
            got => compressed.extend_from_slice(piece.get(..got).unwrap_or_default()),
        }
        if compressed.len() as u64 > LIMIT {
            return gate::refuse(Code::TooBig, DOING);
        }
    }
    rtf_decompress(&compressed, Validation::Lenient, LIMIT).map(|rtf| rtf.bytes)
}

/// The stream over a value.
fn wrap(value: Iface, flags: u32) -> Result<StreamObject> {
    let Some(value) = seek_stream(value) else { return gate::null(DOING) };
    if flags & !(MODIFY | UNCOMPRESSED) != 0 {
        return Err(Error::new(Code::UnknownFlags, DOING).note(format!("{flags:#x}")));
    }
    let stream: Arc<dyn SeekStream> = match flags & MODIFY != 0 {
        true => Arc::new(RtfWriter::new(value, flags & UNCOMPRESSED != 0)),
        false => Arc::new(TextReader::new(rtf_of(&*value).map_err(mapped)?)),
    };
    Ok(StreamObject::wrapped(stream))
}

/// The caller's stream answers COM's codes; this is a call of MAPI's.
fn mapped(error: Error) -> Error {
    Error::new(openimsg::map_storage_code(error.code()), DOING).source(error)
}

export! {
    /// RTF of a compressed value: to read, or to write with `MAPI_MODIFY`.
    fn WrapCompressedRTFStream(value: Iface, flags: u32, mut out: Out<Raw>) -> Scode {
        gate::done(|| {
            let Some(place) = out.begin(null_mut()) else { return gate::null(DOING) };
            *place = Ref::new(wrap(value, flags)?).into_raw();
            Ok(())
        })
    }
}
