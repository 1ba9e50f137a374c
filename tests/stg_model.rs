//! Random work against a plain model: a nested map that does at once what a storage shall do.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;
#[path = "common/model.rs"]
mod model;
#[path = "common/model_check.rs"]
mod model_check;
#[path = "common/model_file.rs"]
mod model_file;
#[path = "common/model_world.rs"]
mod model_world;

use model::{Step, step};
use model_file::{Carrier, Medium};
use model_world::World;
use openimsg::CommitFlags;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").map_or(1000, |cases| cases.parse().unwrap()),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Spec: S-118, S-127, S-169
    #[test]
    fn a_storage_does_what_a_nested_map_does(
        steps in prop::collection::vec(step(), 1..120),
        medium in prop_oneof![
            Just(Medium::Memory),
            Just(Medium::Replace),
            Just(Medium::InPlace),
            Just(Medium::LockBytes),
        ],
        large in any::<bool>(),
        window in any::<bool>(),
        deep in any::<bool>(),
    ) {
        let mut world = World::new(Carrier::new(medium, large, window));
        for step in steps {
            world.run(step);
            world.check();
            if deep {
                world.check_deep();
            }
        }
        world.commit(0, CommitFlags::empty());
        world.run(Step::Reopen);
        world.check_deep();
    }
}
