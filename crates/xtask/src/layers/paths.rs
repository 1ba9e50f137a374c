//! The paths that a source file names, resolved to where they lead in the crate.

use crate::lex::{Kind, Token, lex};

/// One path of a source file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FoundPath {
    pub(super) line: usize,
    /// The segments as they stand there, a `use` group spelled out.
    pub(super) written: Vec<String>,
    /// The segments from the crate's root; `None` when the path starts at neither
    /// `crate`, `self` nor `super` and so cannot leave its module upwards.
    pub(super) absolute: Option<Vec<String>>,
    /// The name a `use` brings in: the last segment, or what stands after `as`.
    pub(super) name: Option<String>,
    pub(super) is_use: bool,
    pub(super) is_macro: bool,
}

/// All paths of a file that holds the module `module` (segments from the root):
/// every leaf of every `use`, and every other path that starts at `crate`, `self`
/// or `super`.
pub(super) fn paths(source: &str, module: &[String]) -> Vec<FoundPath> {
    let tokens = lex(source);
    let mut walk =
        Walk { tokens: &tokens, at: 0, module: module.to_vec(), inline: vec![], found: vec![] };
    walk.file();
    walk.found
}

/// The modules that a file declares as files of their own: `mod name;`.
pub(super) fn declared_modules(source: &str) -> Vec<String> {
    let tokens = lex(source);
    let declared = tokens.windows(3).filter_map(|three| match three {
        [
            Token { kind: Kind::Ident("mod"), .. },
            Token { kind: Kind::Ident(name), .. },
            Token { kind: Kind::Punct(';'), .. },
        ] => Some((*name).to_owned()),
        _ => None,
    });
    declared.collect()
}

struct Walk<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    /// Where the walk is: the file's module and the inline modules inside it.
    module: Vec<String>,
    /// For each open brace, whether it belongs to an inline module.
    inline: Vec<bool>,
    found: Vec<FoundPath>,
}

impl<'a> Walk<'a> {
    fn file(&mut self) {
        while let Some(kind) = self.peek(0) {
            match kind {
                Kind::Ident("mod") => self.module_head(),
                Kind::Ident("use") if self.peek(1) != Some(Kind::Punct('<')) => self.use_item(),
                Kind::Ident("crate" | "self" | "super") => self.plain_path(),
                Kind::Punct('{') => {
                    self.inline.push(false);
                    self.at += 1;
                }
                Kind::Punct('}') => {
                    if self.inline.pop() == Some(true) {
                        self.module.pop();
                    }
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        }
    }

    fn module_head(&mut self) {
        self.at += 1;
        if let (Some(Kind::Ident(name)), Some(Kind::Punct('{'))) = (self.peek(0), self.peek(1)) {
            self.module.push(name.to_owned());
            self.inline.push(true);
            self.at += 2;
        }
    }

    fn use_item(&mut self) {
        self.at += 1;
        if self.peek(0) == Some(Kind::PathSep) {
            return; // `use ::name`: another crate
        }
        if self.peek(0) == Some(Kind::Punct('$')) {
            self.at += 1; // `use $crate::..` in a macro
        }
        self.use_tree(&[]);
    }

    /// One branch of a `use`, after the segments `before`.
    fn use_tree(&mut self, before: &[String]) {
        let mut segments = before.to_vec();
        let line = self.tokens.get(self.at).map_or(0, |token| token.line);
        loop {
            match self.peek(0) {
                Some(Kind::Ident(segment)) => segments.push(segment.to_owned()),
                Some(Kind::Punct('*')) => segments.push("*".into()),
                Some(Kind::Punct('{')) => return self.use_group(&segments),
                _ => break,
            }
            self.at += 1;
            if self.peek(0) != Some(Kind::PathSep) {
                break;
            }
            self.at += 1;
        }
        let mut name = segments.iter().rev().find(|segment| *segment != "self").cloned();
        if let (Some(Kind::Ident("as")), Some(Kind::Ident(other))) = (self.peek(0), self.peek(1)) {
            name = Some(other.to_owned());
            self.at += 2;
        }
        if segments.len() > before.len() {
            self.push(line, segments, name, true);
        }
    }

    fn use_group(&mut self, before: &[String]) {
        self.at += 1;
        while let Some(kind) = self.peek(0) {
            match kind {
                Kind::Punct('}') => {
                    self.at += 1;
                    return;
                }
                Kind::Ident(_) | Kind::Punct('*' | '{') => self.use_tree(before),
                Kind::Punct(';') => return,
                _ => self.at += 1,
            }
        }
    }

    /// `crate::a::b` in an expression, a type, a visibility.
    fn plain_path(&mut self) {
        let line = self.tokens.get(self.at).map_or(0, |token| token.line);
        let inside = self.at.checked_sub(1).and_then(|before| self.tokens.get(before));
        let starts = inside.is_none_or(|token| token.kind != Kind::PathSep);
        let mut segments = Vec::new();
        while let Some(Kind::Ident(segment)) = self.peek(0) {
            segments.push(segment.to_owned());
            self.at += 1;
            if self.peek(0) != Some(Kind::PathSep) {
                break;
            }
            self.at += 1;
        }
        if starts && segments.len() > 1 {
            self.push(line, segments, None, false);
        }
    }

    fn push(&mut self, line: usize, written: Vec<String>, name: Option<String>, is_use: bool) {
        let absolute = self.resolve(&written);
        let is_macro = self.peek(0) == Some(Kind::Punct('!'));
        self.found.push(FoundPath { line, written, absolute, name, is_use, is_macro });
    }

    /// Where a path leads, without the `self` or `*` at its end.
    fn resolve(&self, written: &[String]) -> Option<Vec<String>> {
        let mut absolute = match written.first()?.as_str() {
            "crate" => Vec::new(),
            "self" | "super" => self.module.clone(),
            _ => return None,
        };
        for segment in written {
            match segment.as_str() {
                "crate" | "self" | "*" => {}
                "super" => {
                    absolute.pop()?;
                }
                name => absolute.push(name.to_owned()),
            }
        }
        Some(absolute)
    }

    fn peek(&self, ahead: usize) -> Option<Kind<'a>> {
        self.tokens.get(self.at + ahead).map(|token| token.kind)
    }
}
