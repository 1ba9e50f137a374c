//! Who else has the bytes open, and what they may do meanwhile: share modes as range locks.
//!
//! The bytes 0x7FFFFF58 to 0x7FFFFFE2 of every compound file are locks, never data. An opener takes
//! one byte in each range that says what it does and denies, after a look at the ranges that conflict:
//!
//! ```text
//!   take the mutex byte -> look at what conflicts -> take the first free byte of each own range
//!                       -> give the mutex back
//! ```
//! `needs` says which bytes, `regions` where they are taken: on files by `ofd` where the system has
//! such locks, else in the `registry` of this process; on a caller's bytes as the caller says. What
//! is enforced between whom: decision 0011. Spec: structured-storage 1.8.

mod needs;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) mod ofd;
mod regions;
mod registry;
#[cfg(test)]
mod tests;

use super::Mode;
use super::lock_bytes::LockBytes;
use crate::error::{Code, Error, Place, Result};
use needs::Range;
use regions::{BytesRegions, FileRegions, Regions, Taken};
use registry::{Identity, Opener};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const DOING: &str = "open compound file";

/// How long an opener waits for another that is just opening or committing.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often a file may be replaced under an opener before it gives up.
const ATTEMPTS: u32 = 20;

/// What locks are taken on.
pub(super) enum Locked {
    /// A file and its full path; the handle is kept for its locks.
    File(File, PathBuf),
    /// A caller's bytes, which say whether they offer locks.
    Bytes(Arc<dyn LockBytes>),
}

/// What one opener has locked; given back when the last of its clones is dropped.
#[derive(Clone)]
pub(super) struct Lease(Arc<Shared>);

struct Shared(Mutex<Held>);

struct Held {
    mode: Mode,
    on: Option<Box<dyn Regions>>,
    /// The bytes that are ours.
    bytes: Vec<u64>,
    /// Where the file was found.
    path: Option<PathBuf>,
    /// How many commit locks are out.
    committing: u32,
    /// The file goes with the last holder. Spec: structured-storage 2.6.
    remove: bool,
    /// The other openers of a caller's bytes in this process.
    beside: Option<Opener>,
}

/// Held while a commit writes.
pub(super) struct CommitLock(Arc<Shared>);

fn violation(code: Code, path: Option<&Path>) -> Error {
    let note = "another opener has it open in a way that does not go with this one";
    let error = Error::new(code, DOING).note(note);
    match path {
        Some(path) => error.place(Place::new(path.display().to_string())),
        None => error,
    }
}

/// Takes a region, waiting for those who have it only for a moment.
fn lock_soon(on: &dyn Regions, range: Range, patience: Duration) -> Result<Taken> {
    let until = Instant::now() + patience;
    let mut pause = Duration::from_micros(200);
    loop {
        match on.lock(range.first, range.len)? {
            Taken::Busy if Instant::now() < until => std::thread::sleep(pause),
            taken => return Ok(taken),
        }
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn check_free(on: &dyn Regions, mode: Mode, path: Option<&Path>) -> Result<()> {
    let (denied, done) = needs::conflicts(mode);
    for (ranges, code) in [(denied, Code::StgShareViolation), (done, Code::StgLockViolation)] {
        for range in ranges {
            if on.is_taken(range.first, range.len)? {
                return Err(violation(code, path));
            }
        }
    }
    Ok(())
}

/// The bytes of an opener with this mode; `None` where nothing can be locked.
fn take(on: &dyn Regions, mode: Mode, path: Option<&Path>) -> Result<Option<Vec<u64>>> {
    let mutex = needs::MUTEX;
    match lock_soon(on, mutex, PATIENCE)? {
        Taken::Yes => {}
        Taken::Busy => return Err(violation(Code::StgLockViolation, path)),
        Taken::Unsupported => return Ok(None),
    }
    let mut bytes = Vec::new();
    let done = check_free(on, mode, path).and_then(|()| {
        for range in needs::takes(mode) {
            bytes.push(take_one(on, range, path)?);
        }
        // Who may only read shares its locks, the mutex too: look again.
        if on.is_weak() { check_free(on, mode, path) } else { Ok(()) }
    });
    on.unlock(mutex.first, mutex.len);
    if done.is_err() {
        bytes.iter().for_each(|byte| on.unlock(*byte, 1));
    }
    done.map(|()| Some(bytes))
}

fn take_one(on: &dyn Regions, range: Range, path: Option<&Path>) -> Result<u64> {
    for byte in range.first..range.first + range.len {
        if on.is_weak() && on.is_taken(byte, 1)? {
            continue;
        }
        if on.lock(byte, 1)? == Taken::Yes {
            return Ok(byte);
        }
    }
    Err(violation(Code::StgLockViolation, path).note("there are too many openers"))
}

/// Whether an opener with this mode takes locks; else it only looks.
pub(super) fn takes_locks(mode: Mode) -> bool {
    !needs::is_unlocked(mode)
}

/// The look of an opener that reads and denies writing: it takes no lock, and asks once. Spec: S-046.
pub(super) fn look(file: &File, path: &Path) -> Result<Option<Lease>> {
    let conflict = needs::READ_DENY_WRITE;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let (taken, kept) = (ofd::is_taken(file, conflict.first, conflict.len), None);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let (taken, kept) = {
        let fault = |e| Error::from_io(e, Code::StgReadFault, DOING);
        let on = FileRegions::new(file.try_clone().map_err(fault)?, path);
        let taken = on.is_taken(conflict.first, conflict.len)?;
        // On Windows the handle itself denies writing.
        let held = Held { on: Some(Box::new(on)), ..Held::nothing(Mode::SHARE_DENY_WRITE) };
        (taken, cfg!(windows).then(|| Lease::new(held)))
    };
    match taken {
        true => Err(violation(Code::StgLockViolation, Some(path))),
        false => Ok(kept),
    }
}

impl Held {
    fn nothing(mode: Mode) -> Held {
        Held {
            mode,
            on: None,
            bytes: Vec::new(),
            path: None,
            committing: 0,
            remove: false,
            beside: None,
        }
    }

    /// Our bytes on this file, in place of what was held.
    fn take_place(&mut self, on: Box<dyn Regions>, bytes: Vec<u64>) {
        self.unlock();
        (self.on, self.bytes) = (Some(on), bytes);
    }

    /// The descriptor may have copies, which would keep the locks.
    fn unlock(&mut self) {
        if let Some(on) = self.on.take() {
            self.bytes.drain(..).for_each(|byte| on.unlock(byte, 1));
            if self.committing > 0 {
                on.unlock(needs::COMMIT.first, needs::COMMIT.len);
            }
        }
    }

    fn give_back(&mut self) {
        self.unlock();
        self.beside = None;
        if std::mem::take(&mut self.remove)
            && let Some(path) = &self.path
        {
            let _ = std::fs::remove_file(path);
        }
    }

    /// Moves to the file that somebody's commit put in the place of ours.
    fn follow(&mut self) -> Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        for _ in 0..ATTEMPTS {
            if self.on.as_ref().is_none_or(|on| on.is_at(path)) {
                return Ok(());
            }
            // What cannot be opened is for the commit to find out.
            let Ok(file) = OpenOptions::new().read(true).write(true).open(path) else { break };
            let on = Box::new(FileRegions::new(file, path));
            match take(&*on, self.mode, Some(path))? {
                Some(bytes) if on.is_at(path) => {
                    self.take_place(on, bytes);
                    return Ok(());
                }
                Some(_) => {}
                None => break,
            }
        }
        Ok(())
    }
}

impl Lease {
    fn new(held: Held) -> Lease {
        Lease(Arc::new(Shared(Mutex::new(held))))
    }

    /// Of memory that nobody else can reach.
    pub(super) fn none() -> Lease {
        Lease::new(Held::nothing(Mode::default()))
    }

    /// Takes the locks of an opener with this mode.
    pub(super) fn take(on: Locked, mode: Mode) -> Result<Lease> {
        let mut held = Held::nothing(mode);
        let on: Option<Box<dyn Regions>> = match on {
            Locked::File(file, path) => {
                let on = FileRegions::new(file, &path);
                held.path = Some(path);
                Some(Box::new(on))
            }
            Locked::Bytes(bytes) => {
                let beside = Opener::new(Identity::Object(Arc::as_ptr(&bytes).cast::<()>().addr()));
                let _ = (0..u64::MAX - 1).find(|byte| beside.lock(*byte, 1));
                held.beside = Some(beside);
                match BytesRegions::new(bytes) {
                    Some(on) => Some(Box::new(on)),
                    None => None,
                }
            }
        };
        if let Some(on) = on {
            match take(&*on, mode, held.path.as_deref())? {
                Some(bytes) => held.take_place(on, bytes),
                None => held.on = None,
            }
        }
        Ok(Lease::new(held))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the path still leads to the file that is locked.
    pub(super) fn is_current(&self) -> bool {
        let held = self.held();
        match (&held.on, &held.path) {
            (Some(on), Some(path)) => on.is_at(path),
            _ => true,
        }
    }

    /// The file goes with the last holder of this lease: the one `Drop` that changes the disk, since
    /// it was told to. Spec: structured-storage 2.6 (`STGM_DELETEONRELEASE`).
    pub(super) fn remove_on_release(&self, path: &Path) {
        let mut held = self.held();
        (held.remove, held.path) = (true, Some(path.to_path_buf()));
    }

    /// The lock of a commit: nobody opens meanwhile, nobody else commits, and no priority opener is
    /// there. May be taken again while it is held. Spec: structured-storage 1.8, 2.6.
    ///
    /// If somebody's commit replaced the file, the lease moves to the new one first.
    pub(super) fn begin_commit(&self) -> Result<CommitLock> {
        self.begin_commit_within(PATIENCE)
    }

    /// The same, waiting only so long for others.
    pub(super) fn begin_commit_within(&self, patience: Duration) -> Result<CommitLock> {
        let mut held = self.held();
        for _ in 0..ATTEMPTS {
            if held.committing == 0 {
                held.follow()?;
                if let Some(on) = &held.on
                    && lock_soon(&**on, needs::COMMIT, patience)? == Taken::Busy
                {
                    return Err(violation(Code::StgLockViolation, held.path.as_deref()));
                }
            }
            let at_path = match (&held.on, &held.path) {
                (Some(on), Some(path)) => on.is_at(path),
                _ => true,
            };
            if at_path || held.committing > 0 {
                break;
            }
            if let Some(on) = &held.on {
                on.unlock(needs::COMMIT.first, needs::COMMIT.len);
            }
        }
        held.committing = held.committing.saturating_add(1);
        drop(held);
        Ok(CommitLock(Arc::clone(&self.0)))
    }

    /// Takes the same locks on the file that took the place of the old one, then lets the old go. A
    /// commit lock that is out moves along.
    ///
    /// Nobody who opens the old file gets in before: the commit lock keeps them waiting, and after
    /// that they see that the file was replaced.
    pub(super) fn move_to(&mut self, file: File) -> Result<()> {
        let mut held = self.held();
        let Some(path) = held.path.clone().filter(|_| held.on.is_some()) else { return Ok(()) };
        let on = Box::new(FileRegions::new(file, &path));
        if held.committing > 0 {
            lock_soon(&*on, needs::COMMIT, PATIENCE)?;
        }
        let mut bytes = Vec::new();
        for range in needs::takes(held.mode) {
            // Another opener may have come in between; ours stand beside.
            bytes.extend(take_one(&*on, range, Some(&path)).ok());
        }
        held.take_place(on, bytes);
        Ok(())
    }

    /// Whether anybody else may have these bytes open: then what they read must stay where it is.
    pub(super) fn has_others(&self) -> bool {
        let held = self.held();
        if held.beside.as_ref().is_some_and(|beside| beside.is_taken(0, u64::MAX)) {
            return true;
        }
        let Some(on) = &held.on else {
            // A file without locks: nobody knows.
            return held.path.is_some();
        };
        let ranges = [needs::NO_SNAPSHOT, needs::READERS, needs::WRITERS];
        // A caller's locks may not tell ours from others': leave ours out.
        ranges.into_iter().any(|range| {
            let mut at = range.first;
            let end = range.first + range.len;
            let mut ours = held.bytes.clone();
            ours.sort_unstable();
            ours.retain(|byte| (at..end).contains(byte));
            ours.push(end);
            ours.into_iter().any(|byte| {
                let taken = byte > at && on.is_taken(at, byte - at).unwrap_or(true);
                at = byte + 1;
                taken
            })
        })
    }

    /// Everything is given back now, whoever still holds the lease.
    pub(super) fn release(&self) {
        self.held().give_back();
    }

    /// The handle that was opened, where the system keeps others from opening the file once more.
    pub(super) fn file(&self) -> Option<File> {
        let held = self.held();
        let file = held.on.as_ref().filter(|_| cfg!(windows))?.file()?;
        file.try_clone().ok()
    }

    /// What `other` holds is held by this lease and its clones; what they held is given back.
    pub(super) fn become_like(&self, other: &Lease) {
        let new = std::mem::replace(&mut *other.held(), Held::nothing(Mode::default()));
        let mut old = std::mem::replace(&mut *self.held(), new);
        old.give_back();
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).give_back();
    }
}

impl Drop for CommitLock {
    fn drop(&mut self) {
        let mut held = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.committing = held.committing.saturating_sub(1);
        if held.committing == 0
            && let Some(on) = &held.on
        {
            on.unlock(needs::COMMIT.first, needs::COMMIT.len);
        }
    }
}
