//! MAPI's IMessage-on-IStorage, portable: sessions and .msg files without Outlook.
#![forbid(unsafe_code)]

pub mod body;
mod error;
mod finding;
mod limits;
mod msg;
mod prop;
mod stg;
mod wire;

pub use error::{Cause, Code, Error, Place, Result, map_storage_code, map_storage_scode};
pub use finding::{Finding, Severity, Validation};
pub use limits::Limits;
pub use msg::{
    Access, Attachment, Mailbox, MapiProp, Message, Modify, OpenStream, PropKey, PropProblem,
    PropStream, RawAttachment, RawData, RawMember, RawMessage, RawProp, RawStorage, Recipient,
    RecipientType, Row, SaveFlags, Session, SessionOptions, SortOrder, StoredProp, Table,
    check_file, check_message, restore,
};
pub use prop::{
    IntoValue, Kind, NamedFact, NamedProp, NamedTag, Prop, PropId, PropName, PropSet, PropTag,
    PropType, PropValue, Tag, canonical_name, kind, named_by_canonical, named_fact,
    named_tags as named, prop_name, suggest, tag_by_name, tags,
};
#[doc(hidden)]
pub use stg::Level;
pub use stg::{
    Clock, CommitFlags, CompoundFile, ElementKind, ElementName, ElementTimes, Exclude, Mode,
    StatStg, Storage, StorageOptions, Stream, check_bytes, copy_storage,
};
pub use wire::{CodePage, Decoded, Encoded, FileTime, Guid, ParseGuidError, Text};
