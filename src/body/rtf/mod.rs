//! What RTF bodies say: HTML and plain text inside RTF, and RTF of its own.

#[cfg_attr(not(test), expect(dead_code, reason = "the reader above it follows"))]
mod token;

#[cfg(test)]
mod tests;
