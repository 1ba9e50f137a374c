//! Copying one storage into another, whoever they belong to.

use super::{ElementKind, ElementName, MEMBER_READ, MEMBER_RW, Mode, Storage, Stream};
use crate::error::{Code, Result};
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
/// Works between any two implementations, while members of the source are not open. What is copied
/// waits for `target`'s commit if it is transacted. Spec: S-110..S-113.
///
/// # Errors
/// The storages' own codes; the copy stops there.
pub fn copy_storage(
    source: &Arc<dyn Storage>,
    target: &Arc<dyn Storage>,
    exclude: &Exclude,
) -> Result<()> {
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
