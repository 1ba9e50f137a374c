//! Saving: up one level at a time, all or nothing, and nothing that did not change.

use super::body::Body;
use super::handle::{ObjectId, TOP};
use super::open::{DATA_OBJ, data_kind};
use super::recipient::{Modify, Recipient};
use super::rows::{RecipientRow, recipient_name};
use crate::error::{Code, Error, Result};
use crate::prop::store::{ORDINARY, PropStore, mapped};
use crate::prop::stream::{HeaderKind, size_field, value_name};
use crate::prop::{ObjectKind, Prop, PropId};
use crate::stg::{CommitFlags, ElementName, MEMBER_RW, Mode, Storage};
use crate::wire::Guid;
use bitflags::bitflags;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

bitflags! {
    /// How to save: the flags of `IMAPIProp::SaveChanges`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct SaveFlags: u32 {
        /// The object stays open for reading.
        const KEEP_OPEN_READONLY = 1;
        /// The object stays open for change; wins over `KEEP_OPEN_READONLY`.
        const KEEP_OPEN_READWRITE = 2;
        /// Save even if somebody else committed to the file meanwhile.
        const FORCE_SAVE = 4;
    }
}

const DOING: &str = "save changes";

impl Body {
    /// Saves one object a level up. Spec: imessage-contract 3.1, SaveChanges.
    pub(crate) fn save(&mut self, id: ObjectId, flags: SaveFlags) -> Result<()> {
        self.core(id)?.check_writable(DOING)?;
        match self.core(id)?.kind {
            ObjectKind::Attachment => self.save_attachment(id)?,
            _ => self.save_message(id, flags)?,
        }
        if !flags.contains(SaveFlags::KEEP_OPEN_READWRITE) {
            self.core(id)?.writable = false;
        }
        Ok(())
    }

    fn save_attachment(&mut self, id: ObjectId) -> Result<()> {
        let state = self.attachment(id)?;
        let (message, number) = (state.message, state.number);
        self.enter_data_object(id)?;
        let now = self.clock().now();
        let state = self.attachment(id)?;
        let changed = state.core.props.is_changed() || state.below_changed || state.core.fresh;
        if changed && !state.core.fresh {
            // The time of an attachment that has one moves; it is never added to an old one.
            let time = PropId::new(0x3008);
            let own = state.core.touched.contains(&time);
            if !own && let Some(tag) = state.core.props.tag(time) {
                let value = crate::prop::PropValue::SysTime(now);
                state.core.props.set(Prop { tag, value }, ORDINARY);
            }
        }
        let core = &mut state.core;
        core.props.flush()?;
        core.storage().commit(CommitFlags::empty()).map_err(mapped)?;
        core.fresh = false;
        core.touched.clear();
        state.below_changed = false;
        if changed && self.objects.contains_key(&message) {
            self.list_attachment(message, number)?;
        }
        Ok(())
    }

    /// Makes the entry of the data storage say what is there: a message, another object, or nothing.
    fn enter_data_object(&mut self, id: ObjectId) -> Result<()> {
        let open = self.attachment(id)?.embedded;
        let is_open = open.is_some_and(|open| self.objects.contains_key(&open));
        let core = self.core(id)?;
        let (exists, is_message) = match is_open {
            // Created and not yet saved, it is not there yet.
            true => (has_element(&**core.storage(), &value_name(DATA_OBJ))?, true),
            false => data_kind(&**core.storage())?,
        };
        let entered = core.props.tag(DATA_OBJ.id()) == Some(DATA_OBJ);
        if exists && !entered {
            let reserved = if is_message { 1 } else { 4 };
            core.props.set_opened(DATA_OBJ, ORDINARY, size_field(u32::MAX, reserved));
        }
        Ok(())
    }

    fn save_message(&mut self, id: ObjectId, flags: SaveFlags) -> Result<()> {
        let state = self.message(id)?;
        let first = state.core.fresh;
        let rows_changed = state.recipients_changed || state.attachments_changed;
        let changed = first || rows_changed || state.below_changed || state.core.props.is_changed();
        let names_changed =
            id == TOP && self.names.as_ref().is_some_and(|names| names.is_changed());
        if changed || names_changed {
            self.write_message(id, first)?;
        }
        let parent = self.message(id)?.parent;
        let storage = Arc::clone(self.core(id)?.storage());
        storage.commit(CommitFlags::empty()).map_err(mapped)?;
        match parent {
            Some(attachment) => self.joined_attachment(attachment, changed)?,
            None => self.commit_storage(flags)?,
        }
        let state = self.message(id)?;
        state.core.fresh = false;
        state.core.touched.clear();
        state.stored = true;
        state.recipients_changed = false;
        state.attachments_changed = false;
        state.below_changed = false;
        state.body_before = None;
        Ok(())
    }

    /// Writes into the message's own level what changed.
    fn write_message(&mut self, id: ObjectId, first: bool) -> Result<()> {
        let state = self.message(id)?;
        let rows_changed = state.recipients_changed || state.attachments_changed;
        if state.recipients_changed {
            self.write_recipients(id)?;
        }
        self.renew(id, first)?;
        if rows_changed {
            let counters = self.rows(id)?.counters();
            self.core(id)?.props.set_counters(counters);
        }
        if first && id == TOP {
            let storage = Arc::clone(self.core(id)?.storage());
            if storage.stat().map_err(mapped)?.class.is_null() {
                storage.set_class(Guid::CLSID_MAIL_MESSAGE).map_err(mapped)?;
            }
        }
        if id == TOP {
            let level = Arc::clone(self.core(id)?.storage());
            if first || self.names.is_some() {
                self.names()?.flush(&level, first)?;
            }
        }
        self.core(id)?.props.flush()?;
        Ok(())
    }

    /// An embedded message was saved into its attachment.
    fn joined_attachment(&mut self, attachment: ObjectId, changed: bool) -> Result<()> {
        if self.objects.contains_key(&attachment) {
            self.enter_data_object(attachment)?;
            if changed {
                self.attachment(attachment)?.below_changed = true;
            }
        }
        Ok(())
    }

    /// Commits the caller's storage. Spec: C-050, C-141.
    fn commit_storage(&mut self, flags: SaveFlags) -> Result<()> {
        if self.no_commit {
            return Ok(());
        }
        let wanted = match flags.contains(SaveFlags::FORCE_SAVE) {
            true => CommitFlags::empty(),
            false => CommitFlags::ONLY_IF_CURRENT,
        };
        let done = match self.storage.commit(wanted) {
            Err(e) if matches!(e.code(), Code::StgInvalidFlag | Code::NoSupport) => {
                self.storage.commit(CommitFlags::empty())
            }
            done => done,
        };
        done.map_err(mapped)
    }

    /// Changes the list of recipients, all or nothing. Spec: C-189..C-196.
    pub(crate) fn modify_recipients(
        &mut self,
        id: ObjectId,
        how: Modify,
        rows: &[Recipient],
    ) -> Result<()> {
        const DOING: &str = "modify recipients";
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
                append(list, named);
            }
            Modify::Add => {
                too_many(list.recipients.len().saturating_add(named.len()))?;
                append(list, named);
            }
            Modify::Modify | Modify::Remove => {
                let at: HashMap<u32, usize> =
                    list.recipients.iter().enumerate().map(|(at, row)| (row.id, at)).collect();
                let mut found = Vec::with_capacity(named.len());
                for row in named {
                    let missing_id =
                        || Error::new(Code::InvalidParameter, DOING).note("a row has no PR_ROWID");
                    let id = row.row_id().ok_or_else(missing_id)?;
                    let unknown = || Error::new(Code::NotFound, DOING).note(format!("no row {id}"));
                    found.push((*at.get(&id).ok_or_else(unknown)?, id, row));
                }
                if how == Modify::Remove {
                    let gone: HashSet<u32> = found.iter().map(|(_, id, _)| *id).collect();
                    list.recipients.retain(|row| !gone.contains(&row.id));
                } else {
                    for (at, id, row) in found {
                        if let Some(slot) = list.recipients.get_mut(at) {
                            slot.row = Some(Arc::new(row.completed(id)));
                            slot.changed = true;
                        }
                    }
                }
            }
        }
        self.message(id)?.recipients_changed = true;
        self.version += 1;
        Ok(())
    }

    pub(crate) fn clear_recipients(&mut self, id: ObjectId) -> Result<()> {
        self.modify_recipients(id, Modify::Replace, &[])
    }

    /// A caller's row with its texts in the form of this message.
    fn row_in_form(&mut self, id: ObjectId, row: &Recipient) -> Result<Recipient> {
        let row = row.to_unicode();
        let mut props = Vec::with_capacity(row.props().len());
        for prop in row.props() {
            let value = self.in_form(id, prop.value.clone())?;
            props.push(Prop { tag: prop.tag.with_type(value.prop_type()), value });
        }
        Ok(Recipient::from_props(props))
    }

    /// Makes the storages of recipients what the list says.
    fn write_recipients(&mut self, id: ObjectId) -> Result<()> {
        let limits = self.limits();
        let storage = Arc::clone(self.core(id)?.storage());
        // What is stored and not listed any more goes.
        let counters = self.core(id)?.props.header().counters();
        let there = super::rows::Rows::read(&*storage, counters, usize::MAX)?;
        let list = self.rows(id)?;
        let kept: HashSet<u32> =
            list.recipients.iter().filter(|row| row.stored.is_some()).map(|row| row.id).collect();
        for row in &there.recipients {
            if let (Some(name), false) = (row.stored, kept.contains(&row.id)) {
                storage.destroy_element(&name).map_err(mapped)?;
            }
        }
        for row in &mut list.recipients {
            let Some(data) = row.row.clone().filter(|_| row.changed) else { continue };
            let mode = MEMBER_RW.and(Mode::CREATE);
            let mut store = match row.stored {
                Some(name) => {
                    let inner = storage.open_storage(&name, MEMBER_RW).map_err(mapped)?;
                    PropStore::open(inner, HeaderKind::Sub, limits)?
                }
                None => {
                    let name = recipient_name(row.id);
                    let inner = storage.create_storage(&name, mode).map_err(mapped)?;
                    row.stored = Some(name);
                    PropStore::new(inner, HeaderKind::Sub, limits)
                }
            };
            let old: Vec<PropId> = store.entries().map(|(tag, _)| tag.id()).collect();
            for gone in old.into_iter().filter(|id| data.props().iter().all(|p| p.tag.id() != *id))
            {
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

fn has_element(storage: &dyn Storage, name: &ElementName) -> Result<bool> {
    let elements = storage.elements().map_err(mapped)?;
    Ok(elements.iter().any(|stat| stat.name.as_ref() == Some(name)))
}

fn append(list: &mut super::rows::Rows, rows: Vec<Recipient>) {
    for row in rows {
        let id = list.next_recipient;
        list.next_recipient = id.saturating_add(1);
        let row = Some(Arc::new(row.completed(id)));
        list.recipients.push(RecipientRow { id, stored: None, row, changed: true });
    }
}
