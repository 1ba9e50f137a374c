//! Parameters of Content-Type and Content-Disposition. Spec: RFC 2045, 2231; msg-format 6.7.

use super::words::{encoded, quoted};
use std::fmt::Write as _;

/// The most octets of a value in one parameter; longer ones are continued in further parameters.
const PIECE: usize = 50;
/// The most of a value at all.
const MAX_VALUE: usize = 1024;

/// The tokens `; name="value"`, or in the form of RFC 2231 for what is not ASCII or long.
///
/// Spec: F-094.
pub(crate) fn param(name: &str, value: &str) -> Vec<String> {
    let value = clean(value);
    if value.is_ascii() && value.len() <= PIECE {
        return vec![";".to_owned(), format!(" {name}={}", quoted(&value))];
    }
    let pieces = pieces(&value);
    let mut out = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let charset = if index == 0 { "UTF-8''" } else { "" };
        let number = if pieces.len() > 1 { format!("*{index}") } else { String::new() };
        out.push(";".to_owned());
        out.push(format!(" {name}{number}*={charset}{piece}"));
    }
    out
}

/// The tokens of the parameter `name` of Content-Type for readers that know no RFC 2231: encoded words in a
/// quoted string, which no standard allows and everybody reads.
pub(crate) fn old_name(value: &str) -> Vec<String> {
    let value = clean(value);
    let text = if value.is_ascii() { quoted(&value) } else { quoted(&encoded(&value).concat()) };
    // Broken where a line may end: before the second and later words.
    let mut tokens = vec![";".to_owned()];
    let mut rest = format!(" name={text}");
    while let Some(at) = rest.get(1..).and_then(|tail| tail.find(" =?")) {
        let tail = rest.split_off(at + 1);
        tokens.push(std::mem::replace(&mut rest, tail));
    }
    tokens.push(rest);
    tokens
}

/// Without line ends, controls and quotes; of bounded length.
fn clean(value: &str) -> String {
    let kept = value.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\'));
    let mut out = String::new();
    for c in kept {
        if out.len() + c.len_utf8() > MAX_VALUE {
            break;
        }
        out.push(c);
    }
    out
}

/// The value percent-coded, in pieces that each hold whole characters.
fn pieces(value: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    for c in value.chars() {
        let mut coded = String::new();
        if c.is_ascii_alphanumeric()
            || matches!(c, '-' | '.' | '_' | '~' | '!' | '#' | '$' | '&' | '+')
        {
            coded.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                // Writing to a string does not fail.
                let _ = write!(coded, "%{byte:02X}");
            }
        }
        match out.last_mut() {
            Some(piece) if piece.len() + coded.len() <= PIECE => piece.push_str(&coded),
            _ => out.push(coded),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_quoted_and_the_rest_is_percent_coded() {
        assert_eq!(param("filename", "a b.txt").concat(), "; filename=\"a b.txt\"");
        assert_eq!(param("filename", "né.txt").concat(), "; filename*=UTF-8''n%C3%A9.txt");
        assert_eq!(param("filename", "a\"\r\n\\b").concat(), "; filename=\"ab\"");
        assert_eq!(old_name("é").concat(), "; name=\"=?UTF-8?B?w6k=?=\"");
    }

    /// Spec: F-094
    #[test]
    fn a_name_of_any_length_is_continued_and_read_by_another_reader() {
        for name in ["日本".repeat(60) + ".docx", "x".repeat(200) + ".txt", "résumé.pdf".to_owned()]
        {
            let line = crate::mime::fields::field(
                "Content-Disposition",
                [vec!["attachment".to_owned()], param("filename", &name)].concat(),
            );
            assert!(line.lines().all(|line| line.len() <= 78), "{line}");
            assert!(line.contains("filename*"));
            let mail = format!("{line}\r\nx");
            let parsed = mail_parser::MessageParser::new().parse(&mail).unwrap();
            let found = mail_parser::MimeHeaders::attachment_name(parsed.root_part()).unwrap();
            assert_eq!(found, name);
        }
    }
}
