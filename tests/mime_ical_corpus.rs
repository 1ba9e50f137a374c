//! The appointments, tasks and contacts of the corpus, held against what other readers found in them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::corpus;
use openimsg::named::*;
use openimsg::tags::*;
use openimsg::{CompoundFile, Message, mime};
use serde_json::Value;
use std::path::PathBuf;

/// The messages of classes that begin so: file, what other readers found, the message.
fn all(test: &str, class: &str) -> Vec<(String, Vec<Value>, Message<'static>)> {
    let Some(folder) = corpus(test) else { return Vec::new() };
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder.join("truth/msg")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for path in files {
        let truth: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let Some(properties) = truth["message"]["properties"].as_array() else { continue };
        let of_class = properties.iter().any(|property| {
            let value = property["value"].as_str().unwrap_or_default();
            property["id"] == "0x001A" && value.starts_with(class)
        });
        if of_class {
            let name = truth["file"].as_str().unwrap().to_owned();
            let file = CompoundFile::open(folder.join(&name)).unwrap();
            found.push((name, properties.clone(), Message::open(file).unwrap()));
        }
    }
    assert!(!found.is_empty(), "the corpus has {class}");
    found
}

/// The value of a named property of a set.
fn named<'a>(properties: &'a [Value], set: &str, lid: &str) -> Option<&'a Value> {
    let mut all = properties.iter();
    let found = all.find(|it| it["named"]["set"] == set && it["named"]["lid"] == lid)?;
    found.get("value")
}

fn text(properties: &[Value], id: &str) -> Option<String> {
    let found = properties.iter().find(|it| it["id"] == id)?;
    found["value"].as_str().map(str::to_owned).filter(|text| !text.is_empty())
}

/// Lines that end in CR LF and have at most 75 octets, components that end where they should.
fn check_lines(name: &str, text: &str) {
    let mut open = Vec::new();
    for line in text.strip_suffix("\r\n").unwrap().split("\r\n") {
        assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{name}: {line}");
        if let Some(part) = line.strip_prefix("BEGIN:") {
            open.push(part.to_owned());
        }
        if let Some(part) = line.strip_prefix("END:") {
            assert_eq!(open.pop().as_deref(), Some(part), "{name}");
        }
    }
    assert!(open.is_empty(), "{name}");
}

#[test]
fn appointments_come_back_with_what_other_readers_found() {
    let mut compared = 0;
    for (name, truth, message) in all("mime_ical_corpus", "IPM.Appointment") {
        let calendar = mime::calendar(&message).unwrap().unwrap();
        check_lines(&name, &calendar.text);
        let back = Message::create(CompoundFile::memory()).unwrap();
        mime::read_ics(&calendar.text, &back).unwrap();
        let whole_day = named(&truth, "PSETID_Appointment", "0x8215") == Some(&Value::Bool(true));
        for (lid, key) in
            [("0x820D", PID_LID_APPOINTMENT_START_WHOLE), ("0x820E", PID_LID_APPOINTMENT_END_WHOLE)]
        {
            let Some(value) = named(&truth, "PSETID_Appointment", lid).filter(|_| !whole_day)
            else {
                continue;
            };
            // Calendars have seconds and nothing below.
            let ticks = back.get(key).unwrap().unwrap().ticks();
            assert_eq!(
                Some(ticks),
                value["filetime"].as_u64().map(|at| at / 10_000_000 * 10_000_000),
                "{name}"
            );
            compared += 1;
        }
        assert_eq!(back.get(PR_SUBJECT_W).unwrap(), text(&truth, "0x0037"), "{name}");
        let location = named(&truth, "PSETID_Appointment", "0x8208").and_then(Value::as_str);
        let location = location.filter(|text| !text.is_empty());
        assert_eq!(back.get(PID_LID_LOCATION).unwrap().as_deref(), location, "{name}");
        let busy = named(&truth, "PSETID_Appointment", "0x8205").and_then(Value::as_i64);
        if let Some(busy) = busy {
            assert_eq!(back.get(PID_LID_BUSY_STATUS).unwrap().map(i64::from), Some(busy), "{name}");
        }
    }
    if corpus("mime_ical_corpus").is_some() {
        assert!(compared >= 20, "{compared} times compared");
    }
}

/// The two all-day events were made in Tokyo on the day that their text names, one of them without
/// the zone in the file.
#[test]
fn a_day_in_tokyo_is_that_day() {
    let mut met = 0;
    for (name, _, message) in all("mime_ical_corpus", "IPM.Appointment") {
        if name.contains("black_friday") {
            let calendar = mime::calendar(&message).unwrap().unwrap().text;
            assert!(calendar.contains("\r\nDTSTART;VALUE=DATE:20221202\r\n"), "{name}");
            assert!(calendar.contains("\r\nDTEND;VALUE=DATE:20221203\r\n"), "{name}");
            met += 1;
        }
    }
    assert!(met == 2 || corpus("mime_ical_corpus").is_none());
}

/// 8:00 in London on 22 October 2020, in summer time; Sundays and Thursdays.
#[test]
fn a_series_of_outlook_has_its_rule_and_its_zone() {
    let mut met = 0;
    for (name, _, message) in all("mime_ical_corpus", "IPM.Appointment") {
        if name.contains("Recurring_Appointment") {
            let calendar = mime::calendar(&message).unwrap().unwrap().text;
            for line in [
                "DTSTART;TZID=\"GMT Standard Time\":20201022T080000",
                "RRULE:FREQ=WEEKLY;BYDAY=SU,TH;WKST=SU;COUNT=49",
                "TZID:GMT Standard Time",
            ] {
                assert!(calendar.contains(&format!("\r\n{line}\r\n")), "{line}\n{calendar}");
            }
            met += 1;
        }
    }
    assert!(met == 1 || corpus("mime_ical_corpus").is_none());
}

#[test]
fn tasks_come_back_with_what_other_readers_found() {
    for (name, truth, message) in all("mime_ical_corpus", "IPM.Task") {
        let calendar = mime::calendar(&message).unwrap().unwrap();
        check_lines(&name, &calendar.text);
        let back = Message::create(CompoundFile::memory()).unwrap();
        mime::read_ics(&calendar.text, &back).unwrap();
        assert_eq!(back.get(PR_SUBJECT_W).unwrap(), text(&truth, "0x0037"), "{name}");
        let due = named(&truth, "PSETID_Task", "0x8105").and_then(|due| due["utc"].as_str());
        let found = back.get(PID_LID_TASK_DUE_DATE).unwrap().and_then(|due| due.to_rfc3339());
        let day = |text: &str| text.get(..10).map(str::to_owned);
        let due = due.filter(|due| !due.starts_with("4501"));
        assert_eq!(found.as_deref().and_then(day), due.and_then(day), "{name}");
    }
}

#[test]
fn contacts_have_the_name_and_the_addresses_that_other_readers_found() {
    for (name, truth, message) in all("mime_ical_corpus", "IPM.Contact") {
        let card = mime::card(&message).unwrap().unwrap();
        check_lines(&name, &card);
        let card = card.replace("\r\n ", "");
        let escaped =
            |text: &str| text.replace('\\', "\\\\").replace(',', "\\,").replace(';', "\\;");
        if let Some(shown) = text(&truth, "0x3001") {
            assert!(card.contains(&format!("\r\nFN:{}\r\n", escaped(&shown))), "{name}\n{card}");
        }
        for lid in ["0x8083", "0x8093", "0x80A3"] {
            let address = named(&truth, "PSETID_Address", lid).and_then(Value::as_str);
            if let Some(address) = address.filter(|address| address.contains('@')) {
                assert!(card.contains(&format!(":{}\r\n", escaped(address))), "{name} {address}");
            }
        }
    }
}
