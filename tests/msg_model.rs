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
use common::msg_steps::*;
use openimsg::{
    Attachment, Code, CompoundFile, CopyFlags, CopyOptions, Message, Modify, OpenStream, Prop,
    PropId, PropTag, PropType, PropValue, ReadFlags, SaveFlags, Session, Severity, Storage,
    check_message, tags::*,
};
use proptest::prelude::*;
use proptest::test_runner::Config;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

/// A message aside, in a file of its own, that messages are copied to and from.
struct Aside {
    file: Arc<CompoundFile>,
    message: Message<'static>,
    model: Model,
}

/// How deep messages lie in a message.
fn depth(model: &Model) -> usize {
    let inner = model.attachments.values().filter_map(|attached| attached.inner.as_deref());
    inner.map(|inner| depth(inner) + 1).max().unwrap_or(0)
}

/// A message as a copy of it is: rows and attachments numbered anew.
fn renewed(model: &Model) -> Model {
    let mut copy = model.clone();
    copy.recipients = (0..).zip(model.recipients.values().cloned()).collect();
    copy.next_recipient = u32::try_from(copy.recipients.len()).unwrap();
    let attached = |attached: &Attached| {
        // A new message has flags of its own.
        let with_flags = |inner| Box::new(Model { flagless: false, ..renewed(inner) });
        let inner = attached.inner.as_deref().map(with_flags);
        Attached { inner, ..attached.clone() }
    };
    copy.attachments = (0..).zip(model.attachments.values().map(attached)).collect();
    copy
}

/// CopyTo between two messages, and what comes of their models.
fn copy(
    (from, source): (&Message<'_>, &mut Model),
    (to, target): (&Message<'_>, &mut Model),
    keep: bool,
    moving: bool,
) {
    let mut flags = CopyFlags::empty();
    flags.set(CopyFlags::NO_REPLACE, keep);
    flags.set(CopyFlags::MOVE, moving);
    let old = to.attachment_numbers().unwrap();
    let problems = from.copy_to(to, CopyOptions::new().flags(flags)).unwrap();
    assert!(problems.iter().all(|problem| problem.code == Code::Computed), "{problems:?}");
    let copy = renewed(source);
    for (id, value) in copy.props {
        match keep {
            true => drop(target.props.entry(id).or_insert(value)),
            false => drop(target.props.insert(id, value)),
        }
    }
    for (which, value) in copy.named {
        match keep {
            true => drop(target.named.entry(which).or_insert(value)),
            false => drop(target.named.insert(which, value)),
        }
    }
    if !keep || target.recipients.is_empty() {
        target.recipients = copy.recipients;
        target.next_recipient = copy.next_recipient;
    }
    if !keep || old.is_empty() {
        // Numbers are never used again.
        let numbers = to.attachment_numbers().unwrap();
        assert!(old.iter().all(|old| numbers.iter().all(|new| new > old)));
        assert_eq!(numbers.len(), copy.attachments.len());
        target.attachments = numbers.into_iter().zip(copy.attachments.into_values()).collect();
    }
    if !source.flagless && (!keep || target.flagless) {
        (target.read, target.flagless) = (source.read, false);
    }
    if moving {
        *source = Model { flagless: true, ..Model::default() };
    }
}

/// Does one step on a message of any level. Saves and reopening of the top are done by the caller.
fn work(message: &Message<'_>, model: &mut Model, step: &Step, aside: &mut Aside) {
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
                work(&inner, &mut inner_model, step, aside);
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
        Step::CopyAside(keep, moving) => {
            let target = &mut aside.model;
            copy((message, model), (&aside.message, target), *keep, *moving);
            check(&aside.message, target);
        }
        // Deeper than the limit nothing can be copied.
        Step::CopyBack(..) if depth(&aside.model) > 5 => {}
        Step::CopyBack(keep, moving) => {
            let source = &mut aside.model;
            copy((&aside.message, source), (message, model), *keep, *moving);
            check(&aside.message, source);
        }
        Step::Read(read) => {
            let flags = if *read { ReadFlags::empty() } else { ReadFlags::CLEAR_READ_FLAG };
            message.set_read_flag(flags).unwrap();
            (model.read, model.flagless) = (*read, model.flagless && !*read);
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
    let flags = message.get(PR_MESSAGE_FLAGS).unwrap();
    assert_eq!(flags.map(|flags| flags & 1 == 1), (!model.flagless).then_some(model.read));
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

/// A message in a file of its own.
fn aside(ansi: bool) -> Aside {
    let file = Arc::new(CompoundFile::memory());
    let storage: Arc<dyn Storage> = Arc::clone(&file) as _;
    // It outlives the sessions of the run.
    let session: &'static Session = Box::leak(Box::new(Session::new()));
    let message = match ansi {
        true => session.create_ansi_message(storage, openimsg::CodePage::WINDOWS_1252),
        false => session.create_message(storage),
    };
    Aside { file, message: message.unwrap(), model: Model::default() }
}

fn run(steps: &[Step], ansi: bool) {
    let mut aside = aside(ansi);
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
                step => work(&message, &mut model, step, &mut aside),
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
    aside.message.save_changes(KEEP).unwrap();
    check(&aside.message, &aside.model);
    let bytes = aside.file.to_bytes().unwrap();
    check(&open(&bytes), &aside.model);
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
