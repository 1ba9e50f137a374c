//! From MIME charset labels to pages.

use encoding_rs::{self as enc, Encoding};

use super::pages::{self, PAGES};

/// Labels that mean something else than their name says, or that neither table below knows.
const ALIASES: [(&str, u16); 17] = [
    ("unicode-1-1-utf-7", 65000),
    ("x-unicode-2-0-utf-7", 65000),
    ("csunicode11utf7", 65000),
    ("x-mac-ukrainian", 10017),
    ("x-mac-ukraine", 10017),
    ("x-mac-roman", 10000),
    ("x-mac-centraleurroman", 10029),
    ("x-mac-chinese-trad", 10002),
    ("x-mac-chinese-simp", 10008),
    ("hz-gb2312", 52936),
    ("hz", 52936),
    ("csiso2022kr", 50225),
    ("csiso2022cn", 50227),
    ("x-johab", 1361),
    ("ks_c_5601-1992", 1361),
    ("x-ms-cp932", 932),
    ("ebcdic-cp-us", 37),
];

/// Prefixes before the number of a page.
const PREFIXES: [&str; 10] =
    ["windows-", "cp-", "cp", "x-cp", "ibm-", "ibm", "ccsid", "ms", "dos-", "codepage-"];

/// The number of the page that a label means.
pub(super) fn find(label: &str) -> Option<u16> {
    let label = label.trim_matches(|c: char| c.is_ascii_whitespace());
    let alias = ALIASES.iter().find(|(name, _)| name.eq_ignore_ascii_case(label));
    if let Some((_, number)) = alias {
        return Some(*number);
    }
    // The web first: its labels say what mail means by "iso-8859-1" or "gb2312".
    if let Some(encoding) = Encoding::for_label_no_replacement(label.as_bytes()) {
        return of_encoding(encoding);
    }
    let named = PAGES.iter().find(|page| page.name.eq_ignore_ascii_case(label));
    named.map(|page| page.number).or_else(|| numbered(label))
}

fn of_encoding(encoding: &'static Encoding) -> Option<u16> {
    // One encoding may serve several pages; these are the ones that labels mean.
    let number = match encoding {
        e if e == enc::UTF_8 => 65001,
        e if e == enc::WINDOWS_1252 => 1252,
        e if e == enc::WINDOWS_1254 => 1254,
        e if e == enc::WINDOWS_874 => 874,
        e if e == enc::BIG5 => 950,
        e if e == enc::SHIFT_JIS => 932,
        e if e == enc::GBK => 936,
        e if e == enc::EUC_KR => 949,
        e if e == enc::EUC_JP => 51932,
        e if e == enc::ISO_2022_JP => 50220,
        e if e == enc::X_MAC_CYRILLIC => 10007,
        // The others have one page each, of the same name; UTF-16 has none.
        e => PAGES.iter().find(|page| page.name.eq_ignore_ascii_case(e.name()))?.number,
    };
    Some(number)
}

/// `cp850`, `IBM00858`, `windows-936`: the number is the page, or IBM's of an EBCDIC page.
fn numbered(label: &str) -> Option<u16> {
    let number = PREFIXES.iter().find_map(|prefix| {
        let (head, digits) = label.split_at_checked(prefix.len())?;
        let whole = head.eq_ignore_ascii_case(prefix)
            && !digits.is_empty()
            && digits.bytes().all(|b| b.is_ascii_digit());
        whole.then(|| digits.parse::<u16>().ok()).flatten()
    })?;
    let supported = |number: u16| pages::find(number).map(|page| page.number);
    supported(number).or_else(|| supported(number.checked_add(20000).filter(|_| number < 1000)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_mean_what_mail_means_by_them() {
        let cases = [
            ("iso-8859-1", 1252),
            ("US-ASCII", 1252),
            ("ks_c_5601-1987", 949),
            ("euc-kr", 949),
            ("gb2312", 936),
            ("GBK", 936),
            ("gb18030", 54936),
            ("big5", 950),
            (" Shift_JIS\t", 932),
            ("iso-2022-jp", 50220),
            ("euc-jp", 51932),
            ("iso-8859-8-i", 38598),
            ("iso-8859-8", 28598),
            ("iso-8859-15", 28605),
            ("iso-8859-9", 1254),
            ("koi8-r", 20866),
            ("utf-8", 65001),
            ("UTF8", 65001),
            ("utf-7", 65000),
            ("macintosh", 10000),
            ("x-mac-cyrillic", 10007),
            ("x-mac-ukrainian", 10017),
            ("hz-gb-2312", 52936),
            ("iso-2022-kr", 50225),
            ("iso-2022-cn", 50227),
        ];
        for (label, number) in cases {
            assert_eq!(find(label), Some(number), "{label}");
        }
    }

    #[test]
    fn numbers_with_a_prefix_are_pages() {
        let cases = [
            ("cp437", 437),
            ("IBM850", 850),
            ("ibm00858", 858),
            ("cp858", 858),
            ("windows-936", 936),
            ("ms949", 949),
            ("cp037", 37),
            ("ibm273", 20273),
            ("cp65001", 65001),
            ("DOS-862", 862),
        ];
        for (label, number) in cases {
            assert_eq!(find(label), Some(number), "{label}");
        }
    }

    #[test]
    fn other_labels_mean_nothing() {
        for label in [
            "",
            "utf-16",
            "utf-16le",
            "x-user-defined",
            "cp1200",
            "cp",
            "cp99999",
            "klingon",
            "cpé",
        ] {
            assert_eq!(find(label), None, "{label}");
        }
    }

    #[test]
    fn every_name_is_a_label_of_a_supported_page() {
        for page in &PAGES {
            let found = find(page.name).expect(page.name);
            // Where the web lumps names together the page may be another, but never another text.
            assert!(pages::find(found).is_some(), "{}", page.name);
        }
    }
}
