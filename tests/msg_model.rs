//! Random work on messages against a plain model: properties, names, recipients, attachments and
//! embedded messages, saves at every level, drops without one, reopening, closing sessions.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::msg::*;
use openimsg::{
    Attachment, CompoundFile, Message, Modify, NamedProp, OpenStream, Prop, PropId, PropSet,
    PropTag, PropType, PropValue, Recipient, SaveFlags, Session, Severity, Storage, check_message,
    tags::*,
};
use proptest::prelude::*;
use proptest::test_runner::Config;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

/// What a message holds, as far as the model knows.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    props: BTreeMap<u16, PropValue>,
    named: BTreeMap<u8, String>,
    recipients: BTreeMap<u32, String>,
    next_recipient: u32,
    attachments: BTreeMap<u32, Attached>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Attached {
    name: String,
    data: Vec<u8>,
    inner: Option<Box<Model>>,
}

/// One piece of work on a message.
#[derive(Debug, Clone)]
enum Step {
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
    Save(bool),
    Reopen,
    CloseSession,
}

fn leaf() -> impl Strategy<Value = Step> {
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
        2 => any::<bool>().prop_map(Step::Save),
        1 => Just(Step::Reopen),
        1 => Just(Step::CloseSession),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    leaf().prop_recursive(3, 24, 6, |inner| {
        let steps = proptest::collection::vec(inner, 0..6);
        (any::<u8>(), steps, any::<bool>(), any::<bool>())
            .prop_map(|(a, b, c, d)| Step::Embed(a, b, c, d))
    })
}

/// Work whose texts an ANSI message stores as they are.
fn ansi_step() -> impl Strategy<Value = Step> {
    step().prop_filter("one width of text", |step| !has_array(step))
}

fn has_array(step: &Step) -> bool {
    match step {
        Step::Set(_, kind, _) => {
            matches!(value(*kind, 1), PropValue::Unicode(_) | PropValue::MvUnicode(_))
        }
        Step::Name(..) => true,
        Step::Embed(_, steps, ..) => steps.iter().any(has_array),
        _ => false,
    }
}

fn named(which: u8) -> NamedProp {
    match which {
        0 | 1 => NamedProp::id(PropSet::PSETID_COMMON, 0x8500 + u32::from(which)),
        2 => NamedProp::id(PropSet::PSETID_TASK, 0x8500),
        3 => NamedProp::text(PropSet::PS_INTERNET_HEADERS, "X-Model"),
        _ => NamedProp::text(PropSet::PS_PUBLIC_STRINGS, format!("model {which}")),
    }
}

fn id_of(which: u8) -> u16 {
    0x6600 + u16::from(which % 12)
}

fn pick<T: Copy>(keys: impl Iterator<Item = T>, which: u8) -> Option<T> {
    let keys: Vec<T> = keys.collect();
    (!keys.is_empty()).then(|| keys[usize::from(which) % keys.len()])
}

fn value(which: usize, size: u8) -> PropValue {
    let all = every_type();
    match which % (all.len() + 2) {
        at if at < all.len() => all[at].clone(),
        at if at == all.len() => text(&"long ".repeat(usize::from(size) * 20)),
        _ => PropValue::MvBinary(vec![vec![size; 3]; usize::from(size % 20) + 1]),
    }
}

fn recipient(number: u32) -> Recipient {
    Recipient::new(&format!("R{number}"), "r@example.org")
}

fn row_with(id: u32, name: &str) -> Recipient {
    let mut row = Recipient::new(name, "r@example.org");
    row.set(prop(0x3000_0003, PropValue::Long(i32::try_from(id).unwrap())));
    row
}

/// Does one step on a message of any level. Saves and reopening of the top are done by the caller.
fn work(message: &Message<'_>, model: &mut Model, step: &Step) {
    match step {
        Step::Set(which, kind, size) => {
            let (id, value) = (id_of(*which), value(*kind, *size));
            let tag = PropTag::from_parts(PropId::new(id), value.prop_type());
            assert_eq!(message.set_props(&[Prop { tag, value: value.clone() }]).unwrap(), []);
            model.props.insert(id, value);
        }
        Step::Stream(which, data, create) => {
            let id = id_of(*which);
            let tag = PropTag::from_parts(PropId::new(id), PropType::PT_BINARY);
            let old = match model.props.get(&id) {
                Some(PropValue::Binary(bytes)) => Some(bytes.clone()),
                _ => None,
            };
            let (how, mut bytes) = match (create, old) {
                (false, Some(old)) => (OpenStream::Modify, old),
                _ => (OpenStream::Create, Vec::new()),
            };
            let mut stream = message.open_stream(tag, how).unwrap();
            stream.write_all(data).unwrap();
            if bytes.len() < data.len() {
                bytes.resize(data.len(), 0);
            }
            bytes[..data.len()].copy_from_slice(data);
            model.props.insert(id, PropValue::Binary(bytes));
        }
        Step::Delete(which) => {
            let id = id_of(*which);
            let tag = PropTag::from_parts(PropId::new(id), PropType::PT_NULL);
            let problems = message.delete_props(&[tag]).unwrap();
            assert_eq!(problems.is_empty(), model.props.remove(&id).is_some());
        }
        Step::Name(which, value) => {
            let id = message.ids_from_names(&[named(*which)], true).unwrap()[0].unwrap();
            let tag = PropTag::from_parts(id, PropType::PT_UNICODE);
            assert_eq!(message.set_props(&[Prop { tag, value: text(value) }]).unwrap(), []);
            model.named.insert(*which, value.clone());
        }
        Step::AddRecipients(count) => {
            let rows: Vec<_> = (0..u32::from(*count)).map(recipient).collect();
            message.modify_recipients(Modify::Add, &rows).unwrap();
            for number in 0..u32::from(*count) {
                model.recipients.insert(model.next_recipient, format!("R{number}"));
                model.next_recipient += 1;
            }
        }
        Step::ReplaceRecipients(count) => {
            let rows: Vec<_> = (0..u32::from(*count)).map(recipient).collect();
            message.modify_recipients(Modify::Replace, &rows).unwrap();
            model.recipients = (0..u32::from(*count)).map(|id| (id, format!("R{id}"))).collect();
            model.next_recipient = u32::from(*count);
        }
        Step::ChangeRecipient(which, name) => {
            let Some(id) = pick(model.recipients.keys().copied(), *which) else { return };
            message.modify_recipients(Modify::Modify, &[row_with(id, name)]).unwrap();
            model.recipients.insert(id, name.clone());
        }
        Step::RemoveRecipient(which) => {
            let Some(id) = pick(model.recipients.keys().copied(), *which) else { return };
            message.modify_recipients(Modify::Remove, &[row_with(id, "")]).unwrap();
            model.recipients.remove(&id);
        }
        Step::Attach(name, data, save) => {
            let attachment = message.create_attach().unwrap();
            assert!(model.attachments.keys().all(|number| *number < attachment.number()));
            attachment.set(PR_ATTACH_METHOD, 1).unwrap();
            attachment.set(PR_ATTACH_LONG_FILENAME_W, name.as_str()).unwrap();
            attachment.set(PR_ATTACH_DATA_BIN, &data[..]).unwrap();
            if *save {
                attachment.save_changes(SaveFlags::empty()).unwrap();
                let attached = Attached { name: name.clone(), data: data.clone(), inner: None };
                model.attachments.insert(attachment.number(), attached);
            }
        }
        Step::ChangeAttachment(which, name, save) => {
            let Some(number) = pick(model.attachments.keys().copied(), *which) else { return };
            let attachment = message.open_attach(number).unwrap();
            attachment.set(PR_ATTACH_LONG_FILENAME_W, name.as_str()).unwrap();
            if *save {
                attachment.save_changes(KEEP).unwrap();
                model.attachments.get_mut(&number).unwrap().name = name.clone();
            }
        }
        Step::DeleteAttachment(which) => {
            let Some(number) = pick(model.attachments.keys().copied(), *which) else { return };
            message.delete_attach(number).unwrap();
            model.attachments.remove(&number);
        }
        Step::Embed(which, steps, save_inner, save) => {
            let holding = model.attachments.iter().filter(|(_, a)| a.inner.is_some());
            let found = pick(holding.map(|(number, _)| *number), *which).filter(|_| which % 2 == 0);
            let (attachment, inner, mut inner_model) = match found {
                Some(number) => {
                    let attachment = message.open_attach(number).unwrap();
                    let inner = attachment.open_message().unwrap();
                    let known = model.attachments[&number].inner.clone().unwrap();
                    (attachment, inner, *known)
                }
                None => {
                    let attachment = message.create_attach().unwrap();
                    attachment.set(PR_ATTACH_METHOD, 5).unwrap();
                    let inner = attachment.create_message().unwrap();
                    (attachment, inner, Model::default())
                }
            };
            for step in steps {
                work(&inner, &mut inner_model, step);
            }
            check(&inner, &inner_model);
            if *save_inner {
                inner.save_changes(SaveFlags::empty()).unwrap();
            }
            if *save {
                attachment.save_changes(KEEP).unwrap();
                let known = model.attachments.entry(attachment.number()).or_default();
                if *save_inner {
                    known.inner = Some(Box::new(inner_model));
                }
            }
        }
        Step::Save(_) | Step::Reopen | Step::CloseSession => {}
    }
}

fn check_attachment(attachment: &Attachment<'_>, model: &Attached) {
    let name = attachment.get(PR_ATTACH_LONG_FILENAME_W).unwrap().unwrap_or_default();
    assert_eq!(name, model.name);
    let data = attachment.get_prop(PR_ATTACH_DATA_BIN.tag());
    match (&model.inner, data) {
        (Some(inner), _) => check(&attachment.open_message().unwrap(), inner),
        (None, Ok(Some(PropValue::Binary(data)))) => assert_eq!(data, model.data),
        (None, Ok(None)) => assert!(model.data.is_empty()),
        (None, other) => panic!("{other:?}"),
    }
}

fn check(message: &Message<'_>, model: &Model) {
    for which in 0..12 {
        let id = PropId::new(id_of(which));
        let found = message.get_prop(PropTag::from_parts(id, PropType::PT_UNSPECIFIED)).unwrap();
        assert_eq!(found.as_ref(), model.props.get(&id.value()), "{id:?}");
    }
    for which in 0..6 {
        let id = message.ids_from_names(&[named(which)], false).unwrap()[0];
        let found = id.and_then(|id| {
            message.get_prop(PropTag::from_parts(id, PropType::PT_UNICODE)).unwrap()
        });
        assert_eq!(found, model.named.get(&which).map(|value| text(value)), "{which}");
    }
    let rows = message.recipients().unwrap();
    let found: BTreeMap<u32, String> = rows
        .iter()
        .map(|row| (row.row_id().unwrap(), row.display_name().unwrap_or_default()))
        .collect();
    assert_eq!(found, model.recipients);
    let shown: Vec<&str> = model
        .recipients
        .values()
        .map(|name| match name.as_str() {
            "" => "r@example.org",
            name => name,
        })
        .collect();
    assert_eq!(message.get(PR_DISPLAY_TO_W).unwrap().unwrap(), shown.join("; "));
    let numbers: Vec<u32> = model.attachments.keys().copied().collect();
    assert_eq!(message.attachment_numbers().unwrap(), numbers);
    assert_eq!(message.get(PR_HASATTACH).unwrap(), Some(!numbers.is_empty()));
    for (number, attached) in &model.attachments {
        check_attachment(&message.open_attach(*number).unwrap(), attached);
    }
}

fn run(steps: &[Step], ansi: bool) {
    let file = Arc::new(CompoundFile::memory());
    let storage: Arc<dyn Storage> = Arc::clone(&file) as _;
    let mut saved: Option<Model> = None;
    let mut model = Model::default();
    let mut session = Session::new();
    let page = openimsg::CodePage::WINDOWS_1252;
    let mut at = 0;
    while at < steps.len() {
        // One opening of the message; it ends with a step that reopens.
        let message = match (&saved, ansi) {
            (Some(_), _) => session.open_message(Arc::clone(&storage)),
            (None, true) => session.create_ansi_message(Arc::clone(&storage), page),
            (None, false) => session.create_message(Arc::clone(&storage)),
        }
        .unwrap();
        let mut close = false;
        while let Some(step) = steps.get(at) {
            at += 1;
            match step {
                Step::Save(force) => {
                    let flags = if *force { KEEP | SaveFlags::FORCE_SAVE } else { KEEP };
                    message.save_changes(flags).unwrap();
                    saved = Some(model.clone());
                }
                Step::Reopen => break,
                Step::CloseSession => {
                    close = true;
                    break;
                }
                step => work(&message, &mut model, step),
            }
            check(&message, &model);
        }
        if close {
            std::mem::forget(message);
            session.close();
            session = Session::new();
        } else {
            drop(message);
        }
        // What was not saved is gone.
        model = saved.clone().unwrap_or_default();
        if saved.is_some() {
            check(&session.open_message(Arc::clone(&storage)).unwrap(), &model);
        }
    }
    if saved.is_some() && !ansi {
        let found = check_message(&storage).unwrap();
        let bad: Vec<String> = found
            .iter()
            .filter(|f| f.severity() != Severity::Note && !f.code().starts_with("attach-"))
            .map(ToString::to_string)
            .collect();
        assert_eq!(bad, Vec::<String>::new());
    }
}

proptest! {
    #![proptest_config(Config {
        cases: 128,
        max_shrink_iters: 400,
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn a_message_is_what_was_done_to_it(steps in proptest::collection::vec(step(), 1..40)) {
        run(&steps, false);
    }

    #[test]
    fn the_same_holds_of_an_ansi_message(steps in proptest::collection::vec(ansi_step(), 1..20)) {
        run(&steps, true);
    }
}
