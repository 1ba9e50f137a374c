//! What the C door costs: one message after another read through COM calls, beside the Rust library.
//!
//! Both read the same values: subject, sender's name and address, body, three columns of each
//! recipient, and the bytes of each attachment. They take turns, file by file; the table gives the sum
//! of each file's median. `cargo bench -p openimsg-capi`; further arguments: `-- --rounds=N`.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops at the first surprise")]
#![allow(unsafe_code, reason = "it is a C caller in Rust's clothes")]
#![allow(clippy::undocumented_unsafe_blocks, reason = "every call is one that C would make")]
#![allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "a bench")]
// The library whose functions are called by name below.
extern crate openimsg_capi as _;

#[path = "../../../benches/common/mod.rs"]
mod common;

use common::{files, is_measuring, median, option, touch};
use openimsg::{CompoundFile, Message, OpenStream, PropValue, Session, tags::*};
use std::ffi::c_void;
use std::hint::black_box;
use std::path::Path;
use std::ptr::{null, null_mut};
use std::time::Instant;

type Raw = *mut c_void;

unsafe extern "system" {
    fn MAPIAllocateBuffer(size: u32, out: *mut Raw) -> i32;
    fn MAPIAllocateMore(size: u32, object: Raw, out: *mut Raw) -> i32;
    fn MAPIFreeBuffer(block: Raw) -> u32;
    fn MAPIGetDefaultMalloc() -> Raw;
    fn FreeProws(rows: Raw);
    fn StgOpenStorage(
        name: *const u16,
        priority: Raw,
        mode: u32,
        exclude: *const *const u16,
        reserved: u32,
        out: *mut Raw,
    ) -> i32;
    fn OpenIMsgSession(malloc: Raw, flags: u32, out: *mut Raw) -> i32;
    fn OpenIMsgOnIStg(
        session: Raw,
        allocate: unsafe extern "system" fn(u32, *mut Raw) -> i32,
        more: unsafe extern "system" fn(u32, Raw, *mut Raw) -> i32,
        free: unsafe extern "system" fn(Raw) -> u32,
        malloc: Raw,
        support: Raw,
        storage: Raw,
        call: Raw,
        data: u32,
        flags: u32,
        out: *mut Raw,
    ) -> i32;
}

/// Calls the method in a slot of an object's table.
macro_rules! call {
    ($object:expr, $slot:literal $(, $arg:expr => $type:ty)*) => {{
        let object: Raw = $object;
        let table = *object.cast::<*const *const c_void>();
        let method: unsafe extern "system" fn(Raw $(, $type)*) -> i32 =
            std::mem::transmute(*table.add($slot));
        method(object $(, $arg)*)
    }};
}

fn release(object: Raw) {
    unsafe { call!(object, 2) };
}

/// `SPropValue`.
#[repr(C)]
struct Value {
    tag: u32,
    pad: u32,
    first: usize,
    second: usize,
}

/// `SRow`.
#[repr(C)]
struct Row {
    pad: u32,
    count: u32,
    values: *const Value,
}

const IID_ISTREAM: [u8; 16] = [0x0C, 0, 0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46];

unsafe fn text(value: &Value) -> u64 {
    if value.tag & 0xFFFF != 0x1F {
        return 0;
    }
    unsafe {
        let units: *const u16 = std::ptr::with_exposed_provenance(value.first);
        let mut sum = 0_u64;
        let mut at = units;
        while *at != 0 {
            sum = sum.wrapping_add(u64::from(*at));
            at = at.add(1);
        }
        sum
    }
}

unsafe fn rows(table: Raw, columns: &[u32], mut each: impl FnMut(&[Value]) -> u64) -> u64 {
    unsafe {
        let mut sum = 0_u64;
        let mut set: Raw = null_mut();
        call!(table, 7, columns.as_ptr() => *const u32, 0 => u32);
        if call!(table, 19, i32::MAX => i32, 0 => u32, &raw mut set => *mut Raw) >= 0 {
            let count = *set.cast::<u32>() as usize;
            let first = set.cast::<u8>().add(8).cast::<Row>();
            for row in std::slice::from_raw_parts(first, count) {
                let values = std::slice::from_raw_parts(row.values, row.count as usize);
                sum = sum.wrapping_add(each(values));
            }
            FreeProws(set);
        }
        release(table);
        sum
    }
}

fn by_com(path: &Path) -> Option<u64> {
    thread_local! {
        static OPEN: (Raw, Raw) = unsafe {
            let malloc = MAPIGetDefaultMalloc();
            let mut session = null_mut();
            assert_eq!(OpenIMsgSession(malloc, 0, &raw mut session), 0);
            (session, malloc)
        };
    }
    let (session, malloc) = OPEN.with(|open| *open);
    let name: Vec<u16> = path.to_str()?.encode_utf16().chain([0]).collect();
    unsafe {
        let (mut storage, mut message): (Raw, Raw) = (null_mut(), null_mut());
        // READ, SHARE_DENY_WRITE.
        if StgOpenStorage(name.as_ptr(), null_mut(), 0x20, null(), 0, &raw mut storage) < 0 {
            return None;
        }
        let opened = OpenIMsgOnIStg(
            session,
            MAPIAllocateBuffer,
            MAPIAllocateMore,
            MAPIFreeBuffer,
            malloc,
            null_mut(),
            storage,
            null_mut(),
            0,
            0,
            &raw mut message,
        );
        release(storage);
        if opened < 0 {
            return None;
        }
        let mut sum = 0_u64;
        let (tags, mut count) =
            ([4_u32, 0x0037_001F, 0x0C1A_001F, 0x0C1F_001F, 0x1000_001F], 0_u32);
        let mut values: Raw = null_mut();
        let got = call!(message, 5, tags.as_ptr() => *const u32, 0 => u32,
            &raw mut count => *mut u32, &raw mut values => *mut Raw);
        if got >= 0 {
            let all = std::slice::from_raw_parts(values.cast::<Value>(), count as usize);
            sum = all.iter().fold(sum, |sum, value| sum.wrapping_add(text(value)));
            MAPIFreeBuffer(values);
        }
        let mut table: Raw = null_mut();
        if call!(message, 18, 0x8000_0000_u32 => u32, &raw mut table => *mut Raw) >= 0 {
            let columns = [3, 0x3001_001F, 0x3003_001F, 0x0C15_0003];
            sum = sum.wrapping_add(rows(table, &columns, |row| {
                text(&row[0]).wrapping_add(text(&row[1])).wrapping_add(row[2].first as u64)
            }));
        }
        let mut numbers = Vec::new();
        if call!(message, 14, 0 => u32, &raw mut table => *mut Raw) >= 0 {
            rows(table, &[1, 0x0E21_0003], |row| {
                numbers.push(row[0].first as u32);
                0
            });
        }
        for number in numbers {
            let (mut attachment, mut stream): (Raw, Raw) = (null_mut(), null_mut());
            if call!(message, 15, number => u32, null() => *const u8, 0 => u32,
                &raw mut attachment => *mut Raw)
                < 0
            {
                continue;
            }
            if call!(attachment, 7, 0x3701_0102 => u32, IID_ISTREAM.as_ptr() => *const u8,
                0 => u32, 0 => u32, &raw mut stream => *mut Raw)
                >= 0
            {
                let mut piece = vec![0_u8; 1 << 16];
                let mut got = 0_u32;
                while call!(stream, 3, piece.as_mut_ptr() => *mut u8, 1 << 16 => u32,
                    &raw mut got => *mut u32)
                    >= 0
                    && got > 0
                {
                    sum = sum.wrapping_add(touch(&piece[..got as usize]));
                }
                release(stream);
            }
            release(attachment);
        }
        release(message);
        Some(sum)
    }
}

fn units(value: Option<&PropValue>) -> u64 {
    match value {
        // C text ends at the first zero.
        Some(PropValue::Unicode(text)) => {
            text.units().take_while(|unit| *unit != 0).map(u64::from).sum()
        }
        _ => 0,
    }
}

fn by_rust(path: &Path) -> Option<u64> {
    thread_local! { static SESSION: &'static Session = Box::leak(Box::new(Session::new())); }
    let session = SESSION.with(|session| *session);
    let message: Message<'_> = session.open_message(CompoundFile::open(path).ok()?).ok()?;
    let mut sum = 0_u64;
    for tag in [PR_SUBJECT_W, PR_SENDER_NAME_W, PR_SENDER_EMAIL_ADDRESS_W, PR_BODY_W] {
        let value = message.get_prop(tag.tag()).ok().flatten();
        sum = sum.wrapping_add(units(value.as_ref()));
    }
    let mut table = message.recipient_table().ok()?;
    table
        .set_columns(&[PR_DISPLAY_NAME_W.tag(), PR_EMAIL_ADDRESS_W.tag(), PR_RECIPIENT_TYPE.tag()])
        .ok()?;
    for row in table.query_rows(i32::MAX).ok()? {
        for (_, cell) in row.cells() {
            sum = sum.wrapping_add(match cell {
                Ok(PropValue::Long(kind)) => u64::from(kind.cast_unsigned()),
                Ok(value) => units(Some(value)),
                Err(_) => 0,
            });
        }
    }
    for number in message.attachment_numbers().ok()? {
        let Ok(attachment) = message.open_attach(number) else { continue };
        let stream = attachment.open_stream(PR_ATTACH_DATA_BIN.tag(), OpenStream::Read);
        let Ok(mut stream) = stream else { continue };
        let mut piece = vec![0_u8; 1 << 16];
        while let Ok(got @ 1..) = std::io::Read::read(&mut stream, &mut piece) {
            sum = sum.wrapping_add(touch(&piece[..got]));
        }
    }
    Some(sum)
}

fn main() {
    let (files, _folder) = files();
    let rounds = match option("rounds") {
        Some(rounds) => rounds.parse().unwrap(),
        None if is_measuring() => 21,
        None => 1,
    };
    /// Who reads a file, and by what name.
    type Reader = (&'static str, fn(&Path) -> Option<u64>);
    let readers: [Reader; 2] = [("rust", by_rust), ("com", by_com)];
    let mut refused = 0;
    for path in &files {
        // Both read the same, or the comparison says nothing.
        let sums = readers.map(|(_, read)| read(path));
        assert_eq!(sums[0], sums[1], "{}", path.display());
        refused += usize::from(sums[0].is_none());
    }
    let mut times = vec![vec![Vec::new(); files.len()]; readers.len()];
    for round in 0..rounds {
        for step in 0..readers.len() {
            let at = (round + step) % readers.len();
            for (path, times) in files.iter().zip(&mut times[at]) {
                let start = Instant::now();
                black_box((readers[at].1)(black_box(path)));
                times.push(start.elapsed().as_secs_f64());
            }
        }
    }
    let sums: Vec<f64> =
        times.iter().map(|files| files.iter().map(|times| median(times)).sum()).collect();
    println!("{} files, {refused} refused, {rounds} rounds, warm cache", files.len());
    println!("             ms   us/file  ratio to the Rust library");
    for ((name, _), sum) in readers.iter().zip(&sums) {
        let count = files.len() as f64;
        println!("{name:>6} {:>8.2} {:>9.1} {:>8.2}", sum * 1e3, sum * 1e6 / count, sum / sums[0]);
    }
}
