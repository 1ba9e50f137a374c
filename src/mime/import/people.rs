//! Who is named in a header field. Spec: msg-format 6.4.
//!
//! mail-parser takes the list apart. Encoded words are brought to UTF-8 before, since it does not know
//! all pages, and since a character may lie in two words.

use super::head::plain;
use super::words;
use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, Address, HeaderValue};

/// Somebody in a list: a name, an address, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    /// Empty if there is none.
    pub(super) name: String,
    /// Empty if there is none.
    pub(super) address: String,
}

impl Listed {
    /// The name, or else the address.
    pub(super) fn shown(&self) -> &str {
        if self.name.is_empty() { &self.address } else { &self.name }
    }
}

/// The people in the value of a field. A group stands for its members; one without members is somebody
/// whose address nobody knows, unless it says that recipients are not disclosed.
pub(super) fn listed(value: &str) -> Vec<Listed> {
    let mut line = words::utf_8(value);
    line.retain(|c| !matches!(c, '\r' | '\n' | '\0'));
    line.push('\n');
    let mut found = Vec::new();
    match MessageStream::new(line.as_bytes()).parse_address() {
        HeaderValue::Address(Address::List(list)) => found.extend(list.iter().filter_map(one)),
        HeaderValue::Address(Address::Group(groups)) => {
            for group in &groups {
                found.extend(group.addresses.iter().filter_map(one));
                let name = plain(group.name.as_deref().unwrap_or_default());
                let hidden = name.to_ascii_lowercase().starts_with("undisclosed");
                if group.addresses.is_empty() && !name.is_empty() && !hidden {
                    found.push(Listed { name, address: String::new() });
                }
            }
        }
        _ => {}
    }
    found
}

fn one(addr: &Addr<'_>) -> Option<Listed> {
    let mut name = plain(addr.name.as_deref().unwrap_or_default());
    let mut address = plain(addr.address.as_deref().unwrap_or_default());
    address.retain(|c| !matches!(c, '<' | '>'));
    // An address that stands where a name does.
    if address.is_empty() && name.contains('@') && !name.contains(char::is_whitespace) {
        address = std::mem::take(&mut name);
    }
    (!name.is_empty() || !address.is_empty()).then_some(Listed { name, address })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(value: &str) -> Vec<(String, String)> {
        listed(value).into_iter().map(|one| (one.name, one.address)).collect()
    }

    #[test]
    fn people_are_read_as_programs_write_them() {
        let cases: [(&str, &[(&str, &str)]); 16] = [
            ("ana@example.org", &[("", "ana@example.org")]),
            ("<ana@example.org>", &[("", "ana@example.org")]),
            ("Ana <ana@example.org>", &[("Ana", "ana@example.org")]),
            ("ana@example.org <ana@example.org>", &[("ana@example.org", "ana@example.org")]),
            (
                r#""Ribeiro, \"Ana\"" <ana@example.org>, b@example.org"#,
                &[("Ribeiro, \"Ana\"", "ana@example.org"), ("", "b@example.org")],
            ),
            ("ana@example.org (Ana)", &[("Ana", "ana@example.org")]),
            ("a@example.org; b@example.org", &[("", "a@example.org"), ("", "b@example.org")]),
            (
                "Team: a@example.org, B <b@example.org>;, c@example.org",
                &[("", "a@example.org"), ("B", "b@example.org"), ("", "c@example.org")],
            ),
            ("=?utf-8?Q?J=C3=A9r=C3=B4me?= <j@example.org>", &[("Jérôme", "j@example.org")]),
            ("\"=?utf-8?Q?J=C3=A9r=C3=B4me?=\" <j@example.org>", &[("Jérôme", "j@example.org")]),
            ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?= <j@example.org>", &[("日本", "j@example.org")]),
            // A comma in a word separates nobody; a character may lie in two words.
            (
                "=?utf-8?Q?a=2C_=E6=97?= =?utf-8?Q?=A5?= <j@example.org>",
                &[("a, 日", "j@example.org")],
            ),
            ("undisclosed-recipients:;", &[]),
            ("Nobody Known:;", &[("Nobody Known", "")]),
            ("alec milton", &[("alec milton", "")]),
            ("", &[]),
        ];
        for (value, expected) in cases {
            let expected: Vec<(String, String)> =
                expected.iter().map(|(n, a)| ((*n).into(), (*a).into())).collect();
            assert_eq!(pairs(value), expected, "{value}");
        }
    }
}
