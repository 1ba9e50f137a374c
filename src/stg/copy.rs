//! Copying one storage into another, whoever they belong to.

use super::{
    Clock, ElementKind, ElementName, MEMBER_READ, MEMBER_RW, Mode, Storage, Stream, overlay,
};
use crate::error::{Code, Error, Result};
use std::sync::Arc;

/// What [`copy_storage`] leaves out.
#[derive(Debug, Clone, Default)]
pub struct Exclude {
    /// All sub-storages.
    pub storages: bool,
    /// All streams, at every level.
    pub streams: bool,
    /// Members of the top level with these names.
    pub names: Vec<ElementName>,
}

/// Merges `source` into `target`: streams are replaced, storages merged, class and state bits copied.
///
/// Works between any two implementations. Members of the source may be open if it is ours and was
/// opened for change; else they must not be. What is copied waits for `target`'s commit if it is
/// transacted. Spec: S-110, S-111, S-112, S-113, S-114, S-115, S-116, S-117.
///
/// # Errors
/// [`Code::StgAccessDenied`] if `target` is `source` or is met on the way, since that would never
/// end; else the storages' own codes. The copy stops there.
pub fn copy_storage(
    source: &Arc<dyn Storage>,
    target: &Arc<dyn Storage>,
    exclude: &Exclude,
) -> Result<()> {
    if Arc::ptr_eq(source, target) {
        return refuse();
    }
    // A view with handles of its own: what is open in the source does not stand in the way.
    let view = match source.level()? {
        Some(_) => overlay(source, Clock::System)?,
        None => Arc::clone(source),
    };
    refuse_inside(&view, target, exclude)?;
    let source = &view;
    let mut work = vec![(Arc::clone(source), Arc::clone(target), true)];
    while let Some((source, target, top)) = work.pop() {
        let stat = source.stat()?;
        target.set_class(stat.class)?;
        target.set_state_bits(stat.state_bits, u32::MAX)?;
        for member in source.elements()? {
            let Some(name) = member.name else { continue };
            if top && exclude.names.contains(&name) {
                continue;
            }
            match member.kind {
                ElementKind::Stream if exclude.streams => {}
                ElementKind::Stream => {
                    let from = source.open_stream(&name, MEMBER_READ)?;
                    let to = target.create_stream(&name, MEMBER_RW.and(Mode::CREATE))?;
                    copy_stream(&*from, &*to)?;
                }
                ElementKind::Storage if exclude.storages => {}
                ElementKind::Storage => {
                    let from = source.open_storage(&name, MEMBER_READ)?;
                    let to = match target.open_storage(&name, MEMBER_RW) {
                        Err(e) if e.code() == Code::StgFileNotFound => {
                            target.create_storage(&name, MEMBER_RW)?
                        }
                        opened => opened?,
                    };
                    work.push((from, to, false));
                }
            }
        }
    }
    Ok(())
}

fn refuse() -> Result<()> {
    Err(Error::new(Code::StgAccessDenied, "copy storage").note("a copy onto or into itself"))
}

/// Refuses a target that is the source or lies below it, before anything is copied.
fn refuse_inside(
    source: &Arc<dyn Storage>,
    target: &Arc<dyn Storage>,
    exclude: &Exclude,
) -> Result<()> {
    let (Some(ours), Some(theirs)) = (target.level()?, source.level()?) else { return Ok(()) };
    if !ours.is_beside(&theirs) {
        return Ok(());
    }
    let mut work = vec![(Arc::clone(source), true)];
    while let Some((storage, top)) = work.pop() {
        if storage.level()?.is_some_and(|level| level.is_same(&ours)) {
            return refuse();
        }
        let members = if exclude.storages { Vec::new() } else { storage.elements()? };
        for member in members.iter().filter(|member| member.kind == ElementKind::Storage) {
            if let Some(name) = member.name.filter(|name| !(top && exclude.names.contains(name))) {
                work.push((storage.open_storage(&name, MEMBER_READ)?, false));
            }
        }
    }
    Ok(())
}

/// Copies all bytes of a stream over another.
pub(crate) fn copy_stream(from: &dyn Stream, to: &dyn Stream) -> Result<()> {
    to.set_size(0)?;
    if let Some(bytes) = from.as_bytes() {
        return to.write_at(0, bytes);
    }
    let mut piece = vec![0; 1 << 16];
    let mut at = 0;
    loop {
        let got = from.read_at(at, &mut piece)?;
        if got == 0 {
            return Ok(());
        }
        to.write_at(at, piece.get(..got).unwrap_or_default())?;
        at += got as u64;
    }
}
