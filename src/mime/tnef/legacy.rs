//! The attributes of Microsoft Mail, older than MAPI, as properties.
//! Spec: msg-format 6.10 (MS-OXTNEF 2.1.3.3, 2.3.3).

use super::attributes as att;
use super::list::eight_bit;
use crate::prop::{AddressKey, OneOffId, Prop, PropTag, PropValue};
use crate::wire::{CodePage, FileTime, Reader, Text};

/// What one attribute of a message says.
pub(super) enum Said {
    Props(Vec<Prop>),
    /// A date, in a time zone that it does not tell.
    Date(PropTag, FileTime),
    /// Its bytes cannot be read, and why.
    Unfit(&'static str),
    /// It is not one of these.
    Other,
}

fn prop(tag: u32, value: PropValue) -> Prop {
    Prop { tag: PropTag::new(tag), value }
}

fn text(tag: u32, bytes: &[u8], page: CodePage) -> Prop {
    prop(tag, PropValue::Unicode(eight_bit(bytes, page)))
}

/// The properties of an attribute at the level of the message.
pub(super) fn message(id: u32, bytes: &[u8], page: CodePage) -> Said {
    let one = |prop: Option<Prop>, why| match prop {
        Some(prop) => Said::Props(vec![prop]),
        None => Said::Unfit(why),
    };
    let when = |tag| match date(bytes) {
        Some(date) => Said::Date(PropTag::new(tag), date),
        None => Said::Unfit("no date"),
    };
    let number = |value: fn(&[u8]) -> Option<Prop>| one(value(bytes), "no number");
    let key = |tag| one(hexadecimal(bytes).map(|key| prop(tag, key)), "no hexadecimal digits");
    let person = |found: Option<Person>, tags| match found {
        Some(person) => Said::Props(person.props(tags)),
        None => Said::Unfit("no name and address"),
    };
    match id {
        att::SUBJECT => Said::Props(vec![text(0x0037_001F, bytes, page)]),
        att::BODY => Said::Props(vec![text(0x1000_001F, bytes, page)]),
        att::MESSAGE_CLASS => Said::Props(vec![prop(0x001A_001F, class(bytes, page))]),
        att::ORIGINAL_CLASS => Said::Props(vec![prop(0x004B_001F, class(bytes, page))]),
        att::FROM => person(Person::triple(bytes, page), &SENDER),
        att::SENT_FOR => person(Person::counted(bytes, page), &REPRESENTED),
        att::DELEGATE => person(Person::counted(bytes, page), &RECEIVED_FOR),
        att::DATE_SENT => when(0x0039_0040),
        att::DATE_RECEIVED => when(0x0E06_0040),
        att::DATE_MODIFIED => when(0x3008_0040),
        att::DATE_START => when(0x0060_0040),
        att::DATE_END => when(0x0061_0040),
        att::MESSAGE_STATUS => number(status),
        att::PRIORITY => number(importance),
        att::AID_OWNER => number(owner_of_appointment),
        att::REQUEST_RES => number(response_requested),
        att::MESSAGE_ID => key(0x300B_0102),
        att::PARENT_ID => key(0x0025_0102),
        att::CONVERSATION_ID => key(0x000B_0102),
        _ => Said::Other,
    }
}

/// The properties of attOwner: of a response to a meeting, for whom it was received; else on whose
/// behalf the message was sent.
pub(super) fn owner(bytes: &[u8], class: &str, page: CodePage) -> Said {
    let class = class.to_ascii_lowercase();
    let tags = match class.starts_with("ipm.schedule.meeting.resp") {
        true => &RECEIVED_FOR,
        false => &REPRESENTED,
    };
    match Person::counted(bytes, page) {
        Some(person) => Said::Props(person.props(tags)),
        None => Said::Unfit("no name and address"),
    }
}

/// A class, in MAPI's words.
fn class(bytes: &[u8], page: CodePage) -> PropValue {
    const NAMES: [(&str, &str); 8] = [
        ("IPM.Microsoft Mail.Note", "IPM.Note"),
        ("IPM.Microsoft Mail.Read Receipt", "Report.IPM.Note.IPNRN"),
        ("IPM.Microsoft Mail.Non-Delivery", "Report.IPM.Note.NDR"),
        ("IPM.Microsoft Schedule.MtgRespP", "IPM.Schedule.Meeting.Resp.Pos"),
        ("IPM.Microsoft Schedule.MtgRespN", "IPM.Schedule.Meeting.Resp.Neg"),
        ("IPM.Microsoft Schedule.MtgRespA", "IPM.Schedule.Meeting.Resp.Tent"),
        ("IPM.Microsoft Schedule.MtgReq", "IPM.Schedule.Meeting.Request"),
        ("IPM.Microsoft Schedule.MtgCncl", "IPM.Schedule.Meeting.Canceled"),
    ];
    let class = eight_bit(bytes, page).into_string_lossy();
    let class = class.strip_prefix("Microsoft Mail v3.0 ").unwrap_or(&class);
    let known = NAMES.iter().find(|(old, _)| old.eq_ignore_ascii_case(class));
    PropValue::Unicode(known.map_or(class, |(_, new)| new).into())
}

/// Year, month, day, hour, minute, second, day of the week, as if in UTC.
pub(super) fn date(bytes: &[u8]) -> Option<FileTime> {
    let mut reader = Reader::new(bytes);
    let mut next = || reader.u16().map(i64::from);
    let (year, month, day) = (next()?, next()?, next()?);
    let (hour, minute, second) = (next()?, next()?, next()?);
    let fits = (1601..=30_000).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !fits {
        return None;
    }
    // Days since 1970-01-01 by the calendar's cycle of 400 years, which begins in March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_year = (153 * m + 2) / 5 + day - 1;
    let of_cycle = (y % 400) * 365 + (y % 400) / 4 - (y % 400) / 100 + of_year;
    let days = (y / 400) * 146_097 + of_cycle - 719_468;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    FileTime::from_unix(seconds, 0)
}

fn days_of(year: i64, month: i64) -> i64 {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// One byte of flags.
fn status(bytes: &[u8]) -> Option<Prop> {
    let old = bytes.first()?;
    let flag = |mask: u8, new: i32| if old & mask != 0 { new } else { 0 };
    let unmodified = if old & 0x01 == 0 { 0x2 } else { 0 };
    let flags = unmodified | flag(0x02, 0x8) | flag(0x04, 0x4) | flag(0x20, 0x1) | flag(0x80, 0x10);
    Some(prop(0x0E07_0003, PropValue::Long(flags)))
}

fn importance(bytes: &[u8]) -> Option<Prop> {
    let importance = match Reader::new(bytes).u16()? {
        1 => 2,
        2 => 1,
        3 => 0,
        _ => return None,
    };
    Some(prop(0x0017_0003, PropValue::Long(importance)))
}

fn owner_of_appointment(bytes: &[u8]) -> Option<Prop> {
    let number = i32::from_le_bytes(Reader::new(bytes).array()?);
    Some(prop(0x0062_0003, PropValue::Long(number)))
}

fn response_requested(bytes: &[u8]) -> Option<Prop> {
    let asked = Reader::new(bytes).u16()? != 0;
    Some(prop(0x0063_000B, PropValue::Boolean(asked)))
}

/// Bytes that are spelled in hexadecimal digits.
fn hexadecimal(bytes: &[u8]) -> Option<PropValue> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (pairs, rest) = bytes.get(..end)?.as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? * 16 + digit(*low)?);
    let key: Option<Vec<u8>> = pairs.iter().map(byte).collect();
    key.filter(|key| rest.is_empty() && !key.is_empty()).map(PropValue::Binary)
}

/// The properties that tell of a person: name, type, address, entry identifier, search key, SMTP
/// address if there is one of those.
pub(super) struct Role([u32; 5], Option<u32>);

const SENDER: Role =
    Role([0x0C1A_001F, 0x0C1E_001F, 0x0C1F_001F, 0x0C19_0102, 0x0C1D_0102], Some(0x5D01_001F));
const REPRESENTED: Role =
    Role([0x0042_001F, 0x0064_001F, 0x0065_001F, 0x0041_0102, 0x003B_0102], Some(0x5D02_001F));
const RECEIVED_FOR: Role =
    Role([0x0044_001F, 0x0077_001F, 0x0078_001F, 0x0043_0102, 0x0052_0102], None);

/// A name, and an address with its type.
struct Person {
    name: Text,
    address_type: String,
    address: String,
}

impl Person {
    fn new(name: &[u8], address: &[u8], page: CodePage) -> Person {
        let name = eight_bit(name, page);
        let address = eight_bit(address, page).into_string_lossy();
        let (address_type, address) = match address.split_once(':') {
            Some((kind, address)) => (kind.to_owned(), address.to_owned()),
            None => (String::new(), address),
        };
        Person { name, address_type, address }
    }

    /// One entry of a list of triples: kind u16 (4), length of all u16, of the name u16, of the address
    /// u16; then both, each with its NUL.
    fn triple(bytes: &[u8], page: CodePage) -> Option<Person> {
        let mut reader = Reader::new(bytes);
        let [kind, _] = [reader.u16()?, reader.u16()?];
        let (name, address) = (usize::from(reader.u16()?), usize::from(reader.u16()?));
        if kind != 4 {
            return None;
        }
        let name = reader.take(name)?;
        Some(Person::new(name, reader.take(address)?, page))
    }

    /// Length u16 and name, length u16 and address, each with its NUL.
    fn counted(bytes: &[u8], page: CodePage) -> Option<Person> {
        let mut reader = Reader::new(bytes);
        let mut next = || {
            let len = reader.u16()?;
            reader.take(usize::from(len))
        };
        let name = next()?;
        Some(Person::new(name, next()?, page))
    }

    fn props(&self, Role([name, kind, address, entry, key], smtp): &Role) -> Vec<Prop> {
        let text = |tag: u32, text: &str| prop(tag, PropValue::Unicode(text.into()));
        let mut props = Vec::new();
        if !self.name.is_empty() {
            props.push(prop(*name, PropValue::Unicode(self.name.clone())));
        }
        if self.address_type.is_empty() || self.address.is_empty() {
            return props;
        }
        let is_smtp = self.address_type.eq_ignore_ascii_case("SMTP");
        let id = OneOffId {
            address_type: self.address_type.clone(),
            ..OneOffId::smtp(&self.name.to_string_lossy(), &self.address)
        };
        let search_key = AddressKey::new(&self.address_type, &self.address);
        props.extend([
            text(*kind, &self.address_type),
            text(*address, &self.address),
            prop(*entry, PropValue::Binary(id.to_bytes())),
            prop(*key, PropValue::Binary(search_key.to_bytes())),
        ]);
        props.extend(smtp.filter(|_| is_smtp).map(|tag| text(tag, &self.address)));
        props
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(fields: [u16; 7]) -> Option<String> {
        let bytes: Vec<u8> = fields.iter().flat_map(|field| field.to_le_bytes()).collect();
        date(&bytes)?.to_rfc3339()
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let text = |fields| ticks(fields).unwrap();
        assert!(text([2018, 12, 15, 9, 37, 31, 6]).starts_with("2018-12-15T09:37:31"));
        assert!(text([2000, 2, 29, 23, 59, 59, 2]).starts_with("2000-02-29T23:59:59"));
        assert!(text([1601, 1, 1, 0, 0, 1, 1]).starts_with("1601-01-01T00:00:01"));
        assert!(text([1970, 1, 1, 0, 0, 0, 4]).starts_with("1970-01-01T00:00:00"));
        for wrong in [[1900, 2, 29, 0, 0, 0, 0], [2018, 13, 1, 0, 0, 0, 0], [0; 7]] {
            assert_eq!(ticks(wrong), None);
        }
        assert_eq!(date(&[0; 11]), None);
    }

    #[test]
    fn keys_are_spelled_in_pairs_of_digits() {
        assert_eq!(hexadecimal(b"9CaE\0"), Some(PropValue::Binary(vec![0x9C, 0xAE])));
        for wrong in [&b"9CA\0"[..], b"", b"\0", b"xy"] {
            assert_eq!(hexadecimal(wrong), None);
        }
    }
}
