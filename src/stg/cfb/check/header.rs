//! The header against the file. Spec: structured-storage 1.2.

use super::super::file::Cfb;
use super::super::header::{HEADER_LEN, Header, Version};
use super::super::special::END_OF_CHAIN;
use super::Report;
use super::alloc::Tables;
use super::chain::Metadata;
use crate::error::{Place, Result};
use crate::finding::Severity;

const RULE: &str = "MS-CFB 2.2";

/// Fields that need nothing but themselves, and the length of the file.
pub(super) fn check(cfb: &Cfb, report: &mut Report) -> Result<()> {
    let header = &cfb.header;
    let at = |offset| Place::new("").at(offset).rule(RULE);
    if header.minor != 0x3E {
        let text = || (at(24), format!("the minor version is {:#x}, not 0x3e", header.minor));
        report.add(Severity::Note, "header-minor", text);
    }
    if header.major != header.version.major() {
        let sector = header.version.sector();
        report.add(Severity::Warning, "header-major", || {
            (at(26), format!("major version {} with sectors of {sector} bytes", header.major))
        });
    }
    if header.byte_order != 0xFFFE {
        report.add(Severity::Warning, "header-byte-order", || {
            (at(28), format!("the byte-order mark is {:#x}, not 0xfffe", header.byte_order))
        });
    }
    if !header.reserved_is_zero {
        let text = || (at(8), "the class or a reserved field is not zero");
        report.add(Severity::Warning, "header-reserved", text);
    }
    for (offset, first, what) in
        [(60, header.first_minifat_sector, "mini FAT"), (68, header.first_difat_sector, "DIFAT")]
    {
        if !Header::has_chain(first) && first != END_OF_CHAIN {
            report.add(Severity::Note, "header-none", || {
                (at(offset), format!("no {what} is written {first:#x}, not ENDOFCHAIN"))
            });
        }
    }
    if !padding_is_zero(cfb)? {
        let text = || (at(512), "the rest of the header's sector is not zero");
        report.add(Severity::Warning, "header-reserved", text);
    }
    let len = cfb.base.len();
    if !len.is_multiple_of(header.version.sector()) {
        report.add(Severity::Warning, "file-length", || {
            (Place::new("").at(len).rule("MS-CFB 2.1"), "the last sector is incomplete")
        });
    }
    if header.version == Version::V3 && len > 1 << 31 {
        report.add(Severity::Warning, "file-size", || {
            (Place::new("").rule("MS-CFB 2.9"), "above 2 GiB with sectors of 512 bytes")
        });
    }
    Ok(())
}

/// Version 4: the header's sector is longer than the header.
fn padding_is_zero(cfb: &Cfb) -> Result<bool> {
    let mut piece = [0; HEADER_LEN];
    let sector = cfb.header.version.sector();
    for offset in (HEADER_LEN as u64..sector).step_by(HEADER_LEN) {
        cfb.base.read(offset, &mut piece)?;
        if piece.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The counts, once the chains are known.
pub(super) fn check_counts(cfb: &Cfb, tables: &Tables, metadata: &Metadata, report: &mut Report) {
    let header = &cfb.header;
    let directory = match header.version {
        Version::V3 => 0,
        Version::V4 => metadata.directory,
    };
    for (offset, claimed, found, what) in [
        (40, header.num_dir_sectors, directory, "directory"),
        (44, header.num_fat_sectors, tables.fat, "FAT"),
        (64, header.num_minifat_sectors, metadata.minifat, "mini FAT"),
        (72, header.num_difat_sectors, tables.difat, "DIFAT"),
    ] {
        if u64::from(claimed) != found {
            report.add(Severity::Warning, "header-count", || {
                let text = format!("{claimed} sectors of {what} are announced, not {found}");
                (Place::new("").at(offset).rule(RULE), text)
            });
        }
    }
}
