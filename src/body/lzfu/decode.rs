//! Tokens to text.

use super::dictionary::{PRELOAD, SHORTEST, distance};
use super::too_big;
use crate::error::Result;
use crate::wire::Reader;

/// How the token stream ended; the offsets count from the start of the contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// With the end token.
    Token,
    /// Without one, after a whole token.
    Missing(usize),
    /// Inside a reference.
    Cut(usize),
}

/// Decodes `contents`; `claimed` is the size that the header gives for the result.
///
/// Nothing is believed: space is reserved for no more than the contents can expand to, and one
/// byte above `limit` is an error.
pub(super) fn decode(contents: &[u8], claimed: u32, limit: u64) -> Result<(Vec<u8>, End)> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let claimed = usize::try_from(claimed).unwrap_or(usize::MAX);
    let possible = contents.len().saturating_mul(8).saturating_add(17);
    let mut text = Text { bytes: Vec::with_capacity(claimed.min(possible).min(limit)), limit };
    let end = text.read(&mut Reader::new(contents))?;
    Ok((text.bytes, end))
}

struct Text {
    bytes: Vec<u8>,
    limit: usize,
}

impl Text {
    fn read(&mut self, tokens: &mut Reader<'_>) -> Result<End> {
        while let Some(control) = tokens.u8() {
            if control == 0 && tokens.rest().len() >= 8 {
                self.append(tokens.take(8).unwrap_or_default())?;
                continue;
            }
            for bit in 0..u8::BITS {
                if control >> bit & 1 == 0 {
                    match tokens.take(1) {
                        Some(byte) => self.append(byte)?,
                        None => return Ok(End::Missing(tokens.position())),
                    }
                } else if let Some(token) = tokens.array().map(u16::from_be_bytes) {
                    let back = distance(PRELOAD.len() + self.bytes.len(), token >> 4);
                    if back == 0 {
                        return Ok(End::Token);
                    }
                    self.copy(back, SHORTEST + usize::from(token & 0x0F))?;
                } else if tokens.rest().is_empty() {
                    return Ok(End::Missing(tokens.position()));
                } else {
                    return Ok(End::Cut(tokens.position()));
                }
            }
        }
        Ok(End::Missing(tokens.position()))
    }

    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.room(bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Appends `len` bytes of what lies `back` bytes back, which may run into what it appends.
    fn copy(&mut self, back: usize, len: usize) -> Result<()> {
        self.room(len)?;
        let mut left = len;
        // Whatever lies before the text is in the preload, or was never written.
        while left > 0 && back > self.bytes.len() {
            let before = back - self.bytes.len();
            let byte = PRELOAD.len().checked_sub(before).and_then(|at| PRELOAD.get(at));
            self.bytes.push(byte.copied().unwrap_or(0));
            left -= 1;
        }
        if left > 0 {
            // An overlapping run repeats, so that twice as much can be copied each time.
            let from = self.bytes.len() - back;
            while left > 0 {
                let part = left.min(self.bytes.len() - from);
                self.bytes.extend_from_within(from..from + part);
                left -= part;
            }
        }
        Ok(())
    }

    fn room(&self, len: usize) -> Result<()> {
        match self.limit.checked_sub(self.bytes.len()) {
            Some(room) if room >= len => Ok(()),
            _ => Err(too_big(u64::try_from(self.limit).unwrap_or(u64::MAX))),
        }
    }
}
