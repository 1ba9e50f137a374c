//! `imsg extract`: attachments as files, and nothing but the folder asked for is touched.

use crate::driver::{Desk, Kind, Verdict, each};
use crate::errors::Failure;
use crate::names::Taken;
use clap::Args;
use openimsg::{AttachContent, Message, safe_file_name};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

/// Save the attachments of messages as files
///
/// Messages inside messages become .msg files that open by themselves. Names are made safe, two of
/// one name get numbers, nothing is overwritten and nothing is written outside DIR. Of several FILEs
/// each has its own folder in DIR. Links are never followed. The path of each file is printed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Extract {
    /// Message files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The folder for the attachments; made if it is not there
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  imsg extract letter.msg -o parts      all attachments of one message
  imsg extract inbox/*.msg -o parts     a folder for each message
  imsg extract parts/FW*.msg -o deeper  the attachments of a message that was attached";

/// An input, and the folder inside the output folder that is its own.
struct Input {
    file: PathBuf,
    folder: Option<String>,
}

impl Extract {
    pub(crate) fn run(self) -> u8 {
        let mut taken = Taken::default();
        let many = self.files.len() > 1;
        let folder = |file: &Path| {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            taken.claim(&safe_file_name(&stem).unwrap_or_else(|| "message".into()))
        };
        let mut folder = Some(folder).filter(|_| many);
        let input = |file: &PathBuf| Input {
            folder: folder.as_mut().map(|folder| folder(file)),
            file: file.clone(),
        };
        let inputs: Vec<Input> = self.files.iter().map(input).collect();
        each(
            Kind::Acts,
            &inputs,
            |input| super::display(&input.file),
            |input, desk| self.extract(input, desk),
        )
    }

    fn extract(&self, input: &Input, desk: &mut Desk<'_>) -> Result<Verdict, Failure> {
        let opened = super::open(&input.file)?;
        let mut target = Target::new(&self.out, input.folder.as_deref());
        let mut verdict = Verdict::Good;
        for number in opened.message.attachment_numbers()? {
            let saved = save(&opened.message, number, &mut target);
            match saved {
                Ok(Saved::File(path)) => {
                    // Whoever listed the files may be gone; the files are wanted all the same.
                    let _ = writeln!(desk.out, "{}", path.display());
                }
                Ok(Saved::Nothing(why)) => desk.remark(format!("attachment {number}: {why}")),
                Err(failure) => {
                    desk.remark(failure.within(format!("attachment {number}")));
                    verdict = Verdict::Bad;
                }
            }
        }
        desk.findings(&opened.findings());
        Ok(verdict)
    }
}

enum Saved {
    File(PathBuf),
    /// There is nothing to save, and why.
    Nothing(String),
}

fn save(message: &Message<'_>, number: u32, target: &mut Target) -> Result<Saved, Failure> {
    let attachment = message.open_attach(number)?;
    let Some(mut file) = attachment.as_file()? else {
        let link =
            matches!(attachment.content()?, AttachContent::Reference(_) | AttachContent::Web(_));
        return Ok(Saved::Nothing(if link {
            "a link to a file or page, which is not in the message".into()
        } else {
            "it holds no data".into()
        }));
    };
    let name = file.name().to_owned();
    target.write(&name, |out| file.write_to(out).map(drop)).map(Saved::File)
}

/// The one folder that files go to, made when the first one comes.
struct Target {
    base: PathBuf,
    folder: Option<String>,
    taken: Taken,
    ready: bool,
}

impl Target {
    fn new(base: &Path, folder: Option<&str>) -> Target {
        let (base, folder) = (base.to_path_buf(), folder.map(str::to_owned));
        Target { base, folder, taken: Taken::default(), ready: false }
    }

    /// The folder; a link in its place is refused.
    fn folder(&mut self) -> Result<PathBuf, Failure> {
        let path = match &self.folder {
            Some(folder) => below(&self.base, folder)?,
            None => self.base.clone(),
        };
        if self.ready {
            return Ok(path);
        }
        let failed = |error| Failure::io("make folder", &path, &error);
        std::fs::create_dir_all(&self.base).map_err(failed)?;
        if self.folder.is_some() {
            match std::fs::create_dir(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    let stat = std::fs::symlink_metadata(&path).map_err(failed)?;
                    if !stat.is_dir() {
                        return Err(failed(error));
                    }
                }
                made => made.map_err(failed)?,
            }
        }
        self.ready = true;
        Ok(path)
    }

    /// Creates a file of this name, or of the next free one, and writes it. What could not be written
    /// whole is taken away again.
    fn write(
        &mut self,
        name: &str,
        content: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<PathBuf, Failure> {
        let folder = self.folder()?;
        for _ in 0..MAX_TRIES {
            let path = below(&folder, &self.taken.claim(name))?;
            // Exclusive creation fails on whatever is there, links included.
            let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                opened => opened.map_err(|error| Failure::io("create file", &path, &error))?,
            };
            return match content(&mut file) {
                Ok(()) => Ok(path),
                Err(error) => {
                    drop(file);
                    let _ = std::fs::remove_file(&path);
                    Err(Failure::io("write file", &path, &error))
                }
            };
        }
        Err(Failure::new("create file", "too many files of that name").at(name))
    }
}

/// How many names are tried beside files that were there before.
const MAX_TRIES: usize = 10_000;

/// `name` in `folder`, if it is the name of one thing in it and nothing else.
fn below(folder: &Path, name: &str) -> Result<PathBuf, Failure> {
    let mut components = Path::new(name).components();
    match (components.next(), components.next()) {
        (Some(Component::Normal(only)), None) if only == name => Ok(folder.join(name)),
        _ => Err(Failure::new("create file", "not the name of a file").at(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// Spec: F-118
    #[test]
    fn only_plain_names_are_joined_to_the_folder() {
        let folder = Path::new("out");
        assert_eq!(below(folder, "a.txt").unwrap(), Path::new("out/a.txt"));
        for name in ["", ".", "..", "../a", "/a", "a/b", "a/", "./a"] {
            assert!(below(folder, name).is_err(), "{name:?}");
        }
    }

    /// Spec: F-139
    #[test]
    fn files_and_links_that_are_there_stay() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.txt"), "mine").unwrap();
        let outside = dir.path().join("outside");
        #[cfg(unix)]
        std::os::unix::fs::symlink(&outside, dir.path().join("b.txt")).unwrap();
        #[cfg(not(unix))]
        std::fs::write(dir.path().join("b.txt"), "mine").unwrap();
        let mut target = Target::new(dir.path(), None);
        for (name, made) in [("a.txt", "a (2).txt"), ("b.txt", "b (2).txt"), ("A.txt", "A (3).txt")]
        {
            let path = target.write(name, |file| file.write_all(b"new")).unwrap();
            assert_eq!(path, dir.path().join(made));
        }
        assert_eq!(std::fs::read(dir.path().join("a.txt")).unwrap(), b"mine");
        assert!(!outside.exists());
        let broken = target.write("c", |_| Err(ErrorKind::StorageFull.into()));
        assert!(broken.is_err() && !dir.path().join("c").exists());
    }
}
