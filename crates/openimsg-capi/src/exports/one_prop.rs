//! Helpers on one property of any `IMAPIProp`: of ours, or of another's through its table.

use super::export;
use crate::abi::*;
use crate::ffi::alloc::free_buffer;
use crate::ffi::{Foreign, Iface, In, Out};
use crate::gate;
use openimsg::{Code, Error, PropTag, PropType, Result};
use std::ptr::null_mut;

/// Any object with properties.
type Props = Foreign<PropTable<Iface>>;

fn props(object: Iface, doing: &'static str) -> Result<Props> {
    Props::keep(object).map_or_else(|| gate::null(doing), Ok)
}

/// A result of an object's method that this one's caller gets as it is.
fn passed(scode: Scode) -> Result<u32, Scode> {
    if scode < 0 { Err(scode) } else { Ok(scode.cast_unsigned()) }
}

/// A list of one tag, as C has it.
fn one(tag: u32) -> [u32; 2] {
    [1, tag]
}

export! {
    /// One value, in a block that the caller frees; an error in its place is the result.
    fn HrGetOneProp(object: Iface, tag: u32, mut out: Out<Raw>) -> Scode {
        const DOING: &str = "get property";
        let mut result = 0;
        let checked = gate::done(|| {
            let Some(place) = out.begin(null_mut()) else { return gate::null(DOING) };
            let object = props(object, DOING)?;
            let (list, mut count, mut block) = (one(tag), 0, null_mut());
            let get = object.table().get_props;
            let (number, slot) = (Out::lend(&mut count), Out::lend(&mut block));
            match passed(get(object.this(), In::numbers(&list), 0, number, slot)) {
                Err(scode) => result = scode,
                Ok(_) => match In::<SPropValue>::block(block).get() {
                    None => result = Code::NotFound.scode().cast_signed(),
                    Some(value) if is_error(value.tag) => {
                        result = value.value.err();
                        free_of(&object, block);
                    }
                    Some(_) => *place = block,
                },
            }
            Ok(())
        });
        if checked < 0 { checked } else { result }
    }

    /// Sets one value; a problem is the result.
    fn HrSetOneProp(object: Iface, value: In<SPropValue>) -> Scode {
        const DOING: &str = "set property";
        let mut result = 0;
        let checked = gate::done(|| {
            let object = props(object, DOING)?;
            if value.is_null() {
                return gate::null(DOING);
            }
            let mut block = null_mut();
            let set = object.table().set_props;
            result = set(object.this(), 1, value, Out::lend(&mut block));
            let problems = In::<SPropProblemArray>::block(block);
            if let Some(problem) = problems.items().and_then(<[_]>::first) {
                result = problem.scode;
            }
            free_of(&object, block);
            Ok(())
        });
        if checked < 0 { checked } else { result }
    }

    /// Whether an object has a property; of any type, if the tag has none. No value is read.
    fn FPropExists(object: Iface, tag: u32) -> i32 {
        let mut there = false;
        gate::done(|| {
            let object = props(object, "look for property")?;
            let mut block = null_mut();
            let list = object.table().get_prop_list;
            // By both widths, since the list shows text in the one that is asked for.
            for flags in [0, openimsg::mapi::UNICODE] {
                if list(object.this(), flags, Out::lend(&mut block)) < 0 {
                    return Err(Error::new(Code::CallFailed, "list properties"));
                }
                let tags = In::<SPropTagArray>::block(block);
                let tags = tags.items().unwrap_or_default();
                there |= tags.iter().any(|listed| is_asked(PropTag::new(*listed), tag));
                free_of(&object, block);
            }
            Ok(())
        });
        i32::from(there)
    }
}

fn is_error(tag: u32) -> bool {
    PropTag::new(tag).prop_type() == PropType::PT_ERROR
}

fn is_asked(listed: PropTag, tag: u32) -> bool {
    let tag = PropTag::new(tag);
    let any = tag.prop_type() == PropType::PT_UNSPECIFIED;
    if any { listed.id() == tag.id() } else { listed == tag }
}

/// Frees what an object gave: by its own routines, if it is one of ours.
fn free_of(object: &Props, block: Raw) {
    match crate::objects::props::own(object.this()) {
        Some(own) => {
            if let Some(own) = own.get() {
                own.family().allocators.free(block);
            }
        }
        None => {
            free_buffer(block);
        }
    }
}
