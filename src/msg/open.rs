//! Opening and creating what lies inside a message: attachments, embedded messages, storages.

use super::attach::Access;
use super::body::{AttachState, Body, Core, MessageState, Object, Raw};
use super::computed::new_flags;
use super::given::Tree;
use super::handle::{Found, Handle, ObjectId};
use super::renumber;
use super::rows::{AttachmentRow, attachment_name};
use crate::error::{Code, Error, Result};
use crate::prop::store::{PropStore, mapped};
use crate::prop::stream::{HeaderKind, size_field, value_name};
use crate::prop::{ObjectKind, PropId, PropTag};
use crate::stg::{MEMBER_READ, MEMBER_RW, Mode, Storage};
use std::sync::Arc;

/// PR_ATTACH_DATA_OBJ.
pub(crate) const DATA_OBJ: PropTag = PropTag::new(0x3701_000D);

impl Body {
    /// An attachment by number: the open object, whatever the access asked for, or a new one.
    /// Spec: C-062, C-063, C-183, C-184.
    pub(crate) fn find_attachment(
        &mut self,
        message: ObjectId,
        number: u32,
        access: Access,
    ) -> Result<Found> {
        const DOING: &str = "open attachment";
        if let Some(open) = self.attachments.get(&(message, number)) {
            return Ok(Found::Open(*open));
        }
        if access == Access::Modify {
            self.core(message)?.check_writable(DOING)?;
        }
        let row = self.rows(message)?.attachment(number).cloned();
        let missing = || Error::new(Code::NotFound, DOING).note(format!("no attachment {number}"));
        let name = row.ok_or_else(missing)?.name();
        let limits = self.limits();
        let core = self.core(message)?;
        let writable = core.writable && access != Access::Read;
        let mode = if writable { MEMBER_RW.and(Mode::TRANSACTED) } else { MEMBER_READ };
        let storage = core.storage().open_storage(&name, mode).map_err(mapped)?;
        let props = PropStore::open(storage, HeaderKind::Sub, limits)
            .map_err(|error| error.place(crate::error::Place::new(format!("/{name}"))))?;
        let core = Core::new(ObjectKind::Attachment, props, writable, false);
        Ok(Found::New(Box::new(attachment(core, message, number))))
    }

    /// A new attachment. It joins the message when it is saved. Spec: C-179, C-180, C-181, C-182.
    pub(crate) fn new_attachment(&mut self, message: ObjectId) -> Result<Found> {
        const DOING: &str = "create attachment";
        self.core(message)?.check_writable(DOING)?;
        let limit = self.limits().rows;
        let form = self.form(message)?;
        let rows = self.rows(message)?;
        if rows.attachments.len() >= limit {
            return Err(Error::new(Code::TooBig, DOING));
        }
        let number = rows.next_attachment;
        let exhausted = || Error::new(Code::TooBig, DOING).note("all attachment numbers are taken");
        rows.next_attachment = number.checked_add(1).ok_or_else(exhausted)?;
        let level = Arc::clone(self.core(message)?.storage());
        let storage = level.create_pending_storage(&attachment_name(number)).map_err(mapped)?;
        let mut props = PropStore::new(storage, HeaderKind::Sub, self.limits());
        for prop in self.fresh_attachment_props(number, form) {
            let flags = new_flags(ObjectKind::Attachment, prop.tag.id());
            props.set(prop, flags);
        }
        let mut core = Core::new(ObjectKind::Attachment, props, true, true);
        core.form = Some(form);
        Ok(Found::New(Box::new(attachment(core, message, number))))
    }

    /// Takes an attachment away; open handles on it become zombies. Spec: C-185.
    pub(crate) fn delete_attachment(&mut self, message: ObjectId, number: u32) -> Result<()> {
        const DOING: &str = "delete attachment";
        self.core(message)?.check_writable(DOING)?;
        let rows = self.rows(message)?;
        let missing = || Error::new(Code::NotFound, DOING).note(format!("no attachment {number}"));
        let row = rows.attachments.remove(&number).ok_or_else(missing)?;
        self.close_attachment(message, number);
        let state = self.message(message)?;
        state.attachments_changed = true;
        let destroyed = state.core.storage().destroy_element(&row.name());
        self.attachment_changed(message, number)?;
        match destroyed {
            Err(e) if e.code() != Code::StgFileNotFound => Err(mapped(e)),
            _ => Ok(()),
        }
    }

    pub(crate) fn clear_attachments(&mut self, message: ObjectId) -> Result<()> {
        let numbers: Vec<u32> = self.rows(message)?.attachments.keys().copied().collect();
        numbers.into_iter().try_for_each(|number| self.delete_attachment(message, number))
    }

    /// Removes the objects of an attachment and of everything in it from the body.
    fn close_attachment(&mut self, message: ObjectId, number: u32) {
        let found = self.attachments.get(&(message, number)).copied();
        self.close_objects(found.into_iter().collect());
    }

    /// Removes objects and everything open below them, deepest first.
    fn close_objects(&mut self, mut gone: Vec<ObjectId>) {
        let mut at = 0;
        while let Some(id) = gone.get(at).copied() {
            at += 1;
            match self.objects.get(&id) {
                Some(Object::Attachment(attachment)) => gone.extend(attachment.embedded),
                Some(Object::Message(_)) => {
                    let below = self.attachments.range((id, 0)..=(id, u32::MAX));
                    gone.extend(below.map(|(_, attachment)| *attachment));
                }
                None => {}
            }
        }
        gone.iter().rev().for_each(|id| drop(self.remove_object(*id)));
    }

    /// The data of an attachment are set, begun anew or deleted: what is open in them ends.
    pub(crate) fn data_is_replaced(&mut self, id: ObjectId, tag: PropTag) {
        if tag.id() != DATA_OBJ.id() {
            return;
        }
        let Ok(attachment) = self.attachment(id) else { return };
        if let Some(raw) = attachment.raw.take().and_then(|raw| raw.inner.upgrade()) {
            raw.end();
        }
        if let Some(open) = attachment.embedded.take() {
            self.close_objects(vec![open]);
        }
    }

    /// An attachment was saved: from now on the message lists it.
    pub(crate) fn list_attachment(&mut self, message: ObjectId, number: u32) -> Result<()> {
        let rows = self.rows(message)?;
        let mut fresh = false;
        rows.attachments.entry(number).or_insert_with(|| {
            fresh = true;
            AttachmentRow::new(number)
        });
        let state = self.message(message)?;
        state.attachments_changed |= fresh;
        state.below_changed = true;
        self.attachment_changed(message, number)
    }

    /// The message in an attachment: the open object, or a new one for what is stored.
    pub(crate) fn find_embedded(
        &mut self,
        attachment: ObjectId,
        fresh_id: ObjectId,
    ) -> Result<Found> {
        self.find_embedded_with(attachment, fresh_id, Access::Best)
    }

    /// The same with a choice of access.
    pub(crate) fn find_embedded_with(
        &mut self,
        attachment: ObjectId,
        fresh_id: ObjectId,
        access: Access,
    ) -> Result<Found> {
        const DOING: &str = "open embedded message";
        let (storage, writable, depth) = match self.embedded_place(attachment, DOING)? {
            Ok(open) => return Ok(Found::Open(open)),
            Err(place) => place,
        };
        if access == Access::Modify {
            self.core(attachment)?.check_writable(DOING)?;
        }
        let writable = writable && access != Access::Read;
        let mode = if writable { MEMBER_RW.and(Mode::TRANSACTED) } else { MEMBER_READ };
        let opened = storage.open_storage(&value_name(DATA_OBJ), mode).map_err(mapped)?;
        let renumbered = renumber::to_file_names(self, &opened, writable)?;
        let is_renumbered = renumbered.is_some();
        let opened = renumbered.unwrap_or(opened);
        let props = PropStore::open(opened, HeaderKind::Embedded, self.limits())?;
        let core = Core::new(ObjectKind::Message, props, writable, false);
        self.attachment(attachment)?.embedded = Some(fresh_id);
        let mut message = MessageState::new(core, Some(attachment), depth);
        message.renumbered = is_renumbered;
        Ok(Found::New(Box::new(Object::Message(message))))
    }

    /// A new message in an attachment, in the form of the top level. It joins when it is saved.
    pub(crate) fn new_embedded(
        &mut self,
        attachment: ObjectId,
        fresh_id: ObjectId,
    ) -> Result<Found> {
        const DOING: &str = "create embedded message";
        self.core(attachment)?.check_writable(DOING)?;
        let (storage, _, depth) = match self.embedded_place(attachment, DOING)? {
            Ok(open) => return Ok(Found::Open(open)),
            Err(place) => place,
        };
        let inner = storage.create_pending_storage(&value_name(DATA_OBJ)).map_err(mapped)?;
        let props = PropStore::new(inner, HeaderKind::Embedded, self.limits());
        let core = Core::new(ObjectKind::Message, props, true, true);
        let mut message = MessageState::new(core, Some(attachment), depth);
        let form = match self.objects.contains_key(&super::handle::TOP) {
            true => self.form(super::handle::TOP)?,
            false => self.form(attachment)?,
        };
        self.fill_fresh_message(&mut message, form, None)?;
        self.attachment(attachment)?.embedded = Some(fresh_id);
        Ok(Found::New(Box::new(Object::Message(message))))
    }

    /// The open embedded message, or where one would be: storage, access, depth.
    #[expect(clippy::type_complexity, reason = "two answers, one place")]
    fn embedded_place(
        &mut self,
        attachment: ObjectId,
        doing: &'static str,
    ) -> Result<std::result::Result<ObjectId, (Arc<dyn Storage>, bool, usize)>> {
        let state = self.attachment(attachment)?;
        let (open, message) = (state.embedded, state.message);
        let place = (Arc::clone(state.core.storage()), state.core.writable);
        if let Some(open) = open.filter(|open| self.objects.contains_key(open)) {
            return Ok(Ok(open));
        }
        if self.attachment(attachment)?.raw.as_ref().is_some_and(Raw::is_open) {
            let note = "it is open as a storage";
            return Err(Error::new(Code::InterfaceNotSupported, doing).note(note));
        }
        let depth = match self.objects.get(&message) {
            Some(Object::Message(message)) => message.depth + 1,
            _ => 1,
        };
        let limit = self.limits().embedded_depth;
        if depth > limit {
            let note = format!("messages are nested more than {limit} deep");
            return Err(Error::new(Code::TooComplex, doing).note(note));
        }
        Ok(Err((place.0, place.1, depth)))
    }

    /// The raw storage of an attachment's object, which keeps the attachment by its handle. Spec: C-132, C-188.
    pub(crate) fn open_attachment_storage(
        &mut self,
        id: ObjectId,
        create: bool,
        access: Access,
        handle: &Arc<Handle>,
    ) -> Result<Arc<dyn Storage>> {
        const DOING: &str = "open attachment storage";
        let state = self.attachment(id)?;
        let (embedded_open, raw) = (state.embedded, state.raw.clone());
        let core = &state.core;
        let writable = core.writable && access != Access::Read;
        let storage = Arc::clone(core.storage());
        if embedded_open.is_some_and(|open| self.objects.contains_key(&open)) {
            let note = "it is open as a message";
            return Err(Error::new(Code::InterfaceNotSupported, DOING).note(note));
        }
        if let Some(open) = raw.and_then(|raw| raw.given.upgrade()) {
            return Ok(open);
        }
        let name = value_name(DATA_OBJ);
        let inner = if create {
            self.core(id)?.check_writable(DOING)?;
            let mode = MEMBER_RW.and(Mode::TRANSACTED).and(Mode::CREATE);
            let inner = storage.create_storage(&name, mode).map_err(mapped)?;
            let core = self.core(id)?;
            core.touch(DATA_OBJ.id());
            core.props.set_opened(DATA_OBJ, crate::prop::store::ORDINARY, size_field(u32::MAX, 4));
            inner
        } else {
            let mode = if writable { MEMBER_RW.and(Mode::TRANSACTED) } else { MEMBER_READ };
            storage.open_storage(&name, mode).map_err(mapped)?
        };
        let behind = Arc::downgrade(&inner);
        let (tree, given) = Tree::give(Arc::clone(handle), inner);
        self.attachment(id)?.raw = Some(Raw { given: Arc::downgrade(&given), inner: behind });
        self.given.retain(|tree| tree.strong_count() > 0);
        self.given.push(Arc::downgrade(&tree));
        Ok(given)
    }

    /// Whether an attachment holds a storage, and whether that holds a message.
    pub(crate) fn attachment_data(&mut self, id: ObjectId) -> Result<(bool, bool)> {
        let open = self.attachment(id)?.embedded;
        if open.is_some_and(|open| self.objects.contains_key(&open)) {
            return Ok((true, true));
        }
        let storage = Arc::clone(self.core(id)?.storage());
        data_kind(&*storage)
    }

    /// PR_ATTACH_METHOD, or what the data say when it is missing. Spec: msg-format 1.9, Q-31.
    pub(crate) fn attach_method(&mut self, id: ObjectId) -> Result<i32> {
        use crate::prop::PropValue;
        let stored = self.core(id)?.props.get(PropId::new(0x3705))?.map(|prop| prop.value);
        match stored {
            Some(PropValue::Long(method)) => Ok(method),
            _ => Ok(match self.attachment_data(id)? {
                (true, true) => 5,
                (true, false) => 6,
                _ => i32::from(self.core(id)?.props.tag(PropId::new(0x3701)).is_some()),
            }),
        }
    }
}

/// Whether there is a data storage below an attachment, and whether it is a message.
pub(crate) fn data_kind(attachment: &dyn Storage) -> Result<(bool, bool)> {
    let inner = match attachment.open_storage(&value_name(DATA_OBJ), MEMBER_READ) {
        Ok(inner) => inner,
        Err(e) if e.code() == Code::StgFileNotFound => return Ok((false, false)),
        // Open elsewhere, so it is there; only raw storages are left to be open.
        Err(e) if e.code() == Code::StgAccessDenied => return Ok((true, false)),
        Err(e) => return Err(mapped(e)),
    };
    let name = crate::stg::ElementName::ascii(crate::prop::stream::NAME);
    match inner.open_stream(&name, MEMBER_READ) {
        Ok(_) => Ok((true, true)),
        Err(e) if e.code() == Code::StgFileNotFound => Ok((true, false)),
        Err(e) => Err(mapped(e)),
    }
}

fn attachment(core: Core, message: ObjectId, number: u32) -> Object {
    Object::Attachment(AttachState {
        core,
        message,
        number,
        embedded: None,
        raw: None,
        below_changed: false,
    })
}
