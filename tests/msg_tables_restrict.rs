//! Restrictions on tables. Spec: imessage-contract 3.5.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::msg::*;
use openimsg::{
    BitMask, Code, FuzzyLevel, Message, Modify, PropTag, PropValue, Recipient, Relop, Restriction,
    Table, tags::*,
};

/// Ids of the rows that a restriction leaves.
#[track_caller]
fn left(table: &mut Table<'_>, restriction: &Restriction) -> Vec<i32> {
    table.restrict(Some(restriction)).unwrap();
    table.query_rows(99).unwrap().iter().map(|row| row.get(PR_ROWID).unwrap()).collect()
}

fn refused(table: &mut Table<'_>, restriction: &Restriction) {
    assert_eq!(code(table.restrict(Some(restriction))), Code::TooComplex);
}

/// One recipient with these properties.
fn one(props: &[(u32, PropValue)]) -> Message<'static> {
    let message = fresh();
    let props = props.iter().map(|(tag, value)| prop(*tag, value.clone())).collect();
    message.modify_recipients(Modify::Add, &[Recipient::from_props(props)]).unwrap();
    message
}

fn holds(table: &mut Table<'_>, restriction: &Restriction) -> bool {
    !left(table, restriction).is_empty()
}

const NAME: PropTag = PR_DISPLAY_NAME_W.tag();
const LONG: u32 = 0x6677_0003;
const LONGS: u32 = 0x6678_1003;
const BYTES: u32 = 0x6679_0102;

fn kind(value: i32) -> Restriction {
    Restriction::property(Relop::Eq, PR_RECIPIENT_TYPE, value)
}

/// Spec: C-220
#[test]
fn every_restriction_holds_or_not() {
    let message = fresh();
    message.modify_recipients(Modify::Add, &three()).unwrap();
    let mut table = message.recipient_table().unwrap();
    let table = &mut table;
    let named = |name: &str| Restriction::content(FuzzyLevel::FULL_STRING, PR_DISPLAY_NAME_W, name);
    assert_eq!(left(table, &Restriction::and([kind(2), named("Ben")])), [1]);
    assert_eq!(left(table, &Restriction::and([kind(2), named("Ana")])), [0; 0]);
    assert_eq!(left(table, &Restriction::and([])), [0, 1, 2]);
    assert_eq!(left(table, &Restriction::or([kind(3), named("Ana")])), [0, 2]);
    assert_eq!(left(table, &Restriction::or([])), [0; 0]);
    assert_eq!(left(table, &Restriction::not(kind(2))), [0, 2]);
    assert_eq!(left(table, &named("Ana")), [0]);
    assert_eq!(left(table, &kind(3)), [2]);
    let same = Restriction::compare_props(Relop::Eq, tag(0x3003_001F), tag(0x39FE_001F));
    assert_eq!(left(table, &same), [0, 1, 2]);
    let other = Restriction::compare_props(Relop::Eq, NAME, tag(0x3003_001F));
    assert_eq!(left(table, &other), [0; 0]);
    let bits = Restriction::bit_mask(BitMask::NotEqualZero, PR_RECIPIENT_TYPE.tag(), 2);
    assert_eq!(left(table, &bits), [1, 2]);
    assert_eq!(left(table, &Restriction::size(Relop::Eq, NAME, 8)), [0, 1, 2]);
    assert_eq!(left(table, &Restriction::size(Relop::Lt, NAME, 8)), [0; 0]);
    assert_eq!(left(table, &Restriction::size(Relop::Eq, tag(0x3001_001E), 4)), [0, 1, 2]);
    assert_eq!(left(table, &Restriction::exist(tag(0x3001_0003))), [0, 1, 2]);
    assert_eq!(left(table, &Restriction::exist(tag(LONG))), [0; 0]);
    let note = vec![prop(LONG, PropValue::Long(1))];
    assert_eq!(left(table, &Restriction::comment(Some(kind(1)), note.clone())), [0]);
    assert_eq!(left(table, &Restriction::comment(None, note)), [0, 1, 2]);
    let any = Restriction::not(kind(1));
    assert_eq!(left(table, &Restriction::count(1, any.clone())), [1]);
    assert_eq!(left(table, &Restriction::count(0, any)), [0; 0]);
    refused(table, &Restriction::sub_restriction(tag(0x0E12_000D), kind(1)));
}

#[test]
fn a_count_takes_the_first_rows_in_view_order() {
    let message = fresh();
    message.modify_recipients(Modify::Add, &three()).unwrap();
    let mut table = message.recipient_table().unwrap();
    table.sort(&[openimsg::SortOrder::descending(PR_ROWID)]).unwrap();
    assert_eq!(left(&mut table, &Restriction::count(2, Restriction::and([]))), [2, 1]);
}

/// Spec: C-221, C-222
#[test]
fn what_cannot_be_evaluated_is_refused_and_changes_nothing() {
    let message = fresh();
    message.modify_recipients(Modify::Add, &three()).unwrap();
    let mut table = message.recipient_table().unwrap();
    table.restrict(Some(&kind(2))).unwrap();
    let long = || PropValue::Long(1);
    let full = FuzzyLevel::FULL_STRING;
    for bad in [
        Restriction::property_value(Relop::Eq, NAME, long()),
        Restriction::property_value(Relop::Re, tag(LONG), long()),
        Restriction::content_value(full, NAME, long()),
        Restriction::content_value(FuzzyLevel::from_bits_retain(3), NAME, text("a")),
        Restriction::compare_props(Relop::Eq, NAME, tag(LONG)),
        Restriction::bit_mask(BitMask::EqualZero, NAME, 1),
        Restriction::size(Relop::Re, NAME, 1),
        Restriction::exist(tag(0x3701_000D)),
        Restriction::sub_restriction(tag(0x0E12_000D), kind(2)),
        Restriction::other(0x99),
    ] {
        refused(&mut table, &bad);
        refused(&mut table, &Restriction::not(Restriction::and([kind(1), bad])));
        assert_eq!(table.row_count().unwrap(), 1);
    }
    // The two forms of text are one type to content.
    let narrow = Restriction::content_value(full, NAME, PropValue::String8(b"Ben".to_vec()));
    assert_eq!(left(&mut table, &narrow), [1]);
}

#[test]
fn nesting_has_a_bound_and_needs_no_stack() {
    let message = fresh();
    message.modify_recipients(Modify::Add, &three()).unwrap();
    let mut table = message.recipient_table().unwrap();
    let nested = |depth| (0..depth).fold(kind(2), |inner, _| Restriction::not(inner));
    assert_eq!(left(&mut table, &nested(254)), [1]);
    refused(&mut table, &nested(257));
    let deep = nested(200_000);
    refused(&mut table, &deep.clone());
    let found = table.find_row(&deep, openimsg::Bookmark::BEGINNING, Default::default());
    assert_eq!(code(found), Code::TooComplex);
}

/// Spec: C-223
#[test]
fn an_absent_property_is_not_unequal() {
    let message = one(&[(NAME.value(), text("a"))]);
    let mut table = message.recipient_table().unwrap();
    let absent = tag(LONG);
    for relop in [Relop::Ne, Relop::Eq, Relop::Lt] {
        let property = Restriction::property_value(relop, absent, PropValue::Long(1));
        assert!(!holds(&mut table, &property));
        assert!(!holds(&mut table, &Restriction::size(relop, absent, 1)));
        assert!(!holds(&mut table, &Restriction::compare_props(relop, absent, tag(0x0C15_0003))));
    }
    assert!(!holds(&mut table, &Restriction::bit_mask(BitMask::EqualZero, absent, 1)));
}

/// Spec: C-224
#[test]
fn content_is_whole_or_part_or_beginning() {
    let message = one(&[(NAME.value(), text("Full String"))]);
    let mut table = message.recipient_table().unwrap();
    let (full, prefix, part) = (FuzzyLevel::FULL_STRING, FuzzyLevel::PREFIX, FuzzyLevel::SUBSTRING);
    let case = FuzzyLevel::IGNORE_CASE;
    for (level, needle, expected) in [
        (full, "Full", false),
        (full, "Full String", true),
        (full, "full string", false),
        (full | case, "full string", true),
        (prefix, "Full", true),
        (part, "ll St", true),
        (part, "ll  St", false),
        (part, "ng", true),
        (prefix, "full", false),
        (prefix | case, "full", true),
        (prefix | FuzzyLevel::LOOSE, "full", true),
        (full, "", false),
        (prefix, "", true),
        (part, "", true),
    ] {
        let restriction = Restriction::content(level, PR_DISPLAY_NAME_W, needle);
        assert_eq!(holds(&mut table, &restriction), expected, "{level:?} {needle:?}");
    }
}

/// Spec: C-225
#[test]
fn marks_on_letters_can_be_left_out() {
    let message = one(&[(NAME.value(), text("re\u{301}sume\u{301}"))]);
    let mut table = message.recipient_table().unwrap();
    for (level, expected) in [
        (FuzzyLevel::IGNORE_NONSPACE, true),
        (FuzzyLevel::LOOSE, true),
        (FuzzyLevel::IGNORE_CASE, false),
        (FuzzyLevel::FULL_STRING, false),
    ] {
        let restriction = Restriction::content(level, PR_DISPLAY_NAME_W, "resume");
        assert_eq!(holds(&mut table, &restriction), expected, "{level:?}");
    }
}

/// Spec: C-226
#[test]
fn bytes_have_no_case() {
    let message = one(&[(BYTES, PropValue::Binary(b"aabaac".to_vec()))]);
    let mut table = message.recipient_table().unwrap();
    let all = FuzzyLevel::IGNORE_CASE | FuzzyLevel::LOOSE;
    for (level, needle, expected) in [
        (FuzzyLevel::FULL_STRING, "aabaac", true),
        (FuzzyLevel::FULL_STRING, "AABAAC", false),
        (FuzzyLevel::SUBSTRING, "aac", true),
        (FuzzyLevel::SUBSTRING, "AAC", false),
        (FuzzyLevel::PREFIX, "aab", true),
        (FuzzyLevel::PREFIX, "Aab", false),
    ] {
        let value = PropValue::Binary(needle.as_bytes().to_vec());
        let restriction = Restriction::content_value(level | all, tag(BYTES), value);
        assert_eq!(holds(&mut table, &restriction), expected, "{level:?} {needle:?}");
    }
}

/// Spec: C-227
#[test]
fn bits_are_set_or_not() {
    let message = one(&[(LONG, PropValue::Long(-0x7FFF_FFFC))]);
    let mut table = message.recipient_table().unwrap();
    for (mask, any) in [(4, true), (2, false), (0x8000_0000, true), (6, true), (0, false)] {
        let zero = Restriction::bit_mask(BitMask::EqualZero, tag(LONG), mask);
        let set = Restriction::bit_mask(BitMask::NotEqualZero, tag(LONG), mask);
        assert_eq!((holds(&mut table, &zero), holds(&mut table, &set)), (!any, any), "{mask:x}");
    }
    refused(&mut table, &Restriction::bit_mask(BitMask::EqualZero, tag(BYTES), 1));
}

#[test]
fn values_compare_by_their_type() {
    let nan = 0x667B_0005;
    let message = one(&[
        (NAME.value(), text("Moss")),
        (LONG, PropValue::Long(-1)),
        (LONGS, PropValue::MvLong(vec![3, 5])),
        (BYTES, PropValue::Binary(vec![1, 0xFF])),
        (nan, PropValue::Double(f64::NAN)),
    ]);
    let mut table = message.recipient_table().unwrap();
    let bytes = |bytes: &[u8]| PropValue::Binary(bytes.to_vec());
    for (relop, tag_value, value, expected) in [
        (Relop::Lt, LONG, PropValue::Long(0), true),
        (Relop::Ge, LONG, PropValue::Long(-1), true),
        (Relop::Gt, LONG, PropValue::Long(-1), false),
        (Relop::Eq, NAME.value(), text("mOSS"), true),
        (Relop::Ne, NAME.value(), text("mOSS"), false),
        (Relop::Le, NAME.value(), text("n"), true),
        (Relop::Gt, NAME.value(), text("MOON"), true),
        (Relop::Lt, BYTES, bytes(&[2]), true),
        (Relop::Gt, BYTES, bytes(&[1]), true),
        (Relop::Lt, nan, PropValue::Double(f64::NEG_INFINITY), true),
        (Relop::Eq, LONGS, PropValue::Long(5), true),
        (Relop::Eq, LONGS, PropValue::Long(4), false),
        (Relop::Eq, LONGS, PropValue::MvLong(vec![3, 5]), true),
        (Relop::Gt, LONGS, PropValue::MvLong(vec![3]), true),
        (Relop::Lt, LONGS, PropValue::MvLong(vec![4]), true),
    ] {
        let restriction = Restriction::property_value(relop, tag(tag_value), value.clone());
        let found = holds(&mut table, &restriction);
        assert_eq!(found, expected, "{relop:?} {tag_value:08X} {value:?}");
    }
}

#[test]
fn patterns_match_text_in_any_case() {
    let message = one(&[(NAME.value(), text("Anna Moss"))]);
    let mut table = message.recipient_table().unwrap();
    for (pattern, expected) in [
        ("a.na", true),
        ("^anna", true),
        ("^moss", false),
        ("MOSS$", true),
        ("anna$", false),
        ("^an*a mos*$", true),
        ("^x*anna", true),
        ("m[a-p]ss", true),
        ("m[^a-p]ss", false),
        ("", true),
        ("^$", false),
        (".*.*.*.*.*.*.*.*.*.*.*.*q", false),
    ] {
        let restriction = Restriction::property(Relop::Re, PR_DISPLAY_NAME_W, pattern);
        assert_eq!(holds(&mut table, &restriction), expected, "{pattern:?}");
    }
}
