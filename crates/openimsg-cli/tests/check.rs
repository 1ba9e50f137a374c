//! Checking files.

mod common;

use common::{errors, make_samples, run, status};

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
