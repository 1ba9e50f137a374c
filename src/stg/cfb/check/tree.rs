//! The directory: every storage's members as a red-black tree. Spec: structured-storage 1.7.

use super::super::super::mode::ElementKind;
use super::super::super::name::ElementName;
use super::super::dirent::Dirent;
use super::super::file::{Cfb, ROOT};
use super::super::special::NO_STREAM;
use super::chain::{Chains, Owned};
use super::{Report, entry};
use crate::error::{Place, Result};
use crate::finding::Severity;

const RULE: &str = "MS-CFB 2.6.4";

pub(super) fn check(cfb: &Cfb, chains: &mut Chains<'_>, report: &mut Report) -> Result<()> {
    entry::check_root(cfb, report)?;
    let mut seen = Owned::new(u64::from(cfb.slots()));
    seen.take(u64::from(ROOT));
    let mut storages = vec![ROOT];
    while let Some(storage) = storages.pop() {
        let mut members = Members { cfb, storage, seen: &mut seen, shape: Shape::default() };
        let found = members.walk(report)?;
        for slot in found {
            let entry = cfb.entry(slot)?;
            let Some(kind) = entry.kind() else { continue };
            entry::check_member(cfb, slot, &entry, kind, report);
            match kind {
                ElementKind::Storage => storages.push(slot),
                ElementKind::Stream => chains.check_stream(slot, &entry, report)?,
            }
        }
    }
    check_rest(cfb, &seen, report)
}

/// Slots that belong to no storage.
fn check_rest(cfb: &Cfb, seen: &Owned, report: &mut Report) -> Result<()> {
    let mut unclean = 0_u64;
    for slot in 0..cfb.slots() {
        if seen.has(u64::from(slot)) {
            continue;
        }
        let entry = cfb.entry(slot)?;
        if entry.kind().is_some() {
            report.add(Severity::Error, "dir-orphan", || {
                let place = Place::new("").at(cfb.dirent_offset(slot).unwrap_or(0)).rule(RULE);
                (place, format!("no storage lists {:?} in slot {slot}", entry.name()))
            });
        } else if !entry::is_blank(&entry) {
            unclean += 1;
        }
    }
    if unclean > 0 {
        report.add(Severity::Note, "dir-free", || {
            let text = format!("{unclean} free directory entries are not blank");
            (Place::new("").rule("MS-CFB 2.6.3"), text)
        });
    }
    Ok(())
}

/// One storage's tree.
struct Members<'a> {
    cfb: &'a Cfb,
    storage: u32,
    seen: &'a mut Owned,
    shape: Shape,
}

/// What is known of the colours.
#[derive(Default)]
struct Shape {
    /// Black entries on the way to the first place where nothing hangs.
    height: Option<u32>,
    uneven: bool,
    any_red: bool,
    red_root: bool,
    red_red: Option<u32>,
}

/// A link that is to be followed: where it leads, and what is above.
#[derive(Clone, Copy)]
struct Link {
    to: u32,
    blacks: u32,
    above_is_red: bool,
}

impl Members<'_> {
    fn place(&self) -> Place {
        let place = Place::new(self.cfb.path_of(self.storage)).rule(RULE);
        match self.cfb.dirent_offset(self.storage) {
            Some(offset) => place.at(offset),
            None => place,
        }
    }

    /// The members in the order of the tree; also those of an impossible type.
    fn walk(&mut self, report: &mut Report) -> Result<Vec<u32>> {
        let cfb = self.cfb;
        let mut found: Vec<u32> = Vec::new();
        let mut stack: Vec<Link> = Vec::new();
        let mut last: Option<ElementName> = None;
        let mut sorted = true;
        let child = cfb.entry(self.storage)?.child();
        let mut link = Link { to: child, blacks: 0, above_is_red: false };
        loop {
            if let Some(entry) = self.claim(link, report)? {
                let red = entry.color() == 0;
                self.note_color(link, red, stack.is_empty() && found.is_empty());
                let blacks = link.blacks + u32::from(!red);
                stack.push(Link { to: link.to, blacks, above_is_red: red });
                link = Link { to: entry.left(), blacks, above_is_red: red };
                continue;
            }
            let Some(above) = stack.pop() else { break };
            let entry = cfb.entry(above.to)?;
            let name = entry.name();
            sorted &= last.is_none_or(|last| last < name);
            last = Some(name);
            found.push(above.to);
            if entry.kind().is_none() {
                report.add(Severity::Error, "dir-type", || {
                    let place = Place::new(cfb.path_of(above.to)).rule("MS-CFB 2.6.1");
                    (place, format!("its type is {}", entry.object_type()))
                });
            }
            link = Link { to: entry.right(), ..above };
        }
        if !sorted {
            self.report_order(&found, report)?;
        }
        self.report_shape(report);
        Ok(found)
    }

    /// The entry at the end of a link, if there is one that nobody has.
    fn claim(&mut self, link: Link, report: &mut Report) -> Result<Option<Dirent>> {
        let slot = link.to;
        if slot == NO_STREAM {
            let height = *self.shape.height.get_or_insert(link.blacks);
            self.shape.uneven |= height != link.blacks;
            return Ok(None);
        }
        if self.seen.take(u64::from(slot)) {
            self.cfb.own(slot, self.storage);
            return self.cfb.dirent(slot);
        }
        if slot < self.cfb.slots() {
            report.add(Severity::Error, "dir-link", || {
                (self.place(), format!("a link leads to slot {slot}, which is listed already"))
            });
        } else {
            report.add(Severity::Error, "dir-range", || {
                (self.place(), format!("a link leads to slot {slot}, which does not exist"))
            });
        }
        Ok(None)
    }

    fn note_color(&mut self, link: Link, red: bool, root: bool) {
        self.shape.any_red |= red;
        self.shape.red_root |= red && root;
        if red && link.above_is_red {
            self.shape.red_red.get_or_insert(link.to);
        }
    }

    fn report_order(&self, found: &[u32], report: &mut Report) -> Result<()> {
        let mut names = Vec::with_capacity(found.len());
        for slot in found {
            names.push((self.cfb.entry(*slot)?.name(), *slot));
        }
        let rising = names.is_sorted_by_key(|(name, _)| *name);
        if !rising {
            report.add(Severity::Warning, "dir-order", || {
                (self.place(), "its members are not in the order of their names")
            });
            names.sort_by_key(|(name, _)| *name);
        }
        for pair in names.windows(2) {
            if let [(first, _), (second, slot)] = pair
                && first == second
            {
                report.add(Severity::Error, "dir-duplicate", || {
                    let place = Place::new(self.cfb.path_of(*slot)).rule("MS-CFB 2.6.1");
                    (place, format!("another member is named {first:?}"))
                });
            }
        }
        Ok(())
    }

    fn report_shape(&self, report: &mut Report) {
        let shape = &self.shape;
        if let Some(slot) = shape.red_red {
            report.add(Severity::Warning, "dir-red-red", || {
                (self.place(), format!("slot {slot} is red below a red one"))
            });
        }
        if shape.red_root {
            let text = || (self.place(), "the root of its members' tree is red");
            report.add(Severity::Warning, "dir-red-root", text);
        }
        // The ole32 of Outlook leaves such trees after it destroyed members (50 of 334 messages of
        // the corpus), and a tree of black entries alone is allowed; nobody relies on the balance.
        if shape.uneven && shape.any_red {
            let text = || (self.place(), "not equally many black entries on all ways down");
            report.add(Severity::Note, "dir-black-height", text);
        } else if shape.uneven {
            let text = || (self.place(), "its members' tree is black and not balanced");
            report.add(Severity::Note, "dir-all-black", text);
        }
    }
}
