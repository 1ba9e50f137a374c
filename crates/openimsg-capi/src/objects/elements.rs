//! `IEnumSTATSTG`: live, so that members that come and go are neither repeated nor skipped.

use super::family::Names;
use super::stream::{reverted, stat_stg};
use crate::abi::*;
use crate::ffi::refcount::unknown;
use crate::ffi::{Answer, Class, Out, Ref, This};
use crate::gate;
use openimsg::com::elements;
use openimsg::{Elements, Guid, Result};
use std::ptr::null_mut;

/// An enumerator of a caller's.
pub(crate) struct EnumObject {
    elements: Elements,
    names: Names,
}

impl EnumObject {
    pub(super) fn new(elements: Elements, names: Names) -> EnumObject {
        EnumObject { elements, names }
    }
}

/// Its table.
static ENUM: EnumTable<This<EnumObject>> =
    EnumTable { unknown: unknown::<EnumObject>(), next, skip, reset, clone_enum };

impl Class for EnumObject {
    fn table(&self) -> *const UnknownTable<This<EnumObject>> {
        &raw const ENUM.unknown
    }

    fn query(_: &Ref<EnumObject>, iid: Guid) -> Answer {
        if iid == Guid::mapi(0x0D) { Answer::This } else { Answer::No }
    }
}

fn object(this: &This<EnumObject>) -> Result<&EnumObject> {
    this.get().ok_or_else(|| reverted("enumerate elements"))
}

/// `S_OK` or `S_FALSE`.
fn all(all: bool) -> u32 {
    u32::from(!all)
}

extern "system" fn next(
    this: This<EnumObject>,
    count: u32,
    mut out: Out<STATSTG>,
    mut fetched: Out<u32>,
) -> Scode {
    gate::scode(|| {
        const STEP: usize = 256;
        let mut fetched = fetched.begin(0);
        let object = object(&this)?;
        let wanted = usize::try_from(count).unwrap_or(usize::MAX);
        let (mut done, mut filled) = (0, true);
        // In steps, so that a count of all ones asks for no memory.
        while filled && (done < wanted || done == 0) {
            let mut slots = vec![None; (wanted - done).min(STEP)];
            let given = (!out.is_null()).then_some(slots.as_mut_slice());
            let mut got = 0;
            // A place for the count is only needed by those who ask for several.
            let place = (fetched.is_some() || wanted == 1).then_some(&mut got);
            filled = elements::next(&object.elements, given, place)?;
            for stat in slots.iter().flatten() {
                out.put_at(done, stat_stg(stat, None, 0, &object.names)?);
                done += 1;
            }
            if let Some(fetched) = &mut fetched {
                **fetched = u32::try_from(done).unwrap_or(u32::MAX);
            }
            if wanted == 0 {
                break;
            }
        }
        Ok(all(filled))
    })
}

extern "system" fn skip(this: This<EnumObject>, count: u32) -> Scode {
    gate::scode(|| elements::skip(&object(&this)?.elements, count).map(all))
}

extern "system" fn reset(this: This<EnumObject>) -> Scode {
    gate::done(|| object(&this)?.elements.reset())
}

extern "system" fn clone_enum(this: This<EnumObject>, mut out: Out<Raw>) -> Scode {
    gate::done(|| {
        let place = out.begin(null_mut());
        let object = object(&this)?;
        let mut made = None;
        elements::clone(&object.elements, place.is_some().then_some(&mut made))?;
        if let (Some(place), Some(made)) = (place, made) {
            *place = Ref::new(EnumObject::new(made, object.names.clone())).into_raw();
        }
        Ok(())
    })
}
