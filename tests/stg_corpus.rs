//! Real compound files: every stream as other readers found it, and unchanged by a rewrite.

mod common;

use common::{Item, corpus, listing, sha256};
use openimsg::{CommitFlags, CompoundFile, Storage};
use std::sync::Arc;

/// Spec: S-158
#[test]
fn every_listed_stream_has_the_listed_size_and_digest() {
    let Some(corpus) = corpus("every_listed_stream_has_the_listed_size_and_digest") else { return };
    let (mut files, mut streams) = (0, 0);
    for kind in ["msg", "cfb", "hostile"] {
        for truth in std::fs::read_dir(corpus.join("truth").join(kind)).unwrap() {
            let truth = std::fs::read(truth.unwrap().path()).unwrap();
            let truth: serde_json::Value = serde_json::from_slice(&truth).unwrap();
            let path = corpus.join(truth["file"].as_str().unwrap());
            if !path.exists() {
                continue;
            }
            let wanted = match kind {
                "msg" => &truth["streams"],
                _ => &truth["olefile"]["streams"],
            };
            let Some(wanted) = wanted.as_array() else { continue };
            let file = match CompoundFile::open(&path) {
                Ok(file) => file,
                Err(error) => panic!("{}: {error}", path.display()),
            };
            files += 1;
            let found = listing(Arc::new(file));
            for stream in wanted {
                let Some(digest) = stream["sha256"].as_str() else { continue };
                let at = match &stream["path"] {
                    serde_json::Value::String(path) => format!("/{path}"),
                    parts => {
                        let parts = parts.as_array().unwrap().iter();
                        parts.map(|part| format!("/{}", part.as_str().unwrap())).collect()
                    }
                };
                let item = found.get(&at);
                let Some(Item::Stream(Ok(bytes))) = item else {
                    if kind == "hostile" {
                        eprintln!("{} {at}: {item:.60?}", path.display());
                        continue;
                    }
                    panic!("{} {at}: {item:?}", path.display())
                };
                if kind == "hostile" && sha256(bytes) != digest {
                    eprintln!("{} {at}: differs", path.display());
                    continue;
                }
                assert_eq!(
                    bytes.len() as u64,
                    stream["size"].as_u64().unwrap(),
                    "{} {at}",
                    path.display()
                );
                assert_eq!(sha256(bytes), digest, "{} {at}", path.display());
                streams += 1;
            }
        }
    }
    eprintln!("{files} files, {streams} streams");
    assert!(files > 0 && streams > 0);
}

/// Spec: S-172
#[test]
fn a_rewrite_keeps_every_stream_class_and_state() {
    for path in common::corpus_files("a_rewrite_keeps_every_stream_class_and_state", "msg") {
        let bytes = std::fs::read(&path).unwrap();
        let before = listing(Arc::new(CompoundFile::from_bytes(bytes.clone()).unwrap()));
        let file = CompoundFile::edit_bytes(bytes).unwrap();
        file.commit(CommitFlags::CONSOLIDATE).unwrap();
        let rewritten = file.to_bytes().unwrap();
        cfb::CompoundFile::open_strict(std::io::Cursor::new(&rewritten)).unwrap();
        let after = listing(Arc::new(CompoundFile::from_bytes(rewritten).unwrap()));
        assert!(before == after, "{}", path.display());
        assert!(before == listing(Arc::new(file)), "{}", path.display());
    }
}
