//! The work behind `IMAPIProp`: one property asked for, set, deleted; all of them listed.
//! Spec: imessage-contract 3.1.

use super::attributes::effective;
use super::body::Body;
use super::computed::{Answer, new_flags};
use super::handle::ObjectId;
use super::object::{Located, is_locked};
use crate::error::{Code, Error, Result};
use crate::prop::{
    NamedProp, ObjectKind, Prop, PropId, PropName, PropSet, PropTag, PropType, PropValue, computed,
};

impl Body {
    /// The tag that a key stands for in this file. `None` for a name that is not in the map.
    pub(super) fn locate(
        &mut self,
        id: ObjectId,
        key: Located,
        create: bool,
    ) -> Result<Option<PropTag>> {
        match key {
            Located::Tag(tag) => Ok(Some(tag)),
            Located::Named(name, prop_type) => {
                let found = self.id_of(id, &name, create)?;
                Ok(found.map(|id| PropTag::from_parts(id, prop_type)))
            }
        }
    }

    /// The identifier of one name. Spec: C-164, C-165, C-166, C-167, C-168, C-169, C-170.
    pub(super) fn id_of(
        &mut self,
        id: ObjectId,
        name: &NamedProp,
        create: bool,
    ) -> Result<Option<PropId>> {
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
                match core.props.get(tag.id())? {
                    Some(prop) => prop.value,
                    None => return Ok(None),
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
        let locked = core.props.flags(tag.id()).is_some_and(is_locked);
        if locked && !force && !core.may_set_once(tag.id()) {
            return Err(Code::NoAccess);
        }
        self.check_room(id, tag.id())?;
        self.remember_body(id, tag.id()).map_err(|e| e.code())?;
        self.data_is_replaced(id, tag);
        let value = self.in_form(id, value).map_err(|e| e.code())?;
        let core = self.core(id).map_err(|e| e.code())?;
        core.touch(tag.id());
        let flags = new_flags(core.kind, tag.id());
        core.set(Prop { tag: tag.with_type(value.prop_type()), value }, flags);
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
        let text = |t: PropType| match t {
            PropType::PT_STRING8 => PropType::PT_UNICODE,
            PropType::PT_MV_STRING8 => PropType::PT_MV_UNICODE,
            other => other,
        };
        let fits = text(prop_type) == text(tag.prop_type());
        if !storable || prop_type.storing().is_none() || !fits {
            return Err(Code::InvalidType);
        }
        self.check_id(prop)?;
        let core = self.core(id).map_err(|e| e.code())?;
        let kind = core.kind;
        if computed(prop, kind) && !core.may_set_once(prop) {
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

    /// Whether an identifier may be set: a named one needs its name. Spec: C-107.
    pub(crate) fn check_id(&mut self, prop: PropId) -> Result<(), Code> {
        if prop.value() == 0 || prop.value() == 0xFFFF {
            return Err(Code::UnexpectedId);
        }
        if prop.is_named() && self.names().map_err(|e| e.code())?.name(prop).is_none() {
            return Err(Code::UnexpectedId);
        }
        Ok(())
    }

    /// Whether the object may have one property more: what is written must open again.
    pub(crate) fn check_room(&mut self, id: ObjectId, prop: PropId) -> Result<(), Code> {
        let limit = self.limits().properties;
        let props = &mut self.core(id).map_err(|e| e.code())?.props;
        match props.tag(prop).is_none() && props.has_reached(limit) {
            true => Err(Code::TooBig),
            false => Ok(()),
        }
    }

    /// Deletes one property. Spec: C-111, C-112, C-113.
    pub(super) fn delete_prop(&mut self, id: ObjectId, prop: PropId) -> Result<(), Code> {
        let failed = |e: Error| e.code();
        if prop.value() == 0 {
            return Ok(());
        }
        let core = self.core(id).map_err(failed)?;
        match (core.kind, prop.value()) {
            (ObjectKind::Message, 0x0E12) => return self.clear_recipients(id).map_err(failed),
            (ObjectKind::Message, 0x0E13) => return self.clear_attachments(id).map_err(failed),
            (kind, _) if computed(prop, kind) && !core.may_set_once(prop) => {
                return Err(Code::Computed);
            }
            _ => {}
        }
        let Some(flags) = core.props.flags(prop) else { return Err(Code::NotFound) };
        if (is_locked(flags) && !core.may_set_once(prop)) || effective(flags) & 1 != 0 {
            return Err(Code::NoAccess);
        }
        self.remember_body(id, prop).map_err(failed)?;
        self.data_is_replaced(id, PropTag::from_parts(prop, PropType::PT_NULL));
        let core = self.core(id).map_err(failed)?;
        core.touch(prop);
        core.remove(prop);
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

    pub(super) fn prop_list(&mut self, id: ObjectId) -> Result<Vec<PropTag>> {
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
