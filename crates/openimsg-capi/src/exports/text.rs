//! Bytes as hexadecimal text: in 8-bit characters, and wide ones for programs with `UNICODE`.

use super::export;
use crate::ffi::{In, Out};
use crate::gate;
use openimsg::mapi::helpers::{bin_from_hex, hex_from_bin};

/// Puts the bytes that a text stands for; 0 if it stands for none.
fn to_bytes(text: Option<String>, mut bytes: Out<u8>) -> i32 {
    let found = text.as_deref().and_then(bin_from_hex);
    let Some(found) = found.filter(|_| !bytes.is_null()) else { return 0 };
    for (index, byte) in found.into_iter().enumerate() {
        bytes.put_at(index, byte);
    }
    1
}

/// Puts characters and their end.
fn put<T: Copy + From<u8>>(bytes: In<u8>, count: i32, mut text: Out<T>) {
    let Ok(count) = u32::try_from(count) else { return };
    let found = hex_from_bin(bytes.slice(count).unwrap_or_default());
    for (index, digit) in found.bytes().chain([0]).enumerate() {
        text.put_at(index, digit.into());
    }
}

export! {
    /// The bytes of hexadecimal text; false, and nothing written, if it is none.
    fn FBinFromHex(text: In<u8>, bytes: Out<u8>) -> i32 {
        gate::value(0, || {
            let text = text.terminated().and_then(|text| String::from_utf8(text.to_vec()).ok());
            to_bytes(text, bytes)
        })
    }

    /// The same of wide characters.
    fn FBinFromHexW(text: In<u16>, bytes: Out<u8>) -> i32 {
        gate::value(0, || {
            to_bytes(text.terminated().and_then(|text| String::from_utf16(text).ok()), bytes)
        })
    }

    /// Two upper-case digits for each byte, and the end.
    fn HexFromBin(bytes: In<u8>, count: i32, text: Out<u8>) {
        gate::value((), || put(bytes, count, text));
    }

    /// The same in wide characters.
    fn HexFromBinW(bytes: In<u8>, count: i32, text: Out<u16>) {
        gate::value((), || put(bytes, count, text));
    }
}
