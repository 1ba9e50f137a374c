//! Helpers on tables and rows.

use super::export;
use crate::abi::*;
use crate::ffi::alloc::{OWN, free_buffer};
use crate::ffi::foreign::{answered, free_rows};
use crate::ffi::{Foreign, Iface, In, Out};
use crate::gate;
use crate::objects::table::{Query, own_table};
use openimsg::{Code, Result};
use std::mem::offset_of;
use std::ptr::null_mut;

export! {
    /// Frees a row set and the values of its rows.
    fn FreeProws(set: Raw) {
        gate::value((), || free_rows(set));
    }

    /// Frees an address list and the values of its entries.
    fn FreePadrlist(list: Raw) {
        // Both are a count, then a number, a count and a pointer for each.
        gate::value((), || free_rows(list));
    }

    /// All rows of a table, after its columns, restriction and order are set where they are given.
    /// More rows than `max`, if that is not 0, are refused.
    fn HrQueryAllRows(
        table: Iface,
        columns: In<SPropTagArray>,
        restriction: In<SRestriction>,
        order: In<SSortOrderSet>,
        max: i32,
        mut out: Out<Raw>,
    ) -> Scode {
        const DOING: &str = "query all rows";
        gate::done(|| {
            let place = out.begin(null_mut());
            let query = Query { columns, restriction, order, max };
            if let Some(own) = own_table(table) {
                let Some(own) = own.get() else { return gate::ended(DOING) };
                return own.query_all(&query, &mut out);
            }
            let (Some(place), Some(table)) = (place, Foreign::keep(table)) else {
                return gate::null(DOING);
            };
            *place = all_rows(&table, &query)?;
            Ok(())
        })
    }
}

/// All rows of a table of another's.
fn all_rows(table: &Foreign<TableTable<Iface>>, query: &Query) -> Result<Raw> {
    const DOING: &str = "query all rows";
    let (this, methods) = (table.this(), table.table());
    if !query.columns.is_null() {
        answered((methods.set_columns)(this, query.columns, 0), DOING)?;
    }
    if !query.restriction.is_null() {
        answered((methods.restrict)(this, query.restriction, 0), DOING)?;
    }
    if !query.order.is_null() {
        answered((methods.sort_table)(this, query.order, 0), DOING)?;
    }
    answered((methods.seek_row)(this, 0, 0, Out::NULL), DOING)?;
    let mut sets = Sets(Vec::new());
    let mut total = 0_usize;
    loop {
        let mut set = null_mut();
        let scode = (methods.query_rows)(this, 1024, 0, Out::lend(&mut set));
        sets.0.push(set);
        answered(scode, DOING)?;
        let got = In::<SRowSet>::block(set).items().map_or(0, <[_]>::len);
        total = total.saturating_add(got);
        if usize::try_from(query.max).is_ok_and(|max| max > 0 && total > max) {
            return gate::refuse(Code::TableTooBig, DOING);
        }
        if got == 0 {
            break;
        }
    }
    let root = OWN.block(|writer| {
        let first = offset_of!(SRowSet, rows);
        let size = size_of::<SRow>();
        let at = writer.reserve(first + size * total, align_of::<SRowSet>());
        writer.count(at, total);
        let rows = sets.0.iter().map(|set| In::<SRowSet>::block(*set));
        let mut entry = at + first;
        for set in rows {
            for row in set.items().unwrap_or_default() {
                writer.u32(entry + offset_of!(SRow, count), row.count);
                writer.outside(entry + offset_of!(SRow, props), row.props.raw());
                entry += size;
            }
        }
    })?;
    // The values are the new set's now.
    std::mem::take(&mut sets.0).into_iter().for_each(|set| {
        free_buffer(set);
    });
    Ok(root)
}

/// Sets of rows, freed with their values unless they are taken.
struct Sets(Vec<Raw>);

impl Drop for Sets {
    fn drop(&mut self) {
        self.0.iter().for_each(|set| free_rows(*set));
    }
}
