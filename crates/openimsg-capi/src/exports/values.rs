//! Helpers on values that callers hold: finding, comparing, measuring, copying.
//! Spec: imessage-contract 1.12.

use super::export;
use crate::abi::*;
use crate::ffi::relocate::relocate;
use crate::ffi::{Allocators, In, Out, Writer};
use crate::gate;
use crate::values::{given_name, given_prop, given_props, values};
use openimsg::mapi::given::{GivenProp, GivenValue};
use openimsg::mapi::helpers;
use openimsg::{Code, Error, Prop, PropTag, PropType, PropValue, Result};
use std::ptr::null_mut;

/// The values as the library has them; a null pointer among them refuses all.
fn props(array: In<SPropValue>, count: i32, doing: &'static str) -> Result<Vec<Prop>> {
    let count = u32::try_from(count).ok().filter(|count| *count > 0);
    let given = count.and_then(|count| given_props(array, count));
    let Some(given) = given else { return gate::null(doing) };
    given.into_iter().map(|given| prop(given, doing)).collect()
}

fn prop(given: GivenProp, doing: &'static str) -> Result<Prop> {
    let tag = PropTag::new(given.tag);
    let without = [PropType::PT_NULL, PropType::PT_OBJECT, PropType::PT_UNSPECIFIED];
    match given.value {
        GivenValue::Value(value) => Ok(Prop { tag, value }),
        GivenValue::Untyped if without.contains(&tag.prop_type()) => {
            Ok(Prop { tag, value: PropValue::Null })
        }
        _ => Err(Error::new(Code::InvalidParameter, doing).note(format!("{tag} has no value"))),
    }
}

/// One value; `None` for null and for what has none.
fn one(value: In<SPropValue>) -> Option<(PropTag, PropValue)> {
    let prop = prop(given_prop(value.get()?), "read value").ok()?;
    Some((prop.tag, prop.value))
}

/// The place in an array that a test takes; null if none is.
fn find(array: In<SPropValue>, count: u32, is: impl Fn(PropTag) -> bool) -> Raw {
    let found =
        array.slice(count).and_then(|all| all.iter().position(|value| is(PropTag::new(value.tag))));
    found.map_or(null_mut(), |index| array.at(index))
}

/// How many bytes values take in one block.
fn size(props: &[Prop]) -> Result<u32> {
    let too_large = || Error::new(Code::NotEnoughMemory, "count values");
    u32::try_from(Writer::measure(|writer| values(writer, props))).map_err(|_| too_large())
}

export! {
    /// The value with a tag in an array, of any type if the tag has none.
    fn PpropFindProp(array: In<SPropValue>, count: u32, tag: u32) -> Raw {
        let tag = PropTag::new(tag);
        let any = tag.prop_type() == PropType::PT_UNSPECIFIED;
        gate::value(null_mut(), || {
            find(array, count, |found| if any { found.id() == tag.id() } else { found == tag })
        })
    }

    /// The value with an identifier in an array; types do not matter.
    fn LpValFindProp(tag: u32, count: u32, array: In<SPropValue>) -> Raw {
        gate::value(null_mut(), || find(array, count, |found| found.id() == PropTag::new(tag).id()))
    }

    /// The bytes of a value, without pointers; 0 for null.
    fn UlPropSize(value: In<SPropValue>) -> u32 {
        gate::value(0, || {
            let size = one(value).map_or(0, |(_, value)| helpers::value_size(&value));
            u32::try_from(size).unwrap_or(u32::MAX)
        })
    }

    /// Whether two names are equal; not for null.
    fn FEqualNames(first: In<MapiNameId>, second: In<MapiNameId>) -> i32 {
        gate::value(0, || {
            let (Some(first), Some(second)) = (first.get(), second.get()) else { return 0 };
            let (first, second) = (given_name(first), given_name(second));
            // A name without a set, or with a null text, is nobody's.
            i32::from(first == second && first.set.is_some())
        })
    }

    /// Whether the first value contains the second, by a fuzzy level.
    fn FPropContainsProp(value: In<SPropValue>, part: In<SPropValue>, level: u32) -> i32 {
        gate::value(0, || match (one(value), one(part)) {
            (Some((_, value)), Some((_, part))) => {
                i32::from(helpers::contains(&value, &part, level))
            }
            _ => 0,
        })
    }

    /// Whether two values of one type relate as a `RELOP_*` says.
    fn FPropCompareProp(first: In<SPropValue>, relation: u32, second: In<SPropValue>) -> i32 {
        gate::value(0, || match (one(first), one(second)) {
            (Some((a, first)), Some((b, second))) if a.prop_type() == b.prop_type() => {
                i32::from(helpers::relates(&first, relation, &second))
            }
            _ => 0,
        })
    }

    /// The order of two values: below 0, 0 or above. Null comes first, and types by their number.
    fn LPropCompareProp(first: In<SPropValue>, second: In<SPropValue>) -> i32 {
        gate::value(0, || {
            let order = match (one(first), one(second)) {
                (Some((a, first)), Some((b, second))) if a.prop_type() == b.prop_type() => {
                    helpers::compare(&first, &second)
                }
                (first, second) => {
                    let kind = |one: Option<(PropTag, PropValue)>| {
                        one.map(|(tag, _)| tag.prop_type().value())
                    };
                    kind(first).cmp(&kind(second))
                }
            };
            order as i32
        })
    }

    /// How many bytes `ScCopyProps` needs for these values.
    fn ScCountProps(count: i32, array: In<SPropValue>, mut bytes: Out<u32>) -> Scode {
        gate::done(|| {
            bytes.put(0);
            bytes.put(size(&props(array, count, "count values")?)?);
            Ok(())
        })
    }

    /// Copies values into memory of the caller's that `ScCountProps` measured.
    fn ScCopyProps(count: i32, array: In<SPropValue>, mut to: Out<u8>, mut bytes: Out<u32>) -> Scode {
        const DOING: &str = "copy values";
        gate::done(|| {
            bytes.put(0);
            let props = props(array, count, DOING)?;
            let size = size(&props)?;
            if !Writer::fill(&mut to, size, |writer| values(writer, &props)) {
                return gate::null(DOING);
            }
            bytes.put(size);
            Ok(())
        })
    }

    /// Corrects the pointers of values that were moved with all they point to.
    fn ScRelocProps(
        count: i32,
        array: Out<SPropValue>,
        old_base: Raw,
        new_base: Raw,
        mut bytes: Out<u32>,
    ) -> Scode {
        const DOING: &str = "move values";
        gate::done(|| {
            bytes.put(0);
            let places = u32::try_from(count).ok().filter(|count| *count > 0 && !array.is_null());
            let Some(places) = places else { return gate::null(DOING) };
            if old_base.is_null() || new_base.is_null() {
                return gate::null(DOING);
            }
            let moved = relocate(&array, places, old_base, new_base);
            bytes.put(size(&props(moved, count, DOING)?)?);
            Ok(())
        })
    }

    /// Copies values into a block of their own.
    fn ScDupPropset(
        count: i32,
        array: In<SPropValue>,
        allocate: Option<AllocateBuffer>,
        mut out: Out<Raw>,
    ) -> Scode {
        const DOING: &str = "duplicate values";
        gate::done(|| {
            let place = out.begin(null_mut());
            let (Some(place), Some(allocate)) = (place, allocate) else {
                return gate::null(DOING);
            };
            let props = props(array, count, DOING)?;
            let by = Allocators { allocate, ..crate::ffi::alloc::OWN };
            *place = by.block(|writer| values(writer, &props))?;
            Ok(())
        })
    }

    /// Copies a value; what it points to is linked to a block of the caller's.
    fn PropCopyMore(
        mut to: Out<SPropValue>,
        from: In<SPropValue>,
        more: Option<AllocateMore>,
        object: Raw,
    ) -> Scode {
        const DOING: &str = "copy value";
        gate::done(|| {
            let (Some(more), Some(given)) = (more, from.get()) else { return gate::null(DOING) };
            if to.is_null() || object.is_null() {
                return gate::null(DOING);
            }
            let props = [prop(given_prop(given), DOING)?];
            let alone = size_of::<SPropValue>();
            if Writer::measure(|writer| values(writer, &props)) <= alone {
                to.put(*given);
                return Ok(());
            }
            // The copy has a place for the value itself, too, which is then copied out of it.
            let block = Allocators::linked(more, object, |writer| values(writer, &props))?;
            let copied = In::<SPropValue>::block(block);
            to.put(*copied.get().ok_or_else(|| Error::new(Code::CallFailed, DOING))?);
            Ok(())
        })
    }
}
