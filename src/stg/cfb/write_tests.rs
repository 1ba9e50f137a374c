//! The writer beyond 2 GiB.

use super::super::{Base, Cfb, check};
use super::*;
use std::fs::File;
use std::io::{Seek, SeekFrom};

/// Zeros, with marks where the range-lock sector interrupts them and at the end.
struct Huge(u64);

const MARK: u8 = 0xA5;

impl Huge {
    /// The bytes before the range-lock sector, were the stream to begin with sector `first`.
    fn mark(at: u64, len: u64) -> bool {
        at.is_multiple_of(4096) && (len - at <= 8192 || at >= (RANGE_LOCK - 1200) << 12)
    }
}

impl Content for Huge {
    fn len(&self) -> u64 {
        self.0
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        buffer.fill(0);
        let end = offset + buffer.len() as u64;
        for at in (offset.next_multiple_of(4096)..end).step_by(4096) {
            if Huge::mark(at, self.0) {
                buffer[usize::try_from(at - offset).unwrap()] = MARK;
            }
        }
        Ok(buffer.len())
    }
}

/// A file that leaves holes where zeros are written.
struct Sparse(File);

impl Write for Sparse {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for part in bytes.chunks(4096) {
            if part.iter().all(|byte| *byte == 0) {
                self.0.seek(SeekFrom::Current(i64::try_from(part.len()).unwrap()))?;
            } else {
                self.0.write_all(part)?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let end = self.0.stream_position()?;
        self.0.set_len(end)
    }
}

/// Spec: S-171
#[test]
fn a_file_beyond_2_gib_leaves_the_range_lock_sector_out() {
    let len = (RANGE_LOCK + 500) << 12;
    let mut plan = Plan::new(Version::V4, 0, Meta::default());
    let name = ElementName::ascii(b"huge");
    let element = |len| Element { name, what: What::Stream(Arc::new(Huge(len))) };
    plan.add_members(0, vec![element(len)]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge");
    let mut sink = Sparse(File::create(&path).unwrap());
    write_plan(&plan, &mut sink).unwrap();
    sink.flush().unwrap();
    let file_len = std::fs::metadata(&path).unwrap().len();
    assert_eq!(file_len, plan_len(&plan).unwrap());
    let cfb = Cfb::open(Base::window(File::open(&path).unwrap(), file_len)).unwrap();
    assert_eq!(check::check(&cfb).unwrap(), []);
    let lock = u32::try_from(RANGE_LOCK).unwrap();
    assert_eq!(cfb.fat.next(&cfb.base, lock).unwrap(), END_OF_CHAIN);
    let (before, after) = (cfb.fat.next(&cfb.base, lock - 1), cfb.fat.next(&cfb.base, lock + 1));
    assert_eq!((before.unwrap(), after.unwrap()), (lock + 1, lock + 2));
    let mut sector = [1; 4096];
    cfb.base.read(0x7FFF_F000, &mut sector).unwrap();
    assert_eq!(sector, [0; 4096], "no content there");
    let stream = cfb.stream(1, &cfb.entry(1).unwrap()).unwrap();
    for at in (len - (1700 << 12)..len).step_by(4096) {
        stream.read_at(at, &mut sector[..1]).unwrap();
        assert_eq!(sector[0], if Huge::mark(at, len) { MARK } else { 0 }, "{at:#x}");
    }
    // With sectors of 512 bytes there is no such file.
    plan.version = Version::V3;
    assert_eq!(plan_len(&plan).unwrap_err().code(), Code::StgDocFileTooLarge);
}
