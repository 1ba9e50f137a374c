//! What the tests of the command share: running it, the samples, and the corpus if there is one.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    unreachable_pub,
    reason = "this is test code, although no #[test] stands here"
)]

use openimsg::{CompoundFile, ElementKind, Message, Mode, Storage};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

/// The command, to be given arguments.
pub fn imsg() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_imsg"));
    command.env_remove("SOURCE_DATE_EPOCH").stdin(Stdio::null());
    command
}

/// Runs the command.
pub fn run<const N: usize>(args: [&dyn AsRef<std::ffi::OsStr>; N]) -> Output {
    imsg().args(args.map(AsRef::as_ref)).output().unwrap()
}

/// Runs the command, which must end well and have nothing to complain about.
pub fn good<const N: usize>(args: [&dyn AsRef<std::ffi::OsStr>; N]) -> String {
    let output = run(args);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && errors.is_empty(), "{:?}: {errors}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

pub fn status(output: &Output) -> i32 {
    output.status.code().expect("ended by itself")
}

pub fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples")
}

/// Makes the five sample messages in a folder.
pub fn make_samples(folder: &Path) -> Vec<PathBuf> {
    let spec = samples().join("thread.json");
    let made = good([&"new", &spec, &"-o", &folder, &"--deterministic"]);
    made.lines().map(PathBuf::from).collect()
}

/// Makes messages of a specification that stands in the test.
pub fn make(folder: &Path, specification: &str) -> Output {
    let spec = folder.join("spec.json");
    std::fs::write(&spec, specification).unwrap();
    run([&"new", &spec, &"-o", &folder])
}

/// Real messages by other people; a test that wants them and finds none says so.
pub fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("OPENIMSG_CORPUS").map(PathBuf::from);
    let folder = folder.filter(|folder| folder.is_dir());
    if folder.is_none() {
        println!("skipped: OPENIMSG_CORPUS names no corpus");
    }
    folder
}

/// The message files of the corpus.
pub fn corpus_messages() -> Vec<PathBuf> {
    let Some(folder) = corpus() else { return Vec::new() };
    let files = std::fs::read_dir(folder.join("msg")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|e| e == "msg")).collect();
    files.sort();
    assert!(!files.is_empty(), "the corpus has no messages");
    files
}

/// Opens a message.
pub fn open(path: &Path) -> Message<'static> {
    Message::open(CompoundFile::open(path).unwrap()).unwrap()
}

/// Every stream of a compound file by its path.
pub fn streams(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let root: Arc<dyn Storage> = CompoundFile::open(path).unwrap().into();
    let mut found = BTreeMap::new();
    let mut todo = vec![(String::new(), root)];
    let mode = Mode::READ.and(Mode::SHARE_EXCLUSIVE);
    while let Some((prefix, storage)) = todo.pop() {
        for member in storage.elements().unwrap() {
            let name = member.name.unwrap();
            let path = format!("{prefix}/{name}");
            match member.kind {
                ElementKind::Stream => {
                    let stream = storage.open_stream(&name, mode).unwrap();
                    let mut bytes = vec![0; usize::try_from(member.size).unwrap()];
                    assert_eq!(stream.read_at(0, &mut bytes).unwrap(), bytes.len());
                    found.insert(path, bytes);
                }
                ElementKind::Storage => {
                    todo.push((path, storage.open_storage(&name, mode).unwrap()))
                }
            }
        }
    }
    found
}

/// The names in a folder, sorted; folders end with a slash.
pub fn listing(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if entry.file_type().unwrap().is_dir() { format!("{name}/") } else { name }
        })
        .collect();
    names.sort();
    names
}

/// Makes so many messages in a folder, `m000.msg` and on, all inside one session.
pub fn make_letters(folder: &Path, count: usize) {
    let letter = |number: usize| {
        serde_json::json!({
            "file": format!("m{number:03}.msg"),
            "subject": format!("Letter {number}"),
            "from": "Ana Ribeiro <ana@rowing.example>",
            "to": ["Keiko Tanaka <keiko@boatyard.example>"],
            "bcc": ["Omar Haddad <omar@port.example>"],
            "date": "2026-05-04T09:15:00Z",
            "body": format!("Number {number}.\n").repeat(1 + number % 50),
            "properties": {"PidLidReminderSet": true, "PR_INTERNET_MESSAGE_ID": format!("<{number}@rowing.example>")},
        })
    };
    let letters: Vec<serde_json::Value> = (0..count).map(letter).collect();
    let dir = tempfile::tempdir().unwrap();
    let spec = dir.path().join("letters.json");
    std::fs::write(&spec, serde_json::to_string(&letters).unwrap()).unwrap();
    good([&"new", &spec, &"-o", &folder, &"--deterministic"]);
}

/// Makes so many mails in a folder, `m000.eml` and on.
pub fn make_mails(folder: &Path, count: usize) {
    std::fs::create_dir_all(folder).unwrap();
    for number in 0..count {
        std::fs::write(folder.join(format!("m{number:03}.eml")), mail(number)).unwrap();
    }
}

pub fn mail(number: usize) -> String {
    format!(
        "From: Ana Ribeiro <ana@rowing.example>\r\nTo: keiko@boatyard.example\r\n\
         Subject: Letter {number}\r\nDate: Mon, 04 May 2026 09:15:00 +0000\r\n\
         Message-ID: <{number}@rowing.example>\r\n\r\nNumber {number}.\r\n"
    )
}

/// Every file below a folder by its path in it, with its bytes; folders end with a slash.
pub fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut todo) = (BTreeMap::new(), vec![String::new()]);
    while let Some(below) = todo.pop() {
        for name in listing(&folder.join(&below)) {
            let path = format!("{below}{name}");
            if name.ends_with('/') {
                todo.push(path.clone());
                found.insert(path, Vec::new());
            } else {
                let bytes = std::fs::read(folder.join(&path)).unwrap();
                found.insert(path, bytes);
            }
        }
    }
    found
}

/// The lines of a report.
pub fn report(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
