//! Properties that an object derives: their values, and what a save writes of them.
//! Spec: imessage-contract 4.1-4.4.

use super::body::{Body, Form, MessageState, Object};
use super::handle::ObjectId;
use crate::error::Result;
use crate::prop::store::ORDINARY;
use crate::prop::{ObjectKind, Prop, PropId, PropTag, PropType, PropValue};
use crate::wire::{CodePage, FileTime, Text};

/// Flags of a computed property.
pub(crate) const COMPUTED: u32 = 2;
/// Flags of the attachment properties that are always there.
pub(crate) const MANDATORY: u32 = 7;

const MASK_UNICODE: i32 = 0x0004_0E79;
const MASK_ANSI: i32 = 0x0000_0E79;
const HAS_ATTACH: i32 = 0x10;
const UNMODIFIED: i32 = 0x2;

/// The flags that a new property of this identifier gets. Spec: F-028.
pub(crate) fn new_flags(kind: ObjectKind, id: PropId) -> u32 {
    match (kind, id.value()) {
        (ObjectKind::Attachment, 0x3705 | 0x370B) => MANDATORY,
        (ObjectKind::Recipient, _) => ORDINARY,
        (_, 0x0FF4 | 0x0FF7 | 0x340D) => COMPUTED,
        (ObjectKind::Message, 0x3007 | 0x3008 | 0x0E02..=0x0E04 | 0x0E1B | 0x0E1D | 0x0E08) => {
            COMPUTED
        }
        (ObjectKind::Attachment, 0x0E21 | 0x0FF9 | 0x0FFE | 0x0E20) => COMPUTED,
        _ => ORDINARY,
    }
}

fn tag(value: u32) -> PropTag {
    PropTag::new(value)
}

/// Where a property's value comes from.
pub(crate) enum Answer {
    /// From the store.
    Stored,
    Value(PropValue),
    Absent,
}

impl Body {
    /// Sets a property of our own, if it differs; nothing is rewritten for the same value.
    pub(crate) fn put(&mut self, id: ObjectId, tag: PropTag, value: PropValue) -> Result<()> {
        let value = self.in_form(id, value)?;
        let tag = tag.with_type(value.prop_type());
        let core = self.core(id)?;
        let same = core.props.get(tag.id()).ok().flatten();
        if same.is_none_or(|old| old.value != value) {
            core.set(Prop { tag, value }, new_flags(core.kind, tag.id()));
        }
        Ok(())
    }

    /// What a message holds before anybody sets anything. Spec: C-235.
    pub(crate) fn fill_fresh_message(
        &mut self,
        message: &mut MessageState,
        form: Form,
        page: Option<CodePage>,
    ) -> Result<()> {
        let now = self.clock().now();
        let core = &mut message.core;
        core.form = Some(form);
        let mut set = |tag: u32, value| {
            let tag = PropTag::new(tag);
            core.props.set(Prop { tag, value }, new_flags(ObjectKind::Message, tag.id()));
        };
        if form == Form::Unicode {
            set(0x340D_0003, PropValue::Long(MASK_UNICODE));
        }
        if let Some(page) = page {
            let number = i32::try_from(page.number()).unwrap_or(1252);
            set(0x3FFD_0003, PropValue::Long(number));
        }
        set(0x0E07_0003, PropValue::Long(0x0A));
        set(0x300B_0102, PropValue::Binary(self.unique()?.to_vec()));
        set(0x3007_0040, PropValue::SysTime(now));
        set(0x3008_0040, PropValue::SysTime(now));
        set(0x0FF4_0003, PropValue::Long(2));
        set(0x0FF7_0003, PropValue::Long(0));
        message.recipients_changed = true;
        message.attachments_changed = true;
        Ok(())
    }

    /// The same for an attachment. Spec: C-180.
    pub(crate) fn fresh_attachment_props(&mut self, number: u32, form: Form) -> Vec<Prop> {
        let now = self.clock().now();
        let long =
            |tag: u32, value: i32| Prop { tag: PropTag::new(tag), value: PropValue::Long(value) };
        let time = |tag: u32| Prop { tag: PropTag::new(tag), value: PropValue::SysTime(now) };
        let key = PropValue::Binary(number.to_le_bytes().to_vec());
        let mut props = vec![
            long(0x0E21_0003, i32::from_le_bytes(number.to_le_bytes())),
            long(0x3705_0003, 0),
            long(0x370B_0003, -1),
            long(0x0FFE_0003, 7),
            Prop { tag: tag(0x0FF9_0102), value: key },
            time(0x3007_0040),
            time(0x3008_0040),
            long(0x0FF4_0003, 2),
            long(0x0FF7_0003, 0),
        ];
        if form == Form::Unicode {
            props.push(long(0x340D_0003, MASK_UNICODE));
        }
        props
    }

    /// The answer to a request for a property, before the store is asked.
    pub(crate) fn computed(&mut self, id: ObjectId, prop: PropId) -> Result<Answer> {
        let long = |value| Ok(Answer::Value(PropValue::Long(value)));
        let core = self.core(id)?;
        let writable = core.writable;
        let kind = core.kind;
        match (kind, prop.value()) {
            (_, 0x0FF4) => long(2 | i32::from(writable)),
            (_, 0x0FF7) => long(i32::from(writable)),
            (_, 0x0FF8) => Ok(Answer::Value(PropValue::Binary(self.mapping_signature()?.to_vec()))),
            (_, 0x340D) => match core.props.tag(prop) {
                Some(_) => Ok(Answer::Stored),
                None => {
                    long(if self.form(id)? == Form::Unicode { MASK_UNICODE } else { MASK_ANSI })
                }
            },
            (ObjectKind::Message, 0x0FFE) => long(5),
            (ObjectKind::Message, 0x0E12 | 0x0E13) => Ok(Answer::Value(PropValue::Object)),
            (ObjectKind::Message, 0x0E08) => match self.message(id)?.stored {
                true => long(clamp(self.message_size(id)?)),
                false => Ok(Answer::Absent),
            },
            (ObjectKind::Message, 0x0E1B) => {
                let message = self.message(id)?;
                match message.attachments_changed || message.core.props.tag(prop).is_none() {
                    true => Ok(Answer::Value(PropValue::Boolean(self.has_attachments(id)?))),
                    false => Ok(Answer::Stored),
                }
            }
            (ObjectKind::Message, 0x0E07) => self.message_flags(id),
            (ObjectKind::Message, 0x0E02..=0x0E04) => {
                let message = self.message(id)?;
                match message.recipients_changed || message.core.props.tag(prop).is_none() {
                    true => {
                        let [to, cc, bcc] = self.display_lists(id)?;
                        Ok(Answer::Value(PropValue::Unicode(match prop.value() {
                            0x0E04 => to,
                            0x0E03 => cc,
                            _ => bcc,
                        })))
                    }
                    false => Ok(Answer::Stored),
                }
            }
            (ObjectKind::Message, 0x003D | 0x0E1D) => self.subject_part(id, prop),
            (ObjectKind::Attachment, 0x0FFE) => long(7),
            (ObjectKind::Attachment, 0x0E21) => {
                let number = self.attachment(id)?.number;
                long(i32::from_le_bytes(number.to_le_bytes()))
            }
            (ObjectKind::Attachment, 0x0FF9) => match core.props.tag(prop) {
                Some(_) => Ok(Answer::Stored),
                None => {
                    let number = self.attachment(id)?.number;
                    Ok(Answer::Value(PropValue::Binary(number.to_le_bytes().to_vec())))
                }
            },
            (ObjectKind::Attachment, 0x0E20) => {
                let size = self.attachment_size(id)?;
                long(clamp(size))
            }
            _ => Ok(Answer::Stored),
        }
    }

    fn has_attachments(&mut self, id: ObjectId) -> Result<bool> {
        Ok(!self.rows(id)?.attachments.is_empty())
    }

    /// The stored flags with the bit that mirrors whether there are attachments.
    fn message_flags(&mut self, id: ObjectId) -> Result<Answer> {
        let flags = PropId::new(0x0E07);
        let message = self.message(id)?;
        if !message.attachments_changed && !message.core.touched.contains(&flags) {
            return Ok(Answer::Stored);
        }
        let stored = self.core(id)?.props.get(flags)?.map(|prop| prop.value);
        let Some(PropValue::Long(flags)) = stored else { return Ok(Answer::Stored) };
        let mirrored =
            if self.has_attachments(id)? { flags | HAS_ATTACH } else { flags & !HAS_ATTACH };
        Ok(Answer::Value(PropValue::Long(mirrored)))
    }

    /// Names of the To, Cc and Bcc recipients. Spec: C-197, C-199.
    fn display_lists(&mut self, id: ObjectId) -> Result<[Text; 3]> {
        let mut lists = [String::new(), String::new(), String::new()];
        let [to, cc, bcc] = &mut lists;
        // Kind, two names, the address.
        let wanted = |id: PropId| matches!(id.value(), 0x0C15 | 0x3001 | 0x5FF6 | 0x3003);
        self.each_recipient(id, wanted, |row| {
            let list = match row.raw_kind().unwrap_or(1) & !i32::MIN {
                1 => &mut *to,
                2 => &mut *cc,
                3 => &mut *bcc,
                _ => return,
            };
            let name = row.display_name().filter(|name| !name.is_empty());
            let Some(name) = name.or_else(|| row.stored_address()) else { return };
            if !list.is_empty() {
                list.push_str("; ");
            }
            list.push_str(&name);
        })?;
        Ok(lists.map(Text::from))
    }

    /// Prefix or normalised subject. Spec: C-236, C-237 (imessage-contract 4.3).
    fn subject_part(&mut self, id: ObjectId, prop: PropId) -> Result<Answer> {
        let (subject_id, prefix_id) = (PropId::new(0x0037), PropId::new(0x003D));
        let core = self.core(id)?;
        let touched = core.touched.contains(&subject_id) || core.touched.contains(&prefix_id);
        let set_prefix = core.touched.contains(&prefix_id);
        let stored = core.props.tag(prop).is_some();
        if stored && !touched {
            return Ok(Answer::Stored);
        }
        let Some(subject) = self.stored_text(id, subject_id)? else {
            return Ok(if touched { Answer::Absent } else { Answer::Stored });
        };
        let old_prefix = self.stored_text(id, prefix_id)?;
        let (prefix, rest) = split_subject(&subject, old_prefix.as_deref(), set_prefix);
        let part = if prop == prefix_id { prefix } else { rest };
        Ok(Answer::Value(PropValue::Unicode(part.into())))
    }

    /// A stored string property as text; no computing.
    pub(crate) fn stored_text(&mut self, id: ObjectId, prop: PropId) -> Result<Option<String>> {
        let Some(found) = self.core(id)?.props.get(prop)? else { return Ok(None) };
        match self.in_width(id, found.value, PropType::PT_UNICODE)? {
            PropValue::Unicode(text) => Ok(Some(text.into_string_lossy())),
            _ => Ok(None),
        }
    }

    /// What a save adds or renews before the properties are written. `first` is a fresh message's.
    pub(crate) fn renew(&mut self, id: ObjectId, first: bool) -> Result<()> {
        let message = self.message(id)?;
        let (recipients, attachments) = (message.recipients_changed, message.attachments_changed);
        if recipients {
            let lists = self.display_lists(id)?;
            for (prop, list) in [0x0E04, 0x0E03, 0x0E02].into_iter().zip(lists) {
                let tag = PropTag::from_parts(PropId::new(prop), PropType::PT_UNICODE);
                self.put(id, tag, PropValue::Unicode(list))?;
            }
        }
        if attachments {
            let has = self.has_attachments(id)?;
            self.put(id, tag(0x0E1B_000B), PropValue::Boolean(has))?;
        }
        if let Answer::Value(flags) = self.message_flags(id)? {
            self.put(id, tag(0x0E07_0003), flags)?;
        }
        self.renew_subject(id)?;
        self.renew_class(id, first)?;
        self.renew_page(id, first)?;
        self.renew_sync(id)?;
        let set_time = self.core(id)?.touched.contains(&PropId::new(0x3008));
        if !first {
            let flags = self.core(id)?.props.get(PropId::new(0x0E07))?.map(|prop| prop.value);
            if let Some(PropValue::Long(flags)) = flags {
                self.put(id, tag(0x0E07_0003), PropValue::Long(flags & !UNMODIFIED))?;
            }
        }
        let has_time = self.core(id)?.props.tag(PropId::new(0x3008)).is_some();
        if !(first && set_time) && (first || has_time) {
            let now = self.later_than_stored(id)?;
            self.put(id, tag(0x3008_0040), PropValue::SysTime(now))?;
        }
        Ok(())
    }

    /// Now, and in any case later than the modification time that is there. Spec: C-239.
    fn later_than_stored(&mut self, id: ObjectId) -> Result<FileTime> {
        let now = self.clock().now();
        let stored = self.core(id)?.props.get(PropId::new(0x3008))?.map(|prop| prop.value);
        Ok(match (stored, self.clock()) {
            (Some(PropValue::SysTime(old)), crate::stg::Clock::System)
                if old >= now && !old.is_none() =>
            {
                FileTime::from_ticks(old.ticks().saturating_add(1))
            }
            _ => now,
        })
    }

    fn renew_subject(&mut self, id: ObjectId) -> Result<()> {
        let touched = &self.core(id)?.touched;
        if ![0x0037, 0x003D].iter().any(|prop| touched.contains(&PropId::new(*prop))) {
            return Ok(());
        }
        let prefix = self.subject_part(id, PropId::new(0x003D))?;
        let rest = self.subject_part(id, PropId::new(0x0E1D))?;
        for (prop, part) in [(0x003D, prefix), (0x0E1D, rest)] {
            let prop = PropId::new(prop);
            match part {
                Answer::Value(value) => {
                    self.put(id, PropTag::from_parts(prop, PropType::PT_UNICODE), value)?;
                }
                Answer::Absent => {
                    self.core(id)?.remove(prop);
                }
                Answer::Stored => {}
            }
        }
        Ok(())
    }

    /// A fresh message without a class, or one whose class was deleted, becomes "IPM".
    fn renew_class(&mut self, id: ObjectId, first: bool) -> Result<()> {
        let class = PropId::new(0x001A);
        let core = self.core(id)?;
        let deleted = core.touched.contains(&class);
        if core.props.tag(class).is_none() && (first || deleted) {
            self.put(id, tag(0x001A_001F), PropValue::Unicode("IPM".into()))?;
        }
        Ok(())
    }

    /// A fresh ANSI message says what its bytes mean. Spec: imessage-contract 4.4.
    fn renew_page(&mut self, id: ObjectId, first: bool) -> Result<()> {
        let stored = self.core(id)?.props.tag(PropId::new(0x3FFD)).is_some();
        if !first || stored || self.form(id)? != Form::Ansi {
            return Ok(());
        }
        let number = self.page(id)?.write_page().number();
        self.put(id, tag(0x3FFD_0003), PropValue::Long(i32::try_from(number).unwrap_or(1252)))
    }

    /// A changed plain body makes the sync mark of the RTF body untrue. Spec: C-242.
    fn renew_sync(&mut self, id: ObjectId) -> Result<()> {
        let Some(before) = self.message(id)?.body_before.take() else { return Ok(()) };
        let touched = &self.core(id)?.touched;
        if touched.contains(&PropId::new(0x1009)) || touched.contains(&PropId::new(0x0E1F)) {
            return Ok(());
        }
        let after = self.stored_text(id, PropId::new(0x1000))?;
        let dense = |text: Option<String>| -> String {
            text.unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect()
        };
        if dense(before) != dense(after) {
            self.core(id)?.remove(PropId::new(0x0E1F));
        }
        Ok(())
    }

    /// The object that `id` is, for sizes: value bytes plus 16 per property. Approximate.
    fn attachment_size(&mut self, id: ObjectId) -> Result<u64> {
        match self.objects.get(&id) {
            Some(Object::Attachment(attachment)) => {
                super::rows::storage_size(attachment.core.storage())
            }
            _ => Ok(0),
        }
    }

    fn message_size(&mut self, id: ObjectId) -> Result<u64> {
        super::rows::storage_size(self.core(id)?.storage())
    }
}

fn clamp(size: u64) -> i32 {
    i32::try_from(size).unwrap_or(i32::MAX)
}

/// Splits a subject into prefix and rest. Spec: imessage-contract 4.3.
fn split_subject(subject: &str, prefix: Option<&str>, set_by_caller: bool) -> (String, String) {
    let mut subject = subject;
    if subject.starts_with('\u{1}') {
        let mut chars = subject.chars();
        chars.next();
        chars.next();
        subject = chars.as_str();
    }
    if let Some(prefix) = prefix
        && (set_by_caller || !prefix.is_empty())
        && let Some(rest) = subject.strip_prefix(prefix)
    {
        return (prefix.to_owned(), rest.to_owned());
    }
    if let Some((letters, rest)) = subject.split_once(':')
        && (1..=3).contains(&letters.chars().count())
        && letters.chars().all(char::is_alphabetic)
        && let Some(rest) = rest.strip_prefix(' ')
    {
        return (format!("{letters}: "), rest.to_owned());
    }
    (String::new(), subject.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spec: C-236
    #[test]
    fn one_to_three_letters_and_a_colon_are_a_prefix() {
        let split = |s: &str| split_subject(s, None, false);
        assert_eq!(split("RE: Hello"), ("RE: ".into(), "Hello".into()));
        assert_eq!(split("ABCD: x"), (String::new(), "ABCD: x".into()));
        assert_eq!(split("R2: x"), (String::new(), "R2: x".into()));
        assert_eq!(split("\u{1}\u{4}AW: x"), ("AW: ".into(), "x".into()));
        assert_eq!(split("RE:x"), (String::new(), "RE:x".into()));
    }

    /// Spec: C-237
    #[test]
    fn a_prefix_that_was_set_holds_while_the_subject_begins_with_it() {
        let kept = split_subject("Antwort: x", Some("Antwort: "), true);
        assert_eq!(kept, ("Antwort: ".into(), "x".into()));
        assert_eq!(split_subject("y", Some("Antwort: "), false), (String::new(), "y".into()));
    }
}
