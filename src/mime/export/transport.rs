//! The transport headers as a source of fields. Spec: msg-format 6.3.

use crate::error::Result;
use crate::mime::fields::line::tokens;
use crate::mime::fields::{field, map, words};
use crate::msg::{Headers, Message};
use crate::tags::PR_TRANSPORT_MESSAGE_HEADERS_W;

/// The fields that a message came with.
pub(super) struct Transport(Option<Headers>);

/// Fields that speak of the way that the mail as it was took.
const TRACE: &[&str] = &[
    "received",
    "return-path",
    "authentication-results",
    "authentication-results-original",
    "dkim-signature",
    "domainkey-signature",
    "received-spf",
    "delivered-to",
    "x-received",
    "arc-seal",
    "arc-message-signature",
    "arc-authentication-results",
];
/// Fields of a system that others are not to believe, and of a body that is written anew.
const DROPPED: &[&str] =
    &["x-ms-exchange-organization", "x-ms-exchange-forest", "x-microsoft-exchange-", "content-"];
/// The most fields that are taken over.
const MAX_FIELDS: usize = 1000;

impl Transport {
    /// The transport headers of a message; those that cannot be read are none.
    pub(super) fn of(message: &Message<'_>) -> Transport {
        let block = message.get(PR_TRANSPORT_MESSAGE_HEADERS_W).ok().flatten();
        Transport(block.and_then(|block| Headers::parse(&block)))
    }

    /// The value of the first field of this name.
    pub(super) fn first<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.0.as_ref()?.first(name).filter(|value| !value.is_empty())
    }

    /// Whether a field of this name has this value.
    fn has(&self, name: &str, value: &str) -> bool {
        let own = |(field, own): (&str, &str)| field.eq_ignore_ascii_case(name) && same(own, value);
        self.0.as_ref().is_some_and(|headers| headers.fields().any(own))
    }

    /// The fields that tell how the mail came.
    pub(super) fn trace(&self) -> String {
        self.written(|name| TRACE.contains(&name))
    }

    /// The fields that nothing else writes: not in `named`, which the message has as properties.
    pub(super) fn others(&self, named: &[(String, String)]) -> Result<String> {
        let own = |name: &str| {
            map::is_known(name)
                || TRACE.contains(&name)
                || DROPPED.iter().any(|head| name.starts_with(head))
        };
        // A property that says the same stands for all fields of its name, in their order.
        let replaced: Vec<&str> = named
            .iter()
            .filter(|(name, value)| !self.has(name, value))
            .map(|(name, _)| name.as_str())
            .collect();
        Ok(self.written(|name| !own(name) && !replaced.contains(&name)))
    }

    /// How the field was spelled.
    pub(super) fn spelling(&self, name: &str) -> Option<&str> {
        let headers = self.0.as_ref()?;
        headers.fields().map(|(own, _)| own).find(|own| own.eq_ignore_ascii_case(name))
    }

    /// Whether [`Transport::others`] writes this property's field.
    pub(super) fn covers(&self, name: &str, value: &str) -> bool {
        self.has(name, value) && !DROPPED.iter().any(|head| name.starts_with(head))
    }

    fn written(&self, wanted: impl Fn(&str) -> bool) -> String {
        let Some(headers) = &self.0 else { return String::new() };
        let fields = headers.fields().filter(|(name, _)| wanted(&name.to_ascii_lowercase()));
        fields.take(MAX_FIELDS).map(|(name, value)| as_it_came(name, value)).collect()
    }
}

/// A field again: its encoded words stay; what was 8-bit becomes encoded words.
pub(super) fn as_it_came(name: &str, value: &str) -> String {
    if value.is_ascii() {
        field(name, tokens(value.trim()))
    } else {
        field(name, words::unstructured(value.trim()))
    }
}

/// Whether two values are one, however they were folded.
fn same(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
        || crate::msg::decoded_words(one).split_whitespace().eq(other.split_whitespace())
}
