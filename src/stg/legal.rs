//! Which modes a root may be created and opened with.
//!
//! The first broken rule answers. Members have rules of their own beside the committed file's handles.
//! Spec: structured-storage 2.2.

use super::Mode;
use crate::error::{Code, Error, Result};

const KNOWN: u32 = 0x73
    | Mode::CREATE.bits()
    | Mode::CONVERT.bits()
    | Mode::TRANSACTED.bits()
    | Mode::PRIORITY.bits()
    | Mode::NOSCRATCH.bits()
    | Mode::NOSNAPSHOT.bits()
    | Mode::DIRECT_SWMR.bits()
    | Mode::SIMPLE.bits()
    | Mode::DELETE_ON_RELEASE.bits();

const READ: u32 = 0;
const READWRITE: u32 = 2;
const EXCLUSIVE: u32 = 0x10;
const DENY_WRITE: u32 = 0x20;
const DENY_NONE: u32 = 0x40;

fn refuse(doing: &'static str, note: &str) -> Error {
    Error::new(Code::StgInvalidFlag, doing).note(note)
}

/// What holds for every call: one value in each group, and groups that exclude each other.
fn check_common(mode: Mode, doing: &'static str) -> Result<()> {
    let has = |flag| mode.has(flag);
    let rules = [
        (mode.bits() & !KNOWN != 0, "a mode bit that is not known"),
        (mode.access() == 3, "read, write or both: 3 is none of them"),
        (mode.share() > DENY_NONE, "a share mode that does not exist"),
        (has(Mode::TRANSACTED) && has(Mode::SIMPLE), "TRANSACTED and SIMPLE exclude each other"),
        (
            has(Mode::TRANSACTED) && has(Mode::DIRECT_SWMR),
            "TRANSACTED and DIRECT_SWMR exclude each other",
        ),
        (has(Mode::SIMPLE) && has(Mode::DIRECT_SWMR), "SIMPLE and DIRECT_SWMR exclude each other"),
        (has(Mode::CREATE) && has(Mode::CONVERT), "CREATE and CONVERT exclude each other"),
        (
            has(Mode::CONVERT) && has(Mode::DELETE_ON_RELEASE),
            "CONVERT and DELETEONRELEASE exclude each other",
        ),
        (has(Mode::NOSCRATCH) && !has(Mode::TRANSACTED), "NOSCRATCH needs TRANSACTED"),
        (
            has(Mode::NOSNAPSHOT) && (!has(Mode::TRANSACTED) || mode.denies_write()),
            "NOSNAPSHOT needs TRANSACTED, and other writers",
        ),
        (
            mode.share() == 0 && !has(Mode::TRANSACTED) && !has(Mode::PRIORITY),
            "a share mode is missing",
        ),
    ];
    match rules.iter().find(|(broken, _)| *broken) {
        Some((_, note)) => Err(refuse(doing, note)),
        None => Ok(()),
    }
}

/// The mode that a root is created with.
pub(super) fn check_create_root(mode: Mode) -> Result<()> {
    const DOING: &str = "create compound file";
    check_common(mode, DOING)?;
    let (access, share) = (mode.access(), mode.share());
    if mode.has(Mode::PRIORITY) {
        return Err(refuse(DOING, "PRIORITY is for opening"));
    }
    if access == READ {
        return Err(refuse(DOING, "nothing is created for reading alone"));
    }
    if mode.has(Mode::SIMPLE) {
        return match access == READWRITE && share == EXCLUSIVE && mode.is_create() {
            true => Ok(()),
            false => Err(refuse(DOING, "SIMPLE goes with READWRITE, SHARE_EXCLUSIVE and CREATE")),
        };
    }
    if mode.has(Mode::DIRECT_SWMR) {
        return match access == READWRITE && share == DENY_WRITE {
            true => Ok(()),
            false => Err(refuse(DOING, "DIRECT_SWMR goes with READWRITE and SHARE_DENY_WRITE")),
        };
    }
    match mode.is_transacted() || share == EXCLUSIVE {
        true => Ok(()),
        false => Err(refuse(DOING, "direct roots are created with SHARE_EXCLUSIVE")),
    }
}

/// The mode that a root is opened with; gives back the mode that counts.
pub(super) fn check_open_root(mode: Mode) -> Result<Mode> {
    const DOING: &str = "open compound file";
    check_common(mode, DOING)?;
    let (access, share) = (mode.access(), mode.share());
    if mode.is_create() || mode.has(Mode::CONVERT) {
        return Err(refuse(DOING, "CREATE and CONVERT are for creating"));
    }
    if mode.has(Mode::PRIORITY) {
        let others = [Mode::TRANSACTED, Mode::SIMPLE, Mode::DIRECT_SWMR];
        if access != READ || others.iter().any(|flag| mode.has(*flag)) {
            return Err(refuse(DOING, "PRIORITY goes with READ and nothing else"));
        }
        if mode.has(Mode::DELETE_ON_RELEASE) {
            let note = "PRIORITY only looks; it does not delete";
            return Err(Error::new(Code::StgInvalidFunction, DOING).note(note));
        }
        // Whatever share mode was given.
        return Ok(Mode::from_bits(mode.bits() & !0x70).and(Mode::SHARE_DENY_NONE));
    }
    let legal = if mode.has(Mode::SIMPLE) {
        matches!(access, READ | READWRITE) && share == EXCLUSIVE
    } else if mode.has(Mode::DIRECT_SWMR) {
        (access, share) == (READ, DENY_NONE) || (access, share) == (READWRITE, DENY_WRITE)
    } else if mode.is_transacted() {
        true
    } else if access == READ {
        matches!(share, EXCLUSIVE | DENY_WRITE)
    } else {
        share == EXCLUSIVE
    };
    match legal {
        true => Ok(mode),
        false => Err(refuse(DOING, "an access and a share mode that do not go together")),
    }
}
