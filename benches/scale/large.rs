//! An attachment of 4 GiB.
pub fn report(_: u64) {}
