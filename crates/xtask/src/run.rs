//! Running other programs.

use crate::files;
use crate::outcome::{Failure, Outcome};
use crate::say::say;
use std::ffi::OsStr;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// The cargo that runs us, in the repository's root.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(args).current_dir(files::root());
    command
}

/// Shows the command and runs it to its end.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let shown = show(command);
    say!("$ {shown}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Found(format!("{shown}: {status}"))),
        Err(error) => Err(Failure::Found(format!("{shown}: {error}"))),
    }
}

/// Whether the command runs at all and says that all is well; its output is dropped.
pub(crate) fn works(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// What a program wrote and how it ended.
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

/// Runs the command, but no longer than `limit`: then it is ended and `None` comes back.
pub(crate) fn within(command: &mut Command, limit: Duration) -> std::io::Result<Option<Finished>> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    // The end of its output stands for its end: readers close it only when they stop.
    let Ok(stdout) = stdout.recv_timeout(limit) else {
        end(&mut child);
        return Ok(None);
    };
    let stderr = stderr.recv_timeout(limit).unwrap_or_default();
    Ok(Some(Finished { status: child.wait()?, stdout, stderr }))
}

/// Ends a program we started and waits until it is gone.
pub(crate) fn end(child: &mut Child) {
    // Both fail only when it has ended by itself.
    let _already_gone = child.kill();
    let _already_gone = child.wait();
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // A pipe that breaks gives what came before.
            let _broken = pipe.read_to_end(&mut bytes);
        }
        let _nobody_waits = send.send(bytes);
    });
    receive
}

fn show(command: &Command) -> String {
    let set = command.get_envs().filter_map(|(name, value)| {
        Some(format!("{}={}", name.to_string_lossy(), value?.to_string_lossy()))
    });
    let program = std::path::Path::new(command.get_program());
    let program = program.file_stem().unwrap_or(program.as_os_str());
    let words = std::iter::once(program).chain(command.get_args());
    set.chain(words.map(|word: &OsStr| word.to_string_lossy().into_owned()))
        .collect::<Vec<_>>()
        .join(" ")
}
