//! The date of a message, and where it comes from. Spec: msg-format 2.3, 6.2, 6.13.

use super::body::Body;
use super::handle::ObjectId;
use super::message::Message;
use crate::error::Result;
use crate::prop::{PropId, PropValue};
use crate::wire::FileTime;

/// The date of a message; see [`Message::date`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageDate {
    /// The point in time, in ticks of 100 ns since 1601-01-01 UTC; never one that means "none".
    pub time: FileTime,
    /// What says so.
    pub source: DateSource,
}

/// Where the date of a message comes from, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DateSource {
    /// `PR_CLIENT_SUBMIT_TIME`: when its author sent it.
    Submitted,
    /// `PR_MESSAGE_DELIVERY_TIME`: when it arrived.
    Delivered,
    /// The field Date of the transport headers.
    Header,
    /// `PR_CREATION_TIME`: nobody sent it; when the item was made.
    Created,
    /// `PR_LAST_MODIFICATION_TIME`: when the item was last saved.
    Modified,
}

impl DateSource {
    /// Whether the message went from somebody to somebody at that time. The date of a contact, a note
    /// or a draft is that of an item.
    #[must_use]
    pub fn is_of_mail(self) -> bool {
        matches!(self, DateSource::Submitted | DateSource::Delivered | DateSource::Header)
    }
}

impl Message<'_> {
    /// The date of the message: the first of submit time, delivery time, the field Date of the
    /// transport headers, creation time and modification time that is there and means a time.
    ///
    /// Times are UTC. Outlook's "None" (4501-01-01), zero and overflow are passed over. A time that
    /// cannot be read is passed over too, if another one can.
    ///
    /// Spec: F-050 (msg-format 2.3, 6.2, Q-58).
    ///
    /// # Errors
    /// Those of reading the properties, if no time could be read.
    ///
    /// # Example
    /// ```
    /// use openimsg::{CompoundFile, DateSource, FileTime, Message, tags::*};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// assert_eq!(message.date()?.unwrap().source, DateSource::Created);
    /// message.set(PR_MESSAGE_DELIVERY_TIME, FileTime::UNIX_EPOCH)?;
    /// message.set(PR_CLIENT_SUBMIT_TIME, FileTime::OUTLOOK_NONE)?;
    /// let date = message.date()?.unwrap();
    /// assert_eq!((date.source, date.time.unix_seconds()), (DateSource::Delivered, Some(0)));
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    pub fn date(&self) -> Result<Option<MessageDate>> {
        self.handle().with("read date", |body, id| {
            let mut failed = None;
            for source in [
                DateSource::Submitted,
                DateSource::Delivered,
                DateSource::Header,
                DateSource::Created,
                DateSource::Modified,
            ] {
                match body.time_of(id, source) {
                    Ok(Some(time)) if !time.is_none() => {
                        return Ok(Some(MessageDate { time, source }));
                    }
                    Ok(_) => {}
                    Err(error) => failed = failed.or(Some(error)),
                }
            }
            failed.map_or(Ok(None), Err)
        })
    }
}

impl Body {
    fn time_of(&mut self, id: ObjectId, source: DateSource) -> Result<Option<FileTime>> {
        let prop = match source {
            DateSource::Submitted => 0x0039,
            DateSource::Delivered => 0x0E06,
            DateSource::Created => 0x3007,
            DateSource::Modified => 0x3008,
            DateSource::Header => {
                let headers = self.transport_headers(id)?;
                return Ok(headers.and_then(|headers| mail_date(headers.first("date")?)));
            }
        };
        let found = self.core(id)?.props.get(PropId::new(prop))?;
        Ok(found.and_then(|prop| match prop.value {
            PropValue::SysTime(time) => Some(time),
            _ => None,
        }))
    }
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A date as mail writes it: `Tue, 5 Mar 2024 14:03:22 +0100 (CET)`, with what old programs leave out
/// or write otherwise. `None` for what is no date. Spec: msg-format 6.13.
pub(crate) fn mail_date(text: &str) -> Option<FileTime> {
    let plain = without_comments(text);
    let mut words = plain.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty());
    let mut word = words.next()?;
    if word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        word = words.next()?;
    }
    let day = number(word, 2)?;
    let month = words.next()?.get(..3)?.to_ascii_lowercase();
    let month = (1..).zip(MONTHS).find(|(_, name)| **name == month)?.0;
    let year = words.next()?;
    let year = match (year.len(), number(year, 4)?) {
        (2, year @ 0..=49) => year + 2000,
        (2 | 3, year) => year + 1900,
        (4, year) => year,
        _ => return None,
    };
    let mut clock = words.next()?.split([':', '.']);
    let (hour, minute) = (number(clock.next()?, 2)?, number(clock.next()?, 2)?);
    let second = clock.next().map_or(Some(0), |second| number(second, 2))?;
    let zone = words.next().map_or(Some(0), zone)?;
    let days = days_since_epoch(year, month, day)?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second.min(59) - zone * 60;
    FileTime::from_unix(seconds, 0)
}

fn without_comments(text: &str) -> String {
    let mut depth = 0_u32;
    let kept = text.chars().filter(|c| {
        match c {
            '(' => depth = depth.saturating_add(1),
            ')' if depth > 0 => {
                depth -= 1;
                return false;
            }
            _ => {}
        }
        depth == 0
    });
    kept.collect()
}

fn number(text: &str, most: usize) -> Option<i64> {
    let sound = !text.is_empty() && text.len() <= most && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| sound)
}

/// Minutes east of Greenwich. A name that nobody knows is UTC, as RFC 5322 has it.
fn zone(text: &str) -> Option<i64> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => {
            let hours = match text.to_ascii_uppercase().as_str() {
                "EDT" => -4,
                "EST" | "CDT" => -5,
                "CST" | "MDT" => -6,
                "MST" | "PDT" => -7,
                "PST" => -8,
                _ => 0,
            };
            return Some(hours * 60);
        }
    };
    let digits = text.get(1..)?;
    let (hours, minutes) = digits.split_at_checked(digits.len().checked_sub(2)?)?;
    let (hours, minutes) = (number(hours.trim_end_matches(':'), 2)?, number(minutes, 2)?);
    (hours <= 14 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; `None` if there is no such day.
fn days_since_epoch(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if year < 1601 || day < 1 || day > length {
        return None;
    }
    // Years begin in March, so that the odd day comes last.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stg::CompoundFile;
    use crate::tags::*;

    fn rfc3339(text: &str) -> Option<String> {
        mail_date(text)?.to_rfc3339()
    }

    #[test]
    fn dates_of_mail_are_read_as_programs_write_them() {
        for (text, expected) in [
            ("Tue, 05 Mar 2024 14:03:22 +0000", "2024-03-05T14:03:22Z"),
            ("Tue,5 Mar 2024 14:03:22 +0100 (CET)", "2024-03-05T13:03:22Z"),
            ("5 March 24 14:03 EST", "2024-03-05T19:03:00Z"),
            ("Sat, 29 Feb 2020 23:30:00 -0130", "2020-03-01T01:00:00Z"),
            ("Fri, 31 Dec 1999 23:59:60 GMT", "1999-12-31T23:59:59Z"),
            ("1 Jan 70 00:00:00 Z", "1970-01-01T00:00:00Z"),
            ("Mon, 09 Aug 2010 08:09:08 +0900", "2010-08-08T23:09:08Z"),
            ("Mon (the first), 1 Jan 2001 1.02.03 +1400", "2000-12-31T11:02:03Z"),
        ] {
            assert_eq!(rfc3339(text).as_deref(), Some(expected), "{text}");
        }
        for none in [
            "",
            "yesterday",
            "30 Feb 2020 10:00:00 +0000",
            "29 Feb 1900 10:00:00 +0000",
            "1 Foo 2020 10:00:00",
            "1 Jan 2020",
            "1 Jan 2020 24:00:00",
            "1 Jan 2020 10:00:00 +9900",
            "1 Jan 99999 10:00:00",
            "-1 Jan 2020 10:00:00",
            "1 é 2020 10:00",
        ] {
            assert_eq!(rfc3339(none), None, "{none}");
        }
    }

    #[test]
    fn the_first_time_that_means_one_is_the_date() {
        let message = Message::create(CompoundFile::memory()).unwrap();
        let at = |seconds| FileTime::from_unix(seconds, 0).unwrap();
        message.set(PR_CREATION_TIME, at(4)).unwrap();
        message.set(PR_LAST_MODIFICATION_TIME, at(5)).unwrap();
        let date = || message.date().unwrap().map(|d| (d.source, d.time.unix_seconds().unwrap()));
        assert_eq!(date(), Some((DateSource::Created, 4)));
        let headers = "Date: Thu, 1 Jan 1970 00:00:03 +0000\r\n";
        message.set(PR_TRANSPORT_MESSAGE_HEADERS_W, headers).unwrap();
        assert_eq!(date(), Some((DateSource::Header, 3)));
        message.set(PR_MESSAGE_DELIVERY_TIME, at(2)).unwrap();
        assert_eq!(date(), Some((DateSource::Delivered, 2)));
        for none in [0, 0x0CB3_4557_A3DD_4000, 0x1FFF_FFE0_0000_0000, u64::MAX] {
            message.set(PR_CLIENT_SUBMIT_TIME, FileTime::from_ticks(none)).unwrap();
            assert_eq!(date(), Some((DateSource::Delivered, 2)), "{none}");
        }
        message.set(PR_CLIENT_SUBMIT_TIME, at(1)).unwrap();
        assert_eq!(date(), Some((DateSource::Submitted, 1)));
        assert!(DateSource::Submitted.is_of_mail() && !DateSource::Created.is_of_mail());
        message.set(PR_CREATION_TIME, FileTime::OUTLOOK_NONE).unwrap();
        message
            .delete_props(&[
                PR_CLIENT_SUBMIT_TIME.tag(),
                PR_MESSAGE_DELIVERY_TIME.tag(),
                PR_TRANSPORT_MESSAGE_HEADERS_W.tag(),
            ])
            .unwrap();
        assert_eq!(date(), Some((DateSource::Modified, 5)));
    }
}
