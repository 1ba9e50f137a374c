//! The read mark of a message, and its refusal to be sent. Spec: imessage-contract 3.2.

use super::body::Body;
use super::handle::ObjectId;
use super::message::Message;
use crate::error::{Code, Error, Result};
use crate::prop::{Prop, PropId, PropTag, PropValue};
use bitflags::bitflags;

bitflags! {
    /// What [`Message::set_read_flag`] does: the flags of `IMessage::SetReadFlag`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct ReadFlags: u32 {
        /// Mark as read; no report is wanted any more.
        const SUPPRESS_RECEIPT = 1;
        /// Mark as unread.
        const CLEAR_READ_FLAG = 4;
        /// Only a report, which a message in a file cannot send.
        const GENERATE_RECEIPT_ONLY = 0x10;
        /// No read report is pending.
        const CLEAR_RN_PENDING = 0x20;
        /// No non-read report is pending.
        const CLEAR_NRN_PENDING = 0x40;
    }
}

const READ: i32 = 0x1;
const ASSOCIATED: i32 = 0x40;
const RN_PENDING: i32 = 0x100;
const NRN_PENDING: i32 = 0x200;

const MESSAGE_FLAGS: PropTag = PropTag::new(0x0E07_0003);
const RECEIPT_REQUESTED: PropTag = PropTag::new(0x0029_000B);

/// The message flags after the call.
fn changed(old: i32, flags: ReadFlags) -> i32 {
    let unread = old & READ == 0;
    let mut new = old;
    let only_receipt = flags.contains(ReadFlags::GENERATE_RECEIPT_ONLY);
    let pending = ReadFlags::CLEAR_RN_PENDING | ReadFlags::CLEAR_NRN_PENDING;
    if flags.contains(ReadFlags::SUPPRESS_RECEIPT) && !only_receipt {
        new = (new | READ) & !(RN_PENDING | NRN_PENDING);
    } else if flags.contains(ReadFlags::CLEAR_READ_FLAG) {
        new &= !READ;
    } else if flags.difference(pending).is_empty() && !flags.intersects(pending) {
        new |= READ;
        if unread {
            new &= !RN_PENDING;
        }
    }
    if old & ASSOCIATED != 0 {
        new = (new & !READ) | (old & READ);
    }
    if flags.contains(ReadFlags::CLEAR_RN_PENDING) {
        new &= !RN_PENDING;
    }
    if flags.contains(ReadFlags::CLEAR_NRN_PENDING) {
        new &= !NRN_PENDING;
    }
    new
}

impl Body {
    fn set_read_flag(&mut self, id: ObjectId, flags: ReadFlags) -> Result<()> {
        const DOING: &str = "set read flag";
        let both = |a, b| flags.contains(a) && flags.contains(b);
        if both(ReadFlags::SUPPRESS_RECEIPT, ReadFlags::CLEAR_READ_FLAG)
            || both(ReadFlags::CLEAR_READ_FLAG, ReadFlags::GENERATE_RECEIPT_ONLY)
        {
            let note = "clearing the read mark goes with no receipt flag";
            return Err(Error::new(Code::InvalidParameter, DOING).note(note));
        }
        self.core(id)?.check_writable(DOING)?;
        let stored = self.core(id)?.props.get(MESSAGE_FLAGS.id())?.map(|prop| prop.value);
        let old = match stored {
            Some(PropValue::Long(old)) => old,
            _ => 0,
        };
        let refused = |code| Error::new(code, DOING);
        let new = changed(old, flags);
        if new != old {
            let prop = Prop { tag: MESSAGE_FLAGS, value: PropValue::Long(new) };
            self.set_prop(id, prop, false).map_err(refused)?;
        }
        let quiet = both(ReadFlags::SUPPRESS_RECEIPT, ReadFlags::GENERATE_RECEIPT_ONLY);
        if quiet && self.has_receipt_request(id)? {
            let prop = Prop { tag: RECEIPT_REQUESTED, value: PropValue::Boolean(false) };
            self.set_prop(id, prop, false).map_err(refused)?;
        }
        Ok(())
    }

    fn has_receipt_request(&mut self, id: ObjectId) -> Result<bool> {
        let found = self.core(id)?.props.get(PropId::new(0x0029))?.map(|prop| prop.value);
        Ok(found.is_some_and(|value| value != PropValue::Boolean(false)))
    }
}

impl Message<'_> {
    /// Marks the message as read, or as the flags say: `IMessage::SetReadFlag`. Nothing is saved, and
    /// no report is sent. A message with `MSGFLAG_ASSOCIATED` keeps its read mark.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] for [`ReadFlags::CLEAR_READ_FLAG`] with a receipt flag;
    /// [`Code::NoAccess`] on a read-only message.
    ///
    /// # Example
    /// ```
    /// use openimsg::{CompoundFile, Message, ReadFlags, tags::*};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// message.set_read_flag(ReadFlags::empty())?;
    /// assert_eq!(message.get(PR_MESSAGE_FLAGS)?.map(|flags| flags & 1), Some(1));
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    /// Spec: C-202, C-203, C-204, C-205.
    pub fn set_read_flag(&self, flags: ReadFlags) -> Result<()> {
        self.handle().with("set read flag", |body, id| body.set_read_flag(id, flags))
    }
}
