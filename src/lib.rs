//! MAPI's IMessage-on-IStorage, portable: sessions and .msg files without Outlook.
#![forbid(unsafe_code)]

mod error;
mod prop;
mod wire;

pub use error::{Cause, Code, Error, Place, Result, map_storage_code, map_storage_scode};
pub use prop::{
    IntoValue, Kind, NamedProp, NamedTag, Prop, PropId, PropName, PropSet, PropTag, PropType,
    PropValue, Tag, kind, tags,
};
pub use wire::{CodePage, Decoded, Encoded, FileTime, Guid, ParseGuidError, Text};
