//! What a conversion reports: losses and findings. Spec: msg-format 6.14.

use crate::finding::Finding;
use std::fmt;

/// One thing that a conversion could not carry over, or had to carry in another form.
///
/// `Display` prints `code: item of place: detail` on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loss {
    /// A short stable identifier, such as `named-property`.
    pub code: &'static str,
    /// The object in the message, by its way from the top: empty for the message itself,
    /// `attachment 2/recipient 0` for a recipient of the message inside the third attachment; or the
    /// part of a mail, as `part 1.2`.
    pub place: String,
    /// What it is: the name of a property, of a header field, of a file.
    pub item: String,
    /// Why, and what stands in its place if anything does.
    pub detail: String,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let safe = |text: &str| text.escape_debug().to_string();
        write!(f, "{}: {}", self.code, safe(&self.item))?;
        if !self.place.is_empty() {
            write!(f, " of {}", safe(&self.place))?;
        }
        write!(f, ": {}", safe(&self.detail))
    }
}

/// How a conversion went: what was lost, and what a lenient reading forgave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Conversion {
    /// What could not be carried, in the order in which it was met; at most
    /// [`Conversion::MAX_LOSSES`].
    pub losses: Vec<Loss>,
    /// Losses beyond that number.
    pub more_losses: u64,
    /// Deviations that were met and survived.
    pub findings: Vec<Finding>,
}

impl Conversion {
    /// The most losses that are listed one by one.
    pub const MAX_LOSSES: usize = 10_000;

    /// Notes a loss.
    pub(crate) fn lose(
        &mut self,
        code: &'static str,
        place: &str,
        item: impl Into<String>,
        detail: impl Into<String>,
    ) {
        if self.losses.len() < Conversion::MAX_LOSSES {
            let (item, detail) = (item.into(), detail.into());
            self.losses.push(Loss { code, place: place.to_owned(), item, detail });
        } else {
            self.more_losses = self.more_losses.saturating_add(1);
        }
    }
}
