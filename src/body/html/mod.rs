//! HTML bodies: their pieces, the text they show, Markdown of them, the charset they declare.
//!
//! ```text
//!  HTML -> markup.rs -> layout.rs -> plain.rs -> text
//!                    |            '- crate::body::rtf (wrap.rs) -> RTF
//!                    |- markdown/ -> Markdown
//!                    '- charset.rs
//! ```
//! Just enough of HTML for that, in linear time, whatever the bytes are. Not here: what makes HTML
//! safe to show, HTML out of RTF.
//!
//! Spec: msg-format 5.8, 6.5.

mod charset;
pub(in crate::body) mod layout;
mod markdown;
pub(in crate::body) mod markup;
pub(in crate::body) mod plain;

pub use self::charset::html_as_utf_8;
pub use self::markdown::html_to_markdown;
pub use self::plain::html_to_text;
