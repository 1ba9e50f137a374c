//! Reading JSON with precise complaints: each [`Node`] knows its text, its path and its line.

use super::text;
use crate::errors::Failure;
use openimsg::Text;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// How deep arrays and objects that we look into may nest.
const MAX_DEPTH: usize = 512;

/// One value of a JSON text.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    source: &'a str,
    raw: &'a RawValue,
    path: String,
    depth: usize,
}

/// The members of an object, each to be taken once; see [`Fields::finish`].
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    members: Vec<(String, Option<Node<'a>>)>,
    asked: Vec<&'static str>,
    owner: Node<'a>,
}

/// The values that follow each other in `source`, as one per line or otherwise.
///
/// Paths begin with `$`, of several values with `$1`, `$2` and so on.
pub(crate) fn documents(source: &str) -> Result<Vec<Node<'_>>, Failure> {
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(source).into_iter::<&RawValue>() {
        let raw = value.map_err(|error| Failure::new("parse JSON", error.to_string()))?;
        values.push(Node { source, raw, path: "$".into(), depth: 0 });
    }
    if values.len() > 1 {
        for (number, node) in (1..).zip(&mut values) {
            node.path = format!("${number}");
        }
    }
    Ok(values)
}

impl<'a> Node<'a> {
    fn child(&self, raw: &'a RawValue, path: String) -> Node<'a> {
        Node { source: self.source, raw, path, depth: self.depth + 1 }
    }

    /// A complaint about this value.
    pub(crate) fn complain(&self, reason: impl Into<String>) -> Failure {
        Failure::new("read specification", reason).at(self.place())
    }

    fn expected(&self, what: &str) -> Failure {
        let (found, rest) = crate::text::cut(self.raw.get(), 40);
        self.complain(format!("expected {what}, found {found}{}", rest.map_or("", |_| "..")))
    }

    /// Path and line, such as `$.to[1], line 7`.
    pub(crate) fn place(&self) -> String {
        let start = self.source.as_ptr().addr();
        let offset = self.raw.get().as_ptr().addr().saturating_sub(start);
        let before = self.source.get(..offset).unwrap_or_default();
        format!("{}, line {}", self.path, before.matches('\n').count() + 1)
    }

    fn first(&self) -> u8 {
        self.raw.get().bytes().next().unwrap_or(0)
    }

    pub(crate) fn is_object(&self) -> bool {
        self.first() == b'{'
    }

    pub(crate) fn is_array(&self) -> bool {
        self.first() == b'['
    }

    pub(crate) fn is_string(&self) -> bool {
        self.first() == b'"'
    }

    pub(crate) fn is_null(&self) -> bool {
        self.first() == b'n'
    }

    fn check_depth(&self) -> Result<(), Failure> {
        if self.depth < MAX_DEPTH { Ok(()) } else { Err(self.complain("nested too deeply")) }
    }

    /// The members of an object.
    pub(crate) fn object(&self) -> Result<Fields<'a>, Failure> {
        if !self.is_object() {
            return Err(self.expected("an object"));
        }
        self.check_depth()?;
        let pairs: Pairs<'a> = serde_json::from_str(self.raw.get())
            .map_err(|error| self.complain(error.to_string()))?;
        let mut members: Vec<(String, Option<Node<'a>>)> = Vec::with_capacity(pairs.0.len());
        for (key, raw) in pairs.0 {
            let node = self.child(raw, join(&self.path, &key));
            members.push((key, Some(node)));
        }
        let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        if let Some(key) = keys.windows(2).find_map(|w| match w {
            [a, b] if a == b => Some(*a),
            _ => None,
        }) {
            return Err(self.complain(format!("the key \"{key}\" is given twice")));
        }
        Ok(Fields { members, asked: Vec::new(), owner: self.clone() })
    }

    /// The elements of an array.
    pub(crate) fn array(&self) -> Result<Vec<Node<'a>>, Failure> {
        if !self.is_array() {
            return Err(self.expected("an array"));
        }
        self.check_depth()?;
        let raws: Vec<&'a RawValue> = serde_json::from_str(self.raw.get())
            .map_err(|error| self.complain(error.to_string()))?;
        let child = |(at, raw)| self.child(raw, format!("{}[{at}]", self.path));
        Ok(raws.into_iter().enumerate().map(child).collect())
    }

    /// A string that may hold unpaired surrogates.
    pub(crate) fn text(&self) -> Result<Text, Failure> {
        if !self.is_string() {
            return Err(self.expected("a string"));
        }
        text::parse(self.raw.get()).map_err(|error| self.complain(error.to_string()))
    }

    /// A string of sound Unicode.
    pub(crate) fn string(&self) -> Result<String, Failure> {
        let text = self.text()?;
        match text.as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(self.complain("an unpaired surrogate cannot stand here")),
        }
    }

    pub(crate) fn bool(&self) -> Result<bool, Failure> {
        match self.raw.get() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.expected("true or false")),
        }
    }

    /// The digits of a number.
    pub(crate) fn number(&self) -> Result<&'a str, Failure> {
        match self.first() {
            b'-' | b'0'..=b'9' => Ok(self.raw.get()),
            _ => Err(self.expected("a number")),
        }
    }

    /// A whole number that fits.
    pub(crate) fn int<T: std::str::FromStr>(&self) -> Result<T, Failure> {
        let digits = self.number()?;
        digits.parse().map_err(|_| self.complain(format!("{digits} does not fit here")))
    }

    /// The bytes of a base64 string.
    pub(crate) fn base64(&self) -> Result<Vec<u8>, Failure> {
        use base64::Engine as _;
        let text = self.string()?;
        let engine = base64::engine::general_purpose::STANDARD;
        engine.decode(text).map_err(|error| self.complain(format!("not base64: {error}")))
    }

    /// A string that parses.
    pub(crate) fn parsed<T, E: fmt::Display>(
        &self,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, Failure> {
        parse(&self.string()?).map_err(|error| self.complain(error.to_string()))
    }
}

impl<'a> Fields<'a> {
    /// Takes a member; `None` if it is not there.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<Node<'a>> {
        self.asked.push(key);
        self.members.iter_mut().find(|(name, _)| name == key)?.1.take()
    }

    /// Takes a member that must be there.
    pub(crate) fn require(&mut self, key: &'static str) -> Result<Node<'a>, Failure> {
        self.take(key).ok_or_else(|| self.owner.complain(format!("\"{key}\" is missing")))
    }

    /// Whether a member of this name is there and not yet taken.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.members.iter().any(|(name, node)| name == key && node.is_some())
    }

    /// The members that were not taken, for objects whose keys are free.
    pub(crate) fn rest(self) -> impl Iterator<Item = (String, Node<'a>)> {
        self.members.into_iter().filter_map(|(key, node)| Some((key, node?)))
    }

    /// The object itself, to complain about.
    pub(crate) fn owner(&self) -> &Node<'a> {
        &self.owner
    }

    /// Complains about the first member that nobody asked for.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let Fields { members, asked, .. } = self;
        let Some((key, node)) = members.into_iter().find_map(|(k, n)| Some((k, n?))) else {
            return Ok(());
        };
        let near = asked.iter().find(|known| is_near(known, &key));
        let hint = match near {
            Some(known) => format!("did you mean \"{known}\"?"),
            None => format!("the keys here are {}", asked.join(", ")),
        };
        Err(node.complain(format!("unknown key \"{key}\"; {hint}")))
    }
}

/// Whether one slip of the finger makes one of the other.
fn is_near(known: &str, key: &str) -> bool {
    let fold = |text: &str| text.to_lowercase().replace(['_', '-', ' '], "");
    let (a, b) = (fold(known), fold(key));
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    let same_front = short.chars().zip(long.chars()).take_while(|(x, y)| x == y).count();
    let back = short.chars().rev().zip(long.chars().rev()).take_while(|(x, y)| x == y).count();
    let (short, long) = (short.chars().count(), long.chars().count());
    long - short <= 1 && long > 2 && same_front + back >= long.min(short + 1) - 1
}

fn join(path: &str, key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !key.is_empty() && key.chars().all(plain) {
        format!("{path}.{key}")
    } else {
        format!("{path}[{key:?}]")
    }
}

struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(InOrder).map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(source: &str) -> Node<'_> {
        documents(source).unwrap().remove(0)
    }

    #[test]
    fn an_unknown_key_is_named_with_its_path_and_line() {
        let source = "[\n {\"subject\": \"a\"},\n {\"subjct\": \"b\"}\n]";
        let items = one(source).array().unwrap();
        let mut fields = items[1].object().unwrap();
        assert!(fields.take("subject").is_none());
        let error = fields.finish().unwrap_err().to_string();
        assert!(error.contains("\"subjct\"") && error.contains("did you mean \"subject\"?"));
        assert!(error.ends_with("($[1].subjct, line 3)"), "{error}");
    }

    #[test]
    fn near_keys_are_one_slip_away() {
        for key in ["subjct", "subjects", "Subject", "subjeckt", "subjetc", "sub_ject"] {
            assert_eq!(is_near("subject", key), key != "subjetc", "{key}");
        }
        assert!(is_near("content_id", "contentId") && is_near("content_id", "content-id"));
        assert!(!is_near("to", "cc") && !is_near("file", "from"));
    }

    #[test]
    fn a_key_given_twice_is_refused() {
        assert!(one(r#"{"a":1,"b":2,"a":3}"#).object().is_err());
    }

    #[test]
    fn several_documents_may_follow_each_other() {
        let nodes = documents("{\"a\":1}\n{\"b\":[true]}\n").unwrap();
        assert_eq!(nodes.len(), 2);
        let flag = nodes[1].object().unwrap().take("b").unwrap().array().unwrap().remove(0);
        assert!(flag.bool().unwrap());
        assert_eq!(flag.place(), "$2.b[0], line 2");
        assert!(documents("").unwrap().is_empty());
        assert!(documents("{\"a\":").is_err());
    }

    #[test]
    fn values_are_read_by_kind_and_complaints_say_what_was_there() {
        let node = one(r#"{"n":-7,"big":18446744073709551615,"t":"\ud800","s":"x","f":1.5}"#);
        let mut fields = node.object().unwrap();
        assert_eq!(fields.take("n").unwrap().int::<i32>().unwrap(), -7);
        assert_eq!(fields.take("big").unwrap().int::<u64>().unwrap(), u64::MAX);
        let text = fields.take("t").unwrap();
        assert_eq!(text.text().unwrap(), Text::from_units(&[0xD800]));
        assert!(text.string().is_err());
        let error = fields.take("s").unwrap().int::<i32>().unwrap_err().to_string();
        assert!(error.contains("expected a number, found \"x\""), "{error}");
        assert!(fields.take("f").unwrap().int::<i32>().is_err());
        assert!(fields.finish().is_ok());
    }

    #[test]
    fn a_bomb_of_brackets_is_an_error_not_a_crash() {
        let bomb = "[".repeat(100_000) + &"]".repeat(100_000);
        let Ok(mut nodes) = documents(&bomb) else { return };
        let mut node = nodes.remove(0);
        let error = loop {
            match node.array() {
                Ok(mut inner) => node = inner.remove(0),
                Err(error) => break error,
            }
        };
        assert!(error.to_string().contains("nested too deeply"));
    }
}
