//! The CRC-32 of named-property buckets and of compressed RTF.
//!
//! Reflected polynomial 0xEDB88320, start value 0, no final inversion: not the one of zlib.
//! Spec: F-035 (msg-format 1.7.4, 4.2).

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0u32; 256];
    let mut n = 0;
    while n < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "n is below 256")]
        let mut c = n as u32;
        let mut bit = 0;
        while bit < 8 {
            c = if c & 1 == 1 { 0xEDB8_8320 ^ (c >> 1) } else { c >> 1 };
            bit += 1;
        }
        #[expect(clippy::indexing_slicing, reason = "n is below 256")]
        {
            table[n] = c;
        }
        n += 1;
    }
    table
}

/// The CRC of `bytes`, continued from `crc` (0 at the start).
pub(crate) fn crc32(crc: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(crc, |crc, byte| {
        let at = (crc ^ u32::from(*byte)) & 0xFF;
        TABLE.get(at as usize).copied().unwrap_or(0) ^ (crc >> 8)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spec: F-035
    #[test]
    fn the_check_value_is_that_of_the_specification() {
        assert_eq!(crc32(0, b"123456789"), 0x2DFD_2D88);
    }
}
