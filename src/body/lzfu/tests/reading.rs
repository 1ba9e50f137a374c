//! The decoder: what it gives, what it accepts, and what it refuses.

use super::*;

fn codes(rtf: &Rtf) -> Vec<&'static str> {
    rtf.findings.iter().map(Finding::code).collect()
}

/// Checks both modes on a value with one deviation.
fn deviates(value: &[u8], text: &[u8], code: &'static str, severity: Severity) {
    let rtf = lenient(value);
    assert_eq!(rtf.bytes, text, "{code}");
    assert_eq!(codes(&rtf), [code]);
    assert_eq!(rtf.findings[0].severity(), severity, "{code}");
    assert_eq!(strict(value).unwrap_err().code(), Code::CorruptData, "{code}");
}

/// Spec: F-060
#[test]
fn both_vectors_give_their_texts() {
    for (value, text) in vectors() {
        assert_eq!(strict(&value).unwrap(), Rtf { bytes: text.to_vec(), findings: vec![] });
        assert_eq!(lenient(&value), strict(&value).unwrap());
    }
}

/// Spec: F-063, Q-50
#[test]
fn stored_text_whose_size_counts_the_header_is_whole() {
    let text = b"{\\rtf1 stored}";
    deviates(&value([26, 26, MELA, 0], text), text, "lzfu-raw-size", Severity::Warning);
    assert!(strict(&value([26, 14, MELA, 0], text)).unwrap().findings.is_empty());
    // Less than the payload: what RAWSIZE says, and lost is what was there.
    deviates(&value([26, 13, MELA, 0], text), &text[..13], "lzfu-raw-size", Severity::Error);
    deviates(
        &value([27, 14, MELA, 0], b"{\\rtf1 stored}\0"),
        text,
        "lzfu-raw-size",
        Severity::Warning,
    );
    // A checksum where none belongs.
    deviates(&value([26, 14, MELA, 7], text), text, "lzfu-crc", Severity::Warning);
    // Cut short.
    let rtf = lenient(&value([26, 14, MELA, 0], &text[..10]));
    assert_eq!(rtf.bytes, text[..10]);
    assert_eq!(codes(&rtf), ["lzfu-comp-size", "lzfu-raw-size"]);
    assert_eq!(rtf.findings[1].severity(), Severity::Error);
}

/// Spec: F-064
#[test]
fn a_wrong_checksum_is_a_warning_or_an_error() {
    let [(mut value, text), _] = vectors();
    value[13] ^= 0x40;
    deviates(&value, text, "lzfu-crc", Severity::Warning);
    assert_eq!(lenient(&value).findings[0].place().offset(), Some(12));
}

/// Spec: F-065
#[test]
fn a_value_without_a_header_fails_in_both_modes() {
    let [(value, _), _] = vectors();
    for len in 0..16 {
        for validation in [Validation::Lenient, Validation::Strict] {
            let error = rtf_decompress(&value[..len], validation, 1 << 30).unwrap_err();
            assert_eq!(error.code(), Code::CorruptData, "{len} bytes");
        }
    }
}

/// Spec: F-065
#[test]
fn a_size_that_cannot_be_is_not_believed() {
    let [(mut value, text), _] = vectors();
    value[4..8].fill(0xFF);
    deviates(&value, text, "lzfu-raw-size", Severity::Warning);
    assert!(lenient(&value).bytes.capacity() <= 8 * (value.len() - 16) + 17);
    let limited = rtf_decompress(&value, Validation::Lenient, 50).unwrap();
    assert!(limited.bytes.capacity() <= 50);
}

/// Spec: F-066
#[test]
fn a_truncated_value_gives_the_prefix() {
    let rtf = Seeded(66).rtf(700);
    for (value, text) in vectors().into_iter().chain([(rtf_compress(&rtf), &rtf[..])]) {
        let mut last = 0;
        for len in 16..value.len() {
            let rtf = lenient(&value[..len]);
            assert!(text.starts_with(&rtf.bytes), "{len} bytes");
            assert!(rtf.bytes.len() >= last, "{len} bytes");
            last = rtf.bytes.len();
            assert!(codes(&rtf).contains(&"lzfu-comp-size"));
            let worst = rtf.findings.iter().map(Finding::severity).max();
            let lost = rtf.bytes.len() < text.len();
            assert_eq!(worst == Some(Severity::Error), lost, "{len} bytes: {:?}", rtf.findings);
            assert_eq!(strict(&value[..len]).unwrap_err().code(), Code::CorruptData);
        }
        assert!(last >= text.len() - 17);
    }
}

/// Spec: F-066
#[test]
fn tokens_without_an_end_are_kept_and_told_of() {
    deviates(&tokens(2, &[0, b'h', b'i']), b"hi", "lzfu-no-end", Severity::Warning);
    deviates(&tokens(8, b"\0abcdefgh"), b"abcdefgh", "lzfu-no-end", Severity::Warning);
    deviates(&tokens(2, &[4, b'h', b'i']), b"hi", "lzfu-no-end", Severity::Warning);
    deviates(&tokens(2, &[4, b'h', b'i', 0]), b"hi", "lzfu-cut-token", Severity::Warning);
    deviates(&tokens(0, &[]), b"", "lzfu-no-end", Severity::Warning);
    let rtf = lenient(&tokens(3, &[4, b'h', b'i', 0]));
    assert_eq!(codes(&rtf), ["lzfu-cut-token", "lzfu-raw-size"]);
    assert_eq!(rtf.findings[0].severity(), Severity::Error);
    assert_eq!(rtf.findings[0].place().offset(), Some(16 + 3));
}

/// Spec: F-067
#[test]
fn no_token_stream_expands_more_than_eightfold() {
    let mut seeded = Seeded(0x67);
    // The most there is: references of 17 bytes, and no end.
    let most = [[0xFF].as_slice(), &[0x00, 0x0F].repeat(8)].concat().repeat(50);
    assert_eq!(lenient(&tokens(0, &most)).bytes.len(), 8 * most.len());
    for _ in 0..3000 {
        let len = seeded.below(300);
        let contents = seeded.bytes(len, 256);
        let expected = reference::decode(&contents);
        let raw_size = u32::try_from(expected.len()).unwrap();
        let rtf = lenient(&tokens(raw_size, &contents));
        assert_eq!(rtf.bytes, expected, "{contents:?}");
        assert!(rtf.bytes.len() <= 8 * contents.len() + 17);
    }
}

/// Spec: F-068
#[test]
fn bytes_after_the_end_token_are_ignored() {
    for (value, text) in vectors() {
        let mut contents = value[16..].to_vec();
        contents.extend_from_slice(b"\0padding\xFF\xFF");
        let padded = tokens(u32::try_from(text.len()).unwrap(), &contents);
        assert_eq!(strict(&padded).unwrap().bytes, text);
        assert!(lenient(&padded).findings.is_empty());
    }
}

#[test]
fn references_run_across_the_wrap_and_over_what_was_never_written() {
    // Nothing is written at 300 yet: zeros. From 4094 on: two zeros, then the preload.
    let contents = [0b111, 0x12, 0xC1, 0xFF, 0xE5, 0x0D, 0x90];
    let rtf = strict(&tokens(3 + 7, &contents)).unwrap();
    assert_eq!(rtf.bytes, b"\0\0\0\0\0{\\rtf");
    // Long texts, whose runs cross the end of the buffer and overlap themselves there.
    let mut seeded = Seeded(0x77);
    for len in [3880, 3889, 4096, 8192, 30_000] {
        let text = [seeded.bytes(len, 256), vec![b'z'; 200], seeded.rhythm(6000, 3)].concat();
        let contents = encode::encode(&text);
        assert!(reference::decode(&contents) == text);
        assert!(lenient(&tokens(0, &contents)).bytes == text);
    }
}

#[test]
fn the_limit_is_the_last_length_that_passes() {
    let text = Seeded(3).rtf(9000);
    let plain_with_type = value([9012, 9000, 1, 0], &text);
    for value in [rtf_compress(&text), rtf_store(&text), plain_with_type, text.clone()] {
        assert_eq!(rtf_decompress(&value, Validation::Lenient, 9000).unwrap().bytes, text);
        let error = rtf_decompress(&value, Validation::Lenient, 8999).unwrap_err();
        assert_eq!(error.code(), Code::TooBig);
        let rule = error.where_().and_then(Place::broken_rule);
        assert_eq!(rule, Some("limit: RTF raw size"));
    }
    assert_eq!(rtf_decompress(&rtf_compress(b""), Validation::Strict, 0).unwrap().bytes, b"");
}

#[test]
fn a_wrong_comp_size_bounds_the_contents_where_it_can() {
    let [(value, text), _] = vectors();
    // Too large: what is there. Too small by the end token: the text without an end.
    let mut larger = value.clone();
    larger[0] += 9;
    deviates(&larger, text, "lzfu-comp-size", Severity::Warning);
    let mut longer = value.clone();
    longer.extend_from_slice(&[0; 9]);
    deviates(&longer, text, "lzfu-comp-size", Severity::Warning);
    let mut smaller = value.clone();
    smaller[0] -= 2;
    assert_eq!(lenient(&smaller).bytes, text);
    assert_eq!(codes(&lenient(&smaller)), ["lzfu-comp-size", "lzfu-crc", "lzfu-no-end"]);
    // Too small for the header itself: fewer than 16 bytes.
    let mut tiny = value;
    tiny[0] = 11;
    let error = rtf_decompress(&tiny, Validation::Lenient, 1000).unwrap_err();
    assert_eq!(error.code(), Code::CorruptData);
}

#[test]
fn text_beyond_raw_size_goes_only_if_it_is_nul() {
    let zeros = encode::encode(b"{\\rtf1}\0\0\0");
    deviates(&tokens(8, &zeros), b"{\\rtf1}\0", "lzfu-raw-size", Severity::Warning);
    let letters = encode::encode(b"{\\rtf1}\0\0x");
    deviates(&tokens(8, &letters), b"{\\rtf1}\0\0x", "lzfu-raw-size", Severity::Warning);
    deviates(&tokens(11, &zeros), b"{\\rtf1}\0\0\0", "lzfu-raw-size", Severity::Warning);
}

/// Spec: Q-51
#[test]
fn an_unknown_type_is_unreadable_unless_the_contents_are_rtf() {
    let text = b"{\\rtf1 plain text}";
    deviates(&value([30, 18, 0xAAAA, 5], text), text, "lzfu-type", Severity::Warning);
    deviates(text, text, "lzfu-no-header", Severity::Warning);
    for contents in [&b"hello, world"[..], b"", b"{\\rt"] {
        let comp_size = u32::try_from(contents.len()).unwrap() + 12;
        let value = value([comp_size, 12, 0xAAAA, 0], contents);
        for validation in [Validation::Lenient, Validation::Strict] {
            let error = rtf_decompress(&value, validation, 1000).unwrap_err();
            assert_eq!(error.code(), Code::CorruptData);
        }
    }
}

#[test]
fn any_bytes_are_read_or_refused_without_harm() {
    let mut seeded = Seeded(0xF0F0);
    for round in 0..4000 {
        let len = seeded.below(80);
        let mut bytes = seeded.bytes(len, 256);
        if round % 2 == 0 && bytes.len() >= 12 {
            let kind = if round % 4 == 0 { b"LZFu" } else { b"MELA" };
            bytes[8..12].copy_from_slice(kind);
            let right = u32::try_from(bytes.len() - 4).unwrap();
            bytes[..4].copy_from_slice(&right.to_le_bytes());
        }
        let result = rtf_decompress(&bytes, Validation::Lenient, 200);
        match result {
            Ok(rtf) => assert!(rtf.bytes.len() <= 200),
            Err(error) => assert!([Code::CorruptData, Code::TooBig].contains(&error.code())),
        }
        let _ = strict(&bytes);
    }
}
