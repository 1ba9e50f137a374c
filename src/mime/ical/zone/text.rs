//! Time zones as calendars write them: VTIMEZONE. Spec: RFC 5545 3.6.5.

use super::super::line::{Line, Lines};
use super::super::time::{DAY, Stamp, offset};
use super::{On, Switch, Zone};

/// The first year for which there are rules.
const FIRST: i64 = 1601;
const WEEKDAYS: [&str; 7] = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

impl Zone {
    /// Writes the component, by a name that is the only one of its kind in the calendar.
    pub(in crate::mime::ical) fn write(&self, name: &str, out: &mut Lines) {
        out.begin("VTIMEZONE");
        out.push(Line::new("TZID").text(name));
        let mut before = self.rules.first().map_or(0, |rule| rule.standard);
        for (at, rule) in self.rules.iter().enumerate() {
            let first = if at == 0 { FIRST } else { rule.year.max(FIRST) };
            let last = self.rules.get(at + 1).map(|next| next.year - 1);
            match rule.summer {
                None => {
                    let start = Stamp::day(first, 1, 1).unwrap_or(Stamp(0));
                    let part = Part { from: before, to: rule.standard, start, switch: None };
                    part.write("STANDARD", last, out);
                }
                Some(summer) => {
                    let ends = (summer.offset, rule.standard, summer.ends, "STANDARD");
                    let begins = (rule.standard, summer.offset, summer.begins, "DAYLIGHT");
                    for (from, to, mut switch, name) in [ends, begins] {
                        // The end of a day is not the beginning of the next one in a rule.
                        switch.time = switch.time.min(DAY - 1);
                        let start = switch.in_year(first).unwrap_or(Stamp(0));
                        Part { from, to, start, switch: Some(switch) }.write(name, last, out);
                    }
                }
            }
            before = rule.standard;
        }
        out.end("VTIMEZONE");
    }
}

/// One STANDARD or DAYLIGHT.
struct Part {
    from: i64,
    to: i64,
    start: Stamp,
    switch: Option<Switch>,
}

impl Part {
    fn write(&self, name: &str, last: Option<i64>, out: &mut Lines) {
        out.begin(name);
        out.plain("DTSTART", &self.start.local());
        out.plain("TZOFFSETFROM", &offset(self.from));
        out.plain("TZOFFSETTO", &offset(self.to));
        if let Some(switch) = self.switch {
            let mut rule = format!("FREQ=YEARLY;BYMONTH={}", switch.month);
            rule.push_str(&match switch.on {
                On::Day(day) => format!(";BYMONTHDAY={day}"),
                On::Nth { weekday, nth } => {
                    let day = usize::try_from(weekday).ok().and_then(|at| WEEKDAYS.get(at));
                    let nth = if nth == 5 { -1 } else { nth };
                    format!(";BYDAY={nth}{}", day.unwrap_or(&"SU"))
                }
            });
            if let Some(until) = last.and_then(|year| switch.in_year(year)) {
                rule.push_str(&format!(";UNTIL={}", until.plus(-self.from).utc()));
            }
            out.plain("RRULE", &rule);
        }
        out.end(name);
    }
}
