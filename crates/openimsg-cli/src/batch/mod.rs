//! Many files into many files: `imsg to-eml` and `imsg from-eml`.
//!
//! ```text
//!   arguments -> walk -> plan: every input and the name of its output, decided beforehand
//!                          |
//!                       workers, a session each (pool) -> parts: whole outputs under temporary names
//!                          |
//!            in the order of the inputs: line of the report, then the part gets its name
//! ```
//!
//! Whatever happens, also when the process is killed: an output that has its name is complete, and a
//! line of the report was written before. So a second run can tell what is done. Only a window of
//! inputs is in work at a time; of the others only the paths are in memory.

mod args;
mod part;
mod plan;
mod pool;
mod record;
mod report;
mod run;
mod sniff;
mod source;
mod walk;

pub(crate) use args::Batch;
pub(crate) use run::{Convert, Converted};
pub(crate) use sniff::{Format, refuse_mail};
pub(crate) use source::Source;
pub(crate) use walk::has_extension;
