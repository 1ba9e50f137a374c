//! What the mail around a TNEF stream has told stays.

use super::*;
use crate::msg::{Modify, Recipient};
use crate::prop::tags::*;
use crate::stg::CompoundFile;
use crate::wire::FileTime;

fn attribute(stream: &mut Vec<u8>, id: u32, data: &[u8]) {
    let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    stream.push(1);
    stream.extend(id.to_le_bytes());
    stream.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    stream.extend(data);
    stream.extend(sum.to_le_bytes());
}

/// Class, subject, body, sender and date; in a list sender, importance and a recipient.
fn stream() -> Vec<u8> {
    let mut stream = vec![0x78, 0x9F, 0x3E, 0x22, 1, 0];
    attribute(&mut stream, 0x0007_8008, b"IPM.Task\0");
    attribute(&mut stream, 0x0001_8004, b"inside\0");
    attribute(&mut stream, 0x0002_800C, b"body\0");
    attribute(&mut stream, 0x0003_8005, &[0xE4, 7, 3, 0, 1, 0, 10, 0, 0, 0, 0, 0, 0, 0]);
    // PR_SENDER_EMAIL_ADDRESS of 8 bits, and PR_IMPORTANCE.
    let mut list = vec![2, 0, 0, 0, 0x1E, 0, 0x1F, 0x0C, 1, 0, 0, 0, 2, 0, 0, 0, b'x', 0, 0, 0];
    list.extend([3, 0, 0x17, 0, 2, 0, 0, 0]);
    attribute(&mut stream, 0x0006_9003, &list);
    let mut row = vec![1, 0, 0, 0, 1, 0, 0, 0];
    row.extend([0x1E, 0, 1, 0x30, 1, 0, 0, 0, 2, 0, 0, 0, b'y', 0, 0, 0]);
    attribute(&mut stream, 0x0006_9004, &row);
    stream
}

fn message() -> Message<'static> {
    Message::create(CompoundFile::memory()).unwrap()
}

fn read(message: &Message<'_>, envelope: Envelope) -> Conversion {
    let (mut conversion, options) = (Conversion::default(), ImportOptions::default());
    let source = std::io::Cursor::new(stream());
    read_into(source, message, &options, envelope, "part 1.2", &mut conversion).unwrap();
    conversion
}

#[test]
fn an_envelope_that_was_told_is_kept() {
    let message = message();
    let when = FileTime::from_unix(1_700_000_000, 0).unwrap();
    message.set(PR_SUBJECT_W, "outside").unwrap();
    message.set(PR_SENDER_NAME_W, "Ana").unwrap();
    message.set(PR_CLIENT_SUBMIT_TIME, when).unwrap();
    message.set(PR_MESSAGE_CLASS_W, "IPM.Note").unwrap();
    message.modify_recipients(Modify::Add, &[Recipient::new("Bob", "bob@example.org")]).unwrap();
    assert_eq!(read(&message, Envelope::Keep), Conversion::default());
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("outside"));
    assert_eq!(message.get(PR_SENDER_NAME_W).unwrap().as_deref(), Some("Ana"));
    assert_eq!(message.get(PR_SENDER_EMAIL_ADDRESS_W).unwrap(), None);
    assert_eq!(message.get(PR_CLIENT_SUBMIT_TIME).unwrap(), Some(when));
    let rows = message.recipients().unwrap();
    assert_eq!((rows.len(), rows.first().unwrap().display_name().as_deref()), (1, Some("Bob")));
    // What is no envelope is the stream's.
    assert_eq!(message.get(PR_MESSAGE_CLASS_W).unwrap().as_deref(), Some("IPM.Task"));
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("body"));
    assert_eq!(message.get(PR_IMPORTANCE).unwrap(), Some(2));
}

#[test]
fn what_the_mail_did_not_tell_comes_from_the_stream() {
    for envelope in [Envelope::Keep, Envelope::Replace] {
        let message = message();
        assert_eq!(read(&message, envelope), Conversion::default());
        assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("inside"));
        assert_eq!(message.get(PR_SENDER_EMAIL_ADDRESS_W).unwrap().as_deref(), Some("x"));
        assert!(message.get(PR_CLIENT_SUBMIT_TIME).unwrap().is_some());
        assert_eq!(message.recipients().unwrap().len(), 1);
    }
    let message = message();
    message.set(PR_SUBJECT_W, "outside").unwrap();
    read(&message, Envelope::Replace);
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("inside"));
}

#[test]
fn places_begin_with_the_part() {
    let mut bytes = stream();
    attribute(&mut bytes, 0x0006_7777, b"?");
    let (mut conversion, options) = (Conversion::default(), ImportOptions::default());
    let source = std::io::Cursor::new(bytes);
    read_into(source, &message(), &options, Envelope::Keep, "part 1.2", &mut conversion).unwrap();
    assert_eq!(conversion.losses.first().unwrap().place, "part 1.2");
    assert!(is_tnef(&stream()) && !is_tnef(b"\x78\x9F\x3E"));
}
