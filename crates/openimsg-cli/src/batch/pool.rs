//! Workers that take inputs in order and hand results over in order.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};

/// How many results may wait for one that takes long, for each worker.
const WINDOW: usize = 16;

struct Gate {
    state: Mutex<State>,
    moved: Condvar,
    count: usize,
    window: usize,
}

struct State {
    next: usize,
    finished: usize,
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next input, when it is not too far ahead of the last result that was taken.
    fn next(&self) -> Option<usize> {
        let mut state = self.lock();
        while state.next < self.count && state.next >= state.finished.saturating_add(self.window) {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let at = state.next;
        state.next = at.saturating_add(1);
        (at < self.count).then_some(at)
    }

    fn finish(&self) {
        let mut state = self.lock();
        state.finished = state.finished.saturating_add(1);
        self.moved.notify_all();
    }
}

/// Nobody waits for one who went away.
struct OpenAtTheEnd<'a>(&'a Gate);

impl Drop for OpenAtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.lock().next = self.0.count;
        self.0.moved.notify_all();
    }
}

/// Does `work` on the numbers below `count` with so many workers, each with a state of its own, and
/// gives the results to `take` in order, on the thread that called.
pub(super) fn in_order<W, R: Send>(
    jobs: usize,
    count: usize,
    worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, usize) -> R + Sync,
    mut take: impl FnMut(usize, R),
) {
    let window = jobs.saturating_mul(WINDOW);
    let state = Mutex::new(State { next: 0, finished: 0 });
    let gate = Gate { state, moved: Condvar::new(), count, window };
    let (send, receive) = mpsc::channel();
    std::thread::scope(|scope| {
        let _open = OpenAtTheEnd(&gate);
        for _ in 0..jobs.min(count) {
            let (send, gate, worker, work) = (send.clone(), &gate, &worker, &work);
            scope.spawn(move || {
                let mut own = worker();
                while let Some(at) = gate.next() {
                    if send.send((at, work(&mut own, at))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        let (mut ready, mut due) = (BTreeMap::new(), 0);
        for (at, result) in receive {
            ready.insert(at, result);
            while let Some(result) = ready.remove(&due) {
                take(due, result);
                due = due.saturating_add(1);
                gate.finish();
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn results_come_in_order_and_only_a_window_of_them_is_made_ahead() {
        let (started, mut taken) = (AtomicUsize::new(0), Vec::new());
        let work = |own: &mut usize, at: usize| {
            *own += 1;
            started.fetch_max(at, Ordering::SeqCst);
            if at == 0 {
                // The others run into the end of the window meanwhile.
                while started.load(Ordering::SeqCst) < 3 * WINDOW - 1 {
                    std::thread::yield_now();
                }
            }
            at * 2
        };
        in_order(
            3,
            1000,
            || 0,
            work,
            |at, result| {
                let ahead = started.load(Ordering::SeqCst);
                assert!(ahead < at + 1 + 3 * WINDOW, "{at}: {ahead}");
                taken.push(result);
            },
        );
        assert_eq!(taken, (0..1000).map(|at| at * 2).collect::<Vec<_>>());
        in_order(4, 0, || (), |(), at| at, |_, _| panic!("nothing to do"));
    }
}
