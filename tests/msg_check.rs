//! The checker of messages: what it says of our own files, of real ones, and of one broken rule each.

mod common;

use common::msg::*;
use common::{RW, corpus_files, name};
use openimsg::{
    CompoundFile, Finding, Guid, Mode, PropId, RawMessage, RawProp, Severity, Storage,
    check_message,
};
use std::collections::BTreeMap;
use std::sync::Arc;

fn findings(bytes: &[u8]) -> Vec<Finding> {
    let file: Arc<dyn Storage> = CompoundFile::from_bytes(bytes.to_vec()).unwrap().into();
    check_message(&file).unwrap()
}

fn serious(bytes: &[u8]) -> Vec<String> {
    let all = findings(bytes);
    let serious = all.iter().filter(|finding| finding.severity() != Severity::Note);
    serious.map(ToString::to_string).collect()
}

#[test]
fn corpus_histogram() {
    let mut counts: BTreeMap<(Severity, &str), (u32, String)> = BTreeMap::new();
    for path in corpus_files("corpus_histogram", "msg") {
        for finding in findings(&std::fs::read(&path).unwrap()) {
            let slot = counts.entry((finding.severity(), finding.code())).or_default();
            slot.0 += 1;
            if slot.0 <= 3 {
                slot.1 += &format!("\n    {} {finding}", path.file_name().unwrap().display());
            }
        }
    }
    for ((severity, code), (count, first)) in counts {
        println!("{severity} {code} {count}{first}");
    }
}

#[test]
fn our_own_output_breaks_no_rule() {
    let bytes = build(everything);
    assert_eq!(serious(&bytes), Vec::<String>::new());
    let bytes = build_ansi(1252, everything);
    assert_eq!(serious(&bytes), Vec::<String>::new());
}
