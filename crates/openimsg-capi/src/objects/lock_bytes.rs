//! `ILockBytes` over memory: what `CreateILockBytesOnHGlobal` gives.

use crate::abi::*;
use crate::ffi::foreign::ForeignLockBytes;
use crate::ffi::refcount::unknown;
use crate::ffi::{Answer, Class, Foreign, Iface, In, Out, Ref, This};
use crate::gate;
use openimsg::{Code, Error, Guid, LockBytes, Result};
use std::sync::Arc;

/// A byte array of a caller's, of ours.
pub(crate) struct LockBytesObject(Arc<dyn LockBytes>);

impl LockBytesObject {
    pub(crate) fn new(bytes: Arc<dyn LockBytes>) -> LockBytesObject {
        LockBytesObject(bytes)
    }
}

/// Its table.
static LOCK_BYTES: LockBytesTable<This<LockBytesObject>> = LockBytesTable {
    unknown: unknown::<LockBytesObject>(),
    read_at,
    write_at,
    flush,
    set_size,
    lock_region,
    unlock_region,
    stat,
};

impl Class for LockBytesObject {
    fn table(&self) -> *const UnknownTable<This<LockBytesObject>> {
        &raw const LOCK_BYTES.unknown
    }

    fn query(_: &Ref<LockBytesObject>, iid: Guid) -> Answer {
        if iid == Guid::mapi(0x0A) { Answer::This } else { Answer::No }
    }
}

/// A caller's byte array: one of ours as it is, or another's wrapped; `None` for null.
pub(crate) fn given(bytes: Iface) -> Option<Arc<dyn LockBytes>> {
    if let Some(own) = Ref::of(bytes, &raw const LOCK_BYTES.unknown) {
        return own.get().map(|object| Arc::clone(&object.0));
    }
    Some(ForeignLockBytes::new(Foreign::keep(bytes)?))
}

fn run(this: &This<LockBytesObject>, work: impl FnOnce(&dyn LockBytes) -> Result<()>) -> Scode {
    gate::done(|| {
        let ended = || Error::new(Code::StgReverted, "use lock bytes");
        work(&*this.get().ok_or_else(ended)?.0)
    })
}

fn null() -> Error {
    Error::new(Code::StgInvalidPointer, "use lock bytes").note("a required pointer is null")
}

extern "system" fn read_at(
    this: This<LockBytesObject>,
    at: u64,
    mut buffer: Out<u8>,
    len: u32,
    mut count: Out<u32>,
) -> Scode {
    count.put(0);
    run(&this, |bytes| {
        let got = bytes.read_at(at, buffer.buffer(len).ok_or_else(null)?)?;
        count.put(u32::try_from(got).unwrap_or(u32::MAX));
        Ok(())
    })
}

extern "system" fn write_at(
    this: This<LockBytesObject>,
    at: u64,
    data: In<u8>,
    len: u32,
    mut count: Out<u32>,
) -> Scode {
    count.put(0);
    run(&this, |bytes| {
        bytes.write_at(at, data.slice(len).ok_or_else(null)?)?;
        count.put(len);
        Ok(())
    })
}

extern "system" fn flush(this: This<LockBytesObject>) -> Scode {
    run(&this, |bytes| bytes.flush())
}

extern "system" fn set_size(this: This<LockBytesObject>, size: u64) -> Scode {
    run(&this, |bytes| bytes.set_size(size))
}

/// Memory offers no locks.
fn no_locks(this: &This<LockBytesObject>) -> Scode {
    run(this, |_| Err(Error::new(Code::StgInvalidFunction, "lock region")))
}

extern "system" fn lock_region(this: This<LockBytesObject>, _: u64, _: u64, _: u32) -> Scode {
    no_locks(&this)
}

extern "system" fn unlock_region(this: This<LockBytesObject>, _: u64, _: u64, _: u32) -> Scode {
    no_locks(&this)
}

extern "system" fn stat(this: This<LockBytesObject>, mut out: Out<STATSTG>, _flag: u32) -> Scode {
    run(&this, |bytes| {
        let place = out.begin(STATSTG::EMPTY).ok_or_else(null)?;
        // STGTY_LOCKBYTES.
        *place = STATSTG { kind: 3, size: bytes.size()?, ..STATSTG::EMPTY };
        Ok(())
    })
}
