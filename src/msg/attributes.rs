//! Property attributes: who may read, write and delete a property. They are the flags word of its
//! entry in the file. Spec: imessage-contract 1.5, 1.6.

use super::body::Body;
use super::computed::{Answer, COMPUTED};
use super::handle::ObjectId;
use super::object::{MapiProp, PropProblem};
use crate::error::{Code, Error, Result};
use crate::prop::store::ORDINARY;
use crate::prop::{ObjectKind, PropId, PropTag, computed};
use bitflags::bitflags;

bitflags! {
    /// What may be done with a property: the `PROPATTR_*` of IMessage-on-IStorage.
    ///
    /// # Example
    /// ```
    /// use openimsg::{Code, CompoundFile, Message, PropAttributes, tags::*};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// message.set(PR_SUBJECT_W, "Minutes")?;
    /// message.set_attributes(&[(PR_SUBJECT_W.tag(), PropAttributes::READABLE)])?;
    /// assert_eq!(message.set(PR_SUBJECT_W, "Other").unwrap_err().code(), Code::NoAccess);
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct PropAttributes: u32 {
        /// It cannot be deleted (`PROPATTR_MANDATORY`).
        const MANDATORY = 1;
        /// It can be read (`PROPATTR_READABLE`).
        const READABLE = 2;
        /// It can be set (`PROPATTR_WRITEABLE`).
        const WRITEABLE = 4;
        /// The answer for a property that is not there (`PROPATTR_NOT_PRESENT`).
        const NOT_PRESENT = 8;
    }
}

/// The flags word as it counts: writers that say neither readable nor writeable mean nothing by it.
///
/// Spec: C-081.
pub(crate) fn effective(flags: u32) -> u32 {
    match flags & 7 {
        0 | 1 => ORDINARY,
        flags => flags,
    }
}

impl Body {
    /// The attributes of one property; `None` if it is absent.
    fn attributes(&mut self, id: ObjectId, prop: PropId) -> Result<Option<u32>> {
        let answer = self.computed(id, prop)?;
        let core = self.core(id)?;
        let stored = core.props.flags(prop);
        Ok(match answer {
            Answer::Absent => None,
            _ if is_fixed(core.kind, prop) => match answer {
                Answer::Stored if stored.is_none() => None,
                _ => Some(COMPUTED),
            },
            Answer::Value(_) | Answer::Stored if stored.is_some() => stored.map(effective),
            Answer::Value(_) => Some(ORDINARY),
            Answer::Stored => None,
        })
    }

    /// Sets the attributes of one property; the code says why not.
    fn set_attributes(&mut self, id: ObjectId, prop: PropId, new: u32) -> Result<(), Code> {
        if new & !7 != 0 {
            return Err(Code::UnknownFlags);
        }
        let core = self.core(id).map_err(|e| e.code())?;
        if is_fixed(core.kind, prop) {
            return Err(Code::Computed);
        }
        match core.props.set_flags(prop, new) {
            true => Ok(()),
            false => Err(Code::NotFound),
        }
    }
}

/// Whether the attributes of a property are the library's.
fn is_fixed(kind: ObjectKind, prop: PropId) -> bool {
    let table = kind == ObjectKind::Message && matches!(prop.value(), 0x0E12 | 0x0E13);
    table || computed(prop, kind)
}

impl MapiProp<'_> {
    /// The attributes of properties, `GetAttribIMsgOnIStg`: one answer each, in the order asked for;
    /// [`PropAttributes::NOT_PRESENT`] alone for a property that is absent. Only identifiers count.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] for an empty list, [`Code::ObjectDeleted`] once the object is closed.
    ///
    /// Spec: C-069, C-070, C-071, C-072 (imessage-contract 1.5).
    pub fn attributes(&self, tags: &[PropTag]) -> Result<Vec<PropAttributes>> {
        const DOING: &str = "get attributes";
        self.handle.with(DOING, |body, id| {
            if tags.is_empty() {
                return Err(Error::new(Code::InvalidParameter, DOING).note("no properties"));
            }
            let mut all = Vec::with_capacity(tags.len());
            for tag in tags {
                let found = body.attributes(id, tag.id())?;
                all.push(
                    found.map_or(PropAttributes::NOT_PRESENT, PropAttributes::from_bits_retain),
                );
            }
            Ok(all)
        })
    }

    /// Sets attributes, `SetAttribIMsgOnIStg`. They are kept with the next save and count at once. What
    /// could not be set is listed: [`Code::NotFound`] for absent properties, [`Code::Computed`] for what
    /// the library computes, [`Code::UnknownFlags`] for other bits than the three.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] for an empty list, [`Code::NoAccess`] on a read-only object.
    ///
    /// Spec: C-075, C-076, C-077, C-078, C-079 (imessage-contract 1.6).
    pub fn set_attributes(&self, wanted: &[(PropTag, PropAttributes)]) -> Result<Vec<PropProblem>> {
        const DOING: &str = "set attributes";
        self.handle.with(DOING, |body, id| {
            if wanted.is_empty() {
                return Err(Error::new(Code::InvalidParameter, DOING).note("no properties"));
            }
            body.core(id)?.check_writable(DOING)?;
            let mut problems = Vec::new();
            for (index, (tag, attributes)) in wanted.iter().enumerate() {
                if let Err(code) = body.set_attributes(id, tag.id(), attributes.bits()) {
                    problems.push(PropProblem { index, tag: *tag, code });
                }
            }
            Ok(problems)
        })
    }
}
