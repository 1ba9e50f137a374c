//! From locales to ANSI pages: the table of msg-format 2.4.1, with its "others" spelled out.

/// The number of the ANSI page of a locale, by the low 16 bits of its identifier.
pub(super) fn ansi_page(lcid: u32) -> Option<u16> {
    let locale = lcid & 0xFFFF;
    by_locale(locale).or_else(|| by_language(locale & 0x3FF))
}

/// Locales whose language alone does not decide.
fn by_locale(locale: u32) -> Option<u16> {
    Some(match locale {
        0x0411 => 932,
        0x0804 | 0x1004 => 936,
        0x0412 => 949,
        0x0404 | 0x0C04 | 0x1404 => 950,
        0x041E => 874,
        0x042A => 1258,
        0x0425..=0x0427 => 1257,
        0x0408 => 1253,
        0x041F => 1254,
        0x040D => 1255,
        // Croatian, Serbian and Bosnian share a language: in Latin, then in Cyrillic letters.
        0x041A | 0x081A | 0x101A | 0x141A | 0x181A | 0x241A | 0x2C1A => 1250,
        0x0C1A | 0x1C1A | 0x201A | 0x281A | 0x301A => 1251,
        // Turkmen is Latin-2 to Windows; Azeri and Uzbek here are the Cyrillic ones.
        0x0442 => 1250,
        0x0450 | 0x082C | 0x0843 => 1251,
        // Pashto, Sindhi, Punjabi, Kashmiri, Kurdish in Arabic letters.
        0x0463 | 0x0859 | 0x0846 | 0x0460 | 0x0492 => 1256,
        _ => return None,
    })
}

/// Languages whose every locale has the same page, by the primary language number.
fn by_language(language: u32) -> Option<u16> {
    Some(match language {
        // Czech, Hungarian, Polish, Romanian, Slovak, Albanian, Slovenian.
        0x05 | 0x0E | 0x15 | 0x18 | 0x1B | 0x1C | 0x24 => 1250,
        // Bulgarian, Russian, Ukrainian, Belarusian, Tajik, Macedonian, Kazakh, Kyrgyz, Tatar,
        // Bashkir, Sakha.
        0x02 | 0x19 | 0x22 | 0x23 | 0x28 | 0x2F | 0x3F | 0x40 | 0x44 | 0x6D | 0x85 => 1251,
        // Arabic, Urdu, Persian, Uyghur, Dari.
        0x01 | 0x20 | 0x29 | 0x80 | 0x8C => 1256,
        0x03 | 0x06 | 0x07 | 0x09 | 0x0A | 0x0B | 0x0C | 0x0F | 0x10 | 0x13 | 0x14 | 0x16
        | 0x1D | 0x2D | 0x56 => 1252,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spec: F-033
    #[test]
    fn locales_have_the_pages_of_the_table() {
        let cases: [(u16, &[u32]); 14] = [
            (932, &[0x0411]),
            (936, &[0x0804, 0x1004]),
            (949, &[0x0412]),
            (950, &[0x0404, 0x0C04, 0x1404]),
            (874, &[0x041E]),
            (1258, &[0x042A]),
            (1257, &[0x0425, 0x0426, 0x0427]),
            (1250, &[0x0405, 0x040E, 0x0415, 0x0418, 0x041A, 0x041B, 0x0424, 0x041C, 0x081A]),
            (1251, &[0x0419, 0x0422, 0x0402, 0x0423, 0x042F, 0x0C1A, 0x043F]),
            (1253, &[0x0408]),
            (1254, &[0x041F]),
            (1255, &[0x040D]),
            (1256, &[0x0401, 0x0801, 0x0C01, 0x0429, 0x0420]),
            (
                1252,
                &[
                    0x0403, 0x0406, 0x0407, 0x0807, 0x0409, 0x0809, 0x040A, 0x0C0A, 0x040B, 0x040C,
                    0x040F, 0x0410, 0x0413, 0x0414, 0x0416, 0x0816, 0x041D, 0x042D, 0x0456,
                ],
            ),
        ];
        for (page, locales) in cases {
            for locale in locales {
                assert_eq!(ansi_page(*locale), Some(page), "{locale:04x}");
            }
        }
    }

    /// Spec: F-033
    #[test]
    fn only_the_low_16_bits_count() {
        assert_eq!(ansi_page(0x0001_0411), Some(932));
        assert_eq!(ansi_page(0xFFFF_0407), Some(1252));
        assert_eq!(ansi_page(0x0411_0000), None);
    }

    #[test]
    fn a_locale_outside_the_table_yields_nothing() {
        // None, the user's default, invariant, Hindi, Georgian, Armenian, Afrikaans, nonsense.
        for locale in [0, 0x0400, 0x007F, 0x0439, 0x0437, 0x042B, 0x0436, 0xFFFF] {
            assert_eq!(ansi_page(locale), None, "{locale:04x}");
        }
    }
}
