//! `IMAPIProp::CopyTo` and `CopyProps`.

use super::last_error::noted;
use super::{
    IID_IATTACHMENT, IID_IMAPIPROP, IID_IMESSAGE, IID_IUNKNOWN, Out, Status, check_flags, clear,
    given, listed, put_problems, unsupported,
};
use crate::error::{Code, Error, Result};
use crate::msg::copy::{CopyFlags, CopyOptions, CopyTarget, Progress, TargetKind};
use crate::msg::object::{MapiProp, PropProblem};
use crate::prop::PropTag;
use crate::wire::Guid;

const DOING: &str = "copy object";
/// `MAPI_DIALOG`.
const DIALOG: u32 = 8;

/// Where a caller wants a copy, and what the destination answers to QueryInterface.
pub struct GivenTarget<'a, 't> {
    /// The destination.
    pub object: &'a dyn CopyTarget<'t>,
    /// Whether it has the interface that was asked for.
    pub has_interface: bool,
}

impl<'a, 't> GivenTarget<'a, 't> {
    /// An object of this library, asked for an interface.
    ///
    /// # Errors
    /// Those of the object.
    pub fn own(object: &'a dyn CopyTarget<'t>, iid: Guid) -> Result<GivenTarget<'a, 't>> {
        let own = interface_of(object.kind()?);
        let has_interface = [IID_IUNKNOWN, IID_IMAPIPROP, own].contains(&iid);
        Ok(GivenTarget { object, has_interface })
    }
}

fn interface_of(kind: TargetKind) -> Guid {
    match kind {
        TargetKind::Message => IID_IMESSAGE,
        TargetKind::Attachment => IID_IATTACHMENT,
        TargetKind::Properties => IID_IMAPIPROP,
    }
}

/// What both calls are given beside the properties.
pub struct GivenCopy<'a, 't> {
    /// `lpProgress`, told if `MAPI_DIALOG` is among the flags.
    pub progress: Option<&'a mut dyn Progress>,
    /// `lpInterface`.
    pub iid: Option<Guid>,
    /// `lpDestObj`; `None` is a null pointer.
    pub target: Option<GivenTarget<'a, 't>>,
    /// `ulFlags`.
    pub flags: u32,
}

impl std::fmt::Debug for GivenCopy<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GivenCopy").field("flags", &self.flags).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for GivenTarget<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GivenTarget").finish_non_exhaustive()
    }
}

/// `IMAPIProp::CopyTo`. `excluded_count` is `ciidExclude`, `excluded` is `rgiidExclude`.
///
/// # Errors
/// [`Code::ObjectDeleted`], [`Code::InvalidParameter`] for null pointers and exclusions that are empty
/// or hold `PR_NULL`, [`Code::UnknownFlags`], [`Code::InterfaceNotSupported`] for an interface that the
/// destination lacks or that leaves nothing to copy; then as [`MapiProp::copy_to`].
pub fn copy_to(
    object: &MapiProp<'_>,
    excluded_count: u32,
    excluded: Option<&[Guid]>,
    exclude: Option<&[u32]>,
    given_copy: GivenCopy<'_, '_>,
    mut problems: Out<'_, Vec<PropProblem>>,
) -> Result<Status> {
    clear(&mut problems);
    let done = object.check_open(DOING).and_then(|()| {
        given(given_copy.iid, DOING)?;
        let target = given(given_copy.target.as_ref(), DOING)?.object;
        if excluded_count > 0 {
            given(excluded, DOING)?;
        }
        let exclude = exclude.map(|tags| listed(Some(tags), DOING)).transpose()?;
        if exclude.is_some_and(|tags| tags.contains(&1)) {
            return Err(Error::new(Code::InvalidParameter, DOING).note("PR_NULL is no exclusion"));
        }
        check_flags(given_copy.flags, 0xF, DOING)?;
        let own = interface_of(CopyTarget::kind(object)?);
        let nothing_left = [IID_IUNKNOWN, IID_IMAPIPROP, own];
        let excludes_all =
            excluded.is_some_and(|all| all.iter().any(|iid| nothing_left.contains(iid)));
        check_target(&given_copy, excludes_all)?;
        let exclude: Vec<PropTag> =
            exclude.unwrap_or_default().iter().map(|tag| PropTag::new(*tag)).collect();
        let mut told = Told(given_copy.progress.filter(|_| given_copy.flags & DIALOG != 0));
        object.copy_to(target, told.options(given_copy.flags).exclude(&exclude))
    });
    put_problems(noted(object, done)?, problems);
    Ok(Status::Ok)
}

/// `IMAPIProp::CopyProps`.
///
/// # Errors
/// [`Code::ObjectDeleted`], [`Code::InvalidParameter`] for null pointers and a list that is empty or
/// holds `PR_NULL`, [`Code::UnknownFlags`], [`Code::InterfaceNotSupported`]; then as
/// [`MapiProp::copy_props`].
pub fn copy_props(
    object: &MapiProp<'_>,
    include: Option<&[u32]>,
    given_copy: GivenCopy<'_, '_>,
    mut problems: Out<'_, Vec<PropProblem>>,
) -> Result<Status> {
    clear(&mut problems);
    let done = object.check_open(DOING).and_then(|()| {
        let include = listed(include, DOING)?;
        given(given_copy.iid, DOING)?;
        let target = given(given_copy.target.as_ref(), DOING)?.object;
        if include.contains(&1) {
            return Err(Error::new(Code::InvalidParameter, DOING).note("PR_NULL is no property"));
        }
        check_flags(given_copy.flags, 0xF, DOING)?;
        check_target(&given_copy, false)?;
        let include: Vec<PropTag> = include.iter().map(|tag| PropTag::new(*tag)).collect();
        let mut told = Told(given_copy.progress.filter(|_| given_copy.flags & DIALOG != 0));
        object.copy_props(&include, target, told.options(given_copy.flags))
    });
    put_problems(noted(object, done)?, problems);
    Ok(Status::Ok)
}

fn check_target(given_copy: &GivenCopy<'_, '_>, excludes_all: bool) -> Result<()> {
    let has = given_copy.target.as_ref().is_some_and(|target| target.has_interface);
    if has && !excludes_all { Ok(()) } else { unsupported(Code::InterfaceNotSupported, DOING) }
}

/// The caller's progress, if it is to be told.
struct Told<'a>(Option<&'a mut dyn Progress>);

impl Told<'_> {
    fn options(&mut self, flags: u32) -> CopyOptions<'_> {
        let options = CopyOptions::new().flags(CopyFlags::from_bits_truncate(flags));
        if self.0.is_some() { options.progress(self) } else { options }
    }
}

impl Progress for Told<'_> {
    fn progress(&mut self, value: u32, count: u32, total: u32) {
        if let Some(progress) = &mut self.0 {
            progress.progress(value, count, total);
        }
    }

    fn min(&self) -> u32 {
        self.0.as_ref().map_or(0, |progress| progress.min())
    }

    fn max(&self) -> u32 {
        self.0.as_ref().map_or(0, |progress| progress.max())
    }
}
