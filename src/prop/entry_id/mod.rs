//! Entry identifiers: what names a person, a message, a folder or a store.
//!
//! ```text
//! 0   4 flag bytes
//! 4   16 bytes: the provider, which decides what follows
//! 20  the provider's own
//! ```
//! An identifier that wraps another one keeps it as bytes; nothing here recurses.
//! Spec: msg-format 2.6.

mod flat_list;
mod people;
mod store;

pub use flat_list::{read_flat_entry_list, write_flat_entry_list};
pub use people::{AddressBookId, AddressKey, ContactAddressId, MemberId, OneOffId};
pub use store::{FolderId, MessageId, StoreId};

use super::fields::Fields;
use crate::error::Result;

const RULE: &str = "MS-OXCDATA 2.2";

/// An entry identifier, taken apart by its provider.
///
/// # Example
/// ```
/// use openimsg::{EntryId, OneOffId};
///
/// let ana = OneOffId::smtp("Ana", "ana@example.org");
/// let EntryId::OneOff(read) = EntryId::parse(&ana.to_bytes())? else { panic!() };
/// assert_eq!(read.address, "ana@example.org");
/// # Ok::<(), openimsg::Error>(())
/// ```
///
/// Spec: msg-format 2.6, F-053, F-054.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryId {
    /// Somebody without a directory entry.
    OneOff(OneOffId),
    /// Somebody in an Exchange directory, by distinguished name.
    AddressBook(AddressBookId),
    /// One of the addresses of a contact.
    ContactAddress(ContactAddressId),
    /// A member of a personal distribution list.
    Member(MemberId),
    /// A message store.
    Store(StoreId),
    /// A folder of a store.
    Folder(FolderId),
    /// A message in a folder of a store.
    Message(MessageId),
    /// Of a provider unknown here; kept whole.
    Other(Vec<u8>),
}

impl EntryId {
    /// Takes an entry identifier apart. Bytes after its end are passed over. One of an unknown
    /// provider is [`EntryId::Other`].
    ///
    /// # Errors
    /// [`Code::CorruptData`](crate::Code::CorruptData) with the offset if the bytes end early.
    pub fn parse(bytes: &[u8]) -> Result<EntryId> {
        let mut fields = Fields::new(bytes, "read entry identifier", RULE);
        let flags = fields.array()?;
        let provider: [u8; 16] = fields.array()?;
        Ok(match provider {
            people::ONE_OFF => EntryId::OneOff(OneOffId::read(&mut fields)?),
            people::ADDRESS_BOOK => EntryId::AddressBook(AddressBookId::read(flags, &mut fields)?),
            people::CONTACT => EntryId::ContactAddress(ContactAddressId::read(&mut fields)?),
            people::MEMBER => EntryId::Member(MemberId::read(flags, &mut fields)?),
            store::WRAPPED => EntryId::Store(StoreId::read(flags, &mut fields)?),
            _ => match bytes.len() {
                46 => FolderId::read(flags, provider, &mut fields).map(EntryId::Folder),
                70 => MessageId::read(flags, provider, &mut fields).map(EntryId::Message),
                _ => None,
            }
            .unwrap_or_else(|| EntryId::Other(bytes.to_vec())),
        })
    }

    /// The identifier as it is stored.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            EntryId::OneOff(id) => id.to_bytes(),
            EntryId::AddressBook(id) => id.to_bytes(),
            EntryId::ContactAddress(id) => id.to_bytes(),
            EntryId::Member(id) => id.to_bytes(),
            EntryId::Store(id) => id.to_bytes(),
            EntryId::Folder(id) => id.to_bytes(),
            EntryId::Message(id) => id.to_bytes(),
            EntryId::Other(bytes) => bytes.clone(),
        }
    }
}

/// Flags and provider, with which every identifier begins.
fn begin(flags: [u8; 4], provider: [u8; 16]) -> Vec<u8> {
    [flags.as_slice(), provider.as_slice()].concat()
}
