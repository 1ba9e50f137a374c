//! Damage by seed, on all cores: opening, reading, editing, committing, salvaging.
//!
//! `cargo xtask mutations [N]` runs this with many seeds. A find is kept with its seed: under
//! `tests/cases` if the damaged file was made by this library, else beside what is built.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;
#[path = "common/damage.rs"]
mod damage;
#[path = "common/hostile.rs"]
mod hostile;
#[path = "common/meter.rs"]
mod meter;
#[path = "common/targets.rs"]
mod targets;
#[path = "common/watchdog.rs"]
mod watchdog;

use damage::damage;
use hostile::{Random, fragmented, sample};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use targets::{Target, edit_orders, seeds};

#[global_allocator]
static METER: meter::Meter = meter::Meter;

/// A sound or hostile file to damage further.
struct Base {
    bytes: Vec<u8>,
    ours: bool,
    message: bool,
}

fn bases() -> Vec<Base> {
    let ours = |bytes, message| Base { bytes, ours: true, message };
    let mut bases: Vec<Base> =
        [sample(false), fragmented(), sample(true)].map(|image| ours(image.0, false)).into();
    bases.extend(seeds("open_storage").into_iter().map(|bytes| ours(bytes, false)));
    bases.extend(seeds("open_message").into_iter().map(|bytes| ours(bytes, true)));
    if std::env::var_os("OPENIMSG_CORPUS").is_some() {
        for kind in ["msg", "cfb", "hostile"] {
            for path in common::corpus_files("mutations", kind) {
                let bytes = std::fs::read(&path).unwrap();
                if bytes.len() <= 64 << 10 {
                    let message = path.extension().is_some_and(|ext| ext == "msg");
                    bases.push(Base { bytes, ours: false, message });
                }
            }
        }
    } else {
        eprintln!("mutations: of our own samples only, OPENIMSG_CORPUS names no corpus");
    }
    bases
}

/// A target by its name, and its input.
type Job = (&'static str, Target, Vec<u8>);

/// What is done for this seed.
fn jobs(seed: u64, bases: &[Base]) -> (&Base, Vec<Job>) {
    let mut random = Random(seed);
    let ours = bases.iter().filter(|base| base.ours).count();
    let among = if random.below(2) == 0 { ours } else { bases.len() };
    let base = &bases[random.below(among)];
    let file = damage(&base.bytes, &mut random);
    let orders: Vec<u8> = (0..random.below(160)).map(|_| random.next() as u8).collect();
    let mut jobs: Vec<Job> = vec![
        ("edit_storage", targets::edit_storage, edit_orders(&orders, &file)),
        ("open_storage", targets::open_storage, file.clone()),
        ("salvage", targets::salvage, file.clone()),
    ];
    if base.message {
        jobs.push(("open_message", targets::open_message, file));
    }
    (base, jobs)
}

fn keep(base: &Base, target: &str, seed: u64, input: &[u8]) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = if base.ours { "tests/cases" } else { "target/mutations" };
    let folder = root.join(folder).join(target);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("mutation-{seed}"));
    std::fs::write(&path, input).unwrap();
    path
}

/// What one worker is at: its turn, and the seed.
#[derive(Default)]
struct Desk {
    turn: AtomicU64,
    seed: AtomicU64,
}

/// Ends the process when a worker is at one seed for two minutes. Nothing else is timed.
fn watch(desks: &[Desk], done: &AtomicU64, all: u64) {
    let mut last = vec![u64::MAX; desks.len()];
    let mut told = 0;
    for round in 0_u64.. {
        std::thread::sleep(Duration::from_millis(100));
        let now = done.load(Ordering::Relaxed);
        if now >= all {
            return;
        }
        if now * 20 / all > told {
            told = now * 20 / all;
            eprintln!("{now} of {all} mutations");
        }
        if round % 1200 == 1199 {
            for (desk, last) in desks.iter().zip(&mut last) {
                let turn = desk.turn.load(Ordering::Relaxed);
                if turn == *last {
                    eprintln!("seed {} hangs", desk.seed.load(Ordering::Relaxed));
                    std::process::abort();
                }
                *last = turn;
            }
        }
    }
}

#[test]
fn mutations_by_seed_are_survived() {
    // 2 000 in the ordinary run; the variable asks for more, and the other one for a single seed.
    let all = std::env::var("OPENIMSG_MUTATIONS").map_or(2000, |n| n.parse().unwrap());
    let first = std::env::var("OPENIMSG_SEED").map_or(0, |n| n.parse().unwrap());
    let bases = bases();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let desks: Vec<Desk> = (0..workers).map(|_| Desk::default()).collect();
    let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let (runs, peak) = (AtomicU64::new(0), AtomicU64::new(0));
    let finds: Mutex<Vec<String>> = Mutex::default();
    let found = |base: &Base, target: &str, seed: u64, input: &[u8], what: &str| {
        let path = keep(base, target, seed, input);
        let line = format!("seed {seed}, {target}: {what}; kept as {}", path.display());
        eprintln!("{line}");
        finds.lock().unwrap().push(line);
    };
    let work = |desk: &Desk| loop {
        let turn = next.fetch_add(1, Ordering::Relaxed);
        if turn >= all {
            return;
        }
        let seed = first + turn;
        desk.seed.store(seed, Ordering::Relaxed);
        desk.turn.store(turn, Ordering::Relaxed);
        let (base, jobs) = jobs(seed, &bases);
        for (target, run, input) in jobs {
            let work = || catch_unwind(AssertUnwindSafe(|| run(&input)));
            let (result, bytes, _) = meter::measure(work);
            // What is compared is in memory twice, and in pieces: 64 MiB are the test's own.
            let limit = 4 * input.len() + (64 << 20);
            peak.fetch_max(bytes as u64, Ordering::Relaxed);
            runs.fetch_add(1, Ordering::Relaxed);
            if result.is_err() {
                found(base, target, seed, &input, "panics");
            } else if bytes > limit {
                found(base, target, seed, &input, &format!("{bytes} bytes at once"));
            }
        }
        done.fetch_add(1, Ordering::Relaxed);
    };
    std::thread::scope(|scope| {
        for desk in &desks {
            let work = &work;
            scope.spawn(move || work(desk));
        }
        watch(&desks, &done, all);
    });
    let finds = finds.into_inner().unwrap();
    eprintln!(
        "{all} mutations of {} files, {} runs: {} finds, {} KiB of memory at most",
        bases.len(),
        runs.into_inner(),
        finds.len(),
        peak.into_inner() >> 10
    );
    assert!(finds.is_empty(), "{}", finds.join("\n"));
}
