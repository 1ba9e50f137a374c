//! Compressed RTF, and bodies that are kept alike. Spec: imessage-contract 1.12.

use super::export;
use crate::abi::*;
use crate::ffi::{Iface, In, Out, Ref};
use crate::gate;
use crate::objects::props::{Kind, PropObject, own};
use crate::objects::rtf_stream::{RtfWriter, TextReader};
use crate::objects::stream::{StreamObject, seek_stream};
use openimsg::body::{RtfKind, RtfOptions, rtf_decompress, rtf_kind, rtf_to_html, rtf_to_text};
use openimsg::mapi::{MODIFY, helpers};
use openimsg::{Code, CodePage, Error, Result, SeekOrigin, SeekStream, Validation};
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

/// The body that the RTF carries, in a code page, and what it is: 1 RTF, 2 HTML, 4 plain text.
fn native_body(rtf: Vec<u8>, info: &RtfInfo) -> Result<(Vec<u8>, u32)> {
    let mut options = RtfOptions::default();
    options.code_page = CodePage::new(info.in_page);
    let (text, kind) = match rtf_kind(&rtf) {
        RtfKind::Html => (rtf_to_html(&rtf, &options)?.text, 2),
        RtfKind::Text => (rtf_to_text(&rtf, &options)?.text, 4),
        _ => return Ok((rtf, 1)),
    };
    let page = match info.out_page {
        0 => CodePage::UTF_8,
        page => CodePage::new(page).ok_or_else(|| {
            Error::new(Code::UnknownCpid, DOING).note(format!("no code page {page}"))
        })?,
    };
    Ok((page.encode(&text).bytes.into_owned(), kind))
}

/// `MAPI_NATIVE_BODY`.
const NATIVE_BODY: u32 = 0x0001_0000;

fn wrap_ex(value: Iface, info: In<RtfInfo>, ret: &mut Out<RtfReturn>) -> Result<StreamObject> {
    let Some(info) = info.get() else { return gate::null(DOING) };
    let told = |stream_flags| RtfReturn { size: size_of_return(), stream_flags };
    if value.is_null() {
        return gate::null(DOING);
    }
    if info.flags & !(MODIFY | UNCOMPRESSED | NATIVE_BODY) != 0 {
        return Err(Error::new(Code::UnknownFlags, DOING).note(format!("{:#x}", info.flags)));
    }
    if info.flags & NATIVE_BODY == 0 {
        let stream = wrap(value, info.flags)?;
        ret.put(told(1));
        return Ok(stream);
    }
    if info.flags & MODIFY != 0 {
        let note = "a native body is only read";
        return Err(Error::new(Code::InvalidParameter, DOING).note(note));
    }
    let Some(value) = seek_stream(value) else { return gate::null(DOING) };
    let (body, kind) = native_body(rtf_of(&*value).map_err(mapped)?, info)?;
    ret.put(told(kind));
    Ok(StreamObject::wrapped(Arc::new(TextReader::new(body))))
}

fn size_of_return() -> u32 {
    u32::try_from(size_of::<RtfReturn>()).unwrap_or_default()
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

    /// The same by a structure; with `MAPI_NATIVE_BODY` the HTML or the text inside the RTF.
    fn WrapCompressedRTFStreamEx(
        value: Iface,
        info: In<RtfInfo>,
        mut out: Out<Raw>,
        mut ret: Out<RtfReturn>,
    ) -> Scode {
        gate::done(|| {
            let place = out.begin(null_mut());
            ret.put(RtfReturn { size: size_of_return(), stream_flags: 0 });
            let Some(place) = place else { return gate::null(DOING) };
            *place = Ref::new(wrap_ex(value, info, &mut ret)?).into_raw();
            Ok(())
        })
    }

    /// Makes the plain text from the RTF, or the RTF from the plain text, whichever was changed.
    fn RTFSync(message: Iface, flags: u32, mut updated: Out<i32>) -> Scode {
        const DOING: &str = "synchronise bodies";
        gate::done(|| {
            let place = updated.begin(0);
            let object = own(message);
            let message = match object.as_ref().and_then(Ref::get) {
                Some(PropObject { kind: Kind::Message(message), .. }) => Some(message),
                None if message.is_null() => None,
                _ => {
                    let note = "it is no message of this library";
                    return Err(Error::new(Code::InvalidObject, DOING).note(note));
                }
            };
            let mut changed = false;
            helpers::rtf_sync(message, flags, place.is_some().then_some(&mut changed))?;
            if let Some(place) = place {
                *place = i32::from(changed);
            }
            Ok(())
        })
    }
}
