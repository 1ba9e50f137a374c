//! Where properties go: into a message or an attachment, and into the report what cannot.

use super::bytes::Data;
use super::list::{Item, Key, List, Next, Reading, Value};
use crate::error::{Code, Place, Result};
use crate::finding::{Finding, Severity};
use crate::mime::Conversion;
use crate::msg::{MapiProp, OpenStream};
use crate::prop::{Prop, PropId, PropTag, PropType, PropValue, prop_name};
use crate::stg::SeekStream;
use std::collections::HashSet;

/// The most findings of one reading.
const MAX_FINDINGS: u32 = 1_000;
/// Bytes values from this size on go into their property in pieces.
const LONG: u64 = 64 << 10;
/// PR_HTML.
const HTML: u16 = 0x1013;

/// The report of one reading.
pub(super) struct Report<'c> {
    conversion: &'c mut Conversion,
    findings: u32,
}

impl<'c> Report<'c> {
    pub(super) fn new(conversion: &'c mut Conversion) -> Report<'c> {
        Report { conversion, findings: 0 }
    }

    pub(super) fn find(
        &mut self,
        severity: Severity,
        code: &'static str,
        place: &str,
        at: u64,
        text: impl Into<String>,
    ) {
        if self.findings < MAX_FINDINGS {
            self.findings += 1;
            let place = Place::new(if place.is_empty() { "tnef" } else { place }).at(at);
            self.conversion.findings.push(Finding::new(severity, code, place, text));
        }
    }

    pub(super) fn lose(
        &mut self,
        code: &'static str,
        place: &str,
        item: impl Into<String>,
        detail: impl Into<String>,
    ) {
        self.conversion.lose(code, place, item, detail);
    }
}

/// What a property is called in a report.
fn called(tag: PropTag) -> String {
    prop_name(tag).map_or_else(|| tag.to_string(), |name| name.into_owned())
}

/// Sets properties of one object. What the object computes itself is left to it.
pub(super) fn set(
    object: &MapiProp<'_>,
    place: &str,
    report: &mut Report<'_>,
    prop: Prop,
) -> Result<()> {
    let tag = prop.tag;
    if matches!(prop.value, PropValue::Error(_)) {
        return Ok(());
    }
    for problem in object.set_props(&[prop])? {
        if problem.code != Code::Computed {
            report.lose("property", place, called(tag), problem.code.text());
        }
    }
    Ok(())
}

/// Puts the next `len` bytes into a property, in pieces; false if it cannot be written.
pub(super) fn fill(
    object: &MapiProp<'_>,
    tag: PropTag,
    data: &mut Data<'_, '_>,
    len: u64,
    place: &str,
    report: &mut Report<'_>,
) -> Result<bool> {
    let stream = match object.open_stream(tag, OpenStream::Create) {
        Ok(stream) => stream,
        Err(error) => {
            if error.code() != Code::NoAccess {
                report.lose("property", place, called(tag), error.to_string());
            }
            return Ok(false);
        }
    };
    data.pieces(len, |piece| {
        let mut rest = piece;
        while !rest.is_empty() {
            let done = SeekStream::write(&stream, rest)?;
            rest = rest.get(done.max(1)..).unwrap_or_default();
        }
        Ok(())
    })?;
    Ok(true)
}

/// The identifier of a property in a file; `None` for one that can have none there.
fn id_of(
    object: &MapiProp<'_>,
    place: &str,
    report: &mut Report<'_>,
    key: Key,
) -> Result<Option<PropId>> {
    let name = match key {
        Key::Id(id) => return Ok(Some(id).filter(|id| id.value() != 0)),
        Key::Named(name) => name,
    };
    match object.ids_from_names(std::slice::from_ref(&name), true) {
        Ok(ids) => {
            let id = ids.into_iter().next().flatten();
            if id.is_none() {
                report.lose("named-property", place, name.to_string(), "no such name is possible");
            }
            Ok(id)
        }
        Err(error) if error.code() == Code::TooBig => {
            report.lose("named-property", place, name.to_string(), "the file has too many names");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// How HTML keeps its bytes: 8-bit text of that property is read as bytes.
fn keep_bytes(item: &Item) -> bool {
    item.prop_type == PropType::PT_STRING8 && item.key == Key::Id(PropId::new(HTML))
}

/// What a list is read for.
pub(super) struct Wanted<'w> {
    /// Properties that are not to be changed.
    pub(super) kept: &'w HashSet<PropId>,
    /// Gets what was set.
    pub(super) given: &'w mut HashSet<PropId>,
    pub(super) place: &'w str,
}

/// An object in a list: what it is, and where it lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    pub(super) tag: PropTag,
    pub(super) interface: crate::wire::Guid,
    pub(super) at: u64,
    pub(super) len: u64,
}

/// Reads a list into an object; objects in it are listed, at most one of each property.
pub(super) fn read_list(
    data: &mut Data<'_, '_>,
    mut how: Reading<'_>,
    object: &MapiProp<'_>,
    wanted: Wanted<'_>,
    report: &mut Report<'_>,
) -> Result<Vec<Found>> {
    let Wanted { kept, given, place } = wanted;
    how.long = LONG;
    let mut found: Vec<Found> = Vec::new();
    let Some(mut list) = List::begin(data)? else { return Ok(found) };
    loop {
        let at = data.at();
        let item = match list.next(data, how)? {
            Next::Item(item) => item,
            Next::End => return Ok(found),
            Next::Broken(why) => {
                report.find(Severity::Error, "tnef-properties", place, at, why);
                return Ok(found);
            }
        };
        let html = keep_bytes(&item);
        let Some(id) = id_of(object, place, report, item.key)? else { continue };
        if kept.contains(&id) {
            continue;
        }
        let tag = PropTag::from_parts(id, item.prop_type);
        match item.value {
            Value::Whole(value) => {
                let value = match value {
                    PropValue::Unicode(text) if html => PropValue::Binary(
                        how.page.encode(&text.to_string_lossy()).bytes.into_owned(),
                    ),
                    value => value,
                };
                let tag = tag.with_type(value.prop_type());
                given.insert(id);
                set(object, place, report, Prop { tag, value })?;
            }
            Value::Long(len) => {
                given.insert(id);
                fill(object, tag, data, len, place, report)?;
            }
            Value::Object(interface, len) => {
                let at = data.at();
                match found.iter().any(|other| other.tag == tag) {
                    true => report.lose("property", place, called(tag), "a second object"),
                    false if found.len() < 8 => found.push(Found { tag, interface, at, len }),
                    false => report.lose("property", place, called(tag), "too many objects"),
                }
            }
            Value::Unfit(why) => report.lose("property", place, called(tag), why),
        }
    }
}

/// Reads a list as the properties of a row. False if it breaks off.
pub(super) fn read_row(
    data: &mut Data<'_, '_>,
    mut how: Reading<'_>,
    object: &MapiProp<'_>,
    place: &str,
    report: &mut Report<'_>,
) -> Result<(Vec<Prop>, bool)> {
    how.long = u64::MAX;
    let mut props: Vec<Prop> = Vec::new();
    let mut seen = HashSet::new();
    let Some(mut list) = List::begin(data)? else { return Ok((props, false)) };
    loop {
        let at = data.at();
        let item = match list.next(data, how)? {
            Next::Item(item) => item,
            Next::End => return Ok((props, true)),
            Next::Broken(why) => {
                report.find(Severity::Error, "tnef-properties", place, at, why);
                return Ok((props, false));
            }
        };
        let Some(id) = id_of(object, place, report, item.key)? else { continue };
        let tag = PropTag::from_parts(id, item.prop_type);
        match item.value {
            Value::Whole(PropValue::Error(_)) => {}
            Value::Whole(value) if props.len() < how.limits.properties => {
                if seen.insert(id) {
                    props.push(Prop { tag: tag.with_type(value.prop_type()), value });
                }
            }
            Value::Whole(_) => report.lose("property", place, called(tag), "the row is full"),
            Value::Unfit(why) => report.lose("property", place, called(tag), why),
            Value::Long(_) => report.lose("property", place, called(tag), "it is too long"),
            Value::Object(..) => report.lose("property", place, called(tag), "an object in a row"),
        }
    }
}
