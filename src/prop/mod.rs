//! Layer 2: properties. Types, tags and values; how an object's properties are stored.

mod codec;
mod entry_id;
mod facts;
mod global_object_id;
mod name;
pub(crate) mod named;
pub mod named_tags;
mod ptype;
mod recurrence;
pub(crate) mod store;
pub(crate) mod stream;
mod tag;
pub mod tags;
mod typed;
mod value;

pub(crate) use codec::encode_stream;
pub use entry_id::{EntryId, flat_entry_list};
pub use facts::{
    NamedFact, canonical_name, named_by_canonical, named_fact, prop_name, suggest, tag_by_name,
};
pub(crate) use facts::{ObjectKind, computed, computed_once_saved};
pub use global_object_id::GlobalObjectId;
pub use name::{NamedProp, PropName, PropSet};
pub use ptype::PropType;
pub(crate) use ptype::Storing;
pub use recurrence::{LocalMinutes, Recurrence, RecurrenceDays, RecurrenceEnd};
pub use tag::{PropId, PropTag};
pub use typed::{IntoValue, Kind, NamedTag, Tag, kind};
pub use value::{Prop, PropValue};
