//! The names that people give to properties: `PR_SUBJECT`, `0x0037001F`, `PidLidLocation`,
//! `{guid}:0x8208`, `{guid}:name`. Spec: msg-format 12.

use openimsg::{Guid, NamedProp, PropTag, PropType};

/// A property that somebody named.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Target {
    /// A tag; strings have the Unicode type, since the form of the file decides.
    Tag(PropTag),
    /// A named property and its type, if that is known or was given.
    Named(NamedProp, Option<PropType>),
}

impl Target {
    /// The type of its values, if it is known.
    pub(crate) fn prop_type(&self) -> Option<PropType> {
        match self {
            Target::Tag(tag) => Some(tag.prop_type()),
            Target::Named(_, prop_type) => *prop_type,
        }
    }
}

/// Finds the property that a word names.
pub(crate) fn target(word: &str) -> Result<Target, String> {
    if let Some(digits) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        return tag(word, digits).map(|tag| Target::Tag(wide(tag)));
    }
    if word.starts_with('{') {
        return named(word);
    }
    if let Some(tag) = openimsg::tag_by_name(word) {
        return Ok(Target::Tag(wide(tag)));
    }
    if let Some((name, prop_type)) = openimsg::named_by_canonical(word) {
        return Ok(Target::Named(name, Some(prop_type)));
    }
    Err(match openimsg::suggest(word) {
        Some(known) => format!("unknown property \"{word}\"; did you mean \"{known}\"?"),
        None => format!("unknown property \"{word}\""),
    })
}

fn tag(word: &str, digits: &str) -> Result<PropTag, String> {
    let hex = digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    match u32::from_str_radix(digits, 16) {
        Ok(tag) if hex => Ok(PropTag::new(tag)),
        _ => Err(format!("a property tag has eight digits, as 0x0037001F has; found \"{word}\"")),
    }
}

/// `{guid}:0x8514`, `{guid}:name`, each with `:PT_..` behind it where the type is not known.
fn named(word: &str) -> Result<Target, String> {
    let bad = || format!("expected {{guid}}:0x8514 or {{guid}}:name, found \"{word}\"");
    let (set, rest) = word.split_once("}:").ok_or_else(bad)?;
    let set: Guid = format!("{set}}}").parse().map_err(|_| bad())?;
    let typed = rest.rsplit_once(':').and_then(|(name, of)| Some((name, PropType::from_name(of)?)));
    let (name, given) = typed.map_or((rest, None), |(name, prop_type)| (name, Some(prop_type)));
    let property = match name.strip_prefix("0x") {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
            NamedProp::id(set, u32::from_str_radix(digits, 16).map_err(|_| bad())?)
        }
        _ if name.is_empty() => return Err(bad()),
        _ => NamedProp::text(set, name),
    };
    let known = || openimsg::named_fact(&property).map(openimsg::NamedFact::prop_type);
    let prop_type = given.map(wide_type).or_else(known);
    Ok(Target::Named(property, prop_type))
}

fn wide(tag: PropTag) -> PropTag {
    tag.with_type(wide_type(tag.prop_type()))
}

fn wide_type(prop_type: PropType) -> PropType {
    match prop_type {
        PropType::PT_STRING8 => PropType::PT_UNICODE,
        PropType::PT_MV_STRING8 => PropType::PT_MV_UNICODE,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use openimsg::PropSet;

    #[test]
    fn properties_have_many_names() {
        let subject = Target::Tag(PropTag::new(0x0037_001F));
        for word in ["PR_SUBJECT", "PR_SUBJECT_A", "PidTagSubject", "0x0037001E", "0X0037001f"] {
            assert_eq!(target(word), Ok(subject.clone()), "{word}");
        }
        let location = NamedProp::id(PropSet::PSETID_APPOINTMENT, 0x8208);
        let location = Target::Named(location, Some(PropType::PT_UNICODE));
        let set = "{00062002-0000-0000-C000-000000000046}";
        for word in ["PidLidLocation", "dispidLocation", &format!("{set}:0x8208")] {
            assert_eq!(target(word), Ok(location.clone()), "{word}");
        }
        let own = NamedProp::text(Guid::NULL, "a:b=c");
        let null = "{00000000-0000-0000-0000-000000000000}";
        let with_type = Some(PropType::PT_LONG);
        assert_eq!(target(&format!("{null}:a:b=c")), Ok(Target::Named(own.clone(), None)));
        assert_eq!(target(&format!("{null}:a:b=c:PT_LONG")), Ok(Target::Named(own, with_type)));
    }

    #[test]
    fn unknown_names_come_with_the_known_one_next_to_them() {
        assert!(target("PR_SUBJCT").unwrap_err().contains("did you mean \"PR_SUBJECT\"?"));
        assert!(target("PidLidLocaton").unwrap_err().contains("PidLidLocation"));
        for word in [
            "abracadabra",
            "0x37",
            "0x0037001G",
            "{x}:y",
            "{00062002-0000-0000-C000-000000000046}:",
        ] {
            assert!(target(word).is_err(), "{word}");
        }
    }
}
