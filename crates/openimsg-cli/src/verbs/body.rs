//! `imsg body`: what a message says, in the form that is asked for.

use crate::driver::{Desk, Kind, Verdict, each};
use crate::errors::Failure;
#[cfg(feature = "safe-html")]
use crate::output::complain;
use crate::text;
use clap::{Args, ValueEnum};
#[cfg(feature = "safe-html")]
use openimsg::{BodyText, Message};
use openimsg::{Finding, body};
use std::io::IsTerminal;
use std::path::PathBuf;

/// Print the body of a message as text, Markdown, HTML or RTF
///
/// Whichever form is stored: most messages of Outlook hold only RTF, with HTML inside. What is asked
/// for is printed as stored, or made of the form its author wrote. HTML and RTF are printed as they
/// are: do not open them where scripts run or pictures are fetched. With --safe HTML has nothing of
/// the kind, and the message's own pictures in it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Body {
    /// Message files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// The form to print
    #[arg(long = "as", value_name = "FORM", default_value = "text")]
    form: Form,

    /// HTML that can be opened: no scripts, no forms, nothing from elsewhere; what was left out is
    /// told on standard error
    #[cfg(feature = "safe-html")]
    #[arg(long)]
    safe: bool,
}

/// The forms of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Plain text, in UTF-8
    Text,
    /// HTML, in UTF-8
    Html,
    /// RTF, without compression
    Rtf,
    /// Markdown of the HTML, in UTF-8
    Md,
}

const EXAMPLES: &str = "\
Examples:
  imsg body letter.msg
  imsg body letter.msg --as md
  imsg body letter.msg --as html --safe > letter.html
  imsg body letter.msg --as rtf > letter.rtf";

impl Body {
    pub(crate) fn run(self) -> u8 {
        #[cfg(feature = "safe-html")]
        if self.safe && self.form != Form::Html {
            complain("imsg: --safe goes with --as html");
            return 2;
        }
        each(
            Kind::Reads,
            &self.files,
            |file| super::display(file),
            |file, desk| {
                let opened = super::open(file)?;
                let found = match self.form {
                    Form::Rtf => opened.message.body_rtf()?.map(|body| (body.bytes, body.findings)),
                    form => {
                        let body = match form {
                            Form::Html | Form::Md => opened.message.body_html()?,
                            _ => opened.message.body_text()?,
                        };
                        let markdown = |html: &str| body::html_to_markdown(html);
                        #[cfg(feature = "safe-html")]
                        let body = match body {
                            Some(body) if self.safe => Some(safe(body, &opened.message, desk)?),
                            body => body,
                        };
                        body.map(|body| match form {
                            Form::Md => (shown(&markdown(&body.text)), body.findings),
                            _ => (shown(&body.text), body.findings),
                        })
                    }
                };
                desk.findings(&opened.findings());
                match found {
                    Some((bytes, findings)) => put(desk, &bytes, &findings),
                    None => {
                        desk.remark("it has no body");
                        Ok(Verdict::Good)
                    }
                }
            },
        )
    }
}

/// The body with nothing in it that runs or is fetched.
#[cfg(feature = "safe-html")]
fn safe(
    mut body: BodyText,
    message: &Message<'_>,
    desk: &mut Desk<'_>,
) -> Result<BodyText, Failure> {
    let pictures = crate::html::Pictures::of(message, &body.text)?;
    let (html, left_out) = crate::html::safe(&body.text, pictures);
    left_out.iter().for_each(|what| desk.remark(what));
    body.text = html;
    Ok(body)
}

/// Text for a terminal must not steer it; elsewhere it goes out as it is.
fn shown(body: &str) -> Vec<u8> {
    match std::io::stdout().is_terminal() {
        true => text::body(&body.replace("\r\n", "\n")).into_owned().into_bytes(),
        false => body.as_bytes().to_vec(),
    }
}

fn put(desk: &mut Desk<'_>, bytes: &[u8], findings: &[Finding]) -> Result<Verdict, Failure> {
    desk.out.write_all(bytes)?;
    if !bytes.ends_with(b"\n") {
        desk.out.write_all(b"\n")?;
    }
    desk.findings(findings);
    Ok(Verdict::Good)
}
