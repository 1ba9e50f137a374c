//! The C library on Windows: built by the GNU tools, its C programs run under Wine.
//!
//! Needs a Rust that can build for the target (`rustup target add x86_64-pc-windows-gnu`, or one with
//! the sources of its library beside it, which is then built too), mingw-w64's compilers, and Wine.
//! What is missing is said, and the check skips. `OPENIMSG_WINE_PREFIX` names a Wine prefix to use;
//! otherwise one is made under cargo's target folder.

use crate::files;
use crate::install::{self, CRATE, FOLDER, Plan, System};
use crate::metadata;
use crate::outcome::{Outcome, only_flags, report};
use crate::programs::{self, Tools};
use crate::run::{run, works};
use crate::say::say;
use crate::symbols;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const TARGET: &str = "x86_64-pc-windows-gnu";
const CC: &str = "x86_64-w64-mingw32-gcc";
const CXX: &str = "x86_64-w64-mingw32-g++";
const OBJDUMP: &str = "x86_64-w64-mingw32-objdump";
/// No menus, no window of a debugger, no installers of things that Wine would like to have.
const NOT_WANTED: &str = "winemenubuilder.exe,winedbg.exe,mscoree,mshtml=";

pub(crate) fn check(args: &[String]) -> Outcome {
    only_flags(args, &[])?;
    for tool in [CC, CXX, "wine"] {
        if !works(Command::new(tool).arg("--version")) {
            say!("windows: skipped, {tool} is not installed");
            return Ok(());
        }
    }
    let Some(rust) = Rust::find() else {
        say!("windows: skipped, no Rust here builds for {TARGET} (rustup target add {TARGET})");
        return Ok(());
    };
    let folder = metadata::workspace()?.target.join("windows");
    run(&mut rust.build(&folder))?;

    let prefix = folder.join("prefix");
    install::lay_out(&Plan {
        system: System::Mingw,
        libraries: &folder.join(TARGET).join("debug"),
        prefix: &prefix,
        root: &prefix,
        // What a static library needs there cannot be asked without the target's own library.
        private_libs: "",
    })?;
    report(&wrong_exports(&prefix.join("bin/openimsg.dll"))?)?;
    let wine = Wine::ready(&folder, &prefix)?;
    let programs = programs::all(&["programs", "windows"])?;
    say!("windows: {} programs under Wine", programs.len());
    let out = folder.join("programs");
    programs::check(&programs, &tools(&folder, &prefix)?, &out, |path| wine.command(path), in_wine)
}

/// Names that the DLL exports and should not, or the other way; none if nothing here can tell.
fn wrong_exports(dll: &Path) -> Outcome<Vec<String>> {
    let output = Command::new(OBJDUMP).arg("-p").arg(dll).output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else {
        say!("windows: {OBJDUMP} does not answer, so exported names were not looked at");
        return Ok(Vec::new());
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let table = text.lines().skip_while(|line| !line.starts_with("[Ordinal/Name Pointer]"));
    let table =
        table.skip(1).map_while(|line| line.trim().strip_prefix('[')?.split_whitespace().last());
    let found: BTreeSet<String> = table.map(str::to_owned).collect();
    let symbols = symbols::exported()?.into_iter().filter(|symbol| symbol.on_windows);
    let wanted: BTreeSet<String> = symbols.map(|symbol| symbol.name).collect();
    let more = found.difference(&wanted).map(|name| format!("openimsg.dll exports {name} too"));
    let fewer =
        wanted.difference(&found).map(|name| format!("openimsg.dll does not export {name}"));
    Ok(more.chain(fewer).collect())
}

/// A cargo and its rustc that can build for Windows.
struct Rust {
    folder: PathBuf,
    /// The target's standard library is not there, its sources are.
    builds_std: bool,
}

impl Rust {
    /// The first of those on the search path.
    fn find() -> Option<Rust> {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find_map(|folder| {
            let there = folder.join("cargo").is_file() && folder.join("rustc").is_file();
            let rustc = folder.join("rustc");
            if !there {
                return None;
            }
            let libraries = ask(&rustc, &["--print=target-libdir", "--target", TARGET])?;
            let has =
                |folder: &Path| folder.read_dir().is_ok_and(|mut files| files.next().is_some());
            if has(&libraries) {
                return Some(Rust { folder, builds_std: false });
            }
            let sources = ask(&rustc, &["--print=sysroot"])?.join("lib/rustlib/src/rust/library");
            has(&sources).then_some(Rust { folder, builds_std: true })
        })
    }

    fn build(&self, target: &Path) -> Command {
        let mut command = Command::new(self.folder.join("cargo"));
        command.args(["build", "--locked", "--package", CRATE, "--lib", "--target", TARGET]);
        command.arg("--target-dir").arg(target).current_dir(files::root());
        command.env("RUSTC", self.folder.join("rustc"));
        command.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", CC);
        // Of the toolchain that runs this check, which may be another one.
        command.env_remove("LD_LIBRARY_PATH");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.folder.clone()).chain(std::env::split_paths(&path));
        if let Ok(path) = std::env::join_paths(folders) {
            command.env("PATH", path);
        }
        if self.builds_std {
            // Unstable, which the stable compiler takes so.
            command.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=std,panic_unwind");
        }
        command
    }
}

/// A path that a compiler prints.
fn ask(rustc: &Path, words: &[&str]) -> Option<PathBuf> {
    let mut command = Command::new(rustc);
    let output =
        command.args(words).stdin(Stdio::null()).env_remove("LD_LIBRARY_PATH").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(text.trim()))
}

/// A Wine that is ready to run programs.
struct Wine {
    prefix: PathBuf,
    /// Where it looks for DLLs.
    libraries: OsString,
}

impl Wine {
    fn ready(folder: &Path, installed: &Path) -> Outcome<Wine> {
        let stand_in = folder.join("stand-in");
        std::fs::create_dir_all(&stand_in).map_err(|e| format!("{}: {e}", stand_in.display()))?;
        let mut command = Command::new(CC);
        command.args(["-O2", "-Wall", "-shared"]).current_dir(files::root());
        command.arg("crates/xtask/windows/bcryptprimitives.c");
        command.arg("-o").arg(stand_in.join("bcryptprimitives.dll")).arg("-ladvapi32");
        run(&mut command)?;

        let named = std::env::var_os("OPENIMSG_WINE_PREFIX").map(PathBuf::from);
        let prefix = named.unwrap_or_else(|| folder.join("wine"));
        let mut libraries = in_wine(&installed.join("bin"));
        libraries.push(";");
        libraries.push(in_wine(&stand_in));
        let wine = Wine { prefix, libraries };
        if !wine.prefix.join("system.reg").is_file() {
            run(wine.command(Path::new("wineboot")).arg("--init"))?;
        }
        Ok(wine)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("wine");
        command.arg(program).env("WINEPREFIX", &self.prefix).env("WINEPATH", &self.libraries);
        command.env("WINEDEBUG", "-all").env("WINEDLLOVERRIDES", NOT_WANTED).env_remove("DISPLAY");
        command
    }
}

/// A path of this machine as Wine's programs know it.
fn in_wine(path: &Path) -> OsString {
    format!("Z:{}", path.display()).replace('/', "\\").into()
}

fn tools(folder: &Path, prefix: &Path) -> Outcome<Tools> {
    let out = folder.join("programs");
    std::fs::create_dir_all(&out).map_err(|e| format!("{}: {e}", out.display()))?;
    let include = |path: PathBuf| OsString::from(format!("-I{}", path.display()));
    let mut compile: Vec<OsString> = ["-Wall", "-Wextra", "-g"].map(Into::into).to_vec();
    compile.push(include(prefix.join("include/openimsg")));
    compile.push(include(files::root().join(FOLDER).join("tests/c/programs")));

    let identifiers = out.join("identifiers.o");
    let mut command = Command::new(CC);
    command.args(&compile).arg("-c").arg("-o").arg(&identifiers).current_dir(files::root());
    run(command.arg(format!("{FOLDER}/tests/c/windows/identifiers.c")))?;
    let mut link = vec![identifiers.into(), prefix.join("lib/libopenimsg.dll.a").into()];
    // The compilers' own libraries come with the program; the system's come after ours, which has
    // some of their names.
    link.extend(["-static", "-lole32", "-luuid"].map(Into::into));
    Ok(Tools { cc: CC.into(), cxx: CXX.into(), compile, link, object: "obj", program: ".exe" })
}
