//! The table of pages: number, name, and which codec does the work.

use encoding_rs::{self as enc, Encoding};

use super::double::Codec;
use super::iso2022::Variant;
use super::tables::{dos, ebcdic, mac};
use super::utf::Order;
use super::web::{self, Extra};
use super::{big5, johab, mac_cjk};

/// One supported page.
pub(super) struct Page {
    pub(super) number: u16,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

/// How a page is coded.
pub(super) enum Kind {
    Utf8,
    Ascii,
    /// One byte a character, ASCII below 80.
    Upper(&'static [u16; 128]),
    /// One byte a character, nothing like ASCII.
    Full {
        table: &'static [u16; 256],
        euro: bool,
    },
    /// One of the web's encodings.
    Web(&'static Encoding, Option<Extra>),
    /// One or two bytes a character.
    Double(&'static Codec),
    Iso2022(Variant),
    Hz,
    Utf7,
    Utf32(Order),
}

impl Kind {
    /// Whether bytes that are UTF-8 mean the same in this page, so that nothing need be converted.
    pub(super) fn is_plain(&self, bytes: &[u8]) -> bool {
        let without =
            |special: &[u8]| bytes.is_ascii() && !bytes.iter().any(|b| special.contains(b));
        match self {
            Kind::Utf8 => true,
            Kind::Ascii | Kind::Upper(_) | Kind::Web(..) | Kind::Double(_) => bytes.is_ascii(),
            Kind::Iso2022(_) => without(&[0x1B, 0x0E, 0x0F]),
            Kind::Hz => without(b"~"),
            Kind::Utf7 => without(b"+"),
            Kind::Full { .. } | Kind::Utf32(_) => false,
        }
    }
}

/// The page with a number.
pub(super) fn find(number: u16) -> Option<&'static Page> {
    PAGES.binary_search_by_key(&number, |page| page.number).ok().and_then(|at| PAGES.get(at))
}

const fn page(number: u16, name: &'static str, kind: Kind) -> Page {
    Page { number, name, kind }
}

/// All pages, by number.
#[rustfmt::skip]
pub(super) static PAGES: [Page; 119] = [
    page(37, "ibm037", Kind::Full { table: &ebcdic::EBCDIC37, euro: false }),
    page(437, "ibm437", Kind::Upper(&dos::CP437)),
    page(500, "ibm500", Kind::Full { table: &ebcdic::EBCDIC500, euro: false }),
    page(708, "asmo-708", Kind::Upper(&dos::CP708)),
    page(720, "dos-720", Kind::Upper(&dos::CP720)),
    page(737, "ibm737", Kind::Upper(&dos::CP737)),
    page(775, "ibm775", Kind::Upper(&dos::CP775)),
    page(850, "ibm850", Kind::Upper(&dos::CP850)),
    page(852, "ibm852", Kind::Upper(&dos::CP852)),
    page(855, "ibm855", Kind::Upper(&dos::CP855)),
    page(857, "ibm857", Kind::Upper(&dos::CP857)),
    page(858, "ibm00858", Kind::Upper(&dos::CP858)),
    page(860, "ibm860", Kind::Upper(&dos::CP860)),
    page(861, "ibm861", Kind::Upper(&dos::CP861)),
    page(862, "ibm862", Kind::Upper(&dos::CP862)),
    page(863, "ibm863", Kind::Upper(&dos::CP863)),
    page(864, "ibm864", Kind::Full { table: &dos::CP864, euro: false }),
    page(865, "ibm865", Kind::Upper(&dos::CP865)),
    page(866, "ibm866", Kind::Web(enc::IBM866, None)),
    page(869, "ibm869", Kind::Upper(&dos::CP869)),
    page(870, "ibm870", Kind::Full { table: &ebcdic::EBCDIC870, euro: false }),
    page(874, "windows-874", Kind::Web(enc::WINDOWS_874, None)),
    page(875, "cp875", Kind::Full { table: &ebcdic::EBCDIC875, euro: false }),
    page(932, "shift_jis", Kind::Web(enc::SHIFT_JIS, Some(web::USER_932))),
    page(936, "gbk", Kind::Web(enc::GBK, None)),
    page(949, "ks_c_5601-1987", Kind::Web(enc::EUC_KR, Some(web::USER_949))),
    page(950, "big5", Kind::Double(&big5::CP950)),
    page(1026, "ibm1026", Kind::Full { table: &ebcdic::EBCDIC1026, euro: false }),
    page(1047, "ibm1047", Kind::Full { table: &ebcdic::EBCDIC1047, euro: false }),
    page(1140, "ibm01140", Kind::Full { table: &ebcdic::EBCDIC37, euro: true }),
    page(1141, "ibm01141", Kind::Full { table: &ebcdic::EBCDIC20273, euro: true }),
    page(1142, "ibm01142", Kind::Full { table: &ebcdic::EBCDIC20277, euro: true }),
    page(1143, "ibm01143", Kind::Full { table: &ebcdic::EBCDIC20278, euro: true }),
    page(1144, "ibm01144", Kind::Full { table: &ebcdic::EBCDIC20280, euro: true }),
    page(1145, "ibm01145", Kind::Full { table: &ebcdic::EBCDIC20284, euro: true }),
    page(1146, "ibm01146", Kind::Full { table: &ebcdic::EBCDIC20285, euro: true }),
    page(1147, "ibm01147", Kind::Full { table: &ebcdic::EBCDIC20297, euro: true }),
    page(1148, "ibm01148", Kind::Full { table: &ebcdic::EBCDIC500, euro: true }),
    page(1149, "ibm01149", Kind::Full { table: &ebcdic::EBCDIC20871, euro: true }),
    page(1250, "windows-1250", Kind::Web(enc::WINDOWS_1250, None)),
    page(1251, "windows-1251", Kind::Web(enc::WINDOWS_1251, None)),
    page(1252, "windows-1252", Kind::Web(enc::WINDOWS_1252, None)),
    page(1253, "windows-1253", Kind::Web(enc::WINDOWS_1253, None)),
    page(1254, "windows-1254", Kind::Web(enc::WINDOWS_1254, None)),
    page(1255, "windows-1255", Kind::Web(enc::WINDOWS_1255, None)),
    page(1256, "windows-1256", Kind::Web(enc::WINDOWS_1256, None)),
    page(1257, "windows-1257", Kind::Web(enc::WINDOWS_1257, None)),
    page(1258, "windows-1258", Kind::Web(enc::WINDOWS_1258, None)),
    page(1361, "johab", Kind::Double(&johab::JOHAB)),
    page(10000, "macintosh", Kind::Upper(&mac::ROMAN)),
    page(10001, "x-mac-japanese", Kind::Double(&mac_cjk::JAPANESE)),
    page(10002, "x-mac-chinesetrad", Kind::Double(&mac_cjk::TRADITIONAL_CHINESE)),
    page(10003, "x-mac-korean", Kind::Double(&mac_cjk::KOREAN)),
    page(10004, "x-mac-arabic", Kind::Upper(&mac::ARABIC)),
    page(10005, "x-mac-hebrew", Kind::Upper(&mac::HEBREW)),
    page(10006, "x-mac-greek", Kind::Upper(&mac::GREEK)),
    page(10007, "x-mac-cyrillic", Kind::Upper(&mac::CYRILLIC)),
    page(10008, "x-mac-chinesesimp", Kind::Double(&mac_cjk::SIMPLIFIED_CHINESE)),
    page(10010, "x-mac-romanian", Kind::Upper(&mac::ROMANIAN)),
    page(10017, "x-mac-ukrainian", Kind::Upper(&mac::UKRAINIAN)),
    page(10021, "x-mac-thai", Kind::Upper(&mac::THAI)),
    page(10029, "x-mac-ce", Kind::Upper(&mac::CENTRAL_EUROPE)),
    page(10079, "x-mac-icelandic", Kind::Upper(&mac::ICELANDIC)),
    page(10081, "x-mac-turkish", Kind::Upper(&mac::TURKISH)),
    page(10082, "x-mac-croatian", Kind::Upper(&mac::CROATIAN)),
    page(12000, "utf-32le", Kind::Utf32(Order::Little)),
    page(12001, "utf-32be", Kind::Utf32(Order::Big)),
    page(20127, "us-ascii", Kind::Ascii),
    page(20273, "ibm273", Kind::Full { table: &ebcdic::EBCDIC20273, euro: false }),
    page(20277, "ibm277", Kind::Full { table: &ebcdic::EBCDIC20277, euro: false }),
    page(20278, "ibm278", Kind::Full { table: &ebcdic::EBCDIC20278, euro: false }),
    page(20280, "ibm280", Kind::Full { table: &ebcdic::EBCDIC20280, euro: false }),
    page(20284, "ibm284", Kind::Full { table: &ebcdic::EBCDIC20284, euro: false }),
    page(20285, "ibm285", Kind::Full { table: &ebcdic::EBCDIC20285, euro: false }),
    page(20290, "ibm290", Kind::Full { table: &ebcdic::EBCDIC20290, euro: false }),
    page(20297, "ibm297", Kind::Full { table: &ebcdic::EBCDIC20297, euro: false }),
    page(20420, "ibm420", Kind::Full { table: &ebcdic::EBCDIC20420, euro: false }),
    page(20423, "ibm423", Kind::Full { table: &ebcdic::EBCDIC20423, euro: false }),
    page(20424, "ibm424", Kind::Full { table: &ebcdic::EBCDIC20424, euro: false }),
    page(20833, "x-ebcdic-koreanextended", Kind::Full { table: &ebcdic::EBCDIC20833, euro: false }),
    page(20838, "ibm-thai", Kind::Full { table: &ebcdic::EBCDIC20838, euro: false }),
    page(20866, "koi8-r", Kind::Web(enc::KOI8_R, None)),
    page(20871, "ibm871", Kind::Full { table: &ebcdic::EBCDIC20871, euro: false }),
    page(20880, "ibm880", Kind::Full { table: &ebcdic::EBCDIC20880, euro: false }),
    page(20905, "ibm905", Kind::Full { table: &ebcdic::EBCDIC20905, euro: false }),
    page(20924, "ibm00924", Kind::Full { table: &ebcdic::EBCDIC20924, euro: false }),
    page(20932, "x-cp20932", Kind::Web(enc::EUC_JP, Some(web::JIS_0212_SHORT))),
    page(20936, "x-cp20936", Kind::Web(enc::GBK, None)),
    page(20949, "x-cp20949", Kind::Web(enc::EUC_KR, Some(web::USER_949))),
    page(21025, "cp1025", Kind::Full { table: &ebcdic::EBCDIC21025, euro: false }),
    page(21866, "koi8-u", Kind::Web(enc::KOI8_U, None)),
    page(28591, "iso-8859-1", Kind::Web(enc::WINDOWS_1252, None)),
    page(28592, "iso-8859-2", Kind::Web(enc::ISO_8859_2, None)),
    page(28593, "iso-8859-3", Kind::Web(enc::ISO_8859_3, None)),
    page(28594, "iso-8859-4", Kind::Web(enc::ISO_8859_4, None)),
    page(28595, "iso-8859-5", Kind::Web(enc::ISO_8859_5, None)),
    page(28596, "iso-8859-6", Kind::Web(enc::ISO_8859_6, None)),
    page(28597, "iso-8859-7", Kind::Web(enc::ISO_8859_7, None)),
    page(28598, "iso-8859-8", Kind::Web(enc::ISO_8859_8, None)),
    page(28599, "iso-8859-9", Kind::Web(enc::WINDOWS_1254, None)),
    page(28600, "iso-8859-10", Kind::Web(enc::ISO_8859_10, None)),
    page(28601, "iso-8859-11", Kind::Web(enc::WINDOWS_874, None)),
    page(28603, "iso-8859-13", Kind::Web(enc::ISO_8859_13, None)),
    page(28604, "iso-8859-14", Kind::Web(enc::ISO_8859_14, None)),
    page(28605, "iso-8859-15", Kind::Web(enc::ISO_8859_15, None)),
    page(28606, "iso-8859-16", Kind::Web(enc::ISO_8859_16, None)),
    page(38598, "iso-8859-8-i", Kind::Web(enc::ISO_8859_8_I, None)),
    page(50220, "iso-2022-jp", Kind::Iso2022(Variant::Japanese)),
    page(50221, "csiso2022jp", Kind::Iso2022(Variant::Japanese)),
    page(50222, "x-cp50222", Kind::Iso2022(Variant::JapaneseShift)),
    page(50225, "iso-2022-kr", Kind::Iso2022(Variant::Korean)),
    page(50227, "iso-2022-cn", Kind::Iso2022(Variant::Chinese)),
    page(51932, "euc-jp", Kind::Web(enc::EUC_JP, Some(web::JIS_0212))),
    page(51936, "euc-cn", Kind::Web(enc::GBK, None)),
    page(51949, "euc-kr", Kind::Web(enc::EUC_KR, Some(web::USER_949))),
    page(52936, "hz-gb-2312", Kind::Hz),
    page(54936, "gb18030", Kind::Web(enc::GB18030, None)),
    page(65000, "utf-7", Kind::Utf7),
    page(65001, "utf-8", Kind::Utf8),
];
