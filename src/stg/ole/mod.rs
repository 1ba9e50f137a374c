//! What OLE keeps in storages besides the caller's elements: classes, names of formats, property sets.
//!
//! | Element | What | File |
//! |---|---|---|
//! | the storage's class; 16 bytes of a stream | a class | `class.rs` |
//! | stream U+0001 `CompObj` | the name of the object's type, its clipboard format | `user_type.rs` |
//! | stream U+0001 `Ole` | a flag: to be converted when next opened | `convert.rs` |
//! | streams U+0005 .. | property sets | `property_set.rs` |
//!
//! Messages need none of this; programs that embed objects do. Spec: structured-storage 2.3.

mod class;
mod convert;
mod property_set;
mod user_type;

pub use class::{read_class_stg, read_class_stm, set_times, write_class_stg, write_class_stm};
pub use convert::{get_convert_stg, set_convert_stg};
pub(crate) use property_set::{ANSI, create_with};
pub use property_set::{
    create_property_set, delete_property_set, open_property_set, property_set_name,
};
pub use user_type::{ClipFormat, UserType, read_fmt_user_type_stg, write_fmt_user_type_stg};
