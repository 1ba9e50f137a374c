//! `IMAPIProp`: names and identifiers.

use super::given::GivenName;
use super::last_error::noted;
use super::{CREATE, Out, Status, check_flags, clear, listed, null, output};
use crate::error::{Code, Error, Result};
use crate::msg::object::MapiProp;
use crate::prop::{NamedProp, PropId, PropName, PropTag, PropType};
use crate::wire::Guid;

/// `MAPI_NO_STRINGS`.
const NO_STRINGS: u32 = 1;
/// `MAPI_NO_IDS`.
const NO_IDS: u32 = 2;

/// Whether the flags leave a name.
fn wanted(name: &NamedProp, flags: u32) -> bool {
    match name.name {
        PropName::Id(_) => flags & NO_IDS == 0,
        PropName::Text(_) => flags & NO_STRINGS == 0,
    }
}

/// `IMAPIProp::GetNamesFromIDs`. `tags` points to the list; the list is null where all names are asked
/// for, and then becomes one. A name that there is not, or that the flags leave out, is `None`.
///
/// # Errors
/// [`Code::InvalidParameter`] for null pointers and an empty list, [`Code::ObjectDeleted`],
/// [`Code::UnknownFlags`]; those of reading the map.
pub fn get_names_from_ids(
    object: &MapiProp<'_>,
    tags: Option<&mut Option<Vec<PropTag>>>,
    set: Option<Guid>,
    flags: u32,
    count: Option<&mut u32>,
    mut names: Out<'_, Vec<Option<NamedProp>>>,
) -> Result<Status> {
    const DOING: &str = "get names";
    clear(&mut names);
    let count = count.map(|count| {
        *count = 0;
        count
    });
    let (Some(tags), Some(count), Some(names)) = (tags, count, names) else {
        return noted(object, null(DOING));
    };
    let found = object.check_open(DOING).and_then(|()| {
        if let Some(tags) = tags {
            listed(Some(tags), DOING)?;
        }
        check_flags(flags, NO_STRINGS | NO_IDS, DOING)?;
        if let Some(tags) = tags {
            let ids: Vec<PropId> = tags.iter().map(|tag| tag.id()).collect();
            let found = object.names_from_ids(&ids)?.into_iter();
            return Ok(found.map(|name| name.filter(|name| wanted(name, flags))).collect());
        }
        let of_set = |name: &NamedProp| set.is_none_or(|set| name.set == set);
        let all = object.all_names()?.into_iter();
        let (ids, found): (Vec<PropTag>, Vec<Option<NamedProp>>) = all
            .filter(|(id, name)| id.is_named() && of_set(name) && wanted(name, flags))
            .map(|(id, name)| (PropTag::from_parts(id, PropType::PT_UNSPECIFIED), Some(name)))
            .unzip();
        *tags = Some(ids);
        Ok(found)
    });
    let found: Vec<Option<NamedProp>> = noted(object, found)?;
    let missing = found.contains(&None);
    *count = u32::try_from(found.len()).unwrap_or(u32::MAX);
    *names = (!found.is_empty()).then_some(found);
    Ok(Status::with_errors(missing))
}

/// What an unknown name has in the place of its tag: `PT_ERROR`, and no identifier.
const UNKNOWN: PropTag = PropTag::new(0x0000_000A);

/// `IMAPIProp::GetIDsFromNames`. `count` is `cPropNames`; an element of `names` is a null pointer where
/// it is `None`.
///
/// # Errors
/// [`Code::InvalidParameter`] for a null output and a count that does not go with the list,
/// [`Code::ObjectDeleted`], [`Code::UnknownFlags`], [`Code::NoAccess`] for a new name in a read-only
/// object, [`Code::TooBig`] when all identifiers are taken.
pub fn get_ids_from_names(
    object: &MapiProp<'_>,
    count: u32,
    names: Option<&[Option<GivenName>]>,
    flags: u32,
    tags: Out<'_, Vec<PropTag>>,
) -> Result<Status> {
    const DOING: &str = "get identifiers";
    let found = output(tags, DOING).and_then(|out| {
        object.check_open(DOING)?;
        let refuse = |note: &str| Err(Error::new(Code::InvalidParameter, DOING).note(note));
        match (count, names) {
            (0, Some(_)) => return refuse("a list, but a count of 0"),
            (1.., None) => return refuse("a count, but no list"),
            _ => {}
        }
        check_flags(flags, CREATE, DOING)?;
        let create = flags & CREATE != 0;
        let Some(names) = names else {
            if create {
                return refuse("nothing to create");
            }
            let all = object.all_names()?.into_iter().filter(|(id, _)| id.is_named());
            *out = Some(all.map(|(id, _)| tag_of(id)).collect());
            return Ok(Status::Ok);
        };
        let asked: Vec<Option<NamedProp>> =
            names.iter().map(|name| name.as_ref().and_then(GivenName::name)).collect();
        let known: Vec<NamedProp> = asked.iter().flatten().cloned().collect();
        let mut found = object.ids_from_names(&known, create)?.into_iter();
        let tag = |name: &Option<NamedProp>| {
            let id = name.as_ref().and_then(|_| found.next().flatten());
            id.map_or(UNKNOWN, tag_of)
        };
        let tags: Vec<PropTag> = asked.iter().map(tag).collect();
        let missing = tags.contains(&UNKNOWN);
        *out = Some(tags);
        Ok(Status::with_errors(missing))
    });
    noted(object, found)
}

fn tag_of(id: PropId) -> PropTag {
    PropTag::from_parts(id, PropType::PT_UNSPECIFIED)
}
