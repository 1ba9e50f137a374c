//! Tables of the one-byte pages that `encoding_rs` lacks.

pub(super) mod dos;
pub(super) mod ebcdic;
pub(super) mod mac;
