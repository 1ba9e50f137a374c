//! What a mail is made of, and writing it.
//!
//! ```text
//!   part       headers and a content: text, bytes, parts, a message, raw bytes
//!   write      parts -> lines, with boundaries; a list of work, no recursion
//!   base64, quoted   transfer encodings, in pieces
//! ```
//! Spec: msg-format 6.6.

pub(crate) mod base64;
pub(crate) mod part;
pub(crate) mod quoted;
pub(crate) mod write;

pub(crate) use part::{Content, Part};
