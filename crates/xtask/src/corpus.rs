//! Real files: what our command dumps, held against the truth about them.
//!
//! The files are other people's and lie outside the repository; `OPENIMSG_CORPUS`
//! says where. Without it there is nothing to do, and the check says so.

use crate::files;
use crate::metadata;
use crate::outcome::Outcome;
use crate::peers::python;
use crate::run::{cargo, run};
use crate::say::say;
use std::path;
use std::process::Command;

/// Further arguments go to the comparing script.
pub(crate) fn check(args: &[String]) -> Outcome {
    let corpus = std::env::var_os("OPENIMSG_CORPUS").filter(|corpus| !corpus.is_empty());
    let Some(corpus) = corpus.and_then(|corpus| path::absolute(corpus).ok()) else {
        say!("corpus: skipped, OPENIMSG_CORPUS is not set");
        return Ok(());
    };
    let script = corpus.join("../tools/compare_dump.py");
    if !script.is_file() {
        say!("corpus: skipped, {} is not there", script.display());
        return Ok(());
    }
    run(&mut cargo(&["build", "--release", "--locked", "--package", "openimsg-cli"]))?;
    let release = metadata::workspace()?.target.join("release");
    let imsg = release.join(format!("imsg{}", std::env::consts::EXE_SUFFIX));
    let mut command = Command::new(python());
    command.arg(script).arg("--imsg").arg(imsg).arg("--corpus").arg(corpus);
    run(command.args(args).current_dir(files::root()))
}
