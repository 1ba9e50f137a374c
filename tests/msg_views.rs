//! Items by class: made, read back, and held against the raw properties of real files.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may panic and say why"
)]

mod common;

use common::corpus;
use openimsg::{
    Appointment, AttendeeKind, BusyStatus, Code, CompoundFile, Contact, ConversationIndex,
    EmailSlot, EntryId, FileTime, GlobalObjectId, Importance, Item, ItemClass, LocalDate, Meeting,
    MeetingKind, Message, Modify, Note, NoteColor, Recipient, Recurrence, Report, ReportKind,
    ResponseStatus, Result, SaveFlags, Storage, Task, TaskStatus, named::*, read_flat_entry_list,
    tags::*,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

fn fresh() -> Message<'static> {
    Message::create(CompoundFile::memory()).unwrap()
}

fn of_class(class: &str) -> Message<'static> {
    let message = fresh();
    message.set(PR_MESSAGE_CLASS_W, class).unwrap();
    message
}

fn kind(item: &Item<'_>) -> &'static str {
    match item {
        Item::Mail(_) => "mail",
        Item::Appointment(_) => "appointment",
        Item::Meeting(_) => "meeting",
        Item::Contact(_) => "contact",
        Item::DistList(_) => "list",
        Item::Task(_) => "task",
        Item::TaskRequest(_) => "task request",
        Item::Note(_) => "note",
        Item::Journal(_) => "journal",
        Item::Post(_) => "post",
        Item::Report(_) => "report",
        _ => "other",
    }
}

#[test]
fn a_class_is_a_prefix_up_to_a_dot_in_any_case() {
    for (class, expected) in [
        ("IPM.Note", "mail"),
        ("ipm.note.SMIME.MultipartSigned", "mail"),
        ("IPM.Note\0", "mail"),
        ("IPM.Appointment", "appointment"),
        ("IPM.OLE.CLASS.{00061055-0000-0000-c000-000000000046}", "appointment"),
        ("IPM.Schedule.Meeting.Resp.Pos", "meeting"),
        ("IPM.Contact.Foo", "contact"),
        ("IPM.AbchPerson", "contact"),
        ("IPM.DistList", "list"),
        ("IPM.Task", "task"),
        ("IPM.TaskRequest.Accept", "task request"),
        ("IPM.StickyNote", "note"),
        ("IPM.Activity", "journal"),
        ("IPM.Post.RSS", "post"),
        ("REPORT.IPM.Note.NDR", "report"),
        ("IPM.Notes", "other"),
        ("IPM.Contacts", "other"),
        ("IPM.Document.txt", "other"),
    ] {
        assert_eq!(kind(&of_class(class).item().unwrap()), expected, "{class}");
    }
    assert_eq!(kind(&fresh().item().unwrap()), "mail");
    assert_eq!(fresh().item_class().unwrap().as_str(), "IPM.Note");
    assert!(ItemClass::new("REPORT.IPM.Note.Delayed.DR").ends_with("delayed.dr"));
    assert!(!ItemClass::new("REPORT.IPM.Note.XNDR").ends_with("NDR"));
}

#[test]
fn an_appointment_made_here_has_what_calendars_read() {
    let file: Arc<dyn Storage> = Arc::new(CompoundFile::memory());
    let message = Message::create(Arc::clone(&file)).unwrap();
    let made = Appointment::of(&message);
    let start = FileTime::from_unix(1_700_000_000, 0).unwrap();
    let end = FileTime::from_unix(1_700_005_400, 0).unwrap();
    made.set_subject("Tide").unwrap();
    made.set_times(start, end).unwrap();
    made.set_location("Harbour").unwrap();
    made.set_all_day(false).unwrap();
    made.set_busy_status(BusyStatus::OutOfOffice).unwrap();
    made.set_uid("tide-7@example.org").unwrap();
    let ana = Recipient::new("Ana", "ana@example.org");
    let rows = [ana, Recipient::new("Bo", "bo@example.org").cc(), Recipient::new("7", "").bcc()];
    message.modify_recipients(Modify::Add, &rows).unwrap();
    message.save_changes(SaveFlags::empty()).unwrap();
    drop((made, message));

    let message = Message::open(file).unwrap();
    let Item::Appointment(read) = message.item().unwrap() else { panic!() };
    assert_eq!((read.start().unwrap(), read.end().unwrap()), (Some(start), Some(end)));
    assert_eq!(read.duration().unwrap(), Some(90));
    assert_eq!(read.location().unwrap().as_deref(), Some("Harbour"));
    assert_eq!(read.all_day().unwrap(), Some(false));
    assert_eq!(read.busy_status().unwrap(), Some(BusyStatus::OutOfOffice));
    assert_eq!(read.uid().unwrap().as_deref(), Some("tide-7@example.org"));
    assert_eq!(read.response_status().unwrap(), None);
    assert!(read.recurrence().unwrap().is_none());
    // The raw properties, by the numbers of the format.
    assert_eq!(message.get(PID_LID_BUSY_STATUS).unwrap(), Some(3));
    assert_eq!(message.get(PID_LID_COMMON_START).unwrap(), Some(start));
    assert_eq!(message.get(PR_MESSAGE_CLASS_W).unwrap().as_deref(), Some("IPM.Appointment"));
    let kinds: Vec<_> = read.attendees().unwrap().iter().map(|who| who.kind).collect();
    let expected = [AttendeeKind::Required, AttendeeKind::Optional, AttendeeKind::Resource];
    assert_eq!(kinds, expected);
}

#[test]
fn an_appointment_does_not_end_before_it_starts() {
    let made = Appointment::of(&fresh());
    let late = FileTime::from_unix(7200, 0).unwrap();
    for (start, end) in [(late, FileTime::UNIX_EPOCH), (FileTime::OUTLOOK_NONE, late)] {
        assert_eq!(made.set_times(start, end).unwrap_err().code(), Code::InvalidParameter);
    }
    assert_eq!(made.start().unwrap(), None);
}

#[test]
fn absent_empty_none_and_unreadable_are_told_apart() {
    let message = of_class("IPM.Appointment");
    let view = Appointment::of(&message);
    assert_eq!(view.location().unwrap(), None);
    view.set_location("").unwrap();
    assert_eq!(view.location().unwrap().as_deref(), Some(""));
    message.set(PID_LID_APPOINTMENT_START_WHOLE, FileTime::OUTLOOK_NONE).unwrap();
    assert_eq!(view.start().unwrap(), None);
    message.set(PID_LID_APPOINTMENT_RECUR, &[1, 2, 3]).unwrap();
    assert_eq!(view.recurrence().unwrap_err().code(), Code::CorruptData);
    message.set(PID_LID_BUSY_STATUS, 77).unwrap();
    assert_eq!(view.busy_status().unwrap(), Some(BusyStatus::Other(77)));
    assert_eq!(BusyStatus::Other(77).raw(), 77);
}

#[test]
fn a_view_gives_a_class_only_to_a_message_without_one() {
    let mail = of_class("IPM.Note");
    Appointment::of(&mail).set_location("Harbour").unwrap();
    assert_eq!(mail.item_class().unwrap().as_str(), "IPM.Note");
    let fresh = fresh();
    Note::of(&fresh).set_text("first\r\nsecond").unwrap();
    let Item::Note(note) = fresh.item().unwrap() else { panic!() };
    note.set_color(NoteColor::Pink).unwrap();
    assert_eq!(note.text().unwrap().as_deref(), Some("first\r\nsecond"));
    assert_eq!(fresh.get(PR_SUBJECT_W).unwrap().as_deref(), Some("first"));
    assert_eq!(fresh.get(PID_LID_NOTE_COLOR).unwrap(), Some(2));
}

#[test]
fn a_contact_has_three_addresses_each_with_its_type() {
    let message = fresh();
    let made = Contact::of(&message);
    made.set_given_name("Ana").unwrap();
    made.set_email(EmailSlot::Third, "Ana", "ana@example.org").unwrap();
    made.set_email(EmailSlot::First, "Work", "work@example.org").unwrap();
    let emails = made.emails().unwrap();
    let addresses: Vec<_> = emails.iter().map(|email| email.address.as_deref().unwrap()).collect();
    assert_eq!(addresses, ["work@example.org", "ana@example.org"]);
    assert!(made.email(EmailSlot::Second).unwrap().is_none());
    assert_eq!(message.get(PID_LID_EMAIL3_ADDRESS_TYPE).unwrap().as_deref(), Some("SMTP"));
    assert_eq!(message.get(PID_LID_ADDRESS_BOOK_PROVIDER_EMAIL_LIST).unwrap(), Some(vec![0, 2]));
    assert_eq!(message.get(PID_LID_ADDRESS_BOOK_PROVIDER_ARRAY_TYPE).unwrap(), Some(5));
    let bytes = message.get(PID_LID_EMAIL1_ORIGINAL_ENTRY_ID).unwrap().unwrap();
    let EntryId::OneOff(id) = EntryId::parse(&bytes).unwrap() else { panic!() };
    assert_eq!(id.address, "work@example.org");
    // An address that only the entry identifier has is found there.
    message.set(PID_LID_EMAIL1_EMAIL_ADDRESS, "").unwrap();
    let email = made.email(EmailSlot::First).unwrap().unwrap();
    assert_eq!(email.address.as_deref(), Some("work@example.org"));
}

#[test]
fn a_task_has_days_and_not_times() {
    let message = fresh();
    let task = Task::of(&message);
    let day = LocalDate::new(2024, 2, 29).unwrap();
    task.set_due(day).unwrap();
    task.set_percent_complete(0.25).unwrap();
    task.set_status(TaskStatus::InProgress).unwrap();
    assert_eq!(task.due().unwrap(), Some(day));
    let stored = message.get(PID_LID_TASK_DUE_DATE).unwrap().unwrap();
    assert_eq!(stored.to_rfc3339().as_deref(), Some("2024-02-29T00:00:00Z"));
    assert_eq!((task.is_complete().unwrap(), task.start().unwrap()), (Some(false), None));
    for part in [-0.1, 1.1, f64::NAN] {
        assert_eq!(task.set_percent_complete(part).unwrap_err().code(), Code::InvalidParameter);
    }
    assert_eq!(task.percent_complete().unwrap(), Some(0.25));
    assert!(LocalDate::new(2024, 4, 31).is_none() && LocalDate::new(1900, 2, 29).is_none());
    assert_eq!(LocalDate::new(2000, 12, 31).unwrap().to_string(), "2000-12-31");
}

#[test]
fn a_report_says_what_became_of_each_recipient() {
    let message = of_class("REPORT.IPM.Note.NDR");
    message.set(PR_ORIGINAL_SUBJECT_W, "Minutes").unwrap();
    let mut row = Recipient::new("Ana", "ana@example.org");
    row.set(openimsg::Prop {
        tag: PR_NDR_STATUS_CODE.tag(),
        value: openimsg::PropValue::Long(511),
    });
    let text = openimsg::PropValue::Unicode("no such user".into());
    row.set(openimsg::Prop { tag: PR_SUPPLEMENTARY_INFO_W.tag(), value: text });
    message.modify_recipients(Modify::Add, &[row]).unwrap();
    let embedded = message.create_attach().unwrap();
    let original = embedded.create_message().unwrap();
    original.set(PR_SUBJECT_W, "Minutes").unwrap();
    original.save_changes(SaveFlags::empty()).unwrap();
    embedded.save_changes(SaveFlags::empty()).unwrap();
    let Item::Report(report) = message.item().unwrap() else { panic!() };
    assert_eq!(report.kind().unwrap(), ReportKind::NonDelivery);
    assert_eq!(report.original_class().unwrap().as_deref(), Some("IPM.Note"));
    assert_eq!(report.original_subject().unwrap().as_deref(), Some("Minutes"));
    let outcome = &report.recipients().unwrap()[0];
    assert_eq!((outcome.status, outcome.reason), (Some(511), None));
    assert_eq!(outcome.info.as_deref(), Some("no such user"));
    assert_eq!(outcome.address.as_deref(), Some("ana@example.org"));
    let original = report.reported_message().unwrap().unwrap();
    assert_eq!(original.get(PR_SUBJECT_W).unwrap().as_deref(), Some("Minutes"));
    for (class, kind) in [
        ("REPORT.IPM.Note.DR", ReportKind::Delivery),
        ("REPORT.IPM.Note.Delayed.DR", ReportKind::Delayed),
        ("report.ipm.note.ipnrn", ReportKind::Read),
        ("REPORT.IPM.Note.IPNNRN", ReportKind::NotRead),
        ("REPORT.IPM.Note", ReportKind::Other),
    ] {
        assert_eq!(Report::of(&of_class(class)).kind().unwrap(), kind, "{class}");
    }
}

#[test]
fn a_meeting_message_says_what_it_wants() {
    for (class, kind) in [
        ("IPM.Schedule.Meeting.Request", MeetingKind::Request),
        ("IPM.Schedule.Meeting.Canceled", MeetingKind::Canceled),
        ("ipm.schedule.meeting.resp.tent", MeetingKind::Tentative),
        ("IPM.Schedule.Meeting.Notification.Forward", MeetingKind::Forwarded),
        ("IPM.Schedule.Meeting", MeetingKind::Other),
    ] {
        assert_eq!(Meeting::of(&of_class(class)).kind().unwrap(), kind, "{class}");
    }
}

#[test]
fn a_damaged_list_member_is_listed_as_such() {
    let message = of_class("IPM.DistList");
    let one_off = openimsg::OneOffId::smtp("Ana", "ana@example.org").to_bytes();
    let cut = one_off[..40].to_vec();
    message.set(PID_LID_DISTRIBUTION_LIST_MEMBERS, vec![one_off.clone(), cut.clone()]).unwrap();
    message.set(PID_LID_DISTRIBUTION_LIST_ONE_OFF_MEMBERS, vec![one_off, cut]).unwrap();
    let Item::DistList(list) = message.item().unwrap() else { panic!() };
    let members = list.members().unwrap().unwrap();
    assert_eq!(members[0].name.as_deref(), Some("Ana"));
    assert!(members[0].damage.is_none());
    assert_eq!(members[1].damage.as_ref().unwrap().code(), Code::CorruptData);
    assert!(members[1].address.is_none());
}

#[test]
fn what_all_items_have_is_the_same_everywhere() {
    let message = of_class("IPM.Task");
    let common = Task::of(&message).common();
    common.set_importance(Importance::High).unwrap();
    common.set_reminder_minutes(15).unwrap();
    assert_eq!(message.get(PR_IMPORTANCE).unwrap(), Some(2));
    assert_eq!(common.reminder_set().unwrap(), Some(true));
    assert_eq!(common.reminder_minutes().unwrap(), Some(15));
    message.set(PID_LID_REMINDER_DELTA, 0x5AE9_80E1).unwrap();
    assert_eq!(common.reminder_minutes().unwrap(), None);
    assert!(common.verbs().unwrap().is_none());
}

mod real {
    use super::*;

    /// What a view answers, in the form of the truth files.
    fn text(value: Result<Option<String>>) -> Result<Value> {
        Ok(value?.map_or(Value::Null, |text| text.trim_end_matches('\0').into()))
    }
    fn time(value: Result<Option<FileTime>>) -> Result<Value> {
        Ok(value?.map_or(Value::Null, |time| time.ticks().into()))
    }
    fn any<T: Into<Value>>(value: Result<Option<T>>) -> Result<Value> {
        Ok(value?.map_or(Value::Null, Into::into))
    }

    type Check = (&'static str, fn(&Message<'_>) -> Result<Value>);

    const DAYS: [&str; 3] = ["PSETID_Task/0x8104", "PSETID_Task/0x8105", "PSETID_Task/0x810F"];

    /// The key of a property in the truth files, and what the view says.
    const CHECKS: &[Check] = &[
        ("PSETID_Appointment/0x820D", |m| time(Appointment::of(m).start())),
        ("PSETID_Appointment/0x820E", |m| time(Appointment::of(m).end())),
        ("PSETID_Appointment/0x8213", |m| any(Appointment::of(m).duration())),
        ("PSETID_Appointment/0x8208", |m| text(Appointment::of(m).location())),
        ("PSETID_Appointment/0x8215", |m| any(Appointment::of(m).all_day())),
        ("PSETID_Appointment/0x8205", |m| {
            any(Appointment::of(m).busy_status().map(|v| v.map(BusyStatus::raw)))
        }),
        ("PSETID_Appointment/0x8218", |m| {
            any(Appointment::of(m).response_status().map(|v| v.map(ResponseStatus::raw)))
        }),
        ("PSETID_Appointment/0x8217", |m| any(Appointment::of(m).state_flags())),
        ("PSETID_Appointment/0x8223", |m| any(Appointment::of(m).is_recurring())),
        ("PSETID_Appointment/0x8232", |m| text(Appointment::of(m).recurrence_text())),
        ("PSETID_Appointment/0x8234", |m| text(Appointment::of(m).time_zone())),
        ("PSETID_Meeting/0x0002", |m| text(Meeting::of(m).place())),
        ("PSETID_Meeting/0x0026", |m| any(Meeting::of(m).meeting_type())),
        ("PSETID_Task/0x8101", |m| any(Task::of(m).status().map(|v| v.map(TaskStatus::raw)))),
        ("PSETID_Task/0x8102", |m| any(Task::of(m).percent_complete())),
        ("PSETID_Task/0x8104", |m| {
            time(Task::of(m).start().map(|v| v.map(LocalDate::to_file_time)))
        }),
        ("PSETID_Task/0x8105", |m| time(Task::of(m).due().map(|v| v.map(LocalDate::to_file_time)))),
        ("PSETID_Task/0x810F", |m| {
            time(Task::of(m).completed().map(|v| v.map(LocalDate::to_file_time)))
        }),
        ("PSETID_Task/0x811C", |m| any(Task::of(m).is_complete())),
        ("PSETID_Task/0x811F", |m| text(Task::of(m).owner())),
        ("PSETID_Address/0x8005", |m| text(Contact::of(m).file_under())),
        ("PSETID_Address/0x8045", |m| Ok(Contact::of(m).work_address()?.street.into())),
        ("PSETID_Address/0x8046", |m| Ok(Contact::of(m).work_address()?.city.into())),
        ("PSETID_Address/0x8049", |m| Ok(Contact::of(m).work_address()?.country.into())),
        ("PSETID_Address/0x8080", |m| email(m, |email| email.display_name)),
        ("PSETID_Address/0x8082", |m| email(m, |email| email.address_type)),
        ("PSETID_Note/0x8B00", |m| any(Note::of(m).color().map(|v| v.map(NoteColor::raw)))),
        ("PSETID_Note/0x8B02", |m| any(Note::of(m).width())),
        ("PSETID_Common/0x8503", |m| any(m.common().reminder_set())),
        ("PSETID_Common/0x8560", |m| time(m.common().reminder_signal_time())),
        ("PSETID_Common/0x8506", |m| any(m.common().is_private())),
        ("PSETID_Common/0x8516", |m| time(m.common().common_start())),
        ("PSETID_Common/0x8530", |m| text(m.common().flag_request())),
        ("PS_PUBLIC_STRINGS/Keywords", |m| any(m.common().categories())),
        ("0x0017", |m| any(m.common().importance().map(|v| v.map(Importance::raw)))),
        ("0x3A06", |m| text(Contact::of(m).given_name())),
        ("0x3A11", |m| text(Contact::of(m).surname())),
        ("0x3A16", |m| text(Contact::of(m).company())),
        ("0x3A1C", |m| text(Contact::of(m).mobile_phone())),
        ("0x3A08", |m| text(Contact::of(m).business_phone())),
        ("0x3A42", |m| time(Contact::of(m).birthday())),
    ];

    fn email(
        message: &Message<'_>,
        part: fn(openimsg::ContactEmail) -> Option<String>,
    ) -> Result<Value> {
        text(Contact::of(message).email(EmailSlot::First).map(|email| email.and_then(part)))
    }

    /// The properties of a truth file by key, and whether a time there means "none".
    fn stored(truth: &Value) -> BTreeMap<String, Value> {
        let mut all = BTreeMap::new();
        for prop in truth["message"]["properties"].as_array().unwrap() {
            let key = match prop.get("named") {
                Some(named) => {
                    let set = named.get("set").or_else(|| named.get("guid")).unwrap();
                    let name = named.get("lid").or_else(|| named.get("name")).unwrap();
                    format!("{}/{}", set.as_str().unwrap(), name.as_str().unwrap())
                }
                None => prop["id"].as_str().unwrap().to_owned(),
            };
            // Of two widths of a text the wide one counts.
            if prop["type"] == "0x001F" || !all.contains_key(&key) {
                all.insert(key, expected(prop));
            }
        }
        all
    }

    fn expected(prop: &Value) -> Value {
        if let Some(values) = prop.get("values").and_then(Value::as_array) {
            return values.iter().map(|item| item["value"].clone()).collect();
        }
        let value = &prop["value"];
        if let Some(ticks) = value.get("filetime").and_then(Value::as_u64) {
            // msg-format 2.3: what means "none".
            let none = matches!(ticks, 0 | 0x0CB3_4557_A3DD_4000) || ticks >= 0x1FFF_FFE0_0000_0000;
            return if none { Value::Null } else { ticks.into() };
        }
        match (prop["type_name"].as_str(), value.as_str()) {
            (Some("PT_DOUBLE"), Some(text)) => text.parse::<f64>().unwrap().into(),
            _ => value.clone(),
        }
    }

    /// Every file with its truth.
    fn files(test: &str) -> Vec<(String, Value, Message<'static>)> {
        let Some(folder) = corpus(test) else { return Vec::new() };
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder.join("truth/msg")).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            let truth: Value = serde_json::from_slice(&bytes).unwrap();
            let name = truth["file"].as_str().unwrap().to_owned();
            if truth["message"].is_object() && name.starts_with("msg/") {
                let file = CompoundFile::open(folder.join(&name)).unwrap();
                found.push((name, truth, Message::open(file).unwrap()));
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(found.len(), 183, "the corpus has as many messages");
        found
    }

    #[test]
    fn views_say_what_the_raw_properties_say() {
        let (mut counts, mut compared) = (BTreeMap::<_, u32>::new(), 0);
        for (name, truth, message) in files("views_say_what_the_raw_properties_say") {
            *counts.entry(kind(&message.item().unwrap())).or_default() += 1;
            let stored = stored(&truth);
            for (key, view) in CHECKS {
                let mut expected = stored.get(*key).unwrap_or(&Value::Null).clone();
                // Of the dates of a task the day counts; some programs store a time with it.
                if let Some(ticks) = expected.as_u64().filter(|_| DAYS.contains(key)) {
                    expected = (ticks - ticks % 864_000_000_000).into();
                }
                let found = view(&message).unwrap_or_else(|e| panic!("{name} {key}: {e}"));
                assert_eq!(found, expected, "{name} {key}");
                compared += u32::from(!expected.is_null());
            }
        }
        if !counts.is_empty() {
            println!("{counts:?}, {compared} values");
            assert!(compared > 500, "{compared}");
            // Counted by the class in the truth files.
            let by_class = [
                ("appointment", 15),
                ("contact", 9),
                ("journal", 1),
                ("list", 1),
                ("mail", 145),
                ("note", 4),
                ("post", 2),
                ("task", 6),
            ];
            assert_eq!(counts, BTreeMap::from(by_class));
        }
    }

    /// Every structured value of the corpus that a view or a type reads is sound.
    #[test]
    fn structured_values_of_real_files_decode() {
        let mut counts = BTreeMap::<_, u32>::new();
        for (name, _, message) in files("structured_values_of_real_files_decode") {
            let mut count = |what| *counts.entry(what).or_default() += 1;
            for tag in [PID_LID_GLOBAL_OBJECT_ID, PID_LID_CLEAN_GLOBAL_OBJECT_ID] {
                if let Some(bytes) = message.get(tag).unwrap() {
                    let id =
                        GlobalObjectId::parse(&bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
                    assert_eq!(id.to_bytes(), bytes, "{name}");
                    assert!(!id.uid().is_empty());
                    count("meeting identities");
                }
            }
            for tag in [PID_LID_APPOINTMENT_RECUR, PID_LID_TASK_RECURRENCE] {
                if let Some(bytes) = message.get(tag).unwrap() {
                    let read = Recurrence::parse(&bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
                    assert!(read.damage.is_none(), "{name}: {:?}", read.damage);
                    count("recurrences");
                }
            }
            if let Some(verbs) = message.common().verbs().unwrap_or_else(|e| panic!("{name}: {e}"))
            {
                assert!(!verbs.is_empty(), "{name}");
                count("verb streams");
            }
            if let Some(bytes) = message.get(PR_CONVERSATION_INDEX).unwrap() {
                let index = ConversationIndex::parse(&bytes);
                let index = index.unwrap_or_else(|e| panic!("{name}: {e}"));
                assert_eq!(index.to_bytes(), bytes, "{name}");
                count("threads");
            }
            if let Some(bytes) = message.get(PR_REPLY_RECIPIENT_ENTRIES).unwrap() {
                for entry in read_flat_entry_list(&bytes).unwrap() {
                    assert!(matches!(EntryId::parse(&entry), Ok(EntryId::OneOff(_))), "{name}");
                    count("reply recipients");
                }
            }
            for tag in [PR_SENDER_ENTRYID, PR_SENT_REPRESENTING_ENTRYID, PR_RECEIVED_BY_ENTRYID] {
                if let Some(bytes) = message.get(tag).unwrap() {
                    let id = EntryId::parse(&bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
                    let what = match &id {
                        EntryId::OneOff(_) => "one-offs",
                        EntryId::AddressBook(_) => "directory entries",
                        EntryId::ContactAddress(_) => "contact addresses",
                        other => {
                            // Two files had their people wiped out with zeros.
                            assert!(other.to_bytes().iter().all(|byte| *byte == 0), "{name}");
                            "wiped out"
                        }
                    };
                    count(what);
                }
            }
            if let Item::DistList(list) = message.item().unwrap() {
                for member in list.members().unwrap().unwrap() {
                    assert!(member.damage.is_none(), "{name}: {:?}", member.damage);
                    assert!(member.address.unwrap().contains('@'), "{name}");
                    count("list members");
                }
            }
        }
        if !counts.is_empty() {
            println!("{counts:?}");
            assert_eq!(counts.get("list members"), Some(&2));
        }
    }
}
