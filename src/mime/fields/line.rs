//! Tokens as one folded header field. Every header line that is written is made here.

/// Where lines are folded if a token ends before. Spec: RFC 5322 2.1.1.
const FOLD: usize = 76;
/// No line is longer. Spec: F-095.
const HARD: usize = 998;

/// The field `name: tokens`, folded, with the final line end.
///
/// A token is not broken unless a line could not hold it. White space before a token belongs to it
/// and is where a line may end; a token without gets none. Controls become spaces, so that nothing
/// inside a token can begin a line.
///
/// Spec: F-087, F-095.
pub(crate) fn field<T: AsRef<str>>(name: &str, tokens: impl IntoIterator<Item = T>) -> String {
    let mut out = String::with_capacity(80);
    out.extend(name.chars().filter(|c| c.is_ascii_graphic() && *c != ':'));
    out.push(':');
    let mut width = out.len();
    // A line of the field has something on it: an empty continuation would end the header for some.
    let mut filled = false;
    for (index, token) in tokens.into_iter().enumerate() {
        let token: String = token.as_ref().chars().map(plain).collect();
        let spaced =
            if index == 0 && !token.starts_with(' ') { format!(" {token}") } else { token };
        if filled && spaced.starts_with(' ') && width + spaced.len() > FOLD {
            out.push_str("\r\n");
            width = 0;
        }
        for c in spaced.chars() {
            if width + c.len_utf8() > HARD - 2 {
                out.push_str("\r\n ");
                width = 1;
            }
            out.push(c);
            width += c.len_utf8();
        }
        filled |= !spaced.trim().is_empty();
    }
    while out.ends_with(' ') {
        out.pop();
    }
    out.push_str("\r\n");
    out
}

fn plain(c: char) -> char {
    if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }
}

/// Cuts text so that each token begins with the white space before it; runs of spaces stay as they are.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let begin = rest.find(|c| c != ' ').unwrap_or(rest.len());
        let end = rest.get(begin..).and_then(|word| word.find(' '));
        let (token, tail) = rest.split_at_checked(end.map_or(rest.len(), |end| begin + end))?;
        rest = tail;
        Some(token)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_folded_between_tokens_and_unfolds_to_itself() {
        let text = "word ".repeat(40) + "end";
        let made = field("Subject", tokens(&text));
        assert!(made.lines().all(|line| line.len() <= FOLD), "{made}");
        assert!(made.lines().count() > 2);
        assert_eq!(made.replace("\r\n", ""), format!("Subject: {text}"));
    }

    /// Spec: F-095
    #[test]
    fn no_line_is_longer_than_998_whatever_the_tokens_are() {
        for text in ["x".repeat(5000), "é".repeat(3000), format!("a {}", "y".repeat(998))] {
            let made = field("References", tokens(&text));
            assert!(made.ends_with("\r\n"));
            let lines: Vec<&str> = made.trim_end().split("\r\n").collect();
            assert!(lines.iter().all(|line| line.len() <= 998), "{}", made.len());
            assert!(lines.iter().skip(1).all(|line| line.starts_with(' ')));
        }
    }

    #[test]
    fn controls_do_not_reach_the_output() {
        let made = field("X-A\r\nBcc", ["a\r\nBcc: x", " b\u{0}\u{85}c\u{2028}d"]);
        assert_eq!(made, "X-ABcc: a  Bcc: x b  c d\r\n");
        assert_eq!(field("X", ["", "  "]), "X:\r\n");
    }
}
