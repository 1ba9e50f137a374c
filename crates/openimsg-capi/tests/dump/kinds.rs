//! Messages with every kind of value that a file can hold, as dumps that `imsg new` restores.

use serde_json::{Value, json};

const COMMON: &str = "{00062008-0000-0000-c000-000000000046}";
const STRINGS: &str = "{00020329-0000-0000-c000-000000000046}";

/// What `\ud800` in a text stands as until the text is JSON: Rust has no such character.
const HALF: &str = "half of a pair";

/// A property.
fn prop(tag: u32, value: impl Into<Value>) -> Value {
    json!({ "tag": format!("0x{tag:08X}"), "value": value.into() })
}

/// A property with attributes.
fn with(tag: u32, flags: u32, value: impl Into<Value>) -> Value {
    let mut prop = prop(tag, value);
    prop["flags"] = flags.into();
    prop
}

/// A named property: a number or a text.
fn named(tag: u32, set: &str, name: &str, value: impl Into<Value>) -> Value {
    let mut prop = prop(tag, value);
    let key = if name.starts_with("0x") { "id" } else { "name" };
    prop["named"] = json!({ "set": set, key: name });
    prop
}

/// Twelve bytes, 0 to 11, so many times.
fn bytes(times: usize) -> Value {
    json!({ "base64": "AAECAwQFBgcICQoL".repeat(times) })
}

fn time(ticks: u64) -> Value {
    json!({ "filetime": ticks.to_string() })
}

fn lines(count: usize) -> String {
    (0..count).map(|line| format!("Line {line} of a text longer than the limit.\r\n")).collect()
}

fn values() -> Vec<Value> {
    vec![
        prop(0x001A_001F, "IPM.Note"),
        prop(0x0037_001F, "Every kind of value"),
        prop(0x6601_0002, -32768),
        prop(0x6602_0003, i32::MIN),
        prop(0x6603_0004, 0.1),
        prop(0x6604_0005, -1.5e300),
        prop(0x6605_0006, i64::MIN.to_string()),
        prop(0x6606_0007, 45000.25),
        prop(0x6607_000B, true),
        prop(0x6608_000B, false),
        prop(0x6609_0014, i64::MAX.to_string()),
        prop(0x660A_001F, ""),
        prop(0x660B_001F, "Grüße, 旗 🚣 \"quoted\" \\ and a \t tab"),
        prop(0x660C_001F, "before\0after"),
        prop(0x660D_001F, HALF),
        prop(0x660E_0040, time(133_000_000_000_000_000)),
        prop(0x660F_0040, time(u64::MAX)),
        prop(0x6610_0048, "{6ed8da90-450b-101b-98da-00aa003f1305}"),
        prop(0x6611_0102, bytes(0)),
        prop(0x6612_0102, bytes(100)),
        prop(0x6613_00FB, bytes(1)),
        prop(0x6614_0004, "NaN"),
        prop(0x6615_0005, "-Infinity"),
        prop(0x6616_0007, "Infinity"),
        prop(0x6617_001F, lines(40)),
        prop(0x6621_1002, json!([1, -1, 32767])),
        prop(0x6622_1003, json!([0, -1, i32::MAX])),
        prop(0x6623_1004, json!([0.5, 0.1])),
        prop(0x6624_1005, json!([1e-300, 2.5])),
        prop(0x6625_1006, json!(["0", "-10000"])),
        prop(0x6626_1007, json!([1.0, 45000.5])),
        prop(0x6627_1014, json!(["1", "-2"])),
        prop(0x6628_101F, json!(["one", "", "drei ß"])),
        prop(0x6629_1040, json!([time(0), time(133_000_000_000_000_001)])),
        prop(0x662A_1048, json!([COMMON, "{00000000-0000-0000-0000-000000000000}"])),
        prop(0x662B_1102, json!([bytes(1), bytes(0), bytes(5)])),
        with(0x6630_001F, 2, "read only"),
        with(0x6631_0003, 7, 7),
        with(0x6632_0003, 4, 8),
        prop(0x6633_001E, "8-bit: ß"),
        prop(0x6634_101E, json!(["8-bit: é", ""])),
        prop(0x340D_0003, 0x0004_0E79),
        named(0x8000_000B, COMMON, "0x8514", true),
        named(0x8001_101F, STRINGS, "Keywords", json!(["red", "blau"])),
        named(0x8002_001F, STRINGS, "Ångström 旗", "named"),
    ]
}

/// A recipient; `text` is the type of texts.
fn recipient(number: usize, text: u32) -> Value {
    let mut props = vec![
        prop(0x3000_0003, number),
        prop(0x0C15_0003, 1 + number % 3),
        prop(0x3001_0000 | text, format!("Person {number} Weiß")),
        prop(0x3002_0000 | text, "SMTP"),
        prop(0x3003_0000 | text, format!("p{number}@example.org")),
        prop(0x0FFF_0102, bytes(number % 7)),
    ];
    if number % 2 == 1 {
        props.push(prop(0x660B_1000 | text, json!(["a", format!("b{number}")])));
    }
    json!({ "properties": props })
}

fn attachment(number: usize, method: u32, more: impl IntoIterator<Item = Value>) -> Value {
    let mut props = vec![
        with(0x0E21_0003, 2, number),
        with(0x370B_0003, 7, if number == 1 { -5 } else { -1 }),
        with(0x3705_0003, 7, method),
    ];
    props.extend(more);
    json!({ "properties": props })
}

/// A message in a message in a message; the inner ones use the names of the outermost.
fn nested(level: usize) -> Value {
    let mut attachments = Vec::new();
    if level < 4 {
        let mut inner = attachment(0, 5, [prop(0x3701_000D, Value::Null)]);
        inner["message"] = nested(level + 1);
        attachments.push(inner);
    }
    json!({
        "properties": [
            prop(0x001A_001F, "IPM.Note"),
            prop(0x0037_001F, format!("Level {level}")),
            named(0x8002_001F, STRINGS, "Ångström 旗", format!("on level {level}")),
        ],
        "recipients": if level % 2 == 1 { vec![recipient(0, 0x1F)] } else { Vec::new() },
        "attachments": attachments,
    })
}

fn storage() -> Value {
    let storage = |members: Value| json!({ "class_id": null, "state_bits": 0, "members": members });
    let leaf = storage(json!([{ "name": "leaf", "stream": bytes(1) }]));
    json!({
        "class_id": "{0003000a-0000-0000-c000-000000000046}",
        "state_bits": 5,
        "members": [
            { "name": "\u{1}Ole", "stream": bytes(2) },
            { "name": "empty", "stream": bytes(0) },
            { "name": "inner", "storage": storage(json!([{ "name": "deep", "storage": leaf }])) },
            { "name": "CONTENTS", "stream": bytes(500) },
        ],
    })
}

fn unicode() -> Value {
    let mut object = attachment(1, 6, [prop(0x3701_000D, Value::Null)]);
    object["storage"] = storage();
    let mut message = attachment(2, 5, [prop(0x3701_000D, Value::Null)]);
    message["message"] = nested(1);
    let file = [prop(0x3707_001F, "plan.bin"), prop(0x3701_0102, bytes(1000))];
    let link = [prop(0x370D_001F, r"\\server\share\plan.pdf")];
    json!({
        "schema": "openimsg.dump/1",
        "file": "unicode.msg",
        "class_id": "{00020d0b-0000-0000-c000-000000000046}",
        "unicode": true,
        "message": {
            "properties": values(),
            "recipients": (0..120).map(|number| recipient(number, 0x1F)).collect::<Vec<_>>(),
            "attachments": [attachment(0, 1, file), object, message, attachment(5, 4, link)],
        },
        "names": [
            { "tag": "0x8000", "set": COMMON, "id": "0x8514" },
            { "tag": "0x8001", "set": STRINGS, "name": "Keywords" },
            { "tag": "0x8002", "set": STRINGS, "name": "Ångström 旗" },
            { "tag": "0x8003", "set": COMMON, "id": "0x8539" },
        ],
    })
}

fn narrow() -> Value {
    let mut undefined = prop(0x6602_001E, "?");
    // 0x81 means nothing in code page 1252.
    undefined["bytes"] = "dW5kZWZpbmVkIIEgYnl0ZQ==".into();
    let file = [prop(0x3707_001E, "plané.bin"), prop(0x3701_0102, bytes(1))];
    json!({
        "schema": "openimsg.dump/1",
        "file": "narrow.msg",
        "class_id": null,
        "unicode": false,
        "message": {
            "properties": [
                prop(0x001A_001E, "IPM.Note"),
                prop(0x0037_001E, "Grüße"),
                prop(0x3FFD_0003, 1252),
                prop(0x6601_001E, "café €"),
                undefined,
                prop(0x6603_101E, json!(["één", "twee", ""])),
                prop(0x6605_001E, lines(40)),
            ],
            "recipients": (0..3).map(|number| recipient(number, 0x1E)).collect::<Vec<_>>(),
            "attachments": [attachment(0, 1, file)],
        },
    })
}

/// Both messages, for `imsg new`.
pub(crate) fn specification() -> String {
    let text = json!([unicode(), narrow()]).to_string();
    text.replace(HALF, r"\ud800 and \udc00 are halves")
}
