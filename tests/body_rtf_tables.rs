//! Tables in HTML made of RTF: cells that are one, and borders. Spec: msg-format 5.9.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic and say why")]

use openimsg::Code;
use openimsg::body::{RtfOptions, html_to_text, rtf_to_html};

/// The rows of a table, without the paragraphs in its cells.
fn rows(rtf: &str) -> String {
    let colors = r"{\colortbl;\red255\green0\blue16;\red0\green128\blue0;}";
    let rtf = format!(r"{{\rtf1\ansi{colors}{rtf}}}");
    let html = rtf_to_html(rtf.as_bytes(), &RtfOptions::default()).unwrap();
    assert_eq!(html.findings, []);
    let (_, table) = html.text.split_once("<table").unwrap();
    let (_, rows) = table.split_once(">\r\n").unwrap();
    let (rows, _) = rows.split_once("</table>").unwrap();
    rows.replace("<p>", "").replace("</p>\r\n", "")
}

/// Cells that are merged as Word writes it: each of them is there, the others empty.
#[test]
fn merged_cells_are_one() {
    let three = r"\cellx1000\cellx2000\cellx3000\pard\intbl a\cell b\cell c\cell\row";
    assert_eq!(
        rows(&format!(
            r"\trowd\clmgf\cellx1000\clmrg\cellx2000\cellx3000\pard\intbl x\cell\cell y\cell\row\trowd{three}"
        )),
        "<tr><td colspan=\"2\">x</td><td>y</td></tr>\r\n<tr><td>a</td><td>b</td><td>c</td></tr>\r\n"
    );
    // Below each other.
    let down = |word: &str, text: &str| {
        format!(r"\trowd\{word}\cellx1000\cellx2000\pard\intbl {text}\row")
    };
    assert_eq!(
        rows(&[down("clvmgf", r"a\cell b\cell"), down("clvmrg", r"\cell c\cell")].concat()),
        "<tr><td rowspan=\"2\">a</td><td>b</td></tr>\r\n<tr><td>c</td></tr>\r\n"
    );
    // Both: two by two.
    let square = |word: &str, text: &str| {
        format!(
            r"\trowd\clmgf\{word}\cellx1000\clmrg\{word}\cellx2000\cellx3000\pard\intbl {text}\row"
        )
    };
    assert_eq!(
        rows(
            &[
                square("clvmgf", r"a\cell\cell b\cell"),
                square("clvmrg", r"\cell\cell c\cell"),
                format!(r"\trowd{three}")
            ]
            .concat()
        ),
        "<tr><td colspan=\"2\" rowspan=\"2\">a</td><td>b</td></tr>\r\n<tr><td>c</td></tr>\r\n\
         <tr><td>a</td><td>b</td><td>c</td></tr>\r\n"
    );
}

/// A cell that is wider than those of other rows needs no word for it.
#[test]
fn a_wide_cell_spans_the_columns_of_the_other_rows() {
    assert_eq!(
        rows(
            &[
                r"\trowd\trleft-108\cellx3000\pard\intbl title\cell\row",
                r"\trowd\trleft-108\cellx998\cellx1500\cellx3005\intbl a\cell b\cell c\cell\row",
                r"\trowd\trleft-105\cellx1002\cellx3000\intbl d\cell e\cell\row",
            ]
            .concat()
        ),
        "<tr><td colspan=\"3\">title</td></tr>\r\n<tr><td>a</td><td>b</td><td>c</td></tr>\r\n\
         <tr><td>d</td><td colspan=\"2\">e</td></tr>\r\n"
    );
    // A table of its own has columns of its own, and a row without a definition that of the last one.
    assert_eq!(
        rows(
            r"\trowd\cellx1000\cellx2000\intbl a\cell b\cell\row\intbl c\cell d\cell\row\pard x\par\trowd\cellx1500\intbl e\cell\row"
        ),
        "<tr><td>a</td><td>b</td></tr>\r\n<tr><td>c</td><td>d</td></tr>\r\n"
    );
}

/// No text is lost because its cell was said to be part of another.
#[test]
fn text_of_cells_that_join_others_stays() {
    assert_eq!(
        rows(r"\trowd\clmgf\cellx1000\clmrg\cellx2000\intbl a\cell b\cell\row"),
        "<tr><td>ab</td></tr>\r\n"
    );
    assert_eq!(
        rows(r"\trowd\clmgf\cellx1000\clmrg\cellx2000\intbl\cell b\cell\row"),
        "<tr><td>b</td></tr>\r\n"
    );
    let down = |text: &str| format!(r"\trowd\clvmrg\cellx1000\intbl {text}\cell\row");
    // Nothing is above; then text; then a cell that joins the one with it.
    assert_eq!(
        rows(
            &[down(""), down("x"), down(""), r"\trowd\cellx1000\intbl\cell\row".into(), down("")]
                .concat()
        ),
        "<tr><td></td></tr>\r\n<tr><td rowspan=\"2\">x</td></tr>\r\n<tr></tr>\r\n\
         <tr><td></td></tr>\r\n<tr><td></td></tr>\r\n"
    );
}

#[test]
fn borders_and_colors_of_cells() {
    let cell = |words: &str| {
        let rows = rows(&format!(r"\trowd{words}\cellx1000\intbl x\cell\row"));
        let (_, style) =
            rows.strip_prefix("<tr><td").unwrap().split_once("style=\"").unwrap_or_default();
        style.split('"').next().unwrap().to_owned()
    };
    let all =
        |line: &str| ["t", "l", "b", "r"].map(|side| format!(r"\clbrdr{side}{line}")).concat();
    assert_eq!(cell(""), "");
    assert_eq!(cell(&all(r"\brdrs\brdrw10\brdrcf1")), "border:0.5pt solid #ff0010;");
    assert_eq!(cell(&all(r"\brdrdb")), "border:0.5pt double black;");
    assert_eq!(cell(&all(r"\brdrnone")), "");
    assert_eq!(
        cell(r"\clbrdrl\brdrdash\brdrw30\clbrdrt\brdrdot\brdrw20\brdrcf9\clbrdrb\brdrnil"),
        "border-top:1pt dotted black;border-left:1.5pt dashed black;"
    );
    assert_eq!(cell(r"\clcbpat2"), "background:#008000;");
    assert_eq!(cell(r"\clbrdrt\brdrs\brdrw65535"), "border-top:12pt solid black;");
    // The border of the row is for cells without one; that of a paragraph is not for them.
    assert_eq!(
        cell(r"\trbrdrt\brdrs\brdrw20\trbrdrl\brdrdb\clbrdrt\brdrnone"),
        "border-right:1pt solid black;border-bottom:1pt solid black;border-left:1pt solid black;"
    );
    assert_eq!(cell(r"\brdrt\brdrs\brdrw20"), "");
    // A table inside a cell is lines of it, and its definition is not that of the row.
    assert_eq!(
        rows(
            r"\trowd\clcbpat2\cellx1000\intbl a\nestcell{\*\nesttableprops\trowd\clcbpat1\cellx5\nestrow}b\cell\row"
        ),
        "<tr><td style=\"background:#008000;\">a\t<br>\r\nb</td></tr>\r\n"
    );
}

/// What comes into the text later counts for its limit.
#[test]
fn the_limit_holds_with_all_attributes() {
    let rtf = br"{\rtf1\trowd\clvmgf\cellx9\intbl a\cell\row\trowd\clvmrg\cellx9\intbl\cell\row}";
    let mut options = RtfOptions::default();
    let len = rtf_to_html(rtf, &options).unwrap().text.len();
    assert!(rtf_to_html(rtf, &options).unwrap().text.contains("<td rowspan=\"2\">"));
    options.text_bytes = Some(len as u64);
    assert_eq!(rtf_to_html(rtf, &options).unwrap().text.len(), len);
    options.text_bytes = Some(len as u64 - 1);
    assert_eq!(rtf_to_html(rtf, &options).unwrap_err().code(), Code::TooBig);
}

/// A row may have very many cells, and a table very many rows: each is looked at once.
#[test]
fn large_tables_are_read_in_time() {
    let cells = 3000;
    let define: String = (1..=cells).map(|at| format!(r"\clmrg\clvmrg\cellx{}", at * 50)).collect();
    let rtf = format!(r"{{\rtf1\trowd{define}{}}}", r"\intbl\cell\row".repeat(cells));
    let html = rtf_to_html(rtf.as_bytes(), &RtfOptions::default()).unwrap().text;
    assert_eq!(html.matches("<tr>").count(), cells);
    assert_eq!(html_to_text(&html).trim(), "");
}
