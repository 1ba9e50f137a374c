//! Text in header fields: plain where it can be, encoded words where it must. Spec: RFC 2047.

use super::line::tokens;

/// The most characters of an encoded word. Spec: F-088.
const MAX_WORD: usize = 75;
const HEAD: &str = "=?UTF-8?";
const FRAME: usize = HEAD.len() + "B?".len() + "?=".len();
/// A longer word of ASCII is encoded too, so that lines keep their length.
const MAX_PLAIN: usize = 500;

/// The tokens of unstructured text, such as a subject: what needs no encoding stays as it is.
///
/// Leading and trailing spaces would be lost by readers, so text with them is encoded.
pub(crate) fn unstructured(text: &str) -> Vec<String> {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.trim_matches(' ') != text {
        return if text.trim().is_empty() { Vec::new() } else { encoded(&text) };
    }
    let words: Vec<&str> = tokens(&text).collect();
    let first = words.iter().position(|word| !is_plain(word));
    let last = words.iter().rposition(|word| !is_plain(word));
    let (Some(first), Some(last)) = (first, last) else {
        return words.into_iter().map(str::to_owned).collect();
    };
    let plain = |from: usize, to: usize| {
        words.get(from..to).unwrap_or_default().iter().map(|word| (*word).to_owned())
    };
    let middle = words.get(first..=last).unwrap_or_default().concat();
    // One space separates the words from the plain text before them; more of them are inside.
    let inner = middle.strip_prefix(' ').unwrap_or(&middle);
    let mut out: Vec<String> = plain(0, first).collect();
    let begins = out.len();
    out.extend(encoded(inner));
    if begins > 0
        && let Some(word) = out.get_mut(begins)
    {
        *word = format!(" {word}");
    }
    out.extend(plain(last + 1, words.len()));
    out
}

fn is_plain(word: &str) -> bool {
    word.len() <= MAX_PLAIN
        && !word.contains("=?")
        && word.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

/// The tokens of a display name: atoms, a quoted string, or encoded words.
pub(crate) fn phrase(name: &str) -> Vec<String> {
    let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let name = name.trim();
    if name.is_empty() {
        return Vec::new();
    }
    let printable = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    if !name.bytes().all(printable) || name.contains("=?") || name.len() > MAX_PLAIN {
        return encoded(name);
    }
    let atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~ ".contains(&byte);
    if name.bytes().all(atom) && !name.contains("  ") {
        return tokens(name).map(str::to_owned).collect();
    }
    vec![quoted(name)]
}

/// The text as a quoted string.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// The text as encoded words, each whole by itself; the second and later begin with a space.
pub(crate) fn encoded(text: &str) -> Vec<String> {
    let q_size: usize = text.chars().map(|c| q(c).len()).sum();
    let by_letters = q_size <= text.len().div_ceil(3) * 4;
    let mut words = Vec::new();
    let mut piece = String::new();
    let mut size = 0;
    for c in text.chars() {
        let (next, full) = if by_letters {
            let own = q(c).len();
            (size + own, size + own > MAX_WORD - FRAME)
        } else {
            let own = c.len_utf8();
            (size + own, (size + own).div_ceil(3) * 4 > MAX_WORD - FRAME)
        };
        if full {
            words.push(std::mem::take(&mut piece));
            size = if by_letters { q(c).len() } else { c.len_utf8() };
        } else {
            size = next;
        }
        piece.push(c);
    }
    words.push(piece);
    let word = |(index, piece): (usize, String)| {
        let space = if index == 0 { "" } else { " " };
        if by_letters {
            let body: String = piece.chars().map(q).collect();
            format!("{space}{HEAD}Q?{body}?=")
        } else {
            format!("{space}{HEAD}B?{}?=", base64(piece.as_bytes()))
        }
    };
    words.into_iter().enumerate().map(word).collect()
}

/// A character in the form Q, safe in phrases too.
fn q(c: char) -> String {
    match c {
        ' ' => "_".to_owned(),
        c if c.is_ascii_alphanumeric() || matches!(c, '!' | '*' | '+' | '-' | '/') => c.to_string(),
        c => {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes).bytes();
            bytes.map(|byte| format!("={byte:02X}")).collect()
        }
    }
}

/// Base64 of a short value.
pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    crate::mime::entity::base64::encode(bytes, &mut out);
    out.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mime::fields::field;
    use crate::msg::decoded_words;

    /// What a reader makes of the tokens.
    fn read(tokens: &[String]) -> String {
        let line = field("X", tokens);
        assert!(line.lines().all(|line| line.len() <= 78), "{line}");
        decoded_words(line.replace("\r\n", "").strip_prefix("X:").unwrap().trim())
    }

    /// Spec: F-088
    #[test]
    fn a_subject_of_any_script_is_words_of_75_characters_that_decode_to_it() {
        let long = "Größe 日本語 ".repeat(30);
        for text in [
            "Grüße",
            "plain then ünïcode then plain",
            "日本語のとても長い件名がここにありますのでいくつかの語に分けられます",
            "emoji 👨‍👩‍👧‍👦 family",
            " leading and trailing ",
            "two  spaces  é  here",
            "a =?utf-8?q?trap?= b",
            long.trim(),
        ] {
            let made = unstructured(text);
            for word in made.iter().flat_map(|t| t.split(' ')).filter(|w| w.starts_with("=?")) {
                assert!(word.len() <= 75 && word.is_ascii(), "{word}");
                // Whole characters in each word.
                assert!(!decoded_words(word).contains('\u{FFFD}'), "{word}");
            }
            assert_eq!(read(&made), text);
        }
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        assert_eq!(unstructured("Minutes  of May").concat(), "Minutes  of May");
        assert_eq!(phrase("Ana Silva").concat(), "Ana Silva");
        assert_eq!(phrase("Silva, \"Ana\"").concat(), r#""Silva, \"Ana\"""#);
        assert_eq!(phrase("a@b.c").concat(), "\"a@b.c\"");
        assert!(phrase(" \r\n").is_empty() && unstructured("  ").is_empty());
    }

    #[test]
    fn names_with_line_ends_stay_on_one_line() {
        assert_eq!(phrase("x\r\nBcc: y").concat(), "\"x  Bcc: y\"");
        assert_eq!(read(&phrase("ä\r\nBcc: y")), "ä  Bcc: y");
    }
}
