//! HTML as RTF: what Outlook shows, with the HTML inside.
//!
//! Markup goes into `\htmltag` groups as it is. Text that both forms show stands outside. What only
//! RTF needs (line ends, bold, bullets) stands between `\htmlrtf` and `\htmlrtf0`, without groups,
//! so that HTML that is badly nested still gives sound RTF.
//!
//! Spec: F-083 (msg-format 5.8; MS-OXRTFEX).

use super::write::{begin, push_text};
use crate::body::html::layout::{Sink, Style, lay_out};

/// How HTML writes a no-break space: by number, since `\~` comes back as `&nbsp;`.
const NBSP: &str = "\\u160?";

/// Makes RTF of HTML, as Outlook does: [`rtf_to_html`](super::rtf_to_html) gives it back, and
/// programs that know only RTF show its text.
///
/// The HTML that comes back is the same to the character, except that line ends are CR LF and
/// NULs are gone. The RTF is ASCII, whatever the HTML is; it may be 40 times as long, which takes
/// HTML of nothing but ampersands. A message that stores both has to say so: `PR_RTF_IN_SYNC`
/// true, `PR_NATIVE_BODY_INFO` 3.
///
/// Spec: F-083 (msg-format 5.8; MS-OXRTFEX).
///
/// # Example
/// ```
/// use openimsg::body::{RtfOptions, html_to_rtf, rtf_to_html, rtf_to_text};
///
/// let html = "<p>caf\u{E9} &amp; <b>bar</b></p><p>two</p>";
/// let rtf = html_to_rtf(html);
/// assert_eq!(rtf_to_html(&rtf, &RtfOptions::default())?.text, html);
/// let text = rtf_to_text(&rtf, &RtfOptions::default())?.text;
/// assert_eq!(text, "caf\u{E9} & bar\r\n\r\ntwo\r\n");
/// # Ok::<(), openimsg::Error>(())
/// ```
#[must_use]
pub fn html_to_rtf(html: &str) -> Vec<u8> {
    let mut wrap = Wrap(begin("\\fromhtml1"));
    wrap.push("\\f0\\fs24 \r\n");
    lay_out(html, &mut wrap);
    wrap.push("}");
    wrap.0
}

/// RTF being made.
struct Wrap(Vec<u8>);

impl Wrap {
    fn push(&mut self, rtf: &str) {
        self.0.extend_from_slice(rtf.as_bytes());
    }

    /// What only RTF shows.
    fn only_rtf(&mut self, rtf: &str) {
        self.push("\\htmlrtf ");
        self.push(rtf);
        self.push("\\htmlrtf0 ");
    }
}

impl Sink for Wrap {
    fn markup(&mut self, parameter: u16, markup: &str) {
        self.push(&format!("{{\\*\\htmltag{parameter} "));
        let mut rest = markup;
        while let Some(at) = rest.find(['\r', '\n']) {
            let (line, end) = rest.split_at_checked(at).unwrap_or((rest, ""));
            push_text(&mut self.0, line, NBSP);
            self.push("\\par\r\n");
            let taken = if end.starts_with("\r\n") { 2 } else { 1 };
            rest = end.get(taken..).unwrap_or_default();
        }
        push_text(&mut self.0, rest, NBSP);
        self.push("}");
    }

    fn shared(&mut self, text: &str) {
        push_text(&mut self.0, text, NBSP);
    }

    fn shared_line(&mut self) {
        self.push("\\par\r\n");
    }

    fn only(&mut self, text: &str) {
        self.push("\\htmlrtf ");
        push_text(&mut self.0, text, "\\~");
        self.push("\\htmlrtf0 ");
    }

    fn line(&mut self, paragraph: bool) {
        self.only_rtf(if paragraph { "\\par\r\n" } else { "\\line\r\n" });
    }

    fn style(&mut self, style: Style, on: bool) {
        self.only_rtf(match (style, on) {
            (Style::Bold, true) => "\\b",
            (Style::Bold, false) => "\\b0",
            (Style::Italic, true) => "\\i",
            (Style::Italic, false) => "\\i0",
            (Style::Underline, true) => "\\ul",
            (Style::Underline, false) => "\\ulnone",
            (Style::Strike, true) => "\\strike",
            (Style::Strike, false) => "\\strike0",
            (Style::Link, true) => "\\ul\\cf1",
            (Style::Link, false) => "\\ulnone\\cf0",
        });
    }
    fn link_end(&mut self, _target: &str) {}
}
