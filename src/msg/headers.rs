//! The transport headers of a message (`PR_TRANSPORT_MESSAGE_HEADERS`) as a source of values.
//!
//! Not a mail parser: a few fields are looked up, mailboxes and encoded words are taken apart as they
//! occur in real files, and what makes no sense is passed over. Every walk is one pass over the text.
//! Spec: msg-format 6.3, 6.4 (RFC 5322, RFC 2047), Q-54, Q-55, Q-56, Q-57.

use super::address::looks_like_address;
use crate::wire::CodePage;

/// A mailbox in a header field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeaderMailbox {
    pub(crate) name: Option<String>,
    pub(crate) address: String,
}

/// A block of header fields.
#[derive(Debug)]
pub(crate) struct Headers {
    /// The fields in their order: the name, and the value in one line.
    fields: Vec<(String, String)>,
}

impl Headers {
    /// Takes a block apart. `None` if there is no field in it. Spec: Q-54, Q-55.
    pub(crate) fn parse(block: &str) -> Option<Headers> {
        let mut fields: Vec<(String, String)> = Vec::new();
        let mut blank = false;
        for line in block.trim_start_matches('\0').lines() {
            if line.trim_matches(|c: char| c.is_whitespace() || c == '\0').is_empty() {
                blank = !fields.is_empty();
                continue;
            }
            if line.starts_with([' ', '\t']) && !blank {
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
                continue;
            }
            match field(line) {
                Some((name, value)) => fields.push((name.to_owned(), value.trim().to_owned())),
                // The headers are over, what follows is a body.
                None if blank => break,
                None => {}
            }
            blank = false;
        }
        (!fields.is_empty()).then_some(Headers { fields })
    }

    /// Every field in its order: the name as it is written, and the value, unfolded.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The values of all fields of this name, unfolded.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let wanted = |(own, value): &'a (String, String)| {
            own.eq_ignore_ascii_case(name).then_some(value.as_str())
        };
        self.fields.iter().filter_map(wanted)
    }

    /// The value of the first field of this name.
    pub(crate) fn first<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// The mailboxes in all fields of this name.
    pub(crate) fn mailboxes(&self, name: &str) -> Vec<HeaderMailbox> {
        self.all(name).flat_map(mailboxes).collect()
    }

    /// The one mailbox of a field; `None` if there is none, or a choice.
    pub(crate) fn mailbox(&self, name: &str) -> Option<HeaderMailbox> {
        let mut found = self.mailboxes(name);
        if found.len() == 1 { found.pop() } else { None }
    }
}

/// Name and value, if the line begins a field.
fn field(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim_end();
    let sound = !name.is_empty() && name.bytes().all(|byte| (33..=126).contains(&byte));
    sound.then_some((name, value))
}

/// What the list of mailboxes is read into.
#[derive(Default)]
struct Draft {
    phrase: String,
    comment: String,
    address: Option<String>,
    found: Vec<HeaderMailbox>,
}

impl Draft {
    /// Ends a mailbox. What holds no address is dropped.
    fn end(&mut self) {
        let phrase = std::mem::take(&mut self.phrase);
        let comment = std::mem::take(&mut self.comment);
        let named = |text: &str| {
            let text = decoded(text.trim());
            let text = text.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let (name, address) = match self.address.take() {
            Some(address) => (named(&phrase), address),
            None => (named(&comment), phrase),
        };
        let address = address.trim();
        if looks_like_address(address) {
            self.found.push(HeaderMailbox { name, address: address.to_owned() });
        }
    }
}

/// Where in a list of mailboxes a character stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Phrase,
    Angle,
    /// Comments may nest.
    Comment(u32),
}

/// The mailboxes in a header value, liberally: commas and semicolons separate, groups are opened,
/// comments are names of addresses that have none.
pub(crate) fn mailboxes(value: &str) -> Vec<HeaderMailbox> {
    let mut draft = Draft::default();
    let mut inside = Inside::Phrase;
    let mut quoted = false;
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        let kept = match (inside, c) {
            (_, '\\') => chars.next(),
            (Inside::Phrase | Inside::Angle, '"') => {
                quoted = !quoted;
                None
            }
            (_, c) if quoted => Some(c),
            (Inside::Phrase, '(') => {
                inside = Inside::Comment(1);
                None
            }
            (Inside::Comment(depth), '(') => {
                inside = Inside::Comment(depth.saturating_add(1));
                Some(c)
            }
            (Inside::Comment(1), ')') => {
                inside = Inside::Phrase;
                None
            }
            (Inside::Comment(depth), ')') => {
                inside = Inside::Comment(depth.saturating_sub(1));
                Some(c)
            }
            (Inside::Phrase, '<') => {
                inside = Inside::Angle;
                draft.address = Some(String::new());
                None
            }
            (Inside::Angle, '>') => {
                inside = Inside::Phrase;
                None
            }
            (Inside::Phrase, ',' | ';') => {
                draft.end();
                None
            }
            (Inside::Phrase, ':') => {
                // What stood here is the name of a group.
                draft.phrase.clear();
                None
            }
            (_, c) => Some(c),
        };
        let Some(kept) = kept else { continue };
        match inside {
            Inside::Phrase => draft.phrase.push(kept),
            Inside::Angle => draft.address.get_or_insert_default().push(kept),
            Inside::Comment(_) => draft.comment.push(kept),
        }
    }
    draft.end();
    draft.found
}

/// The text with its encoded words decoded; white space between two of them goes.
pub(crate) fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Bytes of words that follow each other in one charset: a character may be split between them.
    let mut pending: Option<(CodePage, Vec<u8>)> = None;
    let mut rest = text;
    while let Some(start) = rest.find("=?") {
        let (before, from) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let Some((page, bytes, after)) = encoded_word(from) else {
            flush(&mut out, &mut pending);
            out.push_str(before);
            out.push_str("=?");
            rest = from.get(2..).unwrap_or_default();
            continue;
        };
        let joined = pending.is_some() && before.trim().is_empty();
        match &mut pending {
            Some((own, kept)) if joined && *own == page => kept.extend(bytes),
            _ => {
                flush(&mut out, &mut pending);
                if !joined {
                    out.push_str(before);
                }
                pending = Some((page, bytes));
            }
        }
        rest = after;
    }
    flush(&mut out, &mut pending);
    out.push_str(rest);
    out
}

fn flush(out: &mut String, pending: &mut Option<(CodePage, Vec<u8>)>) {
    if let Some((page, bytes)) = pending.take() {
        out.push_str(&page.decode(&bytes).text);
    }
}

/// Encoded words have at most 75 characters; some programs know no bounds.
const MAX_WORD: usize = 4096;

/// The encoded word at the beginning of `text`: its page, its bytes, and what follows it.
fn encoded_word(text: &str) -> Option<(CodePage, Vec<u8>, &str)> {
    let (charset, rest) = text.strip_prefix("=?")?.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    // RFC 2231 lets a language follow the charset.
    let page = CodePage::from_charset(charset.split('*').next()?)?;
    // One that does not end soon is none: the rest is not searched again for each beginning.
    let near = (0..=MAX_WORD.min(rest.len())).rev().find(|at| rest.is_char_boundary(*at))?;
    let (word, after) = rest.split_at(rest.get(..near)?.find("?=")?);
    let after = after.strip_prefix("?=")?;
    let bytes = match encoding {
        "B" | "b" => base64(word),
        "Q" | "q" => quoted_printable(word),
        _ => return None,
    };
    Some((page, bytes, after))
}

/// Base64, liberally: what is not of its alphabet is passed over.
fn base64(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => continue,
        };
        bits = (bits << 6 | u32::from(value)) & 0xFFFF;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.extend(u8::try_from(bits >> held & 0xFF));
        }
    }
    out
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        let digits = tail.first_chunk::<2>().filter(|_| *byte == b'=');
        let hex = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(coded) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            out.push(coded);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            out.push(if *byte == b'_' { b' ' } else { *byte });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(value: &str) -> Vec<(String, String)> {
        let pair = |m: HeaderMailbox| (m.name.unwrap_or_default(), m.address);
        mailboxes(value).into_iter().map(pair).collect()
    }

    #[test]
    fn mailboxes_are_read_as_programs_write_them() {
        let cases: [(&str, &[(&str, &str)]); 9] = [
            ("ana@example.org", &[("", "ana@example.org")]),
            ("Ana <ana@example.org>", &[("Ana", "ana@example.org")]),
            (
                r#""Ribeiro, \"Ana\"" <ana@example.org>, b@example.org"#,
                &[("Ribeiro, \"Ana\"", "ana@example.org"), ("", "b@example.org")],
            ),
            ("ana@example.org (Ana (the one))", &[("Ana (the one)", "ana@example.org")]),
            (
                "Team: a@example.org, B <b@example.org>;",
                &[("", "a@example.org"), ("B", "b@example.org")],
            ),
            ("=?utf-8?Q?J=C3=A9r=C3=B4me?= <j@example.org>", &[("Jérôme", "j@example.org")]),
            ("undisclosed-recipients:;", &[]),
            ("alec milton", &[]),
            ("<\"a b\"@example.org", &[]),
        ];
        for (value, expected) in cases {
            let expected: Vec<(String, String)> =
                expected.iter().map(|(n, a)| ((*n).into(), (*a).into())).collect();
            assert_eq!(pairs(value), expected, "{value}");
        }
    }

    #[test]
    fn encoded_words_are_joined_and_what_is_none_stays() {
        assert_eq!(decoded("=?ISO-8859-1?Q?a_b=E9?= c"), "a bé c");
        assert_eq!(decoded("=?utf-8?B?5pel?= =?utf-8?B?5pys?="), "日本");
        // One character in two words.
        assert_eq!(decoded("=?utf-8?B?5pc=?= =?utf-8?B?pQ==?="), "日");
        assert_eq!(decoded("=?utf-8*en?q?x?=y"), "xy");
        assert_eq!(decoded("=?no-such?q?x?= =?"), "=?no-such?q?x?= =?");
        assert_eq!(decoded("=?utf-8?q?=E?= =?utf-8?x?y?="), "=E =?utf-8?x?y?=");
    }

    #[test]
    fn fields_are_unfolded_until_the_body_begins() {
        let block = "Microsoft Mail Internet Headers Version 2.0\r\nReceived: from x\r\n\tby y\r\n\
                     nonsense\r\nFROM: a@example.org\r\nTo: b@example.org,\n c@example.org\n\r\n\
                     Body text\r\nFrom: mallory@example.org\r\n";
        let headers = Headers::parse(block).unwrap();
        assert_eq!(headers.first("received"), Some("from x by y"));
        assert_eq!(headers.mailbox("from").unwrap().address, "a@example.org");
        assert_eq!(headers.mailboxes("To").len(), 2);
        assert_eq!(headers.mailbox("To"), None);
        assert_eq!(headers.first("Body"), None);
        assert!(Headers::parse("\0\0\0\0").is_none());
        assert!(Headers::parse("").is_none());
    }
}
