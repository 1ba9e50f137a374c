//! File names for what comes out of a message. A name in a message is a stranger's text; here it
//! becomes the name of one file that every system can hold. Nothing here touches the disk.
//!
//! Spec: F-118 (msg-format 9.3).

/// The longest name that the common file systems hold, in bytes of UTF-8.
const MAX_BYTES: usize = 255;
/// What follows the last dot is an extension worth keeping if it is not longer than this.
const MAX_EXTENSION: usize = 32;

/// The safe form of an untrusted file name; `None` if nothing of it is left.
///
/// Folders are cut off, characters that steer terminals, shells or file systems are dropped, names
/// of devices get a `_`, and the rest is cut to 255 bytes with its extension kept.
///
/// Spec: F-118 (msg-format 9.3).
///
/// # Example
/// ```
/// use openimsg::safe_file_name;
///
/// assert_eq!(safe_file_name(r"..\..\plan.txt").as_deref(), Some("plan.txt"));
/// assert_eq!(safe_file_name("con.txt").as_deref(), Some("_con.txt"));
/// assert_eq!(safe_file_name("..\u{202E}"), None);
/// ```
#[must_use]
pub fn safe_file_name(name: &str) -> Option<String> {
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

/// A safe name with a number before its extension, cut to what fits: what the second and third file of
/// one name in a folder are called.
///
/// # Example
/// ```
/// use openimsg::numbered_file_name;
///
/// assert_eq!(numbered_file_name("plan.txt", 2), "plan (2).txt");
/// ```
#[must_use]
pub fn numbered_file_name(name: &str, number: u64) -> String {
    shortened(name, &format!(" ({number})"))
}

/// The extension with its dot, or nothing.
pub(super) fn extension(name: &str) -> &str {
    match name.rfind('.') {
        Some(dot) if dot > 0 => name.get(dot..).unwrap_or_default(),
        _ => "",
    }
}

/// The name with this extension, which comes without its dot; one that has it already keeps it as it
/// is written.
pub(super) fn with_extension(name: &str, wanted: &str) -> String {
    let has = extension(name).strip_prefix('.').is_some_and(|own| own.eq_ignore_ascii_case(wanted));
    if has || wanted.is_empty() { name.to_owned() } else { with_room(name, wanted) }
}

/// The name cut so far that the extension fits behind it.
fn with_room(name: &str, extension: &str) -> String {
    let room = MAX_BYTES.saturating_sub(extension.len() + 1).min(name.len());
    let cut = (0..=room).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
    format!("{}.{extension}", name.get(..cut).unwrap_or_default())
}

/// A name of eight and three characters for the readers of long ago.
pub(super) fn short_name(name: &str) -> String {
    let plain = |text: &str| -> String {
        let kept = text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        kept.collect::<String>().to_ascii_uppercase()
    };
    let extension = extension(name);
    let stem = name.strip_suffix(extension).unwrap_or(name);
    let (short, of) = (plain(stem), plain(extension));
    if short.len() <= 8 && of.len() <= 3 && short.len() == stem.len() {
        return name.to_owned();
    }
    let stem = short.get(..6.min(short.len())).unwrap_or_default();
    let stem = if stem.is_empty() { "FILE" } else { stem };
    let dot = if of.is_empty() { "" } else { "." };
    format!("{stem}~1{dot}{}", of.get(..3.min(of.len())).unwrap_or_default())
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
            assert_eq!(safe_file_name(name).as_deref(), Some(expected), "{name:?}");
        }
        for nothing in ["", ".", "..", "...", " ", "a/", r"a\..", "\u{200F}", "???"] {
            assert_eq!(safe_file_name(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn long_names_keep_their_extension_and_whole_characters() {
        let name = safe_file_name(&format!("{}.docx", "é".repeat(300))).unwrap();
        assert!(name.len() <= 255 && name.ends_with("é.docx"), "{name}");
        let name = safe_file_name(&format!("a.{}", "x".repeat(400))).unwrap();
        assert_eq!(name.len(), 255);
    }

    #[test]
    fn short_names_have_eight_and_three_characters() {
        let cases = [
            ("plan.txt", "plan.txt"),
            ("Holiday photographs.jpeg", "HOLIDA~1.JPE"),
            ("日本.png", "FILE~1.PNG"),
            ("README", "README"),
            ("a.b.c", "AB~1.C"),
            (".profile", "PROFIL~1"),
        ];
        for (name, short) in cases {
            assert_eq!(short_name(name), short);
        }
    }

    #[test]
    fn an_extension_is_added_once_and_always_fits() {
        assert_eq!(with_extension("a", "msg"), "a.msg");
        assert_eq!(with_extension("a.MSG", "msg"), "a.MSG");
        assert_eq!(with_extension("a.b", "msg"), "a.b.msg");
        let long = with_extension(&"é".repeat(200), "msg");
        assert!(long.len() <= 255 && long.ends_with("é.msg"), "{long}");
        assert_eq!(numbered_file_name(&format!("{}.txt", "y".repeat(251)), 2).len(), 255);
    }
}
