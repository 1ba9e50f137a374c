//! Copying and moving between storages, whoever they belong to.

use super::{
    Clock, ElementKind, ElementName, ElementTimes, MEMBER_READ, MEMBER_RW, Mode, Storage, Stream,
    overlay,
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
    /// Members of the top level with these names; without effect together with `storages`.
    pub names: Vec<ElementName>,
}

impl Exclude {
    fn names(&self, name: &ElementName) -> bool {
        !self.storages && self.names.contains(name)
    }
}

/// Whether [`move_element_to`] leaves the source in place: COM's `STGMOVE_*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transfer {
    /// `STGMOVE_MOVE`: the source is destroyed once the copy is complete.
    Move,
    /// `STGMOVE_COPY`: the source stays.
    Copy,
}

impl Transfer {
    /// From the number of a C caller.
    ///
    /// # Errors
    /// [`Code::StgInvalidFlag`] for any but 0 and 1.
    pub fn from_bits(bits: u32) -> Result<Transfer> {
        match bits {
            0 => Ok(Transfer::Move),
            1 => Ok(Transfer::Copy),
            _ => {
                Err(Error::new(Code::StgInvalidFlag, "move element").note("neither move nor copy"))
            }
        }
    }
}

/// Merges `source` into `target`: streams are replaced, storages merged, class and state bits copied.
///
/// Works between any two implementations. Members of the source may be open if it is ours; else
/// they must not be. What is copied waits for `target`'s commit if it is transacted.
/// Spec: S-110, S-111, S-112, S-113, S-114, S-115, S-116, S-117.
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
        return refuse("copy storage");
    }
    // A view with handles of its own: what is open in the source does not stand in the way.
    let view = match source.level()? {
        Some(_) => overlay(source, Clock::System)?,
        None => source.view()?.unwrap_or_else(|| Arc::clone(source)),
    };
    refuse_inside(&view, target, exclude, "copy storage")?;
    copy_members(&view, target, exclude, false)
}

/// Moves or copies one member of `source` to `target`, under a name that must be free there.
///
/// It keeps its class, state bits and times, and all below it does. What is copied waits for the
/// commits of transacted storages. If something fails on the way, the source is as it was and what
/// was copied until then is destroyed again.
///
/// Spec: S-174 (structured-storage 2.4).
///
/// # Errors
/// [`Code::StgFileNotFound`] if there is no such member; [`Code::StgAccessDenied`] if it is open, or
/// if it would be moved onto or into itself; [`Code::StgFileAlreadyExists`] if the new name is taken;
/// else the storages' own codes.
pub fn move_element_to(
    source: &Arc<dyn Storage>,
    name: &ElementName,
    target: &Arc<dyn Storage>,
    new_name: &ElementName,
    how: Transfer,
) -> Result<()> {
    let element = Element::open(source, name)?;
    if Arc::ptr_eq(source, target) {
        if name == new_name {
            return refuse("move element");
        }
        if how == Transfer::Move {
            drop(element);
            return source.rename_element(name, new_name);
        }
    }
    let copied = match &element {
        Element::Stream(from) => {
            let to = target.create_stream(new_name, MEMBER_RW)?;
            copy_stream(&**from, &*to)
        }
        Element::Storage(from) => {
            refuse_inside(from, target, &Exclude::default(), "move element")?;
            let to = target.create_storage(new_name, MEMBER_RW)?;
            copy_members(from, &to, &Exclude::default(), true)
        }
    };
    drop(element);
    let moved = copied.and_then(|()| match how {
        Transfer::Move => source.destroy_element(name),
        Transfer::Copy => Ok(()),
    });
    if moved.is_err() {
        // The failure that is told is the first one.
        let _ = target.destroy_element(new_name);
    }
    moved
}

/// A member, opened as what it is.
enum Element {
    Storage(Arc<dyn Storage>),
    Stream(Arc<dyn Stream>),
}

impl Element {
    fn open(storage: &Arc<dyn Storage>, name: &ElementName) -> Result<Element> {
        match storage.open_stream(name, MEMBER_READ) {
            Err(e) if e.code() == Code::StgFileNotFound => {
                storage.open_storage(name, MEMBER_READ).map(Element::Storage)
            }
            opened => opened.map(Element::Stream),
        }
    }
}

/// Copies class, bits and members, and the times if asked for. No recursion.
fn copy_members(
    source: &Arc<dyn Storage>,
    target: &Arc<dyn Storage>,
    exclude: &Exclude,
    times: bool,
) -> Result<()> {
    let mut work = vec![(Arc::clone(source), Arc::clone(target), true)];
    while let Some((source, target, top)) = work.pop() {
        let stat = source.stat()?;
        target.set_class(stat.class)?;
        target.set_state_bits(stat.state_bits, u32::MAX)?;
        for member in source.elements()? {
            let Some(name) = member.name else { continue };
            if top && exclude.names(&name) {
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
        if times {
            // Its members are all there now: nothing gives it another time.
            let (created, modified) = (Some(stat.created), Some(stat.modified));
            target.set_element_times(None, ElementTimes { created, modified })?;
        }
    }
    Ok(())
}

fn refuse(doing: &'static str) -> Result<()> {
    Err(Error::new(Code::StgAccessDenied, doing).note("onto or into itself"))
}

/// Refuses a target that is the source or lies below it, before anything is copied.
fn refuse_inside(
    source: &Arc<dyn Storage>,
    target: &Arc<dyn Storage>,
    exclude: &Exclude,
    doing: &'static str,
) -> Result<()> {
    let (Some(ours), Some(theirs)) = (target.level()?, source.level()?) else { return Ok(()) };
    if !ours.is_beside(&theirs) {
        return Ok(());
    }
    // What was made inside and not committed there yet, the source does not list.
    if !exclude.storages && ours.is_below(&theirs, &exclude.names) {
        return refuse(doing);
    }
    let mut work = vec![(Arc::clone(source), true)];
    while let Some((storage, top)) = work.pop() {
        if storage.level()?.is_some_and(|level| level.is_same(&ours)) {
            return refuse(doing);
        }
        let members = if exclude.storages { Vec::new() } else { storage.elements()? };
        for member in members.iter().filter(|member| member.kind == ElementKind::Storage) {
            if let Some(name) = member.name.filter(|name| !(top && exclude.names(name))) {
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
