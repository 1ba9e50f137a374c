//! UTF-7 (page 65000, read only) and UTF-32 (12000, 12001).

use super::{ByteOut, Decoded, Encoded, TextOut};

/// Which byte of four comes first.
#[derive(Clone, Copy)]
pub(super) enum Order {
    Little,
    Big,
}

pub(super) fn decode_utf32(order: Order, bytes: &[u8]) -> Decoded<'static> {
    let mut out = TextOut::for_bytes(bytes);
    let (units, tail) = bytes.as_chunks::<4>();
    for unit in units {
        out.push_or_bad(char::from_u32(match order {
            Order::Little => u32::from_le_bytes(*unit),
            Order::Big => u32::from_be_bytes(*unit),
        }));
    }
    if !tail.is_empty() {
        out.bad();
    }
    out.finish()
}

pub(super) fn encode_utf32(order: Order, text: &str) -> Encoded<'static> {
    let mut out = ByteOut::for_text(text);
    for c in text.chars() {
        out.extend(&match order {
            Order::Little => u32::from(c).to_le_bytes(),
            Order::Big => u32::from(c).to_be_bytes(),
        });
    }
    out.finish()
}

/// ASCII that stands for itself; `+` is written `+-`, what is not ASCII is lost.
pub(super) fn encode_utf7(text: &str) -> Encoded<'static> {
    let mut out = ByteOut::for_text(text);
    for c in text.chars() {
        match u8::try_from(c).ok().filter(u8::is_ascii) {
            Some(b'+') => out.extend(b"+-"),
            Some(byte) => out.push(byte),
            None => out.bad(b'?'),
        }
    }
    out.finish()
}

/// RFC 2152. `+` opens UTF-16 in base64, any other byte closes it, a `-` doing so vanishes.
pub(super) fn decode_utf7(mut bytes: &[u8]) -> Decoded<'static> {
    let mut out = TextOut::for_bytes(bytes);
    while let [first, rest @ ..] = bytes {
        bytes = match (first, rest) {
            (b'+', [b'-', rest @ ..]) => {
                out.push('+');
                rest
            }
            (b'+', rest) => {
                let end = rest.iter().position(|byte| sextet(*byte).is_none());
                let (run, rest) = rest.split_at(end.unwrap_or(rest.len()));
                decode_run(&mut out, run);
                rest.strip_prefix(b"-").unwrap_or(rest)
            }
            (byte, rest) => {
                out.push_or_bad(byte.is_ascii().then(|| char::from(*byte)));
                rest
            }
        };
    }
    out.finish()
}

fn decode_run(out: &mut TextOut, run: &[u8]) {
    let (mut held, mut bits) = (0u32, 0u32);
    let units = run.iter().filter_map(|byte| {
        held = (held << 6) | sextet(*byte)?;
        bits += 6;
        (bits >= 16).then(|| {
            bits -= 16;
            let unit = held >> bits;
            held &= (1 << bits) - 1;
            u16::try_from(unit).unwrap_or(0xFFFD)
        })
    });
    for c in char::decode_utf16(units) {
        out.push_or_bad(c.ok());
    }
    // What is left is padding: less than a sextet, and zero. Nothing at all is no run.
    if run.is_empty() || bits >= 6 || held != 0 {
        out.bad();
    }
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}
