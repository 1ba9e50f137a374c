//! Saving: up one level at a time, all or nothing, and nothing that did not change.

use super::body::{Body, Object};
use super::handle::{ObjectId, TOP};
use super::open::DATA_OBJ;
use crate::error::{Code, Error, Result};
use crate::prop::store::{ORDINARY, mapped};
use crate::prop::stream::size_field;
use crate::prop::{ObjectKind, Prop, PropId};
use crate::stg::CommitFlags;
use crate::wire::Guid;
use bitflags::bitflags;
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
        self.check_above(id)?;
        match self.core(id)?.kind {
            ObjectKind::Attachment => self.save_attachment(id)?,
            _ => self.save_message(id, flags)?,
        }
        if !flags.contains(SaveFlags::KEEP_OPEN_READWRITE) {
            self.core(id)?.writable = false;
        }
        Ok(())
    }

    /// What cannot be saved any further must not seem saved.
    fn check_above(&mut self, id: ObjectId) -> Result<()> {
        let above = match self.objects.get(&id) {
            Some(Object::Attachment(attachment)) => Some(attachment.message),
            Some(Object::Message(message)) => message.parent,
            None => None,
        };
        match above {
            Some(above) if !self.core(above)?.writable => {
                let note = "what it would be saved into is open for reading";
                Err(Error::new(Code::NoAccess, DOING).note(note))
            }
            _ => Ok(()),
        }
    }

    fn save_attachment(&mut self, id: ObjectId) -> Result<()> {
        let state = self.attachment(id)?;
        let (message, number) = (state.message, state.number);
        let now = self.clock().now();
        let state = self.attachment(id)?;
        let changed = state.core.props.is_changed() || state.below_changed || state.core.fresh;
        if changed && !state.core.fresh {
            // The time of an attachment that has one moves; it is never added to an old one.
            let time = PropId::new(0x3008);
            let own = state.core.touched.contains(&time);
            if !own && let Some(tag) = state.core.props.tag(time) {
                let value = crate::prop::PropValue::SysTime(now);
                state.core.set(Prop { tag, value }, ORDINARY);
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

    fn save_message(&mut self, id: ObjectId, flags: SaveFlags) -> Result<()> {
        let state = self.message(id)?;
        let first = state.core.fresh;
        let rows_changed = state.recipients_changed || state.attachments_changed;
        let changed = first
            || rows_changed
            || state.below_changed
            || state.renumbered
            || state.core.props.is_changed();
        let names_changed =
            id == TOP && self.names.as_ref().is_some_and(|names| names.is_changed());
        if changed || names_changed {
            self.write_message(id, first)?;
        }
        let parent = self.message(id)?.parent;
        let storage = Arc::clone(self.core(id)?.storage());
        storage.commit(CommitFlags::empty()).map_err(mapped)?;
        match parent {
            Some(attachment) => self.joined_attachment(attachment, changed, first)?,
            None => self.commit_storage(flags)?,
        }
        let state = self.message(id)?;
        state.core.fresh = false;
        state.core.touched.clear();
        state.stored = true;
        state.recipients_changed = false;
        state.attachments_changed = false;
        state.below_changed = false;
        state.renumbered = false;
        state.body_before = None;
        Ok(())
    }

    /// Writes into the message's own level what changed.
    fn write_message(&mut self, id: ObjectId, first: bool) -> Result<()> {
        let state = self.message(id)?;
        let rows_changed = state.recipients_changed || state.attachments_changed;
        let recipients_changed = state.recipients_changed;
        // First, while the changed rows are at hand.
        self.renew(id, first)?;
        if recipients_changed {
            self.write_recipients(id)?;
        }
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

    /// An embedded message was saved into its attachment, which says so from its first save on.
    fn joined_attachment(
        &mut self,
        attachment: ObjectId,
        changed: bool,
        first: bool,
    ) -> Result<()> {
        let state = self.attachment(attachment)?;
        let props = &mut state.core.props;
        if first || (changed && props.tag(DATA_OBJ.id()) != Some(DATA_OBJ)) {
            props.set_opened(DATA_OBJ, ORDINARY, size_field(u32::MAX, 1));
        }
        state.below_changed |= changed;
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
}
