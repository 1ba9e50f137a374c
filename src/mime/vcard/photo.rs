//! The picture of a contact, which is an attachment.

use crate::error::Result;
use crate::mime::ical::line::{Line, Lines};
use crate::mime::ical::work::Work;
use crate::msg::{Attachment, Message};
use crate::tags::PR_ATTACHMENT_CONTACTPHOTO;
use std::io;

/// The most bytes of a picture in a card.
const MOST: usize = 4 << 20;
/// The name that Outlook gives to the picture.
const NAME: &str = "ContactPicture.jpg";

/// Writes the picture, if the contact has one.
pub(super) fn photo(message: &Message<'_>, out: &mut Lines, work: &mut Work<'_>) -> Result<()> {
    for number in message.attachment_numbers()? {
        let Some(attachment) = work.read("PHOTO", message.open_attach(number).map(Some))? else {
            continue;
        };
        if !is_photo(&attachment, work)? {
            continue;
        }
        let Some(mut file) = work.read("PHOTO", attachment.as_file())? else { continue };
        let mut bytes = Bounded(Vec::new());
        if let Err(error) = file.write_to(&mut bytes) {
            work.lose("card-field", "PHOTO", error.to_string());
            return Ok(());
        }
        let kind = match bytes.0.as_slice() {
            [0xFF, 0xD8, ..] => "JPEG",
            [0x89, b'P', b'N', b'G', ..] => "PNG",
            [b'G', b'I', b'F', b'8', ..] => "GIF",
            [b'B', b'M', ..] => "BMP",
            _ => {
                work.lose("card-field", "PHOTO", "not a picture of a kind that cards have");
                return Ok(());
            }
        };
        let line = Line::new("PHOTO").list("ENCODING", "b").list("TYPE", kind);
        out.push(line.value(&base64(&bytes.0)));
        return Ok(());
    }
    Ok(())
}

fn is_photo(attachment: &Attachment<'_>, work: &mut Work<'_>) -> Result<bool> {
    let marked = attachment.get(PR_ATTACHMENT_CONTACTPHOTO);
    let named = work.read("PHOTO", attachment.file_name())?;
    let named = named.is_some_and(|name| name.eq_ignore_ascii_case(NAME));
    Ok(work.read("PHOTO", marked)?.unwrap_or(false) || named)
}

/// Takes no more than a card should hold.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MOST {
            return Err(io::Error::other("the picture is too large for a card"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let byte = |at: usize| part.get(at).copied().map_or(0, u32::from);
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = usize::try_from(bits >> (18 - 6 * at) & 63).unwrap_or(0);
            let shown = part.len() >= at;
            let digit = DIGITS.get(digit).copied().filter(|_| shown);
            text.push(digit.map_or('=', char::from));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_padded() {
        // RFC 4648 10.
        assert_eq!(base64(b"foobar"), "Zm9vYmFy");
        assert_eq!((base64(b"fooba").as_str(), base64(b"foob").as_str()), ("Zm9vYmE=", "Zm9vYg=="));
        assert_eq!(base64(b""), "");
    }
}
