//! Ten thousand messages open in one session: what each costs beside its file's bytes, and whether
//! opening and closing is linear.

use crate::meter;
use crate::report::{ratio, seconds};
use openimsg::{CompoundFile, Message, Modify, Recipient, SaveFlags, Session, Storage, tags::*};
use std::sync::Arc;

/// The most that a message may cost beside the bytes of its file.
const BOUND: usize = 8 << 10;

fn sample() -> Vec<u8> {
    let file = Arc::new(CompoundFile::memory());
    let message = Message::create(Arc::clone(&file) as Arc<dyn Storage>).unwrap();
    message.set(PR_MESSAGE_CLASS_W, "IPM.Note").unwrap();
    message.set(PR_SUBJECT_W, "RE: one of many").unwrap();
    message.set(PR_BODY_W, "A line of text, then one more.\r\n".repeat(20)).unwrap();
    let rows = [Recipient::new("Ana", "ana@example.org"), Recipient::new("Ben", "b@example.org")];
    message.modify_recipients(Modify::Add, &rows).unwrap();
    let attachment = message.create_attach().unwrap();
    attachment.set(PR_ATTACH_METHOD, 1).unwrap();
    attachment.set(PR_ATTACH_DATA_BIN, &[7; 3000][..]).unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();
    message.save_changes(SaveFlags::empty()).unwrap();
    drop((message, attachment));
    file.to_bytes().unwrap()
}

/// Times and bytes of one run.
#[derive(Clone, Copy)]
struct Run {
    times: [f64; 4],
    bytes: [usize; 3],
}

fn run(sample: &[u8], count: usize, writable: bool) -> Run {
    let files = (0..count).map(|_| sample.to_vec()).collect::<Vec<_>>();
    let base = meter::live();
    let (mut times, mut bytes) = ([0.0; 4], [0; 3]);
    let session = Session::new();
    let start = seconds();
    let messages: Vec<_> = files
        .into_iter()
        .map(|bytes| {
            let file = match writable {
                true => CompoundFile::edit_bytes(bytes),
                false => CompoundFile::from_bytes(bytes),
            };
            session.open_message(file.unwrap()).unwrap()
        })
        .collect();
    times[0] = seconds() - start;
    bytes[0] = meter::live() - base;
    let start = seconds();
    for message in &messages {
        assert!(message.get(PR_SUBJECT_W).unwrap().is_some());
        assert!(message.get(PR_BODY_W).unwrap().is_some());
        assert!(message.get(PR_DISPLAY_TO_W).unwrap().is_some());
    }
    times[1] = seconds() - start;
    bytes[1] = meter::live() - base;
    let start = seconds();
    let below: Vec<_> = messages
        .iter()
        .map(|message| {
            let mut table = message.recipient_table().unwrap();
            table.set_columns(&[PR_DISPLAY_NAME_W.tag()]).unwrap();
            assert_eq!(table.query_rows(10).unwrap().len(), 2);
            (message.open_attach(0).unwrap(), table)
        })
        .collect();
    times[2] = seconds() - start;
    bytes[2] = meter::live() - base;
    // The session closes what is open, all by itself.
    std::mem::forget(below);
    std::mem::forget(messages);
    let start = seconds();
    session.close();
    times[3] = seconds() - start;
    Run { times, bytes: bytes.map(|bytes| bytes / count) }
}

fn best(sample: &[u8], count: usize, writable: bool, runs: usize) -> Run {
    let mut best = run(sample, count, writable);
    for _ in 1..runs {
        let now = run(sample, count, writable);
        best.times.iter_mut().zip(now.times).for_each(|(best, now)| *best = best.min(now));
    }
    best
}

pub(crate) fn report(sizes: [usize; 2], runs: usize) {
    let sample = sample();
    for (writable, how) in [(false, "for reading"), (true, "for change")] {
        let [few, many] = sizes.map(|count| best(&sample, count.max(1), writable, runs));
        println!("\nmessages open in one session, {how}: milliseconds");
        println!("{:<46} {:>10} {:>10} {:>7}", "", sizes[0], sizes[1], "ratio");
        let steps = ["open", "get three properties", "open an attachment and a table", "close"];
        for ((what, few), many) in steps.iter().zip(few.times).zip(many.times) {
            let ratio = ratio(many, few);
            println!("{what:<46} {:>10.2} {:>10.2} {ratio}", few * 1e3, many * 1e3);
        }
        println!("bytes of memory for each, beside the {} of its file", sample.len());
        for (what, bytes) in steps.iter().zip(many.bytes) {
            let verdict = if bytes <= BOUND { "" } else { "  over 8 KiB" };
            println!("{what:<46} {bytes:>21}{verdict}");
        }
    }
}
