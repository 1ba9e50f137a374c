//! Time zones: which time it is elsewhere, by rules that hold from a year on.
//!
//! `stored` reads and writes the rules as appointments store them, `text` as calendars do.

mod read;
mod stored;
mod text;

pub(super) use read::read_zone;

use super::time::{DAY, Stamp, days_in_month};

/// When the clocks are changed: a day of each year, and a time by the clock until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Switch {
    /// 1 to 12.
    pub(super) month: i64,
    pub(super) on: On,
    /// Seconds after midnight; up to a day.
    pub(super) time: i64,
}

/// Which day of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// The nth of these days of the week, 0 Sunday; 5 is the last one.
    Nth { weekday: i64, nth: i64 },
    /// A day by its number.
    Day(i64),
}

impl Switch {
    /// The moment in a year, by the clock until then.
    fn in_year(self, year: i64) -> Option<Stamp> {
        let first = Stamp::day(year, self.month, 1)?;
        let days = days_in_month(year, self.month);
        let day = match self.on {
            On::Day(day) => day.min(days),
            On::Nth { weekday, nth } => {
                let day = 1 + (weekday - first.weekday()).rem_euclid(7) + (nth - 1) * 7;
                // The fifth is the last, which may be the fourth.
                if day > days { day - 7 } else { day }
            }
        };
        Some(first.plus((day - 1) * DAY + self.time))
    }
}

/// What holds from a year on. Offsets are seconds east of Greenwich.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rule {
    /// The first year; that of the first rule says nothing, it holds before as well.
    pub(super) year: i64,
    /// Of standard time.
    pub(super) standard: i64,
    /// Of summer time, and when standard and summer time begin; `None` without summer time.
    pub(super) summer: Option<Summer>,
}

/// The part of a year in which clocks show another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Summer {
    pub(super) offset: i64,
    pub(super) begins: Switch,
    pub(super) ends: Switch,
}

/// A time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Zone {
    pub(super) name: String,
    /// By year, each year once.
    rules: Vec<Rule>,
}

/// The furthest that a zone is from Greenwich, in seconds; more is damage.
const FURTHEST: i64 = 24 * 3600;

impl Zone {
    /// Of rules in any order; `None` without any that can be.
    pub(super) fn new(name: &str, mut rules: Vec<Rule>) -> Option<Zone> {
        let near = |offset: i64| offset.abs() <= FURTHEST;
        rules.retain(|rule| {
            near(rule.standard) && rule.summer.is_none_or(|summer| near(summer.offset))
        });
        rules.sort_by_key(|rule| rule.year);
        rules.dedup_by_key(|rule| rule.year);
        rules.dedup_by(|after, before| {
            (after.standard, after.summer) == (before.standard, before.summer)
        });
        (!rules.is_empty()).then(|| Zone { name: name.trim().to_owned(), rules })
    }

    /// One that is always so many seconds east of Greenwich.
    pub(super) fn fixed(offset: i64) -> Zone {
        let name = match offset {
            0 => "UTC".to_owned(),
            offset => format!("UTC{}", super::time::offset(offset)),
        };
        Zone { name, rules: vec![Rule { year: 1601, standard: offset, summer: None }] }
    }

    /// Whether its clock is that of UTC, also by name.
    pub(super) fn is_utc(&self) -> bool {
        let named = matches!(self.name.as_str(), "UTC" | "Etc/UTC" | "tzone://Microsoft/Utc");
        named && matches!(self.rules.as_slice(), [Rule { standard: 0, summer: None, .. }])
    }

    fn rule(&self, year: i64) -> Option<&Rule> {
        let after = self.rules.partition_point(|rule| rule.year <= year);
        self.rules.get(after.saturating_sub(1))
    }

    /// What its clock shows at a time of UTC.
    pub(super) fn local(&self, utc: Stamp) -> Stamp {
        let Some(rule) = self.rule(utc.civil().year) else { return utc };
        // The year is that of its standard time; a rule that begins with a year begins there.
        let standard = utc.plus(rule.standard);
        let year = standard.civil().year;
        let Some(rule) = self.rule(year) else { return standard };
        let switched = rule.summer.and_then(|summer| {
            let begins = summer.begins.in_year(year)?.plus(-rule.standard);
            let ends = summer.ends.in_year(year)?.plus(-summer.offset);
            within(utc, begins, ends).then_some(summer.offset)
        });
        utc.plus(switched.unwrap_or(rule.standard))
    }

    /// The time of UTC when its clock shows this: the first where it shows it twice; where it never
    /// does, as if the clock had not been changed yet.
    pub(super) fn utc(&self, local: Stamp) -> Stamp {
        let year = local.civil().year;
        let Some(rule) = self.rule(year) else { return local };
        let switched = rule.summer.and_then(|summer| {
            // Put forward in spring, back in autumn; or the other way round.
            let forward = (summer.offset - rule.standard).max(0);
            let back = (summer.offset - rule.standard).min(0);
            let begins = summer.begins.in_year(year)?.plus(forward);
            let ends = summer.ends.in_year(year)?.plus(-back);
            within(local, begins, ends).then_some(summer.offset)
        });
        local.plus(-switched.unwrap_or(rule.standard))
    }

    /// The same by another name.
    pub(super) fn same_clock(&self, other: &Zone) -> bool {
        self.rules == other.rules
    }
}

/// Whether summer has begun and not ended, on either side of the equator.
fn within(at: Stamp, begins: Stamp, ends: Stamp) -> bool {
    if begins <= ends { begins <= at && at < ends } else { at >= begins || at < ends }
}

/// The zone of Berlin, for tests.
#[cfg(test)]
pub(super) fn berlin() -> Zone {
    let switch =
        |month, hour: i64| Switch { month, on: On::Nth { weekday: 0, nth: 5 }, time: hour * 3600 };
    let summer = Summer { offset: 7200, begins: switch(3, 2), ends: switch(10, 3) };
    let rule = Rule { year: 1601, standard: 3600, summer: Some(summer) };
    Zone::new("W. Europe Standard Time", vec![rule]).unwrap()
}

/// A time on a date, for tests.
#[cfg(test)]
pub(super) fn at(year: i64, month: i64, day: i64, hour: i64, minute: i64) -> Stamp {
    Stamp::new(super::time::Civil { year, month, day, hour, minute, second: 0 }).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn berlin_changes_its_clocks_at_one_utc() {
        let zone = berlin();
        // 2024: 31 March and 27 October, 01:00 UTC.
        assert_eq!(zone.local(at(2024, 3, 31, 0, 59)), at(2024, 3, 31, 1, 59));
        assert_eq!(zone.local(at(2024, 3, 31, 1, 0)), at(2024, 3, 31, 3, 0));
        assert_eq!(zone.local(at(2024, 10, 27, 0, 59)), at(2024, 10, 27, 2, 59));
        assert_eq!(zone.local(at(2024, 10, 27, 1, 0)), at(2024, 10, 27, 2, 0));
        assert_eq!(zone.utc(at(2024, 7, 1, 12, 0)), at(2024, 7, 1, 10, 0));
        assert_eq!(zone.utc(at(2024, 1, 1, 0, 30)), at(2023, 12, 31, 23, 30));
        // Twice: the first. Never: as before the change (RFC 5545 3.3.5).
        assert_eq!(zone.utc(at(2024, 10, 27, 2, 30)), at(2024, 10, 27, 0, 30));
        assert_eq!(zone.utc(at(2024, 3, 31, 2, 30)), at(2024, 3, 31, 1, 30));
    }

    #[test]
    fn summer_is_at_the_turn_of_the_year_in_the_south() {
        let switch = |month, hour: i64| Switch {
            month,
            on: On::Nth { weekday: 0, nth: 1 },
            time: hour * 3600,
        };
        let summer = Summer { offset: 39_600, begins: switch(10, 2), ends: switch(4, 3) };
        let rule = Rule { year: 1601, standard: 36_000, summer: Some(summer) };
        let sydney = Zone::new("AUS Eastern Standard Time", vec![rule]).unwrap();
        assert_eq!(sydney.local(at(2024, 1, 1, 0, 0)), at(2024, 1, 1, 11, 0));
        assert_eq!(sydney.local(at(2024, 7, 1, 0, 0)), at(2024, 7, 1, 10, 0));
        assert_eq!(sydney.utc(at(2024, 12, 31, 23, 0)), at(2024, 12, 31, 12, 0));
    }

    #[test]
    fn rules_hold_from_their_year_on() {
        let rule = |year, standard| Rule { year, standard, summer: None };
        let zone = Zone::new("x", vec![rule(2010, 7200), rule(2000, 3600), rule(2005, 3600)]);
        let zone = zone.unwrap();
        assert_eq!(zone.rules.len(), 2);
        assert_eq!(zone.local(at(1990, 6, 1, 0, 0)), at(1990, 6, 1, 1, 0));
        assert_eq!(zone.local(at(2010, 6, 1, 0, 0)), at(2010, 6, 1, 2, 0));
        assert_eq!(zone.utc(at(2009, 12, 31, 23, 0)), at(2009, 12, 31, 22, 0));
    }
}
