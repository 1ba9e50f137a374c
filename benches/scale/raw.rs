//! The same number of raw storages, by us and by the `cfb` crate.
pub fn compare(_: [usize; 3], _: usize) {}
