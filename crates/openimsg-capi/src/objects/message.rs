//! `IMessage`: what messages have beside properties.

use super::props::{Kind, PropObject, hand_out, object};
use super::table::TableObject;
use crate::abi::*;
use crate::ffi::foreign::ForeignProgress;
use crate::ffi::{Iface, In, Out, Ref, This};
use crate::gate;
use crate::values::given_rows;
use openimsg::mapi::attach;
use openimsg::mapi::recipients::modify_recipients as modify;
use openimsg::mapi::tables::ComTable;
use openimsg::{Guid, Message, Progress, Result};
use std::ptr::null_mut;

/// The message that a method is called on. Only messages have a table with these methods.
fn message<'a>(
    this: &'a This<PropObject>,
    doing: &'static str,
) -> Result<(&'a PropObject, &'a Message<'static>)> {
    let object = object(this, doing)?;
    match &object.kind {
        Kind::Message(message) => Ok((object, message)),
        Kind::Attachment(_) => gate::refuse(openimsg::Code::InvalidObject, doing),
    }
}

/// Opens one of the tables.
type OpenTable = fn(&Message<'static>, u32, Option<&mut Option<ComTable<'static>>>) -> Result<()>;

fn open_table(
    this: &This<PropObject>,
    flags: u32,
    mut out: Out<Raw>,
    doing: &'static str,
    open: OpenTable,
) -> Scode {
    gate::done(|| {
        let place = out.begin(null_mut());
        let (object, message) = message(this, doing)?;
        let mut table = None;
        open(message, flags, place.is_some().then_some(&mut table))?;
        if let (Some(place), Some(table)) = (place, table) {
            *place = Ref::new(TableObject::new(object.family(), table)).into_raw();
        }
        Ok(())
    })
}

pub(super) extern "system" fn get_attachment_table(
    this: This<PropObject>,
    flags: u32,
    out: Out<Raw>,
) -> Scode {
    open_table(&this, flags, out, "open attachment table", attach::get_attachment_table)
}

pub(super) extern "system" fn get_recipient_table(
    this: This<PropObject>,
    flags: u32,
    out: Out<Raw>,
) -> Scode {
    open_table(&this, flags, out, "open recipient table", attach::get_recipient_table)
}

pub(super) extern "system" fn open_attach(
    this: This<PropObject>,
    number: u32,
    iid: In<GUID>,
    flags: u32,
    mut out: Out<Raw>,
) -> Scode {
    gate::done(|| {
        let place = out.begin(null_mut());
        let (object, message) = message(&this, "open attachment")?;
        let mut found = None;
        let slot = place.is_some().then_some(&mut found);
        let iid = iid.get().map(|iid| Guid::from(*iid));
        attach::open_attach(message, number, iid, flags, slot)?;
        if let (Some(place), Some(found)) = (place, found) {
            *place = hand_out(object.family(), Kind::Attachment(found));
        }
        Ok(())
    })
}

pub(super) extern "system" fn create_attach(
    this: This<PropObject>,
    iid: In<GUID>,
    flags: u32,
    mut number: Out<u32>,
    mut out: Out<Raw>,
) -> Scode {
    gate::done(|| {
        let place = out.begin(null_mut());
        let number = number.begin(0);
        let (object, message) = message(&this, "create attachment")?;
        let mut made = None;
        let slot = place.is_some().then_some(&mut made);
        let iid = iid.get().map(|iid| Guid::from(*iid));
        attach::create_attach(message, iid, flags, number, slot)?;
        if let (Some(place), Some(made)) = (place, made) {
            *place = hand_out(object.family(), Kind::Attachment(made));
        }
        Ok(())
    })
}

pub(super) extern "system" fn delete_attach(
    this: This<PropObject>,
    number: u32,
    _window: usize,
    progress: Iface,
    flags: u32,
) -> Scode {
    gate::done(|| {
        let (_, message) = message(&this, "delete attachment")?;
        let mut progress = ForeignProgress::keep(progress);
        let progress = progress.as_mut().map(|progress| progress as &mut dyn Progress);
        attach::delete_attach(message, number, progress, flags)
    })
}

pub(super) extern "system" fn modify_recipients(
    this: This<PropObject>,
    flags: u32,
    list: In<AdrList>,
) -> Scode {
    gate::done(|| {
        let (_, message) = message(&this, "modify recipients")?;
        modify(message, flags, given_rows(list).as_deref())
    })
}

pub(super) extern "system" fn submit_message(this: This<PropObject>, flags: u32) -> Scode {
    gate::done(|| attach::submit_message(message(&this, "submit message")?.1, flags))
}

pub(super) extern "system" fn set_read_flag(this: This<PropObject>, flags: u32) -> Scode {
    gate::done(|| attach::set_read_flag(message(&this, "set read flag")?.1, flags))
}
