//! Parts that are attachments. Spec: msg-format 6.8.

use super::decode::{self, Encoding};
use super::entity::Entity;
use super::head::{Head, plain};
use super::names::{self, Names};
use super::source::{Kind, Multi, PartId, failed};
use crate::error::Result;
use crate::mime::Conversion;
use crate::msg::{Attachment, Message, OpenStream, SaveFlags};
use crate::tags::{
    PID_TAG_TEXT_ATTACHMENT_CHARSET, PR_ATTACH_CONTENT_BASE_W, PR_ATTACH_CONTENT_ID_W,
    PR_ATTACH_CONTENT_LOCATION_W, PR_ATTACH_DATA_BIN, PR_ATTACH_FILENAME_W, PR_ATTACH_FLAGS,
    PR_ATTACH_METHOD, PR_ATTACH_MIME_TAG_W, PR_ATTACHMENT_HIDDEN, PR_CREATION_TIME,
    PR_DISPLAY_NAME_W, PR_LAST_MODIFICATION_TIME, PR_RENDERING_POSITION,
};
use std::io::{Read, copy};

const BY_VALUE: i32 = 1;
/// `PR_RENDERING_POSITION`: nowhere in the body.
const NOWHERE: i32 = -1;
/// `PR_ATTACH_FLAGS`: rendered in the body.
const RENDERED: i32 = 4;

/// The attachments of a mail, in their order.
pub(super) fn list(
    entity: &Entity<'_>,
    root: PartId,
    taken: impl Fn(PartId) -> bool,
) -> Vec<PartId> {
    let tree = entity.tree();
    let leaf = |id: &PartId| match tree.get(*id) {
        Some(part) => !matches!(part.kind, Kind::Multi(_)) || part.children.is_empty(),
        None => false,
    };
    let is_empty_root =
        |id: PartId| id == root && tree.get(id).is_some_and(|part| part.body.is_empty());
    let mut ids = tree.below(root);
    ids.retain(|id| leaf(id) && !taken(*id) && !is_empty_root(*id));
    ids
}

/// Attaches a part by value.
pub(super) fn by_value(
    entity: &Entity<'_>,
    id: PartId,
    message: &Message<'_>,
    names: &mut Names,
    conversion: &mut Conversion,
) -> Result<()> {
    let Some(part) = entity.tree().get(id) else { return Ok(()) };
    let place = entity.place(id);
    if part.encoding == Encoding::Unknown {
        conversion.forgive("mail-encoding", &place, "the transfer encoding is not known");
    }
    let head = entity.head(id)?;
    let content = head.content_type();
    let media = content.as_ref().map(|content| content.value.as_str()).unwrap_or("text/plain");
    if matches!(media, "message/external-body" | "message/partial") {
        let why = "the parameters of its type are in no property";
        conversion.lose("content-parameters", &place, media, why);
    }
    let told = names::told(&head);
    let described = head.text("content-description");
    let name = match (&told, &described) {
        (Some(name), _) => name.clone(),
        (None, Some(described)) if names::cleaned(described).is_some() => {
            names::cleaned(described).unwrap_or_default()
        }
        _ => names.invented(media),
    };
    let attachment = message.create_attach()?;
    attachment.set(PR_ATTACH_METHOD, BY_VALUE)?;
    attachment.set_file_name(&name)?;
    attachment.set(PR_ATTACH_FILENAME_W, names.short(&name).as_str())?;
    if let Some(described) = described.filter(|described| *described != name) {
        attachment.set(PR_DISPLAY_NAME_W, described.as_str())?;
    }
    attachment.set(PR_ATTACH_MIME_TAG_W, media)?;
    if let Some(charset) = content.as_ref().and_then(|content| content.get("charset"))
        && media.starts_with("text/")
    {
        attachment.set(PID_TAG_TEXT_ATTACHMENT_CHARSET, plain(charset).as_str())?;
    }
    told_in_head(&head, &attachment)?;
    write(&attachment, &mut *decode::content(entity.source(), part))?;
    let related = in_related(entity, id) && !part.attached;
    if related && (told.is_none() || attachment.disposition()?.is_inline()) {
        attachment.set(PR_ATTACH_FLAGS, RENDERED)?;
        attachment.set(PR_ATTACHMENT_HIDDEN, true)?;
    }
    attachment.save_changes(SaveFlags::empty())
}

/// What the fields of a part say of an attachment of any kind.
pub(super) fn told_in_head(head: &Head, attachment: &Attachment<'_>) -> Result<()> {
    attachment.set(PR_RENDERING_POSITION, NOWHERE)?;
    if let Some(id) = head.identifier("content-id") {
        attachment.set(PR_ATTACH_CONTENT_ID_W, id.as_str())?;
    }
    if let Some(location) = head.text("content-location") {
        attachment.set(PR_ATTACH_CONTENT_LOCATION_W, location.as_str())?;
    }
    if let Some(base) = head.text("content-base") {
        attachment.set(PR_ATTACH_CONTENT_BASE_W, base.as_str())?;
    }
    let Some(disposition) = head.disposition() else { return Ok(()) };
    for (name, tag) in
        [("creation-date", PR_CREATION_TIME), ("modification-date", PR_LAST_MODIFICATION_TIME)]
    {
        if let Some(time) = disposition.get(name).and_then(super::dates::date) {
            attachment.set(tag, time)?;
        }
    }
    Ok(())
}

/// Writes the data of an attachment in pieces.
pub(super) fn write(attachment: &Attachment<'_>, from: &mut dyn Read) -> Result<()> {
    let mut data = attachment.open_stream(PR_ATTACH_DATA_BIN.tag(), OpenStream::Create)?;
    copy(from, &mut data).map_err(failed)?;
    data.commit()
}

/// Whether a part lies beside a body that shows it.
fn in_related(entity: &Entity<'_>, id: PartId) -> bool {
    let mut at = entity.tree().get(id).and_then(|part| part.parent);
    while let Some(part) = at.and_then(|at| entity.tree().get(at)) {
        match part.kind {
            Kind::Multi(Multi::Related) => return true,
            Kind::Multi(_) => at = part.parent,
            _ => return false,
        }
    }
    false
}
