//! What writing costs, and whether the cost of a row stays the same however many there are.
//!
//! `cargo bench --bench write`. Times are the best of a few runs; files lie in a temporary folder.
#![allow(clippy::unwrap_used, reason = "a bench stops at the first surprise")]
#![allow(clippy::print_stdout, reason = "the tables are what it is for")]

mod common;

use common::{Counting, is_measuring};
use openimsg::{CompoundFile, Message, Modify, Recipient, SaveFlags, tags::*};
use std::path::Path;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Seconds of the best of a few runs; `prepare` is not counted.
fn best<T>(runs: usize, mut prepare: impl FnMut() -> T, mut work: impl FnMut(T)) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..runs {
        let prepared = prepare();
        let start = Instant::now();
        work(prepared);
        best = best.min(start.elapsed().as_secs_f64());
    }
    best
}

/// Seconds for: filling, saving, opening and reading again.
type Phases = [f64; 4];

fn create(path: &Path) -> Message<'static> {
    let _ = std::fs::remove_file(path);
    Message::create(CompoundFile::create(path).unwrap()).unwrap()
}

fn phases(
    path: &Path,
    runs: usize,
    fill: fn(&Message<'_>, usize),
    read: fn(&Message<'_>),
    rows: usize,
) -> Phases {
    let filled = || {
        let message = create(path);
        fill(&message, rows);
        message
    };
    let save = |message: &Message<'_>| message.save_changes(SaveFlags::empty()).unwrap();
    let open = || Message::open(CompoundFile::open(path).unwrap()).unwrap();
    [
        best(runs, || create(path), |message| fill(&message, rows)),
        best(runs, filled, |message| save(&message)),
        best(runs, || (), |()| drop(open())),
        best(runs, open, |message| read(&message)),
    ]
}

fn add_recipients(message: &Message<'_>, rows: usize) {
    let rows: Vec<_> = (0..rows)
        .map(|n| Recipient::new(&format!("Person {n}"), &format!("person{n}@example.org")))
        .collect();
    message.modify_recipients(Modify::Add, &rows).unwrap();
}

fn read_recipients(message: &Message<'_>) {
    assert!(message.recipients().unwrap().iter().all(|row| row.address().is_some()));
}

fn add_attachments(message: &Message<'_>, rows: usize) {
    for n in 0..rows {
        let attachment = message.create_attach().unwrap();
        attachment.set(PR_ATTACH_METHOD, 1).unwrap();
        attachment.set(PR_ATTACH_LONG_FILENAME_W, format!("plan {n}.pdf")).unwrap();
        attachment.set(PR_ATTACH_DATA_BIN, &[7; 5000][..]).unwrap();
        attachment.save_changes(SaveFlags::empty()).unwrap();
    }
}

fn read_attachments(message: &Message<'_>) {
    for number in message.attachment_numbers().unwrap() {
        let attachment = message.open_attach(number).unwrap();
        assert_eq!(attachment.get(PR_ATTACH_DATA_BIN).unwrap().unwrap().len(), 5000);
    }
}

fn table(
    what: &str,
    path: &Path,
    runs: usize,
    fill: fn(&Message<'_>, usize),
    read: fn(&Message<'_>),
    sizes: [usize; 2],
) {
    println!("\n{what}, ns per row");
    println!("{:>8} {:>10} {:>10} {:>10} {:>10}", "rows", "fill", "save", "open", "read");
    let measured = sizes.map(|rows| {
        let count = rows as f64;
        let per_row = phases(path, runs, fill, read, rows).map(|time| time * 1e9 / count);
        let [filled, saved, opened, got] = per_row;
        println!("{rows:>8} {filled:>10.0} {saved:>10.0} {opened:>10.0} {got:>10.0}");
        per_row
    });
    let [few, many] = measured;
    let ratio: Vec<_> =
        many.iter().zip(few).map(|(many, few)| format!("{:>10.2}", many / few)).collect();
    println!("{:>8} {}   (1.00 is linear)", "ratio", ratio.join(" "));
}

/// One property of a message with a large attachment, beside copying the file.
fn edit_large(folder: &Path, runs: usize, bytes: usize) {
    let path = folder.join("large.msg");
    common::write_sample(&path, 2, 1, bytes);
    let size = std::fs::metadata(&path).unwrap().len();
    let copy = folder.join("copy.msg");
    let floor = best(
        runs,
        || (),
        |()| {
            std::fs::copy(&path, &copy).unwrap();
            std::fs::File::options().write(true).open(&copy).unwrap().sync_all().unwrap();
        },
    );
    let mut n = 0;
    let edit = best(
        runs,
        || (),
        |()| {
            let message = Message::open(CompoundFile::edit(&path).unwrap()).unwrap();
            n += 1;
            message.set(PR_SUBJECT_W, format!("changed {n} times")).unwrap();
            message.save_changes(SaveFlags::empty()).unwrap();
        },
    );
    println!("\none property of a file of {size} bytes, flushed to the device");
    println!(
        "    copy of the file {:>8.1} ms\n  open, set and save {:>8.1} ms   ratio {:.2}",
        floor * 1e3,
        edit * 1e3,
        edit / floor
    );
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.msg");
    let (runs, scale) = if is_measuring() { (5, 1) } else { (1, 100) };
    let sizes = [1_000 / scale, 10_000 / scale];
    table("recipients", &path, runs, add_recipients, read_recipients, sizes);
    let sizes = [100 / scale.min(10), 1_000 / scale];
    table("attachments", &path, runs, add_attachments, read_attachments, sizes);
    edit_large(folder.path(), runs, (50 << 20) / scale);
}
