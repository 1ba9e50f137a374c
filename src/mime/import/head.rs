//! The header fields of one part. Spec: msg-format 6.2, 6.4, 6.8.
//!
//! The bytes of a field are UTF-8 or, where they are not, of a page that the caller names, or 1252.

use super::params::Params;
use super::people::{Listed, listed};
use super::words;
use crate::wire::CodePage;

/// The most fields of one header.
const MAX_FIELDS: usize = 16_384;

/// Header fields in their order, each in one line.
#[derive(Debug, Default)]
pub(super) struct Head {
    fields: Vec<(String, String)>,
}

/// 8-bit text that tells no page: UTF-8 if it is that, else this page, else 1252.
pub(super) fn decode_untold(bytes: &[u8], page: Option<CodePage>) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => page.unwrap_or(CodePage::WINDOWS_1252).decode(bytes).text.into_owned(),
    }
}

impl Head {
    /// Takes a block of fields apart, whatever ends its lines. What is no field is passed over.
    pub(super) fn parse(block: &[u8], page: Option<CodePage>) -> Head {
        let mut fields: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        for line in block.split(|byte| matches!(byte, b'\n' | b'\r')) {
            if line.starts_with(b" ") || line.starts_with(b"\t") {
                // The white space of a fold stays, a tab as a space.
                if let Some((_, value)) = fields.last_mut() {
                    value.push(b' ');
                    value.extend_from_slice(line.get(1..).unwrap_or_default());
                }
            } else if super::source_field(line) && fields.len() < MAX_FIELDS {
                let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
                let (name, value) = line.split_at_checked(colon).unwrap_or_default();
                let value = value.get(1..).unwrap_or_default();
                fields.push((name.trim_ascii_end().to_vec(), value.to_vec()));
            }
        }
        let text = |(name, value): (Vec<u8>, Vec<u8>)| {
            let value = decode_untold(&words::escaped(value), page);
            (decode_untold(&name, None), value.trim_matches([' ', '\t', '\0']).to_owned())
        };
        Head { fields: fields.into_iter().map(text).collect() }
    }

    /// All fields: name and value as they stand, unfolded.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The values of the fields of this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields().filter(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The first of them.
    pub(super) fn first<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// The first of them with its encoded words decoded; `None` if it is empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.first(name).map(|value| plain(&words::decoded(value))).filter(|text| !text.is_empty())
    }

    /// Who is named in all fields of this name.
    pub(super) fn people(&self, name: &str) -> Vec<Listed> {
        self.all(name).flat_map(listed).collect()
    }

    /// Content-Type; its value is in lower case.
    pub(super) fn content_type(&self) -> Option<Params> {
        Params::parse(self.first("content-type")?)
    }

    /// Content-Disposition; its value is in lower case.
    pub(super) fn disposition(&self) -> Option<Params> {
        Params::parse(self.first("content-disposition")?)
    }

    /// An identifier without its angle brackets.
    pub(super) fn identifier(&self, name: &str) -> Option<String> {
        let value = self.first(name)?;
        let inner = match value.split_once('<') {
            Some((_, rest)) => rest.split('>').next().unwrap_or(rest),
            None => value,
        };
        let id: String = inner.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        (!id.is_empty()).then_some(id)
    }
}

/// Text without NULs and other controls; white space stays.
pub(super) fn plain(text: &str) -> String {
    let kept = text.chars().filter(|c| !c.is_control() || *c == '\t');
    kept.collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_unfolded_and_found_by_name() {
        let head = Head::parse(
            b"Subject: one\r\n\ttwo\r\n  three\r\nnonsense\r\nFROM : a@example.org\rX-Y: caf\xE9\n\
              X-Z: caf\xC3\xA9\nsubject: second\n",
            None,
        );
        assert_eq!(head.first("subject"), Some("one two  three"));
        assert_eq!(head.all("Subject").count(), 2);
        assert_eq!(head.first("from"), Some("a@example.org"));
        assert_eq!(head.first("x-y"), Some("café"));
        assert_eq!(head.first("x-z"), Some("café"));
        let head = Head::parse(b"Content-ID: (x) <a b@c>\nX: \xE1", CodePage::new(1251));
        assert_eq!(head.identifier("content-id").as_deref(), Some("ab@c"));
        assert_eq!(head.first("x"), Some("б"));
    }
}
