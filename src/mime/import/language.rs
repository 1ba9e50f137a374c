//! Names of languages as locale identifiers. Spec: msg-format 6.2 (Content-Language), [MS-LCID].

/// The language alone stands for the country where most speak it.
const LOCALES: &[(&str, i32)] = &[
    ("ar", 0x0401),
    ("bg", 0x0402),
    ("ca", 0x0403),
    ("zh-tw", 0x0404),
    ("zh-hant", 0x0404),
    ("cs", 0x0405),
    ("da", 0x0406),
    ("de", 0x0407),
    ("de-de", 0x0407),
    ("de-ch", 0x0807),
    ("de-at", 0x0C07),
    ("el", 0x0408),
    ("en", 0x0409),
    ("en-us", 0x0409),
    ("en-gb", 0x0809),
    ("en-au", 0x0C09),
    ("en-ca", 0x1009),
    ("en-nz", 0x1409),
    ("en-ie", 0x1809),
    ("es", 0x0C0A),
    ("es-es", 0x0C0A),
    ("es-mx", 0x080A),
    ("fi", 0x040B),
    ("fr", 0x040C),
    ("fr-fr", 0x040C),
    ("fr-be", 0x080C),
    ("fr-ca", 0x0C0C),
    ("fr-ch", 0x100C),
    ("he", 0x040D),
    ("hu", 0x040E),
    ("is", 0x040F),
    ("it", 0x0410),
    ("it-ch", 0x0810),
    ("ja", 0x0411),
    ("ko", 0x0412),
    ("nl", 0x0413),
    ("nl-be", 0x0813),
    ("nb", 0x0414),
    ("no", 0x0414),
    ("nn", 0x0814),
    ("pl", 0x0415),
    ("pt-br", 0x0416),
    ("pt", 0x0416),
    ("pt-pt", 0x0816),
    ("ro", 0x0418),
    ("ru", 0x0419),
    ("hr", 0x041A),
    ("sk", 0x041B),
    ("sq", 0x041C),
    ("sv", 0x041D),
    ("th", 0x041E),
    ("tr", 0x041F),
    ("ur", 0x0420),
    ("id", 0x0421),
    ("uk", 0x0422),
    ("be", 0x0423),
    ("sl", 0x0424),
    ("et", 0x0425),
    ("lv", 0x0426),
    ("lt", 0x0427),
    ("fa", 0x0429),
    ("vi", 0x042A),
    ("eu", 0x042D),
    ("mk", 0x042F),
    ("af", 0x0436),
    ("hi", 0x0439),
    ("gl", 0x0456),
    ("zh", 0x0804),
    ("zh-cn", 0x0804),
    ("zh-hans", 0x0804),
    ("zh-hk", 0x0C04),
    ("zh-sg", 0x1004),
];

/// The locale that a language tag means; of a country that is not listed, that of the language.
pub(super) fn lcid(tag: &str) -> Option<i32> {
    let find = |tag: &str| {
        LOCALES.iter().find(|(own, _)| own.eq_ignore_ascii_case(tag)).map(|(_, lcid)| *lcid)
    };
    find(tag).or_else(|| find(tag.split('-').next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_locales() {
        assert_eq!(lcid("en-US"), Some(0x0409));
        assert_eq!(lcid("DE"), Some(0x0407));
        assert_eq!(lcid("fr-LU"), Some(0x040C));
        assert_eq!(lcid("tlh"), None);
        assert_eq!(lcid(""), None);
    }
}
