//! Dumps in memory: objects, properties by tag, and values in a form that can be compared.

use serde_json::Value;
use std::collections::BTreeMap;

/// The objects of a dump, one on each line.
pub(crate) fn dumps(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(&marked(line)).unwrap()).collect()
}

/// An unpaired surrogate is no text for Rust: its escape is made text.
fn marked(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('\\') {
        let escape = rest[at + 1..].chars().next().map_or(0, char::len_utf8);
        let lone = rest[at..].starts_with("\\ud") && matches!(rest.as_bytes()[at + 3], b'8'..=b'f');
        out.push_str(&rest[..at]);
        out.push_str(if lone { "\\\\" } else { &rest[at..=at] });
        out.push_str(&rest[at + 1..at + 1 + escape]);
        rest = &rest[at + 1 + escape..];
    }
    out + rest
}

/// The properties of an object by their tags.
pub(crate) fn props(object: &Value) -> BTreeMap<u32, &Value> {
    let all = object["properties"].as_array().expect("every object has properties");
    all.iter().map(|prop| (hex(&prop["tag"]), prop)).collect()
}

/// A number written as `0x0037001F`.
pub(crate) fn hex(text: &Value) -> u32 {
    let text = text.as_str().expect("a number in text");
    u32::from_str_radix(text.trim_start_matches("0x"), 16).unwrap()
}

/// The members of an array; none if there is no array.
pub(crate) fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object[name].as_array().map_or(&[], Vec::as_slice)
}

/// A value of a dump: times without their readable form, numbers by their bits.
pub(crate) fn value(tag: u32, prop: &Value) -> Value {
    plain(tag & 0x0FFF, &prop["value"])
}

fn plain(prop_type: u32, value: &Value) -> Value {
    match value {
        Value::Array(all) => all.iter().map(|one| plain(prop_type, one)).collect(),
        Value::Object(_) if value["filetime"].is_string() => value["filetime"].clone(),
        Value::Number(number) => match prop_type {
            4 => (number.as_f64().unwrap() as f32).to_bits().into(),
            5 | 7 => number.as_f64().unwrap().to_bits().into(),
            _ => value.clone(),
        },
        _ => value.clone(),
    }
}

/// Holds a dump against one that was made with a low limit: everything is the same, but an array may be
/// refused for its size. Gives the tags of those.
pub(crate) fn without_arrays(whole: &Value, small: &Value, refused: &mut Vec<String>) {
    match (whole, small) {
        (Value::Object(whole), Value::Object(small)) => {
            let tag = whole.get("tag").and_then(Value::as_str);
            if tag == Some("0x0FF80102") {
                return; // PR_MAPPING_SIGNATURE is another one each time.
            }
            let array = tag.is_some_and(|_| hex(&whole["tag"]) & 0x1000 != 0);
            let error = small.get("value").and_then(|value| value["error"].as_str());
            if array && error == Some("MAPI_E_NOT_ENOUGH_MEMORY") {
                refused.extend(tag.map(str::to_owned));
                return;
            }
            assert_eq!(whole.keys().collect::<Vec<_>>(), small.keys().collect::<Vec<_>>());
            for (name, value) in whole {
                without_arrays(value, &small[name], refused);
            }
        }
        (Value::Array(whole), Value::Array(small)) => {
            assert_eq!(whole.len(), small.len());
            for (whole, small) in whole.iter().zip(small) {
                without_arrays(whole, small, refused);
            }
        }
        _ => assert_eq!(whole, small),
    }
}
