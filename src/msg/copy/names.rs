//! Named properties by name: the identifiers that the target has for those of the source.

use super::target::CopyTarget;
use crate::error::Result;
use crate::msg::object::MapiProp;
use crate::prop::{NamedProp, PropId};
use std::collections::HashMap;

/// The identifiers of named properties in the target.
pub(super) enum Names {
    /// Both sides share their names.
    Same,
    Map(HashMap<PropId, Option<PropId>>),
}

impl Names {
    pub(super) fn of<'t>(
        from: &MapiProp<'_>,
        to: &dyn CopyTarget<'t>,
        ids: impl Iterator<Item = PropId>,
    ) -> Result<Names> {
        if to.own().is_some_and(|own| own.handle.shares_names(&from.handle)) {
            return Ok(Names::Same);
        }
        let mut ids: Vec<PropId> = ids.filter(|id| id.is_named()).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(Names::Map(HashMap::new()));
        }
        let found = from.names_from_ids(&ids)?;
        let known: Vec<(PropId, NamedProp)> =
            ids.iter().zip(found).filter_map(|(id, name)| Some((*id, name?))).collect();
        let names: Vec<NamedProp> = known.iter().map(|(_, name)| name.clone()).collect();
        let targets = match names.is_empty() {
            true => Vec::new(),
            false => to.ids_from_names(&names)?,
        };
        Ok(Names::Map(known.into_iter().map(|(id, _)| id).zip(targets).collect()))
    }

    pub(super) fn of_target(&self, id: PropId) -> Option<PropId> {
        match self {
            Names::Map(map) if id.is_named() => map.get(&id).copied().flatten(),
            _ => Some(id),
        }
    }
}
