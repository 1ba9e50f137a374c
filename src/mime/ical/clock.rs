//! The clocks of an appointment, and how its times are written by them.

use super::line::{Line, Lines};
use super::time::{DAY, Stamp};
use super::work::Work;
use super::zone::Zone;
use crate::error::Result;
use crate::msg::Message;
use crate::named::*;
use crate::prop::{Kind, NamedTag, kind};

/// A time as a calendar writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum When {
    /// A whole day.
    Date(Stamp),
    /// A time of UTC.
    Utc(Stamp),
    /// A time by the clock of a zone, by its name in the calendar.
    Local(Stamp, String),
}

impl When {
    pub(super) fn line(&self, name: &str) -> Line {
        let line = Line::new(name);
        match self {
            When::Date(day) => line.param("VALUE", "DATE").value(&day.date()),
            When::Utc(at) => line.value(&at.utc()),
            When::Local(at, zone) => line.param("TZID", zone).value(&at.local()),
        }
    }
}

/// The time zones that a calendar has, each by one name.
#[derive(Debug, Default)]
pub(super) struct Zones(Vec<(String, Zone)>);

impl Zones {
    /// The name of a zone in the calendar.
    fn name_of(&mut self, zone: &Zone) -> String {
        if let Some((name, _)) = self.0.iter().find(|(_, known)| known.same_clock(zone)) {
            return name.clone();
        }
        let clean: String = zone.name.chars().filter(|c| !c.is_control() && *c != '"').collect();
        let clean = clean.trim();
        let base = if clean.is_empty() { "Local" } else { clean };
        let taken = |name: &str| self.0.iter().any(|(known, _)| known == name);
        let mut name = base.to_owned();
        let mut number = 2;
        while taken(&name) {
            name = format!("{base} {number}");
            number += 1;
        }
        self.0.push((name.clone(), zone.clone()));
        name
    }

    pub(super) fn write(&self, out: &mut Lines) {
        for (name, zone) in &self.0 {
            zone.write(name, out);
        }
    }
}

/// The zones that an appointment names.
#[derive(Debug, Default)]
pub(super) struct Clocks {
    /// By which its start is shown.
    pub(super) start: Option<Zone>,
    /// By which its end is shown.
    pub(super) end: Option<Zone>,
    /// By which it recurs.
    pub(super) recurs: Option<Zone>,
}

impl Clocks {
    pub(super) fn of(message: &Message<'_>, work: &mut Work<'_>) -> Result<Clocks> {
        let mut definition = |key: NamedTag<kind::Binary>| -> Result<Option<Zone>> {
            let bytes = work.read("VTIMEZONE", message.get(key))?;
            let parsed = bytes.map(|bytes| Zone::of_definition(&bytes)).transpose();
            work.read("VTIMEZONE", parsed)
        };
        let start = definition(PID_LID_APPOINTMENT_TIME_ZONE_DEFINITION_START_DISPLAY)?;
        let end = definition(PID_LID_APPOINTMENT_TIME_ZONE_DEFINITION_END_DISPLAY)?;
        let recurs = definition(PID_LID_APPOINTMENT_TIME_ZONE_DEFINITION_RECUR)?;
        let bytes = work.read("VTIMEZONE", message.get(PID_LID_TIME_ZONE_STRUCT))?;
        let old = match bytes {
            None => None,
            Some(bytes) => {
                let name = work.read("VTIMEZONE", message.get(PID_LID_TIME_ZONE_DESCRIPTION))?;
                let zone = Zone::of_registry(&bytes, name.as_deref().unwrap_or_default());
                work.read("VTIMEZONE", zone.map(Some))?
            }
        };
        let first = |zones: [&Option<Zone>; 3]| zones.into_iter().flatten().next().cloned();
        let of_start = first([&start, &old, &recurs]);
        Ok(Clocks {
            end: end.or_else(|| of_start.clone()),
            recurs: first([&recurs, &old, &start]),
            start: of_start,
        })
    }
}

/// A time of UTC by the clock of a zone, or of UTC without one.
pub(super) fn timed(utc: Stamp, zone: Option<&Zone>, zones: &mut Zones) -> When {
    match zone.filter(|zone| !zone.is_utc()) {
        Some(zone) => When::Local(zone.local(utc), zones.name_of(zone)),
        None => When::Utc(utc),
    }
}

/// A time of a zone by its own clock.
pub(super) fn by_clock(local: Stamp, zone: &Zone, zones: &mut Zones) -> When {
    if zone.is_utc() { When::Utc(local) } else { When::Local(local, zones.name_of(zone)) }
}

/// The day that begins at a time of UTC, or next to it: midnight of a zone that is not known is less
/// than half a day from midnight UTC.
pub(super) fn day_of(utc: Stamp, zone: Option<&Zone>) -> Stamp {
    zone.map_or(utc, |zone| zone.local(utc)).plus(DAY / 2).midnight()
}

/// A property of times that may be none.
pub(super) fn time<K: Kind<Value = crate::wire::FileTime>>(
    message: &Message<'_>,
    key: impl crate::msg::PropKey<K>,
    item: &str,
    work: &mut Work<'_>,
) -> Result<Option<Stamp>> {
    Ok(work.read(item, message.get(key))?.and_then(Stamp::of))
}

#[cfg(test)]
mod tests {
    use super::super::zone::{at, berlin};
    use super::*;

    #[test]
    fn a_day_is_found_with_its_zone_and_without() {
        let midnight_in_berlin = at(2024, 3, 4, 23, 0);
        assert_eq!(day_of(midnight_in_berlin, Some(&berlin())).date(), "20240305");
        assert_eq!(day_of(midnight_in_berlin, None).date(), "20240305");
        let midnight_in_new_york = at(2024, 3, 5, 5, 0);
        assert_eq!(day_of(midnight_in_new_york, None).date(), "20240305");
    }

    #[test]
    fn zones_of_one_name_and_two_clocks_get_two_names() {
        let mut zones = Zones::default();
        assert_eq!(zones.name_of(&berlin()), "W. Europe Standard Time");
        let mut other = Zone::fixed(60);
        other.name = "W. Europe Standard Time".into();
        assert_eq!(zones.name_of(&other), "W. Europe Standard Time 2");
        assert_eq!(zones.name_of(&berlin()), "W. Europe Standard Time");
    }
}
