//! Copying an object's properties, recipients and attachments: MAPI's CopyTo and CopyProps.
//! Spec: imessage-contract 3.1.

mod batch;
mod names;
mod plan;
mod run;
mod target;
mod values;

pub use target::{CopyTarget, TargetKind};

use super::object::{MapiProp, PropProblem};
use crate::error::{Code, Error, Result};
use crate::prop::{PropId, PropTag};
use bitflags::bitflags;
use plan::Plan;
use std::sync::Arc;

bitflags! {
    /// How to copy: the flags of `IMAPIProp::CopyTo` that change what it does.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct CopyFlags: u32 {
        /// What was copied is deleted from the source, with the source's next save (`MAPI_MOVE`).
        const MOVE = 1;
        /// What the target has stays (`MAPI_NOREPLACE`).
        const NO_REPLACE = 2;
        /// The source may decline (`MAPI_DECLINE_OK`). It never does.
        const DECLINE_OK = 4;
    }
}

/// Who is told how far a copy is: MAPI's `IMAPIProgress`.
///
/// Called at the start, for each attachment and at the end; no lock is held meanwhile.
pub trait Progress {
    /// `value` goes from [`Progress::min`] to [`Progress::max`]; `count` of `total` attachments are
    /// done.
    fn progress(&mut self, value: u32, count: u32, total: u32);

    /// Where `value` begins.
    fn min(&self) -> u32 {
        0
    }

    /// Where `value` ends.
    fn max(&self) -> u32 {
        1000
    }
}

/// What to copy and how.
///
/// # Example
/// ```
/// use openimsg::{CompoundFile, CopyOptions, Message, tags::*};
///
/// let draft = Message::create(CompoundFile::memory())?;
/// draft.set(PR_SUBJECT_W, "Minutes")?;
/// draft.set(PR_BODY_W, "..")?;
/// let copy = Message::create(CompoundFile::memory())?;
/// let exclude = [PR_BODY_W.tag()];
/// let problems = draft.copy_to(&copy, CopyOptions::new().exclude(&exclude))?;
/// assert!(problems.is_empty());
/// assert_eq!(copy.get(PR_SUBJECT_W)?.as_deref(), Some("Minutes"));
/// assert_eq!(copy.get(PR_BODY_W)?, None);
/// # Ok::<(), openimsg::Error>(())
/// ```
#[derive(Default)]
pub struct CopyOptions<'a> {
    exclude: &'a [PropTag],
    flags: CopyFlags,
    progress: Option<&'a mut dyn Progress>,
}

impl<'a> CopyOptions<'a> {
    /// Everything, and what the target has is replaced.
    #[must_use]
    pub fn new() -> CopyOptions<'a> {
        CopyOptions::default()
    }

    /// Properties that are not copied; only identifiers count. `PR_MESSAGE_RECIPIENTS` and
    /// `PR_MESSAGE_ATTACHMENTS` stand for the recipients and the attachments.
    #[must_use]
    pub fn exclude(mut self, tags: &'a [PropTag]) -> CopyOptions<'a> {
        self.exclude = tags;
        self
    }

    /// How to copy.
    #[must_use]
    pub fn flags(mut self, flags: CopyFlags) -> CopyOptions<'a> {
        self.flags = flags;
        self
    }

    /// Who is told how far it is.
    #[must_use]
    pub fn progress(mut self, progress: &'a mut dyn Progress) -> CopyOptions<'a> {
        self.progress = Some(progress);
        self
    }
}

impl std::fmt::Debug for CopyOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CopyOptions")
            .field("exclude", &self.exclude)
            .field("flags", &self.flags)
            .finish_non_exhaustive()
    }
}

impl<'s> MapiProp<'s> {
    /// Copies everything to another object: properties, recipients, attachments and what is in them.
    ///
    /// Named properties arrive under the target's identifiers for their names; texts in the target's
    /// form and code page. What belongs to the instance (access, sizes, display lists, numbers, record
    /// keys) is not copied: the target computes its own. The recipients and the attachments of the
    /// target are replaced as a whole. Values of any size pass piece by piece.
    ///
    /// Nothing is saved but the attachments that the copy creates; save the target to keep the copy.
    /// What could not be copied is listed, by its position in the copied sequence, and the rest is
    /// copied. Problems with [`Code::Computed`] can be ignored: the target computes these itself. What
    /// is open is copied as it stands, its unsaved changes included.
    ///
    /// # Errors
    /// [`Code::NoAccess`] if the target is this object or read-only, or for [`CopyFlags::MOVE`] if this
    /// one is; [`Code::FolderCycle`] if the target lies inside this object;
    /// [`Code::InvalidParameter`] for an exclusion of `PR_NULL`; [`Code::ObjectDeleted`] once an object
    /// is closed; failures of the disk.
    ///
    /// # Example
    /// ```
    /// use openimsg::{CompoundFile, CopyOptions, Message, Modify, Recipient, SaveFlags, tags::*};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// message.set(PR_SUBJECT_W, "Minutes")?;
    /// message.modify_recipients(Modify::Add, &[Recipient::new("Ana", "ana@example.org")])?;
    ///
    /// let copy = Message::create(CompoundFile::memory())?;
    /// assert!(message.copy_to(&copy, CopyOptions::new())?.is_empty());
    /// copy.save_changes(SaveFlags::KEEP_OPEN_READWRITE)?;
    /// assert_eq!(copy.get(PR_DISPLAY_TO_W)?.as_deref(), Some("Ana"));
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    /// Spec: imessage-contract 3.1, CopyTo.
    pub fn copy_to<'t>(
        &self,
        target: &dyn CopyTarget<'t>,
        options: CopyOptions<'_>,
    ) -> Result<Vec<PropProblem>> {
        self.check_copy(target, options.flags, DOING)?;
        if options.exclude.iter().any(is_null) {
            let note = "PR_NULL cannot be excluded";
            return Err(Error::new(Code::InvalidParameter, DOING).note(note));
        }
        let plan = Plan::all(self, options.exclude)?;
        run::run(self, target, plan, options)
    }

    /// Copies the properties that `include` lists; only identifiers count. Recipients and attachments
    /// are copied if `PR_MESSAGE_RECIPIENTS` or `PR_MESSAGE_ATTACHMENTS` is listed.
    ///
    /// As [`MapiProp::copy_to`] otherwise. A property that is absent is listed with
    /// [`Code::NotFound`], one that belongs to the instance with [`Code::Computed`]; positions are
    /// those in `include`. What the options exclude is not copied either.
    ///
    /// # Errors
    /// As [`MapiProp::copy_to`]; [`Code::InvalidParameter`] for an empty list or `PR_NULL` in it.
    ///
    /// # Example
    /// ```
    /// use openimsg::{CompoundFile, CopyOptions, Message, tags::*};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// message.set(PR_SUBJECT_W, "Minutes")?;
    /// let copy = Message::create(CompoundFile::memory())?;
    /// message.copy_props(&[PR_SUBJECT_W.tag()], &copy, CopyOptions::new())?;
    /// assert_eq!(copy.get(PR_SUBJECT_W)?.as_deref(), Some("Minutes"));
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    /// Spec: imessage-contract 3.1, CopyProps.
    pub fn copy_props<'t>(
        &self,
        include: &[PropTag],
        target: &dyn CopyTarget<'t>,
        options: CopyOptions<'_>,
    ) -> Result<Vec<PropProblem>> {
        const DOING: &str = "copy properties";
        if include.is_empty() || include.iter().any(is_null) {
            let note = "the list of properties is empty or holds PR_NULL";
            return Err(Error::new(Code::InvalidParameter, DOING).note(note));
        }
        self.check_copy(target, options.flags, DOING)?;
        let plan = Plan::listed(self, include, options.exclude)?;
        run::run(self, target, plan, options)
    }

    /// What both refuse, before anything is done.
    fn check_copy<'t>(
        &self,
        target: &dyn CopyTarget<'t>,
        flags: CopyFlags,
        doing: &'static str,
    ) -> Result<()> {
        if let Some(own) = target.own() {
            let (from, to) = (&self.handle, &own.handle);
            if from.is_same_object(to) {
                let note = "the target is the source";
                return Err(Error::new(Code::NoAccess, doing).note(note));
            }
            if from.is_above(to) {
                let note = "the target lies inside the source";
                return Err(Error::new(Code::FolderCycle, doing).note(note));
            }
            own.handle.with(doing, |body, id| body.core(id)?.check_writable(doing))?;
        }
        let moves = flags.contains(CopyFlags::MOVE);
        self.handle.with(doing, |body, id| match moves {
            true => body.core(id)?.check_writable(doing),
            false => Ok(()),
        })
    }
}

fn is_null(tag: &PropTag) -> bool {
    tag.value() == 1
}

/// What failures inside a copy say of it.
const DOING: &str = "copy object";
/// The list of recipients, as the property that stands for it.
const RECIPIENTS: PropId = PropId::new(0x0E12);
/// The attachments, likewise.
const ATTACHMENTS: PropId = PropId::new(0x0E13);
/// The data of an attachment, bytes or object.
const DATA: PropId = PropId::new(0x3701);

/// Something shared between what is still to be done.
type Shared<'t> = Arc<dyn CopyTarget<'t> + 't>;
