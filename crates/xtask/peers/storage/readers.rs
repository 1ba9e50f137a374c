//! The readers: programs and crates by other people, each giving its dump of a file.

use super::Answer;
use super::dump::{Dump, Facts, Item, below, digest, escaped, parse};
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A reader, where it is found, and where it is known to see something else.
pub struct Reader {
    pub name: &'static str,
    pub found: fn() -> bool,
    pub read: fn(&Path) -> Answer<Dump>,
    /// Why this reader is not asked for a file, by the beginning of its name.
    pub spared: &'static [(&'static str, &'static str)],
    /// Turns our dump into what this reader is known to give.
    pub sees: fn(&mut Dump),
}

pub const READERS: &[Reader] = &[
    Reader {
        name: "cfb (strict)",
        found: || true,
        read: cfb_crate,
        spared: &[
            ("odd", "a name that is not UTF-16 makes it refuse the file"),
            ("deep-1000", "it takes time by the square of the depth, in paths"),
            ("dots", "its paths give . and .. the meaning that files have for them"),
            (
                "letters",
                "it takes capitals from Unicode, where \u{17f} is a small S; the format does not",
            ),
        ],
        sees: |_| {},
    },
    Reader {
        name: "olefile",
        found: || works(Command::new(python()).args(["-c", "import olefile"])),
        read: olefile,
        spared: &[("huge", "a digest over 2 GiB takes Python an hour")],
        sees: |_| {},
    },
    Reader {
        name: "libgsf",
        found: || works(Command::new("gsf").arg("help")),
        read: gsf,
        spared: &[
            ("odd", "its listing is text, a name on a line"),
            ("huge", "the digest needs the whole stream in memory"),
        ],
        sees: empty_as_stream,
    },
    Reader {
        name: "ole32",
        found: || ole32_command("OPENIMSG_OLE32_DUMP").is_some(),
        read: ole32,
        spared: &[
            ("deep-1000", "a program that walks by recursion may end it at any depth"),
            (
                "letters",
                "Wine tells cases apart beyond ASCII: it creates both \u{e4} and \u{c4} in one storage",
            ),
        ],
        sees: without_state,
    },
];

/// libgsf takes a storage without members for a stream without bytes.
fn empty_as_stream(dump: &mut Dump) {
    for (path, item) in dump {
        if matches!(item, Item::Storage(Facts { members: Some(0), .. }) if path != "/") {
            *item = Item::Stream { size: 0, digest: digest(&[]) };
        }
    }
}

/// Wine accepts state bits and does not store them; another ole32 does. See `ole32`.
pub fn without_state(dump: &mut Dump) {
    for item in dump.values_mut() {
        if let Item::Storage(facts) = item {
            facts.state = None;
        }
    }
}

pub fn python() -> OsString {
    std::env::var_os("OPENIMSG_PYTHON").unwrap_or_else(|| "python3".into())
}

fn works(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

fn cfb_crate(path: &Path) -> Answer<Dump> {
    use std::time::{Duration, UNIX_EPOCH};
    let mut file = cfb::CompoundFile::open_strict(File::open(path)?)?;
    let ticks = |time: std::time::SystemTime| -> Answer<u64> {
        let epoch = UNIX_EPOCH - Duration::from_secs(11_644_473_600);
        Ok(u64::try_from(time.duration_since(epoch)?.as_nanos() / 100)?)
    };
    let entries: Vec<_> = file.walk().collect();
    let mut dump = Dump::new();
    for entry in entries {
        let mut at = "/".to_owned();
        let text = entry.path().to_str().ok_or("a path that is not text")?;
        for name in text.split('/').filter(|name| !name.is_empty()) {
            at = below(&at, &escaped(name.encode_utf16()));
        }
        if entry.is_stream() {
            let mut stream = file.open_stream(entry.path())?;
            let mut content = super::dump::Digest::new();
            let mut piece = vec![0; 1 << 20];
            let mut size = 0;
            loop {
                let got = std::io::Read::read(&mut stream, &mut piece)?;
                if got == 0 {
                    break;
                }
                content.add(piece.get(..got).unwrap_or_default());
                size += u64::try_from(got)?;
            }
            dump.insert(at, Item::Stream { size, digest: content.end() });
        } else {
            let facts = Facts {
                members: None,
                class: Some(entry.clsid().hyphenated().to_string().to_uppercase()),
                state: Some(entry.state_bits()),
                times: Some((ticks(entry.created())?, ticks(entry.modified())?)),
            };
            dump.insert(at, Item::Storage(facts));
        }
    }
    Ok(dump)
}

fn olefile(path: &Path) -> Answer<Dump> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/olefile_dump.py");
    let text = output(Command::new(python()).arg(script).arg(path))?;
    Ok(parse(&String::from_utf8(text)?))
}

/// libgsf lists names and sizes, and prints the streams one after the other.
fn gsf(path: &Path) -> Answer<Dump> {
    let listing = String::from_utf8(output(Command::new("gsf").arg("list").arg(path))?)?;
    let mut dump = Dump::new();
    let mut streams = Vec::new();
    for line in listing.lines().skip(1) {
        // In columns: the kind, the time or nothing, the size to the right, the name.
        let column = |from, to| line.get(from..to).ok_or_else(|| format!("no line: {line}"));
        let (kind, size) = (column(0, 1)?, column(22, 34)?.trim());
        let name = column(35, line.len())?;
        let mut at = "/".to_owned();
        for name in name.split('/').filter(|_| name != "*root*") {
            at = below(&at, &escaped(name.encode_utf16()));
        }
        match kind {
            _ if at == "/" => drop(dump.insert(at, Item::Storage(Facts::default()))),
            "d" => drop(dump.insert(at, Item::Storage(Facts::default()))),
            _ => streams.push((at, name, size.parse::<usize>()?)),
        }
    }
    // It opens the file anew for each command; so many names a command can take.
    for some in streams.chunks(500) {
        let names = some.iter().map(|(_, name, _)| name);
        let bytes = output(Command::new("gsf").arg("cat").arg(path).args(names))?;
        let mut rest = &*bytes;
        for (at, _, size) in some {
            let (content, more) = rest.split_at_checked(*size).ok_or("fewer bytes than listed")?;
            let item = Item::Stream { size: u64::try_from(*size)?, digest: digest(content) };
            dump.insert(at.clone(), item);
            rest = more;
        }
        if !rest.is_empty() {
            return Err("more bytes than listed".into());
        }
    }
    Ok(dump)
}

/// The program of a variable: words, of which `FILE` stands for the file.
pub fn ole32_command(variable: &str) -> Option<Vec<String>> {
    let words = std::env::var(variable).ok()?;
    let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() { None } else { Some(words) }
}

/// That program for one file.
pub fn ole32_for(variable: &str, path: &Path) -> Answer<Command> {
    let mut words = ole32_command(variable).ok_or_else(|| format!("{variable} is not set"))?;
    if !words.iter().any(|word| word == "FILE") {
        words.push("FILE".into());
    }
    let words = words.iter().map(|word| match &**word {
        "FILE" => path.to_path_buf(),
        word => PathBuf::from(word),
    });
    let words: Vec<_> = words.collect();
    let (program, args) = words.split_first().ok_or("an empty command")?;
    let mut command = Command::new(program);
    command.args(args);
    Ok(command)
}

pub fn ole32(path: &Path) -> Answer<Dump> {
    // An end with an error is told in the lines, too.
    let output = ole32_for("OPENIMSG_OLE32_DUMP", path)?.stdin(Stdio::null()).output()?;
    let dump = parse(&String::from_utf8(output.stdout)?);
    if dump.is_empty() {
        return Err(format!("no dump: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(dump)
}

fn output(command: &mut Command) -> Answer<Vec<u8>> {
    let output = command.stdin(Stdio::null()).output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || !text.is_empty() {
        let text: Vec<&str> = text.split_whitespace().take(40).collect();
        return Err(format!("{}: {}", output.status, text.join(" ")).into());
    }
    Ok(output.stdout)
}
