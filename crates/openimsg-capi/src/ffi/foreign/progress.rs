//! A caller's `IMAPIProgress` as [`Progress`].

use super::{Foreign, Iface};
use crate::abi::*;
use crate::ffi::Out;
use openimsg::Progress;

/// Whom to tell how far a copy is.
#[derive(Debug)]
pub(crate) struct ForeignProgress {
    progress: Foreign<ProgressTable<Iface>>,
    min: u32,
    max: u32,
}

impl ForeignProgress {
    /// `None` for null. Asks for the limits, which are 0 and 1000 if it does not say.
    pub(crate) fn keep(progress: Iface) -> Option<ForeignProgress> {
        let progress = Foreign::<ProgressTable<Iface>>::keep(progress)?;
        let (mut min, mut max) = (0, 1000);
        let (mut told_min, mut told_max) = (0, 0);
        let table = progress.table();
        if (table.get_min)(progress.this(), Out::lend(&mut told_min)) >= 0
            && (table.get_max)(progress.this(), Out::lend(&mut told_max)) >= 0
            && told_min <= told_max
        {
            (min, max) = (told_min, told_max);
        }
        Some(ForeignProgress { progress, min, max })
    }
}

impl Progress for ForeignProgress {
    fn progress(&mut self, value: u32, count: u32, total: u32) {
        // What it answers changes nothing: a copy is not cancelled half way.
        let _ = (self.progress.table().progress)(self.progress.this(), value, count, total);
    }

    fn min(&self) -> u32 {
        self.min
    }

    fn max(&self) -> u32 {
        self.max
    }
}
