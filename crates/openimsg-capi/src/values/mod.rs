//! Values between C's structures and the library's types.

mod input;
mod output;
mod restriction;

pub(crate) use input::{
    given_name, given_names, given_order, given_prop, given_props, given_rows, listed,
};
pub(crate) use output::{
    names, numbers_of, problems, put_block, row_set, sort_order, tags, told_error, values,
};
pub(crate) use restriction::restriction;
