//! The exported names, out of the sources.
//!
//! Three forms give a name to C: a function in `export! { .. }`, an identifier in
//! `identifiers! { NAME = ..; }`, and a `static` with `#[unsafe(no_mangle)]`.

use super::Symbol;
use crate::files;
use crate::install::FOLDER;
use crate::lex::{Kind, Token, lex};
use crate::outcome::{Failure, Outcome};

/// All of them, in order.
pub(crate) fn all() -> Outcome<Vec<Symbol>> {
    let mut found = Vec::new();
    for path in files::under(&format!("{FOLDER}/src"), &["rs"]) {
        found.extend(of_source(&files::read(&path)?));
    }
    found.sort();
    if found.is_empty() {
        return Err(Failure::Found(format!("{FOLDER}/src exports nothing")));
    }
    Ok(found)
}

fn of_source(source: &str) -> Vec<Symbol> {
    let tokens = lex(source);
    let tokens: Vec<Kind<'_>> = tokens.iter().map(|token: &Token<'_>| token.kind).collect();
    let head = tokens.iter().position(|token| !matches!(token, Kind::InnerDoc(_)));
    let head = head.and_then(|at| tokens.get(at..)).unwrap_or_default();
    let whole_file = head.first() == Some(&Kind::Punct('#'))
        && starts_with(
            head.get(1..).unwrap_or_default(),
            &["!", "[", "cfg", "(", "not", "(", "windows"],
        );
    let mut found = Vec::new();
    let mut here = Attributes::default();
    let mut rest = tokens.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let mut step = 1;
        let mut add = |name: &str, is_data, here: &Attributes| {
            let on_windows = !(whole_file || here.not_windows);
            found.push(Symbol { name: name.to_owned(), is_data, on_windows });
        };
        match first {
            Kind::Punct('#') => {
                let length = group(after);
                here.read(after.get(..length).unwrap_or(after));
                step += length;
            }
            Kind::Ident(word @ ("export" | "identifiers")) if starts_with(after, &["!", "{"]) => {
                let inner = after.get(1..).unwrap_or_default();
                let length = group(inner);
                for (name, its) in members(inner.get(..length).unwrap_or(inner), word) {
                    let not_windows = here.not_windows || its.not_windows;
                    add(name, *word == "identifiers", &Attributes { not_windows, ..its });
                }
                step += 1 + length;
                here = Attributes::default();
            }
            Kind::Ident("static") => {
                if let (Some(Kind::Ident(name)), true) = (after.first(), here.no_mangle) {
                    add(name, true, &here);
                }
                here = Attributes::default();
            }
            // What stands between attributes and the word that matters.
            Kind::Doc(_) | Kind::Ident("pub" | "crate") | Kind::Punct('(' | ')') => {}
            _ => here = Attributes::default(),
        }
        rest = rest.get(step..).unwrap_or_default();
    }
    found
}

/// The names in the braces of a macro, each with what its attributes say.
fn members<'a>(group: &[Kind<'a>], which: &str) -> Vec<(&'a str, Attributes)> {
    let mut found = Vec::new();
    let (mut depth, mut here) = (0_usize, Attributes::default());
    let mut rest = group;
    while let Some((first, after)) = rest.split_first() {
        let mut step = 1;
        match (first, after) {
            (Kind::Punct('{' | '(' | '['), _) => depth += 1,
            (Kind::Punct('}' | ')' | ']'), _) => depth = depth.saturating_sub(1),
            (Kind::Punct('#'), _) if depth == 1 => {
                let length = self::group(after);
                here.read(after.get(..length).unwrap_or(after));
                step += length;
            }
            (Kind::Ident("fn"), [Kind::Ident(name), ..]) if depth == 1 && which == "export" => {
                found.push((*name, std::mem::take(&mut here)));
            }
            (Kind::Ident(name), [Kind::Punct('='), ..]) if depth == 1 && which != "export" => {
                found.push((*name, std::mem::take(&mut here)));
            }
            _ => {}
        }
        rest = rest.get(step..).unwrap_or_default();
    }
    found
}

/// What attributes say, as far as it matters here.
#[derive(Debug, Default)]
struct Attributes {
    no_mangle: bool,
    not_windows: bool,
}

impl Attributes {
    fn read(&mut self, tokens: &[Kind<'_>]) {
        self.no_mangle |= starts_with(tokens, &["[", "unsafe", "(", "no_mangle"]);
        self.not_windows |= starts_with(tokens, &["[", "cfg", "(", "not", "(", "windows", ")"]);
    }
}

fn starts_with(tokens: &[Kind<'_>], words: &[&str]) -> bool {
    let same = |(token, word): (&Kind<'_>, &&str)| match token {
        Kind::Ident(name) => name == word,
        Kind::Punct(c) => word.chars().eq([*c]),
        _ => false,
    };
    tokens.len() >= words.len() && tokens.iter().zip(words).all(same)
}

/// How many tokens the brackets that open here take, with both ends; 0 if none open.
fn group(tokens: &[Kind<'_>]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Kind::Punct('{' | '(' | '[') => depth += 1,
            Kind::Punct('}' | ')' | ']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return if at == 0 { 0 } else { at + 1 };
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(source: &str) -> Vec<String> {
        of_source(source).iter().map(Symbol::to_string).collect()
    }

    #[test]
    fn functions_of_the_macro_are_found_with_where_they_are() {
        let source = "export! { /// Doc.\n fn One(a: In<u8>) -> i32 { fn inner() {} 0 }\n fn Two() {} }\n\
                      fn three() {}\n\
                      #[cfg(not(windows))]\nexport! { fn Four() {} }\n\
                      export! { #[cfg(not(windows))] fn Five() {} fn Six() {} }";
        let found = listed(source);
        assert_eq!(found, ["One", "Two", "Four not-windows", "Five not-windows", "Six"]);
    }

    #[test]
    fn identifiers_are_data() {
        let source = "//! Doc.\n#![cfg(not(windows))]\n\
                      macro_rules! identifiers { ($($name:ident = $v:literal;)*) => {$(\n\
                      #[unsafe(no_mangle)] static $name: GUID = mapi($v);)*}; }\n\
                      identifiers! { IID_A = 0; IID_B = 0x1; }\n\
                      #[allow(unsafe_code)]\n#[unsafe(no_mangle)]\npub(crate) static C: GUID = GUID { a: 0 };\n\
                      static HIDDEN: u8 = 0;";
        let found = listed(source);
        assert_eq!(
            found,
            ["IID_A data not-windows", "IID_B data not-windows", "C data not-windows"]
        );
    }

    #[test]
    fn the_sources_of_the_library_are_understood() {
        let found = all().expect("the crate is here");
        for line in ["OpenIMsgOnIStg", "CoTaskMemFree not-windows", "IID_IMessage data not-windows"]
        {
            assert!(found.iter().any(|symbol| symbol.to_string() == line), "{line}");
        }
    }
}
