//! Messages to calendars and back, and calendars that are none.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

#[path = "common/watchdog.rs"]
mod watchdog;

use openimsg::named::*;
use openimsg::tags::*;
use openimsg::{Appointment, BusyStatus, CompoundFile, FileTime, Message, Modify, Recipient, mime};
use proptest::prelude::*;

fn message() -> Message<'static> {
    Message::create(CompoundFile::memory()).unwrap()
}

/// Text as people write it, with everything that calendars give a meaning to.
fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            Just('\\'),
            Just(','),
            Just(';'),
            Just(':'),
            Just('"'),
            Just('n'),
            Just('ä'),
            Just('€'),
            Just('😀'),
            Just(' '),
            Just('x'),
            Just('^'),
            Just('%'),
            Just('='),
        ],
        1..60,
    )
    .prop_map(|all| format!("a{}b", all.into_iter().collect::<String>()))
}

/// What a meeting is, for comparing.
#[derive(Debug, PartialEq)]
struct Shown {
    subject: Option<String>,
    location: Option<String>,
    start: Option<FileTime>,
    end: Option<FileTime>,
    uid: Option<String>,
    busy: Option<BusyStatus>,
    sequence: Option<i32>,
    categories: Option<Vec<String>>,
    body: Option<String>,
    people: Vec<(Option<String>, Option<String>)>,
}

fn shown(message: &Message<'_>) -> Shown {
    let view = Appointment::of(message);
    let people = view.attendees().unwrap().into_iter().map(|who| (who.name, who.address)).collect();
    Shown {
        subject: view.subject().unwrap(),
        location: view.location().unwrap(),
        start: view.start().unwrap(),
        end: view.end().unwrap(),
        uid: view.uid().unwrap(),
        busy: view.busy_status().unwrap(),
        sequence: view.sequence().unwrap(),
        categories: message.common().categories().unwrap(),
        body: message.get(PR_BODY_W).unwrap(),
        people,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_meeting_comes_back_as_it_was(
        subject in text(),
        location in text(),
        uid in "[a-zA-Z0-9@.-]{1,90}",
        category in text(),
        lines in proptest::collection::vec(text(), 1..4),
        start in 0_i64..4_000_000_000,
        minutes in 0_i64..100_000,
        busy in 0_i32..5,
        sequence in 0_i32..1000,
        name in "[a-zA-Z äé,;:.'-]{1,40}[a-z]",
    ) {
        let first = message();
        let view = Appointment::of(&first);
        view.set_subject(&subject).unwrap();
        view.set_location(&location).unwrap();
        let end = FileTime::from_unix(start + minutes * 60, 0).unwrap();
        view.set_times(FileTime::from_unix(start, 0).unwrap(), end).unwrap();
        view.set_uid(&uid).unwrap();
        view.set_busy_status(BusyStatus::from_raw(busy)).unwrap();
        first.set(PID_LID_APPOINTMENT_SEQUENCE, sequence).unwrap();
        first.common().set_categories(&[category.as_str()]).unwrap();
        first.set(PR_BODY_W, lines.join("\r\n").as_str()).unwrap();
        let row = Recipient::new(name.trim(), "somebody+x@example.org");
        first.modify_recipients(Modify::Add, &[row]).unwrap();

        let written = mime::calendar(&first).unwrap().unwrap();
        prop_assert!(written.conversion.losses.is_empty());
        let second = message();
        let conversion = mime::read_ics(&written.text, &second).unwrap();
        prop_assert!(conversion.losses.is_empty(), "{conversion:?}");
        prop_assert_eq!(shown(&second), shown(&first));
        // And the calendar of that is the same, but for what depends on the file.
        let again = mime::calendar(&second).unwrap().unwrap().text;
        let kept = |text: &str| -> Vec<String> {
            let lines = text.split("\r\n").filter(|line| {
                !["DTSTAMP", "CREATED", "LAST-MOD", "X-MICROSOFT", "PRIORITY"]
                    .iter().any(|name| line.starts_with(name))
            });
            lines.map(str::to_owned).collect()
        };
        prop_assert_eq!(kept(&again), kept(&written.text));
    }

    #[test]
    fn a_rule_comes_back_as_it_was(
        rule in prop_oneof![
            (1_u32..400).prop_map(|n| format!("FREQ=DAILY;INTERVAL={n}")),
            (1_u32..128, 1_u32..9).prop_map(|(set, n)| {
                let days = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
                let days: Vec<_> =
                    days.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1).collect();
                let days: Vec<_> = days.iter().map(|(_, day)| **day).collect();
                format!("FREQ=WEEKLY;INTERVAL={n};BYDAY={};WKST=SU", days.join(","))
            }),
            (1_u32..29, 1_u32..30).prop_map(|(day, n)| {
                format!("FREQ=MONTHLY;INTERVAL={n};BYMONTHDAY={day}")
            }),
            (-1_i32..5, 0_usize..7).prop_filter("no 0th", |(nth, _)| *nth != 0).prop_map(|(nth, day)| {
                let day = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"][day];
                format!("FREQ=MONTHLY;BYDAY={nth}{day}")
            }),
        ],
        count in proptest::option::of(1_u32..500),
    ) {
        let rule = rule.replace(";INTERVAL=1;", ";");
        let rule = rule.strip_suffix(";INTERVAL=1").map_or(rule.clone(), str::to_owned);
        let rule = count.map_or(rule.clone(), |count| format!("{rule};COUNT={count}"));
        let text = format!(
            "BEGIN:VEVENT\r\nUID:x\r\nDTSTART:20240101T080000Z\r\nRRULE:{rule}\r\nEND:VEVENT\r\n"
        );
        let message = message();
        mime::read_ics(&text, &message).unwrap();
        let written = mime::calendar(&message).unwrap().unwrap().text.replace("\r\n ", "");
        prop_assert!(written.contains(&format!("\r\nRRULE:{rule}\r\n")), "{rule}\n{written}");
    }

    #[test]
    fn any_text_is_read_without_harm(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("BEGIN:VEVENT\r\n".to_owned()), Just("END:VEVENT\r\n".to_owned()),
                Just("BEGIN:VTIMEZONE\n".to_owned()), Just("END:VTIMEZONE\n".to_owned()),
                Just("BEGIN:STANDARD\n".to_owned()), Just("END:STANDARD\n".to_owned()),
                Just("BEGIN:VALARM\n".to_owned()), Just("BEGIN:VTODO\n".to_owned()),
                Just("TZID:z\n".to_owned()), Just("METHOD:REPLY\n".to_owned()),
                ("(DTSTART|DTEND|RECURRENCE-ID|EXDATE|DUE)(;TZID=z|;VALUE=DATE)?:", "[0-9TZ]{0,17}")
                    .prop_map(|(name, value)| format!("{name}{value}\n")),
                "(DTSTART|EXDATE|RECURRENCE-ID):(0001|1600|1601|2024|4500|9999)(01|02|12)(01|29|31)(T235959Z?)?\n",
                "RRULE:FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY);(INTERVAL|COUNT|BYDAY|BYMONTHDAY|BYSETPOS|UNTIL)=[-0-9A-Z,]{0,12}\n",
                "(DURATION|TRIGGER|TZOFFSETFROM|TZOFFSETTO):[-+PT0-9HMDW]{0,14}\n",
                "(ATTENDEE|ORGANIZER)[;:=\"a-zA-Z%@,]{0,30}\n",
                "\\PC{0,20}\n",
            ],
            0..60,
        )
    ) {
        let text = format!("BEGIN:VCALENDAR\r\n{}", pieces.concat());
        let message = message();
        if mime::read_ics(&text, &message).is_ok() {
            let made = mime::calendar(&message).unwrap().unwrap();
            prop_assert!(made.text.split("\r\n").all(|line| line.len() <= 75));
        }
    }
}

/// A series blob of small numbers, so that more of it is sound than of random bytes.
fn series() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![
        Just(0_u32),
        Just(1),
        Just(4),
        Just(1440),
        Just(u32::MAX),
        Just(0x5AE9_80DF),
        Just(0x2021),
        Just(0x2022),
        Just(0x2023),
        0_u32..40,
        222_000_000_u32..223_000_000,
        any::<u32>(),
    ];
    let numbers = proptest::collection::vec(number, 0..60);
    (0x200A_u16..0x200E, 0_u16..13, 0_u16..20, numbers).prop_map(
        |(kind, rule, calendar, numbers)| {
            let mut out = vec![4, 0x30, 4, 0x30];
            for value in [kind, rule, calendar] {
                out.extend(value.to_le_bytes());
            }
            out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
            out
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_stored_bytes_are_written_without_harm(
        recurrence in series(),
        zone in proptest::collection::vec(any::<u8>(), 0..200),
        registry in proptest::collection::vec(any::<u8>(), 40..60),
        id in proptest::collection::vec(any::<u8>(), 0..60),
        times in proptest::collection::vec(any::<u64>(), 6),
        numbers in proptest::collection::vec(any::<i32>(), 6),
        all_day in any::<bool>(),
        class in 0_usize..6,
    ) {
        let message = message();
        let end = ["Appointment", "Task", "Activity", "Schedule.Meeting.Request",
            "Schedule.Meeting.Resp.Tent", "Schedule.Meeting.Canceled"][class];
        message.set(PR_MESSAGE_CLASS_W, format!("IPM.{end}").as_str()).unwrap();
        message.set(PID_LID_APPOINTMENT_RECUR, recurrence.clone()).unwrap();
        message.set(PID_LID_TASK_RECURRENCE, recurrence).unwrap();
        // A sound beginning: a short name, two rules.
        let zone = [&[2, 1, 8, 0, 2, 0, 1, 0, b'Z', 0, 2, 0], zone.as_slice()].concat();
        message.set(PID_LID_APPOINTMENT_TIME_ZONE_DEFINITION_RECUR, zone.clone()).unwrap();
        message.set(PID_LID_APPOINTMENT_TIME_ZONE_DEFINITION_START_DISPLAY, zone).unwrap();
        message.set(PID_LID_TIME_ZONE_STRUCT, registry).unwrap();
        message.set(PID_LID_GLOBAL_OBJECT_ID, id).unwrap();
        message.set(PID_LID_APPOINTMENT_SUB_TYPE, all_day).unwrap();
        for (key, at) in [
            PID_LID_APPOINTMENT_START_WHOLE, PID_LID_APPOINTMENT_END_WHOLE,
            PID_LID_EXCEPTION_REPLACE_TIME, PID_LID_TASK_DUE_DATE, PID_LID_LOG_START,
            PID_LID_REMINDER_SIGNAL_TIME,
        ].into_iter().zip(&times) {
            message.set(key, FileTime::from_ticks(*at >> (at % 8))).unwrap();
        }
        for (key, number) in [
            PID_LID_APPOINTMENT_SEQUENCE, PID_LID_BUSY_STATUS, PID_LID_REMINDER_DELTA,
            PID_LID_START_RECURRENCE_TIME, PID_LID_TASK_STATUS, PID_LID_APPOINTMENT_STATE_FLAGS,
        ].into_iter().zip(&numbers) {
            message.set(key, *number).unwrap();
        }
        message.set(PID_LID_REMINDER_SET, true).unwrap();
        message.set(PID_LID_IS_EXCEPTION, numbers[0] > 0).unwrap();
        let made = mime::calendar(&message).unwrap().unwrap();
        prop_assert!(made.text.split("\r\n").all(|line| line.len() <= 75));
        // What was written is a calendar, whatever it says.
        mime::read_ics(&made.text, &self::message()).ok();
    }
}

/// A parser with a step for every pair of lines, of components or of parameters would not be done.
#[test]
fn very_long_calendars_are_read_in_one_pass() {
    for (at, text) in (0..).zip([
        "BEGIN:VEVENT\n".repeat(400_000),
        format!("BEGIN:VEVENT\nSUMMARY:x\n{}", " y\n".repeat(2_000_000)),
        format!("BEGIN:VEVENT\nX{}:1\n", ";A=b".repeat(1_000_000)),
        format!("BEGIN:VEVENT\nCATEGORIES:{}\n", "a,".repeat(100_000)),
        format!("BEGIN:VEVENT\nDTSTART:20240101T000000Z\nRRULE:FREQ=DAILY\n{}", "EXDATE:20240101T000000Z\n".repeat(150_000)),
        format!("BEGIN:VEVENT\n{}", "ATTENDEE:mailto:a@example.org\n".repeat(20_000)),
        format!(
            "BEGIN:VTIMEZONE\nTZID:z\n{}END:VTIMEZONE\nBEGIN:VEVENT\nDTSTART;TZID=z:20240101T000000\n",
            "BEGIN:STANDARD\nDTSTART:20010101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRDATE:20020101T000000,20030101T000000\nEND:STANDARD\n".repeat(5_000)
        ),
        "\"".repeat(3_000_000),
        "\r\n".repeat(3_000_000),
    ]) {
        watchdog::begin(at);
        let message = message();
        let _ = mime::read_ics(&text, &message);
    }
}
