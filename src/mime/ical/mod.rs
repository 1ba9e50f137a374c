//! Calendars: appointments, meetings and tasks as text/calendar, both ways.

use super::Conversion;
use crate::error::Result;
use crate::msg::Message;

pub(crate) struct CalendarText {
    pub(crate) method: &'static str,
    pub(crate) text: String,
}

pub(crate) fn calendar_of(
    _message: &Message<'_>,
    _place: &str,
    _conversion: &mut Conversion,
) -> Result<Option<CalendarText>> {
    Ok(None)
}
