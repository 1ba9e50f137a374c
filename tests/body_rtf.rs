//! Compressed RTF through the public interface: the published values, and real files.

use openimsg::{Code, Finding, Severity, Validation, body};

const LIMIT: u64 = 256 << 20;

/// Spec: F-060, F-061
#[test]
fn the_published_values_are_read_and_written_byte_for_byte() {
    let values: [(&[u8], &[u8]); 2] = [
        (
            b"\x2D\0\0\0\x2B\0\0\0LZFu\xF1\xC5\xC7\xA7\
              \x03\0\x0A\0rcpg125\x42\x32\x0A\xF3 hel\x09\0 bw\x05\xB0ld}\x0A\x80\x0F\xA0",
            b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
        ),
        (
            b"\x1A\0\0\0\x1C\0\0\0LZFu\xE2\xD4\x4B\x51\x41\0\x04 WXYZ\x0D\x6E}\x01\x0E\xB0",
            b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}",
        ),
    ];
    for (value, text) in values {
        let rtf = body::rtf_decompress(value, Validation::Strict, LIMIT).unwrap();
        assert_eq!(rtf.bytes, text);
        assert_eq!(body::rtf_compress(text), value);
    }
}

/// Spec: F-064, F-065, F-066
#[test]
fn damage_is_told_of_or_refused() {
    let mut value = body::rtf_compress(b"{\\rtf1 a text that is cut}");
    value.truncate(value.len() - 6);
    let rtf = body::rtf_decompress(&value, Validation::Lenient, LIMIT).unwrap();
    assert!(b"{\\rtf1 a text that is cut}".starts_with(&rtf.bytes[..]));
    let codes: Vec<_> = rtf.findings.iter().map(Finding::code).collect();
    assert_eq!(codes, ["lzfu-comp-size", "lzfu-crc", "lzfu-no-end", "lzfu-raw-size"]);
    assert!(rtf.findings.iter().any(|finding| finding.severity() == Severity::Error));

    let strict = body::rtf_decompress(&value, Validation::Strict, LIMIT).unwrap_err();
    assert_eq!(strict.code(), Code::CorruptData);
    let short = body::rtf_decompress(&value[..15], Validation::Lenient, LIMIT).unwrap_err();
    assert_eq!(short.code(), Code::CorruptData);
    let long = body::rtf_decompress(&value, Validation::Lenient, 5).unwrap_err();
    assert_eq!(long.code(), Code::TooBig);
}

/// Spec: F-060, F-062, F-064, Q-51
#[test]
fn real_rtf_is_read_and_survives_every_form() {
    let Some(corpus) = std::env::var_os("OPENIMSG_CORPUS") else {
        eprintln!("SKIPPED: OPENIMSG_CORPUS names no folder of sample files");
        return;
    };
    let folder = std::path::Path::new(&corpus).join("rtf");
    let (mut compressed, mut plain) = (0, 0);
    for entry in std::fs::read_dir(&folder).expect("the corpus has a folder rtf") {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let stored = std::fs::read(&path).unwrap();
        let text = if stored.starts_with(b"{\\rtf") {
            // RTF alone: the text is known, and is what a value that lost its header holds.
            plain += 1;
            let rtf = body::rtf_decompress(&stored, Validation::Lenient, LIMIT).unwrap();
            assert!(rtf.bytes == stored, "{name}");
            assert_eq!(rtf.findings[0].code(), "lzfu-no-header", "{name}");
            stored
        } else {
            compressed += 1;
            let rtf = body::rtf_decompress(&stored, Validation::Lenient, LIMIT).unwrap();
            assert_eq!(rtf.bytes.len(), u32_at(&stored, 4), "{name}");
            // One sample had the names in it changed, and kept its checksum: whole, but not as
            // it was written.
            let codes: Vec<_> = rtf.findings.iter().map(Finding::code).collect();
            let edited = codes == ["lzfu-crc"];
            assert!(codes.is_empty() || edited, "{name}: {codes:?}");
            let strict = body::rtf_decompress(&stored, Validation::Strict, LIMIT);
            assert_eq!(strict.is_err(), edited, "{name}");
            if let Ok(expected) = std::fs::read(path.with_extension("rtf")) {
                assert!(rtf.bytes == expected, "{name}");
            }
            rtf.bytes
        };
        assert!(text.starts_with(b"{\\rtf1"), "{name}");
        for value in [body::rtf_compress(&text), body::rtf_store(&text)] {
            let rtf = body::rtf_decompress(&value, Validation::Strict, LIMIT).unwrap();
            assert!(rtf.bytes == text && rtf.findings.is_empty(), "{name}");
        }
    }
    assert!(compressed > 0 && plain > 0, "{compressed} compressed, {plain} plain");
    eprintln!("{compressed} compressed values and {plain} RTF texts");
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    let field = bytes.get(at..at + 4).and_then(|field| field.try_into().ok());
    usize::try_from(field.map_or(0, u32::from_le_bytes)).unwrap_or(usize::MAX)
}
