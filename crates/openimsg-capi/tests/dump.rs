//! A dump made through the C door equals `imsg dump`.
//!
//! `tests/c/dump` is a C program that prints messages by MAPI calls alone. Here it is built with the
//! system's compiler and runs over messages; what it prints is compared with what `imsg dump --json
//! --digest` prints of the same files and with the ground truth of the corpus. What MAPI's interfaces
//! show differently stands in [`EXPLAINED`], with the reason; any other difference fails.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    reason = "a test may panic and say why"
)]

#[path = "dump/build.rs"]
mod build;
#[path = "dump/compare.rs"]
mod compare;
#[path = "dump/explained.rs"]
mod explained;
#[path = "dump/json.rs"]
mod json;
#[path = "dump/kinds.rs"]
mod kinds;
#[path = "dump/truth.rs"]
mod truth;

use compare::Differences;
use explained::{EXPLAINED, explanation};
use serde_json::Value;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The messages of the corpus, if there is one.
fn corpus() -> Option<(PathBuf, Vec<PathBuf>)> {
    let folder = std::env::var_os("OPENIMSG_CORPUS").map(PathBuf::from);
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else {
        println!("skipped: OPENIMSG_CORPUS names no corpus");
        return None;
    };
    let files = folder.join("msg").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|e| e == "msg")).collect();
    files.sort();
    assert!(!files.is_empty(), "the corpus has no messages");
    Some((folder, files))
}

/// What the C program prints of these files.
fn by_mapi(program: &Path, options: &[&str], files: &[PathBuf]) -> Vec<Value> {
    let output = Command::new(program).args(options).args(files).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}\n{errors}", output.status);
    assert_eq!(errors, "");
    json::dumps(&String::from_utf8(output.stdout).unwrap())
}

/// What `imsg` prints of these files, and its exit status.
fn imsg_dump(files: &[PathBuf]) -> (Option<i32>, Vec<Value>) {
    let mut args = ["dump", "--json", "--digest"].map(OsString::from).to_vec();
    args.extend(files.iter().map(OsString::from));
    let output = build::imsg(&args);
    (output.status.code(), json::dumps(&String::from_utf8(output.stdout).unwrap()))
}

/// What `imsg` prints of files that it can read.
fn by_imsg(files: &[PathBuf]) -> Vec<Value> {
    let (status, dumps) = imsg_dump(files);
    assert_eq!(status, Some(0));
    dumps
}

/// The samples of this repository and messages with every kind of value, made in a folder.
fn own_messages(folder: &Path) -> Vec<PathBuf> {
    let kinds = folder.join("kinds.json");
    std::fs::write(&kinds, kinds::specification()).unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/thread.json");
    let mut args = vec!["new".into(), samples.into(), kinds.into(), "-o".into(), folder.into()];
    args.push("--deterministic".into());
    let output = build::imsg(&args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{:?}\n{errors}", output.status);
    let made = String::from_utf8(output.stdout).unwrap();
    let files: Vec<PathBuf> = made.lines().map(PathBuf::from).collect();
    assert!(files.len() > 2, "{made}");
    files
}

/// Compares both on these files. Gives how many properties were compared and which explanations were
/// needed; a difference without one fails.
fn compare(mapi: &[Value], imsg: &[Value]) -> (usize, BTreeSet<(usize, usize)>) {
    assert_eq!(mapi.len(), imsg.len());
    let mut found = Differences::default();
    for (mapi, imsg) in mapi.iter().zip(imsg) {
        found.file(mapi, imsg);
    }
    let (explained, others): (Vec<_>, Vec<_>) =
        found.all.iter().map(|one| (one, explanation(one))).partition(|(_, why)| why.is_some());
    let others: Vec<String> = others
        .iter()
        .map(|(one, _)| format!("{:?} {:?} {}", one.object, one.what, one.text))
        .collect();
    let shown = others.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(others.is_empty(), "{} differences that nothing explains:\n{shown}", others.len());
    (found.compared, explained.into_iter().filter_map(|(_, why)| why).collect())
}

/// The rows of the table, with each of their properties.
fn rows() -> BTreeSet<(usize, usize)> {
    let rows = EXPLAINED.iter().enumerate();
    rows.flat_map(|(number, row)| (0..row.ids.len()).map(move |place| (number, place))).collect()
}

#[test]
fn our_own_messages_are_the_same_through_the_c_door() {
    let Some(cc) = build::compiler() else { return };
    let folder = tempfile::tempdir().unwrap();
    let program = build::dump(&cc, folder.path());
    let files = own_messages(folder.path());
    let mapi = by_mapi(&program, &[], &files);
    let (compared, _) = compare(&mapi, &by_imsg(&files));
    println!("{compared} properties of {} messages are the same", files.len());

    // A value that is too large to be given is read as a stream; only arrays have none.
    let small = by_mapi(&program, &["--limit", "40"], &files);
    let mut refused = Vec::new();
    assert_eq!(mapi.len(), small.len());
    for (mapi, small) in mapi.iter().zip(&small) {
        json::without_arrays(mapi, small, &mut refused);
    }
    // 12 and 60 bytes together.
    assert_eq!(refused, ["0x662B1102"]);
}

#[test]
fn messages_of_the_corpus_are_the_same_through_the_c_door() {
    let (Some(cc), Some((corpus, mut files))) = (build::compiler(), corpus()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let program = build::dump(&cc, folder.path());
    let of_corpus = files.len();
    files.extend(own_messages(folder.path()));
    let mapi = by_mapi(&program, &[], &files);
    let (compared, used) = compare(&mapi, &by_imsg(&files));
    println!("{compared} properties of {} messages are the same", files.len());
    let stale: Vec<String> = rows()
        .difference(&used)
        .map(|(row, place)| {
            let row = &EXPLAINED[*row];
            format!("{:?} {:?} {:04X} {}", row.object, row.what, row.ids[*place], row.why)
        })
        .collect();
    assert!(stale.is_empty(), "explanations that nothing needs: {stale:#?}");

    let held = truth::hold(&corpus, &mapi[..of_corpus]);
    println!("{held} properties are as other readers found them");
}

/// Damaged files: what they hold differs where they contradict themselves, but they are opened or
/// refused alike, and nothing is left behind.
#[test]
fn damaged_files_are_opened_or_refused_alike() {
    let (Some(cc), Some((corpus, _))) = (build::compiler(), corpus()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let program = build::dump(&cc, folder.path());
    let files = corpus.join("hostile").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> = files.collect();
    assert!(!files.is_empty(), "the corpus has no damaged files");
    let mapi = by_mapi(&program, &[], &files);
    assert_eq!(mapi.len(), files.len());
    let opened: Vec<&Value> =
        mapi.iter().filter(|dump| dump.get("lost").is_none()).map(|dump| &dump["file"]).collect();
    assert!(!opened.is_empty(), "one of them can be opened");
    let (status, imsg) = imsg_dump(&files);
    assert_eq!(status, Some(1), "some cannot be opened");
    assert_eq!(opened, imsg.iter().map(|dump| &dump["file"]).collect::<Vec<_>>());
}

#[test]
fn what_one_example_makes_the_other_reads() {
    let Some(cc) = build::compiler() else { return };
    let folder = tempfile::tempdir().unwrap();
    let make = build::example(&cc, folder.path(), "make_msg");
    let read = build::example(&cc, folder.path(), "read_msg");
    let made = Command::new(make).arg("made.msg").current_dir(folder.path()).output().unwrap();
    assert!(made.status.success(), "{made:?}");

    let message = folder.path().join("made.msg");
    let output = Command::new(read).arg(&message).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    let expected = "Subject: Minutes of Tuesday\nFrom: Ana Ribeiro\n\
        To: Zoë Martin <zoe@example.org>\nAttached: minutes.txt\n\n\
        Dear Zoë,\r\n\r\nthe minutes are attached.\r\n\n";
    assert_eq!(said, expected);

    let dump = by_imsg(&[message]);
    assert_eq!(dump[0]["class_id"], "{00020d0b-0000-0000-c000-000000000046}");
    assert_eq!(dump[0]["unicode"], true);
    let attached = json::props(&dump[0]["message"]["attachments"][0]);
    assert_eq!(attached[&0x3705_0003]["value"], 1);
    assert_eq!(attached[&0x3701_0102]["value"]["size"], 40);
}

#[test]
fn neither_dump_nor_examples_touch_or_leave_what_they_should_not() {
    let Some(cc) = build::compiler() else { return };
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: valgrind is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let files = own_messages(folder.path());
    let checked = |program: PathBuf, args: &[PathBuf]| {
        let mut command = Command::new("valgrind");
        command.args(["-q", "--leak-check=full", "--error-exitcode=9"]).arg(program).args(args);
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && errors.is_empty(), "{command:?}\n{errors}");
    };
    checked(build::dump(&cc, folder.path()), &files);
    let made = [folder.path().join("made.msg")];
    checked(build::example(&cc, folder.path(), "make_msg"), &made);
    checked(build::example(&cc, folder.path(), "read_msg"), &made);
}

/// What the front page shows of C stands in the examples, which are built and run above.
#[test]
fn the_front_page_shows_what_the_examples_do() {
    let page = include_str!("../README.md");
    let examples =
        [include_str!("../examples-c/read_msg.c"), include_str!("../examples-c/make_msg.c")];
    let shown: Vec<&str> =
        page.split("```c\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(shown.len(), 2);
    for code in shown {
        assert!(examples.iter().any(|example| example.contains(code)), "{code}");
    }
}
