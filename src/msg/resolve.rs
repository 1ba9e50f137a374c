//! Finding the SMTP address of somebody, and telling whether two names are one person's.
//!
//! Nothing is invented and nobody is taken for somebody else: an address of the transport headers
//! counts for a person whom only a directory knows if the header names the same person, and there is
//! no choice. Spec: F-057 (msg-format 2.6.5, Q-28, Q-29), docs/decisions/0018.

use super::address::{is_smtp, looks_like_address};
use super::body::Body;
use super::handle::ObjectId;
use super::headers::Headers;
use super::recipient::{Recipient, RecipientType};
use super::sender::Mailbox;
use crate::error::{Error, Result};
use crate::prop::PropId;
use std::collections::HashMap;

/// What an object says about somebody.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) name: Option<String>,
    /// The property that holds SMTP addresses and nothing else.
    pub(crate) smtp: Option<String>,
    /// The type of `stored`.
    pub(crate) kind: Option<String>,
    pub(crate) stored: Option<String>,
    /// From an entry identifier.
    pub(crate) one_off: Option<String>,
    pub(crate) search_key: Option<String>,
    /// From properties that seldom exist.
    pub(crate) other: Option<String>,
}

/// Name and best address. Spec: F-057.
pub(crate) fn resolve(known: Known) -> Mailbox {
    let Known { name, smtp, kind, stored, one_off, search_key, other } = known;
    let is_x500 = |text: &String| kind.as_deref().is_some_and(is_exchange) || looks_like_x500(text);
    let x500 = stored.clone().filter(|text| is_x500(text) && !looks_like_address(text));
    let own = smtp.filter(|smtp| looks_like_address(smtp) || stored.is_none());
    let typed = |text: &String| is_smtp(kind.as_deref()) || looks_like_address(text);
    let direct = own.or_else(|| stored.clone().filter(typed));
    // Some programs store name and address the wrong way round.
    if let (Some(swapped), Some(nick)) = (&name, &stored)
        && x500.is_none()
        && looks_like_address(swapped)
        && !direct.as_deref().is_some_and(looks_like_address)
        && !nick.contains('@')
    {
        return Mailbox { name: Some(nick.clone()), address: Some(swapped.clone()), x500 };
    }
    let address = direct.or(one_off).or(other).or(search_key);
    let from_name = || name.clone().filter(|name| looks_like_address(name));
    let address = address.or_else(from_name).or(stored);
    Mailbox { name, address, x500 }
}

fn is_exchange(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("EX")
}

fn looks_like_x500(text: &str) -> bool {
    let head = text.get(..3).unwrap_or_default();
    head.eq_ignore_ascii_case("/o=") || head.eq_ignore_ascii_case("/c=")
}

/// Name and best address of a row.
pub(crate) fn of_row(row: &Recipient) -> Mailbox {
    let text = |id| row.text(id).filter(|text: &String| !text.trim().is_empty());
    let one_off = |id| super::address::one_off_smtp(row.binary(id)?);
    let mut found = resolve(Known {
        name: text(0x3001).or_else(|| text(0x5FF6)),
        smtp: text(0x39FE),
        kind: text(0x3002),
        stored: text(0x3003),
        one_off: one_off(0x0FFF).or_else(|| one_off(0x5FF7)),
        search_key: row.binary(0x300B).and_then(super::address::search_key_smtp),
        other: [0x403E, 0x5FF5]
            .into_iter()
            .find_map(|id| text(id).filter(|t| looks_like_address(t))),
    });
    if !found.has_smtp_address()
        && let Some(address) = row.found_address()
    {
        found.address = Some(address.to_owned());
    }
    found
}

/// Adds what the message knows about rows that do not say it themselves: an address from the headers
/// To, Cc and Bcc, by the display name; the kind from the display lists. Spec: Q-27.
fn complete(rows: &mut [Recipient], headers: Option<&Headers>, lists: &DisplayLists) {
    for row in rows.iter_mut().filter(|row| row.raw_kind().is_none()) {
        if let Some(kind) = row.display_name().and_then(|name| lists.kind_of(&name)) {
            row.set_found_kind(kind);
        }
    }
    let Some(headers) = headers else { return };
    // By name in lower case: how many rows have it, so that two people of one name stay apart.
    let mut count: HashMap<(RecipientType, String), usize> = HashMap::new();
    for row in rows.iter() {
        if let Some(name) = row.display_name() {
            *count.entry((row.kind(), key(&name))).or_default() += 1;
        }
    }
    let mut named: HashMap<RecipientType, HashMap<String, Option<String>>> = HashMap::new();
    for row in rows.iter_mut() {
        let mailbox = row.mailbox();
        let known = mailbox.has_smtp_address();
        let (Some(name), false) = (mailbox.name, known) else { continue };
        let kind = row.kind();
        let field = match kind {
            RecipientType::To => "to",
            RecipientType::Cc => "cc",
            RecipientType::Bcc => "bcc",
            _ => continue,
        };
        if count.get(&(kind, key(&name))) != Some(&1) {
            continue;
        }
        let found = named.entry(kind).or_insert_with(|| addresses_by_name(headers, field));
        if let Some(Some(address)) = found.get(&key(&name)) {
            row.set_found_address(address.clone());
        }
    }
}

impl Body {
    /// The recipients with what the rest of the message knows about them. It is only read if a row
    /// needs it.
    pub(crate) fn resolved_recipients(&mut self, id: ObjectId) -> Result<Vec<Recipient>> {
        let mut rows = self.recipients(id)?;
        let kindless = rows.iter().any(|row| row.raw_kind().is_none());
        let unknown = |row: &Recipient| {
            let smtp = |id| row.text_ref(id).is_some_and(|text| looks_like_address(&text));
            if smtp(0x39FE) || smtp(0x3003) {
                return false;
            }
            let mailbox = row.mailbox();
            mailbox.name.is_some() && !mailbox.has_smtp_address()
        };
        let wanting = rows.iter().any(unknown);
        if !kindless && !wanting {
            return Ok(rows);
        }
        let mut lists = DisplayLists::default();
        if kindless {
            let mut list =
                |prop| Ok::<_, Error>(self.stored_text(id, PropId::new(prop))?.unwrap_or_default());
            lists = DisplayLists { to: list(0x0E04)?, cc: list(0x0E03)?, bcc: list(0x0E02)? };
        }
        let headers = if wanting { self.transport_headers(id)? } else { None };
        complete(&mut rows, headers.as_ref(), &lists);
        Ok(rows)
    }
}

/// The addresses of a field by name; `None` for a name that has several.
fn addresses_by_name(headers: &Headers, field: &str) -> HashMap<String, Option<String>> {
    let mut found: HashMap<String, Option<String>> = HashMap::new();
    for mailbox in headers.mailboxes(field) {
        let Some(name) = mailbox.name else { continue };
        let address = mailbox.address;
        found
            .entry(key(&name))
            .and_modify(|known| {
                if !known.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(&address)) {
                    *known = None;
                }
            })
            .or_insert(Some(address));
    }
    found
}

/// Names that only differ in case, quotation marks, spaces and the order of their words are one.
fn key(name: &str) -> String {
    let mut words = words(name);
    words.sort_unstable();
    words.join(" ")
}

/// `PR_DISPLAY_TO`, `PR_DISPLAY_CC` and `PR_DISPLAY_BCC`.
#[derive(Default)]
struct DisplayLists {
    to: String,
    cc: String,
    bcc: String,
}

impl DisplayLists {
    /// The list that a name is in, if it is in one only.
    fn kind_of(&self, name: &str) -> Option<RecipientType> {
        let lists = [
            (&self.to, RecipientType::To),
            (&self.cc, RecipientType::Cc),
            (&self.bcc, RecipientType::Bcc),
        ];
        let holds = |list: &str| list.split(';').any(|own| own.trim() == name.trim());
        let mut found = lists.into_iter().filter(|(list, _)| holds(list)).map(|(_, kind)| kind);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }
}

/// The words of a name in lower case.
fn words(name: &str) -> Vec<String> {
    let parts = name.split(|c: char| !c.is_alphanumeric());
    parts.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// How many words of a name are looked at.
const MAX_WORDS: usize = 32;

/// Whether two names are of one person: the same words in any order, or two words and more of which
/// the other has all ("Ribeiro, Ana M. (Sales)", "Ana Ribeiro"). Two people who share a family name
/// are two.
pub(crate) fn names_agree(one: &str, other: &str) -> bool {
    let set = |name| {
        let mut words = words(name);
        words.sort_unstable();
        words.dedup();
        words
    };
    let (one, other) = (set(one), set(other));
    let (few, many) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    if few.is_empty() || many.len() > MAX_WORDS {
        return false;
    }
    let all = few.iter().all(|word| many.contains(word));
    let telling = few.iter().filter(|word| word.chars().count() > 1).count();
    all && (few.len() == many.len() || telling >= 2)
}

/// Whether the local part of an address is made of a name: it has a word of it, or is one of its words.
pub(crate) fn local_part_confirms(name: &str, address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default().to_lowercase();
    let long = |word: &&String| word.chars().count() >= 3;
    words(name).iter().filter(long).take(MAX_WORDS).any(|word| local.contains(word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_agree_in_any_order_but_a_family_is_not_one_person() {
        for (one, other) in [
            ("Ana Ribeiro", "ana ribeiro"),
            ("Ribeiro, Ana", "Ana Ribeiro"),
            ("Ashley, Carl E (PACE)", "Ashley, Carl E"),
            ("山田 太郎", "山田 太郎"),
            ("'Ana'", "Ana"),
        ] {
            assert!(names_agree(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("Ana Ribeiro", "Ana Mallory"),
            ("Ana", "Ana Ribeiro"),
            ("Smith, J.", "J. Miller Smith-Jones"),
            ("", ""),
            ("Ana", ""),
            ("...", "---"),
        ] {
            assert!(!names_agree(one, other), "{one} {other}");
        }
    }

    #[test]
    fn a_swapped_name_is_swapped_back_but_an_x500_name_is_no_nick_name() {
        let known = |stored: &str, kind: &str| Known {
            name: Some("ana@example.org".into()),
            stored: Some(stored.into()),
            kind: Some(kind.into()),
            ..Known::default()
        };
        let found = resolve(known("Ana", "SMTP"));
        assert_eq!(
            (found.name.as_deref(), found.address.as_deref()),
            (Some("Ana"), Some("ana@example.org"))
        );
        let found = resolve(known("/o=Org/cn=ana", "EX"));
        assert_eq!(found.name.as_deref(), Some("ana@example.org"));
        assert_eq!(found.address.as_deref(), Some("ana@example.org"));
        assert_eq!(found.x500.as_deref(), Some("/o=Org/cn=ana"));
    }
}
