//! Which header field is which property, where one value is one value. Spec: msg-format 6.2.
//!
//! Both directions read this table. What needs more than a value (addresses, the subject, dates of the
//! mail, receipts, flags) is written out in `export` and `import`; every field that neither knows is a
//! named property of PS_INTERNET_HEADERS.

use crate::prop::named_tags::{
    PID_LID_CLASSIFICATION, PID_LID_CLASSIFICATION_DESCRIPTION, PID_LID_CLASSIFICATION_GUID,
    PID_LID_CLASSIFICATION_KEEP, PID_LID_CLASSIFIED,
};
use crate::prop::{NamedTag, PropId, kind};

/// Where the value of a field is kept, and how it is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stored {
    /// Text as it is.
    Text(PropId),
    /// A decimal number.
    Long(PropId),
    /// One of these words.
    Words(PropId, &'static [(&'static str, i32)]),
    /// A bit mask: words joined with commas; `All` for -1, `None` for 0.
    Bits(PropId, &'static [(&'static str, i32)]),
    /// `true` or `false`.
    Flag(PropId),
    /// A date.
    Time(PropId),
    /// Bytes, in base64.
    Bytes(PropId),
    /// Bytes that are ASCII text with a NUL at the end.
    Octets(PropId),
    /// Text under a name.
    NamedText(NamedTag<kind::Unicode>),
    /// `true` or `false` under a name.
    NamedFlag(NamedTag<kind::Boolean>),
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    /// The field as it is written.
    pub(crate) field: &'static str,
    /// Other names under which it is read.
    pub(crate) also: &'static [&'static str],
    /// Where its value is.
    pub(crate) stored: Stored,
}

/// The words of Importance.
pub(crate) const IMPORTANCE: &[(&str, i32)] = &[("Low", 0), ("Normal", 1), ("High", 2)];
/// `PR_IMPORTANCE`.
pub(crate) const PR_IMPORTANCE: PropId = PropId::new(0x0017);
const SENSITIVITY: &[(&str, i32)] =
    &[("Normal", 0), ("Personal", 1), ("Private", 2), ("Company-Confidential", 3)];
const SENDER_ID: &[(&str, i32)] = &[
    ("Neutral", 1),
    ("Pass", 2),
    ("Fail", 3),
    ("SoftFail", 4),
    ("None", 5),
    ("TempError", 6),
    ("PermError", 7),
];
const SUPPRESS: &[(&str, i32)] =
    &[("DR", 1), ("NDR", 2), ("RN", 4), ("NRN", 8), ("OOF", 0x10), ("AutoReply", 0x20)];

const fn id(value: u16) -> PropId {
    PropId::new(value)
}

const fn rule(field: &'static str, stored: Stored) -> Rule {
    Rule { field, also: &[], stored }
}

/// The table.
pub(crate) const RULES: &[Rule] = &[
    rule("Message-ID", Stored::Text(id(0x1035))),
    rule("In-Reply-To", Stored::Text(id(0x1042))),
    rule("References", Stored::Text(id(0x1039))),
    rule("Thread-Topic", Stored::Text(id(0x0070))),
    rule("Thread-Index", Stored::Bytes(id(0x0071))),
    rule("Importance", Stored::Words(PR_IMPORTANCE, IMPORTANCE)),
    rule("Sensitivity", Stored::Words(id(0x0036), SENSITIVITY)),
    rule("Reply-By", Stored::Time(id(0x0030))),
    Rule { field: "Expires", also: &["Expiry-Date"], stored: Stored::Time(id(0x0015)) },
    rule("Deferred-Delivery", Stored::Time(id(0x000F))),
    Rule { field: "List-Help", also: &["X-List-Help"], stored: Stored::Text(id(0x1043)) },
    Rule { field: "List-Subscribe", also: &["X-List-Subscribe"], stored: Stored::Text(id(0x1044)) },
    Rule {
        field: "List-Unsubscribe",
        also: &["X-List-Unsubscribe"],
        stored: Stored::Text(id(0x1045)),
    },
    rule("Precedence", Stored::Text(id(0x1041))),
    rule("X-Auto-Response-Suppress", Stored::Bits(id(0x3FDF), SUPPRESS)),
    rule("X-MS-Exchange-Organization-AutoForwarded", Stored::Flag(id(0x0005))),
    rule("X-MS-Exchange-Organization-SCL", Stored::Long(id(0x4076))),
    rule("X-MS-Exchange-Organization-SenderIdResult", Stored::Words(id(0x4079), SENDER_ID)),
    rule("X-MS-Exchange-Organization-PRD", Stored::Text(id(0x4083))),
    rule("X-MS-TNEF-Correlator", Stored::Octets(id(0x007F))),
    rule("X-Microsoft-Classified", Stored::NamedFlag(PID_LID_CLASSIFIED)),
    rule("X-Microsoft-Classification", Stored::NamedText(PID_LID_CLASSIFICATION)),
    rule("X-Microsoft-ClassDesc", Stored::NamedText(PID_LID_CLASSIFICATION_DESCRIPTION)),
    rule("X-Microsoft-ClassID", Stored::NamedText(PID_LID_CLASSIFICATION_GUID)),
    rule("X-Microsoft-ClassKeep", Stored::NamedFlag(PID_LID_CLASSIFICATION_KEEP)),
    rule("X-CallingTelephoneNumber", Stored::Text(id(0x6802))),
    rule("X-VoiceMessageDuration", Stored::Long(id(0x6801))),
    rule("X-VoiceMessageSenderName", Stored::Text(id(0x6803))),
    rule("X-FaxNumberOfPages", Stored::Long(id(0x6804))),
    rule("X-AttachmentOrder", Stored::Text(id(0x6805))),
    rule("X-CallID", Stored::Text(id(0x6806))),
];

/// Fields that are written anew for the body that is written, or by rules of their own; never taken
/// from a named property.
pub(crate) const OWN: &[&str] = &[
    "from",
    "sender",
    "to",
    "cc",
    "bcc",
    "reply-to",
    "subject",
    "date",
    "mime-version",
    "keywords",
    "priority",
    "x-priority",
    "x-msmail-priority",
    "return-receipt-to",
    "disposition-notification-to",
    "x-message-flag",
    "content-language",
    "content-id",
    "content-location",
    "x-ms-has-attach",
    "x-unsent",
    "auto-submitted",
    "received",
    "return-path",
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
    "content-description",
];

/// The row of a field.
pub(crate) fn rule_of(field: &str) -> Option<&'static Rule> {
    let named = |name: &&str| name.eq_ignore_ascii_case(field);
    RULES.iter().find(|rule| named(&rule.field) || rule.also.iter().any(named))
}

/// Whether a field has a rule, here or elsewhere, and so is no named property.
pub(crate) fn is_known(field: &str) -> bool {
    OWN.iter().any(|own| own.eq_ignore_ascii_case(field)) || rule_of(field).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_one_rule() {
        let mut names: Vec<String> = OWN.iter().map(|own| (*own).to_owned()).collect();
        for rule in RULES {
            names.push(rule.field.to_lowercase());
            names.extend(rule.also.iter().map(|also| also.to_lowercase()));
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(is_known("MESSAGE-ID") && is_known("expiry-date") && !is_known("X-Mailer"));
    }
}
