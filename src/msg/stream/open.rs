//! Opening a stream on a property: where its bytes come from. Spec: imessage-contract 3.1,
//! OpenProperty.

use super::{Data, Live, OpenStream, StreamCell};
use crate::error::{Code, Error, Result};
use crate::msg::body::Body;
use crate::msg::computed::{Answer, new_flags};
use crate::msg::handle::ObjectId;
use crate::msg::object::is_locked;
use crate::prop::{Prop, PropTag, PropType, PropValue, computed, encode_stream};
use crate::wire::Text;
use std::sync::{Arc, Mutex, Weak};

const DOING: &str = "open property stream";

fn refuse<T>(code: Code, note: impl Into<String>) -> Result<T> {
    Err(Error::new(code, DOING).note(note))
}

/// Whether a type is served by streams; the error says why not.
fn check_type(prop_type: PropType) -> Result<()> {
    match prop_type {
        PropType::PT_STRING8
        | PropType::PT_UNICODE
        | PropType::PT_BINARY
        | PropType::PT_SVREID
        | PropType::PT_SRESTRICTION
        | PropType::PT_ACTIONS => Ok(()),
        PropType::PT_UNSPECIFIED | PropType::PT_NULL | PropType::PT_ERROR => {
            refuse(Code::InvalidParameter, "a stream needs a tag with a type")
        }
        PropType::PT_OBJECT => {
            refuse(Code::InterfaceNotSupported, "an object is opened as message, storage or table")
        }
        other => refuse(Code::NoSupport, format!("{other} has no stream")),
    }
}

/// The value that begins a property as a stream of this type.
fn raw_value(prop_type: PropType, bytes: &[u8]) -> PropValue {
    match prop_type {
        PropType::PT_UNICODE => PropValue::Unicode(Text::from_utf16le(bytes)),
        PropType::PT_STRING8 => PropValue::String8(bytes.to_vec()),
        PropType::PT_BINARY => PropValue::Binary(bytes.to_vec()),
        other => PropValue::Opaque(other, bytes.to_vec()),
    }
}

impl Body {
    /// The stream that is open on a property, or a new one.
    pub(super) fn open_stream(
        &mut self,
        id: ObjectId,
        tag: PropTag,
        how: OpenStream,
    ) -> Result<Arc<StreamCell>> {
        let open = self.core(id)?.streams.get(&tag.id()).and_then(Weak::upgrade);
        if let Some(open) = open {
            return Ok(open);
        }
        check_type(tag.prop_type())?;
        if how != OpenStream::Read {
            self.check_stream_writable(id, tag)?;
        }
        let data = match how {
            OpenStream::Read => self.stream_for_reading(id, tag)?,
            OpenStream::Modify => Data::Live(Mutex::new(self.stream_for_change(id, tag)?)),
            OpenStream::Create => Data::Live(Mutex::new(self.new_stream(id, tag)?)),
        };
        let cell = StreamCell { tag, data, writable: how != OpenStream::Read, position: 0.into() };
        let cell = Arc::new(cell);
        let core = self.core(id)?;
        core.streams.retain(|_, cell| cell.strong_count() > 0);
        core.streams.insert(tag.id(), Arc::downgrade(&cell));
        Ok(cell)
    }

    fn check_stream_writable(&mut self, id: ObjectId, tag: PropTag) -> Result<()> {
        let core = self.core(id)?;
        core.check_writable(DOING)?;
        let own = computed(tag.id(), core.kind);
        if own || core.props.flags(tag.id()).is_some_and(is_locked) {
            return refuse(Code::NoAccess, "the property is not writeable");
        }
        Ok(())
    }

    fn stream_for_reading(&mut self, id: ObjectId, tag: PropTag) -> Result<Data> {
        let stored = matches!(self.computed(id, tag.id())?, Answer::Stored);
        let core = self.core(id)?;
        if stored && core.props.flags(tag.id()).is_some_and(|flags| flags & 6 == 4) {
            return refuse(Code::NoAccess, "the property is not readable");
        }
        let live = core.writable;
        if stored && core.props.tag(tag.id()) == Some(tag) && !core.props.is_pending(tag.id()) {
            let missing = || Error::new(Code::NotFound, DOING).note("the entry has no stream");
            let stream = core.props.give_out(tag)?.ok_or_else(missing)?;
            return Ok(match live || stream.as_bytes().is_none() {
                true => Data::Live(Mutex::new(Live::Element(stream))),
                false => Data::Fixed(stream),
            });
        }
        let bytes = self.value_bytes(id, tag)?;
        Ok(match live {
            true => Data::Live(Mutex::new(Live::Own(bytes))),
            false => Data::FixedBytes(bytes),
        })
    }

    /// The bytes of a value in the type of a tag.
    fn value_bytes(&mut self, id: ObjectId, tag: PropTag) -> Result<Vec<u8>> {
        let missing = || Error::new(Code::NotFound, DOING).note(format!("there is no {tag}"));
        let value = self.get_prop(id, tag)?.ok_or_else(missing)?;
        encode_stream(&value).ok_or_else(missing)
    }

    fn stream_for_change(&mut self, id: ObjectId, tag: PropTag) -> Result<Live> {
        self.remember_body(id, tag.id())?;
        let core = self.core(id)?;
        if core.props.tag(tag.id()) == Some(tag) && !core.props.is_pending(tag.id()) {
            return Ok(Live::Element(core.props.give_out_for_change(tag, None)?));
        }
        // In another width than the stored one, or not yet in a stream of its own.
        Ok(Live::Own(self.value_bytes(id, tag)?))
    }

    fn new_stream(&mut self, id: ObjectId, tag: PropTag) -> Result<Live> {
        let empty = raw_value(tag.prop_type(), &[]);
        self.check_id(tag.id()).map_err(|code| Error::new(code, DOING))?;
        self.check_room(id, tag.id()).map_err(|code| Error::new(code, DOING))?;
        self.remember_body(id, tag.id())?;
        self.data_is_replaced(id, tag);
        let value = self.in_form(id, empty)?;
        let core = self.core(id)?;
        core.touch(tag.id());
        let flags = new_flags(core.kind, tag.id());
        if value.prop_type() == tag.prop_type() {
            return Ok(Live::Element(core.props.give_out_for_change(tag, Some(flags))?));
        }
        core.props.set(Prop { tag: tag.with_type(value.prop_type()), value }, flags);
        Ok(Live::Own(Vec::new()))
    }

    /// Makes the bytes that were written through streams of their own the values of their properties.
    pub(crate) fn take_written(&mut self, id: ObjectId) -> Result<()> {
        if self.core(id)?.written.is_empty() {
            return Ok(());
        }
        let written = std::mem::take(&mut self.core(id)?.written);
        for (prop, cell) in written {
            let Some(value) = cell.own_bytes(|bytes| raw_value(cell.tag.prop_type(), bytes)) else {
                continue;
            };
            let value = self.in_form(id, value)?;
            let core = self.core(id)?;
            core.touch(prop);
            let flags = new_flags(core.kind, prop);
            core.props.set(Prop { tag: cell.tag.with_type(value.prop_type()), value }, flags);
        }
        Ok(())
    }
}
