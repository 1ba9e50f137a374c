//! HTML that is safe to open: nothing in it runs, is sent, or is fetched.
//!
//! The sanitizer keeps a list of elements and attributes and leaves out the rest; here stands what of
//! those that it keeps is looked at again: addresses, styles, pictures of the message. What goes out
//! has a policy for browsers besides, which forbids the same. Spec: msg-format 9.4.

mod pictures;
mod style;

pub(crate) use self::pictures::Pictures;
use ammonia::{Builder, UrlRelative};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What stands before and after what was left.
const BEFORE: &str = "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
    <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; \
    style-src 'unsafe-inline'\">\n</head>\n<body>\n";
const AFTER: &str = "\n</body>\n</html>\n";

/// Attributes that every element may have; `style` is looked at.
const ATTRIBUTES: [&str; 12] = [
    "style", "align", "valign", "bgcolor", "width", "height", "dir", "lang", "title", "color",
    "face", "size",
];

/// Elements that go with all that is in them: those in which text is no markup. Of others the text
/// stays, so that one that nobody closes does not take the rest of the message with it. (The sanitizer
/// itself takes SVG and MathML out as a whole.)
const WHOLE: [&str; 7] = ["script", "style", "title", "iframe", "noscript", "noembed", "noframes"];

/// Where links may go, and what pictures of the message have.
const SCHEMES: [&str; 7] = ["http", "https", "mailto", "ftp", "tel", "cid", "data"];

/// What to look for in the HTML to tell what is left out, and what it is called.
const TOLD: [(&str, &[&str]); 8] = [
    ("scripts", &["<script", "javascript:", "vbscript:"]),
    ("frames and objects", &["<iframe", "<frame", "<object", "<embed", "<applet"]),
    // One that nobody closes takes what follows with it.
    ("drawings and formulas", &["<svg", "<math"]),
    ("forms", &["<form", "<input", "<button", "<textarea", "<select"]),
    ("style sheets", &["<style", "<link"]),
    ("links to files", &["file:", "=\"\\\\", "='\\\\", "=\\\\"]),
    ("other remote content", &["background=", "srcset=", "<video", "<audio", "poster="]),
    (
        "redirections",
        &["http-equiv=refresh", "http-equiv=\"refresh", "http-equiv='refresh", "<base"],
    ),
];

/// How often something was left out.
#[derive(Debug, Default)]
struct Counts {
    shown: usize,
    missing: usize,
    styles: usize,
    handlers: usize,
}

/// HTML without what runs, sends or fetches, and what that was.
pub(crate) fn safe(html: &str, pictures: Pictures) -> (String, Vec<String>) {
    let counts = Arc::new(Mutex::new(Counts::default()));
    let (counting, pictures) = (Arc::clone(&counts), Mutex::new(pictures));
    let mut builder = Builder::default();
    builder
        .add_tags(&["font", "big"])
        .rm_tags(&["area", "map"])
        .clean_content_tags(HashSet::from(WHOLE))
        .add_generic_attributes(&ATTRIBUTES)
        .url_schemes(HashSet::from(SCHEMES))
        .url_relative(UrlRelative::Deny)
        .attribute_filter(move |element, attribute, value| {
            let mut counts = locked(&counting);
            match (element, attribute) {
                ("img", "src") => match locked(&pictures).source(value) {
                    Ok(found) => {
                        counts.shown += 1;
                        Some(found)
                    }
                    Err(left) => {
                        counts.missing += usize::from(left == pictures::Left::Missing);
                        None
                    }
                },
                (_, "style") => {
                    let (kept, left) = style::safe(value);
                    counts.styles += usize::from(left);
                    (!kept.is_empty()).then_some(Cow::Owned(kept))
                }
                (_, "href" | "cite" | "src") => {
                    let scheme = value.trim().split(':').next().unwrap_or_default();
                    let held = ["cid", "data"].iter().any(|held| held.eq_ignore_ascii_case(scheme));
                    (!held).then_some(Cow::Borrowed(value))
                }
                _ => Some(Cow::Borrowed(value)),
            }
        });
    let kept = builder.clean(html).to_string();
    let mut counts = std::mem::take(&mut *locked(&counts));
    let lower = html.to_ascii_lowercase();
    counts.handlers = handlers(&lower);
    (format!("{BEFORE}{kept}{AFTER}"), told(&lower, &counts))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often an attribute `on..=` seems to be in the HTML.
fn handlers(lower: &str) -> usize {
    let name = |rest: &&str| {
        let len = rest.bytes().take(32).take_while(u8::is_ascii_lowercase).count();
        len > 2 && rest.get(len..).is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    lower
        .split(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | '/'))
        .filter(|rest| rest.starts_with("on"))
        .filter(name)
        .count()
}

/// What was left out, as it is told.
fn told(lower: &str, counts: &Counts) -> Vec<String> {
    let scanned = TOLD.iter().map(|(what, marks)| {
        (*what, marks.iter().map(|mark| lower.matches(mark).count()).sum::<usize>())
    });
    // The sanitizer does not tell of addresses that it leaves out itself.
    let remote = lower.matches("<img").count().saturating_sub(counts.shown + counts.missing);
    let counted = [
        ("event handlers", counts.handlers),
        ("pictures from elsewhere", remote),
        ("pictures that are not in the message", counts.missing),
        ("styles", counts.styles),
    ];
    let all = scanned.chain(counted).filter(|(_, count)| *count > 0);
    all.map(|(what, count)| format!("left out: {what} ({count})")).collect()
}
