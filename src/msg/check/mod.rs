//! The rules of a message file, each broken one named with its place.
//!
//! ```text
//!   names    __nameid_version1.0: base streams, entries, buckets
//!   object   one property stream: header, entries, the streams that they speak of
//!   values   the streams of single values
//!   rows     recipients and attachments: names, numbers, counters, method and data
//! ```
//! Objects are visited from a list, not by recursion; a stream is read twice at most. What cannot
//! be read is a finding, and the check goes on after it. Nothing is written.
//! Spec: msg-format 1, 2, 8, 12.

mod names;
mod object;
mod rows;
mod values;

use crate::error::{Place, Result};
use crate::finding::{Finding, Severity};
use crate::limits::Limits;
use crate::prop::stream::HeaderKind;
use crate::stg::{CompoundFile, ElementKind, ElementName, StatStg, Storage, check_bytes};
use crate::wire::Guid;
use names::Names;
use object::Object;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// How many findings of one code are listed; the rest is counted. Notes are listed once.
const PER_CODE: u64 = 100;

/// Messages nested deeper are not looked into.
const DEPTH: usize = 64;

/// Every rule that a .msg file breaks: those of the compound file, as [`check_bytes`] lists them, and
/// those of the message in it, as [`check_message`] does.
///
/// # Errors
/// Those of opening the file at all.
pub fn check_file(path: impl AsRef<Path>) -> Result<Vec<Finding>> {
    let file = CompoundFile::open(path)?;
    let mut findings = check_bytes(file.to_bytes()?)?;
    findings.extend(check_message(&Arc::from(file))?);
    Ok(findings)
}

/// Every rule that the message on a storage breaks.
///
/// Codes are stable:
///
/// | code | severity | what |
/// |---|---|---|
/// | `class-null` | note | the root has no class |
/// | `class-foreign` | warning | it has one that is no message's |
/// | `props-missing`, `props-short` | error | an object has no property stream, or not even its header |
/// | `props-header` | error | a header of the wrong length |
/// | `props-reserved` | note | reserved bytes of the header are set |
/// | `props-trailing` | warning | bytes after the last entry |
/// | `header-count`, `header-next` | warning | a count, or a next id, that is not so |
/// | `prop-type`, `prop-flags`, `prop-id` | warning | an entry with an unknown type, flags above 7, no identifier |
/// | `prop-duplicate`, `prop-both-widths` | warning | an identifier with several entries |
/// | `prop-order` | note | entries are not sorted |
/// | `prop-garbage`, `prop-reserved` | note | unused bytes of an entry are set |
/// | `prop-size` | warning | the size field does not fit the stream |
/// | `value-missing` | error | an entry without its stream or storage |
/// | `value-orphan` | error | a stream without an entry |
/// | `value-unreadable` | error | a stream that cannot be read |
/// | `value-size` | warning | a GUID or an array of fixed elements of an odd size |
/// | `element-kind` | error | a stream in the place of a storage, or the reverse |
/// | `name-case` | warning | lower-case digits in a name: Outlook does not find the element |
/// | `text-empty`, `text-nul`, `text-terminator` | note | an empty text, or NULs at its end |
/// | `text-odd` | warning | half a UTF-16 unit at the end |
/// | `text-surrogate` | warning | an unpaired surrogate |
/// | `text-page` | warning | 8-bit text that its code page does not have |
/// | `text-mixed` | warning | both text widths in one object |
/// | `mv-lengths`, `mv-length` | warning | a length stream that does not fit the values |
/// | `mv-missing`, `mv-extra` | error | values that are missing, or that the length stream leaves out |
/// | `mask-text` | warning | the support mask contradicts the texts |
/// | `page-unknown`, `page-conflict` | warning | a code page that is not known, or contradicts the locale |
/// | `nameid-missing`, `nameid-stream` | warning | no name map, or a part of it is missing; an error if a property needs it |
/// | `nameid-size`, `nameid-index` | warning | a partial entry, entries out of sequence |
/// | `nameid-guid`, `nameid-string` | error | an entry that leads nowhere |
/// | `nameid-duplicate` | warning | a name with two identifiers |
/// | `nameid-case` | note | a header name that is not in lower case |
/// | `nameid-no-buckets` | note | no hash buckets, as new Outlook writes it |
/// | `nameid-bucket` | warning | a bucket without one of its names, or with a wrong one |
/// | `nameid-embedded` | warning | an embedded message with a map of its own |
/// | `name-unknown` | error | a named property that the map does not have |
/// | `row-name` | warning | an index that is no number |
/// | `row-gap`, `row-many` | note | an index left out; more than 2048 rows |
/// | `row-id` | warning | `PR_ROWID` or `PR_ATTACH_NUM` is missing or not the index |
/// | `recipient-type` | warning | no recipient type, or an unknown one |
/// | `recipient-address` | note | a recipient without address |
/// | `attach-method` | warning | no attach method, or an unknown one |
/// | `attach-data` | error | the data that the method speaks of are missing |
/// | `attach-extra` | warning | other data than the method speaks of |
/// | `nesting` | error | messages nested too deeply to be looked into |
///
/// Notes are listed at their first place only.
///
/// # Errors
/// Those of listing the storage itself.
pub fn check_message(storage: &Arc<dyn Storage>) -> Result<Vec<Finding>> {
    let mut report = Report::default();
    let root = Members::of(&**storage)?;
    check_class(&**storage, &mut report)?;
    let names = names::check(storage, &root, &mut report);
    let mut todo = vec![Job {
        storage: Arc::clone(storage),
        path: String::new(),
        kind: ObjectKind::Message(HeaderKind::TopLevel),
        depth: 0,
        names: Arc::new(names),
    }];
    while let Some(job) = todo.pop() {
        let Ok(members) = Members::of(&*job.storage) else {
            report.add(Severity::Error, "value-unreadable", || {
                (Place::new(&job.path), "the storage cannot be listed")
            });
            continue;
        };
        let object = Object::check(&job, &members, &mut report);
        rows::check(&job, &members, &object, &mut report);
        rows::below(&job, &members, &mut todo, &mut report);
    }
    Ok(report.finish())
}

/// One object to look at.
struct Job {
    storage: Arc<dyn Storage>,
    path: String,
    kind: ObjectKind,
    /// Messages above.
    depth: usize,
    names: Arc<Names>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ObjectKind {
    Message(HeaderKind),
    Recipient(u32),
    Attachment(u32),
}

impl ObjectKind {
    fn header(self) -> HeaderKind {
        match self {
            ObjectKind::Message(kind) => kind,
            _ => HeaderKind::Sub,
        }
    }
}

impl Job {
    /// A place in one member of the object.
    fn place(&self, member: &ElementName) -> Place {
        Place::new(format!("{}/{member}", self.path))
    }
}

/// The members of a storage by name; of several with one name, the first.
struct Members(BTreeMap<ElementName, StatStg>);

impl Members {
    fn of(storage: &dyn Storage) -> Result<Members> {
        let mut members = BTreeMap::new();
        for stat in storage.elements()? {
            if let Some(name) = stat.name {
                members.entry(name).or_insert(stat);
            }
        }
        Ok(Members(members))
    }

    fn kind(&self, name: &ElementName) -> Option<ElementKind> {
        self.0.get(name).map(|stat| stat.kind)
    }

    /// The size of a stream.
    fn stream(&self, name: &ElementName) -> Option<u64> {
        self.0.get(name).filter(|stat| stat.kind == ElementKind::Stream).map(|stat| stat.size)
    }

    fn has_storage(&self, name: &ElementName) -> bool {
        self.kind(name) == Some(ElementKind::Storage)
    }
}

/// A whole stream; `None` if it cannot be read.
fn read(storage: &dyn Storage, name: &ElementName) -> Option<Vec<u8>> {
    let stream = storage.open_stream(name, crate::stg::MEMBER_READ).ok()?;
    crate::stg::read_all(&*stream, Limits::default().value_bytes).ok()
}

fn check_class(storage: &dyn Storage, report: &mut Report) -> Result<()> {
    /// Class of an Outlook template.
    const TEMPLATE: Guid = Guid::mapi(0x0006_F046);
    let class = storage.stat()?.class;
    let place = || Place::new("/").rule("MS-OXMSG 2.3");
    if class.is_null() {
        report.add(Severity::Note, "class-null", || (place(), "the root has no class"));
    } else if class != Guid::CLSID_MAIL_MESSAGE && class != TEMPLATE {
        report.add(Severity::Warning, "class-foreign", || {
            (place(), format!("the root has the class {class}, which is no message's"))
        });
    }
    Ok(())
}

/// Findings, a bounded number of each code.
#[derive(Default)]
struct Report {
    findings: Vec<Finding>,
    counts: BTreeMap<(&'static str, Severity), u64>,
}

impl Report {
    /// Adds a finding; place and text are made only if it is listed.
    fn add<T: Into<String>>(
        &mut self,
        severity: Severity,
        code: &'static str,
        what: impl FnOnce() -> (Place, T),
    ) {
        let count = self.counts.entry((code, severity)).or_default();
        *count += 1;
        let limit = if severity == Severity::Note { 1 } else { PER_CODE };
        if *count <= limit {
            let (place, text) = what();
            self.findings.push(Finding::new(severity, code, place, text));
        }
    }

    fn finish(mut self) -> Vec<Finding> {
        for ((code, severity), count) in self.counts {
            if severity != Severity::Note && count > PER_CODE {
                let text = format!("{} more of this kind are not listed", count - PER_CODE);
                self.findings.push(Finding::new(severity, code, Place::new(""), text));
            }
        }
        self.findings
    }
}
