//! Any properties, written as TNEF and read: the same properties.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic and say why")]

mod common;
#[path = "common/tnef.rs"]
mod tnef;

use common::msg::fresh;
use openimsg::mime::{Conversion, ImportOptions, read_tnef};
use openimsg::{
    FileTime, Guid, MapiProp, Message, NamedProp, PropId, PropTag, PropType, PropValue, Text,
};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::Cursor;
use tnef::*;

/// What a property is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Id(u16),
    Number(u32),
    Text(String),
}

type Props = BTreeMap<Name, PropValue>;

const SET: [u8; 16] = [9; 16];

fn text() -> impl Strategy<Value = String> {
    // No NUL: they end texts.
    proptest::string::string_regex("[\\x01-\u{D7FF}\u{E000}-\u{1F64F}]{0,20}").unwrap()
}

fn value() -> impl Strategy<Value = PropValue> {
    let time = any::<u64>().prop_map(FileTime::from_ticks);
    let guid = any::<[u8; 16]>().prop_map(Guid::from_bytes);
    let bytes = || vec(any::<u8>(), 0..50);
    prop_oneof![
        any::<i16>().prop_map(PropValue::I2),
        any::<i32>().prop_map(PropValue::Long),
        any::<bool>().prop_map(PropValue::Boolean),
        (-1e9..1e9).prop_map(PropValue::Double),
        any::<i64>().prop_map(PropValue::I8),
        any::<i64>().prop_map(PropValue::Currency),
        time.clone().prop_map(PropValue::SysTime),
        guid.prop_map(PropValue::Clsid),
        text().prop_map(|text| PropValue::Unicode(text.into())),
        bytes().prop_map(PropValue::Binary),
        vec(any::<u8>(), 70_000..70_003).prop_map(PropValue::Binary),
        vec(any::<i16>(), 1..5).prop_map(PropValue::MvI2),
        vec(any::<i32>(), 1..5).prop_map(PropValue::MvLong),
        vec(time, 1..5).prop_map(PropValue::MvSysTime),
        vec(text().prop_map(Text::from), 1..5).prop_map(PropValue::MvUnicode),
        vec(bytes(), 1..5).prop_map(PropValue::MvBinary),
    ]
}

fn props() -> impl Strategy<Value = Props> {
    let name = prop_oneof![
        (0x6600_u16..0x67FF).prop_map(Name::Id),
        any::<u32>().prop_map(Name::Number),
        "[a-zA-Z]{1,9}".prop_map(Name::Text),
    ];
    proptest::collection::btree_map(name, value(), 0..12)
}

/// One property as it lies in a list; of a named one the identifier says nothing.
fn put(list: List, id: u16, value: &PropValue) -> List {
    let prop_type = value.prop_type().value();
    let fixed = |list: List, bytes: &[u8]| list.fixed(prop_type, id, bytes);
    match value {
        PropValue::I2(v) => fixed(list, &v.to_le_bytes()),
        PropValue::Long(v) => fixed(list, &v.to_le_bytes()),
        PropValue::Boolean(v) => fixed(list, &[u8::from(*v), 0]),
        PropValue::Double(v) => fixed(list, &v.to_le_bytes()),
        PropValue::I8(v) | PropValue::Currency(v) => fixed(list, &v.to_le_bytes()),
        PropValue::SysTime(v) => fixed(list, &v.ticks().to_le_bytes()),
        PropValue::Clsid(v) => fixed(list, &v.to_bytes()),
        PropValue::Unicode(v) => list.text(id, &v.to_string_lossy()),
        PropValue::Binary(v) => list.binary(id, v),
        PropValue::MvI2(v) => {
            let bytes: Vec<_> = v.iter().map(|v| v.to_le_bytes()).collect();
            list.fixed_array(prop_type, id, &bytes.iter().map(|b| &b[..]).collect::<Vec<_>>())
        }
        PropValue::MvLong(v) => {
            let bytes: Vec<_> = v.iter().map(|v| v.to_le_bytes()).collect();
            list.fixed_array(prop_type, id, &bytes.iter().map(|b| &b[..]).collect::<Vec<_>>())
        }
        PropValue::MvSysTime(v) => {
            let bytes: Vec<_> = v.iter().map(|v| v.ticks().to_le_bytes()).collect();
            list.fixed_array(prop_type, id, &bytes.iter().map(|b| &b[..]).collect::<Vec<_>>())
        }
        PropValue::MvUnicode(v) => {
            let texts: Vec<_> = v.iter().map(|text| wide(&text.to_string_lossy())).collect();
            list.variable_array(prop_type, id, &texts)
        }
        PropValue::MvBinary(v) => list.variable_array(prop_type, id, v),
        other => panic!("{other:?}"),
    }
}

fn list(props: &Props) -> List {
    props.iter().fold(List::new(), |list, (name, value)| match name {
        Name::Id(id) => put(list, *id, value),
        Name::Number(number) => list.named(SET, *number, |list| put(list, 0x8007, value)),
        Name::Text(text) => list.named_text(SET, text, |list| put(list, 0x8007, value)),
    })
}

/// Where a property is in a message.
fn id_of(object: &MapiProp<'_>, name: &Name) -> PropId {
    let name = match name {
        Name::Id(id) => return PropId::new(*id),
        Name::Number(number) => NamedProp::id(Guid::from_bytes(SET), *number),
        Name::Text(text) => NamedProp::text(Guid::from_bytes(SET), text.clone()),
    };
    object.ids_from_names(&[name], false).unwrap()[0].unwrap()
}

fn check(object: &MapiProp<'_>, props: &Props) {
    for (name, value) in props {
        let tag = PropTag::from_parts(id_of(object, name), PropType::PT_UNSPECIFIED);
        assert_eq!(object.get_prop(tag).unwrap().as_ref(), Some(value), "{name:?}");
    }
}

fn read(stream: &Tnef) -> Message<'static> {
    let message = fresh();
    let source = Cursor::new(stream.bytes());
    let report = read_tnef(source, &message, &ImportOptions::default()).unwrap();
    assert_eq!(report, Conversion::default());
    message
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn properties_come_through_as_they_were_written(
        top in props(),
        rows in vec(props(), 0..3),
        files in vec((props(), vec(any::<u8>(), 0..300)), 0..3),
        inner in props(),
    ) {
        let mut stream = Tnef::usual(1252).props(&list(&top));
        stream = stream.recipients(&rows.iter().map(list).collect::<Vec<_>>());
        for (props, data) in &files {
            stream = stream.rendering(1, 0).attachment(0x0006_800F, data).attach_props(&list(props));
        }
        let below = Tnef::usual(1252).props(&list(&inner));
        let holder = List::new().object(0x3701, IID_MESSAGE, &below.bytes());
        let message = read(&stream.rendering(1, 0).attach_props(&holder));

        check(&message, &top);
        let rows: Vec<_> = rows.into_iter().filter(|row| !row.is_empty()).collect();
        let found = message.recipients().unwrap();
        prop_assert_eq!(found.len(), rows.len());
        for (found, row) in found.iter().zip(&rows) {
            for (name, value) in row {
                let tag = PropTag::from_parts(id_of(&message, name), PropType::PT_UNSPECIFIED);
                prop_assert_eq!(found.get(tag), Some(value));
            }
        }
        let numbers = message.attachment_numbers().unwrap();
        prop_assert_eq!(numbers.len(), files.len() + 1);
        for (number, (props, data)) in numbers.iter().zip(&files) {
            let file = message.open_attach(*number).unwrap();
            check(&file, props);
            let bytes = file.get(openimsg::tags::PR_ATTACH_DATA_BIN).unwrap();
            prop_assert_eq!(bytes.as_ref(), Some(data));
        }
        let last = message.open_attach(*numbers.last().unwrap()).unwrap();
        check(&last.open_message().unwrap(), &inner);
    }
}
