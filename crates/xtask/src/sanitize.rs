//! The C programs under tools that watch every access to memory: AddressSanitizer, in the library and
//! in the programs, and valgrind.
//!
//! The sanitizer needs a C compiler that has it, and Rust's unstable flag for it; what is missing is
//! said, and that half skips.

use crate::files;
use crate::install::{self, CRATE, FOLDER, Plan, System};
use crate::metadata;
use crate::outcome::{Outcome, only_flags};
use crate::programs::{self, Tools};
use crate::run::{cargo, run, works};
use crate::say::say;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

const SANITIZER: &str = "-fsanitize=address";
/// "Possibly lost" is what only a pointer into its middle holds, as hash tables have it.
const VALGRIND: &[&str] = &[
    "--quiet",
    "--leak-check=full",
    "--errors-for-leak-kinds=definite,indirect",
    "--show-leak-kinds=definite,indirect",
    "--error-exitcode=9",
];

pub(crate) fn check(args: &[String]) -> Outcome {
    only_flags(args, &[])?;
    let system = System::of_this_machine();
    let (cc, cxx) = (tool("CC", "cc"), tool("CXX", "c++"));
    if system.is_windows()
        || ![&cc, &cxx].iter().all(|tool| works(Command::new(tool).arg("--version")))
    {
        say!("sanitize: skipped, no C and C++ compiler here (set CC and CXX)");
        return Ok(());
    }
    let target = metadata::workspace()?.target;
    let site = Site { system, cc, cxx, folder: target.join("sanitize") };
    // Both run to their ends: one run shows all there is to repair.
    let sanitized = site.sanitized();
    let watched = site.under_valgrind(&target);
    sanitized.and(watched)
}

fn tool(variable: &str, default: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| default.into())
}

struct Site {
    system: System,
    cc: OsString,
    cxx: OsString,
    /// Where all is made.
    folder: PathBuf,
}

impl Site {
    fn sanitized(&self) -> Outcome {
        let Some(host) = host().filter(|_| self.has_sanitizer()) else {
            say!("sanitize: no AddressSanitizer here, that half is skipped");
            return Ok(());
        };
        let mut command =
            cargo(&["build", "--locked", "--package", CRATE, "--lib", "--target", &host]);
        command.arg("--target-dir").arg(&self.folder);
        // Unstable, which the stable compiler takes so.
        command.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Zsanitizer=address");
        run(&mut command)?;
        let libraries = self.folder.join(&host).join("debug");
        let tools = self.tools(&libraries, "address", &[SANITIZER, "-fno-omit-frame-pointer"])?;
        say!("sanitize: under AddressSanitizer");
        self.run(&tools, "address", |program| {
            let mut command = Command::new(program);
            let leaks = u8::from(cfg!(target_os = "linux"));
            command.env(
                "ASAN_OPTIONS",
                format!("detect_leaks={leaks}:detect_stack_use_after_return=1"),
            );
            command
        })
    }

    fn under_valgrind(&self, target: &Path) -> Outcome {
        if !works(Command::new("valgrind").arg("--version")) {
            say!("sanitize: no valgrind here, that half is skipped");
            return Ok(());
        }
        run(&mut cargo(&["build", "--locked", "--package", CRATE, "--lib"]))?;
        let tools = self.tools(&target.join("debug"), "valgrind", &[])?;
        say!("sanitize: under valgrind");
        self.run(&tools, "valgrind", |program| {
            let mut command = Command::new("valgrind");
            command.args(VALGRIND).arg(program);
            command
        })
    }

    fn run(&self, tools: &Tools, name: &str, runner: impl Fn(&Path) -> Command) -> Outcome {
        let programs = programs::all(&["programs"])?;
        programs::check(&programs, tools, &self.folder.join(name), runner, |path| path.into())
    }

    /// The compilers, told where an installation of these libraries is.
    fn tools(&self, libraries: &Path, name: &str, flags: &[&str]) -> Outcome<Tools> {
        let prefix = self.folder.join(name).join("prefix");
        install::lay_out(&Plan {
            system: self.system,
            libraries,
            prefix: &prefix,
            root: &prefix,
            private_libs: "",
        })?;
        let include = prefix.join("include/openimsg");
        let folders = [
            include.clone(),
            include.join("posix"),
            files::root().join(FOLDER).join("tests/c/programs"),
        ];
        let mut compile: Vec<OsString> = ["-Wall", "-Wextra", "-g"].map(Into::into).to_vec();
        compile.extend(folders.iter().map(|folder| format!("-I{}", folder.display()).into()));
        compile.extend(flags.iter().map(Into::into));
        let lib = prefix.join("lib");
        let mut link: Vec<OsString> = flags.iter().map(Into::into).collect();
        link.push(format!("-L{}", lib.display()).into());
        link.push("-lopenimsg".into());
        link.push(format!("-Wl,-rpath,{}", lib.display()).into());
        link.push("-lpthread".into());
        Ok(Tools {
            cc: self.cc.clone(),
            cxx: self.cxx.clone(),
            compile,
            link,
            object: "o",
            program: "",
        })
    }

    /// Whether the compiler makes programs with it, and they run.
    fn has_sanitizer(&self) -> bool {
        let folder = self.folder.join("probe");
        let (source, program) = (folder.join("probe.c"), folder.join("probe"));
        let written = std::fs::create_dir_all(&folder).is_ok()
            && std::fs::write(&source, "int main(void) { return 0; }\n").is_ok();
        let mut build = Command::new(&self.cc);
        build.arg(SANITIZER).arg(&source).arg("-o").arg(&program);
        written && works(&mut build) && works(&mut Command::new(&program))
    }
}

/// The compiler's name for this machine, as `--target` takes it.
fn host() -> Option<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned)
}
