//! How views are made: a table of fields becomes getters and setters.

use super::class::ItemClass;
use crate::error::Result;
use crate::msg::message::Message;
use crate::msg::object::PropKey;
use crate::prop::{IntoValue, Kind};
use crate::tags::PR_MESSAGE_CLASS_W;
use crate::wire::FileTime;

/// What a view shows of a stored value; `None` where the value itself says that there is none.
pub(super) trait Shown<V>: Sized {
    fn shown(stored: V) -> Option<Self>;
}

macro_rules! as_stored {
    ($($ty:ty),+) => {$(
        impl Shown<$ty> for $ty {
            fn shown(stored: $ty) -> Option<$ty> {
                Some(stored)
            }
        }
    )+};
}
as_stored!(String, i32, f64, bool, Vec<u8>, Vec<String>, Vec<Vec<u8>>);

impl Shown<FileTime> for FileTime {
    fn shown(stored: FileTime) -> Option<FileTime> {
        (!stored.is_none()).then_some(stored)
    }
}

/// Reads a property as a view shows it.
pub(super) fn read<K: Kind, T: Shown<K::Value>>(
    message: &Message<'_>,
    key: impl PropKey<K>,
) -> Result<Option<T>> {
    Ok(message.get(key)?.and_then(T::shown))
}

/// Sets a property of an item; one without a class gets the class of the view.
pub(super) fn write<K: Kind>(
    message: &Message<'_>,
    class: Option<&str>,
    key: impl PropKey<K>,
    value: impl IntoValue<K>,
) -> Result<()> {
    if let Some(class) = class {
        let stored = message.get(PR_MESSAGE_CLASS_W)?;
        let stored = stored.as_deref().map(|text| text.trim_end_matches('\0'));
        if stored.is_none_or(|text| text.is_empty() || text.eq_ignore_ascii_case("IPM")) {
            message.set(PR_MESSAGE_CLASS_W, ItemClass::new(class).as_str())?;
        }
    }
    message.set(key, value)
}

/// Makes a view over a message: its type, how to get one, and what all views have.
macro_rules! view {
    ($(#[$doc:meta])+ $name:ident $(, $class:literal)?) => {
        $(#[$doc])+
        #[derive(Debug, Clone)]
        pub struct $name<'s> {
            pub(super) message: Message<'s>,
        }

        impl<'s> $name<'s> {
            $(
                /// The class that the setters give to a message without one.
                const CLASS: Option<&'static str> = Some($class);
            )?

            /// This view of any message, whatever its class.
            #[must_use]
            pub fn of(message: &Message<'s>) -> $name<'s> {
                $name { message: message.clone() }
            }

            /// The message itself.
            #[must_use]
            pub fn message(&self) -> &Message<'s> {
                &self.message
            }

            /// What every item has: categories, importance, reminder, flag.
            #[must_use]
            pub fn common(&self) -> $crate::msg::view::Common<'s> {
                self.message.common()
            }
        }
    };
}

/// Makes the getters, and setters where a second name is given.
macro_rules! fields {
    ($name:ident { $(
        $(#[$doc:meta])+
        $get:ident $(, $set:ident($arg:ty))?: $ty:ty = $tag:expr;
    )+ }) => {
        impl $name<'_> {
            $(
                $(#[$doc])+
                ///
                /// # Errors
                /// As [`MapiProp::get`](crate::MapiProp::get).
                pub fn $get(&self) -> Result<Option<$ty>> {
                    $crate::msg::view::field::read(&self.message, $tag)
                }
                $(
                    /// Sets what the getter of this name gives. A message without a class gets the
                    /// class of this view.
                    ///
                    /// # Errors
                    /// As [`MapiProp::set`](crate::MapiProp::set).
                    pub fn $set(&self, value: $arg) -> Result<()> {
                        $crate::msg::view::field::write(&self.message, $name::CLASS, $tag, value)
                    }
                )?
            )+
        }
    };
}

/// Makes an enum of a stored `PT_LONG`, which keeps the numbers it does not know.
macro_rules! stored_enum {
    ($(#[$doc:meta])+ $name:ident { $($(#[$vdoc:meta])+ $variant:ident = $raw:literal,)+ }) => {
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$vdoc])+ $variant,)+
            /// Another number, as stored.
            Other(i32),
        }

        impl $name {
            /// Of the stored number.
            #[must_use]
            pub fn from_raw(raw: i32) -> $name {
                match raw {
                    $($raw => $name::$variant,)+
                    other => $name::Other(other),
                }
            }

            /// The number as stored.
            #[must_use]
            pub fn raw(self) -> i32 {
                match self {
                    $($name::$variant => $raw,)+
                    $name::Other(other) => other,
                }
            }
        }

        impl $crate::msg::view::field::Shown<i32> for $name {
            fn shown(stored: i32) -> Option<$name> {
                Some($name::from_raw(stored))
            }
        }

        impl $crate::prop::IntoValue<$crate::prop::kind::Long> for $name {
            fn into_value(self) -> $crate::prop::PropValue {
                $crate::prop::PropValue::Long(self.raw())
            }
        }
    };
}

pub(super) use {fields, stored_enum, view};
