//! References as HTML writes them, and what kind of RTF a body is.

use super::*;

fn found(html: &str) -> Vec<String> {
    let mut found: Vec<String> = references(html, 100).into_iter().collect();
    found.sort();
    found
}

/// Spec: Q-38
#[test]
fn references_are_found_however_they_are_written() {
    for html in [
        r#"<img src="cid:a@b.c">"#,
        "<img src='CID:A@B.C'>",
        "<img src=cid:a@b.c>",
        "<img src=cid:a@b.c alt=x>",
        r#"<img src="cid:a%40b.c">"#,
        r#"<img src="cid:%3Ca@b.c%3E">"#,
        r#"<img src="cid:<a@b.c>">"#,
        "<img src=cid:<a@b.c>>",
        r#"<td style="background:url(cid:a@b.c)">"#,
        "<td style=\"background:url('cid:a@b.c')\">",
        "<td style=\"background:url(&quot;cid:a@b.c&quot;)\">",
        r#"<img src="cid:a&#64;b.c">"#,
        r#"<img src="cid:a&#x40;b.c">"#,
        "<v:imagedata src=\"cid:a@b.c\" o:title=\"\"/>",
    ] {
        assert_eq!(found(html), ["a@b.c"], "{html}");
    }
}

#[test]
fn what_is_no_reference_is_not_taken_for_one() {
    for html in
        ["acid:a@b.c", "", "cid", "\"cid:", "\"cid:\"", "<p>placid: yes</p>", "\"cid:%3C%3E\""]
    {
        assert_eq!(found(html), [""; 0], "{html}");
    }
    // A reference without an end costs what it spans, and the next one is found.
    let long = format!("\"cid:{}\" <img src=\"cid:next\">", "x".repeat(MAX_ID + 10));
    assert_eq!(found(&long), ["next"]);
    assert_eq!(references("'cid:a' 'cid:b' 'cid:c'", 2).len(), 2);
}

#[test]
fn identifiers_are_compared_bare() {
    for id in ["<A@b>", "a@B", " a%40b ", "%3Ca@b%3e", "<a@b>\0"] {
        assert_eq!(normalised(id), "a@b", "{id}");
    }
    assert_eq!(normalised("100%"), "100%");
    assert_eq!(normalised("%+1x"), "%+1x");
}

/// Spec: F-069
#[test]
fn the_kind_of_rtf_is_told_by_its_first_ten_tokens() {
    for (rtf, kind) in [
        // The 3rd and the 6th control word; the 10th token, and the 11th.
        (&br"{\rtf1\ansi\fromhtml1 x"[..], RtfKind::FromHtml),
        (br"{\rtf1\ansi\fbidis\ansicpg1252\deff0\fromhtml1 x", RtfKind::FromHtml),
        (br"{\rtf1\a\b\c\d\e\f\g\fromhtml1", RtfKind::FromHtml),
        (br"{\rtf1\a\b\c\d\e\f\g\h\fromhtml1", RtfKind::Native),
        (br"{\rtf1\ansi\ansicpg1252\fromhtml1 \fbidis", RtfKind::FromHtml),
        (b"\0\0{\\rtf1\\ansi\r\n\\ansicpg1252\\fromtext \\deff0", RtfKind::FromText),
        (br"{\rtf1\ansi\fromhtml0 x", RtfKind::Native),
        (br"{\rtf1\ansi Hello \fromhtml1", RtfKind::Native),
        (br"{\rtf1", RtfKind::Native),
        (b"<html>", RtfKind::NoRtf),
        (b"", RtfKind::NoRtf),
    ] {
        assert_eq!(rtf_kind(rtf), kind, "{}", String::from_utf8_lossy(rtf));
    }
}

#[test]
fn html_inside_rtf_names_what_it_names() {
    let rtf = b"{\\*\\htmltag84 <img src=\"cid:image001.png@01\r\nD5\\'40x\\{y\\}\">}";
    assert_eq!(found(&plain(rtf)), ["image001.png@01d5@x{y}"]);
}
