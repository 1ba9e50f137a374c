//! Whether an attachment is part of the body or beside it, and why. Spec: msg-format 1.9, Q-38.
//!
//! ```text
//!  hidden --no--> rendered in the body --no--> named by the HTML --no--> placed in an RTF body --no--> attached
//!    |yes              |yes                        |yes                       |yes
//!    '-----------------'--- inline, with this reason ------------------------'
//! ```
//!
//! The HTML is looked through once for each message, not for each attachment, and what was found is
//! kept until a body changes. The walk is one pass; a reference without an end costs what it spans.

use super::attach::Attachment;
use super::bodies::{HTML, NATIVE, RTF};
use super::body::Body;
use super::handle::ObjectId;
use crate::body::rtf_decompress;
use crate::error::Result;
use crate::finding::Validation;
use crate::prop::{PropId, PropValue};
use std::collections::HashSet;
use std::sync::Arc;

/// Where an attachment belongs; see [`Attachment::disposition`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Beside the body: what readers list as attachments.
    Attached,
    /// In the body, as a picture is.
    Inline(InlineReason),
}

/// Why an attachment counts as part of the body, in the order in which it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InlineReason {
    /// `PR_ATTACHMENT_HIDDEN` is true.
    Hidden,
    /// `PR_ATTACH_FLAGS` has the bit 4: rendered in the body.
    Rendered,
    /// The HTML names its `PR_ATTACH_CONTENT_ID` in a `cid:` reference.
    Referenced,
    /// `PR_RENDERING_POSITION` places it in a body that was written as RTF.
    Placed,
}

impl Disposition {
    /// Whether the attachment is part of the body.
    #[must_use]
    pub fn is_inline(self) -> bool {
        matches!(self, Disposition::Inline(_))
    }
}

impl Attachment<'_> {
    /// Whether the attachment is part of the body, and why.
    ///
    /// The HTML is the stored one or, as in most files of Outlook, the one inside the RTF. Content
    /// identifiers are compared without regard to case, percent-decoded, and without angle brackets. A
    /// body that cannot be read names nothing.
    ///
    /// # Errors
    /// Those of reading the attachment.
    ///
    /// # Example
    /// ```
    /// use openimsg::{CompoundFile, Disposition, InlineReason, Message, tags::*};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// let logo = message.attach_file("logo.png", b"\x89PNG")?;
    /// assert_eq!(logo.disposition()?, Disposition::Attached);
    /// logo.set(PR_ATTACH_CONTENT_ID_W, "logo@example.org")?;
    /// message.set(PR_HTML, br#"<img src="cid:LOGO%40example.org">"#)?;
    /// assert_eq!(logo.disposition()?, Disposition::Inline(InlineReason::Referenced));
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    pub fn disposition(&self) -> Result<Disposition> {
        self.handle.with("read attachment", |body, id| body.disposition(id))
    }
}

/// `PR_ATTACH_FLAGS`: the attachment is rendered in the body.
const RENDERED: i32 = 0x4;
/// `PR_RENDERING_POSITION` of an attachment that is not in the body.
const NOWHERE: i32 = -1;
/// The longest content identifier that is looked for.
const MAX_ID: usize = 2048;
/// How many compressed bytes are enough to tell what RTF it is.
const RTF_HEAD: usize = 1024;
/// The most RTF that is looked through. Spec: msg-format 9.1.
const RTF_LIMIT: u64 = 256 << 20;

/// What the bodies of a message say about its attachments.
#[derive(Debug, Default)]
pub(crate) struct BodyScan {
    /// The content identifiers that are named, normalised.
    named: HashSet<String>,
    /// Whether the body was written as RTF.
    rtf_native: bool,
}

/// Whether a change of this property can change a [`BodyScan`].
pub(crate) fn is_of_body(prop: PropId) -> bool {
    matches!(prop, HTML | RTF | NATIVE) || prop.value() == 0x3FDE
}

impl Body {
    fn disposition(&mut self, id: ObjectId) -> Result<Disposition> {
        let inline = |reason| Ok(Disposition::Inline(reason));
        let hidden = self.core(id)?.props.get(PropId::new(0x7FFE))?;
        if hidden.is_some_and(|prop| prop.value == PropValue::Boolean(true)) {
            return inline(InlineReason::Hidden);
        }
        if self.long(id, PropId::new(0x3714))?.is_some_and(|flags| flags & RENDERED != 0) {
            return inline(InlineReason::Rendered);
        }
        let content_id = self.stored_text(id, PropId::new(0x3712))?;
        let content_id = content_id.map(|id| normalised(&id)).filter(|id| !id.is_empty());
        let placed = self.long(id, PropId::new(0x370B))?.is_some_and(|at| at != NOWHERE);
        if content_id.is_none() && !placed {
            return Ok(Disposition::Attached);
        }
        let scan = self.scan(self.message_of(id))?;
        if content_id.is_some_and(|id| scan.named.contains(&id)) {
            return inline(InlineReason::Referenced);
        }
        if placed && scan.rtf_native {
            return inline(InlineReason::Placed);
        }
        Ok(Disposition::Attached)
    }

    /// What the bodies say, read now if they were not since their last change.
    fn scan(&mut self, message: ObjectId) -> Result<Arc<BodyScan>> {
        self.take_written(message)?;
        if let Some(scan) = &self.core(message)?.scan {
            return Ok(Arc::clone(scan));
        }
        let scan = Arc::new(self.scan_bodies(message));
        self.core(message)?.scan = Some(Arc::clone(&scan));
        Ok(scan)
    }

    fn scan_bodies(&mut self, message: ObjectId) -> BodyScan {
        let limit = self.limits().rows;
        let html = self.stored_html(message).ok().flatten();
        let native = self.long(message, NATIVE).ok().flatten();
        let mut scan = BodyScan::default();
        if let Some(html) = &html {
            scan.named = references(html, limit);
        }
        if html.is_some() && native != Some(2) {
            return scan;
        }
        let Some(rtf) = self.stored_rtf(message).ok().flatten() else { return scan };
        let head = rtf.get(..RTF_HEAD).unwrap_or(&rtf);
        let head = rtf_decompress(head, Validation::Lenient, RTF_LIMIT).unwrap_or_default().bytes;
        match rtf_kind(&head) {
            RtfKind::Native => scan.rtf_native = !matches!(native, Some(1 | 3 | 4)),
            RtfKind::FromHtml if html.is_none() => {
                let rtf = rtf_decompress(&rtf, Validation::Lenient, RTF_LIMIT).unwrap_or_default();
                scan.named = references(&plain(&rtf.bytes), limit);
            }
            _ => {}
        }
        scan
    }
}

/// What a text in RTF was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RtfKind {
    Native,
    FromHtml,
    FromText,
    NoRtf,
}

/// How many tokens of RTF may stand before the word that tells. Spec: F-069 (msg-format 5.1).
const TELLING_TOKENS: usize = 10;

/// Looks at the first ten tokens: braces, control words and symbols; any other ends them.
fn rtf_kind(head: &[u8]) -> RtfKind {
    let start = head.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(head);
    let blank = |byte: &u8| *byte == 0 || byte.is_ascii_whitespace();
    let from = start.iter().position(|byte| !blank(byte)).unwrap_or(start.len());
    let mut rest = start.get(from..).unwrap_or_default();
    if !rest.starts_with(b"{\\rtf") {
        return RtfKind::NoRtf;
    }
    for _ in 0..TELLING_TOKENS {
        let after = rest.iter().position(|byte| !matches!(byte, b'\r' | b'\n' | 0));
        rest = rest.get(after.unwrap_or(rest.len())..).unwrap_or_default();
        match rest {
            [b'{' | b'}', tail @ ..] => rest = tail,
            [b'\\', tail @ ..] => {
                let letters = tail.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
                let (word, tail) = tail.split_at_checked(letters).unwrap_or_default();
                let digit = |byte: &&u8| byte.is_ascii_digit() || **byte == b'-';
                let digits = tail.iter().take_while(digit).count();
                let (number, tail) = tail.split_at_checked(digits).unwrap_or_default();
                match word {
                    b"fromhtml" if number != b"0" => return RtfKind::FromHtml,
                    b"fromtext" => return RtfKind::FromText,
                    b"" => rest = tail.get(1..).unwrap_or_default(),
                    _ => rest = tail.strip_prefix(b" ").unwrap_or(tail),
                }
            }
            _ => break,
        }
    }
    RtfKind::Native
}

/// RTF as the text that its HTML tags are: escapes undone, line ends dropped. Only ASCII counts.
fn plain(rtf: &[u8]) -> String {
    let mut out = String::with_capacity(rtf.len());
    let mut rest = rtf;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match (byte, tail) {
            (b'\r' | b'\n' | 0, _) => {}
            (b'\\', [b'\'', high, low, after @ ..]) => {
                let digits = [*high, *low];
                let hex = std::str::from_utf8(&digits).ok();
                let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
                out.push(byte.filter(u8::is_ascii).map_or('\u{FFFD}', char::from));
                rest = after;
            }
            (b'\\', [symbol @ (b'{' | b'}' | b'\\'), after @ ..]) => {
                out.push(char::from(*symbol));
                rest = after;
            }
            (byte, _) => out.push(char::from(*byte)),
        }
    }
    out
}

/// The content identifiers that HTML names, normalised, at most `limit`.
pub(crate) fn references(html: &str, limit: usize) -> HashSet<String> {
    let mut found = HashSet::new();
    let bytes = html.as_bytes();
    let mut at = 1;
    while let Some(window) = bytes.get(at..at + 4) {
        let before = bytes.get(at - 1).copied().unwrap_or_default();
        let begins = matches!(before, b'"' | b'\'' | b'=' | b'(' | b';') || blank(before);
        if !begins || !window.eq_ignore_ascii_case(b"cid:") {
            at += 1;
            continue;
        }
        let from = at + 4;
        let rest = bytes.get(from..).unwrap_or_default();
        let quote = matches!(before, b'"' | b'\'').then_some(before);
        let bracketed = rest.first() == Some(&b'<');
        let ends = |byte: &u8| match quote {
            Some(quote) => *byte == quote || blank(*byte),
            None if bracketed => *byte == b'>' || blank(*byte),
            None => matches!(byte, b'"' | b'\'' | b'>' | b'<' | b')') || blank(*byte),
        };
        let len = rest.iter().take(MAX_ID).position(ends);
        if let Some(id) = len.and_then(|len| html.get(from..from + len)) {
            let id = normalised(unescaped(id).trim_end_matches(['"', '\'']));
            if !id.is_empty() && found.len() < limit {
                found.insert(id);
            }
        }
        // What was looked at once is not looked at again.
        at = from + len.unwrap_or(MAX_ID);
    }
    found
}

fn blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0
}

/// The few character references that occur in addresses.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let end = after.bytes().take(8).position(|byte| byte == b';');
        let name = end.and_then(|end| after.get(..end));
        let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok();
        let c = name.and_then(|name| match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => {
                let digits = name.strip_prefix('#')?;
                let code = match digits.strip_prefix(['x', 'X']) {
                    Some(hex) => number(hex, 16)?,
                    None => number(digits, 10)?,
                };
                char::from_u32(code)
            }
        });
        match (c, end.and_then(|end| after.get(end + 1..))) {
            (Some(c), Some(tail)) => {
                out.push(c);
                rest = tail;
            }
            _ => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Bytes in percent form; what is none stays.
pub(crate) fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        let digits = tail.first_chunk::<2>().filter(|_| *byte == b'%');
        let hex = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let sound = hex.filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match sound.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => bytes.push(*byte),
        }
    }
    bytes
}

/// A content identifier as it is compared: percent-decoded, without brackets, in lower case.
pub(crate) fn normalised(id: &str) -> String {
    let bytes = percent_decoded(id);
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    text.trim_start_matches('<').trim_end_matches('>').to_lowercase()
}

#[cfg(test)]
mod tests;
