//! Mails that are kept whole, and reports.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

use openimsg::mime::{Conversion, ImportOptions, read_eml};
use openimsg::{
    AttachContent, Attachment, CompoundFile, FileTime, Item, Message, ReportKind, SaveFlags,
    tags::*,
};
use std::io::Cursor;

fn import(mail: &str) -> (Message<'static>, Conversion) {
    let message = Message::create(CompoundFile::memory()).unwrap();
    let conversion =
        read_eml(Cursor::new(mail.as_bytes()), &message, &ImportOptions::default()).unwrap();
    message.save_changes(SaveFlags::KEEP_OPEN_READWRITE).unwrap();
    (message, conversion)
}

fn attachments<'s>(message: &Message<'s>) -> Vec<Attachment<'s>> {
    let numbers = message.attachment_numbers().unwrap();
    numbers.into_iter().map(|number| message.open_attach(number).unwrap()).collect()
}

fn data(attachment: &Attachment<'_>) -> String {
    String::from_utf8(attachment.get(PR_ATTACH_DATA_BIN).unwrap().unwrap()).unwrap()
}

const SIGNED: &str = "\
From: ana@example.org\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/signed; micalg=sha-256;\r\n\tprotocol=\"application/pkcs7-signature\"; \
boundary=\"sig\"\r\n\
Subject: signed\r\n\
\r\n\
This is an S/MIME signed message\r\n\
\r\n\
--sig\r\n\
Content-Type: text/plain\r\n\
Content-Transfer-Encoding: quoted-printable\r\n\
\r\n\
caf=C3=A9 =\r\nat noon  \r\n\
--sig\r\n\
Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
MIIB\r\n\
--sig--\r\n\
after the end\r\n";

/// The bytes that a signature was made over stay as they are, whatever ends their lines.
#[test]
fn clear_signed_mail_is_kept_byte_for_byte() {
    for end in ["\r\n", "\n"] {
        let mail = SIGNED.replace("\r\n", end);
        let (message, conversion) = import(&mail);
        assert_eq!(conversion, Conversion::default());
        let class = message.get(PR_MESSAGE_CLASS_W).unwrap();
        assert_eq!(class.as_deref(), Some("IPM.Note.SMIME.MultipartSigned"));
        let attached = attachments(&message);
        assert_eq!(attached.len(), 1);
        assert_eq!(attached[0].get(PR_ATTACH_METHOD).unwrap(), Some(1));
        let media = attached[0].get(PR_ATTACH_MIME_TAG_W).unwrap();
        assert_eq!(media.as_deref(), Some("multipart/signed"));
        assert_eq!(attached[0].get(PR_ATTACH_EXTENSION_W).unwrap().as_deref(), Some(".p7m"));
        let header = "Content-Type: multipart/signed; micalg=sha-256;\r\n\
                      \tprotocol=\"application/pkcs7-signature\"; boundary=\"sig\"\r\n\r\n";
        let body = SIGNED.split_once("\r\n\r\n").unwrap().1;
        assert_eq!(data(&attached[0]), format!("{header}{body}").replace("\r\n", end));
        // The body is there too, for whoever shows the message.
        assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("café at noon  "));
    }
}

#[test]
fn opaque_mail_keeps_its_structure() {
    for (media, name) in [
        ("application/pkcs7-mime; smime-type=enveloped-data", "smime.p7m"),
        ("application/x-pkcs7-mime; name=\"own.p7m\"", "own.p7m"),
        ("application/octet-stream; name=x.P7M", "x.P7M"),
    ] {
        let (message, conversion) = import(&format!(
            "Subject: x\r\nContent-Type: {media}\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj\r\n"
        ));
        assert_eq!(conversion, Conversion::default());
        assert_eq!(message.get(PR_MESSAGE_CLASS_W).unwrap().as_deref(), Some("IPM.Note.SMIME"));
        let attached = attachments(&message);
        assert_eq!((attached.len(), data(&attached[0]).as_str()), (1, "abc"));
        assert_eq!(attached[0].file_name().unwrap().as_deref(), Some(name));
        assert_eq!(message.get(PR_BODY_W).unwrap(), None);
    }
}

#[test]
fn pgp_and_signatures_over_a_part_stay_as_attachments() {
    let encrypted = "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; \
                     boundary=x\r\n\r\n--x\r\nContent-Type: application/pgp-encrypted\r\n\r\n\
                     Version: 1\r\n--x\r\nContent-Type: application/octet-stream; \
                     name=encrypted.asc\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--x--\r\n";
    let (message, conversion) = import(encrypted);
    assert_eq!(conversion, Conversion::default());
    assert_eq!(message.get(PR_MESSAGE_CLASS_W).unwrap().as_deref(), Some("IPM.Note"));
    let attached = attachments(&message);
    let found: Vec<_> = attached.iter().map(data).collect();
    assert_eq!(found, ["Version: 1", "-----BEGIN PGP MESSAGE-----"]);
    assert_eq!(attached[1].file_name().unwrap().as_deref(), Some("encrypted.asc"));
    // A list that put its footer beside a signed mail broke the whole; the parts are all there.
    let inner = SIGNED.split_once("\r\nMIME-Version: 1.0\r\n").unwrap().1;
    let listed = format!(
        "Content-Type: multipart/mixed; boundary=list\r\n\r\n--list\r\n{inner}--list\r\n\r\nfooter\r\n--list--\r\n"
    );
    let (message, conversion) = import(&listed);
    assert_eq!(conversion.losses.len(), 1);
    assert_eq!(conversion.losses[0].code, "signature");
    assert_eq!(message.get(PR_MESSAGE_CLASS_W).unwrap().as_deref(), Some("IPM.Note"));
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("café at noon  "));
    let names: Vec<_> =
        attachments(&message).iter().map(|a| a.file_name().unwrap().unwrap()).collect();
    assert_eq!(names, ["smime.p7s", "ATT00001.txt"]);
}

fn report(kind: &str, media: &str, fields: &str) -> String {
    format!(
        "From: mailer@example.org\r\nTo: ana@example.org\r\nDate: Tue, 05 Mar 2024 14:03:22 +0000\r\n\
         Content-Type: multipart/report; report-type={kind}; boundary=x\r\n\r\n--x\r\n\r\n\
         For people.\r\n--x\r\nContent-Type: {media}\r\n\r\n{fields}\r\n--x\r\n\
         Content-Type: message/rfc822\r\n\r\nSubject: Minutes\r\n\r\ntext\r\n--x--\r\n"
    )
}

#[test]
fn delivery_reports_tell_of_each_recipient() {
    let fields = "Reporting-MTA: dns; mail.example.org\r\n\
                  Arrival-Date: Tue, 05 Mar 2024 14:00:00 +0000\r\n\r\n\
                  Final-Recipient: rfc822; bo@example.org\r\nX-Display-Name: Bo\r\n\
                  Action: failed (permanently)\r\nStatus: 5.1.1\r\n\
                  Remote-MTA: dns; other.example.org\r\n\
                  Diagnostic-Code: smtp; 550 no such user;\r\n here\r\n\r\n\
                  Final-Recipient: rfc822; c@example.org\r\nAction: delivered\r\nStatus: 2.0.0\r\n";
    let (message, conversion) =
        import(&report("delivery-status", "message/delivery-status", fields));
    assert_eq!(conversion, Conversion::default());
    let class = message.get(PR_MESSAGE_CLASS_W).unwrap();
    assert_eq!(class.as_deref(), Some("REPORT.IPM.Note.NDR"));
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("For people."));
    let mta = message.get(PID_TAG_REPORTING_MESSAGE_TRANSFER_AGENT).unwrap();
    assert_eq!(mta.as_deref(), Some("mail.example.org"));
    let Item::Report(report) = message.item().unwrap() else { panic!() };
    assert_eq!(report.kind().unwrap(), ReportKind::NonDelivery);
    let time = report.report_time().unwrap().and_then(FileTime::to_rfc3339);
    assert_eq!(time.as_deref(), Some("2024-03-05T14:03:22Z"));
    let rows = report.recipients().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].name.as_deref(), Some("Bo"));
    assert_eq!(rows[0].address.as_deref(), Some("bo@example.org"));
    assert_eq!(
        (rows[0].status, rows[0].reason, rows[0].diagnostic),
        (Some(511), Some(1), Some(35))
    );
    assert_eq!(rows[0].info.as_deref(), Some("550 no such user; here"));
    assert_eq!(rows[0].remote_mta.as_deref(), Some("other.example.org"));
    assert_eq!((rows[1].status, rows[1].diagnostic), (Some(200), None));
    let attached = attachments(&message);
    assert_eq!(attached.len(), 1);
    let AttachContent::Message(about) = attached[0].content().unwrap() else { panic!() };
    assert_eq!(about.get(PR_SUBJECT_W).unwrap().as_deref(), Some("Minutes"));
}

#[test]
fn the_action_of_a_report_is_its_class() {
    for (action, end) in [
        ("failed", "NDR"),
        ("Delivered", "DR"),
        ("delayed", "Delayed.DR"),
        ("relayed", "Relayed.DR"),
        ("expanded", "Expanded.DR"),
    ] {
        let fields =
            format!("A: b\r\n\r\nFinal-Recipient: rfc822;a@example.org\r\nAction: {action}");
        let (message, _) = import(&report("delivery-status", "message/delivery-status", &fields));
        let class = message.get(PR_MESSAGE_CLASS_W).unwrap();
        assert_eq!(class, Some(format!("REPORT.IPM.Note.{end}")));
    }
    for (disposition, end) in [
        ("manual-action/MDN-sent-automatically; displayed", "IPNRN"),
        ("automatic-action/MDN-sent-automatically; processed", "IPNRN"),
        ("manual-action/MDN-sent-manually; deleted/error", "IPNNRN"),
        ("automatic-action/MDN-sent-automatically;denied", "IPNNRN"),
    ] {
        let fields = format!(
            "Final-Recipient: rfc822;a@example.org\r\nOriginal-Message-ID: <1@example.org>\r\n\
             X-MSExch-Correlation-Key: YWJj\r\nDisposition: {disposition}"
        );
        let mail = report("disposition-notification", "message/disposition-notification", &fields);
        let (message, conversion) = import(&mail);
        assert_eq!(conversion, Conversion::default());
        let class = message.get(PR_MESSAGE_CLASS_W).unwrap();
        assert_eq!(class, Some(format!("REPORT.IPM.Note.{end}")), "{disposition}");
        assert_eq!(message.get(PR_PARENT_KEY).unwrap().as_deref(), Some(&b"abc"[..]));
        let references = message.get(PR_INTERNET_REFERENCES_W).unwrap();
        assert_eq!(references.as_deref(), Some("<1@example.org>"));
        assert_eq!(attachments(&message).len(), 1);
    }
    // A report that says nothing is mail, and nothing of it is lost.
    let (message, conversion) =
        import(&report("delivery-status", "message/delivery-status", "A: b"));
    assert_eq!(conversion.findings[0].code(), "mail-report");
    assert_eq!(message.get(PR_MESSAGE_CLASS_W).unwrap().as_deref(), Some("IPM.Note"));
    assert_eq!(attachments(&message).len(), 2);
    assert_eq!(message.recipients().unwrap()[0].address().as_deref(), Some("ana@example.org"));
}
