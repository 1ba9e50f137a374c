//! Helpers on tables and rows.

use super::export;
use crate::abi::*;
use crate::ffi::foreign::free_rows;
use crate::gate;

export! {
    /// Frees a row set and the values of its rows.
    fn FreeProws(set: Raw) {
        gate::value((), || free_rows(set));
    }

    /// Frees an address list and the values of its entries.
    fn FreePadrlist(list: Raw) {
        // Both are a count, then a number, a count and a pointer for each.
        gate::value((), || free_rows(list));
    }
}
