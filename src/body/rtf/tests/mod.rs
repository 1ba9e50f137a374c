//! Unit tests of the RTF reader's parts.

mod pages;
mod tokens;
mod work;
