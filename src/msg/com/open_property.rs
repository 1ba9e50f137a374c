//! `IMAPIProp::OpenProperty`: by the matrix of properties and interfaces.

use super::last_error::noted;
use super::tables::ComTable;
use super::{
    APPEND, CREATE, DEFERRED_ERRORS, IID_IMAPIPROP, IID_IMAPITABLE, IID_IMESSAGE,
    IID_ISEQUENTIALSTREAM, IID_ISTORAGE, IID_ISTREAM, IID_IUNKNOWN, MODIFY, Out, UNICODE,
    check_flags, given, output, unsupported,
};
use crate::error::{Code, Error, Result};
use crate::msg::attach::{Access, Attachment};
use crate::msg::message::Message;
use crate::msg::object::MapiProp;
use crate::msg::stream::{OpenStream, PropStream};
use crate::prop::{ObjectKind, PropTag, PropType};
use crate::stg::{Mode, Storage};
use crate::wire::Guid;
use std::io::{Seek, SeekFrom};
use std::sync::Arc;

const DOING: &str = "open property";

/// What [`open_property`] opened.
pub enum Opened<'s> {
    /// An `IStream` on a value.
    Stream(PropStream<'s>),
    /// The `IMessage` in an attachment.
    Message(Message<'s>),
    /// The `IStorage` in an attachment.
    Storage(Arc<dyn Storage>),
    /// An `IMAPITable`.
    Table(Box<ComTable<'s>>),
}

impl std::fmt::Debug for Opened<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Opened::Stream(_) => "Stream",
            Opened::Message(_) => "Message",
            Opened::Storage(_) => "Storage",
            Opened::Table(_) => "Table",
        })
    }
}

/// `IMAPIProp::OpenProperty`.
///
/// # Errors
/// In this order: null pointers and tags without a type [`Code::InvalidParameter`], flags
/// [`Code::UnknownFlags`], types that have no interface [`Code::NoSupport`], [`Code::NoAccess`],
/// [`Code::NotFound`], [`Code::InterfaceNotSupported`].
pub fn open_property<'s>(
    object: &MapiProp<'s>,
    tag: u32,
    iid: Option<Guid>,
    options: u32,
    flags: u32,
    opened: Out<'_, Opened<'s>>,
) -> Result<()> {
    let done = output(opened, DOING).and_then(|out| {
        object.check_open(DOING)?;
        let iid = given(iid, DOING)?;
        let tag = PropTag::new(tag);
        let prop_type = tag.prop_type();
        if [PropType::PT_UNSPECIFIED, PropType::PT_NULL, PropType::PT_ERROR].contains(&prop_type) {
            let note = "the tag needs a type";
            return Err(Error::new(Code::InvalidParameter, DOING).note(note));
        }
        check_flags(flags, MODIFY | CREATE | APPEND | DEFERRED_ERRORS, DOING)?;
        // Who creates changes.
        let flags = if flags & CREATE != 0 { flags | MODIFY } else { flags };
        *out = Some(open(object, tag, iid, options, flags)?);
        Ok(())
    });
    noted(object, done)
}

fn open<'s>(
    object: &MapiProp<'s>,
    tag: PropTag,
    iid: Guid,
    options: u32,
    flags: u32,
) -> Result<Opened<'s>> {
    let is_message =
        object.handle.with(DOING, |body, id| Ok(body.core(id)?.kind == ObjectKind::Message))?;
    match (tag.id().value(), is_message) {
        (0x0E12 | 0x0E13, true) => return open_table(object, tag, iid, options, flags),
        (0x3701, false) if tag.prop_type() == PropType::PT_OBJECT || iid == IID_ISTORAGE => {
            return open_data(object, tag, iid, flags);
        }
        _ => {}
    }
    match tag.prop_type() {
        PropType::PT_OBJECT => {
            check_access(object, flags)?;
            unsupported(
                if exists(object, tag)? { Code::InterfaceNotSupported } else { Code::NotFound },
                DOING,
            )
        }
        _ => open_stream(object, tag, iid, options, flags),
    }
}

/// A number of an open stream: opening the property again gives the same, a clone has another.
#[must_use]
pub fn stream_key(stream: &PropStream<'_>) -> usize {
    stream.position_key()
}

fn check_access(object: &MapiProp<'_>, flags: u32) -> Result<()> {
    if flags & MODIFY != 0 { object.check_writable(DOING) } else { Ok(()) }
}

fn exists(object: &MapiProp<'_>, tag: PropTag) -> Result<bool> {
    Ok(object.prop_list()?.iter().any(|listed| listed.id() == tag.id()))
}

fn open_table<'s>(
    object: &MapiProp<'s>,
    tag: PropTag,
    iid: Guid,
    options: u32,
    flags: u32,
) -> Result<Opened<'s>> {
    check_flags(options, UNICODE, DOING)?;
    check_access(object, flags)?;
    if iid != IID_IMAPITABLE && iid != IID_IUNKNOWN {
        return unsupported(Code::InterfaceNotSupported, DOING);
    }
    let message = Message::of(Arc::clone(&object.handle));
    let table = match tag.id().value() {
        0x0E12 => message.recipient_table()?,
        _ => message.attachment_table()?,
    };
    Ok(Opened::Table(Box::new(ComTable::new(table, options & UNICODE != 0))))
}

/// The object in an attachment.
fn open_data<'s>(object: &MapiProp<'s>, tag: PropTag, iid: Guid, flags: u32) -> Result<Opened<'s>> {
    check_access(object, flags)?;
    let attachment = Attachment::of(Arc::clone(&object.handle), 0);
    let as_message = [IID_IMESSAGE, IID_IMAPIPROP, IID_IUNKNOWN].contains(&iid);
    let create = flags & CREATE != 0;
    let (has_storage, has_message) = (attachment.has_storage()?, attachment.has_message()?);
    if !create && !has_storage && !exists(object, tag)? {
        return unsupported(Code::NotFound, DOING);
    }
    let access = if flags & MODIFY != 0 { Access::Modify } else { Access::Read };
    match (as_message, iid == IID_ISTORAGE) {
        (true, _) if create => Ok(Opened::Message(attachment.create_message()?)),
        (true, _) if has_message => Ok(Opened::Message(attachment.open_message_with(access)?)),
        (_, true) if create => Ok(Opened::Storage(attachment.create_storage()?)),
        (_, true) if has_storage => Ok(Opened::Storage(attachment.open_storage_with(access)?)),
        _ => unsupported(Code::InterfaceNotSupported, DOING),
    }
}

fn open_stream<'s>(
    object: &MapiProp<'s>,
    tag: PropTag,
    iid: Guid,
    options: u32,
    flags: u32,
) -> Result<Opened<'s>> {
    let how = match flags & (MODIFY | CREATE) {
        0 => OpenStream::Read,
        MODIFY => OpenStream::Modify,
        _ => OpenStream::Create,
    };
    let has_stream = matches!(
        tag.prop_type(),
        PropType::PT_STRING8 | PropType::PT_UNICODE | PropType::PT_BINARY
    );
    if !has_stream {
        return unsupported(Code::NoSupport, DOING);
    }
    let serves = [IID_ISTREAM, IID_ISEQUENTIALSTREAM, IID_IUNKNOWN].contains(&iid);
    if !serves {
        check_access(object, flags)?;
        let there = how == OpenStream::Create || exists(object, tag)?;
        return unsupported(
            if there { Code::InterfaceNotSupported } else { Code::NotFound },
            DOING,
        );
    }
    let is_open = object.handle.with_open_streams(DOING, |body, id| {
        let open = body.core(id)?.streams.get(&tag.id());
        Ok(open.is_some_and(|cell| cell.strong_count() > 0))
    })?;
    let mut stream = match Mode::from_bits(options).is_transacted() {
        true => object.open_transacted_stream(tag, how)?,
        false => object.open_stream(tag, how)?,
    };
    // A stream that is open already is the same object, flags of the later call do not matter.
    if flags & APPEND != 0 && !is_open {
        stream.seek(SeekFrom::End(0)).map_err(|e| Error::new(Code::CallFailed, DOING).source(e))?;
    }
    Ok(Opened::Stream(stream))
}
