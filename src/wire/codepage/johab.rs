//! Page 1361, Johab: hangul by its parts, the rest as KS X 1001 on another grid.
//!
//! ```text
//!  8441..D3BD  1iiiiimm mmmfffff   initial, medial, final; fill codes 1, 2, 1 for "none"
//!  D831..D8FE  user-defined, U+E000 onwards
//!  D931..DEFE  rows 1-12 of KS X 1001      two rows of 94 to each first byte,
//!  E031..F9FE  rows 42-93 (hanja)          second bytes 31-7E and 91-FE
//! ```

use encoding_rs::EUC_KR;

use super::double::Codec;
use super::web;

/// Page 1361.
pub(super) const JOHAB: Codec = Codec { single: |_| None, pair, code };

const SYLLABLES: u32 = 0xAC00;

/// The five-bit codes of the parts, in the order of Unicode; finals from the first real one.
const INITIALS: [u32; 19] = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
const MEDIALS: [u32; 21] =
    [3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 18, 19, 20, 21, 22, 23, 26, 27, 28, 29];
const FINALS: [u32; 28] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27,
    28, 29,
];
const NO_INITIAL: u32 = 1;
const NO_MEDIAL: u32 = 2;
const NO_FINAL: u32 = 1;

/// The letters on their own, from U+3131, of the initials and of the finals after "none".
const INITIAL_LETTERS: [u32; 19] = [
    0x3131, 0x3132, 0x3134, 0x3137, 0x3138, 0x3139, 0x3141, 0x3142, 0x3143, 0x3145, 0x3146, 0x3147,
    0x3148, 0x3149, 0x314A, 0x314B, 0x314C, 0x314D, 0x314E,
];
const FINAL_LETTERS: [u32; 27] = [
    0x3131, 0x3132, 0x3133, 0x3134, 0x3135, 0x3136, 0x3137, 0x3139, 0x313A, 0x313B, 0x313C, 0x313D,
    0x313E, 0x313F, 0x3140, 0x3141, 0x3142, 0x3144, 0x3145, 0x3146, 0x3147, 0x3148, 0x314A, 0x314B,
    0x314C, 0x314D, 0x314E,
];
const FIRST_MEDIAL_LETTER: u32 = 0x314F;

fn pair(lead: u8, trail: u8) -> Option<char> {
    match lead {
        0x84..=0xD3 => hangul(u32::from(lead) << 8 | u32::from(trail)),
        0xD8..=0xDE | 0xE0..=0xF9 => other(lead, trail),
        _ => None,
    }
}

fn code(c: char) -> Option<u32> {
    hangul_code(u32::from(c)).or_else(|| other_code(c))
}

fn hangul(code: u32) -> Option<char> {
    let (initial, medial, last) = ((code >> 10) & 31, (code >> 5) & 31, code & 31);
    let unit = match (initial, medial, last) {
        (NO_INITIAL, NO_MEDIAL, last) => {
            nth(&FINAL_LETTERS, place(&FINALS, last)?.checked_sub(1)?)?
        }
        (NO_INITIAL, medial, NO_FINAL) => FIRST_MEDIAL_LETTER + place(&MEDIALS, medial)?,
        (initial, NO_MEDIAL, NO_FINAL) => nth(&INITIAL_LETTERS, place(&INITIALS, initial)?)?,
        _ => {
            let (i, m) = (place(&INITIALS, initial)?, place(&MEDIALS, medial)?);
            SYLLABLES + (i * 21 + m) * 28 + place(&FINALS, last)?
        }
    };
    char::from_u32(unit)
}

fn hangul_code(unit: u32) -> Option<u32> {
    let parts = if let Some(n) = unit.checked_sub(SYLLABLES).filter(|n| *n < 19 * 21 * 28) {
        (nth(&INITIALS, n / 588)?, nth(&MEDIALS, n / 28 % 21)?, nth(&FINALS, n % 28)?)
    } else if let Some(i) = place(&INITIAL_LETTERS, unit) {
        (nth(&INITIALS, i)?, NO_MEDIAL, NO_FINAL)
    } else if let Some(f) = place(&FINAL_LETTERS, unit) {
        (NO_INITIAL, NO_MEDIAL, nth(&FINALS, f + 1)?)
    } else {
        (NO_INITIAL, nth(&MEDIALS, unit.checked_sub(FIRST_MEDIAL_LETTER)?)?, NO_FINAL)
    };
    Some(0x8000 | parts.0 << 10 | parts.1 << 5 | parts.2)
}

/// A character of KS X 1001 outside hangul, or a user-defined one.
fn other(lead: u8, trail: u8) -> Option<char> {
    let column = match trail {
        0x31..=0x7E => trail - 0x31,
        0x91..=0xFE => trail - 0x43,
        _ => return None,
    };
    let row = match lead {
        0xD8 => return char::from_u32(0xE000 + u32::from(column)),
        0xD9..=0xDE => (lead - 0xD9) * 2 + 1,
        0xE0..=0xF9 => (lead - 0xE0) * 2 + 42,
        _ => return None,
    };
    web::one(EUC_KR, &[row + column / 94 + 0xA0, column % 94 + 0xA1])
}

fn other_code(c: char) -> Option<u32> {
    let (lead, column) = match u32::from(c).checked_sub(0xE000).filter(|n| *n < 188) {
        Some(n) => (0xD8, n),
        None => {
            let [row, column] = web::Codes::new(EUC_KR).pair(c)?.map(u32::from);
            let (row, column) = (row - 0xA0, column - 0xA1);
            let (lead, row) = match row {
                1..=12 => (0xD9, row - 1),
                42..=93 => (0xE0, row - 42),
                _ => return None,
            };
            (lead + row / 2, row % 2 * 94 + column)
        }
    };
    Some(lead << 8 | (column + if column < 0x4E { 0x31 } else { 0x43 }))
}

fn nth(list: &[u32], at: u32) -> Option<u32> {
    list.get(usize::try_from(at).ok()?).copied()
}

fn place(list: &[u32], value: u32) -> Option<u32> {
    list.iter().position(|entry| *entry == value).and_then(|at| u32::try_from(at).ok())
}
