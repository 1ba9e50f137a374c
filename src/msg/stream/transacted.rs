//! Streams whose writes wait for a commit: `STGM_TRANSACTED`. Spec: imessage-contract 3.1,
//! OpenProperty; C-125.

use super::cell::{Data, Live, StreamCell, Transacted, reverted};
use super::open::{check_type, raw_value};
use super::{OpenStream, PropStream};
use crate::error::{Code, Error, Result};
use crate::msg::body::Body;
use crate::msg::computed::new_flags;
use crate::msg::handle::ObjectId;
use crate::msg::object::MapiProp;
use crate::prop::{Prop, PropTag};
use std::sync::{Arc, Mutex};

impl<'s> MapiProp<'s> {
    /// As [`MapiProp::open_stream`], but what is written waits for [`PropStream::commit`]
    /// (`STGM_TRANSACTED`): until then the object has what it had before, and dropping the stream or
    /// [`PropStream::revert`] forgets it. A property that [`OpenStream::Create`] makes is there from
    /// the first commit on.
    ///
    /// What is written lies in memory until it is committed. If a stream on the property is open
    /// already, it is that one, transacted or not.
    ///
    /// Spec: C-125.
    ///
    /// # Errors
    /// As [`MapiProp::open_stream`].
    ///
    /// # Example
    /// ```
    /// use openimsg::{CompoundFile, Message, OpenStream, tags::PR_HTML};
    /// use std::io::Write;
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// let mut html = message.open_transacted_stream(PR_HTML.tag(), OpenStream::Create)?;
    /// html.write_all(b"<p>")?;
    /// assert_eq!(message.get(PR_HTML)?, None);
    /// html.commit()?;
    /// assert_eq!(message.get(PR_HTML)?, Some(b"<p>".to_vec()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_transacted_stream(&self, tag: PropTag, how: OpenStream) -> Result<PropStream<'s>> {
        PropStream::open(&self.handle, |body, id| match how {
            OpenStream::Read => body.open_stream(id, tag, how),
            _ => body.open_transacted(id, tag, how == OpenStream::Create),
        })
    }
}

impl Body {
    fn open_transacted(
        &mut self,
        id: ObjectId,
        tag: PropTag,
        create: bool,
    ) -> Result<Arc<StreamCell>> {
        if let Some(open) = self.open_cell(id, tag)? {
            return Ok(open);
        }
        check_type(tag.prop_type())?;
        self.check_stream_writable(id, tag)?;
        let bytes = match create {
            true => {
                self.check_new_stream(id, tag)?;
                Vec::new()
            }
            false => self.value_bytes(id, tag)?,
        };
        let pending = Transacted { base: Arc::new(bytes), work: None, fresh: create };
        self.insert_cell(id, tag, Data::Live(Mutex::new(Live::Transacted(pending))), true)
    }

    /// Makes what was written through a transacted stream the value of its property.
    pub(super) fn commit_stream(&mut self, id: ObjectId, cell: &StreamCell) -> Result<()> {
        const DOING: &str = "commit stream";
        let tag = cell.tag;
        self.take_written(id)?;
        let bytes = match cell.live().as_deref() {
            Some(Live::Transacted(pending)) if pending.fresh || pending.work.is_some() => {
                raw_value(tag.prop_type(), pending.bytes())
            }
            Some(Live::Ended) => return Err(reverted(DOING)),
            _ => return Ok(()),
        };
        if !self.core(id)?.writable {
            let note = "the object is open for reading";
            return Err(Error::new(Code::StgAccessDenied, DOING).note(note));
        }
        self.check_room(id, tag.id()).map_err(|_| {
            Error::new(Code::StgMediumFull, DOING).note("the object has no room for a property")
        })?;
        self.remember_body(id, tag.id())?;
        self.data_is_replaced(id, tag);
        let value = self.in_form(id, bytes)?;
        let core = self.core(id)?;
        core.touch(tag.id());
        let flags = core.props.flags(tag.id()).unwrap_or(new_flags(core.kind, tag.id()));
        core.set(Prop { tag: tag.with_type(value.prop_type()), value }, flags);
        if let Some(Live::Transacted(pending)) = cell.live().as_deref_mut() {
            pending.fresh = false;
            if let Some(work) = pending.work.take() {
                pending.base = Arc::new(work);
            }
        }
        Ok(())
    }
}

impl StreamCell {
    pub(super) fn is_transacted(&self) -> bool {
        matches!(self.live().as_deref(), Some(Live::Transacted(_)))
    }

    /// Forgets what was written since the last commit.
    pub(super) fn revert(&self) {
        if let Some(Live::Transacted(pending)) = self.live().as_deref_mut() {
            pending.work = None;
        }
    }
}
