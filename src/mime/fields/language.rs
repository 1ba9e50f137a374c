//! Languages: locale identifiers and the tags that mail has for them. Spec: msg-format 6.2.

/// Locale, tag.
const LANGUAGES: &[(i32, &str)] = &[
    (0x0401, "ar-SA"),
    (0x0402, "bg-BG"),
    (0x0403, "ca-ES"),
    (0x0404, "zh-TW"),
    (0x0405, "cs-CZ"),
    (0x0406, "da-DK"),
    (0x0407, "de-DE"),
    (0x0408, "el-GR"),
    (0x0409, "en-US"),
    (0x040B, "fi-FI"),
    (0x040C, "fr-FR"),
    (0x040D, "he-IL"),
    (0x040E, "hu-HU"),
    (0x040F, "is-IS"),
    (0x0410, "it-IT"),
    (0x0411, "ja-JP"),
    (0x0412, "ko-KR"),
    (0x0413, "nl-NL"),
    (0x0414, "nb-NO"),
    (0x0415, "pl-PL"),
    (0x0416, "pt-BR"),
    (0x0418, "ro-RO"),
    (0x0419, "ru-RU"),
    (0x041A, "hr-HR"),
    (0x041B, "sk-SK"),
    (0x041D, "sv-SE"),
    (0x041E, "th-TH"),
    (0x041F, "tr-TR"),
    (0x0421, "id-ID"),
    (0x0422, "uk-UA"),
    (0x0424, "sl-SI"),
    (0x0425, "et-EE"),
    (0x0426, "lv-LV"),
    (0x0427, "lt-LT"),
    (0x042A, "vi-VN"),
    (0x0804, "zh-CN"),
    (0x0807, "de-CH"),
    (0x0809, "en-GB"),
    (0x080A, "es-MX"),
    (0x080C, "fr-BE"),
    (0x0810, "it-CH"),
    (0x0813, "nl-BE"),
    (0x0814, "nn-NO"),
    (0x0816, "pt-PT"),
    (0x0C04, "zh-HK"),
    (0x0C07, "de-AT"),
    (0x0C09, "en-AU"),
    (0x0C0A, "es-ES"),
    (0x0C0C, "fr-CA"),
    (0x1004, "zh-SG"),
    (0x1009, "en-CA"),
    (0x100C, "fr-CH"),
    (0x1409, "en-NZ"),
    (0x1809, "en-IE"),
];

/// The tag of a locale.
pub(crate) fn tag(locale: i32) -> Option<&'static str> {
    LANGUAGES.iter().find(|(own, _)| *own == locale).map(|(_, tag)| *tag)
}

/// The locale of a tag: of the whole tag, else of the first with its language.
pub(crate) fn locale(tag: &str) -> Option<i32> {
    let tag = tag.split(',').next()?.trim();
    let whole = LANGUAGES.iter().find(|(_, own)| own.eq_ignore_ascii_case(tag));
    let primary = tag.split(['-', '_']).next()?;
    let first = || {
        LANGUAGES.iter().find(|(_, own)| {
            own.split('-').next().is_some_and(|own| own.eq_ignore_ascii_case(primary))
        })
    };
    whole.or_else(first).map(|(locale, _)| *locale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_and_tags_lead_to_each_other() {
        assert_eq!((tag(0x0409), locale("en-us")), (Some("en-US"), Some(0x0409)));
        assert_eq!(
            (locale("de"), locale("de-LI"), locale("tlh")),
            (Some(0x0407), Some(0x0407), None)
        );
        assert_eq!(locale("fr-CA, en"), Some(0x0C0C));
        assert_eq!(tag(0x7FFF), None);
    }
}
