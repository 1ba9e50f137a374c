//! Mails to convert: plain ones, with HTML, with attachments, in several scripts.

use super::told;
use crate::outcome::Outcome;
use std::fmt::Write;
use std::path::Path;

/// How many are in one folder.
pub(super) const IN_A_FOLDER: usize = 1000;

/// Writes so many mails into folders `f00000` and on.
pub(super) fn write(folder: &Path, count: usize) -> Outcome {
    for number in 0..count {
        let folder = folder.join(format!("f{:05}", number / IN_A_FOLDER));
        if number % IN_A_FOLDER == 0 {
            std::fs::create_dir_all(&folder).map_err(|error| told(&folder, &error))?;
        }
        let path = folder.join(format!("m{:03}.eml", number % IN_A_FOLDER));
        std::fs::write(&path, letter(number)).map_err(|error| told(&path, &error))?;
    }
    Ok(())
}

fn letter(number: usize) -> String {
    let subject = match number % 3 {
        0 => "The regatta on the bay",
        1 => "=?utf-8?B?0KDQtdCz0LDRgtCw?=",
        _ => "=?iso-8859-1?Q?Gr=FC=DFe_vom_Hafen?=",
    };
    let mut mail = format!(
        "From: Ana Ribeiro <ana@rowing.example>\r\nTo: keiko@boatyard.example, Omar <omar@port.example>\r\n\
         Cc: =?utf-8?Q?Jonas_Wei=C3=9F?= <jonas@rowing.example>\r\nSubject: {subject} {number}\r\n\
         Date: Mon, 04 May 2026 {:02}:{:02}:00 +0100\r\nMessage-ID: <{number}@rowing.example>\r\n\
         MIME-Version: 1.0\r\n",
        number / 60 % 24,
        number % 60,
    );
    let text =
        "The boats go at ten from the old harbour; bring a coat.\r\n".repeat(5 + number % 40);
    let plain = format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n");
    let html = format!(
        "Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>{text}</p></body></html>\r\n"
    );
    let boundary = format!("=_{number}");
    // Writing to memory does not fail.
    let _ = match number % 4 {
        0 => write!(mail, "{plain}"),
        1 | 2 => write!(
            mail,
            "Content-Type: multipart/alternative; boundary=\"{boundary}\"\r\n\r\n\
             --{boundary}\r\n{plain}--{boundary}\r\n{html}--{boundary}--\r\n"
        ),
        _ => write!(
            mail,
            "Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n{html}\
             --{boundary}\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"plan {number}.pdf\"\r\n\r\n{}--{boundary}--\r\n",
            "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\r\n"
                .repeat(20 + number % 500)
        ),
    };
    mail
}
