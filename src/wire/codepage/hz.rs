//! Page 52936, HZ: GB 2312 in 7 bits between `~{` and `~}` (RFC 1843).

use encoding_rs::GB18030;

use super::web::{self, Codes};
use super::{ByteOut, Decoded, Encoded, TextOut};

pub(super) fn decode(mut bytes: &[u8]) -> Decoded<'static> {
    let mut out = TextOut::for_bytes(bytes);
    let mut chinese = false;
    loop {
        bytes = match bytes {
            [] => return out.finish(),
            [b'~', b'{', rest @ ..] => {
                chinese = true;
                rest
            }
            [b'~', b'}', rest @ ..] => {
                chinese = false;
                rest
            }
            [b'~', b'~', rest @ ..] => {
                out.push('~');
                rest
            }
            // A line continued: both bytes vanish.
            [b'~', b'\n', rest @ ..] => rest,
            [lead @ 0x21..=0x7D, trail @ 0x21..=0x7E, rest @ ..] if chinese => {
                out.push_or_bad(web::one(GB18030, &[lead | 0x80, trail | 0x80]));
                rest
            }
            [byte, rest @ ..] => {
                let lone = *byte == b'~' || !byte.is_ascii() || (chinese && *byte > b' ');
                out.push_or_bad((!lone).then(|| char::from(*byte)));
                // A line ends what somebody forgot to end.
                chinese &= *byte != b'\n';
                rest
            }
        }
    }
}

pub(super) fn encode(text: &str) -> Encoded<'static> {
    let mut out = ByteOut::for_text(text);
    // GBK would write a single byte for the euro sign.
    let mut codes = Codes::new(GB18030);
    let mut chinese = false;
    for c in text.chars() {
        // A first byte of 7E would be taken for a tilde.
        let pair = codes.pair(c).filter(|[lead, _]| *lead < 0xFE);
        if pair.is_some() != chinese {
            chinese = !chinese;
            out.extend(if chinese { b"~{" } else { b"~}" });
        }
        match (pair, c) {
            (Some([lead, trail]), _) => out.extend(&[lead & 0x7F, trail & 0x7F]),
            (None, '~') => out.extend(b"~~"),
            (None, c) => match u8::try_from(c).ok().filter(u8::is_ascii) {
                Some(byte) => out.push(byte),
                None => out.bad(b'?'),
            },
        }
    }
    if chinese {
        out.extend(b"~}");
    }
    out.finish()
}
