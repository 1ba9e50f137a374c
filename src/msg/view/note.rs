//! Sticky notes, journal entries and posts.

use super::field::{fields, stored_enum, view};
use crate::error::Result;
use crate::msg::message::Message;
use crate::named::*;
use crate::tags::{PR_BODY_W, PR_SUBJECT_W};
use crate::wire::FileTime;

stored_enum! {
    /// The colour of a sticky note.
    NoteColor {
        /// 0.
        Blue = 0,
        /// 1.
        Green = 1,
        /// 2.
        Pink = 2,
        /// 3.
        Yellow = 3,
        /// 4.
        White = 4,
    }
}

view! {
    /// A sticky note: `IPM.StickyNote`. Its subject is the first line of its text.
    Note, "IPM.StickyNote"
}

fields! { Note {
    /// The text.
    text: String = PR_BODY_W;
    /// The colour.
    color, set_color(NoteColor): NoteColor = PID_LID_NOTE_COLOR;
    /// The width in pixels.
    width, set_width(i32): i32 = PID_LID_NOTE_WIDTH;
    /// The height in pixels.
    height, set_height(i32): i32 = PID_LID_NOTE_HEIGHT;
    /// How far from the left of the screen, in pixels.
    left: i32 = PID_LID_NOTE_X;
    /// How far from the top of the screen, in pixels.
    top: i32 = PID_LID_NOTE_Y;
}}

impl Note<'_> {
    /// Sets the text, and its first line as the subject.
    ///
    /// # Errors
    /// As [`MapiProp::set`](crate::MapiProp::set).
    pub fn set_text(&self, text: &str) -> Result<()> {
        super::field::write(&self.message, Self::CLASS, PR_BODY_W, text)?;
        self.message.set(PR_SUBJECT_W, text.lines().next().unwrap_or_default())
    }
}

view! {
    /// An entry in a journal: `IPM.Activity`.
    Journal, "IPM.Activity"
}

fields! { Journal {
    /// The subject.
    subject, set_subject(&str): String = PR_SUBJECT_W;
    /// What was done, such as `Phone call`.
    kind, set_kind(&str): String = PID_LID_LOG_TYPE;
    /// The same for showing.
    kind_text: String = PID_LID_LOG_TYPE_DESC;
    /// When it began, UTC.
    start, set_start(FileTime): FileTime = PID_LID_LOG_START;
    /// When it ended, UTC.
    end, set_end(FileTime): FileTime = PID_LID_LOG_END;
    /// How long it took, in minutes.
    duration, set_duration(i32): i32 = PID_LID_LOG_DURATION;
}}

view! {
    /// A post in a folder: `IPM.Post`, and `IPM.Post.RSS` from a news feed.
    Post, "IPM.Post"
}

fields! { Post {
    /// The subject.
    subject, set_subject(&str): String = PR_SUBJECT_W;
    /// The address of the item in its feed.
    link: String = PID_LID_POST_RSS_ITEM_LINK;
    /// The address of the feed.
    channel_link: String = PID_LID_POST_RSS_CHANNEL_LINK;
    /// The item as the feed had it.
    item_xml: String = PID_LID_POST_RSS_ITEM_XML;
}}
