//! `IMAPITable`.

use super::last_error::{LastError, last, noted_at};
use super::{Out, Status, UNICODE, check_flags, given, listed, null, output, unsupported};
use crate::error::{Code, Error, Result};
use crate::msg::table::{
    Bookmark, ColumnFlags, FindFlags, Restriction, RowFlags, SortOrder, Table,
};
use crate::prop::{Prop, PropTag, PropValue};
use std::sync::atomic::{AtomicUsize, Ordering};

/// `TBL_ASYNC` and `TBL_BATCH`: accepted, everything is done at once.
const ASYNC: u32 = 0x3;

/// A table of a C caller: with the text width it was opened with.
#[derive(Debug)]
pub struct ComTable<'s> {
    table: Table<'s>,
    unicode: bool,
    key: usize,
}

/// A sort order of a caller: `SSortOrderSet`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GivenOrder {
    /// `cCategories`.
    pub categories: u32,
    /// `cExpanded`.
    pub expanded: u32,
    /// `aSort`: tags, and `TABLE_SORT_*`.
    pub keys: Vec<(u32, u32)>,
}

impl<'s> ComTable<'s> {
    pub(super) fn new(mut table: Table<'s>, unicode: bool) -> ComTable<'s> {
        // Odd numbers are no addresses of objects, so they are nobody else's.
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        table.set_unicode(unicode);
        ComTable { table, unicode, key: NEXT.fetch_add(2, Ordering::Relaxed) }
    }

    fn noted<T>(&self, result: Result<T>) -> Result<T> {
        noted_at(self.key, result)
    }

    /// Refuses a table whose message is closed.
    fn check_open(&self, doing: &'static str) -> Result<()> {
        self.table.check_open(doing)
    }

    /// `GetLastError`.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] for a null output, [`Code::ObjectDeleted`], [`Code::UnknownFlags`].
    pub fn get_last_error(&self, result: u32, flags: u32, told: Out<'_, LastError>) -> Result<()> {
        const DOING: &str = "get last error";
        let out = output(told, DOING)?;
        self.check_open(DOING)?;
        check_flags(flags, UNICODE, DOING)?;
        *out = last(self.key, result);
        Ok(())
    }

    /// `Advise`. `has_sink` and `has_connection` say whether those pointers are given.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`]; [`Code::InvalidParameter`] for null pointers and other events than
    /// changes of tables; else [`Code::NoSupport`].
    pub fn advise(&self, events: u32, has_sink: bool, has_connection: bool) -> Result<()> {
        const DOING: &str = "advise on table";
        /// `fnevTableModified`.
        const TABLE_MODIFIED: u32 = 0x100;
        let refused = match has_connection {
            false => null(DOING),
            true => self.check_open(DOING).and_then(|()| match (has_sink, events) {
                (true, TABLE_MODIFIED) => unsupported(Code::NoSupport, DOING),
                _ => unsupported(Code::InvalidParameter, DOING),
            }),
        };
        self.noted(refused)
    }

    /// `Unadvise`.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`], else [`Code::NoSupport`].
    pub fn unadvise(&self) -> Result<()> {
        self.refuse(Code::NoSupport, "unadvise")
    }

    /// `Abort`.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`], else [`Code::UnableToAbort`]: nothing is ever in progress.
    pub fn abort(&self) -> Result<()> {
        self.refuse(Code::UnableToAbort, "abort")
    }

    /// `ExpandRow`, `CollapseRow`, `GetCollapseState`, `SetCollapseState`: there are no categories.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`], else [`Code::NoSupport`].
    pub fn category(&self) -> Result<()> {
        self.refuse(Code::NoSupport, "work on categories")
    }

    fn refuse(&self, code: Code, doing: &'static str) -> Result<()> {
        self.noted(self.check_open(doing).and_then(|()| unsupported(code, doing)))
    }

    /// `GetStatus`: `TBLSTAT_COMPLETE` and `TBLTYPE_DYNAMIC`.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] for null outputs, [`Code::ObjectDeleted`].
    pub fn get_status(&self, status: Option<&mut u32>, kind: Option<&mut u32>) -> Result<()> {
        const DOING: &str = "get table status";
        let (Some(_), Some(kind)) = (zeroed(status), zeroed(kind)) else {
            return self.noted(null(DOING));
        };
        self.noted(self.check_open(DOING))?;
        *kind = 2;
        Ok(())
    }

    /// `WaitForCompletion`: there is nothing to wait for.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`], [`Code::UnknownFlags`].
    pub fn wait_for_completion(&self, flags: u32, status: Option<&mut u32>) -> Result<()> {
        const DOING: &str = "wait for table";
        if let Some(status) = status {
            *status = 0;
        }
        self.noted(self.check_open(DOING).and_then(|()| check_flags(flags, 0, DOING)))
    }

    /// `SetColumns`.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`], [`Code::InvalidParameter`] for no columns, [`Code::UnknownFlags`],
    /// [`Code::NoSupport`].
    pub fn set_columns(&mut self, tags: Option<&[u32]>, flags: u32) -> Result<()> {
        const DOING: &str = "set columns";
        let done = self.check_open(DOING).and_then(|()| {
            let tags: Vec<PropTag> =
                listed(tags, DOING)?.iter().map(|tag| PropTag::new(*tag)).collect();
            check_flags(flags, ASYNC, DOING)?;
            self.table.set_columns(&tags)
        });
        self.noted(done)
    }

    /// `QueryColumns`.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] for a null output, [`Code::ObjectDeleted`], [`Code::UnknownFlags`].
    pub fn query_columns(&self, flags: u32, columns: Out<'_, Vec<PropTag>>) -> Result<()> {
        const DOING: &str = "query columns";
        let done = output(columns, DOING).and_then(|out| {
            self.check_open(DOING)?;
            check_flags(flags, ColumnFlags::all().bits(), DOING)?;
            *out = Some(self.table.query_columns(ColumnFlags::from_bits_truncate(flags))?);
            Ok(())
        });
        self.noted(done)
    }

    /// `GetRowCount`.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] for a null output, [`Code::ObjectDeleted`], [`Code::UnknownFlags`].
    pub fn get_row_count(&mut self, flags: u32, count: Option<&mut u32>) -> Result<()> {
        const DOING: &str = "count rows";
        let Some(count) = count else { return self.noted(null(DOING)) };
        *count = 0;
        let counted = self.check_open(DOING).and_then(|()| {
            check_flags(flags, 0, DOING)?;
            self.table.row_count()
        });
        *count = u32::try_from(self.noted(counted)?).unwrap_or(u32::MAX);
        Ok(())
    }

    /// `SeekRow`.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`], [`Code::InvalidBookmark`].
    pub fn seek_row(
        &mut self,
        origin: usize,
        rows: i32,
        sought: Option<&mut i32>,
    ) -> Result<Status> {
        const DOING: &str = "seek row";
        let mut sought = sought;
        if let Some(sought) = &mut sought {
            **sought = 0;
        }
        let done = self
            .check_open(DOING)
            .and_then(|()| self.table.seek_row(bookmark(origin, DOING)?, rows));
        let done = self.noted(done)?;
        if let Some(sought) = sought {
            *sought = done.rows;
        }
        Ok(if done.position_changed { Status::PositionChanged } else { Status::Ok })
    }

    /// `SeekRowApprox`.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`], [`Code::InvalidParameter`] for a denominator of 0.
    pub fn seek_row_approx(&mut self, numerator: u32, denominator: u32) -> Result<()> {
        let done = self.table.seek_row_approx(numerator, denominator);
        self.noted(done)
    }

    /// `QueryPosition`: row, numerator, denominator.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] for null outputs, [`Code::ObjectDeleted`].
    pub fn query_position(
        &mut self,
        row: Option<&mut u32>,
        numerator: Option<&mut u32>,
        denominator: Option<&mut u32>,
    ) -> Result<()> {
        const DOING: &str = "query position";
        let outs = (zeroed(row), zeroed(numerator), zeroed(denominator));
        let (Some(row), Some(numerator), Some(denominator)) = outs else {
            return self.noted(null(DOING));
        };
        let found = self.table.query_position();
        let found = self.noted(found)?;
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        *row = number(found.row);
        *numerator = number(found.numerator);
        *denominator = number(found.denominator);
        Ok(())
    }

    /// `FindRow`. A restriction that cannot be made is given as the error of making it.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`], [`Code::InvalidParameter`] for a null restriction,
    /// [`Code::UnknownFlags`]; then as [`Table::find_row`].
    pub fn find_row(
        &mut self,
        restriction: Option<Result<Restriction>>,
        origin: usize,
        flags: u32,
    ) -> Result<()> {
        const DOING: &str = "find row";
        let done = self.check_open(DOING).and_then(|()| {
            let restriction = given(restriction, DOING)?;
            check_flags(flags, FindFlags::all().bits(), DOING)?;
            let flags = FindFlags::from_bits_truncate(flags);
            self.table.find_row(&restriction?, bookmark(origin, DOING)?, flags).map(drop)
        });
        self.noted(done)
    }

    /// `Restrict`; a null restriction shows all rows.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`], [`Code::UnknownFlags`], the error of making the restriction; then as
    /// [`Table::restrict`].
    pub fn restrict(&mut self, restriction: Option<Result<Restriction>>, flags: u32) -> Result<()> {
        const DOING: &str = "restrict table";
        let done = self.check_open(DOING).and_then(|()| {
            check_flags(flags, ASYNC, DOING)?;
            self.table.restrict(restriction.transpose()?.as_ref())
        });
        self.noted(done)
    }

    /// `CreateBookmark`.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] for a null output; as [`Table::create_bookmark`].
    pub fn create_bookmark(&mut self, made: Option<&mut usize>) -> Result<()> {
        const DOING: &str = "create bookmark";
        let Some(made) = made else { return self.noted(null(DOING)) };
        *made = 0;
        let done = self.table.create_bookmark();
        *made = usize::try_from(self.noted(done)?.value()).unwrap_or_default();
        Ok(())
    }

    /// `FreeBookmark`.
    ///
    /// # Errors
    /// As [`Table::free_bookmark`].
    pub fn free_bookmark(&mut self, mark: usize) -> Result<()> {
        const DOING: &str = "free bookmark";
        let done =
            self.check_open(DOING).and_then(|()| self.table.free_bookmark(bookmark(mark, DOING)?));
        self.noted(done)
    }

    /// `SortTable`.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`], [`Code::InvalidParameter`] for a null order, [`Code::UnknownFlags`],
    /// [`Code::NoSupport`] for categories, [`Code::TooComplex`].
    pub fn sort_table(&mut self, order: Option<&GivenOrder>, flags: u32) -> Result<()> {
        const DOING: &str = "sort table";
        let done = self.check_open(DOING).and_then(|()| {
            let order = given(order, DOING)?;
            check_flags(flags, ASYNC, DOING)?;
            if order.categories > 0 || order.expanded > 0 {
                return Err(Error::new(Code::NoSupport, DOING).note("no categories"));
            }
            self.table.sort(&keys(order)?)
        });
        self.noted(done)
    }

    /// `QuerySortOrder`.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] for a null output, [`Code::ObjectDeleted`].
    pub fn query_sort_order(&self, order: Out<'_, GivenOrder>) -> Result<()> {
        const DOING: &str = "query sort order";
        let done = output(order, DOING).and_then(|out| {
            self.check_open(DOING)?;
            let key = |key: &SortOrder| {
                let tag = super::props::in_width(key.tag(), self.unicode);
                (tag.value(), u32::from(key.is_descending()))
            };
            let keys = self.table.sort_order().iter().map(key).collect();
            *out = Some(GivenOrder { keys, ..GivenOrder::default() });
            Ok(())
        });
        self.noted(done)
    }

    /// `QueryRows`: for each row an entry for each column, of type `PT_ERROR` where there is no value.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] for a null output and no rows, [`Code::ObjectDeleted`],
    /// [`Code::UnknownFlags`].
    pub fn query_rows(
        &mut self,
        count: i32,
        flags: u32,
        rows: Out<'_, Vec<Vec<Prop>>>,
    ) -> Result<()> {
        const DOING: &str = "query rows";
        let done = output(rows, DOING).and_then(|out| {
            self.check_open(DOING)?;
            if count == 0 {
                return Err(Error::new(Code::InvalidParameter, DOING).note("no rows asked for"));
            }
            check_flags(flags, RowFlags::all().bits(), DOING)?;
            let found = self.table.query_rows_with(count, RowFlags::from_bits_truncate(flags))?;
            *out = Some(found.iter().map(entries).collect());
            Ok(())
        });
        self.noted(done)
    }

    /// `HrQueryAllRows`: columns, restriction and order where they are given, then every row.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] for a null output, [`Code::TableTooBig`]; those of
    /// [`ComTable::set_columns`], [`ComTable::restrict`] and [`ComTable::sort_table`].
    pub fn query_all_rows(
        &mut self,
        columns: Option<&[u32]>,
        restriction: Option<Result<Restriction>>,
        order: Option<&GivenOrder>,
        max: i32,
        rows: Out<'_, Vec<Vec<Prop>>>,
    ) -> Result<()> {
        const DOING: &str = "query all rows";
        let out = output(rows, DOING)?;
        if columns.is_some() {
            self.set_columns(columns, 0)?;
        }
        if restriction.is_some() {
            self.restrict(restriction, 0)?;
        }
        if order.is_some() {
            self.sort_table(order, 0)?;
        }
        let max = usize::try_from(max).unwrap_or_default();
        let found = self.table.query_all_rows(None, None, None, max);
        *out = Some(self.noted(found)?.iter().map(entries).collect());
        Ok(())
    }
}

/// A number that a call gives, set to 0 first.
fn zeroed(out: Option<&mut u32>) -> Option<&mut u32> {
    out.map(|out| {
        *out = 0;
        out
    })
}

/// The bookmark of a caller's number.
fn bookmark(number: usize, doing: &'static str) -> Result<Bookmark> {
    let unknown = || Error::new(Code::InvalidBookmark, doing);
    u32::try_from(number).map(Bookmark::new).map_err(|_| unknown())
}

fn keys(order: &GivenOrder) -> Result<Vec<SortOrder>> {
    let key = |(tag, order): &(u32, u32)| match order {
        0 | 1 => Ok(SortOrder::by(PropTag::new(*tag), *order == 1)),
        _ => Err(Error::new(Code::TooComplex, "sort table").note("an unknown order")),
    };
    order.keys.iter().map(key).collect()
}

/// The cells of a row as `SPropValue`s.
fn entries(row: &crate::msg::table::Row) -> Vec<Prop> {
    let entry = |(tag, cell): (PropTag, &Result<PropValue, Code>)| match cell {
        _ if tag.value() == 1 => Prop { tag, value: PropValue::Null },
        Ok(value) => Prop { tag: tag.with_type(value.prop_type()), value: value.clone() },
        Err(code) => super::props::failed(tag, *code),
    };
    row.cells().map(entry).collect()
}
