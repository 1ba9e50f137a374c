//! The library part of `imsg`, the command for .msg files. The command's help says what it does.
//!
//! ```text
//!   args -> verbs (one file each) -> openimsg
//!             |        |
//!          driver   tree, json, text, values, names
//! ```
#![forbid(unsafe_code)]

mod errors;
mod json;
mod names;
mod text;

/// x
pub fn run(_args: impl IntoIterator<Item = std::ffi::OsString>) -> u8 { 0 }
