//! Text and HTML: the lines of text, whether it is HTML, HTML that shows it, and the text of HTML.

use super::layout::{Sink, Style, lay_out};

/// Gives the plain text of HTML: what it shows, without its formatting.
///
/// Lines end with CR LF. Paragraphs are divided by blank lines (not those of Outlook itself, which
/// have no space between them), cells by tabs; rows of lists have a bullet or a number. Where a link leads stands
/// behind its text, as Outlook does it, unless it is the text. Titles,
/// styles, scripts and comments are left out; what style sheets hide is not.
/// A link that runs something or opens a file does not tell where it leads.
///
/// Spec: msg-format 5.8.
///
/// # Example
/// ```
/// let html = "<title>x</title><p>caf&eacute;</p><ul><li>one<li>two</ul>";
/// assert_eq!(openimsg::body::html_to_text(html), "caf\u{E9}\r\n\u{2022}\tone\r\n\u{2022}\ttwo\r\n");
/// ```
#[must_use]
pub fn html_to_text(html: &str) -> String {
    let mut plain = Plain { text: String::new(), link: 0 };
    lay_out(html, &mut plain);
    plain.text
}

/// Text being made.
struct Plain {
    text: String,
    /// Where the text of the open link begins.
    link: usize,
}

impl Sink for Plain {
    fn markup(&mut self, _parameter: u16, _markup: &str) {}

    fn shared(&mut self, text: &str) {
        self.text.extend(text.split('\0'));
    }

    fn shared_line(&mut self) {
        self.text.push_str("\r\n");
    }

    fn only(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn line(&mut self, _paragraph: bool) {
        self.text.push_str("\r\n");
    }

    fn style(&mut self, style: Style, on: bool) {
        if style == Style::Link && on {
            self.link = self.text.len();
        }
    }

    fn link_end(&mut self, target: &str) {
        let shown = self.text.get(self.link..).unwrap_or_default().trim();
        if shown == target || target.strip_prefix("mailto:") == Some(shown) {
            return;
        }
        if !self.text.is_empty() && !self.text.ends_with(char::is_whitespace) {
            self.text.push(' ');
        }
        self.text.push('<');
        self.text.push_str(target);
        self.text.push_str("> ");
    }
}

/// The text with CR LF at the end of each line, and without NULs.
pub(in crate::body) fn lines(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\r', '\n', '\0']) {
        let (line, end) = rest.split_at_checked(at).unwrap_or((rest, ""));
        lines.push_str(line);
        let taken = if end.starts_with("\r\n") { 2 } else { 1 };
        if !end.starts_with('\0') {
            lines.push_str("\r\n");
        }
        rest = end.get(taken..).unwrap_or_default();
    }
    lines.push_str(rest);
    lines
}

/// Whether text begins as HTML does: with one of the tags that stand at the front of a document.
pub(in crate::body) fn looks_like_html(text: &str) -> bool {
    let text = text.trim_start().as_bytes();
    let starts = |with: &str| {
        let front = text.get(..with.len());
        front.is_some_and(|front| front.eq_ignore_ascii_case(with.as_bytes()))
    };
    let tags = ["<!doctype html", "<html", "<head", "<body", "<meta", "<div", "<p>", "<table"];
    tags.iter().any(|tag| starts(tag))
}

/// A document of HTML that shows the text, with its line ends and runs of spaces.
pub(in crate::body) fn to_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len().saturating_add(128));
    html.push_str("<html>\r\n<head>\r\n<meta charset=\"utf-8\">\r\n</head>\r\n<body>\r\n");
    // At the start of a line, and after a space, a space needs to be one that is shown.
    let mut after_space = true;
    for c in text.chars() {
        match c {
            '\r' => continue,
            '\n' => html.push_str("<br>\r\n"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            ' ' if after_space => html.push_str("&nbsp;"),
            '\t' => html.push_str("&nbsp;&nbsp;&nbsp; "),
            c => html.push(c),
        }
        after_space = matches!(c, ' ' | '\n' | '\t');
    }
    html.push_str("\r\n</body>\r\n</html>\r\n");
    html
}
