//! The progress bar.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// A progress bar that appears only when work takes a while and somebody sees it.
pub(crate) struct Bar {
    bar: Option<ProgressBar>,
    since: Instant,
    done: u64,
    all: u64,
}

const PATIENCE: Duration = Duration::from_millis(700);

impl Bar {
    pub(crate) fn new(inputs: usize) -> Bar {
        Bar { bar: None, since: Instant::now(), done: 0, all: inputs as u64 }
    }

    pub(crate) fn step(&mut self) {
        self.done += 1;
        if self.bar.is_none() && self.since.elapsed() > PATIENCE && std::io::stderr().is_terminal()
        {
            let style = ProgressStyle::with_template(
                "{bar:30} {pos} of {len} files, {per_sec}, {eta} left",
            );
            let bar = ProgressBar::new(self.all);
            self.bar = Some(match style {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            });
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        }
    }

    /// Writes, with the bar out of the way if that goes to the screen.
    pub(crate) fn hidden(&self, on_screen: bool, write: impl FnOnce()) {
        match &self.bar {
            Some(bar) if on_screen => bar.suspend(write),
            _ => write(),
        }
    }

    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
