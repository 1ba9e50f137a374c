//! `IMAPIProp`: values, lists, saving.

use super::given::{GivenProp, Verdict};
use super::last_error::noted;
use super::{Out, Status, UNICODE, check_flags, clear, listed, null, put_problems, value_limit};
use crate::error::{Code, Error, Result};
use crate::msg::body::Body;
use crate::msg::handle::ObjectId;
use crate::msg::object::{MapiProp, PropProblem, is_empty_array};
use crate::msg::save::SaveFlags;
use crate::prop::{Prop, PropTag, PropType, PropValue, Storing};

/// A tag's text type in the width that the caller asks for.
pub(super) fn in_width(tag: PropTag, unicode: bool) -> PropTag {
    let prop_type = match (tag.prop_type(), unicode) {
        (PropType::PT_STRING8 | PropType::PT_UNICODE, true) => PropType::PT_UNICODE,
        (PropType::PT_STRING8 | PropType::PT_UNICODE, false) => PropType::PT_STRING8,
        (PropType::PT_MV_STRING8 | PropType::PT_MV_UNICODE, true) => PropType::PT_MV_UNICODE,
        (PropType::PT_MV_STRING8 | PropType::PT_MV_UNICODE, false) => PropType::PT_MV_STRING8,
        (same, _) => same,
    };
    tag.with_type(prop_type)
}

/// The entry for a property that could not be had: its identifier, and why.
pub(super) fn failed(tag: PropTag, code: Code) -> Prop {
    let tag = tag.with_type(PropType::PT_ERROR);
    Prop { tag, value: PropValue::Error(code.scode()) }
}

/// The bytes of a value with its terminators, if its size is limited.
fn size(value: &PropValue) -> u64 {
    let text = |text: &crate::wire::Text| 2 * text.units().count() as u64 + 2;
    match value {
        PropValue::Unicode(value) => text(value),
        PropValue::String8(bytes) => bytes.len() as u64 + 1,
        PropValue::Binary(bytes) | PropValue::Opaque(_, bytes) => bytes.len() as u64,
        PropValue::MvUnicode(values) => values.iter().map(text).sum(),
        PropValue::MvString8(values) => values.iter().map(|v| v.len() as u64 + 1).sum(),
        PropValue::MvBinary(values) => values.iter().map(|v| v.len() as u64).sum(),
        _ => 0,
    }
}

impl Body {
    /// One entry of `GetProps`.
    fn entry(&mut self, id: ObjectId, tag: PropTag, unicode: bool, limit: u64) -> Prop {
        match self.entry_value(id, tag, unicode, limit) {
            Ok(prop) => prop,
            Err(Code::TooBig) => failed(tag, Code::NotEnoughMemory),
            Err(code) => failed(tag, code),
        }
    }

    fn entry_value(
        &mut self,
        id: ObjectId,
        tag: PropTag,
        unicode: bool,
        limit: u64,
    ) -> Result<Prop, Code> {
        let unspecified = tag.prop_type() == PropType::PT_UNSPECIFIED;
        if self.is_larger(id, tag, limit).map_err(|error| error.code())? {
            return Err(Code::NotEnoughMemory);
        }
        let found = self.get_prop(id, tag).map_err(|error| error.code())?;
        let mut value = found.ok_or(Code::NotFound)?;
        if unspecified {
            let wanted = in_width(tag.with_type(value.prop_type()), unicode).prop_type();
            value = self.in_width(id, value, wanted).map_err(|error| error.code())?;
        }
        let prop_type = value.prop_type();
        // Of types that MAPI does not know, callers could not know what the value points to.
        if matches!(&value, PropValue::Opaque(kind, _) if *kind != PropType::PT_SVREID) {
            return Err(Code::NoSupport);
        }
        if is_empty_array(&value) {
            return Err(Code::NotFound);
        }
        if size(&value) > limit {
            return Err(Code::NotEnoughMemory);
        }
        Ok(Prop { tag: tag.with_type(prop_type), value })
    }

    /// Whether the stream of a value alone is above the limit, so that it need not be read.
    fn is_larger(&mut self, id: ObjectId, tag: PropTag, limit: u64) -> Result<bool> {
        let props = &mut self.core(id)?.props;
        let Some(stored) = props.tag(tag.id()).filter(|_| !props.is_pending(tag.id())) else {
            return Ok(false);
        };
        // An 8-bit text of one page can become shorter in another, by at most this factor.
        let large = limit.saturating_mul(4);
        let claimed = props.size_hint(tag.id()).is_some_and(|size| u64::from(size) > large);
        if stored.prop_type().storing() != Some(Storing::Stream) || !claimed {
            return Ok(false);
        }
        Ok(props.stream_of(stored)?.map_or(Ok(0), |stream| stream.size())? > large)
    }
}

/// `IMAPIProp::GetProps`. An entry that failed has the type `PT_ERROR` and its code.
///
/// # Errors
/// [`Code::InvalidParameter`] for a null output or an empty list, [`Code::ObjectDeleted`],
/// [`Code::UnknownFlags`].
pub fn get_props(
    object: &MapiProp<'_>,
    tags: Option<&[u32]>,
    flags: u32,
    count: Option<&mut u32>,
    mut values: Out<'_, Vec<Prop>>,
) -> Result<Status> {
    const DOING: &str = "get properties";
    clear(&mut values);
    let (Some(count), Some(values)) = (
        count.map(|count| {
            *count = 0;
            count
        }),
        values,
    ) else {
        return noted(object, null(DOING));
    };
    let found = object.check_open(DOING).and_then(|()| {
        if let Some(tags) = tags {
            listed(Some(tags), DOING)?;
        }
        check_flags(flags, UNICODE, DOING)?;
        let limit = value_limit(tags.is_some());
        let unicode = flags & UNICODE != 0;
        object.handle.with(DOING, |body, id| {
            let asked: Vec<PropTag> = match tags {
                Some(tags) => tags.iter().map(|tag| PropTag::new(*tag)).collect(),
                None => {
                    let all = body.prop_list(id)?.into_iter();
                    let values = all.filter(|tag| tag.prop_type() != PropType::PT_OBJECT);
                    values.map(|tag| tag.with_type(PropType::PT_UNSPECIFIED)).collect()
                }
            };
            Ok(asked.iter().map(|tag| body.entry(id, *tag, unicode, limit)).collect::<Vec<_>>())
        })
    });
    let found = noted(object, found)?;
    let errors = found.iter().any(|prop| prop.tag.prop_type() == PropType::PT_ERROR);
    *count = u32::try_from(found.len()).unwrap_or(u32::MAX);
    *values = (!found.is_empty()).then_some(found);
    Ok(Status::with_errors(errors))
}

/// `IMAPIProp::GetPropList`.
///
/// # Errors
/// [`Code::InvalidParameter`] for a null output, [`Code::ObjectDeleted`], [`Code::UnknownFlags`].
pub fn get_prop_list(
    object: &MapiProp<'_>,
    flags: u32,
    tags: Out<'_, Vec<PropTag>>,
) -> Result<Status> {
    const DOING: &str = "list properties";
    let listed = super::output(tags, DOING).and_then(|out| {
        object.check_open(DOING)?;
        check_flags(flags, UNICODE, DOING)?;
        let unicode = flags & UNICODE != 0;
        *out = Some(object.prop_list()?.into_iter().map(|tag| in_width(tag, unicode)).collect());
        Ok(Status::Ok)
    });
    noted(object, listed)
}

/// `IMAPIProp::SetProps`. Problems are given to a caller who asks; then there may be none.
///
/// # Errors
/// [`Code::InvalidParameter`] for no values, an object, an empty array or a null pointer among them,
/// [`Code::NoAccess`], [`Code::ObjectDeleted`]; nothing is set then.
pub fn set_props(
    object: &MapiProp<'_>,
    props: Option<&[GivenProp]>,
    mut problems: Out<'_, Vec<PropProblem>>,
) -> Result<Status> {
    const DOING: &str = "set properties";
    clear(&mut problems);
    let set = object.check_open(DOING).and_then(|()| {
        let props = listed(props, DOING)?;
        let verdicts: Vec<Verdict> = props.iter().map(GivenProp::verdict).collect();
        if verdicts.iter().any(|verdict| matches!(verdict, Verdict::Refuse)) {
            let note = "an object, an empty array or a null pointer among the values";
            return Err(Error::new(Code::InvalidParameter, DOING).note(note));
        }
        object.handle.with(DOING, |body, id| {
            body.core(id)?.check_writable(DOING)?;
            let mut found = Vec::new();
            for (index, (verdict, given)) in verdicts.into_iter().zip(props).enumerate() {
                let code = match verdict {
                    Verdict::Set(prop) => body.set_prop(id, prop, false).err(),
                    Verdict::Problem(code) => Some(code),
                    _ => None,
                };
                let tag = PropTag::new(given.tag);
                found.extend(code.map(|code| PropProblem { index, tag, code }));
            }
            Ok(found)
        })
    });
    put_problems(noted(object, set)?, problems);
    Ok(Status::Ok)
}

/// `IMAPIProp::DeleteProps`.
///
/// # Errors
/// [`Code::InvalidParameter`] for no tags, [`Code::NoAccess`], [`Code::ObjectDeleted`].
pub fn delete_props(
    object: &MapiProp<'_>,
    tags: Option<&[u32]>,
    mut problems: Out<'_, Vec<PropProblem>>,
) -> Result<Status> {
    const DOING: &str = "delete properties";
    clear(&mut problems);
    let deleted = object.check_open(DOING).and_then(|()| {
        let tags: Vec<PropTag> =
            listed(tags, DOING)?.iter().map(|tag| PropTag::new(*tag)).collect();
        object.delete_props(&tags)
    });
    put_problems(noted(object, deleted)?, problems);
    Ok(Status::Ok)
}

/// `IMAPIProp::SaveChanges`.
///
/// # Errors
/// [`Code::UnknownFlags`], then those of [`MapiProp::save_changes`].
pub fn save_changes(object: &MapiProp<'_>, flags: u32) -> Result<Status> {
    const DOING: &str = "save changes";
    /// `MAPI_DEFERRED_ERRORS`, `SPAMFILTER_ONSAVE`, `NON_EMS_XP_SAVE`: accepted and passed over.
    const PASSED_OVER: u32 = 0x8 | 0x80 | 0x1000;
    let saved = object.check_open(DOING).and_then(|()| {
        check_flags(flags, SaveFlags::all().bits() | PASSED_OVER, DOING)?;
        object.save_changes(SaveFlags::from_bits_truncate(flags))
    });
    noted(object, saved).map(|()| Status::Ok)
}
