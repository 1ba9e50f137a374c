//! To and fro with the `IStorage` of Windows: it makes a file, we read and change it, it reads and
//! changes it again, and so on. After every step both give the same dump, and what a step did not name
//! is as it was.
//!
//! `OPENIMSG_OLE32_DUMP` names a command that prints the dump of a file, as `dump` describes it.
//! `OPENIMSG_OLE32_SCRIPT` names one that reads commands from its standard input, one on a line, carries
//! them out on the file, and prints a line that begins with `ok` or `fail` for each:
//!
//! ```text
//! new [4096]            create the file, with sectors of 512 or 4096 bytes
//! open                  open it for change
//! mkstg PATH            create a storage
//! mkstm PATH SIZE SEED  create a stream, or replace it, with so many bytes of any content
//! put PATH OFFSET HEX   write bytes
//! size PATH SIZE        set the size of a stream
//! rm PATH               destroy an element
//! mv PATH NAME          rename an element
//! clsid PATH CLASS      set the class of a storage
//! commit                commit the root
//! close                 let it go
//! ```
//!
//! In both, the word `FILE` stands for the file's path; paths inside are escaped as in a dump.

use super::Answer;
use super::dump::{Dump, Item, below, differences};
use super::make::{Numbers, Way, bytes, commit, edit, stream};
use super::ours::{self, RW};
use super::readers::{ole32, ole32_command, ole32_for};
use openimsg::{CompoundFile, ElementKind, ElementName, Mode, Storage};
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

const SCRIPT: &str = "OPENIMSG_OLE32_SCRIPT";

pub fn found() -> bool {
    ole32_command(SCRIPT).is_some() && ole32_command("OPENIMSG_OLE32_DUMP").is_some()
}

/// Some files to and fro; the number of states that were compared.
pub fn check(folder: &Path) -> Answer<usize> {
    let mut states = 0;
    for (seed, large, way) in [
        (1, false, Way::Anew),
        (2, false, Way::InPlace),
        (3, true, Way::Anew),
        (4, true, Way::InPlace),
    ] {
        let path = folder.join(format!("to-and-fro-{seed}.cfb"));
        states += to_and_fro(&path, &mut Numbers::new(seed), large, way)
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(states)
}

fn to_and_fro(path: &Path, numbers: &mut Numbers, large: bool, way: Way) -> Answer<usize> {
    // Somebody's file, not one of ours.
    let _not_there = std::fs::remove_file(path);
    let mut commands = vec![if large { "new 4096".to_owned() } else { "new".to_owned() }];
    commands.push("clsid / 00020D0B-0000-0000-C000-000000000046".into());
    for storage in ["/a", "/b", "/a/%0005deeper", "/%4E2D", "/a/%0005deeper/deepest"] {
        commands.push(format!("mkstg {storage}"));
        for size in [0, 1, 63, 64, 65, 4095, 4096, 4097, 70_000] {
            commands.push(format!("mkstm {storage}/{size} {size} {}", numbers.below(1000)));
        }
    }
    run(path, &commands)?;
    let mut now = agreed(path)?;
    for _ in 0..12 {
        let mut touched = Vec::new();
        let root = edit(path, way)?;
        for _ in 0..8 {
            change(&root, numbers, &mut touched)?;
        }
        commit(&root)?;
        drop(root);
        now = kept(now, agreed(path)?, &touched)?;

        touched.clear();
        let mut commands = vec!["open".to_owned()];
        for _ in 0..8 {
            commands.extend(command(&now, numbers, &mut touched));
        }
        run(path, &commands)?;
        now = kept(now, agreed(path)?, &touched)?;
    }
    Ok(1 + 2 * 12)
}

/// The dump that both readers give.
fn agreed(path: &Path) -> Answer<Dump> {
    let ours = ours::read_foreign(path)?;
    let mut without_state = ours.clone();
    super::readers::without_state(&mut without_state);
    match differences(&without_state, &ole32(path)?).first() {
        None => Ok(ours),
        Some(difference) => Err(difference.clone().into()),
    }
}

/// The new state, if it differs from the old one only where somebody worked.
fn kept(old: Dump, new: Dump, touched: &[String]) -> Answer<Dump> {
    let untouched = |dump: &Dump| -> Vec<(String, String)> {
        let streams = dump.iter().filter(|(path, item)| {
            matches!(item, Item::Stream { .. }) && !touched.iter().any(|at| is_in(path, at))
        });
        streams.map(|(path, item)| (path.clone(), format!("{item:?}"))).collect()
    };
    if untouched(&old) == untouched(&new) {
        Ok(new)
    } else {
        Err(format!("something else changed than {touched:?}").into())
    }
}

fn is_in(path: &str, at: &str) -> bool {
    path.strip_prefix(at).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// One change of ours, in the root or in a storage of it.
fn change(root: &CompoundFile, numbers: &mut Numbers, touched: &mut Vec<String>) -> Answer<()> {
    let name = format!("n{}", numbers.below(12));
    let members = root.elements()?;
    let storages: Vec<_> =
        members.iter().filter(|stat| stat.kind == ElementKind::Storage).collect();
    let inner = storages.get(usize::try_from(numbers.below(5))?).and_then(|stat| stat.name);
    let (at, opened) = match inner {
        Some(name) => {
            let at = super::dump::escaped(name.units().iter().copied());
            (below("/", &at), Some(root.open_storage(&name, RW)?))
        }
        None => ("/".to_owned(), None),
    };
    let storage: &dyn Storage = opened.as_deref().unwrap_or(root);
    let element = ElementName::new(&name)?;
    touched.push(below(&at, &name));
    match numbers.below(6) {
        0 => drop(storage.destroy_element(&element)),
        1 => {
            let other = format!("r{}", numbers.below(1000));
            if storage.rename_element(&element, &ElementName::new(&other)?).is_ok() {
                touched.push(below(&at, &other));
            }
        }
        2 => {
            if let Ok(stream) = storage.open_stream(&element, RW) {
                stream.set_size(numbers.below(20_000))?;
            }
        }
        3 => {
            let inner = storage.create_storage(&element, RW.and(Mode::CREATE))?;
            stream(&*inner, "x", &bytes(numbers.below(5_000), 5))?;
        }
        _ => stream(storage, &name, &bytes(numbers.below(9_000), 6))?,
    }
    Ok(())
}

/// One command, on something that is there and was not named before.
fn command(now: &Dump, numbers: &mut Numbers, touched: &mut Vec<String>) -> Option<String> {
    let free =
        |path: &str| path != "/" && !touched.iter().any(|at| is_in(path, at) || is_in(at, path));
    let paths: Vec<_> = now.iter().filter(|(path, _)| free(path)).collect();
    let (path, item) = paths.get(usize::try_from(numbers.below(paths.len() as u64)).ok()?)?;
    touched.push((*path).clone());
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let number = numbers.below(100_000);
    Some(match (item, numbers.below(5)) {
        (_, 0) => format!("rm {path}"),
        (_, 1) => {
            // Wine does not store the new length of a name, and reads names to their end.
            let old = path.rsplit_once('/').map_or(0, |(_, name)| name.len());
            let new = format!("{number:0>old$}");
            if path.contains('%') || new.len() > old {
                return None;
            }
            touched.push(format!("{parent}/{new}"));
            format!("mv {path} {new}")
        }
        (Item::Stream { .. }, 2) => format!("size {path} {}", number % 20_000),
        (Item::Stream { size, .. }, 3) => format!("put {path} {} 00FF1234", number % (size + 1)),
        (Item::Stream { .. }, _) => format!("mkstm {path} {} {number}", number % 9_000),
        (_, 2) => format!("clsid {path} {number:08X}-0000-0000-C000-000000000046"),
        _ => {
            touched.push(format!("{path}/w{number}"));
            format!("mkstm {path}/w{number} {} {number}", number % 5_000)
        }
    })
}

/// Lets the other program carry out commands; each of them must succeed.
fn run(path: &Path, commands: &[String]) -> Answer<()> {
    let mut command = ole32_for(SCRIPT, path)?;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let text = format!("{}\ncommit\nclose\n", commands.join("\n"));
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(text.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    match said.lines().find(|line| !line.starts_with("ok")) {
        Some(line) => Err(line.to_owned().into()),
        None if said.lines().count() == commands.len() + 2 => Ok(()),
        None => Err(format!("{}: {}", output.status, said).into()),
    }
}
