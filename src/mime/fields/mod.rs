//! Header fields: their syntax as it is written, and which field is which property.
//!
//! ```text
//!   map        which field is which property, both ways
//!   mailbox    names and addresses; X.500 names as addresses
//!   params     parameters of Content-Type and Content-Disposition (RFC 2231)
//!   date       dates (RFC 5322)
//!   language   locale identifiers and language tags
//!   words      text as encoded words (RFC 2047)
//!   line       tokens -> a folded field: the one place that makes header lines
//! ```
//! Nothing that stands in a message can end a line: [`line`] writes what tokens hold without controls.
//! Spec: msg-format 6.2, 6.4, 6.7, 6.13, 9.5.

pub(crate) mod date;
pub(crate) mod language;
pub(crate) mod line;
pub(crate) mod mailbox;
pub(crate) mod map;
pub(crate) mod params;
pub(crate) mod words;

pub(crate) use line::field;
