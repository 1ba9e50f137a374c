//! What an attachment holds, and what it is as a file. Spec: msg-format 1.9, 9.3.
//!
//! ```text
//!  method   holds                         content()      as_file()
//!  1        bytes                         Bytes          the bytes
//!  5        a message                     Message        a .msg file that opens by itself
//!  6        a storage                     Storage        a picture, a packaged file, or the storage
//!  6        a stream of OLE 1             Bytes          the same of what is in it
//!  2, 3, 4  a path                        Reference      nothing: paths are not followed
//!  7        an address on the web         Web            nothing
//!  0, none  by what is there
//! ```
//!
//! `create` makes attachments of each kind, `foreign` looks into objects of other programs, `names`
//! makes the names of strangers safe.

mod create;
mod foreign;
pub(crate) mod media;
mod names;

use super::attach::Attachment;
use super::message::Message;
use super::stream::{OpenStream, PropStream};
use crate::error::{Code, Error, Result};
use crate::prop::named_tags::{
    PID_NAME_ATTACHMENT_ORIGINAL_PERMISSION_TYPE, PID_NAME_ATTACHMENT_PERMISSION_TYPE,
    PID_NAME_ATTACHMENT_PROVIDER_TYPE,
};
use crate::prop::{Tag, kind};
use crate::stg::{CommitFlags, CompoundFile, Storage};
use crate::tags::{
    PR_ATTACH_DATA_BIN, PR_ATTACH_EXTENSION_W, PR_ATTACH_LONG_FILENAME_W,
    PR_ATTACH_LONG_PATHNAME_W, PR_ATTACH_MIME_TAG_W, PR_ATTACH_PATHNAME_W, PR_SUBJECT_W,
};
use foreign::Found;
pub(crate) use media::extension_of;
pub use names::{numbered_file_name, safe_file_name};
use std::fmt;
use std::io::{self, Read, Seek, Write};
use std::sync::Arc;

/// What an attachment holds; see [`Attachment::content`].
#[non_exhaustive]
pub enum AttachContent<'s> {
    /// Bytes, as a stream; of an OLE 1 object, its stream.
    Bytes(PropStream<'s>),
    /// A message.
    Message(Message<'s>),
    /// The storage of another program's object.
    Storage(Arc<dyn Storage>),
    /// The path of a file somewhere else, as a stranger wrote it: not to be opened without asking.
    Reference(String),
    /// Something on the web.
    Web(WebReference),
    /// Nothing.
    None,
}

/// A file on the web that an attachment stands for. Nothing here was fetched or checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct WebReference {
    /// The address, as stored.
    pub url: String,
    /// `AttachmentProviderType`: the service that keeps the file, such as `OneDrivePro`.
    pub provider: Option<String>,
    /// `AttachmentPermissionType`: what recipients may do with it.
    pub permission: Option<i32>,
    /// `AttachmentOriginalPermissionType`: the same before the message was sent.
    pub original_permission: Option<i32>,
}

/// An attachment as a file to write; see [`Attachment::as_file`].
pub struct AttachFile<'s> {
    name: String,
    data: FileData<'s>,
}

enum FileData<'s> {
    Stream(PropStream<'s>),
    Bytes(Vec<u8>),
}

/// What an attachment would be as a file.
enum Form<'s> {
    Stream(PropStream<'s>),
    Message(Message<'s>),
    Object(Found),
    Nothing,
}

const EMBEDDED: &str = "msg";
/// By reference, and on the web. Spec: msg-format 1.9.
const BY_REFERENCE: [i32; 3] = [2, 3, 4];
const BY_WEB_REFERENCE: i32 = 7;
const OLE: i32 = 6;
/// The longest extension that is believed.
const MAX_EXTENSION: usize = 16;

impl<'s> Attachment<'s> {
    /// What the attachment holds. The data decide: a message or a storage that is there counts, whatever
    /// `PR_ATTACH_METHOD` says; then links; then bytes.
    ///
    /// # Errors
    /// Those of reading the attachment, and of [`Attachment::open_message`].
    ///
    /// # Example
    /// ```
    /// use openimsg::{AttachContent, CompoundFile, Message};
    /// use std::io::Read;
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// let attachment = message.attach_file("plan.txt", b"first this, then that")?;
    /// let AttachContent::Bytes(mut data) = attachment.content()? else { panic!() };
    /// let mut text = String::new();
    /// data.read_to_string(&mut text).unwrap();
    /// assert_eq!(text, "first this, then that");
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    pub fn content(&self) -> Result<AttachContent<'s>> {
        if self.has_message()? {
            return Ok(AttachContent::Message(self.open_message()?));
        }
        if self.has_storage()? {
            return Ok(AttachContent::Storage(self.open_storage()?));
        }
        let method = self.method()?;
        if BY_REFERENCE.contains(&method) {
            let path = self.first_text(&[PR_ATTACH_LONG_PATHNAME_W, PR_ATTACH_PATHNAME_W])?;
            return Ok(AttachContent::Reference(path.unwrap_or_default()));
        }
        if method == BY_WEB_REFERENCE {
            let url = self.first_text(&[PR_ATTACH_LONG_PATHNAME_W, PR_ATTACH_LONG_FILENAME_W])?;
            return Ok(AttachContent::Web(WebReference {
                url: url.unwrap_or_default(),
                provider: self.get(PID_NAME_ATTACHMENT_PROVIDER_TYPE)?,
                permission: self.get(PID_NAME_ATTACHMENT_PERMISSION_TYPE)?,
                original_permission: self.get(PID_NAME_ATTACHMENT_ORIGINAL_PERMISSION_TYPE)?,
            }));
        }
        match self.open_stream(PR_ATTACH_DATA_BIN.tag(), OpenStream::Read) {
            Ok(data) => Ok(AttachContent::Bytes(data)),
            Err(error) if error.code() == Code::NotFound => Ok(AttachContent::None),
            Err(error) => Err(error),
        }
    }

    /// The attachment as a file: its name, and the bytes to write. `None` for links, which are not
    /// followed, and where there is no data.
    ///
    /// A message becomes a .msg file that opens by itself. Of another program's object comes what is in
    /// it, if that can be told: the picture in `CONTENTS`, the file in `Package` or `Ole10Native`; else
    /// the whole storage as a compound file (`.ole`). Paths inside such objects are not looked at.
    ///
    /// # Errors
    /// Those of [`Attachment::content`]; [`TooBig`](crate::Code::TooBig) for an object above the limit
    /// of a value.
    ///
    /// # Example
    /// ```
    /// use openimsg::{CompoundFile, Message};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// let attachment = message.attach_file("../plan?.txt", b"first this")?;
    /// let mut file = attachment.as_file()?.unwrap();
    /// assert_eq!(file.name(), "plan.txt");
    /// let mut bytes = Vec::new();
    /// file.write_to(&mut bytes).unwrap();
    /// assert_eq!(bytes, b"first this");
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    pub fn as_file(&self) -> Result<Option<AttachFile<'s>>> {
        let form = self.form()?;
        let name = self.name_of(&form)?;
        let data = match form {
            Form::Nothing => return Ok(None),
            Form::Stream(stream) => FileData::Stream(stream),
            Form::Object(found) => FileData::Bytes(found.into_bytes()?),
            Form::Message(message) => {
                let copy = Arc::new(CompoundFile::memory());
                let storage: Arc<dyn Storage> = Arc::<CompoundFile>::clone(&copy);
                message.write_to(&storage)?;
                storage.commit(CommitFlags::empty())?;
                FileData::Bytes(copy.to_bytes()?)
            }
        };
        Ok(Some(AttachFile { name, data }))
    }

    /// A name to save the attachment under, safe to create on any system: without folders, controls and
    /// what systems forbid, at most 255 bytes.
    ///
    /// [`Attachment::file_name`] made safe; if nothing is left of it, the subject of a message, or the
    /// name inside another program's object; else `attachment-` and the number. A name without an extension gets
    /// that of `PR_ATTACH_EXTENSION`, or of `PR_ATTACH_MIME_TAG`; a message ends with `.msg`. Two
    /// attachments may have one name: see [`numbered_file_name`].
    ///
    /// Spec: msg-format 1.9, 9.3.
    ///
    /// # Errors
    /// Those of [`Attachment::content`].
    pub fn suggested_file_name(&self) -> Result<String> {
        self.name_of(&self.form()?)
    }

    fn form(&self) -> Result<Form<'s>> {
        Ok(match self.content()? {
            AttachContent::Message(message) => Form::Message(message),
            AttachContent::Storage(storage) => {
                Form::Object(foreign::look(&storage, self.value_limit()?)?)
            }
            AttachContent::Bytes(mut stream) if self.method()? == OLE => {
                let limit = self.value_limit()?;
                let found = match stream.size()? <= limit {
                    true => foreign::look_into_stream(&whole(&mut stream)?, limit)?,
                    false => None,
                };
                found.map_or(Form::Stream(stream), Form::Object)
            }
            AttachContent::Bytes(stream) => Form::Stream(stream),
            _ => Form::Nothing,
        })
    }

    fn value_limit(&self) -> Result<u64> {
        self.handle.with("read attachment", |body, _| Ok(body.limits().value_bytes))
    }

    fn name_of(&self, form: &Form<'s>) -> Result<String> {
        let name = self.file_name()?.as_deref().and_then(safe_file_name);
        let (own, extension) = match form {
            Form::Message(message) => {
                (message.get(PR_SUBJECT_W).unwrap_or_default(), Some(EMBEDDED.into()))
            }
            Form::Object(found) => (found.name().map(str::to_owned), found.extension()),
            _ => (None, None),
        };
        let name = name.or_else(|| own.as_deref().and_then(safe_file_name));
        let name = name.unwrap_or_else(|| format!("attachment-{}", self.number()));
        Ok(match extension {
            Some(extension) => names::with_extension(&name, &extension),
            None if names::extension(&name).is_empty() => {
                names::with_extension(&name, &self.told_extension())
            }
            None => name,
        })
    }

    /// The extension that the attachment tells beside its name, without its dot; empty if none.
    fn told_extension(&self) -> String {
        let own = self.get(PR_ATTACH_EXTENSION_W).ok().flatten().unwrap_or_default();
        let own = safe_file_name(own.trim_start_matches('.'));
        let own = own.filter(|own| own.len() <= MAX_EXTENSION && !own.contains('.'));
        own.unwrap_or_else(|| {
            let media = self.get(PR_ATTACH_MIME_TAG_W).ok().flatten().unwrap_or_default();
            extension_of(&media).unwrap_or_default().to_owned()
        })
    }

    /// The first of these texts that is not empty.
    fn first_text(&self, tags: &[Tag<kind::Unicode>]) -> Result<Option<String>> {
        for tag in tags {
            if let Some(text) = self.get(*tag)?.filter(|text| !text.is_empty()) {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }
}

/// All bytes of a stream.
fn whole(stream: &mut PropStream<'_>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = stream.rewind().and_then(|()| stream.read_to_end(&mut bytes));
    let failed = |e: io::Error| Error::new(Code::CallFailed, "read attachment").note(e.to_string());
    read.map(|_| bytes).map_err(failed)
}

impl AttachFile<'_> {
    /// The name, safe to create; see [`Attachment::suggested_file_name`].
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Writes the bytes, and says how many there were.
    ///
    /// # Errors
    /// Those of reading the attachment, as errors of `std::io`, and of writing.
    pub fn write_to(&mut self, out: &mut dyn Write) -> io::Result<u64> {
        match &mut self.data {
            FileData::Stream(stream) => {
                // The position is that of everybody who has the stream open.
                stream.rewind()?;
                io::copy(stream, out)
            }
            FileData::Bytes(bytes) => {
                out.write_all(bytes)?;
                Ok(bytes.len() as u64)
            }
        }
    }
}

impl fmt::Debug for AttachFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttachFile").field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Debug for AttachContent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AttachContent::Bytes(_) => f.write_str("Bytes(..)"),
            AttachContent::Message(_) => f.write_str("Message(..)"),
            AttachContent::Storage(_) => f.write_str("Storage(..)"),
            AttachContent::Reference(path) => f.debug_tuple("Reference").field(path).finish(),
            AttachContent::Web(web) => f.debug_tuple("Web").field(web).finish(),
            AttachContent::None => f.write_str("None"),
        }
    }
}
