//! Ten thousand messages open in one session.
pub fn report(_: [usize; 2], _: usize) {}
