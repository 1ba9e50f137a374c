//! The dump, and the way back: dump, new, dump.

mod common;

use common::{corpus, corpus_messages, errors, good, make, make_samples, run, status};
use openimsg::{CompoundFile, ElementName, Storage};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The dump of a message without what may differ: the file's name, findings, and what could not be
/// read.
fn dump(file: &Path) -> Value {
    let output = run([&"dump", &"--json", &file]);
    assert_eq!(status(&output), 0, "{}: {}", file.display(), errors(&output));
    let mut dump: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let top = dump.as_object_mut().expect("an object");
    assert_eq!(top["schema"], "openimsg.dump/1");
    top.remove("file");
    top.remove("findings");
    forget_what_was_lost(dump.get_mut("message").expect("a message"));
    dump
}

fn forget_what_was_lost(object: &mut Value) {
    let sound = |p: &Value| p["tag"] != "0x0E080003" && p["value"].get("error").is_none();
    object["properties"].as_array_mut().expect("an array").retain(sound);
    for key in ["recipients", "attachments"] {
        for inner in object.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            forget_what_was_lost(inner);
            if let Some(message) = inner.get_mut("message") {
                forget_what_was_lost(message);
            }
        }
    }
}

/// Restores each file from its dump and compares the dumps.
fn restored_is_equal(files: &[PathBuf]) {
    for file in files {
        let dir = tempfile::tempdir().expect("a folder of the test");
        let json = dir.path().join("dump.json");
        std::fs::write(&json, run([&"dump", &"--json", file]).stdout)
            .expect("a folder of the test");
        let output = run([&"new", &json, &"-o", &dir.path()]);
        assert_eq!(status(&output), 0, "{}: {}", file.display(), errors(&output));
        let made = String::from_utf8(output.stdout).expect("a path");
        assert_eq!(dump(Path::new(made.trim_end())), dump(file), "{}", file.display());
    }
}

/// Spec: F-137
#[test]
fn a_dump_of_a_restored_dump_is_equal() {
    let dir = tempfile::tempdir().unwrap();
    restored_is_equal(&make_samples(dir.path()));
}

/// Spec: F-137
#[test]
fn real_messages_survive_dump_and_new() {
    restored_is_equal(&corpus_messages());
}

/// Spec: F-136
#[test]
fn the_dump_says_what_independent_readers_say() {
    let Some(corpus) = corpus() else { return };
    let script = corpus.join("../tools/compare_dump.py");
    let python = Command::new("python3").arg("--version").output();
    if !script.is_file() || python.is_err() {
        println!("skipped: compare_dump.py or python3 is not there");
        return;
    }
    let mut compare = Command::new("python3");
    compare.arg(script).args(["--imsg", env!("CARGO_BIN_EXE_imsg"), "--corpus"]).arg(&corpus);
    let output = compare.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", errors(&output));
}

/// Spec: F-137
#[test]
fn what_is_rare_survives_too() {
    // Unpaired surrogates, numbers that JSON lacks, unknown types, names nobody uses, an OLE object,
    // flags, 8-bit text that does not decode.
    let spec = r#"{"schema": "openimsg.dump/1", "file": "rare.msg",
      "class_id": "{0006f046-0000-0000-c000-000000000046}",
      "names": [
        {"tag": "0x8000", "set": "{00020329-0000-0000-c000-000000000046}", "name": "used by none"},
        {"tag": "0x8001", "set": "{00062008-0000-0000-c000-000000000046}", "id": "0x8514"}],
      "message": {"properties": [
        {"tag": "0x0037001F", "type": "PT_UNICODE", "flags": 7, "value": "a\ud800b"},
        {"tag": "0x66000005", "flags": 2, "value": "NaN"},
        {"tag": "0x66010004", "value": "-Infinity"},
        {"tag": "0x66020006", "value": "-9223372036854775808"},
        {"tag": "0x66031005", "value": [1.5, "Infinity", -0.0]},
        {"tag": "0x6604101F", "value": ["", "\udfff", "日本"]},
        {"tag": "0x66051102", "value": [{"base64": ""}, {"base64": "AP8="}]},
        {"tag": "0x66060048", "value": "{00020329-0000-0000-c000-000000000046}"},
        {"tag": "0x66070040", "value": {"filetime": "18446744073709551615", "utc": null}},
        {"tag": "0x66081040", "value": [{"filetime": "0", "utc": null}]},
        {"tag": "0x6609000A", "value": -2147221233},
        {"tag": "0x660A00FB", "value": {"base64": "AQID"}},
        {"tag": "0x8001000B", "value": true,
         "named": {"set": "{00062008-0000-0000-c000-000000000046}", "id": "0x8514"}}],
      "recipients": [{"properties": [{"tag": "0x3001001F", "value": "\ud800"}]}],
      "attachments": [{"properties": [
          {"tag": "0x37050003", "flags": 7, "value": 6},
          {"tag": "0x3701000D", "flags": 6, "value": null}],
        "storage": {"class_id": "{0003000c-0000-0000-c000-000000000046}", "state_bits": 3,
          "members": [
            {"name": "CONTENTS", "stream": {"base64": "Qk0="}},
            {"name": "\u0001Ole", "stream": {"base64": ""}},
            {"name": "inner", "storage": {"class_id": null, "state_bits": 0, "members": [
              {"name": "x", "stream": {"base64": "AA=="}}]}}]}}]}}"#;
    let dir = tempfile::tempdir().unwrap();
    let output = make(dir.path(), spec);
    assert_eq!(status(&output), 0, "{}", errors(&output));
    let file = dir.path().join("rare.msg");
    let json = good([&"dump", &"--json", &file]);
    for kept in [
        r#""class_id":"{0006f046-0000-0000-c000-000000000046}""#,
        r#""flags":7,"value":"a\ud800b""#,
        r#""value":"NaN""#,
        r#"["","\udfff","日本"]"#,
        r#"{"filetime":"18446744073709551615","utc":null}"#,
        r#"{"tag":"0x8000","set":"{00020329-0000-0000-c000-000000000046}","name":"used by none"}"#,
        r#"{"tag":"0x8001","set":"{00062008-0000-0000-c000-000000000046}","id":"0x8514"}"#,
        r#""storage":{"class_id":"{0003000c-0000-0000-c000-000000000046}","state_bits":3"#,
    ] {
        assert!(json.contains(kept), "{kept}\n{json}");
    }
    // serde_json's values cannot hold unpaired surrogates: compare the texts.
    let copy = dir.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    std::fs::write(copy.join("a.json"), &json).unwrap();
    good([&"new", &copy.join("a.json"), &"-o", &copy]);
    let without_file = |json: &str| json.split_once(r#","class_id""#).unwrap().1.to_owned();
    let again = good([&"dump", &"--json", &copy.join("rare.msg")]);
    assert_eq!(without_file(&again), without_file(&json));
}

/// Spec: F-137
#[test]
fn bytes_that_are_no_text_stand_beside_the_text() {
    let spec = r#"{"schema": "openimsg.dump/1", "file": "ansi.msg", "message": {"properties": [
        {"tag": "0x3FFD0003", "value": 932},
        {"tag": "0x0037001E", "value": "日本"},
        {"tag": "0x1000001E", "value": "\ufffd", "bytes": "gf8="}]}}"#;
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(status(&make(dir.path(), spec)), 0);
    let file = dir.path().join("ansi.msg");
    let streams = common::streams(&file);
    assert_eq!(streams["/__substg1.0_0037001E"], b"\x93\xFA\x96{");
    assert_eq!(streams["/__substg1.0_1000001E"], b"\x81\xFF");
    let dump = dump(&file);
    assert_eq!(dump["unicode"], false);
    assert_eq!(dump["message"]["properties"][1]["value"], "日本");
    assert!(dump["message"]["properties"][1].get("bytes").is_none());
    assert_eq!(dump["message"]["properties"][2]["bytes"], "gf8=");
}

#[test]
fn digests_stand_in_for_bytes_and_cannot_be_restored() {
    let dir = tempfile::tempdir().unwrap();
    let sample = make_samples(dir.path()).remove(0);
    let json = good([&"dump", &"--json", &"--digest", &sample]);
    assert!(json.contains(r#""sha256":""#) && !json.contains(r#""base64":""#));
    let output = make(dir.path(), &json);
    assert_eq!(status(&output), 1);
    assert!(errors(&output).contains("--digest"), "{}", errors(&output));
}

#[test]
fn a_raw_dump_shows_any_compound_file() {
    let dir = tempfile::tempdir().unwrap();
    let sample = make_samples(dir.path()).remove(0);
    let text = good([&"dump", &"--raw", &sample]);
    assert!(text.contains("\n  __properties_version1.0: "), "{text}");
    let json = good([&"dump", &"--raw", &"--json", &"--digest", &sample]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["storage"]["class_id"], "{00020d0b-0000-0000-c000-000000000046}");
    assert!(json["storage"]["members"].as_array().unwrap().len() > 10);
}

#[test]
fn an_entry_without_a_value_is_left_out_and_told() {
    let dir = tempfile::tempdir().unwrap();
    let sample = make_samples(dir.path()).remove(0);
    let file = CompoundFile::edit(&sample).unwrap();
    file.destroy_element(&ElementName::new("__substg1.0_1000001F").unwrap()).unwrap();
    file.finish().unwrap();
    let output = run([&"dump", &"--json", &sample]);
    assert_eq!((status(&output), errors(&output).lines().count()), (0, 1));
    let dump: Value = serde_json::from_slice(&output.stdout).unwrap();
    let tags = dump["message"]["properties"].as_array().unwrap();
    assert!(tags.iter().all(|p| p["tag"] != "0x1000001F"));
    assert_eq!(dump["findings"][0]["code"], "value-missing");
    assert_eq!(dump["findings"][0]["severity"], "error");
}

#[test]
fn a_dump_for_people_names_every_property() {
    let dir = tempfile::tempdir().unwrap();
    let samples = make_samples(dir.path());
    let text = good([&"dump", &samples[3]]);
    for line in [
        "0x0037001F PR_SUBJECT_W PT_UNICODE: \"Regatta on the bay\"",
        "0x8002001F PidLidLocation PT_UNICODE: \"North quay\"",
        "PidNameKeywords PT_MV_UNICODE: [\"Regatta\", \"Volunteers\"]",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let text = good([&"dump", &"--digest", &samples[3]]);
    assert!(text.contains("PR_SEARCH_KEY PT_BINARY: 16 bytes, sha256:"), "{text}");
    let text = good([&"dump", &samples[2]]);
    assert!(text.contains("\n  attachment 0\n") && text.contains("\n    message\n"), "{text}");
}
