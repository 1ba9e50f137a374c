//! The lists of recipients and attachments of a message: which storages there are, what changed.

use super::body::Body;
use super::handle::ObjectId;
use super::object::{StoredProp, stored_props};
use super::recipient::Recipient;
use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::prop::store::{PropStore, mapped};
use crate::prop::stream::{Counters, HeaderKind, hex, parse_hex};
use crate::stg::{ElementKind, ElementName, MEMBER_READ, Storage};
use crate::wire::codepage::choose::TextPage;
use std::sync::Arc;

const RECIPIENT: &[u8] = b"__recip_version1.0_#";
const ATTACHMENT: &[u8] = b"__attach_version1.0_#";

/// Ids above the highest in use are believed up to this distance. Spec: F-133.
const PLAUSIBLE: u32 = 65_536;

/// What a message lists.
pub(crate) struct Rows {
    pub(crate) recipients: Vec<RecipientRow>,
    pub(crate) attachments: Vec<AttachmentRow>,
    pub(crate) next_recipient: u32,
    pub(crate) next_attachment: u32,
}

pub(crate) struct RecipientRow {
    /// PR_ROWID, the suffix of the storage.
    pub(crate) id: u32,
    /// The storage, if there is one.
    pub(crate) stored: Option<ElementName>,
    /// The row as it was read or set.
    pub(crate) row: Option<Arc<Recipient>>,
    pub(crate) changed: bool,
}

#[derive(Clone, Copy)]
pub(crate) struct AttachmentRow {
    /// PR_ATTACH_NUM, the suffix of the storage.
    pub(crate) number: u32,
    pub(crate) name: ElementName,
}

/// The name of a new recipient's storage. Spec: F-009, F-011.
pub(crate) fn recipient_name(id: u32) -> ElementName {
    let mut name = *b"__recip_version1.0_#00000000";
    hex(&mut name, RECIPIENT.len(), id);
    ElementName::ascii(&name)
}

/// The name of a new attachment's storage.
pub(crate) fn attachment_name(number: u32) -> ElementName {
    let mut name = *b"__attach_version1.0_#00000000";
    hex(&mut name, ATTACHMENT.len(), number);
    ElementName::ascii(&name)
}

/// Whether this is the name of a recipient's or an attachment's storage.
pub(crate) fn is_row(name: &ElementName) -> bool {
    recipient_index(name).or_else(|| attachment_index(name)).is_some()
}

/// The index in the name of a recipient's storage.
pub(crate) fn recipient_index(name: &ElementName) -> Option<u32> {
    index_of(name, RECIPIENT)
}

/// The index in the name of an attachment's storage.
pub(crate) fn attachment_index(name: &ElementName) -> Option<u32> {
    index_of(name, ATTACHMENT)
}

/// The index in a name like `__recip_version1.0_#0000000a`; digits of either case.
fn index_of(name: &ElementName, prefix: &[u8]) -> Option<u32> {
    let mut buffer = [0; 31];
    let name = name.as_ascii(&mut buffer)?;
    let (head, digits) = name.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| parse_hex(digits))?
}

impl Rows {
    /// Lists the storages of a message; nothing in them is read. They are enumerated, not counted up.
    pub(crate) fn read(storage: &dyn Storage, counters: Counters, limit: usize) -> Result<Rows> {
        let mut rows = Rows {
            recipients: Vec::new(),
            attachments: Vec::new(),
            next_recipient: 0,
            next_attachment: 0,
        };
        let list = &mut |name: &ElementName| {
            if let Some(id) = recipient_index(name) {
                let stored = Some(*name);
                rows.recipients.push(RecipientRow { id, stored, row: None, changed: false });
            } else if let Some(number) = attachment_index(name) {
                rows.attachments.push(AttachmentRow { number, name: *name });
            }
        };
        storage.each_storage(list).map_err(mapped)?;
        if rows.recipients.len().max(rows.attachments.len()) > limit {
            let note = format!("more than {limit} recipients or attachments");
            return Err(Error::new(Code::TooBig, "list rows").note(note));
        }
        rows.recipients.sort_by_key(|row| row.id);
        rows.attachments.sort_by_key(|row| row.number);
        let highest = |last: Option<u32>| last.map_or(0, |last| last.saturating_add(1));
        let next = |claimed: u32, least: u32| {
            let far = claimed.checked_sub(least).is_none_or(|over| over > PLAUSIBLE);
            if far { least } else { claimed }
        };
        let last_recipient = rows.recipients.last().map(|row| row.id);
        let last_attachment = rows.attachments.last().map(|row| row.number);
        rows.next_recipient = next(counters.next_recipient, highest(last_recipient));
        rows.next_attachment = next(counters.next_attachment, highest(last_attachment));
        rows.tell_apart();
        Ok(rows)
    }

    /// Of two storages with one number the first keeps it; the other gets the next free one.
    /// Spec: imessage-contract 3.4.
    fn tell_apart(&mut self) {
        let mut last = None;
        let mut next = self.next_recipient;
        for row in &mut self.recipients {
            if last.replace(row.id) == Some(row.id) {
                row.id = next;
                next = next.saturating_add(1);
            }
        }
        self.next_recipient = next;
        self.recipients.sort_by_key(|row| row.id);
        let (mut last, mut next) = (None, self.next_attachment);
        for row in &mut self.attachments {
            if last.replace(row.number) == Some(row.number) {
                row.number = next;
                next = next.saturating_add(1);
            }
        }
        self.next_attachment = next;
        self.attachments.sort_by_key(|row| row.number);
    }

    /// The header's counters for these rows. Spec: F-007, F-008.
    pub(crate) fn counters(&self) -> Counters {
        let count = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        Counters {
            next_recipient: self.next_recipient,
            next_attachment: self.next_attachment,
            recipients: count(self.recipients.len()),
            attachments: count(self.attachments.len()),
        }
    }

    pub(crate) fn attachment(&self, number: u32) -> Option<&AttachmentRow> {
        let at = self.attachments.binary_search_by_key(&number, |row| row.number).ok()?;
        self.attachments.get(at)
    }
}

impl Body {
    /// The rows of a message, listed at their first use.
    pub(crate) fn rows(&mut self, id: ObjectId) -> Result<&mut Rows> {
        let limit = self.limits().rows;
        let message = self.message(id)?;
        if message.rows.is_none() {
            let counters = message.core.props.header().counters();
            message.rows = Some(Rows::read(&**message.core.storage(), counters, limit)?);
        }
        let missing = || Error::new(Code::CallFailed, "list rows");
        message.rows.as_mut().ok_or_else(missing)
    }

    /// All recipients, for a caller to keep.
    pub(crate) fn recipients(&mut self, id: ObjectId) -> Result<Vec<Recipient>> {
        if self.core(id)?.writable {
            let rows = self.recipient_rows(id)?;
            return Ok(rows.into_iter().map(Arc::unwrap_or_clone).collect());
        }
        let (limits, page) = (self.limits(), self.page(id)?);
        self.rows(id)?;
        let message = self.message(id)?;
        let storage = message.core.storage();
        let rows = message.rows.as_ref().map_or(&[][..], |rows| &rows.recipients);
        let read = |row: &RecipientRow| match (&row.row, &row.stored) {
            (Some(row), _) => Ok(Recipient::clone(row)),
            (None, Some(name)) => Ok(read_recipient(&**storage, name, row.id, limits, page)),
            (None, None) => Err(Error::new(Code::NotFound, "read recipient")),
        };
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            all.push(read(row)?);
        }
        Ok(all)
    }

    /// All recipients, read now if they were not.
    pub(crate) fn recipient_rows(&mut self, id: ObjectId) -> Result<Vec<Arc<Recipient>>> {
        let count = self.rows(id)?.recipients.len();
        let mut rows = Vec::with_capacity(count);
        for at in 0..count {
            rows.push(self.recipient_row(id, at)?);
        }
        Ok(rows)
    }

    /// The properties of every recipient as they are stored.
    pub(crate) fn stored_recipients(&mut self, id: ObjectId) -> Result<Vec<Vec<StoredProp>>> {
        let limits = self.limits();
        let rows = self.rows(id)?.recipients.iter();
        let names: Vec<ElementName> = rows.filter_map(|row| row.stored).collect();
        let storage = Arc::clone(self.message(id)?.core.storage());
        let read = |name: &ElementName| {
            let inner = storage.open_storage(name, MEMBER_READ).map_err(mapped).ok()?;
            let store = PropStore::open(inner, HeaderKind::Sub, limits).ok()?;
            Some(stored_props(&store))
        };
        Ok(names.iter().map(|name| read(name).unwrap_or_default()).collect())
    }

    /// One recipient by position. One that cannot be read is an empty row, never a missing one.
    pub(crate) fn recipient_row(&mut self, id: ObjectId, at: usize) -> Result<Arc<Recipient>> {
        let limits = self.limits();
        let page = self.page(id)?;
        let message = self.message(id)?;
        let storage = Arc::clone(message.core.storage());
        let missing = || Error::new(Code::NotFound, "read recipient");
        let rows = message.rows.as_mut().ok_or_else(missing)?;
        let row = rows.recipients.get_mut(at).ok_or_else(missing)?;
        if let Some(row) = &row.row {
            return Ok(Arc::clone(row));
        }
        let stored = row.stored.ok_or_else(missing)?;
        let read = Arc::new(read_recipient(&*storage, &stored, row.id, limits, page));
        // Rows of a message open for reading are not kept: fifty thousand of them would add up.
        if message.core.writable {
            row.row = Some(Arc::clone(&read));
        }
        Ok(read)
    }
}

/// A recipient as it is stored.
fn read_recipient(
    parent: &dyn Storage,
    name: &ElementName,
    id: u32,
    limits: Limits,
    page: TextPage,
) -> Recipient {
    Recipient::read_simple(parent, name, &limits, id, page).unwrap_or_else(|| {
        let opened = parent.open_storage(name, MEMBER_READ).map_err(mapped);
        match opened.and_then(|s| PropStore::open(s, HeaderKind::Sub, limits)) {
            Ok(store) => Recipient::read(&store, id, page),
            Err(_) => Recipient::unreadable(id),
        }
    })
}

/// Bytes of all streams below a storage plus 16 per element: what PR_MESSAGE_SIZE tells.
pub(crate) fn storage_size(storage: &Arc<dyn Storage>) -> Result<u64> {
    let mut total = 0_u64;
    let mut todo = vec![Arc::clone(storage)];
    while let Some(storage) = todo.pop() {
        for stat in storage.elements().map_err(mapped)? {
            let Some(name) = stat.name else { continue };
            match stat.kind {
                ElementKind::Stream => total = total.saturating_add(stat.size + 16),
                ElementKind::Storage => match storage.open_storage(&name, MEMBER_READ) {
                    Ok(inner) => todo.push(inner),
                    // Open elsewhere: its size is not ours to see now.
                    Err(e) if e.code() == Code::StgAccessDenied => {}
                    Err(e) => return Err(mapped(e)),
                },
            }
        }
    }
    Ok(total)
}
