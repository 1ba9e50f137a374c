//! Reports: what became of a mail. Spec: msg-format 6.12.

use super::entity::Entity;
use super::head::Head;
use super::source::PartId;
use crate::error::Result;
use crate::mime::Conversion;
use crate::msg::Message;

/// Reads a report into the message; gives the part that was taken over.
pub(super) fn read(
    _entity: &Entity<'_>,
    _root: PartId,
    _head: &Head,
    _message: &Message<'_>,
    _conversion: &mut Conversion,
) -> Result<Option<PartId>> {
    Ok(None)
}
