//! MAPI's property tags.

use super::{Tag, kind};

/// `PR_SUBJECT_W`.
pub const PR_SUBJECT_W: Tag<kind::Unicode> = Tag::new(0x0037);
