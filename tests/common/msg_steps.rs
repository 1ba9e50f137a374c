//! The model of a message, and random work on messages.

use super::msg::{every_type, prop, text};
use openimsg::{NamedProp, PropSet, PropValue, Recipient};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What a message holds, as far as the model knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    pub props: BTreeMap<u16, PropValue>,
    pub named: BTreeMap<u8, String>,
    pub recipients: BTreeMap<u32, String>,
    pub next_recipient: u32,
    pub attachments: BTreeMap<u32, Attached>,
    pub read: bool,
    /// A move took the flags away.
    pub flagless: bool,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attached {
    pub name: String,
    pub data: Vec<u8>,
    pub inner: Option<Box<Model>>,
}

/// One piece of work on a message.
#[derive(Debug, Clone)]
pub enum Step {
    Set(u8, usize, u8),
    Stream(u8, Vec<u8>, bool),
    Delete(u8),
    Name(u8, String),
    AddRecipients(u8),
    ChangeRecipient(u8, String),
    RemoveRecipient(u8),
    ReplaceRecipients(u8),
    Attach(String, Vec<u8>, bool),
    ChangeAttachment(u8, String, bool),
    DeleteAttachment(u8),
    /// Work on a new or found embedded message; then save it, and its attachment.
    Embed(u8, Vec<Step>, bool, bool),
    /// CopyTo to a message aside, or from it; keeping what the target has; moving.
    CopyAside(bool, bool),
    CopyBack(bool, bool),
    /// A mark that a save keeps.
    Read(bool),
    Save(bool),
    Reopen,
    CloseSession,
}

pub fn leaf() -> impl Strategy<Value = Step> {
    let short = "[a-z]{0,6}";
    prop_oneof![
        6 => (any::<u8>(), any::<usize>(), any::<u8>()).prop_map(|(a, b, c)| Step::Set(a, b, c)),
        2 => (any::<u8>(), proptest::collection::vec(any::<u8>(), 0..5000), any::<bool>())
            .prop_map(|(a, b, c)| Step::Stream(a, b, c)),
        3 => any::<u8>().prop_map(Step::Delete),
        2 => (0..6_u8, short).prop_map(|(a, b)| Step::Name(a, b)),
        2 => (1..4_u8).prop_map(Step::AddRecipients),
        1 => (any::<u8>(), short).prop_map(|(a, b)| Step::ChangeRecipient(a, b)),
        1 => any::<u8>().prop_map(Step::RemoveRecipient),
        1 => (0..4_u8).prop_map(Step::ReplaceRecipients),
        2 => (short, proptest::collection::vec(any::<u8>(), 0..100), any::<bool>())
            .prop_map(|(a, b, c)| Step::Attach(a, b, c)),
        1 => (any::<u8>(), short, any::<bool>()).prop_map(|(a, b, c)| Step::ChangeAttachment(a, b, c)),
        1 => any::<u8>().prop_map(Step::DeleteAttachment),
        2 => (any::<bool>(), any::<bool>()).prop_map(|(a, b)| Step::CopyAside(a, b && !a)),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(a, b)| Step::CopyBack(a, b && !a)),
        1 => any::<bool>().prop_map(Step::Read),
        2 => any::<bool>().prop_map(Step::Save),
        1 => Just(Step::Reopen),
        1 => Just(Step::CloseSession),
    ]
}

pub fn step() -> impl Strategy<Value = Step> {
    leaf().prop_recursive(3, 24, 6, |inner| {
        let steps = proptest::collection::vec(inner, 0..6);
        (any::<u8>(), steps, any::<bool>(), any::<bool>())
            .prop_map(|(a, b, c, d)| Step::Embed(a, b, c, d))
    })
}

/// Work whose texts an ANSI message stores as they are.
pub fn ansi_step() -> impl Strategy<Value = Step> {
    step().prop_filter("one width of text", |step| !has_array(step))
}

pub fn has_array(step: &Step) -> bool {
    match step {
        Step::Set(_, kind, _) => {
            matches!(value(*kind, 1), PropValue::Unicode(_) | PropValue::MvUnicode(_))
        }
        Step::Name(..) => true,
        Step::Embed(_, steps, ..) => steps.iter().any(has_array),
        _ => false,
    }
}

pub fn named(which: u8) -> NamedProp {
    match which {
        0 | 1 => NamedProp::id(PropSet::PSETID_COMMON, 0x8500 + u32::from(which)),
        2 => NamedProp::id(PropSet::PSETID_TASK, 0x8500),
        3 => NamedProp::text(PropSet::PS_INTERNET_HEADERS, "X-Model"),
        _ => NamedProp::text(PropSet::PS_PUBLIC_STRINGS, format!("model {which}")),
    }
}

pub fn id_of(which: u8) -> u16 {
    0x6600 + u16::from(which % 12)
}

pub fn pick<T: Copy>(keys: impl Iterator<Item = T>, which: u8) -> Option<T> {
    let keys: Vec<T> = keys.collect();
    (!keys.is_empty()).then(|| keys[usize::from(which) % keys.len()])
}

pub fn value(which: usize, size: u8) -> PropValue {
    let all = every_type();
    match which % (all.len() + 2) {
        at if at < all.len() => all[at].clone(),
        at if at == all.len() => text(&"long ".repeat(usize::from(size) * 20)),
        _ => PropValue::MvBinary(vec![vec![size; 3]; usize::from(size % 20) + 1]),
    }
}

pub fn recipient(number: u32) -> Recipient {
    Recipient::new(&format!("R{number}"), "r@example.org")
}

pub fn row_with(id: u32, name: &str) -> Recipient {
    let mut row = Recipient::new(name, "r@example.org");
    row.set(prop(0x3000_0003, PropValue::Long(i32::try_from(id).unwrap())));
    row
}
