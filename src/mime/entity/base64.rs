//! Base64, written in pieces. Spec: RFC 2045 6.8.

use std::io::{self, Read, Write};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Bytes of a line of 76 characters.
const LINE: usize = 57;
/// Bytes that are read at once: whole lines.
const PIECE: usize = LINE * 1024;

/// Appends the characters of `bytes`, padded, without line ends.
pub(crate) fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(bytes.len().div_ceil(3) * 4);
    let (groups, rest) = bytes.as_chunks::<3>();
    for [a, b, c] in groups {
        out.extend_from_slice(&[
            letter(a >> 2),
            letter(a << 4 | b >> 4),
            letter(b << 2 | c >> 6),
            letter(*c),
        ]);
    }
    match rest {
        [a] => out.extend_from_slice(&[letter(a >> 2), letter(a << 4), b'=', b'=']),
        [a, b] => {
            let group = [letter(a >> 2), letter(a << 4 | b >> 4), letter(b << 2), b'='];
            out.extend_from_slice(&group);
        }
        _ => {}
    }
}

/// The letter of the low six bits.
fn letter(bits: u8) -> u8 {
    ALPHABET.get(usize::from(bits & 63)).copied().unwrap_or(b'A')
}

/// Writes everything that `data` gives as lines of 76 characters, and says how many bytes it were.
///
/// # Errors
/// Those of reading, in the first place; of writing, in the second.
pub(crate) fn copy(data: &mut dyn Read, out: &mut dyn Write) -> Result<u64, Failed> {
    let mut piece = vec![0; PIECE];
    let mut lines = Vec::new();
    let mut total = 0;
    loop {
        let read = fill(data, &mut piece).map_err(Failed::Reading)?;
        let bytes = piece.get(..read).unwrap_or_default();
        lines.clear();
        for line in bytes.chunks(LINE) {
            encode(line, &mut lines);
            lines.extend_from_slice(b"\r\n");
        }
        out.write_all(&lines).map_err(Failed::Writing)?;
        total += read as u64;
        if read < PIECE {
            return Ok(total);
        }
    }
}

/// On which side a copy failed.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The data could not be read.
    Reading(io::Error),
    /// The output could not be written.
    Writing(io::Error),
}

/// Reads until the buffer is full or nothing comes.
fn fill(data: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match data.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 4648 10.
    #[test]
    fn the_vectors_of_the_standard() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            let mut out = Vec::new();
            encode(plain.as_bytes(), &mut out);
            assert_eq!(out, coded.as_bytes());
        }
    }

    #[test]
    fn lines_have_76_characters_whatever_the_reader_gives_at_once() {
        struct Slow<'a>(&'a [u8]);
        impl Read for Slow<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let most = buffer.len().min(1000);
                self.0.read(buffer.get_mut(..most).unwrap())
            }
        }
        let bytes: Vec<u8> = (0..200_000_u32).map(|n| (n * 7 % 251) as u8).collect();
        let mut out = Vec::new();
        assert_eq!(copy(&mut Slow(&bytes), &mut out).unwrap(), 200_000);
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.split_terminator("\r\n").collect();
        let (last, full) = lines.split_last().unwrap();
        assert!(full.iter().all(|line| line.len() == 76) && last.len() <= 76);
        let mut whole = Vec::new();
        encode(&bytes, &mut whole);
        assert_eq!(lines.concat().into_bytes(), whole);
    }
}
