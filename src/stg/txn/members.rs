//! The members of a storage by name, and which of them a commit has to look at.

use super::super::name::ElementName;
use super::node::Member;
use super::sorted::{self, Sorted};
use std::ops::Deref;

/// All members of a storage, sorted by name.
#[derive(Default)]
pub(crate) struct Members {
    all: Sorted<Member>,
    /// The names of those that became nodes since they were last taken, some more than once, some
    /// gone again: a commit costs what was touched, however many members there are.
    touched: Vec<ElementName>,
}

impl Members {
    /// A member that is as in the source.
    pub(super) fn list(&mut self, name: ElementName, member: Member) {
        self.all.insert_new(name, member);
    }

    /// All are listed.
    pub(super) fn listed(mut self) -> Members {
        self.all.fit();
        self
    }

    /// Puts a member in its place; the one that was there.
    pub(crate) fn insert(&mut self, name: ElementName, member: Member) -> Option<Member> {
        self.touch(name);
        self.all.insert(name, member)
    }

    pub(crate) fn remove(&mut self, name: &ElementName) -> Option<Member> {
        self.all.remove(name)
    }

    /// Makes a node of a member that was untouched.
    pub(super) fn put(&mut self, name: &ElementName, member: Member) {
        if let Some(place) = self.all.get_mut(name) {
            *place = member;
            self.touch(*name);
        }
    }

    /// The member again as it is in the source.
    pub(super) fn forget(&mut self, name: &ElementName) {
        if let Some(member) = self.all.get_mut(name) {
            *member = Member::Untouched(member.kind(), 0);
        }
    }

    /// Forgets those for which `look` says so.
    pub(super) fn forget_where(&mut self, mut look: impl FnMut(&Member) -> bool) {
        for member in self.all.values_mut().filter(|member| look(member)) {
            *member = Member::Untouched(member.kind(), 0);
        }
    }

    fn touch(&mut self, name: ElementName) {
        if self.touched.len() > 2 * self.all.len() + 64 {
            // One element came and went, over and over.
            self.touched.sort_unstable();
            self.touched.dedup();
            self.touched.retain(|name| self.all.contains_key(name));
        }
        if self.touched.is_empty() {
            self.touched.reserve_exact(1);
        }
        self.touched.push(name);
    }

    /// The names of all nodes among the members; from now on only those that come, and those that
    /// are given back.
    pub(super) fn take_touched(&mut self) -> Vec<ElementName> {
        std::mem::take(&mut self.touched)
    }

    pub(super) fn give_back_touched(&mut self, names: Vec<ElementName>) {
        self.touched = names;
    }
}

impl Deref for Members {
    type Target = Sorted<Member>;

    fn deref(&self) -> &Sorted<Member> {
        &self.all
    }
}

impl<'a> IntoIterator for &'a Members {
    type Item = (&'a ElementName, &'a Member);
    type IntoIter = sorted::Iter<'a, Member>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.iter()
    }
}

impl IntoIterator for Members {
    type Item = (ElementName, Member);
    type IntoIter = sorted::IntoIter<Member>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter()
    }
}
