//! Recipients and attachments: their storages, the header's counters, what each has to hold.
//! Spec: msg-format 1.1, 1.8, 1.9.

use super::object::Object;
use super::{DEPTH, Job, Members, ObjectKind, Report};
use crate::error::Place;
use crate::finding::Severity;
use crate::msg::open::DATA_OBJ;
use crate::msg::rows::{attachment_index, recipient_index};
use crate::prop::named;
use crate::prop::stream::{self, HeaderKind, value_name};
use crate::prop::{PropId, PropTag};
use crate::stg::{ElementKind, ElementName, MEMBER_READ};
use std::sync::Arc;

/// More rows than other readers take.
const MANY: usize = 2048;

/// What concerns the kind of object.
pub(super) fn check(job: &Job, members: &Members, object: &Object, report: &mut Report) {
    match job.kind {
        ObjectKind::Message(_) => check_message(job, members, object, report),
        ObjectKind::Recipient(index) => check_recipient(job, index, object, report),
        ObjectKind::Attachment(index) => check_attachment(job, members, index, object, report),
    }
}

/// Lists the objects below.
pub(super) fn below(job: &Job, members: &Members, todo: &mut Vec<Job>, report: &mut Report) {
    let mut found: Vec<(ElementName, ObjectKind)> = Vec::new();
    match job.kind {
        ObjectKind::Message(_) => {
            for name in members.0.keys().filter(|name| members.has_storage(name)) {
                if let Some(index) = recipient_index(name) {
                    found.push((*name, ObjectKind::Recipient(index)));
                } else if let Some(index) = attachment_index(name) {
                    found.push((*name, ObjectKind::Attachment(index)));
                }
            }
        }
        ObjectKind::Attachment(_) => {
            let name = value_name(DATA_OBJ);
            if members.has_storage(&name) && is_message(job, &name) {
                found.push((name, ObjectKind::Message(HeaderKind::Embedded)));
            }
        }
        ObjectKind::Recipient(_) => {}
    }
    for (name, kind) in found.into_iter().rev() {
        let depth = job.depth + usize::from(matches!(kind, ObjectKind::Message(_)));
        if depth > DEPTH {
            report.add(Severity::Error, "nesting", || {
                (job.place(&name), format!("messages are nested more than {DEPTH} deep"))
            });
            continue;
        }
        match job.storage.open_storage(&name, MEMBER_READ) {
            Ok(storage) => {
                let path = format!("{}/{name}", job.path);
                todo.push(Job { storage, path, kind, depth, names: Arc::clone(&job.names) });
            }
            Err(_) => report.add(Severity::Error, "value-unreadable", || {
                (job.place(&name), "the storage cannot be opened")
            }),
        }
    }
}

fn is_message(job: &Job, name: &ElementName) -> bool {
    let inner = job.storage.open_storage(name, MEMBER_READ).ok();
    let props = ElementName::ascii(stream::NAME);
    inner.is_some_and(|inner| inner.open_stream(&props, MEMBER_READ).is_ok())
}

fn check_message(job: &Job, members: &Members, object: &Object, report: &mut Report) {
    let map = ElementName::ascii(named::NAME);
    if job.kind == ObjectKind::Message(HeaderKind::Embedded) && members.has_storage(&map) {
        report.add(Severity::Warning, "nameid-embedded", || {
            (job.place(&map), "an embedded message has a name map of its own")
        });
    }
    let mut indices = (Vec::new(), Vec::new());
    for (name, stat) in &members.0 {
        let (index, list) = match (recipient_index(name), attachment_index(name)) {
            (Some(index), _) => (index, &mut indices.0),
            (_, Some(index)) => (index, &mut indices.1),
            _ => {
                check_row_name(job, name, report);
                continue;
            }
        };
        if stat.kind == ElementKind::Storage {
            list.push(index);
        } else {
            report.add(Severity::Error, "element-kind", || {
                (job.place(name), "a stream in the place of a row's storage")
            });
        }
        if name.units().iter().rev().take(8).any(|unit| (0x61..=0x66).contains(unit)) {
            report.add(Severity::Warning, "name-case", || {
                (job.place(name), "lower-case digits; Outlook does not find the element")
            });
        }
    }
    let counters = object.header.as_ref().map(|header| header.counters()).unwrap_or_default();
    let claims = [
        ("recipients", indices.0, counters.recipients, counters.next_recipient),
        ("attachments", indices.1, counters.attachments, counters.next_attachment),
    ];
    for (what, mut list, count, next) in claims {
        list.sort_unstable();
        let place = || job.place(&ElementName::ascii(stream::NAME)).rule("MS-OXMSG 2.4.1");
        if list.len() > MANY {
            report.add(Severity::Note, "row-many", || {
                (place(), format!("{} {what}; other readers may stop at {MANY}", list.len()))
            });
        }
        let last = list.last().copied();
        if last.is_some_and(|last| last as usize >= list.len()) {
            report.add(Severity::Note, "row-gap", || {
                (place(), format!("the numbers of the {what} have gaps"))
            });
        }
        if object.header.is_none() {
            continue;
        }
        if usize::try_from(count) != Ok(list.len()) {
            report.add(Severity::Warning, "header-count", || {
                (place(), format!("the header counts {count} {what}, there are {}", list.len()))
            });
        }
        let least = last.map_or(0, |last| last.saturating_add(1));
        if next < least || next - least > 65_536 {
            report.add(Severity::Warning, "header-next", || {
                (place(), format!("the next of the {what} is {next}, it cannot be"))
            });
        }
    }
}

/// A name that begins as a row's and has no number.
fn check_row_name(job: &Job, name: &ElementName, report: &mut Report) {
    let text = name.to_string();
    if ["__recip_version1.0_", "__attach_version1.0_"].iter().any(|head| text.starts_with(head)) {
        report.add(Severity::Warning, "row-name", || {
            (job.place(name), "the name of a row without its number")
        });
    }
}

fn place(job: &Job) -> Place {
    Place::new(&job.path)
}

/// The number that a row stores of itself against that of its storage.
fn check_number(job: &Job, id: u16, index: u32, object: &Object, report: &mut Report) {
    let stored = object.long(id).map(|value| u32::from_le_bytes(value.to_le_bytes()));
    if object.header.is_some() && stored != Some(index) {
        report.add(Severity::Warning, "row-id", || {
            let text = match stored {
                Some(stored) => format!("0x{id:04X} is {stored}, the storage's number is {index}"),
                None => format!("0x{id:04X}, its number, is missing"),
            };
            (place(job), text)
        });
    }
}

fn check_recipient(job: &Job, index: u32, object: &Object, report: &mut Report) {
    check_number(job, 0x3000, index, object, report);
    if object.header.is_none() {
        return;
    }
    let kind = object.long(0x0C15).map(|kind| kind & i32::MAX);
    if !matches!(kind, Some(0..=3 | 0x1000_0000)) {
        report.add(Severity::Warning, "recipient-type", || match kind {
            Some(kind) => (place(job), format!("the recipient type {kind:#x} is not known")),
            None => (place(job), "there is no recipient type".to_owned()),
        });
    }
    if ![0x3003, 0x39FE, 0x0FFF, 0x5FF7, 0x300B].into_iter().any(|id| object.has(id)) {
        report.add(Severity::Note, "recipient-address", || {
            (place(job), "the recipient has no address")
        });
    }
}

fn check_attachment(
    job: &Job,
    members: &Members,
    index: u32,
    object: &Object,
    report: &mut Report,
) {
    check_number(job, 0x0E21, index, object, report);
    if object.header.is_none() {
        return;
    }
    let bytes = members.stream(&value_name(PropTag::new(0x3701_0102))).is_some();
    let data = value_name(DATA_OBJ);
    let storage = members.has_storage(&data);
    let message = storage && is_message(job, &data);
    let path = [0x370D, 0x3708, 0x3707, 0x3704].into_iter().any(|id| object.has(id));
    let Some(method) = object.long(0x3705) else {
        report
            .add(Severity::Warning, "attach-method", || (place(job), "there is no attach method"));
        return;
    };
    let (there, extra) = match method {
        0 => (true, bytes || storage),
        1 => (bytes, storage),
        2..=4 | 7 => (path, bytes || storage),
        5 => (message, bytes),
        6 => (storage || bytes, storage && bytes),
        _ => {
            report.add(Severity::Warning, "attach-method", || {
                (place(job), format!("the attach method {method} is not known"))
            });
            return;
        }
    };
    if !there {
        report.add(Severity::Error, "attach-data", || {
            (place(job), format!("the data of attach method {method} are missing"))
        });
    }
    let entered = object.entries.contains_key(&PropId::new(0x3701));
    if extra || (storage && !entered) {
        report.add(Severity::Warning, "attach-extra", || {
            (place(job), format!("it holds other data than attach method {method} speaks of"))
        });
    }
}
