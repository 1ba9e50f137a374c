//! Compressed RTF at the C door.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::panic,
    reason = "a test may panic and say why"
)]

mod support;

use support::Way::{C, Cpp, Sanitized, Static};

/// Spec: C-265, C-266, C-267
#[test]
fn rtf_is_wrapped_and_bodies_are_kept_alike() {
    support::check(&["rtf.c"], &[C, Cpp, Static, Sanitized], &[]);
}
