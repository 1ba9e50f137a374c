//! The C door: MAPI's functions and interfaces for programs in C and C++.
//!
//! The library is `libopenimsg`; its headers, in `include/`, have MAPI's names, so that programs that
//! read and write messages through `OpenIMsgOnIStg` compile as they are. What a call means is decided in
//! the Rust library, in `openimsg::mapi` and `openimsg::com`; here pointers become types and back.
//!
//! ```text
//!   exports    the functions with MAPI's names
//!   objects    the interfaces: one file each, safe code
//!   values     structures of C <-> types of Rust
//!   ffi        the only unsafe code: pointers, counts, allocators, objects of the caller's
//!   abi        structures and tables as C lays them out
//! ```
#![deny(unsafe_code)]
#![deny(unsafe_op_in_unsafe_fn)]
#![deny(clippy::undocumented_unsafe_blocks)]

mod abi;
mod exports;
#[allow(unsafe_code, reason = "the only place for it")]
mod ffi;
mod gate;
mod objects;
mod values;
