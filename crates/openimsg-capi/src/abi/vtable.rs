//! The tables of COM's and MAPI's interfaces, slot by slot. Spec: imessage-contract 2.4.
//!
//! `T` is what a method is called on: [`This`](crate::ffi::This) in the tables of our own objects,
//! [`Iface`] when we call a caller's.

use super::*;
use crate::ffi::{Iface, In, Out};

/// One slot: a method of these arguments.
macro_rules! slot {
    ($t:ident ( $($arg:ty),* )) => { extern "system" fn($t $(, $arg)*) -> Scode };
    ($t:ident ( $($arg:ty),* ) -> $ret:ty) => { extern "system" fn($t $(, $arg)*) -> $ret };
}

/// A table: what it inherits, then its slots in order.
macro_rules! vtable {
    ($doc:literal, $name:ident $(: $base:ident as $base_field:ident)? {
        $($slot:ident($($arg:ty),* $(,)?) $(-> $ret:ty)?;)*
    }) => {
        #[doc = $doc]
        #[repr(C)]
        pub(crate) struct $name<T> {
            $(pub(crate) $base_field: $base<T>,)?
            $(pub(crate) $slot: slot!(T($($arg),*) $(-> $ret)?),)*
        }
    };
}

vtable!("`IUnknown`: slots 0 to 2 of every table.", UnknownTable {
    query_interface(In<GUID>, Out<Raw>);
    add_ref() -> u32;
    release() -> u32;
});

vtable!("`IMalloc`.", MallocTable: UnknownTable as unknown {
    alloc(usize) -> Raw;
    realloc(Raw, usize) -> Raw;
    free(Raw) -> ();
    get_size(Raw) -> usize;
    did_alloc(Raw) -> i32;
    heap_minimize() -> ();
});

vtable!("`IStream`; its first five slots are `ISequentialStream`.", StreamTable: UnknownTable as unknown {
    read(Out<u8>, u32, Out<u32>);
    write(In<u8>, u32, Out<u32>);
    seek(i64, u32, Out<u64>);
    set_size(u64);
    copy_to(Iface, u64, Out<u64>, Out<u64>);
    commit(u32);
    revert();
    lock_region(u64, u64, u32);
    unlock_region(u64, u64, u32);
    stat(Out<STATSTG>, u32);
    clone_stream(Out<Raw>);
});

vtable!("`IStorage`.", StorageTable: UnknownTable as unknown {
    create_stream(In<u16>, u32, u32, u32, Out<Raw>);
    open_stream(In<u16>, Raw, u32, u32, Out<Raw>);
    create_storage(In<u16>, u32, u32, u32, Out<Raw>);
    open_storage(In<u16>, Iface, u32, In<In<u16>>, u32, Out<Raw>);
    copy_to(u32, In<GUID>, In<In<u16>>, Iface);
    move_element_to(In<u16>, Iface, In<u16>, u32);
    commit(u32);
    revert();
    enum_elements(u32, Raw, u32, Out<Raw>);
    destroy_element(In<u16>);
    rename_element(In<u16>, In<u16>);
    set_element_times(In<u16>, In<FILETIME>, In<FILETIME>, In<FILETIME>);
    set_class(In<GUID>);
    set_state_bits(u32, u32);
    stat(Out<STATSTG>, u32);
});

vtable!("`IEnumSTATSTG`.", EnumTable: UnknownTable as unknown {
    next(u32, Out<STATSTG>, Out<u32>);
    skip(u32);
    reset();
    clone_enum(Out<Raw>);
});

vtable!("`ILockBytes`.", LockBytesTable: UnknownTable as unknown {
    read_at(u64, Out<u8>, u32, Out<u32>);
    write_at(u64, In<u8>, u32, Out<u32>);
    flush();
    set_size(u64);
    lock_region(u64, u64, u32);
    unlock_region(u64, u64, u32);
    stat(Out<STATSTG>, u32);
});

vtable!("`IRootStorage`.", RootTable: UnknownTable as unknown {
    switch_to_file(In<u16>);
});

vtable!("`IMAPIProp`.", PropTable: UnknownTable as unknown {
    get_last_error(Scode, u32, Out<Raw>);
    save_changes(u32);
    get_props(In<SPropTagArray>, u32, Out<u32>, Out<Raw>);
    get_prop_list(u32, Out<Raw>);
    open_property(u32, In<GUID>, u32, u32, Out<Raw>);
    set_props(u32, In<SPropValue>, Out<Raw>);
    delete_props(In<SPropTagArray>, Out<Raw>);
    copy_to(u32, In<GUID>, In<SPropTagArray>, usize, Iface, In<GUID>, Iface, u32, Out<Raw>);
    copy_props(In<SPropTagArray>, usize, Iface, In<GUID>, Iface, u32, Out<Raw>);
    get_names_from_ids(Out<In<SPropTagArray>>, In<GUID>, u32, Out<u32>, Out<Raw>);
    get_ids_from_names(u32, In<In<MapiNameId>>, u32, Out<Raw>);
});

vtable!("`IMessage`.", MessageTable: PropTable as prop {
    get_attachment_table(u32, Out<Raw>);
    open_attach(u32, In<GUID>, u32, Out<Raw>);
    create_attach(In<GUID>, u32, Out<u32>, Out<Raw>);
    delete_attach(u32, usize, Iface, u32);
    get_recipient_table(u32, Out<Raw>);
    modify_recipients(u32, In<AdrList>);
    submit_message(u32);
    set_read_flag(u32);
});

vtable!("`IMAPITable`.", TableTable: UnknownTable as unknown {
    get_last_error(Scode, u32, Out<Raw>);
    advise(u32, Iface, Out<usize>);
    unadvise(usize);
    get_status(Out<u32>, Out<u32>);
    set_columns(In<SPropTagArray>, u32);
    query_columns(u32, Out<Raw>);
    get_row_count(u32, Out<u32>);
    seek_row(usize, i32, Out<i32>);
    seek_row_approx(u32, u32);
    query_position(Out<u32>, Out<u32>, Out<u32>);
    find_row(In<SRestriction>, usize, u32);
    restrict(In<SRestriction>, u32);
    create_bookmark(Out<usize>);
    free_bookmark(usize);
    sort_table(In<SSortOrderSet>, u32);
    query_sort_order(Out<Raw>);
    query_rows(i32, u32, Out<Raw>);
    abort();
    expand_row(u32, In<u8>, u32, u32, Out<Raw>, Out<u32>);
    collapse_row(u32, In<u8>, u32, Out<u32>);
    wait_for_completion(u32, u32, Out<u32>);
    get_collapse_state(u32, u32, In<u8>, Out<u32>, Out<Raw>);
    set_collapse_state(u32, u32, In<u8>, Out<usize>);
});

vtable!("`IMAPIProgress`.", ProgressTable: UnknownTable as unknown {
    progress(u32, u32, u32);
    get_flags(Out<u32>);
    get_max(Out<u32>);
    get_min(Out<u32>);
    set_limits(Out<u32>, Out<u32>, Out<u32>);
});

vtable!("`IMAPISupport`, as far as it is called.", SupportTable: UnknownTable as unknown {
    get_last_error(Scode, u32, Out<Raw>);
    get_mem_alloc_routines(Out<Option<AllocateBuffer>>, Out<Option<AllocateMore>>, Out<Option<FreeBuffer>>);
});

/// `ALLOCATEBUFFER`: bytes, and where the block goes.
pub(crate) type AllocateBuffer = extern "system" fn(u32, Out<Raw>) -> Scode;
/// `ALLOCATEMORE`: bytes, the block that it is freed with, and where it goes.
pub(crate) type AllocateMore = extern "system" fn(u32, Raw, Out<Raw>) -> Scode;
/// `FREEBUFFER`.
pub(crate) type FreeBuffer = extern "system" fn(Raw) -> u32;
/// `MSGCALLRELEASE`.
pub(crate) type CallRelease = extern "system" fn(u32, Raw);
/// The same with a context of a pointer's width; ours.
pub(crate) type CallReleaseEx = extern "system" fn(Raw, Raw);
