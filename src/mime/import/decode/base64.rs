//! Base64. What is not of its alphabet is passed over, padding may be missing; what follows the
//! padding is not read, as lists append their footers there.

use super::Decoder;

#[derive(Default)]
pub(super) struct Base64 {
    bits: u32,
    /// How many letters of a group of four are held.
    letters: u8,
    padding: u8,
    over: bool,
}

const PASSED: u8 = 0xFF;
const PAD: u8 = 0xFE;

/// The value of each byte.
const VALUES: [u8; 256] = values();

const fn values() -> [u8; 256] {
    let mut table = [PASSED; 256];
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut at = 0;
    while at < 64 {
        #[expect(clippy::indexing_slicing, reason = "evaluated when compiling; both are in bounds")]
        #[expect(clippy::cast_possible_truncation, reason = "below 64")]
        {
            table[letters[at] as usize] = at as u8;
        }
        at += 1;
    }
    #[expect(clippy::indexing_slicing, reason = "evaluated when compiling")]
    {
        table[b'=' as usize] = PAD;
    }
    table
}

impl Decoder for Base64 {
    fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        out.reserve(bytes.len() / 4 * 3);
        for byte in bytes {
            if self.over {
                return;
            }
            match VALUES.get(usize::from(*byte)).copied().unwrap_or(PASSED) {
                PASSED => {}
                PAD => {
                    // Padding where no group is begun means nothing.
                    if self.letters >= 2 {
                        self.padding += 1;
                        if self.letters + self.padding >= 4 {
                            self.end(out);
                            self.over = true;
                        }
                    }
                }
                value => {
                    self.padding = 0;
                    self.bits = self.bits << 6 | u32::from(value);
                    self.letters += 1;
                    if self.letters == 4 {
                        let [_, a, b, c] = self.bits.to_be_bytes();
                        out.extend_from_slice(&[a, b, c]);
                        (self.bits, self.letters) = (0, 0);
                    }
                }
            }
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        match self.letters {
            2 => out.extend(u8::try_from(self.bits >> 4 & 0xFF)),
            3 => {
                let [_, _, a, b] = (self.bits >> 2).to_be_bytes();
                out.extend_from_slice(&[a, b]);
            }
            _ => {}
        }
        (self.bits, self.letters) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::in_pieces;
    use super::*;

    #[test]
    fn base64_is_read_with_junk_and_without_padding() {
        for (text, expected) in [
            ("Zm9vYmFy", "foobar"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYg", "foob"),
            ("Zm9vYmE", "fooba"),
            ("Zm9v\r\nYm!Fy\r\n", "foobar"),
            ("=Zm9v", "foo"),
            ("Zm9vYg==\r\n-- \r\nfooter", "foob"),
            ("Z", ""),
            ("", ""),
        ] {
            for size in [1, 2, 3, 100] {
                let read = in_pieces(Base64::default(), text.as_bytes(), size);
                assert_eq!(read, expected.as_bytes(), "{text}");
            }
        }
    }

    #[test]
    fn every_value_comes_back() {
        let bytes: Vec<u8> = (0..=255).cycle().take(1021).collect();
        let mut text = Vec::new();
        crate::mime::entity::base64::encode(&bytes, &mut text);
        assert_eq!(in_pieces(Base64::default(), &text, 7), bytes);
    }
}
