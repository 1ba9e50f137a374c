//! JSON, lossless both ways.
//!
//! ```text
//!   out:  values and trees -> serde -> Plain formatter -> one line
//!   in:   text -> Node (a piece of the text and its path) -> values and trees
//! ```
//!
//! Text of a message may hold unpaired surrogates, which Rust's strings cannot; they travel as
//! `\uD8xx` escapes. Numbers are read from their digits, never through a float.

mod input;
mod output;
mod text;

pub(crate) use input::{Fields, Node, documents};
pub(crate) use output::{Base64, Bytes, sha256, write_line};
pub(crate) use text::TextJson;
