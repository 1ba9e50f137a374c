//! What `imsg new` reads: descriptions of messages in a short form, and dumps.
//!
//! ```text
//!   SPEC.json -> Item::Draft  short form  -> compose: through the message layer, with its defaults
//!             -> Item::Dump   a dump      -> restore: exactly the properties that are given
//! ```
//!
//! Spec: F-137 (msg-format 12).

mod compose;
mod draft;
mod dump;

pub(crate) use compose::{Composer, loss, refused};
pub(crate) use draft::Draft;
pub(crate) use dump::Restore;

use crate::errors::Failure;
use crate::json::{Node, documents};
use std::path::Path;

/// A specification: the messages of one JSON file.
#[derive(Debug)]
pub(crate) struct Specification {
    pub(crate) items: Vec<Item>,
}

/// One message to make.
#[derive(Debug)]
pub(crate) enum Item {
    Draft(Box<Draft>),
    Dump(Box<Restore>),
}

impl Item {
    /// The name of the file to make, safe.
    pub(crate) fn file(&self) -> &str {
        match self {
            Item::Draft(draft) => draft.file.as_deref().unwrap_or_default(),
            Item::Dump(restore) => &restore.file,
        }
    }
}

impl Specification {
    /// Parses the text of a specification. `name` is its own, for a message that has none; relative
    /// paths in it start at `folder`.
    pub(crate) fn parse(source: &str, name: &Path, folder: &Path) -> Result<Self, Failure> {
        let source = source.strip_prefix('\u{FEFF}').unwrap_or(source);
        let mut nodes = Vec::new();
        for document in documents(source)? {
            if document.is_array() {
                nodes.extend(document.array()?);
            } else {
                nodes.push(document);
            }
        }
        if nodes.is_empty() {
            return Err(Failure::new("read specification", "there is no message in it"));
        }
        let alone = nodes.len() == 1;
        let items = nodes.iter().map(|node| item(node, alone.then_some(name), folder));
        let items = items.collect::<Result<Vec<_>, _>>()?;
        let specification = Specification { items };
        specification.check_references()?;
        Ok(specification)
    }

    /// The message of this file name in short form.
    pub(crate) fn draft(&self, file: &str) -> Option<&Draft> {
        self.items.iter().find_map(|item| match item {
            Item::Draft(draft) if draft.file.as_deref() == Some(file) => Some(&**draft),
            _ => None,
        })
    }

    /// Each message that is embedded by name is there, and none embeds itself.
    fn check_references(&self) -> Result<(), Failure> {
        for item in &self.items {
            let Item::Draft(draft) = item else { continue };
            self.check_from(draft, &mut Vec::new())?;
        }
        Ok(())
    }

    fn check_from<'a>(&'a self, draft: &'a Draft, above: &mut Vec<&'a str>) -> Result<(), Failure> {
        for (file, place) in draft.references() {
            let complain = |reason| Err(Failure::new("read specification", reason).at(place));
            let Some(next) = self.draft(file) else {
                let dumped = self.items.iter().any(|item| item.file() == file);
                return complain(match dumped {
                    true => format!("\"{file}\" is a dump; only messages in short form embed"),
                    false => format!("no message of this specification has the file \"{file}\""),
                });
            };
            if above.contains(&file) || draft.file.as_deref() == Some(file) {
                return complain(format!("\"{file}\" would hold itself"));
            }
            above.push(file);
            self.check_from(next, above)?;
            above.pop();
        }
        Ok(())
    }
}

fn item(node: &Node<'_>, default: Option<&Path>, folder: &Path) -> Result<Item, Failure> {
    let fields = node.object()?;
    if fields.has("schema") {
        return Ok(Item::Dump(Box::new(dump::parse(fields, default)?)));
    }
    let mut draft = draft::parse(fields, draft::Place::File, folder)?;
    if draft.file.is_none() {
        let Some(name) = default else {
            return Err(node.complain("\"file\" is missing: the name of the message to make"));
        };
        draft.file = Some(file_name(&name.with_extension("").to_string_lossy()));
    }
    Ok(Item::Draft(Box::new(draft)))
}

/// The safe name of a message file, with an extension.
fn file_name(wanted: &str) -> String {
    let name = openimsg::safe_file_name(wanted).unwrap_or_else(|| "message".into());
    let has_extension = Path::new(&name).extension().is_some_and(|e| e.len() <= 4);
    if has_extension { name } else { format!("{name}.msg") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(source: &str) -> Result<Specification, Failure> {
        Specification::parse(source, Path::new("dir/letters.json"), Path::new("dir"))
    }

    fn complaint(source: &str) -> String {
        parse(source).unwrap_err().to_string()
    }

    #[test]
    fn names_of_messages_are_made_safe_and_have_a_default() {
        let specification = parse(r#"{"subject": "a"}"#).unwrap();
        assert_eq!(specification.items[0].file(), "letters.msg");
        let specification =
            parse(r#"[{"file": "../../etc/a.msg"}, {"file": "b"}, {"file": "c.oft"}]"#).unwrap();
        let files: Vec<&str> = specification.items.iter().map(Item::file).collect();
        assert_eq!(files, ["a.msg", "b.msg", "c.oft"]);
        assert!(complaint(r#"[{"subject": "a"}, {"subject": "b"}]"#).contains("\"file\""));
        assert!(complaint("  ").contains("no message"));
    }

    #[test]
    fn a_message_embeds_another_by_name_but_never_itself() {
        let embed = |of: &str| format!(r#"{{"message": {{"file": "{of}"}}}}"#);
        let message = |file: &str, of: &str| {
            format!(r#"{{"file": "{file}", "attachments": [{}]}}"#, embed(of))
        };
        assert!(parse(&format!(r#"[{{"file": "a.msg"}}, {}]"#, message("b.msg", "a.msg"))).is_ok());
        let missing = complaint(&message("b.msg", "a.msg"));
        assert!(missing.contains("$.attachments[0].message.file"), "{missing}");
        assert!(complaint(&message("a.msg", "a.msg")).contains("hold itself"));
        let ring = format!("[{}, {}]", message("a.msg", "b.msg"), message("b.msg", "a.msg"));
        assert!(complaint(&ring).contains("hold itself"));
    }
}
