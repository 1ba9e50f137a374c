//! A disk in memory that keeps a record of every step, and the lock bytes that lie on it.
//!
//! Content is durable once its file was flushed, names once their folder was. What is pending at a
//! crash may be there or not, each piece of 512 bytes and each name for itself, in any order.

use openimsg::{Code, Error, LockBytes, Result};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// One step. Files have numbers; a name leads to one.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Write(u64, u64, Vec<u8>),
    SetSize(u64, u64),
    Flush(u64),
    Name(String, u64),
    Rename(String, String, u64),
    Unname(String),
    FlushNames,
}

/// What is on the disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) names: BTreeMap<String, u64>,
    files: BTreeMap<u64, Arc<Vec<u8>>>,
}

impl Image {
    pub(crate) fn content(&self, name: &str) -> Option<Vec<u8>> {
        let file = self.names.get(name)?;
        Some(self.files.get(file).map(|bytes| (**bytes).clone()).unwrap_or_default())
    }

    /// A number that no file has.
    pub(crate) fn next_file(&self) -> u64 {
        self.files.keys().max().map_or(1, |last| last + 1)
    }

    pub(crate) fn put(&mut self, name: &str, file: u64, bytes: Vec<u8>) {
        self.names.insert(name.into(), file);
        self.files.insert(file, Arc::new(bytes));
    }

    pub(crate) fn apply(&mut self, op: &Op) {
        match op {
            Op::Write(file, at, data) => {
                let bytes = Arc::make_mut(self.files.entry(*file).or_default());
                let at = usize::try_from(*at).unwrap();
                bytes.resize(bytes.len().max(at + data.len()), 0);
                bytes[at..at + data.len()].copy_from_slice(data);
            }
            Op::SetSize(file, size) => {
                let bytes = Arc::make_mut(self.files.entry(*file).or_default());
                bytes.resize(usize::try_from(*size).unwrap(), 0);
            }
            Op::Name(name, file) => {
                self.files.entry(*file).or_default();
                self.names.insert(name.clone(), *file);
            }
            Op::Rename(from, to, file) => {
                self.names.remove(from);
                self.names.insert(to.clone(), *file);
            }
            Op::Unname(name) => {
                self.names.remove(name);
            }
            Op::Flush(_) | Op::FlushNames => {}
        }
    }
}

impl Op {
    /// The pieces that a disk writes at once: 512 bytes, one name.
    pub(crate) fn torn(&self) -> Vec<Op> {
        match self {
            Op::Write(file, at, data) => {
                let mut pieces = Vec::new();
                let (mut at, mut rest) = (*at, &data[..]);
                while !rest.is_empty() {
                    let step = usize::try_from(512 - at % 512).unwrap().min(rest.len());
                    pieces.push(Op::Write(*file, at, rest[..step].to_vec()));
                    (at, rest) = (at + step as u64, &rest[step..]);
                }
                pieces
            }
            Op::Rename(from, to, file) => {
                vec![Op::Name(to.clone(), *file), Op::Unname(from.clone())]
            }
            Op::Flush(_) | Op::FlushNames => Vec::new(),
            other => vec![other.clone()],
        }
    }

    fn is_name(&self) -> bool {
        matches!(self, Op::Name(..) | Op::Rename(..) | Op::Unname(_))
    }

    /// Whether one of the steps after it made it durable.
    fn is_durable(&self, after: &[Op]) -> bool {
        match self {
            Op::Write(file, ..) | Op::SetSize(file, _) => {
                after.iter().any(|op| matches!(op, Op::Flush(it) if it == file))
            }
            Op::Flush(_) | Op::FlushNames => true,
            _ => after.iter().any(|op| matches!(op, Op::FlushNames)),
        }
    }
}

/// What a crash after `ops` leaves for certain, and what may be there.
pub(crate) fn settled(before: &Image, ops: &[Op]) -> (Image, Vec<Op>) {
    let mut image = before.clone();
    let mut pending = Vec::new();
    for (at, op) in ops.iter().enumerate() {
        match op.is_durable(&ops[at + 1..]) {
            true => image.apply(op),
            false => pending.push(op.clone()),
        }
    }
    (image, pending)
}

/// One way in which a power failure may treat what is pending: torn, some lost, the rest in any order;
/// names in their order, as the journal of a file system keeps them.
pub(crate) fn scrambled(image: &Image, pending: &[Op], random: &mut Random) -> Image {
    let mut image = image.clone();
    let mut pieces: Vec<Op> = pending.iter().flat_map(Op::torn).collect();
    // From nearly all lost to nearly all there.
    let keep = random.next() % 4;
    pieces.retain(|_| random.next() % 5 <= keep);
    let (names, mut content): (Vec<Op>, Vec<Op>) = pieces.into_iter().partition(Op::is_name);
    random.shuffle(&mut content);
    content.iter().chain(&names).for_each(|op| image.apply(op));
    image
}

/// A kind of call that can fail.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Call {
    Read,
    Write,
    Flush,
    SetSize,
    Open,
    Create,
    Rename,
    FlushNames,
}

/// Which call fails, counted from the start of the record, and whether all of its kind after it do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fault {
    pub(crate) call: Call,
    pub(crate) nth: u64,
    pub(crate) on: bool,
    pub(crate) error: std::io::ErrorKind,
}

impl Fault {
    /// The code that a commit answers with.
    pub(crate) fn code(&self) -> Code {
        let fault = if matches!(self.call, Call::Read | Call::Open) {
            Code::StgReadFault
        } else {
            Code::StgWriteFault
        };
        Error::from_io(self.error.into(), fault, "use the journal").code()
    }

    pub(crate) fn as_error(&self) -> Error {
        Error::new(self.code(), "use the journal")
    }
}

/// The record of a disk.
#[derive(Default, Debug)]
pub(crate) struct Record {
    pub(crate) image: Image,
    pub(crate) ops: Vec<Op>,
    calls: BTreeMap<Call, u64>,
    fault: Option<Fault>,
    /// Whether the fault struck.
    pub(crate) struck: bool,
}

impl Record {
    pub(crate) fn push(&mut self, op: Op) {
        self.image.apply(&op);
        self.ops.push(op);
    }

    /// Counts a call; the fault, if this is the one that fails.
    pub(crate) fn call(&mut self, call: Call) -> std::result::Result<(), Fault> {
        let calls = self.calls.entry(call).or_default();
        let number = *calls;
        *calls += 1;
        match self.fault {
            Some(fault) if fault.call == call => {
                let hit = number == fault.nth || (fault.on && number > fault.nth);
                self.struck |= hit;
                if hit { Err(fault) } else { Ok(()) }
            }
            _ => Ok(()),
        }
    }

    /// How often each call was made since the record began.
    pub(crate) fn calls(&self) -> BTreeMap<Call, u64> {
        self.calls.clone()
    }

    /// Begins a new record.
    pub(crate) fn start(&mut self, fault: Option<Fault>) {
        self.ops.clear();
        self.calls.clear();
        (self.fault, self.struck) = (fault, false);
    }
}

/// The name of the only file of a [`Journal`].
pub(crate) const ONLY: &str = "file.msg";

/// Lock bytes on a disk with a record, which can fail on demand.
#[derive(Debug)]
pub(crate) struct Journal(pub(crate) Arc<Mutex<Record>>);

impl Journal {
    pub(crate) fn new(bytes: Vec<u8>) -> Journal {
        let mut record = Record::default();
        record.image.put(ONLY, 0, bytes);
        Journal(Arc::new(Mutex::new(record)))
    }
}

fn failed(fault: Fault) -> Error {
    fault.as_error()
}

impl LockBytes for Journal {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let mut record = self.0.lock().unwrap();
        record.call(Call::Read).map_err(failed)?;
        let bytes = &record.image.files[&0];
        let there = usize::try_from(offset).ok().and_then(|at| bytes.get(at..));
        let there = there.unwrap_or_default();
        let len = there.len().min(buffer.len());
        buffer[..len].copy_from_slice(&there[..len]);
        Ok(len)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        let mut record = self.0.lock().unwrap();
        if let Err(fault) = record.call(Call::Write) {
            // A write that fails may have written some of it; the unit of the disk is whole.
            let half = data.len() / 2 / 512 * 512;
            record.push(Op::Write(0, offset, data[..half].to_vec()));
            return Err(failed(fault));
        }
        record.push(Op::Write(0, offset, data.to_vec()));
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        let mut record = self.0.lock().unwrap();
        record.call(Call::Flush).map_err(failed)?;
        record.push(Op::Flush(0));
        Ok(())
    }

    fn set_size(&self, size: u64) -> Result<()> {
        let mut record = self.0.lock().unwrap();
        record.call(Call::SetSize).map_err(failed)?;
        record.push(Op::SetSize(0, size));
        Ok(())
    }

    fn size(&self) -> Result<u64> {
        Ok(self.0.lock().unwrap().image.files[&0].len() as u64)
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

    pub(crate) fn one_in(&mut self, many: u64) -> bool {
        self.next().is_multiple_of(many)
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let other = usize::try_from(self.next() % (at as u64 + 1)).unwrap();
            items.swap(at, other);
        }
    }
}
