//! `imsg new`: makes message files from descriptions or dumps, all inside one session.

use crate::driver::{Verdict, status};
use crate::errors::{Failure, line};
use crate::names::Taken;
use crate::output::{Stdout, Style, complain};
use crate::spec::{Composer, Draft, Item, Restore, Specification};
use clap::Args;
use openimsg::{Clock, CommitFlags, FileTime, Session, SessionOptions, Storage, StorageOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Make message files from descriptions or dumps
///
/// SPEC is a JSON file with one message or an array of them, or with what `imsg dump --json` printed;
/// - is standard input. All messages are made inside one session. The path of each file is printed.
///
/// A message has these keys, all of them optional: "file" (name of the file to make), "subject",
/// "from", "to", "cc", "bcc" (addresses as `Name <address>`; "to" and the next two are arrays),
/// "date", "body", "html", "unicode" (false for 8-bit text, with "code_page"), "attachments" (an array
/// of paths or of objects with "path" or "message", "name", "content_id"), and "properties" (an
/// object of property names and values). An embedded "message" is described the same way, or is
/// {"file": ..}, another message of the same SPEC. docs/new.md tells all.
///
/// A message with a "date" was sent and received then; one without is a draft. "from" is both the
/// sender and who is represented. A dump is restored as it is: nothing is computed or added.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct New {
    /// Descriptions or dumps
    #[arg(value_name = "SPEC", required = true)]
    specs: Vec<PathBuf>,
    /// The folder for the message files
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
    /// Show each message when all are made
    #[arg(long)]
    show: bool,
    /// Fixed times and identifiers: the same SPEC gives the same bytes. SOURCE_DATE_EPOCH is honoured
    #[arg(long)]
    deterministic: bool,
}

const EXAMPLES: &str = "\
Examples:
  imsg new samples/thread.json -o out --show --force  make the five sample messages, show them
  imsg new copy.json -o out                           copy.json is what `imsg dump --json` printed
  imsg dump --json a.msg | imsg new - -o copy         a copy of a message, property by property";

/// Something to make, and where it comes from.
struct Plan<'a> {
    spec: &'a str,
    specification: &'a Specification,
    item: &'a Item,
    path: PathBuf,
}

impl New {
    pub(crate) fn run(self) -> u8 {
        let mut stdout = Stdout::lock();
        let mut worst = Verdict::Good;
        let mut fail = |input: &str, failure: &dyn std::fmt::Display| {
            complain(&line(input, failure));
            worst = Verdict::Bad;
        };
        let mut specifications = Vec::new();
        for spec in &self.specs {
            let name = super::display(spec);
            match read(spec) {
                Ok(specification) => specifications.push((name, specification)),
                Err(failure) => fail(&name, &failure),
            }
        }
        let session = self.session();
        let mut made = Vec::new();
        for plan in self.plans(&specifications) {
            match plan.and_then(|plan| self.make(&session, &plan).map(|()| plan.path)) {
                Ok(path) => {
                    // Nobody may read this; the message is made all the same.
                    if !self.show {
                        let _ = writeln!(stdout, "{}", path.display());
                    }
                    made.push(path);
                }
                Err((input, failure)) => fail(&input, &failure),
            }
        }
        session.close();
        if self.show {
            for path in &made {
                let shown = super::show::page(path, Style::of_stdout());
                let shown = shown.and_then(|page| Ok(stdout.write_all(page.as_bytes())?));
                if let Err(failure) = shown
                    && !stdout.is_closed()
                {
                    fail(&super::display(path), &failure);
                }
            }
        }
        let _ = stdout.flush();
        status(&stdout, worst)
    }

    /// Where each message goes. Two descriptions of one name are a mistake.
    fn plans<'a>(
        &self,
        specifications: &'a [(String, Specification)],
    ) -> Vec<Result<Plan<'a>, (String, Failure)>> {
        let mut taken = Taken::default();
        let mut plans = Vec::new();
        for (spec, specification) in specifications {
            for item in &specification.items {
                let file = item.file();
                let own = taken.claim(file);
                let path = self.out.join(&own);
                plans.push(match item {
                    // Dumps of files from many folders may well have one name.
                    Item::Draft(_) if own != file => {
                        let reason = "there is a message of that name already";
                        Err((spec.clone(), Failure::new(format!("make {file}"), reason)))
                    }
                    _ => Ok(Plan { spec, specification, item, path }),
                });
            }
        }
        plans
    }

    fn clock(&self) -> Clock {
        if !self.deterministic {
            return Clock::System;
        }
        let epoch = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse().ok());
        // 2000-01-01, unless the builder of a larger thing says otherwise.
        let time = FileTime::from_unix(epoch.unwrap_or(946_684_800), 0);
        Clock::Fixed(time.unwrap_or(FileTime::UNIX_EPOCH))
    }

    fn session(&self) -> Session {
        let options = SessionOptions::new().clock(self.clock());
        if self.deterministic { options.seed(0).open() } else { options.open() }
    }

    fn make(&self, session: &Session, plan: &Plan<'_>) -> Result<(), (String, Failure)> {
        let named = |failure| (super::display(&plan.path), failure);
        let existed = std::fs::symlink_metadata(&plan.path).is_ok();
        let file = self.create(&plan.path).map_err(named)?;
        let result = match plan.item {
            Item::Draft(draft) => {
                self.compose(session, plan, draft, Arc::clone(&file)).map_err(named)
            }
            Item::Dump(restore) => restored(plan, restore, &file).map_err(named),
        };
        if result.is_err() && !existed {
            // It is empty: a message that cannot be made leaves nothing.
            let _ = std::fs::remove_file(&plan.path);
        }
        result
    }

    fn create(&self, path: &Path) -> Result<Arc<dyn Storage>, Failure> {
        let folder = |error| Failure::io("make folder", &self.out, &error);
        std::fs::create_dir_all(&self.out).map_err(folder)?;
        let options = StorageOptions::new().clock(self.clock());
        let refuse = |reason| Err(Failure::new("make message", reason));
        match std::fs::symlink_metadata(path) {
            Err(_) => Ok(options.create(path)?.into()),
            Ok(_) if !self.force => refuse("it exists already; --force replaces it"),
            Ok(there) if !there.is_file() => refuse("there is a link or a folder in its place"),
            Ok(_) => Ok(options.create_or_replace(path)?.into()),
        }
    }

    fn compose(
        &self,
        session: &Session,
        plan: &Plan<'_>,
        draft: &Draft,
        file: Arc<dyn Storage>,
    ) -> Result<(), Failure> {
        let message = match draft.ansi {
            Some(page) => session.create_ansi_message(file, page)?,
            None => session.create_message(file)?,
        };
        let mut composer = Composer::new(plan.specification);
        composer.compose(draft, &message).map_err(|failure| failure.within(plan.spec))?;
        let name = super::display(&plan.path);
        composer.remarks.iter().for_each(|remark| complain(&line(&name, remark)));
        Ok(())
    }
}

fn restored(plan: &Plan<'_>, restore: &Restore, file: &Arc<dyn Storage>) -> Result<(), Failure> {
    restore.write(file)?;
    file.commit(CommitFlags::empty())?;
    for missing in &restore.missing {
        let remark = format!("warning: {missing} is left out: its value could not be read");
        complain(&line(&super::display(&plan.path), remark));
    }
    Ok(())
}

fn read(spec: &Path) -> Result<Specification, Failure> {
    let unreadable = |error| Failure::io("read specification", spec, &error);
    let mut bytes = Vec::new();
    if spec == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        bytes = std::fs::read(spec).map_err(unreadable)?;
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::new("read specification", "it is not UTF-8 text"))?;
    let folder = spec.parent().unwrap_or(Path::new(""));
    let name = if spec == Path::new("-") { Path::new("message") } else { spec };
    Specification::parse(&text, name, folder)
}
