//! Raw storages with a stream each, by us and by the `cfb` crate: the floor under every row.
//! No peer has messages of this size to compare with.

use crate::report::{Steps, table};
use openimsg::{CommitFlags, CompoundFile, ElementName, Mode, Storage};
use std::io::{Cursor, Read, Write};

const RW: Mode = Mode::READWRITE.and(Mode::SHARE_EXCLUSIVE);
const READ: Mode = Mode::READ.and(Mode::SHARE_EXCLUSIVE);
const CONTENT: &[u8] = &[7; 100];

fn name(text: &str) -> ElementName {
    ElementName::new(text).unwrap()
}

fn ours(steps: &mut Steps, count: usize) {
    let bytes = steps.step("build and commit", || {
        let file = CompoundFile::memory();
        for at in 0..count {
            let storage = file.create_storage(&name(&format!("storage {at:08}")), RW).unwrap();
            let stream = storage.create_stream(&name("stream"), RW).unwrap();
            stream.write_at(0, CONTENT).unwrap();
        }
        file.commit(CommitFlags::empty()).unwrap();
        file.to_bytes().unwrap()
    });
    steps.step("open and read each", || {
        let file = CompoundFile::from_bytes(bytes).unwrap();
        for at in 0..count {
            let storage = file.open_storage(&name(&format!("storage {at:08}")), READ).unwrap();
            let stream = storage.open_stream(&name("stream"), READ).unwrap();
            let mut piece = [0; 100];
            assert_eq!(stream.read_at(0, &mut piece).unwrap(), 100);
        }
    });
}

fn theirs(steps: &mut Steps, count: usize) {
    let bytes = steps.step("build and flush", || {
        let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
        for at in 0..count {
            let path = format!("storage {at:08}");
            file.create_storage(&path).unwrap();
            let mut stream = file.create_stream(format!("{path}/stream")).unwrap();
            stream.write_all(CONTENT).unwrap();
        }
        file.flush().unwrap();
        file.into_inner().into_inner()
    });
    steps.step("open and read each", || {
        let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).unwrap();
        for at in 0..count {
            let mut stream = file.open_stream(format!("storage {at:08}/stream")).unwrap();
            let mut piece = [0; 100];
            stream.read_exact(&mut piece).unwrap();
        }
    });
}

pub(crate) fn compare(sizes: [usize; 3], runs: usize) {
    table("raw storages, openimsg", sizes, runs, ours);
    table("raw storages, cfb crate", sizes, runs, theirs);
}
