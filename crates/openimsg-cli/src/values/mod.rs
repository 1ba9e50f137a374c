//! Values of properties as words, as JSON, and as lines for people.

mod display;
mod json;
mod words;

pub(crate) use display::display;
pub(crate) use json::{ValueJson, bytes, from_dump, from_specification, suggested_type};
pub(crate) use words::{parse, time};

use openimsg::{PropType, PropValue};

/// The type of one element of an array type; the type itself if it is no array.
pub(crate) fn element_type(prop_type: PropType) -> PropType {
    PropType::new(prop_type.value() & !PropType::MV_FLAG)
}

/// The array of these elements; `None` if one is not of the array's element type.
pub(crate) fn array(prop_type: PropType, elements: Vec<PropValue>) -> Option<PropValue> {
    macro_rules! arrays {
        ($($pt:ident: $one:ident => $many:ident),+) => {
            match prop_type {
                $(PropType::$pt => {
                    let one = |v| match v { PropValue::$one(v) => Some(v), _ => None };
                    elements.into_iter().map(one).collect::<Option<_>>().map(PropValue::$many)
                })+
                _ => None,
            }
        };
    }
    arrays! {
        PT_MV_I2: I2 => MvI2, PT_MV_LONG: Long => MvLong, PT_MV_R4: R4 => MvR4,
        PT_MV_DOUBLE: Double => MvDouble, PT_MV_CURRENCY: Currency => MvCurrency,
        PT_MV_APPTIME: AppTime => MvAppTime, PT_MV_I8: I8 => MvI8,
        PT_MV_STRING8: String8 => MvString8, PT_MV_UNICODE: Unicode => MvUnicode,
        PT_MV_SYSTIME: SysTime => MvSysTime, PT_MV_CLSID: Clsid => MvClsid,
        PT_MV_BINARY: Binary => MvBinary
    }
}

/// Whether the bytes of this type are not interpreted.
pub(crate) fn is_opaque(prop_type: PropType) -> bool {
    let named = [
        PropType::PT_UNSPECIFIED,
        PropType::PT_SVREID,
        PropType::PT_SRESTRICTION,
        PropType::PT_ACTIONS,
    ];
    named.contains(&prop_type) || prop_type.name().is_none()
}
