//! A part of a mail, before it is written.

use crate::mime::fields::{field, params};
use crate::msg::{Attachment, Message, PropStream};
use std::fs::File;

/// A part: its own fields, without those that its content implies, and the content.
pub(crate) struct Part<'s> {
    /// Whole lines: Content-Disposition, Content-ID and the like.
    pub(crate) fields: String,
    pub(crate) content: Content<'s>,
}

/// What a part holds; it implies Content-Type and Content-Transfer-Encoding.
pub(crate) enum Content<'s> {
    /// Text in UTF-8; lines end as they like.
    Text {
        /// `plain`, `html`, ..
        subtype: &'static str,
        /// Parameters beside charset.
        params: Vec<(&'static str, String)>,
        text: String,
    },
    /// Bytes, sent in base64.
    Data {
        /// Tokens of Content-Type.
        media: Vec<String>,
        data: Data<'s>,
    },
    /// Fields of a report: ASCII lines.
    Fields { media: &'static str, text: String },
    /// Parts in a multipart.
    Parts { subtype: &'static str, params: Vec<(&'static str, String)>, parts: Vec<Part<'s>> },
    /// A message, opened when its turn comes.
    Message {
        attachment: Box<Attachment<'s>>,
        /// The way to it from the top.
        place: String,
        /// Whether something in it has bytes above 127.
        eight_bit: bool,
    },
    /// An entity that is written as it is, with fields of its own before its first empty line.
    Raw {
        /// Its Content-* fields, lines with CR LF.
        head: String,
        /// At the first byte after them.
        rest: PropStream<'s>,
    },
}

/// Bytes of a part.
pub(crate) enum Data<'s> {
    Stream(PropStream<'s>),
    Bytes(Vec<u8>),
    File(File),
}

impl<'s> Part<'s> {
    pub(crate) fn new(content: Content<'s>) -> Part<'s> {
        Part { fields: String::new(), content }
    }

    /// Text without further parameters.
    pub(crate) fn text(subtype: &'static str, text: String) -> Part<'s> {
        Part::new(Content::Text { subtype, params: Vec::new(), text })
    }

    /// Parts; a single one stands for itself.
    pub(crate) fn parts(subtype: &'static str, mut parts: Vec<Part<'s>>) -> Option<Part<'s>> {
        if parts.len() < 2 {
            return parts.pop();
        }
        Some(Part::new(Content::Parts { subtype, params: Vec::new(), parts }))
    }

    /// The media type, as parameters of a multipart name it.
    pub(crate) fn media(&self) -> String {
        match &self.content {
            Content::Text { subtype, .. } => format!("text/{subtype}"),
            Content::Data { media, .. } => media.first().cloned().unwrap_or_default(),
            Content::Fields { media, .. } => (*media).to_owned(),
            Content::Parts { subtype, .. } => format!("multipart/{subtype}"),
            Content::Message { .. } => "message/rfc822".to_owned(),
            Content::Raw { .. } => String::new(),
        }
    }

    /// Adds a field.
    pub(crate) fn with(mut self, name: &str, tokens: &[String]) -> Part<'s> {
        self.fields.push_str(&field(name, tokens));
        self
    }
}

/// A media type with parameters, as tokens.
pub(crate) fn media(media: impl Into<String>, parameters: &[(&str, String)]) -> Vec<String> {
    let mut tokens = vec![media.into()];
    for (name, value) in parameters {
        tokens.extend(params::param(name, value));
    }
    tokens
}

/// What a message turns into: the fields of its header, and its root part.
pub(crate) struct Mail<'s> {
    pub(crate) fields: String,
    pub(crate) root: Part<'s>,
    /// Kept open while its parts are written.
    pub(crate) message: Message<'s>,
}
