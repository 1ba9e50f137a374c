//! `imsg body`: what a message says, in the form that is asked for.

use crate::driver::{Desk, Kind, Verdict, each};
use crate::errors::Failure;
use crate::text;
use clap::{Args, ValueEnum};
use openimsg::Finding;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Print the body of a message as text, HTML or RTF
///
/// Whichever form is stored: most messages of Outlook hold only RTF, with HTML inside. What is asked
/// for is printed as stored, or made of the form its author wrote. HTML and RTF are printed as they
/// are: do not open them where scripts run or pictures are fetched.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Body {
    /// Message files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// The form to print
    #[arg(long = "as", value_name = "FORM", default_value = "text")]
    form: Form,
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
}

const EXAMPLES: &str = "\
Examples:
  imsg body letter.msg
  imsg body letter.msg --as html > letter.html
  imsg body letter.msg --as rtf > letter.rtf";

impl Body {
    pub(crate) fn run(self) -> u8 {
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
                            Form::Html => opened.message.body_html()?,
                            _ => opened.message.body_text()?,
                        };
                        body.map(|body| (shown(&body.text), body.findings))
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
