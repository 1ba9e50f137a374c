//! The charset that HTML declares for itself, made true for HTML that is kept as UTF-8.
//!
//! Spec: msg-format 5.4 (7).

use super::markup::{Piece, Pieces};

/// Makes HTML say that it is UTF-8, as it is when its text is written to a file or a property.
///
/// HTML out of RTF declares the charset that it had before it was put there. Each `<meta>` that
/// names a charset names this one afterwards; if there is none, one is added where the head begins,
/// or at the front of HTML without a head. Nothing else changes.
///
/// Spec: msg-format 5.4.
///
/// # Example
/// ```
/// use openimsg::body::html_as_utf_8;
///
/// let html = "<head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=big5\"></head>";
/// let said = html_as_utf_8(html);
/// assert_eq!(said, html.replace("big5", "utf-8"));
/// assert_eq!(html_as_utf_8("<p>x"), "<meta charset=\"utf-8\"><p>x");
/// ```
#[must_use]
pub fn html_as_utf_8(html: &str) -> String {
    let found = Said::of(html);
    if found.declared {
        return found.html;
    }
    // Where a quote has no end, a tag in the middle may be none once there is another quote before it.
    let with = |at: usize| {
        let mut html = found.html.clone();
        html.insert_str(at, META);
        Said::of(&html)
    };
    let placed = with(found.place);
    if placed.declared { placed.html } else { with(0).html }
}

const META: &str = "<meta charset=\"utf-8\">";

/// HTML whose declarations say UTF-8.
struct Said {
    html: String,
    /// Whether there is one.
    declared: bool,
    /// Where one goes if none is there.
    place: usize,
}

impl Said {
    fn of(html: &str) -> Said {
        let mut said = String::with_capacity(html.len().saturating_add(META.len()));
        let mut declared = false;
        // Where one goes if none is there: after the head's tag, else after the declarations.
        let mut place = None;
        let mut markup_only = true;
        for piece in Pieces::new(html) {
            match piece {
                Piece::Tag { all, name, closes: false } if name.eq_ignore_ascii_case("meta") => {
                    match charset(all) {
                        Some((before, after)) => {
                            said.extend([before, "utf-8", after]);
                            declared = true;
                        }
                        None => said.push_str(all),
                    }
                    continue;
                }
                // Behind a tag without an end nothing begins.
                Piece::Tag { all, name, closes: false }
                    if name.eq_ignore_ascii_case("head") && is_closed(all) =>
                {
                    said.push_str(all);
                    place = Some(said.len());
                    markup_only = false;
                    continue;
                }
                Piece::Tag { all, name, .. } => {
                    said.push_str(all);
                    if markup_only && name.eq_ignore_ascii_case("html") && is_closed(all) {
                        place = Some(said.len());
                    } else {
                        markup_only = false;
                    }
                }
                Piece::Hidden(all) => {
                    said.push_str(all);
                    if markup_only && is_closed(all) {
                        place = Some(said.len());
                    }
                }
                Piece::Reference(all) | Piece::Text(all) => {
                    said.push_str(all);
                    markup_only &= all.trim().is_empty();
                }
            }
        }
        Said { html: said, declared, place: place.unwrap_or_default() }
    }
}

/// Whether a tag, a comment or a declaration has its end.
fn is_closed(all: &str) -> bool {
    all.ends_with(if all.starts_with("<!--") { "-->" } else { ">" })
}

/// A tag around the name of the charset in it, if one is there.
fn charset(tag: &str) -> Option<(&str, &str)> {
    let word = "charset";
    let names = tag.as_bytes().windows(word.len());
    let at = names.into_iter().position(|name| name.eq_ignore_ascii_case(word.as_bytes()))?;
    let (_, value) = tag.split_at_checked(at + word.len())?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let value = value.strip_prefix(['"', '\'']).unwrap_or(value);
    let end = value.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '>' | '/'));
    let after = value.get(end?..)?;
    let before = tag.get(..tag.len().checked_sub(value.len())?)?;
    Some((before, after))
}
