//! The forms that a message body is stored in: pure bytes in, pure bytes out.
//!
//! This layer knows of no message, property or storage; it uses only the wire types, errors and
//! findings. Reading and writing a message never converts a body: these functions run when a
//! caller, or an explicit view above, asks for them.
//!
//! | Functions | Form |
//! |---|---|
//! | [`rtf_decompress`], [`rtf_compress`], [`rtf_store`], [`RtfDecompressor`], [`RtfCompressor`] | compressed RTF, the value of `PR_RTF_COMPRESSED`, at once and piece by piece |
//! | [`rtf_kind`], [`rtf_to_html`], [`rtf_to_text`], [`text_to_rtf`], [`html_to_rtf`], [`html_to_text`], [`html_as_utf_8`] | what the RTF says: HTML and plain text inside it, RTF of its own |
//! | [`html_to_markdown`] | HTML for people who read without a browser |

mod lzfu;
mod rtf;

pub use lzfu::{Rtf, RtfCompressor, RtfDecompressor, rtf_compress, rtf_decompress, rtf_store};
pub use rtf::{
    RtfBody, RtfKind, RtfOptions, html_as_utf_8, html_to_markdown, html_to_rtf, html_to_text,
    rtf_kind, rtf_to_html, rtf_to_text, text_to_rtf,
};
