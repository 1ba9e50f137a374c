//! A caller's `ILockBytes` as [`LockBytes`].

use super::storage::stat_of;
use super::{Foreign, Iface, answered};
use crate::abi::*;
use crate::ffi::{In, Out};
use openimsg::{Code, Error, LockBytes, LockTypes, Result};
use std::sync::Arc;

/// A byte array that lies somewhere else.
#[derive(Debug)]
pub(crate) struct ForeignLockBytes(Foreign<LockBytesTable<Iface>>);

impl ForeignLockBytes {
    pub(crate) fn new(bytes: Foreign<LockBytesTable<Iface>>) -> Arc<ForeignLockBytes> {
        Arc::new(ForeignLockBytes(bytes))
    }

    fn raw_stat(&self) -> Result<STATSTG> {
        const NO_NAME: u32 = 1;
        let mut stat = STATSTG::EMPTY;
        let scode = (self.0.table().stat)(self.0.this(), Out::lend(&mut stat), NO_NAME);
        answered(scode, "stat lock bytes").map(|_| stat)
    }
}

impl LockBytes for ForeignLockBytes {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let (len, mut got) = (u32::try_from(rest.len()).unwrap_or(u32::MAX), 0);
            let at = offset.saturating_add(done as u64);
            let read = self.0.table().read_at;
            let scode = read(self.0.this(), at, Out::lend_all(rest), len, Out::lend(&mut got));
            answered(scode, "read lock bytes")?;
            match usize::try_from(got.min(len)).unwrap_or_default() {
                0 => break,
                got => done += got,
            }
        }
        Ok(done)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        const DOING: &str = "write lock bytes";
        let (mut at, mut data) = (offset, data);
        while !data.is_empty() {
            let (len, mut done) = (u32::try_from(data.len()).unwrap_or(u32::MAX), 0);
            let write = self.0.table().write_at;
            let scode = write(self.0.this(), at, In::lend(data), len, Out::lend(&mut done));
            answered(scode, DOING)?;
            if done == 0 {
                return Err(Error::new(Code::StgMediumFull, DOING).note("no more bytes are taken"));
            }
            let done = usize::try_from(done.min(len)).unwrap_or_default();
            at = at.saturating_add(done as u64);
            data = data.get(done..).unwrap_or_default();
        }
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        answered((self.0.table().flush)(self.0.this()), "flush lock bytes").map(drop)
    }

    fn set_size(&self, size: u64) -> Result<()> {
        answered((self.0.table().set_size)(self.0.this(), size), "set size of lock bytes").map(drop)
    }

    fn size(&self) -> Result<u64> {
        Ok(stat_of(&self.raw_stat()?).size)
    }

    fn locks_supported(&self) -> LockTypes {
        self.raw_stat().map_or(LockTypes::empty(), |stat| LockTypes::from_bits_truncate(stat.locks))
    }

    fn lock_region(&self, offset: u64, len: u64, kind: LockTypes) -> Result<()> {
        let scode = (self.0.table().lock_region)(self.0.this(), offset, len, kind.bits());
        answered(scode, "lock region").map(drop)
    }

    fn unlock_region(&self, offset: u64, len: u64, kind: LockTypes) -> Result<()> {
        let scode = (self.0.table().unlock_region)(self.0.this(), offset, len, kind.bits());
        answered(scode, "unlock region").map(drop)
    }
}
