//! Attachments as files.

mod common;

use common::{corpus_messages, errors, good, listing, make, make_samples, run, samples, status};

/// Spec: F-118, F-119, F-139
#[test]
fn hostile_names_become_files_inside_the_folder_and_nothing_is_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("x"), "content").unwrap();
    let spec = r#"{"file": "a.msg", "attachments": [
        {"path": "x", "name": "A.txt"}, {"path": "x", "name": "a.TXT"},
        {"path": "x", "name": "CON.txt"}, {"path": "x", "name": "..\\..\\up.txt"},
        {"path": "x", "name": "/etc/abs.txt"}, {"path": "x", "name": "C:drive.txt"},
        {"path": "x", "name": "\u202Egpj.exe"}, {"path": "x", "name": "a\u0000b"},
        {"path": "x", "name": ".."}, {"path": "x", "name": "there.txt"}]}"#;
    assert_eq!(status(&make(dir.path(), spec)), 0);
    let out = dir.path().join("out");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("there.txt"), "mine").unwrap();
    let listed = good([&"extract", &dir.path().join("a.msg"), &"-o", &out]);
    assert_eq!(listed.lines().count(), 10);
    let names = [
        "A.txt",
        "Cdrive.txt",
        "_CON.txt",
        "a (2).TXT",
        "ab",
        "abs.txt",
        "attachment-8",
        "gpj.exe",
        "there (2).txt",
        "there.txt",
        "up.txt",
    ];
    assert_eq!(listing(&out), names);
    assert_eq!(listing(dir.path()), ["a.msg", "out/", "spec.json", "x"]);
    assert_eq!(std::fs::read(out.join("there.txt")).unwrap(), b"mine");
    assert_eq!(std::fs::read(out.join("there (2).txt")).unwrap(), b"content");
    // Once more: every file is there already.
    good([&"extract", &dir.path().join("a.msg"), &"-o", &out]);
    assert_eq!(listing(&out).len(), 21);
}

/// Spec: F-139
#[test]
fn one_name_a_reserved_name_and_a_path_are_three_files() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("x"), "content").unwrap();
    let spec = r#"{"file": "a.msg", "attachments": [{"path": "x", "name": "CON.txt"},
        {"path": "x", "name": "con.txt"}, {"path": "x", "name": "../../CON.txt"}]}"#;
    assert_eq!(status(&make(dir.path(), spec)), 0);
    let out = dir.path().join("out");
    good([&"extract", &dir.path().join("a.msg"), &"-o", &out]);
    assert_eq!(listing(&out), ["_CON (3).txt", "_CON.txt", "_con (2).txt"]);
}

/// Spec: F-046
#[test]
fn an_embedded_message_opens_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let forward = make_samples(dir.path()).remove(2);
    let out = dir.path().join("out");
    good([&"extract", &forward, &"-o", &out]);
    assert_eq!(listing(&out), ["Regatta on the bay.msg"]);
    let inner = out.join("Regatta on the bay.msg");
    assert!(good([&"show", &inner]).contains("From:        Ana Ribeiro <ana@rowing.example>"));
    assert_eq!(good([&"check", &"--quiet", &inner]), "");
    let deeper = dir.path().join("deeper");
    good([&"extract", &inner, &"-o", &deeper]);
    let programme = std::fs::read(samples().join("programme.txt")).unwrap();
    assert_eq!(std::fs::read(deeper.join("programme.txt")).unwrap(), programme);
}

#[test]
fn several_inputs_have_a_folder_each() {
    let dir = tempfile::tempdir().unwrap();
    let samples = make_samples(dir.path());
    let out = dir.path().join("out");
    let [a, b, c, ..] = &samples[..] else { panic!("five samples") };
    good([&"extract", a, b, c, a, &"-o", &out]);
    // The same input twice has two folders; one without attachments would have none.
    assert_eq!(listing(&out), ["1-regatta (2)/", "1-regatta/", "2-reply/", "3-forward/"]);
    assert_eq!(listing(&out.join("2-reply")), ["旗 راية.png"]);
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_a_folder_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let samples = make_samples(dir.path());
    let (out, elsewhere) = (dir.path().join("out"), dir.path().join("elsewhere"));
    std::fs::create_dir_all(&out).unwrap();
    std::fs::create_dir_all(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, out.join("1-regatta")).unwrap();
    let output = run([&"extract", &samples[0], &samples[1], &"-o", &out]);
    assert_eq!(status(&output), 1);
    assert!(listing(&elsewhere).is_empty());
    assert_eq!(listing(&out.join("2-reply")).len(), 1);
}

#[test]
fn links_are_told_and_never_opened() {
    let dir = tempfile::tempdir().unwrap();
    let spec = r#"{"schema": "openimsg.dump/1", "file": "a.msg", "message": {"properties": [],
        "attachments": [{"properties": [
            {"tag": "0x37050003", "flags": 7, "value": 7},
            {"tag": "0x370D001F", "value": "https://example.org/x"}]}]}}"#;
    assert_eq!(status(&make(dir.path(), spec)), 0);
    let out = dir.path().join("out");
    let output = run([&"extract", &dir.path().join("a.msg"), &"-o", &out]);
    assert_eq!((status(&output), output.stdout.len()), (0, 0));
    assert!(errors(&output).contains("link") && !out.exists(), "{}", errors(&output));
}

/// Spec: F-118
#[test]
fn every_real_attachment_comes_out_inside_the_folder() {
    let files = corpus_messages();
    if files.is_empty() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let output = common::imsg().arg("extract").args(&files).arg("-o").arg(&out).output().unwrap();
    let listed = String::from_utf8(output.stdout.clone()).unwrap();
    let mut found = 0;
    for folder in listing(&out) {
        found += listing(&out.join(folder)).len();
    }
    assert_eq!(found, listed.lines().count());
    assert!(found > 150, "{found} files\n{}", errors(&output));
    assert_eq!(listing(dir.path()), ["out/"]);
}
