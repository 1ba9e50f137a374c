//! Messages as calendars: what is expected stands in RFC 5545, RFC 5546 and msg-format 6.11.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic and say why"
)]

use openimsg::named::*;
use openimsg::tags::*;
use openimsg::{
    Appointment, CompoundFile, Contact, FileTime, GlobalObjectId, LocalDate, Message, Modify,
    Recipient, Task, TaskStatus, mime,
};

fn message() -> Message<'static> {
    Message::create(CompoundFile::memory()).unwrap()
}

/// Seconds after 2024-03-05 00:00 UTC.
fn at(seconds: i64) -> FileTime {
    FileTime::from_unix(1_709_596_800 + seconds, 0).unwrap()
}

const HOUR: i64 = 3600;

/// The lines of the calendar, joined again where they were folded (RFC 5545 3.1).
fn lines(message: &Message<'_>) -> Vec<String> {
    let calendar = mime::calendar(message).unwrap().unwrap();
    for line in calendar.text.strip_suffix("\r\n").unwrap().split("\r\n") {
        assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{line}");
    }
    calendar.text.replace("\r\n ", "").split("\r\n").map(str::to_owned).collect()
}

fn has(lines: &[String], wanted: &[&str]) {
    for line in wanted {
        assert!(lines.iter().any(|found| found == line), "{line} is not among\n{lines:#?}");
    }
}

fn meeting(class: &str) -> Message<'static> {
    let message = message();
    message.set(PR_MESSAGE_CLASS_W, class).unwrap();
    let view = Appointment::of(&message);
    view.set_subject("Plan; part 1, a\\b").unwrap();
    view.set_times(at(14 * HOUR), at(15 * HOUR)).unwrap();
    view.set_location("Room 7").unwrap();
    view.set_uid("meeting-7@example.org").unwrap();
    message.set(PR_SENT_REPRESENTING_NAME_W, "Lind, Ana").unwrap();
    message.set(PR_SENT_REPRESENTING_SMTP_ADDRESS_W, "ana@example.org").unwrap();
    message.set(PID_LID_OWNER_CRITICAL_CHANGE, at(0)).unwrap();
    let rows = [
        Recipient::new("Bo", "bo@example.org"),
        Recipient::new("Cy \"C\"", "cy@example.org").cc(),
        Recipient::new("Room 7", "room7@example.org").bcc(),
    ];
    message.modify_recipients(Modify::Add, &rows).unwrap();
    message
}

#[test]
fn a_request_has_every_field_of_its_meeting() {
    let message = meeting("IPM.Schedule.Meeting.Request");
    message.set(PID_LID_APPOINTMENT_SEQUENCE, 3).unwrap();
    message.set(PID_LID_BUSY_STATUS, 1).unwrap();
    message.set(PID_LID_INTENDED_BUSY_STATUS, 3).unwrap();
    message.set(PR_IMPORTANCE, 2).unwrap();
    message.set(PR_SENSITIVITY, 2).unwrap();
    message.set(PR_BODY_W, "First line\r\nsecond").unwrap();
    message.set(PR_RESPONSE_REQUESTED, true).unwrap();
    message.common().set_categories(&["a,b", "c"]).unwrap();
    message.common().set_reminder_minutes(30).unwrap();
    let lines = lines(&message);
    has(
        &lines,
        &[
            "METHOD:REQUEST",
            "VERSION:2.0",
            "UID:meeting-7@example.org",
            "SEQUENCE:3",
            "DTSTAMP:20240305T000000Z",
            "DTSTART:20240305T140000Z",
            "DTEND:20240305T150000Z",
            "SUMMARY:Plan\\; part 1\\, a\\\\b",
            "LOCATION:Room 7",
            "DESCRIPTION:First line\\nsecond",
            "ORGANIZER;CN=\"Lind, Ana\":mailto:ana@example.org",
            "ATTENDEE;CN=Bo;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:\
         mailto:bo@example.org",
            "ATTENDEE;CN=\"Cy 'C'\";CUTYPE=INDIVIDUAL;ROLE=OPT-PARTICIPANT;PARTSTAT=NEEDS-ACTION;\
         RSVP=TRUE:mailto:cy@example.org",
            "ATTENDEE;CN=\"Room 7\";CUTYPE=RESOURCE;ROLE=NON-PARTICIPANT;PARTSTAT=NEEDS-ACTION;\
         RSVP=TRUE:mailto:room7@example.org",
            "CLASS:PRIVATE",
            "PRIORITY:1",
            "CATEGORIES:a\\,b,c",
            "TRANSP:OPAQUE",
            "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE",
            "X-MICROSOFT-CDO-INTENDEDSTATUS:OOF",
            "X-MICROSOFT-CDO-ALLDAYEVENT:FALSE",
            "TRIGGER:-PT30M",
        ],
    );
    assert_eq!(lines.iter().filter(|line| line.starts_with("BEGIN:VEVENT")).count(), 1);
}

#[test]
fn the_class_makes_the_method() {
    for (class, method) in [
        ("IPM.Appointment", "PUBLISH"),
        ("IPM.Schedule.Meeting.Request", "REQUEST"),
        ("IPM.Schedule.Meeting.Canceled", "CANCEL"),
        ("IPM.Schedule.Meeting.Resp.Pos", "REPLY"),
        ("IPM.Schedule.Meeting.Resp.Neg", "REPLY"),
        ("IPM.Schedule.Meeting.Resp.Tent", "REPLY"),
    ] {
        let message = meeting(class);
        assert_eq!(mime::calendar(&message).unwrap().unwrap().method, method);
        has(&lines(&message), &[&format!("METHOD:{method}")]);
    }
    for class in
        ["IPM.Note", "IPM.Contact", "IPM.Schedule.Meeting.Notification.Forward", "REPORT.x"]
    {
        assert_eq!(mime::calendar(&meeting(class)).unwrap(), None);
    }
    has(&lines(&meeting("IPM.Schedule.Meeting.Canceled")), &["STATUS:CANCELLED"]);
}

#[test]
fn an_answer_has_one_attendee_and_the_organizer_it_goes_to() {
    for (end, word) in [("Pos", "ACCEPTED"), ("Neg", "DECLINED"), ("Tent", "TENTATIVE")] {
        let lines = lines(&meeting(&format!("IPM.Schedule.Meeting.Resp.{end}")));
        let attendees: Vec<_> = lines.iter().filter(|line| line.starts_with("ATTENDEE")).collect();
        assert_eq!(
            attendees,
            [&format!("ATTENDEE;CN=\"Lind, Ana\";PARTSTAT={word}:mailto:ana@example.org")]
        );
        has(&lines, &["ORGANIZER;CN=Bo:mailto:bo@example.org"]);
    }
}

#[test]
fn a_proposal_has_the_proposed_times_and_the_old_ones() {
    let message = meeting("IPM.Schedule.Meeting.Resp.Tent");
    message.set(PID_LID_APPOINTMENT_COUNTER_PROPOSAL, true).unwrap();
    message.set(PID_LID_APPOINTMENT_PROPOSED_START_WHOLE, at(16 * HOUR)).unwrap();
    message.set(PID_LID_APPOINTMENT_PROPOSED_END_WHOLE, at(17 * HOUR)).unwrap();
    has(
        &lines(&message),
        &[
            "METHOD:COUNTER",
            "DTSTART:20240305T160000Z",
            "DTEND:20240305T170000Z",
            "X-MS-OLK-ORIGINALSTART:20240305T140000Z",
            "X-MS-OLK-ORIGINALEND:20240305T150000Z",
            "ATTENDEE;CN=\"Lind, Ana\";PARTSTAT=TENTATIVE:mailto:ana@example.org",
        ],
    );
}

/// The identifier is the hexadecimal text, with the date of the occurrence zeroed (msg-format 2.9).
#[test]
fn the_uid_is_that_of_the_series_and_the_occurrence_has_its_own_time() {
    let message = meeting("IPM.Schedule.Meeting.Request");
    let mut id = GlobalObjectId::from_uid("x");
    id.data = vec![0xAB; 16];
    id.instance = Some((2024, 3, 5));
    message.set(PID_LID_GLOBAL_OBJECT_ID, id.to_bytes()).unwrap();
    let series = "040000008200E00074C5B7101A82E008000000000000000000000000000000000000000010000000\
                  ABABABABABABABABABABABABABABABAB";
    has(&lines(&message), &[&format!("UID:{series}"), "RECURRENCE-ID:20240305T140000Z"]);
    message.set(PID_LID_EXCEPTION_REPLACE_TIME, at(9 * HOUR)).unwrap();
    has(&lines(&message), &["RECURRENCE-ID:20240305T090000Z"]);
    // Hours, minutes and seconds in 6 bits each.
    message.set(PID_LID_EXCEPTION_REPLACE_TIME, FileTime::OUTLOOK_NONE).unwrap();
    message.set(PID_LID_START_RECURRENCE_TIME, 8 << 12 | 30 << 6).unwrap();
    has(&lines(&message), &["RECURRENCE-ID:20240305T083000Z"]);
}

/// Spec: Q-84
#[test]
fn a_malformed_identifier_is_the_uid_as_text() {
    let sound = GlobalObjectId::from_uid("x").to_bytes();
    for (bytes, uid) in [
        (b"meeting-7@example.org".to_vec(), "meeting-7@example.org".to_owned()),
        (b"with-nul\0\0".to_vec(), "with-nul".to_owned()),
        (vec![0x04, 0x00, 0xFF], "0400FF".to_owned()),
        // The right beginning, and not enough of it.
        (sound[..20].to_vec(), "040000008200E00074C5B7101A82E00800000000".to_owned()),
    ] {
        let message = meeting("IPM.Appointment");
        message.set(PID_LID_GLOBAL_OBJECT_ID, bytes.clone()).unwrap();
        message.set(PID_LID_CLEAN_GLOBAL_OBJECT_ID, bytes).unwrap();
        has(&lines(&message), &[&format!("UID:{uid}")]);
        let findings = mime::calendar(&message).unwrap().unwrap().conversion.findings;
        assert_eq!(findings[0].code(), "calendar-uid");
    }
}

/// Dates of tasks and contacts are days; 4501-01-01 is none; 0x5AE980E1 is the user's own delay, which
/// is a quarter of an hour as Outlook is delivered.
///
/// Spec: Q-81
#[test]
fn local_days_are_days_and_the_marks_of_none_are_none() {
    let day = LocalDate::new(2024, 2, 29).unwrap();
    let task = Task::of(&message()).message().clone();
    Task::of(&task).set_due(day).unwrap();
    task.set(PID_LID_TASK_START_DATE, FileTime::OUTLOOK_NONE).unwrap();
    let written = lines(&task);
    has(&written, &["DUE;VALUE=DATE:20240229"]);
    assert!(!written.iter().any(|line| line.contains("4501") || line.starts_with("DTSTART")));

    let ana = message();
    let contact = Contact::of(&ana);
    contact.set_display_name("Ana").unwrap();
    ana.set(PID_LID_BIRTHDAY_LOCAL, day).unwrap();
    // Midnight in Berlin.
    ana.set(PR_BIRTHDAY, FileTime::from_unix(1_709_161_200, 0).unwrap()).unwrap();
    ana.set(PR_WEDDING_ANNIVERSARY, FileTime::OUTLOOK_NONE).unwrap();
    let card = mime::card(&ana).unwrap().unwrap();
    assert!(card.contains("\r\nBDAY:2024-02-29\r\n"));
    assert!(!card.contains("ANNIVERSARY") && !card.contains("4501"));

    let lunch = meeting("IPM.Appointment");
    lunch.set(PID_LID_REMINDER_SET, true).unwrap();
    lunch.set(PID_LID_REMINDER_DELTA, 0x5AE9_80E1).unwrap();
    has(&lines(&lunch), &["TRIGGER:-PT15M"]);
}

/// `02 01`, header size, flags, the name, one rule: UTC+1, summer time from the last Sunday of March,
/// 2:00, to the last Sunday of October, 3:00.
fn berlin() -> Vec<u8> {
    let short = |out: &mut Vec<u8>, values: &[u16]| {
        out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    };
    let name: Vec<u16> = "W. Europe".encode_utf16().collect();
    let mut out = vec![2, 1];
    short(&mut out, &[6 + 18, 2, 9]);
    short(&mut out, &name);
    short(&mut out, &[1]);
    out.extend([2, 1]);
    short(&mut out, &[0x3E, 3, 1601, 0, 0, 0, 0, 0, 0, 0]);
    for bias in [-60_i32, 0, -60] {
        out.extend(bias.to_le_bytes());
    }
    short(&mut out, &[0, 10, 0, 5, 3, 0, 0, 0, 0, 3, 0, 5, 2, 0, 0, 0]);
    out
}

#[test]
fn times_are_by_the_clock_of_the_stored_zone() {
    let message = meeting("IPM.Appointment");
    let key = PID_LID_APPOINTMENT_TIME_ZONE_DEFINITION_START_DISPLAY;
    message.set(key, berlin()).unwrap();
    let lines = lines(&message);
    has(
        &lines,
        &[
            "DTSTART;TZID=\"W. Europe\":20240305T150000",
            "DTEND;TZID=\"W. Europe\":20240305T160000",
            "TZID:W. Europe",
            "TZOFFSETFROM:+0200",
            "TZOFFSETTO:+0100",
            "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
            "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        ],
    );
}

#[test]
fn a_whole_day_is_a_date_wherever_it_was_made() {
    let message = meeting("IPM.Appointment");
    let view = Appointment::of(&message);
    view.set_all_day(true).unwrap();
    // 5 and 6 March in Berlin.
    view.set_times(at(-HOUR), at(47 * HOUR)).unwrap();
    let wanted = ["DTSTART;VALUE=DATE:20240305", "DTEND;VALUE=DATE:20240307"];
    has(&lines(&message), &wanted);
    let key = PID_LID_APPOINTMENT_TIME_ZONE_DEFINITION_START_DISPLAY;
    message.set(key, berlin()).unwrap();
    has(&lines(&message), &wanted);
    has(&lines(&message), &["X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"]);
}

/// 2024-03-05 in minutes since 1601: 154561 days.
const DAY: u32 = 154_561 * 1440;

/// Every Tuesday at 15:00 to 2 April; the 12th is left out, the 19th is a day later in another room.
fn series(differs: u16) -> Vec<u8> {
    let mut out = vec![0x04, 0x30, 0x04, 0x30, 0x0B, 0x20, 1, 0, 0, 0];
    let put = |out: &mut Vec<u8>, fields: &[u32]| {
        out.extend(fields.iter().flat_map(|field| field.to_le_bytes()));
    };
    put(&mut out, &[0, 1, 0, 4, 0x2021, 5, 1]);
    put(&mut out, &[2, DAY + 7 * 1440, DAY + 14 * 1440, 1, DAY + 15 * 1440]);
    put(&mut out, &[DAY, DAY + 28 * 1440]);
    put(&mut out, &[0x3006, 0x3009, 900, 960]);
    out.extend([1, 0]);
    put(&mut out, &[DAY + 15 * 1440 + 600, DAY + 15 * 1440 + 660, DAY + 14 * 1440 + 900]);
    out.extend(differs.to_le_bytes());
    out.extend(b"\x05\0\x04\0Hall");
    put(&mut out, &[0, 4, 0, 0]);
    put(&mut out, &[DAY + 15 * 1440 + 600, DAY + 15 * 1440 + 660, DAY + 14 * 1440 + 900]);
    out.extend(b"\x04\0H\0a\0l\0l\0");
    put(&mut out, &[0, 0]);
    out
}

#[test]
fn a_series_has_its_rule_the_days_left_out_and_the_changed_ones() {
    let message = meeting("IPM.Appointment");
    message.set(PID_LID_APPOINTMENT_RECUR, series(0x0010)).unwrap();
    message.set(PID_LID_APPOINTMENT_TIME_ZONE_DEFINITION_RECUR, berlin()).unwrap();
    let lines = lines(&message);
    let zone = "TZID=\"W. Europe\"";
    has(
        &lines,
        &[
            &format!("DTSTART;{zone}:20240305T150000"),
            // 2 April is in summer time.
            "RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=MO;UNTIL=20240402T130000Z",
            &format!("EXDATE;{zone}:20240312T150000"),
            &format!("RECURRENCE-ID;{zone}:20240319T150000"),
            &format!("DTSTART;{zone}:20240320T100000"),
            &format!("DTEND;{zone}:20240320T110000"),
            "LOCATION:Hall",
        ],
    );
    assert_eq!(lines.iter().filter(|line| *line == "BEGIN:VEVENT").count(), 2);
    assert_eq!(lines.iter().filter(|line| *line == "UID:meeting-7@example.org").count(), 2);
    assert_eq!(lines.iter().filter(|line| line.starts_with("EXDATE")).count(), 1);
    assert_eq!(lines.iter().filter(|line| line.starts_with("RRULE:FREQ=WEEKLY")).count(), 1);
}

/// The body of an occurrence, and who comes to it, lie in an attachment of the series.
#[test]
fn a_changed_occurrence_has_its_own_text_and_people() {
    let message = meeting("IPM.Appointment");
    // The location differs, and the body.
    message.set(PID_LID_APPOINTMENT_RECUR, series(0x0210)).unwrap();
    message.set(PID_LID_APPOINTMENT_TIME_ZONE_DEFINITION_RECUR, berlin()).unwrap();
    message.set(PR_BODY_W, "every week").unwrap();
    let losses =
        |message: &Message<'_>| mime::calendar(message).unwrap().unwrap().conversion.losses.len();
    assert_eq!(losses(&message), 1);
    let (attachment, inner) = message.attach_message("Plan").unwrap();
    let class = "IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}";
    inner.set(PR_MESSAGE_CLASS_W, class).unwrap();
    // 19 March, 15:00 in Berlin.
    inner.set(PID_LID_EXCEPTION_REPLACE_TIME, at(14 * 24 * HOUR + 14 * HOUR)).unwrap();
    inner.set(PR_BODY_W, "this week").unwrap();
    let row = Recipient::new("Di", "di@example.org");
    inner.modify_recipients(Modify::Add, &[row]).unwrap();
    inner.save_changes(openimsg::SaveFlags::KEEP_OPEN_READWRITE).unwrap();
    attachment.save_changes(openimsg::SaveFlags::KEEP_OPEN_READWRITE).unwrap();
    assert_eq!(losses(&message), 0);
    let all = lines(&message);
    let second = all.iter().rposition(|line| line == "BEGIN:VEVENT").unwrap();
    let (first, second) = all.split_at(second);
    has(first, &["DESCRIPTION:every week"]);
    has(second, &["DESCRIPTION:this week", "ORGANIZER;CN=\"Lind, Ana\":mailto:ana@example.org"]);
    let people =
        |lines: &[String]| lines.iter().filter(|line| line.starts_with("ATTENDEE")).count();
    assert_eq!((people(first), people(second)), (3, 1));
}

#[test]
fn a_series_without_a_zone_has_the_distance_it_began_with() {
    let message = meeting("IPM.Appointment");
    message.set(PID_LID_APPOINTMENT_RECUR, series(0x0010)).unwrap();
    // 15:00 by its own clock is 14:00 UTC.
    has(&lines(&message), &["DTSTART;TZID=UTC+0100:20240305T150000", "TZOFFSETTO:+0100"]);
    let findings = mime::calendar(&message).unwrap().unwrap().conversion.findings;
    assert_eq!(findings[0].code(), "calendar-zone");
}

#[test]
fn a_damaged_series_is_a_loss_and_the_rest_is_written() {
    let message = meeting("IPM.Appointment");
    message.set(PID_LID_APPOINTMENT_RECUR, &series(0x0010)[..40]).unwrap();
    message.set(PID_LID_TIME_ZONE_STRUCT, &[1, 2, 3][..]).unwrap();
    has(&lines(&message), &["DTSTART:20240305T140000Z"]);
    let losses = mime::calendar(&message).unwrap().unwrap().conversion.losses;
    let items: Vec<_> = losses.iter().map(|loss| (loss.code, loss.item.as_str())).collect();
    assert_eq!(items, [("calendar-field", "VTIMEZONE"), ("calendar-field", "RRULE")]);
}

#[test]
fn no_field_can_end_its_line() {
    let message = meeting("IPM.Schedule.Meeting.Request");
    let bad = "x\r\nBEGIN:VALARM\rX\u{2028}Y\u{85}Z\0";
    message.set(PR_SUBJECT_W, bad).unwrap();
    message.set(PID_LID_LOCATION, bad).unwrap();
    message.set(PR_SENT_REPRESENTING_NAME_W, bad).unwrap();
    message.set(PID_LID_TIME_ZONE_DESCRIPTION, bad).unwrap();
    message.set(PID_LID_GLOBAL_OBJECT_ID, GlobalObjectId::from_uid(bad).to_bytes()).unwrap();
    message.modify_recipients(Modify::Add, &[Recipient::new(bad, "a\r\nb:c@example.org")]).unwrap();
    message.common().set_categories(&[bad, "b"]).unwrap();
    let lines = lines(&message);
    assert!(
        !lines.iter().any(|line| line.starts_with("BEGIN:VALARM")
            || line.starts_with('X') && !line.starts_with("X-"))
    );
    let events = lines.iter().filter(|line| line.starts_with("BEGIN:")).count();
    assert_eq!(events, 2);
}

#[test]
fn a_task_is_a_todo() {
    let message = message();
    let task = Task::of(&message);
    task.set_subject("Paint the boat").unwrap();
    task.set_start(LocalDate::new(2024, 3, 1).unwrap()).unwrap();
    task.set_due(LocalDate::new(2024, 3, 8).unwrap()).unwrap();
    task.set_status(TaskStatus::InProgress).unwrap();
    task.set_percent_complete(0.255).unwrap();
    message.set(PR_IMPORTANCE, 0).unwrap();
    message.set(PID_LID_REMINDER_SET, true).unwrap();
    message.set(PID_LID_REMINDER_SIGNAL_TIME, at(8 * HOUR)).unwrap();
    has(
        &lines(&message),
        &[
            "METHOD:PUBLISH",
            "BEGIN:VTODO",
            "SUMMARY:Paint the boat",
            "DTSTART;VALUE=DATE:20240301",
            "DUE;VALUE=DATE:20240308",
            "STATUS:IN-PROCESS",
            "PERCENT-COMPLETE:26",
            "PRIORITY:9",
            "TRIGGER;VALUE=DATE-TIME:20240305T080000Z",
            "END:VTODO",
        ],
    );
}

#[test]
fn a_journal_entry_is_a_journal() {
    let message = message();
    message.set(PR_MESSAGE_CLASS_W, "IPM.Activity").unwrap();
    message.set(PR_SUBJECT_W, "Call").unwrap();
    message.set(PID_LID_LOG_TYPE, "Phone call").unwrap();
    message.set(PID_LID_LOG_START, at(8 * HOUR)).unwrap();
    has(
        &lines(&message),
        &[
            "BEGIN:VJOURNAL",
            "SUMMARY:Call",
            "DTSTART:20240305T080000Z",
            "X-OPENIMSG-JOURNAL-TYPE:Phone call",
        ],
    );
}

#[test]
fn the_same_message_gives_the_same_text() {
    let message = meeting("IPM.Schedule.Meeting.Request");
    assert_eq!(mime::calendar(&message).unwrap(), mime::calendar(&message).unwrap());
}
