//! Builds C and C++ programs against the library and its headers, and runs them.
//!
//! Where there is no compiler, a test says so and is done. Everything is made below the folder that
//! cargo keeps for tests.
#![allow(dead_code, reason = "each test file uses a part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How long a program may run: against hangs, so far more than any needs.
const LONGEST: Duration = Duration::from_secs(300);
// Old valgrinds do not read newer forms of debug information.
const WARNINGS: [&str; 5] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-gdwarf-4"];

/// What is needed to build: compilers, headers, libraries.
#[derive(Debug)]
pub(crate) struct Kit {
    cc: PathBuf,
    cxx: PathBuf,
    /// Headers under every name that programs include them by, and the shared library.
    prefix: PathBuf,
    archive: Option<PathBuf>,
    /// The compiler finds addresses used wrongly.
    sanitizer: bool,
}

/// In which way a program is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// As C99, with the shared library.
    C,
    /// As C++11, with the shared library.
    Cpp,
    /// As its own language, with the static library.
    Static,
    /// As its own language, with the shared library and the address sanitizer.
    Sanitized,
}

/// The kit of this machine; `None`, and said, if there is no compiler.
pub(crate) fn kit() -> Option<&'static Kit> {
    static KIT: OnceLock<Option<Kit>> = OnceLock::new();
    let kit = KIT.get_or_init(Kit::find).as_ref();
    if kit.is_none() {
        eprintln!("skipped: no C and C++ compiler here (set CC and CXX)");
    }
    kit
}

/// Where programs and their sources lie.
pub(crate) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c/programs")
}

/// A folder for what tests make.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c-programs").join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Removes what earlier runs left, unless they still may go on.
fn forget_old() {
    let hour = Duration::from_secs(3600);
    for folder in fs::read_dir(scratch("")).unwrap().flatten() {
        let age = folder.metadata().and_then(|meta| meta.modified()).map(|time| time.elapsed());
        let is_old = age.is_ok_and(|age| age.is_ok_and(|age| age > hour));
        if is_old && folder.file_name().to_string_lossy().starts_with("prefix-") {
            // Another test may be about the same.
            let _ = fs::remove_dir_all(folder.path());
        }
    }
}

/// A compiler that answers: the one that a variable of the environment names, or one of these.
fn compiler(variable: &str, names: &[&str]) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    named.into_iter().chain(names.iter().map(PathBuf::from)).find(|path| answers(path))
}

fn answers(tool: &Path) -> bool {
    let mut run = Command::new(tool);
    run.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    run.status().is_ok_and(|status| status.success())
}

/// The newest of the library's files, beside the running test or one folder above.
fn library(is_it: impl Fn(&str) -> bool) -> Option<PathBuf> {
    let exe = std::env::current_exe().ok()?;
    let beside = exe.parent()?;
    let folders = [Some(beside), beside.parent()];
    let entries = folders.into_iter().flatten().filter_map(|folder| fs::read_dir(folder).ok());
    let files =
        entries.flatten().flatten().filter(|file| is_it(&file.file_name().to_string_lossy()));
    files.max_by_key(|file| file.metadata().and_then(|meta| meta.modified()).ok()).map(|f| f.path())
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every alias of a header as a file that includes it.
fn spell(include: &Path) {
    let table = fs::read_to_string(include.join("spellings.txt")).unwrap();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let Some((alias, target)) = line.trim().split_once(char::is_whitespace) else { continue };
        // On disks that do not tell upper from lower case it is there already.
        let alias = include.join(alias.trim());
        if !alias.exists() {
            fs::copy(include.join(target.trim()), alias).unwrap();
        }
    }
}

impl Kit {
    fn find() -> Option<Kit> {
        if cfg!(windows) {
            return None;
        }
        let cc = compiler("CC", &["cc", "gcc", "clang"])?;
        let cxx = compiler("CXX", &["c++", "g++", "clang++"])?;
        forget_old();
        // Tests of other files run at the same time.
        let prefix = scratch(&format!("prefix-{}", std::process::id()));
        let include = prefix.join("include");
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
        copy_folder(&ours, &include);
        spell(&include);
        let (file, names) = if cfg!(target_os = "macos") {
            ("libopenimsg_capi.dylib", ["libopenimsg.0.dylib", "libopenimsg.dylib"])
        } else {
            ("libopenimsg_capi.so", ["libopenimsg.so.0", "libopenimsg.so"])
        };
        let shared = library(|name| name == file).expect("the shared library is not built");
        for name in names {
            // The library is large, so not copied where it need not be.
            let target = prefix.join(name);
            fs::hard_link(&shared, &target)
                .or_else(|_| fs::copy(&shared, &target).map(drop))
                .unwrap();
        }
        let is_archive = |name: &str| {
            name.starts_with("libopenimsg_capi")
                && Path::new(name).extension().is_some_and(|e| e == "a")
        };
        let mut kit = Kit { cc, cxx, prefix, archive: library(is_archive), sanitizer: false };
        kit.sanitizer = kit.has_sanitizer();
        Some(kit)
    }

    fn has_sanitizer(&self) -> bool {
        let folder = scratch("sanitizer");
        let (source, program) = (folder.join("probe.c"), self.prefix.join("probe"));
        fs::write(&source, "int main(void) { return 0; }\n").unwrap();
        let mut build = Command::new(&self.cc);
        build.arg("-fsanitize=address").arg(&source).arg("-o").arg(&program);
        let built = build.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        built && Command::new(&program).status().is_ok_and(|status| status.success())
    }

    pub(crate) fn cc(&self) -> &Path {
        &self.cc
    }

    pub(crate) fn cxx(&self) -> &Path {
        &self.cxx
    }

    /// Where the headers are, under every name.
    pub(crate) fn include(&self) -> PathBuf {
        self.prefix.join("include")
    }

    /// Links with the shared library, found again at run time.
    pub(crate) fn link_shared(&self, command: &mut Command) {
        command.arg("-L").arg(&self.prefix).arg("-lopenimsg");
        command.arg(format!("-Wl,-rpath,{}", self.prefix.display()));
    }

    /// Names the folders of the headers to a compiler.
    pub(crate) fn folders(&self, command: &mut Command) {
        let include = self.prefix.join("include");
        command.arg("-I").arg(&include).arg("-I").arg(include.join("posix"));
        command.arg("-I").arg(sources());
    }

    /// Builds a program of one or more sources; gives where it is, or `None` if this machine cannot
    /// build it so.
    pub(crate) fn build(&self, files: &[&str], way: Way) -> Option<PathBuf> {
        self.build_as(files, way, "")
    }

    /// The same under another name, for tests that run at the same time.
    pub(crate) fn build_as(&self, files: &[&str], way: Way, suffix: &str) -> Option<PathBuf> {
        if way == Way::Static && self.archive.is_none() || way == Way::Sanitized && !self.sanitizer
        {
            return None;
        }
        let stem = files.first()?.split('.').next()?;
        let program = self.prefix.join(format!("{stem}-{way:?}{suffix}").to_lowercase());
        let mut objects = Vec::new();
        let mut plus = false;
        for file in files {
            let cpp = file.ends_with(".cpp") || way == Way::Cpp;
            plus |= cpp;
            let mut command = Command::new(if cpp { &self.cxx } else { &self.cc });
            command.args(WARNINGS);
            command.args(if cpp { ["-x", "c++", "-std=c++11"] } else { ["-x", "c", "-std=c99"] });
            if way == Way::Sanitized {
                command.args(["-fsanitize=address", "-fno-omit-frame-pointer"]);
            }
            self.folders(&mut command);
            let object = program.with_extension(format!("{}.o", file.replace('.', "-")));
            command.arg("-c").arg(sources().join(file)).arg("-o").arg(&object);
            run_tool(command, file);
            objects.push(object);
        }
        let mut link = Command::new(if plus { &self.cxx } else { &self.cc });
        link.args(&objects).arg("-o").arg(&program);
        match &self.archive {
            Some(archive) if way == Way::Static => {
                // Without the library's names for debuggers, which are ten times its size.
                link.arg("-s").arg(archive);
            }
            _ => {
                self.link_shared(&mut link);
            }
        }
        if way == Way::Sanitized {
            link.arg("-fsanitize=address");
        }
        link.args(["-lpthread", "-ldl", "-lm"]);
        run_tool(link, stem);
        Some(program)
    }
}

fn run_tool(mut command: Command, what: &str) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what} does not build: {command:?}\n{said}");
}

/// Runs a command to its end, or ends it; gives what it said.
fn finish(command: &mut Command, log: &Path) -> (Option<ExitStatus>, String) {
    let file = fs::File::create(log).unwrap();
    command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
    let mut child = command.spawn().unwrap();
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if started.elapsed() > LONGEST {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    (status, String::from_utf8_lossy(&fs::read(log).unwrap()).into_owned())
}

/// Runs a program with arguments, after a tool's own words if there are any, and fails with what it
/// printed.
pub(crate) fn run(tool: &[&str], program: &Path, args: &[&Path]) {
    let name = program.file_name().unwrap().to_string_lossy().into_owned();
    let mut command = match tool.split_first() {
        Some((tool, words)) => {
            let mut command = Command::new(tool);
            command.args(words).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.args(args).current_dir(scratch("work"));
    command.env("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1");
    let (status, said) =
        finish(&mut command, &program.with_extension(format!("{}log", tool.len())));
    match status {
        None => panic!("{name} does not end\n{said}"),
        Some(status) => assert!(status.success(), "{name}: {status}\n{said}"),
    }
}

/// Builds a program in these ways and runs each.
pub(crate) fn check(files: &[&str], ways: &[Way], args: &[&Path]) {
    let Some(kit) = kit() else { return };
    for way in ways {
        match kit.build(files, *way) {
            Some(program) => run(&[], &program, args),
            None => eprintln!("skipped: {files:?} built as {way:?}, which this machine cannot"),
        }
    }
}

/// Whether a tool is installed.
pub(crate) fn installed(tool: &str) -> bool {
    answers(Path::new(tool))
}

/// Copies of the compound files of the corpus, in a folder; none, and said, if there is no corpus.
pub(crate) fn corpus(folder: &Path) -> Vec<PathBuf> {
    const SIGNATURE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    let Some(corpus) = std::env::var_os("OPENIMSG_CORPUS") else {
        eprintln!("skipped: files of the corpus (OPENIMSG_CORPUS is not set)");
        return Vec::new();
    };
    let mut folders = vec![PathBuf::from(corpus)];
    let mut copies = Vec::new();
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "msg") {
                let bytes = fs::read(&path).unwrap();
                if bytes.starts_with(&SIGNATURE) {
                    let copy = folder.join(format!("corpus-{}.msg", copies.len()));
                    eprintln!("{}: {}", copy.display(), path.display());
                    fs::write(&copy, bytes).unwrap();
                    copies.push(copy);
                }
            }
        }
    }
    copies
}
