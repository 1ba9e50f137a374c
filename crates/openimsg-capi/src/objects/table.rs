//! `IMAPITable`.

use super::family::Family;
use crate::abi::*;
use crate::ffi::refcount::{lock, unknown};
use crate::ffi::{Answer, Class, Iface, In, Out, Ref, This, Writer};
use crate::gate;
use crate::values::*;
use openimsg::mapi::tables::ComTable;
use openimsg::mapi::{IID_IMAPITABLE, UNICODE};
use openimsg::{Guid, Result};
use std::ptr::null_mut;
use std::sync::{Arc, Mutex};

/// A table of a caller's: its cursor is its own.
pub(crate) struct TableObject {
    family: Arc<Family>,
    table: Mutex<ComTable<'static>>,
}

impl TableObject {
    pub(crate) fn new(family: &Arc<Family>, table: ComTable<'static>) -> TableObject {
        TableObject { family: Arc::clone(family), table: Mutex::new(table) }
    }

    fn put<T>(
        &self,
        out: &mut Out<Raw>,
        found: Option<&T>,
        write: impl Fn(&mut Writer<'_>, &T),
    ) -> Result<()> {
        put_block(&self.family.allocators, out, found, write)
    }

    /// Puts rows where the caller wants them.
    fn put_rows(&self, out: &mut Out<Raw>, rows: Option<&[Vec<openimsg::Prop>]>) -> Result<()> {
        out.put(rows.map_or(Ok(null_mut()), |rows| row_set(&self.family.allocators, rows))?);
        Ok(())
    }
}

/// The table of tables.
pub(crate) static TABLE: TableTable<This<TableObject>> = TableTable {
    unknown: unknown::<TableObject>(),
    get_last_error,
    advise,
    unadvise,
    get_status,
    set_columns,
    query_columns,
    get_row_count,
    seek_row,
    seek_row_approx,
    query_position,
    find_row,
    restrict,
    create_bookmark,
    free_bookmark,
    sort_table,
    query_sort_order,
    query_rows,
    abort,
    expand_row,
    collapse_row,
    wait_for_completion,
    get_collapse_state,
    set_collapse_state,
};

impl Class for TableObject {
    fn table(&self) -> *const UnknownTable<This<TableObject>> {
        &raw const TABLE.unknown
    }

    fn query(_: &Ref<TableObject>, iid: Guid) -> Answer {
        if iid == IID_IMAPITABLE { Answer::This } else { Answer::No }
    }
}

/// Does something on the table that a method is called on.
fn with<T>(
    this: &This<TableObject>,
    work: impl FnOnce(&TableObject, &mut ComTable<'static>) -> Result<T>,
) -> Result<T> {
    let Some(object) = this.get() else { return gate::ended("use table") };
    work(object, &mut lock(&object.table))
}

/// The same for calls that give nothing but their result.
fn run(this: &This<TableObject>, work: impl FnOnce(&mut ComTable<'static>) -> Result<()>) -> Scode {
    gate::done(|| with(this, |_, table| work(table)))
}

extern "system" fn get_last_error(
    this: This<TableObject>,
    result: Scode,
    flags: u32,
    mut out: Out<Raw>,
) -> Scode {
    gate::done(|| {
        let there = out.begin(null_mut()).is_some();
        with(&this, |object, table| {
            let mut told = None;
            let slot = there.then_some(&mut told);
            table.get_last_error(result.cast_unsigned(), flags, slot)?;
            object.put(&mut out, told.as_ref(), |writer, told| {
                told_error(writer, told, flags & UNICODE != 0);
            })
        })
    })
}

extern "system" fn advise(
    this: This<TableObject>,
    events: u32,
    sink: Iface,
    mut connection: Out<usize>,
) -> Scode {
    let there = connection.begin(0).is_some();
    run(&this, |table| table.advise(events, !sink.is_null(), there))
}

extern "system" fn unadvise(this: This<TableObject>, _connection: usize) -> Scode {
    run(&this, |table| table.unadvise())
}

extern "system" fn get_status(
    this: This<TableObject>,
    mut status: Out<u32>,
    mut kind: Out<u32>,
) -> Scode {
    let (status, kind) = (status.begin(0), kind.begin(0));
    run(&this, |table| table.get_status(status, kind))
}

extern "system" fn set_columns(
    this: This<TableObject>,
    columns: In<SPropTagArray>,
    flags: u32,
) -> Scode {
    run(&this, |table| table.set_columns(columns.items(), flags))
}

extern "system" fn query_columns(this: This<TableObject>, flags: u32, mut out: Out<Raw>) -> Scode {
    gate::done(|| {
        let there = out.begin(null_mut()).is_some();
        with(&this, |object, table| {
            let mut found = None;
            table.query_columns(flags, there.then_some(&mut found))?;
            object.put(&mut out, found.as_ref(), |writer, found| tags(writer, numbers_of(found)))
        })
    })
}

extern "system" fn get_row_count(
    this: This<TableObject>,
    flags: u32,
    mut count: Out<u32>,
) -> Scode {
    let count = count.begin(0);
    run(&this, |table| table.get_row_count(flags, count))
}

extern "system" fn seek_row(
    this: This<TableObject>,
    origin: usize,
    rows: i32,
    mut sought: Out<i32>,
) -> Scode {
    let sought = sought.begin(0);
    gate::status(|| with(&this, |_, table| table.seek_row(origin, rows, sought)))
}

extern "system" fn seek_row_approx(
    this: This<TableObject>,
    numerator: u32,
    denominator: u32,
) -> Scode {
    run(&this, |table| table.seek_row_approx(numerator, denominator))
}

extern "system" fn query_position(
    this: This<TableObject>,
    mut row: Out<u32>,
    mut numerator: Out<u32>,
    mut denominator: Out<u32>,
) -> Scode {
    let (row, numerator, denominator) = (row.begin(0), numerator.begin(0), denominator.begin(0));
    run(&this, |table| table.query_position(row, numerator, denominator))
}

extern "system" fn find_row(
    this: This<TableObject>,
    wanted: In<SRestriction>,
    origin: usize,
    flags: u32,
) -> Scode {
    run(&this, |table| table.find_row(restriction(wanted), origin, flags))
}

extern "system" fn restrict(
    this: This<TableObject>,
    wanted: In<SRestriction>,
    flags: u32,
) -> Scode {
    run(&this, |table| table.restrict(restriction(wanted), flags))
}

extern "system" fn create_bookmark(this: This<TableObject>, mut mark: Out<usize>) -> Scode {
    let mark = mark.begin(0);
    run(&this, |table| table.create_bookmark(mark))
}

extern "system" fn free_bookmark(this: This<TableObject>, mark: usize) -> Scode {
    run(&this, |table| table.free_bookmark(mark))
}

extern "system" fn sort_table(
    this: This<TableObject>,
    order: In<SSortOrderSet>,
    flags: u32,
) -> Scode {
    run(&this, |table| table.sort_table(given_order(order).as_ref(), flags))
}

extern "system" fn query_sort_order(this: This<TableObject>, mut out: Out<Raw>) -> Scode {
    gate::done(|| {
        let there = out.begin(null_mut()).is_some();
        with(&this, |object, table| {
            let mut found = None;
            table.query_sort_order(there.then_some(&mut found))?;
            object.put(&mut out, found.as_ref(), sort_order)
        })
    })
}

extern "system" fn query_rows(
    this: This<TableObject>,
    count: i32,
    flags: u32,
    mut out: Out<Raw>,
) -> Scode {
    gate::done(|| {
        let there = out.begin(null_mut()).is_some();
        with(&this, |object, table| {
            let mut found = None;
            table.query_rows(count, flags, there.then_some(&mut found))?;
            object.put_rows(&mut out, found.as_deref())
        })
    })
}

extern "system" fn abort(this: This<TableObject>) -> Scode {
    run(&this, |table| table.abort())
}

extern "system" fn expand_row(
    this: This<TableObject>,
    _key_size: u32,
    _key: In<u8>,
    _rows: u32,
    _flags: u32,
    mut out: Out<Raw>,
    mut more: Out<u32>,
) -> Scode {
    out.put(null_mut());
    more.put(0);
    run(&this, |table| table.category())
}

extern "system" fn collapse_row(
    this: This<TableObject>,
    _key_size: u32,
    _key: In<u8>,
    _flags: u32,
    mut rows: Out<u32>,
) -> Scode {
    rows.put(0);
    run(&this, |table| table.category())
}

extern "system" fn wait_for_completion(
    this: This<TableObject>,
    flags: u32,
    _timeout: u32,
    mut status: Out<u32>,
) -> Scode {
    let status = status.begin(0);
    run(&this, |table| table.wait_for_completion(flags, status))
}

extern "system" fn get_collapse_state(
    this: This<TableObject>,
    _flags: u32,
    _key_size: u32,
    _key: In<u8>,
    mut size: Out<u32>,
    mut state: Out<Raw>,
) -> Scode {
    size.put(0);
    state.put(null_mut());
    run(&this, |table| table.category())
}

extern "system" fn set_collapse_state(
    this: This<TableObject>,
    _flags: u32,
    _size: u32,
    _state: In<u8>,
    mut mark: Out<usize>,
) -> Scode {
    mark.put(0);
    run(&this, |table| table.category())
}

/// What `HrQueryAllRows` is asked for.
pub(crate) struct Query {
    pub(crate) columns: In<SPropTagArray>,
    pub(crate) restriction: In<SRestriction>,
    pub(crate) order: In<SSortOrderSet>,
    pub(crate) max: i32,
}

/// The object that a caller's pointer is, if it is a table of ours.
pub(crate) fn own_table(given: Iface) -> Option<Ref<TableObject>> {
    Ref::of(given, &raw const TABLE.unknown)
}

impl TableObject {
    /// All rows, in one step that no other call comes between.
    pub(crate) fn query_all(&self, query: &Query, out: &mut Out<Raw>) -> Result<()> {
        let mut rows = None;
        lock(&self.table).query_all_rows(
            query.columns.items(),
            restriction(query.restriction),
            given_order(query.order).as_ref(),
            query.max,
            (!out.is_null()).then_some(&mut rows),
        )?;
        self.put_rows(out, rows.as_deref())
    }
}
