//! The bodies of a mail: which parts they are, and storing them. Spec: msg-format 6.8.
//!
//! ```text
//!   alternative   every part may be one
//!   related       its first part, or the one that `start` names
//!   any other     its first part in which there is one
//! ```
//! The first text/plain and the first text/html on that way that are not marked as attachments are the
//! bodies. Every other text is an attachment.

use super::entity::Entity;
use super::source::{Kind, Multi, PartId};
use super::{decode, head, text};
use crate::body::{html_as_utf_8, html_to_rtf, rtf_compress, text_to_rtf};
use crate::error::Result;
use crate::mime::{Conversion, ImportOptions};
use crate::msg::Message;
use crate::tags::{
    PR_BODY_W, PR_HTML, PR_INTERNET_CPID, PR_NATIVE_BODY_INFO, PR_RTF_COMPRESSED, PR_RTF_IN_SYNC,
};
use std::collections::{HashMap, HashSet};
use std::io::Read;

/// The parts that are the bodies of a mail.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) plain: Option<PartId>,
    pub(super) html: Option<PartId>,
    pub(super) calendar: Option<PartId>,
}

impl Chosen {
    pub(super) fn has(&self, id: PartId) -> bool {
        [self.plain, self.html, self.calendar].contains(&Some(id))
    }
}

/// Finds the bodies below a part.
pub(super) fn choose(entity: &Entity<'_>, root: PartId) -> Result<Chosen> {
    let tree = entity.tree();
    let below = tree.below(root);
    // From the last part to the first: children come after their parents.
    let mut holds = HashSet::new();
    let mut chosen_child: HashMap<PartId, PartId> = HashMap::new();
    for id in below.iter().rev() {
        let Some(part) = tree.get(*id) else { continue };
        let has = match part.kind {
            Kind::Plain | Kind::Html => !part.attached,
            Kind::Multi(Multi::Digest) => false,
            Kind::Multi(kind) => {
                let children = part.children.iter().copied();
                let first = children.clone().find(|child| holds.contains(child));
                let start = match kind {
                    Multi::Related => started(entity, *id)?,
                    _ => None,
                };
                let child = start.filter(|child| holds.contains(child)).or(first);
                if let Some(child) = child {
                    chosen_child.insert(*id, child);
                }
                child.is_some() || (kind == Multi::Mixed && part.children.is_empty())
            }
            _ => false,
        };
        if has {
            holds.insert(*id);
        }
    }
    let mut way = HashSet::from([root]);
    let mut chosen = Chosen::default();
    for id in below {
        let Some(part) = tree.get(id).filter(|_| way.contains(&id)) else { continue };
        match part.kind {
            Kind::Plain if !part.attached => chosen.plain = chosen.plain.or(Some(id)),
            Kind::Html if !part.attached => chosen.html = chosen.html.or(Some(id)),
            Kind::Calendar if !part.attached => chosen.calendar = chosen.calendar.or(Some(id)),
            // One whose parts cannot be told apart is shown as text.
            Kind::Multi(Multi::Mixed) if part.children.is_empty() => {
                chosen.plain = chosen.plain.or(Some(id));
            }
            Kind::Multi(Multi::Alternative) => way.extend(part.children.iter().copied()),
            Kind::Multi(_) => {
                way.extend(chosen_child.get(&id));
                // A calendar may lie beside the text.
                let calendar = |child: &&PartId| {
                    tree.get(**child).is_some_and(|part| part.kind == Kind::Calendar)
                };
                way.extend(part.children.iter().filter(calendar));
            }
            _ => {}
        }
    }
    Ok(chosen)
}

/// The part that `start` of multipart/related names.
fn started(entity: &Entity<'_>, id: PartId) -> Result<Option<PartId>> {
    let head = entity.head(id)?;
    let content = head.content_type();
    let Some(start) = content.as_ref().and_then(|content| content.get("start")) else {
        return Ok(None);
    };
    let start = head::plain(start.trim().trim_start_matches('<').trim_end_matches('>'));
    let children = entity.tree().get(id).map(|part| part.children.as_slice()).unwrap_or_default();
    for child in children {
        if entity.head(*child)?.identifier("content-id").as_deref() == Some(&start) {
            return Ok(Some(*child));
        }
    }
    Ok(None)
}

/// Reads a text part whole; `None` if it is larger than a text may be.
pub(super) fn read_text(
    entity: &Entity<'_>,
    id: PartId,
    options: &ImportOptions,
    conversion: &mut Conversion,
) -> Result<Option<String>> {
    let Some(part) = entity.tree().get(id) else { return Ok(None) };
    let limit = options.limits.text_bytes;
    let mut bytes = Vec::new();
    let mut content = decode::content(entity.source(), part).take(limit.saturating_add(1));
    content.read_to_end(&mut bytes).map_err(super::source::failed)?;
    let place = entity.place(id);
    if bytes.len() as u64 > limit {
        conversion.lose("text-size", &place, "body", "too large for a body; it is an attachment");
        return Ok(None);
    }
    let head = entity.head(id)?;
    let content = head.content_type();
    let label = content.as_ref().and_then(|content| content.get("charset"));
    let html = part.kind == Kind::Html;
    let text = text::decode(&bytes, label, html, options.code_page);
    if let Some(label) = &text.unknown
        && !bytes.is_ascii()
    {
        conversion.forgive("mail-charset", &place, format!("the charset {label} is not known"));
    }
    if text.malformed {
        let what = "bytes that are no characters in their charset were replaced";
        conversion.forgive("mail-characters", &place, what);
    }
    if part.encoding == decode::Encoding::Unknown {
        conversion.forgive("mail-encoding", &place, "the transfer encoding is not known");
    }
    if html {
        return Ok(Some(text.text));
    }
    let plain = text::with_crlf(&text.text);
    Ok(Some(match text::flow(content.as_ref()) {
        Some(delsp) => text::unflowed(&plain, delsp),
        None => plain,
    }))
}

/// Stores the bodies, and says which of them are stored.
pub(super) fn store(
    entity: &Entity<'_>,
    mut chosen: Chosen,
    message: &Message<'_>,
    options: &ImportOptions,
    conversion: &mut Conversion,
) -> Result<Chosen> {
    let read = |id: &mut Option<PartId>, conversion: &mut Conversion| -> Result<Option<String>> {
        let Some(part) = *id else { return Ok(None) };
        let text = read_text(entity, part, options, conversion)?;
        if text.is_none() {
            *id = None;
        }
        Ok(text)
    };
    let html = read(&mut chosen.html, conversion)?;
    let plain = read(&mut chosen.plain, conversion)?;
    if let Some(html) = &html {
        if message.is_unicode()? {
            message.set(PR_INTERNET_CPID, 65001)?;
            message.set(PR_HTML, html_as_utf_8(html).into_bytes())?;
            message.set(PR_NATIVE_BODY_INFO, 3)?;
            if options.rtf {
                message.set(PR_RTF_COMPRESSED, rtf_compress(&html_to_rtf(html)))?;
                message.set(PR_RTF_IN_SYNC, true)?;
                message.set(PR_BODY_W, crate::body::html_to_text(html))?;
            }
        } else {
            // An 8-bit message keeps its page: what is not ASCII in HTML becomes references.
            message.set_body_html(html)?;
            if !options.rtf {
                let made = [PR_RTF_COMPRESSED.tag(), PR_RTF_IN_SYNC.tag(), PR_BODY_W.tag()];
                message.delete_props(&made)?;
            }
        }
    }
    if let Some(plain) = &plain {
        message.set(PR_BODY_W, plain.as_str())?;
        if html.is_none() {
            message.set(PR_NATIVE_BODY_INFO, 1)?;
            if options.rtf {
                message.set(PR_RTF_COMPRESSED, rtf_compress(&text_to_rtf(plain)))?;
                message.set(PR_RTF_IN_SYNC, true)?;
            }
        }
    }
    Ok(chosen)
}
