//! `IMessage`: attachments, tables, the read mark, sending.

use super::last_error::noted;
use super::tables::ComTable;
use super::{
    BEST_ACCESS, DEFERRED_ERRORS, IID_IATTACHMENT, IID_IMAPIPROP, IID_IUNKNOWN, MODIFY, Out,
    UNICODE, check_flags, null, output, unsupported,
};
use crate::error::{Code, Error, Result};
use crate::msg::attach::{Access, Attachment};
use crate::msg::copy::Progress;
use crate::msg::message::Message;
use crate::msg::read_flag::ReadFlags;
use crate::wire::Guid;

/// Refuses an interface that attachments do not have; none asked for is theirs.
fn check_interface(iid: Option<Guid>, doing: &'static str) -> Result<()> {
    match iid {
        None | Some(IID_IATTACHMENT | IID_IMAPIPROP | IID_IUNKNOWN) => Ok(()),
        Some(_) => unsupported(Code::InterfaceNotSupported, doing),
    }
}

/// `IMessage::OpenAttach`.
///
/// # Errors
/// [`Code::InvalidParameter`] for a null output, [`Code::ObjectDeleted`], [`Code::UnknownFlags`],
/// [`Code::NoAccess`], [`Code::NotFound`], [`Code::InterfaceNotSupported`], [`Code::CorruptData`].
pub fn open_attach<'s>(
    message: &Message<'s>,
    number: u32,
    iid: Option<Guid>,
    flags: u32,
    attachment: Out<'_, Attachment<'s>>,
) -> Result<()> {
    const DOING: &str = "open attachment";
    let done = output(attachment, DOING).and_then(|out| {
        message.check_open(DOING)?;
        check_flags(flags, MODIFY | DEFERRED_ERRORS | BEST_ACCESS, DOING)?;
        let access = match flags & (MODIFY | BEST_ACCESS) {
            0 => Access::Read,
            MODIFY => Access::Modify,
            _ => Access::Best,
        };
        if access == Access::Modify {
            message.check_writable(DOING)?;
        }
        // Existence comes before the interface.
        let missing = || Error::new(Code::NotFound, DOING).note(format!("no attachment {number}"));
        let there = message.handle().with(DOING, |body, id| {
            let open = body.attachments.contains_key(&(id, number));
            Ok(open || body.rows(id)?.attachment(number).is_some())
        })?;
        if !there {
            return Err(missing());
        }
        check_interface(iid, DOING)?;
        *out = Some(message.open_attach_with(number, access)?);
        Ok(())
    });
    noted(message, done)
}

/// `IMessage::CreateAttach`.
///
/// # Errors
/// [`Code::InvalidParameter`] for null outputs, [`Code::ObjectDeleted`], [`Code::UnknownFlags`],
/// [`Code::NoAccess`], [`Code::InterfaceNotSupported`].
pub fn create_attach<'s>(
    message: &Message<'s>,
    iid: Option<Guid>,
    flags: u32,
    number: Option<&mut u32>,
    mut attachment: Out<'_, Attachment<'s>>,
) -> Result<()> {
    const DOING: &str = "create attachment";
    super::clear(&mut attachment);
    let number = number.map(|number| {
        *number = 0;
        number
    });
    let (Some(number), Some(out)) = (number, attachment) else {
        return noted(message, null(DOING));
    };
    let made = message.check_open(DOING).and_then(|()| {
        check_flags(flags, DEFERRED_ERRORS, DOING)?;
        message.check_writable(DOING)?;
        check_interface(iid, DOING)?;
        message.create_attach()
    });
    let made = noted(message, made)?;
    *number = made.number();
    *out = Some(made);
    Ok(())
}

/// `IMessage::DeleteAttach`. Progress is told if `ATTACH_DIALOG` is among the flags.
///
/// # Errors
/// [`Code::ObjectDeleted`], [`Code::UnknownFlags`], [`Code::NoAccess`], [`Code::NotFound`].
pub fn delete_attach(
    message: &Message<'_>,
    number: u32,
    progress: Option<&mut dyn Progress>,
    flags: u32,
) -> Result<()> {
    const DOING: &str = "delete attachment";
    /// `ATTACH_DIALOG`.
    const DIALOG: u32 = 1;
    let checked = message.check_open(DOING).and_then(|()| check_flags(flags, DIALOG, DOING));
    noted(message, checked)?;
    let mut progress = progress.filter(|_| flags & DIALOG != 0);
    if let Some(progress) = &mut progress {
        progress.progress(progress.min(), 0, 1);
    }
    noted(message, message.delete_attach(number))?;
    if let Some(progress) = progress {
        progress.progress(progress.max(), 1, 1);
    }
    Ok(())
}

/// `IMessage::GetAttachmentTable`.
///
/// # Errors
/// [`Code::InvalidParameter`] for a null output, [`Code::ObjectDeleted`], [`Code::UnknownFlags`].
pub fn get_attachment_table<'s>(
    message: &Message<'s>,
    flags: u32,
    table: Out<'_, ComTable<'s>>,
) -> Result<()> {
    const DOING: &str = "open attachment table";
    let done = output(table, DOING).and_then(|out| {
        message.check_open(DOING)?;
        check_flags(flags, UNICODE | DEFERRED_ERRORS, DOING)?;
        *out = Some(ComTable::new(message.attachment_table()?, flags & UNICODE != 0));
        Ok(())
    });
    noted(message, done)
}

/// `IMessage::GetRecipientTable`.
///
/// # Errors
/// As [`get_attachment_table`].
pub fn get_recipient_table<'s>(
    message: &Message<'s>,
    flags: u32,
    table: Out<'_, ComTable<'s>>,
) -> Result<()> {
    const DOING: &str = "open recipient table";
    let done = output(table, DOING).and_then(|out| {
        message.check_open(DOING)?;
        check_flags(flags, UNICODE | DEFERRED_ERRORS, DOING)?;
        *out = Some(ComTable::new(message.recipient_table()?, flags & UNICODE != 0));
        Ok(())
    });
    noted(message, done)
}

/// `IMessage::SubmitMessage`, which always refuses.
///
/// # Errors
/// [`Code::ObjectDeleted`], [`Code::UnknownFlags`], else [`Code::NoSupport`].
pub fn submit_message(message: &Message<'_>, flags: u32) -> Result<()> {
    const DOING: &str = "submit message";
    /// `FORCE_SUBMIT`.
    const FORCE: u32 = 1;
    let refused = message.check_open(DOING).and_then(|()| {
        check_flags(flags, FORCE, DOING)?;
        message.submit()
    });
    noted(message, refused)
}

/// `IMessage::SetReadFlag`.
///
/// # Errors
/// [`Code::ObjectDeleted`], [`Code::UnknownFlags`], then as [`Message::set_read_flag`].
pub fn set_read_flag(message: &Message<'_>, flags: u32) -> Result<()> {
    const DOING: &str = "set read flag";
    let done = message.check_open(DOING).and_then(|()| {
        check_flags(flags, ReadFlags::all().bits() | DEFERRED_ERRORS, DOING)?;
        message.set_read_flag(ReadFlags::from_bits_truncate(flags))
    });
    noted(message, done)
}
