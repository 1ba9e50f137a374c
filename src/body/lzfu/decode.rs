//! Tokens to text, in one piece or in several: the same walk for both.

use super::dictionary::{PRELOAD, SHORTEST, SIZE, distance};
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

/// Why a walk stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The token stream ended.
    End(End),
    /// More tokens are needed.
    Input,
    /// There is as much text as was asked for.
    Full,
}

/// Decodes `contents`; `claimed` is the size that the header gives for the result.
///
/// Nothing is believed: space is reserved for no more than the contents can expand to, and one
/// byte above `limit` is an error.
pub(super) fn decode(contents: &[u8], claimed: u32, limit: u64) -> Result<(Vec<u8>, End)> {
    let claimed = usize::try_from(claimed).unwrap_or(usize::MAX);
    let possible = contents.len().saturating_mul(8).saturating_add(17);
    let mut text = Text::new(limit);
    text.bytes.reserve_exact(claimed.min(possible).min(text.limit));
    let mut tokens = Reader::new(contents);
    match text.read(&mut tokens, true, usize::MAX)? {
        Stop::End(end) => Ok((text.bytes, end)),
        Stop::Input | Stop::Full => Ok((text.bytes, End::Missing(tokens.position()))),
    }
}

/// The text of tokens, and where in a group of eight the walk is.
pub(super) struct Text {
    /// The text; of a long one that is given out in pieces, the last part.
    pub(super) bytes: Vec<u8>,
    /// How much of it is gone: a multiple of the dictionary's size, so that offsets stay.
    gone: usize,
    limit: usize,
    /// The control bits that are left, the next one lowest, and how many.
    control: u8,
    left: u32,
}

impl Text {
    pub(super) fn new(limit: u64) -> Text {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Text { bytes: Vec::new(), gone: 0, limit, control: 0, left: 0 }
    }

    /// How long the text is, with what is gone.
    pub(super) fn len(&self) -> usize {
        self.gone + self.bytes.len()
    }

    /// Lets go of text that no reference reaches any more; tells how many bytes.
    pub(super) fn slide(&mut self) -> usize {
        let len = (self.bytes.len() / SIZE).saturating_sub(1) * SIZE;
        self.bytes.drain(..len);
        self.gone += len;
        len
    }

    /// Walks on until the end, until `tokens` has no whole token more, or until `bytes` holds `enough`
    /// (and a few). If `last`, no more tokens come.
    pub(super) fn read(
        &mut self,
        tokens: &mut Reader<'_>,
        last: bool,
        enough: usize,
    ) -> Result<Stop> {
        loop {
            if self.left == 0 {
                if self.bytes.len() >= enough {
                    return Ok(Stop::Full);
                }
                let Some(control) = tokens.u8() else { return Ok(short(tokens, last)) };
                if control == 0
                    && let Some(bytes) = tokens.take(8)
                {
                    self.append(bytes)?;
                    continue;
                }
                (self.control, self.left) = (control, u8::BITS);
            }
            let (mut control, mut left) = (self.control, self.left);
            while left > 0 {
                if control & 1 == 0 {
                    let Some(byte) = tokens.take(1) else {
                        (self.control, self.left) = (control, left);
                        return Ok(short(tokens, last));
                    };
                    self.append(byte)?;
                } else {
                    let Some(token) = tokens.array().map(u16::from_be_bytes) else {
                        (self.control, self.left) = (control, left);
                        return Ok(short(tokens, last));
                    };
                    let back = distance(PRELOAD.len().wrapping_add(self.bytes.len()), token >> 4);
                    if back == 0 {
                        return Ok(Stop::End(End::Token));
                    }
                    self.copy(back, SHORTEST + usize::from(token & 0x0F))?;
                }
                control >>= 1;
                left -= 1;
            }
            self.left = 0;
        }
    }

    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<()> {
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
        match self.limit.checked_sub(self.len()) {
            Some(room) if room >= len => Ok(()),
            _ => Err(too_big(u64::try_from(self.limit).unwrap_or(u64::MAX))),
        }
    }
}

/// The tokens do not go on.
fn short(tokens: &Reader<'_>, last: bool) -> Stop {
    let at = tokens.position();
    match (last, tokens.rest().is_empty()) {
        (false, _) => Stop::Input,
        (true, true) => Stop::End(End::Missing(at)),
        (true, false) => Stop::End(End::Cut(at)),
    }
}
