//! Asking one reader about one file after the other, whatever it does.
//!
//! A reader is given a time for each file. If it does not answer, crashes or
//! panics, that is a complaint about that file, and the next one is asked afresh.
//! A program gets one path per line and answers with any number of lines
//! `remark TEXT` and `complaint TEXT`, then `done`.

use super::{Ask, Note};
use crate::run;
use std::io::{BufRead, BufReader, Write};
use std::panic;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

pub(super) struct Session<'a> {
    ask: &'a Ask,
    patience: Duration,
    /// The program, once it has been started.
    running: Option<Running>,
}

struct Running {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

impl<'a> Session<'a> {
    pub(super) fn new(ask: &'a Ask, patience: Duration) -> Session<'a> {
        Session { ask, patience, running: None }
    }

    /// What the reader says of one file.
    pub(super) fn read(&mut self, file: &Path) -> Vec<Note> {
        match self.ask {
            Ask::Call(read) => call(*read, file, self.patience),
            Ask::Talk(command) => self.talk(command(), file),
        }
    }

    fn talk(&mut self, command: Command, file: &Path) -> Vec<Note> {
        let mut running = match self.running.take().map_or_else(|| start(command), Ok) {
            Ok(running) => running,
            Err(error) => return vec![Note::Complaint(format!("does not start: {error}"))],
        };
        // If this fails the program has ended, which the missing answer will show.
        let _ended = writeln!(running.stdin, "{}", file.display());
        let mut notes = Vec::new();
        loop {
            match running.lines.recv_timeout(self.patience) {
                Ok(line) if line.trim_end() == "done" => {
                    self.running = Some(running);
                    return notes;
                }
                Ok(line) => notes.push(note(&line)),
                Err(silence) => {
                    run::end(&mut running.child);
                    notes.push(Note::Complaint(silence_text(silence).into()));
                    return notes;
                }
            }
        }
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if let Some(running) = &mut self.running {
            run::end(&mut running.child);
        }
    }
}

fn start(mut command: Command) -> std::io::Result<Running> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(std::io::Error::other("no pipes"));
    };
    Ok(Running { child, stdin, lines: lines_of(stdout) })
}

fn lines_of(stdout: ChildStdout) -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut lines = BufReader::new(stdout).split(b'\n');
        while let Some(Ok(line)) = lines.next() {
            if send.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
    receive
}

/// What a line says; one of another form is something printed by the way.
fn note(line: &str) -> Note {
    match line.split_once(' ') {
        Some(("complaint", text)) => Note::Complaint(text.trim().to_owned()),
        Some(("remark", text)) => Note::Remark(text.trim().to_owned()),
        _ => Note::Remark(line.trim().to_owned()),
    }
}

/// Asks a function of ours in a thread of its own: other people's code may panic or
/// never come back. A thread that hangs is left behind until we end.
fn call(read: fn(&Path) -> Vec<Note>, file: &Path, patience: Duration) -> Vec<Note> {
    let (send, receive) = mpsc::channel();
    let file = file.to_path_buf();
    thread::spawn(move || {
        let notes = panic::catch_unwind(|| read(&file));
        let panicked = |_| vec![Note::Complaint("panics".into())];
        let _nobody_waits = send.send(notes.unwrap_or_else(panicked));
    });
    let silence = |silence| vec![Note::Complaint(silence_text(silence).into())];
    receive.recv_timeout(patience).unwrap_or_else(silence)
}

fn silence_text(silence: RecvTimeoutError) -> &'static str {
    match silence {
        RecvTimeoutError::Timeout => "no answer in time",
        RecvTimeoutError::Disconnected => "ended without an answer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_complaints_and_stray_lines_are_told_apart() {
        assert_eq!(note("complaint bad FAT "), Note::Complaint("bad FAT".into()));
        assert_eq!(note("remark odd"), Note::Remark("odd".into()));
        assert_eq!(note("Warning: x"), Note::Remark("Warning: x".into()));
    }

    #[test]
    fn a_panic_is_a_complaint_and_the_next_file_is_read() {
        let ask = Ask::Call(|file| if file.ends_with("bad") { panic!("bad") } else { vec![] });
        let mut session = Session::new(&ask, Duration::from_secs(5));
        assert_eq!(session.read(Path::new("bad")), [Note::Complaint("panics".into())]);
        assert!(session.read(Path::new("good")).is_empty());
    }

    #[test]
    fn a_reader_that_hangs_is_given_up() {
        let ask = Ask::Call(|_| {
            loop {
                thread::park();
            }
        });
        let mut session = Session::new(&ask, Duration::from_millis(20));
        assert_eq!(session.read(Path::new("x")), [Note::Complaint("no answer in time".into())]);
    }
}
