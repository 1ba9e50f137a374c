//! The lists of recipients and attachments of a message: which storages there are, what changed.

use super::body::Body;
use super::changes::Changes;
use super::handle::ObjectId;
use super::object::{StoredProp, stored_props};
use super::recipient::Recipient;
use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::prop::PropId;
use crate::prop::store::{PropStore, mapped};
use crate::prop::stream::{Counters, HeaderKind, hex, parse_hex};
use crate::stg::{ElementKind, ElementName, MEMBER_READ, Storage};
use crate::wire::codepage::choose::TextPage;
use std::collections::BTreeMap;
use std::sync::Arc;

const RECIPIENT: &[u8] = b"__recip_version1.0_#";
const ATTACHMENT: &[u8] = b"__attach_version1.0_#";

/// Ids above the highest in use are believed up to this distance. Spec: F-133.
const PLAUSIBLE: u32 = 65_536;

/// What a message lists: rows by number, which is PR_ROWID or PR_ATTACH_NUM.
pub(crate) struct Rows {
    pub(crate) recipients: BTreeMap<u32, RecipientRow>,
    pub(crate) attachments: BTreeMap<u32, AttachmentRow>,
    pub(crate) next_recipient: u32,
    pub(crate) next_attachment: u32,
    pub(crate) recipient_changes: Changes,
    pub(crate) attachment_changes: Changes,
}

/// The name of a row's storage.
#[derive(Clone)]
pub(crate) enum RowName {
    /// The one that its number makes.
    Usual,
    /// Another one, as it was found.
    Found(Box<ElementName>),
}

impl RowName {
    fn found(name: &ElementName, usual: &ElementName) -> RowName {
        if name.units() == usual.units() { RowName::Usual } else { RowName::Found(Box::new(*name)) }
    }

    /// The same for a row that gets another number.
    fn kept(self, usual: &ElementName) -> RowName {
        match self {
            RowName::Usual => RowName::Found(Box::new(*usual)),
            found @ RowName::Found(_) => found,
        }
    }
}

pub(crate) struct RecipientRow {
    /// The storage, if there is one.
    pub(crate) stored: Option<RowName>,
    /// The row as it was set, until it is stored.
    pub(crate) row: Option<Arc<Recipient>>,
    pub(crate) changed: bool,
}

#[derive(Clone)]
pub(crate) struct AttachmentRow {
    pub(crate) number: u32,
    name: RowName,
}

impl RecipientRow {
    /// The storage of this row, if there is one.
    pub(crate) fn name(&self, id: u32) -> Option<ElementName> {
        Some(match self.stored.as_ref()? {
            RowName::Usual => recipient_name(id),
            RowName::Found(name) => **name,
        })
    }
}

impl AttachmentRow {
    /// An attachment under the usual name.
    pub(crate) fn new(number: u32) -> AttachmentRow {
        AttachmentRow { number, name: RowName::Usual }
    }

    /// Its storage.
    pub(crate) fn name(&self) -> ElementName {
        match &self.name {
            RowName::Usual => attachment_name(self.number),
            RowName::Found(name) => **name,
        }
    }
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
        let (mut recipients, mut attachments) = (Vec::new(), Vec::new());
        let list = &mut |name: &ElementName| {
            if let Some(id) = recipient_index(name) {
                recipients.push((id, RowName::found(name, &recipient_name(id))));
            } else if let Some(number) = attachment_index(name) {
                attachments.push((number, RowName::found(name, &attachment_name(number))));
            }
        };
        storage.each_storage(list).map_err(mapped)?;
        if recipients.len().max(attachments.len()) > limit {
            let note = format!("more than {limit} recipients or attachments");
            return Err(Error::new(Code::TooBig, "list rows").note(note));
        }
        let (recipients, next_recipient) =
            numbered(recipients, counters.next_recipient, recipient_name);
        let (attachments, next_attachment) =
            numbered(attachments, counters.next_attachment, attachment_name);
        let recipient =
            |(id, name)| (id, RecipientRow { stored: Some(name), row: None, changed: false });
        Ok(Rows {
            recipients: recipients.into_iter().map(recipient).collect(),
            attachments: attachments
                .into_iter()
                .map(|(number, name)| (number, AttachmentRow { number, name }))
                .collect(),
            next_recipient,
            next_attachment,
            recipient_changes: Changes::default(),
            attachment_changes: Changes::default(),
        })
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
        self.attachments.get(&number)
    }
}

/// What was found, each under a number of its own, and the next number. Of two storages with one
/// number the first keeps it; the other gets the next free one. Spec: imessage-contract 3.4.
fn numbered(
    mut found: Vec<(u32, RowName)>,
    claimed: u32,
    usual: fn(u32) -> ElementName,
) -> (Vec<(u32, RowName)>, u32) {
    found.sort_by_key(|(number, _)| *number);
    let least = found.last().map_or(0, |(last, _)| last.saturating_add(1));
    let far = claimed.checked_sub(least).is_none_or(|over| over > PLAUSIBLE);
    let mut next = if far { least } else { claimed };
    let mut last = None;
    let mut others = Vec::new();
    found.retain_mut(|(number, name)| {
        let first = last.replace(*number) != Some(*number);
        if !first {
            others.push(std::mem::replace(name, RowName::Usual).kept(&usual(*number)));
        }
        first
    });
    // Past the last number, those that were left out.
    let taken: Vec<u32> = found.iter().map(|(number, _)| *number).collect();
    let mut gaps = (0..).filter(|number| taken.binary_search(number).is_err());
    for name in others {
        let number = if next == u32::MAX { gaps.next().unwrap_or(next) } else { next };
        found.push((number, name));
        next = next.saturating_add(u32::from(number == next));
    }
    (found, next)
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

    /// One attachment came, went or was saved; tables look at it again.
    pub(crate) fn attachment_changed(&mut self, id: ObjectId, number: u32) -> Result<()> {
        let rows = self.rows(id)?;
        let count = rows.attachments.len();
        rows.attachment_changes.note(number, count);
        self.version += 1;
        self.told += 1;
        Ok(())
    }

    /// All recipients, for a caller to keep.
    pub(crate) fn recipients(&mut self, id: ObjectId) -> Result<Vec<Recipient>> {
        let mut all = Vec::with_capacity(self.rows(id)?.recipients.len());
        self.each_recipient(id, |_| true, |row| all.push(Arc::unwrap_or_clone(row)))?;
        Ok(all)
    }

    /// Hands every recipient to `work`, in row order, with at least the properties that are wanted.
    pub(crate) fn each_recipient(
        &mut self,
        id: ObjectId,
        wanted: impl Fn(PropId) -> bool,
        mut work: impl FnMut(Arc<Recipient>),
    ) -> Result<()> {
        let (limits, page) = (self.limits(), self.page(id)?);
        self.rows(id)?;
        let message = self.message(id)?;
        let storage = message.core.storage();
        let missing = || Error::new(Code::NotFound, "read recipient");
        for (id, row) in &message.rows.as_ref().ok_or_else(missing)?.recipients {
            work(row.read(*id, storage, limits, page, &wanted)?);
        }
        Ok(())
    }

    /// The properties of every recipient as they are stored.
    pub(crate) fn stored_recipients(&mut self, id: ObjectId) -> Result<Vec<Vec<StoredProp>>> {
        let limits = self.limits();
        let rows = self.rows(id)?.recipients.iter();
        let names: Vec<ElementName> = rows.filter_map(|(id, row)| row.name(*id)).collect();
        let storage = Arc::clone(self.message(id)?.core.storage());
        let read = |name: &ElementName| {
            let inner = storage.open_storage(name, MEMBER_READ).map_err(mapped).ok()?;
            let store = PropStore::open(inner, HeaderKind::Sub, limits).ok()?;
            Some(stored_props(&store))
        };
        Ok(names.iter().map(|name| read(name).unwrap_or_default()).collect())
    }

    /// One recipient by number, with at least the properties that are wanted. One that cannot be read
    /// is an empty row, never a missing one.
    pub(crate) fn recipient_row(
        &mut self,
        id: ObjectId,
        number: u32,
        wanted: impl Fn(PropId) -> bool,
    ) -> Result<Arc<Recipient>> {
        let (limits, page) = (self.limits(), self.page(id)?);
        self.rows(id)?;
        let message = self.message(id)?;
        let storage = Arc::clone(message.core.storage());
        let missing = || Error::new(Code::NotFound, "read recipient");
        let rows = message.rows.as_ref().ok_or_else(missing)?;
        let row = rows.recipients.get(&number).ok_or_else(missing)?;
        row.read(number, &storage, limits, page, &wanted)
    }
}

impl RecipientRow {
    /// The row as it is now. What is stored is not kept: fifty thousand rows would add up.
    fn read(
        &self,
        id: u32,
        storage: &Arc<dyn Storage>,
        limits: Limits,
        page: TextPage,
        wanted: &impl Fn(PropId) -> bool,
    ) -> Result<Arc<Recipient>> {
        if let Some(row) = &self.row {
            return Ok(Arc::clone(row));
        }
        let missing = || Error::new(Code::NotFound, "read recipient");
        let name = self.name(id).ok_or_else(missing)?;
        Ok(Arc::new(read_recipient(&**storage, &name, id, limits, page, wanted)))
    }
}

/// A recipient as it is stored.
fn read_recipient(
    parent: &dyn Storage,
    name: &ElementName,
    id: u32,
    limits: Limits,
    page: TextPage,
    wanted: &impl Fn(PropId) -> bool,
) -> Recipient {
    Recipient::read_simple(parent, name, &limits, id, page, wanted).unwrap_or_else(|| {
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
