//! `IStream`: on values of properties, in storages, in memory, on files.

use super::family::{Family, Member, Names};
use crate::abi::*;
use crate::ffi::foreign::ForeignCursor;
use crate::ffi::refcount::unknown;
use crate::ffi::{Answer, Class, Foreign, Iface, In, Out, Ref, This};
use crate::gate;
use openimsg::com::streams;
use openimsg::mapi::{IID_ISEQUENTIALSTREAM, IID_ISTREAM, open_property::stream_key};
use openimsg::{ElementKind, Error, Guid, PropStream, Result, SeekStream, StatStg};
use std::ptr::null_mut;
use std::sync::Arc;

/// A stream of a caller's.
pub(crate) struct StreamObject {
    pub(crate) stream: Arc<dyn SeekStream>,
    /// Its place, if opening again gives the same object.
    pub(crate) member: Option<Member>,
    names: Names,
    /// It is written or read from one end to the other: much of `IStream` is not offered, and the last
    /// `Release` commits. Spec: imessage-contract 1.12, `WrapCompressedRTFStream`.
    wrapped: bool,
}

impl StreamObject {
    /// A stream of its own.
    pub(crate) fn new(stream: Arc<dyn SeekStream>, names: Names) -> StreamObject {
        StreamObject { stream, member: None, names, wrapped: false }
    }

    /// RTF in a compressed value.
    pub(crate) fn wrapped(stream: Arc<dyn SeekStream>) -> StreamObject {
        StreamObject { wrapped: true, ..StreamObject::new(stream, Names::Task) }
    }

    /// A stream on the value of a property.
    pub(crate) fn of_value(family: &Arc<Family>, stream: PropStream<'static>) -> StreamObject {
        let member = Member { family: Arc::clone(family), number: stream_key(&stream) };
        let names = family.names.clone();
        StreamObject { stream: Arc::new(stream), member: Some(member), names, wrapped: false }
    }
}

/// The table of streams.
pub(crate) static STREAM: StreamTable<This<StreamObject>> = StreamTable {
    unknown: unknown::<StreamObject>(),
    read,
    write,
    seek,
    set_size,
    copy_to,
    commit,
    revert,
    lock_region,
    unlock_region,
    stat,
    clone_stream,
};

impl Class for StreamObject {
    fn table(&self) -> *const UnknownTable<This<StreamObject>> {
        &raw const STREAM.unknown
    }

    fn query(_: &Ref<StreamObject>, iid: Guid) -> Answer {
        match [IID_ISTREAM, IID_ISEQUENTIALSTREAM].contains(&iid) {
            true => Answer::This,
            false => Answer::No,
        }
    }

    fn retire(&self, address: usize) {
        if let Some(member) = &self.member {
            member.leave::<StreamObject>(address);
        }
    }

    fn ended(self) {
        if self.wrapped {
            // There is no answer that could tell of a failure: who wants to know commits.
            let _ = self.stream.commit(0);
        }
    }
}

/// `E_NOTIMPL`, for what a wrapped stream does not offer.
const NOT_IMPLEMENTED: u32 = 0x8000_4001;

/// The same for calls that only whole streams offer.
fn run_whole(this: &This<StreamObject>, work: impl FnOnce(&dyn SeekStream) -> Result<()>) -> Scode {
    match this.get() {
        Some(StreamObject { wrapped: true, .. }) => NOT_IMPLEMENTED.cast_signed(),
        _ => run(this, work),
    }
}

/// A released stream answers as one that was taken away.
pub(super) fn reverted(doing: &'static str) -> Error {
    Error::new(openimsg::Code::StgReverted, doing)
}

fn run(this: &This<StreamObject>, work: impl FnOnce(&dyn SeekStream) -> Result<()>) -> Scode {
    gate::done(|| {
        let object = this.get().ok_or_else(|| reverted("use stream"))?;
        work(&*object.stream)
    })
}

extern "system" fn read(
    this: This<StreamObject>,
    mut buffer: Out<u8>,
    len: u32,
    mut count: Out<u32>,
) -> Scode {
    let count = count.begin(0);
    run(&this, |stream| streams::read(stream, buffer.buffer(len), count))
}

extern "system" fn write(
    this: This<StreamObject>,
    data: In<u8>,
    len: u32,
    mut count: Out<u32>,
) -> Scode {
    let count = count.begin(0);
    run(&this, |stream| streams::write(stream, data.slice(len), count))
}

extern "system" fn seek(
    this: This<StreamObject>,
    by: i64,
    origin: u32,
    mut position: Out<u64>,
) -> Scode {
    let position = position.begin(0);
    run_whole(&this, |stream| streams::seek(stream, by, origin, position))
}

extern "system" fn set_size(this: This<StreamObject>, size: u64) -> Scode {
    run_whole(&this, |stream| stream.set_size(size))
}

extern "system" fn copy_to(
    this: This<StreamObject>,
    target: Iface,
    limit: u64,
    mut read: Out<u64>,
    mut written: Out<u64>,
) -> Scode {
    let (read, written) = (read.begin(0), written.begin(0));
    run(&this, |stream| {
        let target = seek_stream(target);
        streams::copy_to(stream, target.as_deref(), limit, read, written)
    })
}

/// A caller's stream: one of ours as it is, or another's wrapped; `None` for null.
pub(crate) fn seek_stream(given: Iface) -> Option<Arc<dyn SeekStream>> {
    if let Some(own) = Ref::of(given, &raw const STREAM.unknown) {
        return own.get().map(|object| Arc::clone(&object.stream));
    }
    Some(Arc::new(ForeignCursor::new(Foreign::keep(given)?)))
}

extern "system" fn commit(this: This<StreamObject>, flags: u32) -> Scode {
    run(&this, |stream| stream.commit(flags))
}

extern "system" fn revert(this: This<StreamObject>) -> Scode {
    run_whole(&this, |stream| stream.revert())
}

extern "system" fn lock_region(this: This<StreamObject>, at: u64, len: u64, kind: u32) -> Scode {
    run_whole(&this, |stream| stream.lock_region(at, len, kind))
}

extern "system" fn unlock_region(this: This<StreamObject>, at: u64, len: u64, kind: u32) -> Scode {
    run_whole(&this, |stream| stream.unlock_region(at, len, kind))
}

extern "system" fn stat(this: This<StreamObject>, mut out: Out<STATSTG>, flag: u32) -> Scode {
    let place = out.begin(STATSTG::EMPTY);
    run_whole(&this, |stream| {
        let object = this.get().ok_or_else(|| reverted("stat stream"))?;
        let mut found = None;
        streams::stat(stream, place.is_some().then_some(&mut found), flag)?;
        if let (Some(place), Some(found)) = (place, found) {
            *place = stat_stg(&found, None, flag, &object.names)?;
        }
        Ok(())
    })
}

extern "system" fn clone_stream(this: This<StreamObject>, mut out: Out<Raw>) -> Scode {
    let place = out.begin(null_mut());
    run_whole(&this, |stream| {
        let object = this.get().ok_or_else(|| reverted("clone stream"))?;
        let mut found = None;
        streams::clone(stream, place.is_some().then_some(&mut found))?;
        if let (Some(place), Some(found)) = (place, found) {
            let clone = StreamObject::new(found, object.names.clone());
            *place = Ref::new(clone).into_raw();
        }
        Ok(())
    })
}

/// A `STATSTG`, with a name that the caller frees: `path`, or the element's own; none with
/// `STATFLAG_NONAME`.
pub(super) fn stat_stg(
    stat: &StatStg,
    path: Option<&[u16]>,
    flag: u32,
    names: &Names,
) -> Result<STATSTG> {
    let own = stat.name.as_ref().map(openimsg::ElementName::units);
    let name = path.or(own).filter(|_| flag == 0);
    let name = name.map_or(null_mut(), |units| names.string(units));
    let wants_name = flag == 0 && (path.is_some() || own.is_some());
    if wants_name && name.is_null() {
        return gate::refuse(openimsg::Code::StgInsufficientMemory, "name element");
    }
    Ok(STATSTG {
        name,
        kind: if stat.kind == ElementKind::Storage { 1 } else { 2 },
        size: stat.size,
        modified: stat.modified.into(),
        created: stat.created.into(),
        mode: stat.mode.bits(),
        class: stat.class.into(),
        state_bits: stat.state_bits,
        ..STATSTG::EMPTY
    })
}
