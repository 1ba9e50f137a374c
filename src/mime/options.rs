//! How to convert.

use crate::limits::Limits;
use crate::wire::{CodePage, FileTime};

/// How a message becomes a mail; see [`write_eml`](super::write_eml).
///
/// # Example
/// ```
/// use openimsg::mime::ExportOptions;
///
/// let options = ExportOptions { bcc: false, ..ExportOptions::default() };
/// assert!(options.calendar);
/// ```
#[derive(Debug, Clone)]
#[allow(clippy::exhaustive_structs, reason = "callers write `..ExportOptions::default()`")]
pub struct ExportOptions {
    /// Whether recipients of blind copies are named in a field Bcc. Default: yes.
    pub bcc: bool,
    /// Whether Received, Return-Path, Authentication-Results and DKIM fields of the transport headers are
    /// given again. They speak of the mail as it came, which is not the mail that is written. Default: no.
    pub trace: bool,
    /// Whether appointments and meetings get a text/calendar part, contacts a vCard. Default: yes.
    pub calendar: bool,
    /// Whether an attachment winmail.dat is replaced by what is in it. Default: yes.
    pub expand_tnef: bool,
    /// Whether recipients of one kind and address are named once only. Default: no.
    pub drop_duplicates: bool,
    /// Whether the message itself, as it was last saved, is attached as a .msg, so that nothing is lost.
    /// Default: no.
    pub attach_original: bool,
    /// The domain of addresses made of X.500 names and of invented message identifiers.
    pub domain: String,
    /// What files may cost.
    pub limits: Limits,
}

impl Default for ExportOptions {
    fn default() -> Self {
        ExportOptions {
            bcc: true,
            trace: false,
            calendar: true,
            expand_tnef: true,
            drop_duplicates: false,
            attach_original: false,
            domain: "openimsg.invalid".to_owned(),
            limits: Limits::default(),
        }
    }
}

/// How a mail becomes a message; see [`read_eml`](super::read_eml).
#[derive(Debug, Clone)]
#[allow(clippy::exhaustive_structs, reason = "callers write `..ImportOptions::default()`")]
pub struct ImportOptions {
    /// Whether the body is stored as RTF too, with the HTML or text inside. Default: no.
    pub rtf: bool,
    /// Whether an attachment winmail.dat is replaced by what is in it. Default: yes.
    pub expand_tnef: bool,
    /// Whether a mail that came from somebody else is marked as received; `X-Unsent: 1` makes a draft
    /// in any case. Default: yes.
    pub received: bool,
    /// The code page of 8-bit text that tells none; default: what the text looks like.
    pub code_page: Option<CodePage>,
    /// The time of delivery of a mail that does not tell it.
    pub now: Option<FileTime>,
    /// What files may cost.
    pub limits: Limits,
}

impl Default for ImportOptions {
    fn default() -> Self {
        ImportOptions {
            rtf: false,
            expand_tnef: true,
            received: true,
            code_page: None,
            now: None,
            limits: Limits::default(),
        }
    }
}
