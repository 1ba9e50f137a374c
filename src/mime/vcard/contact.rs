//! A contact. Spec: RFC 2426; MS-OXVCARD.

use super::photo::photo;
use crate::error::Result;
use crate::mime::ical::line::{Line, Lines};
use crate::mime::ical::time::{DAY, Stamp};
use crate::mime::ical::work::Work;
use crate::msg::{Contact, ContactEmail, LocalDate, PostalAddress};
use crate::named::*;
use crate::tags::*;
use std::fmt::Write as _;

pub(super) fn card(contact: &Contact<'_>, work: &mut Work<'_>) -> Result<Lines> {
    let message = contact.message();
    let mut out = Lines::new();
    out.begin("VCARD");
    out.plain("VERSION", "3.0");
    out.plain("PRODID", "-//openimsg//openimsg//EN");
    let emails = work.read("EMAIL", contact.emails().map(Some))?.unwrap_or_default();
    names(contact, &emails, &mut out, work)?;
    mails(&emails, &mut out, work);
    phones(contact, &mut out, work)?;
    addresses(contact, &mut out, work)?;
    days(contact, &mut out, work)?;
    let pages = [
        ("WORK", work.read("URL", contact.business_page())?),
        ("HOME", work.read("URL", contact.personal_page())?),
    ];
    for (kind, page) in pages {
        if let Some(page) = page.filter(|page| !page.is_empty()) {
            out.push(Line::new("URL").list("TYPE", kind).value(&page));
        }
    }
    texts(contact, &mut out, work)?;
    photo(message, &mut out, work)?;
    let changed = work.read("REV", message.get(PR_LAST_MODIFICATION_TIME))?;
    if let Some(at) = changed.and_then(Stamp::of) {
        out.plain("REV", &at.utc());
    }
    out.end("VCARD");
    Ok(out)
}

/// N, FN, NICKNAME, ORG, TITLE.
fn names(
    contact: &Contact<'_>,
    emails: &[ContactEmail],
    out: &mut Lines,
    work: &mut Work<'_>,
) -> Result<()> {
    let surname = work.read("N", contact.surname())?.unwrap_or_default();
    let given = work.read("N", contact.given_name())?.unwrap_or_default();
    let middle = work.read("N", contact.middle_name())?.unwrap_or_default();
    let prefix = work.read("N", contact.prefix())?.unwrap_or_default();
    let suffix = work.read("N", contact.generation())?.unwrap_or_default();
    let company = work.read("ORG", contact.company())?;
    let parts = [&prefix, &given, &middle, &surname, &suffix];
    let joined: Vec<&str> =
        parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    let first_email = emails.first().and_then(|email| email.address.clone());
    // A card without a name is none: something else that it is known by.
    let candidates = [
        work.read("FN", contact.display_name())?,
        Some(joined.join(" ")),
        work.read("FN", contact.file_under())?,
        company.clone(),
        first_email,
    ];
    let whole = candidates.into_iter().flatten().find(|name| !name.trim().is_empty());
    out.push(Line::new("FN").text(whole.as_deref().unwrap_or("?")));
    out.push(Line::new("N").texts(&[&surname, &given, &middle, &prefix, &suffix], ";"));
    out.text("NICKNAME", work.read("NICKNAME", contact.nickname())?.as_deref());
    let department = work.read("ORG", contact.department())?;
    let organization = [company.unwrap_or_default(), department.unwrap_or_default()];
    match organization {
        [company, department] if !department.is_empty() => {
            out.push(Line::new("ORG").texts(&[company, department], ";"));
        }
        [company, _] => out.text("ORG", Some(&company)),
    }
    out.text("TITLE", work.read("TITLE", contact.job_title())?.as_deref());
    let profession = contact.message().get(PR_PROFESSION_W);
    out.text("ROLE", work.read("ROLE", profession)?.as_deref());
    Ok(())
}

fn mails(emails: &[ContactEmail], out: &mut Lines, work: &mut Work<'_>) {
    let mut kind = "INTERNET,PREF";
    for email in emails {
        let Some(address) = email.address.as_deref().filter(|address| !address.is_empty()) else {
            continue;
        };
        if email.address_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("FAX")) {
            continue;
        }
        if !address.contains('@') {
            work.lose("card-field", "EMAIL", format!("not of Internet mail: {address}"));
            continue;
        }
        out.push(Line::new("EMAIL").list("TYPE", kind).text(address));
        kind = "INTERNET";
    }
}

fn phones(contact: &Contact<'_>, out: &mut Lines, work: &mut Work<'_>) -> Result<()> {
    let message = contact.message();
    let numbers = [
        ("PREF,VOICE", contact.primary_phone()),
        ("WORK,VOICE", contact.business_phone()),
        ("WORK,VOICE", contact.business2_phone()),
        ("HOME,VOICE", contact.home_phone()),
        ("HOME,VOICE", message.get(PR_HOME2_TELEPHONE_NUMBER_W)),
        ("CELL,VOICE", contact.mobile_phone()),
        ("VOICE", contact.other_phone()),
        ("WORK,FAX", contact.business_fax()),
        ("HOME,FAX", contact.home_fax()),
        ("FAX", message.get(PR_PRIMARY_FAX_NUMBER_W)),
        ("PAGER", message.get(PR_PAGER_TELEPHONE_NUMBER_W)),
        ("CAR,VOICE", message.get(PR_CAR_TELEPHONE_NUMBER_W)),
        ("ISDN", message.get(PR_ISDN_NUMBER_W)),
    ];
    for (kind, number) in numbers {
        if let Some(number) = work.read("TEL", number)?.filter(|number| !number.trim().is_empty()) {
            out.push(Line::new("TEL").list("TYPE", kind).text(&number));
        }
    }
    // As Outlook names those that a card has no kind for.
    let others = [
        ("ASSISTANT,VOICE", message.get(PR_ASSISTANT_TELEPHONE_NUMBER_W)),
        ("CALLBACK,VOICE", message.get(PR_CALLBACK_TELEPHONE_NUMBER_W)),
        ("COMPANY,VOICE", message.get(PR_COMPANY_MAIN_PHONE_NUMBER_W)),
        ("RADIO,VOICE", message.get(PR_RADIO_TELEPHONE_NUMBER_W)),
        ("TLX", message.get(PR_TELEX_NUMBER_W)),
        ("TTYTDD", message.get(PR_TTYTDD_PHONE_NUMBER_W)),
    ];
    for (kind, number) in others {
        if let Some(number) = work.read("TEL", number)?.filter(|number| !number.trim().is_empty()) {
            out.push(Line::new("X-MS-TEL").list("TYPE", kind).text(&number));
        }
    }
    Ok(())
}

fn addresses(contact: &Contact<'_>, out: &mut Lines, work: &mut Work<'_>) -> Result<()> {
    let office = work.read("ADR", contact.office())?.unwrap_or_default();
    let mailing = contact.message().get(PID_LID_POSTAL_ADDRESS_ID);
    let mailing = work.read("ADR", mailing)?;
    let all = [
        ("WORK", 2, contact.work_address(), contact.work_address_text()),
        ("HOME", 1, contact.home_address(), contact.home_address_text()),
        ("POSTAL", 3, contact.other_address(), contact.other_address_text()),
    ];
    for (kind, number, parts, text) in all {
        let parts = work.read("ADR", parts.map(Some))?.unwrap_or_default();
        let text = work.read("LABEL", text)?.filter(|text| !text.trim().is_empty());
        let kind = if mailing == Some(number) { format!("{kind},PREF") } else { kind.to_owned() };
        let office = if number == 2 { office.as_str() } else { "" };
        if parts != PostalAddress::default() || !office.is_empty() {
            let part = |part: &Option<String>| part.clone().unwrap_or_default();
            let values = [
                part(&parts.post_office_box),
                office.to_owned(),
                part(&parts.street),
                part(&parts.city),
                part(&parts.state),
                part(&parts.postal_code),
                part(&parts.country),
            ];
            if values.iter().any(|value| !value.is_empty()) {
                out.push(Line::new("ADR").list("TYPE", &kind).texts(&values, ";"));
            }
        }
        if let Some(text) = text {
            out.push(Line::new("LABEL").list("TYPE", &kind).text(&text));
        }
    }
    Ok(())
}

/// BDAY and the anniversary: days, not times. Spec: Q-81.
fn days(contact: &Contact<'_>, out: &mut Lines, work: &mut Work<'_>) -> Result<()> {
    let local =
        |day: LocalDate| Stamp::day(day.year().into(), day.month().into(), day.day().into());
    // Stored as midnight somewhere; the nearest midnight UTC is less than half a day away.
    let near = |time| Stamp::of(time).map(|at| at.plus(DAY / 2).midnight());
    let day = work.read("BDAY", contact.birthday_date())?.and_then(local);
    let day = day.or(work.read("BDAY", contact.birthday())?.and_then(near));
    if let Some(day) = day {
        out.plain("BDAY", &day.dashed());
    }
    let day = contact.message().get(PID_LID_WEDDING_ANNIVERSARY_LOCAL);
    let day = work.read("X-ANNIVERSARY", day)?.and_then(LocalDate::of).and_then(local);
    let day = day.or(work.read("X-ANNIVERSARY", contact.anniversary())?.and_then(near));
    if let Some(day) = day {
        // By the name that most programs read, and by Outlook's.
        out.plain("X-ANNIVERSARY", &day.dashed());
        out.plain("X-MS-ANNIVERSARY", &day.date());
    }
    Ok(())
}

/// The note and what else is text.
fn texts(contact: &Contact<'_>, out: &mut Lines, work: &mut Work<'_>) -> Result<()> {
    let message = contact.message();
    let note = work.read("NOTE", message.body_text())?.map(|body| body.text);
    out.text("NOTE", note.as_deref().filter(|note| !note.trim().is_empty()));
    let categories = work.read("CATEGORIES", contact.common().categories())?.unwrap_or_default();
    let categories: Vec<&String> = categories.iter().filter(|name| !name.is_empty()).collect();
    if !categories.is_empty() {
        out.push(Line::new("CATEGORIES").texts(&categories, ","));
    }
    out.plain(
        "CLASS",
        match work.read("CLASS", message.get(PR_SENSITIVITY))? {
            Some(1 | 2) => "PRIVATE",
            Some(3) => "CONFIDENTIAL",
            _ => "PUBLIC",
        },
    );
    out.text(
        "X-MS-IMADDRESS",
        work.read("X-MS-IMADDRESS", contact.instant_messaging())?.as_deref(),
    );
    out.text("X-SPOUSE", work.read("X-SPOUSE", contact.spouse())?.as_deref());
    let manager = message.get(PR_MANAGER_NAME_W);
    out.text("X-MANAGER", work.read("X-MANAGER", manager)?.as_deref());
    let assistant = message.get(PR_ASSISTANT_W);
    out.text("X-ASSISTANT", work.read("X-ASSISTANT", assistant)?.as_deref());
    let gender = match work.read("X-GENDER", message.get(PR_GENDER))? {
        Some(1) => Some("Female"),
        Some(2) => Some("Male"),
        _ => None,
    };
    out.text("X-GENDER", gender);
    let children = work.read("X-MS-CHILD", message.get(PR_CHILDRENS_NAMES_W))?.unwrap_or_default();
    for child in &children {
        out.text("X-MS-CHILD", Some(child));
    }
    for (item, found) in [
        ("PR_HOBBIES", message.get(PR_HOBBIES_W)),
        ("PidLidContactUserField1", message.get(PID_LID_CONTACT_USER_FIELD1)),
        ("PidLidContactUserField2", message.get(PID_LID_CONTACT_USER_FIELD2)),
        ("PidLidContactUserField3", message.get(PID_LID_CONTACT_USER_FIELD3)),
        ("PidLidContactUserField4", message.get(PID_LID_CONTACT_USER_FIELD4)),
    ] {
        if let Some(text) = work.read(item, found)?.filter(|text| !text.is_empty()) {
            work.lose("card-field", item, text);
        }
    }
    if work.read("KEY", message.get(PR_USER_X509_CERTIFICATE))?.is_some_and(|all| !all.is_empty()) {
        work.lose("card-field", "PR_USER_X509_CERTIFICATE", "certificates are not written");
    }
    if let Some(key) = work.read("UID", message.get(PR_SEARCH_KEY))?.filter(|key| !key.is_empty()) {
        let uid = key.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02X}");
            text
        });
        out.plain("UID", &uid);
    }
    Ok(())
}
