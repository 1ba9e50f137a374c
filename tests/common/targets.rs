//! What is done to bytes from outside, one function for each fuzz target. The targets under `fuzz/`
//! and the test of the finds that are kept (`tests/cases.rs`) run the same code.
#![allow(dead_code, unreachable_pub, reason = "each user takes a part")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a panic is what a find looks like"
)]

use openimsg::body::{
    RtfCompressor, RtfDecompressor, RtfOptions, html_as_utf_8, html_to_markdown, html_to_rtf,
    html_to_text, rtf_compress, rtf_decompress, rtf_store, rtf_to_html, rtf_to_text, text_to_rtf,
};
use openimsg::{
    Attachment, Code, CodePage, CommitFlags, CompoundFile, ElementKind, ElementName, Finding,
    MapiProp, Message, Mode, OpenStream, Salvage, SalvageItem, SaveFlags, Storage, StorageOptions,
    Stream, Validation, check_bytes, check_message, tags::*,
};
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::sync::{Arc, LazyLock};

const READ: Mode = Mode::READ.and(Mode::SHARE_EXCLUSIVE);
const RW: Mode = Mode::READWRITE.and(Mode::SHARE_EXCLUSIVE);

#[path = "tnef.rs"]
mod tnef_stream;

/// A target: takes any bytes, panics when something is wrong.
pub type Target = fn(&[u8]);

/// All targets by name.
pub const TARGETS: [(&str, Target); 10] = [
    ("open_storage", open_storage),
    ("edit_storage", edit_storage),
    ("salvage", salvage),
    ("open_message", open_message),
    ("lzfu", lzfu),
    ("rtf", rtf),
    ("html", html),
    ("codepage", codepage),
    ("tnef", tnef),
    ("eml", eml),
];

/// Small inputs to start from, all made by this library.
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    match target {
        "open_storage" | "salvage" => seeds.extend([false, true].map(sample_storage)),
        "edit_storage" => {
            let orders: Vec<u8> = (0..=255).collect();
            for file in [Vec::new(), sample_storage(false), sample_storage(true)] {
                seeds.push(edit_orders(&orders, &file));
            }
        }
        "open_message" => seeds.extend([sample_message(true), sample_message(false)]),
        "lzfu" => {
            let rtf = br"{\rtf1\ansi\ansicpg1252 {\b bold} bold bold and plain\par}";
            seeds.extend([rtf_compress(rtf), rtf_store(rtf), rtf.to_vec()]);
        }
        "rtf" => {
            let html = "<p>caf\u{E9} &amp; <b>\u{65E5}</b></p>\r\n<ul><li>\u{1F600}</ul>";
            let native =
                br"{\rtf1\ansi{\fonttbl{\f1\fcharset128 x;}}\f1\'93\'fa{\v no}\cell\row\bin2 }}{\pict\pngblip 89504e470d0a1a0a}\li9\objattph}";
            let table =
                br"{\rtf1{\colortbl;\red9;}\trowd\clvmgf\clbrdrt\brdrs\brdrw10\brdrcf1\cellx9\clmgf\cellx99\clmrg\cellx200\intbl a\cell b\cell\cell\row\trowd\clvmrg\cellx9\cellx99\pard\intbl\cell {\field{\*\fldinst HYPERLINK ftp://x}{\fldrslt y}}\cell\row\pard{\upr{x}{\*\ud\u-10179?\u-8704?}}}";
            let after =
                br"{\rtf1\ansicpg65001\fromhtml1{\*\htmltag84 <p>}\'c3\'a9{\footnote n}}}{\*\htmltag <b>}";
            seeds.extend([html_to_rtf(html), text_to_rtf("a\r\n\u{E9}"), native.to_vec()]);
            seeds.extend([table.to_vec(), after.to_vec()]);
        }
        "html" => {
            for html in [
                "<html><head><meta http-equiv=x content='text/html; charset=big5'><title>t</title>\
                 <style>p {}</style></head><body><p>caf&eacute; &#8364;&lt;<b>b<i>c</b></i></body>",
                "<ul><li>one<ol start=3><li>two</ol></ul><blockquote>a<br>b<pre> x\r\n  y</pre>",
                "<table><tr><th>a<td colspan=2>b|c<tr><td>d</table><a href=\"mailto:x@y\">x@y</a>\
                 <img src='cid:1' alt=p><h1>#</h1>1. *no* _no_ `no` [no](no)<!-- c --><?xml?>",
            ] {
                seeds.push(html.as_bytes().to_vec());
            }
        }
        "tnef" => seeds.push(sample_tnef()),
        "eml" => seeds.push(SAMPLE_MAIL.as_bytes().to_vec()),
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

fn sample_tnef() -> Vec<u8> {
    use tnef_stream::*;
    let inner = Tnef::usual(1251).message(0x0001_8004, b"\xCF\0").rendering(1, 0);
    let list = List::new()
        .text(0x0037, "subject")
        .named([9; 16], 0x8208, |list| list.text(0x8003, "Room 7"))
        .named_text([9; 16], "Keywords", |list| {
            list.variable_array(0x101F, 0x8002, &[wide("boat"), wide("harbour")])
        })
        .fixed_array(0x1003, 0x6601, &[&[1, 0, 0, 0], &[2, 0, 0, 0]])
        .binary(0x1009, &[3; 40])
        .text8(0x1000, "body");
    Tnef::usual(1252)
        .message(0x0007_8008, &narrow("IPM.Microsoft Mail.Note"))
        .message(0x0000_8000, &triple("Ana", "SMTP:ana@example.org"))
        .message(0x0006_0000, &counted("Ana", "SMTP:ana@example.org"))
        .message(0x0003_8005, &date([2020, 3, 1, 10, 0, 0, 0]))
        .props(&list)
        .recipients(&[List::new().long(0x0C15, 1).text(0x3001, "Ana")])
        .rendering(1, 5)
        .attachment(0x0001_8010, b"A.TXT\0")
        .attachment(0x0006_800F, b"data")
        .attach_props(&List::new().text(0x3707, "a.txt").long(0x3705, 1))
        .rendering(1, 6)
        .attach_props(&List::new().object(0x3701, IID_MESSAGE, &inner.bytes()))
        .rendering(2, 7)
        .attach_props(&List::new().object(0x3701, IID_STORAGE, &sample_storage(false)))
        .bytes()
}
/// A mail with something of everything.
const SAMPLE_MAIL: &str = "From: =?utf-8?Q?Ana?= <ana@example.org>\r\nTo: G: \"b\" <b@example.org>;\r\n\
Subject: =?utf-8?B?w6k=?=\r\nDate: Tue, 05 Mar 2024 14:03:22 +0000\r\nX-Y: z\r\n\
Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\
Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n\
Content-Type: text/plain; format=flowed\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
a=C3=A9 \r\nb=\r\nc\r\n--a\r\nContent-Type: text/html; charset=utf-7\r\n\r\n<p>+AGE-</p>\r\n--a--\r\n\
--m\r\nContent-Type: image/png; name*0*=utf-8''%41; name*1=b\r\nContent-Transfer-Encoding: base64\
\r\n\r\nAAAA\r\n--m\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n\
U3ViamVjdDogeA0KDQp0ZXh0\r\n--m\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\n\
Content-Type: multipart/report; boundary=r\r\n\r\n--r\r\n\r\nx\r\n--r\r\n\
Content-Type: message/delivery-status\r\n\r\nA: b\r\n\r\nFinal-Recipient: rfc822;q@example.org\r\n\
Action: failed\r\nStatus: 5.1.1\r\n--r--\r\n--m\r\nContent-Transfer-Encoding: x-uuencode\r\n\
Content-Disposition: attachment; filename=u\r\n\r\nbegin 644 u\r\n#0V%T\r\nend\r\n--m--\r\n";

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
    assert!(first == listing(&file), "a second look shows something else");
    let _ = check_bytes(data.to_vec());
    if let Ok(change) = CompoundFile::edit_bytes(data.to_vec()) {
        let change: Arc<dyn Storage> = Arc::new(change);
        let change = listing(&change);
        let other = first.iter().find(|(path, item)| change.get(*path) != Some(item));
        let path = other.map(|(path, _)| path);
        assert!(first == change, "reading and changing see different files: {path:?}");
    }
}

/// Paths of all elements; of streams what can be read, of storages nothing. Errors end a branch. Of two
/// members of one name the second can only be enumerated, and not by who may change them.
fn listing(root: &Arc<dyn Storage>) -> BTreeMap<String, Option<Result<Vec<u8>, u32>>> {
    let mut found = BTreeMap::new();
    let mut todo = vec![(String::new(), Arc::clone(root))];
    while let Some((path, storage)) = todo.pop() {
        let Ok(members) = storage.elements() else { continue };
        let mut last = None;
        for member in members {
            let Some(name) = member.name else { continue };
            if last.replace(name) == Some(name) {
                continue;
            }
            let path = format!("{path}/{name}");
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

/// Does what the bytes say to a compound file in memory: a new one, or what follows the orders, which
/// may be damaged. After each commit, and at the end, the file opened anew shows what the open one
/// shows, and breaks no rule.
///
/// The bytes: flags (1: large sectors), the number of orders (two bytes), the orders, the file.
pub fn edit_storage(data: &[u8]) {
    let [flags, low, high, rest @ ..] = data else { return };
    let orders = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
    let (orders, given) = rest.split_at(orders);
    let file = match given {
        [] => Ok(StorageOptions::new().large_sectors(flags & 1 == 1).memory()),
        given => CompoundFile::edit_bytes(given.to_vec()),
    };
    let Ok(file) = file else { return };
    let mut edit = Edit::new(file);
    let mut orders = orders.iter().copied();
    while let (Some(order), Some(which)) = (orders.next(), orders.next()) {
        edit.obey(order, which, || orders.next().unwrap_or(0));
    }
    edit.finish();
}

/// The bytes of [`edit_storage`] for these orders on this file.
pub fn edit_orders(orders: &[u8], file: &[u8]) -> Vec<u8> {
    let count = u16::try_from(orders.len()).unwrap();
    let mut data = vec![0];
    data.extend(count.to_le_bytes());
    data.extend(orders);
    data.extend(file);
    data
}

/// A file that is being edited, and what is open in it.
struct Edit {
    file: Arc<CompoundFile>,
    open: Vec<Arc<dyn Storage>>,
    streams: Vec<Arc<dyn Stream>>,
}

impl Edit {
    fn new(file: CompoundFile) -> Edit {
        let file = Arc::new(file);
        let root: Arc<dyn Storage> = Arc::clone(&file) as _;
        Edit { file, open: vec![root], streams: Vec::new() }
    }

    fn obey(&mut self, order: u8, which: u8, mut next: impl FnMut() -> u8) {
        let storage = Arc::clone(&self.open[usize::from(which) % self.open.len()]);
        let name = self.name(&*storage, which);
        let mode = if order & 0x80 == 0 { RW } else { RW.and(Mode::CREATE) };
        let (open, streams) = (&mut self.open, &mut self.streams);
        match order % 13 {
            0 => streams.extend(storage.create_stream(&name, mode).ok()),
            1 => streams.extend(storage.open_stream(&name, RW).ok()),
            2 => open.extend(storage.create_storage(&name, mode).ok()),
            3 => open.extend(storage.create_storage(&name, mode.and(Mode::TRANSACTED)).ok()),
            4 => open.extend(storage.open_storage(&name, RW.and(Mode::TRANSACTED)).ok()),
            5 => drop(storage.destroy_element(&name)),
            6 => drop(storage.rename_element(&name, &"other".parse().unwrap())),
            7 => drop(storage.revert()),
            8 => {
                let Some(stream) = streams.last() else { return };
                let at = u64::from(next()) * 700;
                let _ = stream.write_at(at, &vec![order; usize::from(which) * 20]);
            }
            9 => {
                let Some(stream) = streams.last() else { return };
                let _ = stream.set_size(u64::from(which) * 90);
            }
            10 if order & 0x80 == 0 => drop(streams.pop()),
            10 if open.len() > 1 => drop(open.pop()),
            11 => {
                let _ = storage.commit(CommitFlags::empty());
                // Only with nothing else open can everything be looked at.
                if order & 0x80 != 0 {
                    drop(storage);
                    self.settle();
                }
            }
            12 => {
                drop(storage);
                self.settle();
                *self = Edit::new(CompoundFile::edit_bytes(self.file.to_bytes().unwrap()).unwrap());
            }
            _ => {}
        }
        self.open.truncate(16);
        self.streams.truncate(16);
    }

    /// One of four names, or that of a member.
    fn name(&self, storage: &dyn Storage, which: u8) -> ElementName {
        let names = ["a", "b", "C", "long name of an element"];
        if which & 0x20 != 0 {
            let members = storage.elements_after(None, 32).unwrap_or_default();
            let member = members.get(usize::from(which) % 37 % members.len().max(1));
            if let Some(name) = member.and_then(|member| member.name) {
                return name;
            }
        }
        names[usize::from(which >> 6)].parse().unwrap()
    }

    /// Closes what is open and commits: the file opened anew is the same, and sound.
    fn settle(&mut self) {
        self.streams.clear();
        self.open.truncate(1);
        // A whole rewrite: damage that nobody touched is healed too.
        self.open[0].commit(CommitFlags::CONSOLIDATE).unwrap();
        let bytes = self.file.to_bytes().unwrap();
        let again: Arc<dyn Storage> = Arc::new(CompoundFile::from_bytes(bytes.clone()).unwrap());
        let root: Arc<dyn Storage> = Arc::clone(&self.file) as _;
        assert!(listing(&root) == listing(&again), "the file is not what was committed");
        let findings = check_bytes(bytes).unwrap();
        // Names of a damaged file stay, legal or not.
        let broken = findings.iter().find(|finding| finding.code() != "dir-name");
        assert!(broken.is_none(), "we broke a rule: {broken:?}");
    }

    fn finish(mut self) {
        self.settle();
    }
}

/// Salvages bytes, and holds the new file to what must be true of it.
pub fn salvage(data: &[u8]) {
    salvaged(data);
}

/// A salvaged file, and its streams by path.
pub type Salvaged = (Vec<u8>, BTreeMap<String, Vec<u8>>);

/// The new file and its streams, unless nothing can be salvaged: it breaks no rule, and what the plain
/// reader reads whole of the damaged bytes is in it.
pub fn salvaged(data: &[u8]) -> Option<Salvaged> {
    let plain = CompoundFile::from_bytes(data.to_vec());
    let salvage = match Salvage::from_bytes(data.to_vec()) {
        Ok(salvage) => salvage,
        Err(error) => {
            assert!(plain.is_err(), "it opens, and cannot be salvaged: {error}");
            return None;
        }
    };
    let new = salvage.to_bytes().unwrap();
    let findings = CompoundFile::from_bytes(new.clone()).unwrap().check().unwrap();
    assert!(findings.is_empty(), "{findings:?}");
    let strict = StorageOptions::new().validation(Validation::Strict);
    let after = whole_streams(Arc::new(strict.from_bytes(new.clone()).unwrap()));
    assert_eq!(after.len() as u64, salvage.summary().streams);
    let has = |code: &str, text: &str, path: &str| {
        salvage.report().iter().map(SalvageItem::finding).any(|finding| {
            finding.code() == code
                && finding.text().contains(text)
                && finding.place().path() == path
        })
    };
    // With other sectors it is another file.
    if let (Ok(plain), false) = (plain, has("salvage-header", "sector shift", "")) {
        for (path, bytes) in whole_streams(Arc::new(plain)) {
            let now = moved(&salvage, &path);
            let Some(found) = after.get(&now) else { panic!("{now} ({path}) is missing") };
            // Read whole by a FAT that is none: the report says so.
            let same = *found == bytes || has("salvage-reread", "", &path);
            assert!(same, "{path} has other bytes");
        }
    }
    Some((new, after))
}

/// The path that an element of the damaged file has in the new one.
fn moved(salvage: &Salvage, path: &str) -> String {
    let mut now = path.to_owned();
    for item in salvage.report() {
        let old = item.finding().place().path();
        // Of two with one name the plain reader sees the first, which keeps it.
        let Some(new) = item.new_path().filter(|_| item.finding().code() == "salvage-name") else {
            continue;
        };
        let rest = path.strip_prefix(old).filter(|r| r.is_empty() || r.starts_with('/'));
        if let Some(rest) = rest {
            now = format!("{new}{rest}");
        }
    }
    now
}

/// Every stream that can be read to its end, by path; storages in the order that a salvage has.
fn whole_streams(root: Arc<dyn Storage>) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut todo = vec![(String::new(), root)];
    while let Some((path, storage)) = todo.pop() {
        let Ok(members) = storage.elements() else { continue };
        let mut last = None;
        for member in members {
            let Some(name) = member.name else { continue };
            // The second of one name cannot be opened by it.
            if last.replace(name) == Some(name) {
                continue;
            }
            let at = format!("{path}/{name}");
            match member.kind {
                ElementKind::Storage => {
                    let inner = storage.open_storage(&name, READ);
                    todo.extend(inner.ok().map(|inner| (at, inner)));
                }
                ElementKind::Stream => {
                    let stream = storage.open_stream(&name, READ);
                    let bytes = stream.and_then(|stream| whole(&*stream));
                    found.extend(bytes.ok().map(|bytes| (at, bytes)));
                }
            }
        }
    }
    found
}

/// Reads everything of a message, both ways, changes its subject and saves it.
pub fn open_message(data: &[u8]) {
    let Ok(file) = CompoundFile::from_bytes(data.to_vec()) else { return };
    let file: Arc<dyn Storage> = Arc::new(file);
    let _ = check_message(&file);
    if let Ok(message) = Message::open(file) {
        read_message(&message);
    }
    // An entry that two storages list is the first reader's: both are to come to fresh files.
    let (Ok(fresh), Ok(change)) =
        (CompoundFile::from_bytes(data.to_vec()), CompoundFile::edit_bytes(data.to_vec()))
    else {
        return;
    };
    let Ok(message) = Message::open(fresh) else { return };
    let change: Arc<dyn Storage> = Arc::new(change);
    let Ok(edited) = Message::open(Arc::clone(&change)) else { return };
    // Of two rows of one name it is not said which one counts.
    let twice = |finding: &Finding| ["dir-duplicate", "dir-link"].contains(&finding.code());
    let certain = check_bytes(data.to_vec()).is_ok_and(|findings| !findings.iter().any(twice));
    if let (true, Ok(quick), Ok(slow)) = (certain, message.recipients(), edited.recipients()) {
        // A number that is none (NaN) equals not even itself, but it prints like itself.
        let same = quick == slow || format!("{quick:?}") == format!("{slow:?}");
        assert!(same, "rows depend on how the message was opened: {quick:?} and {slow:?}");
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

/// Reads RTF in every way, and puts what came out into RTF again.
pub fn rtf(data: &[u8]) {
    let lenient = RtfOptions::default();
    let mut strict = RtfOptions::default();
    strict.validation = Validation::Strict;
    for read in [rtf_to_html, rtf_to_text] {
        let body = read(data, &lenient).unwrap();
        match read(data, &strict) {
            Ok(same) => assert_eq!(same, body),
            Err(_) => assert!(!body.findings.is_empty()),
        }
        strict.text_bytes = Some(u64::MAX);
        let text = read(&text_to_rtf(&body.text), &strict);
        let html = rtf_to_html(&html_to_rtf(&body.text), &strict).unwrap();
        assert!(text.is_ok());
        let lines = body.text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
        assert_eq!(html.text, lines);
        strict.text_bytes = None;
    }
}

/// Puts HTML into RTF and back, and makes text and Markdown of it.
pub fn html(data: &[u8]) {
    let html = String::from_utf8_lossy(data);
    let lines = |text: &str| {
        let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
        text.replace('\0', "")
    };
    let rtf = html_to_rtf(&html);
    assert!(rtf.is_ascii() && rtf.len() <= 40 * html.len() + 1000);
    let mut strict = RtfOptions::default();
    strict.validation = Validation::Strict;
    strict.text_bytes = Some(u64::MAX);
    assert_eq!(rtf_to_html(&rtf, &strict).unwrap().text, lines(&html));
    rtf_to_text(&rtf, &strict).unwrap();
    // What is made of HTML is no more than a few times as long, and no NULs come through.
    for made in [html_to_text(&html), html_to_markdown(&html)] {
        assert!(made.len() <= 40 * html.len() + 1000, "{} of {}", made.len(), html.len());
        assert!(!made.contains('\0'));
    }
    let said = html_as_utf_8(&html);
    assert_eq!(html_as_utf_8(&said), said);
}

/// Decompresses, at once and piece by piece, and compresses there and back.
pub fn lzfu(data: &[u8]) {
    const LIMIT: u64 = 1 << 20;
    let lenient = rtf_decompress(data, Validation::Lenient, LIMIT);
    let mut pieces = RtfDecompressor::new(data, Validation::Lenient, LIMIT);
    let mut bytes = Vec::new();
    match (&lenient, pieces.read_to_end(&mut bytes)) {
        (Ok(whole), Ok(_)) => {
            assert_eq!(whole.bytes, bytes);
            let codes = |found: &[Finding]| found.iter().map(Finding::code).collect::<Vec<_>>();
            assert_eq!(codes(&whole.findings), codes(pieces.findings()));
        }
        (whole, pieces) => assert_eq!(whole.is_err(), pieces.is_err()),
    }
    let mut writer = RtfCompressor::new(Cursor::new(Vec::new())).unwrap();
    data.chunks(7).for_each(|piece| writer.write_all(piece).unwrap());
    assert_eq!(writer.finish().unwrap().into_inner(), rtf_compress(data));
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

/// Reads a TNEF stream into a message and saves it: whatever could be read is in the file.
pub fn tnef(data: &[u8]) {
    use openimsg::mime::{ImportOptions, read_tnef};
    let file: Arc<CompoundFile> = Arc::new(CompoundFile::memory());
    let message = Message::create(Arc::clone(&file) as Arc<dyn Storage>).unwrap();
    let read = read_tnef(std::io::Cursor::new(data), &message, &ImportOptions::default());
    if let Err(error) = read {
        assert_eq!(error.code(), Code::CorruptData, "{error}");
        return;
    }
    // A save derives the prefix of the subject, whatever was set.
    let kept = |tag: &u32| tag >> 16 != 0x003D;
    let tags = |message: &Message<'_>| -> Vec<u32> {
        let entries = message.stored_entries().unwrap().into_iter();
        entries.map(|(tag, _)| tag.value()).filter(kept).collect()
    };
    let before = (message.attachment_numbers().unwrap(), message.recipient_count().unwrap());
    let props = tags(&message);
    message.save_changes(SaveFlags::empty()).unwrap();
    drop(message);
    let bytes = file.to_bytes().unwrap();
    let again = Message::open(CompoundFile::from_bytes(bytes.clone()).unwrap()).unwrap();
    let after = (again.attachment_numbers().unwrap(), again.recipient_count().unwrap());
    assert_eq!(before.0.len(), after.0.len());
    assert_eq!(before.1, after.1);
    let after = tags(&again);
    assert!(props.iter().all(|tag| after.contains(tag)), "a property is missing after the save");
    for number in again.attachment_numbers().unwrap() {
        let attachment = again.open_attach(number).unwrap();
        if attachment.has_message().unwrap() {
            attachment.open_message().unwrap();
        }
    }
    // Names inside OLE objects come from the stream, legal or not.
    let findings = check_bytes(bytes).unwrap();
    let broken = findings.iter().find(|finding| finding.code() != "dir-name");
    assert!(broken.is_none(), "we broke a rule: {broken:?}");
}

/// Reads a mail, and what was made of it.
pub fn eml(data: &[u8]) {
    let message = Message::create(CompoundFile::memory()).unwrap();
    let options = openimsg::mime::ImportOptions::default();
    openimsg::mime::read_eml(std::io::Cursor::new(data), &message, &options).unwrap();
    message.save_changes(SaveFlags::KEEP_OPEN_READWRITE).unwrap();
    message.recipients().unwrap();
    for number in message.attachment_numbers().unwrap() {
        message.open_attach(number).unwrap().content().unwrap();
    }
}
