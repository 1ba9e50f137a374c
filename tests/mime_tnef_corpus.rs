//! Real winmail.dat files: every attachment and body is out.
//!
//! What is expected was written down by other readers: tnefparse 1.4.0 (names, sizes and digests of
//! attachments, HTML and decompressed RTF) and olefile (the streams of OLE objects). Of one file a third
//! one, made for this test from the published layout, was believed: see [`FILES`].
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::msg::fresh;
use common::{Item, corpus_files, listing, sha256};
use openimsg::body::rtf_decompress;
use openimsg::mime::{Conversion, ImportOptions, read_tnef};
use openimsg::{Attachment, Message, SaveFlags, Validation, tags::*};
use std::fs::File;
use std::path::Path;

/// What one file holds: subject, class, size and digest of HTML and of RTF, attachments.
struct Expected {
    name: &'static str,
    subject: Option<&'static str>,
    class: Option<&'static str>,
    html: Option<(usize, &'static str)>,
    rtf: Option<(usize, &'static str)>,
    attachments: &'static [(&'static str, usize, &'static str)],
}

/// Nothing at all.
const NONE: Expected =
    Expected { name: "", subject: None, class: None, html: None, rtf: None, attachments: &[] };
const NOTE: Option<&str> = Some("IPM.Note");
const VOICE: Option<&str> = Some("IPM.Note.Microsoft.Voicemail.UM.CA");
const EMPTY: &str = "e3b0c44298fc1c14";

/// All files but those that are damaged on purpose. tnefparse takes VIA_Nytt_1402.doc for 61 534 bytes;
/// the property is 61 952 long, as a compound file, a multiple of 512, must be.
const FILES: [Expected; 17] = [
    Expected {
        name: "mimekit__Untitled_Attachment.2",
        subject: Some("Build a train table"),
        class: Some("IPM.Task"),
        rtf: Some((10_202, "5b9d5d7f5939adec")),
        ..NONE
    },
    Expected {
        name: "mimekit__Untitled_Attachment.4",
        subject: Some("Christmas Celebration!"),
        class: Some("IPM.Appointment"),
        rtf: Some((337, "2eb5756691376055")),
        attachments: &[("kitten-playing-with-a-christmas-tree.jpg", 375_081, "f79d79bf20d19d17")],
        ..NONE
    },
    // Its attachments are OLE objects: see below.
    Expected {
        name: "mimekit__winmail.tnef",
        class: NOTE,
        rtf: Some((13_412, "cad7003a27529058")),
        attachments: &[("Untitled Attachment", 0, ""), ("Untitled Attachment", 0, "")],
        ..NONE
    },
    Expected {
        name: "poi__bug52400-winmail-with-attachments.dat",
        subject: Some("TNEF test message with attachments"),
        class: NOTE,
        html: Some((672, "12dd0029bf8d7966")),
        attachments: &[
            ("scion_tc_2007_maintenanceguide.pdf", 193_258, "b617b1efa60d79c4"),
            ("Duke_Wave.png", 122_016, "7c02c7331088a316"),
        ],
        ..NONE
    },
    Expected {
        name: "poi__winmail-sample1.dat",
        class: NOTE,
        rtf: Some((443, "5dcd1bdee036cc1c")),
        attachments: &[
            ("zappa_av1.jpg", 2_937, "bea844f30e0fcc20"),
            ("bookmark.htm", 85_805, "1e08d6e23c75ff80"),
        ],
        ..NONE
    },
    Expected {
        name: "tnefparse__MAPI_ATTACH_DATA_OBJ.tnef",
        subject: Some("Bodø-damer på vei!"),
        class: NOTE,
        rtf: Some((2_429, "e803e31e72d8d36f")),
        attachments: &[
            ("VIA_Nytt_1402.doc", 61_952, "9955935516d1407e"),
            ("VIA_Nytt_1402.pdf", 213_685, "968c9c4a8a6a02ff"),
            ("VIA_Nytt_14021.htm", 68_919, "c2ee04f99e59079a"),
        ],
        ..NONE
    },
    Expected {
        name: "tnefparse__bad_checksum.tnef",
        subject: Some("Mediterranean Delight  - Baklava and Persian Tea!!!!! Dec 14th "),
        class: NOTE,
        html: Some((4_614, "324b41c918b54e02")),
        attachments: &[("image001.png", 1_533_127, "b9bdadaf568ade34")],
        ..NONE
    },
    Expected {
        name: "tnefparse__data-before-name.tnef",
        class: NOTE,
        rtf: Some((163, "047bc7915ca95a02")),
        attachments: &[
            ("AUTOEXEC.BAT", 0, EMPTY),
            ("CONFIG.SYS", 0, EMPTY),
            ("boot.ini", 289, "a815374e31481bbb"),
        ],
        ..NONE
    },
    Expected {
        name: "tnefparse__duplicate_filename.tnef",
        subject: Some("Bodø-damer på vei!"),
        class: NOTE,
        rtf: Some((2_429, "e803e31e72d8d36f")),
        attachments: &[
            ("file_abcdefgh.txt", 61_952, "9955935516d1407e"),
            ("file_abcdefgh.txt", 213_685, "968c9c4a8a6a02ff"),
            ("VIA_Nytt_14021.htm", 68_919, "c2ee04f99e59079a"),
        ],
        ..NONE
    },
    Expected {
        name: "tnefparse__long-filename.tnef",
        subject: Some("RE: license file"),
        class: NOTE,
        rtf: Some((1_066, "2f522487cfb7ad54")),
        attachments: &[("allproductsmar2000.dat", 279, "de2ad5d4e20a2456")],
        ..NONE
    },
    Expected {
        name: "tnefparse__missing-filenames.tnef",
        subject: Some("Y2K problem with Add-DT"),
        class: NOTE,
        rtf: Some((1_367, "507cd565d470dc9c")),
        attachments: &[
            ("generpts.src", 61_210, "69ebd0e9c298f62d"),
            ("TechlibDEC99.doc", 33_792, "d1a592c2e3729270"),
            ("TechlibDEC99-JAN00.doc", 34_304, "360db5c11b1f21c6"),
            ("TechlibNOV99.doc", 33_792, "b1e6b103cc5a9b75"),
        ],
        ..NONE
    },
    Expected {
        name: "tnefparse__multi-value-attribute.tnef",
        class: VOICE,
        rtf: Some((1_796, "1feaf9614a5da99b")),
        attachments: &[("208225__5_seconds__Voice_Mail.mp3", 10_656, "cf2e3cd4175a3acd")],
        ..NONE
    },
    Expected {
        name: "tnefparse__rtf.tnef",
        subject: Some(""),
        class: NOTE,
        rtf: Some((593, "285e04e771fe1f1d")),
        ..NONE
    },
    Expected {
        name: "tnefparse__two-files.tnef",
        subject: Some("two files"),
        class: NOTE,
        attachments: &[("AUTHORS", 244, "36c47da7d11846ca"), ("README", 893, "d0f163180d6ad5d8")],
        ..NONE
    },
    Expected {
        name: "tnefparse__umlaut.tnef",
        class: NOTE,
        rtf: Some((5_190, "fa3743d4393726cf")),
        attachments: &[
            ("TBZ PARIV GmbH.jpg", 44_764, "67597116a0dbb64f"),
            ("image003.jpg", 1_001, "49b597682736b44a"),
            ("UmlautAnhang-äüö.txt", 14, "9b34b140af86a7de"),
        ],
        ..NONE
    },
    Expected {
        name: "tnefparse__unicode-mapi-attr.tnef",
        subject: Some("example"),
        class: NOTE,
        html: Some((1_226, "2b1faef9cdcfcf89")),
        attachments: &[("example.dat", 1_024, "b188960490adc658")],
        ..NONE
    },
    Expected {
        name: "ytnef__multi-value-attribute.tnef",
        class: VOICE,
        rtf: Some((1_796, "1feaf9614a5da99b")),
        attachments: &[("208225 (5 seconds) Voice Mail.mp3", 10_656, "cf2e3cd4175a3acd")],
        ..NONE
    },
];

fn read(path: &Path) -> (Message<'static>, Conversion) {
    let message = fresh();
    let report = read_tnef(File::open(path).unwrap(), &message, &ImportOptions::default());
    (message, report.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

fn digest(bytes: &[u8]) -> (usize, String) {
    (bytes.len(), sha256(bytes)[..16].to_owned())
}

fn plain(rtf: &[u8]) -> Vec<u8> {
    rtf_decompress(rtf, Validation::Lenient, 1 << 20).unwrap().bytes
}

fn findings(report: &Conversion) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.code()).collect()
}

/// Name, size and digest; an object has none of both.
fn data(attachment: &Attachment<'_>) -> (String, usize, String) {
    let name = attachment.file_name().unwrap().unwrap();
    if attachment.has_storage().unwrap() {
        return (name, 0, String::new());
    }
    let (len, digest) = digest(&attachment.get(PR_ATTACH_DATA_BIN).unwrap().unwrap());
    (name, len, digest)
}

#[test]
fn bodies_and_attachments_are_those_that_other_readers_see() {
    for path in corpus_files("bodies_and_attachments", "tnef") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let Some(expected) = FILES.iter().find(|file| file.name == name) else {
            assert!(["poi__oom.tnef", "ytnef__ytnef-oob-TNEFVersion-SwapWord"].contains(&name));
            continue;
        };
        let (message, report) = read(&path);
        assert_eq!(report.losses, [], "{name}");
        assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), expected.subject, "{name}");
        assert_eq!(message.get(PR_MESSAGE_CLASS_W).unwrap().as_deref(), expected.class, "{name}");
        let html = message.get(PR_HTML).unwrap().map(|html| digest(&html));
        assert_eq!(html, expected.html.map(|(len, sha)| (len, sha.to_owned())), "{name}");
        let rtf = message.get(PR_RTF_COMPRESSED).unwrap();
        let rtf = rtf.map(|rtf| digest(&plain(&rtf)));
        assert_eq!(rtf, expected.rtf.map(|(len, sha)| (len, sha.to_owned())), "{name}");
        let numbers = message.attachment_numbers().unwrap();
        let attachments = numbers.iter().map(|number| data(&message.open_attach(*number).unwrap()));
        let wanted = expected.attachments.iter();
        let wanted: Vec<_> =
            wanted.map(|(n, l, d)| ((*n).to_owned(), *l, (*d).to_owned())).collect();
        assert_eq!(attachments.collect::<Vec<_>>(), wanted, "{name}");
        message.save_changes(SaveFlags::empty()).unwrap();
    }
}

/// What was read can be saved, and is there when the file is opened again.
#[test]
fn everything_is_in_the_file_after_a_save() {
    for path in corpus_files("everything_is_in_the_file", "tnef") {
        let (file, storage) = common::msg::file();
        let message = Message::create(storage).unwrap();
        read_tnef(File::open(&path).unwrap(), &message, &ImportOptions::default()).unwrap();
        let before: Vec<_> = message.stored_props().unwrap().into_iter().map(|p| p.tag).collect();
        let count = message.attachment_numbers().unwrap().len();
        message.save_changes(SaveFlags::empty()).unwrap();
        drop(message);
        let again = Message::open(common::msg::reopen_read(&file)).unwrap();
        let after: Vec<_> = again.stored_props().unwrap().into_iter().map(|p| p.tag).collect();
        assert!(before.iter().all(|tag| after.contains(tag)), "{}", path.display());
        assert_eq!(again.attachment_numbers().unwrap().len(), count);
        assert_eq!(openimsg::check_bytes(file.to_bytes().unwrap()).unwrap(), []);
    }
}

/// The pictures in RTF that Outlook sends: OLE objects, whose streams olefile has listed.
#[test]
fn ole_objects_are_storages() {
    let files = corpus_files("ole_objects", "tnef");
    let Some(path) = files.iter().find(|path| path.ends_with("mimekit__winmail.tnef")) else {
        return;
    };
    let (message, _) = read(path);
    let ole = ("/\u{1}Ole", 20, "c36c8a4b7dee703b");
    let mail = |digest| ("/\u{3}MailStream", 12, digest);
    let contents = |len, digest| ("/CONTENTS", len, digest);
    let expected = [
        [ole, mail("ad0d88291aa4ade5"), contents(26_458, "43676cf7aa4d0d82")],
        [ole, mail("20853c92db9aa340"), contents(65_174, "dffb53d32264d194")],
    ];
    for (number, expected) in expected.into_iter().enumerate() {
        let attachment = message.open_attach(u32::try_from(number).unwrap()).unwrap();
        assert_eq!(attachment.method().unwrap(), 6);
        let mut found = Vec::new();
        for (path, item) in listing(attachment.open_storage().unwrap()) {
            if let Item::Stream(bytes) = item {
                let (len, digest) = digest(&bytes.unwrap());
                found.push((path, len, digest));
            }
        }
        let expected = expected.map(|(path, len, sha)| (path.to_owned(), len, sha.to_owned()));
        assert_eq!(found, expected);
    }
}

/// What tnefparse and the eye find in attRecipTable and among the sender's properties.
#[test]
fn people_are_recipients_and_senders() {
    let files = corpus_files("people", "tnef");
    let find = |name: &str| files.iter().find(|path| path.ends_with(name));
    let Some(path) = find("poi__bug52400-winmail-with-attachments.dat") else { return };
    let (message, report) = read(path);
    let rows = message.recipients().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].display_name().as_deref(), Some("Gaggletest2"));
    assert_eq!(rows[0].address().as_deref(), Some("Gaggletest2@anderson5.net"));
    // Two bytes of the mail that it was taken from lie behind it.
    assert_eq!(findings(&report), ["tnef-tail"]);

    let (message, _) = read(find("mimekit__Untitled_Attachment.2").unwrap());
    let sender = message.sender().unwrap().unwrap();
    assert_eq!(sender.name.as_deref(), Some("Jeffrey Stedfast"));
    assert!(sender.x500.unwrap().starts_with("/o=ExchangeLabs/ou=Exchange Administrative Group"));
    // attPriority is 1: high. attMsgProps has PR_PRIORITY 1, urgent, and no PR_IMPORTANCE.
    assert_eq!(message.get(PR_IMPORTANCE).unwrap(), Some(2));
    assert_eq!(message.get(PR_PRIORITY).unwrap(), Some(1));
    // The old attribute has the time of Outlook's clock, five hours behind.
    let sent = message.get(PR_CLIENT_SUBMIT_TIME).unwrap().unwrap();
    assert!(sent.to_rfc3339().unwrap().starts_with("2018-12-15T14:37:31"));
}

/// Damage that was made on purpose is told of, and costs what is damaged.
#[test]
fn damage_is_told() {
    for path in corpus_files("damage", "tnef") {
        let expected: &[&str] = match path.file_name().unwrap().to_str().unwrap() {
            "poi__oom.tnef" => &["tnef-properties", "tnef-checksum"],
            "ytnef__ytnef-oob-TNEFVersion-SwapWord" => &["tnef-tail"],
            "tnefparse__duplicate_filename.tnef" => &["tnef-checksum", "tnef-checksum"],
            "tnefparse__bad_checksum.tnef" => &["tnef-truncated"],
            "poi__bug52400-winmail-with-attachments.dat" => &["tnef-tail"],
            _ => &[],
        };
        assert_eq!(findings(&read(&path).1), expected, "{}", path.display());
    }
}
