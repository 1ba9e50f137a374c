//! The Macintosh pages of East Asia: the usual sets with a few single bytes of Apple's.

use encoding_rs::{EUC_KR, Encoding, GB18030, SHIFT_JIS};

use super::double::Codec;
use super::{big5, web};

/// Page 10001: Shift_JIS with Apple's rows 85-88 instead of NEC's.
pub(super) const JAPANESE: Codec = Codec {
    single: |byte| match byte {
        0x80 => Some(CONTROL),
        0xA1..=0xDF => web::one(SHIFT_JIS, &[byte]),
        _ => nbsp(byte).or_else(|| marks(byte)),
    },
    pair: japanese,
    code: japanese_code,
};

/// Page 10002: Big5 with user-defined characters.
pub(super) const TRADITIONAL_CHINESE: Codec = Codec {
    single: |byte| if byte == 0x80 { Some(CONTROL) } else { marks(byte) },
    pair: |lead, trail| big5::pair(&big5::MAC, lead, trail),
    code: |c| {
        // FD and above are single bytes.
        let big5 = || big5::code(&big5::MAC, c).filter(|code| *code < 0xFD00);
        if c == CONTROL { Some(0x80) } else { mark_code(c).or_else(big5) }
    },
};

/// Page 10003: KS X 1001.
pub(super) const KOREAN: Codec = Codec {
    single: |byte| match byte {
        0x80 => Some('\u{A0}'),
        0x81 => Some('₩'),
        0x82 => Some('–'),
        0x83 => Some('©'),
        0xFE => Some('™'),
        0xFF => Some('…'),
        _ => None,
    },
    pair: |lead, trail| grid(EUC_KR, lead, trail),
    code: |c| match c {
        '\u{A0}' => Some(0x80),
        '₩' => Some(0x81),
        '–' => Some(0x82),
        '©' => Some(0x83),
        '™' => Some(0xFE),
        c => grid_code(EUC_KR, c).or_else(|| (c == '…').then_some(0xFF)),
    },
};

/// Page 10008: GB 2312.
pub(super) const SIMPLIFIED_CHINESE: Codec = Codec {
    single: |byte| if byte == 0x80 { Some('ü') } else { nbsp(byte).or_else(|| marks(byte)) },
    pair: |lead, trail| grid(GB18030, lead, trail),
    code: |c| match c {
        '\u{A0}' => Some(0xA0),
        'ü' => grid_code(GB18030, c).or(Some(0x80)),
        // FD and above are single bytes.
        c => mark_code(c).or_else(|| grid_code(GB18030, c).filter(|code| *code < 0xFD00)),
    },
};

/// What Microsoft makes of byte 80 where Apple has a second backslash.
const CONTROL: char = '\u{80}';

fn nbsp(byte: u8) -> Option<char> {
    (byte == 0xA0).then_some('\u{A0}')
}

fn marks(byte: u8) -> Option<char> {
    match byte {
        0xFD => Some('©'),
        0xFE => Some('™'),
        0xFF => Some('…'),
        _ => None,
    }
}

/// The bytes of [`marks`], without the ellipsis: the two-byte sets have one, which comes first.
fn mark_code(c: char) -> Option<u32> {
    match c {
        '©' => Some(0xFD),
        '™' => Some(0xFE),
        _ => None,
    }
}

/// A set of 94 by 94 with both high bits set.
fn grid(encoding: &'static Encoding, lead: u8, trail: u8) -> Option<char> {
    let both = lead >= 0xA1 && trail >= 0xA1;
    both.then(|| web::one(encoding, &[lead, trail])).flatten()
}

fn grid_code(encoding: &'static Encoding, c: char) -> Option<u32> {
    let [lead, trail] = web::Codes::new(encoding).pair(c)?;
    Some(u32::from_be_bytes([0, 0, lead, trail]))
}

fn japanese(lead: u8, trail: u8) -> Option<char> {
    match u16::from_be_bytes([lead, trail]) {
        code @ 0x8500..0x889F => {
            let at = ROWS_85.binary_search_by_key(&code, |(code, _)| *code).ok()?;
            ROWS_85.get(at).and_then(|(_, unit)| char::from_u32(u32::from(*unit)))
        }
        0xED00..=0xEEFF | 0xFA40..=0xFA54 | 0xFA58..=0xFA5B => None,
        _ => web::one(SHIFT_JIS, &[lead, trail]),
    }
}

fn japanese_code(c: char) -> Option<u32> {
    if let Some((code, _)) = ROWS_85.iter().find(|(_, unit)| u32::from(*unit) == u32::from(c)) {
        return Some(u32::from(*code));
    }
    match (c, mark_code(c)) {
        ('\u{A0}', _) => return Some(0xA0),
        (_, Some(code)) => return Some(code),
        _ => {}
    }
    let code = web::Codes::new(SHIFT_JIS).code(c).or_else(|| web::user_932(c))?;
    match code.to_be_bytes() {
        [0, 0, 0, _] => Some(code),
        [0, 0, lead, trail] => (japanese(lead, trail) == Some(c)).then_some(code),
        _ => None,
    }
}

/// Apple's characters in rows 85-88, by code. Microsoft's choice for 10001.
#[rustfmt::skip]
static ROWS_85: [(u16, u16); 83] = [
    (0x8540, 0x2460), (0x8541, 0x2461), (0x8542, 0x2462), (0x8543, 0x2463), (0x8544, 0x2464),
    (0x8545, 0x2465), (0x8546, 0x2466), (0x8547, 0x2467), (0x8548, 0x2468), (0x8549, 0x2469),
    (0x854A, 0x246A), (0x854B, 0x246B), (0x854C, 0x246C), (0x854D, 0x246D), (0x854E, 0x246E),
    (0x854F, 0x246F), (0x8550, 0x2470), (0x8551, 0x2471), (0x8552, 0x2472), (0x8553, 0x2473),
    (0x859F, 0x2160), (0x85A0, 0x2161), (0x85A1, 0x2162), (0x85A2, 0x2163), (0x85A3, 0x2164),
    (0x85A4, 0x2165), (0x85A5, 0x2166), (0x85A6, 0x2167), (0x85A7, 0x2168), (0x85A8, 0x2169),
    (0x85B3, 0x2170), (0x85B4, 0x2171), (0x85B5, 0x2172), (0x85B6, 0x2173), (0x85B7, 0x2174),
    (0x85B8, 0x2175), (0x85B9, 0x2176), (0x85BA, 0x2177), (0x85BB, 0x2178), (0x85BC, 0x2179),
    (0x8640, 0x339C), (0x8642, 0x339D), (0x8646, 0x33A1), (0x8648, 0x339E), (0x864A, 0x338E),
    (0x864C, 0x338F), (0x864D, 0x33C4), (0x869B, 0x2116), (0x869C, 0x33CD), (0x869D, 0x2121),
    (0x874B, 0x3239), (0x874D, 0x3231), (0x8750, 0x3232), (0x8780, 0x301D), (0x8781, 0x301F),
    (0x8793, 0x32A4), (0x8794, 0x32A5), (0x8795, 0x32A6), (0x8796, 0x32A7), (0x8797, 0x32A8),
    (0x879F, 0x3349), (0x87A0, 0x3322), (0x87A1, 0x334D), (0x87A2, 0x3314), (0x87A7, 0x3303),
    (0x87A8, 0x3336), (0x87A9, 0x3318), (0x87AB, 0x3327), (0x87AC, 0x3351), (0x87AD, 0x334A),
    (0x87AF, 0x3357), (0x87B0, 0x330D), (0x87B2, 0x3323), (0x87B3, 0x3326), (0x87B4, 0x333B),
    (0x87B5, 0x332B), (0x87E5, 0x337E), (0x87E6, 0x337D), (0x87E7, 0x337C), (0x87E8, 0x337B),
    (0x8840, 0x222E), (0x8841, 0x221F), (0x8842, 0x22BF),
];
