//! Class-aware views: what they give of our own items and of real ones.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::corpus;
use common::msg::*;
use openimsg::{
    Appointment, BusyStatus, Code, CodePage, CompoundFile, Contact, DistList, EntryId, FileTime,
    GlobalObjectId, Importance, Item, Journal, LocalMinutes, Message, Modify, Note, NoteColor,
    PropValue, Recipient, Recurrence, RecurrenceDays, RecurrenceEnd, Report, ReportKind,
    ResponseStatus, Sensitivity, Task, TaskStatus, flat_entry_list, named, tags::*,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

fn time(seconds: i64) -> FileTime {
    FileTime::from_unix(seconds, 0).unwrap()
}

fn saved(f: impl FnOnce(&Message<'_>)) -> Message<'static> {
    open(&build(f))
}

fn word(item: &Item<'_>) -> &'static str {
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

/// The table of msg-format 3.6.
#[test]
fn the_class_says_what_a_message_is() {
    let message = fresh();
    assert_eq!(word(&message.item().unwrap()), "mail");
    for (class, wanted) in [
        ("IPM", "mail"),
        ("IPM.Note", "mail"),
        ("ipm.note.smime.MultipartSigned", "mail"),
        ("IPM.Note.Tutanota", "mail"),
        ("IPM.Notes", "other"),
        ("IPM.Appointment", "appointment"),
        ("IPM.Appointment.Live Meeting", "appointment"),
        ("IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}", "appointment"),
        ("IPM.Schedule.Meeting.Resp.Pos", "meeting"),
        ("IPM.Contact.Custom", "contact"),
        ("IPM.DistList", "list"),
        ("IPM.Task", "task"),
        ("IPM.TaskRequest.Accept", "task request"),
        ("IPM.StickyNote", "note"),
        ("IPM.Activity", "journal"),
        ("IPM.Post.RSS", "post"),
        ("REPORT.IPM.Note.NDR", "report"),
        ("IPM.Document.Word.Document.8", "other"),
    ] {
        message.set(PR_MESSAGE_CLASS_W, class).unwrap();
        assert_eq!(word(&message.item().unwrap()), wanted, "{class}");
    }
}

#[test]
fn an_appointment_is_made_and_read() {
    let (start, end) = (time(1_700_000_000), time(1_700_005_400));
    let message = saved(|message| {
        let meeting = Appointment::make(message).unwrap();
        meeting.set_times(start, end).unwrap();
        meeting.set_location("Room 7").unwrap();
        meeting.set_all_day(false).unwrap();
        meeting.set_busy_status(BusyStatus::OutOfOffice).unwrap();
        meeting.set_global_object_id(&GlobalObjectId::from_uid("x@y")).unwrap();
        meeting.set(named::PID_LID_APPOINTMENT_STATE_FLAGS, 5).unwrap();
        meeting.set(named::PID_LID_RESPONSE_STATUS, 3).unwrap();
        let mut ana = Recipient::new("Ana", "ana@example.org");
        ana.set(prop(0x5FFF_0003, PropValue::Long(4)));
        let rows = [ana, Recipient::new("Room", "room@example.org").bcc()];
        meeting.modify_recipients(Modify::Add, &rows).unwrap();
        meeting.set_categories(&["red", "boat"]).unwrap();
        meeting.set_importance(Importance::High).unwrap();
        meeting.set_sensitivity(Sensitivity::Private).unwrap();
    });
    assert_eq!(message.get(PR_MESSAGE_CLASS_W).unwrap().as_deref(), Some("IPM.Appointment"));
    let Item::Appointment(meeting) = message.item().unwrap() else { panic!() };
    assert_eq!((meeting.start().unwrap(), meeting.end().unwrap()), (Some(start), Some(end)));
    assert_eq!(meeting.duration_minutes().unwrap(), Some(90));
    assert_eq!(meeting.location().unwrap().as_deref(), Some("Room 7"));
    assert_eq!(meeting.is_all_day().unwrap(), Some(false));
    assert_eq!(meeting.busy_status().unwrap(), Some(BusyStatus::OutOfOffice));
    assert_eq!(meeting.global_object_id().unwrap().unwrap().uid(), "x@y");
    assert!(meeting.is_meeting().unwrap() && meeting.is_cancelled().unwrap());
    assert_eq!(meeting.response().unwrap(), Some(ResponseStatus::Accepted));
    let attendees = meeting.attendees().unwrap();
    let kinds: Vec<_> = attendees.iter().map(|a| (a.kind, a.response)).collect();
    let (to, bcc) = (openimsg::RecipientType::To, openimsg::RecipientType::Bcc);
    assert_eq!(kinds, [(to, Some(ResponseStatus::Declined)), (bcc, None)]);
    assert_eq!(meeting.categories().unwrap(), ["red", "boat"]);
    assert_eq!(meeting.importance().unwrap(), Importance::High);
    assert_eq!(meeting.sensitivity().unwrap(), Sensitivity::Private);
    assert_eq!(meeting.recurrence().unwrap(), None);
    assert_eq!(meeting.reminder().unwrap(), None);
    // Absent is not empty.
    let empty = Appointment::of(&fresh());
    assert_eq!(empty.location().unwrap(), None);
    assert_eq!((empty.start().unwrap(), empty.duration_minutes().unwrap()), (None, None));
    assert!(empty.categories().unwrap().is_empty());
}

#[test]
fn a_contact_is_made_and_read() {
    let message = saved(|message| {
        let contact = Contact::make(message).unwrap();
        contact.set_full_name("Ana Torres").unwrap();
        contact.set_mobile_phone("+1 2").unwrap();
        contact.set_children(&["Ben", "Cem"]).unwrap();
        contact.set_birthday(FileTime::from_ticks(0x0CB3_4557_A3DD_4000)).unwrap();
        contact.set_email(1, "Ana", "ana@example.org").unwrap();
        contact.set(named::PID_LID_EMAIL3_ADDRESS_TYPE, "EX").unwrap();
        contact.set(named::PID_LID_EMAIL3_EMAIL_ADDRESS, "/o=x/cn=y").unwrap();
        contact.set(named::PID_LID_EMAIL3_ORIGINAL_DISPLAY_NAME, "ex@example.org").unwrap();
        contact.set(named::PID_LID_WORK_ADDRESS_CITY, "Riga").unwrap();
        assert_eq!(code(contact.set_email(3, "", "")), Code::InvalidParameter);
    });
    let Item::Contact(contact) = message.item().unwrap() else { panic!() };
    assert_eq!(contact.full_name().unwrap().as_deref(), Some("Ana Torres"));
    assert_eq!(contact.mobile_phone().unwrap().as_deref(), Some("+1 2"));
    assert_eq!(contact.children().unwrap().unwrap(), ["Ben", "Cem"]);
    // Outlook's "none" is none.
    assert_eq!(contact.birthday().unwrap(), None);
    let emails = contact.emails().unwrap();
    let found: Vec<_> = emails.iter().map(|e| (e.index, e.address.as_deref().unwrap())).collect();
    assert_eq!(found, [(1, "ana@example.org"), (2, "ex@example.org")]);
    let city = contact.business_address().unwrap().unwrap().city;
    assert_eq!(city.as_deref(), Some("Riga"));
    assert_eq!((contact.home_address().unwrap(), contact.mailing_address().unwrap()), (None, None));
}

#[test]
fn tasks_notes_and_journal_entries() {
    let due = time(1_700_000_000);
    let message = saved(|message| {
        let task = Task::make(message).unwrap();
        task.set_due_date(due).unwrap();
        task.set_owner("Ana").unwrap();
        task.set_status(TaskStatus::Complete).unwrap();
    });
    let Item::Task(task) = message.item().unwrap() else { panic!() };
    assert_eq!(task.status().unwrap(), Some(TaskStatus::Complete));
    assert_eq!(task.percent_complete().unwrap(), Some(1.0));
    assert_eq!((task.due_date().unwrap(), task.start_date().unwrap()), (Some(due), None));
    assert_eq!(task.is_complete().unwrap(), Some(true));

    let message = saved(|message| {
        let note = Note::make(message).unwrap();
        note.set_text("milk").unwrap();
        note.set_color(NoteColor::Pink).unwrap();
    });
    let Item::Note(note) = message.item().unwrap() else { panic!() };
    assert_eq!(note.text().unwrap().as_deref(), Some("milk"));
    assert_eq!((note.color().unwrap(), note.width().unwrap()), (Some(NoteColor::Pink), None));

    let message = saved(|message| {
        let entry = Journal::make(message).unwrap();
        entry.set_kind("Phone call").unwrap();
        entry.set_duration_minutes(5).unwrap();
    });
    let Item::Journal(entry) = message.item().unwrap() else { panic!() };
    assert_eq!(entry.kind().unwrap().as_deref(), Some("Phone call"));
    assert_eq!(entry.duration_minutes().unwrap(), Some(5));
}

#[test]
fn members_of_a_list_that_cannot_be_read_are_members() {
    let message = saved(|message| {
        let list = DistList::make(message).unwrap();
        list.set_name("crew").unwrap();
        let good = EntryId::one_off("Ana", "SMTP", "ana@example.org");
        let cut = good[..30].to_vec();
        let entries = vec![good.clone(), cut.clone(), cut];
        list.set(named::PID_LID_DISTRIBUTION_LIST_MEMBERS, entries).unwrap();
        let one_offs = vec![good.clone(), good];
        list.set(named::PID_LID_DISTRIBUTION_LIST_ONE_OFF_MEMBERS, one_offs).unwrap();
    });
    let Item::DistList(list) = message.item().unwrap() else { panic!() };
    assert_eq!(list.name().unwrap().as_deref(), Some("crew"));
    let members = list.members().unwrap();
    let found: Vec<_> = members.iter().map(|m| (m.address.as_deref(), m.entry.is_ok())).collect();
    let ana = Some("ana@example.org");
    assert_eq!(found, [(ana, true), (ana, false), (None, false)]);
    let made = fresh();
    DistList::make(&made).unwrap().set_members(&[("Ben", "ben@example.org")]).unwrap();
    let members = DistList::of(&made).members().unwrap();
    assert_eq!(members[0].name.as_deref(), Some("Ben"));
}

#[test]
fn reports() {
    for (class, kind, original) in [
        ("REPORT.IPM.Note.NDR", Some(ReportKind::NotDelivered), Some("IPM.Note")),
        ("REPORT.IPM.Note.Delayed.DR", Some(ReportKind::Delayed), Some("IPM.Note")),
        ("REPORT.IPM.Note.DR", Some(ReportKind::Delivered), Some("IPM.Note")),
        ("Report.IPM.Task.IPNRN", Some(ReportKind::Read), Some("IPM.Task")),
        ("REPORT.IPM.Note.IPNNRN", Some(ReportKind::NotRead), Some("IPM.Note")),
        ("IPM.Note", None, None),
    ] {
        let message = fresh();
        message.set(PR_MESSAGE_CLASS_W, class).unwrap();
        let report = Report::of(&message);
        assert_eq!(report.kind().unwrap(), kind, "{class}");
        assert_eq!(report.original_class().unwrap().as_deref(), original, "{class}");
    }
    let message = saved(|message| {
        message.set(PR_MESSAGE_CLASS_W, "REPORT.IPM.Note.NDR").unwrap();
        message.set(PR_SUBJECT_W, "Undeliverable: x").unwrap();
        message.set(PR_ORIGINAL_SUBJECT_W, "x").unwrap();
        message.set(PR_REPORT_TIME, time(5)).unwrap();
        embed(message, |inner| inner.set(PR_SUBJECT_W, "x").unwrap());
    });
    let Item::Report(report) = message.item().unwrap() else { panic!() };
    assert_eq!(report.original_subject().unwrap().as_deref(), Some("x"));
    assert_eq!(report.time().unwrap(), Some(time(5)));
    let original = report.original().unwrap().unwrap();
    assert_eq!(original.get(PR_SUBJECT_W).unwrap().as_deref(), Some("x"));
}

const ADDRESS_BOOK: [u8; 20] = [
    0, 0, 0, 0, 0xDC, 0xA7, 0x40, 0xC8, 0xC0, 0x42, 0x10, 0x1A, 0xB4, 0xB9, 0x08, 0x00, 0x2B, 0x2F,
    0xE1, 0x82,
];

/// Spec: F-054
#[test]
fn an_address_book_entry_ends_at_its_nul() {
    let mut id = ADDRESS_BOOK.to_vec();
    id.extend([1, 0, 0, 0, 6, 0, 0, 0]);
    id.extend(b"/o=x/cn=ana\0trailing");
    let dn = "/o=x/cn=ana".to_owned();
    assert_eq!(EntryId::read(&id).unwrap(), EntryId::AddressBook { kind: 6, dn });
    assert_eq!(code(EntryId::read(&id[..35])), Code::InvalidEntryId);
}

/// Spec: F-053
#[test]
fn one_off_entries_in_both_widths() {
    let id = EntryId::one_off("Ana", "SMTP", "ana@example.org");
    let wide = EntryId::OneOff {
        name: "Ana".to_owned(),
        address_type: "SMTP".to_owned(),
        address: "ana@example.org".to_owned(),
    };
    assert_eq!(EntryId::read(&id).unwrap(), wide);
    let mut narrow = id[..22].to_vec();
    narrow.extend([1, 0]);
    narrow.extend(b"\xC0\xED\xFF\0SMTP\0a@b.c\0");
    let read = EntryId::read_with(&narrow, CodePage::new(1251).unwrap()).unwrap();
    assert!(matches!(read, EntryId::OneOff { name, .. } if name == "\u{410}\u{43D}\u{44F}"));
    for len in 0..id.len() {
        assert_eq!(code(EntryId::read(&id[..len])), Code::InvalidEntryId, "{len}");
    }
}

#[test]
fn wrapped_entries_and_entries_of_stores() {
    let contact = [
        0, 0, 0, 0, 0xFE, 0x42, 0xAA, 0x0A, 0x18, 0xC7, 0x1A, 0x10, 0xE8, 0x85, 0x0B, 0x65, 0x1C,
        0x24, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
    ];
    let member = [
        0, 0, 0, 0, 0xC0, 0x91, 0xAD, 0xD3, 0x51, 0x9D, 0xCF, 0x11, 0xA4, 0xA9, 0, 0xAA, 0, 0x47,
        0xFA, 0xA4, 0xB3,
    ];
    let one_off = EntryId::one_off("Ana", "SMTP", "a@b.c");
    let wrapped = [&member[..], &contact, &one_off].concat();
    let read = EntryId::read(&wrapped).unwrap();
    let EntryId::ListMember { kind: 3, inner } = &read else { panic!("{read:?}") };
    assert!(matches!(&**inner, EntryId::Contact { kind: 4, index: 1, .. }));
    assert_eq!(read.innermost(), &EntryId::read(&one_off).unwrap());
    // Any depth of wrappers is read without recursion, and not believed.
    let deep = [member.repeat(50_000), one_off].concat();
    assert!(matches!(EntryId::read(&deep).unwrap().innermost(), EntryId::Other(_)));

    let mut message = vec![0; 4];
    message.extend([7; 16]);
    message.extend([7, 0]);
    message.extend([1; 16]);
    message.extend([0, 0, 0, 0, 1, 2, 0, 0]);
    message.extend([2; 16]);
    message.extend([0, 0, 0, 0, 0, 9, 0, 0]);
    assert_eq!(message.len(), 70);
    let EntryId::Message { folder, message: found } = EntryId::read(&message).unwrap() else {
        panic!()
    };
    assert_eq!((folder.1, found.1), (0x102, 9));
    let mut folder = message[..46].to_vec();
    folder[20] = 1;
    assert!(matches!(EntryId::read(&folder).unwrap(), EntryId::Folder(_, 0x102)));
    assert!(matches!(EntryId::read(&folder[..45]).unwrap(), EntryId::Other(_)));
}

/// Spec: F-055
#[test]
fn a_list_of_entries_is_not_believed_its_count() {
    let mut list = vec![0xFF; 4];
    list.extend([8, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0]);
    assert_eq!(code(flat_entry_list(&list)), Code::InvalidEntryId);
    let mut list = vec![2, 0, 0, 0, 15, 0, 0, 0, 3, 0, 0, 0, 1, 2, 3, 0, 1, 0, 0, 0, 9];
    assert_eq!(flat_entry_list(&list).unwrap(), [&[1, 2, 3][..], &[9]]);
    list.pop();
    assert_eq!(code(flat_entry_list(&list)), Code::InvalidEntryId);
}

/// Spec: F-059
#[test]
fn the_uid_of_a_meeting() {
    let id = GlobalObjectId::from_uid("7f3a@example.org");
    assert_eq!(GlobalObjectId::read(&id.to_bytes()).unwrap().uid(), "7f3a@example.org");
    assert_eq!((id.occurrence(), id.created()), (None, None));
    // One of Outlook's own: the UID is the hexadecimal bytes without the day of the occurrence.
    let mut bytes = id.to_bytes()[..16].to_vec();
    bytes.extend([0x07, 0xE8, 3, 14]);
    bytes.extend([0; 16]);
    bytes.extend([4, 0, 0, 0, 0xDE, 0xAD, 0xBE, 0xEF]);
    let own = GlobalObjectId::read(&bytes).unwrap();
    assert_eq!(own.occurrence(), Some((2024, 3, 14)));
    let zeros = "0".repeat(40);
    let head = "040000008200E00074C5B7101A82E008";
    assert_eq!(own.uid(), format!("{head}{zeros}04000000DEADBEEF"));
    for len in 0..bytes.len() {
        assert_eq!(code(GlobalObjectId::read(&bytes[..len])), Code::CorruptData, "{len}");
    }
}

#[test]
fn recurrences() {
    let words = |words: &[u32]| -> Vec<u8> { words.iter().flat_map(|w| w.to_le_bytes()).collect() };
    let start = [0x04, 0x30, 0x04, 0x30];
    // Weekly on Monday and Friday, ten times, the second occurrence deleted.
    let mut bytes = start.to_vec();
    bytes.extend([0x0B, 0x20, 1, 0, 0, 0]);
    bytes.extend(words(&[0, 1, 0, 0x22, 0x2022, 10, 1, 1, 222_000, 0, 220_000, 230_000]));
    let task = Recurrence::read(&bytes).unwrap();
    assert_eq!((task.frequency, task.period), (0x200B, 1));
    assert_eq!((task.days, task.end), (RecurrenceDays::Weekly(0x22), RecurrenceEnd::After(10)));
    assert_eq!((task.deleted, task.times), (vec![LocalMinutes(222_000)], None));
    bytes.extend(words(&[0x3006, 0x3009, 540, 600]));
    bytes.extend([0, 0]);
    let series = Recurrence::read(&bytes).unwrap();
    assert_eq!((series.times, series.exceptions), (Some((540, 600)), 0));
    // The last Friday of each month, for ever.
    let mut nth = start.to_vec();
    nth.extend([0x0C, 0x20, 3, 0, 0, 0]);
    nth.extend(words(&[0, 1, 0, 0x20, 5, 0xFFFF_FFFF, 0, 0, 0, 0, 220_000, 0x5AE9_80DF]));
    let nth = Recurrence::read(&nth).unwrap();
    assert_eq!(nth.days, RecurrenceDays::MonthlyNth { days: 0x20, nth: 5 });
    assert_eq!(nth.end, RecurrenceEnd::Never);
    // Counts that cannot be are not believed.
    let mut lying = start.to_vec();
    lying.extend([0x0A, 0x20, 0, 0, 0, 0]);
    lying.extend(words(&[0, 1440, 0, 0x2023, 0, 0, u32::MAX, 0]));
    assert_eq!(code(Recurrence::read(&lying)), Code::CorruptData);
    for len in 0..58 {
        assert_eq!(code(Recurrence::read(&bytes[..len])), Code::CorruptData, "{len}");
    }
    // 2024-01-01 09:30 of no time zone.
    assert_eq!(LocalMinutes(222_476_250).civil(), Some((2024, 1, 1, 9, 30)));
    assert_eq!(LocalMinutes(0x5AE9_80E0).civil(), None);
}

/// A stored property of the truth, by tag or by name.
type Facts = BTreeMap<(String, u32), Value>;

fn facts(truth: &Value) -> Facts {
    let hex = |text: &Value| u32::from_str_radix(&text.as_str().unwrap()[2..], 16).unwrap();
    let mut facts = Facts::new();
    for prop in truth["message"]["properties"].as_array().unwrap() {
        let name = &prop["named"];
        let key = match (&name["set"], &name["lid"]) {
            (Value::String(set), Value::String(_)) => (set.clone(), hex(&name["lid"])),
            _ => (String::new(), hex(&prop["id"])),
        };
        facts.entry(key).or_insert_with(|| prop.clone());
    }
    facts
}

/// What a view gave, held against the truth.
struct Held<'a> {
    facts: &'a Facts,
    file: &'a str,
    seen: usize,
}

impl Held<'_> {
    fn value(&self, set: &str, id: u32) -> Value {
        let found = self.facts.get(&(set.to_owned(), id));
        found.map_or(Value::Null, |prop| prop["value"].clone())
    }

    fn same(&mut self, set: &str, id: u32, ours: &Value) {
        let theirs = self.value(set, id);
        self.seen += usize::from(!theirs.is_null());
        assert_eq!(ours, &theirs, "{} {set} {id:04X}", self.file);
    }

    fn text(&mut self, set: &str, id: u32, ours: Option<String>) {
        self.same(set, id, &ours.map_or(Value::Null, Value::String));
    }

    fn number(&mut self, set: &str, id: u32, ours: Option<i32>) {
        self.same(set, id, &ours.map_or(Value::Null, Value::from));
    }

    fn flag(&mut self, set: &str, id: u32, ours: Option<bool>) {
        self.same(set, id, &ours.map_or(Value::Null, Value::Bool));
    }

    /// Times that mean "none" are none.
    fn time(&mut self, set: &str, id: u32, ours: Option<FileTime>) {
        let theirs = self.value(set, id)["filetime"].as_u64().map(FileTime::from_ticks);
        self.seen += usize::from(theirs.is_some());
        assert_eq!(ours, theirs.filter(|time| !time.is_none()), "{} {set} {id:04X}", self.file);
    }
}

const APPOINTMENT: &str = "PSETID_Appointment";
const ADDRESS: &str = "PSETID_Address";
const TASK: &str = "PSETID_Task";

fn hold_appointment(held: &mut Held<'_>, item: &Appointment<'_>) {
    held.time(APPOINTMENT, 0x820D, item.start().unwrap());
    held.time(APPOINTMENT, 0x820E, item.end().unwrap());
    held.text(APPOINTMENT, 0x8208, item.location().unwrap());
    held.flag(APPOINTMENT, 0x8215, item.is_all_day().unwrap());
    held.text(APPOINTMENT, 0x8232, item.recurrence_text().unwrap());
    held.number(APPOINTMENT, 0x8201, item.sequence().unwrap());
    let length = held.value(APPOINTMENT, 0x8213).as_u64();
    let ours = item.duration_minutes().unwrap().map(u64::from);
    // From start to end; the property repeats it where it is stored.
    assert!(length.is_none() || ours == length, "{} {ours:?} {length:?}", held.file);
    let blob = held.facts.contains_key(&(APPOINTMENT.to_owned(), 0x8216));
    assert_eq!(item.recurrence().unwrap().is_some(), blob, "{}", held.file);
    let id = held.facts.contains_key(&("PSETID_Meeting".to_owned(), 3));
    assert_eq!(item.global_object_id().unwrap().is_some(), id, "{}", held.file);
    if let Some(series) = item.recurrence().unwrap() {
        held.seen += 1;
        assert!(series.times.is_some() && item.is_recurring().unwrap(), "{}", held.file);
        assert!(series.start.civil().is_some_and(|day| (day.3, day.4) == (0, 0)));
        assert!(series.modified.len() == usize::from(series.exceptions));
    }
}

fn hold_contact(held: &mut Held<'_>, item: &Contact<'_>) {
    held.text("", 0x3001, item.full_name().unwrap());
    held.text("", 0x3A06, item.given_name().unwrap());
    held.text("", 0x3A11, item.surname().unwrap());
    held.text("", 0x3A16, item.company().unwrap());
    held.text("", 0x3A17, item.job_title().unwrap());
    held.text("", 0x3A08, item.business_phone().unwrap());
    held.text("", 0x3A1C, item.mobile_phone().unwrap());
    held.text("", 0x3A09, item.home_phone().unwrap());
    held.text("", 0x3A24, item.business_fax().unwrap());
    held.time("", 0x3A42, item.birthday().unwrap());
    held.time("", 0x3A41, item.anniversary().unwrap());
    held.text(ADDRESS, 0x8005, item.file_as().unwrap());
    held.text(ADDRESS, 0x8062, item.instant_messaging().unwrap());
    let street = item.business_address().unwrap().and_then(|address| address.street);
    held.text(ADDRESS, 0x8045, street);
    let emails = item.emails().unwrap();
    for index in 0..3 {
        let id = 0x8083 + 0x10 * u32::try_from(index).unwrap();
        let kind = held.value(ADDRESS, id - 1);
        if kind.as_str().is_none_or(|kind| kind == "SMTP") {
            let email = emails.iter().find(|email| email.index == index);
            let ours = email.and_then(|email| email.address.clone());
            let theirs = held.value(ADDRESS, id);
            let theirs = theirs.as_str().filter(|text| !text.is_empty());
            held.seen += usize::from(theirs.is_some());
            assert_eq!(ours.as_deref(), theirs, "{} e-mail {index}", held.file);
        }
    }
}

fn hold_task(held: &mut Held<'_>, item: &Task<'_>) {
    let statuses = [
        TaskStatus::NotStarted,
        TaskStatus::InProgress,
        TaskStatus::Complete,
        TaskStatus::Waiting,
        TaskStatus::Deferred,
    ];
    let status = item.status().unwrap().map(|s| statuses.iter().position(|t| *t == s).unwrap());
    held.number(TASK, 0x8101, status.map(|at| i32::try_from(at).unwrap()));
    held.time(TASK, 0x8104, item.start_date().unwrap());
    held.time(TASK, 0x8105, item.due_date().unwrap());
    held.time(TASK, 0x810F, item.date_completed().unwrap());
    held.flag(TASK, 0x811C, item.is_complete().unwrap());
    held.text(TASK, 0x811F, item.owner().unwrap());
    held.number(TASK, 0x8110, item.actual_effort().unwrap());
    held.number(TASK, 0x8111, item.estimated_effort().unwrap());
    held.flag(TASK, 0x8126, item.is_recurring().unwrap());
    let percent = held.value(TASK, 0x8102);
    let percent = percent.as_str().map(|text| text.parse::<f64>().unwrap());
    assert_eq!(item.percent_complete().unwrap(), percent, "{}", held.file);
    let blob = held.facts.contains_key(&(TASK.to_owned(), 0x8116));
    assert_eq!(item.recurrence().unwrap().is_some(), blob, "{}", held.file);
}

fn hold(held: &mut Held<'_>, message: &Message<'_>) -> &'static str {
    let item = message.item().unwrap();
    match &item {
        Item::Appointment(item) | Item::Meeting(item) => hold_appointment(held, item),
        Item::Contact(item) => hold_contact(held, item),
        Item::Task(item) | Item::TaskRequest(item) => hold_task(held, item),
        Item::Note(item) => {
            held.text("", 0x1000, item.text().unwrap());
            held.number("PSETID_Note", 0x8B02, item.width().unwrap());
            held.number("PSETID_Note", 0x8B03, item.height().unwrap());
            held.number("PSETID_Note", 0x8B04, item.x().unwrap());
            assert_eq!(
                item.color().unwrap().is_some(),
                !held.value("PSETID_Note", 0x8B00).is_null()
            );
        }
        Item::Journal(item) => {
            held.text("PSETID_Log", 0x8700, item.kind().unwrap());
            held.time("PSETID_Log", 0x8706, item.start().unwrap());
            held.time("PSETID_Log", 0x8708, item.end().unwrap());
            held.number("PSETID_Log", 0x8707, item.duration_minutes().unwrap());
        }
        Item::DistList(item) => {
            held.text(ADDRESS, 0x8053, item.name().unwrap());
            let members = item.members().unwrap();
            let stored =
                held.facts[&(ADDRESS.to_owned(), 0x8055)]["values"].as_array().unwrap().len();
            assert_eq!(members.len(), stored, "{}", held.file);
            assert!(members.iter().all(|m| m.entry.is_ok() && m.address.is_some()), "{members:?}");
            held.seen += members.len();
        }
        _ => {}
    }
    word(&item)
}

/// The views of all real messages give what other readers found stored.
#[test]
fn views_of_real_messages_give_what_is_stored() {
    let Some(corpus) = corpus("views_of_real_messages_give_what_is_stored") else { return };
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for entry in fs::read_dir(corpus.join("truth/msg")).unwrap() {
        let truth: Value =
            serde_json::from_slice(&fs::read(entry.unwrap().path()).unwrap()).unwrap();
        let Some(file) = truth["file"].as_str().filter(|_| truth["message"].is_object()) else {
            continue;
        };
        let message = Message::open(CompoundFile::open(corpus.join(file)).unwrap()).unwrap();
        let facts = facts(&truth);
        let mut held = Held { facts: &facts, file, seen: 0 };
        let what = hold(&mut held, &message);
        let count = counts.entry(what).or_default();
        *count = (count.0 + 1, count.1 + held.seen);
    }
    println!("kinds, items, values compared: {counts:?}");
    for (what, least) in [("appointment", 15), ("contact", 9), ("task", 6), ("note", 4)] {
        assert!(counts[what].0 >= least && counts[what].1 > 3 * least, "{what}: {counts:?}");
    }
    assert!(counts["list"].1 > 1 && counts["journal"].1 > 1);
}
