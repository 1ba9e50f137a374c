//! The verb stream: which votes and answers a message offers.

use super::fields::{Fields, latin};
use crate::error::{Code, Error, Result};
use crate::wire::CodePage;

const DOING: &str = "read verb stream";
const VOTE: u32 = 4;

/// One entry of `PidLidVerbStream`: a vote, or a built-in answer such as reply.
///
/// Spec: msg-format 2.10 (MS-OXOMSG 2.2.1.74).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verb {
    /// 4 for a vote; 0x66 reply and others built in.
    pub kind: u32,
    /// The text of the button.
    pub name: String,
    /// The message class of the answer.
    pub message_class: String,
    /// Whether the answer has its headers in English.
    pub us_headers: bool,
    /// 1 to send the answer at once, 2 to ask first.
    pub send: u32,
    /// The number that the answer carries.
    pub id: u32,
}

impl Verb {
    /// A vote with its number, counted from 1; it asks before it sends.
    #[must_use]
    pub fn vote(name: &str, id: u32) -> Verb {
        let (name, message_class) = (name.into(), "IPM.Note".into());
        Verb { kind: VOTE, name, message_class, us_headers: false, send: 2, id }
    }

    /// Whether it is a vote.
    #[must_use]
    pub fn is_vote(&self) -> bool {
        self.kind == VOTE
    }
}

/// Reads `PidLidVerbStream`: every verb in order.
///
/// Names are the Unicode ones where the second part has them, else the 8-bit ones as Windows-1252.
///
/// # Errors
/// [`Code::CorruptData`] with the offset if a count or a length is more than the bytes hold.
///
/// # Example
/// ```
/// use openimsg::{Verb, read_verbs, write_verbs};
///
/// let votes = [Verb::vote("Yes", 1), Verb::vote("No", 2)];
/// assert_eq!(read_verbs(&write_verbs(&votes)?)?, votes);
/// # Ok::<(), openimsg::Error>(())
/// ```
pub fn read_verbs(bytes: &[u8]) -> Result<Vec<Verb>> {
    let mut fields = Fields::new(bytes, DOING, "MS-OXOMSG 2.2.1.74");
    let start = fields;
    if fields.u16()? != 0x0102 {
        return Err(start.fault("not version 0x0102"));
    }
    // Without its texts an entry has 37 bytes.
    let count = fields.count(37)?;
    let mut verbs = Vec::new();
    for _ in 0..count {
        verbs.push(read_verb(&mut fields)?);
    }
    if fields.is_at_end() {
        return Ok(verbs);
    }
    let extra = fields;
    if fields.u16()? != 0x0104 {
        return Err(extra.fault("no version 0x0104 in the second part"));
    }
    for verb in &mut verbs {
        let len = fields.u8()?;
        verb.name = fields.wide_units(usize::from(len))?;
        let again = fields.u8()?;
        fields.wide_units(usize::from(again))?;
    }
    Ok(verbs)
}

fn read_verb(fields: &mut Fields<'_>) -> Result<Verb> {
    let kind = fields.u32()?;
    let mut text = || -> Result<String> {
        let len = fields.u8()?;
        Ok(latin(fields.take(usize::from(len))?))
    };
    let (name, message_class, _, _) = (text()?, text()?, text()?, text()?);
    fields.take(5)?;
    let us_headers = fields.u32()? != 0;
    fields.take(4)?;
    let send = fields.u32()?;
    fields.take(4)?;
    let id = fields.u32()?;
    fields.take(4)?;
    Ok(Verb { kind, name, message_class, us_headers, send, id })
}

/// Writes `PidLidVerbStream`. The 8-bit names hold `?` for what Windows-1252 has not.
///
/// # Errors
/// [`Code::InvalidParameter`] for a text of more than 255 characters.
pub fn write_verbs(verbs: &[Verb]) -> Result<Vec<u8>> {
    let long = |_| Error::new(Code::InvalidParameter, "write verb stream").note("a text too long");
    let short = |out: &mut Vec<u8>, text: &str| -> Result<()> {
        let bytes = CodePage::WINDOWS_1252.encode(text).bytes;
        out.push(u8::try_from(bytes.len()).map_err(long)?);
        out.extend(bytes.iter());
        Ok(())
    };
    let count = u32::try_from(verbs.len()).map_err(long)?;
    let mut out = 0x0102_u16.to_le_bytes().to_vec();
    out.extend(count.to_le_bytes());
    let mut names = 0x0104_u16.to_le_bytes().to_vec();
    for verb in verbs {
        out.extend(verb.kind.to_le_bytes());
        for text in [verb.name.as_str(), verb.message_class.as_str(), "", verb.name.as_str()] {
            short(&mut out, text)?;
        }
        out.extend([0; 5]);
        for field in [u32::from(verb.us_headers), 1, verb.send, 2, verb.id, u32::MAX] {
            out.extend(field.to_le_bytes());
        }
        let units: Vec<u16> = verb.name.encode_utf16().collect();
        for _ in 0..2 {
            names.push(u8::try_from(units.len()).map_err(long)?);
            names.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        }
    }
    out.extend(names);
    Ok(out)
}
