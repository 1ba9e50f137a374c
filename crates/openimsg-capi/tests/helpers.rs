//! The helpers that MAPI programs link with, and the functions on storages, called from C.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::panic,
    reason = "a test may panic and say why"
)]

mod support;

use support::Way::{C, Cpp, Sanitized, Static};
use support::{check, scratch};

const ALL: &[support::Way] = &[C, Cpp, Static, Sanitized];

/// Spec: S-146, S-147, S-148
#[test]
fn helpers_on_values_names_files_and_memory() {
    check(&["helpers.c"], ALL, &[&scratch("helpers-files")]);
}

/// Spec: S-053
#[test]
fn storages_streams_and_what_makes_them() {
    check(&["storages.c"], ALL, &[&scratch("storages-files")]);
}

#[test]
fn a_callback_with_a_context_of_a_pointers_width() {
    check(&["callback_ex.c"], ALL, &[]);
}
