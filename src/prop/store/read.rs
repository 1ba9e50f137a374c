//! Reading the values of a store where they lie. Spec: msg-format 1.2, 1.4.

use super::super::codec;
use super::super::stream::{RawEntry, element_name, value_name};
use super::{PropStore, mapped};
use crate::error::{Code, Error, Result};
use crate::prop::{PropTag, PropType, PropValue, Storing};
use crate::stg::{ElementName, MEMBER_READ, Stream, read_all};
use std::sync::Arc;

impl PropStore {
    pub(super) fn read(&self, tag: PropTag, raw: RawEntry) -> Result<Option<PropValue>> {
        let prop_type = tag.prop_type();
        match prop_type.storing() {
            Some(Storing::Inline) => Ok(Some(codec::decode_inline(prop_type, raw.value()))),
            Some(Storing::Stream | Storing::Packed(_)) => {
                self.with_stream(tag, |bytes| codec::decode_stream(prop_type, bytes))
            }
            Some(Storing::Elements) => self.read_elements(tag),
            Some(Storing::Object) => Ok(self.has_storage(tag)?.then_some(PropValue::Object)),
            None => {
                let stored = self.with_stream(tag, <[u8]>::to_vec)?;
                let bytes = stored.unwrap_or_else(|| raw.value().to_vec());
                Ok(Some(PropValue::Opaque(prop_type, bytes)))
            }
        }
    }

    /// Whether an object property has its storage.
    pub(crate) fn has_storage(&self, tag: PropTag) -> Result<bool> {
        match self.storage.open_storage(&value_name(tag), MEMBER_READ) {
            Ok(_) => Ok(true),
            // Open already: then it is there.
            Err(e) if e.code() == Code::StgAccessDenied => Ok(true),
            Err(e) if e.code() == Code::StgFileNotFound => Ok(false),
            Err(e) => Err(mapped(e)),
        }
    }

    /// Calls `f` with all bytes of a value stream, where they lie if possible. `None` if there is none.
    fn with_stream<T>(&self, tag: PropTag, f: impl Fn(&[u8]) -> T) -> Result<Option<T>> {
        let limit = match tag.prop_type() {
            PropType::PT_UNICODE | PropType::PT_STRING8 => self.limits.text_bytes,
            _ => self.limits.value_bytes,
        };
        if let Some(stream) = self.opened_stream(tag) {
            return Ok(Some(f(&read_all(&*stream, limit).map_err(mapped)?)));
        }
        let mut result = None;
        let work = &mut |bytes: &[u8]| result = Some(f(bytes));
        self.storage.with_stream(&value_name(tag), limit, work).map_err(mapped)?;
        Ok(result)
    }

    fn stored_stream(&self, name: &ElementName) -> Result<Option<Arc<dyn Stream>>> {
        match self.storage.open_stream(name, MEMBER_READ) {
            Err(e) if e.code() == Code::StgFileNotFound => Ok(None),
            opened => opened.map(Some).map_err(mapped),
        }
    }

    /// A multivalued text or binary. The value streams are the truth; a missing one is empty.
    ///
    /// Spec: F-026, msg-format 1.4.
    fn read_elements(&self, tag: PropTag) -> Result<Option<PropValue>> {
        let stride = codec::length_stride(tag.prop_type());
        let lengths = self.with_stream(tag, |bytes| bytes.len() as u64 / stride)?;
        let mut elements = Vec::new();
        let mut total = 0_u64;
        for index in 0..u32::MAX {
            if lengths.is_some_and(|count| u64::from(index) >= count) {
                break;
            }
            let element = match self.stored_stream(&element_name(tag, index))? {
                Some(stream) => {
                    let left = self.limits.value_bytes.saturating_sub(total);
                    Some(read_all(&*stream, left).map_err(mapped)?)
                }
                None => None,
            };
            match (element, lengths) {
                (None, None) => break,
                (element, _) => {
                    let element = element.unwrap_or_default();
                    total = total.saturating_add(element.len() as u64 + 16);
                    if total > self.limits.value_bytes {
                        return Err(Error::new(Code::TooBig, "read multivalued property"));
                    }
                    elements.push(element);
                }
            }
        }
        if lengths.is_none() && elements.is_empty() {
            return Ok(None);
        }
        Ok(Some(codec::decode_elements(tag.prop_type(), elements)))
    }
}
