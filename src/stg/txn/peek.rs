//! Looking at members without making nodes of them: what is read once and let go, as all values of
//! tens of thousands of rows are, leaves nothing behind.

use super::super::MEMBER_READ;
use super::super::cfb::Cfb;
use super::super::mode::ElementKind;
use super::super::name::ElementName;
use super::handle::{TxnStorage, key};
use super::node::{Member, Source, StorageNode, StreamNode};
use crate::error::{Code, Result};
use std::borrow::Cow;
use std::sync::Arc;

/// Where the bytes of a member are.
enum Found {
    Nothing,
    /// In a committed file, at this slot.
    Committed(Arc<Cfb>, u32, ElementKind),
    Stream(Arc<StreamNode>),
    Storage(Arc<StorageNode>),
    /// In a storage of somebody else.
    Foreign,
}

/// Looks for a member in this level and, while nothing touched it, in those below.
fn look(node: &Arc<StorageNode>, name: &ElementName) -> Result<Found> {
    let mut node = Arc::clone(node);
    loop {
        let unseen = {
            let state = node.read();
            match &state.source {
                // Nobody looked into this level yet: it is as the one below.
                Source::Outer(outer) if state.members.is_none() => Some(Arc::clone(outer)),
                _ => None,
            }
        };
        if let Some(outer) = unseen {
            node = outer;
            continue;
        }
        let below = {
            let state = node.loaded_read()?;
            match state.members.as_ref().and_then(|members| members.get(name)) {
                None => return Ok(Found::Nothing),
                Some(Member::Stream(node)) => return Ok(Found::Stream(Arc::clone(node))),
                Some(Member::Storage(node)) => return Ok(Found::Storage(Arc::clone(node))),
                Some(Member::Untouched(kind, slot)) => match &state.source {
                    Source::Committed(cfb, _) => {
                        return Ok(Found::Committed(Arc::clone(cfb), *slot, *kind));
                    }
                    Source::Outer(outer) => Arc::clone(outer),
                    Source::Foreign(_) => return Ok(Found::Foreign),
                    Source::New => return Ok(Found::Nothing),
                },
            }
        };
        node = below;
    }
}

/// The slot of a storage that is as it was committed, in all levels.
fn committed(node: &StorageNode) -> Option<(Arc<Cfb>, u32)> {
    let state = node.read();
    match &state.source {
        Source::Committed(cfb, slot) if !state.dirty && state.members.is_none() => {
            Some((Arc::clone(cfb), *slot))
        }
        _ => None,
    }
}

impl TxnStorage {
    /// Hands the bytes of a stream to `work`. `None` where it has to be opened for that.
    pub(super) fn peek_stream(
        &self,
        name: &ElementName,
        limit: u64,
        work: &mut dyn FnMut(&[u8]),
    ) -> Result<Option<bool>> {
        const DOING: &str = "open stream";
        self.check_grant(MEMBER_READ, Code::StgInvalidFlag, DOING)?;
        if self.root.simple {
            return Ok(None);
        }
        let _gate = self.root.shared();
        match look(&self.node, name)? {
            Found::Nothing | Found::Storage(_) => Ok(Some(false)),
            Found::Committed(_, _, ElementKind::Storage) => Ok(Some(false)),
            Found::Committed(cfb, slot, ElementKind::Stream) => {
                let bytes = cfb.bytes(slot, limit)?;
                Ok(bytes.map(|bytes| {
                    work(&bytes);
                    true
                }))
            }
            Found::Stream(node) if !self.claim.is_open(key(&node)) => {
                let content = node.read().pages.content();
                let bytes = content.as_bytes().filter(|bytes| bytes.len() as u64 <= limit);
                Ok(bytes.map(|bytes| {
                    work(bytes);
                    true
                }))
            }
            Found::Stream(_) | Found::Foreign => Ok(None),
        }
    }

    /// Hands the streams of a member storage whose names are wanted to `work`. False where they have to be opened for that.
    pub(super) fn peek_streams_of(
        &self,
        name: &ElementName,
        wanted: &dyn Fn(&ElementName) -> bool,
        work: &mut dyn FnMut(&ElementName, Cow<'_, [u8]>),
    ) -> Result<bool> {
        const DOING: &str = "open storage";
        self.check_storages(DOING)?;
        self.check_grant(MEMBER_READ, Code::StgAccessDenied, DOING)?;
        let _gate = self.root.shared();
        let place = match look(&self.node, name)? {
            Found::Committed(cfb, slot, ElementKind::Storage) => Some((cfb, slot)),
            Found::Storage(node) if !self.claim.is_open(key(&node)) => committed(&node),
            _ => None,
        };
        match place {
            Some((cfb, slot)) => cfb.each_stream_below(slot, wanted, work),
            None => Ok(false),
        }
    }

    /// Hands the names of all member storages to `work`.
    pub(super) fn peek_storages(&self, work: &mut dyn FnMut(&ElementName)) -> Result<()> {
        self.claim.check("enumerate elements")?;
        let _gate = self.root.shared();
        let state = self.node.loaded_read()?;
        let members = state.members.iter().flatten();
        let storages = members.filter(|(_, member)| member.kind() == ElementKind::Storage);
        storages.for_each(|(name, _)| work(name));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stg::MEMBER_RW;
    use crate::{CommitFlags, CompoundFile, Mode, Storage};

    fn name(text: &str) -> ElementName {
        ElementName::new(text).unwrap()
    }

    /// A storage with two streams, committed, below two more levels.
    fn levels() -> (CompoundFile, Arc<dyn Storage>) {
        let file = CompoundFile::memory();
        let outer = file.create_storage(&name("outer"), MEMBER_RW).unwrap();
        let row = outer.create_storage(&name("row"), MEMBER_RW).unwrap();
        for (stream, len) in [("a", 3), ("b", 5000)] {
            row.create_stream(&name(stream), MEMBER_RW)
                .unwrap()
                .write_at(0, &vec![7; len])
                .unwrap();
        }
        drop((outer, row));
        file.commit(CommitFlags::empty()).unwrap();
        let file = CompoundFile::edit_bytes(file.to_bytes().unwrap()).unwrap();
        let mode = MEMBER_RW.and(Mode::TRANSACTED);
        let level = file.open_storage(&name("outer"), mode).unwrap();
        (file, level)
    }

    fn streams_of(level: &Arc<dyn Storage>) -> Result<Option<Vec<(String, usize)>>> {
        let mut found = Vec::new();
        let done = level.each_stream_of(&name("row"), &|_| true, &mut |name, bytes| {
            found.push((name.to_string(), bytes.len()));
        })?;
        Ok(done.then_some(found))
    }

    #[test]
    fn members_of_a_member_are_read_in_every_state() {
        let (_file, level) = levels();
        let both = vec![("a".to_owned(), 3), ("b".to_owned(), 5000)];
        assert_eq!(streams_of(&level).unwrap(), Some(both.clone()));
        let row = level.open_storage(&name("row"), MEMBER_RW).unwrap();
        assert_eq!(streams_of(&level).unwrap(), None, "it is open, so it is to be asked for");
        row.open_stream(&name("a"), MEMBER_RW).unwrap().write_at(0, &[8; 9]).unwrap();
        drop(row);
        assert_eq!(streams_of(&level).unwrap(), None, "it changed, so it is to be opened");
        let row = level.open_storage(&name("row"), MEMBER_RW).unwrap();
        let mut seen = 0;
        assert!(row.with_stream(&name("a"), 100, &mut |bytes| seen = bytes.len()).unwrap());
        assert_eq!(seen, 9);
        drop(row);
        level.destroy_element(&name("row")).unwrap();
        assert_eq!(streams_of(&level).unwrap(), None);
    }

    #[test]
    fn a_stream_that_is_open_is_not_read_past_its_handle() {
        let (_file, level) = levels();
        let row = level.open_storage(&name("row"), MEMBER_RW).unwrap();
        let open = row.open_stream(&name("a"), MEMBER_RW).unwrap();
        let refused = row.with_stream(&name("a"), 100, &mut |_| {});
        assert_eq!(refused.unwrap_err().code(), Code::StgAccessDenied);
        drop(open);
        assert!(row.with_stream(&name("a"), 100, &mut |_| {}).unwrap());
        let long = row.with_stream(&name("b"), 100, &mut |_| {});
        assert_eq!(long.unwrap_err().code(), Code::TooBig);
        assert!(!row.with_stream(&name("c"), 100, &mut |_| {}).unwrap());
        assert!(!level.with_stream(&name("row"), 100, &mut |_| {}).unwrap(), "a storage");
    }

    #[test]
    fn what_was_only_looked_at_made_no_node() {
        let (file, level) = levels();
        assert!(streams_of(&level).unwrap().is_some());
        let mut names = Vec::new();
        level.each_storage(&mut |name| names.push(name.to_string())).unwrap();
        assert_eq!(names, ["row"]);
        let made = level.level().unwrap().unwrap();
        let untouched = |member: &Member| matches!(member, Member::Untouched(..));
        let state = made.node.read();
        assert!(state.members.iter().flatten().all(|(_, member)| untouched(member)));
        drop(file);
    }
}
