//! The header of a damaged file: what is legal is believed, what is not is guessed.

use super::super::cfb::{Base, Dirent, Version, looks_like_compound_file, special::MAX_REGULAR};
use super::report::Report;
use crate::error::{Code, Error, Place, Result};
use crate::finding::Severity;
use crate::wire::{u16_at, u32_at};

const HEADER_LEN: usize = 512;
const TYPE_ROOT: u8 = 5;

/// The fields that a salvage needs.
pub(super) struct Head {
    pub(super) version: Version,
    pub(super) transaction: u32,
    pub(super) first_dir: u32,
    pub(super) num_fat: u32,
    pub(super) first_minifat: u32,
    pub(super) num_minifat: u32,
    pub(super) first_difat: u32,
    pub(super) num_difat: u32,
    pub(super) difat: Vec<u32>,
}

impl Head {
    /// Reads the header, and finds out how long a sector is.
    ///
    /// # Errors
    /// [`Code::StgFileAlreadyExists`] for bytes that are no compound file by any sign,
    /// [`Code::StgOldFormat`].
    pub(super) fn read(base: &Base, report: &mut Report) -> Result<Head> {
        const DOING: &str = "salvage compound file";
        let mut bytes = [0; HEADER_LEN];
        base.read(0, &mut bytes)?;
        let place = |at| Place::new("").at(at).rule("MS-CFB 2.2");
        if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0x0E, 0x11, 0xFC, 0x0D]) {
            let note = "a pre-release format of 1995; no program of today reads it";
            return Err(Error::new(Code::StgOldFormat, DOING).note(note).place(place(0)));
        }
        let first_dir = u32_at(&bytes, 48);
        let shift = u16_at(&bytes, 30);
        let version = version(base, &bytes, first_dir)?;
        if !looks_like_compound_file(&bytes) {
            // Two more signs must be there, or else this is some other file.
            let order = u16_at(&bytes, 28) == 0xFFFE;
            if !order || !is_root(base, version, first_dir)? {
                let note = "not a compound file: neither its first bytes nor a root say so";
                let error = Error::new(Code::StgFileAlreadyExists, DOING);
                return Err(error.note(note).place(place(0)));
            }
            report.add(Severity::Warning, "salvage-header", || {
                (place(0), "the signature is damaged; the rest is a compound file's")
            });
        }
        if u32::from(shift) != version.shift() {
            report.add(Severity::Warning, "salvage-header", || {
                let text =
                    format!("sector shift {shift}; the file is read with {}", version.shift());
                (place(30), text)
            });
        }
        for (at, value, legal, what) in [
            (32, u32::from(u16_at(&bytes, 32)), 6, "mini sector shift"),
            (56, u32_at(&bytes, 56), 4096, "mini stream cutoff"),
        ] {
            if value != legal {
                report.add(Severity::Warning, "salvage-header", || {
                    (place(at), format!("{what} {value}; the file is read with {legal}"))
                });
            }
        }
        Ok(Head {
            version,
            transaction: u32_at(&bytes, 52),
            first_dir,
            num_fat: u32_at(&bytes, 44),
            first_minifat: u32_at(&bytes, 60),
            num_minifat: u32_at(&bytes, 64),
            first_difat: u32_at(&bytes, 68),
            num_difat: u32_at(&bytes, 72),
            difat: (0..109).map(|at| u32_at(&bytes, 76 + 4 * at)).collect(),
        })
    }
}

/// The version under which the root is found where the header says; else what the header says.
fn version(base: &Base, bytes: &[u8], first_dir: u32) -> Result<Version> {
    use Version::{V3, V4};
    let (first, second) = match (u16_at(bytes, 30), u16_at(bytes, 26)) {
        (12, _) => (V4, V3),
        (9, _) => (V3, V4),
        (_, 4) => (V4, V3),
        _ => (V3, V4),
    };
    for version in [first, second] {
        if is_root(base, version, first_dir)? {
            return Ok(version);
        }
    }
    Ok(first)
}

/// Whether the first directory entry is a root's.
fn is_root(base: &Base, version: Version, first_dir: u32) -> Result<bool> {
    if first_dir > MAX_REGULAR {
        return Ok(false);
    }
    let mut entry = [0; 128];
    base.read((u64::from(first_dir) + 1) << version.shift(), &mut entry)?;
    let entry = Dirent::from_bytes(entry);
    Ok(entry.object_type() == TYPE_ROOT && entry.has_sound_name_length())
}
