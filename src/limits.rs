//! What a hostile file may cost. Every limit is checked before memory is asked for.

/// Upper bounds on what one file may make us do. Spec: msg-format 9.1.
///
/// Reaching a bound is an error ([`TooBig`](crate::Code::TooBig) for counts and sizes,
/// [`TooComplex`](crate::Code::TooComplex) for depths), never a silent cut. A caller that trusts its
/// input may raise them.
///
/// # Example
/// ```
/// use openimsg::Limits;
///
/// let mut limits = Limits::default();
/// limits.embedded_depth = 4;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Properties of one object.
    pub properties: usize,
    /// Bytes of one property value read into memory; streams have no bound.
    pub value_bytes: u64,
    /// Bytes of one text value.
    pub text_bytes: u64,
    /// Recipients, and attachments, of one message.
    pub rows: usize,
    /// Named properties of one file.
    pub names: usize,
    /// Messages inside messages.
    pub embedded_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            properties: 16_384,
            value_bytes: 512 << 20,
            text_bytes: 64 << 20,
            rows: 1 << 20,
            names: 32_767,
            embedded_depth: 16,
        }
    }
}
