//! Property values of every type.

use super::{PropTag, PropType};
use crate::wire::{FileTime, Guid, Text};

/// The value of a property, by its stored type.
///
/// 8-bit text is the bytes as stored; the object that holds it knows the code page. Text has
/// neither terminator nor NULs at the end.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum PropValue {
    /// `PT_NULL`: present without a value.
    Null,
    /// `PT_I2`.
    I2(i16),
    /// `PT_LONG`.
    Long(i32),
    /// `PT_R4`.
    R4(f32),
    /// `PT_DOUBLE`.
    Double(f64),
    /// `PT_CURRENCY`, in 1/10 000 units.
    Currency(i64),
    /// `PT_APPTIME`, days since 1899-12-30.
    AppTime(f64),
    /// `PT_ERROR`: an SCODE.
    Error(u32),
    /// `PT_BOOLEAN`.
    Boolean(bool),
    /// `PT_OBJECT`: an object is there; open it to see it.
    Object,
    /// `PT_I8`.
    I8(i64),
    /// `PT_STRING8`: bytes in the object's code page.
    String8(Vec<u8>),
    /// `PT_UNICODE`.
    Unicode(Text),
    /// `PT_SYSTIME`.
    SysTime(FileTime),
    /// `PT_CLSID`.
    Clsid(Guid),
    /// `PT_BINARY`.
    Binary(Vec<u8>),
    /// `PT_SVREID`, `PT_SRESTRICTION`, `PT_ACTIONS` and unknown types: the stored bytes.
    Opaque(PropType, Vec<u8>),
    /// `PT_MV_I2`.
    MvI2(Vec<i16>),
    /// `PT_MV_LONG`.
    MvLong(Vec<i32>),
    /// `PT_MV_R4`.
    MvR4(Vec<f32>),
    /// `PT_MV_DOUBLE`.
    MvDouble(Vec<f64>),
    /// `PT_MV_CURRENCY`.
    MvCurrency(Vec<i64>),
    /// `PT_MV_APPTIME`.
    MvAppTime(Vec<f64>),
    /// `PT_MV_I8`.
    MvI8(Vec<i64>),
    /// `PT_MV_STRING8`.
    MvString8(Vec<Vec<u8>>),
    /// `PT_MV_UNICODE`.
    MvUnicode(Vec<Text>),
    /// `PT_MV_SYSTIME`.
    MvSysTime(Vec<FileTime>),
    /// `PT_MV_CLSID`.
    MvClsid(Vec<Guid>),
    /// `PT_MV_BINARY`.
    MvBinary(Vec<Vec<u8>>),
}

impl PropValue {
    /// The property type that a value of this kind is stored under.
    #[must_use]
    pub fn prop_type(&self) -> PropType {
        match self {
            PropValue::Null => PropType::PT_NULL,
            PropValue::I2(_) => PropType::PT_I2,
            PropValue::Long(_) => PropType::PT_LONG,
            PropValue::R4(_) => PropType::PT_R4,
            PropValue::Double(_) => PropType::PT_DOUBLE,
            PropValue::Currency(_) => PropType::PT_CURRENCY,
            PropValue::AppTime(_) => PropType::PT_APPTIME,
            PropValue::Error(_) => PropType::PT_ERROR,
            PropValue::Boolean(_) => PropType::PT_BOOLEAN,
            PropValue::Object => PropType::PT_OBJECT,
            PropValue::I8(_) => PropType::PT_I8,
            PropValue::String8(_) => PropType::PT_STRING8,
            PropValue::Unicode(_) => PropType::PT_UNICODE,
            PropValue::SysTime(_) => PropType::PT_SYSTIME,
            PropValue::Clsid(_) => PropType::PT_CLSID,
            PropValue::Binary(_) => PropType::PT_BINARY,
            PropValue::Opaque(prop_type, _) => *prop_type,
            PropValue::MvI2(_) => PropType::PT_MV_I2,
            PropValue::MvLong(_) => PropType::PT_MV_LONG,
            PropValue::MvR4(_) => PropType::PT_MV_R4,
            PropValue::MvDouble(_) => PropType::PT_MV_DOUBLE,
            PropValue::MvCurrency(_) => PropType::PT_MV_CURRENCY,
            PropValue::MvAppTime(_) => PropType::PT_MV_APPTIME,
            PropValue::MvI8(_) => PropType::PT_MV_I8,
            PropValue::MvString8(_) => PropType::PT_MV_STRING8,
            PropValue::MvUnicode(_) => PropType::PT_MV_UNICODE,
            PropValue::MvSysTime(_) => PropType::PT_MV_SYSTIME,
            PropValue::MvClsid(_) => PropType::PT_MV_CLSID,
            PropValue::MvBinary(_) => PropType::PT_MV_BINARY,
        }
    }
}

/// A property: its tag and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Prop {
    /// The tag; its type is the value's.
    pub tag: PropTag,
    /// The value.
    pub value: PropValue,
}
