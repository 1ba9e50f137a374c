//! Text as components and lines. One pass, no recursion, with bounds on everything.
//!
//! Spec: RFC 5545 3.1.

use std::borrow::Cow;

/// More components, lines of one calendar, parameters of one line are not read.
const MOST_COMPONENTS: usize = 10_000;
const MOST_LINES: usize = 200_000;
const MOST_PARAMETERS: usize = 64;

/// One content line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Property {
    /// In upper case.
    pub(super) name: String,
    /// Names in upper case, values without their quotes.
    params: Vec<(String, String)>,
    /// As it is written.
    pub(super) value: String,
}

impl Property {
    /// The value of a parameter; the first of that name.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether a parameter has this value, in any case.
    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        self.param(name).is_some_and(|found| found.eq_ignore_ascii_case(value))
    }

    /// The value as text, without its escapes.
    pub(super) fn text(&self) -> String {
        unescape(&self.value)
    }

    /// The value as a list of texts.
    pub(super) fn texts(&self) -> Vec<String> {
        let mut parts = vec![String::new()];
        let mut escaped = false;
        for c in self.value.chars() {
            let split = c == ',' && !escaped;
            escaped = c == '\\' && !escaped;
            match parts.last_mut() {
                Some(last) if !split => last.push(c),
                _ => parts.push(String::new()),
            }
        }
        parts.iter().map(|part| unescape(part)).collect()
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push_str("\r\n"),
                Some(c) => out.push(c),
                None => {}
            },
            c if c.is_control() && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

/// One component: an event, a time zone, a reminder.
#[derive(Debug, Default)]
pub(super) struct Component {
    /// In upper case.
    pub(super) name: String,
    /// The component around it, by its place in the list.
    pub(super) parent: Option<usize>,
    pub(super) properties: Vec<Property>,
}

impl Component {
    /// The first property of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Property> {
        self.properties.iter().filter(move |property| property.name == name)
    }

    /// The text of a property, unless it is empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(Property::text).filter(|text| !text.trim().is_empty())
    }
}

/// A calendar taken apart.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    /// In the order of their beginnings.
    pub(super) components: Vec<Component>,
    /// What was passed over: lines that are none, ends without a beginning.
    pub(super) broken: usize,
    /// Whether a bound cut it short.
    pub(super) cut: bool,
}

impl Parsed {
    /// The components inside one of them.
    pub(super) fn inside<'a>(
        &'a self,
        parent: usize,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Component> {
        let all = self.components.iter();
        all.filter(move |part| part.parent == Some(parent) && part.name == name)
    }
}

/// Takes a calendar apart. Lines before the first component are passed over.
pub(super) fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let mut open: Vec<usize> = Vec::new();
    for (number, line) in Unfolded(text).enumerate() {
        if number >= MOST_LINES {
            parsed.cut = true;
            break;
        }
        if line.trim().is_empty() {
            continue;
        }
        let Some(property) = property(&line) else {
            parsed.broken += 1;
            continue;
        };
        match property.name.as_str() {
            "BEGIN" => {
                if parsed.components.len() >= MOST_COMPONENTS {
                    parsed.cut = true;
                    break;
                }
                let name = property.value.trim().to_ascii_uppercase();
                let parent = open.last().copied();
                open.push(parsed.components.len());
                parsed.components.push(Component { name, parent, properties: Vec::new() });
            }
            "END" => {
                // An end that is not that of the innermost one ends nothing.
                let innermost = open.last().and_then(|at| parsed.components.get(*at));
                let name = property.value.trim();
                if innermost.is_some_and(|part| part.name.eq_ignore_ascii_case(name)) {
                    open.pop();
                } else {
                    parsed.broken += 1;
                }
            }
            _ => match open.last().and_then(|at| parsed.components.get_mut(*at)) {
                Some(component) => component.properties.push(property),
                None => parsed.broken += 1,
            },
        }
    }
    parsed
}

/// The lines of a text, those that go on joined.
struct Unfolded<'a>(&'a str);

impl<'a> Iterator for Unfolded<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Cow<'a, str>> {
        if self.0.is_empty() {
            return None;
        }
        let mut line = Cow::Borrowed(self.take());
        while let Some(rest) = self.0.strip_prefix([' ', '\t']) {
            self.0 = rest;
            let more = self.take();
            line.to_mut().push_str(more);
        }
        Some(line)
    }
}

impl<'a> Unfolded<'a> {
    /// What is before the next end of a line.
    fn take(&mut self) -> &'a str {
        let (line, rest) = self.0.split_once('\n').unwrap_or((self.0, ""));
        self.0 = rest;
        line.strip_suffix('\r').unwrap_or(line)
    }
}

/// One line; `None` if it has no name or no value.
fn property(line: &str) -> Option<Property> {
    let end = line.find([';', ':'])?;
    let (name, mut rest) = line.split_at_checked(end)?;
    let name = name.trim().to_ascii_uppercase();
    if name.is_empty() {
        return None;
    }
    let mut params = Vec::new();
    while let Some(after) = rest.strip_prefix(';') {
        let end = after.find(['=', ';', ':'])?;
        let (name, after) = after.split_at_checked(end)?;
        let (value, after) = match after.strip_prefix('=') {
            Some(after) => parameter(after)?,
            // As in vCalendar 1.0: a value without its name.
            None => (String::new(), after),
        };
        if params.len() < MOST_PARAMETERS {
            params.push((name.trim().to_ascii_uppercase(), value));
        }
        rest = after;
    }
    let value = rest.strip_prefix(':')?;
    Some(Property { name, params, value: value.to_owned() })
}

/// The value of a parameter, quoted or not, or several with commas; and what follows.
fn parameter(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ';' | ':' if !quoted => return Some((value, text.get(at..)?)),
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_name_parameters_and_a_value() {
        let line = "attendee;CN=\"Lind, Ana: x\";role=REQ-PARTICIPANT:mailto:a@b";
        let property = property(line).unwrap();
        assert_eq!(property.name, "ATTENDEE");
        assert_eq!(property.param("CN"), Some("Lind, Ana: x"));
        assert!(property.has("ROLE", "req-participant"));
        assert_eq!(property.value, "mailto:a@b");
    }

    #[test]
    fn lines_that_go_on_are_joined_and_escapes_undone() {
        let text = "BEGIN:VEVENT\r\nSUMMARY:one\\, t\r\n wo\\nthr\n\tee\r\nCATEGORIES:a\\,b,c\r\nEND:VEVENT";
        let parsed = parse(text);
        let event = &parsed.components[0];
        assert_eq!(event.text("SUMMARY").unwrap(), "one, two\r\nthree");
        assert_eq!(event.get("CATEGORIES").unwrap().texts(), ["a,b", "c"]);
        assert_eq!((parsed.broken, parsed.cut), (0, false));
    }

    #[test]
    fn what_is_no_line_is_counted_and_passed_over() {
        let text = "X:1\nBEGIN:VEVENT\nno colon\n;\n:\nEND:VTODO\nUID:7\nA;B=\"x:y\nEND:VEVENT\n";
        let parsed = parse(text);
        assert_eq!(parsed.components.len(), 1);
        assert_eq!(parsed.components[0].text("UID").as_deref(), Some("7"));
        assert_eq!(parsed.broken, 6);
    }
}
