//! The fields of one directory entry. Spec: structured-storage 1.6.

use super::super::super::mode::ElementKind;
use super::super::super::name::MAX_UNITS;
use super::super::dirent::{Dirent, TYPE_ROOT};
use super::super::file::{Cfb, ROOT};
use super::super::header::Version;
use super::super::special::NO_STREAM;
use super::Report;
use crate::error::{Place, Result};
use crate::finding::Severity;
use crate::wire::{FileTime, Guid, u16_at};

const RULE: &str = "MS-CFB 2.6.1";

/// The entry of the root: slot 0.
pub(super) fn check_root(cfb: &Cfb, report: &mut Report) -> Result<()> {
    let root = cfb.entry(ROOT)?;
    let offset = cfb.dirent_offset(ROOT).unwrap_or(0);
    let at = |field| Place::new("").at(offset + field).rule("MS-CFB 2.6.2");
    let mut warn = |field, text: &'static str| {
        report.add(Severity::Warning, "dir-root", || (at(field), text));
    };
    if root.object_type() != TYPE_ROOT {
        warn(66, "slot 0 is not of the root's type");
    }
    if !"Root Entry".encode_utf16().eq(root.name().units().iter().copied()) {
        warn(0, "the root is not named Root Entry");
    }
    if (root.left(), root.right()) != (NO_STREAM, NO_STREAM) {
        warn(68, "the root has siblings");
    }
    if root.created() != FileTime::default() {
        let text = || (at(100), "the root has a creation time");
        report.add(Severity::Note, "dir-root-time", text);
    }
    Ok(())
}

/// A storage or stream that a storage lists.
pub(super) fn check_member(
    cfb: &Cfb,
    slot: u32,
    entry: &Dirent,
    kind: ElementKind,
    report: &mut Report,
) {
    let place = || {
        let place = Place::new(cfb.path_of(slot)).rule(RULE);
        cfb.dirent_offset(slot).map_or(place.clone(), |offset| place.at(offset))
    };
    check_name(entry, &place, report);
    if entry.color() > 1 {
        report.add(Severity::Warning, "dir-color", || {
            (place(), format!("its colour is {}", entry.color()))
        });
    }
    if cfb.header.version == Version::V3 && entry.raw_size() >> 32 != 0 {
        report.add(Severity::Note, "dir-size-high", || {
            (place(), format!("its size is written {:#x}", entry.raw_size()))
        });
    }
    let none = FileTime::default();
    if kind == ElementKind::Stream {
        if entry.child() != NO_STREAM {
            let text = || (place(), format!("a stream with members, in slot {}", entry.child()));
            report.add(Severity::Warning, "dir-stream-child", text);
        }
        let times = (entry.created(), entry.modified());
        if entry.class() != Guid::NULL || entry.state_bits() != 0 || times != (none, none) {
            report.add(Severity::Note, "dir-stream-fields", || {
                (place(), "a stream with a class, state bits or times")
            });
        }
    } else if entry.start() != 0 || entry.size(cfb.header.version) != 0 {
        report.add(Severity::Note, "dir-storage-fields", || {
            (place(), "a storage with a first sector or a size")
        });
    }
}

fn check_name(entry: &Dirent, place: &dyn Fn() -> Place, report: &mut Report) {
    if !entry.has_sound_name_length() {
        let text = || (place(), "the length of its name is wrong");
        report.add(Severity::Warning, "dir-name", text);
        return;
    }
    let name = entry.name();
    if name.units().iter().any(|unit| [0, 0x21, 0x2F, 0x3A, 0x5C].contains(unit)) {
        let text = || (place(), "its name holds one of / \\ : ! or NUL");
        report.add(Severity::Warning, "dir-name", text);
    }
    let padding = name.units().len()..=MAX_UNITS;
    if padding.into_iter().any(|at| u16_at(entry.bytes(), 2 * at) != 0) {
        let text = || (place(), "there are bytes after its name");
        report.add(Severity::Note, "dir-name-padding", text);
    }
}

/// Whether a free entry is all zero but for its three links.
pub(super) fn is_blank(entry: &Dirent) -> bool {
    let links = (entry.left(), entry.right(), entry.child());
    let rest = entry.bytes().iter().enumerate().filter(|(at, _)| !(68..80).contains(at));
    links == (NO_STREAM, NO_STREAM, NO_STREAM) && rest.into_iter().all(|(_, byte)| *byte == 0)
}
