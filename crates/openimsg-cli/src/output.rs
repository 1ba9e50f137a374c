//! Standard output and standard error of the command.
//!
//! Data goes to standard output, everything else to standard error. When the reader of a pipe goes
//! away, [`Stdout`] remembers it and the command ends quietly; that is no failure. Spec: F-140.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, StdoutLock, Write};

/// Standard output, locked and buffered.
pub(crate) struct Stdout {
    inner: BufWriter<StdoutLock<'static>>,
    state: State,
}

#[derive(PartialEq)]
enum State {
    Open,
    /// The reader went away.
    Closed,
    /// Writing failed for another reason, which was told.
    Broken,
}

impl Stdout {
    pub(crate) fn lock() -> Stdout {
        let inner = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        Stdout { inner, state: State::Open }
    }

    /// Whether nobody reads on.
    pub(crate) fn is_closed(&self) -> bool {
        self.state != State::Open
    }

    /// Whether writing failed, other than by a closed pipe.
    pub(crate) fn is_broken(&self) -> bool {
        self.state == State::Broken
    }

    fn note<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result
            && self.state == State::Open
        {
            let closed = error.kind() == ErrorKind::BrokenPipe;
            self.state = if closed { State::Closed } else { State::Broken };
            if !closed {
                complain(&crate::errors::line("standard output", format!("write: {error}")));
            }
        }
        result
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_closed() {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let result = self.inner.write(bytes);
        self.note(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_closed() {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let result = self.inner.flush();
        self.note(result)
    }
}

/// Writes a line to standard error; if nobody listens there, nothing can be done about it.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Colours and weights for people; nothing when the output is no terminal or `NO_COLOR` is set.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Style {
    colored: bool,
}

impl Style {
    /// The style of standard output.
    pub(crate) fn of_stdout() -> Style {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Style { colored: io::stdout().is_terminal() && !set("NO_COLOR") && !dumb }
    }

    /// Emphasised text, such as a heading.
    pub(crate) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// Subdued text, such as a label.
    pub(crate) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.colored { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_output_has_no_escapes() {
        assert_eq!(Style::default().bold("x"), "x");
        assert_eq!(Style { colored: true }.bold("x"), "\x1b[1mx\x1b[0m");
    }
}
