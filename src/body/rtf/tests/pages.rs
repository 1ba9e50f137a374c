use crate::body::rtf::fonts::{Fonts, NO_FONT};
use crate::wire::CodePage;

/// Bytes of a page of single bytes are decoded one by one. That must give what the page gives.
#[test]
fn a_page_counts_as_one_of_single_bytes_only_if_it_is() {
    let mut fonts = Fonts::new(None);
    let mut seen = 0;
    for number in 0..=0xFFFF {
        if !fonts.set_document(number) || number == 20127 {
            continue;
        }
        seen += 1;
        let code_page = CodePage::new(u32::try_from(number).unwrap()).unwrap();
        let at = fonts.prepare(fonts.page_of(NO_FONT));
        let page = fonts.page(at).unwrap();
        assert_eq!(page.code_page, code_page);
        let pairs =
            (0x80..=0xFFu8).flat_map(|first| (0x20..=0xFFu8).map(move |next| [first, next]));
        let apart = pairs.clone().all(|pair| {
            let alone = |byte: u8| code_page.decode(&[byte]).text.into_owned();
            code_page.decode(&pair).text == alone(pair[0]) + &alone(pair[1])
        });
        assert_eq!(page.is_multi_byte(), !apart, "{number}");
        for byte in 0..=0xFFu8 {
            let text = code_page.decode(&[byte]).text.into_owned();
            let single = page.single(byte).filter(|_| byte >= 0x80);
            assert!(single.is_none_or(|c| text == c.to_string()), "{number} {byte}");
        }
    }
    assert!(seen > 70, "{seen} pages");
    // Not for RTF: EBCDIC, UTF-7, UTF-32, pages of seven bits, UTF-16.
    for number in [37, 500, 65000, 12000, 50220, 52936, 1200, 0, -1] {
        assert!(!fonts.set_document(number), "{number}");
    }
}

/// Spec: msg-format 5.6 (the table of charsets)
#[test]
fn charsets_and_pages_of_fonts() {
    let mut fonts = Fonts::new(None);
    assert!(fonts.set_document(932));
    let table = [
        (0, 1252),
        (1, 932),
        (2, 1252),
        (77, 10000),
        (78, 10001),
        (79, 10003),
        (80, 10008),
        (81, 10002),
        (83, 10005),
        (84, 10004),
        (85, 10006),
        (86, 10081),
        (87, 10021),
        (88, 10029),
        (89, 10007),
        (128, 932),
        (129, 949),
        (130, 1361),
        (134, 936),
        (136, 950),
        (161, 1253),
        (162, 1254),
        (163, 1258),
        (177, 1255),
        (178, 1256),
        (186, 1257),
        (204, 1251),
        (222, 874),
        (238, 1250),
        (254, 437),
        (255, 850),
        (1252, 1252),
        (3, 932),
        (9999, 932),
    ];
    for (charset, page) in table {
        assert!(fonts.define(7, 1));
        fonts.set_charset(charset);
        assert_eq!(fonts.page_of(7).number(), page, "{charset}");
        assert_eq!(fonts.is_symbol(7), charset == 2);
    }
    // \cpg wins; what it does not know leaves the charset.
    fonts.set_charset(161);
    fonts.set_code_page(1251);
    assert_eq!(fonts.page_of(7).number(), 1251);
    fonts.set_code_page(4711);
    assert_eq!(fonts.page_of(7).number(), 1253);
    // The ANSI charset is the document's page where that is one of single bytes.
    fonts.define(7, 1);
    fonts.set_charset(0);
    for (document, page) in [(1251, 1251), (936, 1252), (65001, 65001), (20127, 1252)] {
        assert!(fonts.set_document(document));
        assert_eq!(fonts.page_of(7).number(), page);
    }
    // Fonts that were not defined, or not remembered.
    assert!(!fonts.define(8, 1));
    fonts.set_charset(161);
    assert_eq!(fonts.page_of(8).number(), 1252);
    assert_eq!(fonts.page_of(-5).number(), 1252);
}
