//! What is known about properties by name: look-ups over the table of property facts.
//!
//! The facts are rows of `properties.tsv` (tagged) and `named.tsv` (named); `cargo xtask generate`
//! makes [`tags`](crate::tags) and [`named`](crate::named) from them, each with a static table
//! that is searched here. Nothing here reads a message.

use super::named_tags::NAMED_FACTS;
use super::tags::FACTS;
use super::{NamedProp, PropId, PropName, PropSet, PropTag, PropType};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

/// What is known about a tagged property.
#[derive(Debug)]
pub(crate) struct Fact {
    /// The tag; the Unicode one for strings.
    pub(crate) tag: PropTag,
    /// MAPI's name without `_W` and `_A`; may be empty.
    pub(crate) mapi: &'static str,
    /// The published documents' name; may be empty, but not if `mapi` is.
    pub(crate) canonical: &'static str,
    /// Where the library computes it.
    pub(crate) computed: Computed,
    /// Other names that mean the same tag.
    pub(crate) also: &'static [&'static str],
}

impl Fact {
    pub(crate) const fn new(
        tag: u32,
        mapi: &'static str,
        canonical: &'static str,
        computed: Computed,
        also: &'static [&'static str],
    ) -> Fact {
        Fact { tag: PropTag::new(tag), mapi, canonical, computed, also }
    }

    fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        named([self.mapi, self.canonical], self.also)
    }
}

/// Where the library computes a property, so that clients cannot set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Computed {
    /// Nowhere: client data.
    No,
    /// On messages.
    Message,
    /// On messages, but clients may set it until the first save.
    SavedMessage,
    /// On attachments.
    Attachment,
    /// On messages and attachments.
    Both,
}

/// The kinds of objects that hold properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectKind {
    /// A message, embedded or not.
    Message,
    /// An attachment.
    Attachment,
    /// A row of the recipient table.
    Recipient,
}

/// Whether the library computes this property on objects of this kind: the fixed-attribute list.
///
/// Whatever the type in a tag is, the identifier decides. Those of [`computed_once_saved`] are among
/// them.
///
/// Spec: imessage-contract 4.2.
pub(crate) fn computed(id: PropId, object: ObjectKind) -> bool {
    facts_of(id).iter().any(|fact| match fact.computed {
        Computed::No => false,
        Computed::Message | Computed::SavedMessage => object == ObjectKind::Message,
        Computed::Attachment => object == ObjectKind::Attachment,
        Computed::Both => object != ObjectKind::Recipient,
    })
}

/// Whether clients may set this property on a message until its first save, and not later.
///
/// Spec: imessage-contract 4.2 (`PR_CREATION_TIME`, `PR_LAST_MODIFICATION_TIME`).
pub(crate) fn computed_once_saved(id: PropId) -> bool {
    facts_of(id).iter().any(|fact| fact.computed == Computed::SavedMessage)
}

/// The name of a tag for output, such as `PR_SUBJECT_W`; `None` for tags without one.
///
/// Strings get `_W` or `_A` by their type. Properties that MAPI's headers do not name get their
/// canonical name. A known identifier with a type that is not the property's has no name.
///
/// # Example
/// ```
/// use openimsg::{PropTag, prop_name};
///
/// assert_eq!(prop_name(PropTag::new(0x0037_001E)).as_deref(), Some("PR_SUBJECT_A"));
/// assert_eq!(prop_name(PropTag::new(0x1013_0102)).as_deref(), Some("PR_HTML"));
/// assert_eq!(prop_name(PropTag::new(0x4019_0003)).as_deref(), Some("PidTagSenderFlags"));
/// assert_eq!(prop_name(PropTag::new(0x0037_0003)), None);
/// ```
#[must_use]
pub fn prop_name(tag: PropTag) -> Option<Cow<'static, str>> {
    let fact = fact(tag)?;
    Some(match (fact.mapi, tag.prop_type()) {
        ("", _) => Cow::Borrowed(fact.canonical),
        (name, PropType::PT_UNICODE | PropType::PT_MV_UNICODE) => Cow::Owned(format!("{name}_W")),
        (name, PropType::PT_STRING8 | PropType::PT_MV_STRING8) => Cow::Owned(format!("{name}_A")),
        (name, _) => Cow::Borrowed(name),
    })
}

/// The name of a tag in the published documents, such as `PidTagSubject`, if it has one.
#[must_use]
pub fn canonical_name(tag: PropTag) -> Option<&'static str> {
    fact(tag).map(|fact| fact.canonical).filter(|name| !name.is_empty())
}

/// The tag of a name: `PR_SUBJECT`, `PR_SUBJECT_W`, `PR_SUBJECT_A` or `PidTagSubject`.
///
/// Letters of either case will do. Without `_W` or `_A` a string has its Unicode tag, and who asks
/// adapts it to the form of the file. Numbers such as `0x0037001F` are no names.
///
/// # Example
/// ```
/// use openimsg::{tag_by_name, tags};
///
/// assert_eq!(tag_by_name("PR_SUBJECT"), Some(tags::PR_SUBJECT_W.tag()));
/// assert_eq!(tag_by_name("pidtagsubject"), Some(tags::PR_SUBJECT_W.tag()));
/// assert_eq!(tag_by_name("PR_IMPORTANCE_W"), None);   // not a string
/// ```
#[must_use]
pub fn tag_by_name(name: &str) -> Option<PropTag> {
    let name = name.to_ascii_lowercase();
    if let Some(fact) = tags_by_name().get(&name) {
        return Some(fact.tag);
    }
    let (stem, prop_type) = stem_and_width(&name)?;
    let tag = tags_by_name().get(stem).filter(|_| stem.starts_with("pr_"))?.tag;
    match (tag.prop_type(), prop_type) {
        (PropType::PT_UNICODE, _) => Some(tag.with_type(prop_type)),
        (PropType::PT_MV_UNICODE, PropType::PT_UNICODE) => Some(tag),
        (PropType::PT_MV_UNICODE, _) => Some(tag.with_type(PropType::PT_MV_STRING8)),
        _ => None,
    }
}

/// The known name closest to one that is unknown, for "did you mean"; `None` if none is close.
///
/// Tagged and named properties are looked at. Names of strings are given without `_W` and `_A`.
///
/// # Example
/// ```
/// assert_eq!(openimsg::suggest("PR_SUBJCT"), Some("PR_SUBJECT"));
/// assert_eq!(openimsg::suggest("subject"), Some("PR_SUBJECT"));
/// assert_eq!(openimsg::suggest("PidLidLocaton"), Some("PidLidLocation"));
/// assert_eq!(openimsg::suggest("abracadabra"), None);
/// ```
#[must_use]
pub fn suggest(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let name = stem_and_width(&name).map_or(name.as_str(), |(stem, _)| stem);
    let tagged = || FACTS.iter().flat_map(Fact::names);
    let known = || tagged().chain(NAMED_FACTS.iter().flat_map(NamedFact::names));
    let bare = |known: &str| {
        let known = known.to_ascii_lowercase();
        ["pr_", "pidtag", "pidlid", "pidname", "dispid"]
            .iter()
            .any(|prefix| known.strip_prefix(prefix) == Some(name))
    };
    if let Some(known) = known().find(|known| known.eq_ignore_ascii_case(name) || bare(known)) {
        return Some(known);
    }
    let limit = (name.len() / 4).clamp(1, 4);
    known()
        .filter(|known| known.len().abs_diff(name.len()) <= limit)
        .map(|known| (distance(known.to_ascii_lowercase().as_bytes(), name.as_bytes()), known))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// What is known about a well-known named property.
#[derive(Debug)]
pub struct NamedFact {
    set: PropSet,
    name: FactName,
    prop_type: PropType,
    canonical: &'static str,
    mapi: &'static str,
    also: &'static [&'static str],
}

#[derive(Debug, Clone, Copy)]
enum FactName {
    Id(u32),
    Text(&'static str),
}

impl NamedFact {
    pub(crate) const fn id(
        set: PropSet,
        id: u32,
        prop_type: PropType,
        canonical: &'static str,
        mapi: &'static str,
        also: &'static [&'static str],
    ) -> NamedFact {
        NamedFact { set, name: FactName::Id(id), prop_type, canonical, mapi, also }
    }

    pub(crate) const fn text(
        set: PropSet,
        text: &'static str,
        prop_type: PropType,
        canonical: &'static str,
        mapi: &'static str,
        also: &'static [&'static str],
    ) -> NamedFact {
        NamedFact { set, name: FactName::Text(text), prop_type, canonical, mapi, also }
    }

    /// The property: its set and its number or text there.
    #[must_use]
    pub fn property(&self) -> NamedProp {
        match self.name {
            FactName::Id(id) => NamedProp::id(self.set, id),
            FactName::Text(text) => NamedProp::text(self.set, text),
        }
    }

    /// The type that its value should have; the Unicode one for strings.
    #[must_use]
    pub fn prop_type(&self) -> PropType {
        self.prop_type
    }

    /// The name in the published documents, such as `PidLidLocation` or `PidNameKeywords`.
    #[must_use]
    pub fn canonical_name(&self) -> &'static str {
        self.canonical
    }

    /// The name that MAPI programs use, such as `dispidLocation`, if there is one.
    #[must_use]
    pub fn mapi_name(&self) -> Option<&'static str> {
        (!self.mapi.is_empty()).then_some(self.mapi)
    }

    fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        named([self.canonical, self.mapi], self.also)
    }
}

/// The named property of a name, and its type: `PidLidLocation`, `PidNameKeywords` or
/// `dispidLocation`, with letters of either case.
///
/// # Example
/// ```
/// use openimsg::{NamedProp, PropSet, PropType, named_by_canonical};
///
/// let location = NamedProp::id(PropSet::PSETID_APPOINTMENT, 0x8208);
/// assert_eq!(named_by_canonical("PidLidLocation"), Some((location, PropType::PT_UNICODE)));
/// ```
#[must_use]
pub fn named_by_canonical(name: &str) -> Option<(NamedProp, PropType)> {
    static BY_NAME: OnceLock<HashMap<String, &'static NamedFact>> = OnceLock::new();
    let by_name = BY_NAME.get_or_init(|| by_name(NAMED_FACTS, |fact| fact.names()));
    by_name.get(&name.to_ascii_lowercase()).map(|fact| (fact.property(), fact.prop_type))
}

/// What is known about a named property; names of Internet headers compare without case.
///
/// # Example
/// ```
/// use openimsg::{NamedProp, PropSet, named_fact};
///
/// let property = NamedProp::id(PropSet::PSETID_COMMON, 0x8514);
/// let fact = named_fact(&property).ok_or("a well-known property")?;
/// assert_eq!(fact.canonical_name(), "PidLidSmartNoAttach");
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn named_fact(property: &NamedProp) -> Option<&'static NamedFact> {
    static BY_PROPERTY: OnceLock<HashMap<NamedProp, &'static NamedFact>> = OnceLock::new();
    let facts = BY_PROPERTY
        .get_or_init(|| NAMED_FACTS.iter().map(|fact| (fact.property(), fact)).collect());
    match &property.name {
        PropName::Text(text) if property.set == PropSet::PS_INTERNET_HEADERS.0 => {
            let lower = text.to_ascii_lowercase();
            facts.get(&NamedProp::text(PropSet::PS_INTERNET_HEADERS, lower)).copied()
        }
        _ => facts.get(property).copied(),
    }
}

/// The fact of a tag, of which strings may have either width.
fn fact(tag: PropTag) -> Option<&'static Fact> {
    let wide = match tag.prop_type() {
        PropType::PT_STRING8 => tag.with_type(PropType::PT_UNICODE),
        PropType::PT_MV_STRING8 => tag.with_type(PropType::PT_MV_UNICODE),
        _ => tag,
    };
    let at = FACTS.binary_search_by_key(&wide, |fact| fact.tag).ok()?;
    FACTS.get(at)
}

/// The facts of an identifier, whatever the type.
fn facts_of(id: PropId) -> &'static [Fact] {
    let start = FACTS.partition_point(|fact| fact.tag.id() < id);
    let end = FACTS.partition_point(|fact| fact.tag.id() <= id);
    FACTS.get(start..end).unwrap_or_default()
}

fn tags_by_name() -> &'static HashMap<String, &'static Fact> {
    static BY_NAME: OnceLock<HashMap<String, &'static Fact>> = OnceLock::new();
    BY_NAME.get_or_init(|| by_name(FACTS, |fact| fact.names()))
}

/// The facts by each of their names in lower case; the generator has seen that none occurs twice.
fn by_name<F, N: Iterator<Item = &'static str>>(
    facts: &'static [F],
    names: fn(&'static F) -> N,
) -> HashMap<String, &'static F> {
    let pairs = facts.iter().flat_map(|fact| names(fact).map(move |name| (name, fact)));
    pairs.map(|(name, fact)| (name.to_ascii_lowercase(), fact)).collect()
}

/// The names that are not empty, those for output first.
fn named(
    shown: [&'static str; 2],
    also: &'static [&'static str],
) -> impl Iterator<Item = &'static str> {
    shown.into_iter().filter(|name| !name.is_empty()).chain(also.iter().copied())
}

/// A name in lower case without its `_w` or `_a`, and the string type that this stands for.
fn stem_and_width(name: &str) -> Option<(&str, PropType)> {
    let wide = name.strip_suffix("_w").map(|stem| (stem, PropType::PT_UNICODE));
    wide.or_else(|| name.strip_suffix("_a").map(|stem| (stem, PropType::PT_STRING8)))
}

/// How many bytes must be put in, taken out or replaced to make one text of the other.
fn distance(one: &[u8], other: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, byte) in one.iter().enumerate() {
        let (mut corner, mut left) = (at, at + 1);
        let mut cells = row.iter_mut();
        if let Some(first) = cells.next() {
            *first = left;
        }
        for (cell, against) in cells.zip(other) {
            let above = std::mem::replace(
                cell,
                (corner + usize::from(byte != against)).min(*cell + 1).min(left + 1),
            );
            (corner, left) = (above, *cell);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
