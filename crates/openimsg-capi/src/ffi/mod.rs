//! The only code of the door that is unsafe: what a C caller promises is turned into types here, and
//! everything above is safe code over them.
//!
//! | File | The promise it rests on |
//! |---|---|
//! | [`ptr_in`] | a pointer that is passed in is null or points to what the header says, for the call |
//! | [`ptr_out`] | an output pointer is null or writable; a caller's allocator gives what it is asked for |
//! | [`refcount`] | a method is called on an object whose reference the caller holds |
//! | [`alloc`] | a block is freed once, by the function that goes with the one that made it |
//! | [`relocate`] | values that were moved lie, with all they point to, where the caller says |
//! | [`foreign`] | an object of the caller's keeps COM's rules |
//!
//! Nothing outside can make a pointer of these types that is not null: only C can, by calling.

pub(crate) mod alloc;
pub(crate) mod foreign;
pub(crate) mod ptr_in;
pub(crate) mod ptr_out;
pub(crate) mod refcount;
pub(crate) mod relocate;

pub(crate) use foreign::{Foreign, Iface};
pub(crate) use ptr_in::In;
pub(crate) use ptr_out::{Allocators, Out, Writer};
pub(crate) use refcount::{Answer, Class, Held, Ref, Registry, This};
