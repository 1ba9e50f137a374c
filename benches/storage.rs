//! Structured storage beside the `cfb` crate: reading, looking up, random pieces, building, editing.
//!
//! Both do the same work in one process, in turns, each round beginning with the other; the table
//! gives medians and `cfb`'s time over ours. `cargo bench --bench storage`; further arguments:
//! `-- --rounds=N`, `-- --only=LETTER`. Files lie in a temporary folder; the cache is warm.
#![allow(clippy::unwrap_used, reason = "a bench stops at the first surprise")]
#![allow(clippy::print_stdout, reason = "the table is what it is for")]

mod common;

use common::{Counting, allocations, is_measuring, median, option, touch, write_sample};
use openimsg::{
    CommitFlags, CompoundFile, ElementKind, ElementName, Mode, Storage, StorageOptions, Stream,
};
use std::cell::RefCell;
use std::hint::black_box;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const READ: Mode = Mode::READ.and(Mode::SHARE_EXCLUSIVE);
const RW: Mode = Mode::READWRITE.and(Mode::SHARE_EXCLUSIVE);

fn name(text: &str) -> ElementName {
    ElementName::new(text).unwrap()
}

/// Work that both do; each gives a sum over what it read, which must agree.
struct Contest<'a> {
    what: String,
    wanted: f64,
    ours: Box<dyn FnMut() -> u64 + 'a>,
    theirs: Box<dyn FnMut() -> u64 + 'a>,
    /// What happens before each run, outside of the clock.
    prepare: Box<dyn Fn() + 'a>,
}

/// Bytes that this process has asked the system to read so far, where the system says so.
fn bytes_read() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/io").ok()?;
    text.lines().find_map(|line| line.strip_prefix("rchar: ")?.parse().ok())
}

/// Bytes read by `work`, less what asking costs.
fn io_of(work: &mut dyn FnMut() -> u64) -> Option<u64> {
    let nothing = (bytes_read()?, bytes_read()?);
    let before = bytes_read()?;
    black_box(work());
    Some((bytes_read()? - before).saturating_sub(nothing.1 - nothing.0))
}

fn run(mut contest: Contest<'_>, rounds: usize, with_io: bool) {
    (contest.prepare)();
    let ours = (contest.ours)();
    (contest.prepare)();
    let sums = (ours, (contest.theirs)());
    assert_eq!(sums.0, sums.1, "{}", contest.what);
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..rounds {
        for step in 0..2 {
            let which = (round + step) % 2;
            (contest.prepare)();
            let start = Instant::now();
            black_box(if which == 0 { (contest.ours)() } else { (contest.theirs)() });
            times.get_mut(which).unwrap().push(start.elapsed().as_secs_f64());
        }
    }
    let [ours, theirs] = times.map(|times| median(&times) * 1e3);
    let ratio = theirs / ours;
    let (what, wanted) = (&contest.what, contest.wanted);
    println!("{what:<50} {ours:>10.3} {theirs:>10.3} {ratio:>8.1} {wanted:>7.0}");
    let mut counts = [(0, 0); 2];
    for (count, work) in counts.iter_mut().zip([&mut contest.ours, &mut contest.theirs]) {
        (contest.prepare)();
        *count = allocations(|| assert!(black_box(work()) > 0));
    }
    let [(ours, our_bytes), (theirs, their_bytes)] = counts;
    println!("{:<50} {ours:>10} {theirs:>10}", "  allocations");
    println!("{:<50} {:>10} {:>10}", "  allocated KiB", our_bytes >> 10, their_bytes >> 10);
    if with_io
        && let (Some(ours), Some(theirs)) = (io_of(&mut contest.ours), io_of(&mut contest.theirs))
    {
        let ratio = theirs as f64 / ours as f64;
        println!("{:<50} {ours:>10} {theirs:>10} {ratio:>8.1}", "  bytes read");
    }
}

/// Small messages: those of the corpus, or samples of our own.
fn small_messages(folder: &Path) -> Vec<Vec<u8>> {
    const SMALL: usize = 100_000;
    let mut files = Vec::new();
    if let Some(corpus) = std::env::var_os("OPENIMSG_CORPUS").filter(|corpus| !corpus.is_empty()) {
        let entries = std::fs::read_dir(Path::new(&corpus).join("msg")).unwrap();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        files.extend(paths.iter().map(|path| std::fs::read(path).unwrap()));
        files.retain(|file| file.len() <= SMALL && theirs_read(file.clone()).is_some());
    } else {
        for (recipients, attachments, bytes) in [(1, 0, 0), (3, 1, 20_000), (10, 2, 10_000)] {
            let path = folder.join("small.msg");
            write_sample(&path, recipients, attachments, bytes);
            files.push(std::fs::read(&path).unwrap());
        }
    }
    println!("{} small messages, {} bytes", files.len(), files.iter().map(Vec::len).sum::<usize>());
    files
}

fn ours_read(bytes: Vec<u8>) -> Option<u64> {
    let mut sum = 0_u64;
    let mut piece = vec![0; 1 << 16];
    let mut todo: Vec<Arc<dyn Storage>> = vec![Arc::new(CompoundFile::from_bytes(bytes).ok()?)];
    while let Some(storage) = todo.pop() {
        for element in storage.elements().ok()? {
            let name = element.name?;
            if element.kind == ElementKind::Storage {
                todo.push(storage.open_storage(&name, READ).ok()?);
                continue;
            }
            let stream = storage.open_stream(&name, READ).ok()?;
            if let Some(bytes) = stream.as_bytes() {
                sum = sum.wrapping_add(touch(bytes));
                continue;
            }
            let mut all = Vec::new();
            while let Ok(got @ 1..) = stream.read_at(all.len() as u64, &mut piece) {
                all.extend_from_slice(piece.get(..got)?);
            }
            sum = sum.wrapping_add(touch(&all));
        }
    }
    Some(sum)
}

fn theirs_read(bytes: Vec<u8>) -> Option<u64> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).ok()?;
    let paths: Vec<_> =
        file.walk().filter(cfb::Entry::is_stream).map(|entry| entry.path().to_owned()).collect();
    let mut sum = 0_u64;
    let mut bytes = Vec::new();
    for path in paths {
        bytes.clear();
        file.open_stream(&path).ok()?.read_to_end(&mut bytes).ok()?;
        sum = sum.wrapping_add(touch(&bytes));
    }
    Some(sum)
}

/// Copies of all messages, for one run: both take the bytes over.
type Copies = RefCell<Vec<Vec<u8>>>;

fn read_all<'a>(messages: &'a [Vec<u8>], copies: &'a Copies) -> Contest<'a> {
    let all = |read: fn(Vec<u8>) -> Option<u64>| {
        copies.take().into_iter().map(|bytes| read(bytes).unwrap()).fold(0, u64::wrapping_add)
    };
    Contest {
        what: "a  open and read every stream, in memory".into(),
        wanted: 10.0,
        ours: Box::new(move || all(ours_read)),
        theirs: Box::new(move || all(theirs_read)),
        prepare: Box::new(|| drop(copies.replace(messages.to_vec()))),
    }
}

/// The names of ten streams of each message's root, spread over it.
fn ten_names(messages: &[Vec<u8>]) -> Vec<Vec<String>> {
    let names = |bytes: &Vec<u8>| {
        let elements = CompoundFile::from_bytes(bytes.clone()).unwrap().elements().unwrap();
        let streams = elements.iter().filter(|element| element.kind == ElementKind::Stream);
        let all: Vec<_> = streams.map(|stream| stream.name.unwrap().to_string()).collect();
        let step = (all.len() / 10).max(1);
        all.into_iter().step_by(step).take(10).collect()
    };
    messages.iter().map(names).collect()
}

fn look_up<'a>(
    messages: &'a [Vec<u8>],
    copies: &'a Copies,
    names: &'a [Vec<String>],
) -> Contest<'a> {
    Contest {
        what: "b  open and look ten streams up, in memory".into(),
        wanted: 30.0,
        ours: Box::new(move || {
            let mut sum = 0;
            for (bytes, names) in copies.take().into_iter().zip(names) {
                let file = CompoundFile::from_bytes(bytes).unwrap();
                for text in names {
                    sum += file.open_stream(&name(text), READ).unwrap().size().unwrap();
                }
            }
            sum
        }),
        theirs: Box::new(move || {
            let mut sum = 0;
            for (bytes, names) in copies.take().into_iter().zip(names) {
                let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).unwrap();
                for text in names {
                    sum += file.open_stream(text).unwrap().len();
                }
            }
            sum
        }),
        prepare: Box::new(|| drop(copies.replace(messages.to_vec()))),
    }
}

/// Numbers that look random and are the same each time.
fn dice(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    *seed >> 20
}

/// A file with `count` streams of `len` bytes.
fn write_large(path: &Path, count: u64, len: usize) {
    let file = CompoundFile::create_or_replace(path).unwrap();
    let content: Vec<u8> = (0..len).map(|n| u8::try_from(n % 251).unwrap()).collect();
    for at in 0..count {
        let stream = file.create_stream(&name(&format!("{at}")), RW).unwrap();
        stream.write_at(0, &content).unwrap();
    }
    file.create_stream(&name("small"), RW).unwrap().write_at(0, &[7; 200]).unwrap();
    file.commit(CommitFlags::empty()).unwrap();
}

fn random<'a>(path: &'a Path, count: u64, len: usize, reads: usize) -> Contest<'a> {
    let places = move || {
        let mut seed = 7;
        (0..reads).map(move |_| (dice(&mut seed) % count, dice(&mut seed) % (len as u64 - 64)))
    };
    Contest {
        what: format!("c  {reads} random reads of 64 bytes, {} MB", (count * len as u64) >> 20),
        wanted: 100.0,
        ours: Box::new(move || {
            let file = CompoundFile::open(path).unwrap();
            let open = |at| file.open_stream(&name(&format!("{at}")), READ).unwrap();
            let streams: Vec<Arc<dyn Stream>> = (0..count).map(open).collect();
            let (mut sum, mut piece) = (0_u64, [0; 64]);
            for (at, offset) in places() {
                let stream = streams.get(usize::try_from(at).unwrap()).unwrap();
                assert_eq!(stream.read_at(offset, &mut piece).unwrap(), 64);
                sum = sum.wrapping_add(touch(&piece));
            }
            sum
        }),
        theirs: Box::new(move || {
            let mut file = cfb::open(path).unwrap();
            let mut streams: Vec<_> =
                (0..count).map(|at| file.open_stream(format!("{at}")).unwrap()).collect();
            let (mut sum, mut piece) = (0_u64, [0; 64]);
            for (at, offset) in places() {
                let stream = streams.get_mut(usize::try_from(at).unwrap()).unwrap();
                stream.seek(SeekFrom::Start(offset)).unwrap();
                stream.read_exact(&mut piece).unwrap();
                sum = sum.wrapping_add(touch(&piece));
            }
            sum
        }),
        prepare: Box::new(|| ()),
    }
}

fn many_streams(count: usize) -> Contest<'static> {
    Contest {
        what: format!("d  build {count} streams in one storage, commit"),
        wanted: 3.0,
        ours: Box::new(move || {
            let file = CompoundFile::memory();
            for at in 0..count {
                let stream = file.create_stream(&name(&format!("stream {at:08}")), RW).unwrap();
                stream.write_at(0, &[7; 100]).unwrap();
            }
            file.commit(CommitFlags::empty()).unwrap();
            count as u64
        }),
        theirs: Box::new(move || {
            let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
            for at in 0..count {
                let mut stream = file.create_stream(format!("stream {at:08}")).unwrap();
                stream.write_all(&[7; 100]).unwrap();
            }
            file.flush().unwrap();
            count as u64
        }),
        prepare: Box::new(|| ()),
    }
}

fn many_storages(count: usize) -> Contest<'static> {
    Contest {
        what: format!("e  build {count} storages with a stream each, commit"),
        wanted: 3.0,
        ours: Box::new(move || {
            let file = CompoundFile::memory();
            for at in 0..count {
                let storage = file.create_storage(&name(&format!("storage {at:08}")), RW).unwrap();
                let stream = storage.create_stream(&name("stream"), RW).unwrap();
                stream.write_at(0, &[7; 100]).unwrap();
            }
            file.commit(CommitFlags::empty()).unwrap();
            count as u64
        }),
        theirs: Box::new(move || {
            let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
            for at in 0..count {
                let path = format!("storage {at:08}");
                file.create_storage(&path).unwrap();
                let mut stream = file.create_stream(format!("{path}/stream")).unwrap();
                stream.write_all(&[7; 100]).unwrap();
            }
            file.flush().unwrap();
            count as u64
        }),
        prepare: Box::new(|| ()),
    }
}

/// `flushed` to the device, or left to the system's cache by both.
fn edit_small<'a>(ours: &'a Path, theirs: &'a Path, flushed: bool) -> Contest<'a> {
    let len = std::fs::metadata(ours).unwrap().len();
    let how = if flushed { "flushed to the device" } else { "in the cache" };
    let (mut our_turn, mut their_turn) = (0_u8, 0_u8);
    let flags = match flushed {
        true => CommitFlags::empty(),
        false => CommitFlags::DANGEROUSLY_COMMIT_MERELY_TO_DISK_CACHE,
    };
    Contest {
        what: format!("f  edit a small stream, {:.1} MB, {how}", len as f64 / 1e6),
        wanted: 5.0,
        ours: Box::new(move || {
            our_turn = our_turn.wrapping_add(1);
            let file = StorageOptions::new().edit(ours).unwrap();
            let stream = file.open_stream(&name("small"), RW).unwrap();
            stream.write_at(50, &[our_turn; 100]).unwrap();
            file.commit(flags).unwrap();
            u64::from(our_turn)
        }),
        theirs: Box::new(move || {
            their_turn = their_turn.wrapping_add(1);
            let mut file = cfb::open_rw(theirs).unwrap();
            let mut stream = file.open_stream("small").unwrap();
            stream.seek(SeekFrom::Start(50)).unwrap();
            stream.write_all(&[their_turn; 100]).unwrap();
            drop(stream);
            file.flush().unwrap();
            if flushed {
                file.into_inner().sync_all().unwrap();
            }
            u64::from(their_turn)
        }),
        prepare: Box::new(|| ()),
    }
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let rounds = match option("rounds") {
        Some(rounds) => rounds.parse().unwrap(),
        None if is_measuring() => 15,
        None => 1,
    };
    let scale: u64 = if is_measuring() { 1 } else { 50 };
    let count = |full: u64| usize::try_from(full / scale).unwrap();
    let only = option("only");
    let chosen = |letter: &str| only.as_deref().is_none_or(|only| only == letter);
    let messages = small_messages(folder.path());
    let (names, copies) = (ten_names(&messages), Copies::default());
    println!("{rounds} rounds; milliseconds, and the ratio of the medians\n");
    println!("{:<50} {:>10} {:>10} {:>8} {:>7}", "", "openimsg", "cfb", "ratio", "wanted");
    if chosen("a") {
        run(read_all(&messages, &copies), rounds * 4, false);
    }
    if chosen("b") {
        run(look_up(&messages, &copies, &names), rounds * 4, false);
    }
    if chosen("c") {
        for (streams, len) in [(100 / scale, 2 << 20), (1, count(200 << 20))] {
            let path = folder.path().join("large");
            write_large(&path, streams, len);
            run(random(&path, streams, len, count(20_000)), rounds, true);
            std::fs::remove_file(&path).unwrap();
        }
    }
    if chosen("d") {
        run(many_streams(count(10_000)), rounds.min(7), false);
    }
    if chosen("e") {
        run(many_storages(count(3_000)), rounds.min(7), false);
    }
    if chosen("f") {
        for megabytes in [5, 50] {
            let paths = ["ours", "theirs"].map(|file| folder.path().join(file));
            for path in &paths {
                write_large(path, 20, count(megabytes * 50_000));
            }
            let [ours, theirs] = &paths;
            for flushed in [false, true] {
                run(edit_small(ours, theirs, flushed), rounds, true);
            }
        }
    }
}
