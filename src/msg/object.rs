//! What every object with properties can do: MAPI's IMAPIProp.

use super::body::Body;
use super::computed::{Answer, new_flags};
use super::handle::{Handle, ObjectId};
use super::save::SaveFlags;
use super::session::Session;
use super::stream::{OpenStream, PropStream};
use crate::error::{Code, Error, Result};
use crate::finding::Finding;
use crate::prop::store::PropStore;
use crate::prop::{
    IntoValue, Kind, NamedProp, NamedTag, ObjectKind, Prop, PropId, PropName, PropSet, PropTag,
    PropType, PropValue, Tag, computed, computed_once_saved,
};
use crate::wire::{Decoded, Encoded};
use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

/// The properties of a message or attachment: MAPI's `IMAPIProp`.
///
/// [`Message`](crate::Message) and [`Attachment`](crate::Attachment) dereference to this, as their
/// MAPI interfaces inherit from it. Handles share their object; changes are seen at once by all of
/// them and reach the storage with [`MapiProp::save_changes`] up the whole chain.
///
/// Absent, empty and unreadable are three answers: `Ok(None)`, `Ok(Some(""))`, `Err`.
#[derive(Clone)]
pub struct MapiProp<'s> {
    pub(crate) handle: Arc<Handle>,
    pub(crate) session: PhantomData<&'s Session>,
}

/// One property that a call could not handle while the others went well: MAPI's `SPropProblem`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PropProblem {
    /// The position in the request.
    pub index: usize,
    /// The tag in the request.
    pub tag: PropTag,
    /// What is wrong with it.
    pub code: Code,
}

/// A property as it stands in the property stream.
#[derive(Debug)]
#[non_exhaustive]
pub struct StoredProp {
    /// The stored tag.
    pub tag: PropTag,
    /// The flags word: 1 mandatory, 2 readable, 4 writeable.
    pub flags: u32,
    /// The value; `Ok(None)` for an entry whose stream is missing.
    pub value: Result<Option<PropValue>>,
}

/// What a typed property is asked for with: a [`Tag`] or a [`NamedTag`].
pub trait PropKey<K: Kind>: sealed::Sealed {
    #[doc(hidden)]
    fn locate(&self) -> Located;
}

#[doc(hidden)]
#[derive(Debug)]
pub enum Located {
    Tag(PropTag),
    Named(NamedProp, PropType),
}

mod sealed {
    pub trait Sealed {}
    impl<K: crate::prop::Kind> Sealed for super::Tag<K> {}
    impl<K: crate::prop::Kind> Sealed for super::NamedTag<K> {}
}

impl<K: Kind> PropKey<K> for Tag<K> {
    fn locate(&self) -> Located {
        Located::Tag(self.tag())
    }
}

impl<K: Kind> PropKey<K> for NamedTag<K> {
    fn locate(&self) -> Located {
        Located::Named(self.name(), K::TYPE)
    }
}

impl<'s> MapiProp<'s> {
    pub(crate) fn of(handle: Arc<Handle>) -> MapiProp<'s> {
        MapiProp { handle, session: PhantomData }
    }

    /// The value of a property, as the Rust type of its tag.
    ///
    /// 8-bit text is converted with the code page of the object; an unpaired surrogate becomes U+FFFD
    /// (ask [`MapiProp::get_prop`] for the exact units).
    ///
    /// # Errors
    /// [`Code::CorruptData`] if the value cannot be read; [`Code::UnexpectedType`] if the property
    /// has another type in this object; [`Code::ObjectDeleted`] once the object is closed.
    ///
    /// # Example
    /// ```
    /// # use openimsg::{CompoundFile, Message, tags::*, named::PID_LID_LOCATION};
    /// let message = Message::create(CompoundFile::memory())?;
    /// assert_eq!(message.get(PR_SUBJECT_W)?, None);
    /// message.set(PR_SUBJECT_W, "Minutes")?;
    /// message.set(PID_LID_LOCATION, "Room 7")?;
    /// assert_eq!(message.get(PR_SUBJECT_W)?.as_deref(), Some("Minutes"));
    /// assert_eq!(message.get(PID_LID_LOCATION)?.as_deref(), Some("Room 7"));
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    pub fn get<K: Kind>(&self, key: impl PropKey<K>) -> Result<Option<K::Value>> {
        self.handle.with("get property", |body, id| {
            let Some(tag) = body.locate(key.locate(), false)? else { return Ok(None) };
            let Some(value) = body.get_prop(id, tag)? else { return Ok(None) };
            match K::from_value(value) {
                Some(value) => Ok(Some(value)),
                None => Err(Error::new(Code::UnexpectedType, "get property")),
            }
        })
    }

    /// Sets a property. A named property gets an identifier if it has none in this file.
    ///
    /// # Errors
    /// [`Code::NoAccess`] on a read-only object or property, [`Code::Computed`] for what the object
    /// derives itself.
    pub fn set<K: Kind>(&self, key: impl PropKey<K>, value: impl IntoValue<K>) -> Result<()> {
        let value = value.into_value();
        self.handle.with("set property", |body, id| {
            body.core(id)?.check_writable("set property")?;
            let Some(tag) = body.locate(key.locate(), true)? else { return Ok(()) };
            let set = body.set_prop(id, Prop { tag, value }, false);
            set.map_err(|code| Error::new(code, "set property").note(describe(tag)))
        })
    }

    /// The value of one property, as MAPI's `GetProps` gives it: text in the width of the tag, any
    /// type for `PT_UNSPECIFIED`.
    ///
    /// # Errors
    /// As [`MapiProp::get`]; [`Code::NoSupport`] for `PT_OBJECT` properties, which are opened.
    pub fn get_prop(&self, tag: PropTag) -> Result<Option<PropValue>> {
        self.handle.with("get property", |body, id| body.get_prop(id, tag))
    }

    /// The values of several properties, one verdict each, in the order asked for.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`] once the object is closed. What concerns one property stands in its
    /// place, [`Code::NotFound`] for absence included.
    pub fn get_props(&self, tags: &[PropTag]) -> Result<Vec<Result<PropValue, PropProblem>>> {
        self.handle.with("get properties", |body, id| {
            let verdict = |(index, tag): (usize, &PropTag)| {
                let problem = |code| PropProblem { index, tag: *tag, code };
                match body.get_prop(id, *tag) {
                    Ok(Some(value)) => Ok(value),
                    Ok(None) => Err(problem(Code::NotFound)),
                    Err(error) => Err(problem(error.code())),
                }
            };
            Ok(tags.iter().enumerate().map(verdict).collect())
        })
    }

    /// Sets several properties. What could not be set is listed; the others are set.
    ///
    /// # Errors
    /// [`Code::NoAccess`] on a read-only object, [`Code::InvalidParameter`] if a value is of type
    /// `PT_OBJECT`; then nothing is set.
    pub fn set_props(&self, props: &[Prop]) -> Result<Vec<PropProblem>> {
        self.set_all(props, false)
    }

    /// The same, but properties that are marked as not writeable are set too; computed ones are not.
    ///
    /// # Errors
    /// As [`MapiProp::set_props`].
    pub fn set_props_forced(&self, props: &[Prop]) -> Result<Vec<PropProblem>> {
        self.set_all(props, true)
    }

    fn set_all(&self, props: &[Prop], force: bool) -> Result<Vec<PropProblem>> {
        const DOING: &str = "set properties";
        self.handle.with(DOING, |body, id| {
            body.core(id)?.check_writable(DOING)?;
            if props.iter().any(|prop| prop.value == PropValue::Object) {
                let note = "an object property is opened, not set";
                return Err(Error::new(Code::InvalidParameter, DOING).note(note));
            }
            let mut problems = Vec::new();
            for (index, prop) in props.iter().enumerate() {
                if let Err(code) = body.set_prop(id, prop.clone(), force) {
                    problems.push(PropProblem { index, tag: prop.tag, code });
                }
            }
            Ok(problems)
        })
    }

    /// Deletes properties; only identifiers count. What could not be deleted is listed.
    ///
    /// # Errors
    /// [`Code::NoAccess`] on a read-only object.
    pub fn delete_props(&self, tags: &[PropTag]) -> Result<Vec<PropProblem>> {
        const DOING: &str = "delete properties";
        self.handle.with(DOING, |body, id| {
            body.core(id)?.check_writable(DOING)?;
            let mut problems = Vec::new();
            for (index, tag) in tags.iter().enumerate() {
                if let Err(code) = body.delete_prop(id, tag.id()) {
                    problems.push(PropProblem { index, tag: *tag, code });
                }
            }
            Ok(problems)
        })
    }

    /// The tags of all properties with a value, computed ones included, by identifier.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`] once the object is closed.
    pub fn prop_list(&self) -> Result<Vec<PropTag>> {
        self.handle.with("list properties", |body, id| body.prop_list(id))
    }

    /// Tag and flags of every stored property in file order; no value is read.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`] once the object is closed.
    pub fn stored_entries(&self) -> Result<Vec<(PropTag, u32)>> {
        self.handle.with("list properties", |body, id| Ok(body.core(id)?.props.entries().collect()))
    }

    /// Every stored property in file order with its flags and its value exactly as stored; nothing
    /// is computed or converted.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`] once the object is closed.
    pub fn stored_props(&self) -> Result<Vec<StoredProp>> {
        self.handle.with("read properties", |body, id| Ok(stored_props(&body.core(id)?.props)))
    }

    /// Opens a stream on a text or binary property, for values of any size.
    ///
    /// # Errors
    /// [`Code::NotFound`] if it is absent and not created; [`Code::NoAccess`] for changes of a
    /// read-only object; [`Code::NoSupport`] for other types.
    pub fn open_stream(&self, tag: PropTag, how: OpenStream) -> Result<PropStream<'s>> {
        PropStream::open(&self.handle, tag, how)
    }

    /// The names behind identifiers. Those below 0x8000 are names in `PS_MAPI`.
    ///
    /// # Errors
    /// Those of reading the name map.
    pub fn names_from_ids(&self, ids: &[PropId]) -> Result<Vec<Option<NamedProp>>> {
        self.handle.with("get names", |body, _| {
            let names = body.names()?;
            let name = |id: &PropId| match id.is_named() {
                true => names.name(*id).cloned(),
                false => Some(NamedProp::id(PropSet::PS_MAPI, u32::from(id.value()))),
            };
            Ok(ids.iter().map(name).collect())
        })
    }

    /// The identifiers of names; with `create`, unknown ones are given one.
    ///
    /// # Errors
    /// [`Code::NoAccess`] for an unknown name with `create` on a read-only object,
    /// [`Code::TooBig`] when all identifiers are taken.
    pub fn ids_from_names(&self, names: &[NamedProp], create: bool) -> Result<Vec<Option<PropId>>> {
        self.handle.with("get identifiers", |body, id| {
            names.iter().map(|name| body.id_of(id, name, create)).collect()
        })
    }

    /// The whole name map of the file, by identifier.
    ///
    /// # Errors
    /// Those of reading it.
    pub fn all_names(&self) -> Result<Vec<(PropId, NamedProp)>> {
        self.handle.with("get names", |body, _| {
            Ok(body.names()?.all().into_iter().map(|(id, name)| (id, name.clone())).collect())
        })
    }

    /// Whether texts of this object are stored as UTF-16, not in a code page.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`] once the object is closed.
    pub fn is_unicode(&self) -> Result<bool> {
        self.handle.with("read form", |body, id| Ok(body.form(id)? == super::body::Form::Unicode))
    }

    /// Decodes stored 8-bit text with the code page of this object.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`] once the object is closed.
    pub fn decode<'a>(&self, bytes: &'a [u8]) -> Result<Decoded<'a>> {
        let page = self.handle.with("decode text", |body, id| body.page(id))?;
        Ok(page.decode(bytes))
    }

    /// Encodes text with the code page of this object.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`] once the object is closed.
    pub fn encode<'a>(&self, text: &'a str) -> Result<Encoded<'a>> {
        let page = self.handle.with("encode text", |body, id| body.page(id))?;
        let Encoded { bytes, unmappable } = page.encode(text);
        Ok(Encoded { bytes: Cow::Owned(bytes.into_owned()), unmappable })
    }

    /// Saves the object one level up: an embedded message into its attachment, an attachment into its
    /// message, a message into its storage, which is committed.
    ///
    /// Without [`SaveFlags::KEEP_OPEN_READWRITE`] the object is read-only afterwards.
    ///
    /// # Errors
    /// [`Code::NoAccess`] on a read-only object; [`Code::ObjectChanged`] if somebody else committed
    /// to the file meanwhile ([`SaveFlags::FORCE_SAVE`] overwrites); [`Code::NotEnoughDisk`] and other
    /// failures leave what is committed as it was and the object open with its changes.
    pub fn save_changes(&self, flags: SaveFlags) -> Result<()> {
        self.handle.with("save changes", |body, id| body.save(id, flags))
    }

    /// Deviations met in the name map of the file so far.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let found = self.handle.with("read findings", |body, _| {
            Ok(body.names.as_ref().map(|names| names.findings().to_vec()).unwrap_or_default())
        });
        found.unwrap_or_default()
    }
}

/// All properties of an object as they are stored.
pub(crate) fn stored_props(props: &PropStore) -> Vec<StoredProp> {
    let read = |(at, (tag, flags))| {
        let value = props.get_at(at).map(|prop| prop.map(|prop| prop.value));
        StoredProp { tag, flags, value }
    };
    props.entries().enumerate().map(read).collect()
}

fn describe(tag: PropTag) -> String {
    match crate::prop::prop_name(tag) {
        Some(name) => format!("{name} ({tag})"),
        None => tag.to_string(),
    }
}

impl Body {
    /// The tag that a key stands for in this file. `None` for a name that is not in the map.
    fn locate(&mut self, key: Located, create: bool) -> Result<Option<PropTag>> {
        match key {
            Located::Tag(tag) => Ok(Some(tag)),
            Located::Named(name, prop_type) => {
                let names = self.names()?;
                let id = if create { Some(names.create(&name)?) } else { names.id(&name) };
                Ok(id.map(|id| PropTag::from_parts(id, prop_type)))
            }
        }
    }

    /// The identifier of one name. Spec: C-164..C-170.
    fn id_of(&mut self, id: ObjectId, name: &NamedProp, create: bool) -> Result<Option<PropId>> {
        if name.set == PropSet::PS_MAPI.0 {
            return Ok(match name.name {
                PropName::Id(lid) if (1..0x8000).contains(&lid) => {
                    u16::try_from(lid).ok().map(PropId::new)
                }
                _ => None,
            });
        }
        if let PropName::Text(text) = &name.name
            && text.is_empty()
        {
            return Ok(None);
        }
        if let Some(found) = self.names()?.id(name) {
            return Ok(Some(found));
        }
        if !create {
            return Ok(None);
        }
        self.core(id)?.check_writable("name property")?;
        self.names()?.create(name).map(Some)
    }

    /// One property by the table of GetProps. Spec: imessage-contract 3.1.
    pub(crate) fn get_prop(&mut self, id: ObjectId, tag: PropTag) -> Result<Option<PropValue>> {
        const DOING: &str = "get property";
        let wanted = tag.prop_type();
        if wanted.value() & PropType::MV_INSTANCE != 0 {
            return Err(Error::new(Code::InvalidType, DOING));
        }
        if wanted == PropType::PT_ERROR {
            return Ok(None);
        }
        let value = match self.computed(id, tag.id())? {
            Answer::Value(value) => value,
            Answer::Absent => return Ok(None),
            Answer::Stored => {
                let core = self.core(id)?;
                let flags = core.props.flags(tag.id());
                if flags.is_some_and(|flags| flags & 6 == 4) {
                    return Err(Error::new(Code::NoAccess, DOING));
                }
                match core.stream_value(tag.id())? {
                    Some(value) => value,
                    None => match core.props.get(tag.id())? {
                        Some(prop) => prop.value,
                        None => return Ok(None),
                    },
                }
            }
        };
        if value == PropValue::Object {
            return Err(Error::new(Code::NoSupport, DOING).note("an object property is opened"));
        }
        let stored = value.prop_type();
        if wanted == stored || wanted == PropType::PT_UNSPECIFIED {
            return Ok(Some(value));
        }
        if wanted == PropType::PT_NULL {
            return Ok(Some(PropValue::Null));
        }
        let value = self.in_width(id, value, wanted)?;
        if value.prop_type() == wanted {
            return Ok(Some(value));
        }
        let note = format!("it is {stored} here");
        Err(Error::new(Code::UnexpectedType, DOING).note(note))
    }

    /// Sets one property; the code says why not. Spec: imessage-contract 3.1.
    pub(crate) fn set_prop(&mut self, id: ObjectId, prop: Prop, force: bool) -> Result<(), Code> {
        let Prop { tag, value } = prop;
        if tag.prop_type() == PropType::PT_ERROR || tag.value() == 1 {
            return Ok(());
        }
        if matches!(value, PropValue::Null | PropValue::Error(_)) {
            return if value == PropValue::Null { Err(Code::InvalidType) } else { Ok(()) };
        }
        self.check_settable(id, tag, &value)?;
        let core = self.core(id).map_err(|e| e.code())?;
        if let Some(flags) = core.props.flags(tag.id())
            && !force
            && is_locked(flags)
        {
            return Err(Code::NoAccess);
        }
        self.remember_body(id, tag.id()).map_err(|e| e.code())?;
        let value = self.in_form(id, value).map_err(|e| e.code())?;
        let core = self.core(id).map_err(|e| e.code())?;
        core.touched.insert(tag.id());
        // What decides form and page may have changed.
        if matches!(tag.id().value(), 0x3FFD | 0x3FF1 | 0x3FDE | 0x007D) {
            core.page = None;
        }
        let flags = new_flags(core.kind, tag.id());
        core.props.set(Prop { tag: tag.with_type(value.prop_type()), value }, flags);
        Ok(())
    }

    fn check_settable(
        &mut self,
        id: ObjectId,
        tag: PropTag,
        value: &PropValue,
    ) -> Result<(), Code> {
        let (prop, prop_type) = (tag.id(), value.prop_type());
        let storable = !matches!(
            prop_type,
            PropType::PT_UNSPECIFIED
                | PropType::PT_NULL
                | PropType::PT_SRESTRICTION
                | PropType::PT_ACTIONS
        );
        let known = prop_type.storing().is_some() && prop_type.value() & PropType::MV_INSTANCE == 0;
        if !storable || !known {
            return Err(Code::InvalidType);
        }
        if prop.value() == 0 || prop.value() == 0xFFFF {
            return Err(Code::UnexpectedId);
        }
        if prop.is_named() && self.names().map_err(|e| e.code())?.name(prop).is_none() {
            return Err(Code::UnexpectedId);
        }
        let core = self.core(id).map_err(|e| e.code())?;
        let (kind, fresh) = (core.kind, core.fresh);
        if computed(prop, kind) && !(fresh && computed_once_saved(prop)) {
            return Err(Code::Computed);
        }
        if kind == ObjectKind::Attachment
            && prop.value() == 0x3705
            && prop_type != PropType::PT_LONG
        {
            return Err(Code::UnexpectedType);
        }
        Ok(())
    }

    /// Deletes one property. Spec: C-111..C-113.
    pub(crate) fn delete_prop(&mut self, id: ObjectId, prop: PropId) -> Result<(), Code> {
        let failed = |e: Error| e.code();
        if prop.value() == 0 {
            return Ok(());
        }
        let core = self.core(id).map_err(failed)?;
        match (core.kind, prop.value()) {
            (ObjectKind::Message, 0x0E12) => return self.clear_recipients(id).map_err(failed),
            (ObjectKind::Message, 0x0E13) => return self.clear_attachments(id).map_err(failed),
            (kind, _) if computed(prop, kind) && !(core.fresh && computed_once_saved(prop)) => {
                return Err(Code::Computed);
            }
            _ => {}
        }
        let Some(flags) = core.props.flags(prop) else { return Err(Code::NotFound) };
        if is_locked(flags) || flags & 1 != 0 {
            return Err(Code::NoAccess);
        }
        self.remember_body(id, prop).map_err(failed)?;
        let core = self.core(id).map_err(failed)?;
        core.touched.insert(prop);
        core.props.remove(prop);
        Ok(())
    }

    /// Keeps the plain body as it was before its first change, for the sync rule at the save.
    pub(crate) fn remember_body(&mut self, id: ObjectId, prop: PropId) -> Result<()> {
        if prop.value() != 0x1000 || self.core(id)?.kind != ObjectKind::Message {
            return Ok(());
        }
        if self.message(id)?.body_before.is_none() {
            let before = self.stored_text(id, prop).ok().flatten();
            self.message(id)?.body_before = Some(before);
        }
        Ok(())
    }

    fn prop_list(&mut self, id: ObjectId) -> Result<Vec<PropTag>> {
        const COMPUTED_ON_MESSAGES: [u32; 11] = [
            0x0E02_001F,
            0x0E03_001F,
            0x0E04_001F,
            0x0E08_0003,
            0x0E12_000D,
            0x0E13_000D,
            0x0E1B_000B,
            0x003D_001F,
            0x0E1D_001F,
            0x0FFE_0003,
            0x340D_0003,
        ];
        let core = self.core(id)?;
        let hidden = |flags: u32| flags & 6 == 4;
        let stored = core.props.entries().filter(|(_, flags)| !hidden(*flags)).map(|(tag, _)| tag);
        let mut tags: Vec<PropTag> = stored.collect();
        let derived: &[u32] = match core.kind {
            ObjectKind::Message => &COMPUTED_ON_MESSAGES,
            _ => &[0x0E20_0003, 0x0FF9_0102, 0x0FFE_0003, 0x340D_0003],
        };
        let common = [0x0FF4_0003, 0x0FF7_0003, 0x0FF8_0102];
        for tag in derived.iter().chain(&common).map(|tag| PropTag::new(*tag)) {
            if matches!(self.computed(id, tag.id())?, Answer::Value(_)) {
                tags.push(tag);
            }
        }
        tags.sort_by_key(|tag| tag.id());
        tags.dedup_by_key(|tag| tag.id());
        Ok(tags)
    }
}

/// Whether the flags forbid changes; writers that store 0 mean nothing by it. Spec: C-081.
fn is_locked(flags: u32) -> bool {
    matches!(flags & 7, 2 | 3)
}

impl std::fmt::Debug for MapiProp<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MapiProp").field("object", &self.handle.id).finish_non_exhaustive()
    }
}
