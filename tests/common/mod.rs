//! What the integration tests share.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

pub mod foreign;
pub mod image;
pub mod journal;
pub mod mock;
pub mod msg;
pub mod msg_steps;
pub mod tree;

use openimsg::{ElementKind, ElementName, Mode, Storage};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Opening members for reading.
pub const READ: Mode = Mode::READ.and(Mode::SHARE_EXCLUSIVE);
/// Opening and creating members for change.
pub const RW: Mode = Mode::READWRITE.and(Mode::SHARE_EXCLUSIVE);

/// The folder that `OPENIMSG_CORPUS` names; says plainly when there is none.
pub fn corpus(test: &str) -> Option<PathBuf> {
    match std::env::var_os("OPENIMSG_CORPUS") {
        Some(folder) => Some(PathBuf::from(folder)),
        None => {
            eprintln!("{test}: skipped, OPENIMSG_CORPUS names no corpus");
            None
        }
    }
}

/// The files of a kind in the corpus, sorted; empty, with a word about it, without a corpus.
pub fn corpus_files(test: &str, kind: &str) -> Vec<PathBuf> {
    let Some(folder) = corpus(test) else { return Vec::new() };
    let entries = std::fs::read_dir(folder.join(kind)).expect("the corpus has that kind");
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

pub fn name(text: &str) -> ElementName {
    ElementName::new(text).unwrap()
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One element of a flat listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Class and state bits.
    Storage(String, u32),
    /// The bytes, or the code that reading them ended with.
    Stream(Result<Vec<u8>, String>),
}

/// Every element below `root` by path; the root itself is "".
pub fn listing(root: Arc<dyn Storage>) -> BTreeMap<String, Item> {
    let mut items = BTreeMap::new();
    let mut todo = vec![(String::new(), root)];
    while let Some((path, storage)) = todo.pop() {
        let stat = storage.stat().unwrap();
        items.insert(path.clone(), Item::Storage(stat.class.to_string(), stat.state_bits));
        for member in storage.elements().unwrap() {
            let name = member.name.unwrap();
            let below = format!("{path}/{name}");
            match member.kind {
                ElementKind::Storage => {
                    todo.push((below, storage.open_storage(&name, READ).unwrap()))
                }
                ElementKind::Stream => {
                    let bytes = stream_bytes(&*storage, &name);
                    items.insert(below, Item::Stream(bytes));
                }
            }
        }
    }
    items
}

/// All bytes of a stream, or the code and the number of sound bytes before it.
pub fn stream_bytes(storage: &dyn Storage, name: &ElementName) -> Result<Vec<u8>, String> {
    let stream = storage.open_stream(name, READ).map_err(|e| e.code().to_string())?;
    let mut bytes = Vec::new();
    let mut piece = vec![0; 8192];
    loop {
        match stream.read_at(bytes.len() as u64, &mut piece) {
            Ok(0) => return Ok(bytes),
            Ok(got) => bytes.extend(&piece[..got]),
            Err(e) => return Err(format!("{} after {}", e.code(), bytes.len())),
        }
    }
}
