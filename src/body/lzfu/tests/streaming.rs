//! Piece by piece is the same as at once, whatever the pieces are.

use super::*;
use crate::error::Error;
use proptest::prelude::*;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

/// A source that gives pieces of these lengths over and over; 0 is an error that passes.
struct Pieces<'a> {
    bytes: &'a [u8],
    lengths: &'a [usize],
    at: usize,
}

impl Pieces<'_> {
    fn length(&mut self) -> io::Result<usize> {
        self.at += 1;
        match self.lengths[self.at % self.lengths.len()] {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            length => Ok(length),
        }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.length()?.min(buffer.len()).min(self.bytes.len());
        let (piece, rest) = self.bytes.split_at(len);
        buffer[..len].copy_from_slice(piece);
        self.bytes = rest;
        Ok(len)
    }
}

/// A target that takes pieces of these lengths.
struct Target<'a> {
    value: Cursor<Vec<u8>>,
    pieces: Pieces<'a>,
}

impl Write for Target<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let len = self.pieces.length()?.min(buffer.len());
        self.value.write(&buffer[..len])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Target<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.value.seek(to)
    }
}

/// Reads to the end, by buffers of these lengths, past errors of the source.
fn read(value: &[u8], validation: Validation, limit: u64, lengths: &[usize]) -> Result<Rtf> {
    let source = Pieces { bytes: value, lengths, at: 0 };
    let mut reader = RtfDecompressor::new(source, validation, limit);
    let mut bytes = Vec::new();
    for turn in 0.. {
        let mut buffer = vec![0xEE; 1 + lengths[turn % lengths.len()] * 3];
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(len) => bytes.extend_from_slice(&buffer[..len]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => {
                let again = reader.read(&mut buffer).unwrap_err();
                assert_eq!(own(again).code(), own_code(&error));
                return Err(own(error));
            }
        }
    }
    assert_eq!(reader.read(&mut [0; 9]).unwrap(), 0);
    Ok(Rtf { bytes, findings: reader.findings().to_vec() })
}

fn own(error: io::Error) -> Error {
    *error.into_inner().unwrap().downcast().unwrap()
}

fn own_code(error: &io::Error) -> Code {
    error.get_ref().unwrap().downcast_ref::<Error>().unwrap().code()
}

/// What was found, but not in which words: how much too long a value is, is not looked for.
fn told(rtf: &Rtf) -> Vec<(&'static str, Severity, Option<u64>)> {
    rtf.findings.iter().map(|one| (one.code(), one.severity(), one.place().offset())).collect()
}

#[track_caller]
fn same(value: &[u8], limit: u64, lengths: &[usize]) {
    let (whole, pieces) = (
        rtf_decompress(value, Validation::Lenient, limit),
        read(value, Validation::Lenient, limit, lengths),
    );
    match (&whole, &pieces) {
        (Ok(whole), Ok(pieces)) => {
            assert!(whole.bytes == pieces.bytes, "{} {}", whole.bytes.len(), pieces.bytes.len());
            assert_eq!(told(whole), told(pieces));
        }
        (whole, pieces) => assert_eq!(
            whole.as_ref().map_err(Error::code).map(told),
            pieces.as_ref().map_err(Error::code).map(told)
        ),
    }
    let strict = read(value, Validation::Strict, limit, lengths).ok();
    assert_eq!(strict, rtf_decompress(value, Validation::Strict, limit).ok());
}

/// Spec
#[test]
fn every_deviation_is_told_piece_by_piece_too() {
    let text = b"{\\rtf1 stored}";
    let [(vector, _), (overlapping, _)] = vectors();
    let mut values = vec![vector.clone(), overlapping, text.to_vec(), Vec::new()];
    for raw_size in [0, 13, 14, 15, 26, 40, u32::MAX] {
        for comp_size in [0, 11, 12, 13, 20, 25, 26, 27, 400, u32::MAX] {
            for kind in [LZFU, MELA, 0, 7] {
                values.push(value([comp_size, raw_size, kind, 0], text));
                values.push(value([comp_size, raw_size, kind, 1], b"{\\rtf1 stored}\0\0"));
            }
        }
        // Text with NULs at its end, and inside.
        for part in [&[0x00, b'a', 0, 0, 0, b'b', 0, 0, 0][..], &[0x04, b'a', 0, 0x0D, 0x00]] {
            values.push(tokens(raw_size.min(5), part));
        }
    }
    for end in 0..vector.len() {
        values.push(vector[..end].to_vec());
    }
    for value in values {
        for lengths in [&[1][..], &[1, 0], &[2, 5, 0], &[9000]] {
            for limit in [0, 1, 13, 14, 15, 1 << 20] {
                same(&value, limit, lengths);
            }
        }
    }
}

/// Spec: F-060, F-066, F-068
#[test]
fn real_sized_values_come_piece_by_piece() {
    let mut seeded = Seeded(0x0060_0000_0003);
    for len in [4095, 4096, 30_000, 200_000] {
        for text in [seeded.rtf(len), seeded.bytes(len, 256), vec![b'x'; len], vec![0; len]] {
            let mut value = rtf_compress(&text);
            same(&value, 1 << 20, &[1021, 8192, 3, 0]);
            same(&value, 4096, &[8192]);
            value.truncate(value.len() * 2 / 3);
            same(&value, 1 << 20, &[4096]);
            same(&rtf_store(&text), 1 << 20, &[5000, 1]);
            value.extend_from_slice(&[0xFF; 9000]);
            same(&value, 1 << 20, &[4096]);
        }
    }
}

#[track_caller]
fn written(text: &[u8], lengths: &[usize]) {
    let mut target = Cursor::new(b"before".to_vec());
    target.seek(SeekFrom::End(0)).unwrap();
    // The place of the header is written when the writer is made: no error may come in between.
    let first = Pieces { bytes: &[], lengths: &[16], at: 0 };
    let mut writer = RtfCompressor::new(Target { value: target, pieces: first }).unwrap();
    writer.target.pieces.lengths = lengths;
    let mut errors = 0;
    let mut rest = text;
    for turn in 0.. {
        if rest.is_empty() {
            break;
        }
        let piece = rest.get(..lengths[turn % lengths.len()] * 7).unwrap_or(rest);
        match writer.write(piece) {
            Ok(len) => rest = &rest[len..],
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                errors += 1;
            }
        }
        if turn % 5 == 0 {
            let _ = writer.flush();
        }
    }
    writer.target.pieces.lengths = &[3];
    let value = writer.finish().unwrap().value;
    assert_eq!(value.position(), value.get_ref().len() as u64);
    assert_eq!(value.get_ref()[..6], *b"before");
    assert!(value.get_ref()[6..] == rtf_compress(text), "{} bytes, {errors} errors", text.len());
}

/// Spec: F-061
#[test]
fn what_is_compressed_piece_by_piece_is_the_same() {
    let mut seeded = Seeded(0x0061_0000_0011);
    written(b"", &[1]);
    for (_, text) in vectors() {
        written(text, &[1]);
        written(text, &[2, 0, 40]);
    }
    for len in [4000, 66_000, 300_000] {
        for text in [seeded.rtf(len), seeded.rhythm(len, 3), seeded.echo(len), vec![b'x'; len]] {
            written(&text, &[1, 700, 0, 9000]);
        }
    }
}

#[test]
fn no_more_memory_is_taken_than_a_few_pieces() {
    let header = value([u32::MAX, u32::MAX, LZFU, 0], &[]);
    // Groups of seven runs of 17 bytes, and a byte. No run begins where an offset ends with 6, so that
    // none of them is the end token.
    let group = [&[0x7F][..], &[0x00, 0xEF].repeat(7), b"x"].concat();
    let groups = group.repeat(1000);
    let long = header.chain(Cyclic { bytes: &groups, at: 0 }).take(2 << 20);
    let mut reader = RtfDecompressor::new(long, Validation::Lenient, 1 << 30);
    let mut buffer = [0; 10_000];
    let mut sum = 0;
    while let len @ 1.. = reader.read(&mut buffer).unwrap() {
        sum += len;
        assert!(reader.text.bytes.capacity() <= 64 << 10);
        assert!(reader.input.capacity() <= 32 << 10);
    }
    assert!(sum > 7 << 21, "{sum}");

    let mut writer = RtfCompressor::new(Cursor::new(Vec::new())).unwrap();
    let mut seeded = Seeded(7);
    for _ in 0..40 {
        writer.write_all(&seeded.rtf(100_000)).unwrap();
        assert!(writer.encoder.out().capacity() <= 128 << 10);
        assert!(writer.encoder.text_capacity() <= 256 << 10);
    }
}

struct Cyclic<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Read for Cyclic<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = &self.bytes[self.at..];
        let len = rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        self.at = (self.at + len) % self.bytes.len();
        Ok(len)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_is_read_the_same_in_any_pieces(
        seed: u64,
        len in 0usize..20_000,
        cut in 0usize..30_000,
        harm in prop::collection::vec((0usize..2000, any::<u8>()), 0..4),
        lengths in prop::collection::vec(0usize..3000, 1..6),
        limit in prop_oneof![Just(1u64 << 20), 0u64..20_000],
    ) {
        let mut lengths = lengths;
        lengths.push(1);
        let mut seeded = Seeded(seed | 1);
        let text = match seed % 3 {
            0 => seeded.rtf(len),
            1 => seeded.bytes(len, 4),
            _ => seeded.bytes(len, 256),
        };
        let mut value = rtf_compress(&text);
        for (at, byte) in harm {
            let at = at % value.len();
            value[at] = byte;
        }
        value.truncate(cut.max(1));
        same(&value, limit, &lengths);
    }

    #[test]
    fn any_bytes_are_read_the_same_in_any_pieces(
        value in prop::collection::vec(any::<u8>(), 0..600),
        kind in 0usize..3,
        lengths in prop::collection::vec(0usize..40, 1..6),
    ) {
        let (mut value, mut lengths) = (value, lengths);
        lengths.push(1);
        if let Some(place) = value.get_mut(8..12) {
            place.copy_from_slice([b"LZFu", b"MELA", b"{\\rt"][kind]);
        }
        same(&value, 1 << 20, &lengths);
    }

    #[test]
    fn any_text_is_written_the_same_in_any_pieces(
        seed: u64,
        len in 0usize..100_000,
        lengths in prop::collection::vec(0usize..3000, 1..6),
    ) {
        let mut lengths = lengths;
        lengths.push(1);
        let mut seeded = Seeded(seed | 1);
        let text = if seed % 2 == 0 { seeded.rtf(len) } else { seeded.rhythm(len, 3) };
        written(&text, &lengths);
    }
}
