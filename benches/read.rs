//! The read pass over a set of messages, beside reading their bytes and beside other readers.
//!
//! All contenders run in one process, one after the other in every round, each round starting with
//! another one; the table gives medians and their ratio to the floor. The cache is warm.
//! `cargo bench --bench read`; further arguments: `-- --rounds=N`, `-- --only=NAME`.
#![allow(clippy::unwrap_used, reason = "a bench stops at the first surprise")]
#![allow(clippy::print_stdout, reason = "the table is what it is for")]

mod common;

use common::{Counting, allocations, files, is_measuring, median, option, touch};
use openimsg::{
    CompoundFile, ElementKind, Message, Mode, OpenStream, Recipient, Session, Storage, tags::*,
};
use std::hint::black_box;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Who reads one file: a sum over what was read, `None` for a file that it refuses.
struct Contender {
    name: &'static str,
    does: &'static str,
    read: fn(&Path) -> Option<u64>,
}

const CONTENDERS: [Contender; 6] = [
    Contender {
        name: "floor",
        does: "std::fs::read of each file, every byte touched",
        read: floor,
    },
    Contender {
        name: "openimsg",
        does: "read pass: subject, sender's name and address, name, address and type of each \
               recipient, PR_BODY, the bytes of each attachment (attached messages are not entered)",
        read: ours,
    },
    Contender {
        name: "msg_parser",
        does: "Outlook::from_path, which decodes the message as a whole; the same values touched",
        read: msg_parser,
    },
    Contender {
        name: "openimsg::stg",
        does: "structured storage alone: every stream of the file, every byte touched",
        read: our_streams,
    },
    Contender {
        name: "cfb",
        does: "the same with cfb::CompoundFile on the file's bytes in memory",
        read: cfb_in_memory,
    },
    Contender {
        name: "cfb (file)",
        does: "the same with cfb::open on the path",
        read: cfb_on_file,
    },
];

fn floor(path: &Path) -> Option<u64> {
    Some(touch(&std::fs::read(path).ok()?))
}

fn ours(path: &Path) -> Option<u64> {
    thread_local! { static SESSION: &'static Session = Box::leak(Box::new(Session::new())); }
    let session = SESSION.with(|session| *session);
    read_message(&session.open_message(CompoundFile::open(path).ok()?).ok()?)
}

fn text(value: Option<String>) -> u64 {
    value.map_or(0, |text| touch(text.as_bytes()))
}

fn read_message(message: &Message<'_>) -> Option<u64> {
    let mut sum = 0_u64;
    for tag in [PR_SUBJECT_W, PR_SENDER_NAME_W, PR_SENDER_EMAIL_ADDRESS_W, PR_BODY_W] {
        // A damaged value does not hide the others.
        sum = sum.wrapping_add(text(message.get(tag).ok().flatten()));
    }
    let recipient = |row: &Recipient| {
        text(row.display_name()).wrapping_add(text(row.address())).wrapping_add(row.kind() as u64)
    };
    for row in message.recipients().ok()? {
        sum = sum.wrapping_add(recipient(&row));
    }
    for number in message.attachment_numbers().ok()? {
        // A damaged attachment does not hide the others.
        let Ok(attachment) = message.open_attach(number) else { continue };
        let data = attachment.open_stream(PR_ATTACH_DATA_BIN.tag(), OpenStream::Read);
        let Ok(mut data) = data else { continue };
        sum = sum.wrapping_add(match data.as_bytes() {
            Some(bytes) => touch(bytes),
            None => {
                let mut bytes = Vec::new();
                // What is readable before the damage counts.
                let _ = data.read_to_end(&mut bytes);
                touch(&bytes)
            }
        });
    }
    Some(sum)
}

fn our_streams(path: &Path) -> Option<u64> {
    const READ: Mode = Mode::READ.and(Mode::SHARE_EXCLUSIVE);
    let mut sum = 0_u64;
    let mut piece = Vec::new();
    let mut todo: Vec<Arc<dyn Storage>> = vec![Arc::new(CompoundFile::open(path).ok()?)];
    while let Some(storage) = todo.pop() {
        for element in storage.elements().ok()? {
            let name = element.name?;
            if element.kind == ElementKind::Storage {
                todo.push(storage.open_storage(&name, READ).ok()?);
                continue;
            }
            let Ok(stream) = storage.open_stream(&name, READ) else { continue };
            if let Some(bytes) = stream.as_bytes() {
                sum = sum.wrapping_add(touch(bytes));
                continue;
            }
            piece.resize(1 << 16, 0);
            let mut at = 0;
            while let Ok(got @ 1..) = stream.read_at(at, &mut piece) {
                sum = sum.wrapping_add(touch(piece.get(..got)?));
                at += got as u64;
            }
        }
    }
    Some(sum)
}

fn cfb_in_memory(path: &Path) -> Option<u64> {
    let bytes = std::fs::read(path).ok()?;
    cfb_streams(cfb::CompoundFile::open(std::io::Cursor::new(bytes)).ok()?)
}

fn cfb_on_file(path: &Path) -> Option<u64> {
    cfb_streams(cfb::open(path).ok()?)
}

fn cfb_streams<F: Read + std::io::Seek>(mut file: cfb::CompoundFile<F>) -> Option<u64> {
    let paths: Vec<_> =
        file.walk().filter(cfb::Entry::is_stream).map(|entry| entry.path().to_owned()).collect();
    let mut sum = 0_u64;
    let mut bytes = Vec::new();
    for path in paths {
        let Ok(mut stream) = file.open_stream(&path) else { continue };
        bytes.clear();
        let _ = stream.read_to_end(&mut bytes);
        sum = sum.wrapping_add(touch(&bytes));
    }
    Some(sum)
}

fn msg_parser(path: &Path) -> Option<u64> {
    // Some files make it panic; that is a refusal.
    let read = std::panic::catch_unwind(|| msg_parser::Outlook::from_path(path));
    let message = read.ok()?.ok()?;
    let mut sum = touch(message.subject.as_bytes());
    for person in [&message.to, &message.cc, &message.bcc].into_iter().flatten() {
        sum = sum.wrapping_add(touch(person.name.as_bytes()));
        sum = sum.wrapping_add(touch(person.email.as_bytes()));
    }
    sum = sum.wrapping_add(touch(message.sender.name.as_bytes()));
    sum = sum.wrapping_add(touch(message.sender.email.as_bytes()));
    sum = sum.wrapping_add(touch(message.body.as_bytes()));
    for attachment in &message.attachments {
        sum = sum.wrapping_add(touch(&attachment.payload_bytes));
    }
    Some(sum)
}

fn main() {
    std::panic::set_hook(Box::new(|_| ()));
    let (files, _folder) = files();
    let bytes: u64 = files.iter().map(|path| std::fs::metadata(path).unwrap().len()).sum();
    println!("       {} files, {bytes} bytes, warm cache\n", files.len());
    let only = option("only");
    let chosen: Vec<_> = CONTENDERS
        .iter()
        .filter(|c| only.as_deref().is_none_or(|only| c.name == only || c.name == "floor"))
        .collect();
    let rounds = match option("rounds") {
        Some(rounds) => rounds.parse().unwrap(),
        None if is_measuring() => 15,
        None => 1,
    };

    // One pass outside the clock: it warms the cache, counts allocations and refusals.
    let mut facts = Vec::new();
    for contender in &chosen {
        let mut refused = 0;
        let count = allocations(|| {
            for path in &files {
                refused += usize::from((contender.read)(path).is_none());
            }
        });
        facts.push((count, refused));
    }
    // For each contender and file the times of all rounds: the sum of the medians of the files does
    // not move when somebody else takes the processor for a while, as that of whole passes does.
    let mut times = vec![vec![Vec::new(); files.len()]; chosen.len()];
    for round in 0..rounds {
        for step in 0..chosen.len() {
            let at = (round + step) % chosen.len();
            let (Some(contender), Some(times)) = (chosen.get(at), times.get_mut(at)) else {
                continue;
            };
            for (path, times) in files.iter().zip(times) {
                let start = Instant::now();
                black_box((contender.read)(black_box(path)));
                times.push(start.elapsed().as_secs_f64());
            }
        }
    }
    let sums: Vec<f64> =
        times.iter().map(|files| files.iter().map(|times| median(times)).sum()).collect();

    for contender in &chosen {
        println!("{:>14}  {}", contender.name, contender.does);
    }
    println!(
        "\n{rounds} rounds; the sum over all files of each file's median, and its ratio to the floor"
    );
    println!("                      ms   us/file    ratio  allocs/file   KiB/file  refused");
    let floor = sums.first().copied().unwrap_or(f64::NAN);
    let count = files.len() as f64;
    for ((contender, time), ((calls, bytes), refused)) in chosen.iter().zip(&sums).zip(&facts) {
        println!(
            "{:>14} {:>9.2} {:>9.1} {:>8.2} {:>12.1} {:>10.1} {:>8}",
            contender.name,
            time * 1e3,
            time * 1e6 / count,
            time / floor,
            *calls as f64 / count,
            *bytes as f64 / 1024.0 / count,
            refused
        );
    }
}
