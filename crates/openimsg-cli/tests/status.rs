//! Exit status, what goes where, and closed pipes.

mod common;

use common::{errors, imsg, make_samples, run, status};
use std::io::Read;
use std::process::Stdio;

/// Spec: F-135
#[test]
fn the_exit_status_tells_good_bad_and_wrong_usage() {
    let dir = tempfile::tempdir().unwrap();
    let good = make_samples(dir.path()).remove(0);
    let bad = dir.path().join("bad.msg");
    std::fs::write(&bad, "no compound file").unwrap();
    for verb in ["show", "dump", "check"] {
        assert_eq!(status(&run([&verb, &good])), 0, "{verb}");
        assert_eq!(status(&run([&verb, &bad])), 1, "{verb}");
        assert_eq!(status(&run([&verb, &bad, &good])), 1, "{verb}");
        assert_eq!(status(&run([&verb, &"--no-such-option", &good])), 2, "{verb}");
        assert_eq!(status(&run([&verb])), 2, "{verb}");
    }
    assert_eq!(status(&run([&"extract", &good, &"-o", &dir.path().join("a")])), 0);
    assert_eq!(status(&run([&"extract", &bad, &"-o", &dir.path().join("b")])), 1);
    let mail = dir.path().join("good.eml");
    std::fs::write(&mail, common::mail(1)).unwrap();
    for (verb, good) in [("to-eml", &good), ("from-eml", &mail)] {
        assert_eq!(status(&run([&verb, good, &"--force"])), 0, "{verb}");
        assert_eq!(status(&run([&verb, &bad, &"--force"])), 1, "{verb}");
        assert_eq!(status(&run([&verb, &bad, good, &"--force"])), 1, "{verb}");
        assert_eq!(status(&run([&verb, &"--no-such-option", good])), 2, "{verb}");
        assert_eq!(status(&run([&verb])), 2, "{verb}");
    }
    assert_eq!(status(&run([&"set", &bad, &"PR_SUBJECT=x"])), 1);
    assert_eq!(status(&run([&"set", &good, &"PR_SUBJCT=x"])), 2);
    assert_eq!(status(&run([&"set", &good])), 2);
    assert_eq!(status(&run([&"no-such-verb"])), 2);
    assert_eq!(status(&run([])), 2);
    assert_eq!(status(&run([&"--help"])), 0);
    assert_eq!(status(&run([&"help", &"set"])), 0);
    assert_eq!(status(&run([&"--version"])), 0);
}

/// Spec: F-135
#[test]
fn one_bad_file_never_stops_the_rest_and_output_keeps_the_order_of_the_input() {
    let dir = tempfile::tempdir().unwrap();
    let samples = make_samples(dir.path());
    let missing = dir.path().join("missing.msg");
    let mut command = imsg();
    command.args(["dump", "--json"]);
    for round in 0..40 {
        command.arg(&samples[round % samples.len()]);
        command.arg(&missing);
    }
    let output = command.output().unwrap();
    assert_eq!(status(&output), 1);
    let lines = String::from_utf8(output.stdout.clone()).unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 40);
    for (round, line) in lines.iter().enumerate() {
        let dump: serde_json::Value = serde_json::from_str(line).unwrap();
        let file = samples[round % samples.len()].display().to_string();
        assert_eq!(dump["file"], file.as_str());
    }
    let complaints = errors(&output);
    assert_eq!(complaints.lines().count(), 40);
    let prefix = format!("imsg: {}: open file: ", missing.display());
    assert!(complaints.lines().all(|line| line.starts_with(&prefix)), "{complaints}");
}

/// Spec: F-140
#[test]
fn a_closed_pipe_ends_the_command_quietly() {
    let dir = tempfile::tempdir().unwrap();
    let samples = make_samples(dir.path());
    let read_a_little_of = |arguments: &[&str], files: usize| {
        let mut command = imsg();
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.args(samples.iter().cycle().take(files));
        let mut child = command.spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut first = [0; 10];
        stdout.read_exact(&mut first).unwrap();
        drop(stdout);
        child.wait_with_output().unwrap()
    };
    for (arguments, files) in [(&["dump", "--json"][..], 300), (&["show"], 500), (&["dump"], 300)] {
        let output = read_a_little_of(arguments, files);
        assert_eq!((status(&output), errors(&output).as_str()), (0, ""), "{arguments:?}");
    }
    // One message whose dump alone is more than a pipe holds.
    let long = "x".repeat(400_000);
    let spec = format!(r#"{{"file": "long.msg", "body": "{long}"}}"#);
    assert_eq!(status(&common::make(dir.path(), &spec)), 0);
    let mut child = imsg()
        .args(["dump", "--json"])
        .arg(dir.path().join("long.msg"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((status(&output), errors(&output).as_str()), (0, ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_the_output_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let sample = make_samples(dir.path()).remove(0);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = imsg().arg("dump").arg(&sample).stdout(full).output().unwrap();
    assert_eq!(status(&output), 1);
    assert!(errors(&output).starts_with("imsg: standard output: write: "), "{}", errors(&output));
}

#[test]
fn names_of_files_cannot_steer_the_terminal() {
    let output = run([&"show", &"no\u{1b}[2Jsuch\nfile"]);
    assert!(errors(&output).starts_with("imsg: no\\u{1b}[2Jsuch\\nfile: "), "{}", errors(&output));
}
