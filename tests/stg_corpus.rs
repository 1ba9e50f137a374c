//! Real compound files: every stream as other readers found it, and unchanged by a rewrite.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{Item, READ, corpus, listing, sha256};
use openimsg::{CommitFlags, CompoundFile, ElementKind, FileTime, Severity, Storage};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What another reader found in one stream.
struct Wanted {
    path: String,
    size: u64,
    /// The bytes that it could read, and their digest.
    read: usize,
    sha256: String,
}

/// The truth about the files of a kind: each with the streams another reader could read, if it
/// opened the file at all.
fn truth(corpus: &Path, kind: &str) -> Vec<(PathBuf, Option<Vec<Wanted>>)> {
    let mut files = Vec::new();
    for (path, truth) in truths(corpus, kind) {
        let streams = match kind {
            "msg" => &truth["streams"],
            _ => &truth["olefile"]["streams"],
        };
        let wanted = streams.as_array().map(|streams| {
            let digests = streams.iter().filter(|stream| stream["sha256"].is_string());
            digests
                .map(|stream| Wanted {
                    path: joined(&stream["path"]),
                    size: stream["size"].as_u64().unwrap(),
                    read: stream["read"].as_u64().or(stream["size"].as_u64()).unwrap() as usize,
                    sha256: stream["sha256"].as_str().unwrap().to_owned(),
                })
                .collect()
        });
        files.push((path, wanted));
    }
    files
}

/// Each file of a kind with the truth about it.
fn truths(corpus: &Path, kind: &str) -> Vec<(PathBuf, serde_json::Value)> {
    let read = |truth: std::fs::DirEntry| {
        let truth: serde_json::Value =
            serde_json::from_slice(&std::fs::read(truth.path()).unwrap()).unwrap();
        (corpus.join(truth["file"].as_str().unwrap()), truth)
    };
    let entries = std::fs::read_dir(corpus.join("truth").join(kind)).unwrap();
    let mut files: Vec<_> = entries.map(|truth| read(truth.unwrap())).collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

fn joined(path: &serde_json::Value) -> String {
    match path {
        serde_json::Value::String(path) => format!("/{path}"),
        parts => {
            let parts = parts.as_array().unwrap().iter();
            parts.map(|part| format!("/{}", part.as_str().unwrap())).collect()
        }
    }
}

/// Spec: S-158
#[test]
fn every_listed_stream_has_the_listed_size_and_digest() {
    let Some(corpus) = corpus("every_listed_stream_has_the_listed_size_and_digest") else { return };
    let (mut files, mut streams) = (0, 0);
    for kind in ["msg", "cfb"] {
        for (path, wanted) in truth(&corpus, kind) {
            let Some(wanted) = wanted else { continue };
            let file = CompoundFile::open(&path);
            let found = listing(Arc::new(file.unwrap_or_else(|e| panic!("{path:?}: {e}"))));
            files += 1;
            for Wanted { path: at, size, sha256: digest, .. } in wanted {
                let Some(Item::Stream(Ok(bytes))) = found.get(&at) else {
                    panic!("{path:?} {at}: {:?}", found.get(&at))
                };
                assert_eq!(bytes.len() as u64, size, "{path:?} {at}");
                assert_eq!(sha256(bytes), digest, "{path:?} {at}");
                streams += 1;
            }
        }
    }
    eprintln!("{files} files, {streams} streams");
    assert_eq!(files, truths(&corpus, "msg").len() + truths(&corpus, "cfb").len());
    assert!(files > 200 && streams > 20_000);
}

/// Upper case without braces; nothing for no class.
fn plain_class(class: &str) -> Option<String> {
    let class = class.trim_matches(['{', '}']).to_uppercase();
    (class != "00000000-0000-0000-0000-000000000000").then_some(class)
}

/// No file is left out, none has an element more or less than the other reader found, and every
/// storage has the class that it found. (Of state bits and times the truth tells nothing.)
#[test]
fn every_element_is_listed_and_has_the_listed_class() {
    let Some(corpus) = corpus("every_element_is_listed_and_has_the_listed_class") else { return };
    let mut files = Vec::new();
    for kind in ["msg", "cfb"] {
        for (path, truth) in truths(&corpus, kind) {
            let (facts, root) = match kind {
                "msg" => (&truth, None),
                _ => (&truth["olefile"], Some(&truth["olefile"]["root_clsid"])),
            };
            let mut found = listing(Arc::new(CompoundFile::open(&path).unwrap()));
            let mut class_of = |at: &str| match found.remove(at) {
                Some(Item::Storage(class, _)) => plain_class(&class),
                other => panic!("{path:?} {at}: {other:?}"),
            };
            let class = class_of("");
            if let Some(root) = root {
                assert_eq!(class, root.as_str().and_then(plain_class), "{path:?}");
            }
            for storage in facts["storages"].as_array().unwrap() {
                let at = joined(&storage["path"]);
                let listed = storage["clsid"].as_str().and_then(plain_class);
                assert_eq!(class_of(&at), listed, "{path:?} {at}");
            }
            for stream in facts["streams"].as_array().unwrap() {
                let at = joined(&stream["path"]);
                assert!(matches!(found.remove(&at), Some(Item::Stream(Ok(_)))), "{path:?} {at}");
            }
            assert!(found.is_empty(), "{path:?}: {:?}", found.keys());
            files.push(path);
        }
        for path in common::corpus_files("every_element_is_listed", kind) {
            assert!(files.contains(&path), "{path:?} has no truth");
        }
    }
    eprintln!("{} files", files.len());
}

/// Files that the `cfb` crate refuses even when it is lenient, and why.
const REFUSED: &[(&str, &str)] = &[
    ("oxmsg-py__no-attachments.msg", "the FAT's end beyond the file's is marked as ends of chains"),
    ("tikaondotnet__test.msg", "many entries of the FAT lead to sector 0"),
    ("tutao__testOut-138e4c.msg", "the FAT's end beyond the file's is marked as ends of chains"),
    ("tutao__testOut.msg", "the FAT's end beyond the file's is marked as ends of chains"),
    ("tutao__testOut_attach.msg", "the FAT's end beyond the file's is marked as ends of chains"),
    ("poi__BlockSize4096.zvi", "version 3 with sectors of 4096 bytes"),
];

/// Files with a storage that has an empty name: no path of the other reader leads there.
const NAMELESS: &[&str] = &["poi__Notes.ole2"];

/// Class, state bits and times of every storage, as the `cfb` crate reads them leniently.
#[test]
fn another_reader_finds_the_same_classes_state_bits_and_times() {
    const TEST: &str = "another_reader_finds_the_same_classes_state_bits_and_times";
    let (mut storages, mut refused, mut nameless) = (0, Vec::new(), Vec::new());
    for path in ["msg", "cfb"].into_iter().flat_map(|kind| common::corpus_files(TEST, kind)) {
        let file_name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let Ok(theirs) = cfb::open(&path) else {
            refused.push(file_name);
            continue;
        };
        let mut todo: Vec<(String, Arc<dyn Storage>)> =
            vec![("/".into(), Arc::new(CompoundFile::open(&path).unwrap()))];
        while let Some((at, storage)) = todo.pop() {
            let (ours, theirs) = (storage.stat().unwrap(), theirs.entry(&at).unwrap());
            let class = theirs.clsid().hyphenated().to_string();
            assert_eq!(plain_class(&ours.class.to_string()), plain_class(&class), "{path:?} {at}");
            assert_eq!(ours.state_bits, theirs.state_bits(), "{path:?} {at}");
            let times = [theirs.created(), theirs.modified()].map(FileTime::from);
            assert_eq!([ours.created, ours.modified], times, "{path:?} {at}");
            storages += 1;
            for member in storage.elements().unwrap() {
                let name = member.name.unwrap();
                if name.units().is_empty() {
                    nameless.push(file_name.clone());
                } else if member.kind == ElementKind::Storage {
                    let inner = storage.open_storage(&name, READ).unwrap();
                    todo.push((format!("{}/{name}", at.trim_end_matches('/')), inner));
                }
            }
        }
    }
    eprintln!("{storages} storages");
    if corpus(TEST).is_some() {
        let expected: Vec<_> = REFUSED.iter().map(|(file, _)| *file).collect();
        assert_eq!(refused, expected);
        assert_eq!(nameless, NAMELESS);
        assert!(storages > 1000);
    }
}

/// Every stream: the bytes that can be read, and the code that reading ended with.
fn sound_bytes(root: Arc<dyn Storage>) -> BTreeMap<String, (Vec<u8>, Option<String>)> {
    let mut found = BTreeMap::new();
    let mut todo = vec![(String::new(), root)];
    while let Some((path, storage)) = todo.pop() {
        for member in storage.elements().unwrap() {
            let name = member.name.unwrap();
            let at = format!("{path}/{name}");
            match member.kind {
                ElementKind::Storage => match storage.open_storage(&name, READ) {
                    Ok(inner) => todo.push((at, inner)),
                    Err(e) => panic!("{at}: {e}"),
                },
                ElementKind::Stream => {
                    let mut bytes = Vec::new();
                    let end = storage.open_stream(&name, READ).and_then(|stream| {
                        let mut piece = vec![0; 4096];
                        loop {
                            match stream.read_at(bytes.len() as u64, &mut piece)? {
                                0 => return Ok(()),
                                got => bytes.extend(&piece[..got]),
                            }
                        }
                    });
                    let code = end.err().map(|e| e.code().to_string());
                    found.insert(at, (bytes, code));
                }
            }
        }
    }
    found
}

/// Files that the other reader opened and we do not, or the other way round: what we answer, and why.
const OPENING: &[(&str, Result<usize, &str>, &str)] = &[
    (
        "poi__clusterfuzz-testcase-minimized-POIHSLFFuzzer-6614960949821440.ppt",
        Err("STG_E_INVALIDHEADER"),
        "a mini stream cutoff of 0x13001000, which structured-storage 1.2 refuses",
    ),
    (
        "poi__ReferencesInvalidSectors.mpp",
        Ok(48),
        "sectors outside the file; only the streams that need them suffer",
    ),
    (
        "poi__clusterfuzz-testcase-minimized-POIXWPFFuzzer-5313273089884160.docx",
        Err("STG_E_FILEALREADYEXISTS"),
        "not a compound file",
    ),
    (
        "poi__clusterfuzz-testcase-minimized-XLSX2CSVFuzzer-5025401116950528.xlsx",
        Err("STG_E_FILEALREADYEXISTS"),
        "not a compound file",
    ),
    (
        "poi__clusterfuzz-testcase-minimized-XLSX2CSVFuzzer-6594557414080512.xlsx",
        Err("STG_E_FILEALREADYEXISTS"),
        "not a compound file",
    ),
    ("rust-cfb__loop_in_open_1", Err("STG_E_DOCFILECORRUPT"), "its FAT lies outside the file"),
];

/// Names with a wrong length field: as the other reader printed them, and as we read them, up to
/// the NUL (structured-storage 1.6).
const NAMES: &[(&str, &str, &str)] = &[
    (
        "poi__clusterfuzz-testcase-minimized-POIHPBFFuzzer-4701121678278656.pub",
        "/\u{5}DocumentSummaryInformation\u{FFFD}",
        "/\u{5}DocumentSummaryInformation",
    ),
    (
        "poi__clusterfuzz-testcase-minimized-POIHSLFFuzzer-6360479850954752.ppt",
        "/\u{5}Docume*tSummaryInformat\u{FFFD}",
        "/\u{5}Docume*tSummaryInformation\u{b}",
    ),
];

/// Streams of which the other reader gave bytes that we do not: how many we give before
/// DOCFILECORRUPT, and why that is all there is.
const STREAMS: &[(&str, &str, usize, &str)] = &[
    (
        "poi__clusterfuzz-testcase-minimized-POIHSLFFuzzer-5018229722382336.ppt",
        "/\u{5}DocumentSummaryInformation",
        0,
        "its first mini sector is not in the mini stream; the mini FAT is all zero",
    ),
    (
        "poi__clusterfuzz-testcase-minimized-POIHSLFFuzzer-5018229722382336.ppt",
        "/\u{5}SummaryInformation",
        64,
        "mini sector 0 leads to itself; the other reader repeats it",
    ),
    (
        "poi__clusterfuzz-testcase-minimized-POIHSLFFuzzer-5018229722382336.ppt",
        "/Current User",
        0,
        "its first mini sector is not in the mini stream; the mini FAT is all zero",
    ),
    (
        "rust-cfb__alloc_panic",
        "/\u{1}Ole",
        0,
        "it starts in the FAT itself; the other reader gives a sector of the FAT",
    ),
    (
        "rust-cfb__loop_in_chain",
        "/\u{3}EPRINT",
        8704,
        "its chain comes back to itself; the other reader goes round",
    ),
    (
        "rust-cfb__loop_in_minialloc",
        "/PROJEC\u{5400}wm",
        64,
        "mini sector 0 leads to itself; the other reader repeats it",
    ),
    (
        "rust-cfb__loop_in_minialloc",
        "/VBA/ThisWorkbook",
        64,
        "mini sector 0 leads to itself; the other reader repeats it",
    ),
    (
        "rust-cfb__loop_in_minialloc",
        "/VBA/Sheet1",
        704,
        "its chain of mini sectors comes back to itself; the other reader goes round",
    ),
    (
        "rust-cfb__loop_in_minialloc",
        "/VBA/__SRP_0",
        640,
        "its chain of mini sectors comes back to itself; the other reader goes round",
    ),
];

/// Every stream that the other reader read is equal, what it read in part is read as far, and all
/// else stands in the tables above: none of them may be left over.
///
/// Spec: S-158
#[test]
fn damaged_files_give_every_sound_byte() {
    let Some(corpus) = corpus("damaged_files_give_every_sound_byte") else { return };
    let mut used = Vec::new();
    let (mut whole, mut partial) = (0, 0);
    for (path, wanted) in truth(&corpus, "hostile") {
        let file_name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let opened = CompoundFile::open(&path);
        let special = OPENING.iter().find(|(file, ..)| *file == file_name);
        if let Some((file, answer, _)) = special {
            used.push(("OPENING", *file, ""));
            match (opened, answer) {
                (Ok(file), Ok(streams)) => {
                    assert_eq!(sound_bytes(Arc::new(file)).len(), *streams, "{file_name}");
                }
                (Err(error), Err(code)) => {
                    assert_eq!(error.code().to_string(), *code, "{file_name}");
                }
                (Ok(_), Err(_)) => panic!("{file_name} opens"),
                (Err(error), Ok(_)) => panic!("{file_name}: {error}"),
            }
            continue;
        }
        let found = sound_bytes(Arc::new(opened.unwrap()));
        for wanted in wanted.unwrap() {
            let renamed =
                NAMES.iter().find(|(file, theirs, _)| *file == file_name && *theirs == wanted.path);
            let at = renamed.map_or(&*wanted.path, |(.., ours)| ours);
            used.extend(renamed.map(|(file, theirs, _)| ("NAMES", *file, *theirs)));
            let Some((bytes, code)) = found.get(at) else {
                panic!("{file_name} {at}: missing among {:?}", found.keys())
            };
            let exception =
                STREAMS.iter().find(|(file, stream, ..)| *file == file_name && *stream == at);
            if let Some((file, stream, sound, _)) = exception {
                used.push(("STREAMS", *file, *stream));
                assert_eq!(bytes.len(), *sound, "{file_name} {at}");
                assert_eq!(code.as_deref(), Some("STG_E_DOCFILECORRUPT"), "{file_name} {at}");
                continue;
            }
            let (sound, rest) = bytes.split_at(wanted.read.min(bytes.len()));
            assert_eq!(sha256(sound), wanted.sha256, "{file_name} {at}");
            if wanted.read as u64 == wanted.size {
                assert_eq!((rest, code), (&[][..], &None), "{file_name} {at}");
                whole += 1;
            } else {
                // Where the file ends inside its last sector, the rest of that sector is zero; a
                // stream that needs no more than that is whole.
                assert!(rest.len() < 512 && rest.iter().all(|b| *b == 0), "{file_name} {at}");
                let complete = bytes.len() as u64 == wanted.size;
                let expected = (!complete).then_some("STG_E_DOCFILECORRUPT");
                assert_eq!(code.as_deref(), expected, "{file_name} {at}");
                partial += 1;
            }
        }
    }
    eprintln!("{whole} streams whole, {partial} in part");
    assert!(whole > 150 && partial > 40);
    let tables = OPENING.iter().map(|(file, ..)| ("OPENING", *file, ""));
    let tables = tables.chain(NAMES.iter().map(|(file, name, _)| ("NAMES", *file, *name)));
    let tables = tables.chain(STREAMS.iter().map(|(file, at, ..)| ("STREAMS", *file, *at)));
    let mut expected: Vec<_> = tables.collect();
    expected.sort();
    used.sort();
    used.dedup();
    assert_eq!(used, expected, "every exception is needed");
}

/// What cannot be read whole is a finding, and a rewrite keeps all sound bytes and breaks no rule.
#[test]
fn damaged_files_can_be_rewritten_and_are_sound_then() {
    for path in common::corpus_files("damaged_files_can_be_rewritten", "hostile") {
        let bytes = std::fs::read(&path).unwrap();
        let Ok(file) = CompoundFile::edit_bytes(bytes.clone()) else { continue };
        let before = sound_bytes(Arc::new(CompoundFile::from_bytes(bytes).unwrap()));
        let damaged = before.values().any(|(_, code)| code.is_some());
        let has_error = |file: &CompoundFile| {
            file.check().unwrap().iter().any(|finding| finding.severity() == Severity::Error)
        };
        assert!(!damaged || has_error(&file), "{}", path.display());
        file.commit(CommitFlags::CONSOLIDATE).unwrap();
        let rewritten = CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap();
        // Foreign names stay, legal or not.
        let mut findings = rewritten.check().unwrap();
        findings.retain(|finding| finding.code() != "dir-name");
        assert!(findings.is_empty(), "{}: {findings:?}", path.display());
        let after = sound_bytes(Arc::new(rewritten));
        assert!(before.keys().eq(after.keys()), "{}", path.display());
        for (at, (bytes, code)) in &after {
            assert_eq!(*code, None, "{} {at}", path.display());
            assert!(*bytes == before[at].0, "{} {at}", path.display());
        }
    }
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
