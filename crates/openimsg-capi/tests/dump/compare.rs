//! Compares the dump of the C program with the one of `imsg`, object by object.

use super::json::{list, props, value};
use serde_json::Value;
use std::collections::BTreeMap;

/// What has the property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Object {
    Message,
    Recipient,
    Attachment,
}

/// In what the two differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Only MAPI lists the property.
    Added,
    /// MAPI does not list it.
    Hidden,
    /// Both have it, with different values.
    Value,
    /// Both have it, with different attributes.
    Flags,
    /// 8-bit text is listed as Unicode or the other way round.
    Width,
    /// Anything else; nothing explains it.
    Other,
}

/// A difference.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) object: Object,
    pub(crate) what: What,
    pub(crate) tag: u32,
    /// What MAPI says: a value, or attributes.
    pub(crate) says: Value,
    /// Where, and what the two say: MAPI first.
    pub(crate) text: String,
}

/// Collects differences.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    pub(crate) all: Vec<Difference>,
    /// How many properties were compared.
    pub(crate) compared: usize,
}

impl Differences {
    fn put(&mut self, object: Object, what: What, tag: u32, says: Value, text: String) {
        self.all.push(Difference { object, what, tag, says, text });
    }

    fn other(&mut self, path: &str, mapi: &Value, imsg: &Value) {
        if mapi != imsg {
            let text = format!("{path}: {} and {}", short(mapi), short(imsg));
            self.put(Object::Message, What::Other, 0, Value::Null, text);
        }
    }

    /// Compares whole files.
    pub(crate) fn file(&mut self, mapi: &Value, imsg: &Value) {
        let name = imsg["file"].as_str().expect("a dump names its file");
        for member in ["file", "class_id", "unicode", "names"] {
            self.other(&format!("{name}: {member}"), &mapi[member], &imsg[member]);
        }
        self.message(name, &mapi["message"], &imsg["message"]);
    }

    fn message(&mut self, path: &str, mapi: &Value, imsg: &Value) {
        self.props(Object::Message, path, mapi, imsg);
        for (name, object) in
            [("recipients", Object::Recipient), ("attachments", Object::Attachment)]
        {
            let (mapi, imsg) = (list(mapi, name), list(imsg, name));
            self.other(&format!("{path}/{name}"), &mapi.len().into(), &imsg.len().into());
            for (index, (mapi, imsg)) in mapi.iter().zip(imsg).enumerate() {
                let path = format!("{path}/{name}[{index}]");
                self.props(object, &path, mapi, imsg);
                self.other(&format!("{path}/storage"), &mapi["storage"], &imsg["storage"]);
                self.other(&format!("{path}/lost"), &mapi["lost"], &Value::Null);
                match (mapi.get("message"), imsg.get("message")) {
                    (Some(mapi), Some(imsg)) => self.message(&path, mapi, imsg),
                    (None, None) => {}
                    (mapi, imsg) => {
                        let text = format!("{path}: {} and {}", mapi.is_some(), imsg.is_some());
                        self.put(object, What::Other, 0, Value::Null, text);
                    }
                }
            }
        }
    }

    fn props(&mut self, object: Object, path: &str, mapi: &Value, imsg: &Value) {
        let (mut mapi, imsg) = (props(mapi), props(imsg));
        self.compared += imsg.len();
        for (tag, imsg) in imsg {
            let path = format!("{path}/0x{tag:08X}");
            let Some((other, mapi)) = take(&mut mapi, tag) else {
                let text = format!("{path}: {}", short(imsg));
                self.put(object, What::Hidden, tag, Value::Null, text);
                continue;
            };
            if other != tag {
                let text = format!("{path}: listed as 0x{other:08X}");
                self.put(object, What::Width, tag, other.into(), text);
            }
            self.prop(object, &path, tag, mapi, imsg);
        }
        for (tag, mapi) in mapi {
            let text = format!("{path}/0x{tag:08X}: {}", short(mapi));
            self.put(object, What::Added, tag, value(tag, mapi), text);
        }
    }

    fn prop(&mut self, object: Object, path: &str, tag: u32, mapi: &Value, imsg: &Value) {
        let (ours, theirs) = (value(tag, mapi), value(tag, imsg));
        if ours != theirs {
            let text = format!("{path}: {} and {}", short(&ours), short(&theirs));
            self.put(object, What::Value, tag, ours, text);
        }
        // What is lossless as text has its bytes only in the dump of the C program.
        if imsg.get("bytes").is_some() {
            self.other(&format!("{path}/bytes"), &mapi["bytes"], &imsg["bytes"]);
        }
        // The rows of a table have neither attributes nor names.
        if object != Object::Recipient {
            if mapi["flags"] != imsg["flags"] {
                let text = format!("{path}: {} and {}", mapi["flags"], imsg["flags"]);
                self.put(object, What::Flags, tag, mapi["flags"].clone(), text);
            }
            self.other(&format!("{path}/named"), &mapi["named"], &imsg["named"]);
        }
    }
}

/// The property with this tag, or with the same identifier and the other kind of text.
fn take<'a>(props: &mut BTreeMap<u32, &'a Value>, tag: u32) -> Option<(u32, &'a Value)> {
    let other = match tag & 0x0FFF {
        0x001E | 0x001F => tag ^ 1,
        _ => tag,
    };
    [tag, other].into_iter().find_map(|tag| Some((tag, props.remove(&tag)?)))
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(150).collect()
}
