//! The library part of `imsg`, the command for .msg files; its help says what it does.
//!
//! A door: it translates between people and [`openimsg`], and decides nothing about messages.
//!
//! ```text
//!   args --> verbs (one file each) --> openimsg
//!              |        |
//!   driver, output   tree, spec, json, values, target, names, html, text, errors
//!   batch: many files into many files
//! ```
#![forbid(unsafe_code)]

mod args;
mod bar;
mod batch;
mod driver;
mod errors;
#[cfg(feature = "safe-html")]
mod html;
mod json;
mod names;
mod output;
mod spec;
mod target;
mod text;
mod tree;
mod values;
mod verbs;

use clap::Parser as _;
use std::ffi::OsString;

/// Runs the command with these arguments, the first of which is its own name, and gives the exit
/// status: 0 all good, 1 an input failed or `check` found something, 2 wrong usage.
///
/// # Example
/// ```
/// assert_eq!(openimsg_cli::run(["imsg", "show", "--no-such-option"].map(Into::into)), 2);
/// ```
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    match args::Args::try_parse_from(args) {
        Ok(args) => match args.verb {
            args::Verb::Show(show) => show.run(),
            args::Verb::Body(body) => body.run(),
            args::Verb::Dump(dump) => dump.run(),
            args::Verb::Extract(extract) => extract.run(),
            args::Verb::New(new) => new.run(),
            args::Verb::Set(set) => set.run(),
            args::Verb::Check(check) => check.run(),
            args::Verb::ToEml(to_eml) => to_eml.run(),
            args::Verb::FromEml(from_eml) => from_eml.run(),
        },
        Err(help) => {
            // Help that was asked for has status 0; a closed pipe is no error.
            let _ = help.print();
            u8::try_from(help.exit_code()).unwrap_or(2)
        }
    }
}
