//! Entry identifiers and other structured values: written out by hand, and as garbage.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic and say why"
)]

use openimsg::{
    AddressBookId, AddressKey, Code, ContactAddressId, ConversationIndex, EntryId, FileTime,
    GlobalObjectId, MemberId, OneOffId, Verb, read_flat_entry_list, read_verbs,
    write_flat_entry_list, write_verbs,
};
use proptest::prelude::*;

const ADDRESS_BOOK: &[u8] = b"\xDC\xA7\x40\xC8\xC0\x42\x10\x1A\xB4\xB9\x08\x00\x2B\x2F\xE1\x82";
const ONE_OFF: &[u8] = b"\x81\x2B\x1F\xA4\xBE\xA3\x10\x19\x9D\x6E\x00\xDD\x01\x0F\x54\x02";

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// Spec: F-053
#[test]
fn a_one_off_is_utf16_by_its_flag_and_8_bit_without() {
    let head = [&[0; 4], ONE_OFF, &[0, 0]].concat();
    let unicode = [head.clone(), vec![0x01, 0x90], wide("Łukasz"), wide("SMTP"), wide("l@x.pl")];
    let EntryId::OneOff(read) = EntryId::parse(&unicode.concat()).unwrap() else { panic!() };
    assert_eq!((read.name.as_str(), read.options), ("Łukasz", 0x9001));
    assert_eq!((read.address_type.as_str(), read.address.as_str()), ("SMTP", "l@x.pl"));
    assert_eq!(read.to_bytes(), unicode.concat());
    let narrow = [head, vec![0x01, 0x00], b"J\xE9r\xF4me\0SMTP\0j@x.fr\0".to_vec()].concat();
    let EntryId::OneOff(read) = EntryId::parse(&narrow).unwrap() else { panic!() };
    assert_eq!((read.name.as_str(), read.address.as_str()), ("Jérôme", "j@x.fr"));
}

/// Spec: F-054
#[test]
fn a_directory_name_ends_at_its_nul() {
    let name = b"/o=Org/ou=Site/cn=Recipients/cn=ana";
    let head = [&[0; 4], ADDRESS_BOOK, &[1, 0, 0, 0], &[6, 0, 0, 0], name, b"\0"].concat();
    let bytes = [head.as_slice(), b"\0\0trailing"].concat();
    let EntryId::AddressBook(read) = EntryId::parse(&bytes).unwrap() else { panic!() };
    assert_eq!(read.distinguished_name.as_bytes(), name);
    assert_eq!((read.version, read.kind), (1, 6));
    assert_eq!(read.to_bytes(), head);
}

/// Spec: F-055
#[test]
fn a_list_that_claims_more_entries_than_it_has_bytes_is_refused() {
    let claims = [[0xFF; 4], [0xFF; 4]].concat();
    assert_eq!(read_flat_entry_list(&claims).unwrap_err().code(), Code::CorruptData);
    let roomy = [vec![0xFF; 4], 64_u32.to_le_bytes().to_vec(), vec![0; 64]].concat();
    let error = read_flat_entry_list(&roomy).unwrap_err();
    assert_eq!(error.code(), Code::CorruptData);
    assert_eq!(error.where_().unwrap().offset(), Some(8));
}

#[test]
fn a_list_pads_its_entries_to_four_bytes() {
    let list = [
        &2_u32.to_le_bytes()[..], // count
        &20_u32.to_le_bytes(),    // bytes that follow
        &5_u32.to_le_bytes(),
        b"first\0\0\0",
        &4_u32.to_le_bytes(),
        b"next",
    ]
    .concat();
    assert_eq!(read_flat_entry_list(&list).unwrap(), [b"first".to_vec(), b"next".to_vec()]);
    assert_eq!(write_flat_entry_list([&b"first"[..], b"next"]).unwrap(), list);
}

/// Spec: F-056
#[test]
fn a_search_key_is_upper_case_with_one_nul() {
    let key = AddressKey::new("smtp", "a@b.c").to_bytes();
    assert_eq!((key.as_slice(), key.len()), (&b"SMTP:A@B.C\0"[..], 11));
    assert_eq!(AddressKey::parse(&key).unwrap(), AddressKey::new("SMTP", "A@B.C"));
    assert_eq!(AddressKey::parse(&[7; 16]).unwrap_err().code(), Code::CorruptData);
}

#[test]
fn identifiers_of_stores_folders_and_messages_come_back() {
    let mut folder = vec![0, 0, 0, 0];
    folder.extend([0xAB; 16]); // store
    folder.extend([1, 0]); // private folder
    folder.extend([0xCD; 16]);
    folder.extend([0, 0, 0, 0, 1, 2]); // counter
    folder.extend([0, 0]);
    let EntryId::Folder(read) = EntryId::parse(&folder).unwrap() else { panic!() };
    assert_eq!((read.kind, read.counter), (1, [0, 0, 0, 0, 1, 2]));
    assert_eq!(read.to_bytes(), folder);
    let mut message = folder.clone();
    message[20] = 7;
    message.extend([0xEF; 16]);
    message.extend([0, 0, 0, 0, 3, 4, 0, 0]);
    let EntryId::Message(read) = EntryId::parse(&message).unwrap() else { panic!() };
    assert_eq!((read.folder_counter[5], read.counter[5]), (2, 4));
    assert_eq!(read.to_bytes(), message);
    let mut store =
        b"\0\0\0\0\x38\xA1\xBB\x10\x05\xE5\x10\x1A\xA1\xBB\x08\x00\x2B\x2A\x56\xC2".to_vec();
    store.extend(b"\0\0mspst.dll\0\0\0\0\0rest");
    let EntryId::Store(read) = EntryId::parse(&store).unwrap() else { panic!() };
    assert_eq!((&read.library[..9], read.inner.as_slice()), (&b"mspst.dll"[..], &b"rest"[..]));
    assert_eq!(read.to_bytes(), store);
    // The same lengths without the right kind are somebody else's.
    folder[20] = 9;
    assert_eq!(EntryId::parse(&folder).unwrap(), EntryId::Other(folder.clone()));
}

#[test]
fn a_list_member_wraps_the_identifier_of_a_contact() {
    let contact = ContactAddressId { version: 3, kind: 4, index: 1, contact: vec![9; 46] };
    let member = MemberId { flags: [0; 4], kind: 0xC3, inner: contact.to_bytes() };
    let bytes = member.to_bytes();
    assert_eq!(bytes[..5], [0, 0, 0, 0, 0xC0]);
    let EntryId::Member(read) = EntryId::parse(&bytes).unwrap() else { panic!() };
    assert_eq!(read.inner().unwrap(), EntryId::ContactAddress(contact));
}

#[test]
fn a_cut_identifier_is_an_error_that_says_where() {
    let whole = OneOffId::smtp("Ana", "ana@example.org").to_bytes();
    for len in 0..whole.len() {
        let error = EntryId::parse(&whole[..len]).unwrap_err();
        assert_eq!(error.code(), Code::CorruptData);
        assert!(error.where_().unwrap().offset().unwrap() <= len as u64);
    }
}

const MEETING: &[u8] = b"\x04\0\0\0\x82\0\xE0\0\x74\xC5\xB7\x10\x1A\x82\xE0\x08";

/// Spec: F-059
#[test]
fn a_meeting_from_another_calendar_keeps_its_uid() {
    let data = b"vCal-Uid\x01\0\0\x00040000-abc@example.org\0";
    let size = u32::try_from(data.len()).unwrap().to_le_bytes();
    let bytes = [MEETING, &[0x07, 0xE8, 2, 29], &[0; 8], &[0; 8], &size, data].concat();
    let id = GlobalObjectId::parse(&bytes).unwrap();
    assert_eq!(id.uid(), "040000-abc@example.org");
    assert_eq!(id.instance, Some((2024, 2, 29)));
    assert_eq!(id.to_bytes(), bytes);
    let made = GlobalObjectId::from_uid("040000-abc@example.org");
    assert_eq!(made, id.clean());
}

#[test]
fn a_meeting_of_our_own_has_its_bytes_without_the_date_for_a_uid() {
    let time = 0x01DA_6F01_2345_6789_u64.to_le_bytes();
    let bytes = [MEETING, &[0x07, 0xE8, 2, 29], &time, &[0; 8], &[2, 0, 0, 0], &[0xAB, 1]].concat();
    let id = GlobalObjectId::parse(&bytes).unwrap();
    assert_eq!(id.created, FileTime::from_ticks(0x01DA_6F01_2345_6789));
    let hex = "040000008200E00074C5B7101A82E008000000008967452\
               3016FDA01000000000000000002000000AB01";
    assert_eq!(id.uid(), hex);
    for len in 0..bytes.len() {
        assert_eq!(GlobalObjectId::parse(&bytes[..len]).unwrap_err().code(), Code::CorruptData);
    }
}

#[test]
fn a_reply_counts_from_the_message_before_in_one_of_two_units() {
    let mut bytes = vec![1; 22];
    bytes.extend([0, 0, 0, 3, 0x10]);
    bytes.extend([0x80, 0, 0, 3, 0x21]);
    bytes.extend([9, 9]);
    let index = ConversationIndex::parse(&bytes).unwrap();
    let delays: Vec<_> = index.replies.iter().map(|reply| reply.delay_ticks()).collect();
    assert_eq!(delays, [3 << 18, 3 << 23]);
    assert_eq!(index.to_bytes(), bytes);
    assert_eq!(ConversationIndex::parse(&bytes[..21]).unwrap_err().code(), Code::CorruptData);
}

#[test]
fn votes_have_their_unicode_names() {
    let mut bytes = vec![0x02, 0x01, 1, 0, 0, 0]; // version, count
    bytes.extend([4, 0, 0, 0]); // a vote
    bytes.extend(b"\x02Z?\x08IPM.Note\x00\x02Z?");
    bytes.extend([0; 5]);
    for field in [0_u32, 1, 2, 2, 1, u32::MAX] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend([0x04, 0x01]);
    for _ in 0..2 {
        bytes.extend([2, b'Z', 0, 0x42, 0x01]); // Z, U+0142
    }
    let verbs = read_verbs(&bytes).unwrap();
    assert_eq!((verbs[0].name.as_str(), verbs[0].is_vote(), verbs[0].id), ("Zł", true, 1));
    assert_eq!((verbs[0].send, verbs[0].message_class.as_str()), (2, "IPM.Note"));
    assert_eq!(write_verbs(&[Verb::vote("Zł", 1)]).unwrap()[6..], {
        // The 8-bit name of a letter that Windows-1252 has not is a question mark.
        bytes[6..].to_vec()
    });
    for len in (0..bytes.len()).filter(|len| *len != bytes.len() - 12) {
        assert!(read_verbs(&bytes[..len]).is_err(), "{len}");
    }
    let many = [0x02, 0x01, 0xFF, 0xFF, 0xFF, 0xFF];
    assert_eq!(read_verbs(&many).unwrap_err().where_().unwrap().offset(), Some(2));
}

proptest! {
    #[test]
    fn one_off_and_directory_identifiers_come_back(
        name in "[^\0]{0,40}", address in "[^\0]{0,40}", dn in "[ -~]{0,60}", kind: u32,
    ) {
        let one_off = EntryId::OneOff(OneOffId::smtp(&name, &address));
        prop_assert_eq!(EntryId::parse(&one_off.to_bytes()).unwrap(), one_off);
        let distinguished_name = dn;
        let book = AddressBookId { flags: [0; 4], version: 1, kind, distinguished_name };
        let book = EntryId::AddressBook(book);
        prop_assert_eq!(EntryId::parse(&book.to_bytes()).unwrap(), book);
    }

    #[test]
    fn lists_come_back(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..9)) {
        let list = write_flat_entry_list(&entries).unwrap();
        prop_assert_eq!(read_flat_entry_list(&list).unwrap(), entries);
    }

    /// What is not refused says the same when it is written and read again.
    #[test]
    fn garbage_is_read_or_refused(which in 0..6_usize, garbage in prop::collection::vec(any::<u8>(), 0..200)) {
        let provider: &[u8] = [
            ONE_OFF, ADDRESS_BOOK, &[7; 16],
            b"\xFE\x42\xAA\x0A\x18\xC7\x1A\x10\xE8\x85\x0B\x65\x1C\x24\x00\x00",
            b"\xC0\x91\xAD\xD3\x51\x9D\xCF\x11\xA4\xA9\x00\xAA\x00\x47\xFA\xA4",
            b"\x38\xA1\xBB\x10\x05\xE5\x10\x1A\xA1\xBB\x08\x00\x2B\x2A\x56\xC2",
        ][which];
        let bytes = [&[0; 4], provider, &garbage].concat();
        if let Ok(id) = EntryId::parse(&bytes)
            && !matches!(&id, EntryId::OneOff(_) | EntryId::AddressBook(_))
        {
            prop_assert_eq!(EntryId::parse(&id.to_bytes()).unwrap(), id);
        }
        let _ = read_flat_entry_list(&garbage);
        let _ = AddressKey::parse(&garbage);
        let meeting = [MEETING, &garbage].concat();
        if let Ok(id) = GlobalObjectId::parse(&meeting) {
            prop_assert_eq!(GlobalObjectId::parse(&id.to_bytes()).unwrap(), id);
        }
        if let Ok(index) = ConversationIndex::parse(&garbage) {
            prop_assert_eq!(index.to_bytes(), garbage.clone());
        }
        let _ = read_verbs(&[&[2, 1], &garbage[..]].concat());
    }
}
