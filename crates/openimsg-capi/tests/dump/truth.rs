//! The dump of the C program beside the ground truth of the corpus, which other readers made of the raw
//! streams.

use super::compare::{Difference, Object, What};
use super::explained::explanation;
use super::json::{hex, list, props, value};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// Holds all dumps against the truth; gives how many properties were compared.
pub(crate) fn hold(corpus: &Path, mapi: &[Value]) -> usize {
    let mut truths = BTreeMap::new();
    for entry in corpus.join("truth/msg").read_dir().unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let truth: Value = serde_json::from_str(&text).unwrap();
        truths.insert(corpus.join(truth["file"].as_str().unwrap()), truth);
    }
    let mut holder = Holder::default();
    for dump in mapi {
        let file = Path::new(dump["file"].as_str().unwrap());
        let truth = truths.get(file).unwrap_or_else(|| panic!("no truth for {}", file.display()));
        let names = list(truth, "named_properties").iter();
        holder.names = names.map(|name| (hex(&name["id"]), name.clone())).collect();
        let class = &truth["cfb"]["root_clsid"];
        if class.is_string() && dump["class_id"].is_string() {
            assert_eq!(braced(class), dump["class_id"], "{}", file.display());
        }
        holder.message(&file.display().to_string(), &truth["message"], &dump["message"]);
    }
    assert!(holder.wrong.is_empty(), "{:#?}", holder.wrong);
    holder.held
}

#[derive(Default)]
struct Holder {
    /// What the identifiers of the file mean.
    names: BTreeMap<u32, Value>,
    held: usize,
    wrong: Vec<String>,
}

impl Holder {
    fn message(&mut self, path: &str, truth: &Value, mapi: &Value) {
        self.props(Object::Message, path, truth, mapi);
        for (name, object) in
            [("recipients", Object::Recipient), ("attachments", Object::Attachment)]
        {
            let (truths, ours) = (list(truth, name), list(mapi, name));
            if truths.len() != ours.len() {
                self.wrong.push(format!("{path}: {} {name}, not {}", ours.len(), truths.len()));
            }
            for (index, (truth, mapi)) in truths.iter().zip(ours).enumerate() {
                let path = format!("{path}/{name}[{index}]");
                self.props(object, &path, truth, mapi);
                if truth["embedded_message"].is_object() {
                    self.message(&path, &truth["embedded_message"], &mapi["message"]);
                }
            }
        }
    }

    fn props(&mut self, object: Object, path: &str, truth: &Value, mapi: &Value) {
        let mapi = props(mapi);
        for truth in list(truth, "properties") {
            let tag = hex(&truth["tag"]);
            // Entries without a type or a value are no properties.
            if truth["missing_stream"] == true || tag & 0xFFFF == 0 {
                continue;
            }
            let path = format!("{path}/0x{tag:08X}");
            match mapi.get(&tag) {
                Some(mapi) => self.prop(object, path, tag, truth, mapi),
                None => self.wrong.push(format!("{path} is missing")),
            }
        }
    }

    fn prop(&mut self, object: Object, path: String, tag: u32, truth: &Value, mapi: &Value) {
        self.held += 1;
        let says = value(tag, mapi);
        if let Some(expected) = expected(tag, truth) {
            let long = truth["sha256_utf8"].is_string();
            let ours = if long { digest(says.as_str().unwrap()) } else { says.clone() };
            if ours != expected {
                let text = format!("{path}: {ours}, not {expected}");
                let found = Difference { object, what: What::Value, tag, says, text };
                if explanation(&found).is_none() {
                    self.wrong.push(found.text);
                }
            }
        }
        let name = self.names.get(&(tag >> 16)).filter(|_| object != Object::Recipient);
        if let Some(name) = name {
            let mut wanted = json!({ "set": braced(&name["guid"]) });
            if name["lid"].is_string() {
                wanted["id"] = format!("0x{:04X}", hex(&name["lid"])).into();
            } else {
                wanted["name"] = name["name"].clone();
            }
            if mapi["named"] != wanted {
                self.wrong.push(format!("{path}: {}, not {wanted}", mapi["named"]));
            }
        }
    }
}

fn braced(guid: &Value) -> Value {
    format!("{{{}}}", guid.as_str().unwrap().to_lowercase()).into()
}

/// As the truth has it for long texts.
fn digest(text: &str) -> Value {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

/// What the truth says, in the form in which [`value`] gives ours; nothing where it does not know.
fn expected(tag: u32, truth: &Value) -> Option<Value> {
    if let Some(all) = truth["values"].as_array() {
        return Some(all.iter().map(|one| single(tag, one)).collect());
    }
    // Texts with a NUL in them are cut by some readers.
    let known = ["value", "sha256", "sha256_utf8"].iter().any(|name| truth.get(name).is_some());
    (known && truth["embedded_nul"] != true).then(|| single(tag, truth))
}

/// One value: the number or text itself, or an object that has it.
fn single(tag: u32, truth: &Value) -> Value {
    if truth["sha256_utf8"].is_string() {
        return truth["sha256_utf8"].clone();
    }
    if truth["sha256"].is_string() {
        return json!({ "size": truth["len"], "sha256": truth["sha256"] });
    }
    let plain = truth.get("value").unwrap_or(truth);
    match tag & 0x0FFF {
        0x001E | 0x001F => plain.as_str().unwrap().trim_end_matches('\0').into(),
        0x0048 => braced(plain),
        0x0040 => plain["filetime"].to_string().into(),
        0x0006 | 0x0014 => plain.to_string().into(),
        0x0005 | 0x0007 => plain.as_str().unwrap().parse::<f64>().unwrap().to_bits().into(),
        _ => plain.clone(),
    }
}
