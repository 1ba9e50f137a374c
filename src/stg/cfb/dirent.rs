//! Directory entries: 128 bytes each. Reading and writing side by side. Spec: structured-storage 1.6.

use super::super::mode::ElementKind;
use super::super::name::{ElementName, MAX_UNITS, compare_units};
use super::header::Version;
use super::special::NO_STREAM;
use crate::wire::{FileTime, Guid, u16_at, u32_at, u64_at};
use std::borrow::Borrow;
use std::cmp::Ordering;

pub(crate) const DIRENT_LEN: usize = 128;
pub(crate) const TYPE_STORAGE: u8 = 1;
pub(crate) const TYPE_STREAM: u8 = 2;
pub(crate) const TYPE_ROOT: u8 = 5;

/// One directory entry, as it stands in the file: its bytes, or where they are.
#[derive(Clone, Copy)]
pub(crate) struct Dirent<B = [u8; DIRENT_LEN]>(B);

impl<B: Borrow<[u8; DIRENT_LEN]>> Dirent<B> {
    pub(crate) fn from_bytes(bytes: B) -> Dirent<B> {
        Dirent(bytes)
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &[u8; DIRENT_LEN] {
        self.0.borrow()
    }

    /// Name length in units, without the NUL; a wrong length field falls back to the NUL itself.
    #[inline]
    fn name_len(&self) -> usize {
        let field = usize::from(u16_at(self.bytes(), 64));
        if (2..=64).contains(&field) && field.is_multiple_of(2) {
            return field / 2 - 1;
        }
        (0..MAX_UNITS).find(|at| u16_at(self.bytes(), 2 * at) == 0).unwrap_or(MAX_UNITS)
    }

    pub(crate) fn has_sound_name_length(&self) -> bool {
        let field = usize::from(u16_at(self.bytes(), 64));
        (4..=64).contains(&field) && field.is_multiple_of(2) && u16_at(self.bytes(), field - 2) == 0
    }

    /// The units of the name, as they stand.
    #[inline]
    fn units(&self) -> &[[u8; 2]] {
        self.bytes().as_chunks::<2>().0.get(..self.name_len()).unwrap_or_default()
    }

    /// The name by four units at a time, and what stands behind it.
    #[inline]
    fn fours(&self) -> impl Iterator<Item = u64> {
        self.bytes().as_chunks::<8>().0.iter().take(8).map(|four| u64::from_le_bytes(*four))
    }

    pub(crate) fn name(&self) -> ElementName {
        ElementName::found_among(self.bytes().as_chunks::<2>().0, self.name_len())
    }

    /// How the name compares to another, by the order of the format.
    #[inline]
    pub(crate) fn compare(&self, name: &ElementName) -> Ordering {
        let fours = name.units().as_chunks::<4>().0.iter().map(|[a, b, c, d]| {
            u64::from(*a) | u64::from(*b) << 16 | u64::from(*c) << 32 | u64::from(*d) << 48
        });
        let (own, other) = (self.units(), name.units());
        own.len().cmp(&other.len()).then_with(|| {
            let same = same(self.fours(), fours);
            let own = own.get(same..).unwrap_or_default().iter();
            let other = other.get(same..).unwrap_or_default().iter().copied();
            compare_units(own.map(|unit| u16::from_le_bytes(*unit)), other)
        })
    }

    /// How the names of two entries compare.
    #[inline]
    pub(crate) fn compare_entry<C: Borrow<[u8; DIRENT_LEN]>>(&self, other: &Dirent<C>) -> Ordering {
        let (a, b) = (self.units(), other.units());
        a.len().cmp(&b.len()).then_with(|| {
            // Names of one storage begin alike.
            let same = same(self.fours(), other.fours());
            let a = a.get(same..).unwrap_or_default().iter();
            let b = b.get(same..).unwrap_or_default().iter();
            let unit = |unit: &[u8; 2]| u16::from_le_bytes(*unit);
            compare_units(a.map(unit), b.map(unit))
        })
    }

    pub(crate) fn object_type(&self) -> u8 {
        self.bytes().get(66).copied().unwrap_or(0)
    }

    pub(crate) fn color(&self) -> u8 {
        self.bytes().get(67).copied().unwrap_or(0)
    }

    /// Storage or stream; `None` for a free slot or a type that never appears on disk.
    pub(crate) fn kind(&self) -> Option<ElementKind> {
        match self.object_type() {
            TYPE_STORAGE => Some(ElementKind::Storage),
            TYPE_STREAM => Some(ElementKind::Stream),
            _ => None,
        }
    }

    pub(crate) fn left(&self) -> u32 {
        u32_at(self.bytes(), 68)
    }

    pub(crate) fn right(&self) -> u32 {
        u32_at(self.bytes(), 72)
    }

    pub(crate) fn child(&self) -> u32 {
        u32_at(self.bytes(), 76)
    }

    pub(crate) fn class(&self) -> Guid {
        let bytes = self.bytes().get(80..96).and_then(|b| b.try_into().ok());
        bytes.map_or(Guid::NULL, Guid::from_bytes)
    }

    pub(crate) fn state_bits(&self) -> u32 {
        u32_at(self.bytes(), 96)
    }

    pub(crate) fn created(&self) -> FileTime {
        FileTime::from_ticks(u64_at(self.bytes(), 100))
    }

    pub(crate) fn modified(&self) -> FileTime {
        FileTime::from_ticks(u64_at(self.bytes(), 108))
    }

    pub(crate) fn start(&self) -> u32 {
        u32_at(self.bytes(), 116)
    }

    /// Bytes in a stream. Version 3 has no high word; old writers left garbage there. Spec: S-151.
    pub(crate) fn size(&self, version: Version) -> u64 {
        match version {
            Version::V3 => u64::from(u32_at(self.bytes(), 120)),
            Version::V4 => u64_at(self.bytes(), 120),
        }
    }

    pub(crate) fn raw_size(&self) -> u64 {
        u64_at(self.bytes(), 120)
    }
}

/// How many units are the same in both, read by fours.
#[inline]
fn same(a: impl Iterator<Item = u64>, b: impl Iterator<Item = u64>) -> usize {
    let mut count = 0;
    for (a, b) in a.zip(b) {
        if a != b {
            return count + ((a ^ b).trailing_zeros() / 16) as usize;
        }
        count += 4;
    }
    count
}

/// The fields of an entry to write; what a kind of entry does not have stays zero.
pub(crate) struct NewDirent<'a> {
    pub(crate) name: &'a [u16],
    pub(crate) object_type: u8,
    pub(crate) black: bool,
    pub(crate) left: u32,
    pub(crate) right: u32,
    pub(crate) child: u32,
    pub(crate) class: Guid,
    pub(crate) state_bits: u32,
    pub(crate) created: FileTime,
    pub(crate) modified: FileTime,
    pub(crate) start: u32,
    pub(crate) size: u64,
}

impl NewDirent<'_> {
    /// Appends the 128 bytes.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let begin = out.len();
        let units = self.name.get(..self.name.len().min(MAX_UNITS)).unwrap_or_default();
        units.iter().for_each(|unit| out.extend(unit.to_le_bytes()));
        out.resize(begin + 64, 0);
        let name_bytes = u16::try_from(2 * (units.len() + 1)).unwrap_or(64);
        out.extend(name_bytes.to_le_bytes());
        out.push(self.object_type);
        out.push(u8::from(self.black));
        for id in [self.left, self.right, self.child] {
            out.extend(id.to_le_bytes());
        }
        out.extend(self.class.to_bytes());
        out.extend(self.state_bits.to_le_bytes());
        out.extend(self.created.ticks().to_le_bytes());
        out.extend(self.modified.ticks().to_le_bytes());
        out.extend(self.start.to_le_bytes());
        out.extend(self.size.to_le_bytes());
    }
}

/// Appends a free slot: zero but for the three ids.
pub(crate) fn write_free(out: &mut Vec<u8>) {
    let begin = out.len();
    out.resize(begin + 68, 0);
    (0..3).for_each(|_| out.extend(NO_STREAM.to_le_bytes()));
    out.resize(begin + DIRENT_LEN, 0);
}
