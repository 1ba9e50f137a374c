//! `imsg dump`: every property of every object.

pub(crate) mod json;
mod lines;

use crate::driver::{Desk, Kind, Verdict, each};
use crate::errors::Failure;
use crate::json::write_line;
use crate::output::Style;
use crate::tree::{Tree, read_storage};
use clap::Args;
use openimsg::{CompoundFile, Storage};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Print every property of every object
///
/// The message, its recipients, its attachments and the messages in them, each property with tag,
/// name, type, flags and value, in the order of the file. Without --json long values are cut; with
/// it nothing is lost, and `imsg new` makes an equal message of it again.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Dump {
    /// Message files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// One JSON object per file, each on one line, lossless; docs/dump-schema.md explains it
    #[arg(long)]
    json: bool,
    /// Size and SHA-256 in place of bytes
    #[arg(long)]
    digest: bool,
    /// The storages and streams below the properties, uninterpreted; works on any compound file
    #[arg(long)]
    raw: bool,
}

const EXAMPLES: &str = "\
Examples:
  imsg dump letter.msg                        for reading
  imsg dump --json letter.msg > letter.json   for programs, and for imsg new
  imsg dump --json --digest *.msg             for comparing
  imsg dump --raw letter.msg                  what the file is made of";

impl Dump {
    pub(crate) fn run(self) -> u8 {
        each(
            Kind::Reads,
            &self.files,
            |file| super::display(file),
            |file, desk| self.dump(file, desk),
        )
    }

    fn dump(&self, file: &Path, desk: &mut Desk<'_>) -> Result<Verdict, Failure> {
        if self.raw {
            return self.dump_raw(file, desk);
        }
        let opened = super::open(file)?;
        let mut tree = Tree::read(&opened.message)?;
        tree.findings.splice(..0, opened.findings());
        let name = super::display(file);
        if self.json {
            write_line(
                desk.out,
                &json::Document { file: &name, tree: &tree, digest: self.digest },
            )?;
        } else {
            lines::write(desk.out, &name, &tree, self.digest, Style::of_stdout())?;
        }
        desk.findings(&tree.findings);
        Ok(Verdict::Good)
    }

    fn dump_raw(&self, file: &Path, desk: &mut Desk<'_>) -> Result<Verdict, Failure> {
        let compound = Arc::new(CompoundFile::open(file)?);
        let root: Arc<dyn Storage> = Arc::<CompoundFile>::clone(&compound);
        let storage = read_storage(&root)?;
        let name = super::display(file);
        if self.json {
            let digest = self.digest;
            write_line(desk.out, &json::RawDocument { file: &name, storage: &storage, digest })?;
        } else {
            lines::write_raw(desk.out, &name, &storage, Style::of_stdout())?;
        }
        desk.findings(&compound.findings());
        Ok(Verdict::Good)
    }
}
