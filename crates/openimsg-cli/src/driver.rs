//! Many inputs at once, their output in order, and one bad input never stops the rest.
//!
//! ```text
//!   inputs -> workers (rayon) -> pieces of output, kept until it is their turn -> stdout, stderr
//! ```
//!
//! Only a window of inputs is in work at a time, so that memory does not grow with their number.
//! A single input writes straight to standard output.

use crate::bar::Bar;
use crate::errors::{Failure, line};
use crate::output::{Stdout, complain};
use openimsg::Finding;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

/// How an input fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// All is well.
    Good,
    /// Read, but something is wrong with it.
    Bad,
}

/// What the work on one input writes to.
pub(crate) struct Desk<'a> {
    /// Standard output, or what will go there.
    pub(crate) out: &'a mut dyn Write,
    input: &'a str,
    remarks: Vec<String>,
}

impl Desk<'_> {
    /// Something for standard error about this input.
    pub(crate) fn remark(&mut self, what: impl std::fmt::Display) {
        self.remarks.push(line(self.input, what));
    }

    /// The findings that a reading verb reports.
    pub(crate) fn findings(&mut self, findings: &[Finding]) {
        for finding in crate::errors::worth_telling(findings) {
            self.remark(finding);
        }
    }
}

/// Whether a verb goes on when nobody reads its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Its output is all it does.
    Reads,
    /// It does something; the output only tells of it.
    Acts,
}

struct Done {
    output: Vec<u8>,
    remarks: Vec<String>,
    verdict: Verdict,
}

/// Works through all inputs and gives the exit status: 0 if all are good, else 1.
pub(crate) fn each<T: Sync>(
    kind: Kind,
    inputs: &[T],
    name: impl Fn(&T) -> String + Sync,
    work: impl Fn(&T, &mut Desk<'_>) -> Result<Verdict, Failure> + Sync,
) -> u8 {
    let mut stdout = Stdout::lock();
    let mut worst = Verdict::Good;
    if let [input] = inputs {
        let (remarks, verdict) = one(&mut stdout, &name(input), |desk| work(input, desk));
        let _ = stdout.flush();
        worst = told(kind, &stdout, remarks, verdict);
    } else {
        let many = Many { kind, inputs, bar: Bar::new(inputs.len()), worst: &mut worst };
        many.run(&mut stdout, |input, out| one(out, &name(input), |desk| work(input, desk)));
    }
    status(&stdout, worst)
}

/// The exit status of a command that wrote to `stdout`.
pub(crate) fn status(stdout: &Stdout, worst: Verdict) -> u8 {
    u8::from(worst == Verdict::Bad || stdout.is_broken())
}

/// Prints what is to be told about an input; that its output could not be written is not.
fn told(kind: Kind, stdout: &Stdout, remarks: Vec<String>, verdict: Verdict) -> Verdict {
    if kind == Kind::Reads && stdout.is_closed() && verdict == Verdict::Bad {
        return Verdict::Good;
    }
    remarks.iter().for_each(|remark| complain(remark));
    verdict
}

/// The work on one input; a panic in it is a failure of that input alone.
fn one(
    out: &mut dyn Write,
    input: &str,
    work: impl FnOnce(&mut Desk<'_>) -> Result<Verdict, Failure>,
) -> (Vec<String>, Verdict) {
    let mut desk = Desk { out, input, remarks: Vec::new() };
    let result = catch_unwind(AssertUnwindSafe(|| work(&mut desk)));
    let mut remarks = desk.remarks;
    let failure = match result {
        Ok(Ok(verdict)) => return (remarks, verdict),
        Ok(Err(failure)) => failure,
        Err(_) => Failure::new("work on it", "an error of imsg itself; please report it"),
    };
    remarks.push(line(input, failure));
    (remarks, Verdict::Bad)
}

struct Many<'a, T> {
    kind: Kind,
    inputs: &'a [T],
    bar: Bar,
    worst: &'a mut Verdict,
}

impl<T: Sync> Many<'_, T> {
    fn run(
        mut self,
        stdout: &mut Stdout,
        work: impl Fn(&T, &mut dyn Write) -> (Vec<String>, Verdict) + Sync,
    ) {
        let window = rayon::current_num_threads().saturating_mul(4);
        let (send, receive) = mpsc::channel();
        let mut ready: BTreeMap<usize, Done> = BTreeMap::new();
        let (mut started, mut finished) = (0, 0);
        rayon::in_place_scope(|scope| {
            while finished < self.inputs.len() {
                while started < finished + window
                    && let Some(input) = self.inputs.get(started)
                {
                    let (send, work, at) = (send.clone(), &work, started);
                    scope.spawn(move |_| {
                        let mut output = Vec::new();
                        let (remarks, verdict) = work(input, &mut output);
                        let _ = send.send((at, Done { output, remarks, verdict }));
                    });
                    started += 1;
                }
                let Ok((at, done)) = receive.recv() else { return };
                ready.insert(at, done);
                while let Some(done) = ready.remove(&finished) {
                    finished += 1;
                    self.hand_out(stdout, done);
                    if stdout.is_closed() && self.kind == Kind::Reads {
                        return;
                    }
                }
            }
        });
        self.bar.finish();
    }

    fn hand_out(&mut self, stdout: &mut Stdout, done: Done) {
        let Done { output, remarks, verdict } = done;
        let on_screen = !remarks.is_empty() || std::io::stdout().is_terminal();
        self.bar.hidden(on_screen, || {
            let _ = stdout.write_all(&output).and_then(|()| stdout.flush());
            remarks.iter().for_each(|remark| complain(remark));
        });
        *self.worst = (*self.worst).max(verdict);
        self.bar.step();
    }
}
