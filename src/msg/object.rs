//! What every object with properties can do: MAPI's IMAPIProp.

use super::handle::Handle;
use super::save::SaveFlags;
use super::session::Session;
use super::stream::{OpenStream, PropStream};
use crate::error::{Code, Error, Result};
use crate::finding::Finding;
use crate::prop::store::PropStore;
use crate::prop::{
    IntoValue, Kind, NamedProp, NamedTag, Prop, PropId, PropSet, PropTag, PropType, PropValue, Tag,
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

impl PropProblem {
    /// What a target of your own has to say of a property: see [`CopyTarget`](crate::CopyTarget).
    #[must_use]
    pub fn new(index: usize, tag: PropTag, code: Code) -> PropProblem {
        PropProblem { index, tag, code }
    }
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
            let Some(tag) = body.locate(id, key.locate(), false)? else { return Ok(None) };
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
            let unnamed =
                || Error::new(Code::InvalidParameter, "set property").note("no such name");
            let tag = body.locate(id, key.locate(), true)?.ok_or_else(unnamed)?;
            if is_empty_array(&value) {
                return Err(Error::new(Code::InvalidParameter, "set property").note("no values"));
            }
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
    /// `PT_OBJECT` or an array without values; then nothing is set.
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
            let refused =
                |prop: &Prop| prop.value == PropValue::Object || is_empty_array(&prop.value);
            if props.iter().any(refused) {
                let note = "an object property is opened, not set; an array has a value";
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

/// Whether a value is an array without elements, which cannot be set. Spec: C-101.
pub(crate) fn is_empty_array(value: &PropValue) -> bool {
    match value {
        PropValue::MvI2(v) => v.is_empty(),
        PropValue::MvLong(v) => v.is_empty(),
        PropValue::MvR4(v) => v.is_empty(),
        PropValue::MvDouble(v) | PropValue::MvAppTime(v) => v.is_empty(),
        PropValue::MvCurrency(v) | PropValue::MvI8(v) => v.is_empty(),
        PropValue::MvString8(v) | PropValue::MvBinary(v) => v.is_empty(),
        PropValue::MvUnicode(v) => v.is_empty(),
        PropValue::MvSysTime(v) => v.is_empty(),
        PropValue::MvClsid(v) => v.is_empty(),
        _ => false,
    }
}

/// Whether the flags forbid changes; writers that store 0 mean nothing by it. Spec: C-081.
pub(crate) fn is_locked(flags: u32) -> bool {
    matches!(flags & 7, 2 | 3)
}

impl std::fmt::Debug for MapiProp<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MapiProp").field("object", &self.handle.id).finish_non_exhaustive()
    }
}
