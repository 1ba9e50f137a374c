//! Restrictions: conditions on rows. MAPI's `SRestriction`.
//!
//! A restriction is kept as a list in which parts come before the whole, so that no depth of nesting
//! needs a deep stack. Spec: imessage-contract 3.5.

mod check;
mod fuzzy;
mod pattern;
mod run;

pub use fuzzy::FuzzyLevel;
pub(super) use run::Running;

use crate::prop::{IntoValue, Kind, Prop, PropId, PropTag, PropValue, Tag};
pub(in crate::msg) use run::{value_contains, values_compare, values_relate};
use std::collections::HashSet;

/// How two values compare: MAPI's `RELOP_..`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relop {
    /// `RELOP_LT`.
    Lt,
    /// `RELOP_LE`.
    Le,
    /// `RELOP_GT`.
    Gt,
    /// `RELOP_GE`.
    Ge,
    /// `RELOP_EQ`: texts are equal in any case.
    Eq,
    /// `RELOP_NE`.
    Ne,
    /// `RELOP_RE`: a text matches a simple regular expression (`.` `*` `^` `$` `[]`), in any case.
    Re,
}

/// What the masked bits are to be: MAPI's `BMR_..`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BitMask {
    /// `BMR_EQZ`: none of them is set.
    EqualZero,
    /// `BMR_NEZ`: at least one is set.
    NotEqualZero,
}

/// A condition on the rows of a table: MAPI's `SRestriction`.
///
/// What compares with a property is false for a row without it, [`Relop::Ne`] too. A restriction may
/// name any property of the rows, also one that is no column. What cannot be evaluated is refused with
/// [`Code::TooComplex`](crate::Code::TooComplex) when it is used: values of another type than the tag
/// says, sub-restrictions, and more than 256 levels.
///
/// # Example
/// ```
/// use openimsg::{CompoundFile, FuzzyLevel, Message, Modify, Recipient, Relop, Restriction, tags::*};
///
/// let message = Message::create(CompoundFile::memory())?;
/// let rows = [Recipient::new("Zoë", "z@example.org"), Recipient::new("Ana", "a@example.org").cc()];
/// message.modify_recipients(Modify::Add, &rows)?;
///
/// let mut table = message.recipient_table()?;
/// let ana = FuzzyLevel::PREFIX | FuzzyLevel::IGNORE_CASE;
/// table.restrict(Some(&Restriction::and([
///     Restriction::content(ana, PR_DISPLAY_NAME_W, "an"),
///     Restriction::property(Relop::Eq, PR_RECIPIENT_TYPE, 2),
/// ])))?;
/// assert_eq!(table.row_count()?, 1);
/// # Ok::<(), openimsg::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Restriction {
    /// Parts before the whole.
    nodes: Vec<Node>,
    depth: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    And(usize),
    Or(usize),
    Not,
    /// Over its part, or over nothing.
    Comment(bool, Vec<Prop>),
    Count(u32),
    Content(FuzzyLevel, PropTag, PropValue),
    Property(Relop, PropTag, PropValue),
    CompareProps(Relop, PropTag, PropTag),
    BitMask(BitMask, PropTag, u32),
    Size(Relop, PropTag, u32),
    Exist(PropTag),
    Sub(PropTag),
    Other(u32),
}

impl Restriction {
    fn leaf(node: Node) -> Restriction {
        Restriction { nodes: vec![node], depth: 1 }
    }

    fn over(mut self, node: Node) -> Restriction {
        self.nodes.push(node);
        self.depth = self.depth.saturating_add(1);
        self
    }

    fn all(parts: impl IntoIterator<Item = Restriction>, node: fn(usize) -> Node) -> Restriction {
        let mut parts = parts.into_iter();
        let Some(mut all) = parts.next() else { return Restriction::leaf(node(0)) };
        let mut count = 1;
        for part in parts {
            all.nodes.extend(part.nodes);
            all.depth = all.depth.max(part.depth);
            count += 1;
        }
        all.over(node(count))
    }

    /// `RES_AND`: all hold. Of none: true.
    #[must_use]
    pub fn and(parts: impl IntoIterator<Item = Restriction>) -> Restriction {
        Restriction::all(parts, Node::And)
    }

    /// `RES_OR`: at least one holds. Of none: false.
    #[must_use]
    pub fn or(parts: impl IntoIterator<Item = Restriction>) -> Restriction {
        Restriction::all(parts, Node::Or)
    }

    /// `RES_NOT`: it does not hold.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "MAPI's word, beside and, or")]
    pub fn not(part: Restriction) -> Restriction {
        part.over(Node::Not)
    }

    /// `RES_CONTENT`: text or bytes hold the value, as the level says.
    #[must_use]
    pub fn content<K: Kind>(
        level: FuzzyLevel,
        tag: Tag<K>,
        value: impl IntoValue<K>,
    ) -> Restriction {
        Restriction::content_value(level, tag.tag(), value.into_value())
    }

    /// The same for a tag that is only known as a number.
    #[must_use]
    pub fn content_value(level: FuzzyLevel, tag: PropTag, value: PropValue) -> Restriction {
        Restriction::leaf(Node::Content(level, tag, value))
    }

    /// `RES_PROPERTY`: the property compares so with the value.
    #[must_use]
    pub fn property<K: Kind>(relop: Relop, tag: Tag<K>, value: impl IntoValue<K>) -> Restriction {
        Restriction::property_value(relop, tag.tag(), value.into_value())
    }

    /// The same for a tag that is only known as a number. For an array and a value of its elements'
    /// type: whether any element compares so.
    #[must_use]
    pub fn property_value(relop: Relop, tag: PropTag, value: PropValue) -> Restriction {
        Restriction::leaf(Node::Property(relop, tag, value))
    }

    /// `RES_COMPAREPROPS`: two properties of the row compare so.
    #[must_use]
    pub fn compare_props(relop: Relop, one: PropTag, other: PropTag) -> Restriction {
        Restriction::leaf(Node::CompareProps(relop, one, other))
    }

    /// `RES_BITMASK`: bits of a `PT_LONG` property.
    #[must_use]
    pub fn bit_mask(bits: BitMask, tag: PropTag, mask: u32) -> Restriction {
        Restriction::leaf(Node::BitMask(bits, tag, mask))
    }

    /// `RES_SIZE`: the size of the value in bytes; of text in the form that the tag names, with its
    /// terminator.
    #[must_use]
    pub fn size(relop: Relop, tag: PropTag, bytes: u32) -> Restriction {
        Restriction::leaf(Node::Size(relop, tag, bytes))
    }

    /// `RES_EXIST`: the row has the property, of any type.
    #[must_use]
    pub fn exist(tag: PropTag) -> Restriction {
        Restriction::leaf(Node::Exist(tag))
    }

    /// `RES_SUBRESTRICTION`: a condition on rows of a sub-object. These tables always refuse it.
    #[must_use]
    pub fn sub_restriction(sub_object: PropTag, part: Restriction) -> Restriction {
        part.over(Node::Sub(sub_object))
    }

    /// `RES_COMMENT` and `RES_ANNOTATION`: what it is over, with values that do not matter; over
    /// nothing: true.
    #[must_use]
    pub fn comment(part: Option<Restriction>, values: Vec<Prop>) -> Restriction {
        match part {
            Some(part) => part.over(Node::Comment(true, values)),
            None => Restriction::leaf(Node::Comment(false, values)),
        }
    }

    /// `RES_COUNT`: holds for the first `rows` rows in view order that its part holds for.
    #[must_use]
    pub fn count(rows: u32, part: Restriction) -> Restriction {
        part.over(Node::Count(rows))
    }

    /// A restriction of a type that this library does not know; always refused.
    #[must_use]
    pub fn other(restriction_type: u32) -> Restriction {
        Restriction::leaf(Node::Other(restriction_type))
    }

    /// The properties that it asks for.
    pub(super) fn ids(&self) -> HashSet<PropId> {
        let mut ids = HashSet::new();
        for node in &self.nodes {
            match node {
                Node::Content(_, tag, _)
                | Node::Property(_, tag, _)
                | Node::BitMask(_, tag, _)
                | Node::Size(_, tag, _)
                | Node::Exist(tag) => ids.extend([tag.id()]),
                Node::CompareProps(_, one, other) => ids.extend([one.id(), other.id()]),
                _ => {}
            }
        }
        ids
    }

    /// Whether the order of the rows matters to it.
    pub(super) fn counts(&self) -> bool {
        self.nodes.iter().any(|node| matches!(node, Node::Count(_)))
    }
}
