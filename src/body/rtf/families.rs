//! The names of fonts, for HTML made of RTF.
//!
//! A name goes into a style sheet, so only letters, digits and a few marks of it are kept. Fonts of
//! symbols have none: their text is given as the characters that their bytes stand for.
//!
//! Spec: msg-format 5.9.

use std::collections::HashMap;

use super::reader::Reader;

/// The most bytes of a name that are kept.
const LONGEST: usize = 64;

/// Fonts by number, with their names.
#[derive(Debug, Default)]
pub(super) struct Families {
    names: HashMap<i32, String>,
    /// The name that is being told.
    name: Vec<u8>,
}

impl Families {
    /// Bytes of a name; `true` if it ends with them.
    fn bytes(&mut self, bytes: &[u8]) -> bool {
        let mut parts = bytes.split(|byte| *byte == b';');
        let part = parts.next().unwrap_or_default();
        let room = LONGEST.saturating_sub(self.name.len());
        self.name.extend_from_slice(part.get(..room).unwrap_or(part));
        parts.next().is_some()
    }

    /// The name of a font, if it has one.
    pub(super) fn get(&self, font: i32) -> Option<&str> {
        self.names.get(&font).map(String::as_str)
    }
}

impl Reader<'_> {
    /// The table begins to speak of a font.
    pub(super) fn define_font(&mut self, number: i32) -> bool {
        self.rich.families.name.clear();
        self.rich.families.names.remove(&number);
        self.fonts.define(number, self.options.fonts)
    }

    /// Bytes of the name of the font that the table speaks of.
    pub(super) fn font_name(&mut self, bytes: &[u8]) {
        if !self.rich.families.bytes(bytes) {
            return;
        }
        let name = std::mem::take(&mut self.rich.families.name);
        let Some((font, page)) = self.fonts.defined_text() else { return };
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '@');
        let decoded = page.decode(&name).text;
        let name: String = decoded.chars().filter(kept).collect();
        let name = name.trim();
        if !name.is_empty() {
            self.rich.families.names.entry(font).or_insert_with(|| name.to_owned());
        }
    }

    /// A font was chosen: letters tell its name, if it has one and is not the usual one.
    pub(super) fn choose_family(&mut self) {
        let font = self.font();
        let named = font != self.fonts.default && self.rich.families.get(font).is_some();
        self.now.looks.set_font(named.then_some(font));
    }
}
