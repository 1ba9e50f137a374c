//! `imsg body`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{errors, good, run, status};
use openimsg::{CompoundFile, Message, SaveFlags, body, tags::*};
use std::path::{Path, PathBuf};

/// A message with only RTF, as most of Outlook's are.
fn rtf_only(folder: &Path) -> PathBuf {
    let path = folder.join("rtf.msg");
    let message = Message::create(CompoundFile::create(&path).unwrap()).unwrap();
    let rtf = br"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}Meet at \'e9{\*\htmltag72 </p>}}";
    message.set(PR_RTF_COMPRESSED, body::rtf_compress(rtf)).unwrap();
    message.save_changes(SaveFlags::empty()).unwrap();
    path
}

#[test]
fn a_body_comes_in_the_form_that_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = rtf_only(dir.path());
    assert_eq!(good([&"body", &path]).trim(), "Meet at é");
    assert_eq!(good([&"body", &path, &"--as", &"text"]).trim(), "Meet at é");
    assert_eq!(good([&"body", &path, &"--as", &"html"]).trim(), "<p>Meet at é</p>");
    let rtf = good([&"body", &path, &"--as", &"rtf"]);
    assert!(rtf.starts_with(r"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}Meet at \'e9"), "{rtf}");
    assert_eq!(good([&"body", &path, &"--as", &"md"]), "Meet at é\n");
    // The page for people shows the same.
    assert!(good([&"show", &path]).contains("\n\nMeet at é\n"));
}

#[test]
fn a_message_without_a_body_says_so_and_is_no_failure() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("none.msg");
    let message = Message::create(CompoundFile::create(&path).unwrap()).unwrap();
    message.set(PR_SUBJECT_W, "nothing more").unwrap();
    message.save_changes(SaveFlags::empty()).unwrap();
    drop(message);
    let run_of = run([&"body", &path]);
    assert_eq!(status(&run_of), 0);
    assert!(run_of.stdout.is_empty());
    assert!(errors(&run_of).contains("it has no body"));
    let usage = run([&"body", &path, &"--as", &"docx"]);
    assert_eq!(status(&usage), 2);
}

/// A message with this HTML, and a picture `logo@e.org` and an SVG `svg@e.org` in attachments.
#[cfg(feature = "safe-html")]
fn html_with_pictures(folder: &Path, html: &str) -> PathBuf {
    let path = folder.join("html.msg");
    let message = Message::create(CompoundFile::create_or_replace(&path).unwrap()).unwrap();
    message.set(PR_HTML, html.as_bytes()).unwrap();
    message.set(PR_INTERNET_CPID, 65001).unwrap();
    for (name, bytes) in [("logo", &b"\x89PNG\r\n\x1A\n"[..]), ("svg", b"<svg onload='x()'/>")] {
        let attachment = message.attach_file("picture.png", bytes).unwrap();
        attachment.set(PR_ATTACH_CONTENT_ID_W, format!("{name}@e.org").as_str()).unwrap();
        attachment.set(PR_ATTACH_MIME_TAG_W, "image/png").unwrap();
        attachment.save_changes(SaveFlags::empty()).unwrap();
    }
    message.save_changes(SaveFlags::empty()).unwrap();
    path
}

/// Each thing that msg-format 9.4 names, in the spellings that get past those who look for words.
#[cfg(feature = "safe-html")]
#[test]
fn safe_html_neither_runs_nor_fetches() {
    const HOSTILE: [&str; 34] = [
        "<script>evil()</script>",
        "<ScRiPt src=//evil/x.js></sCrIpT >",
        "<svg><script>evil()</script></svg><svg onload=evil()></svg>",
        "<math><mtext><style><img src=x onerror=evil()></style></mtext></math>",
        "<iframe src='http://evil/'></iframe>",
        "<object data='http://evil/'></object><embed src='http://evil/'>",
        "<form action='http://evil/'><input name=evil><button formaction=http://evil/>go</button></form>",
        "<base href='http://evil/'>",
        "<meta http-equiv=refresh content='0;url=http://evil/'>",
        "<link rel=stylesheet href='http://evil/x.css'>",
        "<style>@import 'http://evil/x.css'; p {background: url(http://evil/)}</style>",
        "<p onclick='evil()' OnMouseOver=evil()>word</p>",
        "<img src=x onerror=evil()>",
        "<img/src='x'/onerror='evil()'>",
        "<a href='javascript:evil()'>word</a>",
        "<a href=' jAvA&#10;ScRiPt&colon;evil()'>word</a>",
        "<a href='vbscript:evil()'>word</a>",
        "<a href='data:text/html,<script>evil()</script>'>word</a>",
        "<a href='file://evil/share'>word</a>",
        "<a href='\\\\evil\\share'>word</a>",
        "<a href='//evil/share'>word</a>",
        "<img src='http://evil/pixel.gif'>",
        "<img src='//evil/pixel.gif'>",
        "<img src='\\\\evil\\pixel.gif'>",
        "<img srcset='http://evil/pixel.gif 2x'>",
        "<img src='data:image/svg+xml;base64,evilPHN2Zz4='>",
        "<img src='data:text/html;base64,evilPHN2Zz4='>",
        "<td background='http://evil/'>word</td><body background='http://evil/'>",
        "<p style='background: url(http://evil/)'>word</p>",
        "<p style='background: u\\72l(http://evil/); color: expression(evil())'>word</p>",
        "<p style='border-image: url(http://evil/)'>word</p>",
        "<!--[if mso]><p>evil</p><![endif]-->",
        "<video src=http://evil/><audio src=http://evil/><source src=http://evil/></video>",
        "<noscript><p title='</noscript><img src=x onerror=evil()>'></noscript>",
    ];
    let dir = tempfile::tempdir().unwrap();
    let all = HOSTILE.join("<p>between</p>");
    for html in HOSTILE.into_iter().chain([all.as_str()]) {
        let path = html_with_pictures(dir.path(), &format!("<html><body>{html}<p>kept"));
        let output = run([&"body", &path, &"--as", &"html", &"--safe"]);
        assert_eq!(status(&output), 0, "{html}");
        let safe = String::from_utf8(output.stdout.clone()).unwrap();
        assert!(safe.contains("<p>kept</p>"), "{html}\n{safe}");
        assert!(!safe.to_lowercase().contains("evil"), "{html}\n{safe}");
        for word in ["<script", "onerror", "onload", "javascript", "<svg", "<iframe", "<form"] {
            assert!(!safe.to_lowercase().contains(word), "{word}: {html}\n{safe}");
        }
    }
    let path = html_with_pictures(dir.path(), &all);
    let told = errors(&run([&"body", &path, &"--as", &"html", &"--safe"]));
    for what in ["scripts", "forms", "style sheets", "event handlers", "pictures from elsewhere"] {
        assert!(told.contains(&format!("left out: {what} (")), "{what}: {told}");
    }
}

#[cfg(feature = "safe-html")]
#[test]
fn safe_html_has_its_letters_links_and_the_pictures_of_the_message() {
    let dir = tempfile::tempdir().unwrap();
    let html = "<p style='color:red; mso-x:y; margin:0'><b>a</b> <a href='https://e.org/?a=1'>b</a>\
                <img src='CID:LOGO%40e.org' alt=logo><img src='cid:svg@e.org'><img src='cid:no@e.org'>\
                <table><tr><td>\u{E9}</table>";
    let path = html_with_pictures(dir.path(), html);
    let output = run([&"body", &path, &"--as", &"html", &"--safe"]);
    let safe = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(safe.contains("<p style=\"color:red;margin:0;\"><b>a</b>"), "{safe}");
    assert!(safe.contains("href=\"https://e.org/?a=1\""), "{safe}");
    // The eight bytes of the picture in base64.
    assert!(safe.contains("src=\"data:image/png;base64,iVBORw0KGgo=\" alt=\"logo\""), "{safe}");
    assert!(safe.contains("<td>\u{E9}</td>"), "{safe}");
    assert!(!safe.contains("cid:"), "{safe}");
    let told = errors(&output);
    assert!(told.contains("left out: pictures that are not in the message (2)"), "{told}");
    // What is asked for in vain is wrong usage.
    assert_eq!(status(&run([&"body", &path, &"--safe"])), 2);
    // Without the flag it is as it was written.
    assert!(good([&"body", &path, &"--as", &"html"]).contains("src='CID:LOGO%40e.org'"));
}
