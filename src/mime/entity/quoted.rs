//! Text as lines of mail: as it is, or quoted-printable. Spec: RFC 2045 6.7; msg-format 6.6.

/// How text is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextCoding {
    /// As it is.
    SevenBit,
    /// Letters readable, the rest as `=XX`.
    Quoted,
    /// In base64.
    Base64,
}

impl TextCoding {
    /// The value of Content-Transfer-Encoding.
    pub(crate) fn name(self) -> &'static str {
        match self {
            TextCoding::SevenBit => "7bit",
            TextCoding::Quoted => "quoted-printable",
            TextCoding::Base64 => "base64",
        }
    }
}

/// No line of text that is sent as it is may be longer.
const MAX_LINE: usize = 998;
/// Characters of a line of quoted-printable, with its soft end.
const MAX_QUOTED: usize = 76;

/// The text with CR LF at each line end, whatever they were. NUL ends nothing and is dropped.
pub(crate) fn with_line_ends(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                out.push_str("\r\n");
                chars.next_if_eq(&'\n');
            }
            '\n' => out.push_str("\r\n"),
            '\0' => {}
            c => out.push(c),
        }
    }
    out
}

/// What carries this text, whose lines end with CR LF: itself if it is ASCII of short lines that no
/// reader changes on its way, else what is shorter.
pub(crate) fn coding_of(text: &str) -> TextCoding {
    let bytes = text.as_bytes();
    let high = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    if high * 5 >= bytes.len() && high > 0 {
        return TextCoding::Base64;
    }
    let control = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\r' | b'\n' | b'\t');
    let hard = high > 0
        || bytes.iter().any(control)
        || text.split("\r\n").any(|line| {
            line.len() > MAX_LINE
                || line.ends_with([' ', '\t'])
                // What looks like a boundary of ours, or like the beginning of a mail in a mailbox.
                || line.starts_with("--=_")
                || line.starts_with("From ")
        });
    if hard { TextCoding::Quoted } else { TextCoding::SevenBit }
}

/// The text, whose lines end with CR LF, as quoted-printable.
pub(crate) fn encode(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 8);
    let mut lines = text.split("\r\n").peekable();
    while let Some(line) = lines.next() {
        encode_line(line.as_bytes(), &mut out);
        if lines.peek().is_some() {
            out.extend_from_slice(b"\r\n");
        }
    }
    out
}

fn encode_line(line: &[u8], out: &mut Vec<u8>) {
    let mut width = 0;
    for (index, byte) in line.iter().enumerate() {
        let last = index + 1 == line.len();
        let first = width == 0;
        let as_it_is = match byte {
            b' ' | b'\t' => !last,
            b'=' => false,
            b'.' | b'F' | b'-' if first => false,
            byte => byte.is_ascii_graphic(),
        };
        let size = if as_it_is { 1 } else { 3 };
        let room = if last { MAX_QUOTED } else { MAX_QUOTED - 1 };
        if width + size > room {
            out.extend_from_slice(b"=\r\n");
            width = 0;
        }
        if as_it_is {
            out.push(*byte);
        } else {
            let hex = |nibble: u8| b"0123456789ABCDEF".get(usize::from(nibble & 15)).copied();
            out.push(b'=');
            out.extend(hex(byte >> 4));
            out.extend(hex(*byte));
        }
        width += size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_those_of_mail() {
        assert_eq!(with_line_ends("a\nb\r\nc\rd\0\r\r\n"), "a\r\nb\r\nc\r\nd\r\n\r\n");
    }

    #[test]
    fn what_is_plain_stays_plain() {
        assert_eq!(coding_of("Hello\r\nthere\r\n"), TextCoding::SevenBit);
        assert_eq!(coding_of(""), TextCoding::SevenBit);
        assert_eq!(
            coding_of("caf\u{e9} au lait, and much more plain text\r\n"),
            TextCoding::Quoted
        );
        assert_eq!(coding_of("日本語"), TextCoding::Base64);
        assert_eq!(coding_of("trailing \r\n"), TextCoding::Quoted);
        assert_eq!(coding_of("--=_x\r\n"), TextCoding::Quoted);
        assert_eq!(coding_of(&"x".repeat(999)), TextCoding::Quoted);
    }

    #[test]
    fn quoted_printable_is_read_back_by_another_reader() {
        let texts = [
            "caf\u{e9} = \u{20ac}5 \r\n.\r\nFrom here\r\n--=_x\r\n\ttab\t\r\n".to_owned(),
            "x".repeat(1000) + "\r\n" + &"é ".repeat(300),
            "ends without a line end".to_owned(),
        ];
        for text in texts {
            let coded = encode(&text);
            let lines: Vec<&[u8]> = coded.split(|byte| *byte == b'\n').collect();
            assert!(lines.iter().all(|line| line.len() <= 77));
            let head = "Content-Type: text/plain; charset=utf-8\r\n\
                        Content-Transfer-Encoding: quoted-printable\r\n\r\n";
            let mail = [head.as_bytes(), &coded].concat();
            let parsed = mail_parser::MessageParser::new().parse(&mail).unwrap();
            assert_eq!(parsed.body_text(0).unwrap(), text);
        }
    }
}
