//! One property stream: its header, its entries, and whether the streams they speak of are there.
//! Spec: msg-format 1.2, 1.3.

use super::values::Values;
use super::{Job, Members, ObjectKind, Report, read};
use crate::error::Place;
use crate::finding::Severity;
use crate::prop::stream::{
    self, HeaderKind, PropStream, RawEntry, tag_of_element, tag_of_name, value_name,
};
use crate::prop::{PropId, PropTag, PropType, Storing};
use crate::stg::ElementName;
use crate::wire::{CodePage, u32_at};
use std::collections::{HashMap, HashSet};

/// What the other checks want to know of an object.
#[derive(Default)]
pub(super) struct Object {
    /// The first entry of each identifier.
    pub(super) entries: HashMap<PropId, RawEntry>,
    pub(super) header: Option<PropStream>,
}

impl Object {
    /// The value of a PT_LONG property.
    pub(super) fn long(&self, id: u16) -> Option<i32> {
        let entry = self.entries.get(&PropId::new(id))?;
        let long = entry.tag().prop_type() == PropType::PT_LONG;
        long.then(|| i32::from_le_bytes(u32_at(&entry.value(), 0).to_le_bytes()))
    }

    pub(super) fn has(&self, id: u16) -> bool {
        self.entries.contains_key(&PropId::new(id))
    }

    /// Checks the property stream of an object, and the streams of its values.
    pub(super) fn check(job: &Job, members: &Members, report: &mut Report) -> Object {
        let name = ElementName::ascii(stream::NAME);
        let place = || job.place(&name).rule("MS-OXMSG 2.4");
        let size = members.stream(&name);
        let Some(bytes) = size.and_then(|_| read(&*job.storage, &name)) else {
            let (code, text) = match (members.kind(&name), size) {
                (None, _) => ("props-missing", "there is no property stream"),
                (Some(_), None) => ("element-kind", "the property stream is a storage"),
                (Some(_), Some(_)) => ("value-unreadable", "the property stream cannot be read"),
            };
            report.add(Severity::Error, code, || (place(), text));
            check_orphans(job, members, &HashSet::new(), report);
            return Object::default();
        };
        let kind = plausible_header(&bytes, job.kind.header());
        if kind != job.kind.header() {
            report.add(Severity::Error, "props-header", || {
                let (found, due) = (kind.len(), job.kind.header().len());
                (place(), format!("the header has {found} bytes, {due} are due here"))
            });
        }
        let Ok(props) = PropStream::read(&bytes, kind, usize::MAX) else {
            report.add(Severity::Error, "props-short", || {
                (place(), format!("{} bytes, the header alone has {}", bytes.len(), kind.len()))
            });
            check_orphans(job, members, &HashSet::new(), report);
            return Object::default();
        };
        check_header(&props, kind, &place, report);
        let mut object = Object::default();
        for entry in &props.entries {
            object.entries.entry(entry.tag().id()).or_insert(*entry);
        }
        let mut known = HashSet::new();
        let mut values = Values::new(job, members, page_of(&object));
        let mut first_of: HashMap<PropId, PropTag> = HashMap::new();
        for (at, entry) in props.entries.iter().enumerate() {
            let offset = kind.len() as u64 + 16 * at as u64;
            let place = || place().at(offset);
            check_entry(job, entry, first_of.get(&entry.tag().id()).copied(), &place, report);
            first_of.entry(entry.tag().id()).or_insert(entry.tag());
            if known.insert(entry.tag()) {
                values.check(entry, &place, report);
            }
        }
        check_order_and_widths(&props.entries, &place, report);
        check_orphans(job, members, &known, report);
        if matches!(job.kind, ObjectKind::Message(_)) {
            check_text_form(&object, &props.entries, &place, report);
        }
        object.header = Some(props);
        object
    }
}

/// The kind of header that the bytes look like; in doubt the one that is due. Spec: msg-format 1.2.
fn plausible_header(bytes: &[u8], due: HeaderKind) -> HeaderKind {
    let sound = |kind: HeaderKind| {
        let entries = bytes.get(kind.len()..).unwrap_or_default().as_chunks::<16>().0;
        let mut first = entries.iter().take(3).map(|entry| RawEntry(*entry));
        let known = |entry: RawEntry| {
            entry.tag().prop_type().storing().is_some()
                && entry.flags() <= 7
                && entry.tag().id().value() != 0
        };
        !entries.is_empty() && first.all(known)
    };
    if bytes.len() <= due.len() || sound(due) || due == HeaderKind::Sub {
        return due;
    }
    let others = [HeaderKind::TopLevel, HeaderKind::Embedded, HeaderKind::Sub];
    others.into_iter().find(|kind| *kind != due && sound(*kind)).unwrap_or(due)
}

fn check_header(
    props: &PropStream,
    kind: HeaderKind,
    place: &impl Fn() -> Place,
    report: &mut Report,
) {
    let header = props.header();
    let tail = if kind == HeaderKind::TopLevel { header.get(24..) } else { None };
    let reserved = header.iter().take(8).chain(tail.unwrap_or_default());
    if reserved.into_iter().any(|byte| *byte != 0) {
        report.add(Severity::Note, "props-reserved", || {
            (place(), "reserved bytes of the header are set")
        });
    }
    if props.trailing > 0 {
        let end = (kind.len() + 16 * props.entries.len()) as u64;
        report.add(Severity::Warning, "props-trailing", || {
            (place().at(end), format!("{} bytes after the last entry", props.trailing))
        });
    }
}

fn check_entry(
    job: &Job,
    entry: &RawEntry,
    earlier: Option<PropTag>,
    place: &impl Fn() -> Place,
    report: &mut Report,
) {
    let tag = entry.tag();
    let mut warn = |code, text: String| report.add(Severity::Warning, code, || (place(), text));
    let stored_type = PropTag::new(u32_at(&entry.0, 0)).prop_type();
    if stored_type.storing().is_none() || stored_type == PropType::PT_UNSPECIFIED {
        warn("prop-type", format!("{tag} has the unknown type {stored_type}"));
    }
    if entry.flags() > 7 {
        warn("prop-flags", format!("{tag} has the flags {:#x}", entry.flags()));
    }
    if matches!(tag.id().value(), 0 | 0xFFFF) {
        warn("prop-id", format!("{tag} has no identifier"));
    }
    if let Some(earlier) = earlier {
        match earlier != tag && earlier.prop_type().is_string() && tag.prop_type().is_string() {
            true => warn("prop-both-widths", format!("{earlier} is stored as {tag} too")),
            false => warn("prop-duplicate", format!("{tag} has an entry before this one")),
        }
    }
    if tag.id().is_named() && tag.id().value() != 0xFFFF && !job.names.knows(tag.id()) {
        report.add(Severity::Error, "name-unknown", || {
            (place(), format!("{tag} has no name in the file's map"))
        });
    }
    check_unused_bytes(entry, place, report);
}

/// What an entry holds in bytes that mean nothing. Spec.
fn check_unused_bytes(entry: &RawEntry, place: &impl Fn() -> Place, report: &mut Report) {
    let value = entry.value();
    let tag = entry.tag();
    match tag.prop_type().storing() {
        Some(Storing::Inline) => {
            let used = match tag.prop_type().value() {
                0x0001 => 0,
                0x0002 | 0x000B => 2,
                0x0003 | 0x0004 | 0x000A => 4,
                _ => 8,
            };
            if value.iter().skip(used).any(|byte| *byte != 0) {
                report.add(Severity::Note, "prop-garbage", || {
                    (place(), format!("unused bytes of {tag} are set"))
                });
            }
        }
        Some(storing) => {
            let reserved = u32_at(&value, 4);
            let known = storing == Storing::Object && matches!(reserved, 0 | 1 | 4);
            if reserved != 0 && !known {
                report.add(Severity::Note, "prop-reserved", || {
                    (place(), format!("the reserved field of {tag} is {reserved:#x}"))
                });
            }
        }
        None => {}
    }
}

fn check_order_and_widths(entries: &[RawEntry], place: &impl Fn() -> Place, report: &mut Report) {
    if !entries.is_sorted_by_key(RawEntry::tag) {
        report.add(Severity::Note, "prop-order", || (place(), "the entries are not sorted"));
    }
    let (narrow, wide) = widths(entries);
    if narrow && wide {
        report.add(Severity::Warning, "text-mixed", || {
            (place(), "the object holds both PT_STRING8 and PT_UNICODE")
        });
    }
}

/// Whether there are 8-bit texts, and UTF-16 ones.
fn widths(entries: &[RawEntry]) -> (bool, bool) {
    let has = |types: [u16; 2]| {
        entries.iter().any(|entry| types.contains(&entry.tag().prop_type().value()))
    };
    (has([0x001E, 0x101E]), has([0x001F, 0x101F]))
}

/// The support mask, the code pages and the texts of a message against each other. Spec: 1.6, 2.4.1.
fn check_text_form(
    object: &Object,
    entries: &[RawEntry],
    place: &impl Fn() -> Place,
    report: &mut Report,
) {
    let mut warn = |code, text: String| report.add(Severity::Warning, code, || (place(), text));
    let (narrow, wide) = widths(entries);
    let says_unicode =
        object.long(0x340D).is_some_and(|mask| mask & super::super::text::UNICODE_OK != 0);
    if says_unicode && narrow && !wide {
        warn("mask-text", "the support mask says Unicode, the texts are 8-bit".into());
    }
    if !says_unicode && wide {
        warn("mask-text", "the texts are Unicode, the support mask does not say so".into());
    }
    if !narrow {
        return;
    }
    let number = |id| object.long(id).and_then(|page| u32::try_from(page).ok());
    for id in [0x3FFD, 0x3FDE] {
        if let Some(page) = number(id).filter(|page| *page != 0 && CodePage::new(*page).is_none()) {
            warn("page-unknown", format!("the code page {page} of 0x{id:04X} is not known"));
        }
    }
    let locale = number(0x3FF1).and_then(CodePage::from_lcid);
    if let (Some(page), Some(locale)) = (number(0x3FFD).and_then(CodePage::new), locale)
        && page != locale
        && page != CodePage::UTF_8
    {
        let (page, locale) = (page.number(), locale.number());
        warn("page-conflict", format!("the code page is {page}, the locale's is {locale}"));
    }
}

/// The code page that the object itself names for its 8-bit texts.
fn page_of(object: &Object) -> Option<CodePage> {
    let number = object.long(0x3FFD).and_then(|page| u32::try_from(page).ok())?;
    CodePage::new(number)
}

/// Streams and storages of values that no entry speaks of, and names that Outlook does not find.
fn check_orphans(job: &Job, members: &Members, known: &HashSet<PropTag>, report: &mut Report) {
    for name in members.0.keys() {
        let tag = tag_of_name(name);
        let element = tag_of_element(name);
        let Some(tag) = tag.or(element) else { continue };
        if name.units().iter().skip(12).any(|unit| (0x61..=0x66).contains(unit)) {
            report.add(Severity::Warning, "name-case", || {
                (job.place(name), "lower-case digits; Outlook does not find the element")
            });
        }
        let multi = tag.prop_type().storing() == Some(Storing::Elements);
        if !known.contains(&tag) || (element.is_some() && !multi) {
            report.add(Severity::Error, "value-orphan", || {
                let due = value_name(tag);
                (job.place(name).rule("MS-OXMSG 2.4"), format!("no entry speaks of {due}"))
            });
        }
    }
}
