//! Page 950, Microsoft's Big5, and the Macintosh page built on the same grid.
//!
//! The web's Big5 has Hong Kong's characters where Microsoft has user-defined ones. Both agree on
//! the rest, A140-C67E and C940-F9FE, except for the last of all, F9FE.
//!
//! ```text
//!  8140..8DFE  U+EEB8..   user-defined 3        C6A1..C8FE  U+F6B1..  user-defined 4
//!  8E40..A0FE  U+E311..   user-defined 2        C940..F9FE  Big5, less frequent
//!  A140..C67E  Big5, symbols and frequent       FA40..FEFE  U+E000..  user-defined 1
//! ```

use encoding_rs::BIG5;

use super::double::Codec;
use super::web;

/// Page 950.
pub(super) const CP950: Codec = Codec {
    single: |_| None,
    pair: |lead, trail| pair(&WINDOWS, lead, trail),
    code: |c| code(&WINDOWS, c),
};

/// A run of user-defined characters: where it starts in the grid, and in Unicode.
pub(super) struct Zone {
    lead: u8,
    skip: u32,
    base: u32,
    count: u32,
}

const WINDOWS: [Zone; 4] = [
    Zone { lead: 0xFA, skip: 0, base: 0xE000, count: 5 * ROW },
    Zone { lead: 0x8E, skip: 0, base: 0xE311, count: 19 * ROW },
    Zone { lead: 0x81, skip: 0, base: 0xEEB8, count: 13 * ROW },
    Zone { lead: 0xC6, skip: HALF, base: 0xF6B1, count: 3 * ROW - HALF },
];

/// The Macintosh page: FD-FF are single bytes, and the numbering starts at 8140.
pub(super) const MAC: [Zone; 3] = [
    Zone { lead: 0x81, skip: 0, base: 0xE000, count: 32 * ROW },
    Zone { lead: 0xC6, skip: HALF, base: 0xF3A0, count: 3 * ROW - HALF },
    Zone { lead: 0xFA, skip: 0, base: 0xF538, count: 3 * ROW },
];

/// Characters of one first byte: second bytes 40-7E, then A1-FE.
const ROW: u32 = 157;
const HALF: u32 = 63;

pub(super) fn pair(zones: &[Zone], lead: u8, trail: u8) -> Option<char> {
    let column = match trail {
        0x40..=0x7E => trail - 0x40,
        0xA1..=0xFE => trail - 0x62,
        _ => return None,
    };
    let user = zones.iter().find_map(|zone| {
        let row = lead.checked_sub(zone.lead)?;
        let n = (u32::from(row) * ROW + u32::from(column)).checked_sub(zone.skip)?;
        (n < zone.count).then_some(zone.base + n)
    });
    match user {
        Some(unit) => char::from_u32(unit),
        None if (lead, trail) == (0xF9, 0xFE) => Some('▓'),
        None => web::one(BIG5, &[lead, trail]),
    }
}

pub(super) fn code(zones: &[Zone], c: char) -> Option<u32> {
    let user = zones.iter().find_map(|zone| {
        let n = u32::from(c).checked_sub(zone.base).filter(|n| *n < zone.count)? + zone.skip;
        let (row, column) = (n / ROW, n % ROW);
        let trail = if column < HALF { 0x40 + column } else { 0x62 + column };
        Some(((u32::from(zone.lead) + row) << 8) | trail)
    });
    user.or_else(|| {
        let code = match c {
            '▓' => 0xF9FE,
            // The web writes the second of its two places, which is user-defined here.
            '仝' => 0xC969,
            c => web::Codes::new(BIG5).code(c)?,
        };
        let [0, 0, lead, trail] = code.to_be_bytes() else { return None };
        // Where the web has a Hong Kong character, this page has a user-defined one.
        (pair(zones, lead, trail) == Some(c)).then_some(code)
    })
}
