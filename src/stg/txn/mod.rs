//! Transactions: levels of changes over something committed.
//!
//! ```text
//!   root level      nodes: what this opener has touched; the rest stays in the source
//!     | commit        source: a committed file (then commit writes a new one),
//!     v                       another storage (then commit replays the changes on it)
//!   sub-storage opened TRANSACTED: a level of its own whose source is a node of the outer level;
//!     its commit merges into that node, its revert forgets, nothing reaches the disk
//! ```
//! A node is made when an element is touched; a storage's node knows all its members by name, each
//! either a node or still as in the source. Stream contents are shared pages, copied on write, so a
//! snapshot costs nothing. Structure changes take the root's gate for writing; everything else
//! reads beside. Spec: structured-storage 2.6, S-118, S-119, S-120, S-121, S-122, S-123, S-124,
//! S-125, S-126, S-127, S-128, S-129, S-130, S-131, S-132, S-133, S-169.

mod content;
mod edit;
mod enumerate;
mod handle;
mod level;
mod listed;
mod members;
mod merge;
mod meta;
mod node;
mod peek;
mod plan;
mod replay;
mod root;
mod sorted;
mod spill;
mod stream;

pub(crate) use edit::{changed_bytes, edit_of};
pub(crate) use handle::{TxnStorage, new_root_meta};
pub use level::Level;
pub(crate) use level::overlay;
pub(crate) use node::{Source, StorageNode};
pub(crate) use plan::{is_dirty, plan_of, rebase};
pub(crate) use root::RootCommit;
pub(crate) use spill::Spill;
