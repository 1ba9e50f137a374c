//! Values of every type to and from bytes. Spec: msg-format 1.2.1, 1.4, 2.1.

use super::{PropType, PropValue, Storing};
use crate::wire::{FileTime, Guid, Text};

/// The value in the last eight bytes of an entry; only the bytes that the type owns count.
///
/// Spec: F-015, F-016.
pub(crate) fn decode_inline(prop_type: PropType, bytes: [u8; 8]) -> PropValue {
    let [a, b, c, d, ..] = bytes;
    let (short, long) = ([a, b], [a, b, c, d]);
    match prop_type {
        PropType::PT_NULL => PropValue::Null,
        PropType::PT_I2 => PropValue::I2(i16::from_le_bytes(short)),
        PropType::PT_LONG => PropValue::Long(i32::from_le_bytes(long)),
        PropType::PT_R4 => PropValue::R4(f32::from_le_bytes(long)),
        PropType::PT_DOUBLE => PropValue::Double(f64::from_le_bytes(bytes)),
        PropType::PT_CURRENCY => PropValue::Currency(i64::from_le_bytes(bytes)),
        PropType::PT_APPTIME => PropValue::AppTime(f64::from_le_bytes(bytes)),
        PropType::PT_ERROR => PropValue::Error(u32::from_le_bytes(long)),
        PropType::PT_BOOLEAN => PropValue::Boolean(short != [0, 0]),
        PropType::PT_I8 => PropValue::I8(i64::from_le_bytes(bytes)),
        PropType::PT_SYSTIME => PropValue::SysTime(FileTime::from_ticks(u64::from_le_bytes(bytes))),
        other => PropValue::Opaque(other, bytes.to_vec()),
    }
}

/// The eight bytes of a fixed value; unused bytes are zero. `None` for a value stored elsewhere.
pub(crate) fn encode_inline(value: &PropValue) -> Option<[u8; 8]> {
    let narrow = |bytes: &[u8]| {
        let mut out = [0; 8];
        out.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = *byte);
        out
    };
    Some(match value {
        PropValue::Null => [0; 8],
        PropValue::I2(v) => narrow(&v.to_le_bytes()),
        PropValue::Long(v) => narrow(&v.to_le_bytes()),
        PropValue::R4(v) => narrow(&v.to_le_bytes()),
        PropValue::Double(v) | PropValue::AppTime(v) => v.to_le_bytes(),
        PropValue::Currency(v) | PropValue::I8(v) => v.to_le_bytes(),
        PropValue::Error(v) => narrow(&v.to_le_bytes()),
        PropValue::Boolean(v) => narrow(&[u8::from(*v)]),
        PropValue::SysTime(v) => v.ticks().to_le_bytes(),
        PropValue::Opaque(t, bytes) if stores_inline(*t, bytes) => narrow(bytes),
        _ => return None,
    })
}

/// Whether opaque bytes of this type lie in the entry itself.
fn stores_inline(prop_type: PropType, bytes: &[u8]) -> bool {
    match prop_type.storing() {
        Some(storing) => storing == Storing::Inline,
        None => bytes.len() == 8,
    }
}

/// The value in the stream of its own; for multivalued texts and binaries see [`decode_element`].
///
/// Spec: F-019, F-020, F-022, F-027.
pub(crate) fn decode_stream(prop_type: PropType, bytes: &[u8]) -> PropValue {
    fn packed<const N: usize, T>(bytes: &[u8], f: impl Fn([u8; N]) -> T) -> Vec<T> {
        bytes.as_chunks::<N>().0.iter().map(|chunk| f(*chunk)).collect()
    }
    match prop_type {
        PropType::PT_UNICODE => PropValue::Unicode(Text::from_utf16le(bytes).trim_nuls()),
        PropType::PT_STRING8 => PropValue::String8(trim_nuls(bytes).to_vec()),
        PropType::PT_BINARY => PropValue::Binary(bytes.to_vec()),
        PropType::PT_CLSID => match bytes.first_chunk() {
            Some(guid) => PropValue::Clsid(Guid::from_bytes(*guid)),
            None => PropValue::Opaque(prop_type, bytes.to_vec()),
        },
        PropType::PT_MV_I2 => PropValue::MvI2(packed(bytes, i16::from_le_bytes)),
        PropType::PT_MV_LONG => PropValue::MvLong(packed(bytes, i32::from_le_bytes)),
        PropType::PT_MV_R4 => PropValue::MvR4(packed(bytes, f32::from_le_bytes)),
        PropType::PT_MV_DOUBLE => PropValue::MvDouble(packed(bytes, f64::from_le_bytes)),
        PropType::PT_MV_CURRENCY => PropValue::MvCurrency(packed(bytes, i64::from_le_bytes)),
        PropType::PT_MV_APPTIME => PropValue::MvAppTime(packed(bytes, f64::from_le_bytes)),
        PropType::PT_MV_I8 => PropValue::MvI8(packed(bytes, i64::from_le_bytes)),
        PropType::PT_MV_SYSTIME => {
            let time = |ticks| FileTime::from_ticks(u64::from_le_bytes(ticks));
            PropValue::MvSysTime(packed(bytes, time))
        }
        PropType::PT_MV_CLSID => PropValue::MvClsid(packed(bytes, Guid::from_bytes)),
        other => PropValue::Opaque(other, bytes.to_vec()),
    }
}

/// The bytes of a value's own stream. `None` for values that have none or several.
pub(crate) fn encode_stream(value: &PropValue) -> Option<Vec<u8>> {
    fn packed<const N: usize, T: Copy>(values: &[T], f: impl Fn(T) -> [u8; N]) -> Vec<u8> {
        values.iter().flat_map(|value| f(*value)).collect()
    }
    Some(match value {
        PropValue::Unicode(text) => text.to_utf16le(),
        PropValue::String8(bytes) | PropValue::Binary(bytes) => bytes.clone(),
        PropValue::Clsid(guid) => guid.to_bytes().to_vec(),
        PropValue::Opaque(t, bytes) if !stores_inline(*t, bytes) => bytes.clone(),
        PropValue::MvI2(v) => packed(v, i16::to_le_bytes),
        PropValue::MvLong(v) => packed(v, i32::to_le_bytes),
        PropValue::MvR4(v) => packed(v, f32::to_le_bytes),
        PropValue::MvDouble(v) | PropValue::MvAppTime(v) => packed(v, f64::to_le_bytes),
        PropValue::MvCurrency(v) | PropValue::MvI8(v) => packed(v, i64::to_le_bytes),
        PropValue::MvSysTime(v) => packed(v, |time| time.ticks().to_le_bytes()),
        PropValue::MvClsid(v) => packed(v, Guid::to_bytes),
        _ => return None,
    })
}

/// What the size field says for a stream of this length. Spec: F-017, F-018, F-020.
pub(crate) fn size_for(prop_type: PropType, stream_len: u64) -> u32 {
    let extra = match prop_type {
        PropType::PT_UNICODE => 2,
        PropType::PT_STRING8 => 1,
        _ => 0,
    };
    u32::try_from(stream_len.saturating_add(extra)).unwrap_or(u32::MAX)
}

/// The elements of a multivalued text or binary, each as the bytes of its own stream and the length
/// to record; texts carry their terminator in both. Spec: F-023, F-025.
pub(crate) fn encode_elements(value: &PropValue) -> Option<Vec<Vec<u8>>> {
    Some(match value {
        PropValue::MvUnicode(texts) => texts
            .iter()
            .map(|text| text.units().chain([0]).flat_map(u16::to_le_bytes).collect())
            .collect(),
        PropValue::MvString8(texts) => {
            texts.iter().map(|text| text.iter().copied().chain([0]).collect()).collect()
        }
        PropValue::MvBinary(values) => values.clone(),
        _ => return None,
    })
}

/// The length stream for elements of these sizes.
pub(crate) fn length_stream(prop_type: PropType, elements: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(elements.len() * 8);
    for element in elements {
        out.extend(u32::try_from(element.len()).unwrap_or(u32::MAX).to_le_bytes());
        if prop_type == PropType::PT_MV_BINARY {
            out.extend([0; 4]);
        }
    }
    out
}

/// Bytes per element in the length stream.
pub(crate) fn length_stride(prop_type: PropType) -> u64 {
    if prop_type == PropType::PT_MV_BINARY { 8 } else { 4 }
}

/// A multivalued text or binary from the streams of its elements.
pub(crate) fn decode_elements(prop_type: PropType, elements: Vec<Vec<u8>>) -> PropValue {
    match prop_type {
        PropType::PT_MV_UNICODE => PropValue::MvUnicode(
            elements.iter().map(|e| Text::from_utf16le(e).trim_nuls()).collect(),
        ),
        PropType::PT_MV_STRING8 => {
            PropValue::MvString8(elements.iter().map(|e| trim_nuls(e).to_vec()).collect())
        }
        _ => PropValue::MvBinary(elements),
    }
}

fn trim_nuls(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    bytes.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spec: F-015, F-016
    #[test]
    fn garbage_in_unused_bytes_does_not_count() {
        let long = decode_inline(PropType::PT_LONG, [5, 0, 0, 0, 0xDE, 0xAD, 0xBE, 0xEF]);
        assert_eq!(long, PropValue::Long(5));
        let yes = decode_inline(PropType::PT_BOOLEAN, [1, 0, 9, 9, 9, 9, 9, 9]);
        let no = decode_inline(PropType::PT_BOOLEAN, [0, 0, 9, 9, 9, 9, 9, 9]);
        assert_eq!((yes, no), (PropValue::Boolean(true), PropValue::Boolean(false)));
    }

    /// A field of 32 bits cannot hold it: it says the most there is, and the stream is the truth.
    #[test]
    fn a_size_of_four_gibibytes_is_told_as_the_largest_there_is() {
        for (prop_type, extra) in
            [(PropType::PT_BINARY, 0), (PropType::PT_STRING8, 1), (PropType::PT_UNICODE, 2)]
        {
            let most = u64::from(u32::MAX) - extra;
            assert_eq!(size_for(prop_type, most - 1), u32::MAX - 1);
            for len in [most, most + 1, 1 << 32, 1 << 40, u64::MAX] {
                assert_eq!(size_for(prop_type, len), u32::MAX, "{len} bytes");
            }
        }
    }

    /// Spec: F-019
    #[test]
    fn a_stored_terminator_is_not_part_of_the_text() {
        let value = decode_stream(PropType::PT_UNICODE, b"a\0b\0\0\0");
        assert_eq!(value, PropValue::Unicode("ab".into()));
    }

    /// Spec: F-027
    #[test]
    fn five_longs_are_twenty_bytes() {
        let value = PropValue::MvLong(vec![1, -2, 3, 4, 5]);
        let bytes = encode_stream(&value).unwrap();
        assert_eq!(bytes.len(), 20);
        assert_eq!(decode_stream(PropType::PT_MV_LONG, &bytes), value);
    }

    /// Spec: F-023, F-025
    #[test]
    fn elements_record_lengths_with_terminator_and_binaries_a_reserved_word() {
        let texts = PropValue::MvUnicode(vec!["a".into(), "".into(), "bc".into()]);
        let elements = encode_elements(&texts).unwrap();
        let lengths = length_stream(PropType::PT_MV_UNICODE, &elements);
        assert_eq!(lengths, [4, 0, 0, 0, 2, 0, 0, 0, 6, 0, 0, 0]);
        let lengths = length_stream(PropType::PT_MV_BINARY, &[vec![1, 2, 3]]);
        assert_eq!(lengths, [3, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(decode_elements(PropType::PT_MV_UNICODE, elements), texts);
    }
}
