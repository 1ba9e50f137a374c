//! What is in an object that belongs to another program. Spec: msg-format 1.9.2.

use crate::error::{Code, Result};
use crate::prop::store::mapped;
use crate::stg::{
    CommitFlags, CompoundFile, ElementName, Exclude, MEMBER_READ, Storage, copy_storage, read_all,
};
use crate::wire::{CodePage, Reader};
use std::sync::Arc;

/// What an object comes to.
pub(super) enum Found {
    /// A picture, and the extension that fits.
    Picture(Vec<u8>, &'static str),
    /// A file that was packed, and the name on its icon if it has one, as unsafe as any.
    Packed(Vec<u8>, Option<String>),
    /// Nothing that is known.
    Whole(Arc<dyn Storage>),
}

impl Found {
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Found::Packed(_, name) => name.as_deref(),
            _ => None,
        }
    }

    /// The extension that fits, without its dot; `None` if the name should say.
    pub(super) fn extension(&self) -> Option<String> {
        match self {
            Found::Picture(_, extension) => Some((*extension).to_owned()),
            Found::Packed(..) => None,
            Found::Whole(_) => Some("ole".to_owned()),
        }
    }

    /// The bytes; of an unknown object a compound file with its class at the root.
    pub(super) fn into_bytes(self) -> Result<Vec<u8>> {
        let storage = match self {
            Found::Picture(bytes, _) | Found::Packed(bytes, _) => return Ok(bytes),
            Found::Whole(storage) => storage,
        };
        let copy = Arc::new(CompoundFile::memory());
        let target: Arc<dyn Storage> = Arc::<CompoundFile>::clone(&copy);
        copy_storage(&storage, &target, &Exclude::default()).map_err(mapped)?;
        target.commit(CommitFlags::empty()).map_err(mapped)?;
        copy.to_bytes().map_err(mapped)
    }
}

/// A picture, a packaged file, or else the storage itself. `limit` is the most bytes of a stream.
pub(super) fn look(storage: &Arc<dyn Storage>, limit: u64) -> Result<Found> {
    if let Some(bytes) = stream(storage, "CONTENTS", limit)?
        && let Some((bytes, extension)) = picture(bytes)
    {
        return Ok(Found::Picture(bytes, extension));
    }
    if let Some(bytes) = stream(storage, "Package", limit)? {
        return Ok(Found::Packed(bytes, None));
    }
    if let Some(bytes) = stream(storage, "\u{1}Ole10Native", limit)?
        && let Some((name, bytes)) = sized(&bytes).and_then(packaged)
    {
        return Ok(Found::Packed(bytes, Some(name)));
    }
    Ok(Found::Whole(Arc::clone(storage)))
}

/// The same of an OLE object whose data are one stream: a compound file, or an object of OLE 1.
pub(super) fn look_into_stream(bytes: &[u8], limit: u64) -> Result<Option<Found>> {
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
        return match CompoundFile::from_bytes(bytes.to_vec()) {
            Ok(file) => {
                let storage: Arc<dyn Storage> = Arc::new(file);
                look(&storage, limit).map(Some)
            }
            // Not one after all: the bytes are what there is.
            Err(_) => Ok(None),
        };
    }
    let Some((class, data)) = ole1(bytes) else { return Ok(None) };
    if class.eq_ignore_ascii_case(b"Package") {
        return Ok(packaged(data).map(|(name, bytes)| Found::Packed(bytes, Some(name))));
    }
    Ok(picture(data.to_vec()).map(|(bytes, extension)| Found::Picture(bytes, extension)))
}

fn stream(storage: &Arc<dyn Storage>, name: &str, limit: u64) -> Result<Option<Vec<u8>>> {
    let name = ElementName::new(name).map_err(mapped)?;
    match storage.open_stream(&name, MEMBER_READ) {
        Ok(stream) => Ok(Some(read_all(&*stream, limit).map_err(mapped)?)),
        Err(error) if error.code() == Code::StgFileNotFound => Ok(None),
        Err(error) => Err(mapped(error)),
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

/// The class and the data of an object embedded by OLE 1: version, kind (2), three counted texts, the
/// counted data. A link (1) has none.
fn ole1(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = Reader::new(bytes);
    let _version = reader.u32()?;
    if reader.u32()? != 2 {
        return None;
    }
    let mut counted = || {
        let len = usize::try_from(reader.u32()?).ok()?;
        reader.take(len)
    };
    let class = counted()?;
    let (_topic, _item) = (counted()?, counted()?);
    let data = counted()?;
    Some((class.strip_suffix(&[0]).unwrap_or(class), data))
}

/// What follows the size at the beginning of an `Ole10Native` stream.
fn sized(bytes: &[u8]) -> Option<&[u8]> {
    bytes.split_first_chunk::<4>().map(|(_, rest)| rest)
}

/// The file that the packager packed, and the name that was on its icon. The paths in it are somebody
/// else's and are not looked at.
fn packaged(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let (_flags, rest) = bytes.split_first_chunk::<2>()?;
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
    use crate::stg::Mode;

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
        let Found::Picture(bytes, "bmp") = found(&[("CONTENTS", &bitmap)]) else { panic!() };
        assert_eq!(bytes[..2], *b"BM");
        assert_eq!(bytes[10..14], (14 + 40 + 1024_u32).to_le_bytes());
        assert_eq!(bytes[14..], bitmap);
        for (bytes, extension) in [
            (&b"BM rest"[..], "bmp"),
            (&[0xD7, 0xCD, 0xC6, 0x9A, 0], "wmf"),
            (&[1, 0, 9, 0, 0, 3, 9], "wmf"),
        ] {
            let Found::Picture(found, of) = found(&[("CONTENTS", bytes)]) else { panic!() };
            assert_eq!((found.as_slice(), of), (bytes, extension));
        }
    }

    /// What the packager packs, after the size.
    fn native() -> Vec<u8> {
        let mut native = vec![2, 0];
        native.extend(b"note.txt\0C:\\secret\\note.txt\0");
        native.extend([0, 0, 3, 0]);
        native.extend(5_u32.to_le_bytes());
        native.extend(b"C:\\x\0");
        native.extend(2_u32.to_le_bytes());
        native.extend(b"hi and more");
        native
    }

    #[test]
    fn packaged_files_come_out_with_the_name_of_their_label() {
        let mut stream = vec![0, 0, 0, 0];
        stream.extend(native());
        let Found::Packed(bytes, name) = found(&[("\u{1}Ole10Native", &stream)]) else { panic!() };
        assert_eq!((name.as_deref(), &bytes[..]), (Some("note.txt"), &b"hi"[..]));
        for len in 0..native().len() - 9 {
            assert_eq!(packaged(&native()[..len]), None, "{len}");
        }
        let Found::Packed(bytes, None) = found(&[("Package", b"PK")]) else { panic!() };
        assert_eq!(bytes, b"PK");
    }

    /// An object of OLE 1: version 5.1, embedded, class, no topic, no item, data.
    fn ole1_object(class: &[u8], data: &[u8]) -> Vec<u8> {
        let mut object = vec![1, 5, 0, 0, 2, 0, 0, 0];
        for part in [class, b"", b"", data] {
            object.extend(u32::try_from(part.len()).unwrap().to_le_bytes());
            object.extend(part);
        }
        object
    }

    #[test]
    fn objects_of_ole_1_come_out_of_their_stream() {
        let object = ole1_object(b"Package\0", &native());
        let Some(Found::Packed(bytes, Some(name))) = look_into_stream(&object, 1000).unwrap()
        else {
            panic!()
        };
        assert_eq!((&name[..], &bytes[..]), ("note.txt", &b"hi"[..]));
        let object = ole1_object(b"PBrush\0", b"BM picture");
        let found = look_into_stream(&object, 1000).unwrap();
        assert!(matches!(found, Some(Found::Picture(_, "bmp"))));
        for len in 0..object.len() {
            assert!(look_into_stream(&object[..len], 1000).unwrap().is_none(), "{len}");
        }
        let file = CompoundFile::memory();
        let name = ElementName::new("Package").unwrap();
        let mode = Mode::READWRITE.and(Mode::SHARE_EXCLUSIVE);
        file.create_stream(&name, mode).unwrap().write_at(0, b"PK").unwrap();
        file.commit(CommitFlags::empty()).unwrap();
        let found = look_into_stream(&file.to_bytes().unwrap(), 1000).unwrap();
        assert!(matches!(found, Some(Found::Packed(bytes, None)) if bytes == b"PK"));
    }

    #[test]
    fn anything_else_is_a_compound_file_with_the_class_of_its_owner() {
        let source = storage(&[("WordDocument", b"x"), ("CONTENTS", b"what is this?")]);
        let class = crate::wire::Guid::mapi(0x0003_000C);
        source.set_class(class).unwrap();
        let found = look(&source, 1000).unwrap();
        assert_eq!(found.extension().as_deref(), Some("ole"));
        let copy = CompoundFile::from_bytes(found.into_bytes().unwrap()).unwrap();
        assert_eq!(copy.stat().unwrap().class, class);
        assert_eq!(copy.elements().unwrap().len(), 2);
        assert_eq!(look(&source, 5).map(drop).unwrap_err().code(), Code::TooBig);
    }

    fn found(members: &[(&str, &[u8])]) -> Found {
        look(&storage(members), 1 << 20).unwrap()
    }
}
