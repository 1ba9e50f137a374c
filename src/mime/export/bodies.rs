//! The body of a message in each form that it has. Spec: msg-format 6.5, 6.6.

use super::Exporter;
use crate::body::html_as_utf_8;
use crate::error::Result;
use crate::mime::entity::{Content, Part};
use crate::mime::ical::{CalendarText, calendar_of};
use crate::mime::vcard::card_of;
use crate::msg::{BodySource, Message, references};
use std::collections::HashSet;

/// The forms of a body, before they are parts.
pub(super) struct Bodies {
    text: Option<String>,
    html: Option<String>,
    pub(super) calendar: Option<CalendarText>,
    /// A contact as a card, which goes beside the body.
    pub(super) card: Option<String>,
    /// The content identifiers that the HTML names, normalised.
    pub(super) named: HashSet<String>,
}

/// The body of a message that is neither signed nor a report.
pub(super) fn of(work: &mut Exporter<'_>, message: &Message<'_>, place: &str) -> Result<Bodies> {
    let mut bodies = texts(work, message, place)?;
    if work.options.calendar {
        bodies.calendar = calendar_of(message, place, &mut work.conversion)?;
        bodies.card = card_of(message, place, &mut work.conversion)?;
    }
    Ok(bodies)
}

/// Text and HTML.
pub(super) fn texts(work: &mut Exporter<'_>, message: &Message<'_>, place: &str) -> Result<Bodies> {
    let html = message.body_html()?.filter(|html| {
        matches!(html.source, BodySource::Html | BodySource::HtmlInRtf | BodySource::Rtf)
    });
    let text = message.body_text()?;
    if html.as_ref().is_some_and(|html| html.source == BodySource::Rtf) {
        let detail = "formatting that HTML has no word for is not carried";
        work.conversion.lose("rtf", place, "PR_RTF_COMPRESSED", detail);
    }
    for body in [&html, &text].into_iter().flatten() {
        for finding in &body.findings {
            if !work.conversion.findings.contains(finding) {
                work.conversion.findings.push(finding.clone());
            }
        }
    }
    let named = match &html {
        Some(html) => references(&html.text, work.options.limits.rows),
        None => HashSet::new(),
    };
    let html = html.map(|html| match html.text.to_ascii_lowercase().contains("charset") {
        true => html_as_utf_8(&html.text),
        false => html.text,
    });
    let text = text.map(|text| text.text);
    Ok(Bodies { text, html, calendar: None, card: None, named })
}

impl Bodies {
    /// Whether there is HTML.
    pub(super) fn has_html(&self) -> bool {
        self.html.is_some()
    }

    /// The body as a part: one form, or alternatives with the best one last.
    pub(super) fn into_part<'s>(self) -> Part<'s> {
        let mut forms = Vec::new();
        let alone = self.html.is_none();
        if let Some(text) = self.text.or_else(|| alone.then(String::new)) {
            forms.push(Part::text("plain", text));
        }
        if let Some(html) = self.html {
            forms.push(Part::text("html", html));
        }
        if let Some(CalendarText { method, text }) = self.calendar {
            let params = vec![("method", method.to_owned())];
            forms.push(Part::new(Content::Text { subtype: "calendar", params, text }));
        }
        Part::parts("alternative", forms).unwrap_or_else(|| Part::text("plain", String::new()))
    }
}

/// A body with the parts that it shows.
pub(super) fn related<'s>(body: Part<'s>, inline: Vec<Part<'s>>) -> Part<'s> {
    let params = vec![("type", body.media())];
    let mut parts = vec![body];
    parts.extend(inline);
    Part::new(Content::Parts { subtype: "related", params, parts })
}
