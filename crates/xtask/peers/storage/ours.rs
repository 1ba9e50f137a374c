//! Our own reader's dump, without recursion: nesting is the file's choice.

use super::Answer;
use super::dump::{Digest, Dump, Facts, Item, below, escaped};
use openimsg::{CompoundFile, ElementKind, ElementName, Mode, Storage};
use std::path::Path;
use std::sync::Arc;

pub const READ: Mode = Mode::READ.and(Mode::SHARE_EXCLUSIVE);
pub const RW: Mode = Mode::READWRITE.and(Mode::SHARE_EXCLUSIVE);

/// A file of ours: it must break no rule.
pub fn read(path: &Path) -> Answer<Dump> {
    let file = CompoundFile::open(path)?;
    let worse = |f: &openimsg::Finding| f.severity() > openimsg::Severity::Note;
    if let Some(finding) = file.check()?.iter().find(|finding| worse(finding)) {
        return Err(format!("{finding:?}").into());
    }
    tree(Arc::new(file))
}

/// A file of somebody else.
pub fn read_foreign(path: &Path) -> Answer<Dump> {
    tree(Arc::new(CompoundFile::open(path)?))
}

/// Everything below a storage, which may be open for change.
pub fn tree(root: Arc<dyn Storage>) -> Answer<Dump> {
    let mut dump = Dump::new();
    let mut todo = vec![("/".to_owned(), root)];
    while let Some((path, storage)) = todo.pop() {
        let (stat, members) = (storage.stat()?, storage.elements()?);
        let class = stat.class.to_string().trim_matches(['{', '}']).to_uppercase();
        let facts = Facts {
            members: Some(members.len().try_into()?),
            class: Some(class),
            state: Some(stat.state_bits),
            times: Some((stat.created.ticks(), stat.modified.ticks())),
        };
        for name in members {
            let Some(at) = name.name else { return Err("a member without a name".into()) };
            let path = below(&path, &escaped(at.units().iter().copied()));
            match name.kind {
                ElementKind::Storage => todo.push((path, storage.open_storage(&at, READ)?)),
                ElementKind::Stream => {
                    dump.insert(path, stream(&*storage, &at, name.size)?);
                }
            }
        }
        dump.insert(path, Item::Storage(facts));
    }
    Ok(dump)
}

fn stream(storage: &dyn Storage, name: &ElementName, size: u64) -> Answer<Item> {
    let stream = storage.open_stream(name, READ)?;
    let (mut digest, mut at, mut piece) = (Digest::new(), 0, vec![0; 1 << 20]);
    loop {
        let got = stream.read_at(at, &mut piece)?;
        if got == 0 {
            break;
        }
        digest.add(piece.get(..got).unwrap_or_default());
        at += u64::try_from(got)?;
    }
    if at != size || stream.size()? != size {
        return Err(format!("{name}: {at} bytes of {size}").into());
    }
    Ok(Item::Stream { size, digest: digest.end() })
}
