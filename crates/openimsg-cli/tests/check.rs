//! Checking and repairing files.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic and say why"
)]

mod common;

use common::{errors, good, make_samples, run, status, streams};
use serde_json::json;

#[test]
fn a_damaged_file_has_lines_with_severity_and_place() {
    let dir = tempfile::tempdir().unwrap();
    let sample = make_samples(dir.path()).remove(0);
    let mut bytes = std::fs::read(&sample).unwrap();
    bytes[0x18..0x1A].copy_from_slice(&[0, 0]); // the minor version, which must be 0x3E
    bytes.truncate(bytes.len() - 700);
    let damaged = dir.path().join("damaged.msg");
    std::fs::write(&damaged, bytes).unwrap();
    let output = run([&"check", &"--quiet", &damaged, &sample]);
    assert_eq!(status(&output), 1, "{}", errors(&output));
    let told = String::from_utf8(output.stdout).unwrap();
    let prefix = format!("{}: ", damaged.display());
    assert!(!told.is_empty() && told.lines().all(|line| line.starts_with(&prefix)), "{told}");
    let json = run([&"check", &"--json", &damaged]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let first = &json["findings"][0];
    assert!(first["severity"].is_string() && first["code"].is_string(), "{json}");
}

/// A sample, and the same with wrong sector sizes: it cannot be opened.
fn damaged(folder: &std::path::Path) -> (std::path::PathBuf, std::path::PathBuf) {
    let sample = make_samples(folder).remove(0);
    let mut bytes = std::fs::read(&sample).unwrap();
    bytes[30] = 10;
    bytes[0x20] = 7;
    let damaged = folder.join("damaged.msg");
    std::fs::write(&damaged, bytes).unwrap();
    (sample, damaged)
}

#[test]
fn a_file_that_does_not_open_is_repaired_and_the_report_says_what_was_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let (sample, damaged) = damaged(dir.path());
    assert_eq!(status(&run([&"show", &damaged])), 1);
    let out = dir.path().join("out.msg");
    let output = run([&"check", &"--repair", &out, &damaged]);
    // Guesses are not to pass unseen.
    assert_eq!(status(&output), 1, "{}", errors(&output));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("[salvage-header]"), "{told}");
    assert!(told.lines().last().unwrap().contains("repaired as"), "{told}");
    assert_eq!(streams(&out), streams(&sample));
    assert_eq!(status(&run([&"check", &"--quiet", &out])), 0);
}

#[test]
fn a_sound_file_loses_nothing_and_the_status_says_so() {
    let dir = tempfile::tempdir().unwrap();
    for (at, sample) in make_samples(dir.path()).iter().enumerate() {
        let out = dir.path().join(format!("out-{at}.msg"));
        let json = good([&"check", &"--json", &"--repair", &out, sample]);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let repair = &json["repair"];
        assert_eq!((&repair["complete"], &repair["items"]), (&true.into(), &json!([])), "{json}");
        assert_eq!(repair["bytes_kept"], repair["bytes_declared"]);
        assert_eq!(streams(&out), streams(sample));
    }
}

#[test]
fn losses_are_in_the_report_with_their_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let sample = make_samples(dir.path()).remove(0);
    let mut bytes = std::fs::read(&sample).unwrap();
    let half = bytes.len() / 2;
    bytes.truncate(half);
    let damaged = dir.path().join("damaged.msg");
    std::fs::write(&damaged, bytes).unwrap();
    let out = dir.path().join("out.msg");
    let output = run([&"check", &"--json", &"--repair", &out, &damaged]);
    assert_eq!(status(&output), 1, "{}", errors(&output));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let items = json["repair"]["items"].as_array().unwrap();
    let short = items.iter().find(|item| item["code"] == "salvage-short").unwrap();
    assert!(short["kept"].as_u64() < short["declared"].as_u64(), "{short}");
    assert!(short["path"].as_str().unwrap().starts_with('/'), "{short}");
    let kept: usize = streams(&out).values().map(Vec::len).sum();
    assert_eq!(json["repair"]["bytes_kept"], kept);
}

#[test]
fn nothing_is_replaced_without_force() {
    let dir = tempfile::tempdir().unwrap();
    let (sample, damaged) = damaged(dir.path());
    let before = std::fs::read(&damaged).unwrap();
    let output = run([&"check", &"--repair", &damaged, &damaged]);
    assert_eq!(status(&output), 1);
    assert!(errors(&output).contains("--force"), "{}", errors(&output));
    assert_eq!(std::fs::read(&damaged).unwrap(), before);
    assert_eq!(status(&run([&"check", &"--force", &"--repair", &damaged, &damaged])), 1);
    assert_eq!(streams(&damaged), streams(&sample));
    assert_eq!(status(&run([&"check", &"--repair", &damaged, &sample, &sample])), 2);
    assert_eq!(status(&run([&"check", &"--force", &sample])), 2);
    let text = dir.path().join("text.msg");
    std::fs::write(&text, b"From: ana@example.org").unwrap();
    let out = dir.path().join("none.msg");
    assert_eq!(status(&run([&"check", &"--repair", &out, &text])), 1);
    assert!(!out.exists());
}
