//! The compound file: reading its bytes where they lie, writing new files, checking the rules.
//!
//! ```text
//!   base    the bytes: whole in memory, or read by pieces: window
//!   header  the first 512 bytes
//!   fat     which sector follows which (DIFAT, FAT, mini FAT)
//!   chain   a stream's sectors as runs of bytes in the base
//!   dirent  the 128-byte directory entries;  index: the members of one storage, sorted
//!   file    one committed file, immutable;   read: handles on it
//!   layout  where everything goes in a new file;   write: its bytes, front to back
//!   check   every rule, broken ones named
//! ```
//!
//! Nothing here trusts a number from the file: chains are bounded, trees are walked with an owner
//! for each slot, sizes are capped by what the chain holds. `docs/format/compound-file.md` draws the
//! bytes. Spec: structured-storage parts 1 and 4.

mod base;
mod chain;
pub(crate) mod check;
mod dirent;
mod fat;
mod file;
mod header;
mod index;
mod layout;
mod read;
pub(crate) mod shadow;
mod window;
mod write;

pub(crate) use base::{Base, read_some};
pub(crate) use chain::CfbStream;
pub(crate) use dirent::Dirent;
pub(crate) use file::Cfb;
pub(crate) use header::{Version, looks_like_compound_file};
pub(crate) use read::{ReadStorage, check_member_mode, stat_of};
pub(crate) use write::{Content, Element, Meta, Plan, What, plan_len, write_behind, write_plan};

/// Sector and slot numbers with a meaning of their own. Spec: structured-storage 1.1.
pub(crate) mod special {
    pub(crate) const MAX_REGULAR: u32 = 0xFFFF_FFFA;
    pub(crate) const DIFSECT: u32 = 0xFFFF_FFFC;
    pub(crate) const FATSECT: u32 = 0xFFFF_FFFD;
    pub(crate) const END_OF_CHAIN: u32 = 0xFFFF_FFFE;
    pub(crate) const FREE: u32 = 0xFFFF_FFFF;
    pub(crate) const NO_STREAM: u32 = 0xFFFF_FFFF;
    /// The sector that holds the range locks of a version 4 file. Spec: S-171.
    pub(crate) const RANGE_LOCK: u64 = 0x7FFFE;
}
