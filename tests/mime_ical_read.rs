//! Calendars as messages: what is expected stands in RFC 5545, RFC 5546, MS-OXCICAL and MS-OXOCAL.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic and say why"
)]

use openimsg::named::*;
use openimsg::tags::*;
use openimsg::{
    Appointment, AttendeeKind, BusyStatus, Code, CompoundFile, FileTime, Frequency, GlobalObjectId,
    Item, LocalDate, LocalMinutes, MeetingKind, Message, Modify, Recipient, RecurrenceEnd,
    RecurrencePattern, ResponseStatus, Task, TaskStatus, Weekdays, mime,
};

/// A calendar around these lines.
fn calendar(method: &str, lines: &str) -> String {
    let method = if method.is_empty() { String::new() } else { format!("METHOD:{method}\n") };
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\n{method}{lines}\nEND:VCALENDAR\n");
    text.replace('\n', "\r\n")
}

fn event(method: &str, lines: &str) -> String {
    calendar(method, &format!("BEGIN:VEVENT\nUID:7@example.org\n{lines}\nEND:VEVENT"))
}

fn read(text: &str) -> (Message<'static>, mime::Conversion) {
    let message = Message::create(CompoundFile::memory()).unwrap();
    let conversion = mime::read_ics(text, &message).unwrap();
    (message, conversion)
}

/// Seconds after 2024-03-05 00:00 UTC.
fn at(seconds: i64) -> FileTime {
    FileTime::from_unix(1_709_596_800 + seconds, 0).unwrap()
}

const HOUR: i64 = 3600;
const BERLIN: &str = "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:STANDARD\n\
    DTSTART:19701025T030000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nTZOFFSETFROM:+0200\n\
    TZOFFSETTO:+0100\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:19700329T020000\n\
    RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:DAYLIGHT\n\
    END:VTIMEZONE\n";

#[test]
fn a_request_is_a_meeting_request_with_its_fields() {
    let (message, conversion) = read(&event(
        "REQUEST",
        "DTSTAMP:20240301T120000Z\nDTSTART:20240305T140000Z\nDTEND:20240305T153000Z\n\
         SUMMARY:Plan\\, part 1\nLOCATION:Room 7\nDESCRIPTION:one\\ntwo\nSEQUENCE:2\n\
         ORGANIZER;CN=\"Lind, Ana\":MAILTO:ana@example.org\n\
         ATTENDEE;CN=Bo;PARTSTAT=ACCEPTED;RSVP=TRUE:mailto:bo%2Bx@example.org\n\
         ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=NEEDS-ACTION:mailto:cy@example.org\n\
         ATTENDEE;CUTYPE=RESOURCE;CN=Room 7:mailto:room7@example.org\n\
         CLASS:CONFIDENTIAL\nPRIORITY:2\nCATEGORIES:a\\,b,c\nX-MICROSOFT-CDO-BUSYSTATUS:OOF\n\
         BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT1H\nEND:VALARM",
    ));
    assert!(conversion.losses.is_empty() && conversion.findings.is_empty(), "{conversion:?}");
    let Item::Meeting(meeting) = message.item().unwrap() else { panic!() };
    assert_eq!(meeting.kind().unwrap(), MeetingKind::Request);
    assert_eq!(meeting.place().unwrap().as_deref(), Some("Room 7"));
    let view = meeting.appointment();
    assert_eq!(view.subject().unwrap().as_deref(), Some("Plan, part 1"));
    assert_eq!(view.location().unwrap().as_deref(), Some("Room 7"));
    assert_eq!(view.start().unwrap(), Some(at(14 * HOUR)));
    assert_eq!(view.end().unwrap(), Some(at(15 * HOUR + 1800)));
    assert_eq!((view.duration().unwrap(), view.all_day().unwrap()), (Some(90), Some(false)));
    assert_eq!(view.uid().unwrap().as_deref(), Some("7@example.org"));
    assert_eq!(view.sequence().unwrap(), Some(2));
    // Asked and not answered: the time is tentative until then.
    assert_eq!(view.busy_status().unwrap(), Some(BusyStatus::Tentative));
    assert_eq!(message.get(PID_LID_INTENDED_BUSY_STATUS).unwrap(), Some(3));
    assert_eq!(view.response_status().unwrap(), Some(ResponseStatus::NotResponded));
    assert_eq!(view.state_flags().unwrap(), Some(3));
    assert_eq!(
        message.get(PID_LID_OWNER_CRITICAL_CHANGE).unwrap(),
        Some(at(-4 * 86_400 + 12 * HOUR))
    );
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("one\r\ntwo"));
    let common = message.common();
    assert_eq!(common.categories().unwrap().unwrap(), ["a,b", "c"]);
    assert_eq!(message.get(PR_SENSITIVITY).unwrap(), Some(3));
    assert_eq!(message.get(PR_IMPORTANCE).unwrap(), Some(2));
    assert_eq!(
        (common.reminder_set().unwrap(), common.reminder_minutes().unwrap()),
        (Some(true), Some(60))
    );
    assert_eq!(common.reminder_signal_time().unwrap(), Some(at(13 * HOUR)));
    let organizer = view.organizer().unwrap().unwrap();
    assert_eq!(organizer.name.as_deref(), Some("Lind, Ana"));
    assert_eq!(organizer.address.as_deref(), Some("ana@example.org"));
    let attendees = view.attendees().unwrap();
    let shown: Vec<_> = attendees
        .iter()
        .map(|who| (who.kind, who.name.as_deref().unwrap(), who.address.as_deref().unwrap()))
        .collect();
    assert_eq!(
        shown,
        [
            (AttendeeKind::Required, "Bo", "bo+x@example.org"),
            (AttendeeKind::Optional, "cy@example.org", "cy@example.org"),
            (AttendeeKind::Resource, "Room 7", "room7@example.org"),
        ]
    );
    assert_eq!(attendees[0].response, Some(ResponseStatus::Accepted));
    assert_eq!(message.get(PR_RESPONSE_REQUESTED).unwrap(), Some(true));
}

#[test]
fn the_method_makes_the_class() {
    let lines = "DTSTART:20240305T140000Z\nATTENDEE;PARTSTAT=%:mailto:bo@example.org";
    for (method, answer, class) in [
        ("", "ACCEPTED", "IPM.Appointment"),
        ("publish", "ACCEPTED", "IPM.Appointment"),
        ("REQUEST", "NEEDS-ACTION", "IPM.Schedule.Meeting.Request"),
        ("CANCEL", "NEEDS-ACTION", "IPM.Schedule.Meeting.Canceled"),
        ("REPLY", "ACCEPTED", "IPM.Schedule.Meeting.Resp.Pos"),
        ("REPLY", "declined", "IPM.Schedule.Meeting.Resp.Neg"),
        ("REPLY", "TENTATIVE", "IPM.Schedule.Meeting.Resp.Tent"),
        ("COUNTER", "NEEDS-ACTION", "IPM.Schedule.Meeting.Resp.Tent"),
    ] {
        let (message, _) = read(&event(method, &lines.replace('%', answer)));
        assert_eq!(message.get(PR_MESSAGE_CLASS_W).unwrap().as_deref(), Some(class));
    }
    let (cancelled, _) = read(&event("CANCEL", "DTSTART:20240305T140000Z"));
    assert_eq!(Appointment::of(&cancelled).is_cancelled().unwrap(), Some(true));
}

#[test]
fn an_answer_is_from_its_attendee_to_the_organizer() {
    let (message, _) = read(&event(
        "REPLY",
        "DTSTAMP:20240304T000000Z\nDTSTART:20240305T140000Z\nORGANIZER:mailto:ana@example.org\n\
         ATTENDEE;PARTSTAT=ACCEPTED;CN=Bo:mailto:bo@example.org",
    ));
    let author = message.sent_representing().unwrap().unwrap();
    assert_eq!(author.address.as_deref(), Some("bo@example.org"));
    let to = &message.recipients().unwrap()[0];
    assert_eq!(to.address().as_deref(), Some("ana@example.org"));
    assert_eq!(message.get(PID_LID_ATTENDEE_CRITICAL_CHANGE).unwrap(), Some(at(-86_400)));
}

#[test]
fn a_proposal_keeps_both_times() {
    let (message, _) = read(&event(
        "COUNTER",
        "DTSTART:20240305T160000Z\nDTEND:20240305T170000Z\n\
         X-MS-OLK-ORIGINALSTART:20240305T140000Z\nX-MS-OLK-ORIGINALEND:20240305T150000Z",
    ));
    let Item::Meeting(meeting) = message.item().unwrap() else { panic!() };
    assert_eq!(meeting.is_counter_proposal().unwrap(), Some(true));
    assert_eq!(meeting.proposed_start().unwrap(), Some(at(16 * HOUR)));
    assert_eq!(meeting.appointment().start().unwrap(), Some(at(14 * HOUR)));
    assert_eq!(meeting.appointment().end().unwrap(), Some(at(15 * HOUR)));
}

#[test]
fn times_are_by_the_zone_that_the_calendar_describes() {
    let lines = "DTSTART;TZID=Europe/Berlin:20240705T140000\nDURATION:PT30M";
    let text = event("", lines).replacen("BEGIN:VEVENT", &format!("{BERLIN}BEGIN:VEVENT"), 1);
    let (message, conversion) = read(&text);
    assert!(conversion.findings.is_empty());
    // In summer: two hours.
    let noon = FileTime::from_unix(1_720_180_800, 0).unwrap();
    assert_eq!(Appointment::of(&message).start().unwrap(), Some(noon));
    let key = PID_LID_APPOINTMENT_TIME_ZONE_DEFINITION_START_DISPLAY;
    assert!(message.get(key).unwrap().is_some());
    let written = mime::calendar(&message).unwrap().unwrap().text;
    assert!(written.contains("DTSTART;TZID=Europe/Berlin:20240705T140000\r\n"), "{written}");
}

#[test]
fn a_zone_that_nobody_describes_is_a_finding() {
    let (message, conversion) = read(&event("", "DTSTART;TZID=Nowhere:20240305T140000"));
    assert_eq!(Appointment::of(&message).start().unwrap(), Some(at(14 * HOUR)));
    let codes: Vec<_> = conversion.findings.iter().map(|finding| finding.code()).collect();
    assert_eq!(codes, ["calendar-zone"]);
    let (_, conversion) = read(&event("", "DTSTART;TZID=UTC:20240305T140000"));
    assert!(conversion.findings.is_empty());
}

#[test]
fn a_date_is_a_whole_day() {
    let (message, _) = read(&event("", "DTSTART;VALUE=DATE:20240305"));
    let view = Appointment::of(&message);
    assert_eq!(view.all_day().unwrap(), Some(true));
    assert_eq!(view.start().unwrap(), Some(at(0)));
    // RFC 5545 3.6.1: a day without an end is one day.
    assert_eq!(view.end().unwrap(), Some(at(24 * HOUR)));
    let (message, _) = read(&event("", "DTSTART;VALUE=DATE:20240305\nDTEND;VALUE=DATE:20240308"));
    assert_eq!(Appointment::of(&message).duration().unwrap(), Some(3 * 1440));
}

#[test]
fn one_occurrence_has_its_day_in_its_identifier() {
    let (message, _) = read(&event(
        "REQUEST",
        "RECURRENCE-ID:20240305T140000Z\nDTSTART:20240306T090000Z\nDURATION:PT1H",
    ));
    let id = Appointment::of(&message).global_object_id().unwrap().unwrap();
    assert_eq!(id.instance, Some((2024, 3, 5)));
    let clean = message.get(PID_LID_CLEAN_GLOBAL_OBJECT_ID).unwrap().unwrap();
    assert_eq!(clean, GlobalObjectId::from_uid("7@example.org").to_bytes());
    assert_eq!(Appointment::of(&message).replaces().unwrap(), Some(at(14 * HOUR)));
    assert_eq!(message.get(PID_LID_IS_EXCEPTION).unwrap(), Some(true));
}

#[test]
fn a_uid_of_outlook_is_the_identifier_itself() {
    let uid = "040000008200E00074C5B7101A82E008000000000000000000000000000000000000000004000000\
               01020304";
    let text = event("", "DTSTART:20240305T140000Z").replace("7@example.org", uid);
    let (message, _) = read(&text);
    let id = Appointment::of(&message).global_object_id().unwrap().unwrap();
    assert_eq!(id.data, [1, 2, 3, 4]);
    assert_eq!(id.uid(), uid);
}

#[test]
fn a_series_is_a_recurrence_with_what_differs() {
    let zone = "TZID=Europe/Berlin";
    let lines = format!(
        "DTSTART;{zone}:20240305T150000\nDTEND;{zone}:20240305T160000\nSUMMARY:Plan\nLOCATION:Room 7\n\
         RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=MO;UNTIL=20240402T130000Z\nEXDATE;{zone}:20240312T150000\n\
         END:VEVENT\nBEGIN:VEVENT\nUID:7@example.org\nRECURRENCE-ID;{zone}:20240319T150000\n\
         DTSTART;{zone}:20240320T100000\nDTEND;{zone}:20240320T110000\nSUMMARY:Plan\nLOCATION:Hall"
    );
    let text = event("", &lines).replacen("BEGIN:VEVENT", &format!("{BERLIN}BEGIN:VEVENT"), 1);
    let (message, conversion) = read(&text);
    assert!(conversion.losses.is_empty(), "{conversion:?}");
    let made = Appointment::of(&message).recurrence().unwrap().unwrap();
    // 2024-03-05 is 154561 days after 1601-01-01.
    let day = |day: u32| LocalMinutes((154_561 + day) * 1440);
    assert_eq!(made.frequency, Frequency::Weekly);
    assert_eq!(made.pattern, RecurrencePattern::Week(Weekdays(4)));
    assert_eq!((made.end, made.period, made.week_start), (RecurrenceEnd::Date, 1, 1));
    assert_eq!((made.start_day, made.last_day), (day(0), day(28)));
    assert_eq!(made.times, Some((900, 960)));
    assert_eq!(made.deleted, [day(7), day(14)]);
    assert_eq!(made.modified, [day(15)]);
    let one = &made.exceptions[0];
    assert_eq!(one.start, LocalMinutes(day(15).0 + 600));
    assert_eq!(one.original_start, LocalMinutes(day(14).0 + 900));
    assert_eq!((one.location.as_deref(), one.subject.as_deref()), (Some("Hall"), None));
    assert_eq!(message.get(PID_LID_RECURRENCE_TYPE).unwrap(), Some(2));
    assert!(message.get(PID_LID_TIME_ZONE_STRUCT).unwrap().is_some_and(|zone| zone.len() == 48));
}

#[test]
fn a_rule_that_cannot_be_stored_is_a_loss() {
    let (message, conversion) =
        read(&event("", "DTSTART:20240305T140000Z\nRRULE:FREQ=HOURLY;COUNT=3"));
    assert_eq!(conversion.losses[0].code, "recurrence");
    assert_eq!(Appointment::of(&message).is_recurring().unwrap(), Some(false));
    assert_eq!(Appointment::of(&message).start().unwrap(), Some(at(14 * HOUR)));
}

#[test]
fn what_the_mail_tells_stays() {
    let message = Message::create(CompoundFile::memory()).unwrap();
    message.set(PR_SUBJECT_W, "Invitation").unwrap();
    message.set(PR_BODY_W, "Please come").unwrap();
    message.set(PR_SENT_REPRESENTING_SMTP_ADDRESS_W, "office@example.org").unwrap();
    message.set(PR_SENT_REPRESENTING_NAME_W, "Office").unwrap();
    message.modify_recipients(Modify::Add, &[Recipient::new("Di", "di@example.org")]).unwrap();
    let lines = "DTSTART:20240305T140000Z\nSUMMARY:Plan\nDESCRIPTION:x\n\
                 ORGANIZER:mailto:ana@example.org\nATTENDEE:mailto:bo@example.org";
    mime::read_ics(&event("REQUEST", lines), &message).unwrap();
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("Invitation"));
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("Please come"));
    let author = message.sent_representing().unwrap().unwrap();
    assert_eq!(author.address.as_deref(), Some("office@example.org"));
    assert_eq!(message.recipient_count().unwrap(), 1);
}

#[test]
fn of_several_versions_of_an_event_the_last_is_read() {
    let one = |sequence: u32, hour: u32| {
        format!(
            "BEGIN:VEVENT\nUID:7\nSEQUENCE:{sequence}\nDTSTART:20240305T{hour}0000Z\nEND:VEVENT\n"
        )
    };
    let text = calendar("", [one(1, 10), one(3, 14), one(2, 12)].concat().trim_end());
    let (message, conversion) = read(&text);
    assert_eq!(Appointment::of(&message).start().unwrap(), Some(at(14 * HOUR)));
    let codes: Vec<_> = conversion.losses.iter().map(|loss| loss.code).collect();
    assert_eq!(codes, ["calendar-item", "calendar-item"]);
}

#[test]
fn what_has_no_place_is_a_loss() {
    let (_, conversion) = read(&event(
        "",
        "DTSTART:20240305T140000Z\nGEO:1;2\nATTACH:https://example.org/x\nATTACH:y\n\
         DTEND:tomorrow\nATTENDEE;CN=Nobody:invalid:nomail",
    ));
    let mut items: Vec<_> = conversion.losses.iter().map(|loss| loss.item.as_str()).collect();
    items.sort_unstable();
    assert_eq!(items, ["ATTACH", "ATTENDEE", "DTEND", "GEO"]);
    assert!(conversion.losses.iter().all(|loss| loss.code == "calendar-field"));
}

#[test]
fn a_calendar_without_anything_to_be_is_an_error() {
    for text in [
        "",
        "no calendar",
        &calendar("", "BEGIN:VFREEBUSY\nEND:VFREEBUSY"),
        &event("REFRESH", "DTSTART:20240305T140000Z"),
        &event("REPLY", "ATTENDEE;PARTSTAT=DELEGATED:mailto:bo@example.org"),
    ] {
        let message = Message::create(CompoundFile::memory()).unwrap();
        let error = mime::read_ics(text, &message).unwrap_err();
        assert_eq!(error.code(), Code::CorruptData);
        assert_eq!(message.get(PR_MESSAGE_CLASS_W).unwrap(), None);
    }
}

#[test]
fn a_todo_is_a_task() {
    let (message, conversion) = read(&calendar(
        "",
        "BEGIN:VTODO\nUID:t\nSUMMARY:Paint\nDTSTART;VALUE=DATE:20240301\nDUE;VALUE=DATE:20240308\n\
         STATUS:COMPLETED\nCOMPLETED:20240307T120000Z\nRRULE:FREQ=MONTHLY;BYMONTHDAY=1\nEND:VTODO",
    ));
    assert!(conversion.losses.is_empty(), "{conversion:?}");
    let Item::Task(task) = message.item().unwrap() else { panic!() };
    assert_eq!(task.subject().unwrap().as_deref(), Some("Paint"));
    assert_eq!(task.start().unwrap(), LocalDate::new(2024, 3, 1));
    assert_eq!(task.due().unwrap(), LocalDate::new(2024, 3, 8));
    assert_eq!(task.completed().unwrap(), LocalDate::new(2024, 3, 7));
    assert_eq!(task.status().unwrap(), Some(TaskStatus::Complete));
    assert_eq!(task.percent_complete().unwrap(), Some(1.0));
    let made = Task::of(&message).recurrence().unwrap().unwrap();
    assert_eq!(made.pattern, RecurrencePattern::MonthDay { day: 1, hijri: false });
    assert_eq!(made.times, None);
}

#[test]
fn a_journal_is_a_journal_entry() {
    let (message, _) = read(&calendar(
        "",
        "BEGIN:VJOURNAL\nUID:j\nSUMMARY:Call\nDTSTART:20240305T140000Z\nEND:VJOURNAL",
    ));
    let Item::Journal(journal) = message.item().unwrap() else { panic!() };
    assert_eq!(journal.subject().unwrap().as_deref(), Some("Call"));
    assert_eq!(journal.start().unwrap(), Some(at(14 * HOUR)));
}
