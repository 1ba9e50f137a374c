//! Where a copy goes: one of our objects, or a foreign one behind the trait.

use crate::error::Result;
use crate::msg::attach::Attachment;
use crate::msg::message::Message;
use crate::msg::object::{MapiProp, PropProblem};
use crate::msg::recipient::{Modify, Recipient};
use crate::msg::save::SaveFlags;
use crate::msg::stream::OpenStream;
use crate::prop::{NamedProp, ObjectKind, Prop, PropId, PropTag};
use crate::stg::Storage;
use std::io;
use std::sync::Arc;

/// What a target of a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// It has recipients and attachments.
    Message,
    /// It has data, which may be a message.
    Attachment,
    /// It has properties only.
    Properties,
}

/// Where a copy goes: what CopyTo asks of its destination's `IMAPIProp`, `IMessage` or `IAttach`.
///
/// [`Message`], [`Attachment`] and [`MapiProp`] are targets. A store of your own becomes one by these
/// methods, each of which is one call of MAPI. All text arrives as `PT_UNICODE`. No lock of the source
/// is held while they are called, so they may use it.
///
/// An attachment that [`CopyTarget::create_attach`] gave is saved with [`CopyTarget::save_changes`]
/// when it is complete, and so is a message in it; what the caller brought never is.
///
/// Spec: C-161 (imessage-contract 3.1, CopyTo).
pub trait CopyTarget<'t> {
    /// What this is.
    ///
    /// # Errors
    /// Those of the object; so for all methods.
    fn kind(&self) -> Result<TargetKind>;

    /// `GetPropList`: what the target has, for [`CopyFlags::NO_REPLACE`](super::CopyFlags::NO_REPLACE).
    ///
    /// # Errors
    /// Those of the object.
    fn prop_list(&self) -> Result<Vec<PropTag>>;

    /// `SetProps`: indices of problems are positions in `props`.
    ///
    /// # Errors
    /// If nothing was set.
    fn set_props(&self, props: &[Prop]) -> Result<Vec<PropProblem>>;

    /// `GetIDsFromNames` with `MAPI_CREATE`: one answer for each name.
    ///
    /// # Errors
    /// If no name can be resolved.
    fn ids_from_names(&self, names: &[NamedProp]) -> Result<Vec<Option<PropId>>>;

    /// `OpenProperty` for an `IStream` with `MAPI_CREATE | MAPI_MODIFY`; text as UTF-16LE.
    ///
    /// # Errors
    /// If there can be no such stream.
    fn create_stream(&self, tag: PropTag) -> Result<Box<dyn io::Write + 't>>;

    /// Whether there is any recipient.
    ///
    /// # Errors
    /// Those of the object.
    fn has_recipients(&self) -> Result<bool>;

    /// `ModifyRecipients` with flags 0: the rows become the list. Named properties in them have the
    /// target's identifiers.
    ///
    /// # Errors
    /// If the list stays as it was.
    fn set_recipients(&self, rows: &[Recipient]) -> Result<()>;

    /// The numbers of the attachments, from the attachment table.
    ///
    /// # Errors
    /// Those of the object.
    fn attachment_numbers(&self) -> Result<Vec<u32>>;

    /// `DeleteAttach`.
    ///
    /// # Errors
    /// If it cannot be deleted.
    fn delete_attach(&self, number: u32) -> Result<()>;

    /// `CreateAttach`.
    ///
    /// # Errors
    /// If there can be no more.
    fn create_attach(&self) -> Result<Arc<dyn CopyTarget<'t> + 't>>;

    /// On an attachment, `OpenProperty` of `PR_ATTACH_DATA_OBJ` for an `IMessage`, created.
    ///
    /// # Errors
    /// If it can hold no message.
    fn create_message(&self) -> Result<Arc<dyn CopyTarget<'t> + 't>>;

    /// On an attachment, `OpenProperty` of `PR_ATTACH_DATA_OBJ` for an `IStorage`, created. It is
    /// committed when it is complete.
    ///
    /// # Errors
    /// If it can hold no storage.
    fn create_storage(&self) -> Result<Arc<dyn Storage>>;

    /// `SaveChanges`.
    ///
    /// # Errors
    /// If it could not be saved.
    fn save_changes(&self) -> Result<()>;

    /// The object of this library that this is, for what only such objects can take.
    #[doc(hidden)]
    fn own(&self) -> Option<MapiProp<'t>> {
        None
    }
}

impl<'s> CopyTarget<'s> for MapiProp<'s> {
    fn kind(&self) -> Result<TargetKind> {
        self.handle.with("copy to object", |body, id| {
            Ok(match body.core(id)?.kind {
                ObjectKind::Message => TargetKind::Message,
                ObjectKind::Attachment => TargetKind::Attachment,
                ObjectKind::Recipient => TargetKind::Properties,
            })
        })
    }

    fn prop_list(&self) -> Result<Vec<PropTag>> {
        MapiProp::prop_list(self)
    }

    fn set_props(&self, props: &[Prop]) -> Result<Vec<PropProblem>> {
        MapiProp::set_props(self, props)
    }

    fn ids_from_names(&self, names: &[NamedProp]) -> Result<Vec<Option<PropId>>> {
        MapiProp::ids_from_names(self, names, true)
    }

    fn create_stream(&self, tag: PropTag) -> Result<Box<dyn io::Write + 's>> {
        Ok(Box::new(self.open_stream(tag, OpenStream::Create)?))
    }

    fn has_recipients(&self) -> Result<bool> {
        Ok(message(self).recipient_count()? > 0)
    }

    fn set_recipients(&self, rows: &[Recipient]) -> Result<()> {
        message(self).modify_recipients(Modify::Replace, rows)
    }

    fn attachment_numbers(&self) -> Result<Vec<u32>> {
        message(self).attachment_numbers()
    }

    fn delete_attach(&self, number: u32) -> Result<()> {
        message(self).delete_attach(number)
    }

    fn create_attach(&self) -> Result<Arc<dyn CopyTarget<'s> + 's>> {
        Ok(Arc::new((*message(self).create_attach()?).clone()))
    }

    fn create_message(&self) -> Result<Arc<dyn CopyTarget<'s> + 's>> {
        Ok(Arc::new((*attachment(self).create_message()?).clone()))
    }

    fn create_storage(&self) -> Result<Arc<dyn Storage>> {
        attachment(self).create_storage()
    }

    fn save_changes(&self) -> Result<()> {
        MapiProp::save_changes(self, SaveFlags::empty())
    }

    fn own(&self) -> Option<MapiProp<'s>> {
        Some(self.clone())
    }
}

fn message<'s>(object: &MapiProp<'s>) -> Message<'s> {
    Message::of(Arc::clone(&object.handle))
}

fn attachment<'s>(object: &MapiProp<'s>) -> Attachment<'s> {
    Attachment::of(Arc::clone(&object.handle), 0)
}

/// Messages and attachments are targets as the objects with properties that they are.
macro_rules! is_a_target {
    ($object:ident) => {
        impl<'s> CopyTarget<'s> for $object<'s> {
            fn kind(&self) -> Result<TargetKind> {
                CopyTarget::kind(&**self)
            }

            fn prop_list(&self) -> Result<Vec<PropTag>> {
                CopyTarget::prop_list(&**self)
            }

            fn set_props(&self, props: &[Prop]) -> Result<Vec<PropProblem>> {
                CopyTarget::set_props(&**self, props)
            }

            fn ids_from_names(&self, names: &[NamedProp]) -> Result<Vec<Option<PropId>>> {
                CopyTarget::ids_from_names(&**self, names)
            }

            fn create_stream(&self, tag: PropTag) -> Result<Box<dyn io::Write + 's>> {
                (**self).create_stream(tag)
            }

            fn has_recipients(&self) -> Result<bool> {
                (**self).has_recipients()
            }

            fn set_recipients(&self, rows: &[Recipient]) -> Result<()> {
                (**self).set_recipients(rows)
            }

            fn attachment_numbers(&self) -> Result<Vec<u32>> {
                CopyTarget::attachment_numbers(&**self)
            }

            fn delete_attach(&self, number: u32) -> Result<()> {
                CopyTarget::delete_attach(&**self, number)
            }

            fn create_attach(&self) -> Result<Arc<dyn CopyTarget<'s> + 's>> {
                CopyTarget::create_attach(&**self)
            }

            fn create_message(&self) -> Result<Arc<dyn CopyTarget<'s> + 's>> {
                CopyTarget::create_message(&**self)
            }

            fn create_storage(&self) -> Result<Arc<dyn Storage>> {
                CopyTarget::create_storage(&**self)
            }

            fn save_changes(&self) -> Result<()> {
                CopyTarget::save_changes(&**self)
            }

            fn own(&self) -> Option<MapiProp<'s>> {
                (**self).own()
            }
        }
    };
}

is_a_target!(Message);
is_a_target!(Attachment);
