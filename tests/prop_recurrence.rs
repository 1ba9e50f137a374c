//! Recurrence blobs, written out field by field.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic and say why"
)]

use openimsg::{
    Code, Frequency, LocalMinutes, Recurrence, RecurrenceEnd, RecurrencePattern, Weekdays,
};
use proptest::prelude::*;

/// 2024-01-01 00:00 in minutes since 1601: 154497 days.
const NEW_YEAR: u32 = 154_497 * 1440;

fn put(out: &mut Vec<u8>, fields: &[u32]) {
    out.extend(fields.iter().flat_map(|field| field.to_le_bytes()));
}

/// Every second week on Monday and Thursday, five times, with one day deleted and one changed.
fn weekly() -> Vec<u8> {
    let mut out = vec![0x04, 0x30, 0x04, 0x30, 0x0B, 0x20, 1, 0, 0, 0];
    put(&mut out, &[0, 2, 0]); // first, period, sliding
    put(&mut out, &[2 | 16]); // Monday, Thursday
    put(&mut out, &[0x2022, 5, 1]); // five times; weeks begin on Monday
    put(&mut out, &[2, NEW_YEAR, NEW_YEAR + 3 * 1440]); // deleted, the changed one among them
    put(&mut out, &[1, NEW_YEAR + 4 * 1440]);
    put(&mut out, &[NEW_YEAR, NEW_YEAR + 31 * 1440]);
    out
}

fn with_exception() -> Vec<u8> {
    let mut out = weekly();
    put(&mut out, &[0x3006, 0x3009, 600, 660]);
    out.extend([1, 0]);
    let day = NEW_YEAR + 4 * 1440;
    put(&mut out, &[day + 700, day + 760, NEW_YEAR + 3 * 1440 + 600]);
    out.extend([0x31, 0]); // subject, location, busy status
    out.extend(b"\x03\0\x02\0Z?");
    out.extend(b"\x03\0\x02\0R7");
    put(&mut out, &[3]);
    put(&mut out, &[0]); // reserved block 1
    put(&mut out, &[4, 0, 0]); // highlight: four bytes; reserved block
    put(&mut out, &[day + 700, day + 760, NEW_YEAR + 3 * 1440 + 600]);
    out.extend([2, 0, b'Z', 0, 0x42, 1]);
    out.extend([2, 0, b'R', 0, b'7', 0]);
    put(&mut out, &[0, 0]); // reserved blocks
    out
}

#[test]
fn a_weekly_pattern_has_days_interval_count_and_range() {
    let read = Recurrence::parse(&weekly()).unwrap();
    assert_eq!((read.frequency, read.interval()), (Frequency::Weekly, 2));
    assert_eq!(read.pattern, RecurrencePattern::Week(Weekdays(18)));
    assert!(Weekdays(18).has(1) && Weekdays(18).has(4) && !Weekdays(18).has(0));
    assert_eq!((read.end, read.week_start), (RecurrenceEnd::Count(5), 1));
    assert_eq!(read.deleted.len(), 2);
    assert_eq!(read.modified, [LocalMinutes(NEW_YEAR + 4 * 1440)]);
    assert_eq!(read.start_day.civil(), Some((2024, 1, 1, 0, 0)));
    assert_eq!(read.last_day.civil(), Some((2024, 2, 1, 0, 0)));
    assert!(read.times.is_none() && read.damage.is_none());
}

#[test]
fn an_exception_has_its_unicode_texts_and_only_what_it_overrides() {
    let read = Recurrence::parse(&with_exception()).unwrap();
    assert!(read.damage.is_none(), "{:?}", read.damage);
    assert_eq!(read.times, Some((600, 660)));
    let [exception] = read.exceptions.as_slice() else { panic!("one exception") };
    assert_eq!(exception.start.civil(), Some((2024, 1, 5, 11, 40)));
    assert_eq!(exception.original_start.civil(), Some((2024, 1, 4, 10, 0)));
    assert_eq!(exception.subject.as_deref(), Some("Zł"));
    assert_eq!(exception.location.as_deref(), Some("R7"));
    assert_eq!((exception.busy_status, exception.all_day), (Some(3), None));
}

#[test]
fn damage_after_the_pattern_leaves_the_pattern() {
    let (bytes, pattern) = (with_exception(), weekly().len());
    for len in pattern + 4..bytes.len() {
        let read = Recurrence::parse(&bytes[..len]).unwrap();
        assert_eq!(read.end, RecurrenceEnd::Count(5));
        let damage = read.damage.unwrap();
        assert_eq!(damage.code(), Code::CorruptData);
        assert!(damage.where_().unwrap().offset().unwrap() <= len as u64);
    }
    for len in 0..pattern {
        assert_eq!(Recurrence::parse(&bytes[..len]).unwrap_err().code(), Code::CorruptData);
    }
    // Cut in the extended part, the 8-bit texts of the first part are left.
    let cut = bytes.len() - 30;
    let read = Recurrence::parse(&bytes[..cut]).unwrap();
    assert_eq!(read.exceptions[0].location.as_deref(), Some("R7"));
}

#[test]
fn each_rule_has_its_own_fields() {
    let build = |frequency: u8, rule: u8, period: u32, fields: &[u32], end: u32| {
        let mut out = vec![0x04, 0x30, 0x04, 0x30, frequency, 0x20, rule, 0, 0, 0];
        put(&mut out, &[0, period, 0]);
        put(&mut out, fields);
        put(&mut out, &[end, 0, 0, 0, 0, NEW_YEAR, 0x5AE9_80DF]);
        Recurrence::parse(&out).unwrap()
    };
    let daily = build(0x0A, 0, 3 * 1440, &[], 0x2023);
    assert_eq!((daily.pattern, daily.interval()), (RecurrencePattern::Day, 3));
    assert_eq!((daily.end, daily.last_day.civil()), (RecurrenceEnd::Never, None));
    let monthly = build(0x0C, 2, 1, &[15], 0x2021);
    assert_eq!(monthly.pattern, RecurrencePattern::MonthDay { day: 15, hijri: false });
    assert_eq!(monthly.end, RecurrenceEnd::Date);
    let yearly = build(0x0D, 3, 24, &[2, 5], u32::MAX);
    let last_monday = RecurrencePattern::MonthNth { days: Weekdays(2), nth: 5, hijri: false };
    assert_eq!((yearly.pattern, yearly.interval()), (last_monday, 2));
    assert_eq!(yearly.end, RecurrenceEnd::Never);
    let hijri = build(0x0C, 0x0A, 1, &[9], 0x2021);
    assert_eq!(hijri.pattern, RecurrencePattern::MonthDay { day: 9, hijri: true });
}

#[test]
fn a_count_is_held_against_the_bytes() {
    let mut bytes = weekly();
    let deleted = 22 + 4 + 12;
    bytes[deleted..deleted + 4].fill(0xFF);
    let error = Recurrence::parse(&bytes).unwrap_err();
    assert_eq!(error.code(), Code::CorruptData);
    assert_eq!(error.where_().unwrap().offset(), Some(deleted as u64));
}

proptest! {
    #[test]
    fn changed_bytes_are_read_or_refused(at in 0..200_usize, byte: u8, len in 0..200_usize) {
        let mut bytes = with_exception();
        let place = at % bytes.len();
        bytes[place] = byte;
        bytes.truncate(len.max(1));
        if let Ok(read) = Recurrence::parse(&bytes) {
            prop_assert!(read.deleted.len() * 4 <= bytes.len());
            prop_assert!(read.exceptions.len() * 14 <= bytes.len());
        }
    }
}
