//! Internet mail: messages written as .eml, and .eml, winmail.dat, calendars read into messages.
//!
//! ```text
//!   export  a message -> its mail            import  a mail -> a message      tnef  winmail.dat -> a message
//!      |        \                              |        |
//!   entity     ical, vcard                   ical    source: parts by their places in the file
//!      |
//!   fields  header syntax both ways, and which header is which property
//! ```
//! Nothing is held whole but headers and texts: attachments of any size go through in pieces, both
//! ways. What a direction cannot carry is told item by item in a [`Conversion`].
//! Spec: msg-format 6.

mod conversion;
mod entity;
mod export;
mod fields;
mod ical;
mod import;
mod options;
mod tnef;
mod vcard;

pub use conversion::{Conversion, Loss};
pub use export::write_eml;
pub use ical::{Calendar, calendar, read_ics};
pub use import::read_eml;
pub use options::{ExportOptions, ImportOptions};
pub use tnef::read_tnef;
pub use vcard::card;
