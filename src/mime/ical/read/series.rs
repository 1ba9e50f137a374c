//! Rule, left-out days and changed occurrences into a recurrence.

use super::super::parse::Component;
use super::super::recur::recurrence;
use super::super::time::Stamp;
use super::super::value::{Moment, duration};
use super::super::zone::Zone;
use super::Read;
use crate::error::Result;
use crate::msg::{Appointment, BusyStatus};
use crate::named::*;
use crate::prop::{Frequency, LocalMinutes, Recurrence, RecurrenceException};

/// More left-out days or changed occurrences are not read.
const MOST: usize = 2000;

impl Read<'_, '_> {
    /// Stores the recurrence of an event, which begins at `start` by its own clock.
    pub(super) fn series(
        &mut self,
        at: usize,
        event: &Component,
        start: &Moment,
        end: &Option<Moment>,
    ) -> Result<()> {
        let parsed = self.parsed;
        let all = parsed.components.iter().enumerate();
        let beside = all.filter(|(other, part)| *other != at && part.name == event.name);
        let others: Vec<&Component> = beside.map(|(_, part)| part).collect();
        let Some(text) = event.get("RRULE") else {
            for other in &others {
                self.work.lose("calendar-item", &other.name, "a message holds one");
            }
            return self.message.set(PID_LID_RECURRING, false);
        };
        if event.all("RRULE").nth(1).is_some() {
            self.work.lose(
                "recurrence",
                "RRULE",
                "a message has one rule; the others are not read",
            );
        }
        let zone = if start.is_day { None } else { start.zone.clone() };
        let zone = zone.unwrap_or_else(|| Zone::fixed(0));
        let seconds = end.as_ref().map_or(0, |end| end.utc.0 - start.utc.0);
        let minutes = u32::try_from(seconds / 60).unwrap_or(0);
        let made = recurrence(&text.value, start.local, Some(minutes), |local| zone.utc(local));
        let (mut made, occurrences) = match made {
            Ok(made) => made,
            Err(why) => {
                self.work.lose("recurrence", "RRULE", why);
                return self.message.set(PID_LID_RECURRING, false);
            }
        };
        self.left_out(event, &zone, &mut made);
        for other in others.into_iter().take(MOST) {
            if let Some(exception) = self.exception(other, event, &zone)? {
                made.deleted.push(day(exception.original_start));
                made.modified.push(day(exception.start));
                made.exceptions.push(exception);
            } else {
                self.work.lose("calendar-item", &other.name, "a message holds one");
            }
        }
        for days in [&mut made.deleted, &mut made.modified] {
            days.sort_unstable();
            days.dedup();
        }
        made.exceptions.sort_by_key(|exception| exception.start);
        made.exceptions.dedup_by_key(|exception| exception.original_start);
        let message = self.message;
        let kind = match made.frequency {
            Frequency::Daily => 1,
            Frequency::Weekly => 2,
            Frequency::Monthly => 3,
            Frequency::Yearly => 4,
        };
        message.set(PID_LID_RECURRING, true)?;
        message.set(PID_LID_IS_RECURRING, true)?;
        message.set(PID_LID_RECURRENCE_TYPE, kind)?;
        message.set(PID_LID_APPOINTMENT_RECUR, made.to_bytes(occurrences))?;
        message.set(PID_LID_APPOINTMENT_TIME_ZONE_DEFINITION_RECUR, zone.to_definition())?;
        message.set(PID_LID_TIME_ZONE_STRUCT, zone.to_registry())?;
        message.set(PID_LID_TIME_ZONE_DESCRIPTION, zone.name.as_str())?;
        // From when to when the series can have occurrences.
        let first = start.local.midnight().to_file_time();
        let last = Stamp::of_minutes(made.last_day).and_then(Stamp::to_file_time);
        if let Some(first) = first {
            message.set(PID_LID_CLIP_START, first)?;
        }
        // What Outlook writes for a series without an end: 4500-08-31.
        let far = Stamp::day(4500, 8, 31).and_then(Stamp::to_file_time);
        if let Some(last) = last.or(far) {
            message.set(PID_LID_CLIP_END, last)?;
        }
        Ok(())
    }

    fn left_out(&mut self, event: &Component, zone: &Zone, made: &mut Recurrence) {
        for property in event.all("EXDATE") {
            for value in property.value.split(',') {
                if made.deleted.len() >= MOST {
                    self.work.lose("recurrence", "EXDATE", "too many; the rest is not read");
                    return;
                }
                let moment =
                    Moment::read(value, property.param("TZID"), &self.zones, &mut self.work);
                let local = moment.and_then(|moment| minutes(&moment, zone));
                match local {
                    Some(local) => made.deleted.push(day(local)),
                    None => self.work.lose("recurrence", "EXDATE", value),
                }
            }
        }
    }

    /// An occurrence that differs; `None` if it is not of this series.
    fn exception(
        &mut self,
        other: &Component,
        main: &Component,
        zone: &Zone,
    ) -> Result<Option<RecurrenceException>> {
        if other.text("UID") != main.text("UID") {
            return Ok(None);
        }
        let (Some(original), Some(start)) =
            (self.moment(other, "RECURRENCE-ID"), self.moment(other, "DTSTART"))
        else {
            return Ok(None);
        };
        if other.get("RECURRENCE-ID").is_some_and(|property| property.param("RANGE").is_some()) {
            self.work.lose("recurrence", "RANGE", "later occurrences are as in the series");
        }
        let told = self.moment(other, "DTEND");
        let seconds = other.get("DURATION").and_then(|property| duration(&property.value));
        let lasts = Appointment::of(self.message).duration()?.map_or(0, |all| i64::from(all) * 60);
        let end = told.unwrap_or_else(|| {
            let seconds = seconds.unwrap_or(lasts).max(0);
            Moment {
                utc: start.utc.plus(seconds),
                local: start.local.plus(seconds),
                ..start.clone()
            }
        });
        let times = (minutes(&start, zone), minutes(&end, zone), minutes(&original, zone));
        let (Some(from), Some(to), Some(original_start)) = times else { return Ok(None) };
        let differs = |name: &str| {
            let text = other.text(name);
            (text != main.text(name)).then(|| text.unwrap_or_default())
        };
        let is_day = main.get("DTSTART").is_some_and(|property| property.has("VALUE", "DATE"));
        let busy = other.text("X-MICROSOFT-CDO-BUSYSTATUS");
        let busy = differs("X-MICROSOFT-CDO-BUSYSTATUS").and(busy).map(|name| {
            match name.trim().to_ascii_uppercase().as_str() {
                "FREE" => BusyStatus::Free,
                "TENTATIVE" => BusyStatus::Tentative,
                "OOF" => BusyStatus::OutOfOffice,
                "WORKINGELSEWHERE" => BusyStatus::WorkingElsewhere,
                _ => BusyStatus::Busy,
            }
        });
        let cancelled =
            other.text("STATUS").is_some_and(|text| text.eq_ignore_ascii_case("CANCELLED"));
        if differs("DESCRIPTION").is_some() {
            self.work.lose("recurrence", "DESCRIPTION", "the text of one occurrence differs");
        }
        Ok(Some(RecurrenceException {
            start: from,
            end: to.max(from),
            original_start,
            overrides: 0,
            subject: differs("SUMMARY").map(|text| super::one_line(&text)),
            location: differs("LOCATION").map(|text| super::one_line(&text)),
            // A meeting, received, cancelled.
            meeting_type: cancelled.then_some(7),
            reminder_delta: None,
            reminder_set: None,
            busy_status: busy.and_then(|busy| u32::try_from(busy.raw()).ok()),
            has_attachment: None,
            all_day: (start.is_day != is_day).then_some(start.is_day),
            color: None,
        }))
    }
}

/// By the clock of the series.
fn minutes(moment: &Moment, zone: &Zone) -> Option<LocalMinutes> {
    let of_zone = moment.zone.is_some() && !moment.is_day;
    let local = if of_zone { zone.local(moment.utc) } else { moment.local };
    local.to_minutes()
}

/// The beginning of the day.
fn day(minutes: LocalMinutes) -> LocalMinutes {
    LocalMinutes(minutes.0 - minutes.0 % 1440)
}
