//! Dates in header fields: as mail writes them, or as ISO 8601 does. Spec: msg-format 6.13.

use crate::msg::mail_date;
use crate::wire::FileTime;

/// A point in time; `None` for what is no date.
pub(super) fn date(text: &str) -> Option<FileTime> {
    mail_date(text).or_else(|| iso_8601(text.trim()))
}

/// `2024-03-05T14:03:22Z`, with a space for the T, without seconds, with a zone or without.
fn iso_8601(text: &str) -> Option<FileTime> {
    let (date, clock) = text.split_once(['T', 't', ' '])?;
    let mut date = date.split('-');
    let (year, month, day) = (date.next()?, date.next()?, date.next()?);
    let month: usize = month.parse().ok()?;
    let names =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = names.get(month.checked_sub(1)?)?;
    let clock = clock.trim();
    let zone_at = clock.find(['Z', 'z', '+', '-', ' ']).unwrap_or(clock.len());
    let (clock, zone) = clock.split_at_checked(zone_at)?;
    let clock = clock.split('.').next()?;
    let zone = match zone.trim() {
        "" | "Z" | "z" => "+0000".to_owned(),
        zone => zone.replace(':', ""),
    };
    let four = year.len() == 4;
    four.then(|| mail_date(&format!("{day} {month} {year} {clock} {zone}")))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_both_kinds_are_read() {
        for (text, expected) in [
            ("Tue, 05 Mar 2024 14:03:22 +0100", Some("2024-03-05T13:03:22Z")),
            ("2024-03-05T14:03:22Z", Some("2024-03-05T14:03:22Z")),
            ("2024-03-05 14:03:22.125 +01:00", Some("2024-03-05T13:03:22Z")),
            ("2024-03-05T14:03-0530", Some("2024-03-05T19:33:00Z")),
            ("2024-13-05T14:03:22Z", None),
            ("2024-00-05T14:03:22Z", None),
            ("yesterday at noon", None),
            ("-", None),
        ] {
            assert_eq!(date(text).and_then(FileTime::to_rfc3339).as_deref(), expected, "{text}");
        }
    }
}
