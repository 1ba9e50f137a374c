//! Identifiers of stores, and of the folders and messages in them.

use super::{EntryId, begin};
use crate::error::Result;
use crate::prop::fields::Fields;
use crate::wire::Guid;

pub(super) const WRAPPED: [u8; 16] = [
    0x38, 0xA1, 0xBB, 0x10, 0x05, 0xE5, 0x10, 0x1A, 0xA1, 0xBB, 0x08, 0x00, 0x2B, 0x2A, 0x56, 0xC2,
];

/// A message store: the provider's library and what it needs to find the store.
///
/// Spec: msg-format 2.6.3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreId {
    /// The flag bytes as stored.
    pub flags: [u8; 4],
    /// The version byte and the flag byte after the provider.
    pub version: [u8; 2],
    /// The name of the provider's library, with NULs up to 14 bytes.
    pub library: [u8; 14],
    /// What the provider needs, as stored.
    pub inner: Vec<u8>,
}

impl StoreId {
    pub(super) fn read(flags: [u8; 4], fields: &mut Fields<'_>) -> Result<StoreId> {
        let (version, library) = (fields.array()?, fields.array()?);
        Ok(StoreId { flags, version, library, inner: fields.rest().to_vec() })
    }

    /// The identifier inside.
    ///
    /// # Errors
    /// As [`EntryId::parse`].
    pub fn inner(&self) -> Result<EntryId> {
        EntryId::parse(&self.inner)
    }

    /// The identifier as it is stored.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = begin(self.flags, WRAPPED);
        out.extend(self.version);
        out.extend(self.library);
        out.extend(&self.inner);
        out
    }
}

/// A folder of an Exchange store.
///
/// Spec: msg-format 2.6.3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderId {
    /// The flag bytes as stored.
    pub flags: [u8; 4],
    /// The store.
    pub store: Guid,
    /// 1 in a private store, 3 in a public one.
    pub kind: u16,
    /// The database of the folder.
    pub database: Guid,
    /// The counter that names the folder in its database, highest byte first.
    pub counter: [u8; 6],
}

impl FolderId {
    /// `None` for 46 bytes that are something else.
    pub(super) fn read(flags: [u8; 4], store: [u8; 16], fields: &mut Fields<'_>) -> Option<Self> {
        let kind = fields.u16().ok().filter(|kind| matches!(kind, 1 | 3))?;
        let (database, counter) = place(fields)?;
        Some(FolderId { flags, store: Guid::from_bytes(store), kind, database, counter })
    }

    /// The identifier as it is stored.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = begin(self.flags, self.store.to_bytes());
        out.extend(self.kind.to_le_bytes());
        put_place(&mut out, self.database, self.counter);
        out
    }
}

/// A message in a folder of an Exchange store.
///
/// Spec: msg-format 2.6.3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageId {
    /// The flag bytes as stored.
    pub flags: [u8; 4],
    /// The store.
    pub store: Guid,
    /// 7 in a private store, 9 in a public one.
    pub kind: u16,
    /// The database of the folder.
    pub folder_database: Guid,
    /// The counter of the folder, highest byte first.
    pub folder_counter: [u8; 6],
    /// The database of the message.
    pub database: Guid,
    /// The counter of the message, highest byte first.
    pub counter: [u8; 6],
}

impl MessageId {
    /// `None` for 70 bytes that are something else.
    pub(super) fn read(flags: [u8; 4], store: [u8; 16], fields: &mut Fields<'_>) -> Option<Self> {
        let kind = fields.u16().ok().filter(|kind| matches!(kind, 7 | 9))?;
        let (folder_database, folder_counter) = place(fields)?;
        let (database, counter) = place(fields)?;
        let store = Guid::from_bytes(store);
        Some(MessageId { flags, store, kind, folder_database, folder_counter, database, counter })
    }

    /// The identifier as it is stored.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = begin(self.flags, self.store.to_bytes());
        out.extend(self.kind.to_le_bytes());
        put_place(&mut out, self.folder_database, self.folder_counter);
        put_place(&mut out, self.database, self.counter);
        out
    }
}

/// Database and counter; the two bytes after them are padding and have to be zero.
fn place(fields: &mut Fields<'_>) -> Option<(Guid, [u8; 6])> {
    let (database, counter) = (fields.array().ok()?, fields.array().ok()?);
    (fields.u16().ok()? == 0).then_some((Guid::from_bytes(database), counter))
}

fn put_place(out: &mut Vec<u8>, database: Guid, counter: [u8; 6]) {
    out.extend(database.to_bytes());
    out.extend(counter);
    out.extend([0, 0]);
}
