//! Reading small objects in one pass, without a handle on each of their streams.

use super::super::codec;
use super::super::stream::{HeaderKind, NAME, RawEntry, tag_of_usual_name};
use crate::limits::Limits;
use crate::prop::{Prop, PropId, PropTag, Storing};
use crate::stg::{ElementName, Storage};
use std::borrow::Cow;

/// Reads properties of an object that is a member of `parent` in one pass, without opening it; `take`
/// gets each that is wanted and has a value, with its flags and the number of entries, in stored
/// order.
///
/// False where it is not as simple as that, damage included: then what `take` got does not count, and
/// the object is to be opened.
pub(crate) fn read_simple(
    parent: &dyn Storage,
    name: &ElementName,
    limits: &Limits,
    wanted: impl Fn(PropId) -> bool,
    mut take: impl FnMut(Prop, u32, usize),
) -> bool {
    let property_stream = ElementName::ascii(NAME);
    let mut header = None;
    let mut streams: Vec<(PropTag, Cow<'_, [u8]>)> = Vec::with_capacity(24);
    let mut usual = true;
    let named = |name: &ElementName| tag_of_usual_name(name).is_none_or(|tag| wanted(tag.id()));
    let complete =
        parent.each_stream_of(name, &named, &mut |name, bytes| match tag_of_usual_name(name) {
            Some(tag) => streams.push((tag, bytes)),
            None if *name == property_stream => header = Some(bytes),
            None => usual = false,
        });
    let (Ok(true), true, Some(bytes)) = (complete, usual, header) else { return false };
    let Some((_, entries)) = bytes.split_at_checked(HeaderKind::Sub.len()) else { return false };
    let (entries, _) = entries.as_chunks::<16>();
    if entries.len() > limits.properties {
        return false;
    }
    for raw in entries.iter().map(|entry| RawEntry(*entry)) {
        let tag = raw.tag();
        if !wanted(tag.id()) {
            continue;
        }
        let prop_type = tag.prop_type();
        let value = match prop_type.storing() {
            Some(Storing::Inline) => codec::decode_inline(prop_type, raw.value()),
            Some(Storing::Stream | Storing::Packed(_)) => {
                // The names are sorted, so the tags are.
                let Ok(at) = streams.binary_search_by_key(&tag, |(tag, _)| *tag) else { continue };
                let Some((_, bytes)) = streams.get(at) else { continue };
                if bytes.len() as u64 > limits.text_bytes.min(limits.value_bytes) {
                    return false;
                }
                codec::decode_stream(prop_type, bytes)
            }
            _ => return false,
        };
        take(Prop { tag, value }, raw.flags(), entries.len());
    }
    true
}
