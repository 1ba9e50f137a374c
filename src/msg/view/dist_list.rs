//! Personal distribution lists.

use super::field::{fields, view};
use crate::error::{Error, Result};
use crate::msg::message::Message;
use crate::named::*;
use crate::prop::EntryId;

view! {
    /// A personal distribution list: `IPM.DistList`. See [`Item`](crate::Item).
    DistList, "IPM.DistList"
}

fields! { DistList {
    /// The name of the list.
    name, set_name(&str): String = PID_LID_DISTRIBUTION_LIST_NAME;
    /// The number that says whether both lists of members belong together.
    checksum: i32 = PID_LID_DISTRIBUTION_LIST_CHECKSUM;
}}

/// Somebody on a list.
#[derive(Debug)]
#[non_exhaustive]
pub struct ListMember {
    /// The name to show.
    pub name: Option<String>,
    /// The type of the address: `SMTP`, or `EX` for a distinguished name.
    pub address_type: Option<String>,
    /// The address.
    pub address: Option<String>,
    /// What names the member: a contact, a directory entry, or nothing but the address.
    pub id: Option<EntryId>,
    /// What is wrong with what the list holds of this member.
    pub damage: Option<Error>,
}

impl DistList<'_> {
    /// Who is on the list, in its order. One that cannot be read is there and says why.
    ///
    /// # Errors
    /// As [`MapiProp::get`](crate::MapiProp::get).
    pub fn members(&self) -> Result<Option<Vec<ListMember>>> {
        let ids = self.message.get(PID_LID_DISTRIBUTION_LIST_MEMBERS)?;
        let one_offs = self.message.get(PID_LID_DISTRIBUTION_LIST_ONE_OFF_MEMBERS)?;
        if ids.is_none() && one_offs.is_none() {
            return Ok(None);
        }
        let (ids, one_offs) = (ids.unwrap_or_default(), one_offs.unwrap_or_default());
        let count = ids.len().max(one_offs.len());
        let pair = |at| member(ids.get(at), one_offs.get(at));
        Ok(Some((0..count).map(pair).collect()))
    }
}

/// One member from its identifier and its one-off, either of which may be missing.
fn member(id: Option<&Vec<u8>>, one_off: Option<&Vec<u8>>) -> ListMember {
    let (name, address_type, address) = (None, None, None);
    let mut found = ListMember { name, address_type, address, id: None, damage: None };
    // The one-off first: it has a name, where the identifier may have none.
    for bytes in one_off.into_iter().chain(id) {
        match EntryId::parse(bytes) {
            Ok(id) => {
                found.fill(&id);
                if let EntryId::Member(wrapped) = &id {
                    match wrapped.inner() {
                        Ok(inner) => found.fill(&inner),
                        Err(error) => found.damage = Some(error),
                    }
                }
                found.id = Some(id);
            }
            Err(error) => found.damage = Some(error),
        }
    }
    found
}

impl ListMember {
    /// Takes name and address from an identifier that has them, unless they are known.
    fn fill(&mut self, id: &EntryId) {
        if self.address.is_some() {
            return;
        }
        let sound = |text: &String| (!text.is_empty()).then(|| text.clone());
        match id {
            EntryId::OneOff(id) => {
                self.name = sound(&id.name);
                self.address_type = sound(&id.address_type);
                self.address = sound(&id.address);
            }
            EntryId::AddressBook(id) => {
                self.address_type = Some("EX".into());
                self.address = sound(&id.distinguished_name);
            }
            _ => {}
        }
    }
}
