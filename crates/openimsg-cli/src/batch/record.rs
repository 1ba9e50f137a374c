//! A line of the report.

use crate::verbs::dump::json::{FindingJson, findings};
use openimsg::Finding;
use openimsg::mime::Loss;
use serde::{Deserialize, Serialize};

/// The schema of the lines.
const SCHEMA: &str = "openimsg.conversion/1";

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// The output is there and holds all that the other form can hold.
    Ok,
    /// There is no output, or it holds what is left of a damaged input.
    Failed,
    /// The output was there before.
    Skipped,
}

#[derive(Serialize)]
pub(super) struct Record<'a> {
    schema: &'static str,
    pub(super) input: &'a str,
    pub(super) output: Option<&'a str>,
    pub(super) status: Status,
    pub(super) error: Option<&'a str>,
    /// The length of the output.
    pub(super) bytes: Option<u64>,
    losses: Vec<LossJson<'a>>,
    more_losses: u64,
    findings: Vec<FindingJson<'a>>,
}

#[derive(Debug, Serialize)]
struct LossJson<'a> {
    code: &'a str,
    place: &'a str,
    item: &'a str,
    detail: &'a str,
}

impl<'a> Record<'a> {
    pub(super) fn new(input: &'a str, status: Status) -> Record<'a> {
        Record {
            schema: SCHEMA,
            input,
            output: None,
            status,
            error: None,
            bytes: None,
            losses: Vec::new(),
            more_losses: 0,
            findings: Vec::new(),
        }
    }

    pub(super) fn told(&mut self, losses: &'a [Loss], more_losses: u64, found: &'a [Finding]) {
        let loss = |loss: &'a Loss| LossJson {
            code: loss.code,
            place: &loss.place,
            item: &loss.item,
            detail: &loss.detail,
        };
        self.losses = losses.iter().map(loss).collect();
        self.more_losses = more_losses;
        self.findings = findings(found);
    }

    /// It on one line.
    pub(super) fn line(&self) -> Vec<u8> {
        let mut line = Vec::new();
        // Writing to memory does not fail, and the keys are strings.
        let _ = crate::json::write_line(&mut line, self);
        line
    }
}

/// What an earlier run said, as far as the next one asks.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    schema: String,
    pub(super) input: String,
    pub(super) output: Option<String>,
    pub(super) status: Status,
    pub(super) bytes: Option<u64>,
    pub(super) error: Option<String>,
    #[serde(default)]
    losses: Vec<serde::de::IgnoredAny>,
    #[serde(default)]
    more_losses: u64,
}

impl Said {
    /// Reads a line; `None` if it is none of ours or was cut off.
    pub(super) fn read(line: &[u8]) -> Option<Said> {
        let said: Said = serde_json::from_slice(line).ok()?;
        (said.schema == SCHEMA).then_some(said)
    }

    pub(super) fn losses(&self) -> u64 {
        self.more_losses.saturating_add(self.losses.len() as u64)
    }
}
