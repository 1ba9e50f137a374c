//! File names for what comes out of a message: safe, inside one folder, never the same twice.
//!
//! A name in a message is a stranger's text. [`safe`] turns it into the name of one file that every
//! system can hold; [`Taken`] keeps the names of one folder apart. Nothing here touches the disk.
//!
//! Spec: F-118, F-119 (msg-format 9.3).

use std::collections::HashSet;
use unicode_normalization::UnicodeNormalization;

/// The longest name that the common file systems hold, in bytes of UTF-8.
const MAX_BYTES: usize = 255;
/// What follows the last dot is an extension worth keeping if it is not longer than this.
const MAX_EXTENSION: usize = 32;

/// The safe form of an untrusted name; `None` if nothing of it is left.
///
/// Folders are cut off, characters that steer terminals, shells or file systems are dropped, names
/// of devices get a `_`, and the rest is cut to 255 bytes with its extension kept.
pub(crate) fn safe(name: &str) -> Option<String> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = base.chars().filter(|c| !is_dropped(*c)).collect();
    let trimmed = kept.trim_start().trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    if trimmed.is_empty() {
        return None;
    }
    let mark = if is_device(trimmed) { "_" } else { "" };
    Some(shortened(&format!("{mark}{trimmed}"), ""))
}

/// Controls, direction marks and overrides, line separators, and what Windows forbids.
fn is_dropped(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}')
        || matches!(c, '\u{061C}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}')
        || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

/// Whether Windows would open a device instead of a file of this name.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    if ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&stem.as_str()) {
        return true;
    }
    let number = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    let mut digits = number.unwrap_or_default().chars();
    let digit = digits.next();
    digits.next().is_none() && digit.is_some_and(|c| matches!(c, '1'..='9' | '¹' | '²' | '³'))
}

/// `name` with `mark` before its extension, cut to the longest that fits.
fn shortened(name: &str, mark: &str) -> String {
    let (stem, extension) = match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= MAX_EXTENSION => name.split_at(dot),
        _ => (name, ""),
    };
    let room = MAX_BYTES.saturating_sub(mark.len() + extension.len());
    let cut = (0..=room.min(stem.len())).rev().find(|at| stem.is_char_boundary(*at));
    let stem = cut.and_then(|at| stem.get(..at)).unwrap_or_default();
    format!("{stem}{mark}{extension}")
}

/// A safe name that something was added to, cut to what fits again.
pub(crate) fn fitted(name: &str) -> String {
    shortened(name, "")
}

/// The names that are in use in one folder.
#[derive(Debug, Default)]
pub(crate) struct Taken(HashSet<String>);

impl Taken {
    /// The name itself if it is free, else the first free one of `a (2).txt`, `a (3).txt`, ..;
    /// it is in use from now on.
    ///
    /// Names that differ only in case or in composed characters are one.
    pub(crate) fn claim(&mut self, name: &str) -> String {
        let mut candidate = name.to_owned();
        let mut number = 2_u64;
        while !self.0.insert(key(&candidate)) {
            candidate = shortened(name, &format!(" ({number})"));
            number += 1;
        }
        candidate
    }
}

fn key(name: &str) -> String {
    let composed: String = name.nfc().collect();
    composed.to_uppercase().to_lowercase().nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spec: F-118
    #[test]
    fn hostile_names_become_plain_file_names() {
        let cases = [
            (r"..\..\x", "x"),
            ("/etc/x", "x"),
            ("C:x", "Cx"),
            (r"C:\Users\me\x.txt", "x.txt"),
            ("CON.txt", "_CON.txt"),
            ("con", "_con"),
            ("Com7.tar.gz", "_Com7.tar.gz"),
            ("nul .txt", "_nul .txt"),
            ("CONIN$", "_CONIN$"),
            ("LPT¹.log", "_LPT¹.log"),
            ("COM10.txt", "COM10.txt"),
            ("COM", "COM"),
            ("a\0b", "ab"),
            ("\u{202E}gpj.exe", "gpj.exe"),
            ("invoice\u{202E}fdp.exe", "invoicefdp.exe"),
            ("  spaced .. ", "spaced"),
            ("\u{1b}]0;title\u{7}.txt", "]0;title.txt"),
            ("q?*<>|\".txt", "q.txt"),
            (".profile", ".profile"),
            ("日本語.txt", "日本語.txt"),
        ];
        for (name, expected) in cases {
            assert_eq!(safe(name).as_deref(), Some(expected), "{name:?}");
        }
        for nothing in ["", ".", "..", "...", " ", "a/", r"a\..", "\u{200F}", "???"] {
            assert_eq!(safe(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn long_names_keep_their_extension_and_whole_characters() {
        let name = safe(&format!("{}.docx", "é".repeat(300))).unwrap();
        assert!(name.len() <= 255 && name.ends_with("é.docx"), "{name}");
        let name = safe(&format!("a.{}", "x".repeat(400))).unwrap();
        assert_eq!(name.len(), 255);
    }

    /// Spec: F-119
    #[test]
    fn names_that_one_system_takes_for_the_same_get_numbers() {
        let mut taken = Taken::default();
        assert_eq!(taken.claim("A.txt"), "A.txt");
        assert_eq!(taken.claim("a.TXT"), "a (2).TXT");
        assert_eq!(taken.claim("a (2).txt"), "a (2) (2).txt");
        assert_eq!(taken.claim("a.txt"), "a (3).txt");
        assert_eq!(taken.claim("Gr\u{fc}\u{df}e"), "Gr\u{fc}\u{df}e");
        assert_eq!(taken.claim("GRu\u{308}\u{df}E"), "GRu\u{308}\u{df}E (2)");
        let long = format!("{}.txt", "y".repeat(251));
        assert_eq!(taken.claim(&long), long);
        let second = taken.claim(&long);
        assert!(second.len() == 255 && second.ends_with(" (2).txt"));
    }
}
