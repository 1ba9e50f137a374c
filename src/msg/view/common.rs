//! What every kind of item has: importance, sensitivity, categories, flag, reminder.

use crate::error::Result;
use crate::msg::message::Message;
use crate::prop::named_tags::{
    PID_LID_FLAG_REQUEST, PID_LID_REMINDER_DELTA, PID_LID_REMINDER_SET,
    PID_LID_REMINDER_SIGNAL_TIME, PID_NAME_KEYWORDS,
};
use crate::prop::tags::{PR_IMPORTANCE, PR_SENSITIVITY};
use crate::wire::FileTime;

/// How important a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Importance {
    /// `IMPORTANCE_LOW`.
    Low,
    /// `IMPORTANCE_NORMAL`, also when the message does not say.
    #[default]
    Normal,
    /// `IMPORTANCE_HIGH`.
    High,
}

/// Whom a message is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sensitivity {
    /// `SENSITIVITY_NONE`, also when the message does not say.
    #[default]
    Normal,
    /// `SENSITIVITY_PERSONAL`.
    Personal,
    /// `SENSITIVITY_PRIVATE`.
    Private,
    /// `SENSITIVITY_COMPANY_CONFIDENTIAL`.
    Confidential,
}

/// A reminder delta that means the default of the program.
const DEFAULT_DELTA: i32 = 0x5AE9_80E1;

impl Message<'_> {
    /// How important it is.
    ///
    /// # Errors
    /// Those of reading the property.
    pub fn importance(&self) -> Result<Importance> {
        Ok(match self.get(PR_IMPORTANCE)? {
            Some(0) => Importance::Low,
            Some(2) => Importance::High,
            _ => Importance::Normal,
        })
    }

    /// Says how important it is.
    ///
    /// # Errors
    /// Those of setting the property.
    pub fn set_importance(&self, importance: Importance) -> Result<()> {
        let value = match importance {
            Importance::Low => 0,
            Importance::Normal => 1,
            Importance::High => 2,
        };
        self.set(PR_IMPORTANCE, value)
    }

    /// Whom it is meant for.
    ///
    /// # Errors
    /// Those of reading the property.
    pub fn sensitivity(&self) -> Result<Sensitivity> {
        Ok(match self.get(PR_SENSITIVITY)? {
            Some(1) => Sensitivity::Personal,
            Some(2) => Sensitivity::Private,
            Some(3) => Sensitivity::Confidential,
            _ => Sensitivity::Normal,
        })
    }

    /// Says whom it is meant for.
    ///
    /// # Errors
    /// Those of setting the property.
    pub fn set_sensitivity(&self, sensitivity: Sensitivity) -> Result<()> {
        let value = match sensitivity {
            Sensitivity::Normal => 0,
            Sensitivity::Personal => 1,
            Sensitivity::Private => 2,
            Sensitivity::Confidential => 3,
        };
        self.set(PR_SENSITIVITY, value)
    }

    /// The categories: `PidNameKeywords`. None is an empty list.
    ///
    /// # Errors
    /// Those of reading the property.
    pub fn categories(&self) -> Result<Vec<String>> {
        Ok(self.get(PID_NAME_KEYWORDS)?.unwrap_or_default())
    }

    /// Sets the categories; an empty list takes them away.
    ///
    /// # Errors
    /// Those of setting the property.
    pub fn set_categories(&self, categories: &[&str]) -> Result<()> {
        if !categories.is_empty() {
            return self.set(PID_NAME_KEYWORDS, categories);
        }
        let known = self.ids_from_names(&[PID_NAME_KEYWORDS.name()], false)?;
        let tags: Vec<_> = known
            .into_iter()
            .flatten()
            .map(|id| crate::prop::PropTag::from_parts(id, crate::prop::PropType::PT_NULL))
            .collect();
        if tags.is_empty() { Ok(()) } else { self.delete_props(&tags).map(drop) }
    }

    /// What a follow-up flag asks for, such as "Follow up".
    ///
    /// # Errors
    /// Those of reading the property.
    pub fn flag_request(&self) -> Result<Option<String>> {
        self.get(PID_LID_FLAG_REQUEST)
    }

    /// When a reminder is due; `None` if none is set.
    ///
    /// # Errors
    /// Those of reading the properties.
    pub fn reminder(&self) -> Result<Option<FileTime>> {
        match self.get(PID_LID_REMINDER_SET)? {
            Some(true) => {
                Ok(self.get(PID_LID_REMINDER_SIGNAL_TIME)?.filter(|time| !time.is_none()))
            }
            _ => Ok(None),
        }
    }

    /// How many minutes before the start the reminder is due; `None` if it does not say, or means the
    /// default of the program.
    ///
    /// # Errors
    /// Those of reading the property.
    pub fn reminder_minutes(&self) -> Result<Option<i32>> {
        Ok(self.get(PID_LID_REMINDER_DELTA)?.filter(|delta| *delta != DEFAULT_DELTA))
    }
}
