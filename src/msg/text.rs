//! Which form and which code page an object's strings have. Spec: imessage-contract 4.6.

use super::body::{Body, Form, Object};
use super::handle::ObjectId;
use crate::error::Result;
use crate::prop::{PropId, PropType, PropValue};
use crate::wire::codepage::choose::{Hints, TextPage, asks_content_type, choose};
use crate::wire::{CodePage, Text};
use std::sync::atomic::{AtomicU32, Ordering};

/// Bit of the support mask that says "Unicode".
pub(crate) const UNICODE_OK: i32 = 0x0004_0000;

/// The code page of 8-bit text that callers bring to Unicode messages and take from them.
static CALLER_PAGE: AtomicU32 = AtomicU32::new(65001);

/// Sets it, for the process.
pub(crate) fn set_caller_page(page: CodePage) {
    CALLER_PAGE.store(page.number(), Ordering::Relaxed);
}

/// The code page that callers of this process use: UTF-8 unless they said so.
pub(crate) fn caller_page() -> CodePage {
    CodePage::new(CALLER_PAGE.load(Ordering::Relaxed)).unwrap_or(CodePage::UTF_8)
}

/// A caller's 8-bit text.
pub(crate) fn from_caller(bytes: &[u8]) -> Text {
    Text::from(&*caller_page().decode(bytes).text)
}

impl Body {
    /// How the strings of an object are stored. Recipients and attachments follow their message.
    pub(crate) fn form(&mut self, id: ObjectId) -> Result<Form> {
        let message = self.message_of(id);
        if !self.objects.contains_key(&message) {
            // The message's handle is gone; what it left behind speaks for itself.
            return Ok(self.core(id)?.form.unwrap_or(Form::Unicode));
        }
        let core = self.core(message)?;
        if let Some(form) = core.form {
            return Ok(form);
        }
        let mask = core.props.get(PropId::new(0x340D))?.map(|prop| prop.value);
        let says_unicode = matches!(mask, Some(PropValue::Long(mask)) if mask & UNICODE_OK != 0);
        let mut has = (false, false);
        for (tag, _) in core.props.entries() {
            match tag.prop_type() {
                PropType::PT_UNICODE | PropType::PT_MV_UNICODE => has.0 = true,
                PropType::PT_STRING8 | PropType::PT_MV_STRING8 => has.1 = true,
                _ => {}
            }
        }
        // The mask agrees with the strings in every sound file; where it does not, believe them.
        let form = match (says_unicode, has) {
            (true, _) | (false, (true, false) | (false, false)) => Form::Unicode,
            (false, (_, true)) => Form::Ansi,
        };
        self.core(message)?.form = Some(form);
        Ok(form)
    }

    /// The code page of an object's 8-bit strings. Spec: msg-format 2.4.1.
    pub(crate) fn page(&mut self, id: ObjectId) -> Result<TextPage> {
        let message = self.message_of(id);
        if let Some(page) = self.core(message)?.page {
            return Ok(page);
        }
        // An embedded message inherits from the message above its attachment.
        let above = match self.objects.get(&message) {
            Some(Object::Message(state)) => {
                state.parent.map(|attachment| self.message_of(attachment))
            }
            _ => None,
        };
        let parent = match above.filter(|above| self.objects.contains_key(above)) {
            Some(above) => Some(self.page(above)?),
            None => None,
        };
        let override_page = self.options.code_page;
        let props = &mut self.core(message)?.props;
        let mut long = |id| match props.get(PropId::new(id)) {
            Ok(Some(prop)) => match prop.value {
                PropValue::Long(value) => Some(value),
                _ => None,
            },
            _ => None,
        };
        let (message_codepage, locale) = (long(0x3FFD), long(0x3FF1));
        let internet_cpid = long(0x3FDE);
        let hints = Hints {
            override_page,
            message_codepage,
            locale,
            internet_cpid,
            content_type: None,
            parent,
        };
        // The headers are long; most messages need not look into them.
        let content_type = match asks_content_type(&hints) {
            true => content_type(props.get(PropId::new(0x007D)).ok().flatten().map(|p| p.value)),
            false => None,
        };
        let page = choose(&Hints { content_type: content_type.as_deref(), ..hints });
        self.core(message)?.page = Some(page);
        Ok(page)
    }

    /// A string value in the other width, if `wanted` asks for it. Spec: C-088, C-089, C-244.
    pub(crate) fn in_width(
        &mut self,
        id: ObjectId,
        value: PropValue,
        wanted: PropType,
    ) -> Result<PropValue> {
        Ok(match (value, wanted) {
            (PropValue::String8(bytes), PropType::PT_UNICODE) => {
                PropValue::Unicode(Text::from(&*self.page(id)?.decode(&bytes).text))
            }
            (PropValue::Unicode(text), PropType::PT_STRING8) => {
                PropValue::String8(self.encode8(id, &text)?)
            }
            (PropValue::MvString8(texts), PropType::PT_MV_UNICODE) => {
                let page = self.page(id)?;
                PropValue::MvUnicode(
                    texts.iter().map(|t| Text::from(&*page.decode(t).text)).collect(),
                )
            }
            (PropValue::MvUnicode(texts), PropType::PT_MV_STRING8) => {
                let texts: Result<_> = texts.iter().map(|text| self.encode8(id, text)).collect();
                PropValue::MvString8(texts?)
            }
            (value, _) => value,
        })
    }

    /// 8-bit bytes of a text: in an ANSI message its page, in a Unicode one the caller's.
    pub(crate) fn encode8(&mut self, id: ObjectId, text: &Text) -> Result<Vec<u8>> {
        let text = text.to_string_lossy();
        Ok(match self.form(id)? {
            Form::Ansi => self.page(id)?.encode(&text).bytes.into_owned(),
            Form::Unicode => caller_page().encode(&text).bytes.into_owned(),
        })
    }

    /// A value as this object stores it: strings in the width of its form.
    pub(crate) fn in_form(&mut self, id: ObjectId, value: PropValue) -> Result<PropValue> {
        let wanted = match (value.prop_type(), self.form(id)?) {
            (PropType::PT_STRING8, Form::Unicode) => {
                // Set into a Unicode message, 8-bit text is in the caller's page.
                if let PropValue::String8(bytes) = value {
                    return Ok(PropValue::Unicode(from_caller(&bytes)));
                }
                return Ok(value);
            }
            (PropType::PT_MV_STRING8, Form::Unicode) => {
                if let PropValue::MvString8(texts) = &value {
                    let texts = texts.iter().map(|text| from_caller(text));
                    return Ok(PropValue::MvUnicode(texts.collect()));
                }
                return Ok(value);
            }
            (PropType::PT_UNICODE, Form::Ansi) => PropType::PT_STRING8,
            (PropType::PT_MV_UNICODE, Form::Ansi) => PropType::PT_MV_STRING8,
            (same, _) => same,
        };
        self.in_width(id, value, wanted)
    }
}

/// The Content-Type among transport headers; only its charset is wanted, so ASCII will do.
fn content_type(headers: Option<PropValue>) -> Option<String> {
    let headers = match headers? {
        PropValue::String8(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        PropValue::Unicode(text) => text.into_string_lossy(),
        _ => return None,
    };
    let mut lines = headers.lines().skip_while(|line| {
        let name = line.split(':').next().unwrap_or_default();
        !name.eq_ignore_ascii_case("content-type")
    });
    let mut value = lines.next()?.split_once(':')?.1.to_owned();
    for more in lines.take_while(|line| line.starts_with([' ', '\t'])) {
        value.push_str(more);
    }
    Some(value)
}
