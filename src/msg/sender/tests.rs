//! Senders of all kinds, and headers that name somebody else.

use super::*;
use crate::stg::CompoundFile;
use crate::tags::*;

const ANA_DN: &str = "/o=Org/ou=Site/cn=Recipients/cn=ana";

fn message() -> Message<'static> {
    Message::create(CompoundFile::memory()).unwrap()
}

/// A message that an Exchange user sent, with these headers.
fn exchange(name: &str, headers: &str) -> Message<'static> {
    let message = message();
    message.set(PR_SENDER_NAME_W, name).unwrap();
    message.set(PR_SENDER_ADDRTYPE_W, "EX").unwrap();
    message.set(PR_SENDER_EMAIL_ADDRESS_W, ANA_DN).unwrap();
    message.set(PR_TRANSPORT_MESSAGE_HEADERS_W, headers).unwrap();
    message
}

fn address(message: &Message<'_>) -> Option<String> {
    message.sender().unwrap().and_then(|sender| sender.address)
}

fn one_off(flags: u16, texts: &[u8]) -> Vec<u8> {
    let mut entry_id = vec![0; 4];
    entry_id.extend([0x81, 0x2B, 0x1F, 0xA4, 0xBE, 0xA3, 0x10, 0x19]);
    entry_id.extend([0x9D, 0x6E, 0x00, 0xDD, 0x01, 0x0F, 0x54, 0x02, 0, 0]);
    entry_id.extend(flags.to_le_bytes());
    entry_id.extend(texts);
    entry_id
}

/// Spec: F-058
#[test]
fn the_last_modifier_is_never_the_sender() {
    let message = message();
    message.set(PR_LAST_MODIFIER_NAME_W, "Mallory").unwrap();
    message.set(PR_CREATOR_NAME_W, "Mallory").unwrap();
    for smtp in [0x5D0A_001F, 0x5D0B_001F, 0x4023_001F, 0x4025_001F] {
        let value = PropValue::Unicode("mallory@example.org".into());
        let prop = crate::prop::Prop { tag: crate::prop::PropTag::new(smtp), value };
        assert!(message.set_props(&[prop]).unwrap().is_empty());
    }
    assert_eq!(message.sender().unwrap(), None);
    assert_eq!(message.sent_representing().unwrap(), None);
    message.set(PR_SENDER_NAME_W, "Ana").unwrap();
    assert_eq!(address(&message), None);
}

#[test]
fn an_exchange_sender_is_found_in_the_headers_and_never_made_up() {
    let found = exchange("Ana", "Received: x\r\n").sender().unwrap().unwrap();
    assert_eq!(found.address.as_deref(), Some(ANA_DN));
    assert_eq!(found.x500.as_deref(), Some(ANA_DN));
    assert!(!found.has_smtp_address());
    let headers =
        "Received: x\r\nFrom: =?utf-8?q?Ana?=\r\n <ana@example.org>\r\nTo: b@example.org\r\n";
    let found = exchange("Ana", headers).sender().unwrap().unwrap();
    assert_eq!(
        (found.name.as_deref(), found.address.as_deref()),
        (Some("Ana"), Some("ana@example.org"))
    );
    // The directory's name stays known.
    assert_eq!(found.x500.as_deref(), Some(ANA_DN));
}

#[test]
fn headers_that_name_somebody_else_name_nobody() {
    for headers in [
        "From: Mallory <mallory@example.org>\r\n",
        "From: Ana Mallory <ana@example.org>\r\n",
        "Sender: Mallory <mallory@example.org>\r\nFrom: mallory@example.org\r\n",
        "From: Ana <a@example.org>, Ana <b@example.org>\r\n",
        "From: mallory@example.org\r\n",
        "Return-Path: <mallory@example.org>\r\n",
        "Return-Path: <bounces+ana=example.org@lists.example.org>\r\n",
        "Reply-To: Ana <ana@example.org>\r\n",
        "X-From: Ana <ana@example.org>\r\n",
        // In the body that some programs keep behind the headers.
        "Subject: x\r\n\r\nHello\r\nFrom: Ana <ana@example.org>\r\n",
    ] {
        let name = if headers.contains("Ana Mallory") { "Ana Ribeiro" } else { "Ana" };
        assert_eq!(address(&exchange(name, headers)).as_deref(), Some(ANA_DN), "{headers}");
    }
}

#[test]
fn headers_that_name_the_sender_are_believed_in_their_order() {
    let both = "Sender: Ana Ribeiro <ana@example.org>\r\nFrom: Director <d@example.org>\r\n";
    for (name, headers, expected) in [
        ("Ana Ribeiro", both, "ana@example.org"),
        ("Ribeiro, Ana", "From: \"Ana Ribeiro\" <ana@example.org>", "ana@example.org"),
        ("Ana Ribeiro", "From: ana@example.org", "ana@example.org"),
        ("Ana Ribeiro", "From: aribeiro@example.org", "aribeiro@example.org"),
        ("ana@example.org", "From: ana@example.org", "ana@example.org"),
        ("Ana Ribeiro", "Return-Path: <ana.ribeiro@example.org>", "ana.ribeiro@example.org"),
    ] {
        assert_eq!(address(&exchange(name, headers)).as_deref(), Some(expected), "{headers}");
    }
}

#[test]
fn two_people_are_not_mixed_into_one() {
    let message = message();
    message.set(PR_SENDER_NAME_W, "Secretary").unwrap();
    message.set(PR_SENT_REPRESENTING_NAME_W, "Director").unwrap();
    message.set(PR_SENT_REPRESENTING_SMTP_ADDRESS_W, "director@example.org").unwrap();
    assert_eq!(address(&message), None);
    let author = message.sent_representing().unwrap().unwrap();
    assert_eq!(author.name.as_deref(), Some("Director"));
    // A header From is the director's, whoever pressed the button.
    message
        .set(PR_TRANSPORT_MESSAGE_HEADERS_W, "From: Director <director@example.org>\r\n")
        .unwrap();
    assert_eq!(address(&message), None);
}

#[test]
fn two_people_of_one_name_are_two_where_the_directory_says_so() {
    let message = exchange("John Smith", "");
    message.set(PR_SENT_REPRESENTING_NAME_W, "John Smith").unwrap();
    message.set(PR_SENT_REPRESENTING_ADDRTYPE_W, "EX").unwrap();
    message.set(PR_SENT_REPRESENTING_EMAIL_ADDRESS_W, "/o=Org/cn=other").unwrap();
    message.set(PR_SENT_REPRESENTING_SMTP_ADDRESS_W, "other.smith@example.org").unwrap();
    assert_eq!(address(&message).as_deref(), Some(ANA_DN));
    message.set(PR_SENT_REPRESENTING_EMAIL_ADDRESS_W, ANA_DN.to_uppercase()).unwrap();
    assert_eq!(address(&message).as_deref(), Some("other.smith@example.org"));
}

#[test]
fn a_nameless_sender_does_not_take_the_address_of_the_one_represented() {
    let message = message();
    message.set(PR_SENDER_ADDRTYPE_W, "EX").unwrap();
    message.set(PR_SENDER_EMAIL_ADDRESS_W, ANA_DN).unwrap();
    message.set(PR_SENT_REPRESENTING_NAME_W, "Director").unwrap();
    message.set(PR_SENT_REPRESENTING_SMTP_ADDRESS_W, "director@example.org").unwrap();
    message
        .set(PR_TRANSPORT_MESSAGE_HEADERS_W, "From: Director <director@example.org>\r\n")
        .unwrap();
    assert_eq!(address(&message).as_deref(), Some(ANA_DN));
}

#[test]
fn what_is_asked_first_wins() {
    let message = exchange("Ana", "From: Ana <header@example.org>\r\n");
    assert_eq!(address(&message).as_deref(), Some("header@example.org"));
    message.set(PR_SENDER_SEARCH_KEY, b"SMTP:KEY@EXAMPLE.ORG\0").unwrap();
    assert_eq!(address(&message).as_deref(), Some("key@example.org"));
    let entry_id = super::super::address::one_off_entry_id("Ana", "SMTP", "OneOff@example.org");
    message.set(PR_SENDER_ENTRYID, entry_id).unwrap();
    assert_eq!(address(&message).as_deref(), Some("OneOff@example.org"));
    message.set(PR_SENDER_SMTP_ADDRESS_W, "smtp@example.org").unwrap();
    assert_eq!(address(&message).as_deref(), Some("smtp@example.org"));
}

#[test]
fn a_one_off_in_a_foreign_code_page_gives_its_address_whole() {
    // Japanese and Greek names in their 8-bit pages; two bytes of the first are backslashes.
    for name in [&b"\x95\x5C\x8E\xA6 \x83\x5C"[..], &b"\xC1\xED\xED\xE1"[..]] {
        let message = exchange("Ana", "");
        let mut texts = name.to_vec();
        texts.extend(b"\0SMTP\0ana@example.org\0");
        message.set(PR_SENDER_ENTRYID, one_off(0, &texts)).unwrap();
        assert_eq!(address(&message).as_deref(), Some("ana@example.org"));
    }
    // Cut in its address, or of another type: nothing is guessed.
    for texts in [&b"Ana\0SMTP\0ana@exam"[..], b"Ana\0X400\0ana@example.org\0", b"Ana"] {
        let message = exchange("Ana", "");
        message.set(PR_SENDER_ENTRYID, one_off(0, texts)).unwrap();
        assert_eq!(address(&message).as_deref(), Some(ANA_DN));
    }
}

#[test]
fn a_sender_that_only_the_headers_know_comes_from_them() {
    let message = message();
    let headers = "From: Director <d@example.org>\r\nSender: Ana <ana@example.org>\r\n";
    message.set(PR_TRANSPORT_MESSAGE_HEADERS_W, headers).unwrap();
    let sender = message.sender().unwrap().unwrap();
    assert_eq!(
        (sender.name.as_deref(), sender.address.as_deref()),
        (Some("Ana"), Some("ana@example.org"))
    );
    let author = message.sent_representing().unwrap().unwrap();
    assert_eq!(author.address.as_deref(), Some("d@example.org"));
}
