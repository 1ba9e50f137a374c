//! What belongs to a group of RTF, and ends with it. Spec: msg-format 5.2.

use super::rich::Looks;

/// What the text of a group is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dest {
    Body,
    /// Inside `\htmltag`.
    Tag,
    FontTable,
    Colors,
    /// What a field does.
    Instruction,
    /// Inside `\pict`.
    Picture,
    /// Not shown, but a destination inside may be.
    Holder,
    /// Not shown, nor anything inside.
    Skip,
}

/// The properties that end with their group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub(super) dest: Dest,
    /// The destination that a [`Dest::Holder`] stands in.
    pub(super) outer: Dest,
    pub(super) font: i32,
    /// `\uc`
    pub(super) fallback: u32,
    /// Between `\htmlrtf` and `\htmlrtf0`.
    pub(super) suppressed: bool,
    pub(super) hidden: bool,
    pub(super) footnote: bool,
    pub(super) link: bool,
    /// In the definition of a row of a table in a cell.
    pub(super) nested: bool,
    pub(super) looks: Looks,
}

impl Group {
    /// Whether a picture is shown here, or the place of an attachment.
    pub(super) fn shows_marks(&self) -> bool {
        let dest = if self.dest == Dest::Holder { self.outer } else { self.dest };
        dest == Dest::Body && !self.suppressed && !self.hidden
    }
}

/// The font that is in use before one is chosen: that of `\deff`.
pub(super) const DEFAULT_FONT: i32 = i32::MIN + 1;

/// What holds at the beginning.
pub(super) const START: Group = Group {
    dest: Dest::Body,
    outer: Dest::Body,
    font: DEFAULT_FONT,
    fallback: 1,
    suppressed: false,
    hidden: false,
    footnote: false,
    link: false,
    nested: false,
    looks: Looks::NONE,
};
