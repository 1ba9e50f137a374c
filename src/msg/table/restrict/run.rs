//! Testing rows: the list of a restriction is run over a stack of verdicts.

use super::super::compare::{compare, equal};
use super::super::line::Line;
use super::check::{wide, wide_type};
use super::{BitMask, FuzzyLevel, Node, Relop, Restriction, pattern};
use crate::prop::{PropTag, PropType, PropValue};
use crate::wire::Text;
use std::cmp::Ordering;

/// A restriction at work on one row after the other.
pub(in crate::msg::table) struct Running<'a> {
    restriction: &'a Restriction,
    /// The constants, in the form that rows have.
    constants: Vec<Option<PropValue>>,
    /// What each count has left; `None` where counts do not matter.
    left: Option<Vec<u32>>,
}

impl<'a> Running<'a> {
    /// `counting`: rows come in view order, and counts are kept.
    pub(in crate::msg::table) fn new(restriction: &'a Restriction, counting: bool) -> Running<'a> {
        let constant = |node: &Node| match node {
            Node::Content(_, _, value) | Node::Property(_, _, value) => Some(wide(value)),
            _ => None,
        };
        let left = |node: &Node| if let Node::Count(rows) = node { *rows } else { 0 };
        let constants = restriction.nodes.iter().map(constant).collect();
        let left = counting.then(|| restriction.nodes.iter().map(left).collect());
        Running { restriction, constants, left }
    }

    /// Whether it holds for a row.
    pub(in crate::msg::table) fn holds(&mut self, line: &Line) -> bool {
        let mut stack: Vec<bool> = Vec::new();
        for (at, node) in self.restriction.nodes.iter().enumerate() {
            let constant = self.constants.get(at).and_then(Option::as_ref);
            let verdict = match node {
                Node::And(count) => parts(&mut stack, *count).all(|part| part),
                Node::Or(count) => parts(&mut stack, *count).any(|part| part),
                Node::Not => !stack.pop().unwrap_or(false),
                Node::Comment(true, _) => stack.pop().unwrap_or(false),
                Node::Comment(false, _) => true,
                Node::Count(_) => {
                    let left = self.left.as_mut().map(|left| left.get_mut(at));
                    match (stack.pop().unwrap_or(false), left) {
                        (true, Some(Some(left))) if *left > 0 => {
                            *left -= 1;
                            true
                        }
                        (holds, left) => holds && left.is_none(),
                    }
                }
                leaf => test(leaf, constant, line),
            };
            stack.push(verdict);
        }
        stack.pop().unwrap_or(false)
    }
}

fn parts(stack: &mut Vec<bool>, count: usize) -> impl Iterator<Item = bool> {
    stack.split_off(stack.len().saturating_sub(count)).into_iter()
}

/// The value of a property, if it has the type that the tag says.
fn value(line: &Line, tag: PropTag) -> Option<&PropValue> {
    line.get(tag.id()).filter(|value| value.prop_type() == wide_type(tag))
}

fn test(node: &Node, constant: Option<&PropValue>, line: &Line) -> bool {
    let holds = match node {
        Node::Content(level, tag, _) => {
            value(line, *tag).zip(constant).map(|(value, part)| content(*level, value, part))
        }
        Node::Property(relop, tag, _) => {
            value(line, *tag).zip(constant).map(|(value, other)| property(*relop, value, other))
        }
        Node::CompareProps(relop, one, other) => {
            let other = value(line, *other);
            value(line, *one).zip(other).map(|(one, other)| relates(*relop, one, other))
        }
        Node::BitMask(bits, tag, mask) => value(line, *tag).map(|value| {
            let PropValue::Long(value) = value else { return false };
            let set = u32::from_le_bytes(value.to_le_bytes()) & mask != 0;
            set == (*bits == BitMask::NotEqualZero)
        }),
        Node::Size(relop, tag, bytes) => value(line, *tag).map(|value| {
            let narrow = [PropType::PT_STRING8, PropType::PT_MV_STRING8].contains(&tag.prop_type());
            let size = u32::try_from(size(value, narrow)).unwrap_or(u32::MAX);
            decide(*relop, size.cmp(bytes), size == *bytes)
        }),
        Node::Exist(tag) => Some(line.get(tag.id()).is_some()),
        _ => None,
    };
    holds.unwrap_or(false)
}

fn content(level: FuzzyLevel, value: &PropValue, part: &PropValue) -> bool {
    match (value, part) {
        (PropValue::Unicode(value), PropValue::Unicode(part)) => {
            let chars = |text: &Text| level.characters(&text.to_string_lossy());
            level.matches(&chars(value), &chars(part))
        }
        (PropValue::Binary(value), PropValue::Binary(part)) => level.matches(value, part),
        _ => false,
    }
}

/// A property and a constant; of an array and a single value, any element will do.
fn property(relop: Relop, value: &PropValue, other: &PropValue) -> bool {
    if other.prop_type().is_multivalue() || !value.prop_type().is_multivalue() {
        return relates(relop, value, other);
    }
    let any = |element: PropValue| relates(relop, &element, other);
    match value {
        PropValue::MvI2(all) => all.iter().copied().map(PropValue::I2).any(any),
        PropValue::MvLong(all) => all.iter().copied().map(PropValue::Long).any(any),
        PropValue::MvR4(all) => all.iter().copied().map(PropValue::R4).any(any),
        PropValue::MvDouble(all) => all.iter().copied().map(PropValue::Double).any(any),
        PropValue::MvCurrency(all) => all.iter().copied().map(PropValue::Currency).any(any),
        PropValue::MvAppTime(all) => all.iter().copied().map(PropValue::AppTime).any(any),
        PropValue::MvI8(all) => all.iter().copied().map(PropValue::I8).any(any),
        PropValue::MvUnicode(all) => all.iter().cloned().map(PropValue::Unicode).any(any),
        PropValue::MvSysTime(all) => all.iter().copied().map(PropValue::SysTime).any(any),
        PropValue::MvClsid(all) => all.iter().copied().map(PropValue::Clsid).any(any),
        PropValue::MvBinary(all) => all.iter().cloned().map(PropValue::Binary).any(any),
        _ => false,
    }
}

fn relates(relop: Relop, one: &PropValue, other: &PropValue) -> bool {
    match (relop, one, other) {
        (Relop::Re, PropValue::Unicode(text), PropValue::Unicode(wanted)) => {
            pattern::matches(&wanted.to_string_lossy(), &text.to_string_lossy())
        }
        _ => decide(relop, compare(one, other), equal(one, other)),
    }
}

fn decide(relop: Relop, order: Ordering, equal: bool) -> bool {
    match relop {
        Relop::Lt => order.is_lt(),
        Relop::Le => order.is_lt() || equal,
        Relop::Gt => order.is_gt(),
        Relop::Ge => order.is_gt() || equal,
        Relop::Eq => equal,
        Relop::Ne => !equal,
        Relop::Re => false,
    }
}

/// The size of a value in bytes; text with its terminator.
fn size(value: &PropValue, narrow: bool) -> usize {
    let text = |text: &Text| match narrow {
        true => text.to_string_lossy().len() + 1,
        false => 2 * text.units().count() + 2,
    };
    match value {
        PropValue::Null | PropValue::Object => 0,
        PropValue::I2(_) | PropValue::Boolean(_) => 2,
        PropValue::Long(_) | PropValue::R4(_) | PropValue::Error(_) => 4,
        PropValue::Clsid(_) => 16,
        PropValue::Unicode(value) => text(value),
        PropValue::String8(bytes) | PropValue::Binary(bytes) | PropValue::Opaque(_, bytes) => {
            bytes.len()
        }
        PropValue::MvI2(all) => 2 * all.len(),
        PropValue::MvLong(all) => 4 * all.len(),
        PropValue::MvR4(all) => 4 * all.len(),
        PropValue::MvDouble(all) | PropValue::MvAppTime(all) => 8 * all.len(),
        PropValue::MvCurrency(all) | PropValue::MvI8(all) => 8 * all.len(),
        PropValue::MvSysTime(all) => 8 * all.len(),
        PropValue::MvClsid(all) => 16 * all.len(),
        PropValue::MvUnicode(all) => all.iter().map(text).sum(),
        PropValue::MvBinary(all) | PropValue::MvString8(all) => all.iter().map(Vec::len).sum(),
        _ => 8,
    }
}

/// Whether a value contains another, as `RES_CONTENT` asks: for callers with values of their own.
pub(in crate::msg) fn value_contains(
    value: &PropValue,
    part: &PropValue,
    level: FuzzyLevel,
) -> bool {
    content(level, &wide(value), &wide(part))
}

/// Whether two values relate, as `RES_PROPERTY` asks.
pub(in crate::msg) fn values_relate(relop: Relop, one: &PropValue, other: &PropValue) -> bool {
    property(relop, &wide(one), &wide(other))
}

/// The order of two values.
pub(in crate::msg) fn values_compare(one: &PropValue, other: &PropValue) -> Ordering {
    compare(&wide(one), &wide(other))
}
