//! The options that both directions have.

use super::plan::Out;
use clap::Args;
use std::num::NonZero;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

/// Inputs, outputs and how to go about it.
#[derive(Debug, Args)]
pub(crate) struct Batch {
    /// Files and folders; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// A file for one FILE, a folder for several or with a / at the end, - for standard output.
    /// Default: beside each FILE
    #[arg(short, long, value_name = "OUT")]
    pub(super) out: Option<PathBuf>,
    /// Replace files that exist
    #[arg(long, conflicts_with = "resume")]
    pub(super) force: bool,
    /// Go on after a run that was stopped: whatever exists is done
    #[arg(long)]
    pub(super) resume: bool,
    /// Write a line of JSON about each input: what was lost, and why it failed
    #[arg(long, value_name = "FILE.jsonl")]
    pub(super) report: Option<PathBuf>,
    /// So many files at once. Default: one for each processor
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Only errors: no names of files made, no findings, no progress
    #[arg(short, long)]
    pub(super) quiet: bool,
}

impl Batch {
    pub(super) fn jobs(&self) -> usize {
        let all = || std::thread::available_parallelism().map_or(1, NonZero::get);
        self.jobs.map_or_else(all, usize::from)
    }

    /// Where outputs go, given whether each of the files is a folder; or why that is wrong usage.
    pub(super) fn out(&self, folders: &[bool]) -> Result<Out, String> {
        let stdin = self.files.iter().filter(|file| is_dash(file)).count();
        if stdin > 1 {
            return Err("standard input can be read once only".into());
        }
        let one = matches!(folders, [false]);
        let out = match &self.out {
            None if one && stdin == 1 => Out::Stdout,
            None => Out::Beside,
            Some(out) if is_dash(out) && one => Out::Stdout,
            Some(out) if is_dash(out) => {
                return Err("standard output takes one message, made of one file".into());
            }
            Some(out) if out.is_dir() || ends_as_a_folder(out) => Out::Folder(out.clone()),
            Some(out) if one => Out::File(out.clone()),
            Some(out) if out.exists() => {
                return Err(format!("{} is a file; several need a folder", out.display()));
            }
            Some(out) => Out::Folder(out.clone()),
        };
        let to_stdout = out == Out::Stdout || (out == Out::Beside && stdin > 0);
        match &self.report {
            Some(report) if is_dash(report) && to_stdout => {
                Err("standard output is for the message; the report needs a file".into())
            }
            _ => Ok(out),
        }
    }
}

fn is_dash(path: &Path) -> bool {
    path == Path::new("-")
}

fn ends_as_a_folder(path: &Path) -> bool {
    let text = path.as_os_str().as_encoded_bytes();
    text.last().is_some_and(|last| char::from(*last) == MAIN_SEPARATOR || *last == b'/')
}
