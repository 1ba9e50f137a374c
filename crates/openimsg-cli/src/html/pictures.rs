//! Pictures of a message, by content identifier.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openimsg::{Message, OpenStream, tags::*};
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;

/// The most bytes of one picture, and of all that stand in a page, each as often as it does.
const LARGEST: u64 = 8 << 20;
const ALL: usize = 32 << 20;

/// Why a picture has no source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// It lies somewhere else.
    Remote,
    /// The message does not have it, or it is no picture, or too large.
    Missing,
}

/// The pictures that HTML may show: those in attachments with a content identifier.
#[derive(Debug, Default)]
pub(crate) struct Pictures {
    by_id: HashMap<String, String>,
    shown: usize,
}

impl Pictures {
    /// Those of the message that the HTML asks for. An attachment that cannot be read has none.
    pub(crate) fn of(message: &Message<'_>, html: &str) -> openimsg::Result<Pictures> {
        let mut pictures = Pictures::default();
        if !html.to_ascii_lowercase().contains("cid:") {
            return Ok(pictures);
        }
        let mut held = 0_usize;
        for number in message.attachment_numbers()? {
            let Ok(attachment) = message.open_attach(number) else { continue };
            let Ok(id) = attachment.content_id() else { continue };
            let data = attachment.open_stream(PR_ATTACH_DATA_BIN.tag(), OpenStream::Read);
            let mut bytes = Vec::new();
            let read =
                data.ok().and_then(|data| data.take(LARGEST + 1).read_to_end(&mut bytes).ok());
            let small = read.is_some_and(|len| len as u64 <= LARGEST);
            held = held.saturating_add(bytes.len());
            if held > ALL {
                break;
            }
            if let (true, Some(kind)) = (small, kind(&bytes)) {
                let uri = format!("data:image/{kind};base64,{}", STANDARD.encode(&bytes));
                pictures.by_id.entry(key(&id)).or_insert(uri);
            }
        }
        Ok(pictures)
    }

    /// What to show for the source of a picture.
    pub(super) fn source<'a>(&mut self, source: &'a str) -> Result<Cow<'a, str>, Left> {
        let source = source.trim();
        let (scheme, rest) = source.split_once(':').ok_or(Left::Remote)?;
        if scheme.eq_ignore_ascii_case("data") {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
            let (kind, data) = rest.split_once(";base64,").ok_or(Left::Missing)?;
            let image = ["image/png", "image/gif", "image/jpeg", "image/bmp", "image/webp"];
            let known = image.iter().any(|image| image.eq_ignore_ascii_case(kind));
            return match known && data.chars().all(plain) {
                true => Ok(Cow::Borrowed(source)),
                false => Err(Left::Missing),
            };
        }
        if !scheme.eq_ignore_ascii_case("cid") {
            return Err(Left::Remote);
        }
        let uri = self.by_id.get(&key(rest)).ok_or(Left::Missing)?;
        self.shown = self.shown.saturating_add(uri.len());
        if self.shown > ALL { Err(Left::Missing) } else { Ok(Cow::Owned(uri.clone())) }
    }
}

/// What the bytes are, whatever the message says they are. No SVG: it can hold scripts.
fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("png"),
        [b'G', b'I', b'F', b'8', ..] => Some("gif"),
        [0xFF, 0xD8, 0xFF, ..] => Some("jpeg"),
        [b'B', b'M', ..] => Some("bmp"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        _ => None,
    }
}

/// An identifier as it is compared: without brackets, case, or percent signs before hex digits.
fn key(id: &str) -> String {
    let id = id.trim().trim_start_matches('<').trim_end_matches('>');
    let mut bytes = Vec::with_capacity(id.len());
    let mut rest = id.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits
            .filter(|digits| *first == b'%' && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).to_lowercase()
}
