//! uuencode: lines between `begin` and `end`.

use super::Decoder;

/// The longest line that counts; the rest of a longer one is passed over.
const MAX_LINE: usize = 128;

#[derive(Default)]
pub(super) struct Uu {
    line: Vec<u8>,
    begun: bool,
    over: bool,
}

impl Uu {
    fn line_ends(&mut self, out: &mut Vec<u8>) {
        let line = std::mem::take(&mut self.line);
        if !self.begun {
            self.begun = line.starts_with(b"begin ");
        } else if line.trim_ascii() == b"end" {
            self.over = true;
        } else if let [count, groups @ ..] = line.as_slice() {
            let count = usize::from(count.wrapping_sub(b' ') & 63);
            let mut bytes = Vec::with_capacity(count.saturating_add(2));
            for group in groups.chunks(4) {
                let value =
                    |at: usize| group.get(at).map_or(0, |byte| byte.wrapping_sub(b' ') & 63);
                let (a, b, c, d) = (value(0), value(1), value(2), value(3));
                bytes.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
            }
            // Spaces at the end of a line may be lost.
            bytes.resize(count, 0);
            out.extend_from_slice(&bytes);
        }
    }
}

impl Decoder for Uu {
    fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for byte in bytes {
            if self.over {
                return;
            }
            match byte {
                b'\n' => self.line_ends(out),
                b'\r' => {}
                byte if self.line.len() < MAX_LINE => self.line.push(*byte),
                _ => {}
            }
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if !self.over {
            self.line_ends(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::in_pieces;
    use super::*;

    #[test]
    fn uuencode_is_read_between_begin_and_end() {
        let text = b"text\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nmore\r\n";
        for size in [1, 3, 100] {
            assert_eq!(in_pieces(Uu::default(), text, size), b"Cat");
        }
        // Without its end, and with a line cut short.
        assert_eq!(in_pieces(Uu::default(), b"begin 644 x\n#0V%T", 5), b"Cat");
        assert_eq!(in_pieces(Uu::default(), b"begin 644 x\n#0V", 5), b"C\x60\0");
        assert_eq!(in_pieces(Uu::default(), b"no such thing\n", 5), b"");
    }
}
