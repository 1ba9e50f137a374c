//! Personal distribution lists.

use super::{props, view};
use crate::error::{Code, Error, Result};
use crate::prop::EntryId;
use crate::prop::named_tags::{
    PID_LID_DISTRIBUTION_LIST_MEMBERS, PID_LID_DISTRIBUTION_LIST_NAME,
    PID_LID_DISTRIBUTION_LIST_ONE_OFF_MEMBERS,
};

view! {
    /// A personal distribution list.
    ///
    /// Spec: msg-format 2.6.3, 3.4 (PSETID_Address).
    DistList, "IPM.DistList"
}

/// A member of a distribution list.
#[derive(Debug)]
#[non_exhaustive]
pub struct Member {
    /// The name that the list keeps of them, if any.
    pub name: Option<String>,
    /// The address that the list keeps of them, if any.
    pub address: Option<String>,
    /// Who it is; an error if that cannot be read.
    pub entry: Result<EntryId>,
}

props! { DistList {
    /// The name of the list.
    name, set_name: PID_LID_DISTRIBUTION_LIST_NAME => String, &str;
} }

impl DistList<'_> {
    /// The members. One that cannot be read is there, with its error.
    ///
    /// # Errors
    /// Those of reading the properties.
    pub fn members(&self) -> Result<Vec<Member>> {
        let entries = self.get(PID_LID_DISTRIBUTION_LIST_MEMBERS)?.unwrap_or_default();
        let one_offs = self.get(PID_LID_DISTRIBUTION_LIST_ONE_OFF_MEMBERS)?.unwrap_or_default();
        // The second list tells name and address of each in the first, in the same order.
        let count = entries.len().max(one_offs.len());
        let missing = || Error::new(Code::NotFound, "read member").note("it has no entry");
        let member = |at: usize| {
            let entry =
                entries.get(at).map_or_else(|| Err(missing()), |bytes| EntryId::read(bytes));
            let one_off = one_offs.get(at).and_then(|bytes| EntryId::read(bytes).ok());
            let known = one_off.or_else(|| entry.as_ref().ok().map(|e| e.innermost().clone()));
            let (name, address) = match known {
                Some(EntryId::OneOff { name, address, .. }) => (Some(name), Some(address)),
                Some(EntryId::AddressBook { dn, .. }) => (None, Some(dn)),
                _ => (None, None),
            };
            Member { name, address, entry }
        };
        Ok((0..count).map(member).collect())
    }

    /// Sets the members: names and SMTP addresses.
    ///
    /// # Errors
    /// [`InvalidParameter`](Code::InvalidParameter) for none; those of setting the properties.
    pub fn set_members(&self, members: &[(&str, &str)]) -> Result<()> {
        let bytes: Vec<Vec<u8>> =
            members.iter().map(|(name, address)| EntryId::one_off(name, "SMTP", address)).collect();
        self.set(PID_LID_DISTRIBUTION_LIST_MEMBERS, bytes.clone())?;
        self.set(PID_LID_DISTRIBUTION_LIST_ONE_OFF_MEMBERS, bytes)
    }
}
