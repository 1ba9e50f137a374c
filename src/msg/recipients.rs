//! The list of recipients: changed all or nothing, and written with the save of its message.
//! Spec: imessage-contract 3.2 (ModifyRecipients).

use super::body::{Body, Form};
use super::handle::ObjectId;
use super::recipient::{Modify, Recipient};
use super::rows::{RecipientRow, RowName, Rows, recipient_index, recipient_name};
use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::prop::store::{ORDINARY, PropStore, mapped};
use crate::prop::stream::HeaderKind;
use crate::prop::{Prop, PropId};
use crate::stg::{ElementKind, ElementName, MEMBER_RW, Mode, Storage};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

const DOING: &str = "modify recipients";

impl Body {
    /// Changes the list of recipients, all or nothing. Spec: C-189, C-190, C-191, C-192, C-193,
    /// C-194, C-195, C-196.
    pub(crate) fn modify_recipients(
        &mut self,
        id: ObjectId,
        how: Modify,
        rows: &[Recipient],
    ) -> Result<()> {
        self.core(id)?.check_writable(DOING)?;
        rows.iter().try_for_each(Recipient::check)?;
        let limit = self.limits().rows;
        let mut named = Vec::with_capacity(rows.len());
        for row in rows.iter().filter(|row| !row.props().is_empty()) {
            named.push(self.row_in_form(id, row)?);
        }
        let list = self.rows(id)?;
        let too_many = |count: usize| match count > limit {
            true => Err(Error::new(Code::TooBig, DOING).note(format!("the limit is {limit}"))),
            false => Ok(()),
        };
        match how {
            Modify::Replace => {
                too_many(named.len())?;
                list.next_recipient = 0;
                list.recipients.clear();
                list.recipient_changes.note_all();
                append(list, named)?;
            }
            Modify::Add => {
                too_many(list.recipients.len().saturating_add(named.len()))?;
                append(list, named)?;
            }
            Modify::Modify | Modify::Remove => {
                let mut found = Vec::with_capacity(named.len());
                for row in named {
                    let missing_id =
                        || Error::new(Code::InvalidParameter, DOING).note("a row has no PR_ROWID");
                    let id = row.row_id().ok_or_else(missing_id)?;
                    if !list.recipients.contains_key(&id) {
                        return Err(Error::new(Code::NotFound, DOING).note(format!("no row {id}")));
                    }
                    found.push((id, row));
                }
                for (id, row) in found {
                    list.recipient_changes.note(id, list.recipients.len());
                    if how == Modify::Remove {
                        list.recipients.remove(&id);
                    } else if let Some(slot) = list.recipients.get_mut(&id) {
                        slot.row = Some(Arc::new(row.completed(id)));
                        slot.changed = true;
                    }
                }
            }
        }
        self.message(id)?.recipients_changed = true;
        self.version += 1;
        self.told += 1;
        Ok(())
    }

    pub(crate) fn clear_recipients(&mut self, id: ObjectId) -> Result<()> {
        self.modify_recipients(id, Modify::Replace, &[])
    }

    /// A caller's row with its texts in the form of this message.
    fn row_in_form(&mut self, id: ObjectId, row: &Recipient) -> Result<Recipient> {
        let page = match self.form(id)? {
            Form::Ansi => Some(self.page(id)?),
            Form::Unicode => None,
        };
        let same_page = page.is_some() && row.page() == page;
        let row = if same_page { row.clone() } else { row.to_unicode() };
        let mut props = Vec::with_capacity(row.props().len());
        for prop in row.props() {
            let value = self.in_form(id, prop.value.clone())?;
            props.push(Prop { tag: prop.tag.with_type(value.prop_type()), value });
        }
        Ok(Recipient::from_props(props).in_page(page))
    }

    /// Makes the storages of recipients what the list says.
    pub(super) fn write_recipients(&mut self, id: ObjectId) -> Result<()> {
        let limits = self.limits();
        let storage = Arc::clone(self.core(id)?.storage());
        let list = self.rows(id)?;
        // What is stored and not listed any more goes.
        let kept: BTreeSet<ElementName> =
            list.recipients.iter().filter_map(|(id, row)| row.name(*id)).collect();
        for stat in storage.elements().map_err(mapped)? {
            let Some(name) = stat.name.filter(|name| recipient_index(name).is_some()) else {
                continue;
            };
            if stat.kind == ElementKind::Storage && !kept.contains(&name) {
                storage.destroy_element(&name).map_err(mapped)?;
            }
        }
        for (id, row) in &mut list.recipients {
            let Some(data) = row.row.clone().filter(|_| row.changed) else { continue };
            let mut store = match row.name(*id) {
                Some(name) => stored_row(&storage, &name, limits)?,
                None => {
                    let name = recipient_name(*id);
                    let mode = MEMBER_RW.and(Mode::CREATE);
                    let inner = storage.create_storage(&name, mode).map_err(mapped)?;
                    row.stored = Some(RowName::Usual);
                    PropStore::new(inner, HeaderKind::Sub, limits)
                }
            };
            let wanted: HashSet<PropId> = data.props().iter().map(|prop| prop.tag.id()).collect();
            let old: Vec<PropId> = store.entries().map(|(tag, _)| tag.id()).collect();
            for gone in old.into_iter().filter(|id| !wanted.contains(id)) {
                store.remove(gone);
            }
            for prop in data.props() {
                let same = store.get(prop.tag.id()).ok().flatten();
                if same.is_none_or(|same| same != *prop) {
                    store.set(prop.clone(), ORDINARY);
                }
            }
            store.flush()?;
            row.changed = false;
            // From here on the row is read back when asked for.
            row.row = None;
        }
        Ok(())
    }
}

/// The store of a row that is there; one that cannot be read is made anew under its name.
fn stored_row(storage: &Arc<dyn Storage>, name: &ElementName, limits: Limits) -> Result<PropStore> {
    let inner = storage.open_storage(name, MEMBER_RW).map_err(mapped)?;
    match PropStore::open(Arc::clone(&inner), HeaderKind::Sub, limits) {
        Err(e) if e.code() == Code::CorruptData => {
            Ok(PropStore::new(inner, HeaderKind::Sub, limits))
        }
        opened => opened,
    }
}

/// Adds rows at the end, or none.
fn append(list: &mut Rows, rows: Vec<Recipient>) -> Result<()> {
    let first = list.next_recipient;
    let end = u32::try_from(rows.len()).ok().and_then(|count| first.checked_add(count));
    let exhausted = || Error::new(Code::TooBig, DOING).note("all row ids are taken");
    list.next_recipient = end.ok_or_else(exhausted)?;
    for (id, row) in (first..).zip(rows) {
        let row = Some(Arc::new(row.completed(id)));
        list.recipients.insert(id, RecipientRow { stored: None, row, changed: true });
        list.recipient_changes.note(id, list.recipients.len());
    }
    Ok(())
}
