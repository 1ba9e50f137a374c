//! Messages that the tests begin with.

use super::{Item, RW, name};
use openimsg::{
    Attachment, Clock, CommitFlags, CompoundFile, FileTime, Message, Mode, Modify, NamedProp,
    OpenStream, Prop, PropSet, PropTag, PropValue, Recipient, SaveFlags, SessionOptions, Storage,
    Text, tags::*,
};
use std::io::Write;
use std::sync::Arc;

pub const KEEP: SaveFlags = SaveFlags::KEEP_OPEN_READWRITE;
pub const PROPS: &str = "__properties_version1.0";

/// The code of a failure.
#[track_caller]
pub fn code<T>(result: openimsg::Result<T>) -> openimsg::Code {
    match result {
        Ok(_) => panic!("it should fail"),
        Err(error) => error.code(),
    }
}

/// A writeable storage in memory.
pub fn memory() -> Arc<dyn Storage> {
    CompoundFile::memory().into()
}

/// A fresh Unicode message in memory.
pub fn fresh() -> Message<'static> {
    Message::create(CompoundFile::memory()).unwrap()
}

/// The committed bytes as a new storage for reading.
pub fn reopen_read(file: &Arc<CompoundFile>) -> Arc<dyn Storage> {
    CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap().into()
}

/// A file in memory that tests may look into.
pub fn file() -> (Arc<CompoundFile>, Arc<dyn Storage>) {
    let file = Arc::new(CompoundFile::memory());
    (Arc::clone(&file), file)
}

/// Builds a message in memory, saves it, and gives the bytes of the file.
pub fn build(f: impl FnOnce(&Message<'_>)) -> Vec<u8> {
    let (bytes, storage) = file();
    let message = Message::create(storage).unwrap();
    f(&message);
    message.save_changes(SaveFlags::empty()).unwrap();
    drop(message);
    bytes.to_bytes().unwrap()
}

/// The same in ANSI form.
pub fn build_ansi(page: u32, f: impl FnOnce(&Message<'_>)) -> Vec<u8> {
    let (bytes, storage) = file();
    let session = SessionOptions::new().open();
    let page = openimsg::CodePage::new(page).unwrap();
    let message = session.create_ansi_message(storage, page).unwrap();
    f(&message);
    message.save_changes(SaveFlags::empty()).unwrap();
    drop(message);
    session.close();
    bytes.to_bytes().unwrap()
}

/// Opens bytes for reading.
pub fn open(bytes: &[u8]) -> Message<'static> {
    Message::open(CompoundFile::from_bytes(bytes.to_vec()).unwrap()).unwrap()
}

/// Opens bytes for change; the file gives the new bytes after a save.
pub fn edit(bytes: &[u8]) -> (Message<'static>, Arc<CompoundFile>) {
    let file = Arc::new(CompoundFile::edit_bytes(bytes.to_vec()).unwrap());
    let storage: Arc<dyn Storage> = Arc::clone(&file) as Arc<dyn Storage>;
    (Message::open(storage).unwrap(), file)
}

/// Changes the elements of a file below our own message layer, and commits.
pub fn tamper(bytes: &[u8], f: impl FnOnce(&dyn Storage)) -> Vec<u8> {
    let file = CompoundFile::edit_bytes(bytes.to_vec()).unwrap();
    f(&file);
    file.commit(CommitFlags::empty()).unwrap();
    file.to_bytes().unwrap()
}

/// Replaces a stream's bytes.
pub fn put(storage: &dyn Storage, stream: &str, bytes: &[u8]) {
    let made = storage.create_stream(&name(stream), RW.and(Mode::CREATE)).unwrap();
    made.write_at(0, bytes).unwrap();
}

/// Works on a storage below, opened for change.
pub fn within(storage: &dyn Storage, path: &[&str], f: impl FnOnce(&dyn Storage)) {
    let mut open: Vec<Arc<dyn Storage>> = Vec::new();
    for part in path {
        let parent = open.last().map_or(storage, |last| &**last);
        let below = parent.open_storage(&name(part), RW).unwrap();
        open.push(below);
    }
    f(open.last().map_or(storage, |last| &**last));
}

/// The bytes of a stream, for change in place.
pub fn bytes_of(storage: &dyn Storage, stream: &str) -> Vec<u8> {
    super::stream_bytes(storage, &name(stream)).unwrap()
}

/// Changes a stream's bytes.
pub fn change(storage: &dyn Storage, stream: &str, f: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = bytes_of(storage, stream);
    f(&mut bytes);
    put(storage, stream, &bytes);
}

/// Changes a property stream's entry with this tag.
pub fn change_entry(storage: &dyn Storage, header: usize, tag: u32, f: impl FnOnce(&mut [u8])) {
    change(storage, PROPS, |bytes| {
        let at = entry_at(bytes, header, tag).unwrap_or_else(|| panic!("no {tag:08X}"));
        f(&mut bytes[at..at + 16]);
    });
}

/// Where the entry of a tag begins.
pub fn entry_at(props: &[u8], header: usize, tag: u32) -> Option<usize> {
    (header..props.len()).step_by(16).find(|at| props[*at..].starts_with(&tag.to_le_bytes()))
}

/// The 16 bytes of an entry in a listing's property stream.
pub fn entry(item: Option<&Item>, header: usize, tag: u32) -> Option<[u8; 16]> {
    let Some(Item::Stream(Ok(bytes))) = item else { panic!("no property stream") };
    let at = entry_at(bytes, header, tag)?;
    Some(bytes[at..at + 16].try_into().unwrap())
}

pub fn tag(value: u32) -> PropTag {
    PropTag::new(value)
}

pub fn prop(tag: u32, value: PropValue) -> Prop {
    Prop { tag: PropTag::new(tag), value }
}

pub fn text(value: &str) -> PropValue {
    PropValue::Unicode(Text::from(value))
}

/// To, Cc and Bcc.
pub fn three() -> [Recipient; 3] {
    [
        Recipient::new("Ana", "ana@example.org"),
        Recipient::new("Ben", "ben@example.org").cc(),
        Recipient::new("Cem", "cem@example.org").bcc(),
    ]
}

/// A saved attachment by value.
pub fn attach(message: &Message<'_>, file_name: &str, data: &[u8]) -> u32 {
    let attachment = message.create_attach().unwrap();
    attachment.set(PR_ATTACH_METHOD, 1).unwrap();
    attachment.set(PR_ATTACH_LONG_FILENAME_W, file_name).unwrap();
    let mut stream = attachment.open_stream(PR_ATTACH_DATA_BIN.tag(), OpenStream::Create).unwrap();
    stream.write_all(data).unwrap();
    drop(stream);
    attachment.save_changes(KEEP).unwrap();
    attachment.number()
}

/// A saved attachment with a saved message in it.
pub fn embed(message: &Message<'_>, f: impl FnOnce(&Message<'_>)) -> u32 {
    let attachment = message.create_attach().unwrap();
    attachment.set(PR_ATTACH_METHOD, 5).unwrap();
    let inner = attachment.create_message().unwrap();
    f(&inner);
    inner.save_changes(KEEP).unwrap();
    attachment.save_changes(KEEP).unwrap();
    attachment.number()
}

/// Saves an attachment's object storage with one stream.
pub fn ole(attachment: &Attachment<'_>, stream: &str, data: &[u8]) {
    attachment.set(PR_ATTACH_METHOD, 6).unwrap();
    let object = attachment.create_storage().unwrap();
    put(&*object, stream, data);
    object.commit(CommitFlags::empty()).unwrap();
}

pub fn some_names() -> Vec<NamedProp> {
    vec![
        NamedProp::text(PropSet::PS_PUBLIC_STRINGS, "Keywords"),
        NamedProp::id(PropSet::PSETID_COMMON, 0x8514),
        NamedProp::id(PropSet::PSETID_TASK, 0x8101),
        NamedProp::text(PropSet::PS_INTERNET_HEADERS, "X-Test"),
    ]
}

/// One value of every type that can be set.
pub fn every_type() -> Vec<PropValue> {
    use PropValue as V;
    let guid = openimsg::Guid::mapi(0x1234);
    let time = FileTime::from_ticks(0x01DA_6F01_2345_6789);
    vec![
        V::I2(-2),
        V::Long(i32::MIN),
        V::R4(1.5),
        V::Double(-0.25),
        V::Currency(123_456),
        V::AppTime(-1.25),
        V::Boolean(true),
        V::I8(i64::MIN + 1),
        V::Unicode(Text::from("A\u{1F600}\u{1}B")),
        V::SysTime(time),
        V::Clsid(guid),
        V::Binary(vec![0, 1, 2, 0]),
        V::Opaque(openimsg::PropType::PT_SVREID, vec![1, 2, 3]),
        V::MvI2(vec![1, -1]),
        V::MvLong(vec![1, -2, 3, 4, 5]),
        V::MvR4(vec![0.5]),
        V::MvDouble(vec![0.5, -1e300]),
        V::MvCurrency(vec![1, -1]),
        V::MvAppTime(vec![0.0, 2.5]),
        V::MvI8(vec![i64::MAX]),
        V::MvUnicode(vec!["a".into(), "".into(), "bc".into()]),
        V::MvSysTime(vec![time]),
        V::MvClsid(vec![guid, openimsg::Guid::NULL]),
        V::MvBinary(vec![vec![], vec![0], vec![1, 2, 3]]),
    ]
}

/// A message with everything in it.
pub fn everything(message: &Message<'_>) {
    message.set(PR_MESSAGE_CLASS_W, "IPM.Note").unwrap();
    message.set(PR_SUBJECT_W, "RE: everything").unwrap();
    message.set(PR_BODY_W, "Some text with an umlaut: \u{FC}").unwrap();
    let values = every_type().into_iter().enumerate();
    let props: Vec<Prop> = values
        .map(|(at, value)| {
            let id = openimsg::PropId::new(0x6600 + u16::try_from(at).unwrap());
            Prop { tag: PropTag::from_parts(id, value.prop_type()), value }
        })
        .collect();
    assert_eq!(message.set_props(&props).unwrap(), []);
    let ids = message.ids_from_names(&some_names(), true).unwrap();
    for (at, id) in ids.into_iter().enumerate() {
        let tag = PropTag::from_parts(id.unwrap(), openimsg::PropType::PT_UNICODE);
        let value = text(&format!("named {at}"));
        assert_eq!(message.set_props(&[Prop { tag, value }]).unwrap(), []);
    }
    message.modify_recipients(Modify::Add, &three()).unwrap();
    attach(message, "plan.txt", b"first this, then that");
    embed(message, |inner| {
        inner.set(PR_SUBJECT_W, "inner").unwrap();
        inner.modify_recipients(Modify::Add, &three()[..1]).unwrap();
        attach(inner, "deep.bin", &[7; 9000]);
        embed(inner, |deepest| deepest.set(PR_SUBJECT_W, "deepest").unwrap());
    });
    let object = message.create_attach().unwrap();
    ole(&object, "CONTENTS", b"picture");
    object.save_changes(KEEP).unwrap();
}

/// Fixed times and keys, so that the same work gives the same bytes.
pub fn reproducible() -> SessionOptions {
    let time = FileTime::from_ticks(133_500_000_000_000_000);
    SessionOptions::new().clock(Clock::Fixed(time)).seed(7)
}

/// What the rules find in a file that Outlook would not write itself (a note is not counted).
pub fn broken_rules(bytes: &[u8]) -> Vec<openimsg::Finding> {
    let mut found = openimsg::check_bytes(bytes.to_vec()).unwrap();
    let storage: Arc<dyn Storage> = CompoundFile::from_bytes(bytes.to_vec()).unwrap().into();
    found.extend(openimsg::check_message(&storage).unwrap());
    found.retain(|finding| finding.severity() != openimsg::Severity::Note);
    found
}
