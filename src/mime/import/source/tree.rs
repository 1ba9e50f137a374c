//! The parts of a mail: an arena in the order in which they begin. Spec: msg-format 6.8.

use super::super::decode::Encoding;
use std::ops::Range;

/// The number of a part in its tree.
pub(in super::super) type PartId = usize;

/// What a part is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Kind {
    /// Parts.
    Multi(Multi),
    /// A mail: its only child is the mail's own top part, unless that has a transfer encoding.
    Mail,
    /// text/plain, or no type.
    Plain,
    /// text/html.
    Html,
    /// text/calendar.
    Calendar,
    /// Bytes.
    Other,
}

/// The kinds of parts that are made of parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Multi {
    Alternative,
    Related,
    Signed,
    Report,
    Digest,
    /// multipart/mixed, and every other one.
    Mixed,
}

/// One part.
#[derive(Debug)]
pub(in super::super) struct Part {
    pub(in super::super) parent: Option<PartId>,
    /// Its number among the parts of its parent, from 1.
    pub(in super::super) number: u32,
    /// Its header fields, without the empty line after them.
    pub(in super::super) header: Range<u64>,
    /// Its content, as transferred.
    pub(in super::super) body: Range<u64>,
    pub(in super::super) kind: Kind,
    pub(in super::super) encoding: Encoding,
    /// Whether Content-Disposition says attachment.
    pub(in super::super) attached: bool,
    pub(in super::super) children: Vec<PartId>,
    /// How many mails it is in, the first not counted.
    pub(in super::super) depth: usize,
}

/// All parts of one source. The first one is the mail itself.
#[derive(Debug, Default)]
pub(in super::super) struct Tree {
    pub(in super::super) parts: Vec<Part>,
}

impl Tree {
    pub(in super::super) fn get(&self, id: PartId) -> Option<&Part> {
        self.parts.get(id)
    }

    /// `part 1.2`: the second part of the first; `part 1` for a mail that has one part only.
    pub(in super::super) fn place(&self, id: PartId) -> String {
        let mut numbers = Vec::new();
        let mut at = self.get(id);
        while let Some(part) = at {
            if part.number > 0 {
                numbers.push(part.number.to_string());
            }
            at = part.parent.and_then(|parent| self.get(parent));
        }
        if numbers.is_empty() {
            return "part 1".to_owned();
        }
        numbers.reverse();
        format!("part {}", numbers.join("."))
    }

    /// The parts below one, in order, not into mails inside; itself first.
    pub(in super::super) fn below(&self, root: PartId) -> Vec<PartId> {
        let mut found = Vec::new();
        let mut left = vec![root];
        while let Some(id) = left.pop() {
            found.push(id);
            if let Some(part) = self.get(id).filter(|part| matches!(part.kind, Kind::Multi(_))) {
                left.extend(part.children.iter().rev());
            }
        }
        found
    }
}
