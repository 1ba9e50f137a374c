//! `imsg extract`: attachments as files, and nothing but the folder asked for is touched.

mod custom;

use crate::driver::{Desk, Kind, Verdict, each};
use crate::errors::Failure;
use crate::names::{self, Taken};
use clap::Args;
use openimsg::tags::{
    PR_ATTACH_DATA_BIN, PR_ATTACH_EXTENSION_W, PR_ATTACH_MIME_TAG_W, PR_SUBJECT_W,
};
use openimsg::{Attachment, CommitFlags, CompoundFile, Message, OpenStream, Storage};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

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
            taken.claim(&names::safe(&stem).unwrap_or_else(|| "message".into()))
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

/// Methods of attachments. Spec: msg-format 1.9.
const BY_REFERENCE: [i32; 4] = [2, 3, 4, 7];

fn save(message: &Message<'_>, number: u32, target: &mut Target) -> Result<Saved, Failure> {
    let attachment = message.open_attach(number)?;
    let name = attachment.file_name()?.unwrap_or_default();
    let fallback = format!("attachment-{number}");
    let safe = names::safe(&name);
    if attachment.has_message()? {
        return save_message(&attachment, safe, &fallback, target).map(Saved::File);
    }
    if attachment.has_storage()? {
        let storage = attachment.open_storage()?;
        let custom::Content { bytes, extension, name } = custom::content(&storage)?;
        let own = name.as_deref().and_then(names::safe);
        let name = safe.or(own).unwrap_or(fallback);
        let name = with_extension(name, extension);
        return target.write(&name, |file| file.write_all(&bytes)).map(Saved::File);
    }
    if BY_REFERENCE.contains(&attachment.method()?) {
        return Ok(Saved::Nothing("a link to a file or page, which is not in the message".into()));
    }
    let Some(mut data) = data(&attachment)? else {
        return Ok(Saved::Nothing("it holds no data".into()));
    };
    let mut name = safe.unwrap_or(fallback);
    if Path::new(&name).extension().is_none() {
        name = with_extension(name, &extension(&attachment));
    }
    target.write(&name, |file| io::copy(&mut data, file).map(drop)).map(Saved::File)
}

/// The extension that the attachment tells beside its name, without its dot; empty if it tells none.
fn extension(attachment: &Attachment<'_>) -> String {
    let own = attachment.get(PR_ATTACH_EXTENSION_W).ok().flatten().unwrap_or_default();
    let own = own.trim_start_matches('.');
    if let Some(own) = names::safe(own).filter(|own| own.len() <= 16 && !own.contains('.')) {
        return own;
    }
    let media = attachment.get(PR_ATTACH_MIME_TAG_W).ok().flatten().unwrap_or_default();
    crate::media::extension_of(&media).unwrap_or_default().to_owned()
}

fn data<'s>(attachment: &Attachment<'s>) -> Result<Option<openimsg::PropStream<'s>>, Failure> {
    match attachment.open_stream(PR_ATTACH_DATA_BIN.tag(), OpenStream::Read) {
        Ok(data) => Ok(Some(data)),
        Err(error) if error.code() == openimsg::Code::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// An embedded message as a file that opens by itself. Spec: msg-format 1.9.1.
fn save_message(
    attachment: &Attachment<'_>,
    name: Option<String>,
    fallback: &str,
    target: &mut Target,
) -> Result<PathBuf, Failure> {
    let message = attachment.open_message()?;
    let subject = || {
        let subject = message.get(PR_SUBJECT_W).ok().flatten();
        names::safe(&subject.unwrap_or_default())
    };
    let name = name.or_else(subject).unwrap_or_else(|| fallback.to_owned());
    let copy = Arc::new(CompoundFile::memory());
    let storage: Arc<dyn Storage> = Arc::<CompoundFile>::clone(&copy);
    message.write_to(&storage)?;
    storage.commit(CommitFlags::empty())?;
    let bytes = copy.to_bytes()?;
    target.write(&with_extension(name, "msg"), |file| file.write_all(&bytes))
}

/// The name with this extension; one that has it already keeps it as it is written.
fn with_extension(name: String, extension: &str) -> String {
    let has = Path::new(&name).extension().is_some_and(|own| own.eq_ignore_ascii_case(extension));
    if has || extension.is_empty() { name } else { format!("{name}.{extension}") }
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
            let path = below(&folder, &self.taken.claim(&names::fitted(name)))?;
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

    #[test]
    fn an_extension_is_added_once() {
        assert_eq!(with_extension("a".into(), "msg"), "a.msg");
        assert_eq!(with_extension("a.MSG".into(), "msg"), "a.MSG");
        assert_eq!(with_extension("a.b".into(), "msg"), "a.b.msg");
    }
}
