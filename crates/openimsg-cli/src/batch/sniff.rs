//! What a file is, by its beginning.

use super::source::Source;
use crate::errors::Failure;
use std::io::{self, BufRead};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A compound file, as a .msg file is.
    Compound,
    /// A TNEF stream, as winmail.dat is.
    Tnef,
    /// Internet mail.
    Mail,
    /// Many mails in one file.
    Mbox,
    /// None of them.
    Other,
}

/// The first bytes of a compound file and of a TNEF stream.
const COMPOUND: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
const TNEF: [u8; 4] = [0x78, 0x9F, 0x3E, 0x22];

impl Format {
    /// Looks at the beginning, and for `From ` lines at the rest.
    pub(crate) fn of(source: &Source) -> Result<Format, Failure> {
        let head = source.head().map_err(|error| source.unreadable(&error))?;
        if head.starts_with(&COMPOUND) {
            return Ok(Format::Compound);
        }
        if head.starts_with(&TNEF) {
            return Ok(Format::Tnef);
        }
        let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&head);
        if text.starts_with(b"From ") {
            let many = source.reader().and_then(has_a_second_mail);
            let many = many.map_err(|error| source.unreadable(&error))?;
            return Ok(if many { Format::Mbox } else { Format::Mail });
        }
        Ok(if begins_with_a_field(text) { Format::Mail } else { Format::Other })
    }
}

/// Whether a text begins as a header does: with a name and a colon.
fn begins_with_a_field(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let Some(first) = lines.find(|line| !line.is_empty()) else { return false };
    let name = first.iter().position(|byte| *byte == b':').and_then(|colon| first.get(..colon));
    name.is_some_and(|name| {
        let name = name.trim_ascii_end();
        !name.is_empty() && name.len() <= 76 && name.iter().all(u8::is_ascii_graphic)
    })
}

/// Whether a line `From ..` comes again, after an empty line and before a field.
fn has_a_second_mail(reader: impl io::Read) -> io::Result<bool> {
    let mut reader = io::BufReader::new(reader);
    let (mut line, mut before) = (Vec::new(), Seen::Start);
    loop {
        line.clear();
        if read_line(&mut reader, &mut line)? == 0 {
            return Ok(false);
        }
        let end = line.trim_ascii_end();
        if before == Seen::From && begins_with_a_field(end) {
            return Ok(true);
        }
        before = match before {
            Seen::Empty if end.starts_with(b"From ") => Seen::From,
            _ if end.is_empty() => Seen::Empty,
            _ => Seen::Text,
        };
    }
}

#[derive(PartialEq, Clone, Copy)]
enum Seen {
    Start,
    Empty,
    Text,
    From,
}

/// Reads a line and keeps the first part of it, however long it is.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    let mut all = 0_usize;
    loop {
        let bytes = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            bytes => bytes?,
        };
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(bytes.len(), |end| end.saturating_add(1));
        if line.len() < 1000 {
            line.extend(bytes.iter().take(used).take(1000));
        }
        reader.consume(used);
        all = all.saturating_add(used);
        if end.is_some() || used == 0 {
            return Ok(all);
        }
    }
}

/// Why many mails in one file are not taken for one.
pub(crate) fn refuse_mail(format: Format) -> Failure {
    let reason = match format {
        Format::Mbox => {
            "it is a mailbox (mbox), which holds many mails; take it apart first, for example with \
             `formail -ds sh -c 'cat > mail-$FILENO.eml'`"
        }
        Format::Mail => "it is a mail already; rename it to .eml",
        Format::Compound => "it is a .msg file already; `imsg to-eml` makes a mail of it",
        _ => "it is neither a .msg file, nor winmail.dat, nor a mail",
    };
    Failure::new("open file", reason)
}
