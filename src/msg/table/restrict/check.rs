//! What cannot be evaluated is refused before any row is tested.

use super::{Node, Relop, Restriction};
use crate::error::{Code, Error, Result};
use crate::prop::{PropTag, PropType, PropValue};

/// How many levels may lie in one another.
const DEPTH: usize = 256;

impl Restriction {
    /// Refuses what breaks the rules of its structure. Spec: imessage-contract 3.5.
    pub(in crate::msg::table) fn check(&self, doing: &'static str) -> Result<()> {
        let broken = if self.depth > DEPTH {
            Some("more than 256 levels")
        } else {
            self.nodes.iter().find_map(broken)
        };
        broken.map_or(Ok(()), |note| Err(Error::new(Code::TooComplex, doing).note(note)))
    }
}

fn broken(node: &Node) -> Option<&'static str> {
    const TYPES: &str = "the value has another type than the tag";
    match node {
        Node::Content(level, tag, value) => {
            let (one, other) = (tag.prop_type(), value.prop_type());
            if one != other && !(one.is_string() && other.is_string()) {
                return Some(TYPES);
            }
            if !one.is_string() && one != PropType::PT_BINARY {
                return Some("only text and bytes have content");
            }
            level.is_unknown().then_some("an unknown fuzzy level")
        }
        Node::Property(relop, tag, value) => {
            let element = tag.prop_type().value() & !PropType::MV_FLAG;
            let (one, other) = (tag.prop_type(), value.prop_type());
            if one != other && PropType::new(element) != other {
                return Some(TYPES);
            }
            pattern(*relop, other)
        }
        Node::CompareProps(relop, one, other) => {
            if one.prop_type() != other.prop_type() {
                return Some("the properties have different types");
            }
            pattern(*relop, one.prop_type())
        }
        Node::BitMask(_, tag, _) if tag.prop_type() != PropType::PT_LONG => {
            Some("only PT_LONG has bits")
        }
        Node::Size(Relop::Re, ..) => Some("a size matches no pattern"),
        Node::Exist(tag) if tag.prop_type() == PropType::PT_OBJECT => {
            Some("tables have no objects")
        }
        Node::Sub(_) => Some("rows have no sub-objects"),
        Node::Other(_) => Some("an unknown type of restriction"),
        _ => None,
    }
}

fn pattern(relop: Relop, prop_type: PropType) -> Option<&'static str> {
    (relop == Relop::Re && !prop_type.is_string()).then_some("only text matches a pattern")
}

/// The value in the form that rows have: 8-bit text as Unicode.
pub(super) fn wide(value: &PropValue) -> PropValue {
    let text = |bytes: &Vec<u8>| crate::wire::Text::from(&*String::from_utf8_lossy(bytes));
    match value {
        PropValue::String8(bytes) => PropValue::Unicode(text(bytes)),
        PropValue::MvString8(all) => PropValue::MvUnicode(all.iter().map(text).collect()),
        other => other.clone(),
    }
}

/// The tag in the form that rows have.
pub(super) fn wide_type(tag: PropTag) -> PropType {
    super::super::line::widened(tag).prop_type()
}
