//! Layer 2: properties. Types, tags and values; how an object's properties are stored.

mod name;
mod ptype;
mod tag;
pub mod tags;
mod typed;
mod value;

pub use name::{NamedProp, PropName, PropSet};
pub use ptype::PropType;
pub(crate) use ptype::Storing;
pub use tag::{PropId, PropTag};
pub use typed::{IntoValue, Kind, NamedTag, Tag, kind};
pub use value::{Prop, PropValue};
