//! `IMAPIProp::CopyTo` and `CopyProps`.

use super::props::{PropObject, object, own};
use crate::abi::*;
use crate::ffi::foreign::{ForeignProgress, ForeignProps};
use crate::ffi::{Iface, In, Out, Ref, This};
use crate::gate;
use openimsg::mapi::Status;
use openimsg::mapi::copy::{self, GivenCopy, GivenTarget};
use openimsg::{Guid, Progress, PropProblem, Result};
use std::ptr::null_mut;

/// Where a copy goes.
enum Target {
    Own(Ref<PropObject>),
    Foreign { props: ForeignProps, has_interface: bool },
}

impl Target {
    /// `None` for null.
    fn new(destination: Iface, iid: Option<Guid>) -> Option<Target> {
        if destination.is_null() {
            return None;
        }
        if let Some(own) = own(destination) {
            return Some(Target::Own(own));
        }
        let asked = destination.query(iid.unwrap_or_default());
        if let Some(object) = asked {
            object.release();
        }
        let props = ForeignProps::new(destination)?;
        Some(Target::Foreign { props, has_interface: asked.is_some() })
    }

    fn given(&self, iid: Option<Guid>) -> Result<GivenTarget<'_, 'static>> {
        match self {
            Target::Own(object) => {
                let object = object.get().map_or_else(|| gate::ended("copy object"), Ok)?;
                GivenTarget::own(object.props(), iid.unwrap_or_default())
            }
            Target::Foreign { props, has_interface } => {
                Ok(GivenTarget { object: props, has_interface: *has_interface })
            }
        }
    }
}

/// What both calls do around the copy.
fn copying(
    this: &This<PropObject>,
    progress: Iface,
    (iid, destination): (In<GUID>, Iface),
    flags: u32,
    mut out: Out<Raw>,
    copy: impl FnOnce(
        &PropObject,
        GivenCopy<'_, 'static>,
        Option<&mut Option<Vec<PropProblem>>>,
    ) -> Result<Status>,
) -> Scode {
    gate::status(|| {
        let there = out.begin(null_mut()).is_some();
        let object = object(this, "copy object")?;
        let iid = iid.get().map(|iid| Guid::from(*iid));
        let target = Target::new(destination, iid);
        let target = match &target {
            // A destination that is closed is told of by the copy, after what comes before it.
            Some(target) => Some(target.given(iid)?),
            None => None,
        };
        let mut progress = ForeignProgress::keep(progress);
        let progress = progress.as_mut().map(|progress| progress as &mut dyn Progress);
        let mut found = None;
        let slot = there.then_some(&mut found);
        let status = copy(object, GivenCopy { progress, iid, target, flags }, slot)?;
        object.put_problems(&mut out, found)?;
        Ok(status)
    })
}

pub(super) extern "system" fn copy_to(
    this: This<PropObject>,
    excluded_count: u32,
    excluded: In<GUID>,
    exclude: In<SPropTagArray>,
    _window: usize,
    progress: Iface,
    iid: In<GUID>,
    destination: Iface,
    flags: u32,
    out: Out<Raw>,
) -> Scode {
    copying(&this, progress, (iid, destination), flags, out, |object, given, problems| {
        let excluded = excluded.slice(excluded_count);
        let excluded: Option<Vec<Guid>> =
            excluded.map(|all| all.iter().map(|iid| Guid::from(*iid)).collect());
        let (props, exclude) = (object.props(), exclude.items());
        copy::copy_to(props, excluded_count, excluded.as_deref(), exclude, given, problems)
    })
}

pub(super) extern "system" fn copy_props(
    this: This<PropObject>,
    include: In<SPropTagArray>,
    _window: usize,
    progress: Iface,
    iid: In<GUID>,
    destination: Iface,
    flags: u32,
    out: Out<Raw>,
) -> Scode {
    copying(&this, progress, (iid, destination), flags, out, |object, given, problems| {
        copy::copy_props(object.props(), include.items(), given, problems)
    })
}
