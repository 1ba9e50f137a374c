//! A caller's `IMAPIProp`, `IMessage` or `IAttach` as the target of a copy.

use super::mapi_answered as answered;
use super::rows;
use super::stream::{ForeignCursor, write_all};
use super::{Foreign, ForeignStorage, Iface, Interface, missing};
use crate::abi::*;
use crate::ffi::alloc::{OWN, free_buffer};
use crate::ffi::{In, Out};
use crate::values;
use openimsg::mapi::IID_IATTACHMENT;
use openimsg::{
    Code, CopyTarget, Error, Guid, NamedProp, Prop, PropId, PropProblem, PropTag, Recipient,
    Result, SeekStream, Storage, TargetKind,
};
use std::io;
use std::ptr::null_mut;
use std::sync::Arc;

/// A destination that is not ours.
#[derive(Debug)]
pub(crate) struct ForeignProps {
    props: Foreign<PropTable<Iface>>,
    message: Option<Foreign<MessageTable<Iface>>>,
    is_attachment: bool,
}

/// `PR_ATTACH_DATA_OBJ`.
const DATA_OBJ: u32 = 0x3701_000D;
/// `MAPI_CREATE | MAPI_MODIFY`.
const CREATE: u32 = 3;

/// A block of MAPI's that we were given, or made to pass; freed at the end.
struct Block(Raw);

impl Drop for Block {
    fn drop(&mut self) {
        free_buffer(self.0);
    }
}

impl ForeignProps {
    /// `None` for an object that has no properties.
    pub(crate) fn new(destination: Iface) -> Option<ForeignProps> {
        let props = Foreign::keep(destination)?;
        let props = Foreign::<UnknownTable<Iface>>::query::<PropTable<Iface>>(&props)?;
        let message = props.query::<MessageTable<Iface>>();
        let attachment = props.this().query(IID_IATTACHMENT);
        if let Some(attachment) = attachment {
            attachment.release();
        }
        Some(ForeignProps { props, message, is_attachment: attachment.is_some() })
    }

    fn message(&self, doing: &'static str) -> Result<&Foreign<MessageTable<Iface>>> {
        let none = || Error::new(Code::InterfaceNotSupported, doing).note("it is no message");
        self.message.as_ref().ok_or_else(none)
    }

    fn open<T: Interface>(&self, tag: u32, iid: Guid, doing: &'static str) -> Result<Foreign<T>> {
        let mut raw = null_mut();
        let (iid, out) = ([GUID::from(iid)], Out::lend(&mut raw));
        let open = self.props.table().open_property;
        let scode = open(self.props.this(), tag, In::lend(&iid), 0, CREATE, out);
        let given = Foreign::given(raw);
        answered(scode, doing)?;
        given.ok_or_else(|| missing(doing))
    }

    /// A target in this one; it may itself be anything.
    fn target(object: Raw, doing: &'static str) -> Result<Arc<dyn CopyTarget<'static>>> {
        let given = Foreign::<UnknownTable<Iface>>::given(object).ok_or_else(|| missing(doing))?;
        let target = ForeignProps::new(given.this()).ok_or_else(|| missing(doing))?;
        Ok(Arc::new(target))
    }
}

impl CopyTarget<'static> for ForeignProps {
    fn kind(&self) -> Result<TargetKind> {
        Ok(match (&self.message, self.is_attachment) {
            (Some(_), _) => TargetKind::Message,
            (None, true) => TargetKind::Attachment,
            (None, false) => TargetKind::Properties,
        })
    }

    fn prop_list(&self) -> Result<Vec<PropTag>> {
        const UNICODE: u32 = 0x8000_0000;
        let mut raw = null_mut();
        let list = self.props.table().get_prop_list;
        let scode = list(self.props.this(), UNICODE, Out::lend(&mut raw));
        let block = Block(raw);
        answered(scode, "list properties")?;
        let tags = In::<SPropTagArray>::block(block.0);
        Ok(tags.items().unwrap_or_default().iter().map(|tag| PropTag::new(*tag)).collect())
    }

    fn set_props(&self, props: &[Prop]) -> Result<Vec<PropProblem>> {
        if props.is_empty() {
            return Ok(Vec::new());
        }
        let block = Block(OWN.block(|writer| values::values(writer, props))?);
        let mut raw = null_mut();
        let count = u32::try_from(props.len()).unwrap_or(u32::MAX);
        let set = self.props.table().set_props;
        let given = In::<SPropValue>::block(block.0);
        let scode = set(self.props.this(), count, given, Out::lend(&mut raw));
        let problems = Block(raw);
        answered(scode, "set properties")?;
        Ok(rows::problems(In::block(problems.0)))
    }

    fn ids_from_names(&self, names: &[NamedProp]) -> Result<Vec<Option<PropId>>> {
        const CREATE: u32 = 2;
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let asked: Vec<Option<NamedProp>> = names.iter().cloned().map(Some).collect();
        let block = Block(OWN.block(|writer| values::names(writer, &asked))?);
        let mut raw = null_mut();
        let count = u32::try_from(names.len()).unwrap_or(u32::MAX);
        let resolve = self.props.table().get_ids_from_names;
        let given = In::block(block.0);
        let scode = resolve(self.props.this(), count, given, CREATE, Out::lend(&mut raw));
        let found = Block(raw);
        answered(scode, "get identifiers")?;
        let tags = In::<SPropTagArray>::block(found.0);
        let mut tags = tags.items().unwrap_or_default().iter();
        // An unknown name has a tag of type PT_ERROR.
        let id = |tag: &u32| Some(PropTag::new(*tag)).filter(|tag| tag.prop_type().value() != 0xA);
        Ok(names.iter().map(|_| tags.next().and_then(id).map(PropTag::id)).collect())
    }

    fn create_stream(&self, tag: PropTag) -> Result<Box<dyn io::Write>> {
        let iid = <StreamTable<Iface> as Interface>::IID;
        let stream = self.open(tag.value(), iid, "create stream")?;
        Ok(Box::new(Writing(ForeignCursor::new(stream))))
    }

    fn has_recipients(&self) -> Result<bool> {
        let message = self.message("count recipients")?;
        rows::count(|out| (message.table().get_recipient_table)(message.this(), 0, out))
            .map(|count| count > 0)
    }

    fn set_recipients(&self, recipients: &[Recipient]) -> Result<()> {
        let message = self.message("set recipients")?;
        let list = rows::address_list(recipients)?;
        let modify = message.table().modify_recipients;
        let scode = modify(message.this(), 0, In::block(list.block()));
        answered(scode, "set recipients").map(drop)
    }

    fn attachment_numbers(&self) -> Result<Vec<u32>> {
        let message = self.message("list attachments")?;
        rows::attachment_numbers(|out| {
            (message.table().get_attachment_table)(message.this(), 0, out)
        })
    }

    fn delete_attach(&self, number: u32) -> Result<()> {
        let message = self.message("delete attachment")?;
        let delete = message.table().delete_attach;
        answered(delete(message.this(), number, 0, Iface::NULL, 0), "delete attachment").map(drop)
    }

    fn create_attach(&self) -> Result<Arc<dyn CopyTarget<'static>>> {
        const DOING: &str = "create attachment";
        let message = self.message(DOING)?;
        let (mut number, mut raw) = (0, null_mut());
        let create = message.table().create_attach;
        let (number, out) = (Out::lend(&mut number), Out::lend(&mut raw));
        answered(create(message.this(), In::NULL, 0, number, out), DOING)?;
        ForeignProps::target(raw, DOING)
    }

    fn create_message(&self) -> Result<Arc<dyn CopyTarget<'static>>> {
        const DOING: &str = "create message";
        let iid = <MessageTable<Iface> as Interface>::IID;
        let message: Foreign<MessageTable<Iface>> = self.open(DATA_OBJ, iid, DOING)?;
        let target = ForeignProps::new(message.this()).ok_or_else(|| missing(DOING))?;
        Ok(Arc::new(target))
    }

    fn create_storage(&self) -> Result<Arc<dyn Storage>> {
        let iid = <StorageTable<Iface> as Interface>::IID;
        Ok(ForeignStorage::new(self.open(DATA_OBJ, iid, "create storage")?))
    }

    fn save_changes(&self) -> Result<()> {
        const KEEP_OPEN_READWRITE: u32 = 2;
        let save = self.props.table().save_changes;
        answered(save(self.props.this(), KEEP_OPEN_READWRITE), "save changes").map(drop)
    }
}

/// Writing to a stream of the caller's, which is committed when it is complete.
struct Writing(ForeignCursor);

impl io::Write for Writing {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        write_all(&self.0, data).map_err(io::Error::other)?;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.commit(0).map_err(io::Error::other)
    }
}
