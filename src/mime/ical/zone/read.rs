//! Reading VTIMEZONE: which clock holds in which year. Spec: RFC 5545 3.6.5.

use super::super::parse::{Component, Parsed, Property};
use super::super::rule::DAYS;
use super::super::value::{offset, stamp};
use super::{On, Rule, Stamp, Summer, Switch, Zone};
use std::collections::BTreeSet;

/// More changes of one zone are not looked at.
const MOST: usize = 400;

/// A STANDARD or a DAYLIGHT.
struct Observance {
    summer: bool,
    from: i64,
    to: i64,
    start: Stamp,
    /// The rule by years, and its last one.
    yearly: Option<(Switch, i64)>,
    /// The changes of single years.
    dates: Vec<Stamp>,
}

/// The zone of one component; `None` if nothing in it can be one.
pub(in crate::mime::ical) fn read_zone(parsed: &Parsed, at: usize, name: &str) -> Option<Zone> {
    let mut observances = Vec::new();
    for (part, summer) in [("STANDARD", false), ("DAYLIGHT", true)] {
        let components = parsed.inside(at, part).take(MOST);
        observances.extend(components.filter_map(|component| observance(component, summer)));
    }
    // The years in which something begins or is over.
    let mut years = BTreeSet::new();
    for one in &observances {
        years.insert(one.start.civil().year);
        for date in &one.dates {
            years.extend([date.civil().year, date.civil().year + 1]);
        }
        if let Some((_, last)) = one.yearly.filter(|(_, last)| *last < 9999) {
            years.insert(last + 1);
        }
    }
    let years: Vec<i64> = years.into_iter().take(MOST).collect();
    let rules = years.iter().filter_map(|year| rule(&observances, *year)).collect();
    Zone::new(name, rules)
}

fn observance(component: &Component, summer: bool) -> Option<Observance> {
    let value = |name| component.get(name).map(|property| property.value.as_str());
    let (start, _) = stamp(value("DTSTART")?.trim())?;
    let (from, to) = (offset(value("TZOFFSETFROM")?)?, offset(value("TZOFFSETTO")?)?);
    let yearly = value("RRULE").and_then(|rule| yearly(rule, start));
    let mut dates = vec![start];
    let lists = component.all("RDATE").flat_map(|property: &Property| property.value.split(','));
    dates.extend(lists.filter_map(|text| Some(stamp(text.trim())?.0)).take(MOST));
    Some(Observance { summer, from, to, start, yearly, dates })
}

/// A rule of one change a year.
fn yearly(rule: &str, start: Stamp) -> Option<(Switch, i64)> {
    let part = |name: &str| {
        rule.split(';').find_map(|part| {
            let (known, value) = part.split_once('=')?;
            known.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_ascii_uppercase())
        })
    };
    if part("FREQ")? != "YEARLY" {
        return None;
    }
    let at = start.civil();
    let month = part("BYMONTH").map_or(Some(at.month), |month| month.parse().ok())?;
    let month_day = part("BYMONTHDAY");
    let on = match part("BYDAY") {
        Some(day) => {
            let (nth, name) = day.split_at_checked(day.len().checked_sub(2)?)?;
            let weekday = DAYS.iter().zip(0..).find(|(known, _)| **known == name)?.1;
            let nth: i64 = match (nth, &month_day) {
                // The first Sunday from the 8th on is the second one.
                ("", Some(days)) => {
                    let first = days.split(',').filter_map(|day| day.trim().parse::<i64>().ok());
                    (first.min().filter(|day| (1..=31).contains(day))? - 1) / 7 + 1
                }
                ("", None) => part("BYSETPOS")?.parse().ok()?,
                (nth, _) => nth.parse().ok()?,
            };
            On::Nth { weekday, nth: if nth == -1 { 5 } else { nth } }
        }
        None => On::Day(month_day.map_or(Some(at.day), |day| day.parse().ok())?),
    };
    let sound = match on {
        On::Nth { nth, .. } => (1..=5).contains(&nth),
        On::Day(day) => (1..=31).contains(&day),
    };
    let last = match part("UNTIL") {
        Some(until) => stamp(&until)?.0.civil().year,
        None => part("COUNT")
            .and_then(|count| count.parse::<i64>().ok())
            .map_or(9999, |count| at.year.saturating_add(count.clamp(1, 9999) - 1)),
    };
    let switch = Switch { month, on, time: start.of_day() };
    (sound && (1..=12).contains(&month)).then_some((switch, last))
}

/// What holds in a year.
fn rule(observances: &[Observance], year: i64) -> Option<Rule> {
    let started = |one: &&Observance| one.start.civil().year <= year;
    let latest = |summer: bool| {
        let of_kind = observances.iter().filter(move |one| one.summer == summer);
        of_kind.filter(started).filter_map(|one| Some((one, change(one, year)?)))
    };
    let begins = latest(true).max_by_key(|(one, _)| one.start);
    let ends = latest(false).max_by_key(|(one, _)| one.start);
    if let (Some((summer, begins)), Some((standard, ends))) = (begins, ends) {
        let offset = summer.to;
        return Some(Rule {
            year,
            standard: standard.to,
            summer: Some(Summer { offset, begins, ends }),
        });
    }
    // No change this year: what was last changed to, or what was before all changes.
    let standard = observances.iter().filter(|one| !one.summer).filter(started);
    let standard = standard.max_by_key(|one| one.start).map(|one| one.to);
    let before = observances.iter().min_by_key(|one| one.start);
    let standard =
        standard.or_else(|| before.map(|one| if one.summer { one.from } else { one.to }));
    Some(Rule { year, standard: standard?, summer: None })
}

/// The change of a year, if there is one.
fn change(one: &Observance, year: i64) -> Option<Switch> {
    if let Some((switch, last)) = one.yearly {
        return (year <= last).then_some(switch);
    }
    let date = one.dates.iter().find(|date| date.civil().year == year)?;
    let at = date.civil();
    Some(Switch { month: at.month, on: On::Day(at.day), time: date.of_day() })
}

#[cfg(test)]
mod tests {
    use super::super::super::parse::parse;
    use super::super::{at, berlin};
    use super::*;

    const NEW_YORK: &str = "BEGIN:VTIMEZONE\nTZID:America/New_York\n\
        BEGIN:DAYLIGHT\nDTSTART:19870405T020000\nRRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=20060402T070000Z\n\
        TZOFFSETFROM:-0500\nTZOFFSETTO:-0400\nEND:DAYLIGHT\n\
        BEGIN:STANDARD\nDTSTART:19671029T020000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20061029T060000Z\n\
        TZOFFSETFROM:-0400\nTZOFFSETTO:-0500\nEND:STANDARD\n\
        BEGIN:DAYLIGHT\nDTSTART:20070311T020000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\n\
        TZOFFSETFROM:-0500\nTZOFFSETTO:-0400\nEND:DAYLIGHT\n\
        BEGIN:STANDARD\nDTSTART:20071104T020000\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\n\
        TZOFFSETFROM:-0400\nTZOFFSETTO:-0500\nEND:STANDARD\nEND:VTIMEZONE\n";

    /// The zone of RFC 5545 3.6.5: its rules changed in 2007.
    #[test]
    fn the_rules_of_each_year_hold() {
        let zone = read_zone(&parse(NEW_YORK), 0, "x").unwrap();
        for (local, east) in [
            (at(2006, 3, 20, 12, 0), -5),
            (at(2006, 4, 3, 12, 0), -4),
            (at(2006, 11, 1, 12, 0), -5),
            (at(2007, 3, 20, 12, 0), -4),
            (at(2007, 11, 1, 12, 0), -4),
            (at(2024, 1, 1, 12, 0), -5),
        ] {
            assert_eq!(zone.utc(local), local.plus(-east * 3600), "{}", local.local());
        }
    }

    #[test]
    fn changes_of_single_years_hold_in_those() {
        let text = "BEGIN:VTIMEZONE\nBEGIN:STANDARD\nDTSTART:20001029T030000\nTZOFFSETFROM:+0200\n\
            TZOFFSETTO:+0100\nRDATE:20011028T030000\nEND:STANDARD\nBEGIN:DAYLIGHT\n\
            DTSTART:20000326T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n\
            RDATE:20010325T020000\nEND:DAYLIGHT\nEND:VTIMEZONE\n";
        let zone = read_zone(&parse(text), 0, "x").unwrap();
        let hours = |local: Stamp| (local.0 - zone.utc(local).0) / 3600;
        assert_eq!(hours(at(2000, 7, 1, 0, 0)), 2);
        assert_eq!(hours(at(2001, 7, 1, 0, 0)), 2);
        assert_eq!((hours(at(2001, 12, 1, 0, 0)), hours(at(2002, 7, 1, 0, 0))), (1, 1));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut out = super::super::super::line::Lines::new();
        berlin().write("W. Europe Standard Time", &mut out);
        let zone = read_zone(&parse(&out.finish()), 0, "W. Europe Standard Time").unwrap();
        assert_eq!(zone, berlin());
    }
}
