//! Values of calendars: times, durations, offsets. Spec: RFC 5545 3.3.4, 3.3.5, 3.3.6, 3.3.14.

use super::parse::Property;
use super::time::{Civil, DAY, Stamp};
use super::work::Work;
use super::zone::Zone;
use std::collections::BTreeMap;

/// The time zones of a calendar by their names.
pub(super) type ZoneMap = BTreeMap<String, Zone>;

/// A time, and the clock it was told by.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    pub(super) utc: Stamp,
    /// By the clock of the zone; as `utc` without one.
    pub(super) local: Stamp,
    /// Whether it is a day.
    pub(super) is_day: bool,
    pub(super) zone: Option<Zone>,
}

impl Moment {
    /// The value of a property; `None` if it is no time. A time by a clock that is not known is one of
    /// UTC, with a finding.
    pub(super) fn of(property: &Property, zones: &ZoneMap, work: &mut Work<'_>) -> Option<Moment> {
        Moment::read(&property.value, property.param("TZID"), zones, work)
    }

    pub(super) fn read(
        value: &str,
        zone: Option<&str>,
        zones: &ZoneMap,
        work: &mut Work<'_>,
    ) -> Option<Moment> {
        let (local, form) = stamp(value.trim())?;
        let plain = |zone| Moment { utc: local, local, is_day: form == Form::Day, zone };
        if form == Form::Day {
            return Some(plain(None));
        }
        if form == Form::Utc {
            return Some(plain(Some(Zone::fixed(0))));
        }
        let Some(name) = zone else { return Some(plain(None)) };
        if let Some(zone) = zones.get(name.trim()) {
            let utc = zone.utc(local);
            return Some(Moment { utc, local, is_day: false, zone: Some(zone.clone()) });
        }
        if matches!(name.trim(), "UTC" | "Etc/UTC" | "GMT" | "Etc/GMT") {
            return Some(plain(Some(Zone::fixed(0))));
        }
        work.find("calendar-zone", format!("the calendar does not tell what time zone {name} is"));
        Some(plain(None))
    }
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Day,
    Local,
    Utc,
}

/// `20240229`, `20240229T173000`, `20240229T173000Z`.
pub(super) fn stamp(text: &str) -> Option<(Stamp, Form)> {
    let (date, time) = match text.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let part = |text: &str, from: usize, to: usize| digits(text.get(from..to)?);
    if date.len() != 8 {
        return None;
    }
    let (year, month, day) = (part(date, 0, 4)?, part(date, 4, 6)?, part(date, 6, 8)?);
    let Some(time) = time else { return Some((Stamp::day(year, month, day)?, Form::Day)) };
    let (time, form) = match time.strip_suffix(['Z', 'z']) {
        Some(time) => (time, Form::Utc),
        None => (time, Form::Local),
    };
    if time.len() != 6 {
        return None;
    }
    let (hour, minute, second) = (part(time, 0, 2)?, part(time, 2, 4)?, part(time, 4, 6)?);
    Some((Stamp::new(Civil { year, month, day, hour, minute, second })?, form))
}

/// A number of digits alone, at most nine.
fn digits(text: &str) -> Option<i64> {
    let sound = !text.is_empty() && text.len() <= 9 && text.bytes().all(|c| c.is_ascii_digit());
    sound.then(|| text.parse().ok()).flatten()
}

/// `+0100`, `-033015`, as seconds.
pub(super) fn offset(text: &str) -> Option<i64> {
    let text = text.trim();
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let number = text.strip_prefix(['+', '-']).unwrap_or(text);
    let part = |from: usize| digits(number.get(from..from + 2)?);
    let seconds = if number.len() == 6 { part(4)? } else { 0 };
    matches!(number.len(), 4 | 6).then_some(())?;
    Some(sign * (part(0)? * 3600 + part(2)? * 60 + seconds))
}

/// The longest duration, in seconds: four hundred years.
const LONGEST: i64 = 400 * 366 * DAY;

/// `-PT15M`, `P1DT2H`, `P2W`, as seconds.
pub(super) fn duration(text: &str) -> Option<i64> {
    let text = text.trim();
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text).strip_prefix(['P', 'p'])?;
    let (mut seconds, mut number, mut any) = (0_i64, String::new(), false);
    for c in rest.chars() {
        let unit = match c.to_ascii_uppercase() {
            '0'..='9' => {
                number.push(c);
                continue;
            }
            'T' if number.is_empty() => continue,
            'W' => 7 * DAY,
            'D' => DAY,
            'H' => 3600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(digits(&number)?.checked_mul(unit)?)?;
        number.clear();
        any = true;
    }
    (any && number.is_empty() && seconds <= LONGEST).then_some(sign * seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_offsets_and_times() {
        assert_eq!((duration("-PT15M"), duration("P1DT2H")), (Some(-900), Some(93_600)));
        assert_eq!((duration("P2W"), duration("PT0S")), (Some(1_209_600), Some(0)));
        for wrong in ["", "P", "15M", "PT5", "PTM", "PT99999999999S", "P1X", "P999999999W"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
        assert_eq!((offset("+0100"), offset("-033015")), (Some(3600), Some(-12_615)));
        assert_eq!((offset("1"), offset("+01:00"), offset("")), (None, None, None));
        assert_eq!(stamp("20240229").unwrap().1, Form::Day);
        let (at, form) = stamp("20240229T173000Z").unwrap();
        assert_eq!((at.utc().as_str(), form), ("20240229T173000Z", Form::Utc));
        for wrong in
            ["20230229", "2024022", "20240229T", "20240229T2400", "ä0240229", "20240229T2460é"]
        {
            assert!(stamp(wrong).is_none(), "{wrong}");
        }
    }
}
