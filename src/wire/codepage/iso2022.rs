//! The ISO-2022 pages: 7-bit text that switches character sets by escape sequences.
//!
//! ```text
//!  ESC ( x, ESC $ x     the set of plain bytes (G0)      50220-50222 work so
//!  ESC $ ) x, SO, SI    the set between SO and SI (G1)   50222 (kana), 50225, 50227 work so
//! ```
//!
//! All pages read all sequences; they differ in what SO means before any, and in what they write.
//! A line break switches back to ASCII. Half-width kana stay half-width in 50220 too, other than in
//! Microsoft's encoder, whose purpose is mail.

use encoding_rs::{EUC_JP, EUC_KR, GB18030};

use super::web::{self, Codes};
use super::{ByteOut, Decoded, Encoded, TextOut};

/// One of the pages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    /// 50220 and 50221: half-width kana by ESC ( I.
    Japanese,
    /// 50222: half-width kana between SO and SI.
    JapaneseShift,
    /// 50225.
    Korean,
    /// 50227, GB 2312 only.
    Chinese,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    Ascii,
    /// JIS X 0201: ASCII with a yen sign and an overline.
    Roman,
    Kana,
    Jis0208,
    Jis0212,
    Ksc5601,
    Gb2312,
    /// A two-byte set that we lack.
    Unknown,
}

#[derive(Clone, Copy)]
enum Escape {
    G0(Set),
    G1(Set),
    /// One character of two bytes from a set that we lack.
    Single,
    /// Announces what we do not need to know.
    Nothing,
}

const ESCAPES: [(&[u8], Escape); 19] = [
    (b"(B", Escape::G0(Set::Ascii)),
    (b"(J", Escape::G0(Set::Roman)),
    (b"(I", Escape::G0(Set::Kana)),
    (b"$@", Escape::G0(Set::Jis0208)),
    (b"$B", Escape::G0(Set::Jis0208)),
    (b"$(@", Escape::G0(Set::Jis0208)),
    (b"$(B", Escape::G0(Set::Jis0208)),
    (b"$(D", Escape::G0(Set::Jis0212)),
    (b"$(C", Escape::G0(Set::Ksc5601)),
    (b"$A", Escape::G0(Set::Gb2312)),
    (b")I", Escape::G1(Set::Kana)),
    (b"$)C", Escape::G1(Set::Ksc5601)),
    (b"$)A", Escape::G1(Set::Gb2312)),
    (b"$)E", Escape::G1(Set::Unknown)),
    (b"$)G", Escape::G1(Set::Unknown)),
    (b"$*H", Escape::Nothing),
    (b"$+I", Escape::Nothing),
    (b"&@", Escape::Nothing),
    (b"N", Escape::Single),
];

const ESC: u8 = 0x1B;
const SO: u8 = 0x0E;
const SI: u8 = 0x0F;

impl Variant {
    fn first_g1(self) -> Set {
        match self {
            Variant::Japanese | Variant::JapaneseShift => Set::Kana,
            Variant::Korean => Set::Ksc5601,
            Variant::Chinese => Set::Gb2312,
        }
    }
}

pub(super) fn decode(variant: Variant, mut bytes: &[u8]) -> Decoded<'static> {
    let mut out = TextOut::for_bytes(bytes);
    let (mut g0, mut g1, mut shifted) = (Set::Ascii, variant.first_g1(), false);
    while let [first, rest @ ..] = bytes {
        bytes = rest;
        match *first {
            ESC => match ESCAPES.iter().find(|(code, _)| bytes.starts_with(code)) {
                Some((code, escape)) => {
                    bytes = bytes.get(code.len()..).unwrap_or_default();
                    match escape {
                        Escape::G0(set) => g0 = *set,
                        Escape::G1(set) => g1 = *set,
                        Escape::Nothing => {}
                        Escape::Single => {
                            bytes = bytes.get(2..).unwrap_or_default();
                            out.bad();
                        }
                    }
                }
                None => out.bad(),
            },
            SO => shifted = true,
            SI => shifted = false,
            b'\n' | b'\r' => {
                (g0, shifted) = (Set::Ascii, false);
                out.push(char::from(*first));
            }
            0x80.. => out.bad(),
            0..=0x20 | 0x7F => out.push(char::from(*first)),
            byte => match (if shifted { g1 } else { g0 }, bytes) {
                (Set::Ascii, _) => out.push(char::from(byte)),
                (Set::Roman, _) => out.push(match byte {
                    b'\\' => '¥',
                    b'~' => '‾',
                    _ => char::from(byte),
                }),
                (Set::Kana, _) => {
                    let unit = u32::from(byte) + 0xFF61 - 0x21;
                    out.push_or_bad(char::from_u32(unit).filter(|c| *c <= '\u{FF9F}'));
                }
                (set, [second @ 0x21..=0x7E, rest @ ..]) => {
                    bytes = rest;
                    out.push_or_bad(two(set, byte | 0x80, second | 0x80));
                }
                _ => out.bad(),
            },
        }
    }
    out.finish()
}

fn two(set: Set, lead: u8, trail: u8) -> Option<char> {
    match set {
        Set::Jis0208 => web::one(EUC_JP, &[lead, trail]),
        Set::Jis0212 => web::one(EUC_JP, &[0x8F, lead, trail]),
        Set::Ksc5601 => web::one(EUC_KR, &[lead, trail]),
        Set::Gb2312 => web::one(GB18030, &[lead, trail]),
        Set::Ascii | Set::Roman | Set::Kana | Set::Unknown => None,
    }
}

pub(super) fn encode(variant: Variant, text: &str) -> Encoded<'static> {
    let mut out = ByteOut::for_text(text);
    if variant == Variant::Korean && !text.is_ascii() {
        out.extend(b"\x1B$)C");
    }
    let mut codes = Codes::new(match variant {
        Variant::Japanese | Variant::JapaneseShift => EUC_JP,
        Variant::Korean => EUC_KR,
        // GBK would write a single byte for the euro sign.
        Variant::Chinese => GB18030,
    });
    let mut state = Set::Ascii;
    for c in text.chars() {
        let Some((set, code)) = find(variant, &mut codes, c) else {
            switch(variant, &mut out, state, Set::Ascii);
            state = Set::Ascii;
            out.bad(b'?');
            continue;
        };
        switch(variant, &mut out, state, set);
        state = set;
        out.push_code(code);
    }
    switch(variant, &mut out, state, Set::Ascii);
    out.finish()
}

/// The set of a character and its 7-bit code there.
fn find(variant: Variant, codes: &mut Codes, c: char) -> Option<(Set, u32)> {
    let unit = u32::from(c);
    if c.is_ascii() {
        // An escape in the text would be taken for one of ours.
        let special = [ESC, SO, SI].into_iter().any(|byte| c == char::from(byte));
        return (!special).then_some((Set::Ascii, unit));
    }
    let pair = |[lead, trail]: [u8; 2]| u32::from_be_bytes([0, 0, lead & 0x7F, trail & 0x7F]);
    match (variant, c) {
        (Variant::Korean, _) => Some((Set::Ksc5601, pair(codes.pair(c)?))),
        (Variant::Chinese, _) => Some((Set::Gb2312, pair(codes.pair(c)?))),
        (_, '¥') => Some((Set::Roman, 0x5C)),
        (_, '‾') => Some((Set::Roman, 0x7E)),
        (_, '\u{FF61}'..='\u{FF9F}') => Some((Set::Kana, unit - 0xFF61 + 0x21)),
        _ => match codes.pair(c) {
            Some(code) => Some((Set::Jis0208, pair(code))),
            None => Some((Set::Jis0212, web::jis_0212(c)? & 0x7F7F)),
        },
    }
}

/// Writes what leads from one set to another.
fn switch(variant: Variant, out: &mut ByteOut, from: Set, to: Set) {
    if from == to {
        return;
    }
    let shifts = |set| match variant {
        Variant::Japanese => false,
        Variant::JapaneseShift => set == Set::Kana,
        Variant::Korean | Variant::Chinese => set != Set::Ascii,
    };
    if shifts(from) {
        out.push(SI);
    } else if shifts(to) && from != Set::Ascii {
        out.extend(b"\x1B(B");
    }
    if shifts(to) {
        // Named at each SO, for readers that forget at the end of a line as RFC 1922 wants.
        if variant == Variant::Chinese {
            out.extend(b"\x1B$)A");
        }
        out.push(SO);
        return;
    }
    match to {
        Set::Ascii if shifts(from) => {}
        Set::Roman => out.extend(b"\x1B(J"),
        Set::Kana => out.extend(b"\x1B(I"),
        Set::Jis0208 => out.extend(b"\x1B$B"),
        Set::Jis0212 => out.extend(b"\x1B$(D"),
        Set::Ascii | Set::Ksc5601 | Set::Gb2312 | Set::Unknown => out.extend(b"\x1B(B"),
    }
}
