//! Typed tags: a tag that knows the Rust type of its value, so that a wrong type does not compile.

use super::{NamedProp, PropSet, PropTag, PropType, PropValue};
use crate::wire::{FileTime, Guid, Text};
use std::marker::PhantomData;

/// A property tag that carries its type at compile time, such as
/// [`PR_SUBJECT_W`](crate::tags::PR_SUBJECT_W).
///
/// ```compile_fail
/// # use openimsg::{Message, tags::PR_SUBJECT_W};
/// # fn f(message: &Message<'_>) {
/// message.set(PR_SUBJECT_W, 7);   // a subject is text
/// # }
/// ```
pub struct Tag<K: Kind> {
    tag: PropTag,
    kind: PhantomData<K>,
}

impl<K: Kind> Tag<K> {
    /// The typed tag of this identifier; the type is the kind's.
    #[must_use]
    pub const fn new(id: u16) -> Tag<K> {
        Tag { tag: PropTag::from_parts(super::PropId::new(id), K::TYPE), kind: PhantomData }
    }

    /// The tag as a number.
    #[must_use]
    pub const fn tag(self) -> PropTag {
        self.tag
    }
}

/// A named property with its type at compile time, such as
/// [`PID_LID_LOCATION`](crate::named::PID_LID_LOCATION).
pub struct NamedTag<K: Kind> {
    set: Guid,
    name: StaticName,
    kind: PhantomData<K>,
}

#[derive(Clone, Copy)]
enum StaticName {
    Id(u32),
    Text(&'static str),
}

impl<K: Kind> NamedTag<K> {
    /// A numeric name (`MNID_ID`) in a property set.
    #[must_use]
    pub const fn id(set: PropSet, id: u32) -> NamedTag<K> {
        NamedTag { set: set.0, name: StaticName::Id(id), kind: PhantomData }
    }

    /// A string name (`MNID_STRING`) in a property set.
    #[must_use]
    pub const fn text(set: PropSet, name: &'static str) -> NamedTag<K> {
        NamedTag { set: set.0, name: StaticName::Text(name), kind: PhantomData }
    }

    /// The name, to look up its identifier in a message.
    #[must_use]
    pub fn name(self) -> NamedProp {
        match self.name {
            StaticName::Id(id) => NamedProp::id(self.set, id),
            StaticName::Text(name) => NamedProp::text(self.set, name),
        }
    }
}

macro_rules! copyable {
    ($($name:ident),+) => {$(
        impl<K: Kind> Clone for $name<K> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<K: Kind> Copy for $name<K> {}
    )+};
}
copyable!(Tag, NamedTag);

impl<K: Kind> std::fmt::Debug for Tag<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.tag, f)
    }
}

impl<K: Kind> std::fmt::Debug for NamedTag<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.name(), f)
    }
}

/// A kind of property value. Sealed; the kinds are in [`kind`].
pub trait Kind: sealed::Sealed + 'static {
    /// The Rust type that [`get`](crate::MapiProp::get) gives.
    type Value;
    /// The property type on disk.
    const TYPE: PropType;
    /// The Rust value in a stored value of exactly this kind.
    #[doc(hidden)]
    fn from_value(value: PropValue) -> Option<Self::Value>;
}

/// What may be set under a tag of kind `K`.
pub trait IntoValue<K: Kind> {
    /// The value to store.
    fn into_value(self) -> PropValue;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! kinds {
    ($($name:ident, $pt:ident, $variant:ident, $rust:ty, $doc:literal;)+) => {
        /// The kinds of typed tags.
        pub mod kind {
            $(
                #[doc = $doc]
                #[derive(Debug)]
                pub enum $name {}
            )+
        }
        $(
            impl sealed::Sealed for kind::$name {}
            impl Kind for kind::$name {
                type Value = $rust;
                const TYPE: PropType = PropType::$pt;
                fn from_value(value: PropValue) -> Option<$rust> {
                    match value { PropValue::$variant(v) => Some(v.exposed()), _ => None }
                }
            }
        )+
    };
}

kinds! {
    I2,        PT_I2,         I2,        i16,           "`PT_I2`: `i16`.";
    Long,      PT_LONG,       Long,      i32,           "`PT_LONG`: `i32`.";
    R4,        PT_R4,         R4,        f32,           "`PT_R4`: `f32`.";
    Double,    PT_DOUBLE,     Double,    f64,           "`PT_DOUBLE`: `f64`.";
    Currency,  PT_CURRENCY,   Currency,  i64,           "`PT_CURRENCY`: `i64` in 1/10 000 units.";
    AppTime,   PT_APPTIME,    AppTime,   f64,           "`PT_APPTIME`: days since 1899-12-30 as `f64`.";
    ErrorCode, PT_ERROR,      Error,     u32,           "`PT_ERROR`: `u32`.";
    Boolean,   PT_BOOLEAN,    Boolean,   bool,          "`PT_BOOLEAN`: `bool`.";
    I8,        PT_I8,         I8,        i64,           "`PT_I8`: `i64`.";
    SysTime,   PT_SYSTIME,    SysTime,   FileTime,      "`PT_SYSTIME`: [`FileTime`](crate::FileTime).";
    Clsid,     PT_CLSID,      Clsid,     Guid,          "`PT_CLSID`: [`Guid`](crate::Guid).";
    Binary,    PT_BINARY,     Binary,    Vec<u8>,       "`PT_BINARY`: bytes.";
    MvLong,    PT_MV_LONG,    MvLong,    Vec<i32>,      "`PT_MV_LONG`: `i32`s.";
    MvSysTime, PT_MV_SYSTIME, MvSysTime, Vec<FileTime>, "`PT_MV_SYSTIME`: [`FileTime`](crate::FileTime)s.";
    MvClsid,   PT_MV_CLSID,   MvClsid,   Vec<Guid>,     "`PT_MV_CLSID`: [`Guid`](crate::Guid)s.";
    MvBinary,  PT_MV_BINARY,  MvBinary,  Vec<Vec<u8>>,  "`PT_MV_BINARY`: byte strings.";
    Unicode,   PT_UNICODE,    Unicode,   String,        "`PT_UNICODE`: text, converted from 8-bit where a file stores that.";
    MvUnicode, PT_MV_UNICODE, MvUnicode, Vec<String>,   "`PT_MV_UNICODE`: texts.";
}

/// The Rust form of what a value variant holds.
trait Exposed<T> {
    fn exposed(self) -> T;
}

impl<T> Exposed<T> for T {
    fn exposed(self) -> T {
        self
    }
}

impl Exposed<String> for Text {
    fn exposed(self) -> String {
        self.into_string_lossy()
    }
}

impl Exposed<Vec<String>> for Vec<Text> {
    fn exposed(self) -> Vec<String> {
        self.into_iter().map(Text::into_string_lossy).collect()
    }
}

macro_rules! into_values {
    ($($kind:ident: $($from:ty => |$v:ident| $to:expr),+;)+) => {$($(
        impl IntoValue<kind::$kind> for $from {
            fn into_value(self) -> PropValue {
                let $v = self;
                $to
            }
        }
    )+)+};
}

into_values! {
    I2: i16 => |v| PropValue::I2(v);
    Long: i32 => |v| PropValue::Long(v);
    R4: f32 => |v| PropValue::R4(v);
    Double: f64 => |v| PropValue::Double(v);
    Currency: i64 => |v| PropValue::Currency(v);
    AppTime: f64 => |v| PropValue::AppTime(v);
    ErrorCode: u32 => |v| PropValue::Error(v);
    Boolean: bool => |v| PropValue::Boolean(v);
    I8: i64 => |v| PropValue::I8(v);
    SysTime: FileTime => |v| PropValue::SysTime(v), std::time::SystemTime => |v| PropValue::SysTime(v.into());
    Clsid: Guid => |v| PropValue::Clsid(v);
    Binary: Vec<u8> => |v| PropValue::Binary(v), &[u8] => |v| PropValue::Binary(v.to_vec());
    MvLong: Vec<i32> => |v| PropValue::MvLong(v), &[i32] => |v| PropValue::MvLong(v.to_vec());
    MvSysTime: Vec<FileTime> => |v| PropValue::MvSysTime(v);
    MvClsid: Vec<Guid> => |v| PropValue::MvClsid(v);
    MvBinary: Vec<Vec<u8>> => |v| PropValue::MvBinary(v);
    Unicode: &str => |v| PropValue::Unicode(v.into()), String => |v| PropValue::Unicode(v.into()),
        &String => |v| PropValue::Unicode(v.as_str().into()), Text => |v| PropValue::Unicode(v);
    MvUnicode: Vec<String> => |v| PropValue::MvUnicode(v.into_iter().map(Text::from).collect()),
        &[&str] => |v| PropValue::MvUnicode(v.iter().map(|t| Text::from(*t)).collect());
}

impl<const N: usize> IntoValue<kind::Binary> for &[u8; N] {
    fn into_value(self) -> PropValue {
        PropValue::Binary(self.to_vec())
    }
}
