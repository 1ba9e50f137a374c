//! COM's functions as they stand in its headers, with what Rust cannot pass by mistake as `Option`:
//! null pointers, reserved arguments, bare mode bits. For doors that translate one to one, and for
//! the order of checks. Rust callers want [`CompoundFile`](super::CompoundFile).

pub(super) mod roots;
