//! HTML as pieces: markup, character references, text. Every byte is in one piece, in order.
//!
//! Just enough of HTML to tell what is shown from what is not: tags with quoted values, comments,
//! and elements whose contents are no markup. Broken HTML gives pieces too, in linear time. Not
//! here: which elements may stand where.

use crate::wire::CodePage;

/// One piece; the slices follow each other without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::body) enum Piece<'a> {
    /// A tag: all of it, its name as written, and whether it closes.
    Tag { all: &'a str, name: &'a str, closes: bool },
    /// A comment, a declaration, or contents that are not shown: style, script, title.
    Hidden(&'a str),
    /// `&name;`, `&#12;`
    Reference(&'a str),
    /// Text to be shown; a `<` or `&` in it begins nothing.
    Text(&'a str),
}

/// Elements whose contents are not shown and not read as markup.
const RAW: [&str; 7] = ["style", "script", "title", "xmp", "iframe", "noembed", "noframes"];

/// Reads pieces from the front of HTML.
#[derive(Debug, Clone)]
pub(in crate::body) struct Pieces<'a> {
    rest: &'a str,
    /// The element whose contents come next, if they are not markup.
    raw: Option<&'static str>,
    /// Whether a quote was met that nothing closes. They are not looked for any more.
    open_quote: bool,
}

impl<'a> Pieces<'a> {
    pub(in crate::body) fn new(html: &'a str) -> Self {
        Pieces { rest: html, raw: None, open_quote: false }
    }

    /// Takes `len` bytes, or all if there are fewer.
    fn take(&mut self, len: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// The contents of an element that are not markup, if there are any.
    fn contents(&mut self, element: &str) -> Option<Piece<'a>> {
        let bytes = self.rest.as_bytes();
        let closes = |at: usize| {
            let name = bytes.get(at + 2..at + 2 + element.len());
            name.is_some_and(|name| name.eq_ignore_ascii_case(element.as_bytes()))
        };
        let mut ends = self.rest.match_indices("</").map(|(at, _)| at);
        let end = ends.find(|at| closes(*at)).unwrap_or(bytes.len());
        (end > 0).then(|| Piece::Hidden(self.take(end)))
    }

    /// What begins with `<`, if that is markup.
    fn markup(&mut self) -> Option<Piece<'a>> {
        let rest = self.rest;
        let until = |end: &str| rest.find(end).map_or(rest.len(), |at| at + end.len());
        if rest.starts_with("<!--") {
            return Some(Piece::Hidden(self.take(until("-->"))));
        }
        if rest.starts_with("<!") || rest.starts_with("<?") {
            return Some(Piece::Hidden(self.take(until(">"))));
        }
        let closes = rest.starts_with("</");
        let inner = rest.get(if closes { 2 } else { 1 }..)?;
        if !inner.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, ':' | '-'));
        let name = inner.get(..end.unwrap_or(inner.len()))?;
        let len = self.tag_len().unwrap_or_else(|| until(">"));
        let raw = RAW.into_iter().find(|raw| raw.eq_ignore_ascii_case(name));
        self.raw = raw.filter(|_| !closes);
        Some(Piece::Tag { all: self.take(len), name, closes })
    }

    /// The length of the tag at the front, with `>` in quoted values passed by.
    fn tag_len(&mut self) -> Option<usize> {
        if self.open_quote {
            return None;
        }
        let mut quote = None;
        let mut before = b' ';
        for (at, byte) in self.rest.bytes().enumerate() {
            match (quote, byte) {
                (None, b'>') => return Some(at + 1),
                (None, b'"' | b'\'') if before == b'=' => quote = Some(byte),
                (Some(open), byte) if open == byte => quote = None,
                _ => {}
            }
            if !byte.is_ascii_whitespace() {
                before = byte;
            }
        }
        self.open_quote = true;
        None
    }

    /// What begins with `&`, if that is a reference.
    fn reference(&mut self) -> Option<Piece<'a>> {
        let inner = self.rest.get(1..)?;
        let name = inner.strip_prefix('#').unwrap_or(inner);
        let len = name.bytes().take(32).position(|byte| !byte.is_ascii_alphanumeric())?;
        let from = self.rest.len() - name.len();
        (len > 0 && name.as_bytes().get(len) == Some(&b';'))
            .then(|| Piece::Reference(self.take(from + len + 1)))
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if let Some(element) = self.raw.take()
            && let Some(contents) = self.contents(element)
        {
            return Some(contents);
        }
        let first = self.rest.bytes().next()?;
        let found = match first {
            b'<' => self.markup(),
            b'&' => self.reference(),
            _ => None,
        };
        found.or_else(|| {
            // A `<` or `&` at the front begins nothing: it is text.
            let mut ends = self.rest.match_indices(['<', '&']).map(|(at, _)| at);
            let end = ends.find(|at| *at > 0).unwrap_or(self.rest.len());
            Some(Piece::Text(self.take(end)))
        })
    }
}

/// The value of an attribute in a tag, as it is written; `name` in lower case.
pub(in crate::body) fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let wanted = |at: &usize| {
        let before = at.checked_sub(1).and_then(|at| tag.as_bytes().get(at));
        let part = tag.as_bytes().get(*at..at.saturating_add(name.len()));
        before.is_some_and(u8::is_ascii_whitespace)
            && part.is_some_and(|part| part.eq_ignore_ascii_case(name.as_bytes()))
    };
    let (_, value) = tag.split_at_checked((0..tag.len()).find(wanted)? + name.len())?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    match value.chars().next()? {
        quote @ ('"' | '\'') => value.split(quote).nth(1),
        _ => value.split([' ', '\t', '\r', '\n', '>']).next(),
    }
}

/// A value with its character references resolved.
pub(in crate::body) fn resolved(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for piece in Pieces::new(value) {
        match piece {
            Piece::Reference(all) => match referred(all) {
                Some(c) => text.push(c),
                None => text.push_str(all),
            },
            Piece::Tag { all, .. } | Piece::Hidden(all) | Piece::Text(all) => text.push_str(all),
        }
    }
    text
}

/// Whether a link leads to a place that a message may lead to: nothing that runs, no file.
pub(in crate::body) fn may_lead(target: &str) -> bool {
    let starts = |with: &&str| {
        target.get(..with.len()).is_some_and(|front| front.eq_ignore_ascii_case(with))
    };
    !target.contains(|c: char| c.is_control() || c == '"')
        && ["http://", "https://", "mailto:", "ftp://"].iter().any(starts)
}

/// The character of a reference, where its name is one of the usual.
pub(in crate::body) fn referred(reference: &str) -> Option<char> {
    let name = reference.strip_prefix('&')?.strip_suffix(';')?;
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        return match code.ok()? {
            // Browsers take these for 1252, since many writers mean that.
            byte @ 0x80..=0x9F => {
                let byte = u8::try_from(byte).ok()?;
                CodePage::WINDOWS_1252.decode(&[byte]).text.chars().next()
            }
            code => char::from_u32(code),
        }
        .filter(|c| !c.is_control());
    }
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{A0}',
        "iexcl" => '¡',
        "cent" => '¢',
        "pound" => '£',
        "yen" => '¥',
        "sect" => '§',
        "copy" => '©',
        "laquo" => '«',
        "raquo" => '»',
        "reg" => '®',
        "deg" => '°',
        "plusmn" => '±',
        "acute" => '´',
        "micro" => 'µ',
        "para" => '¶',
        "middot" => '·',
        "frac12" => '½',
        "frac14" => '¼',
        "iquest" => '¿',
        "times" => '×',
        "divide" => '÷',
        "Auml" => 'Ä',
        "Ouml" => 'Ö',
        "Uuml" => 'Ü',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "szlig" => 'ß',
        "agrave" => 'à',
        "aacute" => 'á',
        "acirc" => 'â',
        "atilde" => 'ã',
        "aring" => 'å',
        "Aring" => 'Å',
        "aelig" => 'æ',
        "AElig" => 'Æ',
        "ccedil" => 'ç',
        "Ccedil" => 'Ç',
        "egrave" => 'è',
        "eacute" => 'é',
        "Eacute" => 'É',
        "ecirc" => 'ê',
        "euml" => 'ë',
        "iacute" => 'í',
        "icirc" => 'î',
        "iuml" => 'ï',
        "ntilde" => 'ñ',
        "oacute" => 'ó',
        "ocirc" => 'ô',
        "otilde" => 'õ',
        "oslash" => 'ø',
        "Oslash" => 'Ø',
        "ugrave" => 'ù',
        "uacute" => 'ú',
        "ucirc" => 'û',
        "hellip" => '…',
        "ndash" => '–',
        "mdash" => '—',
        "lsquo" => '‘',
        "rsquo" => '’',
        "sbquo" => '‚',
        "ldquo" => '“',
        "rdquo" => '”',
        "bdquo" => '„',
        "bull" => '•',
        "trade" => '™',
        "euro" => '€',
        "larr" => '←',
        "rarr" => '→',
        "ensp" => '\u{2002}',
        "emsp" => '\u{2003}',
        "shy" => '\u{AD}',
        "zwnj" => '\u{200C}',
        "zwj" => '\u{200D}',
        "lrm" => '\u{200E}',
        "rlm" => '\u{200F}',
        _ => return None,
    })
}
