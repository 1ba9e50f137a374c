//! What holds for all pages, and what is peculiar to one.

mod vectors;

use super::pages::{Kind, PAGES};
use super::*;
use vectors::VECTORS;

fn page(number: u32) -> CodePage {
    CodePage::new(number).unwrap_or_else(|| panic!("page {number} is unsupported"))
}

fn all() -> impl Iterator<Item = CodePage> {
    PAGES.iter().map(|entry| page(u32::from(entry.number)))
}

fn text(number: u32, bytes: &[u8]) -> String {
    let decoded = page(number).decode(bytes);
    assert_eq!(decoded.malformed, decoded.text.contains('\u{FFFD}'), "{number} {bytes:02X?}");
    decoded.text.into_owned()
}

fn bytes(number: u32, text: &str) -> Vec<u8> {
    let encoded = page(number).encode(text);
    assert!(!encoded.unmappable, "{number} {text}");
    encoded.bytes.into_owned()
}

/// Checks that one character, if it decodes, encodes to bytes that decode to it again.
fn assert_round_trip(page: CodePage, sequence: &[u8]) {
    let decoded = page.decode(sequence);
    if decoded.malformed {
        return;
    }
    let encoded = page.encode(&decoded.text);
    assert!(!encoded.unmappable, "{page:?} {sequence:02X?} {:?}", decoded.text);
    let again = page.decode(&encoded.bytes);
    assert_eq!(again.text, decoded.text, "{page:?} {sequence:02X?} {:02X?}", encoded.bytes);
}

#[test]
fn texts_of_other_programs_translate_both_ways() {
    for (number, encoded, decoded) in VECTORS {
        assert_eq!(text(number, encoded), decoded, "{number}");
        assert_eq!(bytes(number, decoded), encoded, "{number} {decoded}");
    }
}

#[test]
fn every_page_of_the_specification_is_there() {
    let listed = [37, 500, 1047, 708, 720, 864, 737, 775, 874, 932, 936, 949, 950, 1361]
        .into_iter()
        .chain([437, 850, 852, 855, 857, 858, 869])
        .chain(860..=866)
        .chain(1250..=1258)
        .chain([10000, 10001, 10002, 10003, 10004, 10005, 10006, 10007, 10008, 10010, 10017])
        .chain([10021, 10029, 10079, 10081, 10082, 12000, 12001, 20127, 20866, 21866, 20932])
        .chain([20273, 20277, 20278, 20280, 20284, 20285, 20290, 20297, 20420, 20423, 20424])
        .chain([20833, 20838, 20871, 20880, 20905, 20924, 21025, 51932, 51936, 51949])
        .chain(28591..=28599)
        .chain([28603, 28605, 38598, 50220, 50221, 50222, 50225, 50227, 52936, 54936])
        .chain([65000, 65001]);
    for number in listed {
        assert_eq!(page(number).number(), number);
    }
    for number in [0, 1, 42, 1200, 1201, 50229, 65535, 65536 + 1252, u32::MAX] {
        assert_eq!(CodePage::new(number), None, "{number}");
    }
}

#[test]
fn the_table_of_pages_is_in_order_and_named_in_lower_case() {
    assert!(PAGES.windows(2).all(|pair| pair[0].number < pair[1].number));
    for page in all() {
        assert!(!page.name().is_empty() && page.name() == page.name().to_lowercase());
        assert_eq!(page.number(), u32::from(page.0));
    }
}

#[test]
fn only_escaping_pages_are_seven_bit() {
    let found: Vec<u32> = all().filter(|page| page.is_seven_bit()).map(CodePage::number).collect();
    assert_eq!(found, [50220, 50221, 50222, 50225, 50227, 52936]);
}

#[test]
fn ascii_is_borrowed_where_it_is_ascii() {
    let sample = "Plain text, 100 = 64h: {[\\]}\t\r\n\0";
    for page in all() {
        match page.page().kind {
            Kind::Full { .. } | Kind::Utf32(_) => {
                assert!(matches!(page.decode(sample.as_bytes()).text, Cow::Owned(_)));
            }
            _ => {
                let (decoded, encoded) = (page.decode(sample.as_bytes()), page.encode(sample));
                assert!(matches!(decoded.text, Cow::Borrowed(_)) && decoded.text == sample);
                assert!(matches!(encoded.bytes, Cow::Borrowed(_)));
                assert_eq!(&*encoded.bytes, sample.as_bytes());
            }
        }
    }
}

#[test]
fn nothing_decodes_to_nothing() {
    for page in all() {
        assert_eq!(page.decode(b""), Decoded { text: "".into(), malformed: false });
        assert!(page.encode("").bytes.is_empty());
    }
}

#[test]
fn every_single_byte_survives_a_round_trip() {
    for page in all().filter(|page| page.number() != 65000) {
        for byte in 0..=255u8 {
            assert_round_trip(page, &[byte]);
        }
    }
}

#[test]
fn every_pair_of_bytes_survives_a_round_trip_in_the_double_byte_pages() {
    let double = all().filter(|page| match &page.page().kind {
        Kind::Double(_) => true,
        Kind::Web(encoding, _) => !encoding.is_single_byte(),
        _ => false,
    });
    let mut count = 0;
    for page in double {
        count += 1;
        for lead in 0x80..=255u8 {
            for trail in 0..=255u8 {
                assert_round_trip(page, &[lead, trail]);
            }
        }
    }
    assert_eq!(count, 16);
}

/// Whether one character stands for several, or is met by two bytes and more.
fn is_wide(page: CodePage) -> bool {
    match &page.page().kind {
        Kind::Double(_) | Kind::Iso2022(_) | Kind::Hz => true,
        Kind::Web(encoding, _) => !encoding.is_single_byte(),
        _ => false,
    }
}

#[test]
fn what_encodes_as_mappable_means_the_same_when_read_again() {
    let every: String = (0x20..0x1_0000u32).filter_map(char::from_u32).collect();
    // The web's encoders for Japanese write look-alikes for these, as Windows does.
    let lookalikes = [('¥', '\\'), ('‾', '~'), ('−', '－')];
    for page in all().filter(|page| is_wide(*page)) {
        let encoded = page.encode(&every);
        let again = page.decode(&encoded.bytes);
        assert!(encoded.unmappable || page.number() == 54936);
        assert!(!again.malformed, "{page:?}");
        for (c, read) in every.chars().zip(again.text.chars()) {
            // GB18030 writes private characters of its first edition as what they became.
            let renamed = matches!(c, '\u{E780}'..='\u{E864}');
            let known = read == '?' || renamed || lookalikes.contains(&(c, read));
            assert!(c == read || known, "{page:?} {c:?} is read as {read:?}");
        }
        assert_eq!(every.chars().count(), again.text.chars().count(), "{page:?}");
    }
}

#[test]
fn every_shifted_pair_survives_a_round_trip_in_the_seven_bit_pages() {
    let forms: [(u32, &[u8], &[u8]); 9] = [
        (50220, b"\x1B$B", b"\x1B(B"),
        (50221, b"\x1B$@", b"\x1B(J"),
        (50222, b"\x1B$B", b"\x1B(B"),
        (50220, b"\x1B$(D", b"\x1B(B"),
        (50220, b"\x1B(I", b"\x1B(B"),
        (50222, b"\x0E", b"\x0F"),
        (50225, b"\x1B$)C\x0E", b"\x0F"),
        (50227, b"\x1B$)A\x0E", b"\x0F"),
        (52936, b"~{", b"~}"),
    ];
    for (number, before, after) in forms {
        for lead in 0x21..=0x7Eu8 {
            for trail in 0x21..=0x7Eu8 {
                assert_round_trip(page(number), &[before, &[lead, trail], after].concat());
            }
        }
    }
}

#[test]
fn three_and_four_byte_characters_survive_a_round_trip() {
    for lead in 0xA1..=0xFEu8 {
        for trail in 0xA1..=0xFEu8 {
            assert_round_trip(page(51932), &[0x8F, lead, trail]);
            assert_round_trip(page(20932), &[0x8F, lead, trail]);
        }
    }
    for first in 0x81..=0xFEu8 {
        for third in 0x81..=0xFEu8 {
            assert_round_trip(page(54936), &[first, 0x31, third, 0x39]);
        }
    }
    for unit in (0..0x11_0000u32).step_by(7) {
        assert_round_trip(page(12000), &unit.to_le_bytes());
        assert_round_trip(page(12001), &unit.to_be_bytes());
    }
}

#[test]
fn random_bytes_and_texts_never_panic_and_output_is_bounded() {
    let mut state = 0x2545_F491_4F6C_DD1Du64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    const SPICE: &[u8] = b"\x1B\x1B\x0E\x0F~{}+-$()BJIACDN\n\x80\x8E\x8F\xA1\xC6\xFE\xFF";
    for _ in 0..300 {
        let mut input = Vec::new();
        for _ in 0..next()[0] % 48 {
            let [choice, byte, ..] = next();
            let spice = SPICE[usize::from(byte) % SPICE.len()];
            input.push(if choice < 100 { spice } else { byte });
        }
        let odd: String = String::from_utf16_lossy(
            &input.chunks(2).map(|b| u16::from(b[0]) << (b.len() * 4)).collect::<Vec<_>>(),
        );
        for page in all() {
            let decoded = page.decode(&input);
            assert!(decoded.text.len() <= 3 * input.len() + 3, "{page:?} {input:02X?}");
            for sample in [&*decoded.text, &odd] {
                let encoded = page.encode(sample);
                assert!(encoded.bytes.len() <= 8 * sample.len() + 16, "{page:?} {sample:?}");
                let again = page.decode(&encoded.bytes);
                let lossy = encoded.unmappable || page.number() == 65000;
                assert!(lossy || !again.malformed || sample.contains('\u{FFFD}'), "{page:?}");
            }
        }
    }
}

#[test]
fn what_a_page_lacks_becomes_a_question_mark() {
    let encoded = CodePage::WINDOWS_1252.encode("日本 x");
    assert_eq!((&*encoded.bytes, encoded.unmappable), (&b"?? x"[..], true));
    for page in all() {
        let encoded = page.encode("\u{10FFFD}");
        if encoded.unmappable {
            assert_eq!(page.decode(&encoded.bytes).text, "?", "{page:?}");
        } else {
            assert!(matches!(page.number(), 12000 | 12001 | 54936 | 65001), "{page:?}");
        }
    }
    // Not even U+FFFD itself, which marks the gaps in our tables.
    assert!(page(857).encode("\u{FFFD}").unmappable);
    assert!(page(20420).encode("\u{FFFD}").unmappable);
}

#[test]
fn undefined_bytes_of_windows_pages_pass_as_controls_or_are_malformed() {
    assert_eq!(text(1252, b"\x81\x8D\x8F\x90\x9D"), "\u{81}\u{8D}\u{8F}\u{90}\u{9D}");
    assert_eq!(text(874, b"\x81\xDB"), "\u{81}\u{FFFD}");
    assert_eq!(text(28591, b"\x80"), "€");
    assert_eq!(text(20127, b"a\xE9b"), "a\u{FFFD}b");
}

#[test]
fn utf_8_is_checked_and_keeps_its_byte_order_mark() {
    assert_eq!(text(65001, b"\xEF\xBB\xBFa"), "\u{FEFF}a");
    assert_eq!(text(65001, b"\xC0\xAF\xED\xA0\x80"), "\u{FFFD}".repeat(5));
}

#[test]
fn page_932_is_windows_31j() {
    assert_eq!(text(932, b"\x87\x40\xED\x40\xFA\x5C\xEE\xE0"), "①纊纊髙");
    assert_eq!(text(932, b"\x81\x60\x5C\x7E"), "～\\~");
    assert_eq!(text(932, b"\xF0\x40\xF9\xFC"), "\u{E000}\u{E757}");
    assert_eq!(bytes(932, "\u{E000}\u{E03F}\u{E757}"), b"\xF0\x40\xF0\x80\xF9\xFC");
    // A stray first byte does not swallow what follows.
    assert_eq!(text(932, b"\x81\x22x"), "\u{FFFD}\"x");
}

#[test]
fn page_936_reads_four_byte_characters_but_does_not_write_them() {
    assert_eq!(text(936, b"\x80\x94\x39\xFC\x36"), "€😀");
    assert!(page(936).encode("😀").unmappable);
    assert_eq!(text(936, b"\xAA\xA1\xA1\x40"), "\u{E000}\u{E4C6}");
}

#[test]
fn page_949_has_user_defined_characters() {
    assert_eq!(text(949, b"\xC9\xA1\xC9\xFE\xFE\xA1\xFE\xFE"), "\u{E000}\u{E05D}\u{E05E}\u{E0BB}");
    assert_eq!(bytes(949, "가\u{E0BB}나"), b"\xB0\xA1\xFE\xFE\xB3\xAA");
    assert_eq!(text(949, b"\xC9\x22"), "\u{FFFD}\"");
}

#[test]
fn page_950_has_user_defined_characters_where_the_web_has_hong_kongs() {
    let zones = b"\xFA\x40\xFE\xFE\x8E\x40\xA0\xFE\x81\x40\x8D\xFE\xC6\xA1\xC8\xFE";
    let units = "\u{E000}\u{E310}\u{E311}\u{EEB7}\u{EEB8}\u{F6B0}\u{F6B1}\u{F848}";
    assert_eq!(text(950, zones), units);
    assert_eq!(bytes(950, units), zones);
    assert_eq!(text(950, b"\xF9\xFE\xA1\x45\xA3\xE1"), "▓‧€");
    // Hong Kong's characters have no place here.
    assert!(page(950).encode("㗎").unmappable && page(950).encode("①").unmappable);
}

#[test]
fn johab_spells_hangul_by_its_parts() {
    assert_eq!(text(1361, b"\x88\x61\xD3\xBD"), "가힣");
    assert_eq!(text(1361, b"\x88\x41\x84\x61\x84\x44"), "ㄱㅏㄳ");
    assert_eq!(text(1361, b"\xD8\x31\xD8\xFE"), "\u{E000}\u{E0BB}");
    assert_eq!(text(1361, b"\xE0\x31\xF9\xFE\xD9\x31"), "伽詰\u{3000}");
    // Nothing but fill codes, and a final that does not exist.
    assert_eq!(text(1361, b"\x84\x41\x84\x52"), "\u{FFFD}A\u{FFFD}R");
}

#[test]
fn page_20932_has_jis_x_0212_in_two_bytes() {
    assert_eq!(text(20932, b"\xB0\x21\x8F\xB0\xA1"), "丂丂");
    assert_eq!(bytes(20932, "丂亜"), b"\xB0\x21\xB0\xA1");
    assert_eq!(text(51932, b"\xB0\x21"), "\u{FFFD}!");
}

#[test]
fn macintosh_pages_have_apples_single_bytes() {
    assert_eq!(text(10001, b"\xA0\xFD\xFE\xFF\x85\x40\x87\x93"), "\u{A0}©™…①㊤");
    assert_eq!(text(10002, b"\x81\x40\xFC\xFE\xFD"), "\u{E000}\u{F70E}©");
    assert_eq!(text(10003, b"\x81\xFE"), "₩™");
    assert_eq!(text(10008, b"\x80\xA0\xFD"), "ü\u{A0}©");
    assert_eq!(text(10000, b"\xF0\xBD"), "\u{F8FF}\u{2126}");
    // The right-to-left twins of ASCII.
    assert_eq!(text(10004, b"\xA0\xA1\xFD"), " !}");
    assert_eq!(text(10005, b"\xB1\xE0\x81"), "1\u{5D0}\u{FB1F}");
}

#[test]
fn ebcdic_has_its_own_question_mark_and_line_ends() {
    assert_eq!(&*page(37).encode("a日").bytes, b"\x81\x6F");
    assert_eq!(text(37, b"\x25\x15\x0D"), "\n\u{85}\r");
    assert_eq!(text(1047, b"\x15\x25"), "\n\u{85}");
    assert!(page(1140).encode("¤").unmappable);
}

#[test]
fn iso_2022_reads_every_known_escape() {
    assert_eq!(text(50220, b"\x1B(J\\~\x1B(B\\~"), "¥‾\\~");
    assert_eq!(text(50220, b"\x1B&@\x1B$BF|\x1B$AVP\x1B$(CGQ"), "日中한");
    assert_eq!(text(50222, b"\x0E12\x0Fa"), "ｱｲa");
    // A line ends what somebody forgot to end; an unknown escape is malformed, and no more.
    assert_eq!(text(50220, b"\x1B$BF|\nabc"), "日\nabc");
    assert_eq!(text(50220, b"\x1B%Gx\xB1"), "\u{FFFD}%Gx\u{FFFD}");
    assert_eq!(text(50220, b"\x1B$BF"), "\u{FFFD}");
    // Planes of CNS 11643, and a single shift.
    assert_eq!(text(50227, b"\x1B$)G\x0EDD\x1B$*H\x1BNxx\x0Fa"), "\u{FFFD}\u{FFFD}a");
}

#[test]
fn iso_2022_writes_escapes_once_and_ends_in_ascii() {
    assert_eq!(bytes(50220, "日ｱ¥a"), b"\x1B$BF|\x1B(I1\x1B(J\\\x1B(Ba");
    assert_eq!(bytes(50222, "日ｱ日a"), b"\x1B$BF|\x1B(B\x0E1\x0F\x1B$BF|\x1B(Ba");
    assert_eq!(bytes(50225, "a한\n글"), b"\x1B$)Ca\x0EGQ\x0F\n\x0E1[\x0F");
    assert_eq!(bytes(50227, "中a文"), b"\x1B$)A\x0EVP\x0Fa\x1B$)A\x0END\x0F");
    let escape = page(50220).encode("a\x1B(B");
    assert_eq!((&*escape.bytes, escape.unmappable), (&b"a?(B"[..], true));
}

#[test]
fn hz_knows_tildes_and_continued_lines() {
    assert_eq!(text(52936, b"a~~b~\nc~{VP~}d"), "a~bc中d");
    assert_eq!(text(52936, b"~{VP\nd~x"), "中\nd\u{FFFD}x");
    assert_eq!(bytes(52936, "~中\n"), b"~~~{VP~}\n");
}

#[test]
fn utf_7_is_read_as_rfc_2152_has_it() {
    assert_eq!(text(65000, b"Hi Mom -+Jjo--!"), "Hi Mom -☺-!");
    assert_eq!(text(65000, b"A+ImIDkQ."), "A≢Α.");
    assert_eq!(text(65000, b"+ZeVnLIqe-"), "日本語");
    assert_eq!(text(65000, b"+2D3eAA-"), "😀");
    assert_eq!(text(65000, b"1 +- 1"), "1 + 1");
    // Nothing after the plus, left-over bits, half a pair, a high byte.
    assert_eq!(text(65000, b"+!+"), "\u{FFFD}!\u{FFFD}");
    assert_eq!(text(65000, b"+Jjp-"), "☺\u{FFFD}");
    assert_eq!(text(65000, b"+2D0-\xE9"), "\u{FFFD}\u{FFFD}");
}

#[test]
fn utf_7_is_never_written() {
    let encoded = page(65000).encode("1+1 = 2 €");
    assert_eq!((&*encoded.bytes, encoded.unmappable), (&b"1+-1 = 2 ?"[..], true));
    assert_eq!(text(65000, &encoded.bytes), "1+1 = 2 ?");
}

#[test]
fn utf_32_replaces_what_is_no_character() {
    assert_eq!(
        text(12000, b"\x41\0\0\0\0\xD8\0\0\0\0\x11\0\x42\0\0\0\x43"),
        "A\u{FFFD}\u{FFFD}B\u{FFFD}"
    );
    assert_eq!(text(12001, b"\0\0\0\x41\0\0"), "A\u{FFFD}");
}
