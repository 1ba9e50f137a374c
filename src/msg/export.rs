//! A message as a file of its own. Spec: msg-format 1.9.1, F-046.

use crate::error::{Code, Error, Result};
use crate::prop::named::{self, NameMap};
use crate::prop::store::{mapped, write_stream};
use crate::prop::stream::{self, HeaderKind, PropStream};
use crate::stg::{ElementName, Exclude, MEMBER_READ, MEMBER_RW, Storage, copy_storage, read_all};
use crate::wire::Guid;
use std::sync::Arc;

/// Copies the message in `from` to `target`. `top` holds the stored name map and `names` is what it
/// has become; none if `from` is the top level itself.
pub(crate) fn write_message(
    from: &Arc<dyn Storage>,
    top: &Arc<dyn Storage>,
    names: Option<NameMap>,
    target: &Arc<dyn Storage>,
) -> Result<()> {
    const DOING: &str = "copy message";
    let props = ElementName::ascii(stream::NAME);
    if target.open_stream(&props, MEMBER_READ).is_ok() {
        let note = "the target holds a message already";
        return Err(Error::new(Code::Collision, DOING).note(note));
    }
    let mut exclude = Exclude::default();
    if names.is_some() {
        exclude.names = vec![props, ElementName::ascii(named::NAME)];
    }
    copy_storage(from, target, &exclude).map_err(mapped)?;
    if let Some(names) = names {
        let source = from.open_stream(&props, MEMBER_READ).map_err(mapped)?;
        let bytes = read_all(&*source, u64::MAX).map_err(mapped)?;
        let read = PropStream::read(&bytes, HeaderKind::Embedded, usize::MAX)?;
        write_stream(&**target, &props, &read.to_bytes(HeaderKind::TopLevel))?;
        copy_names(top, names, target)?;
    }
    if target.stat().map_err(mapped)?.class.is_null() {
        target.set_class(Guid::CLSID_MAIL_MESSAGE).map_err(mapped)?;
    }
    Ok(())
}

/// Copies the whole name map with what was added to it in memory; a file without one gets the empty
/// streams that readers insist on.
fn copy_names(top: &Arc<dyn Storage>, mut names: NameMap, target: &Arc<dyn Storage>) -> Result<()> {
    let name = ElementName::ascii(named::NAME);
    match top.open_storage(&name, MEMBER_READ) {
        Ok(map) => {
            let copy = target.create_storage(&name, MEMBER_RW).map_err(mapped)?;
            copy_storage(&map, &copy, &Exclude::default()).map_err(mapped)?;
        }
        Err(e) if e.code() == Code::StgFileNotFound => {}
        Err(e) => return Err(mapped(e)),
    }
    names.flush(target, true)
}
