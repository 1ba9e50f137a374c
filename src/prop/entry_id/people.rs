//! Identifiers of people: one-off, directory, contact, list member; and their search keys.

use super::{EntryId, RULE, begin};
use crate::error::{Code, Error, Result};
use crate::prop::fields::{Fields, latin, put_wide};

pub(super) const ONE_OFF: [u8; 16] = [
    0x81, 0x2B, 0x1F, 0xA4, 0xBE, 0xA3, 0x10, 0x19, 0x9D, 0x6E, 0x00, 0xDD, 0x01, 0x0F, 0x54, 0x02,
];
pub(super) const ADDRESS_BOOK: [u8; 16] = [
    0xDC, 0xA7, 0x40, 0xC8, 0xC0, 0x42, 0x10, 0x1A, 0xB4, 0xB9, 0x08, 0x00, 0x2B, 0x2F, 0xE1, 0x82,
];
pub(super) const CONTACT: [u8; 16] = [
    0xFE, 0x42, 0xAA, 0x0A, 0x18, 0xC7, 0x1A, 0x10, 0xE8, 0x85, 0x0B, 0x65, 0x1C, 0x24, 0x00, 0x00,
];
pub(super) const MEMBER: [u8; 16] = [
    0xC0, 0x91, 0xAD, 0xD3, 0x51, 0x9D, 0xCF, 0x11, 0xA4, 0xA9, 0x00, 0xAA, 0x00, 0x47, 0xFA, 0xA4,
];
const UNICODE: u16 = 0x8000;
/// UTF-16, do not resolve, no rich text.
const USUAL: u16 = 0x9001;

/// Somebody without a directory entry: a name, an address type and an address.
///
/// Spec: msg-format 2.6.1, F-053.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOffId {
    /// The flag bits as stored: 0x8000 for UTF-16, 0x1000 do not resolve, 0x0001 no rich text.
    pub options: u16,
    /// The name to show.
    pub name: String,
    /// The address type, such as `SMTP`.
    pub address_type: String,
    /// The address.
    pub address: String,
}

impl OneOffId {
    /// Of an SMTP address, with the flags Outlook usually writes.
    #[must_use]
    pub fn smtp(name: &str, address: &str) -> OneOffId {
        let (name, address) = (name.into(), address.into());
        OneOffId { options: USUAL, name, address_type: "SMTP".into(), address }
    }

    pub(super) fn read(fields: &mut Fields<'_>) -> Result<OneOffId> {
        fields.take(2)?;
        let options = fields.u16()?;
        let mut text = || if options & UNICODE != 0 { fields.wide() } else { fields.narrow() };
        Ok(OneOffId { options, name: text()?, address_type: text()?, address: text()? })
    }

    /// The identifier as it is stored; the texts are always written in UTF-16.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = begin([0; 4], ONE_OFF);
        out.extend([0, 0]);
        out.extend((self.options | UNICODE).to_le_bytes());
        for text in [&self.name, &self.address_type, &self.address] {
            put_wide(&mut out, text);
        }
        out
    }
}

/// Somebody in an Exchange directory.
///
/// Spec: msg-format 2.6.2, F-054.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressBookId {
    /// The flag bytes as stored.
    pub flags: [u8; 4],
    /// 1 in every file seen.
    pub version: u32,
    /// What it is: 0 a local user, 1 a distribution list, 5 a private list, 6 a remote user, ..
    pub kind: u32,
    /// The X.500 distinguished name.
    pub distinguished_name: String,
}

impl AddressBookId {
    pub(super) fn read(flags: [u8; 4], fields: &mut Fields<'_>) -> Result<AddressBookId> {
        let (version, kind) = (fields.u32()?, fields.u32()?);
        Ok(AddressBookId { flags, version, kind, distinguished_name: fields.narrow()? })
    }

    /// The identifier as it is stored. Letters beyond ASCII, which a name does not have, become `?`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = begin(self.flags, ADDRESS_BOOK);
        out.extend(self.version.to_le_bytes());
        out.extend(self.kind.to_le_bytes());
        let ascii = |c: char| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(b'?');
        out.extend(self.distinguished_name.chars().map(ascii).chain([0]));
        out
    }
}

/// One of the addresses of a contact.
///
/// Spec: msg-format 2.6.3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactAddressId {
    /// 3 in every file seen.
    pub version: u32,
    /// 4 for a person, 5 for a distribution list.
    pub kind: u32,
    /// Which address: 0 to 2 the e-mail addresses, 3 to 5 the fax numbers.
    pub index: u32,
    /// The identifier of the contact itself, as stored.
    pub contact: Vec<u8>,
}

impl ContactAddressId {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<ContactAddressId> {
        let (version, kind, index) = (fields.u32()?, fields.u32()?, fields.u32()?);
        let size = fields.u32()?;
        let contact = fields.take_claimed(size)?.to_vec();
        Ok(ContactAddressId { version, kind, index, contact })
    }

    /// The identifier as it is stored.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = begin([0; 4], CONTACT);
        let size = u32::try_from(self.contact.len()).unwrap_or(u32::MAX);
        for field in [self.version, self.kind, self.index, size] {
            out.extend(field.to_le_bytes());
        }
        out.extend(&self.contact);
        out
    }
}

/// A member of a personal distribution list: which kind it is, and its own identifier.
///
/// Spec: msg-format 2.6.3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberId {
    /// The flag bytes as stored.
    pub flags: [u8; 4],
    /// The kind in the low four bits: 0 one-off, 3 contact, 4 personal list, 5 directory user, 6
    /// directory list. The high bits say which address of a contact is meant.
    pub kind: u8,
    /// The identifier inside, as stored.
    pub inner: Vec<u8>,
}

impl MemberId {
    pub(super) fn read(flags: [u8; 4], fields: &mut Fields<'_>) -> Result<MemberId> {
        Ok(MemberId { flags, kind: fields.u8()?, inner: fields.rest().to_vec() })
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
        let mut out = begin(self.flags, MEMBER);
        out.push(self.kind);
        out.extend(&self.inner);
        out
    }
}

/// The search key of a person: `TYPE:ADDRESS` in upper case with one NUL.
///
/// Spec: msg-format 2.7, F-056.
///
/// # Example
/// ```
/// use openimsg::AddressKey;
///
/// let key = AddressKey::new("smtp", "a@b.c").to_bytes();
/// assert_eq!(key, b"SMTP:A@B.C\0");
/// assert_eq!(AddressKey::parse(&key)?.address, "A@B.C");
/// # Ok::<(), openimsg::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressKey {
    /// The address type, such as `SMTP`.
    pub address_type: String,
    /// The address in the case it was stored in; the key is made for comparing, not for showing.
    pub address: String,
}

impl AddressKey {
    /// Of this address.
    #[must_use]
    pub fn new(address_type: &str, address: &str) -> AddressKey {
        AddressKey { address_type: address_type.into(), address: address.into() }
    }

    /// Takes a search key apart at its first colon; the NUL may be missing.
    ///
    /// # Errors
    /// [`Code::CorruptData`] if there is no colon, as in the search key of a message.
    pub fn parse(bytes: &[u8]) -> Result<AddressKey> {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        let text = latin(bytes.get(..end).unwrap_or_default());
        match text.split_once(':') {
            Some((kind, address)) => Ok(AddressKey::new(kind, address)),
            None => Err(Error::new(Code::CorruptData, "read search key")
                .note(format!("no TYPE:ADDRESS, {RULE}"))),
        }
    }

    /// The key as it is stored.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let text = format!("{}:{}", self.address_type, self.address).to_uppercase();
        text.bytes().chain([0]).collect()
    }
}
