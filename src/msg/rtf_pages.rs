//! Which code page the bytes of RTF are in that names none: `{\rtf1\ansi ..` without `\ansicpg`.
//!
//! ```text
//!  insisted on                          that one
//!  else, each if all bytes fit it:      1. the page of PR_INTERNET_CPID, if its characters take
//!                                          two bytes and the texts are in 1252
//!                                       2. the page of the message's texts
//!                                       3. 1252, where texts are tried one by one
//!  none fits:                           the page of the message's texts, with U+FFFD
//! ```
//! Spec: msg-format 5.6, 2.4.1.

use super::body::Body;
use super::handle::ObjectId;
use crate::body::{RtfBody, RtfOptions, rtf_to_html, rtf_to_text};
use crate::error::Result;
use crate::prop::PropId;
use crate::wire::CodePage;

/// What is found where characters of RTF were replaced.
pub(super) const LOST: [&str; 2] = ["rtf-characters", "rtf-surrogate"];

/// The pages that the RTF of a message may be in if it does not say.
#[derive(Debug, Clone)]
pub(super) struct RtfPages {
    /// Tried first, in this order.
    others: Vec<CodePage>,
    /// The page of the message's texts.
    own: CodePage,
    /// Tried last.
    last: Option<CodePage>,
}

impl Body {
    /// The pages for the RTF of this message.
    pub(super) fn rtf_pages(&mut self, id: ObjectId) -> Result<RtfPages> {
        let page = self.page(id)?;
        let own = page.read_page();
        let settled = self.options.code_page.is_some();
        let internet = match own == CodePage::WINDOWS_1252 || own.is_seven_bit() {
            true if !settled => self.long(id, PropId::new(0x3FDE)).ok().flatten(),
            _ => None,
        };
        Ok(RtfPages {
            others: internet.and_then(double_byte).into_iter().collect(),
            own,
            last: (page.is_tried() && !settled).then_some(CodePage::WINDOWS_1252),
        })
    }
}

impl RtfPages {
    /// The HTML of RTF, as [`rtf_to_html`] gives it.
    pub(super) fn html(&self, rtf: &[u8]) -> Result<RtfBody> {
        self.read(rtf, rtf_to_html)
    }

    /// The text of RTF, as [`rtf_to_text`] gives it.
    pub(super) fn text(&self, rtf: &[u8]) -> Result<RtfBody> {
        self.read(rtf, rtf_to_text)
    }

    fn read(&self, rtf: &[u8], read: fn(&[u8], &RtfOptions) -> Result<RtfBody>) -> Result<RtfBody> {
        let in_page = |page: CodePage| {
            read(rtf, &RtfOptions { code_page: Some(page), ..RtfOptions::default() })
        };
        let fits = |found: &RtfBody| !found.findings.iter().any(|one| LOST.contains(&one.code()));
        for page in &self.others {
            let found = in_page(*page)?;
            if fits(&found) {
                return Ok(found);
            }
        }
        let found = in_page(self.own)?;
        if let Some(page) = self.last.filter(|_| !fits(&found)) {
            let other = in_page(page)?;
            if fits(&other) {
                return Ok(other);
            }
        }
        Ok(found)
    }
}

/// The page with characters of two bytes that a stored Internet page is, or is the mail form of.
fn double_byte(internet: i32) -> Option<CodePage> {
    CodePage::new(match internet {
        932 | 50220..=50222 | 51932 => 932,
        936 | 51936 | 52936 => 936,
        949 | 50225 | 51949 => 949,
        950 | 54936 => u32::try_from(internet).ok()?,
        _ => return None,
    })
}
