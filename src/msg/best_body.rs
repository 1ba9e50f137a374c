//! The one answer to "what does it say": the body as text, HTML or RTF, whichever of them is stored.
//!
//! ```text
//!             stored as ..   PR_BODY         PR_HTML          PR_RTF_COMPRESSED
//!   body_text                1               2, its text      2, its text
//!   body_html                3, as lines     1                1 if it is the native body, else 2
//!   body_rtf                 3               2                1
//! ```
//! Spec: msg-format 6.5, 5; imessage-contract 4.5. Reading never changes the message.

use super::bodies::{NativeBody, StoredText};
use super::message::Message;
use super::rtf_pages::{LOST, RtfPages};
use crate::body::{
    RtfBody, RtfKind, html_as_utf_8, html_to_rtf, html_to_text, rtf_compress, rtf_decompress,
    rtf_kind, text_to_rtf,
};
use crate::error::{Code, Place, Result};
use crate::finding::{Finding, Severity, Validation};
use crate::prop::stream::value_name;
use crate::prop::tags::{
    PR_BODY_W, PR_HTML, PR_INTERNET_CPID, PR_NATIVE_BODY_INFO, PR_RTF_COMPRESSED, PR_RTF_IN_SYNC,
};

/// The most bytes of RTF that are read. Spec: msg-format 9.1.
const RTF_LIMIT: u64 = 256 << 20;
const DOING: &str = "read body";

/// What a body was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BodySource {
    /// The plain text, `PR_BODY`.
    Plain,
    /// The HTML, `PR_HTML`.
    Html,
    /// HTML that lies in the RTF.
    HtmlInRtf,
    /// Plain text that lies in the RTF.
    TextInRtf,
    /// RTF of its own, `PR_RTF_COMPRESSED`.
    Rtf,
}

/// A body in the form that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BodyText {
    /// The text or the HTML.
    pub text: String,
    /// What it was made from.
    pub source: BodySource,
    /// What was damaged on the way, and what was passed over for that. Where the text has U+FFFD for
    /// something that has no character in its code page, one of them is `body-charset`.
    pub findings: Vec<Finding>,
}

/// A body as RTF.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BodyRtf {
    /// The RTF, without compression.
    pub bytes: Vec<u8>,
    /// What it was made from.
    pub source: BodySource,
    /// As [`BodyText::findings`].
    pub findings: Vec<Finding>,
}

/// What is stored, read once.
struct Stored {
    plain: Option<String>,
    html: Option<String>,
    rtf: Option<Vec<u8>>,
    native: Option<NativeBody>,
    in_sync: bool,
    pages: RtfPages,
    findings: Vec<Finding>,
    /// What could not be decoded of plain text and HTML: told of if they are the answer.
    replaced: [Option<Finding>; 2],
}

impl Stored {
    /// What cannot be read is as if it were not there, and told of.
    fn of(message: &Message<'_>) -> Result<Stored> {
        let bodies = message.bodies();
        let pages = message.handle().with(DOING, |body, id| body.rtf_pages(id))?;
        let plain = message.handle().with(DOING, |body, id| body.decoded_plain(id));
        let html = message.handle().with(DOING, |body, id| body.decoded_html(id));
        let mut findings = Vec::new();
        let rtf = message.handle().with(DOING, |body, id| body.stored_rtf(id)).and_then(|value| {
            let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(None) };
            let rtf = rtf_decompress(&value, Validation::Lenient, RTF_LIMIT)?;
            findings.extend(rtf.findings);
            Ok(Some(rtf.bytes))
        });
        let plain = readable(plain, "body-plain", &mut findings)?;
        let html = readable(html, "body-html", &mut findings)?;
        Ok(Stored {
            replaced: [plain.as_ref().and_then(replaced), html.as_ref().and_then(replaced)],
            plain: plain.map(|found| found.text),
            html: html.map(|found| found.text),
            rtf: readable(rtf, "body-rtf", &mut findings)?,
            native: bodies.native().unwrap_or_default(),
            in_sync: bodies.rtf_in_sync().unwrap_or_default(),
            pages,
            findings,
        })
    }

    /// The body that its author wrote, by what the message says and what is there.
    fn best(&self) -> Option<NativeBody> {
        let has_html = self.html.as_ref().is_some_and(|html| !html.trim().is_empty());
        let (has_rtf, has_plain) = (self.rtf.is_some(), self.plain.is_some());
        match self.native {
            Some(NativeBody::Plain) if has_plain => return Some(NativeBody::Plain),
            Some(NativeBody::Rtf) if has_rtf => return Some(NativeBody::Rtf),
            Some(NativeBody::Html) if has_html => return Some(NativeBody::Html),
            _ => {}
        }
        match (has_rtf, has_html) {
            (true, true) if self.in_sync => Some(NativeBody::Rtf),
            (_, true) => Some(NativeBody::Html),
            (true, false) => Some(NativeBody::Rtf),
            (false, false) => has_plain.then_some(NativeBody::Plain),
        }
    }

    fn text(mut self) -> Result<Option<BodyText>> {
        let best = self.best();
        // An empty text beside another body is none; programs leave it behind.
        let plain = self.plain.take();
        let blank = plain.as_ref().is_some_and(|text| text.trim().is_empty());
        let other = matches!(best, Some(NativeBody::Html | NativeBody::Rtf));
        if let Some(text) = plain.clone().filter(|_| !(blank && other)) {
            return Ok(Some(self.made(text, BodySource::Plain)));
        }
        if best == Some(NativeBody::Html)
            && let Some(html) = self.html.take()
        {
            return Ok(Some(self.made(html_to_text(&html), BodySource::Html)));
        }
        if let Some(rtf) = self.rtf.take() {
            // Of HTML inside, the text of the HTML is nearer to what its author saw.
            let read = match rtf_kind(&rtf) {
                RtfKind::Html => self
                    .pages
                    .html(&rtf)
                    .map(|body| RtfBody { text: html_to_text(&body.text), ..body }),
                _ => self.pages.text(&rtf),
            };
            let found = readable(read.map(Some), "body-rtf", &mut self.findings)?;
            if let Some(found) = found {
                self.findings.extend(found.findings);
                return Ok(Some(self.made(found.text, source_of(found.kind))));
            }
        }
        if let Some(html) = self.html.take() {
            return Ok(Some(self.made(html_to_text(&html), BodySource::Html)));
        }
        Ok(plain.map(|text| self.made(text, BodySource::Plain)))
    }

    fn html(mut self) -> Result<Option<BodyText>> {
        let native_rtf = self.best() == Some(NativeBody::Rtf);
        let holds_html = self.rtf.as_ref().is_some_and(|rtf| rtf_kind(rtf) == RtfKind::Html);
        let stored = self.html.take().filter(|html| !html.trim().is_empty());
        // Stored HTML is behind only where RTF is the native body and has HTML inside.
        if let Some(html) = stored.clone().filter(|_| !(native_rtf && holds_html)) {
            return Ok(Some(self.made(html, BodySource::Html)));
        }
        if let Some(rtf) = self.rtf.take() {
            let found = self.pages.html(&rtf).map(Some);
            let found = readable(found, "body-rtf", &mut self.findings)?;
            if let Some(found) = found {
                self.findings.extend(found.findings);
                return Ok(Some(self.made(found.text, source_of(found.kind))));
            }
        }
        if let Some(html) = stored {
            return Ok(Some(self.made(html, BodySource::Html)));
        }
        let Some(text) = self.plain.take() else { return Ok(None) };
        // By way of RTF that holds nothing but the text, so that lines become HTML in one place.
        let html = self.pages.html(&text_to_rtf(&text))?.text;
        Ok(Some(self.made(html, BodySource::Plain)))
    }

    fn rtf(mut self) -> Option<BodyRtf> {
        let (bytes, source) = if let Some(rtf) = self.rtf.take() {
            let source = source_of(rtf_kind(&rtf));
            (rtf, source)
        } else if let Some(html) = self.html.take().filter(|html| !html.trim().is_empty()) {
            (html_to_rtf(&html), BodySource::Html)
        } else {
            (text_to_rtf(&self.plain.take()?), BodySource::Plain)
        };
        let findings = self.told(source);
        Some(BodyRtf { bytes, source, findings })
    }

    fn made(&mut self, text: String, source: BodySource) -> BodyText {
        BodyText { text, source, findings: self.told(source) }
    }

    /// The findings, with a word about what was replaced in this source.
    fn told(&mut self, source: BodySource) -> Vec<Finding> {
        let mut findings = std::mem::take(&mut self.findings);
        let [plain, html] = std::mem::take(&mut self.replaced);
        let replaced = match source {
            BodySource::Plain => plain,
            BodySource::Html => html,
            _ => {
                let lost = |finding: &&Finding| LOST.contains(&finding.code());
                findings.iter().find(lost).map(|finding| charset(finding.place().clone()))
            }
        };
        findings.extend(replaced);
        findings
    }
}

/// The finding that a body holds U+FFFD where its bytes have no character.
fn charset(place: Place) -> Finding {
    const TEXT: &str = "some of the body has no character in its code page and is U+FFFD; \
                        if the page is wrong, open the message with another";
    Finding::new(Severity::Error, "body-charset", place, TEXT)
}

fn replaced(body: &StoredText) -> Option<Finding> {
    body.replaced.then(|| charset(Place::new(value_name(body.tag).to_string())))
}

fn source_of(kind: RtfKind) -> BodySource {
    match kind {
        RtfKind::Html => BodySource::HtmlInRtf,
        RtfKind::Text => BodySource::TextInRtf,
        _ => BodySource::Rtf,
    }
}

/// A body that is damaged is told of and passed over; a closed message is an error.
fn readable<T>(
    read: Result<Option<T>>,
    code: &'static str,
    findings: &mut Vec<Finding>,
) -> Result<Option<T>> {
    match read {
        Ok(found) => Ok(found),
        Err(error) if error.code() == Code::ObjectDeleted => Err(error),
        Err(error) => {
            let place = error.where_().cloned().unwrap_or_default();
            findings.push(Finding::new(Severity::Error, code, place, error.to_string()));
            Ok(None)
        }
    }
}

impl Message<'_> {
    /// Which form the author wrote the body in: what `PR_NATIVE_BODY_INFO` says, if that form is
    /// there, else what the forms that are there make likely. `None` if there is no body.
    ///
    /// Spec: msg-format 6.5.
    ///
    /// # Errors
    /// [`ObjectDeleted`](Code::ObjectDeleted) once the message is closed.
    pub fn best_body(&self) -> Result<Option<NativeBody>> {
        Ok(Stored::of(self)?.best())
    }

    /// The body as plain text: the stored one, else the text of the HTML or of the RTF. Lines end as
    /// they are stored, or with CR LF where the text is made. `None` if there is no body.
    ///
    /// What is damaged is passed over for the next form, and told of in the findings.
    ///
    /// # Errors
    /// [`ObjectDeleted`](Code::ObjectDeleted) once the message is closed.
    ///
    /// # Example
    /// ```
    /// use openimsg::{BodySource, CompoundFile, Message, body, tags::*};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// let rtf = br"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}Noon{\*\htmltag72 </p>}}";
    /// message.set(PR_RTF_COMPRESSED, body::rtf_compress(rtf))?;
    /// let text = message.body_text()?.unwrap();
    /// assert_eq!((text.text.trim(), text.source), ("Noon", BodySource::HtmlInRtf));
    /// let html = message.body_html()?.unwrap();
    /// assert_eq!(html.text.trim(), "<p>Noon</p>");
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    pub fn body_text(&self) -> Result<Option<BodyText>> {
        Stored::of(self)?.text()
    }

    /// The body as HTML: the stored one, the one inside the RTF, one made of the RTF's formatting, or
    /// one that shows the plain text. It is as its author wrote it: not safe to show without a
    /// sanitizer.
    ///
    /// HTML made of the RTF's formatting has the attachments in their places: pictures as
    /// `<img src="cid:..">`, others as links, by [`Attachment::content_id`](crate::Attachment::content_id).
    /// If it has more or fewer places, they stand at the end, with the finding `body-places`.
    ///
    /// # Errors
    /// As [`Message::body_text`].
    pub fn body_html(&self) -> Result<Option<BodyText>> {
        let mut found = Stored::of(self)?.html()?;
        if let Some(body) = found.as_mut().filter(|body| body.source == BodySource::Rtf) {
            let html = std::mem::take(&mut body.text);
            body.text = self.with_attachments(html, &mut body.findings)?;
        }
        Ok(found)
    }

    /// The body as RTF, without compression: the stored one, or one that holds the HTML or the text.
    ///
    /// # Errors
    /// As [`Message::body_text`].
    pub fn body_rtf(&self) -> Result<Option<BodyRtf>> {
        Ok(Stored::of(self)?.rtf())
    }

    /// Makes plain text the body: RTF holds the same, HTML is removed, and the message says so.
    /// Nothing is saved.
    ///
    /// # Errors
    /// [`NoAccess`](Code::NoAccess) on a read-only message, [`ObjectDeleted`](Code::ObjectDeleted).
    pub fn set_body_text(&self, text: &str) -> Result<()> {
        self.check_changeable()?;
        self.set(PR_BODY_W, text)?;
        self.delete_props(&[PR_HTML.tag()])?;
        self.set(PR_RTF_COMPRESSED, rtf_compress(&text_to_rtf(text)))?;
        self.set(PR_NATIVE_BODY_INFO, 1)?;
        self.set(PR_RTF_IN_SYNC, true)
    }

    /// Makes HTML the body: plain text and RTF hold the same, so that it is what Outlook shows.
    /// Nothing is saved.
    ///
    /// In a Unicode message the HTML is stored as UTF-8, and the message says so. An ANSI message
    /// keeps its code page; characters beyond ASCII become references there (`&#8364;`).
    ///
    /// # Errors
    /// As [`Message::set_body_text`].
    ///
    /// # Example
    /// ```
    /// use openimsg::{CompoundFile, Message};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// message.set_body_html("<html><body><p>Café at <b>noon</b></p></body></html>")?;
    /// assert_eq!(message.body_text()?.unwrap().text.trim(), "Café at noon");
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    pub fn set_body_html(&self, html: &str) -> Result<()> {
        self.check_changeable()?;
        let unicode = self.is_unicode()?;
        let bytes = match unicode {
            true => {
                self.set(PR_INTERNET_CPID, 65001)?;
                html_as_utf_8(html).into_bytes()
            }
            false => ascii(html),
        };
        self.set(PR_HTML, bytes)?;
        self.set(PR_BODY_W, html_to_text(html))?;
        self.set(PR_RTF_COMPRESSED, rtf_compress(&html_to_rtf(html)))?;
        self.set(PR_NATIVE_BODY_INFO, 3)?;
        self.set(PR_RTF_IN_SYNC, true)
    }

    /// Makes RTF the body: the plain text, and HTML if the RTF has some inside, hold the same.
    /// Nothing is saved.
    ///
    /// # Errors
    /// As [`Message::set_body_text`].
    pub fn set_body_rtf(&self, rtf: &[u8]) -> Result<()> {
        self.check_changeable()?;
        let pages = self.handle().with(DOING, |body, id| body.rtf_pages(id))?;
        let text = pages.text(rtf)?.text;
        if rtf_kind(rtf) == RtfKind::Html {
            self.set_body_html(&pages.html(rtf)?.text)?;
        } else {
            self.delete_props(&[PR_HTML.tag()])?;
            self.set(PR_NATIVE_BODY_INFO, 2)?;
        }
        self.set(PR_BODY_W, text)?;
        self.set(PR_RTF_COMPRESSED, rtf_compress(rtf))?;
        self.set(PR_RTF_IN_SYNC, true)
    }

    fn check_changeable(&self) -> Result<()> {
        const DOING: &str = "set body";
        self.handle().with(DOING, |body, id| body.core(id)?.check_writable(DOING))
    }
}

/// HTML in ASCII: other characters as references.
fn ascii(html: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(html.len());
    for c in html.chars() {
        match u8::try_from(c) {
            Ok(byte) if byte.is_ascii() => bytes.push(byte),
            _ => bytes.extend_from_slice(format!("&#{};", u32::from(c)).as_bytes()),
        }
    }
    bytes
}
