//! The encoder: its bytes, and that they decode.

use super::super::dictionary::PRELOAD;
use super::*;

/// Spec: F-061
#[test]
fn the_encoder_gives_the_bytes_of_both_vectors() {
    for (value, text) in vectors() {
        assert_eq!(rtf_compress(text), value);
    }
}

/// Spec: F-062
#[test]
fn compressed_text_decompresses_to_itself() {
    let mut seeded = Seeded(0x0062_0000_0001);
    let mut texts = vec![Vec::new(), vec![b'a'], vec![b'a'; 4096], vec![0; 4096]];
    texts.push(seeded.bytes(1 << 20, 256));
    texts.push(seeded.rtf(1 << 20));
    for round in 0..60 {
        let len = seeded.below(1 << (4 + round % 14));
        texts.push(seeded.bytes(len, 1 + round * 4));
        texts.push(seeded.rhythm(len, 2 + round % 5));
    }
    for text in texts {
        let rtf = strict(&rtf_compress(&text)).unwrap();
        assert!(rtf.bytes == text, "a text of {} bytes", text.len());
        let rtf = strict(&rtf_store(&text)).unwrap();
        assert!(rtf.bytes == text && rtf.findings.is_empty());
    }
}

/// Spec: F-061
#[test]
fn the_index_finds_what_trying_every_place_finds() {
    let mut seeded = Seeded(0x0061_0000_0007);
    let mut texts = vec![b"a".repeat(9000), b"ab".repeat(5000), PRELOAD.repeat(40)];
    texts.push(seeded.rtf(200_000));
    texts.push(seeded.bytes(20_000, 256));
    for round in 0..16 {
        let len = 5_000 + seeded.below(3_000);
        texts.push(seeded.rtf(len));
        texts.push(seeded.bytes(len, 2 + round));
        texts.push(seeded.rhythm(len, 2 + round % 3));
        texts.push(seeded.echo(len));
    }
    let (mut same, mut damaged) = (0, 0);
    for text in texts {
        let (ours, reference) = (encode::encode(&text), reference::encode(&text));
        if reference::decode(&reference) == text {
            assert!(ours == reference, "a text of {} bytes", text.len());
            same += 1;
        } else {
            // What the reference damages we must not.
            assert!(reference::decode(&ours) == text);
            assert!(ours != reference);
            damaged += 1;
        }
    }
    assert!(same > 40 && damaged > 0, "{same} texts as the reference, {damaged} damaged by it");
}

/// Spec: F-062
#[test]
fn a_text_that_the_reference_encoder_damages_stays_whole() {
    // 4095 bytes back, just ahead of the write offset, lies "aababax"; the text goes on with
    // "aabax". The reference matches "aaba" and writes it over "xaab", then finds "aabax" from
    // the last "a" it wrote. The decoder still has "b" there when it copies.
    let mut text = b"aababax".to_vec();
    text.extend(Seeded(21).bytes(4095 - 8, 100).iter().map(|byte| byte + 128));
    text.extend_from_slice(b"\x01aabax");
    let damaged = reference::decode(&reference::encode(&text));
    assert_eq!(damaged[4095..], *b"babax");
    assert!(strict(&rtf_compress(&text)).unwrap().bytes == text);
}

/// Spec: F-062
#[test]
fn the_oldest_bytes_are_found_and_those_at_the_write_offset_are_not() {
    // After 3889 bytes the write offset is 0 again. What is 4096 bytes back there is "{\rtf",
    // which a reference could not name; one byte further back it can.
    for filler in 3880..3900 {
        let mut text = Seeded(11).bytes(filler, 251);
        text.extend_from_slice(b"{\\rtf1\\ansi\\mac\\deff0");
        let contents = encode::encode(&text);
        assert_eq!(contents, reference::encode(&text), "filler {filler}");
        assert_eq!(strict(&rtf_compress(&text)).unwrap().bytes, text);
    }
}

#[test]
fn the_end_token_at_offset_zero_is_two_zero_bytes() {
    let text = Seeded(5).bytes(4096 - PRELOAD.len(), 256);
    let value = rtf_compress(&text);
    assert!(value.ends_with(&[0, 0]));
    assert_eq!(strict(&value).unwrap().bytes, text);
    // And after more rounds of the buffer.
    let text = Seeded(6).bytes(3 * 4096 - PRELOAD.len(), 256);
    assert_eq!(strict(&rtf_compress(&text)).unwrap().bytes, text);
}

#[test]
fn incompressible_text_grows_by_an_eighth_and_equal_bytes_shrink_to_an_eighth() {
    let text = Seeded(9).bytes(4000, 256);
    assert!(rtf_compress(&text).len() <= 16 + text.len() * 9 / 8 + 3);
    assert!(rtf_compress(&[b'x'; 17_000]).len() < 17_000 / 8 + 40);
}
