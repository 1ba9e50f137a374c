//! The claims of a Rust file: doc lines over `#[test]` functions.

use super::claim::{self, Claim};
use super::{Said, Test};
use crate::lex::{Kind, Token, lex};

const MISPLACED: &str = "the ids of `Spec:` belong directly above a #[test] function";

/// Reads one file. In a file that holds only tests a claim over anything else is a
/// problem; elsewhere it is an ordinary item that says which rule it carries out.
pub(super) fn read(source: &str, for_tests: bool) -> Said {
    let tokens = lex(source);
    let mut said = Said::default();
    let mut head = Head::default();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.kind {
            Kind::Doc(text) => head.docs.push((token.line, text)),
            Kind::InnerDoc(text) => {
                let claims = claim::in_lines([(token.line, text)]);
                said.mention(claims, for_tests);
            }
            Kind::Punct('#') => {
                at = head.attribute(&tokens, at + 1);
                continue;
            }
            _ => {
                let head = std::mem::take(&mut head);
                said.item(head, tokens.get(at..).unwrap_or(&[]), for_tests);
            }
        }
        at += 1;
    }
    said
}

/// What stands before an item: its documentation and its attributes.
#[derive(Default)]
struct Head<'a> {
    docs: Vec<(usize, &'a str)>,
    test: bool,
    ignored: bool,
}

impl Head<'_> {
    /// Reads the attribute after its `#`, and says where the next token is.
    fn attribute(&mut self, tokens: &[Token<'_>], start: usize) -> usize {
        let (mut depth, mut last, mut in_path) = (0_usize, "", true);
        for (at, token) in tokens.iter().enumerate().skip(start) {
            match token.kind {
                Kind::Punct('[') => depth += 1,
                Kind::Punct(']') => depth = depth.saturating_sub(1),
                Kind::Ident(name) if in_path => last = name,
                Kind::PathSep => {}
                Kind::Punct('!') if depth == 0 => {} // an inner attribute names no item
                _ => in_path = false,
            }
            if depth == 0 && token.kind != Kind::Punct('!') {
                self.test |= last == "test";
                self.ignored |= last == "ignore";
                return at + 1;
            }
        }
        tokens.len()
    }
}

impl Said {
    /// Takes in the item that starts at `tokens` and what stands before it.
    fn item(&mut self, head: Head<'_>, tokens: &[Token<'_>], for_tests: bool) {
        let claims = claim::in_lines(head.docs);
        let name = if head.test { function_name(tokens) } else { None };
        let Some((line, name)) = name else {
            return self.mention(claims, for_tests);
        };
        let mut ids = Vec::new();
        for (line, claim) in claims {
            self.malformed(line, &claim);
            ids.extend(claim.ids);
        }
        self.tests.push(Test { line, name, ids, ignored: head.ignored });
    }

    fn mention(&mut self, claims: Vec<(usize, Claim)>, for_tests: bool) {
        for (line, claim) in claims {
            self.malformed(line, &claim);
            if for_tests && !claim.ids.is_empty() {
                self.problems.push((line, MISPLACED.into()));
            }
            self.mentions.extend(claim.ids.into_iter().map(|id| (line, id)));
        }
    }

    pub(super) fn malformed(&mut self, line: usize, claim: &Claim) {
        for part in &claim.malformed {
            self.problems.push((line, format!("`{part}`: write each id, with commas between")));
        }
    }
}

/// The name of the function, after `pub`, `async`, `unsafe` and the like.
fn function_name(tokens: &[Token<'_>]) -> Option<(usize, String)> {
    let mut tokens = tokens.iter().take(12).skip_while(|token| token.kind != Kind::Ident("fn"));
    tokens.next()?;
    match tokens.next()? {
        Token { kind: Kind::Ident(name), line } => Some((*line, (*name).to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_claims_what_its_doc_line_names_on_either_side_of_the_attribute() {
        let source = "/// Spec: S-153, F-113\n#[test]\nfn first() {}\n\
                      #[test]\n#[should_panic(expected = \"x\")]\n/// Spec: C-001\nfn second() {}";
        let said = read(source, true);
        let ids: Vec<_> = said.tests.iter().map(|test| (&*test.name, test.ids.len())).collect();
        assert_eq!(ids, [("first", 2), ("second", 1)]);
        assert!(said.problems.is_empty());
    }

    #[test]
    fn tests_inside_a_macro_count() {
        let source = "proptest! {\n#![proptest_config(Config::default())]\n\
                      /// Spec: F-001\n#[test]\nfn any_bytes(x in 0..9) { f(x) }\n}";
        assert_eq!(read(source, true).tests.len(), 1);
    }

    #[test]
    fn an_ignored_test_is_marked() {
        let said = read("/// Spec: C-001\n#[test]\n#[ignore = \"slow\"]\nfn slow() {}", true);
        assert!(said.tests.first().is_some_and(|test| test.ignored));
    }

    #[test]
    fn a_claim_over_a_helper_is_a_problem_in_test_files_only() {
        let source = "//! Spec: C-001\n/// Spec: C-002\nfn helper() {}\n#[test]\nfn bare() {}";
        assert_eq!(read(source, true).problems.len(), 2);
        let said = read(source, false);
        assert!(said.problems.is_empty());
        assert_eq!(said.mentions, [(1, "C-001".into()), (2, "C-002".into())]);
        assert_eq!(said.tests.first().map(|test| test.ids.len()), Some(0));
    }

    #[test]
    fn cfg_test_makes_no_test_and_strings_make_no_claim() {
        let source =
            "#[cfg(test)]\n/// Spec: C-001\nmod tests { const A: &str = \"/// Spec: C-002\"; }";
        let said = read(source, false);
        assert!(said.tests.is_empty());
        assert_eq!(said.mentions.len(), 1);
    }

    #[test]
    fn a_range_is_a_problem_anywhere() {
        assert_eq!(read("/// Spec: C-001..C-009\npub fn f() {}", false).problems.len(), 1);
    }
}
