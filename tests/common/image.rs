//! A compound file whose fields can be set one by one, to break one rule at a time.
//!
//! Only for sound images of our own writer with less than 110 FAT sectors.

/// Fields of a directory entry: offset and length.
#[derive(Clone, Copy)]
pub struct Field(usize, usize);

impl Field {
    /// Its offset in the entry, and its length.
    pub fn place(self) -> (usize, usize) {
        (self.0, self.1)
    }
}

pub const NAME_LEN: Field = Field(64, 2);
pub const TYPE: Field = Field(66, 1);
pub const COLOR: Field = Field(67, 1);
pub const LEFT: Field = Field(68, 4);
pub const RIGHT: Field = Field(72, 4);
pub const CHILD: Field = Field(76, 4);
pub const STATE: Field = Field(96, 4);
pub const CREATED: Field = Field(100, 8);
pub const START: Field = Field(116, 4);
pub const SIZE: Field = Field(120, 8);
pub const SIZE_HIGH: Field = Field(124, 4);

pub const END: u32 = 0xFFFF_FFFE;
pub const FREE: u32 = 0xFFFF_FFFF;
pub const NONE: u64 = 0xFFFF_FFFF;

/// The bytes of a compound file.
#[derive(Clone)]
pub struct Image(pub Vec<u8>);

impl Image {
    pub fn u16(&self, at: usize) -> u16 {
        u16::from_le_bytes(self.0[at..at + 2].try_into().unwrap())
    }

    pub fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[at..at + 4].try_into().unwrap())
    }

    /// Sets the `len` low bytes of a value.
    pub fn put(&mut self, at: usize, len: usize, value: u64) -> &mut Image {
        self.0[at..at + len].copy_from_slice(&value.to_le_bytes()[..len]);
        self
    }

    pub fn sector_len(&self) -> usize {
        1 << self.u16(30)
    }

    pub fn sectors(&self) -> u32 {
        u32::try_from(self.0.len() / self.sector_len() - 1).unwrap()
    }

    /// Where a sector begins.
    pub fn sector(&self, sector: u32) -> usize {
        (sector as usize + 1) * self.sector_len()
    }

    /// Where the FAT entry of a sector is.
    pub fn fat_at(&self, sector: u32) -> usize {
        let per_block = self.sector_len() / 4;
        let block = self.u32(76 + 4 * (sector as usize / per_block));
        self.sector(block) + 4 * (sector as usize % per_block)
    }

    pub fn fat(&self, sector: u32) -> u32 {
        self.u32(self.fat_at(sector))
    }

    pub fn set_fat(&mut self, sector: u32, next: u32) -> &mut Image {
        let at = self.fat_at(sector);
        self.put(at, 4, u64::from(next))
    }

    pub fn chain(&self, first: u32) -> Vec<u32> {
        let mut chain = Vec::new();
        let mut sector = first;
        while sector < 0xFFFF_FFFA {
            chain.push(sector);
            sector = self.fat(sector);
        }
        chain
    }

    /// Where the mini FAT entry of a mini sector is.
    pub fn minifat_at(&self, mini: u32) -> usize {
        let per_sector = self.sector_len() / 4;
        let sectors = self.chain(self.u32(60));
        self.sector(sectors[mini as usize / per_sector]) + 4 * (mini as usize % per_sector)
    }

    pub fn set_minifat(&mut self, mini: u32, next: u32) -> &mut Image {
        let at = self.minifat_at(mini);
        self.put(at, 4, u64::from(next))
    }

    /// Where every directory entry begins.
    pub fn entries(&self) -> Vec<usize> {
        let sectors = self.chain(self.u32(48));
        let within = |sector| (0..self.sector_len()).step_by(128).map(move |at| sector + at);
        sectors.into_iter().flat_map(|sector| within(self.sector(sector))).collect()
    }

    /// The slot of the first entry of this name.
    pub fn slot(&self, name: &str) -> u32 {
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let is_it = |at: &usize| {
            self.0[*at..].starts_with(&units) && usize::from(self.u16(at + 64)) == units.len() + 2
        };
        let slot = self.entries().iter().position(is_it);
        u32::try_from(slot.unwrap_or_else(|| panic!("no {name:?}"))).unwrap()
    }

    pub fn at(&self, slot: u32, field: Field) -> usize {
        self.entries()[slot as usize] + field.0
    }

    pub fn get(&self, slot: u32, field: Field) -> u64 {
        let at = self.at(slot, field);
        let mut bytes = [0; 8];
        bytes[..field.1].copy_from_slice(&self.0[at..at + field.1]);
        u64::from_le_bytes(bytes)
    }

    pub fn set(&mut self, slot: u32, field: Field, value: u64) -> &mut Image {
        let at = self.at(slot, field);
        self.put(at, field.1, value)
    }

    /// Gives an entry another name.
    pub fn rename(&mut self, slot: u32, name: &str) -> &mut Image {
        let at = self.entries()[slot as usize];
        self.0[at..at + 64].fill(0);
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        self.0[at..at + units.len()].copy_from_slice(&units);
        self.put(at + 64, 2, units.len() as u64 + 2)
    }

    /// The first sector of an element.
    pub fn start(&self, slot: u32) -> u32 {
        u32::try_from(self.get(slot, START)).unwrap()
    }
}
