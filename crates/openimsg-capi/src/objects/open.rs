//! `IMAPIProp::OpenProperty`.

use super::props::{Kind, PropObject, hand_out, object};
use super::storage::StorageObject;
use super::stream::StreamObject;
use super::table::TableObject;
use crate::abi::*;
use crate::ffi::{In, Out, Ref, This};
use crate::gate;
use openimsg::Guid;
use openimsg::mapi::open_property::{Opened, open_property as open};
use std::ptr::null_mut;

pub(super) extern "system" fn open_property(
    this: This<PropObject>,
    tag: u32,
    iid: In<GUID>,
    options: u32,
    flags: u32,
    mut out: Out<Raw>,
) -> Scode {
    gate::done(|| {
        let place = out.begin(null_mut());
        let object = object(&this, "open property")?;
        let mut found = None;
        let slot = place.is_some().then_some(&mut found);
        let iid = iid.get().map(|iid| Guid::from(*iid));
        open(object.props(), tag, iid, options, flags, slot)?;
        if let (Some(place), Some(found)) = (place, found) {
            *place = opened(object, found);
        }
        Ok(())
    })
}

/// The object of what was opened.
fn opened(object: &PropObject, found: Opened<'static>) -> Raw {
    let family = object.family();
    match found {
        Opened::Message(message) => hand_out(family, Kind::Message(message)),
        Opened::Stream(stream) => family.object(StreamObject::of_value(family, stream)).into_raw(),
        Opened::Storage(storage) => {
            family.object(StorageObject::of_attachment(family, storage)).into_raw()
        }
        Opened::Table(table) => Ref::new(TableObject::new(family, *table)).into_raw(),
    }
}
