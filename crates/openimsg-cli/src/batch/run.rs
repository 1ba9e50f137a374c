//! The run: workers make outputs, one thread gives them their names and tells of them.

use super::args::Batch;
use super::part::{Part, exists, part_path};
use super::plan::Plan;
use super::pool::in_order;
use super::record::{Record, Status};
use super::report::{Earlier, Report};
use super::source::Source;
use super::walk::walk;
use crate::bar::Bar;
use crate::driver::{Verdict, status};
use crate::errors::{Failure, line, worth_telling};
use crate::output::{Stdout, complain};
use crate::verbs::display;
use openimsg::mime::{Conversion, Loss};
use openimsg::{Finding, Session};
use std::fs::File;
use std::io::{IsTerminal, Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// A conversion of files into files.
pub(crate) trait Convert: Sync {
    /// The extension of what it makes.
    const EXTENSION: &'static str;

    /// Whether a file in a folder is meant, by its name.
    fn takes(&self, name: &Path) -> bool;

    /// Converts one into an empty file, whose path is for messages.
    fn convert(
        &self,
        session: &Session,
        source: &Source,
        file: &File,
        path: &Path,
    ) -> Result<Converted, Failure>;
}

/// What a conversion tells.
#[derive(Debug, Default)]
pub(crate) struct Converted {
    losses: Vec<Loss>,
    more_losses: u64,
    findings: Vec<Finding>,
    /// Why the input failed although something was made of it.
    pub(crate) damage: Option<Failure>,
}

impl Converted {
    /// Adds what a conversion told.
    pub(crate) fn add(&mut self, conversion: Conversion) {
        let room = Conversion::MAX_LOSSES.saturating_sub(self.losses.len());
        let beyond = conversion.losses.len().saturating_sub(room) as u64;
        self.losses.extend(conversion.losses.into_iter().take(room));
        self.more_losses = self.more_losses.saturating_add(conversion.more_losses + beyond);
        self.find(conversion.findings);
    }

    /// Adds findings that it does not have.
    pub(crate) fn find(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            if !self.findings.contains(&finding) {
                self.findings.push(finding);
            }
        }
    }

    fn losses(&self) -> u64 {
        self.more_losses.saturating_add(self.losses.len() as u64)
    }
}

/// What is handed over of one input.
struct Done {
    line: Vec<u8>,
    remarks: Vec<String>,
    status: Status,
    losses: u64,
    part: Option<Part>,
    /// Whether the output may take the place of another.
    replace: bool,
}

impl Batch {
    /// Converts all inputs and gives the exit status.
    pub(crate) fn run<C: Convert>(&self, verb: &str, convert: &C) -> u8 {
        let (found, folders) = walk(&self.files, |name| convert.takes(name));
        let out = match self.out(&folders) {
            Ok(out) => out,
            Err(reason) => return crate::verbs::wrong_usage(verb, &reason),
        };
        let mut worst = Verdict::Good;
        let empty = self.files.iter().enumerate().zip(&folders).filter(|((root, _), folder)| {
            **folder && !found.iter().any(|found| found.root == *root)
        });
        for ((_, folder), _) in empty.filter(|_| !self.quiet) {
            complain(&line(&display(folder), "nothing in this folder to convert"));
        }
        let begun = Report::begin(self.report.as_deref(), self.resume, self.force);
        let (report, earlier) = match begun {
            Ok(begun) => begun,
            Err(failure) => {
                complain(&line("", failure));
                return 2;
            }
        };
        let mut stdout = Stdout::lock();
        let plan = Plan::new(self.files.clone(), found, out, C::EXTENSION);
        let run = Run { batch: self, convert, plan, earlier };
        let bar = Bar::new(run.plan.len());
        let mut desk = Desk { run: &run, report, bar, worst: &mut worst, tally: Tally::default() };
        in_order(
            self.jobs(),
            run.plan.len(),
            Session::new,
            |session, at| run.one(session, at),
            |at, done| desk.take(at, done, &mut stdout),
        );
        let _ = stdout.flush();
        desk.finish();
        status(&stdout, worst)
    }
}

struct Run<'a, C> {
    batch: &'a Batch,
    convert: &'a C,
    plan: Plan,
    earlier: Earlier,
}

impl<C: Convert> Run<'_, C> {
    fn one(&self, session: &mut Session, at: usize) -> Done {
        let input = display(&self.plan.input(at));
        let output = self.plan.output(at);
        let mut replace = self.batch.force;
        if let Some(output) = &output
            && let Some(done) = self.done_before(&input, output, &mut replace)
        {
            return done;
        }
        // What a killed run left of it goes, also if it fails this time.
        if let Some(output) = &output {
            let _ = super::part::remove_left(&part_path(output));
        }
        match self.made(session, at, output.as_deref()) {
            Ok((part, converted)) => told(&input, output.as_deref(), part, &converted, replace),
            Err(failure) => failed(&input, &failure),
        }
    }

    /// The answer without work: it was done by an earlier run, or something is in the way.
    fn done_before(&self, input: &str, output: &Path, replace: &mut bool) -> Option<Done> {
        let there = std::fs::symlink_metadata(output).ok();
        let name = display(output);
        let said = self.earlier.of(input, Some(&name)).filter(|(said, _)| {
            // What was in the way stays in the way.
            said.status != Status::Skipped
        });
        if let Some((said, line)) = said {
            let len = there.as_ref().filter(|there| there.is_file()).map(|there| there.len());
            let whole = len.is_some() && len == said.bytes;
            if whole && std::fs::symlink_metadata(part_path(output)).is_err() {
                let losses = said.losses();
                let remarks = said.error.iter().map(|error| crate::errors::line(input, error));
                let remarks = remarks.collect();
                let status = said.status;
                return Some(Done { line, remarks, status, losses, part: None, replace: false });
            }
            // It was killed before the output had its name.
            *replace = true;
            return None;
        }
        match there {
            Some(there) if self.batch.resume => {
                let _ = super::part::remove_left(&part_path(output));
                let mut record = Record::new(input, Status::Skipped);
                (record.output, record.bytes) = (Some(name.as_str()), Some(there.len()));
                let (line, status) = (record.line(), Status::Skipped);
                let remarks = Vec::new();
                Some(Done { line, remarks, status, losses: 0, part: None, replace: false })
            }
            Some(_) if !*replace => Some(failed(input, &exists().at(name))),
            _ => None,
        }
    }

    /// Makes the output. A panic is a failure of that input alone.
    fn made(
        &self,
        session: &mut Session,
        at: usize,
        output: Option<&Path>,
    ) -> Result<(Part, Converted), Failure> {
        if let Some(trouble) = self.plan.trouble(at) {
            return Err(Failure::new("read folder", trouble));
        }
        let source = Source::open(&self.plan.input(at))?;
        let part = match output {
            Some(output) => Part::create(output)?,
            None => Part::nameless()?,
        };
        let work = || self.convert.convert(session, &source, part.file(), part.path());
        let converted = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
            Err(Failure::new("work on it", "an error of imsg itself; please report it"))
        });
        match converted {
            Ok(converted) => Ok((part, converted)),
            Err(failure) => {
                part.discard();
                *session = Session::new();
                Err(failure)
            }
        }
    }
}

fn failed(input: &str, failure: &Failure) -> Done {
    let error = failure.to_string();
    let mut record = Record::new(input, Status::Failed);
    record.error = Some(&error);
    let (line, remarks) = (record.line(), vec![line(input, failure)]);
    Done { line, remarks, status: Status::Failed, losses: 0, part: None, replace: false }
}

fn told(
    input: &str,
    output: Option<&Path>,
    part: Part,
    converted: &Converted,
    replace: bool,
) -> Done {
    let name = output.map_or_else(|| "-".into(), display);
    let error = converted.damage.as_ref().map(ToString::to_string);
    let status = if error.is_some() { Status::Failed } else { Status::Ok };
    let mut record = Record::new(input, status);
    (record.output, record.bytes) = (Some(name.as_str()), Some(part.len()));
    record.error = error.as_deref();
    record.told(&converted.losses, converted.more_losses, &converted.findings);
    let findings = worth_telling(&converted.findings).map(|finding| line(input, finding));
    let remarks = findings.chain(error.iter().map(|error| line(input, error))).collect();
    let losses = converted.losses();
    Done { line: record.line(), remarks, status, losses, part: Some(part), replace }
}

/// Where outputs get their names, in the order of the inputs.
struct Desk<'a, C> {
    run: &'a Run<'a, C>,
    report: Report,
    bar: Bar,
    worst: &'a mut Verdict,
    tally: Tally,
}

#[derive(Default)]
struct Tally {
    skipped: u64,
    failed: u64,
    losses: u64,
    lossy: u64,
}

impl<C: Convert> Desk<'_, C> {
    fn take(&mut self, at: usize, mut done: Done, stdout: &mut Stdout) {
        let mut made = None;
        if let Err(error) = self.hand_out(at, &mut done, &mut made, stdout) {
            let failure = Failure::new("write report", error.to_string());
            done.remarks.push(line("", failure));
            self.report = Report::None;
            *self.worst = Verdict::Bad;
        }
        let (batch, status) = (self.run.batch, done.status);
        let quiet = batch.quiet && status != Status::Failed;
        let remarks: &[String] = if quiet { &[] } else { &done.remarks };
        let path = made.filter(|_| !batch.quiet && !self.report.says_at_once());
        let on_screen = !remarks.is_empty() || (path.is_some() && std::io::stdout().is_terminal());
        self.bar.hidden(on_screen, || {
            if let Some(path) = path {
                // Nobody may read this; the file is wanted all the same.
                let _ = writeln!(stdout, "{}", path.display());
            }
            if on_screen {
                let _ = stdout.flush();
            }
            remarks.iter().for_each(|remark| complain(remark));
        });
        if status == Status::Failed {
            *self.worst = Verdict::Bad;
        }
        self.tally.skipped += u64::from(status == Status::Skipped);
        self.tally.failed += u64::from(status == Status::Failed);
        self.tally.losses = self.tally.losses.saturating_add(done.losses);
        self.tally.lossy += u64::from(done.losses > 0);
        if !batch.quiet {
            self.bar.step();
        }
    }

    /// The line of the report, and after it the name of the output.
    fn hand_out(
        &mut self,
        at: usize,
        done: &mut Done,
        made: &mut Option<PathBuf>,
        stdout: &mut Stdout,
    ) -> std::io::Result<()> {
        let Some(part) = done.part.take() else { return self.report.say(&done.line, stdout) };
        let Some(output) = self.run.plan.output(at) else {
            let mut file = part.into_file();
            let copied = file.rewind().and_then(|()| std::io::copy(&mut file, stdout));
            if copied.is_err() && !stdout.is_closed() {
                // Reading the copy back failed; what standard output says, it says itself.
                *self.worst = Verdict::Bad;
            }
            return self.report.say(&done.line, stdout);
        };
        let at_once = self.report.says_at_once();
        if !at_once {
            self.report.say(&done.line, stdout)?;
        }
        match part.publish(done.replace) {
            Ok(()) => *made = Some(output),
            Err(failure) => {
                if !at_once {
                    self.report.unsay(&done.line)?;
                }
                *done = failed(&display(&self.run.plan.input(at)), &failure);
                if !at_once {
                    self.report.say(&done.line, stdout)?;
                }
            }
        }
        if at_once { self.report.say(&done.line, stdout) } else { Ok(()) }
    }

    fn finish(self) {
        self.bar.finish();
        let reported = !matches!(self.report, Report::None);
        if let Err(failure) = self.report.finish() {
            complain(&line("", failure));
            *self.worst = Verdict::Bad;
        }
        if self.run.batch.quiet {
            return;
        }
        let Tally { skipped, failed, losses, lossy } = self.tally;
        let all = self.run.plan.len() as u64;
        if all > 1 && (skipped > 0 || failed > 0) {
            let good = all.saturating_sub(skipped).saturating_sub(failed);
            complain(&format!(
                "imsg: {good} of {all} files converted, {skipped} there already, {failed} failed"
            ));
        }
        if losses > 0 && !reported {
            let things = if losses == 1 { "1 thing".into() } else { format!("{losses} things") };
            let of = if lossy == 1 { "a message".into() } else { format!("{lossy} messages") };
            complain(&format!(
                "imsg: {things} of {of} could not be carried over as they were; --report FILE lists them"
            ));
        }
    }
}
