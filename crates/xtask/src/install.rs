//! Puts the C library where programs are built from: libraries, headers, the file of pkg-config.
//!
//! Under the prefix comes what C programmers expect: `lib/` with the shared library under its
//! versioned name and the links to it, the static library and `pkgconfig/openimsg.pc`;
//! `include/openimsg/` with the headers, under every spelling of `include/spellings.txt`. On
//! Windows the DLL is in `bin/`, and its import library in `lib/`.

mod headers;
mod place;
mod system;

use crate::files;
use crate::metadata::{self, Package};
use crate::outcome::{Failure, Outcome};
use crate::run::{cargo, run};
use crate::say::say;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
pub(crate) use system::System;

pub(crate) const CRATE: &str = "openimsg-capi";
pub(crate) const FOLDER: &str = "crates/openimsg-capi";

/// What the command line asks for.
#[derive(Debug, Default, PartialEq)]
struct Asked {
    prefix: PathBuf,
    /// Stands before the prefix while files are copied, and in no file: for who makes packages.
    destdir: Option<PathBuf>,
    debug: bool,
    /// Where the libraries lie already, by cargo's names; nothing is built then.
    libraries: Option<PathBuf>,
}

/// What is laid out, and where.
pub(crate) struct Plan<'a> {
    pub(crate) system: System,
    /// The folder with the libraries, by cargo's names.
    pub(crate) libraries: &'a Path,
    /// What the files say of themselves.
    pub(crate) prefix: &'a Path,
    /// Where they are put.
    pub(crate) root: &'a Path,
    /// What a static library needs besides, as words for the linker.
    pub(crate) private_libs: &'a str,
}

pub(crate) fn install(args: &[String]) -> Outcome {
    let asked = parse(args)?;
    let prefix = std::path::absolute(&asked.prefix).map_err(|error| error.to_string())?;
    let libraries = match &asked.libraries {
        Some(folder) => folder.clone(),
        None => build(asked.debug)?,
    };
    let root = match &asked.destdir {
        Some(destdir) => below(destdir, &prefix),
        None => prefix.clone(),
    };
    let plan = Plan {
        system: System::of_this_machine(),
        libraries: &libraries,
        prefix: &prefix,
        root: &root,
        private_libs: &private_libs(None)?,
    };
    lay_out(&plan)?;
    say!("install: openimsg {} is in {}", package()?.version, root.display());
    Ok(())
}

/// Copies and writes every file.
pub(crate) fn lay_out(plan: &Plan<'_>) -> Outcome {
    let package = package()?;
    let version = &package.version;
    system::put_libraries(plan, version)?;
    headers::put(&files::root().join(FOLDER).join("include"), plan)?;
    let template = files::read(&format!("{FOLDER}/openimsg.pc.in"))?;
    let text = fill(&template, plan, &package)?;
    place::write(&plan.root.join("lib/pkgconfig/openimsg.pc"), &text)?;
    Ok(())
}

/// The C library's package; versions and descriptions are written in its manifest alone.
pub(crate) fn package() -> Outcome<Package> {
    let mut packages = metadata::workspace()?.packages.into_iter();
    let found = packages.find(|package| package.name == CRATE);
    found.ok_or_else(|| Failure::Found(format!("there is no package {CRATE}")))
}

fn build(debug: bool) -> Outcome<PathBuf> {
    let mut command = cargo(&["build", "--locked", "--package", CRATE, "--lib"]);
    run(command.args((!debug).then_some("--release")))?;
    Ok(metadata::workspace()?.target.join(if debug { "debug" } else { "release" }))
}

/// What the compiler says that a static library must be linked with on this target, or here.
pub(crate) fn private_libs(target: Option<&str>) -> Outcome<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let scratch = tempdir()?;
    let mut command = Command::new(rustc);
    command.args(["--crate-type=staticlib", "--print=native-static-libs", "--crate-name=empty"]);
    command.arg("--out-dir").arg(&scratch).arg("-").stdin(Stdio::null());
    command.args(target.map(|target| format!("--target={target}")));
    let output = command.output().map_err(|error| format!("rustc: {error}"));
    let _left_for_the_system = std::fs::remove_dir_all(&scratch);
    let said = String::from_utf8_lossy(&output?.stderr).into_owned();
    let list = said.lines().find_map(|line| line.split_once("native-static-libs:"));
    let list = list.ok_or_else(|| format!("rustc does not say what to link with:\n{said}"))?;
    Ok(list.1.trim().to_owned())
}

fn tempdir() -> Outcome<PathBuf> {
    let folder = std::env::temp_dir().join(format!("openimsg-xtask-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

/// The template with its marks replaced. One that is left is a fault of the template.
fn fill(template: &str, plan: &Plan<'_>, package: &Package) -> Outcome<String> {
    let prefix = plan.prefix.to_string_lossy();
    let values = [
        // Spaces in it are all right: the template quotes where it is used.
        ("@PREFIX@", prefix.replace('\\', "/")),
        ("@VERSION@", package.version.clone()),
        ("@DESCRIPTION@", package.description.clone()),
        ("@URL@", package.repository.clone()),
        ("@PRIVATE_LIBS@", plan.private_libs.to_owned()),
        ("@CFLAGS@", headers::flags(plan.system)),
    ];
    let text =
        values.iter().fold(template.to_owned(), |text, (mark, value)| text.replace(mark, value));
    match text.lines().find(|line| line.contains('@')) {
        Some(line) => Err(Failure::Found(format!("openimsg.pc.in: nothing fills `{line}`"))),
        None => Ok(text),
    }
}

/// An absolute path as one below another folder.
fn below(folder: &Path, path: &Path) -> PathBuf {
    let parts = path.components().filter(|part| matches!(part, Component::Normal(_)));
    folder.join(parts.collect::<PathBuf>())
}

fn parse(args: &[String]) -> Outcome<Asked> {
    let mut asked = Asked::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || match args.next() {
            Some(value) => Ok(PathBuf::from(value)),
            None => Err(Failure::Usage(format!("`{arg}` of what?"))),
        };
        match arg.as_str() {
            "--prefix" => asked.prefix = value()?,
            "--destdir" => asked.destdir = Some(value()?),
            "--libraries" => asked.libraries = Some(value()?),
            "--debug" => asked.debug = true,
            other => return Err(Failure::Usage(format!("unknown argument `{other}`"))),
        }
    }
    if asked.prefix.as_os_str().is_empty() {
        return Err(Failure::Usage("where to? `--prefix FOLDER`".into()));
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_prefix_is_needed_and_nothing_else() {
        let asked = parse(&words("--prefix /usr --destdir d --debug")).expect("known");
        assert_eq!(asked.prefix, PathBuf::from("/usr"));
        assert_eq!(asked.destdir, Some("d".into()));
        assert!(asked.debug && asked.libraries.is_none());
        for wrong in ["--debug", "--prefix", "--prefix a --release"] {
            assert_eq!(parse(&words(wrong)).expect_err(wrong).exit_code(), 2);
        }
    }

    #[cfg(unix)]
    #[test]
    fn files_of_a_package_lie_below_its_folder_under_their_later_names() {
        assert_eq!(
            below(Path::new("d/e"), Path::new("/usr/local")),
            PathBuf::from("d/e/usr/local")
        );
    }

    #[test]
    fn the_file_of_pkg_config_is_filled_from_the_manifest() {
        let template = files::read("crates/openimsg-capi/openimsg.pc.in").expect("template");
        let folder = Path::new("/opt/two words");
        let plan = Plan {
            system: System::Elf,
            libraries: folder,
            prefix: folder,
            root: folder,
            private_libs: "-lone -ltwo",
        };
        let package = package().expect("ours");
        let text = fill(&template, &plan, &package).expect("filled");
        for line in [
            "prefix=/opt/two words".to_owned(),
            format!("Version: {}", package.version),
            "Libs.private: -lone -ltwo".to_owned(),
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
        assert!(fill("@WHAT@", &plan, &package).is_err());
    }
}
