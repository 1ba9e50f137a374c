//! UTF-16 text that may be broken.

use std::borrow::Cow;
use std::fmt;

/// A Unicode string as the files store it: UTF-16 units, unpaired surrogates included.
///
/// Sound text is held as UTF-8; only text with an unpaired surrogate keeps its units, so that
/// nothing is lost on the way through. Spec: msg-format 2.5.
///
/// # Example
/// ```
/// use openimsg::Text;
///
/// let text = Text::from("Grüße");
/// assert_eq!(text.as_str(), Some("Grüße"));
/// let broken = Text::from_units(&[0x41, 0xD800]);
/// assert_eq!(broken.as_str(), None);
/// assert_eq!(broken.to_string(), "A\u{FFFD}");
/// assert_eq!(broken.units().collect::<Vec<_>>(), [0x41, 0xD800]);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Text(Repr);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Sound(String),
    Broken(Vec<u16>),
}

impl Text {
    /// From UTF-16 units.
    #[must_use]
    pub fn from_units(units: &[u16]) -> Text {
        match String::from_utf16(units) {
            Ok(text) => Text(Repr::Sound(text)),
            Err(_) => Text(Repr::Broken(units.to_vec())),
        }
    }

    /// From UTF-16LE bytes; an odd byte at the end is dropped. Spec: msg-format 2.5.
    #[must_use]
    pub fn from_utf16le(bytes: &[u8]) -> Text {
        let (pairs, _) = bytes.as_chunks::<2>();
        // Most text in real files is ASCII: one look at all units at once, then narrowing.
        let used = pairs.iter().fold(0, |used, pair| used | u16::from_le_bytes(*pair));
        if used < 0x80 {
            let ascii = pairs.iter().map(|[low, _]| *low).collect();
            if let Ok(text) = String::from_utf8(ascii) {
                return Text(Repr::Sound(text));
            }
        }
        match decode(pairs) {
            Some(text) => Text(Repr::Sound(text)),
            None => Text(Repr::Broken(pairs.iter().map(|p| u16::from_le_bytes(*p)).collect())),
        }
    }

    /// The text, or `None` if it holds an unpaired surrogate.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Repr::Sound(text) => Some(text),
            Repr::Broken(_) => None,
        }
    }

    /// The text with each unpaired surrogate as U+FFFD.
    #[must_use]
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        match &self.0 {
            Repr::Sound(text) => Cow::Borrowed(text),
            Repr::Broken(units) => Cow::Owned(String::from_utf16_lossy(units)),
        }
    }

    /// The text with each unpaired surrogate as U+FFFD, without a copy when it is sound.
    #[must_use]
    pub fn into_string_lossy(self) -> String {
        match self.0 {
            Repr::Sound(text) => text,
            Repr::Broken(units) => String::from_utf16_lossy(&units),
        }
    }

    /// The UTF-16 units.
    pub fn units(&self) -> impl Iterator<Item = u16> + '_ {
        let (sound, broken) = match &self.0 {
            Repr::Sound(text) => (Some(text.encode_utf16()), None),
            Repr::Broken(units) => (None, Some(units.iter().copied())),
        };
        sound.into_iter().flatten().chain(broken.into_iter().flatten())
    }

    /// The UTF-16LE bytes, without a terminator.
    #[must_use]
    pub fn to_utf16le(&self) -> Vec<u8> {
        self.units().flat_map(u16::to_le_bytes).collect()
    }

    /// Whether there is no unit at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Repr::Sound(text) => text.is_empty(),
            Repr::Broken(units) => units.is_empty(),
        }
    }

    /// Removes the NULs at the end, as every exposed string value is. Spec: msg-format 1.2.2.
    #[must_use]
    pub fn trim_nuls(mut self) -> Text {
        match &mut self.0 {
            Repr::Sound(text) => text.truncate(text.trim_end_matches('\0').len()),
            Repr::Broken(units) => {
                let end = units.iter().rposition(|unit| *unit != 0).map_or(0, |at| at + 1);
                units.truncate(end);
            }
        }
        self
    }
}

/// Sound UTF-16LE as text; ASCII between other letters is taken sixteen units at a time.
fn decode(mut rest: &[[u8; 2]]) -> Option<String> {
    let mut text = String::with_capacity(2 * rest.len());
    while let Some((first, behind)) = rest.split_first() {
        let unit = u16::from_le_bytes(*first);
        if unit < 0x80
            && let Some((run, behind)) = rest.split_first_chunk::<16>()
            && run.iter().fold(0, |used, pair| used | u16::from_le_bytes(*pair)) < 0x80
        {
            text.push_str(std::str::from_utf8(&run.map(|[low, _]| low)).ok()?);
            rest = behind;
        } else if let Some(letter) = char::from_u32(u32::from(unit)) {
            text.push(letter);
            rest = behind;
        } else {
            let (second, behind) = behind.split_first()?;
            let pair = [unit, u16::from_le_bytes(*second)];
            text.push(char::decode_utf16(pair).next()?.ok()?);
            rest = behind;
        }
    }
    Some(text)
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text(Repr::Sound(text.to_owned()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text(Repr::Sound(text))
    }
}

/// Prints unpaired surrogates as U+FFFD.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_string_lossy())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Sound(text) => fmt::Debug::fmt(text, f),
            Repr::Broken(units) => write!(f, "Text({units:04x?})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_byte_is_dropped_and_surrogates_survive() {
        assert_eq!(Text::from_utf16le(&[0x41, 0, 0x42]).as_str(), Some("A"));
        let pair = [0x3D, 0xD8, 0x00, 0xDE];
        assert_eq!(Text::from_utf16le(&pair).as_str(), Some("\u{1F600}"));
        let alone = [0x3D, 0xD8, 0x41, 0x00];
        assert_eq!(Text::from_utf16le(&alone).to_utf16le(), alone);
    }

    #[test]
    fn every_way_of_decoding_agrees_with_the_plain_one() {
        let ascii = "sixteen letters, and some more of them. ";
        for odd in ["", "é", "日本", "\u{1F600}", "\u{7F}", "\u{80}"] {
            for before in 0..40 {
                let units: Vec<u16> = ascii[..before]
                    .encode_utf16()
                    .chain(odd.encode_utf16())
                    .chain(ascii.encode_utf16())
                    .collect();
                let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
                assert_eq!(Text::from_utf16le(&bytes), Text::from_units(&units));
                for alone in [0xD83D_u16, 0xDE00] {
                    let mut broken = units.clone();
                    broken.insert(before, alone);
                    let bytes: Vec<u8> = broken.iter().flat_map(|u| u.to_le_bytes()).collect();
                    assert_eq!(Text::from_utf16le(&bytes), Text::from_units(&broken));
                }
            }
        }
    }

    #[test]
    fn only_nuls_at_the_end_go() {
        assert_eq!(Text::from("a\0b\0\0").trim_nuls().as_str(), Some("a\0b"));
        let units = [0xD800, 0, 0];
        assert_eq!(Text::from_units(&units).trim_nuls(), Text::from_units(&[0xD800]));
    }
}
