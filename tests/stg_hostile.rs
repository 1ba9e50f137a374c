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

use hostile::{Random, exercise, fragmented, mutate, sample, within_limits};

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
