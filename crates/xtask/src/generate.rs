//! Writes `src/prop/tags.rs`, `src/prop/named_tags.rs` and the C header `mapitags.h` from the tables of
//! property facts.
//!
//! The tables beside them, `properties.tsv` and `named.tsv`, say in their first lines what their
//! columns are. Everything that must hold of them, such as order and unique names, is checked here,
//! so that a bad line is refused with its number and the library need not look.

mod header;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes the generated files; with `check`, only says whether they are up to date.
///
/// # Errors
/// A line that says which row of a table is wrong, which file could not be read or written, or,
/// with `check`, which file differs from what its table gives.
pub(crate) fn tags(check: bool) -> Result<(), String> {
    for output in outputs(&property_directory())? {
        let present = fs::read_to_string(&output.path).unwrap_or_default();
        if present == output.text {
            continue;
        }
        if check {
            let name = output.path.display();
            return Err(format!("{name} is out of date: run `cargo xtask generate`"));
        }
        fs::write(&output.path, &output.text)
            .map_err(|error| format!("{}: {error}", output.path.display()))?;
    }
    Ok(())
}

/// A file to be written.
struct Output {
    path: PathBuf,
    text: String,
}

fn property_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/prop")
}

fn outputs(directory: &Path) -> Result<Vec<Output>, String> {
    let tagged = read(&directory.join("properties.tsv"), tagged_rows)?;
    let named = read(&directory.join("named.tsv"), named_rows)?;
    Ok(vec![
        Output { path: directory.join("tags.rs"), text: tags_source(&tagged) },
        Output { path: directory.join("named_tags.rs"), text: named_source(&named) },
        Output {
            path: directory.join("../../crates/openimsg-capi/include/mapitags.h"),
            text: header::source(&tagged),
        },
    ])
}

fn read<R>(path: &Path, parse: fn(&str) -> Result<Vec<R>, String>) -> Result<Vec<R>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    parse(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// A row of `properties.tsv`.
struct Tagged {
    tag: u32,
    mapi: String,
    canonical: String,
    area: String,
    computed: Computed,
    note: String,
    also: Vec<String>,
}

/// A row of `named.tsv`.
struct Named {
    set: String,
    name: Name,
    prop_type: u16,
    canonical: String,
    mapi: String,
    note: String,
    also: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Name {
    Id(u32),
    Text(String),
}

/// On what the library computes a property: the variant's name there, and the words for it.
#[derive(Clone, Copy)]
struct Computed {
    variant: &'static str,
    words: &'static str,
}

fn computed(word: &str) -> Option<Computed> {
    let (variant, words) = match word {
        "" => ("No", ""),
        "message" => ("Message", "on messages"),
        "saved message" => ("SavedMessage", "on messages from their first save on"),
        "attachment" => ("Attachment", "on attachments"),
        "both" => ("Both", "on messages and attachments"),
        _ => return None,
    };
    Some(Computed { variant, words })
}

/// The cells of a row, with the number of its line for what is said about it.
struct Cells<'a> {
    line: usize,
    cells: std::str::Split<'a, char>,
}

impl<'a> Cells<'a> {
    fn next(&mut self) -> &'a str {
        self.cells.next().unwrap_or_default()
    }

    fn hex(&mut self, digits: usize) -> Result<u32, String> {
        let cell = self.next();
        match u32::from_str_radix(cell, 16) {
            Ok(number) if cell.len() == digits => Ok(number),
            _ => Err(self.error(&format!("`{cell}` is not a number of {digits} hex digits"))),
        }
    }

    fn words(&mut self) -> Vec<String> {
        self.next().split_whitespace().map(str::to_owned).collect()
    }

    fn error(&self, what: &str) -> String {
        format!("line {}: {what}", self.line)
    }
}

/// The rows of a table: not its comments, and not its heading, which must be `heading`.
fn rows<'a>(text: &'a str, heading: &str) -> Result<Vec<Cells<'a>>, String> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
    if lines.next().map(|(_, line)| line.replace('\t', " ")).as_deref() != Some(heading) {
        return Err(format!("the heading is not `{heading}`"));
    }
    Ok(lines.map(|(at, line)| Cells { line: at + 1, cells: line.split('\t') }).collect())
}

/// Sees to it that no name means two things, in whatever case it is written.
#[derive(Default)]
struct Names {
    lines: HashMap<String, usize>,
}

impl Names {
    fn take<'a>(
        &mut self,
        cells: &Cells<'_>,
        names: impl IntoIterator<Item = &'a String>,
    ) -> Result<(), String> {
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            if let Some(line) = self.lines.insert(name.to_ascii_lowercase(), cells.line) {
                return Err(cells.error(&format!("`{name}` is a name of line {line} already")));
            }
        }
        Ok(())
    }
}

fn tagged_rows(text: &str) -> Result<Vec<Tagged>, String> {
    let mut done: Vec<Tagged> = Vec::new();
    let mut names = Names::default();
    for mut cells in rows(text, "tag mapi canonical area computed note also")? {
        let tag = cells.hex(8)?;
        let mapi = cells.next().to_owned();
        let canonical = cells.next().to_owned();
        let area = cells.next().to_owned();
        let word = cells.next();
        let computed = computed(word)
            .ok_or_else(|| cells.error(&format!("`{word}` is no word for computed")))?;
        let note = cells.next().to_owned();
        let also = cells.words();
        if done.last().is_some_and(|last| last.tag >= tag) {
            return Err(cells.error("the tags are not in ascending order"));
        }
        if tag >= 0x8000_0000 {
            return Err(cells.error("identifiers from 8000 on are named"));
        }
        if is_narrow(type_of(tag)) {
            return Err(cells.error("strings have their Unicode type here"));
        }
        if mapi.is_empty() && canonical.is_empty() {
            return Err(cells.error("there is no name"));
        }
        names.take(&cells, [&mapi, &canonical].into_iter().chain(&also))?;
        done.push(Tagged { tag, mapi, canonical, area, computed, note, also });
    }
    Ok(done)
}

fn named_rows(text: &str) -> Result<Vec<Named>, String> {
    let mut done: Vec<Named> = Vec::new();
    let mut names = Names::default();
    let mut properties = HashMap::new();
    for mut cells in rows(text, "set name type canonical mapi note also")? {
        let set = cells.next().to_owned();
        let cell = cells.next();
        let text = cell.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let name = match (text, u32::from_str_radix(cell, 16)) {
            (Some(text), _) => Name::Text(text.to_owned()),
            (None, Ok(id)) if cell.len() == 4 => Name::Id(id),
            _ => return Err(cells.error(&format!("`{cell}` is neither 4 hex digits nor a text"))),
        };
        let prop_type = type_of(cells.hex(4)?);
        let canonical = cells.next().to_owned();
        let mapi = cells.next().to_owned();
        let note = cells.next().to_owned();
        let also = cells.words();
        if kind(prop_type).is_none() {
            return Err(cells.error("this type has no kind, or strings are not Unicode"));
        }
        if !canonical.starts_with("Pid") {
            return Err(cells.error("there is no canonical name"));
        }
        if let Name::Text(text) = &name {
            let lower = text.to_ascii_lowercase();
            if set == "PS_INTERNET_HEADERS" && *text != lower {
                return Err(cells.error("header names are in lower case"));
            }
        }
        if let Some(line) = properties.insert((set.clone(), name.clone()), cells.line) {
            return Err(cells.error(&format!("line {line} has the same property")));
        }
        names.take(&cells, [&mapi, &canonical].into_iter().chain(&also))?;
        done.push(Named { set, name, prop_type, canonical, mapi, note, also });
    }
    Ok(done)
}

/// The type in the low 16 bits of a tag.
fn type_of(tag: u32) -> u16 {
    let [low, high, _, _] = tag.to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// The identifier in the high 16 bits of a tag.
fn id_of(tag: u32) -> u16 {
    type_of(tag >> 16)
}

fn is_narrow(prop_type: u16) -> bool {
    matches!(prop_type, 0x001E | 0x101E)
}

/// The kind of typed tags that a type has in the library, if it has one.
fn kind(prop_type: u16) -> Option<&'static str> {
    Some(match prop_type {
        0x0002 => "I2",
        0x0003 => "Long",
        0x0004 => "R4",
        0x0005 => "Double",
        0x0006 => "Currency",
        0x0007 => "AppTime",
        0x000A => "ErrorCode",
        0x000B => "Boolean",
        0x0014 => "I8",
        0x001F => "Unicode",
        0x0040 => "SysTime",
        0x0048 => "Clsid",
        0x0102 => "Binary",
        0x1003 => "MvLong",
        0x101F => "MvUnicode",
        0x1040 => "MvSysTime",
        0x1048 => "MvClsid",
        0x1102 => "MvBinary",
        _ => return None,
    })
}

/// The library's constant for a type that [`kind`] knows.
fn type_constant(prop_type: u16) -> &'static str {
    match prop_type {
        0x0002 => "PT_I2",
        0x0003 => "PT_LONG",
        0x0004 => "PT_R4",
        0x0005 => "PT_DOUBLE",
        0x0006 => "PT_CURRENCY",
        0x0007 => "PT_APPTIME",
        0x000A => "PT_ERROR",
        0x000B => "PT_BOOLEAN",
        0x0014 => "PT_I8",
        0x001F => "PT_UNICODE",
        0x0040 => "PT_SYSTIME",
        0x0048 => "PT_CLSID",
        0x0102 => "PT_BINARY",
        0x1003 => "PT_MV_LONG",
        0x101F => "PT_MV_UNICODE",
        0x1040 => "PT_MV_SYSTIME",
        0x1048 => "PT_MV_CLSID",
        0x1102 => "PT_MV_BINARY",
        _ => "PT_UNSPECIFIED",
    }
}

fn tags_source(rows: &[Tagged]) -> String {
    let mut source = String::from(
        "// generated by `cargo xtask generate` from properties.tsv; do not edit\n\
         //! MAPI's property tags, each with the type of its value.\n\
         //!\n\
         //! Strings have their Unicode tag: the library converts where a file keeps them in a\n\
         //! code page. Properties of types without a kind, such as objects, are plain tags.\n\
         \n\
         use super::facts::{Computed, Fact};\n\
         use super::{PropTag, Tag, kind};\n",
    );
    for row in rows {
        document(&mut source, &tagged_words(row));
        let name = constant(row);
        let (tag, prop_type) = (row.tag, type_of(row.tag));
        match kind(prop_type) {
            Some(kind) => {
                let value = format!("Tag::new(0x{:04X})", id_of(tag));
                declare(&mut source, &name, &format!("Tag<kind::{kind}>"), &value, &[]);
            }
            None => {
                let value = format!("PropTag::new(0x{:04X}_{prop_type:04X})", id_of(tag));
                declare(&mut source, &name, "PropTag", &value, &[]);
            }
        }
    }
    source.push_str(
        "\n/// The facts of all tagged properties, in ascending order of their tags.\n\
         #[rustfmt::skip]\n\
         pub(crate) static FACTS: &[Fact] = &[\n",
    );
    for row in rows {
        let Tagged { tag, mapi, canonical, computed, also, .. } = row;
        let tag = format!("0x{:04X}_{:04X}", id_of(*tag), type_of(*tag));
        let variant = computed.variant;
        put(
            &mut source,
            format_args!(
                "    Fact::new({tag}, {mapi:?}, {canonical:?}, Computed::{variant}, &{also:?}),\n"
            ),
        );
    }
    source.push_str("];\n");
    source
}

fn named_source(rows: &[Named]) -> String {
    let mut source = String::from(
        "// generated by `cargo xtask generate` from named.tsv; do not edit\n\
         //! Well-known named properties, each with the type of its value.\n\
         //!\n\
         //! The constants have the canonical names of the published documents. A message gives\n\
         //! them identifiers of its own, so they have no tag before they are looked up in one.\n\
         \n\
         use super::facts::NamedFact;\n\
         use super::{NamedTag, PropSet, PropType, kind};\n",
    );
    for row in rows {
        let Named { set, name, prop_type, canonical, .. } = row;
        document(&mut source, &named_words(row));
        let constant = screaming_snake(canonical);
        let kind = kind(*prop_type).unwrap_or_default();
        let of = format!("NamedTag<kind::{kind}>");
        let (call, argument) = match name {
            Name::Id(id) => ("NamedTag::id", format!("0x{id:04X}")),
            Name::Text(text) => ("NamedTag::text", format!("{text:?}")),
        };
        declare(&mut source, &constant, &of, call, &[format!("PropSet::{set}"), argument]);
    }
    source.push_str(
        "\n/// The facts of all well-known named properties.\n\
         #[rustfmt::skip]\n\
         pub(crate) static NAMED_FACTS: &[NamedFact] = &[\n",
    );
    for row in rows {
        let Named { set, name, prop_type, canonical, mapi, also, .. } = row;
        let (call, argument) = match name {
            Name::Id(id) => ("id", format!("0x{id:04X}")),
            Name::Text(text) => ("text", format!("{text:?}")),
        };
        let prop_type = type_constant(*prop_type);
        put(
            &mut source,
            format_args!(
                "    NamedFact::{call}(PropSet::{set}, {argument}, PropType::{prop_type}, \
                 {canonical:?}, {mapi:?}, &{also:?}),\n"
            ),
        );
    }
    source.push_str("];\n");
    source
}

/// The name of the constant for a tagged property: MAPI's, for strings that of the Unicode form, or
/// the canonical one where MAPI has none.
fn constant(row: &Tagged) -> String {
    let wide = matches!(type_of(row.tag), 0x001F | 0x101F);
    match row.mapi.as_str() {
        "" => screaming_snake(&row.canonical),
        mapi if wide => format!("{mapi}_W"),
        mapi => mapi.to_owned(),
    }
}

fn tagged_words(row: &Tagged) -> String {
    let mut words = match row.canonical.as_str() {
        "" => format!("0x{:08X}", row.tag),
        canonical => format!("`{canonical}`, 0x{:08X}", row.tag),
    };
    put(&mut words, format_args!(" ({})", row.area));
    note(&mut words, &row.note);
    if !row.computed.words.is_empty() {
        put(&mut words, format_args!(" The library sets it {}.", row.computed.words));
    }
    words
}

fn named_words(row: &Named) -> String {
    let mut words = match row.mapi.as_str() {
        "" => format!("`{}`", row.canonical),
        mapi => format!("`{}`, `{mapi}`", row.canonical),
    };
    note(&mut words, &row.note);
    words
}

/// A note after a colon, and a full stop.
fn note(words: &mut String, note: &str) {
    if !note.is_empty() {
        put(words, format_args!(": {note}"));
    }
    words.push('.');
}

/// A doc comment above the next declaration, its lines as wide as the rest of the source.
fn document(source: &mut String, words: &str) {
    let mut line = String::from("\n///");
    for word in words.split(' ') {
        if line.trim_start().len() + 1 + word.len() > 100 {
            source.push_str(&line);
            line = String::from("\n///");
        }
        line.push(' ');
        line.push_str(word);
    }
    source.push_str(&line);
    source.push('\n');
}

/// A public constant, broken over lines as rustfmt does it; without arguments, `value` is whole.
fn declare(source: &mut String, name: &str, of: &str, value: &str, arguments: &[String]) {
    let whole = match arguments {
        [] => value.to_owned(),
        _ => format!("{value}({})", arguments.join(", ")),
    };
    let head = format!("pub const {name}: {of} =");
    if head.len() + whole.len() + 2 <= 100 {
        put(source, format_args!("{head} {whole};\n"));
    } else if whole.len() + 5 <= 100 || arguments.is_empty() {
        put(source, format_args!("{head}\n    {whole};\n"));
    } else {
        put(source, format_args!("{head} {value}(\n"));
        for argument in arguments {
            put(source, format_args!("    {argument},\n"));
        }
        source.push_str(");\n");
    }
}

/// `PidLidEmail1EmailAddress` as `PID_LID_EMAIL1_EMAIL_ADDRESS`.
fn screaming_snake(name: &str) -> String {
    let mut snake = String::new();
    let mut before = None;
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let starts_word = match before {
            None => false,
            Some(before) if letter.is_uppercase() => {
                !char::is_uppercase(before) || letters.peek().is_some_and(|c| c.is_lowercase())
            }
            Some(_) => false,
        };
        if starts_word {
            snake.push('_');
        }
        snake.push(letter.to_ascii_uppercase());
        before = Some(letter);
    }
    snake
}

fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("writing to a string does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files in the repository are what the tables give.
    #[test]
    fn the_generated_files_are_up_to_date() {
        assert_eq!(tags(true), Ok(()));
    }

    /// Every row becomes a constant and a fact.
    #[test]
    fn a_row_becomes_a_constant_and_a_fact() {
        let table = "tag\tmapi\tcanonical\tarea\tcomputed\tnote\talso\n\
                     0037001F\tPR_SUBJECT\tPidTagSubject\tenvelope\t\tall of it\n\
                     0E13000D\tPR_MESSAGE_ATTACHMENTS\tPidTagMessageAttachments\tstate\n\
                     40190003\t\tPidTagSenderFlags\tperson\n";
        let source = tags_source(&tagged_rows(table).unwrap());
        assert!(source.contains(
            "\n/// `PidTagSubject`, 0x0037001F (envelope): all of it.\n\
             pub const PR_SUBJECT_W: Tag<kind::Unicode> = Tag::new(0x0037);\n"
        ));
        assert!(source.contains(
            "\npub const PR_MESSAGE_ATTACHMENTS: PropTag = PropTag::new(0x0E13_000D);\n"
        ));
        assert!(
            source.contains(
                "\npub const PID_TAG_SENDER_FLAGS: Tag<kind::Long> = Tag::new(0x4019);\n"
            )
        );
        assert!(source.contains(
            "\n    Fact::new(0x0037_001F, \"PR_SUBJECT\", \"PidTagSubject\", Computed::No, &[]),\n"
        ));
    }

    /// What is wrong with a table is said with the line.
    #[test]
    fn bad_rows_are_refused_by_line() {
        let refused = |rows: &str| {
            let table = format!("tag\tmapi\tcanonical\tarea\tcomputed\tnote\talso\n{rows}");
            tagged_rows(&table).err().unwrap_or_default()
        };
        assert!(refused("0037001F\tA\n0037001F\tB").starts_with("line 3: the tags"));
        assert!(refused("0037001F\tPR_A\n0038001F\tpr_a").starts_with("line 3: `pr_a` is a name"));
        assert!(refused("0037001E\tPR_A").starts_with("line 2: strings"));
        assert!(refused("37001F\tPR_A").starts_with("line 2: `37001F`"));
        assert!(refused("0037001F").starts_with("line 2: there is no name"));
        assert!(refused("0037001F\tPR_A\tB\tarea\tnever").starts_with("line 2: `never`"));
    }

    /// Canonical names turn into constants as one would write them by hand.
    #[test]
    fn words_are_told_apart_in_canonical_names() {
        assert_eq!(screaming_snake("PidLidEmail1EmailAddress"), "PID_LID_EMAIL1_EMAIL_ADDRESS");
        assert_eq!(screaming_snake("PidLidFShouldTNEF"), "PID_LID_F_SHOULD_TNEF");
        assert_eq!(screaming_snake("PidTagUserX509Certificate"), "PID_TAG_USER_X509_CERTIFICATE");
        assert_eq!(screaming_snake("PidNameOMSAccountGuid"), "PID_NAME_OMS_ACCOUNT_GUID");
    }
}
