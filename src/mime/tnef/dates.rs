//! The dates of the old attributes. They do not tell their time zone: Outlook writes the time of its own
//! clock, Exchange UTC. A date that is a property too, in UTC, gives the difference away.

use crate::prop::PropTag;
use crate::wire::FileTime;

/// A time zone is a multiple of this many seconds away from UTC, and at most so many of these.
const QUARTER: i64 = 15 * 60;
const FARTHEST: i64 = 14 * 60 * 60;

/// The date attributes of one message, until it is known what they mean.
#[derive(Default)]
pub(super) struct Dates {
    told: Vec<(PropTag, FileTime)>,
    /// What must be added to them, in seconds.
    difference: Option<i64>,
}

impl Dates {
    /// For a message inside, which had the same writer.
    pub(super) fn inherited(&self) -> Dates {
        Dates { told: Vec::new(), difference: self.difference }
    }

    /// A date attribute and its property. Of several the first counts.
    pub(super) fn tell(&mut self, tag: PropTag, date: FileTime) {
        if self.told.iter().all(|(other, _)| *other != tag) {
            self.told.push((tag, date));
        }
    }

    /// Takes the dates that were told, in UTC as far as that can be known. `property` gives the date that
    /// a property list has for a tag.
    pub(super) fn settle(
        &mut self,
        property: impl Fn(PropTag) -> Option<FileTime>,
    ) -> Vec<(PropTag, FileTime)> {
        let told = std::mem::take(&mut self.told);
        for (tag, date) in &told {
            let difference = property(*tag).and_then(|known| between(*date, known));
            self.difference = difference.or(self.difference);
        }
        told.into_iter().map(|(tag, date)| (tag, self.in_utc(date))).collect()
    }

    /// A date attribute in UTC, if the difference is known.
    pub(super) fn in_utc(&self, date: FileTime) -> FileTime {
        let moved = date.unix_seconds().and_then(|seconds| {
            FileTime::from_unix(seconds.checked_add(self.difference.unwrap_or(0))?, 0)
        });
        moved.unwrap_or(date)
    }
}

/// Seconds from the attribute to the property, if that can be a time zone.
fn between(attribute: FileTime, property: FileTime) -> Option<i64> {
    let difference = property.unix_seconds()?.checked_sub(attribute.unix_seconds()?)?;
    let is_zone = difference % QUARTER == 0 && difference.abs() <= FARTHEST;
    is_zone.then_some(difference)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: PropTag = PropTag::new(0x0039_0040);
    const MODIFIED: PropTag = PropTag::new(0x3008_0040);

    fn at(seconds: i64) -> FileTime {
        FileTime::from_unix(1_544_866_651 + seconds, 0).unwrap()
    }

    #[test]
    fn one_date_that_is_known_moves_all_others() {
        let mut dates = Dates::default();
        dates.tell(SENT, at(0));
        dates.tell(MODIFIED, at(23));
        dates.tell(SENT, at(7));
        let settled = dates.settle(|tag| (tag == SENT).then(|| at(5 * 3600)));
        assert_eq!(settled, [(SENT, at(5 * 3600)), (MODIFIED, at(5 * 3600 + 23))]);
        assert_eq!(dates.in_utc(at(60)), at(5 * 3600 + 60));
    }

    #[test]
    fn what_can_be_no_time_zone_moves_nothing() {
        for difference in [1, 15 * 3600, -15 * 3600, 899] {
            let mut dates = Dates::default();
            dates.tell(SENT, at(0));
            assert_eq!(dates.settle(|_| Some(at(difference))), [(SENT, at(0))]);
        }
    }
}
