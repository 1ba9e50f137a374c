//! What other readers say of .msg files: `cargo xtask peers DIR`.
//!
//! Our own reader accepts what our own writer does, wrong or not; programs by other
//! people are the better judges. This installs nothing: it looks which readers are
//! on the machine, says so, and lets each read every file. A complaint fails the
//! check. A remark (a reader's warning about what it does not know) does not.

mod gsf;
mod strict_cfb;
mod talk;

use crate::files;
use crate::outcome::{Failure, Outcome};
use crate::run::{cargo, run, works};
use crate::say::say;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How long a reader may take over one file.
const PATIENCE: Duration = Duration::from_secs(60);
/// Without `-v`, so many complaints of each reader are shown.
const SHOWN: usize = 10;

/// One thing a reader says of a file.
#[derive(Debug, PartialEq)]
enum Note {
    Remark(String),
    Complaint(String),
}

/// A reader that was found, and how to ask it.
enum Ask {
    /// A program that is told one path after the other; see `talk`.
    Talk(fn() -> Command),
    /// A function of ours; see `talk::call`.
    Call(fn(&Path) -> Vec<Note>),
}

struct Reader {
    name: &'static str,
    /// Whether it is on this machine.
    found: fn() -> bool,
    ask: Ask,
}

const READERS: &[Reader] = &[
    Reader { name: "cfb (strict)", found: || true, ask: Ask::Call(strict_cfb::read) },
    Reader {
        name: "olefile",
        found: || python_has("olefile"),
        ask: Ask::Talk(|| script(&python(), "olefile_reader.py")),
    },
    Reader {
        name: "extract-msg",
        found: || python_has("extract_msg"),
        ask: Ask::Talk(|| script(&python(), "extract_msg_reader.py")),
    },
    Reader {
        name: "python-oxmsg",
        found: || python_has("oxmsg"),
        ask: Ask::Talk(|| script(&python(), "oxmsg_reader.py")),
    },
    Reader { name: "libgsf", found: gsf::found, ask: Ask::Call(gsf::read) },
    Reader {
        name: "Email::Outlook::Message",
        found: || works(Command::new("perl").args(["-MEmail::Outlook::Message", "-e", "1"])),
        ask: Ask::Talk(|| script("perl", "outlook_message.pl")),
    },
    Reader { name: "Apache POI", found: poi_found, ask: Ask::Talk(poi) },
];

/// What one reader said of all files.
#[derive(Default)]
struct Verdict {
    /// Files it read to the end without a complaint.
    read: usize,
    remarks: usize,
    /// Each with its file.
    complaints: Vec<String>,
}

pub(crate) fn check(args: &[String]) -> Outcome {
    let (options, places): (Vec<_>, Vec<_>) = args.iter().partition(|arg| arg.starts_with('-'));
    let verbose = options.iter().any(|option| *option == "-v");
    let [place] = places.as_slice() else {
        return Err(Failure::Usage("give one folder of .msg files, or one file".into()));
    };
    if let Some(other) = options.iter().find(|option| **option != "-v") {
        return Err(Failure::Usage(format!("unknown argument `{other}`")));
    }
    let files = messages(Path::new(place))?;
    let (found, missing): (Vec<_>, Vec<_>) = READERS.iter().partition(|reader| (reader.found)());
    say!("found: {}", names(&found));
    say!("not on this machine: {}", names(&missing));
    let mut table = Vec::new();
    for reader in found {
        let verdict = judge(reader, &files, verbose);
        show_complaints(reader.name, &verdict.complaints, verbose);
        table.push((reader.name, verdict));
    }
    print_table(&table, files.len());
    let complaining = table.iter().filter(|(_, verdict)| !verdict.complaints.is_empty()).count();
    match complaining {
        0 => Ok(()),
        many => Err(Failure::Found(format!("{many} of {} readers complain", table.len()))),
    }
}

/// Our own compound files, element by element; further arguments go to the program that does it.
pub(crate) fn storage(args: &[String]) -> Outcome {
    let build = ["run", "--quiet", "--package", "xtask", "--example", "storage-peers", "--"];
    run(cargo(&build).args(args))
}

fn judge(reader: &Reader, files: &[PathBuf], verbose: bool) -> Verdict {
    let mut verdict = Verdict::default();
    let mut session = talk::Session::new(&reader.ask, PATIENCE);
    for file in files {
        let mut clean = true;
        for note in session.read(file) {
            let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
            match note {
                Note::Complaint(text) => {
                    clean = false;
                    verdict.complaints.push(format!("{name}: {text}"));
                }
                Note::Remark(text) => {
                    verdict.remarks += 1;
                    if verbose {
                        say!("{}: {name}: remark: {text}", reader.name);
                    }
                }
            }
        }
        verdict.read += usize::from(clean);
    }
    verdict
}

fn show_complaints(name: &str, complaints: &[String], verbose: bool) {
    let shown = if verbose { complaints.len() } else { SHOWN };
    for complaint in complaints.iter().take(shown) {
        say!("{name}: {complaint}");
    }
    if complaints.len() > shown {
        say!("{name}: and {} more; -v shows all", complaints.len() - shown);
    }
}

fn print_table(table: &[(&str, Verdict)], files: usize) {
    say!("\n{:<24} {:>12} {:>11} {:>8}", "reader", "files read", "complaints", "remarks");
    for (name, Verdict { read, complaints, remarks }) in table {
        say!(
            "{name:<24} {:>12} {:>11} {remarks:>8}",
            format!("{read} of {files}"),
            complaints.len()
        );
    }
}

fn names(readers: &[&Reader]) -> String {
    match readers {
        [] => "none".into(),
        _ => readers.iter().map(|reader| reader.name).collect::<Vec<_>>().join(", "),
    }
}

/// The .msg files of a folder, in order; or the one file. Absolute, since readers
/// run elsewhere.
fn messages(place: &Path) -> Outcome<Vec<PathBuf>> {
    let place = std::path::absolute(place).map_err(|error| error.to_string())?;
    if place.is_file() {
        return Ok(vec![place]);
    }
    let entries =
        std::fs::read_dir(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("msg")));
    files.sort();
    if files.is_empty() {
        return Err(Failure::Found(format!("{}: no .msg files", place.display())));
    }
    Ok(files)
}

/// The Python to use: `OPENIMSG_PYTHON`, or the `python3` of this machine.
pub(crate) fn python() -> String {
    std::env::var("OPENIMSG_PYTHON").unwrap_or_else(|_| "python3".into())
}

fn python_has(module: &str) -> bool {
    works(Command::new(python()).args(["-c", &format!("import {module}")]))
}

fn scripts() -> PathBuf {
    files::root().join("crates/xtask/peers")
}

fn script(program: &str, name: &str) -> Command {
    let mut command = Command::new(program);
    // Python would leave compiled files beside the scripts.
    command.arg(scripts().join(name)).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// POI's jars, as Debian installs them; `OPENIMSG_JARS` names another folder.
fn jars() -> Vec<PathBuf> {
    let folder = std::env::var_os("OPENIMSG_JARS").unwrap_or_else(|| "/usr/share/java".into());
    let names = ["poi", "poi-scratchpad", "commons-collections4", "commons-codec", "commons-math3"];
    names.iter().map(|name| Path::new(&folder).join(format!("{name}.jar"))).collect()
}

/// Running a source file needs the compiler, which a bare runtime lacks.
fn poi_found() -> bool {
    let jars = jars().iter().all(|jar| jar.is_file());
    jars && works(Command::new("javac").arg("-version"))
}

fn poi() -> Command {
    let mut command = Command::new("java");
    let path = std::env::join_paths(jars()).unwrap_or_default();
    command.arg("-cp").arg(path).arg(scripts().join("Poi.java"));
    command
}
