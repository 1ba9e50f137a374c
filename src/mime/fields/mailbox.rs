//! Mailboxes in header fields: names and addresses. Spec: msg-format 6.4.

use super::words::{phrase, quoted};
use crate::msg::looks_like_address;
use std::fmt::Write as _;

/// Somebody in a header field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Written {
    /// `name <address>`; the name may be empty.
    Address { name: String, address: String },
    /// Nobody knows an address: a group without members.
    Name(String),
}

/// The tokens of a list of mailboxes: each is one token if it is ASCII, so that lines end between them.
pub(crate) fn tokens(list: &[Written]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (index, written) in list.iter().enumerate() {
        if index > 0
            && let Some(last) = out.last_mut()
        {
            last.push(',');
        }
        let begins = out.len();
        match written {
            Written::Address { name, address } => {
                let address = cleaned(address);
                let name = unquoted(name);
                let same = name.is_empty() || name.eq_ignore_ascii_case(&address);
                let name = if same { Vec::new() } else { phrase(name) };
                if name.is_empty() {
                    out.push(address);
                } else {
                    out.extend(name);
                    out.push(format!(" <{address}>"));
                }
            }
            Written::Name(name) => {
                let mut name = phrase(unquoted(name));
                if name.is_empty() {
                    name.push("unknown".to_owned());
                }
                out.extend(name);
                if let Some(last) = out.last_mut() {
                    last.push_str(":;");
                }
            }
        }
        if index > 0
            && let Some(first) = out.get_mut(begins)
            && !first.starts_with(' ')
        {
            first.insert(0, ' ');
        }
    }
    out
}

/// A name without one pair of single quotes around it, as some programs put around addresses.
/// Spec: Q-89.
fn unquoted(name: &str) -> &str {
    let name = name.trim();
    let inner = name.strip_prefix('\'').and_then(|name| name.strip_suffix('\''));
    inner.filter(|inner| !inner.is_empty()).unwrap_or(name)
}

/// An address as it may stand between angle brackets: without what would end it, its first part
/// quoted where it must be.
fn cleaned(address: &str) -> String {
    let ends = |c: char| c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '(' | ')');
    // `ana@b.c <ana@b.c` is one person.
    let one = address.split(ends).map(str::trim).find(|piece| looks_like_address(piece));
    let address = match one {
        Some(one) => one.to_owned(),
        None => address.trim().chars().filter(|c| !ends(*c)).collect(),
    };
    let Some((local, domain)) = address.rsplit_once('@') else { return address };
    let atom =
        |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let whole = local.starts_with('"') && local.ends_with('"') && local.len() > 1;
    let domain: String = domain.chars().filter(|c| !c.is_whitespace()).collect();
    if whole || local.chars().all(atom) {
        format!("{local}@{domain}")
    } else {
        format!("{}@{domain}", quoted(local))
    }
}

/// An address of another kind as one of Internet mail: `IMCEAEX-_o=Org_cn=ana@domain`. Spec: F-097.
pub(crate) fn imcea(kind: &str, address: &str, domain: &str) -> String {
    let mut out = "IMCEA".to_owned();
    out.extend(kind.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()));
    out.push('-');
    for byte in address.bytes() {
        match byte {
            b'/' => out.push('_'),
            b'-' | b'=' => out.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => {
                // Writing to a string does not fail.
                let _ = write!(out, "+{byte:02X}");
            }
        }
    }
    out.push('@');
    out.push_str(domain);
    out
}

/// Kind and address in an address that [`imcea`] made, whatever its domain.
pub(crate) fn read_imcea(address: &str) -> Option<(String, String)> {
    let (local, _) = address.rsplit_once('@')?;
    let head = local.get(..5).filter(|head| head.eq_ignore_ascii_case("IMCEA"))?;
    let (kind, coded) = local.get(head.len()..)?.split_once('-')?;
    if kind.is_empty() || !kind.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let mut bytes = Vec::with_capacity(coded.len());
    let mut rest = coded.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match byte {
            b'_' => bytes.push(b'/'),
            b'+' => {
                let digits = tail.first_chunk::<2>()?;
                bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
                rest = tail.get(2..)?;
            }
            byte => bytes.push(*byte),
        }
    }
    Some((kind.to_ascii_uppercase(), String::from_utf8(bytes).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mime::fields::field;

    fn to(list: &[(&str, &str)]) -> String {
        let list: Vec<Written> = list
            .iter()
            .map(|(name, address)| Written::Address {
                name: (*name).into(),
                address: (*address).into(),
            })
            .collect();
        field("To", tokens(&list))
    }

    #[test]
    fn mailboxes_are_written_with_names_only_where_they_tell_something() {
        assert_eq!(to(&[("", "a@b.c"), ("A@b.c", "a@b.c")]), "To: a@b.c, a@b.c\r\n");
        assert_eq!(to(&[("Silva, Ana", "a@b.c")]), "To: \"Silva, Ana\" <a@b.c>\r\n");
        assert_eq!(to(&[("'a@b.c'", "a@b.c")]), "To: a@b.c\r\n");
        assert_eq!(
            to(&[("É", "a@b.c"), ("B", "b@b.c")]),
            "To: =?UTF-8?B?w4k=?= <a@b.c>, B <b@b.c>\r\n"
        );
        assert_eq!(to(&[("A", "two words@b.c")]), "To: A <\"two words\"@b.c>\r\n");
        assert_eq!(field("To", tokens(&[Written::Name("Team B".into())])), "To: Team B:;\r\n");
    }

    #[test]
    fn an_address_cannot_become_two() {
        assert_eq!(to(&[("A", "a@b.c>, <x@y.z")]), "To: A <a@b.c>\r\n");
        assert_eq!(to(&[("A\r\nBcc: x@y.z", "a@b.c\r\nBcc: x@y.z")]).lines().count(), 1);
    }

    /// Spec: F-097
    #[test]
    fn an_x500_name_is_an_address_that_decodes_to_it() {
        let name = "/o=Org/ou=First Group/cn=Recipients/cn=jd";
        let made = imcea("EX", name, "example.invalid");
        assert_eq!(made, "IMCEAEX-_o=Org_ou=First+20Group_cn=Recipients_cn=jd@example.invalid");
        assert_eq!(read_imcea(&made), Some(("EX".into(), name.into())));
        let odd = "/o=Ä_+b/cn=x@y";
        assert_eq!(read_imcea(&imcea("ex", odd, "d")), Some(("EX".into(), odd.into())));
        for none in ["a@b.c", "IMCEA-x@y", "IMCEAEX-a+4@b", "IMCEAEX-a+ZZ@b", "imceaex"] {
            assert_eq!(read_imcea(none), None, "{none}");
        }
    }
}
