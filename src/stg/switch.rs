//! `IRootStorage::SwitchToFile`: going on in another file, as "Save As" of an open message does.

use super::compound::{CompoundFile, Kind};
use super::disk::SystemDisk;
use super::opening::{self, Made};
use super::share::Lease;
use super::{Mode, cfb, commit};
use crate::error::{Code, Error, Place, Result};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, PoisonError};

const DOING: &str = "switch to file";

impl CompoundFile {
    /// Copies what is committed to a new file and goes on there: `IRootStorage::SwitchToFile`.
    ///
    /// Afterwards [`CompoundFile::path`] and commits mean the new file; changes that were not
    /// committed are kept, and the old file holds its last commit. `None` makes a temporary file with
    /// a name of its own. A file that was to go on release ([`Mode::DELETE_ON_RELEASE`]) goes now; the
    /// new one stays. Spec: S-175.
    ///
    /// # Errors
    /// [`Code::StgFileAlreadyExists`] if there is such a file; [`Code::StgMediumFull`] and what else
    /// the disk answers, and then nothing changed; [`Code::InterfaceNotSupported`] for a root that
    /// does not lie in a file.
    pub fn switch_to_file(&self, path: Option<&Path>) -> Result<()> {
        if self.path().is_none() {
            let note = "only roots that lie in a file have it";
            return Err(Error::new(Code::InterfaceNotSupported, DOING).note(note));
        }
        let mode = match &self.0 {
            Kind::Read { storage, .. } => storage.mode(),
            Kind::Change { storage, .. } => storage.mode(),
        };
        let made = match path {
            Some(path) => opening::create(&SystemDisk, &opening::absolute(path), fresh(mode), &[])?,
            None => opening::create_temporary(&SystemDisk, fresh(mode), &[])?,
        };
        let copied = self.copy_committed(&made);
        if let Err(error) = copied {
            let _ = std::fs::remove_file(&made.path);
            return Err(error.place(Place::new(made.path.display().to_string())));
        }
        let Made { path, lease, .. } = made;
        match &self.0 {
            Kind::Read { path: place, lease: own, .. } => {
                if let Some(own) = own {
                    own.become_like(&lease);
                }
                *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(path);
            }
            Kind::Change { commit, lease: own, .. } => {
                own.become_like(&lease);
                commit.switch_to(path, Lease::clone(own));
            }
        }
        Ok(())
    }

    /// Writes the committed bytes to a file that was just created.
    fn copy_committed(&self, made: &Made) -> Result<()> {
        const STEP: u64 = 1 << 20;
        let fault = |e| Error::from_io(e, Code::StgWriteFault, DOING);
        let mut file = match made.lease.file() {
            Some(file) => file,
            None => OpenOptions::new().write(true).open(&made.path).map_err(fault)?,
        };
        let cfb: Arc<cfb::Cfb> = match (self.cfb(), &self.0) {
            (Some(cfb), _) => cfb,
            (None, Kind::Change { storage, commit, .. }) => {
                let empty = commit::empty_file(commit.version(), storage.clock())?;
                return file.write_all(&empty).and_then(|()| file.sync_all()).map_err(fault);
            }
            (None, Kind::Read { .. }) => return Err(Error::new(Code::StgUnknown, DOING)),
        };
        let len = cfb.base.len();
        let mut piece = vec![0; usize::try_from(len.min(STEP)).unwrap_or(0)];
        let mut at = 0;
        while at < len {
            let step = usize::try_from((len - at).min(STEP)).unwrap_or(0);
            let part = piece.get_mut(..step).unwrap_or_default();
            cfb.base.read(at, part)?;
            file.write_all(part).map_err(fault)?;
            at += step as u64;
        }
        file.sync_all().map_err(fault)
    }
}

/// The mode for the new file: as before, and it must be new.
fn fresh(mode: Mode) -> Mode {
    mode.without(Mode::CREATE).without(Mode::CONVERT).without(Mode::DELETE_ON_RELEASE)
}
