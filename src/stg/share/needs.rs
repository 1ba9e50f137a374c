//! Which lock bytes an opener takes, and which of others it conflicts with.
//! Spec: S-046, S-048 (structured-storage 1.8).

use super::super::Mode;

/// Lock bytes with one meaning, at most one for each opener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: u64,
    pub(super) len: u64,
}

const fn range(first: u64, last: u64) -> Range {
    Range { first: 0x7FFF_FF00 + first, len: last - first + 1 }
}

const PRIORITY_ONE: Range = range(0x58, 0x6B);
pub(super) const NO_SNAPSHOT: Range = range(0x6C, 0x7F);
const COMMITTING: Range = range(0x80, 0x80);
const PRIORITY_TWO: Range = range(0x81, 0x91);
/// Held while an opener looks at the others and takes its own bytes.
pub(super) const MUTEX: Range = range(0x92, 0x92);
pub(super) const READERS: Range = range(0x93, 0xA6);
pub(super) const WRITERS: Range = range(0xA7, 0xBA);
const DENY_READ: Range = range(0xBB, 0xCE);
const DENY_WRITE: Range = range(0xCF, 0xE2);
/// Held while a commit writes: nobody opens, and no priority opener is there.
pub(super) const COMMIT: Range = range(0x80, 0x92);
/// What an opener that reads and denies writing conflicts with, in one piece.
pub(super) const READ_DENY_WRITE: Range = range(0xA7, 0xCE);
/// Everything but the mutex.
const ALL: [Range; 2] = [range(0x00, 0x91), range(0x93, 0xFF)];

/// Whether an opener only looks, and leaves no trace.
pub(super) fn is_unlocked(mode: Mode) -> bool {
    !mode.is_transacted()
        && !mode.has(Mode::DIRECT_SWMR)
        && !mode.can_write()
        && mode.share() == Mode::SHARE_DENY_WRITE.bits()
}

/// In each of these an opener takes the first free byte.
pub(super) fn takes(mode: Mode) -> Vec<Range> {
    if is_unlocked(mode) {
        return Vec::new();
    }
    if mode.has(Mode::PRIORITY) {
        return vec![PRIORITY_ONE, PRIORITY_TWO, READERS];
    }
    let no_snapshot = mode.has(Mode::NOSNAPSHOT);
    let wanted = [
        (no_snapshot, NO_SNAPSHOT),
        (mode.can_read(), READERS),
        (mode.can_write(), WRITERS),
        (mode.denies_read(), DENY_READ),
        (mode.denies_write() || no_snapshot, DENY_WRITE),
    ];
    wanted.into_iter().filter_map(|(wanted, range)| wanted.then_some(range)).collect()
}

/// What keeps an opener out: bytes of others who deny what it wants, then of others who do what it
/// denies.
pub(super) fn conflicts(mode: Mode) -> (Vec<Range>, Vec<Range>) {
    if mode.has(Mode::PRIORITY) {
        return (vec![DENY_READ], vec![COMMITTING]);
    }
    let pick = |of: &[(bool, Range)]| {
        of.iter().filter_map(|(wanted, range)| wanted.then_some(*range)).collect::<Vec<_>>()
    };
    let denied = pick(&[(mode.can_read(), DENY_READ), (mode.can_write(), DENY_WRITE)]);
    let direct = !mode.is_transacted() && !mode.has(Mode::DIRECT_SWMR);
    if direct && !mode.can_write() && mode.denies_read() {
        // Alone, and without a copy of its own: any opener disturbs.
        return (denied, ALL.to_vec());
    }
    (denied, pick(&[(mode.denies_read(), READERS), (mode.denies_write(), WRITERS)]))
}
