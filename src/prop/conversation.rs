//! The conversation index: where a message stands in its thread.

use super::fields::Fields;
use crate::error::Result;
use crate::wire::{FileTime, Guid};

/// `PR_CONVERSATION_INDEX`, taken apart: the thread, and one block for each reply.
///
/// Spec: msg-format 2.8 (MS-OXOMSG 2.2.1.3).
///
/// # Example
/// ```
/// use openimsg::ConversationIndex;
///
/// let mut bytes = vec![0x01, 0xDA, 0x6F, 0x01, 0x23, 0x45];   // the upper part of the time
/// bytes.extend([7; 16]);                                      // the thread
/// bytes.extend([0, 0, 0, 1, 0]);                              // one reply
/// let index = ConversationIndex::parse(&bytes)?;
/// assert_eq!((index.started.ticks(), index.replies.len()), (0x01DA_6F01_2345_0000, 1));
/// assert_eq!(index.to_bytes(), bytes);
/// # Ok::<(), openimsg::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConversationIndex {
    /// When the thread began, to 6.5 ms: the lower 16 bits are not stored.
    pub started: FileTime,
    /// The thread.
    pub thread: Guid,
    /// The replies from the first to this message.
    pub replies: Vec<ReplyBlock>,
    /// Less than a whole block at the end, as stored.
    pub rest: Vec<u8>,
}

/// One reply in a conversation index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplyBlock {
    /// How long after the message before, in units of 2^18 or, with the top bit set, 2^23 ticks.
    pub delay: u32,
    /// Four random bits and a sequence number.
    pub level: u8,
}

impl ReplyBlock {
    /// How long after the message before, in ticks of 100 ns.
    #[must_use]
    pub fn delay_ticks(self) -> u64 {
        let units = u64::from(self.delay & 0x7FFF_FFFF);
        if self.delay & 0x8000_0000 == 0 { units << 18 } else { units << 23 }
    }
}

impl ConversationIndex {
    /// Takes the stored bytes apart.
    ///
    /// # Errors
    /// [`Code::CorruptData`](crate::Code::CorruptData) if there are fewer than 22.
    pub fn parse(bytes: &[u8]) -> Result<ConversationIndex> {
        let mut fields = Fields::new(bytes, "read conversation index", "MS-OXOMSG 2.2.1.3");
        let [a, b, c, d, e, f] = fields.array()?;
        let started = FileTime::from_ticks(u64::from_be_bytes([a, b, c, d, e, f, 0, 0]));
        let thread = Guid::from_bytes(fields.array()?);
        let (blocks, rest) = fields.rest().as_chunks::<5>();
        let block = |[a, b, c, d, level]: &[u8; 5]| ReplyBlock {
            delay: u32::from_be_bytes([*a, *b, *c, *d]),
            level: *level,
        };
        let replies = blocks.iter().map(block).collect();
        Ok(ConversationIndex { started, thread, replies, rest: rest.to_vec() })
    }

    /// The bytes as they are stored.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let [a, b, c, d, e, f, ..] = self.started.ticks().to_be_bytes();
        let mut out = vec![a, b, c, d, e, f];
        out.extend(self.thread.to_bytes());
        for reply in &self.replies {
            out.extend(reply.delay.to_be_bytes());
            out.push(reply.level);
        }
        out.extend(&self.rest);
        out
    }
}
