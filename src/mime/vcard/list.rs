//! A distribution list: a group. Spec: RFC 6350 6.1.4, 6.6.5.

use crate::error::Result;
use crate::mime::ical::line::{Line, Lines};
use crate::mime::ical::people::mailto;
use crate::mime::ical::time::Stamp;
use crate::mime::ical::work::Work;
use crate::msg::DistList;
use crate::tags::{PR_DISPLAY_NAME_W, PR_LAST_MODIFICATION_TIME};

pub(super) fn card(list: &DistList<'_>, work: &mut Work<'_>) -> Result<Lines> {
    let message = list.message();
    let mut out = Lines::new();
    out.begin("VCARD");
    out.plain("VERSION", "4.0");
    out.plain("KIND", "group");
    let named = work.read("FN", list.name())?;
    let shown = work.read("FN", message.get(PR_DISPLAY_NAME_W))?;
    let name = [named, shown].into_iter().flatten().find(|name| !name.trim().is_empty());
    out.push(Line::new("FN").text(name.as_deref().unwrap_or("?")));
    for member in work.read("MEMBER", list.members())?.unwrap_or_default() {
        let name = member.name.as_deref();
        match member.address.as_deref().filter(|address| address.contains('@')) {
            Some(address) => {
                out.push(Line::new("MEMBER").maybe("X-CN", name).value(&mailto(address)));
            }
            None => {
                let shown = name.or(member.address.as_deref()).unwrap_or("somebody unnamed");
                work.lose("card-field", "MEMBER", format!("no mail address: {shown}"));
            }
        }
    }
    let note = work.read("NOTE", message.body_text())?.map(|body| body.text);
    out.text("NOTE", note.as_deref().filter(|note| !note.trim().is_empty()));
    let categories = work.read("CATEGORIES", list.common().categories())?.unwrap_or_default();
    let categories: Vec<&String> = categories.iter().filter(|name| !name.is_empty()).collect();
    if !categories.is_empty() {
        out.push(Line::new("CATEGORIES").texts(&categories, ","));
    }
    let changed = work.read("REV", message.get(PR_LAST_MODIFICATION_TIME))?;
    if let Some(at) = changed.and_then(Stamp::of) {
        out.plain("REV", &at.utc());
    }
    out.end("VCARD");
    Ok(out)
}
