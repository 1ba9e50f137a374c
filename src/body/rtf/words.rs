//! The control words that the reader knows. All others are formatting, or destinations of others.
//!
//! Spec: msg-format 5.2, 5.4.

/// What a control word means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// `\ansi`: the document is in the page of its system, which the word does not name.
    Ansi,
    /// The document's character set by a word: its code page.
    Charset(u32),
    /// `\ansicpg`
    CodePage,
    /// `\deff`
    DefaultFont,
    /// `\f`
    Font,
    /// `\fcharset`
    FontCharset,
    /// `\cpg`
    FontCodePage,
    /// `\u`
    Unicode,
    /// `\uc`
    Fallback,
    /// `\plain`
    Plain,
    /// `\htmlrtf`
    HtmlRtf,
    /// `\htmltag`
    HtmlTag,
    /// `\fonttbl`
    FontTable,
    /// `\pntext`: the bullet or number of a list's row, for readers that know no lists.
    Bullet,
    /// `\v`, `\deleted`: not shown.
    Hidden,
    /// The end of a line, a paragraph, a cell, a row.
    End(End),
    /// Other ends of paragraphs, which encapsulation does not know.
    Break,
    /// How text or a paragraph looks.
    Look(Look),
    /// `\colortbl`
    Colors,
    /// `\fldinst`: what a field does.
    Instruction,
    /// `\fldrslt`: what a field shows.
    FieldResult,
    /// `\footnote`
    Footnote,
    /// A character, and how shared text of HTML writes it.
    Char(char, &'static str),
    /// The same for characters that are nothing inside a tag.
    Mark(char, &'static str),
    /// `\pict`: a picture.
    Picture,
    /// What a picture is, and how large.
    Pict(Pict),
    /// `\objattph`: the place of an attachment.
    Attachment,
    /// A destination whose contents are not shown.
    Skip,
    /// A destination that is only shown where [`Word::Shown`] stands in it.
    Holder,
    /// `\ud`, `\shptxt`
    Shown,
    /// A known destination that needs nothing.
    Known,
    /// Anything else.
    Other,
}

/// What ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Line,
    Paragraph,
    Cell,
    Row,
    /// Of a table in a cell of another.
    NestedCell,
    NestedRow,
}

/// How text or a paragraph looks; for HTML made of RTF only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Bold,
    Italic,
    Underline,
    NoUnderline,
    Strike,
    Sub,
    Super,
    Baseline,
    Size,
    Color,
    Left,
    Center,
    Right,
    Justified,
    /// `\pard`: none of the paragraph's.
    Paragraph,
    InTable,
    /// Of paragraphs: the margins, and how far the first line stands in.
    IndentLeft,
    IndentRight,
    IndentFirst,
    Red,
    Green,
    Blue,
}

/// What is said of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pict {
    /// PNG or JPEG, which the bytes tell too.
    Known,
    /// A bitmap without the header of a file.
    Dib,
    /// Nothing that HTML shows; its name.
    Foreign(&'static str),
    /// `\picwgoal`, `\pichgoal`: in 1/20 points.
    Wide,
    High,
    /// `\picscalex`, `\picscaley`: percent.
    ScaleWide,
    ScaleHigh,
}

/// Looks a name up; letters are case-sensitive.
pub(super) fn find(name: &[u8]) -> Word {
    match name {
        b"ansi" => Word::Ansi,
        b"mac" => Word::Charset(10000),
        b"pc" => Word::Charset(437),
        b"pca" => Word::Charset(850),
        b"ansicpg" => Word::CodePage,
        b"deff" => Word::DefaultFont,
        b"f" => Word::Font,
        b"fcharset" => Word::FontCharset,
        b"cpg" => Word::FontCodePage,
        b"u" => Word::Unicode,
        b"uc" => Word::Fallback,
        b"plain" => Word::Plain,
        b"htmlrtf" => Word::HtmlRtf,
        b"htmltag" => Word::HtmlTag,
        b"fonttbl" => Word::FontTable,
        b"pntext" | b"listtext" => Word::Bullet,
        b"v" | b"deleted" => Word::Hidden,
        b"par" => Word::End(End::Paragraph),
        b"line" => Word::End(End::Line),
        b"sect" | b"page" | b"column" | b"softline" | b"lbr" => Word::Break,
        b"cell" => Word::End(End::Cell),
        b"row" => Word::End(End::Row),
        b"nestcell" => Word::End(End::NestedCell),
        b"nestrow" => Word::End(End::NestedRow),
        b"b" => Word::Look(Look::Bold),
        b"i" => Word::Look(Look::Italic),
        b"ul" | b"uld" | b"uldb" | b"ulw" | b"uldash" => Word::Look(Look::Underline),
        b"ulnone" => Word::Look(Look::NoUnderline),
        b"strike" | b"striked" => Word::Look(Look::Strike),
        b"sub" => Word::Look(Look::Sub),
        b"super" => Word::Look(Look::Super),
        b"nosupersub" => Word::Look(Look::Baseline),
        b"fs" => Word::Look(Look::Size),
        b"cf" => Word::Look(Look::Color),
        b"ql" => Word::Look(Look::Left),
        b"qc" => Word::Look(Look::Center),
        b"qr" => Word::Look(Look::Right),
        b"qj" => Word::Look(Look::Justified),
        b"pard" => Word::Look(Look::Paragraph),
        b"intbl" => Word::Look(Look::InTable),
        b"li" => Word::Look(Look::IndentLeft),
        b"ri" => Word::Look(Look::IndentRight),
        b"fi" => Word::Look(Look::IndentFirst),
        b"red" => Word::Look(Look::Red),
        b"green" => Word::Look(Look::Green),
        b"blue" => Word::Look(Look::Blue),
        b"colortbl" => Word::Colors,
        b"fldinst" => Word::Instruction,
        b"fldrslt" => Word::FieldResult,
        b"footnote" => Word::Footnote,
        b"tab" => Word::Char('\t', "\t"),
        b"lquote" => Word::Char('\u{2018}', "&lsquo;"),
        b"rquote" => Word::Char('\u{2019}', "&rsquo;"),
        b"ldblquote" => Word::Char('\u{201C}', "&ldquo;"),
        b"rdblquote" => Word::Char('\u{201D}', "&rdquo;"),
        b"bullet" => Word::Char('\u{2022}', "&bull;"),
        b"endash" => Word::Char('\u{2013}', "&ndash;"),
        b"emdash" => Word::Char('\u{2014}', "&mdash;"),
        b"enspace" => Word::Mark('\u{2002}', "&ensp;"),
        b"emspace" => Word::Mark('\u{2003}', "&emsp;"),
        b"qmspace" => Word::Mark('\u{2005}', "&#8197;"),
        b"zwnj" => Word::Mark('\u{200C}', "&zwnj;"),
        b"zwj" => Word::Mark('\u{200D}', "&zwj;"),
        b"ltrmark" => Word::Mark('\u{200E}', "&lrm;"),
        b"rtlmark" => Word::Mark('\u{200F}', "&rlm;"),
        b"zwbo" => Word::Mark('\u{200B}', "&#8203;"),
        b"zwnbo" => Word::Mark('\u{2060}', "&#8288;"),
        b"pict" => Word::Picture,
        b"pngblip" | b"jpegblip" => Word::Pict(Pict::Known),
        b"dibitmap" => Word::Pict(Pict::Dib),
        b"wmetafile" => Word::Pict(Pict::Foreign("Windows metafile")),
        b"emfblip" => Word::Pict(Pict::Foreign("enhanced metafile")),
        b"macpict" => Word::Pict(Pict::Foreign("Macintosh picture")),
        b"pmmetafile" => Word::Pict(Pict::Foreign("OS/2 metafile")),
        b"wbitmap" => Word::Pict(Pict::Foreign("bitmap of a device")),
        b"picwgoal" => Word::Pict(Pict::Wide),
        b"pichgoal" => Word::Pict(Pict::High),
        b"picscalex" => Word::Pict(Pict::ScaleWide),
        b"picscaley" => Word::Pict(Pict::ScaleHigh),
        b"objattph" => Word::Attachment,
        b"upr" | b"shpinst" | b"shppict" | b"object" => Word::Holder,
        b"ud" | b"shptxt" => Word::Shown,
        b"nesttableprops" => Word::Known,
        b"stylesheet"
        | b"info"
        | b"listtable"
        | b"listoverridetable"
        | b"generator"
        | b"mhtmltag"
        | b"bkmkstart"
        | b"bkmkend"
        | b"header"
        | b"headerl"
        | b"headerr"
        | b"headerf"
        | b"footer"
        | b"footerl"
        | b"footerr"
        | b"footerf"
        | b"xmlnstbl"
        | b"themedata"
        | b"datastore"
        | b"latentstyles"
        | b"rsidtbl"
        | b"ftnsep"
        | b"ftnsepc"
        | b"ftncn"
        | b"aftnsep"
        | b"aftnsepc"
        | b"aftncn"
        | b"nonshppict"
        | b"shprslt"
        | b"nonesttables"
        | b"filetbl"
        | b"revtbl"
        | b"pnseclvl"
        | b"annotation"
        | b"atnid"
        | b"atnauthor"
        | b"atndate"
        | b"atnref"
        | b"atntime"
        | b"atnicn"
        | b"atnparent"
        | b"xe"
        | b"tc"
        | b"rxe"
        | b"txe"
        | b"comment"
        | b"userprops"
        | b"docvar"
        | b"template"
        | b"background"
        | b"colorschememapping"
        | b"pgptbl"
        | b"wgrffmtfilter" => Word::Skip,
        _ => Word::Other,
    }
}
