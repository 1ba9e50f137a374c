//! `GetAttribIMsgOnIStg` and `SetAttribIMsgOnIStg`.

use super::last_error::noted;
use super::{Out, Status, clear, given, listed, output, put_problems};
use crate::error::{Code, Error, Result};
use crate::msg::attributes::PropAttributes;
use crate::msg::object::{MapiProp, PropProblem};
use crate::prop::PropTag;

/// An object of a caller: null, somebody else's, or ours.
#[derive(Debug, Clone, Copy)]
pub enum GivenObject<'a, 's> {
    /// A null pointer.
    Null,
    /// An object that is not this library's.
    Foreign,
    /// One of ours.
    Own(&'a MapiProp<'s>),
}

impl<'a, 's> GivenObject<'a, 's> {
    fn own(self, doing: &'static str) -> Result<&'a MapiProp<'s>> {
        match self {
            GivenObject::Own(object) => Ok(object),
            GivenObject::Null => super::null(doing),
            GivenObject::Foreign => {
                let note = "it is no message or attachment of this library";
                Err(Error::new(Code::InvalidObject, doing).note(note))
            }
        }
    }
}

/// `GetAttribIMsgOnIStg`.
///
/// # Errors
/// [`Code::InvalidParameter`] for null pointers and no tags, [`Code::InvalidObject`],
/// [`Code::ObjectDeleted`].
pub fn get_attributes(
    object: GivenObject<'_, '_>,
    tags: Option<&[u32]>,
    attributes: Out<'_, Vec<u32>>,
) -> Result<Status> {
    const DOING: &str = "get attributes";
    let out = output(attributes, DOING)?;
    if matches!(object, GivenObject::Null) {
        return super::null(DOING);
    }
    let tags = listed(tags, DOING)?;
    let object = object.own(DOING)?;
    let tags: Vec<PropTag> = tags.iter().map(|tag| PropTag::new(*tag)).collect();
    let found = noted(object, object.attributes(&tags))?;
    let absent = found.contains(&PropAttributes::NOT_PRESENT);
    *out = Some(found.iter().map(PropAttributes::bits).collect());
    Ok(Status::with_errors(absent))
}

/// `SetAttribIMsgOnIStg`.
///
/// # Errors
/// [`Code::InvalidParameter`] for null pointers, no tags and counts that differ,
/// [`Code::InvalidObject`], [`Code::NoAccess`], [`Code::ObjectDeleted`].
pub fn set_attributes(
    object: GivenObject<'_, '_>,
    tags: Option<&[u32]>,
    attributes: Option<&[u32]>,
    mut problems: Out<'_, Vec<PropProblem>>,
) -> Result<Status> {
    const DOING: &str = "set attributes";
    clear(&mut problems);
    if matches!(object, GivenObject::Null) {
        return super::null(DOING);
    }
    let (tags, attributes) = (listed(tags, DOING)?, given(attributes, DOING)?);
    if tags.len() != attributes.len() {
        return Err(Error::new(Code::InvalidParameter, DOING).note("the counts differ"));
    }
    let object = object.own(DOING)?;
    let pair =
        |(tag, bits): (&u32, &u32)| (PropTag::new(*tag), PropAttributes::from_bits_retain(*bits));
    let wanted: Vec<_> = tags.iter().zip(attributes).map(pair).collect();
    let found = noted(object, object.set_attributes(&wanted))?;
    let status = Status::with_errors(!found.is_empty());
    put_problems(found, problems);
    Ok(status)
}
