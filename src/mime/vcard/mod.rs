//! Contacts as vCard.

use super::Conversion;
use crate::error::Result;
use crate::msg::Message;

pub(crate) fn card_of(
    _message: &Message<'_>,
    _place: &str,
    _conversion: &mut Conversion,
) -> Result<Option<String>> {
    Ok(None)
}
