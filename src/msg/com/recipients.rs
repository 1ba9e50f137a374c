//! `IMessage::ModifyRecipients`.

use super::given::{GivenProp, GivenValue};
use super::last_error::noted;
use super::{check_flags, given};
use crate::error::{Code, Error, Result};
use crate::msg::message::Message;
use crate::msg::object::is_empty_array;
use crate::msg::recipient::{Modify, Recipient};
use crate::prop::{Prop, PropTag, PropType, PropValue};

const DOING: &str = "modify recipients";

/// A row of a caller: `ADRENTRY`.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenRow {
    /// `cValues`.
    pub count: u32,
    /// `rgPropVals`; `None` is a null pointer.
    pub props: Option<Vec<GivenProp>>,
}

impl GivenRow {
    /// A row of these properties.
    #[must_use]
    pub fn new(props: Vec<GivenProp>) -> GivenRow {
        GivenRow { count: u32::try_from(props.len()).unwrap_or(u32::MAX), props: Some(props) }
    }

    fn row(&self) -> Result<Recipient> {
        let refuse = |note: String| Err(Error::new(Code::InvalidParameter, DOING).note(note));
        let props = match (&self.props, self.count) {
            (_, 0) => return Ok(Recipient::default()),
            (None, _) => return refuse("a count, but no values".to_owned()),
            (Some(props), _) => props,
        };
        let mut kept = Vec::with_capacity(props.len());
        for prop in props {
            let tag = PropTag::new(prop.tag);
            match &prop.value {
                // Rows from a table can be given back as they are.
                _ if tag.prop_type() == PropType::PT_ERROR => {}
                GivenValue::Value(PropValue::Error(_)) => {}
                GivenValue::Value(value)
                    if value.prop_type() == tag.prop_type() && !is_empty_array(value) =>
                {
                    kept.push(Prop { tag, value: value.clone() });
                }
                _ => return refuse(format!("{tag} has no value that a recipient can hold")),
            }
        }
        Ok(Recipient::from_props(kept))
    }
}

/// `IMessage::ModifyRecipients`: all rows or none.
///
/// # Errors
/// [`Code::ObjectDeleted`]; [`Code::InvalidParameter`] for a null list, [`Code::UnknownFlags`],
/// [`Code::InvalidParameter`] for two modes at once, [`Code::NoAccess`], then as
/// [`Message::modify_recipients`].
pub fn modify_recipients(
    message: &Message<'_>,
    flags: u32,
    rows: Option<&[GivenRow]>,
) -> Result<()> {
    /// `MODRECIP_ADD`, `MODRECIP_MODIFY`, `MODRECIP_REMOVE`.
    const ADD: u32 = 2;
    const MODIFY: u32 = 4;
    const REMOVE: u32 = 8;
    let done = message.check_open(DOING).and_then(|()| {
        let rows = given(rows, DOING)?;
        check_flags(flags, ADD | MODIFY | REMOVE, DOING)?;
        let how = match flags {
            0 => Modify::Replace,
            ADD => Modify::Add,
            MODIFY => Modify::Modify,
            REMOVE => Modify::Remove,
            _ => {
                let note = "more than one of add, modify and remove";
                return Err(Error::new(Code::InvalidParameter, DOING).note(note));
            }
        };
        message.check_writable(DOING)?;
        let rows: Result<Vec<Recipient>> = rows.iter().map(GivenRow::row).collect();
        message.modify_recipients(how, &rows?)
    });
    noted(message, done)
}
