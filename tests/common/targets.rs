//! What is done to bytes from outside, one function for each fuzz target. The targets under `fuzz/`
//! and the test of the finds that are kept (`tests/cases.rs`) run the same code.
#![allow(dead_code, unreachable_pub, reason = "each user takes a part")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a panic is what a find looks like"
)]

use openimsg::body::{rtf_compress, rtf_decompress, rtf_store};
use openimsg::{
    Attachment, Code, CodePage, CommitFlags, CompoundFile, ElementKind, ElementName, MapiProp,
    Message, Mode, OpenStream, SaveFlags, Storage, StorageOptions, Stream, Validation, check_bytes,
    check_message, tags::*,
};
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, LazyLock};

const READ: Mode = Mode::READ.and(Mode::SHARE_EXCLUSIVE);
const RW: Mode = Mode::READWRITE.and(Mode::SHARE_EXCLUSIVE);

/// A target: takes any bytes, panics when something is wrong.
pub type Target = fn(&[u8]);

/// All targets by name.
pub const TARGETS: [(&str, Target); 5] = [
    ("open_storage", open_storage),
    ("edit_storage", edit_storage),
    ("open_message", open_message),
    ("lzfu", lzfu),
    ("codepage", codepage),
];

/// Small inputs to start from, all made by this library.
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    match target {
        "open_storage" => seeds.extend([sample_storage(false), sample_storage(true)]),
        "edit_storage" => seeds.push((0..=255).collect()),
        "open_message" => seeds.extend([sample_message(true), sample_message(false)]),
        "lzfu" => {
            let rtf = br"{\rtf1\ansi\ansicpg1252 {\b bold} bold bold and plain\par}";
            seeds.extend([rtf_compress(rtf), rtf_store(rtf), rtf.to_vec()]);
        }
        _ => {
            for text in ["plain", "Zoë", "日本語 テキスト", "привет", "שלום", "한국어"]
            {
                seeds.push(text.as_bytes().to_vec());
                let pages = [932, 936, 949, 950, 1251, 1255, 50220, 52936, 54936, 65000];
                for page in pages.into_iter().filter_map(CodePage::new) {
                    seeds.push(page.encode(text).bytes.into_owned());
                }
            }
        }
    }
    seeds
}

fn sample_storage(large_sectors: bool) -> Vec<u8> {
    let file = StorageOptions::new().large_sectors(large_sectors).memory();
    for (name, size) in [("empty", 0), ("mini", 100), ("large", 5000)] {
        let stream = file.create_stream(&name.parse().unwrap(), RW).unwrap();
        stream.write_at(0, &vec![7; size]).unwrap();
    }
    let inner = file.create_storage(&"inner".parse().unwrap(), RW).unwrap();
    inner.create_stream(&"deep".parse().unwrap(), RW).unwrap().write_at(0, b"deep").unwrap();
    file.commit(CommitFlags::empty()).unwrap();
    file.to_bytes().unwrap()
}

fn sample_message(unicode: bool) -> Vec<u8> {
    use openimsg::{Modify, Recipient, Session};
    let file: Arc<dyn Storage> = Arc::new(CompoundFile::memory());
    let session = Session::new();
    let message = match unicode {
        true => session.create_message(Arc::clone(&file)),
        false => session.create_ansi_message(Arc::clone(&file), CodePage::WINDOWS_1252),
    };
    let message = message.unwrap();
    message.set(PR_SUBJECT_W, "RE: Zoë").unwrap();
    message.set(PR_BODY_W, "text").unwrap();
    message.set(openimsg::named::PID_LID_LOCATION, "Room 7").unwrap();
    message.modify_recipients(Modify::Add, &[Recipient::new("Ana", "ana@example.org")]).unwrap();
    let attachment = message.create_attach().unwrap();
    attachment.set(PR_ATTACH_METHOD, 5).unwrap();
    let inner = attachment.create_message().unwrap();
    inner.set(PR_SUBJECT_W, "inside").unwrap();
    inner.save_changes(SaveFlags::empty()).unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();
    let attachment = message.create_attach().unwrap();
    attachment.set(PR_ATTACH_METHOD, 1).unwrap();
    attachment.set(PR_ATTACH_DATA_BIN, b"bytes").unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();
    message.save_changes(SaveFlags::empty()).unwrap();
    let target: Arc<CompoundFile> = Arc::new(CompoundFile::memory());
    let storage: Arc<dyn Storage> = Arc::clone(&target) as _;
    drop((inner, attachment, message));
    openimsg::copy_storage(&file, &storage, &Default::default()).unwrap();
    target.commit(CommitFlags::empty()).unwrap();
    target.to_bytes().unwrap()
}

/// Opens, walks and reads a compound file, and checks its rules.
pub fn open_storage(data: &[u8]) {
    let Ok(file) = CompoundFile::from_bytes(data.to_vec()) else { return };
    let file: Arc<dyn Storage> = Arc::new(file);
    let first = listing(&file);
    assert_eq!(first, listing(&file), "a second look shows something else");
    let _ = check_bytes(data.to_vec());
    if let Ok(change) = CompoundFile::edit_bytes(data.to_vec()) {
        let change: Arc<dyn Storage> = Arc::new(change);
        assert_eq!(first, listing(&change), "reading and changing see different files");
    }
}

/// Paths of all elements; of streams what can be read, of storages nothing. Errors end a branch.
fn listing(root: &Arc<dyn Storage>) -> BTreeMap<String, Option<Result<Vec<u8>, u32>>> {
    let mut found = BTreeMap::new();
    let mut todo = vec![(String::new(), Arc::clone(root))];
    while let Some((path, storage)) = todo.pop() {
        let Ok(members) = storage.elements() else { continue };
        for (at, member) in members.into_iter().enumerate() {
            let Some(name) = member.name else { continue };
            let path = format!("{path}/{at} {name}");
            match member.kind {
                ElementKind::Storage => {
                    let opened = storage.open_storage(&name, READ);
                    found.insert(path.clone(), None);
                    todo.extend(opened.ok().map(|inner| (path, inner)));
                }
                ElementKind::Stream => {
                    let read = storage
                        .open_stream(&name, READ)
                        .and_then(|stream| whole(&*stream))
                        .map_err(|error| error.code() as u32);
                    found.insert(path, Some(read));
                }
            }
        }
    }
    found
}

fn whole(stream: &dyn Stream) -> openimsg::Result<Vec<u8>> {
    if let Some(bytes) = stream.as_bytes() {
        return Ok(bytes.to_vec());
    }
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read_at(bytes.len() as u64, &mut piece)? {
            0 => return Ok(bytes),
            got => bytes.extend_from_slice(&piece[..got]),
        }
    }
}

/// Does what the bytes say to a compound file in memory. After each commit, and at the end, the file
/// opened anew shows what the open one shows.
pub fn edit_storage(data: &[u8]) {
    let mut orders = data.iter().copied();
    let mut next = move || orders.next();
    let Some(first) = next() else { return };
    let file = Arc::new(StorageOptions::new().large_sectors(first & 1 == 1).memory());
    let root: Arc<dyn Storage> = Arc::clone(&file) as _;
    let mut open = vec![Arc::clone(&root)];
    let mut streams: Vec<Arc<dyn Stream>> = Vec::new();
    while let (Some(order), Some(which)) = (next(), next()) {
        let storage = Arc::clone(&open[usize::from(which) % open.len()]);
        let name: ElementName =
            ["a", "b", "C", "long name of an element"][usize::from(which >> 6)].parse().unwrap();
        let mode = if order & 0x80 == 0 { RW } else { RW.and(Mode::CREATE) };
        match order % 12 {
            0 => streams.extend(storage.create_stream(&name, mode).ok()),
            1 => streams.extend(storage.open_stream(&name, RW).ok()),
            2 => open.extend(storage.create_storage(&name, mode).ok()),
            3 => open.extend(storage.create_storage(&name, mode.and(Mode::TRANSACTED)).ok()),
            4 => open.extend(storage.open_storage(&name, RW.and(Mode::TRANSACTED)).ok()),
            5 => drop(storage.destroy_element(&name)),
            6 => drop(storage.rename_element(&name, &"other".parse().unwrap())),
            7 => drop(storage.revert()),
            8 => {
                let Some(stream) = streams.last() else { continue };
                let at = u64::from(next().unwrap_or(0)) * 700;
                let _ = stream.write_at(at, &vec![order; usize::from(which) * 20]);
            }
            9 => {
                let Some(stream) = streams.last() else { continue };
                let _ = stream.set_size(u64::from(which) * 90);
            }
            10 if order & 0x80 == 0 => drop(streams.pop()),
            10 if open.len() > 1 => drop(open.pop()),
            11 => {
                let _ = storage.commit(CommitFlags::empty());
                // Only with nothing else open can everything be looked at.
                if order & 0x80 != 0 {
                    streams.clear();
                    open.truncate(1);
                    drop(storage);
                    root.commit(CommitFlags::empty()).unwrap();
                    shows_the_same(&file);
                }
            }
            _ => {}
        }
        open.truncate(16);
        streams.truncate(16);
    }
    drop((streams, open));
    root.commit(CommitFlags::empty()).unwrap();
    shows_the_same(&file);
}

fn shows_the_same(file: &Arc<CompoundFile>) {
    let bytes = file.to_bytes().unwrap();
    let again: Arc<dyn Storage> = Arc::new(CompoundFile::from_bytes(bytes.clone()).unwrap());
    let root: Arc<dyn Storage> = Arc::clone(file) as _;
    assert_eq!(listing(&root), listing(&again), "the file is not what was committed");
    assert!(check_bytes(bytes).unwrap().is_empty(), "we broke a rule");
}

/// Reads everything of a message, both ways, changes its subject and saves it.
pub fn open_message(data: &[u8]) {
    let Ok(file) = CompoundFile::from_bytes(data.to_vec()) else { return };
    let file: Arc<dyn Storage> = Arc::new(file);
    let _ = check_message(&file);
    let Ok(message) = Message::open(Arc::clone(&file)) else { return };
    read_message(&message);
    let Ok(change) = CompoundFile::edit_bytes(data.to_vec()) else { return };
    let change: Arc<dyn Storage> = Arc::new(change);
    let Ok(edited) = Message::open(Arc::clone(&change)) else { return };
    if let (Ok(quick), Ok(slow)) = (message.recipients(), edited.recipients()) {
        assert_eq!(quick, slow, "rows depend on how the message was opened");
    }
    drop(message);
    if edited.set(PR_SUBJECT_W, "changed").is_err() {
        return;
    }
    if edited.save_changes(SaveFlags::empty()).is_ok() {
        drop(edited);
        let again = Message::open(change).unwrap();
        match again.get(PR_SUBJECT_W) {
            Ok(subject) => assert_eq!(subject.as_deref(), Some("changed")),
            // Flags in the file may forbid reading what may be written.
            Err(error) => assert_eq!(error.code(), Code::NoAccess),
        }
    }
}

fn read_message(message: &Message<'_>) {
    read_props(message);
    let _ = (message.sender(), message.sent_representing(), message.recipient_count());
    for row in message.recipients().unwrap_or_default() {
        let _ = (row.display_name(), row.address(), row.kind(), row.row_id());
    }
    for table in [message.recipient_table(), message.attachment_table()] {
        let Ok(mut table) = table else { continue };
        let _ = table.query_rows(100);
    }
    for number in message.attachment_numbers().unwrap_or_default() {
        let Ok(attachment) = message.open_attach(number) else { continue };
        read_attachment(&attachment);
    }
}

fn read_attachment(attachment: &Attachment<'_>) {
    read_props(attachment);
    let _ = (attachment.method(), attachment.file_name(), attachment.has_storage());
    match attachment.open_message() {
        // The depth is bounded by the limits of the session.
        Ok(inner) => read_message(&inner),
        Err(_) => drop(attachment.open_storage().map(|storage| listing(&storage))),
    }
}

fn read_props(object: &MapiProp<'_>) {
    let tags = object.prop_list().unwrap_or_default();
    let _ = (object.get_props(&tags), object.stored_props(), object.all_names());
    for tag in tags {
        let Ok(mut stream) = object.open_stream(tag, OpenStream::Read) else { continue };
        let mut bytes = Vec::new();
        let read = stream.read_to_end(&mut bytes);
        if let (Ok(_), Some(at_once)) = (read, stream.as_bytes()) {
            assert_eq!(bytes, at_once);
        }
    }
    let _ = object.findings();
}

/// Decompresses, and compresses there and back.
pub fn lzfu(data: &[u8]) {
    const LIMIT: u64 = 1 << 20;
    let lenient = rtf_decompress(data, Validation::Lenient, LIMIT);
    if let Ok(strict) = rtf_decompress(data, Validation::Strict, LIMIT) {
        assert_eq!(lenient.unwrap().bytes, strict.bytes);
    }
    for packed in [rtf_compress(data), rtf_store(data)] {
        assert_eq!(rtf_decompress(&packed, Validation::Strict, LIMIT).unwrap().bytes, data);
    }
}

/// Decodes and encodes in every page.
pub fn codepage(data: &[u8]) {
    static PAGES: LazyLock<Vec<CodePage>> =
        LazyLock::new(|| (0..=66_000).filter_map(CodePage::new).collect());
    let text = String::from_utf8_lossy(data);
    for page in PAGES.iter() {
        let decoded = page.decode(data).text.into_owned();
        let _ = page.encode(&decoded);
        let encoded = page.encode(&text);
        let _ = page.decode(&encoded.bytes);
    }
}
