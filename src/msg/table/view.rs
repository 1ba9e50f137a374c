//! The rows in view: which there are, and in what order.

use super::columns::default_columns;
use super::line::{Line, line};
use super::live::Moves;
use super::restrict::{Restriction, Running};
use super::sort::SortKey;
use super::{Kind, Shown, SortOrder, Table};
use crate::error::{Code, Error, Result};
use crate::msg::body::Body;
use crate::msg::changes::Changes;
use crate::msg::handle::ObjectId;
use crate::prop::{PropId, PropTag};
use crate::wire::KeyMap;
use std::collections::HashSet;
use std::sync::Arc;

const RENDERING_POSITION: PropTag = PropTag::new(0x370B_0003);

/// What was worked out of all rows; good until the rows change.
pub(super) struct View {
    pub(super) seen: Seen,
    pub(super) rows: Vec<Place>,
    /// What each row is sorted by, of a message that can change; nothing where rows come by number.
    pub(super) keys: KeyMap<u32, SortKey>,
    /// Whether it can be brought up to date row by row.
    pub(super) follows: bool,
}

/// What a view knows of the changes there were.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// [`Body::version`] and [`Body::told`].
    pub(super) version: u64,
    pub(super) told: u64,
    /// The end of the [`Changes`] of the rows.
    pub(super) changes: u64,
}

/// A row in view: its row id or attachment number, which it keeps as long as it lives.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) number: u32,
}

impl Kind {
    pub(super) fn numbers(self, body: &mut Body, id: ObjectId) -> Result<Vec<u32>> {
        let rows = body.rows(id)?;
        Ok(match self {
            Kind::Recipients => rows.recipients.keys().copied().collect(),
            Kind::Attachments => rows.attachments.keys().copied().collect(),
        })
    }

    pub(super) fn has(self, body: &mut Body, id: ObjectId, number: u32) -> Result<bool> {
        let rows = body.rows(id)?;
        Ok(match self {
            Kind::Recipients => rows.recipients.contains_key(&number),
            Kind::Attachments => rows.attachments.contains_key(&number),
        })
    }

    pub(super) fn changes(self, body: &mut Body, id: ObjectId) -> Result<&Changes> {
        let rows = body.rows(id)?;
        Ok(match self {
            Kind::Recipients => &rows.recipient_changes,
            Kind::Attachments => &rows.attachment_changes,
        })
    }

    /// What there is to see now.
    pub(super) fn now(self, body: &mut Body, id: ObjectId) -> Result<Seen> {
        let changes = self.changes(body, id)?.end();
        Ok(Seen { version: body.version, told: body.told, changes })
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
        let Some(mut view) = self.view.take() else {
            let view = self.list(body, id)?;
            self.cursor = self.cursor.min(view.rows.len());
            self.view = Some(view);
            return Ok(());
        };
        if view.seen.version != body.version {
            let moves = match self.follow(&mut view, body, id) {
                Ok(Some(moves)) => Ok(moves),
                Ok(None) => self.list(body, id).map(|new| {
                    let moves = Moves::between(&view.rows, &new.rows);
                    view = new;
                    moves
                }),
                Err(error) => Err(error),
            };
            match moves {
                Ok(moves) => {
                    self.cursor = moves.to(self.cursor).0.min(view.rows.len());
                    self.marks.follow(&moves);
                }
                Err(error) => {
                    self.view = Some(view);
                    return Err(error);
                }
            }
        }
        self.view = Some(view);
        Ok(())
    }

    /// What the rows are sorted by.
    pub(super) fn keys(&self) -> Vec<SortOrder> {
        match (&self.order[..], self.kind) {
            ([], Kind::Recipients) => Vec::new(),
            ([], Kind::Attachments) => vec![SortOrder::by(RENDERING_POSITION, false)],
            (keys, _) => keys.to_vec(),
        }
    }

    /// Reads all rows once. Of each only what it is sorted by is kept, and that only as long as the
    /// message can change.
    fn list(&self, body: &mut Body, id: ObjectId) -> Result<View> {
        let seen = self.kind.now(body, id)?;
        let numbers = self.kind.numbers(body, id)?;
        let order = self.keys();
        let mut view = View { seen, rows: Vec::new(), keys: KeyMap::default(), follows: true };
        if order.is_empty() && self.restriction.is_none() {
            view.rows = numbers.into_iter().map(|number| Place { number }).collect();
            return Ok(view);
        }
        let mut look = Look::new(self, &order);
        let mut found = Vec::new();
        let mut lines = Vec::new();
        for number in numbers {
            if let Some((key, line)) = look.at(body, id, number)? {
                found.push((key, number, lines.len()));
                lines.extend(line);
            }
        }
        // By number where the keys are equal: that is how they come.
        found.sort_by(|(a, ..), (b, ..)| a.compare(b, &order));
        if look.counted {
            found.retain(|(.., at)| lines.get(*at).is_none_or(|line| look.fits(line)));
        }
        view.rows = found.iter().map(|(_, number, _)| Place { number: *number }).collect();
        view.follows = body.core(id)?.writable && !look.counted;
        if view.follows && !order.is_empty() {
            view.keys = found.into_iter().map(|(key, number, _)| (number, key)).collect();
        }
        Ok(view)
    }

    /// The columns to show, worked out once while nothing changes.
    pub(super) fn shown(&mut self, body: &mut Body, id: ObjectId) -> Result<&Shown> {
        // Only the columns that all rows together make follow the rows.
        let fixed = self.columns.is_some() || self.kind == Kind::Attachments;
        let is_good = |shown: &Shown| fixed || shown.version == body.version;
        if !self.shown.as_ref().is_some_and(is_good) {
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
        line(body, id, self.kind, place.number, |id| wanted.contains(&id))
    }
}

/// Looking at rows, for what they are sorted and restricted by.
pub(super) struct Look<'a> {
    kind: Kind,
    order: &'a [SortOrder],
    sorted_by: HashSet<PropId>,
    tested: HashSet<PropId>,
    running: Option<Running<'a>>,
    /// A count is of rows in view order: those are sorted before they are tested.
    counted: bool,
}

impl<'a> Look<'a> {
    pub(super) fn new(table: &'a Table<'_>, order: &'a [SortOrder]) -> Look<'a> {
        let restriction = table.restriction.as_ref();
        Look {
            kind: table.kind,
            order,
            sorted_by: order.iter().map(SortOrder::id).collect(),
            tested: restriction.map(Restriction::ids).unwrap_or_default(),
            running: restriction.map(|restriction| Running::new(restriction, true)),
            counted: restriction.is_some_and(Restriction::counts),
        }
    }

    /// The key of a row; `None` for one that is not in view. With a count in the restriction, also
    /// what [`Look::fits`] tests later.
    pub(super) fn at(
        &mut self,
        body: &mut Body,
        id: ObjectId,
        number: u32,
    ) -> Result<Option<(SortKey, Option<Line>)>> {
        let wanted = |id: PropId| self.sorted_by.contains(&id) || self.tested.contains(&id);
        let line = line(body, id, self.kind, number, wanted)?;
        let key = SortKey::new(&line, self.order);
        if self.counted {
            return Ok(Some((key, Some(line))));
        }
        Ok(self.fits(&line).then_some((key, None)))
    }

    fn fits(&mut self, line: &Line) -> bool {
        self.running.as_mut().is_none_or(|test| test.holds(line))
    }
}
