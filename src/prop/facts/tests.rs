use super::*;
use crate::prop::{named_tags, tags};
use std::collections::{BTreeSet, HashSet};

/// Spec: msg-format 3.3
#[test]
fn tagged_properties_have_their_names() {
    let expected = [
        (0x001A_001F, "PR_MESSAGE_CLASS_W", "PidTagMessageClass"),
        (0x0037_001F, "PR_SUBJECT_W", "PidTagSubject"),
        (0x0070_001F, "PR_CONVERSATION_TOPIC_W", "PidTagConversationTopic"),
        (0x007D_001F, "PR_TRANSPORT_MESSAGE_HEADERS_W", "PidTagTransportMessageHeaders"),
        (0x0042_001F, "PR_SENT_REPRESENTING_NAME_W", "PidTagSentRepresentingName"),
        (0x004F_0102, "PR_REPLY_RECIPIENT_ENTRIES", "PidTagReplyRecipientEntries"),
        (
            0x0C06_000B,
            "PR_NON_RECEIPT_NOTIFICATION_REQUESTED",
            "PidTagNonReceiptNotificationRequested",
        ),
        (0x0C15_0003, "PR_RECIPIENT_TYPE", "PidTagRecipientType"),
        (0x0C20_0003, "PR_NDR_STATUS_CODE", "PidTagNonDeliveryReportStatusCode"),
        (0x0C21_001F, "PR_DSN_REMOTE_MTA_W", "PidTagRemoteMessageTransferAgent"),
        (0x0E06_0040, "PR_MESSAGE_DELIVERY_TIME", "PidTagMessageDeliveryTime"),
        (0x0E17_0003, "PR_MSG_STATUS", "PidTagMessageStatus"),
        (0x0E1B_000B, "PR_HASATTACH", "PidTagHasAttachments"),
        (0x1000_001E, "PR_BODY_A", "PidTagBody"),
        (0x1013_001F, "PR_BODY_HTML_W", "PidTagBodyHtml"),
        (0x1013_0102, "PR_HTML", "PidTagHtml"),
        (0x1016_0003, "PR_NATIVE_BODY_INFO", "PidTagNativeBody"),
        (0x1035_001F, "PR_INTERNET_MESSAGE_ID_W", "PidTagInternetMessageId"),
        (0x1090_0003, "PR_FLAG_STATUS", "PidTagFlagStatus"),
        (0x3701_0102, "PR_ATTACH_DATA_BIN", "PidTagAttachDataBinary"),
        (0x3701_000D, "PR_ATTACH_DATA_OBJ", "PidTagAttachDataObject"),
        (0x3707_001F, "PR_ATTACH_LONG_FILENAME_W", "PidTagAttachLongFilename"),
        (0x3712_001E, "PR_ATTACH_CONTENT_ID_A", "PidTagAttachContentId"),
        (0x39FE_001F, "PR_SMTP_ADDRESS_W", "PidTagSmtpAddress"),
        (0x3A1C_001F, "PR_MOBILE_TELEPHONE_NUMBER_W", "PidTagMobileTelephoneNumber"),
        (0x3A4D_0002, "PR_GENDER", "PidTagGender"),
        (0x3A58_101E, "PR_CHILDRENS_NAMES_A", "PidTagChildrensNames"),
        (0x3A70_1102, "PR_USER_X509_CERTIFICATE", "PidTagUserX509Certificate"),
        (0x3FDE_0003, "PR_INTERNET_CPID", "PidTagInternetCodepage"),
        (0x4019_0003, "PidTagSenderFlags", "PidTagSenderFlags"),
        (0x5D01_001F, "PR_SENDER_SMTP_ADDRESS_W", "PidTagSenderSmtpAddress"),
        (0x5FF6_001F, "PR_RECIPIENT_DISPLAY_NAME_W", "PidTagRecipientDisplayName"),
        (0x6740_00FB, "PidTagSentMailSvrEID", "PidTagSentMailSvrEID"),
        (0x6E01_0003, "PR_SECURITY_FLAGS", "PidTagSecurityFlags"),
        (0x7D01_000B, "PR_PROCESSED", "PidTagProcessed"),
        (0x7FFE_000B, "PR_ATTACHMENT_HIDDEN", "PidTagAttachmentHidden"),
    ];
    for (tag, mapi, canonical) in expected {
        let tag = PropTag::new(tag);
        assert_eq!(prop_name(tag).as_deref(), Some(mapi), "{tag}");
        assert_eq!(canonical_name(tag), Some(canonical), "{tag}");
    }
}

/// Spec: msg-format 3.4
#[test]
fn numeric_named_properties_have_their_names() {
    let expected = [
        (PropSet::PSETID_APPOINTMENT, 0x820D, 0x0040, "PidLidAppointmentStartWhole"),
        (PropSet::PSETID_APPOINTMENT, 0x8208, 0x001F, "PidLidLocation"),
        (PropSet::PSETID_APPOINTMENT, 0x8216, 0x0102, "PidLidAppointmentRecur"),
        (PropSet::PSETID_MEETING, 0x0003, 0x0102, "PidLidGlobalObjectId"),
        (PropSet::PSETID_MEETING, 0x000E, 0x0003, "PidLidStartRecurrenceTime"),
        (PropSet::PSETID_TASK, 0x8102, 0x0005, "PidLidPercentComplete"),
        (PropSet::PSETID_TASK, 0x811C, 0x000B, "PidLidTaskComplete"),
        (PropSet::PSETID_ADDRESS, 0x8083, 0x001F, "PidLidEmail1EmailAddress"),
        (PropSet::PSETID_ADDRESS, 0x80A3, 0x001F, "PidLidEmail3EmailAddress"),
        (PropSet::PSETID_ADDRESS, 0x8055, 0x1102, "PidLidDistributionListMembers"),
        (PropSet::PSETID_COMMON, 0x8514, 0x000B, "PidLidSmartNoAttach"),
        (PropSet::PSETID_COMMON, 0x853A, 0x101F, "PidLidContacts"),
        (PropSet::PSETID_COMMON, 0x8518, 0x0003, "PidLidTaskMode"),
        (PropSet::PSETID_COMMON, 0x850F, 0x0102, "PidLidFormStorage"),
        (PropSet::PSETID_LOG, 0x8712, 0x001F, "PidLidLogTypeDesc"),
        (PropSet::PSETID_NOTE, 0x8B00, 0x0003, "PidLidNoteColor"),
        (PropSet::PSETID_POST_RSS, 0x8905, 0x001F, "PidLidPostRssItemXml"),
        (PropSet::PSETID_SHARING, 0x8A18, 0x0003, "PidLidSharingFlavor"),
    ];
    for (set, id, prop_type, canonical) in expected {
        let property = NamedProp::id(set, id);
        let fact = named_fact(&property).unwrap();
        assert_eq!(fact.canonical_name(), canonical);
        assert_eq!(fact.prop_type(), PropType::new(prop_type), "{canonical}");
        assert_eq!(
            named_by_canonical(canonical),
            Some((property, PropType::new(prop_type))),
            "{canonical}"
        );
    }
    let other_set = NamedProp::id(PropSet::PSETID_TASK, 0x8514);
    assert!(named_fact(&other_set).is_none());
}

/// Spec: msg-format 3.5
#[test]
fn text_named_properties_have_their_names() {
    let expected = [
        (PropSet::PS_PUBLIC_STRINGS, "Keywords", 0x101F, "PidNameKeywords"),
        (
            PropSet::PS_PUBLIC_STRINGS,
            "http://schemas.microsoft.com/exchange/intendedbusystatus",
            0x001F,
            "PidNameExchangeIntendedBusyStatus",
        ),
        (PropSet::PS_INTERNET_HEADERS, "content-class", 0x001F, "PidNameContentClass"),
        (
            PropSet::PS_INTERNET_HEADERS,
            "x-ms-exchange-organization-authas",
            0x001F,
            "PidNameXMsExchangeOrganizationAuthAs",
        ),
        (PropSet::PSETID_ATTACHMENT, "AttachmentMacInfo", 0x0102, "PidNameAttachmentMacInfo"),
        (PropSet::PSETID_UNIFIED_MESSAGING, "UMAudioNotes", 0x001F, "PidNameAudioNotes"),
        (
            PropSet::PSETID_XML_EXTRACTED_ENTITIES,
            "XmlExtractedUrls",
            0x001F,
            "PidNameExtractedUrls",
        ),
    ];
    for (set, text, prop_type, canonical) in expected {
        let property = NamedProp::text(set, text);
        assert_eq!(named_fact(&property).unwrap().canonical_name(), canonical);
        assert_eq!(named_by_canonical(canonical), Some((property, PropType::new(prop_type))));
    }
}

/// Spec: msg-format 3.5
#[test]
fn only_header_names_compare_without_case() {
    let header = NamedProp::text(PropSet::PS_INTERNET_HEADERS, "Content-Class");
    assert_eq!(named_fact(&header).unwrap().canonical_name(), "PidNameContentClass");
    assert!(named_fact(&NamedProp::text(PropSet::PS_PUBLIC_STRINGS, "keywords")).is_none());
}

/// Constants and facts are made from the same rows.
#[test]
fn constants_are_what_the_facts_say() {
    assert_eq!(tag_by_name("PR_SUBJECT"), Some(tags::PR_SUBJECT_W.tag()));
    assert_eq!(tag_by_name("PR_ATTACH_DATA_OBJ"), Some(tags::PR_ATTACH_DATA_OBJ));
    assert_eq!(tag_by_name("PR_CHILDRENS_NAMES"), Some(tags::PR_CHILDRENS_NAMES_W.tag()));
    assert_eq!(tag_by_name("PidTagSenderFlags"), Some(tags::PID_TAG_SENDER_FLAGS.tag()));
    let (location, _) = named_by_canonical("dispidLocation").unwrap();
    assert_eq!(location, named_tags::PID_LID_LOCATION.name());
}

/// The look-ups search by halving, so the tags must ascend; they are not of narrow strings.
#[test]
fn tags_ascend_and_occur_once() {
    assert!(FACTS.windows(2).all(|pair| pair[0].tag < pair[1].tag));
    assert!(FACTS.iter().all(|fact| !fact.tag.id().is_named()));
    let narrow = [PropType::PT_STRING8, PropType::PT_MV_STRING8];
    assert!(FACTS.iter().all(|fact| !narrow.contains(&fact.tag.prop_type())));
    let properties: HashSet<_> = NAMED_FACTS.iter().map(NamedFact::property).collect();
    assert_eq!(properties.len(), NAMED_FACTS.len());
}

/// In whatever case it is written, a name means one property, tagged or named.
#[test]
fn no_name_occurs_twice() {
    let mut seen = HashSet::new();
    let all =
        FACTS.iter().flat_map(Fact::names).chain(NAMED_FACTS.iter().flat_map(NamedFact::names));
    for name in all {
        assert!(seen.insert(name.to_ascii_lowercase()), "{name}");
    }
    for name in FACTS.iter().map(|fact| fact.mapi.to_ascii_lowercase()) {
        for suffix in ["_w", "_a"] {
            assert!(!seen.contains(&format!("{name}{suffix}")), "{name} has a form like a name");
        }
    }
}

/// What is shown for a tag is accepted for it.
#[test]
fn names_lead_back_to_their_tags() {
    for fact in FACTS {
        let shown = prop_name(fact.tag).unwrap();
        assert_eq!(tag_by_name(&shown), Some(fact.tag), "{shown}");
        assert_eq!(tag_by_name(&shown.to_ascii_lowercase()), Some(fact.tag), "{shown}");
        for name in fact.names() {
            assert_eq!(tag_by_name(name), Some(fact.tag), "{name}");
        }
        let narrow = match fact.tag.prop_type() {
            PropType::PT_UNICODE => PropType::PT_STRING8,
            PropType::PT_MV_UNICODE => PropType::PT_MV_STRING8,
            _ => continue,
        };
        let narrow = fact.tag.with_type(narrow);
        let shown = prop_name(narrow).unwrap();
        let expected = if fact.mapi.is_empty() { fact.tag } else { narrow };
        assert_eq!(tag_by_name(&shown), Some(expected), "{shown}");
    }
    for fact in NAMED_FACTS {
        for name in fact.names() {
            assert_eq!(
                named_by_canonical(name),
                Some((fact.property(), fact.prop_type())),
                "{name}"
            );
        }
        assert!(std::ptr::eq(named_fact(&fact.property()).unwrap(), fact));
    }
}

/// A tag with a type that is not the property's is not that property.
#[test]
fn other_types_of_a_known_identifier_have_no_name() {
    for tag in [0x0037_0003, 0x0037_101F, 0x0E08_000B, 0x8514_000B, 0x7777_0003, 0x0000_0000] {
        assert_eq!(prop_name(PropTag::new(tag)), None, "{tag:#X}");
        assert_eq!(canonical_name(PropTag::new(tag)), None, "{tag:#X}");
    }
    assert_eq!(prop_name(PropTag::new(0x0E27_0102)).as_deref(), Some("PR_NT_SECURITY_DESCRIPTOR"));
    assert_eq!(prop_name(PropTag::new(0x3FD9_001E)).as_deref(), Some("PR_PREVIEW_A"));
    assert_eq!(canonical_name(PropTag::new(0x3FD9_001F)), None, "published nowhere");
}

/// Spec: msg-format 12 (`set` accepts MAPI names with or without `_W` and `_A`)
#[test]
fn a_suffix_gives_strings_their_width() {
    let subject = PropTag::new(0x0037_001F);
    assert_eq!(tag_by_name("PR_SUBJECT"), Some(subject));
    assert_eq!(tag_by_name("PR_SUBJECT_W"), Some(subject));
    assert_eq!(tag_by_name("PR_SUBJECT_A"), Some(subject.with_type(PropType::PT_STRING8)));
    assert_eq!(tag_by_name("PR_CHILDRENS_NAMES_W"), Some(PropTag::new(0x3A58_101F)));
    assert_eq!(tag_by_name("PR_CHILDRENS_NAMES_A"), Some(PropTag::new(0x3A58_101E)));
    for none in ["PR_IMPORTANCE_A", "PidTagSubject_W", "SUBJECT", "0x0037001F", "_W", "", "PR_"] {
        assert_eq!(tag_by_name(none), None, "{none}");
    }
    assert_eq!(
        tag_by_name("PR_CELLULAR_TELEPHONE_NUMBER"),
        tag_by_name("PR_MOBILE_TELEPHONE_NUMBER")
    );
}

/// Spec: C-077 (imessage-contract 4.2)
#[test]
fn the_computed_properties_are_those_of_the_contract() {
    let both = [0x0FFE, 0x0FF4, 0x0FF7, 0x340D, 0x0FF8];
    let message = [0x0E08, 0x0E1B, 0x0E04, 0x0E03, 0x0E02, 0x0E1D, 0x3007, 0x3008];
    let attachment = [0x0E21, 0x0FF9, 0x0E20];
    let found = |object| -> BTreeSet<u16> {
        let ids = FACTS.iter().map(|fact| fact.tag.id()).filter(|id| computed(*id, object));
        ids.map(PropId::value).collect()
    };
    assert_eq!(found(ObjectKind::Message), both.into_iter().chain(message).collect());
    assert_eq!(found(ObjectKind::Attachment), both.into_iter().chain(attachment).collect());
    assert_eq!(found(ObjectKind::Recipient), BTreeSet::new());

    let late = FACTS.iter().map(|fact| fact.tag.id()).filter(|id| computed_once_saved(*id));
    assert_eq!(late.map(PropId::value).collect::<Vec<_>>(), [0x3007, 0x3008]);
    assert!(!computed(PropId::new(0x8514), ObjectKind::Message));
}

/// Who mistypes a name is shown the right one, and nonsense is left alone.
#[test]
fn a_mistyped_name_has_a_suggestion() {
    let expected = [
        ("PR_SUBJCT", "PR_SUBJECT"),
        ("pr_sbject_w", "PR_SUBJECT"),
        ("PR_ATTACH_LONG_FILE_NAME", "PR_ATTACH_LONG_FILENAME"),
        ("importance", "PR_IMPORTANCE"),
        ("PidTagHasAttachment", "PidTagHasAttachments"),
        ("dispidLocatoin", "dispidLocation"),
        ("Keywords", "PidNameKeywords"),
    ];
    for (typed, meant) in expected {
        assert_eq!(suggest(typed), Some(meant), "{typed}");
    }
    for nonsense in ["", "x", "_w", "PR_", "completely_different"] {
        assert_eq!(suggest(nonsense), None, "{nonsense}");
    }
}

/// The measure counts bytes put in, taken out and replaced.
#[test]
fn the_distance_of_two_texts_counts_single_changes() {
    for (one, other, count) in
        [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("ab", "ba", 2)]
    {
        assert_eq!(distance(one.as_bytes(), other.as_bytes()), count, "{one} {other}");
    }
}
