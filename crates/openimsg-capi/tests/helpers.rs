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

#[test]
fn helpers_on_values_names_files_and_memory() {
    check(&["helpers.c"], ALL, &[&scratch("helpers-files")]);
}

#[test]
fn storages_streams_and_what_makes_them() {
    check(&["storages.c"], ALL, &[&scratch("storages-files")]);
}
