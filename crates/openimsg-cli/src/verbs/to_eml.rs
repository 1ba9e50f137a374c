//! `imsg to-eml`: messages as Internet mail. Spec: msg-format 6, 12.

use crate::batch::{Batch, Convert, Converted, Format, Source, has_extension, refuse_mail};
use crate::errors::Failure;
use clap::Args;
use openimsg::mime::{ExportOptions, ImportOptions, read_tnef, write_eml};
use openimsg::{Cause, CompoundFile, Message, Session, Storage};
use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::Path;
use std::sync::Arc;

/// Make mails (.eml) of messages
///
/// An .eml file is a mail as it travels, which every mail program reads. Subject, people, dates, all
/// forms of the body, pictures, attachments and messages inside messages go into it; appointments get
/// an iCalendar part, contacts a vCard; signed mail stays as it was signed. What a mail cannot hold is
/// listed by --report. The same message gives the same bytes each time.
///
/// Folders are worked through with all folders in them, and OUT gets the same folders: in/a/b.msg
/// becomes OUT/a/b.eml. In folders, .msg and .oft files are converted, and winmail.dat and .tnef files,
/// which some programs send instead of a mail. Links in folders are not followed. Two outputs that
/// would have one name get numbers: a.eml, a-2.eml. Nothing is overwritten without --force, and a file
/// has its name only when it is complete: a run that was stopped can simply be repeated with --resume.
/// One bad file does not stop the rest.
///
/// Of a damaged file, what is left is written, and it counts as failed. docs/convert.md tells all.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ToEml {
    #[command(flatten)]
    batch: Batch,
    /// Do not name the recipients of blind copies
    #[arg(long)]
    no_bcc: bool,
    /// Keep Received, DKIM and other fields about the way of the original mail
    #[arg(long)]
    trace: bool,
    /// No iCalendar part for appointments, no vCard for contacts
    #[arg(long)]
    no_calendar: bool,
    /// Leave an attached winmail.dat as it is; else what is in it stands in its place
    #[arg(long)]
    keep_winmail: bool,
    /// Name recipients of one kind and address once only
    #[arg(long)]
    drop_duplicates: bool,
    /// Attach the message itself as .msg, so that nothing is lost
    #[arg(long)]
    attach_original: bool,
    /// The domain of addresses and identifiers that have to be made up
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  imsg to-eml letter.msg                     makes letter.eml beside it
  imsg to-eml letter.msg -o - | less         reads it as a mail
  imsg to-eml archive -o mails --report mails.jsonl
                                             a folder, and what was lost of each message
  imsg to-eml archive -o mails --report mails.jsonl --resume
                                             the rest of it, after it was stopped
  imsg to-eml winmail.dat -o letter.eml      what a mail program could not read";

impl ToEml {
    pub(crate) fn run(self) -> u8 {
        let mut options = ExportOptions {
            bcc: !self.no_bcc,
            trace: self.trace,
            calendar: !self.no_calendar,
            expand_tnef: !self.keep_winmail,
            drop_duplicates: self.drop_duplicates,
            attach_original: self.attach_original,
            ..ExportOptions::default()
        };
        if let Some(domain) = self.domain {
            if !is_domain(&domain) {
                return super::wrong_usage("to-eml", "--domain takes a name such as example.org");
            }
            options.domain = domain;
        }
        self.batch.run("to-eml", &Exporter { options })
    }
}

/// Letters, digits, dots and hyphens: it stands in addresses as it is.
fn is_domain(name: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

struct Exporter {
    options: ExportOptions,
}

impl Convert for Exporter {
    const EXTENSION: &'static str = "eml";

    fn takes(&self, name: &Path) -> bool {
        let winmail = |name: &str| name.eq_ignore_ascii_case("winmail.dat");
        has_extension(name, &["msg", "oft", "tnef"]) || name.to_str().is_some_and(winmail)
    }

    fn convert(
        &self,
        session: &Session,
        source: &Source,
        file: &File,
        _: &Path,
    ) -> Result<Converted, Failure> {
        match Format::of(source)? {
            Format::Compound => self.compound(session, source, file),
            Format::Tnef => {
                let message = session.create_message(CompoundFile::memory())?;
                let reader = source.reader().map_err(|error| source.unreadable(&error))?;
                let mut converted = Converted::default();
                converted.add(read_tnef(reader, &message, &ImportOptions::default())?);
                self.write(&message, file, &mut converted)?;
                Ok(converted)
            }
            // Perhaps its header is damaged.
            Format::Other if has_extension(source.name(), &["msg", "oft"]) => {
                let reason = "it does not begin as a .msg file does";
                self.salvaged(session, source, file, Failure::new("open file", reason))
            }
            other => Err(refuse_mail(other)),
        }
    }
}

impl Exporter {
    fn compound(
        &self,
        session: &Session,
        source: &Source,
        file: &File,
    ) -> Result<Converted, Failure> {
        let written = source.compound().and_then(|opened| {
            let opened = Arc::new(opened);
            let storage: Arc<dyn Storage> = Arc::<CompoundFile>::clone(&opened);
            let message = session.open_message(storage)?;
            let mut converted = Converted::default();
            self.write(&message, file, &mut converted)?;
            converted.find(opened.findings());
            converted.find(message.findings());
            Ok(converted)
        });
        match written {
            Err(error) if error.code().cause() == Cause::Input => {
                self.salvaged(session, source, file, error.into())
            }
            written => Ok(written?),
        }
    }

    /// Writes what is left of a damaged file. That it is damaged stays a failure.
    fn salvaged(
        &self,
        session: &Session,
        source: &Source,
        file: &File,
        why: Failure,
    ) -> Result<Converted, Failure> {
        let rescued = || -> Result<Converted, Failure> {
            let mut file = file;
            file.set_len(0)?;
            file.rewind()?;
            let salvage = source.salvage()?;
            let message = session.open_message(CompoundFile::from_bytes(salvage.to_bytes()?)?)?;
            let mut converted = Converted::default();
            self.write(&message, file, &mut converted)?;
            converted.find(salvage.report().iter().map(|item| item.finding().clone()).collect());
            converted.find(message.findings());
            Ok(converted)
        };
        match rescued() {
            Ok(mut converted) => {
                converted.damage = Some(why.within("damaged, only what is left of it was written"));
                Ok(converted)
            }
            Err(_) => Err(why),
        }
    }

    fn write(
        &self,
        message: &Message<'_>,
        file: &File,
        converted: &mut Converted,
    ) -> openimsg::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 16, file);
        converted.add(write_eml(message, &mut out, &self.options)?);
        out.flush().map_err(|error| {
            openimsg::Error::new(openimsg::Code::CallFailed, "write mail").source(error)
        })
    }
}
