//! What to save of an attachment that belongs to another program. Spec: msg-format 1.9.2.

use crate::errors::Failure;
use crate::tree::all;
use openimsg::{
    Code, CodePage, CommitFlags, CompoundFile, ElementName, Exclude, Mode, Storage, copy_storage,
};
use std::sync::Arc;

/// What a foreign attachment comes to.
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    /// The extension that fits; empty if the name should say.
    pub(super) extension: &'static str,
    /// The name that is in the data, as unsafe as any.
    pub(super) name: Option<String>,
}

/// A picture, a packaged file, or else the storage itself as a compound file.
pub(super) fn content(storage: &Arc<dyn Storage>) -> Result<Content, Failure> {
    if let Some(bytes) = stream(storage, "CONTENTS")?
        && let Some((bytes, extension)) = picture(bytes)
    {
        return Ok(Content { bytes, extension, name: None });
    }
    if let Some(bytes) = stream(storage, "Package")? {
        return Ok(Content { bytes, extension: "", name: None });
    }
    if let Some(bytes) = stream(storage, "\u{1}Ole10Native")?
        && let Some((name, bytes)) = packaged(&bytes)
    {
        return Ok(Content { bytes, extension: "", name: Some(name) });
    }
    let copy = Arc::new(CompoundFile::memory());
    let target: Arc<dyn Storage> = Arc::<CompoundFile>::clone(&copy);
    copy_storage(storage, &target, &Exclude::default())?;
    target.commit(CommitFlags::empty())?;
    Ok(Content { bytes: copy.to_bytes()?, extension: "ole", name: None })
}

fn stream(storage: &Arc<dyn Storage>, name: &str) -> Result<Option<Vec<u8>>, Failure> {
    let name = ElementName::new(name)?;
    match storage.open_stream(&name, Mode::READ.and(Mode::SHARE_EXCLUSIVE)) {
        Ok(stream) => Ok(Some(all(&*stream)?)),
        Err(error) if error.code() == Code::StgFileNotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Bytes that are a picture, made a file where they are only the inside of one.
fn picture(bytes: Vec<u8>) -> Option<(Vec<u8>, &'static str)> {
    if bytes.starts_with(b"BM") {
        return Some((bytes, "bmp"));
    }
    if bytes.starts_with(&[1, 0, 0, 0]) && bytes.get(40..44) == Some(b" EMF") {
        return Some((bytes, "emf"));
    }
    let placeable = bytes.starts_with(&[0xD7, 0xCD, 0xC6, 0x9A]);
    if placeable || bytes.starts_with(&[1, 0, 9, 0, 0, 3]) {
        return Some((bytes, "wmf"));
    }
    let pixels = pixels_of_bitmap(&bytes)?;
    let offset = pixels.checked_add(14)?;
    let size = u32::try_from(bytes.len()).ok()?.checked_add(14)?;
    let mut file = b"BM".to_vec();
    file.extend(size.to_le_bytes());
    file.extend([0; 4]);
    file.extend(offset.to_le_bytes());
    file.extend(bytes);
    Some((file, "bmp"))
}

/// Where the pixels of a device-independent bitmap begin: after its header, masks and palette.
fn pixels_of_bitmap(bytes: &[u8]) -> Option<u32> {
    let u32_at = |at: usize| {
        let part = bytes.get(at..)?.first_chunk::<4>()?;
        Some(u32::from_le_bytes(*part))
    };
    let header = u32_at(0).filter(|size| matches!(size, 40 | 52 | 56 | 108 | 124))?;
    let planes_and_bits = u32_at(12)?.to_le_bytes();
    let [1, 0, bits @ (1 | 4 | 8 | 16 | 24 | 32), 0] = planes_and_bits else { return None };
    let (compression, used) = (u32_at(16)?, u32_at(32)?);
    let masks = if header == 40 && compression == 3 { 12 } else { 0 };
    let colours = if used == 0 && bits <= 8 { 1 << bits } else { used };
    let start = header.checked_add(masks)?.checked_add(colours.checked_mul(4)?)?;
    (usize::try_from(start).ok()? <= bytes.len()).then_some(start)
}

/// The file in an `Ole10Native` stream and the name that was on its icon. The paths in it are
/// somebody else's and are not looked at.
fn packaged(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let (_size, rest) = bytes.split_first_chunk::<4>()?;
    let (_flags, rest) = rest.split_first_chunk::<2>()?;
    let (label, rest) = zero_ended(rest)?;
    let (_file_name, rest) = zero_ended(rest)?;
    let (_kind, rest) = rest.split_first_chunk::<4>()?;
    let (_path, rest) = counted(rest)?;
    let (content, _) = counted(rest)?;
    let label = CodePage::WINDOWS_1252.decode(label).text.into_owned();
    Some((label, content.to_vec()))
}

fn zero_ended(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    Some((bytes.get(..end)?, bytes.get(end + 1..)?))
}

fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (size, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*size)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn storage(members: &[(&str, &[u8])]) -> Arc<dyn Storage> {
        let storage: Arc<dyn Storage> = CompoundFile::memory().into();
        for (name, bytes) in members {
            let mode = Mode::READWRITE.and(Mode::SHARE_EXCLUSIVE);
            let stream = storage.create_stream(&ElementName::new(name).unwrap(), mode).unwrap();
            stream.write_at(0, bytes).unwrap();
        }
        storage
    }

    #[test]
    fn pictures_come_out_as_files() {
        let mut bitmap = Vec::new();
        bitmap.extend(40_u32.to_le_bytes());
        bitmap.extend([1, 0, 0, 0, 1, 0, 0, 0]); // 1 x 1
        bitmap.extend([1, 0, 8, 0]); // one plane, 8 bits: 256 colours
        bitmap.extend([0; 24]);
        bitmap.extend([0; 1024]);
        bitmap.extend([7, 0, 0, 0]);
        let content = content(&storage(&[("CONTENTS", &bitmap)])).unwrap();
        assert_eq!(content.extension, "bmp");
        assert_eq!(content.bytes[..2], *b"BM");
        assert_eq!(content.bytes[10..14], (14 + 40 + 1024_u32).to_le_bytes());
        assert_eq!(content.bytes[14..], bitmap);
        for (bytes, extension) in [
            (&b"BM rest"[..], "bmp"),
            (&[0xD7, 0xCD, 0xC6, 0x9A, 0], "wmf"),
            (&[1, 0, 9, 0, 0, 3, 9], "wmf"),
        ] {
            let content = super::content(&storage(&[("CONTENTS", bytes)])).unwrap();
            assert_eq!((content.bytes.as_slice(), content.extension), (bytes, extension));
        }
    }

    #[test]
    fn packaged_files_come_out_with_the_name_of_their_label() {
        let mut native = vec![0, 0, 0, 0, 2, 0];
        native.extend(b"note.txt\0C:\\secret\\note.txt\0");
        native.extend([0, 0, 3, 0]);
        native.extend(5_u32.to_le_bytes());
        native.extend(b"C:\\x\0");
        native.extend(2_u32.to_le_bytes());
        native.extend(b"hi and more");
        let content = content(&storage(&[("\u{1}Ole10Native", &native)])).unwrap();
        assert_eq!((content.name.as_deref(), &content.bytes[..]), (Some("note.txt"), &b"hi"[..]));
        assert_eq!(packaged(&native[..30]), None);
    }

    #[test]
    fn anything_else_is_a_compound_file_with_the_class_of_its_owner() {
        let source = storage(&[("WordDocument", b"x"), ("CONTENTS", b"what is this?")]);
        let class = openimsg::Guid::mapi(0x0003_000C);
        source.set_class(class).unwrap();
        let content = content(&source).unwrap();
        assert_eq!(content.extension, "ole");
        let copy = CompoundFile::from_bytes(content.bytes).unwrap();
        assert_eq!(copy.stat().unwrap().class, class);
        assert_eq!(copy.elements().unwrap().len(), 2);
    }
}
