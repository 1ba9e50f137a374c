//! Contacts as vCard.

use super::Conversion;
use crate::error::Result;
use crate::msg::Message;

/// A contact or a distribution list as a vCard; `None` for other messages.
///
/// # Errors
/// Those of reading the message. A damaged property is a loss and no error.
pub fn card(message: &Message<'_>) -> Result<Option<String>> {
    card_of(message, "", &mut Conversion::default())
}

/// The card of a message; `None` if it is not of a class that has one.
pub(crate) fn card_of(
    _message: &Message<'_>,
    _place: &str,
    _conversion: &mut Conversion,
) -> Result<Option<String>> {
    Ok(None)
}
