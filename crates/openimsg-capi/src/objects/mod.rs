//! The objects that callers get, each with its table.
//!
//! | File | Interface |
//! |---|---|
//! | [`props`], [`message`] | `IMAPIProp`, `IMessage`, `IAttach` |
//! | [`table`] | `IMAPITable` |
//! | [`stream`] | `ISequentialStream`, `IStream` |
//! | [`file_stream`] | what `OpenStreamOnFile` gives |
//! | [`storage`], [`root`], [`elements`] | `IStorage`, `IRootStorage`, `IEnumSTATSTG` |
//! | [`rtf_stream`] | what `WrapCompressedRTFStream` gives |
//! | [`lock_bytes`] | `ILockBytes` |
//! | [`malloc`] | `IMalloc` |
//!
//! A method turns what it is given into the library's types, calls the function of `openimsg::mapi` or
//! `openimsg::com` of its name, and turns back what that found. It decides nothing.

pub(crate) mod copy;
pub(crate) mod elements;
pub(crate) mod family;
pub(crate) mod file_stream;
pub(crate) mod lock_bytes;
pub(crate) mod malloc;
pub(crate) mod message;
pub(crate) mod open;
pub(crate) mod props;
pub(crate) mod root;
pub(crate) mod rtf_stream;
pub(crate) mod storage;
pub(crate) mod stream;
pub(crate) mod table;
