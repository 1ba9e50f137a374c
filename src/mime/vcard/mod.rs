//! Contacts as vCard 3.0, distribution lists as vCard 4.0, which alone has groups.
//!
//! Spec: msg-format 6.11; RFC 2426, 6350; decision 0024.

mod contact;
mod list;
mod photo;

use super::Conversion;
use super::ical::work::Work;
use crate::error::Result;
use crate::msg::{Item, Message};

/// A contact or a distribution list as a vCard (.vcf); `None` for other messages.
///
/// It is in UTF-8, its lines end in CR LF. The same message always gives the same card.
///
/// # Example
/// ```
/// use openimsg::{CompoundFile, Contact, EmailSlot, Message, mime};
///
/// let message = Message::create(CompoundFile::memory())?;
/// let ana = Contact::of(&message);
/// ana.set_display_name("Ana Lind")?;
/// ana.set_surname("Lind")?;
/// ana.set_email(EmailSlot::First, "Ana", "ana@example.org")?;
/// let card = mime::card(&message)?.unwrap();
/// assert!(card.contains("FN:Ana Lind\r\n") && card.contains("N:Lind;;;;\r\n"));
/// # Ok::<(), openimsg::Error>(())
/// ```
///
/// # Errors
/// Those of reading the message. A damaged property is left out.
pub fn card(message: &Message<'_>) -> Result<Option<String>> {
    card_of(message, "", &mut Conversion::default())
}

/// The card of a message; `None` if it is not of a class that has one.
pub(crate) fn card_of(
    message: &Message<'_>,
    place: &str,
    conversion: &mut Conversion,
) -> Result<Option<String>> {
    let work = &mut Work { place, conversion };
    Ok(match message.item()? {
        Item::Contact(contact) => Some(contact::card(&contact, work)?.finish()),
        Item::DistList(list) => Some(list::card(&list, work)?.finish()),
        _ => None,
    })
}
