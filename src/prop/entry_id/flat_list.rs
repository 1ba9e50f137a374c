//! FLATENTRYLIST: several entry identifiers in one value.

use super::RULE;
use crate::error::{Code, Error, Result};
use crate::prop::fields::Fields;

/// Reads the identifiers in a list such as `PR_REPLY_RECIPIENT_ENTRIES`, each as stored.
///
/// The padding after the last one may be missing.
///
/// Spec: msg-format 2.6.4, F-055.
///
/// # Errors
/// [`Code::CorruptData`] with the offset if a count or a length is more than the bytes hold.
///
/// # Example
/// ```
/// use openimsg::{OneOffId, read_flat_entry_list, write_flat_entry_list};
///
/// let ana = OneOffId::smtp("Ana", "ana@example.org").to_bytes();
/// let list = write_flat_entry_list([&ana])?;
/// assert_eq!(read_flat_entry_list(&list)?, [ana]);
/// # Ok::<(), openimsg::Error>(())
/// ```
pub fn read_flat_entry_list(bytes: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut head = Fields::new(bytes, "read entry identifier list", RULE);
    let claimed = head.u32()?;
    let size = head.u32()?;
    // Each entry has a length of four bytes, and there is one for each of them.
    let least = usize::try_from(claimed).ok().and_then(|count| count.checked_mul(4));
    if least.is_none_or(|least| least > head.rest().len()) {
        return Err(head.fault("more entries than bytes"));
    }
    head.take_claimed(size).map(drop)?;
    let mut fields = Fields::new(bytes, "read entry identifier list", RULE);
    fields.take(8)?;
    let mut entries = Vec::new();
    for _ in 0..claimed {
        let len = fields.u32()?;
        entries.push(fields.take_claimed(len)?.to_vec());
        let padding = len.wrapping_neg() & 3;
        let left = fields.rest().len();
        fields.take(usize::try_from(padding).unwrap_or(0).min(left))?;
    }
    Ok(entries)
}

/// Writes a list of entry identifiers.
///
/// # Errors
/// [`Code::TooBig`] if the list has 4 GiB or more.
pub fn write_flat_entry_list<I>(entries: I) -> Result<Vec<u8>>
where
    I: IntoIterator<Item: AsRef<[u8]>>,
{
    let too_big = || Error::new(Code::TooBig, "write entry identifier list");
    let (mut count, mut body) = (0_u32, Vec::new());
    for entry in entries {
        let entry = entry.as_ref();
        count = count.checked_add(1).ok_or_else(too_big)?;
        body.extend(u32::try_from(entry.len()).map_err(|_| too_big())?.to_le_bytes());
        body.extend(entry);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let size = u32::try_from(body.len()).map_err(|_| too_big())?;
    let mut out = [count.to_le_bytes(), size.to_le_bytes()].concat();
    out.extend(body);
    Ok(out)
}
