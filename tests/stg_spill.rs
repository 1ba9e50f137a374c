//! Changes above the limit for memory: they go to a spill file, and nobody notices.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test may panic and say why"
)]

mod common;
#[path = "common/meter.rs"]
mod meter;

use common::{READ, RW, name, stream_bytes};
use openimsg::{CommitFlags, CompoundFile, Mode, Storage, StorageOptions, Stream};
use std::sync::Arc;

#[global_allocator]
static METER: meter::Meter = meter::Meter;

const MIB: usize = 1 << 20;

fn options() -> StorageOptions {
    StorageOptions::new().spill_above(MIB as u64).read_whole_up_to(MIB as u64)
}

/// What stands at byte `at` of the long streams.
fn byte(at: usize) -> u8 {
    (at % 251) as u8
}

fn write_long(stream: &dyn Stream, len: usize) {
    let mut piece = Vec::new();
    for start in (0..len).step_by(100_000) {
        piece.clear();
        piece.extend((start..len.min(start + 100_000)).map(byte));
        stream.write_at(start as u64, &piece).unwrap();
    }
}

fn check_long(stream: &dyn Stream, len: usize) {
    assert_eq!(stream.size().unwrap(), len as u64);
    let mut piece = vec![0; 100_000];
    for start in (0..len).step_by(100_000) {
        let got = stream.read_at(start as u64, &mut piece).unwrap();
        assert_eq!(got, (len - start).min(100_000));
        assert!(piece[..got].iter().enumerate().all(|(at, b)| *b == byte(start + at)), "{start}");
    }
}

/// 64 MiB through three levels and into a file, with 1 MiB for changes: the most that is in memory
/// at one time is that and what it takes to copy.
#[test]
fn long_streams_pass_through_all_levels_and_a_commit_in_little_memory() {
    const LEN: usize = 64 * MIB + 12_345;
    const TRANSACTED: Mode = RW.and(Mode::TRANSACTED);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let ((), peak, _) = meter::measure(|| {
        let file = options().create(&path).unwrap();
        let outer = file.create_storage(&name("outer"), TRANSACTED).unwrap();
        let inner = outer.create_storage(&name("inner"), TRANSACTED).unwrap();
        let stream = inner.create_stream(&name("long"), RW).unwrap();
        write_long(&*stream, LEN);
        check_long(&*stream, LEN);
        inner.commit(CommitFlags::empty()).unwrap();
        // Seen inside only: the levels below share the pages and keep theirs.
        stream.write_at(5, b"later").unwrap();
        outer.commit(CommitFlags::empty()).unwrap();
        file.commit(CommitFlags::empty()).unwrap();
        let mut piece = [0; 5];
        stream.read_at(5, &mut piece).unwrap();
        assert_eq!(&piece, b"later");
    });
    assert!(peak < 8 * MIB, "{peak} bytes at one time");
    let ((), peak, _) = meter::measure(|| {
        let file = options().open(&path).unwrap();
        let outer = file.open_storage(&name("outer"), READ).unwrap();
        let inner = outer.open_storage(&name("inner"), READ).unwrap();
        check_long(&*inner.open_stream(&name("long"), READ).unwrap(), LEN);
    });
    assert!(peak < 8 * MIB, "{peak} bytes at one time");
}

/// A long committed stream is changed here and there: only the pages that were touched are kept.
#[test]
fn changes_spread_over_a_long_stream_stay_within_the_limit() {
    const LEN: usize = 48 * MIB;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let file = options().create(&path).unwrap();
    write_long(&*file.create_stream(&name("long"), RW).unwrap(), LEN);
    file.commit(CommitFlags::empty()).unwrap();
    let stream = file.open_stream(&name("long"), RW).unwrap();
    let ((), peak, _) = meter::measure(|| {
        for at in (0..LEN).step_by(70_000) {
            stream.write_at(at as u64, &[byte(at)]).unwrap();
        }
        check_long(&*stream, LEN);
        stream.set_size((LEN / 2) as u64).unwrap();
        check_long(&*stream, LEN / 2);
        file.commit(CommitFlags::empty()).unwrap();
        check_long(&*stream, LEN / 2);
    });
    assert!(peak < 8 * MIB, "{peak} bytes at one time");
}

/// The limit counts all streams together, whatever their size.
#[test]
fn many_streams_share_one_limit() {
    const COUNT: usize = 3000;
    let content = |at: usize| vec![byte(at); 1 + at * 7 % 9000];
    let write = |limit: u64| {
        let file = StorageOptions::new().spill_above(limit).memory();
        let ((), peak, _) = meter::measure(|| {
            for at in 0..COUNT {
                let stream = file.create_stream(&name(&at.to_string()), RW).unwrap();
                stream.write_at(0, &content(at)).unwrap();
            }
        });
        for at in 0..COUNT {
            assert!(stream_bytes(&file, &name(&at.to_string())).unwrap() == content(at));
        }
        file.commit(CommitFlags::empty()).unwrap();
        (peak, file.to_bytes().unwrap())
    };
    let ((small, spilled), (large, kept)) = (write(64 << 10), write(1 << 30));
    let sum: usize = (0..COUNT).map(|at| content(at).len()).sum();
    assert!(large > sum && small < large - sum + 128 * 1024, "{small} {large} {sum}");
    let [spilled, kept] = [spilled, kept].map(|bytes| {
        let file: Arc<dyn Storage> = Arc::new(CompoundFile::from_bytes(bytes).unwrap());
        common::listing(file)
    });
    assert!(spilled == kept);
}

/// Spilled pages of an inner level go with its revert; those of the outer one are untouched.
#[test]
fn a_revert_gives_the_outer_levels_bytes_back() {
    let file = StorageOptions::new().spill_above(0).memory();
    let inner = file.create_storage(&name("inner"), RW.and(Mode::TRANSACTED)).unwrap();
    let stream = inner.create_stream(&name("x"), RW).unwrap();
    write_long(&*stream, 300_000);
    inner.commit(CommitFlags::empty()).unwrap();
    stream.write_at(70_000, &[0; 70_000]).unwrap();
    stream.set_size(200_000).unwrap();
    drop(stream);
    inner.revert().unwrap();
    check_long(&*inner.open_stream(&name("x"), READ).unwrap(), 300_000);
}
