//! Many files: names, reports, bad files among good ones, and runs that are stopped and go on.
#![allow(clippy::unwrap_used, reason = "a test may panic and say why")]

mod common;

use common::{errors, good, imsg, listing, mail, make_letters, make_mails, report, status, tree};
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

/// Runs a verb in a folder, with relative paths: so reports of two folders can be compared.
fn run_in(folder: &Path, arguments: &[&str]) -> std::process::Output {
    imsg().current_dir(folder).args(arguments).output().unwrap()
}

#[test]
fn outputs_of_one_name_get_numbers_decided_from_the_whole_list_in_order() {
    let dir = tempfile::tempdir().unwrap();
    make_letters(&dir.path().join("one"), 6);
    let place = |number: usize, to: &str| {
        let to = dir.path().join(to);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(dir.path().join(format!("one/m{number:03}.msg")), to).unwrap();
    };
    place(0, "a/x.msg");
    place(1, "a/x.oft");
    place(2, "b/X.MSG");
    place(3, "b/x-2.msg");
    place(4, "b/Gr\u{fc}n.msg");
    place(5, "c/Gru\u{308}n.msg");
    let arguments = ["to-eml", "-q", "a", "b", "c", "a/x.msg", "-o", "out"];
    assert_eq!(status(&run_in(dir.path(), &arguments)), 0);
    let mut subjects = Vec::new();
    for (name, bytes) in tree(&dir.path().join("out")) {
        let text = String::from_utf8(bytes).unwrap();
        let subject = text.split("Subject: ").nth(1).unwrap().split("\r\n").next().unwrap();
        subjects.push((name, subject.to_owned()));
    }
    let expected = [
        ("Gru\u{308}n-2.eml", "Letter 5"),
        ("Gr\u{fc}n.eml", "Letter 4"),
        ("X-3.eml", "Letter 2"),
        ("x-2-2.eml", "Letter 3"),
        ("x-2.eml", "Letter 1"),
        ("x-4.eml", "Letter 0"),
        ("x.eml", "Letter 0"),
    ];
    // "X.MSG" comes before "x-2.msg" in its folder, after both of "a".
    let mut expected: Vec<_> = expected
        .iter()
        .map(|(name, subject)| ((*name).to_owned(), (*subject).to_owned()))
        .collect();
    expected.sort();
    subjects.sort();
    assert_eq!(subjects, expected);
}

#[test]
fn what_exists_stays_unless_force_replaces_it() {
    let dir = tempfile::tempdir().unwrap();
    make_letters(&dir.path().join("in"), 3);
    let out = dir.path().join("out");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("m001.eml"), "mine").unwrap();
    let output = run_in(dir.path(), &["to-eml", "in", "-o", "out"]);
    assert_eq!(status(&output), 1);
    let told = errors(&output);
    assert!(told.starts_with("imsg: in/m001.msg: create file: it exists already"), "{told}");
    assert!(told.contains("imsg: 2 of 3 files converted, 0 there already, 1 failed"), "{told}");
    assert_eq!(std::fs::read(out.join("m001.eml")).unwrap(), b"mine");
    assert_eq!(listing(&out), ["m000.eml", "m001.eml", "m002.eml"]);
    // A folder in the place of an output is not replaced even then.
    std::fs::remove_file(out.join("m002.eml")).unwrap();
    std::fs::create_dir(out.join("m002.eml")).unwrap();
    let output = run_in(dir.path(), &["to-eml", "in", "-o", "out", "--force"]);
    assert_eq!(status(&output), 1);
    assert!(errors(&output).contains("imsg: in/m002.msg: replace file: "), "{}", errors(&output));
    assert!(std::fs::read(out.join("m001.eml")).unwrap().starts_with(b"From: Ana"));
    assert_eq!(listing(&out), ["m000.eml", "m001.eml", "m002.eml/"]);
}

#[test]
fn one_bad_file_never_stops_the_rest_and_the_report_has_a_line_for_each_in_order() {
    let dir = tempfile::tempdir().unwrap();
    make_letters(&dir.path().join("in"), 60);
    for number in [0, 7, 31, 59] {
        std::fs::write(dir.path().join(format!("in/m{number:03}.msg")), "broken").unwrap();
    }
    let arguments =
        ["to-eml", "in", "no-such.msg", "-o", "out", "--report", "lines.jsonl", "--jobs", "4"];
    let output = run_in(dir.path(), &arguments);
    assert_eq!(status(&output), 1);
    let lines = report(&dir.path().join("lines.jsonl"));
    assert_eq!(lines.len(), 61);
    for (number, line) in lines.iter().enumerate() {
        assert_eq!(line["schema"], "openimsg.conversion/1");
        let keys: Vec<&String> = line.as_object().unwrap().keys().collect();
        let mut expected = [
            "schema",
            "input",
            "output",
            "status",
            "error",
            "bytes",
            "losses",
            "more_losses",
            "findings",
        ];
        expected.sort_unstable();
        let mut keys: Vec<&str> = keys.into_iter().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, expected);
        let bad = [0, 7, 31, 59, 60].contains(&number);
        assert_eq!(line["status"], if bad { "failed" } else { "ok" }, "{line}");
        assert_eq!(line["error"].is_string(), bad, "{line}");
        if bad {
            assert!(line["output"].is_null() && line["bytes"].is_null(), "{line}");
        } else {
            let made = dir.path().join(format!("out/m{number:03}.eml"));
            assert_eq!(line["input"], format!("in/m{number:03}.msg"));
            assert_eq!(line["output"], format!("out/m{number:03}.eml"));
            assert_eq!(line["bytes"], std::fs::metadata(made).unwrap().len());
            // The reminder has no place in a mail.
            let loss = &line["losses"][0];
            assert!(["code", "place", "item", "detail"].iter().all(|key| loss[key].is_string()));
            assert_eq!(line["more_losses"], 0);
        }
    }
    assert_eq!(lines[60]["input"], "no-such.msg");
    let told = errors(&output);
    let input = |line: &str| line.starts_with("imsg: in/") || line.starts_with("imsg: no-such");
    assert_eq!(told.lines().filter(|line| input(line)).count(), 5, "{told}");
    assert_eq!(listing(&dir.path().join("out")).len(), 56);
    // The report itself is not overwritten, and then nothing is done.
    let output = run_in(dir.path(), &["to-eml", "in", "-o", "new", "--report", "lines.jsonl"]);
    assert_eq!(status(&output), 2);
    assert!(!dir.path().join("new").exists());
    assert_eq!(report(&dir.path().join("lines.jsonl")), lines);
}

#[test]
fn the_report_can_go_to_standard_output_and_quiet_is_quiet() {
    let dir = tempfile::tempdir().unwrap();
    make_letters(&dir.path().join("in"), 5);
    let output = run_in(dir.path(), &["to-eml", "in", "-o", "out", "--report", "-"]);
    assert_eq!((status(&output), errors(&output).as_str()), (0, ""));
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let outputs: Vec<_> = lines.iter().map(|line| line["output"].as_str().unwrap()).collect();
    assert_eq!(
        outputs,
        ["out/m000.eml", "out/m001.eml", "out/m002.eml", "out/m003.eml", "out/m004.eml"]
    );
    // Without a report there is a line about what was lost; with --quiet there is nothing.
    let output = run_in(dir.path(), &["to-eml", "in", "-o", "told"]);
    assert!(errors(&output).contains("--report FILE lists them"), "{}", errors(&output));
    let output = run_in(dir.path(), &["to-eml", "in", "-o", "quiet", "--quiet"]);
    assert_eq!((status(&output), output.stdout.len(), output.stderr.len()), (0, 0, 0));
    assert_eq!(tree(&dir.path().join("told")), tree(&dir.path().join("quiet")));
    // An empty folder is told of, and is no failure.
    std::fs::create_dir(dir.path().join("empty")).unwrap();
    let output = run_in(dir.path(), &["to-eml", "empty", "-o", "nothing"]);
    assert_eq!(status(&output), 0);
    assert_eq!(errors(&output), "imsg: empty: nothing in this folder to convert\n");
}

#[test]
fn resuming_skips_what_exists_and_a_finished_report_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    make_letters(&dir.path().join("in"), 20);
    std::fs::write(dir.path().join("in/m003.msg"), "broken").unwrap();
    let resume = ["to-eml", "in", "-o", "out", "--report", "r.jsonl", "--resume"];
    assert_eq!(status(&run_in(dir.path(), &resume)), 1);
    let (before, lines) = (tree(&dir.path().join("out")), report(&dir.path().join("r.jsonl")));
    assert_eq!((before.len(), lines.len()), (19, 20));
    let output = run_in(dir.path(), &resume);
    assert_eq!((status(&output), output.stdout.len()), (1, 0), "nothing was made");
    assert_eq!(report(&dir.path().join("r.jsonl")), lines);
    // What is gone is made again; what failed is tried again; what is new is converted.
    std::fs::remove_file(dir.path().join("out/m010.eml")).unwrap();
    make_letters(&dir.path().join("more"), 4);
    std::fs::rename(dir.path().join("more/m003.msg"), dir.path().join("in/m003.msg")).unwrap();
    std::fs::rename(dir.path().join("more/m000.msg"), dir.path().join("in/a.msg")).unwrap();
    let output = run_in(dir.path(), &resume);
    assert_eq!(status(&output), 0, "{}", errors(&output));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed.lines().collect::<Vec<_>>(), ["out/a.eml", "out/m003.eml", "out/m010.eml"]);
    let now = report(&dir.path().join("r.jsonl"));
    assert_eq!(now.len(), 21);
    assert!(now.iter().all(|line| line["status"] == "ok"));
    assert_eq!(now[12..], lines[11..]);
    // Without a report, what exists is done, whoever made it.
    std::fs::write(dir.path().join("out/m005.eml"), "mine").unwrap();
    let output = run_in(dir.path(), &["to-eml", "in", "-o", "out", "--resume"]);
    assert_eq!((status(&output), output.stdout.len()), (0, 0));
    assert!(errors(&output).contains("0 of 21 files converted, 21 there already"));
    let output =
        run_in(dir.path(), &["to-eml", "in", "-o", "out", "--resume", "--report", "new.jsonl"]);
    assert_eq!(status(&output), 0);
    let lines = report(&dir.path().join("new.jsonl"));
    assert!(lines.iter().all(|line| line["status"] == "skipped" && line["output"].is_string()));
    assert_eq!(std::fs::read(dir.path().join("out/m005.eml")).unwrap(), b"mine");
    assert!(listing(dir.path()).iter().all(|name| !name.starts_with('.')));
}

/// A pipe among the inputs holds the run at a known place: outputs before it have their names, some
/// behind it are whole under temporary ones, and the report is half written. There it is killed.
#[cfg(unix)]
#[test]
fn a_run_that_was_killed_and_resumed_gives_the_same_tree_and_report_as_an_unbroken_one() {
    for verb in ["to-eml", "from-eml"] {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let extension = if verb == "to-eml" { "eml" } else { "msg" };
        let input = if verb == "to-eml" { "pipe.msg" } else { "pipe.eml" };
        for folder in [dir.path(), other.path()] {
            for part in ["in/one", "in/two"] {
                if verb == "to-eml" {
                    make_letters(&folder.join(part), 150);
                } else {
                    make_mails(&folder.join(part), 150);
                }
            }
            let bad = if verb == "to-eml" { "in/one/m100.msg" } else { "in/two/m010.mbox" };
            std::fs::write(folder.join(bad), "broken").unwrap();
        }
        let source = if verb == "to-eml" { "in/one/m042.msg" } else { "in/one/m042.eml" };
        std::fs::copy(other.path().join(source), other.path().join(input)).unwrap();
        let arguments =
            [verb, "in/one", input, "in/two", "-o", "out", "--report", "r.jsonl", "--jobs", "3"];
        assert_eq!(status(&run_in(other.path(), &arguments)), 1);

        let made = std::process::Command::new("mkfifo").arg(dir.path().join(input)).status();
        assert!(made.unwrap().success());
        let mut child = imsg()
            .current_dir(dir.path())
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = dir.path().join("out");
        let is_part = |name: &String| name.starts_with('.') && name.ends_with(".imsg-part");
        let parts = || {
            let names = if out.is_dir() { listing(&out) } else { Vec::new() };
            (names.iter().filter(|name| is_part(name)).count(), names.len())
        };
        // All of the first folder, and what two workers may do ahead while the third one waits.
        let patience = std::time::Instant::now();
        while parts().0 < 20 || !out.join(format!("m149.{extension}")).exists() {
            assert!(patience.elapsed().as_secs() < 120, "it does not get to the pipe");
            assert!(child.try_wait().unwrap().is_none(), "it ended before the pipe");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(listing(dir.path()).contains(&".r.jsonl.imsg-part".to_owned()));
        assert!(!dir.path().join("r.jsonl").exists());
        // What has its name is complete.
        let (unbroken, broken) = (tree(&other.path().join("out")), tree(&out));
        assert!(broken.len() < unbroken.len());
        for (name, bytes) in &broken {
            if !is_part(name) {
                if verb == "to-eml" {
                    assert!(unbroken[name] == *bytes, "{name}");
                } else {
                    let file = openimsg::CompoundFile::from_bytes(bytes.clone()).unwrap();
                    openimsg::Message::open(file).unwrap();
                }
            }
        }

        std::fs::remove_file(dir.path().join(input)).unwrap();
        std::fs::copy(dir.path().join(source), dir.path().join(input)).unwrap();
        let mut resume = arguments.to_vec();
        resume.push("--resume");
        assert_eq!(status(&run_in(dir.path(), &resume)), 1);
        let resumed = tree(&out);
        assert!(resumed.keys().eq(unbroken.keys()), "{verb}");
        if verb == "to-eml" {
            assert!(resumed == unbroken);
            let lines = |folder: &Path| std::fs::read_to_string(folder.join("r.jsonl")).unwrap();
            assert_eq!(lines(dir.path()), lines(other.path()));
        } else {
            assert_eq!(report(&dir.path().join("r.jsonl")), report(&other.path().join("r.jsonl")));
        }
        let names = listing(dir.path());
        assert!(names.iter().all(|name| !name.starts_with('.')), "{names:?}");
    }
}

/// Killed at many moments, one run after the other: the end is the same.
#[test]
fn a_run_may_be_killed_at_any_moment_any_number_of_times() {
    let dir = tempfile::tempdir().unwrap();
    make_letters(&dir.path().join("in"), 200);
    let unbroken = ["to-eml", "-q", "in", "-o", "out", "--report", "r.jsonl"];
    assert_eq!(status(&run_in(dir.path(), &unbroken)), 0);
    let whole = tree(&dir.path().join("out"));
    let lines = std::fs::read_to_string(dir.path().join("r.jsonl")).unwrap();
    std::fs::remove_dir_all(dir.path().join("out")).unwrap();
    std::fs::remove_file(dir.path().join("r.jsonl")).unwrap();
    for round in 0..15_u64 {
        let mut child = imsg()
            .current_dir(dir.path())
            .args(unbroken)
            .arg("--resume")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(3 + 7 * round));
        let _ = child.kill();
        child.wait().unwrap();
        if dir.path().join("out").is_dir() {
            for (name, bytes) in tree(&dir.path().join("out")) {
                if !name.starts_with('.') {
                    assert!(whole.get(&name) == Some(&bytes), "{name}");
                }
            }
        }
    }
    let mut resume = unbroken.to_vec();
    resume.push("--resume");
    let output = run_in(dir.path(), &resume);
    assert_eq!((status(&output), errors(&output).as_str()), (0, ""));
    assert!(tree(&dir.path().join("out")) == whole);
    assert_eq!(std::fs::read_to_string(dir.path().join("r.jsonl")).unwrap(), lines);
    assert_eq!(listing(dir.path()), ["in/", "out/", "r.jsonl"]);
}

/// Each state between two steps of the work on one file, made by hand.
#[test]
fn every_state_that_a_kill_can_leave_is_put_right() {
    let dir = tempfile::tempdir().unwrap();
    make_letters(&dir.path().join("in"), 5);
    let unbroken = ["to-eml", "-q", "in", "-o", "out", "--report", "r.jsonl"];
    assert_eq!(status(&run_in(dir.path(), &unbroken)), 0);
    let out = dir.path().join("out");
    let (whole, report) = (tree(&out), dir.path().join("r.jsonl"));
    let lines = std::fs::read_to_string(&report).unwrap();
    let said: Vec<&str> = lines.split_inclusive('\n').collect();
    let mail = |number: usize| out.join(format!("m{number:03}.eml"));
    let part = |number: usize| out.join(format!(".m{number:03}.eml.imsg-part"));
    // 0 is done. 1 has two names. 2 is told of and has no name yet; the file of its name is the one that
    // --force was to replace. 3 was cut short by the system. 4 is half made, its line half written.
    std::fs::remove_file(&report).unwrap();
    std::fs::hard_link(mail(1), part(1)).unwrap();
    std::fs::rename(mail(2), part(2)).unwrap();
    std::fs::write(mail(2), vec![b'x'; whole["m002.eml"].len()]).unwrap();
    std::fs::write(mail(3), "").unwrap();
    std::fs::write(part(4), "From: ").unwrap();
    std::fs::remove_file(mail(4)).unwrap();
    // Two runs were killed: the second one had not come far.
    let old = dir.path().join(".r.jsonl.imsg-old");
    std::fs::write(old, format!("{}\n{}{{\"schema\":\"op", said[0], &said[1][..40])).unwrap();
    let growing = dir.path().join(".r.jsonl.imsg-part");
    std::fs::write(growing, [said[0], said[1], said[2], said[3], &said[4][..99]].concat()).unwrap();
    let mut resume = unbroken.to_vec();
    resume.push("--resume");
    let output = run_in(dir.path(), &resume);
    assert_eq!((status(&output), errors(&output).as_str()), (0, ""));
    assert!(tree(&out) == whole, "{:?}", listing(&out));
    assert_eq!(std::fs::read_to_string(&report).unwrap(), lines);
    assert_eq!(listing(dir.path()), ["in/", "out/", "r.jsonl"]);
}

/// Spec: F-140
#[test]
fn a_closed_pipe_is_no_error_and_the_files_are_made_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    make_mails(&dir.path().join("in"), 300);
    let mut child = imsg()
        .current_dir(dir.path())
        .args(["from-eml", "in", "-o", "out"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((status(&output), errors(&output).as_str()), (0, ""));
    assert_eq!(listing(&dir.path().join("out")).len(), 300);
    // A message for a reader that goes away after a few bytes.
    let spec = serde_json::json!({"file": "long.msg", "body": "x\n".repeat(300_000)});
    assert_eq!(status(&common::make(dir.path(), &spec.to_string())), 0);
    let mut child = imsg()
        .current_dir(dir.path())
        .args(["to-eml", "long.msg", "-o", "-"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 10]).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!((status(&output), errors(&output).as_str()), (0, ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_a_message_for_standard_output_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    make_letters(dir.path(), 1);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = imsg();
    command.arg("to-eml").arg(dir.path().join("m000.msg")).args(["-o", "-"]).stdout(full);
    let output = command.output().unwrap();
    assert_eq!(status(&output), 1);
    assert!(errors(&output).contains("imsg: standard output: write: "), "{}", errors(&output));
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_fails_each_file_and_leaves_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    make_letters(&dir.path().join("in"), 3);
    let out = dir.path().join("out");
    std::fs::write(&out, "a file in place of the folder").unwrap();
    let output = run_in(dir.path(), &["to-eml", "in", "-o", "out/below", "--report", "r.jsonl"]);
    assert_eq!(status(&output), 1);
    let lines = report(&dir.path().join("r.jsonl"));
    assert!(lines.len() == 3 && lines.iter().all(|line| line["status"] == "failed"));
    // A folder that cannot be read is one failed input; the others go on. Nothing stops root.
    let closed = dir.path().join("in/closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read_dir(&closed).is_err() {
        let output = run_in(dir.path(), &["to-eml", "in", "-o", "new"]);
        assert_eq!(status(&output), 1);
        assert!(errors(&output).contains("imsg: in/closed: read folder: "), "{}", errors(&output));
        assert_eq!(listing(&dir.path().join("new")).len(), 3);
    }
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn beside_the_inputs_two_spellings_of_one_place_are_one() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.eml"), mail(1)).unwrap();
    std::fs::write(dir.path().join("A.EML"), mail(2)).unwrap();
    let output = run_in(dir.path(), &["from-eml", "a.eml", "./A.EML"]);
    assert_eq!((status(&output), errors(&output).as_str()), (0, ""));
    let made = String::from_utf8(output.stdout).unwrap();
    assert_eq!(made, "a.msg\n./A-2.msg\n");
    let folder = dir.path().join("in");
    make_mails(&folder, 2);
    assert_eq!(good([&"from-eml", &folder]).lines().count(), 2);
    assert_eq!(listing(&folder), ["m000.eml", "m000.msg", "m001.eml", "m001.msg"]);
}
