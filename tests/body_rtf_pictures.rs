//! Pictures and places of attachments in HTML made of RTF. Spec: msg-format 5.9.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic and say why")]

use openimsg::body::{RtfBody, RtfOptions, rtf_to_html, rtf_to_text};
use openimsg::{Code, Validation};

/// The beginning of every PNG file, and what base64 makes of it (RFC 2083, RFC 4648).
const PNG: &str = "89504e470d0a1a0a";
const PNG_64: &str = "iVBORw0KGgo=";

fn document(text: &str) -> Vec<u8> {
    format!(r"{{\rtf1\ansi {text}}}").into_bytes()
}

fn read(text: &str) -> RtfBody {
    rtf_to_html(&document(text), &RtfOptions::default()).unwrap()
}

/// The body of the HTML, of RTF in which nothing is wrong.
fn body(text: &str) -> String {
    let html = read(text);
    assert_eq!(html.findings, [], "{text}");
    let (_, after) = html.text.split_once("<body>\r\n").unwrap();
    after.strip_suffix("</body>\r\n</html>\r\n").unwrap().to_owned()
}

fn png(more: &str) -> String {
    format!("<p><img src=\"data:image/png;base64,{PNG_64}\" alt=\"\"{more}></p>\r\n")
}

#[test]
fn pictures_in_hexadecimal_and_in_binary() {
    assert_eq!(body(&format!(r"{{\pict\pngblip {PNG}}}")), png(""));
    assert_eq!(body(&format!(r"{{\pict\pngblip {}}}", PNG.to_uppercase())), png(""));
    assert_eq!(body("{\\pict\\pngblip\r\n89 50\r\n4e47\r\n0\r\nd0a1a0a}"), png(""));
    let binary = b"{\\rtf1\\ansi{\\pict\\pngblip\\bin8 \x89PNG\r\n\x1A\n}}";
    let html = rtf_to_html(binary, &RtfOptions::default()).unwrap();
    assert!(html.text.contains(&png("")), "{}", html.text);
    // A JPEG with each count of bytes left over: FF D8 FF, E0, 00.
    for (hex, base64) in [("ffd8ff", "/9j/"), ("ffd8ffe0", "/9j/4A=="), ("ffd8ffe000", "/9j/4AA=")]
    {
        assert_eq!(
            body(&format!(r"a{{\pict\jpegblip {hex}}}b")),
            format!("<p>a<img src=\"data:image/jpeg;base64,{base64}\" alt=\"\">b</p>\r\n")
        );
    }
}

/// 1440 twips are an inch, and 96 pixels of CSS are.
#[test]
fn the_size_is_told_in_pixels() {
    let pict = |words: &str| body(&format!(r"{{\pict{words}\pngblip {PNG}}}"));
    assert_eq!(pict(r"\picwgoal1440\pichgoal720"), png(" width=\"96\" height=\"48\""));
    assert_eq!(
        pict(r"\picscalex50\picscaley200\picwgoal1440\pichgoal720"),
        png(" width=\"48\" height=\"96\"")
    );
    assert_eq!(pict(r"\picwgoal-15\pichgoal0\picw9\pich9"), png(""));
    assert_eq!(pict(r"\picwgoal2147483647\picscalex2147483647"), png(" width=\"16384\""));
}

/// A bitmap of one pixel: as a file it has a header of 14 bytes, with its length and the place of
/// its pixels.
#[test]
fn a_bitmap_in_memory_becomes_one_in_a_file() {
    let header = "28000000 01000000 01000000 0100 1800 00000000 04000000 00000000 00000000 \
                  00000000 00000000";
    let html = body(&format!(r"{{\pict\dibitmap0 {header} 0000ff00}}"));
    let (_, rest) = html.split_once("data:image/bmp;base64,").unwrap();
    let (base64, _) = rest.split_once('"').unwrap();
    // "BM", 58 bytes, 0, pixels at 54, and the header that says 40 bytes.
    assert!(base64.starts_with("Qk06AAAAAAAAADYAAAAoAAAA"), "{base64}");
    assert_eq!(base64.len(), 80);
    assert!(base64.ends_with("AAD/AA=="), "{base64}");
    // One that says more colors than it has bytes is none.
    let bad = header.replacen("00000000 00000000 00000000", "00000000 00000000 ffffffff", 1);
    for bitmap in [bad.as_str(), "28000000", "", "ffffffff 00"] {
        assert!(body(&format!(r"{{\pict\dibitmap0 {bitmap}}}")).contains("<img alt=\"[image]\">"));
    }
}

#[test]
fn what_browsers_do_not_know_is_named() {
    assert_eq!(
        body(r"{\pict\wmetafile8\picwgoal150 010009}"),
        "<p><img alt=\"[image]\" title=\"Windows metafile\" width=\"10\"></p>\r\n"
    );
    assert!(body(r"{\pict\emfblip 01}").contains("title=\"enhanced metafile\""));
    // The bytes tell what it is.
    assert_eq!(body(r"{\pict\pngblip 3c7376673e}"), "<p><img alt=\"[image]\"></p>\r\n");
    assert_eq!(body(&format!(r"{{\pict\jpegblip {PNG}}}")), png(""));
}

#[test]
fn one_picture_of_two_is_shown() {
    let both = format!(
        r"{{\*\shppict{{\pict{{\*\picprop{{\sp{{\sn a}}{{\sv 1}}}}}}\pngblip{{\*\blipuid 00ff}}{PNG}}}}}{{\nonshppict{{\pict\wmetafile8 01}}}}"
    );
    assert_eq!(body(&both), png(""));
    let object = format!(
        r"{{\object\objemb{{\*\objclass X}}{{\*\objdata 0102}}{{\result{{\pict\pngblip {PNG}}}}}}}"
    );
    assert_eq!(body(&object), png(""));
    // Nothing of pictures that are hidden, or in what is not shown.
    for hidden in [r"{\v", r"{\header", r"{\*\unknown"] {
        assert_eq!(body(&format!(r"{hidden}{{\pict\pngblip {PNG}}}}}")), "", "{hidden}");
    }
    let text = rtf_to_text(&document(&format!("a{both}b")), &RtfOptions::default()).unwrap();
    assert_eq!(text.text, "ab");
}

/// Spec: msg-format 9.1
#[test]
fn a_picture_larger_than_the_limit_costs_a_finding() {
    let rtf = document(&format!(r"a{{\pict\pngblip {PNG}}}b"));
    let mut options = RtfOptions::default();
    options.picture_bytes = 8;
    assert_eq!(rtf_to_html(&rtf, &options).unwrap().findings, []);
    options.picture_bytes = 7;
    let html = rtf_to_html(&rtf, &options).unwrap();
    assert_eq!(html.findings.len(), 1);
    assert_eq!(html.findings[0].code(), "rtf-picture");
    assert!(html.text.contains("<p>a<img alt=\"[image]\">b</p>"), "{}", html.text);
    options.validation = Validation::Strict;
    assert_eq!(rtf_to_html(&rtf, &options).unwrap_err().code(), Code::CorruptData);
    // The text of HTML has its limit with pictures in it.
    options = RtfOptions::default();
    options.text_bytes = Some(300);
    let rtf = document(&format!(r"{{\pict\pngblip {PNG}{}}}", "00".repeat(300)));
    assert_eq!(rtf_to_html(&rtf, &options).unwrap_err().code(), Code::TooBig);
}

#[test]
fn a_picture_that_is_cut_off_is_shown_as_far_as_it_goes() {
    let html = rtf_to_html(
        format!(r"{{\rtf1\ansi a{{\pict\pngblip {PNG}").as_bytes(),
        &RtfOptions::default(),
    );
    assert!(html.unwrap().text.contains(PNG_64));
    let html = rtf_to_html(b"{\\rtf1 a{\\pict\\bin99 \x89PNG\r\n\x1A\n", &RtfOptions::default());
    let html = html.unwrap();
    assert!(html.text.contains(PNG_64));
    assert_eq!(html.findings.iter().filter(|finding| finding.code() == "rtf-bin").count(), 1);
}

/// A large picture is the same, in whatever parts it is written: three bytes are four letters.
#[test]
fn a_large_picture_is_whole() {
    let html = body(&format!(r"{{\pict\pngblip {PNG}{}}}", "0d0a1a".repeat(10_000)));
    let (_, rest) = html.split_once("base64,").unwrap();
    let (base64, _) = rest.split_once('"').unwrap();
    assert_eq!(base64.len(), (30_008usize).div_ceil(3) * 4);
    // After nine bytes 0A 1A 0D over and over, and 0A 1A at the end.
    let turns = base64.strip_prefix("iVBORw0KGgoN").unwrap().strip_suffix("Cho=").unwrap();
    assert!(turns.as_bytes().chunks(4).all(|turn| turn == b"ChoN"), "{turns:.40}");
}

#[test]
fn places_of_attachments_are_counted() {
    assert_eq!(
        body(r"a\objattph  b\par{\object\objattph\objemb}{\v\objattph}\objattph"),
        "<p>a<a id=\"attachment-1\"></a> b</p>\r\n<p><a id=\"attachment-2\"></a>\
        <a id=\"attachment-3\"></a></p>\r\n"
    );
    let text = rtf_to_text(&document(r"a\objattph  b"), &RtfOptions::default()).unwrap();
    assert_eq!(text.text, "a b");
}
