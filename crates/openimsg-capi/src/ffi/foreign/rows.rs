//! Tables and lists of a caller's message.

use super::mapi_answered as answered;
use super::{Foreign, Iface, missing};
use crate::abi::*;
use crate::ffi::alloc::{OWN, free_buffer};
use crate::ffi::{In, Out};
use crate::values;
use openimsg::{Code, PropProblem, PropTag, Recipient, Result};
use std::mem::offset_of;
use std::ptr::null_mut;

type Table = Foreign<TableTable<Iface>>;

/// The problems that a call gave.
pub(super) fn problems(found: In<SPropProblemArray>) -> Vec<PropProblem> {
    let problem = |problem: &SPropProblem| {
        let index = usize::try_from(problem.index).unwrap_or(usize::MAX);
        let code = Code::from_scode(problem.scode.cast_unsigned()).unwrap_or(Code::CallFailed);
        PropProblem::new(index, PropTag::new(problem.tag), code)
    };
    found.items().unwrap_or_default().iter().map(problem).collect()
}

fn open(open: impl FnOnce(Out<Raw>) -> Scode) -> Result<Table> {
    const DOING: &str = "open table";
    let mut raw = null_mut();
    let scode = open(Out::lend(&mut raw));
    let given = Foreign::given(raw);
    answered(scode, DOING)?;
    given.ok_or_else(|| missing(DOING))
}

/// How many rows a table has.
pub(super) fn count(table: impl FnOnce(Out<Raw>) -> Scode) -> Result<u32> {
    let table = open(table)?;
    let mut count = 0;
    let get = table.table().get_row_count;
    answered(get(table.this(), 0, Out::lend(&mut count)), "count rows")?;
    Ok(count)
}

/// The rows of one query, freed at the end.
struct Rows(Raw);

impl Drop for Rows {
    fn drop(&mut self) {
        free_rows(self.0);
    }
}

/// `FreeProws`: the values of each row, then the set.
pub(crate) fn free_rows(set: Raw) {
    for row in In::<SRowSet>::block(set).items().unwrap_or_default() {
        free_buffer(row.props.raw());
    }
    free_buffer(set);
}

/// The numbers in an attachment table.
pub(super) fn attachment_numbers(table: impl FnOnce(Out<Raw>) -> Scode) -> Result<Vec<u32>> {
    const DOING: &str = "list attachments";
    const PR_ATTACH_NUM: u32 = 0x0E21_0003;
    let table = open(table)?;
    let columns = [1, PR_ATTACH_NUM];
    let list = In::numbers(&columns);
    answered((table.table().set_columns)(table.this(), list, 0), DOING)?;
    let mut numbers = Vec::new();
    loop {
        let mut raw = null_mut();
        let query = table.table().query_rows;
        let scode = query(table.this(), 64, 0, Out::lend(&mut raw));
        let rows = Rows(raw);
        answered(scode, DOING)?;
        let found = In::<SRowSet>::block(rows.0);
        let found = found.items().unwrap_or_default();
        if found.is_empty() {
            return Ok(numbers);
        }
        let number = |row: &SRow| {
            let value = row.props.slice(row.count)?.first()?;
            (value.tag == PR_ATTACH_NUM).then(|| value.value.l().cast_unsigned())
        };
        numbers.extend(found.iter().filter_map(number));
    }
}

/// An `ADRLIST` and the values of its entries, freed at the end.
pub(super) struct List {
    root: Raw,
    entries: Vec<Raw>,
}

impl List {
    pub(super) fn block(&self) -> Raw {
        self.root
    }
}

impl Drop for List {
    fn drop(&mut self) {
        self.entries.iter().chain([&self.root]).for_each(|block| {
            free_buffer(*block);
        });
    }
}

/// The recipients as MAPI passes them: each entry's values are a block of their own.
pub(super) fn address_list(recipients: &[Recipient]) -> Result<List> {
    let mut list = List { root: null_mut(), entries: Vec::with_capacity(recipients.len()) };
    for recipient in recipients {
        list.entries.push(OWN.block(|writer| values::values(writer, recipient.props()))?);
    }
    let entries = &list.entries;
    list.root = OWN.block(|writer| {
        let (first, size) = (offset_of!(AdrList, entries), size_of::<AdrEntry>());
        let at = writer.reserve(first + size * entries.len(), align_of::<AdrList>());
        writer.count(at, entries.len());
        for (index, (entry, recipient)) in entries.iter().zip(recipients).enumerate() {
            let here = at + first + size * index;
            writer.count(here + offset_of!(AdrEntry, count), recipient.props().len());
            writer.outside(here + offset_of!(AdrEntry, props), *entry);
        }
    })?;
    Ok(list)
}
