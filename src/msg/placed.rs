//! Attachments in HTML that was made of RTF: at their places, or at the end.
//!
//! ```text
//!  RTF            a\objattph  b          n-th place = n-th attachment by PR_RENDERING_POSITION,
//!  body layer     a<a id="attachment-1"></a> b            without hidden ones and those at -1
//!  here           a<img src="cid:..">    a picture
//!                 a<a href="cid:..">plan.pdf</a>    anything else
//! ```
//! If there are more or fewer places than attachments, no place is to be trusted: the places go, and
//! the attachments stand at the end, pictures without a position too. Spec: Q-53, msg-format 5.9.

use super::attach::Attachment;
use super::message::Message;
use crate::error::{Code, Place, Result};
use crate::finding::{Finding, Severity};
use crate::prop::tags::{
    PR_ATTACH_CONTENT_ID_W, PR_ATTACH_MIME_TAG_W, PR_ATTACHMENT_HIDDEN, PR_RENDERING_POSITION,
};

/// What the body layer writes where an attachment has its place, before and after its number.
const MARK: [&str; 2] = ["<a id=\"attachment-", "\"></a>"];
/// `PR_RENDERING_POSITION` of an attachment that has no place.
const NOWHERE: i32 = -1;
/// What browsers show as a picture: by the name, and by `PR_ATTACH_MIME_TAG`.
const EXTENSIONS: [&str; 8] = ["png", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "webp"];
const MEDIA: [&str; 9] = [
    "image/png",
    "image/x-png",
    "image/jpeg",
    "image/jpg",
    "image/pjpeg",
    "image/gif",
    "image/bmp",
    "image/x-ms-bmp",
    "image/webp",
];

/// An attachment as HTML shows it.
struct Shown {
    /// The place in the text, if it has one.
    position: Option<u32>,
    html: String,
    picture: bool,
}

impl Attachment<'_> {
    /// What HTML of the message names the attachment by, after `cid:`. It is `PR_ATTACH_CONTENT_ID`
    /// without angle brackets; if there is none, `attachment-N@message.invalid` with the number of the
    /// attachment, which is what [`Message::body_html`] writes.
    ///
    /// Spec: msg-format 5.9, 6.7.
    ///
    /// # Errors
    /// Those of reading the attachment.
    ///
    /// # Example
    /// ```
    /// use openimsg::{CompoundFile, Message, tags::*};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// let logo = message.attach_file("logo.png", b"\x89PNG")?;
    /// assert_eq!(logo.content_id()?, "attachment-0@message.invalid");
    /// logo.set(PR_ATTACH_CONTENT_ID_W, "<logo@example.org>")?;
    /// assert_eq!(logo.content_id()?, "logo@example.org");
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    pub fn content_id(&self) -> Result<String> {
        let own = self.get(PR_ATTACH_CONTENT_ID_W)?.unwrap_or_default();
        let own = own.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\0' | '<' | '>'));
        Ok(match own.is_empty() {
            true => format!("attachment-{}@message.invalid", self.number()),
            false => own.to_owned(),
        })
    }

    /// How HTML shows it; `None` if it is hidden.
    fn shown(&self) -> Result<Option<Shown>> {
        if self.get(PR_ATTACHMENT_HIDDEN)? == Some(true) {
            return Ok(None);
        }
        let position = self.get(PR_RENDERING_POSITION)?.filter(|at| *at != NOWHERE);
        let name = self.suggested_file_name()?;
        let media = self.get(PR_ATTACH_MIME_TAG_W)?.unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim();
        let among =
            |known: &[&str], what: &str| known.iter().any(|one| one.eq_ignore_ascii_case(what));
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let picture = among(&EXTENSIONS, extension) || among(&MEDIA, media);
        let (id, name) = (escaped(&target(&self.content_id()?)), escaped(&name));
        let html = match picture {
            true => format!("<img src=\"cid:{id}\" alt=\"{name}\">"),
            false => format!("<a href=\"cid:{id}\">{name}</a>"),
        };
        Ok(Some(Shown { position: position.map(i32::cast_unsigned), html, picture }))
    }
}

impl Message<'_> {
    /// HTML made of the message's RTF, with its attachments in it. One that cannot be read stands
    /// nowhere, and is told of.
    pub(super) fn with_attachments(
        &self,
        html: String,
        findings: &mut Vec<Finding>,
    ) -> Result<String> {
        let numbers = match self.attachment_numbers() {
            Err(error) if error.code() != Code::ObjectDeleted => {
                findings.push(told(format!("the body has no attachments: {error}")));
                Vec::new()
            }
            numbers => numbers?,
        };
        let places = html.matches(MARK[0]).count();
        if numbers.is_empty() && places == 0 {
            return Ok(html);
        }
        let mut shown = Vec::new();
        for number in numbers {
            match self.open_attach(number).and_then(|attachment| attachment.shown()) {
                Ok(found) => shown.extend(found),
                Err(error) => {
                    let text = format!("attachment {number} has no place in the body: {error}");
                    findings.push(told(text));
                }
            }
        }
        // In order of the numbers where positions are equal.
        let (mut placed, others): (Vec<_>, Vec<_>) =
            shown.into_iter().partition(|one| one.position.is_some());
        placed.sort_by_key(|one| one.position);
        if placed.len() == places {
            return Ok(filled(&html, placed.iter().map(|one| one.html.as_str())));
        }
        let text = format!("the body has {places} places for {} attachments", placed.len());
        findings.push(told(text));
        let pictures = others.into_iter().filter(|one| places > 0 && one.picture);
        let mut html = filled(&html, std::iter::empty());
        let end = html.rfind("</body>").unwrap_or(html.len());
        let rest = html.split_off(end);
        for one in placed.into_iter().chain(pictures) {
            html.push_str("<p>");
            html.push_str(&one.html);
            html.push_str("</p>\r\n");
        }
        html.push_str(&rest);
        Ok(html)
    }
}

fn told(text: String) -> Finding {
    Finding::new(Severity::Warning, "body-places", Place::new("PR_RTF_COMPRESSED"), text)
}

/// HTML with these in its places, one after the other; nothing where there are no more.
fn filled<'a>(html: &str, mut contents: impl Iterator<Item = &'a str>) -> String {
    let mut parts = html.split(MARK[0]);
    let mut out = String::with_capacity(html.len());
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        out.push_str(contents.next().unwrap_or_default());
        let (_, rest) = part.split_once(MARK[1]).unwrap_or((part, ""));
        out.push_str(rest);
    }
    out
}

/// A content identifier as a URL tells it: what has a meaning there, or is not ASCII, by its bytes.
fn target(id: &str) -> String {
    let mut out = String::with_capacity(id.len());
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            _ if b"-._~@$!*'()+,;=&:/".contains(&byte) => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
