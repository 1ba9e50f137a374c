//! Quoted-printable. What is no escape stands for itself.

use super::Decoder;

/// The most white space between `=` and the end of its line.
const MAX_BLANKS: usize = 256;

#[derive(Default)]
pub(super) struct Quoted {
    /// What was read since a `=` whose meaning is open, without it.
    held: Option<Vec<u8>>,
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

impl Quoted {
    /// Gives back what was held: it is no escape.
    fn literal(&mut self, out: &mut Vec<u8>) {
        if let Some(held) = self.held.take() {
            out.push(b'=');
            out.extend(held);
        }
    }
}

impl Decoder for Quoted {
    fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut rest = bytes;
        while let [byte, tail @ ..] = rest {
            let Some(held) = &mut self.held else {
                let plain = rest.iter().position(|byte| *byte == b'=').unwrap_or(rest.len());
                let (text, after) = rest.split_at_checked(plain).unwrap_or_default();
                out.extend_from_slice(text);
                if let [b'=', after @ ..] = after {
                    self.held = Some(Vec::new());
                    rest = after;
                } else {
                    rest = after;
                }
                continue;
            };
            match (held.as_slice(), *byte) {
                // A soft line end.
                (blanks, b'\n') if blanks.iter().all(u8::is_ascii_whitespace) => {
                    self.held = None;
                    rest = tail;
                }
                ([.., b'\r'], _) => self.held = None,
                ([first], second) if hex(*first).is_some() => {
                    if let (Some(high), Some(low)) = (hex(*first), hex(second)) {
                        out.push(high << 4 | low);
                        self.held = None;
                        rest = tail;
                    } else {
                        self.literal(out);
                    }
                }
                ([], byte) if hex(byte).is_some() => {
                    held.push(byte);
                    rest = tail;
                }
                (blanks, byte @ (b' ' | b'\t' | b'\r')) if blanks.len() < MAX_BLANKS => {
                    held.push(byte);
                    rest = tail;
                }
                _ => self.literal(out),
            }
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        match self.held.take() {
            // A soft line end at the very end, or a part of one.
            Some(held) if held.iter().all(u8::is_ascii_whitespace) => {}
            held => {
                self.held = held;
                self.literal(out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::in_pieces;
    use super::*;

    #[test]
    fn quoted_printable_is_read_liberally() {
        for (text, expected) in [
            (&b"caf=C3=A9"[..], &b"caf\xC3\xA9"[..]),
            (b"caf=c3=a9", b"caf\xC3\xA9"),
            (b"one =\r\ntwo=\nthree", b"one twothree"),
            (b"one=  \t\r\ntwo", b"onetwo"),
            (b"a=\rb", b"ab"),
            (b"1 = 2", b"1 = 2"),
            (b"a=Zb=4", b"a=Zb=4"),
            (b"a=4Zb", b"a=4Zb"),
            (b"==3D", b"=="),
            (b"end=", b"end"),
            (b"keep \r\n", b"keep \r\n"),
            (b"=3D=", b"="),
            (b"=A\n", b"=A\n"),
        ] {
            for size in [1, 2, 3, 100] {
                let read = in_pieces(Quoted::default(), text, size);
                assert_eq!(read, expected, "{}", String::from_utf8_lossy(text));
            }
        }
        let long = [b"=".as_slice(), &[b' '; 10_000], b"\nx"].concat();
        assert_eq!(in_pieces(Quoted::default(), &long, 64), long);
    }
}
