//! An embedded message that has a name map of its own, shown under the names of the file.
//!
//! Its identifiers from 0x8000 on mean something in its own map alone. They are rewritten, in memory,
//! to those of the file's map, in the message, its recipients, its attachments and the messages in
//! those; its own map goes. The file sees nothing of it before this message is saved.
//! Spec: F-134, Q-16 (msg-format 1.9.1).

use super::body::Body;
use super::open::DATA_OBJ;
use crate::error::{Code, Error, Result};
use crate::prop::named::{self, NameMap};
use crate::prop::store::{mapped, write_stream};
use crate::prop::stream::{self, HeaderKind, PropStream, RawEntry, value_name};
use crate::prop::{PropId, PropTag};
use crate::stg::{
    CompoundFile, ElementKind, ElementName, Exclude, MEMBER_READ, MEMBER_RW, Storage, copy_storage,
    read_all,
};
use std::collections::HashMap;
use std::sync::Arc;

/// The new identifiers by the old ones.
type NewIds = HashMap<PropId, PropId>;

/// The embedded message in `storage` under the file's identifiers; `None` if it is so already.
/// A writeable storage is a level of changes and is rewritten itself, else a copy is.
pub(crate) fn to_file_names(
    body: &mut Body,
    storage: &Arc<dyn Storage>,
    writable: bool,
) -> Result<Option<Arc<dyn Storage>>> {
    let name = ElementName::ascii(named::NAME);
    match storage.open_storage(&name, MEMBER_READ) {
        Err(e) if e.code() == Code::StgFileNotFound => return Ok(None),
        opened => drop(opened.map_err(mapped)?),
    }
    let limits = body.limits();
    let own = NameMap::load(storage, limits)?;
    let mut ids = NewIds::new();
    for (id, name) in own.all() {
        let new = body.names()?.create(name)?;
        if new != id {
            ids.insert(id, new);
        }
    }
    let target = if writable {
        Arc::clone(storage)
    } else {
        if super::rows::storage_size(storage)? > limits.value_bytes {
            let note = "an embedded message with a name map of its own is copied to be read";
            return Err(Error::new(Code::TooBig, "open embedded message").note(note));
        }
        let copy: Arc<dyn Storage> = CompoundFile::memory().into();
        copy_storage(storage, &copy, &Exclude::default()).map_err(mapped)?;
        copy
    };
    target.destroy_element(&name).map_err(mapped)?;
    let mut todo = vec![(Arc::clone(&target), HeaderKind::Embedded)];
    while let Some((storage, kind)) = todo.pop() {
        renumber(&storage, kind, &ids, &mut todo)?;
    }
    Ok(Some(target))
}

/// Rewrites one object and lists those below it.
fn renumber(
    storage: &Arc<dyn Storage>,
    kind: HeaderKind,
    ids: &NewIds,
    todo: &mut Vec<(Arc<dyn Storage>, HeaderKind)>,
) -> Result<()> {
    let mut moves = Vec::new();
    for stat in storage.elements().map_err(mapped)? {
        let Some(name) = stat.name else { continue };
        if let Some(new) = new_name(&name, ids) {
            moves.push((name, new));
        }
        if stat.kind == ElementKind::Storage
            && let Some(kind) = kind_below(kind, &name)
        {
            let below = storage.open_storage(&name, MEMBER_RW).map_err(mapped)?;
            // A message with a map of its own is rewritten when it is opened itself.
            let own_map = below.open_storage(&ElementName::ascii(named::NAME), MEMBER_READ).is_ok();
            let is_object =
                below.open_stream(&ElementName::ascii(stream::NAME), MEMBER_READ).is_ok();
            if is_object && !own_map {
                todo.push((below, kind));
            }
        }
    }
    // Identifiers may change places, so all go aside first.
    let aside = |name: &ElementName| {
        let mut units = name.units().to_vec();
        units.iter_mut().take(1).for_each(|unit| *unit = u16::from(b'~'));
        ElementName::found(units)
    };
    for (old, _) in &moves {
        storage.rename_element(old, &aside(old)).map_err(mapped)?;
    }
    for (old, new) in &moves {
        match storage.rename_element(&aside(old), new) {
            // A stream that no entry speaks of has the name: it goes, the value stays.
            Err(e) if e.code() == Code::StgFileAlreadyExists => {
                storage.destroy_element(new).map_err(mapped)?;
                storage.rename_element(&aside(old), new).map_err(mapped)?;
            }
            renamed => renamed.map_err(mapped)?,
        }
    }
    rewrite_entries(storage, kind, ids)
}

fn rewrite_entries(storage: &Arc<dyn Storage>, kind: HeaderKind, ids: &NewIds) -> Result<()> {
    let name = ElementName::ascii(stream::NAME);
    let Ok(opened) = storage.open_stream(&name, MEMBER_READ) else { return Ok(()) };
    let bytes = read_all(&*opened, u64::MAX).map_err(mapped)?;
    drop(opened);
    // What cannot be taken apart is reported by whoever opens it.
    let Ok(mut read) = PropStream::read(&bytes, kind, usize::MAX) else { return Ok(()) };
    let mut changed = false;
    for entry in &mut read.entries {
        if let Some(new) = ids.get(&entry.tag().id()) {
            let tag = PropTag::from_parts(*new, entry.tag().prop_type());
            *entry = RawEntry::new(tag, entry.flags(), entry.value());
            changed = true;
        }
    }
    if changed { write_stream(&**storage, &name, &read.to_bytes(kind)) } else { Ok(()) }
}

/// The header of the object in a member storage; `None` if it is no object of a message.
fn kind_below(kind: HeaderKind, name: &ElementName) -> Option<HeaderKind> {
    if kind == HeaderKind::Sub {
        return (*name == value_name(DATA_OBJ)).then_some(HeaderKind::Embedded);
    }
    super::rows::is_row(name).then_some(HeaderKind::Sub)
}

/// The name of a value's stream or element under the new identifier.
fn new_name(name: &ElementName, ids: &NewIds) -> Option<ElementName> {
    let tag = stream::tag_of_name(name).or_else(|| stream::tag_of_element(name))?;
    let new = PropTag::from_parts(*ids.get(&tag.id())?, tag.prop_type());
    let mut buffer = [0; 31];
    let tail = name.as_ascii(&mut buffer)?.get(20..)?;
    let mut full = [0; 31];
    let head = value_name(new);
    let head = head.as_ascii(&mut full)?;
    let whole = head.iter().chain(tail).map(|byte| u16::from(*byte));
    Some(ElementName::found(whole))
}
