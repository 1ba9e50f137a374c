//! The command line: which verbs there are, and the help that teaches them.

use crate::verbs::{body, check, dump, extract, from_eml, new, set, show, to_eml};
use clap::{Parser, Subcommand};

/// Look into .msg files, take them apart, make and change them. No Outlook needed.
///
/// A .msg file is one e-mail, appointment, contact or task as Outlook saves it: properties,
/// recipients, and attachments that may be messages themselves.
#[derive(Debug, Parser)]
#[command(
    name = "imsg",
    version,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = false,
    after_help = EXAMPLES
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  imsg show letter.msg                  read it
  imsg body letter.msg --as html        its text, HTML or RTF
  imsg extract letter.msg -o parts      save its attachments in the folder parts
  imsg dump --json *.msg > all.jsonl    every property, one file per line
  imsg new draft.json -o out            make a message from a description
  imsg set letter.msg PR_SUBJECT=Hello  change a property
  imsg check --repair new.msg old.msg   save what is left of a damaged file
  imsg to-eml letter.msg                a mail that every program reads: letter.eml
  imsg from-eml inbox -o out            a folder of mails as .msg files

`imsg help VERB` tells more about each. Data goes to standard output, everything else to standard
error. Exit status: 0 all good, 1 an input failed or check found something, 2 wrong usage.";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Show(show::Show),
    Body(body::Body),
    Dump(dump::Dump),
    Extract(extract::Extract),
    New(new::New),
    Set(set::Set),
    Check(check::Check),
    ToEml(to_eml::ToEml),
    FromEml(from_eml::FromEml),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_consistent_and_every_verb_has_examples() {
        let mut command = Args::command();
        command.clone().debug_assert();
        for verb in command.get_subcommands_mut() {
            let name = verb.get_name().to_owned();
            let help = verb.render_long_help().to_string();
            let examples = help.matches(&format!("\n  imsg {name} ")).count();
            assert!(name == "help" || (2..=5).contains(&examples), "{name}: {examples}\n{help}");
        }
    }
}
