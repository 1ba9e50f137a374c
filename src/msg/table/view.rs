//! The rows in view: which there are, in what order, and where cursor and bookmarks went when the
//! message changed.

use super::columns::default_columns;
use super::line::{Line, line};
use super::restrict::{Restriction, Running};
use super::{Kind, Shown, SortOrder, Table, sort};
use crate::error::{Code, Error, Result};
use crate::msg::body::Body;
use crate::msg::handle::ObjectId;
use crate::prop::{PropId, PropTag};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

const RENDERING_POSITION: PropTag = PropTag::new(0x370B_0003);

/// What was worked out of all rows; good until the rows change.
pub(super) struct View {
    /// [`Body::version`] when it was made.
    version: u64,
    pub(super) rows: Vec<Place>,
}

/// A row in view.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Its position among the rows of the message.
    pub(super) at: usize,
    /// Its row id or attachment number, which it keeps as long as it lives.
    number: u32,
}

impl Kind {
    pub(super) fn count(self, body: &mut Body, id: ObjectId) -> Result<usize> {
        let rows = body.rows(id)?;
        Ok(match self {
            Kind::Recipients => rows.recipients.len(),
            Kind::Attachments => rows.attachments.len(),
        })
    }

    fn numbers(self, body: &mut Body, id: ObjectId) -> Result<Vec<u32>> {
        let rows = body.rows(id)?;
        Ok(match self {
            Kind::Recipients => rows.recipients.iter().map(|row| row.id).collect(),
            Kind::Attachments => rows.attachments.iter().map(|row| row.number).collect(),
        })
    }
}

impl Table<'_> {
    /// Works on the rows as they are now.
    pub(super) fn with_rows<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&mut Self, &mut Body, ObjectId, &[Place]) -> Result<T>,
    ) -> Result<T> {
        let handle = Arc::clone(&self.handle);
        handle.with(doing, |body, id| {
            self.refresh(body, id)?;
            // Taken out for the time of the work, which may change all else.
            let view = self.view.take();
            let missing = || Error::new(Code::CallFailed, doing);
            let done = work(self, body, id, &view.as_ref().ok_or_else(missing)?.rows);
            self.view = view;
            done
        })
    }

    fn refresh(&mut self, body: &mut Body, id: ObjectId) -> Result<()> {
        if self.view.as_ref().is_some_and(|view| view.version == body.version) {
            return Ok(());
        }
        let rows = self.list(body, id)?;
        if let Some(old) = &self.view {
            let moves = Moves::new(&old.rows, &rows);
            self.cursor = moves.to(self.cursor).0;
            self.marks.follow(&moves);
        }
        self.cursor = self.cursor.min(rows.len());
        self.view = Some(View { version: body.version, rows });
        Ok(())
    }

    /// Reads all rows once. Of each only what it is sorted by is kept.
    fn list(&self, body: &mut Body, id: ObjectId) -> Result<Vec<Place>> {
        let by_position = [SortOrder::by(RENDERING_POSITION, false)];
        let keys = match (&self.order[..], self.kind) {
            ([], Kind::Recipients) => &[][..],
            ([], Kind::Attachments) => &by_position[..],
            (keys, _) => keys,
        };
        let numbers = self.kind.numbers(body, id)?;
        let places = numbers.into_iter().enumerate().map(|(at, number)| Place { at, number });
        let mut places: Vec<Place> = places.collect();
        let restriction = self.restriction.as_ref();
        if keys.is_empty() && restriction.is_none() {
            return Ok(places);
        }
        let sorted_by: HashSet<PropId> = keys.iter().map(SortOrder::id).collect();
        let tested: HashSet<PropId> = restriction.map(Restriction::ids).unwrap_or_default();
        let wanted = |id: PropId| sorted_by.contains(&id) || tested.contains(&id);
        // A count is of rows in view order: those are sorted before they are tested.
        let counted = restriction.is_some_and(Restriction::counts);
        let mut running = restriction.map(|restriction| Running::new(restriction, true));
        let mut lines = Vec::new();
        let mut kept = Vec::new();
        for place in places {
            let mut line = line(body, id, self.kind, place.at, wanted)?;
            if !counted {
                if running.as_mut().is_some_and(|test| !test.holds(&line)) {
                    continue;
                }
                line.keep(|id| sorted_by.contains(&id));
            }
            lines.push(line);
            kept.push(place);
        }
        let order = sort::order(&lines, keys);
        let fits = |at: &usize| match (&mut running, lines.get(*at)) {
            (Some(test), Some(line)) if counted => test.holds(line),
            _ => true,
        };
        let order: Vec<usize> = order.into_iter().filter(fits).collect();
        places = order.iter().filter_map(|at| kept.get(*at)).copied().collect();
        Ok(places)
    }

    /// The columns to show, worked out once while nothing changes.
    pub(super) fn shown(&mut self, body: &mut Body, id: ObjectId) -> Result<&Shown> {
        if self.shown.as_ref().is_none_or(|shown| shown.version != body.version) {
            let columns = match &self.columns {
                Some(columns) => columns.clone(),
                None => self.in_width(default_columns(body, id, self.kind)?),
            };
            let ids = columns.iter().map(|tag| tag.id()).collect();
            self.shown = Some(Shown { version: body.version, columns, ids });
        }
        self.shown.as_ref().ok_or_else(|| Error::new(Code::CallFailed, "query columns"))
    }

    /// The properties of a row that a restriction needs.
    pub(super) fn tested(
        &self,
        body: &mut Body,
        id: ObjectId,
        place: Place,
        wanted: &HashSet<PropId>,
    ) -> Result<Line> {
        line(body, id, self.kind, place.at, |id| wanted.contains(&id))
    }
}

/// Where the rows of one view are in a later one.
pub(super) struct Moves {
    /// For each old row: its new position, or that of the next one that is left; whether it is left.
    to: Vec<(usize, bool)>,
    /// Where the end of the old view is: behind its last row that is left.
    end: usize,
}

impl Moves {
    fn new(old: &[Place], new: &[Place]) -> Moves {
        let found: HashMap<u32, usize> =
            new.iter().enumerate().map(|(at, place)| (place.number, at)).collect();
        let mut to: Vec<(usize, bool)> = Vec::with_capacity(old.len());
        let last = old.iter().rev().find_map(|place| found.get(&place.number));
        let end = last.map_or(0, |at| at + 1);
        let mut next = end;
        for place in old.iter().rev() {
            let here = found.get(&place.number).copied();
            next = here.unwrap_or(next);
            to.push((next, here.is_some()));
        }
        to.reverse();
        Moves { to, end }
    }

    /// The new position, and whether the row is still there.
    pub(super) fn to(&self, old: usize) -> (usize, bool) {
        self.to.get(old).copied().unwrap_or((self.end, true))
    }
}
