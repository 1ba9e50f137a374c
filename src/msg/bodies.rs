//! The bodies that a message stores, each as it is: plain text, HTML, RTF. Nothing is converted from
//! one kind to another here. Spec: msg-format 2.4.2, 6.5 (the table of forms), Q-47, Q-48.

use super::body::Body;
use super::handle::ObjectId;
use super::message::Message;
use crate::body::rtf_decompress;
use crate::error::Result;
use crate::finding::Validation;
use crate::prop::{PropId, PropTag, PropValue};
use crate::wire::codepage::Decoded;
use crate::wire::codepage::choose::TextPage;
use crate::wire::{CodePage, Text};

pub(super) const PLAIN: PropId = PropId::new(0x1000);
pub(super) const RTF: PropId = PropId::new(0x1009);
pub(super) const HTML: PropId = PropId::new(0x1013);
pub(super) const NATIVE: PropId = PropId::new(0x1016);

/// The most bytes of RTF that are given out. Spec: msg-format 9.1.
const RTF_LIMIT: u64 = 256 << 20;

/// Which body its author wrote: `PR_NATIVE_BODY_INFO`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NativeBody {
    /// 1: plain text.
    Plain,
    /// 2: RTF.
    Rtf,
    /// 3: HTML.
    Html,
    /// 4: the message is clear-signed; its attachment holds the body.
    ClearSigned,
    /// 0, or a number without a meaning.
    Undefined,
}

/// The bodies of a message, read when asked for; see [`Message::bodies`].
#[derive(Debug, Clone)]
pub struct Bodies<'s>(Message<'s>);

impl<'s> Message<'s> {
    /// The bodies that are stored, each with its code page decoded and otherwise as it is.
    ///
    /// Most messages of Outlook store RTF and no HTML: the HTML is inside the RTF.
    ///
    /// # Example
    /// ```
    /// use openimsg::{CompoundFile, Message, body, tags::*};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// message.set(PR_INTERNET_CPID, 28592)?;
    /// message.set(PR_HTML, b"<p>\xB1\xE6</p>")?;
    /// message.set(PR_RTF_COMPRESSED, body::rtf_compress(b"{\\rtf1 x}"))?;
    /// let bodies = message.bodies();
    /// assert_eq!(bodies.plain()?, None);
    /// assert_eq!(bodies.html()?.as_deref(), Some("<p>ąć</p>"));
    /// assert_eq!(bodies.rtf()?.as_deref(), Some(&b"{\\rtf1 x}"[..]));
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    #[must_use]
    pub fn bodies(&self) -> Bodies<'s> {
        Bodies(self.clone())
    }
}

impl Bodies<'_> {
    /// The plain text: `PR_BODY`. 8-bit text that is UTF-16 in truth, as some programs store it, is read
    /// so.
    ///
    /// # Errors
    /// [`CorruptData`](crate::Code::CorruptData) if it cannot be read,
    /// [`ObjectDeleted`](crate::Code::ObjectDeleted) once the message is closed.
    pub fn plain(&self) -> Result<Option<String>> {
        let found = self.0.handle().with("read body", |body, id| body.decoded_plain(id))?;
        Ok(found.map(|found| found.text))
    }

    /// The HTML that is stored as such: `PR_HTML`, bytes or text, without byte order mark and NULs at
    /// the end.
    ///
    /// Bytes are in the first of these that fits: what a byte order mark says; the page of
    /// `PR_INTERNET_CPID`, if every byte has a meaning in it; what the HTML says in its first 4096
    /// bytes; UTF-8, if it is; the page of the 8-bit texts of the message. A session's
    /// [`code_page`](crate::SessionOptions::code_page) comes after the mark, if every byte has a meaning
    /// in it and the HTML is not UTF-8.
    ///
    /// # Errors
    /// As [`Bodies::plain`].
    pub fn html(&self) -> Result<Option<String>> {
        self.0.handle().with("read HTML body", |body, id| body.stored_html(id))
    }

    /// The RTF, decompressed: `PR_RTF_COMPRESSED`. Its 8-bit characters are in its own code pages.
    ///
    /// # Errors
    /// As [`Bodies::plain`]; [`TooBig`](crate::Code::TooBig) above 256 MiB.
    pub fn rtf(&self) -> Result<Option<Vec<u8>>> {
        self.0.handle().with("read RTF body", |body, id| {
            let Some(value) = body.stored_rtf(id)? else { return Ok(None) };
            Ok(Some(rtf_decompress(&value, Validation::Lenient, RTF_LIMIT)?.bytes))
        })
    }

    /// Which body its author wrote, if the message says.
    ///
    /// # Errors
    /// As [`Bodies::plain`].
    pub fn native(&self) -> Result<Option<NativeBody>> {
        let number = self.0.handle().with("read body kind", |body, id| body.long(id, NATIVE))?;
        Ok(number.map(|number| match number {
            1 => NativeBody::Plain,
            2 => NativeBody::Rtf,
            3 => NativeBody::Html,
            4 => NativeBody::ClearSigned,
            _ => NativeBody::Undefined,
        }))
    }

    /// Whether RTF and plain text are said to hold the same: `PR_RTF_IN_SYNC`; `false` when absent.
    ///
    /// # Errors
    /// As [`Bodies::plain`].
    pub fn rtf_in_sync(&self) -> Result<bool> {
        self.0.handle().with("read body kind", |body, id| {
            let found = body.core(id)?.props.get(PropId::new(0x0E1F))?;
            Ok(found.is_some_and(|prop| prop.value == PropValue::Boolean(true)))
        })
    }
}

impl Body {
    pub(super) fn long(&mut self, id: ObjectId, prop: PropId) -> Result<Option<i32>> {
        Ok(match self.core(id)?.props.get(prop)?.map(|prop| prop.value) {
            Some(PropValue::Long(value)) => Some(value),
            _ => None,
        })
    }

    pub(super) fn stored_rtf(&mut self, id: ObjectId) -> Result<Option<Vec<u8>>> {
        Ok(match self.core(id)?.props.get(RTF)?.map(|prop| prop.value) {
            Some(PropValue::Binary(value)) => Some(value),
            _ => None,
        })
    }

    /// The stored plain text. Spec: msg-format 2.4.1, Q-44.
    pub(super) fn decoded_plain(&mut self, id: ObjectId) -> Result<Option<StoredText>> {
        let Some(found) = self.core(id)?.props.get(PLAIN)? else { return Ok(None) };
        let (text, replaced) = match found.value {
            PropValue::String8(bytes) if is_utf16(&bytes) => {
                // With its last byte, the value may have lost half of its last character.
                let padded: Vec<u8> = bytes.into_iter().chain([0]).collect();
                let whole = padded.len() & !1;
                let text = Text::from_utf16le(padded.get(..whole).unwrap_or_default());
                told(text.trim_nuls())
            }
            PropValue::String8(bytes) => told_of_page(self.page(id)?.decode(&bytes)),
            PropValue::Unicode(text) => told(text),
            _ => return Ok(None),
        };
        Ok(Some(StoredText { text, replaced, tag: found.tag }))
    }

    pub(super) fn stored_html(&mut self, id: ObjectId) -> Result<Option<String>> {
        Ok(self.decoded_html(id)?.map(|found| found.text))
    }

    /// The stored HTML as text. Spec: msg-format 2.4.2.
    pub(super) fn decoded_html(&mut self, id: ObjectId) -> Result<Option<StoredText>> {
        let Some(found) = self.core(id)?.props.get(HTML)? else { return Ok(None) };
        let (mut text, replaced) = match found.value {
            PropValue::Binary(bytes) => {
                let internet = self.long(id, PropId::new(0x3FDE)).ok().flatten();
                let page = self.page(id)?;
                decode_html(&bytes, self.options.code_page, internet, page)
            }
            PropValue::String8(bytes) => told_of_page(self.page(id)?.decode(&bytes)),
            PropValue::Unicode(text) => told(text),
            _ => return Ok(None),
        };
        text.truncate(text.trim_end_matches('\0').len());
        if text.starts_with('\u{FEFF}') {
            text = text.trim_start_matches('\u{FEFF}').to_owned();
        }
        Ok(Some(StoredText { text, replaced, tag: found.tag }))
    }
}

/// A body that is stored as text.
pub(super) struct StoredText {
    pub(super) text: String,
    /// Whether something of it has no character, and is U+FFFD in the text.
    pub(super) replaced: bool,
    /// Where it is stored.
    pub(super) tag: PropTag,
}

/// A text for the world, and whether something in it had to be replaced.
fn told(text: Text) -> (String, bool) {
    let replaced = text.as_str().is_none();
    (text.into_string_lossy(), replaced)
}

fn told_of_page(decoded: Decoded<'_>) -> (String, bool) {
    (decoded.text.into_owned(), decoded.malformed)
}

/// Whether 8-bit text is UTF-16: three in ten of its odd bytes are zero. Spec: Q-44.
fn is_utf16(bytes: &[u8]) -> bool {
    let odd = bytes.iter().skip(1).step_by(2);
    let (count, zeros) = odd.fold((0_usize, 0_usize), |(count, zeros), byte| {
        (count + 1, zeros + usize::from(*byte == 0))
    });
    count > 1 && zeros.saturating_mul(10) >= count.saturating_mul(3)
}

/// The text of an HTML body, and whether something in it had to be replaced.
fn decode_html(
    bytes: &[u8],
    insisted: Option<CodePage>,
    internet: Option<i32>,
    page: TextPage,
) -> (String, bool) {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => return told_of_page(CodePage::UTF_8.decode(rest)),
        [0xFF, 0xFE, rest @ ..] => return told(Text::from_utf16le(rest)),
        [0xFE, 0xFF, rest @ ..] => {
            let swapped: Vec<u8> =
                rest.as_chunks::<2>().0.iter().flat_map(|[high, low]| [*low, *high]).collect();
            return told(Text::from_utf16le(&swapped));
        }
        _ => {}
    }
    let utf_8 = std::str::from_utf8(bytes).ok();
    // What is UTF-8 by its bytes is hardly ever anything else: one page insisted on is for the others.
    if let Some(text) = utf_8.filter(|text| insisted.is_some() && !text.is_ascii()) {
        return (text.to_owned(), false);
    }
    let known = internet.and_then(|n| CodePage::new(u32::try_from(n).ok()?));
    let sound = |page: CodePage| Some(page.decode(bytes)).filter(|text| !text.malformed);
    let sound = insisted.and_then(sound).or_else(|| known.and_then(sound));
    told_of_page(match (sound, declared(bytes), utf_8) {
        (Some(decoded), ..) => decoded,
        (None, Some(page), _) => page.decode(bytes),
        (None, None, Some(text)) => return (text.to_owned(), false),
        (None, None, None) => page.decode(bytes),
    })
}

/// The page that a `<meta>` of the HTML names.
fn declared(bytes: &[u8]) -> Option<CodePage> {
    let head = bytes.get(..4096).unwrap_or(bytes);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    head.split("<meta").skip(1).find_map(|tag| {
        let tag = tag.split('>').next()?;
        let value = tag.split_once("charset")?.1.trim_start().strip_prefix('=')?;
        let value = value.trim_start_matches(|c: char| c.is_whitespace() || "\"'".contains(c));
        let end = value.find(|c: char| c.is_whitespace() || "\"';/".contains(c));
        CodePage::from_charset(value.get(..end.unwrap_or(value.len()))?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::codepage::choose::{Hints, choose};

    fn html(bytes: &[u8], internet: Option<i32>) -> String {
        let page = choose(&Hints { locale: Some(0x0419), ..Hints::default() });
        let (text, replaced) = decode_html(bytes, None, internet, page);
        assert!(!replaced);
        text.trim_end_matches('\0').to_owned()
    }

    /// Spec: Q-44
    #[test]
    fn eight_bit_text_that_is_utf16_is_read_so() {
        use crate::prop::{Prop, PropTag};
        let message = Message::create(crate::stg::CompoundFile::memory()).unwrap();
        let plain = |bytes: &[u8]| {
            let mut value = Vec::from(bytes);
            message
                .handle()
                .with("set", |body, id| {
                    let value = PropValue::String8(std::mem::take(&mut value));
                    body.core(id)?.set(Prop { tag: PropTag::new(0x1000_001E), value }, 6);
                    Ok(())
                })
                .unwrap();
            message.bodies().plain().unwrap().unwrap()
        };
        assert_eq!(plain(b"A\0b\0c\0\n"), "Abc\n");
        assert_eq!(plain(b"A\0b\0\xE9\0"), "Abé");
        assert_eq!(plain(b"Abc\xE9"), "Abcé");
        assert_eq!(plain(b"A\0"), "A\0");
    }

    #[test]
    fn the_code_page_of_html_is_found_in_its_order() {
        assert_eq!(html(b"\xEF\xBB\xBF\xC3\xA9", Some(1252)), "é");
        assert_eq!(html(b"\xFF\xFE<\0\xE9\0", Some(1252)), "<é");
        assert_eq!(html(b"\xFE\xFF\0<\0\xE9", None), "<é");
        assert_eq!(html(b"\xE9", Some(1252)), "é");
        // 20127 with high bytes says nothing; the meta does.
        let meta = b"<META http-equiv=x content=\"text/html; charset=windows-1253\">\xE1";
        assert!(html(meta, Some(20127)).ends_with('α'));
        assert!(html(b"<meta charset='koi8-r'>\xC1", None).ends_with('а'));
        assert!(html(b"<meta charset=utf-16>\xC3\xA9", None).ends_with('é'));
        assert_eq!(html("é".as_bytes(), None), "é");
        assert_eq!(html(b"\xE9\0\0", None), "й");
        // A page that cannot hold the bytes is passed over.
        assert_eq!(html(b"\xE9", Some(65001)), "й");
    }
}
