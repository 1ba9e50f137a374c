//! The short form of a message, as a person writes it. docs/new.md describes it.

use super::file_name;
use crate::errors::Failure;
use crate::json::{Fields, Node};
use crate::target::{Target, target};
use crate::values;
use openimsg::tags::PR_MESSAGE_CLASS_W;
use openimsg::{CodePage, FileTime, PropType, PropValue, Text};
use std::path::{Path, PathBuf};

/// A message in short form.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    /// The name of the file to make, safe; embedded messages have none.
    pub(crate) file: Option<String>,
    pub(crate) subject: Option<Text>,
    pub(crate) from: Option<Mailbox>,
    pub(crate) to: Vec<Mailbox>,
    pub(crate) cc: Vec<Mailbox>,
    pub(crate) bcc: Vec<Mailbox>,
    pub(crate) date: Option<FileTime>,
    pub(crate) body: Option<Text>,
    pub(crate) html: Option<String>,
    /// The code page of 8-bit text; `None` for Unicode.
    pub(crate) ansi: Option<CodePage>,
    pub(crate) attachments: Vec<Attached>,
    pub(crate) properties: Vec<Property>,
}

/// A name and an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mailbox {
    pub(crate) name: String,
    pub(crate) address: String,
}

/// An attachment.
#[derive(Debug)]
pub(crate) struct Attached {
    pub(crate) content: Content,
    pub(crate) name: Option<String>,
    pub(crate) content_id: Option<String>,
    /// Where it stands in the specification.
    pub(crate) place: String,
}

/// What is attached.
#[derive(Debug)]
pub(crate) enum Content {
    File(PathBuf),
    Message(Box<Draft>),
    /// Another message of the specification, by the name of its file.
    Reference(String),
}

/// A property that is set by its own name.
#[derive(Debug)]
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) target: Target,
    pub(crate) value: PropValue,
    pub(crate) place: String,
}

/// Where a message of the short form stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    File,
    Embedded,
}

impl Draft {
    /// Whether this is mail, which can be a draft; appointments, contacts and tasks cannot.
    pub(crate) fn is_mail(&self) -> bool {
        let class =
            self.properties.iter().find_map(|property| match (&property.target, &property.value) {
                (Target::Tag(tag), PropValue::Unicode(class))
                    if *tag == PR_MESSAGE_CLASS_W.tag() =>
                {
                    Some(class.to_string_lossy().to_ascii_lowercase())
                }
                _ => None,
            });
        class.is_none_or(|class| class == "ipm.note" || class.starts_with("ipm.note."))
    }

    /// The messages that are embedded by name, here or in a message inside, and where that is said.
    pub(crate) fn references(&self) -> Vec<(&str, &str)> {
        let mut found = Vec::new();
        for attached in &self.attachments {
            match &attached.content {
                Content::File(_) => {}
                Content::Message(draft) => found.extend(draft.references()),
                Content::Reference(file) => found.push((file.as_str(), attached.place.as_str())),
            }
        }
        found
    }
}

/// Parses an object of the short form; relative paths in it start at `folder`.
pub(super) fn parse(mut fields: Fields<'_>, place: Place, folder: &Path) -> Result<Draft, Failure> {
    let mut draft = Draft::default();
    if place == Place::File {
        draft.file = map(fields.take("file"), |node| Ok(file_name(&node.string()?)))?;
        draft.ansi = form(&mut fields)?;
    }
    draft.subject = map(fields.take("subject"), Node::text)?;
    draft.from = map(fields.take("from"), |node| node.parsed(mailbox))?;
    draft.to = mailboxes(fields.take("to"))?;
    draft.cc = mailboxes(fields.take("cc"))?;
    draft.bcc = mailboxes(fields.take("bcc"))?;
    draft.date = map(fields.take("date"), |node| node.parsed(values::time))?;
    draft.body = map(fields.take("body"), Node::text)?;
    draft.html = map(fields.take("html"), Node::string)?;
    if let Some(node) = fields.take("attachments") {
        draft.attachments =
            node.array()?.iter().map(|node| attached(node, folder)).collect::<Result<_, _>>()?;
    }
    if let Some(node) = fields.take("properties") {
        let members = node.object()?.rest();
        draft.properties =
            members.map(|(name, node)| property(name, &node, folder)).collect::<Result<_, _>>()?;
    }
    fields.finish()?;
    Ok(draft)
}

fn map<'a, T>(
    node: Option<Node<'a>>,
    read: impl FnOnce(&Node<'a>) -> Result<T, Failure>,
) -> Result<Option<T>, Failure> {
    node.as_ref().map(read).transpose()
}

/// `"unicode": false` with or without a `"code_page"`.
fn form(fields: &mut Fields<'_>) -> Result<Option<CodePage>, Failure> {
    let unicode = map(fields.take("unicode"), Node::bool)?;
    let Some(node) = fields.take("code_page") else {
        return Ok((unicode == Some(false)).then_some(CodePage::WINDOWS_1252));
    };
    if unicode != Some(false) {
        return Err(node.complain("a code page needs \"unicode\": false"));
    }
    let number = node.int()?;
    match CodePage::new(number) {
        Some(page) => Ok(Some(page)),
        None => Err(node.complain(format!("code page {number} is not known"))),
    }
}

fn mailboxes(node: Option<Node<'_>>) -> Result<Vec<Mailbox>, Failure> {
    let Some(node) = node else { return Ok(Vec::new()) };
    node.array()?.iter().map(|node| node.parsed(mailbox)).collect()
}

/// `Name <addr>`, `"Name" <addr>`, `<addr>` or `addr`.
fn mailbox(text: &str) -> Result<Mailbox, String> {
    let bad = || format!("expected \"Name <address>\", found \"{text}\"");
    let trimmed = text.trim();
    let (name, address) = match trimmed.strip_suffix('>') {
        Some(rest) => rest.rsplit_once('<').ok_or_else(bad)?,
        None => ("", trimmed),
    };
    let (name, address) = (unquoted(name.trim()), address.trim());
    let sound = !address.contains(['<', '>']) && !address.contains(char::is_whitespace);
    match address.split_once('@') {
        Some((local, domain)) if sound && !local.is_empty() && !domain.is_empty() => {}
        _ => return Err(bad()),
    }
    let name = if name.is_empty() { address.to_owned() } else { name };
    Ok(Mailbox { name, address: address.to_owned() })
}

fn unquoted(name: &str) -> String {
    let inner = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let Some(inner) = inner else { return name.to_owned() };
    let mut plain = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        plain.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    plain
}

fn attached(node: &Node<'_>, folder: &Path) -> Result<Attached, Failure> {
    let place = node.place();
    if node.is_string() {
        let content = Content::File(folder.join(node.string()?));
        return Ok(Attached { content, name: None, content_id: None, place });
    }
    let mut fields = node.object()?;
    let name = map(fields.take("name"), Node::string)?;
    let content_id = map(fields.take("content_id"), Node::string)?;
    let (path, message) = (fields.take("path"), fields.take("message"));
    fields.finish()?;
    let mut place = place;
    let content = match (path, message) {
        (Some(path), None) => Content::File(folder.join(path.string()?)),
        (None, Some(message)) => embedded(&message, &mut place, folder)?,
        _ => return Err(node.complain("an attachment has either \"path\" or \"message\"")),
    };
    Ok(Attached { content, name, content_id, place })
}

/// A message of the short form, or `{"file": ..}` alone for another one of the specification.
fn embedded(node: &Node<'_>, place: &mut String, folder: &Path) -> Result<Content, Failure> {
    let mut fields = node.object()?;
    if !fields.has("file") {
        return Ok(Content::Message(Box::new(parse(fields, Place::Embedded, folder)?)));
    }
    let file = fields.require("file")?;
    *place = file.place();
    let name = file_name(&file.string()?);
    match fields.rest().next() {
        None => Ok(Content::Reference(name)),
        Some((key, node)) => Err(node.complain(format!(
            "\"{key}\" cannot stand beside \"file\": an embedded message is either another one of \
             this specification, by its file, or described here, without one"
        ))),
    }
}

fn property(name: String, node: &Node<'_>, folder: &Path) -> Result<Property, Failure> {
    let target = target(&name).map_err(|reason| node.complain(reason))?;
    let prop_type = match target.prop_type().or_else(|| values::suggested_type(node)) {
        Some(prop_type) if prop_type != PropType::PT_UNSPECIFIED => prop_type,
        _ => {
            let reason = format!(
                "the type of {name} is not known and the value suggests none; \
                 write {{guid}}:name:PT_LONG or another type"
            );
            return Err(node.complain(reason));
        }
    };
    let value = values::from_specification(node, prop_type, folder)?;
    Ok(Property { name, target, value, place: node.place() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::documents;

    fn draft(source: &str) -> Result<Draft, Failure> {
        parse(documents(source).unwrap().remove(0).object().unwrap(), Place::File, Path::new("dir"))
    }

    #[test]
    fn addresses_are_read_as_people_write_them() {
        let pair = |text| mailbox(text).map(|m| (m.name, m.address));
        let ana = |name: &str| Ok((name.to_owned(), "ana@example.org".to_owned()));
        assert_eq!(pair("Ana Ribeiro <ana@example.org>"), ana("Ana Ribeiro"));
        assert_eq!(pair(r#""Ribeiro, \"Ana\"" <ana@example.org>"#), ana("Ribeiro, \"Ana\""));
        assert_eq!(pair(" ana@example.org "), ana("ana@example.org"));
        assert_eq!(pair("<ana@example.org>"), ana("ana@example.org"));
        assert_eq!(pair("山田 <ana@example.org>"), ana("山田"));
        for bad in ["", "Ana", "Ana <>", "Ana <ana>", "a b@c", "Ana ana@example.org>", "@x"] {
            assert!(pair(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_key_is_read() {
        let draft = draft(
            r#"{"file": "x.msg", "subject": "S", "from": "a@b", "to": ["c@d", "E <e@f>"],
                "cc": [], "bcc": ["g@h"], "date": "2026-03-02T09:15:00+01:00", "body": "B",
                "html": "<p>", "unicode": false, "code_page": 932,
                "attachments": ["a.txt", {"path": "b.png", "name": "c.png", "content_id": "x@y"},
                    {"message": {"subject": "inner"}}],
                "properties": {"PR_IMPORTANCE": 2, "PidLidLocation": "Pier",
                    "{00020329-0000-0000-c000-000000000046}:mine": [1, 2]}}"#,
        )
        .unwrap();
        assert_eq!(draft.file.as_deref(), Some("x.msg"));
        assert_eq!((draft.to.len(), draft.bcc.len()), (2, 1));
        assert_eq!(draft.ansi.map(CodePage::number), Some(932));
        assert_eq!(draft.attachments.len(), 3);
        let values: Vec<_> = draft.properties.iter().map(|p| p.value.clone()).collect();
        let pier = PropValue::Unicode("Pier".into());
        assert_eq!(values, [PropValue::Long(2), pier, PropValue::MvLong(vec![1, 2])]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_path() {
        let cases = [
            (r#"{"subjct": "x"}"#, "$.subjct"),
            (r#"{"to": ["x"]}"#, "$.to[0]"),
            (r#"{"to": "a@b"}"#, "$.to"),
            (r#"{"date": "yesterday"}"#, "$.date"),
            (r#"{"unicode": true, "code_page": 1252}"#, "$.code_page"),
            (r#"{"unicode": false, "code_page": 7}"#, "$.code_page"),
            (r#"{"attachments": [{"name": "x"}]}"#, "$.attachments[0]"),
            (r#"{"attachments": [{"path": "x", "cid": "y"}]}"#, "$.attachments[0].cid"),
            (r#"{"attachments": [{"message": {"unicode": false}}]}"#, "message.unicode"),
            (r#"{"attachments": [{"message": {"file": "a", "subject": "b"}}]}"#, "message.subject"),
            (r#"{"properties": {"PR_SUBJCT": "x"}}"#, "$.properties.PR_SUBJCT"),
            (r#"{"properties": {"PR_IMPORTANCE": "high"}}"#, "$.properties.PR_IMPORTANCE"),
            (r#"{"properties": {"PR_SUBJECT": 7}}"#, "$.properties.PR_SUBJECT"),
        ];
        for (source, place) in cases {
            let error = draft(source).unwrap_err().to_string();
            assert!(error.contains(place), "{error}");
        }
    }
}
