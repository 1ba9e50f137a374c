//! The functions with MAPI's and COM's names. Spec: imessage-contract 1.1, 1.12; structured-storage 2.3.
//!
//! | File | Functions |
//! |---|---|
//! | [`messages`] | sessions, messages, attributes |
//! | [`memory`] | `MAPIAllocateBuffer` and relatives, task memory, `MAPIInitialize` |
//! | [`roots`] | `StgCreateDocfile` and relatives |
//! | [`ole`] | classes and user types of storages and streams |
//! | [`rtf`] | `WrapCompressedRTFStream` |
//! | [`file_streams`] | `OpenStreamOnFile` |
//! | [`one_prop`], [`rows`] | helpers on objects: one property, all rows |
//! | [`values`], [`text`] | helpers on values, and on hexadecimal text |
//! | [`iids`] | identifiers of interfaces and property sets |
//! | [`about`] | what is alive, versions; ours |

mod about;
mod file_streams;
mod iids;
mod memory;
mod messages;
mod ole;
mod one_prop;
mod roots;
mod rows;
mod rtf;
mod text;
mod values;

/// Gives a function the name and the calling convention that C callers know it by.
macro_rules! export {
    ($($(#[$meta:meta])* fn $name:ident($($arg:tt)*) $(-> $ret:ty)? $body:block)*) => {$(
        $(#[$meta])*
        #[allow(unsafe_code, non_snake_case, clippy::too_many_arguments, reason = "C's")]
        #[unsafe(no_mangle)]
        pub(crate) extern "system" fn $name($($arg)*) $(-> $ret)? $body
    )*};
}
use export;
