//! Values out of tags, and links that are safe to follow.

use crate::body::html::markup::{Piece, Pieces, referred};

/// Where links may go.
const SCHEMES: [&str; 7] = ["http", "https", "mailto", "ftp", "tel", "sip", "news"];

/// The value of an attribute in a tag, with its references resolved.
pub(super) fn attribute(tag: &str, wanted: &str) -> Option<String> {
    let space = |c: char| c.is_ascii_whitespace() || c == '/';
    let mut rest = tag.strip_suffix('>').unwrap_or(tag);
    rest = rest.get(rest.find(space)?..)?;
    loop {
        rest = rest.trim_start_matches(space);
        if rest.is_empty() {
            return None;
        }
        // A name has at least one character, so that every turn takes some.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let end = rest.get(first..)?.find(|c: char| space(c) || c == '=');
        let end = end.map_or(rest.len(), |end| end.saturating_add(first));
        let (name, after) = rest.split_at_checked(end)?;
        let after = after.trim_start();
        let Some(value) = after.strip_prefix('=') else {
            rest = after;
            continue;
        };
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, after) = match quote {
            Some(quote) => value.get(1..)?.split_once(quote).unwrap_or((value.get(1..)?, "")),
            None => {
                let end = value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len());
                value.split_at_checked(end)?
            }
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(resolved(value));
        }
        rest = after;
    }
}

/// Text of an attribute without references.
fn resolved(value: &str) -> String {
    if !value.contains('&') {
        return value.to_owned();
    }
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        text.push_str(before);
        match Pieces::new(after).next() {
            Some(Piece::Reference(all)) => {
                match referred(all) {
                    Some(c) => text.push(c),
                    None => text.push_str(all),
                }
                rest = after.get(all.len()..).unwrap_or_default();
            }
            _ => {
                text.push('&');
                rest = after.get(1..).unwrap_or_default();
            }
        }
    }
    text.push_str(rest);
    text
}

/// A link as Markdown writes it, if it goes to the web or to a mailbox. Others run programs, or send
/// the name of the user to whoever asks. Spec: msg-format 9.4.
pub(super) fn target(href: &str) -> Option<String> {
    // Browsers leave these out, wherever they stand.
    let href: String = href.trim().chars().filter(|c| !c.is_control()).collect();
    let (scheme, _) = href.split_once(':')?;
    if !SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
        return None;
    }
    let mut url = String::with_capacity(href.len());
    let mut query = false;
    for c in href.chars() {
        match c {
            ' ' => url.push_str("%20"),
            '(' => url.push_str("%28"),
            ')' => url.push_str("%29"),
            '<' => url.push_str("%3C"),
            '>' => url.push_str("%3E"),
            '\\' => url.push_str("%5C"),
            '`' => url.push_str("%60"),
            '|' => url.push_str("%7C"),
            // What would end a reference that the address is not meant to have.
            ';' if query => url.push_str("%3B"),
            c if c.is_whitespace() => {}
            c => {
                query |= c == '&';
                url.push(c);
            }
        }
    }
    Some(url)
}
