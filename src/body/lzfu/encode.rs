//! Text to tokens, byte for byte as the reference encoder does it.
//!
//! The reference takes, at each step, the longest run in the dictionary that the text goes on
//! with (at most 17 bytes), and of several the one that is oldest. It finds it by trying all
//! 4095 places. We look the places up in an [`Index`] instead, with the same result.
//!
//! One detail of the reference needs care. It writes a matched byte to its buffer as soon as a
//! place beats the best so far, at the write offset and onward. Once the buffer has wrapped, the
//! oldest bytes lie there, and the places just ahead of the write offset, which it tries next,
//! are compared with what was written over them. The decoder has nothing written there yet when
//! it copies, and may give other bytes: the reference encoder damages such a text (the tests have
//! one of 4 100 bytes). We follow it through the 16 places that this can happen at, and where its
//! choice would not decode to the text we take the longest run that does.
//!
//! Outlook's own encoder takes the longest run too, but not always the oldest, so that its values
//! and ours differ in offsets. Spec: F-061, F-062 (msg-format 4.5).

use super::dictionary::{Index, LONGEST, PRELOAD, SHORTEST, SIZE, offset_of};

/// The contents that follow the header: tokens of `rtf`, and the end token.
pub(super) fn encode(rtf: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::new(rtf.len());
    encoder.text.extend_from_slice(rtf);
    encoder.finish();
    encoder.tokens.out
}

/// Text that becomes tokens, piece by piece; the pieces make no difference to the tokens.
pub(super) struct Encoder {
    /// The preload and the text. Of a long one the end, and what the dictionary holds before it: bytes
    /// leave in multiples of [`SIZE`], so that a position is a dictionary offset as before.
    text: Vec<u8>,
    /// The text before here is tokens.
    at: usize,
    index: Index,
    tokens: Tokens,
}

/// How much text may lie before the place that is looked at, when more comes.
const BEHIND: usize = 16 * SIZE;

impl Encoder {
    /// An encoder for about so many bytes of text.
    pub(super) fn new(len: usize) -> Self {
        let mut text = Vec::with_capacity(PRELOAD.len() + len);
        text.extend_from_slice(PRELOAD);
        let tokens = Tokens::with_capacity(len / 2);
        Encoder { text, at: PRELOAD.len(), index: Index::new(), tokens }
    }

    /// More text.
    pub(super) fn push(&mut self, rtf: &[u8]) {
        if self.at > BEHIND {
            // Two dictionaries stay: one before this place, one that the index has yet to forget.
            let len = (self.at / SIZE - 2) * SIZE;
            self.text.drain(..len);
            self.index.forget(len);
            self.at -= len;
        }
        self.text.extend_from_slice(rtf);
        // What a run could go on into must be there.
        self.run(self.text.len().saturating_sub(LONGEST));
    }

    /// Nothing more comes: the last tokens, and the one for the end.
    pub(super) fn finish(&mut self) {
        self.run(self.text.len());
        self.tokens.finish(self.at);
    }

    /// The tokens so far, in whole groups.
    pub(super) fn out(&mut self) -> &mut Vec<u8> {
        &mut self.tokens.out
    }

    #[cfg(test)]
    pub(super) fn text_capacity(&self) -> usize {
        self.text.capacity()
    }

    fn run(&mut self, end: usize) {
        let (text, tokens) = (self.text.as_slice(), &mut self.tokens);
        let mut at = self.at;
        while at < end
            && let Some(byte) = text.get(at)
        {
            self.index.advance(text, at);
            let run = Search { text, index: &self.index }.reference_choice(at);
            if run.len < SHORTEST {
                tokens.literal(*byte);
                at += 1;
            } else {
                tokens.reference(run.from, run.len);
                at += run.len;
            }
        }
        self.at = at;
    }
}

/// A run of the dictionary that equals the text ahead; no run when `len` is 0.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    from: usize,
    len: usize,
}

struct Search<'a> {
    text: &'a [u8],
    index: &'a Index,
}

impl Search<'_> {
    /// The run that the reference encoder takes at position `at`.
    fn reference_choice(&self, at: usize) -> Run {
        // The byte at the write offset itself is 4096 back, and never a candidate: a reference
        // to it would mean the end.
        let oldest = at.saturating_sub(SIZE - 1);
        let near_end = (at + LONGEST).saturating_sub(SIZE).max(oldest);
        let near = self.overwritten(at, oldest, near_end);
        let run = self.longest(at, near_end, near);
        if run.len >= SHORTEST && run.from < near_end && self.common(run.from, at) < run.len {
            return self.longest(at, oldest, Run::default());
        }
        run
    }

    /// Tries the places `from..end` as the reference does, which has overwritten, at each, the
    /// first bytes ahead of the write offset with the best run so far.
    fn overwritten(&self, at: usize, from: usize, end: usize) -> Run {
        let ahead = self.ahead(at);
        let mut best = Run::default();
        for place in from..end {
            let in_front = place + SIZE - at;
            let old = self.text.get(place..).unwrap_or_default();
            let mut len = 0;
            while let (Some(wanted), Some(old)) = (ahead.get(len), old.get(len)) {
                let overwritten = ahead.get(in_front + len).filter(|_| in_front + len < best.len);
                if overwritten.unwrap_or(old) != wanted {
                    break;
                }
                len += 1;
            }
            if len > best.len {
                best = Run { from: place, len };
            }
        }
        best
    }

    /// The oldest of the longest runs that begin at `from` or later, if longer than `best`.
    fn longest(&self, at: usize, from: usize, mut best: Run) -> Run {
        let most = self.ahead(at).len();
        // Longer than a pair: all of them are listed with the triple that they begin with.
        for place in self.index.triples_like(self.text, at) {
            let beat = best.len.max(SHORTEST);
            if beat >= most {
                break;
            }
            if place < from || self.text.get(place + beat) != self.text.get(at + beat) {
                continue;
            }
            let len = self.common(place, at);
            if len > beat {
                best = Run { from: place, len };
            }
        }
        if best.len < SHORTEST
            && let Some(place) = self.index.pairs_like(self.text, at).find(|place| *place >= from)
        {
            best = Run { from: place, len: SHORTEST };
        }
        best
    }

    /// How many bytes from `place` on equal those at `at`, as a decoder would copy them.
    fn common(&self, place: usize, at: usize) -> usize {
        let old = self.text.get(place..).unwrap_or_default();
        old.iter().zip(self.ahead(at)).take_while(|(old, wanted)| old == wanted).count()
    }

    /// The bytes that one reference could cover.
    fn ahead(&self, at: usize) -> &[u8] {
        let rest = self.text.get(at..).unwrap_or_default();
        rest.get(..LONGEST).unwrap_or(rest)
    }
}

/// The token stream: groups of eight tokens, each with its control byte in front.
struct Tokens {
    out: Vec<u8>,
    control: u8,
    used: u32,
    group: Vec<u8>,
}

impl Tokens {
    fn with_capacity(len: usize) -> Self {
        let (out, group) = (Vec::with_capacity(len), Vec::with_capacity(16));
        Tokens { out, control: 0, used: 0, group }
    }

    fn literal(&mut self, byte: u8) {
        self.group.push(byte);
        self.count();
    }

    fn reference(&mut self, position: usize, len: usize) {
        let extra = u16::try_from(len.saturating_sub(SHORTEST)).unwrap_or(0);
        let token = offset_of(position) << 4 | extra & 0x0F;
        self.control |= 1 << self.used;
        self.group.extend_from_slice(&token.to_be_bytes());
        self.count();
    }

    fn count(&mut self) {
        self.used += 1;
        if self.used == u8::BITS {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.out.push(self.control);
        self.out.append(&mut self.group);
        (self.control, self.used) = (0, 0);
    }

    /// Ends with a reference to the write offset, which is what no run can be.
    fn finish(&mut self, end: usize) {
        self.reference(end, SHORTEST);
        if self.used > 0 {
            self.flush();
        }
    }
}
