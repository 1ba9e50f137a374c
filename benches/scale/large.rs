//! An attachment of 4 GiB: written in pieces, saved, read back, copied to another message. What counts
//! is the memory: everything together stays within 64 MiB.

use crate::meter;
use openimsg::{CompoundFile, CopyOptions, Message, OpenStream, Result, SaveFlags, tags::*};
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::path::Path;
use std::time::Instant;

const MIB: usize = 1 << 20;
/// The most that may be allocated at one time.
const BOUND: usize = 64 * MIB;

/// One piece of the content; each is another.
fn fill(piece: &mut [u8], number: u64) {
    let mut state = number;
    for word in piece.chunks_mut(8) {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(number | 1);
        word.copy_from_slice(&state.to_le_bytes()[..word.len()]);
    }
}

fn write(message: &Message<'_>, len: u64) -> std::io::Result<[u8; 32]> {
    let attachment = message.create_attach().unwrap();
    attachment.set(PR_ATTACH_METHOD, 1).unwrap();
    attachment.set(PR_ATTACH_LONG_FILENAME_W, "disk.img").unwrap();
    let mut data = attachment.open_stream(PR_ATTACH_DATA_BIN.tag(), OpenStream::Create).unwrap();
    let (mut hash, mut piece) = (Sha256::new(), vec![0; MIB]);
    let mut left = len;
    while left > 0 {
        let now = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        fill(&mut piece[..now], left);
        hash.update(&piece[..now]);
        data.write_all(&piece[..now])?;
        left -= now as u64;
    }
    drop(data);
    attachment.save_changes(SaveFlags::empty()).map_err(std::io::Error::other)?;
    Ok(hash.finalize().into())
}

fn read(path: &Path) -> Result<(u64, [u8; 32])> {
    let message = Message::open(CompoundFile::open(path)?)?;
    let attachment = message.open_attach(0)?;
    let mut data = attachment.open_stream(PR_ATTACH_DATA_BIN.tag(), OpenStream::Read)?;
    let (mut hash, mut piece, mut len) = (Sha256::new(), vec![0; MIB], 0);
    loop {
        let got = data.read(&mut piece).unwrap();
        if got == 0 {
            return Ok((len, hash.finalize().into()));
        }
        hash.update(&piece[..got]);
        len += got as u64;
    }
}

/// Prints what one step took; counts memory from `base` on.
fn step<T>(what: &str, len: u64, base: usize, most: &mut usize, work: impl FnOnce() -> T) -> T {
    let before = meter::live();
    let start = Instant::now();
    let (done, peak, _) = meter::measure(work);
    let (time, peak) = (start.elapsed().as_secs_f64(), peak + before - base);
    *most = (*most).max(peak);
    let speed = len as f64 / 1e6 / time;
    println!("{what:<46} {time:>10.2} {speed:>10.0} {:>10.1}", peak as f64 / MIB as f64);
    done
}

/// Whether the disk says that it has room for two files, their spilled pages, and some.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn has_room(folder: &Path, len: u64) -> bool {
    nix::sys::statvfs::statvfs(folder).is_ok_and(|disk| {
        let free = u128::from(disk.blocks_available()) * u128::from(disk.fragment_size());
        free * 2 > u128::from(len) * 7
    })
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn has_room(_: &Path, _: u64) -> bool {
    true
}

/// The most of this process that was in memory at one time, where the system tells.
fn resident() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    Some(status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().to_owned())
}

pub(crate) fn report(len: u64) {
    let folder = tempfile::tempdir().unwrap();
    println!("\nan attachment of {len} bytes: seconds, MB/s, most memory in MiB");
    if !has_room(folder.path(), len) {
        println!("  left out: {} has no room for it", std::env::temp_dir().display());
        return;
    }
    println!("{:<46} {:>10} {:>10} {:>10}", "", "time", "speed", "memory");
    let [one, other] = ["one.msg", "other.msg"].map(|file| folder.path().join(file));
    let (base, mut most) = (meter::live(), 0);
    let message = Message::create(CompoundFile::create(&one).unwrap()).unwrap();
    let written =
        step("write in pieces, save the attachment", len, base, &mut most, || write(&message, len));
    let Ok(hash) = written else {
        println!("  given up: {}", written.unwrap_err());
        return;
    };
    step("save the message to a file", len, base, &mut most, || {
        message.save_changes(SaveFlags::empty()).unwrap();
        drop(message);
    });
    let read = |path: &Path| read(path).unwrap();
    let again = step("open, read in pieces", len, base, &mut most, || read(&one));
    assert!(again == (len, hash), "the file holds what was written");
    step("copy to another message, save that", len, base, &mut most, || {
        let from = Message::open(CompoundFile::open(&one).unwrap()).unwrap();
        let to = CompoundFile::create(&other).unwrap();
        let to = Message::create(to).unwrap();
        assert_eq!(from.copy_to(&to, CopyOptions::default()).unwrap(), []);
        to.save_changes(SaveFlags::empty()).unwrap();
    });
    let again = step("open the copy, read in pieces", len, base, &mut most, || read(&other));
    assert!(again == (len, hash), "the copy holds what was written");
    step("change the subject of the copy, save", len, base, &mut most, || {
        let message = Message::open(CompoundFile::edit(&other).unwrap()).unwrap();
        message.set(PR_SUBJECT_W, "changed").unwrap();
        message.save_changes(SaveFlags::empty()).unwrap();
    });
    let verdict = if most <= BOUND { "within" } else { "OVER" };
    println!("most memory {:.1} MiB, {verdict} the bound of 64", most as f64 / MIB as f64);
    if let Some(resident) = resident() {
        println!("(the whole process, whatever it measured before: {resident} resident at most)");
    }
}
