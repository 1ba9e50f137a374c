//! MAPI's IMessage-on-IStorage, portable: sessions and .msg files without Outlook.
//!
//! A .msg file is a message as Outlook saves it: a file system in a file (a *compound file*), whose
//! storages and streams hold properties, recipients, attachments and the messages inside them. This
//! crate reads, makes and changes such files, on any system. What MAPI names has MAPI's name here.
//!
//! # Reading
//! ```
//! use openimsg::{CompoundFile, Session, tags::*};
//! # use openimsg::{Message, Modify, Recipient, SaveFlags};
//! # let path = std::env::temp_dir().join(format!("openimsg-read-{}.msg", std::process::id()));
//! # let made = Message::create(CompoundFile::create_or_replace(&path)?)?;
//! # made.set(PR_SUBJECT_W, "Minutes")?;
//! # made.modify_recipients(Modify::Add, &[Recipient::new("Ana", "ana@example.org")])?;
//! # made.save_changes(SaveFlags::empty())?;
//! # drop(made);
//!
//! let session = Session::new();
//! let message = session.open_message(CompoundFile::open(&path)?)?;
//! let subject: Option<String> = message.get(PR_SUBJECT_W)?; // None: absent. Err: broken.
//! assert_eq!(subject.as_deref(), Some("Minutes"));
//! for recipient in message.recipients()? {
//!     println!("{:?} {:?}", recipient.display_name(), recipient.address());
//! }
//! for number in message.attachment_numbers()? {
//!     println!("{:?}", message.open_attach(number)?.file_name()?);
//! }
//! # std::fs::remove_file(path).unwrap();
//! # Ok::<(), openimsg::Error>(())
//! ```
//!
//! # Changing
//! ```
//! use openimsg::{CompoundFile, SaveFlags, Session, named::PID_NAME_KEYWORDS, tags::*};
//! # use openimsg::Message;
//! # let path = std::env::temp_dir().join(format!("openimsg-edit-{}.msg", std::process::id()));
//! # let made = Message::create(CompoundFile::create_or_replace(&path)?)?;
//! # made.save_changes(SaveFlags::empty())?;
//! # drop(made);
//!
//! let session = Session::new();
//! let message = session.open_message(CompoundFile::edit(&path)?)?;
//! message.set(PR_SUBJECT_W, "RE: Minutes")?;
//! message.set(PID_NAME_KEYWORDS, &["boat", "harbour"][..])?;
//! message.save_changes(SaveFlags::KEEP_OPEN_READWRITE)?; // all of it, or nothing
//! # std::fs::remove_file(path).unwrap();
//! # Ok::<(), openimsg::Error>(())
//! ```
//! A save goes up one level: an embedded message into its attachment, an attachment into its
//! message, a message into its file. Only the last one reaches the disk. What was not changed keeps
//! its bytes. What was not saved is gone when its handle is dropped, or its session closed.
//!
//! # Where things are
//!
//! | For | Look at |
//! |---|---|
//! | sessions | [`Session`], [`SessionOptions`], [`MessageOptions`]; [`Message::open`] for a message without one |
//! | messages | [`Message`], [`Attachment`], [`Recipient`], [`Modify`]; both objects are a [`MapiProp`] |
//! | who, when, what is attached | [`Message::sender`], [`Message::recipients`], [`Message::date`], [`Message::bodies`]; [`Attachment::content`], [`Attachment::as_file`], [`Attachment::disposition`] |
//! | new attachments, received mail, drafts | [`Message::attach_file`], [`Message::attach_message`], [`Message::mark_as_received`], [`Message::mark_as_draft`] |
//! | properties | [`MapiProp::get`], [`MapiProp::set`], [`MapiProp::get_props`]; [`PropValue`], [`PropTag`] |
//! | names of properties | [`tags`] (`PR_..`), [`named`] (`PID_LID_..`, `PID_NAME_..`), [`prop_name`], [`tag_by_name`] |
//! | values of any size | [`MapiProp::open_stream`], [`MapiProp::open_transacted_stream`], [`PropStream`] |
//! | appointments, contacts, tasks, .. | [`Message::item`], [`Item`], [`Common`] |
//! | entry identifiers and search keys | [`EntryId`], [`AddressKey`], [`read_flat_entry_list`] |
//! | structured values | [`GlobalObjectId`], [`ConversationIndex`], [`Recurrence`], [`read_verbs`] |
//! | lists | [`Message::attachment_table`], [`Message::recipient_table`], [`Table`]; [`Restriction`], [`SortOrder`], [`Bookmark`] |
//! | files | [`CompoundFile`], [`StorageOptions`], [`Mode`]; [`Storage`] and [`Stream`] for a storage of your own; [`LockBytes`] for bytes of your own |
//! | damaged files | [`Salvage`] |
//! | storages as COM has them | [`StreamCursor`], [`MemoryStream`], [`Elements`], [`copy_storage`], [`move_element_to`], [`ole`] |
//! | a message as it is, to the bit | [`MapiProp::stored_props`], [`restore()`](restore()), [`RawMessage`] |
//! | bodies | [`body`]: compressed RTF; HTML and plain text inside RTF |
//! | Internet mail | [`mime`]: .eml of messages and messages of .eml, winmail.dat, calendars, cards |
//! | copies | [`MapiProp::copy_to`], [`MapiProp::copy_props`], [`CopyTarget`] for a store of your own |
//! | what is wrong with a file | [`check_file`], [`check_bytes`], [`Finding`] |
//! | what is left of a damaged file | [`Salvage`] |
//!
//! # Layers
//! ```text
//!   mime    to and from Internet mail
//!    |
//!   msg     sessions, messages, tables                body    compressed RTF
//!    |                                                  |
//!   prop    tags, values, the name map, one object's properties
//!    |                                                  |
//!   stg     storages, transactions, compound files      |
//!    |                                                  |
//!   wire, error, limits, finding                       bytes, codes, bounds
//! ```
//! A layer uses those below and knows nothing of those above. A message accepts any [`Storage`], and
//! never asks whose it is.
//!
//! # Errors
//! There is one type, [`Error`]. Its [`Code`] is MAPI's or COM's result code, its [`Cause`] says
//! whose fault it is, and it prints what was being done, what was wrong and where in the file.
//! Absent, empty and unreadable are three answers: `Ok(None)`, `Ok(Some(""))` and `Err`. A call on
//! many properties that fails for some of them succeeds, and lists a [`PropProblem`] for each.
//! What a lenient reading forgave is not an error but a [`Finding`].
//!
//! # Files from strangers
//! The crate has no unsafe code. A length in a file is held against the bytes that are there before
//! memory is asked for, every walk has a bound, and [`Limits`] caps the rest. A file is read, never
//! mapped. Nothing is fetched or run, and no path in a message is followed.
//!
//! # Features
//! None so far: everything is always there.
#![forbid(unsafe_code)]

pub mod body;
mod error;
mod finding;
mod limits;
pub mod mime;
mod msg;
mod prop;
mod stg;
mod wire;

pub use error::{Cause, Code, Error, Place, Result, map_storage_code, map_storage_scode};
pub use finding::{Finding, Severity, Validation};
pub use limits::Limits;
#[doc(hidden)]
pub use msg::com as mapi;
pub use msg::{
    Access, Appointment, AttachContent, AttachFile, Attachment, Attendee, AttendeeKind, BitMask,
    Bodies, BodyRtf, BodySource, BodyText, Bookmark, BusyStatus, ColumnFlags, Common, Contact,
    ContactEmail, CopyFlags, CopyOptions, CopyTarget, DateSource, Disposition, DistList, EmailSlot,
    FindFlags, FuzzyLevel, Importance, InlineReason, Item, ItemClass, Journal, ListMember,
    LocalDate, Mailbox, MapiProp, Meeting, MeetingKind, Message, MessageDate, MessageOptions,
    Modify, NativeBody, Note, NoteColor, OpenStream, Position, Post, PostalAddress, Progress,
    PropAttributes, PropKey, PropProblem, PropStream, RawAttachment, RawData, RawMember,
    RawMessage, RawProp, RawStorage, ReadFlags, Recipient, RecipientType, Relop, Report,
    ReportKind, ReportRecipient, ResponseStatus, Restriction, Row, RowFlags, RtfSync, SaveFlags,
    Sensitivity, Session, SessionOptions, SortOrder, Sought, StoredProp, Table, TargetKind, Task,
    TaskRequest, TaskRequestKind, TaskStatus, WebReference, check_file, check_message,
    numbered_file_name, restore, safe_file_name,
};
pub use prop::{
    AddressBookId, AddressKey, ContactAddressId, ConversationIndex, EntryId, FolderId, Frequency,
    GlobalObjectId, IntoValue, Kind, LocalMinutes, MemberId, MessageId, NamedFact, NamedProp,
    NamedTag, OneOffId, Prop, PropId, PropName, PropSet, PropTag, PropType, PropValue, Recurrence,
    RecurrenceEnd, RecurrenceException, RecurrencePattern, ReplyBlock, StoreId, Tag, Verb,
    Weekdays, canonical_name, kind, named_by_canonical, named_fact, named_tags as named, prop_name,
    read_flat_entry_list, read_verbs, suggest, tag_by_name, tags, write_flat_entry_list,
    write_verbs,
};
pub use stg::{
    Clock, CommitFlags, Committed, CompoundFile, Copied, DirectWriterLock, ElementKind,
    ElementName, ElementTimes, Elements, ElementsIter, Exclude, FileLockBytes, LockBytes,
    LockTypes, MemoryLockBytes, MemoryStream, Mode, Salvage, SalvageItem, SalvageSummary,
    SeekOrigin, SeekStream, StatStg, Storage, StorageOptions, Stream, StreamCursor, Transfer,
    Writer, check_bytes, copy_storage, move_element_to, ole,
};
#[doc(hidden)]
pub use stg::{Disk, Level, com};
pub use wire::{CodePage, Decoded, Encoded, FileTime, Guid, ParseGuidError, Text};

/// Runs the examples of `README.md` with those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
