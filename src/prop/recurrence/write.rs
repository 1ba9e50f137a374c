//! A recurrence as it is stored.

use super::exceptions::WITH_HIGHLIGHT;
use super::{Frequency, Recurrence, RecurrenceEnd, RecurrenceException, RecurrencePattern};
use crate::wire::CodePage;

/// The version of the pattern; of the appointment around it.
const PATTERN: u16 = 0x3004;
const APPOINTMENT: u32 = 0x3006;
/// What Outlook writes as the number of occurrences where there is no last one.
const ENDLESS: u32 = 10;

impl Recurrence {
    /// The bytes as they are stored. `occurrences` is how many there are up to the last day; it is
    /// written where the recurrence ends by a date.
    ///
    /// Texts of an exception longer than its length field can say are cut.
    pub(crate) fn to_bytes(&self, occurrences: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let put = |out: &mut Vec<u8>, value: u32| out.extend(value.to_le_bytes());
        let (rule, numbers) = self.rule();
        let frequency: u16 = match self.frequency {
            Frequency::Daily => 0x200A,
            Frequency::Weekly => 0x200B,
            Frequency::Monthly => 0x200C,
            Frequency::Yearly => 0x200D,
        };
        for value in [PATTERN, PATTERN, frequency, rule, self.calendar] {
            out.extend(value.to_le_bytes());
        }
        for value in [self.first.0, self.period, u32::from(self.sliding)].into_iter().chain(numbers)
        {
            put(&mut out, value);
        }
        let (end, count) = match self.end {
            RecurrenceEnd::Date => (0x2021, occurrences),
            RecurrenceEnd::Count(count) => (0x2022, count),
            RecurrenceEnd::Never => (0x2023, ENDLESS),
        };
        for value in [end, count, self.week_start] {
            put(&mut out, value);
        }
        for days in [&self.deleted, &self.modified] {
            put(&mut out, u32::try_from(days.len()).unwrap_or(u32::MAX));
            for day in days {
                put(&mut out, day.0);
            }
        }
        put(&mut out, self.start_day.0);
        put(&mut out, self.last_day.0);
        if let Some((start, end)) = self.times {
            for value in [APPOINTMENT, WITH_HIGHLIGHT, start, end] {
                put(&mut out, value);
            }
            self.put_exceptions(&mut out);
        }
        out
    }

    /// The number of the rule, and the numbers that belong to it.
    fn rule(&self) -> (u16, Vec<u32>) {
        let of = |hijri: bool, number: u16| if hijri { number + 8 } else { number };
        match self.pattern {
            RecurrencePattern::Day => (0, Vec::new()),
            RecurrencePattern::Week(days) => (1, vec![days.0]),
            RecurrencePattern::MonthDay { day, hijri } => (of(hijri, 2), vec![day]),
            RecurrencePattern::MonthNth { days, nth, hijri } => (of(hijri, 3), vec![days.0, nth]),
            RecurrencePattern::MonthEnd { day, hijri } => (of(hijri, 4), vec![day]),
        }
    }

    fn put_exceptions(&self, out: &mut Vec<u8>) {
        let most = usize::from(u16::MAX);
        let exceptions = self.exceptions.get(..most).unwrap_or(&self.exceptions);
        out.extend(u16::try_from(exceptions.len()).unwrap_or(u16::MAX).to_le_bytes());
        for exception in exceptions {
            exception.put(out);
        }
        out.extend(0_u32.to_le_bytes());
        for exception in exceptions {
            exception.put_extended(out);
        }
        out.extend(0_u32.to_le_bytes());
    }
}

impl RecurrenceException {
    fn put_times(&self, out: &mut Vec<u8>) {
        for time in [self.start, self.end, self.original_start] {
            out.extend(time.0.to_le_bytes());
        }
    }

    /// The fields that differ, as their presence says: `overrides` is made of it.
    fn put(&self, out: &mut Vec<u8>) {
        self.put_times(out);
        let flag = |is: Option<bool>| is.map(u32::from);
        let texts = |bit: u16, text: &Option<String>| text.as_ref().map_or(0, |_| bit);
        let numbers = [
            (0x0002, self.meeting_type),
            (0x0004, self.reminder_delta),
            (0x0008, flag(self.reminder_set)),
            (0x0020, self.busy_status),
            (0x0040, flag(self.has_attachment)),
            (0x0080, flag(self.all_day)),
            (0x0100, self.color),
        ];
        let set = numbers.iter().filter(|(_, value)| value.is_some()).map(|(bit, _)| *bit);
        let bits: u16 = set.sum();
        let bits = bits | texts(0x0001, &self.subject) | texts(0x0010, &self.location);
        out.extend(bits.to_le_bytes());
        put_narrow(out, self.subject.as_deref());
        for (bit, value) in numbers {
            if bit == 0x0020 {
                put_narrow(out, self.location.as_deref());
            }
            if let Some(value) = value {
                out.extend(value.to_le_bytes());
            }
        }
    }

    /// The highlight, a reserved block, and the texts in Unicode.
    fn put_extended(&self, out: &mut Vec<u8>) {
        for value in [4_u32, 0, 0] {
            out.extend(value.to_le_bytes());
        }
        if self.subject.is_none() && self.location.is_none() {
            return;
        }
        self.put_times(out);
        for text in [&self.subject, &self.location].into_iter().flatten() {
            let units: Vec<u16> = text.encode_utf16().take(usize::from(u16::MAX)).collect();
            out.extend(u16::try_from(units.len()).unwrap_or(u16::MAX).to_le_bytes());
            out.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        }
        out.extend(0_u32.to_le_bytes());
    }
}

fn put_narrow(out: &mut Vec<u8>, text: Option<&str>) {
    let Some(text) = text else { return };
    let encoded = CodePage::WINDOWS_1252.encode(text);
    let most = usize::from(u16::MAX - 1);
    let bytes = encoded.bytes.get(..most).unwrap_or(&encoded.bytes);
    let len = u16::try_from(bytes.len()).unwrap_or(0);
    out.extend(len.saturating_add(1).to_le_bytes());
    out.extend(len.to_le_bytes());
    out.extend(bytes);
}

#[cfg(test)]
mod tests {
    use super::super::{LocalMinutes, Weekdays};
    use super::*;

    /// 2024-01-01 00:00 in minutes since 1601: 154497 days.
    const NEW_YEAR: u32 = 154_497 * 1440;

    fn exception() -> RecurrenceException {
        let day = NEW_YEAR + 4 * 1440;
        RecurrenceException {
            start: LocalMinutes(day + 700),
            end: LocalMinutes(day + 760),
            original_start: LocalMinutes(NEW_YEAR + 3 * 1440 + 600),
            overrides: 0x31,
            subject: Some("Ж?".into()),
            location: Some("Room".into()),
            meeting_type: None,
            reminder_delta: None,
            reminder_set: None,
            busy_status: Some(3),
            has_attachment: None,
            all_day: None,
            color: None,
        }
    }

    fn weekly() -> Recurrence {
        Recurrence {
            frequency: Frequency::Weekly,
            pattern: RecurrencePattern::Week(Weekdays(2 | 16)),
            calendar: 0,
            first: LocalMinutes(0),
            period: 2,
            sliding: false,
            end: RecurrenceEnd::Count(5),
            week_start: 1,
            deleted: vec![LocalMinutes(NEW_YEAR), LocalMinutes(NEW_YEAR + 3 * 1440)],
            modified: vec![LocalMinutes(NEW_YEAR + 4 * 1440)],
            start_day: LocalMinutes(NEW_YEAR),
            last_day: LocalMinutes(NEW_YEAR + 31 * 1440),
            times: None,
            exceptions: Vec::new(),
            damage: None,
        }
    }

    #[test]
    fn a_pattern_is_written_field_by_field() {
        let mut wanted = vec![0x04, 0x30, 0x04, 0x30, 0x0B, 0x20, 1, 0, 0, 0];
        let mut put = |fields: &[u32]| wanted.extend(fields.iter().flat_map(|f| f.to_le_bytes()));
        put(&[0, 2, 0, 2 | 16, 0x2022, 5, 1]);
        put(&[2, NEW_YEAR, NEW_YEAR + 3 * 1440, 1, NEW_YEAR + 4 * 1440]);
        put(&[NEW_YEAR, NEW_YEAR + 31 * 1440]);
        assert_eq!(weekly().to_bytes(0), wanted);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut series = weekly();
        series.times = Some((600, 660));
        series.exceptions = vec![
            exception(),
            RecurrenceException {
                subject: None,
                location: None,
                reminder_set: Some(true),
                all_day: Some(true),
                overrides: 0x00A8,
                ..exception()
            },
        ];
        for (frequency, pattern) in [
            (Frequency::Weekly, RecurrencePattern::Week(Weekdays(127))),
            (Frequency::Daily, RecurrencePattern::Day),
            (Frequency::Monthly, RecurrencePattern::MonthDay { day: 31, hijri: true }),
            (Frequency::Yearly, RecurrencePattern::MonthEnd { day: 31, hijri: false }),
            (
                Frequency::Monthly,
                RecurrencePattern::MonthNth { days: Weekdays(4), nth: 5, hijri: false },
            ),
        ] {
            (series.frequency, series.pattern) = (frequency, pattern);
            let read = Recurrence::parse(&series.to_bytes(7)).unwrap();
            assert!(read.damage.is_none());
            assert_eq!((read.frequency, read.pattern), (frequency, pattern));
            assert_eq!((read.times, read.end), (series.times, series.end));
            assert_eq!((&read.deleted, &read.modified), (&series.deleted, &series.modified));
            assert_eq!(read.exceptions, series.exceptions);
        }
    }
}
