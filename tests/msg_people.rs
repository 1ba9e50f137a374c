//! Recipients whom only a directory knows, and headers that could name them. Spec: msg-format 2.6.5.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;
#[path = "common/watchdog.rs"]
mod watchdog;

use common::msg::*;
use openimsg::{Message, Modify, PropValue, Recipient, RecipientType, SaveFlags, tags::*};

/// A row of an Exchange user.
fn exchange(display: &str, dn: &str) -> Recipient {
    Recipient::from_props(vec![
        prop(0x0C15_0003, PropValue::Long(1)),
        prop(0x3001_001F, text(display)),
        prop(0x3002_001F, text("EX")),
        prop(0x3003_001F, text(dn)),
    ])
}

const ANA: &str = "/o=Org/ou=Site/cn=Recipients/cn=ana";

fn with_headers(headers: &str, rows: &[Recipient]) -> Message<'static> {
    let message = fresh();
    message.set(PR_TRANSPORT_MESSAGE_HEADERS_W, headers).unwrap();
    message.modify_recipients(Modify::Replace, rows).unwrap();
    message
}

fn addresses(message: &Message<'_>) -> Vec<String> {
    let rows = message.recipients().unwrap();
    rows.iter().map(|row| row.address().unwrap_or_default()).collect()
}

/// Spec: Q-28
#[test]
fn the_headers_tell_the_address_of_somebody_whom_a_directory_knows() {
    let ana = || exchange("Ribeiro, Ana", ANA);
    for headers in [
        "To: Ribeiro Ana <ana@example.org>\r\n",
        "TO: b@example.org, \"Ribeiro, Ana\"\r\n <ana@example.org>\r\n",
        "To: B <b@example.org>\r\nTo: =?utf-8?q?Ribeiro=2C?= Ana <ana@example.org>\r\n",
        "To: \"'Ribeiro, Ana'\" <ana@example.org>, \"Ribeiro, Ana\" <ANA@example.org>\r\n",
    ] {
        let message = with_headers(headers, &[ana()]);
        let rows = message.recipients().unwrap();
        assert_eq!(rows[0].address().unwrap().to_lowercase(), "ana@example.org", "{headers}");
        assert_eq!(rows[0].mailbox().x500.as_deref(), Some(ANA));
        assert_eq!(rows[0].display_name().as_deref(), Some("Ribeiro, Ana"));
    }
    let copied = exchange("Ana Ribeiro", ANA).cc();
    let message = with_headers("Cc: Ana Ribeiro <ana@example.org>\r\n", &[copied]);
    assert_eq!(addresses(&message), ["ana@example.org"]);
}

#[test]
fn nobody_gets_the_address_of_somebody_else() {
    let ana = || exchange("Ana Ribeiro", ANA);
    for headers in [
        "",
        "To: Ana Mallory <ana@example.org>\r\n",
        "To: Ana <ana@example.org>\r\n",
        "To: ana.ribeiro@example.org\r\n",
        "To: Ana Ribeiro\r\n",
        "Cc: Ana Ribeiro <ana@example.org>\r\n",
        "From: Ana Ribeiro <ana@example.org>\r\n",
        "To: Ana Ribeiro <a@example.org>, Ana Ribeiro <b@example.org>\r\n",
        "To: Ana Ribeiro <a@example.org>\r\nTo: Ribeiro, Ana <b@example.org>\r\n\
         To: \"Ribeiro, Ana\" <c@example.org>\r\n",
        "Subject: x\r\n\r\nTo the body: see\r\nTo: Ana Ribeiro <ana@example.org>\r\n",
    ] {
        let headers = headers.replace("\r\n\r\nTo the body: see", "\r\n\r\nsee here");
        assert_eq!(addresses(&with_headers(&headers, &[ana()])), [ANA], "{headers}");
    }
    // Two of one name: the header does not say which.
    let other = "/o=Org/ou=Site/cn=Recipients/cn=ana2";
    let rows = [ana(), exchange("Ana Ribeiro", other)];
    let message = with_headers("To: Ana Ribeiro <ana@example.org>\r\n", &rows);
    assert_eq!(addresses(&message), [ANA, other]);
}

/// Spec: F-057
#[test]
fn what_the_row_says_goes_before_the_headers() {
    let headers = "To: Ana <header@example.org>\r\n";
    let mut row = exchange("Ana", ANA);
    assert_eq!(addresses(&with_headers(headers, &[row.clone()])), ["header@example.org"]);
    assert_eq!(addresses(&with_headers("", &[row.clone()])), [ANA]);
    row.set(prop(0x300B_0102, PropValue::Binary(b"SMTP:KEY@EXAMPLE.ORG\0".to_vec())));
    assert_eq!(addresses(&with_headers(headers, &[row.clone()])), ["key@example.org"]);
    row.set(prop(0x403E_001F, text("org@example.org")));
    assert_eq!(addresses(&with_headers(headers, &[row.clone()])), ["org@example.org"]);
    let one_off = Recipient::new("Ana", "oneoff@example.org");
    let entry_id = one_off.get(PR_ENTRYID.tag()).unwrap().clone();
    row.set(prop(0x0FFF_0102, entry_id));
    assert_eq!(addresses(&with_headers(headers, &[row.clone()])), ["oneoff@example.org"]);
    row.set(prop(0x39FE_001F, text("smtp@example.org")));
    assert_eq!(addresses(&with_headers(headers, &[row])), ["smtp@example.org"]);
}

#[test]
fn what_was_found_elsewhere_is_not_written_into_the_row() {
    let bytes = build(|message| {
        let headers = "To: Ana Ribeiro <ana@example.org>\r\n";
        message.set(PR_TRANSPORT_MESSAGE_HEADERS_W, headers).unwrap();
        message.modify_recipients(Modify::Add, &[exchange("Ana Ribeiro", ANA)]).unwrap();
    });
    let (message, file) = edit(&bytes);
    let rows = message.recipients().unwrap();
    assert_eq!(rows[0].address().as_deref(), Some("ana@example.org"));
    message.modify_recipients(Modify::Replace, &rows).unwrap();
    message.delete_props(&[PR_TRANSPORT_MESSAGE_HEADERS_W.tag()]).unwrap();
    message.save_changes(SaveFlags::empty()).unwrap();
    drop(message);
    let message = open(&file.to_bytes().unwrap());
    assert_eq!(addresses(&message), [ANA]);
    let stored = message.stored_recipients().unwrap();
    assert!(stored[0].iter().all(|prop| prop.tag.id().value() != 0x39FE));
}

/// Spec: Q-27
#[test]
fn a_row_without_a_kind_has_that_of_the_list_it_is_in() {
    let bytes = build(|message| message.modify_recipients(Modify::Add, &three()).unwrap());
    let bytes = tamper(&bytes, |root| {
        for row in ["#00000000", "#00000001", "#00000002"] {
            within(root, &[&format!("__recip_version1.0_{row}")], |row| {
                change(row, PROPS, |bytes| {
                    let at = entry_at(bytes, 8, 0x0C15_0003).unwrap();
                    bytes.drain(at..at + 16);
                });
            });
        }
    });
    let kinds = |bytes: &[u8]| -> Vec<RecipientType> {
        open(bytes).recipients().unwrap().iter().map(Recipient::kind).collect()
    };
    assert_eq!(kinds(&bytes), [RecipientType::To, RecipientType::Cc, RecipientType::Bcc]);
    // In two lists, or in none: To.
    let name = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let bytes = tamper(&bytes, |root| {
        put(root, "__substg1.0_0E03001F", &name("Ben; Cem"));
        put(root, "__substg1.0_0E02001F", &name("Cem"));
        put(root, "__substg1.0_0E04001F", &name(""));
    });
    assert_eq!(kinds(&bytes), [RecipientType::To, RecipientType::Cc, RecipientType::To]);
}

/// Spec: Q-29
#[test]
fn a_name_and_an_address_that_were_swapped_are_put_right() {
    let row = Recipient::from_props(vec![
        prop(0x3001_001F, text("ana@example.org")),
        prop(0x3002_001F, text("SMTP")),
        prop(0x3003_001F, text("Ana Ribeiro")),
    ]);
    let mailbox = row.mailbox();
    assert_eq!(mailbox.name.as_deref(), Some("Ana Ribeiro"));
    assert_eq!(mailbox.address.as_deref(), Some("ana@example.org"));
    let message = fresh();
    message.set(PR_SENDER_NAME_W, "ana@example.org").unwrap();
    message.set(PR_SENDER_EMAIL_ADDRESS_W, "Ana Ribeiro").unwrap();
    assert_eq!(message.sender().unwrap(), Some(mailbox));
}

/// Megabytes of what begins and does not end: every walk is one pass.
#[test]
fn hostile_headers_end() {
    for (seed, unit) in [
        (1, "=?utf-8?q?"),
        (2, "(("),
        (3, "\"<"),
        (4, "a@b.c,"),
        (5, "=?a?q? "),
        (6, "x\r\n "),
        (7, "\\"),
    ] {
        watchdog::begin(seed);
        let long = unit.repeat(300_000);
        let headers = format!("To: {long}\r\nFrom: {long}\r\nSender: {long}\r\nDate: {long}\r\n");
        let message = with_headers(&headers, &[exchange("Ana", ANA)]);
        message.set(PR_SENDER_NAME_W, long.as_str()).unwrap();
        assert_eq!(addresses(&message), [ANA], "{unit}");
        assert_eq!(message.sender().unwrap().unwrap().address, None, "{unit}");
        message.sent_representing().unwrap();
        message.date().unwrap();
    }
}
