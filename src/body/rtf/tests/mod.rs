//! Unit tests of the RTF reader's parts.

mod tokens;
