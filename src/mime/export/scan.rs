//! A look ahead, before anything is written: what boundaries may be called, and which messages inside
//! have bytes that mail of seven bits has not. Spec: msg-format 6.6.

use super::attachments::within;
use super::envelope::subject;
use super::signed::{Signed, of as signed};
use crate::error::{Code, Result};
use crate::mime::{Conversion, ExportOptions};
use crate::msg::Message;
use crate::prop::{Tag, kind};
use crate::tags::{PR_CLIENT_SUBMIT_TIME, PR_INTERNET_MESSAGE_ID_W, PR_MESSAGE_DELIVERY_TIME};
use std::collections::HashSet;
use std::io::Read;

/// What boundaries of ours begin with. `=_` occurs in no base64 and in no quoted-printable.
const HEAD: &[u8] = b"=_openimsg_";

/// What is known before writing.
pub(super) struct Scan {
    mark: String,
    hash: u64,
    /// The places of messages that hold eight bits, themselves or in a message inside.
    eight: HashSet<String>,
}

/// What is found in mail that is given to the bit.
#[derive(Default)]
struct Raw {
    eight: HashSet<String>,
    /// The marks that occur, as they follow [`HEAD`].
    marks: HashSet<Vec<u8>>,
}

impl Scan {
    pub(super) fn of(
        message: &Message<'_>,
        options: &ExportOptions,
        conversion: &mut Conversion,
    ) -> Result<Scan> {
        let mut raw = Raw::default();
        look(message, options, conversion, &mut raw)?;
        let hash = hash_of(message)?;
        // Some mark is free: there are finitely many in the message.
        let mark = (0..)
            .map(|n| hash.wrapping_add(n))
            .find(|own| !raw.marks.contains(format!("{own:016x}").as_bytes()));
        let mark = format!("=_openimsg_{:016x}_", mark.unwrap_or(hash));
        Ok(Scan { mark, hash, eight: raw.eight })
    }

    /// What boundaries begin with.
    pub(super) fn mark(&self) -> &str {
        &self.mark
    }

    /// An identifier for a message that has none: the same for the same message.
    pub(super) fn message_id(&self, domain: &str) -> String {
        let domain: String = domain
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
            .collect();
        format!("<{:016x}.openimsg@{domain}>", self.hash)
    }

    pub(super) fn is_eight_bit(&self, place: &str) -> bool {
        self.eight.contains(place)
    }
}

/// Looks at each message inside, of any depth: a list of work.
fn look<'s>(
    message: &Message<'s>,
    options: &ExportOptions,
    conversion: &mut Conversion,
    raw: &mut Raw,
) -> Result<()> {
    let mut work = vec![(message.clone(), String::new())];
    let mut seen = 0_usize;
    while let Some((message, place)) = work.pop() {
        seen += 1;
        if seen > options.limits.rows {
            conversion.lose("embedded-message", &place, "messages", "more than the limit of rows");
            break;
        }
        if !place.is_empty()
            && message.item_class()?.as_str().to_ascii_uppercase().contains("SMIME")
            && let Ok(Signed::Entity { mut rest, .. }) = signed(&message)?
        {
            let mut reader = Marks::default();
            let mut piece = vec![0; 64 << 10];
            while let Ok(read @ 1..) = rest.read(&mut piece) {
                reader.take(piece.get(..read).unwrap_or_default(), raw);
            }
            if reader.eight {
                mark_all(&place, &mut raw.eight);
            }
            continue;
        }
        for (index, number) in message.attachment_numbers()?.into_iter().enumerate() {
            let inner = message.open_attach(number).and_then(|attachment| {
                if attachment.has_message()? {
                    attachment.open_message().map(Some)
                } else {
                    Ok(None)
                }
            });
            match inner {
                Ok(Some(inner)) => work.push((inner, within(&place, index))),
                Err(error) if error.code() == Code::ObjectDeleted => return Err(error),
                // Told of when its turn comes.
                Ok(None) | Err(_) => {}
            }
        }
    }
    Ok(())
}

/// Marks a place and all above it.
fn mark_all(place: &str, eight: &mut HashSet<String>) {
    let mut rest = place;
    loop {
        eight.insert(rest.to_owned());
        let Some((above, _)) = rest.rsplit_once('/') else { break };
        rest = above;
    }
}

/// Looks for marks in pieces of bytes.
#[derive(Default)]
struct Marks {
    eight: bool,
    /// The end of the piece before.
    kept: Vec<u8>,
}

impl Marks {
    fn take(&mut self, piece: &[u8], raw: &mut Raw) {
        self.eight |= !piece.is_ascii();
        self.kept.extend_from_slice(piece);
        let mut from = 0;
        while let Some(at) = find(self.kept.get(from..).unwrap_or_default()) {
            let begin = from + at + HEAD.len();
            match self.kept.get(begin..begin + 16) {
                Some(mark) => drop(raw.marks.insert(mark.to_vec())),
                None => break,
            }
            from = begin;
        }
        let keep = self.kept.len().saturating_sub(HEAD.len() + 16);
        self.kept.drain(..keep);
    }
}

fn find(bytes: &[u8]) -> Option<usize> {
    bytes.windows(HEAD.len()).position(|window| window == HEAD)
}

/// A number that is the same for the same message, and hardly for another one: FNV-1a.
fn hash_of(message: &Message<'_>) -> Result<u64> {
    let text = |text: Option<String>| text.unwrap_or_default().into_bytes();
    let time = |tag: Tag<kind::SysTime>| match message.get(tag) {
        Ok(Some(time)) => time.ticks().to_le_bytes().to_vec(),
        _ => Vec::new(),
    };
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    let mut add = |bytes: Vec<u8>| {
        for byte in bytes.iter().chain(&[0xFF]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    };
    add(text(message.get(PR_INTERNET_MESSAGE_ID_W).unwrap_or_default()));
    add(subject(message)?.into_bytes());
    add(time(PR_CLIENT_SUBMIT_TIME));
    add(time(PR_MESSAGE_DELIVERY_TIME));
    let sender = message.sender()?.unwrap_or_default();
    add(text(sender.name));
    add(text(sender.address));
    for row in message.recipients()?.iter().take(16) {
        add(text(row.address()));
    }
    add(text(message.bodies().plain().ok().flatten()));
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_across_pieces() {
        let mut raw = Raw::default();
        let mut marks = Marks::default();
        let bytes = b"--=_openimsg_0123456789abcdef_1\r\nx --=_openimsg_fedcba9876543210_2";
        for piece in bytes.chunks(7) {
            marks.take(piece, &mut raw);
        }
        assert!(raw.marks.contains(&b"0123456789abcdef"[..]));
        assert!(raw.marks.contains(&b"fedcba9876543210"[..]));
        assert!(!marks.eight);
        let mut eight = HashSet::new();
        mark_all("attachment 1/attachment 0", &mut eight);
        assert!(eight.contains("attachment 1") && eight.len() == 2);
    }
}
