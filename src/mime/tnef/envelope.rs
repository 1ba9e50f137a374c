//! Which properties the mail around a TNEF stream has told already. Spec: msg-format 6.10.

use crate::error::Result;
use crate::msg::MapiProp;
use crate::prop::PropId;
use std::collections::HashSet;

/// Properties that stand for one thing: if one of them is there, all of them stay as they are.
const GROUPS: [&[u16]; 13] = [
    // Subject; topic; index of the thread.
    &[0x0037, 0x003D, 0x0E1D],
    &[0x0070],
    &[0x0071],
    // Sender; on whose behalf; to whom the answers go.
    &[0x0C1A, 0x0C1E, 0x0C1F, 0x0C19, 0x0C1D, 0x5D01],
    &[0x0042, 0x0064, 0x0065, 0x0041, 0x003B, 0x5D02],
    &[0x004F, 0x0050],
    // Sent; arrived.
    &[0x0039],
    &[0x0E06],
    // Identifiers of this mail, of the one that it answers, and of those before.
    &[0x1035],
    &[0x1042],
    &[0x1039],
    // The header itself; what became of the mail here.
    &[0x007D],
    &[0x0E07],
];

/// The properties of a message that stay.
pub(super) fn kept(message: &MapiProp<'_>) -> Result<HashSet<PropId>> {
    let there: HashSet<PropId> =
        message.stored_entries()?.into_iter().map(|(tag, _)| tag.id()).collect();
    let told = |group: &&&[u16]| group.iter().any(|id| there.contains(&PropId::new(*id)));
    let groups = GROUPS.iter().filter(told);
    Ok(groups.flat_map(|group| group.iter().map(|id| PropId::new(*id))).collect())
}
