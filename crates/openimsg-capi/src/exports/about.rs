//! What this library tells of itself; none of it is MAPI's.

use super::export;
use crate::abi::Raw;
use crate::ffi::{alloc, refcount};

export! {
    /// How many objects callers hold. The `IMalloc` of the process is one, once it was asked for.
    fn openimsg_live_objects() -> u32 {
        refcount::alive()
    }

    /// How many MAPI buffers and blocks of task memory callers hold.
    fn openimsg_live_buffers() -> u32 {
        alloc::buffers()
    }

    /// The version of the library: text that ends with zero, never freed.
    fn openimsg_version() -> Raw {
        concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast_mut().cast()
    }

    /// How large a value `GetProps` gives without a list of tags and with one, in bytes; for the
    /// process.
    fn openimsg_set_value_limits(without_list: u64, with_list: u64) {
        openimsg::mapi::set_value_limits(without_list, with_list);
    }
}
