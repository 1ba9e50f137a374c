//! Header fields.
