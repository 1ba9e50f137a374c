//! Names of attachments. Spec: msg-format 6.8, F-108.

use super::head::Head;
use crate::msg::extension_of;
use std::collections::{HashMap, HashSet};

/// The longest name of a file that is kept, in characters.
const MAX: usize = 255;

/// The name that a part tells: of its disposition, else of its type.
pub(super) fn told(head: &Head) -> Option<String> {
    let disposition = head.disposition().and_then(|params| params.decoded("filename"));
    let disposition = disposition.as_deref().and_then(cleaned);
    let named = || head.content_type().and_then(|params| cleaned(&params.decoded("name")?));
    disposition.or_else(named)
}

/// A name without folders and controls; `None` if nothing is left.
pub(super) fn cleaned(name: &str) -> Option<String> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = base.chars().filter(|c| !c.is_control()).take(MAX).collect();
    let kept = kept.trim();
    (!kept.is_empty() && !matches!(kept, "." | "..")).then(|| kept.to_owned())
}

/// The names that attachments of one message have.
#[derive(Debug, Default)]
pub(super) struct Names {
    short: HashSet<String>,
    /// The last number that was given to names with this beginning and extension.
    numbers: HashMap<String, u32>,
    invented: u32,
}

impl Names {
    /// A name for what has none, by its type.
    pub(super) fn invented(&mut self, media: &str) -> String {
        self.invented = self.invented.saturating_add(1);
        let extension = extension_of(media).unwrap_or(match media {
            "message/delivery-status" | "message/disposition-notification" => "txt",
            "message/global" => "eml",
            "text/rtf" | "application/rtf" => "rtf",
            "text/enriched" | "text/rfc822-headers" => "txt",
            "application/pgp-signature" | "application/pgp-keys" => "asc",
            "application/pkcs7-signature" | "application/x-pkcs7-signature" => "p7s",
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => "p7m",
            "image/bmp" => "bmp",
            "image/tiff" => "tif",
            "image/webp" => "webp",
            "audio/mpeg" => "mp3",
            "audio/wav" | "audio/x-wav" => "wav",
            "video/mp4" => "mp4",
            media if media.starts_with("text/") => "txt",
            _ => "dat",
        });
        format!("ATT{:05}.{extension}", self.invented)
    }

    /// The name of eight and three characters; names that would be alike are numbered.
    pub(super) fn short(&mut self, name: &str) -> String {
        let kept = |text: &str| -> String {
            let kept = text.to_ascii_uppercase();
            let known = |c: &char| c.is_ascii_alphanumeric() || "_$~!#%&'()@^{}-".contains(*c);
            kept.chars().filter(known).collect()
        };
        let (stem, extension) = match name.rfind('.') {
            Some(dot) if dot > 0 => name.split_at_checked(dot).unwrap_or((name, "")),
            _ => (name, ""),
        };
        let extension = extension.strip_prefix('.').unwrap_or(extension);
        let (short, end) = (kept(stem), kept(extension));
        let fits = short.len() <= 8 && end.len() <= 3;
        let whole = short.len() == stem.len() && end.len() == extension.len() && !stem.is_empty();
        let end = end.get(..end.len().min(3)).unwrap_or_default();
        let dot = if end.is_empty() { "" } else { "." };
        if fits && whole && self.short.insert(format!("{short}{dot}{end}")) {
            return name.to_owned();
        }
        let short = if short.is_empty() { "FILE" } else { &short };
        let begins = short.get(..short.len().min(6)).unwrap_or_default();
        let number = self.numbers.entry(format!("{begins}.{end}")).or_insert(0);
        loop {
            *number = number.saturating_add(1);
            let digits = number.to_string();
            let room = short.len().min(7_usize.saturating_sub(digits.len()));
            let stem = short.get(..room).unwrap_or_default();
            let made = format!("{stem}~{digits}{dot}{end}");
            // The names of a million files are not worth a search.
            if self.short.insert(made.clone()) || *number >= 999_999 {
                return made;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_folders_and_controls() {
        assert_eq!(cleaned("C:\\temp\\a\r\nb.txt").as_deref(), Some("ab.txt"));
        assert_eq!(cleaned("../../etc/passwd").as_deref(), Some("passwd"));
        assert_eq!((cleaned(".."), cleaned(" "), cleaned("x/")), (None, None, None));
    }

    #[test]
    fn short_names_are_numbered() {
        let mut names = Names::default();
        let cases = [
            ("plan.txt", "plan.txt"),
            ("PLAN.TXT", "PLAN~1.TXT"),
            ("Holiday photographs.jpeg", "HOLIDA~1.JPE"),
            ("Holiday plans.jpeg", "HOLIDA~2.JPE"),
            ("日本.png", "FILE~1.PNG"),
            ("README", "README"),
            (".profile", "PROFIL~1"),
        ];
        for (name, short) in cases {
            assert_eq!(names.short(name), short);
        }
        let mut all = HashSet::new();
        for _ in 0..20_000 {
            let short = names.short("Holiday photographs.jpeg");
            assert!(short.len() <= 12 && all.insert(short));
        }
    }

    /// Spec: F-108
    #[test]
    fn what_has_no_name_is_numbered_with_the_extension_of_its_type() {
        let mut names = Names::default();
        assert_eq!(names.invented("image/png"), "ATT00001.png");
        assert_eq!(names.invented("application/octet-stream"), "ATT00002.dat");
        assert_eq!(names.invented("text/x-unknown"), "ATT00003.txt");
    }
}
