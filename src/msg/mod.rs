//! Layer 3: messages. Sessions, messages, attachments, recipients, tables; how they are saved.
//!
//! ```text
//!   Session ---- Weak ----> Slot = Mutex<Option<Body>>  one top-level message and all open in it
//!   Message, Attachment ---> Handle { slot, object id }  shells; the body holds the objects
//!   Body: the caller's storage, a level of changes over it, the name map, the open objects
//! ```
//! Opening a thing twice gives the same object. Closing the session empties the slots; handles that
//! are left answer `MAPI_E_OBJECT_DELETED`. Dropping a handle frees and reverts, it never writes.
//! A save goes up one level: embedded message, attachment, message, storage.
//! `ARCHITECTURE.md` follows a read and a save through the layers.
//! Spec: imessage-contract 1, 3, 4.

mod address;
mod attach;
mod attributes;
mod best_body;
mod bodies;
mod body;
mod changes;
mod check;
#[doc(hidden)]
pub mod com;
mod computed;
mod content;
mod copy;
mod dates;
mod defaults;
mod export;
mod given;
mod handle;
mod headers;
mod inline;
mod message;
mod object;
mod open;
mod options;
mod placed;
mod props;
mod read_flag;
mod recipient;
mod recipients;
mod release;
mod renumber;
mod resolve;
mod restore;
mod rows;
mod rtf_pages;
mod rtf_sync;
mod save;
mod sender;
mod session;
mod stream;
mod table;
mod text;
mod view;

pub(crate) use address::looks_like_address;
pub use attach::{Access, Attachment};
pub use attributes::PropAttributes;
pub use best_body::{BodyRtf, BodySource, BodyText};
pub use bodies::{Bodies, NativeBody};
pub use check::{check_file, check_message};
pub use content::{AttachContent, AttachFile, WebReference, numbered_file_name, safe_file_name};
pub(crate) use content::{extension_of, media};
pub use copy::{CopyFlags, CopyOptions, CopyTarget, Progress, TargetKind};
pub(crate) use dates::mail_date;
pub use dates::{DateSource, MessageDate};
pub(crate) use headers::{Headers, decoded as decoded_words};
pub use inline::{Disposition, InlineReason};
pub(crate) use inline::{normalised, percent_decoded, references};
pub use message::Message;
pub use object::{MapiProp, PropKey, PropProblem, StoredProp};
pub use options::MessageOptions;
pub use read_flag::ReadFlags;
pub use recipient::{Modify, Recipient, RecipientType};
pub use restore::{RawAttachment, RawData, RawMember, RawMessage, RawProp, RawStorage, restore};
pub use rtf_sync::RtfSync;
pub use save::SaveFlags;
pub use sender::Mailbox;
pub use session::{Session, SessionOptions};
pub use stream::{OpenStream, PropStream};
pub use table::{
    BitMask, Bookmark, ColumnFlags, FindFlags, FuzzyLevel, Position, Relop, Restriction, Row,
    RowFlags, SortOrder, Sought, Table,
};
pub use view::{
    Appointment, Attendee, AttendeeKind, BusyStatus, Common, Contact, ContactEmail, DistList,
    EmailSlot, Importance, Item, ItemClass, Journal, ListMember, LocalDate, Meeting, MeetingKind,
    Note, NoteColor, Post, PostalAddress, Report, ReportKind, ReportRecipient, ResponseStatus,
    Sensitivity, Task, TaskRequest, TaskRequestKind, TaskStatus,
};
