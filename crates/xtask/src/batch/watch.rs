//! A program under watch: how long it took, how much memory it had, and its end when that is wanted.

use super::told;
use crate::outcome::Outcome;
use crate::run::end;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What was seen of a program.
pub(super) struct Watched {
    pub(super) seconds: f64,
    /// The most memory it had, in bytes, where the system tells.
    peak: Option<u64>,
    /// Whether it ended by itself.
    pub(super) ended: bool,
    /// Whether it said that all is well.
    pub(super) well: bool,
}

impl Watched {
    pub(super) fn peak(&self) -> String {
        match self.peak {
            Some(bytes) => format!("{} MiB", bytes >> 20),
            None => "unknown".into(),
        }
    }
}

/// How often it is looked at.
const PAUSE: Duration = Duration::from_millis(5);

/// Runs a program to its end, or kills it when `enough` says so.
pub(super) fn watched(command: &mut Command, enough: impl Fn(&Child) -> bool) -> Outcome<Watched> {
    let failed = |error: std::io::Error| told(Path::new("program"), &error);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().map_err(failed)?;
    let mut peak = None;
    loop {
        peak = peak.max(memory(&child));
        let status = child.try_wait().map_err(failed)?;
        let ended = status.is_some();
        if !ended && !enough(&child) {
            std::thread::sleep(PAUSE);
            continue;
        }
        end(&mut child);
        let well = status.is_some_and(|status| status.success());
        return Ok(Watched { seconds: start.elapsed().as_secs_f64(), peak, ended, well });
    }
}

/// Says so when a file has grown to half of a size.
pub(super) fn until_half(path: PathBuf, size: u64) -> impl Fn(&Child) -> bool {
    move |_| std::fs::metadata(&path).is_ok_and(|growing| growing.len() >= size / 2)
}

/// The most memory that a program had so far. Linux tells; others do not.
fn memory(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}
