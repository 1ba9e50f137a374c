//! TNEF streams, written out field by field after the published layout (MS-OXTNEF 2.1.3).
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test may panic and say why"
)]

/// The stream that is being written.
#[derive(Clone)]
pub struct Tnef(Vec<u8>);

/// IID_IMessage, IID_IStorage, IID_IStream.
pub const IID_MESSAGE: [u8; 16] = iid([0x07, 0x03, 0x02, 0x00]);
pub const IID_STORAGE: [u8; 16] = iid([0x0B, 0, 0, 0]);
pub const IID_STREAM: [u8; 16] = iid([0x0C, 0, 0, 0]);

const fn iid(first: [u8; 4]) -> [u8; 16] {
    let [a, b, c, d] = first;
    [a, b, c, d, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46]
}

impl Tnef {
    /// Signature and key.
    pub fn new() -> Tnef {
        let mut bytes = 0x223E_9F78_u32.to_le_bytes().to_vec();
        bytes.extend([0x2A, 0x01]);
        Tnef(bytes)
    }

    /// With version 1.0 and a code page, as every writer begins.
    pub fn usual(page: u32) -> Tnef {
        let mut pages = page.to_le_bytes().to_vec();
        pages.extend([0; 4]);
        Tnef::new()
            .message(0x0008_9006, &0x0001_0000_u32.to_le_bytes())
            .message(0x0006_9007, &pages)
    }

    /// An attribute of this level.
    pub fn attribute(mut self, level: u8, id: u32, data: &[u8]) -> Tnef {
        let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        self.0.push(level);
        self.0.extend(id.to_le_bytes());
        self.0.extend((data.len() as u32).to_le_bytes());
        self.0.extend(data);
        self.0.extend(sum.to_le_bytes());
        self
    }

    /// An attribute of the message.
    pub fn message(self, id: u32, data: &[u8]) -> Tnef {
        self.attribute(1, id, data)
    }

    /// An attribute of the attachment.
    pub fn attachment(self, id: u32, data: &[u8]) -> Tnef {
        self.attribute(2, id, data)
    }

    /// attAttachRendData: a kind (1 file, 2 object) and a position.
    pub fn rendering(self, kind: u16, position: u32) -> Tnef {
        let mut data = kind.to_le_bytes().to_vec();
        data.extend(position.to_le_bytes());
        data.extend([32, 0, 32, 0, 0, 0, 0, 0]);
        self.attachment(0x0006_9002, &data)
    }

    /// attMsgProps.
    pub fn props(self, list: &List) -> Tnef {
        self.message(0x0006_9003, &list.bytes())
    }

    /// attRecipTable.
    pub fn recipients(self, rows: &[List]) -> Tnef {
        let mut data = (rows.len() as u32).to_le_bytes().to_vec();
        rows.iter().for_each(|row| data.extend(row.bytes()));
        self.message(0x0006_9004, &data)
    }

    /// attAttachment.
    pub fn attach_props(self, list: &List) -> Tnef {
        self.attachment(0x0006_9005, &list.bytes())
    }

    /// Bytes as they are.
    pub fn raw(mut self, bytes: &[u8]) -> Tnef {
        self.0.extend(bytes);
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.0.clone()
    }
}

/// Text with its NUL, one byte a letter.
pub fn narrow(text: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    bytes.push(0);
    bytes
}

/// Text with its NUL in UTF-16LE.
pub fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// A date of the old attributes.
pub fn date(fields: [u16; 7]) -> Vec<u8> {
    fields.iter().flat_map(|field| field.to_le_bytes()).collect()
}

/// A person of attFrom: name and `TYPE:address`.
pub fn triple(name: &str, address: &str) -> Vec<u8> {
    let (name, address) = (narrow(name), narrow(address));
    let all = (name.len() + address.len() + 16) as u16;
    let fields = [4, all, name.len() as u16, address.len() as u16];
    let mut bytes: Vec<u8> = fields.iter().flat_map(|field: &u16| field.to_le_bytes()).collect();
    bytes.extend(name);
    bytes.extend(address);
    bytes.extend([0; 8]);
    bytes
}

/// A person of attOwner and attSentFor.
pub fn counted(name: &str, address: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for text in [narrow(name), narrow(address)] {
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text);
    }
    bytes
}

/// A list of properties that is being written.
#[derive(Clone, Default)]
pub struct List {
    count: u32,
    bytes: Vec<u8>,
}

impl List {
    pub fn new() -> List {
        List::default()
    }

    fn pad(&mut self) {
        while !self.bytes.len().is_multiple_of(4) {
            self.bytes.push(0);
        }
    }

    /// Type and identifier.
    fn begin(&mut self, prop_type: u16, id: u16) {
        self.count += 1;
        self.bytes.extend(prop_type.to_le_bytes());
        self.bytes.extend(id.to_le_bytes());
    }

    fn counted(&mut self, bytes: &[u8]) {
        self.bytes.extend((bytes.len() as u32).to_le_bytes());
        self.bytes.extend(bytes);
        self.pad();
    }

    /// A property of a fixed type.
    pub fn fixed(mut self, prop_type: u16, id: u16, value: &[u8]) -> List {
        self.begin(prop_type, id);
        self.bytes.extend(value);
        self.pad();
        self
    }

    pub fn long(self, id: u16, value: i32) -> List {
        self.fixed(0x0003, id, &value.to_le_bytes())
    }

    /// A text, bytes, or an object.
    pub fn variable(mut self, prop_type: u16, id: u16, value: &[u8]) -> List {
        self.begin(prop_type, id);
        self.bytes.extend(1_u32.to_le_bytes());
        self.counted(value);
        self
    }

    pub fn text(self, id: u16, text: &str) -> List {
        self.variable(0x001F, id, &wide(text))
    }

    pub fn text8(self, id: u16, text: &str) -> List {
        self.variable(0x001E, id, &narrow(text))
    }

    pub fn binary(self, id: u16, bytes: &[u8]) -> List {
        self.variable(0x0102, id, bytes)
    }

    /// PT_OBJECT: an interface and what it is.
    pub fn object(self, id: u16, interface: [u8; 16], bytes: &[u8]) -> List {
        self.variable(0x000D, id, &[&interface, bytes].concat())
    }

    /// An array of a fixed type, each value padded.
    pub fn fixed_array(mut self, prop_type: u16, id: u16, values: &[&[u8]]) -> List {
        self.begin(prop_type, id);
        self.bytes.extend((values.len() as u32).to_le_bytes());
        for value in values {
            self.bytes.extend(*value);
            self.pad();
        }
        self
    }

    /// An array of texts or bytes.
    pub fn variable_array(mut self, prop_type: u16, id: u16, values: &[Vec<u8>]) -> List {
        self.begin(prop_type, id);
        self.bytes.extend((values.len() as u32).to_le_bytes());
        values.iter().for_each(|value| self.counted(value));
        self
    }

    /// A named property: what `value` writes, under a name that is a number.
    pub fn named(self, set: [u8; 16], lid: u32, value: impl FnOnce(List) -> List) -> List {
        let mut name = set.to_vec();
        name.extend(0_u32.to_le_bytes());
        name.extend(lid.to_le_bytes());
        self.under(&name, value)
    }

    /// The same under a name that is a text.
    pub fn named_text(self, set: [u8; 16], text: &str, value: impl FnOnce(List) -> List) -> List {
        let text = wide(text);
        let mut name = set.to_vec();
        name.extend(1_u32.to_le_bytes());
        name.extend((text.len() as u32).to_le_bytes());
        name.extend(text);
        while !name.len().is_multiple_of(4) {
            name.push(0);
        }
        self.under(&name, value)
    }

    /// Puts a name between the tag and the value.
    fn under(mut self, name: &[u8], value: impl FnOnce(List) -> List) -> List {
        let one = value(List::new());
        assert_eq!(one.count, 1);
        self.count += 1;
        let (tag, rest) = one.bytes.split_at(4);
        self.bytes.extend(tag);
        self.bytes.extend(name);
        self.bytes.extend(rest);
        self
    }

    /// As it lies in an attribute.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.count.to_le_bytes().to_vec();
        bytes.extend(&self.bytes);
        bytes
    }
}

impl From<Vec<u8>> for Tnef {
    /// Bytes that are a stream already, or a part of one.
    fn from(bytes: Vec<u8>) -> Tnef {
        Tnef(bytes)
    }
}
