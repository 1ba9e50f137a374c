//! Rust source as tokens, as far as the checks need them.
//!
//! Enough to see paths, attributes and doc lines, and not to be misled by what
//! merely looks like one inside a string or a comment. Not a parser: it never
//! fails, and source that the compiler would refuse gives some tokens or other.

/// One token and the line (from 1) on which it starts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind<'a>,
    pub(crate) line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind<'a> {
    /// A name or keyword; `r#type` is `type`.
    Ident(&'a str),
    /// `::`
    PathSep,
    /// Any other single character of punctuation.
    Punct(char),
    /// One line of `///` or `/** */`, without the marker.
    Doc(&'a str),
    /// One line of `//!` or `/*! */`, without the marker.
    InnerDoc(&'a str),
    /// A string, a character, a number or a lifetime.
    Literal,
}

pub(crate) fn lex(source: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { rest: source, line: 1, tokens: Vec::new() };
    while !lexer.rest.is_empty() {
        lexer.token();
    }
    lexer.tokens
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    tokens: Vec<Token<'a>>,
}

impl<'a> Lexer<'a> {
    fn token(&mut self) {
        let first = self.rest.chars().next().unwrap_or(' ');
        if first.is_whitespace() {
            self.take(first.len_utf8());
        } else if self.rest.starts_with("//") {
            self.line_comment();
        } else if self.rest.starts_with("/*") {
            self.block_comment();
        } else if let Some(length) = string_length(self.rest).or_else(|| char_length(self.rest)) {
            self.push(Kind::Literal, length);
        } else if first == '\'' {
            self.push(Kind::Literal, 1 + word_length(self.rest.get(1..).unwrap_or("")));
        } else if first.is_ascii_digit() {
            self.push(Kind::Literal, word_length(self.rest));
        } else if first == '_' || first.is_alphabetic() {
            if self.rest.starts_with("r#") {
                self.take(2);
            }
            let length = word_length(self.rest);
            self.push(Kind::Ident(self.rest.get(..length).unwrap_or("")), length);
        } else if self.rest.starts_with("::") {
            self.push(Kind::PathSep, 2);
        } else {
            self.push(Kind::Punct(first), first.len_utf8());
        }
    }

    fn line_comment(&mut self) {
        let text = self.rest.lines().next().unwrap_or("");
        if let Some(doc) = text.strip_prefix("//!") {
            self.push(Kind::InnerDoc(doc), text.len());
        } else if let (Some(doc), false) = (text.strip_prefix("///"), text.starts_with("////")) {
            self.push(Kind::Doc(doc), text.len());
        } else {
            self.take(text.len());
        }
    }

    fn block_comment(&mut self) {
        let text = self.rest.get(..block_length(self.rest)).unwrap_or(self.rest);
        let inner = text.starts_with("/*!");
        let outer = text.starts_with("/**") && !text.starts_with("/***") && text.len() > 4;
        if inner || outer {
            let start = self.line;
            let body = text.get(3..).unwrap_or("").trim_end_matches("*/");
            for (nth, line) in body.lines().enumerate() {
                let line = line.trim_start().trim_start_matches('*');
                let kind = if inner { Kind::InnerDoc(line) } else { Kind::Doc(line) };
                self.tokens.push(Token { kind, line: start + nth });
            }
        }
        self.take(text.len());
    }

    fn push(&mut self, kind: Kind<'a>, length: usize) {
        self.tokens.push(Token { kind, line: self.line });
        self.take(length);
    }

    /// Steps over `length` bytes, counting lines.
    fn take(&mut self, length: usize) {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.line += taken.matches('\n').count();
        self.rest = rest;
    }
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(text.len())
}

/// Block comments nest.
fn block_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut rest = text;
    loop {
        let step = match (rest.starts_with("/*"), rest.starts_with("*/")) {
            (true, _) => {
                depth += 1;
                2
            }
            (_, true) => {
                depth = depth.saturating_sub(1);
                2
            }
            _ => rest.chars().next().map_or(0, char::len_utf8),
        };
        rest = rest.get(step..).unwrap_or("");
        if depth == 0 || rest.is_empty() {
            return text.len() - rest.len();
        }
    }
}

/// The length of a string literal of any kind (plain, raw, byte, C), if one starts here.
fn string_length(text: &str) -> Option<usize> {
    let body = text.strip_prefix(['b', 'c']).unwrap_or(text);
    if let Some(raw) = body.strip_prefix('r') {
        let open = raw.trim_start_matches('#');
        let hashes = raw.len() - open.len();
        if let Some(content) = open.strip_prefix('"') {
            let close = format!("\"{}", "#".repeat(hashes));
            let end = content.find(&close).map_or(content.len(), |at| at + close.len());
            return Some(text.len() - content.len() + end);
        }
    }
    let content = body.strip_prefix('"')?;
    Some(text.len() - content.len() + quoted_length(content, '"'))
}

/// The length of a character literal; a lifetime is none.
fn char_length(text: &str) -> Option<usize> {
    let body = text.strip_prefix('b').unwrap_or(text);
    let content = body.strip_prefix('\'')?;
    let first = content.chars().next()?;
    let closes = content.get(first.len_utf8()..)?.starts_with('\'');
    if first != '\\' && !closes {
        return None;
    }
    Some(text.len() - content.len() + quoted_length(content, '\''))
}

/// The bytes up to and with the closing quote.
fn quoted_length(content: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in content.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    content.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idents(source: &str) -> Vec<&str> {
        let kinds = lex(source).into_iter().map(|token| token.kind);
        kinds
            .filter_map(|kind| match kind {
                Kind::Ident(name) => Some(name),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn strings_and_comments_hide_what_is_in_them() {
        let source =
            r##"a "crate::x \" still" b r#"crate " y"# c b"\\" d /* e /* f */ g */ h // i"##;
        assert_eq!(idents(source), ["a", "b", "c", "d", "h"]);
    }

    #[test]
    fn a_lifetime_is_not_the_start_of_a_character() {
        assert_eq!(idents("fn f<'a>(x: &'a str) -> char { '\\'' ; 'y' ; b'z' }").len(), 5);
        assert_eq!(idents("r#type 'static r"), ["type", "r"]);
    }

    #[test]
    fn doc_lines_keep_their_text_and_line() {
        let tokens = lex("//! top\n\n/// first\n//// not doc\n/** second\n * third */\nfn f() {}");
        let docs: Vec<_> = tokens
            .iter()
            .filter_map(|token| match token.kind {
                Kind::Doc(text) => Some((token.line, text.trim())),
                _ => None,
            })
            .collect();
        assert_eq!(docs, [(3, "first"), (5, "second"), (6, "third")]);
        assert_eq!(tokens.first(), Some(&Token { kind: Kind::InnerDoc(" top"), line: 1 }));
    }

    #[test]
    fn unfinished_source_ends() {
        for source in ["\"open", "/* open", "r#\"open", "'", "b'\\", "r#"] {
            lex(source);
        }
    }
}
