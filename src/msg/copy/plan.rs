//! What a copy copies: the sequence of properties, and what is not its business.

use super::{ATTACHMENTS, DATA, RECIPIENTS};
use crate::error::Result;
use crate::msg::object::MapiProp;
use crate::prop::{ObjectKind, PropId, PropTag};
use std::collections::HashSet;

/// One property of the sequence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    /// Its position in the sequence, for problems.
    pub(super) index: usize,
    pub(super) tag: PropTag,
}

/// What one object gives.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) values: Vec<Item>,
    pub(super) recipients: Option<Item>,
    pub(super) attachments: Option<Item>,
    /// The data of an attachment, whatever kind they are of.
    pub(super) data: Option<Item>,
    /// Asked for by name, but belongs to the instance.
    pub(super) computed: Vec<Item>,
}

/// What belongs to the instance and not to its content. Spec: imessage-contract 3.1, CopyTo.
fn is_of_the_instance(id: PropId) -> bool {
    matches!(
        id.value(),
        0x0FF4 | 0x0FF7 | 0x0FFE | 0x0E08 | 0x0E1B | 0x0E02
            ..=0x0E04 | 0x0E1D | 0x340D | 0x0E20 | 0x0E21 | 0x0FF6 | 0x0FF8 | 0x0FF9 | 0x3000
    )
}

impl Plan {
    /// Everything that the object lists.
    pub(super) fn all(source: &MapiProp<'_>, exclude: &[PropTag]) -> Result<Plan> {
        let mut tags = source.prop_list()?;
        let has_data = source.handle.with("copy object", |body, id| {
            let is_attachment = body.core(id)?.kind == ObjectKind::Attachment;
            Ok(is_attachment && body.attachment_data(id)?.0)
        })?;
        // Data without an entry are data all the same.
        if has_data && !tags.iter().any(|tag| tag.id() == DATA) {
            tags.push(crate::msg::open::DATA_OBJ);
        }
        let excluded: HashSet<PropId> = exclude.iter().map(|tag| tag.id()).collect();
        let wanted = |tag: &PropTag| !excluded.contains(&tag.id()) && !is_of_the_instance(tag.id());
        let mut plan = Plan::default();
        let is_message = is_message(source)?;
        for (index, tag) in tags.into_iter().filter(wanted).enumerate() {
            plan.take(Item { index, tag }, is_message);
        }
        Ok(plan)
    }

    /// What the caller lists.
    pub(super) fn listed(
        source: &MapiProp<'_>,
        include: &[PropTag],
        exclude: &[PropTag],
    ) -> Result<Plan> {
        let excluded: HashSet<PropId> = exclude.iter().map(|tag| tag.id()).collect();
        let mut plan = Plan::default();
        let is_message = is_message(source)?;
        for (index, tag) in include.iter().copied().enumerate() {
            if excluded.contains(&tag.id()) {
                continue;
            }
            let item = Item { index, tag };
            match is_of_the_instance(tag.id()) {
                true => plan.computed.push(item),
                false => plan.take(item, is_message),
            }
        }
        Ok(plan)
    }

    fn take(&mut self, item: Item, is_message: bool) {
        match (item.tag.id(), is_message) {
            (RECIPIENTS, true) => self.recipients = Some(item),
            (ATTACHMENTS, true) => self.attachments = Some(item),
            (DATA, false) => self.data = Some(item),
            _ => self.values.push(item),
        }
    }
}

fn is_message(source: &MapiProp<'_>) -> Result<bool> {
    source.handle.with("copy object", |body, id| Ok(body.core(id)?.kind == ObjectKind::Message))
}
