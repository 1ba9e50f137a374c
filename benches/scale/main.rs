//! What very many and very large things cost: fifty thousand recipients and five thousand attachments
//! of one message, ten thousand open messages, an attachment of 4 GiB.
//!
//! `cargo bench --bench scale`; further arguments: `-- --only=WORD` for one table, `-- --runs=N`.
//! `OPENIMSG_SCALE=10` does a tenth of everything. Times are the best of a few runs; what counts is
//! the last column: the time of the largest size over that of a tenth of it. 10 is linear, 12 is the
//! bound. Large files lie in a temporary folder (`TMPDIR`).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops at the first surprise"
)]
#![allow(clippy::print_stdout, reason = "the tables are what it is for")]

mod attachments;
#[path = "../common/mod.rs"]
mod common;
mod large;
mod many;
#[path = "../../tests/common/meter.rs"]
mod meter;
mod raw;
mod recipients;
mod report;

use common::{is_measuring, option};

#[global_allocator]
static ALLOCATOR: meter::Meter = meter::Meter;

fn main() {
    let set = std::env::var("OPENIMSG_SCALE").ok().and_then(|scale| scale.parse().ok());
    let scale: usize = set.unwrap_or(if is_measuring() { 1 } else { 100 }).max(1);
    let runs = option("runs").and_then(|runs| runs.parse().ok());
    let runs: usize = runs.unwrap_or(if is_measuring() { 3 } else { 1 });
    let only = option("only");
    let chosen = |word: &str| only.as_deref().is_none_or(|only| only == word);
    // The allocator of the system takes memory of its own for large pieces until one was given back;
    // from now on all sizes get theirs in the same way.
    drop(std::hint::black_box(vec![1_u8; 31 << 20]));
    let sizes = |largest: usize| [100, 10, 1].map(|part| (largest / part / scale).max(1));
    if chosen("recipients") {
        report::table("recipients of one message", sizes(50_000), runs, recipients::story);
    }
    if chosen("attachments") {
        report::table("attachments of one message", sizes(5_000), runs, attachments::story);
    }
    if chosen("raw") {
        raw::compare(sizes(50_000), runs);
    }
    if chosen("many") {
        many::report([1_000 / scale, 10_000 / scale], runs);
    }
    if chosen("large") {
        large::report((4 << 30) / scale as u64);
    }
}
