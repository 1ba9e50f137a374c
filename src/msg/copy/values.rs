//! The values of a source as a target takes them, and how our own objects take them.

use crate::error::{Code, Error, Result};
use crate::msg::body::{Body, Form};
use crate::msg::computed::{Answer, new_flags};
use crate::msg::handle::ObjectId;
use crate::msg::object::MapiProp;
use crate::prop::store::{ORDINARY, mapped};
use crate::prop::stream::{size_field, value_name};
use crate::prop::{ObjectKind, Prop, PropId, PropTag, PropType, PropValue, Storing};
use crate::stg::{MEMBER_READ, MEMBER_RW, Mode, Storage, Stream};
use crate::wire::codepage::choose::TextPage;
use std::sync::Arc;

/// Values above this pass in pieces.
pub(super) const LARGE: u64 = 1 << 20;

/// One value of a source.
pub(super) enum Value {
    Whole(PropValue),
    /// The stream of a large one, in the type that its bytes have.
    Large(Arc<dyn Stream>, PropType),
    /// A `PT_OBJECT` property: its storage.
    Object(Arc<dyn Storage>),
}

impl Body {
    /// The value of a listed property for a copy. `raw8` is the code page of a target that takes
    /// 8-bit text in it as it is; all other text becomes Unicode.
    pub(super) fn value_for_copy(
        &mut self,
        id: ObjectId,
        prop: PropId,
        raw8: Option<TextPage>,
    ) -> Result<Value> {
        const DOING: &str = "copy property";
        match self.computed(id, prop)? {
            Answer::Value(value) => return Ok(Value::Whole(value)),
            Answer::Absent => return Err(Error::new(Code::NotFound, DOING)),
            Answer::Stored => {}
        }
        let core = self.core(id)?;
        if core.props.flags(prop).is_some_and(|flags| flags & 6 == 4) {
            return Err(Error::new(Code::NoAccess, DOING));
        }
        let missing = || Error::new(Code::NotFound, DOING);
        let tag = core.props.tag(prop).ok_or_else(missing)?;
        if tag.prop_type().storing() == Some(Storing::Object) {
            let inner = core.storage().open_storage(&value_name(tag), MEMBER_READ);
            return Ok(Value::Object(inner.map_err(mapped)?));
        }
        let same_page = raw8.is_some() && raw8 == Some(self.page(id)?);
        let as_stored = tag.prop_type() != PropType::PT_STRING8 || same_page;
        let core = self.core(id)?;
        let may_be_large = as_stored
            && !core.props.is_pending(prop)
            && tag.prop_type().storing() == Some(Storing::Stream);
        if may_be_large && core.props.size_hint(prop).is_some_and(|size| u64::from(size) > LARGE) {
            let stream = core.props.stream_of(tag)?.ok_or_else(missing)?;
            if stream.size().map_err(mapped)? > LARGE {
                return Ok(Value::Large(stream, tag.prop_type()));
            }
        }
        let value = match core.props.get(prop) {
            Err(e) if e.code() == Code::TooBig && may_be_large => {
                let stream = core.props.stream_of(tag)?.ok_or_else(missing)?;
                return Ok(Value::Large(stream, tag.prop_type()));
            }
            read => read?.ok_or_else(missing)?.value,
        };
        let value = match (&value, same_page) {
            (PropValue::String8(_), false) => self.in_width(id, value, PropType::PT_UNICODE)?,
            (PropValue::MvString8(_), false) => {
                self.in_width(id, value, PropType::PT_MV_UNICODE)?
            }
            _ => value,
        };
        Ok(Value::Whole(value))
    }

    /// Sets a copied property: as SetProps, and what only the bytes of are known as it is.
    pub(super) fn set_copied(&mut self, id: ObjectId, prop: Prop) -> Result<(), Code> {
        let prop_type = prop.value.prop_type();
        let opaque =
            matches!(prop.value, PropValue::Opaque(..)) && prop_type != PropType::PT_SVREID;
        if !opaque && prop.value != PropValue::Null {
            return self.set_prop(id, prop, false);
        }
        self.check_id(prop.tag.id())?;
        self.check_room(id, prop.tag.id())?;
        let core = self.core(id).map_err(|e| e.code())?;
        if crate::prop::computed(prop.tag.id(), core.kind) {
            return Err(Code::Computed);
        }
        core.touch(prop.tag.id());
        let flags = new_flags(core.kind, prop.tag.id());
        core.set(Prop { tag: prop.tag.with_type(prop_type), value: prop.value }, flags);
        Ok(())
    }

    /// Copies the storage of an object property that is not an attachment's data.
    pub(super) fn set_copied_object(
        &mut self,
        id: ObjectId,
        prop: PropId,
        from: &Arc<dyn Storage>,
    ) -> Result<()> {
        let tag = PropTag::from_parts(prop, PropType::PT_OBJECT);
        self.check_id(prop).map_err(|code| Error::new(code, "copy property"))?;
        let core = self.core(id)?;
        core.remove(prop);
        let mode = MEMBER_RW.and(Mode::CREATE);
        let inner = core.storage().create_storage(&value_name(tag), mode).map_err(mapped)?;
        crate::stg::copy_storage(from, &inner, &crate::stg::Exclude::default()).map_err(mapped)?;
        core.touch(prop);
        core.props.set_opened(tag, ORDINARY, size_field(u32::MAX, 4));
        Ok(())
    }

    /// Whether an ANSI message holds text that a new code page would make unreadable.
    fn has_text8(&mut self, id: ObjectId) -> Result<bool> {
        let text = |t: PropType| matches!(t, PropType::PT_STRING8 | PropType::PT_MV_STRING8);
        let has = self.core(id)?.props.entries().any(|(tag, _)| text(tag.prop_type()));
        let rows = self.rows(id)?;
        Ok(has || !rows.recipients.is_empty() || !rows.attachments.is_empty())
    }
}

/// What decides the code page of a message.
pub(super) fn decides_page(id: PropId) -> bool {
    matches!(id.value(), 0x3FFD | 0x3FF1 | 0x3FDE | 0x007D)
}

/// The code page of a target of ours that stores 8-bit text.
pub(super) fn page_of(target: &MapiProp<'_>) -> Result<Option<TextPage>> {
    target.handle.with("copy to object", |body, id| match body.form(id)? {
        Form::Ansi => body.page(id).map(Some),
        Form::Unicode => Ok(None),
    })
}

/// PR_MESSAGE_CODEPAGE.
const PAGE: PropTag = PropTag::new(0x3FFD_0003);

/// Gives an ANSI message without text the code page of an ANSI source, so that no text is lost.
pub(super) fn take_page(source: &MapiProp<'_>, target: &MapiProp<'_>) -> Result<()> {
    let Some(page) = page_of(source)? else { return Ok(()) };
    target.handle.with("copy to object", |body, id| {
        let is_message = body.core(id)?.kind == ObjectKind::Message;
        if !is_message || body.form(id)? != Form::Ansi || body.page(id)? == page {
            return Ok(());
        }
        let number = i32::try_from(page.write_page().number()).unwrap_or(1252);
        body.put(id, PAGE, PropValue::Long(number))?;
        body.core(id)?.page = None;
        Ok(())
    })
}

/// Makes an ANSI message keep its code page, whatever is copied into it, if it holds text already or
/// gets text from Unicode. True if so.
pub(super) fn pin_page(source: &MapiProp<'_>, target: &MapiProp<'_>) -> Result<bool> {
    let from_unicode = source.is_unicode()?;
    target.handle.with("copy to object", |body, id| {
        let is_message = body.core(id)?.kind == ObjectKind::Message;
        if !is_message || body.form(id)? != Form::Ansi || !(from_unicode || body.has_text8(id)?) {
            return Ok(false);
        }
        if body.core(id)?.props.tag(PAGE.id()).is_none() {
            let page = body.page(id)?.write_page().number();
            body.put(id, PAGE, PropValue::Long(i32::try_from(page).unwrap_or(1252)))?;
        }
        Ok(true)
    })
}
