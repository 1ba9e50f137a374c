//! Sticky notes and journal entries.

use super::{props, view};
use crate::error::Result;
use crate::prop::named_tags::*;
use crate::prop::tags::PR_BODY_W;
use crate::wire::FileTime;

view! {
    /// A sticky note. Its first line is its subject.
    ///
    /// Spec: msg-format 3.4 (PSETID_Note).
    Note, "IPM.StickyNote"
}

view! {
    /// A journal entry: something that was done.
    ///
    /// Spec: msg-format 3.4 (PSETID_Log).
    Journal, "IPM.Activity"
}

/// The paper of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteColor {
    /// Blue.
    Blue,
    /// Green.
    Green,
    /// Pink.
    Pink,
    /// Yellow.
    Yellow,
    /// White.
    White,
}

props! { Note {
    /// The text.
    text, set_text: PR_BODY_W => String, &str;
    /// The width in pixels.
    width, set_width: PID_LID_NOTE_WIDTH => i32, i32;
    /// The height in pixels.
    height, set_height: PID_LID_NOTE_HEIGHT => i32, i32;
    /// The distance from the left edge of the screen in pixels.
    x, set_x: PID_LID_NOTE_X => i32, i32;
    /// The distance from the top of the screen in pixels.
    y, set_y: PID_LID_NOTE_Y => i32, i32;
} }

impl Note<'_> {
    /// The colour of the paper.
    ///
    /// # Errors
    /// Those of reading the property.
    pub fn color(&self) -> Result<Option<NoteColor>> {
        Ok(match self.get(PID_LID_NOTE_COLOR)? {
            Some(0) => Some(NoteColor::Blue),
            Some(1) => Some(NoteColor::Green),
            Some(2) => Some(NoteColor::Pink),
            Some(3) => Some(NoteColor::Yellow),
            Some(4) => Some(NoteColor::White),
            _ => None,
        })
    }

    /// Sets the colour of the paper.
    ///
    /// # Errors
    /// Those of setting the property.
    pub fn set_color(&self, color: NoteColor) -> Result<()> {
        let value = match color {
            NoteColor::Blue => 0,
            NoteColor::Green => 1,
            NoteColor::Pink => 2,
            NoteColor::Yellow => 3,
            NoteColor::White => 4,
        };
        self.set(PID_LID_NOTE_COLOR, value)
    }
}

props! { Journal {
    /// What was done, such as "Phone call".
    kind, set_kind: PID_LID_LOG_TYPE => String, &str;
    /// What was done, as people read it.
    description, set_description: PID_LID_LOG_TYPE_DESC => String, &str;
    /// When it began.
    start, set_start: PID_LID_LOG_START => FileTime, FileTime;
    /// When it ended.
    end, set_end: PID_LID_LOG_END => FileTime, FileTime;
    /// How long it took, in minutes.
    duration_minutes, set_duration_minutes: PID_LID_LOG_DURATION => i32, i32;
} }
