//! What fuzzing found, kept: each file under `tests/cases/TARGET/` once broke that target.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic and say why")]

#[path = "common/targets.rs"]
mod targets;

use std::path::Path;
use targets::{TARGETS, seeds};

#[test]
fn what_fuzzing_once_found_is_repaired() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    for (name, target) in TARGETS {
        let Ok(cases) = std::fs::read_dir(folder.join(name)) else { continue };
        for case in cases {
            let path = case.unwrap().path();
            println!("{}", path.display());
            target(&std::fs::read(&path).unwrap());
        }
    }
}

/// Every target runs on its own seeds, on their beginnings, and on a few damaged bytes.
#[test]
fn every_target_stands_its_seeds() {
    for (name, target) in TARGETS {
        for seed in seeds(name) {
            target(&seed);
            for cut in [0, 1, seed.len() / 3, seed.len() / 2, seed.len().saturating_sub(1)] {
                target(&seed[..cut]);
            }
            for at in (0..seed.len()).step_by(seed.len() / 50 + 1) {
                let mut damaged = seed.clone();
                damaged[at] ^= 0x55;
                target(&damaged);
            }
        }
    }
}
