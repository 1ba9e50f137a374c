//! Recipients: rows of properties, and what people want to know of them.

use super::sender::Mailbox;
use super::{address, resolve};
use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::prop::store::{PropStore, read_simple};
use crate::prop::{Prop, PropId, PropTag, PropType, PropValue};
use crate::stg::{ElementName, Storage};
use crate::wire::Text;
use crate::wire::codepage::choose::TextPage;
use std::borrow::Cow;
use std::collections::HashMap;

/// How [`Message::modify_recipients`](crate::Message::modify_recipients) takes its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modify {
    /// The rows become the whole list; row ids start at 0.
    Replace,
    /// `MODRECIP_ADD`: the rows are appended.
    Add,
    /// `MODRECIP_MODIFY`: each row replaces all properties of the row with its `PR_ROWID`.
    Modify,
    /// `MODRECIP_REMOVE`: the rows with these `PR_ROWID`s go.
    Remove,
}

/// To, Cc, Bcc, or what else `PR_RECIPIENT_TYPE` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecipientType {
    /// `MAPI_ORIG`, 0.
    Originator,
    /// `MAPI_TO`, 1.
    To,
    /// `MAPI_CC`, 2.
    Cc,
    /// `MAPI_BCC`, 3.
    Bcc,
    /// `MAPI_P1`, a copy for sending again; not shown to people.
    Resend,
}

/// One addressee of a message: a row of properties.
///
/// # Example
/// ```
/// use openimsg::{Recipient, RecipientType};
///
/// let ana = Recipient::new("Ana", "ana@example.org").cc();
/// assert_eq!(ana.kind(), RecipientType::Cc);
/// assert_eq!(ana.address().as_deref(), Some("ana@example.org"));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recipient {
    props: Vec<Prop>,
    /// Flags of each property as stored, beside `props`.
    flags: Vec<u32>,
    /// The names of 8-bit texts are decoded with this.
    page: Option<TextPage>,
    unreadable: bool,
    /// What the message around the row knows: an address in its headers, the list that it is in.
    found_address: Option<String>,
    found_kind: Option<RecipientType>,
}

/// Which identifiers a row has while it is read. Most come in order; a list is searched while it is
/// short.
#[derive(Default)]
struct Seen {
    highest: Option<PropId>,
    many: HashMap<PropId, usize>,
}

impl Seen {
    /// Where `id` is among `props`; if it is new, it comes next.
    fn find(&mut self, id: PropId, props: &[Prop]) -> Option<usize> {
        if props.len() >= 64 {
            if self.many.is_empty() {
                self.many.extend(props.iter().enumerate().map(|(at, prop)| (prop.tag.id(), at)));
            }
            let known = self.many.get(&id).copied();
            self.many.entry(id).or_insert(props.len());
            return known;
        }
        if self.highest.is_none_or(|highest| highest < id) {
            self.highest = Some(id);
            return None;
        }
        props.iter().position(|prop| prop.tag.id() == id)
    }
}

const ROW_ID: PropId = PropId::new(0x3000);
const KIND: PropId = PropId::new(0x0C15);

impl Recipient {
    /// A To recipient with an SMTP address, with every property that Outlook expects of a row.
    #[must_use]
    pub fn new(name: &str, address: &str) -> Recipient {
        let text = |text: &str| PropValue::Unicode(text.into());
        let entry_id = address::one_off_entry_id(name, "SMTP", address);
        let mut row = Recipient::default();
        for (tag, value) in [
            (0x0C15_0003, PropValue::Long(1)),
            (0x3001_001F, text(name)),
            (0x3002_001F, text("SMTP")),
            (0x3003_001F, text(address)),
            (0x39FE_001F, text(address)),
            (0x0FFF_0102, PropValue::Binary(entry_id.clone())),
            (0x300B_0102, PropValue::Binary(address::search_key("SMTP", address))),
            (0x0FFE_0003, PropValue::Long(6)),
            (0x3900_0003, PropValue::Long(0)),
            (0x5FF6_001F, text(name)),
            (0x5FF7_0102, PropValue::Binary(entry_id)),
            (0x5FFD_0003, PropValue::Long(1)),
        ] {
            row.push(Prop { tag: PropTag::new(tag), value });
        }
        row
    }

    /// A row of exactly these properties.
    #[must_use]
    pub fn from_props(props: Vec<Prop>) -> Recipient {
        let flags = vec![crate::prop::store::ORDINARY; props.len()];
        Recipient { props, flags, ..Recipient::default() }
    }

    /// The same as a Cc recipient.
    #[must_use]
    pub fn cc(self) -> Recipient {
        self.with_kind(2)
    }

    /// The same as a Bcc recipient.
    #[must_use]
    pub fn bcc(self) -> Recipient {
        self.with_kind(3)
    }

    fn with_kind(mut self, kind: i32) -> Recipient {
        self.set(Prop { tag: PropTag::new(0x0C15_0003), value: PropValue::Long(kind) });
        self
    }

    /// Reads a stored row. The row id is the suffix of its storage. Spec: C-200.
    pub(crate) fn read(store: &PropStore, id: u32, page: TextPage) -> Recipient {
        let mut row = Recipient { page: Some(page), ..Recipient::default() };
        let count = store.entries().count();
        let mut seen = Seen::default();
        for (at, _, flags) in store.positions() {
            match store.get_at(at) {
                Ok(Some(prop)) => row.take(prop, flags, count, &mut seen),
                Ok(None) => {}
                Err(_) => row.unreadable = true,
            }
        }
        row.set_row_id(id);
        row
    }

    /// The same from the storage above, in one pass, at least what is wanted. `None` where that does
    /// not do.
    pub(crate) fn read_simple(
        parent: &dyn Storage,
        name: &ElementName,
        limits: &Limits,
        id: u32,
        page: TextPage,
        wanted: impl Fn(PropId) -> bool,
    ) -> Option<Recipient> {
        let mut row = Recipient { page: Some(page), ..Recipient::default() };
        let mut seen = Seen::default();
        let take = |prop, flags, count| row.take(prop, flags, count, &mut seen);
        let simple = read_simple(parent, name, limits, wanted, take);
        row.set_row_id(id);
        simple.then_some(row)
    }

    /// Takes one of `count` stored properties. Of two text widths PT_UNICODE counts, of other
    /// duplicates the first.
    fn take(&mut self, prop: Prop, flags: u32, count: usize, seen: &mut Seen) {
        if self.props.is_empty() {
            // One more for PR_ROWID.
            self.props.reserve_exact(count.saturating_add(1));
            self.flags.reserve_exact(count.saturating_add(1));
        }
        match seen.find(prop.tag.id(), &self.props).and_then(|at| self.props.get_mut(at)) {
            None => {
                self.props.push(prop);
                self.flags.push(flags);
            }
            Some(old)
                if old.tag.prop_type() == PropType::PT_STRING8
                    && prop.tag.prop_type() == PropType::PT_UNICODE =>
            {
                *old = prop;
            }
            Some(_) => {}
        }
    }

    /// A row whose storage cannot be read.
    pub(crate) fn unreadable(id: u32) -> Recipient {
        let mut row = Recipient { unreadable: true, ..Recipient::default() };
        row.set_row_id(id);
        row
    }

    pub(crate) fn set_row_id(&mut self, id: u32) {
        let value = PropValue::Long(i32::from_le_bytes(id.to_le_bytes()));
        self.set(Prop { tag: PropTag::new(0x3000_0003), value });
    }

    /// All properties of the row.
    #[must_use]
    pub fn props(&self) -> &[Prop] {
        &self.props
    }

    /// Whether some property of the stored row could not be read.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.unreadable
    }

    /// The value of a property; only the identifier of the tag counts.
    #[must_use]
    pub fn get(&self, tag: PropTag) -> Option<&PropValue> {
        self.props.iter().find(|prop| prop.tag.id() == tag.id()).map(|prop| &prop.value)
    }

    /// Sets a property, in the place of one with the same identifier.
    pub fn set(&mut self, prop: Prop) {
        match self.props.iter_mut().find(|old| old.tag.id() == prop.tag.id()) {
            Some(old) => *old = prop,
            None => self.push(prop),
        }
    }

    fn push(&mut self, prop: Prop) {
        self.props.push(prop);
        self.flags.push(crate::prop::store::ORDINARY);
    }

    fn long(&self, id: PropId) -> Option<i32> {
        match self.get(PropTag::from_parts(id, PropType::PT_LONG))? {
            PropValue::Long(value) => Some(*value),
            _ => None,
        }
    }

    /// A text property, decoded.
    pub(crate) fn text(&self, id: u16) -> Option<String> {
        self.text_ref(id).map(Cow::into_owned)
    }

    /// The same without a copy where the text is sound Unicode.
    pub(crate) fn text_ref(&self, id: u16) -> Option<Cow<'_, str>> {
        let text = match self.get(PropTag::from_parts(PropId::new(id), PropType::PT_UNICODE))? {
            PropValue::Unicode(text) => text.to_string_lossy(),
            PropValue::String8(bytes) => match self.page {
                Some(page) => page.decode(bytes).text,
                None => String::from_utf8_lossy(bytes),
            },
            _ => return None,
        };
        Some(text)
    }

    pub(crate) fn binary(&self, id: u16) -> Option<&[u8]> {
        match self.get(PropTag::from_parts(PropId::new(id), PropType::PT_BINARY))? {
            PropValue::Binary(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// `PR_ROWID`; `None` for a row that is in no message yet.
    #[must_use]
    pub fn row_id(&self) -> Option<u32> {
        self.long(ROW_ID).map(|id| u32::from_le_bytes(id.to_le_bytes()))
    }

    pub(crate) fn raw_kind(&self) -> Option<i32> {
        self.long(KIND)
    }

    /// To, Cc or Bcc. Where the row does not say: the display list of the message that it is in, or
    /// To. Spec: msg-format 1.8, Q-27.
    #[must_use]
    pub fn kind(&self) -> RecipientType {
        let raw = match (self.raw_kind(), self.found_kind) {
            (None, Some(found)) => return found,
            (raw, _) => raw.unwrap_or(1) & i32::MAX,
        };
        match raw {
            0x1000_0000 => RecipientType::Resend,
            other => match other & 0x0F {
                0 => RecipientType::Originator,
                2 => RecipientType::Cc,
                3 => RecipientType::Bcc,
                _ => RecipientType::To,
            },
        }
    }

    /// The display name, if there is one.
    #[must_use]
    pub fn display_name(&self) -> Option<String> {
        self.text(0x3001).or_else(|| self.text(0x5FF6))
    }

    /// `PR_EMAIL_ADDRESS` as stored, of whatever type.
    pub(crate) fn stored_address(&self) -> Option<String> {
        self.text(0x3003).filter(|address| !address.is_empty())
    }

    /// The best address that is known: SMTP where there is one, else what is stored (an X.500 name, for
    /// one). Nothing is invented. Spec: F-057 (msg-format 2.6.5).
    ///
    /// The first of: `PR_SMTP_ADDRESS`; `PR_EMAIL_ADDRESS` if its type is SMTP or it looks like an
    /// address; the one-off entry identifiers; the search key; a display name that is an address; in a
    /// row of [`Message::recipients`](crate::Message::recipients) the address that the transport headers
    /// give for this name, if no other recipient has it; what is stored.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        // The usual row says it in one of these, and then nothing else counts.
        let usual = [0x39FE, 0x3003].into_iter().filter_map(|id| self.text_ref(id));
        match usual.into_iter().find(|text| address::looks_like_address(text)) {
            Some(address) => Some(address.into_owned()),
            None => self.mailbox().address,
        }
    }

    /// Name, best address and X.500 name together; a name and an address that were stored the wrong way
    /// round are put right.
    ///
    /// # Example
    /// ```
    /// use openimsg::{Prop, PropValue, Recipient, tags::*};
    ///
    /// let text = |tag, text: &str| Prop { tag, value: PropValue::Unicode(text.into()) };
    /// let row = Recipient::from_props(vec![
    ///     text(PR_DISPLAY_NAME_W.tag(), "Ana"),
    ///     text(PR_ADDRTYPE_W.tag(), "EX"),
    ///     text(PR_EMAIL_ADDRESS_W.tag(), "/o=Org/ou=Site/cn=Recipients/cn=ana"),
    /// ]);
    /// let ana = row.mailbox();
    /// assert!(!ana.has_smtp_address());
    /// assert_eq!(ana.x500.as_deref(), Some("/o=Org/ou=Site/cn=Recipients/cn=ana"));
    /// ```
    #[must_use]
    pub fn mailbox(&self) -> Mailbox {
        resolve::of_row(self)
    }

    pub(crate) fn found_address(&self) -> Option<&str> {
        self.found_address.as_deref()
    }

    pub(crate) fn set_found_address(&mut self, address: String) {
        self.found_address = Some(address);
    }

    pub(crate) fn set_found_kind(&mut self, kind: RecipientType) {
        self.found_kind = Some(kind);
    }

    /// Checks a row that a caller brings. Spec: C-192, C-194.
    pub(crate) fn check(&self) -> Result<()> {
        let bad = |prop: &&Prop| {
            matches!(prop.value, PropValue::Null | PropValue::Object)
                || super::object::is_empty_array(&prop.value)
        };
        match self.props.iter().find(bad) {
            Some(prop) => {
                let note = format!("{} has a type that a recipient cannot hold", prop.tag);
                Err(Error::new(Code::InvalidParameter, "modify recipients").note(note))
            }
            None => Ok(()),
        }
    }

    /// The row as it is stored: without error values, with what is derived when it is absent.
    ///
    /// Spec: C-194, C-198 (imessage-contract 3.2).
    pub(crate) fn completed(&self, id: u32) -> Recipient {
        let mut row = self.clone();
        row.unreadable = false;
        (row.found_address, row.found_kind) = (None, None);
        let keep = |prop: &Prop| !matches!(prop.value, PropValue::Error(_));
        row.props.retain(|prop| keep(prop) && prop.tag.id() != PropId::new(0x0FF6));
        row.flags = vec![crate::prop::store::ORDINARY; row.props.len()];
        row.set_row_id(id);
        let absent =
            |row: &Recipient, id: u16| row.props.iter().all(|p| p.tag.id() != PropId::new(id));
        let mut fill = |id: u16, tag: u32, value: PropValue| {
            if absent(&row, id) {
                row.push(Prop { tag: PropTag::new(tag), value });
            }
        };
        fill(0x0C15, 0x0C15_0003, PropValue::Long(1));
        fill(0x0FFE, 0x0FFE_0003, PropValue::Long(6));
        fill(0x3900, 0x3900_0003, PropValue::Long(0));
        if let (Some(kind), Some(address)) = (self.text(0x3002), self.stored_address()) {
            fill(0x300B, 0x300B_0102, PropValue::Binary(address::search_key(&kind, &address)));
        }
        row
    }

    /// The same row with its 8-bit texts in this code page.
    pub(crate) fn in_page(mut self, page: Option<TextPage>) -> Recipient {
        self.page = page;
        self
    }

    /// The code page that the 8-bit texts of a stored row are in.
    pub(crate) fn page(&self) -> Option<TextPage> {
        self.page
    }

    /// Gives properties other identifiers; those without one go. False if there were any.
    pub(crate) fn rename(&mut self, id_of: impl Fn(PropId) -> Option<PropId>) -> bool {
        if self.props.iter().all(|prop| id_of(prop.tag.id()) == Some(prop.tag.id())) {
            return true;
        }
        let count = self.props.len();
        let (mut props, mut flags) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let old = std::mem::take(&mut self.props).into_iter();
        for (prop, flag) in old.zip(std::mem::take(&mut self.flags)) {
            if let Some(id) = id_of(prop.tag.id()) {
                let tag = PropTag::from_parts(id, prop.tag.prop_type());
                props.push(Prop { tag, ..prop });
                flags.push(flag);
            }
        }
        (self.props, self.flags) = (props, flags);
        self.props.len() == count
    }

    /// All texts in Unicode, so that a row can move to another message.
    pub(crate) fn to_unicode(&self) -> Recipient {
        Recipient { props: self.wide_props(|_| true), ..self.without_props() }
    }

    fn without_props(&self) -> Recipient {
        Recipient {
            props: Vec::new(),
            flags: self.flags.clone(),
            page: self.page,
            unreadable: self.unreadable,
            found_address: self.found_address.clone(),
            found_kind: self.found_kind,
        }
    }

    /// The properties that are wanted, texts in Unicode.
    pub(crate) fn wide_props(&self, wanted: impl Fn(PropId) -> bool) -> Vec<Prop> {
        let text = |bytes: &Vec<u8>| match self.page {
            Some(page) => Text::from(&*page.decode(bytes).text),
            None => super::text::from_caller(bytes),
        };
        let wide = |prop: &Prop| {
            let value = match &prop.value {
                PropValue::String8(bytes) => PropValue::Unicode(text(bytes)),
                PropValue::MvString8(values) => {
                    PropValue::MvUnicode(values.iter().map(text).collect())
                }
                _ => return prop.clone(),
            };
            Prop { tag: prop.tag.with_type(value.prop_type()), value }
        };
        self.props.iter().filter(|prop| wanted(prop.tag.id())).map(wide).collect()
    }
}
