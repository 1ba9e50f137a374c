//! The dictionary that both directions share: its preloaded text, the arithmetic of its offsets,
//! and the encoder's index of what it holds.
//!
//! The format describes a circular buffer of 4096 bytes that is written in step with the text.
//! That buffer always holds the last 4096 bytes of one long text: the preload and then the RTF.
//! So neither direction keeps a buffer: both work with positions in that long text, and a
//! dictionary offset is such a position modulo 4096. Spec: msg-format 4.3.

/// The size of the circular buffer.
pub(super) const SIZE: usize = 4096;

/// The shortest and the longest run that a reference can name.
pub(super) const SHORTEST: usize = 2;
pub(super) const LONGEST: usize = 17;

/// What the dictionary holds before the first byte; its other positions are zero.
pub(super) const PRELOAD: &[u8; 207] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}\
    {\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New \
    RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// The dictionary offset of a position in the text.
#[expect(clippy::cast_possible_truncation, reason = "the remainder is below 4096")]
pub(super) fn offset_of(position: usize) -> u16 {
    (position % SIZE) as u16
}

/// How far back from `position` the text at dictionary offset `offset` begins: 0 to 4095.
pub(super) fn distance(position: usize, offset: u16) -> usize {
    (position % SIZE + SIZE - usize::from(offset)) % SIZE
}

const NONE: u16 = u16::MAX;

/// Lists of dictionary offsets by key, oldest first: the two ends of each list, and the links.
struct Lists {
    ends: Vec<(u16, u16)>,
    next: Vec<u16>,
}

impl Lists {
    fn new(keys: usize) -> Self {
        Lists { ends: vec![(NONE, NONE); keys], next: vec![NONE; SIZE] }
    }

    fn push_newest(&mut self, key: usize, offset: u16) {
        let Some((first, last)) = self.ends.get_mut(key) else { return };
        if let Some(link) = self.next.get_mut(usize::from(offset)) {
            *link = NONE;
        }
        match self.next.get_mut(usize::from(*last)) {
            Some(link) => *link = offset,
            None => *first = offset,
        }
        *last = offset;
    }

    fn pop_oldest(&mut self, key: usize) {
        let Some((first, last)) = self.ends.get_mut(key) else { return };
        if let Some(next) = self.next.get(usize::from(*first)) {
            *first = *next;
            if *first == NONE {
                *last = NONE;
            }
        }
    }

    fn oldest_first(&self, key: usize) -> impl Iterator<Item = u16> + '_ {
        let mut at = self.ends.get(key).map_or(NONE, |(first, _)| *first);
        std::iter::from_fn(move || {
            let here = at;
            at = *self.next.get(usize::from(here))?;
            Some(here)
        })
    }
}

/// Finds where pairs and triples of bytes occur in the dictionary, oldest occurrence first.
///
/// Pairs have a list each; triples share lists by hash, so their users must compare.
pub(super) struct Index {
    pairs: Lists,
    triples: Lists,
    end: usize,
}

const PAIR_KEYS: usize = 1 << 16;
const TRIPLE_BITS: u32 = 13;

impl Index {
    /// An index that holds nothing yet.
    pub(super) fn new() -> Self {
        let triples = Lists::new(1 << TRIPLE_BITS);
        Index { pairs: Lists::new(PAIR_KEYS), triples, end: 0 }
    }

    /// Takes in the positions of the text below `end`; those that the dictionary forgets leave.
    pub(super) fn advance(&mut self, text: &[u8], end: usize) {
        for position in self.end..end {
            if let Some(forgotten) = position.checked_sub(SIZE) {
                if let Some(key) = pair(text, forgotten) {
                    self.pairs.pop_oldest(key);
                }
                if let Some(key) = triple(text, forgotten) {
                    self.triples.pop_oldest(key);
                }
            }
            let offset = offset_of(position);
            if let Some(key) = pair(text, position) {
                self.pairs.push_newest(key, offset);
            }
            if let Some(key) = triple(text, position) {
                self.triples.push_newest(key, offset);
            }
        }
        self.end = self.end.max(end);
    }

    /// The text loses bytes at its front: a multiple of [`SIZE`], so that offsets stay.
    pub(super) fn forget(&mut self, len: usize) {
        self.end = self.end.saturating_sub(len);
    }

    /// Where in the dictionary the pair of bytes at `position` is; the text has been taken in up
    /// to there.
    pub(super) fn pairs_like(
        &self,
        text: &[u8],
        position: usize,
    ) -> impl Iterator<Item = usize> + '_ {
        positions(&self.pairs, pair(text, position), position)
    }

    /// Where the triple of bytes at `position` may be.
    pub(super) fn triples_like(
        &self,
        text: &[u8],
        position: usize,
    ) -> impl Iterator<Item = usize> + '_ {
        positions(&self.triples, triple(text, position), position)
    }
}

fn pair(text: &[u8], position: usize) -> Option<usize> {
    match text.get(position..)? {
        [a, b, ..] => Some(usize::from(*a) << 8 | usize::from(*b)),
        _ => None,
    }
}

fn triple(text: &[u8], position: usize) -> Option<usize> {
    match text.get(position..)? {
        [a, b, c, ..] => {
            let hash = u32::from_le_bytes([*a, *b, *c, 0]).wrapping_mul(0x9E37_79B1);
            usize::try_from(hash >> (u32::BITS - TRIPLE_BITS)).ok()
        }
        _ => None,
    }
}

/// The positions below `before` whose offsets are in a list: the last 4096.
fn positions(lists: &Lists, key: Option<usize>, before: usize) -> impl Iterator<Item = usize> + '_ {
    let offsets = key.into_iter().flat_map(|key| lists.oldest_first(key));
    offsets.filter_map(move |offset| match distance(before, offset) {
        0 => before.checked_sub(SIZE),
        back => before.checked_sub(back),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preload_has_its_words_at_the_offsets_that_real_references_use() {
        assert!(
            PRELOAD.starts_with(b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil ")
        );
        assert!(PRELOAD.ends_with(b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"));
        assert!(PRELOAD.windows(20).any(|w| w == b"Times New RomanCouri"));
    }

    #[test]
    fn offsets_and_distances_are_two_views_of_one_place() {
        assert_eq!(offset_of(4095), 4095);
        assert_eq!(offset_of(4096), 0);
        assert_eq!(distance(4100, 4), 0);
        assert_eq!(distance(4100, 3), 1);
        assert_eq!(distance(4100, 5), 4095);
        assert_eq!(distance(207, 0), 207);
        assert_eq!(distance(0, 4095), 1);
    }

    #[test]
    fn the_index_gives_the_occurrences_in_the_last_4096_bytes_in_order() {
        let text: Vec<u8> = (0..3 * SIZE).map(|n| b"abcab"[n * n % 5]).collect();
        let mut index = Index::new();
        for at in [1, 2, 17, SIZE - 1, SIZE, SIZE + 1, 2 * SIZE + 77, text.len() - 2] {
            index.advance(&text, at);
            let expected: Vec<usize> = (at.saturating_sub(SIZE)..at)
                .filter(|from| text[*from..from + 2] == text[at..at + 2])
                .collect();
            assert_eq!(index.pairs_like(&text, at).collect::<Vec<_>>(), expected, "at {at}");
        }
        assert_eq!(index.triples_like(&text, text.len() - 2).count(), 0);
    }
}
