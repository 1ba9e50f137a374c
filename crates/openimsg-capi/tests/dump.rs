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

/// What `imsg` prints of these files.
fn by_imsg(files: &[PathBuf]) -> Vec<Value> {
    let mut args = ["dump", "--json", "--digest"].map(OsString::from).to_vec();
    args.extend(files.iter().map(OsString::from));
    let output = build::imsg(&args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}\n{errors}", output.status);
    json::dumps(&String::from_utf8(output.stdout).unwrap())
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
    let program = build::program(&cc, &build::sources(), folder.path());
    let files = own_messages(folder.path());
    let (compared, _) = compare(&by_mapi(&program, &[], &files), &by_imsg(&files));
    println!("{compared} properties of {} messages are the same", files.len());
}

#[test]
fn messages_of_the_corpus_are_the_same_through_the_c_door() {
    let (Some(cc), Some((_, files))) = (build::compiler(), corpus()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let program = build::program(&cc, &build::sources(), folder.path());
    let (compared, used) = compare(&by_mapi(&program, &[], &files), &by_imsg(&files));
    println!("{compared} properties of {} messages are the same", files.len());
    let stale: Vec<_> = rows()
        .difference(&used)
        .map(|(row, place)| {
            let row = &EXPLAINED[*row];
            format!("{:?} {:?} {:04X} {}", row.object, row.what, row.ids[*place], row.why)
        })
        .collect();
    assert!(stale.is_empty(), "explanations that nothing needs: {stale:#?}");
}
