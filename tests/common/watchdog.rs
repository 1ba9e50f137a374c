//! Ends a test that hangs. Nothing is timed: a busy machine only has to move on now and then.

use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

static STARTED: Once = Once::new();
static TURN: AtomicU64 = AtomicU64::new(0);
static SEED: AtomicU64 = AtomicU64::new(0);

/// Says that the next piece of work begins. The process ends, with this seed printed, when two
/// minutes pass and no other has begun.
pub(crate) fn begin(seed: u64) {
    TURN.fetch_add(1, Ordering::Relaxed);
    SEED.store(seed, Ordering::Relaxed);
    STARTED.call_once(|| drop(std::thread::spawn(watch)));
}

fn watch() {
    let mut last = u64::MAX;
    loop {
        std::thread::sleep(Duration::from_secs(120));
        let turn = TURN.load(Ordering::Relaxed);
        if turn == last {
            eprintln!("hangs at piece {turn}, seed {}", SEED.load(Ordering::Relaxed));
            std::process::abort();
        }
        last = turn;
    }
}
