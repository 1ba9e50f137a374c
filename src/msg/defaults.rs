//! What makes an item mail that was received, or a draft. Spec: msg-format 1.10, 1.11.

use super::body::Body;
use super::handle::ObjectId;
use super::message::Message;
use crate::error::{Error, Result};
use crate::prop::{Prop, PropId, PropTag, PropValue};

const READ: i32 = 0x1;
const UNMODIFIED: i32 = 0x2;
const SUBMITTED: i32 = 0x4;
const UNSENT: i32 = 0x8;
const RESEND: i32 = 0x80;

const CLASS: u32 = 0x001A_001F;
const FLAGS: u32 = 0x0E07_0003;
const SUBMIT_TIME: u16 = 0x0039;
const DELIVERY_TIME: u32 = 0x0E06_0040;

impl Message<'_> {
    /// Makes the message one that was received and read: Outlook opens it for reading.
    ///
    /// Sets `PR_MESSAGE_FLAGS` to read, not a draft, not submitted; and, where they are absent,
    /// `PR_MESSAGE_CLASS` "IPM.Note", normal `PR_IMPORTANCE`, `PR_PRIORITY` and `PR_SENSITIVITY`, and
    /// `PR_MESSAGE_DELIVERY_TIME`: the submit time, or now. Nothing else is changed, and nothing is saved.
    ///
    /// Spec: msg-format 1.10, 1.11.
    ///
    /// # Errors
    /// [`NoAccess`](crate::Code::NoAccess) on a read-only message.
    ///
    /// # Example
    /// ```
    /// use openimsg::{CompoundFile, Message, tags::*};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// assert_eq!(message.get(PR_MESSAGE_FLAGS)?, Some(0xA)); // as MAPI makes it: a draft
    /// message.mark_as_received()?;
    /// assert_eq!(message.get(PR_MESSAGE_FLAGS)?, Some(0x1));
    /// assert_eq!(message.get(PR_MESSAGE_CLASS_W)?.as_deref(), Some("IPM.Note"));
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    pub fn mark_as_received(&self) -> Result<()> {
        self.handle().with("mark message as received", |body, id| {
            body.mark(id, READ)?;
            let own = body.core(id)?.props.get(PropId::new(SUBMIT_TIME))?;
            let time = match own.map(|prop| prop.value) {
                Some(PropValue::SysTime(time)) if !time.is_none() => time,
                _ => body.clock().now(),
            };
            body.fill_in(id, DELIVERY_TIME, PropValue::SysTime(time))
        })
    }

    /// Makes the message a draft: Outlook opens it for writing, with a button that sends it.
    ///
    /// Sets `PR_MESSAGE_FLAGS` to unsent, not read, not submitted; and, where they are absent, class,
    /// importance, priority and sensitivity as [`Message::mark_as_received`] does. Times stay.
    ///
    /// Spec: msg-format 1.10, 1.11.
    ///
    /// # Errors
    /// [`NoAccess`](crate::Code::NoAccess) on a read-only message.
    pub fn mark_as_draft(&self) -> Result<()> {
        self.handle().with("mark message as draft", |body, id| body.mark(id, UNSENT))
    }
}

impl Body {
    /// Sets the flag that makes the difference, and what both kinds have.
    fn mark(&mut self, id: ObjectId, flag: i32) -> Result<()> {
        self.core(id)?.check_writable("mark message")?;
        let old = self.long(id, PropTag::new(FLAGS).id())?.unwrap_or(0);
        let flags = old & !(READ | UNMODIFIED | SUBMITTED | UNSENT | RESEND) | flag;
        self.set_own(id, FLAGS, PropValue::Long(flags))?;
        self.fill_in(id, CLASS, PropValue::Unicode("IPM.Note".into()))?;
        for (tag, value) in [(0x0017_0003, 1), (0x0026_0003, 0), (0x0036_0003, 0)] {
            self.fill_in(id, tag, PropValue::Long(value))?;
        }
        Ok(())
    }

    /// Sets a property that is absent.
    fn fill_in(&mut self, id: ObjectId, tag: u32, value: PropValue) -> Result<()> {
        match self.core(id)?.props.tag(PropTag::new(tag).id()) {
            Some(_) => Ok(()),
            None => self.set_own(id, tag, value),
        }
    }

    fn set_own(&mut self, id: ObjectId, tag: u32, value: PropValue) -> Result<()> {
        let set = self.set_prop(id, Prop { tag: PropTag::new(tag), value }, false);
        set.map_err(|code| Error::new(code, "mark message"))
    }
}
