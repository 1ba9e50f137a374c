//! Lock bytes that record every write and flush.

use openimsg::{Error, LockBytes, Result};
use std::sync::Mutex;

/// What was done to the bytes.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Write(u64, Vec<u8>),
    SetSize(u64),
    Flush,
}

impl Op {
    pub(crate) fn apply(&self, image: &mut Vec<u8>) {
        match self {
            Op::Write(at, data) => {
                let at = usize::try_from(*at).unwrap();
                image.resize(image.len().max(at + data.len()), 0);
                image[at..at + data.len()].copy_from_slice(data);
            }
            Op::SetSize(size) => image.resize(usize::try_from(*size).unwrap(), 0),
            Op::Flush => {}
        }
    }

    /// The pieces of 512 bytes that a disk writes at once.
    pub(crate) fn torn(&self) -> Vec<Op> {
        match self {
            Op::Write(at, data) => data
                .chunks(512)
                .enumerate()
                .map(|(piece, data)| Op::Write(at + piece as u64 * 512, data.to_vec()))
                .collect(),
            Op::SetSize(_) => vec![self.clone()],
            Op::Flush => Vec::new(),
        }
    }
}

/// Which call fails, counted from the start of the record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    Read(u64),
    Write(u64),
    Flush(u64),
    SetSize(u64),
}

#[derive(Default)]
struct State {
    image: Vec<u8>,
    ops: Vec<Op>,
    calls: [u64; 4],
    fault: Option<(Fault, openimsg::Code)>,
}

/// Bytes in memory with a record of what was done to them, which can fail on demand.
#[derive(Default)]
pub(crate) struct Journal(Mutex<State>);

impl Journal {
    #[allow(dead_code, reason = "not every test needs it")]
    pub(crate) fn new(image: Vec<u8>) -> Journal {
        Journal(Mutex::new(State { image, ..State::default() }))
    }

    /// Begins a new record; the bytes as they are now.
    pub(crate) fn start(&self) -> Vec<u8> {
        let mut state = self.0.lock().unwrap();
        state.ops.clear();
        state.calls = [0; 4];
        state.image.clone()
    }

    pub(crate) fn ops(&self) -> Vec<Op> {
        self.0.lock().unwrap().ops.clone()
    }

    pub(crate) fn image(&self) -> Vec<u8> {
        self.0.lock().unwrap().image.clone()
    }

    /// From now on the call that `fault` names fails with `code`, and all of its kind after it.
    #[allow(dead_code, reason = "not every test needs it")]
    pub(crate) fn fail(&self, fault: Option<(Fault, openimsg::Code)>) {
        let mut state = self.0.lock().unwrap();
        state.calls = [0; 4];
        state.fault = fault;
    }
}

impl State {
    fn call(&mut self, kind: usize, make: fn(u64) -> Fault) -> Result<()> {
        let number = self.calls[kind];
        self.calls[kind] += 1;
        match self.fault {
            Some((fault, code)) if (0..=number).any(|at| make(at) == fault) => {
                Err(Error::new(code, "use the journal"))
            }
            _ => Ok(()),
        }
    }
}

impl LockBytes for Journal {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let mut state = self.0.lock().unwrap();
        state.call(0, Fault::Read)?;
        let there = usize::try_from(offset).ok().and_then(|at| state.image.get(at..));
        let there = there.unwrap_or_default();
        let len = there.len().min(buffer.len());
        buffer[..len].copy_from_slice(&there[..len]);
        Ok(len)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        let mut state = self.0.lock().unwrap();
        state.call(1, Fault::Write)?;
        let op = Op::Write(offset, data.to_vec());
        op.apply(&mut state.image);
        state.ops.push(op);
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        let mut state = self.0.lock().unwrap();
        state.call(2, Fault::Flush)?;
        state.ops.push(Op::Flush);
        Ok(())
    }

    fn set_size(&self, size: u64) -> Result<()> {
        let mut state = self.0.lock().unwrap();
        state.call(3, Fault::SetSize)?;
        let op = Op::SetSize(size);
        op.apply(&mut state.image);
        state.ops.push(op);
        Ok(())
    }

    fn size(&self) -> Result<u64> {
        Ok(self.0.lock().unwrap().image.len() as u64)
    }
}

/// Numbers that look random and are the same on every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let other = usize::try_from(self.next() % (at as u64 + 1)).unwrap();
            items.swap(at, other);
        }
    }
}
