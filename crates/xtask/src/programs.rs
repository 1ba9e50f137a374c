//! The C and C++ programs that test the C library, for checks that build and run them in a way of
//! their own: on another system, under a tool that watches them.
//!
//! Every source with a `main` is one program, together with the sources without whose names begin
//! with its own and `_`. If it takes an argument, that is a folder for its files.

use crate::files;
use crate::install::FOLDER;
use crate::outcome::{Failure, Outcome};
use crate::run::{Finished, run, within};
use crate::say::say;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Against hangs, so far more than any program needs.
const LONGEST: Duration = Duration::from_secs(600);

/// One program.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: String,
    /// From the root of the repository; the one with `main` first.
    sources: Vec<String>,
    wants_folder: bool,
}

/// How programs are built.
pub(crate) struct Tools {
    pub(crate) cc: OsString,
    pub(crate) cxx: OsString,
    /// For the compiler, before the source.
    pub(crate) compile: Vec<OsString>,
    /// For the linker, after the objects.
    pub(crate) link: Vec<OsString>,
    pub(crate) object: &'static str,
    pub(crate) program: &'static str,
}

/// The programs in these folders of the crate's C tests.
pub(crate) fn all(folders: &[&str]) -> Outcome<Vec<Program>> {
    let mut found = Vec::new();
    for folder in folders {
        let mut sources = Vec::new();
        for path in files::under(&format!("{FOLDER}/tests/c/{folder}"), &["c", "cpp"]) {
            let text = files::read(&path)?;
            sources.push((path, text));
        }
        found.extend(of_sources(&sources));
    }
    Ok(found)
}

fn of_sources(sources: &[(String, String)]) -> Vec<Program> {
    let (mains, parts): (Vec<_>, Vec<_>) =
        sources.iter().partition(|(_, text)| text.contains("int main("));
    mains
        .into_iter()
        .map(|(path, text)| {
            let stem = stem(path);
            let belongs = format!("{stem}_");
            let parts = parts.iter().filter(|(path, _)| self::stem(path).starts_with(&belongs));
            let wants_folder = !text.contains("int main(void)");
            let sources = std::iter::once(path.clone()).chain(parts.map(|(path, _)| path.clone()));
            Program { name: stem.to_owned(), sources: sources.collect(), wants_folder }
        })
        .collect()
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name)
}

impl Program {
    /// Compiles and links it; gives where it is.
    fn build(&self, tools: &Tools, folder: &Path) -> Outcome<PathBuf> {
        let mut objects = Vec::new();
        let mut plus = false;
        for source in &self.sources {
            let is_plus = source.ends_with(".cpp");
            plus |= is_plus;
            let object = folder.join(format!("{}-{}.{}", self.name, stem(source), tools.object));
            let mut command = Command::new(if is_plus { &tools.cxx } else { &tools.cc });
            command.arg(if is_plus { "-std=c++11" } else { "-std=c99" }).args(&tools.compile);
            command.arg("-c").arg(source).arg("-o").arg(&object).current_dir(files::root());
            quietly(&mut command)?;
            objects.push(object);
        }
        let program = folder.join(format!("{}{}", self.name, tools.program));
        let mut command = Command::new(if plus { &tools.cxx } else { &tools.cc });
        command.args(objects).arg("-o").arg(&program).args(&tools.link);
        quietly(&mut command)?;
        Ok(program)
    }
}

/// Builds and runs each program, in a folder made for it; gives those that failed. `runner` makes the
/// command that runs one; `named` says how the program knows a path.
pub(crate) fn check(
    programs: &[Program],
    tools: &Tools,
    folder: &Path,
    runner: impl Fn(&Path) -> Command,
    named: impl Fn(&Path) -> OsString,
) -> Outcome {
    let mut failed = Vec::new();
    for program in programs {
        let work = folder.join(format!("{}-work", program.name));
        std::fs::create_dir_all(&work).map_err(|e| format!("{}: {e}", work.display()))?;
        let verdict = program.build(tools, folder).and_then(|path| {
            let mut command = runner(&path);
            command.current_dir(&work);
            if program.wants_folder {
                command.arg(named(&work));
            }
            judge(within(&mut command, LONGEST))
        });
        match verdict {
            Ok(()) => say!("  {:<16} passed", program.name),
            Err(failure) => {
                say!("  {:<16} FAILED: {failure}", program.name);
                failed.push(program.name.as_str());
            }
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Failure::Found(format!("failed: {}", failed.join(", "))))
    }
}

fn judge(ended: std::io::Result<Option<Finished>>) -> Outcome {
    let Finished { status, stdout, stderr } = match ended {
        Ok(Some(finished)) if finished.status.success() => return Ok(()),
        Ok(Some(finished)) => finished,
        Ok(None) => return Err(Failure::Found("does not end".into())),
        Err(error) => return Err(Failure::Found(error.to_string())),
    };
    let said = [stdout, stderr].concat();
    Err(Failure::Found(format!("{status}\n{}", String::from_utf8_lossy(&said))))
}

/// Shows the command only if it fails.
fn quietly(command: &mut Command) -> Outcome {
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        // Once more, for all to see.
        _ => run(command),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_without_main_is_part_of_the_one_it_is_named_after() {
        let source = |path: &str, text: &str| (format!("t/{path}"), text.to_owned());
        let found = of_sources(&[
            source("mixed.cpp", "int main(void)"),
            source("mixed_part.c", "int part;"),
            source("other.c", "int main(int argc, char **argv)"),
        ]);
        let [mixed, other] = found.as_slice() else { panic!("two programs: {found:?}") };
        assert_eq!(mixed.sources, ["t/mixed.cpp", "t/mixed_part.c"]);
        assert!(!mixed.wants_folder && other.wants_folder);
    }
}
