//! What a mail cannot carry. Spec: msg-format 6.14.

use super::Exporter;
use crate::error::Result;
use crate::mime::entity::{Content, Part};
use crate::mime::fields::map::{RULES, Stored};
use crate::msg::{Message, Recipient};
use crate::prop::{NamedProp, PropId, PropName, PropSet, PropTag, PropType, PropValue};
use std::collections::HashSet;

/// Properties that the mail tells, beside those of the table of fields.
const CARRIED: &[u16] = &[
    0x001A, 0x0023, 0x0029, 0x002B, 0x0031, 0x0037, 0x0039, 0x003D, 0x003F, 0x0040, 0x0043, 0x0044,
    0x0046, 0x004F, 0x0050, 0x0053, 0x0075, 0x0076, 0x0077, 0x0078, 0x0080, 0x007D, 0x1000, 0x1006,
    0x1007, 0x1008, 0x1009, 0x1010, 0x1013, 0x1016, 0x1090, 0x402A, 0x7D01,
];
/// Ranges of what programs note for themselves, or derive: sender's sets, computed properties, stores,
/// code pages, rows of folders.
const TECHNICAL: &[(u16, u16)] = &[
    (0x0000, 0x0000),
    (0x003B, 0x003C),
    (0x0041, 0x0042),
    (0x0051, 0x0052),
    (0x0064, 0x0065),
    (0x0C06, 0x0C06),
    (0x0C19, 0x0C1F),
    (0x0E00, 0x0FFF),
    (0x1080, 0x1083),
    (0x10F0, 0x10F6),
    (0x3000, 0x300B),
    (0x3010, 0x3015),
    (0x340D, 0x340D),
    (0x35D8, 0x35FF),
    (0x3FDE, 0x3FDE),
    (0x3FEA, 0x3FFF),
    (0x4019, 0x405A),
    (0x5902, 0x5902),
    (0x5D01, 0x5D0B),
    (0x65C2, 0x65C6),
    (0x65E0, 0x67FF),
];
/// Sets whose properties a calendar or a card tells.
const OF_CALENDAR: [PropSet; 6] = [
    PropSet::PSETID_APPOINTMENT,
    PropSet::PSETID_MEETING,
    PropSet::PSETID_TASK,
    PropSet::PSETID_LOG,
    PropSet::PSETID_CALENDAR_ASSISTANT,
    PropSet::PSETID_COMMON,
];

/// Notes what the mail of this message does not carry.
pub(super) fn note(
    work: &mut Exporter<'_>,
    message: &Message<'_>,
    place: &str,
    root: &Part<'_>,
) -> Result<()> {
    let told = Told::by(root);
    let carried = carried();
    let entries = message.stored_entries()?;
    for (tag, _) in entries {
        let id = tag.id();
        if id.is_named() {
            let name = message.names_from_ids(&[id])?.pop().flatten();
            if name.as_ref().is_some_and(|name| is_told(name, told)) || is_empty(message, tag) {
                continue;
            }
            let item = name.map_or_else(|| tag.to_string(), |name| readable(&name));
            work.conversion.lose("named-property", place, item, "mail has no field for it");
            continue;
        }
        let within = |(from, to): &(u16, u16)| (*from..=*to).contains(&id.value());
        if carried.contains(&id) || TECHNICAL.iter().any(within) {
            continue;
        }
        // Fields of people and telephones in a card; times in a calendar.
        let of_card = told.card && matches!(id.value(), 0x3A00..=0x3A6F);
        let of_calendar = told.calendar && matches!(id.value(), 0x0060..=0x0063);
        let of_report = told.report
            && matches!(id.value(), 0x0000..=0x0053 | 0x0C00..=0x0C20 | 0x1001 | 0x1004 | 0x6820 | 0x0072..=0x0074);
        if of_card || of_calendar || of_report || is_empty(message, tag) {
            continue;
        }
        let item = crate::prop::prop_name(tag).map_or_else(|| tag.to_string(), String::from);
        work.conversion.lose("property", place, item, "mail has no field for it");
    }
    for (index, row) in message.recipients()?.iter().enumerate() {
        if let Some(status) = tracked(row) {
            let place = if place.is_empty() { String::new() } else { format!("{place}/") };
            let detail = format!("the answer {status} of this recipient is not carried");
            let place = format!("{place}recipient {index}");
            work.conversion.lose("track-status", &place, "PR_RECIPIENT_TRACKSTATUS", detail);
        }
    }
    Ok(())
}

/// What the parts tell beside texts.
#[derive(Clone, Copy, Default)]
struct Told {
    calendar: bool,
    card: bool,
    report: bool,
}

impl Told {
    fn by(root: &Part<'_>) -> Told {
        let mut told = Told::default();
        let mut work = vec![root];
        while let Some(part) = work.pop() {
            match &part.content {
                Content::Parts { parts, .. } => work.extend(parts),
                Content::Text { subtype: "calendar", .. } => told.calendar = true,
                Content::Data { media, .. } if media.first().is_some_and(|m| m == "text/vcard") => {
                    told.card = true;
                }
                Content::Fields { .. } => told.report = true,
                _ => {}
            }
        }
        told
    }
}

fn carried() -> HashSet<PropId> {
    let of_rules = RULES.iter().filter_map(|rule| match rule.stored {
        Stored::Text(id)
        | Stored::Long(id)
        | Stored::Words(id, _)
        | Stored::Bits(id, _)
        | Stored::Flag(id)
        | Stored::Time(id)
        | Stored::Bytes(id)
        | Stored::Octets(id) => Some(id),
        Stored::NamedText(_) | Stored::NamedFlag(_) => None,
    });
    of_rules.chain(CARRIED.iter().map(|id| PropId::new(*id))).collect()
}

fn is_told(name: &NamedProp, told: Told) -> bool {
    if name.set == PropSet::PS_INTERNET_HEADERS.0 {
        return true;
    }
    if told.calendar && OF_CALENDAR.iter().any(|set| set.0 == name.set) {
        return true;
    }
    if told.card && name.set == PropSet::PSETID_ADDRESS.0 {
        return true;
    }
    let of_rules = RULES.iter().any(|rule| match rule.stored {
        Stored::NamedText(own) => own.name() == *name,
        Stored::NamedFlag(own) => own.name() == *name,
        _ => false,
    });
    let keywords = crate::named::PID_NAME_KEYWORDS.name() == *name;
    of_rules || keywords || crate::named::PID_LID_FLAG_REQUEST.name() == *name || is_technical(name)
}

/// What Outlook notes for itself with each item: its version, common times that the mail has, flags of
/// its display.
fn is_technical(name: &NamedProp) -> bool {
    const COMMON: [u32; 12] = [
        0x8516, 0x8517, 0x8539, 0x853A, 0x8552, 0x8554, 0x8510, 0x8514, 0x851C, 0x8580, 0x859C,
        0x8582,
    ];
    match &name.name {
        PropName::Id(id) => name.set == PropSet::PSETID_COMMON.0 && COMMON.contains(id),
        PropName::Text(_) => false,
    }
}

/// Whether the value says nothing: zero, false, an empty text, no date.
fn is_empty(message: &Message<'_>, tag: PropTag) -> bool {
    match tag.prop_type() {
        PropType::PT_LONG | PropType::PT_I2 | PropType::PT_BOOLEAN | PropType::PT_SYSTIME => {}
        PropType::PT_UNICODE | PropType::PT_STRING8 => {}
        _ => return false,
    }
    match message.get_prop(tag) {
        Ok(Some(PropValue::Long(0) | PropValue::I2(0) | PropValue::Boolean(false))) => true,
        Ok(Some(PropValue::SysTime(time))) => time.is_none(),
        Ok(Some(PropValue::Unicode(text))) => text.is_empty(),
        _ => false,
    }
}

fn readable(name: &NamedProp) -> String {
    match crate::prop::named_fact(name) {
        Some(fact) => fact.canonical_name().to_owned(),
        None => name.to_string(),
    }
}

fn tracked(row: &Recipient) -> Option<i32> {
    match row.get(crate::tags::PR_RECIPIENT_TRACKSTATUS.tag()) {
        Some(PropValue::Long(status @ 1..)) => Some(*status),
        _ => None,
    }
}
