//! Pointers of values that a caller moved, with all that they point to.

use crate::abi::*;
use crate::ffi::{In, Out};
use openimsg::{PropTag, PropType};

/// Where a pointer into the old block points to in the new one.
fn moved(pointer: usize, old: Raw, new: Raw) -> usize {
    pointer.wrapping_sub(old.addr()).wrapping_add(new.addr())
}

/// Corrects the pointers of values whose block lay at `old` and now lies at `new`; gives the values for
/// reading.
pub(crate) fn relocate(array: &Out<SPropValue>, count: u32, old: Raw, new: Raw) -> In<SPropValue> {
    let first = array.raw().cast::<SPropValue>();
    for index in 0..usize::try_from(count).unwrap_or_default() {
        // SAFETY: the caller passes so many values, and everything they pointed to, moved by the
        // difference of the bases. Pointers are written as numbers of their size, where they lie.
        unsafe {
            let value = first.add(index);
            let kind = PropTag::new((*value).tag).prop_type();
            let union = (&raw mut (*value).value).cast::<u8>();
            let items = union.add(std::mem::offset_of!(Counted<u8>, items)).cast::<usize>();
            match kind {
                PropType::PT_STRING8 | PropType::PT_UNICODE | PropType::PT_CLSID => {
                    let pointer = union.cast::<usize>();
                    pointer.write(moved(pointer.read(), old, new));
                }
                kind if kind == PropType::PT_BINARY || kind.is_multivalue() => {
                    items.write(moved(items.read(), old, new));
                }
                _ => continue,
            }
            let (step, at) = match kind {
                PropType::PT_MV_STRING8 | PropType::PT_MV_UNICODE => (size_of::<Raw>(), 0),
                PropType::PT_MV_BINARY => {
                    (size_of::<Counted<u8>>(), std::mem::offset_of!(Counted<u8>, items))
                }
                _ => continue,
            };
            let list = std::ptr::with_exposed_provenance_mut::<u8>(items.read());
            let inner = usize::try_from(union.cast::<u32>().read()).unwrap_or_default();
            for item in 0..inner {
                let pointer = list.add(item * step + at).cast::<usize>();
                pointer.write(moved(pointer.read(), old, new));
            }
        }
    }
    In::block(array.raw())
}
