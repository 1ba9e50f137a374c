//! What `cargo xtask install` puts under a prefix is enough to build programs as pkg-config says.
//!
//! Where there is no compiler or no pkg-config, a test says so and is done.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::panic,
    reason = "a test may panic and say why"
)]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const HERE: &str = env!("CARGO_MANIFEST_DIR");
const SUBJECT: &str = "Made with an installed library";

/// The repository's root, if this is a checkout and not a package on its own.
fn root() -> Option<PathBuf> {
    let root = Path::new(HERE).ancestors().nth(2)?;
    root.join("crates/xtask/Cargo.toml").is_file().then(|| root.to_path_buf())
}

fn works(tool: &OsStr) -> bool {
    let mut command = Command::new(tool);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn done(mut command: Command) -> String {
    let output = command.stdin(Stdio::null()).output();
    let Output { status, stdout, stderr } = output.unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let said = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?}: {status}\n{said}");
    String::from_utf8(stdout).unwrap()
}

/// Installs the libraries that this test run has built.
fn install(root: &Path, words: &[&OsStr]) {
    let exe = std::env::current_exe().unwrap();
    let mut command = Command::new(env!("CARGO"));
    command.args([
        "run",
        "--quiet",
        "--offline",
        "--package",
        "xtask",
        "--",
        "install",
        "--libraries",
    ]);
    command.arg(exe.parent().unwrap()).args(words).current_dir(root);
    done(command);
}

fn compiler() -> Option<std::ffi::OsString> {
    let named = std::env::var_os("CC").into_iter();
    named.chain(["cc", "gcc", "clang"].map(Into::into)).find(|tool| works(tool))
}

/// What pkg-config says of the library in this prefix, word by word.
fn pkg_config(prefix: &Path, words: &[&str]) -> Vec<String> {
    let mut command = Command::new("pkg-config");
    command.args(words).arg("openimsg");
    command.env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"));
    done(command).split_whitespace().map(str::to_owned).collect()
}

struct Installed {
    cc: std::ffi::OsString,
    folder: TempDir,
}

impl Installed {
    /// `None`, and said, on a machine that cannot show anything.
    fn new() -> Option<Installed> {
        let (Some(root), Some(cc)) = (root(), compiler()) else {
            eprintln!("skipped: needs a checkout and a C compiler (set CC)");
            return None;
        };
        if cfg!(windows) || !works("pkg-config".as_ref()) {
            eprintln!("skipped: needs pkg-config, and not Windows");
            return None;
        }
        let folder = TempDir::new().unwrap();
        install(&root, &["--prefix".as_ref(), folder.path().as_os_str()]);
        Some(Installed { cc, folder })
    }

    fn prefix(&self) -> &Path {
        self.folder.path()
    }

    fn build(&self, name: &str, words: &[String]) -> PathBuf {
        let program = self.prefix().join(name);
        let mut command = Command::new(&self.cc);
        command.args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]);
        command.arg(Path::new(HERE).join("tests/c/install/first.c"));
        command.arg("-o").arg(&program).args(words);
        done(command);
        program
    }

    fn run(&self, program: &Path) {
        let mut command = Command::new(program);
        command.arg(program.with_extension("msg"));
        for variable in ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
            command.env(variable, self.prefix().join("lib"));
        }
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(done(command), format!("{SUBJECT}\nversion {version}\n"));
    }
}

/// With the shared library, and then with the static one alone.
#[test]
fn a_program_builds_and_runs_by_what_pkg_config_says() {
    let Some(installed) = Installed::new() else { return };
    let prefix = installed.prefix();
    let said = pkg_config(prefix, &["--modversion"]);
    assert_eq!(said, [env!("CARGO_PKG_VERSION")]);

    let shared = installed.build("shared", &pkg_config(prefix, &["--cflags", "--libs"]));
    installed.run(&shared);
    let words = pkg_config(prefix, &["--static", "--cflags", "--libs"]);
    let lib = prefix.join("lib");
    for entry in std::fs::read_dir(&lib).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && path.extension().is_none_or(|extension| extension != "a") {
            std::fs::remove_file(path).unwrap();
        }
    }
    let alone = installed.build("alone", &words);
    installed.run(&alone);
}

/// The names of the library: the file has its whole version, the others lead to it.
#[cfg(unix)]
#[test]
fn a_package_lies_below_its_folder_and_names_the_prefix() {
    let Some(root) = root() else {
        eprintln!("skipped: needs a checkout");
        return;
    };
    let folder = TempDir::new().unwrap();
    let destdir = folder.path().as_os_str();
    install(&root, &["--prefix".as_ref(), "/opt/of ours".as_ref(), "--destdir".as_ref(), destdir]);
    let lib = folder.path().join("opt/of ours/lib");
    let text = std::fs::read_to_string(lib.join("pkgconfig/openimsg.pc")).unwrap();
    assert!(text.starts_with("prefix=/opt/of ours\n"), "{text}");
    let version = env!("CARGO_PKG_VERSION");
    let major = env!("CARGO_PKG_VERSION_MAJOR");
    let [file, first, second] = if cfg!(target_vendor = "apple") {
        [
            format!("libopenimsg.{version}.dylib"),
            format!("libopenimsg.{major}.dylib"),
            "libopenimsg.dylib".into(),
        ]
    } else {
        [
            format!("libopenimsg.so.{version}"),
            format!("libopenimsg.so.{major}"),
            "libopenimsg.so".into(),
        ]
    };
    assert!(lib.join(&file).symlink_metadata().unwrap().is_file());
    for link in [first, second] {
        assert_eq!(std::fs::read_link(lib.join(link)).unwrap(), Path::new(&file));
    }
    let include = folder.path().join("opt/of ours/include/openimsg");
    for name in
        ["mapix.h", "MAPIX.h", "MAPIDefS.h", "IMessage.h", "posix/windows.h", "openimsg/base.h"]
    {
        assert!(include.join(name).is_file(), "{name}");
    }
}
