//! The dump for people: one line per property, objects indented.

use crate::output::Style;
use crate::text::{one_line, size};
use crate::tree::{AttachTree, Data, MessageTree, PropTree, Tree};
use crate::values::display;
use openimsg::{Guid, NamedFact, RawMember, RawStorage};
use std::io::{self, Write};

struct Lines<'a> {
    out: &'a mut dyn Write,
    tree: &'a Tree,
    digest: bool,
    style: Style,
}

/// Writes a message file; `digest` asks for size and SHA-256 of bytes.
pub(crate) fn write(
    out: &mut dyn Write,
    file: &str,
    tree: &Tree,
    digest: bool,
    style: Style,
) -> io::Result<()> {
    let form = if tree.unicode { "Unicode" } else { "8-bit text" };
    let heading = style.bold(&format!("{}: message", one_line(file)));
    writeln!(out, "{heading}, {form}, class {}", class(tree.class))?;
    let mut lines = Lines { out, tree, digest, style };
    lines.message(&tree.message, 1)
}

fn class(class: Guid) -> String {
    if class.is_null() { "not set".into() } else { class.to_string() }
}

impl Lines<'_> {
    fn heading(&mut self, depth: usize, text: &str) -> io::Result<()> {
        writeln!(self.out, "{:1$}{2}", "", depth * 2, self.style.bold(text))
    }

    fn message(&mut self, message: &MessageTree, depth: usize) -> io::Result<()> {
        self.properties(&message.properties, depth)?;
        for (index, row) in message.recipients.iter().enumerate() {
            self.heading(depth, &format!("recipient {index}"))?;
            self.properties(row, depth + 1)?;
        }
        for attachment in &message.attachments {
            self.attachment(attachment, depth)?;
        }
        Ok(())
    }

    fn attachment(&mut self, attachment: &AttachTree, depth: usize) -> io::Result<()> {
        self.heading(depth, &format!("attachment {}", attachment.number))?;
        self.properties(&attachment.properties, depth + 1)?;
        match &attachment.data {
            Data::None => Ok(()),
            Data::Message(message) => {
                self.heading(depth + 1, "message")?;
                self.message(message, depth + 2)
            }
            Data::Storage(storage) => {
                let heading = format!("storage, class {}", class(storage.class));
                self.heading(depth + 1, &heading)?;
                members(self.out, storage, depth + 2)
            }
        }
    }

    fn properties(&mut self, properties: &[PropTree], depth: usize) -> io::Result<()> {
        for prop in properties {
            let shown = match &prop.value {
                Ok(value) => display(value, &prop.decoded, self.digest),
                Err(code) => format!("unreadable: {}", code.text()),
            };
            let flags = match prop.flags {
                6 => String::new(),
                flags => format!(" flags {flags:#x}"),
            };
            let (tag, indent) = (self.style.dim(&prop.tag.to_string()), depth * 2);
            let (name, of) = (self.name(prop), prop.tag.prop_type());
            writeln!(self.out, "{:indent$}{tag} {name} {of}{flags}: {shown}", "")?;
        }
        Ok(())
    }

    fn name(&self, prop: &PropTree) -> String {
        let Some(named) = self.tree.names.get(&prop.tag.id()) else {
            return openimsg::prop_name(prop.tag).map_or_else(|| "-".into(), Into::into);
        };
        let known = openimsg::named_fact(named).map(NamedFact::canonical_name);
        known.map_or_else(|| one_line(&named.to_string()).into_owned(), str::to_owned)
    }
}

/// Writes the storages and streams of a file.
pub(crate) fn write_raw(
    out: &mut dyn Write,
    file: &str,
    storage: &RawStorage,
    style: Style,
) -> io::Result<()> {
    let heading = style.bold(&one_line(file));
    writeln!(out, "{heading}: storage, class {}", class(storage.class))?;
    members(out, storage, 1)
}

fn members(out: &mut dyn Write, storage: &RawStorage, depth: usize) -> io::Result<()> {
    for (name, member) in &storage.members {
        write!(out, "{:1$}{2}", "", depth * 2, one_line(&name.to_string()))?;
        match member {
            RawMember::Stream(bytes) => writeln!(out, ": {}", size(bytes.len() as u64))?,
            RawMember::Storage(storage) => {
                let class = class(storage.class);
                writeln!(out, "/{}", if storage.class.is_null() { "" } else { &class })?;
                members(out, storage, depth + 1)?;
            }
        }
    }
    Ok(())
}
