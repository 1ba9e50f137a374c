//! Writing a store's changes: value streams first, then the property stream. Spec: msg-format 1.12.

use super::super::codec;
use super::super::stream::{NAME, element_name, size_field, tag_of_element, value_name};
use super::{Item, Pending, PropStore, mapped};
use crate::error::{Code, Result};
use crate::prop::{PropTag, PropValue, Storing};
use crate::stg::{ElementName, MEMBER_READ, MEMBER_RW, Mode, Storage};
use std::sync::Weak;

impl PropStore {
    /// Writes what changed: value streams first, then the property stream.
    ///
    /// Nothing changed means nothing written. On an error everything stays pending and the next flush
    /// tries again in full.
    pub(crate) fn flush(&mut self) -> Result<bool> {
        if !self.changed {
            return Ok(false);
        }
        self.write_values()?;
        let mut stream = self.header.clone();
        stream.entries =
            self.items.iter().filter(|item| item.is_live()).map(|item| item.raw).collect();
        let name = ElementName::ascii(NAME);
        write_stream(&*self.storage, &name, &stream.to_bytes(self.kind))?;
        if self.items.iter().any(|item| !item.is_live()) {
            self.items.retain(Item::is_live);
            self.index = None;
        }
        for item in &mut self.items {
            item.value = Pending::Stored;
        }
        self.given_out.retain(|_, stream| stream.strong_count() > 0);
        self.stale.clear();
        self.changed = false;
        Ok(true)
    }

    fn write_values(&mut self) -> Result<()> {
        if !self.stale.is_empty() {
            self.remove_stale()?;
        }
        for item in &mut self.items {
            let tag = item.raw.tag();
            let prop_type = tag.prop_type();
            match &item.value {
                Pending::Stored | Pending::Gone => {}
                Pending::Opened if prop_type.storing() == Some(Storing::Object) => {}
                Pending::Opened => {
                    let given_out = self.given_out.get(&tag).and_then(Weak::upgrade);
                    let size = match given_out {
                        Some(stream) => stream.size().map_err(mapped)?,
                        None => stream_size(&*self.storage, &value_name(tag))?,
                    };
                    item.raw = item.raw.with_value(size_field(codec::size_for(prop_type, size), 0));
                }
                Pending::Set(value) => {
                    let len = write_value(&*self.storage, tag, value)?;
                    item.raw = item.raw.with_value(size_field(codec::size_for(prop_type, len), 0));
                }
            }
        }
        Ok(())
    }

    /// Destroys the streams of values that are gone, elements of multivalued ones included.
    fn remove_stale(&self) -> Result<()> {
        for tag in &self.stale {
            destroy(&*self.storage, &value_name(*tag))?;
        }
        let has_elements = |tag: &&PropTag| tag.prop_type().storing() == Some(Storing::Elements);
        if !self.stale.iter().any(|tag| has_elements(&tag)) {
            return Ok(());
        }
        // Elements may have gaps, so they are enumerated.
        for stat in self.storage.elements().map_err(mapped)? {
            let tag = stat.name.as_ref().and_then(tag_of_element);
            if let Some(name) = stat.name
                && tag.is_some_and(|tag| has_elements(&&tag) && self.stale.contains(&tag))
            {
                destroy(&*self.storage, &name)?;
            }
        }
        Ok(())
    }
}

fn destroy(storage: &dyn Storage, name: &ElementName) -> Result<()> {
    match storage.destroy_element(name) {
        Err(e) if e.code() != Code::StgFileNotFound => Err(mapped(e)),
        _ => Ok(()),
    }
}

fn stream_size(storage: &dyn Storage, name: &ElementName) -> Result<u64> {
    match storage.open_stream(name, MEMBER_READ) {
        Ok(stream) => stream.size().map_err(mapped),
        Err(e) if e.code() == Code::StgFileNotFound => Ok(0),
        Err(e) => Err(mapped(e)),
    }
}

/// Writes the streams of one value; the length that its size field speaks of.
fn write_value(storage: &dyn Storage, tag: PropTag, value: &PropValue) -> Result<u64> {
    if let Some(bytes) = codec::encode_stream(value) {
        write_stream(storage, &value_name(tag), &bytes)?;
        return Ok(bytes.len() as u64);
    }
    let Some(elements) = codec::encode_elements(value) else { return Ok(0) };
    let lengths = codec::length_stream(tag.prop_type(), &elements);
    write_stream(storage, &value_name(tag), &lengths)?;
    for (index, element) in elements.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        write_stream(storage, &element_name(tag, index), element)?;
    }
    Ok(lengths.len() as u64)
}

/// Replaces the content of a stream; one that is there keeps its name as it was found.
pub(crate) fn write_stream(storage: &dyn Storage, name: &ElementName, bytes: &[u8]) -> Result<()> {
    let stream = match storage.open_stream(name, MEMBER_RW) {
        Err(e) if e.code() == Code::StgFileNotFound => {
            storage.create_stream(name, MEMBER_RW.and(Mode::CREATE))
        }
        opened => opened,
    };
    let stream = stream.map_err(mapped)?;
    stream.set_size(0).map_err(mapped)?;
    stream.write_at(0, bytes).map_err(mapped)
}
