//! Enumerating the members of a storage: COM's `IEnumSTATSTG`.

use super::{CompoundFile, ElementName, StatStg, Storage};
use crate::error::Result;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The members of a storage one after the other, in name order: COM's `IEnumSTATSTG`.
///
/// It is live: its position is "after the last name that was delivered", so members that come and go
/// meanwhile are neither repeated nor skipped. It keeps its storage open, and the file with it, also
/// when all other handles are dropped. When the storage is closed, destroyed or reverted,
/// every call answers [`StgReverted`](crate::Code::StgReverted).
///
/// Spec: structured-storage 2.5.
///
/// # Example
/// ```
/// use openimsg::{CompoundFile, ElementName, Mode, Storage};
///
/// let file = CompoundFile::memory();
/// for name in ["CONTENTS", "b", "a"] {
///     file.create_stream(&ElementName::new(name)?, Mode::READWRITE.and(Mode::SHARE_EXCLUSIVE))?;
/// }
/// let mut names = Vec::new();
/// for stat in file.enumerate()? {
///     names.extend(stat?.name.map(|name| name.to_string()));
/// }
/// assert_eq!(names, ["a", "b", "CONTENTS"]);
///
/// let elements = file.enumerate()?;
/// assert_eq!(elements.skip(2)?, 2);
/// assert_eq!(elements.next(5)?.len(), 1); // fewer than asked for: the end
/// # Ok::<(), openimsg::Error>(())
/// ```
pub struct Elements {
    storage: Arc<dyn Storage>,
    last: Mutex<Option<ElementName>>,
}

impl Elements {
    /// An enumerator at the beginning.
    ///
    /// # Errors
    /// [`StgReverted`](crate::Code::StgReverted) if the storage is gone.
    pub fn new(storage: &Arc<dyn Storage>) -> Result<Elements> {
        let own = storage.for_elements()?;
        Ok(Elements::over(own.unwrap_or_else(|| Arc::clone(storage))))
    }

    fn over(storage: Arc<dyn Storage>) -> Elements {
        Elements { storage, last: Mutex::new(None) }
    }

    fn last(&self) -> MutexGuard<'_, Option<ElementName>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next members, at most `count`; fewer only at the end.
    ///
    /// # Errors
    /// Those of reading the storage; the position stays then.
    pub fn next(&self, count: usize) -> Result<Vec<StatStg>> {
        let mut last = self.last();
        let found = self.storage.elements_after(last.as_ref(), count)?;
        *last = found.last().and_then(|stat| stat.name).or(*last);
        Ok(found)
    }

    /// Passes over members, at most `count`, and says how many; fewer only at the end.
    ///
    /// # Errors
    /// As [`Elements::next`].
    pub fn skip(&self, count: usize) -> Result<usize> {
        const STEP: usize = 1024;
        let mut skipped = 0_usize;
        while skipped < count {
            let step = count.saturating_sub(skipped).min(STEP);
            let passed = self.next(step)?.len();
            skipped = skipped.saturating_add(passed);
            if passed < step {
                break;
            }
        }
        if count == 0 {
            self.check()?
        }
        Ok(skipped)
    }

    /// Back to the beginning.
    ///
    /// # Errors
    /// [`StgReverted`](crate::Code::StgReverted) if the storage is gone.
    pub fn reset(&self) -> Result<()> {
        self.check()?;
        *self.last() = None;
        Ok(())
    }

    /// Another enumerator of the same storage, beginning where this one is.
    ///
    /// # Errors
    /// As [`Elements::reset`].
    pub fn try_clone(&self) -> Result<Elements> {
        let clone = Elements::new(&self.storage)?;
        clone.check()?;
        *clone.last() = *self.last();
        Ok(clone)
    }

    fn check(&self) -> Result<()> {
        self.storage.elements_after(None, 0).map(|_| ())
    }
}

impl std::fmt::Debug for Elements {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Elements").field("last", &*self.last()).finish_non_exhaustive()
    }
}

impl dyn Storage {
    /// Enumerates the members in name order; for a loop, or as COM's `IEnumSTATSTG`.
    ///
    /// # Errors
    /// As [`Elements::new`].
    pub fn enumerate(self: &Arc<Self>) -> Result<Elements> {
        Elements::new(self)
    }
}

impl CompoundFile {
    /// Enumerates the members of the root in name order; for a loop, or as COM's `IEnumSTATSTG`.
    ///
    /// # Errors
    /// As [`Elements::new`].
    pub fn enumerate(&self) -> Result<Elements> {
        let own = self.for_elements()?;
        own.map(Elements::over).ok_or_else(|| {
            crate::error::Error::new(crate::Code::StgUnimplementedFunction, "enumerate elements")
        })
    }
}

impl IntoIterator for Elements {
    type Item = Result<StatStg>;
    type IntoIter = ElementsIter;

    fn into_iter(self) -> ElementsIter {
        ElementsIter { elements: self, ended: false }
    }
}

/// A loop over [`Elements`]. It ends at the first failure.
#[derive(Debug)]
pub struct ElementsIter {
    elements: Elements,
    ended: bool,
}

impl Iterator for ElementsIter {
    type Item = Result<StatStg>;

    fn next(&mut self) -> Option<Result<StatStg>> {
        if self.ended {
            return None;
        }
        let next = self.elements.next(1).map(|mut one| one.pop()).transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}
