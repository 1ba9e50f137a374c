//! Byte locks within this process: a list of its openers.
//!
//! They meet here under the identity of what they opened: a caller's lock bytes, and files where the
//! system has no locks that suit. Other processes are not seen.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What tells opened things apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Identity {
    /// An object in memory, by its address: alive as long as an opener is.
    Object(usize),
    /// A file, by device and inode.
    #[cfg(any(test, all(unix, not(any(target_os = "linux", target_os = "android")))))]
    Inode(u64, u64),
    /// A file where there are no inodes, by its canonical path.
    #[cfg(not(unix))]
    Path(std::path::PathBuf),
}

/// One region of one opener.
struct Region {
    opener: u64,
    first: u64,
    end: u64,
}

static TAKEN: Mutex<Option<HashMap<Identity, Vec<Region>>>> = Mutex::new(None);

fn taken() -> MutexGuard<'static, Option<HashMap<Identity, Vec<Region>>>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An opener of one file; its locks go with it.
pub(crate) struct Opener {
    file: Identity,
    number: u64,
}

impl Opener {
    pub(crate) fn new(file: Identity) -> Opener {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Opener { file, number: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    fn meets(&self, regions: Option<&Vec<Region>>, at: u64, len: u64) -> bool {
        let end = at.saturating_add(len);
        let mut others = regions.into_iter().flatten().filter(|r| r.opener != self.number);
        others.any(|region| region.first < end && at < region.end)
    }

    pub(crate) fn is_taken(&self, at: u64, len: u64) -> bool {
        self.meets(taken().as_ref().and_then(|all| all.get(&self.file)), at, len)
    }

    /// False if another opener has one of the bytes.
    pub(crate) fn lock(&self, at: u64, len: u64) -> bool {
        let mut all = taken();
        let regions = all.get_or_insert_default().entry(self.file.clone()).or_default();
        if self.meets(Some(regions), at, len) {
            return false;
        }
        let (opener, end) = (self.number, at.saturating_add(len));
        regions.push(Region { opener, first: at, end });
        true
    }

    /// Gives back what lies in that region whole.
    #[cfg(any(test, not(any(target_os = "linux", target_os = "android"))))]
    pub(crate) fn unlock(&self, at: u64, len: u64) {
        let end = at.saturating_add(len);
        self.keep(|region| region.first < at || region.end > end);
    }

    fn keep(&self, keep: impl Fn(&Region) -> bool) {
        let mut all = taken();
        let Some(all) = all.as_mut() else { return };
        if let Some(regions) = all.get_mut(&self.file) {
            regions.retain(|region| region.opener != self.number || keep(region));
            if regions.is_empty() {
                all.remove(&self.file);
            }
        }
    }
}

impl Drop for Opener {
    fn drop(&mut self) {
        self.keep(|_| false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openers_of_one_file_meet_and_of_two_do_not() {
        let file = |inode| Identity::Inode(u64::MAX, inode);
        let (one, two, other) = (Opener::new(file(1)), Opener::new(file(1)), Opener::new(file(2)));
        assert!(one.lock(10, 5));
        assert!(!two.lock(14, 1) && two.lock(15, 1) && other.lock(10, 5));
        assert!(two.is_taken(0, 11) && !one.is_taken(0, 15) && one.is_taken(0, 16));
        one.unlock(10, 5);
        assert!(two.lock(10, 5) && !one.lock(12, 1));
        drop(two);
        assert!(one.lock(12, 1));
    }
}
