//! HTML bodies as Markdown. Expectations come from CommonMark and from GitHub's tables and strikes.
#![allow(clippy::unwrap_used, reason = "a test may panic and say why")]

use openimsg::body::html_to_markdown;

/// Each HTML with the Markdown that shows the same.
fn check(cases: &[(&str, &str)]) {
    for (html, markdown) in cases {
        assert_eq!(html_to_markdown(html), *markdown, "{html}");
    }
}

#[test]
fn blocks_are_parted_by_blank_lines() {
    check(&[
        ("", ""),
        ("  \r\n ", ""),
        ("<html><head><title>no</title><style>p {}</style></head><body>yes</body></html>", "yes\n"),
        ("<p>one<p>two\r\n lines</p><div>three</div>four", "one\n\ntwo lines\n\nthree\n\nfour\n"),
        ("<p>&nbsp;</p><p>one</p><p>&nbsp;</p>", "one\n"),
        ("<h1>A</h1><h6>B <b>C</b></h6>text", "# A\n\n###### B C\n\ntext\n"),
        ("one<hr>two", "one\n\n---\n\ntwo\n"),
        ("one<br>two<br><br>three<br>", "one  \ntwo\n\nthree\n"),
        ("<pre>\r\n a  b\r\n  c &lt; *d*\r\n</pre>x", "```\n a  b\n  c < *d*\n```\n\nx\n"),
        ("<pre>```</pre>", "````\n```\n````\n"),
        ("<blockquote><p>a<p>b<br>c</blockquote>d", "> a\n>\n> b  \n> c\n\nd\n"),
        ("<!-- no --><script>no()</script>yes<![if x]>!<![endif]>", "yes!\n"),
    ]);
}

#[test]
fn marks_begin_and_end_at_words() {
    check(&[
        ("a <b> bold </b> b", "a **bold** b\n"),
        ("a<b>b</b><b>c</b> <i>d</i>", "a**bc** *d*\n"),
        ("<b>a <i>b</b> c</i>", "**a *b*** *c*\n"),
        ("<p><b>a<p>b</b>", "**a**\n\n**b**\n"),
        ("<s>old</s> new", "~~old~~ new\n"),
        ("<b></b>a<i> </i>b", "a b\n"),
        ("<code>a*b</code> <tt>`</tt>", "`a*b` `` ` ``\n"),
        ("run <code> x </code>now", "run `x` now\n"),
    ]);
}

#[test]
fn links_go_to_the_web_or_to_a_mailbox_and_nowhere_else() {
    check(&[
        (
            "<a href='https://e.org/?a=1&amp;b=(2)'>x <b>y</b></a>",
            "[x **y**](https://e.org/?a=1&b=%282%29)\n",
        ),
        (
            "<a href=mailto:a@e.org>a</a>!<a href=\"http://e.org\">b</a>",
            "[a](mailto:a@e.org)\\![b](http://e.org)\n",
        ),
        ("<a href='javascript:x()'>a</a> <a href='java&#10;script:x()'>b</a>", "a b\n"),
        ("<a href='file://host/x'>a</a> <a href='\\\\host\\x'>b</a> <a name=x>c</a>", "a b c\n"),
        ("<a href='http://e.org'></a>x", "x\n"),
        ("<a href='http://e.org'><p>a<p>b</a>", "[a](http://e.org)\n\nb\n"),
        ("<img src='http://e.org/x.png' alt='the *harbour*'><img src=y>", "the \\*harbour\\*\n"),
    ]);
}

#[test]
fn text_never_becomes_a_mark() {
    check(&[
        ("2 * 3 _x_ a_b [c] &lt;p&gt; \\ ` ~", "2 \\* 3 \\_x\\_ a_b \\[c\\] \\<p> \\\\ \\` \\~\n"),
        (
            "<p># a<p>- b<p>1. c<p>&gt; d<p>+ e<p>---<p>===<p>| f",
            "\\# a\n\n\\- b\n\n1\\. c\n\n\\> d\n\n\\+ e\n\n\\---\n\n\\===\n\n\\| f\n",
        ),
        ("#1 -2 1.5 +3 a - b", "#1 -2 1.5 +3 a - b\n"),
        ("a<br>- b", "a  \n\\- b\n"),
        ("<h2>C#</h2>", "## C\\#\n"),
        ("R&amp;D &amp;lt; &amp; &alpha; &#0;x", "R&D \\&lt; & &alpha; x\n"),
        ("a\0b\u{7}", "ab\n"),
    ]);
}

#[test]
fn lists_have_bullets_numbers_and_lists_inside() {
    check(&[
        ("a<ul><li>b</li><li>c<ul><li>d</ul></li></ul>e", "a\n\n- b\n- c\n  - d\n\ne\n"),
        ("<ol start=9><li>a<li>b<p>c</ol>", "9. a\n10. b\n\n    c\n"),
        ("<li>a<li>b", "- a\n- b\n"),
        ("<blockquote><ul><li>a<li>b</ul></blockquote>", "> - a\n> - b\n"),
        (
            "<p class=MsoListParagraph><![if !supportLists]><span>\u{B7}<span>&nbsp; </span></span>\
             <![endif]>a</p><p><![if !supportLists]>2.&nbsp;<![endif]>b</p><p>c</p>",
            "- a\n2. b\n\nc\n",
        ),
    ]);
}

#[test]
fn tables_have_pipes_unless_they_are_for_layout() {
    check(&[
        (
            "<table><caption>T</caption><tr><th>a<th>b|c</tr><tr><td>1<td><p>x<p>y</td></tr></table>z",
            "T\n\n| a | b\\|c |\n| --- | --- |\n| 1 | x<br>y |\n\nz\n",
        ),
        ("<table><tr><td>a<tr><td>b<td>c", "| a |  |\n| --- | --- |\n| b | c |\n"),
        ("<table><tr><td><p>a<p>b<td>c</table>", "a  \nb\n\nc\n"),
        (
            "<table><tr><td>a<table><tr><td>b<td>c<tr><td>d<td>e</table>f</table>g",
            "a\n\n| b | c |\n| --- | --- |\n| d | e |\n\nf\n\ng\n",
        ),
        ("<table><tr><td></td><td>a</td></tr><tr><td></td><td>b</td></tr></table>", "a\n\nb\n"),
    ]);
}

/// Nests and repeats what costs most; the result stays in proportion.
#[test]
fn html_that_nests_without_end_stays_small() {
    const COUNT: usize = 20_000;
    let long = format!("<a href='http://e.org/{}'>", "x".repeat(COUNT));
    for (open, each) in [
        ("", "<blockquote>a"),
        ("", "<ul><li>a"),
        ("", "<ol><li><p>a"),
        ("", "<table><tr><td>a"),
        ("", "<b><i><s>a<p>"),
        ("", "<pre>a"),
        ("", "<code>`a"),
        ("", "&amp;a;"),
        ("", "<a href='http://e.org'>a"),
        (long.as_str(), "<p>a"),
        ("<table>", "<tr><td>a<td>"),
    ] {
        let html = format!("{open}{}", each.repeat(COUNT));
        let markdown = html_to_markdown(&html);
        assert!(markdown.matches('a').count() >= COUNT, "{open}{each}");
        // Every line stands in at most 32 quotes or lists, and is written with a blank line.
        assert!(markdown.len() < html.len().max(COUNT) * 40, "{each}: {}", markdown.len());
    }
}
