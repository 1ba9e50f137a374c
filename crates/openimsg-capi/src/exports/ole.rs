//! Classes and user types of storages and streams.

use super::export;
use crate::abi::*;
use crate::ffi::{Iface, In, Out};
use crate::gate;
use crate::objects::family::Names;
use crate::objects::storage;
use crate::objects::stream::seek_stream;
use openimsg::com::ole;
use openimsg::{Guid, Storage};
use std::ptr::null_mut;
use std::sync::Arc;

fn guid(guid: In<GUID>) -> Option<Guid> {
    guid.get().map(|guid| Guid::from(*guid))
}

/// The storage, while it is looked at.
fn with<T>(given: Iface, work: impl FnOnce(Option<&Arc<dyn Storage>>) -> T) -> T {
    let storage = storage::given(given);
    work(storage.as_ref().map(|(storage, _)| storage))
}

/// Reads a class to a caller's place.
fn read_class(
    mut out: Out<GUID>,
    read: impl FnOnce(Option<&mut Guid>) -> openimsg::Result<()>,
) -> Scode {
    gate::done(|| {
        let mut class = Guid::NULL;
        let read = read((!out.is_null()).then_some(&mut class));
        out.put(class.into());
        read
    })
}

export! {
    /// Sets the class of a storage.
    fn WriteClassStg(storage: Iface, class: In<GUID>) -> Scode {
        gate::done(|| with(storage, |storage| ole::write_class_stg(storage, guid(class))))
    }

    /// The class of a storage.
    fn ReadClassStg(storage: Iface, out: Out<GUID>) -> Scode {
        if storage.is_null() {
            return gate::done(|| ole::read_class_stg(None, None));
        }
        read_class(out, |class| with(storage, |storage| ole::read_class_stg(storage, class)))
    }

    /// Writes a class to a stream.
    fn WriteClassStm(stream: Iface, class: In<GUID>) -> Scode {
        gate::done(|| ole::write_class_stm(seek_stream(stream).as_deref(), guid(class)))
    }

    /// Reads a class from a stream.
    fn ReadClassStm(stream: Iface, out: Out<GUID>) -> Scode {
        if stream.is_null() {
            return gate::done(|| ole::read_class_stm(None, None));
        }
        read_class(out, |class| ole::read_class_stm(seek_stream(stream).as_deref(), class))
    }

    /// Writes the clipboard format and the user type of a storage.
    fn WriteFmtUserTypeStg(storage: Iface, format: u16, user_type: In<u16>) -> Scode {
        gate::done(|| with(storage, |storage| {
            ole::write_fmt_user_type_stg(storage, format, user_type.terminated())
        }))
    }

    /// The clipboard format and the user type of a storage; the text is task memory.
    fn ReadFmtUserTypeStg(storage: Iface, mut format: Out<u16>, mut user_type: Out<Raw>) -> Scode {
        gate::done(|| {
            let (format, place) = (format.begin(0), user_type.begin(null_mut()));
            let mut text = None;
            let slot = place.is_some().then_some(&mut text);
            with(storage, |storage| ole::read_fmt_user_type_stg(storage, format, slot))?;
            if let (Some(place), Some(text)) = (place, text) {
                *place = Names::Task.string(&text.units().collect::<Vec<_>>());
            }
            Ok(())
        })
    }

    /// Whether a storage is marked for conversion: `S_OK` or `S_FALSE`.
    fn GetConvertStg(storage: Iface) -> Scode {
        gate::scode(|| with(storage, ole::get_convert_stg).map(|is| u32::from(!is)))
    }

    /// Marks a storage for conversion.
    fn SetConvertStg(storage: Iface, convert: i32) -> Scode {
        gate::done(|| with(storage, |storage| ole::set_convert_stg(storage, convert != 0)))
    }
}
