//! Damage to any compound file, where it hurts: header, tables, directory, bytes, blocks, the end.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]

use super::hostile::Random;

/// A copy with one to eight changes.
pub fn damage(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(8) {
        if bytes.len() >= 1024 {
            change(&mut bytes, random);
        }
    }
    bytes
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes(b.try_into().unwrap()) as usize)
}

fn put(bytes: &mut [u8], at: usize, len: usize, value: u64) {
    if let Some(place) = bytes.get_mut(at..at + len) {
        place.copy_from_slice(&value.to_le_bytes()[..len]);
    }
}

fn change(bytes: &mut Vec<u8>, random: &mut Random) {
    let special =
        [0, 1, 2, 0xFF, 0x1000, 0x7FFF_FFFF, 0xFFFF_FFFA, 0xFFFF_FFFC, 0xFFFF_FFFE, 0xFFFF_FFFF];
    let len = bytes.len();
    let sector = if bytes[30] == 12 { 4096 } else { 512 };
    let sectors = (len / sector).max(1);
    let value = match random.below(4) {
        0 => special[random.below(special.len())],
        1 | 2 => random.below(sectors) as u64,
        _ => random.next(),
    };
    let start = |number: usize| number.saturating_add(1).saturating_mul(sector);
    // A directory sector: the first, or one of those that follow it in the file.
    let directory = start(u32_at(bytes, 48)).saturating_add(random.below(8) * sector);
    let entry = directory.saturating_add(random.below(sector / 128) * 128);
    match random.below(16) {
        0 => bytes[random.below(len)] = value as u8,
        1 => bytes[random.below(len)] ^= 1 << random.below(8),
        2 => put(bytes, 24 + random.below(20) * 2, 2, value),
        3 => put(bytes, 40 + random.below(20) * 4, 4, value),
        // The FAT, and the mini FAT.
        4 | 5 => {
            let at = start(u32_at(bytes, 76)).saturating_add(random.below(sector / 4) * 4);
            put(bytes, at, 4, value);
        }
        6 => {
            let at = start(u32_at(bytes, 60)).saturating_add(random.below(sector / 4) * 4);
            put(bytes, at, 4, value);
        }
        7..=10 => {
            let fields = [
                (64, 2),
                (66, 1),
                (67, 1),
                (68, 4),
                (72, 4),
                (76, 4),
                (116, 4),
                (120, 4),
                (120, 8),
                (124, 4),
            ];
            let (field, len) = fields[random.below(fields.len())];
            put(bytes, entry.saturating_add(field), len, value);
        }
        11 => put(bytes, entry.saturating_add(random.below(32) * 2), 2, value),
        12 => bytes.truncate(len - random.below(len / 2)),
        13 | 14 => {
            // A sector lost, or copied over another.
            let to = random.below(sectors) * sector;
            let from = random.below(sectors) * sector;
            let end = (to + sector).min(len);
            if random.below(2) == 0 || from + sector > len {
                let fill = if random.below(2) == 0 { 0 } else { value as u8 };
                bytes[to..end].fill(fill);
            } else {
                bytes.copy_within(from..from + (end - to), to);
            }
        }
        _ => {
            // Two entries of the directory change places.
            let other = directory.saturating_add(random.below(sector / 128) * 128);
            for at in 0..128 {
                if entry.max(other).saturating_add(at) < len {
                    bytes.swap(entry + at, other + at);
                }
            }
        }
    }
}
