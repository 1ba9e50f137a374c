//! Pages that `encoding_rs` knows, with the characters that Windows has and the web has not.
//!
//! The web's encoders turn what they lack into HTML references, hence the entry points "without
//! replacement" throughout. What an [`Extra`] adds is asked for only where the web gives up.

use std::sync::OnceLock;

use encoding_rs::{DecoderResult, EUC_JP, Encoder, EncoderResult, Encoding};

use super::{ByteOut, Decoded, Encoded, TextOut};

/// Characters beyond the web's.
pub(super) struct Extra {
    /// The character at the front of bytes that the web refused, and how many bytes it took.
    decode: fn(&[u8]) -> Option<(char, usize)>,
    /// The bytes of a character that the web refused, as a number.
    encode: fn(char) -> Option<u32>,
}

/// User-defined characters of 932: F040-F9FC. The web reads them and does not write them.
pub(super) const USER_932: Extra = Extra { decode: |_| None, encode: user_932 };
/// User-defined characters of 949: rows C9 and FE.
pub(super) const USER_949: Extra = Extra { decode: from_user_949, encode: user_949 };
/// JIS X 0212 in EUC-JP: 8F and two bytes. The web reads it and does not write it.
pub(super) const JIS_0212: Extra = Extra { decode: |_| None, encode: jis_0212 };
/// JIS X 0212 as Windows writes it in 20932: two bytes, the second without its high bit.
pub(super) const JIS_0212_SHORT: Extra =
    Extra { decode: from_jis_0212_short, encode: |c| jis_0212(c).map(|code| code & 0xFF7F) };

pub(super) fn decode(
    encoding: &'static Encoding,
    extra: Option<&Extra>,
    bytes: &[u8],
) -> Decoded<'static> {
    let mut out = TextOut::for_bytes(bytes);
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut at = 0usize;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let (result, read) =
            decoder.decode_to_string_without_replacement(rest, out.text_mut(), true);
        at = at.saturating_add(read);
        match result {
            DecoderResult::InputEmpty => return out.finish(),
            DecoderResult::OutputFull => out.text_mut().reserve(rest.len().max(16)),
            DecoderResult::Malformed(length, after) => {
                let start = at.saturating_sub(usize::from(length) + usize::from(after));
                let refused = bytes.get(start..).unwrap_or_default();
                match extra.and_then(|extra| (extra.decode)(refused)) {
                    Some((c, taken)) => {
                        out.push(c);
                        at = start.saturating_add(taken);
                        decoder = encoding.new_decoder_without_bom_handling();
                    }
                    None => out.bad(),
                }
            }
        }
    }
}

pub(super) fn encode(
    encoding: &'static Encoding,
    extra: Option<&Extra>,
    text: &str,
) -> Encoded<'static> {
    let mut out = ByteOut::for_text(text);
    let mut encoder = encoding.new_encoder();
    let mut at = 0usize;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let (result, read) =
            encoder.encode_from_utf8_to_vec_without_replacement(rest, out.bytes_mut(), true);
        at = at.saturating_add(read);
        match result {
            EncoderResult::InputEmpty => return out.finish(),
            EncoderResult::OutputFull => out.bytes_mut().reserve(rest.len().max(16)),
            EncoderResult::Unmappable(c) => match extra.and_then(|extra| (extra.encode)(c)) {
                Some(code) => out.push_code(code),
                None => out.bad(b'?'),
            },
        }
    }
}

/// The one character that all of `bytes`, at most four, stand for.
pub(super) fn one(encoding: &'static Encoding, bytes: &[u8]) -> Option<char> {
    let mut buffer = [0u8; 16];
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let (result, _, written) = decoder.decode_to_utf8_without_replacement(bytes, &mut buffer, true);
    if result != DecoderResult::InputEmpty {
        return None;
    }
    let mut chars = std::str::from_utf8(buffer.get(..written)?).ok()?.chars();
    chars.next().filter(|_| chars.next().is_none())
}

/// Encodes single characters in one of the web's stateless encodings.
pub(super) struct Codes(Encoder);

impl Codes {
    pub(super) fn new(encoding: &'static Encoding) -> Codes {
        Codes(encoding.new_encoder())
    }

    /// The bytes of a character as a number, first byte highest.
    pub(super) fn code(&mut self, c: char) -> Option<u32> {
        let (mut utf8, mut buffer) = ([0u8; 4], [0u8; 16]);
        let text = &*c.encode_utf8(&mut utf8);
        let (result, _, written) =
            self.0.encode_from_utf8_without_replacement(text, &mut buffer, false);
        if result != EncoderResult::InputEmpty || written > 4 {
            return None;
        }
        let bytes = buffer.get(..written)?;
        Some(bytes.iter().fold(0, |code, byte| (code << 8) | u32::from(*byte)))
    }

    /// The two bytes of a character, if there are two and both have the high bit.
    pub(super) fn pair(&mut self, c: char) -> Option<[u8; 2]> {
        let [0, 0, lead, trail] = self.code(c)?.to_be_bytes() else { return None };
        (lead >= 0xA1 && trail >= 0xA1).then_some([lead, trail])
    }
}

pub(super) fn user_932(c: char) -> Option<u32> {
    let n = u32::from(c).checked_sub(0xE000).filter(|n| *n < 10 * 188)?;
    let (row, column) = (n / 188, n % 188);
    // 7F is no second byte.
    Some(((0xF0 + row) << 8) | (0x40 + column + u32::from(column >= 0x3F)))
}

fn user_949(c: char) -> Option<u32> {
    let n = u32::from(c).checked_sub(0xE000).filter(|n| *n < 2 * 94)?;
    let lead = if n < 94 { 0xC9 } else { 0xFE };
    Some((lead << 8) | (0xA1 + n % 94))
}

fn from_user_949(bytes: &[u8]) -> Option<(char, usize)> {
    let (base, trail) = match bytes {
        [0xC9, trail, ..] => (0xE000, *trail),
        [0xFE, trail, ..] => (0xE05E, *trail),
        _ => return None,
    };
    let column = trail.checked_sub(0xA1).filter(|column| *column < 94)?;
    char::from_u32(base + u32::from(column)).map(|c| (c, 2))
}

fn from_jis_0212_short(bytes: &[u8]) -> Option<(char, usize)> {
    let [lead @ 0xA1..=0xFE, trail @ 0x21..=0x7E, ..] = *bytes else { return None };
    one(EUC_JP, &[0x8F, lead, trail | 0x80]).map(|c| (c, 2))
}

/// The EUC-JP bytes 8F xx yy of a character of JIS X 0212.
pub(super) fn jis_0212(c: char) -> Option<u32> {
    static CODES: OnceLock<Vec<(char, u32)>> = OnceLock::new();
    let codes = CODES.get_or_init(|| {
        let cells =
            (0xA1..=0xFEu8).flat_map(|lead| (0xA1..=0xFEu8).map(move |trail| [lead, trail]));
        let mut codes: Vec<(char, u32)> = cells
            .filter_map(|[lead, trail]| {
                let c = one(EUC_JP, &[0x8F, lead, trail])?;
                Some((c, u32::from_be_bytes([0, 0x8F, lead, trail])))
            })
            .collect();
        codes.sort_unstable();
        codes
    });
    let at = codes.binary_search_by_key(&c, |(c, _)| *c).ok()?;
    codes.get(at).map(|(_, code)| *code)
}
