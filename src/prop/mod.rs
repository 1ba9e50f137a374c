//! Layer 2: properties. Types, tags and values; how an object's properties are stored.

mod codec;
mod conversation;
mod entry_id;
mod facts;
mod fields;
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
mod verbs;

pub(crate) use codec::encode_stream;
pub use conversation::{ConversationIndex, ReplyBlock};
pub use entry_id::{
    AddressBookId, AddressKey, ContactAddressId, EntryId, FolderId, MemberId, MessageId, OneOffId,
    StoreId, read_flat_entry_list, write_flat_entry_list,
};
pub use facts::{
    NamedFact, canonical_name, named_by_canonical, named_fact, prop_name, suggest, tag_by_name,
};
pub(crate) use facts::{ObjectKind, computed, computed_once_saved};
pub(crate) use fields::Fields;
pub use global_object_id::GlobalObjectId;
pub use name::{NamedProp, PropName, PropSet};
pub use ptype::PropType;
pub(crate) use ptype::Storing;
pub use recurrence::{
    Frequency, LocalMinutes, Recurrence, RecurrenceEnd, RecurrenceException, RecurrencePattern,
    Weekdays,
};
pub use tag::{PropId, PropTag};
pub use typed::{IntoValue, Kind, NamedTag, Tag, kind};
pub use value::{Prop, PropValue};
pub use verbs::{Verb, read_verbs, write_verbs};
