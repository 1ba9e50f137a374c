//! What RTF bodies say: HTML and plain text inside RTF (MS-OXRTFEX), and RTF of its own.
//!
//! ```text
//!  bytes -> token.rs -> reader.rs -> out.rs -> text        kind.rs: which of the three it is
//!                        |  words.rs: what control words mean
//!                        |- chars.rs, fonts.rs: bytes in code pages, characters by number
//!                        '- rich.rs, families.rs, picture.rs: HTML of RTF of its own
//!  text -> write.rs -> RTF
//!  HTML -> markup.rs -> layout.rs -> wrap.rs -> RTF, plain.rs -> text
//!                    '- markdown/ -> Markdown
//! ```
//!
//! One pass over the bytes, a state for each open group on a stack of its own, linear time. Damage
//! costs a [`Finding`], not the text. Not here: compressed RTF, and what HTML says.
//!
//! `docs/format/rtf-bodies.md` has the forms with an example,
//! `docs/decisions/0021-what-is-read-out-of-rtf.md` tells what was chosen where the format is
//! silent. Spec: msg-format 5.

mod chars;
mod charset;
mod families;
mod fonts;
mod group;
mod kind;
mod layout;
mod markdown;
mod markup;
mod out;
mod picture;
mod plain;
mod reader;
mod report;
mod rich;
mod token;
mod words;
mod wrap;
mod write;

#[cfg(test)]
mod tests;

use self::reader::{Mode, Reader};
use self::report::{Flaw, Report, too_big};
use crate::error::Result;
use crate::finding::{Finding, Validation};
use crate::wire::CodePage;

pub use self::charset::html_as_utf_8;
pub use self::kind::{RtfKind, rtf_kind};
pub use self::markdown::html_to_markdown;
pub use self::plain::html_to_text;
pub use self::wrap::html_to_rtf;
pub use self::write::text_to_rtf;

/// How RTF is read; the default is right for messages.
///
/// Spec: msg-format 5.6, 9.1.
///
/// # Example
/// ```
/// use openimsg::{CodePage, body::{RtfOptions, rtf_to_text}};
///
/// // RTF that names no code page, in a message whose text is Greek.
/// let mut options = RtfOptions::default();
/// options.code_page = CodePage::new(1253);
/// assert_eq!(rtf_to_text(b"{\\rtf1 \\'e1\\'e2}", &options)?.text, "αβ");
/// # Ok::<(), openimsg::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RtfOptions {
    /// Whether the first deviation is an error.
    pub validation: Validation,
    /// The page of bytes in RTF that names none, or none that is supported: that of the message.
    /// 1252 if there is none here either. `\ansi` names none, `\mac`, `\pc` and `\pca` do.
    pub code_page: Option<CodePage>,
    /// The most bytes of text to give; `None` is 4 times the RTF and 1 MiB.
    pub text_bytes: Option<u64>,
    /// The most groups inside groups whose formatting is followed. Text deeper down is read.
    pub group_depth: usize,
    /// The most tokens to read.
    pub tokens: u64,
    /// The most fonts whose code page is remembered.
    pub fonts: usize,
    /// The most bytes of one picture that becomes part of HTML.
    pub picture_bytes: u64,
}

impl Default for RtfOptions {
    fn default() -> Self {
        RtfOptions {
            validation: Validation::Lenient,
            code_page: None,
            text_bytes: None,
            group_depth: 1000,
            tokens: 64 << 20,
            fonts: 4096,
            picture_bytes: 32 << 20,
        }
    }
}

/// A body read out of RTF: [`rtf_to_html`], [`rtf_to_text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RtfBody {
    /// HTML or plain text. Its lines end with CR LF, and it has no NUL.
    pub text: String,
    /// What the RTF carries; if it is not what was asked for, `text` is a conversion.
    pub kind: RtfKind,
    /// What a lenient reading met, in the order it met it; empty after a strict one.
    pub findings: Vec<Finding>,
}

/// Gives the HTML of RTF: the one inside it if it was made from HTML, else one made of its text.
///
/// HTML inside comes back as it was put in, tags, comments and white space included, with the
/// charset it declares, though the result is Unicode; see [`html_as_utf_8`]. Text that the RTF shares with the HTML is
/// escaped where it has to be. RTF of its own becomes HTML with its paragraphs, letters (bold,
/// italics, underline, size, color), links, tables and pictures (PNG, JPEG and bitmaps; `[image]` for others). Where the
/// RTF has the place of its n-th attachment, by rendering position, the HTML has `<a id="attachment-n"></a>`. Plain text becomes HTML that shows it. What does not begin as RTF is taken for HTML or text as it stands.
///
/// A lenient reading gives the text of damaged RTF, with a finding each:
///
/// | Finding | What is wrong | What is done |
/// |---|---|---|
/// | `rtf-none` | it does not begin with `{\rtf` | it is the text |
/// | `rtf-fromhtml` | `\fromhtml` has another number than 1 | it is read as HTML |
/// | `rtf-unclosed` | groups are open at the end | read to the end |
/// | `rtf-extra-close` | a brace closes no group | left out |
/// | `rtf-after-end` | bytes follow the last brace | read if there are HTML tags among them |
/// | `rtf-depth` | groups deeper than the limit | their text is read with the formatting outside |
/// | `rtf-fonts` | more fonts than the limit | the document's code page for the others |
/// | `rtf-code-page` | the document's page is not supported | [`RtfOptions::code_page`], else 1252 |
/// | `rtf-characters` | bytes without a character | U+FFFD |
/// | `rtf-surrogate` | a number that is no character, half a pair | U+FFFD |
/// | `rtf-hex` | a backslash without what belongs to it | left out |
/// | `rtf-bin` | binary data longer than the RTF | read to the end |
/// | `rtf-picture` | a picture is larger than the limit | `[image]` in its place |
///
/// Spec: F-069, F-070, F-071, F-072, F-078, F-079 (msg-format 5.4; MS-OXRTFEX).
///
/// # Errors
/// - [`Code::TooBig`](crate::Code::TooBig) if the text or the tokens exceed their limit.
/// - [`Code::CorruptData`](crate::Code::CorruptData) in strict mode at the first deviation;
///   [`Code::TooComplex`](crate::Code::TooComplex) if it is the depth of groups.
///
/// # Example
/// ```
/// use openimsg::body::{RtfKind, RtfOptions, rtf_to_html};
///
/// let rtf = br"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0
/// {\*\htmltag64 <p>}\htmlrtf {\b \htmlrtf0 caf\'e9 {\*\htmltag84 &amp;}\htmlrtf &\htmlrtf0  bar
/// \htmlrtf }\htmlrtf0 {\*\htmltag72 </p>}}";
/// let html = rtf_to_html(rtf, &RtfOptions::default())?;
/// assert_eq!(html.text, "<p>café &amp; bar</p>");
/// assert_eq!(html.kind, RtfKind::Html);
/// # Ok::<(), openimsg::Error>(())
/// ```
pub fn rtf_to_html(rtf: &[u8], options: &RtfOptions) -> Result<RtfBody> {
    const DOING: &str = "read HTML from RTF";
    let limit = options.text_limit(rtf.len());
    match rtf_kind(rtf) {
        RtfKind::Html => read(rtf, Mode::Html, DOING, options),
        RtfKind::NotRtf => {
            let body = not_rtf(rtf, DOING, options)?;
            if plain::looks_like_html(&body.text) { Ok(body) } else { as_html(body, DOING, limit) }
        }
        RtfKind::Text => as_html(read(rtf, Mode::Text, DOING, options)?, DOING, limit),
        RtfKind::Native => read(rtf, Mode::Rich, DOING, options),
    }
}

/// Gives the plain text of RTF: the one inside it if it was made from plain text, else what an
/// RTF viewer shows.
///
/// Paragraphs and lines end with CR LF, cells of a table are separated by tabs, its rows are
/// lines. Of a field there is the result, of a list the bullets and numbers. Hidden and deleted
/// text, pictures, headers and comments are left out; a footnote stands in brackets where its
/// mark is. RTF that shows nothing, but has HTML inside, gives the text of the HTML. Findings are those of [`rtf_to_html`].
///
/// Spec: F-080 (msg-format 5.5, 5.9).
///
/// # Errors
/// - [`Code::TooBig`](crate::Code::TooBig) if the text or the tokens exceed their limit.
/// - [`Code::CorruptData`](crate::Code::CorruptData) in strict mode at the first deviation;
///   [`Code::TooComplex`](crate::Code::TooComplex) if it is the depth of groups.
///
/// # Example
/// ```
/// use openimsg::body::{RtfOptions, rtf_to_text};
///
/// let rtf = br"{\rtf1\ansi one\par {\b two}\par {\v hidden}{\field{\*\fldinst X}{\fldrslt 3}}}";
/// assert_eq!(rtf_to_text(rtf, &RtfOptions::default())?.text, "one\r\ntwo\r\n3");
/// # Ok::<(), openimsg::Error>(())
/// ```
pub fn rtf_to_text(rtf: &[u8], options: &RtfOptions) -> Result<RtfBody> {
    const DOING: &str = "read text from RTF";
    match rtf_kind(rtf) {
        RtfKind::NotRtf => not_rtf(rtf, DOING, options),
        RtfKind::Text => read(rtf, Mode::Text, DOING, options),
        RtfKind::Native => read(rtf, Mode::Native, DOING, options),
        RtfKind::Html => {
            let shown = read(rtf, Mode::Native, DOING, options)?;
            let blank = shown.text.trim().is_empty();
            if blank { text_of_html(rtf, DOING, options) } else { Ok(shown) }
        }
    }
}

impl RtfOptions {
    fn text_limit(&self, len: usize) -> u64 {
        let len = u64::try_from(len).unwrap_or(u64::MAX);
        self.text_bytes.unwrap_or(len.saturating_mul(4).saturating_add(1 << 20))
    }

    fn strict(&self, doing: &'static str) -> Option<&'static str> {
        (self.validation == Validation::Strict).then_some(doing)
    }
}

fn read(rtf: &[u8], mode: Mode, doing: &'static str, options: &RtfOptions) -> Result<RtfBody> {
    let (kind, usual) = kind::kind(rtf);
    let limit = options.text_limit(rtf.len());
    let mut reader = Reader::new(rtf, mode, doing, limit, options);
    if !usual {
        reader.report.add(Flaw::FromHtml, 0);
    }
    let text = reader.run(limit)?;
    let findings = std::mem::take(&mut reader.report).finish(options.strict(doing))?;
    Ok(RtfBody { text, kind, findings })
}

/// The text of HTML inside RTF that shows nothing: writers exist that put all of it into tags.
fn text_of_html(rtf: &[u8], doing: &'static str, options: &RtfOptions) -> Result<RtfBody> {
    let html = read(rtf, Mode::Html, doing, options)?;
    let text = html_to_text(&html.text);
    within(RtfBody { text, ..html }, doing, options.text_limit(rtf.len()))
}

/// Bytes that are no RTF, as text: UTF-8 if they are that, else in the page of the options.
fn not_rtf(bytes: &[u8], doing: &'static str, options: &RtfOptions) -> Result<RtfBody> {
    let mut report = Report::default();
    let limit = options.text_limit(bytes.len());
    if !bytes.is_empty() {
        report.add(Flaw::NotRtf, 0);
    }
    let utf_8 = std::str::from_utf8(bytes).is_ok();
    let other = options.code_page.unwrap_or(CodePage::WINDOWS_1252);
    let decoded = if utf_8 { CodePage::UTF_8 } else { other }.decode(bytes);
    if decoded.malformed {
        report.add(Flaw::Characters, 0);
    }
    let text = plain::lines(decoded.text.trim_start_matches('\u{FEFF}'));
    let body =
        RtfBody { text, kind: RtfKind::NotRtf, findings: report.finish(options.strict(doing))? };
    within(body, doing, limit)
}

/// Makes HTML of plain text.
fn as_html(body: RtfBody, doing: &'static str, limit: u64) -> Result<RtfBody> {
    within(RtfBody { text: plain::to_html(&body.text), ..body }, doing, limit)
}

fn within(body: RtfBody, doing: &'static str, limit: u64) -> Result<RtfBody> {
    match u64::try_from(body.text.len()) {
        Ok(len) if len <= limit => Ok(body),
        _ => Err(too_big(doing, "limit: text of RTF", limit)),
    }
}
