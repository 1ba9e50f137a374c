//! Entry identifiers: who or what a binary identifier means. Spec: msg-format 2.6.

use crate::error::{Code, Error, Place, Result};
use crate::wire::{CodePage, Guid, Reader, Text};

/// The providers that are known, by the 16 bytes after the flags.
const ONE_OFF: [u8; 16] = 0x812B_1FA4_BEA3_1019_9D6E_00DD_010F_5402_u128.to_be_bytes();
const ADDRESS_BOOK: [u8; 16] = 0xDCA7_40C8_C042_101A_B4B9_0800_2B2F_E182_u128.to_be_bytes();
const CONTACT: [u8; 16] = 0xFE42_AA0A_18C7_1A10_E885_0B65_1C24_0000_u128.to_be_bytes();
const LIST_MEMBER: [u8; 16] = 0xC091_ADD3_519D_CF11_A4A9_00AA_0047_FAA4_u128.to_be_bytes();
const STORE: [u8; 16] = 0x38A1_BB10_05E5_101A_A1BB_0800_2B2A_56C2_u128.to_be_bytes();

/// Wrappers that lie in one another at most.
const DEPTH: usize = 4;

/// What an entry identifier means. Unknown providers' are opaque.
///
/// Spec: F-053, F-054 (msg-format 2.6).
///
/// # Example
/// ```
/// use openimsg::{EntryId, Recipient, tags::PR_ENTRYID};
///
/// let ana = Recipient::new("Ana", "ana@example.org");
/// let Some(openimsg::PropValue::Binary(id)) = ana.get(PR_ENTRYID.tag()) else { panic!() };
/// let EntryId::OneOff { address, .. } = EntryId::read(id)? else { panic!() };
/// assert_eq!(address, "ana@example.org");
/// # Ok::<(), openimsg::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryId {
    /// Somebody without a directory entry.
    OneOff {
        /// The display name.
        name: String,
        /// Such as `SMTP`.
        address_type: String,
        /// The address, of that type.
        address: String,
    },
    /// An entry of an Exchange address book.
    AddressBook {
        /// 0 a user, 1 a distribution list, 6 a remote user, ..
        kind: u32,
        /// The X.500 name.
        dn: String,
    },
    /// An address of a contact.
    Contact {
        /// 4 a person, 5 a distribution list.
        kind: u32,
        /// 0 to 2 the e-mail addresses, 3 to 5 the fax numbers.
        index: u32,
        /// The contact.
        inner: Box<EntryId>,
    },
    /// A member of a personal distribution list.
    ListMember {
        /// The low four bits: 0 one-off, 3 contact, 4 personal list, 5 user, 6 list of an address book.
        kind: u8,
        /// Who it is.
        inner: Box<EntryId>,
    },
    /// A message in a store.
    Message {
        /// The folder: its database and its number there.
        folder: (Guid, u64),
        /// The message, likewise.
        message: (Guid, u64),
    },
    /// A folder in a store: its database and its number there.
    Folder(Guid, u64),
    /// A store, opened by this library of its provider.
    Store(String),
    /// Another provider's.
    Other(Guid),
}

/// A cursor that says where it stopped.
struct Bytes<'a> {
    reader: Reader<'a>,
}

impl<'a> Bytes<'a> {
    fn short(&self) -> Error {
        let place = Place::default().at(self.reader.position() as u64);
        Error::new(Code::InvalidEntryId, "read entry identifier").note("it is cut off").place(place)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.reader.array().ok_or_else(|| self.short())
    }

    fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        self.reader.take(len).ok_or_else(|| self.short())
    }

    /// The bytes before the next NUL, which is passed.
    fn until_nul(&mut self) -> Result<&'a [u8]> {
        let len = self.reader.rest().iter().position(|byte| *byte == 0);
        let text = self.take(len.ok_or_else(|| self.short())?)?;
        self.take(1)?;
        Ok(text)
    }

    /// The text before the next UTF-16 NUL, which is passed.
    fn wide_until_nul(&mut self) -> Result<String> {
        let units = self.reader.rest().as_chunks::<2>().0;
        let len = units.iter().position(|unit| *unit == [0, 0]).ok_or_else(|| self.short())?;
        let text = Text::from_utf16le(self.take(2 * len)?).into_string_lossy();
        self.take(2)?;
        Ok(text)
    }

    /// A number in a database: six bytes, the most significant first.
    fn counter(&mut self) -> Result<u64> {
        let [a, b, c, d, e, f] = self.array()?;
        Ok(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    }
}

impl EntryId {
    /// Reads an entry identifier. 8-bit text in it is taken as Windows-1252.
    ///
    /// # Errors
    /// [`Code::InvalidEntryId`] if it is cut off, with the offset.
    pub fn read(bytes: &[u8]) -> Result<EntryId> {
        EntryId::read_with(bytes, CodePage::WINDOWS_1252)
    }

    /// The same with the code page of its 8-bit text.
    ///
    /// # Errors
    /// [`Code::InvalidEntryId`] if it is cut off, with the offset.
    pub fn read_with(bytes: &[u8], page: CodePage) -> Result<EntryId> {
        let mut wrappers = Vec::new();
        let mut bytes = Bytes { reader: Reader::new(bytes) };
        // Wrappers are taken off one by one, then put round what was in them.
        let mut found = loop {
            bytes.take(4)?;
            let provider = bytes.array()?;
            match provider {
                CONTACT if wrappers.len() < DEPTH => {
                    bytes.u32()?;
                    let (kind, index) = (bytes.u32()?, bytes.u32()?);
                    bytes.u32()?;
                    wrappers.push((Some(index), kind));
                }
                LIST_MEMBER if wrappers.len() < DEPTH => {
                    let [kind] = bytes.array()?;
                    wrappers.push((None, u32::from(kind & 0x0F)));
                }
                ONE_OFF => break one_off(&mut bytes, page)?,
                ADDRESS_BOOK => {
                    bytes.u32()?;
                    let kind = bytes.u32()?;
                    let dn = String::from_utf8_lossy(bytes.until_nul()?).into_owned();
                    break EntryId::AddressBook { kind, dn };
                }
                STORE => {
                    bytes.take(2)?;
                    let name = bytes.take(14)?;
                    let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
                    break EntryId::Store(String::from_utf8_lossy(name).into_owned());
                }
                other => break in_store(&mut bytes, Guid::from_bytes(other))?,
            }
        };
        while let Some((index, kind)) = wrappers.pop() {
            let inner = Box::new(found);
            found = match index {
                Some(index) => EntryId::Contact { kind, index, inner },
                None => EntryId::ListMember { kind: u8::try_from(kind).unwrap_or(0), inner },
            };
        }
        Ok(found)
    }

    /// The entry itself, without what it is wrapped in.
    #[must_use]
    pub fn innermost(&self) -> &EntryId {
        let mut entry = self;
        while let EntryId::Contact { inner, .. } | EntryId::ListMember { inner, .. } = entry {
            entry = inner;
        }
        entry
    }

    /// The bytes of a one-off identifier: UTF-16, not to be resolved, without rich text.
    #[must_use]
    pub fn one_off(name: &str, address_type: &str, address: &str) -> Vec<u8> {
        let mut out = vec![0; 4];
        out.extend(ONE_OFF);
        out.extend([0, 0]);
        out.extend(0x9001_u16.to_le_bytes());
        for text in [name, address_type, address] {
            out.extend(text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
        }
        out
    }
}

fn one_off(bytes: &mut Bytes<'_>, page: CodePage) -> Result<EntryId> {
    const UNICODE: u16 = 0x8000;
    bytes.take(2)?;
    let unicode = bytes.u16()? & UNICODE != 0;
    let mut next = || match unicode {
        true => bytes.wide_until_nul(),
        false => Ok(page.decode(bytes.until_nul()?).text.into_owned()),
    };
    Ok(EntryId::OneOff { name: next()?, address_type: next()?, address: next()? })
}

/// A message or folder, if the type and the length say so.
fn in_store(bytes: &mut Bytes<'_>, provider: Guid) -> Result<EntryId> {
    match (bytes.reader.rest().len(), bytes.reader.u16()) {
        (50, Some(0x0007 | 0x0009)) => {
            let folder = (Guid::from_bytes(bytes.array()?), bytes.counter()?);
            bytes.take(2)?;
            let message = (Guid::from_bytes(bytes.array()?), bytes.counter()?);
            Ok(EntryId::Message { folder, message })
        }
        (26, Some(0x0001 | 0x0003)) => {
            Ok(EntryId::Folder(Guid::from_bytes(bytes.array()?), bytes.counter()?))
        }
        _ => Ok(EntryId::Other(provider)),
    }
}

/// The identifiers in a `FLATENTRYLIST`, such as `PR_REPLY_RECIPIENT_ENTRIES`, without a copy.
///
/// # Errors
/// [`Code::InvalidEntryId`] if the count cannot be or an entry is cut off.
///
/// Spec: F-055 (msg-format 2.6.4).
pub fn flat_entry_list(bytes: &[u8]) -> Result<Vec<&[u8]>> {
    let mut bytes = Bytes { reader: Reader::new(bytes) };
    let count = bytes.u32()?;
    bytes.u32()?;
    // Each entry has its length at least.
    if u64::from(count) * 4 > bytes.reader.rest().len() as u64 {
        let note = format!("{count} entries do not fit");
        return Err(Error::new(Code::InvalidEntryId, "read list of entry identifiers").note(note));
    }
    let mut list = Vec::new();
    for _ in 0..count {
        let len = usize::try_from(bytes.u32()?).unwrap_or(usize::MAX);
        list.push(bytes.take(len)?);
        let padding = len.next_multiple_of(4) - len;
        bytes.reader.take(padding);
    }
    Ok(list)
}
