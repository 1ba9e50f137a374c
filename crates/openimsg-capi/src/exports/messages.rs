//! Sessions and messages on storages.

use super::export;
use crate::abi::*;
use crate::ffi::foreign::{ForeignSupport, Routine};
use crate::ffi::{Allocators, Held, Iface, In, Out, Ref};
use crate::gate;
use crate::objects::family::{Family, Keep, Malloc, Names};
use crate::objects::props::{IID_OWN, Kind, PropObject, own};
use crate::objects::storage;
use crate::values::{problems, put_block, tags};
use openimsg::mapi::attributes::{GivenObject, get_attributes, set_attributes};
use openimsg::mapi::session::{self, OpenOnStorage};
use openimsg::{Code, Message, Result};
use std::ptr::{null_mut, with_exposed_provenance_mut};
use std::sync::{Arc, OnceLock};

/// What a caller knows a session by: a number that looks like a pointer and is none.
type Session = Raw;

export! {
    /// Opens a message session.
    fn OpenIMsgSession(malloc: Iface, flags: u32, mut out: Out<Session>) -> Scode {
        gate::done(|| {
            let place = out.begin(null_mut());
            let malloc = Malloc::keep(malloc).map(|malloc| Arc::new(malloc) as _);
            let mut opened = None;
            session::open_session(malloc, flags, place.is_some().then_some(&mut opened))?;
            if let (Some(place), Some(opened)) = (place, opened) {
                *place = with_exposed_provenance_mut(opened);
            }
            Ok(())
        })
    }

    /// Closes a session, and everything open in it.
    fn CloseIMsgSession(session: Session) {
        gate::value((), || session::close_session(session.addr()));
    }

    /// Opens a message on a storage.
    fn OpenIMsgOnIStg(
        session: Session,
        allocate: Option<AllocateBuffer>,
        more: Option<AllocateMore>,
        free: Option<FreeBuffer>,
        malloc: Iface,
        support: Iface,
        storage: Iface,
        call: Option<CallRelease>,
        caller_data: u32,
        flags: u32,
        out: Out<Raw>,
    ) -> Scode {
        let call = call.map(|call| Call::Mapi(call, caller_data));
        open([allocate.map(Routine::Buffer), more.map(Routine::More), free.map(Routine::Free)],
            Given { session, malloc, support, storage, flags }, call, out)
    }

    /// The same with a context of a pointer's width for the callback; not MAPI's.
    fn OpenIMsgOnIStgEx(
        session: Session,
        allocate: Option<AllocateBuffer>,
        more: Option<AllocateMore>,
        free: Option<FreeBuffer>,
        malloc: Iface,
        support: Iface,
        storage: Iface,
        call: Option<CallReleaseEx>,
        context: Raw,
        flags: u32,
        out: Out<Raw>,
    ) -> Scode {
        let call = call.map(|call| Call::Ours(call, context.expose_provenance()));
        open([allocate.map(Routine::Buffer), more.map(Routine::More), free.map(Routine::Free)],
            Given { session, malloc, support, storage, flags }, call, out)
    }

    /// The attributes of properties.
    fn GetAttribIMsgOnIStg(object: Iface, list: In<SPropTagArray>, mut out: Out<Raw>) -> Scode {
        gate::status(|| {
            let there = out.begin(null_mut()).is_some();
            with_own(object, |given, object| {
                let mut found = None;
                let status = get_attributes(given, list.items(), there.then_some(&mut found))?;
                if let Some(object) = object {
                    object.put(&mut out, found.as_ref(), |writer, found| {
                        tags(writer, found.iter().copied());
                    })?;
                }
                Ok(status)
            })
        })
    }

    /// Sets attributes of properties.
    fn SetAttribIMsgOnIStg(
        object: Iface,
        list: In<SPropTagArray>,
        attributes: In<SPropTagArray>,
        mut out: Out<Raw>,
    ) -> Scode {
        gate::status(|| {
            let there = out.begin(null_mut()).is_some();
            with_own(object, |given, object| {
                let mut found = None;
                let slot = there.then_some(&mut found);
                let status = set_attributes(given, list.items(), attributes.items(), slot)?;
                if let Some(object) = object {
                    let found = found.as_ref();
                    put_block(&object.family().allocators, &mut out, found, |writer, found| {
                        problems(writer, found);
                    })?;
                }
                Ok(status)
            })
        })
    }

    /// The code of MAPI that a code of COM's storages comes to.
    fn MapStorageSCode(code: Scode) -> Scode {
        let code = gate::value(Code::CallFailed.scode(), || {
            openimsg::map_storage_scode(code.cast_unsigned())
        });
        code.cast_signed()
    }
}

/// What a message is opened with beside the allocators.
struct Given {
    session: Session,
    malloc: Iface,
    support: Iface,
    storage: Iface,
    flags: u32,
}

/// Whom to call at the end of a message, and with what.
#[derive(Clone, Copy)]
enum Call {
    Mapi(CallRelease, u32),
    Ours(CallReleaseEx, usize),
}

impl Call {
    fn call(self, message: Raw) {
        match self {
            Call::Mapi(call, data) => call(data, message),
            Call::Ours(call, context) => call(with_exposed_provenance_mut(context), message),
        }
    }
}

/// What the callback at the end of a message names it by, once it is open.
type Named = Arc<OnceLock<(Held<PropObject>, Arc<Family>)>>;

fn open(
    allocators: [Option<Routine>; 3],
    given: Given,
    call: Option<Call>,
    mut out: Out<Raw>,
) -> Scode {
    gate::done(|| {
        let place = out.begin(null_mut());
        let (storage, object) = match storage::given(given.storage) {
            Some((storage, object)) => (Some(storage), object),
            None => (None, None),
        };
        let malloc = Malloc::keep(given.malloc);
        let keep = malloc.map(|malloc| Arc::new(Keep { malloc, _storage: object }));
        let names = keep.as_ref().map_or(Names::Task, |keep| Names::Message(Arc::downgrade(keep)));
        let named: Named = Arc::default();
        let mut opened = None;
        session::open_message(
            OpenOnStorage {
                session: given.session.addr(),
                allocators,
                malloc: keep.map(|keep| keep as _),
                support: ForeignSupport::keep(given.support),
                storage,
                call: call.map(|call| callback(call, Arc::clone(&named))),
                caller_data: 0,
                flags: given.flags,
            },
            place.is_some().then_some(&mut opened),
        )?;
        let (Some(place), Some(opened)) = (place, opened) else { return Ok(()) };
        let family = Family::new(allocators_of(opened.allocators)?, names);
        let message = PropObject::new(&family, Kind::Message(opened.message));
        let message = family.object(message);
        // Only a callback needs it, and there is none before.
        let _ = named.set((message.held(), family));
        *place = message.into_raw();
        Ok(())
    })
}

/// What runs at the end of a message: the caller's function, with the pointer that he knows.
fn callback(call: Call, named: Named) -> session::Call {
    Box::new(move |_, closed: Message<'static>| {
        let Some((held, family)) = named.get() else { return };
        let shown: Ref<PropObject> = held.lend(PropObject::new(family, Kind::Message(closed)));
        call.call(shown.raw());
    })
}

/// The routines, each in its place.
fn allocators_of(routines: [Routine; 3]) -> Result<Allocators> {
    match routines {
        [Routine::Buffer(allocate), Routine::More(more), Routine::Free(free)] => {
            Ok(Allocators { allocate, more, free })
        }
        _ => gate::refuse(Code::InvalidParameter, "open message"),
    }
}

/// Looks whose object it is, by an interface that only ours have.
fn with_own<T>(
    object: Iface,
    work: impl FnOnce(GivenObject<'_, 'static>, Option<&PropObject>) -> Result<T>,
) -> Result<T> {
    if object.is_null() {
        return work(GivenObject::Null, None);
    }
    let found = object.query(IID_OWN);
    let object = found.and_then(own);
    if let Some(found) = found {
        found.release();
    }
    match object.as_ref().and_then(Ref::get) {
        Some(object) => work(GivenObject::Own(object.props()), Some(object)),
        None => work(GivenObject::Foreign, None),
    }
}
