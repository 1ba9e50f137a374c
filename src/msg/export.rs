//! A message as a file of its own. Spec: msg-format 1.9.1, F-046.

use crate::error::{Code, Error, Result};
use crate::prop::named;
use crate::prop::store::{mapped, write_stream};
use crate::prop::stream::{self, HeaderKind, PropStream};
use crate::stg::{ElementName, Exclude, MEMBER_READ, MEMBER_RW, Storage, copy_storage, read_all};
use crate::wire::Guid;
use std::sync::Arc;

/// Copies the message in `from` to `target`. `top` holds the name map; `is_top` if it is `from`.
pub(crate) fn write_message(
    from: &Arc<dyn Storage>,
    top: &Arc<dyn Storage>,
    is_top: bool,
    target: &Arc<dyn Storage>,
) -> Result<()> {
    const DOING: &str = "copy message";
    let props = ElementName::ascii(stream::NAME);
    if target.open_stream(&props, MEMBER_READ).is_ok() {
        let note = "the target holds a message already";
        return Err(Error::new(Code::Collision, DOING).note(note));
    }
    let names = ElementName::ascii(named::NAME);
    let mut exclude = Exclude::default();
    if !is_top {
        exclude.names = vec![props, names];
    }
    copy_storage(from, target, &exclude).map_err(mapped)?;
    if !is_top {
        let source = from.open_stream(&props, MEMBER_READ).map_err(mapped)?;
        let bytes = read_all(&*source, u64::MAX).map_err(mapped)?;
        let read = PropStream::read(&bytes, HeaderKind::Embedded, usize::MAX)?;
        write_stream(&**target, &props, &read.to_bytes(HeaderKind::TopLevel))?;
        copy_names(top, target, &names)?;
    }
    if target.stat().map_err(mapped)?.class.is_null() {
        target.set_class(Guid::CLSID_MAIL_MESSAGE).map_err(mapped)?;
    }
    Ok(())
}

/// Copies the whole name map; a file without one gets the empty streams that readers insist on.
fn copy_names(top: &Arc<dyn Storage>, target: &Arc<dyn Storage>, name: &ElementName) -> Result<()> {
    match top.open_storage(name, MEMBER_READ) {
        Ok(map) => {
            let copy = target.create_storage(name, MEMBER_RW).map_err(mapped)?;
            copy_storage(&map, &copy, &Exclude::default()).map_err(mapped)
        }
        Err(e) if e.code() == Code::StgFileNotFound => {
            named::NameMap::default().flush(target, true)
        }
        Err(e) => Err(mapped(e)),
    }
}
