//! A folder of many messages converted, killed half-way and resumed: `cargo xtask batch [N]`.
//!
//! ```text
//!   mails, generated -> imsg from-eml -> messages -> imsg to-eml -> mails
//!                    (unbroken)                  (unbroken)
//!                    (killed, resumed: the same) (killed, resumed: the same)
//! ```
//! Prints files per second and peak memory, and those of other programs that are on the machine.

mod letters;
mod watch;

use crate::files;
use crate::outcome::{Failure, Outcome};
use crate::peers::python;
use crate::run::{cargo, run, works};
use crate::say::say;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use watch::{until_half, watched};

/// How many messages, unless told.
const COUNT: usize = 100_000;
/// So many messages are shown to other programs, which are slower.
const SHOWN_TO_OTHERS: usize = 200;

pub(crate) fn check(args: &[String]) -> Outcome {
    let count = count(args)?;
    run(&mut cargo(&["build", "--quiet", "--release", "--package", "openimsg-cli"]))?;
    let place = files::root().join("target").join("batch");
    let folder = Folder::new(&place)?;
    let imsg = program()?;
    letters::write(&folder.0.join("in"), count)?;
    let one = Way { imsg: &imsg, folder: &folder.0, count };
    say!("{count} mails in {} folders", count.div_ceil(letters::IN_A_FOLDER));
    one.check("from-eml", "../../in")?;
    one.check("to-eml", "../../from-eml/whole/out")?;
    beside_others(&folder.0, &imsg)
}

fn count(args: &[String]) -> Outcome<usize> {
    match args {
        [] => Ok(COUNT),
        [number] => match number.parse() {
            Ok(count) if count >= 100 => Ok(count),
            _ => Err(Failure::Usage(format!("`{number}` messages? 100 at least"))),
        },
        _ => Err(Failure::Usage("one argument at most: how many messages".into())),
    }
}

/// The command as it was built.
fn program() -> Outcome<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| files::root().join("target"));
    let program = target.join("release").join(format!("imsg{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() {
        return Ok(program);
    }
    Err(Failure::Found(format!("{} was not built", program.display())))
}

/// A folder that is empty at first and gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(path: &Path) -> Outcome<Folder> {
        let _not_there = fs::remove_dir_all(path);
        fs::create_dir_all(path).map_err(|error| told(path, &error))?;
        Ok(Folder(path.to_path_buf()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _somebody_uses_it = fs::remove_dir_all(&self.0);
    }
}

fn told(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Found(format!("{}: {error}", path.display()))
}

/// One direction, to be tried.
struct Way<'a> {
    imsg: &'a Path,
    folder: &'a Path,
    count: usize,
}

impl Way<'_> {
    /// Converts a folder whole, and once more with a kill in between.
    fn check(&self, verb: &str, inputs: &str) -> Outcome {
        let place = self.folder.join(verb);
        // Two folders whose reports say the same, since the paths in them are relative.
        let (whole, broken) = (place.join("whole"), place.join("broken"));
        for folder in [&whole, &broken] {
            fs::create_dir_all(folder).map_err(|error| told(folder, &error))?;
        }
        let unbroken = watched(&mut self.command(verb, inputs, &whole), |_| false)?;
        let (rate, peak) = (per_second(self.count, unbroken.seconds), unbroken.peak());
        let seconds = unbroken.seconds;
        say!("{verb}, unbroken: {seconds:.1} s, {rate} files a second, peak memory {peak}");
        let report = whole.join("r.jsonl");
        let size = fs::metadata(&report).map_err(|error| told(&report, &error))?.len();
        let growing = broken.join(".r.jsonl.imsg-part");
        let killed = watched(&mut self.command(verb, inputs, &broken), until_half(growing, size))?;
        if killed.ended {
            return Err(Failure::Found("it was done before it could be killed".into()));
        }
        say!("{verb}, killed after {:.1} s", killed.seconds);
        let resumed = watched(self.command(verb, inputs, &broken).arg("--resume"), |_| false)?;
        let (seconds, peak) = (resumed.seconds, resumed.peak());
        say!("{verb}, the rest of it: {seconds:.1} s, peak memory {peak}");
        if !unbroken.well || !resumed.well {
            return Err(Failure::Found(format!("{verb} did not do well")));
        }
        let bytes = verb == "to-eml";
        same_trees(&whole, &broken, bytes)?;
        say!("{verb}: the same tree and report{}", if bytes { ", byte by byte" } else { "" });
        Ok(())
    }

    fn command(&self, verb: &str, inputs: &str, folder: &Path) -> Command {
        let mut command = Command::new(self.imsg);
        command.current_dir(folder).args([verb, "--quiet", inputs, "-o", "out"]);
        command.args(["--report", "r.jsonl"]);
        command
    }
}

fn per_second(count: usize, seconds: f64) -> String {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    format!("{:.0}", f64::from(count) / seconds.max(0.001))
}

/// Compares two folders: every name, and every byte or, of messages, every byte of the report.
fn same_trees(one: &Path, other: &Path, bytes: bool) -> Outcome {
    let mut todo = vec![PathBuf::new()];
    while let Some(below) = todo.pop() {
        let names = members(&one.join(&below))?;
        if names != members(&other.join(&below))? {
            return Err(Failure::Found(format!("other members in {}", below.display())));
        }
        for name in names {
            let path = below.join(name);
            if one.join(&path).is_dir() {
                todo.push(path);
            } else if bytes || path.extension().is_some_and(|extension| extension == "jsonl") {
                let read =
                    |base: &Path| fs::read(base.join(&path)).map_err(|error| told(&path, &error));
                if read(one)? != read(other)? {
                    return Err(Failure::Found(format!("other bytes in {}", path.display())));
                }
            }
        }
    }
    Ok(())
}

fn members(folder: &Path) -> Outcome<Vec<std::ffi::OsString>> {
    let entries = fs::read_dir(folder).map_err(|error| told(folder, &error))?;
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    Ok(names)
}

/// The same messages before other programs, each in one process.
fn beside_others(place: &Path, imsg: &Path) -> Outcome {
    let scratch = place.join("others");
    fs::create_dir_all(&scratch).map_err(|error| told(&scratch, &error))?;
    let first = place.join("from-eml").join("whole").join("out").join("f00000");
    let mut paths: Vec<PathBuf> = members(&first)?.iter().map(|name| first.join(name)).collect();
    paths.truncate(SHOWN_TO_OTHERS);
    let mut commands = vec![("imsg, one worker", {
        let mut command = Command::new(imsg);
        command.args(["to-eml", "--quiet", "--jobs", "1", "-o", "imsg/"]);
        command
    })];
    if works(Command::new("perl").args(["-MEmail::Outlook::Message", "-e", "1"])) {
        commands.push(("msgconvert", Command::new("msgconvert")));
    }
    if works(Command::new(python()).args(["-c", "import extract_msg"])) {
        let mut command = Command::new(python());
        command.args(["-c", EXTRACT_MSG]);
        commands.push(("extract-msg", command));
    }
    for (name, mut command) in commands {
        let ran = watched(command.args(&paths).current_dir(&scratch), |_| false)?;
        let rate = per_second(paths.len(), ran.seconds);
        let well = if ran.well { "" } else { ", not without errors" };
        say!("{name}: {rate} files a second, peak memory {}{well}", ran.peak());
    }
    Ok(())
}

/// What extract-msg offers for mails, file by file.
const EXTRACT_MSG: &str = "\
import sys, extract_msg
for number, path in enumerate(sys.argv[1:]):
    with extract_msg.openMsg(path) as message:
        with open('%d.eml' % number, 'wb') as out:
            out.write(message.asEmailMessage().as_bytes())
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_a_hundred_thousand_unless_given() {
        assert_eq!(count(&[]).expect("default"), COUNT);
        assert_eq!(count(&["2000".into()]).expect("number"), 2000);
        for wrong in [&["x".to_owned()][..], &["99".into()], &["100".into(), "2".into()]] {
            assert!(count(wrong).is_err());
        }
    }
}
