//! What other modules read: winmail.dat and calendars. Spec: msg-format 6.8, 6.10, 6.11.

use super::entity::Entity;
use super::names;
use super::source::{Kind, PartId, failed};
use super::work::spooled;
use crate::error::{Code, Result};
use crate::mime::ical::read_calendar;
use crate::mime::tnef::{Envelope, is_tnef, read_into};
use crate::mime::{Conversion, ImportOptions};
use crate::msg::Message;
use std::io::{Read, Seek};

/// Takes a calendar over into the message; whether that was done.
pub(super) fn calendar(
    text: &str,
    message: &Message<'_>,
    place: &str,
    conversion: &mut Conversion,
) -> Result<bool> {
    read_calendar(text, message, place, conversion)
}

/// Expands the parts that are winmail.dat, and says which are left to attach. What the mail itself tells
/// goes before what they tell. Spec: F-106.
pub(super) fn without_tnef(
    entity: &Entity<'_>,
    mut left: Vec<PartId>,
    message: &Message<'_>,
    options: &ImportOptions,
    conversion: &mut Conversion,
) -> Result<Vec<PartId>> {
    // A message has one of them; of more than that the others are files.
    let mut found = None;
    for id in &left {
        if is_candidate(entity, *id)? {
            found = Some(*id);
            break;
        }
    }
    let Some(id) = found else { return Ok(left) };
    let mut file = spooled(entity, id)?;
    file.rewind().map_err(failed)?;
    let mut head = [0; 6];
    let read = file.read(&mut head).map_err(failed)?;
    let place = entity.place(id);
    if !is_tnef(head.get(..read).unwrap_or_default()) {
        conversion.forgive("mail-tnef", &place, "it is no TNEF; it is kept as an attachment");
        return Ok(left);
    }
    file.rewind().map_err(failed)?;
    match read_into(file, message, options, Envelope::Keep, &place, conversion) {
        Ok(()) => left.retain(|other| *other != id),
        Err(error) if error.code() == Code::CorruptData => {
            conversion.forgive(
                "mail-tnef",
                &place,
                "it cannot be read; it is kept as an attachment",
            );
        }
        Err(error) => return Err(error),
    }
    Ok(left)
}

/// Whether a part may be winmail.dat, by its type or its name.
fn is_candidate(entity: &Entity<'_>, id: PartId) -> Result<bool> {
    if entity.tree().get(id).is_none_or(|part| part.kind != Kind::Other) {
        return Ok(false);
    }
    let head = entity.head(id)?;
    let media = head.content_type().map(|content| content.value).unwrap_or_default();
    Ok(match media.as_str() {
        "application/ms-tnef" | "application/vnd.ms-tnef" => true,
        "application/octet-stream" => {
            names::told(&head).is_some_and(|name| name.eq_ignore_ascii_case("winmail.dat"))
        }
        _ => false,
    })
}
