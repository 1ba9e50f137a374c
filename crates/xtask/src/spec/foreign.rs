//! The claims of C and Python files: comments and docstrings, read by line.

use super::claim::{self, Claim};
use super::{Said, Test};

/// C: a claim is a comment directly above a test function or one of its checks, or
/// at the end of that line. Each claim counts as a test.
pub(super) fn c(text: &str, for_tests: bool) -> Said {
    let lines: Vec<&str> = text.lines().collect();
    let mut said = Said::default();
    for (at, claim) in claims(&lines, |line| is_c_comment(line) || ends_in_c_claim(line)) {
        let own = lines.get(at).is_some_and(|line| !is_c_comment(line));
        let next = lines.iter().skip(at + 1).find(|line| !is_c_comment(line));
        let code = next.is_some_and(|line| line.contains('(') && !line.starts_with('#'));
        take(&mut said, at, claim, (own || code).then(String::new), for_tests);
    }
    said
}

/// Python: a claim stands in the docstring of a `test_` function, or in a comment
/// directly above one.
pub(super) fn python(text: &str, for_tests: bool) -> Said {
    let lines: Vec<&str> = text.lines().collect();
    let mut said = Said::default();
    let mut claimed = Vec::new();
    for (at, claim) in claims(&lines, |_| true) {
        let comment = lines.get(at).is_some_and(|line| line.trim_start().starts_with('#'));
        let test = if comment { test_below(&lines, at) } else { test_around(&lines, at) };
        claimed.extend(test.clone());
        take(&mut said, at, claim, test, for_tests);
    }
    let all = lines.iter().enumerate().filter_map(|(at, line)| Some((at + 1, test_name(line)?)));
    for (line, name) in all.filter(|(_, name)| !claimed.contains(name)) {
        said.tests.push(Test { line, name, ids: Vec::new(), ignored: false });
    }
    said
}

/// The claims of the lines that `may_claim`, each with the index of its line.
fn claims(lines: &[&str], may_claim: impl Fn(&str) -> bool) -> Vec<(usize, Claim)> {
    let marked = lines.iter().enumerate().filter(|(_, line)| may_claim(line));
    let marked = marked.map(|(at, line)| {
        let text = line.trim_end().trim_end_matches("*/").trim_end().trim_end_matches("\"\"\"");
        (at, text.trim_start_matches(|c: char| c.is_whitespace() || "/*#\"".contains(c)))
    });
    claim::in_lines(marked)
}

fn take(said: &mut Said, at: usize, claim: Claim, test: Option<String>, for_tests: bool) {
    let line = at + 1;
    said.malformed(line, &claim);
    match test {
        Some(name) => said.tests.push(Test { line, name, ids: claim.ids, ignored: false }),
        None => {
            if for_tests && !claim.ids.is_empty() {
                said.problems.push((line, "the ids of `Spec:` belong to a test".into()));
            }
            said.mentions.extend(claim.ids.into_iter().map(|id| (line, id)));
        }
    }
}

fn is_c_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") || line.starts_with("/*") || line.starts_with('*')
}

fn ends_in_c_claim(line: &str) -> bool {
    let comment = line.rfind("//").or_else(|| line.rfind("/*"));
    comment.is_some_and(|start| line.find("Spec:").is_some_and(|marker| start < marker))
}

/// The test function that starts below a comment, after decorators and more comments.
fn test_below(lines: &[&str], at: usize) -> Option<String> {
    let mut below = lines.iter().skip(at + 1);
    let code = below.find(|line| !line.trim_start().starts_with(['#', '@']))?;
    test_name(code)
}

/// The test function whose docstring holds the line: the nearest `def` above that is
/// indented less, with nothing but its docstring between.
fn test_around(lines: &[&str], at: usize) -> Option<String> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(lines.get(at)?);
    let above = lines.get(..at)?.iter().rev();
    let def = above.clone().position(|line| is_def(line))?;
    let quotes: usize = above.clone().take(def).map(|line| line.matches("\"\"\"").count()).sum();
    let head = above.clone().nth(def)?;
    (indent(head) < own && quotes <= 1).then(|| test_name(head)).flatten()
}

fn is_def(line: &str) -> bool {
    let line = line.trim_start();
    line.strip_prefix("async ").unwrap_or(line).starts_with("def ")
}

fn test_name(line: &str) -> Option<String> {
    let line = line.trim_start();
    let name = line.strip_prefix("async ").unwrap_or(line).strip_prefix("def ")?;
    let name = name.split('(').next()?;
    name.starts_with("test").then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(said: &Said) -> Vec<&str> {
        said.tests.iter().flat_map(|test| test.ids.iter().map(String::as_str)).collect()
    }

    #[test]
    fn a_c_claim_stands_above_a_function_or_a_check() {
        let said = c(
            "/* Spec: C-001, C-002 */\nstatic void opens(void)\n{\n\
             \x20 // Spec: C-003\n  CHECK(f(0) == 0);\n  CHECK(g()); /* Spec: C-004 */\n}\n\
             /**\n * Spec: C-005\n */\nint main(void)",
            true,
        );
        assert_eq!(ids(&said), ["C-001", "C-002", "C-003", "C-004", "C-005"]);
        assert!(said.problems.is_empty());
    }

    #[test]
    fn a_c_claim_above_nothing_is_a_problem() {
        assert_eq!(c("/* Spec: C-001 */\n\nint x;", true).problems.len(), 1);
        assert_eq!(c("/* Spec: C-001 */\n#include <a.h>", true).problems.len(), 1);
        assert!(c("say(\"Spec: C-001\");", true).mentions.is_empty());
    }

    #[test]
    fn a_python_claim_stands_in_the_docstring_or_above_the_test() {
        let said = python(
            "def test_one():\n    \"\"\"Spec: C-001\"\"\"\n    x = 1\n\n\
             # Spec: C-002\n@decorated\nasync def test_two():\n    pass\n\n\
             class T:\n    def test_three(self):\n        \"\"\"Closes.\n\n        Spec: C-003\n        \"\"\"\n",
            true,
        );
        assert_eq!(ids(&said), ["C-001", "C-002", "C-003"]);
        assert!(said.problems.is_empty());
        assert_eq!(said.tests.len(), 3);
    }

    #[test]
    fn a_python_claim_elsewhere_is_a_problem() {
        let said =
            python("\"\"\"Spec: C-001\"\"\"\ndef helper():\n    \"\"\"Spec: C-002\"\"\"\n", true);
        assert_eq!(said.problems.len(), 2);
        let bare = python("def test_bare():\n    pass\n", true);
        assert_eq!(bare.tests.len(), 1);
    }
}
