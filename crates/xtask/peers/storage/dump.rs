//! The elements of a compound file, each with what a reader found.
//!
//! Programs give it as lines of fields with a tab between them:
//!
//! ```text
//! kind  path  size  class  state bits  digest  [creation time  modification time]
//! ```
//!
//! `S` is a storage, its size the number of its members; `T` a stream, its digest FNV-1a with 64 bits
//! of its bytes; `E` something that cannot be read, its size the error. A path joins names by `/`, the
//! root is `/`; in a name each UTF-16 unit but the visible ASCII characters, and `/` and `%`, is `%` and
//! four hexadecimal digits. `-` is a field that the element has not.

use std::collections::BTreeMap;
use std::fmt;

/// What was found in one element.
#[derive(Clone, PartialEq)]
pub enum Item {
    Storage(Facts),
    Stream { size: u64, digest: u64 },
    Error(String),
}

/// What is known of a storage; a reader does not tell everything.
#[derive(Clone, Default, PartialEq)]
pub struct Facts {
    pub members: Option<u64>,
    pub class: Option<String>,
    pub state: Option<u32>,
    /// Creation and modification.
    pub times: Option<(u64, u64)>,
}

/// The elements by path.
pub type Dump = BTreeMap<String, Item>;

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Item::Storage(Facts { members, class, state, times }) => {
                write!(f, "storage {members:?} {class:?} {state:?} {times:?}")
            }
            Item::Stream { size, digest } => write!(f, "stream {size} {digest:016x}"),
            Item::Error(text) => write!(f, "error {text}"),
        }
    }
}

/// FNV-1a, 64 bits, of bytes that come piece by piece.
pub struct Digest(u64);

impl Digest {
    pub fn new() -> Digest {
        Digest(0xCBF2_9CE4_8422_2325)
    }

    pub fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01B3);
        }
    }

    pub fn end(self) -> u64 {
        self.0
    }
}

/// The digest of bytes that are all there.
pub fn digest(bytes: &[u8]) -> u64 {
    let mut digest = Digest::new();
    digest.add(bytes);
    digest.end()
}

/// A name as it stands in a path.
pub fn escaped(units: impl IntoIterator<Item = u16>) -> String {
    let mut text = String::new();
    for unit in units {
        match u8::try_from(unit) {
            Ok(byte @ 0x21..=0x7E) if byte != b'/' && byte != b'%' => text.push(char::from(byte)),
            _ => text.push_str(&format!("%{unit:04X}")),
        }
    }
    text
}

/// A path of a name below another.
pub fn below(path: &str, name: &str) -> String {
    if path == "/" { format!("/{name}") } else { format!("{path}/{name}") }
}

/// Reads the lines of a program.
pub fn parse(text: &str) -> Dump {
    let mut dump = Dump::new();
    for line in text.lines() {
        let line = line.trim_end_matches('\r');
        let fields: Vec<&str> = line.split('\t').collect();
        let (path, item) = match fields.as_slice() {
            ["S", path, members, class, state, "-", times @ ..] => {
                (path, storage(members, class, state, times))
            }
            ["T", path, size, "-", "-", digest] => (path, stream(size, digest)),
            ["E", path, error, ..] => (path, Some(Item::Error((*error).to_owned()))),
            _ => (&"?", None),
        };
        let item = item.unwrap_or_else(|| Item::Error(format!("a line that is none: {line}")));
        if dump.insert((*path).to_owned(), item).is_some() {
            dump.insert((*path).to_owned(), Item::Error("listed twice".into()));
        }
    }
    dump
}

fn storage(members: &str, class: &str, state: &str, times: &[&str]) -> Option<Item> {
    let times = match times {
        [created, modified] => Some((created.parse().ok()?, modified.parse().ok()?)),
        _ => None,
    };
    Some(Item::Storage(Facts {
        members: Some(members.parse().ok()?),
        class: Some(class.to_ascii_uppercase()),
        state: Some(u32::from_str_radix(state.strip_prefix("0x")?, 16).ok()?),
        times,
    }))
}

fn stream(size: &str, digest: &str) -> Option<Item> {
    let digest = u64::from_str_radix(digest, 16).ok()?;
    Some(Item::Stream { size: size.parse().ok()?, digest })
}

/// Where two dumps differ, in words; what `theirs` does not tell is no difference.
pub fn differences(ours: &Dump, theirs: &Dump) -> Vec<String> {
    let mut found = Vec::new();
    for (path, item) in ours {
        match theirs.get(path) {
            None => found.push(format!("{path}: missing there")),
            Some(other) if !agree(item, other) => {
                found.push(format!("{path}: ours {item:?}, theirs {other:?}"));
            }
            Some(_) => {}
        }
    }
    let more = theirs.keys().filter(|path| !ours.contains_key(*path));
    found.extend(more.map(|path| format!("{path}: only there: {:?}", theirs.get(path))));
    found
}

fn agree(ours: &Item, theirs: &Item) -> bool {
    match (ours, theirs) {
        (Item::Storage(ours), Item::Storage(theirs)) => {
            told(&ours.members, &theirs.members)
                && told(&ours.class, &theirs.class)
                && told(&ours.state, &theirs.state)
                && told(&ours.times, &theirs.times)
        }
        _ => ours == theirs,
    }
}

fn told<T: PartialEq>(ours: &Option<T>, theirs: &Option<T>) -> bool {
    ours.is_none() || theirs.is_none() || ours == theirs
}
