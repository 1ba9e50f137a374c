//! Messages as mails: where they go, and what is told of them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test may panic and say why"
)]

mod common;

use common::{
    corpus, corpus_messages, errors, good, imsg, listing, make_letters, make_samples, report, run,
    status, tree,
};
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

fn text(path: &Path) -> String {
    String::from_utf8(std::fs::read(path).unwrap()).unwrap()
}

/// Runs the command with these bytes as standard input.
fn fed(arguments: &[&str], bytes: &[u8]) -> Output {
    let mut child = imsg()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let feeder = std::thread::spawn(move || drop(stdin.write_all(&bytes)));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output
}

#[test]
fn one_file_goes_beside_itself_into_a_file_into_a_folder_or_to_standard_output() {
    let dir = tempfile::tempdir().unwrap();
    let letter = make_samples(dir.path()).remove(0);
    let beside = letter.with_extension("eml");
    assert_eq!(good([&"to-eml", &letter]), format!("{}\n", beside.display()));
    let mail = text(&beside);
    assert!(mail.contains("\r\nSubject: Regatta on the bay\r\n"), "{mail}");
    let file = dir.path().join("new").join("a.txt");
    good([&"to-eml", &letter, &"-o", &file]);
    let folder = format!("{}/", dir.path().join("folder").display());
    good([&"to-eml", &letter, &"-o", &folder]);
    let there = dir.path().join("there");
    std::fs::create_dir(&there).unwrap();
    good([&"to-eml", &letter, &"-o", &there]);
    assert_eq!(text(&file), mail);
    assert_eq!(text(&Path::new(&folder).join("1-regatta.eml")), mail);
    assert_eq!(text(&there.join("1-regatta.eml")), mail);
    assert_eq!(good([&"to-eml", &letter, &"-o", &"-"]), mail);
}

#[test]
fn standard_input_is_a_file_as_well_also_a_large_one() {
    let dir = tempfile::tempdir().unwrap();
    let letter = make_samples(dir.path()).remove(0);
    let output = fed(&["to-eml", "-"], &std::fs::read(&letter).unwrap());
    assert_eq!((status(&output), errors(&output).as_str()), (0, ""));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), good([&"to-eml", &letter, &"-o", &"-"]));
    // More than is kept in memory.
    let noise: Vec<u8> = (0..10_000_000_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    std::fs::write(dir.path().join("noise"), noise).unwrap();
    let spec = r#"{"file": "large.msg", "subject": "Large", "attachments": ["noise"]}"#;
    assert_eq!(status(&common::make(dir.path(), spec)), 0);
    let large = dir.path().join("large.msg");
    let out = dir.path().join("from-stdin.eml");
    let arguments = ["to-eml", "-", "-o", out.to_str().unwrap()];
    let output = fed(&arguments, &std::fs::read(&large).unwrap());
    assert_eq!((status(&output), errors(&output).as_str()), (0, ""));
    good([&"to-eml", &large]);
    assert!(std::fs::metadata(&out).unwrap().len() > 13_000_000);
    assert_eq!(std::fs::read(&out).unwrap(), std::fs::read(large.with_extension("eml")).unwrap());
    // Into a folder it needs a name.
    let folder = format!("{}/", dir.path().join("folder").display());
    let output = fed(&["to-eml", "-", "-o", &folder], &std::fs::read(&letter).unwrap());
    assert_eq!(status(&output), 0);
    assert_eq!(listing(Path::new(&folder)), ["message.eml"]);
}

#[test]
fn a_folder_keeps_its_tree_and_the_result_does_not_depend_on_the_number_of_workers() {
    let dir = tempfile::tempdir().unwrap();
    let inputs = dir.path().join("in");
    make_letters(&inputs.join("b"), 40);
    make_letters(&inputs.join("a/deep/er"), 3);
    std::fs::rename(inputs.join("a/deep/er/m000.msg"), inputs.join("c.OFT")).unwrap();
    std::fs::write(inputs.join("b/readme.txt"), "no message").unwrap();
    std::fs::write(inputs.join("b/mail.eml"), "From: a@b\r\n\r\n").unwrap();
    let mut trees = Vec::new();
    for jobs in ["1", "7"] {
        let out = dir.path().join(format!("out-{jobs}"));
        let output = run([&"to-eml", &inputs, &"-o", &out, &"--jobs", &jobs]);
        assert_eq!(status(&output), 0, "{}", errors(&output));
        let printed = String::from_utf8(output.stdout).unwrap();
        let printed: Vec<&Path> = printed.lines().map(Path::new).collect();
        let mut expected = vec![out.join("a/deep/er/m001.eml"), out.join("a/deep/er/m002.eml")];
        expected.extend((0..40).map(|number| out.join(format!("b/m{number:03}.eml"))));
        expected.push(out.join("c.eml"));
        assert_eq!(printed, expected);
        trees.push(tree(&out));
    }
    assert_eq!(trees[0].len(), 43 + 4, "files and folders");
    assert_eq!(trees[0], trees[1]);
}

#[cfg(unix)]
#[test]
fn links_in_folders_are_not_followed_and_named_ones_are() {
    let dir = tempfile::tempdir().unwrap();
    let (inputs, elsewhere) = (dir.path().join("in"), dir.path().join("elsewhere"));
    make_letters(&inputs, 1);
    make_letters(&elsewhere, 2);
    std::os::unix::fs::symlink(&elsewhere, inputs.join("folder")).unwrap();
    std::os::unix::fs::symlink(&inputs, inputs.join("circle")).unwrap();
    let link = inputs.join("link.msg");
    std::os::unix::fs::symlink(elsewhere.join("m001.msg"), &link).unwrap();
    let out = dir.path().join("out");
    assert_eq!(status(&run([&"to-eml", &inputs, &"-o", &out])), 0);
    assert_eq!(listing(&out), ["m000.eml"]);
    good([&"to-eml", &"--quiet", &link, &"-o", &out]);
    assert!(text(&out.join("link.eml")).contains("Subject: Letter 1\r\n"));
}

#[test]
fn files_are_taken_for_what_is_in_them() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(dir.path().join(name), bytes).unwrap();
        dir.path().join(name)
    };
    let mail = write("mail.msg", b"From: a@b.example\r\nSubject: x\r\n\r\nText\r\n");
    let output = run([&"to-eml", &mail]);
    assert_eq!(status(&output), 1);
    assert!(errors(&output).contains("rename it to .eml"), "{}", errors(&output));
    for (name, bytes) in
        [("noise.msg", &b"\x00\x01\x02\x03"[..]), ("empty.msg", b""), ("a.txt", b"??")]
    {
        let output = run([&"to-eml", &write(name, bytes)]);
        assert_eq!(status(&output), 1, "{name}");
        assert!(errors(&output).starts_with("imsg: "), "{name}: {}", errors(&output));
    }
    // A compound file of another kind.
    let other = openimsg::CompoundFile::memory();
    openimsg::Storage::commit(&other, openimsg::CommitFlags::empty()).unwrap();
    assert_eq!(status(&run([&"to-eml", &write("other.msg", &other.to_bytes().unwrap())])), 1);
    assert!(
        listing(dir.path()).iter().all(|name| !name.ends_with("eml") && !name.contains("part"))
    );
    // A message under another name.
    let letter = make_samples(dir.path()).remove(0);
    let nameless = dir.path().join("letter.v2");
    std::fs::copy(&letter, &nameless).unwrap();
    good([&"to-eml", &nameless]);
    assert!(dir.path().join("letter.v2.eml").exists());
}

/// The smallest TNEF stream with a subject.
fn tnef() -> Vec<u8> {
    let mut tnef = vec![0x78, 0x9F, 0x3E, 0x22, 0x01, 0x00];
    let subject = b"Minutes\0";
    tnef.push(1);
    tnef.extend(0x0001_8004_u32.to_le_bytes());
    tnef.extend(8_u32.to_le_bytes());
    tnef.extend(subject);
    let sum: u16 = subject.iter().map(|byte| u16::from(*byte)).sum();
    tnef.extend(sum.to_le_bytes());
    tnef
}

#[test]
fn winmail_dat_becomes_a_mail() {
    let dir = tempfile::tempdir().unwrap();
    let inputs = dir.path().join("in");
    std::fs::create_dir(&inputs).unwrap();
    for name in ["winmail.dat", "other.dat", "a.tnef"] {
        std::fs::write(inputs.join(name), tnef()).unwrap();
    }
    let out = dir.path().join("out");
    let output = run([&"to-eml", &inputs, &"-o", &out]);
    assert_eq!(status(&output), 0, "{}", errors(&output));
    assert_eq!(listing(&out), ["a.eml", "winmail.eml"]);
    assert!(text(&out.join("a.eml")).contains("Subject: Minutes\r\n"));
    // Named, it is taken for what it is.
    assert_eq!(status(&run([&"to-eml", &inputs.join("other.dat")])), 0);
    assert!(text(&inputs.join("other.eml")).contains("Subject: Minutes\r\n"));
}

#[test]
fn options_reach_the_conversion() {
    let dir = tempfile::tempdir().unwrap();
    make_letters(dir.path(), 1);
    let letter = dir.path().join("m000.msg");
    let mail = |options: &[&str]| {
        let output = imsg().arg("to-eml").arg(&letter).args(["-o", "-"]).args(options).output();
        let output = output.unwrap();
        assert_eq!(status(&output), 0, "{options:?}: {}", errors(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(mail(&[]).contains("Bcc: Omar Haddad <omar@port.example>"));
    assert!(!mail(&["--no-bcc"]).contains("omar@port"));
    assert!(mail(&["--attach-original"]).contains("application/vnd.ms-outlook"));
    let appointment = make_samples(dir.path()).remove(3);
    assert!(good([&"to-eml", &"-q", &appointment, &"-o", &"-"]).contains("text/calendar"));
    let plain = good([&"to-eml", &"-q", &appointment, &"-o", &"-", &"--no-calendar"]);
    assert!(!plain.contains("text/calendar"));
    let spec = r#"{"file": "anonymous.msg", "subject": "No identifier", "body": "x"}"#;
    assert_eq!(status(&common::make(dir.path(), spec)), 0);
    let anonymous = dir.path().join("anonymous.msg");
    let mail = good([&"to-eml", &"-q", &anonymous, &"-o", &"-", &"--domain", &"made.example"]);
    assert!(!mail.contains("openimsg.invalid"), "{mail}");
    for domain in ["a b", "", "a\nb", "a..b", "<x>"] {
        assert_eq!(status(&run([&"to-eml", &letter, &"--domain", &domain])), 2, "{domain:?}");
    }
}

#[test]
fn of_a_damaged_file_what_is_left_is_written_and_it_counts_as_failed() {
    let dir = tempfile::tempdir().unwrap();
    let letter = make_samples(dir.path()).remove(0);
    let whole = std::fs::read(&letter).unwrap();
    // The signature, the place of the directory, the place of the allocation table.
    for (name, at, len) in [("signature.msg", 0, 8), ("directory.msg", 48, 4), ("table.msg", 76, 4)]
    {
        let mut bytes = whole.clone();
        bytes[at..at + len].fill(0xF0);
        let damaged = dir.path().join(name);
        std::fs::write(&damaged, bytes).unwrap();
        let lines = dir.path().join("report.jsonl");
        let output = run([&"to-eml", &damaged, &"--report", &lines, &"--force"]);
        assert_eq!(status(&output), 1);
        assert!(errors(&output).contains("damaged, only what is left"), "{}", errors(&output));
        let mail = text(&damaged.with_extension("eml"));
        assert!(mail.contains("Subject: Regatta on the bay\r\n"), "{mail}");
        let line = &report(&lines)[0];
        assert_eq!(line["status"], "failed");
        assert_eq!(line["output"], damaged.with_extension("eml").to_str().unwrap());
        assert!(line["error"].as_str().unwrap().contains("damaged"));
        assert!(!line["findings"].as_array().unwrap().is_empty());
    }
}

#[test]
fn wrong_usage_has_status_2_and_does_nothing() {
    let dir = tempfile::tempdir().unwrap();
    make_letters(&dir.path().join("in"), 2);
    let (inputs, a) = (dir.path().join("in"), dir.path().join("in/m000.msg"));
    let b = dir.path().join("in/m001.msg");
    let before = tree(dir.path());
    let wrong: [Output; 8] = [
        run([&"to-eml"]),
        run([&"to-eml", &a, &b, &"-o", &"-"]),
        run([&"to-eml", &inputs, &"-o", &"-"]),
        run([&"to-eml", &a, &b, &"-o", &a]),
        run([&"to-eml", &"-", &"-"]),
        run([&"to-eml", &a, &"--jobs", &"0"]),
        run([&"to-eml", &a, &"--force", &"--resume"]),
        run([&"to-eml", &a, &"-o", &"-", &"--report", &"-"]),
    ];
    for output in wrong {
        assert_eq!(status(&output), 2, "{}", errors(&output));
        assert!(output.stdout.is_empty());
    }
    assert_eq!(tree(dir.path()), before);
}

#[test]
fn every_message_of_the_corpus_becomes_a_mail() {
    let messages = corpus_messages();
    let Some(corpus) = corpus().filter(|_| !messages.is_empty()) else { return };
    let dir = tempfile::tempdir().unwrap();
    let (out, lines) = (dir.path().join("out"), dir.path().join("report.jsonl"));
    let output = run([&"to-eml", &corpus.join("msg"), &"-o", &out, &"--report", &lines]);
    assert_eq!(status(&output), 0, "{}", errors(&output));
    let lines = report(&lines);
    assert_eq!(lines.len(), messages.len());
    for line in &lines {
        let output = Path::new(line["output"].as_str().unwrap());
        assert_eq!(std::fs::metadata(output).unwrap().len(), line["bytes"].as_u64().unwrap());
    }
    assert_eq!(tree(&out).len(), messages.len());
    // The whole hostile folder, too: nothing but outputs and failures.
    let output = run([&"to-eml", &corpus.join("hostile"), &"-o", &dir.path().join("hostile")]);
    assert!([0, 1].contains(&status(&output)), "{}", errors(&output));
    assert!(!errors(&output).contains("please report it"), "{}", errors(&output));
}
