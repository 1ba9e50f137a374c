//! MAPI's IMessage-on-IStorage, portable: sessions and .msg files without Outlook.
#![forbid(unsafe_code)]

pub mod body;
mod error;
mod finding;
mod prop;
mod wire;

pub use error::{Cause, Code, Error, Place, Result, map_storage_code, map_storage_scode};
pub use finding::{Finding, Severity, Validation};
pub use prop::{
    IntoValue, Kind, NamedProp, NamedTag, Prop, PropId, PropName, PropSet, PropTag, PropType,
    PropValue, Tag, kind, tags,
};
pub use wire::{FileTime, Guid, ParseGuidError, Text};
