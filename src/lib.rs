//! MAPI's IMessage-on-IStorage, portable: sessions and .msg files without Outlook.
#![forbid(unsafe_code)]

mod error;
mod prop;
mod wire;

pub use error::{Cause, Code, Error, Place, Result, map_storage_code, map_storage_scode};
pub use prop::{
    IntoValue, Kind, NamedFact, NamedProp, NamedTag, Prop, PropId, PropName, PropSet, PropTag,
    PropType, PropValue, Tag, canonical_name, kind, named_by_canonical, named_fact,
    named_tags as named, prop_name, suggest, tag_by_name, tags,
};
pub use wire::{FileTime, Guid, ParseGuidError, Text};
