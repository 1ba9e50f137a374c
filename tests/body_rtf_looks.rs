//! Fonts, indents, lists and nested tables in HTML made of RTF. Spec: msg-format 5.9.
#![allow(clippy::unwrap_used, reason = "a test may panic and say why")]

use openimsg::body::{RtfOptions, rtf_to_html, rtf_to_text};

fn html(text: &str) -> String {
    let rtf = format!(r"{{\rtf1\ansi\ansicpg1252{text}}}");
    let html = rtf_to_html(rtf.as_bytes(), &RtfOptions::default()).unwrap();
    assert_eq!(html.findings, [], "{text}");
    html.text
}

/// The body of the HTML.
fn body(text: &str) -> String {
    let html = html(text);
    let (_, after) = html.split_once("<body>\r\n").unwrap();
    after.strip_suffix("</body>\r\n</html>\r\n").unwrap().to_owned()
}

fn font(name: &str, text: &str) -> String {
    format!("<p><span style=\"font-family:'{name}';\">{text}</span></p>\r\n")
}

#[test]
fn fonts_have_their_names() {
    let table = r"{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fmodern\fcharset0 {\*\panose 00}Courier New{\*\falt Else};}{\f2\fcharset2 Symbol;}}";
    let with = |text: &str| body(&format!("{table}{text}"));
    assert_eq!(with(r"\f1 x"), font("Courier New", "x"));
    assert_eq!(with(r"\f0 x"), font("Arial", "x"));
    assert_eq!(
        with(r"{\f1 a}b\f1 c\plain d"),
        "<p><span style=\"font-family:'Courier New';\">a</span>\
        b<span style=\"font-family:'Courier New';\">c</span>d</p>\r\n"
    );
    // A font of symbols, and one that the table does not have.
    assert_eq!(with(r"\f2 x\f9 y"), "<p>xy</p>\r\n");
    // The table without groups.
    assert_eq!(body(r"{\fonttbl\f0\fnil Arial;\f1\fnil Tahoma;}\f1 x"), font("Tahoma", "x"));
}

#[test]
fn the_usual_font_is_told_once() {
    let html = html(r"\deff3{\fonttbl{\f3 Calibri;}{\f4 Arial;}}\f3 a\par\f4 b\par\plain c");
    assert!(html.contains(" body { font-family: 'Calibri' }</style>"), "{html}");
    let (_, body) = html.split_once("<body>").unwrap();
    assert!(body.contains("<p>a</p>") && body.contains("<p>c</p>"), "{body}");
    assert!(body.contains(&font("Arial", "b")), "{body}");
}

/// The name of a font is written by whoever wrote the message, and goes into a style sheet.
#[test]
fn a_font_cannot_bring_markup_or_style() {
    let name =
        |name: &str| html(&format!(r"\deff0{{\fonttbl{{\f0 {name};}}{{\f1 {name};}}}}\f1 x"));
    let bad = name("a'\"</style><script>\\}*:url(x)&\\{");
    assert!(bad.contains("body { font-family: 'astylescripturlx' }</style>"), "{bad}");
    assert!(bad.contains("<span style=\"font-family:'astylescripturlx';\">x</span>"), "{bad}");
    // Nothing is left of it, or it is in another page, or it is long.
    assert!(name("<>").contains("<body>\r\n<p>x</p>"));
    let rtf = r"{\fonttbl{\f1\fcharset204 \'c0\'f0;}}\f1 x";
    assert_eq!(body(rtf), font("\u{410}\u{440}", "x"));
    assert!(name(&"y".repeat(5000)).contains(&format!("'{}'", "y".repeat(64))));
}

/// 20 twips are a point.
#[test]
fn paragraphs_are_indented() {
    assert_eq!(
        body(r"\pard\li720\fi-357\ri20\qj a\par b\par\pard c\li0\fi0"),
        "<p style=\"text-align:justify;margin-left:36pt;margin-right:1pt;text-indent:-17.85pt;\">a</p>\r\n\
        <p style=\"text-align:justify;margin-left:36pt;margin-right:1pt;text-indent:-17.85pt;\">b</p>\r\n\
        <p>c</p>\r\n"
    );
    assert!(body(r"\li2147483647 a").contains("margin-left:1584pt;"));
    assert!(body(r"\fi-2147483648 a").contains("text-indent:-1584pt;"));
}

#[test]
fn bullets_and_numbers_are_text() {
    let list = r"{\pntext\bullet\tab}{\*\pn\pnlvlblt{\pntxtb\'b7}}one\par{\listtext 2.\tab}two\par";
    assert_eq!(body(list), "<p>&bull;\tone</p>\r\n<p>2.\ttwo</p>\r\n");
}

#[test]
fn a_table_in_a_cell_is_lines_of_it() {
    let table = r"\trowd\pard\intbl\itap2 1\nestcell 2\nestcell{\*\nesttableprops\trowd\nestrow}{\nonesttables\par}\pard\intbl out\cell\row\pard end";
    assert_eq!(
        body(table),
        "<table border=\"1\" cellspacing=\"0\">\r\n<tr><td><p>1\t2\t<br>\r\nout</p>\r\n</td></tr>\r\n\
        </table>\r\n<p>end</p>\r\n"
    );
    let rtf = format!(r"{{\rtf1\ansi {table}}}");
    let text = rtf_to_text(rtf.as_bytes(), &RtfOptions::default()).unwrap().text;
    assert_eq!(text, "1\t2\r\nout\r\nend");
}
