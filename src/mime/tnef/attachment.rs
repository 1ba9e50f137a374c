//! One attachment of a TNEF stream, from its first attribute to its save.

use super::attributes::{self as att, Attribute};
use super::bytes::{Bytes, Data};
use super::dates::Dates;
use super::legacy;
use super::list::{Reading, eight_bit};
use super::sink::{Found, Report, Wanted, fill, read_list, set};
use crate::error::Result;
use crate::finding::Severity;
use crate::limits::Limits;
use crate::msg::{Attachment, MapiProp, SaveFlags};
use crate::prop::{Prop, PropId, PropTag, PropValue};
use crate::stg::{CommitFlags, CompoundFile, Exclude, Storage, copy_storage};
use crate::wire::{Guid, Reader};
use std::collections::HashSet;
use std::sync::Arc;

const METHOD: PropTag = PropTag::new(0x3705_0003);
const DATA: PropTag = PropTag::new(0x3701_0102);
const IID_MESSAGE: Guid = Guid::mapi(0x0002_0307);
const IID_STORAGE: Guid = Guid::mapi(0x0000_000B);

/// PR_ATTACH_TAG of an OLE 1 object, and PR_ATTACH_ENCODING of a file with a MacBinary header.
const OLE_1: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x14, 0x03, 0x0A, 0x01];
const MAC_BINARY: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x14, 0x03, 0x0B, 0x01];
const COMPOUND_FILE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// What lies in the place of an attachment's bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Inside {
    Message,
    Storage,
    Bytes,
}

/// An attachment that is being read.
pub(super) struct Open<'s> {
    pub(super) attachment: Attachment<'s>,
    pub(super) place: String,
    given: HashSet<PropId>,
    title: Option<String>,
    /// attAttachData was read.
    has_data: bool,
    /// attAttachRendData says that it is an OLE object.
    is_ole: bool,
    /// Where its object lies in the stream: begin and length.
    object: Option<(Inside, u64, u64)>,
}

fn prop(tag: u32, value: PropValue) -> Prop {
    Prop { tag: PropTag::new(tag), value }
}

impl<'s> Open<'s> {
    pub(super) fn new(attachment: Attachment<'s>, place: &str) -> Open<'s> {
        let up = if place.is_empty() { String::new() } else { format!("{place}/") };
        let place = format!("{up}attachment {}", attachment.number());
        Open {
            attachment,
            place,
            given: HashSet::new(),
            title: None,
            has_data: false,
            is_ole: false,
            object: None,
        }
    }

    /// Whether an attribute belongs to the next attachment, though none began.
    pub(super) fn is_over_at(&self, id: u32) -> bool {
        match id {
            att::ATTACH_DATA => self.has_data,
            att::ATTACH_TITLE => self.has_data && self.title.is_some(),
            _ => false,
        }
    }

    /// Takes one attribute. False if it is not one of an attachment.
    pub(super) fn take(
        &mut self,
        attribute: Attribute,
        bytes: &mut Bytes<'_>,
        how: Reading<'_>,
        dates: &Dates,
        report: &mut Report<'_>,
    ) -> Result<bool> {
        let mut data = Data::new(bytes, attribute.end);
        let len = data.left();
        match attribute.id {
            att::ATTACH_DATA => self.data(&mut data, report)?,
            att::ATTACHMENT => self.props(&mut data, how, report)?,
            att::ATTACH_REND_DATA => self.rendering(&data.up_to(14)?, report)?,
            att::ATTACH_TITLE => {
                let title = eight_bit(&data.up_to(len.min(how.limits.text_bytes))?, how.page);
                let title = title.into_string_lossy();
                if self.title.is_none() && !title.is_empty() {
                    self.title = Some(title);
                }
            }
            att::ATTACH_TRANSPORT_FILENAME => {
                let name = eight_bit(&data.up_to(len.min(how.limits.text_bytes))?, how.page);
                self.unless_given(report, prop(0x370C_001F, PropValue::Unicode(name)))?;
            }
            att::ATTACH_META_FILE => {
                let tag = PropTag::new(0x3709_0102);
                if !self.given.contains(&tag.id()) {
                    fill(&self.attachment, tag, &mut data, len, &self.place, report)?;
                }
            }
            att::ATTACH_CREATE_DATE | att::ATTACH_MODIFY_DATE => {
                let tag = match attribute.id {
                    att::ATTACH_CREATE_DATE => 0x3007_0040,
                    _ => 0x3008_0040,
                };
                match legacy::date(&data.up_to(len.min(14))?) {
                    Some(date) => {
                        let date = PropValue::SysTime(dates.in_utc(date));
                        self.unless_given(report, prop(tag, date))?;
                    }
                    None => self.lose(attribute.id, "no date", report),
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn lose(&self, id: u32, why: &str, report: &mut Report<'_>) {
        report.lose("tnef-attribute", &self.place, att::name(id).unwrap_or_default(), why);
    }

    /// Sets what attAttachment does not say.
    fn unless_given(&mut self, report: &mut Report<'_>, prop: Prop) -> Result<()> {
        match self.given.contains(&prop.tag.id()) {
            true => Ok(()),
            false => set(&self.attachment, &self.place, report, prop),
        }
    }

    /// Kind u16, position u32, width and height u16 each, flags u32.
    fn rendering(&mut self, bytes: &[u8], report: &mut Report<'_>) -> Result<()> {
        let mut reader = Reader::new(bytes);
        let (Some(kind), Some(position)) = (reader.u16(), reader.array()) else {
            self.lose(att::ATTACH_REND_DATA, "it is too short", report);
            return Ok(());
        };
        // 1 is a file; 2 is an object, 3 one that is a picture.
        self.is_ole = matches!(kind, 2 | 3);
        let position = PropValue::Long(i32::from_le_bytes(position));
        self.unless_given(report, prop(0x370B_0003, position))?;
        reader.take(4);
        if reader.u32().is_some_and(|flags| flags & 1 != 0) {
            let encoding = PropValue::Binary(MAC_BINARY.to_vec());
            self.unless_given(report, prop(0x3702_0102, encoding))?;
        }
        Ok(())
    }

    /// attAttachData. Of an object that has a storage in attAttachment it is a shadow.
    fn data(&mut self, data: &mut Data<'_, '_>, report: &mut Report<'_>) -> Result<()> {
        self.has_data = true;
        if self.object.is_some() || self.given.contains(&DATA.id()) {
            return Ok(());
        }
        let (at, len) = (data.at(), data.left());
        if self.is_ole && data.peek(COMPOUND_FILE.len() as u64)? == COMPOUND_FILE {
            self.object = Some((Inside::Storage, at, len));
            return Ok(());
        }
        fill(&self.attachment, DATA, data, len, &self.place, report).map(drop)
    }

    /// attAttachment.
    fn props(
        &mut self,
        data: &mut Data<'_, '_>,
        how: Reading<'_>,
        report: &mut Report<'_>,
    ) -> Result<()> {
        let (object, kept): (&MapiProp<'_>, _) = (&self.attachment, HashSet::new());
        let wanted = Wanted { kept: &kept, given: &mut self.given, place: &self.place };
        for found in read_list(data, how, object, wanted, report)? {
            let Found { tag, interface, at, len } = found;
            if tag.id() != DATA.id() {
                report.lose("property", &self.place, tag.to_string(), "an object of its own kind");
                continue;
            }
            let inside = match interface {
                IID_MESSAGE => Inside::Message,
                IID_STORAGE => Inside::Storage,
                _ => Inside::Bytes,
            };
            self.object = Some((inside, at, len));
        }
        Ok(())
    }

    /// The message inside: where it begins and ends. It is not asked for again.
    pub(super) fn message(&self, bytes: &mut Bytes<'_>) -> Result<Option<(u64, u64)>> {
        let Some((inside, at, len)) = self.object else { return Ok(None) };
        if inside != Inside::Message {
            return Ok(None);
        }
        bytes.seek(at);
        let mut data = Data::new(bytes, at.saturating_add(len));
        let is_tnef = data.u32()? == Some(att::SIGNATURE);
        Ok(is_tnef.then_some((at, at.saturating_add(len))))
    }

    /// What attAttachTitle says, where attAttachment does not.
    pub(super) fn settle_names(&mut self, report: &mut Report<'_>) -> Result<()> {
        let Some(title) = self.title.take() else { return Ok(()) };
        let name = PropValue::Unicode(title.as_str().into());
        if is_short(&title) {
            self.unless_given(report, prop(0x3704_001F, name.clone()))?;
        }
        self.unless_given(report, prop(0x3707_001F, name))
    }

    /// The method that attAttachment gives, if it is one of these (any, if they are none); or `else_`.
    pub(super) fn settle_method(
        &mut self,
        else_: i32,
        fitting: &[i32],
        report: &mut Report<'_>,
    ) -> Result<()> {
        if self.given.contains(&METHOD.id())
            && let Ok(Some(PropValue::Long(method))) = self.attachment.get_prop(METHOD)
            && (fitting.is_empty() || fitting.contains(&method))
        {
            return Ok(());
        }
        let method = prop(METHOD.value(), PropValue::Long(else_));
        set(&self.attachment, &self.place, report, method)
    }

    /// Puts what it holds into the attachment, unless that is a message, and saves it.
    pub(super) fn finish(
        mut self,
        bytes: &mut Bytes<'_>,
        limits: &Limits,
        report: &mut Report<'_>,
    ) -> Result<()> {
        self.settle_names(report)?;
        match self.object {
            Some((Inside::Storage, at, len)) => {
                if self.storage(bytes, at, len, limits, report)? {
                    self.settle_method(6, &[5, 6], report)?;
                } else {
                    self.object_as_bytes(bytes, at, len, report)?;
                }
            }
            Some((Inside::Message, at, len)) => {
                let text = "a message in an attachment is kept as bytes";
                report.find(Severity::Error, "tnef-embedded", &self.place, at, text);
                self.object_as_bytes(bytes, at, len, report)?;
            }
            Some((Inside::Bytes, at, len)) => self.object_as_bytes(bytes, at, len, report)?,
            None if self.is_ole && self.has_data && !self.given.contains(&METHOD.id()) => {
                self.settle_method(6, &[], report)?;
                let tag = PropValue::Binary(OLE_1.to_vec());
                self.unless_given(report, prop(0x370A_0102, tag))?;
            }
            None => self.settle_method(1, &[], report)?,
        }
        self.attachment.save_changes(SaveFlags::empty())
    }

    /// The object as bytes: what is neither message nor storage, or cannot be read as such.
    fn object_as_bytes(
        &mut self,
        bytes: &mut Bytes<'_>,
        at: u64,
        len: u64,
        report: &mut Report<'_>,
    ) -> Result<()> {
        bytes.seek(at);
        let mut data = Data::new(bytes, at.saturating_add(len));
        fill(&self.attachment, DATA, &mut data, len, &self.place, report)?;
        self.settle_method(1, &[1, 2, 3, 4, 7], report)
    }

    /// Copies a compound file into the attachment; false if it is none.
    fn storage(
        &mut self,
        bytes: &mut Bytes<'_>,
        at: u64,
        len: u64,
        limits: &Limits,
        report: &mut Report<'_>,
    ) -> Result<bool> {
        const CODE: &str = "tnef-storage";
        bytes.seek(at);
        let mut data = Data::new(bytes, at.saturating_add(len));
        if data.left() > limits.value_bytes {
            let text = "a storage is larger than the limit, and kept as bytes";
            report.find(Severity::Warning, CODE, &self.place, at, text);
            return Ok(false);
        }
        let file = match CompoundFile::from_bytes(data.up_to(len)?) {
            Ok(file) => file,
            Err(error) => {
                let text = format!("a storage cannot be read, and is kept as bytes: {error}");
                report.find(Severity::Error, CODE, &self.place, at, text);
                return Ok(false);
            }
        };
        let file: Arc<dyn Storage> = Arc::new(file);
        let target = self.attachment.create_storage()?;
        if let Err(error) = copy_storage(&file, &target, &Exclude::default()) {
            let text = format!("a part of a storage cannot be read: {error}");
            report.find(Severity::Error, CODE, &self.place, at, text);
        }
        target.commit(CommitFlags::empty())?;
        Ok(true)
    }
}

/// Whether a name can stand in PR_ATTACH_FILENAME: eight letters, a dot, three.
fn is_short(name: &str) -> bool {
    let (base, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    base.chars().count() <= 8 && extension.chars().count() <= 3 && !base.contains(['.', ' '])
}
