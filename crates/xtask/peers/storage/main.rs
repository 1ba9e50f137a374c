//! Compound files of ours before other readers, and theirs before us: `cargo xtask peers-storage`.
//!
//! A program of its own, since the checks shall run where the library does not compile. It makes files
//! by both writers in both versions, and lets each reader on this machine give every element of each
//! file. What a reader gives must be what we read, and that what was put in. What a reader is known to
//! see otherwise stands in the table of readers, with the reason.

mod dump;
mod make;
mod ole32;
mod ours;
mod readers;

use dump::Dump;
use make::{CONTENTS, Way};
use readers::{READERS, Reader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Any error is a complaint, in words.
type Answer<T> = Result<T, Box<dyn std::error::Error>>;

/// Of each reader and file so many differences are shown.
const SHOWN: usize = 3;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let huge = args.iter().any(|arg| arg == "--huge");
    let folder = args.iter().find(|arg| !arg.starts_with('-'));
    let folder = folder.map_or_else(|| std::env::temp_dir().join("openimsg-peers"), PathBuf::from);
    match check(&folder, huge) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(many) => {
            eprintln!("{many} complaints");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn check(folder: &Path, huge: bool) -> Answer<usize> {
    std::fs::create_dir_all(folder)?;
    let (found, missing): (Vec<_>, Vec<_>) = READERS.iter().partition(|reader| (reader.found)());
    println!("files in {}", folder.display());
    println!("found: {}", names(&found));
    println!("not on this machine: {}", names(&missing));
    let mut complaints = 0;
    let files = if huge { vec![the_huge(folder)?] } else { make_all(folder, &mut complaints)? };
    let elements: usize = files.iter().map(|(_, dump)| dump.len()).sum();
    println!("made: {} files, {elements} elements", files.len());
    println!(
        "\n{:<14} {:>6} {:>9} {:>9} {:>7}",
        "reader", "files", "elements", "complain", "spared"
    );
    for reader in found {
        complaints += ask(reader, &files);
    }
    if huge {
        return Ok(complaints);
    }
    if ole32::found() {
        match ole32::check(folder) {
            Ok(states) => println!("to and fro with ole32: {states} states agree"),
            Err(error) => {
                complaints += 1;
                println!("to and fro with ole32: {error}");
            }
        }
    } else {
        println!("to and fro with ole32: skipped, OPENIMSG_OLE32_SCRIPT is not set");
    }
    Ok(complaints)
}

/// One file beyond 2 GiB.
fn the_huge(folder: &Path) -> Answer<(PathBuf, Dump)> {
    let path = folder.join("huge-v4.cfb");
    make::huge(&path)?;
    let dump = ours::read(&path)?;
    Ok((path, dump))
}

/// Every content by both writers in both versions.
fn make_all(folder: &Path, complaints: &mut usize) -> Answer<Vec<(PathBuf, Dump)>> {
    let mut files = Vec::new();
    for way in [Way::Anew, Way::InPlace] {
        for large in [false, true] {
            let kind = |name: &str| {
                let way = if way == Way::Anew { "anew" } else { "in-place" };
                folder.join(format!("{name}-{way}-v{}.cfb", if large { 4 } else { 3 }))
            };
            for content in CONTENTS {
                let path = kind(content.name);
                match fill(&path, content, way, large) {
                    Ok(dump) => files.push((path, dump)),
                    Err(error) => {
                        *complaints += 1;
                        println!("{}: {error}", path.display());
                    }
                }
            }
            let path = kind("odd");
            make::odd_names(&path, way, large)?;
            let dump = ours::read(&path)?;
            files.push((path, dump));
        }
    }
    Ok(files)
}

fn names(readers: &[&Reader]) -> String {
    let names: Vec<_> = readers.iter().map(|reader| reader.name).collect();
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

/// Makes one file; what we read in it must be what was in it before it was written.
fn fill(path: &Path, content: &make::Content, way: Way, large: bool) -> Answer<Dump> {
    let root = Arc::new(make::create(path, way, large)?);
    (content.fill)(&root)?;
    let put = ours::tree(Arc::clone(&root) as Arc<dyn openimsg::Storage>)?;
    make::commit(&root)?;
    drop(root);
    let read = ours::read(path)?;
    match dump::differences(&put, &read).first() {
        None => Ok(read),
        Some(difference) => Err(format!("not what was put in: {difference}").into()),
    }
}

/// Lets a reader read all files; the number of files that it complains of.
fn ask(reader: &Reader, files: &[(PathBuf, Dump)]) -> usize {
    let (mut read, mut elements, mut complaints, mut spared) = (0, 0, 0, 0);
    for (path, dump) in files {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if reader.spared.iter().any(|(start, _)| name.starts_with(start)) {
            spared += 1;
            continue;
        }
        let mut ours = dump.clone();
        (reader.sees)(&mut ours);
        let found = match (reader.read)(path) {
            Ok(theirs) => dump::differences(&ours, &theirs),
            Err(error) => vec![error.to_string()],
        };
        for difference in found.iter().take(SHOWN) {
            println!("{}: {name}: {difference}", reader.name);
        }
        if found.len() > SHOWN {
            println!("{}: {name}: and {} more", reader.name, found.len() - SHOWN);
        }
        read += 1;
        elements += dump.len();
        complaints += usize::from(!found.is_empty());
    }
    println!("{:<14} {read:>6} {elements:>9} {complaints:>9} {spared:>7}", reader.name);
    complaints
}
