//! Mode bits, commit flags, and what `Stat` tells.

use super::ElementName;
use crate::wire::{FileTime, Guid};
use bitflags::bitflags;

/// How a storage or stream is opened: MAPI's and COM's `STGM_*` bits.
///
/// Access and share mode are enumerations inside the bits; ask [`Mode::can_write`] and friends.
/// Spec: structured-storage 2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Mode(u32);

impl Mode {
    /// `STGM_READ`.
    pub const READ: Mode = Mode(0);
    /// `STGM_WRITE`.
    pub const WRITE: Mode = Mode(1);
    /// `STGM_READWRITE`.
    pub const READWRITE: Mode = Mode(2);
    /// `STGM_SHARE_EXCLUSIVE`.
    pub const SHARE_EXCLUSIVE: Mode = Mode(0x10);
    /// `STGM_SHARE_DENY_WRITE`.
    pub const SHARE_DENY_WRITE: Mode = Mode(0x20);
    /// `STGM_SHARE_DENY_READ`.
    pub const SHARE_DENY_READ: Mode = Mode(0x30);
    /// `STGM_SHARE_DENY_NONE`.
    pub const SHARE_DENY_NONE: Mode = Mode(0x40);
    /// `STGM_CREATE`: replace what is there.
    pub const CREATE: Mode = Mode(0x1000);
    /// `STGM_FAILIFTHERE`, the default: refuse what is there.
    pub const FAIL_IF_THERE: Mode = Mode(0);
    /// `STGM_CONVERT`: what the file held becomes the stream `CONTENTS` of the new root.
    pub const CONVERT: Mode = Mode(0x2_0000);
    /// `STGM_DIRECT`, the default: no transaction.
    pub const DIRECT: Mode = Mode(0);
    /// `STGM_TRANSACTED`: changes wait for a commit.
    pub const TRANSACTED: Mode = Mode(0x1_0000);
    /// `STGM_PRIORITY`: a look at the file, which keeps nobody from opening it for a transaction.
    pub const PRIORITY: Mode = Mode(0x4_0000);
    /// `STGM_NOSCRATCH`: a hint where uncommitted bytes may lie. Accepted, changes nothing.
    pub const NOSCRATCH: Mode = Mode(0x10_0000);
    /// `STGM_NOSNAPSHOT`: this opener needs no copy of its opening state.
    pub const NOSNAPSHOT: Mode = Mode(0x20_0000);
    /// `STGM_DIRECT_SWMR`: one direct writer beside many readers.
    pub const DIRECT_SWMR: Mode = Mode(0x40_0000);
    /// `STGM_DELETEONRELEASE`: the file goes when the root is released.
    pub const DELETE_ON_RELEASE: Mode = Mode(0x400_0000);
    /// `STGM_SIMPLE`: streams only, one open at a time.
    pub const SIMPLE: Mode = Mode(0x800_0000);

    /// From the bits of a C caller.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Mode {
        Mode(bits)
    }

    /// The bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Both sets of bits.
    #[must_use]
    pub const fn and(self, other: Mode) -> Mode {
        Mode(self.0 | other.0)
    }

    /// The access bits alone: 0 read, 1 write, 2 read and write, 3 invalid.
    #[must_use]
    pub const fn access(self) -> u32 {
        self.0 & 3
    }

    /// Whether writing is allowed.
    #[must_use]
    pub const fn can_write(self) -> bool {
        matches!(self.access(), 1 | 2)
    }

    /// Whether reading is allowed.
    #[must_use]
    pub const fn can_read(self) -> bool {
        matches!(self.access(), 0 | 2)
    }

    /// Whether changes wait for a commit.
    #[must_use]
    pub const fn is_transacted(self) -> bool {
        self.0 & Mode::TRANSACTED.0 != 0
    }

    /// Whether an existing element is replaced.
    #[must_use]
    pub const fn is_create(self) -> bool {
        self.0 & Mode::CREATE.0 != 0
    }

    /// The share bits alone: 0 none, 0x10 exclusive, 0x20 deny write, 0x30 deny read, 0x40 deny none.
    #[must_use]
    pub const fn share(self) -> u32 {
        self.0 & 0x70
    }

    /// Whether all bits of a flag are set.
    pub(crate) const fn has(self, flag: Mode) -> bool {
        self.0 & flag.0 == flag.0
    }

    /// Whether others may not read meanwhile.
    pub(crate) const fn denies_read(self) -> bool {
        matches!(self.share(), 0x10 | 0x30)
    }

    /// Whether others may not write meanwhile.
    pub(crate) const fn denies_write(self) -> bool {
        matches!(self.share(), 0x10 | 0x20)
    }

    /// The mode without a flag.
    pub(crate) const fn without(self, flag: Mode) -> Mode {
        Mode(self.0 & !flag.0)
    }

    /// Whether a parent opened so grants this access to a member. Spec: structured-storage 2.2.
    pub(crate) const fn grants(self, member: Mode) -> bool {
        member.access() <= self.access()
    }

    /// The mode that `Stat` reports: without `STGM_CREATE`.
    pub(crate) const fn reported(self) -> Mode {
        Mode(self.0 & !Mode::CREATE.0)
    }
}

/// Read and write, exclusively: how members are opened for change.
pub(crate) const MEMBER_RW: Mode = Mode::READWRITE.and(Mode::SHARE_EXCLUSIVE);
/// Read, exclusively: how members are opened for reading.
pub(crate) const MEMBER_READ: Mode = Mode::READ.and(Mode::SHARE_EXCLUSIVE);

bitflags! {
    /// How to commit: `STGC_*`. Spec: structured-storage 2.6.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct CommitFlags: u32 {
        /// `STGC_OVERWRITE`: old space may be reused at once. Accepted; the commit stays crash-safe.
        const OVERWRITE = 1;
        /// `STGC_ONLYIFCURRENT`: fail with [`StgNotCurrent`](crate::Code::StgNotCurrent) if someone
        /// else committed since this opener opened or last committed.
        const ONLY_IF_CURRENT = 2;
        /// `STGC_DANGEROUSLYCOMMITMERELYTODISKCACHE`: skip the flush to the device.
        const DANGEROUSLY_COMMIT_MERELY_TO_DISK_CACHE = 4;
        /// `STGC_CONSOLIDATE`: rewrite compactly, even if nothing changed.
        const CONSOLIDATE = 8;
    }
}

/// What came of a commit that succeeded: `S_OK` and the success codes beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Committed {
    /// `S_OK`.
    Done,
    /// `STG_S_CANNOTCONSOLIDATE`: committed; only the outermost level can be laid out anew.
    CannotConsolidate,
    /// `STG_S_CONSOLIDATIONFAILED`: committed, and not laid out anew, because somebody still reads
    /// an older state or the medium had no room.
    ConsolidationFailed,
    /// `STG_S_MULTIPLEOPENS`: committed, and not laid out anew, because others have the file open.
    MultipleOpens,
}

impl Committed {
    /// The success code as COM answers it.
    #[must_use]
    pub const fn scode(self) -> u32 {
        match self {
            Committed::Done => 0,
            Committed::MultipleOpens => 0x0003_0204,
            Committed::ConsolidationFailed => 0x0003_0205,
            Committed::CannotConsolidate => 0x0003_0206,
        }
    }
}

/// Storage or stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ElementKind {
    /// A storage: holds elements.
    Storage,
    /// A stream: holds bytes.
    Stream,
}

/// What is known about a storage or stream: COM's `STATSTG`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatStg {
    /// The element's name; `None` for a root.
    pub name: Option<ElementName>,
    /// Storage or stream.
    pub kind: ElementKind,
    /// Bytes in a stream; 0 for storages.
    pub size: u64,
    /// When a storage was last changed; zero for streams.
    pub modified: FileTime,
    /// When a storage was created; zero for streams and roots.
    pub created: FileTime,
    /// The mode it was opened with, without `CREATE`; empty in enumerations.
    pub mode: Mode,
    /// The class of a storage; null for streams.
    pub class: Guid,
    /// The state bits of a storage.
    pub state_bits: u32,
}

/// Times for [`Storage::set_element_times`](crate::Storage::set_element_times); `None` leaves one unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ElementTimes {
    /// Creation time.
    pub created: Option<FileTime>,
    /// Modification time.
    pub modified: Option<FileTime>,
}

/// Where times come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clock {
    /// The system clock.
    #[default]
    System,
    /// Always this time: the same work gives the same bytes. Spec: F-117.
    Fixed(FileTime),
}

impl Clock {
    /// The time now.
    #[must_use]
    pub fn now(self) -> FileTime {
        match self {
            Clock::System => FileTime::now(),
            Clock::Fixed(time) => time,
        }
    }
}
