//! One claim: the text after `Spec:`.

/// What stands after `Spec:` in some text.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Claim {
    pub(super) ids: Vec<String>,
    /// Parts that look like ids and are not written as one: ranges, lists by space.
    pub(super) malformed: Vec<String>,
}

/// The claim in a doc block that starts on `line`, if there is one, with its line.
/// A list that ends in a comma goes on in the next line.
pub(super) fn in_lines<'a>(
    lines: impl IntoIterator<Item = (usize, &'a str)>,
) -> Vec<(usize, Claim)> {
    let mut lines = lines.into_iter().peekable();
    let mut claims = Vec::new();
    while let Some((line, text)) = lines.next() {
        let Some(after) = after_marker(text) else { continue };
        let mut list = after.trim().to_owned();
        let mut last = line;
        while let Some((next, more)) =
            lines.next_if(|(next, _)| *next == last + 1 && list.ends_with(','))
        {
            list.push_str(more.trim());
            last = next;
        }
        claims.push((line, parse(&list)));
    }
    claims
}

/// The text after `Spec:`; inside back quotes or a longer word it marks nothing.
fn after_marker(text: &str) -> Option<&str> {
    let (before, after) = text.split_once("Spec:")?;
    let inside = before.ends_with(|c: char| c == '`' || c == '"' || c.is_alphanumeric());
    (!inside).then_some(after)
}

/// Reads `C-041, F-128 (why).`: the sentence up to its stop, without what is in
/// parentheses. A part without anything like an id is a published document's
/// paragraph and passes.
fn parse(text: &str) -> Claim {
    let mut claim = Claim::default();
    let list = without_parentheses(text);
    let list = list.split(". ").next().unwrap_or("").trim().trim_end_matches('.');
    for part in list.split(',').map(str::trim) {
        if is_id(part) {
            claim.ids.push(part.to_owned());
        } else if looks_like_id(part) {
            claim.malformed.push(part.to_owned());
        }
    }
    claim
}

/// A letter of the specifications, a hyphen, digits.
pub(super) fn is_id(text: &str) -> bool {
    let digits = text.strip_prefix(['C', 'F', 'S', 'Q', 'D']).and_then(|t| t.strip_prefix('-'));
    digits.is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether an id begins anywhere in the text at the start of a word.
fn looks_like_id(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '-');
    words.into_iter().any(|word| {
        let mut parts = word.split('-');
        let letter = parts.next().is_some_and(|p| matches!(p, "C" | "F" | "S" | "Q" | "D"));
        letter && parts.next().is_some_and(|p| p.starts_with(|c: char| c.is_ascii_digit()))
    })
}

fn without_parentheses(text: &str) -> String {
    let mut depth = 0_usize;
    let mut kept = String::new();
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<String> {
        let claim = parse(text);
        assert!(claim.malformed.is_empty(), "{:?}", claim.malformed);
        claim.ids
    }

    #[test]
    fn ids_stand_between_commas_and_may_be_followed_by_their_place() {
        assert_eq!(ids("C-041, F-128"), ["C-041", "F-128"]);
        assert_eq!(ids("F-049, F-050 (format, chapter 2.3)."), ["F-049", "F-050"]);
        assert_eq!(ids("F-004 (MS-OXMSG 2.4.1). MAPI: none, C-9 days."), ["F-004"]);
        assert_eq!(ids("Q-17, D-3, S-180."), ["Q-17", "D-3", "S-180"]);
    }

    #[test]
    fn a_published_document_may_be_named_instead() {
        assert!(ids("MS-OXMSG 2.4.1, MS-CFB 2.6").is_empty());
    }

    #[test]
    fn ranges_and_lists_by_space_are_malformed() {
        for text in ["C-001..C-005", "C-001-C-005", "C-001 to C-005", "S-12 S-13", "F-1a"] {
            assert_eq!(parse(text).malformed, [text]);
        }
    }

    #[test]
    fn a_list_goes_on_after_a_comma_at_the_end_of_a_line() {
        let claims = in_lines([(1, " A sentence."), (2, " Spec: C-001,"), (3, " C-002")]);
        let ids: Vec<_> = claims.iter().map(|(line, claim)| (*line, claim.ids.len())).collect();
        assert_eq!(ids, [(2, 2)]);
    }

    #[test]
    fn a_quoted_marker_is_no_claim() {
        assert!(in_lines([(1, "every `Spec: C-001` line"), (2, "MySpec: C-001")]).is_empty());
    }
}
