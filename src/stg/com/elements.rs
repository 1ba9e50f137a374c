//! `IEnumSTATSTG`.

use super::{Out, given, output};
use crate::error::{Code, Error, Result};
use crate::stg::{Elements, StatStg};

/// `IEnumSTATSTG::Next`: fills as many of the `slots` as there are members, and empties the others.
/// True (`S_OK`) if all were filled, else false (`S_FALSE`). The count may be null for one slot.
///
/// # Errors
/// Null slots, or a null count for more than one, [`Code::InvalidParameter`] (`E_INVALIDARG`); else
/// as [`Elements::next`].
pub fn next(
    elements: &Elements,
    slots: Option<&mut [Option<StatStg>]>,
    fetched: Option<&mut u32>,
) -> Result<bool> {
    const DOING: &str = "enumerate elements";
    let slots = given(slots, Code::InvalidParameter, DOING)?;
    slots.fill(None);
    let mut unwanted = 0;
    let fetched = match fetched {
        Some(fetched) => fetched,
        None if slots.len() == 1 => &mut unwanted,
        None => return Err(Error::new(Code::InvalidParameter, DOING).note("no place for a count")),
    };
    *fetched = 0;
    let found = elements.next(slots.len())?;
    let all = found.len() == slots.len();
    *fetched = u32::try_from(found.len()).unwrap_or(u32::MAX);
    for (slot, stat) in slots.iter_mut().zip(found) {
        *slot = Some(stat);
    }
    Ok(all)
}

/// `IEnumSTATSTG::Skip`. True (`S_OK`) if there were that many, else false (`S_FALSE`).
///
/// # Errors
/// As [`Elements::skip`].
pub fn skip(elements: &Elements, count: u32) -> Result<bool> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    Ok(elements.skip(count)? == count)
}

/// `IEnumSTATSTG::Clone`.
///
/// # Errors
/// Null output [`Code::InvalidParameter`] (`E_INVALIDARG`), else as [`Elements::try_clone`].
pub fn clone(elements: &Elements, clone: Out<'_, Elements>) -> Result<()> {
    let slot = output(clone, Code::InvalidParameter, "clone enumerator")?;
    *slot = Some(elements.try_clone()?);
    Ok(())
}
