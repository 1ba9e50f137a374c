//! Pointers that callers pass in.

use crate::abi::*;
use std::slice;

/// A pointer for reading: null, or to at least one `T` that stays as it is during the call.
///
/// Safe code can only make it null, so one that is not null came from a C caller, who promised that.
#[repr(transparent)]
#[derive(Debug)]
pub(crate) struct In<T>(*const T);

impl<T> Clone for In<T> {
    fn clone(&self) -> In<T> {
        *self
    }
}

impl<T> Copy for In<T> {}

// SAFETY: a pointer for reading may be used by any thread as long as what it points to may; callers
// pass plain data.
unsafe impl<T: Sync> Send for In<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for In<T> {}

impl<T> In<T> {
    /// What a call gave, or a block made to pass, begins with: null, or a `T`.
    pub(crate) fn block(block: Raw) -> In<T> {
        In(block.cast_const().cast())
    }

    /// Null.
    pub(crate) const NULL: In<T> = In(std::ptr::null());

    /// A pointer to lend to a callee for the time of a call.
    pub(crate) fn lend(items: &[T]) -> In<T> {
        In(items.as_ptr())
    }

    pub(crate) fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// A pointer to one of the items, to pass on.
    pub(crate) fn at(&self, index: usize) -> Raw {
        self.0.wrapping_add(index).cast_mut().cast()
    }

    /// The pointer, to pass on.
    pub(crate) fn raw(&self) -> Raw {
        self.0.cast_mut().cast()
    }

    /// What it points to; `None` for null.
    pub(crate) fn get(&self) -> Option<&T> {
        // SAFETY: it is null or points to a `T` for the call (see the type).
        unsafe { self.0.as_ref() }
    }

    /// An array of so many; `None` for null.
    pub(crate) fn slice(&self, count: u32) -> Option<&[T]> {
        let count = usize::try_from(count).ok()?;
        let bytes = count.checked_mul(size_of::<T>())?;
        if self.0.is_null() || isize::try_from(bytes).is_err() {
            return None;
        }
        // SAFETY: the caller passes the count that goes with the pointer (C's convention for all
        // arrays of MAPI), and the size is one that memory can have.
        Some(unsafe { slice::from_raw_parts(self.0, count) })
    }
}

/// What ends an array of C without a count.
pub(crate) trait Terminated: Copy {
    fn is_end(self) -> bool;
}

impl Terminated for u8 {
    fn is_end(self) -> bool {
        self == 0
    }
}

impl Terminated for u16 {
    fn is_end(self) -> bool {
        self == 0
    }
}

impl<T> Terminated for In<T> {
    fn is_end(self) -> bool {
        self.is_null()
    }
}

impl<T: Terminated> In<T> {
    /// A string, or a list that ends with null, without its end; `None` for null.
    pub(crate) fn terminated(&self) -> Option<&[T]> {
        if self.0.is_null() {
            return None;
        }
        let mut count = 0;
        // SAFETY: the caller promises an end, and everything before it can be read.
        unsafe {
            while !(*self.0.add(count)).is_end() {
                count += 1;
            }
            Some(slice::from_raw_parts(self.0, count))
        }
    }
}

/// A structure that ends with an array, of as many items as it says.
///
/// # Safety
/// `OFFSET` is where the array begins, and `count` how many items the caller put there.
pub(crate) unsafe trait Trailing {
    type Item;
    const OFFSET: usize;
    fn count(&self) -> u32;
}

macro_rules! trailing {
    ($($type:ty, $count:ident, $items:ident: $item:ty;)*) => {$(
        // SAFETY: the field is the array, and C callers set the count to its length.
        unsafe impl Trailing for $type {
            type Item = $item;
            const OFFSET: usize = std::mem::offset_of!($type, $items);
            fn count(&self) -> u32 {
                self.$count
            }
        }
    )*};
}

trailing! {
    SPropTagArray, count, tags: u32;
    SRowSet, count, rows: SRow;
    SPropProblemArray, count, problems: SPropProblem;
    AdrList, count, entries: AdrEntry;
    SSortOrderSet, count, keys: SSortOrder;
}

impl In<SPropTagArray> {
    /// A list of tags, laid out as C has it, to lend for a call: the count, then the tags.
    pub(crate) fn numbers(list: &[u32]) -> In<SPropTagArray> {
        match list.split_first() {
            Some((count, tags)) if usize::try_from(*count).ok() == Some(tags.len()) => {
                In(list.as_ptr().cast())
            }
            _ => In::NULL,
        }
    }
}

impl<S: Trailing> In<S> {
    /// The array at the end; `None` for null.
    pub(crate) fn items(&self) -> Option<&[S::Item]> {
        if self.0.is_null() {
            return None;
        }
        // The structure may be shorter than its type says: its array may be empty. Its count is
        // there in any case.
        // SAFETY: the caller passes a structure of this type.
        let count = unsafe { (*self.0).count() };
        let count = usize::try_from(count).ok()?;
        isize::try_from(count.checked_mul(size_of::<S::Item>())?).ok()?;
        // SAFETY: `Trailing` says where the items are, and how many.
        Some(unsafe { slice::from_raw_parts(self.0.byte_add(S::OFFSET).cast(), count) })
    }
}

macro_rules! fields {
    ($union:ty { $($field:ident: $type:ty),* $(,)? }) => {
        impl $union {
            $(pub(crate) fn $field(&self) -> $type {
                // SAFETY: every pattern of bits is a value of this type, and the callers of this
                // function read the field that goes with the kind.
                unsafe { self.$field }
            })*
        }
    };
}

fields!(PropUnion {
    i: i16, l: i32, flt: f32, dbl: f64, b: u16, cur: i64, ft: FILETIME, string8: In<u8>,
    bin: Counted<u8>, unicode: In<u16>, guid: In<GUID>, err: Scode, mv_i2: Counted<i16>,
    mv_long: Counted<i32>, mv_r4: Counted<f32>, mv_double: Counted<f64>, mv_i8: Counted<i64>,
    mv_time: Counted<FILETIME>, mv_guid: Counted<GUID>, mv_bin: Counted<Counted<u8>>,
    mv_string8: Counted<In<u8>>, mv_unicode: Counted<In<u16>>,
});
fields!(NameUnion { id: i32, name: In<u16> });
fields!(RestrictionUnion {
    numbers: Numbers,
    parts: Parts,
    with_value: WithValue,
    comment: Comment
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_nothing_and_an_empty_array_is_one() {
        let tags = SPropTagArray { count: 0, tags: [7] };
        assert_eq!(In(&raw const tags).items(), Some(&[][..]));
        assert!(In::<SPropTagArray>::NULL.items().is_none());
        assert!(In::<u8>::NULL.get().is_none());
        assert!(In::<u8>::NULL.slice(0).is_none());
        assert!(In::<u8>::NULL.terminated().is_none());
    }

    #[test]
    fn arrays_and_strings_are_as_long_as_they_say() {
        let tags = [2_u32, 0x0037_001F, 0x1000_001F, 9];
        assert_eq!(
            In(tags.as_ptr().cast::<SPropTagArray>()).items(),
            Some(&[0x0037_001F, 0x1000_001F][..])
        );
        let text = [b'a', b'b', 0, b'c'];
        assert_eq!(In(text.as_ptr()).terminated(), Some(&b"ab"[..]));
        assert_eq!(In(text.as_ptr()).slice(4), Some(&text[..]));
    }
}
