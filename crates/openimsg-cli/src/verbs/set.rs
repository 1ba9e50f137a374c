//! `imsg set`: changes properties of a message in its file, all or nothing.

use crate::driver::{Desk, Kind, Verdict, each};
use crate::errors::Failure;
use crate::spec::{loss, refused};
use crate::target::{Target, target};
use crate::values::{array, parse};
use clap::Args;
use clap::error::ErrorKind;
use openimsg::{
    Code, CompoundFile, Message, Prop, PropId, PropProblem, PropTag, PropType, PropValue, SaveFlags,
};
use std::path::{Path, PathBuf};

/// Change properties of a message in its file
///
/// All changes are made or none, and everything else in the file stays as it is. NAME is a MAPI name
/// (PR_SUBJECT; _W and _A make no difference, the form of the file decides), a tag (0x0037001F), the
/// name of a named property (PidLidLocation, {guid}:0x8208 or {guid}:name, the last two with :PT_LONG
/// or another type behind them where it is not known).
///
/// VALUE is read by the type of the property: text, a decimal or 0x number, true or false, a time
/// such as 2026-03-02T09:15:00+01:00, a GUID, hex:.. for bytes. @PATH takes the bytes or the text of
/// a file; text that starts with @ is written @@. A property with several values is given once for
/// each.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Set {
    /// The message file to change
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A property and its new value
    #[arg(value_name = "NAME=VALUE", required_unless_present = "remove", value_parser = assignment)]
    assignments: Vec<Assignment>,
    /// Take a property away; may be given several times
    #[arg(long, value_name = "NAME", value_parser = target)]
    remove: Vec<Target>,
    /// Change properties that are marked as not writeable too
    #[arg(long)]
    force: bool,
}

const EXAMPLES: &str = "\
Examples:
  imsg set letter.msg PR_SUBJECT='Minutes of Monday' PR_IMPORTANCE=2
  imsg set letter.msg PidNameKeywords=boat PidNameKeywords=harbour
  imsg set letter.msg PR_BODY=@letter.txt --remove PR_HTML --remove PR_RTF_COMPRESSED";

#[derive(Debug, Clone)]
struct Assignment {
    name: String,
    target: Target,
    word: String,
}

fn assignment(word: &str) -> Result<Assignment, String> {
    let (name, value) = word.split_once('=').ok_or("expected NAME=VALUE")?;
    let (name, word) = (name.to_owned(), value.to_owned());
    Ok(Assignment { target: target(&name)?, name, word })
}

/// A property with its new value, and what the user called it.
struct Change {
    name: String,
    target: Target,
    words: Vec<String>,
}

impl Set {
    pub(crate) fn run(self) -> u8 {
        let changes = match self.changes() {
            Ok(changes) => changes,
            Err(reason) => return wrong_usage(&reason),
        };
        let work = |file: &PathBuf, desk: &mut Desk<'_>| self.set(file, &changes, desk);
        each(Kind::Acts, std::slice::from_ref(&self.file), |file| super::display(file), work)
    }

    /// The assignments, those of one property together.
    fn changes(&self) -> Result<Vec<Change>, String> {
        let mut changes: Vec<Change> = Vec::new();
        for Assignment { name, target, word } in &self.assignments {
            let known = target.prop_type();
            let many = known.is_some_and(PropType::is_multivalue);
            if let Some(prop_type) = known
                && !word.starts_with('@')
            {
                parse(word, prop_type, None, true).map_err(|why| format!("{name}: {why}"))?;
            }
            match changes.iter_mut().find(|change| change.target == *target) {
                Some(change) if many => change.words.push(word.clone()),
                Some(_) => return Err(format!("{name} has one value, but is given twice")),
                None => changes.push(Change {
                    name: name.clone(),
                    target: target.clone(),
                    words: vec![word.clone()],
                }),
            }
        }
        let both = changes.iter().find(|change| self.remove.contains(&change.target));
        match both {
            Some(change) => Err(format!("{} is both set and removed", change.name)),
            None => Ok(changes),
        }
    }

    fn set(
        &self,
        file: &Path,
        changes: &[Change],
        desk: &mut Desk<'_>,
    ) -> Result<Verdict, Failure> {
        let message = Message::open(CompoundFile::edit(file)?)?;
        let mut problems = Vec::new();
        for change in changes {
            let tag = tag_of(&message, change)?;
            let value = value_of(change, tag.prop_type())
                .map_err(|reason| Failure::new(format!("set {}", change.name), reason))?;
            if let Some(loss) = loss(&message, tag, &value)? {
                desk.remark(loss);
            }
            let prop = [Prop { tag, value }];
            problems.extend(match self.force {
                true => message.set_props_forced(&prop)?,
                false => message.set_props(&prop)?,
            });
        }
        let tags = self.removed(&message, desk)?;
        problems.extend(message.delete_props(&tags)?);
        if !problems.is_empty() {
            problems.iter().for_each(|problem| desk.remark(complaint(problem)));
            return Ok(Verdict::Bad);
        }
        message.save_changes(SaveFlags::empty())?;
        Ok(Verdict::Good)
    }

    /// The tags of the properties to remove; one that is not there is remarked on.
    fn removed(&self, message: &Message<'_>, desk: &mut Desk<'_>) -> Result<Vec<PropTag>, Failure> {
        let there = message.prop_list()?;
        let mut tags = Vec::new();
        for target in &self.remove {
            let id = match target {
                Target::Tag(tag) => Some(tag.id()),
                Target::Named(name, _) => id_of(message, name, false)?,
            };
            match id.and_then(|id| there.iter().find(|tag| tag.id() == id)) {
                Some(tag) => tags.push(*tag),
                None => desk.remark(format!("{} is not there", describe(target))),
            }
        }
        Ok(tags)
    }
}

fn id_of(
    message: &Message<'_>,
    name: &openimsg::NamedProp,
    create: bool,
) -> openimsg::Result<Option<PropId>> {
    Ok(message.ids_from_names(std::slice::from_ref(name), create)?.into_iter().flatten().next())
}

/// The tag to set. A named property whose type is not known keeps the one it has, or becomes text.
fn tag_of(message: &Message<'_>, change: &Change) -> Result<PropTag, Failure> {
    let (name, known) = match &change.target {
        Target::Tag(tag) => return Ok(*tag),
        Target::Named(name, known) => (name, *known),
    };
    let id = id_of(message, name, true)?;
    let id = id.ok_or_else(|| Failure::new("name property", &change.name))?;
    let stored = || message.prop_list().ok()?.into_iter().find(|tag| tag.id() == id);
    let prop_type = known.or_else(|| stored().map(PropTag::prop_type));
    Ok(PropTag::from_parts(
        id,
        match prop_type {
            None | Some(PropType::PT_STRING8) => PropType::PT_UNICODE,
            Some(PropType::PT_MV_STRING8) => PropType::PT_MV_UNICODE,
            Some(other) => other,
        },
    ))
}

fn value_of(change: &Change, prop_type: PropType) -> Result<PropValue, String> {
    let here = Some(Path::new(""));
    let mut values = change.words.iter().map(|word| parse(word, prop_type, here, true));
    if prop_type.is_multivalue() {
        let values = values.collect::<Result<_, _>>()?;
        return array(prop_type, values)
            .ok_or_else(|| format!("values of type {prop_type} cannot be given"));
    }
    values.next().unwrap_or_else(|| Err("no value".into()))
}

fn complaint(problem: &PropProblem) -> Failure {
    let failure = refused(problem.tag, problem.code);
    match problem.code {
        Code::NoAccess => failure.at("--force sets it all the same"),
        _ => failure,
    }
}

fn describe(target: &Target) -> String {
    match target {
        Target::Tag(tag) => {
            openimsg::prop_name(*tag).map_or_else(|| tag.to_string(), std::borrow::Cow::into_owned)
        }
        Target::Named(name, _) => match openimsg::named_fact(name) {
            Some(fact) => fact.canonical_name().into(),
            None => name.to_string(),
        },
    }
}

fn wrong_usage(reason: &str) -> u8 {
    use clap::CommandFactory as _;
    let mut command = crate::args::Args::command();
    command.build();
    let command = command.find_subcommand("set").unwrap_or(&command);
    let error = command.clone().error(ErrorKind::ValueValidation, reason);
    let _ = error.print();
    2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_split_at_the_first_equals_sign() {
        let Assignment { name, word, .. } = assignment("PR_SUBJECT=a=b").unwrap();
        assert_eq!((name.as_str(), word.as_str()), ("PR_SUBJECT", "a=b"));
        assert!(assignment("PR_SUBJECT").is_err());
        assert!(assignment("PR_SUBJCT=x").unwrap_err().contains("PR_SUBJECT"));
    }
}
