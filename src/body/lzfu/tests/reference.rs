//! The algorithms as the specification tells them, one byte and one place at a time.

use super::super::dictionary::PRELOAD;

/// The circular buffer, its write offset, and how far it has been filled.
struct Dictionary {
    buffer: [u8; 4096],
    write: usize,
    end: usize,
}

impl Dictionary {
    fn new() -> Self {
        let mut buffer = [0; 4096];
        buffer[..207].copy_from_slice(PRELOAD);
        Dictionary { buffer, write: 207, end: 207 }
    }

    fn add(&mut self, byte: u8) {
        self.buffer[self.write] = byte;
        self.end = self.end.max(self.write + 1);
        self.write = (self.write + 1) % 4096;
    }

    /// The offset and length of the reference encoder's choice; the text is in the dictionary
    /// afterwards.
    fn find(&mut self, ahead: &[u8]) -> (usize, usize) {
        let last = self.write;
        let mut place = if self.end < 4096 { 0 } else { (self.write + 1) % 4096 };
        let mut best = (0, 0);
        loop {
            let mut len = 0;
            while len < ahead.len().min(17) && self.buffer[(place + len) % 4096] == ahead[len] {
                len += 1;
                if len > best.1 {
                    self.add(ahead[len - 1]);
                }
            }
            if len > best.1 {
                best = (place, len);
            }
            place = (place + 1) % 4096;
            if place == last || best.1 >= 17 {
                break;
            }
        }
        if best.1 == 0 {
            self.add(ahead[0]);
        }
        best
    }
}

/// The contents that the reference encoder writes; not always such as decode to `rtf`.
pub(super) fn encode(rtf: &[u8]) -> Vec<u8> {
    let mut dictionary = Dictionary::new();
    let mut groups: Vec<(u8, Vec<u8>)> = vec![(0, Vec::new())];
    let mut used = 0;
    let mut put = |is_reference: bool, bytes: &[u8]| {
        if used == 8 {
            groups.push((0, Vec::new()));
            used = 0;
        }
        let (control, group) = groups.last_mut().unwrap();
        *control |= u8::from(is_reference) << used;
        group.extend_from_slice(bytes);
        used += 1;
    };
    let mut at = 0;
    while at < rtf.len() {
        let (offset, len) = dictionary.find(&rtf[at..]);
        if len < 2 {
            put(false, &rtf[at..=at]);
            at += 1;
        } else {
            put(true, &u16::try_from(offset << 4 | (len - 2)).unwrap().to_be_bytes());
            at += len;
        }
    }
    put(true, &u16::try_from(dictionary.write << 4).unwrap().to_be_bytes());
    groups.into_iter().flat_map(|(control, group)| [vec![control], group].concat()).collect()
}

/// The text of a token stream, as far as it goes.
pub(super) fn decode(contents: &[u8]) -> Vec<u8> {
    let mut dictionary = Dictionary::new();
    let mut text = Vec::new();
    let mut input = contents.iter().copied();
    while let Some(control) = input.next() {
        for bit in 0..8 {
            let Some(first) = input.next() else { return text };
            if control >> bit & 1 == 0 {
                dictionary.add(first);
                text.push(first);
                continue;
            }
            let Some(second) = input.next() else { return text };
            let token = usize::from(first) << 8 | usize::from(second);
            if token >> 4 == dictionary.write {
                return text;
            }
            for n in 0..(token & 15) + 2 {
                let byte = dictionary.buffer[((token >> 4) + n) % 4096];
                dictionary.add(byte);
                text.push(byte);
            }
        }
    }
    text
}
