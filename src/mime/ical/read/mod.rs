//! A calendar into a message: its class, and the properties of a meeting, a task or a journal entry.
//!
//! What the message has already - subject, body, sender, recipients - stays: the mail around the calendar
//! tells it better. Spec: msg-format 6.8, 6.11; MS-OXCICAL.

mod event;
mod people;
mod series;
mod task;

use super::parse::{Component, Parsed, Property, parse};
use super::value::{Moment, ZoneMap, duration};
use super::work::Work;
use super::zone::read_zone;
use crate::error::Result;
use crate::msg::Message;
use crate::named::*;
use crate::tags::*;
use crate::wire::FileTime;
use std::collections::BTreeSet;

/// More time zones are not read.
const MOST_ZONES: usize = 200;

/// What every part of the reading has at hand.
struct Read<'a, 'm> {
    message: &'a Message<'m>,
    parsed: &'a Parsed,
    zones: ZoneMap,
    work: Work<'a>,
}

/// Reads a calendar into a message; `false` if nothing in it can be one.
pub(super) fn read(text: &str, message: &Message<'_>, work: Work<'_>) -> Result<bool> {
    let parsed = parse(text);
    let mut read = Read { message, parsed: &parsed, zones: ZoneMap::new(), work };
    if parsed.cut {
        read.work.lose("calendar-field", "VCALENDAR", "too long; its end is not read");
    }
    if parsed.broken > 0 {
        let text = format!("{} lines of the calendar are none", parsed.broken);
        read.work.find("calendar-line", text);
    }
    read.read_zones();
    let calendar = parsed.components.iter().find(|part| part.name == "VCALENDAR");
    let method = calendar.and_then(|calendar| calendar.text("METHOD")).unwrap_or_default();
    let of = |name: &str| {
        let all = || (0..).zip(&parsed.components).filter(|(_, part)| part.name == name);
        let mains = || all().filter(|(_, part)| part.get("RECURRENCE-ID").is_none());
        let (first, main) = mains().next().or_else(|| all().next())?;
        // Of several versions of one the last.
        let uid = main.text("UID");
        let versions = mains().filter(|(_, part)| uid.is_some() && part.text("UID") == uid);
        let version = |part: &Component| {
            part.text("SEQUENCE").and_then(|text| text.trim().parse::<i64>().ok()).unwrap_or(0)
        };
        let last = versions.max_by_key(|(at, part)| (version(part), std::cmp::Reverse(*at)));
        Some(last.unwrap_or((first, main)))
    };
    if let Some((at, event)) = of("VEVENT") {
        return read.event(at, event, method.trim());
    }
    if let Some((at, task)) = of("VTODO") {
        return read.task(at, task).map(|()| true);
    }
    match of("VJOURNAL") {
        Some((at, journal)) => read.journal(at, journal).map(|()| true),
        None => Ok(false),
    }
}

impl Read<'_, '_> {
    fn read_zones(&mut self) {
        let all = (0..).zip(&self.parsed.components).filter(|(_, part)| part.name == "VTIMEZONE");
        for (at, part) in all.take(MOST_ZONES) {
            let Some(name) = part.text("TZID") else { continue };
            match read_zone(self.parsed, at, &name) {
                Some(zone) => {
                    self.zones.entry(name.trim().to_owned()).or_insert(zone);
                }
                None => self.work.find("calendar-zone", format!("the zone {name} says nothing")),
            }
        }
    }

    /// A property that is a time.
    fn moment(&mut self, part: &Component, name: &str) -> Option<Moment> {
        let property = part.get(name)?;
        let found = Moment::of(property, &self.zones, &mut self.work);
        if found.is_none() {
            self.work.lose("calendar-field", name, format!("no time: {}", property.value));
        }
        found
    }

    /// What events, tasks and journals have alike.
    fn common(&mut self, part: &Component) -> Result<()> {
        let message = self.message;
        if let Some(subject) = part.text("SUMMARY")
            && message.get(PR_SUBJECT_W)?.is_none_or(|known| known.is_empty())
        {
            message.set(PR_SUBJECT_W, one_line(&subject).as_str())?;
        }
        if message.best_body()?.is_none() {
            self.body(part)?;
        }
        match part.text("CLASS").unwrap_or_default().to_ascii_uppercase().as_str() {
            "PUBLIC" => message.set(PR_SENSITIVITY, 0)?,
            "X-PERSONAL" => message.set(PR_SENSITIVITY, 1)?,
            "PRIVATE" => {
                message.set(PR_SENSITIVITY, 2)?;
                message.set(PID_LID_PRIVATE, true)?;
            }
            "CONFIDENTIAL" => message.set(PR_SENSITIVITY, 3)?,
            _ => {}
        }
        let number = |name| part.text(name).and_then(|text| text.trim().parse::<i32>().ok());
        let stored = number("X-MICROSOFT-CDO-IMPORTANCE").filter(|level| (0..=2).contains(level));
        let importance = stored.or(match number("PRIORITY") {
            Some(1..=4) => Some(2),
            Some(5) => Some(1),
            Some(6..=9) => Some(0),
            _ => None,
        });
        if let Some(importance) = importance {
            message.set(PR_IMPORTANCE, importance)?;
        }
        let categories: Vec<String> = part.all("CATEGORIES").flat_map(Property::texts).collect();
        let categories: Vec<&str> =
            categories.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
        if !categories.is_empty() {
            message.set(PID_NAME_KEYWORDS, categories.as_slice())?;
        }
        Ok(())
    }

    fn body(&mut self, part: &Component) -> Result<()> {
        let text = part.text("DESCRIPTION").or_else(|| part.text("COMMENT"));
        let html = part.all("X-ALT-DESC").find(|property| property.has("FMTTYPE", "text/html"));
        if let Some(html) = html {
            self.message.set(PR_HTML, html.text().as_bytes())?;
            self.message.set(PR_INTERNET_CPID, 65001)?;
            self.message.set(PR_NATIVE_BODY_INFO, 3)?;
        }
        if let Some(text) = text {
            self.message.set(PR_BODY_W, text.as_str())?;
        }
        Ok(())
    }

    /// The reminder: the first one, at a time or so long before the start.
    fn alarm(&mut self, at: usize, start: Option<FileTime>) -> Result<()> {
        let parsed = self.parsed;
        let mut alarms = parsed.inside(at, "VALARM");
        let Some(alarm) = alarms.next() else {
            return self.message.set(PID_LID_REMINDER_SET, false);
        };
        if alarms.next().is_some() {
            self.work.lose("calendar-field", "VALARM", "a message has one reminder");
        }
        let Some(trigger) = alarm.get("TRIGGER") else { return Ok(()) };
        let ticks = |seconds: i64| u64::try_from(seconds).ok()?.checked_mul(10_000_000);
        let signal = if trigger.has("VALUE", "DATE-TIME") {
            Moment::of(trigger, &self.zones, &mut self.work)
                .and_then(|moment| moment.utc.to_file_time())
        } else {
            let before = duration(&trigger.value).map(|seconds| -seconds).filter(|at| *at >= 0);
            before.filter(|_| !trigger.has("RELATED", "END")).and_then(|before| {
                // Without a start the delay alone is known.
                let start = start?.ticks();
                Some(FileTime::from_ticks(start.checked_sub(ticks(before)?)?))
            })
        };
        let Some(signal) = signal else {
            let text = format!("a reminder at {} cannot be stored", trigger.value);
            self.work.lose("calendar-field", "VALARM", text);
            return Ok(());
        };
        let message = self.message;
        message.set(PID_LID_REMINDER_SET, true)?;
        message.set(PID_LID_REMINDER_SIGNAL_TIME, signal)?;
        message.set(PID_LID_REMINDER_TIME, start.unwrap_or(signal))?;
        if let Some(before) = start.and_then(|start| start.ticks().checked_sub(signal.ticks())) {
            let minutes = i32::try_from(before / 600_000_000).unwrap_or(i32::MAX);
            message.set(PID_LID_REMINDER_DELTA, minutes)?;
        }
        Ok(())
    }

    /// Tells of the properties that have no place in a message, each name once.
    fn leftover(&mut self, part: &Component, known: &[&str]) {
        let mut told = BTreeSet::new();
        for property in &part.properties {
            let name = property.name.as_str();
            if !known.contains(&name) && !COMMON.contains(&name) && told.insert(name) {
                let short: String = property.value.chars().take(200).collect();
                self.work.lose("calendar-field", name, short);
            }
        }
    }
}

/// What every component may have that is read, or that says nothing by itself.
const COMMON: [&str; 16] = [
    "UID",
    "DTSTAMP",
    "CREATED",
    "LAST-MODIFIED",
    "SEQUENCE",
    "SUMMARY",
    "DESCRIPTION",
    "X-ALT-DESC",
    "COMMENT",
    "CLASS",
    "PRIORITY",
    "CATEGORIES",
    "STATUS",
    "DTSTART",
    "X-MICROSOFT-CDO-IMPORTANCE",
    "X-MICROSOFT-CDO-APPT-SEQUENCE",
];

/// A subject has no lines.
fn one_line(text: &str) -> String {
    text.split(['\r', '\n']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
