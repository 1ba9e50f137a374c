//! Byte locks on open files of Linux: open-file-description locks.
//!
//! They belong to the open file, not to the process: two openers in one process meet as two
//! processes do, and the locks go when the file is closed. The bytes need not exist.

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use std::fs::File;

/// What the system answered to a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Taken,
    /// Another opener has one of the bytes.
    Busy,
    /// The file is not open for writing, and such a lock needs that.
    NotWritable,
    /// There are no locks on this file system.
    Unsupported,
}

/// Bytes as `fcntl` wants them; the lock bytes lie below 2 GiB, so any `off_t` holds them.
fn region(kind: libc::c_int, at: u64, len: u64) -> Option<libc::flock> {
    Some(libc::flock {
        l_type: libc::c_short::try_from(kind).ok()?,
        l_whence: libc::c_short::try_from(libc::SEEK_SET).ok()?,
        l_start: at.try_into().ok()?,
        l_len: len.try_into().ok()?,
        l_pid: 0,
    })
}

fn set(file: &File, kind: libc::c_int, at: u64, len: u64) -> Answer {
    let Some(region) = region(kind, at, len) else { return Answer::Unsupported };
    match fcntl(file, FcntlArg::F_OFD_SETLK(&region)) {
        Ok(_) => Answer::Taken,
        Err(Errno::EAGAIN | Errno::EACCES) => Answer::Busy,
        Err(Errno::EBADF) => Answer::NotWritable,
        Err(_) => Answer::Unsupported,
    }
}

/// Takes bytes for this opener alone.
pub(crate) fn lock(file: &File, at: u64, len: u64) -> Answer {
    set(file, libc::F_WRLCK, at, len)
}

/// Takes bytes so that nobody can have them alone.
pub(crate) fn lock_shared(file: &File, at: u64, len: u64) -> Answer {
    set(file, libc::F_RDLCK, at, len)
}

pub(crate) fn unlock(file: &File, at: u64, len: u64) {
    let _ = set(file, libc::F_UNLCK, at, len);
}

/// Whether another opener has one of the bytes, in whatever way. Without locks nobody has.
pub(crate) fn is_taken(file: &File, at: u64, len: u64) -> bool {
    let Some(mut region) = region(libc::F_WRLCK, at, len) else { return false };
    match fcntl(file, FcntlArg::F_OFD_GETLK(&mut region)) {
        Ok(_) => libc::c_int::from(region.l_type) != libc::F_UNLCK,
        Err(_) => false,
    }
}
