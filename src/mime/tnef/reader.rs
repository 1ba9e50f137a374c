//! The attributes of a TNEF stream, one after the other, and of the streams inside it.
//!
//! Streams inside are read where they lie, from a list of what is to be done, not by recursion.

use super::Envelope;
use super::attachment::Open;
use super::attributes::{self as att, Attribute};
use super::bytes::{Bytes, Data};
use super::dates::Dates;
use super::legacy::{self, Said};
use super::list::Reading;
use super::sink::{Report, Wanted, read_list, read_row, set};
use crate::error::{Code, Error, Result};
use crate::finding::Severity;
use crate::mime::ImportOptions;
use crate::msg::{Attachment, Message, Modify, Recipient, SaveFlags};
use crate::prop::{Prop, PropId, PropTag, PropValue};
use crate::wire::CodePage;
use std::collections::HashSet;

/// Messages inside messages of one stream.
const MAX_MESSAGES: u32 = 1_024;
/// PR_MESSAGE_CODEPAGE.
const CODE_PAGE: PropTag = PropTag::new(0x3FFD_0003);
/// Recipients that are added at once.
const ROWS: usize = 256;
/// The longest value of an old attribute that is no text.
const SHORT: u64 = 256 << 10;

/// One message that is being read.
struct Frame<'s> {
    message: Message<'s>,
    /// The attachment that it lies in.
    holder: Option<Attachment<'s>>,
    /// Where its next attribute begins, and where its stream ends.
    at: u64,
    end: u64,
    page: CodePage,
    place: String,
    /// How many messages are around it.
    level: usize,
    /// Properties that stay as they are, and those that attMsgProps has set.
    kept: HashSet<PropId>,
    given: HashSet<PropId>,
    keeps_recipients: bool,
    open: Option<Open<'s>>,
    /// attOwner, whose meaning depends on what comes later.
    owner: Option<Vec<u8>>,
    has_flags: bool,
    dates: Dates,
}

/// What a step came to.
enum Step<'s> {
    On,
    /// A message begins inside this one.
    Into(Box<Frame<'s>>),
    Done,
}

pub(super) struct Reader<'a, 'o> {
    pub(super) bytes: Bytes<'a>,
    pub(super) options: &'o ImportOptions,
    pub(super) report: Report<'o>,
    pub(super) messages: u32,
}

impl Reader<'_, '_> {
    /// Reads everything into a message.
    pub(super) fn read(
        &mut self,
        message: &Message<'_>,
        envelope: Envelope,
        place: &str,
    ) -> Result<()> {
        let signature = Data::new(&mut self.bytes, att::START).u32()?;
        if signature != Some(att::SIGNATURE) {
            return Err(Error::new(Code::CorruptData, "read TNEF").note("it has no signature"));
        }
        let end = self.bytes.len();
        let mut first = self.frame(message.clone(), None, (0, end), place.to_owned())?;
        if envelope == Envelope::Keep {
            first.kept.extend(super::envelope::kept(message)?);
            first.keeps_recipients = message.recipient_count()? > 0;
        }
        let mut stack = vec![first];
        while let Some(frame) = stack.last_mut() {
            match self.step(frame)? {
                Step::On => {}
                Step::Into(inner) => stack.push(*inner),
                Step::Done => {
                    let Some(frame) = stack.pop() else { break };
                    self.close(frame)?;
                }
            }
        }
        Ok(())
    }

    /// A message whose stream lies in these bounds.
    fn frame<'s>(
        &mut self,
        message: Message<'s>,
        holder: Option<Attachment<'s>>,
        (start, end): (u64, u64),
        place: String,
    ) -> Result<Frame<'s>> {
        let at = start.saturating_add(att::START);
        let page = self.page(&message, at, end, &place)?;
        let mut kept = HashSet::new();
        if !message.is_unicode()? {
            // Another page would change the meaning of the texts that are set already.
            kept.insert(CODE_PAGE.id());
        }
        Ok(Frame {
            message,
            holder,
            at,
            end,
            page,
            place,
            level: 0,
            kept,
            given: HashSet::new(),
            keeps_recipients: false,
            open: None,
            owner: None,
            has_flags: false,
            dates: Dates::default(),
        })
    }

    /// The page of the 8-bit text of a stream. The message gets it too, unless it has one: the texts that
    /// it holds already are in that.
    fn page(&mut self, message: &Message<'_>, at: u64, end: u64, place: &str) -> Result<CodePage> {
        let told = self.told_page(at, end, place)?;
        let page = told.or(self.options.code_page).unwrap_or(CodePage::WINDOWS_1252);
        let needed = told.is_some() || !message.is_unicode()?;
        if needed && message.get_prop(CODE_PAGE).ok().flatten().is_none() {
            let number = i32::try_from(page.number()).unwrap_or(1252);
            let prop = Prop { tag: CODE_PAGE, value: PropValue::Long(number) };
            set(message, place, &mut self.report, prop)?;
        }
        Ok(page)
    }

    /// What attOemCodepage says. Mostly, but not always, it comes before the first text.
    fn told_page(&mut self, at: u64, end: u64, place: &str) -> Result<Option<CodePage>> {
        let mut next = at;
        while let Some(attribute) = att::at(&mut self.bytes, next, end)? {
            if attribute.level != 1 || attribute.cut {
                break;
            }
            if attribute.id != att::OEM_CODEPAGE {
                next = attribute.next();
                continue;
            }
            let number = Data::new(&mut self.bytes, attribute.end).u32()?;
            let page = number.and_then(CodePage::new);
            if page.is_none() {
                let text = match number {
                    Some(number) => format!("code page {number} is not known"),
                    None => "the code page cannot be read".to_owned(),
                };
                self.report.find(Severity::Warning, "tnef-page", place, attribute.header, text);
            }
            return Ok(page);
        }
        Ok(None)
    }

    /// Reads the next attribute of a message.
    fn step<'s>(&mut self, frame: &mut Frame<'s>) -> Result<Step<'s>> {
        let found = att::at(&mut self.bytes, frame.at, frame.end)?;
        let sound = found.filter(|attribute| matches!(attribute.level, 1 | 2));
        let over = match (&frame.open, sound) {
            (Some(open), Some(attribute)) => {
                attribute.id == att::ATTACH_REND_DATA || open.is_over_at(attribute.id)
            }
            (Some(_), None) => true,
            (None, _) => false,
        };
        if over && let Some(open) = frame.open.take() {
            return self.finish(frame, open);
        }
        let Some(attribute) = sound else {
            self.tail(frame, found.is_some());
            return Ok(Step::Done);
        };
        frame.at = attribute.next();
        self.bytes.seek(attribute.start);
        match attribute.level {
            1 => self.of_message(frame, attribute)?,
            _ => {
                if !self.of_attachment(frame, attribute)? {
                    frame.at = frame.end;
                }
            }
        }
        self.check_sum(frame, attribute)?;
        Ok(Step::On)
    }

    /// What is left behind the last attribute.
    fn tail(&mut self, frame: &Frame<'_>, is_header: bool) {
        let left = frame.end.saturating_sub(frame.at);
        if left == 0 {
            return;
        }
        if self.bytes.len() < frame.end {
            let text = format!("{left} bytes at the end cannot be read");
            self.report.find(Severity::Error, "tnef-truncated", &frame.place, frame.at, text);
            return;
        }
        let text = match is_header {
            true => format!("{left} bytes at the end are no attribute"),
            false => format!("{left} bytes at the end are too few for an attribute"),
        };
        // The mail around it often leaves the end of a line behind.
        let severity = if is_header { Severity::Warning } else { Severity::Note };
        self.report.find(severity, "tnef-tail", &frame.place, frame.at, text);
    }

    /// Passes over what is left of an attribute and holds it against its checksum.
    fn check_sum(&mut self, frame: &Frame<'_>, attribute: Attribute) -> Result<()> {
        let Attribute { id, header, end, cut, .. } = attribute;
        let named = att::name(id).unwrap_or("an attribute");
        if cut {
            let text = format!("the stream ends inside {named}");
            self.report.find(Severity::Error, "tnef-truncated", &frame.place, header, text);
            return Ok(());
        }
        Data::new(&mut self.bytes, end).skip_to(end)?;
        let sum = self.bytes.sum();
        match Data::new(&mut self.bytes, frame.end).u16()? {
            Some(told) if told == sum => {}
            Some(_) => {
                let text = format!("{named} has a wrong checksum");
                self.report.find(Severity::Warning, "tnef-checksum", &frame.place, header, text);
            }
            None => {
                let text = format!("the stream ends before the checksum of {named}");
                self.report.find(Severity::Warning, "tnef-truncated", &frame.place, header, text);
            }
        }
        Ok(())
    }

    /// An attribute at the level of the message.
    fn of_message(&mut self, frame: &mut Frame<'_>, attribute: Attribute) -> Result<()> {
        let how = Reading { page: frame.page, limits: &self.options.limits, long: u64::MAX };
        let mut data = Data::new(&mut self.bytes, attribute.end);
        let len = data.left();
        match attribute.id {
            att::MSG_PROPS => {
                let Frame { message, kept, given, place, .. } = frame;
                let wanted = Wanted { kept, given, place };
                for found in read_list(&mut data, how, message, wanted, &mut self.report)? {
                    let item = found.tag.to_string();
                    self.report.lose("property", place, item, "an object of the message");
                }
                frame.has_flags |= frame.given.contains(&PropId::new(0x0E07));
            }
            att::RECIP_TABLE => self.recipients(frame, attribute)?,
            att::OWNER => frame.owner = Some(data.up_to(len.min(SHORT))?),
            att::TNEF_VERSION | att::OEM_CODEPAGE => {}
            id => {
                let name = att::name(id).map_or_else(|| format!("0x{id:08X}"), str::to_owned);
                let most = match id {
                    att::BODY | att::SUBJECT => how.limits.text_bytes,
                    _ => SHORT,
                };
                if len > most {
                    let detail = format!("{len} bytes are too many for it");
                    self.report.lose("tnef-attribute", &frame.place, name, detail);
                    return Ok(());
                }
                let said = legacy::message(id, &data.up_to(len)?, frame.page);
                self.say(frame, said, name)?;
            }
        }
        Ok(())
    }

    /// Sets what an old attribute says, where attMsgProps has not said it.
    fn say(&mut self, frame: &mut Frame<'_>, said: Said, name: String) -> Result<()> {
        let props = match said {
            Said::Props(props) => props,
            Said::Date(tag, date) => {
                frame.dates.tell(tag, date);
                return Ok(());
            }
            Said::Unfit(why) => {
                self.report.lose("tnef-attribute", &frame.place, name, why);
                return Ok(());
            }
            Said::Other => {
                let detail = "it is not known what it means";
                self.report.lose("tnef-attribute", &frame.place, name, detail);
                return Ok(());
            }
        };
        for prop in props {
            let id = prop.tag.id();
            if !frame.given.contains(&id) && !frame.kept.contains(&id) {
                frame.has_flags |= id == PropId::new(0x0E07);
                set(&frame.message, &frame.place, &mut self.report, prop)?;
            }
        }
        Ok(())
    }

    /// Sets the dates of the old attributes, where attMsgProps does not have them.
    fn settle_dates(&mut self, frame: &mut Frame<'_>) -> Result<()> {
        let Frame { message, given, kept, place, dates, .. } = frame;
        let property = |tag: PropTag| match message.get_prop(tag) {
            Ok(Some(PropValue::SysTime(date))) if given.contains(&tag.id()) => Some(date),
            _ => None,
        };
        for (tag, date) in dates.settle(property) {
            if !given.contains(&tag.id()) && !kept.contains(&tag.id()) {
                let prop = Prop { tag, value: PropValue::SysTime(date) };
                set(message, place, &mut self.report, prop)?;
            }
        }
        Ok(())
    }

    /// attRecipTable: a count, and a list of properties for each row.
    fn recipients(&mut self, frame: &Frame<'_>, attribute: Attribute) -> Result<()> {
        const CODE: &str = "tnef-recipients";
        let how = Reading { page: frame.page, limits: &self.options.limits, long: u64::MAX };
        let mut data = Data::new(&mut self.bytes, attribute.end);
        let count = data.u32()?.unwrap_or(0);
        if frame.keeps_recipients {
            return Ok(());
        }
        let mut rows = Vec::new();
        let mut place = String::new();
        for number in 0..count {
            if data.left() == 0 {
                let text = format!("{number} of {count} recipients are there");
                self.report.find(Severity::Error, CODE, &frame.place, attribute.header, text);
                break;
            }
            place.clear();
            if !frame.place.is_empty() {
                place.push_str(&frame.place);
                place.push('/');
            }
            place.push_str(&format!("recipient {number}"));
            let (props, whole) =
                read_row(&mut data, how, &frame.message, &place, &mut self.report)?;
            if !props.is_empty() {
                rows.push(Recipient::from_props(props));
            }
            if rows.len() >= ROWS || !whole {
                let more = add(&frame.message, &mut rows)?;
                if !more {
                    let text = "there are more recipients than the limit";
                    self.report.find(Severity::Error, CODE, &frame.place, attribute.header, text);
                    return Ok(());
                }
            }
            if !whole {
                break;
            }
        }
        if !add(&frame.message, &mut rows)? {
            let text = "there are more recipients than the limit";
            self.report.find(Severity::Error, CODE, &frame.place, attribute.header, text);
        }
        Ok(())
    }

    /// An attribute at the level of an attachment. False if the message can have no more of them.
    fn of_attachment(&mut self, frame: &mut Frame<'_>, attribute: Attribute) -> Result<bool> {
        self.settle_dates(frame)?;
        if frame.open.is_none() {
            let created = match frame.message.create_attach() {
                Ok(created) => created,
                Err(error) if error.code() == Code::TooBig => {
                    let text = "there are more attachments than the limit";
                    let at = attribute.header;
                    self.report.find(Severity::Error, "tnef-attachments", &frame.place, at, text);
                    return Ok(false);
                }
                Err(error) => return Err(error),
            };
            frame.open = Some(Open::new(created, &frame.place));
        }
        let Some(open) = frame.open.as_mut() else { return Ok(true) };
        let how = Reading { page: frame.page, limits: &self.options.limits, long: u64::MAX };
        if !open.take(attribute, &mut self.bytes, how, &frame.dates, &mut self.report)? {
            let id = attribute.id;
            let name = att::name(id).map_or_else(|| format!("0x{id:08X}"), str::to_owned);
            let detail = "it is not known what it means";
            self.report.lose("tnef-attribute", &open.place, name, detail);
        }
        Ok(true)
    }

    /// Ends an attachment: saves it, or begins with the message in it.
    fn finish<'s>(&mut self, frame: &Frame<'s>, mut open: Open<'s>) -> Result<Step<'s>> {
        let limits = &self.options.limits;
        let inside = open.message(&mut self.bytes)?;
        let depth = frame.level;
        let bounds = match inside {
            Some((start, _)) if depth >= limits.embedded_depth || self.messages >= MAX_MESSAGES => {
                let text = match depth >= limits.embedded_depth {
                    true => format!("messages are nested more than {} deep", limits.embedded_depth),
                    false => format!("there are more than {MAX_MESSAGES} messages inside"),
                };
                self.report.find(Severity::Error, "tnef-depth", &open.place, start, text);
                None
            }
            other => other,
        };
        let Some(bounds) = bounds else {
            open.finish(&mut self.bytes, limits, &mut self.report)?;
            return Ok(Step::On);
        };
        let inner = match open.attachment.create_message() {
            Ok(inner) => inner,
            Err(error) if error.code() == Code::TooComplex => {
                let text = "messages are nested deeper than the file may have them";
                self.report.find(Severity::Error, "tnef-depth", &open.place, bounds.0, text);
                open.finish(&mut self.bytes, limits, &mut self.report)?;
                return Ok(Step::On);
            }
            Err(error) => return Err(error),
        };
        self.messages += 1;
        open.settle_names(&mut self.report)?;
        open.settle_method(5, &[5], &mut self.report)?;
        let place = open.place;
        let mut begun = self.frame(inner, Some(open.attachment), bounds, place)?;
        begun.level = frame.level.saturating_add(1);
        begun.dates = frame.dates.inherited();
        Ok(Step::Into(Box::new(begun)))
    }

    /// Ends a message: what could be known only now, and the save of a message inside another.
    fn close(&mut self, mut frame: Frame<'_>) -> Result<()> {
        self.settle_dates(&mut frame)?;
        if let Some(owner) = frame.owner.take() {
            let class = frame.message.get(crate::prop::tags::PR_MESSAGE_CLASS_W).ok().flatten();
            let said = legacy::owner(&owner, &class.unwrap_or_default(), frame.page);
            self.say(&mut frame, said, "attOwner".to_owned())?;
        }
        let Some(holder) = frame.holder else { return Ok(()) };
        if !frame.has_flags {
            // It is no draft, though a new message is one.
            let read = Prop { tag: PropTag::new(0x0E07_0003), value: PropValue::Long(1) };
            set(&frame.message, &frame.place, &mut self.report, read)?;
        }
        frame.message.save_changes(SaveFlags::empty())?;
        holder.save_changes(SaveFlags::empty())
    }
}

/// Adds rows to a message. False if it may not have as many.
fn add(message: &Message<'_>, rows: &mut Vec<Recipient>) -> Result<bool> {
    let rows = std::mem::take(rows);
    if rows.is_empty() {
        return Ok(true);
    }
    match message.modify_recipients(Modify::Add, &rows) {
        Ok(()) => Ok(true),
        Err(error) if error.code() == Code::TooBig => Ok(false),
        Err(error) => Err(error),
    }
}
