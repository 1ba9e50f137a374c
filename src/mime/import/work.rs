//! The work on a mail and on the mails inside it: a list, so that nesting costs no stack.
//!
//! ```text
//!   a frame: a message, what of its mail is still to attach
//!   next attachment --bytes--> attached
//!                   --a mail-> its frame goes on top, is filled, worked off, saved into its attachment
//! ```

use super::attachments;
use super::bodies::{self, Chosen};
use super::decode::{self, Encoding};
use super::entity::Entity;
use super::head::decode_untold;
use super::names::Names;
use super::source::{Kind, Multi, PartId, Source, failed};
use super::{addressees, headers, outside, report, signed};
use crate::error::Result;
use crate::mime::{Conversion, ImportOptions};
use crate::msg::{Attachment, Message, SaveFlags};
use crate::tags::{PR_DISPLAY_NAME_W, PR_SUBJECT_W};
use std::io::{Seek, Write, copy};
use std::rc::Rc;

/// What of an encoded mail is held in memory before it goes to a temporary file.
const SPOOL: usize = 1 << 20;

/// A message whose mail is being worked off.
struct Frame<'a, 's> {
    entity: Rc<Entity<'a>>,
    message: Message<'s>,
    /// What the message lies in; `None` for the first.
    attachment: Option<Attachment<'s>>,
    /// What is still to attach, the next one last.
    left: Vec<PartId>,
    names: Names,
    depth: usize,
}

/// Converts a mail with all that is in it. The message itself is not saved.
pub(super) fn run<'a>(
    entity: Entity<'a>,
    message: &Message<'_>,
    options: &ImportOptions,
    conversion: &mut Conversion,
) -> Result<()> {
    let entity = Rc::new(entity);
    let left = fill(&entity, 0, message, options, conversion)?;
    let first = Frame {
        entity,
        message: message.clone(),
        attachment: None,
        left,
        names: Names::default(),
        depth: 0,
    };
    let mut frames = vec![first];
    while let Some(frame) = frames.last_mut() {
        let Some(id) = frame.left.pop() else {
            if let Some(attachment) = &frame.attachment {
                frame.message.save_changes(SaveFlags::empty())?;
                attachment.save_changes(SaveFlags::empty())?;
            }
            frames.pop();
            continue;
        };
        match inner(frame, id, options, conversion)? {
            Some((entity, root)) => {
                let opened = open(frame, id, entity, root, options, conversion)?;
                frames.push(opened);
            }
            None => {
                let Frame { entity, message, names, .. } = frame;
                attachments::by_value(entity, id, message, names, conversion)?;
            }
        }
    }
    Ok(())
}

/// The mail in a part, if the part is to become a message.
fn inner<'a>(
    frame: &Frame<'a, '_>,
    id: PartId,
    options: &ImportOptions,
    conversion: &mut Conversion,
) -> Result<Option<(Rc<Entity<'a>>, PartId)>> {
    let Some(part) = frame.entity.tree().get(id).filter(|part| part.kind == Kind::Mail) else {
        return Ok(None);
    };
    let place = frame.entity.place(id);
    if let Some(root) = part.children.first() {
        return Ok(Some((Rc::clone(&frame.entity), *root)));
    }
    if frame.depth >= options.limits.embedded_depth {
        let why = "mails are nested too deeply; it is attached as a file";
        conversion.lose("embedded-depth", &place, "message/rfc822", why);
        return Ok(None);
    }
    if !matches!(part.encoding, Encoding::Base64 | Encoding::Quoted | Encoding::Uu) {
        return Ok(None);
    }
    // RFC 2046 forbids it, and programs do it.
    let mut file = spooled(&frame.entity, id)?;
    file.rewind().map_err(failed)?;
    let source = Source::new(file)?;
    if source.len() == 0 {
        return Ok(None);
    }
    let entity = Entity::open(source, options, frame.depth + 1, place, conversion)?;
    Ok(Some((Rc::new(entity), 0)))
}

/// The decoded content of a part, in memory or in a temporary file.
pub(super) fn spooled(entity: &Entity<'_>, id: PartId) -> Result<tempfile::SpooledTempFile> {
    let mut file = tempfile::SpooledTempFile::new(SPOOL);
    if let Some(part) = entity.tree().get(id) {
        copy(&mut decode::content(entity.source(), part), &mut file).map_err(failed)?;
    }
    file.flush().map_err(failed)?;
    Ok(file)
}

/// Begins a message in an attachment.
fn open<'a, 's>(
    frame: &Frame<'_, 's>,
    id: PartId,
    entity: Rc<Entity<'a>>,
    root: PartId,
    options: &ImportOptions,
    conversion: &mut Conversion,
) -> Result<Frame<'a, 's>> {
    let (attachment, message) = frame.message.attach_message("")?;
    attachments::told_in_head(&frame.entity.head(id)?, &attachment)?;
    let left = fill(&entity, root, &message, options, conversion)?;
    let subject = message.get(PR_SUBJECT_W)?.filter(|subject| !subject.is_empty());
    attachment.set(PR_DISPLAY_NAME_W, subject.as_deref().unwrap_or("Message"))?;
    let depth = frame.depth + 1;
    Ok(Frame {
        entity,
        message,
        attachment: Some(attachment),
        left,
        names: Names::default(),
        depth,
    })
}

/// Fills a message with everything but its attachments, and says which parts those are, last one first.
fn fill(
    entity: &Rc<Entity<'_>>,
    root: PartId,
    message: &Message<'_>,
    options: &ImportOptions,
    conversion: &mut Conversion,
) -> Result<Vec<PartId>> {
    let head = entity.head(root)?;
    let block = decode_untold(&entity.bytes_of_head(root)?, options.code_page);
    let place = entity.place(root);
    headers::set(&head, &block, message, &place, conversion)?;
    addressees::set(&head, message, &place, conversion)?;
    let mut chosen = bodies::choose(entity, root)?;
    let kind = entity.tree().get(root).map(|part| part.kind);
    let mut left = Vec::new();
    if signed::is_opaque(&head) {
        signed::opaque(entity, root, &head, message)?;
    } else {
        chosen = bodies::store(entity, chosen, message, options, conversion)?;
        if kind == Some(Kind::Multi(Multi::Signed)) {
            signed::clear(entity, root, message)?;
        } else {
            let status = report::read(entity, root, &head, message, conversion)?;
            let calendar = calendar(entity, chosen, message, options, conversion)?;
            chosen.calendar = chosen.calendar.filter(|_| calendar);
            let taken = |id| chosen.has(id) || Some(id) == status;
            left = attachments::list(entity, root, taken);
            if options.expand_tnef {
                left = outside::without_tnef(entity, left, message, options, conversion)?;
            }
            signature_lost(entity, root, conversion);
        }
    }
    headers::mark(&head, message, options)?;
    left.reverse();
    Ok(left)
}

/// Takes over a calendar; whether that was done.
fn calendar(
    entity: &Entity<'_>,
    chosen: Chosen,
    message: &Message<'_>,
    options: &ImportOptions,
    conversion: &mut Conversion,
) -> Result<bool> {
    let Some(id) = chosen.calendar else { return Ok(false) };
    let method = entity.head(id)?.content_type();
    let told = method.as_ref().is_some_and(|content| content.get("method").is_some());
    let Some(text) = bodies::read_text(entity, id, options, conversion)? else { return Ok(false) };
    if !told && !text.lines().take(100).any(|line| line.starts_with("METHOD:")) {
        return Ok(false);
    }
    outside::calendar(&text, message, &entity.place(id), conversion)
}

/// A signature over a part only is kept, but what it was made over is taken apart.
fn signature_lost(entity: &Entity<'_>, root: PartId, conversion: &mut Conversion) {
    for id in entity.tree().below(root) {
        let signed = entity.tree().get(id).filter(|part| part.kind == Kind::Multi(Multi::Signed));
        if signed.is_some_and(|part| !part.children.is_empty()) {
            let why = "what is signed is a part of the mail, and is taken apart";
            conversion.lose("signature", &entity.place(id), "multipart/signed", why);
        }
    }
}
