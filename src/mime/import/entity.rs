//! A mail that is being read: its bytes, its parts, and where it is.

use super::head::Head;
use super::source::{HEADER_BYTES, PartId, Source, Tree, scan};
use crate::error::Result;
use crate::mime::{Conversion, ImportOptions};
use crate::wire::CodePage;

/// One source and its parts.
pub(super) struct Entity<'a> {
    source: Source<'a>,
    tree: Tree,
    page: Option<CodePage>,
    /// The place of the whole, empty for the mail that is read.
    within: String,
}

impl<'a> Entity<'a> {
    /// Finds the parts of a source. `depth`: how many mails it is in.
    pub(super) fn open(
        source: Source<'a>,
        options: &ImportOptions,
        depth: usize,
        within: String,
        conversion: &mut Conversion,
    ) -> Result<Entity<'a>> {
        let (tree, findings) = scan(&source, &options.limits, depth)?;
        for finding in findings {
            conversion.forgiven(finding);
        }
        Ok(Entity { source, tree, page: options.code_page, within })
    }

    pub(super) fn source(&self) -> &Source<'a> {
        &self.source
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The header fields of a part.
    pub(super) fn head(&self, id: PartId) -> Result<Head> {
        Ok(Head::parse(&self.bytes_of_head(id)?, self.page))
    }

    /// The same as they stand.
    pub(super) fn bytes_of_head(&self, id: PartId) -> Result<Vec<u8>> {
        let range = self.tree.get(id).map_or(0..0, |part| part.header.clone());
        self.source.head(range, HEADER_BYTES as u64)
    }

    /// Where a part is.
    pub(super) fn place(&self, id: PartId) -> String {
        let own = self.tree.place(id);
        if self.within.is_empty() { own } else { format!("{}/{own}", self.within) }
    }
}
