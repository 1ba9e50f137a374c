//! Where the file of a model test lies, and what is found in its bytes.
#![allow(unreachable_pub, reason = "a part of a test")]

use super::common;
use super::model::{Meta, Model, NOW, Node};
use common::name;
use openimsg::{
    Clock, CompoundFile, FileTime, Guid, LockBytes, MemoryLockBytes, Severity, Storage,
    StorageOptions, Writer,
};
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// The media a root can lie on.
#[derive(Clone, Copy, Debug)]
pub enum Medium {
    Memory,
    Replace,
    InPlace,
    LockBytes,
}

/// A medium and what was opened on it.
pub struct Carrier {
    options: StorageOptions,
    place: Place,
}

enum Place {
    Memory,
    Path(PathBuf, #[allow(dead_code, reason = "goes away with it")] tempfile::TempDir),
    Bytes(Arc<MemoryLockBytes>),
}

impl Carrier {
    pub fn new(medium: Medium, large: bool, window: bool) -> Carrier {
        let clock = Clock::Fixed(FileTime::from_ticks(NOW));
        let mut options = StorageOptions::new().large_sectors(large).clock(clock);
        if window {
            options = options.read_whole_up_to(0);
        }
        let path = |folder: tempfile::TempDir| Place::Path(folder.path().join("file"), folder);
        let place = match medium {
            Medium::Memory => Place::Memory,
            Medium::LockBytes => Place::Bytes(Arc::default()),
            Medium::Replace | Medium::InPlace => path(tempfile::tempdir().unwrap()),
        };
        options = match medium {
            Medium::Replace => options.writer(Writer::Replace),
            Medium::InPlace => options.writer(Writer::InPlace),
            Medium::Memory | Medium::LockBytes => options,
        };
        Carrier { options, place }
    }

    pub fn create(&self) -> CompoundFile {
        match &self.place {
            Place::Memory => self.options.memory(),
            Place::Path(path, _) => self.options.create(path).unwrap(),
            Place::Bytes(bytes) => {
                self.options.create_on(Arc::clone(bytes) as Arc<dyn LockBytes>).unwrap()
            }
        }
    }

    /// Lets the root go and opens what is committed.
    pub fn reopen(&self, file: Arc<CompoundFile>) -> CompoundFile {
        let bytes = self.bytes(&file);
        drop(file);
        match &self.place {
            Place::Memory => self.options.edit_bytes(bytes).unwrap(),
            Place::Path(path, _) => self.options.edit(path).unwrap(),
            Place::Bytes(bytes) => {
                self.options.edit_on(Arc::clone(bytes) as Arc<dyn LockBytes>).unwrap()
            }
        }
    }

    /// The bytes that lie on the medium.
    pub fn bytes(&self, file: &CompoundFile) -> Vec<u8> {
        match &self.place {
            Place::Memory => file.to_bytes().unwrap(),
            Place::Path(path, _) => std::fs::read(path).unwrap(),
            Place::Bytes(bytes) => bytes.to_vec(),
        }
    }

    /// The committed bytes break no rule, and we and another reader find in them what `committed` says.
    pub fn check(&self, file: &CompoundFile, committed: &Model) {
        let bytes = self.bytes(file);
        for mut findings in [file.check().unwrap(), openimsg::check_bytes(bytes.clone()).unwrap()] {
            findings.retain(|finding| finding.severity() > Severity::Note);
            assert_eq!(findings, []);
        }
        let ours: Arc<dyn Storage> = Arc::new(CompoundFile::from_bytes(bytes.clone()).unwrap());
        let mut theirs = cfb::CompoundFile::open_strict(std::io::Cursor::new(bytes)).unwrap();
        let mut todo = vec![(String::from("/"), ours, committed.clone())];
        let mut entries = 1;
        while let Some((path, ours, model)) = todo.pop() {
            assert_eq!(meta_of(&ours.stat().unwrap()), model.meta, "{path}");
            assert_eq!(meta_of_other(&theirs.entry(&path).unwrap()), model.meta, "{path}");
            assert_eq!(ours.elements().unwrap().len(), model.members.len());
            for (text, node) in model.members.into_values() {
                entries += 1;
                let at = format!("{path}{text}");
                match node {
                    Node::Storage(inner) => {
                        let below = ours.open_storage(&name(&text), common::READ).unwrap();
                        todo.push((format!("{at}/"), below, inner));
                    }
                    Node::Stream(expected) => {
                        assert!(
                            common::stream_bytes(&*ours, &name(&text)).as_ref() == Ok(&expected),
                            "{at}"
                        );
                        let mut found = Vec::new();
                        theirs.open_stream(&at).unwrap().read_to_end(&mut found).unwrap();
                        assert!(found == expected, "{at}");
                    }
                }
            }
        }
        assert_eq!(theirs.walk().count(), entries);
    }
}

/// Class number and class.
pub fn class(number: u32) -> Guid {
    if number == 0 { Guid::NULL } else { Guid::mapi(number) }
}

pub fn meta_of(stat: &openimsg::StatStg) -> Meta {
    let number = u32::from_le_bytes(stat.class.to_bytes()[..4].try_into().unwrap());
    assert_eq!(stat.class, class(number));
    Meta {
        class: number,
        state: stat.state_bits,
        created: stat.created.ticks(),
        modified: stat.modified.ticks(),
    }
}

fn meta_of_other(entry: &cfb::Entry) -> Meta {
    let ticks = |time: std::time::SystemTime| {
        let epoch = UNIX_EPOCH - Duration::from_secs(11_644_473_600);
        u64::try_from(time.duration_since(epoch).unwrap().as_nanos() / 100).unwrap()
    };
    let number = entry.clsid().as_fields().0;
    let (_, second, third, fourth) = entry.clsid().as_fields();
    assert_eq!(Guid::from_fields(number, second, third, *fourth), class(number));
    Meta {
        class: number,
        state: entry.state_bits(),
        created: ticks(entry.created()),
        modified: ticks(entry.modified()),
    }
}
