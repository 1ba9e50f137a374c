//! Calendars: appointments, meetings and tasks as text/calendar, both ways.
