//! `imsg from-eml`: Internet mail as messages. Spec: msg-format 6, 12.

use crate::batch::{Batch, Convert, Converted, Format, Source, has_extension, refuse_mail};
use crate::errors::Failure;
use clap::Args;
use openimsg::mime::{ImportOptions, read_eml, read_tnef};
use openimsg::{CodePage, CompoundFile, FileLockBytes, SaveFlags, Session, Storage};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Make messages (.msg) of mails
///
/// A .msg file is a message as Outlook saves it. Subject, people, dates, all forms of the body,
/// pictures, attachments, attached mails and the whole header go into it; signed and encrypted mail is
/// kept whole. What a message cannot hold is listed by --report. Search keys are random and times of
/// creation are of now, so the same mail does not give the same bytes twice.
///
/// Folders are worked through with all folders in them, and OUT gets the same folders: in/a/b.eml
/// becomes OUT/a/b.msg. In folders, .eml files are converted; mailboxes (.mbox, .mbx), which hold many
/// mails in one file, are told of as failed. Files that are named are taken by what is in them; a
/// winmail.dat is one, too. Links in folders are not followed. Two outputs that would have one name
/// get numbers: a.msg, a-2.msg. Nothing is overwritten without --force, and a file has its name only
/// when it is complete: a run that was stopped can simply be repeated with --resume. One bad file does
/// not stop the rest. docs/convert.md tells all.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct FromEml {
    #[command(flatten)]
    batch: Batch,
    /// Store the body as RTF, too
    #[arg(long)]
    rtf: bool,
    /// Leave an attached winmail.dat as it is; else what is in it stands in its place
    #[arg(long)]
    keep_winmail: bool,
    /// Do not mark mails as received: they are drafts, which Outlook opens for editing
    #[arg(long)]
    draft: bool,
    /// The code page of 8-bit text that does not tell its own, such as 1252
    #[arg(long, value_name = "N", value_parser = code_page)]
    code_page: Option<CodePage>,
}

const EXAMPLES: &str = "\
Examples:
  imsg from-eml letter.eml                   makes letter.msg beside it
  imsg from-eml letter.eml --draft -o new.msg
                                             to be sent from Outlook
  imsg from-eml thread -o out --report out.jsonl
                                             a folder of mails, and what was lost of each
  curl -s https://example.org/a.eml | imsg from-eml - -o a.msg
                                             from another program";

fn code_page(number: &str) -> Result<CodePage, String> {
    let page = number.parse().ok().and_then(CodePage::new);
    page.ok_or_else(|| format!("{number} is no code page; 1252 and 65001 are some"))
}

impl FromEml {
    pub(crate) fn run(self) -> u8 {
        let options = ImportOptions {
            rtf: self.rtf,
            expand_tnef: !self.keep_winmail,
            received: !self.draft,
            code_page: self.code_page,
            ..ImportOptions::default()
        };
        self.batch.run("from-eml", &Importer { options })
    }
}

/// A message of a mail up to this size is made in memory; of a larger one in its file.
const IN_MEMORY: u64 = 8 << 20;

struct Importer {
    options: ImportOptions,
}

impl Convert for Importer {
    const EXTENSION: &'static str = "msg";

    fn takes(&self, name: &Path) -> bool {
        has_extension(name, &["eml", "mbox", "mbx"])
    }

    fn convert(
        &self,
        session: &Session,
        source: &Source,
        mut file: &File,
        path: &Path,
    ) -> Result<Converted, Failure> {
        let unreadable = |error| source.unreadable(&error);
        let format = match Format::of(source)? {
            // Whoever names it a mail knows better.
            Format::Other if has_extension(source.name(), &["eml"]) => Format::Mail,
            Format::Mail if has_extension(source.name(), &["mbox", "mbx"]) => Format::Mbox,
            format => format,
        };
        let small = source.len().map_err(unreadable)? <= IN_MEMORY;
        let opened = Arc::new(if small {
            CompoundFile::memory()
        } else {
            let own = file.try_clone().map_err(|error| Failure::io("create file", path, &error))?;
            CompoundFile::create_on(FileLockBytes::new(own, path))?
        });
        let storage: Arc<dyn Storage> = Arc::<CompoundFile>::clone(&opened);
        let message = session.create_message(storage)?;
        let reader = source.reader().map_err(unreadable)?;
        let mut converted = Converted::default();
        converted.add(match format {
            Format::Mail => read_eml(reader, &message, &self.options)?,
            Format::Tnef => read_tnef(reader, &message, &self.options)?,
            other => return Err(refuse_mail(other)),
        });
        message.save_changes(SaveFlags::empty())?;
        if small {
            file.write_all(&opened.to_bytes()?)?;
        }
        Ok(converted)
    }
}
