//! Mails before other programs: `cargo xtask mails`.
//!
//! The real messages that `OPENIMSG_CORPUS` names become mails, which Python's email library reads and
//! holds against the truth; signatures go to openssl, and msgconvert is asked for its own mails, where
//! they are installed. The real mails become messages, which must pass `imsg check`, and which every
//! other reader of messages on the machine reads.

use crate::outcome::Outcome;
use crate::peers::{self, python};
use crate::run::{cargo, run, works};
use crate::say::say;
use crate::{files, metadata};
use std::path;
use std::process::Command;

pub(crate) fn check(args: &[String]) -> Outcome {
    crate::outcome::only_flags(args, &[])?;
    let corpus = std::env::var_os("OPENIMSG_CORPUS").filter(|corpus| !corpus.is_empty());
    let Some(corpus) = corpus.and_then(|corpus| path::absolute(corpus).ok()) else {
        say!("mails: skipped, OPENIMSG_CORPUS is not set");
        return Ok(());
    };
    if !works(Command::new(python()).args(["-c", "import email.policy"])) {
        say!("mails: skipped, there is no Python");
        return Ok(());
    }
    run(&mut cargo(&["build", "--release", "--locked", "--package", "openimsg-cli"]))?;
    let target = metadata::workspace()?.target;
    let imsg = target.join("release").join(format!("imsg{}", std::env::consts::EXE_SUFFIX));
    let (emls, msgs) = (target.join("mails/eml"), target.join("mails/msg"));
    for folder in [&emls, &msgs] {
        if folder.exists() {
            std::fs::remove_dir_all(folder).map_err(|error| error.to_string())?;
        }
        std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    run(Command::new(&imsg).args(["to-eml", "-q", "-o"]).arg(&emls).arg(corpus.join("msg")))?;
    let script = files::root().join("crates/xtask/peers/mail_truth.py");
    run(Command::new(python()).arg(script).arg(&emls).arg(&corpus))?;
    run(Command::new(&imsg).args(["from-eml", "-q", "-o"]).arg(&msgs).arg(corpus.join("eml")))?;
    let made = std::fs::read_dir(&msgs).map_err(|error| error.to_string())?;
    let mut made: Vec<_> = made.flatten().map(|entry| entry.path()).collect();
    made.sort();
    run(Command::new(&imsg).arg("check").args(&made).stdout(std::process::Stdio::null()))?;
    peers::check(&[msgs.to_string_lossy().into_owned()])
}
