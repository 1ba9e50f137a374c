//! Streams with a position: in storages and in memory.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{READ, RW, name};
use openimsg::com::streams;
use openimsg::{
    Code, CommitFlags, CompoundFile, Copied, ElementKind, Error, MemoryStream, Result, SeekOrigin,
    SeekStream, StatStg, Storage, Stream, StreamCursor,
};
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex};

fn code<T>(answer: Result<T, Error>) -> Code {
    answer.err().expect("an error").code()
}

/// A stream of these bytes in a new root; the position is at the start.
fn stream_of(bytes: &[u8]) -> (CompoundFile, StreamCursor) {
    let file = CompoundFile::memory();
    let stream = file.create_stream(&name("CONTENTS"), RW).unwrap();
    stream.write_at(0, bytes).unwrap();
    (file, StreamCursor::new(stream))
}

/// Reads up to 256 bytes at the position.
fn read(stream: &dyn SeekStream) -> Vec<u8> {
    let mut buffer = vec![0xEE; 256];
    let got = stream.read(&mut buffer).unwrap();
    buffer.truncate(got);
    buffer
}

fn at(stream: &dyn SeekStream) -> u64 {
    stream.seek(0, SeekOrigin::CURRENT).unwrap()
}

/// All bytes; the position does not move.
fn content(stream: &dyn SeekStream) -> Vec<u8> {
    let clone = stream.clone_stream().unwrap();
    clone.seek(0, SeekOrigin::SET).unwrap();
    let mut all = Vec::new();
    loop {
        match read(&*clone) {
            piece if piece.is_empty() => return all,
            piece => all.extend(piece),
        }
    }
}

/// Spec: S-056
#[test]
fn a_write_needs_a_buffer_even_for_nothing() {
    let (_file, stream) = stream_of(b"sixsix");
    let mut count = 99;
    assert_eq!(code(streams::write(&stream, None, Some(&mut count))), Code::StgInvalidPointer);
    assert_eq!(code(streams::write(&stream, None, None)), Code::StgInvalidPointer);
    count = 99;
    streams::write(&stream, Some(b""), Some(&mut count)).unwrap();
    assert_eq!(count, 0);
    streams::write(&stream, Some(b""), None).unwrap();
    assert_eq!((at(&stream), content(&stream)), (0, b"sixsix".to_vec()));
    assert_eq!(code(streams::read(&stream, None, None)), Code::StgInvalidPointer);
}

/// Spec: S-057
#[test]
fn a_stream_is_committed_as_often_as_one_likes() {
    let (_file, stream) = stream_of(b"sixsix");
    for flags in [0, 0, 6, 0xFFFF_FFFF] {
        stream.commit(flags).unwrap();
    }
    stream.revert().unwrap();
    assert_eq!(content(&stream), b"sixsix");
}

/// Spec: S-058
#[test]
fn a_read_stops_at_the_end() {
    let (_file, stream) = stream_of(b"abcdef");
    stream.seek(3, SeekOrigin::SET).unwrap();
    let (mut buffer, mut count) = ([0; 256], 0);
    streams::read(&stream, Some(&mut buffer), Some(&mut count)).unwrap();
    assert_eq!((&buffer[..3], count, at(&stream)), (&b"def"[..], 3, 6));
    streams::read(&stream, Some(&mut buffer), None).unwrap();
}

/// Spec: S-059
#[test]
fn seeking_past_the_end_neither_fails_nor_grows() {
    let (_file, stream) = stream_of(b"sixsix");
    for far in [10, 10_000, i64::MAX] {
        assert_eq!(stream.seek(far, SeekOrigin::SET).unwrap(), far as u64);
        assert_eq!(read(&stream), b"");
        assert_eq!(stream.stat().unwrap().size, 6);
    }
    stream.seek(8, SeekOrigin::SET).unwrap();
    assert_eq!(stream.write(b"x").unwrap(), 1);
    assert_eq!(content(&stream), b"sixsix\0\0x");
}

/// Spec: S-060
#[test]
fn a_stream_grows_from_mini_to_regular_with_zeros() {
    let (_file, stream) = stream_of(b"sixsix");
    stream.seek(2, SeekOrigin::SET).unwrap();
    stream.set_size(5000).unwrap();
    assert_eq!(at(&stream), 2, "the position stays");
    for (position, there) in [(4997, &[0, 0, 0][..]), (5001, b""), (10_000, b"")] {
        stream.seek(position, SeekOrigin::SET).unwrap();
        assert_eq!(read(&stream), there);
    }
}

/// Spec: S-061, S-062
#[test]
fn only_three_origins_are_known_and_the_result_may_be_null() {
    let (_file, stream) = stream_of(b"sixsix");
    stream.seek(2, SeekOrigin::SET).unwrap();
    let mut position = 99;
    for origin in [3, 4, u32::MAX] {
        let answer = streams::seek(&stream, 0, origin, Some(&mut position));
        assert_eq!((code(answer), position), (Code::StgInvalidFunction, 2));
        assert_eq!(code(streams::seek(&stream, 0, origin, None)), Code::StgInvalidFunction);
    }
    streams::seek(&stream, -1, SeekOrigin::END.bits(), None).unwrap();
    assert_eq!(at(&stream), 5);
    streams::seek(&stream, 4, SeekOrigin::SET.bits(), Some(&mut position)).unwrap();
    assert_eq!(position, 4);
}

/// Spec: structured-storage 2.5
#[test]
fn a_position_before_the_start_is_refused_and_the_old_one_stays() {
    let (_file, stream) = stream_of(b"sixsix");
    stream.seek(2, SeekOrigin::SET).unwrap();
    for (by, origin) in [
        (-1, SeekOrigin::SET),
        (-3, SeekOrigin::CURRENT),
        (-7, SeekOrigin::END),
        (i64::MIN, SeekOrigin::SET),
        (i64::MIN, SeekOrigin::END),
    ] {
        assert_eq!(code(stream.seek(by, origin)), Code::StgInvalidFunction);
        assert_eq!(at(&stream), 2);
    }
}

/// Spec: S-063
#[test]
fn an_emptied_stream_ends_where_it_begins() {
    let (_file, stream) = stream_of(b"sixsix");
    stream.seek(4, SeekOrigin::SET).unwrap();
    stream.set_size(0).unwrap();
    assert_eq!(read(&stream), b"");
    assert_eq!(stream.seek(0, SeekOrigin::END).unwrap(), 0);
    assert_eq!(read(&stream), b"");
}

/// Spec: S-064
#[test]
fn a_clone_has_its_own_position_and_count_and_the_same_bytes() {
    let (file, stream) = stream_of(b"sixsix");
    stream.seek(3, SeekOrigin::SET).unwrap();
    let clone = stream.clone_stream().unwrap();
    assert_eq!(at(&*clone), 3);
    clone.write(b"SEVEN").unwrap();
    assert_eq!((at(&stream), at(&*clone)), (3, 8));
    assert_eq!(read(&stream), b"SEVEN", "seen at once");
    // Each lives as long as itself, the stream as long as one of them.
    let again = || file.open_stream(&name("CONTENTS"), READ);
    drop(stream);
    assert_eq!(content(&*clone), b"sixSEVEN");
    assert_eq!(code(again()), Code::StgAccessDenied);
    let other = clone.clone_stream().unwrap();
    drop(clone);
    assert_eq!(content(&*other), b"sixSEVEN");
    assert_eq!(code(again()), Code::StgAccessDenied);
    assert_eq!(Arc::strong_count(&other), 1);
    drop(other);
    assert!(again().is_ok());
    assert_eq!(code(streams::clone(&MemoryStream::new(), None)), Code::StgInvalidPointer);
}

/// Spec: S-065, S-073
#[test]
fn a_destroyed_stream_answers_reverted_on_every_clone_and_call() {
    let (file, stream) = stream_of(b"sixsix");
    let clone = stream.clone_cursor().unwrap();
    let new = file.create_stream(&name("CONTENTS"), RW.and(openimsg::Mode::CREATE)).unwrap();
    for dead in [&stream, &clone] {
        assert_eq!(code(dead.seek(0, SeekOrigin::SET)), Code::StgReverted);
        assert_eq!(code(dead.seek(0, SeekOrigin::CURRENT)), Code::StgReverted);
        assert_eq!(code(dead.read(&mut [0])), Code::StgReverted);
        assert_eq!(code(SeekStream::write(dead, b"x")), Code::StgReverted);
        assert_eq!(code(dead.set_size(0)), Code::StgReverted);
        assert_eq!(code(dead.commit(0)), Code::StgReverted);
        assert_eq!(code(dead.revert()), Code::StgReverted);
        assert_eq!(code(dead.lock_region(0, 1, 1)), Code::StgReverted);
        assert_eq!(code(dead.stat()), Code::StgReverted);
        assert_eq!(code(dead.clone_stream()), Code::StgReverted);
        assert_eq!(code(dead.copy_to(&MemoryStream::new(), 9).ok()), Code::StgReverted);
    }
    let live = StreamCursor::new(new);
    file.destroy_element(&name("CONTENTS")).unwrap();
    assert_eq!(code(SeekStream::write(&live, b"x")), Code::StgReverted);
}

/// Spec: structured-storage 2.5
#[test]
fn a_stream_opened_for_reading_is_read_and_sought_only() {
    let (file, stream) = stream_of(b"sixsix");
    drop(stream);
    let stream = StreamCursor::new(file.open_stream(&name("CONTENTS"), READ).unwrap());
    assert_eq!(code(SeekStream::write(&stream, b"x")), Code::StgAccessDenied);
    assert_eq!(code(stream.set_size(0)), Code::StgAccessDenied);
    assert_eq!(stream.seek(-2, SeekOrigin::END).unwrap(), 4);
    assert_eq!(read(&stream), b"ix");
    for answer in [stream.lock_region(0, 1, 1), stream.unlock_region(0, 1, 1)] {
        assert_eq!(code(answer), Code::StgInvalidFunction);
    }
    let stat = stream.stat().unwrap();
    assert_eq!((stat.name, stat.size, stat.mode), (Some(name("CONTENTS")), 6, READ));
    let mut bare = None;
    streams::stat(&stream, Some(&mut bare), 1).unwrap();
    assert_eq!(bare.unwrap().name, None);
    assert_eq!(code(streams::stat(&stream, None, 0)), Code::StgInvalidPointer);
    let mut bare = None;
    assert_eq!(code(streams::stat(&stream, Some(&mut bare), 4)), Code::StgInvalidFlag);
}

/// Spec: S-120
#[test]
fn the_commit_of_a_stream_publishes_nothing() {
    let (file, stream) = stream_of(b"sixsix");
    let flags = CommitFlags::ONLY_IF_CURRENT | CommitFlags::DANGEROUSLY_COMMIT_MERELY_TO_DISK_CACHE;
    stream.commit(flags.bits()).unwrap();
    let members = |bytes| CompoundFile::from_bytes(bytes).unwrap().elements().unwrap().len();
    assert_eq!(members(file.to_bytes().unwrap()), 0);
    let bytes = file.to_bytes().unwrap();
    drop((stream, file));
    assert_eq!(members(bytes), 0);
}

/// Bytes whose order shows.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at % 251) as u8).collect()
}

/// Spec: structured-storage 2.5
#[test]
fn a_copy_begins_at_both_positions_and_moves_them() {
    let bytes = pattern(200_000);
    let (_file, source) = stream_of(&bytes);
    for (from, limit) in [(0, u64::MAX), (100, 150_000), (199_999, 5), (200_000, 5), (300_000, 5)] {
        let (_other, target) = stream_of(b"0123456789");
        source.seek(from, SeekOrigin::SET).unwrap();
        target.seek(4, SeekOrigin::SET).unwrap();
        let (mut read, mut written) = (7, 7);
        streams::copy_to(&source, Some(&target), limit, Some(&mut read), Some(&mut written))
            .unwrap();
        let end = (from as u64).saturating_add(limit).min(200_000).max(from as u64);
        let part = &bytes[(from as usize).min(200_000)..(end as usize).min(200_000)];
        assert_eq!((read, written), (part.len() as u64, part.len() as u64));
        assert_eq!((at(&source), at(&target)), (end, 4 + read));
        let mut wanted = b"0123456789".to_vec();
        wanted.resize(wanted.len().max(4 + part.len()), 0);
        wanted[4..4 + part.len()].copy_from_slice(part);
        assert!(content(&target) == wanted, "{from}");
    }
    assert_eq!(code(streams::copy_to(&source, None, 1, None, None)), Code::StgInvalidPointer);
}

/// Spec: structured-storage 2.5
#[test]
fn clones_of_one_stream_copy_into_each_other_as_through_a_buffer() {
    for len in [10_usize, 200_000] {
        for (from, to) in [(0, 3), (3, 0), (0, len as i64), (2, 2)] {
            let bytes = pattern(len);
            let (_file, stream) = stream_of(&bytes);
            let memory = MemoryStream::from_vec(bytes.clone());
            for source in [&stream as &dyn SeekStream, &memory] {
                let target = source.clone_stream().unwrap();
                source.seek(from, SeekOrigin::SET).unwrap();
                target.seek(to, SeekOrigin::SET).unwrap();
                let moved = source.copy_to(&*target, u64::MAX).ok().unwrap();
                assert_eq!(moved, len as u64 - from as u64, "what is there at the beginning");
                let mut wanted = bytes.clone();
                wanted.truncate(to as usize);
                wanted.extend(&bytes[from as usize..]);
                wanted.extend(bytes.iter().skip(wanted.len()));
                assert!(content(source) == wanted, "{len} {from} {to}");
                assert_eq!((at(source), at(&*target)), (len as u64, to as u64 + moved));
            }
        }
    }
    // Onto itself, with one position: it only moves.
    let (_file, stream) = stream_of(b"sixsix");
    assert_eq!(stream.copy_to(&stream, 4).ok().unwrap(), 4);
    assert_eq!((at(&stream), content(&stream)), (4, b"sixsix".to_vec()));
}

/// A stream that takes at most five bytes at a time; nothing else of it is ever called.
#[derive(Default)]
struct Five(Mutex<Vec<u8>>);

impl SeekStream for Five {
    fn write(&self, data: &[u8]) -> Result<usize> {
        let taken = data.len().min(5);
        self.0.lock().unwrap().extend(&data[..taken]);
        Ok(taken)
    }
    fn read(&self, _: &mut [u8]) -> Result<usize> {
        panic!("not called")
    }
    fn seek(&self, _: i64, _: SeekOrigin) -> Result<u64> {
        panic!("not called")
    }
    fn set_size(&self, _: u64) -> Result<()> {
        panic!("not called")
    }
    fn copy_to(&self, _: &dyn SeekStream, _: u64) -> Copied {
        panic!("not called")
    }
    fn commit(&self, _: u32) -> Result<()> {
        panic!("not called")
    }
    fn revert(&self) -> Result<()> {
        panic!("not called")
    }
    fn stat(&self) -> Result<StatStg> {
        panic!("not called")
    }
    fn clone_stream(&self) -> Result<Arc<dyn SeekStream>> {
        panic!("not called")
    }
}

/// The stream of a storage calls it a full medium; one in memory does not. Both tell both counts.
///
/// Spec: S-077
#[test]
fn a_target_that_takes_fewer_bytes_is_told_by_both_counts() {
    let (_file, stream) = stream_of(b"Hello\0");
    let memory = MemoryStream::from_vec(b"Hello\0".to_vec());
    for (source, failure) in
        [(&stream as &dyn SeekStream, Some(Code::StgMediumFull)), (&memory, None)]
    {
        let (target, mut read, mut written) = (Five::default(), 0, 0);
        let answer =
            streams::copy_to(source, Some(&target), 6, Some(&mut read), Some(&mut written));
        assert_eq!(answer.err().map(|e| e.code()), failure);
        assert_eq!((read, written), (6, 5));
        assert_eq!((at(source), &target.0.lock().unwrap()[..]), (6, &b"Hello"[..]));
    }
}

/// Spec: S-074
#[test]
fn a_memory_stream_reads_past_its_end_and_cannot_be_locked() {
    let stream = MemoryStream::new();
    stream.set_size(12).unwrap();
    SeekStream::write(&stream, b"Test String\0").unwrap();
    assert_eq!(read(&stream), b"");
    stream.seek(0, SeekOrigin::SET).unwrap();
    assert_eq!(read(&stream), b"Test String\0");
    stream.seek(1000, SeekOrigin::SET).unwrap();
    assert_eq!((read(&stream), stream.stat().unwrap().size), (vec![], 12));
    assert_eq!(code(stream.lock_region(0, 1, 1)), Code::StgInvalidFunction);
    assert_eq!(code(stream.unlock_region(0, 1, 1)), Code::StgInvalidFunction);
    stream.commit(0).unwrap();
    stream.revert().unwrap();
    let stat = stream.stat().unwrap();
    assert_eq!((stat.kind, stat.name), (ElementKind::Stream, None));
    assert_eq!(stream.to_vec(), b"Test String\0");
}

/// Of a distance the low 32 bits count, as a signed number.
///
/// Spec: S-075
#[test]
fn a_memory_stream_calls_a_bad_seek_so_and_stays() {
    let stream = MemoryStream::from_vec(vec![0; 12]);
    stream.seek(12, SeekOrigin::SET).unwrap();
    let mut position = 0xCAFE_CAFE_CAFE_CAFE;
    for (by, origin) in [
        (123, 3),
        (0x8000_0000, 1),
        (-13, 1),
        (-13, 2),
        (0x8000_0000, 0),
        (-1, 0),
        (0xFFFF_FFF3, 1),
    ] {
        let answer = streams::seek(&stream, by, origin, Some(&mut position));
        assert_eq!((code(answer), position), (Code::StgSeekError, 12), "{by:x} {origin}");
        assert_eq!(at(&stream), 12);
    }
    for (by, origin, to) in [
        (-(1_i64 << 32), 1, 12),
        (-(1_i64 << 32), 0, 0),
        (0x7FFF_FFFF, 0, 0x7FFF_FFFF),
        (9, 1, 0x8000_0008),
        (0, 0, 0),
        (12, 2, 24),
        (-12, 2, 0),
    ] {
        streams::seek(&stream, by, origin, Some(&mut position)).unwrap();
        assert_eq!(position, to, "{by:x} {origin}");
    }
    assert_eq!(stream.stat().unwrap().size, 12);
}

/// Spec: S-076
#[test]
fn the_size_of_a_memory_stream_has_32_bits() {
    let stream = MemoryStream::from_vec(b"abc".to_vec());
    stream.set_size((1 << 32) + 5).unwrap();
    assert_eq!(stream.to_vec(), b"abc\0\0");
    stream.set_size(0xFFFF_FFFF_0000_0000).unwrap();
    assert_eq!(stream.to_vec(), b"");
}

/// Spec: structured-storage 2.5
#[test]
fn memory_streams_share_bytes_with_their_clones() {
    let stream = MemoryStream::new();
    let clone = stream.clone_stream().unwrap();
    SeekStream::write(&stream, b"Hello World!").unwrap();
    assert_eq!((at(&stream), at(&*clone)), (12, 0));
    assert_eq!(read(&*clone), b"Hello World!");
    drop(stream);
    clone.set_size(5).unwrap();
    assert_eq!((at(&*clone), content(&*clone)), (12, b"Hello".to_vec()));
    clone.write(b"x").unwrap();
    assert_eq!(content(&*clone), b"Hello\0\0\0\0\0\0\0x");
}

/// What `std::io` offers, on both kinds.
#[test]
fn both_kinds_are_streams_of_the_standard_library() {
    fn check(mut stream: impl Read + Write + Seek) {
        stream.write_all(b"some text").unwrap();
        stream.flush().unwrap();
        assert_eq!(stream.seek(SeekFrom::End(-4)).unwrap(), 5);
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert_eq!(text, "text");
        let before = stream.seek(SeekFrom::Current(-10)).unwrap_err();
        assert_eq!(before.kind(), std::io::ErrorKind::InvalidInput);
        assert_eq!(stream.seek(SeekFrom::Start(20)).unwrap(), 20);
        assert_eq!(stream.stream_position().unwrap(), 20);
    }
    check(MemoryStream::new());
    let (file, stream) = stream_of(b"");
    check(stream);
    let mut stream = StreamCursor::new(file.open_stream(&name("CONTENTS"), READ).unwrap());
    let denied = stream.write_all(b"x").unwrap_err();
    assert_eq!(denied.kind(), std::io::ErrorKind::PermissionDenied);
    let inner = denied.into_inner().unwrap().downcast::<Error>().unwrap();
    assert_eq!(inner.code(), Code::StgAccessDenied);
}

/// A stream of a storage opened `STGM_SIMPLE`, as far as a cursor sees it.
struct Simple(Arc<dyn Stream>);

impl Stream for Simple {
    fn stat(&self) -> Result<StatStg> {
        self.0.stat()
    }
    fn size(&self) -> Result<u64> {
        self.0.size()
    }
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        self.0.read_at(offset, buffer)
    }
    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        self.0.write_at(offset, data)
    }
    fn set_size(&self, size: u64) -> Result<()> {
        self.0.set_size(size)
    }
    fn is_simple(&self) -> bool {
        true
    }
}

/// The cursor's part of S-144; that the streams of a simple root say so is theirs.
#[test]
fn a_simple_stream_shows_its_position_as_its_size() {
    let (_file, stream) = stream_of(b"");
    let stream = StreamCursor::new(Arc::new(Simple(Arc::clone(stream.stream()))));
    let size = || stream.stat().unwrap().size;
    SeekStream::write(&stream, b"foo").unwrap();
    assert_eq!(size(), 3);
    stream.seek(1, SeekOrigin::SET).unwrap();
    assert_eq!(size(), 1);
    stream.set_size(6000).unwrap();
    assert_eq!(size(), 1);
    assert_eq!(stream.seek(0, SeekOrigin::END).unwrap(), 6000);
}

/// Positions are kept under a lock: nothing is read twice, whoever reads.
#[test]
fn one_cursor_read_from_many_threads_gives_each_byte_once() {
    let bytes = pattern(40_000);
    let (_file, stream) = stream_of(&bytes);
    let seen = Mutex::new(vec![0_u32; 251]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut piece = [0; 7];
                loop {
                    let got = stream.read(&mut piece).unwrap();
                    if got == 0 {
                        break;
                    }
                    let mut seen = seen.lock().unwrap();
                    piece[..got].iter().for_each(|byte| seen[usize::from(*byte)] += 1);
                }
            });
        }
    });
    let mut wanted = vec![0; 251];
    bytes.iter().for_each(|byte| wanted[usize::from(*byte)] += 1);
    assert_eq!(*seen.lock().unwrap(), wanted);
}
