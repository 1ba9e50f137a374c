//! Keeping the plain text and the RTF of a message alike: MAPI's `RTFSync`.

use super::message::Message;
use crate::body::{rtf_compress, text_to_rtf};
use crate::error::Result;
use crate::prop::tags::{PR_BODY_W, PR_RTF_COMPRESSED, PR_RTF_IN_SYNC};
use bitflags::bitflags;

bitflags! {
    /// Which body was changed: the flags of `RTFSync`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct RtfSync: u32 {
        /// The RTF: the plain text is made from it (`RTF_SYNC_RTF_CHANGED`). It wins over the text.
        const RTF_CHANGED = 1;
        /// The plain text: the RTF is replaced by it, unless the two differ in white space only
        /// (`RTF_SYNC_BODY_CHANGED`).
        const BODY_CHANGED = 2;
    }
}

impl Message<'_> {
    /// Makes one body from the other after one of them was changed, and tells whether anything was set.
    /// `PR_RTF_IN_SYNC` is true then. Nothing is saved.
    ///
    /// Spec: C-267 (imessage-contract 1.12, 4.5).
    ///
    /// # Errors
    /// [`NoAccess`](crate::Code::NoAccess) on a read-only message,
    /// [`CorruptData`](crate::Code::CorruptData) for RTF that cannot be read,
    /// [`ObjectDeleted`](crate::Code::ObjectDeleted).
    ///
    /// # Example
    /// ```
    /// use openimsg::{CompoundFile, Message, RtfSync, body, tags::*};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// message.set(PR_RTF_COMPRESSED, body::rtf_compress(b"{\\rtf1\\ansi Hello\\par}"))?;
    /// assert!(message.rtf_sync(RtfSync::RTF_CHANGED)?);
    /// assert_eq!(message.get(PR_BODY_W)?.as_deref().map(str::trim_end), Some("Hello"));
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    pub fn rtf_sync(&self, changed: RtfSync) -> Result<bool> {
        const DOING: &str = "synchronise bodies";
        self.handle().with(DOING, |body, id| body.core(id)?.check_writable(DOING))?;
        if changed.is_empty() {
            return Ok(false);
        }
        let bodies = self.bodies();
        let rtf = bodies.rtf()?;
        let pages = self.handle().with(DOING, |body, id| body.rtf_pages(id))?;
        let text_of = |rtf: &[u8]| pages.text(rtf).map(|found| found.text);
        if changed.contains(RtfSync::RTF_CHANGED) {
            let Some(rtf) = rtf else { return Ok(false) };
            self.set(PR_BODY_W, text_of(&rtf)?)?;
            self.set(PR_RTF_IN_SYNC, true)?;
            return Ok(true);
        }
        let Some(text) = bodies.plain()? else { return Ok(false) };
        if let Some(rtf) = rtf {
            // RTF that cannot be read says nothing that could be kept.
            let same = text_of(&rtf).is_ok_and(|there| solid(&there).eq(solid(&text)));
            if same {
                return Ok(false);
            }
        }
        self.set(PR_RTF_COMPRESSED, rtf_compress(&text_to_rtf(&text)))?;
        self.set(PR_RTF_IN_SYNC, true)?;
        Ok(true)
    }
}

/// A text without its white space.
fn solid(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !c.is_whitespace())
}
