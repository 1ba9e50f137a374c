//! Writing parts: a list of work, so that no nesting costs stack. Spec: msg-format 6.6.

use super::base64::{self, Failed};
use super::part::{Content, Data, Mail, Part, media};
use super::quoted::{self, TextCoding};
use crate::error::{Code, Error, Result};
use crate::mime::Conversion;
use crate::mime::fields::field;
use crate::msg::{Attachment, Message};
use std::io::{self, Read, Seek, Write};

/// Makes the mail of a message that its attachment holds; called when its turn comes.
pub(crate) trait Planner<'s> {
    /// The mail of the message at `place`.
    ///
    /// # Errors
    /// Those of reading the message.
    fn plan(&mut self, message: Message<'s>, place: &str) -> Result<Mail<'s>>;

    /// Opens the message in an attachment; what cannot be opened is noted, and gives `None`.
    ///
    /// # Errors
    /// Those that end the conversion.
    fn open(&mut self, attachment: &Attachment<'s>, place: &str) -> Result<Option<Message<'s>>>;

    /// Where losses are noted.
    fn conversion(&mut self) -> &mut Conversion;
}

/// Writes mails.
pub(crate) struct Writer<'o> {
    out: &'o mut dyn Write,
    /// What boundaries begin with; nothing that is written has it.
    mark: String,
    boundaries: u64,
    /// The last two bytes that were written.
    last: [u8; 2],
}

/// A step that is still to do.
enum Work<'s> {
    Part(Part<'s>),
    Bytes(String),
    /// A message ends: its handle may go.
    Close(Box<Message<'s>>),
}

const DOING: &str = "write mail";

impl<'o> Writer<'o> {
    pub(crate) fn new(out: &'o mut dyn Write, mark: String) -> Writer<'o> {
        Writer { out, mark, boundaries: 0, last: *b"\r\n" }
    }

    /// Writes a mail and all that is in it.
    ///
    /// # Errors
    /// [`CallFailed`](Code::CallFailed) with the error of the output; those of the planner.
    pub(crate) fn write<'s>(
        &mut self,
        mail: Mail<'s>,
        planner: &mut dyn Planner<'s>,
    ) -> Result<()> {
        let mut work = Vec::new();
        begin(mail, &mut work);
        while let Some(step) = work.pop() {
            match step {
                Work::Bytes(text) => self.put(text.as_bytes())?,
                Work::Close(message) => drop(message),
                Work::Part(part) => self.part(part, &mut work, planner)?,
            }
        }
        if self.last != *b"\r\n" {
            self.put(b"\r\n")?;
        }
        self.out.flush().map_err(failed)
    }

    fn part<'s>(
        &mut self,
        part: Part<'s>,
        work: &mut Vec<Work<'s>>,
        planner: &mut dyn Planner<'s>,
    ) -> Result<()> {
        match part.content {
            Content::Text { subtype, params, text } => {
                self.text(subtype, params, &text, &part.fields)
            }
            Content::Data { media, data } => {
                self.head(&media, "base64", &part.fields)?;
                self.data(data, planner)
            }
            Content::Fields { media, text } => {
                self.head(&[media.to_owned()], "7bit", &part.fields)?;
                self.put(text.as_bytes())
            }
            Content::Parts { subtype, params, parts } => {
                self.parts(subtype, params, parts, &part.fields, work)
            }
            Content::Message { attachment, place, eight_bit } => {
                let coding = if eight_bit { "8bit" } else { "7bit" };
                self.head(&["message/rfc822".to_owned()], coding, &part.fields)?;
                if let Some(message) = planner.open(&attachment, &place)? {
                    begin(planner.plan(message, &place)?, work);
                }
                Ok(())
            }
            Content::Raw { head, mut rest } => {
                self.put(part.fields.as_bytes())?;
                self.put(head.as_bytes())?;
                self.copy(&mut rest, planner)
            }
        }
    }

    fn text(
        &mut self,
        subtype: &str,
        params: Vec<(&'static str, String)>,
        text: &str,
        fields: &str,
    ) -> Result<()> {
        let text = quoted::with_line_ends(text);
        let coding = quoted::coding_of(&text);
        let mut params = params;
        params.push(("charset", "utf-8".to_owned()));
        self.head(&media(format!("text/{subtype}"), &params), coding.name(), fields)?;
        match coding {
            TextCoding::SevenBit => self.put(text.as_bytes()),
            TextCoding::Quoted => self.put(&quoted::encode(&text)),
            TextCoding::Base64 => {
                let mut bytes = text.as_bytes();
                base64::copy(&mut bytes, &mut Tail(self)).map(|_| ()).map_err(|error| match error {
                    Failed::Reading(error) | Failed::Writing(error) => failed(error),
                })
            }
        }
    }

    fn parts<'s>(
        &mut self,
        subtype: &str,
        mut params: Vec<(&'static str, String)>,
        parts: Vec<Part<'s>>,
        fields: &str,
        work: &mut Vec<Work<'s>>,
    ) -> Result<()> {
        self.boundaries += 1;
        let boundary = format!("{}{}", self.mark, self.boundaries);
        params.push(("boundary", boundary.clone()));
        let tokens = media(format!("multipart/{subtype}"), &params);
        self.put(field("Content-Type", tokens).as_bytes())?;
        self.put(fields.as_bytes())?;
        work.push(Work::Bytes(format!("\r\n--{boundary}--\r\n")));
        for part in parts.into_iter().rev() {
            work.push(Work::Part(part));
            work.push(Work::Bytes(format!("\r\n--{boundary}\r\n")));
        }
        Ok(())
    }

    /// The header of a part, with the empty line.
    fn head(&mut self, media: &[String], coding: &str, fields: &str) -> Result<()> {
        self.put(field("Content-Type", media).as_bytes())?;
        if coding != "7bit" {
            self.put(field("Content-Transfer-Encoding", [coding]).as_bytes())?;
        }
        self.put(fields.as_bytes())?;
        self.put(b"\r\n")
    }

    fn data<'s>(&mut self, data: Data<'s>, planner: &mut dyn Planner<'s>) -> Result<()> {
        let done = match data {
            Data::Bytes(bytes) => base64::copy(&mut bytes.as_slice(), &mut Tail(self)),
            Data::File(mut file) => base64::copy(&mut file, &mut Tail(self)),
            Data::Stream(mut stream) => match stream.rewind() {
                Ok(()) => base64::copy(&mut stream, &mut Tail(self)),
                Err(error) => Err(Failed::Reading(error)),
            },
        };
        match done {
            Ok(_) => Ok(()),
            Err(Failed::Writing(error)) => Err(failed(error)),
            Err(Failed::Reading(error)) => {
                unreadable(planner, &error);
                Ok(())
            }
        }
    }

    /// Copies bytes as they are.
    fn copy<'s>(&mut self, from: &mut dyn Read, planner: &mut dyn Planner<'s>) -> Result<()> {
        let mut piece = vec![0; 64 << 10];
        loop {
            match from.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(read) => self.put(piece.get(..read).unwrap_or_default())?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    unreadable(planner, &error);
                    return Ok(());
                }
            }
        }
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        Tail(self).write_all(bytes).map_err(failed)
    }
}

/// The output, with an eye on how it ends.
struct Tail<'w, 'o>(&'w mut Writer<'o>);

impl Write for Tail<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.out.write(bytes)?;
        match bytes.get(..written).unwrap_or_default() {
            [.., a, b] => self.0.last = [*a, *b],
            [b] => self.0.last = [self.0.last[1], *b],
            [] => {}
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.out.flush()
    }
}

fn begin<'s>(mail: Mail<'s>, work: &mut Vec<Work<'s>>) {
    work.push(Work::Close(Box::new(mail.message)));
    work.push(Work::Part(mail.root));
    work.push(Work::Bytes(mail.fields));
}

fn unreadable<'s>(planner: &mut dyn Planner<'s>, error: &io::Error) {
    let detail = format!("could not be read to its end: {error}");
    planner.conversion().lose("attachment-data", "", "data", detail);
}

fn failed(error: io::Error) -> Error {
    Error::from_io(error, Code::CallFailed, DOING)
}
