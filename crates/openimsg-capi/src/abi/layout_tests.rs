//! Sizes, alignments and offsets by the table of the contract. Spec: imessage-contract 2.2.
//!
//! That C has the same is shown with the headers; here Rust is held against the numbers.

use super::*;
use std::mem::offset_of;

macro_rules! laid_out {
    ($($type:ty: $size:literal, $align:literal $(, $field:ident @ $at:literal)*;)*) => {$(
        assert_eq!(size_of::<$type>(), $size, "size of {}", stringify!($type));
        assert_eq!(align_of::<$type>(), $align, "alignment of {}", stringify!($type));
        $(assert_eq!(offset_of!($type, $field), $at, "{}.{}", stringify!($type), stringify!($field));)*
    )*};
}

#[cfg(target_pointer_width = "64")]
#[test]
fn structures_are_laid_out_as_the_contract_has_them() {
    laid_out! {
        GUID: 16, 4, data1 @ 0, data2 @ 4, data3 @ 6, data4 @ 8;
        FILETIME: 8, 4, low @ 0, high @ 4;
        SPropValue: 24, 8, tag @ 0, align_pad @ 4, value @ 8;
        PropUnion: 16, 8;
        Counted<u8>: 16, 8, count @ 0, items @ 8;
        SPropTagArray: 8, 4, count @ 0, tags @ 4;
        SPropProblem: 12, 4, index @ 0, tag @ 4, scode @ 8;
        SPropProblemArray: 16, 4, count @ 0, problems @ 4;
        AdrEntry: 16, 8, reserved @ 0, count @ 4, props @ 8;
        AdrList: 24, 8, count @ 0, entries @ 8;
        SRow: 16, 8, pad @ 0, count @ 4, props @ 8;
        SRowSet: 24, 8, count @ 0, rows @ 8;
        MapiError: 32, 8, version @ 0, error @ 8, component @ 16, low_level @ 24, context @ 28;
        MapiNameId: 24, 8, set @ 0, kind @ 8, value @ 16;
        SSortOrder: 8, 4, tag @ 0, order @ 4;
        SSortOrderSet: 20, 4, count @ 0, categories @ 4, expanded @ 8, keys @ 12;
        Parts: 16, 8, number @ 0, parts @ 8;
        WithValue: 16, 8, how @ 0, tag @ 4, prop @ 8;
        Numbers: 12, 4, first @ 0, second @ 4, third @ 8;
        Comment: 24, 8, count @ 0, part @ 8, props @ 16;
        SRestriction: 32, 8, kind @ 0, value @ 8;
        STATSTG: 80, 8, name @ 0, kind @ 8, size @ 16, modified @ 24, created @ 32, accessed @ 40,
            mode @ 48, locks @ 52, class @ 56, state_bits @ 72, reserved @ 76;
        EntryId: 5, 1, flags @ 0, bytes @ 4;
        TableNotification: 80, 8, event @ 0, result @ 4, index @ 8, prior @ 32, row @ 56, pad @ 72;
        Notification: 88, 8, kind @ 0, align_pad @ 4, table @ 8;
        RtfInfo: 16, 4, size @ 0, flags @ 4, in_page @ 8, out_page @ 12;
        RtfReturn: 8, 4, size @ 0, stream_flags @ 4;
        StgOptions: 16, 8, version @ 0, reserved @ 2, sector_size @ 4, template @ 8;
    }
}

/// The number of a slot.
macro_rules! slot {
    ($table:ident.$slot:ident) => {
        offset_of!($table<crate::ffi::Iface>, $slot) / size_of::<usize>()
    };
}

#[test]
fn slots_are_numbered_as_the_contract_has_them() {
    use crate::ffi::Iface;
    let slots = [
        (slot!(UnknownTable.release), 2),
        (slot!(PropTable.get_last_error), 3),
        (slot!(PropTable.save_changes), 4),
        (slot!(PropTable.get_props), 5),
        (slot!(PropTable.open_property), 7),
        (slot!(PropTable.copy_to), 10),
        (slot!(PropTable.get_ids_from_names), 13),
        (slot!(MessageTable.get_attachment_table), 14),
        (slot!(MessageTable.modify_recipients), 19),
        (slot!(MessageTable.set_read_flag), 21),
        (slot!(TableTable.advise), 4),
        (slot!(TableTable.set_columns), 7),
        (slot!(TableTable.find_row), 13),
        (slot!(TableTable.query_rows), 19),
        (slot!(TableTable.abort), 20),
        (slot!(TableTable.set_collapse_state), 25),
        (slot!(ProgressTable.progress), 3),
        (slot!(ProgressTable.set_limits), 7),
        (slot!(SupportTable.get_mem_alloc_routines), 4),
        (slot!(MallocTable.heap_minimize), 8),
        (slot!(StreamTable.seek), 5),
        (slot!(StreamTable.clone_stream), 13),
        (slot!(StorageTable.create_stream), 3),
        (slot!(StorageTable.enum_elements), 11),
        (slot!(StorageTable.stat), 17),
        (slot!(EnumTable.clone_enum), 6),
        (slot!(LockBytesTable.stat), 9),
        (slot!(RootTable.switch_to_file), 3),
    ];
    for (index, (found, wanted)) in slots.iter().enumerate() {
        assert_eq!(found, wanted, "entry {index}");
    }
    let counts = [
        (size_of::<PropTable<Iface>>(), 14),
        (size_of::<MessageTable<Iface>>(), 22),
        (size_of::<TableTable<Iface>>(), 26),
        (size_of::<MallocTable<Iface>>(), 9),
        (size_of::<StreamTable<Iface>>(), 14),
        (size_of::<StorageTable<Iface>>(), 18),
        (size_of::<EnumTable<Iface>>(), 7),
        (size_of::<LockBytesTable<Iface>>(), 10),
        (size_of::<RootTable<Iface>>(), 4),
        (size_of::<ProgressTable<Iface>>(), 8),
    ];
    for (found, wanted) in counts {
        assert_eq!(found / size_of::<usize>(), wanted);
    }
}
