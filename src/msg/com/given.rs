//! Values as C callers give them: the parts that a pointer can lack are `Option`s.

use crate::error::Code;
use crate::prop::{NamedProp, Prop, PropName, PropTag, PropType, PropValue};
use crate::wire::Guid;

/// A property value of a caller: `SPropValue`.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenProp {
    /// `ulPropTag`.
    pub tag: u32,
    /// `Value`.
    pub value: GivenValue,
}

/// What a caller's union holds, by the type of the tag.
#[derive(Debug, Clone, PartialEq)]
pub enum GivenValue {
    /// A value of that type.
    Value(PropValue),
    /// A type whose value is a pointer, which is null.
    NullPointer,
    /// A type without a value that is known: `PT_NULL`, `PT_OBJECT`, `PT_PTR`, `PT_ERROR`, others.
    Untyped,
}

/// What a call does with a value.
pub(super) enum Verdict {
    Set(Prop),
    /// It is passed over.
    Skip,
    /// The whole call is refused.
    Refuse,
    /// It cannot be set; the others can.
    Problem(Code),
}

impl GivenProp {
    /// A value that is there.
    #[must_use]
    pub fn new(tag: u32, value: PropValue) -> GivenProp {
        GivenProp { tag, value: GivenValue::Value(value) }
    }

    /// A property without a value, such as one of type `PT_NULL` or `PT_ERROR`.
    #[must_use]
    pub fn untyped(tag: u32) -> GivenProp {
        GivenProp { tag, value: GivenValue::Untyped }
    }

    /// By the table of SetProps. Spec: imessage-contract 3.1.
    pub(super) fn verdict(&self) -> Verdict {
        let tag = PropTag::new(self.tag);
        let prop_type = tag.prop_type();
        if self.tag == 1 || prop_type == PropType::PT_ERROR {
            return Verdict::Skip;
        }
        if prop_type == PropType::PT_OBJECT {
            return Verdict::Refuse;
        }
        if prop_type.value() & PropType::MV_INSTANCE != 0 {
            return Verdict::Problem(Code::InvalidType);
        }
        match &self.value {
            GivenValue::NullPointer => Verdict::Refuse,
            GivenValue::Value(value) if super::super::object::is_empty_array(value) => {
                Verdict::Refuse
            }
            GivenValue::Value(value) if value.prop_type() == prop_type => {
                Verdict::Set(Prop { tag, value: value.clone() })
            }
            _ => Verdict::Problem(Code::InvalidType),
        }
    }
}

/// A name of a caller: `MAPINAMEID`.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenName {
    /// `lpguid`.
    pub set: Option<Guid>,
    /// `ulKind` and `Kind`.
    pub kind: GivenKind,
}

/// What a caller's name is.
#[derive(Debug, Clone, PartialEq)]
pub enum GivenKind {
    /// `MNID_ID`.
    Id(u32),
    /// `MNID_STRING`: UTF-16 without its terminator; `None` is a null pointer.
    Text(Option<Vec<u16>>),
    /// Another `ulKind`.
    Other(u32),
}

impl GivenName {
    /// The name, if it is well formed. Spec: imessage-contract 3.1, GetIDsFromNames.
    pub(super) fn name(&self) -> Option<NamedProp> {
        let name = match &self.kind {
            GivenKind::Id(id) => PropName::Id(*id),
            GivenKind::Text(Some(units)) if !units.is_empty() => {
                PropName::Text(String::from_utf16(units).ok()?)
            }
            _ => return None,
        };
        Some(NamedProp { set: self.set?, name })
    }
}

impl From<&NamedProp> for GivenName {
    fn from(named: &NamedProp) -> GivenName {
        let kind = match &named.name {
            PropName::Id(id) => GivenKind::Id(*id),
            PropName::Text(text) => GivenKind::Text(Some(text.encode_utf16().collect())),
        };
        GivenName { set: Some(named.set), kind }
    }
}
