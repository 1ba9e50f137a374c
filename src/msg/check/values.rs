//! The streams of single values against their entries. Spec: msg-format 1.2.2, 1.4, 1.5, 2.5.

use super::{Job, Members, Report, read};
use crate::error::Place;
use crate::finding::Severity;
use crate::prop::stream::{RawEntry, element_name, value_name};
use crate::prop::{PropTag, PropType, Storing};
use crate::stg::{ElementKind, ElementName};
use crate::wire::{CodePage, u32_at};

/// Checks the values of one object.
pub(super) struct Values<'a> {
    job: &'a Job,
    members: &'a Members,
    page: Option<CodePage>,
}

impl<'a> Values<'a> {
    pub(super) fn new(job: &'a Job, members: &'a Members, page: Option<CodePage>) -> Values<'a> {
        Values { job, members, page }
    }

    /// Checks the value of an entry, which lies at `place`.
    pub(super) fn check(
        &mut self,
        entry: &RawEntry,
        place: &impl Fn() -> Place,
        report: &mut Report,
    ) {
        let tag = entry.tag();
        let name = value_name(tag);
        let wanted = match tag.prop_type().storing() {
            None | Some(Storing::Inline) => return,
            Some(Storing::Object) => ElementKind::Storage,
            Some(_) => ElementKind::Stream,
        };
        match self.members.kind(&name) {
            Some(kind) if kind == wanted => {}
            Some(_) => {
                report.add(Severity::Error, "element-kind", || {
                    let wanted = if wanted == ElementKind::Stream { "stream" } else { "storage" };
                    (self.job.place(&name), format!("{tag} needs a {wanted} here"))
                });
                return;
            }
            None => {
                report.add(Severity::Error, "value-missing", || {
                    (place(), format!("there is no {name}"))
                });
                return;
            }
        }
        let Some(size) = self.members.stream(&name) else { return };
        let claimed = u64::from(u32_at(&entry.value(), 0));
        let mut allowance = 0;
        match tag.prop_type().storing() {
            Some(Storing::Stream) => allowance = self.check_single(tag, &name, size, report),
            Some(Storing::Packed(element)) if !size.is_multiple_of(element as u64) => {
                report.add(Severity::Warning, "value-size", || {
                    let text = format!("{size} bytes are no array of elements of {element} bytes");
                    (self.job.place(&name), text)
                });
            }
            Some(Storing::Elements) => self.check_elements(tag, &name, report),
            _ => {}
        }
        // A stored terminator is counted, or not: both families are written by sound programs. What
        // does not fit into the field is told as the most that does.
        let most = u64::from(u32::MAX);
        let fits = claimed == size.saturating_add(allowance).min(most)
            || (allowance > 0 && claimed == size && self.ends_in_nul(tag, &name));
        if !fits {
            report.add(Severity::Warning, "prop-size", || {
                (place(), format!("the size of {tag} is {claimed}, its stream has {size} bytes"))
            });
        }
    }

    fn ends_in_nul(&self, tag: PropTag, name: &ElementName) -> bool {
        let unit = if tag.prop_type() == PropType::PT_UNICODE { 2 } else { 1 };
        let bytes = read(&*self.job.storage, name).unwrap_or_default();
        bytes.len() >= unit && bytes.iter().rev().take(unit).all(|byte| *byte == 0)
    }

    /// A value in one stream; what the size field adds for a terminator.
    fn check_single(
        &self,
        tag: PropTag,
        name: &ElementName,
        size: u64,
        report: &mut Report,
    ) -> u64 {
        match tag.prop_type() {
            PropType::PT_UNICODE | PropType::PT_STRING8 => {
                match read(&*self.job.storage, name) {
                    Some(bytes) => self.check_text(tag, name, &bytes, false, report),
                    None => self.unreadable(name, report),
                }
                if tag.prop_type() == PropType::PT_UNICODE { 2 } else { 1 }
            }
            PropType::PT_CLSID => {
                if size != 16 {
                    report.add(Severity::Warning, "value-size", || {
                        (self.job.place(name), format!("a GUID of {size} bytes"))
                    });
                }
                0
            }
            _ => 0,
        }
    }

    fn unreadable(&self, name: &ElementName, report: &mut Report) {
        report.add(Severity::Error, "value-unreadable", || {
            (self.job.place(name), "the stream cannot be read to its end")
        });
    }

    /// The bytes of a text. An element of an array carries its terminator.
    fn check_text(
        &self,
        tag: PropTag,
        name: &ElementName,
        bytes: &[u8],
        element: bool,
        report: &mut Report,
    ) {
        let place = || self.job.place(name);
        if bytes.is_empty() {
            report.add(Severity::Note, "text-empty", || (place(), "an empty text"));
            return;
        }
        let wide = matches!(tag.prop_type(), PropType::PT_UNICODE | PropType::PT_MV_UNICODE);
        let unit = if wide { 2 } else { 1 };
        let nuls = bytes.iter().rev().take_while(|byte| **byte == 0).count() / unit;
        if nuls > usize::from(element) {
            let code = if nuls == 1 { "text-terminator" } else { "text-nul" };
            report.add(Severity::Note, code, || (place(), format!("{nuls} NULs at the end")));
        }
        if wide {
            check_utf16(bytes, &place, report);
        } else if let Some(page) = self.page
            && page.decode(bytes).malformed
        {
            report.add(Severity::Warning, "text-page", || {
                (place(), format!("bytes that the code page {} does not have", page.number()))
            });
        }
    }

    /// The elements of a multivalued text or binary against its length stream.
    fn check_elements(&self, tag: PropTag, name: &ElementName, report: &mut Report) {
        let Some(lengths) = read(&*self.job.storage, name) else {
            return self.unreadable(name, report);
        };
        let stride = if tag.prop_type() == PropType::PT_MV_BINARY { 8 } else { 4 };
        let place = || self.job.place(name).rule("MS-OXMSG 2.1.4");
        if !lengths.len().is_multiple_of(stride) {
            report.add(Severity::Warning, "mv-lengths", || {
                (place(), format!("{} bytes, {stride} for each value", lengths.len()))
            });
        }
        let count = lengths.len() / stride;
        let mut missing = 0;
        for (index, length) in lengths.chunks_exact(stride).enumerate() {
            let element = element_name(tag, u32::try_from(index).unwrap_or(u32::MAX));
            let Some(size) = self.members.stream(&element) else {
                missing += 1;
                continue;
            };
            if u64::from(u32_at(length, 0)) != size {
                report.add(Severity::Warning, "mv-length", || {
                    let offset = (index * stride) as u64;
                    (place().at(offset), format!("{element} has {size} bytes, not as listed"))
                });
            }
            if stride == 4 {
                match read(&*self.job.storage, &element) {
                    Some(bytes) => self.check_text(tag, &element, &bytes, true, report),
                    None => self.unreadable(&element, report),
                }
            }
        }
        if missing > 0 {
            report.add(Severity::Error, "mv-missing", || {
                (place(), format!("{missing} of {count} values have no stream"))
            });
        }
        let next = element_name(tag, u32::try_from(count).unwrap_or(u32::MAX));
        if self.members.kind(&next).is_some() {
            report.add(Severity::Error, "mv-extra", || {
                (self.job.place(&next), format!("the length stream lists {count} values"))
            });
        }
    }
}

/// Half units and unpaired surrogates.
fn check_utf16(bytes: &[u8], place: &impl Fn() -> Place, report: &mut Report) {
    let (units, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        report.add(Severity::Warning, "text-odd", || {
            (place().at(bytes.len() as u64 - 1), "half a unit at the end")
        });
    }
    let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
    let mut at = 0;
    for unit in char::decode_utf16(units) {
        match unit {
            Ok(c) => at += 2 * c.len_utf16() as u64,
            Err(unpaired) => {
                let unit = unpaired.unpaired_surrogate();
                report.add(Severity::Warning, "text-surrogate", || {
                    (place().at(at), format!("the surrogate {unit:04X} has no partner"))
                });
                return;
            }
        }
    }
}
