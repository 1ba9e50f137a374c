//! `IMAPIProp`: messages and attachments as far as they are alike.

use super::family::{Family, Member};
use super::{copy, message, open};
use crate::abi::*;
use crate::ffi::refcount::unknown;
use crate::ffi::{Answer, Class, In, Out, Ref, This};
use crate::gate;
use crate::values::*;
use openimsg::mapi::{self, IID_IATTACHMENT, IID_IMAPIPROP, IID_IMESSAGE, Status, UNICODE};
use openimsg::{Attachment, Guid, MapiProp, Message, PropProblem, PropTag, Result};
use std::ptr::null_mut;
use std::sync::Arc;

/// A message or an attachment of a caller's.
pub(crate) struct PropObject {
    pub(crate) member: Member,
    pub(crate) kind: Kind,
}

/// Which of the two.
pub(crate) enum Kind {
    Message(Message<'static>),
    Attachment(Attachment<'static>),
}

/// `IID` of ours that only our messages and attachments answer to.
pub(crate) const IID_OWN: Guid = Guid::from_fields(
    0x1E6A_5B04,
    0x71C8,
    0x4D0B,
    [0x9D, 0x52, 0x6F, 0x70, 0x65, 0x6E, 0x69, 0x6D],
);

impl PropObject {
    pub(crate) fn new(family: &Arc<Family>, kind: Kind) -> PropObject {
        let number = mapi::object_key(kind.props());
        PropObject { member: Member { family: Arc::clone(family), number }, kind }
    }

    /// What both have.
    pub(crate) fn props(&self) -> &MapiProp<'static> {
        self.kind.props()
    }

    pub(crate) fn family(&self) -> &Arc<Family> {
        &self.member.family
    }

    /// Makes a block for the caller.
    pub(crate) fn put<T>(
        &self,
        out: &mut Out<Raw>,
        found: Option<&T>,
        write: impl Fn(&mut crate::ffi::Writer<'_>, &T),
    ) -> Result<()> {
        put_block(&self.family().allocators, out, found, write)
    }

    /// Problems, if there are any and the caller wants them.
    pub(crate) fn put_problems(
        &self,
        out: &mut Out<Raw>,
        found: Option<Vec<PropProblem>>,
    ) -> Result<()> {
        self.put(out, found.as_ref(), |writer, found| problems(writer, found))
    }
}

impl Kind {
    fn props(&self) -> &MapiProp<'static> {
        match self {
            Kind::Message(message) => message,
            Kind::Attachment(attachment) => attachment,
        }
    }
}

/// The table of messages.
pub(crate) static MESSAGE: MessageTable<This<PropObject>> = MessageTable {
    prop: PROP,
    get_attachment_table: message::get_attachment_table,
    open_attach: message::open_attach,
    create_attach: message::create_attach,
    delete_attach: message::delete_attach,
    get_recipient_table: message::get_recipient_table,
    modify_recipients: message::modify_recipients,
    submit_message: message::submit_message,
    set_read_flag: message::set_read_flag,
};
/// The table of attachments.
pub(crate) static ATTACHMENT: PropTable<This<PropObject>> = PROP;

const PROP: PropTable<This<PropObject>> = PropTable {
    unknown: unknown::<PropObject>(),
    get_last_error,
    save_changes,
    get_props,
    get_prop_list,
    open_property: open::open_property,
    set_props,
    delete_props,
    copy_to: copy::copy_to,
    copy_props: copy::copy_props,
    get_names_from_ids,
    get_ids_from_names,
};

impl Class for PropObject {
    fn table(&self) -> *const UnknownTable<This<PropObject>> {
        match self.kind {
            Kind::Message(_) => &raw const MESSAGE.prop.unknown,
            Kind::Attachment(_) => &raw const ATTACHMENT.unknown,
        }
    }

    fn query(this: &Ref<PropObject>, iid: Guid) -> Answer {
        let own = match this.get().map(|object| &object.kind) {
            Some(Kind::Message(_)) => IID_IMESSAGE,
            Some(Kind::Attachment(_)) => IID_IATTACHMENT,
            None => return Answer::No,
        };
        match [own, IID_IMAPIPROP, IID_OWN].contains(&iid) {
            true => Answer::This,
            false => Answer::No,
        }
    }

    fn retire(&self, address: usize) {
        self.member.leave::<PropObject>(address);
    }
}

/// The object that a method is called on.
pub(crate) fn object<'a>(
    this: &'a This<PropObject>,
    doing: &'static str,
) -> Result<&'a PropObject> {
    this.get().map_or_else(|| gate::ended(doing), Ok)
}

extern "system" fn get_last_error(
    this: This<PropObject>,
    result: Scode,
    flags: u32,
    mut out: Out<Raw>,
) -> Scode {
    gate::status(|| {
        let there = out.begin(null_mut()).is_some();
        let object = object(&this, "get last error")?;
        let mut told = None;
        let slot = there.then_some(&mut told);
        let result = result.cast_unsigned();
        let status = mapi::last_error::get_last_error(object.props(), result, flags, slot)?;
        object.put(&mut out, told.as_ref(), |writer, told| {
            told_error(writer, told, flags & UNICODE != 0);
        })?;
        Ok(status)
    })
}

extern "system" fn save_changes(this: This<PropObject>, flags: u32) -> Scode {
    gate::status(|| {
        let object = object(&this, "save changes")?;
        mapi::props::save_changes(object.props(), flags)
    })
}

extern "system" fn get_props(
    this: This<PropObject>,
    list: In<SPropTagArray>,
    flags: u32,
    mut count: Out<u32>,
    mut out: Out<Raw>,
) -> Scode {
    gate::status(|| {
        let there = out.begin(null_mut()).is_some();
        let count = count.begin(0);
        let object = object(&this, "get properties")?;
        let mut found = None;
        let slot = there.then_some(&mut found);
        let mut number = 0;
        let number_slot = count.is_some().then_some(&mut number);
        let status =
            mapi::props::get_props(object.props(), list.items(), flags, number_slot, slot)?;
        object.put(&mut out, found.as_ref(), |writer, found| values(writer, found))?;
        if let Some(count) = count {
            *count = number;
        }
        Ok(status)
    })
}

extern "system" fn get_prop_list(this: This<PropObject>, flags: u32, mut out: Out<Raw>) -> Scode {
    gate::status(|| {
        let there = out.begin(null_mut()).is_some();
        let object = object(&this, "list properties")?;
        let mut found = None;
        let slot = there.then_some(&mut found);
        let status = mapi::props::get_prop_list(object.props(), flags, slot)?;
        put_tags(object, &mut out, found.as_deref())?;
        Ok(status)
    })
}

/// A list of tags for the caller.
fn put_tags(object: &PropObject, out: &mut Out<Raw>, found: Option<&[PropTag]>) -> Result<()> {
    object.put(out, found.as_ref(), |writer, found| tags(writer, numbers_of(found)))
}

extern "system" fn set_props(
    this: This<PropObject>,
    count: u32,
    props: In<SPropValue>,
    mut out: Out<Raw>,
) -> Scode {
    gate::status(|| {
        let there = out.begin(null_mut()).is_some();
        let object = object(&this, "set properties")?;
        let given = given_props(props, count);
        let mut found = None;
        let slot = there.then_some(&mut found);
        let status = mapi::props::set_props(object.props(), given.as_deref(), slot)?;
        object.put_problems(&mut out, found)?;
        Ok(status)
    })
}

extern "system" fn delete_props(
    this: This<PropObject>,
    list: In<SPropTagArray>,
    mut out: Out<Raw>,
) -> Scode {
    gate::status(|| {
        let there = out.begin(null_mut()).is_some();
        let object = object(&this, "delete properties")?;
        let mut found = None;
        let slot = there.then_some(&mut found);
        let status = mapi::props::delete_props(object.props(), list.items(), slot)?;
        object.put_problems(&mut out, found)?;
        Ok(status)
    })
}

extern "system" fn get_names_from_ids(
    this: This<PropObject>,
    mut list: Out<In<SPropTagArray>>,
    set: In<GUID>,
    flags: u32,
    mut count: Out<u32>,
    mut out: Out<Raw>,
) -> Scode {
    gate::status(|| {
        let there = out.begin(null_mut()).is_some();
        let count = count.begin(0);
        let object = object(&this, "get names")?;
        let place = list.as_it_is();
        let asked = place.as_ref().and_then(|list| {
            Some(list.items()?.iter().map(|tag| PropTag::new(*tag)).collect::<Vec<_>>())
        });
        let (has_list, gives_list) = (place.is_some(), place.is_some() && asked.is_none());
        let mut tag_list = asked;
        let mut found = None;
        let mut number = 0;
        let status = mapi::names::get_names_from_ids(
            object.props(),
            has_list.then_some(&mut tag_list),
            set.get().map(|set| Guid::from(*set)),
            flags,
            count.is_some().then_some(&mut number),
            there.then_some(&mut found),
        )?;
        object.put(&mut out, found.as_ref(), |writer, found| names(writer, found))?;
        if gives_list && let Err(error) = put_tags(object, &mut list.untyped(), tag_list.as_deref())
        {
            object.family().allocators.free(out.as_it_is().copied().unwrap_or(null_mut()));
            out.put(null_mut());
            return Err(error);
        }
        if let Some(count) = count {
            *count = number;
        }
        Ok(status)
    })
}

extern "system" fn get_ids_from_names(
    this: This<PropObject>,
    count: u32,
    list: In<In<MapiNameId>>,
    flags: u32,
    mut out: Out<Raw>,
) -> Scode {
    gate::status(|| {
        let there = out.begin(null_mut()).is_some();
        let object = object(&this, "get identifiers")?;
        let given = given_names(list, count);
        let mut found = None;
        let slot = there.then_some(&mut found);
        let props = object.props();
        let status: Status =
            mapi::names::get_ids_from_names(props, count, given.as_deref(), flags, slot)?;
        put_tags(object, &mut out, found.as_deref())?;
        Ok(status)
    })
}

/// The object that a caller's pointer is, if it is a message or an attachment of ours.
pub(crate) fn own(given: crate::ffi::Iface) -> Option<Ref<PropObject>> {
    let message = &raw const MESSAGE.prop.unknown;
    let attachment = &raw const ATTACHMENT.unknown;
    Ref::of(given, message).or_else(|| Ref::of(given, attachment))
}

/// A new object, or the one that is open, for a caller.
pub(crate) fn hand_out(family: &Arc<Family>, kind: Kind) -> Raw {
    family.object(PropObject::new(family, kind)).into_raw()
}
