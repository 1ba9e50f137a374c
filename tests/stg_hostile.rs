//! Damage at random: no panic, no endless work, no memory that the file does not pay for.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;
#[path = "common/hostile.rs"]
mod hostile;
#[path = "common/meter.rs"]
mod meter;
#[path = "common/watchdog.rs"]
mod watchdog;

use common::image::{self, Image};
use hostile::{Random, exercise, fragmented, sample, within_limits};

#[global_allocator]
static METER: meter::Meter = meter::Meter;

/// Spec: S-163
#[test]
fn a_file_cut_anywhere_is_read_as_far_as_it_goes() {
    for image in [sample(false), fragmented(), sample(true)] {
        let len = image.0.len();
        for step in 0..64 {
            let cut = len * step / 64 + step;
            within_limits("cut", &image.0[..cut.min(len)], exercise);
        }
    }
}

/// Spec: S-163
#[test]
fn random_damage_is_survived() {
    let images = [sample(false), fragmented(), sample(true)];
    // 2 000 in the ordinary run; the variable asks for more.
    let rounds = std::env::var("OPENIMSG_MUTATIONS").map_or(2000, |n| n.parse().unwrap());
    let mut random = Random(2026);
    for round in 0..rounds {
        let mut image = images[round % images.len()].clone();
        let sector = image.sector_len();
        for _ in 0..=random.below(6) {
            mutate(&mut image, sector, &mut random);
        }
        within_limits(&format!("round {round}"), &image.0, exercise);
    }
}

/// One change: of any byte, or of a field that matters.
fn mutate(image: &mut Image, sector: usize, random: &mut Random) {
    let interesting = [0, 1, 2, 0xFF, 0x1000, 0x7FFF_FFFF, 0xFFFF_FFFA, 0xFFFF_FFFC, 0xFFFF_FFFE];
    let sectors = image.0.len() / sector;
    let value = match random.below(3) {
        0 => interesting[random.below(interesting.len())],
        1 => random.below(sectors) as u64,
        _ => random.next(),
    };
    let fields = [
        image::LEFT,
        image::RIGHT,
        image::CHILD,
        image::START,
        image::SIZE,
        image::SIZE_HIGH,
        image::TYPE,
        image::NAME_LEN,
        image::COLOR,
    ];
    // Where things lie in the sound image: header, FAT at sector 0, then the directory.
    match random.below(4) {
        0 => {
            let at = random.below(image.0.len());
            image.0[at] = value as u8;
        }
        1 => {
            let at = 24 + random.below(120) * 4;
            image.put(at, 4, value);
        }
        2 => {
            let at = sector + random.below(sectors.min(128)) * 4;
            image.put(at, 4, value);
        }
        _ => {
            let field = fields[random.below(fields.len())];
            let at = 2 * sector + random.below(20) * 128;
            let bytes = value.to_le_bytes();
            let (from, len) = field.place();
            image.0[at + from..at + from + len].copy_from_slice(&bytes[..len]);
        }
    }
}
