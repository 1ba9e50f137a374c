//! Finding the parts of a mail: one pass over its lines. Spec: msg-format 6.8.
//!
//! ```text
//!   a line that is a boundary of an open level?   the inner levels end, a part begins or the level ends
//!   else: in a header, field or continuation      belongs to it
//!                      empty                      the content begins
//!                      anything else              the content begins here
//! ```
//! What a mail nests is a list of open levels, never a call within a call.

use super::super::decode::Encoding;
use super::super::head::Head;
use super::tree::{Kind, Multi, Part, PartId, Tree};
use super::{Lines, Source};
use crate::error::{Code, Error, Place, Result};
use crate::finding::{Finding, Severity};
use crate::limits::Limits;

/// The most bytes of one header that count. What is longer is read and passed over.
pub(in super::super) const HEADER_BYTES: usize = 1 << 20;
/// The longest line that can be a boundary.
const BOUNDARY_LINE: usize = 512;
/// The most levels of parts in parts.
const LEVELS: usize = 100;
/// The most findings of one scan.
const FINDINGS: usize = 1000;

/// A level of parts that is open.
struct Level {
    part: PartId,
    boundary: Vec<u8>,
    closed: bool,
}

/// Where the scan is.
enum At {
    /// In the header of a part; its bytes so far.
    Header { part: PartId, block: Vec<u8>, over: bool },
    /// In a content, before the first boundary or after the last one.
    Content,
}

struct Scan<'l> {
    tree: Tree,
    levels: Vec<Level>,
    /// The part that the scan is in; it and those above it end with the next boundary.
    current: PartId,
    at: At,
    findings: Vec<Finding>,
    limits: &'l Limits,
}

/// Finds the parts of a mail. `depth`: how many mails this one is in already.
pub(in super::super) fn scan(
    source: &Source<'_>,
    limits: &Limits,
    depth: usize,
) -> Result<(Tree, Vec<Finding>)> {
    let mut scan = Scan {
        tree: Tree::default(),
        levels: Vec::new(),
        current: 0,
        at: At::Content,
        findings: Vec::new(),
        limits,
    };
    let mut lines = Lines::new(source, 0..source.len());
    let mut text = Vec::new();
    let mark = source.head(0..3, 3)? == [0xEF, 0xBB, 0xBF];
    scan.begin(None, 0, if mark { 3 } else { 0 }, depth)?;
    // Where the text of the line before ended.
    let mut before = 0;
    loop {
        let keep = match &scan.at {
            At::Header { block, .. } => (HEADER_BYTES + 1).saturating_sub(block.len()),
            At::Content => BOUNDARY_LINE,
        };
        let Some(line) = lines.next(&mut text, keep.max(BOUNDARY_LINE))? else { break };
        if mark && line.start == 0 {
            text.drain(..text.len().min(3));
        }
        match scan.boundary(&text) {
            Some((level, ends)) => scan.split(level, ends, line.start, before, line.next)?,
            None => scan.line(&text, line.start, line.next)?,
        }
        before = line.end;
    }
    scan.finish(source.len())?;
    Ok((scan.tree, scan.findings))
}

impl Scan<'_> {
    fn find(&mut self, code: &'static str, part: PartId, text: &str) {
        if self.findings.len() < FINDINGS {
            let place = Place::new(self.tree.place(part));
            self.findings.push(Finding::new(Severity::Warning, code, place, text));
        }
    }

    /// Begins a part, with its header.
    fn begin(&mut self, parent: Option<PartId>, number: u32, at: u64, depth: usize) -> Result<()> {
        let id = self.tree.parts.len();
        if id >= self.limits.rows {
            let note = format!("more than {} parts", self.limits.rows);
            return Err(Error::new(Code::TooBig, "read mail").note(note));
        }
        self.tree.parts.push(Part {
            parent,
            number,
            header: at..at,
            body: at..at,
            kind: Kind::Plain,
            encoding: Encoding::Plain,
            attached: false,
            children: Vec::new(),
            depth,
        });
        if let Some(parent) = parent.and_then(|parent| self.tree.parts.get_mut(parent)) {
            parent.children.push(id);
        }
        self.current = id;
        self.at = At::Header { part: id, block: Vec::new(), over: false };
        Ok(())
    }

    /// The open level that this line is a boundary of, and whether it is the last one.
    fn boundary(&self, text: &[u8]) -> Option<(usize, bool)> {
        let rest = text.strip_prefix(b"--").filter(|_| !self.levels.is_empty())?;
        let rest = rest.trim_ascii_end();
        let open = self.levels.iter().enumerate().rev().filter(|(_, level)| !level.closed);
        for (index, level) in open {
            match rest.strip_prefix(level.boundary.as_slice()) {
                Some(b"") => return Some((index, false)),
                Some(b"--") => return Some((index, true)),
                _ => {}
            }
        }
        None
    }

    /// A boundary: what is in the level ends before it.
    fn split(
        &mut self,
        level: usize,
        last: bool,
        start: u64,
        before: u64,
        next: u64,
    ) -> Result<()> {
        if matches!(self.at, At::Header { .. }) {
            self.header_ends(start, start, false)?;
            // The header of a mail inside may begin where the boundary stands.
            if matches!(self.at, At::Header { .. }) {
                self.header_ends(start, start, false)?;
            }
        }
        let Some(part) = self.levels.get(level).map(|level| level.part) else { return Ok(()) };
        for inner in self.levels.drain(level + 1..).collect::<Vec<_>>() {
            if !inner.closed {
                self.find("mail-boundary", inner.part, "the last boundary is missing");
            }
        }
        self.close(Some(part), before, start);
        if last {
            if let Some(level) = self.levels.get_mut(level) {
                level.closed = true;
            }
            self.current = part;
            self.at = At::Content;
            return Ok(());
        }
        let (number, depth) = match self.tree.parts.get(part) {
            Some(part) => (part.children.len() + 1, part.depth),
            None => (1, 0),
        };
        self.begin(Some(part), u32::try_from(number).unwrap_or(u32::MAX), next, depth)
    }

    /// Ends the content of the current part and of those above it, up to one that stays open.
    fn close(&mut self, stays: Option<PartId>, before: u64, start: u64) {
        let mut at = Some(self.current);
        while let Some(id) = at.filter(|id| Some(*id) != stays) {
            let Some(part) = self.tree.parts.get_mut(id) else { return };
            // The line end before a boundary belongs to the boundary.
            part.body.end = before.max(part.body.start).min(start.max(part.body.start));
            at = part.parent;
        }
    }

    /// Any other line.
    fn line(&mut self, text: &[u8], start: u64, next: u64) -> Result<()> {
        let At::Header { part, block, over } = &mut self.at else { return Ok(()) };
        let id = *part;
        let first = block.is_empty();
        let of_mail = match self.tree.parts.get(id) {
            Some(Part { number: 0, .. }) => true,
            Some(_) => false,
            None => return Ok(()),
        };
        if text.is_empty() {
            // Before the fields of a mail empty lines count for nothing.
            if first && of_mail {
                return Ok(());
            }
            return self.header_ends(start, next, false);
        }
        let continues = text.starts_with(b" ") || text.starts_with(b"\t");
        if (continues && !first) || is_field(text) {
            if first && let Some(part) = self.tree.parts.get_mut(id) {
                part.header.start = start.max(part.header.start);
            }
            if block.len() + text.len() + 1 > HEADER_BYTES {
                *over = true;
            }
            let room = HEADER_BYTES.saturating_sub(block.len() + 1).min(text.len());
            block.extend_from_slice(text.get(..room).unwrap_or_default());
            block.push(b'\n');
            return Ok(());
        }
        // What mail programs put before a mail.
        if first && of_mail && is_preface(text) {
            return Ok(());
        }
        if !first {
            self.find("mail-header", id, "a header ends without an empty line");
        }
        let begins = match first {
            // Nothing but a content.
            true => self.tree.parts.get(id).map_or(start, |part| part.header.start),
            false => start,
        };
        self.header_ends(begins, begins, true)
    }

    /// The header of the current part ends at `end`, its content begins at `begins`.
    fn header_ends(&mut self, end: u64, begins: u64, missing_line: bool) -> Result<()> {
        let at = std::mem::replace(&mut self.at, At::Content);
        let At::Header { part: id, block, over } = at else { return Ok(()) };
        if over {
            self.find("mail-header-size", id, "the rest of a header beyond 1 MiB is passed over");
        }
        let head = Head::parse(&block, None);
        let digest = self.tree.parts.get(id).and_then(|part| part.parent);
        let digest = digest.and_then(|parent| self.tree.parts.get(parent));
        let digest = digest.is_some_and(|part| part.kind == Kind::Multi(Multi::Digest));
        let content = head.content_type();
        let kind = kind_of(content.as_ref().map(|content| content.value.as_str()), digest);
        let boundary = content.as_ref().and_then(|content| content.get("boundary"));
        let boundary = boundary.map(|text| text.trim_end().as_bytes().to_vec());
        let encoding = Encoding::of(head.first("content-transfer-encoding"));
        let attached =
            head.disposition().is_some_and(|disposition| disposition.value == "attachment");
        let Some(part) = self.tree.parts.get_mut(id) else { return Ok(()) };
        part.header.end = end.max(part.header.start);
        if block.is_empty() {
            part.header = begins..begins;
        }
        part.body = begins..begins;
        (part.kind, part.encoding, part.attached) = (kind, encoding, attached);
        let depth = part.depth;
        match (kind, boundary) {
            (Kind::Multi(_), Some(boundary)) if !boundary.is_empty() => {
                if self.levels.len() < LEVELS && boundary.len() < BOUNDARY_LINE - 4 {
                    self.levels.push(Level { part: id, boundary, closed: false });
                } else {
                    self.find("mail-depth", id, "parts nested so deeply stay together");
                }
            }
            // What is in it is a mail of its own, up to the depth that is allowed.
            (Kind::Mail, _)
                if encoding == Encoding::Plain
                    && depth < self.limits.embedded_depth
                    && !missing_line =>
            {
                self.begin(Some(id), 0, begins, depth + 1)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The end of the source.
    fn finish(&mut self, len: u64) -> Result<()> {
        // The header of a mail may end with the source, and that of a mail inside with it.
        for _ in 0..2 {
            if matches!(self.at, At::Header { .. }) {
                self.header_ends(len, len, false)?;
            }
        }
        for level in std::mem::take(&mut self.levels) {
            if !level.closed {
                self.find("mail-boundary", level.part, "the last boundary is missing");
            }
        }
        self.close(None, len, len);
        Ok(())
    }
}

/// What a part is by its type.
fn kind_of(media: Option<&str>, in_digest: bool) -> Kind {
    let Some(media) = media else {
        return if in_digest { Kind::Mail } else { Kind::Plain };
    };
    match media {
        "text/plain" | "text" | "" => Kind::Plain,
        "text/html" => Kind::Html,
        "text/calendar" => Kind::Calendar,
        "message/rfc822" | "message/global" => Kind::Mail,
        "multipart/alternative" => Kind::Multi(Multi::Alternative),
        "multipart/related" => Kind::Multi(Multi::Related),
        "multipart/signed" => Kind::Multi(Multi::Signed),
        "multipart/report" => Kind::Multi(Multi::Report),
        "multipart/digest" => Kind::Multi(Multi::Digest),
        media if media.starts_with("multipart/") => Kind::Multi(Multi::Mixed),
        _ => Kind::Other,
    }
}

/// Whether a line begins a field: a name of printable characters and a colon.
pub(in super::super) fn is_field(text: &[u8]) -> bool {
    let Some(colon) = text.iter().position(|byte| *byte == b':') else { return false };
    let name = text.get(..colon).unwrap_or_default().trim_ascii_end();
    !name.is_empty() && name.iter().all(|byte| (33..=126).contains(byte))
}

/// What stands before the fields in files of some programs.
fn is_preface(text: &[u8]) -> bool {
    text.starts_with(b"From ")
        || text.starts_with(b">From ")
        || text.starts_with(b"Microsoft Mail Internet Headers")
}
