//! Timing the steps of a story, and the tables.

/// Seconds that this thread has had a processor for: other work on the machine does not count then.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn seconds() -> f64 {
    use nix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap();
    time.tv_sec() as f64 + time.tv_nsec() as f64 / 1e9
}

/// Seconds on the clock.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn seconds() -> f64 {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed().as_secs_f64()
}

/// The bound on the time of ten times as much.
const BOUND: f64 = 12.0;

/// The steps of one run, each with its seconds.
#[derive(Default)]
pub(crate) struct Steps(pub(crate) Vec<(&'static str, f64)>);

impl Steps {
    /// Does one step and notes its time.
    pub(crate) fn step<T>(&mut self, what: &'static str, work: impl FnOnce() -> T) -> T {
        let start = seconds();
        let done = work();
        self.0.push((what, seconds() - start));
        done
    }
}

/// The best time of each step over some runs.
fn best(runs: usize, size: usize, story: fn(&mut Steps, usize)) -> Vec<(&'static str, f64)> {
    let mut best: Vec<(&'static str, f64)> = Vec::new();
    for _ in 0..runs {
        let mut steps = Steps::default();
        story(&mut steps, size);
        if best.is_empty() {
            best = steps.0;
            continue;
        }
        best.iter_mut().zip(steps.0).for_each(|(best, now)| best.1 = best.1.min(now.1));
    }
    best
}

/// A ratio, marked if it is above the bound.
pub(crate) fn ratio(large: f64, small: f64) -> String {
    let ratio = large / small;
    let mark = if ratio > BOUND { " over" } else { "" };
    format!("{ratio:>7.1}{mark}")
}

/// Milliseconds of every step at three sizes, each ten times the one before.
pub(crate) fn table(what: &str, sizes: [usize; 3], runs: usize, story: fn(&mut Steps, usize)) {
    println!("\n{what}: milliseconds");
    let [small, middle, large] = sizes;
    println!("{:<46} {small:>10} {middle:>10} {large:>10} {:>7}", "", "ratio");
    // Small sizes are over soon: more runs make them steady.
    let [small, middle, large] = [(small, runs * 10), (middle, runs * 3), (large, runs)]
        .map(|(n, runs)| best(runs, n, story));
    for ((step, middle), large) in small.iter().zip(&middle).zip(&large) {
        let times = [step.1, middle.1, large.1].map(|time| format!("{:>10.2}", time * 1e3));
        println!("{:<46} {} {}", step.0, times.join(" "), ratio(large.1, middle.1));
    }
}
