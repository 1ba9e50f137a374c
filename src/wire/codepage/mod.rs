//! 8-bit text: what the bytes of a PtypString8 value mean in each code page.
//!
//! [`CodePage`] is one page by its Windows number; [`choose`] is the rule that picks one for a
//! message. Not here: UTF-16 (see [`Text`](super::Text)), guessing a page from bytes, and the page
//! of an HTML body.
//!
//! ```text
//!  CodePage --number--> pages.rs --Kind--> web.rs     encoding_rs: Windows, ISO, KOI8, EUC, GB18030
//!      ^                                   single.rs  one byte each: DOS, Mac, EBCDIC (tables/)
//!      | label.rs: MIME charset            double.rs  two bytes: big5.rs, johab.rs, mac_cjk.rs
//!      | lcid.rs:  locale                  iso2022.rs hz.rs  7-bit with shifts
//!      | choose.rs: the message            utf.rs     UTF-7, UTF-32
//! ```
//!
//! What holds for every page: decoding and encoding never fail and never panic, take time linear in
//! the input, and allocate by what is there. Bytes without a character become U+FFFD (`malformed`),
//! characters without bytes become `?` (`unmappable`). A character that decodes without U+FFFD
//! encodes to bytes that decode to it again, with two exceptions: UTF-7 is never written, and 936
//! (also as 20936, 51936) reads the four-byte characters of GB18030 but does not write them, since
//! no reader of 936 expects them.
//!
//! Microsoft's variants: 932 is Windows-31J, 936 GBK, 949 UHC, 950 Big5 without Hong Kong's
//! additions; their user-defined characters are U+E000 onwards. Windows pages pass undefined bytes
//! 80-9F through as C1 controls; where Windows shows a private character for a single undefined
//! byte (DB in 874) this module says U+FFFD. 28591 and 28599 are 1252 and 1254, as on the web.
//!
//! Not supported, [`CodePage::new`] answers `None`: 0-3 (pages of the machine), 42 (symbols), 1200
//! and 1201 (UTF-16, not 8-bit), 50229 and the CNS 11643 planes of 50227 (Taiwan's ISO-2022), 50930
//! to 50939 (EBCDIC with two-byte parts), 20000-20005, 20105-20108, 20261, 20269, 21027, 29001,
//! 57002-57011 (national and teletext sets outside the specification's table).
//!
//! Spec: F-033, F-034 (msg-format 2.4).

mod big5;
pub(crate) mod choose;
mod double;
mod hz;
mod iso2022;
mod johab;
mod label;
mod lcid;
mod mac_cjk;
mod out;
mod pages;
mod single;
mod tables;
mod utf;
mod web;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use out::{ByteOut, TextOut};
use pages::{Kind, Page};

/// A code page for 8-bit strings, by its Windows number.
///
/// Only pages that can be decoded exist; see [`CodePage::new`]. Text goes both ways without ever
/// failing: what has no counterpart is replaced, and the result says so.
///
/// Spec: msg-format 2.4.3. MAPI: `PR_MESSAGE_CODEPAGE`, `PR_INTERNET_CPID` hold such numbers.
///
/// # Example
/// ```
/// use openimsg::CodePage;
///
/// let page = CodePage::new(932).expect("Japanese is supported");
/// assert_eq!(page.decode(b"\x93\xFA\x96{").text, "日本");
/// assert_eq!(page.encode("日本").bytes, &b"\x93\xFA\x96{"[..]);
///
/// let lossy = CodePage::WINDOWS_1252.encode("10 € für 日本");
/// assert_eq!(lossy.bytes, &b"10 \x80 f\xFCr ??"[..]);
/// assert!(lossy.unmappable);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CodePage(u16);

/// Text decoded from bytes; see [`CodePage::decode`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decoded<'a> {
    /// The text, borrowed when the bytes are the text already.
    pub text: Cow<'a, str>,
    /// Whether bytes without a meaning in the page became U+FFFD.
    pub malformed: bool,
}

/// Bytes encoded from text; see [`CodePage::encode`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Encoded<'a> {
    /// The bytes, borrowed when the text is the bytes already.
    pub bytes: Cow<'a, [u8]>,
    /// Whether characters that the page lacks became `?`.
    pub unmappable: bool,
}

impl CodePage {
    /// Western European, the page of last resort.
    pub const WINDOWS_1252: CodePage = CodePage(1252);
    /// UTF-8.
    pub const UTF_8: CodePage = CodePage(65001);

    /// The page with a Windows number, or `None` if it is unsupported or not one of 8-bit strings:
    /// 0 (the machine's own) and 1200, 1201 (UTF-16) are `None`.
    ///
    /// # Example
    /// ```
    /// use openimsg::CodePage;
    ///
    /// assert_eq!(CodePage::new(1252), Some(CodePage::WINDOWS_1252));
    /// assert_eq!(CodePage::new(1200), None);
    /// assert_eq!(CodePage::new(4711), None);
    /// ```
    #[must_use]
    pub fn new(number: u32) -> Option<CodePage> {
        let number = u16::try_from(number).ok()?;
        pages::find(number).map(|_| CodePage(number))
    }

    /// The Windows number.
    #[must_use]
    pub fn number(self) -> u32 {
        u32::from(self.0)
    }

    /// The name that MIME knows the page by, in lower case; where there is none, the usual one.
    ///
    /// # Example
    /// ```
    /// use openimsg::CodePage;
    ///
    /// assert_eq!(CodePage::WINDOWS_1252.name(), "windows-1252");
    /// assert_eq!(CodePage::new(949).unwrap().name(), "ks_c_5601-1987");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        self.page().name
    }

    /// The ANSI page of a locale; only the low 16 bits count. `None` for a locale whose page the
    /// specification does not name.
    ///
    /// Spec: msg-format 2.4.1. MAPI: `PR_MESSAGE_LOCALE_ID` holds such numbers.
    ///
    /// # Example
    /// ```
    /// use openimsg::CodePage;
    ///
    /// assert_eq!(CodePage::from_lcid(1041), CodePage::new(932));      // Japanese
    /// assert_eq!(CodePage::from_lcid(0x0001_0407), CodePage::new(1252)); // German, phone book order
    /// assert_eq!(CodePage::from_lcid(0x0439), None);                  // Hindi has no ANSI page
    /// ```
    #[must_use]
    pub fn from_lcid(lcid: u32) -> Option<CodePage> {
        lcid::ansi_page(lcid).map(CodePage)
    }

    /// The page of a MIME charset label, in any case.
    ///
    /// Labels mean what mail means by them: `iso-8859-1` and `us-ascii` are 1252, `gb2312` is 936,
    /// `ks_c_5601-1987` and `euc-kr` are 949. UTF-16 and unknown labels are `None`.
    ///
    /// # Example
    /// ```
    /// use openimsg::CodePage;
    ///
    /// assert_eq!(CodePage::from_charset("ISO-8859-1"), Some(CodePage::WINDOWS_1252));
    /// assert_eq!(CodePage::from_charset("koi8-r"), CodePage::new(20866));
    /// assert_eq!(CodePage::from_charset("cp850"), CodePage::new(850));
    /// assert_eq!(CodePage::from_charset("utf-16"), None);
    /// ```
    #[must_use]
    pub fn from_charset(label: &str) -> Option<CodePage> {
        label::find(label).map(CodePage)
    }

    /// Decodes bytes. Never fails: what the page does not define becomes U+FFFD.
    ///
    /// Byte order marks and NULs are kept.
    ///
    /// # Example
    /// ```
    /// use openimsg::CodePage;
    ///
    /// let decoded = CodePage::UTF_8.decode(b"caf\xC3\xA9 \xFF");
    /// assert_eq!(decoded.text, "café \u{FFFD}");
    /// assert!(decoded.malformed);
    /// ```
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Decoded<'_> {
        let kind = &self.page().kind;
        if let Some(text) = std::str::from_utf8(bytes).ok().filter(|_| kind.is_plain(bytes)) {
            return Decoded { text: Cow::Borrowed(text), malformed: false };
        }
        match kind {
            Kind::Utf8 => Decoded { text: String::from_utf8_lossy(bytes), malformed: true },
            Kind::Ascii => single::decode_ascii(bytes),
            Kind::Upper(table) => single::decode_upper(table, bytes),
            Kind::Full { table, euro } => single::decode_full(table, *euro, bytes),
            Kind::Web(encoding, extra) => web::decode(encoding, extra.as_ref(), bytes),
            Kind::Double(codec) => double::decode(codec, bytes),
            Kind::Iso2022(variant) => iso2022::decode(*variant, bytes),
            Kind::Hz => hz::decode(bytes),
            Kind::Utf7 => utf::decode_utf7(bytes),
            Kind::Utf32(order) => utf::decode_utf32(*order, bytes),
        }
    }

    /// Encodes text. Never fails: what the page lacks becomes `?`.
    ///
    /// UTF-7 is never produced (it hides ASCII from whoever looks for it): page 65000 takes ASCII
    /// only, with `+` written as `+-`, so that the result still reads as UTF-7.
    ///
    /// # Example
    /// ```
    /// use openimsg::CodePage;
    ///
    /// let greek = CodePage::new(1253).unwrap();
    /// assert_eq!(greek.encode("αβγ").bytes, &[0xE1, 0xE2, 0xE3][..]);
    /// ```
    #[must_use]
    pub fn encode<'a>(self, text: &'a str) -> Encoded<'a> {
        let kind = &self.page().kind;
        if kind.is_plain(text.as_bytes()) {
            return Encoded { bytes: Cow::Borrowed(text.as_bytes()), unmappable: false };
        }
        match kind {
            Kind::Utf8 => Encoded { bytes: Cow::Borrowed(text.as_bytes()), unmappable: false },
            Kind::Ascii => single::encode_ascii(text),
            Kind::Upper(table) => single::encode_upper(table, text),
            Kind::Full { table, euro } => single::encode_full(table, *euro, text),
            Kind::Web(encoding, extra) => web::encode(encoding, extra.as_ref(), text),
            Kind::Double(codec) => double::encode(codec, text),
            Kind::Iso2022(variant) => iso2022::encode(*variant, text),
            Kind::Hz => hz::encode(text),
            Kind::Utf7 => utf::encode_utf7(text),
            Kind::Utf32(order) => utf::encode_utf32(*order, text),
        }
    }

    /// Whether the page keeps to 7-bit bytes and switches sets by escapes: 50220-50229 and 52936.
    ///
    /// # Example
    /// ```
    /// use openimsg::CodePage;
    ///
    /// assert!(CodePage::new(50220).unwrap().is_seven_bit());   // ISO-2022-JP
    /// assert!(!CodePage::new(932).unwrap().is_seven_bit());    // Shift_JIS
    /// ```
    #[must_use]
    pub fn is_seven_bit(self) -> bool {
        matches!(self.0, 50220..=50229 | 52936)
    }

    fn page(self) -> &'static Page {
        pages::find(self.0).expect("a code page is only made from the table of pages")
    }
}
