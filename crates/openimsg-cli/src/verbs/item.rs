//! What `show` tells of items that are no mail: contacts, tasks, lists, notes, journal entries, reports.

use openimsg::{
    Contact, DistList, Item, Journal, Message, Report, ReportKind, Result, Task, TaskStatus,
};

/// A line of the page: its label, and what it says if there is anything.
type Line = (&'static str, Result<Option<String>>);

/// What this kind of item has to tell, in the order that people look for it.
pub(super) fn lines(message: &Message<'_>) -> Vec<Line> {
    match message.item() {
        Ok(Item::Contact(contact)) => of_contact(&contact),
        Ok(Item::Task(task)) => of_task(&task),
        Ok(Item::TaskRequest(request)) => match request.task() {
            Ok(Some(task)) => of_task(&task),
            Ok(None) => Vec::new(),
            Err(error) => vec![("Task", Err(error))],
        },
        Ok(Item::DistList(list)) => of_list(&list),
        Ok(Item::Journal(entry)) => of_journal(&entry),
        Ok(Item::Report(report)) => of_report(&report),
        // What is left has no more than mail has; a class that cannot be read is told elsewhere.
        _ => Vec::new(),
    }
}

fn of_contact(contact: &Contact<'_>) -> Vec<Line> {
    let mut lines = vec![
        ("Name", contact.display_name()),
        ("Company", contact.company()),
        ("Position", contact.job_title()),
    ];
    match contact.emails() {
        Ok(emails) => lines.extend(emails.into_iter().map(|email| ("E-mail", Ok(email.address)))),
        Err(error) => lines.push(("E-mail", Err(error))),
    }
    lines.extend([
        ("Mobile", contact.mobile_phone()),
        ("Office", contact.business_phone()),
        ("Home", contact.home_phone()),
    ]);
    lines
}

fn of_task(task: &Task<'_>) -> Vec<Line> {
    let day = |day: Result<Option<openimsg::LocalDate>>| day.map(|day| day.map(|d| d.to_string()));
    let status = |status| match status {
        TaskStatus::NotStarted => "not started".to_owned(),
        TaskStatus::InProgress => "in progress".to_owned(),
        TaskStatus::Complete => "complete".to_owned(),
        TaskStatus::Waiting => "waiting for somebody else".to_owned(),
        TaskStatus::Deferred => "deferred".to_owned(),
        other => format!("number {}", other.raw()),
    };
    let done = |part: f64| format!("{:.0} %", part * 100.0);
    vec![
        ("Status", task.status().map(|found| found.map(status))),
        ("Done", task.percent_complete().map(|part| part.map(done))),
        ("Starts", day(task.start())),
        ("Due", day(task.due())),
        ("Completed", day(task.completed())),
        ("Owner", task.owner()),
    ]
}

fn of_list(list: &DistList<'_>) -> Vec<Line> {
    let members = match list.members() {
        Ok(members) => members.unwrap_or_default(),
        Err(error) => return vec![("Member", Err(error))],
    };
    let told = |(name, address): (Option<String>, Option<String>)| match (name, address) {
        (Some(name), Some(address)) if name != address => Some(format!("{name} <{address}>")),
        (name, address) => address.or(name),
    };
    let line = |member: openimsg::ListMember| match member.damage {
        Some(error) => ("Member", Err(error)),
        None => ("Member", Ok(told((member.name, member.address)))),
    };
    members.into_iter().map(line).collect()
}

fn of_journal(entry: &Journal<'_>) -> Vec<Line> {
    let time = |time: Result<Option<openimsg::FileTime>>| {
        time.map(|time| time.and_then(openimsg::FileTime::to_rfc3339))
    };
    vec![("Kind", entry.kind()), ("From", time(entry.start())), ("Until", time(entry.end()))]
}

fn of_report(report: &Report<'_>) -> Vec<Line> {
    let kind = |kind| match kind {
        ReportKind::NonDelivery => Some("not delivered"),
        ReportKind::Delivery => Some("delivered"),
        ReportKind::Delayed => Some("delayed"),
        ReportKind::Expanded => Some("delivered to a list"),
        ReportKind::Relayed => Some("passed on"),
        ReportKind::Read => Some("read"),
        ReportKind::NotRead => Some("deleted without being read"),
        _ => None,
    };
    vec![("Says", report.kind().map(|found| kind(found).map(str::to_owned)))]
}
