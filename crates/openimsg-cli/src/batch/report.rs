//! The report: a line for each input, in their order, and what an earlier run left of it.
//!
//! While it grows it has a temporary name beside its own. A run that is resumed reads what was said,
//! finds each line by a digest, and writes all of it again in order:
//!
//! ```text
//!   .R.imsg-part   what this run says; renamed to R at the end
//!   .R.imsg-old    what killed runs said, put together when the next one starts; removed at the end
//! ```

use super::part::{lock, part_path, remove_left};
use super::record::Said;
use crate::errors::Failure;
use crate::output::Stdout;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Where the lines go.
#[derive(Debug)]
pub(super) enum Report {
    None,
    Stdout,
    File { file: File, part: PathBuf, old: PathBuf, path: PathBuf, end: u64 },
}

impl Report {
    /// Begins a report, and gives what earlier runs said if this one goes on with theirs.
    pub(super) fn begin(
        path: Option<&Path>,
        resume: bool,
        force: bool,
    ) -> Result<(Report, Earlier), Failure> {
        let Some(path) = path else { return Ok((Report::None, Earlier::default())) };
        if path == Path::new("-") {
            return Ok((Report::Stdout, Earlier::default()));
        }
        let part = part_path(path);
        let old = part.with_extension("imsg-old");
        let failed = |error: io::Error| Failure::io("write report", path, &error);
        let mut earlier = Earlier::default();
        if resume {
            gather(&part, &old).map_err(failed)?;
            earlier = Earlier::read(&[path, &old]).map_err(failed)?;
        } else if !force && std::fs::symlink_metadata(path).is_ok() {
            let reason = "it exists already; --force replaces it, --resume goes on with it";
            return Err(Failure::new("write report", reason).at(path.display().to_string()));
        } else {
            remove_left(&part).and_then(|()| remove_left(&old)).map_err(failed)?;
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let file = OpenOptions::new().write(true).create_new(true).open(&part).map_err(failed)?;
        lock(&file).map_err(failed)?;
        let path = path.to_path_buf();
        Ok((Report::File { file, part, old, path, end: 0 }, earlier))
    }

    /// Writes a line; it is in the hands of the system when this returns.
    pub(super) fn say(&mut self, line: &[u8], stdout: &mut Stdout) -> io::Result<()> {
        match self {
            Report::None => Ok(()),
            // Nobody may read this; the work is done all the same.
            Report::Stdout => {
                let _ = stdout.write_all(line);
                Ok(())
            }
            Report::File { file, end, .. } => {
                file.write_all(line)?;
                *end = end.saturating_add(line.len() as u64);
                Ok(())
            }
        }
    }

    /// Takes the last line back: what it says did not happen.
    pub(super) fn unsay(&mut self, line: &[u8]) -> io::Result<()> {
        let Report::File { file, end, .. } = self else { return Ok(()) };
        *end = end.saturating_sub(line.len() as u64);
        file.set_len(*end)?;
        file.seek(SeekFrom::Start(*end)).map(drop)
    }

    /// Whether a line can be taken back.
    pub(super) fn says_at_once(&self) -> bool {
        matches!(self, Report::Stdout)
    }

    /// Gives the report its name.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let Report::File { file, part, old, path, .. } = self else { return Ok(()) };
        let failed = |error: io::Error| Failure::io("write report", &path, &error);
        file.sync_data().map_err(failed)?;
        std::fs::rename(&part, &path).map_err(failed)?;
        remove_left(&old).map_err(failed)
    }
}

/// Puts what a killed run said behind what others did. What is torn is skipped when it is read.
fn gather(part: &Path, old: &Path) -> io::Result<()> {
    let mut from = match File::open(part) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    lock(&from)?;
    let mut to = OpenOptions::new().append(true).create(true).open(old)?;
    to.write_all(b"\n")?;
    io::copy(&mut from, &mut to)?;
    to.sync_data()?;
    drop(from);
    std::fs::remove_file(part)
}

/// What earlier runs said: where each line is, by a digest of its input and output.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    files: Vec<Mutex<File>>,
    lines: Vec<Place>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    digest: u64,
    file: u8,
    offset: u64,
    len: u32,
}

/// A line of a report is never longer: the list of losses has a bound, and so do names.
const LONGEST_LINE: u64 = 1 << 30;

impl Earlier {
    fn read(paths: &[&Path]) -> io::Result<Earlier> {
        let mut earlier = Earlier::default();
        for path in paths {
            let file = match File::open(path) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                opened => opened?,
            };
            let number = u8::try_from(earlier.files.len()).unwrap_or(u8::MAX);
            let (mut reader, mut offset, mut line) = (BufReader::new(&file), 0, Vec::new());
            loop {
                line.clear();
                let len = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
                if len == 0 {
                    break;
                }
                if line.ends_with(b"\n")
                    && let Some(said) = Said::read(&line)
                {
                    let digest = digest(&said.input, said.output.as_deref());
                    let len = u32::try_from(len).unwrap_or(0);
                    earlier.lines.push(Place { digest, file: number, offset, len });
                }
                offset += len as u64;
            }
            earlier.files.push(Mutex::new(file));
        }
        // What was said last is what holds.
        earlier.lines.sort();
        Ok(earlier)
    }

    /// What was said last of this input and output.
    pub(super) fn of(&self, input: &str, output: Option<&str>) -> Option<(Said, Vec<u8>)> {
        let digest = digest(input, output);
        let end = self.lines.partition_point(|place| place.digest <= digest);
        let same = self.lines.get(..end)?.iter().rev();
        same.take_while(|place| place.digest == digest).find_map(|place| {
            let line = self.line(place).ok()?;
            let said = Said::read(&line)?;
            (said.input == input && said.output.as_deref() == output).then_some((said, line))
        })
    }

    fn line(&self, place: &Place) -> io::Result<Vec<u8>> {
        let file = self.files.get(usize::from(place.file)).ok_or(ErrorKind::NotFound)?;
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(place.offset))?;
        let mut line = vec![0; usize::try_from(place.len).unwrap_or(0)];
        file.read_exact(&mut line)?;
        Ok(line)
    }
}

fn digest(input: &str, output: Option<&str>) -> u64 {
    let mut digest = Sha256::new();
    digest.update(input.as_bytes());
    digest.update([0]);
    digest.update(output.unwrap_or_default().as_bytes());
    let bytes = digest.finalize();
    bytes.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}
