//! The header: the first 512 bytes. Reading and writing side by side. Spec: structured-storage 1.2.

use super::special::{END_OF_CHAIN, FREE, MAX_REGULAR};
use crate::error::{Code, Error, Place, Result};
use crate::wire::{u16_at, u32_at};

pub(crate) const HEADER_LEN: usize = 512;
pub(crate) const HEADER_DIFAT: usize = 109;
pub(crate) const MINI_CUTOFF: u64 = 4096;
pub(crate) const MINI_SECTOR: u64 = 64;

const SIGNATURE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
const OLD_SIGNATURE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0x0E, 0x11, 0xFC, 0x0D];

/// Whether the bytes begin as a compound file does.
pub(crate) fn looks_like_compound_file(bytes: &[u8]) -> bool {
    bytes.starts_with(&SIGNATURE)
}

/// Version 3 has 512-byte sectors and ends at 2 GiB; version 4 has 4096-byte sectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Version {
    #[default]
    V3,
    V4,
}

impl Version {
    pub(crate) const fn shift(self) -> u32 {
        match self {
            Version::V3 => 9,
            Version::V4 => 12,
        }
    }

    pub(crate) const fn sector(self) -> u64 {
        1 << self.shift()
    }

    pub(crate) const fn major(self) -> u16 {
        match self {
            Version::V3 => 3,
            Version::V4 => 4,
        }
    }
}

/// What the header says. Numbers from a file are claims; see where each is used.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    pub(crate) version: Version,
    pub(crate) minor: u16,
    pub(crate) major: u16,
    pub(crate) byte_order: u16,
    pub(crate) reserved_is_zero: bool,
    pub(crate) num_dir_sectors: u32,
    pub(crate) num_fat_sectors: u32,
    pub(crate) first_dir_sector: u32,
    pub(crate) transaction: u32,
    pub(crate) first_minifat_sector: u32,
    pub(crate) num_minifat_sectors: u32,
    pub(crate) first_difat_sector: u32,
    pub(crate) num_difat_sectors: u32,
    pub(crate) difat: Vec<u32>,
}

impl Header {
    /// Reads the header. Advisory fields are kept as found; only what cannot be read is refused.
    ///
    /// Spec: S-178, F-001.
    pub(crate) fn read(bytes: &[u8]) -> Result<Header> {
        let refuse = |code, note: String, at| {
            let place = Place::new("").at(at).rule("MS-CFB 2.2");
            Err(Error::new(code, "open compound file").note(note).place(place))
        };
        if bytes.starts_with(&OLD_SIGNATURE) {
            let note = "a pre-release format of 1995; no program of today reads it";
            return refuse(Code::StgOldFormat, note.into(), 0);
        }
        if bytes.len() < HEADER_LEN || !looks_like_compound_file(bytes) {
            let note = "not a compound file (an Outlook .msg file begins D0 CF 11 E0 A1 B1 1A E1)";
            return refuse(Code::StgFileAlreadyExists, note.into(), 0);
        }
        let (shift, mini_shift) = (u16_at(bytes, 30), u16_at(bytes, 32));
        let version = match shift {
            9 => Version::V3,
            12 => Version::V4,
            _ => return refuse(Code::StgInvalidHeader, format!("sector shift {shift}"), 30),
        };
        if mini_shift != 6 {
            return refuse(Code::StgInvalidHeader, format!("mini sector shift {mini_shift}"), 32);
        }
        if u64::from(u32_at(bytes, 56)) != MINI_CUTOFF {
            let note = format!("mini stream cutoff {}", u32_at(bytes, 56));
            return refuse(Code::StgInvalidHeader, note, 56);
        }
        Ok(Header {
            version,
            minor: u16_at(bytes, 24),
            major: u16_at(bytes, 26),
            byte_order: u16_at(bytes, 28),
            reserved_is_zero: bytes.get(8..24).is_some_and(|b| b.iter().all(|b| *b == 0))
                && bytes.get(34..40).is_some_and(|b| b.iter().all(|b| *b == 0)),
            num_dir_sectors: u32_at(bytes, 40),
            num_fat_sectors: u32_at(bytes, 44),
            first_dir_sector: u32_at(bytes, 48),
            transaction: u32_at(bytes, 52),
            first_minifat_sector: u32_at(bytes, 60),
            num_minifat_sectors: u32_at(bytes, 64),
            first_difat_sector: u32_at(bytes, 68),
            num_difat_sectors: u32_at(bytes, 72),
            difat: (0..HEADER_DIFAT).map(|at| u32_at(bytes, 76 + 4 * at)).collect(),
        })
    }

    /// Whether a chain is named at all: any value above the regular ones means "none".
    pub(crate) fn has_chain(first: u32) -> bool {
        first <= MAX_REGULAR
    }

    /// The 512 bytes of a header as Windows writes them. Spec: F-111.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_LEN);
        let none = |first: u32| if Header::has_chain(first) { first } else { END_OF_CHAIN };
        out.extend(SIGNATURE);
        out.extend([0; 16]);
        out.extend(0x003E_u16.to_le_bytes());
        out.extend(self.version.major().to_le_bytes());
        out.extend(0xFFFE_u16.to_le_bytes());
        out.extend(u16::try_from(self.version.shift()).unwrap_or(9).to_le_bytes());
        out.extend(6_u16.to_le_bytes());
        out.extend([0; 6]);
        for field in [
            self.num_dir_sectors,
            self.num_fat_sectors,
            self.first_dir_sector,
            self.transaction,
            4096,
            none(self.first_minifat_sector),
            self.num_minifat_sectors,
            none(self.first_difat_sector),
            self.num_difat_sectors,
        ] {
            out.extend(field.to_le_bytes());
        }
        let slots = self.difat.iter().copied().chain(std::iter::repeat(FREE)).take(HEADER_DIFAT);
        slots.for_each(|slot| out.extend(slot.to_le_bytes()));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Header {
        Header {
            version: Version::V3,
            minor: 0x3E,
            major: 3,
            byte_order: 0xFFFE,
            reserved_is_zero: true,
            num_dir_sectors: 0,
            num_fat_sectors: 1,
            first_dir_sector: 1,
            transaction: 7,
            first_minifat_sector: FREE,
            num_minifat_sectors: 0,
            first_difat_sector: FREE,
            num_difat_sectors: 0,
            difat: vec![0],
        }
    }

    #[test]
    fn a_header_round_trips() {
        let bytes = sample().to_bytes();
        assert_eq!(bytes.len(), HEADER_LEN);
        let back = Header::read(&bytes).unwrap();
        assert_eq!((back.transaction, back.first_dir_sector, back.difat[0]), (7, 1, 0));
        assert_eq!((back.first_minifat_sector, back.difat[108]), (END_OF_CHAIN, FREE));
    }

    /// Spec: S-178, F-001
    #[test]
    fn each_kind_of_wrong_header_has_its_code() {
        let good = sample().to_bytes();
        let with = |at: usize, value: u8| {
            let mut bytes = good.clone();
            bytes[at] = value;
            Header::read(&bytes).unwrap_err().code()
        };
        assert_eq!(with(30, 10), Code::StgInvalidHeader);
        assert_eq!(with(32, 7), Code::StgInvalidHeader);
        assert_eq!(with(57, 0x20), Code::StgInvalidHeader);
        assert_eq!(with(0, 0), Code::StgFileAlreadyExists);
        let code = |bytes: &[u8]| Header::read(bytes).unwrap_err().code();
        for len in [0, 7, 11, 511] {
            assert_eq!(code(&good[..len]), Code::StgFileAlreadyExists);
        }
        assert_eq!(code(&OLD_SIGNATURE), Code::StgOldFormat);
    }
}
