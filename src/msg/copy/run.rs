//! The copy itself: object after object from a list of what is left to do, never by recursion.

use super::batch::{Batch, Verdicts, ends_all};
use super::names::Names;
use super::plan::{Item, Plan};
use super::target::{CopyTarget, TargetKind};
use super::values::{decides_page, page_of, pin_page, take_page};
use super::{ATTACHMENTS, CopyFlags, CopyOptions, DOING, Progress, Shared};
use crate::error::{Code, Error, Result};
use crate::msg::attach::{Access, Attachment};
use crate::msg::message::Message;
use crate::msg::object::{MapiProp, PropProblem};
use crate::msg::recipient::Recipient;
use crate::prop::store::mapped;
use crate::prop::{Prop, PropId, PropTag, PropType, PropValue};
use crate::stg::{CommitFlags, Exclude, copy_storage};
use std::collections::HashSet;
use std::sync::Arc;

/// Where an object goes.
enum Dest<'a, 't> {
    /// The caller's target.
    Top(&'a dyn CopyTarget<'t>),
    Made(Shared<'t>),
}

impl<'t> Dest<'_, 't> {
    fn get(&self) -> &dyn CopyTarget<'t> {
        match self {
            Dest::Top(target) => *target,
            Dest::Made(target) => &**target,
        }
    }
}

/// What is left to do, the next on top.
enum Todo<'a, 's, 't> {
    Attachments { from: Message<'s>, to: Dest<'a, 't>, left: std::vec::IntoIter<u32>, top: bool },
    Embedded(Message<'s>, Shared<'t>),
    Save(Shared<'t>),
}

struct Run<'a, 's, 't, 'p> {
    todo: Vec<Todo<'a, 's, 't>>,
    flags: CopyFlags,
    problems: Vec<PropProblem>,
    /// What was copied of the source itself.
    done: Vec<PropId>,
    /// What of the sequence everything below the source is part of.
    part: Option<Item>,
    progress: Option<&'p mut dyn Progress>,
    /// Attachments done, and how many there are.
    count: (u32, u32),
}

/// Copies what the plan says, and deletes it from the source if that is asked for.
pub(super) fn run<'t>(
    source: &MapiProp<'_>,
    target: &dyn CopyTarget<'t>,
    plan: Plan,
    options: CopyOptions<'_>,
) -> Result<Vec<PropProblem>> {
    let mut run = Run {
        todo: Vec::new(),
        flags: options.flags,
        problems: Vec::new(),
        done: Vec::new(),
        part: None,
        progress: options.progress,
        count: (0, 0),
    };
    let replaced = run.begin(source, target, &plan)?;
    run.tell();
    while let Some(next) = run.todo.pop() {
        run.step(next)?;
    }
    for number in replaced {
        target.delete_attach(number)?;
    }
    run.count.0 = run.count.1;
    run.tell();
    let complete = run.problems.iter().all(|problem| problem.code == Code::Computed);
    if run.flags.contains(CopyFlags::MOVE) && complete {
        forget(source, &run.done)?;
    }
    run.problems.sort_by_key(|problem| problem.index);
    Ok(run.problems)
}

impl<'a, 's, 't> Run<'a, 's, 't, '_> {
    /// Copies what lies in the source itself and notes what lies below it. The numbers of attachments
    /// of the target that go when the copy is complete: the source may lie in one of them.
    fn begin(
        &mut self,
        source: &MapiProp<'s>,
        target: &'a dyn CopyTarget<'t>,
        plan: &Plan,
    ) -> Result<Vec<u32>> {
        let keep = self.flags.contains(CopyFlags::NO_REPLACE);
        let kept: HashSet<PropId> = match keep {
            true => target.prop_list()?.iter().map(|tag| tag.id()).collect(),
            false => HashSet::new(),
        };
        for item in &plan.computed {
            self.problem(*item, Code::Computed);
        }
        let is_message = target.kind()? == TargetKind::Message;
        for (item, verdict) in self.values(source, target, plan.values.clone(), &kept)? {
            self.verdict(item, verdict);
        }
        if let Some(item) = plan.recipients {
            let from = Message::of(Arc::clone(&source.handle));
            match is_message {
                true if keep && target.has_recipients()? => {}
                true => {
                    let verdict = recipients(&from, target);
                    self.checked(item, verdict)?;
                }
                false if from.recipient_count()? == 0 => {}
                false => self.problem(item, Code::InterfaceNotSupported),
            }
        }
        if let Some(item) = plan.data.filter(|item| !kept.contains(&item.tag.id())) {
            self.part = Some(item);
            let data = self.data(source, target, item);
            self.checked(item, data)?;
        }
        let Some(item) = plan.attachments else { return Ok(Vec::new()) };
        self.part = Some(item);
        let from = Message::of(Arc::clone(&source.handle));
        let left = from.attachment_numbers()?;
        if !is_message {
            if !left.is_empty() {
                self.problem(item, Code::InterfaceNotSupported);
            }
            return Ok(Vec::new());
        }
        let old = target.attachment_numbers()?;
        if keep && !old.is_empty() {
            return Ok(Vec::new());
        }
        self.done.push(ATTACHMENTS);
        self.count.1 = u32::try_from(left.len()).unwrap_or(u32::MAX);
        let left = left.into_iter();
        self.todo.push(Todo::Attachments { from, to: Dest::Top(target), left, top: true });
        Ok(old)
    }

    fn step(&mut self, next: Todo<'a, 's, 't>) -> Result<()> {
        match next {
            Todo::Save(target) => {
                let saved = target.save_changes();
                self.nested(saved)
            }
            Todo::Embedded(from, to) => {
                let plan = Plan::all(&from, &[])?;
                for (_, verdict) in self.values(&from, &*to, plan.values, &HashSet::new())? {
                    self.nested(verdict.map_err(|code| Error::new(code, DOING)))?;
                }
                let rows = recipients(&from, &*to);
                self.nested(rows)?;
                let numbers = from.attachment_numbers();
                let left = match numbers {
                    Ok(left) => left.into_iter(),
                    Err(error) => return self.nested(Err(error)),
                };
                self.todo.push(Todo::Attachments { from, to: Dest::Made(to), left, top: false });
                Ok(())
            }
            Todo::Attachments { from, to, mut left, top } => {
                let Some(number) = left.next() else { return Ok(()) };
                let opened = from.open_attach_with(number, Access::Read);
                let made = match &opened {
                    Ok(_) => Some(to.get().create_attach()?),
                    Err(_) => None,
                };
                self.todo.push(Todo::Attachments { from, to, left, top });
                match (opened, made) {
                    (Ok(attachment), Some(made)) => self.attachment(&attachment, made)?,
                    (opened, _) => self.nested(opened.map(drop))?,
                }
                if top {
                    self.count.0 += 1;
                    self.tell();
                }
                Ok(())
            }
        }
    }

    /// Copies one attachment into a new one, which is saved once all in it is copied.
    fn attachment(&mut self, from: &Attachment<'s>, to: Shared<'t>) -> Result<()> {
        let plan = Plan::all(from, &[])?;
        let says_method = plan.values.iter().any(|item| item.tag.id() == PropId::new(0x3705));
        for (_, verdict) in self.values(from, &*to, plan.values, &HashSet::new())? {
            self.nested(verdict.map_err(|code| Error::new(code, DOING)))?;
        }
        if !says_method {
            let method = PropValue::Long(from.method().unwrap_or_default());
            to.set_props(&[Prop { tag: PropTag::new(0x3705_0003), value: method }])?;
        }
        self.todo.push(Todo::Save(Arc::clone(&to)));
        let Some(item) = plan.data else { return Ok(()) };
        let data = self.data(from, &*to, item);
        self.nested(data)
    }

    /// Copies an attachment's data: bytes, a storage, or, as the next thing to do, a message.
    fn data(&mut self, from: &MapiProp<'s>, to: &dyn CopyTarget<'t>, item: Item) -> Result<()> {
        let (has_storage, has_message) =
            from.handle.with(DOING, |body, id| body.attachment_data(id))?;
        if !has_storage {
            let item = Item { tag: PropTag::new(0x3701_0102), ..item };
            return match self.values(from, to, vec![item], &HashSet::new())?.pop() {
                Some((_, Err(code))) => Err(Error::new(code, DOING)),
                _ => Ok(()),
            };
        }
        if to.kind()? != TargetKind::Attachment {
            let note = "only an attachment holds a message or a storage";
            return Err(Error::new(Code::InterfaceNotSupported, DOING).note(note));
        }
        if let Some(own) = to.own() {
            // What is open in the old data ends.
            own.delete_props(&[PropTag::new(0x3701_000D)])?;
        }
        let from = Attachment::of(Arc::clone(&from.handle), 0);
        if has_message {
            let message = from.open_message()?;
            let made = to.create_message()?;
            self.todo.push(Todo::Save(Arc::clone(&made)));
            self.todo.push(Todo::Embedded(message, made));
            return Ok(());
        }
        let (inner, made) = (from.open_storage()?, to.create_storage()?);
        copy_storage(&inner, &made, &Exclude::default()).map_err(mapped)?;
        made.commit(CommitFlags::empty()).map_err(mapped)
    }

    /// Copies the values of an object, batch by batch; one verdict for each. Those that the target has
    /// already by these identifiers of its own are `kept`.
    fn values(
        &mut self,
        from: &MapiProp<'s>,
        to: &dyn CopyTarget<'t>,
        mut items: Vec<Item>,
        kept: &HashSet<PropId>,
    ) -> Result<Verdicts> {
        let own = to.own();
        let keeps_page = own.as_ref().map(|own| pin_page(from, own)).transpose()?.unwrap_or(false);
        let names = Names::of(from, to, items.iter().map(|item| item.tag.id()))?;
        let is_kept = |id: PropId| names.of_target(id).is_some_and(|id| kept.contains(&id));
        items.retain(|item| !is_kept(item.tag.id()));
        // What decides the code page comes first, so that all text is written with the new one.
        let (first, rest): (Vec<Item>, Vec<Item>) =
            items.into_iter().partition(|item| decides_page(item.tag.id()));
        let first = first.into_iter().filter(|item| !keeps_page || item.tag.id().value() != 0x3FFD);
        let mut verdicts = Vec::new();
        let mut batch = Batch { from, to, own: &own, names: &names, raw8: None };
        batch.copy(first.collect(), &mut verdicts)?;
        if let Some(own) = own.as_ref().filter(|_| !keeps_page) {
            take_page(from, own)?;
        }
        batch.raw8 = own.as_ref().map(page_of).transpose()?.flatten();
        batch.copy(rest, &mut verdicts)?;
        Ok(verdicts)
    }

    fn verdict(&mut self, item: Item, verdict: Result<(), Code>) {
        match verdict {
            Ok(()) => self.done.push(item.tag.id()),
            Err(code) => self.problem(item, code),
        }
    }

    /// A part of the source as a whole.
    fn checked(&mut self, item: Item, verdict: Result<()>) -> Result<()> {
        match verdict {
            Err(error) if ends_all(error.code()) => return Err(error),
            verdict => self.verdict(item, verdict.map_err(|error| error.code())),
        }
        Ok(())
    }

    /// Something below the source: what is wrong with it is wrong with the part it belongs to.
    fn nested(&mut self, verdict: Result<()>) -> Result<()> {
        match verdict {
            Ok(()) => Ok(()),
            Err(error) if ends_all(error.code()) => Err(error),
            Err(error) if error.code() == Code::Computed => Ok(()),
            Err(error) => {
                if let Some(part) = self.part {
                    self.problem(part, error.code());
                }
                Ok(())
            }
        }
    }

    /// One code is told once for each position.
    fn problem(&mut self, item: Item, code: Code) {
        let problem = PropProblem { index: item.index, tag: item.tag, code };
        if self.problems.last() != Some(&problem) {
            self.problems.push(problem);
        }
    }

    fn tell(&mut self) {
        let (count, total) = self.count;
        if let Some(progress) = &mut self.progress {
            let (min, max) = (u64::from(progress.min()), u64::from(progress.max()));
            let way = max.saturating_sub(min);
            let done = if total == 0 { way } else { way * u64::from(count) / u64::from(total) };
            progress.progress(u32::try_from(min + done).unwrap_or(u32::MAX), count, total);
        }
    }
}

/// Copies the list of recipients. A row that cannot be read in full is copied as far as it can.
fn recipients<'t>(from: &Message<'_>, to: &dyn CopyTarget<'t>) -> Result<()> {
    let mut rows = from.recipients()?;
    let named = rows.iter().flat_map(Recipient::props).map(|prop| prop.tag.id());
    let names = Names::of(from, to, named)?;
    let is_own = to.own().is_some();
    let damaged = rows.iter().any(Recipient::is_damaged);
    let mut nameless = false;
    for row in &mut rows {
        if !is_own {
            *row = row.to_unicode();
        }
        nameless |= !row.rename(|id| names.of_target(id));
    }
    to.set_recipients(&rows)?;
    match (damaged, nameless) {
        (true, _) => Err(Error::new(Code::CorruptData, DOING).note("a recipient cannot be read")),
        (_, true) => Err(Error::new(Code::UnexpectedId, DOING).note("a property has no name")),
        _ => Ok(()),
    }
}

/// Deletes from the source what was copied.
fn forget(source: &MapiProp<'_>, done: &[PropId]) -> Result<()> {
    let tags: Vec<PropTag> =
        done.iter().map(|id| PropTag::from_parts(*id, PropType::PT_NULL)).collect();
    match source.delete_props(&tags) {
        // It lay in the target and went with what was replaced there.
        Err(error) if error.code() == Code::ObjectDeleted => Ok(()),
        deleted => deleted.map(drop),
    }
}
