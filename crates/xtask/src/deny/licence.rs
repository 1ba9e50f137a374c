//! Licence expressions (SPDX): can one be satisfied with what is allowed?

/// Whether the expression holds when exactly the `allowed` licences do. An id and
/// its exception are one: `Apache-2.0 WITH LLVM-exception`. The old form `A/B`
/// means `A OR B`. What does not parse is not satisfiable.
pub(super) fn satisfiable(expression: &str, allowed: impl Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser { words: &words, allowed: &allowed };
    parser.any_of() == Some(true) && parser.words.is_empty()
}

struct Parser<'a> {
    words: &'a [&'a str],
    allowed: &'a dyn Fn(&str) -> bool,
}

impl<'a> Parser<'a> {
    fn any_of(&mut self) -> Option<bool> {
        let mut holds = self.all_of()?;
        while self.step_over("OR") {
            holds |= self.all_of()?;
        }
        Some(holds)
    }

    fn all_of(&mut self) -> Option<bool> {
        let mut holds = self.one()?;
        while self.step_over("AND") {
            holds &= self.one()?;
        }
        Some(holds)
    }

    fn one(&mut self) -> Option<bool> {
        if self.step_over("(") {
            let holds = self.any_of()?;
            return self.step_over(")").then_some(holds);
        }
        let id = self.next().filter(|word| !matches!(*word, ")" | "OR" | "AND" | "WITH"))?;
        if self.step_over("WITH") {
            let exception = self.next()?;
            return Some((self.allowed)(&format!("{id} WITH {exception}")));
        }
        Some((self.allowed)(id))
    }

    fn step_over(&mut self, word: &str) -> bool {
        let found = self.words.first() == Some(&word);
        if found {
            self.next();
        }
        found
    }

    fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(expression: &str) -> bool {
        let allowed = ["MIT", "Apache-2.0", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"];
        satisfiable(expression, |id| allowed.contains(&id))
    }

    #[test]
    fn one_allowed_choice_is_enough() {
        assert!(holds("MIT OR LGPL-2.1-or-later"));
        assert!(holds("GPL-3.0/MIT"));
        assert!(!holds("GPL-3.0-only OR MPL-2.0"));
    }

    #[test]
    fn every_part_of_an_and_is_needed() {
        assert!(holds("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(!holds("MIT AND OpenSSL"));
        // AND binds closer than OR.
        assert!(holds("MIT OR OpenSSL AND GPL-2.0"));
    }

    #[test]
    fn an_exception_belongs_to_its_licence() {
        assert!(holds("Apache-2.0 WITH LLVM-exception"));
        assert!(!holds("MIT WITH LLVM-exception"));
    }

    #[test]
    fn what_does_not_parse_is_refused() {
        for broken in ["", "(MIT", "MIT)", "MIT OR", "MIT Apache-2.0", "AND"] {
            assert!(!holds(broken), "{broken}");
        }
    }
}
