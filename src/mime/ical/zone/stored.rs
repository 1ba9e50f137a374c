//! Time zones as appointments store them.
//!
//! ```text
//! TZDEFINITION  02 01, u16 size, u16 flags, u16 units, name in UTF-16, u16 rules, then for each
//!               02 01, u16 003E, u16 flags, u16 year, 14 bytes, bias x 3, SYSTEMTIME x 2    66 bytes
//! TZREG         bias x 3, u16 year, SYSTEMTIME, u16 year, SYSTEMTIME                        48 bytes
//! bias          i32 minutes: UTC is local time plus bias; of the zone, of standard time, of summer time
//! SYSTEMTIME    u16 each: year (0: every year), month (0: no summer time), weekday, day or which one
//!               of these weekdays, hour, minute, second, millisecond
//! ```
//! Spec: MS-OXOCAL 2.2.1.39, 2.2.1.41.

use super::{On, Rule, Summer, Switch, Zone};
use crate::error::Result;
use crate::prop::Fields;

/// More rules than years is damage.
const MOST_RULES: usize = 1000;
/// The rule that is used for this appointment, and for its recurrence.
const EFFECTIVE: u16 = 0x0003;

impl Zone {
    /// Reads a TZDEFINITION.
    pub(in crate::mime::ical) fn of_definition(bytes: &[u8]) -> Result<Zone> {
        let mut fields = Fields::new(bytes, "read time zone", "MS-OXOCAL 2.2.1.41");
        fields.take(2)?;
        fields.u16()?;
        fields.u16()?;
        let units = fields.u16()?;
        let name = fields.wide_units(usize::from(units))?;
        let at = fields;
        let count = fields.short_count(66)?;
        if count > MOST_RULES {
            return Err(at.fault("more rules than years"));
        }
        let mut rules = Vec::with_capacity(count);
        for _ in 0..count {
            fields.take(6)?;
            let year = i64::from(fields.u16()?);
            fields.take(14)?;
            let biases = biases(&mut fields)?;
            let (standard, summer) = (switch(&mut fields)?, switch(&mut fields)?);
            rules.push(rule(year, biases, standard, summer));
        }
        let name = name.trim_end_matches('\0');
        Zone::new(name, rules).ok_or_else(|| at.fault("no rule that can be"))
    }

    /// Reads a TZREG, which has no name.
    pub(in crate::mime::ical) fn of_registry(bytes: &[u8], name: &str) -> Result<Zone> {
        let mut fields = Fields::new(bytes, "read time zone", "MS-OXOCAL 2.2.1.39");
        let at = fields;
        let biases = biases(&mut fields)?;
        fields.u16()?;
        let standard = switch(&mut fields)?;
        fields.u16()?;
        let summer = switch(&mut fields)?;
        let rules = vec![rule(1601, biases, standard, summer)];
        Zone::new(name, rules).ok_or_else(|| at.fault("no rule that can be"))
    }

    /// As a TZDEFINITION.
    pub(in crate::mime::ical) fn to_definition(&self) -> Vec<u8> {
        // As long as a name of Windows may be.
        let name: Vec<u16> = self.name.encode_utf16().take(260).collect();
        let short = |value: usize| u16::try_from(value).unwrap_or(u16::MAX);
        let mut out = vec![2, 1];
        out.extend(short(6 + name.len() * 2).to_le_bytes());
        out.extend(2_u16.to_le_bytes());
        out.extend(short(name.len()).to_le_bytes());
        out.extend(name.iter().flat_map(|unit| unit.to_le_bytes()));
        let rules = self.rules.get(..self.rules.len().min(MOST_RULES)).unwrap_or_default();
        out.extend(short(rules.len()).to_le_bytes());
        for (at, rule) in rules.iter().enumerate() {
            let flags = if at + 1 == rules.len() { EFFECTIVE } else { 0 };
            out.extend([2, 1, 0x3E, 0]);
            out.extend(flags.to_le_bytes());
            out.extend(u16::try_from(rule.year.max(1601)).unwrap_or(1601).to_le_bytes());
            out.extend([0; 14]);
            put_biases(&mut out, rule);
            put_switch(&mut out, rule.summer.map(|summer| summer.ends));
            put_switch(&mut out, rule.summer.map(|summer| summer.begins));
        }
        out
    }

    /// As a TZREG: the last rule, which holds today.
    pub(in crate::mime::ical) fn to_registry(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(rule) = self.rules.last() {
            put_biases(&mut out, rule);
            out.extend([0; 2]);
            put_switch(&mut out, rule.summer.map(|summer| summer.ends));
            out.extend([0; 2]);
            put_switch(&mut out, rule.summer.map(|summer| summer.begins));
        }
        out
    }
}

/// Minutes to add for UTC: of the zone, of standard time, of summer time.
fn biases(fields: &mut Fields<'_>) -> Result<[i64; 3]> {
    let mut next = || fields.array().map(|bytes| i64::from(i32::from_le_bytes(bytes)));
    Ok([next()?, next()?, next()?])
}

fn rule(
    year: i64,
    [bias, standard, summer]: [i64; 3],
    ends: Option<Switch>,
    begins: Option<Switch>,
) -> Rule {
    let offset = -(bias + summer) * 60;
    let standard = -(bias + standard) * 60;
    let summer = begins.zip(ends).map(|(begins, ends)| Summer { offset, begins, ends });
    Rule { year, standard, summer: summer.filter(|summer| summer.offset != standard) }
}

/// A SYSTEMTIME; `None` where clocks are not changed.
fn switch(fields: &mut Fields<'_>) -> Result<Option<Switch>> {
    let mut next = || fields.u16().map(i64::from);
    let (year, month, weekday, day) = (next()?, next()?, next()?, next()?);
    let (hour, minute, second, part) = (next()?, next()?, next()?, next()?);
    let on = if year != 0 {
        On::Day(day.clamp(1, 31))
    } else {
        On::Nth { weekday: weekday.min(6), nth: day.clamp(1, 5) }
    };
    // Windows has no 24:00; 23:59:59.999 means it.
    let second = if part == 999 { second + 1 } else { second };
    let time = (hour * 3600 + minute * 60 + second).min(super::DAY);
    Ok((1..=12).contains(&month).then_some(Switch { month, on, time }))
}

fn put_biases(out: &mut Vec<u8>, rule: &Rule) {
    // Offsets are at most a day.
    let minutes = |seconds: i64| i32::try_from(seconds / 60).unwrap_or(0);
    let summer = rule.summer.map_or(-60, |summer| minutes(rule.standard - summer.offset));
    for value in [minutes(-rule.standard), 0, summer] {
        out.extend(value.to_le_bytes());
    }
}

fn put_switch(out: &mut Vec<u8>, switch: Option<Switch>) {
    let Some(Switch { month, on, time }) = switch else {
        out.extend([0; 16]);
        return;
    };
    let (year, weekday, day) = match on {
        On::Nth { weekday, nth } => (0, weekday, nth),
        On::Day(day) => (1601, 0, day),
    };
    let whole = time >= super::DAY;
    let time = if whole { super::DAY - 1 } else { time };
    let part = if whole { 999 } else { 0 };
    for value in [year, month, weekday, day, time / 3600, time / 60 % 60, time % 60, part] {
        out.extend(u16::try_from(value).unwrap_or(0).to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::super::{at, berlin};
    use super::*;

    /// A TZREG of Berlin, field by field.
    fn berlin_registry() -> Vec<u8> {
        let mut bytes = Vec::new();
        for bias in [-60_i32, 0, -60] {
            bytes.extend(bias.to_le_bytes());
        }
        for value in [0_u16, 0, 10, 0, 5, 3, 0, 0, 0, 0, 0, 3, 0, 5, 2, 0, 0, 0] {
            bytes.extend(value.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn a_registry_entry_is_read_and_written() {
        let zone = Zone::of_registry(&berlin_registry(), "W. Europe Standard Time").unwrap();
        assert_eq!(zone, berlin());
        assert_eq!(zone.to_registry(), berlin_registry());
    }

    #[test]
    fn a_definition_is_read_and_written() {
        let mut bytes = vec![2, 1, 10, 0, 2, 0, 2, 0, b'W', 0, b'E', 0, 1, 0];
        bytes.extend([2, 1, 0x3E, 0, 3, 0, 0x41, 0x06]);
        bytes.extend([0; 14]);
        let registry = berlin_registry();
        bytes.extend(&registry[..12]);
        bytes.extend(&registry[14..30]);
        bytes.extend(&registry[32..48]);
        let zone = Zone::of_definition(&bytes).unwrap();
        assert_eq!(zone.name, "WE");
        assert_eq!(zone.local(at(2024, 7, 1, 10, 0)), at(2024, 7, 1, 12, 0));
        assert_eq!(zone.to_definition(), bytes);
        for len in 0..bytes.len() {
            assert!(Zone::of_definition(&bytes[..len]).is_err(), "{len}");
        }
    }

    #[test]
    fn what_cannot_be_is_an_error_or_passed_over() {
        let mut bytes = berlin_registry();
        bytes[0..4].copy_from_slice(&i32::MIN.to_le_bytes());
        assert!(Zone::of_registry(&bytes, "x").is_err());
        let mut bytes = berlin_registry();
        // A month that is none: no summer time.
        bytes[16] = 77;
        let zone = Zone::of_registry(&bytes, "x").unwrap();
        assert_eq!(zone.local(at(2024, 7, 1, 10, 0)), at(2024, 7, 1, 11, 0));
    }
}
