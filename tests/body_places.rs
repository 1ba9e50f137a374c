//! Attachments in HTML that is made of RTF: where they stand, and what shows them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic and say why")]

use openimsg::{
    Attachment, BodySource, BodyText, CompoundFile, Message, RtfSync, SaveFlags, Severity, body,
    tags::*,
};

const PNG: &[u8] = b"\x89PNG\r\n\x1A\n";

fn message(rtf: &str) -> Message<'static> {
    let message = Message::create(CompoundFile::memory()).unwrap();
    let rtf = format!(r"{{\rtf1\ansi\ansicpg1252 {rtf}}}");
    message.set(PR_RTF_COMPRESSED, body::rtf_compress(rtf.as_bytes())).unwrap();
    message
}

fn attach(
    message: &Message<'static>,
    name: &str,
    position: Option<i32>,
    id: Option<&str>,
) -> Attachment<'static> {
    let attachment = message.attach_file(name, PNG).unwrap();
    attachment.delete_props(&[PR_ATTACH_MIME_TAG_W.tag(), PR_RENDERING_POSITION.tag()]).unwrap();
    if let Some(position) = position {
        attachment.set(PR_RENDERING_POSITION, position).unwrap();
    }
    if let Some(id) = id {
        attachment.set(PR_ATTACH_CONTENT_ID_W, id).unwrap();
    }
    save(&attachment);
    attachment
}

fn save(attachment: &Attachment<'_>) {
    attachment.save_changes(SaveFlags::KEEP_OPEN_READWRITE).unwrap();
}

/// What stands in the body of the HTML, and the codes of what was found.
fn read(message: &Message<'_>) -> (String, Vec<&'static str>) {
    let BodyText { text, source, findings, .. } = message.body_html().unwrap().unwrap();
    assert_eq!(source, BodySource::Rtf);
    assert!(findings.iter().all(|one| one.severity() == Severity::Warning));
    let (_, after) = text.split_once("<body>\r\n").unwrap();
    let inner = after.strip_suffix("</body>\r\n</html>\r\n").unwrap();
    (inner.to_owned(), findings.iter().map(openimsg::Finding::code).collect())
}

#[test]
fn the_nth_place_is_the_nth_attachment_by_its_position() {
    let message = message(r"a\objattph  b\par {\b c\objattph}\objattph");
    attach(&message, "last.pdf", Some(90), None);
    attach(&message, "nowhere.png", Some(-1), None);
    attach(&message, "first.PNG", Some(1), Some("<first@example.org>"));
    let hidden = attach(&message, "hidden.png", Some(0), None);
    hidden.set(PR_ATTACHMENT_HIDDEN, true).unwrap();
    save(&hidden);
    attach(&message, "un<said>", None, None);
    let middle = attach(&message, "middle", Some(5), Some("m&m \"1\"\u{E9}"));
    middle.set(PR_ATTACH_MIME_TAG_W, "image/JPEG; x=1").unwrap();
    save(&middle);
    let (html, codes) = read(&message);
    assert_eq!(
        html,
        "<p>a<img src=\"cid:first@example.org\" alt=\"first.PNG\"> b</p>\r\n\
         <p><span style=\"font-weight:bold;\">c\
         <img src=\"cid:m&amp;m%20%221%22%C3%A9\" alt=\"middle.jpg\"></span>\
         <a href=\"cid:attachment-0@message.invalid\">last.pdf</a></p>\r\n"
    );
    assert_eq!(codes, Vec::<&str>::new());
    // What was read is not changed, and text has no places.
    assert_eq!(message.body_text().unwrap().unwrap().text.trim_end(), "a b\r\nc");
    assert!(message.rtf_sync(RtfSync::RTF_CHANGED).unwrap());
    assert_eq!(read(&message).0, html);
}

/// Spec: Q-53
#[test]
fn places_that_no_position_belongs_to_put_the_pictures_at_the_end() {
    let message = message(r"a\objattph b\objattph c");
    attach(&message, "one.png", None, None);
    attach(&message, "plan.pdf", None, None);
    attach(&message, "two.jpg", Some(-1), Some("two@x"));
    let (html, codes) = read(&message);
    assert_eq!(
        html,
        "<p>abc</p>\r\n\
         <p><img src=\"cid:attachment-0@message.invalid\" alt=\"one.png\"></p>\r\n\
         <p><img src=\"cid:two@x\" alt=\"two.jpg\"></p>\r\n"
    );
    assert_eq!(codes, ["body-places"]);
}

#[test]
fn more_or_fewer_attachments_than_places_stand_at_the_end() {
    let with = |rtf: &str| {
        let message = message(rtf);
        attach(&message, "b.pdf", Some(7), None);
        attach(&message, "a.png", Some(3), None);
        read(&message)
    };
    let both = "<p><img src=\"cid:attachment-1@message.invalid\" alt=\"a.png\"></p>\r\n\
                <p><a href=\"cid:attachment-0@message.invalid\">b.pdf</a></p>\r\n";
    for places in ["", "\\objattph", "\\objattph\\objattph\\objattph"] {
        let (html, codes) = with(&format!("x{places} y"));
        let text = if places.is_empty() { "x y" } else { "xy" };
        assert_eq!(html, format!("<p>{text}</p>\r\n{both}"), "{places}");
        assert_eq!(codes, ["body-places"]);
    }
    assert!(with("x\\objattph\\objattph y").0.ends_with("b.pdf</a>y</p>\r\n"));
    // Places alone, and attachments that were never in the body.
    assert_eq!(read(&message("x\\objattph y")), ("<p>xy</p>\r\n".into(), vec!["body-places"]));
    let beside = message("x");
    attach(&beside, "a.png", Some(-1), None);
    assert_eq!(read(&beside), ("<p>x</p>\r\n".into(), vec![]));
}

#[test]
fn text_that_looks_like_a_place_is_text() {
    let message = message(r#"<a id="attachment-1"></a>"#);
    assert_eq!(
        read(&message).0,
        "<p>&lt;a id=&quot;attachment-1&quot;&gt;&lt;/a&gt;</p>\r\n".replace("&quot;", "\"")
    );
    // HTML that is stored, or inside the RTF, is its author's.
    let html = "<html><head><meta charset=\"utf-8\"></head><body><a id=\"attachment-1\"></a></body></html>";
    message.set_body_html(html).unwrap();
    attach(&message, "a.png", Some(3), None);
    assert_eq!(message.body_html().unwrap().unwrap().text, html);
    message.delete_props(&[PR_HTML.tag()]).unwrap();
    let found = message.body_html().unwrap().unwrap();
    assert_eq!((found.source, found.text.as_str()), (BodySource::HtmlInRtf, html));
}
