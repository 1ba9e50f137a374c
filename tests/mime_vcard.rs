//! Contacts and lists as cards: what is expected stands in RFC 2426 and RFC 6350.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic and say why")]

use openimsg::named::*;
use openimsg::tags::*;
use openimsg::{CompoundFile, Contact, DistList, EmailSlot, LocalDate, Message, OneOffId, mime};

fn message() -> Message<'static> {
    Message::create(CompoundFile::memory()).unwrap()
}

/// The lines of the card, joined again where they were folded.
fn lines(message: &Message<'_>) -> Vec<String> {
    let card = mime::card(message).unwrap().unwrap();
    for line in card.strip_suffix("\r\n").unwrap().split("\r\n") {
        assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{line}");
    }
    card.replace("\r\n ", "").split("\r\n").map(str::to_owned).collect()
}

fn has(lines: &[String], wanted: &[&str]) {
    for line in wanted {
        assert!(lines.iter().any(|found| found == line), "{line} is not among\n{lines:#?}");
    }
}

#[test]
fn a_contact_has_every_field() {
    let message = message();
    let ana = Contact::of(&message);
    ana.set_display_name("Dr. Ana M. Lind Jr.").unwrap();
    ana.set_prefix("Dr.").unwrap();
    ana.set_given_name("Ana").unwrap();
    ana.set_middle_name("M.").unwrap();
    ana.set_surname("Lind; Sá").unwrap();
    ana.set_generation("Jr.").unwrap();
    ana.set_nickname("Annie").unwrap();
    ana.set_company("Boats, Ltd").unwrap();
    ana.set_department("Sails").unwrap();
    ana.set_job_title("Captain").unwrap();
    ana.set_email(EmailSlot::First, "Ana", "ana@example.org").unwrap();
    ana.set_email(EmailSlot::Third, "Ana", "ana@home.example").unwrap();
    ana.set_business_phone("+1 1").unwrap();
    ana.set_home_phone("+1 2").unwrap();
    ana.set_mobile_phone("+1 3").unwrap();
    ana.set_primary_phone("+1 4").unwrap();
    ana.set_business_fax("+1 5").unwrap();
    ana.set_business_page("https://example.org/;a,b").unwrap();
    ana.set_spouse("Bo").unwrap();
    ana.set_instant_messaging("ana@im").unwrap();
    message.set(PR_PAGER_TELEPHONE_NUMBER_W, "+1 6").unwrap();
    message.set(PID_LID_WORK_ADDRESS_STREET, "Quay 1\r\n2nd floor").unwrap();
    message.set(PID_LID_WORK_ADDRESS_CITY, "Åbo").unwrap();
    message.set(PID_LID_WORK_ADDRESS_COUNTRY, "Finland").unwrap();
    message.set(PID_LID_POSTAL_ADDRESS_ID, 2).unwrap();
    message.set(PR_HOME_ADDRESS_CITY_W, "Rauma").unwrap();
    message.set(PID_LID_BIRTHDAY_LOCAL, LocalDate::new(1980, 2, 29).unwrap()).unwrap();
    message.set(PID_LID_WEDDING_ANNIVERSARY_LOCAL, LocalDate::new(2004, 6, 15).unwrap()).unwrap();
    message.set(PR_BODY_W, "likes boats\r\nand sails").unwrap();
    message.set(PR_SEARCH_KEY, vec![0xAB; 16]).unwrap();
    message.common().set_categories(&["crew", "a,b"]).unwrap();
    let lines = lines(&message);
    assert_eq!(lines[..2], ["BEGIN:VCARD", "VERSION:3.0"]);
    has(
        &lines,
        &[
            "FN:Dr. Ana M. Lind Jr.",
            "N:Lind\\; Sá;Ana;M.;Dr.;Jr.",
            "NICKNAME:Annie",
            "ORG:Boats\\, Ltd;Sails",
            "TITLE:Captain",
            "EMAIL;TYPE=INTERNET,PREF:ana@example.org",
            "EMAIL;TYPE=INTERNET:ana@home.example",
            "TEL;TYPE=WORK,VOICE:+1 1",
            "TEL;TYPE=HOME,VOICE:+1 2",
            "TEL;TYPE=CELL,VOICE:+1 3",
            "TEL;TYPE=PREF,VOICE:+1 4",
            "TEL;TYPE=WORK,FAX:+1 5",
            "TEL;TYPE=PAGER:+1 6",
            "ADR;TYPE=WORK,PREF:;;Quay 1\\n2nd floor;Åbo;;;Finland",
            "ADR;TYPE=HOME:;;;Rauma;;;",
            "URL;TYPE=WORK:https://example.org/;a,b",
            "BDAY:1980-02-29",
            "X-ANNIVERSARY:2004-06-15",
            "NOTE:likes boats\\nand sails",
            "CATEGORIES:crew,a\\,b",
            "X-SPOUSE:Bo",
            "X-MS-IMADDRESS:ana@im",
            "UID:ABABABABABABABABABABABABABABABAB",
            "END:VCARD",
        ],
    );
}

/// RFC 2426 wants N and FN in every card.
#[test]
fn a_contact_without_a_name_is_named_by_what_it_has() {
    let nobody = message();
    nobody.set(PR_MESSAGE_CLASS_W, "IPM.Contact").unwrap();
    has(&lines(&nobody), &["FN:?", "N:;;;;"]);
    Contact::of(&nobody).set_email(EmailSlot::First, "", "ana@example.org").unwrap();
    has(&lines(&nobody), &["FN:ana@example.org"]);
    Contact::of(&nobody).set_company("Boats").unwrap();
    has(&lines(&nobody), &["FN:Boats", "ORG:Boats"]);
    Contact::of(&nobody).set_surname("Lind").unwrap();
    has(&lines(&nobody), &["FN:Lind"]);
}

#[test]
fn the_picture_is_in_the_card() {
    let message = message();
    Contact::of(&message).set_display_name("Ana").unwrap();
    message
        .attach_file("notes.txt", b"nothing")
        .unwrap()
        .save_changes(openimsg::SaveFlags::empty())
        .unwrap();
    let picture = message.attach_file("ContactPicture.jpg", b"\xFF\xD8\xFF\xE0").unwrap();
    picture.save_changes(openimsg::SaveFlags::empty()).unwrap();
    has(&lines(&message), &["PHOTO;ENCODING=b;TYPE=JPEG:/9j/4A=="]);
}

#[test]
fn a_list_is_a_group_with_its_members() {
    let message = message();
    let list = DistList::of(&message);
    list.set_name("Crew").unwrap();
    let members = vec![
        OneOffId::smtp("Bo", "bo@example.org").to_bytes(),
        OneOffId::smtp("Cy, the cook", "cy@example.org").to_bytes(),
        b"damaged".to_vec(),
    ];
    message.set(PID_LID_DISTRIBUTION_LIST_ONE_OFF_MEMBERS, members).unwrap();
    let lines = lines(&message);
    has(
        &lines,
        &[
            "VERSION:4.0",
            "KIND:group",
            "FN:Crew",
            "MEMBER;X-CN=Bo:mailto:bo@example.org",
            "MEMBER;X-CN=\"Cy, the cook\":mailto:cy@example.org",
        ],
    );
    assert_eq!(lines.iter().filter(|line| line.starts_with("MEMBER")).count(), 2);
}

#[test]
fn other_messages_have_no_card() {
    let message = message();
    message.set(PR_MESSAGE_CLASS_W, "IPM.Note").unwrap();
    assert_eq!(mime::card(&message).unwrap(), None);
}
