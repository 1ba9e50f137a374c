//! Which page the 8-bit strings of a message are in: the six steps of msg-format 2.4.1.
//!
//! ```text
//!  1 override  2 3FFD page  3 3FF1 locale  4 3FDE Internet page  5 charset of 007D  6 parent, 1252
//!              '------------- also for encoding --------------'
//! ```
//!
//! A pure function of what the message declares; it never looks at a string. Only what step 4
//! yields is tried on each string, since the Internet page speaks of the MIME form: real files say
//! 65001 over strings in 1252. `docs/format/text.md` has examples.

use super::{CodePage, Decoded, Encoded};

/// What is known about the strings of one message object.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Hints<'a> {
    /// Step 1: what the caller of the library insists on.
    pub(crate) override_page: Option<CodePage>,
    /// Step 2: 3FFD0003 PidTagMessageCodepage.
    pub(crate) message_codepage: Option<i32>,
    /// Step 3: 3FF10003 PidTagMessageLocaleId.
    pub(crate) locale: Option<i32>,
    /// Step 4: 3FDE0003 PidTagInternetCodepage.
    pub(crate) internet_cpid: Option<i32>,
    /// Step 5: the value of Content-Type in 007D PidTagTransportMessageHeaders.
    pub(crate) content_type: Option<&'a str>,
    /// Step 6: what holds for the message that this one is attached to.
    pub(crate) parent: Option<TextPage>,
}

/// How the 8-bit strings of one message object, its recipients and its attachments are coded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TextPage {
    read: CodePage,
    write: CodePage,
    /// Whether a string that does not look like `read` is taken as 1252.
    by_string: bool,
}

impl TextPage {
    /// The page that strings are read with; with step 4's 65001 and 7-bit pages, the first choice.
    pub(crate) fn read_page(self) -> CodePage {
        self.read
    }

    /// Whether a string that does not fit [`TextPage::read_page`] is taken as 1252.
    pub(crate) fn is_tried(self) -> bool {
        self.by_string
    }

    /// The page that strings are written with: that of steps 2, 3 or 4, else 1252. Where it is not
    /// [`TextPage::read_page`], a writer should record it as 3FFD.
    pub(crate) fn write_page(self) -> CodePage {
        self.write
    }

    /// Decodes one string.
    pub(crate) fn decode(self, bytes: &[u8]) -> Decoded<'_> {
        let fits = match self.read {
            CodePage::UTF_8 => std::str::from_utf8(bytes).is_ok(),
            _ => bytes.is_ascii(),
        };
        let page = if self.by_string && !fits { CodePage::WINDOWS_1252 } else { self.read };
        page.decode(bytes)
    }

    /// Encodes one string.
    pub(crate) fn encode(self, text: &str) -> Encoded<'_> {
        self.write.encode(text)
    }
}

/// Chooses the page of a message object.
///
/// Spec: F-033, F-034 (msg-format 2.4.1).
pub(crate) fn choose(hints: &Hints<'_>) -> TextPage {
    let declared = declared(hints);
    let write = declared.map_or(CodePage::WINDOWS_1252, |(page, _)| page);
    if let Some(read) = hints.override_page {
        return TextPage { read, write, by_string: false };
    }
    if let Some((read, by_string)) = declared {
        return TextPage { read, write, by_string };
    }
    if let Some(read) = hints.content_type.and_then(charset).and_then(CodePage::from_charset) {
        return TextPage { read, write, by_string: false };
    }
    hints.parent.unwrap_or(TextPage { read: CodePage::WINDOWS_1252, write, by_string: false })
}

/// Whether the Content-Type can matter to [`choose`]: whether no step before it settles the page.
pub(crate) fn asks_content_type(hints: &Hints<'_>) -> bool {
    hints.override_page.is_none() && declared(hints).is_none()
}

/// Steps 2 to 4: the page that the message declares, and whether it is tried on each string.
fn declared(hints: &Hints<'_>) -> Option<(CodePage, bool)> {
    // US-ASCII with high bytes says nothing (quirk Q-42), and without them the next page will do.
    let message = page(hints.message_codepage).filter(|page| page.number() != US_ASCII);
    let locale = || CodePage::from_lcid(hints.locale?.cast_unsigned());
    if let Some(page) = message.or_else(locale) {
        return Some((page, false));
    }
    let internet = page(hints.internet_cpid)?;
    Some(match internet.number() {
        US_ASCII => (CodePage::WINDOWS_1252, false),
        _ => (internet, internet == CodePage::UTF_8 || internet.is_seven_bit()),
    })
}

const US_ASCII: u32 = 20127;

/// A stored number as a page; 0, 1200, 1201 and what is unsupported are none.
fn page(stored: Option<i32>) -> Option<CodePage> {
    CodePage::new(u32::try_from(stored?).ok()?)
}

/// The charset parameter of a Content-Type value.
fn charset(value: &str) -> Option<&str> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (name, after) = rest.split_once('=')?;
        // A parameter without a value may stand before.
        let name = name.rsplit(';').next().unwrap_or(name).trim();
        let after = after.trim_start();
        let (text, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => {
                let end = after.find([';', ' ', '\t', '\r', '\n', '(']).unwrap_or(after.len());
                after.split_at_checked(end)?
            }
        };
        if name.eq_ignore_ascii_case("charset") {
            return Some(text.trim());
        }
        if name.eq_ignore_ascii_case("charset*") {
            // RFC 2231: charset and language of the value itself stand before it.
            return text.rsplit('\'').next();
        }
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(hints: &Hints<'_>) -> u32 {
        choose(hints).read_page().number()
    }

    fn both(hints: &Hints<'_>) -> (u32, u32) {
        let page = choose(hints);
        (page.read_page().number(), page.write_page().number())
    }

    const NONE: Hints<'_> = Hints {
        override_page: None,
        message_codepage: None,
        locale: None,
        internet_cpid: None,
        content_type: None,
        parent: None,
    };

    /// Spec: F-033
    #[test]
    fn a_japanese_locale_goes_before_an_internet_page_of_iso_2022_jp() {
        let hints = Hints { internet_cpid: Some(50220), locale: Some(1041), ..NONE };
        assert_eq!(number(&hints), 932);
        let decoded = choose(&hints).decode(b"\x93\xFA\x96{");
        assert_eq!((&*decoded.text, decoded.malformed), ("日本", false));
    }

    /// Spec: F-033
    #[test]
    fn the_steps_come_in_the_order_of_the_specification() {
        let mut hints = Hints {
            override_page: CodePage::new(936),
            message_codepage: Some(1251),
            locale: Some(0x0411),
            internet_cpid: Some(28592),
            content_type: Some("text/plain; charset=windows-1253"),
            parent: Some(choose(&Hints { locale: Some(0x041F), ..NONE })),
        };
        assert_eq!(number(&hints), 936);
        hints.override_page = None;
        assert_eq!(number(&hints), 1251);
        hints.message_codepage = None;
        assert_eq!(number(&hints), 932);
        hints.locale = None;
        assert_eq!(number(&hints), 28592);
        hints.internet_cpid = None;
        assert_eq!(number(&hints), 1253);
        hints.content_type = None;
        assert_eq!(number(&hints), 1254);
        hints.parent = None;
        assert_eq!(number(&hints), 1252);
    }

    /// Spec: F-033
    #[test]
    fn pages_of_the_unicode_api_and_unsupported_ones_are_skipped() {
        for nonsense in [0, 1, 1200, 1201, 4711, 50229, -1, i32::MIN] {
            let hints = Hints {
                message_codepage: Some(nonsense),
                internet_cpid: Some(nonsense),
                content_type: Some("text/plain; charset=koi8-r"),
                ..NONE
            };
            assert_eq!(number(&hints), 20866, "{nonsense}");
        }
        let hints = Hints { locale: Some(0x0439), internet_cpid: Some(1251), ..NONE };
        assert_eq!(number(&hints), 1251);
    }

    /// Spec: F-033
    #[test]
    fn us_ascii_counts_as_1252() {
        let page = choose(&Hints { internet_cpid: Some(20127), ..NONE });
        assert_eq!(page.decode(b"caf\xE9").text, "café");
        assert_eq!(page.encode("café").bytes, &b"caf\xE9"[..]);
        // In step 2 it says nothing: quirk Q-42.
        let hints = Hints { message_codepage: Some(20127), locale: Some(0x0419), ..NONE };
        assert_eq!(number(&hints), 1251);
    }

    /// Spec: F-033
    #[test]
    fn an_internet_page_of_utf_8_applies_string_by_string() {
        let page = choose(&Hints { internet_cpid: Some(65001), ..NONE });
        assert_eq!(page.decode("Grüße".as_bytes()).text, "Grüße");
        let decoded = page.decode(b"Gr\xFC\xDFe");
        assert_eq!((&*decoded.text, decoded.malformed), ("Grüße", false));
        assert_eq!(page.encode("Grüße").bytes, "Grüße".as_bytes());
    }

    /// Spec: F-033
    #[test]
    fn internet_pages_of_7_bits_apply_string_by_string() {
        let japanese = choose(&Hints { internet_cpid: Some(50220), ..NONE });
        assert_eq!(japanese.decode(b"\x1B$BF|K\\\x1B(B").text, "日本");
        assert_eq!(japanese.decode(b"\x1B$B caf\xE9").text, "\x1B$B café");
        assert_eq!(japanese.encode("日本").bytes, &b"\x1B$BF|K\\\x1B(B"[..]);
        let chinese = choose(&Hints { internet_cpid: Some(52936), ..NONE });
        assert_eq!(chinese.decode(b"~{VPND~}").text, "中文");
        assert_eq!(chinese.decode(b"~{\xD6").text, "~{Ö");
    }

    /// Spec: F-033
    #[test]
    fn elsewhere_a_page_holds_for_every_string() {
        let utf8 = Hints { message_codepage: Some(65001), ..NONE };
        let decoded = choose(&utf8).decode(b"caf\xE9");
        assert_eq!((&*decoded.text, decoded.malformed), ("caf\u{FFFD}", true));
        let header = Hints { content_type: Some("text/plain; charset=utf-8"), ..NONE };
        assert!(choose(&header).decode(b"caf\xE9").malformed);
        let insisted = Hints { override_page: Some(CodePage::UTF_8), ..NONE };
        assert!(choose(&insisted).decode(b"caf\xE9").malformed);
    }

    /// Spec: F-034
    #[test]
    fn an_embedded_message_takes_its_parents_page_only_when_it_has_none() {
        let parent = choose(&Hints { locale: Some(1041), ..NONE });
        let own = Hints { message_codepage: Some(1251), parent: Some(parent), ..NONE };
        assert_eq!(both(&own), (1251, 1251));
        let none = Hints { internet_cpid: Some(1200), parent: Some(parent), ..NONE };
        assert_eq!(both(&none), (932, 932));
        let by_string = choose(&Hints { internet_cpid: Some(65001), ..NONE });
        let child = choose(&Hints { parent: Some(by_string), ..NONE });
        assert_eq!(child.decode(b"caf\xE9").text, "café");
    }

    /// Spec: F-033
    #[test]
    fn writing_uses_the_page_of_steps_2_to_4_or_1252() {
        assert_eq!(both(&Hints { message_codepage: Some(936), ..NONE }), (936, 936));
        assert_eq!(both(&Hints { locale: Some(1041), ..NONE }), (932, 932));
        assert_eq!(both(&Hints { internet_cpid: Some(50220), ..NONE }), (50220, 50220));
        assert_eq!(both(&Hints { internet_cpid: Some(65001), ..NONE }), (65001, 65001));
        assert_eq!(both(&Hints { content_type: Some("a/b; charset=big5"), ..NONE }), (950, 1252));
        assert_eq!(both(&NONE), (1252, 1252));
        // One real file says 1252 and holds GBK: the override is for reading it.
        let misread = Hints {
            override_page: CodePage::new(936),
            message_codepage: Some(1252),
            locale: Some(2052),
            ..NONE
        };
        assert_eq!(both(&misread), (936, 1252));
    }

    #[test]
    fn the_charset_of_a_content_type_is_found() {
        let cases = [
            ("text/plain; charset=utf-8", Some("utf-8")),
            ("text/plain; format=flowed; CHARSET = \"ISO-8859-2\" ; x=y", Some("ISO-8859-2")),
            ("Content-Type: text/html;\r\n\tcharset=koi8-r", Some("koi8-r")),
            ("text/plain; name=\"a; charset=wrong\"; charset=big5 (Taiwan)", Some("big5")),
            ("text/plain; flowed; charset=gb2312;", Some("gb2312")),
            ("text/plain; charset*=us-ascii'en'windows-1251", Some("windows-1251")),
            ("text/plain; charset=\"unclosed", Some("unclosed")),
            ("multipart/mixed; boundary=\"=_x\"", None),
            ("text/plain", None),
            ("", None),
            (";=;=\"", None),
        ];
        for (value, label) in cases {
            assert_eq!(charset(value), label, "{value}");
        }
    }
}
